//! Descriptors: opening, closing, duplicating, positions, flags, pipes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::SysResult;
use super::args::{DirFd, Fd, Flags, Mode, Path, User, UserMut};
use crate::kernel::Kernel;
use crate::vfs::{File, FileSystem, Follow, Open, OpenFile, pipe};

/// Status flags that `F_GETFL` shows.
const STATUS: u32 = O_ACCMODE
    | O_APPEND
    | O_NONBLOCK
    | O_DSYNC
    | O_SYNC
    | O_DIRECT
    | O_LARGEFILE
    | O_NOATIME
    | O_PATH
    | O_DIRECTORY
    | O_NOFOLLOW;
/// Status flags that `F_SETFL` changes.
const CHANGEABLE: u32 = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

pub fn openat(k: &mut Kernel, dir: DirFd, path: Path, flags: Mode, mode: Mode) -> SysResult {
    let path = path.read(k)?;
    let file = match k.thread.call.opened.take() {
        Some(file) => file,
        None => open(k, dir.0, &path, flags.0, mode.0)?,
    };
    if !file.file.has_met() && flags.0 & O_PATH == 0 {
        // A FIFO waits for its other end.
        if flags.0 & O_NONBLOCK == 0 {
            k.thread.call.opened = Some(file.clone());
            return Err(k.block_on(&file, crate::sched::MET));
        }
    }
    let limit = k.fd_limit();
    k.fds.add(file, 0, flags.0 & O_CLOEXEC != 0, limit)
}

/// Opens a path.
pub fn open(
    k: &mut Kernel,
    dir: i32,
    path: &[u8],
    mut flags: u32,
    mode: u32,
) -> Result<alloc::rc::Rc<OpenFile>, Errno> {
    if flags & O_PATH != 0 {
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    } else {
        // As a 64-bit Linux does.
        flags |= O_LARGEFILE;
    }
    if flags & O_TMPFILE_BIT != 0 {
        // Callers fall back to a named file.
        return Err(Errno::EOPNOTSUPP);
    }
    let how = Open {
        flags,
        mode: mode & 0o7777 & !k.umask,
    };
    let exclusive = flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL;
    let follow = if flags & O_NOFOLLOW != 0 || exclusive {
        Follow::No
    } else {
        Follow::Yes
    };
    k.at(dir, path, follow, |k, place| {
        if place.must_be_dir {
            if how.has(O_CREAT) {
                return Err(Errno::EISDIR);
            }
            if !place.stat(k)?.is_dir() {
                return Err(Errno::ENOTDIR);
            }
        }
        let file = place.fs.open(k, &place.rest, how, place.follow)?;
        if how.has(O_DIRECTORY) && !file.is_dir() {
            return Err(Errno::ENOTDIR);
        }
        Ok(OpenFile::new(file, flags & STATUS, place.path.clone()))
    })
}

pub fn close(k: &mut Kernel, fd: Fd) -> SysResult {
    k.fds.close(fd.0)?;
    Ok(0)
}

pub fn close_range(k: &mut Kernel, first: u32, last: u32, flags: Flags) -> SysResult {
    const CLOSE_RANGE_CLOEXEC: u32 = 4;
    if first > last || flags.0 & !(CLOSE_RANGE_CLOEXEC | 2) != 0 {
        return Err(Errno::EINVAL);
    }
    let open: Vec<usize> = k
        .fds
        .iter()
        .map(|(fd, _)| fd)
        .filter(|&fd| (first..=last).contains(&(fd as u32)))
        .collect();
    for fd in open {
        if flags.0 & CLOSE_RANGE_CLOEXEC != 0 {
            k.fds.set_cloexec(fd as i32, true)?;
        } else {
            k.fds.close(fd as i32)?;
        }
    }
    Ok(0)
}

pub fn dup(k: &mut Kernel, fd: Fd) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    let limit = k.fd_limit();
    k.fds.add(file, 0, false, limit)
}

pub fn dup3(k: &mut Kernel, old: Fd, new: Fd, flags: Flags) -> SysResult {
    if flags.0 & !O_CLOEXEC != 0 || old == new {
        return Err(Errno::EINVAL);
    }
    let file = k.fds.get(old.0)?.clone();
    let at = usize::try_from(new.0)
        .ok()
        .filter(|&fd| (fd as u64) < k.fd_limit())
        .ok_or(Errno::EBADF)?;
    k.fds.set(at, file, flags.0 & O_CLOEXEC != 0);
    Ok(at as u64)
}

