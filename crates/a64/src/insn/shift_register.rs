//! Shifts by a register: each lane by the signed low byte of its neighbour, left if positive, right if negative, with rounding and saturation.
//!
//! simd128 has no shift by lane, so each lane is computed in 64 bits.

use super::{
    lane::{self, Lane},
    scalar::{c64, c64_if},
    shape::{count, extract, replace, set_scalar},
};
use crate::{
    builder::Builder,
    operands::{I, LaneField, Q, Vreg},
};

/// The lesser of `x` and a constant, both signed.
fn at_most<B: Builder>(b: &mut B, x: B::I64, limit: u64) -> B::I64 {
    let limit = c64(b, limit);
    let over = b.i64_gt_s(x, limit);
    b.select_i64(over, limit, x)
}

/// `x >> n` for `n >= 0`, where 64 and more shift everything out.
fn right<B: Builder>(b: &mut B, signed: bool, x: B::I64, n: B::I64) -> B::I64 {
    if signed {
        let n = at_most(b, n, 63);
        b.i64_shr_s(x, n)
    } else {
        let width = c64(b, 64);
        let inside = b.i64_lt_s(n, width);
        let shifted = b.i64_shr_u(x, n);
        let zero = c64(b, 0);
        b.select_i64(inside, shifted, zero)
    }
}

/// `x << n` for `n >= 0`, saturated to `lane`, and whether it was. Lanes below 64 bits are shifted by their width at most, so that nothing is lost in 64 bits.
fn left_saturating<B: Builder>(
    b: &mut B,
    lane: Lane,
    signed: bool,
    x: B::I64,
    n: B::I64,
) -> (B::I64, B::I32) {
    if lane != Lane::D {
        let n = at_most(b, n, u64::from(lane.bits()));
        let shifted = b.i64_shl(x, n);
        if !signed {
            let max = c64(b, lane.mask());
            let over = b.i64_gt_u(shifted, max);
            return (b.select_i64(over, max, shifted), over);
        }
        let limited = at_most(b, shifted, lane.sign() - 1);
        let min = c64(b, lane.sign().wrapping_neg());
        let under = b.i64_lt_s(limited, min);
        let limited = b.select_i64(under, min, limited);
        return (limited, b.i64_ne(limited, shifted));
    }
    // Overflow: shifting back does not give x, or all of a non-zero x is shifted out.
    let shifted = b.i64_shl(x, n);
    let back = if signed {
        b.i64_shr_s(shifted, n)
    } else {
        b.i64_shr_u(shifted, n)
    };
    let lost = b.i64_ne(back, x);
    let inside = c64(b, 63);
    let outside = b.i64_gt_s(n, inside);
    let zero = c64(b, 0);
    let nonzero = b.i64_ne(x, zero);
    let gone = b.i32_and(outside, nonzero);
    let over = b.i32_or(lost, gone);
    let limit = if signed {
        let sign = b.i64_shr_s(x, inside);
        let max = c64(b, i64::MAX as u64);
        b.i64_xor(sign, max)
    } else {
        c64(b, u64::MAX)
    };
    (b.select_i64(over, limit, shifted), over)
}

/// One lane, extended to 64 bits, by a signed amount.
fn shift<B: Builder>(
    b: &mut B,
    lane: Lane,
    signed: bool,
    rounding: bool,
    saturating: bool,
    x: B::I64,
    by: B::I64,
) -> B::I64 {
    let zero = c64(b, 0);
    let is_left = b.i64_ge_s(by, zero);
    let left = if saturating {
        let (left, over) = left_saturating(b, lane, signed, x, by);
        if b.exact() {
            let over = b.i32_and(over, is_left);
            b.saturated_if(over);
        }
        left
    } else {
        let shifted = b.i64_shl(x, by);
        let limit = c64(b, 63);
        let outside = b.i64_gt_s(by, limit);
        c64_if(b, outside, 0, shifted)
    };
    let amount = b.i64_sub(zero, by);
    let right = if rounding {
        // All but the last bit, then the last bit is added: ties go up. By 64 or less that is exact; beyond, nothing is left.
        let one = c64(b, 1);
        let amount = b.i64_sub(amount, one);
        let before = right(b, signed, x, amount);
        let whole = if signed {
            b.i64_shr_s(before, one)
        } else {
            b.i64_shr_u(before, one)
        };
        let last = b.i64_and(before, one);
        b.i64_add(whole, last)
    } else {
        right(b, signed, x, amount)
    };
    b.select_i64(is_left, left, right)
}

/// The first `n` lanes of `x` by those of `y`.
fn shift_lanes<B: Builder>(
    b: &mut B,
    lane: Lane,
    n: usize,
    (signed, rounding, saturating): (bool, bool, bool),
    x: B::V128,
    y: B::V128,
) -> B::V128 {
    let mut result = lane::zero(b);
    for i in 0..n {
        let part = extract(b, lane, signed, x, i);
        let by = extract(b, Lane::B, true, y, i * lane.bytes());
        let part = shift(b, lane, signed, rounding, saturating, part, by);
        result = replace(b, lane, result, i, part);
    }
    result
}

/// [SU][Q][R]SHL (vector).
pub fn shift_register<
    B: Builder,
    const SIGNED: bool,
    const ROUNDING: bool,
    const SATURATING: bool,
>(
    b: &mut B,
    q: Q,
    size: I,
    rm: Vreg,
    rn: Vreg,
    rd: Vreg,
) {
    let lane = size.lane();
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = shift_lanes(
        b,
        lane,
        count(q, lane),
        (SIGNED, ROUNDING, SATURATING),
        x,
        y,
    );
    b.set_v(rd.0, result);
}

/// [SU]Q[R]SHL (scalar).
pub fn scalar_shift_register<
    B: Builder,
    const SIGNED: bool,
    const ROUNDING: bool,
    const SATURATING: bool,
>(
    b: &mut B,
    size: I,
    rm: Vreg,
    rn: Vreg,
    rd: Vreg,
) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = shift_lanes(b, size.lane(), 1, (SIGNED, ROUNDING, SATURATING), x, y);
    set_scalar(b, size.lane(), rd, result);
}

/// [SU][R]SHL (scalar): 64 bits only.
pub fn scalar_shift_register_d<
    B: Builder,
    const SIGNED: bool,
    const ROUNDING: bool,
    const SATURATING: bool,
>(
    b: &mut B,
    rm: Vreg,
    rn: Vreg,
    rd: Vreg,
) {
    scalar_shift_register::<B, SIGNED, ROUNDING, SATURATING>(b, I(Lane::D), rm, rn, rd);
}
