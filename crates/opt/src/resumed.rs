//! Loops that can be entered again, apart from the same loops entered as usual.
//!
//! Where a function can be entered at a safepoint, a loop's header has a predecessor that hardly ever comes: it brings all that is live from the frame. What is a constant, or an
//! invariant of the loop that could be computed again, is a parameter of the header then, and engines keep it in a register or in memory. So in small functions what is reached from
//! there is a copy (*tail duplication*). In large ones it makes little difference, and the code would be twice as long.

use elfconv_ir::{Block, Cfg, Function};

use crate::splice::{self, Names};

/// Instructions that are copied at most, in a function.
const MOST: usize = 32;

/// Copies what follows where the function is entered again.
pub fn split_resumed(f: &mut Function) {
    let cfg = Cfg::new(f);
    let mut entered: Vec<Block> = (cfg.rpo.iter().copied())
        .filter(|block| f.resumes(*block))
        .collect();
    if entered.is_empty() {
        return;
    }
    let region = reachable(f, &entered);
    let size: usize = region.iter().map(|b| f.blocks[b.index()].insts.len()).sum();
    // What leads further inwards, in a loop, is copied with the loop.
    entered.retain(|block| region.binary_search(block).is_err());
    if size <= MOST {
        copy(f, &entered, &region);
    }
}

/// The blocks that follow these.
fn reachable(f: &Function, from: &[Block]) -> Vec<Block> {
    let mut seen = vec![false; f.blocks.len()];
    let mut all = Vec::new();
    let mut work: Vec<Block> = from.to_vec();
    while let Some(block) = work.pop() {
        for edge in f.blocks[block.index()].term.edges() {
            if !std::mem::replace(&mut seen[edge.block.index()], true) {
                all.push(edge.block);
                work.push(edge.block);
            }
        }
    }
    all.sort_unstable();
    all
}

fn copy(f: &mut Function, entered: &[Block], region: &[Block]) {
    let pieces = splice::pieces(f, region.iter().copied());
    // What is defined outside is so above all entries: it stays.
    let mut names = Names::same(f);
    for block in region {
        names.blocks[block.index()] = splice::NEW;
    }
    splice::paste(f, &pieces, &mut names);
    for block in entered {
        names.redirect(&mut f.blocks[block.index()].term);
    }
}
