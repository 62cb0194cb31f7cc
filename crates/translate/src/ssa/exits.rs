//! How blocks end: branches, calls, returns, and the ways out through the dispatcher.

use elfconv_a64::{context::saves_status, state::CpuState};
use elfconv_ir::{Call, Callee, Edge, FuncId, KernelFn, Opcode, Reg, Terminator, Type, Value};

use super::{Build, edge_to, recorder::register_offset};
use crate::{
    cfg::End,
    convention::{Live, RETURNED, RETURNED_X, live_out},
    regs::RegSet,
    standard::Standard,
};

/// Everything; a frame reports what it has of it.
pub(super) const ALL: RegSet = RegSet {
    x: 0x1_ffff_ffff,
    v32: !0,
    v64: !0,
    v128: !0,
};
/// Parameters of the uniform signature, in order.
pub(super) const UNIFORM: [u8; 12] = [31, 29, 30, 0, 1, 2, 3, 4, 5, 6, 7, 8];

impl Build<'_> {
    /// Emit the exit of block `b` at the current point.
    pub(super) fn exit(&mut self, b: usize) {
        let cfg = self.cfg;
        let block = &cfg.blocks[b];
        self.kept = super::flow::kept_after(self.summary, &self.keeps, b);
        match block.exit {
            End::Jump => {
                let e = self.edge(block.succs[0]);
                self.terminate(Terminator::Jump(e));
            }
            End::Cond => {
                let then = self.edge(block.succs[0]);
                let otherwise = self.edge(block.succs[1]);
                match self.r.control.cond {
                    Some(cond) => self.terminate(Terminator::Branch {
                        cond,
                        then,
                        otherwise,
                    }),
                    None => self.terminate(Terminator::Jump(otherwise)),
                }
            }
            End::Switch(table) => self.switch(table as usize),
            End::Call(callee) => {
                let after = self.after(b);
                if self.direct_call(callee, block.end, after) {
                    self.go_on(b);
                }
            }
            End::CallAddress(target) => self.leave_to(target),
            End::CallUnknown => {
                let after = self.after(b);
                self.indirect_call(block.end, after);
                self.go_on(b);
            }
            End::Syscall => {
                self.syscall(block.end, b);
                self.go_on(b);
            }
            End::Mode => self.mode(b),
            End::Return => self.ret(b),
            End::Tail(callee) => self.tail_call(callee, b),
            End::Escape(target) => self.leave_to(target),
            End::TailUnknown => self.indirect_jump(b),
            // The interpreter raises it, with the whole state.
            End::Fault => self.leave_to(block.end - 4),
        }
    }

    fn after(&self, b: usize) -> Live {
        live_out(self.summary, self.live, b)
    }

    /// After a call: to the successor, or, if the callee was not expected to return but did, to the dispatcher.
    fn go_on(&mut self, b: usize) {
        match self.cfg.blocks[b].succs.first() {
            Some(&next) => {
                let e = self.edge(next);
                self.terminate(Terminator::Jump(e));
            }
            None => {
                let pc = self.r.constant(Type::I64, self.cfg.blocks[b].end.into());
                let frame = self.report(kept_by_calls(self.summary.standard));
                self.terminate(Terminator::Leave { pc, frame });
            }
        }
    }

    /// To the successor, unless floating point has to be exact from there on: then the dispatcher goes on there.
    fn mode(&mut self, b: usize) {
        let next = self.cfg.blocks[b].end;
        let go_on = self.edge(self.cfg.blocks[b].succs[0]);
        let last = self.cfg.blocks[b].end - 4;
        let unseen = self.drops_status(b) || saves_status(self.ctx.word, last);
        let Some(cond) = self.r.control.cond.filter(|_| !unseen) else {
            return self.terminate(Terminator::Jump(go_on));
        };
        let here = self.r.block;
        let leave = self.extra_block();
        self.r.block = leave;
        if self.r.control.observes {
            let one = self.r.constant(Type::I32, 1);
            let at = std::mem::offset_of!(CpuState, fp_observed);
            self.r.state_store(at, one);
        }
        let wanted = self.surviving(self.after(b), RegSet::EMPTY, next);
        let pc = self.r.constant(Type::I64, next.into());
        let frame = self.report(wanted);
        self.terminate(Terminator::Leave { pc, frame });
        self.r.block = here;
        self.terminate(Terminator::Branch {
            cond,
            then: edge_to(leave),
            otherwise: go_on,
        });
    }

    /// Whether the block's last instruction reads FPSR and nobody wants the value. The routines for `long double` do that, after operations that are to set flags.
    fn drops_status(&self, b: usize) -> bool {
        let word = (self.ctx.word)(self.cfg.blocks[b].end - 4);
        let insn = word.and_then(elfconv_a64::decode);
        insn.filter(|insn| insn.name() == "mrs_fpsr")
            .and_then(|insn| insn.field("Rt"))
            .is_some_and(|rt| rt == 31 || !self.after(b).all().contains(Reg::x(rt as u8)))
    }

    pub(super) fn leave(&mut self, pc: Value) {
        self.take_from_state();
        let mut frame = self.report(ALL);
        for (reg, value) in &mut frame.live {
            *value = self.whole(*reg, *value);
        }
        self.terminate(Terminator::Leave { pc, frame });
    }

    /// A vector register of which this function took only the low part and that it has not written: where nothing is known of what follows, with the upper part that it had in the dispatcher.
    fn whole(&mut self, reg: Reg, value: Value) -> Value {
        if reg.0 < 64 || self.r.entry_value(reg) != Some(value) {
            return value;
        }
        let op = match self.r.ty(value) {
            Type::F64 => Opcode::F64x2ReplaceLane,
            Type::F32 => Opcode::F32x4ReplaceLane,
            _ => return value,
        };
        let all = self.r.state_load(Type::V128, register_offset(reg));
        self.r.op(op, [all, value, Value(0)], 0)
    }

    /// Where callers save their registers, what is still in the state block as it was at the entry belongs to this frame's report: frames further out may report the same registers.
    pub(super) fn take_from_state(&mut self) {
        if !self.summary.standard.is_caller_saves() {
            return;
        }
        for (reg, ty) in self.own.in_state().iter() {
            if self.r.map.get(reg).is_some() && self.r.available(reg).is_none() {
                let ty = if reg.0 >= 64 { Type::V128 } else { ty };
                let value = self.r.value_as(reg, ty);
                self.r.map.set(reg, Some(value));
            }
        }
    }

    pub(super) fn leave_to(&mut self, addr: u64) {
        let pc = self.r.constant(Type::I64, addr.into());
        self.leave(pc);
    }

    pub(super) fn target(&mut self) -> Value {
        match self.r.control.target {
            Some(v) => v,
            None => self.r.constant(Type::I64, 0),
        }
    }

    fn switch(&mut self, table: usize) {
        let (jump, targets) = &self.cfg.tables[table];
        let target = self.target();
        let index = match self.r.map.index {
            Some((pc, index)) if pc == jump.load_pc => index,
            _ => return self.leave(target),
        };
        let index = self
            .r
            .op(Opcode::I32WrapI64, [index, Value(0), Value(0)], 0);
        let here = self.r.block;
        let edges: Vec<Edge> = targets.iter().map(|&t| self.edge(t)).collect();
        let default = self.extra_block();
        self.r.block = default;
        if !jump.bounded {
            self.leave(target);
        }
        self.r.block = here;
        self.terminate(Terminator::Switch {
            index,
            targets: edges,
            default: edge_to(default),
        });
    }

    /// Registers that a callee or caller may want in the state block. What is not available is there already, or nobody wants it.
    pub(super) fn store_in_state(&mut self, wanted: RegSet) {
        for (reg, _) in wanted.iter() {
            if let Some(v) = self.r.available(reg) {
                let v = if reg.0 >= 64 {
                    self.r.convert(v, Type::V128)
                } else {
                    v
                };
                self.r.state_store(register_offset(reg), v);
            }
        }
    }

    /// Whether the callee needs a register that only this function's callers have.
    pub(super) fn needs_dispatcher(&self, callee: FuncId) -> bool {
        let g = &self.ctx.conventions[callee.index()];
        g.strong
            .and(self.summary.standard.inherited())
            .iter()
            .any(|(reg, _)| self.r.available(reg).is_none())
    }

    pub(super) fn arguments(&mut self, callee: FuncId) -> Vec<Value> {
        let g = self.ctx.conventions[callee.index()];
        self.store_in_state(g.in_state());
        g.params()
            .iter()
            .map(|(reg, ty)| self.r.value_as(reg, ty))
            .collect()
    }

    /// Forget what a call changed, and take its results.
    pub(super) fn after_call(&mut self, modified: RegSet, results: &[(Reg, Type)], first: u32) {
        for (reg, _) in modified.iter() {
            let kept = if self.summary.standard.saved.contains(reg) && reg.0 >= 64 {
                // The lower half is callee-saved.
                self.r.map.get(reg).map(|v| {
                    if self.r.available(reg).is_some() {
                        self.r.convert(v, Type::F64)
                    } else {
                        v
                    }
                })
            } else {
                None
            };
            self.r.map.set(reg, kept);
        }
        for (i, &(reg, _)) in results.iter().enumerate() {
            self.r.map.set(reg, Some(Value(first + i as u32)));
        }
        self.r.map.index = None;
    }

    /// False if it ended the block.
    fn direct_call(&mut self, callee: FuncId, next: u64, after: Live) -> bool {
        if self.needs_dispatcher(callee) {
            self.leave_to(self.ctx.starts[callee.index()]);
            return false;
        }
        let g = self.ctx.conventions[callee.index()];
        let exotic = after.demanded(self.summary.standard).and(g.exotic);
        // What this function returns there itself is not passed on: a call that may change a register ends what was in it.
        self.store_in_state(exotic);
        let args = self.arguments(callee);
        let results: Vec<(Reg, Type)> = g.results.iter().collect();
        let types: Vec<Type> = results.iter().map(|r| r.1).collect();
        let saved = self.summary.standard.saved;
        let lost = g.modified.minus(saved).minus(exotic).or(g.results);
        let frame = (!g.plain).then(|| self.report(self.surviving(after, lost, next)));
        let call = Call {
            callee: Callee::Function(callee),
            args,
            expect: (!g.plain).then_some(next as u32),
            frame,
            result_regs: results.iter().map(|r| r.0).collect(),
        };
        let left = g.recursive.then(|| self.change_stack()).flatten();
        let first = self.r.push_call(call, &types).first.0;
        self.change_back(left);
        self.after_call(g.modified, &results, first);
        self.load_from_state(exotic);
        self.link_is(next);
        true
    }

    /// A call that was not expected to return reports all it has.
    fn returns(&self, next: u64) -> bool {
        self.cfg.blocks.iter().any(|b| b.start == next)
    }

    /// Registers of this frame that are wanted after a call, but those that are lost by it as they may be changed: what follows does not rely on them when the callee returns, either.
    /// What compiled code gets back in the state block is no loss; it is reported, and if the callee did change it, that report was first, and wins.
    fn surviving(&self, after: Live, lost: RegSet, next: u64) -> RegSet {
        let wanted = if self.returns(next) {
            after.all()
        } else {
            kept_by_calls(self.summary.standard)
        };
        wanted.minus(lost)
    }

    pub(super) fn uniform_arguments(&mut self) -> Vec<Value> {
        self.store_in_state(self.summary.standard.memory_arguments);
        UNIFORM
            .iter()
            .map(|&n| self.r.value_as(Reg(n), Type::I64))
            .collect()
    }

    fn indirect_call(&mut self, next: u64, after: Live) {
        let target = self.target();
        let demanded = after.demanded(self.summary.standard);
        let exotic = demanded.and(self.ctx.exotic);
        self.store_in_state(exotic.or(self.own.exotic));
        let args = self.uniform_arguments();
        let results = [(Reg::x(0), Type::I64), (Reg::x(1), Type::I64)];
        let standard = self.summary.standard;
        let kill = standard.clobbered();
        let lost = kill.minus(standard.saved).minus(exotic).or(RETURNED_X);
        let frame = self.report(self.surviving(after, lost, next));
        let call = Call {
            callee: Callee::Indirect(target),
            args,
            expect: Some(next as u32),
            frame: Some(frame),
            result_regs: vec![Reg::x(0), Reg::x(1)],
        };
        let left = self.change_stack();
        let first = self.r.push_call(call, &[Type::I64, Type::I64]).first.0;
        self.change_back(left);
        self.after_call(kill, &results, first);
        let vectors = demanded.and(RETURNED).minus(RETURNED_X);
        self.load_from_state(vectors.or(exotic));
        self.link_is(next);
    }

    /// After a return, x30 is the return address.
    fn link_is(&mut self, next: u64) {
        let ret = self.r.constant(Type::I64, next.into());
        self.r.map.set(Reg::x(30), Some(ret));
    }

    pub(super) fn load_from_state(&mut self, wanted: RegSet) {
        for (reg, ty) in wanted.iter() {
            let v = self.r.state_load(ty, register_offset(reg));
            self.r.map.set(reg, Some(v));
        }
    }

    fn syscall(&mut self, next: u64, b: usize) {
        let args = [8, 0, 1, 2, 3, 4, 5]
            .map(|n| self.r.value_as(Reg::x(n), Type::I64))
            .to_vec();
        let x0 = RegSet::of_x(1);
        let wanted = self.surviving(self.after(b), x0, next);
        let frame = self.report(wanted);
        let call = Call {
            callee: Callee::Kernel(KernelFn::Syscall),
            args,
            expect: Some(next as u32),
            frame: Some(frame),
            result_regs: vec![Reg::x(0)],
        };
        let v = self.r.push_call(call, &[Type::I64]).first;
        self.r.map.set(Reg::x(0), Some(v));
    }
}

/// What code behind a call that was not expected to return may want: what is left by callees of any convention.
fn kept_by_calls(standard: &Standard) -> RegSet {
    ALL.minus(standard.clobbered())
        .or(RETURNED)
        .or(standard.saved)
}
