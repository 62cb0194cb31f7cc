//! Signals of the process: what is blocked, pending and handled, and how a handler is entered and left.
//!
//! A signal that is raised becomes pending. At the end of a system call, or when an instruction faults, pending signals that are not blocked are delivered
//! by the dispatcher, which has the whole guest state then. A handler runs on a frame like Linux's; its return address is the restorer, or code of ours that makes the same system call.

use elfconv_a64::state::CpuState;
use elfconv_abi::signal::*;

use crate::kernel::Kernel;
use crate::sys::args::UserMut;

/// SIGKILL and SIGSTOP.
pub const UNBLOCKABLE: u64 = bit(SIGKILL) | bit(SIGSTOP);

/// A signal's bit in a set.
pub const fn bit(signal: u32) -> u64 {
    1 << (signal - 1)
}

/// Signals whose default is to be ignored. Stopping is, too: nobody could continue us.
const IGNORED: u64 = bit(SIGCHLD)
    | bit(SIGCONT)
    | bit(SIGURG)
    | bit(SIGWINCH)
    | bit(SIGTSTP)
    | bit(SIGTTIN)
    | bit(SIGTTOU)
    | bit(SIGSTOP);

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

/// The state.
pub struct Signals {
    pub blocked: u64,
    pub pending: u64,
    pub actions: [Sigaction; NSIG as usize],
    pub alt_stack: SigAltStack,
    /// The mask to go back to after the handler that `rt_sigsuspend` waited for.
    pub restore_mask: Option<u64>,
}

impl Default for Signals {
    fn default() -> Self {
        let alt_stack = SigAltStack {
            ss_flags: SS_DISABLE,
            ..SigAltStack::default()
        };
        Self {
            blocked: 0,
            pending: 0,
            actions: [Sigaction::default(); NSIG as usize],
            alt_stack,
            restore_mask: None,
        }
    }
}

impl Signals {
    fn action(&self, signal: u32) -> &Sigaction {
        &self.actions[signal as usize - 1]
    }

    /// Whether a signal is dropped when it comes.
    fn ignores(&self, signal: u32) -> bool {
        match self.action(signal).sa_handler {
            SIG_IGN => bit(signal) & UNBLOCKABLE == 0 || signal == SIGSTOP,
            SIG_DFL => bit(signal) & IGNORED != 0,
            _ => false,
        }
    }

    /// Makes a signal pending, unless it is ignored and not blocked.
    pub fn raise(&mut self, signal: u32) {
        if !self.ignores(signal) || self.blocked & bit(signal) != 0 {
            self.pending |= bit(signal);
        }
    }

    /// Sets an action. Pending signals that it ignores are dropped.
    pub fn set_action(&mut self, signal: u32, action: Sigaction) {
        self.actions[signal as usize - 1] = action;
        if self.ignores(signal) {
            self.pending &= !bit(signal);
        }
    }

    /// Whether something is to be delivered now.
    pub fn deliverable(&self) -> bool {
        self.pending & !self.blocked != 0
    }

    /// Signals with a handler.
    pub fn caught(&self) -> u64 {
        (1..=NSIG)
            .filter(|&s| self.action(s).sa_handler > SIG_IGN)
            .fold(0, |set, s| set | bit(s))
    }

    /// Signals that are ignored by choice.
    pub fn ignored(&self) -> u64 {
        (1..=NSIG)
            .filter(|&s| self.action(s).sa_handler == SIG_IGN)
            .fold(0, |set, s| set | bit(s))
    }
}

impl Kernel {
    /// The information that goes with a signal that the process sent itself.
    pub(crate) fn siginfo(&self, signal: u32) -> Siginfo {
        Siginfo {
            si_signo: signal as i32,
            si_errno: 0,
            si_code: SI_TKILL,
            __pad: 0,
            payload: u64::from(self.process.pid) | u64::from(self.cred.uid) << 32,
            rest: [0; 13],
        }
    }

    /// Delivers all pending signals that are not blocked, so that the last one's handler runs first.
    pub(crate) fn deliver(&mut self, state: &mut CpuState) {
        while self.signals.deliverable() {
            let signal = (self.signals.pending & !self.signals.blocked).trailing_zeros() + 1;
            self.signals.pending &= !bit(signal);
            if self.signals.ignores(signal) {
                continue;
            }
            let info = self.siginfo(signal);
            if !self.enter_handler(state, signal, info, 0) {
                if bit(signal) & CORE != 0 {
                    self.message(&alloc::format!(
                        "elfconv: {} at pc {:#x} (sent by itself)\n",
                        signal_name(signal),
                        state.pc
                    ));
                }
                // As a shell would say it, if it had started the program.
                self.exit(128 + signal);
            }
        }
        if let Some(mask) = self.signals.restore_mask.take() {
            self.signals.blocked = mask;
        }
    }

    /// Delivers a signal that an instruction caused; false if there is no handler, or it is blocked.
    pub(crate) fn deliver_fault(
        &mut self,
        state: &mut CpuState,
        signal: u32,
        code: i32,
        address: u64,
    ) -> bool {
        if self.signals.blocked & bit(signal) != 0 {
            return false;
        }
        let info = Siginfo {
            si_signo: signal as i32,
            si_errno: 0,
            si_code: code,
            __pad: 0,
            payload: address,
            rest: [0; 13],
        };
        self.enter_handler(state, signal, info, address)
    }

