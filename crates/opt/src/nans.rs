//! Invalid operations make the architecture's NaN.
//!
//! wasm leaves open which NaN comes of `0/0` or `inf - inf`. Engines give the processor's: on x86-64 it is negative, and the program prints `-nan`. A64's default NaN is positive (Arm ARM, FPDefaultNaN).
//!
//! Division, square root, minimum and maximum are slow enough that each result is looked at that is used for something else than arithmetic. To look at each result of addition and multiplication takes a fifth more time where programs
//! compute, up to two fifths in small loops. But they pass NaNs on, so they need be looked at only where somebody *observes* the sign: where a number is passed, returned, stored, or taken for bits. Forwards from them, optimistically:
//! *open* values, whose NaNs are the processor's: results, and what is made only of such and of constants by moving them: parameters of blocks, selects, lanes, shuffles, rounding. Then each use that observes an open value gets
//! `default_nan` of it instead, made at the first such use in a block. All is linear in the function.
//!
//! Limits, for speed: in loops only calls observe, so what a loop stores may have the processor's NaNs. A negative NaN without payload that goes *through* arithmetic comes out positive, as nothing tells it from the
//! processor's. Payloads that were there are passed on as the engine does it.

use elfconv_ir::{
    Block, Cfg, Effect, Function, Inst, InstData, InstKind, Opcode, Results, Terminator, Type,
    Value, ValueData, ValueDef,
};

use crate::users::Users;

/// How the bits of a value are numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    F64,
    F32x4,
    F64x2,
}

const KINDS: [Kind; 4] = [Kind::F32, Kind::F64, Kind::F32x4, Kind::F64x2];

impl Kind {
    fn default_nan(self) -> Opcode {
        match self {
            Kind::F32 => Opcode::F32DefaultNan,
            Kind::F64 => Opcode::F64DefaultNan,
            Kind::F32x4 => Opcode::F32x4DefaultNan,
            Kind::F64x2 => Opcode::F64x2DefaultNan,
        }
    }
}

/// The kind of a fast operation that may make a NaN of numbers.
fn fast(op: Opcode) -> Option<Kind> {
    use Opcode as O;
    Some(match op {
        O::F32Add | O::F32Sub | O::F32Mul | O::F32Fma | O::F32MulFlush | O::F32FmaFlush => {
            Kind::F32
        }
        O::F64Add | O::F64Sub | O::F64Mul | O::F64Fma | O::F64MulFlush | O::F64FmaFlush => {
            Kind::F64
        }
        O::F32x4Add
        | O::F32x4Sub
        | O::F32x4Mul
        | O::F32x4Fma
        | O::F32x4MulFlush
        | O::F32x4FmaFlush => Kind::F32x4,
        O::F64x2Add
        | O::F64x2Sub
        | O::F64x2Mul
        | O::F64x2Fma
        | O::F64x2MulFlush
        | O::F64x2FmaFlush => Kind::F64x2,
        _ => return None,
    })
}

/// The kind of a slow one. Minimum and maximum are: V8 makes `0/0` for them if an operand is a NaN.
fn slow(op: Opcode) -> Option<Kind> {
    use Opcode as O;
    Some(match op {
        O::F32Div | O::F32DivFlush | O::F32Sqrt | O::F32Min | O::F32Max => Kind::F32,
        O::F64Div | O::F64DivFlush | O::F64Sqrt | O::F64Min | O::F64Max => Kind::F64,
        O::F32x4Div | O::F32x4DivFlush | O::F32x4Sqrt | O::F32x4Min | O::F32x4Max => Kind::F32x4,
        O::F64x2Div | O::F64x2DivFlush | O::F64x2Sqrt | O::F64x2Min | O::F64x2Max => Kind::F64x2,
        _ => return None,
    })
}

/// Whether an operation passes on NaNs of this kind, and makes some itself.
fn absorbs(op: Opcode, kind: Kind) -> bool {
    fast(op).or(slow(op)) == Some(kind)
}

