//! `eventfd`, `timerfd`, `signalfd`, `epoll`. See their manual pages in section 2.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

use elfconv_abi::Errno;
use elfconv_abi::fs::{O_CLOEXEC, O_NONBLOCK, O_RDWR};
use elfconv_abi::poll::*;
use elfconv_abi::time::*;

use super::SysResult;
use super::args::{Fd, Flags, User, UserMut};
use super::signal::{restore_mask, set_temporary_mask};
use super::time::nanoseconds;
use crate::host::Clock;
use crate::kernel::Kernel;
use crate::signals::UNBLOCKABLE;
use crate::vfs::attributes::timespec;
use crate::vfs::epoll::Epoll;
use crate::vfs::event::{EventFd, SignalFd, TimerFd};
use crate::vfs::{File, OpenFile};

/// Enters a new file; the flags are those of `open`.
pub fn install(k: &mut Kernel, file: Box<dyn File>, flags: Flags) -> SysResult {
    let limit = k.fd_limit();
    let file = OpenFile::new(file, O_RDWR | flags.0 & O_NONBLOCK, Vec::new());
    k.fds.add(file, 0, flags.0 & O_CLOEXEC != 0, limit)
}

pub fn eventfd2(k: &mut Kernel, count: u32, flags: Flags) -> SysResult {
    const EFD_SEMAPHORE: u32 = 1;
    if flags.0 & !(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let file = EventFd {
        count: Cell::new(count.into()),
        semaphore: flags.0 & EFD_SEMAPHORE != 0,
        ..EventFd::default()
    };
    install(k, Box::new(file), flags)
}

pub fn timerfd_create(k: &mut Kernel, clock: i32, flags: Flags) -> SysResult {
    let realtime = match clock {
        CLOCK_REALTIME => true,
        CLOCK_MONOTONIC | CLOCK_BOOTTIME => false,
        _ => return Err(Errno::EINVAL),
    };
    if flags.0 & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let file = TimerFd::new(k.host.clone(), realtime);
    install(k, Box::new(file), flags)
}

fn left(k: &Kernel, timer: &TimerFd) -> Itimerspec {
    let now = k.monotonic();
    let (mut next, interval) = (timer.next.get(), timer.interval.get());
    if interval > 0 && next > 0 && next <= now {
        next += ((now - next) / interval + 1) * interval;
    }
    Itimerspec {
        it_interval: timespec(interval),
        it_value: timespec(next.saturating_sub(now)),
    }
}

pub fn timerfd_gettime(k: &mut Kernel, fd: Fd, value: UserMut<Itimerspec>) -> SysResult {
    let file = k.fds.get(fd.0)?;
    let now = left(k, file.file.as_timer().ok_or(Errno::EINVAL)?);
    value.write(k, &now)?;
    Ok(0)
}

pub fn timerfd_settime(
    k: &mut Kernel,
    fd: Fd,
    flags: Flags,
    value: User<Itimerspec>,
    old: UserMut<Itimerspec>,
) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    let timer = file.file.as_timer().ok_or(Errno::EINVAL)?;
    let new = value.read(k)?;
    let (first, interval) = (nanoseconds(new.it_value)?, nanoseconds(new.it_interval)?);
    old.write_opt(k, &left(k, timer))?;
    let now = k.monotonic();
    let next = if first == 0 {
        0
    } else if flags.0 & TIMER_ABSTIME != 0 {
        let clock = if timer.realtime {
            k.host.now(Clock::Realtime)
        } else {
            now
        };
        now + first.saturating_sub(clock)
    } else {
        now + first
    };
    timer.next.set(next);
    timer.interval.set(interval);
    Ok(0)
}

pub fn signalfd4(k: &mut Kernel, fd: Fd, mask: User<u64>, size: usize, flags: Flags) -> SysResult {
    if size != 8 || flags.0 & !(O_CLOEXEC | O_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    let mask = mask.read(k)? & !UNBLOCKABLE;
    if fd.0 != -1 {
        let file = k.fds.get(fd.0)?;
        file.file.as_signals().ok_or(Errno::EINVAL)?.set(mask);
        return Ok(fd.0 as u64);
    }
    let file = SignalFd {
        mask: Cell::new(mask),
        pid: k.process.pid,
    };
    install(k, Box::new(file), flags)
}

pub fn epoll_create1(k: &mut Kernel, flags: Flags) -> SysResult {
    if flags.0 & !O_CLOEXEC != 0 {
        return Err(Errno::EINVAL);
    }
    install(k, Box::new(Epoll::default()), flags)
}

pub fn epoll_ctl(k: &mut Kernel, epoll: Fd, op: u32, fd: Fd, event: User<EpollEvent>) -> SysResult {
    let set = k.fds.get(epoll.0)?.clone();
    let file = k.fds.get(fd.0)?.clone();
    let event = if op == EPOLL_CTL_DEL {
        EpollEvent::default()
    } else {
        event.read(k)?
    };
    let set = set.file.as_epoll().ok_or(Errno::EINVAL)?;
    if epoll.0 == fd.0 {
        return Err(Errno::EINVAL);
    }
    // Files that are always ready cannot be waited for.
    if file.file.seekable() {
        return Err(Errno::EPERM);
    }
    let events = event.events | u32::from(POLLERR | POLLHUP);
    match op {
        EPOLL_CTL_ADD => set.add(fd.0, &file, events, event.data)?,
        EPOLL_CTL_MOD => set.modify(fd.0, &file, events, event.data)?,
        EPOLL_CTL_DEL => set.remove(fd.0, &file)?,
        _ => return Err(Errno::EINVAL),
    }
    Ok(0)
}

fn wait(
    k: &mut Kernel,
    fd: Fd,
    events: UserMut<EpollEvent>,
    most: i32,
    timeout: Option<u64>,
) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    let set = file.file.as_epoll().ok_or(Errno::EINVAL)?;
    let most = usize::try_from(most)
        .ok()
        .filter(|&n| n > 0)
        .ok_or(Errno::EINVAL)?;
    let found = set.take(k, most);
    k.set_timeout(timeout);
    if found.is_empty() && timeout != Some(0) && !k.timed_out() {
        return Err(k.block(
            crate::task::Wait::Files(alloc::vec![(file.clone(), POLLIN)]),
            false,
        ));
    }
    restore_mask(k);
    for (n, (bits, data)) in found.iter().enumerate() {
        let event = EpollEvent {
            events: *bits,
            __pad: 0,
            data: *data,
        };
        events.nth(n).write(k, &event)?;
    }
    Ok(found.len() as u64)
}

pub fn epoll_pwait(
    k: &mut Kernel,
    fd: Fd,
    events: UserMut<EpollEvent>,
    most: i32,
    timeout: i32,
    mask: User<u64>,
) -> SysResult {
    if let Some(mask) = mask.read_opt(k)? {
        set_temporary_mask(k, mask);
    }
    let timeout = u64::try_from(timeout).ok().map(|ms| ms * 1_000_000);
    wait(k, fd, events, most, timeout)
}

pub fn epoll_pwait2(
    k: &mut Kernel,
    fd: Fd,
    events: UserMut<EpollEvent>,
    most: i32,
    timeout: User<Timespec>,
    mask: User<u64>,
) -> SysResult {
    let timeout = timeout.read_opt(k)?.map(nanoseconds).transpose()?;
    if let Some(mask) = mask.read_opt(k)? {
        set_temporary_mask(k, mask);
    }
    wait(k, fd, events, most, timeout)
}
