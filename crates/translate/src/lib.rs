//! The pipeline: load → discover → lift → optimise → emit.
//!
//! [`translate`] is the whole of it. In between, this crate decides what lives where across functions: [`summary`] finds what each block does to registers,
//! [`convention`] what each function takes and gives back, [`ssa`] builds the IR accordingly.
#![forbid(unsafe_code)]

mod abs;
mod analysis;
mod cfg;
mod clock;
mod convention;
mod fast;
mod flush;
mod loops;
mod noreturn;
mod pipeline;
mod regs;
mod resume;
mod ssa;
mod standard;
mod summary;
mod syscalls;
mod tree;

use std::time::Duration;

pub use elfconv_discover::Discovery;
pub use elfconv_emit::pcmap;
pub use elfconv_image::{GuestImage, ImageError};
pub use elfconv_opt::OptLevel;
pub use pipeline::{emit_cfg, emit_ir, translate};
pub use tree::translate_tree;

/// How file trees are written down.
pub use elfconv_abi::root;

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much to optimise.
    pub opt: OptLevel,
    /// Translate nothing: the module interprets the whole program.
    pub interpret: bool,
    /// Use relaxed SIMD for fused multiply-add. Node 20 does not know it.
    pub relaxed_simd: bool,
    /// Safepoints in loops, checks of the depth of recursion, and tests whether a recursive callee has unwound. Without them, which is for measuring what they cost only, a loop without system calls
    /// gets no signals and lets no other thread run, and deep recursion exhausts the engine's stack.
    pub safepoints: bool,
    /// Shift what is in functions by some instructions, as many as this: how fast loops are depends on where engines put them, by up to a third, so comparisons take several layouts.
    pub layout: u8,
    /// Bad accesses of compiled code reach the guest's handlers, as far as their base address shows that they are bad: it is below 4096 or above 4 GiB. Programs that evidently expect faults
    /// (Go) have the former anyway.
    pub catch_faults: bool,
    /// Whether code is for FPCR.FZ.
    pub flush: Flush,
    /// The executable's path as the guest sees it (`AT_EXECFN`, `/proc/self/exe`).
    pub exe_path: String,
}

/// For which value of FPCR.FZ code is made: whether subnormal numbers are flushed to zero. With the other value, floating point is interpreted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flush {
    /// The one that the program selects before `main`: set, if it was built with `-Ofast`.
    Auto,
    /// Set.
    Always,
    /// Clear; and it is used if it is set, too, and does not flush.
    Never,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            opt: OptLevel::O2,
            interpret: false,
            relaxed_simd: false,
            safepoints: true,
            layout: 0,
            catch_faults: false,
            flush: Flush::Auto,
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

/// A file tree that a module shall have with it.
#[derive(Clone, Debug, Default)]
pub struct FileTree {
    /// Names and attributes: a sequence of [`root::Node`]s.
    pub nodes: Vec<u8>,
    /// The contents of all files.
    pub contents: Vec<u8>,
    /// Which of them are executables, in order.
    pub executables: Vec<Executable>,
    /// What is executed if nothing else is asked for.
    pub init: String,
}

/// An executable in a file tree.
#[derive(Clone, Debug)]
pub struct Executable {
    /// One of its names, for messages.
    pub name: String,
    /// Where it is in the contents.
    pub contents: std::ops::Range<usize>,
}

/// A finished module with a file tree.
#[derive(Debug)]
pub struct TreeTranslation {
    /// The module.
    pub translation: Translation,
    /// How many programs were translated.
    pub programs: usize,
    /// Executables that were not: the module interprets them.
    pub refused: Vec<(String, Error)>,
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
