//! Values of an instruction's width: many instructions do the same on 32 and on 64 bits, as `sf` says.

use crate::{
    builder::Builder,
    operands::{Gpr, GprSp, Width},
};

/// A value of 32 or 64 bits.
#[derive(Debug)]
pub enum Int<B: Builder> {
    /// 32 bits.
    W(B::I32),
    /// 64 bits.
    X(B::I64),
}

impl<B: Builder> Clone for Int<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B: Builder> Copy for Int<B> {}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident $w:ident $x:ident;)*) => {
        $($(#[$doc])*
        #[inline(always)]
        pub fn $name(self, b: &mut B) -> Self {
            match self {
                Int::W(a) => Int::W(b.$w(a)),
                Int::X(a) => Int::X(b.$x(a)),
            }
        })*
    };
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $w:ident $x:ident;)*) => {
        $($(#[$doc])*
        #[inline(always)]
        pub fn $name(self, b: &mut B, other: Self) -> Self {
            match (self, other) {
                (Int::W(a), Int::W(c)) => Int::W(b.$w(a, c)),
                (Int::X(a), Int::X(c)) => Int::X(b.$x(a, c)),
                _ => unreachable!("operands of one instruction have one width"),
            }
        })*
    };
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident $w:ident $x:ident;)*) => {
        $($(#[$doc])*
        #[inline(always)]
        pub fn $name(self, b: &mut B, other: Self) -> B::I32 {
            match (self, other) {
                (Int::W(a), Int::W(c)) => b.$w(a, c),
                (Int::X(a), Int::X(c)) => b.$x(a, c),
                _ => unreachable!("operands of one instruction have one width"),
            }
        })*
    };
}

impl<B: Builder> Int<B> {
    /// A constant, truncated to the width.
    #[inline(always)]
    pub fn constant(b: &mut B, sf: Width, value: u64) -> Self {
        match sf {
            Width::W => Int::W(b.i32_const(value as u32)),
            Width::X => Int::X(b.i64_const(value)),
        }
    }

    binary! {
        /// Sum.
        add i32_add i64_add;
        /// Difference.
        sub i32_sub i64_sub;
        /// Product.
        mul i32_mul i64_mul;
        /// Signed quotient, 0 for a zero divisor.
        div_s i32_div_s i64_div_s;
        /// Unsigned quotient, 0 for a zero divisor.
        div_u i32_div_u i64_div_u;
        /// Bitwise and.
        and i32_and i64_and;
        /// Bitwise or.
        or i32_or i64_or;
        /// Bitwise exclusive or.
        xor i32_xor i64_xor;
        /// Shift left, modulo the width.
        shl i32_shl i64_shl;
        /// Arithmetic shift right, modulo the width.
        shr_s i32_shr_s i64_shr_s;
        /// Logical shift right, modulo the width.
        shr_u i32_shr_u i64_shr_u;
        /// Rotation right, modulo the width.
        rotr i32_rotr i64_rotr;
    }

    flags! {
        /// Flags of the sum.
        nzcv_add nzcv_add32 nzcv_add64;
        /// Flags of the difference.
        nzcv_sub nzcv_sub32 nzcv_sub64;
    }

    unary! {
        /// Leading zeros.
        clz i32_clz i64_clz;
        /// Bits in reverse order.
        bitrev i32_bitrev i64_bitrev;
        /// Bytes in reverse order.
        bswap i32_bswap i64_bswap;
    }

    /// The width.
    #[inline(always)]
    pub fn width(self) -> Width {
        match self {
            Int::W(_) => Width::W,
            Int::X(_) => Width::X,
        }
    }

    /// A constant of the same width.
    #[inline(always)]
    pub fn like(self, b: &mut B, value: u64) -> Self {
        Self::constant(b, self.width(), value)
    }

    /// All bits inverted.
    #[inline(always)]
    pub fn not(self, b: &mut B) -> Self {
        let ones = self.like(b, u64::MAX);
        self.xor(b, ones)
    }

    /// Flags of `self + other + carry`.
    #[inline(always)]
    pub fn nzcv_adc(self, b: &mut B, other: Self, carry: B::I32) -> B::I32 {
        match (self, other) {
            (Int::W(a), Int::W(c)) => b.nzcv_adc32(a, c, carry),
            (Int::X(a), Int::X(c)) => b.nzcv_adc64(a, c, carry),
            _ => unreachable!("operands of one instruction have one width"),
        }
    }

    /// Flags of a logical result.
    #[inline(always)]
    pub fn nzcv_logic(self, b: &mut B) -> B::I32 {
        match self {
            Int::W(a) => b.nzcv_logic32(a),
            Int::X(a) => b.nzcv_logic64(a),
        }
    }

    /// `self` if `cond` is not zero, else `other`.
    #[inline(always)]
    pub fn or_unless(self, b: &mut B, cond: B::I32, other: Self) -> Self {
        match (self, other) {
            (Int::W(a), Int::W(c)) => Int::W(b.select_i32(cond, a, c)),
            (Int::X(a), Int::X(c)) => Int::X(b.select_i64(cond, a, c)),
            _ => unreachable!("operands of one instruction have one width"),
        }
    }

    /// Whether it is zero.
    #[inline(always)]
    pub fn is_zero(self, b: &mut B) -> B::I32 {
        match self {
            Int::W(a) => b.i32_eqz(a),
            Int::X(a) => b.i64_eqz(a),
        }
    }

    /// An i32 zero-extended to the width.
    #[inline(always)]
    pub fn from_bit(b: &mut B, sf: Width, bit: B::I32) -> Self {
        match sf {
            Width::W => Int::W(bit),
            Width::X => Int::X(b.i64_extend_i32_u(bit)),
        }
    }
}

impl Gpr {
    /// The value at a width.
    #[inline(always)]
    pub fn get<B: Builder>(self, b: &mut B, sf: Width) -> Int<B> {
        match sf {
            Width::W => Int::W(self.w(b)),
            Width::X => Int::X(self.x(b)),
        }
    }
    /// Writes a value, zeros above.
    #[inline(always)]
    pub fn set<B: Builder>(self, b: &mut B, value: Int<B>) {
        match value {
            Int::W(w) => self.set_w(b, w),
            Int::X(x) => self.set_x(b, x),
        }
    }
}

impl GprSp {
    /// The value at a width.
    #[inline(always)]
    pub fn get<B: Builder>(self, b: &mut B, sf: Width) -> Int<B> {
        match sf {
            Width::W => Int::W(self.w(b)),
            Width::X => Int::X(self.x(b)),
        }
    }
    /// Writes a value, zeros above.
    #[inline(always)]
    pub fn set<B: Builder>(self, b: &mut B, value: Int<B>) {
        match value {
            Int::W(w) => self.set_w(b, w),
            Int::X(x) => self.set_x(b, x),
        }
    }
}
