//! Lanewise floating point over the size of the lanes (`Lane::H`, `Lane::S` or `Lane::D`).
//!
//! The host's arithmetic, and the architecture's own ([`Builder::fp`]) where that is not enough.

use super::{
    estimate,
    lane::{self, Lane},
    scalar::{Fixed, least_of_width, power_of_two},
    shape::{extract, replace},
};
use crate::{
    builder::Builder,
    fpu::{Format, Op, Rounding},
};

/// The format of a lane's numbers.
pub fn format(lane: Lane) -> Format {
    match lane {
        Lane::D => Format::Double,
        Lane::S => Format::Single,
        _ => Format::Half,
    }
}

/// The architecture's operation on each of the lanes that take part ([`Builder::set_lanes`]).
pub fn operate<B: Builder>(b: &mut B, lane: Lane, op: Op, operands: [B::V128; 3]) -> B::V128 {
    let mut result = lane::zero(b);
    for i in 0..b.lanes().min(lane.count()) {
        let operands = operands.map(|x| extract(b, lane, false, x, i));
        let part = b.fp(op, format(lane), operands);
        result = replace(b, lane, result, i, part);
    }
    result
}

/// An operation on halves, in single precision. Its results are the nearest halves: 24 bits are more than twice 11 and two.
fn halves<B: Builder, const N: usize>(
    b: &mut B,
    operands: [B::V128; N],
    operation: impl Fn(&mut B, [B::V128; N]) -> B::V128,
) -> B::V128 {
    let mut result = lane::zero(b);
    for from in [0, 4] {
        let singles = operands.map(|x| widen(b, from, x));
        let part = operation(b, singles);
        for i in 0..4 {
            let single = b.f32x4_extract_lane(part, i);
            let half = b.f16_from_f32(single);
            result = b.i16x8_replace_lane(result, half, from + i);
        }
    }
    result
}

/// Four halves, from lane `from` on, as singles.
fn widen<B: Builder>(b: &mut B, from: u8, x: B::V128) -> B::V128 {
    let mut singles = lane::zero(b);
    for i in 0..4 {
        let half = b.i16x8_extract_lane_u(x, from + i);
        let single = b.f32_from_f16(half);
        singles = b.f32x4_replace_lane(singles, single, i);
    }
    singles
}

/// A comparison of halves, in single precision.
fn compare_halves<B: Builder>(
    b: &mut B,
    x: B::V128,
    y: B::V128,
    comparison: impl Fn(&mut B, B::V128, B::V128) -> B::V128,
) -> B::V128 {
    let [low, high] = [0, 4].map(|from| {
        let (x, y) = (widen(b, from, x), widen(b, from, y));
        comparison(b, x, y)
    });
    lane::truncate(b, Lane::S, low, high)
}

/// `x * y + z` on halves. In double precision the product is exact, and the sum as good as exact: what is lost is below the last bits of the other term, which has 22.
fn fused_halves<B: Builder>(b: &mut B, [x, y, z]: [B::V128; 3]) -> B::V128 {
    let mut result = lane::zero(b);
    for i in 0..8 {
        let [x, y, z] = [x, y, z].map(|v| {
            let half = b.i16x8_extract_lane_u(v, i);
            b.f64_from_f16(half)
        });
        let product = b.f64_mul(x, y);
        let sum = b.f64_add(product, z);
        let half = b.f16_from_f64(sum);
        result = b.i16x8_replace_lane(result, half, i);
    }
    result
}

macro_rules! direct {
    ($($name:ident($($x:ident),*) $s32:ident $d64:ident;)*) => {$(
        #[doc = concat!("`", stringify!($d64), "`, for all lane sizes.")]
        pub fn $name<B: Builder>(b: &mut B, lane: Lane, $($x: B::V128),*) -> B::V128 {
            match lane {
                Lane::D => b.$d64($($x),*),
                Lane::S => b.$s32($($x),*),
                _ => halves(b, [$($x),*], |b, [$($x),*]| b.$s32($($x),*)),
            }
        }
    )*};
}

macro_rules! comparisons {
    ($($name:ident $s32:ident $d64:ident;)*) => {$(
        #[doc = concat!("`", stringify!($d64), "`, for all lane sizes.")]
        pub fn $name<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
            match lane {
                Lane::D => b.$d64(x, y),
                Lane::S => b.$s32(x, y),
                _ => compare_halves(b, x, y, |b, x, y| b.$s32(x, y)),
            }
        }
    )*};
}

comparisons! {
    host_eq f32x4_eq f64x2_eq;
    host_gt f32x4_gt f64x2_gt;
    host_ge f32x4_ge f64x2_ge;
}

