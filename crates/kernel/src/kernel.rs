//! The kernel's state: what all processes share, and which process and thread are current.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_a64::exec::DecodeCache;
use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::process::{
    RLIM_INFINITY, RLIM_NLIMITS, RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_STACK, Rlimit,
};

use crate::compiled::{Programs, TreeContents};
use crate::host::{Clock, Host};
use crate::mm::Mm;
use crate::mm::memory::{HIGHEST, Memory};
use crate::program::{Module, Program};
use crate::resume::{EntryBits, Pace};
use crate::sched::Scheduler;
use crate::signals::{Actions, Pending};
use crate::sys::futex::Futexes;
use crate::sys::terminal::Terminal;
use crate::task::{AfterCall, AfterCalls, Cred, Life, Process, Thread};
use crate::timers::Timers;
use crate::unwind::{CalleeSaved, Unwinding};
use crate::vfs::fd_table::FdTable;
use crate::vfs::{Namespace, OpenFile};

/// The kernel.
pub struct Kernel {
    pub host: Rc<dyn Host>,
    pub ns: Namespace,
    /// The current process; what it has can be named without it (`Deref`).
    pub process: Box<Process>,
    /// The current thread. Its registers are in the state block.
    pub thread: Box<Thread>,
    /// All other processes.
    pub others: BTreeMap<u32, Box<Process>>,
    /// All other threads.
    pub threads: BTreeMap<u32, Box<Thread>>,
    pub(crate) sched: Scheduler,
    pub(crate) futexes: Futexes,
    pub(crate) module: Module,
    /// Compiled code.
    pub programs: Rc<Programs>,
    /// The contents of the file tree, if the module has one.
    pub(crate) tree: Option<TreeContents>,
    pub terminal: Terminal,
    pub hostname: Vec<u8>,
    /// Log system calls to stderr.
    pub strace: bool,
    /// Never enter compiled code.
    pub interpret: bool,
    /// Where the interpreter meets compiled code, if there is any.
    pub(crate) entries: Option<Rc<EntryBits>>,
    pub(crate) pace: Pace,
    pub(crate) cache: DecodeCache,
    /// The code that the cache is of: [`Process::code`].
    pub(crate) cached: u32,
    /// Caches of other code, by its number, the oldest first.
    pub(crate) spare_caches: Vec<(u32, DecodeCache)>,
    pub(crate) last_code: u32,
    /// The host waits by itself for what everybody waits for, and nothing else may block it.
    pub host_waits: bool,
    pub(crate) unwinding: Unwinding,
    pub(crate) saved: CalleeSaved,
    /// What a system call wants done once the whole guest state is in the state block.
    pub(crate) after_call: AfterCalls,
    pub(crate) last_pid: u32,
    /// Which address space is in memory.
    pub(crate) resident: u64,
    /// How the first process ended.
    pub(crate) first_status: Option<u32>,
    /// Up to when processor time is accounted for, by the monotonic clock.
    pub(crate) charged: u64,
    next_pipe: u64,
}

/// The number of the first process. Its parent is process 1, which is the kernel itself.
pub const FIRST_PID: u32 = 100;

/// The session of the first process, as if a shell that is not seen had started it.
const SHELL_SESSION: u32 = FIRST_PID - 1;

/// What a handler returns that has made the thread wait: it is called again when the wait is over. No Linux error number.
pub const BLOCKED: Errno = Errno(4000);

/// Entries of a cache of decoded instructions, as a power of two.
pub(crate) const CACHE_BITS: u32 = 16;

/// Default size of the stack.
pub const STACK_SIZE: u64 = 8 << 20;

