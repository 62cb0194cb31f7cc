//! Random straight-line code, loops and forward branches, for the optimiser.
//!
//! Candidates are executed by our interpreter while a block is made, so that blocks neither fault nor leave the buffer, nor make NaNs, whose payloads engines leave open.
//! x27 points into the buffer, x28 counts, and sp stays.

use elfconv_a64::{
    Feature, Flow, Insn, RowId, decode,
    exec::{Event, Exec},
    execute, rows,
    state::CpuState,
};

use crate::{
    case::{Buffer, Rng, is_untestable, word_of},
    guest::{ALL, Case},
    rows::is_disputed,
    runner::{BUFFER, BUFFER_LEN},
};

const BASE: usize = 27;
const COUNTER: usize = 28;
/// Branches skip so many words at most; as many `nop`s are at a block's end.
const SKIP: u64 = 6;
const NOP: u32 = 0xd503_201f;

/// Rows of which blocks are made.
pub fn usable() -> Vec<RowId> {
    let mut rng = Rng(1);
    (0..)
        .zip(rows())
        .filter(|(_, row)| {
            let class = row.class;
            // Addresses of code differ between here and there.
            let of_code = matches!(row.name, "adr" | "adrp");
            !is_untestable(row.name)
                && !of_code
                && !is_disputed(row.name)
                && class != "System"
                && !class.contains("xclusive")
        })
        .map(|(i, _)| RowId(i))
        .filter(|&row| {
            word_of(&mut rng, row)
                .is_some_and(|insn| insn.flow(0) == Flow::Next && insn.field("imm19").is_none())
        })
        .collect()
}

/// Whether a vector holds a NaN in lanes of some size; in halves if they count.
fn has_nan(v: &[u64; 2], halves: bool) -> bool {
    let half = |d: u64| (0..4).any(|i| d >> (16 * i) & 0x7fff > 0x7c00);
    v.iter().any(|&d| {
        f64::from_bits(d).is_nan()
            || f32::from_bits(d as u32).is_nan()
            || f32::from_bits((d >> 32) as u32).is_nan()
            || halves && half(d)
    })
}

/// Executes one word; false if it does what blocks may not do.
fn step(state: &mut CpuState, memory: &mut Buffer, insn: Insn) -> bool {
    let before = state.clone();
    let mut exec = Exec::new(state, memory);
    execute(&mut exec, insn);
    let event = exec.event;
    let target = exec.target;
    state.pc = match event {
        Event::Next | Event::NotTaken => before.pc + 4,
        Event::Taken | Event::Jump => target,
        _ => return false,
    };
    // Arithmetic on floating-point numbers has names with f or bf, conversions with cvt.
    let name = insn.name();
    let computes = name.starts_with('f') || name.starts_with("bf") || name.contains("cvt");
    let halves = matches!(
        insn.row.row().feature,
        Feature::Fp16 | Feature::Fhm | Feature::FCma
    ) || name.contains("cvt");
    let to = insn.field("Rd").map(|rd| rd as usize);
    // (It may be the NaN that was there.)
    let new_nan = |(i, (a, b)): (usize, (&[u64; 2], &[u64; 2]))| {
        (a != b || to == Some(i)) && has_nan(a, halves)
    };
    state.sp == before.sp
        && state.x[BASE] == before.x[BASE]
        && (state.x[COUNTER] == before.x[COUNTER] || insn.word == COUNT_DOWN)
        && !(computes && state.v.iter().zip(&before.v).enumerate().any(new_nan))
}

/// `sub x28, x28, #1`
pub(crate) const COUNT_DOWN: u32 = 0xd100_079c;

