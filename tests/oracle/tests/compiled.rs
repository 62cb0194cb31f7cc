//! Some single instructions and blocks in the three executions.

use std::process::Command;

use elfconv_a64::state::FZ;
use elfconv_oracle::{
    CI, compiled,
    engine::{Host, QEMU},
    guest::Case,
};

fn check(cases: &[Case]) {
    if Command::new(QEMU).arg("--version").output().is_err() {
        println!("skipped: {QEMU} is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let failures = compiled::compare(Host::Embedded, dir.path(), cases).unwrap();
    failures.iter().for_each(|f| f.print());
    assert!(
        failures.is_empty(),
        "{} executions differ from the oracle",
        failures.len()
    );
}

#[test]
fn single_instructions() {
    check(&compiled::singles(1, CI.compiled, "", 0).collect::<Vec<_>>());
}

/// The same while subnormal numbers are flushed, of all that computes with floating-point numbers.
#[test]
fn flushing_instructions() {
    let floating = ["Floating-point", "floating point", "complex"];
    let cases = floating.map(|class| compiled::singles(2, CI.compiled, class, FZ));
    check(&cases.into_iter().flatten().collect::<Vec<_>>());
}

#[test]
fn blocks() {
    check(&compiled::random_blocks(1, CI.blocks, 0));
}

#[test]
fn flushing_blocks() {
    check(&compiled::random_blocks(2, CI.blocks / 4, FZ));
}
