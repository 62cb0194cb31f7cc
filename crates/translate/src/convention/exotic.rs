//! Registers that are read after a call although no calling standard returns values there.

use super::{BlockLiveness, Convention, RETURNED, live_out};
use crate::{
    regs::{LR, RegSet},
    summary::{Exit, FunctionSummary},
};

/// Demands on registers that no standard returns, from call sites down to whatever may be running when the callee returns.
pub(super) fn solve(
    summaries: &[FunctionSummary],
    liveness: &[BlockLiveness],
    conv: &mut [Convention],
) -> RegSet {
    let mut unknown = RegSet::EMPTY;
    let mut work: Vec<u32> = Vec::new();
    for (s, live) in summaries.iter().zip(liveness) {
        let ordinary = RETURNED.or(s.standard.saved).or(RegSet::of_x(LR));
        for (b, block) in s.blocks.iter().enumerate() {
            match block.exit {
                Exit::Call { callee } => {
                    let c = &mut conv[callee.index()];
                    let after = live_out(s, live, b).demanded(s.standard);
                    let demand = after.and(c.modified).minus(ordinary);
                    if !demand.minus(c.exotic).is_empty() {
                        c.exotic = c.exotic.or(demand);
                        work.push(callee.0);
                    }
                }
                Exit::CallUnknown => {
                    let after = live_out(s, live, b).demanded(s.standard);
                    unknown = unknown.or(after.and(s.standard.clobbered()).minus(ordinary));
                }
                _ => {}
            }
        }
    }
    let mut spread = RegSet::EMPTY;
    loop {
        while let Some(i) = work.pop() {
            let own = conv[i as usize].exotic;
            for block in summaries[i as usize].returning_blocks() {
                match block.exit {
                    Exit::Call { callee } | Exit::Tail { callee, .. } => {
                        let c = &mut conv[callee.index()];
                        let demand = own.and(c.modified);
                        if !demand.minus(c.exotic).is_empty() {
                            c.exotic = c.exotic.or(demand);
                            work.push(callee.0);
                        }
                    }
                    Exit::CallUnknown | Exit::TailUnknown { .. } => unknown = unknown.or(own),
                    _ => {}
                }
            }
        }
        if unknown == spread {
            return unknown;
        }
        spread = unknown;
        for (i, (c, s)) in conv.iter_mut().zip(summaries).enumerate() {
            if s.address_taken && !unknown.and(c.modified).minus(c.exotic).is_empty() {
                c.exotic = c.exotic.or(unknown.and(c.modified));
                work.push(i as u32);
            }
        }
    }
}
