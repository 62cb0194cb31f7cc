//! FEAT_BF16: products of bfloat16 numbers, which are the upper halves of singles, and conversions to them. C7.2, "BFCVT" to "BFMMLA".
//!
//! BFDOT and BFMMLA neither obey FPCR nor touch FPSR (there is no FEAT_EBF16); the others do as all arithmetic.

use super::{
    lane::{self, Lane},
    scalar::{F32, Precision},
    shape::{count, extract, replace, set, set_half},
    simd_element::splat,
    vfloat,
};
use crate::{
    builder::Builder,
    fpu::{Format, Op, Rounding},
    operands::{Element, Imm, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD bfloat16";
    bfdot_v "0 Q 1 01110 01 0 Rm:5 1 1111 1 Rn:5 Rd:5" "bfdot {Rd:As}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => dot feature (Bf16);
    bfdot_el "0 Q 0 01111 01 m:6 1111 H 0 Rn:5 Rd:5" "bfdot {Rd:As}, {Rn:Ah}, {m:2h}" (Q, m, H, Rn, Rd) => dot_element feature (Bf16);
    bfmmla "0 1 1 01110 01 0 Rm:5 1 1101 1 Rn:5 Rd:5" "bfmmla {Rd:.4s}, {Rn:.8h}, {Rm:.8h}" (Rm, Rn, Rd) feature (Bf16);
    bfmlalb_v "0 0 1 01110 11 0 Rm:5 1 1111 1 Rn:5 Rd:5" "bfmlalb {Rd:.4s}, {Rn:.8h}, {Rm:.8h}" (Rm, Rn, Rd) => multiply_long<false> feature (Bf16);
    bfmlalt_v "0 1 1 01110 11 0 Rm:5 1 1111 1 Rn:5 Rd:5" "bfmlalt {Rd:.4s}, {Rn:.8h}, {Rm:.8h}" (Rm, Rn, Rd) => multiply_long<true> feature (Bf16);
    bfmlalb_el "0 0 0 01111 11 m:6 1111 H 0 Rn:5 Rd:5" "bfmlalb {Rd:.4s}, {Rn:.8h}, {m}" (m, H, Rn, Rd) => multiply_long_element<false> feature (Bf16);
    bfmlalt_el "0 1 0 01111 11 m:6 1111 H 0 Rn:5 Rd:5" "bfmlalt {Rd:.4s}, {Rn:.8h}, {m}" (m, H, Rn, Rd) => multiply_long_element<true> feature (Bf16);
    bfcvt "00011110 01 1 000110 10000 Rn:5 Rd:5" "bfcvt {Rd:h}, {Rn:s}" (Rn, Rd) feature (Bf16);
    bfcvtn "0 Q 0 01110 10 10000 10110 10 Rn:5 Rd:5" "bfcvtn{Q} {Rd:Ah}, {Rn:.4s}" (Q, Rn, Rd) feature (Bf16);
}

/// BFDotAdd on lanes of 32 bits: `d[i] + x[i]·y[i]`.
fn dot_lanes<B: Builder>(b: &mut B, q: Q, d: B::V128, x: B::V128, y: B::V128) -> B::V128 {
    let mut result = lane::zero(b);
    for i in 0..count(q, Lane::S) as u8 {
        let [d, x, y] = [d, x, y].map(|v| b.i32x4_extract_lane(v, i));
        let sum = b.bf_dot_add(d, x, y);
        result = b.i32x4_replace_lane(result, sum, i);
    }
    result
}

/// BFDOT (vector).
fn dot<B: Builder>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (x, y, d) = (b.v(rn.0), b.v(rm.0), b.v(rd.0));
    let result = dot_lanes(b, q, d, x, y);
    set(b, q, rd, result);
}

/// BFDOT (by element): two numbers of Vm for all lanes.
fn dot_element<B: Builder>(b: &mut B, q: Q, m: Element<2>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let d = b.v(rd.0);
    let result = dot_lanes(b, q, d, x, y);
    set(b, q, rd, result);
}

