//! Advanced SIMD three registers of different types, C4.1.96: long, wide, narrowing to the high half; scalar forms.

use elfconv_ir::Ops;

use super::{
    lane::{self, Lane},
    long::{Double, DoubleAdd, DoubleSub, SMul, SMulAdd, SMulSub, UMul, UMulAdd, UMulSub, Product, ProductAcc},
    shape::{Binary, bhs, binary, hs, set_half, set_scalar},
};
use crate::{
    builder::Builder,
    operands::{I, LaneField, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD three different";
    saddl_v "0 Q 0 01110 size:2 1 Rm:5 0000 00 Rn:5 Rd:5" "saddl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => long<Add, true> if (bhs) feature (AdvSimd);
    saddw_v "0 Q 0 01110 size:2 1 Rm:5 0001 00 Rn:5 Rd:5" "saddw{Q} {Rd:W}, {Rn:W}, {Rm:T}" (Q, size, Rm, Rn, Rd) => wide<Add, true> if (bhs) feature (AdvSimd);
    ssubl_v "0 Q 0 01110 size:2 1 Rm:5 0010 00 Rn:5 Rd:5" "ssubl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => long<Sub, true> if (bhs) feature (AdvSimd);
    ssubw_v "0 Q 0 01110 size:2 1 Rm:5 0011 00 Rn:5 Rd:5" "ssubw{Q} {Rd:W}, {Rn:W}, {Rm:T}" (Q, size, Rm, Rn, Rd) => wide<Sub, true> if (bhs) feature (AdvSimd);
    sabal_v "0 Q 0 01110 size:2 1 Rm:5 0101 00 Rn:5 Rd:5" "sabal{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => abs_diff_long<true, true> if (bhs) feature (AdvSimd);
    sabdl_v "0 Q 0 01110 size:2 1 Rm:5 0111 00 Rn:5 Rd:5" "sabdl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => abs_diff_long<true, false> if (bhs) feature (AdvSimd);
    smlal_v "0 Q 0 01110 size:2 1 Rm:5 1000 00 Rn:5 Rd:5" "smlal{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long_acc<SMulAdd> if (bhs) feature (AdvSimd);
    smlsl_v "0 Q 0 01110 size:2 1 Rm:5 1010 00 Rn:5 Rd:5" "smlsl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long_acc<SMulSub> if (bhs) feature (AdvSimd);
    smull_v "0 Q 0 01110 size:2 1 Rm:5 1100 00 Rn:5 Rd:5" "smull{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long<SMul> if (bhs) feature (AdvSimd);
    uaddl_v "0 Q 1 01110 size:2 1 Rm:5 0000 00 Rn:5 Rd:5" "uaddl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => long<Add, false> if (bhs) feature (AdvSimd);
    uaddw_v "0 Q 1 01110 size:2 1 Rm:5 0001 00 Rn:5 Rd:5" "uaddw{Q} {Rd:W}, {Rn:W}, {Rm:T}" (Q, size, Rm, Rn, Rd) => wide<Add, false> if (bhs) feature (AdvSimd);
    usubl_v "0 Q 1 01110 size:2 1 Rm:5 0010 00 Rn:5 Rd:5" "usubl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => long<Sub, false> if (bhs) feature (AdvSimd);
    usubw_v "0 Q 1 01110 size:2 1 Rm:5 0011 00 Rn:5 Rd:5" "usubw{Q} {Rd:W}, {Rn:W}, {Rm:T}" (Q, size, Rm, Rn, Rd) => wide<Sub, false> if (bhs) feature (AdvSimd);
    uabal_v "0 Q 1 01110 size:2 1 Rm:5 0101 00 Rn:5 Rd:5" "uabal{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => abs_diff_long<false, true> if (bhs) feature (AdvSimd);
    uabdl_v "0 Q 1 01110 size:2 1 Rm:5 0111 00 Rn:5 Rd:5" "uabdl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => abs_diff_long<false, false> if (bhs) feature (AdvSimd);
    umlal_v "0 Q 1 01110 size:2 1 Rm:5 1000 00 Rn:5 Rd:5" "umlal{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long_acc<UMulAdd> if (bhs) feature (AdvSimd);
    umlsl_v "0 Q 1 01110 size:2 1 Rm:5 1010 00 Rn:5 Rd:5" "umlsl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long_acc<UMulSub> if (bhs) feature (AdvSimd);
    umull_v "0 Q 1 01110 size:2 1 Rm:5 1100 00 Rn:5 Rd:5" "umull{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long<UMul> if (bhs) feature (AdvSimd);
    addhn_v "0 Q 0 01110 size:2 1 Rm:5 0100 00 Rn:5 Rd:5" "addhn{Q} {Rd:T}, {Rn:W}, {Rm:W}" (Q, size, Rm, Rn, Rd) => high_narrow<Add, false> if (bhs) feature (AdvSimd);
    raddhn_v "0 Q 1 01110 size:2 1 Rm:5 0100 00 Rn:5 Rd:5" "raddhn{Q} {Rd:T}, {Rn:W}, {Rm:W}" (Q, size, Rm, Rn, Rd) => high_narrow<Add, true> if (bhs) feature (AdvSimd);
    subhn_v "0 Q 0 01110 size:2 1 Rm:5 0110 00 Rn:5 Rd:5" "subhn{Q} {Rd:T}, {Rn:W}, {Rm:W}" (Q, size, Rm, Rn, Rd) => high_narrow<Sub, false> if (bhs) feature (AdvSimd);
    rsubhn_v "0 Q 1 01110 size:2 1 Rm:5 0110 00 Rn:5 Rd:5" "rsubhn{Q} {Rd:T}, {Rn:W}, {Rm:W}" (Q, size, Rm, Rn, Rd) => high_narrow<Sub, true> if (bhs) feature (AdvSimd);
    sqdmlal_v "0 Q 0 01110 size:2 1 Rm:5 1001 00 Rn:5 Rd:5" "sqdmlal{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long_acc<DoubleAdd> if (hs) feature (AdvSimd);
    sqdmlsl_v "0 Q 0 01110 size:2 1 Rm:5 1011 00 Rn:5 Rd:5" "sqdmlsl{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long_acc<DoubleSub> if (hs) feature (AdvSimd);
    sqdmull_v "0 Q 0 01110 size:2 1 Rm:5 1101 00 Rn:5 Rd:5" "sqdmull{Q} {Rd:W}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => multiply_long<Double> if (hs) feature (AdvSimd);
    pmull_v "0 Q 0 01110 00 1 Rm:5 1110 00 Rn:5 Rd:5" "pmull{Q} {Rd:.8h}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) feature (AdvSimd);

    // Scalar.
    sqdmlal_e "01 0 11110 size:2 1 Rm:5 1001 00 Rn:5 Rd:5" "sqdmlal {Rd:ew}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_long_acc<DoubleAdd> if (hs) feature (AdvSimd);
    sqdmlsl_e "01 0 11110 size:2 1 Rm:5 1011 00 Rn:5 Rd:5" "sqdmlsl {Rd:ew}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_long_acc<DoubleSub> if (hs) feature (AdvSimd);
    sqdmull_e "01 0 11110 size:2 1 Rm:5 1101 00 Rn:5 Rd:5" "sqdmull {Rd:ew}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_long<Double> if (hs) feature (AdvSimd);
}

binary! {
    Add(b, l, x, y) lane::add(b, l, x, y);
    Sub(b, l, x, y) lane::sub(b, l, x, y);
}

/// Both operands extended.
fn long<B: Builder, Op: Binary, const SIGNED: bool>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    let lane = size.lane();
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let x = lane::extend(b, lane, SIGNED, q.0, x);
    let y = lane::extend(b, lane, SIGNED, q.0, y);
    let result = Op::apply(b, lane.wide(), x, y);
    b.set_v(rd.0, result);
}

