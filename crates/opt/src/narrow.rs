//! i64 values of which only the low half matters become i32.
//!
//! A64's registers have 64 bits, so a w-register that lives in a block parameter is an i64 that is extended on one side of the edge and wrapped
//! on the other. Two facts allow an i32 instead:
//!
//! - *not wide*: no user looks at the upper half. Found backwards from the users: additions, multiplications, bitwise operations, left shifts, selects and parameters pass the
//!   demand on from their result; wrapping, narrow stores and addresses (which wrap at 4 GiB) have none; everything else has.
//! - *small*: the upper half is zero. Found forwards, optimistically over parameters.
//!
//! A small parameter is narrowed always. What is not wide is narrowed where that saves conversions: an operation if an operand that is not constant is narrow
//! already (extended from i32, a load, or narrowed itself), a parameter if all arguments are.
//!
//! Narrowing replaces `v = op(a, b)` by `v = extend_u(op32(wrap a, wrap b))`, and a parameter by an i32 one that is extended in its block; `simplify` then removes the pairs of
//! conversions. The same walk turns narrow loads into those of i32.

use elfconv_ir::{Block, Cfg, Function, Inst, InstKind, Opcode, Terminator, Type, Value, ValueDef};

use crate::users::Users;

/// Narrows i64 values.
pub fn narrow(f: &mut Function) {
    let cfg = Cfg::new(f);
    resolve_all(f, &cfg);
    let wide = wide_values(f, &cfg);
    let narrowed = choose(f, &cfg, &wide);
    if narrowed.contains(&true) {
        apply(f, &cfg, &narrowed);
    }
}

/// Lets all uses of reachable blocks name values that are no aliases.
fn resolve_all(f: &mut Function, cfg: &Cfg) {
    for &block in &cfg.rpo {
        let data = &mut f.blocks[block.index()];
        let (values, insts) = (&f.values, &mut f.insts);
        let resolve = |value: &mut Value| {
            while let ValueDef::Alias(to) = values[value.index()].def {
                *value = to;
            }
        };
        data.insts
            .iter()
            .for_each(|inst| insts[inst.index()].kind.visit_mut(resolve));
        data.term.visit_mut(resolve);
    }
}

/// The i32 operation that gives the low half of an i64 operation from the low halves of its arguments.
fn low_half(op: Opcode) -> Option<Opcode> {
    Some(match op {
        Opcode::I64Add => Opcode::I32Add,
        Opcode::I64Sub => Opcode::I32Sub,
        Opcode::I64Mul => Opcode::I32Mul,
        Opcode::I64And => Opcode::I32And,
        Opcode::I64Or => Opcode::I32Or,
        Opcode::I64Xor => Opcode::I32Xor,
        Opcode::SelectI64 => Opcode::SelectI32,
        Opcode::I64Extend8S => Opcode::I32Extend8S,
        Opcode::I64Extend16S => Opcode::I32Extend16S,
        Opcode::I64Load8U => Opcode::I32Load8U,
        Opcode::I64Load8S => Opcode::I32Load8S,
        Opcode::I64Load16U => Opcode::I32Load16U,
        Opcode::I64Load16S => Opcode::I32Load16S,
        Opcode::I64Load32U | Opcode::I64Load32S => Opcode::I32Load,
        // By less than 32; see `is_low_shift`.
        Opcode::I64Shl => Opcode::I32Shl,
        _ => return None,
    })
}

/// Shifts by a constant below 32 keep the low half apart.
fn is_low_shift(f: &Function, args: &[Value; 3]) -> bool {
    f.const_of(args[1]).is_some_and(|amount| amount & 63 < 32)
}

