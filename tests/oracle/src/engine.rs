//! Running programs of cases: under the oracle, and in the three executions.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use elfconv_a64::state::FZ;

use crate::{guest, runner::RECORD_LEN, runner::Record};

/// The oracle.
pub const QEMU: &str = "qemu-aarch64-static";

/// How a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Under the oracle.
    Oracle,
    /// By the interpreter in the module.
    Interpreter,
    /// Compiled without optimisation.
    Unoptimised,
    /// Compiled with all optimisation.
    Optimised,
}

impl Engine {
    /// The three executions.
    pub const OURS: [Engine; 3] = [Engine::Interpreter, Engine::Unoptimised, Engine::Optimised];

    /// What runs the program at this path.
    fn command(self, host: Host, program: &Path, fpcr: u32) -> Result<Command> {
        let level = match self {
            Engine::Oracle => {
                // Without pointer authentication its hints do nothing, as here.
                let mut command = Command::new(QEMU);
                command.args(["-cpu", "max,pauth=off"]).arg(program);
                return Ok(command);
            }
            Engine::Interpreter => "--interpret",
            Engine::Unoptimised => "-O0",
            Engine::Optimised => "-O2",
        };
        let elfconv = elfconv()?;
        let flush = ["--flush", if fpcr == FZ { "always" } else { "auto" }];
        if host == Host::Embedded || self == Engine::Interpreter {
            let mut command = Command::new(elfconv);
            command
                .args(["run", "--no-cache", level])
                .args(flush)
                .arg(program);
            command.env("ELFCONV_QUICK", "1");
            return Ok(command);
        }
        let module = program.with_extension("wasm");
        let mut build = Command::new(elfconv);
        build.args(["build", level]).args(flush);
        build.arg("-o").arg(&module).arg(program);
        let built = build.output()?;
        if !built.status.success() {
            bail!("{self:?}: {}", String::from_utf8_lossy(&built.stderr));
        }
        let mut command = Command::new("node");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/engines/node.mjs");
        command.args(["--liftoff-only", script]).arg(module);
        Ok(command)
    }
}

/// What executes our modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The engine in `elfconv run`, compiling quickly.
    Embedded,
    /// Node's compiler for code that is executed once, which takes a tenth of that time.
    Node,
}

/// The `elfconv` command that was built beside this program.
fn elfconv() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("ELFCONV") {
        return Ok(path.into());
    }
    let here = std::env::current_exe()?;
    here.ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join("elfconv"))
        .find(|path| path.exists())
        .context("there is no `elfconv` beside this program: build it with `cargo build --release`")
}

/// What the cases make under an engine.
///
/// # Errors
/// If not all of them end.
pub fn run(engine: Engine, host: Host, dir: &Path, cases: &[guest::Case]) -> Result<Vec<Record>> {
    let path = dir.join(format!("{engine:?}"));
    std::fs::write(&path, guest::program(cases))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    }
    let output = engine.command(host, &path, guest::fpcr(cases))?.output()?;
    let results: Vec<Record> = output
        .stdout
        .chunks_exact(RECORD_LEN)
        .map(Record::from_bytes)
        .collect();
    if results.len() != cases.len() {
        bail!(
            "{engine:?} ended with {} after {} of {} cases, at {:08x?}: {}",
            output.status,
            results.len(),
            cases.len(),
            cases[results.len().min(cases.len() - 1)].words,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(results)
}

/// What is excepted when NaNs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nans {
    /// Nothing.
    Exact,
    /// Which of its operands' NaNs the engine passes on, or that it makes the default NaN of one. The default NaN is never what x86 makes instead.
    PassedOn,
    /// The same of what is negated afterwards: what is never made is the default NaN, which x86's becomes.
    PassedOnNegated,
}

/// Whether a vector is the oracle's but for NaNs, in lanes of one size.
fn same_but_nans(ours: u128, theirs: u128, nans: Nans) -> bool {
    let lanes = |bits: u32, exponent: u64, mantissa: u64| {
        (0..128 / bits).all(|i| {
            let mask = u64::MAX >> (64 - bits);
            let (a, b) = (
                (ours >> (i * bits)) as u64 & mask,
                (theirs >> (i * bits)) as u64 & mask,
            );
            let nan = |x: u64| x & exponent == exponent && x & mantissa != 0;
            let sign = mask ^ mask >> 1;
            let negated = if nans == Nans::PassedOnNegated {
                sign
            } else {
                0
            };
            let default = negated ^ (exponent | mantissa ^ mantissa >> 1);
            let x86 = default ^ sign;
            a == b || (nan(a) && nan(b) && !(b == default && a == x86))
        })
    };
    lanes(64, 0x7ff << 52, (1 << 52) - 1)
        || lanes(32, 0xff << 23, (1 << 23) - 1)
        || lanes(16, 0x1f << 10, (1 << 10) - 1)
}

/// Whether an execution's result is the oracle's, but for NaNs in vectors.
pub fn same(ours: &Record, theirs: &Record, nans: Nans) -> bool {
    let vectors = ours.v.iter().zip(&theirs.v);
    ours.x == theirs.x
        && (ours.sp, ours.nzcv, ours.taken) == (theirs.sp, theirs.nzcv, theirs.taken)
        && ours.memory == theirs.memory
        && vectors
            .into_iter()
            .all(|(&a, &b)| a == b || nans != Nans::Exact && same_but_nans(a, b, nans))
}
