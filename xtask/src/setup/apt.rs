//! Debian packages: those installed into the system, and the arm64 ones that are only unpacked below `target/`.

use super::progress;
use crate::command::{output, run, succeeds, target};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What must be installed in the system.
const PACKAGES: &[&str] = &[
    "qemu-user-static",
    "gcc-aarch64-linux-gnu",
    "g++-aarch64-linux-gnu",
    "libc6-dev-arm64-cross",
    "clang-19",
    "lld-19",
    "wasi-libc",
    "libclang-rt-19-dev-wasm32",
    "golang-go",
    "golang-src",
];

/// Packages of arm64 that are unpacked, not installed: guest programs, musl's headers and static library, and libraries that make code at run time.
const CORPUS: &[&str] = &[
    "bash-static",
    "busybox-static",
    "cdebootstrap-static",
    "dar-static",
    "e2fsck-static",
    "gpgv-static",
    "libluajit-5.1-dev",
    "libpcre2-dev",
    "mksh",
    "musl-dev",
    "sash",
    "tini",
    "zsh-static",
];

/// Where the arm64 packages are unpacked.
pub fn corpus_root() -> PathBuf {
    target("corpus/root")
}

/// Installs the system packages that are missing.
pub fn install_packages() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .copied()
        .filter(|name| !is_installed(name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root()? {
        bail!(
            "Debian packages are missing; type\n  sudo apt-get update && sudo apt-get install -y {}",
            missing.join(" ")
        );
    }
    progress(&format!("apt packages {}", missing.join(" ")));
    apt_update()?;
    output(
        Command::new("apt-get")
            .args(["install", "-y", "--no-install-recommends"])
            .args(&missing)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    Ok(())
}

/// Downloads and unpacks the arm64 packages.
pub fn extract_corpus() -> Result<()> {
    // The list is part of the stamp, so that a longer list is noticed.
    let stamp = target("corpus/done");
    let wanted = CORPUS.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    progress("Debian's arm64 programs");
    allow_arm64()?;
    let names: Vec<String> = CORPUS.iter().map(|name| format!("{name}:arm64")).collect();
    download_and_unpack(&names, &target("corpus/debs"), &corpus_root())?;
    fs::write(stamp, wanted)?;
    Ok(())
}

/// Makes apt know arm64's packages.
pub fn allow_arm64() -> Result<()> {
    let foreign = output(Command::new("dpkg").arg("--print-foreign-architectures"))?;
    let known = foreign.lines().any(|line| line == "arm64");
    if known && succeeds(Command::new("apt-cache").args(["show", "busybox-static:arm64"])) {
        return Ok(());
    }
    if !is_root()? {
        bail!(
            "apt does not know arm64's packages; type\n  sudo dpkg --add-architecture arm64 && sudo apt-get update"
        );
    }
    run(Command::new("dpkg").args(["--add-architecture", "arm64"]))?;
    apt_update()
}

/// Downloads packages into `debs` and unpacks all of them into `root`.
pub fn download_and_unpack(names: &[String], debs: &Path, root: &Path) -> Result<()> {
    // What an interrupted or older run left would be unpacked as well.
    if debs.exists() {
        fs::remove_dir_all(debs)?;
    }
    fs::create_dir_all(debs)?;
    fs::create_dir_all(root)?;
    let mut download = Command::new("apt-get");
    download.arg("download").args(names).current_dir(debs);
    if output(&mut download).is_err() {
        // The package lists may be older than the archive: fetch them once and try again.
        if is_root()? {
            apt_update()?;
        }
        output(&mut download)?;
    }
    let mut files: Vec<PathBuf> = fs::read_dir(debs)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    for file in files {
        output(Command::new("dpkg-deb").arg("-x").arg(&file).arg(root))
            .with_context(|| format!("cannot unpack {}", file.display()))?;
    }
    Ok(())
}

fn apt_update() -> Result<()> {
    output(Command::new("apt-get").args(["update", "-q"])).map(drop)
}

fn is_installed(package: &str) -> bool {
    output(Command::new("dpkg-query").args(["-W", "-f=${Status}", package]))
        .is_ok_and(|status| status.ends_with(" installed"))
}

fn is_root() -> Result<bool> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}
