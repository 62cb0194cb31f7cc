//! Instruction rows: what one line of an `instructions!` table says.
//!
//! ```text
//! instructions! {
//!     class "Data processing, immediate";
//!     add_imm "sf 0 0 100010 sh imm12:12 Rn:5 Rd:5" "add {Rd}, {Rn}, #{imm12}{sh}" (sf, sh, imm12, Rn, Rd)
//!         { "mov {Rd}, {Rn}" if (is_mov_sp) };
//! }
//! fn add_imm<B: Builder>(b: &mut B, sf: Width, sh: Imm<1>, imm12: Imm<12>, rn: GprSp, rd: GprSp) { … }
//! ```
//!
//! After the arguments come, each optional and in this order:
//! - `=> function<T, …>`: the semantic function, if it is not the row's name; the generic arguments follow the builder's;
//! - `if (guard)`: a `fn(u32) -> bool` on the word; where it is false the row does not match (unallocated, or another row's);
//! - `over (row, …)`: this row wins over those that also match some of its words. Any other overlap is a compile error;
//! - `feature (Name)`: the [`Feature`] it belongs to, if it is not base ARMv8.0;
//! - `{ "syntax" if (condition), … }`: preferred disassemblies, the first whose condition on the word holds.
//!
//! Field positions come from the pattern, field types from the function's signature.

use core::fmt;

use crate::{
    operands::{Field, Operands},
    pattern::Pattern,
};

/// An architectural feature, as `HWCAP` and the ID registers name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// ARMv8.0 without floating point.
    Base,
    /// Scalar floating point.
    Fp,
    /// Advanced SIMD.
    AdvSimd,
    /// CRC32 instructions.
    Crc32,
    /// Large system extensions: atomics.
    Lse,
    /// `sqrdmlah`, `sqrdmlsh`.
    Rdm,
    /// Pointer authentication, hint forms only (they are no-ops).
    PAuthHint,
    /// `ldapr`.
    Lrcpc,
    /// `ldapur`, `stlur`.
    Lrcpc2,
    /// `setf8`, `rmif`, `cfinv`.
    FlagM,
    /// `axflag`, `xaflag`.
    FlagM2,
    /// Half-precision arithmetic.
    Fp16,
    /// `fmlal`, `fmlsl`.
    Fhm,
    /// Dot products.
    DotProd,
    /// Complex numbers.
    FCma,
    /// `fjcvtzs`.
    JsCvt,
    /// `frint32z` and its kin.
    FrintTs,
    /// 8-bit matrix multiplication.
    I8mm,
    /// AES.
    Aes,
    /// 64-bit polynomial multiplication.
    Pmull,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// SHA-3.
    Sha3,
    /// SM3.
    Sm3,
    /// SM4.
    Sm4,
    /// `bfdot` and its kin.
    Bf16,
    /// Random numbers.
    Rng,
    /// PSTATE.DIT.
    Dit,
    /// PSTATE.SSBS.
    Ssbs,
    /// Speculation barriers and branch target hints, all hints.
    Hints,
    /// Scalable vectors, of both versions.
    Sve,
    /// Matrices.
    Sme,
    /// Memory tagging.
    Mte,
    /// Memory copy and memory set.
    Mops,
    /// Pointer authentication beyond hints.
    PAuth,
}

/// Shows one operand: its bits, the row's context, the placeholder's `:spec`.
pub type Show = fn(u32, &Operands<'_>, &str, &mut fmt::Formatter<'_>) -> fmt::Result;

/// A condition on the word besides the pattern.
pub type Guard = fn(u32) -> bool;

/// A preferred disassembly: its syntax, and the condition on the word.
pub type Alias = (&'static str, Guard);

/// One instruction.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The row's name, unique.
    pub name: &'static str,
    /// The bit pattern as written.
    pub pattern: &'static str,
    /// The bit pattern.
    pub bits: Pattern,
    /// Assembler syntax.
    pub syntax: &'static str,
    /// Preferred disassemblies.
    pub aliases: &'static [Alias],
    /// The manual's class.
    pub class: &'static str,
    /// The feature it belongs to.
    pub feature: Feature,
    /// Words that match the pattern but fail this are not this row's.
    pub guard: Option<Guard>,
    /// Rows that this row wins over.
    pub over: &'static [&'static str],
    /// Arguments in order of the semantic function.
    pub args: &'static [&'static str],
    /// How to show each argument.
    pub shows: &'static [Show],
}

/// A semantic function whose parameters after the builder are `A`.
pub trait Semantics<B, A>: Copy {
    /// Bits of each parameter.
    const WIDTHS: &'static [u32];
    /// How to show each parameter.
    const SHOWS: &'static [Show];
}

/// Shows a field of type `F`.
fn show<F: Field>(
    bits: u32,
    cx: &Operands<'_>,
    spec: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    F::from_bits(bits).show(cx, spec, f)
}

