//! Linux/AArch64 constants and struct layouts, and the boot block. No logic.
//!
//! Constants keep the names that the Linux headers give them; each file is one subject. Structs are `repr(C)` with the layout that AArch64
//! gives them, and every size (and the offsets that padding decides) is asserted when compiling, so that no host's layout can leak in.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

/// Asserts a struct's size and offsets.
macro_rules! layout {
    ($ty:ty, $size:expr $(, $field:ident @ $offset:expr)*) => {
        const _: () = {
            assert!(core::mem::size_of::<$ty>() == $size);
            $(assert!(core::mem::offset_of!($ty, $field) == $offset);)*
        };
    };
}

pub mod boot;
pub mod errno;
pub mod frame;
pub mod fs;
pub mod mm;
pub mod packed;
pub mod poll;
pub mod process;
pub mod resume;
pub mod root;
pub mod signal;
pub mod termios;
pub mod time;

pub use errno::Errno;
