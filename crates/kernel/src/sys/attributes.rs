//! `stat` and what changes it.

use elfconv_abi::Errno;
use elfconv_abi::fs::*;
use elfconv_abi::time::Timespec;

use super::SysResult;
use super::args::{DirFd, Fd, Flags, Mode, Path, User, UserMut};
use crate::host::SetTime;
use crate::kernel::Kernel;
use crate::vfs::{Attr, Follow, SetAttr};

fn follow(flags: Flags) -> Follow {
    if flags.0 & AT_SYMLINK_NOFOLLOW != 0 {
        Follow::No
    } else {
        Follow::Yes
    }
}

/// Attributes of a path, or of the descriptor itself with `AT_EMPTY_PATH`.
pub fn stat_at(k: &mut Kernel, dir: DirFd, path: Path, flags: Flags) -> Result<Attr, Errno> {
    let path = if path.is_null() && flags.0 & AT_EMPTY_PATH != 0 {
        alloc::vec::Vec::new()
    } else {
        path.read(k)?
    };
    if path.is_empty() && flags.0 & AT_EMPTY_PATH != 0 {
        if dir.0 != AT_FDCWD {
            return k.fds.get(dir.0)?.file.stat(k);
        }
        return k.at(AT_FDCWD, b".", Follow::Yes, |k, place| place.stat(k));
    }
    k.at(dir.0, &path, follow(flags), |k, place| place.stat(k))
}

