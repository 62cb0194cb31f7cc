//! The ways through functions that their callers take themselves (`elfconv_opt::inline`).
//!
//! A function is made twice for it: once for its callers to look at, and once as it is. So the first is done only when a caller asks, and of functions whose machine code shows that they may soon return.

use std::{mem::offset_of, sync::OnceLock};

use elfconv_a64::state::CpuState;
use elfconv_ir::{FuncId, Function, Opcode, Value};
use elfconv_opt::FastPath;

use crate::cfg::{Cfg, End};

/// How many instructions a way to a return may have.
const MOST_INSTRUCTIONS: u64 = 14;

/// The fast paths of all functions.
pub struct FastPaths(Vec<Option<OnceLock<Option<FastPath>>>>);

impl FastPaths {
    /// None has been made yet.
    pub fn new(cfgs: &[Cfg]) -> FastPaths {
        let may = |cfg: &Cfg| returns_soon(cfg, cfg.entry, MOST_INSTRUCTIONS);
        FastPaths(
            cfgs.iter()
                .map(|cfg| may(cfg).then(OnceLock::new))
                .collect(),
        )
    }

    /// The one of a function, if there is any. `make` makes the function.
    pub fn of(&self, id: FuncId, make: impl FnOnce() -> Function) -> Option<&FastPath> {
        let path = self.0[id.index()].as_ref()?;
        path.get_or_init(|| elfconv_opt::fast_path(&make(), &decided))
            .as_ref()
    }
}

/// Whether some way from a block returns within so many instructions, and calls nobody.
fn returns_soon(cfg: &Cfg, block: usize, left: u64) -> bool {
    let b = &cfg.blocks[block];
    // A jump is an instruction, too, so this ends.
    let Some(left) = left.checked_sub(((b.end - b.start) / 4).max(1)) else {
        return false;
    };
    match b.exit {
        End::Return => true,
        End::Jump | End::Cond => b
            .succs
            .iter()
            .any(|&next| returns_soon(cfg, next as usize, left)),
        _ => false,
    }
}

/// Conditions that are known where a function is called: it is not entered in the middle, and what calls nobody is not too deep for the stack.
pub fn decided(f: &Function, cond: Value) -> Option<bool> {
    let is_state = |value: Value, load: Opcode, offset: usize| matches!(f.op_of(f.resolve(value)), Some((op, _, imm)) if op == load && imm == offset as u128);
    let is_limit = |value| is_state(value, Opcode::StateLoadI64, offset_of!(CpuState, sp_limit));
    if is_state(cond, Opcode::StateLoadI32, offset_of!(CpuState, resume)) {
        return Some(false);
    }
    match f.op_of(f.resolve(cond))? {
        (Opcode::I64LtU, [_, limit, _], _) if is_limit(limit) => Some(false),
        _ => None,
    }
}
