//! The guest program that runs test cases under the oracle, as bytes of a static ELF.
//!
//! It loops: read a [`Record`] from standard input, load all registers and the memory buffer from it, run its words, store everything into a record, and write that to
//! standard output. It is assembled here by hand, so that the test needs no cross compiler.

/// Where the program is.
const BASE: u64 = 0x40_0000;
/// The words of a case are here, in a page of their own: `WORDS` of them, then a branch to "fell through", then one to "taken".
pub const SLOT: u64 = BASE + 0x2000;
/// How many words a case has; unused ones are `nop`.
pub const WORDS: usize = 4;
/// The target of branches that are taken.
pub const TAKEN: u64 = SLOT + 4 * WORDS as u64 + 4;
/// The memory that cases may access.
pub const BUFFER: u64 = BASE + 0x1_0000;
/// Its size.
pub const BUFFER_LEN: usize = 512;
const INPUT: u64 = BASE + 0x2_0000;
const OUTPUT: u64 = BASE + 0x3_0000;
const MEM_SIZE: u64 = 0x4_0000;

/// All registers and the buffer, before or after a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub x: [u64; 31],
    pub sp: u64,
    pub nzcv: u32,
    pub fpcr: u32,
    pub fpsr: u32,
    /// The last word went to [`TAKEN`].
    pub taken: bool,
    pub words: [u32; WORDS],
    pub v: [u128; 32],
    pub memory: Vec<u8>,
}

const NZCV_AT: usize = 256;
const FPCR_AT: usize = 264;
const FPSR_AT: usize = 272;
const TAKEN_AT: usize = 280;
const WORDS_AT: usize = 288;
const V_AT: usize = 304;
const MEMORY_AT: usize = V_AT + 512;
/// Bytes of a record.
pub const RECORD_LEN: usize = MEMORY_AT + BUFFER_LEN;

impl Record {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(RECORD_LEN);
        for x in self.x.iter().chain([&self.sp]) {
            bytes.extend(x.to_le_bytes());
        }
        // The machine has the flags in bits 31..28.
        for system in [self.nzcv << 28, self.fpcr, self.fpsr, self.taken.into()] {
            bytes.extend(u64::from(system).to_le_bytes());
        }
        for word in self.words {
            bytes.extend(word.to_le_bytes());
        }
        for v in self.v {
            bytes.extend(v.to_le_bytes());
        }
        bytes.extend(&self.memory);
        assert_eq!(bytes.len(), RECORD_LEN);
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Record {
        let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        Record {
            x: std::array::from_fn(|i| u64_at(8 * i)),
            sp: u64_at(248),
            nzcv: u32_at(NZCV_AT) >> 28,
            fpcr: u32_at(FPCR_AT),
            fpsr: u32_at(FPSR_AT),
            taken: u32_at(TAKEN_AT) != 0,
            words: std::array::from_fn(|i| u32_at(WORDS_AT + 4 * i)),
            v: std::array::from_fn(|i| {
                u128::from(u64_at(V_AT + 16 * i)) | u128::from(u64_at(V_AT + 16 * i + 8)) << 64
            }),
            memory: bytes[MEMORY_AT..RECORD_LEN].to_vec(),
        }
    }
}

/// Instructions in order, with the address of the next one.
struct Code {
    words: Vec<u32>,
}

/// The 16 bits that name a system register with op0 = 3 in `mrs` and `msr`.
const fn system(op1: u32, crn: u32, crm: u32, op2: u32) -> u32 {
    3 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2
}
const NZCV: u32 = system(3, 4, 2, 0);
const FPCR: u32 = system(3, 4, 4, 0);
const FPSR: u32 = system(3, 4, 4, 1);
const TPIDR: u32 = system(3, 13, 0, 2);

impl Code {
    fn here(&self) -> u64 {
        BASE + 0x1000 + 4 * self.words.len() as u64
    }
    fn word(&mut self, word: u32) {
        self.words.push(word);
    }
    fn movz(&mut self, rd: u32, value: u32) {
        self.word(0xd280_0000 | value << 5 | rd);
    }
    /// `adr rd, target`
    fn adr(&mut self, rd: u32, target: u64) {
        let offset = target.wrapping_sub(self.here()) as u32;
        self.word(0x1000_0000 | (offset & 3) << 29 | (offset >> 2 & 0x7_ffff) << 5 | rd);
    }
    fn ldr(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xf940_0000 | (offset as u32 / 8) << 10 | rn << 5 | rt);
    }
    fn str(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xf900_0000 | (offset as u32 / 8) << 10 | rn << 5 | rt);
    }
    fn ldp_q(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xad40_0000 | (offset as u32 / 16) << 15 | (rt + 1) << 10 | rn << 5 | rt);
    }
    fn stp_q(&mut self, rt: u32, rn: u32, offset: usize) {
        self.word(0xad00_0000 | (offset as u32 / 16) << 15 | (rt + 1) << 10 | rn << 5 | rt);
    }
    fn msr(&mut self, register: u32, rt: u32) {
        self.word(0xd510_0000 | register << 5 | rt);
    }
    fn mrs(&mut self, rt: u32, register: u32) {
        self.word(0xd530_0000 | register << 5 | rt);
    }
    fn b(&mut self, target: u64) {
        let offset = target.wrapping_sub(self.here()) as u32;
        self.word(branch(offset));
    }
    /// Copies the buffer between `[from, #from_at]` and `[to, #to_at]`; clobbers v0, v1.
    fn copy(&mut self, from: u32, from_at: usize, to: u32, to_at: usize) {
        // The immediates of `ldp` end at 1008: go on from moved bases, x5 and x6.
        self.word(0x9100_0000 | (from_at as u32) << 10 | from << 5 | 5);
        self.word(0x9100_0000 | (to_at as u32) << 10 | to << 5 | 6);
        for at in (0..BUFFER_LEN).step_by(32) {
            self.ldp_q(0, 5, at);
            self.stp_q(0, 6, at);
        }
    }
}

