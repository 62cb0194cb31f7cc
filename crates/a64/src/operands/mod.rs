//! Operand types: the types of semantic functions' parameters, made from a field's bits, and shown by the disassembler.

use core::fmt;

use crate::row::Row;

mod general;
mod immediate;
mod system;
mod vector;

pub use general::{
    Cond, ExtendKind, Gpr, GprSp, IndexExtend, Letter, PrefetchKind, ShiftKind, Width,
};
pub use immediate::{Amount, BitfieldImm, BitmaskImm, HalfWord, Imm, SImm};
pub use system::{Barrier, IdRegister};
pub use vector::{
    Element, F, FpImm, FractionBits, I, ImmHigh, IndexSign, LaneField, PostIndex, Q, ShiftImm,
    VList, Vreg, expand_immediate,
};

/// A type that a field of an instruction word can have.
pub trait Field: Copy {
    /// How many bits it is made from.
    const BITS: u32;
    /// From the field's bits (no others are set).
    fn from_bits(bits: u32) -> Self;
    /// Writes the operand as the assembler does. `spec` is what follows the `:` of the placeholder.
    fn show(self, cx: &Operands<'_>, spec: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// What an operand's text may depend on: the whole instruction.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    /// The row.
    pub row: &'a Row,
    /// The word.
    pub word: u32,
    /// Where it is.
    pub pc: u64,
}

impl Operands<'_> {
    /// The bits of field `name`, if the row has it.
    pub fn field(&self, name: &str) -> Option<u32> {
        self.row.bits.find(name).map(|slot| slot.of(self.word))
    }

    /// Whether general registers are 64 bits wide here: by the one-bit field `spec`, by `w` or `x`, else by the field `sf`; 64 without one.
    pub fn is_64(&self, spec: &str) -> bool {
        match spec {
            "w" => false,
            "x" => true,
            _ => self
                .field(if spec.is_empty() { "sf" } else { spec })
                .is_none_or(|bit| bit != 0),
        }
    }
}

/// The disassembly of one instruction.
pub struct Disassembly<'a>(pub(crate) Operands<'a>);

impl fmt::Display for Disassembly<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cx = &self.0;
        let syntax = cx
            .row
            .aliases
            .iter()
            .find(|(_, condition)| condition(cx.word))
            .map_or(cx.row.syntax, |alias| alias.0);
        let mut rest = syntax;
        while let Some(at) = rest.find(['{', '}']) {
            f.write_str(&rest[..at])?;
            let brace = &rest[at..at + 1];
            rest = &rest[at + 1..];
            if rest.starts_with(brace) {
                f.write_str(brace)?;
                rest = &rest[1..];
                continue;
            }
            let end = rest.find('}').unwrap_or(rest.len());
            let (name, spec) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
            rest = rest.get(end + 1..).unwrap_or("");
            // The row's compile-time check guarantees both.
            if let (Some(bits), Some(arg)) =
                (cx.field(name), cx.row.args.iter().position(|a| *a == name))
            {
                (cx.row.shows[arg])(bits, cx, spec, f)?;
            }
        }
        f.write_str(rest)
    }
}
