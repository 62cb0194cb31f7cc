//! The Linux personality: a library OS that is linked into every module.
//!
//! [`Kernel`] talks to the world through [`host::Host`], keeps each process's address space in [`mm`], files in
//! [`vfs`], and answers system calls by the table in [`sys::table`]. Processes and threads ([`task`]) take turns on the one CPU (`sched`). [`dispatch`] runs the guest: compiled functions where they exist, the interpreter elsewhere;
//! [`unwind`] takes the guest state out of compiled frames that are thrown away. `wasm` is the surface that `emit` links against. Natively the crate is a
//! library for tests and for the documentation's tables.
#![no_std]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod compiled;
mod cpu_time;
pub mod dispatch;
pub mod host;
mod interpreter;
mod kernel;
pub mod mm;
pub mod packed;
mod process;
mod program;
pub mod resume;
mod sched;
mod signal_frame;
mod signals;
pub mod start;
pub mod sys;
pub mod task;
mod timers;
mod tty;
pub mod unwind;
pub mod vfs;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use kernel::{Kernel, STACK_SIZE};
pub use task::{Cred, Process, Thread};
