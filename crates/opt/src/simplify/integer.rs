//! Integer arithmetic. `x`, `y`, `u`, `v` are values, `c` constants.

use elfconv_ir::{Opcode, Type, Value};

use super::Simplifier;

/// 32 or 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Width {
    W32,
    W64,
}

impl Width {
    pub(super) fn bits(self) -> u64 {
        match self {
            Width::W32 => 32,
            Width::W64 => 64,
        }
    }

    pub(super) fn ty(self) -> Type {
        match self {
            Width::W32 => Type::I32,
            Width::W64 => Type::I64,
        }
    }

    /// All ones.
    pub(super) fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits())
    }
}

macro_rules! ints {
    ($($Int:ident $I32:ident $I64:ident;)*) => {
        /// An integer operation that exists in both widths.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Int {
            $($Int,)*
        }

        impl Int {
            /// The operation and the width of its operands.
            pub(super) fn of(op: Opcode) -> Option<(Int, Width)> {
                match op {
                    $(Opcode::$I32 => Some((Int::$Int, Width::W32)), Opcode::$I64 => Some((Int::$Int, Width::W64)),)*
                    _ => None,
                }
            }

            pub(super) fn op(self, width: Width) -> Opcode {
                match (self, width) {
                    $((Int::$Int, Width::W32) => Opcode::$I32, (Int::$Int, Width::W64) => Opcode::$I64,)*
                }
            }
        }
    };
}

ints! {
    Add I32Add I64Add;
    Sub I32Sub I64Sub;
    Mul I32Mul I64Mul;
    DivS I32DivS I64DivS;
    DivU I32DivU I64DivU;
    And I32And I64And;
    Or I32Or I64Or;
    Xor I32Xor I64Xor;
    Shl I32Shl I64Shl;
    ShrS I32ShrS I64ShrS;
    ShrU I32ShrU I64ShrU;
    Rotl I32Rotl I64Rotl;
    Rotr I32Rotr I64Rotr;
    Clz I32Clz I64Clz;
    Bitrev I32Bitrev I64Bitrev;
    Bswap I32Bswap I64Bswap;
    Extend8S I32Extend8S I64Extend8S;
    Extend16S I32Extend16S I64Extend16S;
    Eqz I32Eqz I64Eqz;
    Eq I32Eq I64Eq;
    Ne I32Ne I64Ne;
    LtS I32LtS I64LtS;
    LtU I32LtU I64LtU;
    GtS I32GtS I64GtS;
    GtU I32GtU I64GtU;
    LeS I32LeS I64LeS;
    LeU I32LeU I64LeU;
    GeS I32GeS I64GeS;
    GeU I32GeU I64GeU;
}

impl Int {
    /// Whether the result is 0 or 1.
    pub(super) fn is_compare(self) -> bool {
        self.opposite().is_some()
    }

    /// The comparison that holds when this does not.
    pub(super) fn opposite(self) -> Option<Int> {
        Some(match self {
            // Against 0; the caller sees to the operand.
            Int::Eqz => Int::Ne,
            Int::Eq => Int::Ne,
            Int::Ne => Int::Eq,
            Int::LtS => Int::GeS,
            Int::LtU => Int::GeU,
            Int::GtS => Int::LeS,
            Int::GtU => Int::LeU,
            Int::LeS => Int::GtS,
            Int::LeU => Int::GtU,
            Int::GeS => Int::LtS,
            Int::GeU => Int::LtU,
            _ => return None,
        })
    }

    /// The operation with its operands exchanged.
    fn swapped(self) -> Option<Int> {
        Some(match self {
            Int::Add | Int::Mul | Int::And | Int::Or | Int::Xor | Int::Eq | Int::Ne => self,
            Int::LtS => Int::GtS,
            Int::LtU => Int::GtU,
            Int::GtS => Int::LtS,
            Int::GtU => Int::LtU,
            Int::LeS => Int::GeS,
            Int::LeU => Int::GeU,
            Int::GeS => Int::LeS,
            Int::GeU => Int::LeU,
            _ => return None,
        })
    }
}

