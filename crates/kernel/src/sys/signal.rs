//! Signals: masks, actions, sending to oneself.

use elfconv_abi::Errno;
use elfconv_abi::signal::*;
use elfconv_abi::time::Timespec;

use super::SysResult;
use super::args::{Signal, User, UserMut};
use super::time::{nanoseconds, sleep};
use crate::kernel::{AfterCall, Kernel};
use crate::signals::{UNBLOCKABLE, bit};

fn set_size(size: usize) -> Result<(), Errno> {
    if size == 8 {
        Ok(())
    } else {
        Err(Errno::EINVAL)
    }
}

pub fn rt_sigaction(
    k: &mut Kernel,
    signal: Signal,
    new: User<Sigaction>,
    old: UserMut<Sigaction>,
    size: usize,
) -> SysResult {
    set_size(size)?;
    let at = usize::try_from(signal.0)
        .ok()
        .filter(|&s| (1..=NSIG as usize).contains(&s))
        .ok_or(Errno::EINVAL)?
        - 1;
    let before = k.signals.actions[at];
    if let Some(mut action) = new.read_opt(k)? {
        if bit(signal.0) & UNBLOCKABLE != 0 {
            return Err(Errno::EINVAL);
        }
        action.sa_mask &= !UNBLOCKABLE;
        k.signals.set_action(signal.0, action);
    }
    old.write_opt(k, &before)?;
    Ok(0)
}

pub fn rt_sigprocmask(
    k: &mut Kernel,
    how: u32,
    set: User<u64>,
    old: UserMut<u64>,
    size: usize,
) -> SysResult {
    set_size(size)?;
    let before = k.signals.blocked;
    if let Some(set) = set.read_opt(k)? {
        k.signals.blocked = match how {
            SIG_BLOCK => before | set,
            SIG_UNBLOCK => before & !set,
            SIG_SETMASK => set,
            _ => return Err(Errno::EINVAL),
        } & !UNBLOCKABLE;
    }
    old.write_opt(k, &before)?;
    Ok(0)
}

pub fn rt_sigpending(k: &mut Kernel, set: UserMut<u64>, size: usize) -> SysResult {
    set_size(size)?;
    set.write(k, &(k.signals.pending & k.signals.blocked))?;
    Ok(0)
}

pub fn rt_sigsuspend(k: &mut Kernel, mask: User<u64>, size: usize) -> SysResult {
    set_size(size)?;
    let mask = mask.read(k)? & !UNBLOCKABLE;
    let before = core::mem::replace(&mut k.signals.blocked, mask);
    if !k.signals.deliverable() {
        k.deadlock("waiting for a signal that nobody can send");
    }
    // The handler runs with the temporary mask and returns to the old one.
    k.signals.restore_mask = Some(before);
    Err(Errno::EINTR)
}

pub fn rt_sigtimedwait(
    k: &mut Kernel,
    set: User<u64>,
    info: UserMut<Siginfo>,
    timeout: User<Timespec>,
    size: usize,
) -> SysResult {
    set_size(size)?;
    let set = set.read(k)? & !UNBLOCKABLE;
    let timeout = timeout.read_opt(k)?.map(nanoseconds).transpose()?;
    let ready = k.signals.pending & set;
    if ready != 0 {
        let signal = ready.trailing_zeros() + 1;
        k.signals.pending &= !bit(signal);
        let value = k.siginfo(signal);
        info.write_opt(k, &value)?;
        return Ok(signal.into());
    }
    let Some(ns) = timeout else {
        k.deadlock("waiting for a signal that nobody can send")
    };
    sleep(k, ns)?;
    Err(Errno::EAGAIN)
}

pub fn rt_sigreturn(k: &mut Kernel) -> SysResult {
    k.after_call.push_back(AfterCall::SigReturn);
    Ok(0)
}

pub fn sigaltstack(k: &mut Kernel, new: User<SigAltStack>, old: UserMut<SigAltStack>) -> SysResult {
    let before = k.signals.alt_stack;
    if let Some(mut stack) = new.read_opt(k)? {
        match stack.ss_flags & !SS_AUTODISARM {
            SS_DISABLE => {
                stack = SigAltStack {
                    ss_flags: SS_DISABLE,
                    ..SigAltStack::default()
                }
            }
            0 | SS_ONSTACK if stack.ss_size < MINSIGSTKSZ => return Err(Errno::ENOMEM),
            0 | SS_ONSTACK => stack.ss_flags &= SS_AUTODISARM,
            _ => return Err(Errno::EINVAL),
        }
        k.signals.alt_stack = stack;
    }
    old.write_opt(k, &before)?;
    Ok(0)
}

/// Sends a signal to oneself; 0 only asks.
fn send(k: &mut Kernel, signal: u32) -> SysResult {
    if signal > NSIG {
        return Err(Errno::EINVAL);
    }
    if signal != 0 {
        k.signals.raise(signal);
    }
    Ok(0)
}

pub fn kill(k: &mut Kernel, pid: i32, signal: Signal) -> SysResult {
    let own = k.process.pid as i32;
    match pid {
        0 => send(k, signal.0),
        pid if pid == own || pid == -(k.process.process_group as i32) => send(k, signal.0),
        // Everybody but oneself and init: nobody.
        -1 => Err(Errno::ESRCH),
        _ if signal.0 > NSIG => Err(Errno::EINVAL),
        _ => Err(Errno::ESRCH),
    }
}

pub fn tkill(k: &mut Kernel, tid: i32, signal: Signal) -> SysResult {
    if tid <= 0 {
        return Err(Errno::EINVAL);
    }
    if tid as u32 == k.process.pid {
        send(k, signal.0)
    } else {
        Err(Errno::ESRCH)
    }
}

pub fn tgkill(k: &mut Kernel, pid: i32, tid: i32, signal: Signal) -> SysResult {
    if pid <= 0 {
        return Err(Errno::EINVAL);
    }
    if pid as u32 == k.process.pid {
        tkill(k, tid, signal)
    } else {
        Err(Errno::ESRCH)
    }
}

pub fn rt_sigqueueinfo(k: &mut Kernel, pid: i32, signal: Signal, info: User<Siginfo>) -> SysResult {
    info.read(k)?;
    kill(k, pid, signal)
}
