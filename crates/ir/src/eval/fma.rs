//! Fused multiply-add in software, for hosts that do not fuse: one rounding, as IEEE 754 says.
//!
//! In double precision the exact product is two numbers (Dekker 1971), and the sum of three numbers is rounded once by rounding an intermediate sum to
//! odd (Boldo and Melquiond, "Emulation of FMA and Correctly Rounded Sums: Proved Algorithms Using Rounding to Odd", 2008). That holds where nothing overflows or is
//! subnormal on the way; other operands go through `libm`, which computes with integers. In single precision the product is exact in
//! double precision, whose sum, rounded to odd, has enough bits to be rounded again.

/// `a + b` rounded, and the error.
#[inline]
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    let a_part = sum - b_part;
    (sum, (a - a_part) + (b - b_part))
}

/// Upper and lower half of the significand (Veltkamp).
#[inline]
fn split(a: f64) -> (f64, f64) {
    let c = 134_217_729.0 * a;
    let high = c - (c - a);
    (high, a - high)
}

/// `a · b` rounded, and the error.
#[inline]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (ah, al) = split(a);
    let (bh, bl) = split(b);
    (
        product,
        al * bl - (((product - ah * bh) - al * bh) - ah * bl),
    )
}

/// The sum rounded to odd: if it is not exact, that neighbour whose last bit is 1.
#[inline]
fn odd_sum(a: f64, b: f64) -> f64 {
    let (sum, error) = two_sum(a, b);
    let bits = sum.to_bits();
    // No error, or infinity or NaN.
    let exact = error == 0.0 || !error.is_finite();
    if exact || bits & 1 == 1 {
        return sum;
    }
    // Away from zero if the error has the sign of the sum.
    match (error > 0.0) == (sum > 0.0) {
        true => f64::from_bits(bits + 1),
        false => f64::from_bits(bits - 1),
    }
}

/// Whether the magnitude is between 2^lo and 2^hi.
#[inline]
fn within(a: f64, lo: i32, hi: i32) -> bool {
    let exponent = (a.to_bits() >> 52) as i32 & 0x7ff;
    exponent.wrapping_sub(1023 + lo) as u32 <= (hi - lo) as u32
}

/// `a · b + c`, rounded once.
#[inline]
pub fn f64_fma(a: f64, b: f64, c: f64) -> f64 {
    if !(within(a, -450, 450) && within(b, -450, 450)) || !(c == 0.0 || within(c, -900, 1000)) {
        return libm::fma(a, b, c);
    }
    let (high, low) = two_product(a, b);
    let (sum, rest) = two_sum(c, low);
    let (first, second) = two_sum(high, sum);
    first + odd_sum(rest, second)
}

/// `a · b + c`, rounded once.
#[inline]
pub fn f32_fma(a: f32, b: f32, c: f32) -> f32 {
    odd_sum(f64::from(a) * f64::from(b), f64::from(c)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
    }

    /// Significands with few bits set at either end, and random ones, with exponents near each other: where roundings are close.
    #[test]
    fn rounds_once() {
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for i in 0..2_000_000u32 {
            let mut number = |span: u64| {
                let r = next();
                let mantissa = match r >> 60 & 3 {
                    0 => 1 << (r % 52) | (next() & 1),
                    1 => (1 << 52) - 1 - (1 << (r % 52)),
                    2 => next() & 0xffff_ffe0_0000_0000 >> (r % 30),
                    _ => next(),
                } & ((1 << 52) - 1);
                let exponent = match i % 8 {
                    0 => r >> 32 & 0x7ff,
                    _ => 1023 - span / 2 + next() % span,
                };
                f64::from_bits(r >> 63 << 63 | exponent << 52 | mantissa)
            };
            let (a, b, mut c) = (number(8), number(8), number(120));
            if i % 5 == 0 {
                c = -(a * b);
            }
            if i % 77 == 0 {
                c = 0.0f64.copysign(c);
            }
            let (found, expected) = (f64_fma(a, b, c), a.mul_add(b, c));
            assert!(
                same(found, expected),
                "{a:e} {b:e} {c:e}: {found:e} not {expected:e}"
            );
            let (a, b, c) = (a as f32, b as f32, c as f32);
            let (found, expected) = (f32_fma(a, b, c), a.mul_add(b, c));
            assert!(
                same(found.into(), expected.into()),
                "{a:e} {b:e} {c:e}: {found:e} not {expected:e}"
            );
        }
    }

    #[test]
    fn special_values() {
        let all = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            f64::MAX,
            5e-324,
            -5e-324,
            1e-310,
        ];
        for a in all {
            for b in all {
                for c in all {
                    assert!(same(f64_fma(a, b, c), a.mul_add(b, c)), "{a:e} {b:e} {c:e}");
                    let (x, y, z) = (a as f32, b as f32, c as f32);
                    let found = f32_fma(x, y, z);
                    assert!(
                        same(found.into(), x.mul_add(y, z).into()),
                        "{x:e} {y:e} {z:e}"
                    );
                }
            }
        }
    }
}
