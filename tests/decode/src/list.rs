//! The list of differences that are explained, `differences.txt`.
//!
//! A line says whose (`exarmo`, `farm64` or `both`), which kind of difference, for which words, and why:
//!
//! ```text
//! exarmo more | *CpyMemcms *SetMemcms | MOPS (8.8)
//! both more | 0001 1110 0110 0011 0100 00xx xxxx xxxx | BF16
//! ```
//!
//! Words are those of a pattern of 32 bits, or those whose encoding has one of these names in the other disassembler (`*` stands for anything).

use anyhow::{Context, Result, bail};

use crate::disassembler::Disassembler;

/// A kind of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// They accept words that we do not. We accept none of a `more` line's words (with `some` in its place, we do).
    More,
    /// We accept words that they do not.
    Less,
    /// The texts differ.
    Text,
}

impl Kind {
    /// As the list has it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::More => "more",
            Kind::Less => "less",
            Kind::Text => "text",
        }
    }
}

/// Which words a line is about.
#[derive(Clone, Debug)]
enum Words {
    Pattern { mask: u32, value: u32 },
    Names(Vec<String>),
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// As written.
    pub text: String,
    whose: Vec<Disassembler>,
    kind: Kind,
    /// Whether we accept some of a `more` line's words.
    pub some: bool,
    words: Words,
}

impl Line {
    fn parse(text: &str) -> Result<Line> {
        let mut columns = text.split('|').map(str::trim);
        let (Some(what), Some(words), Some(reason)) =
            (columns.next(), columns.next(), columns.next())
        else {
            bail!("three columns are needed: `{text}`");
        };
        if reason.is_empty() {
            bail!("a reason is needed: `{text}`");
        }
        let (whose, kind) = what
            .split_once(' ')
            .with_context(|| format!("whose, and which kind? `{text}`"))?;
        Ok(Line {
            text: text.to_owned(),
            whose: match whose {
                "both" => Disassembler::ALL.to_vec(),
                one => {
                    let found = Disassembler::ALL.into_iter().find(|d| d.name() == one);
                    vec![found.with_context(|| format!("whose? `{text}`"))?]
                }
            },
            kind: match kind.trim() {
                "more" | "some" => Kind::More,
                "less" => Kind::Less,
                "text" => Kind::Text,
                _ => bail!("which kind? `{text}`"),
            },
            some: kind.trim() == "some",
            words: Words::parse(words),
        })
    }

    /// Whether it is about differences of this kind with this disassembler, of this word.
    pub fn is_about(&self, whose: Disassembler, kind: Kind, word: u32, name: &str) -> bool {
        self.kind == kind && self.whose.contains(&whose) && self.words.contain(word, name)
    }
}

impl Words {
    fn parse(text: &str) -> Words {
        let bits: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
        if bits.len() != 32 || !bits.iter().all(|b| b"01x".contains(b)) {
            return Words::Names(text.split(' ').map(str::to_owned).collect());
        }
        let of = |wanted: &[u8]| {
            bits.iter()
                .fold(0, |all, bit| all << 1 | u32::from(wanted.contains(bit)))
        };
        Words::Pattern {
            mask: of(b"01"),
            value: of(b"1"),
        }
    }

    fn contain(&self, word: u32, name: &str) -> bool {
        match self {
            Words::Pattern { mask, value } => word & mask == *value,
            Words::Names(globs) => globs.iter().any(|glob| matches(glob, name)),
        }
    }
}

/// Whether a name is one of those that a glob stands for.
fn matches(glob: &str, name: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

/// All lines of `differences.txt`.
///
/// # Errors
/// If a line is not what it should be.
pub fn differences() -> Result<Vec<Line>> {
    include_str!("../differences.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(Line::parse)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        assert!(matches("Cpy*Memcms", "CpyfCpyMemcms"));
        assert!(matches("*Pac", "LdraaPac"));
        assert!(matches("Abs", "Abs"));
        assert!(!matches("Abs", "Abs32"));
        assert!(!matches("Cpy*Memcms", "SetMemcms"));
        assert!(matches("A*b*c", "A1b2c"));
        assert!(!matches("A*b*c", "A1c2b"));
    }

    #[test]
    fn lines() {
        let line =
            Line::parse("both more | 1xxx 0000 xxxx xxxx xxxx xxxx xxxx xxx0 | why").unwrap();
        let is_about = |word| line.is_about(Disassembler::Farm64, Kind::More, word, "");
        assert!(is_about(0x8000_0000) && is_about(0xf0ff_fffe));
        assert!(!is_about(0x0000_0000) && !is_about(0x8000_0001));
        assert!(!line.is_about(Disassembler::Farm64, Kind::Less, 0x8000_0000, ""));
        assert!(Line::parse("both more | Abs").is_err());
        assert!(Line::parse("ours more | Abs | why").is_err());
    }
}
