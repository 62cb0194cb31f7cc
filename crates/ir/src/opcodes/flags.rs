//! A64's condition flags as a number, N = 8, Z = 4, C = 2, V = 1, and the conditions on them.
//!
//! `opt` turns nearly all pairs of a flag producer and a condition into a comparison; these rows are what remains, and what the interpreter runs.

/// Rows of condition flags.
#[doc(hidden)]
#[macro_export]
macro_rules! flags_rows {
    ([$($to:tt)*] { $($rows:tt)* }) => { $crate::simd_int_rows! { [$($to)*] { $($rows)*
/// Flags of `a + b`.
NzcvAdd32 nzcv_add32(a: I32, b: I32) -> I32 [own] { flags::adc32(a, b, 0) }
/// Flags of `a + b`.
NzcvAdd64 nzcv_add64(a: I64, b: I64) -> I32 [own] { flags::adc64(a, b, 0) }
/// Flags of `a - b`; C is "no borrow".
NzcvSub32 nzcv_sub32(a: I32, b: I32) -> I32 [own] { flags::adc32(a, !b, 1) }
/// Flags of `a - b`; C is "no borrow".
NzcvSub64 nzcv_sub64(a: I64, b: I64) -> I32 [own] { flags::adc64(a, !b, 1) }
/// Flags of `a + b + carry`; `carry` is 0 or 1. With `!b` for `b` those of a subtraction with carry.
NzcvAdc32 nzcv_adc32(a: I32, b: I32, carry: I32) -> I32 [own] { flags::adc32(a, b, carry) }
/// Flags of `a + b + carry`; `carry` is 0 or 1. With `!b` for `b` those of a subtraction with carry.
NzcvAdc64 nzcv_adc64(a: I64, b: I64, carry: I32) -> I32 [own] { flags::adc64(a, b, carry) }
/// N and Z of a result, C = V = 0.
NzcvLogic32 nzcv_logic32(a: I32) -> I32 [own] { ((a >> 31) << 3) | (u32::from(a == 0) << 2) }
/// N and Z of a result, C = V = 0.
NzcvLogic64 nzcv_logic64(a: I64) -> I32 [own] { (((a >> 63) as u32) << 3) | (u32::from(a == 0) << 2) }
/// Flags of a floating-point comparison: less 8, equal 6, greater 2, unordered 3.
NzcvFcmp32 nzcv_fcmp32(a: F32, b: F32) -> I32 [own] { flags::fcmp(a.partial_cmp(&b)) }
/// Flags of a floating-point comparison: less 8, equal 6, greater 2, unordered 3.
NzcvFcmp64 nzcv_fcmp64(a: F64, b: F64) -> I32 [own] { flags::fcmp(a.partial_cmp(&b)) }
/// Whether the flags satisfy an A64 condition code, 0 or 1.
Cond cond(nzcv: I32; cc: Cond) -> I32 [own] { flags::cond(nzcv, cc) }
    } } };
}
