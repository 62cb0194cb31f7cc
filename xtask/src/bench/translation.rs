//! How long translating takes, what memory it needs, and how large the modules are.

use super::{elfconv, median};
use crate::command::{output, target};
use crate::setup;
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One program's figures.
pub struct Translation {
    pub name: String,
    /// Bytes of machine code in the guest.
    pub code: u64,
    /// Bytes of the module.
    pub module: u64,
    pub seconds: f64,
    /// The largest resident size seen, in bytes.
    pub memory: u64,
}

/// Translates programs of different sizes, each a few times.
pub fn measure() -> Result<Vec<Translation>> {
    let corpus = setup::corpus_root();
    let mut programs = vec![("static glibc hello".to_owned(), hello()?)];
    for path in [
        "bin/busybox",
        "bin/bash-static",
        "usr/bin/gpgv-static",
        "usr/bin/dar_static",
    ] {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        programs.push((name, corpus.join(path)));
    }
    programs
        .into_iter()
        .map(|(name, path)| translate(name, &path))
        .collect()
}

fn hello() -> Result<PathBuf> {
    let source = target("bench/hello.c");
    fs::write(
        &source,
        "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n",
    )?;
    let program = target("bench/hello.elf");
    output(
        Command::new("aarch64-linux-gnu-gcc")
            .args(["-O2", "-static", "-o"])
            .arg(&program)
            .arg(source),
    )?;
    Ok(program)
}

fn translate(name: String, program: &Path) -> Result<Translation> {
    eprintln!("translating {name}");
    let module = target("bench/translated.wasm");
    let (mut seconds, mut memory) = (Vec::new(), 0);
    for _ in 0..3 {
        let start = Instant::now();
        let mut child = Command::new(elfconv())
            .arg("build")
            .arg(program)
            .arg("-o")
            .arg(&module)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        // The high-water mark only grows: the last one seen before the end is (nearly) the peak.
        let status = loop {
            memory = memory.max(peak(child.id()).unwrap_or(0));
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        seconds.push(start.elapsed().as_secs_f64());
        if !status.success() {
            bail!("elfconv build {} ended with {status}", program.display());
        }
    }
    let module = fs::metadata(module)?.len();
    Ok(Translation {
        name,
        code: code_size(program)?,
        module,
        seconds: median(seconds),
        memory,
    })
}

/// A process's peak resident size, from `/proc`.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// The sizes of all executable sections.
fn code_size(program: &Path) -> Result<u64> {
    let listing = output(
        Command::new("aarch64-linux-gnu-objdump")
            .args(["-h", "-w"])
            .arg(program),
    )?;
    Ok(listing
        .lines()
        .filter(|line| line.contains("CODE"))
        .filter_map(|line| u64::from_str_radix(line.split_whitespace().nth(2)?, 16).ok())
        .sum())
}
