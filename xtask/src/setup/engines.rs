//! Engines and tools from PyPI, npm and crates.io.

use super::progress;
use crate::command::{output, run, succeeds, target};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Zig is a second C compiler with its own musl; Wasmtime a second version of the engine.
const PYTHON_PACKAGES: &[&str] = &["ziglang", "wasmtime"];

/// The virtual environment's Python.
pub fn python() -> PathBuf {
    target("venv/bin/python")
}

/// The newer node.
pub fn node24() -> PathBuf {
    target("node/node_modules/node/bin/node")
}

/// Makes the virtual environment.
pub fn install_python_packages() -> Result<()> {
    let present = "import importlib.util as u, sys; sys.exit(any(u.find_spec(name) is None for name in sys.argv[1:]))";
    if succeeds(
        Command::new(python())
            .args(["-c", present])
            .args(PYTHON_PACKAGES),
    ) {
        return Ok(());
    }
    progress(&format!("PyPI packages {}", PYTHON_PACKAGES.join(" ")));
    output(
        Command::new("python3")
            .args(["-m", "venv"])
            .arg(target("venv")),
    )
    .context("python3 cannot make a virtual environment (Debian: apt-get install python3-venv)")?;
    output(
        Command::new(python())
            .args(["-m", "pip", "install", "--quiet"])
            .args(PYTHON_PACKAGES),
    )?;
    Ok(())
}

/// Installs node 24.
pub fn install_node() -> Result<()> {
    if succeeds(Command::new(node24()).arg("--version")) {
        return Ok(());
    }
    progress("npm package node@24");
    let prefix = target("node");
    fs::create_dir_all(&prefix)?;
    // A package.json of its own keeps npm from searching one further up.
    fs::write(prefix.join("package.json"), "{ \"private\": true }\n")?;
    output(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
                "node@24",
            ])
            .current_dir(prefix),
    )?;
    Ok(())
}

/// Installs the test runner.
pub fn install_nextest() -> Result<()> {
    if succeeds(Command::new("cargo").args(["nextest", "--version"])) {
        return Ok(());
    }
    progress("cargo-nextest (builds for some minutes)");
    run(Command::new("cargo").args(["install", "--quiet", "--locked", "cargo-nextest"]))
}
