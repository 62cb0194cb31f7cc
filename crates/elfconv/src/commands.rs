//! The subcommands, one file each, and what they share.

pub mod build;
pub mod disasm;
pub mod inspect;
pub mod run;

use std::{fs, path::Path};

use elfconv_translate::{GuestImage, OptLevel, Options};

use crate::{
    cli::{Flush, TranslateArgs},
    failure::Failure,
};

/// Read a whole input file.
fn read_input(path: &Path) -> Result<Vec<u8>, Failure> {
    let metadata = fs::metadata(path).map_err(|e| Failure::io(path, "cannot open", &e))?;
    if metadata.is_dir() {
        return Err(
            Failure::about(path, "is a directory").with_status(crate::failure::NOT_EXECUTABLE)
        );
    }
    fs::read(path).map_err(|e| Failure::io(path, "cannot read", &e))
}

/// A file that is no ELF file at all deserves better words than an ELF parser has.
fn require_elf(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if bytes.starts_with(b"\x7fELF") {
        return Ok(());
    }
    let what = match bytes {
        [] => "is empty",
        [b'#', b'!', ..] => "is a script, not an ELF executable",
        [0, b'a', b's', b'm', ..] => "is a WebAssembly module already",
        _ => "is not an ELF executable (no ELF magic at offset 0)",
    };
    let help = match bytes {
        [b'#', b'!', ..] => "translate its interpreter, and pass the script to it",
        [0, b'a', b's', b'm', ..] => "`elfconv run` and every WASI runtime can run it",
        _ => "elfconv takes Linux/AArch64 executables; `file` tells what a file is",
    };
    Err(Failure::about(path, what)
        .help(help)
        .with_status(crate::failure::NOT_EXECUTABLE))
}

/// The translator's options that both `build` and `run` take from the command line.
fn options(args: &TranslateArgs, relaxed_simd: bool, exe_path: String) -> Options {
    Options {
        opt: match args.optimise {
            0 => OptLevel::O0,
            1 => OptLevel::O1,
            _ => OptLevel::O2,
        },
        relaxed_simd: args.relaxed_simd(relaxed_simd),
        safepoints: !args.no_safepoints,
        layout: args.layout,
        catch_faults: args.catch_faults,
        flush: match args.flush {
            Flush::Auto => elfconv_translate::Flush::Auto,
            Flush::Always => elfconv_translate::Flush::Always,
            Flush::Never => elfconv_translate::Flush::Never,
        },
        exe_path,
        ..Options::default()
    }
}

/// The translator's error as the user sees it.
fn untranslatable(path: &Path, error: &elfconv_translate::Error) -> Failure {
    match error {
        elfconv_translate::Error::Image(error) => not_loadable(path, error),
        other => {
            Failure::about(path, other.to_string()).with_status(crate::failure::NOT_EXECUTABLE)
        }
    }
}

/// The loader's error as the user sees it. Its messages say what is wrong; then, after a semicolon, what to do.
fn not_loadable(path: &Path, error: &elfconv_translate::ImageError) -> Failure {
    let text = error.kind.to_string();
    let (what, help) = text.split_once("; ").unwrap_or((&text, ""));
    let failure = Failure::about(path, format!("{what} (at file offset {:#x})", error.offset));
    let failure = if help.is_empty() {
        failure
    } else {
        failure.help(help)
    };
    failure.with_status(crate::failure::NOT_EXECUTABLE)
}

/// Read and parse an executable.
fn load_image(path: &Path) -> Result<GuestImage, Failure> {
    let bytes = read_input(path)?;
    require_elf(path, &bytes)?;
    GuestImage::parse(&bytes, &path.display().to_string()).map_err(|e| not_loadable(path, &e))
}

/// A guest address in words: the symbol that contains it, and how far in.
fn symbolic(image: &GuestImage, addr: u64) -> Option<String> {
    let symbol = image.symbol_at(addr)?;
    Some(match addr - symbol.addr {
        0 => symbol.name.clone(),
        offset => format!("{}+{offset:#x}", symbol.name),
    })
}
