//! Sets of guest registers, with the width that is meant of each vector register.

use elfconv_ir::{Reg, Type};

/// A set of guest registers. Vector registers are in it at a width: the low 32, the low 64, or all 128 bits.
///
/// The masks of the widths are nested (`v128 ⊆ v64 ⊆ v32`), so union is bitwise or.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct RegSet {
    /// Bits 0–30: x0–x30; 31: sp; 32: nzcv.
    pub x: u64,
    /// Vector registers of which at least the low 32 bits are in the set.
    pub v32: u32,
    /// … the low 64 bits …
    pub v64: u32,
    /// … all bits.
    pub v128: u32,
}

/// Mask in [`RegSet::x`] of the stack pointer.
pub const SP: u64 = 1 << 31;
/// Mask in [`RegSet::x`] of x29.
pub const FP: u64 = 1 << 29;
/// Mask in [`RegSet::x`] of x30.
pub const LR: u64 = 1 << 30;

impl RegSet {
    /// The empty set.
    pub const EMPTY: RegSet = RegSet {
        x: 0,
        v32: 0,
        v64: 0,
        v128: 0,
    };

    /// Only general registers, sp and flags.
    pub const fn of_x(x: u64) -> RegSet {
        RegSet {
            x,
            v32: 0,
            v64: 0,
            v128: 0,
        }
    }

    /// All vector registers of `mask` in full.
    pub const fn of_v128(mask: u32) -> RegSet {
        RegSet {
            x: 0,
            v32: mask,
            v64: mask,
            v128: mask,
        }
    }

    /// Union.
    #[must_use]
    pub fn or(self, o: RegSet) -> RegSet {
        RegSet {
            x: self.x | o.x,
            v32: self.v32 | o.v32,
            v64: self.v64 | o.v64,
            v128: self.v128 | o.v128,
        }
    }

    /// `self` without the registers of which `o` holds any part: a definition of a part defines all (the rest is zeroed).
    #[must_use]
    pub fn minus(self, o: RegSet) -> RegSet {
        RegSet {
            x: self.x & !o.x,
            v32: self.v32 & !o.v32,
            v64: self.v64 & !o.v32,
            v128: self.v128 & !o.v32,
        }
    }

    /// `self` without the *bits* of `o`: where `o` has the low 64 bits of a register and `self` all, the upper half remains, so all of it stays in the set.
    #[must_use]
    pub fn minus_bits(self, o: RegSet) -> RegSet {
        let gone = (o.v32 & !self.v64) | (o.v64 & !self.v128) | o.v128;
        RegSet {
            x: self.x & !o.x,
            v32: self.v32 & !gone,
            v64: self.v64 & !gone,
            v128: self.v128 & !gone,
        }
    }

    /// The registers of `self` that are in `o` at any width, at `self`'s width.
    #[must_use]
    pub fn and(self, o: RegSet) -> RegSet {
        RegSet {
            x: self.x & o.x,
            v32: self.v32 & o.v32,
            v64: self.v64 & o.v32,
            v128: self.v128 & o.v32,
        }
    }

    /// The registers that are in both, at the smaller width.
    #[must_use]
    pub fn meet(self, o: RegSet) -> RegSet {
        RegSet {
            x: self.x & o.x,
            v32: self.v32 & o.v32,
            v64: self.v64 & o.v64,
            v128: self.v128 & o.v128,
        }
    }

    /// Nothing in it?
    pub fn is_empty(self) -> bool {
        self.x == 0 && self.v32 == 0
    }

    /// Is any part of `r` in it?
    pub fn contains(self, r: Reg) -> bool {
        match r.0 {
            n @ 0..=32 => self.x >> n & 1 != 0,
            n @ 64.. => self.v32 >> (n - 64) & 1 != 0,
            _ => false,
        }
    }

    /// Add `r` at the width of `ty`.
    pub fn insert(&mut self, r: Reg, ty: Type) {
        match r.0 {
            n @ 0..=32 => self.x |= 1 << n,
            n => {
                let m = 1u32 << (n - 64);
                self.v32 |= m;
                if ty != Type::F32 {
                    self.v64 |= m;
                    if ty != Type::F64 {
                        self.v128 |= m;
                    }
                }
            }
        }
    }

    /// The IR type that `r` has at its width in this set.
    pub fn ty(self, r: Reg) -> Type {
        match r.0 {
            32 => Type::I32,
            0..=31 => Type::I64,
            n => {
                let m = 1u32 << (n - 64);
                if self.v128 & m != 0 {
                    Type::V128
                } else if self.v64 & m != 0 {
                    Type::F64
                } else {
                    Type::F32
                }
            }
        }
    }

    /// Registers in order of number, with their types.
    pub fn iter(self) -> impl Iterator<Item = (Reg, Type)> {
        bits(self.x)
            .chain(bits(u64::from(self.v32)).map(|n| n + 64))
            .map(move |n| (Reg(n), self.ty(Reg(n))))
    }
}

fn bits(mut m: u64) -> impl Iterator<Item = u8> {
    core::iter::from_fn(move || {
        (m != 0).then(|| {
            let n = m.trailing_zeros() as u8;
            m &= m - 1;
            n
        })
    })
}

impl core::fmt::Debug for RegSet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(r, t)| match (r.0, t) {
                (31, _) => "sp".to_string(),
                (32, _) => "nzcv".to_string(),
                (n @ 0..=30, _) => format!("x{n}"),
                (n, Type::F32) => format!("s{}", n - 64),
                (n, Type::F64) => format!("d{}", n - 64),
                (n, _) => format!("v{}", n - 64),
            }))
            .finish()
    }
}