/// Fused multiply-add, for all lane sizes.
fn host_fma<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128, z: B::V128) -> B::V128 {
    match lane {
        Lane::D => b.f64x2_fma(x, y, z),
        Lane::S => b.f32x4_fma(x, y, z),
        _ => fused_halves(b, [x, y, z]),
    }
}

/// Without signs.
pub fn abs<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    match lane {
        Lane::D => b.f64x2_abs(x),
        Lane::S => b.f32x4_abs(x),
        _ => {
            let sign = lane::constant(b, lane, lane.sign());
            b.v128_andnot(x, sign)
        }
    }
}

/// With the other signs.
pub fn neg<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    match lane {
        Lane::D => b.f64x2_neg(x),
        Lane::S => b.f32x4_neg(x),
        _ => {
            let sign = lane::constant(b, lane, lane.sign());
            b.v128_xor(x, sign)
        }
    }
}

/// Whether the host does not compute at all.
fn is_soft<B: Builder>(lane: Lane) -> bool {
    lane == Lane::H && !B::HOST_HALF
}

direct! {
    host_add(x, y) f32x4_add f64x2_add;
    host_sub(x, y) f32x4_sub f64x2_sub;
    host_mul(x, y) f32x4_mul f64x2_mul;
    host_div(x, y) f32x4_div f64x2_div;
    host_max(x, y) f32x4_max f64x2_max;
    host_min(x, y) f32x4_min f64x2_min;
    host_sqrt(x) f32x4_sqrt f64x2_sqrt;
    nearest(x) f32x4_nearest f64x2_nearest;
    floor(x) f32x4_floor f64x2_floor;
    ceil(x) f32x4_ceil f64x2_ceil;
    trunc(x) f32x4_trunc f64x2_trunc;
}

macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident($x:ident $(, $y:ident)*) $host:ident $op:ident [$a:ident $b:ident $c:ident];)*) => {$(
        $(#[$doc])*
        pub fn $name<B: Builder>(b: &mut B, lane: Lane, $x: B::V128 $(, $y: B::V128)*) -> B::V128 {
            if is_soft::<B>(lane) {
                return operate(b, lane, Op::$op, [$a, $b, $c]);
            }
            let host = $host(b, lane, $x $(, $y)*);
            if b.redo_v(format(lane), host) {
                return operate(b, lane, Op::$op, [$a, $b, $c]);
            }
            host
        }
    )*};
}

checked! {
    /// FPAdd.
    add(x, y) host_add Add [x y x];
    /// FPSub.
    sub(x, y) host_sub Sub [x y x];
    /// FPMul.
    mul(x, y) host_mul Mul [x y x];
    /// FPDiv.
    div(x, y) host_div Div [x y x];
    /// FPMulAdd: `x * y + z`.
    fma(x, y, z) host_fma MulAdd [x y z];
    /// FPMax.
    max(x, y) host_max Max [x y x];
    /// FPMin.
    min(x, y) host_min Min [x y x];
    /// FPMaxNum.
    maxnm(x, y) host_maxnm MaxNum [x y x];
    /// FPMinNum.
    minnm(x, y) host_minnm MinNum [x y x];
    /// FPSqrt.
    sqrt(x) host_sqrt Sqrt [x x x];
    /// FPMulX: zero times infinity is 2 with the product's sign.
    mulx(x, y) host_mulx MulX [x y x];
    /// FPRecipStepFused: `2 - x * y`; zero times infinity counts as zero.
    recip_step(x, y) host_recip_step RecipStep [x y x];
    /// FPRSqrtStepFused: `(3 - x * y) / 2`; zero times infinity counts as zero.
    rsqrt_step(x, y) host_rsqrt_step RsqrtStep [x y x];
}

macro_rules! compared {
    ($($(#[$doc:meta])* $name:ident $host:ident $op:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
            if is_soft::<B>(lane) || b.exact() {
                return operate(b, lane, Op::$op, [x, y, x]);
            }
            $host(b, lane, x, y)
        }
    )*};
}

compared! {
    /// FPCompareEQ.
    eq host_eq Eq;
    /// FPCompareGT.
    gt host_gt Gt;
    /// FPCompareGE.
    ge host_ge Ge;
}

/// The bits of a number that all sizes represent exactly.
pub fn bits(lane: Lane, value: f64) -> u64 {
    match lane {
        Lane::D => value.to_bits(),
        Lane::S => u64::from((value as f32).to_bits()),
        _ => u64::from(elfconv_ir::eval::f16_from_f64(value)),
    }
}

/// A number in every lane.
pub fn constant<B: Builder>(b: &mut B, lane: Lane, value: f64) -> B::V128 {
    lane::constant(b, lane, bits(lane, value))
}

