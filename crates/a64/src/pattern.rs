//! Bit patterns of instruction rows, parsed at compile time.
//!
//! A pattern is a line of tokens from bit 31 down to bit 0. A token is a run of `0`, `1` and `-` (ignored by the machine: the manual's
//! "should be" bits), a one-bit field `name`, or a field `name:width`. Besides its fields a pattern has the field `word`, which is all of it. Everything here is `const`, so a wrong
//! pattern does not compile.

/// The most fields a row may have.
pub const MAX_FIELDS: usize = 10;

/// A named field of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Its name in the pattern.
    pub name: &'static str,
    /// Number of its lowest bit.
    pub low: u8,
    /// How many bits it has.
    pub width: u8,
}

/// The field that every pattern has.
const WORD: Slot = Slot {
    name: "word",
    low: 0,
    width: 32,
};

impl Slot {
    /// The field's bits in `word`.
    #[inline(always)]
    pub const fn of(self, word: u32) -> u32 {
        (word >> self.low) & (u32::MAX >> (32 - self.width as u32))
    }
}

/// A parsed pattern.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// The bits that are fixed.
    pub mask: u32,
    /// Their values.
    pub value: u32,
    /// The fields, from high to low; only the first `len` count.
    pub slots: [Slot; MAX_FIELDS],
    /// How many fields there are.
    pub len: usize,
}

