//! Random functions for property tests: any control flow, irreducible too, that the verifier accepts; memory accesses stay within the first 8 KiB.
//!
//! The constants and shapes are those that rewrite rules look for (zero, ones, masks, shift counts, flags and conditions), so that rules meet each other.

use elfconv_ir::{
    Block, Call, Callee, Cfg, Edge, Effect, FaultKind, Frame, FuncId, Function, FunctionBuilder,
    ImmKind, Opcode, Ops, Reg, Slot, Terminator, Type, Value,
};

/// A small generator of numbers (SplitMix64, after Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct Rng(pub u64);

impl Rng {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// One of `items`.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// An interesting constant.
pub fn constant(rng: &mut Rng, ty: Type) -> u128 {
    const NUMBERS: [u64; 24] = [
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        16,
        31,
        32,
        33,
        63,
        0xff,
        0xffff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x1_0000_0000,
        0xffff_ffff_0000_0000,
        1 << 63,
        i64::MAX as u64,
        u64::MAX,
        0xffff_ff00,
        0xff00,
    ];
    const FLOATS: [f64; 8] = [0.0, -0.0, 1.0, -1.5, f64::INFINITY, 3e9, -1e300, 0.1];
    let word = |rng: &mut Rng| {
        if rng.one_in(4) {
            rng.bits()
        } else {
            rng.pick(&NUMBERS)
        }
    };
    match ty {
        Type::I32 => (word(rng) as u32).into(),
        Type::I64 => word(rng).into(),
        Type::F32 => (rng.pick(&FLOATS) as f32).to_bits().into(),
        Type::F64 => rng.pick(&FLOATS).to_bits().into(),
        Type::V128 => u128::from(word(rng)) << 64 | u128::from(word(rng)),
    }
}

/// A random module of two functions: a random one, with parameters of all types and two results, and a plain one that it may call.
pub fn module(seed: u64) -> Vec<Function> {
    vec![function(seed, false), callee(seed)]
}

/// A random function that may call itself, a few levels deep, with the same parameters and results.
pub fn recursive(seed: u64) -> Vec<Function> {
    vec![function(seed, true)]
}

/// `(i64, i32) -> i64`, writes memory: always and once, or, of every other seed, in a loop unless the second argument says that there is nothing to do.
fn callee(seed: u64) -> Function {
    let mut b = FunctionBuilder::new(
        "callee",
        0x2000,
        &[Type::I64, Type::I32],
        vec![Type::I64],
        true,
    );
    let (x, y) = (Value(0), Value(1));
    if seed & 1 == 1 {
        looping_callee(&mut b, x, y);
        return b.finish();
    }
    let mask = b.i64_const(0xff8);
    let addr = b.i64_and(x, mask);
    b.effect(Opcode::I32Store, &[addr, y], 0);
    let wide = b.i64_extend_i32_s(y);
    let sum = b.i64_add(wide, x);
    b.terminate(Terminator::Return(vec![sum]));
    b.finish()
}

fn looping_callee(b: &mut FunctionBuilder, x: Value, y: Value) {
    let (early, work) = (b.create_block(0x2010, &[]), b.create_block(0x2020, &[]));
    let turn = b.create_block(0x2030, &[Type::I32, Type::I64]);
    let end = b.create_block(0x2040, &[]);
    let to = |block, args: &[Value]| Edge {
        block,
        args: args.to_vec(),
    };
    let seven = b.i32_const(7);
    let count = b.i32_and(y, seven);
    b.terminate(Terminator::Branch {
        cond: count,
        then: to(work, &[]),
        otherwise: to(early, &[]),
    });
    b.switch_to(early);
    let zero = b.i64_const(0);
    let negative = b.i64_sub(zero, x);
    b.terminate(Terminator::Return(vec![negative]));
    b.switch_to(work);
    let mask = b.i64_const(0xff8);
    let addr = b.i64_and(x, mask);
    b.terminate(Terminator::Jump(to(turn, &[count, addr])));
    b.switch_to(turn);
    let (left, sum) = (b.params(turn)[0], b.params(turn)[1]);
    b.effect(Opcode::I32Store, &[addr, left], 0);
    let one = b.i32_const(1);
    let left = b.i32_sub(left, one);
    let sum = b.i64_add(sum, x);
    b.terminate(Terminator::Branch {
        cond: left,
        then: to(turn, &[left, sum]),
        otherwise: to(end, &[]),
    });
    b.switch_to(end);
    b.terminate(Terminator::Return(vec![sum]));
}

const PARAMS: [Type; 6] = [
    Type::I64,
    Type::I64,
    Type::I32,
    Type::F64,
    Type::V128,
    Type::F32,
];
/// The parameter that says how many levels are left, if the function calls itself.
const LEVELS: usize = 2;

fn function(seed: u64, recursive: bool) -> Function {
    let mut rng = Rng(seed);
    let rng = &mut rng;
    let plain = rng.one_in(2);
    let results = if plain {
        vec![Type::I64, Type::I32]
    } else {
        vec![Type::I32, Type::I64]
    };
    let mut b = FunctionBuilder::new("random", 0x1000, &PARAMS, results, plain);
    const TYPES: [Type; 8] = [
        Type::I64,
        Type::I64,
        Type::I64,
        Type::I32,
        Type::I32,
        Type::F64,
        Type::F32,
        Type::V128,
    ];

    // First the control flow, without arguments; then each block's instructions, when its dominators are known.
    let count = 1 + rng.below(9) + if recursive { 2 } else { 0 };
    for i in 1..count {
        let params: Vec<_> = (0..rng.below(4)).map(|_| rng.pick(&TYPES)).collect();
        b.create_block(0x1000 + 16 * i as u64, &params);
    }
    for i in 0..count {
        b.switch_to(Block(i as u32));
        // Mostly forwards, so that most runs end.
        let edge = |rng: &mut Rng| {
            let target = if rng.one_in(4) {
                1 + rng.below(count.max(2) - 1)
            } else {
                i + 1 + rng.below(3)
            };
            Edge {
                block: Block(target.min(count - 1) as u32),
                args: Vec::new(),
            }
        };
        let none = Value(0);
        if recursive && i == 0 {
            let [then, otherwise] = [1, count as u32 - 1].map(|block| Edge {
                block: Block(block),
                args: Vec::new(),
            });
            b.terminate(Terminator::Branch {
                cond: none,
                then,
                otherwise,
            });
            continue;
        }
        b.terminate(
            match rng.below(if i + 1 == count || count == 1 { 1 } else { 12 }) {
                0 if !plain && rng.one_in(3) => Terminator::Leave {
                    pc: none,
                    frame: Frame::default(),
                },
                0 if rng.one_in(6) && !recursive => Terminator::Fault {
                    kind: FaultKind::Breakpoint,
                    pc: 0x1000,
                    info: none,
                },
                0 => Terminator::Return(Vec::new()),
                1 => Terminator::Switch {
                    index: none,
                    targets: (0..rng.below(4)).map(|_| edge(rng)).collect(),
                    default: edge(rng),
                },
                2..5 => Terminator::Jump(edge(rng)),
                _ => Terminator::Branch {
                    cond: none,
                    then: edge(rng),
                    otherwise: edge(rng),
                },
            },
        );
    }
    let cfg = Cfg::new(&b.func);
    let mut available: Vec<Vec<Value>> = vec![Vec::new(); count];
    for &block in &cfg.rpo {
        b.switch_to(block);
        b.set_addr(b.func.blocks[block.index()].addr);
        let mut values = if block == cfg.rpo[0] {
            Vec::new()
        } else {
            available[cfg.idom[block.index()].index()].clone()
        };
        values.extend_from_slice(b.params(block));
        let last = block.index() + 1 == count;
        let mut g = Generator {
            b: &mut b,
            rng,
            values,
            recursive: recursive && block.index() > 0 && !last,
        };
        for _ in 0..g.rng.below(12) {
            g.instruction();
        }
        g.finish_terminator();
        if recursive {
            g.end_recursion();
        }
        available[block.index()] = g.values;
    }
    // Unreachable blocks stay without instructions and arguments.
    for i in 0..count {
        if !cfg.is_reachable(Block(i as u32)) {
            b.switch_to(Block(i as u32));
            b.terminate(Terminator::Unreachable);
        }
    }
    b.finish()
}

struct Generator<'a> {
    b: &'a mut FunctionBuilder,
    rng: &'a mut Rng,
    values: Vec<Value>,
    /// Calls are of the function itself.
    recursive: bool,
}

