//! FEAT_FP16: Advanced SIMD in half precision, and scalar forms; FEAT_FHM: products of halves added to singles; complex numbers of halves.
//!
//! The shapes and operations are those of the other precisions.

use super::{
    lane::{self, Lane},
    mode::{Away, Current, Down, Mode, Nearest, Up, Zero},
    scalar::Fixed,
    shape::{self, Binary, Ternary, Unary, count, extract, replace, set, set_scalar},
    simd_complex,
    simd_element::splat,
    simd_misc_fp::{Abs, Eq0, Estimate, Ge0, Gt0, Le0, Lt0, Neg, Recip, Recpx, Rsqrt, Sqrt},
    simd_same_fp::{AbsDiff, AbsGe, AbsGt, Add, CmEq, CmGe, CmGt, Div, Fmla, Fmls, Max, MaxNum, Min, MinNum, Mul, MulX, RecipStep, RsqrtStep, Sub},
    vfloat,
};
use crate::{
    builder::Builder,
    fpu::{Format, Op},
    operands::{Element, FpImm, I, Imm, ImmHigh, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD half precision";
    fmov_imm_h_v "0 Q 0 0111100000 abc:3 1111 1 1 defgh:5 Rd:5" "fmov {Rd:Ah}, {abc:f}" (Q, abc, defgh, Rd) => immediate over (fcvtzs_fixed_v) feature (Fp16);
    fmaxnm_h_v "0 Q 0 01110 0 10 Rm:5 00000 1 Rn:5 Rd:5" "fmaxnm {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<MaxNum> feature (Fp16);
    fminnm_h_v "0 Q 0 01110 1 10 Rm:5 00000 1 Rn:5 Rd:5" "fminnm {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<MinNum> feature (Fp16);
    fmaxnmp_h_v "0 Q 1 01110 0 10 Rm:5 00000 1 Rn:5 Rd:5" "fmaxnmp {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => pairwise<MaxNum> feature (Fp16);
    fminnmp_h_v "0 Q 1 01110 1 10 Rm:5 00000 1 Rn:5 Rd:5" "fminnmp {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => pairwise<MinNum> feature (Fp16);
    fmla_h_v "0 Q 0 01110 0 10 Rm:5 00001 1 Rn:5 Rd:5" "fmla {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same_acc<Fmla> feature (Fp16);
    fmls_h_v "0 Q 0 01110 1 10 Rm:5 00001 1 Rn:5 Rd:5" "fmls {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same_acc<Fmls> feature (Fp16);
    fadd_h_v "0 Q 0 01110 0 10 Rm:5 00010 1 Rn:5 Rd:5" "fadd {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<Add> feature (Fp16);
    fsub_h_v "0 Q 0 01110 1 10 Rm:5 00010 1 Rn:5 Rd:5" "fsub {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<Sub> feature (Fp16);
    faddp_h_v "0 Q 1 01110 0 10 Rm:5 00010 1 Rn:5 Rd:5" "faddp {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => pairwise<Add> feature (Fp16);
    fabd_h_v "0 Q 1 01110 1 10 Rm:5 00010 1 Rn:5 Rd:5" "fabd {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<AbsDiff> feature (Fp16);
    fmulx_h_v "0 Q 0 01110 0 10 Rm:5 00011 1 Rn:5 Rd:5" "fmulx {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<MulX> feature (Fp16);
    fmul_h_v "0 Q 1 01110 0 10 Rm:5 00011 1 Rn:5 Rd:5" "fmul {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<Mul> feature (Fp16);
    fcmeq_h_v "0 Q 0 01110 0 10 Rm:5 00100 1 Rn:5 Rd:5" "fcmeq {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<CmEq> feature (Fp16);
    fcmge_h_v "0 Q 1 01110 0 10 Rm:5 00100 1 Rn:5 Rd:5" "fcmge {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<CmGe> feature (Fp16);
    fcmgt_h_v "0 Q 1 01110 1 10 Rm:5 00100 1 Rn:5 Rd:5" "fcmgt {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<CmGt> feature (Fp16);
    facge_h_v "0 Q 1 01110 0 10 Rm:5 00101 1 Rn:5 Rd:5" "facge {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<AbsGe> feature (Fp16);
    facgt_h_v "0 Q 1 01110 1 10 Rm:5 00101 1 Rn:5 Rd:5" "facgt {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<AbsGt> feature (Fp16);
    fmax_h_v "0 Q 0 01110 0 10 Rm:5 00110 1 Rn:5 Rd:5" "fmax {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<Max> feature (Fp16);
    fmin_h_v "0 Q 0 01110 1 10 Rm:5 00110 1 Rn:5 Rd:5" "fmin {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<Min> feature (Fp16);
    fmaxp_h_v "0 Q 1 01110 0 10 Rm:5 00110 1 Rn:5 Rd:5" "fmaxp {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => pairwise<Max> feature (Fp16);
    fminp_h_v "0 Q 1 01110 1 10 Rm:5 00110 1 Rn:5 Rd:5" "fminp {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => pairwise<Min> feature (Fp16);
    frecps_h_v "0 Q 0 01110 0 10 Rm:5 00111 1 Rn:5 Rd:5" "frecps {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<RecipStep> feature (Fp16);
    frsqrts_h_v "0 Q 0 01110 1 10 Rm:5 00111 1 Rn:5 Rd:5" "frsqrts {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<RsqrtStep> feature (Fp16);
    fdiv_h_v "0 Q 1 01110 0 10 Rm:5 00111 1 Rn:5 Rd:5" "fdiv {Rd:Ah}, {Rn:Ah}, {Rm:Ah}" (Q, Rm, Rn, Rd) => same<Div> feature (Fp16);
    fmulx_h_e "01 0 11110 0 10 Rm:5 00011 1 Rn:5 Rd:5" "fmulx {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<MulX> feature (Fp16);
    fcmeq_h_e "01 0 11110 0 10 Rm:5 00100 1 Rn:5 Rd:5" "fcmeq {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<CmEq> feature (Fp16);
    fcmge_h_e "01 1 11110 0 10 Rm:5 00100 1 Rn:5 Rd:5" "fcmge {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<CmGe> feature (Fp16);
    fcmgt_h_e "01 1 11110 1 10 Rm:5 00100 1 Rn:5 Rd:5" "fcmgt {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<CmGt> feature (Fp16);
    facge_h_e "01 1 11110 0 10 Rm:5 00101 1 Rn:5 Rd:5" "facge {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<AbsGe> feature (Fp16);
    facgt_h_e "01 1 11110 1 10 Rm:5 00101 1 Rn:5 Rd:5" "facgt {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<AbsGt> feature (Fp16);
    frecps_h_e "01 0 11110 0 10 Rm:5 00111 1 Rn:5 Rd:5" "frecps {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<RecipStep> feature (Fp16);
    frsqrts_h_e "01 0 11110 1 10 Rm:5 00111 1 Rn:5 Rd:5" "frsqrts {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<RsqrtStep> feature (Fp16);
    fmaxnmp_pair_h_e "01 0 11110 0 0 11000 01100 10 Rn:5 Rd:5" "fmaxnmp {Rd:h}, {Rn:.2h}" (Rn, Rd) => pair<MaxNum> feature (Fp16);
    faddp_pair_h_e "01 0 11110 0 0 11000 01101 10 Rn:5 Rd:5" "faddp {Rd:h}, {Rn:.2h}" (Rn, Rd) => pair<Add> feature (Fp16);
    fmaxp_pair_h_e "01 0 11110 0 0 11000 01111 10 Rn:5 Rd:5" "fmaxp {Rd:h}, {Rn:.2h}" (Rn, Rd) => pair<Max> feature (Fp16);
    fminnmp_pair_h_e "01 0 11110 1 0 11000 01100 10 Rn:5 Rd:5" "fminnmp {Rd:h}, {Rn:.2h}" (Rn, Rd) => pair<MinNum> feature (Fp16);
    fminp_pair_h_e "01 0 11110 1 0 11000 01111 10 Rn:5 Rd:5" "fminp {Rd:h}, {Rn:.2h}" (Rn, Rd) => pair<Min> feature (Fp16);
    fabd_h_e "01 1 11110 1 10 Rm:5 00010 1 Rn:5 Rd:5" "fabd {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => scalar<AbsDiff> feature (Fp16);
    frintn_h_v "0 Q 0 01110 0 1 11100 11000 10 Rn:5 Rd:5" "frintn {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => round<Nearest> feature (Fp16);
    frintm_h_v "0 Q 0 01110 0 1 11100 11001 10 Rn:5 Rd:5" "frintm {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => round<Down> feature (Fp16);
    frintp_h_v "0 Q 0 01110 1 1 11100 11000 10 Rn:5 Rd:5" "frintp {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => round<Up> feature (Fp16);
    frintz_h_v "0 Q 0 01110 1 1 11100 11001 10 Rn:5 Rd:5" "frintz {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => round<Zero> feature (Fp16);
    frinta_h_v "0 Q 1 01110 0 1 11100 11000 10 Rn:5 Rd:5" "frinta {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => round<Away> feature (Fp16);
    frintx_h_v "0 Q 1 01110 0 1 11100 11001 10 Rn:5 Rd:5" "frintx {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => round_exact feature (Fp16);
    frinti_h_v "0 Q 1 01110 1 1 11100 11001 10 Rn:5 Rd:5" "frinti {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => round<Current> feature (Fp16);
    fcvtns_h_v "0 Q 0 01110 0 1 11100 11010 10 Rn:5 Rd:5" "fcvtns {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Nearest, true> feature (Fp16);
    fcvtms_h_v "0 Q 0 01110 0 1 11100 11011 10 Rn:5 Rd:5" "fcvtms {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Down, true> feature (Fp16);
    fcvtas_h_v "0 Q 0 01110 0 1 11100 11100 10 Rn:5 Rd:5" "fcvtas {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Away, true> feature (Fp16);
    fcvtps_h_v "0 Q 0 01110 1 1 11100 11010 10 Rn:5 Rd:5" "fcvtps {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Up, true> feature (Fp16);
    fcvtzs_h_v "0 Q 0 01110 1 1 11100 11011 10 Rn:5 Rd:5" "fcvtzs {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Zero, true> feature (Fp16);
    fcvtnu_h_v "0 Q 1 01110 0 1 11100 11010 10 Rn:5 Rd:5" "fcvtnu {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Nearest, false> feature (Fp16);
    fcvtmu_h_v "0 Q 1 01110 0 1 11100 11011 10 Rn:5 Rd:5" "fcvtmu {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Down, false> feature (Fp16);
    fcvtau_h_v "0 Q 1 01110 0 1 11100 11100 10 Rn:5 Rd:5" "fcvtau {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Away, false> feature (Fp16);
    fcvtpu_h_v "0 Q 1 01110 1 1 11100 11010 10 Rn:5 Rd:5" "fcvtpu {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Up, false> feature (Fp16);
    fcvtzu_h_v "0 Q 1 01110 1 1 11100 11011 10 Rn:5 Rd:5" "fcvtzu {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => to_integer<Zero, false> feature (Fp16);
    scvtf_h_v "0 Q 0 01110 0 1 11100 11101 10 Rn:5 Rd:5" "scvtf {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => from_integer<true> feature (Fp16);
    ucvtf_h_v "0 Q 1 01110 0 1 11100 11101 10 Rn:5 Rd:5" "ucvtf {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => from_integer<false> feature (Fp16);
    fabs_h_v "0 Q 0 01110 1 1 11100 01111 10 Rn:5 Rd:5" "fabs {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => misc<Abs> feature (Fp16);
    fneg_h_v "0 Q 1 01110 1 1 11100 01111 10 Rn:5 Rd:5" "fneg {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => misc<Neg> feature (Fp16);
    fsqrt_h_v "0 Q 1 01110 1 1 11100 11111 10 Rn:5 Rd:5" "fsqrt {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => misc<Sqrt> feature (Fp16);
    fcmgt_zero_h_v "0 Q 0 01110 1 1 11100 01100 10 Rn:5 Rd:5" "fcmgt {Rd:Ah}, {Rn:Ah}, #0.0" (Q, Rn, Rd) => misc<Gt0> feature (Fp16);
    fcmeq_zero_h_v "0 Q 0 01110 1 1 11100 01101 10 Rn:5 Rd:5" "fcmeq {Rd:Ah}, {Rn:Ah}, #0.0" (Q, Rn, Rd) => misc<Eq0> feature (Fp16);
    fcmlt_zero_h_v "0 Q 0 01110 1 1 11100 01110 10 Rn:5 Rd:5" "fcmlt {Rd:Ah}, {Rn:Ah}, #0.0" (Q, Rn, Rd) => misc<Lt0> feature (Fp16);
    fcmge_zero_h_v "0 Q 1 01110 1 1 11100 01100 10 Rn:5 Rd:5" "fcmge {Rd:Ah}, {Rn:Ah}, #0.0" (Q, Rn, Rd) => misc<Ge0> feature (Fp16);
    fcmle_zero_h_v "0 Q 1 01110 1 1 11100 01101 10 Rn:5 Rd:5" "fcmle {Rd:Ah}, {Rn:Ah}, #0.0" (Q, Rn, Rd) => misc<Le0> feature (Fp16);
    frecpe_h_v "0 Q 0 01110 1 1 11100 11101 10 Rn:5 Rd:5" "frecpe {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => estimate<Recip> feature (Fp16);
    frsqrte_h_v "0 Q 1 01110 1 1 11100 11101 10 Rn:5 Rd:5" "frsqrte {Rd:Ah}, {Rn:Ah}" (Q, Rn, Rd) => estimate<Rsqrt> feature (Fp16);
    fcvtns_fp_h_e "01 0 11110 0 1 11100 11010 10 Rn:5 Rd:5" "fcvtns {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Nearest, true> feature (Fp16);
    fcvtms_fp_h_e "01 0 11110 0 1 11100 11011 10 Rn:5 Rd:5" "fcvtms {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Down, true> feature (Fp16);
    fcvtas_fp_h_e "01 0 11110 0 1 11100 11100 10 Rn:5 Rd:5" "fcvtas {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Away, true> feature (Fp16);
    fcvtps_fp_h_e "01 0 11110 1 1 11100 11010 10 Rn:5 Rd:5" "fcvtps {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Up, true> feature (Fp16);
    fcvtzs_fp_h_e "01 0 11110 1 1 11100 11011 10 Rn:5 Rd:5" "fcvtzs {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Zero, true> feature (Fp16);
    fcvtnu_fp_h_e "01 1 11110 0 1 11100 11010 10 Rn:5 Rd:5" "fcvtnu {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Nearest, false> feature (Fp16);
    fcvtmu_fp_h_e "01 1 11110 0 1 11100 11011 10 Rn:5 Rd:5" "fcvtmu {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Down, false> feature (Fp16);
    fcvtau_fp_h_e "01 1 11110 0 1 11100 11100 10 Rn:5 Rd:5" "fcvtau {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Away, false> feature (Fp16);
    fcvtpu_fp_h_e "01 1 11110 1 1 11100 11010 10 Rn:5 Rd:5" "fcvtpu {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Up, false> feature (Fp16);
    fcvtzu_fp_h_e "01 1 11110 1 1 11100 11011 10 Rn:5 Rd:5" "fcvtzu {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_to_integer<Zero, false> feature (Fp16);
    scvtf_fp_h_e "01 0 11110 0 1 11100 11101 10 Rn:5 Rd:5" "scvtf {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_from_integer<true> feature (Fp16);
    ucvtf_fp_h_e "01 1 11110 0 1 11100 11101 10 Rn:5 Rd:5" "ucvtf {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_from_integer<false> feature (Fp16);
    fcmgt_zero_h_e "01 0 11110 1 1 11100 01100 10 Rn:5 Rd:5" "fcmgt {Rd:h}, {Rn:h}, #0.0" (Rn, Rd) => scalar_one<Gt0> feature (Fp16);
    fcmeq_zero_h_e "01 0 11110 1 1 11100 01101 10 Rn:5 Rd:5" "fcmeq {Rd:h}, {Rn:h}, #0.0" (Rn, Rd) => scalar_one<Eq0> feature (Fp16);
    fcmlt_zero_h_e "01 0 11110 1 1 11100 01110 10 Rn:5 Rd:5" "fcmlt {Rd:h}, {Rn:h}, #0.0" (Rn, Rd) => scalar_one<Lt0> feature (Fp16);
    fcmge_zero_h_e "01 1 11110 1 1 11100 01100 10 Rn:5 Rd:5" "fcmge {Rd:h}, {Rn:h}, #0.0" (Rn, Rd) => scalar_one<Ge0> feature (Fp16);
    fcmle_zero_h_e "01 1 11110 1 1 11100 01101 10 Rn:5 Rd:5" "fcmle {Rd:h}, {Rn:h}, #0.0" (Rn, Rd) => scalar_one<Le0> feature (Fp16);
    frecpe_h_e "01 0 11110 1 1 11100 11101 10 Rn:5 Rd:5" "frecpe {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_estimate<Recip> feature (Fp16);
    frsqrte_h_e "01 1 11110 1 1 11100 11101 10 Rn:5 Rd:5" "frsqrte {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_estimate<Rsqrt> feature (Fp16);
    frecpx_h_e "01 0 11110 1 1 11100 11111 10 Rn:5 Rd:5" "frecpx {Rd:h}, {Rn:h}" (Rn, Rd) => scalar_estimate<Recpx> feature (Fp16);
    fmaxnmv_h "0 Q 0 01110 0 0 11000 01100 10 Rn:5 Rd:5" "fmaxnmv {Rd:h}, {Rn:Ah}" (Q, Rn, Rd) => across<MaxNum> feature (Fp16);
    fminnmv_h "0 Q 0 01110 1 0 11000 01100 10 Rn:5 Rd:5" "fminnmv {Rd:h}, {Rn:Ah}" (Q, Rn, Rd) => across<MinNum> feature (Fp16);
    fmaxv_h "0 Q 0 01110 0 0 11000 01111 10 Rn:5 Rd:5" "fmaxv {Rd:h}, {Rn:Ah}" (Q, Rn, Rd) => across<Max> feature (Fp16);
    fminv_h "0 Q 0 01110 1 0 11000 01111 10 Rn:5 Rd:5" "fminv {Rd:h}, {Rn:Ah}" (Q, Rn, Rd) => across<Min> feature (Fp16);
    fmul_el_h "0 Q 0 01111 00 m:6 1001 H 0 Rn:5 Rd:5" "fmul {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element<Mul> feature (Fp16);
    fmul_el_scalar_h "01 0 11111 00 m:6 1001 H 0 Rn:5 Rd:5" "fmul {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element<Mul> feature (Fp16);
    fmulx_el_h "0 Q 1 01111 00 m:6 1001 H 0 Rn:5 Rd:5" "fmulx {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element<MulX> feature (Fp16);
    fmulx_el_scalar_h "01 1 11111 00 m:6 1001 H 0 Rn:5 Rd:5" "fmulx {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element<MulX> feature (Fp16);
    fmla_el_h "0 Q 0 01111 00 m:6 0001 H 0 Rn:5 Rd:5" "fmla {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_acc<Fmla> feature (Fp16);
    fmla_el_scalar_h "01 0 11111 00 m:6 0001 H 0 Rn:5 Rd:5" "fmla {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element_acc<Fmla> feature (Fp16);
    fmls_el_h "0 Q 0 01111 00 m:6 0101 H 0 Rn:5 Rd:5" "fmls {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_acc<Fmls> feature (Fp16);
    fmls_el_scalar_h "01 0 11111 00 m:6 0101 H 0 Rn:5 Rd:5" "fmls {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element_acc<Fmls> feature (Fp16);
    fmlal_v "0 Q 0 01110 0 01 Rm:5 11101 1 Rn:5 Rd:5" "fmlal {Rd:As}, {Rn:Hh}, {Rm:Hh}" (Q, Rm, Rn, Rd) => multiply_long<false, false> feature (Fhm);
    fmlsl_v "0 Q 0 01110 1 01 Rm:5 11101 1 Rn:5 Rd:5" "fmlsl {Rd:As}, {Rn:Hh}, {Rm:Hh}" (Q, Rm, Rn, Rd) => multiply_long<true, false> feature (Fhm);
    fmlal2_v "0 Q 1 01110 0 01 Rm:5 11001 1 Rn:5 Rd:5" "fmlal2 {Rd:As}, {Rn:Hh}, {Rm:Hh}" (Q, Rm, Rn, Rd) => multiply_long<false, true> feature (Fhm);
    fmlsl2_v "0 Q 1 01110 1 01 Rm:5 11001 1 Rn:5 Rd:5" "fmlsl2 {Rd:As}, {Rn:Hh}, {Rm:Hh}" (Q, Rm, Rn, Rd) => multiply_long<true, true> feature (Fhm);
    fmlal_el "0 Q 0 01111 10 m:6 0000 H 0 Rn:5 Rd:5" "fmlal {Rd:As}, {Rn:Hh}, {m}" (Q, m, H, Rn, Rd) => multiply_long_element<false, false> feature (Fhm);
    fmlsl_el "0 Q 0 01111 10 m:6 0100 H 0 Rn:5 Rd:5" "fmlsl {Rd:As}, {Rn:Hh}, {m}" (Q, m, H, Rn, Rd) => multiply_long_element<true, false> feature (Fhm);
    fmlal2_el "0 Q 1 01111 10 m:6 1000 H 0 Rn:5 Rd:5" "fmlal2 {Rd:As}, {Rn:Hh}, {m}" (Q, m, H, Rn, Rd) => multiply_long_element<false, true> feature (Fhm);
    fmlsl2_el "0 Q 1 01111 10 m:6 1100 H 0 Rn:5 Rd:5" "fmlsl2 {Rd:As}, {Rn:Hh}, {m}" (Q, m, H, Rn, Rd) => multiply_long_element<true, true> feature (Fhm);
    fcadd_90_h_v "0 Q 1 01110 01 0 Rm:5 111 0 01 Rn:5 Rd:5" "fcadd {Rd:Ah}, {Rn:Ah}, {Rm:Ah}, #90" (Q, Rm, Rn, Rd) => complex_add<90> feature (FCma);
    fcadd_270_h_v "0 Q 1 01110 01 0 Rm:5 111 1 01 Rn:5 Rd:5" "fcadd {Rd:Ah}, {Rn:Ah}, {Rm:Ah}, #270" (Q, Rm, Rn, Rd) => complex_add<270> feature (FCma);
    fcmla_0_h_v "0 Q 1 01110 01 0 Rm:5 110 00 1 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {Rm:Ah}, #0" (Q, Rm, Rn, Rd) => complex_multiply<0> feature (FCma);
    fcmla_0_el_h "0 Q 1 01111 01 m:6 0 00 1 H 0 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {m:h}, #0" (Q, m, H, Rn, Rd) => complex_multiply_element<0> if (index_allowed) feature (FCma);
    fcmla_90_h_v "0 Q 1 01110 01 0 Rm:5 110 01 1 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {Rm:Ah}, #90" (Q, Rm, Rn, Rd) => complex_multiply<90> feature (FCma);
    fcmla_90_el_h "0 Q 1 01111 01 m:6 0 01 1 H 0 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {m:h}, #90" (Q, m, H, Rn, Rd) => complex_multiply_element<90> if (index_allowed) feature (FCma);
    fcmla_180_h_v "0 Q 1 01110 01 0 Rm:5 110 10 1 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {Rm:Ah}, #180" (Q, Rm, Rn, Rd) => complex_multiply<180> feature (FCma);
    fcmla_180_el_h "0 Q 1 01111 01 m:6 0 10 1 H 0 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {m:h}, #180" (Q, m, H, Rn, Rd) => complex_multiply_element<180> if (index_allowed) feature (FCma);
    fcmla_270_h_v "0 Q 1 01110 01 0 Rm:5 110 11 1 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {Rm:Ah}, #270" (Q, Rm, Rn, Rd) => complex_multiply<270> feature (FCma);
    fcmla_270_el_h "0 Q 1 01111 01 m:6 0 11 1 H 0 Rn:5 Rd:5" "fcmla {Rd:Ah}, {Rn:Ah}, {m:h}, #270" (Q, m, H, Rn, Rd) => complex_multiply_element<270> if (index_allowed) feature (FCma);
}

/// FMOV (vector, immediate).
fn immediate<B: Builder>(b: &mut B, q: Q, abc: ImmHigh, defgh: Imm<5>, rd: Vreg) {
    let imm = FpImm(abc.0 << 5 | defgh.0);
    let value = vfloat::constant(b, Lane::H, imm.value());
    set(b, q, rd, value);
}

/// Indices are below the number of pairs.
fn index_allowed(word: u32) -> bool {
    word >> 30 & 1 == 1 || word >> 11 & 1 == 0
}

fn same<B: Builder, O: Binary>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    shape::same::<B, O, I>(b, q, I(Lane::H), rm, rn, rd);
}

