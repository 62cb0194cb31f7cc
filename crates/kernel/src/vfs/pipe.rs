//! Pipes within the process.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use elfconv_abi::Errno;
use elfconv_abi::fs::S_IFIFO;

use super::{Attr, File, Readiness};
use crate::Kernel;

/// Bytes that a pipe holds; also what `F_GETPIPE_SZ` says.
pub const CAPACITY: usize = 65536;

struct Pipe {
    data: RefCell<VecDeque<u8>>,
    readers: Cell<u32>,
    writers: Cell<u32>,
    ino: u64,
    created: u64,
}

impl Pipe {
    fn attr(&self, k: &Kernel) -> Attr {
        Attr {
            dev: 14,
            ino: self.ino,
            mode: S_IFIFO | 0o600,
            nlink: 1,
            uid: k.cred.euid,
            gid: k.cred.egid,
            atime: self.created,
            mtime: self.created,
            ctime: self.created,
            ..Attr::default()
        }
    }
}

struct Reader(Rc<Pipe>);
struct Writer(Rc<Pipe>);

/// A new pipe: its read end and its write end.
pub fn pipe(ino: u64, created: u64) -> (Box<dyn File>, Box<dyn File>) {
    let pipe = Rc::new(Pipe {
        data: RefCell::default(),
        readers: Cell::new(1),
        writers: Cell::new(1),
        ino,
        created,
    });
    (Box::new(Reader(pipe.clone())), Box::new(Writer(pipe)))
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.readers.set(0);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.writers.set(0);
    }
}

fn name(pipe: &Pipe) -> Option<Vec<u8>> {
    Some(format!("pipe:[{}]", pipe.ino).into_bytes())
}

impl File for Reader {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        Ok(self.0.attr(k))
    }
    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], _: u64) -> Result<usize, Errno> {
        let mut data = self.0.data.borrow_mut();
        if data.is_empty() && self.0.writers.get() > 0 && bufs.iter().any(|b| !b.is_empty()) {
            return Err(Errno::EAGAIN);
        }
        let mut done = 0;
        for buf in bufs {
            let n = buf.len().min(data.len());
            for (to, from) in buf.iter_mut().zip(data.drain(..n)) {
                *to = from;
            }
            done += n;
        }
        Ok(done)
    }
    fn seekable(&self) -> bool {
        false
    }
    fn is_pipe(&self) -> bool {
        true
    }
    fn readiness(&self) -> Readiness {
        let hangup = self.0.writers.get() == 0;
        Readiness::Known {
            readable: !self.0.data.borrow().is_empty(),
            writable: false,
            hangup,
        }
    }
    fn available(&self) -> Option<usize> {
        Some(self.0.data.borrow().len())
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        name(&self.0)
    }
}

impl File for Writer {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        Ok(self.0.attr(k))
    }
    fn write(&self, _: &Kernel, bufs: &[&[u8]], _: u64) -> Result<usize, Errno> {
        if self.0.readers.get() == 0 {
            return Err(Errno::EPIPE);
        }
        let mut data = self.0.data.borrow_mut();
        let wanted: usize = bufs.iter().map(|b| b.len()).sum();
        let mut space = CAPACITY - data.len();
        // Up to a page is written whole or not at all (PIPE_BUF).
        if wanted > 0 && (space == 0 || (wanted <= 4096 && wanted > space)) {
            return Err(Errno::EAGAIN);
        }
        let mut done = 0;
        for buf in bufs {
            let n = buf.len().min(space);
            data.extend(&buf[..n]);
            space -= n;
            done += n;
        }
        Ok(done)
    }
    fn seekable(&self) -> bool {
        false
    }
    fn is_pipe(&self) -> bool {
        true
    }
    fn readiness(&self) -> Readiness {
        let hangup = self.0.readers.get() == 0;
        Readiness::Known {
            readable: false,
            writable: CAPACITY - self.0.data.borrow().len() >= 4096,
            hangup,
        }
    }
    fn available(&self) -> Option<usize> {
        Some(self.0.data.borrow().len())
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        name(&self.0)
    }
}
