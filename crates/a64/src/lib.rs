//! AArch64: one row for each instruction, and what it does over a [`Builder`].
//!
//! A word is [`decode`]d to an [`Insn`], the number of its row. The row's semantic function stands next to it in `insn/`, and [`execute`] runs it over any builder: the recording
//! one makes IR, the executing one ([`exec::Exec`]) is the interpreter. Disassembly, control flow and the reported features come from the same rows.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod builder;
pub mod context;
mod decode;
pub mod exec;
pub mod features;
mod flow;
pub mod fpu;
mod insn;
pub mod int;
pub mod operands;
pub mod pattern;
mod row;
pub mod state;

pub use builder::Builder;
pub use decode::{Insn, ROW_COUNT, RowId, decode, execute, functions, rows};
pub use flow::Flow;
pub use row::{Alias, Feature, Guard, Row, Show};
