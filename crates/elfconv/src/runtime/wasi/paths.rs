//! Operations on paths below a granted directory.
//!
//! The *contents* of a symbolic link may be anything; what leads outside is found out when it is followed.

use std::{ffi::OsStr, fs::File, os::unix::ffi::OsStrExt};

use rustix::{
    fs::{AtFlags, Mode, OFlags, Timespec, Timestamps},
    io::Errno as HostErrno,
};

use super::{
    Wasi,
    abi::{
        Errno, GuestMemory, Result, SYMLINK_FOLLOW, fdflags, filetype, filetype_of_mode, oflags,
        rights,
    },
    descriptor::Descriptor,
    files::{Filestat, timestamp},
    resolve::{Place, resolve},
};

impl Wasi {
    /// Where a path of the guest leads.
    fn place(
        &self,
        memory: &GuestMemory,
        fd: u32,
        path: u32,
        len: u32,
        follow: bool,
    ) -> Result<Place<'_>> {
        resolve(
            self.descriptors.directory(fd)?,
            memory.bytes(path, len)?,
            follow,
        )
    }

    pub(super) fn path_create_directory(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        path: u32,
        len: u32,
    ) -> Result {
        let place = self.place(memory, fd, path, len, false)?;
        let mode = Mode::from_raw_mode(0o777);
        Ok(rustix::fs::mkdirat(place.parent(), place.name(), mode)?)
    }

    pub(super) fn path_filestat_get(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        flags: u32,
        path: u32,
        len: u32,
        out: u32,
    ) -> Result {
        let place = self.place(memory, fd, path, len, flags & SYMLINK_FOLLOW != 0)?;
        let stat = rustix::fs::statat(place.parent(), place.name(), AtFlags::SYMLINK_NOFOLLOW)?;
        let filetype = filetype_of_mode(stat.st_mode);
        if place.must_be_directory && filetype != filetype::DIRECTORY {
            return Err(Errno::NOTDIR);
        }
        // The fields' types differ between hosts.
        #[allow(clippy::unnecessary_cast)]
        let stat = Filestat {
            dev: stat.st_dev as u64,
            ino: stat.st_ino,
            filetype,
            nlink: stat.st_nlink as u64,
            size: stat.st_size as u64,
            accessed: timestamp(stat.st_atime as i64, stat.st_atime_nsec as i64),
            modified: timestamp(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: timestamp(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        };
        stat.write(memory, out)
    }

    pub(super) fn path_filestat_set_times(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        flags: u32,
        path: u32,
        len: u32,
        accessed: u64,
        modified: u64,
        times: u32,
    ) -> Result {
        let place = self.place(memory, fd, path, len, flags & SYMLINK_FOLLOW != 0)?;
        let times = timestamps(accessed, modified, times)?;
        Ok(rustix::fs::utimensat(
            place.parent(),
            place.name(),
            &times,
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }

    pub(super) fn path_link(
        &mut self,
        memory: &mut GuestMemory,
        old_fd: u32,
        flags: u32,
        old: u32,
        old_len: u32,
        new_fd: u32,
        new: u32,
        new_len: u32,
    ) -> Result {
        let old = self.place(memory, old_fd, old, old_len, flags & SYMLINK_FOLLOW != 0)?;
        let new = self.place(memory, new_fd, new, new_len, false)?;
        Ok(rustix::fs::linkat(
            old.parent(),
            old.name(),
            new.parent(),
            new.name(),
            AtFlags::empty(),
        )?)
    }

    pub(super) fn path_open(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        flags: u32,
        path: u32,
        len: u32,
        oflags: u32,
        asked: u64,
        _inheriting: u64,
        fdflags: u32,
        out: u32,
    ) -> Result {
        let creates_anew = oflags & (oflags::CREAT | oflags::EXCL) == oflags::CREAT | oflags::EXCL;
        let follow = flags & SYMLINK_FOLLOW != 0 && !creates_anew;
        let place = self.place(memory, fd, path, len, follow)?;
        let open = open_flags(oflags, asked, fdflags, place.must_be_directory);
        let mode = Mode::from_raw_mode(0o666);
        let opened = rustix::io::retry_on_intr(|| {
            rustix::fs::openat(place.parent(), place.name(), open, mode)
        });
        let file = match opened {
            Ok(fd) => File::from(fd),
            // A writable descriptor of a directory is asked for by those who ask for all rights.
            Err(HostErrno::ISDIR) if oflags & oflags::DIRECTORY != 0 => {
                let open = open.difference(OFlags::RWMODE) | OFlags::RDONLY;
                File::from(rustix::fs::openat(
                    place.parent(),
                    place.name(),
                    open,
                    mode,
                )?)
            }
            Err(errno) => return Err(errno.into()),
        };
        let descriptor = Descriptor::new(file, asked)?;
        let fd = self.descriptors.insert(descriptor)?;
        memory.write_u32(out, fd)
    }

    pub(super) fn path_readlink(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        path: u32,
        len: u32,
        buffer: u32,
        size: u32,
        out: u32,
    ) -> Result {
        let place = self.place(memory, fd, path, len, false)?;
        let target = rustix::fs::readlinkat(place.parent(), place.name(), Vec::new())?.into_bytes();
        let written = target.len().min(size as usize);
        memory.write(buffer, &target[..written])?;
        memory.write_u32(out, written as u32)
    }

    pub(super) fn path_remove_directory(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        path: u32,
        len: u32,
    ) -> Result {
        let place = self.place(memory, fd, path, len, false)?;
        Ok(rustix::fs::unlinkat(
            place.parent(),
            place.name(),
            AtFlags::REMOVEDIR,
        )?)
    }

    pub(super) fn path_rename(
        &mut self,
        memory: &mut GuestMemory,
        old_fd: u32,
        old: u32,
        old_len: u32,
        new_fd: u32,
        new: u32,
        new_len: u32,
    ) -> Result {
        let old = self.place(memory, old_fd, old, old_len, false)?;
        let new = self.place(memory, new_fd, new, new_len, false)?;
        Ok(rustix::fs::renameat(
            old.parent(),
            old.name(),
            new.parent(),
            new.name(),
        )?)
    }

    pub(super) fn path_symlink(
        &mut self,
        memory: &mut GuestMemory,
        old: u32,
        old_len: u32,
        fd: u32,
        new: u32,
        new_len: u32,
    ) -> Result {
        let contents = memory.bytes(old, old_len)?;
        let new = self.place(memory, fd, new, new_len, false)?;
        Ok(rustix::fs::symlinkat(
            OsStr::from_bytes(contents),
            new.parent(),
            new.name(),
        )?)
    }

    pub(super) fn path_unlink_file(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        path: u32,
        len: u32,
    ) -> Result {
        let place = self.place(memory, fd, path, len, false)?;
        if place.must_be_directory {
            return Err(Errno::ISDIR);
        }
        Ok(rustix::fs::unlinkat(
            place.parent(),
            place.name(),
            AtFlags::empty(),
        )?)
    }
}

/// The host's flags for opening. What may be read and written follows from the rights that are asked for.
fn open_flags(oflags: u32, asked: u64, fdflags: u32, must_be_directory: bool) -> OFlags {
    let reads = asked & (rights::FD_READ | rights::FD_READDIR) != 0;
    let writes =
        asked & (rights::FD_WRITE | rights::FD_ALLOCATE | rights::FD_FILESTAT_SET_SIZE) != 0;
    let mut flags = OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NOCTTY;
    flags |= match (reads, writes) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        (_, false) => OFlags::RDONLY,
    };
    for (asked, bit, flag) in [
        (oflags, oflags::CREAT, OFlags::CREATE),
        (oflags, oflags::DIRECTORY, OFlags::DIRECTORY),
        (oflags, oflags::EXCL, OFlags::EXCL),
        (oflags, oflags::TRUNC, OFlags::TRUNC),
        (fdflags, fdflags::APPEND, OFlags::APPEND),
        (fdflags, fdflags::DSYNC, OFlags::DSYNC),
        (fdflags, fdflags::NONBLOCK, OFlags::NONBLOCK),
        (fdflags, fdflags::RSYNC, OFlags::SYNC),
        (fdflags, fdflags::SYNC, OFlags::SYNC),
    ] {
        if asked & bit != 0 {
            flags |= flag;
        }
    }
    if must_be_directory && oflags & oflags::CREAT == 0 {
        flags |= OFlags::DIRECTORY;
    }
    flags
}

/// The times to set by `fstflags`: bits 0 and 1 for access, 2 and 3 for modification: as given, or now.
pub fn timestamps(accessed: u64, modified: u64, flags: u32) -> Result<Timestamps> {
    let time = |given: u64, flags: u32| {
        let (tv_sec, tv_nsec) = match flags {
            0 => (0, rustix::fs::UTIME_OMIT),
            1 => (
                (given / 1_000_000_000) as i64,
                (given % 1_000_000_000) as i64,
            ),
            2 => (0, rustix::fs::UTIME_NOW),
            _ => return Err(Errno::INVAL),
        };
        Ok(Timespec {
            tv_sec,
            tv_nsec: tv_nsec as _,
        })
    };
    Ok(Timestamps {
        last_access: time(accessed, flags & 3)?,
        last_modification: time(modified, flags >> 2 & 3)?,
    })
}
