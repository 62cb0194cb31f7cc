//! The graph that is structured: the function's blocks, and nodes that structuring needs.
//!
//! A node is a block of the IR, a split of an edge out of a switch (a place for copies, which `br_table` has not), or the dispatch of an irreducible
//! region. Edges out of a block are in the order of the terminator's.

use std::collections::BTreeMap;

use elfconv_ir::{Block, Edge, Function, Terminator, Value};

/// No node, no number.
pub(crate) const NONE: u32 = u32::MAX;

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Node {
    Block(Block),
    Split,
    Dispatch,
}

/// An edge of the graph.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub from: u32,
    pub to: u32,
    /// The IR edge of which the copies are made here: block and number of the edge.
    pub copies: Option<(Block, u32)>,
    /// What the label variable is set to, if this goes to a dispatch.
    pub label: Option<u32>,
}

/// The graph. Node 0 is the entry.
pub(crate) struct Cfg {
    pub nodes: Vec<Node>,
    pub arcs: Vec<Arc>,
    /// Arc numbers of node `n` are `order[start[n]..start[n + 1]]`.
    start: Vec<u32>,
    order: Vec<u32>,
}

/// Calls `f` for each edge of a terminator, in order.
pub(crate) fn for_each_edge<'f>(term: &'f Terminator, mut f: impl FnMut(&'f Edge)) {
    match term {
        Terminator::Jump(edge) => f(edge),
        Terminator::Branch {
            then, otherwise, ..
        } => {
            f(then);
            f(otherwise);
        }
        Terminator::Switch {
            targets, default, ..
        } => {
            targets.iter().for_each(&mut f);
            f(default);
        }
        _ => {}
    }
}

/// The `n`th edge of a terminator.
pub(crate) fn nth_edge(term: &Terminator, n: u32) -> Option<&Edge> {
    match (term, n) {
        (Terminator::Jump(edge), 0) => Some(edge),
        (Terminator::Branch { then, .. }, 0) => Some(then),
        (Terminator::Branch { otherwise, .. }, 1) => Some(otherwise),
        (
            Terminator::Switch {
                targets, default, ..
            },
            n,
        ) => Some(targets.get(n as usize).unwrap_or(default)),
        _ => None,
    }
}

impl Cfg {
    /// The graph of a function. Switch edges with arguments are split, those with the same target and arguments once.
    pub fn new(function: &Function) -> Cfg {
        let nodes = (0..function.blocks.len() as u32)
            .map(|b| Node::Block(Block(b)))
            .collect();
        let mut cfg = Cfg {
            nodes,
            arcs: Vec::new(),
            start: Vec::new(),
            order: Vec::new(),
        };
        for (from, block) in (0..).zip(&function.blocks) {
            let is_switch = matches!(block.term, Terminator::Switch { .. });
            let mut splits: BTreeMap<(Block, &[Value]), u32> = BTreeMap::new();
            let mut number = 0;
            for_each_edge(&block.term, |edge| {
                let copies = Some((Block(from), number));
                let to = edge.block.0;
                if is_switch && !edge.args.is_empty() {
                    let split = *splits.entry((edge.block, &edge.args)).or_insert_with(|| {
                        let split = cfg.nodes.len() as u32;
                        cfg.nodes.push(Node::Split);
                        cfg.arcs.push(Arc {
                            from: split,
                            to,
                            copies,
                            label: None,
                        });
                        split
                    });
                    cfg.arcs.push(Arc {
                        from,
                        to: split,
                        copies: None,
                        label: None,
                    });
                } else {
                    cfg.arcs.push(Arc {
                        from,
                        to,
                        copies,
                        label: None,
                    });
                }
                number += 1;
            });
        }
        cfg.index();
        cfg
    }

