//! Reports after calls and of blocks that leave: behind the function's body, each once.
//!
//! Two share a report where they report the same locals for the same registers, and also where one of them reports a register that is *spare* at the other:
//! whatever is reported of it there, nobody reads it. What is only executed when the function is entered at a safepoint shares none with the rest: at their common
//! report locals would meet, and engines would move them to common places everywhere before it.

use std::collections::HashMap;

use elfconv_ir::{Inst, Type, Value};

use super::{At, Entry, Report, Slot, descriptor::encode};
use crate::{
    context::{CELLS, PADS, Spill, Support},
    function::{cfg::NONE, emitter::Emitter},
    state::store,
};

/// Where a value is when it is reported. Values in the same local are the same.
#[derive(Clone, Copy, Debug)]
struct Source {
    /// A local, or [`NONE`] for a constant, which is written there.
    local: u32,
    value: Value,
}

impl PartialEq for Source {
    fn eq(&self, other: &Source) -> bool {
        self.local == other.local && (self.local != NONE || self.value == other.value)
    }
}

/// A report for one or several calls, or blocks that leave.
#[derive(Clone, Debug)]
struct Shared {
    /// What each frame reports, innermost first.
    frames: Vec<SharedFrame>,
    /// Only on the way from a safepoint at which the function is entered.
    resumed: bool,
    spill: Spill,
}

#[derive(Clone, Debug)]
struct SharedFrame {
    entries: Vec<Entry<Source>>,
    slots: Vec<Slot<Source>>,
    spare: u32,
}

impl Shared {
    /// Makes this report that of `other` too, if it can be.
    fn join(&mut self, other: &Shared) -> bool {
        let alike = (self.resumed, self.spill) == (other.resumed, other.spill);
        if !alike || self.frames.len() != other.frames.len() {
            return false;
        }
        let frames = self.frames.iter().zip(&other.frames);
        match frames.map(|(a, b)| a.joined(b)).collect() {
            Some(frames) => self.frames = frames,
            None => return false,
        }
        true
    }

    /// How many registers it has.
    fn len(&self) -> usize {
        self.frames.iter().map(|f| f.entries.len()).sum()
    }
}

impl SharedFrame {
    fn is_spare(&self, reg: u8) -> bool {
        reg < 32 && self.spare >> reg & 1 == 1
    }

    /// The report of both, if one can be that of both.
    fn joined(&self, other: &SharedFrame) -> Option<SharedFrame> {
        if self.slots != other.slots {
            return None;
        }
        let (mut mine, mut theirs) = (&self.entries[..], &other.entries[..]);
        let mut all = Vec::with_capacity(mine.len().max(theirs.len()));
        loop {
            let entry = match (mine.first(), theirs.first()) {
                (None, None) => break,
                (Some(a), b) if b.is_none_or(|b| a.reg < b.reg) => {
                    if !other.is_spare(a.reg) {
                        return None;
                    }
                    mine = &mine[1..];
                    a
                }
                (a, Some(b)) if a.is_none_or(|a| b.reg < a.reg) => {
                    if !self.is_spare(b.reg) {
                        return None;
                    }
                    theirs = &theirs[1..];
                    b
                }
                (a, b) => {
                    if a != b {
                        return None;
                    }
                    (mine, theirs) = (&mine[1..], &theirs[1..]);
                    match a {
                        Some(a) => a,
                        None => break,
                    }
                }
            };
            all.push(*entry);
        }
        (all.len() + self.slots.len() <= CELLS).then(|| SharedFrame {
            entries: all,
            slots: self.slots.clone(),
            spare: self.spare & other.spare,
        })
    }
}

/// What uses a report.
#[derive(Clone, Copy)]
enum User {
    Call(Inst),
    Block(u32),
}

/// How many reports are tried for each.
const TRIES: usize = 64;

/// The reports behind the body, each once.
#[derive(Default)]
pub(crate) struct Cold {
    reports: Vec<Shared>,
    /// By instruction.
    of_inst: HashMap<u32, u32>,
    /// By block that leaves.
    of_block: HashMap<u32, u32>,
    /// The label of each report's block.
    pub labels: Vec<u32>,
}

