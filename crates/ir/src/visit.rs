//! Walking over and changing what functions, instructions and terminators refer to.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use crate::{
    Block, BlockData, Call, Callee, Edge, Frame, Function, Inst, InstData, InstKind, KernelFn,
    Opcode, Results, Terminator, Type, Value, ValueData, ValueDef,
};

impl Terminator {
    /// All edges, in order.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        let (first, middle, last): (_, &[Edge], _) = match self {
            Terminator::Jump(edge) => (Some(edge), &[], None),
            Terminator::Branch {
                then, otherwise, ..
            } => (Some(then), &[], Some(otherwise)),
            Terminator::Switch {
                targets, default, ..
            } => (None, targets, Some(default)),
            _ => (None, &[], None),
        };
        first.into_iter().chain(middle).chain(last)
    }

    /// All edges, in order.
    pub fn edges_mut(&mut self) -> impl Iterator<Item = &mut Edge> {
        let (first, middle, last): (_, &mut [Edge], _) = match self {
            Terminator::Jump(edge) => (Some(edge), &mut [], None),
            Terminator::Branch {
                then, otherwise, ..
            } => (Some(then), &mut [], Some(otherwise)),
            Terminator::Switch {
                targets, default, ..
            } => (None, targets, Some(default)),
            _ => (None, &mut [], None),
        };
        first.into_iter().chain(middle).chain(last)
    }

    /// Edge number `number`, in the order of [`Terminator::edges`].
    pub fn edge(&self, number: usize) -> Option<&Edge> {
        match (self, number) {
            (Terminator::Jump(edge) | Terminator::Branch { then: edge, .. }, 0)
            | (
                Terminator::Branch {
                    otherwise: edge, ..
                },
                1,
            ) => Some(edge),
            (
                Terminator::Switch {
                    targets, default, ..
                },
                n,
            ) => targets.get(n).or((n == targets.len()).then_some(default)),
            _ => None,
        }
    }

    /// Calls `f` for each value used, except the arguments of edges.
    pub fn visit_operands(&self, mut f: impl FnMut(Value)) {
        match self {
            Terminator::Jump(_) | Terminator::Unreachable => {}
            Terminator::Branch { cond: value, .. }
            | Terminator::Switch { index: value, .. }
            | Terminator::Fault { info: value, .. } => f(*value),
            Terminator::Return(values) => values.iter().copied().for_each(f),
            Terminator::TailCall { callee, args } => {
                if let Callee::Indirect(target) = callee {
                    f(*target);
                }
                args.iter().copied().for_each(f);
            }
            Terminator::Leave { pc, frame } => {
                f(*pc);
                frame.visit(f);
            }
        }
    }

    /// Calls `f` for each value used, arguments of edges included.
    pub fn visit(&self, mut f: impl FnMut(Value)) {
        self.visit_operands(&mut f);
        self.edges()
            .for_each(|edge| edge.args.iter().copied().for_each(&mut f));
    }

    /// Calls `f` for each value used, arguments of edges included, to change it.
    pub fn visit_mut(&mut self, mut f: impl FnMut(&mut Value)) {
        match self {
            Terminator::Jump(_) | Terminator::Unreachable => {}
            Terminator::Branch { cond: value, .. }
            | Terminator::Switch { index: value, .. }
            | Terminator::Fault { info: value, .. } => f(value),
            Terminator::Return(values) => values.iter_mut().for_each(&mut f),
            Terminator::TailCall { callee, args } => {
                if let Callee::Indirect(target) = callee {
                    f(target);
                }
                args.iter_mut().for_each(&mut f);
            }
            Terminator::Leave { pc, frame } => {
                f(pc);
                frame.visit_mut(&mut f);
            }
        }
        self.edges_mut()
            .for_each(|edge| edge.args.iter_mut().for_each(&mut f));
    }
}

impl Frame {
    /// Calls `f` for each value that the frame, and those around it, report.
    pub fn visit(&self, mut f: impl FnMut(Value)) {
        for frame in self.chain() {
            frame.live.iter().for_each(|&(_, value)| f(value));
            frame.slots.iter().for_each(|slot| f(slot.base));
        }
    }

