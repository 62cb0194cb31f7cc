//! Applies the kernel's relocations.
//!
//! In data a relocated field is a word, to which the symbol's displacement is added. In code it is a LEB128 number that rust-lld has padded to its greatest length;
//! it is written anew at its shortest, which also removes the padding of indices that do not change. Nothing refers to offsets in code.

use std::ops::Range;

use wasmparser::{BinaryReader, RelocationEntry, RelocationType};

use super::{Symbol, unsupported};
use crate::{
    LinkError,
    body::{sleb, uleb},
};

/// How far the thing moves that a relocation speaks of.
fn displacement(entry: &RelocationEntry, symbols: &[Symbol]) -> Result<u32, LinkError> {
    use RelocationType as R;
    match entry.ty {
        R::MemoryAddrLeb | R::MemoryAddrSleb | R::MemoryAddrI32 => {}
        R::MemoryAddrRelSleb | R::MemoryAddrLeb64 | R::MemoryAddrSleb64 | R::MemoryAddrI64 => {
            return unsupported("is position-independent or of 64 bits");
        }
        _ => return Ok(0),
    }
    match symbols.get(entry.index as usize) {
        Some(Symbol::Data(by)) => Ok(*by),
        Some(_) => Ok(0),
        None => unsupported("has a relocation against a symbol that does not exist"),
    }
}

fn outside<T>() -> Result<T, LinkError> {
    unsupported("has a relocation outside its section")
}

/// Relocates the data section, which is at `section` of the file.
pub(super) fn data(
    image: &mut [u8],
    section: &Range<usize>,
    relocations: &[RelocationEntry],
    symbols: &[Symbol],
) -> Result<(), LinkError> {
    for entry in relocations {
        let by = displacement(entry, symbols)?;
        if by == 0 || entry.ty != RelocationType::MemoryAddrI32 {
            continue;
        }
        let start = section.start + entry.offset as usize;
        let Some(field) = image.get_mut(start..).and_then(|f| f.first_chunk_mut()) else {
            return outside();
        };
        *field = u32::from_le_bytes(*field).wrapping_add(by).to_le_bytes();
    }
    Ok(())
}

/// Copies the function bodies at `bodies` out of the code section, which is at `section` of the file, relocated.
pub(super) fn code(
    file: &[u8],
    section: &Range<usize>,
    bodies: &[Range<usize>],
    relocations: &mut [RelocationEntry],
    symbols: &[Symbol],
) -> Result<Vec<Vec<u8>>, LinkError> {
    relocations.sort_by_key(|entry| entry.offset);
    let mut entries = relocations.iter().peekable();
    let mut all = Vec::with_capacity(bodies.len());
    for body in bodies {
        let mut out = Vec::with_capacity(body.len());
        let mut copied = body.start;
        while let Some(entry) = entries.next_if(|e| section.start + (e.offset as usize) < body.end)
        {
            let start = section.start + entry.offset as usize;
            if start < copied {
                return outside();
            }
            out.extend_from_slice(&file[copied..start]);
            copied = start + field(&file[start..body.end], entry, symbols, &mut out)?;
        }
        out.extend_from_slice(&file[copied..body.end]);
        all.push(out);
    }
    Ok(all)
}

/// Writes a relocated field of code; returns the size that it had.
fn field(
    bytes: &[u8],
    entry: &RelocationEntry,
    symbols: &[Symbol],
    out: &mut Vec<u8>,
) -> Result<usize, LinkError> {
    use RelocationType as R;
    let by = displacement(entry, symbols)?;
    let mut reader = BinaryReader::new(bytes, 0);
    match entry.ty {
        R::FunctionIndexLeb
        | R::TypeIndexLeb
        | R::GlobalIndexLeb
        | R::TableNumberLeb
        | R::MemoryAddrLeb => uleb(out, reader.read_var_u32()?.wrapping_add(by).into()),
        R::TableIndexSleb | R::MemoryAddrSleb => {
            let value = (reader.read_var_i32()? as u32).wrapping_add(by);
            sleb(out, (value as i32).into());
        }
        _ => return unsupported("has a relocation in code that is not known"),
    }
    Ok(reader.current_position())
}
