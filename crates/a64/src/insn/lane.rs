//! Lanewise integer arithmetic over the size of the lanes.
//!
//! One function for each operation that several instructions need, over 128-bit values; an instruction of the 64-bit arrangement works on
//! all 128 bits and clears the upper half when it writes its register. Where simd128 has the operation it is one node; else the shortest
//! sequence known for it, with the identity it rests on.

use elfconv_ir::Ops;

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

/// The greatest number of the sign of each lane: 0x7f… or 0x80….
pub fn limit_of_sign<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let sign = sign_mask(b, lane, x);
    let max = constant(b, lane, lane.sign() - 1);
    b.v128_xor(sign, max)
}

/// Lanewise product, low half.
pub fn mul<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    match lane {
        B8 => {
            let low = b.i16x8_extmul_low_i8x16_u(x, y);
            let high = b.i16x8_extmul_high_i8x16_u(x, y);
            shuffle(b, B8, low, high, |i| 2 * i)
        }
        H16 => b.i16x8_mul(x, y),
        S32 => b.i32x4_mul(x, y),
        D64 => b.i64x2_mul(x, y),
    }
}

/// `|x - y|`.
pub fn abs_diff<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    let (high, low) = if signed {
        (max_s(b, lane, x, y), min_s(b, lane, x, y))
    } else {
        (max_u(b, lane, x, y), min_u(b, lane, x, y))
    };
    sub(b, lane, high, low)
}

/// `(x + y) >> 1` in unlimited precision: x + y = 2(x & y) + (x ^ y).
pub fn halving_add<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    let both = b.v128_and(x, y);
    let one = b.v128_xor(x, y);
    let half = shr(b, lane, signed, one, 1);
    add(b, lane, both, half)
}

/// `(x + y + 1) >> 1` in unlimited precision: x + y = 2(x | y) - (x ^ y).
pub fn rounding_halving_add<O: Ops>(
    b: &mut O,
    lane: Lane,
    signed: bool,
    x: O::V128,
    y: O::V128,
) -> O::V128 {
    match (lane, signed) {
        (B8, false) => return b.i8x16_avgr_u(x, y),
        (H16, false) => return b.i16x8_avgr_u(x, y),
        _ => {}
    }
    let any = b.v128_or(x, y);
    let one = b.v128_xor(x, y);
    let half = shr(b, lane, signed, one, 1);
    sub(b, lane, any, half)
}

/// `(x - y) >> 1` in unlimited precision: x - y = (x ^ y) - 2(~x & y).
pub fn halving_sub<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    let borrow = b.v128_andnot(y, x);
    let one = b.v128_xor(x, y);
    let half = shr(b, lane, signed, one, 1);
    sub(b, lane, half, borrow)
}

/// Saturating addition.
pub fn add_sat<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    match (lane, signed) {
        (B8, true) => b.i8x16_add_sat_s(x, y),
        (B8, false) => b.i8x16_add_sat_u(x, y),
        (H16, true) => b.i16x8_add_sat_s(x, y),
        (H16, false) => b.i16x8_add_sat_u(x, y),
        (_, true) => {
            // Overflow where the sum's sign differs from both operands'.
            let sum = add(b, lane, x, y);
            let dx = b.v128_xor(x, sum);
            let dy = b.v128_xor(y, sum);
            let over = b.v128_and(dx, dy);
            let over = sign_mask(b, lane, over);
            let limit = limit_of_sign(b, lane, x);
            b.v128_bitselect(limit, sum, over)
        }
        (_, false) => {
            let sum = add(b, lane, x, y);
            let carry = gt_u(b, lane, x, sum);
            b.v128_or(sum, carry)
        }
    }
}

