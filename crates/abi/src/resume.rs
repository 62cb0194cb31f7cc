//! Resume records: how a function is entered at one of its loops (ARCHITECTURE.md, "Going on in a loop").
//!
//! The dispatcher, at the address of a loop's header with the whole guest state, makes of it the state in which the function was called: what a *recipe* says. The function then gets the
//! state as it was (`StateBlock::resumed`) for its own registers, and goes on at the safepoint.
//!
//! ```text
//! recipe := bytes:u8 sp_from:u8 sp_offset:i32 item*
//! item   := reg:u8 0:u8 from:u8            the register was what register `from` is now
//!         | reg:u8 1:u8 words:i8           … is in memory at sp + 8 words
//!         | reg:u8 2:u8 offset:i32         … at sp + offset
//!         | 0:u8 3:u8 registers:u32        the function relies on the upper halves of these being zero: it is not to be entered otherwise
//!         | reg:u8 4:u8 value:i32          the register must be this number, sign-extended
//!         | reg:u8 5:u8 offset:i32         … sp + offset
//!         | reg:u8 6:u8 offset:i32         … what is in memory at sp + offset
//! ```
//!
//! `sp` is the one of the call: register `sp_from` minus `sp_offset`. Registers are numbered as in `ir::Reg`; of a vector register only the low half is meant.

use alloc::vec::Vec;

/// One safepoint that a function can be entered at, in order of address.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResumeRecord {
    /// Guest address of the loop's header.
    pub pc: u32,
    /// Number of the entry ([`EntryRecord`](crate::boot::EntryRecord)), and, in the upper bits, from [`POINT_SHIFT`] on, of the safepoint in it.
    pub entry: u32,
    /// Address of the recipe.
    pub recipe: u32,
}

/// Where the number of a safepoint begins in [`ResumeRecord::entry`].
pub const POINT_SHIFT: u32 = 20;
/// A function has at most this many safepoints that can be entered.
pub const MAX_POINTS: u32 = 1 << (32 - POINT_SHIFT);

/// Where a register's value at the call is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// In this register.
    Register(u8),
    /// In memory, at the sp of the call plus this.
    Slot(i32),
}

/// What a register must be, or the function is not to be entered: on the ways to the safepoint that were seen it is, but there may be others (from landing pads).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// This number.
    Constant(i32),
    /// The sp of the call plus this.
    Frame(i32),
    /// What is in memory at the sp of the call plus this.
    Slot(i32),
}

/// How the state at a call is made of the state at a safepoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipe {
    /// A register that is the call's sp plus a constant.
    pub sp: (u8, i32),
    /// Registers that differ, and where their values are.
    pub registers: Vec<(u8, Source)>,
    /// One bit for each general register of which the function relies on the upper half being zero. (A handler may have changed it.)
    pub small: u32,
    /// What registers must be.
    pub checks: Vec<(u8, Check)>,
}

impl Recipe {
    /// As bytes; `None` if it is too long.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::from([0, self.sp.0]);
        bytes.extend(self.sp.1.to_le_bytes());
        for &(reg, source) in &self.registers {
            match source {
                Source::Register(from) => bytes.extend([reg, 0, from]),
                Source::Slot(offset) => match i8::try_from(offset / 8) {
                    Ok(words) if offset % 8 == 0 => bytes.extend([reg, 1, words as u8]),
                    _ => {
                        bytes.extend([reg, 2]);
                        bytes.extend(offset.to_le_bytes());
                    }
                },
            }
        }
        if self.small != 0 {
            bytes.extend([0, 3]);
            bytes.extend(self.small.to_le_bytes());
        }
        for &(reg, check) in &self.checks {
            let (kind, value) = match check {
                Check::Constant(c) => (4, c),
                Check::Frame(k) => (5, k),
                Check::Slot(k) => (6, k),
            };
            bytes.extend([reg, kind]);
            bytes.extend(value.to_le_bytes());
        }
        bytes[0] = u8::try_from(bytes.len()).ok()?;
        Some(bytes)
    }

    /// The recipe at the beginning of `bytes`.
    pub fn decode(bytes: &[u8]) -> Option<Recipe> {
        let (&len, _) = bytes.split_first()?;
        let (head, mut rest) = bytes.get(1..len.into())?.split_at_checked(5)?;
        let word = |b: &[u8]| Some(i32::from_le_bytes(b.try_into().ok()?));
        let (mut registers, mut small) = (Vec::new(), 0);
        let mut checks = Vec::new();
        while let [reg, kind, first, ..] = *rest {
            let source = match kind {
                0 => Some(Source::Register(first)),
                1 => Some(Source::Slot(8 * i32::from(first as i8))),
                _ => None,
            };
            match (source, kind) {
                (Some(source), _) => registers.push((reg, source)),
                (None, _) => {
                    let value = word(rest.get(2..6)?)?;
                    match kind {
                        2 => registers.push((reg, Source::Slot(value))),
                        3 => small = value as u32,
                        4 => checks.push((reg, Check::Constant(value))),
                        5 => checks.push((reg, Check::Frame(value))),
                        _ => checks.push((reg, Check::Slot(value))),
                    }
                }
            }
            rest = rest.get(if kind < 2 { 3 } else { 6 }..)?;
        }
        Some(Recipe {
            sp: (head[0], word(&head[1..])?),
            registers,
            small,
            checks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_survive_encoding() {
        let recipe = Recipe {
            sp: (29, -96),
            registers: Vec::from([
                (19, Source::Slot(-80)),
                (20, Source::Slot(-4)),
                (72, Source::Slot(-4096)),
                (0, Source::Register(19)),
            ]),
            small: 1 << 31 | 5,
            checks: Vec::from([
                (3, Check::Constant(-7)),
                (29, Check::Frame(-64)),
                (20, Check::Slot(-72)),
            ]),
        };
        let mut bytes = recipe.encode().unwrap();
        bytes.push(7);
        assert_eq!(Recipe::decode(&bytes), Some(recipe));
        for n in 0..bytes.len() - 1 {
            assert_eq!(Recipe::decode(&bytes[..n]), None);
        }
    }
}
