//! Advanced SIMD three registers of the same type, floating point, C4.1.96; scalar forms; scalar pairwise.

use super::{
    scalar::{F32, F64, Precision},
    shape::{binary, not_1d_fp, pairwise, same, same_acc, scalar_pair, scalar_same, ternary},
    vfloat,
};
use crate::{builder::Builder, operands::{F, Vreg}, row::instructions};

instructions! {
    class "Advanced SIMD three same, floating point";
    fmaxnm_v "0 Q 0 01110 0 sz 1 Rm:5 11000 1 Rn:5 Rd:5" "fmaxnm {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<MaxNum, F> if (not_1d_fp) feature (AdvSimd);
    fminnm_v "0 Q 0 01110 1 sz 1 Rm:5 11000 1 Rn:5 Rd:5" "fminnm {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<MinNum, F> if (not_1d_fp) feature (AdvSimd);
    fmaxnmp_v "0 Q 1 01110 0 sz 1 Rm:5 11000 1 Rn:5 Rd:5" "fmaxnmp {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => pairwise<MaxNum, F> if (not_1d_fp) feature (AdvSimd);
    fminnmp_v "0 Q 1 01110 1 sz 1 Rm:5 11000 1 Rn:5 Rd:5" "fminnmp {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => pairwise<MinNum, F> if (not_1d_fp) feature (AdvSimd);
    fmla_v "0 Q 0 01110 0 sz 1 Rm:5 11001 1 Rn:5 Rd:5" "fmla {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same_acc<Fmla, F> if (not_1d_fp) feature (AdvSimd);
    fmls_v "0 Q 0 01110 1 sz 1 Rm:5 11001 1 Rn:5 Rd:5" "fmls {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same_acc<Fmls, F> if (not_1d_fp) feature (AdvSimd);
    fadd_v "0 Q 0 01110 0 sz 1 Rm:5 11010 1 Rn:5 Rd:5" "fadd {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<Add, F> if (not_1d_fp) feature (AdvSimd);
    fsub_v "0 Q 0 01110 1 sz 1 Rm:5 11010 1 Rn:5 Rd:5" "fsub {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<Sub, F> if (not_1d_fp) feature (AdvSimd);
    faddp_v "0 Q 1 01110 0 sz 1 Rm:5 11010 1 Rn:5 Rd:5" "faddp {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => pairwise<Add, F> if (not_1d_fp) feature (AdvSimd);
    fabd_v "0 Q 1 01110 1 sz 1 Rm:5 11010 1 Rn:5 Rd:5" "fabd {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<AbsDiff, F> if (not_1d_fp) feature (AdvSimd);
    fmulx_v "0 Q 0 01110 0 sz 1 Rm:5 11011 1 Rn:5 Rd:5" "fmulx {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<MulX, F> if (not_1d_fp) feature (AdvSimd);
    fmul_v "0 Q 1 01110 0 sz 1 Rm:5 11011 1 Rn:5 Rd:5" "fmul {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<Mul, F> if (not_1d_fp) feature (AdvSimd);
    fcmeq_v "0 Q 0 01110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5" "fcmeq {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<CmEq, F> if (not_1d_fp) feature (AdvSimd);
    fcmge_v "0 Q 1 01110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5" "fcmge {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<CmGe, F> if (not_1d_fp) feature (AdvSimd);
    fcmgt_v "0 Q 1 01110 1 sz 1 Rm:5 11100 1 Rn:5 Rd:5" "fcmgt {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<CmGt, F> if (not_1d_fp) feature (AdvSimd);
    facge_v "0 Q 1 01110 0 sz 1 Rm:5 11101 1 Rn:5 Rd:5" "facge {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<AbsGe, F> if (not_1d_fp) feature (AdvSimd);
    facgt_v "0 Q 1 01110 1 sz 1 Rm:5 11101 1 Rn:5 Rd:5" "facgt {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<AbsGt, F> if (not_1d_fp) feature (AdvSimd);
    fmax_v "0 Q 0 01110 0 sz 1 Rm:5 11110 1 Rn:5 Rd:5" "fmax {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<Max, F> if (not_1d_fp) feature (AdvSimd);
    fmin_v "0 Q 0 01110 1 sz 1 Rm:5 11110 1 Rn:5 Rd:5" "fmin {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<Min, F> if (not_1d_fp) feature (AdvSimd);
    fmaxp_v "0 Q 1 01110 0 sz 1 Rm:5 11110 1 Rn:5 Rd:5" "fmaxp {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => pairwise<Max, F> if (not_1d_fp) feature (AdvSimd);
    fminp_v "0 Q 1 01110 1 sz 1 Rm:5 11110 1 Rn:5 Rd:5" "fminp {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => pairwise<Min, F> if (not_1d_fp) feature (AdvSimd);
    frecps_v "0 Q 0 01110 0 sz 1 Rm:5 11111 1 Rn:5 Rd:5" "frecps {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<RecipStep, F> if (not_1d_fp) feature (AdvSimd);
    frsqrts_v "0 Q 0 01110 1 sz 1 Rm:5 11111 1 Rn:5 Rd:5" "frsqrts {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<RsqrtStep, F> if (not_1d_fp) feature (AdvSimd);
    fdiv_v "0 Q 1 01110 0 sz 1 Rm:5 11111 1 Rn:5 Rd:5" "fdiv {Rd:T}, {Rn:T}, {Rm:T}" (Q, sz, Rm, Rn, Rd) => same<Div, F> if (not_1d_fp) feature (AdvSimd);

    // Scalar.
    fabd_s "01 1 11110 10 1 Rm:5 11010 1 Rn:5 Rd:5" "fabd {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => difference<F32> feature (AdvSimd);
    fabd_d "01 1 11110 11 1 Rm:5 11010 1 Rn:5 Rd:5" "fabd {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => difference<F64> feature (AdvSimd);
    fmulx_e "01 0 11110 0 sz 1 Rm:5 11011 1 Rn:5 Rd:5" "fmulx {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<MulX, F> feature (AdvSimd);
    fcmeq_e "01 0 11110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5" "fcmeq {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<CmEq, F> feature (AdvSimd);
    fcmge_e "01 1 11110 0 sz 1 Rm:5 11100 1 Rn:5 Rd:5" "fcmge {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<CmGe, F> feature (AdvSimd);
    fcmgt_e "01 1 11110 1 sz 1 Rm:5 11100 1 Rn:5 Rd:5" "fcmgt {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<CmGt, F> feature (AdvSimd);
    facge_e "01 1 11110 0 sz 1 Rm:5 11101 1 Rn:5 Rd:5" "facge {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<AbsGe, F> feature (AdvSimd);
    facgt_e "01 1 11110 1 sz 1 Rm:5 11101 1 Rn:5 Rd:5" "facgt {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<AbsGt, F> feature (AdvSimd);
    frecps_e "01 0 11110 0 sz 1 Rm:5 11111 1 Rn:5 Rd:5" "frecps {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<RecipStep, F> feature (AdvSimd);
    frsqrts_e "01 0 11110 1 sz 1 Rm:5 11111 1 Rn:5 Rd:5" "frsqrts {Rd:e}, {Rn:e}, {Rm:e}" (sz, Rm, Rn, Rd) => scalar_same<RsqrtStep, F> feature (AdvSimd);

    // Scalar pairwise.
    fmaxnmp_pair_e "01 1 11110 0 sz 11000 01100 10 Rn:5 Rd:5" "fmaxnmp {Rd:e}, {Rn:pair}" (sz, Rn, Rd) => scalar_pair<MaxNum, F> feature (AdvSimd);
    faddp_pair_e "01 1 11110 0 sz 11000 01101 10 Rn:5 Rd:5" "faddp {Rd:e}, {Rn:pair}" (sz, Rn, Rd) => scalar_pair<Add, F> feature (AdvSimd);
    fmaxp_pair_e "01 1 11110 0 sz 11000 01111 10 Rn:5 Rd:5" "fmaxp {Rd:e}, {Rn:pair}" (sz, Rn, Rd) => scalar_pair<Max, F> feature (AdvSimd);
    fminnmp_pair_e "01 1 11110 1 sz 11000 01100 10 Rn:5 Rd:5" "fminnmp {Rd:e}, {Rn:pair}" (sz, Rn, Rd) => scalar_pair<MinNum, F> feature (AdvSimd);
    fminp_pair_e "01 1 11110 1 sz 11000 01111 10 Rn:5 Rd:5" "fminp {Rd:e}, {Rn:pair}" (sz, Rn, Rd) => scalar_pair<Min, F> feature (AdvSimd);
}

