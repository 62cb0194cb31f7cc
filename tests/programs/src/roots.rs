//! File trees with several programs: each script in `roots/` is run by each of several shells, in one module that has the tree with it. The oracle is QEMU with the same tree as
//! its root, to which the host's kernel hands every executable (`roots/oracle.sh`).
//!
//! Lines of comment at the top of a script may say which shells it is for, `# shells: bash busybox`, and what the tree needs besides them, `# programs: bin/dar=usr/bin/dar_static` (where in the tree, and where in the corpus).

use crate::engine::{Mode, in_path, other_engine, quoted, run_limited};
use crate::outcome::Outcome;
use crate::place::{elfconv, here, target};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The shells: name, and command.
pub const SHELLS: [(&str, &[&str]); 4] = [
    ("bash", &["/bin/bash"]),
    ("busybox", &["/bin/busybox", "sh"]),
    ("zsh", &["/bin/zsh"]),
    ("mksh", &["/bin/mksh"]),
];

/// What is put into the tree, and where it is in the corpus.
const PROGRAMS: [(&str, &str); 4] = [
    ("bin/bash", "bin/bash-static"),
    ("bin/busybox", "bin/busybox"),
    ("bin/zsh", "bin/zsh-static"),
    ("bin/mksh", "usr/lib/aarch64-linux-musl/bin/mksh"),
];

/// Names that busybox gets, besides those of its applets in `/bin`.
const MORE_LINKS: [&str; 2] = ["usr/bin/env", "usr/bin/awk"];

const DIRECTORIES: [&str; 8] = ["bin", "dev", "etc", "proc", "root", "tmp", "mnt", "usr/bin"];

/// A script.
#[derive(Clone, Debug)]
pub struct Script {
    pub name: String,
    pub text: String,
}

impl Script {
    /// All of them, in order of their names.
    pub fn all() -> Result<Vec<Script>> {
        let mut scripts = Vec::new();
        for entry in fs::read_dir(here().join("roots"))? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            if path.extension().is_some_and(|e| e == "sh") && name != "oracle" {
                scripts.push(Script {
                    name: name.into_owned(),
                    text: fs::read_to_string(&path)?,
                });
            }
        }
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(scripts)
    }

    /// The words of the line at the top that begins with `key`.
    fn words(&self, key: &str) -> Option<Vec<&str>> {
        let mut top = self.text.lines().map_while(|l| l.strip_prefix("# "));
        let words = top.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))?;
        Some(words.split_whitespace().collect())
    }

    /// Whether it is for this shell.
    pub fn is_for(&self, shell: &str) -> bool {
        self.words("shells").is_none_or(|all| all.contains(&shell))
    }

    /// The programs that it needs besides those of all trees: where in the tree, and where in the corpus.
    fn programs(&self) -> Result<Vec<(&str, &str)>> {
        let pairs = self.words("programs").unwrap_or_default();
        let pairs = pairs.into_iter().map(|pair| {
            pair.split_once('=')
                .with_context(|| format!("{}: `{pair}` is not TO=FROM", self.name))
        });
        pairs.collect()
    }
}

/// The tree with the shells and `more` programs, made below `target/roots` of the corpus.
pub fn tree(more: &[(&str, &str)]) -> Result<PathBuf> {
    let corpus = target("corpus/root");
    let mut hasher = DefaultHasher::new();
    let programs = || PROGRAMS.iter().chain(more);
    for (to, from) in programs() {
        (to, stamp(&corpus.join(from))?).hash(&mut hasher);
    }
    (MORE_LINKS, DIRECTORIES).hash(&mut hasher);
    let base = target("roots");
    fs::create_dir_all(&base)?;
    let tree = base.join(format!("shells-{:016x}", hasher.finish()));
    let lock = fs::File::create(base.join("lock"))?;
    lock.lock()?;
    if tree.exists() {
        return Ok(tree);
    }
    let new = base.join("new");
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    for directory in DIRECTORIES {
        fs::create_dir_all(new.join(directory))?;
    }
    fs::set_permissions(new.join("tmp"), fs::Permissions::from_mode(0o1777))?;
    for (to, from) in programs() {
        fs::copy(corpus.join(from), new.join(to))?;
    }
    let mut list = Command::new(in_path("qemu-aarch64-static")?);
    list.arg(new.join("bin/busybox")).arg("--list");
    let applets = run_limited(&mut list, None, Duration::from_secs(60))?.stdout;
    for applet in applets.lines() {
        let link = new.join("bin").join(applet);
        if fs::symlink_metadata(&link).is_err() {
            symlink("busybox", link)?;
        }
    }
    for link in MORE_LINKS {
        symlink("/bin/busybox", new.join(link))?;
    }
    fs::rename(&new, &tree)?;
    Ok(tree)
}

