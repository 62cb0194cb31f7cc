//! Fast ways through callees, in their callers.
//!
//! Many functions first look whether there is anything to do, and return at once if not: the leaves of a recursion, `free(NULL)`, a cache that is filled. Others do nothing
//! but a few operations. What a callee does until it is known to return is put in the place of the call (*partial inlining*; Muth and Debray, "Partial inlining", 1997; LLVM's
//! `PartialInliner` outlines the rest instead). Where it would not return, the callee is called, and begins anew: so until control is on a way
//! that only returns, there may be nothing but computation and loads.
//!
//! What is inlined calls nobody and does not loop, so it needs neither a frame that could be reported nor a check of depth. Its instructions count as the call's: what faults in them is reported there.

use elfconv_ir::{
    Block, BlockData, Callee, Cfg, Edge, Effect, FuncId, Function, Inst, InstKind, Opcode,
    Terminator, Type, Value, ValueDef,
};

/// How many operations are looked at, at most, one after the other: some turn out to be of no use on the fast path.
const LOOKED_AT: [usize; 2] = [14, 8];
/// Operations that are copied at most if the call is never needed then, constants not counted. (Twelve cost 0.3 % more in programs' size.)
const MOST_ALWAYS: usize = 10;
/// Operations that are copied at most if the call may be needed all the same.
const MOST_SOMETIMES: usize = 5;
/// Blocks that are copied at most, those that only call the callee not counted.
const MOST_BLOCKS: usize = 6;

/// What callers may do of a function themselves: it returns results without the status; `Unreachable` is where the function must be called after all.
#[derive(Clone, Debug, PartialEq)]
pub struct FastPath(Function);

/// A block, seen from a caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Not copied.
    Slow,
    /// Some ways from here only return; before that is known, nothing may have changed.
    Mixed,
    /// All ways from here return.
    Sure,
}

/// The fast path through a function, if it has one. `decided` tells conditions that are known where the function is called.
pub fn fast_path(
    f: &Function,
    decided: &dyn Fn(&Function, Value) -> Option<bool>,
) -> Option<FastPath> {
    LOOKED_AT.iter().find_map(|&operations| {
        let mut scan = Scan {
            f,
            decided,
            kinds: vec![None; f.blocks.len()],
            operations,
            blocks: MOST_BLOCKS,
        };
        if scan.kind(Block(0)) == Kind::Slow {
            return None;
        }
        let path = cut(f.clone(), &scan.kinds, decided);
        let most = match path.blocks.iter().any(is_slow) {
            true => MOST_SOMETIMES,
            false => MOST_ALWAYS,
        };
        let operations = path.insts.iter().filter(|inst| !is_const(&inst.kind));
        (operations.count() <= most).then_some(FastPath(path))
    })
}

/// What is copied of the function.
fn cut(
    mut f: Function,
    kinds: &[Option<Visit>],
    decided: &dyn Fn(&Function, Value) -> Option<bool>,
) -> Function {
    let decisions: Vec<Option<bool>> = (f.blocks.iter())
        .map(|b| match b.term {
            Terminator::Branch { cond, .. } => decided(&f, cond),
            _ => None,
        })
        .collect();
    for ((block, kind), decision) in f.blocks.iter_mut().zip(kinds).zip(decisions) {
        if !matches!(kind, Some(Visit::Done(Kind::Mixed | Kind::Sure))) {
            block.insts.clear();
            block.term = Terminator::Unreachable;
        }
        if let (
            Terminator::Branch {
                then, otherwise, ..
            },
            Some(taken),
        ) = (&mut block.term, decision)
        {
            let edge = if taken { then } else { otherwise };
            block.term = Terminator::Jump(edge.clone());
        }
        if let Terminator::Return(results) = &mut block.term
            && !f.plain
        {
            results.remove(0);
        }
    }
    if !f.plain {
        f.results.remove(0);
    }
    crate::remove_dead(&mut f);
    crate::simplify_branches(&mut f);
    f.compact();
    f
}

