//! How blocks end: branches, calls, returns, and the ways out through the dispatcher.

use elfconv_ir::{
    Block, Call, Callee, Edge, FaultKind, Frame, FuncId, KernelFn, Opcode, Reg, Terminator, Type,
    Value,
};

use super::{Build, edge_to, recorder::register_offset};
use crate::{
    cfg::End,
    convention::{
        ARGUMENTS, Live, RETURNED, RETURNED_X, SAVED, VECTOR_ARGUMENTS, clobbered, live_out,
    },
    regs::{FP, LR, RegSet, SP},
    summary::Exit,
};

/// Everything; a frame reports what it has of it.
const ALL: RegSet = RegSet {
    x: 0x1_ffff_ffff,
    v32: !0,
    v64: !0,
    v128: !0,
};
/// What a direct callee may read that only its caller's callers may have.
const INHERITED: RegSet = RegSet {
    x: SAVED.x & !(SP | FP),
    ..SAVED
};
/// Parameters of the uniform signature, in order.
const UNIFORM: [u8; 12] = [31, 29, 30, 0, 1, 2, 3, 4, 5, 6, 7, 8];

impl Build<'_> {
    /// Emit the exit of block `b` at the current point.
    pub(super) fn exit(&mut self, b: usize) {
        let cfg = self.cfg;
        let block = &cfg.blocks[b];
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
            End::Return => self.ret(b),
            End::Tail(callee) => self.tail_call(callee, b),
            End::Escape(target) => self.leave_to(target),
            End::TailUnknown => self.indirect_jump(b),
            End::Fault => {
                let (kind, info) = self.r.control.fault.unwrap_or((FaultKind::Illegal, 0));
                let info = self.r.constant(Type::I64, info.into());
                self.terminate(Terminator::Fault {
                    kind,
                    pc: block.end - 4,
                    info,
                });
            }
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
                let frame = self.report(kept_by_calls());
                self.terminate(Terminator::Leave { pc, frame });
            }
        }
    }

    fn leave(&mut self, pc: Value) {
        let frame = self.report(ALL);
        self.terminate(Terminator::Leave { pc, frame });
    }

    fn leave_to(&mut self, addr: u64) {
        let pc = self.r.constant(Type::I64, addr.into());
        self.leave(pc);
    }

    fn target(&mut self) -> Value {
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
    fn store_in_state(&mut self, wanted: RegSet) {
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
    fn needs_dispatcher(&self, callee: FuncId) -> bool {
        let g = &self.ctx.conventions[callee.index()];
        g.strong
            .and(INHERITED)
            .iter()
            .any(|(reg, _)| self.r.available(reg).is_none())
    }

    fn arguments(&mut self, callee: FuncId) -> Vec<Value> {
        let g = self.ctx.conventions[callee.index()];
        self.store_in_state(g.in_state());
        g.params()
            .iter()
            .map(|(reg, ty)| self.r.value_as(reg, ty))
            .collect()
    }

    /// Forget what a call changed, and take its results.
    fn after_call(&mut self, modified: RegSet, results: &[(Reg, Type)], first: u32) {
        for (reg, _) in modified.iter() {
            let kept = if SAVED.contains(reg) && reg.0 >= 64 {
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
        let exotic = after.strong.and(g.exotic);
        self.store_in_state(exotic.or(self.own.exotic.and(g.modified)));
        let args = self.arguments(callee);
        let results: Vec<(Reg, Type)> = g.results.iter().collect();
        let types: Vec<Type> = results.iter().map(|r| r.1).collect();
        let frame =
            (!g.plain).then(|| self.report(surviving(after, g.results, self.returns(next))));
        let call = Call {
            callee: Callee::Function(callee),
            args,
            expect: (!g.plain).then_some(next as u32),
            frame,
            result_regs: results.iter().map(|r| r.0).collect(),
        };
        let first = self.r.push_call(call, &types).first.0;
        self.after_call(g.modified, &results, first);
        self.load_from_state(exotic);
        self.link_is(next);
        true
    }

    /// A call that was not expected to return reports all it has.
    fn returns(&self, next: u64) -> bool {
        self.cfg.blocks.iter().any(|b| b.start == next)
    }

    fn uniform_arguments(&mut self) -> Vec<Value> {
        self.store_in_state(RegSet::of_v128(0xff));
        UNIFORM
            .iter()
            .map(|&n| self.r.value_as(Reg(n), Type::I64))
            .collect()
    }

    fn indirect_call(&mut self, next: u64, after: Live) {
        let target = self.target();
        let exotic = after.strong.and(self.ctx.exotic);
        self.store_in_state(exotic.or(self.own.exotic));
        let args = self.uniform_arguments();
        let results = [(Reg::x(0), Type::I64), (Reg::x(1), Type::I64)];
        let kill = clobbered();
        let frame = self.report(surviving(after, RETURNED_X, self.returns(next)));
        let call = Call {
            callee: Callee::Indirect(target),
            args,
            expect: Some(next as u32),
            frame: Some(frame),
            result_regs: vec![Reg::x(0), Reg::x(1)],
        };
        let first = self.r.push_call(call, &[Type::I64, Type::I64]).first.0;
        self.after_call(kill, &results, first);
        let vectors = after.strong.and(RETURNED).minus(RETURNED_X);
        self.load_from_state(vectors.or(exotic));
        self.link_is(next);
    }

    /// After a return, x30 is the return address.
    fn link_is(&mut self, next: u64) {
        let ret = self.r.constant(Type::I64, next.into());
        self.r.map.set(Reg::x(30), Some(ret));
    }

    fn load_from_state(&mut self, wanted: RegSet) {
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
        let wanted = surviving(self.after(b), x0, self.returns(next));
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

    fn ret(&mut self, b: usize) {
        let Exit::Return { saved_ok, sp_ok } = self.summary.blocks[b].exit else {
            unreachable!("a return")
        };
        let target = self.target();
        if !saved_ok {
            return self.leave(target);
        }
        if !sp_ok {
            let sp = self.r.value_as(Reg::SP, Type::I64);
            let entry = self.r.frame_address(0);
            let same = self.r.op(Opcode::I64Eq, [sp, entry, Value(0)], 0);
            let (good, bad): (Block, Block) = (self.extra_block(), self.extra_block());
            self.terminate(Terminator::Branch {
                cond: same,
                then: edge_to(good),
                otherwise: edge_to(bad),
            });
            self.r.block = bad;
            self.leave(target);
            self.r.block = good;
        }
        self.check_link(b, target, target, RegSet::EMPTY);
        self.store_in_state(self.returned_in_state());
        let mut values = Vec::new();
        if !self.own.plain {
            values.push(self.r.constant(Type::I32, 0));
        }
        for (reg, ty) in self.own.results.iter() {
            values.push(self.r.value_as(reg, ty));
        }
        self.terminate(Terminator::Return(values));
    }

    /// Before a return: unless `link` is evidently what x30 was at the entry, compare, and if it differs, go on at `target` by the dispatcher.
    /// The functions further out have what this one has preserved, so the frame is what it returns or passes on; or
    /// everything, where the link register is not the function's own and the return rather a jump.
    fn check_link(&mut self, b: usize, link: Value, target: Value, arguments: RegSet) {
        let Some(entry) = self.r.entry_value(Reg::x(30)).filter(|_| !self.own.plain) else {
            return;
        };
        if link == entry {
            return;
        }
        let differs = self.r.op(Opcode::I64Ne, [link, entry, Value(0)], 0);
        let (bad, good) = (self.extra_block(), self.extra_block());
        self.terminate(Terminator::Branch {
            cond: differs,
            then: edge_to(bad),
            otherwise: edge_to(good),
        });
        self.r.block = bad;
        let passed = match self.summary.blocks[b].link_evident {
            true => RETURNED
                .or(self.own.results)
                .or(self.own.exotic)
                .or(arguments),
            false => clobbered(),
        };
        let frame = Frame {
            slots: Vec::new(),
            ..self.report(passed.or(RegSet::of_x(SP | FP | LR)))
        };
        self.terminate(Terminator::Leave { pc: target, frame });
        self.r.block = good;
    }

    /// Return with the status of a callee in tail position, and the results from the current registers.
    fn return_with(&mut self, status: Value) {
        let in_state = self.returned_in_state();
        if in_state.iter().any(|(r, _)| self.r.available(r).is_some()) {
            // After unwinding the state block is not this function's to write.
            let (unwound, returned) = (self.extra_block(), self.extra_block());
            self.terminate(Terminator::Branch {
                cond: status,
                then: edge_to(unwound),
                otherwise: edge_to(returned),
            });
            self.r.block = unwound;
            self.return_results(status);
            self.r.block = returned;
            self.store_in_state(in_state);
        }
        self.return_results(status);
    }

    fn return_results(&mut self, status: Value) {
        let mut values = vec![status];
        for (reg, ty) in self.own.results.iter() {
            values.push(self.r.value_as(reg, ty));
        }
        self.terminate(Terminator::Return(values));
    }

    /// Registers that this function may return in the state block.
    fn returned_in_state(&self) -> RegSet {
        RETURNED
            .minus(RETURNED_X)
            .or(self.own.exotic)
            .minus(self.own.results)
    }

    fn tail_call(&mut self, callee: FuncId, b: usize) {
        let Exit::Tail { ok, .. } = self.summary.blocks[b].exit else {
            unreachable!("a tail call")
        };
        let start = self.ctx.starts[callee.index()];
        if !ok || self.needs_dispatcher(callee) {
            return self.leave_to(start);
        }
        let g = self.ctx.conventions[callee.index()];
        let link = self.r.value_as(Reg::x(30), Type::I64);
        let target = self.r.constant(Type::I64, start.into());
        self.check_link(b, link, target, g.params().or(g.in_state()));
        self.store_in_state(
            self.returned_in_state()
                .minus(g.modified)
                .or(self.own.exotic),
        );
        let args = self.arguments(callee);
        if g.results == self.own.results && g.plain == self.own.plain {
            return self.terminate(Terminator::TailCall {
                callee: Callee::Function(callee),
                args,
            });
        }
        let results: Vec<(Reg, Type)> = g.results.iter().collect();
        let types: Vec<Type> = (!g.plain)
            .then_some(Type::I32)
            .into_iter()
            .chain(results.iter().map(|r| r.1))
            .collect();
        let call = Call {
            callee: Callee::Function(callee),
            args,
            expect: None,
            frame: None,
            result_regs: results.iter().map(|r| r.0).collect(),
        };
        let first = self.r.push_call(call, &types).first;
        let status = match g.plain {
            true => self.r.constant(Type::I32, 0),
            false => first,
        };
        self.after_call(g.modified, &results, first.0 + u32::from(!g.plain));
        self.return_with(status);
    }

    fn indirect_jump(&mut self, b: usize) {
        let target = self.target();
        let ok = matches!(self.summary.blocks[b].exit, Exit::TailUnknown { ok: true });
        if !ok
            || !self
                .own
                .results
                .and(clobbered())
                .minus(RETURNED)
                .minus(SAVED)
                .is_empty()
        {
            return self.leave(target);
        }
        let link = self.r.value_as(Reg::x(30), Type::I64);
        self.check_link(b, link, target, ARGUMENTS.or(VECTOR_ARGUMENTS));
        // It may be a computed `goto`, whose target wants any register.
        let passed = UNIFORM
            .iter()
            .fold(RegSet::EMPTY, |all, &n| all.or(RegSet::of_x(1 << n)));
        self.store_in_state(ALL.minus(passed).minus(SAVED));
        let args = self.uniform_arguments();
        if self.own.results == RegSet::of_x(0b11) {
            return self.terminate(Terminator::TailCall {
                callee: Callee::Indirect(target),
                args,
            });
        }
        let results = [(Reg::x(0), Type::I64), (Reg::x(1), Type::I64)];
        let call = Call {
            callee: Callee::Indirect(target),
            args,
            expect: None,
            frame: None,
            result_regs: vec![Reg::x(0), Reg::x(1)],
        };
        let first = self
            .r
            .push_call(call, &[Type::I32, Type::I64, Type::I64])
            .first;
        self.after_call(clobbered(), &results, first.0 + 1);
        self.load_from_state(self.own.results.minus(RETURNED_X));
        self.return_with(first);
    }
}

/// Registers of this frame that are wanted after a call. They are reported even if the callee may modify them: if it did, it has reported them first,
/// and the first report wins.
fn surviving(after: Live, results: RegSet, returns: bool) -> RegSet {
    let wanted = if returns {
        after.all()
    } else {
        kept_by_calls()
    };
    wanted.minus(results)
}

/// What code behind a call that was not expected to return may want: what is left by callees of any convention.
fn kept_by_calls() -> RegSet {
    ALL.minus(clobbered()).or(RETURNED).or(SAVED)
}
