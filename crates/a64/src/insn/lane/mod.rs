//! Lanewise integer arithmetic over the size of the lanes.
//!
//! One function for each operation that several instructions need, over 128-bit values; an instruction of the 64-bit arrangement works on
//! all 128 bits and clears the upper half when it writes its register. Where simd128 has the operation it is one node; else the shortest
//! sequence known for it, with the identity it rests on.

use elfconv_ir::Ops;

mod arith;
mod permute;
mod saturate;
mod widen;

pub use arith::{abs_diff, cls, clz, halving_add, halving_sub, mul, rbit, rounding_halving_add};
pub use permute::{
    broadcast, high_half, join_low, low_half, reduce, shuffle, truncate, truncate_high, unzip,
};
pub use saturate::{
    Saturation, abs_sat, add_sat, add_sat_su, add_sat_us, least_to_greatest, limit_of_sign,
    narrow_sat, neg_sat, saturated, saturated_unless_same, sub_sat,
};
pub use widen::{add_pairs_long, extend, extmul};

/// The size of a lane, as the field `size` encodes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lane {
    /// 8 bits.
    B,
    /// 16 bits.
    H,
    /// 32 bits.
    S,
    /// 64 bits.
    D,
}

use Lane::{B as B8, D as D64, H as H16, S as S32};

impl Lane {
    /// From a two-bit field.
    pub fn new(size: u32) -> Lane {
        [B8, H16, S32, D64][(size & 3) as usize]
    }
    /// Bytes in a lane.
    pub fn bytes(self) -> usize {
        1 << self as usize
    }
    /// Bits in a lane.
    pub fn bits(self) -> u32 {
        8 << self as u32
    }
    /// Lanes in 128 bits.
    pub fn count(self) -> usize {
        16 >> self as usize
    }
    /// The lane twice as wide.
    pub fn wide(self) -> Lane {
        Lane::new(self as u32 + 1)
    }
    /// The lane half as wide.
    pub fn narrow(self) -> Lane {
        Lane::new(self as u32 - 1)
    }
    /// All ones.
    pub fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits())
    }
    /// The sign bit: also the least signed number.
    pub fn sign(self) -> u64 {
        1 << (self.bits() - 1)
    }
}

/// A lane size as a type, for rows.
pub trait Size {
    /// Which one.
    const LANE: Lane;
}

macro_rules! sizes {
    ($($name:ident $lane:ident)*) => {$(
        #[doc = concat!("[`Lane::", stringify!($lane), "`]")]
        pub struct $name;
        impl Size for $name {
            const LANE: Lane = Lane::$lane;
        }
    )*};
}

sizes! { Bytes B Halves H Singles S Doubles D }

/// All-zero.
pub fn zero<O: Ops>(b: &mut O) -> O::V128 {
    b.v128_const(0)
}

/// The low bits of `value` in every lane.
pub fn splat_bits(lane: Lane, value: u64) -> u128 {
    let step = u128::MAX / (u128::MAX >> (128 - lane.bits()));
    u128::from(value & lane.mask()) * step
}

/// A constant in every lane.
pub fn constant<O: Ops>(b: &mut O, lane: Lane, value: u64) -> O::V128 {
    b.v128_const(splat_bits(lane, value))
}

macro_rules! direct {
    ($($name:ident($($x:ident),*) $b8:ident $h16:ident $s32:ident $d64:ident;)*) => {$(
        #[doc = concat!("`", stringify!($b8), "`, for every lane size.")]
        pub fn $name<O: Ops>(b: &mut O, lane: Lane, $($x: O::V128),*) -> O::V128 {
            match lane {
                B8 => b.$b8($($x),*),
                H16 => b.$h16($($x),*),
                S32 => b.$s32($($x),*),
                D64 => b.$d64($($x),*),
            }
        }
    )*};
}

direct! {
    add(x, y) i8x16_add i16x8_add i32x4_add i64x2_add;
    sub(x, y) i8x16_sub i16x8_sub i32x4_sub i64x2_sub;
    neg(x) i8x16_neg i16x8_neg i32x4_neg i64x2_neg;
    abs(x) i8x16_abs i16x8_abs i32x4_abs i64x2_abs;
    eq(x, y) i8x16_eq i16x8_eq i32x4_eq i64x2_eq;
    ne(x, y) i8x16_ne i16x8_ne i32x4_ne i64x2_ne;
    gt_s(x, y) i8x16_gt_s i16x8_gt_s i32x4_gt_s i64x2_gt_s;
    ge_s(x, y) i8x16_ge_s i16x8_ge_s i32x4_ge_s i64x2_ge_s;
}

