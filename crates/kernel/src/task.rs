//! Processes and threads: what each owns. The kernel has the current ones in fields of its own, and all others in maps.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

use elfconv_a64::state::CpuState;
use elfconv_abi::process::{RLIM_NLIMITS, Rlimit};
use elfconv_abi::signal::{SS_DISABLE, SigAltStack};

use crate::kernel::Kernel;
use crate::mm::Mm;
use crate::program::Program;
use crate::signals::{Actions, Pending};
use crate::timers::Timers;
use crate::vfs::OpenFile;
use crate::vfs::fd_table::FdTable;

/// User and group identities.
#[derive(Clone, Debug, Default)]
pub struct Cred {
    pub uid: u32,
    pub euid: u32,
    pub suid: u32,
    pub gid: u32,
    pub egid: u32,
    pub sgid: u32,
    pub groups: Vec<u32>,
}

/// How a process is, as its parent sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Life {
    #[default]
    Running,
    /// Stopped by this signal.
    Stopped(u32),
    /// Dead, not yet waited for; the status is that of `wait(2)`.
    Zombie(u32),
}

/// A process. See credentials(7), fork(2) for what a child gets.
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub process_group: u32,
    pub session: u32,
    /// Its threads, the first one first.
    pub threads: Vec<u32>,
    pub life: Life,
    /// A stop or continuation (`SIGCONT`) that the parent has not been told of.
    pub news: Option<u32>,
    /// What the parent gets when it ends; 0 for nothing.
    pub exit_signal: u32,
    /// The process that waits in `vfork`, and whose address space this one uses.
    pub vfork: Option<u32>,
    /// A child uses its address space: it does not run until it has it back.
    pub(crate) lent: bool,
    /// It has called `execve` since it was made.
    pub executed: bool,
    pub mm: Mm,
    pub fds: FdTable,
    /// Absolute path without trailing slash; empty for the root.
    pub cwd: Vec<u8>,
    pub umask: u32,
    pub cred: Cred,
    pub limits: [Rlimit; RLIM_NLIMITS],
    pub actions: Actions,
    /// Signals sent to the process as a whole.
    pub pending: Pending,
    pub timers: Timers,
    pub program: Program,
    /// Which code the interpreter may have decoded; processes with the same number have the same code.
    pub(crate) code: u32,
    pub args: Vec<Vec<u8>>,
    pub environ: Vec<Vec<u8>>,
    pub auxv: Vec<u64>,
    /// Absolute path of the executable.
    pub exe: Vec<u8>,
    /// Wall-clock time at the start, nanoseconds.
    pub started: u64,
    /// Monotonic time at the start, nanoseconds.
    pub started_monotonic: u64,
    /// Highest address of the stack's strings; what `/proc/self/stat` calls startstack.
    pub stack_top: u64,
    /// Lowest and highest address of the initial stack.
    pub(crate) stack: (u64, u64),
    /// Where signal handlers without a restorer return to: `mov x8, #139; svc #0` in guest-readable memory.
    pub(crate) sigreturn_trampoline: u64,
    /// Processor time up to [`Kernel::charged`](crate::kernel::Kernel).
    pub(crate) cpu_time: u64,
    /// Processor time of children that were waited for.
    pub children_time: u64,
    pub no_new_privs: bool,
    pub dumpable: u32,
    pub child_subreaper: bool,
    pub timer_slack: u64,
    pub parent_death_signal: u32,
    pub keep_caps: bool,
}

impl Process {
    /// Whether it has ended.
    pub fn is_dead(&self) -> bool {
        matches!(self.life, Life::Zombie(_))
    }

    /// What `fork` makes of it: a process with a copy of everything, the address space `mm`, and no thread yet.
    pub fn child(&self, pid: u32, mm: Mm, now: (u64, u64)) -> Box<Process> {
        Box::new(Process {
            pid,
            parent: self.pid,
            process_group: self.process_group,
            session: self.session,
            threads: Vec::new(),
            life: Life::Running,
            news: None,
            exit_signal: 0,
            vfork: None,
            lent: false,
            executed: false,
            mm,
            fds: self.fds.clone(),
            cwd: self.cwd.clone(),
            umask: self.umask,
            cred: self.cred.clone(),
            limits: self.limits,
            actions: self.actions.clone(),
            pending: Pending::default(),
            timers: Timers::default(),
            program: self.program,
            code: self.code,
            args: self.args.clone(),
            environ: self.environ.clone(),
            auxv: self.auxv.clone(),
            exe: self.exe.clone(),
            started: now.0,
            started_monotonic: now.1,
            stack_top: self.stack_top,
            stack: self.stack,
            sigreturn_trampoline: self.sigreturn_trampoline,
            cpu_time: 0,
            children_time: 0,
            no_new_privs: self.no_new_privs,
            dumpable: self.dumpable,
            child_subreaper: false,
            timer_slack: self.timer_slack,
            parent_death_signal: 0,
            keep_caps: self.keep_caps,
        })
    }
}

/// What a thread waits for. A wait always ends early when a signal comes or [`Call::deadline`] has passed.
#[derive(Clone)]
pub enum Wait {
    /// One of these files is ready for one of its `POLL*` events.
    Files(Vec<(Rc<OpenFile>, u16)>),
    /// Somebody calls [`Kernel::wake`]: a futex, a child, a signal, a lock, or only time.
    Event,
}

