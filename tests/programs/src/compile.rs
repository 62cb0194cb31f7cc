//! Building guests: `COMPILER-OPTIMISATION[-LIBC][-pie][-strip]`, such as `gcc-O2`, `gcc-Os-musl-strip`, `zig-O3-pie`.
//!
//! | compiler | what | libc |
//! |---|---|---|
//! | `gcc` | Debian's cross GCC, C and C++ and assembly | `glibc` (the default) or `musl` |
//! | `zig` | the Clang in PyPI's `ziglang`, C and C++ | its own musl |
//! | `rustc` | Rust, linked by GCC | `glibc` |
//! | `bare` | GCC without any libc or start-up file | none |
//!
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
    Bare,
}

/// A way to build a guest.
#[derive(Clone, Debug)]
pub struct Build {
    name: String,
    compiler: Compiler,
    optimisation: String,
    musl: bool,
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
            pie: false,
            strip: false,
        };
        for part in parts {
            match part {
                "musl" if compiler == Compiler::Gcc => build.musl = true,
                "pie" => build.pie = true,
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

impl Build {
    /// Builds `source`, unless that has been done already, and gives the executable.
    pub fn executable(&self, source: &Source) -> Result<PathBuf> {
        let command = self.command(&source.path, &source.flags)?;
        let mut hasher = DefaultHasher::new();
        fs::read(&source.path)?.hash(&mut hasher);
        format!("{command:?}").hash(&mut hasher);
        let directory = target("guests").join(format!("{:016x}", hasher.finish()));
        fs::create_dir_all(&directory)?;
        let executable = directory.join(&source.name);
        // Other test processes may want the same file at the same time.
        let lock = fs::File::create(directory.join("lock"))?;
        lock.lock()?;
        if !executable.exists() {
            compile(command, &executable)?;
        }
        Ok(executable)
    }

    /// The compiler's command line, without `-o`.
    fn command(&self, source: &Path, flags: &[String]) -> Result<Command> {
        let cpp = source
            .extension()
            .is_some_and(|extension| extension == "cpp");
        let mut command = match self.compiler {
            Compiler::Gcc => Command::new(if cpp {
                "aarch64-linux-gnu-g++"
            } else {
                "aarch64-linux-gnu-gcc"
            }),
            Compiler::Bare => Command::new("aarch64-linux-gnu-gcc"),
            Compiler::Zig => {
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
                zig.arg("-fno-sanitize=undefined");
                zig
            }
            Compiler::Rustc => return self.rustc(source, flags),
        };
        command.arg(format!("-{}", self.optimisation)).arg("-w");
        if cpp {
            command.args(["-std=c++17", "-fno-exceptions"]);
        }
        if self.strip {
            command.arg("-s");
        }
        if self.pie {
            command.arg("-fPIE");
        }
        match (self.compiler, self.pie) {
            (Compiler::Zig, true) => command.args(["-static", "-pie"]),
            (_, true) => command.arg("-static-pie"),
            (_, false) => command.arg("-static"),
        };
        if self.compiler == Compiler::Bare {
            command.args(["-nostdlib", "-nostartfiles"]);
        }
        if self.musl {
            self.link_musl(&mut command, source)?;
            command.args(flags);
        } else {
            command.arg(source).args(flags);
            if self.compiler != Compiler::Bare {
                command.arg("-lm");
            }
        }
        Ok(command)
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

    fn rustc(&self, source: &Path, flags: &[String]) -> Result<Command> {
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
        if self.strip {
            command.arg("-Cstrip=symbols");
        }
        command.arg(source).args(flags);
        Ok(command)
    }
}

fn compile(mut command: Command, executable: &Path) -> Result<()> {
    let made = executable.with_extension("new");
    command.arg("-o").arg(&made);
    let output = command.output().with_context(|| {
        format!(
            "{:?} (cargo xtask setup installs it)",
            command.get_program()
        )
    })?;
    if !output.status.success() || !made.exists() {
        bail!(
            "{command:?} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    fs::rename(made, executable)?;
    Ok(())
}
