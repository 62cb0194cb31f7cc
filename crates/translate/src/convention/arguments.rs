//! Which argument registers a function may be given at all.
//!
//! A register that is only *weakly* used (somebody who is not known may want it) is an argument only if whoever calls the function has set it. At a direct call it
//! certainly has not been set if an earlier call has clobbered it, or if it never was since the entry of a function that was not given it either. One such call
//! site shows that the function has no such argument, and then none of its callers has to pass what happens to be in the register. Functions with variable
//! arguments are different from call to call, but they store the registers in their frames first; those, and what a function itself passes to the kernel, are left alone.

use super::{Convention, RETURNED};
use crate::{
    regs::RegSet,
    summary::{Exit, FunctionSummary},
};

/// Sets `given` of all conventions; `modified` must be solved.
pub(super) fn solve(summaries: &[FunctionSummary], conv: &mut [Convention]) {
    for (c, s) in conv.iter_mut().zip(summaries) {
        // Of callers that are not seen nothing is known. Who is called by nobody is started by the kernel, or by a jump.
        c.given = s.standard.arguments();
        if s.jumped_to {
            c.given = c.given.or(s.standard.scratch());
        }
        c.homed = s.homed;
    }
    let mut work: Vec<u32> = (0..summaries.len() as u32).rev().collect();
    let mut queued = vec![true; summaries.len()];
    while let Some(i) = work.pop() {
        queued[i as usize] = false;
        let s = &summaries[i as usize];
        let set = set_at_exits(s, conv[i as usize].given, conv);
        for (block, set) in s.blocks.iter().zip(set) {
            // Jumps are no evidence: what they reach may be a part of the same function that several of its paths share.
            let (Exit::Call { callee }, Some(set)) = (block.exit, set) else {
                continue;
            };
            let c = &mut conv[callee.index()];
            let mut kept = summaries[callee.index()].optional;
            if summaries[callee.index()].jumped_to {
                // Of other registers than arguments calls are no evidence, either.
                kept = kept.or(s.standard.scratch().minus(s.standard.arguments()));
            }
            let given = c.given.and(set.or(kept));
            if given != c.given {
                c.given = given;
                if !std::mem::replace(&mut queued[callee.index()], true) {
                    work.push(callee.0);
                }
            }
        }
    }
}

/// Argument registers that may have been set, before the exit of each block that is reachable.
fn set_at_exits(s: &FunctionSummary, given: RegSet, conv: &[Convention]) -> Vec<Option<RegSet>> {
    let mut entries: Vec<Option<RegSet>> = vec![None; s.blocks.len()];
    let mut exits = entries.clone();
    let mut work = vec![s.entry as u32];
    if let Some(entry) = entries.get_mut(s.entry) {
        *entry = Some(given);
    }
    while let Some(b) = work.pop() {
        let block = &s.blocks[b as usize];
        let Some(entry) = entries[b as usize] else {
            continue;
        };
        let set = entry.or(widened(block.defs));
        exits[b as usize] = Some(set);
        let after = match block.exit {
            Exit::Call { callee } => {
                let c = &conv[callee.index()];
                set.minus(c.modified).or(RETURNED)
            }
            Exit::CallUnknown => set.minus(s.standard.clobbered()).or(RETURNED),
            Exit::Syscall(_) => set.or(RegSet::of_x(1)),
            _ => set,
        };
        for &t in &block.succs {
            let joined = entries[t as usize].map_or(after, |old| old.or(after));
            if entries[t as usize] != Some(joined) {
                entries[t as usize] = Some(joined);
                work.push(t);
            }
        }
    }
    exits
}

/// The registers of a set, all of each.
fn widened(set: RegSet) -> RegSet {
    RegSet {
        x: set.x,
        ..RegSet::of_v128(set.v32)
    }
}
