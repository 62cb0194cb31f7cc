//! Who runs: threads take turns on one CPU, at system calls that wait and at safepoints.
//!
//! A handler that must wait says what for ([`Kernel::block`]) and returns [`BLOCKED`]. The thread then unwinds, so that all of it is in the state block, and another one gets
//! its turn. When what it waits for may have come, its system call is tried again. The order is round robin and the same in every run; with a seed
//! (`ELFCONV_SCHED_SEED`) it is another one, and threads are also preempted at system calls, so that a race can be found and repeated.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_a64::exec::DecodeCache;
use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::poll::{POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM};
use elfconv_abi::signal::SIGKILL;

use crate::host::Event;
use crate::kernel::{BLOCKED, CACHE_BITS, Kernel, encode};
use crate::task::{AfterCall, Life, Thread, Wait};
use crate::vfs::{OpenFile, Readiness};

/// Calls of [`Kernel::poll`] before another thread of the process gets a turn.
const THREAD_QUANTUM: u32 = 2;
/// The same for threads of other processes, which cost a copy of memory.
const PROCESS_QUANTUM: u32 = 8;
/// System calls that count as a call of [`Kernel::poll`].
const CALLS: u32 = 64;
/// Caches of decoded instructions that are kept besides the current one.
const SPARE_CACHES: usize = 3;
/// The logarithm of the longest turn with a seed, in safepoints or interpreted instructions.
const SEEDED_TURN: usize = 15;

/// The queue of those that can run, and what decides about turns.
pub struct Scheduler {
    ready: VecDeque<u32>,
    /// Threads that wait for files.
    watching: Vec<u32>,
    /// Calls of `poll` since the current thread got its turn.
    polls: u32,
    /// System calls so far.
    calls: u32,
    /// State of the generator that perturbs the order.
    seed: Option<u64>,
    /// Everybody waits, and the host is to wait for them.
    idle: bool,
    /// The host has been told, and may have waited.
    asked: bool,
}

impl Scheduler {
    /// A scheduler without threads.
    pub fn new(seed: Option<u64>) -> Self {
        Self {
            ready: VecDeque::new(),
            watching: Vec::new(),
            polls: 0,
            calls: 0,
            seed: seed.map(|seed| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            idle: false,
            asked: false,
        }
    }

    /// A number below `n` from the seed, or 0 without one (xorshift64).
    fn random(&mut self, n: usize) -> usize {
        let Some(x) = &mut self.seed else { return 0 };
        *x ^= *x << 13;
        *x ^= *x >> 7;
        *x ^= *x << 17;
        (*x >> 33) as usize % n.max(1)
    }

    /// How many safepoints pass until the next call of [`Kernel::poll`], if that must be the same in every run.
    pub(crate) fn interval(&mut self) -> Option<i32> {
        self.seed?;
        Some(self.turn() as i32)
    }

    /// With a seed, how long a turn is: short and long ones are equally frequent on a logarithmic scale, since races need both.
    fn turn(&mut self) -> u64 {
        let most = 1 << (1 + self.random(SEEDED_TURN));
        1 + self.random(most) as u64
    }

    /// How many instructions are interpreted until the next call of [`Kernel::poll`], `usual` without a seed. If there is nobody else, turns need not be short.
    pub(crate) fn instructions(&mut self, usual: u64) -> u64 {
        if self.seed.is_none() || self.ready.is_empty() {
            return usual;
        }
        self.turn().min(usual)
    }

    /// Counts a system call; true for one in [`CALLS`].
    pub(crate) fn counts_call(&mut self) -> bool {
        self.calls = self.calls.wrapping_add(1);
        self.calls.is_multiple_of(CALLS)
    }

    /// Whether a system call that does not wait may be the end of a turn.
    pub(crate) fn preempts_calls(&self) -> bool {
        self.seed.is_some() && !self.ready.is_empty()
    }
}

/// Not an event of `poll`: the other end of a FIFO is opened.
pub const MET: u16 = 0x8000;

/// What `poll` reports of a file, of the events that are asked for; `None` if the host must be asked.
pub fn file_events(k: &Kernel, file: &OpenFile, wanted: u16) -> Option<u16> {
    if wanted & MET != 0 {
        return Some(if file.file.has_met() { MET } else { 0 });
    }
    match file.file.readiness(k) {
        Readiness::Known {
            readable,
            writable,
            hangup,
        } => {
            let reading = if readable { POLLIN | POLLRDNORM } else { 0 };
            let writing = if writable { POLLOUT | POLLWRNORM } else { 0 };
            // A pipe without readers is in error for its writer.
            let hangup = if !hangup {
                0
            } else if file.check_readable().is_ok() {
                POLLHUP
            } else {
                POLLERR
            };
            Some((reading | writing) & wanted | hangup)
        }
        Readiness::Host(_) => None,
    }
}

impl Kernel {
    /// Makes the current thread wait; the handler returns what this returns. After a handler with `SA_RESTART` the call is made again if it is `restartable`.
    pub(crate) fn block(&mut self, wait: Wait, restartable: bool) -> Errno {
        self.thread.call.restartable = restartable;
        self.thread.call.woken = false;
        self.thread.wait = Some(wait);
        BLOCKED
    }

