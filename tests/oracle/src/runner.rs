//! The guest program that runs test cases one after the other under the oracle, as bytes of a static ELF.
//!
//! It loops: read a [`Record`] from standard input, load all registers and the memory buffer from it, run its words, store everything into a record, and write that to
//! standard output. It is assembled here by hand, so that the test needs no cross compiler.

use crate::assembler::{Code, FPCR, FPSR, NZCV, Segment, TPIDR, branch, elf as file};

/// Where the program is.
const BASE: u64 = 0x3e_0000;
/// The words of a case are here, in a page of their own: `WORDS` of them, then a branch to "fell through", then one to "taken".
pub const SLOT: u64 = BASE + 0x2000;
/// How many words a case has; unused ones are `nop`.
pub const WORDS: usize = 4;
/// The target of branches that are taken.
pub const TAKEN: u64 = SLOT + 4 * WORDS as u64 + 4;
/// The memory that cases may access.
pub const BUFFER: u64 = 0x3f_0000 + MEMORY_AT as u64;
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

pub(crate) const NZCV_AT: usize = 256;
pub(crate) const FPCR_AT: usize = 264;
pub(crate) const FPSR_AT: usize = 272;
pub(crate) const TAKEN_AT: usize = 280;
const WORDS_AT: usize = 288;
pub(crate) const V_AT: usize = 304;
pub(crate) const MEMORY_AT: usize = V_AT + 512;
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

/// The program's ELF file.
pub fn elf() -> Vec<u8> {
    let mut c = Code::at(BASE + 0x1000);
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
    c.copy(0, MEMORY_AT, 3, 0, BUFFER_LEN);
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
    c.copy(3, 0, 0, MEMORY_AT, BUFFER_LEN);
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
    let all = Segment {
        addr: BASE,
        size: MEM_SIZE,
        flags: 7,
        bytes: &image,
    };
    file(start, &[all])
}