/// A block; `None` if this try came to nothing.
pub fn make(rng: &mut Rng, usable: &[RowId], fpcr: u32) -> Option<Case> {
    let mut before = rng.record();
    (before.fpcr, before.fpsr) = (fpcr, 0);
    before.x[BASE] = BUFFER + BUFFER_LEN as u64 / 2;
    before.sp = BUFFER + BUFFER_LEN as u64 / 2;
    let loops = rng.below(2) == 0;
    before.x[COUNTER] = if loops { 2 + rng.below(8) } else { 1 };
    let len = 5 + rng.below(96);
    // Few registers, so that instructions depend on each other.
    let registers = 2 + rng.below(12) as u32;
    let mut words = Vec::new();
    let (mut state, mut memory) = start(&before);
    while (words.len() as u64) < len {
        if rng.below(14) == 0 {
            words.push(forward_branch(rng));
            continue;
        }
        let row = usable[rng.below(usable.len() as u64) as usize];
        let Some(insn) = word_of(rng, row).and_then(|insn| confined(rng, insn, registers)) else {
            continue;
        };
        let (state_before, bytes) = (state.clone(), memory.bytes.clone());
        if step(&mut state, &mut memory, insn) {
            words.push(insn.word);
        } else {
            (state, memory.bytes) = (state_before, bytes);
        }
    }
    words.extend([NOP; SKIP as usize]);
    if loops {
        words.push(COUNT_DOWN);
        let back = (words.len() as u32).wrapping_neg() & 0x7_ffff;
        words.push(0xb500_0000 | back << 5 | COUNTER as u32); // cbnz x28, the start
    }
    let case = Case {
        before,
        words,
        all: rng.below(ALL) == 0,
    };
    runs(&case).then_some(case)
}

fn start(before: &crate::runner::Record) -> (CpuState, Buffer) {
    let mut state = CpuState::new();
    state.x = before.x;
    state.sp = before.sp;
    state.nzcv = before.nzcv;
    state.fpcr = before.fpcr;
    state.v = before.v.map(|v| [v as u64, (v >> 64) as u64]);
    (state, Buffer::new(before.memory.clone()))
}

/// Whether the whole of it runs, loop and branches included.
pub(crate) fn runs(case: &Case) -> bool {
    let (mut state, mut memory) = start(&case.before);
    let end = 4 * case.words.len() as u64;
    while state.pc < end {
        let Some(insn) = decode(case.words[state.pc as usize / 4]) else {
            return false;
        };
        if !step(&mut state, &mut memory, insn) {
            return false;
        }
    }
    true
}

/// The instruction on few registers, with x27 as base where memory is accessed; `None` if that is another row.
fn confined(rng: &mut Rng, insn: Insn, registers: u32) -> Option<Insn> {
    let mut word = insn.word;
    let bits = &insn.row.row().bits;
    for name in ["Rd", "Rn", "Rm", "Ra", "Rs", "Rt", "Rt2"] {
        if let Some(slot) = bits.find(name)
            && slot.width == 5
            && slot.of(word) != 31
        {
            word = word & !(31 << slot.low) | (rng.below(registers.into()) as u32) << slot.low;
        }
    }
    if let Some(slot) = bits.find("Rn").filter(|_| accesses_memory(insn)) {
        word = word & !(31 << slot.low) | (BASE as u32) << slot.low;
    }
    // Pairs into one register are unpredictable.
    let twice = |i: &Insn| i.field("Rt").is_some() && i.field("Rt") == i.field("Rt2");
    decode(word).filter(|i| i.row == insn.row && !twice(i))
}

fn accesses_memory(insn: Insn) -> bool {
    let mut state = CpuState::new();
    let mut memory = Buffer::probe();
    let mut exec = Exec::new(&mut state, &mut memory);
    execute(&mut exec, insn);
    memory.first().is_some()
}

/// A conditional branch over up to [`SKIP`] words.
fn forward_branch(rng: &mut Rng) -> u32 {
    let offset = 2 + rng.below(SKIP - 1) as u32;
    let (register, bit) = (rng.below(14) as u32, rng.below(32) as u32);
    match rng.below(5) {
        0 => 0xb400_0000 | offset << 5 | register,
        1 => 0x3500_0000 | offset << 5 | register,
        2 => 0x3600_0000 | bit << 19 | offset << 5 | register,
        3 => 0x3700_0000 | bit << 19 | offset << 5 | register,
        _ => 0x5400_0000 | offset << 5 | rng.below(14) as u32,
    }
}
