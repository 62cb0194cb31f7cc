//! Machine code and ELF files by hand, so that tests need no cross compiler.

/// Instructions in order, with the address of the next one.
pub struct Code {
    base: u64,
    /// The instructions.
    pub words: Vec<u32>,
}

/// The 16 bits that name a system register with op0 = 3 in `mrs` and `msr`.
const fn system(op1: u32, crn: u32, crm: u32, op2: u32) -> u32 {
    3 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2
}
pub const NZCV: u32 = system(3, 4, 2, 0);
pub const FPCR: u32 = system(3, 4, 4, 0);
pub const FPSR: u32 = system(3, 4, 4, 1);
pub const TPIDR: u32 = system(3, 13, 0, 2);

impl Code {
    /// Code that begins at an address.
    pub fn at(base: u64) -> Code {
        Code {
            base,
            words: Vec::new(),
        }
    }
    pub fn here(&self) -> u64 {
        self.base + 4 * self.words.len() as u64
    }
    pub fn bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }
    pub fn word(&mut self, word: u32) {
        self.words.push(word);
    }
    pub fn movz(&mut self, rd: u32, value: u32) {
        self.word(0xd280_0000 | value << 5 | rd);
    }
    /// `adr rd, target`
    pub fn adr(&mut self, rd: u32, target: u64) {
        let offset = target.wrapping_sub(self.here()) as u32;
        self.word(0x1000_0000 | (offset & 3) << 29 | (offset >> 2 & 0x7_ffff) << 5 | rd);
    }
    pub fn ldr(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xf940_0000 | (offset as u32 / 8) << 10 | rn << 5 | rt);
    }
    pub fn str(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xf900_0000 | (offset as u32 / 8) << 10 | rn << 5 | rt);
    }
    pub fn ldp_q(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xad40_0000 | (offset as u32 / 16) << 15 | (rt + 1) << 10 | rn << 5 | rt);
    }
    pub fn stp_q(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xad00_0000 | (offset as u32 / 16) << 15 | (rt + 1) << 10 | rn << 5 | rt);
    }
    pub fn ldr_q(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0x3dc0_0000 | (offset as u32 / 16) << 10 | rn << 5 | rt);
    }
    pub fn str_q(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0x3d80_0000 | (offset as u32 / 16) << 10 | rn << 5 | rt);
    }
    pub fn ldr_d(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xfd40_0000 | (offset as u32 / 8) << 10 | rn << 5 | rt);
    }
    pub fn str_d(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xfd00_0000 | (offset as u32 / 8) << 10 | rn << 5 | rt);
    }
    pub fn msr(&mut self, register: u32, rt: u32) {
        self.word(0xd510_0000 | register << 5 | rt);
    }
    pub fn mrs(&mut self, rt: u32, register: u32) {
        self.word(0xd530_0000 | register << 5 | rt);
    }
    pub fn b(&mut self, target: u64) {
        let offset = target.wrapping_sub(self.here()) as u32;
        self.word(branch(offset));
    }
    /// `adrp`, `add`: any address.
    pub fn address(&mut self, rd: u32, target: u64) {
        let pages = (target >> 12).wrapping_sub(self.here() >> 12) as u32;
        self.word(0x9000_0000 | (pages & 3) << 29 | (pages >> 2 & 0x7_ffff) << 5 | rd);
        self.word(0x9100_0000 | (target as u32 & 0xfff) << 10 | rd << 5 | rd);
    }
    pub fn ldp(&mut self, rt: u32, rt2: u32, rn: u32, offset: usize) {
        self.word(0xa940_0000 | (offset as u32 / 8) << 15 | rt2 << 10 | rn << 5 | rt);
    }
    pub fn stp(&mut self, rt: u32, rt2: u32, rn: u32, offset: usize) {
        self.word(0xa900_0000 | (offset as u32 / 8) << 15 | rt2 << 10 | rn << 5 | rt);
    }
    /// Copies `len` bytes between `[from, #from_at]` and `[to, #to_at]`; clobbers v0, v1, x5, x6.
    pub fn copy(&mut self, from: u32, from_at: usize, to: u32, to_at: usize, len: usize) {
        // The immediates of `ldp` end at 1008: go on from moved bases.
        self.word(0x9100_0000 | (from_at as u32) << 10 | from << 5 | 5);
        self.word(0x9100_0000 | (to_at as u32) << 10 | to << 5 | 6);
        for at in (0..len).step_by(32) {
            self.ldp_q(0, 5, at);
            self.stp_q(0, 6, at);
        }
    }
}

/// `b`, so many bytes on.
pub fn branch(offset: u32) -> u32 {
    0x1400_0000 | (offset >> 2 & 0x3ff_ffff)
}

/// A loaded segment.
pub struct Segment<'a> {
    /// Where it is, at the start of a page.
    pub addr: u64,
    /// Its size in memory.
    pub size: u64,
    /// Executable 1, writable 2, readable 4.
    pub flags: u32,
    /// How it begins; the rest is zero.
    pub bytes: &'a [u8],
}

/// A static ELF file of these segments, in order of address.
pub fn elf(entry: u64, segments: &[Segment<'_>]) -> Vec<u8> {
    const PAGE: usize = 0x1000;
    let mut h = Vec::new();
    h.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    h.extend(2u16.to_le_bytes()); // ET_EXEC
    h.extend(183u16.to_le_bytes()); // EM_AARCH64
    h.extend(1u32.to_le_bytes());
    h.extend(entry.to_le_bytes());
    h.extend(64u64.to_le_bytes()); // e_phoff
    h.extend(0u64.to_le_bytes());
    h.extend(0u32.to_le_bytes());
    for half in [64, 56, segments.len() as u16, 64, 0, 0] {
        h.extend(half.to_le_bytes());
    }
    let mut body = Vec::new();
    for s in segments {
        let at = (PAGE + body.len()) as u64;
        h.extend(1u32.to_le_bytes()); // PT_LOAD
        h.extend(s.flags.to_le_bytes());
        for field in [
            at,
            s.addr,
            s.addr,
            s.bytes.len() as u64,
            s.size,
            PAGE as u64,
        ] {
            h.extend(field.to_le_bytes());
        }
        body.extend(s.bytes);
        body.resize(body.len().next_multiple_of(PAGE), 0);
    }
    h.resize(PAGE, 0);
    h.extend(body);
    h
}
