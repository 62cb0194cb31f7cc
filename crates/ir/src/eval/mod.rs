//! What opcodes mean: one function for each pure opcode, named like its [`Ops`](crate::Ops) method, and [`fold`] over untyped constants.
//!
//! Deterministic except for the payloads of NaNs that arithmetic makes, which are the host's.

mod bfloat;
mod flags;
mod float;
pub mod flush;
mod fma;
mod half;
mod lanes;
pub mod sbox;

use crate::{
    Opcode, Type,
    opcodes::{Concrete, Immediate, imm},
};

type I32 = u32;
type I64 = u64;
type F32 = f32;
type F64 = f64;
type V128 = u128;

/// A builder that only computes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Eval;

impl Concrete for Eval {}

/// A constant of some type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Const {
    /// Its type.
    pub ty: Type,
    /// Its bits, zero above the type's width.
    pub bits: u128,
}

/// The Rust types that stand for IR types.
pub trait Scalar: Copy {
    /// The IR type.
    const TYPE: Type;
    /// As bits.
    fn to_bits128(self) -> u128;
    /// From bits.
    fn from_bits128(bits: u128) -> Self;
}

macro_rules! scalars {
    ($($rust:ident $ty:ident |$value:ident| $to:expr, |$bits:ident| $from:expr;)*) => {
        $(impl Scalar for $rust {
            const TYPE: Type = Type::$ty;
            fn to_bits128($value: Self) -> u128 {
                $to
            }
            fn from_bits128($bits: u128) -> Self {
                $from
            }
        }

        impl From<$rust> for Const {
            fn from(value: $rust) -> Const {
                Const { ty: Type::$ty, bits: value.to_bits128() }
            }
        })*
    };
}
scalars! {
    u32 I32 |self| self.into(), |bits| bits as u32;
    u64 I64 |self| self.into(), |bits| bits as u64;
    f32 F32 |self| self.to_bits().into(), |bits| f32::from_bits(bits as u32);
    f64 F64 |self| self.to_bits().into(), |bits| f64::from_bits(bits as u64);
    u128 V128 |self| self, |bits| bits;
}

impl Const {
    /// The number, if it is of that type.
    pub fn get<T: Scalar>(self) -> Option<T> {
        (self.ty == T::TYPE).then(|| T::from_bits128(self.bits))
    }
}

macro_rules! define_eval {
    ([]
        pure { $($(#[$doc:meta])* $Op:ident $op:ident ($($arg:ident: $ty:ident),* $(; $imm:ident: $kind:ident)?) -> $ret:ident [$low:ident] $body:block)* }
        memory { $($memory:tt)* }
    ) => {
        $($(#[$doc])* #[inline] pub fn $op($($arg: $ty,)* $($imm: imm::$kind)?) -> $ret $body)*

        /// The result of a pure opcode; `None` if `op` is not pure or the arguments are not of its types.
        pub fn fold(op: Opcode, args: &[Const], imm: u128) -> Option<Const> {
            #[allow(unused_mut, unused_variables)]
            let mut next = args.iter().copied();
            match op {
                $(Opcode::$Op => {
                    $(let $arg = next.next()?.get::<$ty>()?;)*
                    $(let $imm = <imm::$kind>::from_imm(imm);)?
                    Some($op($($arg,)* $($imm)?).into())
                })*
                _ => None,
            }
        }
    };
}

crate::for_each_opcode!(define_eval);

/// As [`fold`], but nothing if the result is, or has in a lane, a NaN that this machine may have made: which one is not the guest's (Arm ARM, FPDefaultNaN).
pub fn fold_known(op: Opcode, args: &[Const], imm: u128) -> Option<Const> {
    let result = fold(op, args, imm)?;
    let single = |bits: u128| f32::from_bits(bits as u32).is_nan();
    let double = |bits: u128| f64::from_bits(bits as u64).is_nan();
    let made = match result.ty {
        Type::F32 => op != Opcode::F32ReinterpretI32 && single(result.bits),
        Type::F64 => op != Opcode::F64ReinterpretI64 && double(result.bits),
        Type::V128 if op.name().starts_with("f32x4") => {
            (0..4).any(|lane| single(result.bits >> (32 * lane)))
        }
        Type::V128 if op.name().starts_with("f64x2") => {
            (0..2).any(|lane| double(result.bits >> (64 * lane)))
        }
        _ => false,
    };
    (!made).then_some(result)
}