/// The system call that a thread is in.
#[derive(Clone, Default)]
pub struct Call {
    pub nr: u64,
    pub args: [u64; 6],
    /// When to give up waiting, by the monotonic clock.
    pub deadline: Option<u64>,
    /// What an earlier try has done already (bytes written).
    pub done: u64,
    /// It was tried before, and waited.
    pub again: bool,
    /// The event that was waited for has come.
    pub woken: bool,
    /// After a handler with `SA_RESTART` it is called again.
    pub restartable: bool,
    /// It is called again after any handler.
    pub always_restarts: bool,
    /// A FIFO that is being opened.
    pub opened: Option<Rc<OpenFile>>,
    /// Where what is left of a sleep is written if it is interrupted.
    pub remaining: u64,
    /// Signals that `rt_sigtimedwait` waits for, though they are blocked.
    pub wanted: u64,
}

/// A thread.
pub struct Thread {
    pub tid: u32,
    /// Its process.
    pub pid: u32,
    /// `PR_SET_NAME`, zero-terminated.
    pub comm: [u8; 16],
    /// Its registers, while it is not the current one.
    pub cpu: CpuState,
    pub blocked: u64,
    /// Signals sent to this thread.
    pub pending: Pending,
    pub alt_stack: SigAltStack,
    /// The mask to go back to after the handler that `rt_sigsuspend` and its like waited for.
    pub restore_mask: Option<u64>,
    /// `set_tid_address`, `CLONE_CHILD_CLEARTID`.
    pub clear_child_tid: u64,
    pub robust_list: u64,
    pub call: Call,
    pub wait: Option<Wait>,
    /// As [`Process::cpu_time`].
    pub(crate) cpu_time: u64,
    /// It is in the queue of those that can run.
    pub(crate) queued: bool,
    /// It has ended.
    pub(crate) dead: bool,
}

impl Thread {
    /// A thread without history.
    pub fn new(tid: u32, pid: u32) -> Box<Thread> {
        Box::new(Thread {
            tid,
            pid,
            comm: [0; 16],
            cpu: CpuState::new(),
            blocked: 0,
            pending: Pending::default(),
            alt_stack: no_alt_stack(),
            restore_mask: None,
            clear_child_tid: 0,
            robust_list: 0,
            call: Call::default(),
            wait: None,
            cpu_time: 0,
            queued: false,
            dead: false,
        })
    }

    /// The short name.
    pub fn name(&self) -> &[u8] {
        let end = self.comm.iter().position(|&b| b == 0).unwrap_or(15);
        &self.comm[..end]
    }

    /// Sets the short name, cut to what fits.
    pub fn set_name(&mut self, name: &[u8]) {
        let len = name.len().min(15);
        self.comm = [0; 16];
        self.comm[..len].copy_from_slice(&name[..len]);
    }
}

/// The alternate stack of a thread that has set none.
pub fn no_alt_stack() -> SigAltStack {
    SigAltStack {
        ss_flags: SS_DISABLE,
        ..SigAltStack::default()
    }
}

/// What is of the current process can be named as if it were the kernel's: most system calls are about it.
impl Deref for Kernel {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Kernel {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Kernel {
    /// A process that is alive or a zombie.
    pub fn process(&self, pid: u32) -> Option<&Process> {
        if pid == self.process.pid {
            Some(&self.process)
        } else {
            self.others.get(&pid).map(|p| &**p)
        }
    }

    /// See [`Kernel::process`].
    pub fn process_mut(&mut self, pid: u32) -> Option<&mut Process> {
        if pid == self.process.pid {
            Some(&mut self.process)
        } else {
            self.others.get_mut(&pid).map(|p| &mut **p)
        }
    }

    /// A thread.
    pub fn thread(&self, tid: u32) -> Option<&Thread> {
        if tid == self.thread.tid {
            Some(&self.thread)
        } else {
            self.threads.get(&tid).map(|t| &**t)
        }
    }

    /// See [`Kernel::thread`].
    pub fn thread_mut(&mut self, tid: u32) -> Option<&mut Thread> {
        if tid == self.thread.tid {
            Some(&mut self.thread)
        } else {
            self.threads.get_mut(&tid).map(|t| &mut **t)
        }
    }

    /// All processes, zombies included, by number.
    pub fn pids(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.others.keys().copied().collect();
        all.push(self.process.pid);
        all.sort_unstable();
        all
    }

    /// A number that no process, thread, group or session has.
    pub(crate) fn new_pid(&mut self) -> u32 {
        loop {
            self.last_pid = if self.last_pid >= 32767 {
                300
            } else {
                self.last_pid + 1
            };
            let pid = self.last_pid;
            let taken = self.thread(pid).is_some()
                || self.process(pid).is_some()
                || self
                    .others
                    .values()
                    .chain([&self.process])
                    .any(|p| p.process_group == pid || p.session == pid);
            if !taken {
                return pid;
            }
        }
    }

    /// Whether the host may block for the current call: nobody else could go on, and no signal can come.
    pub(crate) fn cannot_be_interrupted(&self) -> bool {
        !self.host_waits && self.is_alone() && self.timers.is_quiet() && !self.deliverable()
    }

    /// Whether there is nobody else: one process with one thread.
    pub fn is_alone(&self) -> bool {
        self.threads.is_empty() && self.others.is_empty()
    }
}

/// Work that needs the whole guest state.
pub(crate) enum AfterCall {
    /// `rt_sigreturn`.
    SigReturn,
    /// `sigaltstack`: addresses of the new and the old one.
    AltStack(u64, u64),
    /// `madvise` of a range that may be the unused part of the stack.
    Discard(u64, u64),
    /// `clone` and its kin.
    Clone(crate::sys::clone::Request),
    /// `execve`.
    Exec(Box<crate::program::Exec>),
    /// The thread ends, and with it the process if it was the last one; the status is that of `wait(2)`.
    ExitThread(u32),
    /// The process ends.
    ExitProcess(u32),
    /// Others may run.
    Yield,
}

/// A queue of such work.
pub(crate) type AfterCalls = VecDeque<AfterCall>;
