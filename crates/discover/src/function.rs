//! The blocks of one function: traversal from its start, with jump tables.

use std::collections::BTreeMap;

use elfconv_image::GuestImage;

use crate::slice::{Node, Slicer};
use crate::table::{self, Outcome};
use crate::words::{Class, Code};
use crate::{CfgBlock, JumpTable, Term};

/// What is known of each word from all functions so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mark {
    /// A function starts here that others do not run into.
    pub cuts: bool,
    /// In a block of some function.
    pub covered: bool,
    /// A branch (not the return of a call) leads here.
    pub jumped: bool,
    /// A function starts here that does not return.
    pub no_return: bool,
}

/// Arrays for traversals, reused: an entry is set if it equals the number of the traversal.
pub(crate) struct Stamps {
    visited: Vec<u32>,
    leader: Vec<u32>,
    current: u32,
}

impl Stamps {
    pub fn new(words: usize) -> Stamps {
        Stamps {
            visited: vec![0; words],
            leader: vec![0; words],
            current: 0,
        }
    }
}

/// Everything a traversal needs.
pub(crate) struct Builder<'a> {
    pub image: &'a GuestImage,
    pub code: &'a Code,
    pub marks: &'a [Mark],
    /// See [`table::Context::made`].
    pub made: &'a [u64],
    pub stamps: &'a mut Stamps,
    /// Some function that contains each word.
    pub owner: &'a [u32],
    /// The function being built. If given, no more code is shared between functions: blocks of others are left for.
    pub only: Option<u32>,
}

/// What is known of a function to be traversed.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub start: u64,
    /// Where its code may be.
    pub extent: &'a [(u64, u64)],
    /// Where its unresolved indirect jumps may lead.
    pub gotos: &'a [u64],
}

/// A traversed function.
#[derive(Default)]
pub(crate) struct Built {
    pub blocks: Vec<CfgBlock>,
    /// Unresolved `br`s that look like jump tables.
    pub suspects: Vec<u64>,
    /// Callees.
    pub calls: Vec<u64>,
    /// Targets of branches out of the function.
    pub outs: Vec<u64>,
    /// Where plain flow leaves the function, and where calls at its very end would return to.
    pub falls: Vec<u64>,
    /// Whether it has an unresolved `br`.
    pub indirect: bool,
    /// Whether it has a `ret`.
    pub returns: bool,
}

/// How often new jump table targets may lead to more jump tables.
const TABLE_ROUNDS: usize = 16;

