//! Futexes and robust lists. See futex(2), get_robust_list(2).

use alloc::collections::VecDeque;
use alloc::rc::Rc;

use elfconv_abi::Errno;
use elfconv_abi::process::*;
use elfconv_abi::time::Timespec;

use super::args::{Addr, Flags, User, UserMut};
use super::time::nanoseconds;
use super::{SysResult, futex_pi};
use crate::host::Clock;
use crate::kernel::Kernel;
use crate::mm::Kind;
use crate::task::Wait;

/// What a futex is: an address space or a shared object, and a place in it.
pub(super) type Key = (u64, u64);

pub(super) struct Waiter {
    pub key: Key,
    pub tid: u32,
    pub bits: u32,
    /// It waits to become the owner of a priority-inheriting lock, which this thread owns. The lock's word need not say so any more (a libc that tells of a dead owner itself).
    pub owner: Option<u32>,
}

/// All threads that wait for futexes, in the order in which they came.
#[derive(Default)]
pub struct Futexes {
    pub(super) waiters: VecDeque<Waiter>,
}

impl Futexes {
    /// A thread waits no longer.
    pub(crate) fn forget(&mut self, tid: u32) {
        self.waiters.retain(|w| w.tid != tid);
    }
}

impl Kernel {
    pub(super) fn futex_key(&self, addr: u64) -> Key {
        match self.mm.find(addr) {
            Some((start, vma)) => match &vma.kind {
                Kind::Shared { object, offset } => (
                    Rc::as_ptr(object).expose_provenance() as u64 | 1 << 63,
                    addr - start + offset,
                ),
                _ => (self.mm.id(), addr),
            },
            None => (self.mm.id(), addr),
        }
    }

    /// Where the current process has a futex, if it does.
    pub(super) fn futex_address(&self, key: Key) -> Option<u64> {
        if key.0 == self.mm.id() {
            return Some(key.1);
        }
        self.mm.areas().find_map(|(start, vma)| {
            let Kind::Shared { object, offset } = &vma.kind else {
                return None;
            };
            let is_object = Rc::as_ptr(object).expose_provenance() as u64 | 1 << 63 == key.0;
            let addr = key.1.checked_sub(*offset)?.checked_add(start)?;
            (is_object && addr < vma.end).then_some(addr)
        })
    }

    /// Wakes up to `most` threads; returns how many.
    fn futex_wake(&mut self, key: Key, most: u32, bits: u32) -> u32 {
        let mut woken = 0;
        let mut at = 0;
        while woken < most {
            let Some(waiter) = self.futexes.waiters.get(at) else {
                break;
            };
            if waiter.key != key || waiter.bits & bits == 0 || waiter.owner.is_some() {
                at += 1;
                continue;
            }
            let tid = waiter.tid;
            self.futexes.waiters.remove(at);
            if let Some(thread) = self.thread_mut(tid) {
                thread.call.woken = true;
            }
            self.wake(tid);
            woken += 1;
        }
        woken
    }

    /// Wakes all that wait at an address of the current process.
    pub(crate) fn futex_wake_all(&mut self, addr: u64) {
        let key = self.futex_key(addr);
        self.futex_wake(key, u32::MAX, u32::MAX);
    }

    /// The current thread waits for no futex any more.
    pub(crate) fn forget_waits(&mut self) {
        let tid = self.thread.tid;
        self.futexes.forget(tid);
    }

