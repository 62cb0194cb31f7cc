//! The terminal's line discipline: what becomes of the bytes that a user types, and of those that programs write. See termios(3), tty_ioctl(4).
//!
//! It is ours where the host says that its terminal is in raw mode (`ELFCONV_TTY=raw`, as `elfconv run` does); elsewhere the host has its own, and we never see what it makes of
//! `^C`. Not here: flow control (`^S` and `^Q` are swallowed), `VTIME`, and the odder output flags.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::signal::{SI_KERNEL, SIGINT, SIGQUIT, SIGTSTP};
use elfconv_abi::termios::*;

use crate::Kernel;
use crate::host::{Event, Host, HostFd};
use crate::vfs::hostfs::HostFile;
use crate::vfs::{Attr, File, Readiness};

/// What has been typed.
#[derive(Default)]
pub struct Line {
    /// The line that is being edited.
    edit: Vec<u8>,
    /// What can be read: lines, or bytes as they came. An empty one is an end of file.
    ready: VecDeque<Vec<u8>>,
    /// The next character is not special.
    literal: bool,
    /// The host's terminal has gone.
    gone: bool,
}

impl Line {
    fn is_readable(&self) -> bool {
        self.gone || !self.ready.is_empty()
    }

    fn available(&self) -> usize {
        self.ready.iter().map(Vec::len).sum()
    }

    /// Reads at most one line, or as much as there is.
    fn read(&mut self, bufs: &mut [&mut [u8]], lines: bool) -> Option<usize> {
        let mut done = 0;
        for buf in bufs {
            let mut at = 0;
            while at < buf.len() {
                let Some(first) = self.ready.front_mut() else {
                    return (done > 0 || self.gone).then_some(done);
                };
                let n = first.len().min(buf.len() - at);
                buf[at..at + n].copy_from_slice(&first[..n]);
                first.drain(..n);
                (at, done) = (at + n, done + n);
                if first.is_empty() {
                    self.ready.pop_front();
                    if lines {
                        return Some(done);
                    }
                }
            }
        }
        Some(done)
    }

    /// What was being edited can be read, too.
    fn finish(&mut self) {
        let edit = core::mem::take(&mut self.edit);
        self.ready.push_back(edit);
    }

    /// The settings have changed.
    pub fn set_mode(&mut self, termios: &Termios, flush: bool) {
        if flush {
            self.flush();
        }
        if termios.c_lflag & ICANON == 0 && !self.edit.is_empty() {
            self.finish();
        }
    }

    /// Forgets everything.
    pub fn flush(&mut self) {
        self.edit.clear();
        self.ready.clear();
    }
}

/// Columns that a character takes when it is echoed, by its first byte.
fn width(first: u8) -> usize {
    match first {
        0..32 | 127 => 2,
        _ => 1,
    }
}

/// Appends bytes as the terminal gets them.
fn output(termios: &Termios, bytes: &[u8], to: &mut Vec<u8>) {
    if termios.c_oflag & OPOST == 0 || termios.c_oflag & ONLCR == 0 {
        to.extend_from_slice(bytes);
        return;
    }
    for &byte in bytes {
        if byte == b'\n' {
            to.push(b'\r');
        }
        to.push(byte);
    }
}

fn echo(termios: &Termios, byte: u8, to: &mut Vec<u8>) {
    match byte {
        b'\n' => {
            if termios.c_lflag & ECHO != 0
                || termios.c_lflag & ICANON != 0 && termios.c_lflag & ECHONL != 0
            {
                output(termios, b"\n", to);
            }
        }
        _ if termios.c_lflag & ECHO == 0 => {}
        0..32 | 127 if byte != b'\t' && termios.c_lflag & ECHOCTL != 0 => {
            to.extend([b'^', byte ^ 64]);
        }
        _ => to.push(byte),
    }
}