impl Builder<'_> {
    /// Traverses a function.
    pub fn build(&mut self, request: Request<'_>) -> Built {
        let Some(first) = self.code.index(request.start) else {
            return Built::default();
        };
        self.stamps.current += 1;
        let mut leaders = vec![first as u32];
        self.stamps.leader[first] = self.stamps.current;
        for &goto in request.gotos {
            self.lead(request, goto, &mut leaders);
        }
        let mut tables: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut walked = 0;
        for _ in 0..TABLE_ROUNDS {
            let jumps = self.walk(request, &mut leaders, walked);
            if jumps == 0 && tables.is_empty() {
                break;
            }
            leaders.sort_unstable();
            let nodes = self.nodes(request, &leaders, &tables);
            tables = self.resolve(request, &nodes);
            walked = leaders.len();
            for outcome in tables.values() {
                let Outcome::Table(table) = outcome else {
                    continue;
                };
                for &target in &table.targets {
                    self.lead(request, target, &mut leaders);
                }
            }
            if leaders.len() == walked {
                break;
            }
        }
        self.walk(request, &mut leaders, walked);
        leaders.sort_unstable();
        self.collect(request, &leaders, tables)
    }

    /// The finished blocks, and what leads out of them.
    fn collect(
        &self,
        request: Request<'_>,
        leaders: &[u32],
        mut tables: BTreeMap<usize, Outcome>,
    ) -> Built {
        let mut built = Built {
            blocks: Vec::with_capacity(leaders.len()),
            ..Built::default()
        };
        let inside = |addr: u64| self.inside(request, addr).is_some();
        for &leader in leaders {
            let first = leader as usize;
            let (end, term) = self.block(request, first, &mut tables);
            let start = self.code.addr(first);
            let after = start + 4 * (end - first) as u64;
            let mut fall = |next: u64| {
                if !inside(next) {
                    built.falls.push(next);
                }
            };
            match &term {
                Term::TailCall(target) if self.code.class[end - 1] == Class::Jump => {
                    built.outs.push(*target)
                }
                Term::TailCall(next) | Term::Syscall { next } | Term::Mode { next } => fall(*next),
                Term::Cond { taken, next } => {
                    fall(*next);
                    if !inside(*taken) {
                        built.outs.push(*taken);
                    }
                }
                Term::Call { target, next } => {
                    built.calls.push(*target);
                    if !self.never_returns(end - 1, after - 4) {
                        fall(*next);
                    }
                }
                Term::CallIndirect { next } => fall(*next),
                Term::Switch(table) => built
                    .outs
                    .extend(table.targets.iter().filter(|&&t| !inside(t))),
                Term::IndirectJump => {
                    built.indirect = true;
                    if matches!(tables.get(&(end - 1)), Some(Outcome::Suspect)) {
                        built.suspects.push(after - 4);
                    }
                }
                Term::Return => built.returns = true,
                Term::Fall(_) | Term::Jump(_) | Term::Fault => {}
            }
            built.blocks.push(CfgBlock {
                start,
                end: after,
                term,
            });
        }
        for list in [&mut built.calls, &mut built.outs, &mut built.falls] {
            list.sort_unstable();
            list.dedup();
        }
        built
    }

    /// The index of an address if it belongs to the function.
    fn inside(&self, request: Request<'_>, addr: u64) -> Option<usize> {
        if !request
            .extent
            .iter()
            .any(|&(lo, hi)| lo <= addr && addr < hi)
        {
            return None;
        }
        let index = self.code.index(addr)?;
        (addr == request.start || !self.foreign(index)).then_some(index)
    }

    /// Whether a word belongs to another function.
    fn foreign(&self, index: usize) -> bool {
        let mark = self.marks[index];
        mark.cuts
            || self
                .only
                .is_some_and(|own| mark.covered && self.owner[index] != own)
    }

    /// One past the last word that plain flow from a word reaches without leaving the function's extent.
    fn limit(&self, request: Request<'_>, index: usize, pc: u64) -> usize {
        let extent = request.extent.iter().find(|&&(lo, hi)| lo <= pc && pc < hi);
        let words = extent.map_or(1, |&(_, hi)| ((hi - pc).div_ceil(4)).min(1 << 40) as usize);
        self.code.region_end(index).min(index.saturating_add(words))
    }

    /// Makes an address the start of a block.
    fn lead(&mut self, request: Request<'_>, addr: u64, leaders: &mut Vec<u32>) {
        if let Some(index) = self.inside(request, addr)
            && self.stamps.leader[index] != self.stamps.current
        {
            self.stamps.leader[index] = self.stamps.current;
            leaders.push(index as u32);
        }
    }

    /// Follows control from all leaders beyond the first `next`. Returns the number of indirect jumps met.
    fn walk(&mut self, request: Request<'_>, leaders: &mut Vec<u32>, mut next: usize) -> usize {
        let mut jumps = 0;
        while let Some(&leader) = leaders.get(next) {
            next += 1;
            let mut index = leader as usize;
            let first_pc = self.code.addr(index);
            let limit = self.limit(request, index, first_pc);
            while self.stamps.visited[index] != self.stamps.current {
                self.stamps.visited[index] = self.stamps.current;
                let class = self.code.class[index];
                if class == Class::Plain {
                    index += 1;
                    if index >= limit
                        || self.foreign(index) && self.code.addr(index) != request.start
                    {
                        break;
                    }
                    continue;
                }
                let pc = first_pc + 4 * (index - leader as usize) as u64;
                match class {
                    Class::Jump | Class::Cond => {
                        let target = self.code.target(index, pc);
                        self.lead(request, target, leaders);
                    }
                    Class::JumpIndirect => jumps += 1,
                    _ => {}
                }
                match class {
                    Class::Call if self.never_returns(index, pc) => {}
                    Class::Cond
                    | Class::Call
                    | Class::CallIndirect
                    | Class::Syscall
                    | Class::Mode => self.lead(request, pc + 4, leaders),
                    _ => {}
                }
                break;
            }
        }
        jumps
    }

    fn never_returns(&self, index: usize, pc: u64) -> bool {
        self.code
            .index(self.code.target(index, pc))
            .is_some_and(|callee| self.marks[callee].no_return)
    }

    /// The end and the terminator of the block that starts with a word. Takes its table out of `tables`.
    fn block(
        &self,
        request: Request<'_>,
        first: usize,
        tables: &mut BTreeMap<usize, Outcome>,
    ) -> (usize, Term) {
        let first_pc = self.code.addr(first);
        let limit = self.limit(request, first, first_pc);
        let mut index = first;
        while self.code.class[index] == Class::Plain {
            index += 1;
            let next = first_pc + 4 * (index - first) as u64;
            if index < limit && self.stamps.leader[index] == self.stamps.current {
                return (index, Term::Fall(next));
            }
            if index >= limit || self.foreign(index) {
                return (index, Term::TailCall(next));
            }
        }
        let pc = first_pc + 4 * (index - first) as u64;
        let next = pc + 4;
        let term = match self.code.class[index] {
            Class::Jump => {
                let target = self.code.target(index, pc);
                if self.inside(request, target).is_some() {
                    Term::Jump(target)
                } else {
                    Term::TailCall(target)
                }
            }
            Class::Cond => Term::Cond {
                taken: self.code.target(index, pc),
                next,
            },
            Class::Call => Term::Call {
                target: self.code.target(index, pc),
                next,
            },
            Class::CallIndirect => Term::CallIndirect { next },
            Class::JumpIndirect => match tables.remove(&index) {
                Some(Outcome::Table(table)) => Term::Switch(table),
                Some(other) => {
                    tables.insert(index, other);
                    Term::IndirectJump
                }
                None => Term::IndirectJump,
            },
            Class::Return => Term::Return,
            Class::Syscall => Term::Syscall { next },
            Class::Mode => Term::Mode { next },
            Class::Fault | Class::Plain => Term::Fault,
        };
        (index + 1, term)
    }

    /// The graph for slicing.
    fn nodes(
        &self,
        request: Request<'_>,
        leaders: &[u32],
        tables: &BTreeMap<usize, Outcome>,
    ) -> Vec<Node> {
        let number = |addr: u64| {
            let index = self.inside(request, addr)?;
            leaders
                .binary_search(&(index as u32))
                .ok()
                .map(|n| n as u32)
        };
        let mut nodes = Vec::with_capacity(leaders.len());
        let mut edges = Vec::new();
        for (n, &leader) in leaders.iter().enumerate() {
            let first = leader as usize;
            let (end, term) = self.block(request, first, &mut BTreeMap::new());
            let (mut next, mut taken) = (None, None);
            match &term {
                Term::Fall(to)
                | Term::CallIndirect { next: to }
                | Term::Syscall { next: to }
                | Term::Mode { next: to } => next = number(*to),
                Term::Call { next: to, .. } if !self.never_returns(end - 1, *to - 4) => {
                    next = number(*to)
                }
                Term::Jump(to) => taken = number(*to),
                Term::Cond { taken: t, next: f } => (taken, next) = (number(*t), number(*f)),
                _ => {}
            }
            edges.extend(next.into_iter().chain(taken).map(|to| (n as u32, to)));
            if let Some(Outcome::Table(JumpTable { targets, .. })) = tables.get(&(end - 1)) {
                edges.extend(
                    targets
                        .iter()
                        .filter_map(|&t| number(t))
                        .map(|to| (n as u32, to)),
                );
            }
            nodes.push(Node {
                first,
                end,
                preds: Vec::new(),
                open: false,
                next,
                taken,
            });
        }
        edges.sort_unstable();
        edges.dedup();
        for (from, to) in edges {
            nodes[to as usize].preds.push(from);
        }
        // Callers enter at the start, and unresolved jumps at their targets.
        for entry in [request.start]
            .iter()
            .chain(request.gotos)
            .filter_map(|&a| number(a))
        {
            nodes[entry as usize].open = true;
        }
        nodes
    }

    /// Resolves all indirect jumps.
    fn resolve(&mut self, request: Request<'_>, nodes: &[Node]) -> BTreeMap<usize, Outcome> {
        let words: usize = nodes.iter().map(|n| n.end - n.first).sum();
        let mut budget = SLICING_BASE + SLICING_PER_WORD * words as u64;
        // A pointer to the function itself is no label.
        let inside = |addr| {
            addr != request.start
                && self
                    .inside(request, addr)
                    .is_some_and(|i| self.code.class[i] != Class::Fault)
        };
        let context = table::Context {
            image: self.image,
            made: self.made,
            inside: &inside,
        };
        let start = self.code.index(request.start).unwrap_or_default();
        let start = nodes.partition_point(|n| n.first < start) as u32;
        let mut slicer = Slicer::new(self.code, nodes, start, &mut budget);
        let mut outcomes = BTreeMap::new();
        for (n, node) in nodes.iter().enumerate() {
            if self.code.class[node.end - 1] == Class::JumpIndirect {
                outcomes.insert(
                    node.end - 1,
                    table::resolve(&mut slicer, &context, n as u32),
                );
            }
        }
        outcomes
    }
}

/// Steps that slicing may take in a function, so that it stays linear.
const SLICING_BASE: u64 = 1 << 12;
const SLICING_PER_WORD: u64 = 64;
