//! Signals: what is pending, blocked and handled, who gets one that is sent, and what it does when it is delivered. See signal(7).
//!
//! A signal that is sent becomes pending, for a thread or for a process as a whole, and wakes a thread that waits. Pending signals that are not blocked are delivered
//! by the dispatcher, which has the whole guest state then: at the end of a system call, when a thread gets its turn, or when an instruction faults. `signal_frame` has the frame that a handler runs on.

use alloc::collections::VecDeque;

use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::signal::*;

use crate::kernel::{Kernel, encode};
use crate::task::Life;

/// SIGKILL and SIGSTOP.
pub const UNBLOCKABLE: u64 = bit(SIGKILL) | bit(SIGSTOP);

/// A signal's bit in a set; none for 0 and numbers that are too high.
pub const fn bit(signal: u32) -> u64 {
    if signal == 0 || signal > NSIG {
        0
    } else {
        1 << (signal - 1)
    }
}

/// Signals whose default is to be ignored.
const IGNORED: u64 = bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) | bit(SIGWINCH);

/// Signals whose default is to stop the process.
const STOPPING: u64 = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);

/// Signals that are errors of the program, on which Linux dumps core.
const CORE: u64 = bit(SIGQUIT)
    | bit(SIGILL)
    | bit(SIGTRAP)
    | bit(SIGABRT)
    | bit(SIGBUS)
    | bit(SIGFPE)
    | bit(SIGSEGV)
    | bit(SIGXCPU)
    | bit(SIGXFSZ)
    | bit(SIGSYS);

/// Signals from this one on are queued.
const REAL_TIME: u32 = 32;

/// Signals that have been sent and not been delivered, in the order in which they came.
#[derive(Default)]
pub struct Pending {
    pub set: u64,
    queue: VecDeque<Siginfo>,
}

impl Pending {
    /// Adds a signal. Of each of the old signals only one is kept.
    pub fn add(&mut self, info: Siginfo) {
        let signal = info.si_signo as u32;
        if signal >= REAL_TIME || self.set & bit(signal) == 0 {
            self.set |= bit(signal);
            self.queue.push_back(info);
        }
    }

    /// Removes signals.
    pub fn remove(&mut self, set: u64) {
        self.set &= !set;
        self.queue
            .retain(|info| bit(info.si_signo as u32) & set == 0);
    }

    /// A signal that is pending.
    pub fn find(&mut self, is: impl Fn(&Siginfo) -> bool) -> Option<&mut Siginfo> {
        self.queue.iter_mut().find(|info| is(info))
    }

    /// Takes the first of the signal with the lowest number in `set`.
    pub fn take(&mut self, set: u64) -> Option<Siginfo> {
        let ready = self.set & set;
        if ready == 0 {
            return None;
        }
        let signal = ready.trailing_zeros() as i32 + 1;
        let at = self.queue.iter().position(|i| i.si_signo == signal)?;
        let info = self.queue.remove(at);
        if !self.queue.iter().any(|i| i.si_signo == signal) {
            self.set &= !bit(signal as u32);
        }
        info
    }
}

/// What a process does on each signal.
#[derive(Clone)]
pub struct Actions([Sigaction; NSIG as usize]);

impl Default for Actions {
    fn default() -> Self {
        Self([Sigaction::default(); NSIG as usize])
    }
}

/// What a signal does by itself.
#[derive(PartialEq)]
enum Default_ {
    Ignore,
    Stop,
    End,
}

fn default_of(signal: u32) -> Default_ {
    if bit(signal) & IGNORED != 0 {
        Default_::Ignore
    } else if bit(signal) & STOPPING != 0 {
        Default_::Stop
    } else {
        Default_::End
    }
}

impl Actions {
    /// The action for a signal from 1 to [`NSIG`].
    pub fn get(&self, signal: u32) -> &Sigaction {
        &self.0[signal as usize - 1]
    }

    /// Sets an action.
    pub fn set(&mut self, signal: u32, action: Sigaction) {
        self.0[signal as usize - 1] = action;
    }

    /// Whether a signal is dropped when it comes.
    pub fn ignores(&self, signal: u32) -> bool {
        match self.get(signal).sa_handler {
            SIG_IGN => bit(signal) & UNBLOCKABLE == 0,
            SIG_DFL => bit(signal) & IGNORED != 0,
            _ => false,
        }
    }

    /// What `execve` leaves: handlers are gone, what is ignored stays so.
    pub fn reset(&mut self) {
        for action in &mut self.0 {
            let handler = action.sa_handler;
            *action = Sigaction::default();
            if handler == SIG_IGN {
                action.sa_handler = SIG_IGN;
            }
        }
    }

