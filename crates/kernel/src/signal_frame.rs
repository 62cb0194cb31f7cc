//! The frame that a signal handler runs on: laid out as Linux does, so that handlers and unwinders find what they look for. See sigreturn(2) and `struct rt_sigframe`.

use elfconv_a64::fpu::{FPCR_BITS, FPSR_BITS};
use elfconv_a64::state::{CpuState, PSTATE_BITS};
use elfconv_abi::signal::*;

use crate::kernel::Kernel;
use crate::signals::{UNBLOCKABLE, bit};
use crate::sys::args::UserMut;
use crate::task::no_alt_stack;

impl Kernel {
    /// Makes `state` enter the handler of a signal; its return address is the restorer, or code of ours that makes the same system call. False if there is no stack for it.
    pub(crate) fn enter_handler(
        &mut self,
        state: &mut CpuState,
        info: Siginfo,
        fault_address: u64,
    ) -> bool {
        let signal = info.si_signo as u32;
        let action = *self.process.actions.get(signal);
        let alt = self.thread.alt_stack;
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
            .thread
            .restore_mask
            .take()
            .unwrap_or(self.thread.blocked);
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
                signal_name(signal),
                state.pc
            ));
            return false;
        }
        self.thread.blocked |= action.sa_mask & !UNBLOCKABLE;
        if action.sa_flags & SA_NODEFER == 0 {
            self.thread.blocked |= bit(signal);
        }
        if action.sa_flags & SA_RESETHAND != 0 {
            self.process.actions.set(
                signal,
                Sigaction {
                    sa_handler: SIG_DFL,
                    ..action
                },
            );
        }
        if stack.ss_flags & SS_AUTODISARM != 0 && sp != state.sp {
            self.thread.alt_stack = no_alt_stack();
        }
        state.x[0] = signal.into();
        state.x[1] = at;
        state.x[2] = at + core::mem::offset_of!(RtSigframe, uc) as u64;
        state.x[29] = record;
        state.x[30] = if action.sa_flags & SA_RESTORER != 0 {
            action.sa_restorer
        } else {
            self.process.sigreturn_trampoline
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
            return self.end_process(SIGSEGV);
        };
        let context = &frame.uc.uc_mcontext;
        state.x = context.regs;
        state.sp = context.sp;
        state.pc = context.pc;
        state.nzcv = (context.pstate >> 28) as u32 & 15;
        state.pstate = context.pstate as u32 & PSTATE_BITS;
        let fp = &context.reserved.fpsimd;
        if fp.magic == FPSIMD_MAGIC {
            state.v = fp.vregs;
            state.fpsr = fp.fpsr & FPSR_BITS;
            state.fpcr = fp.fpcr & FPCR_BITS;
        }
        state.exclusive_addr = u64::MAX;
        self.thread.blocked = frame.uc.uc_sigmask & !UNBLOCKABLE;
        self.thread.alt_stack = SigAltStack {
            ss_flags: frame.uc.uc_stack.ss_flags & !SS_ONSTACK,
            ..frame.uc.uc_stack
        };
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
        pstate: u64::from(state.nzcv << 28 | state.pstate),
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
