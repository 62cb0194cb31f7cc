//! Clocks, sleeping, processor time.

use elfconv_abi::Errno;
use elfconv_abi::process::Rusage;
use elfconv_abi::time::*;

use super::SysResult;
use super::args::{Flags, User, UserMut};
use crate::host::Clock;
use crate::kernel::Kernel;
use crate::task::Wait;
use crate::timers::TimerClock;
use crate::vfs::attributes::timespec;

const NANOSECONDS: u64 = 1_000_000_000;

/// Which host clock a clock is; `None` is processor time. Not checked is whether its process or thread exists.
fn host_clock(clock: i32) -> Result<Option<Clock>, Errno> {
    match clock {
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE | CLOCK_TAI => Ok(Some(Clock::Realtime)),
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
            Ok(Some(Clock::Monotonic))
        }
        CLOCK_PROCESS_CPUTIME_ID | CLOCK_THREAD_CPUTIME_ID => Ok(None),
        // Clocks of processes and threads by number.
        clock if clock < 0 && clock & 7 != 7 => Ok(None),
        _ => Err(Errno::EINVAL),
    }
}

fn now(k: &Kernel, clock: i32) -> Result<u64, Errno> {
    Ok(match host_clock(clock)? {
        Some(clock) => k.host.now(clock),
        None => cpu_clock(k, clock)?,
    })
}

/// Processor time by a clock. The numbers of clocks of others are made of theirs: clock_getcpuclockid(3).
fn cpu_clock(k: &Kernel, clock: i32) -> Result<u64, Errno> {
    match timer_clock(k, clock)? {
        TimerClock::Process if clock < 0 => cpu_owner(k, clock).and_then(|p| k.process_time(p)),
        TimerClock::Thread(tid) => k.thread_time(tid),
        _ => Some(k.cpu_time()),
    }
    .ok_or(Errno::EINVAL)
}

fn cpu_owner(k: &Kernel, clock: i32) -> Option<u32> {
    match !(clock >> 3) as u32 {
        0 => Some(k.process.pid),
        pid => k.process(pid).map(|p| p.pid),
    }
}

/// Which clock a timer goes by.
pub(super) fn timer_clock(k: &Kernel, clock: i32) -> Result<TimerClock, Errno> {
    Ok(match host_clock(clock)? {
        Some(Clock::Realtime) => TimerClock::Realtime,
        Some(Clock::Monotonic) => TimerClock::Monotonic,
        None if clock == CLOCK_THREAD_CPUTIME_ID => TimerClock::Thread(k.thread.tid),
        None if clock < 0 && clock & 4 != 0 => match !(clock >> 3) as u32 {
            0 => TimerClock::Thread(k.thread.tid),
            tid => TimerClock::Thread(tid),
        },
        None => TimerClock::Process,
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

/// As a `timeval`.
pub fn timeval(ns: u64) -> Timeval {
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

/// Sleeps until the current call's deadline, `ns` nanoseconds from its first try on.
fn sleep(k: &mut Kernel, ns: u64, remaining: UserMut<Timespec>) -> SysResult {
    if ns == 0 {
        return Ok(0);
    }
    if k.cannot_be_interrupted() {
        // Nobody can interrupt it.
        k.charge();
        k.host.poll(&[], Some(ns))?;
        k.charge_nobody();
        return Ok(0);
    }
    k.set_timeout(Some(ns));
    if k.timed_out() {
        return Ok(0);
    }
    k.thread.call.remaining = remaining.0;
    Err(k.block(Wait::Event, false))
}

impl Kernel {
    /// The current call is interrupted: what is left of a sleep is told.
    pub(crate) fn interrupted(&mut self) {
        let call = &self.thread.call;
        if call.remaining != 0
            && let Some(deadline) = call.deadline
        {
            let left = deadline.saturating_sub(self.monotonic());
            let _ = UserMut::<Timespec>::at(call.remaining).write(self, &timespec(left));
        }
    }
}

pub fn nanosleep(k: &mut Kernel, time: User<Timespec>, remaining: UserMut<Timespec>) -> SysResult {
    let ns = nanoseconds(time.read(k)?)?;
    sleep(k, ns, remaining)
}

pub fn clock_nanosleep(
    k: &mut Kernel,
    clock: i32,
    flags: Flags,
    time: User<Timespec>,
    remaining: UserMut<Timespec>,
) -> SysResult {
    let ns = nanoseconds(time.read(k)?)?;
    if flags.0 & TIMER_ABSTIME != 0 {
        let now = now(k, clock)?;
        return sleep(k, ns.saturating_sub(now), UserMut::at(0));
    }
    host_clock(clock)?;
    sleep(k, ns, remaining)
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
            tms_cutime: (k.process.children_time / tick) as i64,
            ..Tms::default()
        },
    )?;
    Ok(k.host.now(Clock::Monotonic) / tick)
}

pub fn getrusage(k: &mut Kernel, who: i32, usage: UserMut<Rusage>) -> SysResult {
    let mut value = Rusage::default();
    match who {
        0 | 1 => {
            let time = if who == 0 {
                Some(k.cpu_time())
            } else {
                k.thread_time(k.thread.tid)
            };
            value.ru_utime = timeval(time.unwrap_or(0));
            value.ru_maxrss = (k.mm.usage().1 >> 10) as i64;
        }
        -1 => value.ru_utime = timeval(k.process.children_time),
        _ => return Err(Errno::EINVAL),
    }
    usage.write(k, &value)?;
    Ok(0)
}
