//! Ways to run a guest: the oracle, elfconv in several modes, and other WASI engines with elfconv's module.

use crate::outcome::{Outcome, text};
use crate::place::{elfconv, here, target};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// How a case is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// The oracle. As a mode of its own it shows that the case is deterministic.
    Qemu,
    /// The oracle of programs that are built for this machine.
    Native,
    /// `elfconv run`, as a user would.
    Run,
    /// `elfconv run --interpret`.
    Interpret,
    /// `elfconv run`, with compiled code unwinding at every safepoint and system call.
    Unwind,
    /// `elfconv run` with several orders of the threads, compiled and interpreted.
    Seeds,
    /// `elfconv build -O0`, then `elfconv run` on the module.
    O0,
    /// `elfconv build -O2`, likewise.
    O2,
    /// `elfconv build`, then the system's node.
    Node,
    /// `elfconv build`, then node 24.
    Node24,
    /// `elfconv build`, then PyPI's Wasmtime.
    Wasmtime,
    /// `elfconv build`, then the module's `resume` from node 24's event loop.
    Resume,
}

impl Mode {
    /// What every case runs in.
    pub const ONE: &[Mode] = &[Mode::Run];
    /// What a program's first build runs in.
    pub const ALL: &[Mode] = &[
        Mode::Qemu,
        Mode::Run,
        Mode::Interpret,
        Mode::Unwind,
        Mode::O0,
        Mode::O2,
    ];
    /// Other engines.
    pub const ENGINES: &[Mode] = &[Mode::Node, Mode::Node24, Mode::Wasmtime, Mode::Resume];

    /// `modes`, or with `ORACLE_ONLY` in the environment the oracle alone: for trying new cases.
    pub fn wanted(modes: Vec<Mode>) -> Vec<Mode> {
        if std::env::var_os("ORACLE_ONLY").is_some() {
            vec![Mode::Qemu]
        } else {
            modes
        }
    }

    /// Whether more time must be allowed.
    pub fn is_slow(self) -> bool {
        matches!(self, Mode::Interpret | Mode::Unwind | Mode::Seeds)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Qemu => "qemu",
            Mode::Native => "native",
            Mode::Run => "run",
            Mode::Interpret => "interpret",
            Mode::Unwind => "unwind",
            Mode::Seeds => "seeds",
            Mode::O0 => "O0",
            Mode::O2 => "O2",
            Mode::Node => "node",
            Mode::Node24 => "node24",
            Mode::Wasmtime => "wasmtime",
            Mode::Resume => "resume",
        })
    }
}

/// Limits of one run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall time after which the run counts as hanging.
    pub seconds: u64,
}

/// A program, ready to be run in a mode.
pub struct Engine {
    mode: Mode,
    /// What is run: the executable, or the module made from it.
    program: PathBuf,
    /// Options for the translation, where the executable is run.
    options: Vec<String>,
    seed: Option<u32>,
}

impl Engine {
    /// Translates `program` beforehand, with these options, where the mode needs a module.
    pub fn new(mode: Mode, program: &Path, options: &[String]) -> Result<Engine> {
        let with = |level: &[&str]| {
            let options = options.iter().map(String::as_str);
            let all: Vec<&str> = level.iter().copied().chain(options).collect();
            module(program, &all)
        };
        let program = match mode {
            Mode::Qemu
            | Mode::Native
            | Mode::Run
            | Mode::Interpret
            | Mode::Unwind
            | Mode::Seeds => program.to_owned(),
            Mode::O0 => with(&["-O0"])?,
            Mode::O2 => with(&["-O2"])?,
            Mode::Node | Mode::Node24 | Mode::Wasmtime | Mode::Resume => with(&[])?,
        };
        Ok(Engine {
            mode,
            program,
            options: options.to_vec(),
            seed: None,
        })
    }

    /// The same with an order of the threads: compiled for even numbers, interpreted for odd ones.
    pub fn with_seed(mut self, seed: Option<u32>) -> Engine {
        self.seed = seed;
        self
    }

    /// Runs it once in `directory`.
    pub fn run(
        &self,
        directory: &Path,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        stdin: Option<&[u8]>,
        limits: Limits,
    ) -> Result<Outcome> {
        let mut command = self.command(arguments, environment)?;
        command.current_dir(directory);
        let mut outcome = run_limited(&mut command, stdin, Duration::from_secs(limits.seconds))?;
        for stream in [&mut outcome.stdout, &mut outcome.stderr] {
            *stream = stream.replace(&*directory.to_string_lossy(), "$DIRECTORY");
            *stream = stream.replace(&*self.program.to_string_lossy(), "$PROGRAM");
        }
        outcome.stderr = without_signal_report(&outcome);
        Ok(outcome)
    }

