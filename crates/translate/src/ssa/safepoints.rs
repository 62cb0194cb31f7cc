//! Safepoints: at the headers of loops, compiled code asks now and then whether to go on, and can be entered again.
//!
//! A function that is entered in the middle is called like any other, with the values of its parameters from when it was called (`crate::resume`) and `State.resume` set. It
//! then (the check is that of its depth, if it has one) goes to the header of the outermost loop around the safepoint, loading the registers that are live there from `StateBlock::resumed`. A header inside another loop cannot be jumped to
//! from outside, or the loop would have two entries; so control goes to the header around it first, where the counter, which the dispatcher has let run out, makes it ask, and the
//! answer sends it further inwards. So neither the shape of the loops nor what an iteration costs changes.

use std::mem::offset_of;

use elfconv_a64::state::{CpuState, StateBlock};
use elfconv_ir::{Block, Call, Callee, Edge, KernelFn, Opcode, Terminator, Type, Value};

use super::{
    Build, edge_to,
    recorder::{RegMap, register_offset},
};
use crate::summary::Safepoint;

const POLL: usize = offset_of!(CpuState, poll);
const RESUME: usize = offset_of!(CpuState, resume);

impl Build<'_> {
    /// Behind the function's entry: if it was entered for a safepoint, go there.
    pub(super) fn resume(&mut self) {
        let count = self.summary.safepoints.len() as u32;
        if count == 0 {
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
        let entered = self.r.map.clone();
        self.dispatch(resume, 1, 0, count, go);
        self.r.map = entered;
        self.r.block = go;
    }

    /// The same where the function's depth is checked: the kernel says whether it is too deep, or was entered for a safepoint.
    pub(super) fn enter(&mut self, sp: Value, unwind: Block, go: Block) {
        let call = Call {
            callee: Callee::Kernel(KernelFn::Enter),
            args: vec![sp],
            expect: None,
            frame: None,
            result_regs: Vec::new(),
        };
        let answer = self.r.push_call(call, &[Type::I32]).first;
        let end = self.summary.safepoints.len() as u32;
        if end == 0 {
            return self.terminate(Terminator::Branch {
                cond: answer,
                then: edge_to(unwind),
                otherwise: edge_to(go),
            });
        }
        let entered = self.r.map.clone();
        let inner = self.extra_block();
        self.terminate(Terminator::Switch {
            index: answer,
            targets: vec![edge_to(go), edge_to(unwind)],
            default: edge_to(inner),
        });
        self.r.block = inner;
        self.dispatch(answer, 2, 0, end, unwind);
        self.r.map = entered;
    }

    /// Go towards the safepoint `number - base`, one of `first..end`; to `otherwise` if it is none of them.
    fn dispatch(&mut self, number: Value, base: u32, first: u32, end: u32, otherwise: Block) {
        let base = self.r.constant(Type::I32, (base + first).into());
        let index = self.r.op(Opcode::I32Sub, [number, base, Value(0)], 0);
        let from = self.r.block;
        let mut targets: Vec<Edge> = Vec::new();
        let mut i = first;
        while i < end {
            let point = self.summary.safepoints[i as usize];
            let arm = self.extra_block();
            self.r.block = arm;
            let edge = self.landing(point);
            self.terminate(Terminator::Jump(edge));
            // What is inside is reached through its header.
            targets.extend((0..=point.inside).map(|_| edge_to(arm)));
            i += 1 + point.inside;
        }
        self.r.block = from;
        self.terminate(Terminator::Switch {
            index,
            targets,
            default: edge_to(otherwise),
        });
    }

    /// To a header, with the registers as they were. (If it only leads further, they do not matter.)
    fn landing(&mut self, point: Safepoint) -> Edge {
        if !point.asks {
            let zero = self.r.constant(Type::I32, 0);
            self.r.state_store(RESUME, zero);
        }
        let block = point.block as usize;
        self.r.map = RegMap::new();
        let mut general = Vec::new();
        for (reg, ty) in self.join_params(block) {
            if reg.0 <= 31 {
                general.push(reg);
                continue;
            }
            let value = self
                .r
                .state_load(ty, offset_of!(StateBlock, resumed) + register_offset(reg));
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
                self.r.map.set(reg, Some(Value(first + i)));
            }
        }
        self.edge(point.block)
    }

    /// At the beginning of block `b`, if it is a safepoint: count, and ask.
    pub(super) fn poll(&mut self, b: usize) {
        let points = &self.summary.safepoints;
        let Some(i) = points.iter().position(|p| p.block as usize == b) else {
            return;
        };
        let Safepoint { inside, asks, .. } = points[i];
        if !asks {
            return;
        }
        let addr = self.cfg.blocks[b].start;
        self.r.set_pc(addr);
        let count = self.r.state_load(Type::I32, POLL);
        let one = self.r.constant(Type::I32, 1);
        let left = self.r.op(Opcode::I32Sub, [count, one, Value(0)], 0);
        self.r.state_store(POLL, left);
        let (ask, go) = (self.extra_block(), self.extra_block());
        self.terminate(Terminator::Branch {
            cond: left,
            then: edge_to(go),
            otherwise: edge_to(ask),
        });
        self.r.block = ask;
        let pc = self.r.constant(Type::I64, addr.into());
        let here = self.r.map.clone();
        if self.summary.standard.is_caller_saves() {
            self.take_from_state();
        }
        let frame = self.report(self.live[b].all());
        self.r.map = here.clone();
        let call = Call {
            callee: Callee::Kernel(KernelFn::Poll),
            args: vec![pc],
            expect: Some(addr as u32),
            frame: Some(frame),
            result_regs: Vec::new(),
        };
        let answer = self.r.push_call(call, &[Type::I32]).first;
        if inside == 0 {
            self.terminate(Terminator::Jump(edge_to(go)));
        } else {
            let inner = self.extra_block();
            self.terminate(Terminator::Branch {
                cond: answer,
                then: edge_to(inner),
                otherwise: edge_to(go),
            });
            self.r.block = inner;
            let first = i as u32 + 1;
            self.dispatch(answer, 2, first, first + inside, go);
            self.r.map = here;
        }
        self.r.block = go;
    }

    /// The edges that [`Self::resume`] and [`Self::poll`] will make to blocks.
    pub(super) fn count_resume_edges(safepoints: &[Safepoint], predecessors: &mut [u32]) {
        for point in safepoints {
            predecessors[point.block as usize] += 1;
        }
    }
}
