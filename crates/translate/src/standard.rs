//! The calling standard that a program's functions obey among themselves, as far as the code shows it.
//!
//! Two are told apart. Nearly all code keeps AAPCS64 (6.1): what a callee writes of x19–x28 and d8–d15 it has saved and restores. Go's compiler keeps none of them: every
//! register but sp and x29 is the caller's to save, arguments are in x0–x15 and v0–v15, x26 is a closure's context and x28 the goroutine. What a program does is seen at its returns:
//! functions that write such registers and give them back differ from functions that do not. For general registers neither assumption is ever wrong, only slow: in the second, a register that
//! a callee restores is a result of it; in the first, a function that does not restore one returns through the dispatcher. (Of d8–d15 see ARCHITECTURE.md.)

use crate::{
    regs::{FP, LR, RegSet, SP},
    summary::{Exit, FunctionSummary},
};

/// What callers may rely on, and where functions that are not known may look for arguments.
#[derive(PartialEq, Eq, Debug)]
pub struct Standard {
    /// Callee-saved registers, and sp.
    pub saved: RegSet,
    /// Saved registers that are parameters of who reads them all the same.
    pub passed: u64,
    /// Registers whose saves may be elided. x29 is always stored so that frame chains are true.
    pub elidable: RegSet,
    /// Registers that an unknown callee may read as arguments, besides [`ARGUMENTS`]; they are passed in the state block.
    pub memory_arguments: RegSet,
}

/// Registers that an unknown callee may read as arguments and that the uniform signature passes in locals.
pub const ARGUMENTS: RegSet = RegSet::of_x(0x1ff);

/// AAPCS64.
pub static AAPCS64: Standard = Standard {
    saved: RegSet {
        x: 0x3ff8_0000 | SP,
        v32: 0xff00,
        v64: 0xff00,
        v128: 0,
    },
    passed: FP | SP,
    elidable: RegSet {
        x: 0x1ff8_0000,
        v32: 0xff00,
        v64: 0xff00,
        v128: 0,
    },
    // x18 and x15 are where GCC and LLVM pass the frame of the function around a nested one, along with its address.
    memory_arguments: RegSet {
        x: 1 << 15 | 1 << 18,
        ..RegSet::of_v128(0xff)
    },
};

/// x28, which nearly all functions read and hardly any changes.
const THREAD: u64 = 1 << 28;

/// Everything but x28, x29 and sp is the caller's to save. (Frames can say only of x19–x28 that a slot is the caller's.)
pub static CALLER_SAVES: Standard = Standard {
    saved: RegSet::of_x(FP | SP | THREAD),
    passed: FP | SP | THREAD,
    elidable: RegSet::of_x(0x1ff8_0000),
    memory_arguments: RegSet {
        x: 0x1400_fe00,
        ..RegSet::of_v128(0xffff)
    },
};

impl Standard {
    /// All registers of which a call may change any bits: everything but the callee-saved general registers. (Of v8–v15 only the upper halves change.)
    pub fn clobbered(&self) -> RegSet {
        RegSet {
            x: 0x1_ffff_ffff,
            v32: !0,
            v64: !0,
            v128: !0,
        }
        .minus_bits(self.saved)
    }

    /// Registers that mean nothing before and behind a call, but for arguments and results. Between two parts of one function they may mean anything.
    pub fn scratch(&self) -> RegSet {
        self.clobbered().minus(self.saved).minus(RegSet::of_x(LR))
    }

    /// What a direct callee may read that only its caller's callers may have.
    pub fn inherited(&self) -> RegSet {
        RegSet {
            x: self.saved.x & !self.passed,
            ..self.saved
        }
    }

    /// All registers in which an unknown callee may look for arguments.
    pub fn arguments(&self) -> RegSet {
        ARGUMENTS.or(self.memory_arguments)
    }

    /// Whether all but x29 and sp is the caller's to save.
    pub fn is_caller_saves(&self) -> bool {
        self.inherited().is_empty()
    }
}

/// Of functions that write callee-saved registers, how many (one in so many) must not restore them for the program to obey another standard. In programs of C, C++ and Rust nearly none does not
/// (`longjmp` and other switches of context); in Go's nearly all.
const ONE_IN: usize = 4;
/// In a program with fewer such functions it does not matter.
const LEAST: usize = 16;

/// The standard of a program whose functions were summarised under [`AAPCS64`].
pub fn of(summaries: &[FunctionSummary]) -> &'static Standard {
    let (mut keep, mut lose) = (0, 0);
    for s in summaries {
        let loses = s.blocks.iter().any(|b| {
            matches!(
                b.exit,
                Exit::Return {
                    saved_ok: false,
                    sp_ok: true
                }
            )
        });
        lose += usize::from(loses);
        keep += usize::from(!loses && !s.elided.is_empty());
    }
    match lose >= LEAST && lose * ONE_IN >= lose + keep {
        true => &CALLER_SAVES,
        false => &AAPCS64,
    }
}
