//! Files in memory: the root file system, and `/tmp` where the host gives none.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::attributes::dirent_kind;
use super::{Attr, DirEntry, File, FileSystem, Open, Pipe, SetAttr, split_last};
use crate::Kernel;
use crate::compiled::TreeContents;
use crate::host::{Clock, Host, SetTime};

pub(super) enum Data {
    File(Vec<u8>),
    /// A file as the module brought it; the first write makes a copy.
    Packed {
        tree: TreeContents,
        offset: u32,
        size: u32,
    },
    Dir(BTreeMap<Vec<u8>, Rc<Node>>),
    Link(Vec<u8>),
    /// Sockets and devices: a name only.
    Special,
    Fifo(Rc<Pipe>),
}

pub(super) struct Node {
    attr: Cell<Attr>,
    data: RefCell<Data>,
    host: Rc<dyn Host>,
}

impl Node {
    fn now(&self) -> u64 {
        self.host.now(Clock::Realtime)
    }

    fn is_dir(&self) -> bool {
        self.attr.get().is_dir()
    }

    fn current_attr(&self) -> Attr {
        let mut attr = self.attr.get();
        attr.size = match &*self.data.borrow() {
            Data::File(bytes) => bytes.len() as u64,
            Data::Packed { size, .. } => u64::from(*size),
            Data::Link(target) => target.len() as u64,
            // As tmpfs counts: 20 bytes an entry, with `.` and `..`.
            Data::Dir(entries) => 20 * (entries.len() as u64 + 2),
            Data::Special | Data::Fifo(_) => 0,
        };
        attr
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Attr)) {
        let mut attr = self.attr.get();
        change(&mut attr);
        self.attr.set(attr);
    }

    fn modified(&self) {
        let now = self.now();
        self.update(|a| (a.mtime, a.ctime) = (now, now));
    }

    pub(super) fn entries<R>(
        &self,
        use_them: impl FnOnce(&mut BTreeMap<Vec<u8>, Rc<Node>>) -> R,
    ) -> Result<R, Errno> {
        match &mut *self.data.borrow_mut() {
            Data::Dir(entries) => Ok(use_them(entries)),
            _ => Err(Errno::ENOTDIR),
        }
    }

    fn child(&self, name: &[u8]) -> Result<Rc<Node>, Errno> {
        self.entries(|entries| entries.get(name).cloned())?
            .ok_or(Errno::ENOENT)
    }

    pub(super) fn attr(&self) -> Attr {
        self.attr.get()
    }

    /// Makes the FIFO of the attributes as they are now.
    pub(super) fn make_fifo(&self, fifo: impl FnOnce(Attr) -> Rc<Pipe>) {
        self.data.replace(Data::Fifo(fifo(self.attr.get())));
    }

    /// The contents, to be changed.
    fn contents<R>(
        &self,
        use_them: impl FnOnce(&mut Vec<u8>) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let data = &mut *self.data.borrow_mut();
        if let Data::Packed { tree, offset, size } = *data {
            let mut bytes = Vec::new();
            bytes
                .try_reserve_exact(size as usize)
                .map_err(|_| Errno::ENOSPC)?;
            bytes.resize(size as usize, 0);
            tree.read(offset, &mut bytes);
            *data = Data::File(bytes);
        }
        match data {
            Data::File(bytes) => use_them(bytes),
            Data::Dir(_) => Err(Errno::EISDIR),
            _ => Err(Errno::EINVAL),
        }
    }

    fn set(&self, set: SetAttr) {
        let now = self.now();
        let time = |set, old| match set {
            SetTime::Omit => old,
            SetTime::Now => now,
            SetTime::At(ns) => ns,
        };
        self.update(|a| {
            a.mode = a.mode & S_IFMT | set.mode.unwrap_or(a.mode) & 0o7777;
            a.uid = set.uid.unwrap_or(a.uid);
            a.gid = set.gid.unwrap_or(a.gid);
            a.atime = time(set.atime, a.atime);
            a.mtime = time(set.mtime, a.mtime);
            a.ctime = now;
        });
    }
}

/// A file system in memory.
pub struct TmpFs {
    root: Rc<Node>,
    next_ino: Cell<u64>,
    dev: u64,
    host: Rc<dyn Host>,
}

