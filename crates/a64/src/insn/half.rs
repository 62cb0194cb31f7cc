//! Half precision: [`Precision`] by way of single precision, which rounds to the nearest halves as well (24 bits are more than twice 11 and two), and double precision where that does
//! not suffice.

use super::scalar::{Fixed, Precision, operate};
use crate::{
    builder::Builder,
    fpu::{Format, Op, Rounding},
};

/// Half precision, in the low 16 bits of a register. Values are bits.
pub struct F16;

/// In single precision.
fn single<B: Builder>(b: &mut B, x: B::I32) -> B::F32 {
    b.f32_from_f16(x)
}

macro_rules! by_single {
    ($($name:ident($($x:ident),*) $operation:ident $op:ident [$p:ident $q:ident];)*) => {$(
        fn $name(b: &mut B, $($x: B::I32),*) -> B::I32 {
            if !B::HOST_HALF || b.exact() {
                return operate::<Self, B>(b, Op::$op, [$p, $q, $p]);
            }
            Self::$operation(b, $($x),*)
        }
    )*};
}

macro_rules! host {
    ($($name:ident($($x:ident),*) $f32:ident;)*) => {$(
        fn $name(b: &mut B, $($x: B::I32),*) -> B::I32 {
            $(let $x = single(b, $x);)*
            let result = b.$f32($($x),*);
            b.f16_from_f32(result)
        }
    )*};
}

impl F16 {
    fn host_div<B: Builder>(b: &mut B, x: B::I32, y: B::I32) -> B::I32 {
        let (x, y) = (single(b, x), single(b, y));
        let result = b.f32_div(x, y);
        b.f16_from_f32(result)
    }
    fn host_sqrt<B: Builder>(b: &mut B, x: B::I32) -> B::I32 {
        let x = single(b, x);
        let result = b.f32_sqrt(x);
        b.f16_from_f32(result)
    }
}

impl<B: Builder> Precision<B> for F16 {
    type Value = B::I32;
    const FORMAT: Format = Format::Half;

    fn to_bits(b: &mut B, x: B::I32) -> B::I64 {
        b.i64_extend_i32_u(x)
    }
    fn from_bits(b: &mut B, x: B::I64) -> B::I32 {
        b.i32_wrap_i64(x)
    }
    fn is_soft() -> bool {
        !B::HOST_HALF
    }
    fn redo(b: &mut B, _: B::I32) -> bool {
        b.exact()
    }
    fn read(b: &mut B, r: u8) -> B::I32 {
        let x = b.s(r);
        let bits = b.i32_reinterpret_f32(x);
        let mask = b.i32_const(0xffff);
        b.i32_and(bits, mask)
    }
    fn write(b: &mut B, r: u8, x: B::I32) {
        let x = b.f32_reinterpret_i32(x);
        b.set_s(r, x);
    }
    fn read_lane(b: &mut B, r: u8, index: usize) -> B::I32 {
        let v = b.v(r);
        b.i16x8_extract_lane_u(v, index as u8)
    }
    fn number(b: &mut B, x: f64) -> B::I32 {
        b.i32_const(elfconv_ir::eval::f16_from_f64(x))
    }
    by_single! {
        add(x, y) host_add Add [x y];
        sub(x, y) host_sub Sub [x y];
        mul(x, y) host_mul Mul [x y];
        div(x, y) host_div Div [x y];
        max(x, y) host_max Max [x y];
        min(x, y) host_min Min [x y];
        sqrt(x) host_sqrt Sqrt [x x];
    }
    host! {
        host_add(x, y) f32_add;
        host_sub(x, y) f32_sub;
        host_mul(x, y) f32_mul;
        host_max(x, y) f32_max;
        host_min(x, y) f32_min;
        nearest(x) f32_nearest;
        floor(x) f32_floor;
        ceil(x) f32_ceil;
        trunc(x) f32_trunc;
    }
    /// The product is exact in double precision, and what the sum loses is below the last bits of the greater term.
    fn fma(b: &mut B, x: B::I32, y: B::I32, z: B::I32) -> B::I32 {
        if !B::HOST_HALF || b.exact() {
            return operate::<Self, B>(b, Op::MulAdd, [x, y, z]);
        }
        let [x, y, z] = [x, y, z].map(|x| b.f64_from_f16(x));
        let product = b.f64_mul(x, y);
        let sum = b.f64_add(product, z);
        b.f16_from_f64(sum)
    }
    fn neg(b: &mut B, x: B::I32) -> B::I32 {
        let sign = b.i32_const(0x8000);
        b.i32_xor(x, sign)
    }
    fn abs(b: &mut B, x: B::I32) -> B::I32 {
        let mask = b.i32_const(0x7fff);
        b.i32_and(x, mask)
    }
    fn copysign(b: &mut B, x: B::I32, sign: B::I32) -> B::I32 {
        let x = <Self as Precision<B>>::abs(b, x);
        let mask = b.i32_const(0x8000);
        let sign = b.i32_and(sign, mask);
        b.i32_or(x, sign)
    }
    fn ge(b: &mut B, x: B::I32, y: B::I32) -> B::I32 {
        let (x, y) = (single(b, x), single(b, y));
        b.f32_ge(x, y)
    }
    fn select(b: &mut B, cond: B::I32, x: B::I32, y: B::I32) -> B::I32 {
        b.select_i32(cond, x, y)
    }
    fn host_compare(b: &mut B, x: B::I32, y: B::I32) -> B::I32 {
        let (x, y) = (single(b, x), single(b, y));
        b.nzcv_fcmp32(x, y)
    }
    fn is_quiet_nan(b: &mut B, x: B::I32) -> B::I32 {
        let magnitude = <Self as Precision<B>>::abs(b, x);
        let below = b.i32_const(0x7dff);
        b.i32_gt_s(magnitude, below)
    }
    fn to_i32(b: &mut B, signed: bool, x: B::I32) -> B::I32 {
        let x = single(b, x);
        if signed {
            b.i32_trunc_sat_f32_s(x)
        } else {
            b.i32_trunc_sat_f32_u(x)
        }
    }
    fn to_i64(b: &mut B, signed: bool, x: B::I32) -> B::I64 {
        let x = single(b, x);
        if signed {
            b.i64_trunc_sat_f32_s(x)
        } else {
            b.i64_trunc_sat_f32_u(x)
        }
    }
    fn from_i32(b: &mut B, signed: bool, x: B::I32) -> B::I32 {
        let x = if signed {
            b.f64_convert_i32_s(x)
        } else {
            b.f64_convert_i32_u(x)
        };
        b.f16_from_f64(x)
    }
    fn from_i64(b: &mut B, signed: bool, x: B::I64) -> B::I32 {
        let x = double_of(b, signed, x);
        b.f16_from_f64(x)
    }
}

