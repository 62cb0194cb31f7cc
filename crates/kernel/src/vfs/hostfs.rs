//! Directories of the host.
//!
//! WASI preview 1 knows neither permissions nor owners: see [`Overlay`].

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::attributes::host_dirent_kind;
use super::overlay::Overlay;
use super::{Attr, DirEntry, File, FileSystem, Open, Readiness, SetAttr};
use crate::Kernel;
use crate::host::{FileType, Host, HostEntry, HostFd, HostStat, OpenHow, SetTime, Whence};

/// A preopened directory.
pub struct HostFs {
    host: Rc<dyn Host>,
    dir: HostFd,
    overlay: Overlay,
}

impl HostFs {
    /// The directory `dir` of the host.
    pub fn new(host: Rc<dyn Host>, dir: HostFd, overlay: Overlay) -> Self {
        Self { host, dir, overlay }
    }

    /// Does what removes a name, and forgets the file's attributes if that was its last one.
    fn removing(
        &self,
        path: &[u8],
        remove: impl FnOnce() -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let stat = (!self.overlay.is_empty())
            .then(|| self.host.stat_at(self.dir, path, false).ok())
            .flatten();
        remove()?;
        if let Some(stat) = stat {
            self.overlay.forget(&stat);
        }
        Ok(())
    }
}

impl HostFs {
    /// The first bytes of a file.
    fn start(&self, path: &[u8], follow: bool) -> Option<[u8; 4]> {
        let how = OpenHow {
            read: true,
            follow,
            ..OpenHow::default()
        };
        let fd = self.host.open_at(self.dir, path, how).ok()?;
        let start = start(&*self.host, fd);
        self.host.close(fd);
        start
    }
}

/// The first bytes of an open file.
fn start(host: &dyn Host, fd: HostFd) -> Option<[u8; 4]> {
    let mut start = [0; 4];
    host.pread(fd, &mut [&mut start], 0).ok()?;
    Some(start)
}

impl FileSystem for HostFs {
    fn stat(&self, k: &Kernel, path: &[u8], follow: bool) -> Result<Attr, Errno> {
        let stat = self.host.stat_at(self.dir, path, follow)?;
        Ok(self.overlay.attr(k, &stat, || self.start(path, follow)))
    }

    fn readlink(&self, _: &Kernel, path: &[u8]) -> Result<Vec<u8>, Errno> {
        if path.is_empty() {
            return Err(Errno::EINVAL);
        }
        match self.host.readlink_at(self.dir, path) {
            // Hosts differ in what they say of a file that is no link.
            Err(
                Errno::EINVAL
                | Errno::ENOENT
                | Errno::ENOTDIR
                | Errno::EIO
                | Errno::ENOSYS
                | Errno::EOPNOTSUPP,
            ) => {
                self.host.stat_at(self.dir, path, false)?;
                Err(Errno::EINVAL)
            }
            other => other,
        }
    }

    fn open(
        &self,
        _: &Kernel,
        path: &[u8],
        how: Open,
        follow: bool,
    ) -> Result<Box<dyn File>, Errno> {
        let host = &self.host;
        let mut existing = None;
        let wants_dir = how.has(O_DIRECTORY);
        if how.has(O_CREAT) || !wants_dir {
            existing = match host.stat_at(self.dir, path, follow) {
                Ok(stat) => Some(stat),
                Err(Errno::ENOENT) if how.has(O_CREAT) => None,
                Err(e) => return Err(e),
            };
        }
        if let Some(stat) = existing {
            if how.has(O_CREAT) && how.has(O_EXCL) {
                return Err(Errno::EEXIST);
            }
            if stat.file_type == FileType::Symlink {
                // A link that is not followed (O_PATH would make a handle of it).
                return if how.has(O_PATH) {
                    Ok(Box::new(Handle {
                        host: host.clone(),
                        dir: self.dir,
                        path: path.to_vec(),
                        overlay: self.overlay.clone(),
                    }))
                } else {
                    Err(Errno::ELOOP)
                };
            }
        }
        let is_dir = wants_dir || existing.is_some_and(|s| s.file_type == FileType::Directory);
        if is_dir
            && (how.writes() || how.has(O_CREAT))
            && existing.is_some_and(|s| s.file_type == FileType::Directory)
        {
            return Err(Errno::EISDIR);
        }
        let open = |read, write| {
            let how = OpenHow {
                read,
                write,
                create: how.has(O_CREAT),
                exclusive: how.has(O_EXCL) && how.has(O_CREAT),
                truncate: how.has(O_TRUNC) && write,
                directory: is_dir,
                append: false,
                follow,
            };
            host.open_at(self.dir, path, how)
        };
        let writes = how.writes() && !is_dir && !how.has(O_PATH);
        let fd = match open(true, writes) {
            // Write-only files may be unreadable to the host's user.
            Err(Errno::EACCES) if writes && !how.reads() => open(false, true)?,
            other => other?,
        };
        let file = HostFile {
            host: host.clone(),
            fd,
            overlay: self.overlay.clone(),
            is_dir,
            owned: true,
            stream: false,
            terminal: false,
        };
        if existing.is_none() && how.has(O_CREAT) {
            let stat = host.stat(fd)?;
            self.overlay.remember(
                &stat,
                SetAttr {
                    mode: Some(how.mode),
                    ..SetAttr::NONE
                },
            );
        }
        Ok(Box::new(file))
    }

