//! Signals: masks, actions, sending, waiting. See sigaction(2), kill(2), sigwaitinfo(2).

use elfconv_abi::Errno;
use elfconv_abi::signal::*;
use elfconv_abi::time::Timespec;

use super::SysResult;
use super::args::{Signal, User, UserMut};
use super::time::nanoseconds;
use crate::kernel::Kernel;
use crate::signals::{UNBLOCKABLE, bit};
use crate::task::{AfterCall, Wait};

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
    if !(1..=NSIG).contains(&signal.0) {
        return Err(Errno::EINVAL);
    }
    let before = *k.actions.get(signal.0);
    if let Some(mut action) = new.read_opt(k)? {
        if bit(signal.0) & UNBLOCKABLE != 0 {
            return Err(Errno::EINVAL);
        }
        action.sa_mask &= !UNBLOCKABLE;
        k.set_action(signal.0, action);
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
    let before = k.thread.blocked;
    if let Some(set) = set.read_opt(k)? {
        k.thread.blocked = match how {
            SIG_BLOCK => before | set,
            SIG_UNBLOCK => before & !set,
            SIG_SETMASK => set,
            _ => return Err(Errno::EINVAL),
        } & !UNBLOCKABLE;
        if k.thread.blocked & !before != 0 {
            k.pass_on_signals();
        }
    }
    old.write_opt(k, &before)?;
    Ok(0)
}

pub fn rt_sigpending(k: &mut Kernel, set: UserMut<u64>, size: usize) -> SysResult {
    set_size(size)?;
    let pending = k.thread.pending.set | k.process.pending.set;
    set.write(k, &(pending & k.thread.blocked))?;
    Ok(0)
}

/// Takes a mask for the time of the call.
pub fn set_temporary_mask(k: &mut Kernel, mask: u64) {
    if !k.thread.call.again {
        let before = core::mem::replace(&mut k.thread.blocked, mask & !UNBLOCKABLE);
        k.thread.restore_mask = Some(before);
    }
}

/// Goes back to the mask from before the call, which was not interrupted.
pub fn restore_mask(k: &mut Kernel) {
    if let Some(mask) = k.thread.restore_mask.take() {
        k.thread.blocked = mask;
    }
}

pub fn rt_sigsuspend(k: &mut Kernel, mask: User<u64>, size: usize) -> SysResult {
    set_size(size)?;
    let mask = mask.read(k)?;
    // The handler runs with the temporary mask and returns to the old one.
    set_temporary_mask(k, mask);
    Err(k.block(Wait::Event, false))
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
    if let Some(value) = k.take_signal(set) {
        info.write_opt(k, &value)?;
        return Ok(value.si_signo as u64);
    }
    k.set_timeout(timeout);
    if k.timed_out() {
        return Err(Errno::EAGAIN);
    }
    k.thread.call.wanted = set;
    Err(k.block(Wait::Event, false))
}

pub fn rt_sigreturn(k: &mut Kernel) -> SysResult {
    k.later(AfterCall::SigReturn);
    Ok(0)
}

pub fn sigaltstack(k: &mut Kernel, new: User<SigAltStack>, old: UserMut<SigAltStack>) -> SysResult {
    // Whether the stack is in use is known when the stack pointer is.
    k.later(AfterCall::AltStack(new.0, old.0));
    Ok(0)
}

impl Kernel {
    /// `sigaltstack`, with the stack pointer.
    pub(crate) fn set_alt_stack(&mut self, sp: u64, new: u64, old: u64) -> SysResult {
        let (new, old) = (
            User::<SigAltStack>::at(new),
            UserMut::<SigAltStack>::at(old),
        );
        let mut before = self.thread.alt_stack;
        let used = before.ss_flags & (SS_DISABLE | SS_AUTODISARM) == 0
            && sp.wrapping_sub(before.ss_sp) < before.ss_size;
        if let Some(mut stack) = new.read_opt(self)? {
            if used {
                return Err(Errno::EPERM);
            }
            match stack.ss_flags & !SS_AUTODISARM {
                SS_DISABLE => stack = crate::task::no_alt_stack(),
                0 | SS_ONSTACK if stack.ss_size < MINSIGSTKSZ => return Err(Errno::ENOMEM),
                0 | SS_ONSTACK => stack.ss_flags &= SS_AUTODISARM,
                _ => return Err(Errno::EINVAL),
            }
            self.thread.alt_stack = stack;
        }
        if used {
            before.ss_flags |= SS_ONSTACK;
        }
        old.write_opt(self, &before)?;
        Ok(0)
    }
}

