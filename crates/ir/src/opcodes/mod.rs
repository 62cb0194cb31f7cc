//! The opcodes: one row each.
//!
//! A row says everything about an opcode, and everything else is expanded from the rows: the [`Opcode`] enumeration and its properties here, the
//! [`Ops`] trait with one method for each pure opcode, [`eval`](crate::eval) with one function each, and the tables of other crates (`emit`'s
//! lowering) by [`for_each_opcode!`](crate::for_each_opcode). The rows stand in the files of this directory, by subject.
//!
//! A pure row reads
//!
//! ```text
//! /// Doc comment.
//! I32Shl i32_shl(a: I32, b: I32) -> I32 [wasm] { a.wrapping_shl(b) }
//! I8x16ExtractLaneS i8x16_extract_lane_s(a: V128; lane: Lane16) -> I32 [lane] { … }
//! ```
//!
//! that is: the variant (named as in `wasm_encoder::Instruction`), the name in the text form, arguments, after a semicolon the immediate, the
//! result type, how it is lowered, and its meaning in Rust, where `I32 = u32`, `I64 = u64`, `F32 = f32`, `F64 = f64`, `V128 = u128` (little-endian lanes).
//! A memory row has an effect instead of a meaning.
//!
//! The lowering is `wasm`: the wasm instruction of that name; `lane`: the same with a lane immediate; `mem`: the same with a memory
//! argument; `own`: a sequence, or a call of a soft routine, of which `emit` knows.
//!
//! Limits: floating-point arithmetic rounds to nearest, ties to even. NaN payloads are the host's.

mod convert;
mod flags;
mod float;
mod flush;
mod integer;
mod memory;
mod simd_float;
mod simd_int;
mod simd_lanes;

use core::fmt;

/// The type of a value: the value types of wasm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Type {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// Vector of 128 bits.
    V128,
}

impl Type {
    /// All types.
    pub const ALL: [Type; 5] = [Type::I32, Type::I64, Type::F32, Type::F64, Type::V128];

    /// Its name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::V128 => "v128",
        }
    }

    /// The type of that name.
    pub fn from_name(name: &str) -> Option<Type> {
        Type::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Its size in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Type::I32 | Type::F32 => 32,
            Type::I64 | Type::F64 => 64,
            Type::V128 => 128,
        }
    }

    /// The opcode that makes a constant of this type.
    pub const fn const_op(self) -> Opcode {
        match self {
            Type::I32 => Opcode::I32Const,
            Type::I64 => Opcode::I64Const,
            Type::F32 => Opcode::F32Const,
            Type::F64 => Opcode::F64Const,
            Type::V128 => Opcode::V128Const,
        }
    }

    /// The opcode that selects between two values of this type.
    pub const fn select_op(self) -> Opcode {
        match self {
            Type::I32 => Opcode::SelectI32,
            Type::I64 => Opcode::SelectI64,
            Type::F32 => Opcode::SelectF32,
            Type::F64 => Opcode::SelectF64,
            Type::V128 => Opcode::SelectV128,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an opcode touches beside its arguments and result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing: it may be moved, shared and removed.
    Pure,
    /// Reads guest memory. May fault, but a load whose result is unused may be removed.
    Load,
    /// Writes guest memory.
    Store,
    /// Reads `CpuState`.
    StateLoad,
    /// Writes `CpuState`.
    StateStore,
}

/// What an opcode's immediate is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImmKind {
    /// It has none (0).
    None,
    /// 32 bits: an `i32` or an `f32`.
    Bits32,
    /// 64 bits: an `i64` or an `f64`.
    Bits64,
    /// A vector.
    Bits128,
    /// A lane of 2.
    Lane2,
    /// A lane of 4.
    Lane4,
    /// A lane of 8.
    Lane8,
    /// A lane of 16.
    Lane16,
    /// Sixteen lane numbers below 32, one a byte.
    Shuffle,
    /// A signed byte offset that is added to the guest address.
    Offset,
    /// A byte offset in `CpuState`.
    StateOffset,
    /// An A64 condition code, 0–15.
    Cond,
}

impl ImmKind {
    /// Whether `imm` is a value of this kind.
    pub fn admits(self, imm: u128) -> bool {
        match self {
            ImmKind::None => imm == 0,
            ImmKind::Bits32 | ImmKind::StateOffset => imm <= u128::from(u32::MAX),
            ImmKind::Bits64 | ImmKind::Offset => imm <= u128::from(u64::MAX),
            ImmKind::Bits128 => true,
            ImmKind::Lane2 => imm < 2,
            ImmKind::Lane4 => imm < 4,
            ImmKind::Lane8 => imm < 8,
            ImmKind::Lane16 | ImmKind::Cond => imm < 16,
            ImmKind::Shuffle => imm.to_le_bytes().into_iter().all(|lane| lane < 32),
        }
    }
}

