//! Arithmetic, comparison and estimates.

use core::cmp::Ordering;

use elfconv_ir::eval::Eval;

use super::{
    Rounding,
    number::{DZC, Fpu, IOC, IXC, Kind, OFC, Rounded, Term, UFC, Unpacked},
};
use crate::insn::estimate;

impl Fpu {
    /// FPAdd, FPSub.
    pub fn add(&mut self, x: u64, y: u64, subtract: bool) -> Rounded {
        let (a, mut b) = (self.unpack(x), self.unpack(y));
        if let Some(nan) = self.nans(&[a, b]) {
            return nan;
        }
        b.negative ^= subtract;
        match (a.is_infinite(), b.is_infinite()) {
            (true, true) if a.negative != b.negative => return self.invalid(),
            (true, _) => return self.infinity(a.negative),
            (_, true) => return self.infinity(b.negative),
            _ => {}
        }
        if a.is_zero() && b.is_zero() && a.negative == b.negative {
            return self.zero(a.negative);
        }
        self.round_sum(a.term().plus(b.term()))
    }

    /// FPMul, FPMulX.
    pub fn mul(&mut self, x: u64, y: u64, extended: bool) -> Rounded {
        let (a, b) = (self.unpack(x), self.unpack(y));
        if let Some(nan) = self.nans(&[a, b]) {
            return nan;
        }
        let negative = a.negative != b.negative;
        if zero_times_infinity(&a, &b) {
            if extended {
                return self.zero(negative) | self.format.number(1, false);
            }
            return self.invalid();
        }
        if a.is_infinite() || b.is_infinite() {
            return self.infinity(negative);
        }
        if a.is_zero() || b.is_zero() {
            return self.zero(negative);
        }
        self.round(Term::times(&a, &b))
    }

    /// FPDiv.
    pub fn div(&mut self, x: u64, y: u64) -> Rounded {
        let (a, b) = (self.unpack(x), self.unpack(y));
        if let Some(nan) = self.nans(&[a, b]) {
            return nan;
        }
        let negative = a.negative != b.negative;
        if a.is_infinite() && b.is_infinite() || a.is_zero() && b.is_zero() {
            return self.invalid();
        }
        if a.is_infinite() || b.is_zero() {
            if !a.is_infinite() {
                self.raised |= DZC;
            }
            return self.infinity(negative);
        }
        if a.is_zero() || b.is_infinite() {
            return self.zero(negative);
        }
        // 128 bits over 53: 75 bits of quotient at least.
        let up = a.mantissa.leading_zeros();
        let dividend = a.mantissa << up;
        self.round(Term {
            negative,
            mantissa: dividend / b.mantissa,
            exponent: a.exponent - up as i32 - b.exponent,
            sticky: dividend % b.mantissa != 0,
        })
    }

    /// FPSqrt.
    pub fn sqrt(&mut self, x: u64) -> Rounded {
        let a = self.unpack(x);
        if let Some(nan) = self.nans(&[a]) {
            return nan;
        }
        if a.is_zero() {
            return self.zero(a.negative);
        }
        if a.negative {
            return self.invalid();
        }
        if a.is_infinite() {
            return self.infinity(false);
        }
        // An even exponent, and 127 or 128 bits: 64 bits of root.
        let mut up = a.mantissa.leading_zeros();
        if (a.exponent - up as i32) & 1 != 0 {
            up -= 1;
        }
        let (root, exact) = square_root(a.mantissa << up);
        self.round(Term {
            negative: false,
            mantissa: root,
            exponent: (a.exponent - up as i32) / 2,
            sticky: !exact,
        })
    }

    /// FPMax, FPMin.
    pub fn extreme(&mut self, x: u64, y: u64, greatest: bool) -> Rounded {
        let (a, b) = (self.unpack(x), self.unpack(y));
        if let Some(nan) = self.nans(&[a, b]) {
            return nan;
        }
        let first = compare(&a, &b)
            == if greatest {
                Ordering::Greater
            } else {
                Ordering::Less
            };
        let n = if first { a } else { b };
        match n.kind {
            Kind::Zero if greatest => self.zero(a.negative && b.negative),
            Kind::Zero => self.zero(a.negative || b.negative),
            _ => n.bits,
        }
    }

    /// FPMaxNum, FPMinNum: a number wins over a quiet NaN.
    pub fn extreme_number(&mut self, x: u64, y: u64, greatest: bool) -> Rounded {
        let (a, b) = (self.unpack(x), self.unpack(y));
        let loser = self.infinity(greatest);
        match (a.kind == Kind::Quiet, b.kind == Kind::Quiet) {
            (true, false) => self.extreme(loser, y, greatest),
            (false, true) => self.extreme(x, loser, greatest),
            _ => self.extreme(x, y, greatest),
        }
    }

    /// FPMulAdd: `x * y + z`.
    pub fn mul_add(&mut self, x: u64, y: u64, z: u64) -> Rounded {
        let (c, a, b) = (self.unpack(z), self.unpack(x), self.unpack(y));
        let invalid_product = zero_times_infinity(&a, &b);
        if c.kind == Kind::Quiet && invalid_product {
            return self.invalid();
        }
        if let Some(nan) = self.nans(&[c, a, b]) {
            return nan;
        }
        let negative = a.negative != b.negative;
        let infinite = a.is_infinite() || b.is_infinite();
        if invalid_product || c.is_infinite() && infinite && c.negative != negative {
            return self.invalid();
        }
        if c.is_infinite() {
            return self.infinity(c.negative);
        }
        if infinite {
            return self.infinity(negative);
        }
        if c.is_zero() && (a.is_zero() || b.is_zero()) && c.negative == negative {
            return self.zero(negative);
        }
        self.round_sum(Term::times(&a, &b).plus(c.term()))
    }

