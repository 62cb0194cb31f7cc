//! The code under construction: values, locals, blocks.

use std::collections::BTreeMap;

use elfconv_ir::{Edge, Function, Inst, InstKind, Opcode, Type, Value};
use wasm_encoder::InstructionSink;

use super::{
    cfg::NONE,
    fma::Fused,
    frames::Cold,
    locals::Locals,
    plan::{Place, Plan, position},
};
use crate::{
    Body, FunctionInfo,
    body::{Descriptor, Fixup, uleb},
    context::{Context, Spill, signature},
    pcmap,
    types::val_type,
};

/// Locals that lowering uses for a moment; several of each type.
#[derive(Default)]
struct Temps([Vec<u32>; 5]);

/// Emits the code of one function.
pub(crate) struct Emitter<'a> {
    pub context: &'a Context<'a>,
    pub info: &'a FunctionInfo,
    pub function: &'a Function,
    pub plan: &'a Plan,
    locals: &'a Locals,
    pub code: Vec<u8>,
    declared: Vec<Type>,
    temps: Temps,
    /// The variable of dispatches.
    label_local: u32,
    /// Number of open labels.
    pub depth: u32,
    /// Number of the label of the common exit.
    pub exit_label: u32,
    pub fused: Fused,
    /// Reports after calls, whose code is behind the body.
    pub cold: Cold,
    /// Where code ended after the last `local.set`, where that began, and its local.
    last_set: (usize, usize, u32),
    /// Whether a base's shared address has been computed.
    computed: Vec<bool>,
    body: Body,
    /// Offset in the code of an instruction, and the guest address that it comes from.
    marks: Vec<(u32, u32)>,
    descriptor_index: BTreeMap<Descriptor, u32>,
}

impl<'a> Emitter<'a> {
    pub fn new(
        context: &'a Context<'a>,
        info: &'a FunctionInfo,
        function: &'a Function,
        plan: &'a Plan,
        locals: &'a Locals,
    ) -> Self {
        Emitter {
            context,
            info,
            function,
            plan,
            locals,
            code: Vec::with_capacity(8 * function.insts.len()),
            declared: locals.declared.clone(),
            temps: Temps::default(),
            label_local: NONE,
            depth: 0,
            exit_label: 0,
            fused: Fused::No,
            cold: Cold::default(),
            last_set: (usize::MAX, 0, 0),
            computed: vec![false; plan.address.len()],
            body: Body::default(),
            marks: Vec::new(),
            descriptor_index: BTreeMap::new(),
        }
    }

