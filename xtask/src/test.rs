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

/// The tests alone. What they need of the `elfconv` command is built with them.
pub fn run_tests(arguments: &[String]) -> Result<()> {
    let mut nextest = Command::new("cargo");
    nextest
        .current_dir(root())
        .args(["nextest", "run", "--release", "--workspace"])
        .args(arguments);
    run(&mut nextest)
}

/// What continuous integration runs: formatting, the tests of all crates, and a choice of whole programs. `cargo xtask test` adds Clippy and the programs' other builds and modes.
pub fn ci(_arguments: &[String]) -> Result<()> {
    setup::run(&[])?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    run_tests(&["--filter-expr".to_owned(), CI_TESTS.to_owned()])
}

/// A nextest filter. Of the whole programs: everything that Debian ships, and ours from GCC at -O2, Clang, Go and assembly, compiled (`run`); the first build of each
/// interpreted, and unwinding wherever it can; and node 24. What is known to fail is in `tests/programs/known_failures.txt`. The other builds and modes take too long here.
const CI_TESTS: &str = "!package(elfconv-programs) | binary(elfconv_programs) | \
    (binary(debian) & test(/.run$/)) | (binary(guests) & test(/(gcc-O2|zig-O2|go-O2|bare-[^.]*).run$/)) | \
    (binary(guests) & test(/.(interpret|unwind|node24)$/))";

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root()).args(arguments);
    command
}
