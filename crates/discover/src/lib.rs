#![forbid(unsafe_code)]
//! [`GuestImage`](elfconv_image::GuestImage) → functions, basic blocks, jump tables.
//!
//! Nothing found here is needed for correctness: an address that is not the start of a function or block is executed by the
//! interpreter. So a wrong cut costs speed only, and every terminator may name an address outside its function.

mod cfg;
mod compare;
mod discover;
mod evidence;
mod frame;
mod function;
mod pointers;
mod print;
mod shape;
mod slice;
mod sweep;
mod table;
mod weak;
mod words;

pub use cfg::{CfgBlock, Discovery, Found, FunctionCfg, JumpTable, Term};
pub use discover::discover;
