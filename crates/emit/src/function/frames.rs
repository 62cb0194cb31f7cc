//! What frames consist of when they are thrown away (ARCHITECTURE.md, "Unwinding"), and the code that reports them.
//!
//! A frame's [`Report`] is made before anything is planned: a descriptor ([`elfconv_abi::frame`]) and the values for its cells. Constants are in the descriptor,
//! and of values that differ by a constant only one is in a cell, so most of what a frame reports costs no code and keeps no local alive.
//!
//! Reports after calls are not in the place of the call but behind the function's body, one for all calls that report the same locals in the same way:
//!
//! ```text
//! block exit
//!   block cold1
//!     block cold0
//!       …  call f  local.set x0  br_if cold0  …
//!     end
//!     local.get x19  local.get sp  i32.const DESCRIPTOR  call spill_2  br exit
//!   end
//!   …
//! end
//! i32.const 1  i64.const 0
//! ```
//!
//! `spill n` stores `n` values of type `i64` in the first cells and reports. Frames with whole vectors store their values one by one.

use std::collections::HashMap;

use elfconv_abi::frame::PC;
use elfconv_ir::{
    Callee, Frame, Function, Inst, InstKind, Opcode, Terminator, Type, Value, ValueDef,
};

use super::{cfg::NONE, emitter::Emitter};
use crate::{
    context::{CELLS, Support},
    state::store,
    thunks::type_code,
};

/// A frame's descriptor and the values of its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub descriptor: Vec<u8>,
    /// Resolved, each once, none a constant of type i64.
    pub cells: Vec<Value>,
}

/// The reports of a function.
#[derive(Default)]
pub(crate) struct Reports {
    list: Vec<Report>,
    /// By instruction: index in the list.
    of_inst: HashMap<u32, u32>,
    /// By block that ends by leaving.
    of_block: HashMap<u32, u32>,
}

impl Reports {
    /// Makes the reports of these blocks.
    pub fn new(function: &Function, resolved: &[Value], blocks: &[u32]) -> Reports {
        let mut reports = Reports::default();
        let values = Values { function, resolved };
        for &b in blocks {
            let block = &function.blocks[b as usize];
            for &inst in &block.insts {
                let data = &function.insts[inst.index()];
                let InstKind::Call(call) = &data.kind else {
                    continue;
                };
                let Some(frame) = call.frame.as_ref().filter(|_| unwinds(call)) else {
                    continue;
                };
                let pc = match call.callee {
                    Callee::Kernel(_) => {
                        let pc = call.expect.unwrap_or(data.addr.wrapping_add(4));
                        Some((Where::Constant(pc.into()), Value(0)))
                    }
                    _ => None,
                };
                let report = values.report(frame, pc);
                reports.of_inst.insert(inst.0, reports.list.len() as u32);
                reports.list.push(report);
            }
            if let Terminator::Leave { pc, frame } = &block.term {
                let pc = resolved[pc.index()];
                let report = values.report(frame, Some((values.place(pc), pc)));
                reports.of_block.insert(b, reports.list.len() as u32);
                reports.list.push(report);
            }
        }
        reports
    }

    /// What is reported after a call; `None` if it does not unwind.
    pub fn after(&self, inst: Inst) -> Option<&Report> {
        Some(&self.list[*self.of_inst.get(&inst.0)? as usize])
    }

    /// What is reported at the end of a block that leaves.
    pub fn leaving(&self, block: u32) -> Option<&Report> {
        Some(&self.list[*self.of_block.get(&block)? as usize])
    }

    /// Whether anything is reported, so that the function needs an exit.
    pub fn any(&self) -> bool {
        !self.list.is_empty()
    }
}

/// Whether what follows the call depends on whether it unwound.
fn unwinds(call: &elfconv_ir::Call) -> bool {
    call.expect.is_some() || matches!(call.callee, Callee::Kernel(_))
}

/// A value as a frame sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Where {
    Constant(u64),
    /// A value plus a constant.
    Sum(Value, i32),
    Whole(Value),
}

