//! Which values are locals and which are expressions.
//!
//! A value that is used once, in the block that defines it, is computed where it is used, if no instruction in between writes what its
//! computation reads: so the wasm operand stack holds what it can, and the code is trees. Constants are written anew at each use if they are
//! short. Everything else is in a local: block parameters, results of calls, values with several uses or used in another block or by a frame.
//! Values that no effect needs are not computed, neither are parameters that only feed themselves.
//!
//! The choice is made going backward through each block. An instruction's *position* is twice its index; values computed in place have the position
//! of the instruction in whose tree they are, so the uses of locals in a tree are at the tree's position. Uses by a frame are at the odd position after a call. The
//! lists of uses and definitions by position are what `locals` works on.
//!
//! Addresses: accesses in one block with the same base share the address that the null guard computes from it ("adjusted"), in a local of its own.
//! The access that is evaluated first computes it.
//!
//! Linear in the size of the function but for sorting each block's list. The depth of trees is limited, so that recursion over them is safe.

use elfconv_ir::{
    Call, Callee, Effect, Function, Inst, InstKind, Opcode, Terminator, Type, Value, ValueDef,
};

use super::{
    cfg::{NONE, for_each_edge},
    frames::Reports,
    memory,
};

/// How deep a tree may be.
const MAX_DEPTH: u8 = 48;

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Nowhere: nothing needs it.
    Dead,
    /// A constant, written at each use.
    Constant(Inst),
    /// Computed at its only use.
    Tree(Inst),
    /// In a local.
    Local,
}

/// What happens to a local at a position; in this order at the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum EventKind {
    /// Defined before the tree's last operand is read.
    EarlyDef,
    /// Read.
    Use,
    /// Defined after everything is read.
    Def,
}

/// A definition or use of a local.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Event {
    pub pos: u32,
    pub kind: EventKind,
    pub value: u32,
}

/// The choices for a function. Values beyond those of the function are adjusted bases.
pub(crate) struct Plan {
    /// What each value stands for.
    pub resolved: Vec<Value>,
    /// What frames report.
    pub reports: Reports,
    pub place: Vec<Place>,
    pub live: Vec<bool>,
    /// The block of each value that is in a local.
    pub home: Vec<u32>,
    /// Events of each block, sorted.
    pub events: Vec<Vec<Event>>,
    /// Per block: bases whose adjusted address is shared, and the value that it is.
    pub shared: Vec<Vec<(Value, u32)>>,
    /// The block parameter that a value is passed to, if any.
    pub passed_to: Vec<u32>,
    /// Number of values with the adjusted bases.
    pub count: usize,
    /// Reachable blocks in reverse postorder.
    pub blocks: Vec<u32>,
    /// Their numbers, [`NONE`] for others.
    pub number: Vec<u32>,
}

fn resolve_all(function: &Function) -> Vec<Value> {
    let mut resolved: Vec<Value> = (0..function.values.len() as u32).map(Value).collect();
    let mut chain = Vec::new();
    for i in 0..resolved.len() {
        let mut v = Value(i as u32);
        while let ValueDef::Alias(to) = function.values[v.index()].def {
            // A cycle is invalid; it ends here.
            if resolved[v.index()] != v || chain.len() > function.values.len() {
                break;
            }
            chain.push(v);
            v = to;
        }
        let end = resolved[v.index()];
        for v in chain.drain(..) {
            resolved[v.index()] = end;
        }
    }
    resolved
}

/// The values that an instruction uses, frames included, as they are written.
fn for_each_arg(
    function: &Function,
    reports: &Reports,
    inst: Inst,
    f: &mut impl FnMut(Value, bool),
) {
    match &function.insts[inst.index()].kind {
        InstKind::Op { op, args, .. } => {
            args[..op.args().len()].iter().for_each(|v| f(*v, false));
        }
        InstKind::Call(call) => for_each_call_arg(call, reports, inst, f),
    }
}

fn for_each_call_arg(call: &Call, reports: &Reports, inst: Inst, f: &mut impl FnMut(Value, bool)) {
    call.args.iter().for_each(|v| f(*v, false));
    if let Callee::Indirect(target) = call.callee {
        f(target, false);
    }
    if let Some(report) = reports.after(inst) {
        report.cells.iter().for_each(|v| f(*v, true));
    }
}