/// Takes back characters of the line while `goes` says so of the last one's first byte.
fn erase(
    termios: &Termios,
    edit: &mut Vec<u8>,
    to: &mut Vec<u8>,
    mut goes: impl FnMut(u8) -> bool,
) {
    // A character begins at what is not in the middle of a UTF-8 sequence.
    while let Some(start) = edit.iter().rposition(|b| b & 0xc0 != 0x80) {
        let first = edit[start];
        if !goes(first) {
            return;
        }
        edit.truncate(start);
        if termios.c_lflag & ECHO == 0 {
            continue;
        }
        if termios.c_lflag & ECHOE == 0 {
            to.push(termios.c_cc[VERASE]);
        } else {
            (0..width(first)).for_each(|_| to.extend(b"\x08 \x08"));
        }
    }
}

impl Kernel {
    /// Takes what the user has typed.
    pub(crate) fn pump_terminal(&mut self) {
        let Some(fd) = self.terminal.raw else { return };
        let mut bytes = [0; 512];
        while !self.terminal.line.borrow().gone && self.ask_host(&[Event::Readable(fd)])[0] {
            let n = match self.host.read(fd, &mut [&mut bytes]) {
                Ok(n) => n,
                Err(Errno::EAGAIN | Errno::EINTR) => return,
                Err(_) => 0,
            };
            self.terminal.line.borrow_mut().gone = n == 0;
            let mut shown = Vec::new();
            for &byte in &bytes[..n] {
                self.receive(byte, &mut shown);
            }
            write_all(&*self.host, self.terminal.screen, &shown);
        }
    }

    /// The event of something being typed, if that is for us to wait for.
    pub(crate) fn typed(&self) -> Option<Event> {
        let fd = self.terminal.raw?;
        (!self.terminal.line.borrow().gone).then_some(Event::Readable(fd))
    }

    fn receive(&mut self, byte: u8, shown: &mut Vec<u8>) {
        let termios = self.terminal.termios;
        let has = |flag| termios.c_lflag & flag != 0;
        // A character that is 0 is none.
        let is = |which: usize, byte: u8| termios.c_cc[which] == byte && byte != 0;
        let line = Rc::clone(&self.terminal.line);
        let mut line = line.borrow_mut();
        let byte = match byte {
            b'\r' if termios.c_iflag & IGNCR != 0 => return,
            b'\r' if termios.c_iflag & ICRNL != 0 => b'\n',
            b'\n' if termios.c_iflag & INLCR != 0 => b'\r',
            byte => byte,
        };
        if core::mem::take(&mut line.literal) {
            echo(&termios, byte, shown);
            line.edit.push(byte);
            if !has(ICANON) {
                line.finish();
            }
            return;
        }
        if has(ISIG) {
            let signals = [(VINTR, SIGINT), (VQUIT, SIGQUIT), (VSUSP, SIGTSTP)];
            if let Some((_, signal)) = signals.iter().find(|(which, _)| is(*which, byte)) {
                if !has(NOFLSH) {
                    line.flush();
                }
                echo(&termios, byte, shown);
                let group = self.terminal.foreground;
                drop(line);
                self.send_group(group, crate::signals::info(*signal, SI_KERNEL, 0));
                return;
            }
        }
        if termios.c_iflag & IXON != 0 && (is(VSTART, byte) || is(VSTOP, byte)) {
            return;
        }
        if !has(ICANON) {
            echo(&termios, byte, shown);
            match line.ready.back_mut() {
                Some(last) if !last.is_empty() => last.push(byte),
                _ => line.ready.push_back(alloc::vec![byte]),
            }
            return;
        }
        if is(VERASE, byte) {
            let mut first = true;
            erase(&termios, &mut line.edit, shown, |_| {
                core::mem::take(&mut first)
            });
        } else if is(VKILL, byte) {
            erase(&termios, &mut line.edit, shown, |_| true);
        } else if has(IEXTEN) && is(VWERASE, byte) {
            let mut in_word = false;
            erase(&termios, &mut line.edit, shown, |b| {
                let blank = b == b' ' || b == b'\t';
                in_word |= !blank;
                !(blank && in_word)
            });
        } else if has(IEXTEN) && is(VLNEXT, byte) {
            line.literal = true;
            if has(ECHO) && has(ECHOCTL) {
                shown.extend(b"^\x08");
            }
        } else if has(IEXTEN) && is(VREPRINT, byte) {
            echo(&termios, byte, shown);
            output(&termios, b"\n", shown);
            line.edit.iter().for_each(|&b| echo(&termios, b, shown));
        } else if is(VEOF, byte) {
            line.finish();
        } else {
            echo(&termios, byte, shown);
            line.edit.push(byte);
            if byte == b'\n' || is(VEOL, byte) || is(VEOL2, byte) {
                line.finish();
            }
        }
    }
}