    /// Makes the current thread wait for a file.
    pub(crate) fn block_on(&mut self, file: &Rc<OpenFile>, events: u16) -> Errno {
        self.block(Wait::Files(alloc::vec![(file.clone(), events)]), true)
    }

    /// When the current call gives up waiting, if it does so after `timeout` nanoseconds from its first try on.
    pub(crate) fn set_timeout(&mut self, timeout: Option<u64>) {
        if !self.thread.call.again
            && let Some(timeout) = timeout
        {
            self.thread.call.deadline = Some(self.monotonic().saturating_add(timeout));
        }
    }

    /// Whether the time of the current call is over.
    pub(crate) fn timed_out(&self) -> bool {
        self.thread
            .call
            .deadline
            .is_some_and(|deadline| self.monotonic() >= deadline)
    }

    /// Whether another process runs, or waits for files: it may be about to read what the current one writes.
    pub(crate) fn others_may_read(&self) -> bool {
        let mut others = self.threads.values();
        others.any(|t| t.pid != self.process.pid && !matches!(t.wait, Some(Wait::Event)))
    }

    /// Lets a thread try again what it waits for.
    pub(crate) fn wake(&mut self, tid: u32) {
        if tid != self.thread.tid
            && let Some(thread) = self.threads.get_mut(&tid)
            && !thread.queued
        {
            thread.queued = true;
            self.sched.ready.push_back(tid);
        }
    }

    /// Enters a thread that can run.
    pub(crate) fn add_thread(&mut self, mut thread: Box<Thread>) {
        let tid = thread.tid;
        thread.queued = true;
        self.threads.insert(tid, thread);
        self.sched.ready.push_back(tid);
    }

    /// For loops without system calls: whether the guest should unwind to the dispatcher, because it has a signal or because it is another one's turn. To be called every
    /// some ten thousand iterations or instructions.
    pub fn poll(&mut self, state: &mut CpuState) -> bool {
        self.sched.polls += 1;
        self.expire_timers();
        self.pump_terminal();
        let quantum = match self.sched.ready.front() {
            Some(_) if self.sched.seed.is_some() => 1,
            None if self.sched.watching.is_empty() => u32::MAX,
            Some(tid)
                if self
                    .threads
                    .get(tid)
                    .is_some_and(|t| t.pid == self.process.pid) =>
            {
                THREAD_QUANTUM
            }
            _ => PROCESS_QUANTUM,
        };
        if self.sched.polls >= quantum {
            // Without others the turn goes on: who is made to leave at every safepoint gets nowhere.
            self.sched.polls = 0;
            if self.find_ready() {
                self.later(AfterCall::Yield);
            }
        }
        let unwind = self.deliverable() || !self.after_call.is_empty();
        if unwind {
            state.suspend = 1;
        }
        unwind
    }