/// The values that a terminator uses itself, not those of its edges.
fn for_each_term_arg(function: &Function, reports: &Reports, b: u32, mut f: impl FnMut(Value)) {
    match &function.blocks[b as usize].term {
        Terminator::Branch { cond, .. } => f(*cond),
        Terminator::Switch { index, .. } => f(*index),
        Terminator::Return(values) => values.iter().copied().for_each(f),
        Terminator::TailCall { callee, args } => {
            args.iter().copied().for_each(&mut f);
            if let Callee::Indirect(target) = callee {
                f(*target);
            }
        }
        Terminator::Leave { .. } => {
            let report = reports.leaving(b);
            report
                .iter()
                .for_each(|r| r.cells.iter().copied().for_each(&mut f));
        }
        Terminator::Fault { info, .. } => f(*info),
        Terminator::Jump(_) | Terminator::Unreachable => {}
    }
}

/// Marks what is needed: effects, what terminators use, and whatever these use in turn.
struct Marker<'a> {
    function: &'a Function,
    resolved: &'a [Value],
    reports: &'a Reports,
    needed: Vec<bool>,
    live: Vec<bool>,
    work: Vec<Value>,
}

impl Marker<'_> {
    fn need(&mut self, value: Value) {
        let value = self.resolved[value.index()];
        if !std::mem::replace(&mut self.needed[value.index()], true) {
            self.work.push(value);
        }
    }

    fn enliven(&mut self, inst: Inst) {
        if !std::mem::replace(&mut self.live[inst.index()], true) {
            let function = self.function;
            for_each_arg(function, self.reports, inst, &mut |v, _| self.need(v));
        }
    }
}

fn has_effect(kind: &InstKind) -> bool {
    match kind {
        InstKind::Op { op, .. } => matches!(op.effect(), Effect::Store | Effect::StateStore),
        InstKind::Call(_) => true,
    }
}

/// Size of the code for a constant.
fn constant_len(op: Opcode, imm: u128) -> usize {
    let signed = |value: i64| {
        let bits = 65
            - if value < 0 {
                (!value).leading_zeros()
            } else {
                value.leading_zeros()
            };
        1 + bits.div_ceil(7) as usize
    };
    match op {
        Opcode::I32Const => signed((imm as u32 as i32).into()),
        Opcode::I64Const => signed(imm as u64 as i64),
        Opcode::F32Const => 5,
        Opcode::F64Const => 9,
        _ => 18,
    }
}

/// An access through a base that may share its adjusted address.
#[derive(Clone, Copy)]
struct Access {
    base: Value,
    pos: u32,
}

/// The state of the backward walk.
struct Walk<'a> {
    function: &'a Function,
    plan: Plan,
    guard: bool,
    uses: Vec<u32>,
    /// Block of each instruction.
    inst_block: Vec<u32>,
    /// Position and depth of the only use, for values that may be trees.
    use_pos: Vec<u32>,
    depth: Vec<u8>,
    /// The only use is evaluated under a condition.
    conditional: Vec<bool>,
    block: u32,
    events: Vec<Event>,
    accesses: Vec<Access>,
    adjusted: usize,
    access_span: Vec<Span>,
}

/// The accesses of the current block through some base.
#[derive(Clone, Copy)]
struct Span {
    count: u32,
    first: u32,
    last: u32,
}

impl Default for Span {
    fn default() -> Self {
        Span {
            count: 0,
            first: NONE,
            last: 0,
        }
    }
}

/// Where an operand is evaluated.
#[derive(Clone, Copy)]
struct At {
    pos: u32,
    depth: u8,
    conditional: bool,
}

