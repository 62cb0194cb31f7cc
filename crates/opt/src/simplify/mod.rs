//! Algebraic simplification, constant folding and global value numbering, in one walk.
//!
//! Blocks are visited in preorder of the dominator tree, so a value's definition is simplified before all uses but those around a loop. Each pure operation is, in turn,
//! folded if its arguments are constants, rewritten by the rules of the other files in this directory, or found in a table of what has been computed already
//! (Click, "Global Code Motion / Global Value Numbering", PLDI 1995); what remains is entered into the table. An entry counts only where its block
//! dominates. Since the walk is a preorder, an entry that does not dominate now never will again, and is replaced.
//!
//! Rules build their results with [`Simplifier::emit`], which simplifies in turn. Each is preceded by its algebra. There is no going back: a rule sees the
//! definitions of its arguments, never their users, so it must not be worse when these stay alive for others. What becomes unused is left to `dce`.
//!
//! Memory: an earlier load or store of the same place in the same extended basic block answers a load; see `memory`.

mod bits;
mod compare;
mod convert;
mod flags;
mod integer;
mod memory;
mod select;
mod table;
mod vector;

use std::{collections::BTreeMap, mem};

use elfconv_ir::{
    Block, Cfg, Const, Effect, Function, Inst, InstKind, Opcode, Terminator, Type, Value, ValueDef,
    eval,
};

use memory::Available;
use table::Table;

/// How deep rules may call each other by way of [`Simplifier::emit`]; beyond that, operations are emitted as they are.
const DEPTH: u32 = 12;

/// Simplifies all operations.
pub fn simplify(f: &mut Function) {
    let cfg = Cfg::new(f);
    let insts = f.insts.len();
    let mut s = Simplifier {
        f,
        cfg: &cfg,
        table: Table::new(insts),
        inst_block: vec![Block(0); insts],
        block: Block(0),
        out: Vec::new(),
        addr: 0,
        depth: 0,
        available: Available::default(),
        bases: BTreeMap::new(),
    };
    let mut at_end: Vec<Option<Available>> = vec![None; s.f.blocks.len()];
    for &block in &cfg.dom_preorder {
        // What is known in memory flows into a block that has one way in.
        s.available = match cfg.preds(block) {
            [pred] if block != Block(0) => at_end[pred.index()].clone().unwrap_or_default(),
            _ => Available::default(),
        };
        s.block(block);
        let flows_on = s.f.blocks[block.index()]
            .term
            .edges()
            .any(|edge| matches!(cfg.preds(edge.block), [_]));
        if flows_on {
            at_end[block.index()] = Some(mem::take(&mut s.available));
        }
    }
}

/// The operation that defines a value.
#[derive(Clone, Copy)]
struct Def {
    op: Opcode,
    args: [Value; 3],
    imm: u128,
}

struct Simplifier<'a> {
    f: &'a mut Function,
    cfg: &'a Cfg,
    table: Table,
    /// The block of each instruction that is in the table.
    inst_block: Vec<Block>,
    block: Block,
    /// The current block's instructions.
    out: Vec<Inst>,
    /// Guest address of the instruction that is being simplified.
    addr: u32,
    depth: u32,
    available: Available,
    /// For values from which constants are subtracted to give addresses: one such address, its constant and the block where it was met.
    bases: BTreeMap<Value, (Value, i64, Block)>,
}

