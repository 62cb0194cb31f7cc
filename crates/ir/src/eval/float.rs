//! Minimum and maximum as wasm and A64 define them.

/// `f32` or `f64`.
pub trait Float: Copy + PartialOrd + core::ops::Add<Output = Self> {
    /// Whether the sign bit is set.
    fn negative(self) -> bool;
}

impl Float for f32 {
    fn negative(self) -> bool {
        self.is_sign_negative()
    }
}

impl Float for f64 {
    fn negative(self) -> bool {
        self.is_sign_negative()
    }
}

/// Minimum; NaN if either is; -0 is less than 0.
#[inline]
pub fn min<T: Float>(a: T, b: T) -> T {
    if a < b || (a == b && a.negative()) {
        a
    } else if a >= b {
        b
    } else {
        // One is NaN: the sum is a quiet one.
        a + b
    }
}

/// Maximum; NaN if either is; -0 is less than 0.
#[inline]
pub fn max<T: Float>(a: T, b: T) -> T {
    if a > b || (a == b && b.negative()) {
        a
    } else if a <= b {
        b
    } else {
        a + b
    }
}

/// The number, but A64's default NaN for x86's.
#[inline]
pub fn default_nan32(a: f32) -> f32 {
    match a.to_bits() {
        0xffc0_0000 => f32::from_bits(0x7fc0_0000),
        _ => a,
    }
}

/// The number, but A64's default NaN for x86's.
#[inline]
pub fn default_nan64(a: f64) -> f64 {
    match a.to_bits() {
        0xfff8_0000_0000_0000 => f64::from_bits(0x7ff8_0000_0000_0000),
        _ => a,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_nans() {
        for (a, b) in [(0.0f64, -0.0), (-0.0, 0.0)] {
            assert!(min(a, b).is_sign_negative());
            assert!(max(a, b).is_sign_positive());
        }
        assert!(min(f64::NAN, 1.0).is_nan() && min(1.0, f64::NAN).is_nan());
        assert!(max(f32::NAN, 1.0).is_nan() && max(1.0, f32::NAN).is_nan());
        assert_eq!(
            (
                min(1.0f32, 2.0),
                max(1.0f32, 2.0),
                min(2.0f32, 1.0),
                max(2.0f32, 1.0)
            ),
            (1.0, 2.0, 1.0, 2.0)
        );
    }
}
