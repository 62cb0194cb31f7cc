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
        Stamps { visited: vec![0; words], leader: vec![0; words], current: 0 }
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
    /// Slicing steps left in all.
    pub budget: &'a mut u64,
    /// No more code is shared between functions: blocks of other functions are left for.
    pub no_sharing: bool,
}

/// A traversed function.
#[derive(Default)]
pub(crate) struct Built {
    pub blocks: Vec<CfgBlock>,
    /// Unresolved `br`s that look like jump tables.
    pub suspects: Vec<u64>,
}

/// How often new jump table targets may lead to more jump tables.
const TABLE_ROUNDS: usize = 16;

impl Builder<'_> {
    /// Traverses the function at `start`, which may contain code in `extent`.
    pub fn build(&mut self, start: u64, extent: &[(u64, u64)]) -> Built {
        let Some(first) = self.code.index(start) else { return Built::default() };
        self.stamps.current += 1;
        let mut leaders = vec![first as u32];
        self.stamps.leader[first] = self.stamps.current;
        let mut tables: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut walked = 0;
        for _ in 0..TABLE_ROUNDS {
            let (found, jumps) = self.walk(start, extent, &mut leaders, walked);
            walked = found;
            if jumps == 0 && tables.is_empty() {
                break;
            }
            leaders.sort_unstable();
            let nodes = self.nodes(start, extent, &leaders, &tables);
            tables = self.resolve(start, extent, &nodes);
            let before = leaders.len();
            for outcome in tables.values() {
                let Outcome::Table(table) = outcome else { continue };
                for &target in &table.targets {
                    self.lead(start, extent, target, &mut leaders);
                }
            }
            walked = before;
            if leaders.len() == before {
                break;
            }
        }
        self.walk(start, extent, &mut leaders, walked);
        leaders.sort_unstable();
        let mut built = Built::default();
        for &leader in &leaders {
            let first = leader as usize;
            let (end, term) = self.block(start, extent, first, &mut tables);
            let addr = self.code.addr(first);
            if matches!(tables.get(&(end - 1)), Some(Outcome::Suspect)) {
                built.suspects.push(addr + 4 * (end - 1 - first) as u64);
            }
            built.blocks.push(CfgBlock { start: addr, end: addr + 4 * (end - first) as u64, term });
        }
        built
    }

    /// The index of an address if it belongs to the function.
    fn inside(&self, start: u64, extent: &[(u64, u64)], addr: u64) -> Option<usize> {
        if !extent.iter().any(|&(lo, hi)| lo <= addr && addr < hi) {
            return None;
        }
        let index = self.code.index(addr)?;
        let mark = self.marks[index];
        (addr == start || !(mark.cuts || self.no_sharing && mark.covered)).then_some(index)
    }

    /// Makes an address the start of a block.
    fn lead(&mut self, start: u64, extent: &[(u64, u64)], addr: u64, leaders: &mut Vec<u32>) {
        if let Some(index) = self.inside(start, extent, addr)
            && self.stamps.leader[index] != self.stamps.current
        {
            self.stamps.leader[index] = self.stamps.current;
            leaders.push(index as u32);
        }
    }

    /// Follows control from all leaders beyond the first `next`. Returns how many leaders were followed, and the number of indirect jumps met.
    fn walk(&mut self, start: u64, extent: &[(u64, u64)], leaders: &mut Vec<u32>, mut next: usize) -> (usize, usize) {
        let mut jumps = 0;
        while let Some(&leader) = leaders.get(next) {
            next += 1;
            let mut index = leader as usize;
            let mut pc = self.code.addr(index);
            while self.stamps.visited[index] != self.stamps.current {
                self.stamps.visited[index] = self.stamps.current;
                let class = self.code.class[index];
                match class {
                    Class::Jump | Class::Cond => {
                        let target = self.code.target(index, pc);
                        self.lead(start, extent, target, leaders);
                    }
                    Class::JumpIndirect => jumps += 1,
                    _ => {}
                }
                match class {
                    Class::Plain => {
                        let Some(following) = self.inside(start, extent, pc + 4) else { break };
                        index = following;
                        pc += 4;
                        continue;
                    }
                    Class::Call if self.never_returns(index, pc) => {}
                    Class::Cond | Class::Call | Class::CallIndirect | Class::Syscall => self.lead(start, extent, pc + 4, leaders),
                    _ => {}
                }
                break;
            }
        }
        (next, jumps)
    }

    fn never_returns(&self, index: usize, pc: u64) -> bool {
        self.code.index(self.code.target(index, pc)).is_some_and(|callee| self.marks[callee].no_return)
    }

    /// The end and the terminator of the block that starts with a word. Takes its table out of `tables`.
    fn block(&self, start: u64, extent: &[(u64, u64)], first: usize, tables: &mut BTreeMap<usize, Outcome>) -> (usize, Term) {
        let (mut index, mut pc) = (first, self.code.addr(first));
        loop {
            let next = pc + 4;
            let term = match self.code.class[index] {
                Class::Plain => {
                    match self.inside(start, extent, next) {
                        None => return (index + 1, Term::TailCall(next)),
                        Some(following) if self.stamps.leader[following] == self.stamps.current => return (index + 1, Term::Fall(next)),
                        Some(following) => index = following,
                    }
                    pc = next;
                    continue;
                }
                Class::Jump => {
                    let target = self.code.target(index, pc);
                    if self.inside(start, extent, target).is_some() { Term::Jump(target) } else { Term::TailCall(target) }
                }
                Class::Cond => Term::Cond { taken: self.code.target(index, pc), next },
                Class::Call => Term::Call { target: self.code.target(index, pc), next },
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
                Class::Fault => Term::Fault,
            };
            return (index + 1, term);
        }
    }

    /// The graph for slicing.
    fn nodes(&self, start: u64, extent: &[(u64, u64)], leaders: &[u32], tables: &BTreeMap<usize, Outcome>) -> Vec<Node> {
        let number = |addr: u64| {
            let index = self.inside(start, extent, addr)?;
            leaders.binary_search(&(index as u32)).ok().map(|n| n as u32)
        };
        let mut nodes = Vec::with_capacity(leaders.len());
        let mut edges = Vec::new();
        for (n, &leader) in leaders.iter().enumerate() {
            let first = leader as usize;
            let (end, term) = self.block(start, extent, first, &mut BTreeMap::new());
            let (mut next, mut taken) = (None, None);
            match &term {
                Term::Fall(to) | Term::CallIndirect { next: to } | Term::Syscall { next: to } => next = number(*to),
                Term::Call { next: to, .. } if !self.never_returns(end - 1, *to - 4) => next = number(*to),
                Term::Jump(to) => taken = number(*to),
                Term::Cond { taken: t, next: f } => (taken, next) = (number(*t), number(*f)),
                _ => {}
            }
            edges.extend(next.into_iter().chain(taken).map(|to| (n as u32, to)));
            if let Some(Outcome::Table(JumpTable { targets, .. })) = tables.get(&(end - 1)) {
                edges.extend(targets.iter().filter_map(|&t| number(t)).map(|to| (n as u32, to)));
            }
            nodes.push(Node { first, end, preds: Vec::new(), next, taken });
        }
        edges.sort_unstable();
        edges.dedup();
        for (from, to) in edges {
            nodes[to as usize].preds.push(from);
        }
        nodes
    }

    /// Resolves all indirect jumps.
    fn resolve(&mut self, start: u64, extent: &[(u64, u64)], nodes: &[Node]) -> BTreeMap<usize, Outcome> {
        let mut budget = *self.budget;
        let inside = |addr| self.inside(start, extent, addr).is_some_and(|i| self.code.class[i] != Class::Fault);
        let context = table::Context { image: self.image, made: self.made, inside: &inside };
        let mut slicer = Slicer::new(self.code, nodes, &mut budget);
        let mut outcomes = BTreeMap::new();
        for (n, node) in nodes.iter().enumerate() {
            if self.code.class[node.end - 1] == Class::JumpIndirect {
                outcomes.insert(node.end - 1, table::resolve(&mut slicer, &context, n as u32));
            }
        }
        *self.budget = budget;
        outcomes
    }
}
