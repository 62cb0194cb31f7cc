//! Where things are: sources in this crate, everything made or installed below `target/`.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// This crate's directory.
pub fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    let root = here().join("../..");
    root.canonicalize().unwrap_or(root).join(path)
}

/// A path below the repository's `target/`.
pub fn target(path: &str) -> PathBuf {
    repository("target").join(path)
}

/// The `elfconv` command that was built with these tests.
pub fn elfconv() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("ELFCONV") {
        return Ok(path.into());
    }
    let test = std::env::current_exe()?;
    let path = test
        .parent()
        .and_then(Path::parent)
        .context("the test lies in target/PROFILE/deps")?
        .join("elfconv");
    if !path.exists() {
        anyhow::bail!(
            "{} is not there; build it with `cargo build --release`",
            path.display()
        );
    }
    Ok(path)
}