    /// Tells those who wait for mutexes of the current thread that it has died.
    pub(crate) fn release_robust_list(&mut self) {
        /// As many entries as Linux looks at.
        const LIMIT: usize = 2048;
        let head = core::mem::take(&mut self.thread.robust_list);
        if head == 0 {
            return;
        }
        let long = |k: &Kernel, at: u64| User::<u64>::at(at).read(k);
        let (Ok(first), Ok(offset), Ok(pending)) = (
            long(self, head),
            long(self, head.wrapping_add(8)),
            long(self, head.wrapping_add(16)),
        ) else {
            return;
        };
        let tid = self.thread.tid;
        let died = |k: &mut Kernel, entry: u64| {
            let word = UserMut::<u32>::at((entry & !1).wrapping_add(offset));
            let Ok(value) = word.read(k) else { return };
            if value & FUTEX_TID_MASK != tid || k.hand_over(word, FUTEX_OWNER_DIED) {
                return;
            }
            if word
                .write(k, &(value & FUTEX_WAITERS | FUTEX_OWNER_DIED))
                .is_ok()
                && value & FUTEX_WAITERS != 0
            {
                let key = k.futex_key(word.0);
                k.futex_wake(key, 1, u32::MAX);
            }
        };
        let mut entry = first;
        for _ in 0..LIMIT {
            if entry & !1 == head || entry == 0 {
                break;
            }
            let next = long(self, entry & !1);
            if entry & !1 != pending & !1 {
                died(self, entry);
            }
            match next {
                Ok(next) => entry = next,
                Err(_) => break,
            }
        }
        if pending != 0 {
            died(self, pending);
        }
    }
}

