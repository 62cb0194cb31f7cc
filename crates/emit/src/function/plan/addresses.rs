//! Addresses of accesses.
//!
//! Where the null guard is needed, an access subtracts something from its base ([`memory`](crate::function::memory)); elsewhere it takes the low half of it. Both are computed once
//! for several accesses with the same base: where the base is defined, if nothing else needs that, and then only the address has a local; else in the nearest block
//! that dominates all accesses, by the first of them if it is there and always executed, or by code of its own before the first or at the end of the block. What is computed
//! needlessly or kept too long costs less than computing it again.
//!
//! No guard is needed for what cannot be a null pointer: offsets from the stack pointer, and sums with the address of something in the image.

use elfconv_ir::{Function, InstKind, Opcode, Value, ValueDef};

use super::{Event, EventKind, Plan};
use crate::function::cfg::{NONE, Order};

/// An access through a base with several uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    pub base: u32,
    /// Of its block, in reverse postorder.
    pub number: u32,
    pub pos: u32,
    pub conditional: bool,
}

/// Accesses whose address may be shared, and the addresses that are.
#[derive(Default)]
pub(super) struct Addresses {
    pub list: Vec<Access>,
}

/// The constant that an i64 value is.
fn constant(function: &Function, resolved: &[Value], value: Value) -> Option<u64> {
    let ValueDef::Inst(inst, _) = function.values[resolved[value.index()].index()].def else {
        return None;
    };
    match function.insts[inst.index()].kind {
        InstKind::Op {
            op: Opcode::I64Const,
            imm,
            ..
        } => Some(imm as u64),
        _ => None,
    }
}

/// Whether a value is a constant.
pub(super) fn is_constant(function: &Function, value: Value) -> bool {
    match function.values[value.index()].def {
        ValueDef::Inst(inst, _) => {
            matches!(function.insts[inst.index()].kind, InstKind::Op { op, .. } if op.is_const())
        }
        _ => false,
    }
}

/// Which values are no null pointers, by value. Definitions come before uses but for aliases, so one pass finds nearly all.
pub(super) fn never_null(
    function: &Function,
    resolved: &[Value],
    blocks: &[u32],
    sp: Option<Value>,
) -> Vec<bool> {
    let mut known = vec![false; function.values.len()];
    if let Some(sp) = sp {
        known[resolved[sp.index()].index()] = true;
    }
    let insts = blocks
        .iter()
        .flat_map(|b| &function.blocks[*b as usize].insts);
    for inst in insts {
        let data = &function.insts[inst.index()];
        let InstKind::Op { op, args, .. } = &data.kind else {
            continue;
        };
        let value = |arg: usize| resolved[args[arg].index()];
        let is_known = match op {
            Opcode::I64Add => [(0, 1), (1, 0)].into_iter().any(|(x, c)| {
                constant(function, resolved, args[c])
                    .is_some_and(|c| known[value(x).index()] || (1 << 16..1 << 32).contains(&c))
            }),
            Opcode::I64And | Opcode::I64Sub => {
                known[value(0).index()] && constant(function, resolved, args[1]).is_some()
            }
            _ => false,
        };
        if is_known {
            known[data.results.first.index()] = true;
        }
    }
    known
}

impl Addresses {
    /// The value that is the address of a base.
    pub fn address(&mut self, plan: &mut Plan, base: Value) -> u32 {
        let address = &mut plan.address[base.index()];
        if *address == NONE {
            *address = plan.count as u32;
            plan.count += 1;
            // Where the base is defined; else it is set when the place is known.
            plan.home.push(NONE);
        }
        *address
    }

    /// Decides where the addresses are computed.
    pub fn share(mut self, function: &Function, plan: &mut Plan, order: &Order) {
        self.list.sort_unstable();
        let list = std::mem::take(&mut self.list);
        for group in list.chunk_by(|a, b| a.base == b.base) {
            let base = Value(group[0].base);
            let Some((block, hook)) = place(function, plan, order, group) else {
                for access in group {
                    event(plan, order, access, EventKind::Use, base);
                }
                continue;
            };
            let address = self.address(plan, base);
            plan.home[address as usize] = block;
            for access in group {
                event(plan, order, access, EventKind::Use, Value(address));
            }
            let pos = match hook {
                Some(pos) => {
                    plan.hooks[block as usize].push((pos, base));
                    pos
                }
                None => group[0].pos,
            };
            let events = &mut plan.events[block as usize];
            for (kind, value) in [(EventKind::Use, base.0), (EventKind::EarlyDef, address)] {
                events.push(Event { pos, kind, value });
            }
        }
        plan.hooks.iter_mut().for_each(|h| h.sort_unstable());
        plan.events.iter_mut().for_each(|e| e.sort_unstable());
    }
}

fn event(plan: &mut Plan, order: &Order, access: &Access, kind: EventKind, value: Value) {
    let block = order.nodes[access.number as usize];
    plan.events[block as usize].push(Event {
        pos: access.pos,
        kind,
        value: value.0,
    });
}

/// Where the address of these accesses is computed: the block, and the position unless the first access does it. `None` if each computes its own.
fn place(
    function: &Function,
    plan: &Plan,
    order: &Order,
    group: &[Access],
) -> Option<(u32, Option<u32>)> {
    let (first, last) = (group.first()?, group.last()?);
    let mut number = first.number;
    if last.number != number {
        for access in group {
            number = order.common_dominator(number, access.number);
        }
        // Nodes beyond the blocks are where edges are split.
        while order.nodes[number as usize] as usize >= function.blocks.len() {
            number = order.idom[number as usize];
        }
    }
    let block = order.nodes[number as usize];
    let hook = match first.number == number {
        true if first.conditional => Some((first.pos - 1) | 1),
        true => None,
        false => Some(super::position(function.blocks[block as usize].insts.len()) - 1),
    };
    let least = match (plan.never_null[first.base as usize], hook) {
        (true, None) => 4,
        (true, Some(_)) => 6,
        (false, None) => 2,
        (false, Some(_)) => 3,
    };
    (group.len() >= least).then_some((block, hook))
}
