//! System calls: the table of all of them, dispatch, and the `strace` log. Handlers are in the files of this directory, by subject.

pub mod args;
mod attributes;
pub(crate) mod clone;
mod directories;
mod event;
pub(crate) mod exec;
mod files;
pub(crate) mod futex;
mod futex_pi;
mod memory;
mod paths;
mod poll;
mod process;
mod signal;
mod socket;
pub mod system;
pub mod table;
pub mod terminal;
mod time;
mod timer;
mod transfer;
mod wait;

use alloc::string::String;
use core::fmt::Write;

use elfconv_abi::Errno;

use crate::kernel::Kernel;
use args::Shown;
pub use table::{Row, Support, TABLE};

/// What a handler returns.
pub type SysResult = Result<u64, Errno>;

/// The handlers, by the names of the table.
mod handlers {
    pub use super::attributes::*;
    pub use super::clone::*;
    pub use super::directories::*;
    pub use super::event::*;
    pub use super::exec::*;
    pub use super::files::*;
    pub use super::futex::*;
    pub use super::memory::*;
    pub use super::paths::*;
    pub use super::poll::*;
    pub use super::process::*;
    pub use super::signal::*;
    pub use super::socket::*;
    pub use super::system::*;
    pub use super::terminal::*;
    pub use super::time::*;
    pub use super::timer::*;
    pub use super::transfer::*;
    pub use super::wait::*;
}

/// Carries out system call `nr`, and logs it if wanted.
pub fn dispatch(k: &mut Kernel, nr: u64, args: [u64; 6]) -> SysResult {
    if !k.strace {
        return table::call(k, nr, args);
    }
    let row = TABLE.iter().find(|row| row.nr == nr);
    let returns = !matches!(row.map(|r| r.name), Some("exit" | "exit_group"));
    if !returns {
        log(k, nr, row, &args, None);
    }
    let result = table::call(k, nr, args);
    if returns && result != Err(crate::kernel::BLOCKED) {
        log(k, nr, row, &args, Some(result));
    }
    result
}

/// The current thread's call has been interrupted: it fails, or is made again after the handler.
pub(crate) fn log_interrupted(k: &Kernel, again: bool) {
    let row = TABLE.iter().find(|row| row.nr == k.thread.call.nr);
    let result = match k.thread.call.done {
        0 if again => None,
        0 => Some(Err(Errno::EINTR)),
        done => Some(Ok(done)),
    };
    log(k, k.thread.call.nr, row, &k.thread.call.args, result);
}

/// A signal is delivered to the current thread, which is at `pc`.
pub(crate) fn log_signal(k: &Kernel, info: &elfconv_abi::signal::Siginfo, what: &str, pc: u64) {
    use elfconv_abi::signal::{SIGBUS, SIGILL, SIGSEGV, SIGTRAP, signal_name};
    let signal = info.si_signo as u32;
    let faults = info.si_code > 0 && [SIGBUS, SIGILL, SIGSEGV, SIGTRAP].contains(&signal);
    let place = match faults {
        true => alloc::format!(" at pc {pc:#x}, address {:#x}", info.payload),
        false => String::new(),
    };
    k.message(&alloc::format!(
        "{}--- {}, code {}{place} ({what})\n",
        prefix(k),
        signal_name(signal),
        info.si_code
    ));
}

/// Whose line it is, if there is more than one thread.
fn prefix(k: &Kernel) -> String {
    let (pid, tid) = (k.process.pid, k.thread.tid);
    if k.is_alone() && tid == crate::kernel::FIRST_PID {
        String::new()
    } else if pid == tid {
        alloc::format!("[{pid}] ")
    } else {
        alloc::format!("[{pid}/{tid}] ")
    }
}

/// One line of the log.
fn log(k: &Kernel, nr: u64, row: Option<&Row>, args: &[u64; 6], result: Option<SysResult>) {
    let mut line = prefix(k);
    let shown = Shown {
        args,
        result: result.and_then(Result::ok).unwrap_or(0),
    };
    match row {
        Some(row) => {
            let _ = write!(line, "{}(", row.name);
            for (at, show) in row.args.iter().enumerate() {
                if at > 0 {
                    line.push_str(", ");
                }
                (show.1)(k, &shown, at, &mut line);
            }
        }
        None => {
            let _ = write!(
                line,
                "syscall_{nr}({:#x}, {:#x}, {:#x}, …",
                args[0], args[1], args[2]
            );
        }
    }
    line.push(')');
    match result {
        None => line.push_str(" = ?"),
        Some(Ok(value)) if value > 0xffff => {
            let _ = write!(line, " = {value:#x}");
        }
        Some(Ok(value)) => {
            let _ = write!(line, " = {value}");
        }
        Some(Err(errno)) => {
            let _ = write!(line, " = -1 {}", errno.name());
        }
    }
    if row.is_none_or(|row| matches!(row.support, Support::Fails(_))) {
        line.push_str(" (not implemented)");
    }
    line.push('\n');
    k.message(&line);
}
