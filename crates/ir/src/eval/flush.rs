//! Results that would be subnormal are zeros, as A64 has it while FPCR.FZ is set (Arm ARM, FPRound): if the exact result is below the least normal number. A result that rounds up to that
//! number is below it, and it takes a second look to see which ones do.
//!
//! - A product: those of the significands, as integers with 53 bits, are within 2^52 of 2^104 or 2^105 then. So what the exact product is short of, or beyond, is the low half of the integers' product as a
//!   signed number. (In single precision within 2^23 of 2^46 or 2^47.)
//! - A quotient: `a / b < 2^-1022` if the bits of `a`, as an integer, are less than those of `b`, less 1022 in the exponent's place.
//! - `a * b + c`: the sign of `a * b + (c - r)`, where r is the rounded result, scaled so that nothing is too small. `c - r` is exact unless c is so large that the sum is a multiple of the least subnormal
//!   number, and so exactly r.
//!
//! Operands are not subnormal.

use super::fma;

/// The least normal number.
pub const LEAST32: f32 = f32::MIN_POSITIVE;
/// The least normal number.
pub const LEAST64: f64 = f64::MIN_POSITIVE;
/// From this magnitude of the addend on, `a * b + c` is exact where it is small: 2^-96.
pub const EXACT32: f32 = f32::from_bits((127 - 96) << 23);
/// From this magnitude of the addend on, `a * b + c` is exact where it is small: 2^-969.
pub const EXACT64: f64 = f64::from_bits((1023 - 969) << 52);
/// What `a * b + c` is scaled by, once for each factor: 2^540.
pub const SCALE: f64 = f64::from_bits((1023 + 540) << 52);

/// Zero for a subnormal number.
#[inline]
pub fn single(a: f32) -> f32 {
    zero_if32(a.abs() < LEAST32, a)
}

/// Zero for a subnormal number.
#[inline]
pub fn double(a: f64) -> f64 {
    zero_if64(a.abs() < LEAST64, a)
}

/// Zero for what would be subnormal in single precision.
#[inline]
pub fn double_as_single(a: f64) -> f64 {
    zero_if64(a.abs() < f64::from(LEAST32), a)
}

/// Zero with the sign of `a` if it is `tiny`.
#[inline]
fn zero_if32(tiny: bool, a: f32) -> f32 {
    if tiny { 0f32.copysign(a) } else { a }
}

/// Zero with the sign of `a` if it is `tiny`.
#[inline]
fn zero_if64(tiny: bool, a: f64) -> f64 {
    if tiny { 0f64.copysign(a) } else { a }
}

/// The significand of a normal number.
#[inline]
fn significand32(a: f32) -> u32 {
    a.to_bits() & 0x7f_ffff | 0x80_0000
}

/// The significand of a normal number.
#[inline]
fn significand64(a: f64) -> u64 {
    a.to_bits() & 0xf_ffff_ffff_ffff | 0x10_0000_0000_0000
}

/// Product.
#[inline]
pub fn mul32(a: f32, b: f32) -> f32 {
    let r = a * b;
    let short = (significand32(a).wrapping_mul(significand32(b)) as i32) < 0;
    zero_if32(r.abs() < LEAST32 || r.abs() == LEAST32 && short, r)
}

/// Product.
#[inline]
pub fn mul64(a: f64, b: f64) -> f64 {
    let r = a * b;
    let short = (significand64(a).wrapping_mul(significand64(b)) as i64) < 0;
    zero_if64(r.abs() < LEAST64 || r.abs() == LEAST64 && short, r)
}

/// Quotient.
#[inline]
pub fn div32(a: f32, b: f32) -> f32 {
    let r = a / b;
    let (x, y) = (a.abs().to_bits() as i32, b.abs().to_bits() as i32);
    let short = x.wrapping_sub(y) < -(126 << 23);
    zero_if32(r.abs() < LEAST32 || r.abs() == LEAST32 && short, r)
}

/// Quotient.
#[inline]
pub fn div64(a: f64, b: f64) -> f64 {
    let r = a / b;
    let (x, y) = (a.abs().to_bits() as i64, b.abs().to_bits() as i64);
    let short = x.wrapping_sub(y) < -(1022 << 52);
    zero_if64(r.abs() < LEAST64 || r.abs() == LEAST64 && short, r)
}

/// `a * b + c`.
#[inline]
pub fn fma32(a: f32, b: f32, c: f32) -> f32 {
    let r = fma::f32_fma(a, b, c);
    let rest = f64::from(a) * f64::from(b) + (f64::from(c) - f64::from(r));
    let short = c.abs() < EXACT32 && rest * 1f64.copysign(f64::from(r)) < 0.0;
    zero_if32(r.abs() < LEAST32 || r.abs() == LEAST32 && short, r)
}

/// `a * b + c`.
#[inline]
pub fn fma64(a: f64, b: f64, c: f64) -> f64 {
    let r = fma::f64_fma(a, b, c);
    let short = r.abs() == LEAST64 && c.abs() < EXACT64 && {
        let rest = fma::f64_fma(a * SCALE, b * SCALE, (c - r) * SCALE * SCALE);
        rest * 1f64.copysign(r) < 0.0
    };
    zero_if64(r.abs() < LEAST64 || short, r)
}
