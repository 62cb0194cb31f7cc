//! What only a way out through the dispatcher needs is computed there.
//!
//! A value that is computed in a block and used only in the frame that one of its successors leaves with is moved to that successor: returns load x29 from the stack only to
//! report it if the link register was not what it should be. Pure operations move always, loads only if nothing behind them in their block writes or calls.
//! (A partial form of Knoop, Rüthing and Steffen, "Partial Dead Code Elimination", PLDI 1994: only into blocks that leave and have one predecessor, so it never costs anything where execution goes on.)
//!
//! Blocks that leave are small, so the work is linear in the size of the function.

use elfconv_ir::{Cfg, Effect, Function, Inst, InstKind, Terminator, Value};

/// Who uses a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    None,
    /// Only this block, which leaves.
    Leaving(u32),
    Other,
}

/// Moves values into the blocks that leave.
pub fn sink(f: &mut Function) {
    let cfg = Cfg::new(f);
    let leaves = |f: &Function, b: usize| matches!(f.blocks[b].term, Terminator::Leave { .. });
    if !cfg.rpo.iter().any(|b| leaves(f, b.index())) {
        return;
    }
    // By value: the only block with uses, if there is one, and that leaves.
    let mut user = vec![User::None; f.values.len()];
    for &block in &cfg.rpo {
        let here = match leaves(f, block.index()) {
            true => User::Leaving(block.0),
            false => User::Other,
        };
        let mut note = |value: Value| {
            let user = &mut user[f.resolve(value).index()];
            *user = match *user {
                User::None => here,
                same if same == here => here,
                _ => User::Other,
            };
        };
        let data = &f.blocks[block.index()];
        for inst in &data.insts {
            f.insts[inst.index()].kind.visit(&mut note);
        }
        data.term.visit(&mut note);
    }
    let mut moved: Vec<Vec<Inst>> = vec![Vec::new(); f.blocks.len()];
    let mut any = false;
    for &block in &cfg.rpo {
        let successors = f.blocks[block.index()].term.edges();
        let mut targets = successors
            .map(|e| e.block)
            .filter(|to| leaves(f, to.index()) && cfg.in_edges(*to).count() == 1 && *to != block);
        let Some(first) = targets.next() else {
            continue;
        };
        let targets: Vec<u32> = std::iter::once(first).chain(targets).map(|b| b.0).collect();
        let mut insts = std::mem::take(&mut f.blocks[block.index()].insts);
        let mut loads = true;
        for i in (0..insts.len()).rev() {
            let data = &f.insts[insts[i].index()];
            let InstKind::Op { op, .. } = data.kind else {
                loads = false;
                continue;
            };
            let movable = match op.effect() {
                Effect::Pure => !op.is_const(),
                Effect::Load => loads,
                Effect::StateLoad => false,
                Effect::Store | Effect::StateStore => {
                    loads = false;
                    false
                }
            };
            if !movable || data.results.len != 1 {
                continue;
            }
            let User::Leaving(to) = user[data.results.first.index()] else {
                continue;
            };
            if !targets.contains(&to) {
                continue;
            }
            moved[to as usize].push(insts.remove(i));
            any = true;
        }
        f.blocks[block.index()].insts = insts;
    }
    if !any {
        return;
    }
    for (data, moved) in f.blocks.iter_mut().zip(moved) {
        if !moved.is_empty() {
            let rest = std::mem::take(&mut data.insts);
            data.insts = moved.into_iter().rev().chain(rest).collect();
        }
    }
}
