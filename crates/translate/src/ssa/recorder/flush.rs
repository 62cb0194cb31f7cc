//! FPCR.FZ: operands that may be subnormal are flushed first, and results are flushed (Arm ARM, FPUnpack and FPRound).
//!
//! All rows' semantics are made of the operations below, so that nothing else has to be known of a row, but where it computes with bits ([`Builder::flush`]). Half precision
//! is not affected: in single and double precision, in which it is computed, its numbers are normal.
//!
//! [`Builder::flush`]: elfconv_a64::Builder::flush

use elfconv_ir::{InstKind, Opcode, Value, ValueDef};

use super::Recorder;

/// How many operations back it is seen that a value is not subnormal.
const DEPTH: u32 = 4;

/// How the numbers of an operation are flushed.
#[derive(Clone, Copy)]
struct Kind {
    flush: Opcode,
    mul: Opcode,
    div: Opcode,
    fma: Opcode,
}

const F32: Kind = Kind {
    flush: Opcode::F32Flush,
    mul: Opcode::F32MulFlush,
    div: Opcode::F32DivFlush,
    fma: Opcode::F32FmaFlush,
};
const F64: Kind = Kind {
    flush: Opcode::F64Flush,
    mul: Opcode::F64MulFlush,
    div: Opcode::F64DivFlush,
    fma: Opcode::F64FmaFlush,
};
const F32X4: Kind = Kind {
    flush: Opcode::F32x4Flush,
    mul: Opcode::F32x4MulFlush,
    div: Opcode::F32x4DivFlush,
    fma: Opcode::F32x4FmaFlush,
};
const F64X2: Kind = Kind {
    flush: Opcode::F64x2Flush,
    mul: Opcode::F64x2MulFlush,
    div: Opcode::F64x2DivFlush,
    fma: Opcode::F64x2FmaFlush,
};