struct Values<'a> {
    function: &'a Function,
    resolved: &'a [Value],
}

impl Values<'_> {
    fn op(&self, value: Value) -> Option<(Opcode, [Value; 3], u128)> {
        let ValueDef::Inst(inst, _) = self.function.values[value.index()].def else {
            return None;
        };
        match self.function.insts[inst.index()].kind {
            InstKind::Op { op, args, imm } => Some((op, args, imm)),
            InstKind::Call(_) => None,
        }
    }

    fn place(&self, value: Value) -> Where {
        let value = self.resolved[value.index()];
        match self.op(value) {
            Some((Opcode::I64Const, _, imm)) => Where::Constant(imm as u64),
            Some((Opcode::I64Add, [base, by, _], _)) => {
                match self.place_of_constant(by).map(|c| c as i64) {
                    Some(by) if i32::try_from(by).is_ok() => {
                        Where::Sum(self.resolved[base.index()], by as i32)
                    }
                    _ => Where::Whole(value),
                }
            }
            _ => Where::Whole(value),
        }
    }

    fn place_of_constant(&self, value: Value) -> Option<u64> {
        match self.op(self.resolved[value.index()]) {
            Some((Opcode::I64Const, _, imm)) => Some(imm as u64),
            _ => None,
        }
    }

    fn report(&self, frame: &Frame, pc: Option<(Where, Value)>) -> Report {
        let mut cells = Cells {
            values: Vec::new(),
            bases: Vec::new(),
        };
        // Values that are there as they are can be the base of others.
        for (_, value) in &frame.live {
            if let Where::Whole(v) = self.place(*value) {
                cells.whole(v);
            }
        }
        let mut entries = Vec::new();
        let mut count = 0;
        if let Some(pc) = pc {
            count += 1;
            let (place, value) = pc;
            cells.entry(PC, 0, place, value, &mut entries);
        }
        for (reg, value) in &frame.live {
            count += 1;
            let value = self.resolved[value.index()];
            let ty = type_code(self.function.values[value.index()].ty);
            cells.entry(reg.0, ty, self.place(value), value, &mut entries);
        }
        let groups = self.groups(frame, &mut cells);
        let mut descriptor = vec![0, 0, count as u8];
        descriptor.extend(entries);
        descriptor.extend(groups);
        // Descriptors that are too long, or have too many cells, are refused by the emitter.
        let len = u16::try_from(descriptor.len()).unwrap_or(0);
        descriptor[..2].copy_from_slice(&len.to_le_bytes());
        Report {
            descriptor,
            cells: cells.values,
        }
    }

    fn groups(&self, frame: &Frame, cells: &mut Cells) -> Vec<u8> {
        let mut groups: Vec<(u8, i32, Vec<u8>)> = Vec::new();
        for slot in &frame.slots {
            let base = self.resolved[slot.base.index()];
            let (cell, offset) = cells.based(self.place(base), base);
            let at = offset.wrapping_add(slot.offset);
            if let Some((c, first, slots)) = groups.last_mut()
                && *c == cell
                && let by = at.wrapping_sub(*first)
                && by % 8 == 0
                && let Ok(words) = i8::try_from(by / 8)
                && slots.len() < 2 * 255
            {
                slots.extend([slot.reg.0, words as u8]);
            } else {
                groups.push((cell, at, vec![slot.reg.0, 0]));
            }
        }
        let mut out = vec![groups.len() as u8];
        for (cell, offset, slots) in groups {
            out.push(cell);
            out.extend(offset.to_le_bytes());
            out.push((slots.len() / 2) as u8);
            out.extend(slots);
        }
        out
    }
}

/// Cells while a descriptor is made.
struct Cells {
    values: Vec<Value>,
    /// Values that cells are sums of: base, cell, the cell's offset from the base.
    bases: Vec<(Value, u8, i32)>,
}

