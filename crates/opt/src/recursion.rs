//! Functions that call themselves, several levels at once.
//!
//! What a small recursive function does is put in the place of its calls to itself (Rugina and Rinard, "Recursion unrolling for divide and conquer programs", 2000). A call costs much beside what such
//! functions do: engines save registers, check their stack, and we check its depth and ask whether the callee has unwound; all of this is then done once for several levels.
//!
//! Where the inner function's calls unwind, its frame is reported, and then that of the call it is in the place of ([`Frame::outer`](elfconv_ir::Frame::outer)). The depth is not checked
//! for it: the levels that are put in share one frame of the engine's.

use elfconv_ir::{Block, Callee, Cfg, FuncId, Function, Inst, InstKind, Terminator};

use crate::{
    Decided,
    splice::{self, Site},
};

/// Instructions that are copied at most, in a function, constants not counted.
const MOST: usize = 96;
/// How many levels are put in at most.
const LEVELS: usize = 2;

/// Puts what a function does in the place of its calls to itself, [`LEVELS`] times if that copies no more than [`MOST`] instructions. Expects it optimised; `decided` tells conditions that are known where
/// it is called. Calls behind a safepoint at which the function is entered stay calls.
pub fn unroll_recursion(f: &mut Function, id: FuncId, decided: Decided<'_>) {
    let mut sites = calls(f, id, &f.usual());
    if sites.is_empty() || !(f.blocks.iter()).all(|b| returns_well(f, &b.term)) {
        return;
    }
    let mut body = f.clone();
    splice::as_called(&mut body, decided);
    let Some(size) = size(&body) else {
        return;
    };
    let inner = calls(&body, id, &vec![true; body.blocks.len()]).len();
    let mut left = MOST;
    for _ in 0..LEVELS {
        match left.checked_sub(sites.len() * size) {
            Some(rest) if inner > 0 => left = rest,
            _ => return,
        }
        let first = f.insts.len();
        for call in sites {
            put(f, call, &body);
        }
        sites = (first..f.insts.len())
            .map(|i| Inst(i as u32))
            .filter(|inst| is_call(f, *inst, id))
            .collect();
    }
}

fn put(f: &mut Function, call: Inst, body: &Function) {
    let place = (f.blocks.iter().enumerate())
        .find_map(|(b, block)| Some((b, block.insts.iter().position(|i| *i == call)?)));
    if let Some((block, at)) = place {
        Site::open(f, Block(block as u32), at).fill(f, body, &Cfg::new(body).rpo, &|_| None);
    }
}

/// Its calls of `id` in these blocks.
fn calls(f: &Function, id: FuncId, blocks: &[bool]) -> Vec<Inst> {
    (f.blocks.iter().zip(blocks))
        .filter(|(_, wanted)| **wanted)
        .flat_map(|(block, _)| block.insts.iter().copied())
        .filter(|inst| is_call(f, *inst, id))
        .collect()
}

fn is_call(f: &Function, inst: Inst, id: FuncId) -> bool {
    matches!(&f.insts[inst.index()].kind, InstKind::Call(call) if call.callee == Callee::Function(id))
}

/// Whether it is known what a caller does behind this: a return with a status that is not the constant 0 may be an unwinding.
fn returns_well(f: &Function, term: &Terminator) -> bool {
    match term {
        Terminator::Return(results) => splice::is_good(f, results),
        Terminator::TailCall { .. } | Terminator::Fault { .. } => false,
        _ => true,
    }
}

/// How many instructions it has; none if it calls the kernel, which is told where to go on by the call's address.
fn size(f: &Function) -> Option<usize> {
    let mut size = 0;
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        match &f.insts[inst.index()].kind {
            InstKind::Call(call) if matches!(call.callee, Callee::Kernel(_)) => return None,
            InstKind::Op { op, .. } if op.is_const() => {}
            _ => size += 1,
        }
    }
    Some(size)
}
