//! Lists of command lines for programs as Debian ships them, one TOML file a program:
//!
//! ```toml
//! program = "bin/busybox"            # below target/corpus/root; "./…" is below the repository
//! seconds = 60                       # time allowed, if more than the usual
//! modes = ["interpret", "O0"]        # besides `run`
//! [files]                            # set up for every case
//! "notes.txt" = "one\ntwo\n"         # a name that ends in / is a directory
//! "key.gpg" = { from = "key.gpg" }   # a copy of a file in `debian/files/`
//! [environment]
//! TZ = "UTC"
//! [cases]
//! wc = "wc -l notes.txt"             # one command line
//! tar = ["tar cf a.tar notes.txt", "tar tf a.tar"]      # several
//! rev = { run = "rev", stdin = "abc\n", modes = ["interpret"] }
//! random = { run = "mktemp", uncompared = ["a.tmp"] }       # a file whose contents may differ
//! ```

use crate::case::{Case, Step};
use crate::engine::Mode;
use crate::place::{here, repository, target};
use crate::words::split;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A program and its cases.
#[derive(Debug)]
pub struct Listed {
    /// The list's name.
    pub name: String,
    /// The executable.
    pub program: PathBuf,
    /// Each case by name, with the modes it runs in.
    pub cases: BTreeMap<String, (Case, Vec<Mode>)>,
}

/// Reads all lists of a directory, sorted by name.
pub fn read_all(directory: &Path) -> Result<Vec<Listed>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    paths
        .into_iter()
        .map(|path| Listed::read(&path).with_context(|| path.display().to_string()))
        .collect()
}

impl Listed {
    fn read(path: &Path) -> Result<Listed> {
        let table: Table = fs::read_to_string(path)?.parse()?;
        let name = path
            .file_stem()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        let program = table
            .get("program")
            .and_then(Value::as_str)
            .context("`program` is needed")?;
        let mut common = Case {
            seconds: table
                .get("seconds")
                .and_then(Value::as_integer)
                .and_then(|seconds| seconds.try_into().ok()),
            ..Case::default()
        };
        add_files(&mut common, &table)?;
        add_environment(&mut common, &table)?;
        let mut modes = Mode::ONE.to_vec();
        add_modes(&mut modes, &table)?;
        let mut cases = BTreeMap::new();
        for (name, value) in table
            .get("cases")
            .and_then(Value::as_table)
            .context("`cases` is needed")?
        {
            let mut modes = modes.clone();
            let case =
                read_case(&common, &mut modes, value).with_context(|| format!("case `{name}`"))?;
            cases.insert(name.clone(), (case, modes));
        }
        Ok(Listed {
            name,
            program: match program.strip_prefix("./") {
                Some(ours) => repository(ours),
                None => target("corpus/root").join(program),
            },
            cases,
        })
    }
}

fn read_case(common: &Case, modes: &mut Vec<Mode>, value: &Value) -> Result<Case> {
    let mut case = common.clone();
    let none = Table::new();
    let table = value.as_table().unwrap_or(&none);
    add_files(&mut case, table)?;
    add_environment(&mut case, table)?;
    add_modes(modes, table)?;
    for name in table
        .get("uncompared")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        case.uncompared
            .insert(name.as_str().context("a name is a string")?.to_owned());
    }
    let stdin = table.get("stdin").map(contents).transpose()?;
    let lines = match table.get("run").unwrap_or(value) {
        Value::Array(lines) => lines.clone(),
        line => vec![line.clone()],
    };
    for line in &lines {
        let line = line.as_str().context("a command line is a string")?;
        // An exit status that is known can be said: `exit 1: grep x y`.
        let (exit, line) = match line
            .strip_prefix("exit ")
            .and_then(|rest| rest.split_once(':'))
        {
            Some((exit, line)) => (Some(exit.trim().parse()?), line),
            None => (None, line),
        };
        case.steps.push(Step {
            arguments: split(line)?,
            stdin: stdin.clone(),
            exit,
        });
    }
    Ok(case)
}

fn add_files(case: &mut Case, table: &Table) -> Result<()> {
    for (name, value) in table
        .get("files")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        case.files.insert(name.clone(), contents(value)?);
    }
    Ok(())
}

fn add_environment(case: &mut Case, table: &Table) -> Result<()> {
    for (name, value) in table
        .get("environment")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        case.environment.insert(
            name.clone(),
            value.as_str().context("a variable is a string")?.to_owned(),
        );
    }
    Ok(())
}

fn add_modes(modes: &mut Vec<Mode>, table: &Table) -> Result<()> {
    for value in table
        .get("modes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let mode = match value.as_str() {
            Some("qemu") => Mode::Qemu,
            Some("interpret") => Mode::Interpret,
            Some("unwind") => Mode::Unwind,
            Some("O0") => Mode::O0,
            Some("O2") => Mode::O2,
            Some("node") => Mode::Node,
            Some("node24") => Mode::Node24,
            Some("resume") => Mode::Resume,
            Some("wasmtime") => Mode::Wasmtime,
            _ => bail!("unknown mode {value:?}"),
        };
        if !modes.contains(&mode) {
            modes.push(mode);
        }
    }
    Ok(())
}

/// A file's bytes: a string, or `{ from = NAME }`.
fn contents(value: &Value) -> Result<Vec<u8>> {
    if let Some(text) = value.as_str() {
        return Ok(text.as_bytes().to_vec());
    }
    let from = value
        .get("from")
        .and_then(Value::as_str)
        .context("contents are a string or { from = NAME }")?;
    let path = here().join("debian/files").join(from);
    fs::read(&path).with_context(|| path.display().to_string())
}
