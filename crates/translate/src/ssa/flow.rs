//! Dataflow over a function's blocks that the construction of SSA asks: which registers it has at a point, and which of them leave it again.

use super::Context;
use crate::{
    cfg::Cfg,
    convention::{BlockLiveness, RETURNED, RETURNED_X, live_out},
    regs::{FP, RegSet},
    summary::{Exit, FunctionSummary},
};

/// Forward dataflow: a register is available if it was a parameter, or was written and not clobbered by a call since, on some path.
pub(super) fn available(
    ctx: &Context,
    cfg: &Cfg,
    summary: &FunctionSummary,
    live: &BlockLiveness,
    params: RegSet,
) -> Vec<RegSet> {
    let mut at = vec![RegSet::EMPTY; cfg.blocks.len()];
    at[cfg.entry] = params;
    let mut changed = true;
    while changed {
        changed = false;
        for &b in cfg.postorder.iter().rev() {
            let block = &summary.blocks[b as usize];
            let mut out = at[b as usize].or(block.defs);
            match block.exit {
                Exit::Call { callee } => {
                    let g = &ctx.conventions[callee.index()];
                    let after = live_out(summary, live, b as usize).demanded(summary.standard);
                    out = out
                        .minus(g.modified.minus(summary.standard.saved))
                        .or(g.results)
                        .or(after.and(g.exotic));
                }
                Exit::CallUnknown => {
                    let after = live_out(summary, live, b as usize).demanded(summary.standard);
                    out = out
                        .minus(summary.standard.clobbered().minus(summary.standard.saved))
                        .or(RETURNED_X)
                        .or(after.and(RETURNED.or(ctx.exotic)));
                }
                Exit::Syscall(_) => out.x |= 1,
                _ => {}
            }
            for &t in &block.succs {
                let joined = at[t as usize].or(out);
                changed |= joined != at[t as usize];
                at[t as usize] = joined;
            }
        }
    }
    at
}

/// Backward dataflow: general registers that the function may leave with, through some way out, as they are at the start of each block.
pub(super) fn keeps(cfg: &Cfg, summary: &FunctionSummary) -> Vec<u64> {
    let mut at = vec![0; cfg.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for &b in &cfg.postorder {
            let kept = kept_after(summary, &at, b as usize) & !summary.blocks[b as usize].defs.x;
            changed |= kept != at[b as usize];
            at[b as usize] = kept;
        }
    }
    at
}

/// Backward dataflow: of `exotic`, the registers that a return may give as they are at the start of each block.
pub(super) fn returned(
    ctx: &Context,
    cfg: &Cfg,
    summary: &FunctionSummary,
    exotic: RegSet,
) -> Vec<RegSet> {
    let mut at = vec![RegSet::EMPTY; cfg.blocks.len()];
    let mut changed = !exotic.is_empty();
    while changed {
        changed = false;
        for &b in &cfg.postorder {
            let block = &summary.blocks[b as usize];
            let succs = block.succs.iter();
            let after = succs.fold(RegSet::EMPTY, |all, &t| all.or(at[t as usize]));
            let here = match block.exit {
                Exit::Call { callee } => after.minus(ctx.conventions[callee.index()].modified),
                Exit::CallUnknown => after.minus(summary.standard.clobbered()),
                Exit::Fault => after,
                _ if block.succs.is_empty() => exotic,
                _ => after,
            };
            let here = here.minus(block.defs);
            changed |= here != at[b as usize];
            at[b as usize] = here;
        }
    }
    at
}

pub(super) fn kept_after(summary: &FunctionSummary, keeps: &[u64], b: usize) -> u64 {
    let block = &summary.blocks[b];
    match block.exit {
        Exit::Fault if block.succs.is_empty() => 0,
        // What a landing pad does is not in its predecessors' successors.
        _ if block.has_pad => !0,
        // It does not return, but may throw. Saved registers are then taken from their slots; x29 may not be saved.
        Exit::Call { .. } | Exit::CallUnknown | Exit::Syscall(_) if block.succs.is_empty() => FP,
        _ if block.succs.is_empty() => !0,
        _ => block
            .succs
            .iter()
            .fold(0, |all, &t| all | keeps[t as usize]),
    }
}
