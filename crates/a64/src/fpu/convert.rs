//! Conversions: between formats, and to and from integers.

use core::cmp::Ordering;

use super::{
    Format, Rounding,
    number::{Fpu, IOC, IXC, Kind, Rounded, Term, Unpacked, away},
};

/// The integer that a finite number is rounded to, and whether something was lost. Magnitudes beyond 2^100 are given as that: they fit nothing.
fn integer(n: &Unpacked, fraction: u32, how: Rounding) -> (i128, bool) {
    const LIMIT: i128 = 1 << 100;
    let mut term = n.term();
    term.exponent += fraction as i32;
    if term.mantissa == 0 {
        return (0, false);
    }
    let width = 128 - term.mantissa.leading_zeros() as i32;
    if width + term.exponent > 100 {
        return (if n.negative { -LIMIT } else { LIMIT }, false);
    }
    let (whole, order, inexact): (u128, Ordering, bool) = term.split(0);
    let whole = whole + u128::from(away(how, n.negative, whole, order, inexact));
    let whole = whole as i128;
    (if n.negative { -whole } else { whole }, inexact)
}

#[expect(
    clippy::wrong_self_convention,
    reason = "the manual's names: self is the unit that computes, not what is converted"
)]
impl Fpu {
    /// FPRoundInt.
    pub fn round_int(&mut self, x: u64, how: Rounding, exact: bool) -> Rounded {
        let a = self.unpack(x);
        if let Some(nan) = self.nans(&[a]) {
            return nan;
        }
        if a.is_zero() {
            return self.zero(a.negative);
        }
        // Infinite, or without a fraction.
        if a.is_infinite() || a.exponent >= 0 {
            return x;
        }
        let (whole, inexact) = integer(&a, 0, self.mode(how));
        if inexact && exact {
            self.raised |= IXC;
        }
        self.of_integer(whole, a.negative)
    }

    /// An integer that the format can represent, or a zero with a sign.
    fn of_integer(&mut self, whole: i128, negative: bool) -> Rounded {
        if whole == 0 {
            return self.zero(negative);
        }
        self.round_to(
            Term {
                negative,
                mantissa: whole.unsigned_abs(),
                exponent: 0,
                sticky: false,
            },
            self.format,
            Rounding::Zero,
            false,
        )
    }

    /// FPRoundIntN.
    pub fn round_int_n(&mut self, x: u64, how: Rounding, bits: u32) -> Rounded {
        let a = self.unpack(x);
        let (whole, inexact) = match a.kind {
            Kind::Zero => return self.zero(a.negative),
            Kind::Finite => integer(&a, 0, self.mode(how)),
            _ => (i128::MAX, false),
        };
        let limit = 1i128 << (bits - 1);
        if whole >= limit || whole < -limit {
            self.raised |= IOC;
            return self.of_integer(-limit, true);
        }
        if inexact {
            self.raised |= IXC;
        }
        self.of_integer(whole, a.negative)
    }

    /// FPConvert.
    pub fn convert(&mut self, x: u64, to: Format, how: Rounding) -> Rounded {
        let a = self.unpack_as(x, true);
        let sign = if a.negative { to.sign() } else { 0 };
        let alternative = self.alternative(to);
        match a.kind {
            Kind::Quiet | Kind::Signalling => {
                if alternative || a.kind == Kind::Signalling {
                    self.raised |= IOC;
                }
                if alternative {
                    return sign;
                }
                if self.default_nan() {
                    return to.default_nan();
                }
                // The upper bits of the payload stay.
                let payload = x << (63 - self.format.fraction()) << 1 >> (63 - to.fraction()) >> 1;
                sign | to.default_nan() | payload & (to.quiet() - 1)
            }
            Kind::Infinity if alternative => {
                self.raised |= IOC;
                sign | (to.sign() - 1)
            }
            Kind::Infinity => sign | to.infinity(),
            Kind::Zero => sign,
            Kind::Finite => self.round_to(a.term(), to, how, true),
        }
    }

    /// A half as a single, of which it has all the bits: signalling NaNs stay, and FZ16 flushes.
    pub fn widen(&mut self, x: u64) -> Rounded {
        let from = Fpu::new(self.fpcr, Format::Half).unpack(x);
        let sign = if from.negative {
            Format::Single.sign()
        } else {
            0
        };
        match from.kind {
            Kind::Zero => sign,
            Kind::Finite => self.round_to(from.term(), Format::Single, Rounding::Nearest, true),
            _ => sign | Format::Single.infinity() | (x & 0x3ff) << 13,
        }
    }

    /// FPToFixed.
    pub fn to_fixed(
        &mut self,
        x: u64,
        bits: u32,
        signed: bool,
        fraction: u32,
        how: Rounding,
    ) -> u64 {
        let a = self.unpack(x);
        let (whole, inexact) = match a.kind {
            Kind::Quiet | Kind::Signalling => {
                self.raised |= IOC;
                return 0;
            }
            Kind::Infinity => (if a.negative { i128::MIN } else { i128::MAX }, false),
            _ => integer(&a, fraction, self.mode(how)),
        };
        let (low, high) = if signed {
            (-1i128 << (bits - 1), (1i128 << (bits - 1)) - 1)
        } else {
            (0, (1i128 << bits) - 1)
        };
        if !(low..=high).contains(&whole) {
            self.raised |= IOC;
        } else if inexact {
            self.raised |= IXC;
        }
        whole.clamp(low, high) as u64 & u64::MAX >> (64 - bits)
    }

    /// FixedToFP.
    pub fn from_fixed(&mut self, x: u64, bits: u32, signed: bool, fraction: u32) -> Rounded {
        let up = 64 - bits;
        let value = if signed {
            i128::from((x << up) as i64 >> up)
        } else {
            i128::from(x << up >> up)
        };
        if value == 0 {
            return 0;
        }
        self.round(Term {
            negative: value < 0,
            mantissa: value.unsigned_abs(),
            exponent: -(fraction as i32),
            sticky: false,
        })
    }

    /// FPToFixedJS: modulo 2^32, and Z (bit 32) if nothing was lost.
    pub fn to_fixed_js(&mut self, x: u64) -> u64 {
        let a = self.unpack(x);
        match a.kind {
            Kind::Zero => {
                // Neither a negative zero nor a number that was flushed.
                let kept = x == 0;
                return u64::from(kept) << 32;
            }
            Kind::Finite => {}
            _ => {
                self.raised |= IOC;
                return 0;
            }
        }
        let whole = if a.exponent >= 0 {
            // At most 53 bits, of which only those below 2^32 count.
            a.mantissa.checked_shl(a.exponent as u32).unwrap_or(0) as u64
        } else {
            a.term().split(0).0 as u64
        };
        let value = if a.negative {
            whole.wrapping_neg()
        } else {
            whole
        } as u32;
        let (near, inexact) = integer(&a, 0, Rounding::Zero);
        let fits = i128::from(i32::MIN) <= near && near <= i128::from(i32::MAX);
        if !fits {
            self.raised |= IOC;
        } else if inexact {
            self.raised |= IXC;
        }
        u64::from(value) | u64::from(fits && !inexact) << 32
    }
}
