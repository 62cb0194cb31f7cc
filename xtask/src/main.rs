//! The project's own tasks: `cargo xtask NAME [ARG…]`.
//!
//! A task is one row of [`TASKS`]. Whatever a task needs from outside is installed by `setup` below `target/`, or by apt.

#![forbid(unsafe_code)]

mod bench;
mod command;
mod docs;
mod kernel;
mod oracle;
mod setup;
mod test;

use anyhow::{Result, bail};

/// A task: its name, what it does, and its help.
type Task = (&'static str, fn(&[String]) -> Result<()>, &'static str);

const TASKS: &[Task] = &[
    (
        "test",
        test::run_all,
        "run setup, formatting, lints and all tests; arguments select tests by name",
    ),
    ("ci", test::ci, "run what continuous integration runs"),
    (
        "bench",
        bench::run_all,
        "measure speed, translation and size, and write docs/performance.md",
    ),
    (
        "docs",
        docs::run_all,
        "write docs/instructions.md and docs/syscalls.md from the sources",
    ),
    (
        "oracle",
        oracle::run_all,
        "compare instructions and random code with qemu-aarch64; `--help` after `--` lists what can be chosen",
    ),
    (
        "setup",
        setup::run,
        "install what tests and benchmarks need: apt packages, compilers, engines, guest programs",
    ),
    (
        "kernel",
        kernel::run,
        "rebuild the kernel's wasm from its sources",
    ),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = dispatch(&arguments) {
        eprintln!("xtask: {error:#}");
        std::process::exit(1);
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let Some((name, rest)) = arguments.split_first() else {
        println!("cargo xtask TASK [ARG…]\n");
        for (name, _, help) in TASKS {
            println!("  {name:<8} {help}");
        }
        return Ok(());
    };
    match TASKS.iter().find(|(task, ..)| task == name) {
        Some((_, run, _)) => run(rest),
        None => bail!("there is no task `{name}`; `cargo xtask` lists them"),
    }
}
