//! Typed system call arguments: how a register becomes one, and how `strace` shows it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::marker::PhantomData;

use elfconv_abi::Errno;
use elfconv_abi::fs::{AT_FDCWD, PATH_MAX};
use elfconv_abi::mm::{PAGE_SIZE, PROT_READ, PROT_WRITE};
use elfconv_abi::signal::signal_name;

use crate::kernel::Kernel;

/// A type that a row of the table may use.
pub trait Arg: Sized {
    /// From the register.
    fn from_raw(raw: u64) -> Self;
    /// Appends the argument number `at` of `call`.
    fn show(k: &Kernel, call: &Shown<'_>, at: usize, out: &mut String);
}

/// A finished call, for showing its arguments.
pub struct Shown<'a> {
    pub args: &'a [u64; 6],
    /// What it returned, 0 for errors and calls that did not return.
    pub result: u64,
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Arg for $ty {
            fn from_raw(raw: u64) -> Self {
                raw as $ty
            }
            fn show(_: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
                let _ = write!(out, "{}", call.args[at] as $ty);
            }
        }
    )*};
}
integers! { i32 u32 i64 u64 usize }

/// A number that is shown in a base that suits it.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($ty:ty) $format:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name(pub $ty);
        impl Arg for $name {
            fn from_raw(raw: u64) -> Self {
                Self(raw as $ty)
            }
            fn show(_: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
                let _ = write!(out, $format, call.args[at] as $ty);
            }
        }
    )*};
}
numbers! {
    /// A descriptor.
    Fd(i32) "{}";
    /// Flags.
    Flags(u32) "{:#x}";
    /// A file mode.
    Mode(u32) "{:#o}";
    /// An address that the kernel does not follow.
    Addr(u64) "{:#x}";
}

/// A directory descriptor or `AT_FDCWD`.
#[derive(Clone, Copy)]
pub struct DirFd(pub i32);
impl Arg for DirFd {
    fn from_raw(raw: u64) -> Self {
        Self(raw as i32)
    }
    fn show(_: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
        match call.args[at] as i32 {
            AT_FDCWD => out.push_str("AT_FDCWD"),
            fd => {
                let _ = write!(out, "{fd}");
            }
        }
    }
}

/// A signal number.
#[derive(Clone, Copy)]
pub struct Signal(pub u32);
impl Arg for Signal {
    fn from_raw(raw: u64) -> Self {
        Self(raw as u32)
    }
    fn show(_: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
        match signal_name(call.args[at] as u32) {
            "SIG?" => {
                let _ = write!(out, "{}", call.args[at] as u32);
            }
            name => out.push_str(name),
        }
    }
}

/// A zero-terminated path.
#[derive(Clone, Copy)]
pub struct Path(pub u64);
impl Arg for Path {
    fn from_raw(raw: u64) -> Self {
        Self(raw)
    }
    fn show(k: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
        match Self(call.args[at]).read(k) {
            Ok(path) => quote(&path, false, out),
            Err(_) => show_address(call.args[at], out),
        }
    }
}
impl Path {
    /// The bytes before the terminator.
    pub fn read(self, k: &Kernel) -> Result<Vec<u8>, Errno> {
        read_string(k, self.0, PATH_MAX)
    }
    /// Whether it is NULL.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }
}

/// A string of at most `max` bytes with its terminator.
pub fn read_string(k: &Kernel, addr: u64, max: usize) -> Result<Vec<u8>, Errno> {
    let mut text = Vec::new();
    let mut at = addr;
    while text.len() < max {
        // Up to the end of the page, so that what follows need not be mapped.
        let len = (PAGE_SIZE - at % PAGE_SIZE).min((max - text.len()) as u64);
        k.mm.check(at, len, PROT_READ)?;
        let bytes = k.mm.memory().bytes(at, len);
        if let Some(end) = bytes.iter().position(|&b| b == 0) {
            text.extend_from_slice(&bytes[..end]);
            return Ok(text);
        }
        text.extend_from_slice(bytes);
        at += len;
    }
    Err(Errno::ENAMETOOLONG)
}

/// A type whose every bit pattern is a value and that has no padding that matters.
///
/// # Safety
/// `repr(C)` or primitive, integers only.
pub unsafe trait Pod: Copy {}
macro_rules! pods {
    ($($ty:ty),*) => {$(
        // SAFETY: integers, or `repr(C)` structs of integers with asserted layouts.
        unsafe impl Pod for $ty {}
    )*};
}
use elfconv_abi::{fs, poll, process, signal, termios, time};
pods!(
    u8,
    u16,
    u32,
    u64,
    i32,
    i64,
    [i32; 2],
    fs::Stat,
    fs::Statx,
    fs::Statfs,
    fs::Iovec,
    fs::Flock,
    time::Timespec,
    time::Timeval,
    time::Timezone,
    time::Itimerval,
    time::Itimerspec,
    time::Tms,
    poll::Pollfd,
    poll::EpollEvent,
    process::CloneArgs,
    process::Rlimit,
    process::Rusage,
    process::Utsname,
    process::Sysinfo,
    process::CapHeader,
    process::CapData,
    signal::Sigaction,
    signal::SigAltStack,
    signal::Siginfo,
    signal::Sigevent,
    signal::RtSigframe,
    termios::Termios,
    termios::Winsize
);

/// A pointer to values that the kernel reads.
pub struct User<T>(pub u64, PhantomData<T>);
/// A pointer to values that the kernel writes (and may read).
pub struct UserMut<T>(pub u64, PhantomData<T>);