/// Bits of the least signalling pattern of a quiet NaN, less one: greater magnitudes are quiet NaNs.
pub fn below_quiet_nan(lane: Lane) -> u64 {
    match lane {
        Lane::D => 0x7ff7_ffff_ffff_ffff,
        Lane::S => 0x7fbf_ffff,
        _ => 0x7dff,
    }
}

/// All ones in the lanes that hold a quiet NaN.
fn is_quiet_nan<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    let magnitude = abs(b, lane, x);
    let below = lane::constant(b, lane, below_quiet_nan(lane));
    lane::gt_s(b, lane, magnitude, below)
}

/// Replace quiet NaNs by the other operand, so that a number wins over them; signalling ones stay.
fn prefer_numbers<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> (B::V128, B::V128) {
    let (nx, ny) = (is_quiet_nan(b, lane, x), is_quiet_nan(b, lane, y));
    (b.v128_bitselect(y, x, nx), b.v128_bitselect(x, y, ny))
}

/// Numbers win over quiet NaNs.
fn host_maxnm<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let (x, y) = prefer_numbers(b, lane, x, y);
    host_max(b, lane, x, y)
}

/// Numbers win over quiet NaNs.
fn host_minnm<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let (x, y) = prefer_numbers(b, lane, x, y);
    host_min(b, lane, x, y)
}

/// `z - x * y`, rounded once.
pub fn fms<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128, z: B::V128) -> B::V128 {
    let x = neg(b, lane, x);
    fma(b, lane, x, y, z)
}

/// [`fms`] as the host does it.
fn host_fms<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128, z: B::V128) -> B::V128 {
    let x = neg(b, lane, x);
    host_fma(b, lane, x, y, z)
}

/// `|x - y|`.
pub fn abs_diff<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let difference = sub(b, lane, x, y);
    abs(b, lane, difference)
}

/// The sign of `x * y` alone.
fn sign_of_product<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let unlike = b.v128_xor(x, y);
    let sign = lane::constant(b, lane, lane.sign());
    b.v128_and(unlike, sign)
}

/// All ones in the lanes that multiply zero by infinity: the product is NaN though no operand is.
fn zero_times_infinity<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let product = host_mul(b, lane, x, y);
    let number = host_eq(b, lane, product, product);
    let (nx, ny) = (host_eq(b, lane, x, x), host_eq(b, lane, y, y));
    let operands = b.v128_and(nx, ny);
    b.v128_andnot(operands, number)
}

/// FPMulX.
fn host_mulx<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let product = host_mul(b, lane, x, y);
    let special = zero_times_infinity(b, lane, x, y);
    let two = constant(b, lane, 2.0);
    let sign = sign_of_product(b, lane, x, y);
    let two = b.v128_or(two, sign);
    b.v128_bitselect(two, product, special)
}

/// FPRecipStepFused.
fn host_recip_step<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let two = constant(b, lane, 2.0);
    let result = host_fms(b, lane, x, y, two);
    let special = zero_times_infinity(b, lane, x, y);
    b.v128_bitselect(two, result, special)
}

/// FPRSqrtStepFused: `(3 - x * y) / 2`, rounded once. It is `1.5 - (x / 2) * y`, where the operand that is halved is one whose half is
/// exact unless the product is negligible: the one of magnitude above 1.
fn host_rsqrt_step<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let half = constant(b, lane, 0.5);
    let one = constant(b, lane, 1.0);
    let magnitude = abs(b, lane, x);
    let large = host_gt(b, lane, magnitude, one);
    let fx = b.v128_bitselect(half, one, large);
    let fy = b.v128_bitselect(one, half, large);
    let hx = host_mul(b, lane, x, fx);
    let hy = host_mul(b, lane, y, fy);
    let start = constant(b, lane, 1.5);
    let result = host_fms(b, lane, hx, hy, start);
    let special = zero_times_infinity(b, lane, x, y);
    b.v128_bitselect(start, result, special)
}

/// Round to integral, ties away from zero: `trunc(x)`, plus one of x's sign where the rest (exact) is at least a half.
pub fn round_away<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    let whole = trunc(b, lane, x);
    let rest = host_sub(b, lane, x, whole);
    let rest = abs(b, lane, rest);
    let half = constant(b, lane, 0.5);
    let up = host_ge(b, lane, rest, half);
    let one = constant(b, lane, 1.0);
    let step = b.v128_and(one, up);
    let sign = lane::constant(b, lane, lane.sign());
    let step = b.v128_bitselect(x, step, sign);
    host_add(b, lane, whole, step)
}