fn same_acc<B: Builder, O: Ternary>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    shape::same_acc::<B, O, I>(b, q, I(Lane::H), rm, rn, rd);
}

fn pairwise<B: Builder, O: Binary>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    shape::pairwise::<B, O, I>(b, q, I(Lane::H), rm, rn, rd);
}

fn misc<B: Builder, O: Unary>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    shape::misc::<B, O, I>(b, q, I(Lane::H), rn, rd);
}

fn scalar<B: Builder, O: Binary>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    shape::scalar_same::<B, O, I>(b, I(Lane::H), rm, rn, rd);
}

fn pair<B: Builder, O: Binary>(b: &mut B, rn: Vreg, rd: Vreg) {
    shape::scalar_pair::<B, O, I>(b, I(Lane::H), rn, rd);
}

fn scalar_one<B: Builder, O: Unary>(b: &mut B, rn: Vreg, rd: Vreg) {
    shape::scalar_misc::<B, O, I>(b, I(Lane::H), rn, rd);
}

/// FRINT[NMPZAI].
fn round<B: Builder, M: Mode>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::H));
    let x = b.v(rn.0);
    let result = vfloat::round(b, Lane::H, M::ROUNDING, false, x);
    set(b, q, rd, result);
}

/// FRINTX.
fn round_exact<B: Builder>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::H));
    let x = b.v(rn.0);
    let result = vfloat::round(b, Lane::H, Current::ROUNDING, true, x);
    set(b, q, rd, result);
}

