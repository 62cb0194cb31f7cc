//! Vectors of integers, and of bits.

/// Rows of integer vector arithmetic.
#[doc(hidden)]
#[macro_export]
macro_rules! simd_int_rows {
    ([$($to:tt)*] { $($rows:tt)* }) => { $crate::simd_lanes_rows! { [$($to)*] { $($rows)*
/// Bitwise not.
V128Not v128_not(a: V128) -> V128 [wasm] { !a }
/// Bitwise and.
V128And v128_and(a: V128, b: V128) -> V128 [wasm] { a & b }
/// `a & !b`.
V128AndNot v128_andnot(a: V128, b: V128) -> V128 [wasm] { a & !b }
/// Bitwise or.
V128Or v128_or(a: V128, b: V128) -> V128 [wasm] { a | b }
/// Bitwise exclusive or.
V128Xor v128_xor(a: V128, b: V128) -> V128 [wasm] { a ^ b }
/// Bits of `a` where `mask` has ones, of `b` elsewhere.
V128Bitselect v128_bitselect(a: V128, b: V128, mask: V128) -> V128 [wasm] { (a & mask) | (b & !mask) }
/// Whether any bit is one.
V128AnyTrue v128_any_true(a: V128) -> I32 [wasm] { u32::from(a != 0) }
/// Each byte replaced by AES's S-box.
I8x16AesSub i8x16_aes_sub(a: V128) -> V128 [own] { sbox::substitute(sbox::AES_FORWARD, a) }
/// Each byte replaced by the inverse of AES's S-box.
I8x16AesSubInv i8x16_aes_sub_inv(a: V128) -> V128 [own] { sbox::substitute(sbox::AES_BACKWARD, a) }
/// Each byte replaced by SM4's S-box.
I8x16Sm4Sub i8x16_sm4_sub(a: V128) -> V128 [own] { sbox::substitute(&sbox::SM4, a) }
/// Wrapping addition.
I8x16Add i8x16_add(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| a.wrapping_add(b)) }
/// Wrapping subtraction.
I8x16Sub i8x16_sub(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| a.wrapping_sub(b)) }
/// Wrapping negation.
I8x16Neg i8x16_neg(a: V128) -> V128 [wasm] { lanes::map(a, |a: u8| a.wrapping_neg()) }
/// Absolute value, wrapping.
I8x16Abs i8x16_abs(a: V128) -> V128 [wasm] { lanes::map(a, |a: i8| a.wrapping_abs()) }
/// Shift left, by `b` modulo the lane width.
I8x16Shl i8x16_shl(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u8| a.wrapping_shl(b)) }
/// Arithmetic shift right, by `b` modulo the lane width.
I8x16ShrS i8x16_shr_s(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: i8| a.wrapping_shr(b)) }
/// Logical shift right, by `b` modulo the lane width.
I8x16ShrU i8x16_shr_u(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u8| a.wrapping_shr(b)) }
/// Saturating addition.
I8x16AddSatS i8x16_add_sat_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| a.saturating_add(b)) }
/// Saturating subtraction.
I8x16SubSatS i8x16_sub_sat_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| a.saturating_sub(b)) }
/// Saturating addition.
I8x16AddSatU i8x16_add_sat_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| a.saturating_add(b)) }
/// Saturating subtraction.
I8x16SubSatU i8x16_sub_sat_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| a.saturating_sub(b)) }
/// Rounded-up average.
I8x16AvgrU i8x16_avgr_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| ((u16::from(a) + u16::from(b)).div_ceil(2)) as u8) }
/// Minimum, signed.
I8x16MinS i8x16_min_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| a.min(b)) }
/// Maximum, signed.
I8x16MaxS i8x16_max_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| a.max(b)) }
/// Minimum, unsigned.
I8x16MinU i8x16_min_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| a.min(b)) }
/// Maximum, unsigned.
I8x16MaxU i8x16_max_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| a.max(b)) }
/// Number of one bits.
I8x16Popcnt i8x16_popcnt(a: V128) -> V128 [wasm] { lanes::map(a, |a: u8| a.count_ones() as u8) }
/// Whether all lanes are non-zero.
I8x16AllTrue i8x16_all_true(a: V128) -> I32 [wasm] { lanes::all_true::<u8>(a) }
/// The lanes' sign bits.
I8x16Bitmask i8x16_bitmask(a: V128) -> I32 [wasm] { lanes::bitmask::<i8>(a) }
/// All ones where equal.
I8x16Eq i8x16_eq(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| if a == b { u8::MAX } else { 0 }) }
/// All ones where not equal.
I8x16Ne i8x16_ne(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| if a != b { u8::MAX } else { 0 }) }
/// All ones where less, signed.
I8x16LtS i8x16_lt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| if a < b { -1i8 } else { 0 }) }
/// All ones where less, unsigned.
I8x16LtU i8x16_lt_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| if a < b { u8::MAX } else { 0 }) }
/// All ones where greater, signed.
I8x16GtS i8x16_gt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| if a > b { -1i8 } else { 0 }) }
/// All ones where greater, unsigned.
I8x16GtU i8x16_gt_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| if a > b { u8::MAX } else { 0 }) }
/// All ones where less or equal, signed.
I8x16LeS i8x16_le_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| if a <= b { -1i8 } else { 0 }) }
/// All ones where less or equal, unsigned.
I8x16LeU i8x16_le_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| if a <= b { u8::MAX } else { 0 }) }
/// All ones where greater or equal, signed.
I8x16GeS i8x16_ge_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i8, b: i8| if a >= b { -1i8 } else { 0 }) }
/// All ones where greater or equal, unsigned.
I8x16GeU i8x16_ge_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u8, b: u8| if a >= b { u8::MAX } else { 0 }) }
/// The lanes of `a`, then those of `b`, saturated from signed to signed.
I8x16NarrowI16x8S i8x16_narrow_i16x8_s(a: V128, b: V128) -> V128 [wasm] { lanes::narrow(a, b, |a: i16| a.clamp(i8::MIN.into(), i8::MAX.into()) as i8) }
/// The lanes of `a`, then those of `b`, saturated from signed to unsigned.
I8x16NarrowI16x8U i8x16_narrow_i16x8_u(a: V128, b: V128) -> V128 [wasm] { lanes::narrow(a, b, |a: i16| a.clamp(u8::MIN.into(), u8::MAX.into()) as u8) }
/// Wrapping addition.
I16x8Add i16x8_add(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| a.wrapping_add(b)) }
/// Wrapping subtraction.
I16x8Sub i16x8_sub(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| a.wrapping_sub(b)) }
/// Wrapping multiplication.
I16x8Mul i16x8_mul(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| a.wrapping_mul(b)) }
/// Wrapping negation.
I16x8Neg i16x8_neg(a: V128) -> V128 [wasm] { lanes::map(a, |a: u16| a.wrapping_neg()) }
/// Absolute value, wrapping.
I16x8Abs i16x8_abs(a: V128) -> V128 [wasm] { lanes::map(a, |a: i16| a.wrapping_abs()) }
/// Shift left, by `b` modulo the lane width.
I16x8Shl i16x8_shl(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u16| a.wrapping_shl(b)) }
/// Arithmetic shift right, by `b` modulo the lane width.
I16x8ShrS i16x8_shr_s(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: i16| a.wrapping_shr(b)) }
/// Logical shift right, by `b` modulo the lane width.
I16x8ShrU i16x8_shr_u(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u16| a.wrapping_shr(b)) }
/// Saturating addition.
I16x8AddSatS i16x8_add_sat_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| a.saturating_add(b)) }
/// Saturating subtraction.
I16x8SubSatS i16x8_sub_sat_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| a.saturating_sub(b)) }
/// Saturating addition.
I16x8AddSatU i16x8_add_sat_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| a.saturating_add(b)) }
/// Saturating subtraction.
I16x8SubSatU i16x8_sub_sat_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| a.saturating_sub(b)) }
/// Rounded-up average.
I16x8AvgrU i16x8_avgr_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| ((u32::from(a) + u32::from(b)).div_ceil(2)) as u16) }
/// Minimum, signed.
I16x8MinS i16x8_min_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| a.min(b)) }
/// Maximum, signed.
I16x8MaxS i16x8_max_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| a.max(b)) }
/// Minimum, unsigned.
I16x8MinU i16x8_min_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| a.min(b)) }
/// Maximum, unsigned.
I16x8MaxU i16x8_max_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| a.max(b)) }
/// `(a * b + 2^14) >> 15`, saturating.
I16x8Q15MulrSatS i16x8_q15mulr_sat_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, lanes::q15mulr) }
/// Whether all lanes are non-zero.
I16x8AllTrue i16x8_all_true(a: V128) -> I32 [wasm] { lanes::all_true::<u16>(a) }
/// The lanes' sign bits.
I16x8Bitmask i16x8_bitmask(a: V128) -> I32 [wasm] { lanes::bitmask::<i16>(a) }
/// All ones where equal.
I16x8Eq i16x8_eq(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| if a == b { u16::MAX } else { 0 }) }
/// All ones where not equal.
I16x8Ne i16x8_ne(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| if a != b { u16::MAX } else { 0 }) }
/// All ones where less, signed.
I16x8LtS i16x8_lt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| if a < b { -1i16 } else { 0 }) }
/// All ones where less, unsigned.
I16x8LtU i16x8_lt_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| if a < b { u16::MAX } else { 0 }) }
/// All ones where greater, signed.
I16x8GtS i16x8_gt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| if a > b { -1i16 } else { 0 }) }
/// All ones where greater, unsigned.
I16x8GtU i16x8_gt_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| if a > b { u16::MAX } else { 0 }) }
/// All ones where less or equal, signed.
I16x8LeS i16x8_le_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| if a <= b { -1i16 } else { 0 }) }
/// All ones where less or equal, unsigned.
I16x8LeU i16x8_le_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| if a <= b { u16::MAX } else { 0 }) }
/// All ones where greater or equal, signed.
I16x8GeS i16x8_ge_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i16, b: i16| if a >= b { -1i16 } else { 0 }) }
/// All ones where greater or equal, unsigned.
I16x8GeU i16x8_ge_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u16, b: u16| if a >= b { u16::MAX } else { 0 }) }
/// Sums of neighbouring lanes, sign-extended.
I16x8ExtAddPairwiseI8x16S i16x8_extadd_pairwise_i8x16_s(a: V128) -> V128 [wasm] { lanes::pairwise(a, |a: i8, b: i8| i16::from(a) + i16::from(b)) }
/// The low lanes, sign-extended.
I16x8ExtendLowI8x16S i16x8_extend_low_i8x16_s(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: i8| i16::from(a)) }
/// Products of the low lanes, sign-extended.
I16x8ExtMulLowI8x16S i16x8_extmul_low_i8x16_s(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 0, |a: i8, b: i8| i16::from(a).wrapping_mul(i16::from(b))) }
/// The high lanes, sign-extended.
I16x8ExtendHighI8x16S i16x8_extend_high_i8x16_s(a: V128) -> V128 [wasm] { lanes::widen(a, 8, |a: i8| i16::from(a)) }
/// Products of the high lanes, sign-extended.
I16x8ExtMulHighI8x16S i16x8_extmul_high_i8x16_s(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 8, |a: i8, b: i8| i16::from(a).wrapping_mul(i16::from(b))) }
/// Sums of neighbouring lanes, zero-extended.
I16x8ExtAddPairwiseI8x16U i16x8_extadd_pairwise_i8x16_u(a: V128) -> V128 [wasm] { lanes::pairwise(a, |a: u8, b: u8| u16::from(a) + u16::from(b)) }
/// The low lanes, zero-extended.
I16x8ExtendLowI8x16U i16x8_extend_low_i8x16_u(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: u8| u16::from(a)) }
/// Products of the low lanes, zero-extended.
I16x8ExtMulLowI8x16U i16x8_extmul_low_i8x16_u(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 0, |a: u8, b: u8| u16::from(a).wrapping_mul(u16::from(b))) }
/// The high lanes, zero-extended.
I16x8ExtendHighI8x16U i16x8_extend_high_i8x16_u(a: V128) -> V128 [wasm] { lanes::widen(a, 8, |a: u8| u16::from(a)) }
/// Products of the high lanes, zero-extended.
I16x8ExtMulHighI8x16U i16x8_extmul_high_i8x16_u(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 8, |a: u8, b: u8| u16::from(a).wrapping_mul(u16::from(b))) }
/// The lanes of `a`, then those of `b`, saturated from signed to signed.
I16x8NarrowI32x4S i16x8_narrow_i32x4_s(a: V128, b: V128) -> V128 [wasm] { lanes::narrow(a, b, |a: i32| a.clamp(i16::MIN.into(), i16::MAX.into()) as i16) }
/// The lanes of `a`, then those of `b`, saturated from signed to unsigned.
I16x8NarrowI32x4U i16x8_narrow_i32x4_u(a: V128, b: V128) -> V128 [wasm] { lanes::narrow(a, b, |a: i32| a.clamp(u16::MIN.into(), u16::MAX.into()) as u16) }
/// Wrapping addition.
I32x4Add i32x4_add(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| a.wrapping_add(b)) }
/// Wrapping subtraction.
I32x4Sub i32x4_sub(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| a.wrapping_sub(b)) }
/// Wrapping multiplication.
I32x4Mul i32x4_mul(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| a.wrapping_mul(b)) }
/// Wrapping negation.
I32x4Neg i32x4_neg(a: V128) -> V128 [wasm] { lanes::map(a, |a: u32| a.wrapping_neg()) }
/// Absolute value, wrapping.
I32x4Abs i32x4_abs(a: V128) -> V128 [wasm] { lanes::map(a, |a: i32| a.wrapping_abs()) }
/// Shift left, by `b` modulo the lane width.
I32x4Shl i32x4_shl(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u32| a.wrapping_shl(b)) }
/// Arithmetic shift right, by `b` modulo the lane width.
I32x4ShrS i32x4_shr_s(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: i32| a.wrapping_shr(b)) }
/// Logical shift right, by `b` modulo the lane width.
I32x4ShrU i32x4_shr_u(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u32| a.wrapping_shr(b)) }
/// Minimum, signed.
I32x4MinS i32x4_min_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i32, b: i32| a.min(b)) }
/// Maximum, signed.
I32x4MaxS i32x4_max_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i32, b: i32| a.max(b)) }
/// Minimum, unsigned.
I32x4MinU i32x4_min_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| a.min(b)) }
/// Maximum, unsigned.
I32x4MaxU i32x4_max_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| a.max(b)) }
/// Whether all lanes are non-zero.
I32x4AllTrue i32x4_all_true(a: V128) -> I32 [wasm] { lanes::all_true::<u32>(a) }
/// The lanes' sign bits.
I32x4Bitmask i32x4_bitmask(a: V128) -> I32 [wasm] { lanes::bitmask::<i32>(a) }
/// All ones where equal.
I32x4Eq i32x4_eq(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| if a == b { u32::MAX } else { 0 }) }
/// All ones where not equal.
I32x4Ne i32x4_ne(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| if a != b { u32::MAX } else { 0 }) }
/// All ones where less, signed.
I32x4LtS i32x4_lt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i32, b: i32| if a < b { -1i32 } else { 0 }) }
/// All ones where less, unsigned.
I32x4LtU i32x4_lt_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| if a < b { u32::MAX } else { 0 }) }
/// All ones where greater, signed.
I32x4GtS i32x4_gt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i32, b: i32| if a > b { -1i32 } else { 0 }) }
/// All ones where greater, unsigned.
I32x4GtU i32x4_gt_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| if a > b { u32::MAX } else { 0 }) }
/// All ones where less or equal, signed.
I32x4LeS i32x4_le_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i32, b: i32| if a <= b { -1i32 } else { 0 }) }
/// All ones where less or equal, unsigned.
I32x4LeU i32x4_le_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| if a <= b { u32::MAX } else { 0 }) }
/// All ones where greater or equal, signed.
I32x4GeS i32x4_ge_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i32, b: i32| if a >= b { -1i32 } else { 0 }) }
/// All ones where greater or equal, unsigned.
I32x4GeU i32x4_ge_u(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u32, b: u32| if a >= b { u32::MAX } else { 0 }) }
/// Sums of neighbouring lanes, sign-extended.
I32x4ExtAddPairwiseI16x8S i32x4_extadd_pairwise_i16x8_s(a: V128) -> V128 [wasm] { lanes::pairwise(a, |a: i16, b: i16| i32::from(a) + i32::from(b)) }
/// The low lanes, sign-extended.
I32x4ExtendLowI16x8S i32x4_extend_low_i16x8_s(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: i16| i32::from(a)) }
/// Products of the low lanes, sign-extended.
I32x4ExtMulLowI16x8S i32x4_extmul_low_i16x8_s(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 0, |a: i16, b: i16| i32::from(a).wrapping_mul(i32::from(b))) }
/// The high lanes, sign-extended.
I32x4ExtendHighI16x8S i32x4_extend_high_i16x8_s(a: V128) -> V128 [wasm] { lanes::widen(a, 4, |a: i16| i32::from(a)) }
/// Products of the high lanes, sign-extended.
I32x4ExtMulHighI16x8S i32x4_extmul_high_i16x8_s(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 4, |a: i16, b: i16| i32::from(a).wrapping_mul(i32::from(b))) }
/// Sums of neighbouring lanes, zero-extended.
I32x4ExtAddPairwiseI16x8U i32x4_extadd_pairwise_i16x8_u(a: V128) -> V128 [wasm] { lanes::pairwise(a, |a: u16, b: u16| u32::from(a) + u32::from(b)) }
/// The low lanes, zero-extended.
I32x4ExtendLowI16x8U i32x4_extend_low_i16x8_u(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: u16| u32::from(a)) }
/// Products of the low lanes, zero-extended.
I32x4ExtMulLowI16x8U i32x4_extmul_low_i16x8_u(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 0, |a: u16, b: u16| u32::from(a).wrapping_mul(u32::from(b))) }
/// The high lanes, zero-extended.
I32x4ExtendHighI16x8U i32x4_extend_high_i16x8_u(a: V128) -> V128 [wasm] { lanes::widen(a, 4, |a: u16| u32::from(a)) }
/// Products of the high lanes, zero-extended.
I32x4ExtMulHighI16x8U i32x4_extmul_high_i16x8_u(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 4, |a: u16, b: u16| u32::from(a).wrapping_mul(u32::from(b))) }
/// Sums of products of neighbouring lanes.
I32x4DotI16x8S i32x4_dot_i16x8_s(a: V128, b: V128) -> V128 [wasm] { lanes::pairwise2(a, b, |a: [i16; 2], b: [i16; 2]| (i32::from(a[0]) * i32::from(b[0])).wrapping_add(i32::from(a[1]) * i32::from(b[1]))) }
/// Wrapping addition.
I64x2Add i64x2_add(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u64, b: u64| a.wrapping_add(b)) }
/// Wrapping subtraction.
I64x2Sub i64x2_sub(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u64, b: u64| a.wrapping_sub(b)) }
/// Wrapping multiplication.
I64x2Mul i64x2_mul(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u64, b: u64| a.wrapping_mul(b)) }
/// Wrapping negation.
I64x2Neg i64x2_neg(a: V128) -> V128 [wasm] { lanes::map(a, |a: u64| a.wrapping_neg()) }
/// Absolute value, wrapping.
I64x2Abs i64x2_abs(a: V128) -> V128 [wasm] { lanes::map(a, |a: i64| a.wrapping_abs()) }
/// Shift left, by `b` modulo the lane width.
I64x2Shl i64x2_shl(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u64| a.wrapping_shl(b)) }
/// Arithmetic shift right, by `b` modulo the lane width.
I64x2ShrS i64x2_shr_s(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: i64| a.wrapping_shr(b)) }
/// Logical shift right, by `b` modulo the lane width.
I64x2ShrU i64x2_shr_u(a: V128, b: I32) -> V128 [wasm] { lanes::map(a, |a: u64| a.wrapping_shr(b)) }
/// Whether all lanes are non-zero.
I64x2AllTrue i64x2_all_true(a: V128) -> I32 [wasm] { lanes::all_true::<u64>(a) }
/// The lanes' sign bits.
I64x2Bitmask i64x2_bitmask(a: V128) -> I32 [wasm] { lanes::bitmask::<i64>(a) }
/// All ones where equal.
I64x2Eq i64x2_eq(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u64, b: u64| if a == b { u64::MAX } else { 0 }) }
/// All ones where not equal.
I64x2Ne i64x2_ne(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: u64, b: u64| if a != b { u64::MAX } else { 0 }) }
/// All ones where less, signed.
I64x2LtS i64x2_lt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i64, b: i64| if a < b { -1i64 } else { 0 }) }
/// All ones where greater, signed.
I64x2GtS i64x2_gt_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i64, b: i64| if a > b { -1i64 } else { 0 }) }
/// All ones where less or equal, signed.
I64x2LeS i64x2_le_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i64, b: i64| if a <= b { -1i64 } else { 0 }) }
/// All ones where greater or equal, signed.
I64x2GeS i64x2_ge_s(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: i64, b: i64| if a >= b { -1i64 } else { 0 }) }
/// The low lanes, sign-extended.
I64x2ExtendLowI32x4S i64x2_extend_low_i32x4_s(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: i32| i64::from(a)) }
/// Products of the low lanes, sign-extended.
I64x2ExtMulLowI32x4S i64x2_extmul_low_i32x4_s(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 0, |a: i32, b: i32| i64::from(a).wrapping_mul(i64::from(b))) }
/// The high lanes, sign-extended.
I64x2ExtendHighI32x4S i64x2_extend_high_i32x4_s(a: V128) -> V128 [wasm] { lanes::widen(a, 2, |a: i32| i64::from(a)) }
/// Products of the high lanes, sign-extended.
I64x2ExtMulHighI32x4S i64x2_extmul_high_i32x4_s(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 2, |a: i32, b: i32| i64::from(a).wrapping_mul(i64::from(b))) }
/// The low lanes, zero-extended.
I64x2ExtendLowI32x4U i64x2_extend_low_i32x4_u(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: u32| u64::from(a)) }
/// Products of the low lanes, zero-extended.
I64x2ExtMulLowI32x4U i64x2_extmul_low_i32x4_u(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 0, |a: u32, b: u32| u64::from(a).wrapping_mul(u64::from(b))) }
/// The high lanes, zero-extended.
I64x2ExtendHighI32x4U i64x2_extend_high_i32x4_u(a: V128) -> V128 [wasm] { lanes::widen(a, 2, |a: u32| u64::from(a)) }
/// Products of the high lanes, zero-extended.
I64x2ExtMulHighI32x4U i64x2_extmul_high_i32x4_u(a: V128, b: V128) -> V128 [wasm] { lanes::widen2(a, b, 2, |a: u32, b: u32| u64::from(a).wrapping_mul(u64::from(b))) }
    } } };
}
