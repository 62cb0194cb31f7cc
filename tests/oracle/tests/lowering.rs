//! How many wasm operations each form of an instruction becomes at -O2: `tests/oracle/lowering.txt`, so that a worse lowering shows. `BLESS=1` writes the file.
//!
//! A form is a row with one choice of its small fields (`Q`, `size`, `sf`, …), as a function of that instruction and `ret`; what the function without it takes is subtracted. Results are in
//! x0 and v0, which unknown callers read, and operands in the registers after them.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use elfconv_a64::{Flow, Insn, decode, rows};
use elfconv_oracle::assembler::{Segment, elf};
use elfconv_translate::{Options, translate};
use wasmparser::{Name, Parser, Payload};

const CODE: u64 = 0x40_0000;
const DATA: u64 = 0x60_0000;
const NOP: u32 = 0xd503_201f;
const RET: u32 = 0xd65f_03c0;

/// Fields that choose a form, and those that name registers.
const CHOICES: [&str; 8] = ["Q", "size", "sz", "sf", "sh", "op", "cmode", "option"];
const REGISTERS: [(&str, u32); 7] = [
    ("Rd", 0),
    ("Rt", 0),
    ("Rn", 1),
    ("Rm", 2),
    ("Ra", 3),
    ("Rt2", 4),
    ("Rs", 5),
];

/// The forms of all rows that go on at the next instruction, with their names.
fn forms() -> Vec<(String, Insn)> {
    let mut all = Vec::new();
    for row in rows() {
        let bits = &row.bits;
        let chosen: Vec<_> = CHOICES
            .iter()
            .filter_map(|n| bits.find(n).map(|s| (*n, s)))
            .collect();
        let width: u32 = chosen.iter().map(|(_, s)| u32::from(s.width)).sum();
        for choice in 0..1u32 << width {
            let (mut word, mut rest, mut name) = (bits.value, choice, row.name.to_owned());
            for (field, slot) in &chosen {
                let value = rest & ((1 << slot.width) - 1);
                rest >>= slot.width;
                word |= value << slot.low;
                let _ = write!(name, " {field}={value}");
            }
            for (field, register) in REGISTERS {
                if let Some(slot) = bits.find(field).filter(|s| s.width == 5) {
                    word |= register << slot.low;
                }
            }
            // What is left are immediates and the like: the first pattern that is this row's.
            let free = !bits.mask & !registers_and_choices(row);
            let patterns = [
                0,
                0x2108_4421,
                0x0c63_1866,
                u32::MAX,
                0x5555_5555,
                0x3333_3333,
            ];
            let found = patterns
                .into_iter()
                .filter_map(|p| decode(word | p & free))
                .find(|insn| insn.row.row().name == row.name);
            if let Some(insn) = found.filter(|insn| insn.flow(CODE) == Flow::Next) {
                all.push((name, insn));
            }
        }
    }
    all
}

fn registers_and_choices(row: &elfconv_a64::Row) -> u32 {
    CHOICES
        .iter()
        .chain(REGISTERS.iter().map(|(n, _)| n))
        .filter_map(|n| row.bits.find(n))
        .fold(0, |all, s| all | (u32::MAX >> (32 - s.width)) << s.low)
}

/// Operations of each function, by address.
fn counts(wasm: &[u8]) -> BTreeMap<u64, usize> {
    let (mut sizes, mut names, mut imported) = (Vec::new(), BTreeMap::new(), 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ImportSection(imports) => imported = imports.into_iter().count(),
            Payload::CodeSectionEntry(body) => {
                sizes.push(body.get_operators_reader().unwrap().into_iter().count());
            }
            Payload::CustomSection(section) if section.name() == "name" => {
                let reader = wasmparser::BinaryReader::new(section.data(), 0);
                for name in wasmparser::NameSectionReader::new(reader) {
                    if let Name::Function(map) = name.unwrap() {
                        for naming in map {
                            let naming = naming.unwrap();
                            names.insert(naming.name.to_owned(), naming.index as usize);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    names
        .into_iter()
        .filter_map(|(name, index)| {
            let addr = u64::from_str_radix(name.strip_prefix("fn_")?, 16).ok()?;
            Some((addr, *sizes.get(index.checked_sub(imported)?)?))
        })
        .collect()
}

#[test]
fn lowering_is_as_it_was() {
    let forms = forms();
    // Nothing, then the forms; a table makes them functions whose callers are not known.
    let words: Vec<u32> = [NOP]
        .into_iter()
        .chain(forms.iter().map(|(_, insn)| insn.word))
        .flat_map(|word| [word, RET])
        .collect();
    let code: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    let table: Vec<u8> = (0..=forms.len() as u64)
        .flat_map(|i| (CODE + 8 * i).to_le_bytes())
        .collect();
    let segments = [
        Segment {
            addr: CODE,
            size: code.len() as u64,
            flags: 5,
            bytes: &code,
        },
        Segment {
            addr: DATA,
            size: table.len() as u64,
            flags: 6,
            bytes: &table,
        },
    ];
    let module = translate(&elf(CODE, &segments), "forms", &Options::default(), &()).unwrap();
    let counts = counts(&module.wasm);
    let nothing = counts[&CODE];
    let mut text = format!(
        "# Wasm operations of each form of an instruction at -O2; {nothing} more are the function's own. See tests/oracle/tests/lowering.rs.\n"
    );
    for (i, (name, insn)) in (1u64..).zip(&forms) {
        let count = counts
            .get(&(CODE + 8 * i))
            .map(|c| *c as i64 - nothing as i64);
        let shown = count.map_or("?".into(), |c| c.to_string());
        let _ = writeln!(text, "{shown:>4}  {name:<40} {}", insn.disasm(CODE));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("lowering.txt");
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(path, text).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    let changed: Vec<_> = text
        .lines()
        .zip(golden.lines())
        .filter(|(a, b)| a != b)
        .take(20)
        .collect();
    changed
        .iter()
        .for_each(|(now, before)| println!("now    {now}\nbefore {before}"));
    assert!(
        text == golden,
        "lowering has changed; `BLESS=1` writes tests/oracle/lowering.txt"
    );
}
