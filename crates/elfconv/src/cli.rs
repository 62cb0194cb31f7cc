//! The command line: arguments and their help texts.

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

/// Translate Linux/AArch64 executables to WebAssembly, and run them.
#[derive(Parser)]
#[command(name = "elfconv", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  elfconv build ./app                    translate to app.wasm
  elfconv run ./app --its --options      translate and run at once
  elfconv run --dir . ./app notes.txt    let it use the current directory
  wasmtime run --dir . app.wasm          any WASI runtime runs the module";

#[derive(Subcommand)]
pub enum Command {
    Build(BuildArgs),
    Run(RunArgs),
    Disasm(DisasmArgs),
    Inspect(InspectArgs),
}

/// Translate an executable, or a file tree with all its executables, to a WebAssembly module
///
/// The module imports only WASI preview 1, so every WASI runtime and, with a small shim, every browser runs it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  elfconv build ./app                    write app.wasm
  elfconv build ./app -o - | wasmtime -  write to standard output
  elfconv build ./app --emit ir          show the intermediate representation
  elfconv build --root rootfs -o box.wasm
                                         all programs of a file tree, and its files")]
pub struct BuildArgs {
    /// The Linux/AArch64 executable
    #[arg(value_name = "ELF", required_unless_present = "root", conflicts_with = "root", value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,

    /// Translate every executable below a directory, and make the directory the guest's `/`; what the guest writes there is kept in memory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,

    /// With --root: what runs when the module is given no command [default: /sbin/init, /bin/bash, /bin/sh or /bin/busybox, whichever is there]
    #[arg(long, value_name = "PATH", requires = "root")]
    pub init: Option<String>,

    /// Where to write; `-` is standard output [default: NAME.wasm here, or standard output for text]
    #[arg(short, long, value_name = "OUT.wasm", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub translate: TranslateArgs,

    /// What to write
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Emit::Wasm)]
    pub emit: Emit,

    /// Print how long each stage took
    #[arg(long)]
    pub timings: bool,
}

/// How to translate; shared by `build` and `run`.
#[derive(Args, Clone)]
pub struct TranslateArgs {
    /// Optimisation: 0 none, 1 cheap passes, 2 everything
    #[arg(short = 'O', value_name = "LEVEL", default_value = "2", value_parser = clap::value_parser!(u8).range(0..=2))]
    pub optimise: u8,

    /// Use the fused multiply-add of the relaxed SIMD proposal [default: on for `run`, off for `build`]
    #[arg(long, overrides_with = "no_relaxed_simd", action = ArgAction::SetTrue)]
    relaxed_simd: bool,

    /// Make a module that also runs on engines without relaxed SIMD
    #[arg(long, overrides_with = "relaxed_simd", action = ArgAction::SetTrue)]
    no_relaxed_simd: bool,

    /// Let bad accesses through null and wild pointers reach the guest's SIGSEGV handlers; costs a comparison for each pointer
    #[arg(long)]
    pub catch_faults: bool,

    /// Make code for programs that have subnormal numbers flushed to zero (FPCR.FZ): if they select it before `main`, as those built with `-Ofast` do; always; or never, which is faster, but differs in these numbers
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Flush::Auto)]
    pub flush: Flush,

    /// Leave out safepoints and checks of the stack's depth, to measure what they cost; signals then wait, and deep recursion fails
    #[arg(long, hide = true)]
    pub no_safepoints: bool,

    /// Shift what is in functions by so many instructions, to measure without the luck of where engines put loops
    #[arg(long, hide = true, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..64))]
    pub layout: u8,
}

impl TranslateArgs {
    /// Whether relaxed SIMD may be used, unless told otherwise.
    pub fn relaxed_simd(&self, default: bool) -> bool {
        (default || self.relaxed_simd) && !self.no_relaxed_simd
    }
}

/// When code is for FPCR.FZ.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Flush {
    /// If the program selects it before `main`
    Auto,
    /// Always; floating point is interpreted while it is not selected
    Always,
    /// Never, even if it is selected
    Never,
}

/// Forms of output of `build`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// The module
    Wasm,
    /// The module as text
    Wat,
    /// The intermediate representation, as given to the emitter
    Ir,
    /// Functions and basic blocks, as discovered
    Cfg,
}

/// Run an executable, or a module made by `build`
///
/// A module with a file tree takes a command of the tree as its arguments, or runs its init program; so does a file tree that is given with --root.
///
/// The guest gets no files and no environment but what is named here. Options end at the program: everything after it belongs to
/// the guest. The exit status is the guest's, 128+N if signal N killed it, 126 if the file cannot be run, 127 if there is none.
#[derive(Args)]
#[command(
    override_usage = "elfconv run [OPTIONS] <ELF|WASM> [ARG]...",
    after_help = "\
Examples:
  elfconv run ./app --help               --help is the guest's
  elfconv run --dir . ./app notes.txt    the guest may use the current directory
  elfconv run --dir data::/data --env LANG=C ./app
  elfconv run --strace ./app             show its system calls
  elfconv run --root rootfs /bin/sh      a program of a file tree, with all others of it
  elfconv run box.wasm ls -l             the same of a module that has the tree with it"
)]
pub struct RunArgs {
    /// Grant a directory; the guest sees it as GUEST, or at its own path
    #[arg(long = "dir", value_name = "HOST[::GUEST]", value_hint = ValueHint::DirPath)]
    pub dirs: Vec<OsString>,

    /// Make a directory the guest's `/`, with all programs in it translated; the command is one of it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,

    /// Set a variable of the guest's environment; K alone passes the value that it has here
    #[arg(long = "env", value_name = "K=V")]
    pub env: Vec<String>,

    /// Print each system call
    #[arg(long)]
    pub strace: bool,

    /// Interpret everything instead of translating it
    #[arg(long)]
    pub interpret: bool,

    /// Print the guest's call stack when a signal kills it (also: ELFCONV_BACKTRACE=1)
    #[arg(long)]
    pub backtrace: bool,

    /// Print how long each stage took
    #[arg(long)]
    pub timings: bool,

    /// Neither read nor write the cache of compiled modules
    #[arg(long)]
    pub no_cache: bool,

    #[command(flatten)]
    pub translate: TranslateArgs,

    /// The program, and its arguments
    #[arg(value_name = "ELF|WASM", required_unless_present = "root", num_args = 1.., trailing_var_arg = true, value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

/// Show the machine code of an executable
#[derive(Args)]
#[command(after_help = "\
Examples:
  elfconv disasm ./app --function main
  elfconv disasm ./app --function 0x4005d0")]
pub struct DisasmArgs {
    /// The Linux/AArch64 executable
    #[arg(value_name = "ELF", value_hint = ValueHint::FilePath)]
    pub elf: PathBuf,

    /// Only the function of this name, or the one at or around this address
    #[arg(long, value_name = "NAME|ADDR")]
    pub function: Option<String>,
}

/// Tell what an executable is, and how well it can be translated
#[derive(Args)]
#[command(after_help = "\
Examples:
  elfconv inspect ./app
  elfconv inspect --functions ./app      with every function and how it was found")]
pub struct InspectArgs {
    /// The Linux/AArch64 executable
    #[arg(value_name = "ELF", value_hint = ValueHint::FilePath)]
    pub elf: PathBuf,

    /// List every function and how it was found
    #[arg(long)]
    pub functions: bool,
}