/// FCVT[NMPZA][SU].
fn to_integer<B: Builder, M: Mode, const SIGNED: bool>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::H));
    let x = b.v(rn.0);
    let result = vfloat::to_int(b, Lane::H, M::ROUNDING, Fixed::integer(SIGNED), x);
    set(b, q, rd, result);
}

/// [SU]CVTF.
fn from_integer<B: Builder, const SIGNED: bool>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::H));
    let x = b.v(rn.0);
    let result = vfloat::from_int(b, Lane::H, Fixed::integer(SIGNED), x);
    set(b, q, rd, result);
}

/// FCVT[NMPZA][SU] (scalar).
fn scalar_to_integer<B: Builder, M: Mode, const SIGNED: bool>(b: &mut B, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = vfloat::to_int(b, Lane::H, M::ROUNDING, Fixed::integer(SIGNED), x);
    set_scalar(b, Lane::H, rd, result);
}

/// [SU]CVTF (scalar).
fn scalar_from_integer<B: Builder, const SIGNED: bool>(b: &mut B, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = vfloat::from_int(b, Lane::H, Fixed::integer(SIGNED), x);
    set_scalar(b, Lane::H, rd, result);
}

/// FRECPE, FRSQRTE.
fn estimate<B: Builder, E: Estimate>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let result = E::apply(b, Lane::H, count(q, Lane::H), x);
    b.set_v(rd.0, result);
}

