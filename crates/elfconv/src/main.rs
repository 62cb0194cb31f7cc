//! The `elfconv` command: translates Linux/AArch64 executables to WebAssembly and runs them.
//!
//! One file per subcommand in `commands`; `runtime` embeds Wasmtime. Everything a command says about itself goes to
//! standard error, so that standard output belongs to the guest or to the file asked for.

mod cli;
mod commands;
mod failure;
mod output;
mod progress;
mod runtime;
mod tree;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    // Bad usage ends here with status 2, as `clap` does by itself.
    let result = match Cli::parse().command {
        Command::Build(args) => commands::build::run(&args),
        Command::Run(args) => commands::run::run(&args),
        Command::Disasm(args) => commands::disasm::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
    };
    match result {
        Ok(status) => ExitCode::from(status),
        Err(failure) => failure.report(),
    }
}