pub fn futex(
    k: &mut Kernel,
    addr: UserMut<u32>,
    op: Flags,
    value: u32,
    timeout: User<Timespec>,
    addr2: UserMut<u32>,
    value3: u32,
) -> SysResult {
    let command = op.0 & !(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
    let realtime = op.0 & FUTEX_CLOCK_REALTIME != 0;
    let aligned = |a: UserMut<u32>| {
        if a.0.is_multiple_of(4) {
            Ok(())
        } else {
            Err(Errno::EINVAL)
        }
    };
    if realtime && !matches!(command, FUTEX_WAIT | FUTEX_WAIT_BITSET | FUTEX_LOCK_PI2) {
        return Err(Errno::ENOSYS);
    }
    // Where a second count is passed in place of the time.
    let count = timeout.0 as u32;
    match command {
        FUTEX_WAIT => wait(k, addr, value, timeout, realtime, false, u32::MAX),
        FUTEX_WAIT_BITSET => wait(k, addr, value, timeout, realtime, true, value3),
        FUTEX_LOCK_PI => futex_pi::lock(k, addr, timeout, true, false),
        FUTEX_LOCK_PI2 => futex_pi::lock(k, addr, timeout, realtime, false),
        FUTEX_TRYLOCK_PI => futex_pi::lock(k, addr, User::at(0), true, true),
        FUTEX_UNLOCK_PI => futex_pi::unlock(k, addr),
        FUTEX_WAKE | FUTEX_WAKE_BITSET => {
            aligned(addr)?;
            let bits = if command == FUTEX_WAKE {
                u32::MAX
            } else {
                value3
            };
            if bits == 0 {
                return Err(Errno::EINVAL);
            }
            addr.read(k)?;
            let key = k.futex_key(addr.0);
            let mut waiters = k.futexes.waiters.iter();
            if waiters.any(|w| w.key == key && w.owner.is_some()) {
                return Err(Errno::EINVAL);
            }
            Ok(k.futex_wake(key, value, bits).into())
        }
        FUTEX_REQUEUE | FUTEX_CMP_REQUEUE => {
            aligned(addr)?;
            aligned(addr2)?;
            if (value as i32) < 0 || (count as i32) < 0 {
                return Err(Errno::EINVAL);
            }
            let now = addr.read(k)?;
            addr2.read(k)?;
            if command == FUTEX_CMP_REQUEUE && now != value3 {
                return Err(Errno::EAGAIN);
            }
            let (from, to) = (k.futex_key(addr.0), k.futex_key(addr2.0));
            let woken = k.futex_wake(from, value, u32::MAX);
            let mut moved = 0;
            // Those who are moved wait behind those who are there.
            let mut at = 0;
            for _ in 0..k.futexes.waiters.len() {
                let waiters = &mut k.futexes.waiters;
                if moved < count && waiters[at].key == from && waiters[at].owner.is_none() {
                    moved += 1;
                    if let Some(mut waiter) = waiters.remove(at) {
                        waiter.key = to;
                        waiters.push_back(waiter);
                    }
                } else {
                    at += 1;
                }
            }
            // Also for FUTEX_REQUEUE, whose manual page counts only those that are woken.
            Ok((woken + moved).into())
        }
        FUTEX_WAKE_OP => {
            aligned(addr)?;
            aligned(addr2)?;
            addr.read(k)?;
            let holds = wake_op(k, addr2, value3)?;
            let (first, second) = (k.futex_key(addr.0), k.futex_key(addr2.0));
            let mut woken = k.futex_wake(first, value, u32::MAX);
            if holds {
                woken += k.futex_wake(second, count, u32::MAX);
            }
            Ok(woken.into())
        }
        _ => Err(Errno::ENOSYS),
    }
}

/// The clock of an absolute time.
pub(super) fn clock(realtime: bool) -> Clock {
    if realtime {
        Clock::Realtime
    } else {
        Clock::Monotonic
    }
}

fn wait(
    k: &mut Kernel,
    addr: UserMut<u32>,
    value: u32,
    timeout: User<Timespec>,
    realtime: bool,
    absolute: bool,
    bits: u32,
) -> SysResult {
    if !addr.0.is_multiple_of(4) || bits == 0 {
        return Err(Errno::EINVAL);
    }
    if k.thread.call.again {
        if k.thread.call.woken {
            return Ok(0);
        }
        if k.timed_out() {
            k.forget_waits();
            return Err(Errno::ETIMEDOUT);
        }
        // It goes on as it began: with a time a handler ends it.
        let restartable = k.thread.call.restartable;
        return Err(k.block(Wait::Event, restartable));
    }
    let timeout = timeout.read_opt(k)?.map(nanoseconds).transpose()?;
    if addr.read(k)? != value {
        return Err(Errno::EAGAIN);
    }
    // Plain waits are relative, those with a bit set absolute.
    let relative = timeout.map(|time| {
        if absolute {
            time.saturating_sub(k.host.now(clock(realtime)))
        } else {
            time
        }
    });
    if relative == Some(0) {
        return Err(Errno::ETIMEDOUT);
    }
    k.set_timeout(relative);
    let (key, tid) = (k.futex_key(addr.0), k.thread.tid);
    k.futexes.waiters.push_back(Waiter {
        key,
        tid,
        bits,
        owner: None,
    });
    Err(k.block(Wait::Event, timeout.is_none()))
}

/// The arithmetic of `FUTEX_WAKE_OP`; returns whether its comparison holds.
fn wake_op(k: &Kernel, addr: UserMut<u32>, encoded: u32) -> Result<bool, Errno> {
    let mut operand = (encoded << 8) as i32 >> 20;
    if encoded >> 31 != 0 {
        operand = 1i32.wrapping_shl(operand as u32);
    }
    let operand = operand as u32;
    let compared = (encoded << 20) as i32 >> 20;
    let old = addr.read(k)?;
    let new = match encoded >> 28 & 7 {
        0 => operand,
        1 => old.wrapping_add(operand),
        2 => old | operand,
        3 => old & !operand,
        4 => old ^ operand,
        _ => return Err(Errno::ENOSYS),
    };
    addr.write(k, &new)?;
    let old = old as i32;
    Ok(match encoded >> 24 & 15 {
        0 => old == compared,
        1 => old != compared,
        2 => old < compared,
        3 => old <= compared,
        4 => old > compared,
        5 => old >= compared,
        _ => return Err(Errno::ENOSYS),
    })
}

pub fn set_robust_list(k: &mut Kernel, head: Addr, len: u64) -> SysResult {
    if len != 24 {
        return Err(Errno::EINVAL);
    }
    k.thread.robust_list = head.0;
    Ok(0)
}

pub fn get_robust_list(
    k: &mut Kernel,
    tid: i32,
    head: UserMut<u64>,
    len: UserMut<u64>,
) -> SysResult {
    let thread = match tid {
        0 => Some(&*k.thread),
        tid => k.thread(tid as u32),
    };
    let list = thread.ok_or(Errno::ESRCH)?.robust_list;
    head.write(k, &list)?;
    len.write(k, &24)?;
    Ok(0)
}
