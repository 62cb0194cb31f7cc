//! [`Host`] over WASI preview 1.

use alloc::vec;
use alloc::vec::Vec;

use elfconv_abi::Errno;

mod imports;

use imports::*;

use super::{Clock, Event, FileType, Host, HostEntry, HostFd, HostStat, OpenHow, SetTime, Whence};

fn check(code: u16) -> Result<(), Errno> {
    match code {
        0 => Ok(()),
        code => Err(ERRNO.get(usize::from(code)).copied().unwrap_or(Errno::EIO)),
    }
}

fn file_type(t: u8) -> FileType {
    match t {
        1 => FileType::Block,
        2 => FileType::Character,
        3 => FileType::Directory,
        4 => FileType::Regular,
        5 | 6 => FileType::Socket,
        7 => FileType::Symlink,
        _ => FileType::Unknown,
    }
}

fn host_stat(s: &Filestat) -> HostStat {
    HostStat {
        dev: s.dev,
        ino: s.ino,
        file_type: file_type(s.filetype),
        nlink: s.nlink,
        size: s.size,
        atime: s.atim,
        mtime: s.mtim,
        ctime: s.ctim,
    }
}

fn set_time(time: SetTime, at: u16, now: u16) -> (u64, u16) {
    match time {
        SetTime::Omit => (0, 0),
        SetTime::Now => (0, now),
        SetTime::At(ns) => (ns, at),
    }
}

/// An empty path is the directory itself.
fn path(p: &[u8]) -> (*const u8, u32) {
    let p = if p.is_empty() { b"." } else { p };
    (p.as_ptr(), p.len() as u32)
}

/// Hands slices to a WASI call, at most `MAX_IOVECS` in one go.
const MAX_IOVECS: usize = 16;

fn transfer<'a>(
    bufs: impl Iterator<Item = (*const u8, usize)> + 'a,
    call: impl FnOnce(*const Iovec, u32, *mut u32) -> u16,
) -> Result<usize, Errno> {
    let mut iovecs = [Iovec { ptr: 0, len: 0 }; MAX_IOVECS];
    let mut count = 0;
    for ((ptr, len), iovec) in bufs.filter(|b| b.1 > 0).zip(&mut iovecs) {
        *iovec = Iovec {
            ptr: ptr.expose_provenance() as u32,
            len: len as u32,
        };
        count += 1;
    }
    if count == 0 {
        count = 1;
        iovecs[0].ptr = 65536;
    }
    let mut done = 0;
    check(call(iovecs.as_ptr(), count, &mut done))?;
    Ok(done as usize)
}

/// Transfers all bytes, in as many calls as it takes: some hosts (Wasmtime) take only the first slice of a call, where Linux takes them all. `call` gets the
/// number of bytes before the ones it is about. An error after some bytes is the next call's.
fn transfer_all(
    bufs: &[(*const u8, usize)],
    call: impl Fn(*const Iovec, u32, *mut u32, u64) -> u16,
) -> Result<usize, Errno> {
    let total: usize = bufs.iter().map(|b| b.1).sum();
    let mut done = 0;
    loop {
        let mut skipped = done;
        let rest = bufs.iter().map(|&(ptr, len)| {
            let skip = skipped.min(len);
            skipped -= skip;
            (ptr.wrapping_add(skip), len - skip)
        });
        match transfer(rest, |p, n, out| call(p, n, out, done as u64)) {
            Ok(0) => return Ok(done),
            Ok(n) if done + n >= total => return Ok(done + n),
            Ok(n) => done += n,
            Err(_) if done > 0 => return Ok(done),
            Err(error) => return Err(error),
        }
    }
}

fn strings(
    sizes: unsafe extern "C" fn(*mut u32, *mut u32) -> u16,
    get: unsafe extern "C" fn(*mut u32, *mut u8) -> u16,
) -> Vec<Vec<u8>> {
    let (mut count, mut size) = (0, 0);
    // SAFETY: the host writes two words.
    if unsafe { sizes(&mut count, &mut size) } != 0 {
        return Vec::new();
    }
    let mut pointers = vec![0u32; count as usize + 1];
    let mut buf = vec![0u8; size as usize + 1];
    // SAFETY: both buffers are as large as the host asked for.
    if unsafe { get(pointers.as_mut_ptr(), buf.as_mut_ptr()) } != 0 {
        return Vec::new();
    }
    let mut rest = &buf[..size as usize];
    let mut all = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let end = rest.iter().position(|&b| b == 0).unwrap_or(rest.len());
        all.push(rest[..end].to_vec());
        rest = rest.get(end + 1..).unwrap_or(&[]);
    }
    all
}

