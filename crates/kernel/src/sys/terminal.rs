//! `ioctl`.
//!
//! WASI has no terminal control. Where the host's terminal is in raw mode, the line discipline is ours ([`crate::tty`]); elsewhere the settings that a program makes are kept and shown
//! again, and the host's terminal goes on in its own mode.

use alloc::rc::Rc;
use core::cell::RefCell;

use elfconv_abi::Errno;
use elfconv_abi::fs::{O_NONBLOCK, S_IFREG};
use elfconv_abi::signal::{SI_KERNEL, SIG_IGN, SIGTTIN, SIGTTOU};
use elfconv_abi::termios::*;

use super::SysResult;
use super::args::{Fd, Flags, UserMut};
use crate::host::HostFd;
use crate::kernel::Kernel;
use crate::tty::Line;

/// The settings of a terminal that nobody has touched.
pub fn initial() -> Termios {
    // VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL, VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2.
    let c_cc = [
        3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0,
    ];
    Termios {
        c_iflag: ICRNL | IXON,
        c_oflag: OPOST | ONLCR,
        c_cflag: B38400 | CS8 | CREAD,
        c_lflag: ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
        c_line: 0,
        c_cc,
    }
}

/// The terminal that the standard streams may be.
pub struct Terminal {
    pub termios: Termios,
    /// Rows and columns.
    pub window: (u16, u16),
    /// The group that may read it.
    pub foreground: u32,
    /// Whose controlling terminal it is; 0 for nobody's.
    pub session: u32,
    /// What is typed comes from this stream, and the line discipline is ours.
    pub(crate) raw: Option<HostFd>,
    /// Where output goes then.
    pub(crate) screen: HostFd,
    /// What has been typed.
    pub(crate) line: Rc<RefCell<Line>>,
}

impl Terminal {
    /// The terminal of a session, with a group in the foreground.
    pub fn new(window: (u16, u16), session: u32, foreground: u32) -> Self {
        Self {
            termios: initial(),
            window,
            foreground,
            session,
            raw: None,
            screen: 0,
            line: Rc::default(),
        }
    }
}

/// What is done with a terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// Its settings are changed.
    Change,
}

impl Kernel {
    /// A process in the background is stopped when it reads its terminal or changes its settings, and when it writes if the terminal says so (`TOSTOP`). See termios(3).
    pub(crate) fn check_terminal(
        &mut self,
        file: &Rc<crate::vfs::OpenFile>,
        access: Access,
    ) -> Result<(), Errno> {
        let writing = access != Access::Read;
        let terminal = &self.terminal;
        let background = terminal.session == self.process.session
            && terminal.foreground != self.process.process_group;
        if !background
            || !file.file.is_terminal()
            || access == Access::Write && terminal.termios.c_lflag & TOSTOP == 0
        {
            return Ok(());
        }
        let signal = if writing { SIGTTOU } else { SIGTTIN };
        let blocked = self.thread.blocked & crate::signals::bit(signal) != 0
            || self.process.actions.get(signal).sa_handler == SIG_IGN;
        if blocked {
            return if writing { Ok(()) } else { Err(Errno::EIO) };
        }
        if self.is_orphaned_group() {
            return Err(Errno::EIO);
        }
        let group = self.process.process_group;
        self.send_group(group, crate::signals::info(signal, SI_KERNEL, 0));
        Err(self.block(crate::task::Wait::Event, true))
    }
}

pub fn ioctl(k: &mut Kernel, fd: Fd, request: Flags, arg: UserMut<u8>) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    match request.0 {
        FIOCLEX | FIONCLEX => {
            k.fds.set_cloexec(fd.0, request.0 == FIOCLEX)?;
            return Ok(0);
        }
        FIONBIO => {
            let on = UserMut::<i32>::at(arg.0).read(k)? != 0;
            let flags = file.flags.get();
            file.flags.set(if on {
                flags | O_NONBLOCK
            } else {
                flags & !O_NONBLOCK
            });
            return Ok(0);
        }
        FIONREAD => {
            let available = match file.file.available() {
                Some(n) => n as u64,
                None => {
                    let attr = file.file.stat(k)?;
                    match attr.kind() {
                        S_IFREG => attr.size.saturating_sub(file.pos.get()),
                        _ if file.file.is_terminal() => {
                            k.pump_terminal();
                            crate::tty::available(k) as u64
                        }
                        _ => return Err(Errno::ENOTTY),
                    }
                }
            };
            UserMut::<i32>::at(arg.0).write(k, &(available.min(i32::MAX as u64) as i32))?;
            return Ok(0);
        }
        _ => {}
    }
    if !file.file.is_terminal() {
        return Err(Errno::ENOTTY);
    }
    match request.0 {
        TCGETS => UserMut::<Termios>::at(arg.0).write(k, &k.terminal.termios)?,
        TCSETS | TCSETSW | TCSETSF => {
            let termios = UserMut::<Termios>::at(arg.0).read(k)?;
            k.check_terminal(&file, Access::Change)?;
            k.pump_terminal();
            let flush = request.0 == TCSETSF;
            k.terminal.line.borrow_mut().set_mode(&termios, flush);
            k.terminal.termios = termios;
        }
        TIOCGWINSZ => {
            let (ws_row, ws_col) = k.terminal.window;
            UserMut::<Winsize>::at(arg.0).write(
                k,
                &Winsize {
                    ws_row,
                    ws_col,
                    ..Winsize::default()
                },
            )?;
        }
        TIOCSWINSZ => {
            let size = UserMut::<Winsize>::at(arg.0).read(k)?;
            k.terminal.window = (size.ws_row, size.ws_col);
        }
        TIOCGPGRP => UserMut::<u32>::at(arg.0).write(k, &k.terminal.foreground)?,
        TIOCGSID => UserMut::<u32>::at(arg.0).write(k, &k.terminal.session)?,
        TIOCSPGRP => {
            let group = UserMut::<i32>::at(arg.0).read(k)?;
            let group = u32::try_from(group).map_err(|_| Errno::EINVAL)?;
            if k.terminal.session != k.process.session {
                return Err(Errno::ENOTTY);
            }
            k.check_terminal(&file, Access::Change)?;
            let session = k.process.session;
            let exists = k
                .others
                .values()
                .chain([&k.process])
                .any(|p| p.process_group == group && p.session == session);
            if !exists {
                return Err(Errno::EPERM);
            }
            k.terminal.foreground = group;
        }
        TIOCSCTTY => {
            if k.process.session == k.process.pid {
                k.terminal.session = k.process.session;
                k.terminal.foreground = k.process.process_group;
            }
        }
        TIOCOUTQ => UserMut::<i32>::at(arg.0).write(k, &0)?,
        TCFLSH => {
            // 1: only what is written.
            if arg.0 != 1 {
                k.terminal.line.borrow_mut().flush();
            }
        }
        TCSBRK | TCXONC | TIOCNOTTY => {}
        _ => return Err(Errno::ENOTTY),
    }
    Ok(0)
}
