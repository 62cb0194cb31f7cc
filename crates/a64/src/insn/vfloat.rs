//! Lanewise floating point over the size of the lanes (`Lane::S` or `Lane::D`).
//!
//! Rounds to nearest. NaN results may differ from the architecture's in payload.

use elfconv_ir::Ops;

use super::lane::{self, Lane};

macro_rules! direct {
    ($($name:ident($($x:ident),*) $s32:ident $d64:ident;)*) => {$(
        #[doc = concat!("`", stringify!($d64), "`, for both lane sizes.")]
        pub fn $name<O: Ops>(b: &mut O, lane: Lane, $($x: O::V128),*) -> O::V128 {
            match lane {
                Lane::D => b.$d64($($x),*),
                _ => b.$s32($($x),*),
            }
        }
    )*};
}

direct! {
    add(x, y) f32x4_add f64x2_add;
    sub(x, y) f32x4_sub f64x2_sub;
    mul(x, y) f32x4_mul f64x2_mul;
    div(x, y) f32x4_div f64x2_div;
    fma(x, y, z) f32x4_fma f64x2_fma;
    max(x, y) f32x4_max f64x2_max;
    min(x, y) f32x4_min f64x2_min;
    eq(x, y) f32x4_eq f64x2_eq;
    gt(x, y) f32x4_gt f64x2_gt;
    ge(x, y) f32x4_ge f64x2_ge;
    abs(x) f32x4_abs f64x2_abs;
    neg(x) f32x4_neg f64x2_neg;
    sqrt(x) f32x4_sqrt f64x2_sqrt;
    nearest(x) f32x4_nearest f64x2_nearest;
    floor(x) f32x4_floor f64x2_floor;
    ceil(x) f32x4_ceil f64x2_ceil;
    trunc(x) f32x4_trunc f64x2_trunc;
}

/// The bits of a number that both sizes represent exactly.
pub fn bits(lane: Lane, value: f64) -> u64 {
    match lane {
        Lane::D => value.to_bits(),
        _ => u64::from((value as f32).to_bits()),
    }
}

/// A number in every lane.
pub fn constant<O: Ops>(b: &mut O, lane: Lane, value: f64) -> O::V128 {
    lane::constant(b, lane, bits(lane, value))
}

/// Bits of the least signalling pattern of a quiet NaN, less one: greater magnitudes are quiet NaNs.
pub fn below_quiet_nan(lane: Lane) -> u64 {
    match lane {
        Lane::D => 0x7ff7_ffff_ffff_ffff,
        _ => 0x7fbf_ffff,
    }
}

/// All ones in the lanes that hold a quiet NaN.
fn is_quiet_nan<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let magnitude = abs(b, lane, x);
    let below = lane::constant(b, lane, below_quiet_nan(lane));
    lane::gt_s(b, lane, magnitude, below)
}

/// Replace quiet NaNs by the other operand, so that a number wins over them; signalling ones stay.
fn prefer_numbers<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> (O::V128, O::V128) {
    let (nx, ny) = (is_quiet_nan(b, lane, x), is_quiet_nan(b, lane, y));
    (b.v128_bitselect(y, x, nx), b.v128_bitselect(x, y, ny))
}

/// FPMaxNum.
pub fn maxnm<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let (x, y) = prefer_numbers(b, lane, x, y);
    max(b, lane, x, y)
}

/// FPMinNum.
pub fn minnm<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let (x, y) = prefer_numbers(b, lane, x, y);
    min(b, lane, x, y)
}

/// `z - x * y`, rounded once.
pub fn fms<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128, z: O::V128) -> O::V128 {
    let x = neg(b, lane, x);
    fma(b, lane, x, y, z)
}

/// `|x - y|`.
pub fn abs_diff<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let difference = sub(b, lane, x, y);
    abs(b, lane, difference)
}

/// The sign of `x * y` alone.
fn sign_of_product<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let unlike = b.v128_xor(x, y);
    let sign = lane::constant(b, lane, lane.sign());
    b.v128_and(unlike, sign)
}

/// All ones in the lanes that multiply zero by infinity: the product is NaN though no operand is.
fn zero_times_infinity<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let product = mul(b, lane, x, y);
    let number = eq(b, lane, product, product);
    let (nx, ny) = (eq(b, lane, x, x), eq(b, lane, y, y));
    let operands = b.v128_and(nx, ny);
    b.v128_andnot(operands, number)
}

/// FPMulX: zero times infinity is 2 with the product's sign.
pub fn mulx<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let product = mul(b, lane, x, y);
    let special = zero_times_infinity(b, lane, x, y);
    let two = constant(b, lane, 2.0);
    let sign = sign_of_product(b, lane, x, y);
    let two = b.v128_or(two, sign);
    b.v128_bitselect(two, product, special)
}