/// The WASI host.
pub struct Wasi;

const LOOKUP_FOLLOW: u32 = 1;
const FDFLAGS_APPEND: u16 = 1;

// Rights, for hosts that still look at them (node): those that a regular file or a directory can have, by use.
const RIGHT_FD_DATASYNC: u64 = 1;
const RIGHT_FD_READ: u64 = 1 << 1;
const RIGHT_FD_SEEK: u64 = 1 << 2;
const RIGHT_FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
const RIGHT_FD_SYNC: u64 = 1 << 4;
const RIGHT_FD_TELL: u64 = 1 << 5;
const RIGHT_FD_WRITE: u64 = 1 << 6;
const RIGHT_FD_ADVISE: u64 = 1 << 7;
const RIGHT_FD_ALLOCATE: u64 = 1 << 8;
const RIGHT_FD_READDIR: u64 = 1 << 14;
const RIGHT_FD_FILESTAT_GET: u64 = 1 << 21;
const RIGHT_FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
const RIGHT_FD_FILESTAT_SET_TIMES: u64 = 1 << 23;
const RIGHT_POLL_FD_READWRITE: u64 = 1 << 27;

// SAFETY (all calls below): pointers come from live slices or locals of the types that WASI defines, with their lengths.
impl Host for Wasi {
    fn args(&self) -> Vec<Vec<u8>> {
        strings(args_sizes_get, args_get)
    }

    fn environ(&self) -> Vec<Vec<u8>> {
        strings(environ_sizes_get, environ_get)
    }

    fn preopens(&self) -> Vec<(HostFd, Vec<u8>)> {
        let mut all = Vec::new();
        for fd in 3.. {
            let mut prestat = Prestat::default();
            if unsafe { fd_prestat_get(fd, &mut prestat) } != 0 {
                break;
            }
            if prestat.tag != 0 {
                continue;
            }
            let mut name = vec![0u8; prestat.name_len as usize];
            if unsafe { fd_prestat_dir_name(fd, name.as_mut_ptr(), prestat.name_len) } == 0 {
                // Some hosts count a terminating zero.
                while name.last() == Some(&0) {
                    name.pop();
                }
                all.push((fd, name));
            }
        }
        all
    }

    fn exit(&self, code: u32) -> ! {
        unsafe { proc_exit(code) }
    }

    fn now(&self, clock: Clock) -> u64 {
        let mut time = 0;
        unsafe { clock_time_get(clock as u32, 1, &mut time) };
        time
    }

    fn resolution(&self, clock: Clock) -> u64 {
        let mut time = 1;
        unsafe { clock_res_get(clock as u32, &mut time) };
        time.max(1)
    }

    fn random(&self, buf: &mut [u8]) -> Result<(), Errno> {
        // Browsers give at most 64 KiB in one call.
        buf.chunks_mut(65536).try_for_each(|chunk| {
            check(unsafe { random_get(chunk.as_mut_ptr(), chunk.len() as u32) })
        })
    }

    fn poll(&self, events: &[Event], timeout: Option<u64>) -> Result<Vec<bool>, Errno> {
        let mut subs: Vec<Subscription> = Vec::with_capacity(events.len() + 1);
        for (i, event) in events.iter().enumerate() {
            let (tag, id_or_fd) = match *event {
                Event::Readable(fd) => (1, fd),
                Event::Writable(fd) => (2, fd),
            };
            subs.push(Subscription {
                userdata: i as u64,
                tag,
                id_or_fd,
                ..Subscription::default()
            });
        }
        if let Some(timeout) = timeout {
            subs.push(Subscription {
                userdata: u64::MAX,
                tag: 0,
                id_or_fd: Clock::Monotonic as u32,
                timeout,
                ..Subscription::default()
            });
        }
        let mut ready = vec![false; events.len()];
        if subs.is_empty() {
            return Ok(ready);
        }
        let mut occurred = vec![Occurrence::default(); subs.len()];
        let mut count = 0;
        check(unsafe {
            poll_oneoff(
                subs.as_ptr(),
                occurred.as_mut_ptr(),
                subs.len() as u32,
                &mut count,
            )
        })?;
        for o in occurred.iter().take(count as usize) {
            if let Some(ready) = ready.get_mut(o.userdata as usize) {
                *ready = true;
            }
        }
        Ok(ready)
    }

    fn file_type(&self, fd: HostFd) -> Result<FileType, Errno> {
        let mut stat = Fdstat::default();
        check(unsafe { fd_fdstat_get(fd, &mut stat) })?;
        Ok(file_type(stat.filetype))
    }

