//! The functions, structures and error numbers of WASI preview 1, as its `witx` files define them.

use elfconv_abi::Errno;

#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Iovec {
    pub(super) ptr: u32,
    pub(super) len: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Filestat {
    pub(super) dev: u64,
    pub(super) ino: u64,
    pub(super) filetype: u8,
    pub(super) nlink: u64,
    pub(super) size: u64,
    pub(super) atim: u64,
    pub(super) mtim: u64,
    pub(super) ctim: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Fdstat {
    pub(super) filetype: u8,
    pub(super) flags: u16,
    pub(super) rights_base: u64,
    pub(super) rights_inheriting: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Prestat {
    pub(super) tag: u8,
    pub(super) name_len: u32,
}

/// `subscription`: the union is a clock (id, timeout, precision, flags) or a descriptor.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Subscription {
    pub(super) userdata: u64,
    pub(super) tag: u8,
    pub(super) _union: u32,
    pub(super) id_or_fd: u32,
    pub(super) timeout: u64,
    pub(super) precision: u64,
    pub(super) flags: u16,
}
const _: () = assert!(
    core::mem::size_of::<Subscription>() == 48
        && core::mem::offset_of!(Subscription, timeout) == 24
);

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Occurrence {
    pub(super) userdata: u64,
    pub(super) error: u16,
    pub(super) tag: u8,
    pub(super) nbytes: u64,
    pub(super) flags: u16,
}
const _: () = assert!(core::mem::size_of::<Occurrence>() == 32);

/// `dirent` before its name.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Dirent {
    pub(super) next: u64,
    pub(super) ino: u64,
    pub(super) namlen: u32,
    pub(super) filetype: u8,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    pub(super) fn args_get(argv: *mut u32, buf: *mut u8) -> u16;
    pub(super) fn args_sizes_get(count: *mut u32, size: *mut u32) -> u16;
    pub(super) fn environ_get(environ: *mut u32, buf: *mut u8) -> u16;
    pub(super) fn environ_sizes_get(count: *mut u32, size: *mut u32) -> u16;
    pub(super) fn clock_res_get(id: u32, out: *mut u64) -> u16;
    pub(super) fn clock_time_get(id: u32, precision: u64, out: *mut u64) -> u16;
    pub(super) fn random_get(buf: *mut u8, len: u32) -> u16;
    pub(super) fn poll_oneoff(
        subs: *const Subscription,
        events: *mut Occurrence,
        count: u32,
        out: *mut u32,
    ) -> u16;
    pub(super) fn proc_exit(code: u32) -> !;
    pub(super) fn fd_close(fd: u32) -> u16;
    pub(super) fn fd_datasync(fd: u32) -> u16;
    pub(super) fn fd_sync(fd: u32) -> u16;
    pub(super) fn fd_fdstat_get(fd: u32, out: *mut Fdstat) -> u16;
    pub(super) fn fd_fdstat_set_flags(fd: u32, flags: u16) -> u16;
    pub(super) fn fd_filestat_get(fd: u32, out: *mut Filestat) -> u16;
    pub(super) fn fd_filestat_set_size(fd: u32, size: u64) -> u16;
    pub(super) fn fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u16) -> u16;
    pub(super) fn fd_pread(
        fd: u32,
        iovs: *const Iovec,
        count: u32,
        offset: u64,
        out: *mut u32,
    ) -> u16;
    pub(super) fn fd_pwrite(
        fd: u32,
        iovs: *const Iovec,
        count: u32,
        offset: u64,
        out: *mut u32,
    ) -> u16;
    pub(super) fn fd_read(fd: u32, iovs: *const Iovec, count: u32, out: *mut u32) -> u16;
    pub(super) fn fd_write(fd: u32, iovs: *const Iovec, count: u32, out: *mut u32) -> u16;
    pub(super) fn fd_readdir(fd: u32, buf: *mut u8, len: u32, cookie: u64, out: *mut u32) -> u16;
    pub(super) fn fd_seek(fd: u32, offset: i64, whence: u8, out: *mut u64) -> u16;
    pub(super) fn fd_prestat_get(fd: u32, out: *mut Prestat) -> u16;
    pub(super) fn fd_prestat_dir_name(fd: u32, path: *mut u8, len: u32) -> u16;
    pub(super) fn path_create_directory(fd: u32, path: *const u8, len: u32) -> u16;
    pub(super) fn path_filestat_get(
        fd: u32,
        flags: u32,
        path: *const u8,
        len: u32,
        out: *mut Filestat,
    ) -> u16;
    pub(super) fn path_filestat_set_times(
        fd: u32,
        flags: u32,
        path: *const u8,
        len: u32,
        atim: u64,
        mtim: u64,
        fst_flags: u16,
    ) -> u16;
    pub(super) fn path_link(
        old_fd: u32,
        flags: u32,
        old: *const u8,
        old_len: u32,
        new_fd: u32,
        new: *const u8,
        new_len: u32,
    ) -> u16;
    pub(super) fn path_open(
        fd: u32,
        dirflags: u32,
        path: *const u8,
        len: u32,
        oflags: u16,
        rights: u64,
        inheriting: u64,
        fdflags: u16,
        out: *mut u32,
    ) -> u16;
    pub(super) fn path_readlink(
        fd: u32,
        path: *const u8,
        len: u32,
        buf: *mut u8,
        buf_len: u32,
        out: *mut u32,
    ) -> u16;
    pub(super) fn path_remove_directory(fd: u32, path: *const u8, len: u32) -> u16;
    pub(super) fn path_rename(
        old_fd: u32,
        old: *const u8,
        old_len: u32,
        new_fd: u32,
        new: *const u8,
        new_len: u32,
    ) -> u16;
    pub(super) fn path_symlink(
        target: *const u8,
        target_len: u32,
        fd: u32,
        path: *const u8,
        len: u32,
    ) -> u16;
    pub(super) fn path_unlink_file(fd: u32, path: *const u8, len: u32) -> u16;
}

