//! How functions are entered at their safepoints: for each, where the values are found that the function was called with.
//!
//! The abstract state at a loop's header says it: which register or slot of the frame holds what a register was at entry. A value of the entry that
//! code behind the header may still use is in one of these, for the construction of SSA knows it from the same states.

use elfconv_abi::resume::{MAX_POINTS, Recipe, Source};
use elfconv_emit::Resume;
use elfconv_ir::Reg;

use crate::{
    abs::{Abs, State},
    cfg::Cfg,
    convention::Convention,
    regs::RegSet,
    summary::FunctionSummary,
};

/// The safepoints of a function that can be entered.
pub fn points(cfg: &Cfg, summary: &FunctionSummary, own: &Convention) -> Vec<Resume> {
    let wanted = own
        .params()
        .or(summary.elided)
        .minus(RegSet::of_x(crate::regs::SP));
    (0..MAX_POINTS)
        .zip(&summary.safepoints)
        .filter_map(|(point, safepoint)| {
            let block = safepoint.block as usize;
            // The function's own entry needs nothing of this.
            if block == cfg.entry {
                return None;
            }
            let state = summary.blocks[block].state.as_deref()?;
            Some(Resume {
                pc: cfg.blocks[block].start as u32,
                point,
                recipe: recipe(state, wanted, summary.elided)?,
            })
        })
        .collect()
}

fn recipe(state: &State, wanted: RegSet, elided: RegSet) -> Option<Recipe> {
    let sp = [31, 29]
        .into_iter()
        .chain(0..29)
        .find_map(|n| match state.x[n] {
            Abs::Sp(k) => Some((n as u8, k)),
            _ => None,
        })?;
    let mut registers = Vec::new();
    for (reg, _) in wanted.iter() {
        let source = match holder(state, reg) {
            Some(Source::Register(r)) if r == reg.0 => continue,
            Some(source) => source,
            // Without these the function cannot return.
            None if elided.contains(reg) || reg == Reg::x(30) => return None,
            None => continue,
        };
        registers.push((reg.0, source));
    }
    Some(Recipe { sp, registers })
}

/// Where the entry value of `reg` is.
fn holder(state: &State, reg: Reg) -> Option<Source> {
    let n = usize::from(reg.0);
    let holds = |r: &usize| state.x[*r] == Abs::Entry(reg);
    match reg.0 {
        0..=30 => {
            if let Some(r) = [n].into_iter().chain(0..31).find(holds) {
                return Some(Source::Register(r as u8));
            }
        }
        64.. if state.v_entry >> (n - 64) & 1 != 0 => return Some(Source::Register(reg.0)),
        _ => {}
    }
    let slot = state.slots.iter().find(|s| s.1 == reg)?;
    Some(Source::Slot(slot.0))
}
