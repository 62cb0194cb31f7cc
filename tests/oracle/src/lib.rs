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

/// How much a run compares.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// Cases of each row in the interpreter of this process.
    pub interpreted: u64,
    /// Cases of each row in the three executions.
    pub compiled: u64,
    /// Random blocks in the three executions.
    pub blocks: u64,
}

/// What the tests compare.
pub const CI: Amount = Amount {
    interpreted: 50,
    compiled: 1,
    blocks: 200,
};

/// What `cargo xtask oracle` compares.
pub const FULL: Amount = Amount {
    interpreted: 2000,
    compiled: 2000,
    blocks: 1_000_000,
};
