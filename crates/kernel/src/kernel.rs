//! The kernel's state: one process with one thread.

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_a64::exec::DecodeCache;
use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::process::{
    RLIM_INFINITY, RLIM_NLIMITS, RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_STACK, Rlimit,
};
use elfconv_abi::termios::Termios;

use crate::host::{Clock, Host};
use crate::mm::Mm;
use crate::mm::memory::{HIGHEST, Memory};
use crate::resume::{EntryBits, Pace};
use crate::signals::Signals;
use crate::unwind::{CalleeSaved, Unwinding};
use crate::vfs::fd_table::FdTable;
use crate::vfs::{Namespace, OpenFile};

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

/// What the process is.
#[derive(Default)]
pub struct Process {
    pub pid: u32,
    pub args: Vec<Vec<u8>>,
    pub environ: Vec<Vec<u8>>,
    pub auxv: Vec<u64>,
    /// Absolute path of the executable.
    pub exe: Vec<u8>,
    /// `PR_SET_NAME`, zero-terminated.
    pub comm: [u8; 16],
    pub hostname: Vec<u8>,
    /// Wall-clock time at the start, nanoseconds.
    pub started: u64,
    /// Monotonic time at the start, nanoseconds.
    pub started_monotonic: u64,
    /// Highest address of the stack's strings; what `/proc/self/stat` calls startstack.
    pub stack_top: u64,
    pub process_group: u32,
    pub session: u32,
    pub no_new_privs: bool,
    pub dumpable: u32,
    pub child_subreaper: bool,
    pub timer_slack: u64,
    pub parent_death_signal: u32,
    pub keep_caps: bool,
    /// `set_tid_address`.
    pub clear_child_tid: u64,
    pub robust_list: (u64, u64),
}

impl Process {
    /// The short name.
    pub fn name(&self) -> &[u8] {
        let end = self.comm.iter().position(|&b| b == 0).unwrap_or(15);
        &self.comm[..end]
    }
}

/// The kernel.
pub struct Kernel {
    pub host: Rc<dyn Host>,
    pub mm: Mm,
    pub fds: FdTable,
    pub ns: Namespace,
    /// Absolute path without trailing slash; empty for the root.
    pub cwd: Vec<u8>,
    pub umask: u32,
    pub cred: Cred,
    pub process: Process,
    pub signals: Signals,
    pub limits: [Rlimit; RLIM_NLIMITS],
    pub termios: Termios,
    pub window: (u16, u16),
    /// Log system calls to stderr.
    pub strace: bool,
    /// Never enter compiled code.
    pub interpret: bool,
    /// Where the interpreter meets compiled code, if there is any.
    pub(crate) entries: Option<Rc<EntryBits>>,
    pub(crate) pace: Pace,
    pub(crate) cache: DecodeCache,
    pub(crate) unwinding: Unwinding,
    pub(crate) saved: CalleeSaved,
    /// Lowest and highest address of the initial stack.
    pub(crate) stack: (u64, u64),
    /// Where signal handlers without a restorer return to: `mov x8, #139; svc #0` in guest-readable memory.
    pub(crate) sigreturn_trampoline: u64,
    /// What a system call wants done once the whole guest state is in the state block.
    pub(crate) after_call: VecDeque<AfterCall>,
    next_pipe: u64,
}

/// Work that needs the whole guest state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AfterCall {
    /// `rt_sigreturn`.
    SigReturn,
    /// Deliver what is pending.
    Deliver,
}

/// Default size of the stack.
pub const STACK_SIZE: u64 = 8 << 20;

impl Kernel {
    /// A kernel without a program: everything that does not depend on one.
    pub fn new(host: Rc<dyn Host>, memory: Memory) -> Self {
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
        let window = (number("LINES"), number("COLUMNS"));
        let process = Process {
            pid: 100,
            process_group: 100,
            session: 100,
            args: host.args(),
            environ: environ
                .iter()
                .filter(|entry| !entry.starts_with(b"ELFCONV_"))
                .cloned()
                .collect(),
            hostname: b"elfconv".to_vec(),
            started: host.now(Clock::Realtime),
            started_monotonic: host.now(Clock::Monotonic),
            dumpable: 1,
            timer_slack: 50_000,
            ..Process::default()
        };
        let mut fds = FdTable::default();
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
                fds.set(
                    fd as usize,
                    OpenFile::new(alloc::boxed::Box::new(file), flags, Vec::new()),
                    false,
                );
            }
        }
        Self {
            strace: on("ELFCONV_STRACE"),
            interpret: on("ELFCONV_INTERPRET"),
            mm: Mm::new(memory),
            fds,
            ns,
            cwd,
            umask: 0o022,
            cred: Cred::default(),
            process,
            signals: Signals::default(),
            limits,
            termios: crate::sys::terminal::initial(),
            window: (
                window.0.map_or(25, |n| n as u16),
                window.1.map_or(80, |n| n as u16),
            ),
            entries: None,
            pace: Pace::new(on("ELFCONV_UNWIND")),
            cache: DecodeCache::new(16),
            unwinding: Unwinding::default(),
            saved: CalleeSaved::default(),
            stack: (0, 0),
            sigreturn_trampoline: 0,
            after_call: VecDeque::new(),
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

    /// Processor time in nanoseconds. WASI has no such clock: wall-clock time since the start.
    pub fn cpu_time(&self) -> u64 {
        self.uptime()
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
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match self.host.write(2, &[rest]) {
                Ok(n) if n > 0 => rest = &rest[n..],
                _ => return,
            }
        }
    }

    /// Ends the process: shared file mappings are written back first.
    pub(crate) fn exit(&mut self, code: u32) -> ! {
        self.write_back(0, HIGHEST);
        self.host.exit(code & 0xff)
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

    /// A system call of the guest: `Ok` is what goes into x0. Everything that decides goes through here.
    pub fn syscall(&mut self, state: &mut CpuState, nr: u64, args: [u64; 6]) -> u64 {
        let result = crate::sys::dispatch(self, nr, args);
        let x0 = match result {
            Ok(value) => value,
            Err(Errno(number)) => (-i64::from(number)) as u64,
        };
        if self.signals.deliverable() {
            self.after_call.push_back(AfterCall::Deliver);
        }
        if !self.after_call.is_empty() {
            state.suspend = 1;
        }
        x0
    }
}
