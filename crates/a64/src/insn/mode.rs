//! Rounding modes as types, for rows.

use crate::fpu::Rounding;

/// A rounding mode as a type.
pub trait Mode {
    /// Which one.
    const ROUNDING: Rounding;
}

macro_rules! modes {
    ($($name:ident)*) => {$(
        #[doc = concat!("[`Rounding::", stringify!($name), "`]")]
        pub struct $name;
        impl Mode for $name {
            const ROUNDING: Rounding = Rounding::$name;
        }
    )*};
}

modes! { Nearest Up Down Zero Away Current }