pub fn fcntl(k: &mut Kernel, fd: Fd, cmd: u32, arg: u64) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    let limit = k.fd_limit();
    match cmd {
        F_DUPFD | F_DUPFD_CLOEXEC => {
            let least = usize::try_from(arg as i32)
                .ok()
                .filter(|&n| (n as u64) < limit)
                .ok_or(Errno::EINVAL)?;
            k.fds.add(file, least, cmd == F_DUPFD_CLOEXEC, limit)
        }
        F_GETFD => Ok(u64::from(k.fds.cloexec(fd.0)?)),
        F_SETFD => {
            k.fds.set_cloexec(fd.0, arg as u32 & FD_CLOEXEC != 0)?;
            Ok(0)
        }
        F_GETFL => Ok(u64::from(file.flags.get())),
        F_SETFL => {
            file.flags
                .set(file.flags.get() & !CHANGEABLE | arg as u32 & CHANGEABLE);
            Ok(0)
        }
        F_GETLK | F_OFD_GETLK => {
            let lock = UserMut::<Flock>::at(arg);
            let mut value = lock.read(k)?;
            value.l_type = F_UNLCK;
            lock.write(k, &value)?;
            Ok(0)
        }
        F_SETLK | F_SETLKW | F_OFD_SETLK | F_OFD_SETLKW => {
            let lock = User::<Flock>::at(arg).read(k)?;
            match lock.l_type {
                0 => file.check_readable()?,
                1 => file.check_writable()?,
                F_UNLCK => {}
                _ => return Err(Errno::EINVAL),
            }
            Ok(0)
        }
        F_GETOWN => Ok(0),
        F_SETOWN => Ok(0),
        F_GETPIPE_SZ | F_SETPIPE_SZ if file.file.is_pipe() => Ok(65536),
        F_GETPIPE_SZ | F_SETPIPE_SZ => Err(Errno::EBADF),
        _ => Err(Errno::EINVAL),
    }
}

pub fn flock(k: &mut Kernel, fd: Fd, operation: Flags) -> SysResult {
    k.fds.get(fd.0)?;
    match operation.0 & !LOCK_NB {
        LOCK_SH | LOCK_EX | LOCK_UN => Ok(0),
        _ => Err(Errno::EINVAL),
    }
}

pub fn pipe2(k: &mut Kernel, fds: UserMut<[i32; 2]>, flags: Flags) -> SysResult {
    if flags.0 & !(O_CLOEXEC | O_NONBLOCK | O_DIRECT) != 0 {
        return Err(Errno::EINVAL);
    }
    fds.write(k, &[-1, -1])?;
    let now = k.host.now(crate::host::Clock::Realtime);
    let (reader, writer) = pipe(k.pipe_ino(), now);
    let (limit, cloexec, status) = (k.fd_limit(), flags.0 & O_CLOEXEC != 0, flags.0 & O_NONBLOCK);
    let r = k.fds.add(
        OpenFile::new(reader, O_RDONLY | status, Vec::new()),
        0,
        cloexec,
        limit,
    )?;
    match k.fds.add(
        OpenFile::new(writer, O_WRONLY | status, Vec::new()),
        0,
        cloexec,
        limit,
    ) {
        Ok(w) => {
            fds.write(k, &[r as i32, w as i32])?;
            Ok(0)
        }
        Err(e) => {
            k.fds.close(r as i32)?;
            Err(e)
        }
    }
}

pub fn lseek(k: &mut Kernel, fd: Fd, offset: i64, whence: u32) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    if file.has(O_PATH) {
        return Err(Errno::EBADF);
    }
    if file.file.is_pipe() {
        return Err(Errno::ESPIPE);
    }
    if !file.file.seekable() {
        return file.file.host_seek(offset, whence);
    }
    let size = || file.file.stat(k).map(|attr| attr.size as i64);
    let to = match whence {
        SEEK_SET => Some(offset),
        SEEK_CUR => (file.pos.get() as i64).checked_add(offset),
        SEEK_END if file.file.is_dir() => return Err(Errno::EINVAL),
        SEEK_END => size()?.checked_add(offset),
        // A file without holes: data up to the end, and a hole there.
        SEEK_DATA | SEEK_HOLE if offset < 0 || offset >= size()? => return Err(Errno::ENXIO),
        SEEK_DATA => Some(offset),
        SEEK_HOLE => Some(size()?),
        _ => return Err(Errno::EINVAL),
    };
    let to = to.ok_or(Errno::EOVERFLOW)?;
    file.pos.set(u64::try_from(to).map_err(|_| Errno::EINVAL)?);
    if to == 0 {
        file.entries.replace(None);
    }
    Ok(to as u64)
}

