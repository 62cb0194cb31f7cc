//! Building guests: `COMPILER-OPTIMISATION[-LIBC][-ATOMICS][-pie][-strip]`, such as `gcc-O2`, `gcc-Os-musl-strip`, `zig-O3-pie`.
//!
//! | compiler | what | libc |
//! |---|---|---|
//! | `gcc` | Debian's cross GCC, C and C++ and assembly | `glibc` (the default) or `musl` |
//! | `zig` | the Clang in PyPI's `ziglang`, C and C++ | its own musl |
//! | `rustc` | Rust, linked by GCC | `glibc` |
//! | `go` | Debian's Go; `O0` is without optimisation and inlining, the others are the same | none |
//! | `bare` | GCC without any libc or start-up file | none |
//!
//! GCC's atomics are calls that choose at run time (the default), `lse` for the instructions of Armv8.1, or `exclusive` for loops of exclusive loads and stores.
//! Everything is linked statically; `-pie` makes a static-PIE. Results are kept by the hash of source and command.

use crate::place::target;
use crate::source::Source;
use anyhow::{Context, Result, bail};
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compiler {
    Gcc,
    Zig,
    Rustc,
    Go,
    Bare,
}

/// Options for C, and for C++.
const LANGUAGE: [&[&str]; 2] = [&["-w"], &["-w", "-std=c++17"]];

/// A way to build a guest.
#[derive(Clone, Debug)]
pub struct Build {
    name: String,
    compiler: Compiler,
    optimisation: String,
    musl: bool,
    /// GCC's option for atomics.
    atomics: Option<&'static str>,
    pie: bool,
    strip: bool,
}

impl FromStr for Build {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Build> {
        let mut parts = name.split('-');
        let compiler = match parts.next() {
            Some("gcc") => Compiler::Gcc,
            Some("zig") => Compiler::Zig,
            Some("rustc") => Compiler::Rustc,
            Some("go") => Compiler::Go,
            Some("bare") => Compiler::Bare,
            _ => bail!("unknown compiler in build `{name}`"),
        };
        let optimisation = match parts.next() {
            Some(level @ ("O0" | "O1" | "O2" | "O3" | "Os")) => level.to_owned(),
            _ => bail!("build `{name}` needs one of O0, O1, O2, O3, Os"),
        };
        let mut build = Build {
            name: name.to_owned(),
            compiler,
            optimisation,
            musl: false,
            atomics: None,
            pie: false,
            strip: false,
        };
        for part in parts {
            match part {
                "musl" if compiler == Compiler::Gcc => build.musl = true,
                "lse" if compiler == Compiler::Gcc => build.atomics = Some("-march=armv8.1-a"),
                "exclusive" if compiler == Compiler::Gcc => {
                    build.atomics = Some("-mno-outline-atomics");
                }
                "pie" if compiler != Compiler::Go => build.pie = true,
                "strip" => build.strip = true,
                _ => bail!("unknown part `{part}` in build `{name}`"),
            }
        }
        Ok(build)
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Builds `source` for this machine: its kernel is the oracle for what QEMU does not get right.
pub fn native(source: &Source) -> Result<PathBuf> {
    let output = |made: &Path| {
        let cpp = source.path.extension().is_some_and(|e| e == "cpp");
        let mut command = Command::new(if cpp { "g++" } else { "gcc" });
        command
            .arg("-O2")
            .args(LANGUAGE[usize::from(cpp)])
            .arg(&source.path)
            .args(&source.flags)
            .arg("-lm")
            .arg("-o")
            .arg(made);
        Ok(vec![command])
    };
    kept(source, "native", |_, made| output(made))
}

/// The executable that `commands` make (they are given a directory for intermediate files and the output), unless that has been done already.
fn kept(
    source: &Source,
    name: &str,
    commands: impl FnOnce(&Path, &Path) -> Result<Vec<Command>>,
) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    fs::read(&source.path)?.hash(&mut hasher);
    (name, &source.flags, include_str!("compile.rs")).hash(&mut hasher);
    let directory = target("guests").join(format!("{:016x}", hasher.finish()));
    fs::create_dir_all(&directory)?;
    let executable = directory.join(&source.name);
    // Other test processes may want the same file at the same time.
    let lock = fs::File::create(directory.join("lock"))?;
    lock.lock()?;
    if !executable.exists() {
        let made = directory.join("made");
        for command in commands(&directory, &made)? {
            compile(command)?;
        }
        fs::rename(made, &executable)?;
    }
    Ok(executable)
}

impl Build {
    /// Builds `source`, unless that has been done already, and gives the executable.
    pub fn executable(&self, source: &Source) -> Result<PathBuf> {
        kept(source, &self.name, |directory, made| {
            self.commands(source, directory, made)
        })
    }

