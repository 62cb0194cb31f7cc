//! [`Host`] over the standard library, for tests on Linux.
//!
//! It behaves as WASI does: paths stay inside their directory (`EPERM` otherwise), standard streams are given and collected in memory, and ending the process
//! is a panic with [`Exit`] as its payload.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirEntryExt, FileExt, FileTypeExt, MetadataExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::vec::Vec;

use elfconv_abi::Errno;

use super::{Clock, Event, FileType, Host, HostEntry, HostFd, HostStat, OpenHow, SetTime, Whence};

/// The panic that ends the process: its exit code.
pub struct Exit(pub u32);

struct Opened {
    file: File,
    path: PathBuf,
}

/// Standard streams: what is read, and what was written to stdout and stderr.
#[derive(Default)]
pub struct Streams {
    pub input: Vec<u8>,
    pub output: Vec<u8>,
    pub errors: Vec<u8>,
}

/// A host for one test.
pub struct Native {
    args: Vec<Vec<u8>>,
    environ: Vec<Vec<u8>>,
    preopens: Vec<(HostFd, Vec<u8>)>,
    opened: RefCell<BTreeMap<HostFd, Opened>>,
    start: Instant,
    /// Shared with the test.
    pub streams: Rc<RefCell<Streams>>,
}

fn errno(error: &io::Error) -> Errno {
    Errno(error.raw_os_error().unwrap_or(5) as u16)
}

fn io<T>(result: io::Result<T>) -> Result<T, Errno> {
    result.map_err(|e| errno(&e))
}

fn file_type(t: fs::FileType) -> FileType {
    if t.is_file() {
        FileType::Regular
    } else if t.is_dir() {
        FileType::Directory
    } else if t.is_symlink() {
        FileType::Symlink
    } else if t.is_char_device() {
        FileType::Character
    } else if t.is_block_device() {
        FileType::Block
    } else if t.is_socket() {
        FileType::Socket
    } else {
        FileType::Unknown
    }
}

fn host_stat(m: &Metadata) -> HostStat {
    let ns = |seconds: i64, ns: i64| seconds as u64 * 1_000_000_000 + ns as u64;
    HostStat {
        dev: m.dev(),
        ino: m.ino(),
        file_type: file_type(m.file_type()),
        nlink: m.nlink(),
        size: m.size(),
        atime: ns(m.atime(), m.atime_nsec()),
        mtime: ns(m.mtime(), m.mtime_nsec()),
        ctime: ns(m.ctime(), m.ctime_nsec()),
    }
}

fn set_file_times(file: &File, atime: SetTime, mtime: SetTime) -> Result<(), Errno> {
    let old = io(file.metadata())?;
    let time = |set, old: io::Result<SystemTime>| match set {
        SetTime::Omit => io(old),
        SetTime::Now => Ok(SystemTime::now()),
        SetTime::At(ns) => Ok(UNIX_EPOCH + Duration::from_nanos(ns)),
    };
    let times = FileTimes::new()
        .set_accessed(time(atime, old.accessed())?)
        .set_modified(time(mtime, old.modified())?);
    io(file.set_times(times))
}

impl Native {
    /// A host with these arguments, environment strings and directories (host path, guest name).
    pub fn new(args: &[&str], environ: &[&str], dirs: &[(&Path, &str)]) -> Self {
        let bytes = |all: &[&str]| all.iter().map(|s| s.as_bytes().to_vec()).collect();
        let mut opened = BTreeMap::new();
        let mut preopens = Vec::new();
        for (fd, (path, name)) in (3..).zip(dirs) {
            if let (Ok(file), Ok(path)) = (File::open(path), path.canonicalize()) {
                opened.insert(fd, Opened { file, path });
                preopens.push((fd, name.as_bytes().to_vec()));
            }
        }
        Self {
            args: bytes(args),
            environ: bytes(environ),
            preopens,
            opened: RefCell::new(opened),
            start: Instant::now(),
            streams: Rc::default(),
        }
    }

    /// The host path of a path in a directory, which it must not leave.
    fn path(&self, dir: HostFd, path: &[u8], follow: bool) -> Result<PathBuf, Errno> {
        let opened = self.opened.borrow();
        let root = &opened.get(&dir).ok_or(Errno::EBADF)?.path;
        let path = Path::new(OsStr::from_bytes(path));
        if path
            .components()
            .any(|c| !matches!(c, Component::Normal(_) | Component::CurDir))
        {
            return Err(Errno::EPERM);
        }
        let full = root.join(path);
        let reached = if follow && fs::symlink_metadata(&full).is_ok() {
            full.canonicalize()
        } else {
            full.parent().unwrap_or(root).canonicalize()
        };
        // The parent of the directory itself is outside of it.
        if path.components().any(|c| matches!(c, Component::Normal(_)))
            && !io(reached)?.starts_with(root)
        {
            return Err(Errno::EPERM);
        }
        Ok(full)
    }

