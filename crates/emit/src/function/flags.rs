//! The flags as a number, NZCV in four bits.

use elfconv_ir::{Opcode, Type, Value};
use wasm_encoder::InstructionSink;

use super::emitter::Emitter;

impl Emitter<'_> {
    /// A condition of flags that are a number: a bit of the set of numbers that satisfy it. Only four bits of the number count, so the set is there twice.
    pub fn cond(&mut self, flags: Value, cc: u128) {
        let set = (0..32u32).fold(0, |set, f| set | elfconv_ir::eval::cond(f, cc as u8) << f);
        self.sink().i32_const(set as i32);
        self.push(flags);
        self.sink().i32_shr_u().i32_const(1).i32_and();
    }

    pub fn nzcv(&mut self, op: Opcode, args: [Value; 3]) {
        use Opcode as O;
        match op {
            O::NzcvLogic32 | O::NzcvLogic64 => {
                let wide = op == O::NzcvLogic64;
                let [a] = self.spread([args[0]]);
                let mut code = Flags {
                    sink: self.sink(),
                    wide,
                };
                code.get(a).negative();
                code.get(a).eqz().at_bit(2);
            }
            O::NzcvFcmp32 | O::NzcvFcmp64 => {
                let [a, b] = self.spread([args[0], args[1]]);
                let mut sink = self.sink();
                // less ? 8 : equal ? 6 : greater ? 2 : 3
                sink.i32_const(8).i32_const(6).i32_const(2).i32_const(3);
                let compares: [[fn(&mut InstructionSink<'_>); 2]; 3] = [
                    [|s| _ = s.f32_gt(), |s| _ = s.f64_gt()],
                    [|s| _ = s.f32_eq(), |s| _ = s.f64_eq()],
                    [|s| _ = s.f32_lt(), |s| _ = s.f64_lt()],
                ];
                for compare in compares {
                    sink.local_get(a).local_get(b);
                    compare[usize::from(op == O::NzcvFcmp64)](&mut sink);
                    sink.select();
                }
            }
            O::NzcvAdd32
            | O::NzcvAdd64
            | O::NzcvAdc32
            | O::NzcvAdc64
            | O::NzcvSub32
            | O::NzcvSub64 => {
                self.nzcv_arithmetic(op, args);
            }
            _ => {
                debug_assert!(false, "no lowering of {op}");
                self.fail();
                self.sink().unreachable();
            }
        }
    }

    fn nzcv_arithmetic(&mut self, op: Opcode, args: [Value; 3]) {
        use Opcode as O;
        let wide = matches!(op, O::NzcvAdd64 | O::NzcvAdc64 | O::NzcvSub64);
        let ty = if wide { Type::I64 } else { Type::I32 };
        let has_carry = matches!(op, O::NzcvAdc32 | O::NzcvAdc64);
        let subtracts = matches!(op, O::NzcvSub32 | O::NzcvSub64);
        let sum = self.temp(ty, 3);
        let carry = self.temp(Type::I32, 4);
        let (a, b) = if has_carry {
            let temps = [self.temp(ty, 0), self.temp(ty, 1)];
            args.iter().for_each(|v| self.push(*v));
            self.sink().i32_const(1).i32_and();
            self.set(carry);
            self.set(temps[1]);
            self.set(temps[0]);
            (temps[0], temps[1])
        } else {
            let [a, b] = self.spread([args[0], args[1]]);
            (a, b)
        };
        let mut code = Flags {
            sink: self.sink(),
            wide,
        };
        code.get(a).get(b);
        if subtracts {
            code.sub();
        } else {
            code.add();
            if has_carry {
                code.sink.local_get(carry);
                if wide {
                    code.sink.i64_extend_i32_u();
                }
                code.add();
            }
        }
        code.sink.local_tee(sum);
        code.negative();
        code.get(sum).eqz().at_bit(2);
        // Carry out of an addition: the sum is below an operand. Of a subtraction: no borrow.
        if subtracts {
            code.get(a).get(b).ge_u();
        } else {
            code.get(sum).get(a).lt_u();
        }
        if has_carry {
            code.get(sum).get(a).eq();
            code.sink.local_get(carry).i32_and().i32_or();
        }
        code.at_bit(1);
        // Overflow: the operands (the second one negated for a subtraction) have one sign, the sum the other.
        code.get(a).get(sum).xor();
        if subtracts {
            code.get(a).get(b).xor();
        } else {
            code.get(b).get(sum).xor();
        }
        code.and().top_bit();
        code.sink.i32_or();
    }
}

/// Emits the arithmetic of flags in 32 or 64 bits.
struct Flags<'a> {
    sink: InstructionSink<'a>,
    wide: bool,
}

macro_rules! either {
    ($($name:ident $narrow:ident $wide_op:ident;)*) => {
        $(fn $name(&mut self) -> &mut Self {
            if self.wide { self.sink.$wide_op(); } else { self.sink.$narrow(); }
            self
        })*
    };
}

impl Flags<'_> {
    either! {
        add i32_add i64_add;
        sub i32_sub i64_sub;
        xor i32_xor i64_xor;
        and i32_and i64_and;
        eqz i32_eqz i64_eqz;
        eq i32_eq i64_eq;
        lt_u i32_lt_u i64_lt_u;
        ge_u i32_ge_u i64_ge_u;
    }

    fn get(&mut self, local: u32) -> &mut Self {
        self.sink.local_get(local);
        self
    }

    /// The sign bit as 0 or 1.
    fn top_bit(&mut self) -> &mut Self {
        if self.wide {
            self.sink.i64_const(63).i64_shr_u().i32_wrap_i64();
        } else {
            self.sink.i32_const(31).i32_shr_u();
        }
        self
    }

    /// The flags' number with N of what is on the stack.
    fn negative(&mut self) {
        self.top_bit();
        self.sink.i32_const(3).i32_shl();
    }

    /// Adds a flag to the number below it.
    fn at_bit(&mut self, bit: i32) {
        self.sink.i32_const(bit).i32_shl().i32_or();
    }
}
