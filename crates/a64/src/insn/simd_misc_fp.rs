//! Advanced SIMD two-register miscellaneous, floating point, C4.1.96; scalar forms.


use super::{
    estimate,
    fp_convert::{from_half, to_half},
    lane::{self, Lane},
    mode::{Away, Current, Down, Mode, Nearest, Up, Zero},
    scalar::{self, Fixed},
    shape::{count, extract, misc, not_1d_fp, replace, scalar_misc, set, set_half, set_scalar, unary},
    vfloat,
};
use crate::{
    builder::Builder,
    fpu::{Format, Op, Rounding},
    operands::{F, LaneField, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD two-register miscellaneous, floating point";
    frintn_v "0 Q 0 01110 0 sz 10000 11000 10 Rn:5 Rd:5" "frintn {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round<Nearest> if (not_1d_fp) feature (AdvSimd);
    frintm_v "0 Q 0 01110 0 sz 10000 11001 10 Rn:5 Rd:5" "frintm {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round<Down> if (not_1d_fp) feature (AdvSimd);
    frintp_v "0 Q 0 01110 1 sz 10000 11000 10 Rn:5 Rd:5" "frintp {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round<Up> if (not_1d_fp) feature (AdvSimd);
    frintz_v "0 Q 0 01110 1 sz 10000 11001 10 Rn:5 Rd:5" "frintz {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round<Zero> if (not_1d_fp) feature (AdvSimd);
    frinta_v "0 Q 1 01110 0 sz 10000 11000 10 Rn:5 Rd:5" "frinta {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round<Away> if (not_1d_fp) feature (AdvSimd);
    frintx_v "0 Q 1 01110 0 sz 10000 11001 10 Rn:5 Rd:5" "frintx {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round_exact if (not_1d_fp) feature (AdvSimd);
    frinti_v "0 Q 1 01110 1 sz 10000 11001 10 Rn:5 Rd:5" "frinti {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => round<Current> if (not_1d_fp) feature (AdvSimd);
    fcvtns_v "0 Q 0 01110 0 sz 10000 11010 10 Rn:5 Rd:5" "fcvtns {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Nearest, true> if (not_1d_fp) feature (AdvSimd);
    fcvtms_v "0 Q 0 01110 0 sz 10000 11011 10 Rn:5 Rd:5" "fcvtms {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Down, true> if (not_1d_fp) feature (AdvSimd);
    fcvtas_v "0 Q 0 01110 0 sz 10000 11100 10 Rn:5 Rd:5" "fcvtas {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Away, true> if (not_1d_fp) feature (AdvSimd);
    fcvtps_v "0 Q 0 01110 1 sz 10000 11010 10 Rn:5 Rd:5" "fcvtps {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Up, true> if (not_1d_fp) feature (AdvSimd);
    fcvtzs_v "0 Q 0 01110 1 sz 10000 11011 10 Rn:5 Rd:5" "fcvtzs {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Zero, true> if (not_1d_fp) feature (AdvSimd);
    fcvtnu_v "0 Q 1 01110 0 sz 10000 11010 10 Rn:5 Rd:5" "fcvtnu {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Nearest, false> if (not_1d_fp) feature (AdvSimd);
    fcvtmu_v "0 Q 1 01110 0 sz 10000 11011 10 Rn:5 Rd:5" "fcvtmu {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Down, false> if (not_1d_fp) feature (AdvSimd);
    fcvtau_v "0 Q 1 01110 0 sz 10000 11100 10 Rn:5 Rd:5" "fcvtau {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Away, false> if (not_1d_fp) feature (AdvSimd);
    fcvtpu_v "0 Q 1 01110 1 sz 10000 11010 10 Rn:5 Rd:5" "fcvtpu {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Up, false> if (not_1d_fp) feature (AdvSimd);
    fcvtzu_v "0 Q 1 01110 1 sz 10000 11011 10 Rn:5 Rd:5" "fcvtzu {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => to_integer<Zero, false> if (not_1d_fp) feature (AdvSimd);
    scvtf_v "0 Q 0 01110 0 sz 10000 11101 10 Rn:5 Rd:5" "scvtf {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => from_integer<true> if (not_1d_fp) feature (AdvSimd);
    ucvtf_v "0 Q 1 01110 0 sz 10000 11101 10 Rn:5 Rd:5" "ucvtf {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => from_integer<false> if (not_1d_fp) feature (AdvSimd);
    fabs_v "0 Q 0 01110 1 sz 10000 01111 10 Rn:5 Rd:5" "fabs {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => misc<Abs, F> if (not_1d_fp) feature (AdvSimd);
    fneg_v "0 Q 1 01110 1 sz 10000 01111 10 Rn:5 Rd:5" "fneg {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => misc<Neg, F> if (not_1d_fp) feature (AdvSimd);
    fsqrt_v "0 Q 1 01110 1 sz 10000 11111 10 Rn:5 Rd:5" "fsqrt {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => misc<Sqrt, F> if (not_1d_fp) feature (AdvSimd);
    fcmgt_zero_v "0 Q 0 01110 1 sz 10000 01100 10 Rn:5 Rd:5" "fcmgt {Rd:T}, {Rn:T}, #0.0" (Q, sz, Rn, Rd) => misc<Gt0, F> if (not_1d_fp) feature (AdvSimd);
    fcmeq_zero_v "0 Q 0 01110 1 sz 10000 01101 10 Rn:5 Rd:5" "fcmeq {Rd:T}, {Rn:T}, #0.0" (Q, sz, Rn, Rd) => misc<Eq0, F> if (not_1d_fp) feature (AdvSimd);
    fcmlt_zero_v "0 Q 0 01110 1 sz 10000 01110 10 Rn:5 Rd:5" "fcmlt {Rd:T}, {Rn:T}, #0.0" (Q, sz, Rn, Rd) => misc<Lt0, F> if (not_1d_fp) feature (AdvSimd);
    fcmge_zero_v "0 Q 1 01110 1 sz 10000 01100 10 Rn:5 Rd:5" "fcmge {Rd:T}, {Rn:T}, #0.0" (Q, sz, Rn, Rd) => misc<Ge0, F> if (not_1d_fp) feature (AdvSimd);
    fcmle_zero_v "0 Q 1 01110 1 sz 10000 01101 10 Rn:5 Rd:5" "fcmle {Rd:T}, {Rn:T}, #0.0" (Q, sz, Rn, Rd) => misc<Le0, F> if (not_1d_fp) feature (AdvSimd);
    frecpe_v "0 Q 0 01110 1 sz 10000 11101 10 Rn:5 Rd:5" "frecpe {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => estimate<Recip> if (not_1d_fp) feature (AdvSimd);
    frsqrte_v "0 Q 1 01110 1 sz 10000 11101 10 Rn:5 Rd:5" "frsqrte {Rd:T}, {Rn:T}" (Q, sz, Rn, Rd) => estimate<Rsqrt> if (not_1d_fp) feature (AdvSimd);
    fcvtl_h "0 Q 0 01110 00 10000 10111 10 Rn:5 Rd:5" "fcvtl{Q} {Rd:.4s}, {Rn:Ah}" (Q, Rn, Rd) feature (AdvSimd);
    fcvtl_s "0 Q 0 01110 01 10000 10111 10 Rn:5 Rd:5" "fcvtl{Q} {Rd:.2d}, {Rn:As}" (Q, Rn, Rd) feature (AdvSimd);
    fcvtn_h "0 Q 0 01110 00 10000 10110 10 Rn:5 Rd:5" "fcvtn{Q} {Rd:Ah}, {Rn:.4s}" (Q, Rn, Rd) feature (AdvSimd);
    fcvtn_s "0 Q 0 01110 01 10000 10110 10 Rn:5 Rd:5" "fcvtn{Q} {Rd:As}, {Rn:.2d}" (Q, Rn, Rd) feature (AdvSimd);
    fcvtxn_v "0 Q 1 01110 01 10000 10110 10 Rn:5 Rd:5" "fcvtxn{Q} {Rd:As}, {Rn:.2d}" (Q, Rn, Rd) feature (AdvSimd);

    // Scalar.
    fcvtns_fp_s "01 0 11110 00 10000 11010 10 Rn:5 Rd:5" "fcvtns {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Nearest, true> feature (AdvSimd);
    fcvtns_fp_d "01 0 11110 01 10000 11010 10 Rn:5 Rd:5" "fcvtns {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Nearest, true> feature (AdvSimd);
    fcvtms_fp_s "01 0 11110 00 10000 11011 10 Rn:5 Rd:5" "fcvtms {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Down, true> feature (AdvSimd);
    fcvtms_fp_d "01 0 11110 01 10000 11011 10 Rn:5 Rd:5" "fcvtms {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Down, true> feature (AdvSimd);
    fcvtas_fp_s "01 0 11110 00 10000 11100 10 Rn:5 Rd:5" "fcvtas {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Away, true> feature (AdvSimd);
    fcvtas_fp_d "01 0 11110 01 10000 11100 10 Rn:5 Rd:5" "fcvtas {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Away, true> feature (AdvSimd);
    fcvtps_fp_s "01 0 11110 10 10000 11010 10 Rn:5 Rd:5" "fcvtps {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Up, true> feature (AdvSimd);
    fcvtps_fp_d "01 0 11110 11 10000 11010 10 Rn:5 Rd:5" "fcvtps {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Up, true> feature (AdvSimd);
    fcvtzs_fp_s "01 0 11110 10 10000 11011 10 Rn:5 Rd:5" "fcvtzs {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Zero, true> feature (AdvSimd);
    fcvtzs_fp_d "01 0 11110 11 10000 11011 10 Rn:5 Rd:5" "fcvtzs {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Zero, true> feature (AdvSimd);
    fcvtnu_fp_s "01 1 11110 00 10000 11010 10 Rn:5 Rd:5" "fcvtnu {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Nearest, false> feature (AdvSimd);
    fcvtnu_fp_d "01 1 11110 01 10000 11010 10 Rn:5 Rd:5" "fcvtnu {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Nearest, false> feature (AdvSimd);
    fcvtmu_fp_s "01 1 11110 00 10000 11011 10 Rn:5 Rd:5" "fcvtmu {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Down, false> feature (AdvSimd);
    fcvtmu_fp_d "01 1 11110 01 10000 11011 10 Rn:5 Rd:5" "fcvtmu {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Down, false> feature (AdvSimd);
    fcvtau_fp_s "01 1 11110 00 10000 11100 10 Rn:5 Rd:5" "fcvtau {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Away, false> feature (AdvSimd);
    fcvtau_fp_d "01 1 11110 01 10000 11100 10 Rn:5 Rd:5" "fcvtau {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Away, false> feature (AdvSimd);
    fcvtpu_fp_s "01 1 11110 10 10000 11010 10 Rn:5 Rd:5" "fcvtpu {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Up, false> feature (AdvSimd);
    fcvtpu_fp_d "01 1 11110 11 10000 11010 10 Rn:5 Rd:5" "fcvtpu {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Up, false> feature (AdvSimd);
    fcvtzu_fp_s "01 1 11110 10 10000 11011 10 Rn:5 Rd:5" "fcvtzu {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_to_integer_s<Zero, false> feature (AdvSimd);
    fcvtzu_fp_d "01 1 11110 11 10000 11011 10 Rn:5 Rd:5" "fcvtzu {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_to_integer_d<Zero, false> feature (AdvSimd);
    scvtf_fp_s "01 0 11110 00 10000 11101 10 Rn:5 Rd:5" "scvtf {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_from_integer_s<true> feature (AdvSimd);
    scvtf_fp_d "01 0 11110 01 10000 11101 10 Rn:5 Rd:5" "scvtf {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_from_integer_d<true> feature (AdvSimd);
    ucvtf_fp_s "01 1 11110 00 10000 11101 10 Rn:5 Rd:5" "ucvtf {Rd:s}, {Rn:s}" (Rn, Rd) => scalar_from_integer_s<false> feature (AdvSimd);
    ucvtf_fp_d "01 1 11110 01 10000 11101 10 Rn:5 Rd:5" "ucvtf {Rd:d}, {Rn:d}" (Rn, Rd) => scalar_from_integer_d<false> feature (AdvSimd);
    fcmgt_zero_e "01 0 11110 1 sz 10000 01100 10 Rn:5 Rd:5" "fcmgt {Rd:e}, {Rn:e}, #0.0" (sz, Rn, Rd) => scalar_misc<Gt0, F> feature (AdvSimd);
    fcmeq_zero_e "01 0 11110 1 sz 10000 01101 10 Rn:5 Rd:5" "fcmeq {Rd:e}, {Rn:e}, #0.0" (sz, Rn, Rd) => scalar_misc<Eq0, F> feature (AdvSimd);
    fcmlt_zero_e "01 0 11110 1 sz 10000 01110 10 Rn:5 Rd:5" "fcmlt {Rd:e}, {Rn:e}, #0.0" (sz, Rn, Rd) => scalar_misc<Lt0, F> feature (AdvSimd);
    fcmge_zero_e "01 1 11110 1 sz 10000 01100 10 Rn:5 Rd:5" "fcmge {Rd:e}, {Rn:e}, #0.0" (sz, Rn, Rd) => scalar_misc<Ge0, F> feature (AdvSimd);
    fcmle_zero_e "01 1 11110 1 sz 10000 01101 10 Rn:5 Rd:5" "fcmle {Rd:e}, {Rn:e}, #0.0" (sz, Rn, Rd) => scalar_misc<Le0, F> feature (AdvSimd);
    frecpe_e "01 0 11110 1 sz 10000 11101 10 Rn:5 Rd:5" "frecpe {Rd:e}, {Rn:e}" (sz, Rn, Rd) => scalar_estimate<Recip> feature (AdvSimd);
    frsqrte_e "01 1 11110 1 sz 10000 11101 10 Rn:5 Rd:5" "frsqrte {Rd:e}, {Rn:e}" (sz, Rn, Rd) => scalar_estimate<Rsqrt> feature (AdvSimd);
    frecpx_e "01 0 11110 1 sz 10000 11111 10 Rn:5 Rd:5" "frecpx {Rd:e}, {Rn:e}" (sz, Rn, Rd) => scalar_estimate<Recpx> feature (AdvSimd);
    fcvtxn_s "01 1 11110 01 10000 10110 10 Rn:5 Rd:5" "fcvtxn {Rd:s}, {Rn:d}" (Rn, Rd) feature (AdvSimd);
}

unary! {
    Abs(b, l, x) vfloat::abs(b, l, x);
    Neg(b, l, x) vfloat::neg(b, l, x);
    Sqrt(b, l, x) vfloat::sqrt(b, l, x);
    Gt0(b, l, x) {
        let zero = lane::zero(b);
        vfloat::gt(b, l, x, zero)
    };
    Ge0(b, l, x) {
        let zero = lane::zero(b);
        vfloat::ge(b, l, x, zero)
    };
    Eq0(b, l, x) {
        let zero = lane::zero(b);
        vfloat::eq(b, l, x, zero)
    };
    Le0(b, l, x) {
        let zero = lane::zero(b);
        vfloat::ge(b, l, zero, x)
    };
    Lt0(b, l, x) {
        let zero = lane::zero(b);
        vfloat::gt(b, l, zero, x)
    };
}

/// FRINT[NMPZAI].
fn round<B: Builder, M: Mode>(b: &mut B, q: Q, sz: F, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, sz.lane()));
    let x = b.v(rn.0);
    let result = vfloat::round(b, sz.lane(), M::ROUNDING, false, x);
    set(b, q, rd, result);
}

