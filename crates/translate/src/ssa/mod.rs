//! SSA construction: from machine code and conventions to an IR function.
//!
//! Blocks are visited in reverse post-order. A block with one predecessor goes on with its register map; every other gets a block parameter
//! for each register that is live there, except where [`crate::abs`] knows the value (a frame address, a register's entry value). Parameters that turn
//! out to be the same everywhere are `opt`'s to remove. Calls, returns and whatever else leaves the function are in [`exits`].

mod exits;
pub mod faults;
mod flow;
mod recorder;
mod returns;
mod safepoints;
mod stacks;

use std::collections::BTreeSet;

use elfconv_a64::state::CpuState;
use elfconv_ir::{Block, Edge, Frame, FuncId, Function, Opcode, Reg, Terminator, Type, Value};

use self::{
    faults::Checks,
    recorder::{Control, Recorder, RegMap},
};
use crate::{
    abs::{Abs, State},
    cfg::{Cfg, End},
    convention::{BlockLiveness, Convention},
    regs::{RegSet, SP},
    summary::FunctionSummary,
};

/// What the construction of one function needs to know of the rest.
pub struct Context<'a> {
    /// Conventions of all functions.
    pub conventions: &'a [Convention],
    /// Registers that callees that are not known return in the state block.
    pub exotic: RegSet,
    /// Start addresses of all functions.
    pub starts: &'a [u64],
    /// Which bad accesses have to reach the guest.
    pub checks: Checks,
    /// The value of FPCR that code is made for.
    pub fpcr: u32,
    /// Reads an instruction word.
    pub word: &'a (dyn Fn(u64) -> Option<u32> + Sync),
}

struct Build<'a> {
    ctx: &'a Context<'a>,
    cfg: &'a Cfg,
    summary: &'a FunctionSummary,
    live: &'a BlockLiveness,
    own: Convention,
    /// Registers of which this function may have a value of its own, at the start of each block.
    available: Vec<RegSet>,
    r: Recorder,
    /// IR block of each CFG block.
    blocks: Vec<Option<Block>>,
    /// Registers that are parameters of each IR block of a CFG block.
    params: Vec<Vec<(Reg, Type)>>,
    /// Map that a block inherits from its only predecessor.
    inherited: Vec<Option<Box<RegMap>>>,
    predecessors: Vec<u32>,
    /// Bases that have been checked at the start of each block, and at the current point.
    inherited_checks: Vec<BTreeSet<Value>>,
    checks: BTreeSet<Value>,
    /// Registers that some way out from the start of each block leaves as they are there, and from the end of the current block.
    keeps: Vec<u64>,
    /// Exotic results that are returned as they are at the start of each block.
    returned: Vec<RegSet>,
    kept: u64,
    /// The block whose exit is made.
    leaving: Option<u32>,
}

/// Build the IR of function `id`.
pub fn build(
    ctx: &Context,
    id: FuncId,
    name: &str,
    cfg: &Cfg,
    summary: &FunctionSummary,
    live: &BlockLiveness,
) -> Function {
    let own = ctx.conventions[id.index()];
    let addr = ctx.starts[id.index()];
    let mut r = Recorder::new(
        name.to_string(),
        addr,
        own.params(),
        summary.elided,
        own.in_state(),
    );
    r.fpcr = ctx.fpcr;
    r.f.plain = own.plain;
    r.f.results = (!own.plain)
        .then_some(Type::I32)
        .into_iter()
        .chain(own.results.iter().map(|(_, t)| t))
        .collect();
    let n = cfg.blocks.len();
    let mut predecessors = vec![0; n];
    predecessors[cfg.entry] += 1;
    for &b in &cfg.postorder {
        for &t in &cfg.blocks[b as usize].succs {
            predecessors[t as usize] += 1;
        }
    }
    Build::count_resume_edges(&summary.safepoints.points, &mut predecessors);
    let available = flow::available(ctx, cfg, summary, live, own.params());
    let mut b = Build {
        ctx,
        cfg,
        summary,
        live,
        own,
        available,
        r,
        blocks: vec![None; n],
        params: vec![Vec::new(); n],
        inherited: vec![None; n],
        predecessors,
        inherited_checks: vec![BTreeSet::new(); n],
        checks: BTreeSet::new(),
        keeps: flow::keeps(cfg, summary),
        returned: flow::returned(ctx, cfg, summary, own.exotic),
        kept: !0,
        leaving: None,
    };
    b.function();
    b.r.f
}

