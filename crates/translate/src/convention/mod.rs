//! Register conventions: what every function takes, changes and gives back.
//!
//! Fixpoints over the call graph, all from per-block summaries ([`crate::summary`]):
//!
//! 1. *plain* and *modified* registers, callees first;
//! 2. registers that may be arguments ([`arguments`]), callers first;
//! 3. liveness: parameters of a function are the registers live at its entry, results are the modified
//!    registers that are live after one of its calls. Both grow monotonically until nothing changes.
//!
//! Liveness is kept twice. *Strong* uses are reads that the analysis saw. *Weak* uses are those of an unknown callee, which may or may not read an argument
//! register: they reach back to the function's entry (so that forwarded arguments arrive) but not through an earlier call, which leaves such
//! registers unspecified in every calling standard, except for the registers in which values are returned.
//!
//! What is assumed of code that was not seen (made at run time): it obeys AAPCS64 where it is called by compiled code. A function that does not preserve the
//! module's callee-saved registers is never wrong: it does not return by a wasm return but through the dispatcher.

mod arguments;
mod exotic;
mod recursion;

use elfconv_ir::{FuncId, Reg, Type};

use crate::regs::{FP, LR, RegSet, SP};
use crate::standard::{AAPCS64, Standard};
use crate::summary::{Exit, FunctionSummary};

/// General registers in which an unknown callee may return values.
pub const RETURNED_X: RegSet = RegSet::of_x(0b11);
/// Registers in which an unknown callee may return values. A function that sets v0–v3 leaves them in the state block when it returns, unless they are
/// results.
pub const RETURNED: RegSet = RegSet {
    x: 0b11,
    v32: 0xf,
    v64: 0xf,
    v128: 0xf,
};

/// The convention of one function.
#[derive(Clone, Copy, Default, Debug)]
pub struct Convention {
    /// Registers read before written, by code that was seen.
    pub strong: RegSet,
    /// Registers that a callee which is not known may want.
    pub weak: RegSet,
    /// Those of them that it stores in its own frame first, or passes to the kernel.
    pub homed: RegSet,
    /// Argument registers that some caller may have set for it; if it is jumped to, scratch registers too.
    pub given: RegSet,
    /// Registers that may differ after a return; vector registers at the width written, zero above.
    pub modified: RegSet,
    /// Modified registers that a caller reads.
    pub results: RegSet,
    /// Modified registers that some caller reads although no calling standard returns values there: left in the state block at returns.
    /// Mostly these are reads behind calls that do not return; but they may be real (Go's own standard, assembly).
    pub exotic: RegSet,
    /// Returns are evident and nothing in it unwinds.
    pub plain: bool,
    /// Returns are evident in it and in all that it calls: where it unwinds, it is only to go on.
    pub evident: bool,
    /// May be on the wasm stack more than once: needs the depth check.
    pub recursive: bool,
}

impl Convention {
    /// Wasm parameters in order.
    pub fn params(&self) -> RegSet {
        RegSet {
            x: self.strong.x | (self.weak.x & self.homed.x),
            ..self.strong
        }
    }

    /// Registers that must be valid in the state block when the function is entered.
    pub fn in_state(&self) -> RegSet {
        self.weak.minus(self.params())
    }
}

/// Live registers at one point.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Live {
    /// By reads that were seen.
    pub strong: RegSet,
    /// By callees that are not known.
    pub weak: RegSet,
}

impl Live {
    fn or(self, o: Live) -> Live {
        Live {
            strong: self.strong.or(o.strong),
            weak: self.weak.or(o.weak),
        }
    }

    /// Both kinds; a weak use is of the whole register.
    pub fn all(self) -> RegSet {
        self.strong.or(self.weak)
    }

    /// What a call before this point has to give. Results that go on as arguments of a callee that is not known count where the standard returns values in all argument registers.
    pub fn demanded(&self, standard: &Standard) -> RegSet {
        match standard.is_caller_saves() {
            true => self.all(),
            false => self.strong,
        }
    }
}

/// Live-in sets of every block of one function, by block index.
pub type BlockLiveness = Vec<Live>;

/// Conventions of all functions and the liveness in them.
pub struct Conventions {
    /// By [`FuncId`].
    pub functions: Vec<Convention>,
    /// By [`FuncId`], then block.
    pub liveness: Vec<BlockLiveness>,
    /// The same as [`Convention::exotic`] for callees that are not known.
    pub exotic: RegSet,
}

