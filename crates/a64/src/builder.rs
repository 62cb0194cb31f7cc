//! What an instruction's semantics may do.
//!
//! Semantics are straight-line: no host branch depends on a guest value, so the same function records IR (the lifter) and executes
//! (the interpreter). Lane loops run over compile-time counts. Arithmetic is [`Ops`]: one method for each pure opcode, named like the wasm instruction
//! (`i64_add`, `f64x2_splat`, `i8x16_shuffle`), with wasm's meaning.

use elfconv_ir::Ops;

use crate::{
    fpu::{Format, Op},
    state::SysReg,
};

/// Register, memory and control effects, over the arithmetic of [`Ops`].
///
/// Guest addresses are `i64`; an access is at `addr + offset` (wrapping) and may be unaligned. A builder that executes raises SIGSEGV by itself.
pub trait Builder: Ops {
    /// Whether half precision is computed with the host's single and double precision. Else [`Builder::fp`] does it.
    const HOST_HALF: bool = true;

    /// Guest address of the instruction.
    fn pc(&self) -> u64;

    // Registers. `r` is 0–30 for x registers; 31 is refused: `Gpr` and `GprSp` operands decide between zero and sp.

    /// Read x0–x30.
    fn x(&mut self, r: u8) -> Self::I64;
    /// Write x0–x30.
    fn set_x(&mut self, r: u8, value: Self::I64);
    /// Read sp.
    fn sp(&mut self) -> Self::I64;
    /// Write sp.
    fn set_sp(&mut self, value: Self::I64);
    /// The condition flags as a number: N = 8, Z = 4, C = 2, V = 1.
    fn nzcv(&mut self) -> Self::I32;
    /// Write the condition flags.
    fn set_nzcv(&mut self, value: Self::I32);
    /// Read all 128 bits of v0–v31.
    fn v(&mut self, r: u8) -> Self::V128;
    /// Read the low 64 bits of a vector register as a double. Cheap, and no conversion: NaN payloads pass.
    fn d(&mut self, r: u8) -> Self::F64;
    /// Read the low 32 bits of a vector register as a float.
    fn s(&mut self, r: u8) -> Self::F32;
    /// Write all 128 bits.
    fn set_v(&mut self, r: u8, value: Self::V128);
    /// Write a double to the low 64 bits, zero above.
    fn set_d(&mut self, r: u8, value: Self::F64);
    /// Write a float to the low 32 bits, zero above.
    fn set_s(&mut self, r: u8, value: Self::F32);
    /// Read a register that lives in the state block.
    fn sys(&mut self, r: SysReg) -> Self::I64;
    /// Write a register that lives in the state block.
    fn set_sys(&mut self, r: SysReg, value: Self::I64);

    // Floating point beyond the host's. The arithmetic of [`Ops`] is the architecture's in its default mode, but for NaNs and FPSR. Builders that record leave it at that.

    /// Whether FPCR selects another mode, or FPSR is observed: then [`Builder::fp`] has to compute.
    fn exact(&mut self) -> bool {
        false
    }
    /// Whether the host's result is not good enough: as [`Builder::exact`], or it is a NaN.
    fn redo_s(&mut self, _host: Self::F32) -> bool {
        self.exact()
    }
    /// As [`Builder::redo_s`].
    fn redo_d(&mut self, _host: Self::F64) -> bool {
        self.exact()
    }
    /// As [`Builder::redo_s`], for any lane.
    fn redo_v(&mut self, _format: Format, _host: Self::V128) -> bool {
        self.exact()
    }
    /// An operation on bits, with FPCR's mode; FPSR gets what it raises. Only of builders that have said that they want it.
    fn fp(&mut self, _op: Op, _format: Format, _operands: [Self::I64; 3]) -> Self::I64 {
        unreachable!("only builders that execute compute exactly")
    }
    /// The value of FPCR that code is compiled for: 0, or [`FZ`](crate::state::FZ), with which the builder's floating-point operations flush subnormal numbers.
    fn fpcr(&self) -> u32 {
        0
    }
    /// What such operations make of an operand's subnormal numbers. For instructions that compute with bits.
    fn flush(&mut self, _format: Format, x: Self::V128) -> Self::V128 {
        x
    }
    /// As [`Builder::flush`], of doubles whose nearest singles would be subnormal.
    fn flush_singles(&mut self, x: Self::V128) -> Self::V128 {
        x
    }
    /// Sets FPSR.QC, the flag of saturation, if `cond` is non-zero. Only of builders that are [`Builder::exact`].
    fn saturated_if(&mut self, _cond: Self::I32) {}
    /// How many lanes of the instruction's vectors take part: others raise nothing.
    fn set_lanes(&mut self, _count: usize) {}
    /// See [`Builder::set_lanes`].
    fn lanes(&self) -> usize {
        0
    }

