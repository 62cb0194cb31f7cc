//! What the mechanisms of processes cost, against QEMU: the programs of `tests/bench/mechanisms`, in a file tree with busybox.
//!
//! In QEMU a program's children are executed by the host's kernel, which is told to hand them to QEMU, in namespaces of its own (`tests/programs/roots/oracle.sh`).

use super::{elfconv, median};
use crate::command::{output, root, run, target};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Seconds of one operation in QEMU and in elfconv, by name in order.
pub type Mechanisms = Vec<(String, [f64; 2])>;

/// Builds the tree and runs its programs.
pub fn measure(rounds: usize) -> Result<Mechanisms> {
    let tree = target("bench/mechanisms");
    let programs = tree_of_programs(&tree)?;
    let module = target("bench/mechanisms.wasm");
    run(Command::new(elfconv())
        .args(["build", "--root"])
        .arg(&tree)
        .arg("-o")
        .arg(&module))?;
    let mut names: Vec<String> = Vec::new();
    let mut times: BTreeMap<String, [Vec<f64>; 2]> = BTreeMap::new();
    for round in 0..rounds {
        for program in &programs {
            for way in 0..2 {
                eprint!("\rround {} of {rounds}: {program}          ", round + 1);
                let mut command = if way == 0 {
                    let mut command = Command::new("unshare");
                    command.args(["-rmpf", "--mount-proc", "sh"]);
                    command.arg(root().join("tests/programs/roots/oracle.sh"));
                    command.arg("/usr/bin/qemu-aarch64-static").arg(&tree);
                    command
                } else {
                    let mut command = Command::new(elfconv());
                    command.arg("run").arg(&module);
                    command
                };
                let printed = output(command.arg(program))?;
                for line in printed.lines() {
                    let (name, seconds) = line
                        .split_once('|')
                        .with_context(|| format!("{program} printed `{line}`"))?;
                    if !names.iter().any(|n| n == name) {
                        names.push(name.to_owned());
                    }
                    times.entry(name.to_owned()).or_default()[way].push(seconds.parse()?);
                }
            }
        }
    }
    eprintln!();
    names
        .into_iter()
        .map(|name| {
            let values = times.remove(&name).unwrap_or_default();
            Ok((name, values.map(median)))
        })
        .collect()
}

/// Makes the tree: busybox with its `true`, and the programs; their paths in it.
fn tree_of_programs(tree: &Path) -> Result<Vec<String>> {
    if tree.exists() {
        fs::remove_dir_all(tree)?;
    }
    for directory in ["bin", "proc", "dev", "tmp"] {
        fs::create_dir_all(tree.join(directory))?;
    }
    fs::copy(target("corpus/root/bin/busybox"), tree.join("bin/busybox"))?;
    symlink("busybox", tree.join("bin/true"))?;
    let mut sources: Vec<PathBuf> = fs::read_dir(root().join("tests/bench/mechanisms"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    sources.sort();
    let mut programs = Vec::new();
    for source in sources {
        let path = format!(
            "/bin/{}",
            source.file_stem().unwrap_or_default().to_string_lossy()
        );
        let mut compiler = match source.extension().and_then(|e| e.to_str()) {
            Some("go") => {
                let mut go = Command::new("go");
                go.args(["build", "-o"])
                    .envs([("GOOS", "linux"), ("GOARCH", "arm64"), ("CGO_ENABLED", "0")])
                    .env("GOCACHE", target("go-cache"));
                go
            }
            extension => {
                let mut gcc = Command::new(match extension {
                    Some("cpp") => "aarch64-linux-gnu-g++",
                    _ => "aarch64-linux-gnu-gcc",
                });
                gcc.args(["-O2", "-static", "-pthread", "-o"]);
                gcc
            }
        };
        run(compiler.arg(tree.join(&path[1..])).arg(&source))?;
        programs.push(path);
    }
    Ok(programs)
}
