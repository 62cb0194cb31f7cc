//! Output files that are there completely or not at all.
//!
//! A regular file is written beside its destination under another name and then renamed over it. What is no regular file
//! (a device, a pipe) is written in place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Where a command's output goes.
pub enum Output {
    /// Standard output.
    Stdout,
    /// A file that is replaced as a whole.
    File(PathBuf),
    /// A device or pipe.
    InPlace(PathBuf),
}

impl Output {
    /// Decide how to write to `path`; `-` is standard output. Refuses to send `binary` output to a terminal, before any work is done.
    pub fn new(path: &Path, binary: bool) -> Result<Output, Failure> {
        if path.as_os_str() == "-" {
            if binary && io::stdout().is_terminal() {
                return Err(
                    Failure::new("standard output is a terminal, and a module is binary")
                        .help("name a file with -o, or redirect standard output"),
                );
            }
            return Ok(Output::Stdout);
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                Err(Failure::about(path, "cannot write: is a directory")
                    .help("name a file with -o"))
            }
            Ok(metadata) if !metadata.is_file() => Ok(Output::InPlace(path.to_path_buf())),
            // The target of a symbolic link is replaced, not the link.
            Ok(_) => Ok(Output::File(
                fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()),
            )),
            Err(_) => Ok(Output::File(path.to_path_buf())),
        }
    }

    /// Write all of it.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Output::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)
                    .and_then(|()| out.flush())
                    .map_err(|e| Failure::io(Path::new("standard output"), "cannot write", &e))
            }
            Output::InPlace(path) => OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|mut f| f.write_all(bytes))
                .map_err(|e| Failure::io(path, "cannot write", &e)),
            Output::File(path) => {
                replace_file(path, bytes).map_err(|e| Failure::io(path, "cannot write", &e))
            }
        }
    }
}

/// Make `path` a file with these contents, atomically.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let result = File::options()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // The error that is reported is the first one; a file that cannot be removed either was never made.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Print text to standard output. A reader that left ends the command quietly.
pub fn print(text: &str) -> Result<(), Failure> {
    Output::Stdout.write(text.as_bytes())
}