/// The operation that is the same with operands exchanged.
pub(super) fn swapped(op: Opcode) -> Option<Opcode> {
    match op {
        Opcode::V128And
        | Opcode::V128Or
        | Opcode::V128Xor
        | Opcode::NzcvAdd32
        | Opcode::NzcvAdd64 => Some(op),
        _ => Int::of(op).and_then(|(int, width)| Some(int.swapped()?.op(width))),
    }
}

impl Simplifier<'_> {
    /// `op(x, y)` in this width.
    pub(super) fn int_op(&mut self, int: Int, w: Width, x: Value, y: Value) -> Value {
        self.binary(int.op(w), x, y)
    }

    /// `op(x, c)`.
    pub(super) fn int_const(&mut self, int: Int, w: Width, x: Value, c: u64) -> Value {
        let c = self.constant(w.ty(), (c & w.mask()).into());
        self.binary(int.op(w), x, c)
    }

    /// The operands of a value that is `int` in width `w`.
    pub(super) fn int_def(&self, value: Value, int: Int, w: Width) -> Option<(Value, Value)> {
        self.def_by(value, int.op(w))
            .map(|def| (def.args[0], def.args[1]))
    }

    /// The operands of `int(u, c)`.
    pub(super) fn int_const_def(&self, value: Value, int: Int, w: Width) -> Option<(Value, u64)> {
        let (x, c) = self.int_def(value, int, w)?;
        Some((x, self.int(c)?))
    }

    pub(super) fn integer(&mut self, int: Int, w: Width, x: Value, y: Value) -> Option<Value> {
        match int {
            Int::Add => self.add(w, x, y),
            Int::Sub => self.sub(w, x, y),
            Int::Mul => self.mul(w, x, y),
            Int::DivU | Int::DivS => self.div(int, w, x, y),
            Int::And => self.and(w, x, y),
            Int::Or => self.or(w, x, y),
            Int::Xor => self.xor(w, x, y),
            Int::Shl | Int::ShrS | Int::ShrU | Int::Rotl | Int::Rotr => self.shift(int, w, x, y),
            // bitrev(bitrev(x)) = x, bswap(bswap(x)) = x
            Int::Bitrev | Int::Bswap => self.int_def(x, int, w).map(|(u, _)| u),
            Int::Extend8S => self.sign_extend(int, w, x, 8),
            Int::Extend16S => self.sign_extend(int, w, x, 16),
            _ => None,
        }
    }

    fn add(&mut self, w: Width, x: Value, y: Value) -> Option<Value> {
        if let Some(c) = self.int(y) {
            // x + 0 = x
            if c == 0 {
                return Some(x);
            }
            // (u + c1) + c = u + (c1 + c)
            if let Some((u, c1)) = self.int_const_def(x, Int::Add, w) {
                return Some(self.int_const(Int::Add, w, u, c1.wrapping_add(c)));
            }
            // (c1 - u) + c = (c1 + c) - u
            if let Some((c1, u)) = self.int_def(x, Int::Sub, w)
                && let Some(c1) = self.int(c1)
            {
                let sum = self.constant(w.ty(), c1.wrapping_add(c).into());
                return Some(self.int_op(Int::Sub, w, sum, u));
            }
            return None;
        }
        for (x, y) in [(x, y), (y, x)] {
            if let Some((u, v)) = self.int_def(y, Int::Sub, w) {
                // x + (u - x) = u
                if v == x {
                    return Some(u);
                }
                // x + (0 - v) = x - v
                if self.int(u) == Some(0) {
                    return Some(self.int_op(Int::Sub, w, x, v));
                }
            }
        }
        None
    }

    fn sub(&mut self, w: Width, x: Value, y: Value) -> Option<Value> {
        // x - x = 0
        if x == y {
            return Some(self.constant(w.ty(), 0));
        }
        // x - c = x + (-c)
        if let Some(c) = self.int(y) {
            return Some(self.int_const(Int::Add, w, x, c.wrapping_neg()));
        }
        if let Some((u, v)) = self.int_def(x, Int::Add, w) {
            // (u + y) - y = u, (y + v) - y = v
            if v == y {
                return Some(u);
            }
            if u == y {
                return Some(v);
            }
        }
        if let Some((u, v)) = self.int_def(y, Int::Add, w) {
            // x - (x + v) = 0 - v, x - (u + x) = 0 - u
            for (same, other) in [(u, v), (v, u)] {
                if same == x {
                    let zero = self.constant(w.ty(), 0);
                    return Some(self.int_op(Int::Sub, w, zero, other));
                }
            }
            // (s + c1) - (s + c2) = c1 - c2
            if let Some(c2) = self.int(v)
                && let Some((s, c1)) = self.int_const_def(x, Int::Add, w)
                && s == u
            {
                return Some(self.constant(w.ty(), (c1.wrapping_sub(c2) & w.mask()).into()));
            }
            // c1 - (u + c2) = (c1 - c2) - u
            if let (Some(c1), Some(c2)) = (self.int(x), self.int(v)) {
                let c = self.constant(w.ty(), (c1.wrapping_sub(c2) & w.mask()).into());
                return Some(self.int_op(Int::Sub, w, c, u));
            }
        }
        if let Some((u, v)) = self.int_def(y, Int::Sub, w) {
            // x - (x - v) = v
            if u == x {
                return Some(v);
            }
            // 0 - (u - v) = v - u
            if self.int(x) == Some(0) {
                return Some(self.int_op(Int::Sub, w, v, u));
            }
            // x - (0 - v) = x + v
            if self.int(u) == Some(0) {
                return Some(self.int_op(Int::Add, w, x, v));
            }
        }
        None
    }

    fn mul(&mut self, w: Width, x: Value, y: Value) -> Option<Value> {
        let c = self.int(y)?;
        // x * 0 = 0
        if c == 0 {
            return Some(y);
        }
        // x * 1 = x
        if c == 1 {
            return Some(x);
        }
        // x * -1 = 0 - x
        if c == w.mask() {
            let zero = self.constant(w.ty(), 0);
            return Some(self.int_op(Int::Sub, w, zero, x));
        }
        // x * 2^n = x << n
        if c.is_power_of_two() {
            return Some(self.int_const(Int::Shl, w, x, c.trailing_zeros().into()));
        }
        // (u * c1) * c = u * (c1 * c)
        let (u, c1) = self.int_const_def(x, Int::Mul, w)?;
        Some(self.int_const(Int::Mul, w, u, c1.wrapping_mul(c)))
    }

    fn div(&mut self, int: Int, w: Width, x: Value, y: Value) -> Option<Value> {
        let c = self.int(y)?;
        match c {
            // x / 0 = 0 (A64)
            0 => Some(y),
            // x / 1 = x
            1 => Some(x),
            // x / 2^n = x >> n, unsigned
            _ if int == Int::DivU && c.is_power_of_two() => {
                Some(self.int_const(Int::ShrU, w, x, c.trailing_zeros().into()))
            }
            _ => None,
        }
    }

    fn sign_extend(&mut self, int: Int, w: Width, x: Value, bits: u64) -> Option<Value> {
        // extendN(x) = x, for 0 <= x < 2^(N-1)
        if self.significant(x) < bits {
            return Some(x);
        }
        // extendN(extendM(u)) = extendM(u) for M <= N, extendN(u) for M > N
        for (inner, inner_bits) in [(Int::Extend8S, 8), (Int::Extend16S, 16)] {
            if let Some((u, _)) = self.int_def(x, inner, w) {
                return Some(if inner_bits <= bits {
                    x
                } else {
                    self.unary(int.op(w), u)
                });
            }
        }
        // extendN(u & c) = extendN(u), for c with N ones at the bottom
        if let Some((u, c)) = self.int_const_def(x, Int::And, w)
            && c.trailing_ones() as u64 >= bits
        {
            return Some(self.unary(int.op(w), u));
        }
        // extendN of a signed load of N bits
        let signed_load = match (bits, w) {
            (8, Width::W32) => Opcode::I32Load8S,
            (16, Width::W32) => Opcode::I32Load16S,
            (8, Width::W64) => Opcode::I64Load8S,
            _ => Opcode::I64Load16S,
        };
        self.def_by(x, signed_load).map(|_| x)
    }
}
