//! The decoder and the disassembler of `elfconv-a64`, compared with two other disassemblers: which words are instructions, and how they are written.
//!
//! The words are random ones, words of the rows and their neighbours, and all code of Debian's programs ([`sample`]). Texts are compared in one form ([`text`]). What
//! differs must be explained by a line of `differences.txt` ([`list`]), and a line must explain something, and nothing that does not differ ([`compare`]).
//! Limits: what both others and we get wrong alike is not found, nor what words do; for that there is the oracle.

#![forbid(unsafe_code)]

pub mod compare;
pub mod disassembler;
pub mod list;
pub mod sample;
pub mod text;