    fn is_terminal(&self, fd: HostFd) -> bool {
        let mut stat = Fdstat::default();
        // What WASI libraries go by: a terminal cannot seek.
        let known = unsafe { fd_fdstat_get(fd, &mut stat) } == 0;
        known
            && file_type(stat.filetype) == FileType::Character
            && stat.rights_base & (RIGHT_FD_SEEK | RIGHT_FD_TELL) == 0
    }

    fn read(&self, fd: HostFd, bufs: &mut [&mut [u8]]) -> Result<usize, Errno> {
        transfer(
            bufs.iter_mut()
                .map(|b| (b.as_mut_ptr().cast_const(), b.len())),
            |p, n, out| unsafe { fd_read(fd, p, n, out) },
        )
    }

    fn write(&self, fd: HostFd, bufs: &[&[u8]]) -> Result<usize, Errno> {
        let bufs: Vec<_> = bufs.iter().map(|b| (b.as_ptr(), b.len())).collect();
        transfer_all(&bufs, |p, n, out, _| unsafe { fd_write(fd, p, n, out) })
    }

    fn pread(&self, fd: HostFd, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno> {
        let bufs: Vec<_> = bufs
            .iter_mut()
            .map(|b| (b.as_mut_ptr().cast_const(), b.len()))
            .collect();
        transfer_all(&bufs, |p, n, out, done| unsafe {
            fd_pread(fd, p, n, offset + done, out)
        })
    }

    fn pwrite(&self, fd: HostFd, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno> {
        let bufs: Vec<_> = bufs.iter().map(|b| (b.as_ptr(), b.len())).collect();
        transfer_all(&bufs, |p, n, out, done| unsafe {
            fd_pwrite(fd, p, n, offset + done, out)
        })
    }

    fn seek(&self, fd: HostFd, offset: i64, whence: Whence) -> Result<u64, Errno> {
        let mut position = 0;
        check(unsafe { fd_seek(fd, offset, whence as u8, &mut position) })?;
        Ok(position)
    }

    fn sync(&self, fd: HostFd, data_only: bool) -> Result<(), Errno> {
        check(unsafe {
            if data_only {
                fd_datasync(fd)
            } else {
                fd_sync(fd)
            }
        })
    }

    fn set_size(&self, fd: HostFd, size: u64) -> Result<(), Errno> {
        check(unsafe { fd_filestat_set_size(fd, size) })
    }

    fn stat(&self, fd: HostFd) -> Result<HostStat, Errno> {
        let mut stat = Filestat::default();
        check(unsafe { fd_filestat_get(fd, &mut stat) })?;
        Ok(host_stat(&stat))
    }

    fn set_times(&self, fd: HostFd, atime: SetTime, mtime: SetTime) -> Result<(), Errno> {
        let ((atim, a), (mtim, m)) = (set_time(atime, 1, 2), set_time(mtime, 4, 8));
        check(unsafe { fd_filestat_set_times(fd, atim, mtim, a | m) })
    }

    fn set_append(&self, fd: HostFd, append: bool) -> Result<(), Errno> {
        check(unsafe { fd_fdstat_set_flags(fd, if append { FDFLAGS_APPEND } else { 0 }) })
    }

    fn read_dir(&self, fd: HostFd) -> Result<Vec<HostEntry>, Errno> {
        const HEADER: usize = core::mem::size_of::<Dirent>();
        let mut entries = Vec::new();
        let mut buf = vec![0u8; 8192];
        let mut cookie = 0;
        loop {
            let mut used = 0;
            check(unsafe {
                fd_readdir(fd, buf.as_mut_ptr(), buf.len() as u32, cookie, &mut used)
            })?;
            let used = (used as usize).min(buf.len());
            let mut at = 0;
            let before = cookie;
            while at + HEADER <= used {
                // SAFETY: a header's bytes are there; any bytes are a header.
                let dirent: Dirent =
                    unsafe { core::ptr::read_unaligned(buf[at..].as_ptr().cast()) };
                let Some(name) = buf[..used].get(at + HEADER..at + HEADER + dirent.namlen as usize)
                else {
                    break;
                };
                entries.push(HostEntry {
                    name: name.to_vec(),
                    ino: dirent.ino,
                    file_type: file_type(dirent.filetype),
                });
                cookie = dirent.next;
                at += HEADER + dirent.namlen as usize;
            }
            if used < buf.len() {
                return Ok(entries);
            }
            if cookie == before {
                // Not even one name fits.
                buf.resize(buf.len() * 2, 0);
            }
        }
    }

    fn close(&self, fd: HostFd) {
        unsafe { fd_close(fd) };
    }

    fn open_at(&self, dir: HostFd, p: &[u8], how: OpenHow) -> Result<HostFd, Errno> {
        let (ptr, len) = path(p);
        let oflags = u16::from(how.create)
            | u16::from(how.directory) << 1
            | u16::from(how.exclusive) << 2
            | u16::from(how.truncate) << 3;
        let mut rights = RIGHT_FD_FILESTAT_GET
            | RIGHT_FD_FILESTAT_SET_TIMES
            | RIGHT_FD_SYNC
            | RIGHT_FD_ADVISE
            | RIGHT_POLL_FD_READWRITE;
        if how.directory {
            rights |= RIGHT_FD_READDIR;
        } else {
            rights |= RIGHT_FD_SEEK | RIGHT_FD_TELL | RIGHT_FD_FDSTAT_SET_FLAGS;
            if how.read {
                rights |= RIGHT_FD_READ;
            }
            if how.write {
                rights |= RIGHT_FD_WRITE
                    | RIGHT_FD_DATASYNC
                    | RIGHT_FD_ALLOCATE
                    | RIGHT_FD_FILESTAT_SET_SIZE;
            }
        }
        let mut fd = 0;
        check(unsafe {
            path_open(
                dir,
                if how.follow { LOOKUP_FOLLOW } else { 0 },
                ptr,
                len,
                oflags,
                rights,
                0,
                if how.append { FDFLAGS_APPEND } else { 0 },
                &mut fd,
            )
        })?;
        Ok(fd)
    }

    fn stat_at(&self, dir: HostFd, p: &[u8], follow: bool) -> Result<HostStat, Errno> {
        let (ptr, len) = path(p);
        let mut stat = Filestat::default();
        check(unsafe { path_filestat_get(dir, u32::from(follow), ptr, len, &mut stat) })?;
        Ok(host_stat(&stat))
    }

    fn set_times_at(
        &self,
        dir: HostFd,
        p: &[u8],
        follow: bool,
        atime: SetTime,
        mtime: SetTime,
    ) -> Result<(), Errno> {
        let (ptr, len) = path(p);
        let ((atim, a), (mtim, m)) = (set_time(atime, 1, 2), set_time(mtime, 4, 8));
        check(unsafe {
            path_filestat_set_times(dir, u32::from(follow), ptr, len, atim, mtim, a | m)
        })
    }

    fn mkdir_at(&self, dir: HostFd, p: &[u8]) -> Result<(), Errno> {
        let (ptr, len) = path(p);
        check(unsafe { path_create_directory(dir, ptr, len) })
    }

    fn rmdir_at(&self, dir: HostFd, p: &[u8]) -> Result<(), Errno> {
        let (ptr, len) = path(p);
        check(unsafe { path_remove_directory(dir, ptr, len) })
    }

    fn unlink_at(&self, dir: HostFd, p: &[u8]) -> Result<(), Errno> {
        let (ptr, len) = path(p);
        check(unsafe { path_unlink_file(dir, ptr, len) })
    }

    fn rename_at(&self, dir: HostFd, p: &[u8], to_dir: HostFd, to: &[u8]) -> Result<(), Errno> {
        let ((ptr, len), (to_ptr, to_len)) = (path(p), path(to));
        check(unsafe { path_rename(dir, ptr, len, to_dir, to_ptr, to_len) })
    }

    fn link_at(&self, dir: HostFd, p: &[u8], to_dir: HostFd, to: &[u8]) -> Result<(), Errno> {
        let ((ptr, len), (to_ptr, to_len)) = (path(p), path(to));
        check(unsafe { path_link(dir, 0, ptr, len, to_dir, to_ptr, to_len) })
    }

    fn symlink_at(&self, target: &[u8], dir: HostFd, p: &[u8]) -> Result<(), Errno> {
        let (ptr, len) = path(p);
        check(unsafe { path_symlink(target.as_ptr(), target.len() as u32, dir, ptr, len) })
    }

    fn readlink_at(&self, dir: HostFd, p: &[u8]) -> Result<Vec<u8>, Errno> {
        let (ptr, len) = path(p);
        let mut buf = vec![0u8; elfconv_abi::fs::PATH_MAX];
        let mut used = 0;
        check(unsafe {
            path_readlink(dir, ptr, len, buf.as_mut_ptr(), buf.len() as u32, &mut used)
        })?;
        buf.truncate(used as usize);
        Ok(buf)
    }
}