/// Solve for all functions. Without `depth_checks` recursion is no reason to unwind.
pub fn solve(summaries: &[FunctionSummary], depth_checks: bool) -> Conventions {
    let mut conv: Vec<Convention> = summaries.iter().map(|_| Convention::default()).collect();
    let callers = callers_of(summaries);
    solve_modified(summaries, &callers, &mut conv);
    arguments::solve(summaries, &mut conv);
    let may_be_plain: Vec<bool> = summaries.iter().map(|s| s.may_be_plain).collect();
    let plain = match depth_checks {
        true => closed_least(summaries, &callers, &may_be_plain),
        false => closed(summaries, &callers, may_be_plain),
    };
    let evident = summaries.iter().map(|s| s.returns_evidently).collect();
    let evident = closed(summaries, &callers, evident);
    for (c, (plain, evident)) in conv.iter_mut().zip(plain.into_iter().zip(evident)) {
        (c.plain, c.evident) = (plain, evident);
    }
    if depth_checks {
        recursion::mark(summaries, &mut conv);
    }
    let liveness = solve_liveness(summaries, &callers, &mut conv);
    let exotic = exotic::solve(summaries, &liveness, &mut conv);
    Conventions {
        functions: conv,
        liveness,
        exotic,
    }
}

fn callers_of(summaries: &[FunctionSummary]) -> Vec<Vec<u32>> {
    let mut callers = vec![Vec::new(); summaries.len()];
    for (i, s) in summaries.iter().enumerate() {
        for callee in s.callees() {
            let list: &mut Vec<u32> = &mut callers[callee.index()];
            if list.last() != Some(&(i as u32)) {
                list.push(i as u32);
            }
        }
    }
    callers
}

fn solve_modified(summaries: &[FunctionSummary], callers: &[Vec<u32>], conv: &mut [Convention]) {
    let mut work: Vec<u32> = (0..summaries.len() as u32).rev().collect();
    let mut queued = vec![true; summaries.len()];
    while let Some(i) = work.pop() {
        queued[i as usize] = false;
        let mut m = RegSet::EMPTY;
        let standard = summaries[i as usize].standard;
        for block in summaries[i as usize].returning_blocks() {
            m = m.or(block.defs);
            match block.exit {
                Exit::Call { callee } | Exit::Tail { callee, .. } => {
                    m = m.or(conv[callee.index()].modified)
                }
                Exit::CallUnknown | Exit::TailUnknown { .. } => m = m.or(standard.clobbered()),
                Exit::Syscall(_) => m = m.or(RegSet::of_x(1)),
                _ => {}
            }
        }
        // What is preserved at every wasm return is not modified; the rest of a callee-saved vector register (its upper half) is.
        m = m.minus_bits(standard.saved.or(summaries[i as usize].elided));
        if m != conv[i as usize].modified {
            conv[i as usize].modified = m;
            for &c in &callers[i as usize] {
                if !std::mem::replace(&mut queued[c as usize], true) {
                    work.push(c);
                }
            }
        }
    }
}

/// Of these functions, those that call only such: the greatest set.
fn closed(summaries: &[FunctionSummary], callers: &[Vec<u32>], mut set: Vec<bool>) -> Vec<bool> {
    let mut work: Vec<u32> = (0..summaries.len() as u32).rev().collect();
    while let Some(i) = work.pop() {
        let callees_are = summaries[i as usize].callees().all(|c| set[c.index()]);
        if set[i as usize] && !callees_are {
            set[i as usize] = false;
            work.extend(&callers[i as usize]);
        }
    }
    set
}

/// The same without recursion: the least set.
fn closed_least(summaries: &[FunctionSummary], callers: &[Vec<u32>], may: &[bool]) -> Vec<bool> {
    let mut set = vec![false; may.len()];
    let mut work: Vec<u32> = (0..summaries.len() as u32).rev().collect();
    while let Some(i) = work.pop() {
        let callees_are = summaries[i as usize].callees().all(|c| set[c.index()]);
        if !set[i as usize] && may[i as usize] && callees_are {
            set[i as usize] = true;
            work.extend(&callers[i as usize]);
        }
    }
    set
}

