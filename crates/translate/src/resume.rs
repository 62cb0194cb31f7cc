//! How functions are entered at their safepoints: for each, where the values are found that the function was called with.
//!
//! The abstract state at a loop's header says it: which register or slot of the frame holds what a register was at entry. A value of the entry that
//! code behind the header may still use is in one of these, for the construction of SSA knows it from the same states. Registers count only where they are live: others are not in the
//! reports of frames that were thrown away. (What a callee-saved register holds that this function has not touched is always true.)

use elfconv_abi::resume::{Check, MAX_POINTS, Recipe, Source};
use elfconv_emit::Resume;
use elfconv_ir::Reg;

use crate::{
    abs::{Abs, State},
    cfg::Cfg,
    convention::{BlockLiveness, Convention},
    regs::RegSet,
    summary::FunctionSummary,
};

/// The safepoints of a function that can be entered.
pub fn points(
    cfg: &Cfg,
    summary: &FunctionSummary,
    own: &Convention,
    live: &BlockLiveness,
) -> Vec<Resume> {
    let wanted = own
        .params()
        .or(summary.elided)
        .minus(RegSet::of_x(crate::regs::SP));
    (0..MAX_POINTS)
        .zip(&summary.safepoints.points)
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
                recipe: recipe(state, live[block].all(), wanted, summary, cfg.catches)?,
            })
        })
        .collect()
}

fn recipe(
    state: &State,
    live: RegSet,
    wanted: RegSet,
    summary: &FunctionSummary,
    catches: bool,
) -> Option<Recipe> {
    let sp = std::iter::once(31)
        .chain((0..31).filter(|n| live.contains(Reg(*n as u8))))
        .find_map(|n: usize| match state.x[n] {
            Abs::Sp(k) => Some((n as u8, k)),
            _ => None,
        })?;
    let mut registers = Vec::new();
    for (reg, _) in wanted.iter() {
        let source = match holder(state, live, reg, summary.standard.saved) {
            Some(Source::Register(r)) if r == reg.0 => continue,
            Some(source) => source,
            // Without these the function cannot return.
            None if summary.elided.contains(reg) || reg == Reg::x(30) => return None,
            None => continue,
        };
        registers.push((reg.0, source));
    }
    Some(Recipe {
        sp,
        registers,
        small: small(state, live),
        checks: match catches {
            true => checks(state, live, sp.0),
            false => Vec::new(),
        },
    })
}

/// The live general registers whose upper halves are evidently zero: the function loads only the lower.
pub fn small(state: &State, live: RegSet) -> u32 {
    (0..31u8)
        .filter(|&n| state.x[usize::from(n)].is_small() && live.contains(Reg(n)))
        .fold(0, |all, n| all | 1 << n)
}

/// What the state says of live registers that compiled code relies on. Landing pads are no part of the graph that it was found on, but lead back into it.
fn checks(state: &State, live: RegSet, sp: u8) -> Vec<(u8, Check)> {
    let registers = (0..32u8).filter(|&n| n != sp && (n == 31 || live.contains(Reg(n))));
    registers
        .filter_map(|n| {
            let check = match state.x[usize::from(n)] {
                Abs::Const(c) => Check::Constant(c),
                Abs::Sp(k) => Check::Frame(k),
                Abs::Entry(r) => Check::Slot(state.slots.iter().find(|s| s.1 == r)?.0),
                Abs::Top | Abs::Small => return None,
            };
            Some((n, check))
        })
        .collect()
}

/// Where the entry value of `reg` is.
fn holder(state: &State, live: RegSet, reg: Reg, saved: RegSet) -> Option<Source> {
    let holds = |r: Reg| match r.0 {
        n @ 0..=30 => state.x[usize::from(n)] == Abs::Entry(reg),
        n => r == reg && state.v_entry >> (n & 31) & 1 != 0,
    };
    // A slot is always true; a register that is also in one may be spare, and reported with any value.
    if let Some(slot) = state.slots.iter().find(|s| s.1 == reg) {
        return Some(Source::Slot(slot.0));
    }
    let known = |r: Reg| holds(r) && (live.contains(r) || r == reg && saved.contains(r));
    let mut general = std::iter::once(reg).chain((0..31).map(Reg));
    general.find(|r| known(*r)).map(|r| Source::Register(r.0))
}
