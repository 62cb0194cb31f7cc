//! The pipeline: load → discover → lift → optimise → emit.
#![forbid(unsafe_code)]

mod abs;
mod cfg;
mod convention;
mod regs;
mod ssa;
mod summary;
