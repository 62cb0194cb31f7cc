//! Timers of processes: `setitimer`, `alarm` and `timer_create`. See timer_create(2), setitimer(2).

use alloc::vec::Vec;

use elfconv_abi::signal::{SI_KERNEL, SI_TIMER, SIGALRM, SIGPROF, SIGVTALRM, Siginfo};

use crate::kernel::Kernel;
use crate::signals::info;

/// A timer that signals its process.
#[derive(Clone)]
pub struct Timer {
    /// The number of `timer_create`, or -1 - which for those of `setitimer`.
    pub id: i32,
    /// Its clock is the wall clock.
    pub realtime: bool,
    /// When it expires next, by the monotonic clock; 0 when it is not armed.
    pub next: u64,
    /// Nanoseconds between expirations; 0 for only one.
    pub interval: u64,
    /// What is sent, unless it is silent.
    pub signal: Option<Siginfo>,
    /// The thread it is sent to.
    pub thread: Option<u32>,
    /// Expirations that no signal told of.
    pub overrun: u64,
}

/// The timers of a process.
#[derive(Default)]
pub struct Timers {
    pub all: Vec<Timer>,
    /// The last number given out.
    pub last: i32,
}

impl Timers {
    /// When the first one expires.
    pub fn next(&self) -> Option<u64> {
        self.all.iter().map(|t| t.next).filter(|&n| n > 0).min()
    }

    /// A timer by number.
    pub fn get(&mut self, id: i32) -> Option<&mut Timer> {
        self.all.iter_mut().find(|t| t.id == id)
    }

    /// The timer of `setitimer`.
    pub fn interval(&mut self, which: u32) -> &mut Timer {
        let id = -1 - which as i32;
        let at = self.all.iter().position(|t| t.id == id).unwrap_or_else(|| {
            let signal = [SIGALRM, SIGVTALRM, SIGPROF][which.min(2) as usize];
            self.all.push(Timer {
                id,
                realtime: false,
                next: 0,
                interval: 0,
                signal: Some(info(signal, SI_KERNEL, 0)),
                thread: None,
                overrun: 0,
            });
            self.all.len() - 1
        });
        &mut self.all[at]
    }

    /// What `execve` leaves: the timers of `setitimer`.
    pub fn reset(&mut self) {
        self.all.retain(|t| t.id < 0);
    }
}

impl Kernel {
    /// When something happens by time alone.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let waits = self
            .threads
            .values()
            .filter(|t| t.wait.is_some())
            .filter_map(|t| t.call.deadline);
        let timers = self
            .others
            .values()
            .chain([&self.process])
            .filter(|p| !p.is_dead())
            .filter_map(|p| p.timers.next());
        let files = self.threads.values().filter_map(|t| match &t.wait {
            Some(crate::task::Wait::Files(files)) => {
                files.iter().filter_map(|(f, _)| f.file.deadline()).min()
            }
            _ => None,
        });
        waits.chain(timers).chain(files).min()
    }

    /// Sends the signals of timers that have expired, and wakes threads whose time is over.
    pub(crate) fn expire_timers(&mut self) {
        let Some(next) = self.next_deadline() else {
            return;
        };
        let now = self.monotonic();
        if next > now {
            return;
        }
        let over: Vec<u32> = self
            .threads
            .values()
            .filter(|t| t.wait.is_some() && t.call.deadline.is_some_and(|at| at <= now))
            .map(|t| t.tid)
            .collect();
        over.into_iter().for_each(|tid| self.wake(tid));
        for pid in self.pids() {
            let Some(process) = self.process_mut(pid) else {
                continue;
            };
            let mut send = Vec::new();
            for timer in process.timers.all.iter_mut() {
                if timer.next == 0 || timer.next > now {
                    continue;
                }
                let missed = (now - timer.next).checked_div(timer.interval);
                timer.next = match missed {
                    Some(missed) => timer.next + (missed + 1) * timer.interval,
                    None => 0,
                };
                let missed = missed.unwrap_or(0);
                timer.overrun = missed;
                if let Some(mut signal) = timer.signal {
                    if signal.si_code == SI_TIMER {
                        signal.payload = u64::from(timer.id as u32) | missed << 32;
                    }
                    send.push((timer.thread, signal));
                }
            }
            for (thread, signal) in send {
                self.send(pid, thread, signal);
            }
        }
    }
}