    /// The command line to repeat a run by hand.
    pub fn shown(&self, arguments: &[String], environment: &BTreeMap<String, String>) -> String {
        let Ok(command) = self.command(arguments, environment) else {
            return String::new();
        };
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| quoted(&word.to_string_lossy()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn command(
        &self,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
    ) -> Result<Command> {
        let mut command = match self.mode {
            Mode::Qemu => {
                let mut command = Command::new(in_path("qemu-aarch64-static")?);
                // QEMU's own environment must not become the guest's.
                command.env_clear().envs(environment);
                command
            }
            Mode::Native => {
                let mut command = Command::new(&self.program);
                command.env_clear().envs(environment).args(arguments);
                return Ok(command);
            }
            Mode::Run | Mode::Interpret | Mode::Unwind | Mode::Seeds | Mode::O0 | Mode::O2 => {
                let mut command = Command::new(elfconv()?);
                command.args(["run", "--dir", "."]);
                if !matches!(self.mode, Mode::O0 | Mode::O2) {
                    command.args(&self.options);
                }
                if let Some(seed) = self.seed {
                    command
                        .arg("--env")
                        .arg(format!("ELFCONV_SCHED_SEED={seed}"));
                }
                if self.mode == Mode::Interpret || self.seed.is_some_and(|seed| seed % 2 == 1) {
                    command.arg("--interpret");
                }
                if self.mode == Mode::Unwind {
                    command.args(["--env", "ELFCONV_UNWIND=1"]);
                }
                for (name, value) in as_in_qemu(environment) {
                    command.arg("--env").arg(format!("{name}={value}"));
                }
                command
            }
            Mode::Node | Mode::Node24 | Mode::Wasmtime | Mode::Resume => {
                let mut command = other_engine(self.mode);
                for (name, value) in as_in_qemu(environment) {
                    command.arg(format!("--env={name}={value}"));
                }
                command
            }
        };
        command.arg(&self.program).args(arguments);
        Ok(command)
    }
}

/// Another engine's command, without the module; options of ours may follow.
pub fn other_engine(mode: Mode) -> Command {
    let node24 = target("node/node_modules/node/bin/node");
    let (interpreter, script) = match mode {
        Mode::Node => (PathBuf::from("node"), "engines/node.mjs"),
        Mode::Node24 => (node24, "engines/node.mjs"),
        Mode::Resume => (node24, "engines/resume.mjs"),
        _ => (target("venv/bin/python"), "engines/wasmtime_wasi.py"),
    };
    let mut command = Command::new(interpreter);
    command.arg(here().join(script));
    command
}

/// QEMU gives the guest its environment the other way round, and some programs print it in order.
fn as_in_qemu(environment: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    environment.iter().rev()
}

/// Drops the line in which QEMU, or elfconv's kernel, tells of a signal that killed the guest.
fn without_signal_report(outcome: &Outcome) -> String {
    if outcome.status <= 128 {
        return outcome.stderr.clone();
    }
    let is_report = |line: &&str| {
        line.starts_with("qemu: uncaught target signal") || line.starts_with("elfconv: ")
    };
    outcome
        .stderr
        .split_inclusive('\n')
        .filter(|line| !is_report(line))
        .collect()
}

/// Runs a command to its end or to the time limit, with its output collected.
pub fn run_limited(
    command: &mut Command,
    stdin: Option<&[u8]>,
    limit: Duration,
) -> Result<Outcome> {
    command.stdin(if stdin.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    let (mut input, mut output, mut error) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if let (Some(input), Some(bytes)) = (&mut input, stdin) {
                // A guest may end without reading everything.
                let _ = input.write_all(bytes);
            }
        });
        let output = scope.spawn(move || read_all(output.as_mut()));
        let error = scope.spawn(move || read_all(error.as_mut()));
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        let (status, timed_out) = loop {
            if let Some(status) = child.try_wait()? {
                break (status, false);
            }
            if start.elapsed() > limit {
                child.kill()?;
                break (child.wait()?, true);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        let collect =
            |thread: std::thread::ScopedJoinHandle<'_, Vec<u8>>| thread.join().unwrap_or_default();
        Ok(Outcome {
            stdout: text(&collect(output)),
            stderr: text(&collect(error)),
            status: status
                .code()
                .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            timed_out,
        })
    })
}

fn read_all(stream: Option<&mut impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What came before an error is still worth comparing.
        let _ = stream.read_to_end(&mut bytes);
    }
    bytes
}

/// The module that `elfconv build` makes, kept below `target/modules` until the program or elfconv changes.
fn module(program: &Path, options: &[&str]) -> Result<PathBuf> {
    let elfconv = elfconv()?;
    let mut hasher = DefaultHasher::new();
    for path in [&elfconv, program] {
        let about = fs::metadata(path)?;
        let time = about.modified()?.duration_since(UNIX_EPOCH)?;
        (path, about.len(), time).hash(&mut hasher);
    }
    options.hash(&mut hasher);
    // The file keeps the program's name: some programs go by what they are called.
    let directory = target("modules").join(format!("{:016x}", hasher.finish()));
    fs::create_dir_all(&directory)?;
    let module = directory
        .join(program.file_name().unwrap_or_default())
        .with_added_extension("wasm");
    let lock = fs::File::create(module.with_extension("lock"))?;
    lock.lock()?;
    if !module.exists() {
        let made = module.with_extension("new");
        let mut command = Command::new(elfconv);
        command
            .arg("build")
            .args(options)
            .arg(program)
            .arg("-o")
            .arg(&made);
        let outcome = run_limited(&mut command, None, Duration::from_secs(300))?;
        if outcome.status != 0 || outcome.timed_out {
            bail!(
                "elfconv build {} {} failed:\n{}",
                options.join(" "),
                program.display(),
                outcome.stderr
            );
        }
        fs::rename(made, &module)?;
    }
    Ok(module)
}

/// Finds a program by our own PATH: a `Command` whose environment sets another one would search that.
pub fn in_path(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
        .with_context(|| format!("{name} is not installed: cargo xtask setup"))
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