pub fn newfstatat(
    k: &mut Kernel,
    dir: DirFd,
    path: Path,
    stat: UserMut<Stat>,
    flags: Flags,
) -> SysResult {
    if flags.0 & !(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    let attr = stat_at(k, dir, path, flags)?;
    stat.write(k, &attr.to_stat())?;
    Ok(0)
}

pub fn fstat(k: &mut Kernel, fd: Fd, stat: UserMut<Stat>) -> SysResult {
    let attr = k.fds.get(fd.0)?.file.stat(k)?;
    stat.write(k, &attr.to_stat())?;
    Ok(0)
}

pub fn statx(
    k: &mut Kernel,
    dir: DirFd,
    path: Path,
    flags: Flags,
    _mask: Flags,
    buf: UserMut<Statx>,
) -> SysResult {
    const SYNC_TYPE: u32 = 0x6000;
    if flags.0 & !(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | SYNC_TYPE) != 0
        || flags.0 & SYNC_TYPE == SYNC_TYPE
    {
        return Err(Errno::EINVAL);
    }
    let attr = stat_at(k, dir, path, flags)?;
    buf.write(k, &attr.to_statx())?;
    Ok(0)
}

pub fn statfs(k: &mut Kernel, path: Path, buf: UserMut<Statfs>) -> SysResult {
    let path = path.read(k)?;
    let statfs = k.at(AT_FDCWD, &path, Follow::Yes, |k, place| {
        place.stat(k).map(|_| place.fs.statfs())
    })?;
    buf.write(k, &statfs)?;
    Ok(0)
}

pub fn fstatfs(k: &mut Kernel, fd: Fd, buf: UserMut<Statfs>) -> SysResult {
    let file = k.fds.get(fd.0)?;
    let statfs = if file.path.is_empty() {
        Statfs {
            f_type: PIPEFS_MAGIC,
            f_bsize: 4096,
            f_frsize: 4096,
            f_namelen: NAME_MAX as i64,
            ..Statfs::default()
        }
    } else {
        k.ns.find(&file.path).0.statfs()
    };
    buf.write(k, &statfs)?;
    Ok(0)
}

/// Changes attributes of a path, or of a descriptor if the path is empty.
fn set_at(k: &mut Kernel, dir: DirFd, path: &[u8], flags: Flags, set: SetAttr) -> SysResult {
    if path.is_empty() && flags.0 & AT_EMPTY_PATH != 0 && dir.0 != AT_FDCWD {
        k.fds.get(dir.0)?.file.set_attr(k, set)?;
        return Ok(0);
    }
    k.at(dir.0, path, follow(flags), |k, place| {
        place
            .fs
            .set_attr(k, &place.rest, place.follow, set)
            .map(|()| 0)
    })
}

pub fn fchmod(k: &mut Kernel, fd: Fd, mode: Mode) -> SysResult {
    let file = k.fds.get(fd.0)?;
    if file.has(O_PATH) {
        return Err(Errno::EBADF);
    }
    file.file.set_attr(
        k,
        SetAttr {
            mode: Some(mode.0 & 0o7777),
            ..SetAttr::NONE
        },
    )?;
    Ok(0)
}

pub fn fchmodat(k: &mut Kernel, dir: DirFd, path: Path, mode: Mode) -> SysResult {
    let path = path.read(k)?;
    set_at(
        k,
        dir,
        &path,
        Flags(0),
        SetAttr {
            mode: Some(mode.0 & 0o7777),
            ..SetAttr::NONE
        },
    )
}

/// -1 leaves an owner alone.
fn owner(id: i32) -> Option<u32> {
    (id != -1).then_some(id as u32)
}

pub fn fchown(k: &mut Kernel, fd: Fd, uid: i32, gid: i32) -> SysResult {
    k.fds.get(fd.0)?.file.set_attr(
        k,
        SetAttr {
            uid: owner(uid),
            gid: owner(gid),
            ..SetAttr::NONE
        },
    )?;
    Ok(0)
}

pub fn fchownat(
    k: &mut Kernel,
    dir: DirFd,
    path: Path,
    uid: i32,
    gid: i32,
    flags: Flags,
) -> SysResult {
    let path = path.read(k)?;
    set_at(
        k,
        dir,
        &path,
        flags,
        SetAttr {
            uid: owner(uid),
            gid: owner(gid),
            ..SetAttr::NONE
        },
    )
}

fn set_time(time: Timespec) -> Result<SetTime, Errno> {
    match time.tv_nsec {
        UTIME_NOW => Ok(SetTime::Now),
        UTIME_OMIT => Ok(SetTime::Omit),
        0..1_000_000_000 => {
            let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
            Ok(SetTime::At(
                seconds
                    .saturating_mul(1_000_000_000)
                    .saturating_add(time.tv_nsec as u64),
            ))
        }
        _ => Err(Errno::EINVAL),
    }
}

pub fn utimensat(
    k: &mut Kernel,
    dir: DirFd,
    path: Path,
    times: User<Timespec>,
    flags: Flags,
) -> SysResult {
    let (atime, mtime) = match times.read_opt(k)? {
        Some(atime) => (set_time(atime)?, set_time(times.nth(1).read(k)?)?),
        None => (SetTime::Now, SetTime::Now),
    };
    let set = SetAttr {
        atime,
        mtime,
        ..SetAttr::NONE
    };
    if path.is_null() {
        if dir.0 == AT_FDCWD {
            return Err(Errno::EFAULT);
        }
        return set_at(k, dir, b"", Flags(AT_EMPTY_PATH), set);
    }
    let path = path.read(k)?;
    set_at(k, dir, &path, flags, set)
}

pub fn faccessat(k: &mut Kernel, dir: DirFd, path: Path, mode: u32) -> SysResult {
    faccessat2(k, dir, path, mode, Flags(0))
}

pub fn faccessat2(k: &mut Kernel, dir: DirFd, path: Path, mode: u32, flags: Flags) -> SysResult {
    if mode & !(R_OK | W_OK | X_OK) != 0
        || flags.0 & !(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0
    {
        return Err(Errno::EINVAL);
    }
    let attr = stat_at(k, dir, path, flags)?;
    if mode & !granted(k, &attr, flags) != 0 {
        return Err(Errno::EACCES);
    }
    Ok(0)
}

/// What the process may do with a file, as `R_OK`, `W_OK` and `X_OK`.
pub fn granted(k: &Kernel, attr: &Attr, flags: Flags) -> u32 {
    let (uid, gid) = if flags.0 & AT_EACCESS != 0 {
        (k.cred.euid, k.cred.egid)
    } else {
        (k.cred.uid, k.cred.gid)
    };
    if uid == 0 {
        // Root may do everything, but execute only what somebody may.
        R_OK | W_OK
            | if attr.is_dir() || attr.mode & 0o111 != 0 {
                X_OK
            } else {
                0
            }
    } else if uid == attr.uid {
        attr.mode >> 6 & 7
    } else if gid == attr.gid || k.cred.groups.contains(&attr.gid) {
        attr.mode >> 3 & 7
    } else {
        attr.mode & 7
    }
}

pub fn umask(k: &mut Kernel, mask: Mode) -> SysResult {
    Ok(u64::from(core::mem::replace(&mut k.umask, mask.0 & 0o777)))
}
