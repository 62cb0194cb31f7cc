//! The pipeline: load → discover → lift → optimise → emit.
//!
//! [`translate`] is the whole of it. In between, this crate decides what lives where across functions: [`summary`] finds what each block does to registers,
//! [`convention`] what each function takes and gives back, [`ssa`] builds the IR accordingly.
#![forbid(unsafe_code)]

mod abs;
mod cfg;
mod convention;
mod loops;
mod noreturn;
mod pipeline;
mod regs;
mod resume;
mod ssa;
mod standard;
mod summary;
mod syscalls;

use std::time::Duration;

pub use elfconv_discover::Discovery;
pub use elfconv_emit::pcmap;
pub use elfconv_image::{GuestImage, ImageError};
pub use elfconv_opt::OptLevel;
pub use pipeline::{emit_cfg, emit_ir, translate};

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much to optimise.
    pub opt: OptLevel,
    /// Translate nothing: the module interprets the whole program.
    pub interpret: bool,
    /// Use relaxed SIMD for fused multiply-add. Node 20 does not know it.
    pub relaxed_simd: bool,
    /// The executable's path as the guest sees it (`AT_EXECFN`, `/proc/self/exe`).
    pub exe_path: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            opt: OptLevel::O2,
            interpret: false,
            relaxed_simd: false,
            exe_path: String::new(),
        }
    }
}

/// Told about the stages of a translation. Called from several threads.
pub trait Progress: Sync {
    /// A stage begins, with `total` steps (0 if not known).
    fn stage(&self, name: &'static str, total: usize);
    /// So many steps are done.
    fn advance(&self, n: usize);
}

/// Nobody wants to know.
impl Progress for () {
    fn stage(&self, _: &'static str, _: usize) {}
    fn advance(&self, _: usize) {}
}

/// Wall-clock time of each stage, in order.
pub type Timings = Vec<(&'static str, Duration)>;

/// A finished module.
#[derive(Clone, Debug)]
pub struct Translation {
    /// The module's bytes.
    pub wasm: Vec<u8>,
    /// How long each stage took.
    pub timings: Timings,
    /// Number of functions translated.
    pub functions: usize,
    /// Bytes of guest code in the image.
    pub code_bytes: u64,
}

/// Why there is no module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is not an executable that can be taken.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The module cannot be put together.
    #[error(transparent)]
    Link(#[from] elfconv_emit::LinkError),
}
