//! Clocks, sleeping, processor time.

use elfconv_abi::Errno;
use elfconv_abi::process::Rusage;
use elfconv_abi::time::*;

use super::SysResult;
use super::args::{Flags, User, UserMut};
use crate::host::Clock;
use crate::kernel::Kernel;
use crate::vfs::attributes::timespec;

const NANOSECONDS: u64 = 1_000_000_000;

/// Which host clock a clock is; `None` is processor time.
fn host_clock(clock: i32) -> Result<Option<Clock>, Errno> {
    match clock {
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE | CLOCK_TAI => Ok(Some(Clock::Realtime)),
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
            Ok(Some(Clock::Monotonic))
        }
        CLOCK_PROCESS_CPUTIME_ID | CLOCK_THREAD_CPUTIME_ID => Ok(None),
        // Clocks of processes and threads by id: ours is the only one.
        clock if clock < 0 && clock & 7 != 7 => Ok(None),
        _ => Err(Errno::EINVAL),
    }
}

fn now(k: &Kernel, clock: i32) -> Result<u64, Errno> {
    Ok(match host_clock(clock)? {
        Some(clock) => k.host.now(clock),
        None => k.cpu_time(),
    })
}

/// Nanoseconds of a valid time.
pub fn nanoseconds(time: Timespec) -> Result<u64, Errno> {
    if time.tv_sec < 0 || !(0..NANOSECONDS as i64).contains(&time.tv_nsec) {
        return Err(Errno::EINVAL);
    }
    Ok((time.tv_sec as u64)
        .saturating_mul(NANOSECONDS)
        .saturating_add(time.tv_nsec as u64))
}

fn timeval(ns: u64) -> Timeval {
    Timeval {
        tv_sec: (ns / NANOSECONDS) as i64,
        tv_usec: (ns % NANOSECONDS / 1000) as i64,
    }
}

pub fn clock_gettime(k: &mut Kernel, clock: i32, time: UserMut<Timespec>) -> SysResult {
    let now = now(k, clock)?;
    time.write(k, &timespec(now))?;
    Ok(0)
}

pub fn clock_getres(k: &mut Kernel, clock: i32, time: UserMut<Timespec>) -> SysResult {
    let resolution = host_clock(clock)?.map_or(1, |clock| k.host.resolution(clock));
    time.write_opt(k, &timespec(resolution))?;
    Ok(0)
}

/// Sleeps; nothing interrupts it.
pub fn sleep(k: &Kernel, ns: u64) -> Result<(), Errno> {
    if ns > 0 {
        k.host.poll(&[], Some(ns))?;
    }
    Ok(())
}

pub fn nanosleep(k: &mut Kernel, time: User<Timespec>, _remaining: UserMut<Timespec>) -> SysResult {
    let ns = nanoseconds(time.read(k)?)?;
    sleep(k, ns)?;
    Ok(0)
}

pub fn clock_nanosleep(
    k: &mut Kernel,
    clock: i32,
    flags: Flags,
    time: User<Timespec>,
    _remaining: UserMut<Timespec>,
) -> SysResult {
    let ns = nanoseconds(time.read(k)?)?;
    let now = now(k, clock)?;
    sleep(
        k,
        if flags.0 & TIMER_ABSTIME != 0 {
            ns.saturating_sub(now)
        } else {
            ns
        },
    )?;
    Ok(0)
}

pub fn gettimeofday(k: &mut Kernel, time: UserMut<Timeval>, zone: UserMut<Timezone>) -> SysResult {
    time.write_opt(k, &timeval(k.host.now(Clock::Realtime)))?;
    zone.write_opt(k, &Timezone::default())?;
    Ok(0)
}

pub fn times(k: &mut Kernel, buf: UserMut<Tms>) -> SysResult {
    let tick = NANOSECONDS / USER_HZ;
    buf.write_opt(
        k,
        &Tms {
            tms_utime: (k.cpu_time() / tick) as i64,
            ..Tms::default()
        },
    )?;
    Ok(k.host.now(Clock::Monotonic) / tick)
}

pub fn getrusage(k: &mut Kernel, who: i32, usage: UserMut<Rusage>) -> SysResult {
    let mut value = Rusage::default();
    match who {
        0 | 1 => {
            value.ru_utime = timeval(k.cpu_time());
            value.ru_maxrss = (k.mm.usage().1 >> 10) as i64;
        }
        // No children.
        -1 => {}
        _ => return Err(Errno::EINVAL),
    }
    usage.write(k, &value)?;
    Ok(0)
}

pub fn getitimer(k: &mut Kernel, which: u32, value: UserMut<Itimerval>) -> SysResult {
    if which > 2 {
        return Err(Errno::EINVAL);
    }
    value.write(k, &Itimerval::default())?;
    Ok(0)
}

pub fn setitimer(
    k: &mut Kernel,
    which: u32,
    value: User<Itimerval>,
    old: UserMut<Itimerval>,
) -> SysResult {
    if which > 2 {
        return Err(Errno::EINVAL);
    }
    value.read_opt(k)?;
    old.write_opt(k, &Itimerval::default())?;
    Ok(0)
}