    /// Makes `state` enter the handler of a signal; false if it has none.
    fn enter_handler(
        &mut self,
        state: &mut CpuState,
        signal: u32,
        info: Siginfo,
        fault_address: u64,
    ) -> bool {
        let action = *self.signals.action(signal);
        if action.sa_handler <= SIG_IGN {
            return false;
        }
        let alt = self.signals.alt_stack;
        let alt_usable = alt.ss_flags & SS_DISABLE == 0;
        let on_alt = alt_usable && state.sp.wrapping_sub(alt.ss_sp) < alt.ss_size;
        let sp = if action.sa_flags & SA_ONSTACK != 0 && alt_usable && !on_alt {
            alt.ss_sp + alt.ss_size
        } else {
            state.sp
        };
        // The frame, and above it the record of x29 and x30 that backtraces look for.
        let record = (sp & !15).wrapping_sub(16);
        let at = record.wrapping_sub(size_of::<RtSigframe>() as u64) & !15;
        let old_mask = self
            .signals
            .restore_mask
            .take()
            .unwrap_or(self.signals.blocked);
        let mut stack = alt;
        if on_alt {
            stack.ss_flags |= SS_ONSTACK;
        }
        let written = UserMut::<RtSigframe>::at(at)
            .write(self, &frame(state, info, stack, old_mask, fault_address));
        let chained = UserMut::<u64>::at(record)
            .write(self, &state.x[29])
            .and_then(|()| UserMut::<u64>::at(record + 8).write(self, &state.x[30]));
        if written.is_err() || chained.is_err() {
            self.message(&alloc::format!(
                "elfconv: {} at pc {:#x} (no stack for its handler)\n",
                signal_name(SIGSEGV),
                state.pc
            ));
            self.exit(128 + SIGSEGV);
        }
        self.signals.blocked |= action.sa_mask & !UNBLOCKABLE;
        if action.sa_flags & SA_NODEFER == 0 {
            self.signals.blocked |= bit(signal);
        }
        if action.sa_flags & SA_RESETHAND != 0 {
            self.signals.actions[signal as usize - 1].sa_handler = SIG_DFL;
        }
        if stack.ss_flags & SS_AUTODISARM != 0 && sp != state.sp {
            self.signals.alt_stack = SigAltStack {
                ss_flags: SS_DISABLE,
                ..SigAltStack::default()
            };
        }
        state.x[0] = signal.into();
        state.x[1] = at;
        state.x[2] = at + core::mem::offset_of!(RtSigframe, uc) as u64;
        state.x[29] = record;
        state.x[30] = if action.sa_flags & SA_RESTORER != 0 {
            action.sa_restorer
        } else {
            self.sigreturn_trampoline
        };
        state.sp = at;
        state.pc = action.sa_handler;
        true
    }

    /// `rt_sigreturn`: takes the state back from the frame at `sp`.
    pub(crate) fn sigreturn(&mut self, state: &mut CpuState) {
        let Ok(frame) = UserMut::<RtSigframe>::at(state.sp).read(self) else {
            self.message(&alloc::format!(
                "elfconv: SIGSEGV at pc {:#x} (no signal frame at {:#x})\n",
                state.pc,
                state.sp
            ));
            self.exit(128 + SIGSEGV);
        };
        let context = &frame.uc.uc_mcontext;
        state.x = context.regs;
        state.sp = context.sp;
        state.pc = context.pc;
        state.nzcv = (context.pstate >> 28) as u32 & 15;
        let fp = &context.reserved.fpsimd;
        if fp.magic == FPSIMD_MAGIC {
            state.v = fp.vregs;
            state.fpsr = fp.fpsr;
            state.fpcr = fp.fpcr;
        }
        state.exclusive_addr = u64::MAX;
        self.signals.blocked = frame.uc.uc_sigmask & !UNBLOCKABLE;
        self.signals.alt_stack = SigAltStack {
            ss_flags: frame.uc.uc_stack.ss_flags & !SS_ONSTACK,
            ..frame.uc.uc_stack
        };
        if self.signals.deliverable() {
            self.deliver(state);
        }
    }
}

fn frame(
    state: &CpuState,
    info: Siginfo,
    uc_stack: SigAltStack,
    uc_sigmask: u64,
    fault_address: u64,
) -> RtSigframe {
    let fpsimd = FpsimdContext {
        magic: FPSIMD_MAGIC,
        size: size_of::<FpsimdContext>() as u32,
        fpsr: state.fpsr,
        fpcr: state.fpcr,
        vregs: state.v,
    };
    let uc_mcontext = Sigcontext {
        fault_address,
        regs: state.x,
        sp: state.sp,
        pc: state.pc,
        pstate: u64::from(state.nzcv) << 28,
        reserved: Reserved {
            fpsimd,
            end: [0; 2],
            rest: [0; 445],
        },
    };
    RtSigframe {
        info,
        uc: Ucontext {
            uc_flags: 0,
            uc_link: 0,
            uc_stack,
            uc_sigmask,
            __unused: [0; 120],
            uc_mcontext,
        },
    }
}