/// FPRecipStepFused: `2 - x * y`; zero times infinity counts as zero.
pub fn recip_step<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let two = constant(b, lane, 2.0);
    let result = fms(b, lane, x, y, two);
    let special = zero_times_infinity(b, lane, x, y);
    b.v128_bitselect(two, result, special)
}

/// FPRSqrtStepFused: `(3 - x * y) / 2`, rounded once. It is `1.5 - (x / 2) * y`, where the operand that is halved is one whose half is
/// exact unless the product is negligible: the one of magnitude above 1.
pub fn rsqrt_step<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let half = constant(b, lane, 0.5);
    let one = constant(b, lane, 1.0);
    let magnitude = abs(b, lane, x);
    let large = gt(b, lane, magnitude, one);
    let fx = b.v128_bitselect(half, one, large);
    let fy = b.v128_bitselect(one, half, large);
    let hx = mul(b, lane, x, fx);
    let hy = mul(b, lane, y, fy);
    let start = constant(b, lane, 1.5);
    let result = fms(b, lane, hx, hy, start);
    let special = zero_times_infinity(b, lane, x, y);
    b.v128_bitselect(start, result, special)
}

/// Round to integral, ties away from zero: `trunc(x)`, plus one of x's sign where the rest (exact) is at least a half.
pub fn round_away<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let whole = trunc(b, lane, x);
    let rest = sub(b, lane, x, whole);
    let rest = abs(b, lane, rest);
    let half = constant(b, lane, 0.5);
    let up = ge(b, lane, rest, half);
    let one = constant(b, lane, 1.0);
    let step = b.v128_and(one, up);
    let sign = lane::constant(b, lane, lane.sign());
    let step = b.v128_bitselect(x, step, sign);
    add(b, lane, whole, step)
}

/// How a number becomes integral.
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
}

/// Round to integral.
pub fn round<O: Ops>(b: &mut O, lane: Lane, how: Rounding, x: O::V128) -> O::V128 {
    match how {
        Rounding::Nearest | Rounding::Current => nearest(b, lane, x),
        Rounding::Up => ceil(b, lane, x),
        Rounding::Down => floor(b, lane, x),
        Rounding::Zero => trunc(b, lane, x),
        Rounding::Away => round_away(b, lane, x),
    }
}

/// 2 to the power `n`.
fn power_of_two(n: u32) -> f64 {
    f64::from_bits(u64::from(1023 + n) << 52)
}

/// To integer with saturation, `fbits` of them fraction. Scaling by a power of two is exact, or overflows to an infinity that saturates as well.
pub fn to_int<O: Ops>(
    b: &mut O,
    lane: Lane,
    how: Rounding,
    signed: bool,
    fbits: u32,
    x: O::V128,
) -> O::V128 {
    let x = if fbits == 0 {
        x
    } else {
        let scale = constant(b, lane, power_of_two(fbits));
        mul(b, lane, x, scale)
    };
    let x = if how == Rounding::Zero {
        x
    } else {
        round(b, lane, how, x)
    };
    match (lane, signed) {
        (Lane::D, _) => {
            let mut result = lane::zero(b);
            for i in 0..2 {
                let part = b.f64x2_extract_lane(x, i);
                let part = if signed {
                    b.i64_trunc_sat_f64_s(part)
                } else {
                    b.i64_trunc_sat_f64_u(part)
                };
                result = if i == 0 {
                    b.i64x2_splat(part)
                } else {
                    b.i64x2_replace_lane(result, part, i)
                };
            }
            result
        }
        (_, true) => b.i32x4_trunc_sat_f32x4_s(x),
        (_, false) => b.i32x4_trunc_sat_f32x4_u(x),
    }
}

/// From integer, `fbits` of them fraction. The scaling is exact: results are zero or at least 2 to the -64.
pub fn from_int<O: Ops>(b: &mut O, lane: Lane, signed: bool, fbits: u32, x: O::V128) -> O::V128 {
    let x = match (lane, signed) {
        (Lane::D, _) => {
            let mut result = x;
            for i in 0..2 {
                let part = b.i64x2_extract_lane(x, i);
                let part = if signed {
                    b.f64_convert_i64_s(part)
                } else {
                    b.f64_convert_i64_u(part)
                };
                result = if i == 0 {
                    b.f64x2_splat(part)
                } else {
                    b.f64x2_replace_lane(result, part, i)
                };
            }
            result
        }
        (_, true) => b.f32x4_convert_i32x4_s(x),
        (_, false) => b.f32x4_convert_i32x4_u(x),
    };
    if fbits == 0 {
        return x;
    }
    let scale = constant(b, lane, 1.0 / power_of_two(fbits));
    mul(b, lane, x, scale)
}
