//! Control flow: predecessors, reverse post-order and the dominator tree.
//!
//! Dominators after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001). It iterates over the reverse post-order; for the reducible
//! flow of compiled code two rounds suffice.

use alloc::{vec, vec::Vec};

use crate::{Block, Function};

/// The control flow of a function at the time it was computed.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Reachable blocks in reverse post-order; the entry first.
    pub rpo: Vec<Block>,
    /// Position in `rpo`, `u32::MAX` for unreachable blocks.
    pub rpo_index: Vec<u32>,
    /// Start of each block's predecessors in `pred_list`.
    pred_start: Vec<u32>,
    pred_list: Vec<Block>,
    /// Which edge of that predecessor it is.
    pred_edge: Vec<u32>,
    /// Immediate dominators; the entry's and those of unreachable blocks are themselves.
    pub idom: Vec<Block>,
    /// Preorder and last descendant's preorder number in the dominator tree.
    range: Vec<(u32, u32)>,
    /// Reachable blocks in preorder of the dominator tree; siblings in reverse post-order.
    pub dom_preorder: Vec<Block>,
}

impl Cfg {
    /// Computes it.
    pub fn new(f: &Function) -> Cfg {
        let count = f.blocks.len();
        let rpo = reverse_post_order(f);
        let mut rpo_index = vec![u32::MAX; count];
        for (i, block) in rpo.iter().enumerate() {
            rpo_index[block.index()] = i as u32;
        }

        // Predecessors, counted first, then filled in; only of reachable blocks.
        let mut pred_start = vec![0u32; count + 1];
        for &block in &rpo {
            for edge in f.blocks[block.index()].term.edges() {
                pred_start[edge.block.index() + 1] += 1;
            }
        }
        for i in 0..count {
            pred_start[i + 1] += pred_start[i];
        }
        let mut fill = pred_start.clone();
        let mut pred_list = vec![Block(0); pred_start[count] as usize];
        let mut pred_edge = vec![0; pred_list.len()];
        for &block in &rpo {
            for (number, edge) in f.blocks[block.index()].term.edges().enumerate() {
                let at = &mut fill[edge.block.index()];
                pred_list[*at as usize] = block;
                pred_edge[*at as usize] = number as u32;
                *at += 1;
            }
        }

        let mut cfg = Cfg {
            rpo,
            rpo_index,
            pred_start,
            pred_list,
            pred_edge,
            idom: (0..count as u32).map(Block).collect(),
            range: vec![(0, 0); count],
            dom_preorder: Vec::new(),
        };
        cfg.compute_dominators();
        cfg.number_tree();
        cfg
    }

    /// Predecessors, once for each edge; unreachable ones are left out.
    pub fn preds(&self, block: Block) -> &[Block] {
        &self.pred_list
            [self.pred_start[block.index()] as usize..self.pred_start[block.index() + 1] as usize]
    }

    /// The edges that lead to `block`, as predecessor and number among the predecessor's edges; unreachable predecessors are left out.
    pub fn in_edges(&self, block: Block) -> impl Iterator<Item = (Block, usize)> {
        let range =
            self.pred_start[block.index()] as usize..self.pred_start[block.index() + 1] as usize;
        self.pred_list[range.clone()]
            .iter()
            .zip(&self.pred_edge[range])
            .map(|(&pred, &edge)| (pred, edge as usize))
    }

    /// Whether the entry reaches it.
    pub fn is_reachable(&self, block: Block) -> bool {
        self.rpo_index[block.index()] != u32::MAX
    }

    /// Whether every path to `b` goes through `a`. Both must be reachable.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let ((first, last), (b, _)) = (self.range[a.index()], self.range[b.index()]);
        first <= b && b <= last
    }

    /// Whether an edge from `from` to `to` goes back to a block that dominates it.
    pub fn is_back_edge(&self, from: Block, to: Block) -> bool {
        self.dominates(to, from)
    }

    fn compute_dominators(&mut self) {
        let mut known = vec![false; self.idom.len()];
        if let Some(entry) = self.rpo.first() {
            known[entry.index()] = true;
        }
        let mut changed = true;
        while changed {
            changed = false;
            for i in 1..self.rpo.len() {
                let block = self.rpo[i];
                let mut new: Option<Block> = None;
                for &pred in self.preds(block) {
                    if known[pred.index()] {
                        new = Some(new.map_or(pred, |other| self.common_dominator(pred, other)));
                    }
                }
                // In reverse post-order one predecessor at least has been seen.
                let Some(new) = new else { continue };
                if !known[block.index()] || self.idom[block.index()] != new {
                    self.idom[block.index()] = new;
                    known[block.index()] = true;
                    changed = true;
                }
            }
        }
    }

    fn common_dominator(&self, mut a: Block, mut b: Block) -> Block {
        while a != b {
            if self.rpo_index[a.index()] > self.rpo_index[b.index()] {
                a = self.idom[a.index()];
            } else {
                b = self.idom[b.index()];
            }
        }
        a
    }

    fn number_tree(&mut self) {
        // Children in linked lists; pushing in reverse keeps them in reverse post-order.
        let none = u32::MAX;
        let mut first_child = vec![none; self.idom.len()];
        let mut next_sibling = vec![none; self.idom.len()];
        for &block in self.rpo.iter().skip(1).rev() {
            let parent = self.idom[block.index()].index();
            next_sibling[block.index()] = first_child[parent];
            first_child[parent] = block.0;
        }
        let mut at = match self.rpo.first() {
            Some(entry) => entry.0,
            None => return,
        };
        loop {
            self.range[at as usize].0 = self.dom_preorder.len() as u32;
            self.dom_preorder.push(Block(at));
            if first_child[at as usize] != none {
                at = first_child[at as usize];
                continue;
            }
            loop {
                self.range[at as usize].1 = self.dom_preorder.len() as u32 - 1;
                if next_sibling[at as usize] != none {
                    at = next_sibling[at as usize];
                    break;
                }
                let parent = self.idom[at as usize].0;
                if parent == at {
                    return;
                }
                at = parent;
            }
        }
    }
}

/// Reachable blocks, each before its successors except along back edges.
fn reverse_post_order(f: &Function) -> Vec<Block> {
    let mut order = Vec::with_capacity(f.blocks.len());
    if f.blocks.is_empty() {
        return order;
    }
    let mut seen = vec![false; f.blocks.len()];
    // Each stack entry holds its successors that are still to be visited.
    let successors = |block: Block| {
        f.blocks[block.index()]
            .term
            .edges()
            .map(|edge| edge.block)
            .collect::<Vec<_>>()
    };
    let mut stack = vec![(Block(0), successors(Block(0)))];
    seen[0] = true;
    while let Some((block, rest)) = stack.last_mut() {
        match rest.pop() {
            Some(next) if !seen[next.index()] => {
                seen[next.index()] = true;
                stack.push((next, successors(next)));
            }
            Some(_) => {}
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}
