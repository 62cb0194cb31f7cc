//! Pipes and FIFOs. See pipe(7), fifo(7).

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
/// What those who would wait may put into it while another process may be about to read: they go on instead, so that processes, whose switches cost a copy of memory, take longer
/// turns. Writers who do not wait, threads of one process among themselves, and `poll` keep to [`CAPACITY`].
const AHEAD: usize = 1 << 20;
/// Up to so many bytes are written whole or not at all.
pub const PIPE_BUF: usize = 4096;

/// What both ends share.
#[derive(Default)]
pub struct Pipe {
    data: RefCell<VecDeque<u8>>,
    readers: Cell<u32>,
    writers: Cell<u32>,
    /// How many of each have ever been opened.
    opened: Cell<[u64; 2]>,
    changes: Cell<u64>,
    ino: u64,
    created: u64,
    /// A FIFO's attributes.
    attr: Option<Attr>,
}

impl Pipe {
    /// The object of a FIFO with these attributes, which nobody has open.
    pub fn fifo(attr: Attr) -> Rc<Pipe> {
        Rc::new(Pipe {
            attr: Some(attr),
            ino: attr.ino,
            ..Pipe::default()
        })
    }

    /// Opens the ends that are asked for. Neither waits: see [`File::has_met`].
    pub fn open(self: &Rc<Self>, reads: bool, writes: bool) -> Box<dyn File> {
        let before = self.opened.get();
        let [r, w] = before;
        self.readers.set(self.readers.get() + u32::from(reads));
        self.writers.set(self.writers.get() + u32::from(writes));
        self.opened
            .set([r + u64::from(reads), w + u64::from(writes)]);
        self.changed();
        Box::new(End {
            pipe: self.clone(),
            reads,
            writes,
            before,
        })
    }

    /// Whether somebody has it open for reading.
    pub fn has_reader(&self) -> bool {
        self.readers.get() > 0
    }

    fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }

    /// Whether it holds enough room that `poll` calls it writable.
    fn has_room(&self) -> bool {
        CAPACITY.saturating_sub(self.data.borrow().len()) >= PIPE_BUF
    }

    /// Writes as much as leaves at most `capacity` bytes in it.
    fn fill(&self, bufs: &[&[u8]], capacity: usize) -> Result<usize, Errno> {
        if self.readers.get() == 0 {
            return Err(Errno::EPIPE);
        }
        let mut data = self.data.borrow_mut();
        let wanted: usize = bufs.iter().map(|b| b.len()).sum();
        let mut space = capacity.saturating_sub(data.len());
        if wanted > 0 && (space == 0 || (wanted <= PIPE_BUF && wanted > space)) {
            return Err(Errno::EAGAIN);
        }
        let mut done = 0;
        for buf in bufs {
            let n = buf.len().min(space);
            data.extend(&buf[..n]);
            space -= n;
            done += n;
        }
        self.changed();
        Ok(done)
    }
}

/// One end, or both of a FIFO that is opened for both.
struct End {
    pipe: Rc<Pipe>,
    reads: bool,
    writes: bool,
    /// [`Pipe::opened`] before.
    before: [u64; 2],
}

/// A new pipe: its read end and its write end.
pub fn pipe(ino: u64, created: u64) -> (Box<dyn File>, Box<dyn File>) {
    let pipe = Rc::new(Pipe {
        ino,
        created,
        ..Pipe::default()
    });
    (pipe.open(true, false), pipe.open(false, true))
}

impl Drop for End {
    fn drop(&mut self) {
        let pipe = &self.pipe;
        pipe.readers.set(pipe.readers.get() - u32::from(self.reads));
        pipe.writers
            .set(pipe.writers.get() - u32::from(self.writes));
        pipe.changed();
    }
}

impl File for End {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        let pipe = &self.pipe;
        Ok(pipe.attr.unwrap_or(Attr {
            dev: 14,
            ino: pipe.ino,
            mode: S_IFIFO | 0o600,
            nlink: 1,
            uid: k.cred.euid,
            gid: k.cred.egid,
            atime: pipe.created,
            mtime: pipe.created,
            ctime: pipe.created,
            ..Attr::default()
        }))
    }

    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], _: u64) -> Result<usize, Errno> {
        let mut data = self.pipe.data.borrow_mut();
        if data.is_empty() && self.pipe.writers.get() > 0 && bufs.iter().any(|b| !b.is_empty()) {
            return Err(Errno::EAGAIN);
        }
        let mut done = 0;
        for buf in bufs {
            let n = buf.len().min(data.len());
            take(&mut data, &mut buf[..n]);
            done += n;
        }
        self.pipe.changed();
        Ok(done)
    }

    fn write(&self, _: &Kernel, bufs: &[&[u8]], _: u64) -> Result<usize, Errno> {
        self.pipe.fill(bufs, CAPACITY)
    }

    fn write_ahead(&self, _: &Kernel, bufs: &[&[u8]], _: u64) -> Result<usize, Errno> {
        self.pipe.fill(bufs, AHEAD)
    }

    fn seekable(&self) -> bool {
        false
    }

    fn is_pipe(&self) -> bool {
        true
    }

    fn readiness(&self, _: &Kernel) -> Readiness {
        let pipe = &self.pipe;
        Readiness::Known {
            readable: self.reads && !pipe.data.borrow().is_empty(),
            writable: self.writes && pipe.has_room(),
            // A FIFO that never had a writer has not lost one.
            hangup: self.reads && pipe.writers.get() == 0 && pipe.opened.get()[1] > 0
                || self.writes && pipe.readers.get() == 0,
        }
    }

    fn changes(&self) -> Option<u64> {
        Some(self.pipe.changes.get())
    }

    fn has_met(&self) -> bool {
        let pipe = &self.pipe;
        let [r, w] = pipe.opened.get();
        self.reads && (self.writes || pipe.writers.get() > 0 || w > self.before[1])
            || self.writes && (pipe.readers.get() > 0 || r > self.before[0])
    }

    fn available(&self) -> Option<usize> {
        Some(self.pipe.data.borrow().len())
    }

    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(format!("pipe:[{}]", self.pipe.ino).into_bytes())
    }
}

/// Takes bytes from the front of a queue.
pub fn take(data: &mut VecDeque<u8>, to: &mut [u8]) {
    let (front, back) = data.as_slices();
    let n = front.len().min(to.len());
    to[..n].copy_from_slice(&front[..n]);
    let rest = to.len() - n;
    to[n..].copy_from_slice(&back[..rest]);
    data.drain(..to.len());
}
