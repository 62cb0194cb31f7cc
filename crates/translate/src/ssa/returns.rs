//! Returns, and calls in tail position: the ways out of a function to its caller.

use elfconv_a64::state::CpuState;
use elfconv_ir::{Block, Call, Callee, Frame, FuncId, Opcode, Reg, Terminator, Type, Value};

use super::{
    Build, edge_to,
    exits::{ALL, UNIFORM},
};
use crate::{
    convention::{RETURNED, RETURNED_X},
    regs::{FP, LR, RegSet, SP},
    standard::ARGUMENTS,
    summary::Exit,
};

impl Build<'_> {
    pub(super) fn ret(&mut self, b: usize) {
        let Exit::Return { saved_ok, sp_ok } = self.summary.blocks[b].exit else {
            unreachable!("a return")
        };
        let target = self.target();
        let doubtful = match saved_ok {
            true => Some(Vec::new()),
            false => self.doubtful(),
        };
        let Some(doubtful) = doubtful else {
            return self.leave(target);
        };
        let mut restored = RegSet::EMPTY;
        let mut pairs = Vec::with_capacity(1 + doubtful.len());
        for (reg, now, entry) in doubtful {
            restored.insert(reg, Type::I64);
            pairs.push((now, entry));
        }
        if !sp_ok {
            let sp = self.r.value_as(Reg::SP, Type::I64);
            pairs.push((sp, self.r.frame_address(0)));
        }
        for (value, entry) in pairs {
            let same = self.r.op(Opcode::I64Eq, [value, entry, Value(0)], 0);
            let (good, bad): (Block, Block) = (self.extra_block(), self.extra_block());
            self.terminate(Terminator::Branch {
                cond: same,
                then: edge_to(good),
                otherwise: edge_to(bad),
            });
            self.r.block = bad;
            let here = self.r.map.clone();
            self.leave(target);
            self.r.map = here;
            self.r.block = good;
        }
        self.check_link(b, target, target, RegSet::EMPTY);
        // Callers may have left them there, and this function passed others to its callees.
        let passed = self.summary.standard.memory_arguments;
        self.store_in_state(restored.and(passed).or(self.returned_in_state()));
        let mut values = Vec::new();
        if !self.own.plain {
            values.push(self.r.constant(Type::I32, 0));
        }
        for (reg, ty) in self.own.results.iter() {
            values.push(self.r.value_as(reg, ty));
        }
        self.terminate(Terminator::Return(values));
    }

    /// Callee-saved registers that are not evidently what they were at the entry, with what they were: they may be the same, as where a function comes back from another stack. `None` where that
    /// is not known, or there are many: then it is a switch of context.
    fn doubtful(&self) -> Option<Vec<(Reg, Value, Value)>> {
        const MOST: usize = 2;
        let saved = self.summary.standard.saved.minus(RegSet::of_x(SP));
        let mut pairs = Vec::new();
        for (reg, _) in saved.iter() {
            let (now, entry) = (self.r.map.get(reg), self.r.entry_value(reg));
            if now.is_none() || now == entry {
                continue;
            }
            if reg.0 >= 32 || pairs.len() == MOST {
                return None;
            }
            pairs.push((reg, now?, entry?));
        }
        Some(pairs)
    }

    /// Before a return: unless `link` is evidently what x30 was at the entry, compare, and if it differs, go on at `target` by the dispatcher.
    /// The functions further out have what this one has preserved, so the frame is what it returns or passes on; or
    /// everything, where the link register is not the function's own and the return rather a jump.
    fn check_link(&mut self, b: usize, link: Value, target: Value, arguments: RegSet) {
        let Some(entry) = self.r.entry_value(Reg::x(30)).filter(|_| !self.own.plain) else {
            return;
        };
        if link == entry || self.own.evident && self.summary.blocks[b].link_evident {
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
            false => self.summary.standard.clobbered(),
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

    pub(super) fn tail_call(&mut self, callee: FuncId, b: usize) {
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

    /// Says which argument registers this function does not have. The uniform signature passes zeros for them, but if the jump meets no compiled code, it must not report these: a
    /// caller may have kept a value there over its call, knowing (GCC's `-fipa-ra`) that this function does not touch it.
    fn tell_absent(&mut self, target: Value) {
        let absent = ARGUMENTS
            .iter()
            .filter(|(reg, _)| self.r.map.get(*reg).is_none())
            .fold(0, |all, (reg, _)| all | 1 << reg.0);
        if absent == 0 {
            return;
        }
        let half = self.r.constant(Type::I64, 32);
        let high = self.r.op(Opcode::I64Shl, [target, half, Value(0)], 0);
        let absent = self.r.constant(Type::I64, absent);
        let told = self.r.op(Opcode::I64Or, [high, absent, Value(0)], 0);
        self.r
            .state_store(std::mem::offset_of!(CpuState, absent), told);
    }

    pub(super) fn indirect_jump(&mut self, b: usize) {
        let target = self.target();
        let standard = self.summary.standard;
        let ok = matches!(self.summary.blocks[b].exit, Exit::TailUnknown { ok: true });
        if !ok
            || !self
                .own
                .results
                .and(standard.clobbered())
                .minus(RETURNED)
                .minus(standard.saved)
                .is_empty()
        {
            return self.leave(target);
        }
        let link = self.r.value_as(Reg::x(30), Type::I64);
        self.check_link(b, link, target, standard.arguments());
        // It may be a computed `goto`, whose target wants any register.
        let passed = UNIFORM
            .iter()
            .fold(RegSet::EMPTY, |all, &n| all.or(RegSet::of_x(1 << n)));
        self.store_in_state(ALL.minus(passed).minus(standard.saved));
        self.tell_absent(target);
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
        self.after_call(standard.clobbered(), &results, first.0 + 1);
        self.load_from_state(self.own.results.minus(RETURNED_X));
        self.return_with(first);
    }
}
