//! What the kernel needs of the world outside.
//!
//! The shape is that of WASI preview 1, with Rust types: paths are relative to a directory descriptor and cannot leave it. [`wasi`] implements it for
//! wasm32; [`native`] for tests on Linux.

use alloc::vec::Vec;

use elfconv_abi::Errno;

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod wasi;

/// A descriptor of the host.
pub type HostFd = u32;

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    Unknown,
    Block,
    Character,
    Directory,
    Regular,
    Socket,
    Symlink,
}

/// What the host knows of a file. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct HostStat {
    pub dev: u64,
    pub ino: u64,
    pub file_type: FileType,
    pub nlink: u64,
    pub size: u64,
    pub atime: u64,
    pub mtime: u64,
    pub ctime: u64,
}

/// A directory entry.
#[derive(Clone, Debug)]
pub struct HostEntry {
    pub name: Vec<u8>,
    pub ino: u64,
    pub file_type: FileType,
}

/// How to open a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenHow {
    pub read: bool,
    pub write: bool,
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
    pub directory: bool,
    /// Writes go to the end.
    pub append: bool,
    /// Follow a symbolic link in the last component.
    pub follow: bool,
}

/// A time to set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SetTime {
    Omit,
    Now,
    /// Nanoseconds since 1970.
    At(u64),
}

/// Host clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    Realtime,
    Monotonic,
}

/// What to wait for.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Readable(HostFd),
    Writable(HostFd),
}

/// Where a seek starts.
#[derive(Clone, Copy, Debug)]
pub enum Whence {
    Set,
    Current,
    End,
}

/// The host. Errors are Linux error numbers; `EPERM` also stands for a path that leaves its directory.
pub trait Host {
    /// Program arguments, with the program's name first.
    fn args(&self) -> Vec<Vec<u8>>;
    /// `NAME=value` strings.
    fn environ(&self) -> Vec<Vec<u8>>;
    /// Directories that the guest is given: descriptor and name.
    fn preopens(&self) -> Vec<(HostFd, Vec<u8>)>;
    /// Ends the process.
    fn exit(&self, code: u32) -> !;

    fn now(&self, clock: Clock) -> u64;
    fn resolution(&self, clock: Clock) -> u64;
    fn random(&self, buf: &mut [u8]) -> Result<(), Errno>;
    /// Waits until an event or the timeout (nanoseconds; `None`: forever); returns for each event whether it is there.
    fn poll(&self, events: &[Event], timeout: Option<u64>) -> Result<Vec<bool>, Errno>;

    fn file_type(&self, fd: HostFd) -> Result<FileType, Errno>;
    /// Whether it is a terminal, and not another character device.
    fn is_terminal(&self, fd: HostFd) -> bool;
    fn read(&self, fd: HostFd, bufs: &mut [&mut [u8]]) -> Result<usize, Errno>;
    fn write(&self, fd: HostFd, bufs: &[&[u8]]) -> Result<usize, Errno>;
    fn pread(&self, fd: HostFd, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno>;
    fn pwrite(&self, fd: HostFd, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno>;
    fn seek(&self, fd: HostFd, offset: i64, whence: Whence) -> Result<u64, Errno>;
    fn sync(&self, fd: HostFd, data_only: bool) -> Result<(), Errno>;
    fn set_size(&self, fd: HostFd, size: u64) -> Result<(), Errno>;
    fn stat(&self, fd: HostFd) -> Result<HostStat, Errno>;
    fn set_times(&self, fd: HostFd, atime: SetTime, mtime: SetTime) -> Result<(), Errno>;
    fn set_append(&self, fd: HostFd, append: bool) -> Result<(), Errno>;
    fn read_dir(&self, fd: HostFd) -> Result<Vec<HostEntry>, Errno>;
    fn close(&self, fd: HostFd);

    fn open_at(&self, dir: HostFd, path: &[u8], how: OpenHow) -> Result<HostFd, Errno>;
    fn stat_at(&self, dir: HostFd, path: &[u8], follow: bool) -> Result<HostStat, Errno>;
    fn set_times_at(
        &self,
        dir: HostFd,
        path: &[u8],
        follow: bool,
        atime: SetTime,
        mtime: SetTime,
    ) -> Result<(), Errno>;
    fn mkdir_at(&self, dir: HostFd, path: &[u8]) -> Result<(), Errno>;
    fn rmdir_at(&self, dir: HostFd, path: &[u8]) -> Result<(), Errno>;
    fn unlink_at(&self, dir: HostFd, path: &[u8]) -> Result<(), Errno>;
    fn rename_at(
        &self,
        dir: HostFd,
        path: &[u8],
        to_dir: HostFd,
        to_path: &[u8],
    ) -> Result<(), Errno>;
    fn link_at(
        &self,
        dir: HostFd,
        path: &[u8],
        to_dir: HostFd,
        to_path: &[u8],
    ) -> Result<(), Errno>;
    fn symlink_at(&self, target: &[u8], dir: HostFd, path: &[u8]) -> Result<(), Errno>;
    fn readlink_at(&self, dir: HostFd, path: &[u8]) -> Result<Vec<u8>, Errno>;
}