    /// Calls `f` for each value that the frame, and those around it, report, to change it.
    pub fn visit_mut(&mut self, mut f: impl FnMut(&mut Value)) {
        let mut next = Some(self);
        while let Some(frame) = next {
            frame.live.iter_mut().for_each(|(_, value)| f(value));
            frame.slots.iter_mut().for_each(|slot| f(&mut slot.base));
            next = frame.outer.as_deref_mut();
        }
    }
}

impl Call {
    /// Calls `f` for each value used, those of the frame included.
    pub fn visit(&self, mut f: impl FnMut(Value)) {
        if let Callee::Indirect(target) = self.callee {
            f(target);
        }
        self.args.iter().copied().for_each(&mut f);
        if let Some(frame) = &self.frame {
            frame.visit(f);
        }
    }

    /// Calls `f` for each value used, those of the frame included, to change it.
    pub fn visit_mut(&mut self, mut f: impl FnMut(&mut Value)) {
        if let Callee::Indirect(target) = &mut self.callee {
            f(target);
        }
        self.args.iter_mut().for_each(&mut f);
        if let Some(frame) = &mut self.frame {
            frame.visit_mut(f);
        }
    }
}

impl InstKind {
    /// An operation of up to three arguments.
    pub fn op(op: Opcode, args: &[Value], imm: u128) -> InstKind {
        debug_assert_eq!(args.len(), op.args().len(), "{op}");
        let mut all = [Value(0); 3];
        all[..args.len()].copy_from_slice(args);
        InstKind::Op { op, args: all, imm }
    }

    /// Calls `f` for each value used.
    pub fn visit(&self, f: impl FnMut(Value)) {
        match self {
            InstKind::Op { op, args, .. } => args[..op.args().len()].iter().copied().for_each(f),
            InstKind::Call(call) => call.visit(f),
        }
    }

    /// Calls `f` for each value used, to change it.
    pub fn visit_mut(&mut self, f: impl FnMut(&mut Value)) {
        match self {
            InstKind::Op { op, args, .. } => args[..op.args().len()].iter_mut().for_each(f),
            InstKind::Call(call) => call.visit_mut(f),
        }
    }
}

