//! Reading and writing.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::{IOV_MAX, Iovec, O_NONBLOCK};
use elfconv_abi::signal::SIGPIPE;

use super::SysResult;
use super::args::{Fd, Flags, In, MAX_TRANSFER, Out, User, UserMut};
use super::terminal::Access;
use crate::host::Event;
use crate::kernel::Kernel;
use crate::vfs::{OpenFile, Readiness};
use elfconv_abi::poll::{POLLIN, POLLOUT};

/// Whether a read or write would block the whole kernel though others could go on; then the thread waits instead.
fn must_wait(k: &mut Kernel, file: &Rc<OpenFile>, event: Event) -> bool {
    !k.cannot_be_interrupted() && !file.has(O_NONBLOCK) && !k.ask_host(&[event])[0]
}

/// Reads, and waits until there is something to read.
fn read_into(k: &mut Kernel, fd: Fd, bufs: &mut [&mut [u8]], offset: Option<u64>) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    if offset.is_some() && file.file.is_pipe() {
        return Err(Errno::ESPIPE);
    }
    if file.file.is_terminal() {
        k.check_terminal(&file, Access::Read)?;
        k.pump_terminal();
    }
    if let Readiness::Host(host) = file.file.readiness(k)
        && must_wait(k, &file, Event::Readable(host))
    {
        return Err(k.block_on(&file, POLLIN));
    }
    if let Some(mask) = file.file.as_signals() {
        return read_signals(k, &file, mask.get(), bufs);
    }
    match file.read(k, bufs, offset) {
        Err(Errno::EAGAIN) if !file.has(O_NONBLOCK) => Err(k.block_on(&file, POLLIN)),
        other => Ok(other? as u64),
    }
}

/// Takes signals as `struct signalfd_siginfo`.
fn read_signals(
    k: &mut Kernel,
    file: &Rc<OpenFile>,
    mask: u64,
    bufs: &mut [&mut [u8]],
) -> SysResult {
    const SIZE: usize = 128;
    let Some(buf) = bufs.iter_mut().find(|b| b.len() >= SIZE) else {
        return Err(Errno::EINVAL);
    };
    let mut done = 0;
    for to in buf.chunks_exact_mut(SIZE) {
        let taken = k.take_signal(mask);
        let Some(info) = taken else { break };
        to.fill(0);
        let words = [
            info.si_signo as u32,
            info.si_errno as u32,
            info.si_code as u32,
        ];
        let sender = [info.payload as u32, (info.payload >> 32) as u32];
        for (at, word) in words.iter().chain(&sender).enumerate() {
            to[4 * at..4 * at + 4].copy_from_slice(&word.to_le_bytes());
        }
        // ssi_status, ssi_int and ssi_ptr are what follows the sender.
        to[40..44].copy_from_slice(&(info.rest[0] as u32).to_le_bytes());
        to[44..48].copy_from_slice(&(info.rest[0] as u32).to_le_bytes());
        to[48..56].copy_from_slice(&info.rest[0].to_le_bytes());
        done += SIZE;
    }
    match done {
        0 if file.has(O_NONBLOCK) => Err(Errno::EAGAIN),
        0 => Err(k.block_on(file, POLLIN)),
        done => Ok(done as u64),
    }
}

/// Writes everything, and waits for room; `SIGPIPE` where nobody reads.
fn write_from(k: &mut Kernel, fd: Fd, bufs: &[&[u8]], offset: Option<u64>) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    if offset.is_some() && file.file.is_pipe() {
        return Err(Errno::ESPIPE);
    }
    let wanted: usize = bufs.iter().map(|b| b.len()).sum();
    // What earlier tries of this call have written.
    let done = k.thread.call.done as usize;
    let mut skip = done;
    let rest: Vec<&[u8]> = bufs
        .iter()
        .map(|b| {
            let n = skip.min(b.len());
            skip -= n;
            &b[n..]
        })
        .collect();
    if file.file.is_terminal() {
        k.check_terminal(&file, Access::Write)?;
    }
    match file.write(k, if done > 0 { &rest } else { bufs }, offset) {
        Err(Errno::EAGAIN) if !file.has(O_NONBLOCK) => Err(k.block_on(&file, POLLOUT)),
        Ok(n)
            if done + n < wanted
                && file.file.is_pipe()
                && !file.has(O_NONBLOCK)
                && file.file.available().is_some() =>
        {
            k.thread.call.done += n as u64;
            Err(k.block_on(&file, POLLOUT))
        }
        Err(Errno::EPIPE) => {
            k.raise(SIGPIPE);
            if done > 0 {
                Ok(done as u64)
            } else {
                Err(Errno::EPIPE)
            }
        }
        Err(_) if done > 0 => Ok(done as u64),
        other => Ok((done + other?) as u64),
    }
}

