//! Formats, unpacking and rounding (FPUnpack, FPRound, FPProcessNaN).

use core::cmp::Ordering;

use super::Rounding;
use crate::state::FZ;

/// A format of floating-point numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// 16 bits, IEEE or (FPCR.AHP) without infinities and NaNs.
    Half,
    /// 16 bits: the upper half of a single.
    BFloat,
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}

impl Format {
    /// Bits in all.
    pub const fn bits(self) -> u32 {
        match self {
            Format::Half | Format::BFloat => 16,
            Format::Single => 32,
            Format::Double => 64,
        }
    }
    /// Bits of fraction.
    pub const fn fraction(self) -> u32 {
        match self {
            Format::Half => 10,
            Format::BFloat => 7,
            Format::Single => 23,
            Format::Double => 52,
        }
    }
    const fn exponent(self) -> u32 {
        self.bits() - 1 - self.fraction()
    }
    pub(super) const fn sign(self) -> u64 {
        1 << (self.bits() - 1)
    }
    /// All ones in the exponent.
    pub(super) const fn infinity(self) -> u64 {
        ((1 << self.exponent()) - 1) << self.fraction()
    }
    pub(super) const fn quiet(self) -> u64 {
        1 << (self.fraction() - 1)
    }
    pub(super) const fn default_nan(self) -> u64 {
        self.infinity() | self.quiet()
    }
    pub(super) const fn bias(self) -> i32 {
        (1 << (self.exponent() - 1)) - 1
    }
    /// The least exponent of a normal number.
    pub(super) const fn least(self) -> i32 {
        1 - self.bias()
    }
    /// `2^exponent`, or its half and the like with one more bit of fraction: exact numbers for tables of constants.
    pub(super) const fn number(self, exponent: i32, half: bool) -> u64 {
        (((exponent + self.bias()) as u64) << self.fraction()) | if half { self.quiet() } else { 0 }
    }
}

/// What a number is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Zero, or flushed to zero.
    Zero,
    /// Another number.
    Finite,
    /// Infinity.
    Infinity,
    /// A quiet NaN.
    Quiet,
    /// A signalling NaN.
    Signalling,
}

/// A number: `±mantissa * 2^exponent` if it is finite.
#[derive(Clone, Copy, Debug)]
pub struct Unpacked {
    pub kind: Kind,
    pub negative: bool,
    pub mantissa: u128,
    pub exponent: i32,
    /// As it was.
    pub bits: u64,
}

impl Unpacked {
    pub fn is_nan(&self) -> bool {
        matches!(self.kind, Kind::Quiet | Kind::Signalling)
    }
    pub fn is_zero(&self) -> bool {
        self.kind == Kind::Zero
    }
    pub fn is_infinite(&self) -> bool {
        self.kind == Kind::Infinity
    }
    /// As a term of a sum.
    pub fn term(&self) -> Term {
        Term {
            negative: self.negative,
            mantissa: self.mantissa,
            exponent: self.exponent,
            sticky: false,
        }
    }
}

/// `±(mantissa + something below 1 if sticky) * 2^exponent`.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub negative: bool,
    pub mantissa: u128,
    pub exponent: i32,
    pub sticky: bool,
}

impl Term {
    /// The sum of two terms without sticky bits, of 106 bits at most. Sticky only if there are 120 bits at least.
    pub fn plus(self, other: Term) -> Term {
        if self.mantissa == 0 {
            return other;
        }
        if other.mantissa == 0 {
            return self;
        }
        let (mut high, mut low) = if self.exponent >= other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        let distance = (high.exponent - low.exponent) as u32;
        let up = distance.min(high.mantissa.leading_zeros() - 2);
        high.mantissa <<= up;
        high.exponent -= up as i32;
        let down = distance - up;
        let sticky = down > 0 && low.mantissa.trailing_zeros() < down;
        low.mantissa = low.mantissa.checked_shr(down).unwrap_or(0);
        if high.negative == low.negative {
            high.mantissa += low.mantissa;
        } else if high.mantissa >= low.mantissa {
            // Something less than one unit more is taken away.
            high.mantissa -= low.mantissa + u128::from(sticky);
        } else {
            high.mantissa = low.mantissa - high.mantissa;
            high.negative = low.negative;
        }
        high.sticky = sticky;
        high
    }

