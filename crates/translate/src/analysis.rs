//! The analysis of a program's functions: all that is found out before IR is made of them.

use elfconv_a64::state::FZ;
use elfconv_abi::boot::FZ_IGNORED;
use elfconv_discover::{Discovery, Found, FunctionCfg};
use elfconv_image::GuestImage;
use elfconv_ir::FuncId;
use rayon::prelude::*;

use crate::{
    Flush, Options,
    abs::Abs,
    cfg::Cfg,
    clock::Clock,
    convention::{self, Conventions},
    fast::FastPaths,
    flush, noreturn,
    ssa::{self, faults::Checks},
    standard::{self, Standard},
    summary::{self, FunctionSummary},
};

/// What is known of the program's functions before any IR is made.
pub(crate) struct Analysis {
    pub checks: Checks,
    /// The value of FPCR that code is made for.
    pub fpcr: u32,
    pub standard: &'static Standard,
    pub functions: Vec<FunctionCfg>,
    pub starts: Vec<u64>,
    pub cfgs: Vec<Cfg>,
    pub summaries: Vec<FunctionSummary>,
    pub conventions: Conventions,
    pub fast: FastPaths,
}

/// A function that calls itself is looked at twice if it has no more instructions.
const SMALL: u64 = 64;
/// And if its frame, in bytes, is no larger: the stack is checked for the outermost of several levels only.
const MOST_FRAME: i32 = 512;

impl Analysis {
    /// Whether a function is small, as its frame is, and calls itself.
    pub fn calls_itself(&self, id: FuncId) -> bool {
        let summary = &self.summaries[id.index()];
        let blocks = self.cfgs[id.index()].blocks.iter();
        let mut states = summary.blocks.iter().filter_map(|b| b.state.as_deref());
        blocks.map(|b| (b.end - b.start) / 4).sum::<u64>() <= SMALL
            && states.all(|state| matches!(state.x[31], Abs::Sp(k) if k >= -MOST_FRAME))
            && summary.callees().any(|callee| callee == id)
    }
}

pub(crate) fn analyze(image: &GuestImage, clock: &mut Clock, options: &Options) -> Analysis {
    let safepoints = options.safepoints;
    clock.stage("discover", 0);
    let Discovery { functions, .. } = elfconv_discover::discover(image);
    let starts: Vec<u64> = functions.iter().map(|f| f.start).collect();
    clock.stage("summarise", functions.len());
    let word = |pc| image.read_u32(pc);
    let has_pads = |pc| {
        let after = image.fdes.partition_point(|fde| fde.start <= pc);
        image.fdes[..after]
            .last()
            .is_some_and(|fde| pc < fde.end && fde.lsda.is_some())
    };
    let catches = |start: u64| {
        let at = image.fdes.binary_search_by_key(&start, |fde| fde.start);
        at.is_ok_and(|i| image.fdes[i].catches)
    };
    // Code that nothing else leads to, behind an instruction that is there to raise a signal. (Behind others that are not implemented, code is for other processors.)
    let resumes = |pc: u64| {
        let faults = word(pc.wrapping_sub(4)).is_some_and(is_brk_or_udf);
        let at = functions.binary_search_by_key(&pc, |f| f.start);
        faults && at.is_ok_and(|i| functions[i].found == Found::Sweep)
    };
    let mut cfgs: Vec<Cfg> = functions
        .par_iter()
        .map(|f| Cfg::new(f, &starts, &has_pads, &resumes, catches(f.start)))
        .collect();
    let swept: Vec<bool> = functions.iter().map(|f| f.found == Found::Sweep).collect();
    noreturn::prune(&mut cfgs, &swept);
    let summarize = |standard| -> Vec<FunctionSummary> {
        let cfgs = cfgs.par_iter();
        cfgs.map(|cfg| summary::summarize(cfg, standard, &word, safepoints))
            .collect()
    };
    let mut summaries = summarize(&standard::AAPCS64);
    let standard = standard::of(&summaries);
    if standard.is_caller_saves() {
        summaries = summarize(standard);
    }
    let checks = match options.catch_faults {
        true => Checks::Range,
        false => ssa::faults::expected(&summaries),
    };
    for (s, f) in summaries.iter_mut().zip(&functions) {
        s.may_be_plain &= checks == Checks::None;
        s.address_taken = f.address_taken;
    }
    if safepoints {
        summary::add_entries(&cfgs, &mut summaries, &word);
    }
    let mut calls = vec![false; summaries.len()];
    let mut tails = vec![false; summaries.len()];
    for block in summaries.iter().flat_map(|s| &s.blocks) {
        match block.exit {
            summary::Exit::Call { callee } => calls[callee.index()] = true,
            summary::Exit::Tail { callee, .. } => tails[callee.index()] = true,
            _ => {}
        }
    }
    for (s, (call, tail)) in summaries.iter_mut().zip(calls.into_iter().zip(tails)) {
        s.called = call || tail;
        s.jumped_to = tail;
        if (s.address_taken || !s.called || tail) && !s.may_be_plain {
            s.passes = convention::RETURNED_X;
            s.homed = s.homed.or(s.passes);
        }
        // Callers that call have nothing for it in other registers.
        if call {
            for block in &mut s.blocks {
                block.changed = block.changed.meet(s.standard.saved);
            }
        }
    }
    spread_computes(&mut summaries);
    clock.stage("conventions", 0);
    let conventions = convention::solve(&summaries, safepoints);
    let fpcr = match options.flush {
        Flush::Never => FZ_IGNORED,
        Flush::Always => FZ,
        Flush::Auto if flush::is_selected_at_start(&cfgs, &summaries, &word) => FZ,
        Flush::Auto => 0,
    };
    Analysis {
        fast: FastPaths::new(&cfgs),
        checks,
        fpcr,
        standard,
        functions,
        starts,
        cfgs,
        summaries,
        conventions,
    }
}

/// Functions compute if what they call does. Of indirect calls and jumps that is not known.
fn spread_computes(summaries: &mut [FunctionSummary]) {
    let mut callers: Vec<Vec<u32>> = vec![Vec::new(); summaries.len()];
    let mut work = Vec::new();
    for (i, s) in (0..).zip(summaries.iter_mut()) {
        for callee in s.callees() {
            callers[callee.index()].push(i);
        }
        s.computes |= s.blocks.iter().any(|b| {
            matches!(
                b.exit,
                summary::Exit::CallUnknown | summary::Exit::TailUnknown { .. }
            )
        });
        if s.computes {
            work.push(i);
        }
    }
    while let Some(i) = work.pop() {
        for &c in &callers[i as usize] {
            if !std::mem::replace(&mut summaries[c as usize].computes, true) {
                work.push(c);
            }
        }
    }
}

/// `BRK` or `UDF` (Arm ARM C6.2.45, C6.2.446).
fn is_brk_or_udf(word: u32) -> bool {
    word & 0xffe0_001f == 0xd420_0000 || word >> 16 == 0
}
