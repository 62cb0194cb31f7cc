//! Where control goes after an instruction.
//!
//! Found by executing the row's semantics on registers that hold marks: the builder's control effect says the kind and a constant target, and the mark that
//! reaches an indirect branch says its register. So nothing about control flow is written a second time.

use elfconv_ir::FaultKind;

use crate::{
    decode::{Insn, execute},
    exec::{Event, Exec, NoMemory},
    features::absent,
    operands::Gpr,
    state::CpuState,
};

/// Where control goes after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// To a constant address.
    Jump(u64),
    /// To a constant address or to the next instruction.
    CondJump(u64),
    /// A call of a constant address.
    Call(u64),
    /// A call of the address in a register.
    CallIndirect(Gpr),
    /// To the address in a register.
    JumpIndirect(Gpr),
    /// A return to the address in a register.
    Ret(Gpr),
    /// A system call, then to the next instruction.
    Syscall,
    /// To the next instruction, perhaps in another mode of execution.
    Mode,
    /// A fault, always.
    Fault(FaultKind),
}

/// Register `n` holds `MARK + n`.
const MARK: u64 = 0x5eed_0000_0000_0000;

pub(crate) fn flow(insn: Insn, pc: u64) -> Flow {
    if absent(insn.row.row().feature) {
        return Flow::Fault(FaultKind::Illegal);
    }
    // Only the class of branches and exceptions, 1x0101 or 0x0101 in bits 31..26 and the like, and the reserved words leave straight-line execution.
    if !matches!(insn.word >> 26 & 7, 5) && insn.word >> 16 != 0 {
        return Flow::Next;
    }
    let mut state = CpuState::new();
    for (n, x) in (0..).zip(&mut state.x) {
        *x = MARK + n;
    }
    state.pc = pc;
    let mut memory = NoMemory;
    let mut exec = Exec::new(&mut state, &mut memory);
    execute(&mut exec, insn);
    let register = Gpr(match exec.target.wrapping_sub(MARK) {
        n @ 0..31 => n as u8,
        _ => 31,
    });
    match exec.event {
        Event::Next => Flow::Next,
        Event::Jump => Flow::Jump(exec.target),
        Event::Taken | Event::NotTaken => Flow::CondJump(exec.target),
        Event::Call => Flow::Call(exec.target),
        Event::CallIndirect => Flow::CallIndirect(register),
        Event::JumpIndirect => Flow::JumpIndirect(register),
        Event::Return => Flow::Ret(register),
        Event::Syscall => Flow::Syscall,
        Event::Mode => Flow::Mode,
        // A memory operand on marked registers is refused; that is no property of the instruction.
        Event::Fault(FaultKind::Segv) => Flow::Next,
        Event::Fault(kind) => Flow::Fault(kind),
    }
}
