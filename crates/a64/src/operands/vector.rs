//! Vector registers.

use core::fmt;

use super::{Field, Operands};

/// A vector register. The spec is a scalar letter (`b`, `h`, `s`, `d`, `q`: `{Rd:d}` is `d3`) or an arrangement (`{Rd:4s}` is `v3.4s`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vreg(pub u8);

impl Field for Vreg {
    const BITS: u32 = 5;
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        Vreg(bits as u8)
    }
    fn show(self, _: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match spec {
            "b" | "h" | "s" | "d" | "q" => write!(f, "{spec}{}", self.0),
            "" => write!(f, "v{}", self.0),
            arrangement => write!(f, "v{}.{arrangement}", self.0),
        }
    }
}
