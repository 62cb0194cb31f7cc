//! Addresses of code that occur in data or are made by code.

use elfconv_image::GuestImage;
use rayon::prelude::*;

use crate::shape::{Operand, Shape, Value, shape};
use crate::words::{Class, Code};

/// Values of data and relocations that point at instructions, sorted.
pub(crate) struct Pointers {
    /// By relocations.
    pub relocated: Vec<u64>,
    /// By doublewords in the file.
    pub data: Vec<u64>,
    /// Made by instructions: the address, and the word that makes it.
    pub code: Vec<(u64, u32)>,
    /// All addresses that instructions make, whatever they point at.
    pub made: Vec<u64>,
}

/// Finds all of them.
pub(crate) fn find(image: &GuestImage, code: &Code) -> Pointers {
    let sorted = |mut values: Vec<u64>| {
        values.par_sort_unstable();
        values.dedup();
        values
    };
    let points = |value: &u64| code.index(*value).is_some();
    let relocated = sorted(
        image
            .relocations
            .iter()
            .map(|r| r.value)
            .filter(points)
            .collect(),
    );
    let mut data = Vec::new();
    // A position-independent file contains no absolute address that a relocation does not name.
    if !image.pie {
        for segment in &image.segments {
            // Doublewords are aligned in memory, not in the file.
            let skip = (segment.vaddr.wrapping_neg() % 8) as usize;
            let (chunks, _) = segment
                .data
                .get(skip..)
                .unwrap_or_default()
                .as_chunks::<8>();
            let first = segment.vaddr + skip as u64;
            data.par_extend(chunks.par_iter().with_min_len(4096).enumerate().filter_map(
                |(i, chunk)| {
                    let value = u64::from_le_bytes(*chunk);
                    (points(&value) && !image.is_code(first + 8 * i as u64)).then_some(value)
                },
            ));
        }
    }
    let all: Vec<(u64, u32)> = code
        .regions()
        .flat_map(|region| made_in(image, code, region))
        .collect();
    let mut from_code: Vec<_> = all
        .iter()
        .copied()
        .filter(|(value, _)| points(value))
        .collect();
    from_code.sort_unstable();
    let made = sorted(all.into_iter().map(|(value, _)| value).collect());
    Pointers {
        relocated,
        data: sorted(data),
        code: from_code,
        made,
    }
}

/// How far apart the two instructions that make an address are at most.
const REACH: usize = 24;

/// Addresses made in a region: by `adr`, by `adrp` and a later `add` of the same register, and doublewords loaded from literals.
fn made_in(image: &GuestImage, code: &Code, region: core::ops::Range<usize>) -> Vec<(u64, u32)> {
    let mut found = Vec::new();
    // The page that each register holds, and since when.
    let mut pages = [(0u64, usize::MAX); 32];
    let mut pc = if region.is_empty() {
        0
    } else {
        code.addr(region.start)
    };
    for index in region {
        let word = code.words[index];
        if word >> 24 == 0x58 {
            let offset = i64::from((word << 8) as i32 >> 13) * 4;
            found.extend(
                image
                    .pointer_at(pc.wrapping_add_signed(offset))
                    .map(|value| (value, index as u32)),
            );
        }
        let shape = shape(word, pc);
        match shape {
            Shape::Set {
                rd,
                value: Value::Const(value),
                ..
            } if word >> 24 & 0x1f == 0x10 => {
                if word >> 31 == 0 {
                    found.push((value, index as u32));
                } else if rd != 31 {
                    pages[rd as usize] = (value, index);
                    pc += 4;
                    continue;
                }
            }
            Shape::Set {
                value:
                    Value::Add {
                        rn,
                        operand: Operand::Imm(low),
                        ..
                    },
                wide: true,
                ..
            } if rn != 31 => {
                let (page, since) = pages[rn as usize];
                if since != usize::MAX && index - since <= REACH {
                    found.push((page.wrapping_add(low), index as u32));
                }
            }
            _ => {}
        }
        let mut defs = shape.defs();
        while defs != 0 {
            pages[defs.trailing_zeros() as usize].1 = usize::MAX;
            defs &= defs - 1;
        }
        if matches!(code.class[index], Class::Return | Class::Fault) {
            pages = [(0, usize::MAX); 32];
        }
        pc += 4;
    }
    found
}
