//! Whole programs, compared with the oracle: each case runs under `qemu-aarch64-static` and under elfconv, each in a
//! fresh directory, and stdout, stderr, exit status and the files made must be the same.
//!
//! - `guests/` holds programs of our own; comments at their top ([`source`]) say how they are built ([`compile`]) and run.
//! - `debian/` holds lists of command lines for programs as Debian ships them ([`debian`]).
//! - `roots/` holds scripts that shells run in a file tree with several programs ([`roots`]).
//!
//! A test is called `PROGRAM/BUILD/MODE` or `PROGRAM/CASE/MODE`; [`engine::Mode`] lists the modes.

#![forbid(unsafe_code)]

pub mod case;
pub mod compile;
pub mod debian;
pub mod engine;
pub mod known;
pub mod outcome;
pub mod place;
pub mod roots;
pub mod source;
pub mod words;
