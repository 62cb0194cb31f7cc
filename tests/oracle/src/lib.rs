//! The differential tester: instructions and random code under `qemu-aarch64-static` and under elfconv.
//!
//! - [`rows`]: random encodings of every row by the interpreter, in this process, with all of FPCR's modes and FPSR's flags.
//! - [`compiled`]: programs of thousands of cases, run by the interpreter in the module, and compiled without and with optimisation; single instructions, and [`blocks`] of them.
//!
//! Everything follows from a seed, which is printed. A case that fails shrinks.

#![forbid(unsafe_code)]

pub mod assembler;
pub mod blocks;
pub mod case;
pub mod compiled;
pub mod engine;
pub mod guest;
pub mod rows;
pub mod runner;
