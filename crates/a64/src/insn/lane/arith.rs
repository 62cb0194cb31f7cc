//! Products, differences, halving sums and counts of bits.

use elfconv_ir::Ops;

use super::Lane::{B as B8, D as D64, H as H16, S as S32};
use super::*;

/// Lanewise product, low half.
pub fn mul<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    match lane {
        B8 => {
            let low = b.i16x8_extmul_low_i8x16_u(x, y);
            let high = b.i16x8_extmul_high_i8x16_u(x, y);
            shuffle(b, B8, low, high, |i| 2 * i)
        }
        H16 => b.i16x8_mul(x, y),
        S32 => b.i32x4_mul(x, y),
        D64 => b.i64x2_mul(x, y),
    }
}

/// `|x - y|`.
pub fn abs_diff<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    let (high, low) = if signed {
        (max_s(b, lane, x, y), min_s(b, lane, x, y))
    } else {
        (max_u(b, lane, x, y), min_u(b, lane, x, y))
    };
    sub(b, lane, high, low)
}

/// `(x + y) >> 1` in unlimited precision: x + y = 2(x & y) + (x ^ y).
pub fn halving_add<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    let both = b.v128_and(x, y);
    let one = b.v128_xor(x, y);
    let half = shr(b, lane, signed, one, 1);
    add(b, lane, both, half)
}

/// `(x + y + 1) >> 1` in unlimited precision: x + y = 2(x | y) - (x ^ y).
pub fn rounding_halving_add<O: Ops>(
    b: &mut O,
    lane: Lane,
    signed: bool,
    x: O::V128,
    y: O::V128,
) -> O::V128 {
    match (lane, signed) {
        (B8, false) => return b.i8x16_avgr_u(x, y),
        (H16, false) => return b.i16x8_avgr_u(x, y),
        _ => {}
    }
    let any = b.v128_or(x, y);
    let one = b.v128_xor(x, y);
    let half = shr(b, lane, signed, one, 1);
    sub(b, lane, any, half)
}

/// `(x - y) >> 1` in unlimited precision: x - y = (x ^ y) - 2(~x & y).
pub fn halving_sub<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    let borrow = b.v128_andnot(y, x);
    let one = b.v128_xor(x, y);
    let half = shr(b, lane, signed, one, 1);
    sub(b, lane, half, borrow)
}

/// Leading zeros: set all bits below the first one, count the rest.
pub fn clz<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let mut x = x;
    let mut n = 1;
    while n < lane.bits() {
        let shifted = shr(b, lane, false, x, n);
        x = b.v128_or(x, shifted);
        n *= 2;
    }
    let above = b.v128_not(x);
    let bytes = b.i8x16_popcnt(above);
    match lane {
        B8 => bytes,
        H16 => b.i16x8_extadd_pairwise_i8x16_u(bytes),
        S32 | D64 => {
            let halves = b.i16x8_extadd_pairwise_i8x16_u(bytes);
            b.i32x4_extadd_pairwise_i16x8_u(halves)
        }
    }
}

/// Bits after the sign that equal it. Bits where neighbours differ, the sign position always clear.
pub fn cls<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let next = shr(b, lane, true, x, 1);
    let change = b.v128_xor(x, next);
    let zeros = clz(b, lane, change);
    let one = constant(b, lane, 1);
    sub(b, lane, zeros, one)
}

/// Reverse the bits of each byte, by nibbles.
pub fn rbit<O: Ops>(b: &mut O, x: O::V128) -> O::V128 {
    let reversed = |nibble: u8| nibble.reverse_bits() >> 4;
    let table: [u8; 16] = core::array::from_fn(|i| reversed(i as u8));
    let low_table = b.v128_const(u128::from_le_bytes(table));
    let high_table = b.v128_const(u128::from_le_bytes(table.map(|t| t << 4)));
    let nibble = constant(b, B8, 15);
    let low = b.v128_and(x, nibble);
    let high = shr(b, B8, false, x, 4);
    let up = b.i8x16_swizzle(high_table, low);
    let down = b.i8x16_swizzle(low_table, high);
    b.v128_or(up, down)
}