impl Cells {
    fn whole(&mut self, value: Value) -> u8 {
        if let Some(i) = self.values.iter().position(|v| *v == value) {
            return i as u8;
        }
        let cell = self.values.len() as u8;
        self.values.push(value);
        self.bases.push((value, cell, 0));
        cell
    }

    /// The cell and offset that make up an i64 value.
    fn based(&mut self, place: Where, value: Value) -> (u8, i32) {
        let (base, offset) = match place {
            Where::Sum(base, offset) => (base, offset),
            _ => (value, 0),
        };
        if let Some((_, cell, theirs)) = self.bases.iter().find(|b| b.0 == base)
            && let Some(by) = offset.checked_sub(*theirs)
        {
            return (*cell, by);
        }
        let cell = self.whole(value);
        if base != value {
            self.bases.push((base, cell, offset));
        }
        (cell, 0)
    }

    fn entry(&mut self, reg: u8, ty: u8, place: Where, value: Value, out: &mut Vec<u8>) {
        out.push(reg);
        match place {
            Where::Constant(c) => {
                out.push(6);
                out.extend(c.to_le_bytes());
            }
            Where::Sum(..) => match self.based(place, value) {
                (cell, 0) => out.extend([0, cell]),
                (cell, offset) => {
                    out.extend([5, cell]);
                    out.extend(offset.to_le_bytes());
                }
            },
            Where::Whole(value) => {
                let cell = self.whole(value);
                out.extend([ty, cell]);
            }
        }
    }
}

/// The code of a report: where its values are.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Key {
    descriptor: Vec<u8>,
    sources: Vec<Source>,
}

#[derive(PartialEq, Eq, Hash, Clone, Copy)]
enum Source {
    Local(u32),
    /// A constant, which is written there, or nothing.
    Value(Value),
}

/// The reports behind the body, each once.
#[derive(Default)]
pub(crate) struct Cold {
    reports: Vec<Report>,
    index: HashMap<Key, u32>,
    /// By instruction.
    of_inst: HashMap<u32, u32>,
    /// The label of each report's block.
    pub labels: Vec<u32>,
}

impl Emitter<'_> {
    /// Decides which reports after calls are the same. Before any code is emitted.
    pub fn collect_cold(&mut self) {
        let plan = self.plan;
        let mut cold = Cold::default();
        for &b in &plan.blocks {
            for &inst in &self.function.blocks[b as usize].insts {
                let Some(report) = plan.reports.after(inst) else {
                    continue;
                };
                let key = Key {
                    descriptor: report.descriptor.clone(),
                    sources: report
                        .cells
                        .iter()
                        .map(|v| match self.local(*v) {
                            Some(local) if local != NONE => Source::Local(local),
                            _ => Source::Value(*v),
                        })
                        .collect(),
                };
                let next = cold.reports.len() as u32;
                let at = *cold.index.entry(key).or_insert(next);
                if at == next {
                    cold.reports.push(report.clone());
                }
                cold.of_inst.insert(inst.0, at);
            }
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

    /// Emits the `n`th report behind the body.
    pub fn cold_report(&mut self, n: usize) {
        let report = self.cold.reports[n].clone();
        self.report(&report);
    }

    /// Emits a report.
    pub fn report(&mut self, report: &Report) {
        if report.cells.len() > CELLS || report.descriptor[..2] == [0, 0] {
            return self.fail();
        }
        let whole = report.cells.iter().any(|v| self.ty(*v) == Type::V128);
        for (i, value) in report.cells.iter().enumerate() {
            if whole {
                self.sink().i32_const(0);
                self.push(*value);
                let (ty, cell) = (self.ty(*value), self.context.cell(i));
                store(&mut self.sink(), ty, cell);
            } else {
                self.push_as_i64(*value);
            }
        }
        self.push_descriptor(report.descriptor.clone());
        let function = if whole {
            self.context.support(Support::Report)
        } else {
            self.note_spill(report.cells.len());
            self.context.spill(report.cells.len())
        };
        self.sink().call(function);
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
