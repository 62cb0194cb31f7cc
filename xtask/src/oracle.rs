//! `cargo xtask oracle`: the full run of the differential tester, a program of its own so that xtask needs none of the product's crates.

use crate::command::{root, run};
use anyhow::Result;
use std::process::Command;

/// Builds the command and the tester, and runs it with the arguments.
pub fn run_all(arguments: &[String]) -> Result<()> {
    let build = [
        "build",
        "--release",
        "--package",
        "elfconv",
        "--package",
        "elfconv-oracle",
    ];
    run(Command::new("cargo").current_dir(root()).args(build))?;
    run(Command::new(root().join("target/release/elfconv-oracle"))
        .current_dir(root())
        .args(arguments))
}
