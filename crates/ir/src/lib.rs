//! The SSA intermediate representation.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

// `opcodes` (rows, `Type`, `Opcode`, `Ops`) is the next module to come.
