//! The methods by which the instructions' semantics speak to the recorder.

use elfconv_a64::{
    builder::Builder,
    fpu::Format,
    state::{FZ, SysReg},
};
use elfconv_ir::{FaultKind, InstKind, KernelFn, Opcode, Reg, Type, Value, impl_recording_ops};

use super::{Recorder, sys_location};

impl_recording_ops!(impl[] Recorder, op);

macro_rules! loads {
    ($($name:ident $op:ident)*) => { $(fn $name(&mut self, addr: Value, offset: i64) -> Value {
        self.load(Opcode::$op, addr, offset)
    })* };
}
macro_rules! stores {
    ($($name:ident $op:ident)*) => { $(fn $name(&mut self, addr: Value, offset: i64, value: Value) {
        self.store(Opcode::$op, addr, offset, value)
    })* };
}

impl Builder for Recorder {
    fn pc(&self) -> u64 {
        self.pc
    }
    fn x(&mut self, r: u8) -> Value {
        self.value_as(Reg::x(r), Type::I64)
    }
    fn set_x(&mut self, r: u8, value: Value) {
        self.map.set(Reg::x(r), Some(value));
    }
    fn sp(&mut self) -> Value {
        self.value_as(Reg::SP, Type::I64)
    }
    fn set_sp(&mut self, value: Value) {
        self.map.set(Reg::SP, Some(value));
    }
    fn nzcv(&mut self) -> Value {
        self.value_as(Reg::NZCV, Type::I32)
    }
    fn set_nzcv(&mut self, value: Value) {
        self.map.set(Reg::NZCV, Some(value));
    }
    fn v(&mut self, r: u8) -> Value {
        self.value_as(Reg::v(r), Type::V128)
    }
    fn d(&mut self, r: u8) -> Value {
        self.value_as(Reg::v(r), Type::F64)
    }
    fn s(&mut self, r: u8) -> Value {
        self.value_as(Reg::v(r), Type::F32)
    }
    fn set_v(&mut self, r: u8, value: Value) {
        self.map.set(Reg::v(r), Some(value));
    }
    fn set_d(&mut self, r: u8, value: Value) {
        self.map.set(Reg::v(r), Some(value));
    }
    fn set_s(&mut self, r: u8, value: Value) {
        self.map.set(Reg::v(r), Some(value));
    }
    fn sys(&mut self, r: SysReg) -> Value {
        let Some((offset, ty)) = sys_location(r) else {
            return self.ask(match r {
                SysReg::Random => KernelFn::Random,
                _ => KernelFn::Counter,
            });
        };
        let v = self.state_load(ty, offset);
        if ty == Type::I32 {
            self.op(Opcode::I64ExtendI32U, [v, Value(0), Value(0)], 0)
        } else {
            v
        }
    }
    fn set_sys(&mut self, r: SysReg, value: Value) {
        if r == SysReg::FpObserved {
            // The way out of the block does it, if it is one.
            self.control.observes = true;
            return;
        }
        let Some((offset, ty)) = sys_location(r) else {
            return;
        };
        let v = if ty == Type::I32 {
            self.op(Opcode::I32WrapI64, [value, Value(0), Value(0)], 0)
        } else {
            value
        };
        self.state_store(offset, v);
    }

    loads! { i32_load8_u I32Load8U i32_load8_s I32Load8S i32_load16_u I32Load16U i32_load16_s I32Load16S i32_load I32Load
    i64_load8_u I64Load8U i64_load8_s I64Load8S i64_load16_u I64Load16U i64_load16_s I64Load16S
    i64_load32_u I64Load32U i64_load32_s I64Load32S i64_load I64Load f32_load F32Load f64_load F64Load v128_load V128Load }
    stores! { i32_store8 I32Store8 i32_store16 I32Store16 i32_store I32Store i64_store8 I64Store8 i64_store16 I64Store16
    i64_store32 I64Store32 i64_store I64Store f32_store F32Store f64_store F64Store v128_store V128Store }
    fn store_if(&mut self, cond: Value, addr: Value, value: Value, size: u8) {
        let op = match size {
            1 => Opcode::I64Store8If,
            2 => Opcode::I64Store16If,
            4 => Opcode::I64Store32If,
            _ => Opcode::I64StoreIf,
        };
        if let Some(k) = self.frame_offset(addr, 0) {
            self.slots.overwrite(k, size.into());
        }
        self.push(
            InstKind::Op {
                op,
                args: [cond, addr, value],
                imm: 0,
            },
            &[],
        );
    }

    fn jump(&mut self, _: u64) {}
    fn jump_if(&mut self, cond: Value, _: u64) {
        self.control.cond = Some(cond);
    }
    fn call(&mut self, _: u64) {
        let ret = self.constant(Type::I64, u128::from(self.pc + 4));
        self.map.set(Reg::x(30), Some(ret));
    }
    fn call_indirect(&mut self, target: Value) {
        self.control.target = Some(target);
        self.call(0);
    }
    fn jump_indirect(&mut self, target: Value) {
        self.control.target = Some(target);
    }
    fn ret(&mut self, target: Value) {
        self.control.target = Some(target);
    }
    fn fpcr(&self) -> u32 {
        self.fpcr
    }
    fn flush(&mut self, format: Format, x: Value) -> Value {
        match format {
            Format::Single if self.fpcr & FZ != 0 => self.flushed(Opcode::F32x4Flush, x),
            Format::Double if self.fpcr & FZ != 0 => self.flushed(Opcode::F64x2Flush, x),
            _ => x,
        }
    }
    fn flush_singles(&mut self, x: Value) -> Value {
        match self.fpcr & FZ {
            0 => x,
            _ => self.flushed(Opcode::F64x2FlushSingle, x),
        }
    }
    fn leave_if(&mut self, cond: Value) {
        self.control.cond = Some(cond);
    }
    fn syscall(&mut self, _: u16) {}
    fn fault(&mut self, kind: FaultKind, info: u64) {
        self.control.fault = Some((kind, info));
    }
}
