//! The tables in `docs/` that are made from the sources: `docs/instructions.md` from the instruction rows, `docs/syscalls.md` from the
//! kernel's table. `cargo xtask docs` writes them, and a test here fails when they are out of date.

#![forbid(unsafe_code)]

use elfconv_a64::rows;
use elfconv_kernel::sys::{Support, TABLE};
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
