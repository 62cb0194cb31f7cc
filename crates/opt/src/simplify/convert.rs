//! Conversions between the scalar types.

use elfconv_ir::{Opcode, Value};

use super::{
    Def, Simplifier,
    integer::{Int, Width},
};

impl Simplifier<'_> {
    pub(super) fn convert(&mut self, def: Def) -> Option<Value> {
        use Opcode as O;
        let x = def.args[0];
        match def.op {
            O::I32WrapI64 => self.wrap(x),
            O::I64ExtendI32U => {
                // extend(wrap(u)) = u, for u < 2^32
                let u = self.def_by(x, O::I32WrapI64)?.args[0];
                (self.significant(u) <= 32).then_some(u)
            }
            O::I64ExtendI32S => self.extend_signed(x),
            O::I64Extend32S => self.extend32_signed(x),
            // One reinterpretation undoes the other; lanes can be taken as either.
            O::I32ReinterpretF32 => self.reinterpret(
                x,
                O::F32ReinterpretI32,
                O::F32x4ExtractLane,
                O::I32x4ExtractLane,
            ),
            O::F32ReinterpretI32 => self.reinterpret(
                x,
                O::I32ReinterpretF32,
                O::I32x4ExtractLane,
                O::F32x4ExtractLane,
            ),
            O::I64ReinterpretF64 => self.reinterpret(
                x,
                O::F64ReinterpretI64,
                O::F64x2ExtractLane,
                O::I64x2ExtractLane,
            ),
            O::F64ReinterpretI64 => self.reinterpret(
                x,
                O::I64ReinterpretF64,
                O::I64x2ExtractLane,
                O::F64x2ExtractLane,
            ),
            // -(-u) = u
            O::F32Neg | O::F64Neg => self.def_by(x, def.op).map(|inner| inner.args[0]),
            // | |u| | = |u|, |-u| = |u|
            O::F32Abs | O::F64Abs => {
                if self.def_by(x, def.op).is_some() {
                    return Some(x);
                }
                let neg = if def.op == O::F32Abs {
                    O::F32Neg
                } else {
                    O::F64Neg
                };
                let u = self.def_by(x, neg)?.args[0];
                Some(self.unary(def.op, u))
            }
            _ => None,
        }
    }

    fn reinterpret(
        &mut self,
        x: Value,
        inverse: Opcode,
        lane: Opcode,
        other_lane: Opcode,
    ) -> Option<Value> {
        let def = self.def(x)?;
        if def.op == inverse {
            return Some(def.args[0]);
        }
        (def.op == lane).then(|| self.emit(other_lane, def.args, def.imm))
    }

    /// Whether the low half of an i64 is at hand.
    fn wraps_freely(&self, x: Value) -> bool {
        self.def(x).is_some_and(|def| {
            matches!(
                def.op,
                Opcode::I64Const | Opcode::I64ExtendI32U | Opcode::I64ExtendI32S
            )
        })
    }

    fn wrap(&mut self, x: Value) -> Option<Value> {
        use Opcode as O;
        let def = self.def(x)?;
        let [a, b, c] = def.args;
        match def.op {
            // wrap(extend(u)) = u
            O::I64ExtendI32U | O::I64ExtendI32S => Some(a),
            // wrap(extend32_s(u)) = wrap(u)
            O::I64Extend32S => Some(self.unary(O::I32WrapI64, a)),
            // wrap(u & c) = wrap(u), for c with 32 ones at the bottom
            O::I64And if self.int(b).is_some_and(|c| c.trailing_ones() >= 32) => {
                Some(self.unary(O::I32WrapI64, a))
            }
            // wrap(u | v << n) = wrap(u), for n >= 32; and so ^ and +
            O::I64Or | O::I64Xor | O::I64Add if self.is_high(b) => {
                Some(self.unary(O::I32WrapI64, a))
            }
            O::I64Or | O::I64Xor | O::I64Add if self.is_high(a) => {
                Some(self.unary(O::I32WrapI64, b))
            }
            // wrap(u << n) = 0, for n >= 32
            O::I64Shl if self.is_high(x) => Some(self.zero32()),
            // wrap(u << n) = wrap(u) << n, for n < 32
            O::I64Shl if self.wraps_freely(a) => {
                let n = self.int(b).filter(|&n| n < 32)?;
                let low = self.unary(O::I32WrapI64, a);
                Some(self.int_const(Int::Shl, Width::W32, low, n))
            }
            // wrap(u + v) = wrap(u) + wrap(v); and so -, *, &, |, ^
            O::I64Add | O::I64Sub | O::I64Mul | O::I64And | O::I64Or | O::I64Xor
                if self.wraps_freely(a) && self.wraps_freely(b) =>
            {
                let (int, _) = Int::of(def.op)?;
                let (low_a, low_b) = (self.unary(O::I32WrapI64, a), self.unary(O::I32WrapI64, b));
                Some(self.int_op(int, Width::W32, low_a, low_b))
            }
            // wrap(select(p, u, v)) = select(p, wrap(u), wrap(v))
            O::SelectI64 if self.wraps_freely(b) && self.wraps_freely(c) => {
                let (low_b, low_c) = (self.unary(O::I32WrapI64, b), self.unary(O::I32WrapI64, c));
                Some(self.emit(O::SelectI32, [a, low_b, low_c], 0))
            }
            // wrap(lane n of two) = lane 2n of four
            O::I64x2ExtractLane => Some(self.emit(O::I32x4ExtractLane, def.args, 2 * def.imm)),
            _ => None,
        }
    }

    /// Whether the low half is zero by a shift.
    fn is_high(&self, x: Value) -> bool {
        self.int_const_def(x, Int::Shl, Width::W64)
            .is_some_and(|(_, n)| (32..64).contains(&n))
    }

    fn extend_signed(&mut self, x: Value) -> Option<Value> {
        use Opcode as O;
        // extend_s(x) = extend_u(x), for 0 <= x < 2^31
        if self.significant(x) < 32 {
            return Some(self.unary(O::I64ExtendI32U, x));
        }
        let def = self.def(x)?;
        let u = def.args[0];
        match def.op {
            // extend_s(wrap(u)) = extend32_s(u)
            O::I32WrapI64 => Some(self.unary(O::I64Extend32S, u)),
            // extend_s(extend8_s(wrap(u))) = extend8_s(u)
            O::I32Extend8S | O::I32Extend16S => {
                let inner = self.def_by(u, O::I32WrapI64)?.args[0];
                Some(self.unary(
                    if def.op == O::I32Extend8S {
                        O::I64Extend8S
                    } else {
                        O::I64Extend16S
                    },
                    inner,
                ))
            }
            _ => None,
        }
    }

    fn extend32_signed(&mut self, x: Value) -> Option<Value> {
        use Opcode as O;
        // extend32_s(x) = x, for 0 <= x < 2^31
        if self.significant(x) < 32 {
            return Some(x);
        }
        let def = self.def(x)?;
        match def.op {
            // extend32_s(extend(u)) = extend_s(u)
            O::I64ExtendI32U | O::I64ExtendI32S => Some(self.unary(O::I64ExtendI32S, def.args[0])),
            // of what is sign-extended already
            O::I64Load8S
            | O::I64Load16S
            | O::I64Load32S
            | O::I64Extend8S
            | O::I64Extend16S
            | O::I64Extend32S => Some(x),
            // extend32_s(u & c) = extend32_s(u), for c with 32 ones at the bottom
            O::I64And
                if self
                    .int(def.args[1])
                    .is_some_and(|c| c.trailing_ones() >= 32) =>
            {
                Some(self.unary(O::I64Extend32S, def.args[0]))
            }
            _ => None,
        }
    }
}
