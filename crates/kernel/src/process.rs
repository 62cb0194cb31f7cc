//! The life of processes: how threads and processes end, stop and go on, and what their parents hear of it. See wait(2), exit(2), setpgid(2).

use alloc::vec::Vec;

use elfconv_abi::signal::*;

use crate::kernel::{FIRST_PID, Kernel};
use crate::mm::memory::HIGHEST;
use crate::signals::info;
use crate::task::Life;

/// The exit status that a shell shows for a status of `wait(2)`.
fn shell_status(status: u32) -> u32 {
    match status & 0x7f {
        0 => status >> 8,
        signal => 128 + signal,
    }
}

impl Kernel {
    /// The current thread ends; `status` counts if it is the last one.
    pub(crate) fn end_thread(&mut self, status: u32) {
        if self.process.threads.len() <= 1 {
            return self.end_process(status);
        }
        self.release_thread();
        let tid = self.thread.tid;
        self.process.threads.retain(|&t| t != tid);
        self.thread.dead = true;
        self.pass_on_signals();
    }

    /// What others wait for of the current thread: `pthread_join` and robust mutexes.
    fn release_thread(&mut self) {
        self.release_robust_list();
        self.release_owned_locks();
        let clear = self.thread.clear_child_tid;
        if clear != 0
            && crate::sys::args::UserMut::<u32>::at(clear)
                .write(self, &0)
                .is_ok()
        {
            self.futex_wake_all(clear);
        }
        self.forget_waits();
    }

    /// Ends all threads of the current process but the current one.
    pub(crate) fn end_other_threads(&mut self) {
        let (pid, tid) = (self.process.pid, self.thread.tid);
        let others: Vec<u32> = self
            .threads
            .values()
            .filter(|t| t.pid == pid)
            .map(|t| t.tid)
            .collect();
        for other in others {
            self.futexes.forget(other);
            let Some(mut thread) = self.threads.remove(&other) else {
                continue;
            };
            // What it locked in memory that is shared is told of its death.
            core::mem::swap(&mut self.thread, &mut thread);
            self.release_robust_list();
            core::mem::swap(&mut self.thread, &mut thread);
        }
        self.process.threads = alloc::vec![tid];
    }

    /// Ends the current process; `status` is that of `wait(2)`.
    pub(crate) fn end_process(&mut self, status: u32) {
        if self.thread.dead {
            return;
        }
        self.write_back(0, HIGHEST);
        if self.process.pid == FIRST_PID {
            self.first_status = Some(shell_status(status));
            self.end_if_over_without_current();
        }
        self.release_thread();
        self.end_other_threads();
        self.thread.dead = true;
        self.process.threads.clear();
        let pid = self.process.pid;
        self.leave_memory();
        self.process.fds = Default::default();
        self.process.timers = Default::default();
        self.process.life = Life::Zombie(status);
        self.process.news = None;
        self.leave_orphans();
        // A session's end hangs up its terminal.
        if self.process.session == pid && self.terminal.session == pid {
            let group = self.terminal.foreground;
            self.send_group(group, info(SIGHUP, SI_KERNEL, 0));
            self.send_group(group, info(SIGCONT, SI_KERNEL, 0));
        }
        // Children go to process 1, which waits for them at once.
        let children: Vec<u32> = self
            .others
            .values()
            .filter(|p| p.parent == pid)
            .map(|p| p.pid)
            .collect();
        for child in children {
            let Some(process) = self.others.get_mut(&child) else {
                continue;
            };
            process.parent = 1;
            let signal = process.parent_death_signal;
            if process.is_dead() {
                self.others.remove(&child);
            } else if signal != 0 {
                self.send(child, None, info(signal, SI_USER, pid.into()));
            }
        }
        self.tell_parent();
    }

    /// Lets go of the current process's address space; the thread that waits in `vfork` gets it back.
    pub(crate) fn leave_memory(&mut self) {
        let empty = self.process.mm.sibling();
        let mut mm = core::mem::replace(&mut self.process.mm, empty);
        if let Some(parent) = self.process.vfork.take() {
            if let Some(parent) = self.process_mut(parent) {
                parent.mm = mm;
                parent.lent = false;
            }
            return;
        }
        let pointers = self.stack_pointers(self.process.pid);
        if self.resident == mm.id() {
            mm.move_out_shared(None);
            self.resident = 0;
        }
        mm.abandon(&pointers);
    }

