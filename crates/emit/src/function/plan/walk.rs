//! The walk that decides which values are trees, and lists definitions and uses.

use elfconv_ir::{Effect, Function, Inst, InstKind, Terminator, Value, ValueDef};

use super::{
    Event, EventKind, Place, Plan,
    addresses::{self, Access, Addresses},
    position,
    uses::{Uses, base_arg, for_each_call_arg, for_each_term_arg},
};
use crate::function::cfg::{NONE, for_each_edge};

/// How deep a tree may be.
const MAX_DEPTH: u8 = 48;

/// The state of the backward walk.
pub(super) struct Walk<'a> {
    function: &'a Function,
    pub plan: Plan,
    pub addresses: Addresses,
    uses: Uses,
    /// Position and depth of the only use, for values that may be trees.
    use_pos: Vec<u32>,
    depth: Vec<u8>,
    /// The only use is evaluated under a condition.
    conditional: Vec<bool>,
    block: u32,
    events: Vec<Event>,
}

/// Where an operand is evaluated.
#[derive(Clone, Copy)]
struct At {
    pos: u32,
    depth: u8,
    conditional: bool,
}

impl<'a> Walk<'a> {
    pub fn new(function: &'a Function, plan: Plan, uses: Uses) -> Walk<'a> {
        let count = function.values.len();
        Walk {
            function,
            plan,
            addresses: Addresses::default(),
            uses,
            use_pos: vec![NONE; count],
            depth: vec![0; count],
            conditional: vec![false; count],
            block: 0,
            events: Vec::new(),
        }
    }
}

impl Walk<'_> {
    /// Walks backward through a block. Blocks come in reverse postorder.
    pub fn block(&mut self, b: u32) {
        self.block = b;
        let function = self.function;
        let block = &function.blocks[b as usize];
        let end = position(block.insts.len());
        let at = At {
            pos: end,
            depth: 0,
            conditional: false,
        };
        // Positions of the nearest later writes of memory and state.
        let (mut store, mut state_store) = (end, end);
        let is_jump = matches!(block.term, Terminator::Jump(_));
        for_each_edge(&block.term, |edge| {
            let backward = self.plan.number[edge.block.index()] <= self.plan.number[b as usize];
            for (param, arg) in function.blocks[edge.block.index()]
                .params
                .iter()
                .zip(&edge.args)
            {
                if self.plan.place[param.index()] == Place::Dead {
                    continue;
                }
                let arg = self.plan.resolved[arg.index()];
                let hint = &mut self.plan.passed_to[arg.index()];
                if *hint == NONE || backward {
                    *hint = param.0;
                }
                self.operand(
                    arg,
                    At {
                        conditional: !is_jump,
                        ..at
                    },
                );
            }
        });
        let mut operands = Vec::new();
        for_each_term_arg(function, &self.plan.reports, b, |v| operands.push(v));
        // A condition of no consequence is not evaluated.
        let is_idle = matches!(&block.term, Terminator::Branch { then, otherwise, .. } if then.block == otherwise.block);
        for v in operands {
            self.operand(
                v,
                At {
                    conditional: is_idle,
                    ..at
                },
            );
        }
        for (i, &inst) in block.insts.iter().enumerate().rev() {
            if self.plan.live[inst.index()] {
                self.inst(inst, position(i), &mut store, &mut state_store);
            }
        }
        self.plan.events[b as usize] = std::mem::take(&mut self.events);
    }

    fn event(&mut self, pos: u32, kind: EventKind, value: Value) {
        self.events.push(Event {
            pos,
            kind,
            value: value.0,
        });
    }

    /// An operand that is evaluated at `at`.
    fn operand(&mut self, value: Value, at: At) {
        let value = self.plan.resolved[value.index()];
        let v = value.index();
        match self.plan.place[v] {
            Place::Constant(_) => return,
            Place::Local => return self.event(at.pos, EventKind::Use, value),
            Place::Dead | Place::Tree(_) | Place::Address => {}
        }
        if self.uses.all[v] == 1
            && at.depth < MAX_DEPTH
            && let ValueDef::Inst(inst, _) = self.function.values[v].def
            && self.uses.inst_block[inst.index()] == self.block
            && matches!(self.function.insts[inst.index()].kind, InstKind::Op { .. })
        {
            self.use_pos[v] = at.pos;
            self.depth[v] = at.depth + 1;
            self.conditional[v] = at.conditional;
        } else {
            self.event(at.pos, EventKind::Use, value);
        }
    }

