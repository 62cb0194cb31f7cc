//! `cargo xtask test` and `cargo xtask ci`.

use crate::command::{root, run};
use crate::setup;
use anyhow::Result;
use std::process::Command;

/// Everything that must hold: formatting, lints, all tests of the workspace, whole programs included.
///
/// One profile (release) serves the command line, its tests and README's first command, so that the engine is compiled once.
/// Arguments go to nextest: `cargo xtask test hello/` runs the tests with that in their names.
pub fn run_all(arguments: &[String]) -> Result<()> {
    setup::run(&[])?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    run(&mut cargo(&[
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]))?;
    run_tests(arguments)
}

/// The tests alone.
pub fn run_tests(arguments: &[String]) -> Result<()> {
    run(&mut cargo(&["build", "--release", "--package", "elfconv"]))?;
    let mut nextest = Command::new("cargo");
    nextest
        .current_dir(root())
        .args(["nextest", "run", "--release", "--workspace"])
        .args(arguments);
    run(&mut nextest)
}

/// What continuous integration runs: the same as a developer.
pub fn ci(_arguments: &[String]) -> Result<()> {
    run_all(&[])?;
    run(&mut cargo(&[
        "test",
        "--release",
        "--workspace",
        "--doc",
        "--quiet",
    ]))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root()).args(arguments);
    command
}