    pub fn times(a: &Unpacked, b: &Unpacked) -> Term {
        Term {
            negative: a.negative != b.negative,
            mantissa: a.mantissa * b.mantissa,
            exponent: a.exponent + b.exponent,
            sticky: false,
        }
    }

    /// The integer below the magnitude at `2^exponent`, how what is lost compares with a half, and whether anything is.
    pub fn split(self, exponent: i32) -> (u128, Ordering, bool) {
        let down = exponent - self.exponent;
        if down <= 0 {
            return (self.mantissa << -down, Ordering::Less, self.sticky);
        }
        let whole = self.mantissa.checked_shr(down as u32).unwrap_or(0);
        if down > 128 {
            return (whole, Ordering::Less, true);
        }
        let half = 1u128 << (down - 1);
        let rest = self.mantissa & (half | (half - 1));
        let order = rest.cmp(&half).then(false.cmp(&self.sticky).reverse());
        (whole, order, rest != 0 || self.sticky)
    }
}

/// Whether the magnitude becomes one greater.
pub fn away(how: Rounding, negative: bool, whole: u128, order: Ordering, inexact: bool) -> bool {
    match how {
        Rounding::Nearest | Rounding::Current => {
            order == Ordering::Greater || order == Ordering::Equal && whole & 1 == 1
        }
        Rounding::Away => order != Ordering::Less,
        Rounding::Up => inexact && !negative,
        Rounding::Down => inexact && negative,
        Rounding::Zero | Rounding::Odd => false,
    }
}

/// FPSR: invalid operation.
pub const IOC: u32 = 1;
/// FPSR: division by zero.
pub const DZC: u32 = 2;
/// FPSR: overflow.
pub const OFC: u32 = 4;
/// FPSR: underflow.
pub const UFC: u32 = 8;
/// FPSR: inexact.
pub const IXC: u32 = 16;
/// FPSR: a subnormal operand was flushed.
pub const IDC: u32 = 128;

const AHP: u32 = 1 << 26;
const DN: u32 = 1 << 25;
const FZ16: u32 = 1 << 19;

/// One operation's control, and what it raises.
pub struct Fpu {
    pub fpcr: u32,
    pub format: Format,
    pub raised: u32,
}

/// Bits of a result.
pub type Rounded = u64;

impl Fpu {
    pub fn new(fpcr: u32, format: Format) -> Fpu {
        Fpu {
            fpcr,
            format,
            raised: 0,
        }
    }

    pub fn default_nan(&self) -> bool {
        self.fpcr & DN != 0
    }
    pub fn alternative(&self, format: Format) -> bool {
        format == Format::Half && self.fpcr & AHP != 0
    }
    pub fn flushes(&self, format: Format) -> bool {
        self.fpcr & if format == Format::Half { FZ16 } else { FZ } != 0
    }

    /// A mode, with FPCR's for [`Rounding::Current`].
    pub fn mode(&self, how: Rounding) -> Rounding {
        match (how, self.fpcr >> 22 & 3) {
            (Rounding::Current, 0) => Rounding::Nearest,
            (Rounding::Current, 1) => Rounding::Up,
            (Rounding::Current, 2) => Rounding::Down,
            (Rounding::Current, _) => Rounding::Zero,
            _ => how,
        }
    }

    /// FPUnpack for arithmetic.
    pub fn unpack(&mut self, bits: u64) -> Unpacked {
        self.unpack_as(bits, false)
    }