    fn with_file<R>(
        &self,
        fd: HostFd,
        use_it: impl FnOnce(&File) -> io::Result<R>,
    ) -> Result<R, Errno> {
        let opened = self.opened.borrow();
        io(use_it(&opened.get(&fd).ok_or(Errno::EBADF)?.file))
    }
}

impl Host for Native {
    fn args(&self) -> Vec<Vec<u8>> {
        self.args.clone()
    }
    fn environ(&self) -> Vec<Vec<u8>> {
        self.environ.clone()
    }
    fn preopens(&self) -> Vec<(HostFd, Vec<u8>)> {
        self.preopens.clone()
    }
    fn exit(&self, code: u32) -> ! {
        std::panic::resume_unwind(std::boxed::Box::new(Exit(code)))
    }
    fn now(&self, clock: Clock) -> u64 {
        match clock {
            Clock::Realtime => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| d.as_nanos() as u64),
            Clock::Monotonic => 1_000_000_000 + self.start.elapsed().as_nanos() as u64,
        }
    }
    fn resolution(&self, _: Clock) -> u64 {
        1
    }
    fn random(&self, buf: &mut [u8]) -> Result<(), Errno> {
        io(File::open("/dev/urandom").and_then(|mut f| io::Read::read_exact(&mut f, buf)))
    }
    fn poll(&self, events: &[Event], timeout: Option<u64>) -> Result<Vec<bool>, Errno> {
        if events.is_empty() {
            std::thread::sleep(Duration::from_nanos(timeout.unwrap_or(0)));
        }
        Ok(events.iter().map(|_| true).collect())
    }

    fn file_type(&self, fd: HostFd) -> Result<FileType, Errno> {
        if fd < 3 {
            Ok(FileType::Unknown)
        } else {
            self.with_file(fd, |f| Ok(file_type(f.metadata()?.file_type())))
        }
    }
    fn is_terminal(&self, _: HostFd) -> bool {
        false
    }
    fn read(&self, fd: HostFd, bufs: &mut [&mut [u8]]) -> Result<usize, Errno> {
        if fd != 0 {
            return Err(Errno::EBADF);
        }
        let input = &mut self.streams.borrow_mut().input;
        let mut done = 0;
        for buf in bufs {
            let n = buf.len().min(input.len());
            buf[..n].copy_from_slice(&input[..n]);
            input.drain(..n);
            done += n;
        }
        Ok(done)
    }
    fn write(&self, fd: HostFd, bufs: &[&[u8]]) -> Result<usize, Errno> {
        let mut streams = self.streams.borrow_mut();
        let to = match fd {
            1 => &mut streams.output,
            2 => &mut streams.errors,
            _ => return Err(Errno::EBADF),
        };
        bufs.iter().for_each(|b| to.extend_from_slice(b));
        Ok(bufs.iter().map(|b| b.len()).sum())
    }
    fn pread(&self, fd: HostFd, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno> {
        self.with_file(fd, |file| {
            let mut done = 0;
            for buf in bufs {
                let n = file.read_at(buf, offset + done as u64)?;
                done += n;
                if n < buf.len() {
                    break;
                }
            }
            Ok(done)
        })
    }
    fn pwrite(&self, fd: HostFd, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno> {
        self.with_file(fd, |file| {
            let mut done = 0;
            for buf in bufs {
                file.write_all_at(buf, offset + done as u64)?;
                done += buf.len();
            }
            Ok(done)
        })
    }
    fn seek(&self, fd: HostFd, offset: i64, whence: Whence) -> Result<u64, Errno> {
        use io::{Seek, SeekFrom};
        let to = match whence {
            Whence::Set => SeekFrom::Start(offset as u64),
            Whence::Current => SeekFrom::Current(offset),
            Whence::End => SeekFrom::End(offset),
        };
        self.with_file(fd, |mut file| file.seek(to))
    }
    fn sync(&self, fd: HostFd, _: bool) -> Result<(), Errno> {
        self.with_file(fd, File::sync_all)
    }
    fn set_size(&self, fd: HostFd, size: u64) -> Result<(), Errno> {
        self.with_file(fd, |f| f.set_len(size))
    }
    fn stat(&self, fd: HostFd) -> Result<HostStat, Errno> {
        self.with_file(fd, |f| Ok(host_stat(&f.metadata()?)))
    }
    fn set_times(&self, fd: HostFd, atime: SetTime, mtime: SetTime) -> Result<(), Errno> {
        set_file_times(
            &self.opened.borrow().get(&fd).ok_or(Errno::EBADF)?.file,
            atime,
            mtime,
        )
    }
    fn set_append(&self, _: HostFd, _: bool) -> Result<(), Errno> {
        Ok(())
    }
    fn read_dir(&self, fd: HostFd) -> Result<Vec<HostEntry>, Errno> {
        let path = self
            .opened
            .borrow()
            .get(&fd)
            .ok_or(Errno::EBADF)?
            .path
            .clone();
        let mut all = Vec::new();
        for entry in io(fs::read_dir(path))? {
            let entry = io(entry)?;
            all.push(HostEntry {
                name: entry.file_name().into_vec(),
                ino: entry.ino(),
                file_type: file_type(io(entry.file_type())?),
            });
        }
        Ok(all)
    }
    fn close(&self, fd: HostFd) {
        self.opened.borrow_mut().remove(&fd);
    }

    fn open_at(&self, dir: HostFd, path: &[u8], how: OpenHow) -> Result<HostFd, Errno> {
        let path = self.path(dir, path, how.follow)?;
        if !how.follow && fs::symlink_metadata(&path).is_ok_and(|m| m.is_symlink()) {
            return Err(Errno::ELOOP);
        }
        if how.directory && !io(fs::metadata(&path))?.is_dir() {
            return Err(Errno::ENOTDIR);
        }
        let file = OpenOptions::new()
            .read(how.read)
            .write(how.write)
            .create(how.create && how.write)
            .create_new(how.exclusive && how.write)
            .truncate(how.truncate)
            .open(&path);
        let file = match file {
            // Without write access the standard library creates nothing.
            Err(e) if e.kind() == io::ErrorKind::NotFound && how.create => OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path),
            other => other,
        };
        let file = io(file)?;
        let mut opened = self.opened.borrow_mut();
        let fd = opened.keys().next_back().map_or(3, |last| last + 1);
        opened.insert(fd, Opened { file, path });
        Ok(fd)
    }
    fn stat_at(&self, dir: HostFd, path: &[u8], follow: bool) -> Result<HostStat, Errno> {
        let path = self.path(dir, path, follow)?;
        Ok(host_stat(&io(if follow {
            fs::metadata(path)
        } else {
            fs::symlink_metadata(path)
        })?))
    }
    fn set_times_at(
        &self,
        dir: HostFd,
        path: &[u8],
        follow: bool,
        atime: SetTime,
        mtime: SetTime,
    ) -> Result<(), Errno> {
        let path = self.path(dir, path, follow)?;
        if !follow && io(fs::symlink_metadata(&path))?.is_symlink() {
            return Ok(());
        }
        set_file_times(&io(File::open(path))?, atime, mtime)
    }
    fn mkdir_at(&self, dir: HostFd, path: &[u8]) -> Result<(), Errno> {
        io(fs::create_dir(self.path(dir, path, false)?))
    }
    fn rmdir_at(&self, dir: HostFd, path: &[u8]) -> Result<(), Errno> {
        io(fs::remove_dir(self.path(dir, path, false)?))
    }
    fn unlink_at(&self, dir: HostFd, path: &[u8]) -> Result<(), Errno> {
        io(fs::remove_file(self.path(dir, path, false)?))
    }
    fn rename_at(&self, dir: HostFd, path: &[u8], to_dir: HostFd, to: &[u8]) -> Result<(), Errno> {
        io(fs::rename(
            self.path(dir, path, false)?,
            self.path(to_dir, to, false)?,
        ))
    }
    fn link_at(&self, dir: HostFd, path: &[u8], to_dir: HostFd, to: &[u8]) -> Result<(), Errno> {
        io(fs::hard_link(
            self.path(dir, path, false)?,
            self.path(to_dir, to, false)?,
        ))
    }
    fn symlink_at(&self, target: &[u8], dir: HostFd, path: &[u8]) -> Result<(), Errno> {
        io(symlink(
            OsStr::from_bytes(target),
            self.path(dir, path, false)?,
        ))
    }
    fn readlink_at(&self, dir: HostFd, path: &[u8]) -> Result<Vec<u8>, Errno> {
        Ok(io(fs::read_link(self.path(dir, path, false)?))?
            .into_os_string()
            .into_vec())
    }
}
