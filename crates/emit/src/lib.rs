//! IR → wasm: structured control flow, expression trees, locals; and linking with the kernel's wasm.
//!
//! A [`Linker`] is made of a [`Module`] (everything but the bodies), compiles functions in parallel, and finishes the module:
//!
//! ```text
//! let linker = Linker::new(&module)?;
//! let bodies = functions.par_iter().map(|(id, f)| Some(linker.compile(id, f))).collect();
//! let wasm = linker.finish(bodies)?;
//! ```
#![forbid(unsafe_code)]

mod body;
mod context;
mod data;
mod function;
mod kernel;
mod layout;
mod link;
mod memory;
mod module;
mod packed;
pub mod pcmap;
mod state;
mod thunks;
mod types;

pub use body::Body;
pub use link::Linker;
pub use module::{Features, FunctionInfo, LinkError, Module, Program, Resume, Segment, Tree};
