//! Conversions between floating-point precisions, integers and fixed-point numbers, C4.1.96.

use super::{
    half::{self, F16},
    mode::{Away, Down, Mode, Nearest, Up, Zero},
    scalar::{F32, F64, Fixed, Precision},
};
use crate::{
    builder::Builder,
    fpu::{Format, Op, Rounding},
    operands::{FractionBits, Gpr, Vreg, Width},
    row::instructions,
};

instructions! {
    class "Floating-point conversion";
    fcvtns_s "sf 0011110 00 1 00 000 000000 Rn:5 Rd:5" "fcvtns {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Nearest, true> feature (Fp);
    fcvtns_d "sf 0011110 01 1 00 000 000000 Rn:5 Rd:5" "fcvtns {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Nearest, true> feature (Fp);
    fcvtnu_s "sf 0011110 00 1 00 001 000000 Rn:5 Rd:5" "fcvtnu {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Nearest, false> feature (Fp);
    fcvtnu_d "sf 0011110 01 1 00 001 000000 Rn:5 Rd:5" "fcvtnu {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Nearest, false> feature (Fp);
    fcvtps_s "sf 0011110 00 1 01 000 000000 Rn:5 Rd:5" "fcvtps {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Up, true> feature (Fp);
    fcvtps_d "sf 0011110 01 1 01 000 000000 Rn:5 Rd:5" "fcvtps {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Up, true> feature (Fp);
    fcvtpu_s "sf 0011110 00 1 01 001 000000 Rn:5 Rd:5" "fcvtpu {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Up, false> feature (Fp);
    fcvtpu_d "sf 0011110 01 1 01 001 000000 Rn:5 Rd:5" "fcvtpu {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Up, false> feature (Fp);
    fcvtms_s "sf 0011110 00 1 10 000 000000 Rn:5 Rd:5" "fcvtms {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Down, true> feature (Fp);
    fcvtms_d "sf 0011110 01 1 10 000 000000 Rn:5 Rd:5" "fcvtms {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Down, true> feature (Fp);
    fcvtmu_s "sf 0011110 00 1 10 001 000000 Rn:5 Rd:5" "fcvtmu {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Down, false> feature (Fp);
    fcvtmu_d "sf 0011110 01 1 10 001 000000 Rn:5 Rd:5" "fcvtmu {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Down, false> feature (Fp);
    fcvtzs_s "sf 0011110 00 1 11 000 000000 Rn:5 Rd:5" "fcvtzs {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Zero, true> feature (Fp);
    fcvtzs_d "sf 0011110 01 1 11 000 000000 Rn:5 Rd:5" "fcvtzs {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Zero, true> feature (Fp);
    fcvtzu_s "sf 0011110 00 1 11 001 000000 Rn:5 Rd:5" "fcvtzu {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Zero, false> feature (Fp);
    fcvtzu_d "sf 0011110 01 1 11 001 000000 Rn:5 Rd:5" "fcvtzu {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Zero, false> feature (Fp);
    fcvtas_s "sf 0011110 00 1 00 100 000000 Rn:5 Rd:5" "fcvtas {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Away, true> feature (Fp);
    fcvtas_d "sf 0011110 01 1 00 100 000000 Rn:5 Rd:5" "fcvtas {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Away, true> feature (Fp);
    fcvtau_s "sf 0011110 00 1 00 101 000000 Rn:5 Rd:5" "fcvtau {Rd}, {Rn:s}" (sf, Rn, Rd) => to_integer<F32, Away, false> feature (Fp);
    fcvtau_d "sf 0011110 01 1 00 101 000000 Rn:5 Rd:5" "fcvtau {Rd}, {Rn:d}" (sf, Rn, Rd) => to_integer<F64, Away, false> feature (Fp);
    scvtf_s "sf 0011110 00 1 00 010 000000 Rn:5 Rd:5" "scvtf {Rd:s}, {Rn}" (sf, Rn, Rd) => from_integer<F32, true> feature (Fp);
    scvtf_d "sf 0011110 01 1 00 010 000000 Rn:5 Rd:5" "scvtf {Rd:d}, {Rn}" (sf, Rn, Rd) => from_integer<F64, true> feature (Fp);
    ucvtf_s "sf 0011110 00 1 00 011 000000 Rn:5 Rd:5" "ucvtf {Rd:s}, {Rn}" (sf, Rn, Rd) => from_integer<F32, false> feature (Fp);
    ucvtf_d "sf 0011110 01 1 00 011 000000 Rn:5 Rd:5" "ucvtf {Rd:d}, {Rn}" (sf, Rn, Rd) => from_integer<F64, false> feature (Fp);
    fcvtzs_fixed_s "sf 0011110 00 0 11 000 scale:6 Rn:5 Rd:5" "fcvtzs {Rd}, {Rn:s}, #{scale}" (sf, scale, Rn, Rd) => to_fixed<F32, true> if (fixed_point) feature (Fp);
    fcvtzs_fixed_d "sf 0011110 01 0 11 000 scale:6 Rn:5 Rd:5" "fcvtzs {Rd}, {Rn:d}, #{scale}" (sf, scale, Rn, Rd) => to_fixed<F64, true> if (fixed_point) feature (Fp);
    fcvtzu_fixed_s "sf 0011110 00 0 11 001 scale:6 Rn:5 Rd:5" "fcvtzu {Rd}, {Rn:s}, #{scale}" (sf, scale, Rn, Rd) => to_fixed<F32, false> if (fixed_point) feature (Fp);
    fcvtzu_fixed_d "sf 0011110 01 0 11 001 scale:6 Rn:5 Rd:5" "fcvtzu {Rd}, {Rn:d}, #{scale}" (sf, scale, Rn, Rd) => to_fixed<F64, false> if (fixed_point) feature (Fp);
    scvtf_fixed_s "sf 0011110 00 0 00 010 scale:6 Rn:5 Rd:5" "scvtf {Rd:s}, {Rn}, #{scale}" (sf, scale, Rn, Rd) => from_fixed<F32, true> if (fixed_point) feature (Fp);
    scvtf_fixed_d "sf 0011110 01 0 00 010 scale:6 Rn:5 Rd:5" "scvtf {Rd:d}, {Rn}, #{scale}" (sf, scale, Rn, Rd) => from_fixed<F64, true> if (fixed_point) feature (Fp);
    ucvtf_fixed_s "sf 0011110 00 0 00 011 scale:6 Rn:5 Rd:5" "ucvtf {Rd:s}, {Rn}, #{scale}" (sf, scale, Rn, Rd) => from_fixed<F32, false> if (fixed_point) feature (Fp);
    ucvtf_fixed_d "sf 0011110 01 0 00 011 scale:6 Rn:5 Rd:5" "ucvtf {Rd:d}, {Rn}, #{scale}" (sf, scale, Rn, Rd) => from_fixed<F64, false> if (fixed_point) feature (Fp);
    fcvt_d_s "00011110 00 1 000101 10000 Rn:5 Rd:5" "fcvt {Rd:d}, {Rn:s}" (Rn, Rd) feature (Fp);
    fcvt_h_s "00011110 00 1 000111 10000 Rn:5 Rd:5" "fcvt {Rd:h}, {Rn:s}" (Rn, Rd) feature (Fp);
    fcvt_s_d "00011110 01 1 000100 10000 Rn:5 Rd:5" "fcvt {Rd:s}, {Rn:d}" (Rn, Rd) feature (Fp);
    fcvt_h_d "00011110 01 1 000111 10000 Rn:5 Rd:5" "fcvt {Rd:h}, {Rn:d}" (Rn, Rd) feature (Fp);
    fcvt_s_h "00011110 11 1 000100 10000 Rn:5 Rd:5" "fcvt {Rd:s}, {Rn:h}" (Rn, Rd) feature (Fp);
    fcvt_d_h "00011110 11 1 000101 10000 Rn:5 Rd:5" "fcvt {Rd:d}, {Rn:h}" (Rn, Rd) feature (Fp);
    fcvtns_h "sf 0011110 11 1 00 000 000000 Rn:5 Rd:5" "fcvtns {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Nearest, true> feature (Fp16);
    fcvtnu_h "sf 0011110 11 1 00 001 000000 Rn:5 Rd:5" "fcvtnu {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Nearest, false> feature (Fp16);
    fcvtps_h "sf 0011110 11 1 01 000 000000 Rn:5 Rd:5" "fcvtps {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Up, true> feature (Fp16);
    fcvtpu_h "sf 0011110 11 1 01 001 000000 Rn:5 Rd:5" "fcvtpu {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Up, false> feature (Fp16);
    fcvtms_h "sf 0011110 11 1 10 000 000000 Rn:5 Rd:5" "fcvtms {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Down, true> feature (Fp16);
    fcvtmu_h "sf 0011110 11 1 10 001 000000 Rn:5 Rd:5" "fcvtmu {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Down, false> feature (Fp16);
    fcvtzs_h "sf 0011110 11 1 11 000 000000 Rn:5 Rd:5" "fcvtzs {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Zero, true> feature (Fp16);
    fcvtzu_h "sf 0011110 11 1 11 001 000000 Rn:5 Rd:5" "fcvtzu {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Zero, false> feature (Fp16);
    fcvtas_h "sf 0011110 11 1 00 100 000000 Rn:5 Rd:5" "fcvtas {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Away, true> feature (Fp16);
    fcvtau_h "sf 0011110 11 1 00 101 000000 Rn:5 Rd:5" "fcvtau {Rd}, {Rn:h}" (sf, Rn, Rd) => half_to_integer<Away, false> feature (Fp16);
    scvtf_h "sf 0011110 11 1 00 010 000000 Rn:5 Rd:5" "scvtf {Rd:h}, {Rn}" (sf, Rn, Rd) => half_from_integer<true> feature (Fp16);
    ucvtf_h "sf 0011110 11 1 00 011 000000 Rn:5 Rd:5" "ucvtf {Rd:h}, {Rn}" (sf, Rn, Rd) => half_from_integer<false> feature (Fp16);
    fcvtzs_fixed_h "sf 0011110 11 0 11 000 scale:6 Rn:5 Rd:5" "fcvtzs {Rd}, {Rn:h}, #{scale}" (sf, scale, Rn, Rd) => half_to_fixed<true> if (fixed_point) feature (Fp16);
    fcvtzu_fixed_h "sf 0011110 11 0 11 001 scale:6 Rn:5 Rd:5" "fcvtzu {Rd}, {Rn:h}, #{scale}" (sf, scale, Rn, Rd) => half_to_fixed<false> if (fixed_point) feature (Fp16);
    scvtf_fixed_h "sf 0011110 11 0 00 010 scale:6 Rn:5 Rd:5" "scvtf {Rd:h}, {Rn}, #{scale}" (sf, scale, Rn, Rd) => half_from_fixed<true> if (fixed_point) feature (Fp16);
    ucvtf_fixed_h "sf 0011110 11 0 00 011 scale:6 Rn:5 Rd:5" "ucvtf {Rd:h}, {Rn}, #{scale}" (sf, scale, Rn, Rd) => half_from_fixed<false> if (fixed_point) feature (Fp16);
}

