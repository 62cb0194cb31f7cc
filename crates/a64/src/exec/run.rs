//! The interpreter's loop.

use elfconv_ir::FaultKind;

use super::{
    builder::{Event, Exec},
    cache::DecodeCache,
    memory::{Memory, Refused},
    variants,
};
use crate::{
    decode::{decode, execute},
    state::CpuState,
};

/// Why the interpreter stopped. `state.pc` is where to go on: the target of a jump, call or return, the instruction after a system call, the
/// faulting instruction itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The limit was reached, or ([`step`]) the instruction is done, or it may have changed how others have to be executed.
    Next,
    /// `b` and conditional branches that were taken ([`run`] goes on, unless [`Memory::stops_at`] the target).
    Jump,
    /// `bl` or `blr`.
    Call,
    /// `ret`.
    Return,
    /// `br`.
    IndirectJump,
    /// `svc`.
    Syscall,
    /// A fault. `info` is the address of a refused access, the immediate of `brk`, the word of an unknown instruction.
    Fault {
        /// Which signal it becomes.
        kind: FaultKind,
        /// The address, immediate or word.
        info: u64,
    },
}

/// Executes from `state.pc` until a call, return, indirect jump, system call or fault, a jump back to where the memory stops it, or until `limit` instructions were executed.
/// After `ic ivau` the cache is emptied.
#[inline(never)] // It is large, and has loops of its own to keep in registers.
pub fn run<M: Memory>(
    state: &mut CpuState,
    memory: &mut M,
    cache: &mut DecodeCache,
    limit: u64,
) -> Outcome {
    if state.code_changed != 0 {
        // Code that was written is jumped to by an indirect branch, so it is seen here.
        state.code_changed = 0;
        cache.invalidate(0, u64::MAX);
    }
    let mut exec = Exec::new(state, memory);
    let mut left = limit;
    while left != 0 {
        left -= 1;
        let entry = match cache.get(exec.pc) {
            Some(entry) => entry,
            None => match fetch(&mut exec) {
                Ok(word) => cache.fill(exec.pc, word),
                Err(fault) => return stop(&mut exec, fault),
            },
        };
        if !variants::execute(&mut exec, entry.function(), entry.word) {
            return stop(&mut exec, unknown(entry.word));
        }
        if exec.event == Event::Next {
            exec.pc = exec.pc.wrapping_add(4);
            continue;
        }
        match exec.event {
            Event::NotTaken => {
                exec.event = Event::Next;
                exec.pc = exec.pc.wrapping_add(4);
            }
            Event::Taken | Event::Jump => {
                if exec.target <= exec.pc && exec.memory.stops_at(exec.target) {
                    return leave(&mut exec);
                }
                exec.event = Event::Next;
                exec.pc = exec.target;
            }
            _ => return leave(&mut exec),
        }
    }
    exec.state.pc = exec.pc;
    Outcome::Next
}

/// Executes one instruction.
pub fn step<M: Memory>(state: &mut CpuState, memory: &mut M) -> Outcome {
    let mut exec = Exec::new(state, memory);
    let word = match fetch(&mut exec) {
        Ok(word) => word,
        Err(fault) => return stop(&mut exec, fault),
    };
    match decode(word) {
        Some(insn) => execute(&mut exec, insn),
        None => return stop(&mut exec, unknown(word)),
    }
    leave(&mut exec)
}

/// No row matches.
fn unknown(word: u32) -> Outcome {
    Outcome::Fault {
        kind: FaultKind::Illegal,
        info: word.into(),
    }
}

/// The word at the current pc.
#[cold]
#[inline(never)]
fn fetch<M: Memory>(exec: &mut Exec<'_, M>) -> Result<u32, Outcome> {
    if exec.pc & 3 != 0 {
        return Err(Outcome::Fault {
            kind: FaultKind::Bus,
            info: exec.pc,
        });
    }
    exec.memory
        .fetch(exec.pc)
        .map_err(|Refused| Outcome::Fault {
            kind: FaultKind::Segv,
            info: exec.pc,
        })
}

/// Stops at the current instruction.
#[cold]
fn stop<M: Memory>(exec: &mut Exec<'_, M>, outcome: Outcome) -> Outcome {
    exec.undo();
    exec.state.pc = exec.pc;
    outcome
}

/// What the event means, with `state.pc` set.
fn leave<M: Memory>(exec: &mut Exec<'_, M>) -> Outcome {
    let next = exec.pc.wrapping_add(4);
    let (pc, outcome) = match exec.event {
        Event::Next | Event::NotTaken | Event::Mode => (next, Outcome::Next),
        Event::Jump | Event::Taken => (exec.target, Outcome::Jump),
        Event::Call | Event::CallIndirect => (exec.target, Outcome::Call),
        Event::JumpIndirect => (exec.target, Outcome::IndirectJump),
        Event::Return => (exec.target, Outcome::Return),
        Event::Syscall => (next, Outcome::Syscall),
        Event::Fault(kind) => {
            let info = exec.target;
            return stop(exec, Outcome::Fault { kind, info });
        }
    };
    exec.state.pc = pc;
    outcome
}
