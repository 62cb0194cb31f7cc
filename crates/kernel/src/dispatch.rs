//! The dispatcher: runs the guest from `State.pc`, compiled where there is code for it, interpreted elsewhere.

use alloc::format;

use elfconv_a64::context::saves_status;
use elfconv_a64::exec::Outcome;
use elfconv_a64::state::{CpuState, FZ};
use elfconv_abi::boot::{COMPUTES, FZ_IGNORED, Tables};
use elfconv_abi::signal::{BUS_ADRALN, ILL_ILLOPC, SEGV_MAPERR, TRAP_BRKPT};
use elfconv_ir::FaultKind;

use crate::kernel::Kernel;

/// How far compiled code may go down the guest stack before it has to return to the dispatcher. A guest frame of 16 bytes, the least there is, costs an engine that does not optimise up to
/// 150 bytes of its own stack, and the smallest engine stack is Wasmtime's 512 KiB.
pub const DEPTH: u64 = 24 << 10;

/// How far below the initial stack `sp` may be when it has run out of it: more than frames take that are not very large.
const OVERRUN: u64 = 16 << 20;

/// Compiled code, as the dispatcher needs it.
pub trait Compiled {
    /// The number of the program's compiled function that starts at `pc`. If floating point has to be `exact`, only of one that does not compute with it.
    fn entry(&self, program: u32, pc: u64, exact: bool) -> Option<u32>;
    /// Makes the state at a safepoint the one in which its function was called: the number of the function. `exact` as for [`Compiled::entry`].
    fn resume(&self, program: u32, exact: bool) -> Option<u32>;
    /// The value of FPCR that the program's code is for.
    fn fpcr(&self, program: u32) -> u32;
    /// Calls its entry thunk.
    fn call(&self, program: u32, entry: u32);
}

/// Instructions that are interpreted between calls of [`Kernel::poll`].
const INTERPRETED: u64 = 20_000;

/// Size of an [`EntryRecord`](elfconv_abi::boot::EntryRecord).
const RECORD: u64 = size_of::<elfconv_abi::boot::EntryRecord>() as u64;

/// A program's dense table: `1 + i` at the word of each entry.
pub struct DenseTable {
    memory: crate::mm::memory::Memory,
    tables: Tables,
}

impl DenseTable {
    /// Fills the table.
    pub fn new(memory: crate::mm::memory::Memory, tables: Tables) -> Self {
        let table = memory.bytes(tables.dense.into(), 4 * u64::from(tables.code_words));
        let entries = memory.bytes(
            tables.entries.into(),
            RECORD * u64::from(tables.entry_count),
        );
        for (i, entry) in (1u32..).zip(entries.chunks_exact(RECORD as usize)) {
            let addr = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let word = addr.wrapping_sub(tables.code_lo) as usize;
            if let Some(cell) = table.get_mut(word..).and_then(|t| t.first_chunk_mut::<4>()) {
                *cell = i.to_le_bytes();
            }
        }
        Self { memory, tables }
    }

    /// The number of the function that starts at `pc`.
    #[inline]
    pub fn entry(&self, pc: u64) -> Option<u32> {
        let offset = pc.wrapping_sub(self.tables.code_lo.into());
        if offset >= 4 * u64::from(self.tables.code_words) || offset & 3 != 0 {
            return None;
        }
        let cell = self.memory.bytes(u64::from(self.tables.dense) + offset, 4);
        let entry = u32::from_le_bytes([cell[0], cell[1], cell[2], cell[3]]);
        entry.checked_sub(1)
    }

    /// The wasm table indices of an entry's thunk and function.
    #[inline]
    pub fn thunk(&self, entry: u32) -> (u32, u32) {
        let thunk = thunk(self.memory, &self.tables, entry);
        (thunk & !COMPUTES, self.tables.entry_functions + entry)
    }

    /// The value of FPCR that the code is for.
    pub fn fpcr(&self) -> u32 {
        self.tables.fpcr
    }

    /// Whether the function may compute with floating-point numbers.
    pub fn computes(&self, entry: u32) -> bool {
        computes(self.memory, &self.tables, entry)
    }
}

fn thunk(memory: crate::mm::memory::Memory, tables: &Tables, entry: u32) -> u32 {
    let record = u64::from(tables.entries) + RECORD * u64::from(entry);
    let thunk = memory.bytes(record + 4, 4);
    u32::from_le_bytes([thunk[0], thunk[1], thunk[2], thunk[3]])
}

/// Whether code that was compiled for this value of FPCR ([`Tables::fpcr`]) must not be used for floating-point operations: FPCR has another, or FPSR is observed.
pub fn fp_differs(state: &CpuState, compiled: u32) -> bool {
    let ignored = match compiled & FZ_IGNORED {
        0 => 0,
        _ => FZ | FZ_IGNORED,
    };
    (state.fpcr ^ compiled) & !ignored | state.fp_observed != 0
}

