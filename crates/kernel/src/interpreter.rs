//! The interpreter's view of guest memory.

use elfconv_a64::exec::{Memory as ExecMemory, Refused};
use elfconv_abi::mm::PROT_EXEC;

use crate::dispatch::fp_differs;
use crate::host::{Clock, Host};
use crate::kernel::Kernel;
use crate::mm::memory::Memory;
use crate::resume::EntryBits;

/// Memory without protection, as compiled code sees it: everything that is backed, above the null region, can be accessed. Code can be
/// executed only where it is mapped executable.
pub struct Interpreted<'a> {
    memory: Memory,
    mm: &'a crate::mm::Mm,
    host: &'a dyn Host,
    /// The executable area found last.
    executable: (u64, u64),
    trampoline: u64,
    entries: Option<&'a EntryBits>,
}

impl<'a> Interpreted<'a> {
    /// The memory of `k`'s process.
    pub fn new(
        mm: &'a crate::mm::Mm,
        host: &'a dyn Host,
        trampoline: u64,
        entries: Option<&'a EntryBits>,
    ) -> Self {
        Self {
            memory: mm.memory(),
            mm,
            host,
            executable: (0, 0),
            trampoline,
            entries,
        }
    }
}

/// A random number, or zero if the host has none.
pub fn random(host: &dyn Host) -> u64 {
    let mut bytes = [0; 8];
    match host.random(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => 0,
    }
}

macro_rules! accesses {
    ($($load:ident $store:ident $ty:ty;)*) => {
        impl ExecMemory for Interpreted<'_> {
            $(
                #[inline(always)]
                fn $load(&mut self, addr: u64) -> Result<$ty, Refused> {
                    const LEN: usize = size_of::<$ty>();
                    if !self.memory.backs(addr, LEN as u64) {
                        return Err(Refused);
                    }
                    let mut bytes = [0; LEN];
                    bytes.copy_from_slice(self.memory.bytes(addr, LEN as u64));
                    Ok(<$ty>::from_le_bytes(bytes))
                }
                #[inline(always)]
                fn $store(&mut self, addr: u64, value: $ty) -> Result<(), Refused> {
                    const LEN: usize = size_of::<$ty>();
                    if !self.memory.backs(addr, LEN as u64) {
                        return Err(Refused);
                    }
                    self.memory.bytes(addr, LEN as u64).copy_from_slice(&value.to_le_bytes());
                    Ok(())
                }
            )*

            fn fetch(&mut self, addr: u64) -> Result<u32, Refused> {
                let (start, end) = self.executable;
                if !(start..end).contains(&addr) && addr.wrapping_sub(self.trampoline) >= 8 {
                    let (start, vma) = self.mm.find(addr).filter(|(_, vma)| vma.prot & PROT_EXEC != 0).ok_or(Refused)?;
                    self.executable = (start, vma.end);
                }
                self.load32(addr)
            }

            #[inline(always)]
            fn stops_at(&self, pc: u64) -> bool {
                self.entries.is_some_and(|entries| entries.contains(pc))
            }

            fn counter(&mut self) -> u64 {
                self.host.now(Clock::Monotonic)
            }

            fn random(&mut self) -> u64 {
                random(self.host)
            }
        }
    };
}
accesses! {
    load8 store8 u8;
    load16 store16 u16;
    load32 store32 u32;
    load64 store64 u64;
    load128 store128 u128;
}

impl Kernel {
    /// Runs the interpreter over `state` for at most `limit` instructions.
    pub(crate) fn interpret(
        &mut self,
        state: &mut elfconv_a64::state::CpuState,
        limit: u64,
    ) -> elfconv_a64::exec::Outcome {
        use elfconv_a64::exec::{Outcome, run};
        let goes_back = self.compiled_program().is_some();
        let process = &*self.process;
        let mut memory = Interpreted::new(
            &process.mm,
            &*self.host,
            process.sigreturn_trampoline,
            self.entries
                .as_deref()
                .filter(|entries| goes_back && !fp_differs(state, entries.fpcr)),
        );
        // As many turns as instructions at most: calls may follow each other closely.
        let mut left = limit;
        while left > 0 {
            match run(state, &mut memory, &mut self.cache, left) {
                // There is no compiled code to go to.
                Outcome::Call | Outcome::Return | Outcome::IndirectJump
                    if !goes_back && state.code_changed == 0 =>
                {
                    left -= left.min(CALL_COST);
                }
                outcome => return outcome,
            }
        }
        Outcome::Next
    }
}

/// How many instructions a call counts as when turns are measured.
const CALL_COST: u64 = 16;