    /// Does what a system call has left for when the guest state is whole, and goes on with whoever's turn it is. False if everybody waits and the host is to wait for them; then it is to be called again.
    pub(crate) fn after_call(&mut self, state: &mut CpuState) -> bool {
        let mut others = self.sched.preempts_calls() && self.sched.random(4) == 0;
        if self.sched.idle && !self.run_next(state) {
            return false;
        }
        loop {
            state.suspend = 0;
            self.thread.cpu.sp = state.sp;
            while let Some(work) = self.after_call.pop_front() {
                match work {
                    AfterCall::SigReturn => self.sigreturn(state),
                    AfterCall::AltStack(new, old) => {
                        state.x[0] = encode(self.set_alt_stack(state.sp, new, old));
                    }
                    AfterCall::Discard(start, end) => self.mm.discard_below(state.sp, start, end),
                    AfterCall::Clone(request) => self.clone_task(state, &request),
                    AfterCall::Exec(exec) => self.execute(state, *exec),
                    AfterCall::ExitThread(status) => self.end_thread(status),
                    AfterCall::ExitProcess(status) => self.end_process(status),
                    AfterCall::Yield => others = true,
                }
            }
            if !self.thread.dead && self.deliverable() {
                self.deliver(state);
            }
            let runs = !self.thread.dead
                && self.thread.wait.is_none()
                && self.process.life == Life::Running;
            if runs && !(others && self.find_ready()) {
                return true;
            }
            others = false;
            self.park(state, runs);
            if !self.run_next(state) {
                return false;
            }
        }
    }

    /// Goes on with the next thread that can run, if there is one.
    fn run_next(&mut self, state: &mut CpuState) -> bool {
        self.sched.idle = !self.next(state);
        if self.sched.idle {
            return false;
        }
        if self.thread.wait.is_some() {
            self.try_again(state);
        }
        true
    }

    /// Whether everybody waits, and the host is to wait for them.
    pub(crate) fn is_idle(&self) -> bool {
        self.sched.idle
    }

    /// What everybody waits for: events of the host's files, and the time (of the monotonic clock, in nanoseconds) at which somebody's wait is over.
    pub fn waits(&mut self) -> (Vec<Event>, Option<u64>) {
        self.sched.asked = true;
        (self.awaited().1, self.next_deadline())
    }

    /// Tries the system call again that the current thread waits in.
    fn try_again(&mut self, state: &mut CpuState) {
        let before = self.thread.wait.take();
        self.thread.call.again = true;
        let (nr, args) = (self.thread.call.nr, self.thread.call.args);
        let result = crate::sys::dispatch(self, nr, args);
        drop(before);
        if self.thread.wait.is_none() {
            state.x[0] = encode(result);
        }
    }

    /// Puts the current thread away: to the end of the queue if it can run.
    fn park(&mut self, state: &CpuState, runs: bool) {
        self.charge();
        let next = Thread::new(0, 0);
        let mut thread = core::mem::replace(&mut self.thread, next);
        if thread.dead {
            return;
        }
        thread.cpu = state.clone();
        thread.cpu.exclusive_addr = u64::MAX;
        let stopped = self.process.life != Life::Running;
        if runs || (stopped && thread.wait.is_none()) {
            self.add_thread(thread);
            return;
        }
        if let Some(Wait::Files(_)) = thread.wait
            && !self.sched.watching.contains(&thread.tid)
        {
            self.sched.watching.push(thread.tid);
        }
        thread.queued = false;
        self.threads.insert(thread.tid, thread);
    }

