//! Locks with priority inheritance: the word holds its owner's number, and who unlocks hands the lock over. See futex(2), "Priority-inheritance futexes".
//!
//! All threads have the same priority here, so there is nothing to inherit; what is left is the protocol. Condition variables that requeue to such a lock (`FUTEX_WAIT_REQUEUE_PI`) are refused: no libc of
//! today uses them.

use elfconv_abi::Errno;
use elfconv_abi::process::*;
use elfconv_abi::time::Timespec;

use super::SysResult;
use super::args::{User, UserMut};
use super::futex::{Key, Waiter, clock};
use super::time::nanoseconds;
use crate::kernel::Kernel;
use crate::task::Wait;

/// `FUTEX_LOCK_PI` and, if it `gives_up` at once, `FUTEX_TRYLOCK_PI`. The time is absolute.
pub(super) fn lock(
    k: &mut Kernel,
    addr: UserMut<u32>,
    timeout: User<Timespec>,
    realtime: bool,
    gives_up: bool,
) -> SysResult {
    if !addr.0.is_multiple_of(4) {
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
        return Err(k.block(Wait::Event, true));
    }
    let until = timeout.read_opt(k)?.map(nanoseconds).transpose()?;
    let (tid, key) = (k.thread.tid, k.futex_key(addr.0));
    let value = addr.read(k)?;
    let owner = value & FUTEX_TID_MASK;
    match owner {
        0 => {
            addr.write(k, &(value | tid))?;
            return Ok(0);
        }
        _ if owner == tid => return Err(Errno::EDEADLK),
        _ if gives_up => return Err(Errno::EAGAIN),
        _ if k.thread(owner).is_none() => return Err(Errno::ESRCH),
        _ => addr.write(k, &(value | FUTEX_WAITERS))?,
    }
    let relative = until.map(|time| time.saturating_sub(k.host.now(clock(realtime))));
    if relative == Some(0) {
        return Err(Errno::ETIMEDOUT);
    }
    k.set_timeout(relative);
    k.futexes.waiters.push_back(Waiter {
        key,
        tid,
        bits: u32::MAX,
        owner: Some(owner),
    });
    let blocked = k.block(Wait::Event, true);
    k.thread.call.always_restarts = true;
    Err(blocked)
}

/// `FUTEX_UNLOCK_PI`.
pub(super) fn unlock(k: &mut Kernel, addr: UserMut<u32>) -> SysResult {
    if !addr.0.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    if addr.read(k)? & FUTEX_TID_MASK != k.thread.tid {
        return Err(Errno::EPERM);
    }
    if !k.hand_over(addr, 0) {
        addr.write(k, &0)?;
    }
    Ok(0)
}

impl Kernel {
    /// Makes the first one who waits for a lock its owner; `flags` go into its word. False if there is nobody.
    pub(super) fn hand_over(&mut self, addr: UserMut<u32>, flags: u32) -> bool {
        let key = self.futex_key(addr.0);
        let waiters = &mut self.futexes.waiters;
        let is_next = |w: &Waiter| w.owner.is_some() && w.key == key;
        let Some(next) = waiters
            .iter()
            .position(is_next)
            .and_then(|at| waiters.remove(at))
        else {
            return false;
        };
        let mut more = false;
        for waiter in waiters.iter_mut().filter(|w| is_next(w)) {
            waiter.owner = Some(next.tid);
            more = true;
        }
        let word = next.tid | flags | if more { FUTEX_WAITERS } else { 0 };
        // The waiter has written there before.
        let _ = addr.write(self, &word);
        if let Some(thread) = self.thread_mut(next.tid) {
            thread.call.woken = true;
        }
        self.wake(next.tid);
        true
    }

    /// Hands over the locks that the current thread, which ends, has and others wait for.
    pub(crate) fn release_owned_locks(&mut self) {
        let tid = self.thread.tid;
        let waiters = self.futexes.waiters.iter();
        let mut locks: alloc::vec::Vec<Key> = waiters
            .filter(|w| w.owner == Some(tid))
            .map(|w| w.key)
            .collect();
        locks.sort_unstable();
        locks.dedup();
        for lock in locks {
            if let Some(addr) = self.futex_address(lock) {
                self.hand_over(UserMut::at(addr), FUTEX_OWNER_DIED);
            }
        }
    }
}
