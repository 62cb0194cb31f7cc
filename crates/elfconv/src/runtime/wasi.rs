//! WASI preview 1 for the embedded engine.
//!
//! One method for each function of the specification, with its name. They work on the host's descriptors directly, without
//! buffers or threads between, so that standard input is never read ahead, a terminal is a terminal and a pipe a pipe; exit statuses of 126 and above
//! pass; and files have their true device, inode and link count. Paths are resolved so that they stay below the directory that was granted.
//!
//! Limits: hosts are Unix; no sockets but those that are inherited, which can be read, written and polled like pipes.

mod abi;
mod descriptor;
mod files;
mod paths;
mod poll;
mod process;
mod resolve;

use std::{fmt, fs::File};

use wasmtime::{Caller, Extern, Linker, Memory};

use abi::{Errno, GuestMemory};
use descriptor::Descriptors;

/// The state of one guest's system interface.
pub struct Wasi {
    args: Vec<Vec<u8>>,
    env: Vec<Vec<u8>>,
    descriptors: Descriptors,
    /// The guest's memory, once a call has needed it.
    memory: Option<Memory>,
    random: Option<File>,
}

/// The guest called `proc_exit`.
#[derive(Clone, Copy, Debug)]
pub struct Exit(pub u32);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exited with status {}", self.0)
    }
}

impl std::error::Error for Exit {}

/// A directory that the guest may use.
pub struct Grant {
    /// The open directory.
    pub directory: File,
    /// The guest's name for it.
    pub guest_path: String,
}

impl Wasi {
    /// A guest with these arguments, this environment (`K=V`), these directories, and the standard streams of this process.
    pub fn new(args: Vec<Vec<u8>>, env: Vec<Vec<u8>>, grants: Vec<Grant>) -> std::io::Result<Wasi> {
        Ok(Wasi {
            args,
            env,
            descriptors: Descriptors::new(grants)?,
            memory: None,
            random: None,
        })
    }
}

/// Define one import for each line: its name, and the types of its arguments. Results are an errno.
macro_rules! imports {
    ($linker:ident: $($name:ident($($arg:ident: $ty:ty),*);)*) => {
        $(
            $linker.func_wrap(
                "wasi_snapshot_preview1",
                stringify!($name),
                |mut caller: Caller<'_, Wasi>, $($arg: $ty),*| -> i32 {
                    let (mut memory, wasi) = match guest(&mut caller) {
                        Ok(pair) => pair,
                        Err(errno) => return i32::from(errno.0),
                    };
                    match wasi.$name(&mut memory, $($arg),*) {
                        Ok(()) => 0,
                        Err(errno) => i32::from(errno.0),
                    }
                },
            )?;
        )*
    };
}

/// The guest's memory and its system interface, both at once.
fn guest<'a>(caller: &'a mut Caller<'_, Wasi>) -> Result<(GuestMemory<'a>, &'a mut Wasi), Errno> {
    let memory = match caller.data().memory {
        Some(memory) => memory,
        None => {
            let memory = match caller.get_export("memory") {
                Some(Extern::Memory(memory)) => memory,
                _ => return Err(Errno::FAULT),
            };
            caller.data_mut().memory = Some(memory);
            memory
        }
    };
    let (bytes, wasi) = memory.data_and_store_mut(caller);
    Ok((GuestMemory(bytes), wasi))
}

/// Define all functions of the specification.
pub fn define(linker: &mut Linker<Wasi>) -> wasmtime::Result<()> {
    imports! { linker:
        args_get(argv: u32, buffer: u32);
        args_sizes_get(count: u32, size: u32);
        environ_get(environ: u32, buffer: u32);
        environ_sizes_get(count: u32, size: u32);
        clock_res_get(clock: u32, out: u32);
        clock_time_get(clock: u32, precision: u64, out: u32);
        random_get(buffer: u32, len: u32);
        sched_yield();
        proc_raise(signal: u32);
        poll_oneoff(subscriptions: u32, events: u32, count: u32, out: u32);

        fd_advise(fd: u32, offset: u64, len: u64, advice: u32);
        fd_allocate(fd: u32, offset: u64, len: u64);
        fd_close(fd: u32);
        fd_datasync(fd: u32);
        fd_fdstat_get(fd: u32, out: u32);
        fd_fdstat_set_flags(fd: u32, flags: u32);
        fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
        fd_filestat_get(fd: u32, out: u32);
        fd_filestat_set_size(fd: u32, size: u64);
        fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32);
        fd_pread(fd: u32, iovs: u32, count: u32, offset: u64, out: u32);
        fd_prestat_get(fd: u32, out: u32);
        fd_prestat_dir_name(fd: u32, path: u32, len: u32);
        fd_pwrite(fd: u32, iovs: u32, count: u32, offset: u64, out: u32);
        fd_read(fd: u32, iovs: u32, count: u32, out: u32);
        fd_readdir(fd: u32, buffer: u32, len: u32, cookie: u64, out: u32);
        fd_renumber(from: u32, to: u32);
        fd_seek(fd: u32, offset: i64, whence: u32, out: u32);
        fd_sync(fd: u32);
        fd_tell(fd: u32, out: u32);
        fd_write(fd: u32, iovs: u32, count: u32, out: u32);

        path_create_directory(fd: u32, path: u32, len: u32);
        path_filestat_get(fd: u32, flags: u32, path: u32, len: u32, out: u32);
        path_filestat_set_times(fd: u32, flags: u32, path: u32, len: u32, accessed: u64, modified: u64, times: u32);
        path_link(old_fd: u32, flags: u32, old: u32, old_len: u32, new_fd: u32, new: u32, new_len: u32);
        path_open(fd: u32, flags: u32, path: u32, len: u32, oflags: u32, rights: u64, inheriting: u64, fdflags: u32, out: u32);
        path_readlink(fd: u32, path: u32, len: u32, buffer: u32, size: u32, out: u32);
        path_remove_directory(fd: u32, path: u32, len: u32);
        path_rename(old_fd: u32, old: u32, old_len: u32, new_fd: u32, new: u32, new_len: u32);
        path_symlink(old: u32, old_len: u32, fd: u32, new: u32, new_len: u32);
        path_unlink_file(fd: u32, path: u32, len: u32);

        sock_accept(fd: u32, flags: u32, out: u32);
        sock_recv(fd: u32, iovs: u32, count: u32, flags: u32, size: u32, out: u32);
        sock_send(fd: u32, iovs: u32, count: u32, flags: u32, size: u32);
        sock_shutdown(fd: u32, how: u32);
    }
    linker.func_wrap(
        "wasi_snapshot_preview1",
        "proc_exit",
        |status: u32| -> wasmtime::Result<()> { Err(wasmtime::Error::new(Exit(status))) },
    )?;
    Ok(())
}
