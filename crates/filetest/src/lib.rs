//! The golden-file harness.
//!
//! A test is a text file. Its header names commands, one a line; then, after an empty line, comes the input; then for each command that has an output a line
//! `=== COMMAND` and the output expected of it:
//!
//! ```text
//! test opt simplify
//!
//! function %f @1000 (i32) -> (i32) plain {
//! block0(v0: i32):
//!            v1 = i32_const 0
//!            v2 = i32_add v0, v1
//!            return v2
//! }
//! ; run: %f(5) == 5
//!
//! === opt simplify
//! function %f @1000 (i32) -> (i32) plain {
//! …
//! ```
//!
//! What a command does is the business of the crate that is tested: its test target has `harness = false` and calls [`main`] with a directory and its commands.
//! Each file becomes one test, named by its path, so `cargo test -p elfconv-opt --test golden NAME` runs the files whose paths contain NAME.
//!
//! With `BLESS=1` in the environment the expected outputs are rewritten instead of compared. Read the difference before committing it.

#![forbid(unsafe_code)]

pub mod functions;
pub mod random;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use libtest_mimic::{Arguments, Failed, Trial};

/// What a file's command makes of the input: its output, empty if there is nothing to compare, or what went wrong.
pub type Run = fn(args: &[&str], input: &str) -> Result<String, String>;

/// A test file, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The commands without `test`.
    pub commands: Vec<String>,
    /// All text between header and first output.
    pub input: String,
    /// Expected outputs by command.
    pub expected: Vec<(String, String)>,
}

impl Case {
    /// Takes a test file's text apart.
    pub fn parse(text: &str) -> Result<Case, String> {
        let (header, body) = text
            .split_once("\n\n")
            .ok_or("no empty line after the header")?;
        let mut commands = Vec::new();
        for line in header.lines() {
            let command = line
                .strip_prefix("test ")
                .ok_or_else(|| format!("a header line begins with `test `, not `{line}`"))?;
            commands.push(command.trim().to_string());
        }
        let mut input = String::new();
        let mut expected: Vec<(String, String)> = Vec::new();
        for line in body.lines() {
            match line.strip_prefix("=== ") {
                Some(command) => expected.push((command.to_string(), String::new())),
                None => {
                    let section = expected.last_mut().map_or(&mut input, |(_, output)| output);
                    section.push_str(line);
                    section.push('\n');
                }
            }
        }
        Ok(Case {
            commands,
            input,
            expected,
        })
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text: String = self
            .commands
            .iter()
            .map(|command| format!("test {command}\n"))
            .collect();
        text += "\n";
        text += self.input.trim_end();
        text += "\n";
        for (command, output) in &self.expected {
            text += &format!("\n=== {command}\n{}\n", output.trim_end());
        }
        text
    }

    /// Runs all commands; a new list of outputs.
    pub fn run(&self, commands: &[(&str, Run)]) -> Result<Vec<(String, String)>, String> {
        let mut outputs = Vec::new();
        for line in &self.commands {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap_or_default();
            let args: Vec<_> = words.collect();
            let (_, run) = commands
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| format!("unknown command `{name}`"))?;
            let output =
                run(&args, &self.input).map_err(|error| format!("test {line}: {error}"))?;
            if !output.trim().is_empty() {
                outputs.push((line.clone(), output));
            }
        }
        Ok(outputs)
    }
}

/// Runs all `.txt` files below `dir` as tests of the process's arguments, as Rust's own test harness would.
pub fn main(dir: &Path, commands: &'static [(&'static str, Run)]) -> ExitCode {
    let args = Arguments::from_args();
    let mut files = Vec::new();
    let trials = match collect(dir, &mut files) {
        Ok(()) => files
            .into_iter()
            .map(|path| {
                let name = path
                    .strip_prefix(dir)
                    .unwrap_or(&path)
                    .display()
                    .to_string();
                Trial::test(name, move || {
                    run_file(&path, commands).map_err(Failed::from)
                })
            })
            .collect(),
        Err(error) => vec![Trial::test(dir.display().to_string(), move || {
            Err(Failed::from(error))
        })],
    };
    libtest_mimic::run(&args, trials).exit_code()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(dir)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "txt") {
            files.push(path);
        }
    }
    Ok(())
}

/// Runs one file: compares, or blesses.
pub fn run_file(path: &Path, commands: &[(&str, Run)]) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut case = Case::parse(&text)?;
    let outputs = case.run(commands)?;
    if std::env::var_os("BLESS").is_some() {
        case.expected = outputs;
        return fs::write(path, case.text())
            .map_err(|error| format!("{}: {error}", path.display()));
    }
    let names = |list: &[(String, String)]| {
        list.iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    if names(&outputs) != names(&case.expected) {
        return Err(format!(
            "outputs of {:?} instead of {:?}; BLESS=1 rewrites them",
            names(&outputs),
            names(&case.expected)
        ));
    }
    for ((command, found), (_, expected)) in outputs.iter().zip(&case.expected) {
        if found.trim() != expected.trim() {
            return Err(format!(
                "test {command}: the output differs; BLESS=1 rewrites it\n{}",
                difference(expected.trim(), found.trim())
            ));
        }
    }
    Ok(())
}

/// The lines that differ, between what two texts have in common at the beginning and at the end.
fn difference(expected: &str, found: &str) -> String {
    let (a, b): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = a.len().min(b.len()) - same_start;
    let same_end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(rest)
        .take_while(|(x, y)| x == y)
        .count();
    let mut text = format!("from line {} of the output:\n", same_start + 1);
    for line in &a[same_start..a.len() - same_end] {
        text += &format!("- {line}\n");
    }
    for line in &b[same_start..b.len() - same_end] {
        text += &format!("+ {line}\n");
    }
    text
}
