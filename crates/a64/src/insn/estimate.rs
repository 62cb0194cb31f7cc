//! Reciprocal and reciprocal square root estimates, J1.3 (`RecipEstimate`, `RecipSqrtEstimate`, `FPRecipEstimate`, `FPRSqrtEstimate`).
//!
//! The manual gives the eight-bit tables by a division and a search; both are computed here without a table, on integers in `i64`.

use elfconv_ir::Ops;

use super::{
    lane::{self, Lane},
    scalar::{c64, c64_if},
    shape::{extract, replace},
    vfloat,
};
use crate::{
    builder::Builder,
    fpu::{Format, Op},
};

/// Layout of a floating-point number: bits of fraction, and of exponent.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    fraction: u32,
    exponent: u32,
}

impl Layout {
    fn of(lane: Lane) -> Layout {
        Layout::of_format(vfloat::format(lane))
    }
    /// Of a format.
    pub(crate) fn of_format(format: Format) -> Layout {
        Layout {
            fraction: format.fraction(),
            exponent: format.bits() - 1 - format.fraction(),
        }
    }
    fn infinity(self) -> u64 {
        ((1 << self.exponent) - 1) << self.fraction
    }
    fn sign(self) -> u64 {
        1 << (self.fraction + self.exponent)
    }
    fn quiet_nan(self) -> u64 {
        self.infinity() | 1 << (self.fraction - 1)
    }
    fn bias(self) -> u64 {
        (1 << (self.exponent - 1)) - 1
    }
}

/// `RecipEstimate`: `a` is 256–511 (nine bits of a number in 0.5–1), the result as well.
fn recip_table<O: Ops>(b: &mut O, a: O::I64) -> O::I64 {
    let one = c64(b, 1);
    let twice = b.i64_shl(a, one);
    let middle = b.i64_or(twice, one);
    let dividend = c64(b, 1 << 19);
    let quotient = b.i64_div_u(dividend, middle);
    let rounded = b.i64_add(quotient, one);
    b.i64_shr_u(rounded, one)
}

/// `RecipSqrtEstimate`: `a` is 128–511. The greatest `n` with `m * n * n < 2^28` is the integral part of a square root, which doubles give exactly.
fn rsqrt_table<O: Ops>(b: &mut O, a: O::I64) -> O::I64 {
    let one = c64(b, 1);
    let limit = c64(b, 256);
    let small = b.i64_lt_u(a, limit);
    let twice = b.i64_shl(a, one);
    let narrow = b.i64_or(twice, one); // 2a + 1
    let odd = b.i64_or(a, one);
    let wide = b.i64_shl(odd, one); // 2(2(a / 2) + 1)
    let middle = b.select_i64(small, narrow, wide);
    let middle = b.f64_convert_i64_u(middle);
    let top = b.f64_const(268_435_455f64.to_bits());
    let quotient = b.f64_div(top, middle);
    let root = b.f64_sqrt(quotient);
    let root = b.i64_trunc_sat_f64_u(root);
    let rounded = b.i64_add(root, one);
    b.i64_shr_u(rounded, one)
}

/// Sign, magnitude, exponent and fraction of a number's bits.
fn split<O: Ops>(b: &mut O, f: Layout, x: O::I64) -> (O::I64, O::I64, O::I64, O::I64) {
    let sign_bit = c64(b, f.sign());
    let below = c64(b, f.sign() - 1);
    let sign = b.i64_and(x, sign_bit);
    let magnitude = b.i64_and(x, below);
    let width = c64(b, u64::from(f.fraction));
    let exponent = b.i64_shr_u(magnitude, width);
    let mask = c64(b, (1 << f.fraction) - 1);
    let fraction = b.i64_and(magnitude, mask);
    (sign, magnitude, exponent, fraction)
}