/// FRINTX.
fn round_exact<B: Builder>(b: &mut B, q: Q, sz: F, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, sz.lane()));
    let x = b.v(rn.0);
    let result = vfloat::round(b, sz.lane(), Current::ROUNDING, true, x);
    set(b, q, rd, result);
}

/// FCVT[NMPZA][SU].
fn to_integer<B: Builder, M: Mode, const SIGNED: bool>(b: &mut B, q: Q, sz: F, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, sz.lane()));
    let x = b.v(rn.0);
    let result = vfloat::to_int(b, sz.lane(), M::ROUNDING, Fixed::integer(SIGNED), x);
    set(b, q, rd, result);
}

/// [SU]CVTF.
fn from_integer<B: Builder, const SIGNED: bool>(b: &mut B, q: Q, sz: F, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, sz.lane()));
    let x = b.v(rn.0);
    let result = vfloat::from_int(b, sz.lane(), Fixed::integer(SIGNED), x);
    set(b, q, rd, result);
}

/// FCVT[NMPZA][SU], single precision.
fn scalar_to_integer_s<B: Builder, M: Mode, const SIGNED: bool>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.s(rn.0);
    let result = scalar::to_integer_bits_s(b, M::ROUNDING, SIGNED, x);
    b.set_s(rd.0, result);
}

