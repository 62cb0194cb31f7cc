//! Fast ways through callees, in their callers.
//!
//! Many functions first look whether there is anything to do, and return at once if not: the leaves of a recursion, `free(NULL)`, a cache that is filled. Others do nothing
//! but a few operations. What a callee does until it is known to return is put in the place of the call (*partial inlining*; Muth and Debray, "Partial inlining", 1997; LLVM's
//! `PartialInliner` outlines the rest instead). Where it would not return, the callee is called, and begins anew: so until control is on a way
//! that only returns, there may be nothing but computation and loads.
//!
//! What is inlined calls nobody and does not loop, so it needs neither a frame that could be reported nor a check of depth. Its instructions count as the call's: what faults in them is reported there.

use elfconv_ir::{Block, BlockData, Callee, Cfg, Effect, FuncId, Function, InstKind, Terminator};

use crate::{
    Decided,
    splice::{self, Site},
};

/// How many operations are looked at, at most, one after the other: some turn out to be of no use on the fast path.
const LOOKED_AT: [usize; 2] = [14, 8];
/// Operations that are copied at most if the call is never needed then, constants not counted. (Twelve cost 0.3 % more in programs' size.)
const MOST_ALWAYS: usize = 10;
/// Operations that are copied at most if the call may be needed all the same.
const MOST_SOMETIMES: usize = 5;
/// Blocks that are copied at most, those that only call the callee not counted.
const MOST_BLOCKS: usize = 6;

/// What callers may do of a function themselves: it returns results without the status; `Unreachable` is where the function must be called after all.
#[derive(Clone, Debug, PartialEq)]
pub struct FastPath(Function);

/// A block, seen from a caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Not copied.
    Slow,
    /// Some ways from here only return; before that is known, nothing may have changed.
    Mixed,
    /// All ways from here return.
    Sure,
}

/// The fast path through a function, if it has one. `decided` tells conditions that are known where the function is called.
pub fn fast_path(f: &Function, decided: Decided<'_>) -> Option<FastPath> {
    LOOKED_AT.iter().find_map(|&operations| {
        let mut scan = Scan {
            f,
            decided,
            kinds: vec![None; f.blocks.len()],
            operations,
            blocks: MOST_BLOCKS,
        };
        if scan.kind(Block(0)) == Kind::Slow {
            return None;
        }
        let path = cut(f.clone(), &scan.kinds, decided);
        let most = match path.blocks.iter().any(is_slow) {
            true => MOST_SOMETIMES,
            false => MOST_ALWAYS,
        };
        let operations = path.insts.iter().filter(|inst| !is_const(&inst.kind));
        (operations.count() <= most).then_some(FastPath(path))
    })
}

/// What is copied of the function.
fn cut(mut f: Function, kinds: &[Option<Visit>], decided: Decided<'_>) -> Function {
    for (block, kind) in f.blocks.iter_mut().zip(kinds) {
        if !matches!(kind, Some(Visit::Done(Kind::Mixed | Kind::Sure))) {
            block.insts.clear();
            block.term = Terminator::Unreachable;
        }
    }
    splice::as_called(&mut f, decided);
    f
}

/// What is known of a block that the scan has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visit {
    /// It is being looked at.
    Open,
    /// The same, and it has been come to again: loops are not copied.
    Loop,
    Done(Kind),
}

struct Scan<'a> {
    f: &'a Function,
    decided: Decided<'a>,
    kinds: Vec<Option<Visit>>,
    operations: usize,
    blocks: usize,
}

impl Scan<'_> {
    fn kind(&mut self, block: Block) -> Kind {
        match self.kinds[block.index()] {
            Some(Visit::Done(kind)) => return kind,
            Some(Visit::Open | Visit::Loop) => {
                self.kinds[block.index()] = Some(Visit::Loop);
                return Kind::Slow;
            }
            None => {}
        }
        self.kinds[block.index()] = Some(Visit::Open);
        let left = (self.operations, self.blocks);
        let mut kind = self.look(block).unwrap_or(Kind::Slow);
        if self.kinds[block.index()] == Some(Visit::Loop) {
            kind = Kind::Slow;
        }
        if kind == Kind::Slow {
            (self.operations, self.blocks) = left;
        }
        self.kinds[block.index()] = Some(Visit::Done(kind));
        kind
    }

    fn look(&mut self, block: Block) -> Option<Kind> {
        let data = &self.f.blocks[block.index()];
        self.blocks = self.blocks.checked_sub(1)?;
        let mut stores = false;
        for inst in &data.insts {
            let InstKind::Op { op, .. } = &self.f.insts[inst.index()].kind else {
                return None;
            };
            if !is_const(&self.f.insts[inst.index()].kind) {
                self.operations = self.operations.checked_sub(1)?;
            }
            stores |= matches!(op.effect(), Effect::Store | Effect::StateStore);
        }
        let kind = match &data.term {
            Terminator::Return(results) => match splice::is_good(self.f, results) {
                true => Kind::Sure,
                false => Kind::Slow,
            },
            Terminator::Jump(edge) => self.kind(edge.block),
            Terminator::Branch {
                cond,
                then,
                otherwise,
            } => match (self.decided)(self.f, *cond) {
                Some(true) => self.kind(then.block),
                Some(false) => self.kind(otherwise.block),
                None => match (self.kind(then.block), self.kind(otherwise.block)) {
                    (a, b) if a == b => a,
                    _ => Kind::Mixed,
                },
            },
            _ => Kind::Slow,
        };
        (kind == Kind::Sure || !stores).then_some(kind)
    }
}

/// Puts fast paths in the place of calls, or before them.
pub fn inline<'a>(f: &mut Function, fast: &dyn Fn(FuncId) -> Option<&'a FastPath>) {
    // Blocks with the rest behind a call are added while this goes on; and with the calls that are left.
    let calls = f.insts.len();
    let mut block = 0;
    while block < f.blocks.len() {
        let site = f.blocks[block]
            .insts
            .iter()
            .enumerate()
            .find_map(|(i, inst)| {
                let InstKind::Call(call) = &f.insts[inst.index()].kind else {
                    return None;
                };
                let Callee::Function(callee) = call.callee else {
                    return None;
                };
                if inst.index() >= calls {
                    return None;
                }
                Some((i, fast(callee)?))
            });
        if let Some((at, FastPath(path))) = site {
            let site = Site::open(f, Block(block as u32), at);
            let slow = site.call_again(f);
            let is_slow = |block: Block| is_slow(&path.blocks[block.index()]);
            let mut blocks = Cfg::new(path).rpo;
            blocks.retain(|block| !is_slow(*block));
            site.fill(f, path, &blocks, &|block| is_slow(block).then_some(slow));
        }
        block += 1;
    }
}

fn is_const(kind: &InstKind) -> bool {
    matches!(kind, InstKind::Op { op, .. } if op.is_const())
}

/// Where the callee is called after all.
fn is_slow(block: &BlockData) -> bool {
    block.term == Terminator::Unreachable
}