fn write_all(host: &dyn Host, fd: HostFd, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match host.write(fd, &[bytes]) {
            Ok(n) if n > 0 => bytes = &bytes[n..],
            Err(Errno::EAGAIN) => {
                let _ = host.poll(&[Event::Writable(fd)], None);
            }
            _ => return,
        }
    }
}

/// The terminal as programs have it open.
pub struct Tty {
    /// The host's, for attributes.
    stream: HostFile,
}

impl Tty {
    /// Behind this stream of the host's.
    pub fn open(stream: HostFile) -> Box<dyn File> {
        Box::new(Tty { stream })
    }
}

impl File for Tty {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        self.stream.stat(k)
    }

    fn read(&self, k: &Kernel, bufs: &mut [&mut [u8]], _: u64) -> Result<usize, Errno> {
        let termios = &k.terminal.termios;
        let lines = termios.c_lflag & ICANON != 0;
        match k.terminal.line.borrow_mut().read(bufs, lines) {
            Some(n) => Ok(n),
            None if !lines && termios.c_cc[VMIN] == 0 => Ok(0),
            None => Err(Errno::EAGAIN),
        }
    }

    fn write(&self, k: &Kernel, bufs: &[&[u8]], _: u64) -> Result<usize, Errno> {
        let mut shown = Vec::new();
        for buf in bufs {
            output(&k.terminal.termios, buf, &mut shown);
        }
        write_all(&*k.host, k.terminal.screen, &shown);
        Ok(bufs.iter().map(|b| b.len()).sum())
    }

    fn seekable(&self) -> bool {
        false
    }

    fn is_terminal(&self) -> bool {
        true
    }

    fn is_pipe(&self) -> bool {
        true
    }

    fn is_standard(&self) -> bool {
        self.stream.is_standard()
    }

    fn readiness(&self, k: &Kernel) -> Readiness {
        Readiness::Known {
            readable: k.terminal.line.borrow().is_readable(),
            writable: true,
            hangup: k.terminal.line.borrow().gone,
        }
    }

    fn available(&self) -> Option<usize> {
        None
    }

    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(b"/dev/tty".to_vec())
    }
}

/// Bytes that can be read at once.
pub fn available(k: &Kernel) -> usize {
    k.terminal.line.borrow().available()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_erased_whole() {
        let termios = crate::sys::terminal::initial();
        let (mut edit, mut shown) = ("ab\u{e9}\u{e8}".as_bytes().to_vec(), Vec::new());
        let mut left = 1;
        let mut once = |_| core::mem::replace(&mut left, 0) == 1;
        erase(&termios, &mut edit, &mut shown, &mut once);
        assert_eq!(edit, "ab\u{e9}".as_bytes());
        assert_eq!(shown, b"\x08 \x08");
        edit.push(3);
        shown.clear();
        erase(&termios, &mut edit, &mut shown, |_| true);
        assert!(edit.is_empty());
        // A control character was shown as two.
        assert_eq!(shown, b"\x08 \x08".repeat(5));
    }

    #[test]
    fn a_line_is_read_at_a_time() {
        let mut line = Line::default();
        for text in [&b"one\n"[..], b"two\n", b"", b"three"] {
            line.edit = text.to_vec();
            line.finish();
        }
        let mut read = |len: usize, lines| {
            let mut buf = alloc::vec![0; len];
            line.read(&mut [&mut buf], lines).map(|n| buf[..n].to_vec())
        };
        assert_eq!(read(2, true).unwrap(), b"on");
        assert_eq!(read(9, true).unwrap(), b"e\n");
        assert_eq!(read(9, true).unwrap(), b"two\n");
        assert_eq!(read(9, true).unwrap(), b"");
        assert_eq!(read(9, false).unwrap(), b"three");
        assert_eq!(read(9, false), None);
    }
}
