//! The loops of a function, as a forest.
//!
//! Headers are the targets of retreating edges of a depth-first search. The body of a header that dominates the sources of its retreating edges is what reaches them without passing through it
//! (Havlak, "Nesting of Reducible and Irreducible Loops", TOPLAS 1997, for the order of work and the collapsing of inner loops: nearly linear). What else jumps into a loop makes it irreducible;
//! such a header stands alone: a loop without a body, inside the loop around it.

mod progress;

use crate::cfg::{Cfg, End};

pub use progress::may_take_long;

/// One loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// Its header, a block of the [`Cfg`].
    pub header: u32,
    /// The innermost loop around it: index into the forest.
    pub parent: Option<u32>,
    /// Its blocks that are in no loop inside it, the header first; empty if it is irreducible.
    pub blocks: Vec<u32>,
    /// Sources of its retreating edges.
    pub latches: Vec<u32>,
    /// There is a loop inside it.
    pub is_outer: bool,
    /// It, or a loop inside it, calls.
    pub calls: bool,
}

/// Block dominators, and the order that they are computed in.
pub struct Dominators {
    /// Position of each block in the post-order; `u32::MAX` if it is not reachable.
    number: Vec<u32>,
    idom: Vec<u32>,
}

impl Dominators {
    /// Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
    pub fn new(cfg: &Cfg, preds: &[Vec<u32>]) -> Dominators {
        const NONE: u32 = u32::MAX;
        let mut number = vec![NONE; cfg.blocks.len()];
        for (i, &b) in (0..).zip(&cfg.postorder) {
            number[b as usize] = i;
        }
        let mut idom = vec![NONE; cfg.blocks.len()];
        idom[cfg.entry] = cfg.entry as u32;
        let mut changed = true;
        while changed {
            changed = false;
            for &b in cfg.postorder.iter().rev() {
                if b as usize == cfg.entry {
                    continue;
                }
                let mut new = NONE;
                for &p in &preds[b as usize] {
                    if idom[p as usize] == NONE {
                        continue;
                    }
                    new = if new == NONE {
                        p
                    } else {
                        let (mut x, mut y) = (p, new);
                        while x != y {
                            while number[x as usize] < number[y as usize] {
                                x = idom[x as usize];
                            }
                            while number[y as usize] < number[x as usize] {
                                y = idom[y as usize];
                            }
                        }
                        x
                    };
                }
                if new != idom[b as usize] {
                    idom[b as usize] = new;
                    changed = true;
                }
            }
        }
        Dominators { number, idom }
    }

    /// Whether every way to `b` leads through `a`. Both are reachable.
    pub fn dominates(&self, a: u32, mut b: u32) -> bool {
        let target = self.number[a as usize];
        while self.number[b as usize] < target {
            b = self.idom[b as usize];
        }
        a == b
    }
}

/// Predecessors of every block, reachable ones only.
pub fn predecessors(cfg: &Cfg) -> Vec<Vec<u32>> {
    let mut preds = vec![Vec::new(); cfg.blocks.len()];
    for &b in &cfg.postorder {
        for &t in &cfg.blocks[b as usize].succs {
            preds[t as usize].push(b);
        }
    }
    preds
}

/// The representative of a block in the collapsed graph: the header of the outermost loop found so far around it.
fn find(parent: &mut [u32], mut b: u32) -> u32 {
    while parent[b as usize] != b {
        let up = parent[parent[b as usize] as usize];
        parent[b as usize] = up;
        b = up;
    }
    b
}