/// Round to integral as the host does, which raises nothing.
fn host_round<B: Builder>(b: &mut B, lane: Lane, how: Rounding, x: B::V128) -> B::V128 {
    match how {
        Rounding::Up => ceil(b, lane, x),
        Rounding::Down => floor(b, lane, x),
        Rounding::Zero => trunc(b, lane, x),
        Rounding::Away => round_away(b, lane, x),
        _ => nearest(b, lane, x),
    }
}

/// FPRoundInt. If it is `exact`, losing something is inexact.
pub fn round<B: Builder>(b: &mut B, lane: Lane, how: Rounding, exact: bool, x: B::V128) -> B::V128 {
    if is_soft::<B>(lane) {
        return operate(b, lane, Op::RoundInt { how, exact }, [x; 3]);
    }
    let host = host_round(b, lane, how, x);
    if b.redo_v(format(lane), host) {
        return operate(b, lane, Op::RoundInt { how, exact }, [x; 3]);
    }
    host
}

/// FPRoundIntN: what does not fit becomes the least integer.
pub fn round_to_width<B: Builder>(
    b: &mut B,
    lane: Lane,
    how: Rounding,
    bits: u32,
    x: B::V128,
) -> B::V128 {
    if b.exact() {
        return operate(b, lane, Op::RoundIntN { how, bits }, [x; 3]);
    }
    let rounded = host_round(b, lane, how, x);
    let least_number = constant(b, lane, least_of_width(bits));
    let limit = constant(b, lane, -least_of_width(bits));
    let from = host_ge(b, lane, rounded, least_number);
    let below = host_gt(b, lane, limit, rounded);
    let fits = b.v128_and(from, below);
    b.v128_bitselect(rounded, least_number, fits)
}

/// FPToFixed. Scaling by a power of two is exact, or overflows to an infinity that saturates as well.
pub fn to_int<B: Builder>(
    b: &mut B,
    lane: Lane,
    how: Rounding,
    fixed: Fixed,
    x: B::V128,
) -> B::V128 {
    if is_soft::<B>(lane) || b.exact() {
        let op = Op::ToFixed {
            bits: lane.bits(),
            signed: fixed.signed,
            fraction: fixed.fraction,
            how,
        };
        return operate(b, lane, op, [x; 3]);
    }
    if lane == Lane::H {
        return halves_to_int(b, how, fixed, x);
    }
    let x = if fixed.fraction == 0 {
        x
    } else {
        let scale = constant(b, lane, power_of_two(fixed.fraction));
        host_mul(b, lane, x, scale)
    };
    let x = if how == Rounding::Zero {
        x
    } else {
        host_round(b, lane, how, x)
    };
    match (lane, fixed.signed) {
        (Lane::D, signed) => {
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

/// FPToFixed of halves: in single precision, which holds all of them scaled.
fn halves_to_int<B: Builder>(b: &mut B, how: Rounding, fixed: Fixed, x: B::V128) -> B::V128 {
    let [low, high] = [0, 4].map(|from| {
        let singles = widen(b, from, x);
        to_int(b, Lane::S, how, fixed, singles)
    });
    let x = if fixed.signed {
        return b.i16x8_narrow_i32x4_s(low, high);
    } else {
        // Narrowing is of signed numbers: the unsigned ones are limited first.
        let most = lane::constant(b, Lane::S, 0xffff);
        [low, high].map(|x| lane::min_u(b, Lane::S, x, most))
    };
    b.i16x8_narrow_i32x4_u(x[0], x[1])
}

/// FixedToFP. The scaling is exact: results are zero or at least 2 to the -64.
pub fn from_int<B: Builder>(b: &mut B, lane: Lane, fixed: Fixed, x: B::V128) -> B::V128 {
    if is_soft::<B>(lane) || b.exact() {
        let op = Op::FromFixed {
            bits: lane.bits(),
            signed: fixed.signed,
            fraction: fixed.fraction,
        };
        return operate(b, lane, op, [x; 3]);
    }
    if lane == Lane::H {
        // Integers of 16 bits, scaled, are exact in double precision.
        return estimate::each_lane(b, lane, 8, x, |b, x| {
            let x = if fixed.signed { b.i64_extend16_s(x) } else { x };
            let number = b.f64_convert_i64_s(x);
            let scale = b.f64_const((1.0 / power_of_two(fixed.fraction)).to_bits());
            let number = b.f64_mul(number, scale);
            let half = b.f16_from_f64(number);
            b.i64_extend_i32_u(half)
        });
    }
    let x = match (lane, fixed.signed) {
        (Lane::D, signed) => {
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
    if fixed.fraction == 0 {
        return x;
    }
    let scale = constant(b, lane, 1.0 / power_of_two(fixed.fraction));
    host_mul(b, lane, x, scale)
}
