//! Linux/AArch64 constants and struct layouts, and the boot block. No logic.
#![no_std]
#![forbid(unsafe_code)]

pub mod boot;
