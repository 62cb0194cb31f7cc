//! Vector and floating-point registers, and the operands of Advanced SIMD instructions.

use core::fmt;

use super::{Field, Operands};
use crate::{builder::Builder, insn::lane::Lane};

/// A vector register. The placeholder's spec says how it is shown:
///
/// - `b`, `h`, `s`, `d`, `q`: a scalar of that size; `e` the size from the field `size`, `sz` or `shift`, `ew` twice that;
/// - `T`: an arrangement with lanes of that size, 64 or 128 bits by the field `Q`; `W`: lanes twice as wide in 128 bits; `P`: lanes twice as wide in as many bits as `Q` says;
/// - `Ab`, `Ah`, `As`, `Ad`: an arrangement with lanes of that size; `pair`: two lanes;
/// - `Wh`, `Ws`: lanes twice as wide in 128 bits;
/// - `L`: the lanes' letter alone (`v3.s`); `LW` twice as wide;
/// - `.16b` and the like: as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vreg(pub u8);

/// Log2 of the bytes of a lane, by whichever field says so.
pub(super) fn lane_log(cx: &Operands<'_>) -> u32 {
    if let Some(size) = cx.field("size") {
        size
    } else if let Some(sz) = cx.field("sz") {
        2 + sz
    } else if let Some(shift) = cx.field("shift") {
        (shift >> 3).checked_ilog2().unwrap_or(0)
    } else {
        0
    }
}

const LETTERS: [char; 5] = ['b', 'h', 's', 'd', 'q'];

/// The letter of a lane size.
pub(super) fn letter(log: u32) -> char {
    LETTERS[log.min(4) as usize]
}

impl Vreg {
    fn show_arrangement(
        self,
        cx: &Operands<'_>,
        log: u32,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let bytes = if cx.field("Q") == Some(0) { 8u32 } else { 16 };
        write!(f, "v{}.{}{}", self.0, bytes >> log, letter(log))
    }
}

impl Field for Vreg {
    const BITS: u32 = 5;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Vreg(bits as u8)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let log = lane_log(cx);
        match spec {
            "e" => write!(f, "{}{}", letter(log), self.0),
            "ew" => write!(f, "{}{}", letter(log + 1), self.0),
            "T" => self.show_arrangement(cx, log, f),
            "P" => self.show_arrangement(cx, log + 1, f),
            "W" => write!(f, "v{}.{}{}", self.0, 16u32 >> (log + 1), letter(log + 1)),
            // Half of the register: two or four halves.
            "Hh" => {
                let lanes = if cx.field("Q") == Some(0) { 2 } else { 4 };
                write!(f, "v{}.{lanes}h", self.0)
            }
            "Ah" => self.show_arrangement(cx, 1, f),
            "As" => self.show_arrangement(cx, 2, f),
            "Wh" => write!(f, "v{}.4s", self.0),
            "Ws" => write!(f, "v{}.2d", self.0),
            "Ab" => self.show_arrangement(cx, 0, f),
            "Ad" => self.show_arrangement(cx, 3, f),
            "pair" => write!(f, "v{}.2{}", self.0, letter(log)),
            "L" => write!(f, "v{}.{}", self.0, letter(log)),
            "LW" => write!(f, "v{}.{}", self.0, letter(log + 1)),
            _ if spec.starts_with('.') => write!(f, "v{}{spec}", self.0),
            _ => write!(f, "{spec}{}", self.0),
        }
    }
}

/// `Q`: whether all 128 bits take part, or 64. Shown as the `2` of the instructions on upper halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Q(pub bool);

impl Field for Q {
    const BITS: u32 = 1;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Q(bits != 0)
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "2" } else { "" })
    }
}

/// Consecutive registers from this one on, as structure loads and table look-ups name them. The spec is the number of registers, then an
/// arrangement as [`Vreg`]'s, or `@` and a lane's letter: then the fields `Q`, `S` and `z` joined are the lane's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VList(pub u8);

impl VList {
    /// Register number `i` of the list; numbers wrap.
    #[inline(always)]
    pub fn reg(self, i: u8) -> u8 {
        (self.0 + i) & 31
    }
}

