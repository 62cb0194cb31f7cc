//! Sizes and extensions of general-register accesses, as marker types for generic semantics, and addressing.

use crate::{
    builder::Builder,
    int::Int,
    operands::{ExtendKind, Gpr, GprSp, IndexExtend},
};

/// How a general register is loaded.
pub trait Load {
    /// Log2 of the bytes accessed.
    const SCALE: u32;
    /// Loads from `addr + offset`.
    fn load<B: Builder>(b: &mut B, addr: B::I64, offset: i64) -> Int<B>;
}

/// How a general register is stored.
pub trait Store: Load {
    /// Stores the low bits of `value` at `addr + offset`.
    fn store<B: Builder>(b: &mut B, addr: B::I64, offset: i64, value: B::I64);
    /// As [`Store::store`], where `cond` is not zero.
    fn store_if<B: Builder>(b: &mut B, cond: B::I32, addr: B::I64, value: B::I64) {
        b.store_if(cond, addr, value, 1 << Self::SCALE);
    }
}

macro_rules! accesses {
    ($($(#[$doc:meta])* $name:ident $scale:literal $kind:ident $load:ident $(store $store:ident)?;)*) => {
        $($(#[$doc])*
        pub struct $name;
        impl Load for $name {
            const SCALE: u32 = $scale;
            #[inline(always)]
            fn load<B: Builder>(b: &mut B, addr: B::I64, offset: i64) -> Int<B> {
                Int::$kind(b.$load(addr, offset))
            }
        }
        $(impl Store for $name {
            #[inline(always)]
            fn store<B: Builder>(b: &mut B, addr: B::I64, offset: i64, value: B::I64) {
                b.$store(addr, offset, value);
            }
        })?)*
    };
}
accesses! {
    /// A byte, zero-extended.
    U8 0 X i64_load8_u store i64_store8;
    /// A half word, zero-extended.
    U16 1 X i64_load16_u store i64_store16;
    /// A word, zero-extended.
    U32 2 X i64_load32_u store i64_store32;
    /// A double word.
    U64 3 X i64_load store i64_store;
    /// A byte, sign-extended to 32 bits.
    S8W 0 W i32_load8_s;
    /// A byte, sign-extended to 64 bits.
    S8X 0 X i64_load8_s;
    /// A half word, sign-extended to 32 bits.
    S16W 1 W i32_load16_s;
    /// A half word, sign-extended to 64 bits.
    S16X 1 X i64_load16_s;
    /// A word, sign-extended to 64 bits.
    S32X 2 X i64_load32_s;
}

/// `base + extend(index) << scale`
#[inline(always)]
pub fn indexed<B: Builder>(
    b: &mut B,
    rn: GprSp,
    rm: Gpr,
    option: IndexExtend,
    scale: u32,
) -> B::I64 {
    let base = rn.x(b);
    let index = ExtendKind(option.0).apply(b, rm, scale);
    b.i64_add(base, index)
}

/// `base + offset` as a value, for addresses that are written back.
pub fn displaced<B: Builder>(b: &mut B, base: B::I64, offset: i64) -> B::I64 {
    let offset = b.i64_const(offset as u64);
    b.i64_add(base, offset)
}