    fn define(&mut self, value: Value, pos: u32) {
        if self.is_address(value) {
            self.plan.place[value.index()] = Place::Address;
            let address = self.addresses.address(&mut self.plan, value);
            return self.event(pos, EventKind::Def, Value(address));
        }
        self.plan.place[value.index()] = Place::Local;
        self.plan.home[value.index()] = self.block;
        self.event(pos, EventKind::Def, value);
    }

    fn inst(&mut self, inst: Inst, pos: u32, store: &mut u32, state_store: &mut u32) {
        let function = self.function;
        let data = &function.insts[inst.index()];
        let InstKind::Op { op, args, .. } = &data.kind else {
            return self.call(inst, pos, store, state_store);
        };
        let effect = op.effect();
        let mut at = At {
            pos,
            depth: 0,
            conditional: false,
        };
        match effect {
            Effect::Store => *store = pos,
            Effect::StateStore => *state_store = pos,
            Effect::Pure | Effect::Load | Effect::StateLoad => {
                let value = data.results.first;
                let v = value.index();
                if let Place::Constant(_) = self.plan.place[v] {
                    return;
                }
                let use_pos = self.use_pos[v];
                let next_write = match effect {
                    Effect::Load => *store,
                    Effect::StateLoad => *state_store,
                    _ => u32::MAX,
                };
                if use_pos != NONE && next_write >= use_pos {
                    self.plan.place[v] = Place::Tree(inst);
                    at = At {
                        pos: use_pos,
                        depth: self.depth[v],
                        conditional: self.conditional[v],
                    };
                } else {
                    if use_pos != NONE {
                        self.event(use_pos, EventKind::Use, value);
                    }
                    self.define(value, pos);
                }
            }
        }
        // What is stored under a condition is evaluated under it.
        let store_if = effect == Effect::Store && op.args().len() == 3;
        for (i, arg) in args[..op.args().len()].iter().enumerate() {
            let at = At {
                conditional: at.conditional || (store_if && i > 0),
                ..at
            };
            if base_arg(*op) == Some(i) {
                self.base(*arg, at);
            } else {
                self.operand(*arg, at);
            }
        }
    }

    /// Whether a value is needed as an address only, several times, and computed here.
    fn is_address(&self, value: Value) -> bool {
        let v = value.index();
        let is_op = |inst: Inst| match &self.function.insts[inst.index()].kind {
            InstKind::Op { op, .. } => !op.is_const(),
            InstKind::Call(_) => false,
        };
        self.uses.all[v] > 1
            && self.uses.all[v] == self.uses.bases[v]
            && matches!(self.function.values[v].def, ValueDef::Inst(inst, _) if is_op(inst))
    }

    /// A base of an access: its use is decided on when all accesses are known.
    fn base(&mut self, base: Value, at: At) {
        let base = self.plan.resolved[base.index()];
        if self.uses.all[base.index()] < 2 || addresses::is_constant(self.function, base) {
            self.operand(base, at);
        } else if self.is_address(base) {
            let address = self.addresses.address(&mut self.plan, base);
            self.event(at.pos, EventKind::Use, Value(address));
        } else {
            self.addresses.list.push(Access {
                base: base.0,
                number: self.plan.number[self.block as usize],
                pos: at.pos,
                conditional: at.conditional,
            });
        }
    }

    fn call(&mut self, inst: Inst, pos: u32, store: &mut u32, state_store: &mut u32) {
        let function = self.function;
        let data = &function.insts[inst.index()];
        let InstKind::Call(call) = &data.kind else {
            return;
        };
        (*store, *state_store) = (pos, pos);
        for result in data.results.iter() {
            if self.uses.all[result.index()] > 0 {
                self.define(result, pos);
            }
        }
        let at = At {
            pos,
            depth: 0,
            conditional: false,
        };
        let mut operands = Vec::new();
        for_each_call_arg(call, &self.plan.reports, inst, &mut |v, in_frame| {
            operands.push((v, in_frame))
        });
        for (v, in_frame) in operands {
            if in_frame {
                let v = self.plan.resolved[v.index()];
                if !matches!(self.plan.place[v.index()], Place::Constant(_)) {
                    self.event(pos + 1, EventKind::Use, v);
                }
            } else {
                self.operand(v, at);
            }
        }
    }
}