impl Field for VList {
    const BITS: u32 = 5;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        VList(bits as u8)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = spec
            .bytes()
            .next()
            .map_or(1, |c| c.saturating_sub(b'0'))
            .clamp(1, 4);
        let spec = spec.get(1..).unwrap_or("");
        let (spec, index) = match spec.strip_prefix('@') {
            Some("b") => (".b", Some(3)),
            Some("h") => (".h", Some(2)),
            Some("s") => (".s", Some(1)),
            Some(_) => (".d", Some(0)),
            None => (spec, None),
        };
        let last = self.reg(count - 1);
        f.write_str("{")?;
        if count > 2 && last > self.0 {
            Vreg(self.0).show(cx, spec, f)?;
            f.write_str("-")?;
            Vreg(last).show(cx, spec, f)?;
        } else {
            for i in 0..count {
                if i > 0 {
                    f.write_str(", ")?;
                }
                Vreg(self.reg(i)).show(cx, spec, f)?;
            }
        }
        f.write_str("}")?;
        let Some(bits) = index else { return Ok(()) };
        let slot = |name| cx.row.bits.find(name);
        let mut number = cx.field("Q").unwrap_or(0);
        for slot in ["S", "z"].into_iter().filter_map(slot) {
            number = number << slot.width | slot.of(cx.word);
        }
        debug_assert!(number >> bits < 2);
        write!(f, "[{number}]")
    }
}

/// An eight-bit floating-point immediate, `VFPExpandImm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FpImm(pub u32);

impl FpImm {
    /// The number: a sign, three bits of exponent from -3 to 4, four bits of fraction.
    pub fn value(self) -> f64 {
        let sign = u64::from(self.0 >> 7 & 1);
        let exponent = if self.0 & 0x40 == 0 {
            1024 + u64::from(self.0 >> 4 & 3)
        } else {
            1020 + u64::from(self.0 >> 4 & 3)
        };
        f64::from_bits(sign << 63 | exponent << 52 | u64::from(self.0 & 15) << 48)
    }
}

impl Field for FpImm {
    const BITS: u32 = 8;
    fn from_bits(bits: u32) -> Self {
        FpImm(bits)
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As C's `%.18e`, exactly: the number is a multiple of 1/128 from 1/8 to 31.
        let value = self.value();
        let parts = (value.abs() * 128.0) as u128;
        let (digits, exponent) = match parts {
            1280.. => (parts * 10u128.pow(17) / 128, "+01"),
            128.. => (parts * 10u128.pow(18) / 128, "+00"),
            _ => (parts * 10u128.pow(19) / 128, "-01"),
        };
        let sign = if value < 0.0 { "-" } else { "" };
        write!(
            f,
            "#{sign}{}.{:018}e{exponent}",
            digits / 10u128.pow(18),
            digits % 10u128.pow(18)
        )
    }
}

/// `scale` of a fixed-point conversion: 64 less the number of fraction bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FractionBits(pub u32);

impl FractionBits {
    /// The number of fraction bits.
    pub fn count(self) -> u32 {
        64 - self.0
    }
}

impl Field for FractionBits {
    const BITS: u32 = 6;
    fn from_bits(bits: u32) -> Self {
        FractionBits(bits)
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", 64 - self.0)
    }
}

/// Whether an index register is sign-extended. Shown as the optional operand of an address; the spec is the register's width, `w` or `x`, and
/// the amount that a set field `S` shifts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexSign(pub bool);

impl Field for IndexSign {
    const BITS: u32 = 1;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        IndexSign(bits != 0)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = cx.field("S") == Some(1);
        match (spec.starts_with('x'), self.0) {
            (true, false) if !scaled => return Ok(()),
            (true, false) => f.write_str(", lsl")?,
            (true, true) => f.write_str(", sxtx")?,
            (false, false) => f.write_str(", uxtw")?,
            (false, true) => f.write_str(", sxtw")?,
        }
        if scaled {
            write!(f, " #{}", spec.get(1..).unwrap_or(""))
        } else {
            Ok(())
        }
    }
}

/// A field that says the size of lanes.
pub trait LaneField: Field {
    /// The size.
    fn lane(self) -> Lane;
}

/// `size`: integer lanes of 8 to 64 bits. Shown, as all of these, as the lane's letter, or by the spec `bits` as their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct I(pub Lane);

/// `sz`: floating-point lanes of 32 or 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct F(pub Lane);

macro_rules! lane_field {
    ($name:ident $bits:literal $base:literal) => {
        impl Field for $name {
            const BITS: u32 = $bits;
            #[inline(always)]
            fn from_bits(bits: u32) -> Self {
                $name(Lane::new($base + bits))
            }
            fn show(self, _: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if spec == "bits" {
                    write!(f, "{}", self.0.bits())
                } else {
                    write!(f, "{}", letter(self.0 as u32))
                }
            }
        }
        impl LaneField for $name {
            #[inline(always)]
            fn lane(self) -> Lane {
                self.0
            }
        }
    };
}

lane_field!(I 2 0);
lane_field!(F 1 2);

/// `L:M:Rm` of the instructions by element: a register and the low part of a lane number, of which `H` is the top. `LOG` is log2 of the lane's bytes.
/// Lanes of 16 bits need more index and leave four bits for the register. A spec replaces the lane's letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<const LOG: u32>(u32);