impl Recorder {
    /// The operation as it is while FPCR.FZ is set, if that makes a difference.
    pub(super) fn flushing(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Option<Value> {
        use Opcode as O;
        let kind = match op.args().first()? {
            elfconv_ir::Type::F32 => F32,
            elfconv_ir::Type::F64 => F64,
            elfconv_ir::Type::V128 if op.name().starts_with("f32x4") => F32X4,
            elfconv_ir::Type::V128 => F64X2,
            _ => return None,
        };
        let (inputs, instead) = match op {
            O::F32Add | O::F32Sub | O::F64Add | O::F64Sub => (kind.flush, op),
            O::F32x4Add | O::F32x4Sub | O::F64x2Add | O::F64x2Sub => (kind.flush, op),
            O::F32Mul | O::F64Mul | O::F32x4Mul | O::F64x2Mul => (kind.flush, kind.mul),
            O::F32Div | O::F64Div | O::F32x4Div | O::F64x2Div => (kind.flush, kind.div),
            O::F32Fma | O::F64Fma | O::F32x4Fma | O::F64x2Fma => (kind.flush, kind.fma),
            O::F32Min | O::F32Max | O::F32Sqrt | O::F32Ceil | O::F32Floor => (kind.flush, op),
            O::F64Min | O::F64Max | O::F64Sqrt | O::F64Ceil | O::F64Floor => (kind.flush, op),
            O::F32x4Min | O::F32x4Max | O::F32x4Sqrt | O::F32x4Ceil | O::F32x4Floor => {
                (kind.flush, op)
            }
            O::F64x2Min | O::F64x2Max | O::F64x2Sqrt | O::F64x2Ceil | O::F64x2Floor => {
                (kind.flush, op)
            }
            O::F32Eq | O::F32Ne | O::F32Lt | O::F32Gt | O::F32Le | O::F32Ge => (kind.flush, op),
            O::F64Eq | O::F64Ne | O::F64Lt | O::F64Gt | O::F64Le | O::F64Ge => (kind.flush, op),
            O::F32x4Eq | O::F32x4Ne | O::F32x4Lt | O::F32x4Gt | O::F32x4Le | O::F32x4Ge => {
                (kind.flush, op)
            }
            O::F64x2Eq | O::F64x2Ne | O::F64x2Lt | O::F64x2Gt | O::F64x2Le | O::F64x2Ge => {
                (kind.flush, op)
            }
            O::NzcvFcmp32 | O::NzcvFcmp64 | O::F64PromoteF32 => (kind.flush, op),
            O::F64x2PromoteLowF32x4 => (O::F32x4Flush, op),
            O::F32DemoteF64 => (O::F64FlushSingle, op),
            O::F32x4DemoteF64x2Zero => (O::F64x2FlushSingle, op),
            _ => return None,
        };
        let mut flushed = args;
        for arg in &mut flushed[..op.args().len()] {
            *arg = self.flushed(inputs, *arg);
        }
        let result = self.fold(instead, flushed, imm);
        Some(match op {
            // Exact where they are small.
            O::F32Add | O::F32Sub | O::F64Add | O::F64Sub => self.fold_one(kind.flush, result),
            O::F32x4Add | O::F32x4Sub | O::F64x2Add | O::F64x2Sub => {
                self.fold_one(kind.flush, result)
            }
            _ => result,
        })
    }

    /// The value without subnormal numbers.
    pub(super) fn flushed(&mut self, flush: Opcode, value: Value) -> Value {
        match self.is_flushed(flush, value, DEPTH) {
            true => value,
            false => self.fold_one(flush, value),
        }
    }

    fn fold_one(&mut self, op: Opcode, value: Value) -> Value {
        self.fold(op, [value, Value(0), Value(0)], 0)
    }

    /// Whether flushing leaves a value as it is, as far as its operations tell.
    fn is_flushed(&self, flush: Opcode, value: Value, depth: u32) -> bool {
        use Opcode as O;
        if let Some(c) = self.const_of(value) {
            let folded = elfconv_ir::eval::fold(flush, &[c], 0);
            return folded == Some(c);
        }
        let ValueDef::Inst(inst, _) = self.f.values[value.index()].def else {
            return false;
        };
        let InstKind::Op { op, args, .. } = self.f.insts[inst.index()].kind else {
            return false;
        };
        let of = |flush, values: &[Value]| {
            depth > 0 && values.iter().all(|v| self.is_flushed(flush, *v, depth - 1))
        };
        if op == flush {
            return true;
        }
        match flush {
            O::F32Flush => match op {
                O::F32MulFlush | O::F32DivFlush | O::F32FmaFlush | O::F32DemoteF64 => true,
                O::F32Min | O::F32Max | O::F32Sqrt | O::F32Ceil | O::F32Floor => true,
                O::F32ConvertI32S | O::F32ConvertI32U => true,
                O::F32ConvertI64S | O::F32ConvertI64U | O::F32FromF16 => true,
                O::F32Neg | O::F32Abs => of(flush, &args[..1]),
                O::SelectF32 => of(flush, &args[1..]),
                O::F32x4ExtractLane => of(O::F32x4Flush, &args[..1]),
                _ => false,
            },
            O::F64Flush => match op {
                O::F64MulFlush | O::F64DivFlush | O::F64FmaFlush | O::F64PromoteF32 => true,
                O::F64Min | O::F64Max | O::F64Sqrt | O::F64Ceil | O::F64Floor => true,
                O::F64ConvertI32S | O::F64ConvertI32U | O::F64FlushSingle => true,
                O::F64ConvertI64S | O::F64ConvertI64U | O::F64FromF16 => true,
                O::F64Neg | O::F64Abs => of(flush, &args[..1]),
                O::SelectF64 => of(flush, &args[1..]),
                O::F64x2ExtractLane => of(O::F64x2Flush, &args[..1]),
                _ => false,
            },
            O::F32x4Flush => match op {
                O::F32x4MulFlush | O::F32x4DivFlush | O::F32x4FmaFlush => true,
                O::F32x4Min | O::F32x4Max | O::F32x4Sqrt | O::F32x4Ceil | O::F32x4Floor => true,
                O::F32x4ConvertI32x4S | O::F32x4ConvertI32x4U | O::F32x4DemoteF64x2Zero => true,
                O::F32x4Neg | O::F32x4Abs => of(flush, &args[..1]),
                O::F32x4Splat => of(O::F32Flush, &args[..1]),
                _ => false,
            },
            O::F64x2Flush => match op {
                O::F64x2MulFlush | O::F64x2DivFlush | O::F64x2FmaFlush => true,
                O::F64x2Min | O::F64x2Max | O::F64x2Sqrt | O::F64x2Ceil | O::F64x2Floor => true,
                O::F64x2FlushSingle | O::F64x2PromoteLowF32x4 => true,
                O::F64x2Neg | O::F64x2Abs => of(flush, &args[..1]),
                O::F64x2Splat => of(O::F64Flush, &args[..1]),
                _ => false,
            },
            O::F64FlushSingle => match op {
                O::F64PromoteF32 => true,
                O::F64Neg | O::F64Abs => of(flush, &args[..1]),
                _ => false,
            },
            O::F64x2FlushSingle => match op {
                O::F64x2PromoteLowF32x4 => true,
                O::F64x2Neg | O::F64x2Abs => of(flush, &args[..1]),
                _ => false,
            },
            _ => false,
        }
    }
}
