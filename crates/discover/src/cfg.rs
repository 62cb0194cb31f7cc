//! The control-flow graph types.

use std::collections::BTreeSet;

/// All functions of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Sorted by start; no two have the same start.
    pub functions: Vec<FunctionCfg>,
    /// Bytes that are instructions as far as the file tells.
    pub code_bytes: u64,
    /// Bytes of them that are in some block.
    pub covered_bytes: u64,
    /// Bytes of them that are padding (`nop`, zeros) or marked as data, not in a block.
    pub padding_bytes: u64,
    /// Number of jump tables that were resolved.
    pub jump_tables: usize,
    /// Addresses of `br` instructions that look like the end of a jump table sequence and were not resolved.
    pub unresolved: Vec<u64>,
}

impl Discovery {
    /// The function that starts at an address.
    pub fn function_at(&self, start: u64) -> Option<&FunctionCfg> {
        self.functions
            .binary_search_by_key(&start, |f| f.start)
            .ok()
            .map(|i| &self.functions[i])
    }

    /// How many functions were found in which way.
    pub fn count(&self, found: Found) -> usize {
        self.functions.iter().filter(|f| f.found == found).count()
    }
}

/// What told about a function first, in order of credibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Found {
    /// The program's entry.
    Entry,
    /// A symbol.
    Symbol,
    /// An unwind table entry.
    EhFrame,
    /// Go's function table.
    Pclntab,
    /// An init or fini array.
    InitArray,
    /// The target of a `bl`.
    CallTarget,
    /// The target of a jump out of another function.
    TailTarget,
    /// The value of a relocation.
    Relocation,
    /// A doubleword in data.
    DataPointer,
    /// An address made by `adr`, `adrp` + `add`, or loaded from a literal pool.
    CodePointer,
    /// Code that nothing refers to, found by decoding what remained.
    Sweep,
}

/// A function: a start, and the blocks that are reachable from it without entering another function. Two functions may share code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionCfg {
    /// Address of its first instruction.
    pub start: u64,
    /// From the symbol table or Go's table.
    pub name: Option<String>,
    /// What told about it.
    pub found: Found,
    /// Whether its address occurs in data or relocations or is made by code: it may be called indirectly.
    pub address_taken: bool,
    /// No path of it returns (as far as is known): what follows a call of it is not in the caller's blocks.
    pub no_return: bool,
    /// From symbols or unwind tables, else up to the next function.
    pub extent: (u64, u64),
    /// Sorted by start, not overlapping; one starts at `start`, which need not be the first.
    pub blocks: Vec<CfgBlock>,
    /// Where the [`Term::IndirectJump`]s of this function may go inside of it, sorted: blocks whose addresses are in data (labels of computed `goto`). A guess: to be
    /// compared with the real target, which may also be anywhere else. These blocks may have no other predecessor.
    pub goto_targets: Vec<u64>,
}

impl FunctionCfg {
    /// The block that starts at an address.
    pub fn block_at(&self, start: u64) -> Option<&CfgBlock> {
        self.blocks
            .binary_search_by_key(&start, |b| b.start)
            .ok()
            .map(|i| &self.blocks[i])
    }
}

/// A basic block. Blocks end at calls, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CfgBlock {
    /// Address of its first instruction.
    pub start: u64,
    /// One past its last instruction.
    pub end: u64,
    /// How control leaves.
    pub term: Term,
}

/// How control leaves a block.
///
/// An address named here that is not the start of a block of the same function is left for: it is a tail call if a function starts there, else the
/// dispatcher goes on there. [`Term::TailCall`] says so for unconditional flow; targets of [`Term::Cond`] and [`Term::Switch`], and `next` of
/// calls (when the callee does not return) must be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// Into the next block.
    Fall(u64),
    /// `b` to a block.
    Jump(u64),
    /// Conditional branch.
    Cond {
        /// Where it goes if the condition holds; may be outside of the function.
        taken: u64,
        /// The next instruction; may be outside of the function.
        next: u64,
    },
    /// `bl`.
    Call {
        /// The callee.
        target: u64,
        /// The next instruction; no block if the callee does not return.
        next: u64,
    },
    /// `blr`.
    CallIndirect {
        /// The next instruction.
        next: u64,
    },
    /// `br` through a jump table.
    Switch(JumpTable),
    /// `b`, or plain flow, out of the function. A function need not start there.
    TailCall(u64),
    /// `br` to an unknown address, perhaps one of [`FunctionCfg::goto_targets`].
    IndirectJump,
    /// `ret`.
    Return,
    /// `svc`.
    Syscall {
        /// The next instruction.
        next: u64,
    },
    /// An instruction after which compiled code may have to leave for the interpreter.
    Mode {
        /// The next instruction.
        next: u64,
    },
    /// The last instruction of the block faults (or is not implemented), and control does not go on after it.
    Fault,
}

/// A jump table in read-only memory, used by the `br` at the end of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JumpTable {
    /// Address of entry 0.
    pub table: u64,
    /// Bytes per entry: 1, 2, 4 or 8.
    pub entry_size: u8,
    /// Where each index goes.
    pub targets: Vec<u64>,
    /// Before the instruction at this address (in the same block as the `br`) register `index_reg` holds the index. Usually it is the load from the table.
    pub load_pc: u64,
    /// 0–30: an x register.
    pub index_reg: u8,
    /// Only the low 32 bits of `index_reg` are the index; else all 64.
    pub index_is_w: bool,
    /// The index was proven to be less than the number of targets by a compare, mask, or narrow load that dominates the `br`. If not, an index beyond the
    /// targets leaves for the address that the `br` computes.
    pub bounded: bool,
}

impl Term {
    /// Every address that control may go to next inside the function or by a direct jump out of it: not callees.
    pub fn successors(&self) -> impl Iterator<Item = u64> + '_ {
        let (first, second, table): (Option<u64>, Option<u64>, &[u64]) = match self {
            Term::Fall(next) | Term::Jump(next) | Term::TailCall(next) => (Some(*next), None, &[]),
            Term::Cond { taken, next } => (Some(*taken), Some(*next), &[]),
            Term::Call { next, .. }
            | Term::CallIndirect { next }
            | Term::Syscall { next }
            | Term::Mode { next } => (Some(*next), None, &[]),
            Term::Switch(table) => (None, None, &table.targets),
            Term::IndirectJump | Term::Return | Term::Fault => (None, None, &[]),
        };
        let unique: BTreeSet<u64> = table.iter().copied().collect();
        first.into_iter().chain(second).chain(unique)
    }
}
