//! What a program seems to be made of, for `inspect`. Nothing else may depend on it.

use object::LittleEndian as Le;
use object::elf;

use crate::elf::File;
use crate::sections::Sections;

/// Names and versions of libc, languages and compilers, as far as traces of them are found.
pub(crate) fn guess(bytes: &[u8], sections: &Sections<'_>) -> Vec<String> {
    let mut found = Vec::new();
    // `confstr` answers with "glibc 2.36", "NPTL 2.36"; the tunables' variable is read by every start-up.
    if let Some(version) = ["glibc 2.", "NPTL 2."]
        .iter()
        .find_map(|text| find(bytes, text.as_bytes()))
    {
        let number = version.split(|&b| b == b' ').nth(1).unwrap_or_default();
        found.push(format!("glibc {}", token(number)));
    } else if find(bytes, b"GLIBC_TUNABLES").is_some() {
        found.push("glibc".to_owned());
    } else if find(bytes, b"No error information\0").is_some() {
        // The text of musl's strerror(0).
        found.push("musl".to_owned());
    }
    // The marker, pointer size, flags (2: strings are inline, since Go 1.18), padding to 32, then the length of the version and the version.
    if let Some(info) = find(bytes, b"\xff Go buildinf:") {
        let inline = info.get(15).is_some_and(|flags| flags & 2 != 0);
        let version = if inline {
            info.get(33..).map(token)
        } else {
            None
        };
        found.push(
            version
                .and_then(|v| v.strip_prefix("go").map(|v| format!("Go {v}")))
                .unwrap_or("Go".to_owned()),
        );
    }
    if find(bytes, b"/rustc/").is_some() || find(bytes, b"__rust_alloc").is_some() {
        found.push("Rust".to_owned());
    }
    let comment = sections
        .named(".comment")
        .map(|s| &s.data[..s.data.len().min(4096)])
        .unwrap_or_default();
    for text in comment.split(|&b| b == 0).filter(|t| !t.is_empty()).take(8) {
        let text = String::from_utf8_lossy(text).into_owned();
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// The GNU build id.
pub(crate) fn build_id(file: &File<'_>) -> Option<Vec<u8>> {
    let notes = file
        .program_headers
        .iter()
        .enumerate()
        .filter(|(_, h)| h.p_type.get(Le) == elf::PT_NOTE)
        .take(16);
    notes
        .filter_map(|(i, _)| file.contents(i, "note").ok())
        .find_map(|mut note| {
            let field = |note: &[u8], at: usize| {
                note.get(at..)?
                    .first_chunk()
                    .map(|b| u32::from_le_bytes(*b) as usize)
            };
            while let (Some(name), Some(size), Some(kind)) =
                (field(note, 0), field(note, 4), field(note, 8))
            {
                let start = 12 + name.next_multiple_of(4);
                let data = note.get(start..start.checked_add(size)?)?;
                if kind == elf::NT_GNU_BUILD_ID.0 as usize && note.get(12..16) == Some(b"GNU\0") {
                    return Some(data.to_vec());
                }
                note = note.get(start + size.next_multiple_of(4)..)?;
            }
            None
        })
}

/// The bytes from the first occurrence of `needle` on.
fn find<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    let first = needle[0];
    let mut rest = bytes;
    // Searching for the first byte is vectorised by the compiler; these needles begin with rare bytes or are found early.
    while let Some(at) = rest.iter().position(|&b| b == first) {
        if rest[at..].starts_with(needle) {
            return Some(&rest[at..]);
        }
        rest = &rest[at + 1..];
    }
    None
}

/// The printable word at the start.
fn token(bytes: &[u8]) -> &str {
    let end = bytes
        .iter()
        .take(32)
        .position(|b| !b.is_ascii_graphic())
        .unwrap_or(bytes.len().min(32));
    core::str::from_utf8(&bytes[..end]).unwrap_or_default()
}