/// Equality of strings, in const.
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// `bytes[from..to]` as a string.
const fn part(text: &'static str, from: usize, to: usize) -> &'static str {
    let (head, _) = text.as_bytes().split_at(to);
    let (_, middle) = head.split_at(from);
    match core::str::from_utf8(middle) {
        Ok(s) => s,
        Err(_) => panic!("a pattern is ASCII"),
    }
}

impl Pattern {
    /// Parses a pattern; a malformed one panics, which is a compile error.
    pub const fn parse(text: &'static str) -> Pattern {
        let bytes = text.as_bytes();
        let none = Slot {
            name: "",
            low: 0,
            width: 1,
        };
        let mut p = Pattern {
            mask: 0,
            value: 0,
            slots: [none; MAX_FIELDS],
            len: 0,
        };
        let mut bit = 32;
        let mut i = 0;
        while i < bytes.len() {
            match bytes[i] {
                b' ' => i += 1,
                b'0' | b'1' | b'-' => {
                    assert!(bit > 0, "a pattern has more than 32 bits");
                    bit -= 1;
                    if bytes[i] != b'-' {
                        p.mask |= 1 << bit;
                        p.value |= ((bytes[i] - b'0') as u32) << bit;
                    }
                    i += 1;
                }
                _ => {
                    let start = i;
                    while i < bytes.len() && bytes[i] != b':' && bytes[i] != b' ' {
                        assert!(
                            bytes[i].is_ascii_alphanumeric() || bytes[i] == b'_',
                            "a field name is alphanumeric"
                        );
                        i += 1;
                    }
                    let name = part(text, start, i);
                    let mut width = 1;
                    if i < bytes.len() && bytes[i] == b':' {
                        i += 1;
                        width = 0;
                        while i < bytes.len() && bytes[i] != b' ' {
                            assert!(bytes[i].is_ascii_digit(), "a field width is a number");
                            width = width * 10 + (bytes[i] - b'0');
                            i += 1;
                        }
                        assert!(width > 0, "a field has at least one bit");
                    }
                    assert!(bit >= width, "a pattern has more than 32 bits");
                    assert!(p.find(name).is_none(), "a field occurs twice");
                    bit -= width;
                    assert!(p.len < MAX_FIELDS, "a pattern has too many fields");
                    p.slots[p.len] = Slot {
                        name,
                        low: bit,
                        width,
                    };
                    p.len += 1;
                }
            }
        }
        assert!(bit == 0, "a pattern has fewer than 32 bits");
        p
    }

    /// The field `name`.
    pub const fn find(&self, name: &str) -> Option<Slot> {
        if same(name, WORD.name) {
            return Some(WORD);
        }
        let mut i = 0;
        while i < self.len {
            if same(self.slots[i].name, name) {
                return Some(self.slots[i]);
            }
            i += 1;
        }
        None
    }

    /// The field `name`, which must exist.
    pub const fn slot(&self, name: &str) -> Slot {
        match self.find(name) {
            Some(slot) => slot,
            None => panic!("a row binds a field that its pattern does not have"),
        }
    }

    /// Whether some word matches both patterns.
    pub const fn overlaps(&self, other: &Pattern) -> bool {
        (self.value ^ other.value) & self.mask & other.mask == 0
    }
}

/// What is wrong with a row, found in const.
#[derive(Clone, Copy, Debug)]
pub enum RowError {
    /// A field of the pattern is not an argument.
    Unbound,
    /// An argument's type has another width than its field.
    Width,
    /// The number of arguments differs from the semantic function's.
    Count,
    /// A placeholder of the syntax names no field.
    Syntax,
}

/// Checks a row: `args` are the bound fields in order and `widths` the bits of the semantic function's parameter types.
pub const fn check(
    p: &Pattern,
    args: &[&str],
    widths: &[u32],
    syntax: &'static str,
) -> Option<RowError> {
    if args.len() != widths.len() {
        return Some(RowError::Count);
    }
    let mut i = 0;
    while i < args.len() {
        if p.slot(args[i]).width as u32 != widths[i] {
            return Some(RowError::Width);
        }
        i += 1;
    }
    let mut i = 0;
    while i < p.len {
        let mut bound = false;
        let mut j = 0;
        while j < args.len() {
            bound |= same(args[j], p.slots[i].name);
            j += 1;
        }
        if !bound {
            return Some(RowError::Unbound);
        }
        i += 1;
    }
    check_syntax(p, syntax)
}

/// Checks that every `{name}` or `{name:spec}` of a syntax is a field of the pattern. `{{` and `}}` are braces.
pub const fn check_syntax(p: &Pattern, syntax: &'static str) -> Option<RowError> {
    let s = syntax.as_bytes();
    let mut i = 0;
    while i < s.len() {
        if s[i] == b'{' {
            if i + 1 < s.len() && s[i + 1] == b'{' {
                i += 2;
                continue;
            }
            let start = i + 1;
            while i < s.len() && s[i] != b'}' && s[i] != b':' {
                i += 1;
            }
            if p.find(part(syntax, start, i)).is_none() {
                return Some(RowError::Syntax);
            }
            while i < s.len() && s[i] != b'}' {
                i += 1;
            }
            if i == s.len() {
                return Some(RowError::Syntax);
            }
        }
        i += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_fixed_bits() {
        let p = Pattern::parse("1 -- 00 imm:19 sf x:5 11");
        assert_eq!((p.mask, p.value), (0x9800_0003, 0x8000_0003));
        assert_eq!(p.slot("imm").of(0x07ff_ff00), 0x7_ffff);
        assert_eq!((p.slot("sf").low, p.slot("x").low), (7, 2));
        assert!(p.find("y").is_none());
    }

    #[test]
    #[should_panic(expected = "fewer than 32 bits")]
    fn short_patterns_are_refused() {
        Pattern::parse("a:31");
    }

    #[test]
    #[should_panic(expected = "more than 32 bits")]
    fn long_patterns_are_refused() {
        Pattern::parse("a:31 00");
    }

    #[test]
    #[should_panic(expected = "occurs twice")]
    fn repeated_fields_are_refused() {
        Pattern::parse("a:16 a:16");
    }

    #[test]
    fn rows_are_checked() {
        let p = Pattern::parse("a:16 b:16");
        assert!(check(&p, &["a", "b"], &[16, 16], "x {a}, {b:spec} {{}}").is_none());
        assert!(matches!(
            check(&p, &["a"], &[16], ""),
            Some(RowError::Unbound)
        ));
        assert!(matches!(
            check(&p, &["a", "b"], &[16, 5], ""),
            Some(RowError::Width)
        ));
        assert!(matches!(
            check(&p, &["a", "b"], &[16], ""),
            Some(RowError::Count)
        ));
        assert!(matches!(
            check(&p, &["a", "b"], &[16, 16], "{c}"),
            Some(RowError::Syntax)
        ));
    }

    #[test]
    fn overlaps() {
        let overlap = |a, b| Pattern::parse(a).overlaps(&Pattern::parse(b));
        assert!(overlap("0 a:31", "a:31 0"));
        assert!(!overlap("0 a:31", "1 a:31"));
    }
}