/// BFMMLA: rows of four numbers of Vn by rows of Vm, the first two of a row before the others.
fn bfmmla<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (x, y) = (b.v(rn.0), b.v(rm.0));
    let mut sums = b.v(rd.0);
    for k in 0..2 {
        let left = lane::shuffle(b, Lane::S, x, x, |i| [k, k, 2 + k, 2 + k][i]);
        let right = lane::shuffle(b, Lane::S, y, y, |i| [k, 2 + k, k, 2 + k][i]);
        sums = dot_lanes(b, Q(true), sums, left, right);
    }
    b.set_v(rd.0, sums);
}

/// The even numbers, or the odd (top) ones, as singles.
fn widen<B: Builder>(b: &mut B, top: bool, x: B::V128) -> B::V128 {
    if top {
        let high = lane::constant(b, Lane::S, 0xffff_0000);
        b.v128_and(x, high)
    } else {
        lane::shl(b, Lane::S, x, 16)
    }
}

/// FPMulAdd of widened numbers.
fn multiply_add<B: Builder>(b: &mut B, top: bool, x: B::V128, y: B::V128, rd: Vreg) {
    b.set_lanes(4);
    let (x, y) = (widen(b, top, x), widen(b, top, y));
    let d = b.v(rd.0);
    let result = vfloat::fma(b, Lane::S, x, y, d);
    b.set_v(rd.0, result);
}

/// BFMLALB, BFMLALT (vector).
fn multiply_long<B: Builder, const TOP: bool>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (x, y) = (b.v(rn.0), b.v(rm.0));
    multiply_add(b, TOP, x, y, rd);
}

/// BFMLALB, BFMLALT (by element).
fn multiply_long_element<B: Builder, const TOP: bool>(b: &mut B, m: Element<1>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    multiply_add(b, TOP, x, y, rd);
}

const CONVERT: Op = Op::Convert { to: Format::BFloat, how: Rounding::Current };

/// Nearest bfloat16 numbers, ties to even, in the low halves of the lanes: half of the last unit less one is added, and one more if that unit is odd. NaNs become quiet and keep
/// the upper bits of their payload.
fn nearest<B: Builder>(b: &mut B, x: B::V128) -> B::V128 {
    let upper = lane::shr(b, Lane::S, false, x, 16);
    let one = lane::constant(b, Lane::S, 1);
    let odd = b.v128_and(upper, one);
    let half = lane::constant(b, Lane::S, 0x7fff);
    let step = lane::add(b, Lane::S, half, odd);
    let sum = lane::add(b, Lane::S, x, step);
    let rounded = lane::shr(b, Lane::S, false, sum, 16);
    let quiet = lane::constant(b, Lane::S, 0x40);
    let nan = b.v128_or(upper, quiet);
    let is_number = b.f32x4_eq(x, x);
    b.v128_bitselect(rounded, nan, is_number)
}

/// BFCVT.
fn bfcvt<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.s(rn.0);
    let half = if b.exact() {
        let bits = F32::to_bits(b, x);
        let half = b.fp(CONVERT, Format::Single, [bits; 3]);
        b.i32_wrap_i64(half)
    } else {
        let x = b.f32x4_splat(x);
        let x = b.flush(Format::Single, x);
        let half = nearest(b, x);
        b.i32x4_extract_lane(half, 0)
    };
    let half = b.f32_reinterpret_i32(half);
    b.set_s(rd.0, half);
}

/// BFCVTN, BFCVTN2.
fn bfcvtn<B: Builder>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let halves = if b.exact() {
        let mut halves = lane::zero(b);
        for i in 0..4 {
            let single = extract(b, Lane::S, false, x, i);
            let half = b.fp(CONVERT, Format::Single, [single; 3]);
            halves = replace(b, Lane::S, halves, i, half);
        }
        halves
    } else {
        let x = b.flush(Format::Single, x);
        nearest(b, x)
    };
    let result = lane::truncate(b, Lane::S, halves, halves);
    set_half(b, q, rd, result);
}
