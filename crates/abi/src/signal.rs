//! Signals: numbers, actions, and the frame that a handler sees.

macro_rules! signals {
    ($($number:literal $name:ident)*) => {
        $(pub const $name: u32 = $number;)*
        /// The symbolic name, or `"SIG?"` (also for real-time signals).
        pub const fn signal_name(signal: u32) -> &'static str {
            match signal {
                $($number => stringify!($name),)*
                _ => "SIG?",
            }
        }
    };
}

signals! {
    1 SIGHUP 2 SIGINT 3 SIGQUIT 4 SIGILL 5 SIGTRAP 6 SIGABRT 7 SIGBUS 8 SIGFPE 9 SIGKILL 10 SIGUSR1 11 SIGSEGV 12 SIGUSR2
    13 SIGPIPE 14 SIGALRM 15 SIGTERM 16 SIGSTKFLT 17 SIGCHLD 18 SIGCONT 19 SIGSTOP 20 SIGTSTP 21 SIGTTIN 22 SIGTTOU 23 SIGURG
    24 SIGXCPU 25 SIGXFSZ 26 SIGVTALRM 27 SIGPROF 28 SIGWINCH 29 SIGIO 30 SIGPWR 31 SIGSYS
}

/// Highest signal number.
pub const NSIG: u32 = 64;

pub const SIG_DFL: u64 = 0;
pub const SIG_IGN: u64 = 1;

pub const SIG_BLOCK: u32 = 0;
pub const SIG_UNBLOCK: u32 = 1;
pub const SIG_SETMASK: u32 = 2;

pub const SA_NOCLDSTOP: u64 = 1;
pub const SA_NOCLDWAIT: u64 = 2;
pub const SA_SIGINFO: u64 = 4;
pub const SA_RESTORER: u64 = 0x0400_0000;
pub const SA_ONSTACK: u64 = 0x0800_0000;
pub const SA_RESTART: u64 = 0x1000_0000;
pub const SA_NODEFER: u64 = 0x4000_0000;
pub const SA_RESETHAND: u64 = 0x8000_0000;

pub const SI_USER: i32 = 0;
pub const SI_KERNEL: i32 = 0x80;
pub const SI_TKILL: i32 = -6;
pub const SI_TIMER: i32 = -2;
pub const SI_QUEUE: i32 = -1;
pub const CLD_EXITED: i32 = 1;
pub const CLD_KILLED: i32 = 2;
pub const CLD_DUMPED: i32 = 3;
pub const CLD_STOPPED: i32 = 5;
pub const CLD_CONTINUED: i32 = 6;
pub const SIGEV_SIGNAL: i32 = 0;
pub const SIGEV_NONE: i32 = 1;
pub const SIGEV_THREAD_ID: i32 = 4;
pub const SEGV_MAPERR: i32 = 1;
pub const ILL_ILLOPC: i32 = 1;
pub const TRAP_BRKPT: i32 = 1;
pub const BUS_ADRALN: i32 = 1;

/// The kernel's `struct sigaction`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sigaction {
    pub sa_handler: u64,
    pub sa_flags: u64,
    pub sa_restorer: u64,
    pub sa_mask: u64,
}
layout!(Sigaction, 32);

/// `stack_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SigAltStack {
    pub ss_sp: u64,
    pub ss_flags: u32,
    pub __pad: u32,
    pub ss_size: u64,
}
layout!(SigAltStack, 24, ss_size @ 16);
pub const SS_ONSTACK: u32 = 1;
pub const SS_DISABLE: u32 = 2;
pub const SS_AUTODISARM: u32 = 1 << 31;
pub const MINSIGSTKSZ: u64 = 5120;

/// `siginfo_t`, with the two payloads we need overlaid: pid and uid of a sender, or a fault address.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Siginfo {
    pub si_signo: i32,
    pub si_errno: i32,
    pub si_code: i32,
    pub __pad: i32,
    /// `si_pid | si_uid << 32`, or `si_addr`.
    pub payload: u64,
    pub rest: [u64; 13],
}
layout!(Siginfo, 128, payload @ 16);

/// `struct sigevent`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Sigevent {
    pub value: u64,
    pub signo: u32,
    pub notify: i32,
    /// For `SIGEV_THREAD_ID`.
    pub tid: i32,
    pub __pad: [i32; 11],
}
layout!(Sigevent, 64);

/// `struct sigcontext` up to its reserved area.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct Sigcontext {
    pub fault_address: u64,
    pub regs: [u64; 31],
    pub sp: u64,
    pub pc: u64,
    pub pstate: u64,
    /// Records, each with a magic and a size: [`FpsimdContext`], then a zero terminator.
    pub reserved: Reserved,
}
/// The 16-byte aligned extension area of [`Sigcontext`].
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct Reserved {
    pub fpsimd: FpsimdContext,
    pub end: [u32; 2],
    pub rest: [u64; 445],
}
/// `struct fpsimd_context`.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct FpsimdContext {
    pub magic: u32,
    pub size: u32,
    pub fpsr: u32,
    pub fpcr: u32,
    pub vregs: [[u64; 2]; 32],
}
pub const FPSIMD_MAGIC: u32 = 0x4650_8001;
layout!(FpsimdContext, 528, vregs @ 16);
layout!(Reserved, 4096);
layout!(Sigcontext, 288 + 4096, regs @ 8, pstate @ 272, reserved @ 288);

/// `struct ucontext`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Ucontext {
    pub uc_flags: u64,
    pub uc_link: u64,
    pub uc_stack: SigAltStack,
    pub uc_sigmask: u64,
    pub __unused: [u8; 120],
    pub uc_mcontext: Sigcontext,
}
layout!(Ucontext, 176 + 4384, uc_stack @ 16, uc_sigmask @ 40, uc_mcontext @ 176);

/// `struct rt_sigframe`: what is at `sp` when a handler starts.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RtSigframe {
    pub info: Siginfo,
    pub uc: Ucontext,
}
layout!(RtSigframe, 128 + 4560, uc @ 128);