impl Kernel {
    /// A kernel without a program: everything that does not depend on one.
    pub fn new(host: Rc<dyn Host>, memory: Memory, programs: Rc<Programs>) -> Self {
        let environ = host.environ();
        let variable = |name: &str| {
            environ.iter().rev().find_map(|entry| {
                entry
                    .strip_prefix(name.as_bytes())?
                    .strip_prefix(b"=")
                    .map(<[u8]>::to_vec)
            })
        };
        let number = |name: &str| {
            variable(name).and_then(|v| core::str::from_utf8(&v).ok()?.parse::<u64>().ok())
        };
        let on = |name: &str| variable(name).is_some_and(|v| !v.is_empty() && v != b"0");
        let cwd = variable("ELFCONV_CWD").or_else(|| variable("PWD"));
        let (ns, cwd) = Namespace::new(&host, cwd.as_deref());
        let stack_size = number("ELFCONV_STACK")
            .unwrap_or(STACK_SIZE)
            .clamp(65536, 1 << 30);
        let mut limits = [Rlimit {
            rlim_cur: RLIM_INFINITY,
            rlim_max: RLIM_INFINITY,
        }; RLIM_NLIMITS];
        limits[RLIMIT_STACK].rlim_cur = stack_size;
        limits[RLIMIT_CORE].rlim_cur = 0;
        limits[RLIMIT_NOFILE] = Rlimit {
            rlim_cur: 1024,
            rlim_max: 1 << 20,
        };
        let window = (
            number("ELFCONV_ROWS").or(number("LINES")),
            number("ELFCONV_COLUMNS").or(number("COLUMNS")),
        );
        let mut fds = FdTable::default();
        let is_raw = variable("ELFCONV_TTY").is_some_and(|v| v == b"raw") && host.is_terminal(0);
        for fd in 0..3 {
            if let Ok(file) = crate::vfs::hostfs::HostFile::standard(&host, fd, &ns.overlay) {
                let flags = if fd == 0 {
                    elfconv_abi::fs::O_RDONLY
                } else {
                    elfconv_abi::fs::O_WRONLY
                };
                // A terminal is one file for all three.
                let flags = if crate::vfs::File::is_terminal(&file) {
                    elfconv_abi::fs::O_RDWR
                } else {
                    flags
                };
                let file: Box<dyn crate::vfs::File> =
                    if is_raw && crate::vfs::File::is_terminal(&file) {
                        crate::tty::Tty::open(file)
                    } else {
                        Box::new(file)
                    };
                fds.set(fd as usize, OpenFile::new(file, flags, Vec::new()), false);
            }
        }
        let process = Box::new(Process {
            pid: FIRST_PID,
            parent: 1,
            process_group: FIRST_PID,
            session: SHELL_SESSION,
            threads: alloc::vec![FIRST_PID],
            life: Life::Running,
            news: None,
            exit_signal: 0,
            vfork: None,
            lent: false,
            executed: true,
            mm: Mm::new(memory),
            fds,
            cwd,
            umask: 0o022,
            cred: Cred::default(),
            limits,
            actions: Actions::default(),
            pending: Pending::default(),
            timers: Timers::default(),
            program: Program::Module,
            code: 0,
            args: host.args(),
            environ: environ
                .iter()
                .filter(|entry| !entry.starts_with(b"ELFCONV_"))
                .cloned()
                .collect(),
            auxv: Vec::new(),
            exe: Vec::new(),
            started: host.now(Clock::Realtime),
            started_monotonic: host.now(Clock::Monotonic),
            stack_top: 0,
            stack: (0, 0),
            sigreturn_trampoline: 0,
            cpu_time: 0,
            children_time: 0,
            no_new_privs: false,
            dumpable: 1,
            child_subreaper: false,
            timer_slack: 50_000,
            parent_death_signal: 0,
            keep_caps: false,
        });
        let (rows, columns) = (
            window.0.map_or(25, |n| n as u16),
            window.1.map_or(80, |n| n as u16),
        );
        let mut terminal = Terminal::new((rows, columns), SHELL_SESSION, FIRST_PID);
        if is_raw {
            terminal.raw = Some(0);
            terminal.screen = (1..3).find(|&fd| host.is_terminal(fd)).unwrap_or(0);
        }
        Self {
            strace: on("ELFCONV_STRACE"),
            interpret: on("ELFCONV_INTERPRET"),
            ns,
            resident: process.mm.id(),
            process,
            thread: Thread::new(FIRST_PID, FIRST_PID),
            others: BTreeMap::new(),
            threads: BTreeMap::new(),
            sched: Scheduler::new(number("ELFCONV_SCHED_SEED")),
            futexes: Futexes::default(),
            module: Module::default(),
            last_code: programs.count(),
            programs,
            tree: None,
            terminal,
            hostname: b"elfconv".to_vec(),
            entries: None,
            pace: Pace::new(on("ELFCONV_UNWIND")),
            cache: DecodeCache::new(CACHE_BITS),
            spare_caches: Vec::new(),
            cached: 0,
            host_waits: false,
            unwinding: Unwinding::default(),
            saved: CalleeSaved::default(),
            after_call: AfterCalls::new(),
            last_pid: FIRST_PID,
            first_status: None,
            charged: host.now(Clock::Monotonic),
            next_pipe: 1000,
            host,
        }
    }

