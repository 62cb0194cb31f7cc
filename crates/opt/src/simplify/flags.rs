//! Conditions on flags become comparisons.

use elfconv_ir::{Opcode, Type, Value};

use super::{
    Def, Simplifier,
    integer::{Int, Width},
};

// A64's condition codes.
const EQ: u8 = 0;
const CS: u8 = 2;
const MI: u8 = 4;
const VS: u8 = 6;
const HI: u8 = 8;
const GE: u8 = 10;
const GT: u8 = 12;
const AL: u8 = 14;

impl Simplifier<'_> {
    pub(super) fn cond(&mut self, nzcv: Value, cc: u8) -> Option<Value> {
        if cc >= AL {
            return Some(self.truth_constant(true));
        }
        let def = self.def(nzcv)?;
        let [a, b, carry] = def.args;
        use Opcode as O;
        let wide = |op| {
            matches!(
                op,
                O::NzcvAdd64 | O::NzcvSub64 | O::NzcvAdc64 | O::NzcvLogic64
            )
        };
        let w = if wide(def.op) { Width::W64 } else { Width::W32 };
        match def.op {
            O::NzcvSub32 | O::NzcvSub64 => Some(self.cond_sub(w, a, b, cc)),
            O::NzcvAdd32 | O::NzcvAdd64 => match self.int(b) {
                // a + c sets the flags of a - (-c), except for c = 0 (carry) and c = MIN (overflow)
                Some(c) if c != 0 && c != 1 << (w.bits() - 1) => {
                    let negated = self.constant(w.ty(), c.wrapping_neg().into());
                    Some(self.cond_sub(w, a, negated, cc))
                }
                _ => {
                    // carry: a + b < a
                    let sum = self.int_op(Int::Add, w, a, b);
                    Some(self.cond_sum(w, a, b, sum, cc, |s| s.int_op(Int::LtU, w, sum, a)))
                }
            },
            O::NzcvAdc32 | O::NzcvAdc64 => {
                // carry: a + b < a, or (a + b) + carry < a + b
                let partial = self.int_op(Int::Add, w, a, b);
                let carry = if w == Width::W64 {
                    self.unary(O::I64ExtendI32U, carry)
                } else {
                    carry
                };
                let sum = self.int_op(Int::Add, w, partial, carry);
                Some(self.cond_sum(w, a, b, sum, cc, |s| {
                    let first = s.int_op(Int::LtU, w, partial, a);
                    let second = s.int_op(Int::LtU, w, sum, partial);
                    s.binary(O::I32Or, first, second)
                }))
            }
            O::NzcvLogic32 | O::NzcvLogic64 => Some(self.cond_logic(w, a, cc)),
            O::NzcvFcmp32 | O::NzcvFcmp64 => Some(self.cond_fcmp(def, cc)),
            // cond(select(p, f, g)) = select(p, cond(f), cond(g)): what `ccmp` makes
            O::SelectI32 if self.is_flags(b, 4) && self.is_flags(carry, 4) => {
                let then = self.emit(O::Cond, [b, Value(0), Value(0)], cc.into());
                let otherwise = self.emit(O::Cond, [carry, Value(0), Value(0)], cc.into());
                Some(self.emit(O::SelectI32, [a, then, otherwise], 0))
            }
            _ => None,
        }
    }

    /// Whether conditions on `value` become comparisons. Only one side of a select may be another select, so that there is no doubling.
    fn is_flags(&self, value: Value, depth: u32) -> bool {
        use Opcode as O;
        self.def(value).is_some_and(|def| match def.op {
            O::I32Const | O::NzcvSub32 | O::NzcvSub64 | O::NzcvAdd32 | O::NzcvAdd64 => true,
            O::NzcvLogic32 | O::NzcvLogic64 | O::NzcvFcmp32 | O::NzcvFcmp64 => true,
            O::SelectI32 => {
                depth > 0
                    && def.args[1..]
                        .iter()
                        .all(|&arg| self.is_flags(arg, depth - 1))
            }
            _ => false,
        })
    }

    /// Not `value`, which is 0 or 1, if `negate`.
    fn negate_if(&mut self, negate: bool, value: Value) -> Value {
        if negate {
            self.unary(Opcode::I32Eqz, value)
        } else {
            value
        }
    }

    /// x < 0
    fn negative(&mut self, w: Width, x: Value) -> Value {
        self.int_const(Int::LtS, w, x, 0)
    }

    fn cond_sub(&mut self, w: Width, a: Value, b: Value, cc: u8) -> Value {
        let int = match cc & !1 {
            EQ => Int::Eq,
            CS => Int::GeU,
            HI => Int::GtU,
            GE => Int::GeS,
            GT => Int::GtS,
            MI => {
                // a - b < 0, wrapping
                let difference = self.int_op(Int::Sub, w, a, b);
                let negative = self.negative(w, difference);
                return self.negate_if(cc & 1 == 1, negative);
            }
            _ => {
                // Overflow: a and b differ in sign, and so do a and a - b. Never for b = 0.
                if self.int(b) == Some(0) {
                    return self.truth_constant(cc & 1 == 1);
                }
                let difference = self.int_op(Int::Sub, w, a, b);
                let x = self.int_op(Int::Xor, w, a, b);
                let y = self.int_op(Int::Xor, w, a, difference);
                let both = self.int_op(Int::And, w, x, y);
                let overflow = self.negative(w, both);
                return self.negate_if(cc & 1 == 1, overflow);
            }
        };
        let int = if cc & 1 == 1 {
            int.opposite().unwrap_or(int)
        } else {
            int
        };
        self.int_op(int, w, a, b)
    }

    /// A condition on the flags of `sum` = a + b, perhaps with carry in.
    fn cond_sum(
        &mut self,
        w: Width,
        a: Value,
        b: Value,
        sum: Value,
        cc: u8,
        carry: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let holds = match cc & !1 {
            EQ => self.is_zero(w, sum),
            CS => carry(self),
            MI => self.negative(w, sum),
            HI => {
                // carry, and not zero
                let (carry, not_zero) = (carry(self), self.not_zero(w, sum));
                self.binary(Opcode::I32And, carry, not_zero)
            }
            signed => {
                // Overflow: the sum differs in sign from a and from b.
                let x = self.int_op(Int::Xor, w, a, sum);
                let y = self.int_op(Int::Xor, w, b, sum);
                let overflow = self.int_op(Int::And, w, x, y);
                if signed == VS {
                    self.negative(w, overflow)
                } else {
                    // N = V: the sum's sign, corrected by overflow, is positive.
                    let true_sign = self.int_op(Int::Xor, w, sum, overflow);
                    let at_least = self.int_const(Int::GeS, w, true_sign, 0);
                    match signed {
                        GE => at_least,
                        _ => {
                            let not_zero = self.not_zero(w, sum);
                            self.binary(Opcode::I32And, at_least, not_zero)
                        }
                    }
                }
            }
        };
        self.negate_if(cc & 1 == 1, holds)
    }

    /// C = V = 0.
    fn cond_logic(&mut self, w: Width, a: Value, cc: u8) -> Value {
        let zero = self.constant(w.ty(), 0);
        let int = match cc & !1 {
            EQ => Int::Eq,
            MI => Int::LtS,
            GE => Int::GeS,
            GT => Int::GtS,
            // C, V, and C and not Z
            _ => return self.truth_constant(cc & 1 == 1),
        };
        let int = if cc & 1 == 1 {
            int.opposite().unwrap_or(int)
        } else {
            int
        };
        self.int_op(int, w, a, zero)
    }

    /// Less: N. Equal: Z C. Greater: C. Unordered: C V.
    fn cond_fcmp(&mut self, def: Def, cc: u8) -> Value {
        let [a, b, _] = def.args;
        let double = def.op == Opcode::NzcvFcmp64;
        let [eq, lt, le, ge, gt] = match double {
            true => [
                Opcode::F64Eq,
                Opcode::F64Lt,
                Opcode::F64Le,
                Opcode::F64Ge,
                Opcode::F64Gt,
            ],
            false => [
                Opcode::F32Eq,
                Opcode::F32Lt,
                Opcode::F32Le,
                Opcode::F32Ge,
                Opcode::F32Gt,
            ],
        };
        let holds = match cc & !1 {
            EQ => self.binary(eq, a, b),
            // C: not less. N: less.
            CS | MI => {
                let less = self.binary(lt, a, b);
                self.negate_if(cc & !1 == CS, less)
            }
            VS => {
                // unordered: one is not equal to itself
                let x = self.binary(eq, a, a);
                let y = self.binary(eq, b, b);
                let ordered = self.binary(Opcode::I32And, x, y);
                self.negate_if(true, ordered)
            }
            // C and not Z: greater or unordered, not less or equal
            HI => {
                let at_most = self.binary(le, a, b);
                self.negate_if(true, at_most)
            }
            // N = V: equal or greater
            GE => self.binary(ge, a, b),
            _ => self.binary(gt, a, b),
        };
        self.negate_if(cc & 1 == 1, holds)
    }

    pub(super) fn nzcv_adc(&mut self, def: Def) -> Option<Value> {
        let [a, b, carry] = def.args;
        let (w, add, sub) = match def.op {
            Opcode::NzcvAdc32 => (Width::W32, Opcode::NzcvAdd32, Opcode::NzcvSub32),
            _ => (Width::W64, Opcode::NzcvAdd64, Opcode::NzcvSub64),
        };
        // a + b + 0; a + b + 1 = a - !b
        if self.int(carry)? & 1 == 0 {
            return Some(self.binary(add, a, b));
        }
        let not = self.int_const(Int::Xor, w, b, w.mask());
        Some(self.binary(sub, a, not))
    }

    /// Zero of type i32, for rules that need one.
    pub(super) fn zero32(&mut self) -> Value {
        self.constant(Type::I32, 0)
    }
}