/// An integer as a double that rounds to the same half: if it has more bits than a double, those that are lost leave a trace in the last that is not.
fn double_of<B: Builder>(b: &mut B, signed: bool, x: B::I64) -> B::F64 {
    let low = b.i64_const(0x7ff);
    let rest = b.i64_and(x, low);
    let none = b.i64_eqz(rest);
    let high = b.i64_const(!0x7ff);
    let high = b.i64_and(x, high);
    let trace = b.i64_const(0x800);
    let odd = b.i64_or(high, trace);
    let odd = b.select_i64(none, x, odd);
    // Integers of at most 53 bits are exact.
    let bias = b.i64_const(1 << 52);
    let biased = b.i64_add(x, bias);
    let limit = b.i64_const(1 << 53);
    let small = b.i64_lt_u(biased, limit);
    let x = b.select_i64(small, x, odd);
    if signed {
        b.f64_convert_i64_s(x)
    } else {
        b.f64_convert_i64_u(x)
    }
}

/// FPToFixed: single precision holds all halves, scaled too.
pub fn to_fixed_w<B: Builder>(b: &mut B, fixed: Fixed, how: Rounding, x: B::I32) -> B::I32 {
    if !B::HOST_HALF || b.exact() {
        let bits = b.i64_extend_i32_u(x);
        let result = b.fp(fixed.to(32, how), Format::Half, [bits; 3]);
        return b.i32_wrap_i64(result);
    }
    let x = single(b, x);
    fixed.to_i32::<super::scalar::F32, B>(b, how, x)
}

/// As [`to_fixed_w`].
pub fn to_fixed_x<B: Builder>(b: &mut B, fixed: Fixed, how: Rounding, x: B::I32) -> B::I64 {
    if !B::HOST_HALF || b.exact() {
        let bits = b.i64_extend_i32_u(x);
        return b.fp(fixed.to(64, how), Format::Half, [bits; 3]);
    }
    let x = single(b, x);
    fixed.to_i64::<super::scalar::F32, B>(b, how, x)
}

/// FixedToFP, of 32 or 64 bits extended to 64.
pub fn from_fixed<B: Builder>(b: &mut B, fixed: Fixed, bits: u32, x: B::I64) -> B::I32 {
    if !B::HOST_HALF || b.exact() {
        let result = b.fp(fixed.from(bits), Format::Half, [x; 3]);
        return b.i32_wrap_i64(result);
    }
    let x = double_of(b, fixed.signed, x);
    let scale = b.f64_const((1.0 / super::scalar::power_of_two(fixed.fraction)).to_bits());
    let x = b.f64_mul(x, scale);
    b.f16_from_f64(x)
}