impl<const LOG: u32> Element<LOG> {
    /// The register.
    pub fn reg(self) -> u8 {
        (if LOG == 1 { self.0 & 15 } else { self.0 & 31 }) as u8
    }
    /// The lane, with the bit `H`.
    pub fn index(self, h: u32) -> usize {
        (match LOG {
            1 => h << 2 | self.0 >> 4,
            2 => h << 1 | self.0 >> 5,
            _ => h,
        }) as usize
    }
}

impl<const LOG: u32> Field for Element<LOG> {
    const BITS: u32 = 6;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Element(bits)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.", self.reg())?;
        if spec.is_empty() {
            write!(f, "{}", letter(LOG))?
        } else {
            f.write_str(spec)?
        }
        write!(f, "[{}]", self.index(cx.field("H").unwrap_or(0)))
    }
}

/// `immh:immb`: the size of the (narrow) lanes by its highest bit, and a shift. Shown by the spec `r` as right, by `l` as left shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShiftImm(u32);

impl ShiftImm {
    /// The size of the lanes, the narrow ones if there are two sizes.
    pub fn lane(self) -> Lane {
        Lane::new((self.0 >> 3).checked_ilog2().unwrap_or(0))
    }
    /// 1 to the lane's width.
    pub fn right(self) -> u32 {
        2 * self.lane().bits() - self.0
    }
    /// 0 to the lane's width less one.
    pub fn left(self) -> u32 {
        self.0 - self.lane().bits()
    }
}

impl Field for ShiftImm {
    const BITS: u32 = 7;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        ShiftImm(bits)
    }
    fn show(self, _: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}",
            if spec == "l" {
                self.left()
            } else {
                self.right()
            }
        )
    }
}

/// AdvSIMDExpandImm: the 64 bits that an eight-bit immediate stands for.
pub fn expand_immediate(op: u32, cmode: u32, imm8: u32) -> u64 {
    let imm = u64::from(imm8);
    let words = |x: u64| x << 32 | x;
    let halves = |x: u64| words(x << 16 | x);
    match (cmode >> 1, cmode & 1, op) {
        (0..=3, _, _) => words(imm << (8 * (cmode >> 1))),
        (4 | 5, _, _) => halves(imm << (8 * (cmode >> 1 & 1))),
        (6, 0, _) => words(imm << 8 | 0xff),
        (6, _, _) => words(imm << 16 | 0xffff),
        (_, 0, 0) => halves(imm << 8 | imm),
        (_, 0, _) => (0..8)
            .filter(|i| imm >> i & 1 == 1)
            .fold(0, |all, i| all | 0xff << (8 * i)),
        (_, _, 0) => words(u64::from((FpImm(imm8).value() as f32).to_bits())),
        _ => FpImm(imm8).value().to_bits(),
    }
}

/// `a:b:c`, the top bits of an immediate whose lower ones are `defgh`. The spec says how the whole is shown: `i` an integer with its shift, `msl` with a
/// shift of ones, `x64` expanded, `f` floating point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImmHigh(pub u32);

impl Field for ImmHigh {
    const BITS: u32 = 3;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        ImmHigh(bits)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let imm8 = self.0 << 5 | cx.field("defgh").unwrap_or(0);
        let cmode = cx.field("cmode").unwrap_or(0);
        match spec {
            "f" => FpImm(imm8).show(cx, "", f),
            "x64" => write!(f, "#{:#x}", expand_immediate(1, 14, imm8)),
            "msl" => write!(f, "#{imm8:#x}, msl #{}", 8 << (cmode & 1)),
            _ => {
                let shift = match cmode >> 1 {
                    by @ 0..=3 => 8 * by,
                    by @ (4 | 5) => 8 * (by & 1),
                    _ => 0,
                };
                write!(f, "#{imm8:#x}")?;
                if shift == 0 {
                    Ok(())
                } else {
                    write!(f, ", lsl #{shift}")
                }
            }
        }
    }
}

/// How a structure access moves its base: by a register, or if that is number 31 by the bytes accessed. The spec says how many those are: a number,
/// `m` and the number of registers of 64 or 128 bits, or `r` and the number of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostIndex(pub u8);

impl PostIndex {
    /// The step.
    pub fn step<B: Builder>(self, b: &mut B, bytes: u64) -> B::I64 {
        if self.0 == 31 {
            b.i64_const(bytes)
        } else {
            b.x(self.0)
        }
    }
}

impl Field for PostIndex {
    const BITS: u32 = 5;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        PostIndex(bits as u8)
    }
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 != 31 {
            return write!(f, "x{}", self.0);
        }
        let number = |s: &str| s.parse::<u32>().unwrap_or(0);
        let bytes = if let Some(n) = spec.strip_prefix('m') {
            number(n) * if cx.field("Q") == Some(0) { 8 } else { 16 }
        } else if let Some(n) = spec.strip_prefix('r') {
            number(n) << lane_log(cx)
        } else {
            number(spec)
        };
        write!(f, "#{bytes}")
    }
}
