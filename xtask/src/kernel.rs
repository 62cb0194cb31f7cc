//! `cargo xtask kernel`.

use anyhow::{Result, bail};

/// Rebuilds the kernel's wasm.
pub fn run(_arguments: &[String]) -> Result<()> {
    bail!("the kernel is not there yet")
}