/// With 32-bit integers only 1–32 fraction bits are allowed.
fn fixed_point(word: u32) -> bool {
    word >> 31 == 1 || word >> 15 & 1 == 1
}

/// FPToFixed to a general register.
fn write_integer<B: Builder, P: Precision<B>>(b: &mut B, sf: Width, fixed: Fixed, how: Rounding, rd: Gpr, rn: Vreg) {
    let x = P::read(b, rn.0);
    match sf {
        Width::W => {
            let result = fixed.to_i32::<P, B>(b, how, x);
            rd.set_w(b, result);
        }
        Width::X => {
            let result = fixed.to_i64::<P, B>(b, how, x);
            rd.set_x(b, result);
        }
    }
}

/// FixedToFP from a general register.
fn read_integer<B: Builder, P: Precision<B>>(b: &mut B, sf: Width, fixed: Fixed, rn: Gpr, rd: Vreg) {
    let result = match sf {
        Width::W => {
            let x = rn.w(b);
            fixed.from_i32::<P, B>(b, x)
        }
        Width::X => {
            let x = rn.x(b);
            fixed.from_i64::<P, B>(b, x)
        }
    };
    P::write(b, rd.0, result);
}

/// FCVT[NPMZA][SU] to a general register.
fn to_integer<B: Builder, P: Precision<B>, M: Mode, const SIGNED: bool>(b: &mut B, sf: Width, rn: Vreg, rd: Gpr) {
    write_integer::<B, P>(b, sf, Fixed::integer(SIGNED), M::ROUNDING, rd, rn);
}

