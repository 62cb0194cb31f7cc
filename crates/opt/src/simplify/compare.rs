//! Integer comparisons. `x`, `y`, `u`, `v` are values, `c` constants.

use elfconv_ir::{Opcode, Type, Value};

use super::{
    Simplifier,
    integer::{Int, Width},
};

impl Simplifier<'_> {
    pub(super) fn truth_constant(&mut self, holds: bool) -> Value {
        self.constant(Type::I32, holds.into())
    }

    /// x != 0
    pub(super) fn not_zero(&mut self, w: Width, x: Value) -> Value {
        self.int_const(Int::Ne, w, x, 0)
    }

    pub(super) fn is_zero(&mut self, w: Width, x: Value) -> Value {
        self.unary(Int::Eqz.op(w), x)
    }

    pub(super) fn compare(&mut self, int: Int, w: Width, x: Value, y: Value) -> Option<Value> {
        if int == Int::Eqz {
            return self.eqz(w, x);
        }
        // x == x, x <= x, x >= x; not x != x, x < x, x > x
        if x == y {
            return Some(self.truth_constant(matches!(
                int,
                Int::Eq | Int::LeS | Int::LeU | Int::GeS | Int::GeU
            )));
        }
        if w == Width::W64
            && let Some(value) = self.compare_low_halves(int, x, y)
        {
            return Some(value);
        }
        let c = self.int(y)?;
        match (int, c) {
            // (x == 0) = eqz(x)
            (Int::Eq, 0) => return Some(self.is_zero(w, x)),
            (Int::Ne, 0) => return self.ne_zero(w, x),
            // unsigned: x < 0 never, x >= 0 always, x > 0 if x != 0, x <= 0 if x == 0, x < 1 if x == 0, x >= 1 if x != 0
            (Int::LtU, 0) => return Some(self.truth_constant(false)),
            (Int::GeU, 0) => return Some(self.truth_constant(true)),
            (Int::GtU, 0) | (Int::GeU, 1) => return Some(self.not_zero(w, x)),
            (Int::LeU, 0) | (Int::LtU, 1) => return Some(self.is_zero(w, x)),
            // (x == 1) = x, (x != 1) = eqz(x), for 0 <= x <= 1
            (Int::Eq, 1) if w == Width::W32 && self.is_bool(x) => return Some(x),
            (Int::Ne, 1) if w == Width::W32 && self.is_bool(x) => return Some(self.is_zero(w, x)),
            _ => {}
        }
        // 0 <= x < 2^n against a constant beyond
        let bits = self.significant(x);
        if bits < w.bits() {
            let limit = 1u64 << bits;
            let signed_positive = c <= w.mask() >> 1;
            let beyond = match int {
                Int::Eq => (c >= limit).then_some(false),
                Int::Ne => (c >= limit).then_some(true),
                Int::LtU => (c >= limit).then_some(true),
                Int::GeU => (c >= limit).then_some(false),
                Int::LeU => (c >= limit - 1).then_some(true),
                Int::GtU => (c >= limit - 1).then_some(false),
                Int::LtS if !signed_positive || c == 0 => Some(false),
                Int::GeS if !signed_positive || c == 0 => Some(true),
                Int::LtS => (c >= limit).then_some(true),
                Int::GeS => (c >= limit).then_some(false),
                _ => None,
            };
            if let Some(holds) = beyond {
                return Some(self.truth_constant(holds));
            }
        }
        if !matches!(int, Int::Eq | Int::Ne) {
            return None;
        }
        // (u + c1 == c) = (u == c - c1)
        if let Some((u, c1)) = self.int_const_def(x, Int::Add, w) {
            return Some(self.int_const(int, w, u, c.wrapping_sub(c1)));
        }
        // (u ^ c1 == c) = (u == c1 ^ c)
        if let Some((u, c1)) = self.int_const_def(x, Int::Xor, w) {
            return Some(self.int_const(int, w, u, c1 ^ c));
        }
        // (c1 - u == c) = (u == c1 - c)
        let (c1, u) = self.int_def(x, Int::Sub, w)?;
        let c1 = self.int(c1)?;
        Some(self.int_const(int, w, u, c1.wrapping_sub(c)))
    }

    /// Comparisons of i64 that are comparisons of i32.
    fn compare_low_halves(&mut self, int: Int, x: Value, y: Value) -> Option<Value> {
        let def = self.def(x)?;
        let c = self.int(y);
        let same_extension = || self.def_by(y, def.op).map(|other| other.args[0]);
        match def.op {
            // extend_u(u) < extend_u(v): u < v, unsigned whatever it was
            Opcode::I64ExtendI32U => {
                let v = match c {
                    Some(c) if c >> 32 == 0 => self.constant(Type::I32, c.into()),
                    _ => same_extension()?,
                };
                let unsigned = match int {
                    Int::LtS => Int::LtU,
                    Int::LeS => Int::LeU,
                    Int::GtS => Int::GtU,
                    Int::GeS => Int::GeU,
                    int => int,
                };
                Some(self.int_op(unsigned, Width::W32, def.args[0], v))
            }
            // extend_s(u) < extend_s(v): u < v, in either order
            Opcode::I64ExtendI32S => {
                let v = match c {
                    Some(c) if c as i64 == i64::from(c as i32) => {
                        self.constant(Type::I32, (c as u32).into())
                    }
                    _ => same_extension()?,
                };
                Some(self.int_op(int, Width::W32, def.args[0], v))
            }
            _ => None,
        }
    }

    /// Operands whose equality is `x == 0`.
    fn zero_difference(&self, w: Width, x: Value) -> Option<(Value, Value)> {
        // u - v = 0, u ^ v = 0
        self.int_def(x, Int::Sub, w)
            .or_else(|| self.int_def(x, Int::Xor, w))
    }

    /// The i32 that is zero when an i64 is.
    fn low_witness(&mut self, w: Width, x: Value) -> Option<Value> {
        let def = self.def(x).filter(|_| w == Width::W64)?;
        match def.op {
            // extend(u) = 0 if u = 0
            Opcode::I64ExtendI32U | Opcode::I64ExtendI32S => Some(def.args[0]),
            // u & c = 0 if wrap(u) & c = 0, for c < 2^32
            Opcode::I64And => {
                let c = self.int(def.args[1]).filter(|c| c >> 32 == 0)?;
                let low = self.unary(Opcode::I32WrapI64, def.args[0]);
                Some(self.int_const(Int::And, Width::W32, low, c))
            }
            // extend32_s(u) = 0 if wrap(u) = 0
            Opcode::I64Extend32S => Some(self.unary(Opcode::I32WrapI64, def.args[0])),
            _ => None,
        }
    }

    fn eqz(&mut self, w: Width, x: Value) -> Option<Value> {
        if let Some(low) = self.low_witness(w, x) {
            return Some(self.is_zero(Width::W32, low));
        }
        // (u - v == 0) = (u == v)
        if let Some((u, v)) = self.zero_difference(w, x) {
            return Some(self.int_op(Int::Eq, w, u, v));
        }
        // (u + c == 0) = (u == -c)
        if let Some((u, c)) = self.int_const_def(x, Int::Add, w) {
            return Some(self.int_const(Int::Eq, w, u, c.wrapping_neg()));
        }
        let def = self.def(x)?;
        // !(u < v) = (u >= v), and so all
        if let Some((int, inner)) = Int::of(def.op)
            && let Some(opposite) = int.opposite()
        {
            return Some(match int {
                Int::Eqz => self.not_zero(inner, def.args[0]),
                _ => self.int_op(opposite, inner, def.args[0], def.args[1]),
            });
        }
        // Ordered comparisons of floats have no opposite, because of NaN.
        let opposite = match def.op {
            Opcode::F32Eq => Opcode::F32Ne,
            Opcode::F32Ne => Opcode::F32Eq,
            Opcode::F64Eq => Opcode::F64Ne,
            Opcode::F64Ne => Opcode::F64Eq,
            _ => return None,
        };
        Some(self.binary(opposite, def.args[0], def.args[1]))
    }

    fn ne_zero(&mut self, w: Width, x: Value) -> Option<Value> {
        // (x != 0) = x, for 0 <= x <= 1
        if w == Width::W32 && self.is_bool(x) {
            return Some(x);
        }
        if let Some(low) = self.low_witness(w, x) {
            return Some(self.not_zero(Width::W32, low));
        }
        // (u - v != 0) = (u != v)
        if let Some((u, v)) = self.zero_difference(w, x) {
            return Some(self.int_op(Int::Ne, w, u, v));
        }
        // (u + c != 0) = (u != -c)
        let (u, c) = self.int_const_def(x, Int::Add, w)?;
        Some(self.int_const(Int::Ne, w, u, c.wrapping_neg()))
    }
}
