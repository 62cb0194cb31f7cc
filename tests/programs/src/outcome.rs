//! What a run did, in a form that can be compared and shown.

use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Write as _};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What one command line printed, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Standard output, as text where it is UTF-8.
    pub stdout: String,
    /// Standard error, likewise, without the report of a fatal signal.
    pub stderr: String,
    /// The exit status; 128+n for signal n.
    pub status: i32,
    /// Whether it was stopped because it took too long.
    pub timed_out: bool,
}

impl Outcome {
    /// Describes how `other` differs from this, which is right; empty when it does not.
    pub fn difference(&self, other: &Outcome) -> String {
        let mut text = String::new();
        if other.timed_out {
            text.push_str("  it hangs\n");
        } else if self.status != other.status {
            let _ = writeln!(
                text,
                "  exit status: {} expected, {} found",
                self.status, other.status
            );
        }
        text.push_str(&difference("stdout", &self.stdout, &other.stdout));
        text.push_str(&difference("stderr", &self.stderr, &other.stderr));
        text
    }
}

/// Bytes as text: what is not UTF-8 is shown in hexadecimal, so that nothing gets lost in comparing.
pub fn text(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
        text
    })
}

/// The first lines in which two texts differ, with one line before; empty if they are equal.
pub fn difference(what: &str, expected: &str, actual: &str) -> String {
    const SHOWN: usize = 12;
    if expected == actual {
        return String::new();
    }
    let (want, got): (Vec<&str>, Vec<&str>) =
        (expected.split('\n').collect(), actual.split('\n').collect());
    let first = want.iter().zip(&got).take_while(|(a, b)| a == b).count();
    let mut text = format!("  {what} differs from line {} on:\n", first + 1);
    if first > 0 {
        let _ = writeln!(text, "      {}", clip(want[first - 1]));
    }
    for (mark, lines) in [('-', &want), ('+', &got)] {
        for line in lines.iter().skip(first).take(SHOWN) {
            let _ = writeln!(text, "    {mark} {}", clip(line));
        }
        if lines.len() > first + SHOWN {
            let _ = writeln!(
                text,
                "    {mark} … {} lines more",
                lines.len() - first - SHOWN
            );
        }
    }
    text
}

fn clip(line: &str) -> String {
    const WIDTH: usize = 300;
    if line.chars().count() <= WIDTH {
        line.to_owned()
    } else {
        line.chars().take(WIDTH).chain("…".chars()).collect()
    }
}

/// The files of a directory: kind and contents. Modes and times are left out: WASI preview 1 has no modes to set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Directory,
    Link(String),
    File(Vec<u8>),
    Uncompared,
    Other,
}

impl Tree {
    /// Reads a directory; of the files in `uncompared` the contents are left out.
    pub fn of(root: &Path, uncompared: &BTreeSet<String>) -> Result<Tree> {
        let mut tree = Tree::default();
        tree.add(root, "")?;
        for name in uncompared {
            tree.0
                .entry(name.clone())
                .and_modify(|entry| *entry = Entry::Uncompared);
        }
        Ok(tree)
    }

    fn add(&mut self, directory: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // QEMU's core dumps are not the guest's doing.
            if name.starts_with("qemu_") && name.ends_with(".core") {
                continue;
            }
            let kind = entry.file_type()?;
            let value = if kind.is_dir() {
                self.add(&entry.path(), &format!("{name}/"))?;
                Entry::Directory
            } else if kind.is_symlink() {
                Entry::Link(fs::read_link(entry.path())?.to_string_lossy().into_owned())
            } else if kind.is_file() {
                Entry::File(fs::read(entry.path())?)
            } else {
                Entry::Other
            };
            self.0.insert(name, value);
        }
        Ok(())
    }
}

impl Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, entry) in &self.0 {
            match entry {
                Entry::Directory => writeln!(f, "{name}/")?,
                Entry::Link(to) => writeln!(f, "{name} -> {to}")?,
                Entry::Other => writeln!(f, "{name}: special")?,
                Entry::Uncompared => writeln!(f, "{name}: some contents")?,
                // Binary contents are compared by their bytes' sum; a text is worth showing.
                Entry::File(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) if bytes.len() < 4096 && !text.contains('\0') => {
                        writeln!(f, "{name}: {text:?}")?
                    }
                    _ => writeln!(
                        f,
                        "{name}: {} bytes, FNV-1a {:016x}",
                        bytes.len(),
                        fnv1a(bytes)
                    )?,
                },
            }
        }
        Ok(())
    }
}

/// The 64-bit FNV-1a hash.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// Gives everything below `directory` one fixed time, so that listings can be compared.
pub fn set_times(directory: &Path) -> Result<()> {
    // 2001-09-09 01:46:40 UTC
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            set_times(&entry.path())?;
        }
        if kind.is_dir() || kind.is_file() {
            let times = fs::FileTimes::new().set_accessed(time).set_modified(time);
            fs::File::open(entry.path())?.set_times(times)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{difference, text};

    #[test]
    fn differences_name_the_line() {
        assert_eq!(difference("x", "a\nb", "a\nb"), "");
        let shown = difference("x", "a\nb\n", "a\nc\n");
        assert!(
            shown.contains("line 2") && shown.contains("- b") && shown.contains("+ c"),
            "{shown}"
        );
    }

    #[test]
    fn bytes_are_not_lost() {
        assert_ne!(text(b"\xff"), text(b"\xfe"));
    }
}
