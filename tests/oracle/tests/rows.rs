//! Some cases of every row by the interpreter. `A64_SEED`, `A64_CASES` (per row) and `A64_ROWS` (part of a row's name or class) choose what runs.

use std::process::Command;

use elfconv_oracle::{CI, engine::QEMU, rows};

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}

#[test]
fn rows_agree_with_the_oracle() {
    if Command::new(QEMU).arg("--version").output().is_err() {
        println!("skipped: {QEMU} is not installed");
        return;
    }
    let (seed, per_row) = (env("A64_SEED", 1), env("A64_CASES", CI.interpreted));
    let filter = std::env::var("A64_ROWS").unwrap_or_default();
    println!("A64_SEED={seed} A64_CASES={per_row} A64_ROWS={filter}");
    let report = rows::compare(seed, per_row, &filter);
    report.print();
    // As docs/instructions.md says.
    assert_eq!(report.cases as u64, report.rows as u64 * per_row);
    let count = report.failures.len();
    assert!(count == 0, "{count} rows differ from the oracle");
}