/// Flip the sign bits: turns unsigned order into signed order, and back.
pub fn bias<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let sign = constant(b, lane, lane.sign());
    b.v128_xor(x, sign)
}

/// Unsigned `x > y`.
pub fn gt_u<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    match lane {
        B8 => b.i8x16_gt_u(x, y),
        H16 => b.i16x8_gt_u(x, y),
        S32 => b.i32x4_gt_u(x, y),
        D64 => {
            let (x, y) = (bias(b, lane, x), bias(b, lane, y));
            b.i64x2_gt_s(x, y)
        }
    }
}

/// Unsigned `x >= y`.
pub fn ge_u<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    match lane {
        B8 => b.i8x16_ge_u(x, y),
        H16 => b.i16x8_ge_u(x, y),
        S32 => b.i32x4_ge_u(x, y),
        D64 => {
            let (x, y) = (bias(b, lane, x), bias(b, lane, y));
            b.i64x2_ge_s(x, y)
        }
    }
}

macro_rules! extremes {
    ($($name:ident $b8:ident $h16:ident $s32:ident $greater:ident $flip:literal;)*) => {$(
        #[doc = concat!("`", stringify!($b8), "`, for every lane size.")]
        pub fn $name<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
            match lane {
                B8 => b.$b8(x, y),
                H16 => b.$h16(x, y),
                S32 => b.$s32(x, y),
                D64 => {
                    let greater = $greater(b, lane, x, y);
                    if $flip { b.v128_bitselect(y, x, greater) } else { b.v128_bitselect(x, y, greater) }
                }
            }
        }
    )*};
}

extremes! {
    max_s i8x16_max_s i16x8_max_s i32x4_max_s gt_s false;
    max_u i8x16_max_u i16x8_max_u i32x4_max_u gt_u false;
    min_s i8x16_min_s i16x8_min_s i32x4_min_s gt_s true;
    min_u i8x16_min_u i16x8_min_u i32x4_min_u gt_u true;
}

/// Shift left by a constant below the lane's width.
pub fn shl<O: Ops>(b: &mut O, lane: Lane, x: O::V128, n: u32) -> O::V128 {
    if n == 0 {
        return x;
    }
    let n = b.i32_const(n);
    match lane {
        B8 => b.i8x16_shl(x, n),
        H16 => b.i16x8_shl(x, n),
        S32 => b.i32x4_shl(x, n),
        D64 => b.i64x2_shl(x, n),
    }
}

/// Shift right by a constant, 0 to the lane's width, signed or not.
pub fn shr<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, n: u32) -> O::V128 {
    if n == 0 {
        return x;
    }
    if n >= lane.bits() && !signed {
        return zero(b);
    }
    let n = b.i32_const(n.min(lane.bits() - 1));
    match (lane, signed) {
        (B8, true) => b.i8x16_shr_s(x, n),
        (H16, true) => b.i16x8_shr_s(x, n),
        (S32, true) => b.i32x4_shr_s(x, n),
        (D64, true) => b.i64x2_shr_s(x, n),
        (B8, false) => b.i8x16_shr_u(x, n),
        (H16, false) => b.i16x8_shr_u(x, n),
        (S32, false) => b.i32x4_shr_u(x, n),
        (D64, false) => b.i64x2_shr_u(x, n),
    }
}

/// Shift right and round to nearest, ties up: `(x >> n) + bit n-1 of x`, which cannot overflow. 1 <= n <= width.
pub fn rounding_shr<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, n: u32) -> O::V128 {
    if n == lane.bits() && signed {
        return zero(b); // -1 + 1, or 0 + 0
    }
    let last = shr(b, lane, signed, x, n - 1);
    if n == lane.bits() {
        return last; // 0 + the top bit
    }
    let whole = shr(b, lane, signed, last, 1);
    let one = constant(b, lane, 1);
    let round = b.v128_and(last, one);
    add(b, lane, whole, round)
}

/// All ones in the lanes that are negative.
pub fn sign_mask<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    shr(b, lane, true, x, lane.bits() - 1)
}