impl Emitter<'_> {
    fn source(&self, value: Value) -> Source {
        Source {
            local: self.local(value).unwrap_or(NONE),
            value,
        }
    }

    fn shared(&self, reports: &[Report], resumed: bool, spill: Spill) -> Option<Shared> {
        let frames = reports.iter().map(|report| self.shared_frame(report));
        (!reports.is_empty()).then(|| Shared {
            frames: frames.collect(),
            resumed,
            spill,
        })
    }

    fn shared_frame(&self, report: &Report) -> SharedFrame {
        let entries = report.entries.iter().map(|e| Entry {
            reg: e.reg,
            ty: e.ty,
            at: match e.at {
                At::Constant(c) => At::Constant(c),
                At::Value(v, offset) => At::Value(self.source(v), offset),
            },
        });
        let slots = report.slots.iter().map(|slot| Slot {
            reg: slot.reg,
            base: self.source(slot.base),
            offset: slot.offset,
        });
        SharedFrame {
            entries: entries.collect(),
            slots: slots.collect(),
            spare: report.spare,
        }
    }

    /// The blocks that are entered from a loop that calls nothing. In others, engines have values in memory for the calls anyway.
    fn behind_tight_loops(&self) -> Vec<bool> {
        let function = self.function;
        let leaves = |b: &u32| !self.plan.reports.leaving(*b).is_empty();
        let mut behind = vec![false; function.blocks.len()];
        if !self.plan.blocks.iter().any(leaves) {
            return behind;
        }
        for (block, _) in function
            .blocks
            .iter()
            .zip(self.tight_loops())
            .filter(|(_, l)| *l)
        {
            for edge in block.term.edges() {
                behind[edge.block.index()] = true;
            }
        }
        behind
    }

    /// Decides which share a report. Before any code is emitted.
    pub fn collect_cold(&mut self) {
        let plan = self.plan;
        let usual = self.function.usual();
        let tight = self.behind_tight_loops();
        let mut users = Vec::new();
        for &b in &plan.blocks {
            let resumed = !usual[b as usize];
            for &inst in &self.function.blocks[b as usize].insts {
                let reports = plan.reports.after(inst);
                if let Some(report) = self.shared(reports, resumed, Spill::Usual) {
                    users.push((User::Call(inst), report));
                }
            }
            let spill = match tight[b as usize] {
                true => Spill::Apart,
                false => Spill::Usual,
            };
            if let Some(report) = self.shared(plan.reports.leaving(b), resumed, spill) {
                users.push((User::Block(b), report));
            }
        }
        // Those with the most registers first: the others then mostly need none of their own.
        users.sort_by_key(|user| std::cmp::Reverse(user.1.len()));
        let mut cold = Cold::default();
        for (user, report) in users {
            let tried = cold.reports.iter_mut().rev().take(TRIES);
            let count = tried.len();
            let joined = tried.rev().position(|r| r.join(&report));
            let at = match joined {
                Some(i) => cold.reports.len() - count + i,
                None => {
                    cold.reports.push(report);
                    cold.reports.len() - 1
                }
            };
            match user {
                User::Call(inst) => cold.of_inst.insert(inst.0, at as u32),
                User::Block(b) => cold.of_block.insert(b, at as u32),
            };
        }
        self.cold = cold;
    }

    /// Number of reports behind the body.
    pub fn cold_count(&self) -> usize {
        self.cold.reports.len()
    }

    /// Leaves for the report of a call, if the i32 on the stack is not zero.
    pub fn report_if(&mut self, inst: Inst) {
        let Some(at) = self.cold.of_inst.get(&inst.0) else {
            return self.fail();
        };
        let depth = self.depth - 1 - self.cold.labels[*at as usize];
        self.sink().br_if(depth);
    }

    /// The depth of the label by which block `b` leaves.
    pub fn leave_depth(&mut self, b: u32) -> u32 {
        match self.cold.of_block.get(&b) {
            Some(at) => self.depth - 1 - self.cold.labels[*at as usize],
            None => {
                self.fail();
                0
            }
        }
    }

    /// Emits the `n`th report behind the body.
    pub fn cold_report(&mut self, n: usize) {
        let report = self.cold.reports[n].clone();
        (report.frames.iter()).for_each(|frame| self.report(frame, report.spill));
    }

    fn report(&mut self, frame: &SharedFrame, spill: Spill) {
        let (descriptor, cells) = encode(&frame.entries, &frame.slots);
        let Some(descriptor) = descriptor.filter(|_| cells.len() <= CELLS) else {
            return self.fail();
        };
        if cells.iter().any(|s| self.ty(s.value) == Type::V128) {
            self.store_cells(&cells);
            self.push_descriptor(descriptor);
            let report = self.context.support(Support::Report);
            self.sink().call(report);
            return;
        }
        if spill == Spill::Apart {
            self.push_descriptor(descriptor.clone());
            for _ in 0..PADS {
                self.sink().i32_const(0);
            }
        }
        for source in &cells {
            self.push_as_i64(source.value);
        }
        if spill == Spill::Usual {
            self.push_descriptor(descriptor);
        }
        self.note_spill(spill, cells.len());
        let function = self.context.spill(spill, cells.len());
        self.sink().call(function);
    }

    /// Stores values in the first cells, one by one.
    fn store_cells(&mut self, cells: &[Source]) {
        for (i, source) in cells.iter().enumerate() {
            self.sink().i32_const(0);
            let ty = match self.ty(source.value) {
                Type::I32 => {
                    self.push_as_i64(source.value);
                    Type::I64
                }
                ty => {
                    self.push(source.value);
                    ty
                }
            };
            let cell = self.context.cell(i);
            store(&mut self.sink(), ty, cell);
        }
    }

    fn push_as_i64(&mut self, value: Value) {
        self.push(value);
        match self.ty(value) {
            Type::I32 => drop(self.sink().i64_extend_i32_u()),
            Type::F32 => drop(self.sink().i32_reinterpret_f32().i64_extend_i32_u()),
            Type::F64 => drop(self.sink().i64_reinterpret_f64()),
            Type::I64 | Type::V128 => {}
        }
    }
}
