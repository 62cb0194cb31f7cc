//! Running the programs of `tests/bench`.

use super::{elfconv, median};
use crate::command::{output, root, target};
use crate::setup;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A way to run a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// x86-64, or whatever this machine is.
    Native,
    /// The AArch64 program in QEMU.
    Qemu,
    /// The module that elfconv makes from the AArch64 program, in the embedded Wasmtime.
    Wasmtime,
    /// The same without what unwinding needs: `--no-safepoints`.
    Bare,
    /// The same source compiled to WASI by clang, in the embedded Wasmtime.
    WasmtimeReference,
    /// elfconv's module in node.
    Node,
    /// The reference in node.
    NodeReference,
}

use Way::*;
const WAYS: [Way; 6] = [
    Native,
    Qemu,
    Wasmtime,
    WasmtimeReference,
    Node,
    NodeReference,
];

/// How often the pair is run of which the difference is small, in each layout.
const PAIRS: usize = 3;
/// Layouts of the code in which it is run (`--layout`): where engines put loops makes more difference, by chance, than what is measured.
const LAYOUTS: usize = 16;

/// Seconds by program and way. For [`Bare`] those in [`Wasmtime`], divided by how many times as long the program takes with safepoints.
pub type Speed = BTreeMap<String, BTreeMap<Way, f64>>;

/// Builds everything and runs it.
pub fn measure(rounds: usize) -> Result<Speed> {
    let sources = sources()?;
    for source in &sources {
        build(source)?;
    }
    let mut times: BTreeMap<(String, Way), Vec<f64>> = BTreeMap::new();
    for round in 0..rounds {
        for source in &sources {
            let name = stem(source);
            let mut expected: Option<String> = None;
            for way in WAYS {
                eprint!(
                    "\rround {} of {rounds}: {name} {way:?}          ",
                    round + 1
                );
                let (seconds, checksum) = measure_once(&name, way)?;
                if expected.get_or_insert_with(|| checksum.clone()) != &checksum {
                    bail!("{name} {way:?}: the checksum is {checksum}, not {expected:?}");
                }
                times.entry((name.clone(), way)).or_default().push(seconds);
            }
        }
    }
    eprintln!();
    let mut speed = Speed::new();
    for ((name, way), values) in times {
        speed.entry(name).or_default().insert(way, median(values));
    }
    for (name, times) in &mut speed {
        eprint!("\rsafepoints: {name}                    ");
        let ratio = without_safepoints(name)?;
        times.insert(Bare, times[&Wasmtime] * ratio);
    }
    eprintln!();
    Ok(speed)
}

/// How long a program takes without safepoints, divided by what it takes with them. The difference is smaller than what other load and the luck of a layout make, so the shortest of alternating runs in several layouts counts.
fn without_safepoints(name: &str) -> Result<f64> {
    let mut least = [f64::INFINITY; 2];
    for layout in 0..LAYOUTS {
        let layout = layout.to_string();
        let modules = ["layout.bare.wasm", "layout.wasm"];
        for (module, more) in modules.iter().zip([&["--no-safepoints"][..], &[]]) {
            let mut command = translate(name, module);
            output(command.args(["--layout", &layout]).args(more))?;
        }
        for _ in 0..PAIRS {
            for (least, module) in least.iter_mut().zip(modules) {
                let mut command = Command::new(elfconv());
                command.arg("run").arg(made(name, module));
                *least = least.min(timed(name, &mut command)?.0);
            }
        }
    }
    Ok(least[0] / least[1])
}

/// The translation of a program.
fn translate(name: &str, module: &str) -> Command {
    let mut translate = Command::new(elfconv());
    translate
        .args(["build", "--relaxed-simd"])
        .arg(made(name, "elf"))
        .arg("-o")
        .arg(made(name, module));
    translate
}

/// Runs a program one way: its seconds and its checksum.
fn measure_once(name: &str, way: Way) -> Result<(f64, String)> {
    timed(name, &mut command(name, way))
}

fn timed(name: &str, command: &mut Command) -> Result<(f64, String)> {
    let printed = output(command)?;
    let (seconds, checksum) = printed
        .trim()
        .split_once(' ')
        .with_context(|| format!("{name} printed `{printed}`"))?;
    Ok((seconds.parse()?, checksum.to_owned()))
}

fn sources() -> Result<Vec<PathBuf>> {
    let mut sources: Vec<PathBuf> = std::fs::read_dir(root().join("tests/bench"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    Ok(sources)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn made(name: &str, extension: &str) -> PathBuf {
    target("bench").join(format!("{name}.{extension}"))
}

fn build(source: &Path) -> Result<()> {
    let name = stem(source);
    std::fs::create_dir_all(target("bench"))?;
    let mut native = Command::new("gcc");
    native
        .args(["-O3", "-o"])
        .arg(made(&name, "native"))
        .arg(source)
        .arg("-lm");
    let mut guest = Command::new("aarch64-linux-gnu-gcc");
    guest
        .args(["-O3", "-static", "-o"])
        .arg(made(&name, "elf"))
        .arg(source)
        .arg("-lm");
    let mut reference = Command::new("clang-19");
    reference.args([
        "--target=wasm32-wasi",
        "--sysroot=/usr",
        "-O3",
        "-msimd128",
        "-o",
    ]);
    reference
        .arg(made(&name, "reference.wasm"))
        .arg(source)
        .arg("-lm");
    for mut command in [native, guest, reference, translate(&name, "wasm")] {
        output(&mut command)?;
    }
    Ok(())
}

fn command(name: &str, way: Way) -> Command {
    let module = made(
        name,
        match way {
            WasmtimeReference | NodeReference => "reference.wasm",
            _ => "wasm",
        },
    );
    match way {
        Native => Command::new(made(name, "native")),
        Qemu => {
            let mut command = Command::new("qemu-aarch64-static");
            command.arg(made(name, "elf"));
            command
        }
        Wasmtime | Bare | WasmtimeReference => {
            let mut command = Command::new(elfconv());
            command.arg("run").arg(module);
            command
        }
        Node | NodeReference => {
            let mut command = Command::new(setup::node24());
            command
                .arg(root().join("tests/programs/engines/node.mjs"))
                .arg(module);
            command
        }
    }
}
