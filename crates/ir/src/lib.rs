//! The SSA intermediate representation: opcodes and their meaning, functions, text form, verifier.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod builder;
mod cfg;
mod cycles;
pub mod eval;
mod function;
pub mod interpret;
pub mod opcodes;
mod parse;
mod print;
mod verify;
mod visit;

pub use builder::FunctionBuilder;
pub use cfg::Cfg;
pub use eval::{Const, Eval};
pub use function::*;
pub use opcodes::{Concrete, Effect, ImmKind, Lowering, Opcode, Ops, Type};
pub use parse::{ParseError, parse_function, parse_functions};
pub use verify::{VerifyError, verify};
