//! Opcodes to instructions.
//!
//! Most opcodes are wasm instructions of the same name. The others are sequences; where those need an operand several times, it goes to a temporary local *after* all
//! operands have been pushed, so temporaries of nested trees do not meet.

use elfconv_ir::{Effect, Inst, InstKind, Lowering, Opcode, Type, Value};
use wasm_encoder::{BlockType, InstructionSink, ValType};

use super::{cfg::NONE, emitter::Emitter, memory::state_address};
use crate::{context::Support, state};

/// Emits the opcodes that are wasm instructions without a memory argument.
macro_rules! instruction {
    ([$op:ident $sink:ident $imm:ident] pure {
        $($(#[$doc:meta])* $Op:ident $name:ident ($($arg:ident: $ty:ident),* $(; $i:ident: $kind:ident)?) -> $ret:ident [$low:ident] $body:block)*
    } memory { $($memory:tt)* }) => {
        match $op { $(Opcode::$Op => instruction!(@ $low $name $sink $imm),)* _ => {} }
    };
    (@ wasm $name:ident $sink:ident $imm:ident) => { { $sink.$name(); } };
    (@ lane $name:ident $sink:ident $imm:ident) => { { $sink.$name($imm as u8); } };
    (@ own $name:ident $sink:ident $imm:ident) => { {} };
}

fn instruction(op: Opcode, imm: u128, sink: &mut InstructionSink<'_>) {
    elfconv_ir::for_each_opcode!(instruction, op sink imm)
}

/// Whether the order of the operands does not matter.
fn commutes(op: Opcode) -> bool {
    use Opcode as O;
    matches!(
        op,
        O::I32Add
            | O::I32Mul
            | O::I32And
            | O::I32Or
            | O::I32Xor
            | O::I32Eq
            | O::I32Ne
            | O::I64Add
            | O::I64Mul
            | O::I64And
            | O::I64Or
            | O::I64Xor
            | O::I64Eq
            | O::I64Ne
            | O::V128And
            | O::V128Or
            | O::V128Xor
            | O::I8x16Add
            | O::I16x8Add
            | O::I32x4Add
            | O::I64x2Add
    )
}

/// The comparison that is true when `op` is false.
fn inverse(op: Opcode) -> Option<Opcode> {
    use Opcode as O;
    Some(match op {
        O::I32Eq => O::I32Ne,
        O::I32Ne => O::I32Eq,
        O::I32LtS => O::I32GeS,
        O::I32GeS => O::I32LtS,
        O::I32LtU => O::I32GeU,
        O::I32GeU => O::I32LtU,
        O::I32GtS => O::I32LeS,
        O::I32LeS => O::I32GtS,
        O::I32GtU => O::I32LeU,
        O::I32LeU => O::I32GtU,
        O::I64Eq => O::I64Ne,
        O::I64Ne => O::I64Eq,
        O::I64LtS => O::I64GeS,
        O::I64GeS => O::I64LtS,
        O::I64LtU => O::I64GeU,
        O::I64GeU => O::I64LtU,
        O::I64GtS => O::I64LeS,
        O::I64LeS => O::I64GtS,
        O::I64GtU => O::I64LeU,
        O::I64LeU => O::I64GtU,
        O::F32Eq => O::F32Ne,
        O::F32Ne => O::F32Eq,
        O::F64Eq => O::F64Ne,
        O::F64Ne => O::F64Eq,
        _ => return None,
    })
}

impl Emitter<'_> {
    /// Evaluates an instruction; its result is on the stack.
    pub fn op(&mut self, inst: Inst) {
        let data = &self.function.insts[inst.index()];
        let InstKind::Op { op, args, imm } = data.kind else {
            return;
        };
        self.evaluate(op, args, imm, data.addr);
    }

    /// Evaluates an opcode with these operands.
    pub fn evaluate(&mut self, op: Opcode, args: [Value; 3], imm: u128, addr: u32) {
        match op.lowering() {
            Lowering::mem => self.access(op, args, imm, addr),
            Lowering::wasm | Lowering::lane => {
                if op == Opcode::I32WrapI64 {
                    return self.push_low(args[0]);
                }
                let count = op.args().len();
                if count == 2 && commutes(op) && self.is_at_hand(args[1]) {
                    self.push(args[1]);
                    self.push(args[0]);
                } else {
                    args[..count].iter().for_each(|a| self.push(*a));
                }
                instruction(op, imm, &mut self.sink());
            }
            Lowering::own => self.own(op, args, imm, addr),
        }
    }

    /// An instruction of which the operands have been pushed.
    pub fn simple(&mut self, op: Opcode) {
        instruction(op, 0, &mut self.sink());
    }

    /// Pushes the condition, or its opposite, as something that is or is not zero.
    pub fn condition(&mut self, value: Value, opposite: bool) {
        if let Some((op, args, ..)) = self.tree(value) {
            if op == Opcode::I32Eqz {
                return self.condition(args[0], !opposite);
            }
            if let (true, Some(op)) = (opposite, inverse(op)) {
                self.push(args[0]);
                self.push(args[1]);
                return self.simple(op);
            }
        }
        self.push(value);
        if opposite {
            self.sink().i32_eqz();
        }
    }

    fn own(&mut self, op: Opcode, args: [Value; 3], imm: u128, addr: u32) {
        use Opcode as O;
        match op {
            O::I32Const => drop(self.sink().i32_const(imm as u32 as i32)),
            O::I64Const => drop(self.sink().i64_const(imm as u64 as i64)),
            O::F32Const => drop(self.sink().f32_const(f32::from_bits(imm as u32).into())),
            O::F64Const => drop(self.sink().f64_const(f64::from_bits(imm as u64).into())),
            O::V128Const => drop(self.sink().v128_const(imm as i128)),
            O::SelectI32 | O::SelectI64 | O::SelectF32 | O::SelectF64 | O::SelectV128 => {
                self.push(args[1]);
                self.push(args[2]);
                self.push(args[0]);
                self.sink().select();
            }
            O::I8x16Shuffle => {
                self.push(args[0]);
                self.push(args[1]);
                self.sink().i8x16_shuffle(imm.to_le_bytes());
            }
            O::I64Store8If | O::I64Store16If | O::I64Store32If | O::I64StoreIf => {
                self.store_if(op, args, imm, addr);
            }
            O::I32DivU | O::I64DivU => self.div_u(op, args),
            O::I32DivS | O::I64DivS => self.div_s(op, args),
            O::I64MulhiU | O::I64MulhiS => self.mulhi(op, args),
            O::I32Bswap | O::I64Bswap => self.bswap(op, args[0]),
            O::I32Bitrev => self.support(Support::Bitrev32, &args[..1]),
            O::I64Bitrev => self.support(Support::Bitrev64, &args[..1]),
            O::I64ClmulLow => self.support(Support::ClmulLow, &args[..2]),
            O::I8x16AesSub => self.support(Support::AesSub, &args[..1]),
            O::I8x16AesSubInv => self.support(Support::AesSubInv, &args[..1]),
            O::I8x16Sm4Sub => self.support(Support::Sm4Sub, &args[..1]),
            O::F32Fma | O::F64Fma | O::F32x4Fma | O::F64x2Fma => self.fma(op, args),
            O::F32Flush
            | O::F64Flush
            | O::F64FlushSingle
            | O::F32MulFlush
            | O::F64MulFlush
            | O::F32DivFlush
            | O::F64DivFlush
            | O::F32FmaFlush
            | O::F64FmaFlush
            | O::F32x4Flush
            | O::F64x2Flush
            | O::F64x2FlushSingle
            | O::F32x4MulFlush
            | O::F64x2MulFlush
            | O::F32x4DivFlush
            | O::F64x2DivFlush
            | O::F32x4FmaFlush
            | O::F64x2FmaFlush => self.flushing(op, args),
            O::F32DefaultNan | O::F64DefaultNan => self.default_nan(op, args[0]),
            O::F32x4DefaultNan | O::F64x2DefaultNan => self.default_nan_vector(op, args[0]),
            O::F32FromF16 | O::F64FromF16 | O::F16FromF32 | O::F16FromF64 => {
                self.push(args[0]);
                self.soft(op);
            }
            O::BfDotAdd => {
                args.iter().for_each(|arg| self.push(*arg));
                self.soft(op);
            }
            O::Cond => self.cond(args[0], imm),
            _ => match op.effect() {
                Effect::StateLoad => {
                    self.sink().i32_const(0);
                    let at = state_address(self.context, imm);
                    state::load(&mut self.sink(), op.result().unwrap_or(Type::I64), at);
                }
                Effect::StateStore => {
                    self.sink().i32_const(0);
                    self.push(args[0]);
                    let at = state_address(self.context, imm);
                    state::store(&mut self.sink(), op.args()[0], at);
                }
                _ => self.nzcv(op, args),
            },
        }
    }

    fn support(&mut self, function: Support, args: &[Value]) {
        args.iter().for_each(|arg| self.push(*arg));
        let index = self.context.support(function);
        self.sink().call(index);
    }

    /// Calls the kernel's routine for an opcode.
    pub fn soft(&mut self, op: Opcode) {
        match self.context.soft(op) {
            Some(index) => drop(self.sink().call(index)),
            None => {
                self.fail();
                self.sink().unreachable();
            }
        }
    }

    /// The locals of the operands; those that have none are evaluated into temporaries.
    pub fn spread<const N: usize>(&mut self, args: [Value; N]) -> [u32; N] {
        let known = args.map(|a| self.local(a).filter(|l| *l != NONE));
        let locals = core::array::from_fn(|i| {
            let ty = self.ty(self.resolve(args[i]));
            known[i].unwrap_or_else(|| self.temp(ty, i))
        });
        let missing = || (0..N).filter(|i| known[*i].is_none());
        missing().for_each(|i| self.push(args[i]));
        missing().rev().for_each(|i| self.set(locals[i]));
        locals
    }

    fn div_u(&mut self, op: Opcode, args: [Value; 3]) {
        let wide = op == Opcode::I64DivU;
        if self.constant(args[1]).is_some_and(|b| b != 0) {
            self.push(args[0]);
            self.push(args[1]);
            match wide {
                true => self.sink().i64_div_u(),
                false => self.sink().i32_div_u(),
            };
            return;
        }
        let [a, b] = self.spread([args[0], args[1]]);
        self.get(b);
        if wide {
            self.sink()
                .i64_eqz()
                .if_(BlockType::Result(ValType::I64))
                .i64_const(0)
                .else_();
            self.sink().local_get(a).local_get(b).i64_div_u().end();
        } else {
            self.sink()
                .i32_eqz()
                .if_(BlockType::Result(ValType::I32))
                .i32_const(0)
                .else_();
            self.sink().local_get(a).local_get(b).i32_div_u().end();
        }
    }

    /// For divisors 0 and -1 the quotient is `a * b`, wrapping: 0, and `-a` with `-MIN = MIN`.
    fn div_s(&mut self, op: Opcode, args: [Value; 3]) {
        let wide = op == Opcode::I64DivS;
        let all_ones = if wide {
            u128::from(u64::MAX)
        } else {
            u128::from(u32::MAX)
        };
        if self
            .constant(args[1])
            .is_some_and(|b| b != 0 && b != all_ones)
        {
            self.push(args[0]);
            self.push(args[1]);
            match wide {
                true => self.sink().i64_div_s(),
                false => self.sink().i32_div_s(),
            };
            return;
        }
        let [a, b] = self.spread([args[0], args[1]]);
        self.get(b);
        let mut sink = self.sink();
        if wide {
            sink.i64_const(1).i64_add().i64_const(1).i64_le_u();
            sink.if_(BlockType::Result(ValType::I64))
                .local_get(a)
                .local_get(b)
                .i64_mul()
                .else_();
            sink.local_get(a).local_get(b).i64_div_s().end();
        } else {
            sink.i32_const(1).i32_add().i32_const(1).i32_le_u();
            sink.if_(BlockType::Result(ValType::I32))
                .local_get(a)
                .local_get(b)
                .i32_mul()
                .else_();
            sink.local_get(a).local_get(b).i32_div_s().end();
        }
    }

    /// The high half of a product from four products of 32-bit halves (Warren, "Hacker's Delight", 8-2); signed: minus `b` if `a` is negative, and the
    /// other way around.
    fn mulhi(&mut self, op: Opcode, args: [Value; 3]) {
        const LOW: i64 = 0xffff_ffff;
        let [a, b] = self.spread([args[0], args[1]]);
        let (t, u) = (self.temp(Type::I64, 2), self.temp(Type::I64, 3));
        let mut sink = self.sink();
        // t = high(a) * low(b) + high(low(a) * low(b))
        sink.local_get(a).i64_const(32).i64_shr_u();
        sink.local_get(b)
            .i64_const(LOW)
            .i64_and()
            .local_tee(u)
            .i64_mul();
        sink.local_get(a)
            .i64_const(LOW)
            .i64_and()
            .local_get(u)
            .i64_mul();
        sink.i64_const(32).i64_shr_u().i64_add().local_set(t);
        // high(a) * high(b) + high(t) + high(low(t) + low(a) * high(b))
        sink.local_get(a).i64_const(32).i64_shr_u();
        sink.local_get(b)
            .i64_const(32)
            .i64_shr_u()
            .local_tee(u)
            .i64_mul();
        sink.local_get(t).i64_const(32).i64_shr_u().i64_add();
        sink.local_get(a)
            .i64_const(LOW)
            .i64_and()
            .local_get(u)
            .i64_mul();
        sink.local_get(t).i64_const(LOW).i64_and().i64_add();
        sink.i64_const(32).i64_shr_u().i64_add();
        if op == Opcode::I64MulhiS {
            for (sign, other) in [(a, b), (b, a)] {
                sink.local_get(sign)
                    .i64_const(63)
                    .i64_shr_s()
                    .local_get(other)
                    .i64_and()
                    .i64_sub();
            }
        }
    }

    fn bswap(&mut self, op: Opcode, arg: Value) {
        if op == Opcode::I64Bswap {
            self.push(arg);
            self.sink().i64x2_splat();
            let v = self.temp(Type::V128, 0);
            self.sink().local_tee(v).local_get(v);
            let lanes = core::array::from_fn(|i| 7 - (i as u8 & 7));
            self.sink().i8x16_shuffle(lanes).i64x2_extract_lane(0);
        } else {
            let [a] = self.spread([arg]);
            self.get(a);
            let mut sink = self.sink();
            sink.i32_const(8)
                .i32_rotl()
                .i32_const(0x00ff_00ff)
                .i32_and();
            sink.local_get(a)
                .i32_const(8)
                .i32_rotr()
                .i32_const(0xff00_ff00u32 as i32)
                .i32_and();
            sink.i32_or();
        }
    }
}