/// FRECPE, FRSQRTE, FRECPX (scalar).
fn scalar_estimate<B: Builder, E: Estimate>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let result = E::apply(b, Lane::H, 1, x);
    set_scalar(b, Lane::H, rd, result);
}

/// FMAXV, FMINV, FMAXNMV, FMINNMV.
fn across<B: Builder, O: Binary>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let n = count(q, Lane::H);
    b.set_lanes(n);
    let x = b.v(rn.0);
    let result = lane::reduce(b, Lane::H, n, x, |b, x, y| O::apply(b, Lane::H, x, y));
    set_scalar(b, Lane::H, rd, result);
}

/// `Vd = f(Vn, Vm[i])`.
fn element<B: Builder, O: Binary>(b: &mut B, q: Q, m: Element<1>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::H));
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let result = O::apply(b, Lane::H, x, y);
    set(b, q, rd, result);
}

/// `Vd = f(Vn, Vm[i], Vd)`.
fn element_acc<B: Builder, O: Ternary>(b: &mut B, q: Q, m: Element<1>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::H));
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let d = b.v(rd.0);
    let result = O::apply(b, Lane::H, x, y, d);
    set(b, q, rd, result);
}

/// Scalar `f(Vn, Vm[i])`.
fn scalar_element<B: Builder, O: Binary>(b: &mut B, m: Element<1>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let result = O::apply(b, Lane::H, x, y);
    set_scalar(b, Lane::H, rd, result);
}

