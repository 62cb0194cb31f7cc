//! Sums of products of bfloat16 numbers (the upper halves of singles), as the Arm ARM computes them without FEAT_EBF16 (`BFDotAdd`, J1.3): subnormal numbers count as zero, results are
//! rounded to odd, and a NaN is the default one. Neither modes nor flags take part.
//!
//! A product has 16 bits and is exact in single precision, or too small, or infinite. A sum is rounded to odd by way of a double and its error, as in `fma`.

use super::fma::two_sum;

const DEFAULT_NAN: u32 = 0x7fc0_0000;
const SIGN: u32 = 0x8000_0000;

/// The number, or a zero of its sign if it is subnormal.
fn flushed(bits: u32) -> f32 {
    f32::from_bits(if bits & 0x7f80_0000 == 0 {
        bits & SIGN
    } else {
        bits
    })
}

/// `BFMul`.
fn product(x: u32, y: u32) -> u32 {
    let product = flushed(x) * flushed(y);
    if product.is_nan() {
        return DEFAULT_NAN;
    }
    flushed(product.to_bits()).to_bits()
}

/// `BFAdd`.
fn sum(x: u32, y: u32) -> u32 {
    let (x, y) = (flushed(x), flushed(y));
    let single = x + y;
    if single.is_nan() {
        return DEFAULT_NAN;
    }
    let (near, error) = two_sum(x.into(), y.into());
    if x.is_infinite() || y.is_infinite() || near == 0.0 {
        return single.to_bits();
    }
    let mut bits = near.to_bits();
    if error != 0.0 {
        // Towards zero, and then the last bit says that something was lost.
        bits -= u64::from((error < 0.0) != (near < 0.0));
        bits |= 1;
    }
    let sign = (bits >> 32) as u32 & SIGN;
    // The exponent with the bias of singles.
    match (bits >> 52 & 0x7ff) as i32 - 1023 + 127 {
        ..=0 => sign,
        255.. => sign | 0x7f80_0000,
        exponent => {
            let lost = bits << 35 != 0;
            let fraction = (bits >> 29) as u32 & 0x7f_ffff;
            sign | (exponent as u32) << 23 | fraction | u32::from(lost)
        }
    }
}

/// `addend + (x0 * y0 + x1 * y1)` in single precision, where the two numbers of `x` and of `y` are the low and the high 16 bits.
pub fn dot_add(addend: u32, x: u32, y: u32) -> u32 {
    const HIGH: u32 = 0xffff_0000;
    let low = product(x << 16, y << 16);
    let high = product(x & HIGH, y & HIGH);
    sum(addend, sum(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u32 = 0x3f80;

    #[test]
    fn rounds_to_odd() {
        // 1 + 2^-126 is inexact: the last bit is set. 1 - 2^-126 too, from below.
        assert_eq!(dot_add(0x3f80_0000, 0x0080, ONE), 0x3f80_0001);
        assert_eq!(dot_add(0x3f80_0000, 0x8080, ONE), 0x3f7f_ffff);
        assert_eq!(dot_add(0x3f80_0000, ONE, ONE), 0x4000_0000);
        assert_eq!(dot_add(0x7f7f_ffff, 0x7f7f, ONE), 0x7f80_0000);
    }

    #[test]
    fn flushes_and_zeros() {
        // Subnormal operands, addends and results.
        assert_eq!(dot_add(0, 0x007f, ONE), 0);
        assert_eq!(dot_add(0x8000_0001, 0, 0), 0);
        assert_eq!(dot_add(0x0080_0001, 0x8080, ONE), 0);
        assert_eq!(dot_add(SIGN, 0x8000_8000, 0x3f80_3f80), SIGN);
    }

    #[test]
    fn nans() {
        // Zero times infinity; infinities that differ; an operand.
        assert_eq!(dot_add(0, 0x7f80, 0), DEFAULT_NAN);
        assert_eq!(dot_add(0xff80_0000, 0x7f80, ONE), DEFAULT_NAN);
        assert_eq!(dot_add(0xffff_ffff, ONE, ONE), DEFAULT_NAN);
        assert_eq!(dot_add(0x7f80_0000, ONE, ONE), 0x7f80_0000);
    }
}
