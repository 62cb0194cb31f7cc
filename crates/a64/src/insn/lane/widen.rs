//! Lanes twice as wide: extensions, products, sums of neighbours.

use elfconv_ir::Ops;

use super::Lane::{B as B8, D as D64, H as H16};
use super::*;

/// Widen the low or the high half's lanes (`lane` is the narrow size).
pub fn extend<O: Ops>(b: &mut O, lane: Lane, signed: bool, high: bool, x: O::V128) -> O::V128 {
    match (lane, high, signed) {
        (B8, false, true) => b.i16x8_extend_low_i8x16_s(x),
        (B8, false, false) => b.i16x8_extend_low_i8x16_u(x),
        (B8, true, true) => b.i16x8_extend_high_i8x16_s(x),
        (B8, true, false) => b.i16x8_extend_high_i8x16_u(x),
        (H16, false, true) => b.i32x4_extend_low_i16x8_s(x),
        (H16, false, false) => b.i32x4_extend_low_i16x8_u(x),
        (H16, true, true) => b.i32x4_extend_high_i16x8_s(x),
        (H16, true, false) => b.i32x4_extend_high_i16x8_u(x),
        (_, false, true) => b.i64x2_extend_low_i32x4_s(x),
        (_, false, false) => b.i64x2_extend_low_i32x4_u(x),
        (_, true, true) => b.i64x2_extend_high_i32x4_s(x),
        (_, true, false) => b.i64x2_extend_high_i32x4_u(x),
    }
}

/// Full products of the low or the high half's lanes (`lane` is the narrow size).
pub fn extmul<O: Ops>(
    b: &mut O,
    lane: Lane,
    signed: bool,
    high: bool,
    x: O::V128,
    y: O::V128,
) -> O::V128 {
    match (lane, high, signed) {
        (B8, false, true) => b.i16x8_extmul_low_i8x16_s(x, y),
        (B8, false, false) => b.i16x8_extmul_low_i8x16_u(x, y),
        (B8, true, true) => b.i16x8_extmul_high_i8x16_s(x, y),
        (B8, true, false) => b.i16x8_extmul_high_i8x16_u(x, y),
        (H16, false, true) => b.i32x4_extmul_low_i16x8_s(x, y),
        (H16, false, false) => b.i32x4_extmul_low_i16x8_u(x, y),
        (H16, true, true) => b.i32x4_extmul_high_i16x8_s(x, y),
        (H16, true, false) => b.i32x4_extmul_high_i16x8_u(x, y),
        (_, false, true) => b.i64x2_extmul_low_i32x4_s(x, y),
        (_, false, false) => b.i64x2_extmul_low_i32x4_u(x, y),
        (_, true, true) => b.i64x2_extmul_high_i32x4_s(x, y),
        (_, true, false) => b.i64x2_extmul_high_i32x4_u(x, y),
    }
}

/// Sums of neighbours, twice as wide (`lane` is the narrow size).
pub fn add_pairs_long<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128) -> O::V128 {
    match (lane, signed) {
        (B8, true) => b.i16x8_extadd_pairwise_i8x16_s(x),
        (B8, false) => b.i16x8_extadd_pairwise_i8x16_u(x),
        (H16, true) => b.i32x4_extadd_pairwise_i16x8_s(x),
        (H16, false) => b.i32x4_extadd_pairwise_i16x8_u(x),
        _ => {
            let odd = shr(b, D64, signed, x, 32);
            let even = shl(b, D64, x, 32);
            let even = shr(b, D64, signed, even, 32);
            b.i64x2_add(even, odd)
        }
    }
}
