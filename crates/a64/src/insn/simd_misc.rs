//! Advanced SIMD two-register miscellaneous, integers, C4.1.96; scalar forms.

use super::{
    estimate,
    lane::{self, Lane, Saturation},
    shape::{
        Unary, bh, bhs, binary, count, misc, misc_acc, misc_bytes, not_1d, scalar_misc, scalar_misc_acc, scalar_misc_d, set, set_half,
        set_scalar, unary,
    },
};
use crate::{
    builder::Builder,
    operands::{I, LaneField, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD two-register miscellaneous, integer";
    rev64_v "0 Q 0 01110 size:2 10000 00000 10 Rn:5 Rd:5" "rev64 {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => reverse<64> if (bhs) feature (AdvSimd);
    rev32_v "0 Q 1 01110 size:2 10000 00000 10 Rn:5 Rd:5" "rev32 {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => reverse<32> if (bh) feature (AdvSimd);
    rev16_v "0 Q 0 01110 00 10000 00001 10 Rn:5 Rd:5" "rev16 {Rd:T}, {Rn:T}" (Q, Rn, Rd) => misc_bytes<Rev16> feature (AdvSimd);
    saddlp_v "0 Q 0 01110 size:2 10000 00010 10 Rn:5 Rd:5" "saddlp {Rd:P}, {Rn:T}" (Q, size, Rn, Rd) => pairs_long<true, false> if (bhs) feature (AdvSimd);
    sadalp_v "0 Q 0 01110 size:2 10000 00110 10 Rn:5 Rd:5" "sadalp {Rd:P}, {Rn:T}" (Q, size, Rn, Rd) => pairs_long<true, true> if (bhs) feature (AdvSimd);
    uaddlp_v "0 Q 1 01110 size:2 10000 00010 10 Rn:5 Rd:5" "uaddlp {Rd:P}, {Rn:T}" (Q, size, Rn, Rd) => pairs_long<false, false> if (bhs) feature (AdvSimd);
    uadalp_v "0 Q 1 01110 size:2 10000 00110 10 Rn:5 Rd:5" "uadalp {Rd:P}, {Rn:T}" (Q, size, Rn, Rd) => pairs_long<false, true> if (bhs) feature (AdvSimd);
    suqadd_v "0 Q 0 01110 size:2 10000 00011 10 Rn:5 Rd:5" "suqadd {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc_acc<Suqadd, I> if (not_1d) feature (AdvSimd);
    usqadd_v "0 Q 1 01110 size:2 10000 00011 10 Rn:5 Rd:5" "usqadd {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc_acc<Usqadd, I> if (not_1d) feature (AdvSimd);
    cls_v "0 Q 0 01110 size:2 10000 00100 10 Rn:5 Rd:5" "cls {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc<Cls, I> if (bhs) feature (AdvSimd);
    clz_v "0 Q 1 01110 size:2 10000 00100 10 Rn:5 Rd:5" "clz {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc<Clz, I> if (bhs) feature (AdvSimd);
    cnt_v "0 Q 0 01110 00 10000 00101 10 Rn:5 Rd:5" "cnt {Rd:T}, {Rn:T}" (Q, Rn, Rd) => misc_bytes<Cnt> feature (AdvSimd);
    not_v "0 Q 1 01110 00 10000 00101 10 Rn:5 Rd:5" "mvn {Rd:T}, {Rn:T}" (Q, Rn, Rd) => misc_bytes<Not> feature (AdvSimd);
    rbit_v "0 Q 1 01110 01 10000 00101 10 Rn:5 Rd:5" "rbit {Rd:T}, {Rn:T}" (Q, Rn, Rd) => misc_bytes<Rbit> feature (AdvSimd);
    sqabs_v "0 Q 0 01110 size:2 10000 00111 10 Rn:5 Rd:5" "sqabs {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc<Sqabs, I> if (not_1d) feature (AdvSimd);
    sqneg_v "0 Q 1 01110 size:2 10000 00111 10 Rn:5 Rd:5" "sqneg {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc<Sqneg, I> if (not_1d) feature (AdvSimd);
    abs_v "0 Q 0 01110 size:2 10000 01011 10 Rn:5 Rd:5" "abs {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc<Abs, I> if (not_1d) feature (AdvSimd);
    neg_v "0 Q 1 01110 size:2 10000 01011 10 Rn:5 Rd:5" "neg {Rd:T}, {Rn:T}" (Q, size, Rn, Rd) => misc<Neg, I> if (not_1d) feature (AdvSimd);
    cmgt_zero_v "0 Q 0 01110 size:2 10000 01000 10 Rn:5 Rd:5" "cmgt {Rd:T}, {Rn:T}, #0" (Q, size, Rn, Rd) => misc<Gt0, I> if (not_1d) feature (AdvSimd);
    cmeq_zero_v "0 Q 0 01110 size:2 10000 01001 10 Rn:5 Rd:5" "cmeq {Rd:T}, {Rn:T}, #0" (Q, size, Rn, Rd) => misc<Eq0, I> if (not_1d) feature (AdvSimd);
    cmlt_zero_v "0 Q 0 01110 size:2 10000 01010 10 Rn:5 Rd:5" "cmlt {Rd:T}, {Rn:T}, #0" (Q, size, Rn, Rd) => misc<Lt0, I> if (not_1d) feature (AdvSimd);
    cmge_zero_v "0 Q 1 01110 size:2 10000 01000 10 Rn:5 Rd:5" "cmge {Rd:T}, {Rn:T}, #0" (Q, size, Rn, Rd) => misc<Ge0, I> if (not_1d) feature (AdvSimd);
    cmle_zero_v "0 Q 1 01110 size:2 10000 01001 10 Rn:5 Rd:5" "cmle {Rd:T}, {Rn:T}, #0" (Q, size, Rn, Rd) => misc<Le0, I> if (not_1d) feature (AdvSimd);
    xtn_v "0 Q 0 01110 size:2 10000 10010 10 Rn:5 Rd:5" "xtn{Q} {Rd:T}, {Rn:W}" (Q, size, Rn, Rd) => narrow<Xtn> if (bhs) feature (AdvSimd);
    sqxtn_v "0 Q 0 01110 size:2 10000 10100 10 Rn:5 Rd:5" "sqxtn{Q} {Rd:T}, {Rn:W}" (Q, size, Rn, Rd) => narrow<Sqxtn> if (bhs) feature (AdvSimd);
    sqxtun_v "0 Q 1 01110 size:2 10000 10010 10 Rn:5 Rd:5" "sqxtun{Q} {Rd:T}, {Rn:W}" (Q, size, Rn, Rd) => narrow<Sqxtun> if (bhs) feature (AdvSimd);
    uqxtn_v "0 Q 1 01110 size:2 10000 10100 10 Rn:5 Rd:5" "uqxtn{Q} {Rd:T}, {Rn:W}" (Q, size, Rn, Rd) => narrow<Uqxtn> if (bhs) feature (AdvSimd);
    shll_v "0 Q 1 01110 size:2 10000 10011 10 Rn:5 Rd:5" "shll{Q} {Rd:W}, {Rn:T}, #{size:bits}" (Q, size, Rn, Rd) => shift_left_long if (bhs) feature (AdvSimd);
    urecpe_v "0 Q 0 01110 10 10000 11100 10 Rn:5 Rd:5" "urecpe {Rd:As}, {Rn:As}" (Q, Rn, Rd) => estimate<Urecpe> feature (AdvSimd);
    ursqrte_v "0 Q 1 01110 10 10000 11100 10 Rn:5 Rd:5" "ursqrte {Rd:As}, {Rn:As}" (Q, Rn, Rd) => estimate<Ursqrte> feature (AdvSimd);

    // Scalar.
    suqadd_e "01 0 11110 size:2 10000 00011 10 Rn:5 Rd:5" "suqadd {Rd:e}, {Rn:e}" (size, Rn, Rd) => scalar_misc_acc<Suqadd, I> feature (AdvSimd);
    usqadd_e "01 1 11110 size:2 10000 00011 10 Rn:5 Rd:5" "usqadd {Rd:e}, {Rn:e}" (size, Rn, Rd) => scalar_misc_acc<Usqadd, I> feature (AdvSimd);
    sqabs_e "01 0 11110 size:2 10000 00111 10 Rn:5 Rd:5" "sqabs {Rd:e}, {Rn:e}" (size, Rn, Rd) => scalar_misc<Sqabs, I> feature (AdvSimd);
    sqneg_e "01 1 11110 size:2 10000 00111 10 Rn:5 Rd:5" "sqneg {Rd:e}, {Rn:e}" (size, Rn, Rd) => scalar_misc<Sqneg, I> feature (AdvSimd);
    abs_d "01 0 11110 11 10000 01011 10 Rn:5 Rd:5" "abs {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_misc_d<Abs> feature (AdvSimd);
    neg_d "01 1 11110 11 10000 01011 10 Rn:5 Rd:5" "neg {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_misc_d<Neg> feature (AdvSimd);
    cmgt_zero_d "01 0 11110 11 10000 01000 10 Rn:5 Rd:5" "cmgt {Rd:d}, {Rn:d}, #0" (Rn, Rd) => scalar_misc_d<Gt0> feature (AdvSimd);
    cmeq_zero_d "01 0 11110 11 10000 01001 10 Rn:5 Rd:5" "cmeq {Rd:d}, {Rn:d}, #0" (Rn, Rd) => scalar_misc_d<Eq0> feature (AdvSimd);
    cmlt_zero_d "01 0 11110 11 10000 01010 10 Rn:5 Rd:5" "cmlt {Rd:d}, {Rn:d}, #0" (Rn, Rd) => scalar_misc_d<Lt0> feature (AdvSimd);
    cmge_zero_d "01 1 11110 11 10000 01000 10 Rn:5 Rd:5" "cmge {Rd:d}, {Rn:d}, #0" (Rn, Rd) => scalar_misc_d<Ge0> feature (AdvSimd);
    cmle_zero_d "01 1 11110 11 10000 01001 10 Rn:5 Rd:5" "cmle {Rd:d}, {Rn:d}, #0" (Rn, Rd) => scalar_misc_d<Le0> feature (AdvSimd);
    sqxtn_e "01 0 11110 size:2 10000 10100 10 Rn:5 Rd:5" "sqxtn {Rd:e}, {Rn:ew}" (size, Rn, Rd) => scalar_narrow<Sqxtn> if (bhs) feature (AdvSimd);
    sqxtun_e "01 1 11110 size:2 10000 10010 10 Rn:5 Rd:5" "sqxtun {Rd:e}, {Rn:ew}" (size, Rn, Rd) => scalar_narrow<Sqxtun> if (bhs) feature (AdvSimd);
    uqxtn_e "01 1 11110 size:2 10000 10100 10 Rn:5 Rd:5" "uqxtn {Rd:e}, {Rn:ew}" (size, Rn, Rd) => scalar_narrow<Uqxtn> if (bhs) feature (AdvSimd);
}

unary! {
    Rev16(b, l, x) lane::shuffle(b, l, x, x, |i| i ^ 1);
    Cls(b, l, x) lane::cls(b, l, x);
    Clz(b, l, x) lane::clz(b, l, x);
    Cnt(b, _l, x) b.i8x16_popcnt(x);
    Not(b, _l, x) b.v128_not(x);
    Rbit(b, _l, x) lane::rbit(b, x);
    Abs(b, l, x) lane::abs(b, l, x);
    Neg(b, l, x) lane::neg(b, l, x);
    Sqabs(b, l, x) lane::abs_sat(b, l, x);
    Sqneg(b, l, x) lane::neg_sat(b, l, x);
    Gt0(b, l, x) {
        let zero = lane::zero(b);
        lane::gt_s(b, l, x, zero)
    };
    Ge0(b, l, x) {
        let zero = lane::zero(b);
        lane::ge_s(b, l, x, zero)
    };
    Eq0(b, l, x) {
        let zero = lane::zero(b);
        lane::eq(b, l, x, zero)
    };
    Le0(b, l, x) {
        let zero = lane::zero(b);
        lane::ge_s(b, l, zero, x)
    };
    Lt0(b, l, x) {
        let zero = lane::zero(b);
        lane::gt_s(b, l, zero, x)
    };
    /// The wide lanes' low halves; `l` is the wide size, as for all that narrow.
    Xtn(b, l, x) lane::truncate(b, l, x, x);
    Sqxtn(b, l, x) lane::narrow_sat(b, l, Saturation::Signed, x);
    Sqxtun(b, l, x) lane::narrow_sat(b, l, Saturation::SignedToUnsigned, x);
    Uqxtn(b, l, x) lane::narrow_sat(b, l, Saturation::Unsigned, x);
}

binary! {
    Suqadd(b, l, d, x) lane::add_sat_su(b, l, d, x);
    Usqadd(b, l, d, x) lane::add_sat_us(b, l, d, x);
}

/// REV32, REV64: lanes reversed within groups of so many bits.
fn reverse<B: Builder, const BITS: usize>(b: &mut B, q: Q, size: I, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let last = BITS / 8 / size.lane().bytes() - 1;
    let result = lane::shuffle(b, size.lane(), x, x, |i| i ^ last);
    set(b, q, rd, result);
}

/// [SU]ADDLP, [SU]ADALP.
fn pairs_long<B: Builder, const SIGNED: bool, const ACCUMULATE: bool>(b: &mut B, q: Q, size: I, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let mut result = lane::add_pairs_long(b, size.lane(), SIGNED, x);
    if ACCUMULATE {
        let d = b.v(rd.0);
        result = lane::add(b, size.lane().wide(), d, result);
    }
    set(b, q, rd, result);
}

/// XTN, [SU]QXTN, SQXTUN.
fn narrow<B: Builder, Op: Unary>(b: &mut B, q: Q, size: I, rn: Vreg, rd: Vreg) {
    b.set_lanes(size.lane().wide().count());
    let x = b.v(rn.0);
    let result = Op::apply(b, size.lane().wide(), x);
    set_half(b, q, rd, result);
}

/// [SU]QXTN, SQXTUN (scalar).
fn scalar_narrow<B: Builder, Op: Unary>(b: &mut B, size: I, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = Op::apply(b, size.lane().wide(), x);
    set_scalar(b, size.lane(), rd, result);
}

/// SHLL: by the lanes' own width, so their bits become the high halves.
fn shift_left_long<B: Builder>(b: &mut B, q: Q, size: I, rn: Vreg, rd: Vreg) {
    let lane = size.lane();
    let x = b.v(rn.0);
    let zero = lane::zero(b);
    let from = if q.0 { lane.count() / 2 } else { 0 };
    let result = lane::shuffle(b, lane, x, zero, |i| if i % 2 == 1 { from + i / 2 } else { lane.count() });
    b.set_v(rd.0, result);
}

/// An estimate of fixed-point lanes.
trait Estimate {
    fn apply<B: Builder>(b: &mut B, n: usize, x: B::V128) -> B::V128;
}

/// URECPE.
struct Urecpe;
/// URSQRTE.
struct Ursqrte;

impl Estimate for Urecpe {
    fn apply<B: Builder>(b: &mut B, n: usize, x: B::V128) -> B::V128 {
        estimate::urecpe(b, n, x)
    }
}

impl Estimate for Ursqrte {
    fn apply<B: Builder>(b: &mut B, n: usize, x: B::V128) -> B::V128 {
        estimate::ursqrte(b, n, x)
    }
}

fn estimate<B: Builder, E: Estimate>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let result = E::apply(b, count(q, Lane::S), x);
    b.set_v(rd.0, result);
}