macro_rules! pointers {
    ($($name:ident)*) => {$(
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<T> Copy for $name<T> {}
        impl<T> Arg for $name<T> {
            fn from_raw(raw: u64) -> Self {
                Self(raw, PhantomData)
            }
            fn show(_: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
                show_address(call.args[at], out);
            }
        }
        impl<T: Pod> $name<T> {
            const SIZE: u64 = size_of::<T>() as u64;
            /// The pointer with this address.
            pub fn at(addr: u64) -> Self {
                Self(addr, PhantomData)
            }
            /// Whether it is NULL.
            pub fn is_null(self) -> bool {
                self.0 == 0
            }
            /// Reads the value.
            pub fn read(self, k: &Kernel) -> Result<T, Errno> {
                k.mm.check(self.0, Self::SIZE, PROT_READ)?;
                // SAFETY: as many bytes as T has, and any bytes are a T.
                Ok(unsafe { core::ptr::read_unaligned(k.mm.memory().bytes(self.0, Self::SIZE).as_ptr().cast()) })
            }
            /// Reads the value unless the pointer is NULL.
            pub fn read_opt(self, k: &Kernel) -> Result<Option<T>, Errno> {
                if self.is_null() { Ok(None) } else { self.read(k).map(Some) }
            }
            /// The pointer to element `n`.
            pub fn nth(self, n: usize) -> Self {
                Self(self.0.wrapping_add(Self::SIZE.wrapping_mul(n as u64)), PhantomData)
            }
        }
    )*};
}
pointers! { User UserMut }

impl User<u8> {
    /// The first `len` bytes.
    pub fn prefix(self, k: &Kernel, len: usize) -> Result<Vec<u8>, Errno> {
        Ok(In(self.0).bytes(k, len)?.to_vec())
    }
}

impl<T: Pod> UserMut<T> {
    /// Writes a value.
    pub fn write(self, k: &Kernel, value: &T) -> Result<(), Errno> {
        k.mm.check(self.0, Self::SIZE, PROT_WRITE)?;
        // SAFETY: as many bytes as T has. Padding is not copied from anywhere secret: the kernel's memory is the guest's sandbox.
        unsafe {
            core::ptr::write_unaligned(
                k.mm.memory().bytes(self.0, Self::SIZE).as_mut_ptr().cast(),
                *value,
            )
        };
        Ok(())
    }
    /// Writes a value unless the pointer is NULL.
    pub fn write_opt(self, k: &Kernel, value: &T) -> Result<(), Errno> {
        if self.is_null() {
            Ok(())
        } else {
            self.write(k, value)
        }
    }
}

/// Bytes that the kernel reads; the next argument is their number.
#[derive(Clone, Copy)]
pub struct In(pub u64);
/// Bytes that the kernel writes; the next argument is their number.
#[derive(Clone, Copy)]
pub struct Out(pub u64);

impl In {
    /// The bytes; `EFAULT` if not even the first can be read, fewer if only the first ones can.
    pub fn bytes<'m>(self, k: &Kernel, len: usize) -> Result<&'m [u8], Errno> {
        let len = len.min(MAX_TRANSFER) as u64;
        let readable = k.mm.readable(self.0, len);
        if readable == 0 && len > 0 {
            return Err(Errno::EFAULT);
        }
        Ok(k.mm.memory().bytes(self.0, readable))
    }
}

impl Out {
    /// The bytes, all of which must be writable.
    pub fn bytes<'m>(self, k: &Kernel, len: usize) -> Result<&'m mut [u8], Errno> {
        let len = len.min(MAX_TRANSFER) as u64;
        k.mm.check(self.0, len, PROT_WRITE)?;
        Ok(k.mm.memory().bytes(self.0, len))
    }
}

/// As much as Linux transfers in one call (`MAX_RW_COUNT`).
pub const MAX_TRANSFER: usize = 0x7fff_f000;

impl Arg for In {
    fn from_raw(raw: u64) -> Self {
        Self(raw)
    }
    fn show(k: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
        let len = call.args.get(at + 1).copied().unwrap_or(0);
        show_bytes(k, call.args[at], len, out);
    }
}
impl Arg for Out {
    fn from_raw(raw: u64) -> Self {
        Self(raw)
    }
    fn show(k: &Kernel, call: &Shown<'_>, at: usize, out: &mut String) {
        show_bytes(k, call.args[at], call.result, out);
    }
}

/// How many bytes of a buffer are shown.
const SHOWN: u64 = 32;

fn show_bytes(k: &Kernel, addr: u64, len: u64, out: &mut String) {
    let shown = len.min(SHOWN);
    if addr == 0 || k.mm.check(addr, shown, PROT_READ).is_err() {
        return show_address(addr, out);
    }
    quote(k.mm.memory().bytes(addr, shown), len > SHOWN, out);
}

fn show_address(addr: u64, out: &mut String) {
    match addr {
        0 => out.push_str("NULL"),
        addr => {
            let _ = write!(out, "{addr:#x}");
        }
    }
}

/// Appends bytes as a C string.
fn quote(bytes: &[u8], more: bool, out: &mut String) {
    out.push('"');
    for &b in bytes {
        match b {
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            b'"' | b'\\' => {
                out.push('\\');
                out.push(b.into());
            }
            b' '..=b'~' => out.push(b.into()),
            _ => *out += &format!("\\{b:o}"),
        }
    }
    out.push_str(if more { "\"..." } else { "\"" });
}