    fn all(&self, choose: impl Fn(u64) -> bool) -> u64 {
        (1..=NSIG)
            .filter(|&s| choose(self.get(s).sa_handler))
            .fold(0, |set, s| set | bit(s))
    }

    /// Signals with a handler.
    pub fn caught(&self) -> u64 {
        self.all(|handler| handler > SIG_IGN)
    }

    /// Signals that are ignored by choice.
    pub fn ignored(&self) -> u64 {
        self.all(|handler| handler == SIG_IGN)
    }
}

/// Information without a payload.
pub fn info(signal: u32, code: i32, payload: u64) -> Siginfo {
    Siginfo {
        si_signo: signal as i32,
        si_errno: 0,
        si_code: code,
        __pad: 0,
        payload,
        rest: [0; 13],
    }
}

impl Kernel {
    /// The information that goes with a signal that the current process sends.
    pub(crate) fn sent(&self, signal: u32, code: i32) -> Siginfo {
        info(
            signal,
            code,
            u64::from(self.process.pid) | u64::from(self.process.cred.uid) << 32,
        )
    }

    /// Whether something is to be delivered to the current thread now.
    pub(crate) fn deliverable(&self) -> bool {
        (self.thread.pending.set | self.process.pending.set) & !self.thread.blocked != 0
    }

    /// Sends a signal to a process, or to one thread of it.
    pub(crate) fn send(&mut self, pid: u32, tid: Option<u32>, info: Siginfo) {
        let signal = info.si_signo as u32;
        let Some(process) = self.process_mut(pid).filter(|p| !p.is_dead()) else {
            return;
        };
        let threads = process.threads.clone();
        let stopped = matches!(process.life, Life::Stopped(_));
        // Stopping and going on cancel each other while they are pending.
        let cancelled = if signal == SIGCONT {
            STOPPING
        } else if bit(signal) & STOPPING != 0 {
            bit(SIGCONT)
        } else {
            0
        };
        if cancelled != 0 {
            process.pending.remove(cancelled);
            for &t in &threads {
                if let Some(thread) = self.thread_mut(t) {
                    thread.pending.remove(cancelled);
                }
            }
        }
        if stopped && (signal == SIGCONT || signal == SIGKILL) {
            self.continue_process(pid, signal == SIGCONT);
        }
        let waits_for = |t: &crate::task::Thread| {
            t.blocked & bit(signal) == 0 || t.call.wanted & bit(signal) != 0 && t.wait.is_some()
        };
        // Who gets it: the one it is for, else the first that does not block it, preferably one that runs anyway.
        let target = tid.or_else(|| {
            threads
                .iter()
                .copied()
                .find(|&t| self.thread(t).is_some_and(waits_for))
        });
        let Some(process) = self.process(pid) else {
            return;
        };
        let receiver = target.or(threads.first().copied());
        let blocked = receiver
            .and_then(|t| self.thread(t))
            .is_some_and(|t| t.blocked & bit(signal) != 0);
        if process.actions.ignores(signal) && !blocked {
            return;
        }
        match tid {
            Some(t) => {
                if let Some(thread) = self.thread_mut(t) {
                    thread.pending.add(info);
                }
            }
            None => {
                if let Some(process) = self.process_mut(pid) {
                    process.pending.add(info);
                }
            }
        }
        if signal == SIGKILL {
            threads.into_iter().for_each(|t| self.wake(t));
        } else if let Some(t) = target
            && self.thread(t).is_some_and(waits_for)
        {
            self.wake(t);
        }
    }

    /// Sends a signal of the kernel's to all processes of a group.
    pub(crate) fn send_group(&mut self, group: u32, info: Siginfo) -> usize {
        let mut sent = 0;
        for pid in self.pids() {
            if self
                .process(pid)
                .is_some_and(|p| p.process_group == group && !p.is_dead())
            {
                self.send(pid, None, info);
                sent += 1;
            }
        }
        sent
    }

    /// Sends the current thread a signal that one of its system calls caused.
    pub(crate) fn raise(&mut self, signal: u32) {
        let (pid, tid) = (self.process.pid, self.thread.tid);
        let info = self.sent(signal, SI_USER);
        self.send(pid, Some(tid), info);
    }

    /// Sets an action. Pending signals that it ignores are dropped.
    pub(crate) fn set_action(&mut self, signal: u32, action: Sigaction) {
        self.process.actions.set(signal, action);
        if self.process.actions.ignores(signal) {
            self.process.pending.remove(bit(signal));
            for t in self.process.threads.clone() {
                if let Some(thread) = self.thread_mut(t) {
                    thread.pending.remove(bit(signal));
                }
            }
        }
    }

