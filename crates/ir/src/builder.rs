//! Building functions instruction by instruction.

use alloc::{string::String, vec::Vec};

use crate::{Block, Call, Function, InstKind, Opcode, Terminator, Type, Value, impl_recording_ops};

/// Appends instructions to one block after the other. It has all of [`Ops`](crate::Ops), recording; what an operation could be folded to is
/// `opt`'s business.
#[derive(Debug)]
pub struct FunctionBuilder {
    /// What has been built so far.
    pub func: Function,
    block: Block,
    addr: u32,
}

impl FunctionBuilder {
    /// A function whose entry block, with these parameters, is the current block.
    pub fn new(
        name: impl Into<String>,
        addr: u64,
        params: &[Type],
        results: Vec<Type>,
        plain: bool,
    ) -> FunctionBuilder {
        let mut func = Function::new(name, addr, results, plain);
        let block = func.add_block(addr);
        for &ty in params {
            func.add_param(block, ty);
        }
        FunctionBuilder {
            func,
            block,
            addr: addr as u32,
        }
    }

    /// A new block with parameters. Its end is [`Terminator::Unreachable`] until it is set.
    pub fn create_block(&mut self, addr: u64, params: &[Type]) -> Block {
        let block = self.func.add_block(addr);
        for &ty in params {
            self.func.add_param(block, ty);
        }
        block
    }

    /// Appends to `block` from now on.
    pub fn switch_to(&mut self, block: Block) {
        self.block = block;
    }

    /// The block that is appended to.
    pub fn current(&self) -> Block {
        self.block
    }

    /// The parameters of a block.
    pub fn params(&self, block: Block) -> &[Value] {
        &self.func.blocks[block.index()].params
    }

    /// The guest address of the instructions that follow.
    pub fn set_addr(&mut self, addr: u64) {
        self.addr = addr as u32;
    }

    /// Appends an operation that has a result.
    pub fn op(&mut self, op: Opcode, args: &[Value], imm: u128) -> Value {
        debug_assert!(op.result().is_some(), "{op} has no result");
        self.append(InstKind::op(op, args, imm), op.result().as_slice())
            .first
    }

    /// Appends an operation without a result: a store.
    pub fn effect(&mut self, op: Opcode, args: &[Value], imm: u128) {
        debug_assert!(op.result().is_none(), "{op} has a result");
        self.append(InstKind::op(op, args, imm), &[]);
    }

    /// Appends a call with results of these types.
    pub fn call(&mut self, call: Call, results: &[Type]) -> impl Iterator<Item = Value> + use<> {
        self.append(call.into(), results).iter()
    }

    /// Sets how the current block ends.
    pub fn terminate(&mut self, term: Terminator) {
        self.func.blocks[self.block.index()].term = term;
    }

    /// The function.
    pub fn finish(self) -> Function {
        self.func
    }

    fn append(&mut self, kind: InstKind, results: &[Type]) -> crate::Results {
        let inst = self.func.add_inst(kind, results, self.addr);
        self.func.blocks[self.block.index()].insts.push(inst);
        self.func.insts[inst.index()].results
    }

    fn record(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        self.append(InstKind::Op { op, args, imm }, op.result().as_slice())
            .first
    }
}

impl_recording_ops!(impl[] FunctionBuilder, record);