/// Scalar `f(Vn, Vm[i], Vd)`.
fn scalar_element_acc<B: Builder, O: Ternary>(b: &mut B, m: Element<1>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let d = b.v(rd.0);
    let result = O::apply(b, Lane::H, x, y, d);
    set_scalar(b, Lane::H, rd, result);
}

/// `d ± x * y`, where x and y are halves, from lane `from` on, and d is singles.
fn multiply_add_long<B: Builder>(b: &mut B, q: Q, negate: bool, high: bool, x: B::V128, y: B::V128, rd: Vreg) {
    let lanes = count(q, Lane::S);
    let from = if high { lanes } else { 0 };
    let x = if negate { vfloat::neg(b, Lane::H, x) } else { x };
    let d = b.v(rd.0);
    let mut result = lane::zero(b);
    for i in 0..lanes {
        let x = extract(b, Lane::H, false, x, from + i);
        let y = extract(b, Lane::H, false, y, from + i);
        let part = if b.exact() || !B::HOST_HALF {
            let z = extract(b, Lane::S, false, d, i);
            b.fp(Op::MulAddLong, Format::Single, [x, y, z])
        } else {
            let (x, y) = (b.i32_wrap_i64(x), b.i32_wrap_i64(y));
            let (x, y) = (b.f32_from_f16(x), b.f32_from_f16(y));
            let z = b.f32x4_extract_lane(d, i as u8);
            let sum = b.f32_fma(x, y, z);
            let bits = b.i32_reinterpret_f32(sum);
            b.i64_extend_i32_u(bits)
        };
        result = replace(b, Lane::S, result, i, part);
    }
    b.set_v(rd.0, result);
}

