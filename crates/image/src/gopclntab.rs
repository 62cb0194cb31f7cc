//! Function starts from Go's line table (`.gopclntab`, Go 1.16 and newer).
//!
//! Layout after Go's `runtime/symtab.go`: a header with a magic number per format, then offsets of the sub-tables; the function table is
//! pairs of (entry, offset of the function's record), in order of entry, with absolute 64-bit entries up to 1.17 and 32-bit ones relative to the text start
//! since 1.18. The record's second field is the offset of the name.

use crate::GuestImage;
use crate::sections::{Sections, string_at};

/// A function of Go's table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoFunction {
    /// First address.
    pub addr: u64,
    /// Its full name.
    pub name: String,
}

const MAGIC_1_16: u32 = 0xffff_fffa;
const MAGIC_1_18: u32 = 0xffff_fff0;
const MAGIC_1_20: u32 = 0xffff_fff1;

/// The functions in code, sorted; empty if there is no such table.
pub(crate) fn read(sections: &Sections<'_>, image: &GuestImage) -> Vec<GoFunction> {
    let section = sections
        .named(".gopclntab")
        .or_else(|| sections.named(".data.rel.ro.gopclntab"));
    let mut found = section
        .and_then(|s| parse(s.data, sections, image))
        .unwrap_or_default();
    found.sort_unstable();
    found.dedup_by_key(|f| f.addr);
    found
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?
        .first_chunk()
        .map(|b| u32::from_le_bytes(*b))
}

fn double(data: &[u8], at: usize) -> Option<u64> {
    data.get(at..)?
        .first_chunk()
        .map(|b| u64::from_le_bytes(*b))
}

fn parse(data: &[u8], sections: &Sections<'_>, image: &GuestImage) -> Option<Vec<GoFunction>> {
    let magic = word(data, 0)?;
    let relative = match magic {
        MAGIC_1_16 => false,
        MAGIC_1_18 | MAGIC_1_20 => true,
        _ => return None,
    };
    // Minimum instruction size 4, pointer size 8.
    if data.get(6..8)? != [4, 8] {
        return None;
    }
    let offsets = if relative { 32 } else { 24 };
    let names = data.get(usize::try_from(double(data, offsets)?).ok()?..)?;
    let table = data.get(usize::try_from(double(data, offsets + 32)?).ok()?..)?;
    let text = if !relative {
        image.base
    } else {
        match double(data, 24)? {
            // Newer linkers leave it out: it is where `.text` starts.
            0 => sections.named(".text")?.addr,
            text => text.wrapping_add(image.base),
        }
    };
    let entry_size = if relative { 8 } else { 16 };
    let count = usize::try_from(double(data, 8)?)
        .ok()?
        .min(table.len() / entry_size);
    let mut found = Vec::new();
    let mut name_bytes = data.len().saturating_mul(4);
    for i in 0..count {
        let at = i * entry_size;
        let (entry, record) = if relative {
            (u64::from(word(table, at)?), u64::from(word(table, at + 4)?))
        } else {
            (double(table, at)?, double(table, at + 8)?)
        };
        let addr = text.wrapping_add(entry);
        if addr % 4 != 0 || !image.is_code(addr) {
            continue;
        }
        let name_field = usize::try_from(record)
            .ok()
            .and_then(|r| r.checked_add(if relative { 4 } else { 8 }));
        let name = name_field
            .and_then(|at| word(table, at))
            .map_or(&[][..], |at| string_at(names, at));
        name_bytes = name_bytes.checked_sub(name.len())?;
        found.push(GoFunction {
            addr,
            name: String::from_utf8_lossy(name).into_owned(),
        });
    }
    Some(found)
}
