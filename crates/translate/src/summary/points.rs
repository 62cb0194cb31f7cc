//! Where a function can be entered in the middle: at its loops, and behind calls.

use crate::{cfg::Cfg, loops};

/// A loop header where compiled code asks now and then whether to go on, or a place behind a call, where it can be entered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safepoint {
    /// The header, or the block behind the call.
    pub block: u32,
    /// The safepoint of the innermost loop around it, if that loop can be entered only there.
    pub parent: Option<u32>,
    /// How many of the following safepoints are inside its loop.
    pub inside: u32,
    /// Whether it asks, or is only a place to enter: a loop that evidently ends, and is left often enough by its calls, need not ask, nor one that asks behind the loops inside it.
    pub asks: bool,
}

/// Where a function asks, and can be entered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Safepoints {
    /// A loop after those around it, and before those that are not inside those.
    pub points: Vec<Safepoint>,
    /// For each block the number, from 1, of the outermost loop without calls around it, if that counts: it does so in a local variable. Empty if no loop does.
    pub nests: Vec<u32>,
    /// For each block the number, from 1, of the innermost loop that it is in, if it is asked where that is left for the loop around it. Empty if no loop is.
    pub left: Vec<u32>,
}

impl Safepoints {
    /// Whether it is asked on the way from a block to the next.
    pub fn asks_between(&self, from: u32, to: u32) -> bool {
        let of = |list: &[u32], b: u32| list.get(b as usize).copied().unwrap_or(0);
        let (left, nest) = (of(&self.left, from), of(&self.nests, from));
        left != 0 && left != of(&self.left, to) && nest == of(&self.nests, to)
    }
}

/// Blocks of a nest of loops that is looked at as a whole, at most.
const MOST_BLOCKS: usize = 64;

/// The safepoints: at every loop but the innermost ones that neither call nor may wait, and at the blocks `behind` calls. Innermost loops that call and evidently end do not ask, unless there is a
/// safepoint in them. A loop that does not wait either, and has only innermost ones inside, asks where these are left: its turns without them take no longer than an innermost loop's.
pub(super) fn safepoints(
    cfg: &Cfg,
    behind: &[u32],
    word: &dyn Fn(u64) -> Option<u32>,
) -> Safepoints {
    let preds = loops::predecessors(cfg);
    let dominators = loops::Dominators::new(cfg, &preds);
    let forest = loops::forest(cfg, &preds, &dominators);
    // Blocks, and, of loops, their numbers.
    let mut children: Vec<Vec<(u32, Option<usize>)>> = vec![Vec::new(); forest.len()];
    let mut work: Vec<(u32, Option<usize>, Option<u32>)> = Vec::new();
    let around = innermost(cfg, &forest);
    for &b in behind.iter().rev() {
        match around[b as usize] {
            None => work.push((b, None, None)),
            Some(l) if forest[l].header == b => {}
            Some(l) => children[l].push((b, None)),
        }
    }
    let mut asking = vec![false; forest.len()];
    let mut leaving = vec![false; forest.len()];
    // Backwards, so that the stack gives them in order.
    for (i, l) in forest.iter().enumerate().rev() {
        leaving[i] = l.is_outer
            && !l.calls
            && children[i].is_empty()
            && !behind.contains(&l.header)
            && whole(&forest, i).is_some_and(|l| !loops::may_take_long(cfg, &dominators, &l, word));
        asking[i] = l.is_outer
            || l.blocks.is_empty()
            || !children[i].is_empty()
            || loops::may_take_long(cfg, &dominators, l, word);
        if !asking[i] && !l.calls && !behind.contains(&l.header) {
            continue;
        }
        match l.parent {
            Some(p) => children[p as usize].push((l.header, Some(i))),
            None => work.push((l.header, Some(i), None)),
        }
    }
    let mut points: Vec<Safepoint> = Vec::new();
    while let Some((block, of, parent)) = work.pop() {
        let index = points.len() as u32;
        points.push(Safepoint {
            block,
            parent,
            inside: 0,
            asks: of.is_some_and(|i| asking[i] && !leaving[i]),
        });
        let inside = of.iter().flat_map(|&i| &children[i]);
        work.extend(inside.map(|&(block, of)| (block, of, Some(index))));
    }
    for i in (0..points.len()).rev() {
        if let Some(p) = points[i].parent {
            points[p as usize].inside += 1 + points[i].inside;
        }
    }
    let mut left = Vec::new();
    if leaving.contains(&true) {
        left = vec![0; cfg.blocks.len()];
        for (n, l) in (1..).zip(&forest) {
            if l.parent.is_some_and(|p| leaving[p as usize]) {
                l.blocks.iter().for_each(|b| left[*b as usize] = n);
            }
        }
    }
    Safepoints {
        nests: nests(cfg, &forest, &asking),
        points,
        left,
    }
}

