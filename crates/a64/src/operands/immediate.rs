//! Immediates.

use core::fmt;

use super::{Field, Operands};

/// An unsigned immediate of `N` bits. Shown in decimal; the spec `*k` shows it scaled by `k`, `x` in hexadecimal, `bit` with `b5` above it; a comma before
/// either shows it as the optional operand `, #k`, which is left out if it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imm<const N: u32>(pub u32);

impl<const N: u32> Field for Imm<N> {
    const BITS: u32 = N;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Imm(bits)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(spec) = optional(spec, self.0 == 0, f)? else {
            return Ok(());
        };
        match spec.strip_prefix('*') {
            Some(scale) => write!(
                f,
                "{}",
                u64::from(self.0) * scale.parse::<u64>().unwrap_or(1)
            ),
            None if spec == "x" => write!(f, "{:#x}", self.0),
            None if spec == "bit" => write!(f, "{}", self.0 + 32 * cx.field("b5").unwrap_or(0)),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Handles the comma of an optional operand's spec: the rest of the spec, or `None` if nothing is to be shown.
fn optional<'a>(
    spec: &'a str,
    zero: bool,
    f: &mut fmt::Formatter<'_>,
) -> Result<Option<&'a str>, fmt::Error> {
    match spec.strip_prefix(',') {
        Some(_) if zero => Ok(None),
        Some(rest) => f.write_str(", #").map(|()| Some(rest)),
        None => Ok(Some(spec)),
    }
}

/// A signed immediate of `N` bits. The spec `*k` shows it scaled by `k`, `label` as the target of a branch (scaled by 4), `page` as `adrp` does with `immlo`;
/// a comma before it as for [`Imm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SImm<const N: u32>(pub i32);

impl<const N: u32> Field for SImm<N> {
    const BITS: u32 = N;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        SImm(((bits << (32 - N)) as i32) >> (32 - N))
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = i64::from(self.0);
        let Some(spec) = optional(spec, self.0 == 0, f)? else {
            return Ok(());
        };
        match spec {
            "label" => write!(f, "{:#x}", cx.pc.wrapping_add_signed(value * 4)),
            "adr" => write!(
                f,
                "{:#x}",
                cx.pc
                    .wrapping_add_signed(value * 4 + i64::from(cx.field("immlo").unwrap_or(0)))
            ),
            "page" => {
                let pages = value * 4 + i64::from(cx.field("immlo").unwrap_or(0));
                write!(
                    f,
                    "{:#x}",
                    (cx.pc & !0xfff).wrapping_add_signed(pages << 12)
                )
            }
            _ => match spec.strip_prefix('*') {
                Some(scale) => write!(f, "{}", value * scale.parse::<i64>().unwrap_or(1)),
                None => write!(f, "{value}"),
            },
        }
    }
}

/// A one-bit or two-bit shift of an immediate by multiples of `UNIT`: shown as the optional operand `, lsl #k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount<const N: u32, const UNIT: u32>(pub u32);

impl<const N: u32, const UNIT: u32> Amount<N, UNIT> {
    /// The number of bits to shift by.
    #[inline(always)]
    pub fn bits(self) -> u32 {
        self.0 * UNIT
    }
}

impl<const N: u32, const UNIT: u32> Field for Amount<N, UNIT> {
    const BITS: u32 = N;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Amount(bits)
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            Ok(())
        } else {
            write!(f, ", lsl #{}", self.bits())
        }
    }
}

/// A logical immediate: `N:immr:imms`, 13 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitmaskImm(pub u32);

impl BitmaskImm {
    /// The value, replicated to 64 bits; `None` if the encoding is reserved (for 32-bit forms, bit 12 must be clear besides).
    ///
    /// The element size is the position of the highest set bit of `N:NOT(imms)`; within an element, `imms + 1` ones are rotated right by `immr` (C3.4.2).
    pub const fn value(self) -> Option<u64> {
        let (n, immr, imms) = (self.0 >> 12 & 1, self.0 >> 6 & 63, self.0 & 63);
        let size_bits = (n << 6) | (!imms & 63);
        if size_bits < 2 {
            return None;
        }
        let size = 1 << size_bits.ilog2();
        let levels = size - 1;
        let (ones, rotate) = ((imms & levels) + 1, immr & levels);
        if ones == size {
            return None;
        }
        let run = (1u64 << ones) - 1;
        let all = u64::MAX >> (64 - size);
        let mut element = if rotate == 0 {
            run
        } else {
            ((run >> rotate) | (run << (size - rotate))) & all
        };
        let mut width = size;
        while width < 64 {
            element |= element << width;
            width *= 2;
        }
        Some(element)
    }
}

impl Field for BitmaskImm {
    const BITS: u32 = 13;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        BitmaskImm(bits)
    }
    fn show(self, cx: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value().unwrap_or(0);
        write!(
            f,
            "#{:#x}",
            if cx.is_64("") {
                value
            } else {
                value & 0xffff_ffff
            }
        )
    }
}

/// `hw`, which half word of a register an immediate is moved to. Shown as the optional operand `, lsl #k`; as spec `value` or `not`, the whole
/// value that `movz` or `movn` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfWord(pub u32);

impl HalfWord {
    /// The number of bits to shift by.
    #[inline(always)]
    pub fn bits(self) -> u32 {
        self.0 * 16
    }
}

impl Field for HalfWord {
    const BITS: u32 = 2;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        HalfWord(bits)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = u64::from(cx.field("imm16").unwrap_or(0)) << self.bits();
        let all = if cx.is_64("") {
            u64::MAX
        } else {
            u32::MAX.into()
        };
        match spec {
            "value" => write!(f, "#{:#x}", value),
            "not" => write!(f, "#{:#x}", !value & all),
            _ if self.0 == 0 => Ok(()),
            _ => write!(f, ", lsl #{}", self.bits()),
        }
    }
}

/// `immr` or `imms` of a bitfield move. Specs for the aliases: `lsb` (of an insertion), `width` (of an insertion), `span` (width of an
/// extraction), `left` (amount of `lsl`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitfieldImm(pub u32);

impl Field for BitfieldImm {
    const BITS: u32 = 6;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        BitfieldImm(bits)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits: u32 = if cx.is_64("") { 64 } else { 32 };
        let shown = match spec {
            "lsb" => bits.wrapping_sub(self.0) % bits,
            "width" => self.0 + 1,
            "span" => (self.0 + 1).wrapping_sub(cx.field("immr").unwrap_or(0)),
            "left" => (bits - 1).wrapping_sub(self.0),
            _ => self.0,
        };
        write!(f, "{shown}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every allocated immediate is a repeated element of a rotated run of ones; there are 5334 of them, all different (C3.4.2).
    #[test]
    fn bitmask_immediates() {
        let mut values = alloc::collections::BTreeSet::new();
        for bits in 0..1 << 13 {
            let Some(value) = BitmaskImm(bits).value() else {
                continue;
            };
            let size = [2, 4, 8, 16, 32, 64]
                .into_iter()
                .find(|s| value.rotate_right(*s) == value)
                .unwrap();
            let element = value & (u64::MAX >> (64 - size));
            let changes = element ^ (element >> 1 | (element & 1) << (size - 1));
            assert_eq!(changes.count_ones(), 2, "{bits:#x} gives {value:#x}");
            values.insert(value);
        }
        assert_eq!(values.len(), 5334);
    }
}
