//! Constants, integer arithmetic, comparison and selection.

/// Rows of scalar integer opcodes.
#[doc(hidden)]
#[macro_export]
macro_rules! integer_rows {
    ([$($to:tt)*]) => { $crate::convert_rows! { [$($to)*] {
/// A constant.
I32Const i32_const(; bits: Bits32) -> I32 [own] { bits }
/// A constant.
I64Const i64_const(; bits: Bits64) -> I64 [own] { bits }
/// A constant, by its bits.
F32Const f32_const(; bits: Bits32) -> F32 [own] { f32::from_bits(bits) }
/// A constant, by its bits.
F64Const f64_const(; bits: Bits64) -> F64 [own] { f64::from_bits(bits) }
/// A constant; lane 0 is the least significant.
V128Const v128_const(; bits: Bits128) -> V128 [own] { bits }
/// `a` if `cond` is not zero, else `b`.
SelectI32 select_i32(cond: I32, a: I32, b: I32) -> I32 [own] { if cond != 0 { a } else { b } }
/// `a` if `cond` is not zero, else `b`.
SelectI64 select_i64(cond: I32, a: I64, b: I64) -> I64 [own] { if cond != 0 { a } else { b } }
/// `a` if `cond` is not zero, else `b`.
SelectF32 select_f32(cond: I32, a: F32, b: F32) -> F32 [own] { if cond != 0 { a } else { b } }
/// `a` if `cond` is not zero, else `b`.
SelectF64 select_f64(cond: I32, a: F64, b: F64) -> F64 [own] { if cond != 0 { a } else { b } }
/// `a` if `cond` is not zero, else `b`.
SelectV128 select_v128(cond: I32, a: V128, b: V128) -> V128 [own] { if cond != 0 { a } else { b } }
/// Wrapping addition.
I32Add i32_add(a: I32, b: I32) -> I32 [wasm] { a.wrapping_add(b) }
/// Wrapping subtraction.
I32Sub i32_sub(a: I32, b: I32) -> I32 [wasm] { a.wrapping_sub(b) }
/// Wrapping multiplication.
I32Mul i32_mul(a: I32, b: I32) -> I32 [wasm] { a.wrapping_mul(b) }
/// Signed division toward zero, as A64's: `x / 0 = 0`, `MIN / -1 = MIN`.
I32DivS i32_div_s(a: I32, b: I32) -> I32 [own] { if b == 0 { 0 } else { (a as i32).wrapping_div(b as i32) as u32 } }
/// Unsigned division, as A64's: `x / 0 = 0`.
I32DivU i32_div_u(a: I32, b: I32) -> I32 [own] { a.checked_div(b).unwrap_or(0) }
/// Bitwise and.
I32And i32_and(a: I32, b: I32) -> I32 [wasm] { a & b }
/// Bitwise or.
I32Or i32_or(a: I32, b: I32) -> I32 [wasm] { a | b }
/// Bitwise exclusive or.
I32Xor i32_xor(a: I32, b: I32) -> I32 [wasm] { a ^ b }
/// Shift left, by `b` modulo the width.
I32Shl i32_shl(a: I32, b: I32) -> I32 [wasm] { a.wrapping_shl(b) }
/// Arithmetic shift right, by `b` modulo the width.
I32ShrS i32_shr_s(a: I32, b: I32) -> I32 [wasm] { (a as i32).wrapping_shr(b) as u32 }
/// Logical shift right, by `b` modulo the width.
I32ShrU i32_shr_u(a: I32, b: I32) -> I32 [wasm] { a.wrapping_shr(b) }
/// Rotation left.
I32Rotl i32_rotl(a: I32, b: I32) -> I32 [wasm] { a.rotate_left(b % 32) }
/// Rotation right.
I32Rotr i32_rotr(a: I32, b: I32) -> I32 [wasm] { a.rotate_right(b % 32) }
/// Leading zero bits.
I32Clz i32_clz(a: I32) -> I32 [wasm] { a.leading_zeros() }
/// Trailing zero bits.
I32Ctz i32_ctz(a: I32) -> I32 [wasm] { a.trailing_zeros() }
/// Number of one bits.
I32Popcnt i32_popcnt(a: I32) -> I32 [wasm] { a.count_ones() }
/// Bits in reverse order.
I32Bitrev i32_bitrev(a: I32) -> I32 [own] { a.reverse_bits() }
/// Bytes in reverse order.
I32Bswap i32_bswap(a: I32) -> I32 [own] { a.swap_bytes() }
/// Whether it is zero.
I32Eqz i32_eqz(a: I32) -> I32 [wasm] { u32::from(a == 0) }
/// Whether equal.
I32Eq i32_eq(a: I32, b: I32) -> I32 [wasm] { u32::from(a == b) }
/// Whether not equal.
I32Ne i32_ne(a: I32, b: I32) -> I32 [wasm] { u32::from(a != b) }
/// Whether less, signed.
I32LtS i32_lt_s(a: I32, b: I32) -> I32 [wasm] { u32::from((a as i32) < (b as i32)) }
/// Whether less, unsigned.
I32LtU i32_lt_u(a: I32, b: I32) -> I32 [wasm] { u32::from(a < b) }
/// Whether greater, signed.
I32GtS i32_gt_s(a: I32, b: I32) -> I32 [wasm] { u32::from((a as i32) > (b as i32)) }
/// Whether greater, unsigned.
I32GtU i32_gt_u(a: I32, b: I32) -> I32 [wasm] { u32::from(a > b) }
/// Whether less or equal, signed.
I32LeS i32_le_s(a: I32, b: I32) -> I32 [wasm] { u32::from((a as i32) <= (b as i32)) }
/// Whether less or equal, unsigned.
I32LeU i32_le_u(a: I32, b: I32) -> I32 [wasm] { u32::from(a <= b) }
/// Whether greater or equal, signed.
I32GeS i32_ge_s(a: I32, b: I32) -> I32 [wasm] { u32::from((a as i32) >= (b as i32)) }
/// Whether greater or equal, unsigned.
I32GeU i32_ge_u(a: I32, b: I32) -> I32 [wasm] { u32::from(a >= b) }
/// Wrapping addition.
I64Add i64_add(a: I64, b: I64) -> I64 [wasm] { a.wrapping_add(b) }
/// Wrapping subtraction.
I64Sub i64_sub(a: I64, b: I64) -> I64 [wasm] { a.wrapping_sub(b) }
/// Wrapping multiplication.
I64Mul i64_mul(a: I64, b: I64) -> I64 [wasm] { a.wrapping_mul(b) }
/// Signed division toward zero, as A64's: `x / 0 = 0`, `MIN / -1 = MIN`.
I64DivS i64_div_s(a: I64, b: I64) -> I64 [own] { if b == 0 { 0 } else { (a as i64).wrapping_div(b as i64) as u64 } }
/// Unsigned division, as A64's: `x / 0 = 0`.
I64DivU i64_div_u(a: I64, b: I64) -> I64 [own] { a.checked_div(b).unwrap_or(0) }
/// Bitwise and.
I64And i64_and(a: I64, b: I64) -> I64 [wasm] { a & b }
/// Bitwise or.
I64Or i64_or(a: I64, b: I64) -> I64 [wasm] { a | b }
/// Bitwise exclusive or.
I64Xor i64_xor(a: I64, b: I64) -> I64 [wasm] { a ^ b }
/// Shift left, by `b` modulo the width.
I64Shl i64_shl(a: I64, b: I64) -> I64 [wasm] { a.wrapping_shl(b as u32) }
/// Arithmetic shift right, by `b` modulo the width.
I64ShrS i64_shr_s(a: I64, b: I64) -> I64 [wasm] { (a as i64).wrapping_shr(b as u32) as u64 }
/// Logical shift right, by `b` modulo the width.
I64ShrU i64_shr_u(a: I64, b: I64) -> I64 [wasm] { a.wrapping_shr(b as u32) }
/// Rotation left.
I64Rotl i64_rotl(a: I64, b: I64) -> I64 [wasm] { a.rotate_left((b % 64) as u32) }
/// Rotation right.
I64Rotr i64_rotr(a: I64, b: I64) -> I64 [wasm] { a.rotate_right((b % 64) as u32) }
/// Leading zero bits.
I64Clz i64_clz(a: I64) -> I64 [wasm] { u64::from(a.leading_zeros()) }
/// Trailing zero bits.
I64Ctz i64_ctz(a: I64) -> I64 [wasm] { u64::from(a.trailing_zeros()) }
/// Number of one bits.
I64Popcnt i64_popcnt(a: I64) -> I64 [wasm] { u64::from(a.count_ones()) }
/// The low half of the carry-less product.
I64ClmulLow i64_clmul_low(a: I64, b: I64) -> I64 [own] { (0..64).filter(|i| b >> i & 1 == 1).fold(0, |sum, i| sum ^ a << i) }
/// Bits in reverse order.
I64Bitrev i64_bitrev(a: I64) -> I64 [own] { a.reverse_bits() }
/// Bytes in reverse order.
I64Bswap i64_bswap(a: I64) -> I64 [own] { a.swap_bytes() }
/// Whether it is zero.
I64Eqz i64_eqz(a: I64) -> I32 [wasm] { u32::from(a == 0) }
/// Whether equal.
I64Eq i64_eq(a: I64, b: I64) -> I32 [wasm] { u32::from(a == b) }
/// Whether not equal.
I64Ne i64_ne(a: I64, b: I64) -> I32 [wasm] { u32::from(a != b) }
/// Whether less, signed.
I64LtS i64_lt_s(a: I64, b: I64) -> I32 [wasm] { u32::from((a as i64) < (b as i64)) }
/// Whether less, unsigned.
I64LtU i64_lt_u(a: I64, b: I64) -> I32 [wasm] { u32::from(a < b) }
/// Whether greater, signed.
I64GtS i64_gt_s(a: I64, b: I64) -> I32 [wasm] { u32::from((a as i64) > (b as i64)) }
/// Whether greater, unsigned.
I64GtU i64_gt_u(a: I64, b: I64) -> I32 [wasm] { u32::from(a > b) }
/// Whether less or equal, signed.
I64LeS i64_le_s(a: I64, b: I64) -> I32 [wasm] { u32::from((a as i64) <= (b as i64)) }
/// Whether less or equal, unsigned.
I64LeU i64_le_u(a: I64, b: I64) -> I32 [wasm] { u32::from(a <= b) }
/// Whether greater or equal, signed.
I64GeS i64_ge_s(a: I64, b: I64) -> I32 [wasm] { u32::from((a as i64) >= (b as i64)) }
/// Whether greater or equal, unsigned.
I64GeU i64_ge_u(a: I64, b: I64) -> I32 [wasm] { u32::from(a >= b) }
/// High half of the signed product.
I64MulhiS i64_mulhi_s(a: I64, b: I64) -> I64 [own] { ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64 }
/// High half of the unsigned product.
I64MulhiU i64_mulhi_u(a: I64, b: I64) -> I64 [own] { ((u128::from(a) * u128::from(b)) >> 64) as u64 }
    } } };
}