    /// Makes the next thread that can run the current one, and waits until there is one; false if it is the host that is to wait ([`Kernel::waits`]).
    fn next(&mut self, state: &mut CpuState) -> bool {
        loop {
            self.end_if_over();
            self.find_ready();
            // Those who cannot run now; a thread is looked at once, in whatever order.
            let mut passed_over = VecDeque::new();
            let mut found = None;
            while !self.sched.ready.is_empty() {
                let skip = self.sched.random(self.sched.ready.len());
                self.sched.ready.rotate_left(skip);
                let Some(tid) = self.sched.ready.pop_front() else {
                    break;
                };
                let Some(thread) = self.threads.get(&tid) else {
                    continue;
                };
                let pid = thread.pid;
                if self
                    .process(pid)
                    .is_none_or(|p| p.life != Life::Running || p.lent)
                {
                    // It is stopped or waits in vfork.
                    passed_over.push_back(tid);
                    continue;
                }
                found = self.threads.remove(&tid);
                if found.is_some() {
                    break;
                }
            }
            self.sched.ready.append(&mut passed_over);
            if let Some(mut thread) = found {
                let pid = thread.pid;
                thread.queued = false;
                state.clone_from(&thread.cpu);
                self.thread = thread;
                self.sched.polls = 0;
                self.switch_process(pid);
                return true;
            }
            if self.host_waits && !core::mem::take(&mut self.sched.asked) {
                return false;
            }
            self.idle();
            self.charge_nobody();
        }
    }

    /// Makes `pid` the current process and puts its memory in place.
    pub(crate) fn switch_process(&mut self, pid: u32) {
        if pid != self.process.pid
            && let Some(next) = self.others.remove(&pid)
        {
            let last = core::mem::replace(&mut self.process, next);
            // Nobody waits for the children of process 1, and for those with a parent who does not care.
            if !(last.is_dead() && last.parent <= 1) {
                self.others.insert(last.pid, last);
            }
        }
        self.put_in_place();
    }

    /// Puts the current process's memory in place of that which is there.
    pub(crate) fn put_in_place(&mut self) {
        let wanted = self.process.mm.id();
        if self.resident == wanted {
            return;
        }
        let last = self
            .others
            .iter()
            .find(|(_, p)| p.mm.id() == self.resident)
            .map(|(&pid, _)| pid);
        let pointers = last.map(|pid| self.stack_pointers(pid));
        let last = last.and_then(|pid| self.others.get_mut(&pid));
        match last {
            Some(last) => {
                last.mm.move_out_shared(Some(&self.process.mm));
                if !last.mm.is_out() {
                    last.mm.take_out(&pointers.unwrap_or_default());
                }
                self.process.mm.put_in();
                self.process.mm.move_in_shared(Some(&last.mm));
            }
            None => {
                self.process.mm.put_in();
                self.process.mm.move_in_shared(None);
            }
        }
        self.resident = wanted;
        self.put_text_in_place();
        self.entries = self
            .compiled_program()
            .and_then(|program| self.programs.bits(program));
        self.switch_cache();
    }

    /// Takes the interpreter's cache of the current process's code. Those of a few others are kept, as filling one costs as much as copying a megabyte.
    fn switch_cache(&mut self) {
        let wanted = self.process.code;
        if self.cached == wanted {
            return;
        }
        let found = self
            .spare_caches
            .iter()
            .position(|(code, _)| *code == wanted);
        let mut cache = match found {
            Some(i) => self.spare_caches.remove(i).1,
            None if self.spare_caches.len() < SPARE_CACHES => DecodeCache::new(CACHE_BITS),
            None => {
                let (_, mut cache) = self.spare_caches.remove(0);
                cache.invalidate(0, u64::MAX);
                cache
            }
        };
        core::mem::swap(&mut self.cache, &mut cache);
        self.spare_caches.push((self.cached, cache));
        self.cached = wanted;
    }

