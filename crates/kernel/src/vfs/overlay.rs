//! What WASI preview 1 does not know of the host's files: permissions and owners.
//!
//! Files show as the guest user's, with the permissions that they would have under the usual umask: directories and programs (by their first bytes: ELF or
//! `#!`) as 0755, everything else as 0644, links as 0777. What the guest itself sets by `chmod`, `chown` or a creation mode is remembered by device and inode
//! number for the run, so that `tar x` or `cp -a` followed by `stat` show what they should.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::RefCell;

use elfconv_abi::fs::*;

use super::attributes::makedev;
use super::{Attr, SetAttr};
use crate::Kernel;
use crate::host::{FileType, HostStat};

/// What the guest has set of a file.
#[derive(Clone, Copy, Default)]
struct Remembered {
    mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
}

/// Whether a file of this size and time is a program.
#[derive(Clone, Copy)]
struct Probed {
    size: u64,
    mtime: u64,
    program: bool,
}

#[derive(Default)]
struct Files {
    set: BTreeMap<(u64, u64), Remembered>,
    probed: BTreeMap<(u64, u64), Probed>,
}

/// Attributes by device and inode number, shared by all host mounts.
#[derive(Clone, Default)]
pub struct Overlay(Rc<RefCell<Files>>);

impl Overlay {
    /// A file's attributes; `start` reads its first bytes, if that is needed.
    pub fn attr(&self, k: &Kernel, s: &HostStat, start: impl FnOnce() -> Option<[u8; 4]>) -> Attr {
        let set = self
            .0
            .borrow()
            .set
            .get(&(s.dev, s.ino))
            .copied()
            .unwrap_or_default();
        let (kind, permissions) = match s.file_type {
            FileType::Directory => (S_IFDIR, 0o755),
            FileType::Symlink => (S_IFLNK, 0o777),
            FileType::Character => (S_IFCHR, 0o620),
            FileType::Block => (S_IFBLK, 0o660),
            FileType::Socket => (S_IFSOCK, 0o755),
            FileType::Regular if set.mode.is_none() && self.is_program(s, start) => {
                (S_IFREG, 0o755)
            }
            FileType::Regular => (S_IFREG, 0o644),
            // What a host does not name is a pipe, as a rule.
            FileType::Unknown => (S_IFIFO, 0o600),
        };
        Attr {
            dev: s.dev,
            ino: s.ino,
            mode: kind | set.mode.unwrap_or(permissions),
            nlink: s.nlink.max(1) as u32,
            uid: set.uid.unwrap_or(k.cred.uid),
            gid: set.gid.unwrap_or(k.cred.gid),
            rdev: if s.file_type == FileType::Character {
                makedev(136, 0)
            } else {
                0
            },
            size: s.size,
            atime: s.atime,
            mtime: s.mtime,
            ctime: s.ctime,
        }
    }

    fn is_program(&self, s: &HostStat, start: impl FnOnce() -> Option<[u8; 4]>) -> bool {
        if s.size < 4 {
            return false;
        }
        let key = (s.dev, s.ino);
        if let Some(known) = self.0.borrow().probed.get(&key)
            && (known.size, known.mtime) == (s.size, s.mtime)
        {
            return known.program;
        }
        let Some(start) = start() else { return false };
        let program = start == *b"\x7fELF" || start.starts_with(b"#!");
        if s.ino != 0 {
            let probed = Probed {
                size: s.size,
                mtime: s.mtime,
                program,
            };
            self.0.borrow_mut().probed.insert(key, probed);
        }
        program
    }

    /// The guest sets attributes.
    pub fn remember(&self, s: &HostStat, set: SetAttr) {
        // Without inode numbers there is nothing to remember it by.
        if s.ino != 0 && (set.mode.is_some() || set.uid.is_some() || set.gid.is_some()) {
            let mut all = self.0.borrow_mut();
            let entry = all.set.entry((s.dev, s.ino)).or_default();
            entry.mode = set.mode.map(|m| m & 0o7777).or(entry.mode);
            entry.uid = set.uid.or(entry.uid);
            entry.gid = set.gid.or(entry.gid);
        }
    }

    /// Before the last link of a file goes: its number may be used again.
    pub fn forget(&self, s: &HostStat) {
        if s.nlink <= 1 || s.file_type == FileType::Directory {
            let mut all = self.0.borrow_mut();
            all.set.remove(&(s.dev, s.ino));
            all.probed.remove(&(s.dev, s.ino));
        }
    }

    /// Whether nothing is remembered of any file.
    pub fn is_empty(&self) -> bool {
        let all = self.0.borrow();
        all.set.is_empty() && all.probed.is_empty()
    }
}
