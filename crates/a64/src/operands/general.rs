//! General registers, their width, shifts, extensions and conditions.

use core::fmt;

use super::{Field, Operands};
use crate::builder::Builder;

/// `sf`: whether an instruction works on 32 or 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 32 bits; results are zero-extended.
    W,
    /// 64 bits.
    X,
}

impl Width {
    /// The number of bits.
    pub fn bits(self) -> u32 {
        match self {
            Width::W => 32,
            Width::X => 64,
        }
    }
}

impl Field for Width {
    const BITS: u32 = 1;
    fn from_bits(bits: u32) -> Self {
        if bits == 0 { Width::W } else { Width::X }
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Width::W => "w",
            Width::X => "x",
        })
    }
}

/// A general register where number 31 is the zero register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gpr(pub u8);

impl Gpr {
    /// All 64 bits.
    #[inline(always)]
    pub fn x<B: Builder>(self, b: &mut B) -> B::I64 {
        if self.0 == 31 {
            b.i64_const(0)
        } else {
            b.x(self.0)
        }
    }
    /// The low 32 bits.
    #[inline(always)]
    pub fn w<B: Builder>(self, b: &mut B) -> B::I32 {
        if self.0 == 31 {
            b.i32_const(0)
        } else {
            let x = b.x(self.0);
            b.i32_wrap_i64(x)
        }
    }
    /// Writes 64 bits.
    #[inline(always)]
    pub fn set_x<B: Builder>(self, b: &mut B, value: B::I64) {
        if self.0 != 31 {
            b.set_x(self.0, value);
        }
    }
    /// Writes 32 bits and zeros above.
    #[inline(always)]
    pub fn set_w<B: Builder>(self, b: &mut B, value: B::I32) {
        if self.0 != 31 {
            let x = b.i64_extend_i32_u(value);
            b.set_x(self.0, x);
        }
    }
}

impl Field for Gpr {
    const BITS: u32 = 5;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Gpr(bits as u8)
    }
    /// The spec `ext` gives the width of an extended register (by `option`), `index` that of an index register;
    /// `{Rd:+1}` is the register after, as pairs need it, at the width of `sf`.
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (next, spec) = match spec.strip_prefix("+1") {
            Some(spec) => (1, spec),
            None => (0, spec),
        };
        let option = cx.field("option").unwrap_or(0);
        let is_64 = match spec {
            "ext" => option & 3 == 3 && cx.is_64(""),
            "index" => option & 1 == 1,
            _ => cx.is_64(spec),
        };
        let letter = if is_64 { 'x' } else { 'w' };
        match self.0 + next {
            31.. => write!(f, "{letter}zr"),
            n => write!(f, "{letter}{n}"),
        }
    }
}

/// A general register where number 31 is the stack pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GprSp(pub u8);

impl GprSp {
    /// All 64 bits.
    #[inline(always)]
    pub fn x<B: Builder>(self, b: &mut B) -> B::I64 {
        if self.0 == 31 { b.sp() } else { b.x(self.0) }
    }
    /// The low 32 bits.
    #[inline(always)]
    pub fn w<B: Builder>(self, b: &mut B) -> B::I32 {
        let x = self.x(b);
        b.i32_wrap_i64(x)
    }
    /// Writes 64 bits.
    #[inline(always)]
    pub fn set_x<B: Builder>(self, b: &mut B, value: B::I64) {
        if self.0 == 31 {
            b.set_sp(value)
        } else {
            b.set_x(self.0, value)
        }
    }
    /// Writes 32 bits and zeros above.
    #[inline(always)]
    pub fn set_w<B: Builder>(self, b: &mut B, value: B::I32) {
        let x = b.i64_extend_i32_u(value);
        self.set_x(b, x);
    }
}

impl Field for GprSp {
    const BITS: u32 = 5;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        GprSp(bits as u8)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, cx.is_64(spec)) {
            (31, true) => f.write_str("sp"),
            (31, false) => f.write_str("wsp"),
            (n, true) => write!(f, "x{n}"),
            (n, false) => write!(f, "w{n}"),
        }
    }
}