/// FCVT[NMPZA][SU], double precision.
fn scalar_to_integer_d<B: Builder, M: Mode, const SIGNED: bool>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.d(rn.0);
    let result = scalar::to_integer_bits_d(b, M::ROUNDING, SIGNED, x);
    b.set_d(rd.0, result);
}

/// [SU]CVTF, single precision.
fn scalar_from_integer_s<B: Builder, const SIGNED: bool>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.s(rn.0);
    let result = scalar::from_integer_bits_s(b, SIGNED, x);
    b.set_s(rd.0, result);
}

/// [SU]CVTF, double precision.
fn scalar_from_integer_d<B: Builder, const SIGNED: bool>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.d(rn.0);
    let result = scalar::from_integer_bits_d(b, SIGNED, x);
    b.set_d(rd.0, result);
}

/// An estimate of some lanes.
pub(super) trait Estimate {
    fn apply<B: Builder>(b: &mut B, lane: Lane, n: usize, x: B::V128) -> B::V128;
}

macro_rules! estimates {
    ($($(#[$doc:meta])* $name:ident $function:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Estimate for $name {
            fn apply<B: Builder>(b: &mut B, lane: Lane, n: usize, x: B::V128) -> B::V128 {
                estimate::$function(b, lane, n, x)
            }
        }
    )*};
}

