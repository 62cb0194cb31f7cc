//! A Rust compiler with its library's sources and the AArch64 standard library, from Debian's `rustc-web` packages.
//!
//! `rustup target add` is the usual way to both; these packages work where only Debian's archive can be reached.

use super::apt::{allow_arm64, download_and_unpack};
use super::progress;
use crate::command::{output, target};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The unpacked compiler.
pub struct RustWeb {
    root: PathBuf,
}

impl RustWeb {
    /// Makes `command` (cargo or rustc) use this compiler, with unstable options allowed.
    pub fn apply(&self, command: &mut Command) {
        command
            .env("RUSTC", self.rustc())
            .env(
                "LD_LIBRARY_PATH",
                self.root.join("usr/lib/x86_64-linux-gnu"),
            )
            .env("RUSTC_BOOTSTRAP", "1");
    }

    /// The compiler's path; it needs the environment of [`RustWeb::apply`].
    pub fn rustc(&self) -> PathBuf {
        self.root.join("usr/bin/rustc")
    }
}

/// Unpacks the packages if they are not there yet.
pub fn rust_web() -> Result<RustWeb> {
    let root = target("rust-web/root");
    let stamp = target("rust-web/done");
    if !stamp.exists() {
        progress("Rust's sources and AArch64 library");
        allow_arm64()?;
        install(&root)?;
        fs::write(stamp, "")?;
    }
    Ok(RustWeb { root })
}

fn install(root: &Path) -> Result<()> {
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    // `libstd-rust-web-1.96` and `libllvm22` change their names with security updates: follow the dependencies.
    let library = dependency("libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = dependency(&library, "libllvm")?;
    let names = [
        "rustc-web",
        "libstd-rust-web-dev",
        "libstd-rust-web-dev:arm64",
        &library,
        &llvm,
    ]
    .map(str::to_owned);
    download_and_unpack(&names, &target("rust-web/debs"), root)?;

    // Of the sources (300 MB) only the library is needed.
    let debs = target("rust-web/debs");
    output(
        Command::new("apt-get")
            .args(["download", "rust-web-src"])
            .current_dir(&debs),
    )?;
    let sources = fs::read_dir(&debs)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("rust-web-src_"))
        })
        .context("apt-get download rust-web-src left no file")?;
    let extract = "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" --wildcards './usr/src/rustc-*/library' './usr/lib/rustlib/src'";
    output(
        Command::new("sh")
            .args(["-c", extract, "sh"])
            .arg(sources)
            .arg(root),
    )?;
    Ok(())
}

/// The package with this prefix that `package` depends on.
fn dependency(package: &str, prefix: &str) -> Result<String> {
    let depends = output(Command::new("apt-cache").args(["depends", package]))?;
    depends
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix))
        .map(str::to_owned)
        .with_context(|| format!("{package} depends on no {prefix}*"))
}
