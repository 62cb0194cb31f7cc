//! Scalar floating-point arithmetic, C4.1.96: one, two and three sources, rounding to integral.

use super::{
    half::F16,
    scalar::{self, F32, F64, Precision},
};
use crate::{builder::Builder, fpu::Rounding, operands::Vreg, row::instructions};

instructions! {
    class "Floating-point data processing";
    fabs_s "00011110 00 1 000001 10000 Rn:5 Rd:5" "fabs {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, Abs> feature (Fp);
    fabs_d "00011110 01 1 000001 10000 Rn:5 Rd:5" "fabs {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, Abs> feature (Fp);
    fneg_s "00011110 00 1 000010 10000 Rn:5 Rd:5" "fneg {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, Neg> feature (Fp);
    fneg_d "00011110 01 1 000010 10000 Rn:5 Rd:5" "fneg {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, Neg> feature (Fp);
    fsqrt_s "00011110 00 1 000011 10000 Rn:5 Rd:5" "fsqrt {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, Sqrt> feature (Fp);
    fsqrt_d "00011110 01 1 000011 10000 Rn:5 Rd:5" "fsqrt {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, Sqrt> feature (Fp);
    frintn_s "00011110 00 1 001000 10000 Rn:5 Rd:5" "frintn {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, RoundNearest> feature (Fp);
    frintn_d "00011110 01 1 001000 10000 Rn:5 Rd:5" "frintn {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, RoundNearest> feature (Fp);
    frintp_s "00011110 00 1 001001 10000 Rn:5 Rd:5" "frintp {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, RoundUp> feature (Fp);
    frintp_d "00011110 01 1 001001 10000 Rn:5 Rd:5" "frintp {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, RoundUp> feature (Fp);
    frintm_s "00011110 00 1 001010 10000 Rn:5 Rd:5" "frintm {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, RoundDown> feature (Fp);
    frintm_d "00011110 01 1 001010 10000 Rn:5 Rd:5" "frintm {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, RoundDown> feature (Fp);
    frintz_s "00011110 00 1 001011 10000 Rn:5 Rd:5" "frintz {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, RoundZero> feature (Fp);
    frintz_d "00011110 01 1 001011 10000 Rn:5 Rd:5" "frintz {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, RoundZero> feature (Fp);
    frinta_s "00011110 00 1 001100 10000 Rn:5 Rd:5" "frinta {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, RoundAway> feature (Fp);
    frinta_d "00011110 01 1 001100 10000 Rn:5 Rd:5" "frinta {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, RoundAway> feature (Fp);
    frintx_s "00011110 00 1 001110 10000 Rn:5 Rd:5" "frintx {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, RoundExact> feature (Fp);
    frintx_d "00011110 01 1 001110 10000 Rn:5 Rd:5" "frintx {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, RoundExact> feature (Fp);
    frinti_s "00011110 00 1 001111 10000 Rn:5 Rd:5" "frinti {Rd:s}, {Rn:s}" (Rn, Rd) => unary<F32, RoundCurrent> feature (Fp);
    frinti_d "00011110 01 1 001111 10000 Rn:5 Rd:5" "frinti {Rd:d}, {Rn:d}" (Rn, Rd) => unary<F64, RoundCurrent> feature (Fp);
    fmul_s "00011110 00 1 Rm:5 0000 10 Rn:5 Rd:5" "fmul {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, Mul> feature (Fp);
    fmul_d "00011110 01 1 Rm:5 0000 10 Rn:5 Rd:5" "fmul {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, Mul> feature (Fp);
    fdiv_s "00011110 00 1 Rm:5 0001 10 Rn:5 Rd:5" "fdiv {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, Div> feature (Fp);
    fdiv_d "00011110 01 1 Rm:5 0001 10 Rn:5 Rd:5" "fdiv {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, Div> feature (Fp);
    fadd_s "00011110 00 1 Rm:5 0010 10 Rn:5 Rd:5" "fadd {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, Add> feature (Fp);
    fadd_d "00011110 01 1 Rm:5 0010 10 Rn:5 Rd:5" "fadd {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, Add> feature (Fp);
    fsub_s "00011110 00 1 Rm:5 0011 10 Rn:5 Rd:5" "fsub {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, Sub> feature (Fp);
    fsub_d "00011110 01 1 Rm:5 0011 10 Rn:5 Rd:5" "fsub {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, Sub> feature (Fp);
    fmax_s "00011110 00 1 Rm:5 0100 10 Rn:5 Rd:5" "fmax {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, Max> feature (Fp);
    fmax_d "00011110 01 1 Rm:5 0100 10 Rn:5 Rd:5" "fmax {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, Max> feature (Fp);
    fmin_s "00011110 00 1 Rm:5 0101 10 Rn:5 Rd:5" "fmin {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, Min> feature (Fp);
    fmin_d "00011110 01 1 Rm:5 0101 10 Rn:5 Rd:5" "fmin {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, Min> feature (Fp);
    fmaxnm_s "00011110 00 1 Rm:5 0110 10 Rn:5 Rd:5" "fmaxnm {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, MaxNum> feature (Fp);
    fmaxnm_d "00011110 01 1 Rm:5 0110 10 Rn:5 Rd:5" "fmaxnm {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, MaxNum> feature (Fp);
    fminnm_s "00011110 00 1 Rm:5 0111 10 Rn:5 Rd:5" "fminnm {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, MinNum> feature (Fp);
    fminnm_d "00011110 01 1 Rm:5 0111 10 Rn:5 Rd:5" "fminnm {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, MinNum> feature (Fp);
    fnmul_s "00011110 00 1 Rm:5 1000 10 Rn:5 Rd:5" "fnmul {Rd:s}, {Rn:s}, {Rm:s}" (Rm, Rn, Rd) => binary<F32, NegMul> feature (Fp);
    fnmul_d "00011110 01 1 Rm:5 1000 10 Rn:5 Rd:5" "fnmul {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) => binary<F64, NegMul> feature (Fp);
    fmadd_s "00011111 00 0 Rm:5 0 Ra:5 Rn:5 Rd:5" "fmadd {Rd:s}, {Rn:s}, {Rm:s}, {Ra:s}" (Rm, Ra, Rn, Rd) => fused<F32, false, false> feature (Fp);
    fmadd_d "00011111 01 0 Rm:5 0 Ra:5 Rn:5 Rd:5" "fmadd {Rd:d}, {Rn:d}, {Rm:d}, {Ra:d}" (Rm, Ra, Rn, Rd) => fused<F64, false, false> feature (Fp);
    fmsub_s "00011111 00 0 Rm:5 1 Ra:5 Rn:5 Rd:5" "fmsub {Rd:s}, {Rn:s}, {Rm:s}, {Ra:s}" (Rm, Ra, Rn, Rd) => fused<F32, true, false> feature (Fp);
    fmsub_d "00011111 01 0 Rm:5 1 Ra:5 Rn:5 Rd:5" "fmsub {Rd:d}, {Rn:d}, {Rm:d}, {Ra:d}" (Rm, Ra, Rn, Rd) => fused<F64, true, false> feature (Fp);
    fnmadd_s "00011111 00 1 Rm:5 0 Ra:5 Rn:5 Rd:5" "fnmadd {Rd:s}, {Rn:s}, {Rm:s}, {Ra:s}" (Rm, Ra, Rn, Rd) => fused<F32, true, true> feature (Fp);
    fnmadd_d "00011111 01 1 Rm:5 0 Ra:5 Rn:5 Rd:5" "fnmadd {Rd:d}, {Rn:d}, {Rm:d}, {Ra:d}" (Rm, Ra, Rn, Rd) => fused<F64, true, true> feature (Fp);
    fnmsub_s "00011111 00 1 Rm:5 1 Ra:5 Rn:5 Rd:5" "fnmsub {Rd:s}, {Rn:s}, {Rm:s}, {Ra:s}" (Rm, Ra, Rn, Rd) => fused<F32, false, true> feature (Fp);
    fnmsub_d "00011111 01 1 Rm:5 1 Ra:5 Rn:5 Rd:5" "fnmsub {Rd:d}, {Rn:d}, {Rm:d}, {Ra:d}" (Rm, Ra, Rn, Rd) => fused<F64, false, true> feature (Fp);
    fabs_h "00011110 11 1 000001 10000 Rn:5 Rd:5" "fabs {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, Abs> feature (Fp16);
    fneg_h "00011110 11 1 000010 10000 Rn:5 Rd:5" "fneg {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, Neg> feature (Fp16);
    fsqrt_h "00011110 11 1 000011 10000 Rn:5 Rd:5" "fsqrt {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, Sqrt> feature (Fp16);
    frintn_h "00011110 11 1 001000 10000 Rn:5 Rd:5" "frintn {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, RoundNearest> feature (Fp16);
    frintp_h "00011110 11 1 001001 10000 Rn:5 Rd:5" "frintp {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, RoundUp> feature (Fp16);
    frintm_h "00011110 11 1 001010 10000 Rn:5 Rd:5" "frintm {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, RoundDown> feature (Fp16);
    frintz_h "00011110 11 1 001011 10000 Rn:5 Rd:5" "frintz {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, RoundZero> feature (Fp16);
    frinta_h "00011110 11 1 001100 10000 Rn:5 Rd:5" "frinta {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, RoundAway> feature (Fp16);
    frintx_h "00011110 11 1 001110 10000 Rn:5 Rd:5" "frintx {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, RoundExact> feature (Fp16);
    frinti_h "00011110 11 1 001111 10000 Rn:5 Rd:5" "frinti {Rd:h}, {Rn:h}" (Rn, Rd) => unary<F16, RoundCurrent> feature (Fp16);
    fmul_h "00011110 11 1 Rm:5 0000 10 Rn:5 Rd:5" "fmul {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, Mul> feature (Fp16);
    fdiv_h "00011110 11 1 Rm:5 0001 10 Rn:5 Rd:5" "fdiv {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, Div> feature (Fp16);
    fadd_h "00011110 11 1 Rm:5 0010 10 Rn:5 Rd:5" "fadd {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, Add> feature (Fp16);
    fsub_h "00011110 11 1 Rm:5 0011 10 Rn:5 Rd:5" "fsub {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, Sub> feature (Fp16);
    fmax_h "00011110 11 1 Rm:5 0100 10 Rn:5 Rd:5" "fmax {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, Max> feature (Fp16);
    fmin_h "00011110 11 1 Rm:5 0101 10 Rn:5 Rd:5" "fmin {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, Min> feature (Fp16);
    fmaxnm_h "00011110 11 1 Rm:5 0110 10 Rn:5 Rd:5" "fmaxnm {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, MaxNum> feature (Fp16);
    fminnm_h "00011110 11 1 Rm:5 0111 10 Rn:5 Rd:5" "fminnm {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, MinNum> feature (Fp16);
    fnmul_h "00011110 11 1 Rm:5 1000 10 Rn:5 Rd:5" "fnmul {Rd:h}, {Rn:h}, {Rm:h}" (Rm, Rn, Rd) => binary<F16, NegMul> feature (Fp16);
    fmadd_h "00011111 11 0 Rm:5 0 Ra:5 Rn:5 Rd:5" "fmadd {Rd:h}, {Rn:h}, {Rm:h}, {Ra:h}" (Rm, Ra, Rn, Rd) => fused<F16, false, false> feature (Fp16);
    fmsub_h "00011111 11 0 Rm:5 1 Ra:5 Rn:5 Rd:5" "fmsub {Rd:h}, {Rn:h}, {Rm:h}, {Ra:h}" (Rm, Ra, Rn, Rd) => fused<F16, true, false> feature (Fp16);
    fnmadd_h "00011111 11 1 Rm:5 0 Ra:5 Rn:5 Rd:5" "fnmadd {Rd:h}, {Rn:h}, {Rm:h}, {Ra:h}" (Rm, Ra, Rn, Rd) => fused<F16, true, true> feature (Fp16);
    fnmsub_h "00011111 11 1 Rm:5 1 Ra:5 Rn:5 Rd:5" "fnmsub {Rd:h}, {Rn:h}, {Rm:h}, {Ra:h}" (Rm, Ra, Rn, Rd) => fused<F16, false, true> feature (Fp16);
}

