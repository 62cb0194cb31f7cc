//! FEAT_AES, and FEAT_PMULL: rounds of AES, and carry-less multiplication of 64 bits.
//!
//! A state is a column-major matrix: byte `row + 4 * column`. The S-boxes are opcodes.

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

/// AESE: the key added, the rows shifted, the bytes substituted.
fn aese<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let d = b.v(rd.0);
    let n = b.v(rn.0);
    let state = b.v128_xor(d, n);
    let shifted = lane::shuffle(b, Lane::B, state, state, |i| (i + 4 * (i % 4)) % 16);
    let result = b.i8x16_aes_sub(shifted);
    b.set_v(rd.0, result);
}

/// AESD: the inverse steps.
fn aesd<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let d = b.v(rd.0);
    let n = b.v(rn.0);
    let state = b.v128_xor(d, n);
    let shifted = lane::shuffle(b, Lane::B, state, state, |i| (i + 16 - 4 * (i % 4)) % 16);
    let result = b.i8x16_aes_sub_inv(shifted);
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

/// PMULL, PMULL2 of 64 bits. The high half is the low half of the product of the reversed operands, reversed and one place down.
fn pmull_d<B: Builder>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let index = u8::from(q.0);
    let x = b.v(rn.0);
    let x = b.i64x2_extract_lane(x, index);
    let y = b.v(rm.0);
    let y = b.i64x2_extract_lane(y, index);
    let low = b.i64_clmul_low(x, y);
    let x = b.i64_bitrev(x);
    let y = b.i64_bitrev(y);
    let high = b.i64_clmul_low(x, y);
    let high = b.i64_bitrev(high);
    let one = c64(b, 1);
    let high = b.i64_shr_u(high, one);
    let result = b.i64x2_splat(low);
    let result = b.i64x2_replace_lane(result, high, 1);
    b.set_v(rd.0, result);
}