/// Saturating subtraction.
pub fn sub_sat<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, y: O::V128) -> O::V128 {
    match (lane, signed) {
        (B8, true) => b.i8x16_sub_sat_s(x, y),
        (B8, false) => b.i8x16_sub_sat_u(x, y),
        (H16, true) => b.i16x8_sub_sat_s(x, y),
        (H16, false) => b.i16x8_sub_sat_u(x, y),
        (_, true) => {
            let difference = sub(b, lane, x, y);
            let unlike = b.v128_xor(x, y);
            let changed = b.v128_xor(x, difference);
            let over = b.v128_and(unlike, changed);
            let over = sign_mask(b, lane, over);
            let limit = limit_of_sign(b, lane, x);
            b.v128_bitselect(limit, difference, over)
        }
        (_, false) => {
            let difference = sub(b, lane, x, y);
            let borrow = gt_u(b, lane, y, x);
            b.v128_andnot(difference, borrow)
        }
    }
}

/// Signed `x` plus unsigned `y`, saturating to signed. Biased, x is unsigned and the limits are those of the unsigned sum.
pub fn add_sat_su<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let x = bias(b, lane, x);
    let sum = add_sat(b, lane, false, x, y);
    bias(b, lane, sum)
}

/// Unsigned `x` plus signed `y`, saturating to unsigned.
pub fn add_sat_us<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    let x = bias(b, lane, x);
    let sum = add_sat(b, lane, true, x, y);
    bias(b, lane, sum)
}

/// `|x|`, the least number giving the greatest: abs leaves only that one negative.
pub fn abs_sat<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let a = abs(b, lane, x);
    let sign = sign_mask(b, lane, a);
    b.v128_xor(a, sign)
}

/// `-x`, the least number giving the greatest.
pub fn neg_sat<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let min = constant(b, lane, lane.sign());
    let least = eq(b, lane, x, min);
    let negated = neg(b, lane, x);
    b.v128_xor(negated, least)
}

/// Where `x` is the least number, the greatest instead.
pub fn least_to_greatest<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let min = constant(b, lane, lane.sign());
    let least = eq(b, lane, x, min);
    b.v128_xor(x, least)
}

/// Leading zeros: set all bits below the first one, count the rest.
pub fn clz<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let mut x = x;
    let mut n = 1;
    while n < lane.bits() {
        let shifted = shr(b, lane, false, x, n);
        x = b.v128_or(x, shifted);
        n *= 2;
    }
    let above = b.v128_not(x);
    let bytes = b.i8x16_popcnt(above);
    match lane {
        B8 => bytes,
        H16 => b.i16x8_extadd_pairwise_i8x16_u(bytes),
        S32 | D64 => {
            let halves = b.i16x8_extadd_pairwise_i8x16_u(bytes);
            b.i32x4_extadd_pairwise_i16x8_u(halves)
        }
    }
}

/// Bits after the sign that equal it. Bits where neighbours differ, the sign position always clear.
pub fn cls<O: Ops>(b: &mut O, lane: Lane, x: O::V128) -> O::V128 {
    let next = shr(b, lane, true, x, 1);
    let change = b.v128_xor(x, next);
    let zeros = clz(b, lane, change);
    let one = constant(b, lane, 1);
    sub(b, lane, zeros, one)
}

/// Reverse the bits of each byte, by nibbles.
pub fn rbit<O: Ops>(b: &mut O, x: O::V128) -> O::V128 {
    let reversed = |nibble: u8| nibble.reverse_bits() >> 4;
    let table: [u8; 16] = core::array::from_fn(|i| reversed(i as u8));
    let low_table = b.v128_const(u128::from_le_bytes(table));
    let high_table = b.v128_const(u128::from_le_bytes(table.map(|t| t << 4)));
    let nibble = constant(b, B8, 15);
    let low = b.v128_and(x, nibble);
    let high = shr(b, B8, false, x, 4);
    let up = b.i8x16_swizzle(high_table, low);
    let down = b.i8x16_swizzle(low_table, high);
    b.v128_or(up, down)
}