    /// Tells the parent of the current process, which is dead now.
    fn tell_parent(&mut self) {
        let Life::Zombie(status) = self.process.life else {
            return;
        };
        let (pid, parent, signal) = (
            self.process.pid,
            self.process.parent,
            self.process.exit_signal,
        );
        let (code, value) = match status & 0x7f {
            0 => (CLD_EXITED, status >> 8 & 0xff),
            signal if status & 0x80 != 0 => (CLD_DUMPED, signal),
            signal => (CLD_KILLED, signal),
        };
        let ignored = self.process(parent).is_none_or(|p| {
            let action = p.actions.get(SIGCHLD);
            p.is_dead()
                || signal == SIGCHLD
                    && (action.sa_handler == SIG_IGN || action.sa_flags & SA_NOCLDWAIT != 0)
        });
        if signal != 0 && self.process(parent).is_some() {
            let info = self.child_info(pid, signal, code, value);
            self.send(parent, None, info);
        }
        if ignored {
            // Nobody waits for it.
            self.process.parent = 0;
        }
        self.wake_waiters(parent);
    }

    fn child_info(&self, pid: u32, signal: u32, code: i32, status: u32) -> Siginfo {
        let uid = self.process(pid).map_or(0, |p| p.cred.uid);
        let mut info = info(signal, code, u64::from(pid) | u64::from(uid) << 32);
        info.rest[0] = status.into();
        info
    }

    /// Lets the threads of a process look at its children again.
    pub(crate) fn wake_waiters(&mut self, pid: u32) {
        let threads = self.process(pid).map(|p| p.threads.clone());
        for tid in threads.unwrap_or_default() {
            self.wake(tid);
        }
    }

    /// Stops the current process.
    pub(crate) fn stop_process(&mut self, signal: u32) {
        self.process.life = Life::Stopped(signal);
        self.process.news = Some(signal);
        let (pid, parent) = (self.process.pid, self.process.parent);
        self.tell_of_stop(parent, pid, CLD_STOPPED, signal);
    }

    /// Lets a stopped process go on.
    pub(crate) fn continue_process(&mut self, pid: u32, tell: bool) {
        let Some(process) = self.process_mut(pid) else {
            return;
        };
        process.life = Life::Running;
        // Who was stopped because it used its terminal from the background tries again.
        self.wake_waiters(pid);
        if tell && let Some(process) = self.process_mut(pid) {
            process.news = Some(SIGCONT);
            let parent = process.parent;
            self.tell_of_stop(parent, pid, CLD_CONTINUED, SIGCONT);
        }
    }

    fn tell_of_stop(&mut self, parent: u32, pid: u32, code: i32, signal: u32) {
        let Some(process) = self.process(parent) else {
            return;
        };
        if process.actions.get(SIGCHLD).sa_flags & SA_NOCLDSTOP == 0 {
            let info = self.child_info(pid, SIGCHLD, code, signal);
            self.send(parent, None, info);
        }
        self.wake_waiters(parent);
    }

    /// Whether no member of the current process's group has a parent in another group of the session, so that nobody would continue it.
    pub(crate) fn is_orphaned_group(&self) -> bool {
        self.is_orphaned(self.process.process_group, self.process.session, 0)
    }

    /// The same of any group, without a process that has ended.
    fn is_orphaned(&self, group: u32, session: u32, without: u32) -> bool {
        !self.others.values().chain([&self.process]).any(|p| {
            p.process_group == group
                && p.pid != without
                && p.parent != without
                && !p.is_dead()
                && self.process(p.parent).is_some_and(|parent| {
                    parent.process_group != group && parent.session == session
                })
        })
    }

    /// Groups that the end of the current process orphans: if members are stopped, nobody will continue them, so they hear of it. See setpgid(2).
    fn leave_orphans(&mut self) {
        let (pid, own, session) = (
            self.process.pid,
            self.process.process_group,
            self.process.session,
        );
        let mut groups = alloc::vec![own];
        let children = self.others.values().filter(|p| p.parent == pid);
        groups.extend(
            children
                .filter(|p| p.session == session && p.process_group != own)
                .map(|p| p.process_group),
        );
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            let is_stopped = self
                .others
                .values()
                .any(|p| p.process_group == group && matches!(p.life, Life::Stopped(_)));
            if is_stopped && self.is_orphaned(group, session, pid) {
                self.send_group(group, info(SIGHUP, SI_KERNEL, 0));
                self.send_group(group, info(SIGCONT, SI_KERNEL, 0));
            }
        }
    }

    /// Ends everything if the first process has ended and nobody who is left can still be heard: as one who reads its output to the end would see it.
    pub(crate) fn end_if_over(&mut self) {
        let Some(status) = self.first_status else {
            return;
        };
        let heard = self.others.values().chain([&self.process]).any(|p| {
            !p.is_dead()
                && p.fds
                    .iter()
                    .any(|(_, f)| f.file.is_standard() && f.check_writable().is_ok())
        });
        if !heard {
            self.exit(status);
        }
    }

    /// The same at the end of the current process.
    fn end_if_over_without_current(&mut self) {
        let alive = self.others.values().any(|p| !p.is_dead());
        if let Some(status) = self.first_status
            && !alive
        {
            self.exit(status);
        }
    }
}
