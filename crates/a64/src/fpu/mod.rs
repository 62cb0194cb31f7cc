//! Floating point exactly as the architecture defines it: the shared functions of the manual (J1.3, "FPAdd", "FPRound" and their kin), with integers only.
//!
//! The instructions' semantics compute with the host's arithmetic, which rounds to nearest and keeps no flags. Where that is not enough ([`Builder::exact`](crate::Builder::exact): FPCR selects
//! another mode, or FPSR is observed) or the result is a NaN, whose payload the host leaves open, the interpreter asks [`operate`] instead. Numbers of all formats are
//! unpacked to `mantissa * 2^exponent`; sums and products are exact in 128 bits, with a sticky bit for what is beyond.
//!
//! Traps do not exist (FPCR's enable bits read as zero), neither does FEAT_AFP.

mod arith;
mod convert;
mod number;

pub use number::Format;
use number::Fpu;

/// The bits of FPCR that change results: AHP, DN, FZ, RMode, FZ16.
pub const FPCR_BITS: u32 = 0x07c8_0000;
/// The bits of FPSR that exist: QC and the cumulative exceptions.
pub const FPSR_BITS: u32 = 0x0800_009f;
/// FPSR.QC: an integer was saturated.
pub const QC: u32 = 1 << 27;

/// How a number loses its fraction or precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// To nearest, ties to even.
    Nearest,
    /// Towards plus infinity.
    Up,
    /// Towards minus infinity.
    Down,
    /// Towards zero.
    Zero,
    /// To nearest, ties away from zero.
    Away,
    /// As FPCR says.
    Current,
    /// Towards zero, with the last bit set if anything is lost.
    Odd,
}

/// An operation on operands of one format, as the manual names them. Operands and results are bits, zero above the format's width.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// FPAdd.
    Add,
    /// FPSub.
    Sub,
    /// FPMul.
    Mul,
    /// FPMulX: zero times infinity is two.
    MulX,
    /// FPDiv.
    Div,
    /// FPSqrt.
    Sqrt,
    /// FPMax.
    Max,
    /// FPMin.
    Min,
    /// FPMaxNum.
    MaxNum,
    /// FPMinNum.
    MinNum,
    /// FPMulAdd: the first operand times the second, plus the third.
    MulAdd,
    /// FPMulAddH: the operation is on singles, and the first two operands are halves.
    MulAddLong,
    /// FPRecipStepFused.
    RecipStep,
    /// FPRSqrtStepFused.
    RsqrtStep,
    /// FPRecipEstimate.
    RecipEstimate,
    /// FPRSqrtEstimate.
    RsqrtEstimate,
    /// FPRecpX.
    RecpX,
    /// FPCompare: the condition flags.
    Compare {
        /// Quiet NaNs are invalid too.
        signals: bool,
    },
    /// FPCompareEQ: all ones or zero.
    Eq,
    /// FPCompareGE: all ones or zero.
    Ge,
    /// FPCompareGT: all ones or zero.
    Gt,
    /// FPRoundInt.
    RoundInt {
        /// How.
        how: Rounding,
        /// Losing something is inexact.
        exact: bool,
    },
    /// FPRoundIntN: what does not fit a signed integer of so many bits becomes the least one.
    RoundIntN {
        /// How.
        how: Rounding,
        /// Size of the integer.
        bits: u32,
    },
    /// FPConvert.
    Convert {
        /// The result's format.
        to: Format,
        /// How.
        how: Rounding,
    },
    /// FPToFixed, saturating.
    ToFixed {
        /// Size of the integer.
        bits: u32,
        /// Of the integer.
        signed: bool,
        /// How many of the bits are fraction.
        fraction: u32,
        /// How.
        how: Rounding,
    },
    /// FixedToFP: to the format that the operation is on.
    FromFixed {
        /// Size of the integer.
        bits: u32,
        /// Of the integer.
        signed: bool,
        /// How many of the bits are fraction.
        fraction: u32,
    },
    /// FPToFixedJS: the integer of 32 bits, and above it the Z flag as bit 32.
    ToFixedJs,
}

/// What `op` makes of its operands, and the bits of FPSR that it sets.
#[inline(never)]
pub fn operate(fpcr: u32, op: Op, format: Format, [x, y, z]: [u64; 3]) -> (u64, u32) {
    let mut fpu = Fpu::new(fpcr, format);
    let f = &mut fpu;
    let result = match op {
        Op::Add => f.add(x, y, false),
        Op::Sub => f.add(x, y, true),
        Op::Mul => f.mul(x, y, false),
        Op::MulX => f.mul(x, y, true),
        Op::Div => f.div(x, y),
        Op::Sqrt => f.sqrt(x),
        Op::Max => f.extreme(x, y, true),
        Op::Min => f.extreme(x, y, false),
        Op::MaxNum => f.extreme_number(x, y, true),
        Op::MinNum => f.extreme_number(x, y, false),
        Op::MulAdd => f.mul_add(x, y, z),
        Op::MulAddLong => {
            let (x, y) = (f.widen(x), f.widen(y));
            f.mul_add(x, y, z)
        }
        Op::RecipStep => f.recip_step(x, y),
        Op::RsqrtStep => f.rsqrt_step(x, y),
        Op::RecipEstimate => f.recip_estimate(x),
        Op::RsqrtEstimate => f.rsqrt_estimate(x),
        Op::RecpX => f.recpx(x),
        Op::Compare { signals } => f.compare(x, y, signals),
        Op::Eq => f.holds(x, y, false, |o| o == core::cmp::Ordering::Equal),
        Op::Ge => f.holds(x, y, true, core::cmp::Ordering::is_ge),
        Op::Gt => f.holds(x, y, true, core::cmp::Ordering::is_gt),
        Op::RoundInt { how, exact } => f.round_int(x, how, exact),
        Op::RoundIntN { how, bits } => f.round_int_n(x, how, bits),
        Op::Convert { to, how } => f.convert(x, to, how),
        Op::ToFixed {
            bits,
            signed,
            fraction,
            how,
        } => f.to_fixed(x, bits, signed, fraction, how),
        Op::FromFixed {
            bits,
            signed,
            fraction,
        } => f.from_fixed(x, bits, signed, fraction),
        Op::ToFixedJs => f.to_fixed_js(x),
    };
    (result, fpu.raised)
}