    /// The working directory as `getcwd` shows it.
    pub fn cwd_path(&self) -> &[u8] {
        if self.cwd.is_empty() { b"/" } else { &self.cwd }
    }

    /// Nanoseconds since the process started.
    pub fn uptime(&self) -> u64 {
        self.host
            .now(Clock::Monotonic)
            .saturating_sub(self.process.started_monotonic)
    }

    /// Total and free memory in bytes.
    pub fn memory_sizes(&self) -> (u64, u64) {
        (HIGHEST, HIGHEST.saturating_sub(self.mm.usage().0))
    }

    /// The next inode number for a pipe.
    pub(crate) fn pipe_ino(&mut self) -> u64 {
        self.next_pipe += 1;
        self.next_pipe
    }

    /// The limit on descriptors.
    pub(crate) fn fd_limit(&self) -> u64 {
        self.limits[RLIMIT_NOFILE].rlim_cur
    }

    /// Writes a line of ours to the host's stderr.
    pub(crate) fn message(&self, text: &str) {
        if self.terminal.raw.is_some() && text.ends_with('\n') {
            // Nobody else moves the cursor.
            let _ = self.host.write(2, &[b"\r"]);
        }
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match self.host.write(2, &[rest]) {
                Ok(n) if n > 0 => rest = &rest[n..],
                _ => return,
            }
        }
    }

    /// Ends everything with an exit code.
    pub(crate) fn exit(&mut self, code: u32) -> ! {
        self.write_back(0, HIGHEST);
        self.host.exit(code & 0xff)
    }

    /// Nanoseconds of the monotonic clock.
    pub fn monotonic(&self) -> u64 {
        self.host.now(Clock::Monotonic)
    }

    /// Writes shared file mappings in a range back to their files.
    pub(crate) fn write_back(&mut self, start: u64, end: u64) {
        let memory = self.mm.memory();
        for (from, to, file, offset) in self.mm.shared_files(start, end) {
            // Beyond the end of the file nothing is written.
            let Ok(size) = file.file.stat(self).map(|a| a.size) else {
                continue;
            };
            let len = (to - from).min(size.saturating_sub(offset));
            let mut done = 0;
            while done < len {
                match file.file.write(
                    self,
                    &[memory.bytes(from + done, len - done)],
                    offset + done,
                ) {
                    Ok(n) if n > 0 => done += n as u64,
                    _ => break,
                }
            }
        }
    }

    /// A system call of the guest: what goes into x0, unless the call waits; then [`Kernel::after_call`] goes on with it. Everything that decides goes through here.
    pub fn syscall(&mut self, state: &mut CpuState, nr: u64, args: [u64; 6]) -> u64 {
        self.thread.call = crate::task::Call {
            nr,
            args,
            ..crate::task::Call::default()
        };
        let result = crate::sys::dispatch(self, nr, args);
        // Those who only ask for the time get their signals, too.
        if self.sched.counts_call() && !self.cannot_be_interrupted() {
            self.poll(state);
        }
        if self.thread.wait.is_some()
            || !self.after_call.is_empty()
            || self.deliverable()
            || self.sched.preempts_calls()
        {
            state.suspend = 1;
        }
        encode(result)
    }

    /// Asks for a turn of others at the end of this system call.
    pub(crate) fn later(&mut self, work: AfterCall) {
        self.after_call.push_back(work);
    }
}

/// What x0 is after a system call.
pub(crate) fn encode(result: Result<u64, Errno>) -> u64 {
    match result {
        Ok(value) => value,
        Err(Errno(number)) => (-i64::from(number)) as u64,
    }
}
