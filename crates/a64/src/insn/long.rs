//! Products twice as wide as their factors, for vectors, elements and scalars.

use super::lane::{self, Lane};
use crate::builder::Builder;

/// Products of the low or the high halves' lanes.
pub trait Product {
    /// `lane` is the factors' size.
    fn apply<B: Builder>(b: &mut B, lane: Lane, high: bool, x: B::V128, y: B::V128) -> B::V128;
}

/// Products combined with a wide vector.
pub trait ProductAcc {
    /// `lane` is the factors' size.
    fn apply<B: Builder>(
        b: &mut B,
        lane: Lane,
        high: bool,
        x: B::V128,
        y: B::V128,
        d: B::V128,
    ) -> B::V128;
}

/// SMULL.
pub struct SMul;
/// UMULL.
pub struct UMul;
/// SQDMULL: doubled, which overflows for the square of the least number only.
pub struct Double;

impl Product for SMul {
    fn apply<B: Builder>(b: &mut B, lane: Lane, high: bool, x: B::V128, y: B::V128) -> B::V128 {
        lane::extmul(b, lane, true, high, x, y)
    }
}

impl Product for UMul {
    fn apply<B: Builder>(b: &mut B, lane: Lane, high: bool, x: B::V128, y: B::V128) -> B::V128 {
        lane::extmul(b, lane, false, high, x, y)
    }
}

impl Product for Double {
    fn apply<B: Builder>(b: &mut B, lane: Lane, high: bool, x: B::V128, y: B::V128) -> B::V128 {
        let product = lane::extmul(b, lane, true, high, x, y);
        let doubled = lane::shl(b, lane.wide(), product, 1);
        lane::least_to_greatest(b, lane.wide(), doubled)
    }
}

macro_rules! accumulate {
    ($($(#[$doc:meta])* $name:ident $product:ident($b:ident, $wide:ident, $d:ident, $p:ident) $body:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl ProductAcc for $name {
            fn apply<B: Builder>($b: &mut B, lane: Lane, high: bool, x: B::V128, y: B::V128, $d: B::V128) -> B::V128 {
                let $p = $product::apply($b, lane, high, x, y);
                let $wide = lane.wide();
                $body
            }
        }
    )*};
}

accumulate! {
    /// SMLAL.
    SMulAdd SMul(b, l, d, p) lane::add(b, l, d, p);
    /// UMLAL.
    UMulAdd UMul(b, l, d, p) lane::add(b, l, d, p);
    /// SMLSL.
    SMulSub SMul(b, l, d, p) lane::sub(b, l, d, p);
    /// UMLSL.
    UMulSub UMul(b, l, d, p) lane::sub(b, l, d, p);
    /// SQDMLAL.
    DoubleAdd Double(b, l, d, p) lane::add_sat(b, l, true, d, p);
    /// SQDMLSL.
    DoubleSub Double(b, l, d, p) lane::sub_sat(b, l, true, d, p);
}
