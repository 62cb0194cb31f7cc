//! `ioctl`.
//!
//! WASI has no terminal control: the settings that a program makes are kept and shown again, and the host's terminal goes on in its own mode.

use elfconv_abi::Errno;
use elfconv_abi::fs::{O_NONBLOCK, S_IFREG};
use elfconv_abi::termios::*;

use super::SysResult;
use super::args::{Fd, Flags, UserMut};
use crate::kernel::Kernel;

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
                        _ if file.file.is_terminal() => 0,
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
        TCGETS => UserMut::<Termios>::at(arg.0).write(k, &k.termios)?,
        TCSETS | TCSETSW | TCSETSF => k.termios = UserMut::<Termios>::at(arg.0).read(k)?,
        TIOCGWINSZ => {
            let (ws_row, ws_col) = k.window;
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
            k.window = (size.ws_row, size.ws_col);
        }
        TIOCGPGRP => UserMut::<u32>::at(arg.0).write(k, &k.process.process_group)?,
        TIOCGSID => UserMut::<u32>::at(arg.0).write(k, &k.process.session)?,
        TIOCSPGRP => {
            if UserMut::<u32>::at(arg.0).read(k)? != k.process.process_group {
                return Err(Errno::EPERM);
            }
        }
        TIOCOUTQ => UserMut::<i32>::at(arg.0).write(k, &0)?,
        TCSBRK | TCXONC | TCFLSH | TIOCSCTTY | TIOCNOTTY => {}
        _ => return Err(Errno::ENOTTY),
    }
    Ok(0)
}
