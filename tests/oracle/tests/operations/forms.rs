//! One word of every form of every row, and how much WebAssembly it becomes.
//!
//! Forms differ in the fields that choose what is computed (size, arrangement, kind of shift or extension); registers are different ones, immediates small. What a word becomes is the
//! number of operations of a function that executes it and stores every register that it may have written, less that of a function with `nop` in its place. So what the optimiser leaves out
//! or folds into the stores counts as it does in programs, though one or two operations more or less may come from the surroundings (a constant stored is less than a register stored).

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use elfconv_a64::{Flow, Insn, RowId, decode, rows as all_rows};
use elfconv_translate::{Options, pcmap::PcMap, translate};
use wasmparser::{Parser, Payload};

use elfconv_oracle::{
    assembler::{Code, NZCV, Segment, elf},
    case::word_of,
    rows::stream,
};

const CODE: u64 = 0x40_0000;
const NOP: u32 = 0xd503_201f;
const RET: u32 = 0xd65f_03c0;
/// Words of each call.
const CALL: u64 = 18;
/// Branches go so many words on.
const TARGET: u32 = 2;

/// Fields of which every value is a form of its own.
const CHOICES: [&str; 9] = ["sf", "Q", "size", "sz", "sx", "z", "option", "cmode", "op"];

/// The values of a field that are tried.
fn values(name: &str, width: u32) -> Vec<u32> {
    let fixed = match name {
        "Rd" | "Rt" => 0,
        "Rn" => 1,
        "Rm" => 2,
        "Rt2" | "Ra" => 3,
        "Rs" => 4,
        // immh:immb has the size of a lane in it.
        "shift" if width == 7 => return vec![0b000_1011, 0b001_0101, 0b010_1010, 0b101_0101],
        "shift" => return (0..1 << width).collect(),
        "imm3" => 2,
        // N:immr:imms of a mask.
        "imm" => 0b0_000011_000111,
        "scale" => 53,
        "imm26" | "imm19" | "imm14" => TARGET,
        name if CHOICES.contains(&name) => return (0..1 << width).collect(),
        "cond" => 1,
        "A" | "R" => 0,
        _ => 5,
    };
    vec![fixed & u32::MAX >> (32 - width)]
}

/// The forms of a row.
pub fn of_row(id: RowId) -> Vec<Insn> {
    let row = id.row();
    let slots = &row.bits.slots[..row.bits.len];
    let words = slots.iter().fold(vec![row.bits.value], |words, slot| {
        let values = values(slot.name, slot.width.into());
        words
            .iter()
            .flat_map(|word| values.iter().map(move |value| word | value << slot.low))
            .collect()
    });
    let mut forms: Vec<Insn> = words
        .into_iter()
        .filter_map(decode)
        .filter(|insn| insn.row == id)
        .collect();
    if forms.is_empty() {
        // Not every row takes these values.
        let random = word_of(&mut stream(1, row.name), id);
        let named = |insn: Insn| {
            let registers = slots
                .iter()
                .filter(|slot| slot.name.starts_with('R') && slot.width == 5);
            registers.fold(insn.word, |word, slot| {
                let value = values(slot.name, 5)[0];
                word & !(31 << slot.low) | value << slot.low
            })
        };
        forms.extend(
            random
                .and_then(|insn| decode(named(insn)))
                .filter(|insn| insn.row == id),
        );
    }
    forms.retain(|insn| match insn.flow(CODE) {
        Flow::Next => true,
        Flow::Jump(to) | Flow::CondJump(to) => to == CODE + 4 * u64::from(TARGET),
        _ => false,
    });
    forms
}

/// The forms of all rows.
pub fn all() -> Vec<Insn> {
    (0..all_rows().len() as u16)
        .flat_map(|row| of_row(RowId(row)))
        .collect()
}

/// How many operations each word becomes.
///
/// # Errors
/// If the program that is made of them cannot be translated.
pub fn operations(forms: &[Insn]) -> Result<Vec<i64>> {
    let mut code = Code::at(CODE);
    let words: Vec<u32> = forms
        .iter()
        .map(|insn| insn.word)
        .chain([NOP, NOP])
        .collect();
    // (Behind the last one there is the end, which reads registers: so there is one more.)
    // A call of each function, then the functions. Everything is set before a call, so that no function has results for the next one.
    let first = CODE + 4 * (CALL * words.len() as u64 + 2);
    let size = 4 * body(NOP).len() as u64;
    for i in 0..words.len() as u64 {
        (0..8).for_each(|r| code.movz(r, 0));
        (0..8).for_each(|r| code.word(0x6f00_e400 | r)); // movi vN.2d, #0
        code.msr(NZCV, 31);
        let offset = first + size * i - code.here();
        code.word(0x9400_0000 | (offset as u32 >> 2));
    }
    code.movz(8, 93);
    code.word(0xd400_0001);
    ensure!(code.here() == first);
    for word in &words {
        self::body(*word).into_iter().for_each(|w| code.word(w));
    }
    let bytes = code.bytes();
    let segment = Segment {
        addr: CODE,
        size: bytes.len() as u64,
        flags: 5,
        bytes: &bytes,
    };
    let elf = elf(CODE, &[segment]);
    let wasm = translate(&elf, "forms", &Options::default(), &())?.wasm;
    let counts = functions(&wasm)?;
    let count = |i: usize| {
        let at = first + size * i as u64;
        let count = counts.get(&at);
        count.with_context(|| format!("{:08x} is in no function", words[i]))
    };
    let nop = *count(forms.len())?;
    (0..forms.len())
        .map(|i| Ok(*count(i)? as i64 - nop as i64))
        .collect()
}

/// A function around a word: stores x0–x5, v0–v3 and the flags.
fn body(word: u32) -> Vec<u32> {
    let mut code = Code::at(0);
    code.word(word);
    for _ in 1..TARGET {
        code.word(NOP);
    }
    for i in 0..6 {
        code.str(i, 28, 8 * i as usize);
    }
    code.mrs(6, NZCV);
    code.str(6, 28, 48);
    code.stp_q(0, 28, 64);
    code.stp_q(2, 28, 96);
    code.word(RET);
    code.words
}

/// The number of operations of each function, by guest address.
fn functions(wasm: &[u8]) -> Result<BTreeMap<u64, usize>> {
    let map = PcMap::of_module(wasm);
    let mut counts = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionEntry(body) = payload?
            && let Some(address) = map.lookup(body.range().start)
        {
            let mut count = 0;
            for operator in body.get_operators_reader()? {
                operator?;
                count += 1;
            }
            counts.insert(address.into(), count);
        }
    }
    Ok(counts)
}
