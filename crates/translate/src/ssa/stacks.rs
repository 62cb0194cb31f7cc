//! Calls on another stack.
//!
//! A function may load the stack pointer from memory, call, and come back to its own stack, as Go's `systemstack` does. The depth limit is an address on the stack that was left; on the other stack
//! it says nothing, or, if that is lower, that all of it is too deep. So for the call the limit is moved there, with half of the depth that the engine's stack still has room for: however
//! often stacks are changed in one another, the engine's stack is twice as deep as on one at most.

use std::mem::offset_of;

use elfconv_a64::state::CpuState;
use elfconv_ir::{InstKind, Opcode, Reg, Type, Value, ValueDef};

use super::Build;

const SP_LIMIT: usize = offset_of!(CpuState, sp_limit);
const DEPTH: usize = offset_of!(CpuState, depth);

/// Where the stack pointer is so near above the limit, it is a limit there too: the depth that the kernel begins with.
const NEAR: u128 = 24 << 10;

/// What is put back after a call on another stack.
pub(super) struct Left {
    limit: Value,
    depth: Value,
}

impl Build<'_> {
    /// Before a call: if the stack pointer has been loaded from memory, the limit goes to where it points.
    pub(super) fn change_stack(&mut self) -> Option<Left> {
        let sp = self.r.map.get(Reg::SP)?;
        if !self.is_loaded(sp) {
            return None;
        }
        let left = Left {
            limit: self.r.state_load(Type::I64, SP_LIMIT),
            depth: self.r.state_load(Type::I64, DEPTH),
        };
        // The same stack, of which something has been given back (variable-length arrays).
        let above = self.r.op(Opcode::I64Sub, [sp, left.limit, Value(0)], 0);
        let near = self.r.constant(Type::I64, NEAR);
        let same = self.r.op(Opcode::I64LtU, [above, near, Value(0)], 0);
        let one = self.r.constant(Type::I64, 1);
        let half = self.r.op(Opcode::I64ShrU, [left.depth, one, Value(0)], 0);
        let limit = self.r.op(Opcode::I64Sub, [sp, half, Value(0)], 0);
        let depth = self.r.op(Opcode::SelectI64, [same, left.depth, half], 0);
        let limit = self.r.op(Opcode::SelectI64, [same, left.limit, limit], 0);
        self.r.state_store(DEPTH, depth);
        self.r.state_store(SP_LIMIT, limit);
        Some(left)
    }

    /// Whether it is a value from memory, or near one.
    fn is_loaded(&self, mut value: Value) -> bool {
        loop {
            let ValueDef::Inst(inst, _) = self.r.f.values[value.index()].def else {
                return false;
            };
            match self.r.f.insts[inst.index()].kind {
                InstKind::Op {
                    op: Opcode::I64Load,
                    ..
                } => return true,
                InstKind::Op {
                    op: Opcode::I64Add | Opcode::I64Sub,
                    args: [base, by, _],
                    ..
                } if self.r.const_of(by).is_some() => value = base,
                _ => return false,
            }
        }
    }

    /// After the call. (If it unwinds, the dispatcher decides on the limit.)
    pub(super) fn change_back(&mut self, left: Option<Left>) {
        if let Some(Left { limit, depth }) = left {
            self.r.state_store(SP_LIMIT, limit);
            self.r.state_store(DEPTH, depth);
        }
    }
}
