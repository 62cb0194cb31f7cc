//! Names: making, removing, renaming and linking them.

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::SysResult;
use super::args::{DirFd, Flags, Mode, Out, Path};
use crate::kernel::Kernel;
use crate::vfs::{Follow, Place};

pub fn mkdirat(k: &mut Kernel, dir: DirFd, path: Path, mode: Mode) -> SysResult {
    let path = path.read(k)?;
    let mode = mode.0 & 0o1777 & !k.umask;
    // A trailing slash is no reason to follow a link here.
    let trimmed = trim(&path);
    k.at(dir.0, trimmed, Follow::No, |k, place| {
        if k.ns.is_mount_point(&place.path) {
            return Err(Errno::EEXIST);
        }
        match place.fs.mkdir(k, &place.rest, mode) {
            // Where it exists that is the answer, whatever else is wrong.
            Err(Errno::EROFS | Errno::EPERM | Errno::EACCES)
                if place.fs.stat(k, &place.rest, false).is_ok() =>
            {
                Err(Errno::EEXIST)
            }
            other => other.map(|()| 0),
        }
    })
}

/// Without trailing slashes, unless nothing else is there.
fn trim(path: &[u8]) -> &[u8] {
    let end = path
        .iter()
        .rposition(|&b| b != b'/')
        .map_or(path.len().min(1), |last| last + 1);
    &path[..end]
}

pub fn mknodat(k: &mut Kernel, dir: DirFd, path: Path, mode: Mode, dev: u64) -> SysResult {
    let path = path.read(k)?;
    let mode = mode.0 & !(k.umask & 0o777);
    k.at(dir.0, &path, Follow::No, |k, place| {
        place.fs.mknod(k, &place.rest, mode, dev).map(|()| 0)
    })
}

pub fn unlinkat(k: &mut Kernel, dir: DirFd, path: Path, flags: Flags) -> SysResult {
    let path = path.read(k)?;
    if flags.0 & !AT_REMOVEDIR != 0 {
        return Err(Errno::EINVAL);
    }
    if flags.0 & AT_REMOVEDIR != 0 {
        match path.rsplit(|&b| b == b'/').find(|name| !name.is_empty()) {
            Some(b".") => return Err(Errno::EINVAL),
            Some(b"..") => return Err(Errno::ENOTEMPTY),
            _ => {}
        }
        return k.at(dir.0, trim(&path), Follow::No, |k, place| {
            if k.ns.is_mount_point(&place.path) {
                return Err(Errno::EBUSY);
            }
            place.fs.rmdir(&place.rest).map(|()| 0)
        });
    }
    k.at(dir.0, &path, Follow::No, |k, place| {
        if place.must_be_dir {
            return Err(if place.stat(k)?.is_dir() {
                Errno::EISDIR
            } else {
                Errno::ENOTDIR
            });
        }
        if k.ns.is_mount_point(&place.path) {
            return Err(Errno::EISDIR);
        }
        place.fs.unlink(&place.rest).map(|()| 0)
    })
}

pub fn symlinkat(k: &mut Kernel, target: Path, dir: DirFd, path: Path) -> SysResult {
    let target = target.read(k)?;
    let path = path.read(k)?;
    if target.is_empty() {
        return Err(Errno::ENOENT);
    }
    k.at(dir.0, &path, Follow::No, |k, place| {
        place.fs.symlink(k, &target, &place.rest).map(|()| 0)
    })
}

/// Does `op` with two places of the same kind of file system.
fn with_two(
    k: &mut Kernel,
    (old_dir, old, follow): (DirFd, &[u8], Follow),
    (new_dir, new): (DirFd, &[u8]),
    op: impl Fn(&Kernel, &Place, &Place) -> Result<(), Errno>,
) -> SysResult {
    k.at(old_dir.0, old, follow, |k, from| {
        k.at(new_dir.0, new, Follow::No, |k, to| {
            let same = alloc::rc::Rc::ptr_eq(&from.fs, &to.fs)
                || (from.fs.host_dir().is_some() && to.fs.host_dir().is_some());
            if !same {
                // An error of either name comes before that of their being apart.
                from.stat(k)?;
                return Err(Errno::EXDEV);
            }
            op(k, from, to)
        })
    })?;
    Ok(0)
}

pub fn linkat(
    k: &mut Kernel,
    old_dir: DirFd,
    old: Path,
    new_dir: DirFd,
    new: Path,
    flags: Flags,
) -> SysResult {
    if flags.0 & !(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    let (old, new) = (old.read(k)?, new.read(k)?);
    let follow = if flags.0 & AT_SYMLINK_FOLLOW != 0 {
        Follow::Yes
    } else {
        Follow::No
    };
    if follow == Follow::Yes {
        // The host's link call does not follow: hand it the true name.
        let place = k.resolve(old_dir.0, &old, follow, true)?;
        return with_two(
            k,
            (DirFd(AT_FDCWD), &place.path, Follow::No),
            (new_dir, &new),
            |_, from, to| from.fs.link(&from.rest, &*to.fs, &to.rest),
        );
    }
    with_two(
        k,
        (old_dir, &old, follow),
        (new_dir, &new),
        |_, from, to| from.fs.link(&from.rest, &*to.fs, &to.rest),
    )
}

pub fn renameat(k: &mut Kernel, old_dir: DirFd, old: Path, new_dir: DirFd, new: Path) -> SysResult {
    renameat2(k, old_dir, old, new_dir, new, Flags(0))
}

pub fn renameat2(
    k: &mut Kernel,
    old_dir: DirFd,
    old: Path,
    new_dir: DirFd,
    new: Path,
    flags: Flags,
) -> SysResult {
    if flags.0 & !RENAME_NOREPLACE != 0 {
        return Err(Errno::EINVAL);
    }
    let (old, new) = (old.read(k)?, new.read(k)?);
    for path in [&old, &new] {
        if let Some(b"." | b"..") = path.rsplit(|&b| b == b'/').find(|name| !name.is_empty()) {
            return Err(Errno::EBUSY);
        }
    }
    let dir_wanted = old.ends_with(b"/") || new.ends_with(b"/");
    with_two(
        k,
        (old_dir, trim(&old), Follow::No),
        (new_dir, trim(&new)),
        |k, from, to| {
            if k.ns.is_mount_point(&from.path) || k.ns.is_mount_point(&to.path) {
                return Err(Errno::EBUSY);
            }
            if dir_wanted && !from.fs.stat(k, &from.rest, false)?.is_dir() {
                return Err(Errno::ENOTDIR);
            }
            if flags.0 & RENAME_NOREPLACE != 0 && to.fs.stat(k, &to.rest, false).is_ok() {
                return Err(Errno::EEXIST);
            }
            from.fs.rename(&from.rest, &*to.fs, &to.rest)
        },
    )
}

pub fn readlinkat(k: &mut Kernel, dir: DirFd, path: Path, buf: Out, size: usize) -> SysResult {
    let path = path.read(k)?;
    if size == 0 || size as isize <= 0 {
        return Err(Errno::EINVAL);
    }
    let target = if path.is_empty() {
        // The link that an O_PATH descriptor stands for.
        let path = k.fds.get(dir.0)?.path.clone();
        k.at(AT_FDCWD, &path, Follow::No, |k, place| {
            place.fs.readlink(k, &place.rest)
        })?
    } else {
        k.at(dir.0, &path, Follow::No, |k, place| {
            place.fs.readlink(k, &place.rest)
        })?
    };
    let n = target.len().min(size);
    buf.bytes(k, n)?.copy_from_slice(&target[..n]);
    Ok(n as u64)
}
