//! Advanced SIMD three registers of the same type, integers, C4.1.96; scalar forms; scalar pairwise.

use super::{
    lane::{self, Lane},
    shape::{bhs, binary, bitwise, bitwise_acc, hs, not_1d, pairwise, same, same_acc, scalar_same, scalar_same_d, set_scalar, ternary},
    shift_register::{scalar_shift_register, scalar_shift_register_d, shift_register},
};
use crate::{
    builder::Builder,
    operands::{I, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD three same, integer";
    shadd_v "0 Q 0 01110 size:2 1 Rm:5 00000 1 Rn:5 Rd:5" "shadd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SHadd, I> if (bhs) feature (AdvSimd);
    sqadd_v "0 Q 0 01110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5" "sqadd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SQadd, I> if (not_1d) feature (AdvSimd);
    srhadd_v "0 Q 0 01110 size:2 1 Rm:5 00010 1 Rn:5 Rd:5" "srhadd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SRhadd, I> if (bhs) feature (AdvSimd);
    shsub_v "0 Q 0 01110 size:2 1 Rm:5 00100 1 Rn:5 Rd:5" "shsub {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SHsub, I> if (bhs) feature (AdvSimd);
    sqsub_v "0 Q 0 01110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5" "sqsub {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SQsub, I> if (not_1d) feature (AdvSimd);
    smax_v "0 Q 0 01110 size:2 1 Rm:5 01100 1 Rn:5 Rd:5" "smax {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SMax, I> if (bhs) feature (AdvSimd);
    smin_v "0 Q 0 01110 size:2 1 Rm:5 01101 1 Rn:5 Rd:5" "smin {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SMin, I> if (bhs) feature (AdvSimd);
    sabd_v "0 Q 0 01110 size:2 1 Rm:5 01110 1 Rn:5 Rd:5" "sabd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<SAbd, I> if (bhs) feature (AdvSimd);
    saba_v "0 Q 0 01110 size:2 1 Rm:5 01111 1 Rn:5 Rd:5" "saba {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same_acc<SAba, I> if (bhs) feature (AdvSimd);
    smaxp_v "0 Q 0 01110 size:2 1 Rm:5 10100 1 Rn:5 Rd:5" "smaxp {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => pairwise<SMax, I> if (bhs) feature (AdvSimd);
    sminp_v "0 Q 0 01110 size:2 1 Rm:5 10101 1 Rn:5 Rd:5" "sminp {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => pairwise<SMin, I> if (bhs) feature (AdvSimd);
    sshl_v "0 Q 0 01110 size:2 1 Rm:5 01000 1 Rn:5 Rd:5" "sshl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<true, false, false> if (not_1d) feature (AdvSimd);
    sqshl_v "0 Q 0 01110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5" "sqshl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<true, false, true> if (not_1d) feature (AdvSimd);
    srshl_v "0 Q 0 01110 size:2 1 Rm:5 01010 1 Rn:5 Rd:5" "srshl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<true, true, false> if (not_1d) feature (AdvSimd);
    sqrshl_v "0 Q 0 01110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5" "sqrshl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<true, true, true> if (not_1d) feature (AdvSimd);
    uhadd_v "0 Q 1 01110 size:2 1 Rm:5 00000 1 Rn:5 Rd:5" "uhadd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<UHadd, I> if (bhs) feature (AdvSimd);
    uqadd_v "0 Q 1 01110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5" "uqadd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<UQadd, I> if (not_1d) feature (AdvSimd);
    urhadd_v "0 Q 1 01110 size:2 1 Rm:5 00010 1 Rn:5 Rd:5" "urhadd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<URhadd, I> if (bhs) feature (AdvSimd);
    uhsub_v "0 Q 1 01110 size:2 1 Rm:5 00100 1 Rn:5 Rd:5" "uhsub {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<UHsub, I> if (bhs) feature (AdvSimd);
    uqsub_v "0 Q 1 01110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5" "uqsub {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<UQsub, I> if (not_1d) feature (AdvSimd);
    umax_v "0 Q 1 01110 size:2 1 Rm:5 01100 1 Rn:5 Rd:5" "umax {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<UMax, I> if (bhs) feature (AdvSimd);
    umin_v "0 Q 1 01110 size:2 1 Rm:5 01101 1 Rn:5 Rd:5" "umin {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<UMin, I> if (bhs) feature (AdvSimd);
    uabd_v "0 Q 1 01110 size:2 1 Rm:5 01110 1 Rn:5 Rd:5" "uabd {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<UAbd, I> if (bhs) feature (AdvSimd);
    uaba_v "0 Q 1 01110 size:2 1 Rm:5 01111 1 Rn:5 Rd:5" "uaba {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same_acc<UAba, I> if (bhs) feature (AdvSimd);
    umaxp_v "0 Q 1 01110 size:2 1 Rm:5 10100 1 Rn:5 Rd:5" "umaxp {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => pairwise<UMax, I> if (bhs) feature (AdvSimd);
    uminp_v "0 Q 1 01110 size:2 1 Rm:5 10101 1 Rn:5 Rd:5" "uminp {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => pairwise<UMin, I> if (bhs) feature (AdvSimd);
    ushl_v "0 Q 1 01110 size:2 1 Rm:5 01000 1 Rn:5 Rd:5" "ushl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<false, false, false> if (not_1d) feature (AdvSimd);
    uqshl_v "0 Q 1 01110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5" "uqshl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<false, false, true> if (not_1d) feature (AdvSimd);
    urshl_v "0 Q 1 01110 size:2 1 Rm:5 01010 1 Rn:5 Rd:5" "urshl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<false, true, false> if (not_1d) feature (AdvSimd);
    uqrshl_v "0 Q 1 01110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5" "uqrshl {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => shift_register<false, true, true> if (not_1d) feature (AdvSimd);
    cmgt_v "0 Q 0 01110 size:2 1 Rm:5 00110 1 Rn:5 Rd:5" "cmgt {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<CmGt, I> if (not_1d) feature (AdvSimd);
    cmhi_v "0 Q 1 01110 size:2 1 Rm:5 00110 1 Rn:5 Rd:5" "cmhi {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<CmHi, I> if (not_1d) feature (AdvSimd);
    cmge_v "0 Q 0 01110 size:2 1 Rm:5 00111 1 Rn:5 Rd:5" "cmge {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<CmGe, I> if (not_1d) feature (AdvSimd);
    cmhs_v "0 Q 1 01110 size:2 1 Rm:5 00111 1 Rn:5 Rd:5" "cmhs {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<CmHs, I> if (not_1d) feature (AdvSimd);
    add_v "0 Q 0 01110 size:2 1 Rm:5 10000 1 Rn:5 Rd:5" "add {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<Add, I> if (not_1d) feature (AdvSimd);
    sub_v "0 Q 1 01110 size:2 1 Rm:5 10000 1 Rn:5 Rd:5" "sub {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<Sub, I> if (not_1d) feature (AdvSimd);
    cmtst_v "0 Q 0 01110 size:2 1 Rm:5 10001 1 Rn:5 Rd:5" "cmtst {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<CmTst, I> if (not_1d) feature (AdvSimd);
    cmeq_v "0 Q 1 01110 size:2 1 Rm:5 10001 1 Rn:5 Rd:5" "cmeq {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<CmEq, I> if (not_1d) feature (AdvSimd);
    mla_v "0 Q 0 01110 size:2 1 Rm:5 10010 1 Rn:5 Rd:5" "mla {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same_acc<Mla, I> if (bhs) feature (AdvSimd);
    mls_v "0 Q 1 01110 size:2 1 Rm:5 10010 1 Rn:5 Rd:5" "mls {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same_acc<Mls, I> if (bhs) feature (AdvSimd);
    mul_v "0 Q 0 01110 size:2 1 Rm:5 10011 1 Rn:5 Rd:5" "mul {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<Mul, I> if (bhs) feature (AdvSimd);
    pmul_v "0 Q 1 01110 00 1 Rm:5 10011 1 Rn:5 Rd:5" "pmul {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise<Pmul> feature (AdvSimd);
    sqdmulh_v "0 Q 0 01110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5" "sqdmulh {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<Sqdmulh, I> if (hs) feature (AdvSimd);
    sqrdmulh_v "0 Q 1 01110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5" "sqrdmulh {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same<Sqrdmulh, I> if (hs) feature (AdvSimd);
    addp_v "0 Q 0 01110 size:2 1 Rm:5 10111 1 Rn:5 Rd:5" "addp {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => pairwise<Add, I> if (not_1d) feature (AdvSimd);
    and_v "0 Q 0 01110 00 1 Rm:5 00011 1 Rn:5 Rd:5" "and {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise<And> feature (AdvSimd);
    bic_v "0 Q 0 01110 01 1 Rm:5 00011 1 Rn:5 Rd:5" "bic {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise<Bic> feature (AdvSimd);
    orr_v "0 Q 0 01110 10 1 Rm:5 00011 1 Rn:5 Rd:5" "orr {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise<Orr> feature (AdvSimd)
        { "mov {Rd:T}, {Rn:T}" if (is_move) };
    orn_v "0 Q 0 01110 11 1 Rm:5 00011 1 Rn:5 Rd:5" "orn {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise<Orn> feature (AdvSimd);
    eor_v "0 Q 1 01110 00 1 Rm:5 00011 1 Rn:5 Rd:5" "eor {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise<Eor> feature (AdvSimd);
    bsl_v "0 Q 1 01110 01 1 Rm:5 00011 1 Rn:5 Rd:5" "bsl {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise_acc<Bsl> feature (AdvSimd);
    bit_v "0 Q 1 01110 10 1 Rm:5 00011 1 Rn:5 Rd:5" "bit {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise_acc<Bit> feature (AdvSimd);
    bif_v "0 Q 1 01110 11 1 Rm:5 00011 1 Rn:5 Rd:5" "bif {Rd:T}, {Rn:T}, {Rm:T}" (Q, Rm, Rn, Rd) => bitwise_acc<Bif> feature (AdvSimd);

    // Scalar.
    sqadd_e "01 0 11110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5" "sqadd {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_same<SQadd, I> feature (AdvSimd);
    sqsub_e "01 0 11110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5" "sqsub {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_same<SQsub, I> feature (AdvSimd);
    sshl_d "01 0 11110 11 1 Rm:5 01000 1 Rn:5 Rd:5" "sshl {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_shift_register_d<true, false, false> feature (AdvSimd);
    sqshl_e "01 0 11110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5" "sqshl {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_shift_register<true, false, true> feature (AdvSimd);
    srshl_d "01 0 11110 11 1 Rm:5 01010 1 Rn:5 Rd:5" "srshl {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_shift_register_d<true, true, false> feature (AdvSimd);
    sqrshl_e "01 0 11110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5" "sqrshl {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_shift_register<true, true, true> feature (AdvSimd);
    uqadd_e "01 1 11110 size:2 1 Rm:5 00001 1 Rn:5 Rd:5" "uqadd {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_same<UQadd, I> feature (AdvSimd);
    uqsub_e "01 1 11110 size:2 1 Rm:5 00101 1 Rn:5 Rd:5" "uqsub {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_same<UQsub, I> feature (AdvSimd);
    ushl_d "01 1 11110 11 1 Rm:5 01000 1 Rn:5 Rd:5" "ushl {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_shift_register_d<false, false, false> feature (AdvSimd);
    uqshl_e "01 1 11110 size:2 1 Rm:5 01001 1 Rn:5 Rd:5" "uqshl {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_shift_register<false, false, true> feature (AdvSimd);
    urshl_d "01 1 11110 11 1 Rm:5 01010 1 Rn:5 Rd:5" "urshl {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_shift_register_d<false, true, false> feature (AdvSimd);
    uqrshl_e "01 1 11110 size:2 1 Rm:5 01011 1 Rn:5 Rd:5" "uqrshl {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_shift_register<false, true, true> feature (AdvSimd);
    cmgt_d "01 0 11110 11 1 Rm:5 00110 1 Rn:5 Rd:5" "cmgt {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<CmGt> feature (AdvSimd);
    cmhi_d "01 1 11110 11 1 Rm:5 00110 1 Rn:5 Rd:5" "cmhi {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<CmHi> feature (AdvSimd);
    cmge_d "01 0 11110 11 1 Rm:5 00111 1 Rn:5 Rd:5" "cmge {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<CmGe> feature (AdvSimd);
    cmhs_d "01 1 11110 11 1 Rm:5 00111 1 Rn:5 Rd:5" "cmhs {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<CmHs> feature (AdvSimd);
    add_d "01 0 11110 11 1 Rm:5 10000 1 Rn:5 Rd:5" "add {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<Add> feature (AdvSimd);
    sub_d "01 1 11110 11 1 Rm:5 10000 1 Rn:5 Rd:5" "sub {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<Sub> feature (AdvSimd);
    cmtst_d "01 0 11110 11 1 Rm:5 10001 1 Rn:5 Rd:5" "cmtst {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<CmTst> feature (AdvSimd);
    cmeq_d "01 1 11110 11 1 Rm:5 10001 1 Rn:5 Rd:5" "cmeq {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => scalar_same_d<CmEq> feature (AdvSimd);
    sqdmulh_e "01 0 11110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5" "sqdmulh {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_same<Sqdmulh, I> if (hs) feature (AdvSimd);
    sqrdmulh_e "01 1 11110 size:2 1 Rm:5 10110 1 Rn:5 Rd:5" "sqrdmulh {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_same<Sqrdmulh, I> if (hs) feature (AdvSimd);
    addp_d "01 0 11110 11 11000 11011 10 Rn:5 Rd:5" "addp {Rd:d}, {Rn:.2d}" (Rn, Rd) feature (AdvSimd);
}

/// ORR with one source is the move of a vector.
fn is_move(word: u32) -> bool {
    word >> 16 & 31 == word >> 5 & 31
}

/// Only the square of the least number saturates.
fn both_least<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) {
    let least = lane::constant(b, lane, lane.sign());
    let (x, y) = (lane::eq(b, lane, x, least), lane::eq(b, lane, y, least));
    let both = b.v128_and(x, y);
    lane::saturated(b, lane, both);
}