/// FPRecipEstimate on the bits of a number.
pub(crate) fn recip_bits<O: Ops>(b: &mut O, f: Layout, x: O::I64) -> O::I64 {
    let (sign, magnitude, exponent, fraction) = split(b, f, x);
    let one = c64(b, 1);
    let two = c64(b, 2);
    let width = c64(b, u64::from(f.fraction));
    let mask = c64(b, (1 << f.fraction) - 1);

    // Subnormals not below the limit have one of the two top fraction bits set.
    let subnormal = b.i64_eqz(exponent);
    let top_position = c64(b, u64::from(f.fraction - 1));
    let top = b.i64_shr_u(fraction, top_position);
    let shift = b.i64_sub(two, top);
    let normal = b.i64_shl(fraction, shift);
    let fraction_n = b.select_i64(subnormal, normal, fraction);
    let fraction_n = b.i64_and(fraction_n, mask);
    let exponent_n = b.i64_sub(top, one);
    let exponent_n = b.select_i64(subnormal, exponent_n, exponent);

    let index_shift = c64(b, u64::from(f.fraction - 8));
    let index = b.i64_shr_u(fraction_n, index_shift);
    let leading = c64(b, 256);
    let index = b.i64_or(index, leading);
    let estimate = recip_table(b, index);
    let estimate = b.i64_sub(estimate, leading);
    let result_fraction = b.i64_shl(estimate, index_shift);
    let highest = c64(b, 2 * f.bias() - 1);
    let result_exponent = b.i64_sub(highest, exponent_n);

    // Results with exponent 0 or -1 are subnormal: the leading one and the fraction move right by one or two.
    let hidden = c64(b, 1 << f.fraction);
    let significand = b.i64_or(result_fraction, hidden);
    let places = b.i64_sub(one, result_exponent);
    let denormal = b.i64_shr_u(significand, places);
    let packed = b.i64_shl(result_exponent, width);
    let packed = b.i64_or(packed, result_fraction);
    let tiny = b.i64_lt_s(result_exponent, one);
    let packed = b.select_i64(tiny, denormal, packed);

    let limit = c64(b, 1 << (f.fraction - 2));
    let small = b.i64_lt_u(magnitude, limit);
    let packed = c64_if(b, small, f.infinity(), packed);
    let infinity = c64(b, f.infinity());
    let infinite = b.i64_eq(magnitude, infinity);
    let packed = c64_if(b, infinite, 0, packed);
    let signed = b.i64_or(packed, sign);
    let nan = b.i64_gt_u(magnitude, infinity);
    c64_if(b, nan, f.quiet_nan(), signed)
}

/// FPRSqrtEstimate on the bits of a number.
pub(crate) fn rsqrt_bits<O: Ops>(b: &mut O, f: Layout, x: O::I64) -> O::I64 {
    let (sign, magnitude, exponent, fraction) = split(b, f, x);
    let one = c64(b, 1);
    let width = c64(b, u64::from(f.fraction));
    let mask = c64(b, (1 << f.fraction) - 1);

    let subnormal = b.i64_eqz(exponent);
    let zeros = b.i64_clz(fraction);
    let unused = c64(b, u64::from(64 - f.fraction));
    let zeros = b.i64_sub(zeros, unused);
    let shift = b.i64_add(zeros, one);
    let normal = b.i64_shl(fraction, shift);
    let fraction_n = b.select_i64(subnormal, normal, fraction);
    let fraction_n = b.i64_and(fraction_n, mask);
    let none = c64(b, 0);
    let exponent_n = b.i64_sub(none, zeros);
    let exponent_n = b.select_i64(subnormal, exponent_n, exponent);

    // With its hidden one the fraction has nine bits, or eight if the exponent is odd.
    let index_shift = c64(b, u64::from(f.fraction - 8));
    let index = b.i64_shr_u(fraction_n, index_shift);
    let leading = c64(b, 256);
    let index = b.i64_or(index, leading);
    let odd = b.i64_and(exponent_n, one);
    let index = b.i64_shr_u(index, odd);
    let estimate = rsqrt_table(b, index);
    let estimate = b.i64_sub(estimate, leading);
    let result_fraction = b.i64_shl(estimate, index_shift);
    let highest = c64(b, 3 * f.bias() - 1);
    let result_exponent = b.i64_sub(highest, exponent_n);
    let result_exponent = b.i64_shr_u(result_exponent, one);
    let packed = b.i64_shl(result_exponent, width);
    let packed = b.i64_or(packed, result_fraction);

    let infinity = c64(b, f.infinity());
    let infinite = b.i64_eq(magnitude, infinity);
    let packed = c64_if(b, infinite, 0, packed);
    let nan = b.i64_gt_u(x, infinity); // NaN or negative
    let packed = c64_if(b, nan, f.quiet_nan(), packed);
    let zero = b.i64_eqz(magnitude);
    let signed_infinity = b.i64_or(sign, infinity);
    b.select_i64(zero, signed_infinity, packed)
}