impl TmpFs {
    /// An empty one; its root directory has the permissions `mode`.
    pub fn new(host: &Rc<dyn Host>, dev: u64, mode: u32) -> Self {
        let now = host.now(Clock::Realtime);
        let attr = Attr {
            dev,
            ino: 1,
            mode: S_IFDIR | mode,
            nlink: 2,
            atime: now,
            mtime: now,
            ctime: now,
            ..Attr::default()
        };
        let root = Rc::new(Node {
            attr: Cell::new(attr),
            data: RefCell::new(Data::Dir(BTreeMap::new())),
            host: host.clone(),
        });
        Self {
            root,
            next_ino: Cell::new(2),
            dev,
            host: host.clone(),
        }
    }

    /// Makes all directories of a path, for mount points.
    pub fn make_dirs(&self, path: &[u8]) {
        let mut dir = self.root.clone();
        for name in path.split(|&b| b == b'/').filter(|name| !name.is_empty()) {
            let next = dir
                .child(name)
                .unwrap_or_else(|_| self.node(S_IFDIR | 0o755, (0, 0), Data::Dir(BTreeMap::new())));
            if !next.is_dir()
                || dir
                    .entries(|e| e.insert(name.to_vec(), next.clone()))
                    .is_err()
            {
                return;
            }
            dir = next;
        }
    }

    /// Whether a path leads to anything; links are not followed.
    pub fn has(&self, path: &[u8]) -> bool {
        self.find(path).is_ok()
    }

    /// Makes a file that is there from the beginning, with its directories.
    pub fn add_file(&self, path: &[u8], contents: &[u8]) {
        let (dir, name) = split_last(path);
        self.make_dirs(dir);
        if let Ok(dir) = self.find(dir) {
            let file = self.node(S_IFREG | 0o644, (0, 0), Data::File(contents.to_vec()));
            // Where the directory is none there is nothing to add to.
            let _ = dir.entries(|e| e.insert(name.to_vec(), file));
        }
    }

    pub(super) fn node(&self, mode: u32, (uid, gid): (u32, u32), data: Data) -> Rc<Node> {
        let ino = self.next_ino.replace(self.next_ino.get() + 1);
        let now = self.host.now(Clock::Realtime);
        let nlink = if mode & S_IFMT == S_IFDIR { 2 } else { 1 };
        let attr = Attr {
            dev: self.dev,
            ino,
            mode,
            nlink,
            uid,
            gid,
            atime: now,
            mtime: now,
            ctime: now,
            ..Attr::default()
        };
        Rc::new(Node {
            attr: Cell::new(attr),
            data: RefCell::new(data),
            host: self.host.clone(),
        })
    }

    pub(super) fn root(&self) -> Rc<Node> {
        self.root.clone()
    }

    fn find(&self, path: &[u8]) -> Result<Rc<Node>, Errno> {
        path.split(|&b| b == b'/')
            .filter(|name| !name.is_empty())
            .try_fold(self.root.clone(), |node, name| node.child(name))
    }

    fn create(&self, k: &Kernel, path: &[u8], mode: u32, data: Data) -> Result<Rc<Node>, Errno> {
        let (dir, name) = split_last(path);
        if name.is_empty() {
            return Err(Errno::EEXIST);
        }
        let parent = self.find(dir)?;
        if parent.child(name).is_ok() {
            return Err(Errno::EEXIST);
        }
        let node = self.node(mode, (k.cred.euid, k.cred.egid), data);
        parent.entries(|e| e.insert(name.to_vec(), node.clone()))?;
        parent.modified();
        if node.is_dir() {
            parent.update(|a| a.nlink += 1);
        }
        Ok(node)
    }

    fn remove(&self, path: &[u8]) -> Result<(), Errno> {
        let (dir, name) = split_last(path);
        let parent = self.find(dir)?;
        let node = parent.entries(|e| e.remove(name))?.ok_or(Errno::ENOENT)?;
        parent.modified();
        if node.is_dir() {
            parent.update(|a| a.nlink -= 1);
        }
        let now = node.now();
        node.update(|a| {
            a.nlink = if a.is_dir() { 0 } else { a.nlink - 1 };
            a.ctime = now;
        });
        Ok(())
    }
}

impl FileSystem for TmpFs {
    fn stat(&self, _: &Kernel, path: &[u8], _: bool) -> Result<Attr, Errno> {
        Ok(self.find(path)?.current_attr())
    }

    fn readlink(&self, _: &Kernel, path: &[u8]) -> Result<Vec<u8>, Errno> {
        match &*self.find(path)?.data.borrow() {
            Data::Link(target) => Ok(target.clone()),
            _ => Err(Errno::EINVAL),
        }
    }