binary! {
    Add(b, l, x, y) lane::add(b, l, x, y);
    Sub(b, l, x, y) lane::sub(b, l, x, y);
    Mul(b, l, x, y) lane::mul(b, l, x, y);
    SHadd(b, l, x, y) lane::halving_add(b, l, true, x, y);
    UHadd(b, l, x, y) lane::halving_add(b, l, false, x, y);
    SRhadd(b, l, x, y) lane::rounding_halving_add(b, l, true, x, y);
    URhadd(b, l, x, y) lane::rounding_halving_add(b, l, false, x, y);
    SHsub(b, l, x, y) lane::halving_sub(b, l, true, x, y);
    UHsub(b, l, x, y) lane::halving_sub(b, l, false, x, y);
    SQadd(b, l, x, y) lane::add_sat(b, l, true, x, y);
    UQadd(b, l, x, y) lane::add_sat(b, l, false, x, y);
    SQsub(b, l, x, y) lane::sub_sat(b, l, true, x, y);
    UQsub(b, l, x, y) lane::sub_sat(b, l, false, x, y);
    SMax(b, l, x, y) lane::max_s(b, l, x, y);
    UMax(b, l, x, y) lane::max_u(b, l, x, y);
    SMin(b, l, x, y) lane::min_s(b, l, x, y);
    UMin(b, l, x, y) lane::min_u(b, l, x, y);
    SAbd(b, l, x, y) lane::abs_diff(b, l, true, x, y);
    UAbd(b, l, x, y) lane::abs_diff(b, l, false, x, y);
    CmGt(b, l, x, y) lane::gt_s(b, l, x, y);
    CmGe(b, l, x, y) lane::ge_s(b, l, x, y);
    CmHi(b, l, x, y) lane::gt_u(b, l, x, y);
    CmHs(b, l, x, y) lane::ge_u(b, l, x, y);
    CmEq(b, l, x, y) lane::eq(b, l, x, y);
    CmTst(b, l, x, y) {
        let common = b.v128_and(x, y);
        let zero = lane::zero(b);
        lane::ne(b, l, common, zero)
    };
    Pmul(b, _l, x, y) {
        // Shift and add without carries: for each bit of y, the lanes where it is set.
        let mut sum = lane::zero(b);
        for i in 0..8 {
            let shifted = lane::shl(b, Lane::B, x, i);
            let bit = lane::shl(b, Lane::B, y, 7 - i);
            let set = lane::sign_mask(b, Lane::B, bit);
            let term = b.v128_and(shifted, set);
            sum = b.v128_xor(sum, term);
        }
        sum
    };
    /// The high half of the doubled product; it saturates for the square of the least number only.
    Sqdmulh(b, l, x, y) {
        if b.exact() {
            both_least(b, l, x, y);
        }
        let low = lane::extmul(b, l, true, false, x, y);
        let high = lane::extmul(b, l, true, true, x, y);
        if l == Lane::H {
            let low = lane::shr(b, Lane::S, true, low, 15);
            let high = lane::shr(b, Lane::S, true, high, 15);
            b.i16x8_narrow_i32x4_s(low, high)
        } else {
            let low = lane::shl(b, Lane::D, low, 1);
            let high = lane::shl(b, Lane::D, high, 1);
            let result = lane::truncate_high(b, Lane::D, low, high);
            lane::least_to_greatest(b, l, result)
        }
    };
    /// The same, rounded.
    Sqrdmulh(b, l, x, y) {
        if b.exact() {
            both_least(b, l, x, y);
        }
        if l == Lane::H {
            b.i16x8_q15mulr_sat_s(x, y)
        } else {
            let round = lane::constant(b, Lane::D, 1 << 30);
            let low = lane::extmul(b, l, true, false, x, y);
            let high = lane::extmul(b, l, true, true, x, y);
            let low = b.i64x2_add(low, round);
            let high = b.i64x2_add(high, round);
            let low = lane::shl(b, Lane::D, low, 1);
            let high = lane::shl(b, Lane::D, high, 1);
            let result = lane::truncate_high(b, Lane::D, low, high);
            lane::least_to_greatest(b, l, result)
        }
    };
    And(b, _l, x, y) b.v128_and(x, y);
    Bic(b, _l, x, y) b.v128_andnot(x, y);
    Orr(b, _l, x, y) b.v128_or(x, y);
    Orn(b, _l, x, y) {
        let not = b.v128_not(y);
        b.v128_or(x, not)
    };
    Eor(b, _l, x, y) b.v128_xor(x, y);
}

ternary! {
    SAba(b, l, x, y, d) {
        let difference = lane::abs_diff(b, l, true, x, y);
        lane::add(b, l, d, difference)
    };
    UAba(b, l, x, y, d) {
        let difference = lane::abs_diff(b, l, false, x, y);
        lane::add(b, l, d, difference)
    };
    Mla(b, l, x, y, d) {
        let product = lane::mul(b, l, x, y);
        lane::add(b, l, d, product)
    };
    Mls(b, l, x, y, d) {
        let product = lane::mul(b, l, x, y);
        lane::sub(b, l, d, product)
    };
    Bsl(b, _l, x, y, d) b.v128_bitselect(x, y, d);
    Bit(b, _l, x, y, d) b.v128_bitselect(x, d, y);
    Bif(b, _l, x, y, d) b.v128_bitselect(d, x, y);
}

/// ADDP (scalar).
fn addp_d<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let other = lane::high_half(b, x);
    let sum = b.i64x2_add(x, other);
    set_scalar(b, Lane::D, rd, sum);
}