estimates! {
    /// FRECPE.
    Recip recip;
    /// FRSQRTE.
    Rsqrt rsqrt;
    /// FRECPX.
    Recpx recpx;
}

/// FRECPE, FRSQRTE.
fn estimate<B: Builder, E: Estimate>(b: &mut B, q: Q, sz: F, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let result = E::apply(b, sz.lane(), count(q, sz.lane()), x);
    b.set_v(rd.0, result);
}

/// FRECPE, FRSQRTE, FRECPX (scalar).
fn scalar_estimate<B: Builder, E: Estimate>(b: &mut B, sz: F, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let result = E::apply(b, sz.lane(), 1, x);
    set_scalar(b, sz.lane(), rd, result);
}

/// FCVTL, half to single.
fn fcvtl_h<B: Builder>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let mut result = lane::zero(b);
    for i in 0..4 {
        let half = b.i16x8_extract_lane_u(x, if q.0 { 4 + i } else { i });
        let single = from_half(b, half);
        result = b.f32x4_replace_lane(result, single, i);
    }
    b.set_v(rd.0, result);
}

/// FCVTL, single to double.
fn fcvtl_s<B: Builder>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let mut x = b.v(rn.0);
    if q.0 {
        x = lane::high_half(b, x);
    }
    let mut result = b.f64x2_promote_low_f32x4(x);
    if b.redo_v(Format::Double, result) {
        for i in 0..2 {
            let single = extract(b, Lane::S, false, x, i);
            let double = convert(b, Format::Single, Format::Double, Rounding::Current, single);
            result = b.i64x2_replace_lane(result, double, i as u8);
        }
    }
    b.set_v(rd.0, result);
}

