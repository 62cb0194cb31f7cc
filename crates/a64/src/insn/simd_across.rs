//! Advanced SIMD across lanes, C4.1.96.

use super::{
    lane::{self, Lane},
    shape::{Binary, binary, count, set_scalar},
    vfloat,
};
use crate::{
    builder::Builder,
    operands::{I, LaneField, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD across lanes";
    saddlv_v "0 Q 0 01110 size:2 11000 00011 10 Rn:5 Rd:5" "saddlv {Rd:ew}, {Rn:T}" (Q, size, Rn, Rd) => add_long<true> if (reducible) feature (AdvSimd);
    uaddlv_v "0 Q 1 01110 size:2 11000 00011 10 Rn:5 Rd:5" "uaddlv {Rd:ew}, {Rn:T}" (Q, size, Rn, Rd) => add_long<false> if (reducible) feature (AdvSimd);
    smaxv_v "0 Q 0 01110 size:2 11000 01010 10 Rn:5 Rd:5" "smaxv {Rd:e}, {Rn:T}" (Q, size, Rn, Rd) => across<SMax> if (reducible) feature (AdvSimd);
    umaxv_v "0 Q 1 01110 size:2 11000 01010 10 Rn:5 Rd:5" "umaxv {Rd:e}, {Rn:T}" (Q, size, Rn, Rd) => across<UMax> if (reducible) feature (AdvSimd);
    sminv_v "0 Q 0 01110 size:2 11000 11010 10 Rn:5 Rd:5" "sminv {Rd:e}, {Rn:T}" (Q, size, Rn, Rd) => across<SMin> if (reducible) feature (AdvSimd);
    uminv_v "0 Q 1 01110 size:2 11000 11010 10 Rn:5 Rd:5" "uminv {Rd:e}, {Rn:T}" (Q, size, Rn, Rd) => across<UMin> if (reducible) feature (AdvSimd);
    addv_v "0 Q 0 01110 size:2 11000 11011 10 Rn:5 Rd:5" "addv {Rd:e}, {Rn:T}" (Q, size, Rn, Rd) => add_across if (reducible) feature (AdvSimd);
    fmaxnmv_v "0 1 1 01110 00 11000 01100 10 Rn:5 Rd:5" "fmaxnmv {Rd:s}, {Rn:.4s}" (Rn, Rd) => across_singles<MaxNum> feature (AdvSimd);
    fminnmv_v "0 1 1 01110 10 11000 01100 10 Rn:5 Rd:5" "fminnmv {Rd:s}, {Rn:.4s}" (Rn, Rd) => across_singles<MinNum> feature (AdvSimd);
    fmaxv_v "0 1 1 01110 00 11000 01111 10 Rn:5 Rd:5" "fmaxv {Rd:s}, {Rn:.4s}" (Rn, Rd) => across_singles<Max> feature (AdvSimd);
    fminv_v "0 1 1 01110 10 11000 01111 10 Rn:5 Rd:5" "fminv {Rd:s}, {Rn:.4s}" (Rn, Rd) => across_singles<Min> feature (AdvSimd);
}

/// At least four lanes, of at most 32 bits.
fn reducible(word: u32) -> bool {
    match word >> 22 & 3 {
        3 => false,
        2 => word >> 30 & 1 == 1,
        _ => true,
    }
}

binary! {
    SMax(b, l, x, y) lane::max_s(b, l, x, y);
    UMax(b, l, x, y) lane::max_u(b, l, x, y);
    SMin(b, l, x, y) lane::min_s(b, l, x, y);
    UMin(b, l, x, y) lane::min_u(b, l, x, y);
    MaxNum(b, l, x, y) vfloat::maxnm(b, l, x, y);
    MinNum(b, l, x, y) vfloat::minnm(b, l, x, y);
    Max(b, l, x, y) vfloat::max(b, l, x, y);
    Min(b, l, x, y) vfloat::min(b, l, x, y);
}

/// ADDV, [SU]MAXV, [SU]MINV.
fn across<B: Builder, Op: Binary>(b: &mut B, q: Q, size: I, rn: Vreg, rd: Vreg) {
    let lane = size.lane();
    let x = b.v(rn.0);
    let result = lane::reduce(b, lane, count(q, lane), x, |b, x, y| Op::apply(b, lane, x, y));
    set_scalar(b, lane, rd, result);
}

/// ADDV. The sum is modulo the lane's size, so lanes may be widened: neighbours first, which needs no shuffles.
fn add_across<B: Builder>(b: &mut B, q: Q, size: I, rn: Vreg, rd: Vreg) {
    let mut lane = size.lane();
    let mut x = b.v(rn.0);
    while lane < Lane::S {
        x = lane::add_pairs_long(b, lane, false, x);
        lane = lane.wide();
    }
    let result = lane::reduce(b, lane, count(q, lane), x, |b, x, y| lane::add(b, lane, x, y));
    set_scalar(b, size.lane(), rd, result);
}

/// [SU]ADDLV: neighbours first, which widens, then those sums.
fn add_long<B: Builder, const SIGNED: bool>(b: &mut B, q: Q, size: I, rn: Vreg, rd: Vreg) {
    let lane = size.lane();
    let x = b.v(rn.0);
    let pairs = lane::add_pairs_long(b, lane, SIGNED, x);
    let wide = lane.wide();
    let result = lane::reduce(b, wide, count(q, wide), pairs, |b, x, y| lane::add(b, wide, x, y));
    set_scalar(b, wide, rd, result);
}

/// FMAXV, FMINV, FMAXNMV, FMINNMV: four single-precision lanes.
fn across_singles<B: Builder, Op: Binary>(b: &mut B, rn: Vreg, rd: Vreg) {
    b.set_lanes(4);
    let x = b.v(rn.0);
    let result = lane::reduce(b, Lane::S, 4, x, |b, x, y| Op::apply(b, Lane::S, x, y));
    set_scalar(b, Lane::S, rd, result);
}
