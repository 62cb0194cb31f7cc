//! What went wrong, as the user sees it: the file, what is wrong with it, and what to do.

use std::{io, path::Path, process::ExitCode};

use anstyle::{AnsiColor, Style};

/// Any failure of `elfconv` itself.
pub const OWN: u8 = 1;
/// `run`: the file is there, but cannot be executed.
pub const NOT_EXECUTABLE: u8 = 126;
/// `run`: there is no such file.
pub const NOT_FOUND: u8 = 127;
/// `run`: a defect of `elfconv` showed; as a shell reports SIGABRT.
pub const INTERNAL: u8 = 128 + 6;
/// A reader went away; as a shell reports SIGPIPE.
pub const BROKEN_PIPE: u8 = 128 + 13;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// An error message with its exit status.
#[derive(Debug)]
pub struct Failure {
    status: u8,
    subject: Option<String>,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// A failure that concerns no file.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure {
            status: OWN,
            subject: None,
            message: message.into(),
            help: None,
        }
    }

    /// A failure about a file.
    pub fn about(file: &Path, message: impl Into<String>) -> Failure {
        Failure {
            subject: Some(file.display().to_string()),
            ..Failure::new(message)
        }
    }

    /// A failed operation on a file, in the words of the operating system. A broken pipe is reported as shells do: not at all.
    pub fn io(file: &Path, doing: &str, error: &io::Error) -> Failure {
        let status = match error.kind() {
            io::ErrorKind::BrokenPipe => BROKEN_PIPE,
            io::ErrorKind::NotFound => NOT_FOUND,
            _ => NOT_EXECUTABLE,
        };
        // `io::Error` appends "(os error 2)"; that is noise to a reader.
        let text = error.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        let text = lower_first(text);
        Failure::about(file, format!("{doing}: {text}")).with_status(status)
    }

    /// What the user can do about it.
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }

    /// Exit with this status.
    pub fn with_status(mut self, status: u8) -> Failure {
        self.status = status;
        self
    }

    /// Statuses 126 and 127 speak about programs to execute; every other command exits with 1.
    pub fn into_own(mut self) -> Failure {
        if matches!(self.status, NOT_EXECUTABLE | NOT_FOUND) {
            self.status = OWN;
        }
        self
    }

    /// Print it and give the exit status.
    pub fn report(&self) -> ExitCode {
        if self.status != BROKEN_PIPE {
            let subject = self.subject.as_deref().map(|s| format!("{s}: "));
            anstream::eprintln!(
                "elfconv: {ERROR}error:{ERROR:#} {}{}",
                subject.unwrap_or_default(),
                self.message
            );
            if let Some(help) = &self.help {
                anstream::eprintln!("  {HELP}help:{HELP:#} {help}");
            }
        }
        ExitCode::from(self.status)
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(c) => c.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
