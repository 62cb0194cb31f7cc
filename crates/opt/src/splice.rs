//! Copies of blocks: within a function, or of another one in the place of a call.

use elfconv_ir::{
    Block, Edge, Frame, Function, Inst, InstKind, Opcode, Terminator, Type, Value, ValueDef,
};

use crate::Decided;

/// A block, taken out of its function.
pub(crate) struct Piece {
    block: Block,
    addr: u64,
    params: Vec<(Value, Type)>,
    insts: Vec<PieceInst>,
    term: Terminator,
}

struct PieceInst {
    kind: InstKind,
    results: Vec<(Value, Type)>,
    addr: u32,
}

/// Blocks of a function, to be copied. What they use is resolved.
pub(crate) fn pieces(f: &Function, blocks: impl IntoIterator<Item = Block>) -> Vec<Piece> {
    let typed = |v: Value| (v, f.ty(v));
    let piece = |block: Block| {
        let data = &f.blocks[block.index()];
        let insts = data.insts.iter().map(|inst| {
            let inst = &f.insts[inst.index()];
            let mut kind = inst.kind.clone();
            kind.visit_mut(|v| *v = f.resolve(*v));
            PieceInst {
                kind,
                results: inst.results.iter().map(typed).collect(),
                addr: inst.addr,
            }
        });
        let mut term = data.term.clone();
        term.visit_mut(|v| *v = f.resolve(*v));
        Piece {
            block,
            addr: data.addr,
            params: data.params.iter().map(|v| typed(*v)).collect(),
            insts: insts.collect(),
            term,
        }
    };
    blocks.into_iter().map(piece).collect()
}

/// What blocks and values of pieces are in the function that they are put into.
pub(crate) struct Names {
    /// [`NEW`] for those that are copied.
    pub blocks: Vec<Block>,
    pub values: Vec<Value>,
}

/// A block that is still to be made.
pub(crate) const NEW: Block = Block(u32::MAX);

impl Names {
    /// Those of the same function: everything is what it is.
    pub fn same(f: &Function) -> Names {
        Names {
            blocks: (0..f.blocks.len() as u32).map(Block).collect(),
            values: (0..f.values.len() as u32).map(Value).collect(),
        }
    }

    /// Those of another function, of which everything is copied.
    pub fn new(f: &Function) -> Names {
        Names {
            blocks: vec![NEW; f.blocks.len()],
            values: vec![Value(u32::MAX); f.values.len()],
        }
    }

    /// Lets the edges lead to where the blocks are now.
    pub fn redirect(&self, term: &mut Terminator) {
        for edge in term.edges_mut() {
            edge.block = self.blocks[edge.block.index()];
        }
    }
}

/// Copies pieces to where `names` has their blocks, behind what is there; or to new blocks.
pub(crate) fn paste(f: &mut Function, pieces: &[Piece], names: &mut Names) {
    let first = f.insts.len();
    for piece in pieces {
        if names.blocks[piece.block.index()] == NEW {
            let block = f.add_block(piece.addr);
            names.blocks[piece.block.index()] = block;
            for (param, ty) in &piece.params {
                names.values[param.index()] = f.add_param(block, *ty);
            }
        }
        let block = names.blocks[piece.block.index()];
        for inst in &piece.insts {
            let types: Vec<Type> = inst.results.iter().map(|r| r.1).collect();
            let copy = f.add_inst(inst.kind.clone(), &types, inst.addr);
            let new = f.insts[copy.index()].results;
            for ((old, _), new) in inst.results.iter().zip(new.iter()) {
                names.values[old.index()] = new;
            }
            f.blocks[block.index()].insts.push(copy);
        }
    }
    // Definitions are all there now.
    for inst in &mut f.insts[first..] {
        inst.kind.visit_mut(|v| *v = names.values[v.index()]);
    }
    for piece in pieces {
        let mut term = piece.term.clone();
        term.visit_mut(|v| *v = names.values[v.index()]);
        names.redirect(&mut term);
        f.blocks[names.blocks[piece.block.index()].index()].term = term;
    }
}

