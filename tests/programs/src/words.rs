//! Splitting a command line into words: blanks separate, `'…'` is literal, `"…"` knows `\n`, `\t`, `\0`, `\\`, `\"`.

use anyhow::{Result, bail};

/// The words of `line`.
pub fn split(line: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => bail!("unclosed ' in: {line}"),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next() {
                        Some('"') => break,
                        Some('\\') => word.push(match characters.next() {
                            Some('n') => '\n',
                            Some('t') => '\t',
                            Some('0') => '\0',
                            Some(c @ ('\\' | '"')) => c,
                            other => bail!("unknown escape {other:?} in: {line}"),
                        }),
                        Some(c) => word.push(c),
                        None => bail!("unclosed \" in: {line}"),
                    }
                }
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_and_escapes() {
        assert_eq!(
            split("a  'b c' \"d\\n\" e'f'g ''").unwrap(),
            ["a", "b c", "d\n", "efg", ""]
        );
        assert!(split("'open").is_err());
        assert!(split("\"\\q\"").is_err());
    }
}
