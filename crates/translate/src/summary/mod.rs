//! What each block of a function does to registers, by running the instructions' semantics over an abstract domain.
//!
//! A forward fixpoint over [`State`]s; the last visit of each block yields its uses and definitions. The saves of callee-saved registers are recognised here: a store of
//! a register's entry value to a fixed slot of the frame is not a use if the register is written in between and restored before every exit
//! (ARCHITECTURE.md, "Elided saves").

mod points;
mod scan;
mod unwound;

use elfconv_ir::FuncId;

pub use self::{
    points::{Safepoint, Safepoints},
    unwound::add_entries,
};

use self::{
    points::safepoints,
    scan::{Scan, Scanned},
};

use crate::{
    abs::{Abs, State},
    cfg::{Cfg, End},
    regs::{FP, RegSet, SP},
    standard::{ARGUMENTS, Standard},
};

/// How a block's exit behaves towards the convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// To successors within the function.
    None,
    /// Direct call.
    Call { callee: FuncId },
    /// Indirect call.
    CallUnknown,
    /// System call, and the general registers that it may read.
    Syscall(u64),
    /// To the successor, or to the dispatcher there.
    Mode,
    /// Return; whether all callee-saved registers and sp are evidently those of the entry.
    Return { saved_ok: bool, sp_ok: bool },
    /// Jump to a function; `ok` if it may be a wasm tail call.
    Tail { callee: FuncId, ok: bool },
    /// Indirect jump, or one to an address of which nothing is known.
    TailUnknown { ok: bool },
    /// Fault.
    Fault,
}

/// One block.
#[derive(Clone, Debug)]
pub struct BlockSummary {
    /// Registers read before written in the block.
    pub uses: RegSet,
    /// Argument registers that the block only stores in the frame as they came, as functions with variable arguments do: the caller need not have set them.
    pub weak_uses: RegSet,
    /// Registers written in the block.
    pub defs: RegSet,
    /// Its exit.
    pub exit: Exit,
    /// Where it ends a function: x30, or the target of a return, is what x30 was at the entry, unless something else writes into the frame.
    pub link_evident: bool,
    /// Registers that the function has written on some way to its end ([`State::written`]).
    pub changed: RegSet,
    /// Its call may be left for a landing pad.
    pub has_pad: bool,
    /// Successors.
    pub succs: Vec<u32>,
    /// What is known at its start; `None` if it is not reachable.
    pub state: Option<Box<State>>,
}

impl BlockSummary {
    /// Argument registers that the block may pass on, or not need: they are parameters if they are live at entry.
    fn takes(&self) -> RegSet {
        match self.exit {
            // Mostly a stub that only forwards.
            Exit::TailUnknown { ok: true } => self.weak_uses.or(ARGUMENTS),
            _ => self.optional(),
        }
    }

    /// Argument registers that not every caller need have set.
    fn optional(&self) -> RegSet {
        match self.exit {
            Exit::Syscall(reads) => self.weak_uses.or(RegSet::of_x(reads)),
            _ => self.weak_uses,
        }
    }
}

/// One function.
#[derive(Clone, Debug)]
pub struct FunctionSummary {
    /// The calling standard that it was made under.
    pub standard: &'static Standard,
    /// By block index of the [`Cfg`].
    pub blocks: Vec<BlockSummary>,
    /// Index of the entry block.
    pub entry: usize,
    /// Reachable blocks in post-order.
    pub postorder: Vec<u32>,
    /// Argument registers that it stores in its frame as they came ([`BlockSummary::weak_uses`]), or may pass to the kernel.
    pub homed: RegSet,
    /// Argument registers that it stores in its frame or may pass to the kernel as they came, whether its caller has set them or not.
    pub optional: RegSet,
    /// Blocks from which control leaves otherwise than by a fault or a call that does not return.
    pub returning: Vec<bool>,
    /// Callee-saved registers whose saves are elided.
    pub elided: RegSet,
    /// Where its loops ask whether to go on, and it can be entered.
    pub safepoints: Safepoints,
    /// Nothing in its own code unwinds.
    pub may_be_plain: bool,
    /// The same but for safepoints: all its ways out are returns to what x30 was at entry.
    pub returns_evidently: bool,
    /// It computes with floating-point numbers, or saturates: what FPCR and FPSR are about.
    pub computes: bool,
    /// Its address is taken: indirect calls may reach it.
    pub address_taken: bool,
    /// It stores callee-saved registers for others to see.
    pub captures: bool,
    /// Some function calls it directly, or jumps to it.
    pub called: bool,
    /// Some function jumps to it.
    pub jumped_to: bool,
    /// It has a load that is evidently made for nothing but the fault it may raise.
    pub probes: bool,
    /// Registers that a caller which is not known may find unchanged and take for results: where this function does not write them, it has to have
    /// them when it unwinds.
    pub passes: RegSet,
}