    fn open(&self, k: &Kernel, path: &[u8], how: Open, _: bool) -> Result<Box<dyn File>, Errno> {
        let node = match self.find(path) {
            Ok(_) if how.has(O_CREAT | O_EXCL) => return Err(Errno::EEXIST),
            Ok(node) => node,
            Err(Errno::ENOENT) if how.has(O_CREAT) => {
                self.create(k, path, S_IFREG | how.mode, Data::File(Vec::new()))?
            }
            Err(e) => return Err(e),
        };
        let mut truncated = false;
        match &mut *node.data.borrow_mut() {
            Data::Link(_) if !how.has(O_PATH) => return Err(Errno::ELOOP),
            Data::Special if !how.has(O_PATH) => return Err(Errno::ENXIO),
            Data::Fifo(pipe) if !how.has(O_PATH) => {
                if how.has(O_DIRECTORY) {
                    return Err(Errno::ENOTDIR);
                }
                if !how.reads() && how.has(O_NONBLOCK) && !pipe.has_reader() {
                    return Err(Errno::ENXIO);
                }
                return Ok(pipe.open(how.reads(), how.writes()));
            }
            Data::Dir(_) if how.writes() || how.has(O_CREAT) => return Err(Errno::EISDIR),
            Data::Dir(_) => {}
            _ if how.has(O_DIRECTORY) => return Err(Errno::ENOTDIR),
            data @ (Data::File(_) | Data::Packed { .. }) if how.has(O_TRUNC) => {
                *data = Data::File(Vec::new());
                truncated = true;
            }
            _ => {}
        }
        if truncated {
            node.modified();
        }
        Ok(Box::new(TmpFile(node)))
    }

    fn statfs(&self) -> Statfs {
        Statfs {
            f_type: TMPFS_MAGIC,
            f_bsize: 4096,
            f_frsize: 4096,
            f_blocks: 1 << 18,
            f_bfree: 1 << 17,
            f_bavail: 1 << 17,
            f_files: 1 << 20,
            f_ffree: 1 << 19,
            f_namelen: NAME_MAX as i64,
            ..Statfs::default()
        }
    }

    fn mkdir(&self, k: &Kernel, path: &[u8], mode: u32) -> Result<(), Errno> {
        self.create(k, path, S_IFDIR | mode, Data::Dir(BTreeMap::new()))
            .map(drop)
    }

    fn mknod(&self, k: &Kernel, path: &[u8], mode: u32, rdev: u64) -> Result<(), Errno> {
        let (kind, data) = match mode & S_IFMT {
            0 | S_IFREG => (S_IFREG, Data::File(Vec::new())),
            S_IFIFO => (S_IFIFO, Data::Fifo(Rc::default())),
            kind @ (S_IFSOCK | S_IFCHR | S_IFBLK) => (kind, Data::Special),
            _ => return Err(Errno::EINVAL),
        };
        let node = self.create(k, path, kind | mode & 0o7777, data)?;
        node.update(|a| a.rdev = rdev);
        if kind == S_IFIFO {
            node.make_fifo(Pipe::fifo);
        }
        Ok(())
    }

    fn rmdir(&self, path: &[u8]) -> Result<(), Errno> {
        if path.is_empty() {
            return Err(Errno::EBUSY);
        }
        if !self.find(path)?.entries(|e| e.is_empty())? {
            return Err(Errno::ENOTEMPTY);
        }
        self.remove(path)
    }

    fn unlink(&self, path: &[u8]) -> Result<(), Errno> {
        if self.find(path)?.is_dir() {
            return Err(Errno::EISDIR);
        }
        self.remove(path)
    }

    fn rename(&self, from: &[u8], _: &dyn FileSystem, to: &[u8]) -> Result<(), Errno> {
        let node = self.find(from)?;
        if from.is_empty() || to.is_empty() {
            return Err(Errno::EBUSY);
        }
        if to
            .strip_prefix(from)
            .is_some_and(|rest| rest.starts_with(b"/"))
        {
            return Err(Errno::EINVAL);
        }
        match self.find(to) {
            Ok(target) if Rc::ptr_eq(&target, &node) => return Ok(()),
            Ok(target) if target.is_dir() && !node.is_dir() => return Err(Errno::EISDIR),
            Ok(target) if !target.is_dir() && node.is_dir() => return Err(Errno::ENOTDIR),
            Ok(target) if target.is_dir() => self.rmdir(to)?,
            Ok(_) => self.remove(to)?,
            Err(Errno::ENOENT) => {}
            Err(e) => return Err(e),
        }
        let ((to_dir, to_name), (from_dir, from_name)) = (split_last(to), split_last(from));
        let (new_parent, old_parent) = (self.find(to_dir)?, self.find(from_dir)?);
        new_parent.entries(|e| e.insert(to_name.to_vec(), node.clone()))?;
        old_parent.entries(|e| e.remove(from_name))?;
        if node.is_dir() {
            old_parent.update(|a| a.nlink -= 1);
            new_parent.update(|a| a.nlink += 1);
        }
        old_parent.modified();
        new_parent.modified();
        Ok(())
    }