/// What an operation makes of an operand of this kind: if it only moves it, or passes NaNs on.
fn moved(op: Opcode, imm: u128, kind: Kind) -> Option<Kind> {
    use Opcode as O;
    let (from, to) = match op {
        O::F32Flush | O::F32Ceil | O::F32Floor | O::F32Trunc | O::F32Nearest => {
            (Kind::F32, Kind::F32)
        }
        O::F64Flush
        | O::F64FlushSingle
        | O::F64Ceil
        | O::F64Floor
        | O::F64Trunc
        | O::F64Nearest => (Kind::F64, Kind::F64),
        O::F32x4Flush
        | O::F32x4PMin
        | O::F32x4PMax
        | O::F32x4Ceil
        | O::F32x4Floor
        | O::F32x4Trunc
        | O::F32x4Nearest => (Kind::F32x4, Kind::F32x4),
        O::F64x2Flush
        | O::F64x2FlushSingle
        | O::F64x2PMin
        | O::F64x2PMax
        | O::F64x2Ceil
        | O::F64x2Floor
        | O::F64x2Trunc
        | O::F64x2Nearest => (Kind::F64x2, Kind::F64x2),
        O::SelectF32 | O::SelectF64 | O::SelectV128 => (kind, kind),
        O::F32DemoteF64 => (Kind::F64, Kind::F32),
        O::F64PromoteF32 => (Kind::F32, Kind::F64),
        O::F32x4DemoteF64x2Zero => (Kind::F64x2, Kind::F32x4),
        O::F64x2PromoteLowF32x4 => (Kind::F32x4, Kind::F64x2),
        O::F32x4Splat => (Kind::F32, Kind::F32x4),
        O::F64x2Splat => (Kind::F64, Kind::F64x2),
        O::F32x4ExtractLane => (Kind::F32x4, Kind::F32),
        O::F64x2ExtractLane => (Kind::F64x2, Kind::F64),
        // Either the vector or the lane.
        O::F32x4ReplaceLane if matches!(kind, Kind::F32 | Kind::F32x4) => (kind, Kind::F32x4),
        O::F64x2ReplaceLane if matches!(kind, Kind::F64 | Kind::F64x2) => (kind, Kind::F64x2),
        O::I8x16Shuffle => match kind {
            Kind::F32x4 if moves_lanes(imm, 4) => (kind, kind),
            Kind::F64x2 if moves_lanes(imm, 8) => (kind, kind),
            _ => return None,
        },
        _ => return None,
    };
    (from == kind).then_some(to)
}

/// Whether a shuffle moves whole lanes of so many bytes.
fn moves_lanes(imm: u128, size: usize) -> bool {
    let bytes = imm.to_le_bytes();
    bytes.chunks(size).all(|lane| {
        usize::from(lane[0]) % size == 0 && lane.windows(2).all(|pair| pair[1] == pair[0] + 1)
    })
}

/// Whether the operand's sign makes no difference if it is a NaN.
fn ignores(op: Opcode, operand: usize) -> bool {
    use Opcode as O;
    match op {
        O::F32Eq | O::F32Ne | O::F32Lt | O::F32Gt | O::F32Le | O::F32Ge => true,
        O::F64Eq | O::F64Ne | O::F64Lt | O::F64Gt | O::F64Le | O::F64Ge => true,
        O::F32x4Eq | O::F32x4Ne | O::F32x4Lt | O::F32x4Gt | O::F32x4Le | O::F32x4Ge => true,
        O::F64x2Eq | O::F64x2Ne | O::F64x2Lt | O::F64x2Gt | O::F64x2Le | O::F64x2Ge => true,
        O::NzcvFcmp32 | O::NzcvFcmp64 => true,
        O::F32Abs | O::F64Abs | O::F32x4Abs | O::F64x2Abs => true,
        O::F32Copysign | O::F64Copysign => operand == 0,
        O::I32TruncSatF32S
        | O::I32TruncSatF32U
        | O::I32TruncSatF64S
        | O::I32TruncSatF64U
        | O::I64TruncSatF32S
        | O::I64TruncSatF32U
        | O::I64TruncSatF64S
        | O::I64TruncSatF64U
        | O::I32x4TruncSatF32x4S
        | O::I32x4TruncSatF32x4U
        | O::I32x4TruncSatF64x2SZero
        | O::I32x4TruncSatF64x2UZero => true,
        _ => false,
    }
}

