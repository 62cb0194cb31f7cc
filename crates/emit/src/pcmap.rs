//! The custom section `elfconv.pcmap`: from places in the code to guest addresses, for faults and backtraces.
//!
//! ```text
//! section := count:ULEB entry×count
//! entry   := code offset:ULEB guest address:SLEB
//! ```
//!
//! An entry says that the instructions from this offset to the next entry's come from this guest address; address 0 says that they come from none (the kernel, thunks).
//! Offsets count from the start of the code section's contents, as in DWARF. Both numbers are differences from the previous entry, the address in units of 4 bytes.
//! There is an entry at the start of each function, and at each load, store and call whose address is not that of the entry before.

use wasmparser::{BinaryReader, Parser, Payload};

use crate::body::{sleb, uleb};

/// Name of the section.
pub const SECTION: &str = "elfconv.pcmap";

/// Encodes entries in order of offset.
pub(crate) fn encode(entries: &[(u32, u32)]) -> Vec<u8> {
    let mut kept: Vec<(u32, u32)> = Vec::with_capacity(entries.len());
    for &(offset, pc) in entries {
        if kept.last().is_some_and(|last| last.1 == pc) {
            continue;
        }
        kept.push((offset, pc));
    }
    let mut out = Vec::with_capacity(2 * kept.len() + 5);
    uleb(&mut out, kept.len() as u64);
    let (mut last_offset, mut last_pc) = (0, 0);
    for (offset, pc) in kept {
        uleb(&mut out, u64::from(offset.wrapping_sub(last_offset)));
        sleb(&mut out, i64::from(pc / 4) - i64::from(last_pc / 4));
        (last_offset, last_pc) = (offset, pc);
    }
    out
}

/// The decoded section of a module.
#[derive(Clone, Debug, Default)]
pub struct PcMap {
    /// Offset in the module and guest address, in order of offset.
    entries: Vec<(u64, u32)>,
}

impl PcMap {
    /// Reads the map of a module; empty if the module has none or it cannot be read.
    pub fn of_module(wasm: &[u8]) -> PcMap {
        let mut code_start = None;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload {
                Ok(Payload::CodeSectionStart {
                    unchecked_range, ..
                }) => {
                    code_start = Some(unchecked_range.start);
                }
                Ok(Payload::CustomSection(custom)) if custom.name() == SECTION => {
                    return code_start
                        .and_then(|base| Self::decode(custom.data(), base))
                        .unwrap_or_default();
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        PcMap::default()
    }

    fn decode(data: &[u8], base: u64) -> Option<PcMap> {
        let mut reader = BinaryReader::new(data, 0);
        let count = reader.read_var_u32().ok()?;
        let mut entries = Vec::with_capacity((count as usize).min(data.len()));
        let (mut offset, mut pc) = (base, 0i64);
        for _ in 0..count {
            offset += u64::from(reader.read_var_u32().ok()?);
            pc += i64::from(reader.read_var_i32().ok()?);
            entries.push((offset, u32::try_from(pc * 4).ok()?));
        }
        Some(PcMap { entries })
    }

    /// The guest address from which the instruction at this offset of the module comes.
    pub fn lookup(&self, module_offset: u64) -> Option<u32> {
        let after = self.entries.partition_point(|e| e.0 <= module_offset);
        let (_, pc) = self.entries.get(after.checked_sub(1)?)?;
        (*pc != 0).then_some(*pc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let entries = [
            (5, 0x400000),
            (9, 0x400010),
            (12, 0x400010),
            (300, 0x3ffffc),
            (70000, 0),
        ];
        let map = PcMap::decode(&encode(&entries), 1000).unwrap();
        assert_eq!(map.lookup(1004), None);
        assert_eq!(map.lookup(1005), Some(0x400000));
        assert_eq!(map.lookup(1200), Some(0x400010));
        assert_eq!(map.lookup(1300), Some(0x3ffffc));
        assert_eq!(map.lookup(80000), None);
    }

    #[test]
    fn damaged() {
        assert!(PcMap::decode(&[5, 1], 0).is_none());
        assert!(PcMap::decode(&[], 0).is_none());
        assert!(PcMap::of_module(b"not wasm").entries.is_empty());
    }
}
