//! Control flow: branches on constants, empty blocks, straight lines.
//!
//! Rounds of folding, threading and merging, at most [`ROUNDS`]:
//!
//! - *Folding*: a branch or switch on a constant, or whose edges are all the same, is a jump.
//! - *Threading*: an edge to a block without instructions that jumps on leads to where that leads. If the block branches on one of its own parameters, and the
//!   edge brings a constant, it leads to where that decides, except at loop headers: entering a loop elsewhere would make it irreducible.
//! - *Merging*: a block whose only predecessor jumps to it becomes that block's end.

use std::mem;

use elfconv_ir::{Block, Cfg, Edge, Function, Terminator, Value, ValueDef};

const ROUNDS: usize = 4;

/// How many blocks an edge is threaded through; a bound for circles of empty blocks.
const THREAD_LIMIT: usize = 16;

/// Simplifies control flow. Blocks that become unreachable are left empty; [`Function::compact`] drops them.
pub fn simplify_branches(f: &mut Function) {
    for _ in 0..ROUNDS {
        let folded = fold(f);
        let cfg = Cfg::new(f);
        let threaded = thread(f, &cfg);
        let cfg = if threaded { Cfg::new(f) } else { cfg };
        clear_unreachable(f, &cfg);
        let merged = merge(f, &cfg);
        if !(folded || threaded || merged) {
            break;
        }
    }
}

/// Empties blocks that cannot be reached, so that nothing in them counts as a use.
pub(crate) fn clear_unreachable(f: &mut Function, cfg: &Cfg) {
    for (index, data) in f.blocks.iter_mut().enumerate() {
        if !cfg.is_reachable(Block(index as u32)) {
            data.insts.clear();
            data.term = Terminator::Unreachable;
        }
    }
}

fn fold(f: &mut Function) -> bool {
    let mut changed = false;
    for index in 0..f.blocks.len() {
        let mut term = mem::replace(&mut f.blocks[index].term, Terminator::Unreachable);
        if let Some(new) = folded(f, &mut term) {
            term = new;
            changed = true;
        }
        f.blocks[index].term = term;
    }
    changed
}

/// What a terminator can be replaced by. Takes edges out of `term` then.
fn folded(f: &Function, term: &mut Terminator) -> Option<Terminator> {
    let constant = |value: Value| f.const_of(f.resolve(value));
    let jump = |edge: &mut Edge| {
        Some(Terminator::Jump(Edge {
            block: edge.block,
            args: mem::take(&mut edge.args),
        }))
    };
    match term {
        Terminator::Branch {
            cond,
            then,
            otherwise,
        } => match constant(*cond) {
            Some(0) => jump(otherwise),
            Some(_) => jump(then),
            None if same(f, then, otherwise) => jump(then),
            None => None,
        },
        Terminator::Switch {
            index,
            targets,
            default,
        } => {
            if let Some(index) = constant(*index) {
                return jump(targets.get_mut(index as usize).unwrap_or(default));
            }
            if targets.iter().all(|target| same(f, target, default)) {
                return jump(default);
            }
            // Targets at the end that are the default need no entry.
            let needed = targets
                .iter()
                .rposition(|target| !same(f, target, default))
                .map_or(0, |last| last + 1);
            targets.truncate(needed);
            None
        }
        _ => None,
    }
}

fn same(f: &Function, a: &Edge, b: &Edge) -> bool {
    a.block == b.block
        && a.args
            .iter()
            .zip(&b.args)
            .all(|(&a, &b)| f.resolve(a) == f.resolve(b))
}

fn thread(f: &mut Function, cfg: &Cfg) -> bool {
    if !cfg.rpo.iter().any(|&block| is_passage(f, block)) {
        return false;
    }
    // Parameters of passages that somebody else uses: such a block must stay.
    let mut used_outside = vec![false; f.blocks.len()];
    for &block in &cfg.rpo {
        let mut note = |value: Value| {
            if let ValueDef::Param(owner, _) = f.values[f.resolve(value).index()].def
                && owner != block
            {
                used_outside[owner.index()] = true;
            }
        };
        let data = &f.blocks[block.index()];
        data.insts
            .iter()
            .for_each(|inst| f.insts[inst.index()].kind.visit(&mut note));
        data.term.visit(&mut note);
    }
    let mut changed = false;
    for &block in &cfg.rpo {
        let mut term = mem::replace(&mut f.blocks[block.index()].term, Terminator::Unreachable);
        for edge in term.edges_mut() {
            for _ in 0..THREAD_LIMIT {
                // The block's own terminator is taken out, so it does not thread through itself.
                let through = edge.block;
                if used_outside[through.index()] {
                    break;
                }
                let Some(next) = passage(f, cfg, edge) else {
                    break;
                };
                *edge = next;
                changed = true;
            }
        }
        f.blocks[block.index()].term = term;
    }
    changed
}

/// Whether edges to `block` might be threaded through it.
fn is_passage(f: &Function, block: Block) -> bool {
    let data = &f.blocks[block.index()];
    block != Block(0)
        && data.insts.is_empty()
        && matches!(data.term, Terminator::Jump(_) | Terminator::Branch { .. })
}

/// Where `edge` leads through the block that it leads to.
fn passage(f: &Function, cfg: &Cfg, edge: &Edge) -> Option<Edge> {
    let through = edge.block;
    if !is_passage(f, through) {
        return None;
    }
    // A parameter of the block is the edge's argument; everything else is defined above the block, hence above the edge.
    let translate = |value: Value| match f.values[f.resolve(value).index()].def {
        ValueDef::Param(owner, number) if owner == through => edge.args[number as usize],
        _ => value,
    };
    let next = match &f.blocks[through.index()].term {
        Terminator::Jump(next) => next,
        Terminator::Branch {
            cond,
            then,
            otherwise,
        } => {
            let header = cfg
                .preds(through)
                .iter()
                .any(|pred| cfg.rpo_index[pred.index()] >= cfg.rpo_index[through.index()]);
            if header {
                return None;
            }
            match f.const_of(f.resolve(translate(*cond)))? {
                0 => otherwise,
                _ => then,
            }
        }
        _ => return None,
    };
    Some(Edge {
        block: next.block,
        args: next.args.iter().map(|&arg| translate(arg)).collect(),
    })
}

fn merge(f: &mut Function, cfg: &Cfg) -> bool {
    let mut changed = false;
    for &block in &cfg.rpo {
        if !matches!(f.blocks[block.index()].term, Terminator::Jump(_)) {
            continue;
        }
        // Blocks that were merged into others have been emptied, and end in `Unreachable`.
        let mut insts = mem::take(&mut f.blocks[block.index()].insts);
        while let Terminator::Jump(edge) = &f.blocks[block.index()].term {
            let next = edge.block;
            if next == Block(0) || next == block || cfg.preds(next).len() != 1 {
                break;
            }
            let args = edge.args.clone();
            let params = mem::take(&mut f.blocks[next.index()].params);
            for (param, arg) in params.into_iter().zip(args) {
                f.values[param.index()].def = ValueDef::Alias(f.resolve(arg));
            }
            insts.append(&mut f.blocks[next.index()].insts);
            f.blocks[block.index()].term =
                mem::replace(&mut f.blocks[next.index()].term, Terminator::Unreachable);
            changed = true;
        }
        f.blocks[block.index()].insts = insts;
    }
    changed
}