/// Puts `default_nan` behind slow operations, and where open values are observed.
pub fn settle_nans(f: &mut Function) {
    let cfg = Cfg::new(f);
    let computes = |inst: &InstData| match inst.kind {
        InstKind::Op { op, .. } => fast(op).or(slow(op)).is_some(),
        InstKind::Call(_) => false,
    };
    if !f.insts.iter().any(computes) {
        return;
    }
    let open = open_values(f, &cfg);
    let loops = f.in_cycles(|_| true);
    let mut settled = vec![None; open.len()];
    for &block in &cfg.rpo {
        let data = &mut f.blocks[block.index()];
        let (old, mut term) = (
            std::mem::take(&mut data.insts),
            std::mem::replace(&mut data.term, Terminator::Unreachable),
        );
        let mut settling = Settling {
            insts: Vec::with_capacity(old.len()),
            f,
            open: &open,
            settled: &mut settled,
            block,
        };
        for inst in old {
            settling.inst(inst, loops[block.index()]);
        }
        settling.terminator(&mut term, loops[block.index()]);
        let data = (settling.insts, term);
        let block = &mut f.blocks[block.index()];
        (block.insts, block.term) = data;
    }
}

/// One block while its uses are looked at.
struct Settling<'a> {
    f: &'a mut Function,
    open: &'a [Option<Kind>],
    /// By value, the block in which it has been settled last, and as what.
    settled: &'a mut [Option<(Block, Value)>],
    block: Block,
    insts: Vec<Inst>,
}

impl Settling<'_> {
    fn open(&self, value: Value) -> Option<Kind> {
        self.open
            .get(self.f.resolve(value).index())
            .copied()
            .flatten()
    }

    fn inst(&mut self, inst: Inst, in_loop: bool) {
        let data = &mut self.f.insts[inst.index()];
        let (mut kind, addr, result) = (data.kind.clone(), data.addr, data.results.first);
        match &mut kind {
            InstKind::Op { op, args, imm } => {
                let calls = op.effect() == Effect::StateStore;
                for (i, arg) in args[..op.args().len()].iter_mut().enumerate() {
                    let Some(is) = self.open(*arg).filter(|_| calls || !in_loop) else {
                        continue;
                    };
                    let passed = absorbs(*op, is)
                        || ignores(*op, i)
                        || moved(*op, *imm, is).is_some_and(|to| self.open(result) == Some(to));
                    if !passed {
                        *arg = self.settle(*arg, is);
                    }
                }
                if let Some(is) = slow(*op)
                    && self.open(result).is_none()
                {
                    // The instruction settles what a new one computes, so that its users need not change.
                    let raw = self.push(kind, self.f.ty(result), addr);
                    kind = InstKind::op(is.default_nan(), &[raw], 0);
                }
            }
            // Not the frame: what it reports is looked at by nobody, nearly always.
            InstKind::Call(call) => call.args.iter_mut().for_each(|arg| self.observe(arg)),
        }
        self.f.insts[inst.index()].kind = kind;
        self.insts.push(inst);
    }

    fn terminator(&mut self, term: &mut Terminator, in_loop: bool) {
        match term {
            Terminator::Return(values) => values.iter_mut().for_each(|v| self.observe(v)),
            Terminator::TailCall { args, .. } => args.iter_mut().for_each(|arg| self.observe(arg)),
            Terminator::Leave { frame, .. } if !in_loop => {
                let mut next = Some(frame);
                while let Some(frame) = next {
                    frame.live.iter_mut().for_each(|(_, v)| self.observe(v));
                    next = frame.outer.as_deref_mut();
                }
            }
            _ => {}
        }
        for edge in term.edges_mut().filter(|_| !in_loop) {
            for (i, arg) in edge.args.iter_mut().enumerate() {
                let param = self.f.blocks[edge.block.index()].params[i];
                if let Some(is) = self.open(*arg)
                    && self.open(param) != Some(is)
                {
                    *arg = self.settle(*arg, is);
                }
            }
        }
    }

    fn observe(&mut self, value: &mut Value) {
        if let Some(is) = self.open(*value) {
            *value = self.settle(*value, is);
        }
    }

    fn settle(&mut self, value: Value, kind: Kind) -> Value {
        let value = self.f.resolve(value);
        match self.settled[value.index()] {
            Some((block, done)) if block == self.block => done,
            _ => {
                let op = InstKind::op(kind.default_nan(), &[value], 0);
                let done = self.push(op, self.f.ty(value), 0);
                self.settled[value.index()] = Some((self.block, done));
                done
            }
        }
    }

    /// Appends a new instruction; gives its result.
    fn push(&mut self, kind: InstKind, ty: Type, addr: u32) -> Value {
        let inst = Inst(self.f.insts.len() as u32);
        let first = Value(self.f.values.len() as u32);
        let results = Results { first, len: 1 };
        self.f.insts.push(InstData {
            kind,
            results,
            addr,
        });
        let def = ValueDef::Inst(inst, 0);
        self.f.values.push(ValueData { ty, def });
        self.insts.push(inst);
        first
    }
}