impl Plan {
    /// Makes the choices. `guard`: accesses have null guards.
    pub fn new(function: &Function, blocks: Vec<u32>, number: Vec<u32>, guard: bool) -> Plan {
        let resolved = resolve_all(function);
        let reports = Reports::new(function, &resolved, &blocks);
        let (needed, live) = mark(function, &resolved, &reports, &blocks);
        let (uses, inst_block) = count_uses(function, &resolved, &reports, &blocks, &needed, &live);
        let count = function.values.len();
        let mut plan = Plan {
            resolved,
            reports,
            place: vec![Place::Dead; count],
            live,
            home: vec![NONE; count],
            events: vec![Vec::new(); function.blocks.len()],
            shared: vec![Vec::new(); function.blocks.len()],
            passed_to: vec![NONE; count],
            count,
            blocks: Vec::new(),
            number,
        };
        place_constants(function, &blocks, &uses, &mut plan);
        for &b in &blocks {
            for &param in &function.blocks[b as usize].params {
                if needed[param.index()] {
                    plan.place[param.index()] = Place::Local;
                    plan.home[param.index()] = b;
                }
            }
        }
        let mut walk = Walk {
            function,
            plan,
            guard,
            uses,
            inst_block,
            use_pos: vec![NONE; count],
            depth: vec![0; count],
            conditional: vec![false; count],
            block: 0,
            events: Vec::new(),
            accesses: Vec::new(),
            adjusted: 0,
            access_span: vec![Span::default(); count],
        };
        for &b in &blocks {
            walk.block(b);
        }
        let mut plan = walk.plan;
        plan.count = count + walk.adjusted;
        plan.blocks = blocks;
        plan
    }
}

fn mark(
    function: &Function,
    resolved: &[Value],
    reports: &Reports,
    blocks: &[u32],
) -> (Vec<bool>, Vec<bool>) {
    // Arguments of each parameter, by the parameter's value.
    let mut passed: Vec<Vec<Value>> = vec![Vec::new(); function.values.len()];
    let mut marker = Marker {
        function,
        resolved,
        reports,
        needed: vec![false; function.values.len()],
        live: vec![false; function.insts.len()],
        work: Vec::new(),
    };
    for &b in blocks {
        let block = &function.blocks[b as usize];
        for &inst in &block.insts {
            if has_effect(&function.insts[inst.index()].kind) {
                marker.enliven(inst);
            }
        }
        for_each_term_arg(function, reports, b, |v| marker.need(v));
        for_each_edge(&block.term, |edge| {
            for (param, arg) in function.blocks[edge.block.index()]
                .params
                .iter()
                .zip(&edge.args)
            {
                passed[param.index()].push(*arg);
            }
        });
    }
    while let Some(value) = marker.work.pop() {
        match function.values[value.index()].def {
            ValueDef::Inst(inst, _) => marker.enliven(inst),
            ValueDef::Param(..) => {
                for arg in std::mem::take(&mut passed[value.index()]) {
                    marker.need(arg);
                }
            }
            ValueDef::Alias(_) => {}
        }
    }
    (marker.needed, marker.live)
}

/// Number of uses of each value; a frame's count twice, so that its values are in locals. And the block of each instruction.
fn count_uses(
    function: &Function,
    resolved: &[Value],
    reports: &Reports,
    blocks: &[u32],
    needed: &[bool],
    live: &[bool],
) -> (Vec<u32>, Vec<u32>) {
    let mut uses = vec![0u32; function.values.len()];
    let mut inst_block = vec![NONE; function.insts.len()];
    for &b in blocks {
        let block = &function.blocks[b as usize];
        let mut count = |v: Value, by: u32| {
            let n = &mut uses[resolved[v.index()].index()];
            *n = n.saturating_add(by);
        };
        for &inst in &block.insts {
            inst_block[inst.index()] = b;
            if live[inst.index()] {
                for_each_arg(function, reports, inst, &mut |v, in_frame| {
                    count(v, 1 + u32::from(in_frame))
                });
            }
        }
        for_each_term_arg(function, reports, b, |v| count(v, 1));
        for_each_edge(&block.term, |edge| {
            for (param, arg) in function.blocks[edge.block.index()]
                .params
                .iter()
                .zip(&edge.args)
            {
                if needed[param.index()] {
                    count(*arg, 1);
                }
            }
        });
    }
    (uses, inst_block)
}

