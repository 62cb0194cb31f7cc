//! Safepoints: at the headers of loops, compiled code asks now and then whether to go on, and can be entered again.
//!
//! To ask is to count `State.poll` down, and to leave at zero: the dispatcher does what there is to do, and enters the function again. A call that may come back would be cheaper then, but it would
//! be in the loop, where engines keep registers free for it all the time. A loop that calls nobody counts in a local variable, or each turn would wait for the store of the turn before; the
//! variable is loaded on the way into the outermost such loop, and stored on the way out. A loop that evidently ends, and has only innermost loops inside that do not ask, asks on the edges on which one of these is left
//! (`Safepoints::left`): its other turns do not count.
//!
//! A function that is entered in the middle is called like any other, with the values of its parameters from when it was called (`crate::resume`) and `State.resume` set. It
//! then (the check is that of its depth, if it has one) goes to the header of the outermost loop around the safepoint, loading the registers that are live there from `StateBlock::resumed`. A header inside another loop cannot be jumped to
//! from outside, or the loop would have two entries; so control goes to the header around it first, with the counter at 1, so that it asks, and finds that it is
//! not to leave but to go further inwards. So neither the shape of the loops nor what an iteration costs changes.

use std::mem::offset_of;

use elfconv_a64::state::{CpuState, StateBlock};
use elfconv_ir::{Block, Call, Callee, Edge, KernelFn, Opcode, Reg, Terminator, Type, Value};

use super::{
    Build, edge_to,
    recorder::{RegMap, register_offset},
};
use crate::{resume, summary::Safepoint};

const POLL: usize = offset_of!(CpuState, poll);
const POLLS: usize = offset_of!(CpuState, polls);
const RESUME: usize = offset_of!(CpuState, resume);
const SP_LIMIT: usize = offset_of!(CpuState, sp_limit);
/// As how many turns an innermost loop counts where it is left: it had at least one, and many have hundreds.
const INNER_TURNS: u128 = 16;
const STACK_LIMIT: usize = offset_of!(CpuState, stack_limit);

