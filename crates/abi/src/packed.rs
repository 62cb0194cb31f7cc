//! Packed data: the initial contents of memory as the module carries them, which the kernel unpacks before anything else runs.
//!
//! ```text
//! area := blocks:u32 ranges:u32 block×blocks range×ranges stream×blocks
//! ```
//!
//! A stream is a block's bytes as the sequences of the LZ4 block format. Its matches may reach back into what earlier blocks have made, as far as its window says. A range is
//! AArch64 code of which each `bl` has, instead of its target's distance in words, the target's address in words, modulo 2²⁶: calls of one function are then equal words, and
//! compress better. Ranges are changed back when all blocks are unpacked. The area ([`Boot::packed`](crate::boot::Boot::packed)) lies in memory that is free, and is cleared in the end.

/// One block.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it goes.
    pub to: u32,
    /// Its length.
    pub len: u32,
    /// How many bytes before `to` its matches may refer to.
    pub window: u32,
    /// Length of its stream.
    pub packed: u32,
}

/// Code whose calls are to be changed back: words.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Address of the first.
    pub start: u32,
    /// Their number.
    pub words: u32,
}

/// The shortest match.
pub const MIN_MATCH: usize = 4;
/// The farthest match.
pub const MAX_DISTANCE: usize = 65535;

/// Whether an instruction is a `bl`, whose operand is the lower 26 bits.
pub const fn is_call(word: u32) -> bool {
    word >> 26 == 0b100101
}

/// A `bl` with so much added to its operand.
pub const fn add_to_call(word: u32, words: u32) -> u32 {
    0b100101 << 26 | (word.wrapping_add(words) & 0x3ff_ffff)
}

layout!(Block, 16);
layout!(Range, 8);