/// Rearrange lanes: lane `i` of the result is lane `pick(i)` of `x` followed by `y`.
pub fn shuffle<O: Ops>(
    b: &mut O,
    lane: Lane,
    x: O::V128,
    y: O::V128,
    pick: impl Fn(usize) -> usize,
) -> O::V128 {
    let w = lane.bytes();
    let bytes = core::array::from_fn(|i| (pick(i / w) * w + i % w) as u8 & 31);
    b.i8x16_shuffle(x, y, bytes)
}

/// Lane `index` in all lanes.
pub fn broadcast<O: Ops>(b: &mut O, lane: Lane, x: O::V128, index: usize) -> O::V128 {
    shuffle(b, lane, x, x, |_| index)
}

/// The low 64 bits, zero above.
pub fn low_half<O: Ops>(b: &mut O, x: O::V128) -> O::V128 {
    let z = zero(b);
    shuffle(b, D64, x, z, |i| 2 * i)
}

/// Low halves of `x` and `y`, joined.
pub fn join_low<O: Ops>(b: &mut O, x: O::V128, y: O::V128) -> O::V128 {
    shuffle(b, D64, x, y, |i| 2 * i)
}

/// The high half, also in the low half.
pub fn high_half<O: Ops>(b: &mut O, x: O::V128) -> O::V128 {
    shuffle(b, D64, x, x, |_| 1)
}

/// The even (`part` 0) or odd (1) lanes of `x` and `y`, of which each has `count` lanes. Lanes above repeat.
pub fn unzip<O: Ops>(
    b: &mut O,
    lane: Lane,
    count: usize,
    x: O::V128,
    y: O::V128,
    part: usize,
) -> O::V128 {
    shuffle(b, lane, x, y, |i| {
        let from = 2 * (i % count) + part;
        if from < count {
            from
        } else {
            from - count + lane.count()
        }
    })
}

/// Widen the low or the high half's lanes (`lane` is the narrow size).
pub fn extend<O: Ops>(b: &mut O, lane: Lane, signed: bool, high: bool, x: O::V128) -> O::V128 {
    match (lane, high, signed) {
        (B8, false, true) => b.i16x8_extend_low_i8x16_s(x),
        (B8, false, false) => b.i16x8_extend_low_i8x16_u(x),
        (B8, true, true) => b.i16x8_extend_high_i8x16_s(x),
        (B8, true, false) => b.i16x8_extend_high_i8x16_u(x),
        (H16, false, true) => b.i32x4_extend_low_i16x8_s(x),
        (H16, false, false) => b.i32x4_extend_low_i16x8_u(x),
        (H16, true, true) => b.i32x4_extend_high_i16x8_s(x),
        (H16, true, false) => b.i32x4_extend_high_i16x8_u(x),
        (_, false, true) => b.i64x2_extend_low_i32x4_s(x),
        (_, false, false) => b.i64x2_extend_low_i32x4_u(x),
        (_, true, true) => b.i64x2_extend_high_i32x4_s(x),
        (_, true, false) => b.i64x2_extend_high_i32x4_u(x),
    }
}

/// Full products of the low or the high half's lanes (`lane` is the narrow size).
pub fn extmul<O: Ops>(
    b: &mut O,
    lane: Lane,
    signed: bool,
    high: bool,
    x: O::V128,
    y: O::V128,
) -> O::V128 {
    match (lane, high, signed) {
        (B8, false, true) => b.i16x8_extmul_low_i8x16_s(x, y),
        (B8, false, false) => b.i16x8_extmul_low_i8x16_u(x, y),
        (B8, true, true) => b.i16x8_extmul_high_i8x16_s(x, y),
        (B8, true, false) => b.i16x8_extmul_high_i8x16_u(x, y),
        (H16, false, true) => b.i32x4_extmul_low_i16x8_s(x, y),
        (H16, false, false) => b.i32x4_extmul_low_i16x8_u(x, y),
        (H16, true, true) => b.i32x4_extmul_high_i16x8_s(x, y),
        (H16, true, false) => b.i32x4_extmul_high_i16x8_u(x, y),
        (_, false, true) => b.i64x2_extmul_low_i32x4_s(x, y),
        (_, false, false) => b.i64x2_extmul_low_i32x4_u(x, y),
        (_, true, true) => b.i64x2_extmul_high_i32x4_s(x, y),
        (_, true, false) => b.i64x2_extmul_high_i32x4_u(x, y),
    }
}

