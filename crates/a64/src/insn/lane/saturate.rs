//! Saturating arithmetic and narrowing.

use elfconv_ir::Ops;

use super::Lane::{B as B8, D as D64, H as H16, S as S32};
use super::*;

/// The greatest number of the sign of each lane: 0x7f… or 0x80….
pub fn limit_of_sign<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let sign = sign_mask(b, lane, x);
    let max = constant(b, lane, lane.sign() - 1);
    b.v128_xor(sign, max)
}

/// Saturating addition.
pub fn add_sat<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    match (lane, signed) {
        (B8, true) => b.i8x16_add_sat_s(x, y),
        (B8, false) => b.i8x16_add_sat_u(x, y),
        (H16, true) => b.i16x8_add_sat_s(x, y),
        (H16, false) => b.i16x8_add_sat_u(x, y),
        (_, true) => {
            // Overflow where the sum's sign differs from both operands'.
            let sum = add(b, lane, x, y);
            let dx = b.v128_xor(x, sum);
            let dy = b.v128_xor(y, sum);
            let over = b.v128_and(dx, dy);
            let over = sign_mask(b, lane, over);
            let limit = limit_of_sign(b, lane, x);
            b.v128_bitselect(limit, sum, over)
        }
        (_, false) => {
            let sum = add(b, lane, x, y);
            let carry = gt_u(b, lane, x, sum);
            b.v128_or(sum, carry)
        }
    }
}

/// Saturating subtraction.
pub fn sub_sat<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    match (lane, signed) {
        (B8, true) => b.i8x16_sub_sat_s(x, y),
        (B8, false) => b.i8x16_sub_sat_u(x, y),
        (H16, true) => b.i16x8_sub_sat_s(x, y),
        (H16, false) => b.i16x8_sub_sat_u(x, y),
        (_, true) => {
            let difference = sub(b, lane, x, y);
            let unlike = b.v128_xor(x, y);
            let changed = b.v128_xor(x, difference);
            let over = b.v128_and(unlike, changed);
            let over = sign_mask(b, lane, over);
            let limit = limit_of_sign(b, lane, x);
            b.v128_bitselect(limit, difference, over)
        }
        (_, false) => {
            let difference = sub(b, lane, x, y);
            let borrow = gt_u(b, lane, y, x);
            b.v128_andnot(difference, borrow)
        }
    }
}

/// Signed `x` plus unsigned `y`, saturating to signed. Biased, x is unsigned and the limits are those of the unsigned sum.
pub fn add_sat_su<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let x = bias(b, lane, x);
    let sum = add_sat(b, lane, false, x, y);
    bias(b, lane, sum)
}

/// Unsigned `x` plus signed `y`, saturating to unsigned.
pub fn add_sat_us<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let x = bias(b, lane, x);
    let sum = add_sat(b, lane, true, x, y);
    bias(b, lane, sum)
}

/// `|x|`, the least number giving the greatest: abs leaves only that one negative.
pub fn abs_sat<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let a = abs(b, lane, x);
    let sign = sign_mask(b, lane, a);
    b.v128_xor(a, sign)
}

/// `-x`, the least number giving the greatest.
pub fn neg_sat<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let min = constant(b, lane, lane.sign());
    let least = eq(b, lane, x, min);
    let negated = neg(b, lane, x);
    b.v128_xor(negated, least)
}

/// Where `x` is the least number, the greatest instead.
pub fn least_to_greatest<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let min = constant(b, lane, lane.sign());
    let least = eq(b, lane, x, min);
    b.v128_xor(x, least)
}

/// How a narrowing saturates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Saturation {
    /// Signed to signed.
    Signed,
    /// Signed to unsigned.
    SignedToUnsigned,
    /// Unsigned to unsigned.
    Unsigned,
}

/// Halve the lanes with saturation; the low 64 bits are the result (`lane` is the wide size).
pub fn narrow_sat<O: Ops>(b: &mut O, lane: Lane, how: Saturation, x: O::V128) -> O::V128 {
    let half = lane.narrow();
    let x = match (how, lane) {
        (Saturation::Unsigned, _) => {
            let max = constant(b, lane, half.mask());
            min_u(b, lane, x, max)
        }
        (Saturation::Signed, D64) => {
            let max = constant(b, lane, half.sign() - 1);
            let min = constant(b, lane, half.sign().wrapping_neg());
            let x = min_s(b, lane, x, max);
            max_s(b, lane, x, min)
        }
        (Saturation::SignedToUnsigned, D64) => {
            let max = constant(b, lane, half.mask());
            let x = min_s(b, lane, x, max);
            let negative = sign_mask(b, lane, x);
            b.v128_andnot(x, negative)
        }
        _ => x,
    };
    match (how, lane) {
        (Saturation::Signed, H16) => b.i8x16_narrow_i16x8_s(x, x),
        (Saturation::Signed, S32) => b.i16x8_narrow_i32x4_s(x, x),
        (Saturation::SignedToUnsigned, H16) => b.i8x16_narrow_i16x8_u(x, x),
        (Saturation::SignedToUnsigned, S32) => b.i16x8_narrow_i32x4_u(x, x),
        _ => truncate(b, lane, x, x),
    }
}