/// How `emit` makes wasm of an opcode; see the module's comment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(non_camel_case_types)]
pub enum Lowering {
    /// The wasm instruction of that name.
    wasm,
    /// The wasm instruction of that name, with a lane.
    lane,
    /// The wasm instruction of that name, with a memory argument.
    mem,
    /// Something of `emit`'s own.
    own,
}

/// Expands `callback! { [extra] pure { rows } memory { rows } }`, where the rows are as the comment of this module says:
///
/// ```text
/// $(#[$doc:meta])* $Variant:ident $name:ident ($($arg:ident: $ty:ident),* $(; $imm:ident: $kind:ident)?) -> $ret:ident [$lowering:ident] $body:block
/// $(#[$doc:meta])* $Variant:ident $name:ident ($($arg:ident: $ty:ident),* $(; $imm:ident: $kind:ident)?) $(-> $ret:ident)? [$lowering:ident $effect:ident $size:literal]
/// ```
#[macro_export]
macro_rules! for_each_opcode {
    ($($callback:tt)::+ $(, $($extra:tt)*)?) => {
        $crate::integer_rows! { [[$($callback)::+] [$($($extra)*)?]] }
    };
}

macro_rules! define_opcodes {
    ([]
        pure { $($(#[$doc:meta])* $Op:ident $op:ident ($($arg:ident: $ty:ident),* $(; $imm:ident: $kind:ident)?) -> $ret:ident [$low:ident] $body:block)* }
        memory { $($(#[$mdoc:meta])* $MOp:ident $mop:ident ($($marg:ident: $mty:ident),* $(; $mimm:ident: $mkind:ident)?) $(-> $mret:ident)? [$mlow:ident $effect:ident $size:literal])* }
    ) => {
        /// An operation. The variants' names are those of `wasm_encoder::Instruction`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub enum Opcode {
            $($(#[$doc])* $Op,)*
            $($(#[$mdoc])* $MOp,)*
        }

        impl Opcode {
            /// All opcodes, in order of their numbers.
            pub const ALL: &[Opcode] = &[$(Opcode::$Op,)* $(Opcode::$MOp,)*];

            const INFO: &[Info] = &[
                $(Info {
                    name: stringify!($op),
                    args: &[$(Type::$ty),*],
                    result: Some(Type::$ret),
                    imm: [$(ImmKind::$kind,)? ImmKind::None][0],
                    effect: Effect::Pure,
                    lowering: Lowering::$low,
                    size: 0,
                },)*
                $(Info {
                    name: stringify!($mop),
                    args: &[$(Type::$mty),*],
                    result: [$(Some(Type::$mret),)? None][0],
                    imm: [$(ImmKind::$mkind,)? ImmKind::None][0],
                    effect: Effect::$effect,
                    lowering: Lowering::$mlow,
                    size: $size,
                },)*
            ];
        }
    };
}

/// A row without its meaning.
struct Info {
    name: &'static str,
    args: &'static [Type],
    result: Option<Type>,
    imm: ImmKind,
    effect: Effect,
    lowering: Lowering,
    size: u8,
}

for_each_opcode!(define_opcodes);

impl Opcode {
    fn info(self) -> &'static Info {
        &Opcode::INFO[self as usize]
    }

    /// Its name in the text form.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The types of its arguments.
    pub fn args(self) -> &'static [Type] {
        self.info().args
    }

    /// The type of its result, if it has one.
    pub fn result(self) -> Option<Type> {
        self.info().result
    }

    /// What its immediate is.
    pub fn imm(self) -> ImmKind {
        self.info().imm
    }

    /// What it touches.
    pub fn effect(self) -> Effect {
        self.info().effect
    }

    /// Whether it touches nothing but its arguments.
    pub fn is_pure(self) -> bool {
        self.effect() == Effect::Pure
    }

    /// Whether it makes a constant of its immediate.
    pub fn is_const(self) -> bool {
        matches!(
            self,
            Opcode::I32Const
                | Opcode::I64Const
                | Opcode::F32Const
                | Opcode::F64Const
                | Opcode::V128Const
        )
    }

    /// How `emit` makes wasm of it.
    pub fn lowering(self) -> Lowering {
        self.info().lowering
    }

    /// How many bytes it reads or writes in memory or state, 0 for pure opcodes.
    pub fn access_size(self) -> u32 {
        self.info().size.into()
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value that an immediate can be.
pub trait Immediate: Copy {
    /// As the IR stores it.
    fn to_imm(self) -> u128;
    /// From what the IR stores.
    fn from_imm(imm: u128) -> Self;
}

macro_rules! immediates {
    ($($ty:ty),*) => {
        $(impl Immediate for $ty {
            fn to_imm(self) -> u128 {
                self.into()
            }
            fn from_imm(imm: u128) -> Self {
                imm as $ty
            }
        })*
    };
}
immediates!(u8, u32, u64, u128);

impl Immediate for i64 {
    fn to_imm(self) -> u128 {
        (self as u64).into()
    }
    fn from_imm(imm: u128) -> Self {
        imm as u64 as i64
    }
}

impl Immediate for [u8; 16] {
    fn to_imm(self) -> u128 {
        u128::from_le_bytes(self)
    }
    fn from_imm(imm: u128) -> Self {
        imm.to_le_bytes()
    }
}

/// The Rust types of immediates, by kind.
pub mod imm {
    #![allow(missing_docs)]
    pub type Bits32 = u32;
    pub type Bits64 = u64;
    pub type Bits128 = u128;
    pub type Lane2 = u8;
    pub type Lane4 = u8;
    pub type Lane8 = u8;
    pub type Lane16 = u8;
    pub type Shuffle = [u8; 16];
    pub type Offset = i64;
    pub type StateOffset = u32;
    pub type Cond = u8;
}

macro_rules! define_ops {
    ([]
        pure { $($(#[$doc:meta])* $Op:ident $op:ident ($($arg:ident: $ty:ident),* $(; $imm:ident: $kind:ident)?) -> $ret:ident [$low:ident] $body:block)* }
        memory { $($memory:tt)* }
    ) => {
        /// Arithmetic: one method for each pure opcode, over whatever the implementor's values are. A recorder's are IR values
        /// ([`impl_recording_ops!`](crate::impl_recording_ops)), an executor's are numbers ([`Concrete`]).
        #[allow(clippy::too_many_arguments)]
        pub trait Ops {
            /// 32-bit integers.
            type I32: Copy;
            /// 64-bit integers.
            type I64: Copy;
            /// Single-precision numbers.
            type F32: Copy;
            /// Double-precision numbers.
            type F64: Copy;
            /// Vectors.
            type V128: Copy;

            $($(#[$doc])* fn $op(&mut self $(, $arg: Self::$ty)* $(, $imm: imm::$kind)?) -> Self::$ret;)*
        }

        impl<T: Concrete> Ops for T {
            type I32 = u32;
            type I64 = u64;
            type F32 = f32;
            type F64 = f64;
            type V128 = u128;

            $(#[inline(always)] fn $op(&mut self $(, $arg: Self::$ty)* $(, $imm: imm::$kind)?) -> Self::$ret {
                $crate::eval::$op($($arg,)* $($imm)?)
            })*
        }
    };
}

/// A builder whose values are numbers. Whoever implements it has all of [`Ops`], with `u32`, `u64`, `f32`, `f64` and `u128` (little-endian lanes).
pub trait Concrete {}

for_each_opcode!(define_ops);

/// Implements [`Ops`] for a recorder, all of whose values are [`Value`](crate::Value), by its method
/// `fn METHOD(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value`; absent arguments are `Value(0)`.
///
/// ```text
/// impl_recording_ops!(impl['a] Recorder<'a>, push_op);
/// ```
#[macro_export]
macro_rules! impl_recording_ops {
    (impl[$($generics:tt)*] $ty:ty, $method:ident) => {
        $crate::for_each_opcode! { $crate::__impl_recording_ops, [$($generics)*] [$ty] [$method] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __impl_recording_ops {
    ([[$($generics:tt)*] [$recorder:ty] [$method:ident]]
        pure { $($(#[$doc:meta])* $Op:ident $op:ident ($($arg:ident: $ty:ident),* $(; $imm:ident: $kind:ident)?) -> $ret:ident [$low:ident] $body:block)* }
        memory { $($memory:tt)* }
    ) => {
        impl<$($generics)*> $crate::Ops for $recorder {
            type I32 = $crate::Value;
            type I64 = $crate::Value;
            type F32 = $crate::Value;
            type F64 = $crate::Value;
            type V128 = $crate::Value;

            $(fn $op(&mut self $(, $arg: $crate::Value)* $(, $imm: $crate::opcodes::imm::$kind)?) -> $crate::Value {
                #[allow(unused_mut, unused_assignments)]
                let (mut args, mut next) = ([$crate::Value(0); 3], 0);
                $(args[next] = $arg; next += 1;)*
                let _ = next;
                #[allow(unused_mut, unused_assignments)]
                let mut imm = 0;
                $(imm = $crate::opcodes::Immediate::to_imm($imm);)?
                self.$method($crate::Opcode::$Op, args, imm)
            })*
        }
    };
}
