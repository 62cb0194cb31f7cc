//! Words, signs, numbers and names.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use super::{ParseError, Parsed, Parser};
use crate::{Type, print::is_plain};

impl<'a> Parser<'a> {
    // Words and signs.

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with(';') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    pub(super) fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest().is_empty()
    }

    pub(super) fn fail<T>(&self, expected: impl fmt::Display) -> Parsed<T> {
        let before = &self.text[..self.at];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let found: String = self
            .rest()
            .chars()
            .take_while(|c| *c != '\n')
            .take(20)
            .collect();
        let message = match found.as_str() {
            "" => format!("expected {expected}"),
            found => format!("expected {expected}, found `{found}`"),
        };
        Err(ParseError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        })
    }

    pub(super) fn eat(&mut self, sign: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) {
            Ok(())
        } else {
            self.fail(format_args!("`{sign}`"))
        }
    }

    pub(super) fn peek_word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        &rest[..end]
    }

    pub(super) fn word(&mut self) -> &'a str {
        let word = self.peek_word();
        self.at += word.len();
        word
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// A word that `f` understands; the position stays at the word if it does not.
    pub(super) fn word_as<T>(
        &mut self,
        expected: &str,
        f: impl FnOnce(&str) -> Option<T>,
    ) -> Parsed<T> {
        let word = self.peek_word();
        match f(word) {
            Some(value) => {
                self.at += word.len();
                Ok(value)
            }
            None => self.fail(expected),
        }
    }

    pub(super) fn hex(&mut self) -> Parsed<u64> {
        self.word_as("a hexadecimal address", |word| {
            u64::from_str_radix(word, 16).ok()
        })
    }

    pub(super) fn numbered(&mut self, prefix: &str, expected: &str) -> Parsed<u32> {
        self.word_as(expected, |word| word.strip_prefix(prefix)?.parse().ok())
    }

    /// An integer with optional sign and `0x`, as the bits of a signed or unsigned number of `bits` bits.
    pub(super) fn integer(&mut self, bits: u32) -> Parsed<u128> {
        let start = self.at;
        let negative = self.eat("-");
        let word = self.word();
        let magnitude = match word.strip_prefix("0x") {
            Some(digits) => u128::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        };
        let mask = u128::MAX >> (128 - bits);
        match magnitude {
            Some(m) if !negative && m <= mask => Ok(m),
            Some(m) if negative && m <= mask / 2 + 1 => Ok(m.wrapping_neg() & mask),
            _ => {
                self.at = start;
                self.fail(format_args!("an integer of {bits} bits"))
            }
        }
    }

    pub(super) fn list<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    // The parts of a function.

    pub(super) fn ty(&mut self) -> Parsed<Type> {
        self.word_as("a type", Type::from_name)
    }

    pub(super) fn name(&mut self) -> Parsed<String> {
        self.expect("%")?;
        if !self.rest().starts_with('"') {
            let rest = self.rest();
            let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
            self.at += end;
            return Ok(rest[..end].to_string());
        }
        let mut name = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += i + 1;
                    return Ok(name);
                }
                '\\' => match chars.next() {
                    Some((_, '{')) => {
                        let digits: String = chars
                            .by_ref()
                            .map(|(_, c)| c)
                            .take_while(|&c| c != '}')
                            .collect();
                        match u32::from_str_radix(&digits, 16)
                            .ok()
                            .and_then(char::from_u32)
                        {
                            Some(c) => name.push(c),
                            None => return self.fail("a name with valid escapes"),
                        }
                    }
                    Some((_, c)) => name.push(c),
                    None => break,
                },
                c => name.push(c),
            }
        }
        self.fail("a name that is closed by a quote")
    }
}