/// FMLAL, FMLSL, FMLAL2, FMLSL2.
fn multiply_long<B: Builder, const NEGATE: bool, const HIGH: bool>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (x, y) = (b.v(rn.0), b.v(rm.0));
    multiply_add_long(b, q, NEGATE, HIGH, x, y, rd);
}

/// FMLAL, FMLSL, FMLAL2, FMLSL2 (by element).
fn multiply_long_element<B: Builder, const NEGATE: bool, const HIGH: bool>(b: &mut B, q: Q, m: Element<1>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    multiply_add_long(b, q, NEGATE, HIGH, x, y, rd);
}

/// FCADD.
fn complex_add<B: Builder, const DEGREES: u32>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    simd_complex::add_lanes::<B, DEGREES>(b, q, Lane::H, rm, rn, rd);
}

/// FCMLA.
fn complex_multiply<B: Builder, const DEGREES: u32>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (x, y) = (b.v(rn.0), b.v(rm.0));
    complex_multiply_add::<B, DEGREES>(b, q, x, y, rd);
}

fn complex_multiply_add<B: Builder, const DEGREES: u32>(b: &mut B, q: Q, x: B::V128, y: B::V128, rd: Vreg) {
    b.set_lanes(count(q, Lane::H));
    let d = b.v(rd.0);
    let result = simd_complex::step(b, Lane::H, DEGREES, x, y, d);
    set(b, q, rd, result);
}

/// FCMLA (by element): one pair of Vm.
fn complex_multiply_element<B: Builder, const DEGREES: u32>(b: &mut B, q: Q, m: Element<2>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    complex_multiply_add::<B, DEGREES>(b, q, x, y, rd);
}
