//! Programs of many cases, each a function of its own, so that elfconv compiles them: load all registers and the buffer from a record, run the case's words, store everything.
//!
//! The program writes a [`Record`] for each case to standard output. Its layout is that of [`runner`](crate::runner), with which it shares the buffer's address.
//!
//! Most functions load and store only the registers that the case's words name: all the others would be more code than the words. What is not stored is in the record
//! what an earlier case left there, under the oracle, too.

use elfconv_a64::{Flow, decode};

use crate::{
    assembler::{Code, FPCR, NZCV, Segment, TPIDR, elf},
    runner::{BUFFER, BUFFER_LEN, MEMORY_AT, NZCV_AT, RECORD_LEN, Record, TAKEN, TAKEN_AT, V_AT},
};

/// Registers and words of a case; the words may be any number.
#[derive(Clone, Debug)]
pub struct Case {
    /// The state before. Its own words are not looked at.
    pub before: Record,
    /// What is run. Behind it is a branch to "fell through", then "taken".
    pub words: Vec<u32>,
    /// All registers are loaded and stored, not only those that the words name.
    pub all: bool,
}

/// One case in so many has [`Case::all`].
pub const ALL: u64 = 16;

impl Case {
    /// The registers that are loaded and stored, x and v alike, as bits: those in fields of the words, three more behind each for instructions on several, and what is changed without being named.
    fn registers(&self) -> u32 {
        if self.all {
            return u32::MAX;
        }
        // x0 and x1 are the function's own; x30 is what calls change.
        let mut registers = 1 << 0 | 1 << 1 | 1 << 30;
        for insn in self.words.iter().filter_map(|w| decode(*w)) {
            for name in ["Rd", "Rn", "Rm", "m", "Ra", "Rs", "Rt", "Rt2"] {
                if let Some(register) = insn.field(name) {
                    registers |= 0b1111u32.rotate_left(register);
                }
            }
            // Of an element's register the field has the lower four bits and more, which are the register's or the index's.
            registers |= insn.field("m").map_or(0, |m| 1 << (m & 15));
        }
        registers
    }
}

/// Callee-saved registers of the driver are kept here.
const SAVE: u64 = 0x3e_0000;
/// The record that is written; the buffer is its end.
const OUTPUT: u64 = BUFFER - MEMORY_AT as u64;
const DATA_SIZE: u64 = 0x2_0000;
const CODE: u64 = 0x40_0000;

/// The bits of `mov xd, sp` or `mov sp, xn`.
const fn mov_sp(rd: u32, rn: u32) -> u32 {
    0x9100_0000 | rn << 5 | rd
}

/// The callee-saved registers among these and sp, to or from [`SAVE`] in x9. Clobbers x10.
fn saved_registers(c: &mut Code, registers: u32, store: bool) {
    c.address(9, SAVE);
    if !store {
        c.ldr(10, 9, 8 * 31);
        c.word(mov_sp(31, 10));
    }
    for i in (19..31).filter(|i| registers >> i & 1 != 0) {
        match store {
            true => c.str(i, 9, 8 * i as usize),
            false => c.ldr(i, 9, 8 * i as usize),
        }
    }
    for i in (8..16).filter(|i| registers >> i & 1 != 0) {
        match store {
            true => c.str_d(i, 9, 256 + 8 * i as usize),
            false => c.ldr_d(i, 9, 256 + 8 * i as usize),
        }
    }
    if store {
        c.word(mov_sp(10, 31));
        c.str(10, 9, 8 * 31);
    }
}

/// The mode in which all of these cases are executed.
pub fn fpcr(cases: &[Case]) -> u32 {
    let fpcr = cases.first().map_or(0, |case| case.before.fpcr);
    debug_assert!(cases.iter().all(|case| case.before.fpcr == fpcr));
    fpcr
}