/// Whether an entry's function may compute with floating-point numbers.
pub fn computes(memory: crate::mm::memory::Memory, tables: &Tables, entry: u32) -> bool {
    thunk(memory, tables, entry) & COMPUTES != 0
}

/// Runs the guest. `current` gives the kernel and the registers; it is asked anew after compiled code ran, which uses them too. Returns only if everybody waits and it is the host that waits for
/// them ([`Kernel::host_waits`]); to go on it is called again.
pub fn run(
    current: impl Fn() -> (&'static mut Kernel, &'static mut CpuState),
    compiled: &impl Compiled,
) {
    // Compiled code has left where it was entered, without having done anything: what it met there is the interpreter's.
    let mut refused = false;
    let (k, state) = current();
    if k.is_idle() && !k.after_call(state) {
        return;
    }
    loop {
        let (k, state) = current();
        let program = k.compiled_program().filter(|_| !refused);
        let exact = program.is_some_and(|p| fp_differs(state, compiled.fpcr(p)));
        refused = false;
        let entry = program.and_then(|program| {
            let entry = compiled
                .entry(program, state.pc, exact)
                .or_else(|| compiled.resume(program, exact))?;
            Some((program, entry))
        });
        let (k, state) = current();
        match entry {
            Some((program, entry)) => {
                if k.prepare_entry(state) {
                    let before = (state.pc, state.sp, state.poll);
                    compiled.call(program, entry);
                    let (k, state) = current();
                    let memory = k.mm.memory();
                    k.unwinding
                        .finish(&k.saved, |addr, value| store(memory, addr, value));
                    refused = before == (state.pc, state.sp, state.poll);
                    // An entry raises the counter to the least; where each uses up only that, it would never get to zero.
                    if state.poll < crate::resume::LEAST {
                        k.safepoint(state);
                    }
                }
            }
            None => k.interpret_some(state),
        }
        let (k, state) = current();
        if state.suspend != 0 && !k.after_call(state) {
            return;
        }
    }
}

/// Writes a slot, if it is in memory at all.
pub fn store(memory: crate::mm::memory::Memory, addr: u64, value: u64) {
    if memory.backs(addr, 8) {
        memory.bytes(addr, 8).copy_from_slice(&value.to_le_bytes());
    }
}

/// Whether code reserves, reads or writes stack before it returns, jumps, or takes another stack: on straight ways only, and a call wants one in any case.
/// (The encodings are those of Arm ARM C4.1, by the bits that matter.)
fn uses_stack(words: impl Iterator<Item = u32>) -> bool {
    const SP: u32 = 31;
    for word in words.take(64) {
        let (rd, rn) = (word & 31, word >> 5 & 31);
        // Loads and stores, but not from literals.
        let accesses = word & 0x0a00_0000 == 0x0800_0000 && word & 0x3b00_0000 != 0x1800_0000;
        // ADD and SUB of immediates and extended registers, of 64 bits.
        let adds = word & 0x9f80_0000 == 0x9100_0000 || word & 0x9fe0_0000 == 0x8b20_0000;
        let calls = word >> 26 == 0b100101 || word & 0xffff_fc1f == 0xd63f_0000;
        let leaves = word >> 26 == 0b000101 || word & 0xff9f_fc1f == 0xd61f_0000;
        if calls || accesses && rn == SP || adds && rd == SP && rn == SP {
            return true;
        }
        if leaves || adds && rd == SP {
            return false;
        }
    }
    false
}

impl Kernel {
    /// Before compiled code is entered. False if there is no stack left for it; then the guest has its signal.
    fn prepare_entry(&mut self, state: &mut CpuState) -> bool {
        let (low, high) = self.process.stack;
        state.sp_limit = state.sp.saturating_sub(DEPTH);
        state.depth = DEPTH;
        if (low..=high).contains(&state.sp) {
            state.sp_limit = state.sp_limit.max(low);
        } else if self.below_stack(state.sp) && uses_stack(self.words(state.pc)) {
            // The handler's frame needs an alternate stack; without one the process ends.
            self.report_fault(FaultKind::Segv, state.pc, state.sp);
            self.fault_signal(state, FaultKind::Segv as u32, SEGV_MAPERR, state.sp);
            return false;
        }
        // A function's first instruction can be a safepoint, too: each entry must get beyond it.
        state.poll = state.poll.max(crate::resume::LEAST);
        state.stack_limit = state.sp_limit;
        if state.resume != 0 {
            state.sp_limit = u64::MAX;
        }
        self.saved.save(state);
        true
    }

