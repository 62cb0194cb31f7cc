//! `ppoll` and `pselect6`, over the kernel's own files and the host's streams. See poll(2), select(2).

use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::poll::*;
use elfconv_abi::time::Timespec;

use super::SysResult;
use super::args::{User, UserMut};
use super::signal::{restore_mask, set_temporary_mask};
use super::time::nanoseconds;
use crate::host::Event;
use crate::kernel::Kernel;
use crate::sched::file_events;
use crate::task::Wait;
use crate::vfs::Readiness;

/// Waits until one of `fds` is ready and sets their `revents`; returns how many are.
fn wait(k: &mut Kernel, fds: &mut [Pollfd], timeout: Option<u64>) -> Result<usize, Errno> {
    k.pump_terminal();
    let mut events = Vec::new();
    let mut askers = Vec::new();
    let mut files = Vec::new();
    let mut ready = 0;
    for (at, poll) in fds.iter_mut().enumerate() {
        poll.revents = 0;
        if poll.fd < 0 {
            continue;
        }
        let Ok(file) = k.fds.get(poll.fd) else {
            poll.revents = POLLNVAL;
            ready += 1;
            continue;
        };
        match file_events(k, file, poll.events) {
            Some(found) => poll.revents = found,
            None => {
                let Readiness::Host(fd) = file.file.readiness(k) else {
                    continue;
                };
                if poll.events & (POLLIN | POLLRDNORM) != 0 {
                    events.push(Event::Readable(fd));
                    askers.push((at, POLLIN | POLLRDNORM));
                }
                if poll.events & (POLLOUT | POLLWRNORM) != 0 {
                    events.push(Event::Writable(fd));
                    askers.push((at, POLLOUT | POLLWRNORM));
                }
            }
        }
        files.push((file.clone(), poll.events));
        ready += usize::from(poll.revents != 0);
    }
    if !events.is_empty() {
        for ((at, bits), occurred) in askers.into_iter().zip(k.ask_host(&events)) {
            if occurred {
                ready += usize::from(fds[at].revents == 0);
                fds[at].revents |= bits & fds[at].events;
            }
        }
    }
    k.set_timeout(timeout);
    if ready > 0 || timeout == Some(0) || k.timed_out() {
        restore_mask(k);
        return Ok(ready);
    }
    Err(k.block(Wait::Files(files), false))
}

/// Takes the mask that `ppoll` and its like are given.
fn take_mask(k: &mut Kernel, mask: User<u64>) -> Result<(), Errno> {
    if let Some(mask) = mask.read_opt(k)? {
        set_temporary_mask(k, mask);
    }
    Ok(())
}

fn timeout(k: &Kernel, time: User<Timespec>) -> Result<Option<u64>, Errno> {
    time.read_opt(k)?.map(nanoseconds).transpose()
}

pub fn ppoll(
    k: &mut Kernel,
    fds: UserMut<Pollfd>,
    count: usize,
    time: User<Timespec>,
    mask: User<u64>,
) -> SysResult {
    if count as u64 > k.fd_limit() {
        return Err(Errno::EINVAL);
    }
    let timeout = timeout(k, time)?;
    let mut all = (0..count)
        .map(|n| fds.nth(n).read(k))
        .collect::<Result<Vec<_>, _>>()?;
    take_mask(k, mask)?;
    let ready = wait(k, &mut all, timeout)?;
    for (n, poll) in all.iter().enumerate() {
        fds.nth(n).write(k, poll)?;
    }
    Ok(ready as u64)
}

pub fn pselect6(
    k: &mut Kernel,
    n: i32,
    read: UserMut<u64>,
    write: UserMut<u64>,
    except: UserMut<u64>,
    time: User<Timespec>,
    mask: User<u64>,
) -> SysResult {
    let n = usize::try_from(n)
        .map_err(|_| Errno::EINVAL)?
        .min(FD_SETSIZE);
    let timeout = timeout(k, time)?;
    let words = n.div_ceil(64);
    let load = |set: UserMut<u64>| -> Result<Vec<u64>, Errno> {
        if set.is_null() {
            Ok(alloc::vec![0; words])
        } else {
            (0..words).map(|i| set.nth(i).read(k)).collect()
        }
    };
    let (reads, writes, excepts) = (load(read)?, load(write)?, load(except)?);
    let has = |set: &[u64], fd: usize| set[fd / 64] >> (fd % 64) & 1 != 0;
    let mut all = Vec::new();
    for fd in 0..n {
        let events = if has(&reads, fd) { POLLIN } else { 0 }
            | if has(&writes, fd) { POLLOUT } else { 0 }
            | if has(&excepts, fd) { POLLPRI } else { 0 };
        if events != 0 {
            k.fds.get(fd as i32)?;
            all.push(Pollfd {
                fd: fd as i32,
                events,
                revents: 0,
            });
        }
    }
    // A pointer to the mask's address and size.
    if let Some(at) = mask.read_opt(k)? {
        take_mask(k, User::at(at))?;
    }
    wait(k, &mut all, timeout)?;
    let mut bits = 0;
    for (set, wanted, signs) in [
        (read, &reads, POLLIN | POLLHUP | POLLERR),
        (write, &writes, POLLOUT | POLLERR),
        (except, &excepts, POLLPRI),
    ] {
        if set.is_null() {
            continue;
        }
        let mut result = alloc::vec![0u64; words];
        for poll in &all {
            let fd = poll.fd as usize;
            if has(wanted, fd) && poll.revents & signs != 0 {
                result[fd / 64] |= 1 << (fd % 64);
                bits += 1;
            }
        }
        for (i, word) in result.iter().enumerate() {
            set.nth(i).write(k, word)?;
        }
    }
    Ok(bits)
}