/// Sums of neighbours, twice as wide (`lane` is the narrow size).
pub fn add_pairs_long<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128) -> O::V128 {
    match (lane, signed) {
        (B8, true) => b.i16x8_extadd_pairwise_i8x16_s(x),
        (B8, false) => b.i16x8_extadd_pairwise_i8x16_u(x),
        (H16, true) => b.i32x4_extadd_pairwise_i16x8_s(x),
        (H16, false) => b.i32x4_extadd_pairwise_i16x8_u(x),
        _ => {
            let odd = shr(b, D64, signed, x, 32);
            let even = shl(b, D64, x, 32);
            let even = shr(b, D64, signed, even, 32);
            b.i64x2_add(even, odd)
        }
    }
}

/// The low half of each lane of `x`, then of `y` (`lane` is the wide size).
pub fn truncate<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    shuffle(b, lane.narrow(), x, y, |i| 2 * i)
}

/// The high half of each lane of `x`, then of `y` (`lane` is the wide size).
pub fn truncate_high<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    shuffle(b, lane.narrow(), x, y, |i| 2 * i + 1)
}

/// How a narrowing saturates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Saturation {
    /// Signed to signed.
    Signed,
    /// Signed to unsigned.
    SignedToUnsigned,
    /// Unsigned to unsigned.
    Unsigned,
}

/// Halve the lanes with saturation; the low 64 bits are the result (`lane` is the wide size).
pub fn narrow_sat<O: Ops>(b: &mut O, lane: Lane, how: Saturation, x: O::V128) -> O::V128 {
    let half = lane.narrow();
    let x = match (how, lane) {
        (Saturation::Unsigned, _) => {
            let max = constant(b, lane, half.mask());
            min_u(b, lane, x, max)
        }
        (Saturation::Signed, D64) => {
            let max = constant(b, lane, half.sign() - 1);
            let min = constant(b, lane, half.sign().wrapping_neg());
            let x = min_s(b, lane, x, max);
            max_s(b, lane, x, min)
        }
        (Saturation::SignedToUnsigned, D64) => {
            let max = constant(b, lane, half.mask());
            let x = min_s(b, lane, x, max);
            let negative = sign_mask(b, lane, x);
            b.v128_andnot(x, negative)
        }
        _ => x,
    };
    match (how, lane) {
        (Saturation::Signed, H16) => b.i8x16_narrow_i16x8_s(x, x),
        (Saturation::Signed, S32) => b.i16x8_narrow_i32x4_s(x, x),
        (Saturation::SignedToUnsigned, H16) => b.i8x16_narrow_i16x8_u(x, x),
        (Saturation::SignedToUnsigned, S32) => b.i16x8_narrow_i32x4_u(x, x),
        _ => truncate(b, lane, x, x),
    }
}

/// Combine all `count` lanes, neighbours first, as the manual's `Reduce` (a signalling NaN makes the order visible); the result is in lane 0.
pub fn reduce<O: Ops>(
    b: &mut O,
    lane: Lane,
    count: usize,
    x: O::V128,
    mut op: impl FnMut(&mut O, O::V128, O::V128) -> O::V128,
) -> O::V128 {
    let mut x = x;
    let mut n = 1;
    while n < count {
        let other = shuffle(b, lane, x, x, |i| i ^ n);
        x = op(b, x, other);
        n *= 2;
    }
    x
}
