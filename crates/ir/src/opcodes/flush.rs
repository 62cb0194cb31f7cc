//! Arithmetic as A64 does it while FPCR.FZ is set: subnormal numbers count as zeros, and results that would be subnormal are zeros with their sign (Arm ARM, FPUnpack and FPRound). What
//! a result would be before it is rounded decides. The recorder puts `flush` before operands that may be subnormal, and behind sums, which are exact where they are small.

/// Rows of flushing floating point.
#[doc(hidden)]
#[macro_export]
macro_rules! flush_rows {
    ([$($to:tt)*] { $($rows:tt)* }) => { $crate::flags_rows! { [$($to)*] { $($rows)*
/// `a`, but zero with its sign for a subnormal number.
F32Flush f32_flush(a: F32) -> F32 [own] { flush::single(a) }
/// `a`, but zero with its sign for a subnormal number.
F64Flush f64_flush(a: F64) -> F64 [own] { flush::double(a) }
/// `a`, but zero with its sign for a number that would be subnormal in single precision.
F64FlushSingle f64_flush_single(a: F64) -> F64 [own] { flush::double_as_single(a) }
/// Product of numbers that are not subnormal.
F32MulFlush f32_mul_flush(a: F32, b: F32) -> F32 [own] { flush::mul32(a, b) }
/// Product of numbers that are not subnormal.
F64MulFlush f64_mul_flush(a: F64, b: F64) -> F64 [own] { flush::mul64(a, b) }
/// Quotient of numbers that are not subnormal.
F32DivFlush f32_div_flush(a: F32, b: F32) -> F32 [own] { flush::div32(a, b) }
/// Quotient of numbers that are not subnormal.
F64DivFlush f64_div_flush(a: F64, b: F64) -> F64 [own] { flush::div64(a, b) }
/// `a * b + c` of numbers that are not subnormal, rounded once.
F32FmaFlush f32_fma_flush(a: F32, b: F32, c: F32) -> F32 [own] { flush::fma32(a, b, c) }
/// `a * b + c` of numbers that are not subnormal, rounded once.
F64FmaFlush f64_fma_flush(a: F64, b: F64, c: F64) -> F64 [own] { flush::fma64(a, b, c) }
/// As `f32_flush`, each lane.
F32x4Flush f32x4_flush(a: V128) -> V128 [own] { lanes::map(a, |a: f32| flush::single(a)) }
/// As `f64_flush`, each lane.
F64x2Flush f64x2_flush(a: V128) -> V128 [own] { lanes::map(a, |a: f64| flush::double(a)) }
/// As `f64_flush_single`, each lane.
F64x2FlushSingle f64x2_flush_single(a: V128) -> V128 [own] { lanes::map(a, |a: f64| flush::double_as_single(a)) }
/// Products of numbers that are not subnormal.
F32x4MulFlush f32x4_mul_flush(a: V128, b: V128) -> V128 [own] { lanes::map2(a, b, |a: f32, b: f32| flush::mul32(a, b)) }
/// Products of numbers that are not subnormal.
F64x2MulFlush f64x2_mul_flush(a: V128, b: V128) -> V128 [own] { lanes::map2(a, b, |a: f64, b: f64| flush::mul64(a, b)) }
/// Quotients of numbers that are not subnormal.
F32x4DivFlush f32x4_div_flush(a: V128, b: V128) -> V128 [own] { lanes::map2(a, b, |a: f32, b: f32| flush::div32(a, b)) }
/// Quotients of numbers that are not subnormal.
F64x2DivFlush f64x2_div_flush(a: V128, b: V128) -> V128 [own] { lanes::map2(a, b, |a: f64, b: f64| flush::div64(a, b)) }
/// `a * b + c` of numbers that are not subnormal, rounded once.
F32x4FmaFlush f32x4_fma_flush(a: V128, b: V128, c: V128) -> V128 [own] { lanes::map3(a, b, c, |a: f32, b: f32, c: f32| flush::fma32(a, b, c)) }
/// `a * b + c` of numbers that are not subnormal, rounded once.
F64x2FmaFlush f64x2_fma_flush(a: V128, b: V128, c: V128) -> V128 [own] { lanes::map3(a, b, c, |a: f64, b: f64, c: f64| flush::fma64(a, b, c)) }
    } } };
}