/// A loop with only innermost ones inside, with all their blocks; none if that is too much to look at, or a loop is irreducible.
fn whole(forest: &[loops::Loop], i: usize) -> Option<loops::Loop> {
    let mut whole = forest[i].clone();
    for l in &forest[i + 1..] {
        if l.parent == Some(i as u32) {
            whole.blocks.extend(&l.blocks);
            if l.is_outer || l.blocks.is_empty() {
                return None;
            }
        }
        if whole.blocks.len() > MOST_BLOCKS {
            return None;
        }
    }
    (!forest[i].blocks.is_empty()).then_some(whole)
}

/// The innermost loop around each block; of a header, its own.
fn innermost(cfg: &Cfg, forest: &[loops::Loop]) -> Vec<Option<usize>> {
    let mut around = vec![None; cfg.blocks.len()];
    for (i, l) in forest.iter().enumerate() {
        for &b in l.blocks.iter().chain([&l.header]) {
            around[b as usize] = Some(i);
        }
    }
    around
}

/// [`Safepoints::nests`].
fn nests(cfg: &Cfg, forest: &[loops::Loop], asking: &[bool]) -> Vec<u32> {
    // The outermost loop without calls around each.
    let mut root: Vec<Option<usize>> = Vec::new();
    let mut number = vec![0; forest.len()];
    let mut count = 0;
    for (i, l) in forest.iter().enumerate() {
        let around = l.parent.and_then(|p| root[p as usize]);
        root.push((!l.calls).then_some(around.unwrap_or(i)));
        if let Some(r) = root[i]
            && asking[i]
            && number[r] == 0
        {
            count += 1;
            number[r] = count;
        }
    }
    let mut nests = Vec::new();
    if count != 0 {
        nests = vec![0; cfg.blocks.len()];
        for (l, root) in forest.iter().zip(root) {
            for &b in &l.blocks {
                nests[b as usize] = root.map_or(0, |r| number[r]);
            }
        }
    }
    nests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cfg::{Block, End};

    /// A loop of blocks 1 to 3, in which block 2 is a loop of itself that not every turn has; the instructions of blocks 1 and 3 are given.
    fn nest(first: u32, last: u32) -> Safepoints {
        const NOP: u32 = 0xd503_201f;
        // In block 2: subs x1, x1, #1
        let words = [NOP, first, 0xf100_0421, last, NOP];
        let succs: [&[u32]; 5] = [&[1], &[2, 3], &[2, 3], &[1, 4], &[]];
        let blocks = (0..).zip(succs).map(|(i, succs): (u64, _)| Block {
            start: 4 * i,
            end: 4 * i + 4,
            exit: if succs.len() == 2 {
                End::Cond
            } else {
                End::Jump
            },
            succs: succs.to_vec(),
            has_pad: false,
        });
        let mut cfg = Cfg {
            catches: false,
            blocks: blocks.collect(),
            entry: 0,
            postorder: Vec::new(),
            tables: Vec::new(),
        };
        cfg.update_postorder();
        safepoints(&cfg, &[], &|pc| words.get(pc as usize / 4).copied())
    }

    fn between(safepoints: &Safepoints) -> Vec<(u32, u32)> {
        let all = (0..5).flat_map(|a| (0..5).map(move |b| (a, b)));
        all.filter(|(a, b)| safepoints.asks_between(*a, *b))
            .collect()
    }

    #[test]
    fn outer_loops_ask_where_inner_ones_are_left() {
        // cmp x1, #3; subs x0, x0, #1
        let found = nest(0xf100_0c3f, 0xf100_0400);
        let [point] = found.points[..] else {
            panic!("{found:?}");
        };
        assert_eq!((point.block, point.asks), (1, false));
        // To where it would leave the nest is never asked, and blocks that follow no loop inside do not ask.
        assert_eq!(between(&found), [(2, 1), (2, 3)]);
    }

    #[test]
    fn loops_that_wait_ask_at_every_turn() {
        // ldr x2, [x5]; cmp x2, #0
        let found = nest(0xf940_00a2, 0xf100_005f);
        assert!(found.points[0].asks);
        assert_eq!(between(&found), []);
    }
}