/// The values that something else than arithmetic uses, at once or behind parameters, negations and moves.
fn looked_at(f: &Function, cfg: &Cfg) -> Vec<bool> {
    let mut looked_at = vec![false; f.values.len()];
    let mut work = Vec::new();
    let mut look = |value: Value, work: &mut Vec<Value>| {
        let value = f.resolve(value);
        if !std::mem::replace(&mut looked_at[value.index()], true) {
            work.push(value);
        }
    };
    for &block in &cfg.rpo {
        let data = &f.blocks[block.index()];
        for inst in &data.insts {
            match &f.insts[inst.index()].kind {
                InstKind::Op { op, args, imm } => {
                    let passes = fast(*op).or(slow(*op)).is_some() || hands_on(*op, *imm);
                    for (i, arg) in args[..op.args().len()].iter().enumerate() {
                        if !passes && !ignores(*op, i) {
                            look(*arg, &mut work);
                        }
                    }
                }
                InstKind::Call(call) => call.args.iter().for_each(|arg| look(*arg, &mut work)),
            }
        }
        match &data.term {
            Terminator::Leave { .. } => {}
            term => term.visit_operands(|value| look(value, &mut work)),
        }
    }
    while let Some(value) = work.pop() {
        match f.values[value.index()].def {
            ValueDef::Param(block, number) => {
                for (pred, edge) in cfg.in_edges(block) {
                    if let Some(edge) = f.blocks[pred.index()].term.edge(edge) {
                        look(edge.args[number as usize], &mut work);
                    }
                }
            }
            ValueDef::Inst(inst, _) => {
                if let InstKind::Op { op, args, imm } = &f.insts[inst.index()].kind
                    && hands_on(*op, *imm)
                {
                    let floating = args.iter().zip(op.args()).filter(|a| is_floating(*a.1));
                    floating.for_each(|(arg, _)| look(*arg, &mut work));
                }
            }
            ValueDef::Alias(_) => {}
        }
    }
    looked_at
}

/// Whether the operation negates or moves its operands.
fn hands_on(op: Opcode, imm: u128) -> bool {
    use Opcode as O;
    matches!(op, O::F32Neg | O::F64Neg | O::F32x4Neg | O::F64x2Neg)
        || KINDS.iter().any(|kind| moved(op, imm, *kind).is_some())
}

/// What is known of a value while the open ones are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Nothing yet, or a constant that is no NaN.
    Anything,
    Open(Kind),
    Closed,
}