/// What is known of a block that the scan has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Visit {
    /// It is being looked at.
    Open,
    /// The same, and it has been come to again: loops are not copied.
    Loop,
    Done(Kind),
}

struct Scan<'a> {
    f: &'a Function,
    decided: &'a dyn Fn(&Function, Value) -> Option<bool>,
    kinds: Vec<Option<Visit>>,
    operations: usize,
    blocks: usize,
}

impl Scan<'_> {
    fn kind(&mut self, block: Block) -> Kind {
        match self.kinds[block.index()] {
            Some(Visit::Done(kind)) => return kind,
            Some(Visit::Open | Visit::Loop) => {
                self.kinds[block.index()] = Some(Visit::Loop);
                return Kind::Slow;
            }
            None => {}
        }
        self.kinds[block.index()] = Some(Visit::Open);
        let left = (self.operations, self.blocks);
        let mut kind = self.look(block).unwrap_or(Kind::Slow);
        if self.kinds[block.index()] == Some(Visit::Loop) {
            kind = Kind::Slow;
        }
        if kind == Kind::Slow {
            (self.operations, self.blocks) = left;
        }
        self.kinds[block.index()] = Some(Visit::Done(kind));
        kind
    }

    fn look(&mut self, block: Block) -> Option<Kind> {
        let data = &self.f.blocks[block.index()];
        self.blocks = self.blocks.checked_sub(1)?;
        let mut stores = false;
        for inst in &data.insts {
            let InstKind::Op { op, .. } = &self.f.insts[inst.index()].kind else {
                return None;
            };
            if !is_const(&self.f.insts[inst.index()].kind) {
                self.operations = self.operations.checked_sub(1)?;
            }
            stores |= matches!(op.effect(), Effect::Store | Effect::StateStore);
        }
        let kind = match &data.term {
            Terminator::Return(results) => {
                let status = results.first().filter(|_| !self.f.plain);
                match status.is_none_or(|s| self.f.const_of(self.f.resolve(*s)) == Some(0)) {
                    true => Kind::Sure,
                    false => Kind::Slow,
                }
            }
            Terminator::Jump(edge) => self.kind(edge.block),
            Terminator::Branch {
                cond,
                then,
                otherwise,
            } => match (self.decided)(self.f, *cond) {
                Some(true) => self.kind(then.block),
                Some(false) => self.kind(otherwise.block),
                None => match (self.kind(then.block), self.kind(otherwise.block)) {
                    (a, b) if a == b => a,
                    _ => Kind::Mixed,
                },
            },
            _ => Kind::Slow,
        };
        (kind == Kind::Sure || !stores).then_some(kind)
    }
}

/// Puts fast paths in the place of calls, or before them.
pub fn inline<'a>(f: &mut Function, fast: &dyn Fn(FuncId) -> Option<&'a FastPath>) {
    // Blocks with the rest behind a call are added while this goes on; and with the calls that are left.
    let calls = f.insts.len();
    let mut block = 0;
    while block < f.blocks.len() {
        let site = f.blocks[block]
            .insts
            .iter()
            .enumerate()
            .find_map(|(i, inst)| {
                let InstKind::Call(call) = &f.insts[inst.index()].kind else {
                    return None;
                };
                let Callee::Function(callee) = call.callee else {
                    return None;
                };
                if inst.index() >= calls {
                    return None;
                }
                Some((i, *inst, fast(callee)?))
            });
        if let Some((at, call, path)) = site {
            Site {
                f,
                block: Block(block as u32),
                at,
                call,
            }
            .insert(&path.0);
        }
        block += 1;
    }
}

/// A call that is replaced.
struct Site<'a> {
    f: &'a mut Function,
    block: Block,
    /// Its number in the block.
    at: usize,
    call: Inst,
}

