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
    /// Whether it asks, or is only a place to enter: a loop that evidently ends, and is left often enough by its calls, need not ask.
    pub asks: bool,
}

/// The safepoints: at every loop but the innermost ones that neither call nor may wait, and at the blocks `behind` calls. Innermost loops that call and evidently end do not ask, unless there is a
/// safepoint in them. With them, the nests of loops that count in a local variable ([`FunctionSummary::nests`]).
pub(super) fn safepoints(
    cfg: &Cfg,
    behind: &[u32],
    word: &dyn Fn(u64) -> Option<u32>,
) -> (Vec<Safepoint>, Vec<u32>) {
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
    // Backwards, so that the stack gives them in order.
    for (i, l) in forest.iter().enumerate().rev() {
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
            asks: of.is_some_and(|i| asking[i]),
        });
        let inside = of.iter().flat_map(|&i| &children[i]);
        work.extend(inside.map(|&(block, of)| (block, of, Some(index))));
    }
    for i in (0..points.len()).rev() {
        if let Some(p) = points[i].parent {
            points[p as usize].inside += 1 + points[i].inside;
        }
    }
    (points, nests(cfg, &forest, &asking))
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

/// For each block the number, from 1, of the nest of loops without calls that it is in and that counts in a local variable; 0 if there is none. Empty if there are no nests.
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
