//! Conversions between the scalar types.

/// Rows of scalar conversions.
#[doc(hidden)]
#[macro_export]
macro_rules! convert_rows {
    ([$($to:tt)*] { $($rows:tt)* }) => { $crate::float_rows! { [$($to)*] { $($rows)*
/// Low half.
I32WrapI64 i32_wrap_i64(a: I64) -> I32 [wasm] { a as u32 }
/// Sign extension.
I64ExtendI32S i64_extend_i32_s(a: I32) -> I64 [wasm] { i64::from(a as i32) as u64 }
/// Zero extension.
I64ExtendI32U i64_extend_i32_u(a: I32) -> I64 [wasm] { u64::from(a) }
/// Sign extension of the low 8 bits.
I32Extend8S i32_extend8_s(a: I32) -> I32 [wasm] { i32::from(a as i8) as u32 }
/// Sign extension of the low 16 bits.
I32Extend16S i32_extend16_s(a: I32) -> I32 [wasm] { i32::from(a as i16) as u32 }
/// Sign extension of the low 8 bits.
I64Extend8S i64_extend8_s(a: I64) -> I64 [wasm] { i64::from(a as i8) as u64 }
/// Sign extension of the low 16 bits.
I64Extend16S i64_extend16_s(a: I64) -> I64 [wasm] { i64::from(a as i16) as u64 }
/// Sign extension of the low 32 bits.
I64Extend32S i64_extend32_s(a: I64) -> I64 [wasm] { i64::from(a as i32) as u64 }
/// Truncation toward zero, signed, saturating; NaN gives 0.
I32TruncSatF32S i32_trunc_sat_f32_s(a: F32) -> I32 [wasm] { a as i32 as u32 }
/// Truncation toward zero, unsigned, saturating; NaN gives 0.
I32TruncSatF32U i32_trunc_sat_f32_u(a: F32) -> I32 [wasm] { a as u32 }
/// Truncation toward zero, signed, saturating; NaN gives 0.
I32TruncSatF64S i32_trunc_sat_f64_s(a: F64) -> I32 [wasm] { a as i32 as u32 }
/// Truncation toward zero, unsigned, saturating; NaN gives 0.
I32TruncSatF64U i32_trunc_sat_f64_u(a: F64) -> I32 [wasm] { a as u32 }
/// Truncation toward zero, signed, saturating; NaN gives 0.
I64TruncSatF32S i64_trunc_sat_f32_s(a: F32) -> I64 [wasm] { a as i64 as u64 }
/// Truncation toward zero, unsigned, saturating; NaN gives 0.
I64TruncSatF32U i64_trunc_sat_f32_u(a: F32) -> I64 [wasm] { a as u64 }
/// Truncation toward zero, signed, saturating; NaN gives 0.
I64TruncSatF64S i64_trunc_sat_f64_s(a: F64) -> I64 [wasm] { a as i64 as u64 }
/// Truncation toward zero, unsigned, saturating; NaN gives 0.
I64TruncSatF64U i64_trunc_sat_f64_u(a: F64) -> I64 [wasm] { a as u64 }
/// Nearest to a signed integer.
F32ConvertI32S f32_convert_i32_s(a: I32) -> F32 [wasm] { a as i32 as f32 }
/// Nearest to an unsigned integer.
F32ConvertI32U f32_convert_i32_u(a: I32) -> F32 [wasm] { a as f32 }
/// Nearest to a signed integer.
F32ConvertI64S f32_convert_i64_s(a: I64) -> F32 [wasm] { a as i64 as f32 }
/// Nearest to an unsigned integer.
F32ConvertI64U f32_convert_i64_u(a: I64) -> F32 [wasm] { a as f32 }
/// Nearest to a signed integer.
F64ConvertI32S f64_convert_i32_s(a: I32) -> F64 [wasm] { a as i32 as f64 }
/// Nearest to an unsigned integer.
F64ConvertI32U f64_convert_i32_u(a: I32) -> F64 [wasm] { a as f64 }
/// Nearest to a signed integer.
F64ConvertI64S f64_convert_i64_s(a: I64) -> F64 [wasm] { a as i64 as f64 }
/// Nearest to an unsigned integer.
F64ConvertI64U f64_convert_i64_u(a: I64) -> F64 [wasm] { a as f64 }
/// Nearest single.
F32DemoteF64 f32_demote_f64(a: F64) -> F32 [wasm] { a as f32 }
/// Exact double.
F64PromoteF32 f64_promote_f32(a: F32) -> F64 [wasm] { f64::from(a) }
/// The bits as an integer.
I32ReinterpretF32 i32_reinterpret_f32(a: F32) -> I32 [wasm] { a.to_bits() }
/// The number of these bits.
F32ReinterpretI32 f32_reinterpret_i32(a: I32) -> F32 [wasm] { f32::from_bits(a) }
/// The bits as an integer.
I64ReinterpretF64 i64_reinterpret_f64(a: F64) -> I64 [wasm] { a.to_bits() }
/// The number of these bits.
F64ReinterpretI64 f64_reinterpret_i64(a: I64) -> F64 [wasm] { f64::from_bits(a) }
/// The half-precision number in the low 16 bits, exactly.
F32FromF16 f32_from_f16(a: I32) -> F32 [own] { half::to_f32(a as u16) }
/// The half-precision number in the low 16 bits, exactly.
F64FromF16 f64_from_f16(a: I32) -> F64 [own] { half::to_f64(a as u16) }
/// Nearest half-precision number, in the low 16 bits, zero above.
F16FromF32 f16_from_f32(a: F32) -> I32 [own] { u32::from(half::from_f32(a)) }
/// Nearest half-precision number, in the low 16 bits, zero above.
F16FromF64 f16_from_f64(a: F64) -> I32 [own] { u32::from(half::from_f64(a)) }
    } } };
}
