//! FEAT_AES, and FEAT_PMULL: rounds of AES, and carry-less multiplication of 64 bits.
//!
//! A state is a column-major matrix: byte `row + 4 * column`. The S-box is computed here from its definition (FIPS 197, 5.1.1) and looked up by sixteen swizzles.

use elfconv_ir::Ops;

use super::{
    lane::{self, Lane},
    scalar::c64,
};
use crate::{
    builder::Builder,
    operands::{Q, Vreg},
    row::instructions,
};

instructions! {
    class "Cryptographic AES";
    aese "01001110 00 10100 00100 10 Rn:5 Rd:5" "aese {Rd:.16b}, {Rn:.16b}" (Rn, Rd) feature (Aes);
    aesd "01001110 00 10100 00101 10 Rn:5 Rd:5" "aesd {Rd:.16b}, {Rn:.16b}" (Rn, Rd) feature (Aes);
    aesmc "01001110 00 10100 00110 10 Rn:5 Rd:5" "aesmc {Rd:.16b}, {Rn:.16b}" (Rn, Rd) feature (Aes);
    aesimc "01001110 00 10100 00111 10 Rn:5 Rd:5" "aesimc {Rd:.16b}, {Rn:.16b}" (Rn, Rd) feature (Aes);
    pmull_d "0 Q 0 01110 11 1 Rm:5 1110 00 Rn:5 Rd:5" "pmull{Q} {Rd:.1q}, {Rn:Ad}, {Rm:Ad}" (Q, Rm, Rn, Rd) feature (Pmull);
}

/// Product of polynomials over GF(2), modulo the given one of degree 8.
pub(super) const fn field_product(x: u8, y: u8, modulus: u32) -> u8 {
    let mut product = 0u32;
    let mut i = 0;
    while i < 8 {
        if y >> i & 1 == 1 {
            product ^= (x as u32) << i;
        }
        i += 1;
    }
    let mut i = 15;
    while i >= 8 {
        if product >> i & 1 == 1 {
            product ^= modulus << (i - 8);
        }
        i -= 1;
    }
    product as u8
}

/// The multiplicative inverse, `x` to the 254; zero for zero.
pub(super) const fn field_inverse(x: u8, modulus: u32) -> u8 {
    let mut result = 1;
    let mut i = 0;
    while i < 254 {
        result = field_product(result, x, modulus);
        i += 1;
    }
    result
}

/// The S-box and its inverse.
const fn tables() -> ([u8; 256], [u8; 256]) {
    let (mut forward, mut backward) = ([0; 256], [0; 256]);
    let mut i = 0;
    while i < 256 {
        let x = field_inverse(i as u8, 0x11b);
        let s = x ^ x.rotate_left(1) ^ x.rotate_left(2) ^ x.rotate_left(3) ^ x.rotate_left(4) ^ 0x63;
        forward[i] = s;
        backward[s as usize] = i as u8;
        i += 1;
    }
    (forward, backward)
}

const TABLES: ([u8; 256], [u8; 256]) = tables();

/// Each byte replaced by the table's: one swizzle for each sixteen entries, of indices that are outside it for all but one.
pub(super) fn substitute<O: Ops>(b: &mut O, table: &[u8; 256], x: O::V128) -> O::V128 {
    let mut result = lane::zero(b);
    for (i, part) in (0..).zip(table.as_chunks::<16>().0) {
        let part = b.v128_const(u128::from_le_bytes(*part));
        let index = if i == 0 {
            x
        } else {
            let first = lane::constant(b, Lane::B, 16 * i);
            b.i8x16_sub(x, first)
        };
        let found = b.i8x16_swizzle(part, index);
        result = b.v128_or(result, found);
    }
    result
}

/// AESE: the key added, the rows shifted, the bytes substituted.
fn aese<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let d = b.v(rd.0);
    let n = b.v(rn.0);
    let state = b.v128_xor(d, n);
    let shifted = lane::shuffle(b, Lane::B, state, state, |i| (i + 4 * (i % 4)) % 16);
    let result = substitute(b, &TABLES.0, shifted);
    b.set_v(rd.0, result);
}

