//! Runs the transcripts in `tests/cli`.
//!
//! A transcript is a text file. A line `$ command` is run by the shell in a fresh directory that holds the files of `fixtures`; the
//! lines after it, up to an empty line, are what it must print (both streams), and `[exit N]` the status, if not 0. `[..]` matches anything
//! within a line. Lines beginning with `#` are remarks. With `BLESS=1` in the environment the files are rewritten with what was printed.

mod fixtures;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

#[test]
fn transcripts() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    let mut files: Vec<PathBuf> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = String::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let scratch = Scratch::new(&name);
        let actual = replay(&text, &scratch.0, &mut |line, command, expected, got| {
            failures +=
                &format!("{name}:{line}: $ {command}\n--- expected\n{expected}--- got\n{got}");
        });
        if bless {
            fs::write(&file, actual).unwrap();
        }
    }
    assert!(
        bless || failures.is_empty(),
        "\n{failures}(BLESS=1 accepts this)"
    );
}

/// Run all commands of a transcript; the transcript as it would be right. `differs` hears of each difference.
fn replay(
    text: &str,
    directory: &Path,
    differs: &mut dyn FnMut(usize, &str, &str, &str),
) -> String {
    let mut out = String::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        out += line;
        out.push('\n');
        let Some(command) = line.strip_prefix("$ ") else {
            continue;
        };
        let mut expected = String::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
            expected += line;
            expected.push('\n');
        }
        let got = run(command, directory);
        if matches(&expected, &got) {
            out += &expected;
        } else {
            differs(number + 1, command, &expected, &got);
            out += &got;
        }
    }
    out
}

/// What a command prints, and its exit status.
fn run(command: &str, directory: &Path) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_elfconv")).parent().unwrap();
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1; {command}"))
        .current_dir(directory)
        .env_clear()
        .env("PATH", path)
        .env("XDG_CACHE_HOME", directory.join(".cache"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text += "[no newline]\n";
    }
    // An empty line would end the expectation.
    text = text
        .lines()
        .map(|line| {
            if line.is_empty() {
                "[empty]\n".into()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    match output.status.code() {
        Some(0) => {}
        Some(code) => text += &format!("[exit {code}]\n"),
        None => text += &format!("[{}]\n", output.status),
    }
    text
}

/// Whether the lines match, `[..]` being anything.
fn matches(expected: &str, got: &str) -> bool {
    expected.lines().count() == got.lines().count()
        && expected
            .lines()
            .zip(got.lines())
            .all(|(e, g)| line_matches(e, g))
}

fn line_matches(expected: &str, got: &str) -> bool {
    let mut parts = expected.split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| got.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A directory that is removed in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("elfconv-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fixtures::write_all(&path);
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn wildcards() {
    assert!(line_matches("a[..]c", "abc") && line_matches("[..]", "") && line_matches("ab", "ab"));
    assert!(!line_matches("a[..]c", "abd") && !line_matches("ab", "abc"));
    assert!(line_matches("a[..]b[..]", "a-b-") && !line_matches("a[..]b[..]c", "acb"));
}
