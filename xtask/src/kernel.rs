//! `cargo xtask kernel`: builds the kernel for wasm32 and puts the result beside its sources.
//!
//! `crates/kernel/kernel.wasm` is committed, so that users need no wasm target; `kernel.hash` beside it says which sources it was built from, and a test
//! fails when they differ. With an installed `wasm32-unknown-unknown` target that is used, else the compiler of [`setup::rust_web`].

use crate::command::{output, root, run as run_command, succeeds, target};
use crate::setup::rust_web;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates whose sources are in the kernel.
const CRATES: [&str; 4] = ["abi", "ir", "a64", "kernel"];
const TRIPLE: &str = "wasm32-unknown-unknown";
/// The kernel's own stack: the dispatcher, the interpreter and a system call need a few kilobytes.
const STACK: u32 = 128 << 10;

/// Rebuilds the kernel's wasm.
pub fn run(_arguments: &[String]) -> Result<()> {
    let built = build()?;
    let directory = root().join("crates/kernel");
    fs::copy(&built, directory.join("kernel.wasm"))
        .with_context(|| format!("cannot copy {}", built.display()))?;
    fs::write(directory.join("kernel.hash"), hash()? + "\n")?;
    println!(
        "crates/kernel/kernel.wasm: {} bytes",
        fs::metadata(built)?.len()
    );
    Ok(())
}

fn build() -> Result<PathBuf> {
    let target_dir = target("kernel");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root())
        .args(["rustc", "--quiet", "--release", "--package", "elfconv-kernel"])
        .args(["--crate-type", "cdylib", "--target", TRIPLE])
        .arg("--target-dir")
        .arg(&target_dir)
        // The workspace's own settings for these packages are for native builds.
        .args(CRATES.into_iter().flat_map(|name| {
            let setting = format!("profile.release.package.elfconv-{name}.opt-level='s'");
            ["--config".to_owned(), setting]
        }))
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env(
            "RUSTFLAGS",
            format!(
                "-Ctarget-feature=+simd128,+bulk-memory -Clink-arg=--emit-relocs -Clink-arg=-zstack-size={STACK}"
            ),
        );
    if !has_target()? {
        rust_web()?.apply(&mut cargo);
        cargo
            .arg("-Zbuild-std=core,alloc")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", lld()?);
    }
    run_command(&mut cargo)?;
    Ok(target_dir.join(TRIPLE).join("release/elfconv_kernel.wasm"))
}

/// Whether the compiler in use has the wasm target.
fn has_target() -> Result<bool> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", TRIPLE]);
    if !succeeds(&mut rustc) {
        return Ok(false);
    }
    Ok(Path::new(output(&mut rustc)?.trim()).is_dir())
}

/// The linker that comes with rustc.
fn lld() -> Result<PathBuf> {
    let host = output(Command::new("rustc").arg("-vV"))?;
    let host = host
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc -vV names no host")?;
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim()).join(format!("lib/rustlib/{host}/bin/rust-lld")))
}

/// A hash of everything the kernel is built from (FNV-1a over paths and contents, in order of path).
fn hash() -> Result<String> {
    let mut files = Vec::new();
    for name in CRATES {
        let directory = root().join("crates").join(name);
        files.push(directory.join("Cargo.toml"));
        collect(&directory.join("src"), &mut files)?;
    }
    files.sort();
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut feed = |bytes: &[u8]| {
        for &byte in bytes {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for file in files {
        feed(file.strip_prefix(root())?.as_os_str().as_encoded_bytes());
        feed(&[0]);
        feed(&fs::read(&file)?);
        feed(&[0]);
    }
    Ok(format!("{state:016x}"))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_kernel_is_built_from_these_sources() {
        let committed = fs::read_to_string(root().join("crates/kernel/kernel.hash")).unwrap();
        assert_eq!(
            committed.trim(),
            hash().unwrap(),
            "the kernel's sources have changed: run `cargo xtask kernel` and commit crates/kernel/kernel.{{wasm,hash}}"
        );
    }
}