impl Build<'_> {
    fn function(&mut self) {
        if self.own.recursive {
            self.depth_check();
        } else {
            self.resume();
        }
        let start = self.edge(self.cfg.entry as u32);
        self.terminate(Terminator::Jump(start));
        for i in (0..self.cfg.postorder.len()).rev() {
            let b = self.cfg.postorder[i] as usize;
            if let Some(block) = self.blocks[b] {
                self.r.block = block;
                self.block(b);
            }
        }
    }

    fn terminate(&mut self, term: Terminator) {
        self.r.f.blocks[self.r.block.index()].term = term;
    }

    /// A fresh IR block that becomes the current one, for code that the CFG does not have.
    fn extra_block(&mut self) -> Block {
        let addr = self.r.f.blocks[self.r.block.index()].addr;
        self.r.new_block(addr)
    }

    /// Unwind when the guest's stack has grown far since the dispatcher entered compiled code (ARCHITECTURE.md, "Depth"). The dispatcher raises
    /// the limit so that the check fails when the function is entered for a safepoint.
    fn depth_check(&mut self) {
        let addr = self.r.f.addr;
        self.r.set_pc(addr);
        let limit = self
            .r
            .state_load(Type::I64, std::mem::offset_of!(CpuState, sp_limit));
        let sp = self.r.value_as(Reg::SP, Type::I64);
        let deep = self.r.op(Opcode::I64LtU, [sp, limit, Value(0)], 0);
        let (ask, unwind, go) = (self.extra_block(), self.extra_block(), self.extra_block());
        self.terminate(Terminator::Branch {
            cond: deep,
            then: edge_to(ask),
            otherwise: edge_to(go),
        });
        self.r.block = ask;
        self.enter(unwind);
        self.r.block = unwind;
        let pc = self.r.constant(Type::I64, addr.into());
        let entered = self.r.map.clone();
        let mut reported = self.own.params();
        if self.summary.standard.is_caller_saves() {
            self.take_from_state();
            reported = reported.or(self.own.in_state());
        }
        let live = reported
            .iter()
            .filter_map(|(reg, _)| Some((reg, self.r.available(reg)?)))
            .collect();
        self.terminate(Terminator::Leave {
            pc,
            frame: Frame {
                live,
                ..Frame::default()
            },
        });
        self.r.map = entered;
        self.r.block = go;
    }

    /// The edge from the current point to a CFG block; on the way into and out of a nest of loops that counts in a local variable, the count is loaded and stored, and it may be asked whether to go on.
    fn edge(&mut self, target: u32) -> Edge {
        let nest = self.nest(target as usize);
        let asks = |b| self.summary.safepoints.asks_between(b, target);
        let asks = self.leaving.is_some_and(asks);
        if self.r.map.count.map(|(n, _)| n) == nest && !asks {
            return self.edge_within(target);
        }
        let (from, here) = (self.r.block, self.r.map.clone());
        let between = self.extra_block();
        self.r.block = between;
        match asks {
            true => self.poll_between(target),
            false => self.change_nest(nest),
        }
        let edge = self.edge_within(target);
        self.terminate(Terminator::Jump(edge));
        (self.r.block, self.r.map) = (from, here);
        edge_to(between)
    }

    /// The edge to a CFG block where the count is what it is here; creates the block at its first mention.
    fn edge_within(&mut self, target: u32) -> Edge {
        let t = target as usize;
        let single = self.predecessors[t] == 1;
        let block = match self.blocks[t] {
            Some(b) => b,
            None => {
                let b = self.r.new_block(self.cfg.blocks[t].start);
                self.blocks[t] = Some(b);
                if !single {
                    self.params[t] = self.join_params(t);
                    for i in 0..self.params[t].len() {
                        self.r.new_param(b, self.params[t][i].1);
                    }
                    if self.nest(t).is_some() {
                        self.r.new_param(b, Type::I32);
                    }
                }
                b
            }
        };
        if single {
            self.inherited[t] = Some(Box::new(self.r.map.clone()));
            self.inherited_checks[t] = self.checks.clone();
            return edge_to(block);
        }
        let params = std::mem::take(&mut self.params[t]);
        self.leave_exotic_in_state(t, &params);
        let mut args: Vec<Value> = params
            .iter()
            .map(|&(reg, ty)| self.r.value_as(reg, ty))
            .collect();
        args.extend(self.r.map.count.map(|(_, count)| count));
        self.params[t] = params;
        Edge { block, args }
    }

    /// What this function returns in the state block although no standard does must be there at a join that does not take it: other ways to the join may have it there already.
    /// (It is solved after liveness, which does not know of it.)
    fn leave_exotic_in_state(&mut self, t: usize, params: &[(Reg, Type)]) {
        let exotic = self.own.exotic.minus(self.own.results);
        if exotic.is_empty() {
            return;
        }
        let state = self.state(t);
        let mut lost = RegSet::EMPTY;
        for (reg, ty) in exotic.and(self.returned[t]).iter() {
            let taken = params.iter().any(|p| p.0 == reg);
            if !taken && matches!(self.known(state, reg), Known::No | Known::Absent) {
                lost.insert(reg, ty);
            }
        }
        self.store_in_state(lost);
    }

    /// Live registers of a join whose value is not known from the abstract state.
    fn join_params(&self, t: usize) -> Vec<(Reg, Type)> {
        let state = self.state(t);
        let live = self.live[t].all().and(self.available[t]);
        live.iter()
            .filter(|&(reg, _)| matches!(self.known(state, reg), Known::No))
            .collect()
    }

    fn state(&self, t: usize) -> &State {
        self.summary.blocks[t]
            .state
            .as_deref()
            .expect("reachable blocks have a state")
    }

    fn known(&self, state: &State, reg: Reg) -> Known {
        let abs = match reg.0 {
            n @ 0..=31 => state.x[usize::from(n)],
            n @ 64.. if state.v_entry >> (n - 64) & 1 != 0 => Abs::Entry(reg),
            _ => return Known::No,
        };
        match abs {
            Abs::Entry(q) => match self.r.entry_value(q) {
                // Only the lower half is known to be what it was: the register may have been given back.
                Some(v) if self.r.f.ty(v) == Type::V128 => Known::No,
                Some(v) => Known::Value(v),
                // Neither a parameter nor written: the callers have it.
                None if q == reg => Known::Absent,
                None => Known::No,
            },
            Abs::Sp(k) if self.own.params().x & SP != 0 => Known::Frame(k),
            Abs::Const(c) => Known::Constant(c),
            _ => Known::No,
        }
    }

    fn block(&mut self, b: usize) {
        if let Some(map) = self.inherited[b].take() {
            self.r.map = *map;
        } else {
            self.join_map(b);
        }
        self.checks = std::mem::take(&mut self.inherited_checks[b]);
        let state = self.state(b);
        let slots = state
            .slots
            .iter()
            .copied()
            .filter(|&(_, r)| self.summary.elided.contains(r))
            .collect();
        self.r.slots = State {
            slots,
            ..State::entry()
        };
        self.r.control = Control::default();
        self.poll(b);
        let (start, end) = (self.cfg.blocks[b].start, self.cfg.blocks[b].end);
        let table = match self.cfg.blocks[b].exit {
            End::Switch(i) => Some(&self.cfg.tables[i as usize].0),
            _ => None,
        };
        // What faults is executed by the interpreter, from there.
        let executed = match self.cfg.blocks[b].exit {
            End::Fault => end.max(start + 4) - 4,
            _ => end,
        };
        for pc in (start..executed).step_by(4) {
            self.r.set_pc(pc);
            if let Some(t) = table
                && t.load_pc == pc
            {
                let index = self.r.value_as(Reg::x(t.index_reg), Type::I64);
                self.r.map.index = Some((pc, index));
            }
            let word = (self.ctx.word)(pc);
            if self.ctx.checks != Checks::None
                && let Some(base) = word.and_then(faults::base)
            {
                self.check(base, pc);
            }
            match word.and_then(elfconv_a64::decode) {
                Some(insn) => elfconv_a64::execute(&mut self.r, insn),
                None => {
                    self.r.control.fault =
                        Some((elfconv_ir::FaultKind::Illegal, word.unwrap_or(0).into()))
                }
            }
        }
        self.r.set_pc(end.max(start + 4) - 4);
        self.leaving = Some(b as u32);
        self.exit(b);
        self.leaving = None;
    }

    fn join_map(&mut self, b: usize) {
        let mut map = RegMap::new();
        let block = self.blocks[b].expect("visited blocks exist");
        let live = self.live[b].all();
        // Registers whose value is known are set whether live or not: it costs nothing, and frames may report them.
        for n in 0..recorder::REGS as u8 {
            let reg = Reg(n);
            match self.known(self.state(b), reg) {
                Known::Value(v) => map.set(reg, Some(v)),
                Known::No
                    if self.own.in_state().contains(reg) && !self.available[b].contains(reg) =>
                {
                    // Wherever it comes from, the state block has it, or nobody wants it.
                    map.set(reg, self.r.entry_value(reg));
                }
                Known::Constant(c) if live.contains(reg) => {
                    let bits = u128::from(i64::from(c) as u64);
                    map.set(reg, Some(self.r.constant(Type::I64, bits)));
                }
                Known::Frame(k) if live.contains(reg) => {
                    map.set(reg, Some(self.r.frame_address(k)))
                }
                _ => {}
            }
        }
        for (i, &(reg, _)) in self.params[b].iter().enumerate() {
            map.set(reg, Some(self.r.f.blocks[block.index()].params[i]));
        }
        let count = self.params[b].len();
        map.count = self
            .nest(b)
            .map(|nest| (nest, self.r.f.blocks[block.index()].params[count]));
        self.r.map = map;
    }

    /// Registers that this function has at this point, of those in `wanted`, for a frame state.
    fn report(&self, wanted: RegSet) -> Frame {
        let live = wanted
            .iter()
            .filter_map(|(reg, _)| Some((reg, self.r.available(reg)?)))
            .collect();
        let mut slots = Vec::new();
        for &(offset, reg) in &self.r.slots.slots {
            let (base, k) = match self.r.map.get(Reg::SP).map(|v| (v, self.r.abs(v))) {
                Some((v, Abs::Sp(k))) => (Some(v), k),
                _ => (self.r.entry_value(Reg::SP), 0),
            };
            if let Some(base) = base {
                slots.push(elfconv_ir::Slot {
                    reg,
                    base,
                    offset: offset - k,
                });
            }
        }
        // On every way out they are loaded from where they were saved, and nobody reads them before. (Saving x29 is an ordinary read of it.)
        let spare = slots
            .iter()
            .map(|slot| slot.reg)
            .chain([Reg::x(29)])
            .filter(|r| r.0 < 32 && !wanted.or(RegSet::of_x(self.kept)).contains(*r))
            .collect();
        Frame {
            live,
            slots,
            spare,
            outer: None,
        }
    }
}

enum Known {
    /// This value.
    Value(Value),
    /// The entry sp plus a constant.
    Frame(i32),
    /// This number.
    Constant(i32),
    /// Not this function's: whoever called it has it.
    Absent,
    /// Not known.
    No,
}

fn edge_to(block: Block) -> Edge {
    Edge {
        block,
        args: Vec::new(),
    }
}