fn solve_liveness(
    summaries: &[FunctionSummary],
    callers: &[Vec<u32>],
    conv: &mut [Convention],
) -> Vec<BlockLiveness> {
    let n = summaries.len();
    let mut liveness: Vec<BlockLiveness> = summaries
        .iter()
        .map(|s| vec![Live::default(); s.blocks.len()])
        .collect();
    for (c, s) in conv.iter_mut().zip(summaries) {
        if s.address_taken || !s.called {
            c.results = c.modified.and(RETURNED_X);
        }
    }
    let mut queued = vec![true; n];
    let mut work: std::collections::VecDeque<u32> = (0..n as u32).collect();
    let mut grown = Vec::new();
    while let Some(i) = work.pop_front() {
        queued[i as usize] = false;
        let s = &summaries[i as usize];
        let live = &mut liveness[i as usize];
        propagate(s, conv[i as usize], conv, live);
        // Demands on callees' results.
        grown.clear();
        for (b, block) in s.blocks.iter().enumerate() {
            if let Exit::Call { callee, .. } | Exit::Tail { callee, ok: true } = block.exit {
                let after = match block.exit {
                    Exit::Tail { .. } => Live {
                        strong: conv[i as usize].results,
                        weak: RegSet::EMPTY,
                    },
                    _ => live_out(s, live, b),
                };
                let c = conv[callee.index()];
                let demanded = after.demanded(s.standard);
                let wanted = demanded.and(RETURNED).or(after.weak.and(RETURNED_X));
                let demand = wanted.and(c.modified).meet_width(c.modified);
                let r = c.results.or(demand);
                if r != c.results {
                    grown.push((callee, r));
                }
            }
        }
        for &(callee, r) in &grown {
            let c = &mut conv[callee.index()];
            c.results = c.results.or(r);
            if !std::mem::replace(&mut queued[callee.index()], true) {
                work.push_back(callee.0);
            }
        }
        let entry = live.get(s.entry).copied().unwrap_or_default();
        let c = &mut conv[i as usize];
        let weak = entry.weak.and(c.given);
        let mut strong = whole(s, entry.strong, weak);
        if c.recursive {
            strong.x |= SP; // for the depth check
        }
        if !c.plain {
            strong.x |= LR; // returns are compared with it
        }
        if strong != c.strong || weak != c.weak {
            c.strong = strong;
            c.weak = weak;
            for &caller in &callers[i as usize] {
                if !std::mem::replace(&mut queued[caller as usize], true) {
                    work.push_back(caller);
                }
            }
        }
    }
    liveness
}

/// Parameters of a function, of which it reads `strong`, taken whole where it may hand over or report a register that it reads a part of, and the rest may mean something: a callee-saved
/// one, that the function was not expected to read at all, or one that is left to who is not known by a function that is entered by jumps, as a part of another one is.
fn whole(s: &FunctionSummary, strong: RegSet, weak: RegSet) -> RegSet {
    let shared = s.standard.saved.v32 | if s.jumped_to { weak.v128 } else { 0 };
    strong.or(RegSet::of_v128(strong.v32 & shared))
}

/// Live after the block's own instructions and exit, that is at its successors; and, weakly, what a landing pad may read.
pub fn live_out(s: &FunctionSummary, live: &[Live], block: usize) -> Live {
    let block = &s.blocks[block];
    let pad = Live {
        strong: RegSet::EMPTY,
        weak: if block.has_pad {
            s.standard.saved
        } else {
            RegSet::EMPTY
        },
    };
    let succs = block.succs.iter();
    succs.fold(pad, |acc, &t| acc.or(live[t as usize]))
}