    fn statfs(&self) -> Statfs {
        Statfs {
            f_type: EXT4_SUPER_MAGIC,
            f_bsize: 4096,
            f_frsize: 4096,
            f_blocks: 1 << 28,
            f_bfree: 1 << 27,
            f_bavail: 1 << 27,
            f_files: 1 << 24,
            f_ffree: 1 << 23,
            f_namelen: NAME_MAX as i64,
            ..Statfs::default()
        }
    }

    fn follows(&self) -> bool {
        true
    }

    fn mkdir(&self, _: &Kernel, path: &[u8], mode: u32) -> Result<(), Errno> {
        if path.is_empty() {
            return Err(Errno::EEXIST);
        }
        self.host.mkdir_at(self.dir, path)?;
        if mode != 0o755 {
            self.overlay.remember(
                &self.host.stat_at(self.dir, path, false)?,
                SetAttr {
                    mode: Some(mode),
                    ..SetAttr::NONE
                },
            );
        }
        Ok(())
    }

    fn mknod(&self, k: &Kernel, path: &[u8], mode: u32, _: u64) -> Result<(), Errno> {
        if mode & S_IFMT != S_IFREG && mode & S_IFMT != 0 {
            return Err(Errno::EPERM);
        }
        self.open(
            k,
            path,
            Open {
                flags: O_CREAT | O_EXCL | O_WRONLY,
                mode: mode & 0o7777,
            },
            false,
        )
        .map(drop)
    }

    fn rmdir(&self, path: &[u8]) -> Result<(), Errno> {
        self.removing(path, || self.host.rmdir_at(self.dir, path))
    }

    fn unlink(&self, path: &[u8]) -> Result<(), Errno> {
        self.removing(path, || match self.host.unlink_at(self.dir, path) {
            // POSIX lets a host say EPERM of a directory; Linux says EISDIR.
            Err(Errno::EPERM)
                if self
                    .host
                    .stat_at(self.dir, path, false)
                    .is_ok_and(|s| s.file_type == FileType::Directory) =>
            {
                Err(Errno::EISDIR)
            }
            other => other,
        })
    }

    fn rename(&self, from: &[u8], to_fs: &dyn FileSystem, to: &[u8]) -> Result<(), Errno> {
        let to_dir = to_fs.host_dir().ok_or(Errno::EXDEV)?;
        // What the new name replaces goes, unless both names are one file.
        let replaced = (!self.overlay.is_empty())
            .then(|| {
                let old = self.host.stat_at(to_dir, to, false).ok()?;
                let new = self.host.stat_at(self.dir, from, false).ok()?;
                ((old.dev, old.ino) != (new.dev, new.ino)).then_some(old)
            })
            .flatten();
        self.host.rename_at(self.dir, from, to_dir, to)?;
        if let Some(stat) = replaced {
            self.overlay.forget(&stat);
        }
        Ok(())
    }

    fn link(&self, from: &[u8], to_fs: &dyn FileSystem, to: &[u8]) -> Result<(), Errno> {
        self.host
            .link_at(self.dir, from, to_fs.host_dir().ok_or(Errno::EXDEV)?, to)
    }

    fn symlink(&self, _: &Kernel, target: &[u8], path: &[u8]) -> Result<(), Errno> {
        self.host.symlink_at(target, self.dir, path)
    }

    fn set_attr(&self, _: &Kernel, path: &[u8], follow: bool, set: SetAttr) -> Result<(), Errno> {
        let stat = self.host.stat_at(self.dir, path, follow)?;
        self.overlay.remember(&stat, set);
        if set.atime != SetTime::Omit || set.mtime != SetTime::Omit {
            self.host
                .set_times_at(self.dir, path, follow, set.atime, set.mtime)?;
        }
        Ok(())
    }

    fn host_dir(&self) -> Option<HostFd> {
        Some(self.dir)
    }
}

/// `O_PATH | O_NOFOLLOW` on a symbolic link: a name without a descriptor.
struct Handle {
    host: Rc<dyn Host>,
    dir: HostFd,
    path: Vec<u8>,
    overlay: Overlay,
}

impl File for Handle {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        let stat = self.host.stat_at(self.dir, &self.path, false)?;
        Ok(self.overlay.attr(k, &stat, || None))
    }
}