/// Whether the current process may signal another one.
fn may_signal(k: &Kernel, pid: u32, signal: u32) -> bool {
    let own = &k.cred;
    k.process(pid).is_some_and(|p| {
        own.euid == 0
            || [own.uid, own.euid]
                .iter()
                .any(|&id| id == p.cred.uid || id == p.cred.suid)
            || signal == SIGCONT && p.session == k.process.session
    })
}

/// Sends `info`, or only asks if its number is 0.
fn send_to(k: &mut Kernel, pid: u32, tid: Option<u32>, info: Siginfo) -> SysResult {
    let signal = info.si_signo as u32;
    if !may_signal(k, pid, signal) {
        return Err(Errno::EPERM);
    }
    if signal != 0 {
        k.send(pid, tid, info);
    }
    Ok(0)
}

/// The process that a thread or process number belongs to.
fn process_of(k: &Kernel, id: i32) -> Result<u32, Errno> {
    let id = u32::try_from(id).map_err(|_| Errno::ESRCH)?;
    match k.process(id) {
        Some(p) => Ok(p.pid),
        None => k.thread(id).map(|t| t.pid).ok_or(Errno::ESRCH),
    }
}

pub fn kill(k: &mut Kernel, pid: i32, signal: Signal) -> SysResult {
    if signal.0 > NSIG {
        return Err(Errno::EINVAL);
    }
    let info = k.sent(signal.0, SI_USER);
    if pid > 0 {
        let pid = process_of(k, pid)?;
        return send_to(k, pid, None, info);
    }
    let group = match pid {
        0 => Some(k.process.process_group),
        -1 => None,
        pid => Some(pid.unsigned_abs()),
    };
    let own = k.process.pid;
    let targets: alloc::vec::Vec<u32> = k
        .pids()
        .into_iter()
        .filter(|&pid| match group {
            Some(group) => k.process(pid).is_some_and(|p| p.process_group == group),
            // Everybody but oneself and process 1.
            None => pid != own,
        })
        .collect();
    let mut result = Err(Errno::ESRCH);
    for pid in targets {
        match send_to(k, pid, None, info) {
            Ok(_) => result = Ok(0),
            Err(e) if result == Err(Errno::ESRCH) => result = Err(e),
            Err(_) => {}
        }
    }
    result
}

/// Sends to a thread of any process, or of a given one.
fn send_thread(k: &mut Kernel, pid: Option<u32>, tid: i32, info: Siginfo) -> SysResult {
    if tid <= 0 {
        return Err(Errno::EINVAL);
    }
    if info.si_signo as u32 > NSIG {
        return Err(Errno::EINVAL);
    }
    let owner = k.thread(tid as u32).map(|t| t.pid).ok_or(Errno::ESRCH)?;
    if pid.is_some_and(|pid| pid != owner) {
        return Err(Errno::ESRCH);
    }
    send_to(k, owner, Some(tid as u32), info)
}

pub fn tkill(k: &mut Kernel, tid: i32, signal: Signal) -> SysResult {
    let info = k.sent(signal.0, SI_TKILL);
    send_thread(k, None, tid, info)
}

pub fn tgkill(k: &mut Kernel, pid: i32, tid: i32, signal: Signal) -> SysResult {
    if pid <= 0 {
        return Err(Errno::EINVAL);
    }
    let info = k.sent(signal.0, SI_TKILL);
    send_thread(k, Some(pid as u32), tid, info)
}

/// The information that a caller gives, which must not look like the kernel's unless it is for itself.
fn given(k: &Kernel, pid: i32, signal: Signal, info: User<Siginfo>) -> Result<Siginfo, Errno> {
    let mut info = info.read(k)?;
    info.si_signo = signal.0 as i32;
    if (info.si_code >= 0 || info.si_code == SI_TKILL) && pid as u32 != k.process.pid {
        return Err(Errno::EPERM);
    }
    Ok(info)
}

pub fn rt_sigqueueinfo(k: &mut Kernel, pid: i32, signal: Signal, info: User<Siginfo>) -> SysResult {
    let info = given(k, pid, signal, info)?;
    if signal.0 > NSIG {
        return Err(Errno::EINVAL);
    }
    let pid = process_of(k, pid)?;
    send_to(k, pid, None, info)
}

pub fn rt_tgsigqueueinfo(
    k: &mut Kernel,
    pid: i32,
    tid: i32,
    signal: Signal,
    info: User<Siginfo>,
) -> SysResult {
    if pid <= 0 {
        return Err(Errno::EINVAL);
    }
    let info = given(k, pid, signal, info)?;
    send_thread(k, Some(pid as u32), tid, info)
}
