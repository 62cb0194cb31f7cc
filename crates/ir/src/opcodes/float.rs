//! Scalar floating point.

/// Rows of scalar floating-point opcodes.
#[doc(hidden)]
#[macro_export]
macro_rules! float_rows {
    ([$($to:tt)*] { $($rows:tt)* }) => { $crate::flush_rows! { [$($to)*] { $($rows)*
/// Addition.
F32Add f32_add(a: F32, b: F32) -> F32 [wasm] { a + b }
/// Subtraction.
F32Sub f32_sub(a: F32, b: F32) -> F32 [wasm] { a - b }
/// Multiplication.
F32Mul f32_mul(a: F32, b: F32) -> F32 [wasm] { a * b }
/// Division.
F32Div f32_div(a: F32, b: F32) -> F32 [wasm] { a / b }
/// Minimum; NaN if either is; -0 is less than 0.
F32Min f32_min(a: F32, b: F32) -> F32 [wasm] { float::min(a, b) }
/// Maximum; NaN if either is; -0 is less than 0.
F32Max f32_max(a: F32, b: F32) -> F32 [wasm] { float::max(a, b) }
/// `a` with the sign of `b`.
F32Copysign f32_copysign(a: F32, b: F32) -> F32 [wasm] { a.copysign(b) }
/// Without the sign.
F32Abs f32_abs(a: F32) -> F32 [wasm] { a.abs() }
/// With the other sign, NaN too.
F32Neg f32_neg(a: F32) -> F32 [wasm] { -a }
/// Rounded up to an integer.
F32Ceil f32_ceil(a: F32) -> F32 [wasm] { libm::ceilf(a) }
/// Rounded down to an integer.
F32Floor f32_floor(a: F32) -> F32 [wasm] { libm::floorf(a) }
/// Rounded toward zero to an integer.
F32Trunc f32_trunc(a: F32) -> F32 [wasm] { libm::truncf(a) }
/// Rounded to the nearest integer, ties to even.
F32Nearest f32_nearest(a: F32) -> F32 [wasm] { libm::rintf(a) }
/// Square root.
F32Sqrt f32_sqrt(a: F32) -> F32 [wasm] { libm::sqrtf(a) }
/// `a * b + c`, rounded once.
F32Fma f32_fma(a: F32, b: F32, c: F32) -> F32 [own] { fma::f32_fma(a, b, c) }
/// `a`, but A64's default NaN for the one that x86 makes of invalid operations: negative, without payload.
F32DefaultNan f32_default_nan(a: F32) -> F32 [own] { float::default_nan32(a) }
/// `a` plus the products of the bfloat16 numbers in the low halves and in the high halves of `b` and `c`; bits of singles, rounded to odd.
BfDotAdd bf_dot_add(a: I32, b: I32, c: I32) -> I32 [own] { bfloat::dot_add(a, b, c) }
/// Whether equal.
F32Eq f32_eq(a: F32, b: F32) -> I32 [wasm] { u32::from(a == b) }
/// Whether not equal, or unordered.
F32Ne f32_ne(a: F32, b: F32) -> I32 [wasm] { u32::from(a != b) }
/// Whether less.
F32Lt f32_lt(a: F32, b: F32) -> I32 [wasm] { u32::from(a < b) }
/// Whether greater.
F32Gt f32_gt(a: F32, b: F32) -> I32 [wasm] { u32::from(a > b) }
/// Whether less or equal.
F32Le f32_le(a: F32, b: F32) -> I32 [wasm] { u32::from(a <= b) }
/// Whether greater or equal.
F32Ge f32_ge(a: F32, b: F32) -> I32 [wasm] { u32::from(a >= b) }
/// Addition.
F64Add f64_add(a: F64, b: F64) -> F64 [wasm] { a + b }
/// Subtraction.
F64Sub f64_sub(a: F64, b: F64) -> F64 [wasm] { a - b }
/// Multiplication.
F64Mul f64_mul(a: F64, b: F64) -> F64 [wasm] { a * b }
/// Division.
F64Div f64_div(a: F64, b: F64) -> F64 [wasm] { a / b }
/// Minimum; NaN if either is; -0 is less than 0.
F64Min f64_min(a: F64, b: F64) -> F64 [wasm] { float::min(a, b) }
/// Maximum; NaN if either is; -0 is less than 0.
F64Max f64_max(a: F64, b: F64) -> F64 [wasm] { float::max(a, b) }
/// `a` with the sign of `b`.
F64Copysign f64_copysign(a: F64, b: F64) -> F64 [wasm] { a.copysign(b) }
/// Without the sign.
F64Abs f64_abs(a: F64) -> F64 [wasm] { a.abs() }
/// With the other sign, NaN too.
F64Neg f64_neg(a: F64) -> F64 [wasm] { -a }
/// Rounded up to an integer.
F64Ceil f64_ceil(a: F64) -> F64 [wasm] { libm::ceil(a) }
/// Rounded down to an integer.
F64Floor f64_floor(a: F64) -> F64 [wasm] { libm::floor(a) }
/// Rounded toward zero to an integer.
F64Trunc f64_trunc(a: F64) -> F64 [wasm] { libm::trunc(a) }
/// Rounded to the nearest integer, ties to even.
F64Nearest f64_nearest(a: F64) -> F64 [wasm] { libm::rint(a) }
/// Square root.
F64Sqrt f64_sqrt(a: F64) -> F64 [wasm] { libm::sqrt(a) }
/// `a * b + c`, rounded once.
F64Fma f64_fma(a: F64, b: F64, c: F64) -> F64 [own] { fma::f64_fma(a, b, c) }
/// `a`, but A64's default NaN for the one that x86 makes of invalid operations: negative, without payload.
F64DefaultNan f64_default_nan(a: F64) -> F64 [own] { float::default_nan64(a) }
/// Whether equal.
F64Eq f64_eq(a: F64, b: F64) -> I32 [wasm] { u32::from(a == b) }
/// Whether not equal, or unordered.
F64Ne f64_ne(a: F64, b: F64) -> I32 [wasm] { u32::from(a != b) }
/// Whether less.
F64Lt f64_lt(a: F64, b: F64) -> I32 [wasm] { u32::from(a < b) }
/// Whether greater.
F64Gt f64_gt(a: F64, b: F64) -> I32 [wasm] { u32::from(a > b) }
/// Whether less or equal.
F64Le f64_le(a: F64, b: F64) -> I32 [wasm] { u32::from(a <= b) }
/// Whether greater or equal.
F64Ge f64_ge(a: F64, b: F64) -> I32 [wasm] { u32::from(a >= b) }
    } } };
}