/// A condition code, shown as `eq`, `ne`, …; with the spec `inv`, its inverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cond(pub u8);

impl Field for Cond {
    const BITS: u32 = 4;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Cond(bits as u8)
    }
    fn show(self, _: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 16] = [
            "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
            "al", "nv",
        ];
        f.write_str(NAMES[usize::from(self.0 ^ u8::from(spec == "inv"))])
    }
}

/// How a shifted register is shifted. Its text is the whole optional operand, `, lsl #3`, with the amount from `imm6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShiftKind {
    /// Logical left.
    Lsl,
    /// Logical right.
    Lsr,
    /// Arithmetic right.
    Asr,
    /// Rotate right.
    Ror,
}

impl Field for ShiftKind {
    const BITS: u32 = 2;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        [
            ShiftKind::Lsl,
            ShiftKind::Lsr,
            ShiftKind::Asr,
            ShiftKind::Ror,
        ][bits as usize & 3]
    }
    fn show(self, cx: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = cx.field("imm6").unwrap_or(0);
        let name = match self {
            ShiftKind::Lsl if amount == 0 => return Ok(()),
            ShiftKind::Lsl => "lsl",
            ShiftKind::Lsr => "lsr",
            ShiftKind::Asr => "asr",
            ShiftKind::Ror => "ror",
        };
        write!(f, ", {name} #{amount}")
    }
}

/// How an extended register operand is extended (`option`). Its text is the optional operand with the amount from `imm3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendKind(pub u8);

const EXTENDS: [&str; 8] = [
    "uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx",
];

impl Field for ExtendKind {
    const BITS: u32 = 3;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        ExtendKind(bits as u8)
    }
    /// `uxtx` (`uxtw` at 32 bits) is written `lsl`, or nothing, where Rn is the stack pointer; with the spec `sp`, also where Rd is.
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = cx.field("imm3").unwrap_or(0);
        let plain = if cx.is_64("") { 3 } else { 2 };
        let stack = cx.field("Rn") == Some(31) || (spec == "sp" && cx.field("Rd") == Some(31));
        if self.0 == plain && stack {
            return if amount == 0 {
                Ok(())
            } else {
                write!(f, ", lsl #{amount}")
            };
        }
        write!(f, ", {}", EXTENDS[usize::from(self.0 & 7)])?;
        if amount == 0 {
            Ok(())
        } else {
            write!(f, " #{amount}")
        }
    }
}

/// How the index register of a load or store is extended (`option`). Its text is the optional operand, with the amount `spec` if the field `S` is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexExtend(pub u8);

impl Field for IndexExtend {
    const BITS: u32 = 3;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        IndexExtend(bits as u8)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = cx.field("S") == Some(1);
        match self.0 {
            3 if !scaled => Ok(()),
            3 => write!(f, ", lsl #{spec}"),
            n => {
                write!(f, ", {}", EXTENDS[usize::from(n & 7)])?;
                if scaled {
                    write!(f, " #{spec}")
                } else {
                    Ok(())
                }
            }
        }
    }
}

/// A bit that adds a letter to the mnemonic: `a` for acquire, `l` for release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter<const C: char>(pub bool);

impl<const C: char> Field for Letter<C> {
    const BITS: u32 = 1;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Letter(bits != 0)
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 { write!(f, "{C}") } else { Ok(()) }
    }
}

/// What a prefetch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefetchKind(pub u8);

impl Field for PrefetchKind {
    const BITS: u32 = 5;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        PrefetchKind(bits as u8)
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, level, stream) = (self.0 >> 3, self.0 >> 1 & 3, self.0 & 1);
        if kind == 3 || level == 3 {
            return write!(f, "#{:#04x}", self.0);
        }
        let kind = ["pld", "pli", "pst"][usize::from(kind)];
        write!(
            f,
            "{kind}l{}{}",
            level + 1,
            ["keep", "strm"][usize::from(stream)]
        )
    }
}