    /// FPUnpackCV if `converts`: halves may be of the alternative format, and are not flushed.
    pub fn unpack_as(&mut self, bits: u64, converts: bool) -> Unpacked {
        let f = self.format;
        let fraction = bits & ((1 << f.fraction()) - 1);
        let exponent = (bits & f.infinity()) >> f.fraction();
        let mut n = Unpacked {
            kind: Kind::Finite,
            negative: bits & f.sign() != 0,
            mantissa: fraction.into(),
            exponent: f.least() - f.fraction() as i32,
            bits,
        };
        let half = f == Format::Half;
        if exponent == 0 {
            if fraction == 0 {
                n.kind = Kind::Zero;
            } else if self.flushes(f) && !(half && converts) {
                n.kind = Kind::Zero;
                n.mantissa = 0;
                if !half {
                    self.raised |= IDC;
                }
            }
        } else if bits & f.infinity() == f.infinity() && !(converts && self.alternative(f)) {
            n.kind = match fraction {
                0 => Kind::Infinity,
                _ if fraction & f.quiet() != 0 => Kind::Quiet,
                _ => Kind::Signalling,
            };
        } else {
            n.mantissa |= 1 << f.fraction();
            n.exponent += exponent as i32 - 1;
        }
        n
    }

    pub fn zero(&self, negative: bool) -> Rounded {
        if negative { self.format.sign() } else { 0 }
    }

    pub fn infinity(&self, negative: bool) -> Rounded {
        self.zero(negative) | self.format.infinity()
    }

    /// The default NaN of an invalid operation.
    pub fn invalid(&mut self) -> Rounded {
        self.raised |= IOC;
        self.format.default_nan()
    }

    /// FPProcessNaN.
    pub fn nan(&mut self, n: &Unpacked) -> Rounded {
        if n.kind == Kind::Signalling {
            self.raised |= IOC;
        }
        if self.default_nan() {
            self.format.default_nan()
        } else {
            n.bits | self.format.quiet()
        }
    }

    /// FPProcessNaNs and FPProcessNaNs3: the first signalling one, else the first quiet one.
    pub fn nans(&mut self, operands: &[Unpacked]) -> Option<Rounded> {
        let first = |kind| operands.iter().find(|n| n.kind == kind);
        let n = *first(Kind::Signalling).or_else(|| first(Kind::Quiet))?;
        Some(self.nan(&n))
    }

    /// A sum that may be zero, which then has the sign that the rounding mode says.
    pub fn round_sum(&mut self, term: Term) -> Rounded {
        if term.mantissa == 0 && !term.sticky {
            return self.zero(self.mode(Rounding::Current) == Rounding::Down);
        }
        self.round(term)
    }

    /// FPRound in the mode of FPCR.
    pub fn round(&mut self, term: Term) -> Rounded {
        self.round_to(term, self.format, Rounding::Current, false)
    }

    /// FPRound, or FPRoundCV if `converts`. The term is not zero, and has some more bits than the format if it is sticky.
    pub fn round_to(
        &mut self,
        term: Term,
        format: Format,
        how: Rounding,
        converts: bool,
    ) -> Rounded {
        let how = self.mode(how);
        let sign = if term.negative { format.sign() } else { 0 };
        let exponent = term.exponent + 127 - term.mantissa.leading_zeros() as i32;
        let subnormal = exponent < format.least();
        if subnormal && self.flushes(format) && !(converts && format == Format::Half) {
            self.raised |= UFC;
            return sign;
        }
        let unit = exponent.max(format.least()) - format.fraction() as i32;
        let (mut whole, order, inexact) = term.split(unit);
        if subnormal && inexact {
            self.raised |= UFC;
        }
        whole += u128::from(away(how, term.negative, whole, order, inexact));
        if how == Rounding::Odd && inexact {
            whole |= 1;
        }
        // A carry out of the fraction, or out of a subnormal's, is the exponent's next value; the hidden bit counts as one.
        let biased = exponent.max(format.least()) + format.bias() - 1;
        let magnitude = ((biased as u128) << format.fraction()) + whole;
        let alternative = converts && self.alternative(format);
        let limit = u128::from(if alternative {
            format.infinity() + (1 << format.fraction())
        } else {
            format.infinity()
        });
        if magnitude >= limit {
            if alternative {
                self.raised |= IOC;
                return sign | (format.sign() - 1);
            }
            self.raised |= OFC | IXC;
            let to_infinity = match how {
                Rounding::Up => !term.negative,
                Rounding::Down => term.negative,
                Rounding::Zero | Rounding::Odd => false,
                _ => true,
            };
            return sign | (format.infinity() - u64::from(!to_infinity));
        }
        if inexact {
            self.raised |= IXC;
        }
        sign | magnitude as u64
    }
}
