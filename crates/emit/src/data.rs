//! Data segments: only what is not zero.

use elfconv_abi::packed::Range;
use wasm_encoder::{ConstExpr, DataSection};

use crate::packed;

/// The initial contents of memory, in the order in which they are written.
#[derive(Default)]
pub(crate) struct Image {
    pieces: Vec<(u32, Vec<u8>)>,
}

/// JavaScript engines refuse more segments than this, with a margin.
const MAX_SEGMENTS: usize = 80_000;

/// Zeros between parts that are packed: a page and more, so that pages without contents are not touched when unpacking.
const PACKED_GAP: usize = 8192;
/// Zeroes behind the passive segment: text is read from it by pages.
const PADDING: usize = 4096;

/// Calls `f` for each part of `bytes` that remains when runs of at least `gap` zeros are left out.
fn parts(bytes: &[u8], gap: usize, mut f: impl FnMut(usize, &[u8])) {
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != 0 {
            at += 1;
            continue;
        }
        let zeros = bytes[at..].iter().take_while(|b| **b == 0).count();
        if zeros >= gap || at + zeros == bytes.len() {
            if at > start {
                f(start, &bytes[start..at]);
            }
            start = at + zeros;
        }
        at += zeros;
    }
    if start < bytes.len() {
        f(start, &bytes[start..]);
    }
}

impl Image {
    /// Adds bytes at an address; later ones overwrite earlier ones.
    pub fn write(&mut self, at: u32, bytes: &[u8]) {
        self.pieces.push((at, bytes.to_vec()));
    }

    /// Bytes written.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// One past the highest address written.
    pub fn end(&self) -> u64 {
        let ends = self
            .pieces
            .iter()
            .map(|(at, bytes)| u64::from(*at) + bytes.len() as u64);
        ends.max().unwrap_or(0)
    }

    /// Packs what was written; there must be no overlaps. `code`: where code is.
    pub fn pack(&self, code: &[Range]) -> Vec<u8> {
        let mut pieces = Vec::new();
        for (base, bytes) in &self.pieces {
            parts(bytes, PACKED_GAP, |at, part| {
                pieces.push(packed::Piece {
                    at: base + at as u32,
                    bytes: part.to_vec(),
                });
            });
        }
        packed::pack(pieces, code)
    }

    /// Encodes what was written, behind a passive segment if there is one. What is written over something must not rely on zeros of its own.
    pub fn section(&self, passive: Option<&[u8]>) -> DataSection {
        let mut gap = 32;
        loop {
            let mut section = DataSection::new();
            if let Some(bytes) = passive {
                section.passive([bytes, &[0; PADDING]].concat());
            }
            for (base, bytes) in &self.pieces {
                parts(bytes, gap, |at, part| {
                    let address = base.wrapping_add(at as u32) as i32;
                    section.active(0, &ConstExpr::i32_const(address), part.iter().copied());
                });
            }
            if section.len() as usize <= MAX_SEGMENTS || gap > 1 << 30 {
                return section;
            }
            gap *= 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(bytes: &[u8], gap: usize) -> Vec<(usize, Vec<u8>)> {
        let mut all = Vec::new();
        parts(bytes, gap, |at, part| all.push((at, part.to_vec())));
        all
    }

    #[test]
    fn zeros_are_left_out() {
        assert_eq!(
            split(&[0, 0, 1, 0, 2, 0, 0, 0, 3, 0], 3),
            [(0, vec![0, 0, 1, 0, 2]), (8, vec![3])]
        );
        assert_eq!(split(&[0; 9], 3), []);
        assert_eq!(split(&[], 3), []);
        assert_eq!(split(&[7, 0], 3), [(0, vec![7])]);
    }
}