impl Site<'_> {
    fn insert(mut self, path: &Function) {
        let results = self.f.insts[self.call.index()].results;
        let join = self.split();
        // What the call gave is a parameter of what follows it.
        for (i, value) in results.iter().enumerate() {
            self.f.values[value.index()].def = ValueDef::Param(join, i as u32);
            self.f.blocks[join.index()].params.push(value);
        }
        let slow = self.call_again(join);
        self.copy(path, join, slow, results.len as usize);
    }

    /// A block of what follows the call, which is taken out.
    fn split(&mut self) -> Block {
        let addr = self.f.blocks[self.block.index()].addr;
        let join = self.f.add_block(addr);
        let data = &mut self.f.blocks[self.block.index()];
        let rest = data.insts.split_off(self.at + 1);
        data.insts.pop();
        let term = std::mem::replace(&mut data.term, Terminator::Unreachable);
        let data = &mut self.f.blocks[join.index()];
        (data.insts, data.term) = (rest, term);
        join
    }

    /// A block with the call.
    fn call_again(&mut self, join: Block) -> Block {
        let old = &self.f.insts[self.call.index()];
        let (kind, addr, results) = (old.kind.clone(), old.addr, old.results);
        let types: Vec<Type> = results.iter().map(|v| self.f.ty(v)).collect();
        let slow = self.f.add_block(self.f.blocks[self.block.index()].addr);
        let call = self.f.add_inst(kind, &types, addr);
        let args = self.f.insts[call.index()].results.iter().collect();
        let data = &mut self.f.blocks[slow.index()];
        data.insts.push(call);
        data.term = Terminator::Jump(Edge { block: join, args });
        slow
    }

    fn copy(&mut self, path: &Function, join: Block, slow: Block, results: usize) {
        let addr = self.f.insts[self.call.index()].addr;
        let InstKind::Call(call) = &self.f.insts[self.call.index()].kind else {
            return;
        };
        let mut values = vec![Value(u32::MAX); path.values.len()];
        for (param, arg) in path.params().iter().zip(call.args.clone()) {
            values[param.index()] = arg;
        }
        // Blocks and their parameters first: they are referred to from anywhere.
        let mut blocks = vec![self.block];
        for data in &path.blocks[1..] {
            blocks.push(if is_slow(data) {
                slow
            } else {
                let copy = self.f.add_block(u64::from(addr));
                for param in &data.params {
                    values[param.index()] = self.f.add_param(copy, path.ty(*param));
                }
                copy
            });
        }
        // Definitions come before uses.
        for block in Cfg::new(path).rpo {
            let data = &path.blocks[block.index()];
            if is_slow(data) {
                continue;
            }
            for inst in &data.insts {
                let old = &path.insts[inst.index()];
                let mut kind = old.kind.clone();
                kind.visit_mut(|v| *v = values[v.index()]);
                let types: Vec<Type> = old.results.iter().map(|v| path.ty(v)).collect();
                let copy = self.f.add_inst(kind, &types, addr);
                let new = self.f.insts[copy.index()].results;
                for (old, new) in old.results.iter().zip(new.iter()) {
                    values[old.index()] = new;
                }
                self.f.blocks[blocks[block.index()].index()]
                    .insts
                    .push(copy);
            }
        }
        for (data, copy) in path.blocks.iter().zip(&blocks) {
            if is_slow(data) {
                continue;
            }
            let mut term = data.term.clone();
            term.visit_mut(|v| *v = values[v.index()]);
            for edge in term.edges_mut() {
                if is_slow(&path.blocks[edge.block.index()]) {
                    edge.args.clear();
                }
                edge.block = blocks[edge.block.index()];
            }
            if let Terminator::Return(mut args) = term {
                // A call in tail position gives the status, too.
                if args.len() < results {
                    let zero = InstKind::op(Opcode::I32Const, &[], 0);
                    let zero = self.f.add_inst(zero, &[Type::I32], addr);
                    args.insert(0, self.f.insts[zero.index()].results.first);
                    self.f.blocks[copy.index()].insts.push(zero);
                }
                term = Terminator::Jump(Edge { block: join, args });
            }
            self.f.blocks[copy.index()].term = term;
        }
    }
}

fn is_const(kind: &InstKind) -> bool {
    matches!(kind, InstKind::Op { op, .. } if op.is_const())
}

/// Where the callee is called after all.
fn is_slow(block: &BlockData) -> bool {
    block.term == Terminator::Unreachable
}
