//! What frames consist of when they are thrown away (ARCHITECTURE.md, "Unwinding"), and the code that reports them.
//!
//! A frame's [`Report`] is made before anything is planned: a descriptor ([`elfconv_abi::frame`]) and the values for its cells. Constants are in the descriptor,
//! and of values that differ by a constant only one is in a cell, so most of what a frame reports costs no code and keeps no local alive. Where only frames want a 32-bit value as one of 64 bits, they report the former.
//!
//! Reports are not in the place of the call, or of the block that leaves, but behind the function's body, one for all that can share it ([`cold`]):
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
//! `spill n` stores `n` values of type `i64` in the first cells and reports; `spill_apart n` does so with its parameters in another order, where a loop that calls nothing is left
//! ([`Spill`](crate::context::Spill)). Frames with whole vectors store their values one by one.

mod cold;
mod descriptor;

use std::collections::HashMap;

use elfconv_abi::frame::PC;
use elfconv_ir::{
    Callee, Frame, Function, Inst, InstKind, Opcode, Terminator, Type, Value, ValueDef,
};

use super::cfg::NONE;

pub(crate) use cold::Cold;
pub(crate) use descriptor::encode;

/// Where a register's value is to be had; `S` says where values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At<S> {
    Constant(u64),
    /// A value, of type i64 if the offset is not 0, and what is added; for a register of type i64 one of type i32 is its zero extension.
    Value(S, i32),
}

/// A register of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<S> {
    pub reg: u8,
    pub ty: Type,
    pub at: At<S>,
}

/// An elided slot: the caller's register is at a value plus an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot<S> {
    pub reg: u8,
    pub base: S,
    pub offset: i32,
}

/// What a frame reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// Registers in order.
    pub entries: Vec<Entry<Value>>,
    /// In order of their offsets.
    pub slots: Vec<Slot<Value>>,
    /// Registers (a bit each) that may be reported with any value, as nobody reads it.
    pub spare: u32,
    /// The values that are used, resolved, each once, none a constant of type i64.
    pub cells: Vec<Value>,
}

/// The reports of a function. Each is that of a frame and of those around it, innermost first.
#[derive(Default)]
pub(crate) struct Reports {
    list: Vec<Vec<Report>>,
    /// By instruction: index in the list.
    of_inst: HashMap<u32, u32>,
    /// By block that ends by leaving.
    of_block: HashMap<u32, u32>,
}

impl Reports {
    /// Makes the reports of these blocks.
    pub fn new(function: &Function, resolved: &[Value], blocks: &[u32]) -> Reports {
        let mut reports = Reports::default();
        let values = Values {
            function,
            resolved,
            computed_with: computed_with(function, resolved, blocks),
        };
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
                let report = values.reports(frame, pc);
                reports.of_inst.insert(inst.0, reports.list.len() as u32);
                reports.list.push(report);
            }
            if let Terminator::Leave { pc, frame } = &block.term {
                let pc = resolved[pc.index()];
                let report = values.reports(frame, Some((values.place(pc), pc)));
                reports.of_block.insert(b, reports.list.len() as u32);
                reports.list.push(report);
            }
        }
        reports
    }

    /// For each of so many values, the callee-saved register as which it is reported, or [`NONE`].
    pub fn registers(&self, values: usize) -> Vec<u32> {
        let mut registers = vec![NONE; values];
        for entry in self.list.iter().flatten().flat_map(|r| &r.entries) {
            if let (19..=31, At::Value(value, _)) = (entry.reg, entry.at)
                && registers[value.index()] == NONE
            {
                registers[value.index()] = entry.reg.into();
            }
        }
        registers
    }

    /// What is reported after a call; nothing if it does not unwind.
    pub fn after(&self, inst: Inst) -> &[Report] {
        self.at(self.of_inst.get(&inst.0))
    }

    /// What is reported at the end of a block that leaves.
    pub fn leaving(&self, block: u32) -> &[Report] {
        self.at(self.of_block.get(&block))
    }

    fn at(&self, index: Option<&u32>) -> &[Report] {
        index.map_or(&[], |i| &self.list[*i as usize])
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
    computed_with: Vec<bool>,
}

