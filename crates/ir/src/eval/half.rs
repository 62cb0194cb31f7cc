//! IEEE half precision: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits.
//!
//! Doubles hold every half and every single exactly, so all conversions go through them; narrowing rounds once, to nearest, ties to even.
//! NaNs become quiet and keep the upper bits of their payload.

/// The double of the same value.
pub fn to_f64(half: u16) -> f64 {
    let sign = u64::from(half >> 15) << 63;
    let exponent = u64::from(half >> 10) & 0x1f;
    let fraction = u64::from(half & 0x3ff);
    let bits = match exponent {
        // Subnormal or zero: fraction * 2^-24.
        0 => (fraction as f64 / 16_777_216.0).to_bits(),
        0x1f if fraction == 0 => 0x7ff << 52,
        0x1f => 0x7ff8 << 48 | fraction << 42,
        _ => (exponent + 1023 - 15) << 52 | fraction << 42,
    };
    f64::from_bits(sign | bits)
}

/// The single of the same value.
pub fn to_f32(half: u16) -> f32 {
    if half & 0x7c00 == 0x7c00 && half & 0x3ff != 0 {
        // By bits: a conversion of floats may change a NaN's payload.
        return f32::from_bits(
            u32::from(half & 0x8000) << 16 | 0x7fc0_0000 | u32::from(half & 0x3ff) << 13,
        );
    }
    to_f64(half) as f32
}

/// The nearest half.
pub fn from_f64(value: f64) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    let exponent = (bits >> 52) as i32 & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0x7ff {
        let payload = if fraction == 0 {
            0
        } else {
            0x200 | (fraction >> 42) as u16
        };
        return sign | 0x7c00 | payload;
    }
    // The number of fraction bits that a half of this magnitude drops: 42, and more below its normal range.
    let unbiased = exponent - 1023;
    let dropped = 42 + (-14 - unbiased).max(0);
    if dropped > 53 {
        return sign;
    }
    let significand = fraction | 1 << 52;
    let kept = significand >> dropped;
    let rest = significand & ((1u64 << dropped) - 1);
    let middle = 1u64 << (dropped - 1);
    let rounded = kept + u64::from(rest > middle || (rest == middle && kept & 1 == 1));
    // `kept` has its leading bit at 10 when normal; adding it to the exponent field makes the carry right.
    let base = if unbiased >= -14 {
        (unbiased + 14) as u64
    } else {
        0
    };
    sign | ((base << 10) + rounded).min(0x7c00) as u16
}

/// The nearest half.
pub fn from_f32(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 & 0x8000 | 0x7e00 | (bits >> 13) as u16 & 0x3ff;
    }
    from_f64(f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_survives() {
        for half in 0..=u16::MAX {
            let nan = half & 0x7c00 == 0x7c00 && half & 0x3ff != 0;
            let expected = if nan { half | 0x200 } else { half };
            assert_eq!(from_f64(to_f64(half)), expected, "{half:#x}");
            assert_eq!(from_f32(to_f32(half)), expected, "{half:#x}");
        }
    }

    #[test]
    fn rounding_is_to_nearest_even() {
        for half in 0..0x7bffu16 {
            let (low, high) = (to_f64(half), to_f64(half + 1));
            let middle = (low + high) / 2.0;
            assert_eq!(from_f64(middle), half + (half & 1), "{half:#x}");
            assert_eq!(from_f64(f64::from_bits(middle.to_bits() - 1)), half);
            assert_eq!(from_f64(f64::from_bits(middle.to_bits() + 1)), half + 1);
            assert_eq!(from_f64(-middle), 0x8000 | (half + (half & 1)));
        }
        assert_eq!(from_f64(65519.999), 0x7bff);
        assert_eq!(from_f64(65520.0), 0x7c00);
        assert_eq!(from_f64(1e300), 0x7c00);
        assert_eq!(from_f64(1e-300), 0);
        assert_eq!(to_f64(0x3c00), 1.0);
        assert_eq!(to_f32(0x0001), 5.960_464_5e-8);
    }
}