/// Live before the exit of a block (after its last ordinary effect), given what is live after.
pub fn before_exit(
    s: &FunctionSummary,
    own: &Convention,
    conv: &[Convention],
    block: usize,
    after: Live,
) -> Live {
    let ret = Live {
        strong: own.results.or(RegSet::of_x(if own.plain { 0 } else { LR })),
        // What `return_with` leaves in the state block, and what is passed through.
        weak: RETURNED.minus(RETURNED_X).and(own.modified).or(s.passes),
    };
    let everything = Live {
        strong: RegSet::of_x(SP | FP | LR),
        weak: RegSet {
            x: 0x1_ffff_ffff,
            v32: !0,
            v64: !0,
            v128: !0,
        },
    };
    // What was written on some ways to here and not on others is needed from the entry for the others. Where nothing was written, nobody need have it: it is left to outer frames.
    let changed = s.blocks[block].changed;
    let everything_changed = Live {
        strong: everything.strong.or(changed),
        ..everything
    };
    let unknown_callee = |after: Live| {
        let kill = s.standard.clobbered().minus(s.standard.saved).minus(kept());
        Live {
            strong: after.strong.minus(kill).or(RegSet::of_x(SP | FP | LR)),
            weak: after.weak.minus(kill).or(s.standard.arguments()),
        }
    };
    match s.blocks[block].exit {
        Exit::None | Exit::Mode => after,
        Exit::Call { callee, .. } => {
            let g = &conv[callee.index()];
            through_call(s, g, g.weak.and(s.standard.arguments()), after)
        }
        Exit::CallUnknown => unknown_callee(after),
        Exit::Syscall(reads) => Live {
            strong: after.strong.minus(RegSet::of_x(1)),
            weak: after.weak.minus(RegSet::of_x(1)).or(RegSet::of_x(reads)),
        },
        // An sp that is not evident is compared with that at entry, and everything is reported if it differs.
        Exit::Return {
            saved_ok: true,
            sp_ok: true,
        } => ret,
        Exit::Return { .. } => ret.or(Live {
            strong: everything.strong.or(changed.meet(s.standard.saved)),
            ..everything
        }),
        Exit::Tail { callee, ok: true } => {
            let g = &conv[callee.index()];
            let mut l = through_call(
                s,
                g,
                g.weak,
                Live {
                    strong: own.results,
                    weak: RegSet::EMPTY,
                },
            );
            if g.plain {
                l.strong.x |= LR;
            }
            l
        }
        // What it reads has to be there, unless outer frames have it.
        Exit::Tail { callee, ok: false } => {
            let reads = conv[callee.index()].strong;
            Live {
                strong: everything_changed
                    .strong
                    .or(reads.minus(s.standard.inherited())),
                ..everything_changed
            }
        }
        Exit::TailUnknown { ok: false } => everything_changed,
        Exit::TailUnknown { ok: true } => {
            // It may be a jump within what was one function to a compiler: everything is handed over.
            let live = unknown_callee(Live {
                strong: own.results,
                weak: RegSet::EMPTY,
            });
            live.or(Live {
                strong: RegSet::EMPTY,
                weak: everything.weak,
            })
        }
        // A handler may go on behind it, as far as anything follows, and has its frame below sp.
        Exit::Fault => after.or(Live {
            strong: everything.strong,
            weak: RegSet::EMPTY,
        }),
    }
}

/// Registers that a callee may leave as they were although the program seems to obey a standard that says nothing of it: who reads them behind a call has them before it.
fn kept() -> RegSet {
    RegSet::of_x(AAPCS64.saved.x)
}

/// `passed`: what the call passes in the state block.
fn through_call(s: &FunctionSummary, g: &Convention, passed: RegSet, after: Live) -> Live {
    let kill = g.modified.minus(s.standard.saved).minus(kept());
    // Callee-saved registers that the callee reads are handed over if this function has them; if not, the call goes through the dispatcher.
    let saved = s.standard.inherited();
    Live {
        strong: after.strong.minus(kill).or(g.strong.minus(saved)),
        weak: after.weak.minus(kill).or(passed).or(g.strong.and(saved)),
    }
}

fn propagate(s: &FunctionSummary, own: Convention, conv: &[Convention], live: &mut [Live]) {
    let mut changed = true;
    while changed {
        changed = false;
        // Blocks are in order of address, mostly topological: backwards converges in few rounds.
        for &b in s.postorder.iter() {
            let b = b as usize;
            let block = &s.blocks[b];
            let after = live_out(s, live, b);
            let end = before_exit(s, &own, conv, b, after);
            let new = Live {
                strong: end.strong.minus(block.defs).or(block.uses),
                weak: end.weak.minus(block.defs).or(block.weak_uses),
            };
            let joined = live[b].or(new);
            if joined != live[b] {
                live[b] = joined;
                changed = true;
            }
        }
    }
}

impl RegSet {
    /// At no greater width than `o` has each register: bits above are known to be zero.
    #[must_use]
    pub fn meet_width(self, o: RegSet) -> RegSet {
        self.meet(RegSet { x: !0, ..o })
    }
}

/// Wasm parameter or result list of a register set.
pub fn signature(set: RegSet) -> Vec<(Reg, Type)> {
    set.iter().collect()
}

/// Functions by address, for looking up call targets.
pub fn function_at(starts: &[u64], addr: u64) -> Option<FuncId> {
    starts.binary_search(&addr).ok().map(|i| FuncId(i as u32))
}