/// WASI error numbers 0–76 in order, as Linux ones. `ENOTCAPABLE` is `EPERM`.
pub(super) static ERRNO: [Errno; 77] = {
    use Errno as E;
    [
        E(0),
        E::E2BIG,
        E::EACCES,
        E::EADDRINUSE,
        E::EADDRNOTAVAIL,
        E::EAFNOSUPPORT,
        E::EAGAIN,
        E::EALREADY,
        E::EBADF,
        E::EBADMSG,
        E::EBUSY,
        E::ECANCELED,
        E::ECHILD,
        E::ECONNABORTED,
        E::ECONNREFUSED,
        E::ECONNRESET,
        E::EDEADLK,
        E::EDESTADDRREQ,
        E::EDOM,
        E::EDQUOT,
        E::EEXIST,
        E::EFAULT,
        E::EFBIG,
        E::EHOSTUNREACH,
        E::EIDRM,
        E::EILSEQ,
        E::EINPROGRESS,
        E::EINTR,
        E::EINVAL,
        E::EIO,
        E::EISCONN,
        E::EISDIR,
        E::ELOOP,
        E::EMFILE,
        E::EMLINK,
        E::EMSGSIZE,
        E::EMULTIHOP,
        E::ENAMETOOLONG,
        E::ENETDOWN,
        E::ENETRESET,
        E::ENETUNREACH,
        E::ENFILE,
        E::ENOBUFS,
        E::ENODEV,
        E::ENOENT,
        E::ENOEXEC,
        E::ENOLCK,
        E::ENOLINK,
        E::ENOMEM,
        E::ENOMSG,
        E::ENOPROTOOPT,
        E::ENOSPC,
        E::ENOSYS,
        E::ENOTCONN,
        E::ENOTDIR,
        E::ENOTEMPTY,
        E::ENOTRECOVERABLE,
        E::ENOTSOCK,
        E::EOPNOTSUPP,
        E::ENOTTY,
        E::ENXIO,
        E::EOVERFLOW,
        E::EOWNERDEAD,
        E::EPERM,
        E::EPIPE,
        E::EPROTO,
        E::EPROTONOSUPPORT,
        E::EPROTOTYPE,
        E::ERANGE,
        E::EROFS,
        E::ESPIPE,
        E::ESRCH,
        E::ESTALE,
        E::ETIMEDOUT,
        E::ETXTBSY,
        E::EXDEV,
        E::EPERM,
    ]
};
