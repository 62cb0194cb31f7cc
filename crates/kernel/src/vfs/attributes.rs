//! File attributes, and their `stat` forms.

use elfconv_abi::fs::{
    DT_BLK, DT_CHR, DT_DIR, DT_FIFO, DT_LNK, DT_REG, DT_SOCK, DT_UNKNOWN, STATX_BASIC_STATS, Stat,
    Statx, StatxTimestamp,
};
use elfconv_abi::fs::{S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK};
use elfconv_abi::time::Timespec;

use crate::host::{FileType, SetTime};

/// What `stat` tells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attr {
    pub dev: u64,
    pub ino: u64,
    /// Type and permissions.
    pub mode: u32,
    pub nlink: u32,
    pub uid: u32,
    pub gid: u32,
    pub rdev: u64,
    pub size: u64,
    /// Nanoseconds since 1970.
    pub atime: u64,
    pub mtime: u64,
    pub ctime: u64,
}

/// Changes of attributes; `None` leaves one alone.
#[derive(Clone, Copy, Debug)]
pub struct SetAttr {
    /// Permission bits.
    pub mode: Option<u32>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub atime: SetTime,
    pub mtime: SetTime,
}

impl SetAttr {
    /// No change.
    pub const NONE: SetAttr = SetAttr {
        mode: None,
        uid: None,
        gid: None,
        atime: SetTime::Omit,
        mtime: SetTime::Omit,
    };
}

/// Nanoseconds as a `timespec`.
pub fn timespec(ns: u64) -> Timespec {
    Timespec {
        tv_sec: (ns / 1_000_000_000) as i64,
        tv_nsec: (ns % 1_000_000_000) as i64,
    }
}

impl Attr {
    /// The type bits of the mode.
    pub fn kind(&self) -> u32 {
        self.mode & S_IFMT
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind() == S_IFDIR
    }

    /// 512-byte blocks, in whole pages.
    fn blocks(&self) -> u64 {
        if self.kind() == S_IFREG || self.is_dir() {
            self.size.div_ceil(4096) * 8
        } else {
            0
        }
    }

    /// As `struct stat`.
    pub fn to_stat(self) -> Stat {
        Stat {
            st_dev: self.dev,
            st_ino: self.ino,
            st_mode: self.mode,
            st_nlink: self.nlink,
            st_uid: self.uid,
            st_gid: self.gid,
            st_rdev: self.rdev,
            st_size: self.size as i64,
            st_blksize: 4096,
            st_blocks: self.blocks() as i64,
            st_atime: timespec(self.atime),
            st_mtime: timespec(self.mtime),
            st_ctime: timespec(self.ctime),
            ..Stat::default()
        }
    }

    /// As `struct statx`.
    pub fn to_statx(self) -> Statx {
        let time = |ns| {
            let t = timespec(ns);
            StatxTimestamp {
                tv_sec: t.tv_sec,
                tv_nsec: t.tv_nsec as u32,
                __reserved: 0,
            }
        };
        Statx {
            stx_mask: STATX_BASIC_STATS,
            stx_blksize: 4096,
            stx_nlink: self.nlink,
            stx_uid: self.uid,
            stx_gid: self.gid,
            stx_mode: self.mode as u16,
            stx_ino: self.ino,
            stx_size: self.size,
            stx_blocks: self.blocks(),
            stx_atime: time(self.atime),
            stx_ctime: time(self.ctime),
            stx_mtime: time(self.mtime),
            stx_rdev_major: major(self.rdev),
            stx_rdev_minor: minor(self.rdev),
            stx_dev_major: major(self.dev),
            stx_dev_minor: minor(self.dev),
            ..Statx::default()
        }
    }
}

/// A device number from its parts (the encoding of glibc's `makedev`).
pub const fn makedev(major: u32, minor: u32) -> u64 {
    let (major, minor) = (major as u64, minor as u64);
    (major & 0xfff) << 8
        | (major & 0xffff_f000) << 32
        | (minor & 0xff)
        | (minor & 0xffff_ff00) << 12
}

fn major(dev: u64) -> u32 {
    (dev >> 8 & 0xfff | dev >> 32 & 0xffff_f000) as u32
}

fn minor(dev: u64) -> u32 {
    (dev & 0xff | dev >> 12 & 0xffff_ff00) as u32
}

/// `DT_*` of a mode.
pub fn dirent_kind(mode: u32) -> u8 {
    match mode & S_IFMT {
        S_IFREG => DT_REG,
        S_IFDIR => DT_DIR,
        S_IFLNK => DT_LNK,
        S_IFCHR => DT_CHR,
        S_IFBLK => DT_BLK,
        S_IFIFO => DT_FIFO,
        S_IFSOCK => DT_SOCK,
        _ => DT_UNKNOWN,
    }
}

/// `DT_*` of a host file type.
pub fn host_dirent_kind(file_type: FileType) -> u8 {
    match file_type {
        FileType::Regular => DT_REG,
        FileType::Directory => DT_DIR,
        FileType::Symlink => DT_LNK,
        FileType::Character => DT_CHR,
        FileType::Block => DT_BLK,
        FileType::Socket => DT_SOCK,
        FileType::Unknown => DT_UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_numbers() {
        for (a, b) in [(1, 3), (5, 0), (0xabcd_e123, 0x1234_5678)] {
            assert_eq!((major(makedev(a, b)), minor(makedev(a, b))), (a, b));
        }
        assert_eq!(makedev(1, 3), 0x103);
    }
}