/// FPRecpX on the bits of a number: the exponent inverted, no fraction.
pub(crate) fn recpx_bits<O: Ops>(b: &mut O, f: Layout, x: O::I64) -> O::I64 {
    let (sign, magnitude, exponent, _) = split(b, f, x);
    let infinity = c64(b, f.infinity());
    let inverted = b.i64_xor(magnitude, infinity);
    let inverted = b.i64_and(inverted, infinity);
    let zero = b.i64_eqz(exponent);
    let inverted = c64_if(b, zero, f.infinity() - (1 << f.fraction), inverted);
    let signed = b.i64_or(sign, inverted);
    let nan = b.i64_gt_u(magnitude, infinity);
    c64_if(b, nan, f.quiet_nan(), signed)
}

/// Apply a function of 64-bit integers to each lane, zero-extended.
pub fn each_lane<O: Ops>(
    b: &mut O,
    lane: Lane,
    count: usize,
    x: O::V128,
    mut f: impl FnMut(&mut O, O::I64) -> O::I64,
) -> O::V128 {
    let mut result = lane::zero(b);
    for i in 0..count {
        let part = extract(b, lane, false, x, i);
        let part = f(b, part);
        result = replace(b, lane, result, i, part);
    }
    result
}

macro_rules! estimates {
    ($($(#[$doc:meta])* $name:ident $bits:ident $op:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name<B: Builder>(b: &mut B, lane: Lane, count: usize, x: B::V128) -> B::V128 {
            let flushed = b.flush(vfloat::format(lane), x);
            let result = each_lane(b, lane, count, flushed, |b, x| $bits(b, Layout::of(lane), x));
            let result = b.flush(vfloat::format(lane), result);
            if lane == Lane::H && !B::HOST_HALF || b.redo_v(vfloat::format(lane), result) {
                b.set_lanes(count);
                return vfloat::operate(b, lane, Op::$op, [x; 3]);
            }
            result
        }
    )*};
}

estimates! {
    /// FRECPE for the first `count` lanes.
    recip recip_bits RecipEstimate;
    /// FRSQRTE for the first `count` lanes.
    rsqrt rsqrt_bits RsqrtEstimate;
    /// FRECPX for the first `count` lanes.
    recpx recpx_bits RecpX;
}

/// URECPE: a fixed-point number below 0.5 gives all ones.
pub fn urecpe<O: Ops>(b: &mut O, count: usize, x: O::V128) -> O::V128 {
    unsigned_estimate(b, count, x, 31, recip_table)
}

/// URSQRTE: a fixed-point number below 0.25 gives all ones.
pub fn ursqrte<O: Ops>(b: &mut O, count: usize, x: O::V128) -> O::V128 {
    unsigned_estimate(b, count, x, 30, rsqrt_table)
}

fn unsigned_estimate<O: Ops>(
    b: &mut O,
    count: usize,
    x: O::V128,
    least_bit: u32,
    table: fn(&mut O, O::I64) -> O::I64,
) -> O::V128 {
    each_lane(b, Lane::S, count, x, |b, x| {
        let places = c64(b, 23);
        let index = b.i64_shr_u(x, places);
        let least = c64(b, 1 << least_bit);
        let small = b.i64_lt_u(x, least);
        let index = c64_if(b, small, 256, index);
        let estimate = table(b, index);
        let result = b.i64_shl(estimate, places);
        c64_if(b, small, 0xffff_ffff, result)
    })
}