    /// FPRecipStepFused: `2 - x * y`.
    pub fn recip_step(&mut self, x: u64, y: u64) -> Rounded {
        self.step(x, y, 2, 0, self.format.number(1, false))
    }

    /// FPRSqrtStepFused: `(3 - x * y) / 2`.
    pub fn rsqrt_step(&mut self, x: u64, y: u64) -> Rounded {
        self.step(x, y, 3, 1, self.format.number(0, true))
    }

    /// `(start - x * y) / 2^halvings`.
    fn step(
        &mut self,
        x: u64,
        y: u64,
        start: u128,
        halvings: i32,
        of_infinity_and_zero: u64,
    ) -> Rounded {
        let (a, b) = (self.unpack(x ^ self.format.sign()), self.unpack(y));
        if let Some(nan) = self.nans(&[a, b]) {
            return nan;
        }
        if zero_times_infinity(&a, &b) {
            return of_infinity_and_zero;
        }
        if a.is_infinite() || b.is_infinite() {
            return self.infinity(a.negative != b.negative);
        }
        let start = Term {
            negative: false,
            mantissa: start,
            exponent: 0,
            sticky: false,
        };
        let mut sum = Term::times(&a, &b).plus(start);
        sum.exponent -= halvings;
        self.round_sum(sum)
    }

    /// FPRecipEstimate.
    pub fn recip_estimate(&mut self, x: u64) -> Rounded {
        let a = self.unpack(x);
        if let Some(nan) = self.nans(&[a]) {
            return nan;
        }
        if a.is_infinite() {
            return self.zero(a.negative);
        }
        if a.is_zero() {
            self.raised |= DZC;
            return self.infinity(a.negative);
        }
        let exponent = a.exponent + 127 - a.mantissa.leading_zeros() as i32;
        // The reciprocal would be too large.
        if exponent < -1 - self.format.bias() {
            self.raised |= OFC | IXC;
            let to_infinity = match self.mode(Rounding::Current) {
                Rounding::Up => !a.negative,
                Rounding::Down => a.negative,
                Rounding::Zero => false,
                _ => true,
            };
            return self.infinity(a.negative) - u64::from(!to_infinity);
        }
        // The reciprocal would be subnormal.
        if self.flushes(self.format) && exponent >= self.format.bias() - 1 {
            self.raised |= UFC;
            return self.zero(a.negative);
        }
        estimate::recip_bits(&mut Eval, estimate::Layout::of_format(self.format), x)
    }

    /// FPRSqrtEstimate.
    pub fn rsqrt_estimate(&mut self, x: u64) -> Rounded {
        let a = self.unpack(x);
        if let Some(nan) = self.nans(&[a]) {
            return nan;
        }
        if a.is_zero() {
            self.raised |= DZC;
            return self.infinity(a.negative);
        }
        if a.negative {
            return self.invalid();
        }
        estimate::rsqrt_bits(&mut Eval, estimate::Layout::of_format(self.format), x)
    }

    /// FPRecpX.
    pub fn recpx(&mut self, x: u64) -> Rounded {
        let a = self.unpack(x);
        if let Some(nan) = self.nans(&[a]) {
            return nan;
        }
        estimate::recpx_bits(&mut Eval, estimate::Layout::of_format(self.format), x)
    }

    /// FPCompare: N = 8, Z = 4, C = 2, V = 1.
    pub fn compare(&mut self, x: u64, y: u64, signals: bool) -> u64 {
        let (a, b) = (self.unpack(x), self.unpack(y));
        if a.is_nan() || b.is_nan() {
            if signals || a.kind == Kind::Signalling || b.kind == Kind::Signalling {
                self.raised |= IOC;
            }
            return 3;
        }
        match compare(&a, &b) {
            Ordering::Less => 8,
            Ordering::Equal => 6,
            Ordering::Greater => 2,
        }
    }

    /// FPCompareEQ and its kin: all ones of the format, or zero.
    pub fn holds(&mut self, x: u64, y: u64, signals: bool, is: fn(Ordering) -> bool) -> u64 {
        let (a, b) = (self.unpack(x), self.unpack(y));
        if a.is_nan() || b.is_nan() {
            if signals || a.kind == Kind::Signalling || b.kind == Kind::Signalling {
                self.raised |= IOC;
            }
            return 0;
        }
        if is(compare(&a, &b)) {
            u64::MAX >> (64 - self.format.bits())
        } else {
            0
        }
    }
}

fn zero_times_infinity(a: &Unpacked, b: &Unpacked) -> bool {
    a.is_zero() && b.is_infinite() || a.is_infinite() && b.is_zero()
}

/// The order of two numbers of one format.
fn compare(a: &Unpacked, b: &Unpacked) -> Ordering {
    // Bits without the sign are ordered as magnitudes.
    let key = |n: &Unpacked| {
        let magnitude = if n.is_zero() {
            0
        } else {
            i128::from(n.bits & !top(n))
        };
        if n.negative { -magnitude } else { magnitude }
    };
    key(a).cmp(&key(b))
}

/// The sign bit, if it is set.
fn top(n: &Unpacked) -> u64 {
    match n.negative {
        true => 1 << (63 - n.bits.leading_zeros()),
        false => 0,
    }
}

/// The root's integral part, bit by bit, and whether it is exact.
fn square_root(n: u128) -> (u128, bool) {
    let (mut rest, mut root, mut bit) = (n, 0u128, 1u128 << 126);
    while bit != 0 {
        if rest >= root + bit {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    (root, rest == 0)
}