/// The second operand extended.
fn wide<B: Builder, Op: Binary, const SIGNED: bool>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    let lane = size.lane();
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let y = lane::extend(b, lane, SIGNED, q.0, y);
    let result = Op::apply(b, lane.wide(), x, y);
    b.set_v(rd.0, result);
}

/// The high halves of the results, rounded or not.
fn high_narrow<B: Builder, Op: Binary, const ROUND: bool>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    let lane = size.lane().wide();
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let mut result = Op::apply(b, lane, x, y);
    if ROUND {
        let half = lane::constant(b, lane, 1 << (lane.bits() / 2 - 1));
        result = lane::add(b, lane, result, half);
    }
    let result = lane::truncate_high(b, lane, result, result);
    set_half(b, q, rd, result);
}

/// [SU]ABDL, [SU]ABAL. A difference is computed in narrow lanes: it fits them unsigned.
fn abs_diff_long<B: Builder, const SIGNED: bool, const ACCUMULATE: bool>(
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
    let difference = lane::abs_diff(b, lane, SIGNED, x, y);
    let mut result = lane::extend(b, lane, false, q.0, difference);
    if ACCUMULATE {
        let d = b.v(rd.0);
        result = lane::add(b, lane.wide(), d, result);
    }
    b.set_v(rd.0, result);
}

/// Products of all bits.
fn multiply_long<B: Builder, P: Product>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(size.lane().wide().count());
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = P::apply(b, size.lane(), q.0, x, y);
    b.set_v(rd.0, result);
}

/// Products of all bits, accumulated.
fn multiply_long_acc<B: Builder, P: ProductAcc>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(size.lane().wide().count());
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let d = b.v(rd.0);
    let result = P::apply(b, size.lane(), q.0, x, y, d);
    b.set_v(rd.0, result);
}

/// SQDMULL (scalar).
fn scalar_long<B: Builder, P: Product>(b: &mut B, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = P::apply(b, size.lane(), false, x, y);
    set_scalar(b, size.lane().wide(), rd, result);
}

/// SQDMLAL, SQDMLSL (scalar).
fn scalar_long_acc<B: Builder, P: ProductAcc>(b: &mut B, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let d = b.v(rd.0);
    let result = P::apply(b, size.lane(), false, x, y, d);
    set_scalar(b, size.lane().wide(), rd, result);
}

/// PMULL of bytes: the low eight bits of each wide lane, shifted and added without carries.
fn pmull_v<B: Builder>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = polynomial_bytes(b, q.0, x, y);
    b.set_v(rd.0, result);
}

fn polynomial_bytes<O: Ops>(b: &mut O, high: bool, x: O::V128, y: O::V128) -> O::V128 {
    let x = lane::extend(b, Lane::B, false, high, x);
    let y = lane::extend(b, Lane::B, false, high, y);
    let mut sum = lane::zero(b);
    for i in 0..8 {
        let shifted = lane::shl(b, Lane::H, x, i);
        let bit = lane::shl(b, Lane::H, y, 15 - i);
        let set = lane::sign_mask(b, Lane::H, bit);
        let term = b.v128_and(shifted, set);
        sum = b.v128_xor(sum, term);
    }
    sum
}
