//! Loops that can be entered again, apart from the same loops entered as usual.
//!
//! Where a function can be entered at a safepoint, a loop's header has a predecessor that hardly ever comes: it brings all that is live from the frame. What is a constant, or an
//! invariant of the loop that could be computed again, is a parameter of the header then, and engines keep it in a register or in memory. So in small functions what is reached from
//! there is a copy (*tail duplication*). In large ones it makes little difference, and the code would be twice as long.

use elfconv_ir::{Block, Callee, Cfg, Function, InstKind, KernelFn, Terminator, Type, Value};

/// Instructions that are copied at most, in a function.
const MOST: usize = 32;

/// Copies what follows where the function is entered again.
pub fn split_resumed(f: &mut Function) {
    let cfg = Cfg::new(f);
    let mut entered: Vec<Block> = (cfg.rpo.iter().copied())
        .filter(|block| resumes(f, *block))
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

/// Whether a block loads the registers at a safepoint.
fn resumes(f: &Function, block: Block) -> bool {
    f.blocks[block.index()].insts.iter().any(|inst| {
        matches!(&f.insts[inst.index()].kind, InstKind::Call(call) if call.callee == Callee::Kernel(KernelFn::Resumed))
    })
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
    let mut blocks: Vec<Block> = (0..f.blocks.len() as u32).map(Block).collect();
    let resolved = (0..f.values.len() as u32).map(|v| f.resolve(Value(v)));
    let resolved: Vec<Value> = resolved.collect();
    let mut values: Vec<Value> = (0..f.values.len() as u32).map(Value).collect();
    for &old in region {
        let new = f.add_block(f.blocks[old.index()].addr);
        blocks[old.index()] = new;
        for param in f.blocks[old.index()].params.clone() {
            values[param.index()] = f.add_param(new, f.ty(param));
        }
        for inst in f.blocks[old.index()].insts.clone() {
            let data = f.insts[inst.index()].clone();
            let types: Vec<Type> = data.results.iter().map(|v| f.ty(v)).collect();
            let copy = f.add_inst(data.kind, &types, data.addr);
            for (old, new) in data
                .results
                .iter()
                .zip(f.insts[copy.index()].results.iter())
            {
                values[old.index()] = new;
            }
            f.blocks[new.index()].insts.push(copy);
        }
    }
    // What is defined outside is so above all entries: it stays.
    for &old in region {
        let new = blocks[old.index()];
        for i in 0..f.blocks[new.index()].insts.len() {
            let inst = f.blocks[new.index()].insts[i];
            f.insts[inst.index()]
                .kind
                .visit_mut(|v| *v = values[resolved[v.index()].index()]);
        }
        let mut term = f.blocks[old.index()].term.clone();
        term.visit_mut(|v| *v = values[resolved[v.index()].index()]);
        redirect(&mut term, &blocks);
        f.blocks[new.index()].term = term;
    }
    for &block in entered {
        let mut term =
            std::mem::replace(&mut f.blocks[block.index()].term, Terminator::Unreachable);
        redirect(&mut term, &blocks);
        f.blocks[block.index()].term = term;
    }
}

fn redirect(term: &mut Terminator, blocks: &[Block]) {
    for edge in term.edges_mut() {
        edge.block = blocks[edge.block.index()];
    }
}
