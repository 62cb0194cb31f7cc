//! Timers of processes: `setitimer`, `alarm` and `timer_create`. See timer_create(2), setitimer(2).

use alloc::vec::Vec;

use elfconv_abi::signal::{SI_KERNEL, SI_TIMER, SIGALRM, SIGPROF, SIGVTALRM, Siginfo};

use crate::kernel::Kernel;
use crate::signals::info;

/// What a timer goes by.
#[derive(Clone, Copy, PartialEq)]
pub enum TimerClock {
    Monotonic,
    /// The wall clock; counted as the monotonic one, since nobody sets it.
    Realtime,
    /// Processor time of its process.
    Process,
    /// Processor time of a thread.
    Thread(u32),
}

impl TimerClock {
    /// Whether it goes on while nothing runs.
    pub fn is_wall(self) -> bool {
        matches!(self, TimerClock::Monotonic | TimerClock::Realtime)
    }
}

/// A timer that signals its process.
#[derive(Clone)]
pub struct Timer {
    /// The number of `timer_create`, or -1 - which for those of `setitimer`.
    pub id: i32,
    pub clock: TimerClock,
    /// When it expires next, by its clock ([`Kernel::timer_now`]); 0 when it is not armed.
    pub next: u64,
    /// Nanoseconds between expirations; 0 for only one.
    pub interval: u64,
    /// What is sent, unless it is silent.
    pub signal: Option<Siginfo>,
    /// The thread it is sent to.
    pub thread: Option<u32>,
    /// Expirations that no signal of their own told of, when the last signal was delivered.
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
    /// Whether none is armed.
    pub fn is_quiet(&self) -> bool {
        self.all.iter().all(|t| t.next == 0)
    }

    fn armed(&self) -> impl Iterator<Item = &Timer> {
        self.all.iter().filter(|t| t.next > 0)
    }

    /// A signal of a timer is delivered: its overrun is that signal's.
    pub(crate) fn delivered(&mut self, info: &Siginfo) {
        if info.si_code == SI_TIMER
            && let Some(timer) = self.get(info.payload as i32)
        {
            timer.overrun = info.payload >> 32;
        }
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
                clock: if which == 0 {
                    TimerClock::Monotonic
                } else {
                    TimerClock::Process
                },
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
            .flat_map(|p| p.timers.armed())
            .filter(|t| t.clock.is_wall())
            .map(|t| t.next);
        // Processor time passes only for who has the turn.
        let own = self.process.timers.armed().filter_map(|t| {
            let charged = match t.clock {
                _ if self.is_between_turns() => return None,
                TimerClock::Process => self.process.cpu_time,
                TimerClock::Thread(tid) if tid == self.thread.tid => self.thread.cpu_time,
                _ => return None,
            };
            Some(self.charged + t.next.saturating_sub(charged))
        });
        let files = self.threads.values().filter_map(|t| match &t.wait {
            Some(crate::task::Wait::Files(files)) => {
                files.iter().filter_map(|(f, _)| f.file.deadline()).min()
            }
            _ => None,
        });
        waits.chain(timers).chain(own).chain(files).min()
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
            let Some(process) = self.process(pid) else {
                continue;
            };
            let readings: Vec<u64> = process
                .timers
                .all
                .iter()
                .map(|t| self.timer_now(pid, t.clock, now))
                .collect();
            let Some(process) = self.process_mut(pid) else {
                continue;
            };
            let mut send = Vec::new();
            for (timer, now) in process.timers.all.iter_mut().zip(readings) {
                if timer.next == 0 || timer.next > now {
                    continue;
                }
                let missed = (now - timer.next).checked_div(timer.interval);
                timer.next = match missed {
                    Some(missed) => timer.next + (missed + 1) * timer.interval,
                    None => 0,
                };
                let missed = missed.unwrap_or(0);
                if let Some(mut signal) = timer.signal {
                    if signal.si_code == SI_TIMER {
                        signal.payload = u64::from(timer.id as u32) | missed << 32;
                    }
                    send.push((timer.thread, signal));
                }
            }
            for (thread, signal) in send {
                // One signal of a timer at a time; it tells how many it stands for.
                if signal.si_code != SI_TIMER || !self.add_overrun(pid, thread, &signal) {
                    self.send(pid, thread, signal);
                }
            }
        }
    }

    /// What a timer's clock shows; `now` is the monotonic time.
    pub(crate) fn timer_now(&self, pid: u32, clock: TimerClock, now: u64) -> u64 {
        match clock {
            TimerClock::Monotonic | TimerClock::Realtime => now,
            TimerClock::Process => self.process_time(pid).unwrap_or(0),
            TimerClock::Thread(tid) => self.thread_time(tid).unwrap_or(0),
        }
    }

    /// Counts expirations in the signal of the same timer that is still pending; false if there is none.
    fn add_overrun(&mut self, pid: u32, thread: Option<u32>, signal: &Siginfo) -> bool {
        let pending = match thread {
            Some(tid) => self.thread_mut(tid).map(|t| &mut t.pending),
            None => self.process_mut(pid).map(|p| &mut p.pending),
        };
        let id = signal.payload as u32;
        let found =
            pending.and_then(|p| p.find(|i| i.si_code == SI_TIMER && i.payload as u32 == id));
        if let Some(found) = found {
            found.payload += (1 + (signal.payload >> 32)) << 32;
            return true;
        }
        false
    }
}
