//! Moving lanes: shuffles, splats, single lanes.

/// Rows of lane moves.
#[doc(hidden)]
#[macro_export]
macro_rules! simd_lanes_rows {
    ([$($to:tt)*] { $($rows:tt)* }) => { $crate::simd_float_rows! { [$($to)*] { $($rows)*
/// Bytes chosen from `a` (0–15) and `b` (16–31).
I8x16Shuffle i8x16_shuffle(a: V128, b: V128; lanes: Shuffle) -> V128 [own] { lanes::shuffle(a, b, lanes) }
/// Bytes of `a` chosen by the bytes of `b`; 0 where that is above 15.
I8x16Swizzle i8x16_swizzle(a: V128, b: V128) -> V128 [wasm] { lanes::swizzle(a, b) }
/// All lanes the same.
I8x16Splat i8x16_splat(a: I32) -> V128 [wasm] { lanes::splat::<u8>(a as u8) }
/// One lane, sign-extended.
I8x16ExtractLaneS i8x16_extract_lane_s(a: V128; lane: Lane16) -> I32 [lane] { i32::from(lanes::extract::<i8>(a, lane)) as u32 }
/// One lane, zero-extended.
I8x16ExtractLaneU i8x16_extract_lane_u(a: V128; lane: Lane16) -> I32 [lane] { u32::from(lanes::extract::<u8>(a, lane)) }
/// `a` with one lane replaced.
I8x16ReplaceLane i8x16_replace_lane(a: V128, b: I32; lane: Lane16) -> V128 [lane] { lanes::replace::<u8>(a, lane, b as u8) }
/// All lanes the same.
I16x8Splat i16x8_splat(a: I32) -> V128 [wasm] { lanes::splat::<u16>(a as u16) }
/// One lane, sign-extended.
I16x8ExtractLaneS i16x8_extract_lane_s(a: V128; lane: Lane8) -> I32 [lane] { i32::from(lanes::extract::<i16>(a, lane)) as u32 }
/// One lane, zero-extended.
I16x8ExtractLaneU i16x8_extract_lane_u(a: V128; lane: Lane8) -> I32 [lane] { u32::from(lanes::extract::<u16>(a, lane)) }
/// `a` with one lane replaced.
I16x8ReplaceLane i16x8_replace_lane(a: V128, b: I32; lane: Lane8) -> V128 [lane] { lanes::replace::<u16>(a, lane, b as u16) }
/// All lanes the same.
I32x4Splat i32x4_splat(a: I32) -> V128 [wasm] { lanes::splat::<u32>(a) }
/// One lane.
I32x4ExtractLane i32x4_extract_lane(a: V128; lane: Lane4) -> I32 [lane] { lanes::extract::<u32>(a, lane) }
/// `a` with one lane replaced.
I32x4ReplaceLane i32x4_replace_lane(a: V128, b: I32; lane: Lane4) -> V128 [lane] { lanes::replace::<u32>(a, lane, b) }
/// All lanes the same.
I64x2Splat i64x2_splat(a: I64) -> V128 [wasm] { lanes::splat::<u64>(a) }
/// One lane.
I64x2ExtractLane i64x2_extract_lane(a: V128; lane: Lane2) -> I64 [lane] { lanes::extract::<u64>(a, lane) }
/// `a` with one lane replaced.
I64x2ReplaceLane i64x2_replace_lane(a: V128, b: I64; lane: Lane2) -> V128 [lane] { lanes::replace::<u64>(a, lane, b) }
/// All lanes the same.
F32x4Splat f32x4_splat(a: F32) -> V128 [wasm] { lanes::splat::<f32>(a) }
/// One lane.
F32x4ExtractLane f32x4_extract_lane(a: V128; lane: Lane4) -> F32 [lane] { lanes::extract::<f32>(a, lane) }
/// `a` with one lane replaced.
F32x4ReplaceLane f32x4_replace_lane(a: V128, b: F32; lane: Lane4) -> V128 [lane] { lanes::replace::<f32>(a, lane, b) }
/// All lanes the same.
F64x2Splat f64x2_splat(a: F64) -> V128 [wasm] { lanes::splat::<f64>(a) }
/// One lane.
F64x2ExtractLane f64x2_extract_lane(a: V128; lane: Lane2) -> F64 [lane] { lanes::extract::<f64>(a, lane) }
/// `a` with one lane replaced.
F64x2ReplaceLane f64x2_replace_lane(a: V128, b: F64; lane: Lane2) -> V128 [lane] { lanes::replace::<f64>(a, lane, b) }
    } } };
}