impl Known {
    fn and(self, other: Known) -> Known {
        match (self, other) {
            (Known::Anything, one) | (one, Known::Anything) => one,
            _ if self == other => self,
            _ => Known::Closed,
        }
    }
}

/// The open values: results of arithmetic, and what is only made of such, or of constants. (A join with a number from elsewhere is not open: its NaNs are to keep their signs.)
fn open_values(f: &Function, cfg: &Cfg) -> Vec<Option<Kind>> {
    let looked_at = looked_at(f, cfg);
    let users = movers(f, cfg);
    let mut known = vec![Known::Anything; f.values.len()];
    for param in &f.blocks[0].params {
        known[param.index()] = Known::Closed;
    }
    let mut work = f.blocks[0].params.clone();
    for &block in &cfg.rpo {
        for inst in &f.blocks[block.index()].insts {
            let data = &f.insts[inst.index()];
            for result in data.results.iter().filter(|r| is_floating(f.ty(*r))) {
                known[result.index()] = made(f, &data.kind, looked_at[result.index()], &known);
                work.push(result);
            }
        }
    }
    while let Some(value) = work.pop() {
        for user in users.of(value) {
            let now = match f.values[user.index()].def {
                ValueDef::Param(..) => known[user.index()].and(known[value.index()]),
                ValueDef::Inst(inst, _) => {
                    let kind = &f.insts[inst.index()].kind;
                    made(f, kind, looked_at[user.index()], &known)
                }
                ValueDef::Alias(_) => continue,
            };
            if std::mem::replace(&mut known[user.index()], now) != now {
                work.push(user);
            }
        }
    }
    known
        .into_iter()
        .map(|known| match known {
            Known::Open(kind) => Some(kind),
            _ => None,
        })
        .collect()
}

/// What is known of an instruction's result.
fn made(f: &Function, kind: &InstKind, looked_at: bool, known: &[Known]) -> Known {
    use Opcode as O;
    let InstKind::Op { op, args, imm } = kind else {
        return Known::Closed;
    };
    let (op, imm) = (*op, *imm);
    match op {
        O::F32Const if !f32::from_bits(imm as u32).is_nan() => return Known::Anything,
        O::F64Const if !f64::from_bits(imm as u64).is_nan() => return Known::Anything,
        O::V128Const if imm == 0 => return Known::Anything,
        _ => {}
    }
    if let Some(kind) = fast(op).or(slow(op).filter(|_| !looked_at)) {
        return Known::Open(kind);
    }
    if KINDS.iter().all(|kind| moved(op, imm, *kind).is_none()) {
        return Known::Closed;
    }
    let operands = args.iter().zip(op.args());
    let operands = operands.filter(|(_, ty)| is_floating(**ty));
    operands.fold(Known::Anything, |all, (arg, _)| {
        all.and(match known[f.resolve(*arg).index()] {
            Known::Open(kind) => moved(op, imm, kind).map_or(Known::Closed, Known::Open),
            other => other,
        })
    })
}

fn is_floating(ty: Type) -> bool {
    matches!(ty, Type::F32 | Type::F64 | Type::V128)
}

/// For each value the parameters that it is passed to and the results of what may move it.
fn movers(f: &Function, cfg: &Cfg) -> Users {
    let mut users = Users::new(f.values.len());
    for &block in &cfg.rpo {
        let data = &f.blocks[block.index()];
        for inst in &data.insts {
            let data = &f.insts[inst.index()];
            if let InstKind::Op { op, args, .. } = &data.kind
                && op.result().is_some_and(is_floating)
                && op.is_pure()
            {
                let operands = args.iter().zip(op.args());
                let operands = operands.filter(|(_, ty)| is_floating(**ty));
                operands.for_each(|(arg, _)| users.add(f.resolve(*arg), data.results.first));
            }
        }
        for edge in data.term.edges() {
            let params = &f.blocks[edge.block.index()].params;
            for (&arg, &param) in edge.args.iter().zip(params) {
                if is_floating(f.ty(param)) {
                    users.add(f.resolve(arg), param);
                }
            }
        }
    }
    users
}
