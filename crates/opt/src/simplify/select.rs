//! Selects. `p` is the condition.

use elfconv_ir::{Opcode, Value};

use super::{Def, Simplifier};

impl Simplifier<'_> {
    pub(super) fn select(&mut self, def: Def) -> Option<Value> {
        let [p, a, b] = def.args;
        // select(c, a, b)
        if let Some(c) = self.int(p) {
            return Some(if c != 0 { a } else { b });
        }
        // select(p, a, a) = a
        if a == b {
            return Some(a);
        }
        // select(p == 0, a, b) = select(p, b, a), select(p != 0, a, b) = select(p, a, b)
        let (truth, inverted) = self.truth(p);
        if truth != p {
            let args = if inverted {
                [truth, b, a]
            } else {
                [truth, a, b]
            };
            return Some(self.emit(def.op, args, 0));
        }
        // select(p, select(p, u, v), b) = select(p, u, b), select(p, a, select(p, u, v)) = select(p, a, v)
        if let Some(inner) = self.def_by(a, def.op).filter(|inner| inner.args[0] == p) {
            return Some(self.emit(def.op, [p, inner.args[1], b], 0));
        }
        if let Some(inner) = self.def_by(b, def.op).filter(|inner| inner.args[0] == p) {
            return Some(self.emit(def.op, [p, a, inner.args[2]], 0));
        }
        match def.op {
            Opcode::SelectI32 => self.select_truth(p, a, b),
            Opcode::SelectI64 => {
                // select(p, extend(u), extend(v)) = extend(select(p, u, v)), constants being extended too
                let low = |s: &Self, x: Value| {
                    s.def_by(x, Opcode::I64ExtendI32U).is_some()
                        || s.int(x).is_some_and(|c| c >> 32 == 0)
                };
                let constants = self.int(a).is_some() && self.int(b).is_some();
                if constants && self.int(a)?.max(self.int(b)?) > 1 || !low(self, a) || !low(self, b)
                {
                    return None;
                }
                let (u, v) = (
                    self.unary(Opcode::I32WrapI64, a),
                    self.unary(Opcode::I32WrapI64, b),
                );
                let selected = self.emit(Opcode::SelectI32, [p, u, v], 0);
                Some(self.unary(Opcode::I64ExtendI32U, selected))
            }
            _ => None,
        }
    }

    /// Selects that are logic.
    fn select_truth(&mut self, p: Value, a: Value, b: Value) -> Option<Value> {
        use Opcode as O;
        match (self.int(a), self.int(b)) {
            // select(p, 1, 0) = (p != 0), select(p, 0, 1) = (p == 0)
            (Some(1), Some(0)) if self.is_bool(p) => return Some(p),
            (Some(1), Some(0)) => {
                let zero = self.zero32();
                return Some(self.binary(O::I32Ne, p, zero));
            }
            (Some(0), Some(1)) => return Some(self.unary(O::I32Eqz, p)),
            _ => {}
        }
        if !self.is_bool(p) {
            return None;
        }
        match (self.int(a), self.int(b)) {
            // select(p, a, 0) = p & a, for a and p of 0 and 1
            (None, Some(0)) if self.is_bool(a) => Some(self.binary(O::I32And, p, a)),
            // select(p, 1, b) = p | b
            (Some(1), None) if self.is_bool(b) => Some(self.binary(O::I32Or, p, b)),
            // select(p, 0, b) = !p & b
            (Some(0), None) if self.is_bool(b) => {
                let not = self.unary(O::I32Eqz, p);
                Some(self.binary(O::I32And, not, b))
            }
            // select(p, a, 1) = !p | a
            (None, Some(1)) if self.is_bool(a) => {
                let not = self.unary(O::I32Eqz, p);
                Some(self.binary(O::I32Or, not, a))
            }
            _ => None,
        }
    }
}