    fn link(&self, from: &[u8], _: &dyn FileSystem, to: &[u8]) -> Result<(), Errno> {
        let node = self.find(from)?;
        if node.is_dir() {
            return Err(Errno::EPERM);
        }
        let (dir, name) = split_last(to);
        let parent = self.find(dir)?;
        if parent.child(name).is_ok() || name.is_empty() {
            return Err(Errno::EEXIST);
        }
        parent.entries(|e| e.insert(name.to_vec(), node.clone()))?;
        parent.modified();
        let now = node.now();
        node.update(|a| (a.nlink, a.ctime) = (a.nlink + 1, now));
        Ok(())
    }

    fn symlink(&self, k: &Kernel, target: &[u8], path: &[u8]) -> Result<(), Errno> {
        self.create(k, path, S_IFLNK | 0o777, Data::Link(target.to_vec()))
            .map(drop)
    }

    fn set_attr(&self, _: &Kernel, path: &[u8], _: bool, set: SetAttr) -> Result<(), Errno> {
        self.find(path)?.set(set);
        Ok(())
    }
}

struct TmpFile(Rc<Node>);

impl File for TmpFile {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(self.0.current_attr())
    }

    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], at: u64) -> Result<usize, Errno> {
        let data = self.0.data.borrow();
        let bytes = match &*data {
            Data::File(bytes) => bytes,
            Data::Packed { tree, offset, size } => {
                let mut at = u32::try_from(at).unwrap_or(u32::MAX).min(*size);
                let start = at;
                for buf in bufs {
                    let n = buf.len().min((size - at) as usize);
                    tree.read(offset + at, &mut buf[..n]);
                    at += n as u32;
                }
                return Ok((at - start) as usize);
            }
            _ => return Err(Errno::EISDIR),
        };
        let mut rest = usize::try_from(at)
            .ok()
            .and_then(|at| bytes.get(at..))
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

    fn write(&self, _: &Kernel, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno> {
        let mut at = usize::try_from(offset).map_err(|_| Errno::EFBIG)?;
        let start = at;
        self.0.contents(|bytes| {
            for buf in bufs {
                let end = at.checked_add(buf.len()).ok_or(Errno::EFBIG)?;
                if end > bytes.len() {
                    bytes
                        .try_reserve(end - bytes.len())
                        .map_err(|_| Errno::ENOSPC)?;
                    bytes.resize(end, 0);
                }
                bytes[at..end].copy_from_slice(buf);
                at = end;
            }
            Ok(())
        })?;
        self.0.modified();
        Ok(at - start)
    }

    fn truncate(&self, len: u64) -> Result<(), Errno> {
        let len = usize::try_from(len).map_err(|_| Errno::EFBIG)?;
        self.0.contents(|bytes| {
            if len > bytes.len() {
                bytes
                    .try_reserve(len - bytes.len())
                    .map_err(|_| Errno::ENOSPC)?;
            }
            bytes.resize(len, 0);
            Ok(())
        })?;
        self.0.modified();
        Ok(())
    }

    fn packed(&self) -> Option<u32> {
        match &*self.0.data.borrow() {
            Data::Packed { offset, .. } => Some(*offset),
            _ => None,
        }
    }

    fn sync(&self, _: bool) -> Result<(), Errno> {
        Ok(())
    }

    fn set_attr(&self, _: &Kernel, set: SetAttr) -> Result<(), Errno> {
        self.0.set(set);
        Ok(())
    }

    fn list(&self, _: &Kernel) -> Result<Vec<DirEntry>, Errno> {
        self.0.entries(|entries| {
            let entry = |(name, node): (&Vec<u8>, &Rc<Node>)| {
                let attr = node.attr.get();
                DirEntry {
                    name: name.clone(),
                    ino: attr.ino,
                    kind: dirent_kind(attr.mode),
                }
            };
            entries.iter().map(entry).collect()
        })
    }

    fn is_dir(&self) -> bool {
        self.0.is_dir()
    }
}