    /// Interprets until control may go to compiled code.
    fn interpret_some(&mut self, state: &mut CpuState) {
        if state.code_changed != 0 {
            // Only one of the changed lines is known.
            state.code_changed = 0;
            self.forget_code(0, u64::MAX);
        }
        let limit = self.sched.instructions(INTERPRETED);
        let observed = state.fp_observed;
        let outcome = self.interpret(state, limit);
        // It leaves behind what observes.
        if observed != state.fp_observed {
            let word = |pc| self.words(pc).next();
            if saves_status(&word, state.pc.wrapping_sub(4)) {
                state.fp_observed = observed;
            }
        }
        match outcome {
            Outcome::Syscall => {
                let args = [
                    state.x[0], state.x[1], state.x[2], state.x[3], state.x[4], state.x[5],
                ];
                state.x[0] = self.syscall(state, state.x[8], args);
            }
            Outcome::Fault { kind, info } => {
                let (code, address) = match kind {
                    FaultKind::Segv => (SEGV_MAPERR, info),
                    FaultKind::Bus => (BUS_ADRALN, info),
                    FaultKind::Illegal => (ILL_ILLOPC, state.pc),
                    FaultKind::Breakpoint => (TRAP_BRKPT, state.pc),
                };
                self.report_fault(kind, state.pc, info);
                self.fault_signal(state, kind as u32, code, address);
            }
            Outcome::Next => {
                self.poll(state);
            }
            Outcome::Jump | Outcome::Call | Outcome::Return | Outcome::IndirectJump => {}
        }
    }

    /// The instructions from `pc` on.
    fn words(&self, pc: u64) -> impl Iterator<Item = u32> {
        let memory = self.mm.memory();
        let addresses = (pc..).step_by(4).take_while(move |at| memory.backs(*at, 4));
        addresses.map(move |at| {
            let bytes = memory.bytes(at, 4).first_chunk();
            bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
        })
    }

    /// Whether `sp` is where it would be having run out of the initial stack. (It may be any number where nobody uses it as a stack.)
    fn below_stack(&self, sp: u64) -> bool {
        let low = self.process.stack.0;
        (low.saturating_sub(OVERRUN)..low).contains(&sp) && self.mm.find(sp).is_none()
    }

    /// The guest has faulted in compiled code and dies.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        expect(dead_code, reason = "compiled code calls it")
    )]
    pub(crate) fn fault(&mut self, kind: FaultKind, pc: u64, info: u64) -> ! {
        self.report_fault(kind, pc, info);
        self.exit(128 + kind as u32)
    }

    /// Says what has happened, if it will be the end of the first process.
    fn report_fault(&mut self, kind: FaultKind, pc: u64, info: u64) {
        use elfconv_abi::signal::{SIG_IGN, signal_name};
        let signal = kind as u32;
        let caught = self.process.actions.get(signal).sa_handler > SIG_IGN
            && self.thread.blocked & crate::signals::bit(signal) == 0;
        if caught || self.process.parent != 1 {
            return;
        }
        let what = match kind {
            FaultKind::Segv | FaultKind::Bus => format!("address {info:#x}"),
            FaultKind::Illegal => format!("instruction {info:08x}"),
            FaultKind::Breakpoint => format!("brk #{info:#x}"),
        };
        self.message(&format!(
            "elfconv: {} at pc {pc:#x} ({what})\n",
            signal_name(signal)
        ));
    }

    /// The compiled code that the current process may enter.
    #[inline]
    pub(crate) fn compiled_program(&self) -> Option<u32> {
        use crate::program::Program;
        match self.process.program {
            _ if self.interpret => None,
            Program::Module => Some(0),
            Program::Compiled(program) => Some(program),
            Program::Loaded => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::uses_stack;

    #[test]
    fn prologues_use_the_stack() {
        // cmp w0, #1; b.le; stp x29, x30, [sp, #-48]!
        assert!(uses_stack(
            [0x7100_041f, 0x5400_02ed, 0xa9bd_7bfd].into_iter()
        ));
        // sub sp, sp, #16
        assert!(uses_stack([0xd100_43ff].into_iter()));
        // bl; blr x1
        assert!(uses_stack([0x97ff_fff2].into_iter()));
        assert!(uses_stack([0xd63f_0020].into_iter()));
    }

    #[test]
    fn others_do_not() {
        // str x1, [x0, #8]; ldr x1, literal; mov sp, x10; stp x29, x30, [sp, #-48]!
        let another = [0xf900_0401, 0x5800_0001, 0x9100_015f, 0xa9bd_7bfd];
        assert!(!uses_stack(another.into_iter()));
        // ret; br x5; b, and a prologue behind it
        for leaves in [0xd65f_03c0, 0xd61f_00a0, 0x1400_0005] {
            assert!(!uses_stack([leaves, 0xa9bd_7bfd].into_iter()));
        }
        // mov x1, sp; add x1, sp, #8; ret
        assert!(!uses_stack(
            [0x9100_03e1, 0x9100_23e1, 0xd65f_03c0].into_iter()
        ));
    }
}