    /// Where instructions go.
    pub fn sink(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    /// The function cannot be encoded.
    pub fn fail(&mut self) {
        self.body.failed = true;
    }

    /// The instruction that follows comes from this guest address, and may trap or call.
    pub fn mark(&mut self, addr: u32) {
        if addr != 0 && self.context.features.pcmap {
            self.marks.push((self.code.len() as u32, addr));
        }
    }

    /// The blocks of loops that call nothing.
    pub fn tight_loops(&self) -> Vec<bool> {
        let function = self.function;
        function.in_cycles(|b| {
            let insts = &function.blocks[b.index()].insts;
            !insts
                .iter()
                .any(|i| matches!(function.insts[i.index()].kind, InstKind::Call(_)))
        })
    }

    /// Code begins that is reached without what was emitted before.
    pub fn begin(&mut self) {
        self.computed.fill(false);
        self.last_set.0 = usize::MAX;
    }

    /// Branches to the common exit.
    pub fn exit(&mut self) {
        let depth = self.depth - 1 - self.exit_label;
        self.sink().br(depth);
    }

    /// Notes a call of `refill n`.
    pub fn note_refill(&mut self, n: usize) {
        self.body.refills |= 1 << n;
    }

    /// Notes a call of `spill n` or `spill_apart n`.
    pub fn note_spill(&mut self, spill: Spill, n: usize) {
        self.body.spills[spill as usize] |= 1 << n;
    }

    /// Pushes the offset of a frame descriptor.
    pub fn push_descriptor(&mut self, descriptor: Descriptor) {
        let next = self.body.descriptors.len() as u32;
        let index = *self
            .descriptor_index
            .entry(descriptor)
            .or_insert_with_key(|descriptor| {
                self.body.descriptors.push(descriptor.clone());
                next
            });
        self.body.fixups.push(Fixup {
            at: self.code.len() as u32,
            descriptor: index,
        });
        self.last_set.0 = usize::MAX;
    }

    fn declare(&mut self, ty: Type) -> u32 {
        self.declared.push(ty);
        (self.info.params.len() + self.declared.len() - 1) as u32
    }

    /// A local for a moment: the `n`th of its type.
    pub fn temp(&mut self, ty: Type, n: usize) -> u32 {
        while self.temps.0[ty as usize].len() <= n {
            let local = self.declare(ty);
            self.temps.0[ty as usize].push(local);
        }
        self.temps.0[ty as usize][n]
    }

    /// The local for the number of a dispatch's target.
    pub fn label_local(&mut self) -> u32 {
        if self.label_local == NONE {
            self.label_local = self.declare(Type::I32);
        }
        self.label_local
    }

    /// `local.set`.
    pub fn set(&mut self, local: u32) {
        let start = self.code.len();
        self.sink().local_set(local);
        self.last_set = (self.code.len(), start, local);
    }

    /// `local.get`, or makes a `local.tee` of the `local.set` just before.
    pub fn get(&mut self, local: u32) {
        if self.was_just_set(local) {
            self.code[self.last_set.1] = 0x22;
            self.last_set.0 = usize::MAX;
        } else {
            self.sink().local_get(local);
        }
    }

    fn was_just_set(&self, local: u32) -> bool {
        self.last_set.0 == self.code.len() && self.last_set.2 == local
    }

    /// Whether pushing this value would be free now.
    pub fn is_at_hand(&self, value: Value) -> bool {
        let value = self.plan.resolved[value.index()];
        self.plan.place[value.index()] == Place::Local
            && self.was_just_set(self.locals.local[value.index()])
    }

    /// What a value stands for.
    pub fn resolve(&self, value: Value) -> Value {
        self.plan.resolved[value.index()]
    }

    pub fn ty(&self, value: Value) -> Type {
        self.function.values[value.index()].ty
    }

    /// The instruction that is evaluated where this value is used.
    pub fn tree(&self, value: Value) -> Option<(Opcode, [Value; 3], u128, u32)> {
        match self.plan.place[self.resolve(value).index()] {
            Place::Tree(inst) => {
                let data = &self.function.insts[inst.index()];
                match data.kind {
                    InstKind::Op { op, args, imm } => Some((op, args, imm, data.addr)),
                    InstKind::Call(_) => None,
                }
            }
            _ => None,
        }
    }

    /// The bits of a constant value, wherever it is.
    pub fn constant(&self, value: Value) -> Option<u128> {
        let elfconv_ir::ValueDef::Inst(inst, _) =
            self.function.values[self.resolve(value).index()].def
        else {
            return None;
        };
        match self.function.insts[inst.index()].kind {
            InstKind::Op { op, imm, .. } if op.is_const() => Some(imm),
            _ => None,
        }
    }

    /// The local of a value, if that is where it is.
    pub fn local(&self, value: Value) -> Option<u32> {
        let value = self.resolve(value).index();
        (self.plan.place[value] == Place::Local).then(|| self.locals.local[value])
    }

    /// Pushes a value.
    pub fn push(&mut self, value: Value) {
        let value = self.resolve(value);
        match self.plan.place[value.index()] {
            Place::Local => {
                let local = self.locals.local[value.index()];
                if local == NONE {
                    // Never defined on any path that is taken.
                    let ty = self.ty(value);
                    crate::thunks::zero(&mut self.sink(), ty);
                } else {
                    self.get(local);
                }
            }
            Place::Tree(inst) | Place::Constant(inst) => self.op(inst),
            // Addresses are nobody's operands.
            Place::Dead | Place::Address => {
                debug_assert_eq!(self.plan.place[value.index()], Place::Dead);
                let ty = self.ty(value);
                crate::thunks::zero(&mut self.sink(), ty);
            }
        }
    }

    /// Emits the instructions of a block, not its terminator.
    pub fn block(&mut self, b: u32) {
        let function = self.function;
        let plan = self.plan;
        let mut hooks = plan.hooks[b as usize].iter().peekable();
        for (i, &inst) in function.blocks[b as usize].insts.iter().enumerate() {
            while let Some((_, base)) = hooks.next_if(|h| h.0 < position(i)) {
                self.compute_address(*base);
            }
            if plan.live[inst.index()] {
                self.root(inst);
            }
        }
        for (_, base) in hooks {
            self.compute_address(*base);
        }
    }

    /// Whether nothing is emitted in the place of an instruction.
    pub fn is_nothing(&self, inst: Inst) -> bool {
        let data = &self.function.insts[inst.index()];
        let place = |value: Value| self.plan.place[value.index()];
        !self.plan.live[inst.index()]
            || matches!(data.kind, InstKind::Op { .. })
                && data.results.len == 1
                && !matches!(place(data.results.first), Place::Local | Place::Address)
    }

    /// Emits an instruction unless it is evaluated elsewhere.
    fn root(&mut self, inst: Inst) {
        let function = self.function;
        let data = &function.insts[inst.index()];
        match &data.kind {
            InstKind::Call(call) => self.call(inst, call),
            InstKind::Op { .. } if data.results.len == 0 => self.op(inst),
            InstKind::Op { op, args, imm } => {
                let value = data.results.first;
                match self.plan.place[value.index()] {
                    Place::Local => {
                        self.op(inst);
                        self.set(self.locals.local[value.index()]);
                    }
                    Place::Address => {
                        let guard = self.guard(value);
                        self.push_low_of(*op, *args, *imm, data.addr, -guard);
                        self.set_address(value);
                    }
                    Place::Dead | Place::Constant(_) | Place::Tree(_) => {}
                }
            }
        }
    }

    /// Computes the address of a base for several accesses.
    fn compute_address(&mut self, base: Value) {
        let guard = self.guard(base);
        self.push_low_plus(base, -guard);
        self.set_address(base);
    }

    /// Pops the shared address of a base.
    fn set_address(&mut self, base: Value) {
        self.computed[base.index()] = true;
        self.set(self.locals.local[self.plan.address[base.index()] as usize]);
    }

    /// Pushes the shared address of a base, if it has one.
    pub fn push_address(&mut self, base: Value) -> bool {
        let base = self.resolve(base);
        let address = self.plan.address[base.index()];
        if address == NONE {
            return false;
        }
        if !self.computed[base.index()] {
            self.compute_address(base);
        }
        self.get(self.locals.local[address as usize]);
        true
    }

    /// Passes an edge's arguments: all are pushed before any local is set, so copies are parallel.
    pub fn copies(&mut self, edge: &Edge) {
        let params = &self.function.blocks[edge.block.index()].params;
        let mut targets = Vec::new();
        for (param, arg) in params.iter().zip(&edge.args) {
            let Some(target) = self.local(*param).filter(|l| *l != NONE) else {
                continue;
            };
            if self.local(*arg) != Some(target) {
                self.push(*arg);
                targets.push(target);
            }
        }
        for target in targets.into_iter().rev() {
            self.set(target);
        }
    }

    /// Whether the copies for one edge of a branch can be made even if the other is taken: what they overwrite is not needed there.
    pub fn may_copy_before(&self, edge: &Edge, other: &Edge) -> bool {
        let locals_of = |edge: &Edge| -> Vec<u32> {
            let params = &self.function.blocks[edge.block.index()].params;
            let pairs = params.iter().zip(&edge.args);
            pairs
                .filter_map(|(param, arg)| {
                    let target = self.local(*param).filter(|l| *l != NONE)?;
                    (self.local(*arg) != Some(target)).then_some(target)
                })
                .collect()
        };
        let params = &self.function.blocks[other.block.index()].params;
        let read = params.iter().zip(&other.args).filter_map(|(param, arg)| {
            self.local(*param)?;
            Some((*arg, self.local(*arg)))
        });
        // What is computed on the other edge might read anything.
        let mut passed = Vec::new();
        for (arg, local) in read {
            match local {
                Some(local) => passed.push(local),
                None if self.constant(arg).is_some() => {}
                None => return false,
            }
        }
        locals_of(edge).into_iter().all(|local| {
            !passed.contains(&local) && !self.locals.is_needed_at(other.block.0, local)
        })
    }

    /// Whether an edge needs code.
    pub fn has_copies(&self, edge: &Edge) -> bool {
        let params = &self.function.blocks[edge.block.index()].params;
        params.iter().zip(&edge.args).any(|(param, arg)| {
            self.local(*param)
                .is_some_and(|target| target != NONE && self.local(*arg) != Some(target))
        })
    }

    /// Ends the function: the declaration of its locals precedes its code.
    pub fn finish(mut self) -> Body {
        let mut groups: Vec<(u32, Type)> = Vec::new();
        for ty in &self.declared {
            match groups.last_mut() {
                Some((count, last)) if last == ty => *count += 1,
                _ => groups.push((1, *ty)),
            }
        }
        // Engines refuse more locals.
        if self.declared.len() + self.info.params.len() > 49_000 {
            self.fail();
        }
        let mut code = Vec::with_capacity(self.code.len() + 16);
        uleb(&mut code, groups.len() as u64);
        for (count, ty) in groups {
            uleb(&mut code, count.into());
            wasm_encoder::Encode::encode(&val_type(ty), &mut code);
        }
        let shift = code.len() as u32;
        code.extend_from_slice(&self.code);
        let mut body = self.body;
        body.fixups.iter_mut().for_each(|f| f.at += shift);
        if self.context.features.pcmap {
            body.pcs = pcmap::stream(&self.code, self.info.addr, &self.marks);
        }
        body.code = code;
        // Engines refuse bodies beyond 7,654,321 bytes.
        body.failed |= body.len() > 7_000_000;
        body
    }

    /// Types of the wasm results.
    pub fn results(&self) -> Vec<Type> {
        signature(self.info).1
    }
}
