//! `cargo xtask bench`: how fast translated programs run, what `fork` and its like cost, how long translating takes, how large modules are; writes `docs/performance.md`.
//!
//! Each program in `tests/bench` is built four ways from the same source. One round runs every program every way; rounds follow one
//! another, so that whatever else the machine does falls on all of them alike. Programs time themselves (the shortest of three inside a
//! process), and the table shows the median of the rounds. A checksum must be the same everywhere.

mod mechanisms;
mod report;
mod speed;
mod translation;

use crate::command::{root, run};
use crate::setup;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Runs the benchmarks: `cargo xtask bench [ROUNDS]`, five rounds if not said.
pub fn run_all(arguments: &[String]) -> Result<()> {
    let rounds = arguments
        .first()
        .map_or(Ok(5), |text| text.parse())
        .context("the number of rounds")?;
    setup::run(&[])?;
    run(Command::new("cargo").current_dir(root()).args([
        "build",
        "--release",
        "--package",
        "elfconv",
    ]))?;
    let speed = speed::measure(rounds)?;
    let mechanisms = mechanisms::measure(rounds)?;
    let translation = translation::measure()?;
    let text = report::write(&speed, &mechanisms, &translation, rounds)?;
    std::fs::write(root().join("docs/performance.md"), &text)?;
    print!("{text}");
    Ok(())
}

/// The command line that was just built.
fn elfconv() -> PathBuf {
    root().join("target/release/elfconv")
}

/// The middle one of some numbers.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
