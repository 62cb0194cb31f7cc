//! Vectors: lanes, bits, shuffles.

use elfconv_ir::{Opcode, Type, Value};

use super::{
    Def, Simplifier,
    integer::{Int, Width},
};

/// A move between a lane and a scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    Extract,
    Replace,
    Splat,
}

/// The kind of move, and the lane's width in bits.
fn lane_move(op: Opcode) -> Option<(Move, u32)> {
    use Opcode as O;
    Some(match op {
        O::I8x16ExtractLaneS | O::I8x16ExtractLaneU => (Move::Extract, 8),
        O::I16x8ExtractLaneS | O::I16x8ExtractLaneU => (Move::Extract, 16),
        O::I32x4ExtractLane | O::F32x4ExtractLane => (Move::Extract, 32),
        O::I64x2ExtractLane | O::F64x2ExtractLane => (Move::Extract, 64),
        O::I8x16ReplaceLane => (Move::Replace, 8),
        O::I16x8ReplaceLane => (Move::Replace, 16),
        O::I32x4ReplaceLane | O::F32x4ReplaceLane => (Move::Replace, 32),
        O::I64x2ReplaceLane | O::F64x2ReplaceLane => (Move::Replace, 64),
        O::I8x16Splat => (Move::Splat, 8),
        O::I16x8Splat => (Move::Splat, 16),
        O::I32x4Splat | O::F32x4Splat => (Move::Splat, 32),
        O::I64x2Splat | O::F64x2Splat => (Move::Splat, 64),
        _ => return None,
    })
}