/// The loops of a function, every loop after those around it.
pub fn forest(cfg: &Cfg, preds: &[Vec<u32>], dominators: &Dominators) -> Vec<Loop> {
    let n = cfg.blocks.len();
    let order = |b: u32| dominators.number[b as usize];
    let mut collapsed: Vec<u32> = (0..n as u32).collect();
    // Index of the loop of which a block is the header, and of the innermost loop around a block.
    let (mut loop_of, mut inside) = (vec![u32::MAX; n], vec![u32::MAX; n]);
    let mut loops: Vec<Loop> = Vec::new();
    let mut work = Vec::new();
    // Inner headers come later in reverse post-order, so first in post-order.
    for &header in &cfg.postorder {
        // In post-order a retreating edge comes from a block with a smaller number, or from itself.
        let latches: Vec<u32> = preds[header as usize]
            .iter()
            .copied()
            .filter(|&p| order(p) <= order(header))
            .collect();
        if latches.is_empty() {
            continue;
        }
        let index = loops.len() as u32;
        let reducible = latches.iter().all(|&l| dominators.dominates(header, l));
        let mut blocks = Vec::new();
        loop_of[header as usize] = index;
        if reducible {
            blocks.push(header);
            work.extend(latches.iter().copied());
            while let Some(b) = work.pop() {
                let b = find(&mut collapsed, b);
                if b == header {
                    continue;
                }
                collapsed[b as usize] = header;
                match loop_of[b as usize] {
                    u32::MAX => {
                        inside[b as usize] = index;
                        blocks.push(b);
                    }
                    inner => {
                        loops[inner as usize].parent = Some(index);
                        // An irreducible header is a block of the loop around it too.
                        if loops[inner as usize].blocks.is_empty() {
                            blocks.push(b);
                        }
                    }
                }
                work.extend(preds[b as usize].iter().copied());
            }
            inside[header as usize] = index;
        }
        loops.push(Loop {
            header,
            parent: None,
            blocks,
            latches,
            is_outer: false,
            calls: false,
        });
    }
    // Inner loops were found first.
    for i in 0..loops.len() {
        let l = &loops[i];
        let calls = l.calls
            || l.blocks.is_empty()
            || l.blocks.iter().any(|&b| {
                let exit = cfg.blocks[b as usize].exit;
                matches!(
                    exit,
                    End::Call(_)
                        | End::CallAddress(_)
                        | End::CallUnknown
                        | End::Syscall
                        | End::Mode
                )
            });
        loops[i].calls = calls;
        if let Some(p) = loops[i].parent {
            loops[p as usize].is_outer = true;
            loops[p as usize].calls |= calls;
        }
    }
    let last = loops.len().wrapping_sub(1) as u32;
    loops.reverse();
    for l in &mut loops {
        l.parent = l.parent.map(|p| last - p);
    }
    loops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cfg::Block;

    fn graph(edges: &[&[u32]]) -> Cfg {
        let blocks = (0..)
            .zip(edges)
            .map(|(i, succs): (u64, _)| Block {
                start: 4 * i,
                end: 4 * i + 4,
                exit: End::Jump,
                succs: succs.to_vec(),
                has_pad: false,
            })
            .collect();
        let mut cfg = Cfg {
            catches: false,
            blocks,
            entry: 0,
            postorder: Vec::new(),
            tables: Vec::new(),
        };
        cfg.update_postorder();
        cfg
    }

    fn loops(edges: &[&[u32]]) -> Vec<(u32, Option<u32>, Vec<u32>)> {
        let cfg = graph(edges);
        let preds = predecessors(&cfg);
        let forest = forest(&cfg, &preds, &Dominators::new(&cfg, &preds));
        for (i, l) in (0..).zip(&forest) {
            assert!(l.parent.is_none_or(|p| p < i), "outer loops come first");
        }
        let header = |p: u32| forest[p as usize].header;
        let mut list: Vec<_> = forest
            .iter()
            .map(|l| {
                let mut blocks = l.blocks.clone();
                blocks.sort_unstable();
                (l.header, l.parent.map(header), blocks)
            })
            .collect();
        list.sort();
        list
    }

    #[test]
    fn nested_loops_have_parents() {
        // 1 is the outer header, 2 the inner; 4 is a loop of itself inside the outer one.
        assert_eq!(
            loops(&[&[1], &[2, 6], &[3], &[2, 4], &[4, 5], &[1], &[]]),
            [
                (1, None, vec![1, 5]),
                (2, Some(1), vec![2, 3]),
                (4, Some(1), vec![4])
            ]
        );
    }

    #[test]
    fn a_header_with_two_latches_is_one_loop() {
        assert_eq!(
            loops(&[&[1], &[2, 3], &[1, 4], &[1], &[]]),
            [(1, None, vec![1, 2, 3])]
        );
    }

    #[test]
    fn irreducible_headers_stand_alone() {
        // 2 and 3 are entered from 1 both, in a loop around them.
        let all = loops(&[&[1], &[2, 3], &[3], &[2, 4], &[1, 5], &[]]);
        assert_eq!(all.len(), 2);
        assert!(all.contains(&(1, None, vec![1, 2, 3, 4])), "{all:?}");
        assert!(
            all.iter().any(|l| l.1 == Some(1) && l.2.is_empty()),
            "{all:?}"
        );
    }
}
