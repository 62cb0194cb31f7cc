//! The host's terminal in raw mode, while a guest whose kernel has a line discipline of its own runs.
//!
//! `stty` does it, as every system has it, and a helper process waits for the end of a pipe to put the settings back: that comes also when a signal kills us.

use std::{
    io::{IsTerminal, stdin},
    os::fd::AsFd,
    process::{Child, Command, Stdio},
};

/// The terminal in raw mode; dropping it restores the settings.
pub struct RawTerminal {
    helper: Child,
    /// Rows and columns.
    pub size: Option<(u16, u16)>,
}

/// What `stty` says, about our standard input.
fn stty(arguments: &[&str]) -> Option<String> {
    let output = Command::new("stty")
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

impl RawTerminal {
    /// Makes the terminal raw; `None` if standard input is none.
    pub fn enter() -> Option<RawTerminal> {
        if !stdin().is_terminal() {
            return None;
        }
        let terminal = stdin().as_fd().try_clone_to_owned().ok()?;
        let settings = stty(&["-g"])?;
        let size = stty(&["size"]).and_then(|size| {
            let (rows, columns) = size.split_once(' ')?;
            Some((rows.parse().ok()?, columns.parse().ok()?))
        });
        let helper = Command::new("sh")
            .args([
                "-c",
                "trap '' INT QUIT TSTP HUP TERM TTOU; read -r _; exec stty \"$0\" <&1",
            ])
            .arg(settings)
            .stdin(Stdio::piped())
            .stdout(terminal)
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let terminal = RawTerminal { helper, size };
        stty(&["raw", "-echo"])?;
        Some(terminal)
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        drop(self.helper.stdin.take());
        // There is nothing to be done if it fails.
        let _ = self.helper.wait();
    }
}
