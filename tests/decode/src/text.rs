//! Texts in one form, so that only what they say is compared: lower case, one space after the mnemonic and between words and none elsewhere, no `#`.
//!
//! All styles are brought to this: integers are decimal and signed (in `mov` to a register of 32 bits, unsigned), floating-point numbers have the digits that they
//! need, `fp` and `lr` are `x29` and `x30`, `hs` and `lo` are `cs` and `cc`, and register lists name every register.

/// The text in that form.
pub fn normal(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let (mnemonic, operands) = text
        .split_once(char::is_whitespace)
        .unwrap_or((text.as_str(), ""));
    let mut out = String::with_capacity(2 * text.len());
    out.push_str(match mnemonic {
        "b.hs" => "b.cs",
        "b.lo" => "b.cc",
        other => other,
    });
    let narrow = mnemonic == "mov" && operands.trim_start().starts_with('w');
    let mut before = ' ';
    let mut rest = operands.trim();
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() || c == '#' {
            rest = &rest[1..];
            continue;
        }
        // Two words need a space, unless a sign of punctuation is between.
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let sign = c == '-' && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        if before == ' ' || is_word(before) && (is_word(c) || sign) {
            out.push(' ');
        }
        let len = if is_word(c) || sign {
            let exponent = |i: usize, c: char| {
                matches!(c, '-' | '+') && rest[..i].ends_with('e') && rest[..i].contains('.')
            };
            1 + rest[1..]
                .char_indices()
                .find(|&(i, c)| !is_word(c) && !exponent(i + 1, c))
                .map_or(rest.len() - 1, |(i, _)| i)
        } else {
            c.len_utf8()
        };
        match &rest[..len] {
            "fp" => out.push_str("x29"),
            "lr" => out.push_str("x30"),
            "hs" => out.push_str("cs"),
            "lo" => out.push_str("cc"),
            word => out.push_str(&number(word, narrow).unwrap_or_else(|| word.to_owned())),
        }
        before = rest[..len].chars().next_back().unwrap_or(' ');
        rest = &rest[len..];
    }
    match range(&out) {
        Some(list) => list,
        None => out,
    }
}

/// A number in the common form; `None` if the word is none.
fn number(word: &str, narrow: bool) -> Option<String> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", word),
    };
    if digits.contains('.') {
        return word.parse::<f64>().ok().map(|x| format!("{x:?}"));
    }
    let magnitude = match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    }
    .ok()?;
    let value = if sign.is_empty() {
        magnitude as i64
    } else {
        (magnitude as i64).wrapping_neg()
    };
    Some(if narrow {
        (value as u32).to_string()
    } else {
        value.to_string()
    })
}

/// `{v30.4s-v0.4s}` written as `{v30.4s,v31.4s,v0.4s}`; `None` if there is no such range.
fn range(text: &str) -> Option<String> {
    let (head, rest) = text.split_once('{')?;
    let (list, tail) = rest.split_once('}')?;
    let (first, last) = list.split_once('-')?;
    let (first, arrangement) = first.strip_prefix('v')?.split_once('.')?;
    let (last, _) = last.strip_prefix('v')?.split_once('.')?;
    let (mut at, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    let mut out = format!("{head}{{v{at}.{arrangement}");
    while at != last {
        at = (at + 1) % 32;
        out += &format!(",v{at}.{arrangement}");
    }
    Some(out + "}" + tail)
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn styles_are_alike() {
        for (one, other) in [
            ("ldr x0, [fp, #0x10]!", "LDR\tx0, [x29,#16]!"),
            ("ldr x0, [x1], #-0x10", "ldr x0, [x1], #-16"),
            ("mov w1, #-1", "mov w1, #0xffffffff"),
            ("fmov d0, #-1.0", "fmov d0, #-1.000000000000000000e+00"),
            ("b.hs 0x10", "b.cs 16"),
            ("ccmp w1, #1, #2, lo", "ccmp w1, #0x1, #0x2, cc"),
            (
                "ld3 {v30.4s-v0.4s}, [lr]",
                "ld3 { v30.4s, v31.4s, v0.4s }, [x30]",
            ),
            ("and x0, x1, #0xfffffffffffffffe", "and x0, x1, #-2"),
        ] {
            assert_eq!(normal(one), normal(other));
        }
    }

    #[test]
    fn meanings_differ() {
        for (one, other) in [
            ("mov x1, #-1", "mov x1, #0xffffffff"),
            ("add x0, x1, x2, lsl #1", "add x0, x1, x2, lsl #11"),
            ("ldr x0, [x1, #16]", "ldr x0, [x1], #16"),
            ("fmov d0, #1.0", "fmov d0, #1.5"),
            ("b.hi 0x10", "b.hs 0x10"),
            ("st1 {v1.4s-v2.4s}, [x1]", "st1 {v1.4s-v3.4s}, [x1]"),
            ("sub x0, x1, #1", "sub x0, x1, #-1"),
        ] {
            assert_ne!(normal(one), normal(other));
        }
    }
}
