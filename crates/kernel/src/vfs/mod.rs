//! Files: what is open, where paths lead, and the file systems behind them.
//!
//! A [`FileSystem`] is asked by path relative to its mount point, a [`File`] is something open. Both default to the error that Linux gives for an operation
//! that such an object does not have, so each implementation shows only what it can do.

pub mod attributes;
mod devfs;
pub mod epoll;
pub mod event;
pub mod fd_table;
pub mod hostfs;
pub mod namespace;
pub mod overlay;
mod pipe;
mod procfs;
mod resolve;
pub mod socket;
mod tmpfs;
pub mod tree;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use elfconv_abi::Errno;
use elfconv_abi::fs::{O_ACCMODE, O_APPEND, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY, Statfs};

use crate::Kernel;
use crate::host::HostFd;
pub use attributes::{Attr, SetAttr};
pub use namespace::Namespace;
pub use pipe::{Pipe, pipe};
pub use resolve::{Follow, Place};

/// How a file is opened.
#[derive(Clone, Copy)]
pub struct Open {
    /// `O_*` flags.
    pub flags: u32,
    /// Permissions of a file that is created, umask applied.
    pub mode: u32,
}

impl Open {
    /// Whether all bits of `flag` are set.
    pub fn has(self, flag: u32) -> bool {
        self.flags & flag == flag
    }

    /// Whether the access mode lets one read.
    pub fn reads(self) -> bool {
        self.flags & O_ACCMODE != O_WRONLY
    }

    /// Whether the access mode lets one write.
    pub fn writes(self) -> bool {
        self.flags & O_ACCMODE != O_RDONLY
    }
}

/// A name in a directory. `kind` is a `DT_*` constant.
pub struct DirEntry {
    pub name: Vec<u8>,
    pub ino: u64,
    pub kind: u8,
}

/// A mounted file system. Paths are relative, have no `.`, `..` or empty components, and are empty for the root.
pub trait FileSystem {
    /// Attributes; `follow` may be ignored by file systems that [`FileSystem::follows`] says nothing of.
    fn stat(&self, k: &Kernel, path: &[u8], follow: bool) -> Result<Attr, Errno>;
    /// The target of a symbolic link; `EINVAL` for anything else that exists.
    fn readlink(&self, k: &Kernel, path: &[u8]) -> Result<Vec<u8>, Errno>;
    fn open(
        &self,
        k: &Kernel,
        path: &[u8],
        how: Open,
        follow: bool,
    ) -> Result<Box<dyn File>, Errno>;
    fn statfs(&self) -> Statfs;

    /// Whether it resolves symbolic links in the middle of paths by itself.
    fn follows(&self) -> bool {
        false
    }
    /// Whether a path is a link that must be opened itself, like `/proc/self/fd/1`, when it is the last one.
    fn is_magic_link(&self, _path: &[u8]) -> bool {
        false
    }
    fn mkdir(&self, _k: &Kernel, _path: &[u8], _mode: u32) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }
    fn mknod(&self, _k: &Kernel, _path: &[u8], _mode: u32, _rdev: u64) -> Result<(), Errno> {
        Err(Errno::EPERM)
    }
    fn rmdir(&self, _path: &[u8]) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }
    fn unlink(&self, _path: &[u8]) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }
    /// Renames within this file system, or to another of the same kind.
    fn rename(&self, _from: &[u8], _to_fs: &dyn FileSystem, _to: &[u8]) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }
    fn link(&self, _from: &[u8], _to_fs: &dyn FileSystem, _to: &[u8]) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }
    fn symlink(&self, _k: &Kernel, _target: &[u8], _path: &[u8]) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }
    fn set_attr(
        &self,
        _k: &Kernel,
        _path: &[u8],
        _follow: bool,
        _set: SetAttr,
    ) -> Result<(), Errno> {
        Err(Errno::EROFS)
    }
    /// The host directory behind it, for renames and links between mounts.
    fn host_dir(&self) -> Option<HostFd> {
        None
    }
}

