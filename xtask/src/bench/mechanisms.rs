//! What the kernel's mechanisms cost: the programs of `tests/bench/mechanisms`, in QEMU and as elfconv's modules.
//!
//! Each program prints lines of `WHAT: SECONDS`, the time for doing it once; its name does not matter.

use super::{elfconv, median};
use crate::command::{output, root, target};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One line of a program.
pub struct Mechanism {
    pub what: String,
    pub qemu: f64,
    pub elfconv: f64,
}

/// Builds the programs and runs them, in rounds.
pub fn measure(rounds: usize) -> Result<Vec<Mechanism>> {
    let directory = root().join("tests/bench/mechanisms");
    let mut sources: Vec<PathBuf> = std::fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    sources.sort();
    let mut all = Vec::new();
    for source in sources {
        let program = build(&source)?;
        let (mut qemu, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            qemu.push(times(Command::new("qemu-aarch64-static").arg(&program))?);
            ours.push(times(Command::new(elfconv()).arg("run").arg(&program))?);
        }
        for (line, (what, _)) in qemu[0].iter().enumerate() {
            let middle = |runs: &[Vec<(String, f64)>]| {
                let values: Option<Vec<f64>> =
                    runs.iter().map(|run| Some(run.get(line)?.1)).collect();
                values.map(median).context("a line is missing")
            };
            all.push(Mechanism {
                what: what.clone(),
                qemu: middle(&qemu)?,
                elfconv: middle(&ours)?,
            });
        }
    }
    Ok(all)
}

fn build(source: &Path) -> Result<PathBuf> {
    let name = source.file_stem().unwrap_or_default();
    let program = target("bench/mechanisms").join(name);
    std::fs::create_dir_all(target("bench/mechanisms"))?;
    let compiler = match source.extension() {
        Some(extension) if extension == "cpp" => "aarch64-linux-gnu-g++",
        _ => "aarch64-linux-gnu-gcc",
    };
    output(
        Command::new(compiler)
            .args(["-O2", "-static", "-pthread", "-o"])
            .arg(&program)
            .arg(source),
    )?;
    Ok(program)
}

/// What a run prints.
fn times(command: &mut Command) -> Result<Vec<(String, f64)>> {
    output(command)?
        .lines()
        .map(|line| {
            let (what, seconds) = line
                .rsplit_once(": ")
                .with_context(|| format!("a program printed `{line}`"))?;
            Ok((what.to_owned(), seconds.trim().parse()?))
        })
        .collect()
}