/// One case's function. Gives where "taken" is.
fn function(c: &mut Code, record: u64, case: &Case) -> u64 {
    let registers = case.registers();
    let named = move |from: u32| (from..32).filter(move |i| registers >> i & 1 != 0);
    saved_registers(c, registers, true);
    c.address(0, record);
    c.word(0xd503_3f5f); // clrex
    c.ldr(3, 0, NZCV_AT);
    c.msr(NZCV, 3);
    for i in named(0) {
        c.ldr_q(i, 0, V_AT + 16 * i as usize);
    }
    c.ldr(3, 0, 248);
    c.word(mov_sp(31, 3));
    for i in named(1).filter(|i| *i < 31) {
        c.ldr(i, 0, 8 * i as usize);
    }
    c.ldr(0, 0, 0);
    case.words.iter().for_each(|w| c.word(*w));
    let end_of_taken = c.here() + 4 + 4 * 6;
    c.b(end_of_taken);
    let taken = c.here();
    let leave = |c: &mut Code, taken: u32| {
        c.msr(TPIDR, 0);
        c.address(0, OUTPUT);
        c.str(1, 0, 8);
        c.movz(1, taken);
    };
    leave(c, 1);
    let join = end_of_taken + 4 * 5;
    c.b(join);
    assert_eq!(c.here(), end_of_taken);
    leave(c, 0);
    assert_eq!(c.here(), join);
    c.str(1, 0, TAKEN_AT);
    for i in named(2).filter(|i| *i < 31) {
        c.str(i, 0, 8 * i as usize);
    }
    c.mrs(1, TPIDR);
    c.str(1, 0, 0);
    c.mrs(1, NZCV);
    c.str(1, 0, NZCV_AT);
    c.word(mov_sp(1, 31));
    c.str(1, 0, 248);
    for i in named(0) {
        c.str_q(i, 0, V_AT + 16 * i as usize);
    }
    saved_registers(c, registers, false);
    c.word(0xd65f_03c0); // ret
    taken
}

/// The register that an indirect branch goes to. (Another one may hold the same number by chance, as the base of an access.)
fn target(word: u32) -> Option<u8> {
    match decode(word)?.flow(0) {
        Flow::CallIndirect(r) | Flow::JumpIndirect(r) | Flow::Ret(r) => {
            Some(r.0).filter(|r| *r < 31)
        }
        _ => None,
    }
}

/// The program's ELF file.
pub fn program(cases: &[Case]) -> Vec<u8> {
    // Where the records will be depends on the size of the code, which does not depend on where they are.
    let (code, ..) = code(cases, CODE);
    let records = (CODE + 4 * code.words.len() as u64).next_multiple_of(0x1000);
    let (code, functions, taken) = self::code(cases, records);
    let mut data = Vec::new();
    for (case, taken) in cases.iter().zip(&taken) {
        let mut before = case.before.clone();
        for r in case.words.iter().filter_map(|word| target(*word)) {
            let x = &mut before.x[usize::from(r)];
            if *x == TAKEN {
                *x = *taken;
            }
        }
        data.extend(before.to_bytes());
    }
    // The table of functions, ended by zero.
    functions
        .iter()
        .chain([&0])
        .for_each(|f| data.extend(f.to_le_bytes()));
    elf(
        CODE,
        &[
            Segment {
                addr: SAVE,
                size: DATA_SIZE,
                flags: 6,
                bytes: &[],
            },
            Segment {
                addr: CODE,
                size: 4 * code.words.len() as u64,
                flags: 5,
                bytes: &code.bytes(),
            },
            Segment {
                addr: records,
                size: data.len() as u64,
                flags: 6,
                bytes: &data,
            },
        ],
    )
}

/// The driver and the functions; the addresses of the latter, and of their "taken".
fn code(cases: &[Case], records: u64) -> (Code, Vec<u64>, Vec<u64>) {
    let mut c = Code::at(CODE);
    c.address(19, records + (RECORD_LEN * cases.len()) as u64);
    c.address(20, records);
    c.address(21, RECORD_LEN as u64);
    let fpcr = fpcr(cases);
    if fpcr != 0 {
        c.address(3, fpcr.into());
        c.msr(FPCR, 3);
    }
    let again = c.here();
    c.word(0xf840_8661); // ldr x1, [x19], #8
    c.word(0xb500_0081); // cbnz x1, over the exit
    c.movz(0, 0);
    c.movz(8, 93);
    c.word(0xd400_0001);
    // What all functions would begin with is here: engines compile it once.
    c.address(3, BUFFER);
    c.copy(20, MEMORY_AT, 3, 0, BUFFER_LEN);
    c.word(0x8b15_0294); // add x20, x20, x21
    c.word(0xd63f_0020); // blr x1
    // write(1, OUTPUT, RECORD_LEN)
    c.movz(0, 1);
    c.address(1, OUTPUT);
    c.movz(2, RECORD_LEN as u32);
    c.movz(8, 64);
    c.word(0xd400_0001);
    c.b(again);
    let (mut functions, mut taken) = (Vec::new(), Vec::new());
    for (i, case) in cases.iter().enumerate() {
        functions.push(c.here());
        let record = records + (RECORD_LEN * i) as u64;
        taken.push(function(&mut c, record, case));
    }
    (c, functions, taken)
}
