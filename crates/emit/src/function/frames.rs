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
    body::Descriptor,
    context::{CELLS, Support},
    state::store,
    thunks::type_code,
};

/// A frame's descriptor and the values of its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub descriptor: Descriptor,
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
        let mut cells = Cells::default();
        for (reg, value) in &frame.live {
            let value = self.resolved[value.index()];
            let ty = self.function.values[value.index()].ty;
            cells.entry(reg.0, ty, self.place(value), value);
        }
        if let Some((place, value)) = pc {
            cells.entry(PC, Type::I64, place, value);
        }
        let groups = self.groups(frame, &mut cells);
        let mut bytes = vec![0, 0];
        bytes.extend(cells.registers.to_le_bytes());
        bytes.push(cells.count);
        bytes.extend(&cells.entries);
        bytes.push(groups.len() as u8);
        let mut lists = Vec::new();
        for (cell, offset, slots) in groups {
            bytes.push(cell);
            bytes.extend(offset.to_le_bytes());
            let mut list = vec![(slots.len() / 2) as u8];
            list.extend(slots);
            lists.push((bytes.len(), list));
            bytes.extend([0; 4]);
        }
        // Descriptors that are too long, or have too many cells, are refused by the emitter.
        let len = u16::try_from(bytes.len()).unwrap_or(0);
        bytes[..2].copy_from_slice(&len.to_le_bytes());
        Report {
            descriptor: Descriptor { bytes, lists },
            cells: cells.values,
        }
    }

    fn groups(&self, frame: &Frame, cells: &mut Cells) -> Vec<(u8, i32, Vec<u8>)> {
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
        groups
    }
}

/// Cells and entries while a descriptor is made.
#[derive(Default)]
struct Cells {
    values: Vec<Value>,
    /// Values that cells are sums of: base, cell, the cell's offset from the base.
    bases: Vec<(Value, u8, i32)>,
    /// General registers that are in the first cells, in order.
    registers: u32,
    /// The other registers.
    entries: Vec<u8>,
    count: u8,
}

impl Cells {
    fn add(&mut self, value: Value) -> u8 {
        self.values.push(value);
        (self.values.len() - 1) as u8
    }

    /// The cell and offset that make up an i64 value, if there is one that it differs from by a constant.
    fn existing(&self, place: Where, value: Value) -> Option<(u8, i32)> {
        let (base, offset) = parts(place, value);
        let (_, cell, theirs) = self.bases.iter().find(|b| b.0 == base)?;
        Some((*cell, offset.checked_sub(*theirs)?))
    }

    fn add_based(&mut self, place: Where, value: Value) -> u8 {
        let cell = self.add(value);
        let (base, offset) = parts(place, value);
        self.bases.push((base, cell, offset));
        cell
    }

    /// The cell and offset that make up an i64 value.
    fn based(&mut self, place: Where, value: Value) -> (u8, i32) {
        match self.existing(place, value) {
            Some(known) => known,
            None => (self.add_based(place, value), 0),
        }
    }

    fn entry(&mut self, reg: u8, ty: Type, place: Where, value: Value) {
        if ty != Type::I64 {
            let cell = match self.values.iter().position(|v| *v == value) {
                Some(i) => i as u8,
                None => self.add(value),
            };
            return self.push(&[reg, type_code(ty), cell]);
        }
        if let Where::Constant(c) = place {
            match u32::try_from(c) {
                Ok(c) => self.push(&[&[reg, 7], &c.to_le_bytes()[..]].concat()),
                Err(_) => self.push(&[&[reg, 6], &c.to_le_bytes()[..]].concat()),
            }
            return;
        }
        match self.existing(place, value) {
            Some((cell, 0)) => self.push(&[reg, 0, cell]),
            Some((cell, offset)) => match i8::try_from(offset) {
                Ok(offset) => self.push(&[reg, 8, cell, offset as u8]),
                Err(_) => self.push(&[&[reg, 5, cell], &offset.to_le_bytes()[..]].concat()),
            },
            None => {
                let cell = self.add_based(place, value);
                // Registers come in order, so this is the next of the set, unless other values have cells before it.
                if reg < 32 && u32::from(cell) == self.registers.count_ones() {
                    self.registers |= 1 << reg;
                } else {
                    self.push(&[reg, 0, cell]);
                }
            }
        }
    }

    fn push(&mut self, entry: &[u8]) {
        self.entries.extend(entry);
        self.count += 1;
    }
}

/// An i64 value as a base and an offset.
fn parts(place: Where, value: Value) -> (Value, i32) {
    match place {
        Where::Sum(base, offset) => (base, offset),
        _ => (value, 0),
    }
}

/// The code of a report: where its values are.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Key {
    descriptor: Descriptor,
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
        if report.cells.len() > CELLS || report.descriptor.bytes[..2] == [0, 0] {
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