fn place_constants(function: &Function, blocks: &[u32], uses: &[u32], plan: &mut Plan) {
    for &b in blocks {
        for &inst in &function.blocks[b as usize].insts {
            let data = &function.insts[inst.index()];
            let InstKind::Op { op, imm, .. } = &data.kind else {
                continue;
            };
            if !op.is_const() || !plan.live[inst.index()] {
                continue;
            }
            let v = data.results.first.index();
            let len = constant_len(*op, *imm);
            let n = uses[v] as usize;
            if n * len <= len + 2 + 2 * n + 4 {
                plan.place[v] = Place::Constant(inst);
            }
        }
    }
}

impl Walk<'_> {
    fn block(&mut self, b: u32) {
        self.block = b;
        let function = self.function;
        let block = &function.blocks[b as usize];
        let end = 2 * block.insts.len() as u32;
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
        operands.iter().for_each(|v| self.operand(*v, at));
        for (i, &inst) in block.insts.iter().enumerate().rev() {
            if self.plan.live[inst.index()] {
                self.inst(inst, 2 * i as u32, &mut store, &mut state_store);
            }
        }
        self.share_accesses();
        self.events.sort_unstable();
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
            Place::Dead | Place::Tree(_) => {}
        }
        if self.uses[v] == 1
            && at.depth < MAX_DEPTH
            && let ValueDef::Inst(inst, _) = self.function.values[v].def
            && self.inst_block[inst.index()] == self.block
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
        self.plan.place[value.index()] = Place::Local;
        self.plan.home[value.index()] = self.block;
        self.event(pos, EventKind::Def, value);
    }

    fn inst(&mut self, inst: Inst, pos: u32, store: &mut u32, state_store: &mut u32) {
        let function = self.function;
        let data = &function.insts[inst.index()];
        let InstKind::Op { op, args, imm } = &data.kind else {
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
            let is_address =
                matches!(effect, Effect::Load | Effect::Store) && i == usize::from(store_if);
            if is_address && !at.conditional && self.guard && memory::shares(*imm as u64 as i64) {
                self.base(*arg, at);
            } else {
                self.operand(*arg, at);
            }
        }
    }

    /// A base of an access: its use is decided on when all accesses of the block are known.
    fn base(&mut self, base: Value, at: At) {
        let base = self.plan.resolved[base.index()];
        if self.uses[base.index()] > 1
            && !matches!(self.plan.place[base.index()], Place::Constant(_))
        {
            self.accesses.push(Access { base, pos: at.pos });
        } else {
            self.operand(base, at);
        }
    }

    fn share_accesses(&mut self) {
        let mut accesses = std::mem::take(&mut self.accesses);
        for access in &accesses {
            let span = &mut self.access_span[access.base.index()];
            span.count += 1;
            span.first = span.first.min(access.pos);
            span.last = span.last.max(access.pos);
        }
        for access in accesses.drain(..) {
            let span = std::mem::take(&mut self.access_span[access.base.index()]);
            match span.count {
                // The base has been dealt with at one of its other accesses.
                0 => {}
                1 => self.event(access.pos, EventKind::Use, access.base),
                _ => {
                    let adjusted = (self.function.values.len() + self.adjusted) as u32;
                    self.adjusted += 1;
                    self.plan.shared[self.block as usize].push((access.base, adjusted));
                    self.plan.home.push(self.block);
                    self.event(span.first, EventKind::Use, access.base);
                    self.event(span.first, EventKind::EarlyDef, Value(adjusted));
                    self.event(span.last, EventKind::Use, Value(adjusted));
                }
            }
        }
        self.accesses = accesses;
    }

    fn call(&mut self, inst: Inst, pos: u32, store: &mut u32, state_store: &mut u32) {
        let function = self.function;
        let data = &function.insts[inst.index()];
        let InstKind::Call(call) = &data.kind else {
            return;
        };
        (*store, *state_store) = (pos, pos);
        for result in data.results.iter() {
            if self.uses[result.index()] > 0 {
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

/// The type of a value of the plan.
pub(crate) fn type_of(function: &Function, value: u32) -> Type {
    function
        .values
        .get(value as usize)
        .map_or(Type::I32, |v| v.ty)
}