/// FCVTZ[SU] to fixed point.
fn to_fixed<B: Builder, P: Precision<B>, const SIGNED: bool>(b: &mut B, sf: Width, scale: FractionBits, rn: Vreg, rd: Gpr) {
    let fixed = Fixed { signed: SIGNED, fraction: scale.count() };
    write_integer::<B, P>(b, sf, fixed, Rounding::Zero, rd, rn);
}

/// [SU]CVTF from a general register.
fn from_integer<B: Builder, P: Precision<B>, const SIGNED: bool>(b: &mut B, sf: Width, rn: Gpr, rd: Vreg) {
    read_integer::<B, P>(b, sf, Fixed::integer(SIGNED), rn, rd);
}

/// [SU]CVTF from fixed point.
fn from_fixed<B: Builder, P: Precision<B>, const SIGNED: bool>(b: &mut B, sf: Width, scale: FractionBits, rn: Gpr, rd: Vreg) {
    let fixed = Fixed { signed: SIGNED, fraction: scale.count() };
    read_integer::<B, P>(b, sf, fixed, rn, rd);
}

/// The bits of a half-precision register.
fn half<B: Builder>(b: &mut B, rn: Vreg) -> B::I32 {
    let x = b.s(rn.0);
    b.i32_reinterpret_f32(x)
}

