//! Numbers and layouts of WASI preview 1, and checked access to the guest's memory.

use std::io;

use rustix::fs::{FileType, RawMode};

/// An error number of the specification; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub u16);

/// The host's error numbers that have a counterpart, by name.
macro_rules! errnos {
    ($($name:ident = $number:literal)*) => {
        #[allow(dead_code, reason = "the specification's list is given whole")]
        impl Errno {
            $(#[doc = concat!("`", stringify!($name), "`")] pub const $name: Errno = Errno($number);)*
        }
        impl From<rustix::io::Errno> for Errno {
            fn from(errno: rustix::io::Errno) -> Errno {
                match errno {
                    $(rustix::io::Errno::$name => Errno::$name,)*
                    _ => Errno::IO,
                }
            }
        }
    };
}

errnos! {
    TOOBIG = 1 ACCESS = 2 ADDRINUSE = 3 ADDRNOTAVAIL = 4 AFNOSUPPORT = 5 AGAIN = 6 ALREADY = 7 BADF = 8
    BADMSG = 9 BUSY = 10 CANCELED = 11 CHILD = 12 CONNABORTED = 13 CONNREFUSED = 14 CONNRESET = 15
    DEADLK = 16 DESTADDRREQ = 17 DOM = 18 DQUOT = 19 EXIST = 20 FAULT = 21 FBIG = 22 HOSTUNREACH = 23
    IDRM = 24 ILSEQ = 25 INPROGRESS = 26 INTR = 27 INVAL = 28 IO = 29 ISCONN = 30 ISDIR = 31 LOOP = 32
    MFILE = 33 MLINK = 34 MSGSIZE = 35 NAMETOOLONG = 37 NETDOWN = 38 NETRESET = 39
    NETUNREACH = 40 NFILE = 41 NOBUFS = 42 NODEV = 43 NOENT = 44 NOEXEC = 45 NOLCK = 46 NOLINK = 47
    NOMEM = 48 NOMSG = 49 NOPROTOOPT = 50 NOSPC = 51 NOSYS = 52 NOTCONN = 53 NOTDIR = 54 NOTEMPTY = 55
    NOTRECOVERABLE = 56 NOTSOCK = 57 NOTSUP = 58 NOTTY = 59 NXIO = 60 OVERFLOW = 61 OWNERDEAD = 62
    PERM = 63 PIPE = 64 PROTO = 65 PROTONOSUPPORT = 66 PROTOTYPE = 67 RANGE = 68 ROFS = 69 SPIPE = 70
    SRCH = 71 STALE = 72 TIMEDOUT = 73 TXTBSY = 74 XDEV = 75
}

impl Errno {
    /// A path led out of its directory.
    pub const NOTCAPABLE: Errno = Errno(76);
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Errno {
        match rustix::io::Errno::from_io_error(&error) {
            Some(errno) => errno.into(),
            None if error.kind() == io::ErrorKind::InvalidInput => Errno::INVAL,
            None => Errno::IO,
        }
    }
}

/// The result of every function.
pub type Result<T = ()> = std::result::Result<T, Errno>;

/// The guest's memory; everything outside it is `FAULT`.
pub struct GuestMemory<'a>(pub &'a mut [u8]);

impl GuestMemory<'_> {
    /// A part of it.
    pub fn bytes(&self, at: u32, len: u32) -> Result<&[u8]> {
        let at = at as usize;
        self.0.get(at..at + len as usize).ok_or(Errno::FAULT)
    }

    /// A part of it, to write to.
    pub fn bytes_mut(&mut self, at: u32, len: u32) -> Result<&mut [u8]> {
        let at = at as usize;
        self.0.get_mut(at..at + len as usize).ok_or(Errno::FAULT)
    }

    /// Write bytes.
    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Result {
        let len = u32::try_from(bytes.len()).map_err(|_| Errno::FAULT)?;
        self.bytes_mut(at, len)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Write a number.
    pub fn write_u32(&mut self, at: u32, value: u32) -> Result {
        self.write(at, &value.to_le_bytes())
    }

    /// Write a number.
    pub fn write_u64(&mut self, at: u32, value: u64) -> Result {
        self.write(at, &value.to_le_bytes())
    }

    /// Read a number.
    pub fn read_u32(&self, at: u32) -> Result<u32> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.bytes(at, 4)?);
        Ok(u32::from_le_bytes(bytes))
    }

    /// Read a number.
    pub fn read_u64(&self, at: u32) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.bytes(at, 8)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// Element `i` of an array of `(pointer, length)`.
    pub fn buffer(&self, iovs: u32, i: u32) -> Result<(u32, u32)> {
        let at = i
            .checked_mul(8)
            .and_then(|offset| iovs.checked_add(offset))
            .ok_or(Errno::FAULT)?;
        let (pointer, len) = (self.read_u32(at)?, self.read_u32(at + 4)?);
        self.bytes(pointer, len)?;
        Ok((pointer, len))
    }
}

/// File types.
pub mod filetype {
    pub const UNKNOWN: u8 = 0;
    pub const BLOCK_DEVICE: u8 = 1;
    pub const CHARACTER_DEVICE: u8 = 2;
    pub const DIRECTORY: u8 = 3;
    pub const REGULAR_FILE: u8 = 4;
    pub const SOCKET_STREAM: u8 = 6;
    pub const SYMBOLIC_LINK: u8 = 7;
}

/// The file type of the specification; pipes have none of their own.
pub fn filetype_of(file_type: FileType) -> u8 {
    match file_type {
        FileType::Directory => filetype::DIRECTORY,
        FileType::RegularFile => filetype::REGULAR_FILE,
        FileType::Symlink => filetype::SYMBOLIC_LINK,
        FileType::CharacterDevice => filetype::CHARACTER_DEVICE,
        FileType::BlockDevice => filetype::BLOCK_DEVICE,
        FileType::Socket => filetype::SOCKET_STREAM,
        _ => filetype::UNKNOWN,
    }
}

/// The file type in a file's mode.
pub fn filetype_of_mode(mode: u32) -> u8 {
    filetype_of(FileType::from_raw_mode(mode as RawMode))
}

/// Descriptor flags (`fdflags`).
pub mod fdflags {
    pub const APPEND: u32 = 1;
    pub const DSYNC: u32 = 2;
    pub const NONBLOCK: u32 = 4;
    pub const RSYNC: u32 = 8;
    pub const SYNC: u32 = 16;
}

/// Flags of `path_open`.
pub mod oflags {
    pub const CREAT: u32 = 1;
    pub const DIRECTORY: u32 = 2;
    pub const EXCL: u32 = 4;
    pub const TRUNC: u32 = 8;
}

/// `lookupflags`: follow a symbolic link at the end of the path.
pub const SYMLINK_FOLLOW: u32 = 1;

/// Rights, as far as they say how to open a file.
pub mod rights {
    pub const FD_READ: u64 = 1 << 1;
    pub const FD_SEEK: u64 = 1 << 2;
    pub const FD_TELL: u64 = 1 << 5;
    pub const FD_WRITE: u64 = 1 << 6;
    pub const FD_ALLOCATE: u64 = 1 << 8;
    pub const FD_READDIR: u64 = 1 << 14;
    pub const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    /// All of them.
    pub const ALL: u64 = (1 << 30) - 1;
}