fn positive(offset: i64) -> Result<u64, Errno> {
    u64::try_from(offset).map_err(|_| Errno::EINVAL)
}

pub fn read(k: &mut Kernel, fd: Fd, buf: Out, count: usize) -> SysResult {
    k.fds.get(fd.0)?.check_readable()?;
    let bytes = buf.bytes(k, count)?;
    read_into(k, fd, &mut [bytes], None)
}

pub fn write(k: &mut Kernel, fd: Fd, buf: In, count: usize) -> SysResult {
    k.fds.get(fd.0)?.check_writable()?;
    let bytes = buf.bytes(k, count)?;
    write_from(k, fd, &[bytes], None)
}

pub fn pread64(k: &mut Kernel, fd: Fd, buf: Out, count: usize, offset: i64) -> SysResult {
    let offset = positive(offset)?;
    k.fds.get(fd.0)?.check_readable()?;
    let bytes = buf.bytes(k, count)?;
    read_into(k, fd, &mut [bytes], Some(offset))
}

pub fn pwrite64(k: &mut Kernel, fd: Fd, buf: In, count: usize, offset: i64) -> SysResult {
    let offset = positive(offset)?;
    k.fds.get(fd.0)?.check_writable()?;
    let bytes = buf.bytes(k, count)?;
    write_from(k, fd, &[bytes], Some(offset))
}

/// The ranges of an I/O vector.
fn ranges(k: &Kernel, iov: User<Iovec>, count: usize) -> Result<Vec<(u64, usize)>, Errno> {
    if count > IOV_MAX {
        return Err(Errno::EINVAL);
    }
    let mut total = 0usize;
    let mut all = Vec::with_capacity(count);
    for n in 0..count {
        let Iovec { iov_base, iov_len } = iov.nth(n).read(k)?;
        let len = usize::try_from(iov_len as i64)
            .map_err(|_| Errno::EINVAL)?
            .min(MAX_TRANSFER - total.min(MAX_TRANSFER));
        total += len;
        all.push((iov_base, len));
    }
    Ok(all)
}

fn read_vector(
    k: &mut Kernel,
    fd: Fd,
    iov: User<Iovec>,
    count: usize,
    offset: Option<u64>,
) -> SysResult {
    k.fds.get(fd.0)?.check_readable()?;
    let ranges = ranges(k, iov, count)?;
    let mut bufs = ranges
        .iter()
        .map(|&(base, len)| Out(base).bytes(k, len))
        .collect::<Result<Vec<_>, _>>()?;
    read_into(k, fd, &mut bufs, offset)
}

fn write_vector(
    k: &mut Kernel,
    fd: Fd,
    iov: User<Iovec>,
    count: usize,
    offset: Option<u64>,
) -> SysResult {
    k.fds.get(fd.0)?.check_writable()?;
    let ranges = ranges(k, iov, count)?;
    let bufs = ranges
        .iter()
        .map(|&(base, len)| In(base).bytes(k, len))
        .collect::<Result<Vec<_>, _>>()?;
    write_from(k, fd, &bufs, offset)
}

pub fn readv(k: &mut Kernel, fd: Fd, iov: User<Iovec>, count: usize) -> SysResult {
    read_vector(k, fd, iov, count, None)
}

pub fn writev(k: &mut Kernel, fd: Fd, iov: User<Iovec>, count: usize) -> SysResult {
    write_vector(k, fd, iov, count, None)
}

pub fn preadv(k: &mut Kernel, fd: Fd, iov: User<Iovec>, count: usize, offset: i64) -> SysResult {
    read_vector(k, fd, iov, count, Some(positive(offset)?))
}