impl Build<'_> {
    /// Behind the function's entry: if it was entered for a safepoint, go there.
    pub(super) fn resume(&mut self) {
        if self.summary.safepoints.points.is_empty() {
            return;
        }
        let resume = self.r.state_load(Type::I32, RESUME);
        let (dispatch, go) = (self.extra_block(), self.extra_block());
        self.terminate(Terminator::Branch {
            cond: resume,
            then: edge_to(dispatch),
            otherwise: edge_to(go),
        });
        self.r.block = dispatch;
        self.lower_limit();
        self.dispatch(resume, go);
        self.r.block = go;
    }

    /// The same where the function's depth is checked, and sp was found below the limit: that may have been raised so that it is.
    pub(super) fn enter(&mut self, too_deep: Block) {
        if self.summary.safepoints.points.is_empty() {
            return self.terminate(Terminator::Jump(edge_to(too_deep)));
        }
        self.lower_limit();
        let resume = self.r.state_load(Type::I32, RESUME);
        self.dispatch(resume, too_deep);
    }

    /// The function has seen that it is entered for a safepoint; those that it calls are not.
    fn lower_limit(&mut self) {
        let limit = self.r.state_load(Type::I64, STACK_LIMIT);
        self.r.state_store(SP_LIMIT, limit);
    }

    /// From the function's entry to the safepoint with number `resume - 1`; to `otherwise` if there is none.
    fn dispatch(&mut self, resume: Value, otherwise: Block) {
        let from = self.r.block;
        let entered = self.r.map.clone();
        let arms = self.arms(0, self.summary.safepoints.points.len() as u32, false);
        self.r.map = entered;
        self.r.block = from;
        self.select(resume, 0, arms, otherwise);
    }

    /// Go where `resume - 1 - first` says.
    fn select(&mut self, resume: Value, first: u32, targets: Vec<Edge>, otherwise: Block) {
        let base = self.r.constant(Type::I32, (1 + first).into());
        let index = self.r.op(Opcode::I32Sub, [resume, base, Value(0)], 0);
        self.terminate(Terminator::Switch {
            index,
            targets,
            default: edge_to(otherwise),
        });
    }

    /// The ways to safepoints `first..end`, one for each.
    fn arms(&mut self, first: u32, end: u32, nested: bool) -> Vec<Edge> {
        let mut targets: Vec<Edge> = Vec::new();
        let mut i = first;
        while i < end {
            let point = self.summary.safepoints.points[i as usize];
            let arm = self.extra_block();
            self.r.block = arm;
            let edge = self.landing(point, nested);
            self.terminate(Terminator::Jump(edge));
            // What is inside is reached through its header.
            targets.extend((0..=point.inside).map(|_| edge_to(arm)));
            i += 1 + point.inside;
        }
        targets
    }

    /// The counter when the safepoint that was the aim has been reached.
    fn arrive(&mut self) -> Value {
        let zero = self.r.constant(Type::I32, 0);
        self.r.state_store(RESUME, zero);
        let polls = self.r.state_load(Type::I32, POLLS);
        self.r.state_store(POLL, polls);
        polls
    }

    /// The nest of loops around a block that counts in a local variable.
    pub(super) fn nest(&self, block: usize) -> Option<u32> {
        let nests = &self.summary.safepoints.nests;
        nests.get(block).copied().filter(|&nest| nest != 0)
    }

    /// Out of the nest that the current point is in, if any, and into another.
    pub(super) fn change_nest(&mut self, nest: Option<u32>) {
        if let Some((_, count)) = self.r.map.count {
            self.r.state_store(POLL, count);
        }
        self.r.map.count = nest.map(|n| (n, self.r.state_load(Type::I32, POLL)));
    }

    /// To a header, with the registers as they were. (If it only leads further, they do not matter.) `nested`: in a loop.
    fn landing(&mut self, point: Safepoint, nested: bool) -> Edge {
        if point.inside != 0 {
            let one = self.r.constant(Type::I32, 1);
            self.r.state_store(POLL, one);
        } else if nested {
            self.arrive();
        } else {
            let zero = self.r.constant(Type::I32, 0);
            self.r.state_store(RESUME, zero);
        }
        let block = point.block as usize;
        let small = resume::small(self.state(block), self.live[block].all());
        self.r.map = RegMap::new();
        let mut general = Vec::new();
        for (reg, ty) in self.join_params(block) {
            // A call would be shorter, but no calls in loops that have none.
            if reg.0 <= 31 && !nested {
                general.push(reg);
                continue;
            }
            let value = self
                .r
                .state_load(ty, offset_of!(StateBlock, resumed) + register_offset(reg));
            let value = self.low_half_if(small, reg, value);
            self.r.map.set(reg, Some(value));
        }
        if !general.is_empty() {
            let types = vec![Type::I64; general.len()];
            let call = Call {
                callee: Callee::Kernel(KernelFn::Resumed),
                args: Vec::new(),
                expect: None,
                frame: None,
                result_regs: general.clone(),
            };
            let first = self.r.push_call(call, &types).first.0;
            for (i, &reg) in (0..).zip(&general) {
                let value = self.low_half_if(small, reg, Value(first + i));
                self.r.map.set(reg, Some(value));
            }
        }
        self.edge(point.block)
    }

    /// Shows that the upper half of a register in this set is zero; who enters the function has looked.
    fn low_half_if(&mut self, small: u32, reg: Reg, value: Value) -> Value {
        if reg.0 > 30 || small >> reg.0 & 1 == 0 {
            return value;
        }
        let low = self
            .r
            .op(Opcode::I32WrapI64, [value, Value(0), Value(0)], 0);
        self.r
            .op(Opcode::I64ExtendI32U, [low, Value(0), Value(0)], 0)
    }

    /// At the beginning of block `b`, if it is a safepoint: count, and leave at zero.
    pub(super) fn poll(&mut self, b: usize) {
        let points = &self.summary.safepoints.points;
        let Some(i) = points.iter().position(|p| p.block as usize == b) else {
            return;
        };
        let Safepoint { inside, asks, .. } = points[i];
        if !asks {
            return;
        }
        let addr = self.cfg.blocks[b].start;
        self.r.set_pc(addr);
        let nest = self.r.map.count;
        let count = match nest {
            Some((_, count)) => count,
            None => self.r.state_load(Type::I32, POLL),
        };
        let one = self.r.constant(Type::I32, 1);
        let left = self.r.op(Opcode::I32Sub, [count, one, Value(0)], 0);
        if nest.is_none() {
            self.r.state_store(POLL, left);
        }
        let (ask, go) = (self.extra_block(), self.extra_block());
        let edge_on = |left: Value| Edge {
            block: go,
            args: nest.map(|_| left).into_iter().collect(),
        };
        self.terminate(Terminator::Branch {
            cond: left,
            then: edge_on(left),
            otherwise: edge_to(ask),
        });
        self.r.block = ask;
        if nest.is_some() {
            self.r.state_store(POLL, left);
        }
        if inside != 0 {
            let resume = self.r.state_load(Type::I32, RESUME);
            let here = self.r.map.clone();
            let own = self.extra_block();
            self.r.block = own;
            let polls = self.arrive();
            self.terminate(Terminator::Jump(edge_on(polls)));
            let mut arms = vec![edge_to(own)];
            let first = i as u32 + 1;
            arms.extend(self.arms(first, first + inside, true));
            self.r.map = here;
            self.r.block = ask;
            let leave = self.extra_block();
            self.select(resume, i as u32, arms, leave);
            self.r.block = leave;
        }
        self.leave_before(b);
        self.r.block = go;
        if let Some((nest, _)) = nest {
            self.r.map.count = Some((nest, self.r.new_param(go, Type::I32)));
        }
    }

    /// Leaves, to go on at the beginning of block `b`.
    fn leave_before(&mut self, b: usize) {
        let pc = self.cfg.blocks[b].start;
        let pc = self.r.constant(Type::I64, pc.into());
        let here = self.r.map.clone();
        self.take_from_state();
        let frame = self.report(self.live[b].all());
        self.terminate(Terminator::Leave { pc, frame });
        self.r.map = here;
    }

    /// On the way out of an innermost loop, to block `target`, which is in the loop around it: count, and leave at zero.
    pub(super) fn poll_between(&mut self, target: u32) {
        let Some((nest, count)) = self.r.map.count else {
            return;
        };
        let turns = self.r.constant(Type::I32, INNER_TURNS);
        let left = self.r.op(Opcode::I32Sub, [count, turns, Value(0)], 0);
        self.r.map.count = Some((nest, left));
        let none = self.r.constant(Type::I32, 0);
        let goes_on = self.r.op(Opcode::I32GtS, [left, none, Value(0)], 0);
        let (leave, go) = (self.extra_block(), self.extra_block());
        self.terminate(Terminator::Branch {
            cond: goes_on,
            then: edge_to(go),
            otherwise: edge_to(leave),
        });
        self.r.block = leave;
        self.r.state_store(POLL, left);
        self.leave_before(target as usize);
        self.r.block = go;
    }

    /// The edges that [`Self::resume`] and [`Self::poll`] will make to blocks.
    pub(super) fn count_resume_edges(safepoints: &[Safepoint], predecessors: &mut [u32]) {
        for point in safepoints {
            predecessors[point.block as usize] += 1;
        }
    }
}
