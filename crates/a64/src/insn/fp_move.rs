//! Floating-point moves, C4.1.96.

use super::{
    half::F16,
    scalar::{F32, F64, Precision},
};
use crate::{
    builder::Builder,
    operands::{FpImm, Gpr, Vreg},
    row::instructions,
};

instructions! {
    class "Floating-point moves";
    fmov_reg_s "00011110 00 1 000000 10000 Rn:5 Rd:5" "fmov {Rd:s}, {Rn:s}" (Rn, Rd) => register<F32> feature (Fp);
    fmov_reg_d "00011110 01 1 000000 10000 Rn:5 Rd:5" "fmov {Rd:d}, {Rn:d}" (Rn, Rd) => register<F64> feature (Fp);
    fmov_imm_s "00011110 00 1 imm8:8 100 00000 Rd:5" "fmov {Rd:s}, {imm8}" (imm8, Rd) => immediate<F32> feature (Fp);
    fmov_imm_d "00011110 01 1 imm8:8 100 00000 Rd:5" "fmov {Rd:d}, {imm8}" (imm8, Rd) => immediate<F64> feature (Fp);
    fmov_w_s "0 0011110 00 1 00 110 000000 Rn:5 Rd:5" "fmov {Rd:w}, {Rn:s}" (Rn, Rd) feature (Fp);
    fmov_s_w "0 0011110 00 1 00 111 000000 Rn:5 Rd:5" "fmov {Rd:s}, {Rn:w}" (Rn, Rd) feature (Fp);
    fmov_x_d "1 0011110 01 1 00 110 000000 Rn:5 Rd:5" "fmov {Rd:x}, {Rn:d}" (Rn, Rd) feature (Fp);
    fmov_d_x "1 0011110 01 1 00 111 000000 Rn:5 Rd:5" "fmov {Rd:d}, {Rn:x}" (Rn, Rd) feature (Fp);
    fmov_x_top "1 0011110 10 1 01 110 000000 Rn:5 Rd:5" "fmov {Rd:x}, {Rn:.d}[1]" (Rn, Rd) feature (Fp);
    fmov_top_x "1 0011110 10 1 01 111 000000 Rn:5 Rd:5" "fmov {Rd:.d}[1], {Rn:x}" (Rn, Rd) feature (Fp);
    fmov_reg_h "00011110 11 1 000000 10000 Rn:5 Rd:5" "fmov {Rd:h}, {Rn:h}" (Rn, Rd) => register<F16> feature (Fp16);
    fmov_imm_h "00011110 11 1 imm8:8 100 00000 Rd:5" "fmov {Rd:h}, {imm8}" (imm8, Rd) => immediate<F16> feature (Fp16);
    fmov_w_h "0 0011110 11 1 00 110 000000 Rn:5 Rd:5" "fmov {Rd:w}, {Rn:h}" (Rn, Rd) => half_to_general feature (Fp16);
    fmov_x_h "1 0011110 11 1 00 110 000000 Rn:5 Rd:5" "fmov {Rd:x}, {Rn:h}" (Rn, Rd) => half_to_general feature (Fp16);
    fmov_h_w "0 0011110 11 1 00 111 000000 Rn:5 Rd:5" "fmov {Rd:h}, {Rn:w}" (Rn, Rd) => half_from_general feature (Fp16);
    fmov_h_x "1 0011110 11 1 00 111 000000 Rn:5 Rd:5" "fmov {Rd:h}, {Rn:x}" (Rn, Rd) => half_from_general feature (Fp16);
}

/// FMOV (register).
fn register<B: Builder, P: Precision<B>>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = P::read(b, rn.0);
    P::write(b, rd.0, x);
}

/// FMOV (scalar, immediate).
fn immediate<B: Builder, P: Precision<B>>(b: &mut B, imm8: FpImm, rd: Vreg) {
    let x = P::number(b, imm8.value());
    P::write(b, rd.0, x);
}

/// FMOV, single to general.
fn fmov_w_s<B: Builder>(b: &mut B, rn: Vreg, rd: Gpr) {
    let x = b.s(rn.0);
    let bits = b.i32_reinterpret_f32(x);
    rd.set_w(b, bits);
}

/// FMOV, general to single.
fn fmov_s_w<B: Builder>(b: &mut B, rn: Gpr, rd: Vreg) {
    let bits = rn.w(b);
    let x = b.f32_reinterpret_i32(bits);
    b.set_s(rd.0, x);
}

/// FMOV, double to general.
fn fmov_x_d<B: Builder>(b: &mut B, rn: Vreg, rd: Gpr) {
    let x = b.d(rn.0);
    let bits = b.i64_reinterpret_f64(x);
    rd.set_x(b, bits);
}

/// FMOV, general to double.
fn fmov_d_x<B: Builder>(b: &mut B, rn: Gpr, rd: Vreg) {
    let bits = rn.x(b);
    let x = b.f64_reinterpret_i64(bits);
    b.set_d(rd.0, x);
}

/// FMOV, top half to general.
fn fmov_x_top<B: Builder>(b: &mut B, rn: Vreg, rd: Gpr) {
    let v = b.v(rn.0);
    let bits = b.i64x2_extract_lane(v, 1);
    rd.set_x(b, bits);
}

/// FMOV, general to top half.
fn fmov_top_x<B: Builder>(b: &mut B, rn: Gpr, rd: Vreg) {
    let bits = rn.x(b);
    let v = b.v(rd.0);
    let v = b.i64x2_replace_lane(v, bits, 1);
    b.set_v(rd.0, v);
}

/// FMOV, half to general.
fn half_to_general<B: Builder>(b: &mut B, rn: Vreg, rd: Gpr) {
    let bits = F16::read(b, rn.0);
    rd.set_w(b, bits);
}

/// FMOV, general to half.
fn half_from_general<B: Builder>(b: &mut B, rn: Gpr, rd: Vreg) {
    let w = rn.w(b);
    let mask = b.i32_const(0xffff);
    let bits = b.i32_and(w, mask);
    F16::write(b, rd.0, bits);
}