fn branch(offset: u32) -> u32 {
    0x1400_0000 | (offset >> 2 & 0x3ff_ffff)
}

/// The program's ELF file.
pub fn elf() -> Vec<u8> {
    let mut c = Code { words: Vec::new() };
    let start = c.here();
    // read(0, INPUT, RECORD_LEN); at the end of input, exit(0).
    c.movz(0, 0);
    c.adr(1, INPUT);
    c.movz(2, RECORD_LEN as u32);
    c.movz(8, 63);
    c.word(0xd400_0001);
    c.word(0xeb02_001f); // cmp x0, x2
    c.word(0x5400_0080); // b.eq over the exit
    c.movz(0, 0);
    c.movz(8, 93);
    c.word(0xd400_0001);
    c.adr(0, INPUT);
    c.adr(3, BUFFER);
    c.copy(0, MEMORY_AT, 3, 0);
    // The words.
    c.adr(4, SLOT);
    for at in (0..4 * WORDS).step_by(8) {
        c.ldr(3, 0, WORDS_AT + at);
        c.str(3, 4, at);
    }
    c.word(0xd50b_7b20 | 4); // dc cvau, x4
    c.word(0xd503_3b9f); // dsb ish
    c.word(0xd50b_7520 | 4); // ic ivau, x4
    c.word(0xd503_3b9f); // dsb ish
    c.word(0xd503_3fdf); // isb
    c.word(0xd503_3f5f); // clrex
    for (at, register) in [(NZCV_AT, NZCV), (FPCR_AT, FPCR), (FPSR_AT, FPSR)] {
        c.ldr(3, 0, at);
        c.msr(register, 3);
    }
    for i in (0..32).step_by(2) {
        c.ldp_q(i, 0, V_AT + 16 * i as usize);
    }
    c.ldr(3, 0, 248);
    c.word(0x9100_0000 | 3 << 5 | 31); // mov sp, x3
    for i in 1..31 {
        c.ldr(i, 0, 8 * i as usize);
    }
    c.ldr(0, 0, 0);
    c.b(SLOT);
    // The thread pointer keeps x0 while everything is stored.
    let fell_through = c.here();
    c.msr(TPIDR, 0);
    c.adr(0, OUTPUT);
    c.str(1, 0, 8);
    c.movz(1, 0);
    let join = c.here() + 4 * 5;
    c.b(join);
    let taken = c.here();
    c.msr(TPIDR, 0);
    c.adr(0, OUTPUT);
    c.str(1, 0, 8);
    c.movz(1, 1);
    assert_eq!(c.here(), join);
    c.str(1, 0, TAKEN_AT);
    for i in 2..31 {
        c.str(i, 0, 8 * i as usize);
    }
    c.mrs(1, TPIDR);
    c.str(1, 0, 0);
    for (at, register) in [(NZCV_AT, NZCV), (FPCR_AT, FPCR), (FPSR_AT, FPSR)] {
        c.mrs(1, register);
        c.str(1, 0, at);
    }
    c.word(0x9100_0000 | 31 << 5 | 1); // mov x1, sp
    c.str(1, 0, 248);
    for i in (0..32).step_by(2) {
        c.stp_q(i, 0, V_AT + 16 * i as usize);
    }
    c.adr(3, BUFFER);
    c.copy(3, 0, 0, MEMORY_AT);
    // write(1, OUTPUT, RECORD_LEN)
    c.movz(0, 1);
    c.adr(1, OUTPUT);
    c.movz(2, RECORD_LEN as u32);
    c.movz(8, 64);
    c.word(0xd400_0001);
    c.b(start);

    let mut image = vec![0u8; 0x2100];
    for (i, word) in c.words.iter().enumerate() {
        image[0x1000 + 4 * i..][..4].copy_from_slice(&word.to_le_bytes());
    }
    let after = SLOT + 4 * WORDS as u64;
    for (at, target) in [(after, fell_through), (TAKEN, taken)] {
        let word = branch(target.wrapping_sub(at) as u32);
        image[(at - BASE) as usize..][..4].copy_from_slice(&word.to_le_bytes());
    }
    header(&mut image, start);
    image
}

/// An ELF header and one program header: everything, readable, writable and executable.
fn header(image: &mut [u8], entry: u64) {
    let mut h = Vec::new();
    h.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    h.extend(2u16.to_le_bytes()); // ET_EXEC
    h.extend(183u16.to_le_bytes()); // EM_AARCH64
    h.extend(1u32.to_le_bytes());
    h.extend(entry.to_le_bytes());
    h.extend(64u64.to_le_bytes()); // e_phoff
    h.extend(0u64.to_le_bytes());
    h.extend(0u32.to_le_bytes());
    for half in [64u16, 56, 1, 64, 0, 0] {
        h.extend(half.to_le_bytes());
    }
    h.extend(1u32.to_le_bytes()); // PT_LOAD
    h.extend(7u32.to_le_bytes());
    for field in [0, BASE, BASE, image.len() as u64, MEM_SIZE, 0x1000] {
        h.extend(field.to_le_bytes());
    }
    image[..h.len()].copy_from_slice(&h);
}