pub fn ftruncate(k: &mut Kernel, fd: Fd, len: i64) -> SysResult {
    let len = u64::try_from(len).map_err(|_| Errno::EINVAL)?;
    let file = k.fds.get(fd.0)?;
    file.check_writable().map_err(|_| Errno::EINVAL)?;
    file.file.truncate(len)?;
    Ok(0)
}

pub fn truncate(k: &mut Kernel, path: Path, len: i64) -> SysResult {
    let len = u64::try_from(len).map_err(|_| Errno::EINVAL)?;
    let path = path.read(k)?;
    open(k, AT_FDCWD, &path, O_WRONLY, 0)?.file.truncate(len)?;
    Ok(0)
}

pub fn fallocate(k: &mut Kernel, fd: Fd, mode: Flags, offset: i64, len: i64) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    file.check_writable()?;
    if offset < 0 || len <= 0 {
        return Err(Errno::EINVAL);
    }
    let end = offset.checked_add(len).ok_or(Errno::EFBIG)?;
    if file.file.is_pipe() {
        return Err(Errno::ESPIPE);
    }
    let size = file.file.stat(k)?.size;
    let keep = mode.0 & FALLOC_FL_KEEP_SIZE != 0;
    match mode.0 & !FALLOC_FL_KEEP_SIZE {
        0 => {}
        FALLOC_FL_ZERO_RANGE => zero_range(k, &*file.file, offset as u64, (end as u64).min(size))?,
        FALLOC_FL_PUNCH_HOLE if keep => {
            zero_range(k, &*file.file, offset as u64, (end as u64).min(size))?
        }
        _ => return Err(Errno::EOPNOTSUPP),
    }
    if !keep && end as u64 > size {
        file.file.truncate(end as u64)?;
    }
    Ok(0)
}

fn zero_range(k: &Kernel, file: &dyn File, mut from: u64, to: u64) -> Result<(), Errno> {
    let zeroes = [0; 4096];
    while from < to {
        let n = (to - from).min(4096) as usize;
        from += file.write(k, &[&zeroes[..n]], from)? as u64;
    }
    Ok(())
}

fn sync_file(k: &Kernel, fd: Fd, data_only: bool) -> SysResult {
    k.fds.get(fd.0)?.file.sync(data_only)?;
    Ok(0)
}

pub fn fsync(k: &mut Kernel, fd: Fd) -> SysResult {
    sync_file(k, fd, false)
}

pub fn fdatasync(k: &mut Kernel, fd: Fd) -> SysResult {
    sync_file(k, fd, true)
}

pub fn sync_file_range(k: &mut Kernel, fd: Fd) -> SysResult {
    sync_file(k, fd, true)
}

pub fn syncfs(k: &mut Kernel, fd: Fd) -> SysResult {
    k.fds.get(fd.0)?;
    Ok(0)
}

pub fn sync(_: &mut Kernel) -> SysResult {
    Ok(0)
}

pub fn fadvise64(k: &mut Kernel, fd: Fd) -> SysResult {
    if k.fds.get(fd.0)?.file.is_pipe() {
        Err(Errno::ESPIPE)
    } else {
        Ok(0)
    }
}

pub fn readahead(k: &mut Kernel, fd: Fd) -> SysResult {
    k.fds.get(fd.0)?.check_readable()?;
    Ok(0)
}

pub fn memfd_create(k: &mut Kernel, name: Path, flags: Flags) -> SysResult {
    const MFD_CLOEXEC: u32 = 1;
    name.read(k)?;
    let fs = crate::vfs::anonymous(&k.host);
    let file: Box<dyn File> = fs.open(
        k,
        b"memfd",
        Open {
            flags: O_RDWR | O_CREAT,
            mode: 0o777,
        },
        false,
    )?;
    let limit = k.fd_limit();
    k.fds.add(
        OpenFile::new(file, O_RDWR, Vec::new()),
        0,
        flags.0 & MFD_CLOEXEC != 0,
        limit,
    )
}
