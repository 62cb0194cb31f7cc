//! Sockets, as far as there are some: connected pairs. See socketpair(2), send(2), recv(2).

use elfconv_abi::Errno;
use elfconv_abi::fs::{O_CLOEXEC, O_NONBLOCK};
use elfconv_abi::poll::{POLLIN, POLLOUT};
use elfconv_abi::signal::SIGPIPE;

use super::SysResult;
use super::args::{Addr, Fd, Flags, In, Out, UserMut};
use super::event::install;
use crate::kernel::Kernel;
use crate::vfs::socket::{STREAM, pair};

const AF_UNIX: i32 = 1;
const MSG_PEEK: u32 = 2;
const MSG_TRUNC: u32 = 0x20;
const MSG_DONTWAIT: u32 = 0x40;
const MSG_NOSIGNAL: u32 = 0x4000;

pub fn socketpair(
    k: &mut Kernel,
    domain: i32,
    kind: u32,
    _protocol: i32,
    fds: UserMut<[i32; 2]>,
) -> SysResult {
    if domain != AF_UNIX {
        return Err(if (2..45).contains(&domain) {
            Errno::EOPNOTSUPP
        } else {
            Errno::EAFNOSUPPORT
        });
    }
    let flags = Flags(kind & (O_CLOEXEC | O_NONBLOCK));
    let kind = kind & !(O_CLOEXEC | O_NONBLOCK);
    if !matches!(kind, 1 | 2 | 5) {
        return Err(Errno::EINVAL);
    }
    fds.write(k, &[-1, -1])?;
    let ino = k.pipe_ino();
    k.pipe_ino();
    let (a, b) = pair(kind, ino);
    let first = install(k, a, flags)?;
    match install(k, b, flags) {
        Ok(second) => {
            fds.write(k, &[first as i32, second as i32])?;
            Ok(0)
        }
        Err(e) => {
            k.fds.close(first as i32)?;
            Err(e)
        }
    }
}

pub fn sendto(
    k: &mut Kernel,
    fd: Fd,
    buf: In,
    len: usize,
    flags: Flags,
    addr: Addr,
    _addr_len: u32,
) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    let socket = file.file.as_socket().ok_or(Errno::ENOTSOCK)?;
    if addr.0 != 0 {
        return Err(Errno::EISCONN);
    }
    let waits = !file.has(O_NONBLOCK) && flags.0 & MSG_DONTWAIT == 0;
    let bytes = buf.bytes(k, len)?;
    let done = k.thread.call.done as usize;
    match socket.send(&[&bytes[done.min(bytes.len())..]]) {
        Err(Errno::EAGAIN) if waits => Err(k.block_on(&file, POLLOUT)),
        Ok(n) if waits && socket.kind == STREAM && done + n < bytes.len() => {
            k.thread.call.done += n as u64;
            Err(k.block_on(&file, POLLOUT))
        }
        Err(Errno::EPIPE) => {
            if flags.0 & MSG_NOSIGNAL == 0 {
                k.raise(SIGPIPE);
            }
            Err(Errno::EPIPE)
        }
        other => Ok((done + other?) as u64),
    }
}

pub fn recvfrom(
    k: &mut Kernel,
    fd: Fd,
    buf: Out,
    len: usize,
    flags: Flags,
    _addr: Addr,
    addr_len: UserMut<u32>,
) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    let socket = file.file.as_socket().ok_or(Errno::ENOTSOCK)?;
    let bytes = buf.bytes(k, len)?;
    match socket.receive(&mut [bytes], flags.0 & MSG_PEEK != 0) {
        Err(Errno::EAGAIN) if !file.has(O_NONBLOCK) && flags.0 & MSG_DONTWAIT == 0 => {
            Err(k.block_on(&file, POLLIN))
        }
        other => {
            let (n, whole) = other?;
            // Neither end has a name.
            addr_len.write_opt(k, &0)?;
            let all = flags.0 & MSG_TRUNC != 0 && socket.kind != STREAM;
            Ok(if all { whole } else { n } as u64)
        }
    }
}

pub fn shutdown(k: &mut Kernel, fd: Fd, how: u32) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    let socket = file.file.as_socket().ok_or(Errno::ENOTSOCK)?;
    if how > 2 {
        return Err(Errno::EINVAL);
    }
    socket.shut(how != 1, how != 0);
    Ok(0)
}

/// The name of an unnamed socket: its family alone.
fn unnamed(k: &mut Kernel, fd: Fd, addr: UserMut<u8>, len: UserMut<u32>) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    file.file.as_socket().ok_or(Errno::ENOTSOCK)?;
    let room = len.read(k)? as usize;
    for (n, byte) in (AF_UNIX as u16).to_le_bytes().iter().enumerate().take(room) {
        addr.nth(n).write(k, byte)?;
    }
    len.write(k, &2)?;
    Ok(0)
}

pub fn getsockname(k: &mut Kernel, fd: Fd, addr: UserMut<u8>, len: UserMut<u32>) -> SysResult {
    unnamed(k, fd, addr, len)
}

pub fn getpeername(k: &mut Kernel, fd: Fd, addr: UserMut<u8>, len: UserMut<u32>) -> SysResult {
    unnamed(k, fd, addr, len)
}

pub fn getsockopt(
    k: &mut Kernel,
    fd: Fd,
    level: u32,
    option: u32,
    value: UserMut<u32>,
    len: UserMut<u32>,
) -> SysResult {
    const SOL_SOCKET: u32 = 1;
    let file = k.fds.get(fd.0)?.clone();
    let socket = file.file.as_socket().ok_or(Errno::ENOTSOCK)?;
    let result = match (level, option) {
        (SOL_SOCKET, 3) => socket.kind,
        // SO_ERROR, SO_ACCEPTCONN, SO_PROTOCOL.
        (SOL_SOCKET, 4 | 30 | 38) => 0,
        // SO_SNDBUF, SO_RCVBUF.
        (SOL_SOCKET, 7 | 8) => 212_992,
        // SO_DOMAIN.
        (SOL_SOCKET, 39) => AF_UNIX as u32,
        _ => return Err(Errno::ENOPROTOOPT),
    };
    value.write(k, &result)?;
    len.write(k, &4)?;
    Ok(0)
}