impl FunctionSummary {
    /// Direct callees, with repetitions.
    pub fn callees(&self) -> impl Iterator<Item = FuncId> {
        self.blocks.iter().filter_map(|b| match b.exit {
            Exit::Call { callee } | Exit::Tail { callee, .. } => Some(callee),
            _ => None,
        })
    }

    /// Blocks after which the function may yet return.
    pub fn returning_blocks(&self) -> impl Iterator<Item = &BlockSummary> {
        self.blocks
            .iter()
            .zip(&self.returning)
            .filter(|b| *b.1)
            .map(|b| b.0)
    }
}

/// Blocks from which a way out can be reached.
fn returning(blocks: &[BlockSummary]) -> Vec<bool> {
    let mut preds = vec![Vec::new(); blocks.len()];
    let mut stack = Vec::new();
    let mut returning = vec![false; blocks.len()];
    for (i, b) in blocks.iter().enumerate() {
        for &t in &b.succs {
            preds[t as usize].push(i);
        }
        if b.state.is_some()
            && matches!(
                b.exit,
                Exit::Return { .. } | Exit::Tail { .. } | Exit::TailUnknown { .. }
            )
        {
            returning[i] = true;
            stack.push(i);
        }
    }
    while let Some(i) = stack.pop() {
        for &p in &preds[i] {
            if !std::mem::replace(&mut returning[p], true) {
                stack.push(p);
            }
        }
    }
    returning
}

/// Where callers save their registers, a function that saves this many for them takes the place of an instruction (a garbage collector's write barrier). Fewer may be arguments that become variables.
const SAVES_MANY: u32 = 8;

/// So many registers may be saved without being written, as spare ones. Who saves more captures the state.
const MOST_SPARE: u32 = 2;

/// Summarise one function. `word` reads an instruction of the image.
pub fn summarize(
    cfg: &Cfg,
    standard: &'static Standard,
    word: &dyn Fn(u64) -> Option<u32>,
    with_safepoints: bool,
) -> FunctionSummary {
    let summary = summarize_with(cfg, standard, standard.elidable, word, with_safepoints);
    if !standard.is_caller_saves() || summary.elided.x.count_ones() >= SAVES_MANY {
        return summary;
    }
    summarize_with(cfg, standard, RegSet::EMPTY, word, with_safepoints)
}

fn summarize_with(
    cfg: &Cfg,
    standard: &'static Standard,
    elidable: RegSet,
    word: &dyn Fn(u64) -> Option<u32>,
    with_safepoints: bool,
) -> FunctionSummary {
    let n = cfg.blocks.len();
    let mut states: Vec<Option<Box<State>>> = vec![None; n];
    let mut scans: Vec<Scanned> = vec![Scanned::default(); n];
    states[cfg.entry] = Some(Box::new(State::entry()));
    let mut dirty = vec![false; n];
    dirty[cfg.entry] = true;
    let mut any = true;
    let mut scan = Scan::new(standard, elidable);
    while any {
        any = false;
        for &b in cfg.postorder.iter().rev() {
            let b = b as usize;
            if !std::mem::take(&mut dirty[b]) {
                continue;
            }
            let block = &cfg.blocks[b];
            let state = states[b]
                .as_deref()
                .expect("dirty blocks have a state")
                .clone();
            scans[b] = scan.block(block.start, block.end, block.exit, state, word);
            for &t in &block.succs {
                let changed = match &mut states[t as usize] {
                    Some(s) => s.join(&scan.state),
                    none => {
                        *none = Some(Box::new(scan.state.clone()));
                        true
                    }
                };
                dirty[t as usize] |= changed;
                any |= changed;
            }
        }
    }
    let points = match with_safepoints {
        true => safepoints(cfg, &[], word),
        false => Safepoints::default(),
    };
    finish(cfg, standard, states, &scans, points)
}

