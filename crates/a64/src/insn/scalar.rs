//! Scalar arithmetic shared by rows: constants, and the operations of single and double precision behind one trait, so that a row's
//! semantics are written once for both.

use elfconv_ir::Ops;

use super::vfloat::Rounding;
use crate::builder::Builder;

/// A 64-bit constant.
pub fn c64<O: Ops>(b: &mut O, value: u64) -> O::I64 {
    b.i64_const(value)
}

/// A 32-bit constant.
pub fn c32<O: Ops>(b: &mut O, value: u32) -> O::I32 {
    b.i32_const(value)
}

/// A constant where `cond` is non-zero, else `otherwise`.
pub fn c64_if<O: Ops>(b: &mut O, cond: O::I32, value: u64, otherwise: O::I64) -> O::I64 {
    let value = c64(b, value);
    b.select_i64(cond, value, otherwise)
}

/// A precision: `F32` or `F64`.
pub trait Precision<B: Builder> {
    /// Its values.
    type Value: Copy;

    fn read(b: &mut B, r: u8) -> Self::Value;
    fn write(b: &mut B, r: u8, x: Self::Value);
    /// One lane of a register.
    fn read_lane(b: &mut B, r: u8, index: usize) -> Self::Value;
    /// A number that is exact in this precision.
    fn number(b: &mut B, x: f64) -> Self::Value;
    fn add(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    fn sub(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    fn mul(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    fn div(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    fn max(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    fn min(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    /// `x * y + z`, rounded once.
    fn fma(b: &mut B, x: Self::Value, y: Self::Value, z: Self::Value) -> Self::Value;
    fn neg(b: &mut B, x: Self::Value) -> Self::Value;
    fn abs(b: &mut B, x: Self::Value) -> Self::Value;
    fn sqrt(b: &mut B, x: Self::Value) -> Self::Value;
    fn nearest(b: &mut B, x: Self::Value) -> Self::Value;
    fn floor(b: &mut B, x: Self::Value) -> Self::Value;
    fn ceil(b: &mut B, x: Self::Value) -> Self::Value;
    fn trunc(b: &mut B, x: Self::Value) -> Self::Value;
    fn copysign(b: &mut B, x: Self::Value, sign: Self::Value) -> Self::Value;
    fn ge(b: &mut B, x: Self::Value, y: Self::Value) -> B::I32;
    fn select(b: &mut B, cond: B::I32, x: Self::Value, y: Self::Value) -> Self::Value;
    /// Flags of a comparison.
    fn compare(b: &mut B, x: Self::Value, y: Self::Value) -> B::I32;
    /// Non-zero if the number is a quiet NaN.
    fn is_quiet_nan(b: &mut B, x: Self::Value) -> B::I32;
    fn to_i32(b: &mut B, signed: bool, x: Self::Value) -> B::I32;
    fn to_i64(b: &mut B, signed: bool, x: Self::Value) -> B::I64;
    fn from_i32(b: &mut B, signed: bool, x: B::I32) -> Self::Value;
    fn from_i64(b: &mut B, signed: bool, x: B::I64) -> Self::Value;
}

/// Single precision, in the low 32 bits of a register.
pub struct F32;
/// Double precision, in the low 64 bits of a register.
pub struct F64;

macro_rules! precision {
    ($ty:ident $value:ident $float:ty, $read:ident $write:ident $lane:ident $const:ident
     ($($binary:ident $bop:ident)*) ($($unary:ident $uop:ident)*)
     $fma:ident $ge:ident $select:ident $compare:ident, $reinterpret:ident $bconst:ident $band:ident $bgt:ident $magnitude:literal $below:literal,
     $i32s:ident $i32u:ident $i64s:ident $i64u:ident $fi32s:ident $fi32u:ident $fi64s:ident $fi64u:ident) => {
        impl<B: Builder> Precision<B> for $ty {
            type Value = B::$value;
            fn read(b: &mut B, r: u8) -> B::$value {
                b.$read(r)
            }
            fn write(b: &mut B, r: u8, x: B::$value) {
                b.$write(r, x);
            }
            fn read_lane(b: &mut B, r: u8, index: usize) -> B::$value {
                let v = b.v(r);
                b.$lane(v, index as u8)
            }
            fn number(b: &mut B, x: f64) -> B::$value {
                b.$const((x as $float).to_bits())
            }
            $(fn $binary(b: &mut B, x: B::$value, y: B::$value) -> B::$value {
                b.$bop(x, y)
            })*
            $(fn $unary(b: &mut B, x: B::$value) -> B::$value {
                b.$uop(x)
            })*
            fn fma(b: &mut B, x: B::$value, y: B::$value, z: B::$value) -> B::$value {
                b.$fma(x, y, z)
            }
            fn ge(b: &mut B, x: B::$value, y: B::$value) -> B::I32 {
                b.$ge(x, y)
            }
            fn select(b: &mut B, cond: B::I32, x: B::$value, y: B::$value) -> B::$value {
                b.$select(cond, x, y)
            }
            fn compare(b: &mut B, x: B::$value, y: B::$value) -> B::I32 {
                b.$compare(x, y)
            }
            fn is_quiet_nan(b: &mut B, x: B::$value) -> B::I32 {
                let bits = b.$reinterpret(x);
                let mask = b.$bconst($magnitude);
                let magnitude = b.$band(bits, mask);
                let below = b.$bconst($below);
                b.$bgt(magnitude, below)
            }
            fn to_i32(b: &mut B, signed: bool, x: B::$value) -> B::I32 {
                if signed { b.$i32s(x) } else { b.$i32u(x) }
            }
            fn to_i64(b: &mut B, signed: bool, x: B::$value) -> B::I64 {
                if signed { b.$i64s(x) } else { b.$i64u(x) }
            }
            fn from_i32(b: &mut B, signed: bool, x: B::I32) -> B::$value {
                if signed { b.$fi32s(x) } else { b.$fi32u(x) }
            }
            fn from_i64(b: &mut B, signed: bool, x: B::I64) -> B::$value {
                if signed { b.$fi64s(x) } else { b.$fi64u(x) }
            }
        }
    };
}

precision! {
    F32 F32 f32, s set_s f32x4_extract_lane f32_const
    (add f32_add sub f32_sub mul f32_mul div f32_div max f32_max min f32_min copysign f32_copysign)
    (neg f32_neg abs f32_abs sqrt f32_sqrt nearest f32_nearest floor f32_floor ceil f32_ceil trunc f32_trunc)
    f32_fma f32_ge select_f32 nzcv_fcmp32, i32_reinterpret_f32 i32_const i32_and i32_gt_s 0x7fff_ffff 0x7fbf_ffff,
    i32_trunc_sat_f32_s i32_trunc_sat_f32_u i64_trunc_sat_f32_s i64_trunc_sat_f32_u
    f32_convert_i32_s f32_convert_i32_u f32_convert_i64_s f32_convert_i64_u
}

precision! {
    F64 F64 f64, d set_d f64x2_extract_lane f64_const
    (add f64_add sub f64_sub mul f64_mul div f64_div max f64_max min f64_min copysign f64_copysign)
    (neg f64_neg abs f64_abs sqrt f64_sqrt nearest f64_nearest floor f64_floor ceil f64_ceil trunc f64_trunc)
    f64_fma f64_ge select_f64 nzcv_fcmp64, i64_reinterpret_f64 i64_const i64_and i64_gt_s 0x7fff_ffff_ffff_ffff 0x7ff7_ffff_ffff_ffff,
    i32_trunc_sat_f64_s i32_trunc_sat_f64_u i64_trunc_sat_f64_s i64_trunc_sat_f64_u
    f64_convert_i32_s f64_convert_i32_u f64_convert_i64_s f64_convert_i64_u
}

/// Replace quiet NaNs by the other operand, so that a number wins over them; signalling ones stay.
fn prefer_numbers<P: Precision<B>, B: Builder>(
    b: &mut B,
    x: P::Value,
    y: P::Value,
) -> (P::Value, P::Value) {
    let (nx, ny) = (P::is_quiet_nan(b, x), P::is_quiet_nan(b, y));
    (P::select(b, nx, y, x), P::select(b, ny, x, y))
}

/// FPMaxNum.
pub fn maxnm<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value, y: P::Value) -> P::Value {
    let (x, y) = prefer_numbers::<P, B>(b, x, y);
    P::max(b, x, y)
}

/// FPMinNum.
pub fn minnm<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value, y: P::Value) -> P::Value {
    let (x, y) = prefer_numbers::<P, B>(b, x, y);
    P::min(b, x, y)
}

/// `-(x * y)`.
pub fn nmul<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value, y: P::Value) -> P::Value {
    let product = P::mul(b, x, y);
    P::neg(b, product)
}

/// Round to integral, ties away from zero: see [`super::vfloat::round_away`].
fn round_away<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value) -> P::Value {
    let whole = P::trunc(b, x);
    let rest = P::sub(b, x, whole);
    let rest = P::abs(b, rest);
    let half = P::number(b, 0.5);
    let up = P::ge(b, rest, half);
    let (one, none) = (P::number(b, 1.0), P::number(b, 0.0));
    let step = P::select(b, up, one, none);
    let step = P::copysign(b, step, x);
    P::add(b, whole, step)
}

/// Round to integral.
pub fn round<P: Precision<B>, B: Builder>(b: &mut B, how: Rounding, x: P::Value) -> P::Value {
    match how {
        Rounding::Nearest | Rounding::Current => P::nearest(b, x),
        Rounding::Up => P::ceil(b, x),
        Rounding::Down => P::floor(b, x),
        Rounding::Zero => P::trunc(b, x),
        Rounding::Away => round_away::<P, B>(b, x),
    }
}

/// To an integer in a register of single precision, saturated.
pub fn to_integer_bits_s<B: Builder>(b: &mut B, how: Rounding, signed: bool, x: B::F32) -> B::F32 {
    let x = if how == Rounding::Zero {
        x
    } else {
        round::<F32, B>(b, how, x)
    };
    let bits = F32::to_i32(b, signed, x);
    b.f32_reinterpret_i32(bits)
}

/// To an integer in a register of double precision, saturated.
pub fn to_integer_bits_d<B: Builder>(b: &mut B, how: Rounding, signed: bool, x: B::F64) -> B::F64 {
    let x = if how == Rounding::Zero {
        x
    } else {
        round::<F64, B>(b, how, x)
    };
    let bits = F64::to_i64(b, signed, x);
    b.f64_reinterpret_i64(bits)
}

/// From an integer in a register of single precision.
pub fn from_integer_bits_s<B: Builder>(b: &mut B, signed: bool, x: B::F32) -> B::F32 {
    let bits = b.i32_reinterpret_f32(x);
    F32::from_i32(b, signed, bits)
}

/// From an integer in a register of double precision.
pub fn from_integer_bits_d<B: Builder>(b: &mut B, signed: bool, x: B::F64) -> B::F64 {
    let bits = b.i64_reinterpret_f64(x);
    F64::from_i64(b, signed, bits)
}
