//! Cases that are known to fail, with the reason: `known_failures.txt`. A case that is listed and passes is a failure, so that the list stays true.

use crate::place::here;
use anyhow::{Context, Result, ensure};
use std::fs;

/// The list.
#[derive(Debug, Default)]
pub struct Known(Vec<(String, String)>);

impl Known {
    /// Reads the list.
    pub fn read() -> Result<Known> {
        let path = here().join("known_failures.txt");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Known::parse(&text)
    }

    /// Lines of `PATTERN REASON`; `#` begins a comment.
    fn parse(text: &str) -> Result<Known> {
        let mut known = Known::default();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (pattern, reason) = line
                .split_once(char::is_whitespace)
                .with_context(|| format!("no reason in `{line}`"))?;
            ensure!(
                pattern.split('/').count() == 3,
                "`{pattern}` is not PROGRAM/BUILD/MODE"
            );
            known.0.push((pattern.to_owned(), reason.trim().to_owned()));
        }
        Ok(known)
    }

    /// Why the test `name` fails, if it is known to.
    pub fn reason(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(pattern, _)| matches(pattern, name))
            .map(|(_, reason)| reason.as_str())
    }
}

/// Whether a name fits a pattern, part by part; a part's `*` stands for anything in it.
fn matches(pattern: &str, name: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.split('/'), name.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if fits(pattern, part) => {}
            _ => return false,
        }
    }
}

fn fits(pattern: &str, part: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == part,
        Some((before, after)) => {
            part.len() >= before.len() + after.len()
                && part.starts_with(before)
                && part.ends_with(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, matches};

    #[test]
    fn patterns() {
        assert!(matches("a/*/run", "a/gcc-O2/run"));
        assert!(matches("a/gcc-*/*", "a/gcc-O2/run"));
        assert!(!matches("a/gcc-*/run", "a/zig-O2/run"));
        assert!(!matches("a/*", "a/zig-O2/run"));
    }

    #[test]
    fn the_list_can_be_read() {
        assert!(Known::read().is_ok());
        assert!(Known::parse("a/b/c").is_err());
        assert!(Known::parse("a/b why").is_err());
        let known = Known::parse("# comment\na/*/run  because of this\n").unwrap();
        assert_eq!(known.reason("a/b/run"), Some("because of this"));
        assert_eq!(known.reason("a/b/O2"), None);
    }
}