impl Simplifier<'_> {
    fn block(&mut self, block: Block) {
        self.block = block;
        let insts = mem::take(&mut self.f.blocks[block.index()].insts);
        self.out = Vec::with_capacity(insts.len());
        for inst in insts {
            self.inst(inst);
        }
        let mut term = mem::replace(
            &mut self.f.blocks[block.index()].term,
            Terminator::Unreachable,
        );
        term.visit_mut(|value| *value = self.f.resolve(*value));
        self.terminator(&mut term);
        let data = &mut self.f.blocks[block.index()];
        data.term = term;
        data.insts = mem::take(&mut self.out);
    }

    fn inst(&mut self, inst: Inst) {
        let mut kind = mem::replace(
            &mut self.f.insts[inst.index()].kind,
            InstKind::op(Opcode::I32Const, &[], 0),
        );
        kind.visit_mut(|value| *value = self.f.resolve(*value));
        self.addr = self.f.insts[inst.index()].addr;
        match &mut kind {
            InstKind::Op { op, args, imm } if op.is_pure() => {
                let def = normal(
                    self.f,
                    Def {
                        op: *op,
                        args: *args,
                        imm: *imm,
                    },
                );
                let result = self.f.insts[inst.index()].results.first;
                if let Some(value) = self.rewrite(def).or_else(|| self.known(def)) {
                    self.alias(result, value);
                    return;
                }
                kind = InstKind::Op {
                    op: def.op,
                    args: def.args,
                    imm: def.imm,
                };
                self.f.insts[inst.index()].kind = kind;
                self.place(inst);
                return;
            }
            InstKind::Op { op, args, imm } => {
                let mut def = Def {
                    op: *op,
                    args: *args,
                    imm: *imm,
                };
                match def.op.effect() {
                    Effect::Load | Effect::StateLoad => {
                        self.load_address(&mut def);
                        let result = self.f.insts[inst.index()].results.first;
                        if let Some(value) = self.loaded(&def) {
                            self.alias(result, value);
                            return;
                        }
                        self.note_load(&def, result);
                    }
                    _ => {
                        if !self.store(&mut def) {
                            return;
                        }
                    }
                }
                kind = InstKind::Op {
                    op: def.op,
                    args: def.args,
                    imm: def.imm,
                };
            }
            InstKind::Call(_) => self.available.clear(),
        }
        self.f.insts[inst.index()].kind = kind;
        self.out.push(inst);
    }

    /// Makes `value` stand for `by`, a value without alias.
    fn alias(&mut self, value: Value, by: Value) {
        debug_assert_eq!(self.f.ty(value), self.f.ty(by));
        debug_assert_ne!(value, by);
        self.f.values[value.index()].def = ValueDef::Alias(by);
    }

    /// Appends a pure instruction to the block and enters it into the table.
    fn place(&mut self, inst: Inst) {
        self.out.push(inst);
        if self.inst_block.len() <= inst.index() {
            self.inst_block.resize(inst.index() + 1, Block(0));
        }
        self.inst_block[inst.index()] = self.block;
        self.table.insert(&self.f.insts, inst);
    }

    /// A value that has been computed already, where it counts.
    fn known(&mut self, def: Def) -> Option<Value> {
        let inst = self.table.find(&self.f.insts, &def)?;
        if !self
            .cfg
            .dominates(self.inst_block[inst.index()], self.block)
        {
            return None;
        }
        Some(self.f.insts[inst.index()].results.first)
    }

    /// A value that is `op(args)`, simplified; an instruction if need be. Absent arguments are `Value(0)`.
    fn emit(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        let def = normal(self.f, Def { op, args, imm });
        if self.depth < DEPTH {
            self.depth += 1;
            let value = self.rewrite(def);
            self.depth -= 1;
            if let Some(value) = value {
                return value;
            }
        }
        if let Some(value) = self.known(def) {
            return value;
        }
        let kind = InstKind::Op {
            op: def.op,
            args: def.args,
            imm: def.imm,
        };
        let inst = self.f.add_inst(kind, def.op.result().as_slice(), self.addr);
        self.place(inst);
        self.f.insts[inst.index()].results.first
    }

    fn unary(&mut self, op: Opcode, a: Value) -> Value {
        self.emit(op, [a, Value(0), Value(0)], 0)
    }

    fn binary(&mut self, op: Opcode, a: Value, b: Value) -> Value {
        self.emit(op, [a, b, Value(0)], 0)
    }

    fn constant(&mut self, ty: Type, bits: u128) -> Value {
        self.emit(
            ty.const_op(),
            [Value(0); 3],
            bits & (u128::MAX >> (128 - ty.bits())),
        )
    }

    fn def(&self, value: Value) -> Option<Def> {
        self.f
            .op_of(value)
            .map(|(op, args, imm)| Def { op, args, imm })
    }

    /// The definition if it is by this opcode.
    fn def_by(&self, value: Value, op: Opcode) -> Option<Def> {
        self.def(value).filter(|def| def.op == op)
    }

    /// An integer constant's bits.
    fn int(&self, value: Value) -> Option<u64> {
        self.f.const_of(value).map(|bits| bits as u64)
    }

    /// A simpler value for a pure operation, if a rule applies.
    fn rewrite(&mut self, def: Def) -> Option<Value> {
        if def.op.is_const() {
            return None;
        }
        if let Some(value) = self.fold(def) {
            return Some(value);
        }
        use Opcode as O;
        match def.op {
            O::SelectI32 | O::SelectI64 | O::SelectF32 | O::SelectF64 | O::SelectV128 => {
                self.select(def)
            }
            O::Cond => self.cond(def.args[0], def.imm as u8),
            O::NzcvAdc32 | O::NzcvAdc64 => self.nzcv_adc(def),
            op => match integer::Int::of(op) {
                Some((int, width)) if int.is_compare() => {
                    self.compare(int, width, def.args[0], def.args[1])
                }
                Some((int, width)) => self.integer(int, width, def.args[0], def.args[1]),
                None => self.convert(def).or_else(|| self.vector(def)),
            },
        }
    }

    /// The value of an operation on constants.
    fn fold(&mut self, def: Def) -> Option<Value> {
        let types = def.op.args();
        let mut args = [Const {
            ty: Type::I32,
            bits: 0,
        }; 3];
        for ((arg, &value), &ty) in args.iter_mut().zip(&def.args).zip(types) {
            *arg = Const {
                ty,
                bits: self.f.const_of(value)?,
            };
        }
        let result = eval::fold_known(def.op, &args[..types.len()], def.imm)?;
        Some(self.constant(result.ty, result.bits))
    }

    fn terminator(&mut self, term: &mut Terminator) {
        if let Terminator::Branch {
            cond,
            then,
            otherwise,
        } = term
        {
            let (value, inverted) = self.truth(*cond);
            *cond = value;
            if inverted {
                mem::swap(then, otherwise);
            }
        }
    }

    /// A value that is zero or not as `cond` is, or, if inverted, as it is not.
    fn truth(&self, mut cond: Value) -> (Value, bool) {
        let mut inverted = false;
        loop {
            match self.def(cond) {
                // x == 0, for i32
                Some(Def {
                    op: Opcode::I32Eqz,
                    args,
                    ..
                }) => (cond, inverted) = (args[0], !inverted),
                // x != 0
                Some(Def {
                    op: Opcode::I32Ne,
                    args,
                    ..
                }) if self.int(args[1]) == Some(0) => cond = args[0],
                _ => return (cond, inverted),
            }
        }
    }
}

/// Constants to the right; else, of operands that may be exchanged, the older to the left.
fn normal(f: &Function, mut def: Def) -> Def {
    if let Some(swapped) = integer::swapped(def.op) {
        let [a, b, _] = def.args;
        let order = |value: Value| (f.const_of(value).is_some(), value);
        if order(a) > order(b) && (def.op == swapped || f.const_of(a).is_some()) {
            def.op = swapped;
            def.args.swap(0, 1);
        }
    }
    def
}
