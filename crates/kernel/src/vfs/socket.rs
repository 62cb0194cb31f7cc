//! Connected pairs of sockets of the local domain. See socketpair(2), unix(7).

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use elfconv_abi::Errno;
use elfconv_abi::fs::S_IFSOCK;

use super::{Attr, File, Readiness};
use crate::Kernel;

/// Bytes that wait in one direction.
const CAPACITY: usize = 212_992;

/// One direction: messages, or a stream whose boundaries do not matter.
#[derive(Default)]
struct Queue {
    messages: RefCell<VecDeque<VecDeque<u8>>>,
    bytes: Cell<usize>,
    /// Nobody writes any more.
    closed: Cell<bool>,
    /// Nobody reads any more.
    deaf: Cell<bool>,
    changes: Cell<u64>,
}

impl Queue {
    fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }
}

/// One end of a pair.
pub struct Socket {
    input: Rc<Queue>,
    output: Rc<Queue>,
    /// `SOCK_STREAM`, `SOCK_DGRAM` or `SOCK_SEQPACKET`.
    pub kind: u32,
    ino: u64,
}

/// `SOCK_STREAM`.
pub const STREAM: u32 = 1;

/// Two sockets that are connected.
pub fn pair(kind: u32, ino: u64) -> (Box<dyn File>, Box<dyn File>) {
    let (a, b) = (Rc::new(Queue::default()), Rc::new(Queue::default()));
    let end = |input: &Rc<Queue>, output: &Rc<Queue>, ino| {
        Box::new(Socket {
            input: input.clone(),
            output: output.clone(),
            kind,
            ino,
        })
    };
    (end(&a, &b, ino), end(&b, &a, ino + 1))
}

impl Socket {
    /// `shutdown`.
    pub fn shut(&self, reading: bool, writing: bool) {
        if reading {
            self.input.deaf.set(true);
            self.input.closed.set(true);
        }
        if writing {
            self.output.closed.set(true);
        }
        self.input.changed();
        self.output.changed();
    }

    /// Receives a message, or a part of a stream; `peek` leaves it there. Returns how much there was of a message, too.
    pub fn receive(&self, bufs: &mut [&mut [u8]], peek: bool) -> Result<(usize, usize), Errno> {
        let room: usize = bufs.iter().map(|b| b.len()).sum();
        let mut messages = self.input.messages.borrow_mut();
        if messages.is_empty() {
            return if self.input.closed.get() || (room == 0 && self.kind == STREAM) {
                Ok((0, 0))
            } else {
                Err(Errno::EAGAIN)
            };
        }
        let whole = messages.front().map_or(0, |m| m.len());
        let mut bytes = bufs.iter_mut().flat_map(|b| b.iter_mut());
        let mut done = 0;
        let mut at = 0;
        while let Some(message) = messages.get_mut(at) {
            let n = message.len().min(room - done);
            for (to, from) in bytes.by_ref().take(n).zip(message.iter()) {
                *to = *from;
            }
            done += n;
            let stream = self.kind == STREAM;
            if peek {
                at += 1;
            } else {
                message.drain(..n);
                let used = if stream { n } else { n + message.len() };
                self.input.bytes.set(self.input.bytes.get() - used);
                if stream && !message.is_empty() {
                    break;
                }
                messages.pop_front();
            }
            if !stream || done == room {
                break;
            }
        }
        self.input.changed();
        Ok((done, whole))
    }

    /// Sends a message, or as much of a stream as there is room for.
    pub fn send(&self, bufs: &[&[u8]]) -> Result<usize, Errno> {
        if self.output.closed.get() || self.output.deaf.get() {
            return Err(Errno::EPIPE);
        }
        let wanted: usize = bufs.iter().map(|b| b.len()).sum();
        let room = CAPACITY.saturating_sub(self.output.bytes.get());
        if self.kind != STREAM && wanted > CAPACITY {
            return Err(Errno::EMSGSIZE);
        }
        if self.kind == STREAM && wanted == 0 {
            return Ok(0);
        }
        if room == 0 || self.kind != STREAM && wanted > room {
            return Err(Errno::EAGAIN);
        }
        let n = wanted.min(room);
        let message: VecDeque<u8> = bufs
            .iter()
            .flat_map(|b| b.iter().copied())
            .take(n)
            .collect();
        self.output.bytes.set(self.output.bytes.get() + n);
        self.output.messages.borrow_mut().push_back(message);
        self.output.changed();
        Ok(n)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shut(true, true);
    }
}

impl File for Socket {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        Ok(Attr {
            dev: 8,
            ino: self.ino,
            mode: S_IFSOCK | 0o777,
            nlink: 1,
            uid: k.cred.euid,
            gid: k.cred.egid,
            ..Attr::default()
        })
    }
    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], _: u64) -> Result<usize, Errno> {
        self.receive(bufs, false).map(|(n, _)| n)
    }
    fn write(&self, _: &Kernel, bufs: &[&[u8]], _: u64) -> Result<usize, Errno> {
        self.send(bufs)
    }
    fn seekable(&self) -> bool {
        false
    }
    fn is_pipe(&self) -> bool {
        true
    }
    fn readiness(&self, _: &Kernel) -> Readiness {
        let closed = self.input.closed.get();
        Readiness::Known {
            readable: closed || !self.input.messages.borrow().is_empty(),
            writable: self.output.closed.get() || self.output.bytes.get() < CAPACITY / 2,
            hangup: closed && self.output.closed.get() | self.output.deaf.get(),
        }
    }
    fn changes(&self) -> Option<u64> {
        Some(self.input.changes.get() + self.output.changes.get())
    }
    fn available(&self) -> Option<usize> {
        Some(self.input.bytes.get())
    }
    fn as_socket(&self) -> Option<&Socket> {
        Some(self)
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(format!("socket:[{}]", self.ino).into_bytes())
    }
}