    // Memory.

    fn i32_load8_u(&mut self, addr: Self::I64, offset: i64) -> Self::I32;
    fn i32_load8_s(&mut self, addr: Self::I64, offset: i64) -> Self::I32;
    fn i32_load16_u(&mut self, addr: Self::I64, offset: i64) -> Self::I32;
    fn i32_load16_s(&mut self, addr: Self::I64, offset: i64) -> Self::I32;
    fn i32_load(&mut self, addr: Self::I64, offset: i64) -> Self::I32;
    fn i64_load8_u(&mut self, addr: Self::I64, offset: i64) -> Self::I64;
    fn i64_load8_s(&mut self, addr: Self::I64, offset: i64) -> Self::I64;
    fn i64_load16_u(&mut self, addr: Self::I64, offset: i64) -> Self::I64;
    fn i64_load16_s(&mut self, addr: Self::I64, offset: i64) -> Self::I64;
    fn i64_load32_u(&mut self, addr: Self::I64, offset: i64) -> Self::I64;
    fn i64_load32_s(&mut self, addr: Self::I64, offset: i64) -> Self::I64;
    fn i64_load(&mut self, addr: Self::I64, offset: i64) -> Self::I64;
    fn f32_load(&mut self, addr: Self::I64, offset: i64) -> Self::F32;
    fn f64_load(&mut self, addr: Self::I64, offset: i64) -> Self::F64;
    fn v128_load(&mut self, addr: Self::I64, offset: i64) -> Self::V128;
    fn i32_store8(&mut self, addr: Self::I64, offset: i64, value: Self::I32);
    fn i32_store16(&mut self, addr: Self::I64, offset: i64, value: Self::I32);
    fn i32_store(&mut self, addr: Self::I64, offset: i64, value: Self::I32);
    fn i64_store8(&mut self, addr: Self::I64, offset: i64, value: Self::I64);
    fn i64_store16(&mut self, addr: Self::I64, offset: i64, value: Self::I64);
    fn i64_store32(&mut self, addr: Self::I64, offset: i64, value: Self::I64);
    fn i64_store(&mut self, addr: Self::I64, offset: i64, value: Self::I64);
    fn f32_store(&mut self, addr: Self::I64, offset: i64, value: Self::F32);
    fn f64_store(&mut self, addr: Self::I64, offset: i64, value: Self::F64);
    fn v128_store(&mut self, addr: Self::I64, offset: i64, value: Self::V128);
    /// Store only where `cond` is non-zero (for store-exclusive). `size` is 1, 2, 4 or 8 bytes.
    fn store_if(&mut self, cond: Self::I32, addr: Self::I64, value: Self::I64, size: u8);

    // Control. At most one of these per instruction, as its last effect. The instruction without one goes on at pc + 4.

    /// `b`: go to `target`.
    fn jump(&mut self, target: u64);
    /// Go to `target` if `cond` is non-zero, else to pc + 4.
    fn jump_if(&mut self, cond: Self::I32, target: u64);
    /// `bl`: x30 = pc + 4 (done here), go to `target`.
    fn call(&mut self, target: u64);
    /// `blr`: x30 = pc + 4 (done here), go to `target` (read before x30 is written).
    fn call_indirect(&mut self, target: Self::I64);
    /// `br`.
    fn jump_indirect(&mut self, target: Self::I64);
    /// `ret`.
    fn ret(&mut self, target: Self::I64);
    /// Go on at pc + 4, but if `cond` is non-zero not in compiled code: floating-point operations have to be exact from now on.
    fn leave_if(&mut self, cond: Self::I32);
    /// `svc`.
    fn syscall(&mut self, imm: u16);
    /// Raise a fault of this instruction; `info` is the `brk` immediate or the instruction's word.
    fn fault(&mut self, kind: elfconv_ir::FaultKind, info: u64);
}