fn finish(
    cfg: &Cfg,
    standard: &'static Standard,
    states: Vec<Option<Box<State>>>,
    scans: &[Scanned],
    safepoints: Safepoints,
) -> FunctionSummary {
    let (mut written, mut saved) = (RegSet::EMPTY, RegSet::EMPTY);
    let (mut used, mut restored) = (RegSet::EMPTY, !0);
    let (mut leaves, mut plain, mut computes) = (false, true, false);
    for ((s, b), state) in scans.iter().zip(&cfg.blocks).zip(&states) {
        let Some(state) = state else { continue };
        plain &=
            stays(cfg, b) && !reads_callers_registers(s.uses.meet(standard.inherited()), state);
        used = used.or(s.uses);
        written = written.or(s.written);
        saved = saved.or(s.save_uses);
        computes |= s.computes || s.exit == Exit::Mode;
        match s.exit {
            Exit::Return { saved_ok, sp_ok } => {
                restored &= s.kept;
                leaves |= !saved_ok || !sp_ok;
                plain &= saved_ok && sp_ok && s.lr_evident;
            }
            Exit::Tail { .. } => {
                restored &= s.kept;
                leaves |= !s.frame_known;
                plain = false;
            }
            Exit::TailUnknown { .. } => {
                restored &= s.kept;
                leaves |= !s.frame_known;
                plain = false;
            }
            Exit::CallUnknown => {
                plain = false;
            }
            Exit::Syscall(_) | Exit::Mode => plain = false,
            // The guest may have a handler for it.
            Exit::Fault => plain = false,
            Exit::None | Exit::Call { .. } => {}
        }
    }
    // Where control leaves with an sp or registers that are not evidently those of the entry, slots may have been changed on purpose (unwinders): no elision.
    let elided = if leaves {
        RegSet::EMPTY
    } else if standard.is_caller_saves() {
        saved.and(RegSet::of_x(restored)).minus(used)
    } else {
        let unwritten = saved.minus(written);
        // Clang saves a register that it never writes, as a spare one. Code that saves many captures the state.
        let spare =
            unwritten.x.count_ones() <= MOST_SPARE && unwritten == RegSet::of_x(unwritten.x);
        if spare {
            standard.elidable.meet(saved)
        } else {
            standard.elidable.meet(written).meet(saved)
        }
    };
    // Callers may not have what it saves for others to see.
    let seen = saved.minus(elided);
    plain &= seen.is_empty();
    let captures = !standard.is_caller_saves() && seen.x.count_ones() > MOST_SPARE;
    let returns_evidently = plain && !standard.is_caller_saves();
    plain &= safepoints.points.is_empty();
    // A handler has its frame below sp even where this function never uses it again, and may unwind from here.
    let mut seen_by_handlers = vec![RegSet::EMPTY; cfg.blocks.len()];
    for (b, block) in (0..).zip(&cfg.blocks) {
        let left = block
            .succs
            .iter()
            .filter(|t| safepoints.asks_between(b, **t));
        left.for_each(|t| seen_by_handlers[*t as usize] = RegSet::of_x(SP | FP));
    }
    for point in &safepoints.points {
        seen_by_handlers[point.block as usize] = RegSet::of_x(SP | FP);
    }
    let blocks: Vec<BlockSummary> = states
        .into_iter()
        .zip(scans)
        .zip(cfg.blocks.iter().enumerate())
        .map(|((state, s), (i, b))| BlockSummary {
            uses: s.uses.or(s.save_uses.minus(elided)).or(seen_by_handlers[i]),
            weak_uses: s.weak_uses,
            defs: s.defs,
            exit: if s.visited { s.exit } else { Exit::None },
            link_evident: s.lr_evident,
            changed: s.changed,
            has_pad: b.has_pad,
            succs: b.succs.clone(),
            state,
        })
        .collect();
    FunctionSummary {
        standard,
        homed: blocks
            .iter()
            .fold(RegSet::EMPTY, |all, b| all.or(b.takes())),
        optional: blocks
            .iter()
            .fold(RegSet::EMPTY, |all, b| all.or(b.optional())),
        returning: returning(&blocks),
        blocks,
        entry: cfg.entry,
        postorder: cfg.postorder.clone(),
        elided,
        safepoints,
        may_be_plain: plain,
        returns_evidently,
        computes,
        address_taken: false,
        captures,
        called: false,
        jumped_to: false,
        probes: scans.iter().any(|s| s.probes),
        passes: RegSet::EMPTY,
    }
}

/// Whether the block certainly goes on within the function: not through the dispatcher, after a call that should not have returned or a jump table index out of range.
fn stays(cfg: &Cfg, b: &crate::cfg::Block) -> bool {
    match b.exit {
        End::Call(_) => !b.succs.is_empty(),
        End::Switch(i) => {
            let table = &cfg.tables[i as usize].0;
            table.bounded && (b.start..b.end).contains(&table.load_pc)
        }
        _ => true,
    }
}

/// Whether the block reads a callee-saved register that the function has not written: its callers may not have it at hand either.
fn reads_callers_registers(uses: RegSet, state: &State) -> bool {
    uses.iter().any(|(r, _)| match r.0 {
        n @ 0..=30 => state.x[usize::from(n)] == Abs::Entry(r),
        n => state.v_entry >> (n - 64) & 1 != 0,
    })
}
