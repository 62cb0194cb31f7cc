//! FEAT_FCMA: complex addition and multiplication, on pairs of lanes (real, imaginary), in single and double precision.

use elfconv_ir::Ops;

use super::{
    lane::{self, Lane},
    shape::{count, not_1d_fp, set},
    vfloat,
};
use crate::{
    builder::Builder,
    operands::{F, Imm, LaneField, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD complex numbers";
    fcadd_90_v "0 Q 1 01110 1 sz 0 Rm:5 111 0 01 Rn:5 Rd:5" "fcadd {Rd:T}, {Rn:T}, {Rm:T}, #90" (Q, sz, Rm, Rn, Rd) => add<90> if (not_1d_fp) feature (FCma);
    fcadd_270_v "0 Q 1 01110 1 sz 0 Rm:5 111 1 01 Rn:5 Rd:5" "fcadd {Rd:T}, {Rn:T}, {Rm:T}, #270" (Q, sz, Rm, Rn, Rd) => add<270> if (not_1d_fp) feature (FCma);
    fcmla_0_v "0 Q 1 01110 1 sz 0 Rm:5 110 00 1 Rn:5 Rd:5" "fcmla {Rd:T}, {Rn:T}, {Rm:T}, #0" (Q, sz, Rm, Rn, Rd) => multiply<0> if (not_1d_fp) feature (FCma);
    fcmla_0_el_s "0 1 1 01111 10 0 Rm:5 0 00 1 H 0 Rn:5 Rd:5" "fcmla {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{H}], #0" (Rm, H, Rn, Rd) => multiply_element<0> feature (FCma);
    fcmla_90_v "0 Q 1 01110 1 sz 0 Rm:5 110 01 1 Rn:5 Rd:5" "fcmla {Rd:T}, {Rn:T}, {Rm:T}, #90" (Q, sz, Rm, Rn, Rd) => multiply<90> if (not_1d_fp) feature (FCma);
    fcmla_90_el_s "0 1 1 01111 10 0 Rm:5 0 01 1 H 0 Rn:5 Rd:5" "fcmla {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{H}], #90" (Rm, H, Rn, Rd) => multiply_element<90> feature (FCma);
    fcmla_180_v "0 Q 1 01110 1 sz 0 Rm:5 110 10 1 Rn:5 Rd:5" "fcmla {Rd:T}, {Rn:T}, {Rm:T}, #180" (Q, sz, Rm, Rn, Rd) => multiply<180> if (not_1d_fp) feature (FCma);
    fcmla_180_el_s "0 1 1 01111 10 0 Rm:5 0 10 1 H 0 Rn:5 Rd:5" "fcmla {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{H}], #180" (Rm, H, Rn, Rd) => multiply_element<180> feature (FCma);
    fcmla_270_v "0 Q 1 01110 1 sz 0 Rm:5 110 11 1 Rn:5 Rd:5" "fcmla {Rd:T}, {Rn:T}, {Rm:T}, #270" (Q, sz, Rm, Rn, Rd) => multiply<270> if (not_1d_fp) feature (FCma);
    fcmla_270_el_s "0 1 1 01111 10 0 Rm:5 0 11 1 H 0 Rn:5 Rd:5" "fcmla {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{H}], #270" (Rm, H, Rn, Rd) => multiply_element<270> feature (FCma);
}

/// Flip the signs of the even (real) or odd (imaginary) lanes, or both.
fn negate<O: Ops>(b: &mut O, lane: Lane, real: bool, imaginary: bool, x: O::V128) -> O::V128 {
    if !real && !imaginary {
        return x;
    }
    let bits = lane.bits();
    let (low, high) = (u128::from(lane.sign()), u128::from(lane.sign()) << bits);
    let pair = if real { low } else { 0 } | if imaginary { high } else { 0 };
    let pairs = (0..128).step_by(2 * bits as usize);
    let mask = pairs.fold(0, |mask, at| mask | pair << at);
    let mask = b.v128_const(mask);
    b.v128_xor(x, mask)
}

fn swap<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    lane::shuffle(b, lane, x, x, |i| i ^ 1)
}

/// FCADD: Vm turned by 90 or 270 degrees is added.
fn add<B: Builder, const DEGREES: u32>(b: &mut B, q: Q, sz: F, rm: Vreg, rn: Vreg, rd: Vreg) {
    add_lanes::<B, DEGREES>(b, q, sz.lane(), rm, rn, rd);
}

/// FCADD of any lanes.
pub(super) fn add_lanes<B: Builder, const DEGREES: u32>(b: &mut B, q: Q, lane: Lane, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, lane));
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let turned = swap(b, lane, y);
    let turned = negate(b, lane, DEGREES == 90, DEGREES == 270, turned);
    let result = vfloat::add(b, lane, x, turned);
    set(b, q, rd, result);
}

/// One of the two steps of a complex product, turned: the real parts of x (0, 180) or its imaginary ones (90, 270) by y.
pub(super) fn step<B: Builder>(b: &mut B, lane: Lane, degrees: u32, x: B::V128, y: B::V128, d: B::V128) -> B::V128 {
    let imaginary = degrees % 180 == 90;
    let part = lane::shuffle(b, lane, x, x, |i| i & !1 | usize::from(imaginary));
    let factor = if imaginary { swap(b, lane, y) } else { y };
    let factor = negate(b, lane, matches!(degrees, 90 | 180), matches!(degrees, 180 | 270), factor);
    vfloat::fma(b, lane, part, factor, d)
}

/// FCMLA (vector).
fn multiply<B: Builder, const DEGREES: u32>(b: &mut B, q: Q, sz: F, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, sz.lane()));
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let d = b.v(rd.0);
    let result = step(b, sz.lane(), DEGREES, x, y, d);
    set(b, q, rd, result);
}

/// FCMLA (by element), single precision: one pair of Vm.
fn multiply_element<B: Builder, const DEGREES: u32>(b: &mut B, rm: Vreg, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(4);
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let y = lane::broadcast(b, Lane::D, y, h.0 as usize);
    let d = b.v(rd.0);
    let result = step(b, Lane::S, DEGREES, x, y, d);
    b.set_v(rd.0, result);
}