/// FCVTN, single to half.
fn fcvtn_h<B: Builder>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let mut result = lane::zero(b);
    for i in 0..4 {
        let single = b.f32x4_extract_lane(x, i);
        let half = to_half(b, single);
        result = b.i16x8_replace_lane(result, half, i);
    }
    set_half(b, q, rd, result);
}

/// FPConvert, exactly, on bits.
fn convert<B: Builder>(b: &mut B, from: Format, to: Format, how: Rounding, bits: B::I64) -> B::I64 {
    b.fp(Op::Convert { to, how }, from, [bits; 3])
}

/// Some doubles to singles, exactly.
fn demote<B: Builder>(b: &mut B, lanes: usize, how: Rounding, x: B::V128) -> B::V128 {
    let mut result = lane::zero(b);
    for i in 0..lanes {
        let double = extract(b, Lane::D, false, x, i);
        let single = convert(b, Format::Double, Format::Single, how, double);
        result = replace(b, Lane::S, result, i, single);
    }
    result
}

/// FCVTN, double to single.
fn fcvtn_s<B: Builder>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let mut result = b.f32x4_demote_f64x2_zero(x);
    if b.redo_v(Format::Single, result) {
        result = demote(b, 2, Rounding::Current, x);
    }
    set_half(b, q, rd, result);
}

/// Double to single, rounded to odd: towards zero, and then the last bit set if anything was lost. So a later rounding to less precision is as if it were the only one.
fn to_odd<B: Builder>(b: &mut B, x: B::V128) -> B::V128 {
    let x = b.flush_singles(x);
    let nearest = b.f32x4_demote_f64x2_zero(x);
    let back = b.f64x2_promote_low_f32x4(nearest);
    let size = b.f64x2_abs(x);
    let back_size = b.f64x2_abs(back);
    // Lanes of 64 bits, brought over the two lanes of 32 bits.
    let up = b.f64x2_gt(back_size, size);
    let up = lane::truncate(b, Lane::D, up, up);
    let down = b.f64x2_lt(back_size, size);
    let down = lane::truncate(b, Lane::D, down, down);
    let lost = b.v128_or(up, down);
    // Magnitudes are ordered like integers: one less is the next towards zero.
    let truncated = b.i32x4_add(nearest, up);
    let one = lane::constant(b, Lane::S, 1);
    let odd = b.v128_and(lost, one);
    b.v128_or(truncated, odd)
}

/// FCVTXN.
fn fcvtxn_v<B: Builder>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let mut result = to_odd(b, x);
    if b.redo_v(Format::Single, result) {
        result = demote(b, 2, Rounding::Odd, x);
    }
    set_half(b, q, rd, result);
}

/// FCVTXN (scalar).
fn fcvtxn_s<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let mut result = to_odd(b, x);
    if b.redo_v(Format::Single, result) {
        result = demote(b, 1, Rounding::Odd, x);
    }
    set_scalar(b, Lane::S, rd, result);
}
