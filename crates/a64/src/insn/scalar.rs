//! Scalar arithmetic shared by rows: constants, and the operations of single and double precision behind one trait, so that a row's
//! semantics are written once for both.

use elfconv_ir::Ops;

use crate::{
    builder::Builder,
    fpu::{Format, Op, Rounding},
};

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
    /// Its format.
    const FORMAT: Format;

    /// Its bits, zero-extended.
    fn to_bits(b: &mut B, x: Self::Value) -> B::I64;
    /// From bits.
    fn from_bits(b: &mut B, x: B::I64) -> Self::Value;
    /// Whether the host does not compute at all.
    fn is_soft() -> bool {
        false
    }
    /// See [`Builder::redo_d`].
    fn redo(b: &mut B, host: Self::Value) -> bool;

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
    /// As the host does.
    fn host_add(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    /// As the host does.
    fn host_sub(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    /// As the host does.
    fn host_mul(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    /// As the host does.
    fn host_max(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    /// As the host does.
    fn host_min(b: &mut B, x: Self::Value, y: Self::Value) -> Self::Value;
    fn ge(b: &mut B, x: Self::Value, y: Self::Value) -> B::I32;
    fn select(b: &mut B, cond: B::I32, x: Self::Value, y: Self::Value) -> Self::Value;
    /// Flags of a comparison, as the host compares.
    fn host_compare(b: &mut B, x: Self::Value, y: Self::Value) -> B::I32;
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

/// The architecture's operation, where the host's is not enough.
pub(super) fn operate<P: Precision<B>, B: Builder>(
    b: &mut B,
    op: Op,
    operands: [P::Value; 3],
) -> P::Value {
    let operands = operands.map(|x| P::to_bits(b, x));
    let result = b.fp(op, P::FORMAT, operands);
    P::from_bits(b, result)
}

macro_rules! precision {
    ($ty:ident $format:ident $value:ident $float:ty, $read:ident $write:ident $lane:ident $const:ident, ($to_bits:expr, $from_bits:expr, $redo:ident)
     ($($binary:ident $bop:ident $op:ident)*) $copysign:ident ($($host:ident $hop:ident)*) ($($unary:ident $uop:ident)*) $sqrt:ident
     $fma:ident $ge:ident $select:ident $compare:ident, $reinterpret:ident $bconst:ident $band:ident $bgt:ident $magnitude:literal $below:literal,
     $i32s:ident $i32u:ident $i64s:ident $i64u:ident $fi32s:ident $fi32u:ident $fi64s:ident $fi64u:ident) => {
        impl<B: Builder> Precision<B> for $ty {
            type Value = B::$value;
            const FORMAT: Format = Format::$format;

            fn to_bits(b: &mut B, x: B::$value) -> B::I64 {
                let to_bits: fn(&mut B, B::$value) -> B::I64 = $to_bits;
                to_bits(b, x)
            }
            fn from_bits(b: &mut B, x: B::I64) -> B::$value {
                let from_bits: fn(&mut B, B::I64) -> B::$value = $from_bits;
                from_bits(b, x)
            }
            fn redo(b: &mut B, host: B::$value) -> bool {
                b.$redo(host)
            }
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
                let host = b.$bop(x, y);
                if b.$redo(host) { operate::<Self, B>(b, Op::$op, [x, y, x]) } else { host }
            })*
            $(fn $host(b: &mut B, x: B::$value, y: B::$value) -> B::$value {
                b.$hop(x, y)
            })*
            fn copysign(b: &mut B, x: B::$value, sign: B::$value) -> B::$value {
                b.$copysign(x, sign)
            }
            fn sqrt(b: &mut B, x: B::$value) -> B::$value {
                let host = b.$sqrt(x);
                if b.$redo(host) { operate::<Self, B>(b, Op::Sqrt, [x, x, x]) } else { host }
            }
            $(fn $unary(b: &mut B, x: B::$value) -> B::$value {
                b.$uop(x)
            })*
            fn fma(b: &mut B, x: B::$value, y: B::$value, z: B::$value) -> B::$value {
                let host = b.$fma(x, y, z);
                if b.$redo(host) { operate::<Self, B>(b, Op::MulAdd, [x, y, z]) } else { host }
            }
            fn ge(b: &mut B, x: B::$value, y: B::$value) -> B::I32 {
                b.$ge(x, y)
            }
            fn select(b: &mut B, cond: B::I32, x: B::$value, y: B::$value) -> B::$value {
                b.$select(cond, x, y)
            }
            fn host_compare(b: &mut B, x: B::$value, y: B::$value) -> B::I32 {
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
    F32 Single F32 f32, s set_s f32x4_extract_lane f32_const,
    (|b, x| { let bits = b.i32_reinterpret_f32(x); b.i64_extend_i32_u(bits) }, |b, x| { let bits = b.i32_wrap_i64(x); b.f32_reinterpret_i32(bits) }, redo_s)
    (add f32_add Add sub f32_sub Sub mul f32_mul Mul div f32_div Div max f32_max Max min f32_min Min) f32_copysign (host_add f32_add host_sub f32_sub host_mul f32_mul host_max f32_max host_min f32_min)
    (neg f32_neg abs f32_abs nearest f32_nearest floor f32_floor ceil f32_ceil trunc f32_trunc) f32_sqrt
    f32_fma f32_ge select_f32 nzcv_fcmp32, i32_reinterpret_f32 i32_const i32_and i32_gt_s 0x7fff_ffff 0x7fbf_ffff,
    i32_trunc_sat_f32_s i32_trunc_sat_f32_u i64_trunc_sat_f32_s i64_trunc_sat_f32_u
    f32_convert_i32_s f32_convert_i32_u f32_convert_i64_s f32_convert_i64_u
}

precision! {
    F64 Double F64 f64, d set_d f64x2_extract_lane f64_const,
    (|b, x| b.i64_reinterpret_f64(x), |b, x| b.f64_reinterpret_i64(x), redo_d)
    (add f64_add Add sub f64_sub Sub mul f64_mul Mul div f64_div Div max f64_max Max min f64_min Min) f64_copysign (host_add f64_add host_sub f64_sub host_mul f64_mul host_max f64_max host_min f64_min)
    (neg f64_neg abs f64_abs nearest f64_nearest floor f64_floor ceil f64_ceil trunc f64_trunc) f64_sqrt
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
    if P::is_soft() {
        return operate::<P, B>(b, Op::MaxNum, [x, y, x]);
    }
    let (a, c) = prefer_numbers::<P, B>(b, x, y);
    let host = P::host_max(b, a, c);
    if P::redo(b, host) {
        return operate::<P, B>(b, Op::MaxNum, [x, y, x]);
    }
    host
}

/// FPMinNum.
pub fn minnm<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value, y: P::Value) -> P::Value {
    if P::is_soft() {
        return operate::<P, B>(b, Op::MinNum, [x, y, x]);
    }
    let (a, c) = prefer_numbers::<P, B>(b, x, y);
    let host = P::host_min(b, a, c);
    if P::redo(b, host) {
        return operate::<P, B>(b, Op::MinNum, [x, y, x]);
    }
    host
}

/// `-(x * y)`.
pub fn nmul<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value, y: P::Value) -> P::Value {
    let product = P::mul(b, x, y);
    P::neg(b, product)
}

/// FPCompare: the flags. If it `signals`, quiet NaNs are invalid, too.
pub fn compare<P: Precision<B>, B: Builder>(
    b: &mut B,
    signals: bool,
    x: P::Value,
    y: P::Value,
) -> B::I32 {
    if P::is_soft() || b.exact() {
        let operands = [x, y, x].map(|x| P::to_bits(b, x));
        let flags = b.fp(Op::Compare { signals }, P::FORMAT, operands);
        return b.i32_wrap_i64(flags);
    }
    P::host_compare(b, x, y)
}

/// Round to integral, ties away from zero: see [`super::vfloat::round_away`].
fn round_away<P: Precision<B>, B: Builder>(b: &mut B, x: P::Value) -> P::Value {
    let whole = P::trunc(b, x);
    // The difference is exact.
    let rest = P::host_sub(b, x, whole);
    let rest = P::abs(b, rest);
    let half = P::number(b, 0.5);
    let up = P::ge(b, rest, half);
    let (one, none) = (P::number(b, 1.0), P::number(b, 0.0));
    let step = P::select(b, up, one, none);
    let step = P::copysign(b, step, x);
    P::host_add(b, whole, step)
}

/// Round to integral as the host does, which raises nothing.
fn host_round<P: Precision<B>, B: Builder>(b: &mut B, how: Rounding, x: P::Value) -> P::Value {
    match how {
        Rounding::Up => P::ceil(b, x),
        Rounding::Down => P::floor(b, x),
        Rounding::Zero => P::trunc(b, x),
        Rounding::Away => round_away::<P, B>(b, x),
        _ => P::nearest(b, x),
    }
}

/// Round to integral. If it is `exact`, losing something is inexact.
pub fn round<P: Precision<B>, B: Builder>(
    b: &mut B,
    how: Rounding,
    exact: bool,
    x: P::Value,
) -> P::Value {
    if P::is_soft() {
        return operate::<P, B>(b, Op::RoundInt { how, exact }, [x, x, x]);
    }
    let host = host_round::<P, B>(b, how, x);
    if P::redo(b, host) {
        return operate::<P, B>(b, Op::RoundInt { how, exact }, [x, x, x]);
    }
    host
}

/// FRINT32[ZX], FRINT64[ZX]: what does not fit becomes the least integer.
pub fn round_to_width<P: Precision<B>, B: Builder>(
    b: &mut B,
    how: Rounding,
    bits: u32,
    x: P::Value,
) -> P::Value {
    if b.exact() {
        return operate::<P, B>(b, Op::RoundIntN { how, bits }, [x, x, x]);
    }
    let rounded = host_round::<P, B>(b, how, x);
    let least = least_of_width(bits);
    let least_number = P::number(b, least);
    let limit = P::number(b, -least);
    let from = P::ge(b, rounded, least_number);
    let above = P::ge(b, rounded, limit);
    let below = b.i32_eqz(above);
    let fits = b.i32_and(from, below);
    P::select(b, fits, rounded, least_number)
}

/// The least integer of so many bits.
pub fn least_of_width(bits: u32) -> f64 {
    if bits == 32 {
        -2147483648.0
    } else {
        -9223372036854775808.0
    }
}

/// 2 to the power `n`.
pub fn power_of_two(n: u32) -> f64 {
    f64::from_bits(u64::from(1023 + n) << 52)
}

/// A conversion between a number and an integer.
#[derive(Clone, Copy)]
pub struct Fixed {
    /// Of the integer.
    pub signed: bool,
    /// How many bits of the integer are fraction.
    pub fraction: u32,
}

#[expect(
    clippy::wrong_self_convention,
    reason = "self is the fixed-point format, not what is converted"
)]
impl Fixed {
    /// An integer without fraction.
    pub fn integer(signed: bool) -> Fixed {
        Fixed {
            signed,
            fraction: 0,
        }
    }

    pub(super) fn to(self, bits: u32, how: Rounding) -> Op {
        Op::ToFixed {
            bits,
            signed: self.signed,
            fraction: self.fraction,
            how,
        }
    }

    pub(super) fn from(self, bits: u32) -> Op {
        Op::FromFixed {
            bits,
            signed: self.signed,
            fraction: self.fraction,
        }
    }

    /// The number that the host truncates. Scaling by a power of two is exact, or overflows to an infinity that saturates as well.
    fn scaled<P: Precision<B>, B: Builder>(
        self,
        b: &mut B,
        how: Rounding,
        x: P::Value,
    ) -> P::Value {
        let x = if self.fraction == 0 {
            x
        } else {
            let factor = P::number(b, power_of_two(self.fraction));
            P::host_mul(b, x, factor)
        };
        if how == Rounding::Zero {
            x
        } else {
            host_round::<P, B>(b, how, x)
        }
    }

    /// The host's number for an integer, scaled. That is exact: results are zero or at least 2 to the -64.
    fn unscaled<P: Precision<B>, B: Builder>(self, b: &mut B, x: P::Value) -> P::Value {
        if self.fraction == 0 {
            return x;
        }
        let factor = P::number(b, 1.0 / power_of_two(self.fraction));
        P::host_mul(b, x, factor)
    }

    /// FPToFixed to 32 bits.
    pub fn to_i32<P: Precision<B>, B: Builder>(
        self,
        b: &mut B,
        how: Rounding,
        x: P::Value,
    ) -> B::I32 {
        if b.exact() {
            let bits = P::to_bits(b, x);
            let result = b.fp(self.to(32, how), P::FORMAT, [bits; 3]);
            return b.i32_wrap_i64(result);
        }
        let x = self.scaled::<P, B>(b, how, x);
        P::to_i32(b, self.signed, x)
    }

    /// FPToFixed to 64 bits.
    pub fn to_i64<P: Precision<B>, B: Builder>(
        self,
        b: &mut B,
        how: Rounding,
        x: P::Value,
    ) -> B::I64 {
        if b.exact() {
            let bits = P::to_bits(b, x);
            return b.fp(self.to(64, how), P::FORMAT, [bits; 3]);
        }
        let x = self.scaled::<P, B>(b, how, x);
        P::to_i64(b, self.signed, x)
    }

    /// FixedToFP from 32 bits.
    pub fn from_i32<P: Precision<B>, B: Builder>(self, b: &mut B, x: B::I32) -> P::Value {
        if b.exact() {
            let bits = b.i64_extend_i32_u(x);
            let result = b.fp(self.from(32), P::FORMAT, [bits; 3]);
            return P::from_bits(b, result);
        }
        let x = P::from_i32(b, self.signed, x);
        self.unscaled::<P, B>(b, x)
    }

    /// FixedToFP from 64 bits.
    pub fn from_i64<P: Precision<B>, B: Builder>(self, b: &mut B, x: B::I64) -> P::Value {
        if b.exact() {
            let result = b.fp(self.from(64), P::FORMAT, [x; 3]);
            return P::from_bits(b, result);
        }
        let x = P::from_i64(b, self.signed, x);
        self.unscaled::<P, B>(b, x)
    }
}

/// To an integer in a register of single precision, saturated.
pub fn to_integer_bits_s<B: Builder>(b: &mut B, how: Rounding, signed: bool, x: B::F32) -> B::F32 {
    let bits = Fixed::integer(signed).to_i32::<F32, B>(b, how, x);
    b.f32_reinterpret_i32(bits)
}

/// To an integer in a register of double precision, saturated.
pub fn to_integer_bits_d<B: Builder>(b: &mut B, how: Rounding, signed: bool, x: B::F64) -> B::F64 {
    let bits = Fixed::integer(signed).to_i64::<F64, B>(b, how, x);
    b.f64_reinterpret_i64(bits)
}

/// From an integer in a register of single precision.
pub fn from_integer_bits_s<B: Builder>(b: &mut B, signed: bool, x: B::F32) -> B::F32 {
    let bits = b.i32_reinterpret_f32(x);
    Fixed::integer(signed).from_i32::<F32, B>(b, bits)
}

/// From an integer in a register of double precision.
pub fn from_integer_bits_d<B: Builder>(b: &mut B, signed: bool, x: B::F64) -> B::F64 {
    let bits = b.i64_reinterpret_f64(x);
    Fixed::integer(signed).from_i64::<F64, B>(b, bits)
}