impl Function {
    /// A function without blocks.
    pub fn new(name: impl Into<String>, addr: u64, results: Vec<Type>, plain: bool) -> Function {
        Function {
            name: name.into(),
            addr,
            results,
            plain,
            blocks: Vec::new(),
            insts: Vec::new(),
            values: Vec::new(),
        }
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value.index()].ty
    }

    /// The value that `value` stands for, aliases followed.
    pub fn resolve(&self, mut value: Value) -> Value {
        while let ValueDef::Alias(to) = self.values[value.index()].def {
            value = to;
        }
        value
    }

    /// The operation that defines a value, if one does.
    pub fn op_of(&self, value: Value) -> Option<(Opcode, [Value; 3], u128)> {
        let ValueDef::Inst(inst, _) = self.values[value.index()].def else {
            return None;
        };
        match self.insts[inst.index()].kind {
            InstKind::Op { op, args, imm } => Some((op, args, imm)),
            InstKind::Call(_) => None,
        }
    }

    /// The bits of a constant.
    pub fn const_of(&self, value: Value) -> Option<u128> {
        match self.op_of(value) {
            Some((op, _, imm)) if op.is_const() => Some(imm),
            _ => None,
        }
    }

    /// A new empty block that is unreachable and ends so.
    pub fn add_block(&mut self, addr: u64) -> Block {
        self.blocks.push(BlockData {
            params: Vec::new(),
            insts: Vec::new(),
            term: Terminator::Unreachable,
            addr,
        });
        Block(self.blocks.len() as u32 - 1)
    }

    /// A new parameter of `block`, its last.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let value = Value(self.values.len() as u32);
        let params = &mut self.blocks[block.index()].params;
        self.values.push(ValueData {
            ty,
            def: ValueDef::Param(block, params.len() as u32),
        });
        params.push(value);
        value
    }

    /// A new instruction with its results, in no block yet.
    pub fn add_inst(&mut self, kind: InstKind, results: &[Type], addr: u32) -> Inst {
        let inst = Inst(self.insts.len() as u32);
        let first = Value(self.values.len() as u32);
        self.values
            .extend(results.iter().enumerate().map(|(i, &ty)| ValueData {
                ty,
                def: ValueDef::Inst(inst, i as u32),
            }));
        self.insts.push(InstData {
            kind,
            results: Results {
                first,
                len: results.len() as u32,
            },
            addr,
        });
        inst
    }

    /// Whether a block loads the registers at a safepoint at which the function is entered.
    pub fn resumes(&self, block: Block) -> bool {
        self.blocks[block.index()].insts.iter().any(|inst| {
            matches!(&self.insts[inst.index()].kind, InstKind::Call(call) if call.callee == Callee::Kernel(KernelFn::Resumed))
        })
    }

    /// For each block whether it is reached otherwise than from such a safepoint.
    pub fn usual(&self) -> Vec<bool> {
        let mut usual = vec![false; self.blocks.len()];
        let mut work = vec![Block(0)];
        usual[0] = true;
        while let Some(block) = work.pop() {
            for edge in self.blocks[block.index()].term.edges() {
                if !usual[edge.block.index()] && !self.resumes(edge.block) {
                    usual[edge.block.index()] = true;
                    work.push(edge.block);
                }
            }
        }
        usual
    }

    /// The parameters of the function.
    pub fn params(&self) -> &[Value] {
        &self.blocks[0].params
    }

    /// Resolves aliases, drops unreachable blocks and everything that is in no block, and numbers blocks, instructions and values in order. Two functions that
    /// print alike are equal after this.
    pub fn compact(&mut self) {
        const GONE: u32 = u32::MAX;
        let mut block_map = vec![GONE; self.blocks.len()];
        let mut stack = vec![Block(0)];
        block_map[0] = 0;
        while let Some(block) = stack.pop() {
            for edge in self.blocks[block.index()].term.edges() {
                if block_map[edge.block.index()] == GONE {
                    block_map[edge.block.index()] = 0;
                    stack.push(edge.block);
                }
            }
        }
        let mut kept = 0;
        for mapped in block_map.iter_mut().filter(|mapped| **mapped != GONE) {
            *mapped = kept;
            kept += 1;
        }

        let old_blocks = core::mem::take(&mut self.blocks);
        let mut old_insts: Vec<Option<InstData>> = core::mem::take(&mut self.insts)
            .into_iter()
            .map(Some)
            .collect();
        let old_values = core::mem::take(&mut self.values);
        let mut value_map = vec![GONE; old_values.len()];
        let mut blocks = Vec::with_capacity(kept as usize);
        let mut insts = Vec::new();
        let mut values = Vec::new();
        for (index, mut data) in old_blocks
            .into_iter()
            .enumerate()
            .filter(|&(index, _)| block_map[index] != GONE)
        {
            let block = Block(block_map[index]);
            for (number, param) in data.params.iter_mut().enumerate() {
                value_map[param.index()] = values.len() as u32;
                values.push(ValueData {
                    ty: old_values[param.index()].ty,
                    def: ValueDef::Param(block, number as u32),
                });
                *param = Value(value_map[param.index()]);
            }
            for inst in &mut data.insts {
                let Some(mut data) = old_insts[inst.index()].take() else {
                    continue;
                };
                *inst = Inst(insts.len() as u32);
                let first = Value(values.len() as u32);
                for (number, result) in data.results.iter().enumerate() {
                    value_map[result.index()] = values.len() as u32;
                    values.push(ValueData {
                        ty: old_values[result.index()].ty,
                        def: ValueDef::Inst(*inst, number as u32),
                    });
                }
                data.results.first = if data.results.len == 0 {
                    Value(0)
                } else {
                    first
                };
                insts.push(data);
            }
            blocks.push(data);
        }

        let resolve = |mut value: Value| {
            while let ValueDef::Alias(to) = old_values[value.index()].def {
                value = to;
            }
            // A value that is defined nowhere keeps a number that is out of range, for the verifier to find.
            Value(value_map[value.index()])
        };
        for inst in &mut insts {
            inst.kind.visit_mut(|value| *value = resolve(*value));
            if let InstKind::Op { op, args, .. } = &mut inst.kind {
                args[op.args().len()..].fill(Value(0));
            }
        }
        for block in &mut blocks {
            block.term.visit_mut(|value| *value = resolve(*value));
            for edge in block.term.edges_mut() {
                edge.block = Block(block_map[edge.block.index()]);
            }
        }
        (self.blocks, self.insts, self.values) = (blocks, insts, values);
    }
}

impl From<Call> for InstKind {
    fn from(call: Call) -> InstKind {
        InstKind::Call(Box::new(call))
    }
}