/// Which values' upper halves somebody looks at.
fn wide_values(f: &Function, cfg: &Cfg) -> Vec<bool> {
    let mut wide = vec![false; f.values.len()];
    let mut work = Vec::new();
    let mut mark = |value: Value, work: &mut Vec<Value>| {
        if !std::mem::replace(&mut wide[value.index()], true) {
            work.push(value);
        }
    };
    for &block in &cfg.rpo {
        for &inst in &f.blocks[block.index()].insts {
            match &f.insts[inst.index()].kind {
                InstKind::Op { op, args, .. } => visit_demands(*op, args, |arg, demand| {
                    if demand == Demand::Wide {
                        mark(arg, &mut work);
                    }
                }),
                InstKind::Call(call) => call.visit(|value| mark(value, &mut work)),
            }
        }
        f.blocks[block.index()]
            .term
            .visit_operands(|value| mark(value, &mut work));
    }
    while let Some(value) = work.pop() {
        match f.values[value.index()].def {
            ValueDef::Param(block, number) => {
                for (pred, edge) in cfg.in_edges(block) {
                    if let Some(edge) = f.blocks[pred.index()].term.edge(edge) {
                        mark(edge.args[number as usize], &mut work);
                    }
                }
            }
            ValueDef::Inst(inst, _) => {
                if let InstKind::Op { op, args, .. } = &f.insts[inst.index()].kind {
                    // A mask without upper half makes the other operand's irrelevant.
                    if *op == Opcode::I64And
                        && f.const_of(args[1]).is_some_and(|mask| mask >> 32 == 0)
                    {
                        continue;
                    }
                    visit_demands(*op, args, |arg, demand| {
                        if demand == Demand::Result {
                            mark(arg, &mut work);
                        }
                    });
                }
            }
            ValueDef::Alias(_) => {}
        }
    }
    wide
}

#[derive(PartialEq)]
enum Demand {
    /// The upper half matters.
    Wide,
    /// The upper half matters if the result's does.
    Result,
    /// The upper half does not matter.
    Low,
}

fn visit_demands(op: Opcode, args: &[Value; 3], mut f: impl FnMut(Value, Demand)) {
    for (i, (&arg, &ty)) in args.iter().zip(op.args()).enumerate() {
        if ty != Type::I64 {
            continue;
        }
        let demand = match op {
            Opcode::I32WrapI64
            | Opcode::I64Extend8S
            | Opcode::I64Extend16S
            | Opcode::I64Extend32S => Demand::Low,
            Opcode::I64Store8
            | Opcode::I64Store16
            | Opcode::I64Store32
            | Opcode::I64Store8If
            | Opcode::I64Store16If
            | Opcode::I64Store32If => Demand::Low,
            Opcode::I64Add
            | Opcode::I64Sub
            | Opcode::I64Mul
            | Opcode::I64And
            | Opcode::I64Or
            | Opcode::I64Xor
            | Opcode::SelectI64 => Demand::Result,
            Opcode::I64Shl if i == 0 => Demand::Result,
            // Only six bits of the amount count.
            Opcode::I64Shl
            | Opcode::I64ShrU
            | Opcode::I64ShrS
            | Opcode::I64Rotl
            | Opcode::I64Rotr
                if i == 1 =>
            {
                Demand::Low
            }
            // The address is the first i64 argument.
            _ if !op.is_pure()
                && op.args()[..i].iter().all(|&ty| ty != Type::I64)
                && op.imm() == elfconv_ir::ImmKind::Offset =>
            {
                Demand::Low
            }
            _ => Demand::Wide,
        };
        f(arg, demand);
    }
}