/// Write 16 bits, zero above (`bits` has no others).
fn set_half<B: Builder>(b: &mut B, rd: Vreg, bits: B::I32) {
    let x = b.f32_reinterpret_i32(bits);
    b.set_s(rd.0, x);
}

/// FPConvert, exactly, on bits.
fn convert<B: Builder>(b: &mut B, from: Format, to: Format, bits: B::I64) -> B::I64 {
    b.fp(Op::Convert { to, how: Rounding::Current }, from, [bits; 3])
}

/// FCVT, single to double.
fn fcvt_d_s<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.s(rn.0);
    let mut result = b.f64_promote_f32(x);
    if b.redo_d(result) {
        let bits = F32::to_bits(b, x);
        let bits = convert(b, Format::Single, Format::Double, bits);
        result = F64::from_bits(b, bits);
    }
    b.set_d(rd.0, result);
}

/// FCVT, double to single.
fn fcvt_s_d<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.d(rn.0);
    let mut result = b.f32_demote_f64(x);
    if b.redo_s(result) {
        let bits = F64::to_bits(b, x);
        let bits = convert(b, Format::Double, Format::Single, bits);
        result = F32::from_bits(b, bits);
    }
    b.set_s(rd.0, result);
}

/// FPConvert from half precision.
pub(super) fn from_half<B: Builder>(b: &mut B, x: B::I32) -> B::F32 {
    if b.exact() {
        let low = b.i32_const(0xffff);
        let x = b.i32_and(x, low);
        let bits = b.i64_extend_i32_u(x);
        let bits = convert(b, Format::Half, Format::Single, bits);
        return F32::from_bits(b, bits);
    }
    b.f32_from_f16(x)
}