/// What `poll` can know of a file without asking the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Known now: readable, writable, hung up.
    Known {
        readable: bool,
        writable: bool,
        hangup: bool,
    },
    /// The host has to be asked.
    Host(HostFd),
}

/// An open file without its position and flags.
pub trait File {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno>;
    /// Reads; `offset` is meaningless if not [`File::seekable`]. `EAGAIN` means that it would block.
    fn read(&self, _k: &Kernel, _bufs: &mut [&mut [u8]], _offset: u64) -> Result<usize, Errno> {
        Err(Errno::EINVAL)
    }
    fn write(&self, _k: &Kernel, _bufs: &[&[u8]], _offset: u64) -> Result<usize, Errno> {
        Err(Errno::EINVAL)
    }
    /// Writes for somebody who would wait otherwise: a pipe may take more than it shows to hold.
    fn write_ahead(&self, k: &Kernel, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno> {
        self.write(k, bufs, offset)
    }
    /// Whether reads and writes have a position that the kernel keeps.
    fn seekable(&self) -> bool {
        true
    }
    /// `lseek` where the host keeps the position: `whence` is `SEEK_*`.
    fn host_seek(&self, _offset: i64, _whence: u32) -> Result<u64, Errno> {
        Err(Errno::ESPIPE)
    }
    fn truncate(&self, _len: u64) -> Result<(), Errno> {
        Err(Errno::EINVAL)
    }
    fn sync(&self, _data_only: bool) -> Result<(), Errno> {
        Err(Errno::EINVAL)
    }
    fn set_attr(&self, _k: &Kernel, _set: SetAttr) -> Result<(), Errno> {
        Err(Errno::EPERM)
    }
    /// Names in a directory, without `.` and `..`.
    fn list(&self, _k: &Kernel) -> Result<Vec<DirEntry>, Errno> {
        Err(Errno::ENOTDIR)
    }
    fn is_dir(&self) -> bool {
        false
    }
    fn is_terminal(&self) -> bool {
        false
    }
    /// Whether it is one of the host's standard streams, which somebody outside may read.
    fn is_standard(&self) -> bool {
        false
    }
    fn readiness(&self, _k: &Kernel) -> Readiness {
        Readiness::Known {
            readable: true,
            writable: true,
            hangup: false,
        }
    }
    /// How often its readiness may have changed: what `EPOLLET` looks at. `None` if nobody counts.
    fn changes(&self) -> Option<u64> {
        None
    }
    /// When it becomes ready by time alone, by the monotonic clock.
    fn deadline(&self) -> Option<u64> {
        None
    }
    /// A FIFO that was opened: whether its other end was open at some time since.
    fn has_met(&self) -> bool {
        true
    }
    fn as_epoll(&self) -> Option<&epoll::Epoll> {
        None
    }
    fn as_timer(&self) -> Option<&event::TimerFd> {
        None
    }
    fn as_socket(&self) -> Option<&socket::Socket> {
        None
    }
    /// The signals that a signalfd tells of.
    fn as_signals(&self) -> Option<&core::cell::Cell<u64>> {
        None
    }
    /// Bytes that can be read at once (FIONREAD), for pipes.
    fn available(&self) -> Option<usize> {
        None
    }
    /// What `/proc/self/fd` shows if it has no path.
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        None
    }
    /// Whether the position counts at all (`ESPIPE` otherwise for `pread`).
    fn is_pipe(&self) -> bool {
        false
    }
    fn statfs(&self) -> Option<Statfs> {
        None
    }
    /// Where its contents are in those of the module's file tree, if they are as the module brought them.
    fn packed(&self) -> Option<u32> {
        None
    }
}

