//! Vectors of floating-point numbers, and their conversions.

/// Rows of floating-point vector arithmetic.
#[doc(hidden)]
#[macro_export]
macro_rules! simd_float_rows {
    ([$($to:tt)*] { $($rows:tt)* }) => { $crate::memory_rows! { [$($to)*] { $($rows)*
/// Addition.
F32x4Add f32x4_add(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| a + b) }
/// Subtraction.
F32x4Sub f32x4_sub(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| a - b) }
/// Multiplication.
F32x4Mul f32x4_mul(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| a * b) }
/// Division.
F32x4Div f32x4_div(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| a / b) }
/// Minimum; NaN if either is; -0 is less than 0.
F32x4Min f32x4_min(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| float::min(a, b)) }
/// Maximum; NaN if either is; -0 is less than 0.
F32x4Max f32x4_max(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| float::max(a, b)) }
/// `b < a ? b : a`.
F32x4PMin f32x4_pmin(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if b < a { b } else { a }) }
/// `a < b ? b : a`.
F32x4PMax f32x4_pmax(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if a < b { b } else { a }) }
/// Without the sign.
F32x4Abs f32x4_abs(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| a.abs()) }
/// With the other sign, NaN too.
F32x4Neg f32x4_neg(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| -a) }
/// Square root.
F32x4Sqrt f32x4_sqrt(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| libm::sqrtf(a)) }
/// Rounded up to an integer.
F32x4Ceil f32x4_ceil(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| libm::ceilf(a)) }
/// Rounded down to an integer.
F32x4Floor f32x4_floor(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| libm::floorf(a)) }
/// Rounded toward zero to an integer.
F32x4Trunc f32x4_trunc(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| libm::truncf(a)) }
/// Rounded to the nearest integer, ties to even.
F32x4Nearest f32x4_nearest(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| libm::rintf(a)) }
/// `a * b + c`, rounded once.
F32x4Fma f32x4_fma(a: V128, b: V128, c: V128) -> V128 [own] { lanes::map3(a, b, c, |a: f32, b: f32, c: f32| fma::f32_fma(a, b, c)) }
/// `a`, but A64's default NaN for the one that x86 makes of invalid operations: negative, without payload.
F32x4DefaultNan f32x4_default_nan(a: V128) -> V128 [own] { lanes::map(a, |a: f32| float::default_nan32(a)) }
/// All ones where equal.
F32x4Eq f32x4_eq(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if a == b { u32::MAX } else { 0 }) }
/// All ones where not equal, or unordered.
F32x4Ne f32x4_ne(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if a != b { u32::MAX } else { 0 }) }
/// All ones where less.
F32x4Lt f32x4_lt(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if a < b { u32::MAX } else { 0 }) }
/// All ones where greater.
F32x4Gt f32x4_gt(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if a > b { u32::MAX } else { 0 }) }
/// All ones where less or equal.
F32x4Le f32x4_le(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if a <= b { u32::MAX } else { 0 }) }
/// All ones where greater or equal.
F32x4Ge f32x4_ge(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f32, b: f32| if a >= b { u32::MAX } else { 0 }) }
/// Addition.
F64x2Add f64x2_add(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| a + b) }
/// Subtraction.
F64x2Sub f64x2_sub(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| a - b) }
/// Multiplication.
F64x2Mul f64x2_mul(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| a * b) }
/// Division.
F64x2Div f64x2_div(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| a / b) }
/// Minimum; NaN if either is; -0 is less than 0.
F64x2Min f64x2_min(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| float::min(a, b)) }
/// Maximum; NaN if either is; -0 is less than 0.
F64x2Max f64x2_max(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| float::max(a, b)) }
/// `b < a ? b : a`.
F64x2PMin f64x2_pmin(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if b < a { b } else { a }) }
/// `a < b ? b : a`.
F64x2PMax f64x2_pmax(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if a < b { b } else { a }) }
/// Without the sign.
F64x2Abs f64x2_abs(a: V128) -> V128 [wasm] { lanes::map(a, |a: f64| a.abs()) }
/// With the other sign, NaN too.
F64x2Neg f64x2_neg(a: V128) -> V128 [wasm] { lanes::map(a, |a: f64| -a) }
/// Square root.
F64x2Sqrt f64x2_sqrt(a: V128) -> V128 [wasm] { lanes::map(a, |a: f64| libm::sqrt(a)) }
/// Rounded up to an integer.
F64x2Ceil f64x2_ceil(a: V128) -> V128 [wasm] { lanes::map(a, |a: f64| libm::ceil(a)) }
/// Rounded down to an integer.
F64x2Floor f64x2_floor(a: V128) -> V128 [wasm] { lanes::map(a, |a: f64| libm::floor(a)) }
/// Rounded toward zero to an integer.
F64x2Trunc f64x2_trunc(a: V128) -> V128 [wasm] { lanes::map(a, |a: f64| libm::trunc(a)) }
/// Rounded to the nearest integer, ties to even.
F64x2Nearest f64x2_nearest(a: V128) -> V128 [wasm] { lanes::map(a, |a: f64| libm::rint(a)) }
/// `a * b + c`, rounded once.
F64x2Fma f64x2_fma(a: V128, b: V128, c: V128) -> V128 [own] { lanes::map3(a, b, c, |a: f64, b: f64, c: f64| fma::f64_fma(a, b, c)) }
/// `a`, but A64's default NaN for the one that x86 makes of invalid operations: negative, without payload.
F64x2DefaultNan f64x2_default_nan(a: V128) -> V128 [own] { lanes::map(a, |a: f64| float::default_nan64(a)) }
/// All ones where equal.
F64x2Eq f64x2_eq(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if a == b { u64::MAX } else { 0 }) }
/// All ones where not equal, or unordered.
F64x2Ne f64x2_ne(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if a != b { u64::MAX } else { 0 }) }
/// All ones where less.
F64x2Lt f64x2_lt(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if a < b { u64::MAX } else { 0 }) }
/// All ones where greater.
F64x2Gt f64x2_gt(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if a > b { u64::MAX } else { 0 }) }
/// All ones where less or equal.
F64x2Le f64x2_le(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if a <= b { u64::MAX } else { 0 }) }
/// All ones where greater or equal.
F64x2Ge f64x2_ge(a: V128, b: V128) -> V128 [wasm] { lanes::map2(a, b, |a: f64, b: f64| if a >= b { u64::MAX } else { 0 }) }
/// Truncation toward zero, signed, saturating; NaN gives 0.
I32x4TruncSatF32x4S i32x4_trunc_sat_f32x4_s(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| a as i32) }
/// Truncation of two doubles toward zero, signed, saturating; the high lanes are 0.
I32x4TruncSatF64x2SZero i32x4_trunc_sat_f64x2_s_zero(a: V128) -> V128 [wasm] { lanes::low_zero(a, |a: f64| a as i32) }
/// Nearest to signed integers.
F32x4ConvertI32x4S f32x4_convert_i32x4_s(a: V128) -> V128 [wasm] { lanes::map(a, |a: i32| a as f32) }
/// The low two signed integers as doubles.
F64x2ConvertLowI32x4S f64x2_convert_low_i32x4_s(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: i32| f64::from(a)) }
/// Truncation toward zero, unsigned, saturating; NaN gives 0.
I32x4TruncSatF32x4U i32x4_trunc_sat_f32x4_u(a: V128) -> V128 [wasm] { lanes::map(a, |a: f32| a as u32) }
/// Truncation of two doubles toward zero, unsigned, saturating; the high lanes are 0.
I32x4TruncSatF64x2UZero i32x4_trunc_sat_f64x2_u_zero(a: V128) -> V128 [wasm] { lanes::low_zero(a, |a: f64| a as u32) }
/// Nearest to unsigned integers.
F32x4ConvertI32x4U f32x4_convert_i32x4_u(a: V128) -> V128 [wasm] { lanes::map(a, |a: u32| a as f32) }
/// The low two unsigned integers as doubles.
F64x2ConvertLowI32x4U f64x2_convert_low_i32x4_u(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: u32| f64::from(a)) }
/// Nearest singles in the low lanes, 0 in the high ones.
F32x4DemoteF64x2Zero f32x4_demote_f64x2_zero(a: V128) -> V128 [wasm] { lanes::low_zero(a, |a: f64| a as f32) }
/// The low two singles as doubles.
F64x2PromoteLowF32x4 f64x2_promote_low_f32x4(a: V128) -> V128 [wasm] { lanes::widen(a, 0, |a: f32| f64::from(a)) }
    } } };
}