/// Which values to narrow: the greatest set in which each member is justified by its arguments.
fn choose(f: &Function, cfg: &Cfg, wide: &[bool]) -> Vec<bool> {
    let mut choice = Choice {
        f,
        cfg,
        wide,
        chosen: vec![false; f.values.len()],
        small: vec![false; f.values.len()],
    };
    let mut candidates = Vec::new();
    // Members that may lose their justification with another.
    let mut users = Users::new(f.values.len());
    for &block in &cfg.rpo {
        let data = &f.blocks[block.index()];
        if block != Block(0) {
            for &param in data
                .params
                .iter()
                .filter(|&&param| f.ty(param) == Type::I64)
            {
                choice.small[param.index()] = true;
                choice.chosen[param.index()] = true;
                candidates.push(param);
            }
        }
        for &inst in &data.insts {
            let data = &f.insts[inst.index()];
            if let InstKind::Op { op, args, .. } = &data.kind
                && data.results.len == 1
                && !wide[data.results.first.index()]
                && low_half(*op).is_some()
                && (*op != Opcode::I64Shl || is_low_shift(f, args))
            {
                let result = data.results.first;
                choice.chosen[result.index()] = true;
                candidates.push(result);
                args[..op.args().len()]
                    .iter()
                    .filter(|&&arg| f.ty(arg) == Type::I64)
                    .for_each(|&arg| users.add(arg, result));
            }
        }
        for edge in data.term.edges() {
            for (&arg, &param) in edge.args.iter().zip(&f.blocks[edge.block.index()].params) {
                if f.ty(param) == Type::I64 && arg != param {
                    users.add(arg, param);
                }
            }
        }
    }

    let mut work = Vec::new();
    for value in candidates {
        if choice.reconsider(value) {
            work.push(value);
        }
    }
    while let Some(value) = work.pop() {
        for user in users.of(value) {
            if choice.lost_argument(user, value) {
                work.push(user);
            }
        }
    }
    choice.chosen
}

struct Choice<'a> {
    f: &'a Function,
    cfg: &'a Cfg,
    wide: &'a [bool],
    /// What is to be narrowed.
    chosen: Vec<bool>,
    /// Parameters that hold only what is below 2^32.
    small: Vec<bool>,
}

impl Choice<'_> {
    /// Looks at all arguments of a member; whether it lost something.
    fn reconsider(&mut self, value: Value) -> bool {
        let f = self.f;
        let (mut keep, mut small) = (true, self.small[value.index()]);
        match f.values[value.index()].def {
            ValueDef::Param(block, number) => {
                let narrow = !self.wide[value.index()];
                for (pred, edge) in self.cfg.in_edges(block) {
                    let Some(arg) = f.blocks[pred.index()]
                        .term
                        .edge(edge)
                        .map(|edge| edge.args[number as usize])
                    else {
                        continue;
                    };
                    small &= self.small[arg.index()] || has_zero_upper_half(f, arg);
                    keep &= narrow && (self.chosen[arg.index()] || wraps_freely(f, arg));
                    if !small && !keep {
                        break;
                    }
                }
                keep |= small;
            }
            ValueDef::Inst(inst, _) => {
                if let InstKind::Op { op, args, .. } = &f.insts[inst.index()].kind {
                    let justified = |arg: &Value| {
                        f.const_of(*arg).is_none()
                            && (self.chosen[arg.index()] || wraps_freely(f, *arg))
                    };
                    let operands = match op {
                        Opcode::SelectI64 => 1..3,
                        Opcode::I64Shl => 0..1,
                        _ => 0..2,
                    };
                    // For loads and sign extensions, being narrower is reason enough.
                    keep = !op.is_pure()
                        || op.args().len() == 1
                        || args[operands].iter().any(justified);
                }
            }
            ValueDef::Alias(_) => {}
        }
        let lost = (self.chosen[value.index()] && !keep) || (self.small[value.index()] && !small);
        self.chosen[value.index()] &= keep;
        self.small[value.index()] = small;
        lost
    }

    /// `arg`, which `user` uses, lost something; whether `user` does. All arguments of a parameter are looked at but twice, however many it has.
    fn lost_argument(&mut self, user: Value, arg: Value) -> bool {
        if !self.chosen[user.index()] {
            return false;
        }
        let is_param = matches!(self.f.values[user.index()].def, ValueDef::Param(..));
        match (is_param, self.small[user.index()]) {
            (true, true) if self.small[arg.index()] => false,
            (true, false) => {
                self.chosen[user.index()] = self.chosen[arg.index()];
                !self.chosen[user.index()]
            }
            _ => self.reconsider(user),
        }
    }
}

/// Whether wrapping the value costs nothing.
fn wraps_freely(f: &Function, value: Value) -> bool {
    use Opcode as O;
    let free = [
        O::I64Const,
        O::I64ExtendI32U,
        O::I64ExtendI32S,
        O::I64Load8U,
        O::I64Load16U,
        O::I64Load32U,
        O::I64Load32S,
    ];
    f.op_of(value).is_some_and(|(op, ..)| free.contains(&op))
}

