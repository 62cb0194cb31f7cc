//! Loads and stores of guest memory and of `CpuState`. The last rows: here the chain of row macros ends.
//!
//! A guest access is at `addr + offset`, wrapping, at any alignment.

/// Rows of memory accesses; their brackets hold lowering, effect and size in bytes.
#[doc(hidden)]
#[macro_export]
macro_rules! memory_rows {
    ([[$($callback:tt)*] [$($extra:tt)*]] { $($pure:tt)* }) => { $($callback)*! { [$($extra)*] pure { $($pure)* } memory {
/// Load of 1 byte, zero-extended.
I32Load8U i32_load8_u(addr: I64; offset: Offset) -> I32 [mem Load 1]
/// Load of 1 byte, sign-extended.
I32Load8S i32_load8_s(addr: I64; offset: Offset) -> I32 [mem Load 1]
/// Load of 2 bytes, zero-extended.
I32Load16U i32_load16_u(addr: I64; offset: Offset) -> I32 [mem Load 2]
/// Load of 2 bytes, sign-extended.
I32Load16S i32_load16_s(addr: I64; offset: Offset) -> I32 [mem Load 2]
/// Load of 4 bytes.
I32Load i32_load(addr: I64; offset: Offset) -> I32 [mem Load 4]
/// Load of 1 byte, zero-extended.
I64Load8U i64_load8_u(addr: I64; offset: Offset) -> I64 [mem Load 1]
/// Load of 1 byte, sign-extended.
I64Load8S i64_load8_s(addr: I64; offset: Offset) -> I64 [mem Load 1]
/// Load of 2 bytes, zero-extended.
I64Load16U i64_load16_u(addr: I64; offset: Offset) -> I64 [mem Load 2]
/// Load of 2 bytes, sign-extended.
I64Load16S i64_load16_s(addr: I64; offset: Offset) -> I64 [mem Load 2]
/// Load of 4 bytes, zero-extended.
I64Load32U i64_load32_u(addr: I64; offset: Offset) -> I64 [mem Load 4]
/// Load of 4 bytes, sign-extended.
I64Load32S i64_load32_s(addr: I64; offset: Offset) -> I64 [mem Load 4]
/// Load of 8 bytes.
I64Load i64_load(addr: I64; offset: Offset) -> I64 [mem Load 8]
/// Load of 4 bytes.
F32Load f32_load(addr: I64; offset: Offset) -> F32 [mem Load 4]
/// Load of 8 bytes.
F64Load f64_load(addr: I64; offset: Offset) -> F64 [mem Load 8]
/// Load of 16 bytes.
V128Load v128_load(addr: I64; offset: Offset) -> V128 [mem Load 16]
/// Store of 1 byte.
I32Store8 i32_store8(addr: I64, value: I32; offset: Offset) [mem Store 1]
/// Store of 2 bytes.
I32Store16 i32_store16(addr: I64, value: I32; offset: Offset) [mem Store 2]
/// Store of 4 bytes.
I32Store i32_store(addr: I64, value: I32; offset: Offset) [mem Store 4]
/// Store of 1 byte.
I64Store8 i64_store8(addr: I64, value: I64; offset: Offset) [mem Store 1]
/// Store of 2 bytes.
I64Store16 i64_store16(addr: I64, value: I64; offset: Offset) [mem Store 2]
/// Store of 4 bytes.
I64Store32 i64_store32(addr: I64, value: I64; offset: Offset) [mem Store 4]
/// Store of 8 bytes.
I64Store i64_store(addr: I64, value: I64; offset: Offset) [mem Store 8]
/// Store of 4 bytes.
F32Store f32_store(addr: I64, value: F32; offset: Offset) [mem Store 4]
/// Store of 8 bytes.
F64Store f64_store(addr: I64, value: F64; offset: Offset) [mem Store 8]
/// Store of 16 bytes.
V128Store v128_store(addr: I64, value: V128; offset: Offset) [mem Store 16]
/// Store of 1 byte if `cond` is not zero.
I64Store8If i64_store8_if(cond: I32, addr: I64, value: I64; offset: Offset) [own Store 1]
/// Store of 2 bytes if `cond` is not zero.
I64Store16If i64_store16_if(cond: I32, addr: I64, value: I64; offset: Offset) [own Store 2]
/// Store of 4 bytes if `cond` is not zero.
I64Store32If i64_store32_if(cond: I32, addr: I64, value: I64; offset: Offset) [own Store 4]
/// Store of 8 bytes if `cond` is not zero.
I64StoreIf i64_store_if(cond: I32, addr: I64, value: I64; offset: Offset) [own Store 8]
/// Read of `CpuState`.
StateLoadI32 state_load_i32(; offset: StateOffset) -> I32 [own StateLoad 4]
/// Read of `CpuState`.
StateLoadI64 state_load_i64(; offset: StateOffset) -> I64 [own StateLoad 8]
/// Read of `CpuState`.
StateLoadF32 state_load_f32(; offset: StateOffset) -> F32 [own StateLoad 4]
/// Read of `CpuState`.
StateLoadF64 state_load_f64(; offset: StateOffset) -> F64 [own StateLoad 8]
/// Read of `CpuState`.
StateLoadV128 state_load_v128(; offset: StateOffset) -> V128 [own StateLoad 16]
/// Write of `CpuState`.
StateStoreI32 state_store_i32(value: I32; offset: StateOffset) [own StateStore 4]
/// Write of `CpuState`.
StateStoreI64 state_store_i64(value: I64; offset: StateOffset) [own StateStore 8]
/// Write of `CpuState`.
StateStoreF32 state_store_f32(value: F32; offset: StateOffset) [own StateStore 4]
/// Write of `CpuState`.
StateStoreF64 state_store_f64(value: F64; offset: StateOffset) [own StateStore 8]
/// Write of `CpuState`.
StateStoreV128 state_store_v128(value: V128; offset: StateOffset) [own StateStore 16]
    } } };
}
