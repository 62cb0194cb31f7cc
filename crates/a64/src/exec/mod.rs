//! The executing builder: values are numbers, effects happen at once. With [`run`] it is the interpreter.

mod builder;
mod cache;
mod memory;
mod run;
mod variants;

pub use builder::{Event, Exec};
pub use cache::DecodeCache;
pub use memory::{Memory, NoMemory, Refused};
pub use run::{Outcome, run, step};
