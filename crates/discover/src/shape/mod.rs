//! The operands of the instructions that make up jump table sequences, and which registers all others write.
//!
//! Only what slicing asks is decoded; everything unknown is an [`Shape::Other`] with a superset of the registers it may write.

/// How a register operand is extended before it is shifted.
mod decode;

use decode::bit;
pub(crate) use decode::{PLAIN, field, reg, shape, writeback};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extend {
    /// Bits taken: 8, 16, 32 or 64.
    pub bits: u8,
    pub signed: bool,
}

/// The second operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Imm(u64),
    /// `rm` (31 is zero), extended, then shifted left.
    Reg {
        rm: u8,
        extend: Extend,
        shift: u8,
    },
}

/// What a data-processing instruction computes from registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Const(u64),
    /// `movk`: keeps the other bits of rd.
    Insert {
        shift: u8,
        bits: u16,
    },
    /// `rn` is 31 for sp if `sp`, else zero.
    Add {
        rn: u8,
        sp: bool,
        operand: Operand,
    },
    Sub {
        rn: u8,
        sp: bool,
        operand: Operand,
    },
    And {
        rn: u8,
        mask: u64,
    },
    /// Bits `lsb..lsb + width` of rn, zero- or sign-extended, then shifted left.
    Field {
        rn: u8,
        lsb: u8,
        width: u8,
        signed: bool,
        shift: u8,
    },
}

/// An instruction as slicing sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Writes rd (31 is sp if `sp`, else nothing); `wide` is 64-bit.
    Set {
        rd: u8,
        sp: bool,
        wide: bool,
        value: Value,
    },
    /// Loads `size` bytes; `signed` results are extended to 32 bits, or 64 if `wide`.
    Load {
        rt: u8,
        size: u8,
        signed: bool,
        wide: bool,
        base: u8,
        operand: Operand,
    },
    /// Loads two registers of `size` bytes each.
    LoadPair {
        rt: [u8; 2],
        size: u8,
        signed: bool,
        base: u8,
        offset: i64,
    },
    /// Stores one or two registers of `size` bytes each at base + offset; vector registers are `None`.
    Store {
        rt: Option<u8>,
        rt2: Option<u8>,
        pair: bool,
        size: u8,
        base: u8,
        offset: i64,
    },
    /// Writes the registers in `defs` (bit 31 is sp); `stores` to memory.
    Other { defs: u32, stores: bool },
}

impl Shape {
    /// The registers written, bit 31 for sp.
    pub fn defs(&self) -> u32 {
        match *self {
            Shape::Set {
                rd: 31, sp: false, ..
            }
            | Shape::Load { rt: 31, .. }
            | Shape::Store { .. } => 0,
            Shape::Set { rd, .. } => 1 << rd,
            Shape::Load { rt, .. } => 1 << rt,
            Shape::LoadPair { rt, .. } => bit(rt[0]) | bit(rt[1]),
            Shape::Other { defs, .. } => defs,
        }
    }
}

/// What a store does to a stack slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotWrite {
    /// Leaves it alone.
    None,
    /// Writes this register (31 is zero) to it.
    Register(u8),
    /// Writes something to it, or to a part.
    Something,
}

impl Shape {
    /// What a store does to `size` bytes at `base` + `offset`; stores through other registers are taken to miss.
    pub fn slot_write(&self, base: u8, offset: i64, size: u8) -> SlotWrite {
        let Shape::Store {
            rt,
            rt2,
            pair,
            size: stored,
            base: b,
            offset: first,
        } = *self
        else {
            return SlotWrite::None;
        };
        if b != base {
            return SlotWrite::None;
        }
        let (len, slot_len) = (i64::from(stored), i64::from(size));
        let parts = [(Some(first), rt), (pair.then_some(first + len), rt2)];
        for (at, register) in parts {
            match at {
                Some(at) if at == offset && stored == size => {
                    return register.map_or(SlotWrite::Something, SlotWrite::Register);
                }
                Some(at) if at < offset + slot_len && offset < at + len => {
                    return SlotWrite::Something;
                }
                _ => {}
            }
        }
        SlotWrite::None
    }
}
