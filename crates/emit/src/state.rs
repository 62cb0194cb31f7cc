//! Loads and stores of `CpuState` in emitted code.

use core::mem::offset_of;

use elfconv_a64::state::CpuState;
use elfconv_ir::{Reg, Type};
use wasm_encoder::{InstructionSink, MemArg, MemArgTarget};

/// Offset of the next guest PC.
pub(crate) const PC: u32 = offset_of!(CpuState, pc) as u32;
/// Offset of the flag by which a system call asks to unwind.
pub(crate) const SUSPEND: u32 = offset_of!(CpuState, suspend) as u32;

/// Offset of a guest register.
pub(crate) fn register(reg: Reg) -> u32 {
    let offset = match reg.0 {
        n @ 0..31 => offset_of!(CpuState, x) + 8 * usize::from(n),
        31 => offset_of!(CpuState, sp),
        32 => offset_of!(CpuState, nzcv),
        n => offset_of!(CpuState, v) + 16 * usize::from(n & 31),
    };
    offset as u32
}

/// A memory argument for an absolute address; the operand is 0.
pub(crate) fn absolute(address: u32) -> MemArg {
    memory(address, 0)
}

/// A memory argument.
pub(crate) fn memory(offset: u32, align: u32) -> MemArg {
    MemArg {
        offset: offset.into(),
        align,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}

/// Loads from an absolute address, of which the `i32.const 0` stands before.
pub(crate) fn load(sink: &mut InstructionSink<'_>, ty: Type, address: u32) {
    let at = absolute(address);
    match ty {
        Type::I32 => sink.i32_load(at),
        Type::I64 => sink.i64_load(at),
        Type::F32 => sink.f32_load(at),
        Type::F64 => sink.f64_load(at),
        Type::V128 => sink.v128_load(at),
    };
}

/// Stores to an absolute address, of which the `i32.const 0` stands before, then the value.
pub(crate) fn store(sink: &mut InstructionSink<'_>, ty: Type, address: u32) {
    let at = absolute(address);
    match ty {
        Type::I32 => sink.i32_store(at),
        Type::I64 => sink.i64_store(at),
        Type::F32 => sink.f32_store(at),
        Type::F64 => sink.f64_store(at),
        Type::V128 => sink.v128_store(at),
    };
}

/// Stores register `reg` of a value of type `ty` to the state; a scalar clears the rest of a vector register. `value` pushes the value.
pub(crate) fn store_register(
    sink: &mut InstructionSink<'_>,
    state: u32,
    reg: Reg,
    ty: Type,
    value: impl FnOnce(&mut InstructionSink<'_>),
) {
    sink.i32_const(0);
    let is_vector = reg.0 >= 64;
    let ty = match ty {
        Type::F32 | Type::F64 if is_vector => {
            // A vector of zeros of which the lane is replaced, so that there is one store.
            sink.v128_const(0);
            value(sink);
            match ty {
                Type::F32 => sink.f32x4_replace_lane(0),
                _ => sink.f64x2_replace_lane(0),
            };
            Type::V128
        }
        _ => {
            value(sink);
            ty
        }
    };
    store(sink, ty, state + register(reg));
}
