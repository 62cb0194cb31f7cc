//! `cargo xtask docs`: writes the tables in `docs/` that are made from the sources.

use crate::command::{root, run};
use anyhow::Result;
use std::process::Command;

/// Runs the generator, which is a program of its own so that xtask needs none of the product's crates.
pub fn run_all(_arguments: &[String]) -> Result<()> {
    run(Command::new("cargo").current_dir(root()).args([
        "run",
        "--release",
        "--quiet",
        "--package",
        "elfconv-tables",
    ]))
}