/// FPConvert to half precision.
pub(super) fn to_half<B: Builder>(b: &mut B, x: B::F32) -> B::I32 {
    if b.exact() {
        let bits = F32::to_bits(b, x);
        let bits = convert(b, Format::Single, Format::Half, bits);
        return b.i32_wrap_i64(bits);
    }
    b.f16_from_f32(x)
}

/// FCVT, half to single.
fn fcvt_s_h<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = half(b, rn);
    let result = from_half(b, x);
    b.set_s(rd.0, result);
}

/// FCVT, half to double.
fn fcvt_d_h<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = half(b, rn);
    let result = if b.exact() {
        let low = b.i32_const(0xffff);
        let x = b.i32_and(x, low);
        let bits = b.i64_extend_i32_u(x);
        let bits = convert(b, Format::Half, Format::Double, bits);
        F64::from_bits(b, bits)
    } else {
        b.f64_from_f16(x)
    };
    b.set_d(rd.0, result);
}

/// FCVT, single to half.
fn fcvt_h_s<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.s(rn.0);
    let result = to_half(b, x);
    set_half(b, rd, result);
}

/// FCVT, double to half.
fn fcvt_h_d<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.d(rn.0);
    let result = if b.exact() {
        let bits = F64::to_bits(b, x);
        let bits = convert(b, Format::Double, Format::Half, bits);
        b.i32_wrap_i64(bits)
    } else {
        b.f16_from_f64(x)
    };
    set_half(b, rd, result);
}

/// FPToFixed of a half to a general register.
fn write_integer_of_half<B: Builder>(b: &mut B, sf: Width, fixed: Fixed, how: Rounding, rd: Gpr, rn: Vreg) {
    let x = F16::read(b, rn.0);
    match sf {
        Width::W => {
            let result = half::to_fixed_w(b, fixed, how, x);
            rd.set_w(b, result);
        }
        Width::X => {
            let result = half::to_fixed_x(b, fixed, how, x);
            rd.set_x(b, result);
        }
    }
}

/// FixedToFP to a half from a general register.
fn read_integer_to_half<B: Builder>(b: &mut B, sf: Width, fixed: Fixed, rn: Gpr, rd: Vreg) {
    let (x, bits) = match sf {
        Width::W => {
            let w = rn.w(b);
            let x = if fixed.signed { b.i64_extend_i32_s(w) } else { b.i64_extend_i32_u(w) };
            (x, 32)
        }
        Width::X => (rn.x(b), 64),
    };
    let result = half::from_fixed(b, fixed, bits, x);
    F16::write(b, rd.0, result);
}

/// FCVT[NPMZA][SU] of a half.
fn half_to_integer<B: Builder, M: Mode, const SIGNED: bool>(b: &mut B, sf: Width, rn: Vreg, rd: Gpr) {
    write_integer_of_half(b, sf, Fixed::integer(SIGNED), M::ROUNDING, rd, rn);
}

/// FCVTZ[SU] of a half to fixed point.
fn half_to_fixed<B: Builder, const SIGNED: bool>(b: &mut B, sf: Width, scale: FractionBits, rn: Vreg, rd: Gpr) {
    let fixed = Fixed { signed: SIGNED, fraction: scale.count() };
    write_integer_of_half(b, sf, fixed, Rounding::Zero, rd, rn);
}

/// [SU]CVTF to a half.
fn half_from_integer<B: Builder, const SIGNED: bool>(b: &mut B, sf: Width, rn: Gpr, rd: Vreg) {
    read_integer_to_half(b, sf, Fixed::integer(SIGNED), rn, rd);
}

/// [SU]CVTF to a half from fixed point.
fn half_from_fixed<B: Builder, const SIGNED: bool>(b: &mut B, sf: Width, scale: FractionBits, rn: Gpr, rd: Vreg) {
    read_integer_to_half(b, sf, Fixed { signed: SIGNED, fraction: scale.count() }, rn, rd);
}
