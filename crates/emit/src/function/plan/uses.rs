//! What is needed, how often, and where.

use elfconv_ir::{
    Call, Callee, Effect, Function, Inst, InstKind, Opcode, Terminator, Value, ValueDef,
};

use super::{Place, Plan};
use crate::function::{
    cfg::{NONE, for_each_edge},
    frames::Reports,
};

/// What each value stands for.
pub(super) fn resolve_all(function: &Function) -> Vec<Value> {
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

/// The values that a call uses; true for those of its frame.
pub(super) fn for_each_call_arg(
    call: &Call,
    reports: &Reports,
    inst: Inst,
    f: &mut impl FnMut(Value, bool),
) {
    call.args.iter().for_each(|v| f(*v, false));
    if let Callee::Indirect(target) = call.callee {
        f(target, false);
    }
    for report in reports.after(inst) {
        report.cells.iter().for_each(|v| f(*v, true));
    }
}

/// The values that a terminator uses itself, not those of its edges.
pub(super) fn for_each_term_arg(
    function: &Function,
    reports: &Reports,
    b: u32,
    mut f: impl FnMut(Value),
) {
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
            let cells = reports.leaving(b).iter().flat_map(|r| &r.cells);
            cells.copied().for_each(&mut f);
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

/// Which values and instructions are needed.
pub(super) fn mark(
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

/// Numbers of uses.
pub(super) struct Uses {
    /// Of each value; a frame's count twice, so that its values are in locals.
    pub all: Vec<u32>,
    /// As the base of an access.
    pub bases: Vec<u32>,
    /// The block of each instruction.
    pub inst_block: Vec<u32>,
}

/// Which argument of an opcode is the base of an access.
pub(super) fn base_arg(op: Opcode) -> Option<usize> {
    match op.effect() {
        Effect::Load => Some(0),
        // What is stored under a condition has the condition first.
        Effect::Store => Some(usize::from(op.args().len() == 3)),
        _ => None,
    }
}

/// Counts uses.
pub(super) fn count_uses(
    function: &Function,
    resolved: &[Value],
    reports: &Reports,
    blocks: &[u32],
    needed: &[bool],
    live: &[bool],
) -> Uses {
    let mut uses = vec![0u32; function.values.len()];
    let mut bases = vec![0u32; function.values.len()];
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
                if let InstKind::Op { op, args, .. } = &function.insts[inst.index()].kind
                    && let Some(i) = base_arg(*op)
                {
                    bases[resolved[args[i].index()].index()] += 1;
                }
            }
        }
        // What is reported behind the body must be in locals.
        let leaves = matches!(block.term, Terminator::Leave { .. });
        for_each_term_arg(function, reports, b, |v| count(v, 1 + u32::from(leaves)));
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
    Uses {
        all: uses,
        bases,
        inst_block,
    }
}

/// Decides which constants are written at each use.
pub(super) fn place_constants(function: &Function, blocks: &[u32], uses: &[u32], plan: &mut Plan) {
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