/// When a file was changed, and its size.
fn stamp(path: &Path) -> Result<(u64, Duration)> {
    let about = fs::metadata(path)
        .with_context(|| format!("{} is missing: cargo xtask setup", path.display()))?;
    let time: SystemTime = about.modified()?;
    Ok((about.len(), time.duration_since(UNIX_EPOCH)?))
}

/// The module of a tree, kept below `target/modules`.
pub fn module(tree: &Path) -> Result<PathBuf> {
    let elfconv = elfconv()?;
    let mut hasher = DefaultHasher::new();
    (tree, stamp(&elfconv)?).hash(&mut hasher);
    let directory = target("modules").join(format!("{:016x}", hasher.finish()));
    fs::create_dir_all(&directory)?;
    let module = directory.join("shells.wasm");
    let lock = fs::File::create(directory.join("lock"))?;
    lock.lock()?;
    if !module.exists() {
        let made = directory.join("new.wasm");
        let mut command = Command::new(elfconv);
        command.arg("build").arg("--root").arg(tree);
        command.arg("-o").arg(&made);
        let outcome = run_limited(&mut command, None, Duration::from_secs(600))?;
        ensure!(
            outcome.status == 0 && !outcome.timed_out,
            "elfconv build --root failed:\n{}",
            outcome.stderr
        );
        fs::rename(made, &module)?;
    }
    Ok(module)
}

/// The command that runs a command of the tree in a mode.
fn command(mode: Mode, tree: &Path, arguments: &[&str]) -> Result<Command> {
    let mut command = match mode {
        Mode::Qemu => {
            let mut command = Command::new("unshare");
            command.args(["-rmpf", "--mount-proc", "sh"]);
            command.arg(here().join("roots/oracle.sh"));
            command.arg(in_path("qemu-aarch64-static")?).arg(tree);
            command
        }
        Mode::Node | Mode::Node24 | Mode::Wasmtime | Mode::Resume => {
            let mut command = other_engine(mode);
            command.arg(module(tree)?);
            command
        }
        _ => {
            let mut command = Command::new(elfconv()?);
            command.arg("run");
            if mode == Mode::Unwind {
                command.args(["--env", "ELFCONV_UNWIND=1"]);
            }
            command.arg(module(tree)?);
            command
        }
    };
    command.args(arguments);
    Ok(command)
}

/// Runs a script by a shell in a mode, and by the oracle, and compares.
pub fn check(script: &Script, shell: &[&str], mode: Mode) -> Result<()> {
    let tree = tree(&script.programs()?)?;
    let mut arguments = shell.to_vec();
    arguments.extend(["-c", &script.text]);
    let seconds = if mode.is_slow() { 600 } else { 240 };
    let run = |mode| -> Result<Outcome> {
        let mut command = command(mode, &tree, &arguments)?;
        run_limited(&mut command, Some(b""), Duration::from_secs(seconds))
    };
    let mut expected = run(Mode::Qemu)?;
    ensure!(
        !expected.timed_out && !expected.stdout.is_empty(),
        "the oracle fails:\n{}",
        expected.stderr
    );
    let mut actual = run(mode)?;
    // Shells tell there of processes that died, by their numbers.
    let stderr = std::mem::take(&mut actual.stderr);
    expected.stderr.clear();
    let difference = expected.difference(&actual);
    ensure!(
        difference.is_empty(),
        "{difference}{stderr}  by hand: elfconv run {} {} -c \"$(cat {})\"",
        quoted(&module(&tree)?.to_string_lossy()),
        shell.join(" "),
        here()
            .join("roots")
            .join(&script.name)
            .with_extension("sh")
            .display(),
    );
    Ok(())
}

/// Holds a dialog of `terminal/` (`engines/dialog.py`) in a mode.
pub fn converse(dialog: &Path, mode: Mode) -> Result<()> {
    let text = fs::read_to_string(dialog)?;
    let first = text.lines().next().unwrap_or_default();
    let (_, shell) = first
        .split_once("COMMAND: ")
        .context("the first line names a COMMAND")?;
    let arguments: Vec<&str> = shell.split_whitespace().collect();
    let program = command(mode, &tree(&[])?, &arguments)?;
    let mut python = Command::new(in_path("python3")?);
    python.arg(here().join("engines/dialog.py")).arg(dialog);
    python.arg(program.get_program()).args(program.get_args());
    let outcome = run_limited(&mut python, None, Duration::from_secs(600))?;
    ensure!(
        outcome.status == 0 && !outcome.timed_out,
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
    Ok(())
}
