//! Bitwise operations and shifts, and how many bits of a value can be non-zero.

use elfconv_ir::{Opcode, Type, Value};

use super::{
    Simplifier,
    integer::{Int, Width},
};

/// How far definitions are followed when counting bits.
const DEPTH: u32 = 5;

impl Simplifier<'_> {
    /// A number of bits such that all above are zero.
    pub(super) fn significant(&self, value: Value) -> u64 {
        self.significant_within(value, DEPTH)
    }

    fn significant_within(&self, value: Value, depth: u32) -> u64 {
        use Opcode as O;
        let ty = self.f.ty(value);
        let all = u64::from(ty.bits());
        let (Some(def), 1..) = (self.def(value), depth) else {
            return all;
        };
        if !matches!(ty, Type::I32 | Type::I64) {
            return all;
        }
        let of = |arg: usize| self.significant_within(def.args[arg], depth - 1);
        let by_constant = || self.int(def.args[1]).map(|c| c % all);
        match def.op {
            O::I32Const | O::I64Const => u64::from(128 - def.imm.leading_zeros()),
            O::I32And | O::I64And => of(0).min(of(1)),
            O::I32Or | O::I64Or | O::I32Xor | O::I64Xor => of(0).max(of(1)),
            O::SelectI32 | O::SelectI64 => of(1).max(of(2)),
            O::I32Add | O::I64Add => all.min(of(0).max(of(1)) + 1),
            O::I32Mul | O::I64Mul => all.min(of(0) + of(1)),
            O::I32DivU | O::I64DivU => of(0),
            O::I32ShrU | O::I64ShrU => {
                by_constant().map_or_else(|| of(0), |c| of(0).saturating_sub(c))
            }
            O::I32Shl | O::I64Shl => by_constant().map_or(all, |c| all.min(of(0) + c)),
            O::I64ExtendI32U => of(0),
            O::I32WrapI64 => of(0).min(32),
            O::I32Load8U | O::I64Load8U => 8,
            O::I32Load16U | O::I64Load16U => 16,
            O::I64Load32U => 32,
            O::I8x16ExtractLaneU => 8,
            O::I16x8ExtractLaneU => 16,
            O::F16FromF32 | O::F16FromF64 | O::I8x16Bitmask => 16,
            O::I16x8Bitmask => 8,
            O::I32x4Bitmask => 4,
            O::I64x2Bitmask => 2,
            O::I32Clz | O::I32Ctz | O::I32Popcnt => 6,
            O::I64Clz | O::I64Ctz | O::I64Popcnt => 7,
            O::NzcvAdd32
            | O::NzcvAdd64
            | O::NzcvSub32
            | O::NzcvSub64
            | O::NzcvAdc32
            | O::NzcvAdc64 => 4,
            O::NzcvLogic32 | O::NzcvLogic64 | O::NzcvFcmp32 | O::NzcvFcmp64 => 4,
            _ if self.is_truth(def.op) => 1,
            _ => all,
        }
    }

    /// Whether an operation gives 0 or 1.
    fn is_truth(&self, op: Opcode) -> bool {
        use Opcode as O;
        match op {
            O::F32Eq
            | O::F32Ne
            | O::F32Lt
            | O::F32Gt
            | O::F32Le
            | O::F32Ge
            | O::F64Eq
            | O::F64Ne
            | O::F64Lt
            | O::F64Gt
            | O::F64Le
            | O::F64Ge => true,
            O::Cond
            | O::V128AnyTrue
            | O::I8x16AllTrue
            | O::I16x8AllTrue
            | O::I32x4AllTrue
            | O::I64x2AllTrue => true,
            _ => Int::of(op).is_some_and(|(int, _)| int.is_compare()),
        }
    }

    /// Whether the value is 0 or 1.
    pub(super) fn is_bool(&self, value: Value) -> bool {
        self.significant(value) <= 1
    }

    /// `u` and `c` of a 64-bit operation on an extended `u` and a constant below 2^32.
    fn extended_and_small(&self, w: Width, x: Value, c: u64) -> Option<Value> {
        (w == Width::W64 && c >> 32 == 0)
            .then(|| self.def_by(x, Opcode::I64ExtendI32U).map(|def| def.args[0]))?
    }

    /// `extend(int32(u, v))`, if `x` and `y` are extensions of `u` and `v`.
    fn on_extended(&mut self, int: Int, w: Width, x: Value, y: Value) -> Option<Value> {
        if w != Width::W64 {
            return None;
        }
        let (u, v) = (
            self.def_by(x, Opcode::I64ExtendI32U)?.args[0],
            self.def_by(y, Opcode::I64ExtendI32U)?.args[0],
        );
        let low = self.int_op(int, Width::W32, u, v);
        Some(self.unary(Opcode::I64ExtendI32U, low))
    }

    pub(super) fn and(&mut self, w: Width, x: Value, y: Value) -> Option<Value> {
        // x & x = x
        if x == y {
            return Some(x);
        }
        let Some(c) = self.int(y) else {
            // extend(u) & extend(v) = extend(u & v)
            return self.on_extended(Int::And, w, x, y);
        };
        // x & 0 = 0
        if c == 0 {
            return Some(y);
        }
        // x & c = x, if c has ones wherever x may
        let bits = self.significant(x);
        if u64::from(c.trailing_ones()) >= bits {
            return Some(x);
        }
        // Ones of c above those of x are noise: x & c = x & (c mod 2^bits)
        if bits < 64 && c >> bits != 0 {
            return Some(self.int_const(Int::And, w, x, c & ((1 << bits) - 1)));
        }
        // (u & c1) & c = u & (c1 & c)
        if let Some((u, c1)) = self.int_const_def(x, Int::And, w) {
            return Some(self.int_const(Int::And, w, u, c1 & c));
        }
        for int in [Int::Or, Int::Xor] {
            if let Some((u, c1)) = self.int_const_def(x, int, w) {
                // (u | c1) & c = u & c, (u ^ c1) & c = u & c, for c1 & c = 0
                if c1 & c == 0 {
                    return Some(self.int_const(Int::And, w, u, c));
                }
                // (u | c1) & c = c, for c within c1
                if int == Int::Or && c1 & c == c {
                    return Some(y);
                }
            }
        }
        // (u << n) & c = u << n, for c with ones from n up
        if let Some((_, n)) = self.int_const_def(x, Int::Shl, w) {
            let kept = (w.mask() << (n % w.bits())) & w.mask();
            if c & kept == kept {
                return Some(x);
            }
            // (u << n) & c = 0, for c without
            if c & kept == 0 {
                return Some(self.constant(w.ty(), 0));
            }
        }
        // x & (2^32 - 1) = extend(wrap(x))
        if w == Width::W64 && c == 0xffff_ffff {
            let low = self.unary(Opcode::I32WrapI64, x);
            return Some(self.unary(Opcode::I64ExtendI32U, low));
        }
        // extend(u) & c = extend(u & c)
        if let Some(u) = self.extended_and_small(w, x, c) {
            let low = self.int_const(Int::And, Width::W32, u, c);
            return Some(self.unary(Opcode::I64ExtendI32U, low));
        }
        None
    }

    pub(super) fn or(&mut self, w: Width, x: Value, y: Value) -> Option<Value> {
        // x | x = x
        if x == y {
            return Some(x);
        }
        let Some(c) = self.int(y) else {
            return self
                .rotation(w, x, y)
                .or_else(|| self.on_extended(Int::Or, w, x, y));
        };
        // x | 0 = x
        if c == 0 {
            return Some(x);
        }
        // x | c = c, if c has ones wherever x may; x | -1 = -1 among them
        if u64::from(c.trailing_ones()) >= self.significant(x) {
            return Some(y);
        }
        // (u | c1) | c = u | (c1 | c)
        if let Some((u, c1)) = self.int_const_def(x, Int::Or, w) {
            return Some(self.int_const(Int::Or, w, u, c1 | c));
        }
        // extend(u) | c = extend(u | c)
        let u = self.extended_and_small(w, x, c)?;
        let low = self.int_const(Int::Or, Width::W32, u, c);
        Some(self.unary(Opcode::I64ExtendI32U, low))
    }

    /// (u << c) | (u >> (W - c)) = rotl(u, c)
    fn rotation(&mut self, w: Width, x: Value, y: Value) -> Option<Value> {
        for (x, y) in [(x, y), (y, x)] {
            if let (Some((u, left)), Some((v, right))) = (
                self.int_const_def(x, Int::Shl, w),
                self.int_const_def(y, Int::ShrU, w),
            ) && u == v
                && left < w.bits()
                && right < w.bits()
                && left + right == w.bits()
            {
                return Some(self.int_const(Int::Rotl, w, u, left));
            }
        }
        None
    }

    pub(super) fn xor(&mut self, w: Width, x: Value, y: Value) -> Option<Value> {
        // x ^ x = 0
        if x == y {
            return Some(self.constant(w.ty(), 0));
        }
        let Some(c) = self.int(y) else {
            // extend(u) ^ extend(v) = extend(u ^ v)
            return self.on_extended(Int::Xor, w, x, y);
        };
        // x ^ 0 = x
        if c == 0 {
            return Some(x);
        }
        // x ^ 1 = (x == 0), for 0 <= x <= 1
        if c == 1 && w == Width::W32 && self.is_bool(x) {
            return Some(self.unary(Opcode::I32Eqz, x));
        }
        // (u ^ c1) ^ c = u ^ (c1 ^ c)
        if let Some((u, c1)) = self.int_const_def(x, Int::Xor, w) {
            return Some(self.int_const(Int::Xor, w, u, c1 ^ c));
        }
        // extend(u) ^ c = extend(u ^ c)
        let u = self.extended_and_small(w, x, c)?;
        let low = self.int_const(Int::Xor, Width::W32, u, c);
        Some(self.unary(Opcode::I64ExtendI32U, low))
    }

    pub(super) fn shift(&mut self, int: Int, w: Width, x: Value, y: Value) -> Option<Value> {
        let Some(n) = self.int(y) else {
            // x << (u & c) = x << u, for c with ones in the bits that count; so all shifts
            let (u, c) = self.int_const_def(y, Int::And, w)?;
            let counts = w.bits() - 1;
            return (c & counts == counts).then(|| self.int_op(int, w, x, u));
        };
        // x << n = x << (n mod W)
        if n >= w.bits() {
            return Some(self.int_const(int, w, x, n % w.bits()));
        }
        // x << 0 = x
        if n == 0 {
            return Some(x);
        }
        // 0 << n = 0; and so all shifts
        if self.int(x) == Some(0) {
            return Some(x);
        }
        match int {
            Int::Shl => self.shift_left(w, x, n),
            Int::ShrU => self.shift_right(w, x, n),
            Int::ShrS => self.shift_right_signed(w, x, n),
            // rotr(x, n) = rotl(x, W - n)
            Int::Rotr => Some(self.int_const(Int::Rotl, w, x, w.bits() - n)),
            // rotl(rotl(u, m), n) = rotl(u, m + n)
            _ => {
                let (u, m) = self.int_const_def(x, Int::Rotl, w)?;
                Some(self.int_const(Int::Rotl, w, u, (m + n) % w.bits()))
            }
        }
    }

    fn shift_left(&mut self, w: Width, x: Value, n: u64) -> Option<Value> {
        // (u << m) << n = u << (m + n), or 0
        if let Some((u, m)) = self.int_const_def(x, Int::Shl, w) {
            return Some(match m % w.bits() + n {
                sum if sum < w.bits() => self.int_const(Int::Shl, w, u, sum),
                _ => self.constant(w.ty(), 0),
            });
        }
        // (u >> n) << n = u & (-1 << n), signed or not; a longer constant would cost more than the shifts
        for int in [Int::ShrU, Int::ShrS] {
            if let Some((u, m)) = self.int_const_def(x, int, w)
                && m == n
                && n < 32
            {
                return Some(self.int_const(Int::And, w, u, w.mask() << n));
            }
        }
        // (u & c) << n = u << n, for c with ones in the bits that stay
        if let Some((u, c)) = self.int_const_def(x, Int::And, w)
            && u64::from(c.trailing_ones()) >= w.bits() - n
        {
            return Some(self.int_const(Int::Shl, w, u, n));
        }
        // extend(wrap(u)) << n = u << n, for n >= 32
        if w == Width::W64 && n >= 32 {
            let wrap = self
                .def_by(x, Opcode::I64ExtendI32U)
                .or_else(|| self.def_by(x, Opcode::I64ExtendI32S))?
                .args[0];
            let u = self.def_by(wrap, Opcode::I32WrapI64)?.args[0];
            return Some(self.int_const(Int::Shl, w, u, n));
        }
        // extend(u) << n = extend(u << n), if nothing leaves 32 bits
        if w == Width::W64
            && let Some(def) = self.def_by(x, Opcode::I64ExtendI32U)
            && self.significant(def.args[0]) + n <= 32
        {
            let low = self.int_const(Int::Shl, Width::W32, def.args[0], n);
            return Some(self.unary(Opcode::I64ExtendI32U, low));
        }
        None
    }

    fn shift_right(&mut self, w: Width, x: Value, n: u64) -> Option<Value> {
        // x >> n = 0, for x < 2^n
        if self.significant(x) <= n {
            return Some(self.constant(w.ty(), 0));
        }
        // (u >> m) >> n = u >> (m + n), or 0
        if let Some((u, m)) = self.int_const_def(x, Int::ShrU, w) {
            return Some(match m % w.bits() + n {
                sum if sum < w.bits() => self.int_const(Int::ShrU, w, u, sum),
                _ => self.constant(w.ty(), 0),
            });
        }
        // The masks below fit 32 bits, or two shifts are better.
        if let Some((u, m)) = self.int_const_def(x, Int::Shl, w)
            && m < w.bits()
            && w.bits() - n <= 32
        {
            // (u << n) >> n = u & (-1 >> n)
            if m == n {
                return Some(self.int_const(Int::And, w, u, w.mask() >> n));
            }
            // (u << m) >> n = (u >> (n - m)) & (-1 >> n), for m < n
            if m < n {
                let shifted = self.int_const(Int::ShrU, w, u, n - m);
                return Some(self.int_const(Int::And, w, shifted, w.mask() >> n));
            }
            // (u << m) >> n = (u << (m - n)) & (-1 >> n), for m > n
            let shifted = self.int_const(Int::Shl, w, u, m - n);
            return Some(self.int_const(Int::And, w, shifted, w.mask() >> n));
        }
        // (u & c) >> n = u >> n, for c with ones from n up
        if let Some((u, c)) = self.int_const_def(x, Int::And, w)
            && c >> n == w.mask() >> n
        {
            return Some(self.int_const(Int::ShrU, w, u, n));
        }
        // extend(u) >> n = extend(u >> n)
        if w == Width::W64
            && let Some(def) = self.def_by(x, Opcode::I64ExtendI32U)
        {
            let low = self.int_const(Int::ShrU, Width::W32, def.args[0], n);
            return Some(self.unary(Opcode::I64ExtendI32U, low));
        }
        None
    }

    fn shift_right_signed(&mut self, w: Width, x: Value, n: u64) -> Option<Value> {
        // x >> n is unsigned if the sign is 0
        if self.significant(x) < w.bits() {
            return Some(self.int_const(Int::ShrU, w, x, n));
        }
        // (u >> m) >> n = u >> min(m + n, W - 1)
        if let Some((u, m)) = self.int_const_def(x, Int::ShrS, w) {
            return Some(self.int_const(Int::ShrS, w, u, (m % w.bits() + n).min(w.bits() - 1)));
        }
        // (u << (W - N)) >> (W - N) = extendN(u)
        let (u, m) = self.int_const_def(x, Int::Shl, w)?;
        if m != n {
            return None;
        }
        match (w.bits() - n, w) {
            (8, _) => Some(self.unary(Int::Extend8S.op(w), u)),
            (16, _) => Some(self.unary(Int::Extend16S.op(w), u)),
            (32, Width::W64) => Some(self.unary(Opcode::I64Extend32S, u)),
            _ => None,
        }
    }
}
