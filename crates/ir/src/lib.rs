//! The SSA intermediate representation: opcodes and their meaning, functions, text form, verifier.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod eval;
mod function;
pub mod opcodes;

pub use eval::{Const, Eval};
pub use function::*;
pub use opcodes::{Concrete, Effect, ImmKind, Lowering, Opcode, Ops, Type};
