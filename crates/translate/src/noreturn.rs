//! Which functions never return, and what follows calls of them.
//!
//! Compilers put nothing useful behind a call that does not return, but the words behind it look like the rest of the function: registers that are
//! read there would seem to be results of `abort`, and so of whatever it calls. A function returns if a return, or a jump out of what is known, can be
//! reached without passing a call that does not return: the least fixpoint, found by counting up from nothing. What is cut off is not
//! lost: should the call return, the dispatcher goes on behind it.

use crate::cfg::{Cfg, End};

/// Remove the edges behind calls that do not return. `swept` are functions that are only code which nothing leads to, unless from behind a fault: what jumps back from there into the middle of
/// another one goes on with that, and does not return by it.
pub fn prune(cfgs: &mut [Cfg], swept: &[bool]) {
    let mut callers: Vec<Vec<u32>> = vec![Vec::new(); cfgs.len()];
    for (i, cfg) in cfgs.iter().enumerate() {
        for block in &cfg.blocks {
            if let End::Call(f) | End::Tail(f) = block.exit {
                callers[f.index()].push(i as u32);
            }
        }
    }
    let mut returns = vec![false; cfgs.len()];
    let mut work: Vec<u32> = (0..cfgs.len() as u32).collect();
    while let Some(i) = work.pop() {
        let i = i as usize;
        if !returns[i] && reaches_return(&cfgs[i], &returns, swept[i]) {
            returns[i] = true;
            work.extend(callers[i].iter().filter(|&&c| !returns[c as usize]));
        }
    }
    for cfg in cfgs {
        let mut cut = false;
        for block in &mut cfg.blocks {
            if matches!(block.exit, End::Call(f) if !returns[f.index()]) {
                cut |= !block.succs.is_empty();
                block.succs.clear();
            }
        }
        if cut {
            cfg.update_postorder();
        }
    }
}

fn reaches_return(cfg: &Cfg, returns: &[bool], swept: bool) -> bool {
    let mut seen = vec![false; cfg.blocks.len()];
    let mut stack = vec![cfg.entry as u32];
    seen[cfg.entry] = true;
    while let Some(b) = stack.pop() {
        let block = &cfg.blocks[b as usize];
        match block.exit {
            End::Escape(_) if swept => continue,
            End::Return | End::TailUnknown | End::Escape(_) | End::CallAddress(_) => return true,
            End::Tail(f) if returns[f.index()] => return true,
            End::Call(f) if !returns[f.index()] && cfg.catches => return true,
            End::Call(f) if !returns[f.index()] => continue,
            _ => {}
        }
        for &t in &block.succs {
            if !std::mem::replace(&mut seen[t as usize], true) {
                stack.push(t);
            }
        }
    }
    false
}