/// An open file or directory of the host, or one of the standard streams.
pub struct HostFile {
    host: Rc<dyn Host>,
    fd: HostFd,
    overlay: Overlay,
    is_dir: bool,
    /// Whether it is ours to close.
    owned: bool,
    /// The host keeps the position.
    stream: bool,
    terminal: bool,
}

impl HostFile {
    /// A standard stream, if the host has it. Its position is the host's, since others may share it.
    pub fn standard(host: &Rc<dyn Host>, fd: HostFd, overlay: &Overlay) -> Result<Self, Errno> {
        let file_type = host.file_type(fd)?;
        Ok(Self {
            host: host.clone(),
            fd,
            overlay: overlay.clone(),
            is_dir: file_type == FileType::Directory,
            owned: false,
            stream: true,
            terminal: host.is_terminal(fd),
        })
    }
}

impl Drop for HostFile {
    fn drop(&mut self) {
        if self.owned {
            self.host.close(self.fd);
        }
    }
}

impl File for HostFile {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        let stat = match self.host.stat(self.fd) {
            // Streams of some hosts have no attributes.
            Err(_) if self.stream => HostStat {
                dev: 0,
                ino: u64::from(self.fd) + 1,
                file_type: if self.terminal {
                    FileType::Character
                } else {
                    FileType::Unknown
                },
                nlink: 1,
                size: 0,
                atime: 0,
                mtime: 0,
                ctime: 0,
            },
            other => other?,
        };
        Ok(self.overlay.attr(k, &stat, || start(&*self.host, self.fd)))
    }

    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno> {
        if self.stream {
            self.host.read(self.fd, bufs)
        } else {
            self.host.pread(self.fd, bufs, offset)
        }
    }

    fn write(&self, _: &Kernel, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno> {
        if self.stream {
            self.host.write(self.fd, bufs)
        } else {
            self.host.pwrite(self.fd, bufs, offset)
        }
    }

    fn seekable(&self) -> bool {
        !self.stream
    }

    fn host_seek(&self, offset: i64, whence: u32) -> Result<u64, Errno> {
        let whence = match whence {
            SEEK_SET => Whence::Set,
            SEEK_CUR => Whence::Current,
            SEEK_END => Whence::End,
            _ => return Err(Errno::EINVAL),
        };
        // A character device or a pipe cannot seek, whatever the host lets happen.
        match self.host.file_type(self.fd)? {
            FileType::Regular | FileType::Block => self.host.seek(self.fd, offset, whence),
            _ => Err(Errno::ESPIPE),
        }
    }

    fn truncate(&self, len: u64) -> Result<(), Errno> {
        self.host.set_size(self.fd, len)
    }

    fn sync(&self, data_only: bool) -> Result<(), Errno> {
        if self.is_dir {
            Ok(())
        } else {
            self.host.sync(self.fd, data_only)
        }
    }

    fn set_attr(&self, _: &Kernel, set: SetAttr) -> Result<(), Errno> {
        self.overlay.remember(&self.host.stat(self.fd)?, set);
        if set.atime != SetTime::Omit || set.mtime != SetTime::Omit {
            self.host.set_times(self.fd, set.atime, set.mtime)?;
        }
        Ok(())
    }

    fn list(&self, _: &Kernel) -> Result<Vec<DirEntry>, Errno> {
        if !self.is_dir {
            return Err(Errno::ENOTDIR);
        }
        let mut entries = self.host.read_dir(self.fd)?;
        entries.retain(|e| e.name != b"." && e.name != b"..");
        let entry = |e: HostEntry| {
            // Some hosts do not know inode numbers here, and libraries skip entries with 0.
            let ino = match e.ino {
                0 => self
                    .host
                    .stat_at(self.fd, &e.name, false)
                    .map_or(1, |s| s.ino.max(1)),
                ino => ino,
            };
            DirEntry {
                name: e.name,
                ino,
                kind: host_dirent_kind(e.file_type),
            }
        };
        Ok(entries.into_iter().map(entry).collect())
    }

    fn is_dir(&self) -> bool {
        self.is_dir
    }

    fn is_terminal(&self) -> bool {
        self.terminal
    }

    fn is_pipe(&self) -> bool {
        self.stream
            && !matches!(
                self.host.file_type(self.fd),
                Ok(FileType::Regular | FileType::Block)
            )
    }

    fn is_standard(&self) -> bool {
        self.stream && self.fd < 3
    }

    fn readiness(&self, _: &Kernel) -> Readiness {
        if self.stream {
            Readiness::Host(self.fd)
        } else {
            Readiness::Known {
                readable: true,
                writable: true,
                hangup: false,
            }
        }
    }

    fn anonymous_name(&self) -> Option<Vec<u8>> {
        self.stream.then(|| {
            if self.terminal {
                b"/dev/tty".to_vec()
            } else {
                alloc::format!("pipe:[{}]", self.fd + 1).into_bytes()
            }
        })
    }
}
