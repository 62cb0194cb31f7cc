//! `/dev`: the devices that need no driver, and the standard streams.

use alloc::boxed::Box;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::attributes::{dirent_kind, makedev};
use super::{Attr, DirEntry, File, FileSystem, Open, SetAttr};
use crate::Kernel;

#[derive(Clone, Copy, PartialEq)]
enum Device {
    Null,
    Zero,
    Full,
    Random,
}

enum Node {
    Device(Device, u64),
    Link(&'static [u8]),
}

/// Names with what they are. `/dev/tty` is the standard stream that is a terminal.
static NODES: [(&[u8], Node); 11] = [
    (b"console", Node::Link(b"tty")),
    (b"fd", Node::Link(b"/proc/self/fd")),
    (b"full", Node::Device(Device::Full, makedev(1, 7))),
    (b"null", Node::Device(Device::Null, makedev(1, 3))),
    (b"random", Node::Device(Device::Random, makedev(1, 8))),
    (b"stderr", Node::Link(b"/proc/self/fd/2")),
    (b"stdin", Node::Link(b"/proc/self/fd/0")),
    (b"stdout", Node::Link(b"/proc/self/fd/1")),
    (b"tty", Node::Device(Device::Null, makedev(5, 0))),
    (b"urandom", Node::Device(Device::Random, makedev(1, 9))),
    (b"zero", Node::Device(Device::Zero, makedev(1, 5))),
];

const DEV: u64 = 5;

/// The file system of `/dev`.
pub struct DevFs;

fn find(path: &[u8]) -> Result<Option<usize>, Errno> {
    if path.is_empty() {
        return Ok(None);
    }
    let (first, rest) = match path.iter().position(|&b| b == b'/') {
        Some(at) => (&path[..at], true),
        None => (path, false),
    };
    let at = NODES
        .iter()
        .position(|(name, _)| *name == first)
        .ok_or(Errno::ENOENT)?;
    if rest {
        Err(Errno::ENOTDIR)
    } else {
        Ok(Some(at))
    }
}

fn attr(k: &Kernel, at: Option<usize>) -> Attr {
    let (mode, rdev) = match at.map(|at| &NODES[at].1) {
        None => (S_IFDIR | 0o755, 0),
        Some(Node::Device(_, rdev)) => (S_IFCHR | 0o666, *rdev),
        Some(Node::Link(_)) => (S_IFLNK | 0o777, 0),
    };
    let time = k.process.started;
    let nlink = if at.is_none() { 2 } else { 1 };
    Attr {
        dev: DEV,
        ino: at.map_or(1, |at| at as u64 + 2),
        mode,
        nlink,
        rdev,
        atime: time,
        mtime: time,
        ctime: time,
        ..Attr::default()
    }
}

impl FileSystem for DevFs {
    fn stat(&self, k: &Kernel, path: &[u8], _: bool) -> Result<Attr, Errno> {
        Ok(attr(k, find(path)?))
    }

    fn readlink(&self, _: &Kernel, path: &[u8]) -> Result<Vec<u8>, Errno> {
        match find(path)?.map(|at| &NODES[at].1) {
            Some(Node::Link(target)) => Ok(target.to_vec()),
            _ => Err(Errno::EINVAL),
        }
    }

    fn open(&self, k: &Kernel, path: &[u8], how: Open, _: bool) -> Result<Box<dyn File>, Errno> {
        let at = match find(path) {
            Err(Errno::ENOENT) if how.has(O_CREAT) => return Err(Errno::EACCES),
            other => other?,
        };
        match at.map(|at| &NODES[at]) {
            None if how.writes() => Err(Errno::EISDIR),
            None => Ok(Box::new(DevFile {
                at,
                device: Device::Null,
            })),
            Some(_) if how.has(O_CREAT | O_EXCL) => Err(Errno::EEXIST),
            Some(_) if how.has(O_DIRECTORY) => Err(Errno::ENOTDIR),
            Some((b"tty", _)) => {
                let host = &k.host;
                let terminal = (0..3)
                    .filter_map(|fd| {
                        super::hostfs::HostFile::standard(host, fd, &k.ns.overlay).ok()
                    })
                    .find(File::is_terminal);
                let terminal = terminal.ok_or(Errno::ENXIO)?;
                if k.terminal.raw.is_some() {
                    return Ok(crate::tty::Tty::open(terminal));
                }
                Ok(Box::new(terminal))
            }
            Some((_, Node::Device(device, _))) => Ok(Box::new(DevFile {
                at,
                device: *device,
            })),
            Some((_, Node::Link(_))) => Err(Errno::ELOOP),
        }
    }

    fn statfs(&self) -> Statfs {
        Statfs {
            f_type: TMPFS_MAGIC,
            f_bsize: 4096,
            f_frsize: 4096,
            f_namelen: NAME_MAX as i64,
            ..Statfs::default()
        }
    }
}

struct DevFile {
    at: Option<usize>,
    device: Device,
}

impl File for DevFile {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        Ok(attr(k, self.at))
    }

    fn read(&self, k: &Kernel, bufs: &mut [&mut [u8]], _: u64) -> Result<usize, Errno> {
        let mut done = 0;
        for buf in bufs {
            match self.device {
                Device::Null => return Ok(0),
                Device::Zero | Device::Full => buf.fill(0),
                Device::Random => k.host.random(buf)?,
            }
            done += buf.len();
        }
        Ok(done)
    }

    fn write(&self, _: &Kernel, bufs: &[&[u8]], _: u64) -> Result<usize, Errno> {
        if self.device == Device::Full {
            Err(Errno::ENOSPC)
        } else {
            Ok(bufs.iter().map(|b| b.len()).sum())
        }
    }

    fn set_attr(&self, _: &Kernel, _: SetAttr) -> Result<(), Errno> {
        Ok(())
    }

    fn list(&self, k: &Kernel) -> Result<Vec<DirEntry>, Errno> {
        if self.at.is_some() {
            return Err(Errno::ENOTDIR);
        }
        let entry = |at: usize| {
            let attr = attr(k, Some(at));
            DirEntry {
                name: NODES[at].0.to_vec(),
                ino: attr.ino,
                kind: dirent_kind(attr.mode),
            }
        };
        Ok((0..NODES.len()).map(entry).collect())
    }

    fn is_dir(&self) -> bool {
        self.at.is_none()
    }
}