pub fn pwritev(k: &mut Kernel, fd: Fd, iov: User<Iovec>, count: usize, offset: i64) -> SysResult {
    write_vector(k, fd, iov, count, Some(positive(offset)?))
}

pub fn preadv2(
    k: &mut Kernel,
    fd: Fd,
    iov: User<Iovec>,
    count: usize,
    offset: i64,
    _high: u64,
    flags: Flags,
) -> SysResult {
    if flags.0 != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    read_vector(
        k,
        fd,
        iov,
        count,
        if offset == -1 {
            None
        } else {
            Some(positive(offset)?)
        },
    )
}

pub fn pwritev2(
    k: &mut Kernel,
    fd: Fd,
    iov: User<Iovec>,
    count: usize,
    offset: i64,
    _high: u64,
    flags: Flags,
) -> SysResult {
    if flags.0 != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    write_vector(
        k,
        fd,
        iov,
        count,
        if offset == -1 {
            None
        } else {
            Some(positive(offset)?)
        },
    )
}

/// Copies between files; offsets that are given are used instead of the positions and moved.
fn copy(
    k: &mut Kernel,
    from: &OpenFile,
    mut from_at: Option<u64>,
    to_fd: Fd,
    mut to_at: Option<u64>,
    count: usize,
) -> Result<(usize, Option<u64>, Option<u64>), Errno> {
    let mut buf = vec![0; count.min(65536)];
    let mut done = 0;
    while done < count {
        let want = (count - done).min(buf.len());
        let got = match from.read(k, &mut [&mut buf[..want]], from_at) {
            Ok(0) => break,
            Ok(n) => n,
            Err(_) if done > 0 => break,
            Err(e) => return Err(e),
        };
        let mut written = 0;
        while written < got {
            match write_from(k, to_fd, &[&buf[written..got]], to_at) {
                Ok(n) => {
                    written += n as usize;
                    to_at = to_at.map(|at| at + n);
                }
                Err(e) if done + written == 0 => return Err(e),
                Err(_) => {
                    // What was read but not written is read again next time.
                    if from_at.is_none() {
                        from.pos.set(from.pos.get() - (got - written) as u64);
                    }
                    return Ok((done + written, from_at.map(|at| at + written as u64), to_at));
                }
            }
        }
        done += got;
        from_at = from_at.map(|at| at + got as u64);
    }
    Ok((done, from_at, to_at))
}

pub fn sendfile(k: &mut Kernel, to: Fd, from: Fd, offset: UserMut<i64>, count: usize) -> SysResult {
    k.fds.get(to.0)?.check_writable()?;
    let source = k.fds.get(from.0)?.clone();
    source.check_readable()?;
    if source.file.is_pipe() || source.file.is_dir() {
        return Err(Errno::EINVAL);
    }
    let at = offset.read_opt(k)?.map(positive).transpose()?;
    let (done, at, _) = copy(k, &source, at, to, None, count)?;
    if let Some(at) = at {
        offset.write(k, &(at as i64))?;
    }
    Ok(done as u64)
}

pub fn copy_file_range(
    k: &mut Kernel,
    from: Fd,
    from_offset: UserMut<i64>,
    to: Fd,
    to_offset: UserMut<i64>,
    len: usize,
    flags: Flags,
) -> SysResult {
    k.fds.get(to.0)?.check_writable()?;
    let source = k.fds.get(from.0)?.clone();
    source.check_readable()?;
    let regular = |file: &OpenFile| {
        file.file
            .stat(k)
            .is_ok_and(|attr| attr.kind() == elfconv_abi::fs::S_IFREG)
    };
    if flags.0 != 0 || !regular(&source) || !regular(k.fds.get(to.0)?) {
        return Err(Errno::EINVAL);
    }
    let from_at = from_offset.read_opt(k)?.map(positive).transpose()?;
    let to_at = to_offset.read_opt(k)?.map(positive).transpose()?;
    let (done, from_at, to_at) = copy(k, &source, from_at, to, to_at, len)?;
    if let Some(at) = from_at {
        from_offset.write(k, &(at as i64))?;
    }
    if let Some(at) = to_at {
        to_offset.write(k, &(at as i64))?;
    }
    Ok(done as u64)
}
