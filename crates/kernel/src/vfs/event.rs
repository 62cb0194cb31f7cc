//! Files that stand for events: eventfd, timerfd, signalfd. See eventfd(2), timerfd_create(2), signalfd(2).

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::Cell;

use elfconv_abi::Errno;

use super::{Attr, File, Readiness};
use crate::Kernel;
use crate::host::{Clock, Host};

/// What `fstat` shows of a file without an inode of its own.
fn anonymous(ino: u64) -> Attr {
    Attr {
        dev: 13,
        ino,
        mode: 0o600,
        nlink: 1,
        ..Attr::default()
    }
}

/// Puts eight bytes into the first buffer.
fn give(bufs: &mut [&mut [u8]], value: u64) -> Result<usize, Errno> {
    let to = bufs
        .iter_mut()
        .find(|b| !b.is_empty())
        .and_then(|b| b.first_chunk_mut())
        .ok_or(Errno::EINVAL)?;
    *to = value.to_le_bytes();
    Ok(8)
}

/// A counter.
#[derive(Default)]
pub struct EventFd {
    pub count: Cell<u64>,
    /// A read takes only one.
    pub semaphore: bool,
    pub changes: Cell<u64>,
}

impl File for EventFd {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(anonymous(11))
    }
    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], _: u64) -> Result<usize, Errno> {
        if bufs.iter().map(|b| b.len()).sum::<usize>() < 8 {
            return Err(Errno::EINVAL);
        }
        let count = self.count.get();
        if count == 0 {
            return Err(Errno::EAGAIN);
        }
        let taken = if self.semaphore { 1 } else { count };
        self.count.set(count - taken);
        self.changes.set(self.changes.get() + 1);
        give(bufs, taken)
    }
    fn write(&self, _: &Kernel, bufs: &[&[u8]], _: u64) -> Result<usize, Errno> {
        let added = bufs
            .first()
            .and_then(|b| b.first_chunk())
            .map(|b| u64::from_le_bytes(*b))
            .filter(|&n| n != u64::MAX)
            .ok_or(Errno::EINVAL)?;
        let count = self
            .count
            .get()
            .checked_add(added)
            .filter(|&n| n != u64::MAX)
            .ok_or(Errno::EAGAIN)?;
        self.count.set(count);
        self.changes.set(self.changes.get() + 1);
        Ok(8)
    }
    fn seekable(&self) -> bool {
        false
    }
    fn readiness(&self, _: &Kernel) -> Readiness {
        Readiness::Known {
            readable: self.count.get() > 0,
            writable: self.count.get() < u64::MAX - 1,
            hangup: false,
        }
    }
    fn changes(&self) -> Option<u64> {
        Some(self.changes.get())
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(b"anon_inode:[eventfd]".to_vec())
    }
}

/// A timer that is read.
pub struct TimerFd {
    host: Rc<dyn Host>,
    pub realtime: bool,
    /// When it expires next, by the monotonic clock; 0 when it is not armed.
    pub next: Cell<u64>,
    pub interval: Cell<u64>,
}

impl TimerFd {
    /// A timer that is not armed.
    pub fn new(host: Rc<dyn Host>, realtime: bool) -> Self {
        Self {
            host,
            realtime,
            next: Cell::new(0),
            interval: Cell::new(0),
        }
    }

    /// Expirations since it was last read.
    fn expirations(&self) -> u64 {
        let (next, now) = (self.next.get(), self.host.now(Clock::Monotonic));
        if next == 0 || now < next {
            return 0;
        }
        match self.interval.get() {
            0 => 1,
            interval => 1 + (now - next) / interval,
        }
    }
}

impl File for TimerFd {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(anonymous(12))
    }
    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], _: u64) -> Result<usize, Errno> {
        if bufs.iter().map(|b| b.len()).sum::<usize>() < 8 {
            return Err(Errno::EINVAL);
        }
        let count = self.expirations();
        if count == 0 {
            return Err(Errno::EAGAIN);
        }
        match self.interval.get() {
            0 => self.next.set(0),
            interval => self.next.set(self.next.get() + count * interval),
        }
        give(bufs, count)
    }
    fn seekable(&self) -> bool {
        false
    }
    fn readiness(&self, _: &Kernel) -> Readiness {
        Readiness::Known {
            readable: self.expirations() > 0,
            writable: false,
            hangup: false,
        }
    }
    fn deadline(&self) -> Option<u64> {
        Some(self.next.get()).filter(|&n| n > 0)
    }
    fn as_timer(&self) -> Option<&TimerFd> {
        Some(self)
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(b"anon_inode:[timerfd]".to_vec())
    }
}

/// Pending signals as a file. It is read by [`Kernel`], which can take them.
pub struct SignalFd {
    pub mask: Cell<u64>,
    /// Whose signals.
    pub pid: u32,
}

impl File for SignalFd {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(anonymous(13))
    }
    fn seekable(&self) -> bool {
        false
    }
    fn readiness(&self, k: &Kernel) -> Readiness {
        let pending = k.process(self.pid).map_or(0, |p| {
            p.threads
                .iter()
                .filter_map(|&t| k.thread(t))
                .fold(p.pending.set, |set, t| set | t.pending.set)
        });
        Readiness::Known {
            readable: pending & self.mask.get() != 0,
            writable: false,
            hangup: false,
        }
    }
    fn as_signals(&self) -> Option<&Cell<u64>> {
        Some(&self.mask)
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(b"anon_inode:[signalfd]".to_vec())
    }
}
