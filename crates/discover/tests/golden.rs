//! Golden control-flow graphs: `test cfg FILE.elf [GCC OPTION…]`.
//!
//! The input is the assembly source that the ELF file beside the test was made from. With `BLESS=1` the file is made anew where
//! `aarch64-linux-gnu-gcc` is installed; otherwise the file is taken as it is, so that no assembler is needed.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use elfconv_discover::discover;
use elfconv_image::GuestImage;

fn directory() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/discover")).to_owned()
}

/// Assembles and links the source.
fn build(path: &Path, options: &[&str], source: &str) -> Result<(), String> {
    let mut command = Command::new("aarch64-linux-gnu-gcc");
    command.args(["-nostdlib", "-static", "-x", "assembler", "-", "-o"]);
    command
        .arg(path)
        .args(options)
        .arg("-Wl,--build-id=none,-z,noseparate-code,-z,max-page-size=4096");
    let Ok(mut child) = command.stdin(Stdio::piped()).spawn() else {
        return Ok(()); // Not installed.
    };
    let written = child
        .stdin
        .take()
        .map(|mut stdin| stdin.write_all(source.as_bytes()));
    let status = child.wait().map_err(|error| error.to_string())?;
    if !status.success() || !matches!(written, Some(Ok(()))) {
        return Err(format!("the assembler failed: {status}"));
    }
    Ok(())
}

fn cfg(args: &[&str], input: &str) -> Result<String, String> {
    let [name, options @ ..] = args else {
        return Err("`test cfg FILE.elf [GCC OPTION…]`".into());
    };
    let path = directory().join(name);
    if env::var_os("BLESS").is_some() {
        build(&path, options, input)?;
    }
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let image = GuestImage::parse(&bytes, name).map_err(|error| error.to_string())?;
    Ok(discover(&image).to_string())
}

fn main() -> ExitCode {
    elfconv_filetest::main(&directory(), &[("cfg", cfg)])
}
