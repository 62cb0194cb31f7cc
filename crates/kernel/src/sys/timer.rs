//! Timers that signal: `setitimer` and `timer_create`. See setitimer(2), timer_create(2).

use elfconv_abi::Errno;
use elfconv_abi::signal::*;
use elfconv_abi::time::*;

use super::SysResult;
use super::args::{Flags, User, UserMut};
use super::time::{nanoseconds, timer_clock, timeval};
use crate::host::Clock;
use crate::kernel::Kernel;
use crate::signals::info;
use crate::timers::{Timer, TimerClock};
use crate::vfs::attributes::timespec;

fn micro(time: Timeval) -> Result<u64, Errno> {
    if time.tv_sec < 0 || !(0..1_000_000).contains(&time.tv_usec) {
        return Err(Errno::EINVAL);
    }
    Ok((time.tv_sec as u64)
        .saturating_mul(1_000_000_000)
        .saturating_add(time.tv_usec as u64 * 1000))
}

fn left(timer: &Timer, now: u64) -> u64 {
    // One that is about to expire is not disarmed.
    if timer.next == 0 {
        0
    } else {
        timer.next.saturating_sub(now).max(1000)
    }
}

/// What a timer's clock shows. Timers of `setitimer` are there from their first use on.
fn reading(k: &mut Kernel, id: i32) -> u64 {
    let clock = match id {
        ..0 => k.timers.interval((-1 - id) as u32).clock,
        _ => k.timers.get(id).map_or(TimerClock::Monotonic, |t| t.clock),
    };
    k.timer_now(k.process.pid, clock, k.monotonic())
}

pub fn getitimer(k: &mut Kernel, which: u32, value: UserMut<Itimerval>) -> SysResult {
    if which > 2 {
        return Err(Errno::EINVAL);
    }
    let now = reading(k, -1 - which as i32);
    let timer = k.timers.interval(which);
    let current = Itimerval {
        it_interval: timeval(timer.interval),
        it_value: timeval(left(timer, now)),
    };
    value.write(k, &current)?;
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
    let new = value.read_opt(k)?.unwrap_or_default();
    let (first, interval) = (micro(new.it_value)?, micro(new.it_interval)?);
    if !old.is_null() {
        getitimer(k, which, old)?;
    }
    let now = reading(k, -1 - which as i32);
    let timer = k.timers.interval(which);
    timer.next = if first == 0 { 0 } else { now + first };
    timer.interval = interval;
    Ok(0)
}

pub fn timer_create(
    k: &mut Kernel,
    clock: i32,
    event: User<Sigevent>,
    id: UserMut<i32>,
) -> SysResult {
    if !matches!(clock, 0..=3 | 7 | 11) && clock >= 0 {
        return Err(Errno::EINVAL);
    }
    let clock = timer_clock(k, clock)?;
    let event = event.read_opt(k)?;
    let number = k.timers.last;
    let (signal, thread) = match event {
        None => (Some((SIGALRM, u64::from(number as u32))), None),
        Some(e) => {
            let signal = (e.signo, e.value);
            if e.notify != SIGEV_NONE && !(1..=NSIG).contains(&signal.0) {
                return Err(Errno::EINVAL);
            }
            match e.notify {
                SIGEV_NONE => (None, None),
                SIGEV_SIGNAL => (Some(signal), None),
                SIGEV_THREAD_ID
                    if k.thread(e.tid as u32)
                        .is_some_and(|t| t.pid == k.process.pid) =>
                {
                    (Some(signal), Some(e.tid as u32))
                }
                _ => return Err(Errno::EINVAL),
            }
        }
    };
    let signal = signal.map(|(signal, value)| {
        let mut info = info(signal, SI_TIMER, 0);
        info.rest[0] = value;
        info
    });
    id.write(k, &number)?;
    k.timers.last += 1;
    k.timers.all.push(Timer {
        id: number,
        clock,
        next: 0,
        interval: 0,
        signal,
        thread,
        overrun: 0,
    });
    Ok(0)
}

fn timer(k: &mut Kernel, id: i32) -> Result<&mut Timer, Errno> {
    k.process
        .timers
        .get(id)
        .filter(|_| id >= 0)
        .ok_or(Errno::EINVAL)
}

pub fn timer_gettime(k: &mut Kernel, id: i32, value: UserMut<Itimerspec>) -> SysResult {
    let now = reading(k, id);
    let timer = timer(k, id)?;
    let current = Itimerspec {
        it_interval: timespec(timer.interval),
        it_value: timespec(left(timer, now)),
    };
    value.write(k, &current)?;
    Ok(0)
}

pub fn timer_settime(
    k: &mut Kernel,
    id: i32,
    flags: Flags,
    value: User<Itimerspec>,
    old: UserMut<Itimerspec>,
) -> SysResult {
    let new = value.read(k)?;
    let (first, interval) = (nanoseconds(new.it_value)?, nanoseconds(new.it_interval)?);
    let realtime = timer(k, id)?.clock == TimerClock::Realtime;
    if !old.is_null() {
        timer_gettime(k, id, old)?;
    }
    let now = reading(k, id);
    let absolute = flags.0 & TIMER_ABSTIME != 0;
    let clock = if realtime {
        k.host.now(Clock::Realtime)
    } else {
        now
    };
    let timer = timer(k, id)?;
    timer.next = match first {
        0 => 0,
        first if absolute => now + first.saturating_sub(clock),
        first => now + first,
    };
    timer.interval = interval;
    timer.overrun = 0;
    Ok(0)
}

pub fn timer_getoverrun(k: &mut Kernel, id: i32) -> SysResult {
    Ok(timer(k, id)?.overrun.min(i32::MAX as u64))
}

pub fn timer_delete(k: &mut Kernel, id: i32) -> SysResult {
    timer(k, id)?;
    k.timers.all.retain(|t| t.id != id);
    Ok(0)
}