/// Whether the value is visibly below 2^32.
fn has_zero_upper_half(f: &Function, value: Value) -> bool {
    match f.op_of(value) {
        Some((Opcode::I64Const, _, bits)) => bits >> 32 == 0,
        Some((Opcode::I64And, args, _)) => f.const_of(args[1]).is_some_and(|mask| mask >> 32 == 0),
        Some((op, ..)) => matches!(
            op,
            Opcode::I64ExtendI32U | Opcode::I64Load8U | Opcode::I64Load16U | Opcode::I64Load32U
        ),
        None => false,
    }
}

fn apply(f: &mut Function, cfg: &Cfg, narrowed: &[bool]) {
    // Parameters change their type in place and are extended at the head of their block; the extension takes over the old value's number, so that no use
    // has to be changed.
    for &block in &cfg.rpo {
        let mut insts = Vec::with_capacity(f.blocks[block.index()].insts.len());
        for index in 0..f.blocks[block.index()].params.len() {
            let param = f.blocks[block.index()].params[index];
            if narrowed[param.index()] {
                let low = Value(f.values.len() as u32);
                f.values.push(elfconv_ir::ValueData {
                    ty: Type::I32,
                    def: ValueDef::Param(block, index as u32),
                });
                f.blocks[block.index()].params[index] = low;
                let extend = add_op(
                    f,
                    Opcode::I64ExtendI32U,
                    &[low],
                    0,
                    f.blocks[block.index()].addr as u32,
                );
                redefine(f, param, extend);
                insts.push(extend);
            }
        }
        for inst in std::mem::take(&mut f.blocks[block.index()].insts) {
            let data = &f.insts[inst.index()];
            let InstKind::Op { op, args, imm } = data.kind else {
                insts.push(inst);
                continue;
            };
            let result = data.results.first;
            let low = if data.results.len == 1 && narrowed.get(result.index()) == Some(&true) {
                low_half(op)
            } else {
                None
            };
            let Some(low) = low else {
                insts.push(inst);
                continue;
            };
            let addr = data.addr;
            let mut low_args = args;
            for (i, (from, to)) in op.args().iter().zip(low.args()).enumerate() {
                if from != to {
                    let wrap = add_op(f, Opcode::I32WrapI64, &[args[i]], 0, addr);
                    insts.push(wrap);
                    low_args[i] = f.insts[wrap.index()].results.first;
                }
            }
            let narrow = add_op(f, low, &low_args[..low.args().len()], imm, addr);
            let extend = add_op(
                f,
                Opcode::I64ExtendI32U,
                &[f.insts[narrow.index()].results.first],
                0,
                addr,
            );
            redefine(f, result, extend);
            insts.extend([narrow, extend]);
        }
        f.blocks[block.index()].insts = insts;

        let mut term =
            std::mem::replace(&mut f.blocks[block.index()].term, Terminator::Unreachable);
        for edge in term.edges_mut() {
            // The target's parameters may have been replaced already: their types say so then.
            for (number, arg) in edge.args.iter_mut().enumerate() {
                let param = f.blocks[edge.block.index()].params[number];
                let is_narrow = narrowed
                    .get(param.index())
                    .copied()
                    .unwrap_or(f.ty(param) == Type::I32);
                if is_narrow && f.ty(*arg) == Type::I64 {
                    let wrap = add_op(f, Opcode::I32WrapI64, &[*arg], 0, 0);
                    f.blocks[block.index()].insts.push(wrap);
                    *arg = f.insts[wrap.index()].results.first;
                }
            }
        }
        f.blocks[block.index()].term = term;
    }
}

fn add_op(f: &mut Function, op: Opcode, args: &[Value], imm: u128, addr: u32) -> Inst {
    f.add_inst(InstKind::op(op, args, imm), op.result().as_slice(), addr)
}

/// Lets `inst`, which has one result, define `value` instead.
fn redefine(f: &mut Function, value: Value, inst: Inst) {
    f.insts[inst.index()].results.first = value;
    f.values[value.index()].def = ValueDef::Inst(inst, 0);
}
