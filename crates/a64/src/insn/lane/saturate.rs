//! Saturating arithmetic and narrowing.

use super::Lane::{B as B8, D as D64, H as H16, S as S32};
use super::*;
use crate::builder::Builder;

/// Sets FPSR.QC if any bit of `mask` is set in the lanes that take part ([`Builder::set_lanes`]).
pub fn saturated<B: Builder>(b: &mut B, lane: Lane, mask: B::V128) {
    let bits = (b.lanes().min(lane.count()) as u32) * lane.bits();
    let active = b.v128_const(u128::MAX.checked_shr(128 - bits).unwrap_or(0));
    let mask = b.v128_and(mask, active);
    let any = b.v128_any_true(mask);
    b.saturated_if(any);
}

/// [`saturated`] where two vectors differ.
pub fn saturated_unless_same<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) {
    let differ = b.v128_xor(x, y);
    saturated(b, lane, differ);
}

/// The greatest number of the sign of each lane: 0x7f… or 0x80….
pub fn limit_of_sign<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    let sign = sign_mask(b, lane, x);
    let max = constant(b, lane, lane.sign() - 1);
    b.v128_xor(sign, max)
}

/// Saturating addition.
pub fn add_sat<B: Builder>(b: &mut B, lane: Lane, signed: bool, x: B::V128, y: B::V128) -> B::V128 {
    let result = add_saturating(b, lane, signed, x, y);
    if b.exact() {
        let wrapped = add(b, lane, x, y);
        saturated_unless_same(b, lane, result, wrapped);
    }
    result
}

fn add_saturating<B: Builder>(
    b: &mut B,
    lane: Lane,
    signed: bool,
    x: B::V128,
    y: B::V128,
) -> B::V128 {
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
pub fn sub_sat<B: Builder>(b: &mut B, lane: Lane, signed: bool, x: B::V128, y: B::V128) -> B::V128 {
    let result = sub_saturating(b, lane, signed, x, y);
    if b.exact() {
        let wrapped = sub(b, lane, x, y);
        saturated_unless_same(b, lane, result, wrapped);
    }
    result
}

fn sub_saturating<B: Builder>(
    b: &mut B,
    lane: Lane,
    signed: bool,
    x: B::V128,
    y: B::V128,
) -> B::V128 {
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
pub fn add_sat_su<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let x = bias(b, lane, x);
    let sum = add_sat(b, lane, false, x, y);
    bias(b, lane, sum)
}

/// Unsigned `x` plus signed `y`, saturating to unsigned.
pub fn add_sat_us<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128 {
    let x = bias(b, lane, x);
    let sum = add_sat(b, lane, true, x, y);
    bias(b, lane, sum)
}

/// `|x|`, the least number giving the greatest: abs leaves only that one negative.
pub fn abs_sat<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    let a = abs(b, lane, x);
    let sign = sign_mask(b, lane, a);
    if b.exact() {
        saturated(b, lane, sign);
    }
    b.v128_xor(a, sign)
}

/// `-x`, the least number giving the greatest.
pub fn neg_sat<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    let min = constant(b, lane, lane.sign());
    let least = eq(b, lane, x, min);
    let negated = neg(b, lane, x);
    if b.exact() {
        saturated(b, lane, least);
    }
    b.v128_xor(negated, least)
}

/// Where `x` is the least number, the greatest instead.
pub fn least_to_greatest<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128 {
    let min = constant(b, lane, lane.sign());
    let least = eq(b, lane, x, min);
    if b.exact() {
        saturated(b, lane, least);
    }
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
pub fn narrow_sat<B: Builder>(b: &mut B, lane: Lane, how: Saturation, x: B::V128) -> B::V128 {
    let result = narrow_saturating(b, lane, how, x);
    if b.exact() {
        let back = extend(b, lane.narrow(), how == Saturation::Signed, false, result);
        saturated_unless_same(b, lane, back, x);
    }
    result
}

fn narrow_saturating<B: Builder>(b: &mut B, lane: Lane, how: Saturation, x: B::V128) -> B::V128 {
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