    /// Stack pointers of a process's threads.
    pub(crate) fn stack_pointers(&self, pid: u32) -> Vec<u64> {
        self.threads
            .values()
            .chain([&self.thread])
            .filter(|t| t.pid == pid)
            .map(|t| t.cpu.sp)
            .collect()
    }

    /// Looks whether others can run now.
    fn find_ready(&mut self) -> bool {
        self.expire_timers();
        self.pump_terminal();
        self.look_at_files(|k, file, events| file_events(k, file, events).is_some_and(|e| e != 0));
        !self.sched.ready.is_empty()
    }

    /// Wakes those whose files are ready.
    fn look_at_files(&mut self, ready: impl Fn(&Kernel, &OpenFile, u16) -> bool) {
        let mut at = 0;
        while let Some(&tid) = self.sched.watching.get(at) {
            let waits = match self.threads.get(&tid).map(|t| &t.wait) {
                Some(Some(Wait::Files(files))) => !files.iter().any(|(f, e)| ready(self, f, *e)),
                _ => false,
            };
            if waits {
                at += 1;
            } else {
                self.sched.watching.remove(at);
                if self.threads.get(&tid).is_some_and(|t| t.wait.is_some()) {
                    self.wake(tid);
                }
            }
        }
    }

    /// The files of the host that threads wait for, with what they want, and the same as events, before those of the terminal.
    fn awaited(&self) -> (Vec<(Rc<OpenFile>, u16)>, Vec<Event>) {
        let mut files: Vec<(Rc<OpenFile>, u16)> = Vec::new();
        let mut events = Vec::new();
        for tid in &self.sched.watching {
            let Some(Some(Wait::Files(all))) = self.threads.get(tid).map(|t| &t.wait) else {
                continue;
            };
            let below: Vec<_> = all
                .iter()
                .filter_map(|(f, _)| f.file.as_epoll())
                .flat_map(|e| e.host_files(self))
                .collect();
            for (file, wanted) in all.iter().chain(&below) {
                let Readiness::Host(fd) = file.file.readiness(self) else {
                    continue;
                };
                if wanted & (POLLIN | POLLRDNORM) != 0 {
                    events.push(Event::Readable(fd));
                    files.push((file.clone(), POLLIN | POLLRDNORM));
                }
                if wanted & (POLLOUT | POLLWRNORM) != 0 {
                    events.push(Event::Writable(fd));
                    files.push((file.clone(), POLLOUT | POLLWRNORM));
                }
            }
        }
        events.extend(self.typed());
        (files, events)
    }

    /// Nobody can run: waits for the host; where that waits by itself, looks what has happened.
    fn idle(&mut self) {
        let (files, events) = self.awaited();
        let deadline = self.next_deadline();
        if events.is_empty() && deadline.is_none() {
            self.message("elfconv: deadlock: every process waits for another one\n");
            self.exit(128 + SIGKILL);
        }
        let timeout = match self.host_waits {
            true => Some(0),
            false => deadline.map(|at| at.saturating_sub(self.monotonic())),
        };
        let occurred = match self.host.poll(&events, timeout) {
            Ok(occurred) => occurred,
            // Hosts cannot poll everything; files that cannot be polled are always ready.
            Err(_) => alloc::vec![true; events.len()],
        };
        let ready: Vec<_> = files
            .into_iter()
            .zip(occurred)
            .filter(|(_, o)| *o)
            .map(|(f, _)| f)
            .collect();
        self.pump_terminal();
        self.look_at_files(|_, file, events| {
            ready
                .iter()
                .any(|(f, e)| core::ptr::eq(&**f, file) && e & events != 0)
        });
        self.expire_timers();
    }

    /// What the host says of files now.
    pub(crate) fn ask_host(&self, events: &[Event]) -> Vec<bool> {
        self.host
            .poll(events, Some(0))
            .unwrap_or_else(|_| alloc::vec![true; events.len()])
    }
}