/// Makes a function what its callers may put in the place of a call: what is known there is decided, and results are without the status, which is 0.
pub(crate) fn as_called(f: &mut Function, decided: Decided<'_>) {
    let decisions: Vec<Option<bool>> = (f.blocks.iter())
        .map(|b| match b.term {
            Terminator::Branch { cond, .. } => decided(f, cond),
            _ => None,
        })
        .collect();
    for (block, decision) in f.blocks.iter_mut().zip(decisions) {
        if let Some(taken) = decision
            && let Terminator::Branch {
                then, otherwise, ..
            } = &block.term
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
    crate::remove_dead(f);
    crate::simplify_branches(f);
    f.compact();
}

/// Whether a return with these results has status 0.
pub(crate) fn is_good(f: &Function, results: &[Value]) -> bool {
    f.plain || (results.first()).is_some_and(|status| f.const_of(f.resolve(*status)) == Some(0))
}

/// A call that something else is put in the place of.
pub(crate) struct Site {
    call: Inst,
    /// Ends where the call was.
    pub before: Block,
    /// What follows the call; its parameters are what the call gave.
    pub join: Block,
}

impl Site {
    /// Takes out the call that is the instruction number `at` of a block.
    pub fn open(f: &mut Function, block: Block, at: usize) -> Site {
        let addr = f.blocks[block.index()].addr;
        let join = f.add_block(addr);
        let data = &mut f.blocks[block.index()];
        let rest = data.insts.split_off(at + 1);
        let call = data.insts.pop().expect("there is a call");
        let term = std::mem::replace(&mut data.term, Terminator::Unreachable);
        let data = &mut f.blocks[join.index()];
        (data.insts, data.term) = (rest, term);
        for (i, value) in f.insts[call.index()].results.iter().enumerate() {
            f.values[value.index()].def = ValueDef::Param(join, i as u32);
            f.blocks[join.index()].params.push(value);
        }
        Site {
            call,
            before: block,
            join,
        }
    }

    /// A new block with the call.
    pub fn call_again(&self, f: &mut Function) -> Block {
        let old = &f.insts[self.call.index()];
        let (kind, addr, results) = (old.kind.clone(), old.addr, old.results);
        let types: Vec<Type> = results.iter().map(|v| f.ty(v)).collect();
        let block = f.add_block(f.blocks[self.before.index()].addr);
        let call = f.add_inst(kind, &types, addr);
        let args = f.insts[call.index()].results.iter().collect();
        let data = &mut f.blocks[block.index()];
        data.insts.push(call);
        data.term = Terminator::Jump(Edge {
            block: self.join,
            args,
        });
        block
    }

    /// Puts blocks of a function, the entry among them, in the place of the call; its results are without the status. Edges to blocks for which `instead` gives one of `f`
    /// lead there; these have no parameters. What is copied counts as the call's: what faults in it is reported there, and the caller's frame is reported after its own.
    /// The copied instructions are the function's last.
    pub fn fill(
        &self,
        f: &mut Function,
        callee: &Function,
        blocks: &[Block],
        instead: &dyn Fn(Block) -> Option<Block>,
    ) {
        let InstKind::Call(call) = f.insts[self.call.index()].kind.clone() else {
            return;
        };
        let addr = f.insts[self.call.index()].addr;
        let mut pieces = pieces(callee, blocks.iter().copied());
        for piece in &mut pieces {
            piece.addr = addr.into();
            piece.insts.iter_mut().for_each(|inst| inst.addr = addr);
            for edge in piece.term.edges_mut() {
                if instead(edge.block).is_some() {
                    edge.args.clear();
                }
            }
        }
        let mut names = Names::new(callee);
        for (i, name) in names.blocks.iter_mut().enumerate() {
            *name = instead(Block(i as u32)).unwrap_or(NEW);
        }
        names.blocks[0] = self.before;
        for (param, arg) in callee.params().iter().zip(&call.args) {
            names.values[param.index()] = *arg;
        }
        let first = f.insts.len();
        paste(f, &pieces, &mut names);
        for inst in &mut f.insts[first..] {
            if let InstKind::Call(inner) = &mut inst.kind
                && let Some(frame) = &mut inner.frame
                && let Some(outer) = &call.frame
            {
                frame.put_in(outer.clone());
            }
        }
        for piece in &pieces {
            let block = names.blocks[piece.block.index()];
            self.end(f, block, call.frame.as_ref(), addr);
        }
    }

    /// Lets what returned from the callee go on behind the call, and what left the callee leave its caller, too.
    fn end(&self, f: &mut Function, block: Block, outer: Option<&Frame>, addr: u32) {
        let mut term =
            std::mem::replace(&mut f.blocks[block.index()].term, Terminator::Unreachable);
        match &mut term {
            Terminator::Return(args) => {
                let mut args = std::mem::take(args);
                // A call in tail position gives the status, too.
                if args.len() < f.blocks[self.join.index()].params.len() {
                    let zero =
                        f.add_inst(InstKind::op(Opcode::I32Const, &[], 0), &[Type::I32], addr);
                    args.insert(0, f.insts[zero.index()].results.first);
                    f.blocks[block.index()].insts.push(zero);
                }
                term = Terminator::Jump(Edge {
                    block: self.join,
                    args,
                });
            }
            Terminator::Leave { frame, .. } => {
                if let Some(outer) = outer {
                    frame.put_in(outer.clone());
                }
            }
            _ => {}
        }
        f.blocks[block.index()].term = term;
    }
}