    /// Takes a pending signal of the current thread or process, as if it had been delivered.
    pub(crate) fn take_signal(&mut self, set: u64) -> Option<Siginfo> {
        let taken = match self.thread.pending.take(set) {
            None => self.process.pending.take(set),
            taken => taken,
        }?;
        self.process.timers.delivered(&taken);
        Some(taken)
    }

    /// Others of the current process get their chance at signals for all of it, which the current thread cannot take any more.
    pub(crate) fn pass_on_signals(&mut self) {
        let pending = self.process.pending.set;
        if pending == 0 {
            return;
        }
        for tid in self.process.threads.clone() {
            if self.thread(tid).is_some_and(|t| pending & !t.blocked != 0) {
                self.wake(tid);
            }
        }
    }

    /// The next signal to deliver to the current thread.
    fn next_signal(&mut self) -> Option<Siginfo> {
        let set = !self.thread.blocked;
        // A fault comes before what others have sent.
        let own = self.thread.pending.set & set;
        let first = own & (CORE & !bit(SIGABRT) & !bit(SIGQUIT));
        match self.thread.pending.take(first) {
            None => self.take_signal(set),
            taken => taken,
        }
    }

    /// Delivers the pending signals of the current thread that are not blocked, so that the last one's handler runs first. A system call that waits is interrupted by
    /// a handler, and only by that.
    pub(crate) fn deliver(&mut self, state: &mut CpuState) {
        while let Some(info) = self.next_signal() {
            let signal = info.si_signo as u32;
            let action = *self.process.actions.get(signal);
            if self.strace {
                let what = match action.sa_handler {
                    SIG_IGN => "ignored",
                    SIG_DFL => "default action",
                    _ => "handler",
                };
                crate::sys::log_signal(self, &info, what, state.pc);
            }
            match action.sa_handler {
                SIG_IGN => {}
                SIG_DFL => match default_of(signal) {
                    Default_::Ignore => {}
                    Default_::Stop => {
                        if signal == SIGSTOP || !self.is_orphaned_group() {
                            self.stop_process(signal);
                            return;
                        }
                    }
                    Default_::End => {
                        let sent = info.si_code <= 0;
                        if bit(signal) & CORE != 0 && sent && self.process.parent == 1 {
                            self.message(&alloc::format!(
                                "elfconv: {} at pc {:#x} (sent by itself)\n",
                                signal_name(signal),
                                state.pc
                            ));
                        }
                        self.end_process(signal);
                        return;
                    }
                },
                _ => {
                    self.interrupt(state, action.sa_flags & SA_RESTART != 0);
                    let fault = if info.si_code > 0 && bit(signal) & CORE != 0 {
                        info.payload
                    } else {
                        0
                    };
                    if !self.enter_handler(state, info, fault) {
                        self.end_process(SIGSEGV);
                        return;
                    }
                }
            }
        }
        if self.thread.wait.is_none()
            && let Some(mask) = self.thread.restore_mask.take()
        {
            self.thread.blocked = mask;
        }
    }

    /// Ends the waiting of the system call that the current thread is in, if it is in one, because a handler is to run.
    fn interrupt(&mut self, state: &mut CpuState, restart: bool) {
        if self.thread.wait.take().is_none() {
            return;
        }
        self.forget_waits();
        let call = &self.thread.call;
        let again = call.done == 0 && (restart && call.restartable || call.always_restarts);
        if self.strace {
            crate::sys::log_interrupted(self, again);
        }
        if call.done > 0 {
            state.x[0] = call.done;
        } else if again {
            state.x[..6].copy_from_slice(&call.args);
            state.x[8] = call.nr;
            state.pc = state.pc.wrapping_sub(4);
        } else {
            state.x[0] = encode(Err(Errno::EINTR));
            self.interrupted();
        }
    }

    /// An instruction of the current thread faults: the signal comes at once, whatever is blocked or ignored.
    pub(crate) fn fault_signal(
        &mut self,
        state: &mut CpuState,
        signal: u32,
        code: i32,
        address: u64,
    ) {
        let action = *self.process.actions.get(signal);
        if self.thread.blocked & bit(signal) != 0 || action.sa_handler <= SIG_IGN {
            let mut action = action;
            action.sa_handler = SIG_DFL;
            self.process.actions.set(signal, action);
            self.thread.blocked &= !bit(signal);
        }
        self.thread.pending.add(info(signal, code, address));
        state.suspend = 1;
    }
}