/// An open file description: what descriptors share after `dup`.
pub struct OpenFile {
    /// The object.
    pub file: Box<dyn File>,
    /// `O_*` access mode and status flags.
    pub flags: Cell<u32>,
    /// Position, for seekable files; index of the next entry, for directories.
    pub pos: Cell<u64>,
    /// Absolute guest path that it was opened by; empty if it has none.
    pub path: Vec<u8>,
    /// Entries as `getdents64` gives them out, `.` and `..` included; taken when reading starts at position 0.
    pub entries: RefCell<Option<Vec<DirEntry>>>,
}

impl OpenFile {
    /// A file that has just been opened.
    pub fn new(file: Box<dyn File>, flags: u32, path: Vec<u8>) -> Rc<Self> {
        Rc::new(Self {
            file,
            flags: Cell::new(flags),
            pos: Cell::new(0),
            path,
            entries: RefCell::new(None),
        })
    }

    fn open(&self) -> Open {
        Open {
            flags: self.flags.get(),
            mode: 0,
        }
    }

    /// Whether a status flag is set.
    pub fn has(&self, flag: u32) -> bool {
        self.open().has(flag)
    }

    /// `EBADF` unless it is open for reading.
    pub fn check_readable(&self) -> Result<(), Errno> {
        if self.has(O_PATH) || !self.open().reads() {
            Err(Errno::EBADF)
        } else {
            Ok(())
        }
    }

    /// `EBADF` unless it is open for writing.
    pub fn check_writable(&self) -> Result<(), Errno> {
        if self.has(O_PATH) || !self.open().writes() {
            Err(Errno::EBADF)
        } else {
            Ok(())
        }
    }

    /// Reads at the position, or at `offset`, and moves the position in the first case.
    pub fn read(
        &self,
        k: &Kernel,
        bufs: &mut [&mut [u8]],
        offset: Option<u64>,
    ) -> Result<usize, Errno> {
        self.check_readable()?;
        if self.file.is_dir() {
            return Err(Errno::EISDIR);
        }
        let at = offset.unwrap_or(self.pos.get());
        self.wait_for(k, false)?;
        let n = self.file.read(k, bufs, at)?;
        if offset.is_none() {
            self.pos.set(at + n as u64);
        }
        Ok(n)
    }

    /// Writes at the position, the end (`O_APPEND`), or at `offset`.
    pub fn write(&self, k: &Kernel, bufs: &[&[u8]], offset: Option<u64>) -> Result<usize, Errno> {
        self.check_writable()?;
        let mut at = offset.unwrap_or(self.pos.get());
        if self.has(O_APPEND) && self.file.seekable() {
            at = self.file.stat(k)?.size;
        }
        self.wait_for(k, true)?;
        let n = if self.has(O_NONBLOCK) || !k.others_may_read() {
            self.file.write(k, bufs, at)?
        } else {
            self.file.write_ahead(k, bufs, at)?
        };
        if offset.is_none() {
            self.pos.set(at + n as u64);
        }
        Ok(n)
    }

    /// With `O_NONBLOCK`, `EAGAIN` if the host would block.
    fn wait_for(&self, k: &Kernel, writing: bool) -> Result<(), Errno> {
        if !self.has(O_NONBLOCK) {
            return Ok(());
        }
        let Readiness::Host(fd) = self.file.readiness(k) else {
            return Ok(());
        };
        let event = if writing {
            crate::host::Event::Writable(fd)
        } else {
            crate::host::Event::Readable(fd)
        };
        match k.host.poll(&[event], Some(0)) {
            Ok(ready) if !ready[0] => Err(Errno::EAGAIN),
            // A host that cannot poll this file: better to block than to fail.
            _ => Ok(()),
        }
    }
}

/// Splits `path` into its directory and its last component.
pub fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&b| b == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}

/// Joins a relative path to a directory; either may be empty.
pub fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = dir.to_vec();
    if !dir.is_empty() && !dir.ends_with(b"/") && !name.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// A file system of its own, for a file without a name.
pub fn anonymous(host: &Rc<dyn crate::host::Host>) -> impl FileSystem + use<> {
    tmpfs::TmpFs::new(host, 1, 0o700)
}