impl Generator<'_> {
    fn value(&mut self, ty: Type) -> Value {
        // Recent values rather than old ones, so that operations are chained.
        for _ in 0..6 {
            if self.values.is_empty() || self.rng.one_in(5) {
                break;
            }
            let back = self
                .rng
                .below(self.values.len())
                .min(self.rng.below(self.values.len()));
            let value = self.values[self.values.len() - 1 - back];
            if self.b.func.ty(value) == ty {
                return value;
            }
        }
        let bits = constant(self.rng, ty);
        self.op(ty.const_op(), &[], bits)
    }

    fn op(&mut self, op: Opcode, args: &[Value], imm: u128) -> Value {
        let value = self.b.op(op, args, imm);
        self.values.push(value);
        value
    }

    /// An address within the first 4 KiB.
    fn address(&mut self) -> Value {
        if self.rng.one_in(3) {
            let bits = self.rng.below(4096) as u128;
            return self.op(Opcode::I64Const, &[], bits);
        }
        let x = self.value(Type::I64);
        let mask = self.op(Opcode::I64Const, &[], 0xff8);
        self.op(Opcode::I64And, &[x, mask], 0)
    }

    fn instruction(&mut self) {
        use Opcode as O;
        const USUAL: [Opcode; 46] = [
            O::I64Add,
            O::I64Add,
            O::I64Sub,
            O::I64And,
            O::I64And,
            O::I64Or,
            O::I64Xor,
            O::I64Shl,
            O::I64ShrU,
            O::I64ShrS,
            O::I64Mul,
            O::I32Add,
            O::I32Add,
            O::I32Sub,
            O::I32And,
            O::I32Or,
            O::I32Xor,
            O::I32Shl,
            O::I32ShrU,
            O::I32ShrS,
            O::I32WrapI64,
            O::I32WrapI64,
            O::I64ExtendI32U,
            O::I64ExtendI32U,
            O::I64ExtendI32S,
            O::NzcvSub64,
            O::NzcvSub32,
            O::NzcvAdd32,
            O::NzcvAdd64,
            O::NzcvLogic32,
            O::NzcvLogic64,
            O::NzcvFcmp64,
            O::Cond,
            O::Cond,
            O::Cond,
            O::SelectI32,
            O::SelectI64,
            O::I32Eqz,
            O::I64Eqz,
            O::I32Eq,
            O::I64LtU,
            O::I32Rotr,
            O::I64Rotl,
            O::I32Extend8S,
            O::I64Extend32S,
            O::I64Extend16S,
        ];
        if self.rng.one_in(20) {
            return self.call();
        }
        let op = if self.rng.one_in(3) {
            self.rng.pick(Opcode::ALL)
        } else {
            self.rng.pick(&USUAL)
        };
        let memory = matches!(op.effect(), Effect::Load | Effect::Store);
        let mut has_address = false;
        let mut args = Vec::new();
        for &ty in op.args() {
            let arg = if memory && !has_address && ty == Type::I64 {
                has_address = true;
                self.address()
            } else if op == O::Cond && self.rng.one_in(2) {
                self.flags()
            } else {
                self.value(ty)
            };
            args.push(arg);
        }
        // A carry is 0 or 1.
        if matches!(op, O::NzcvAdc32 | O::NzcvAdc64) {
            args[2] = self.op(O::I32Eqz, &[args[2]], 0);
        }
        let imm = match op.imm() {
            ImmKind::None => 0,
            ImmKind::Bits32 | ImmKind::Bits64 | ImmKind::Bits128 => {
                constant(self.rng, op.result().unwrap_or(Type::I32))
            }
            ImmKind::Lane2 => self.rng.below(2) as u128,
            ImmKind::Lane4 => self.rng.below(4) as u128,
            ImmKind::Lane8 => self.rng.below(8) as u128,
            ImmKind::Lane16 | ImmKind::Cond => self.rng.below(16) as u128,
            ImmKind::Shuffle => {
                u128::from_le_bytes(std::array::from_fn(|_| self.rng.below(32) as u8))
            }
            ImmKind::Offset => self.rng.below(1024) as u128,
            ImmKind::StateOffset => self.rng.below(64) as u128,
        };
        if op.result().is_some() {
            self.op(op, &args, imm);
        } else {
            self.b.effect(op, &args, imm);
        }
    }

    fn flags(&mut self) -> Value {
        let (a, b) = (self.value(Type::I32), self.value(Type::I32));
        let op = self.rng.pick(&[Opcode::NzcvSub32, Opcode::NzcvAdd32]);
        self.op(op, &[a, b], 0)
    }

    fn frame(&mut self) -> Frame {
        let live = (0..self.rng.below(4) as u8)
            .map(|n| (Reg::x(19 + n), self.value(Type::I64)))
            .collect();
        let slots = (0..self.rng.below(2) as u8)
            .map(|n| Slot {
                reg: Reg::x(23 + n),
                base: self.value(Type::I64),
                offset: -16,
            })
            .collect();
        Frame {
            live,
            slots,
            spare: vec![Reg::x(23)],
            outer: self.rng.one_in(4).then(|| Box::new(self.frame())),
        }
    }

    /// A call of itself, with one level less.
    fn call_itself(&mut self) {
        let mut args: Vec<_> = PARAMS.iter().map(|ty| self.value(*ty)).collect();
        let few = self.op(Opcode::I32Const, &[], 3);
        let left = self.op(Opcode::I32And, &[Value(LEVELS as u32), few], 0);
        let one = self.op(Opcode::I32Const, &[], 1);
        args[LEVELS] = self.op(Opcode::I32Sub, &[left, one], 0);
        let plain = self.b.func.plain;
        let call = Call {
            callee: Callee::Function(FuncId(0)),
            args,
            expect: (!plain).then_some(0x1004),
            frame: (!plain).then(|| self.frame()),
            result_regs: vec![Reg::x(0), Reg::x(1)][..if plain { 2 } else { 1 }].to_vec(),
        };
        let types = [Type::I64, Type::I32];
        let results = self.b.call(call, if plain { &types } else { &types[..1] });
        self.values.extend(results);
    }

    /// Lets the entry ask whether levels are left; and returns with status 0.
    fn end_recursion(&mut self) {
        let block = self.b.current().index();
        match self.b.func.blocks[block].term.clone() {
            Terminator::Branch {
                then, otherwise, ..
            } if block == 0 => {
                let none = self.op(Opcode::I32Const, &[], 0);
                let cond = self.op(Opcode::I32GtS, &[Value(LEVELS as u32), none], 0);
                self.b.terminate(Terminator::Branch {
                    cond,
                    then,
                    otherwise,
                });
            }
            Terminator::Return(mut values) if !self.b.func.plain => {
                values[0] = self.op(Opcode::I32Const, &[], 0);
                self.b.terminate(Terminator::Return(values));
            }
            _ => {}
        }
    }

    fn call(&mut self) {
        if self.recursive {
            return self.call_itself();
        }
        let args = vec![self.value(Type::I64), self.value(Type::I32)];
        let call = Call {
            callee: Callee::Function(FuncId(1)),
            args,
            expect: None,
            frame: Some(self.frame()),
            result_regs: vec![Reg::x(0)],
        };
        let results = self.b.call(call, &[Type::I64]);
        self.values.extend(results);
    }

    /// Fills in the operands and edge arguments of the block's terminator.
    fn finish_terminator(&mut self) {
        let block = self.b.current().index();
        let mut term = self.b.func.blocks[block].term.clone();
        for edge in term.edges_mut() {
            let types: Vec<_> = self
                .b
                .params(edge.block)
                .iter()
                .map(|&p| self.b.func.ty(p))
                .collect();
            edge.args = types.into_iter().map(|ty| self.value(ty)).collect();
        }
        match &mut term {
            Terminator::Branch { cond: value, .. } | Terminator::Switch { index: value, .. } => {
                *value = self.value(Type::I32)
            }
            Terminator::Return(values) => {
                *values = self
                    .b
                    .func
                    .results
                    .clone()
                    .into_iter()
                    .map(|ty| self.value(ty))
                    .collect()
            }
            Terminator::Leave { pc, frame } => {
                (*pc, *frame) = (self.value(Type::I64), self.frame())
            }
            Terminator::Fault { info, .. } => *info = self.value(Type::I64),
            _ => {}
        }
        self.b.terminate(term);
    }
}