    /// The command lines that make `output`, with intermediate files in `directory`.
    fn commands(&self, source: &Source, directory: &Path, output: &Path) -> Result<Vec<Command>> {
        let cpp = source
            .path
            .extension()
            .is_some_and(|extension| extension == "cpp");
        let mut commands = match self.compiler {
            Compiler::Gcc => vec![self.gcc(source, cpp)?],
            Compiler::Bare => vec![self.bare(source)],
            Compiler::Zig => {
                let object = directory.join("object.o");
                let mut compile = self.zig(cpp, &self.optimisation);
                compile.arg("-c").arg(&source.path).args(&source.flags);
                compile
                    .args(LANGUAGE[usize::from(cpp)])
                    .arg("-o")
                    .arg(&object);
                // Zig builds its libc once for every set of options: link with the same ones always.
                let mut link = self.zig(cpp, "O2");
                link.args(["-static", if self.pie { "-pie" } else { "-no-pie" }])
                    .arg(object);
                vec![compile, link]
            }
            Compiler::Rustc => vec![self.rustc(&source.path, &source.flags)],
            // Its options come before the source, and it strips by itself.
            Compiler::Go => return Ok(vec![self.go(source, output)]),
        };
        if let Some(last) = commands.last_mut() {
            last.arg("-o").arg(output);
        }
        if self.strip {
            let mut strip = Command::new("aarch64-linux-gnu-strip");
            strip.arg(output);
            commands.push(strip);
        }
        Ok(commands)
    }

    fn gcc(&self, source: &Source, cpp: bool) -> Result<Command> {
        let mut command = Command::new(if cpp {
            "aarch64-linux-gnu-g++"
        } else {
            "aarch64-linux-gnu-gcc"
        });
        command
            .arg(format!("-{}", self.optimisation))
            .args(LANGUAGE[usize::from(cpp)])
            .args(self.atomics)
            .args(self.position());
        if self.musl {
            self.link_musl(&mut command, &source.path)?;
            command.args(&source.flags);
        } else {
            command.arg(&source.path).args(&source.flags).arg("-lm");
        }
        Ok(command)
    }

    fn bare(&self, source: &Source) -> Command {
        let mut command = Command::new("aarch64-linux-gnu-gcc");
        command
            .args(self.position())
            .args(["-nostdlib", "-nostartfiles"])
            .arg(&source.path)
            .args(&source.flags);
        command
    }

    /// GCC's options for static executables.
    fn position(&self) -> &'static [&'static str] {
        if self.pie {
            &["-fPIE", "-static-pie"]
        } else {
            &["-static"]
        }
    }

    fn zig(&self, cpp: bool, optimisation: &str) -> Command {
        let mut zig = Command::new(target("venv/bin/python"));
        zig.env("ZIG_GLOBAL_CACHE_DIR", target("zig-cache"))
            .env("ZIG_LOCAL_CACHE_DIR", target("zig-cache"));
        zig.args([
            "-m",
            "ziglang",
            if cpp { "c++" } else { "cc" },
            "-target",
            "aarch64-linux-musl",
        ]);
        // Zig's debug builds check for undefined behaviour; that is not what is tested here.
        zig.arg("-fno-sanitize=undefined")
            .arg(format!("-{optimisation}"));
        if self.pie {
            zig.arg("-fPIE");
        }
        zig
    }

    /// GCC with the headers and libraries of Debian's musl instead of its own.
    fn link_musl(&self, command: &mut Command, source: &Path) -> Result<()> {
        let root = target("corpus/root/usr");
        let libraries = root.join("lib/aarch64-linux-musl");
        let answer = Command::new("aarch64-linux-gnu-gcc")
            .arg("-print-file-name=include")
            .output()?;
        let include = String::from_utf8(answer.stdout)?;
        command
            .args(["-nostdinc", "-nostdlib", "-isystem"])
            .arg(root.join("include/aarch64-linux-musl"));
        command.arg("-isystem").arg(include.trim());
        command
            .arg(libraries.join(if self.pie { "rcrt1.o" } else { "crt1.o" }))
            .arg(libraries.join("crti.o"));
        command
            .arg(source)
            .arg(libraries.join("libc.a"))
            .args(["-lgcc", "-lgcc_eh"]);
        command
            .arg(libraries.join("libc.a"))
            .arg(libraries.join("crtn.o"));
        Ok(())
    }

    fn rustc(&self, source: &Path, flags: &[String]) -> Command {
        let root = target("rust-web/root/usr");
        let mut command = Command::new(root.join("bin/rustc"));
        command.env("LD_LIBRARY_PATH", root.join("lib/x86_64-linux-gnu"));
        command.args([
            "--edition=2021",
            "--target=aarch64-unknown-linux-gnu",
            "-Clinker=aarch64-linux-gnu-gcc",
        ]);
        command.arg("-Ctarget-feature=+crt-static");
        let level = self.optimisation.trim_start_matches('O');
        command.arg(format!("-Copt-level={level}"));
        command.arg(format!(
            "-Crelocation-model={}",
            if self.pie { "pie" } else { "static" }
        ));
        command.arg(source).args(flags);
        command
    }

    fn go(&self, source: &Source, output: &Path) -> Command {
        let mut command = Command::new("go");
        command
            .args(["build", "-trimpath"])
            .env("GOARCH", "arm64")
            .env("CGO_ENABLED", "0")
            .env("GO111MODULE", "off")
            .env("GOCACHE", target("go-cache"));
        if self.optimisation == "O0" {
            command.arg("-gcflags=all=-N -l");
        }
        if self.strip {
            command.arg("-ldflags=-s -w");
        }
        command.args(&source.flags).arg("-o").arg(output);
        command.arg(&source.path);
        command
    }
}

fn compile(mut command: Command) -> Result<()> {
    let output = command.output().with_context(|| {
        format!(
            "{:?} (cargo xtask setup installs it)",
            command.get_program()
        )
    })?;
    if !output.status.success() {
        bail!(
            "{command:?} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