/// Of each value, whether anything but frames uses it.
fn computed_with(function: &Function, resolved: &[Value], blocks: &[u32]) -> Vec<bool> {
    let mut used = vec![false; function.values.len()];
    for &b in blocks {
        let block = &function.blocks[b as usize];
        let mut note = |v: Value| used[resolved[v.index()].index()] = true;
        for inst in &block.insts {
            match &function.insts[inst.index()].kind {
                InstKind::Op { op, args, .. } => {
                    args[..op.args().len()].iter().copied().for_each(&mut note);
                }
                InstKind::Call(call) => {
                    call.args.iter().copied().for_each(&mut note);
                    if let Callee::Indirect(target) = call.callee {
                        note(target);
                    }
                }
            }
        }
        match &block.term {
            Terminator::Leave { .. } => {}
            term => term.visit(&mut note),
        }
    }
    used
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

    /// The value of type i32 that this is the zero extension of, if nothing else wants the extension.
    fn narrowed(&self, value: Value) -> Option<Value> {
        match self.op(value) {
            Some((Opcode::I64ExtendI32U, [low, ..], _)) if !self.computed_with[value.index()] => {
                Some(self.resolved[low.index()])
            }
            _ => None,
        }
    }

    fn place_of_constant(&self, value: Value) -> Option<u64> {
        match self.op(self.resolved[value.index()]) {
            Some((Opcode::I64Const, _, imm)) => Some(imm as u64),
            _ => None,
        }
    }

    fn reports(&self, frame: &Frame, pc: Option<(Where, Value)>) -> Vec<Report> {
        let innermost = std::iter::once(pc).chain(std::iter::repeat(None));
        (frame.chain().zip(innermost))
            .map(|(frame, pc)| self.report(frame, pc))
            .collect()
    }

    fn report(&self, frame: &Frame, pc: Option<(Where, Value)>) -> Report {
        let mut bases = Bases::default();
        let mut entries = Vec::with_capacity(frame.live.len() + 1);
        for (reg, value) in &frame.live {
            let value = self.resolved[value.index()];
            let ty = self.function.values[value.index()].ty;
            let at = match ty {
                Type::I64 => match self.narrowed(value) {
                    Some(low) => At::Value(low, 0),
                    None => bases.at(self.place(value), value),
                },
                _ => At::Value(value, 0),
            };
            entries.push(Entry { reg: reg.0, ty, at });
        }
        if let Some((place, value)) = pc {
            entries.push(Entry {
                reg: PC,
                ty: Type::I64,
                at: bases.at(place, value),
            });
        }
        entries.sort_by_key(|e| e.reg);
        let mut slots: Vec<_> = frame.slots.iter().collect();
        slots.sort_by_key(|s| s.offset);
        let slots: Vec<Slot<Value>> = slots
            .into_iter()
            .map(|slot| {
                let value = self.resolved[slot.base.index()];
                let (base, offset) = bases.based(self.place(value), value);
                Slot {
                    reg: slot.reg.0,
                    base,
                    offset: offset.wrapping_add(slot.offset),
                }
            })
            .collect();
        let spare = frame.spare.iter().filter(|r| r.0 < 32);
        let spare = spare.fold(0, |all, r| all | 1 << r.0);
        let (_, cells) = descriptor::encode(&entries, &slots);
        Report {
            entries,
            slots,
            spare,
            cells,
        }
    }
}

/// Of the i64 values of a frame that differ by constants, the one that is used: what they are sums of, it, and its own offset from that.
#[derive(Default)]
struct Bases(Vec<(Value, Value, i32)>);

impl Bases {
    fn at(&mut self, place: Where, value: Value) -> At<Value> {
        if let Where::Constant(c) = place {
            return At::Constant(c);
        }
        let (value, offset) = self.based(place, value);
        At::Value(value, offset)
    }

    /// The value and offset that make up an i64 value.
    fn based(&mut self, place: Where, value: Value) -> (Value, i32) {
        let (base, offset) = match place {
            Where::Sum(base, offset) => (base, offset),
            _ => (value, 0),
        };
        if let Some((_, used, theirs)) = self.0.iter().find(|b| b.0 == base)
            && let Some(by) = offset.checked_sub(*theirs)
        {
            return (*used, by);
        }
        self.0.push((base, value, offset));
        (value, 0)
    }
}
