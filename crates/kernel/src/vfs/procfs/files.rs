//! Open files of `/proc`: contents of files, lists of directories, and what `/proc/self/fd` leads to.

use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;

use crate::Kernel;
use crate::vfs::{Attr, DirEntry, File, OpenFile, Readiness, SetAttr};

/// What `/proc/self/fd/N` points to.
pub(super) fn fd_name(file: &OpenFile) -> Vec<u8> {
    if !file.path.is_empty() {
        return file.path.clone();
    }
    file.file.anonymous_name().unwrap_or_else(|| b"/".to_vec())
}

pub(super) struct Snapshot {
    pub(super) attr: Attr,
    pub(super) bytes: Vec<u8>,
}

impl File for Snapshot {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(self.attr)
    }

    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno> {
        let mut rest = usize::try_from(offset)
            .ok()
            .and_then(|at| self.bytes.get(at..))
            .unwrap_or(&[]);
        let mut done = 0;
        for buf in bufs {
            let n = buf.len().min(rest.len());
            buf[..n].copy_from_slice(&rest[..n]);
            rest = &rest[n..];
            done += n;
        }
        Ok(done)
    }
}

pub(super) struct ProcDir {
    pub(super) attr: Attr,
    pub(super) names: Vec<DirEntry>,
}

impl File for ProcDir {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(self.attr)
    }

    fn list(&self, _: &Kernel) -> Result<Vec<DirEntry>, Errno> {
        Ok(self
            .names
            .iter()
            .map(|e| DirEntry {
                name: e.name.clone(),
                ino: e.ino,
                kind: e.kind,
            })
            .collect())
    }

    fn is_dir(&self) -> bool {
        true
    }
}

/// Another description of the same object, by way of `/proc/self/fd`.
pub(super) struct Shared(pub(super) Rc<OpenFile>);

impl File for Shared {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        self.0.file.stat(k)
    }
    fn read(&self, k: &Kernel, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno> {
        self.0.file.read(k, bufs, offset)
    }
    fn write(&self, k: &Kernel, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno> {
        self.0.file.write(k, bufs, offset)
    }
    fn seekable(&self) -> bool {
        self.0.file.seekable()
    }
    fn host_seek(&self, offset: i64, whence: u32) -> Result<u64, Errno> {
        self.0.file.host_seek(offset, whence)
    }
    fn truncate(&self, len: u64) -> Result<(), Errno> {
        self.0.file.truncate(len)
    }
    fn set_attr(&self, k: &Kernel, set: SetAttr) -> Result<(), Errno> {
        self.0.file.set_attr(k, set)
    }
    fn is_terminal(&self) -> bool {
        self.0.file.is_terminal()
    }
    fn is_standard(&self) -> bool {
        self.0.file.is_standard()
    }
    fn readiness(&self, k: &Kernel) -> Readiness {
        self.0.file.readiness(k)
    }
    fn changes(&self) -> Option<u64> {
        self.0.file.changes()
    }
    fn deadline(&self) -> Option<u64> {
        self.0.file.deadline()
    }
    fn available(&self) -> Option<usize> {
        self.0.file.available()
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(fd_name(&self.0))
    }
    fn is_pipe(&self) -> bool {
        self.0.file.is_pipe()
    }
}