macro_rules! semantics {
    ($($t:ident)*) => {
        impl<B, S, $($t: Field),*> Semantics<B, ($($t,)*)> for S
        where
            S: Fn(&mut B, $($t),*) + Copy,
        {
            const WIDTHS: &'static [u32] = &[$($t::BITS),*];
            const SHOWS: &'static [Show] = &[$(show::<$t>),*];
        }
    };
}
semantics!();
semantics!(A0);
semantics!(A0 A1);
semantics!(A0 A1 A2);
semantics!(A0 A1 A2 A3);
semantics!(A0 A1 A2 A3 A4);
semantics!(A0 A1 A2 A3 A4 A5);
semantics!(A0 A1 A2 A3 A4 A5 A6);
semantics!(A0 A1 A2 A3 A4 A5 A6 A7);
semantics!(A0 A1 A2 A3 A4 A5 A6 A7 A8);
semantics!(A0 A1 A2 A3 A4 A5 A6 A7 A8 A9);

/// Widths of a semantic function's parameters.
pub const fn widths_of<B, A, S: Semantics<B, A>>(_: &S) -> &'static [u32] {
    S::WIDTHS
}

/// How to show a semantic function's parameters.
pub const fn shows_of<B, A, S: Semantics<B, A>>(_: &S) -> &'static [Show] {
    S::SHOWS
}

/// Declares the rows of one class. See the module's documentation.
macro_rules! instructions {
    (
        class $class:literal;
        $(
            $name:ident $pattern:literal $syntax:literal ($($arg:ident),* $(,)?)
            $(=> $func:ident $(< $($garg:tt),* >)?)?
            $(if ($guard:expr))?
            $(over ($($over:ident),* $(,)?))?
            $(feature ($feature:ident))?
            $({ $($alias:literal if ($condition:expr)),* $(,)? })?
            ;
        )*
    ) => {
        /// The rows of this class.
        pub(crate) const ROWS: [$crate::row::Row; [$($pattern),*].len()] = [$({
            const PATTERN: $crate::pattern::Pattern = $crate::pattern::Pattern::parse($pattern);
            const ARGS: &[&str] = &[$(stringify!($arg)),*];
            const ALIASES: &[$crate::row::Alias] = &[$($(($alias, $condition)),*)?];
            match $crate::pattern::check(
                &PATTERN,
                ARGS,
                $crate::row::widths_of::<$crate::row::Checker, _, _>(&instructions!(@semantics $crate::row::Checker, $name $(, $func $(< $($garg),* >)?)?)),
                $syntax,
            ) {
                None => {}
                Some($crate::pattern::RowError::Unbound) => panic!(concat!("row ", stringify!($name), ": a field of the pattern is not an argument")),
                Some($crate::pattern::RowError::Width) => panic!(concat!("row ", stringify!($name), ": an argument's type has another width than its field")),
                Some($crate::pattern::RowError::Count) => panic!(concat!("row ", stringify!($name), ": the number of arguments is not the function's")),
                Some($crate::pattern::RowError::Syntax) => panic!(concat!("row ", stringify!($name), ": the syntax names an unknown field")),
            }
            let mut i = 0;
            while i < ALIASES.len() {
                assert!(
                    $crate::pattern::check_syntax(&PATTERN, ALIASES[i].0).is_none(),
                    concat!("row ", stringify!($name), ": an alias names an unknown field")
                );
                i += 1;
            }
            #[allow(unused_mut, unused_assignments)]
            let mut guard: Option<$crate::row::Guard> = None;
            $(guard = Some($guard);)?
            #[allow(unused_mut, unused_assignments)]
            let mut feature = $crate::row::Feature::Base;
            $(feature = $crate::row::Feature::$feature;)?
            $crate::row::Row {
                name: stringify!($name),
                pattern: $pattern,
                bits: PATTERN,
                syntax: $syntax,
                aliases: ALIASES,
                class: $class,
                feature,
                guard,
                over: &[$($(stringify!($over)),*)?],
                args: ARGS,
                shows: $crate::row::shows_of::<$crate::row::Checker, _, _>(&instructions!(@semantics $crate::row::Checker, $name $(, $func $(< $($garg),* >)?)?)),
            }
        }),*];

        /// What the rows do, in the same order.
        pub(crate) const fn functions<B: $crate::builder::Builder>() -> [fn(&mut B, u32); ROWS.len()] {
            [$({
                // For the variants (`exec::variants`).
                #[inline(always)]
                fn run<B: $crate::builder::Builder>(b: &mut B, word: u32) {
                    let _ = word;
                    instructions!(@semantics B, $name $(, $func $(< $($garg),* >)?)?)(
                        b,
                        $($crate::operands::Field::from_bits(
                            const { $crate::pattern::Pattern::parse($pattern).slot(stringify!($arg)) }.of(word),
                        )),*
                    )
                }
                run::<B>
            }),*]
        }
    };
    (@semantics $b:ty, $name:ident) => { $name::<$b> };
    (@semantics $b:ty, $name:ident, $func:ident) => { $func::<$b> };
    (@semantics $b:ty, $name:ident, $func:ident < $($garg:tt),* >) => { $func::<$b, $($garg),*> };
}
pub(crate) use instructions;

/// The builder with which rows are checked; any builder would do.
pub type Checker = crate::exec::Exec<'static, crate::exec::NoMemory>;
