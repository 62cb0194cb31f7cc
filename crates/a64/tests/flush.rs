//! Flushing arithmetic of the IR (`f64_mul_flush` and its kin) against the architecture's functions with FPCR.FZ, on operands whose results are around the least normal number.

use elfconv_a64::fpu::{Format, Op, operate};
use elfconv_ir::eval;

const FZ: u32 = 1 << 24;
const SEED: u64 = 0x5eed_f1a5;

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number that is not subnormal, often with few bits set or cleared at the ends of its fraction.
    fn number(&mut self, format: Format) -> u64 {
        let (fraction, bits) = (format.fraction(), format.bits());
        let exponents = (1 << (bits - 1 - fraction)) - 1;
        let mask = (1u64 << fraction) - 1;
        let f = match self.next() % 5 {
            0 => self.next() % 4,
            1 => mask - self.next() % 4,
            2 => 1 << (self.next() % u64::from(fraction)),
            _ => self.next(),
        } & mask;
        let exponent = match self.next() % 40 {
            0 => exponents,
            1 => return self.next() & 1 << (bits - 1),
            2 => 1,
            _ => 1 + self.next() % (exponents - 1),
        };
        (self.next() & 1) << (bits - 1) | exponent << fraction | f
    }
}

/// `value` with another exponent, kept normal.
fn with_exponent(format: Format, value: u64, exponent: i64) -> u64 {
    let fraction = format.fraction();
    let exponents = (1i64 << (format.bits() - 1 - fraction)) - 1;
    let mask = ((1u64 << (format.bits() - 1 - fraction)) - 1) << fraction;
    value & !mask | (exponent.clamp(1, exponents - 1) as u64) << fraction
}

fn exponent(format: Format, value: u64) -> i64 {
    (value >> format.fraction()) as i64 & ((1 << (format.bits() - 1 - format.fraction())) - 1)
}

fn ours(op: Op, format: Format, [a, b, c]: [u64; 3]) -> u64 {
    if format == Format::Double {
        let [a, b, c] = [a, b, c].map(f64::from_bits);
        return match op {
            Op::Mul => eval::f64_mul_flush(a, b),
            Op::Div => eval::f64_div_flush(a, b),
            Op::Add => eval::f64_flush(a + b),
            _ => eval::f64_fma_flush(a, b, c),
        }
        .to_bits();
    }
    let [a, b, c] = [a, b, c].map(|x| f32::from_bits(x as u32));
    match op {
        Op::Mul => eval::f32_mul_flush(a, b),
        Op::Div => eval::f32_div_flush(a, b),
        Op::Add => eval::f32_flush(a + b),
        _ => eval::f32_fma_flush(a, b, c),
    }
    .to_bits()
    .into()
}

fn is_nan(format: Format, x: u64) -> bool {
    match format {
        Format::Double => f64::from_bits(x).is_nan(),
        _ => f32::from_bits(x as u32).is_nan(),
    }
}

#[test]
fn as_the_architecture_flushes() {
    let mut rng = Rng(SEED);
    let (mut least, mut flushed) = (0, 0);
    for n in 0..2_000_000u32 {
        let format = [Format::Double, Format::Single][n as usize % 2];
        let op = [Op::Mul, Op::Div, Op::Add, Op::MulAdd][n as usize / 2 % 4];
        let [a, mut b, mut c] = std::array::from_fn(|_| rng.number(format));
        let bias = (1i64 << (format.bits() - 2 - format.fraction())) - 1;
        let near = (rng.next() % 4) as i64 - 2;
        let least_bits = 1u64 << format.fraction();
        let sign = 1u64 << (format.bits() - 1);
        match (op, rng.next() % 4) {
            (_, 0) => {}
            (Op::Mul, 1) => {
                // The number whose product is next to the least one.
                b = operate(0, Op::Div, format, [least_bits << 1, a, 0]).0;
                b = with_exponent(format, b, exponent(format, b) - 1);
                b = b.wrapping_add((near + 1) as u64);
            }
            (Op::Mul, _) => b = with_exponent(format, b, bias - exponent(format, a) + 1 + near),
            (Op::Div, _) => {
                if rng.next().is_multiple_of(4) {
                    b = a.wrapping_add((near + 1) as u64);
                }
                b = with_exponent(format, b, exponent(format, a) + bias - 1 + near);
            }
            (Op::Add, _) => {
                b = with_exponent(format, b, 1 + (rng.next() % 4) as i64);
                c = a;
            }
            (_, 1) => {
                // A product that is nearly the addend.
                c = operate(0, Op::Mul, format, [a, b, 0]).0 ^ sign;
                let far = (rng.next() % 110) as i64 + 1;
                let to = far - exponent(format, c);
                c = with_exponent(format, c, far);
                b = with_exponent(format, b, exponent(format, b) + to);
            }
            (_, 2) => {
                // The least number, and a product that is small against it.
                c = least_bits | (rng.next() & sign) | (rng.next() % 2);
                let at = bias + 2 - exponent(format, a) - (rng.next() % 300) as i64;
                b = with_exponent(format, b, at);
            }
            _ => {
                b = with_exponent(format, b, bias - exponent(format, a) + 1 + near);
                c = with_exponent(format, c, 1 + (rng.next() % 3) as i64);
            }
        }
        let operands = [a, b, c];
        if operands
            .iter()
            .any(|x| exponent(format, *x) == 0 && x & !sign != 0)
        {
            continue;
        }
        let (mut theirs, _) = operate(FZ, op, format, operands);
        if op == Op::Add {
            theirs = operate(FZ, op, format, [a, b, a]).0;
        }
        let found = ours(op, format, operands);
        assert!(
            found == theirs || is_nan(format, found) && is_nan(format, theirs),
            "{op:?} {format:?} of {operands:x?}, seed {SEED:#x}, case {n}: {found:#x}, but {theirs:#x}"
        );
        let rounded = operate(0, op, format, operands).0 & !sign;
        least += u32::from(rounded == least_bits);
        flushed += u32::from(rounded == least_bits && theirs & !sign == 0);
    }
    // Enough of what is hard.
    println!(
        "{least} results were the least normal number, and {flushed} of them only by rounding"
    );
    assert!(least > 10_000 && flushed > 1_000, "{least}, {flushed}");
}
