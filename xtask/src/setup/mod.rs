//! `cargo xtask setup`: installs what is missing, and nothing else; a second run only looks.
//!
//! System packages come from apt (as root, else the command to type is printed). Everything else goes below `target/`:
//! `venv/` (zig, a second Wasmtime), `node/` (a newer node), `corpus/` (Debian's arm64 programs), `rust-web/` (a Rust
//! compiler with sources, and its AArch64 standard library, for machines where rustup cannot add targets).

mod apt;
mod engines;
mod rust;

pub use apt::corpus_root;
pub use engines::node24;
pub use rust::rust_web;

use anyhow::Result;

/// Installs everything.
pub fn run(_arguments: &[String]) -> Result<()> {
    apt::install_packages()?;
    apt::extract_corpus()?;
    engines::install_python_packages()?;
    engines::install_node()?;
    engines::install_nextest()?;
    rust::rust_web()?;
    Ok(())
}

/// Tells what is being installed: setup is silent when there is nothing to do.
fn progress(message: &str) {
    eprintln!("setup: {message}");
}
