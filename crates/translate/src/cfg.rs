//! The control-flow graph of one function as the lifter sees it: `discover`'s blocks, plus *stubs* for control that leaves the function.
//!
//! Every edge leads to a block of this graph. A target outside becomes a stub: a block without instructions that tail-calls the function there, or, if
//! there is none, hands the address to the dispatcher.

use std::collections::BTreeMap;

use elfconv_discover::{FunctionCfg, JumpTable, Term};
use elfconv_ir::FuncId;

use crate::convention::function_at;

/// How a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Goes to its only successor.
    Jump,
    /// Conditional branch: successors are taken, next.
    Cond,
    /// Call of a known function, then the successor, if it returns.
    Call(FuncId),
    /// Call of a known address where no function was found, then the successor.
    CallAddress(u64),
    /// Indirect call, then the successor.
    CallUnknown,
    /// System call, then the successor.
    Syscall,
    /// To its only successor, or to the dispatcher if floating point has to be exact from there on.
    Mode,
    /// Jump through a table: index into [`Cfg::tables`]; successors are the distinct targets.
    Switch(u32),
    /// Return instruction.
    Return,
    /// Jump to a function's start.
    Tail(FuncId),
    /// Jump to an address where no function is known.
    Escape(u64),
    /// Indirect jump.
    TailUnknown,
    /// The last instruction raises a fault (or cannot be decoded).
    Fault,
}

/// One block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Address of its first instruction.
    pub start: u64,
    /// One past its last instruction; equal to `start` in stubs.
    pub end: u64,
    /// How it ends.
    pub exit: End,
    /// Successors.
    pub succs: Vec<u32>,
    /// The call that ends it may be left by an exception for a landing pad, which is another function here and reads the callee-saved registers.
    pub has_pad: bool,
}

/// One function.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Blocks in order of address, then stubs.
    pub blocks: Vec<Block>,
    /// Index of the entry block.
    pub entry: usize,
    /// Blocks reachable from the entry, in post-order.
    pub postorder: Vec<u32>,
    /// Jump tables, with the block index of each target.
    pub tables: Vec<(JumpTable, Vec<u32>)>,
    /// Control may go on in it behind a call that does not return: the call may throw.
    pub catches: bool,
}

struct Edges<'a> {
    starts: &'a [u64],
    index: BTreeMap<u64, u32>,
    blocks: Vec<Block>,
}

impl Edges<'_> {
    /// `discover` gives no block to what follows a call that does not return. Where another function begins there, control may still go on into it: a label whose address is
    /// taken looks like one.
    fn after_call(&mut self, next: u64) -> Vec<u32> {
        if self.index.contains_key(&next) || function_at(self.starts, next).is_some() {
            vec![self.to(next)]
        } else {
            Vec::new()
        }
    }

    fn to(&mut self, addr: u64) -> u32 {
        if let Some(&i) = self.index.get(&addr) {
            return i;
        }
        let exit = match function_at(self.starts, addr) {
            Some(f) => End::Tail(f),
            None => End::Escape(addr),
        };
        let i = self.blocks.len() as u32;
        self.blocks.push(Block {
            start: addr,
            end: addr,
            exit,
            succs: Vec::new(),
            has_pad: false,
        });
        self.index.insert(addr, i);
        i
    }
}

impl Cfg {
    /// Build from what `discover` found; `starts` are the addresses of all functions, `has_pads` says whether there may be landing pads for calls at an address, `resumes`
    /// whether a handler may go on there, behind a fault.
    pub fn new(
        f: &FunctionCfg,
        starts: &[u64],
        has_pads: &dyn Fn(u64) -> bool,
        resumes: &dyn Fn(u64) -> bool,
        catches: bool,
    ) -> Cfg {
        let mut e = Edges {
            starts,
            index: f
                .blocks
                .iter()
                .enumerate()
                .map(|(i, b)| (b.start, i as u32))
                .collect(),
            blocks: f
                .blocks
                .iter()
                .map(|b| Block {
                    start: b.start,
                    end: b.end,
                    exit: End::Fault,
                    succs: Vec::new(),
                    has_pad: false,
                })
                .collect(),
        };
        let mut tables = Vec::new();
        for (i, b) in f.blocks.iter().enumerate() {
            let (exit, succs) = match &b.term {
                Term::Fall(t) | Term::Jump(t) => (End::Jump, vec![e.to(*t)]),
                Term::Cond { taken, next } => (End::Cond, vec![e.to(*taken), e.to(*next)]),
                Term::Call { target, next } => {
                    let exit =
                        function_at(starts, *target).map_or(End::CallAddress(*target), End::Call);
                    (exit, e.after_call(*next))
                }
                Term::CallIndirect { next } => (End::CallUnknown, e.after_call(*next)),
                // It returns, though another function may begin there.
                Term::Syscall { next } => (End::Syscall, vec![e.to(*next)]),
                Term::Mode { next } => (End::Mode, vec![e.to(*next)]),
                Term::Switch(table) => {
                    let targets: Vec<u32> = table.targets.iter().map(|&t| e.to(t)).collect();
                    let mut succs = targets.clone();
                    succs.sort_unstable();
                    succs.dedup();
                    tables.push((table.clone(), targets));
                    (End::Switch(tables.len() as u32 - 1), succs)
                }
                Term::TailCall(t) => match function_at(starts, *t) {
                    Some(f) => (End::Tail(f), Vec::new()),
                    None => (End::Escape(*t), Vec::new()),
                },
                Term::IndirectJump => (End::TailUnknown, Vec::new()),
                Term::Return => (End::Return, Vec::new()),
                Term::Fault if resumes(b.end) => (End::Fault, vec![e.to(b.end)]),
                Term::Fault => (End::Fault, Vec::new()),
            };
            e.blocks[i].has_pad =
                matches!(exit, End::Call(_) | End::CallUnknown) && has_pads(b.end - 4);
            e.blocks[i].exit = exit;
            e.blocks[i].succs = succs;
        }
        let entry = e.to(f.start) as usize;
        let postorder = postorder(&e.blocks, entry);
        Cfg {
            blocks: e.blocks,
            entry,
            postorder,
            tables,
            catches,
        }
    }

    /// After edges were removed.
    pub fn update_postorder(&mut self) {
        self.postorder = postorder(&self.blocks, self.entry);
    }
}

fn postorder(blocks: &[Block], entry: usize) -> Vec<u32> {
    let mut seen = vec![false; blocks.len()];
    let mut order = Vec::with_capacity(blocks.len());
    let mut stack = vec![(entry as u32, 0usize)];
    seen[entry] = true;
    while let Some((b, edge)) = stack.last_mut() {
        if let Some(&t) = blocks[*b as usize].succs.get(*edge) {
            *edge += 1;
            if !std::mem::replace(&mut seen[t as usize], true) {
                stack.push((t, 0));
            }
        } else {
            order.push(*b);
            stack.pop();
        }
    }
    order
}