binary! {
    Add(b, l, x, y) vfloat::add(b, l, x, y);
    Sub(b, l, x, y) vfloat::sub(b, l, x, y);
    Mul(b, l, x, y) vfloat::mul(b, l, x, y);
    Div(b, l, x, y) vfloat::div(b, l, x, y);
    Max(b, l, x, y) vfloat::max(b, l, x, y);
    Min(b, l, x, y) vfloat::min(b, l, x, y);
    MaxNum(b, l, x, y) vfloat::maxnm(b, l, x, y);
    MinNum(b, l, x, y) vfloat::minnm(b, l, x, y);
    MulX(b, l, x, y) vfloat::mulx(b, l, x, y);
    AbsDiff(b, l, x, y) vfloat::abs_diff(b, l, x, y);
    CmEq(b, l, x, y) vfloat::eq(b, l, x, y);
    CmGe(b, l, x, y) vfloat::ge(b, l, x, y);
    CmGt(b, l, x, y) vfloat::gt(b, l, x, y);
    AbsGe(b, l, x, y) {
        let (x, y) = (vfloat::abs(b, l, x), vfloat::abs(b, l, y));
        vfloat::ge(b, l, x, y)
    };
    AbsGt(b, l, x, y) {
        let (x, y) = (vfloat::abs(b, l, x), vfloat::abs(b, l, y));
        vfloat::gt(b, l, x, y)
    };
    RecipStep(b, l, x, y) vfloat::recip_step(b, l, x, y);
    RsqrtStep(b, l, x, y) vfloat::rsqrt_step(b, l, x, y);
}

ternary! {
    Fmla(b, l, x, y, d) vfloat::fma(b, l, x, y, d);
    Fmls(b, l, x, y, d) vfloat::fms(b, l, x, y, d);
}

/// FABD (scalar), which compilers use for scalar code.
fn difference<B: Builder, P: Precision<B>>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = P::read(b, rn.0);
    let y = P::read(b, rm.0);
    let difference = P::sub(b, x, y);
    let result = P::abs(b, difference);
    P::write(b, rd.0, result);
}