/// AESD: the inverse steps.
fn aesd<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let d = b.v(rd.0);
    let n = b.v(rn.0);
    let state = b.v128_xor(d, n);
    let shifted = lane::shuffle(b, Lane::B, state, state, |i| (i + 16 - 4 * (i % 4)) % 16);
    let result = substitute(b, &TABLES.1, shifted);
    b.set_v(rd.0, result);
}

/// Each byte times x, modulo AES's polynomial.
fn times_x<O: Ops>(b: &mut O, v: O::V128) -> O::V128 {
    let doubled = b.i8x16_add(v, v);
    let carry = lane::sign_mask(b, Lane::B, v);
    let modulus = lane::constant(b, Lane::B, 0x1b);
    let reduce = b.v128_and(carry, modulus);
    b.v128_xor(doubled, reduce)
}

/// The bytes of each column, rotated by `n`.
fn rotate<O: Ops>(b: &mut O, v: O::V128, n: usize) -> O::V128 {
    lane::shuffle(b, Lane::B, v, v, |i| (i & !3) | ((i + n) & 3))
}

/// Each column by (2 3 1 1): 2(a0 ^ a1) ^ a1 ^ a2 ^ a3, and so on around.
fn mix_columns<O: Ops>(b: &mut O, v: O::V128) -> O::V128 {
    let next = rotate(b, v, 1);
    let pairs = b.v128_xor(v, next);
    let twice = times_x(b, pairs);
    let opposite = rotate(b, pairs, 2);
    let rest = b.v128_xor(next, opposite);
    b.v128_xor(twice, rest)
}

/// AESMC.
fn aesmc<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let v = b.v(rn.0);
    let result = mix_columns(b, v);
    b.set_v(rd.0, result);
}

/// AESIMC: (14 11 13 9) is (2 3 1 1) times (5 0 4 0).
fn aesimc<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let v = b.v(rn.0);
    let opposite = rotate(b, v, 2);
    let sum = b.v128_xor(v, opposite);
    let twice = times_x(b, sum);
    let four_times = times_x(b, twice);
    let prepared = b.v128_xor(v, four_times);
    let result = mix_columns(b, prepared);
    b.set_v(rd.0, result);
}

/// The low 64 bits of a carry-less product. The operands are cut into four by bit position modulo four; then integer products carry only into positions that are masked
/// off, as at most sixteen terms meet (the topmost carry leaves the word).
fn carryless_low<O: Ops>(b: &mut O, x: O::I64, y: O::I64) -> O::I64 {
    let masks: [O::I64; 4] = core::array::from_fn(|i| c64(b, 0x1111_1111_1111_1111 << i));
    let xs = masks.map(|mask| b.i64_and(x, mask));
    let ys = masks.map(|mask| b.i64_and(y, mask));
    let mut result = c64(b, 0);
    for (k, mask) in masks.into_iter().enumerate() {
        let mut sum = c64(b, 0);
        for (i, part) in xs.into_iter().enumerate() {
            let product = b.i64_mul(part, ys[(k + 4 - i) % 4]);
            sum = b.i64_xor(sum, product);
        }
        let kept = b.i64_and(sum, mask);
        result = b.i64_or(result, kept);
    }
    result
}

/// PMULL, PMULL2 of 64 bits. The high half is the low half of the product of the reversed operands, reversed and one place down.
fn pmull_d<B: Builder>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let index = u8::from(q.0);
    let x = b.v(rn.0);
    let x = b.i64x2_extract_lane(x, index);
    let y = b.v(rm.0);
    let y = b.i64x2_extract_lane(y, index);
    let low = carryless_low(b, x, y);
    let x = b.i64_bitrev(x);
    let y = b.i64_bitrev(y);
    let high = carryless_low(b, x, y);
    let high = b.i64_bitrev(high);
    let one = c64(b, 1);
    let high = b.i64_shr_u(high, one);
    let result = b.i64x2_splat(low);
    let result = b.i64x2_replace_lane(result, high, 1);
    b.set_v(rd.0, result);
}
