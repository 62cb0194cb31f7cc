//! Processor time. WASI has no such clock: what passes while a thread has its turn is its time and its process's, and what passes while all wait is nobody's.
//!
//! Limits: what the host takes to answer (reading a file, or standard input where the only thread may block in it) counts as well, and all of it as user time.

use crate::kernel::Kernel;

impl Kernel {
    /// Charges the time since the last call to the current thread.
    pub(crate) fn charge(&mut self) {
        let now = self.monotonic();
        let passed = now.saturating_sub(self.charged);
        self.charged = now;
        self.process.cpu_time += passed;
        self.thread.cpu_time += passed;
    }

    /// The time since the last call is nobody's: all were waiting.
    pub(crate) fn charge_nobody(&mut self) {
        self.charged = self.monotonic();
    }

    /// What the current thread has not been charged yet; nothing between two turns.
    fn uncharged(&self) -> u64 {
        if self.is_between_turns() {
            0
        } else {
            self.monotonic().saturating_sub(self.charged)
        }
    }

    /// Nobody has the turn.
    pub(crate) fn is_between_turns(&self) -> bool {
        self.thread.tid == 0
    }

    /// Processor time of a process, nanoseconds.
    pub fn process_time(&self, pid: u32) -> Option<u64> {
        let own = if pid == self.process.pid {
            self.uncharged()
        } else {
            0
        };
        self.process(pid).map(|p| p.cpu_time + own)
    }

    /// Processor time of a thread, nanoseconds.
    pub fn thread_time(&self, tid: u32) -> Option<u64> {
        let own = if tid == self.thread.tid {
            self.uncharged()
        } else {
            0
        };
        self.thread(tid).map(|t| t.cpu_time + own)
    }

    /// Processor time of the current process, nanoseconds.
    pub fn cpu_time(&self) -> u64 {
        self.process.cpu_time + self.uncharged()
    }
}