impl Simplifier<'_> {
    pub(super) fn vector(&mut self, def: Def) -> Option<Value> {
        match lane_move(def.op) {
            Some((Move::Extract, bits)) => return self.extract(def, bits),
            Some((Move::Replace, bits)) => return self.replace(def, bits),
            _ => {}
        }
        use Opcode as O;
        let [x, y, z] = def.args;
        match def.op {
            O::V128And | O::V128Or | O::V128Xor | O::V128AndNot => self.bitwise(def.op, x, y),
            // ~~u = u
            O::V128Not => self.def_by(x, O::V128Not).map(|inner| inner.args[0]),
            // bitselect(x, x, m) = x, bitselect(x, y, -1) = x, bitselect(x, y, 0) = y
            O::V128Bitselect => match self.f.const_of(z) {
                _ if x == y => Some(x),
                Some(u128::MAX) => Some(x),
                Some(0) => Some(y),
                _ => None,
            },
            O::I8x16Shuffle => self.shuffle(def),
            // x << n = x, for n = 0 modulo the lane's width
            O::I8x16Shl | O::I8x16ShrS | O::I8x16ShrU => (self.int(y)? % 8 == 0).then_some(x),
            O::I16x8Shl | O::I16x8ShrS | O::I16x8ShrU => (self.int(y)? % 16 == 0).then_some(x),
            O::I32x4Shl | O::I32x4ShrS | O::I32x4ShrU => (self.int(y)? % 32 == 0).then_some(x),
            O::I64x2Shl | O::I64x2ShrS | O::I64x2ShrU => (self.int(y)? % 64 == 0).then_some(x),
            _ => None,
        }
    }

    fn bitwise(&mut self, op: Opcode, x: Value, y: Value) -> Option<Value> {
        use Opcode as O;
        // x & x = x, x | x = x, x ^ x = 0, x & ~x = 0
        if x == y {
            return Some(match op {
                O::V128And | O::V128Or => x,
                _ => self.constant(Type::V128, 0),
            });
        }
        let order = |v: Value| (self.f.const_of(v), v);
        let ((_, x), (c, y)) = if self.f.const_of(x).is_some() && op != O::V128AndNot {
            (order(y), order(x))
        } else {
            (order(x), order(y))
        };
        match (op, c?) {
            // x & 0 = 0, x | -1 = -1
            (O::V128And, 0) | (O::V128Or, u128::MAX) => Some(y),
            // x & -1 = x, x | 0 = x, x ^ 0 = x, x & ~0 = x
            (O::V128And, u128::MAX) | (O::V128Or | O::V128Xor | O::V128AndNot, 0) => Some(x),
            // x & ~-1 = 0
            (O::V128AndNot, u128::MAX) => Some(self.constant(Type::V128, 0)),
            // x ^ -1 = ~x
            (O::V128Xor, u128::MAX) => Some(self.unary(O::V128Not, x)),
            _ => None,
        }
    }

    /// A scalar of the type that `def` gives, from the low `bits` bits of another scalar.
    fn as_lane(&mut self, def: Def, bits: u32, scalar: Value) -> Option<Value> {
        use Opcode as O;
        let wanted = def.op.result()?;
        let value = match (self.f.ty(scalar), wanted) {
            (found, wanted) if found == wanted => scalar,
            (Type::F32, Type::I32) => self.unary(O::I32ReinterpretF32, scalar),
            (Type::F64, Type::I64) => self.unary(O::I64ReinterpretF64, scalar),
            (Type::I32, Type::F32) => self.unary(O::F32ReinterpretI32, scalar),
            (Type::I64, Type::F64) => self.unary(O::F64ReinterpretI64, scalar),
            _ => return None,
        };
        Some(match def.op {
            O::I8x16ExtractLaneS | O::I16x8ExtractLaneS => {
                let extend = if bits == 8 {
                    O::I32Extend8S
                } else {
                    O::I32Extend16S
                };
                self.unary(extend, value)
            }
            O::I8x16ExtractLaneU | O::I16x8ExtractLaneU => {
                self.int_const(Int::And, Width::W32, value, (1 << bits) - 1)
            }
            _ => value,
        })
    }

    fn extract(&mut self, def: Def, bits: u32) -> Option<Value> {
        let vector = self.def(def.args[0])?;
        let (low, high) = (def.imm as u32 * bits, (def.imm as u32 + 1) * bits);
        match lane_move(vector.op) {
            Some((Move::Replace, lane_bits)) => {
                let (lane_low, lane_high) = (
                    vector.imm as u32 * lane_bits,
                    (vector.imm as u32 + 1) * lane_bits,
                );
                // extract n (replace n (v, x)) = x
                if (low, high) == (lane_low, lane_high) {
                    return self.as_lane(def, bits, vector.args[1]);
                }
                // extract m (replace n (v, x)) = extract m (v), for lanes apart
                if high <= lane_low || lane_high <= low {
                    return Some(self.emit(def.op, [vector.args[0], Value(0), Value(0)], def.imm));
                }
                // One half of a replaced lane of 64 bits.
                if (bits, lane_bits) == (32, 64) {
                    return self.half(def, vector.args[1], low != lane_low);
                }
                None
            }
            // extract n (splat(x)) = x
            Some((Move::Splat, lane_bits)) if lane_bits == bits => {
                self.as_lane(def, bits, vector.args[0])
            }
            _ if vector.op == Opcode::I8x16Shuffle => {
                // extract n (shuffle(a, b)) = extract m (a), if the bytes come from one lane
                let bytes = (bits / 8) as usize;
                let lanes = vector.imm.to_le_bytes();
                let from = &lanes[def.imm as usize * bytes..][..bytes];
                let first = from[0];
                let in_order = from
                    .iter()
                    .enumerate()
                    .all(|(i, &lane)| usize::from(lane) == usize::from(first) + i);
                if !in_order || !usize::from(first).is_multiple_of(bytes) {
                    return None;
                }
                let source = vector.args[usize::from(first / 16)];
                let lane = usize::from(first % 16) / bytes;
                Some(self.emit(def.op, [source, Value(0), Value(0)], lane as u128))
            }
            _ => None,
        }
    }

    /// The upper or lower 32 bits of an i64 or f64, as `def` wants them.
    fn half(&mut self, def: Def, scalar: Value, upper: bool) -> Option<Value> {
        use Opcode as O;
        let mut bits = match self.f.ty(scalar) {
            Type::F64 => self.unary(O::I64ReinterpretF64, scalar),
            _ => scalar,
        };
        if upper {
            bits = self.int_const(Int::ShrU, Width::W64, bits, 32);
        }
        let half = self.unary(O::I32WrapI64, bits);
        self.as_lane(def, 32, half)
    }

    fn replace(&mut self, def: Def, bits: u32) -> Option<Value> {
        let [v, x, _] = def.args;
        // replace n (v, extract n (v)) = v
        if let Some(scalar) = self.def(x)
            && lane_move(scalar.op) == Some((Move::Extract, bits))
            && scalar.args[0] == v
            && scalar.imm == def.imm
        {
            return Some(v);
        }
        // replace n (replace n (v, y), x) = replace n (v, x)
        let inner = self.def(v)?;
        (lane_move(inner.op) == Some((Move::Replace, bits)) && inner.imm == def.imm)
            .then(|| self.emit(def.op, [inner.args[0], x, Value(0)], def.imm))
    }

    fn shuffle(&mut self, def: Def) -> Option<Value> {
        let [a, b, _] = def.args;
        let lanes = def.imm.to_le_bytes();
        let is_sequence = |start: u8| lanes.iter().zip(start..).all(|(&lane, i)| lane == i);
        // The lanes of one operand in order are that operand.
        if is_sequence(0) {
            return Some(a);
        }
        if is_sequence(16) {
            return Some(b);
        }
        // shuffle(a, a): all lanes from the first
        if a == b && lanes.iter().any(|&lane| lane >= 16) {
            let lanes = u128::from_le_bytes(lanes.map(|lane| lane & 15));
            return Some(self.emit(def.op, [a, b, Value(0)], lanes));
        }
        // shuffle(a, b) of lanes of one only
        if a != b && lanes.iter().all(|&lane| lane < 16) {
            return Some(self.emit(def.op, [a, a, Value(0)], def.imm));
        }
        if a != b && lanes.iter().all(|&lane| lane >= 16) {
            return Some(self.emit(
                def.op,
                [b, b, Value(0)],
                u128::from_le_bytes(lanes.map(|lane| lane - 16)),
            ));
        }
        None
    }
}
