//! The tables in `docs/` that are made from the sources: `docs/instructions.md` from the instruction rows, `docs/syscalls.md` from the
//! kernel's table. `cargo xtask docs` writes them, and a test here fails when they are out of date.

#![forbid(unsafe_code)]

use elfconv_a64::{Flow, Row, RowId, decode, rows};
use elfconv_ir::FaultKind;
use elfconv_kernel::sys::{Support, TABLE};
use elfconv_oracle::{
    CI, FULL,
    case::{Rng, word_of},
    compiled, rows,
};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Each generated file with its contents.
pub fn documents() -> Vec<(PathBuf, String)> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    vec![
        (docs.join("instructions.md"), instructions()),
        (docs.join("syscalls.md"), syscalls()),
    ]
}

/// All instruction rows, by the manual's classes.
fn instructions() -> String {
    let mut classes: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for row in rows() {
        classes.entry(row.class).or_default().push(row);
    }
    let mut text = format!(
        "# Instructions\n\nMade by `cargo xtask docs` from the rows in `crates/a64/src/insn`; do not edit. {} rows in {} classes. A word that matches \
         no row raises SIGILL when it is executed, and so does one of an extension that the machine does not have. Which features programs are told of is in `crates/a64/src/features.rs`.\n",
        rows().len(),
        classes.len()
    );
    text += &tested(&classes);
    for (class, mut rows) in classes {
        rows.sort_by_key(|row| row.name);
        let _ = write!(
            text,
            "\n## {class}\n\n| row | syntax | feature | pattern |\n|---|---|---|---|\n"
        );
        for row in rows {
            let _ = writeln!(
                text,
                "| {} | `{}` | {:?} | `{}` |",
                row.name,
                row.syntax.replace('|', "\\|"),
                row.feature,
                row.pattern
            );
        }
    }
    text
}

/// How much of each class is tested.
fn tested(classes: &BTreeMap<&str, Vec<&Row>>) -> String {
    let ids: BTreeMap<&str, RowId> = rows()
        .iter()
        .map(|row| row.name)
        .zip((0..).map(RowId))
        .collect();
    let vectors = vectors();
    let mut text = format!(
        "\n## What is tested\n\nVectors are lines of `tests/insn`, with states before and after as the manual has them. The oracle is QEMU, with random encodings and states. \
         It runs {} cases of a row in each run of the tests on the interpreter with all modes of FPCR, and {} in the three executions (interpreted in a module, compiled without and with optimisation); \
         `cargo xtask oracle` runs {} and {} of each row, and {} blocks of random instructions. Rows without such cases change more than registers and memory, or show what differs between machines. \
         Each form of a row has its number of operations of wasm in `tests/operations.txt`, and all texts are compared with two other disassemblers (`tests/decode`).\n\n\
         | class | rows | implemented | vectors | rows with cases, interpreted | in tests | in full | rows with cases, three executions | in tests | in full |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
        CI.interpreted, CI.compiled, FULL.interpreted, FULL.compiled, FULL.blocks,
    );
    let mut all = [0; 9];
    let mut line = |name: &str, counts: [u64; 9]| {
        let counts = counts.map(|count| count.to_string()).join(" | ");
        let _ = writeln!(text, "| {name} | {counts} |");
    };
    for (class, rows) in classes {
        let count =
            |holds: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| holds(row)).count() as u64;
        let interpreted = count(&|row| rows::has_cases(ids[row.name]));
        let compiled = count(&|row| compiled::has_cases(ids[row.name]));
        let counts = [
            rows.len() as u64,
            count(&|row| is_implemented(ids[row.name])),
            rows.iter().filter_map(|row| vectors.get(row.name)).sum(),
            interpreted,
            interpreted * CI.interpreted,
            interpreted * FULL.interpreted,
            compiled,
            compiled * CI.compiled,
            compiled * FULL.compiled,
        ];
        for (sum, count) in all.iter_mut().zip(counts) {
            *sum += count;
        }
        line(class, counts);
    }
    line("all", all);
    text
}

/// Whether a row does something: its words are not undefined. (`udf` is there to be undefined, and `hlt` is without a debugger.)
fn is_implemented(id: RowId) -> bool {
    let word = word_of(&mut Rng(1), id);
    ["udf", "hlt"].contains(&id.row().name)
        || word.is_some_and(|insn| insn.flow(0) != Flow::Fault(FaultKind::Illegal))
}

/// How many lines of `tests/insn` are about each row.
fn vectors() -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../insn");
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        let words = text
            .lines()
            .filter_map(|line| u32::from_str_radix(line.split(' ').next()?, 16).ok());
        for insn in words.filter_map(decode) {
            *counts.entry(insn.name()).or_default() += 1;
        }
    }
    counts
}

/// All system calls that are known.
fn syscalls() -> String {
    let count =
        |wanted: fn(&Support) -> bool| TABLE.iter().filter(|row| wanted(&row.support)).count();
    let mut text = format!(
        "# System calls\n\nMade by `cargo xtask docs` from `crates/kernel/src/sys/table.rs`; do not edit. {} are complete, {} have limits, {} always \
         fail; every other number gives `ENOSYS`, and `elfconv run --strace` shows it.\n\n| number | call | support |\n|---|---|---|\n",
        count(|support| matches!(support, Support::Full)),
        count(|support| matches!(support, Support::Partial(_))),
        count(|support| matches!(support, Support::Fails(_))),
    );
    for row in TABLE {
        let arguments: Vec<&str> = row.args.iter().map(|(name, _)| *name).collect();
        let support = match row.support {
            Support::Full => "full".to_owned(),
            Support::Partial(note) => note.to_owned(),
            Support::Fails(errno) => format!("fails with {errno:?}"),
        };
        let _ = writeln!(
            text,
            "| {} | `{}({})` | {support} |",
            row.nr,
            row.name,
            arguments.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn documents_are_up_to_date() {
        for (path, text) in super::documents() {
            let there = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                there == text,
                "{} is out of date: run `cargo xtask docs`",
                path.display()
            );
        }
    }
}
