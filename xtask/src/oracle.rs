//! `cargo xtask oracle`: the full runs of the comparison with other disassemblers and of the differential tester, programs of their own so that xtask needs none of the product's crates.

use crate::command::{root, run};
use anyhow::{Context, Result};
use std::process::Command;

/// Builds the command and both, and runs them. `--decode N` is the number of random words that are decoded (50000000 without it; none if only some rows are wanted),
/// `--seed N` is for both, the other arguments are the tester's.
pub fn run_all(arguments: &[String]) -> Result<()> {
    let build = [
        "build",
        "--release",
        "--package",
        "elfconv",
        "--package",
        "elfconv-oracle",
        "--package",
        "elfconv-decode",
    ];
    run(Command::new("cargo").current_dir(root()).args(build))?;
    let mut tester: Vec<&str> = Vec::new();
    let (mut words, mut seed, mut only_some) = (None, "1", false);
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(name) = rest.next() {
        if name == "--decode" {
            words = Some(rest.next().context("--decode wants a number of words")?);
            continue;
        }
        only_some |= matches!(name, "--rows" | "--help");
        tester.push(name);
        if let Some(value) = rest.next() {
            if name == "--seed" {
                seed = value;
            }
            tester.push(value);
        }
    }
    if let Some(words) = words.or((!only_some).then_some("50000000")) {
        run(Command::new(root().join("target/release/elfconv-decode"))
            .current_dir(root())
            .args(["--seed", seed, "--words", words]))?;
    }
    run(Command::new(root().join("target/release/elfconv-oracle"))
        .current_dir(root())
        .args(tester))
}
