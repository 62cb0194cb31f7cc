//! Some single instructions and blocks in the three executions.

use std::process::Command;

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
    check(&compiled::singles(1, CI.compiled, "").collect::<Vec<_>>());
}

#[test]
fn blocks() {
    check(&compiled::random_blocks(1, CI.blocks));
}