    /// Sorts the arcs by their origin, after arcs have changed.
    pub fn index(&mut self) {
        let mut start = vec![0; self.nodes.len() + 1];
        for arc in &self.arcs {
            start[arc.from as usize + 1] += 1;
        }
        for i in 0..self.nodes.len() {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        self.order = vec![0; self.arcs.len()];
        for (i, arc) in self.arcs.iter().enumerate() {
            let slot = &mut next[arc.from as usize];
            self.order[*slot as usize] = i as u32;
            *slot += 1;
        }
        self.start = start;
    }

    /// Numbers of the arcs out of a node.
    pub fn out(&self, node: u32) -> &[u32] {
        &self.order[self.start[node as usize] as usize..self.start[node as usize + 1] as usize]
    }

    /// Whether control leaves a node by `br_table`, so that its arcs can hold no code.
    pub fn is_table(&self, function: &Function, node: u32) -> bool {
        match self.nodes[node as usize] {
            Node::Dispatch => true,
            Node::Split => false,
            Node::Block(b) => matches!(function.blocks[b.index()].term, Terminator::Switch { .. }),
        }
    }
}

/// Reverse postorder and dominators.
pub(crate) struct Order {
    /// Reachable nodes in reverse postorder.
    pub nodes: Vec<u32>,
    /// Position of each node there, or [`NONE`].
    pub number: Vec<u32>,
    /// Position of each position's immediate dominator; 0 for the entry.
    pub idom: Vec<u32>,
    /// Preorder interval of each position in the dominator tree.
    interval: Vec<(u32, u32)>,
}

/// Reverse postorder from node 0, and the number of each node in it.
fn reverse_postorder(cfg: &Cfg) -> (Vec<u32>, Vec<u32>) {
    let mut number = vec![NONE; cfg.nodes.len()];
    let mut nodes = Vec::with_capacity(cfg.nodes.len());
    let mut stack = vec![(0u32, 0usize)];
    number[0] = 0;
    while let Some((node, next)) = stack.last_mut() {
        // The last successor is visited first, so that the first one comes first in reverse.
        let out = cfg.out(*node);
        if *next < out.len() {
            *next += 1;
            let to = cfg.arcs[out[out.len() - *next] as usize].to;
            if number[to as usize] == NONE {
                number[to as usize] = 0;
                stack.push((to, 0));
            }
        } else {
            nodes.push(*node);
            stack.pop();
        }
    }
    nodes.reverse();
    for (i, node) in (0..).zip(&nodes) {
        number[*node as usize] = i;
    }
    (nodes, number)
}

impl Order {
    /// Computes it. Dominators after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
    pub fn new(cfg: &Cfg) -> Order {
        let (nodes, number) = reverse_postorder(cfg);
        let mut pred_start = vec![0u32; nodes.len() + 1];
        let reachable = || {
            cfg.arcs.iter().filter_map(|arc| {
                let (from, to) = (number[arc.from as usize], number[arc.to as usize]);
                (from != NONE).then_some((from, to))
            })
        };
        for (_, to) in reachable() {
            pred_start[to as usize + 1] += 1;
        }
        for i in 0..nodes.len() {
            pred_start[i + 1] += pred_start[i];
        }
        let mut next = pred_start.clone();
        let mut preds = vec![0u32; pred_start[nodes.len()] as usize];
        for (from, to) in reachable() {
            preds[next[to as usize] as usize] = from;
            next[to as usize] += 1;
        }
        let mut idom = vec![NONE; nodes.len()];
        idom[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for n in 1..nodes.len() {
                let range = pred_start[n] as usize..pred_start[n + 1] as usize;
                let mut best = NONE;
                for &pred in &preds[range] {
                    if idom[pred as usize] == NONE {
                        continue;
                    }
                    best = if best == NONE {
                        pred
                    } else {
                        intersect(&idom, best, pred)
                    };
                }
                if idom[n] != best {
                    idom[n] = best;
                    changed = true;
                }
            }
        }
        let interval = intervals(&idom);
        Order {
            nodes,
            number,
            idom,
            interval,
        }
    }

    /// The nearest position that dominates both.
    pub fn common_dominator(&self, a: u32, b: u32) -> u32 {
        intersect(&self.idom, a, b)
    }

    /// Whether position `a` dominates position `b`.
    pub fn dominates(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.interval[a as usize], self.interval[b as usize]);
        a.0 <= b.0 && b.1 <= a.1
    }
}

fn intersect(idom: &[u32], mut a: u32, mut b: u32) -> u32 {
    while a != b {
        while a > b {
            a = idom[a as usize];
        }
        while b > a {
            b = idom[b as usize];
        }
    }
    a
}

/// Numbers the dominator tree so that a subtree is an interval. Parents come before children in `idom`, so no stack is needed: sizes are
/// summed up from the end, and starts handed down from the beginning.
fn intervals(idom: &[u32]) -> Vec<(u32, u32)> {
    let mut size = vec![1u32; idom.len()];
    for n in (1..idom.len()).rev() {
        size[idom[n] as usize] += size[n];
    }
    let mut interval = vec![(0, 0); idom.len()];
    let mut next = vec![1u32; idom.len()];
    interval[0] = (0, size[0]);
    for n in 1..idom.len() {
        let parent = idom[n] as usize;
        let start = next[parent];
        next[parent] += size[n];
        interval[n] = (start, start + size[n]);
        next[n] = start + 1;
    }
    interval
}