/// An operation with one operand.
trait Unary {
    fn apply<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value) -> P::Value;
}

/// An operation with two operands.
trait Binary {
    fn apply<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value, y: P::Value) -> P::Value;
}

macro_rules! unary {
    ($($name:ident($b:ident, $x:ident) $body:expr;)*) => {$(
        struct $name;
        impl Unary for $name {
            fn apply<P: Precision<B>, B: Builder>($b: &mut B, $x: P::Value) -> P::Value {
                $body
            }
        }
    )*};
}

macro_rules! binary {
    ($($name:ident($b:ident, $x:ident, $y:ident) $body:expr;)*) => {$(
        struct $name;
        impl Binary for $name {
            fn apply<P: Precision<B>, B: Builder>($b: &mut B, $x: P::Value, $y: P::Value) -> P::Value {
                $body
            }
        }
    )*};
}

unary! {
    Abs(b, x) P::abs(b, x);
    Neg(b, x) P::neg(b, x);
    Sqrt(b, x) P::sqrt(b, x);
    RoundNearest(b, x) scalar::round::<P, B>(b, Rounding::Nearest, false, x);
    RoundUp(b, x) scalar::round::<P, B>(b, Rounding::Up, false, x);
    RoundDown(b, x) scalar::round::<P, B>(b, Rounding::Down, false, x);
    RoundZero(b, x) scalar::round::<P, B>(b, Rounding::Zero, false, x);
    RoundAway(b, x) scalar::round::<P, B>(b, Rounding::Away, false, x);
    RoundExact(b, x) scalar::round::<P, B>(b, Rounding::Current, true, x);
    RoundCurrent(b, x) scalar::round::<P, B>(b, Rounding::Current, false, x);
}

