//! FEAT_JSCVT: conversion as JavaScript does; FEAT_FRINTTS: rounding to numbers that fit an integer.

use super::{
    mode::{Current, Mode, Zero},
    scalar::{self, F32, F64, Precision, c32, c64},
    shape::{count, not_1d_fp, set},
    vfloat,
};
use crate::{
    builder::Builder,
    fpu::{Format, Op},
    operands::{F, Gpr, LaneField, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Floating-point to integral";
    fjcvtzs "0 00 11110 01 1 11 110 000000 Rn:5 Rd:5" "fjcvtzs {Rd:w}, {Rn:d}" (Rn, Rd) feature (JsCvt);
    frint32z_s "00011110 00 1 010000 10000 Rn:5 Rd:5" "frint32z {Rd:s}, {Rn:s}" (Rn, Rd) => round_to<F32, Zero, 32> feature (FrintTs);
    frint32z_d "00011110 01 1 010000 10000 Rn:5 Rd:5" "frint32z {Rd:d}, {Rn:d}" (Rn, Rd) => round_to<F64, Zero, 32> feature (FrintTs);
    frint32z_v "0 Q 0 01110 0 sz 10000 11110 10 Rn:5 Rd:5" "frint32z {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round_lanes_to<Zero, 32> if (not_1d_fp) feature (FrintTs);
    frint32x_s "00011110 00 1 010001 10000 Rn:5 Rd:5" "frint32x {Rd:s}, {Rn:s}" (Rn, Rd) => round_to<F32, Current, 32> feature (FrintTs);
    frint32x_d "00011110 01 1 010001 10000 Rn:5 Rd:5" "frint32x {Rd:d}, {Rn:d}" (Rn, Rd) => round_to<F64, Current, 32> feature (FrintTs);
    frint32x_v "0 Q 1 01110 0 sz 10000 11110 10 Rn:5 Rd:5" "frint32x {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round_lanes_to<Current, 32> if (not_1d_fp) feature (FrintTs);
    frint64z_s "00011110 00 1 010010 10000 Rn:5 Rd:5" "frint64z {Rd:s}, {Rn:s}" (Rn, Rd) => round_to<F32, Zero, 64> feature (FrintTs);
    frint64z_d "00011110 01 1 010010 10000 Rn:5 Rd:5" "frint64z {Rd:d}, {Rn:d}" (Rn, Rd) => round_to<F64, Zero, 64> feature (FrintTs);
    frint64z_v "0 Q 0 01110 0 sz 10000 11111 10 Rn:5 Rd:5" "frint64z {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round_lanes_to<Zero, 64> if (not_1d_fp) feature (FrintTs);
    frint64x_s "00011110 00 1 010011 10000 Rn:5 Rd:5" "frint64x {Rd:s}, {Rn:s}" (Rn, Rd) => round_to<F32, Current, 64> feature (FrintTs);
    frint64x_d "00011110 01 1 010011 10000 Rn:5 Rd:5" "frint64x {Rd:d}, {Rn:d}" (Rn, Rd) => round_to<F64, Current, 64> feature (FrintTs);
    frint64x_v "0 Q 1 01110 0 sz 10000 11111 10 Rn:5 Rd:5" "frint64x {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round_lanes_to<Current, 64> if (not_1d_fp) feature (FrintTs);
}

/// FJCVTZS: truncation modulo 2 to the 32; Z says that nothing was lost (a negative zero is).
fn fjcvtzs<B: Builder>(b: &mut B, rn: Vreg, rd: Gpr) {
    let x = b.d(rn.0);
    if b.exact() {
        let bits = F64::to_bits(b, x);
        let both = b.fp(Op::ToFixedJs, Format::Double, [bits; 3]);
        let result = b.i32_wrap_i64(both);
        rd.set_w(b, result);
        // Z is flag 2, and bit 32.
        let at = c64(b, 30);
        let flags = b.i64_shr_u(both, at);
        let z = c64(b, 4);
        let flags = b.i64_and(flags, z);
        let flags = b.i32_wrap_i64(flags);
        return b.set_nzcv(flags);
    }
    // Below 2 to the 63 the integer can be had directly.
    let direct = b.i64_trunc_sat_f64_s(x);
    // Above, the significand's 53 bits stand `shift` places to the left: 11 at least, and nothing is left modulo 2 to the 32 from 32 on.
    let bits = b.i64_reinterpret_f64(x);
    let mask = c64(b, (1 << 52) - 1);
    let fraction = b.i64_and(bits, mask);
    let hidden = c64(b, 1 << 52);
    let significand = b.i64_or(fraction, hidden);
    let width = c64(b, 52);
    let exponent = b.i64_shr_u(bits, width);
    let eleven = c64(b, 0x7ff);
    let exponent = b.i64_and(exponent, eleven);
    let bias = c64(b, 1075);
    let shift = b.i64_sub(exponent, bias);
    let shifted = b.i64_shl(significand, shift);
    let zero = c64(b, 0);
    let negated = b.i64_sub(zero, shifted);
    let negative = b.i64_lt_s(bits, zero);
    let modulo = b.select_i64(negative, negated, shifted);
    let most = c64(b, 31);
    let beyond = b.i64_gt_s(shift, most);
    let modulo = b.select_i64(beyond, zero, modulo);
    let ten = c64(b, 10);
    let large = b.i64_gt_s(shift, ten);
    let result = b.select_i64(large, modulo, direct);
    let result = b.i32_wrap_i64(result);
    rd.set_w(b, result);
    let back = b.f64_convert_i32_s(result);
    let back = b.i64_reinterpret_f64(back);
    let exact = b.i64_eq(back, bits);
    let z = c32(b, 4);
    let none = c32(b, 0);
    let flags = b.select_i32(exact, z, none);
    b.set_nzcv(flags);
}

/// FRINT32[ZX], FRINT64[ZX].
fn round_to<B: Builder, P: Precision<B>, M: Mode, const BITS: u32>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = P::read(b, rn.0);
    let result = scalar::round_to_width::<P, B>(b, M::ROUNDING, BITS, x);
    P::write(b, rd.0, result);
}

/// FRINT32[ZX], FRINT64[ZX] (vector).
fn round_lanes_to<B: Builder, M: Mode, const BITS: u32>(b: &mut B, q: Q, sz: F, rn: Vreg, rd: Vreg) {
    let lane = sz.lane();
    b.set_lanes(count(q, lane));
    let x = b.v(rn.0);
    let result = vfloat::round_to_width(b, lane, M::ROUNDING, BITS, x);
    set(b, q, rd, result);
}
