//! Calls that are certain to unwind, and entries behind them.
//!
//! Some functions throw the frames of their callers away whenever they are called: those that take all callee-saved registers, which are in the callers' frames (setjmp,
//! getcontext), and those that go to another stack or jump (switches of coroutines, longjmp). A function in which every way to a return leads through a call of such a function is one, too. When it
//! returns, its caller goes on by the dispatcher: behind these calls functions get an entry, or they would be interpreted up to the next loop.

use elfconv_ir::FuncId;

use super::{Exit, FunctionSummary, points::safepoints};
use crate::{
    cfg::{Cfg, End},
    regs::{FP, RegSet, SP},
};

/// To the end of a function that is this near, in bytes, interpreting is not slower than to enter it.
const NEAR: u64 = 40;

/// Adds the entries to the functions' safepoints.
pub fn add_entries(
    cfgs: &[Cfg],
    summaries: &mut [FunctionSummary],
    word: &dyn Fn(u64) -> Option<u32>,
) {
    let certain = certain(summaries);
    for (cfg, summary) in cfgs.iter().zip(summaries) {
        let behind = behind(cfg, summary, &certain);
        if behind.is_empty() {
            continue;
        }
        summary.safepoints = safepoints(cfg, &behind, word);
        for b in behind {
            // As at loops: a handler may unwind from here.
            let uses = &mut summary.blocks[b as usize].uses;
            *uses = uses.or(RegSet::of_x(SP | FP));
        }
        summary.may_be_plain = false;
    }
}

/// The blocks behind calls that are certain to unwind, where it pays to enter.
fn behind(cfg: &Cfg, summary: &FunctionSummary, certain: &[bool]) -> Vec<u32> {
    let calls = summary.blocks.iter().filter(|b| match b.exit {
        Exit::Call { callee } => b.state.is_some() && certain[callee.index()],
        _ => false,
    });
    let mut all: Vec<u32> = calls
        .filter_map(|b| b.succs.first().copied())
        .filter(|&b| {
            let block = &cfg.blocks[b as usize];
            let soon = block.end - block.start <= NEAR && matches!(block.exit, End::Return);
            // Where the function begins there is an entry.
            let again = block.exit == End::Jump && block.succs == [cfg.entry as u32];
            block.end > block.start && !soon && !again && b as usize != cfg.entry
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The functions that are certain to unwind.
fn certain(summaries: &[FunctionSummary]) -> Vec<bool> {
    let mut callers: Vec<Vec<u32>> = vec![Vec::new(); summaries.len()];
    for (i, s) in (0..).zip(summaries) {
        for callee in s.callees() {
            callers[callee.index()].push(i);
        }
    }
    let mut certain = vec![false; summaries.len()];
    let mut work = Vec::new();
    for (i, s) in (0..).zip(summaries) {
        if s.captures || leaves(s) {
            certain[i as usize] = true;
            work.push(i);
        }
    }
    while let Some(i) = work.pop() {
        for &c in &callers[i as usize] {
            let c = c as usize;
            if !certain[c] && !returns_without(&summaries[c], &|f| certain[f.index()]) {
                certain[c] = true;
                work.push(c as u32);
            }
        }
    }
    certain
}

/// Whether it goes out, and only by jumps: to where nothing is known of, or with another stack.
fn leaves(s: &FunctionSummary) -> bool {
    let mut ways_out = s.blocks.iter().filter(|b| {
        b.state.is_some()
            && matches!(
                b.exit,
                Exit::Return { .. } | Exit::Tail { .. } | Exit::TailUnknown { .. }
            )
    });
    let jumps = |exit| match exit {
        Exit::Return { saved_ok, .. } => !saved_ok,
        Exit::Tail { ok, .. } | Exit::TailUnknown { ok } => !ok,
        _ => false,
    };
    let first = ways_out.next();
    first.is_some_and(|b| jumps(b.exit)) && ways_out.all(|b| jumps(b.exit))
}

/// Whether a way out can be reached from the entry without a call of one of these functions.
fn returns_without(s: &FunctionSummary, these: &dyn Fn(FuncId) -> bool) -> bool {
    let mut seen = vec![false; s.blocks.len()];
    let mut work = vec![s.entry as u32];
    while let Some(b) = work.pop() {
        if std::mem::replace(&mut seen[b as usize], true) {
            continue;
        }
        let block = &s.blocks[b as usize];
        match block.exit {
            Exit::Call { callee } | Exit::Tail { callee, .. } if these(callee) => continue,
            Exit::Return { .. } | Exit::Tail { .. } | Exit::TailUnknown { .. } => return true,
            _ => work.extend(&block.succs),
        }
    }
    false
}