binary! {
    Add(b, x, y) P::add(b, x, y);
    Sub(b, x, y) P::sub(b, x, y);
    Mul(b, x, y) P::mul(b, x, y);
    Div(b, x, y) P::div(b, x, y);
    Max(b, x, y) P::max(b, x, y);
    Min(b, x, y) P::min(b, x, y);
    MaxNum(b, x, y) scalar::maxnm::<P, B>(b, x, y);
    MinNum(b, x, y) scalar::minnm::<P, B>(b, x, y);
    NegMul(b, x, y) scalar::nmul::<P, B>(b, x, y);
}

/// One source.
fn unary<B: Builder, P: Precision<B>, F: Unary>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = P::read(b, rn.0);
    let result = F::apply::<P, B>(b, x);
    P::write(b, rd.0, result);
}

/// Two sources.
fn binary<B: Builder, P: Precision<B>, F: Binary>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = P::read(b, rn.0);
    let y = P::read(b, rm.0);
    let result = F::apply::<P, B>(b, x, y);
    P::write(b, rd.0, result);
}

/// `±Ra ± Rn * Rm`, rounded once.
fn fused<B: Builder, P: Precision<B>, const NEGATE_PRODUCT: bool, const NEGATE_ADDEND: bool>(b: &mut B, rm: Vreg, ra: Vreg, rn: Vreg, rd: Vreg) {
    let mut x = P::read(b, rn.0);
    let y = P::read(b, rm.0);
    let mut z = P::read(b, ra.0);
    if NEGATE_PRODUCT {
        x = P::neg(b, x);
    }
    if NEGATE_ADDEND {
        z = P::neg(b, z);
    }
    let result = P::fma(b, x, y, z);
    P::write(b, rd.0, result);
}
