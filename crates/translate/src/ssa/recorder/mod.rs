//! The recording builder: instructions' semantics become IR instructions of the current block.
//!
//! Registers are entries of a map to SSA values. Vector registers keep the type in which they were last written; reads convert. Addresses that
//! are the entry sp plus a constant are one value per offset, made in the entry block, so that every use of the frame is evident.

mod builder;
mod flush;

use std::collections::BTreeMap;

use elfconv_a64::state::{CpuState, FZ, SysReg};
use elfconv_ir::{
    Block, BlockData, Callee, Const, FaultKind, Function, Inst, InstData, InstKind, KernelFn,
    Opcode, Reg, Results, Terminator, Type, Value, ValueData, ValueDef, eval,
};

use crate::{
    abs::{Abs, State},
    regs::RegSet,
};

/// Number of register map entries: [`Reg`] numbers 0–95.
pub const REGS: usize = 96;

/// What each register holds at a point; `None` where it is not known to this function.
#[derive(Clone)]
pub struct RegMap {
    regs: [Option<Value>; REGS],
    /// The index that a jump table load was about to use: address of the load, value.
    pub index: Option<(u64, Value)>,
    /// Within a nest of loops that counts in a local variable: its number, and the count.
    pub count: Option<(u32, Value)>,
}

impl RegMap {
    /// Nothing known.
    pub fn new() -> RegMap {
        RegMap {
            regs: [None; REGS],
            index: None,
            count: None,
        }
    }

    /// The value of a register.
    pub fn get(&self, r: Reg) -> Option<Value> {
        self.regs[usize::from(r.0)]
    }

    /// Set or forget it.
    pub fn set(&mut self, r: Reg, v: Option<Value>) {
        self.regs[usize::from(r.0)] = v;
    }
}

/// What the last control instruction of the block said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Control {
    /// Condition of a conditional branch (i32).
    pub cond: Option<Value>,
    /// Target of an indirect call, jump or return (i64).
    pub target: Option<Value>,
    /// FPSR is looked at: its flags are to be kept from now on.
    pub observes: bool,
    /// Fault and its information.
    pub fault: Option<(FaultKind, u64)>,
}

/// Records into a function.
pub struct Recorder {
    /// The function.
    pub f: Function,
    /// Where instructions go.
    pub block: Block,
    /// Current registers.
    pub map: RegMap,
    /// What is known of frame slots (those of elided registers only).
    pub slots: State,
    /// Of the current instruction or block.
    pub control: Control,
    /// Registers whose saves are elided.
    pub elided: RegSet,
    /// The value of FPCR that code is made for.
    pub fpcr: u32,
    in_state: RegSet,
    pc: u64,
    abs: Vec<Abs>,
    frame: BTreeMap<i32, Value>,
    entry_values: [Option<Value>; REGS],
    /// Registers whose entry value others have: the callers (elided saves) or the state block.
    markers: RegSet,
}

impl Recorder {
    /// A function with its entry block, whose parameters are `params`.
    ///
    /// Registers of `in_state` are valid in the state block at entry.
    pub fn new(
        name: String,
        addr: u64,
        params: RegSet,
        elided: RegSet,
        in_state: RegSet,
    ) -> Recorder {
        let f = Function {
            name,
            addr,
            results: Vec::new(),
            plain: false,
            blocks: Vec::new(),
            insts: Vec::new(),
            values: Vec::new(),
        };
        let mut r = Recorder {
            f,
            block: Block(0),
            map: RegMap::new(),
            slots: State::entry(),
            control: Control::default(),
            elided,
            fpcr: 0,
            in_state,
            pc: addr,
            abs: Vec::new(),
            frame: BTreeMap::new(),
            entry_values: [None; REGS],
            markers: RegSet::EMPTY,
        };
        r.new_block(addr);
        for (reg, ty) in params.iter() {
            let v = r.new_param(Block(0), ty);
            r.entry_values[usize::from(reg.0)] = Some(v);
            if reg == Reg::SP {
                r.abs[v.index()] = Abs::Sp(0);
                r.frame.insert(0, v);
            } else {
                r.abs[v.index()] = Abs::Entry(reg);
            }
        }
        // The caller keeps these; a marker stands for the value, and is never computed with.
        for (reg, ty) in elided.minus(params).or(in_state).iter() {
            let v = r.constant(ty, 0);
            r.abs[v.index()] = Abs::Entry(reg);
            r.entry_values[usize::from(reg.0)] = Some(v);
            r.markers.insert(reg, ty);
        }
        for n in 0..REGS as u8 {
            r.map.set(Reg(n), r.entry_values[usize::from(n)]);
        }
        r
    }

    /// A new, empty, unterminated block.
    pub fn new_block(&mut self, addr: u64) -> Block {
        self.f.blocks.push(BlockData {
            params: Vec::new(),
            insts: Vec::new(),
            term: Terminator::Unreachable,
            addr,
        });
        Block(self.f.blocks.len() as u32 - 1)
    }

    /// A new parameter of a block.
    pub fn new_param(&mut self, block: Block, ty: Type) -> Value {
        let n = self.f.blocks[block.index()].params.len() as u32;
        let v = self.new_value(ty, ValueDef::Param(block, n));
        self.f.blocks[block.index()].params.push(v);
        v
    }

    fn new_value(&mut self, ty: Type, def: ValueDef) -> Value {
        self.f.values.push(ValueData { ty, def });
        self.abs.push(Abs::Top);
        Value(self.f.values.len() as u32 - 1)
    }

    /// Append an instruction with results of these types.
    pub fn push(&mut self, kind: InstKind, types: &[Type]) -> Results {
        let inst = self.add_inst(kind, types);
        self.f.blocks[self.block.index()].insts.push(inst);
        self.f.insts[inst.index()].results
    }

    fn add_inst(&mut self, kind: InstKind, types: &[Type]) -> Inst {
        let inst = Inst(self.f.insts.len() as u32);
        let first = Value(self.f.values.len() as u32);
        for (i, &ty) in types.iter().enumerate() {
            self.new_value(ty, ValueDef::Inst(inst, i as u32));
        }
        let results = Results {
            first,
            len: types.len() as u32,
        };
        self.f.insts.push(InstData {
            kind,
            results,
            addr: self.pc as u32,
        });
        inst
    }

    /// Append a call.
    pub fn push_call(&mut self, call: elfconv_ir::Call, types: &[Type]) -> Results {
        self.push(InstKind::Call(Box::new(call)), types)
    }

    /// A constant.
    pub fn constant(&mut self, ty: Type, bits: u128) -> Value {
        let v = self
            .push(
                InstKind::Op {
                    op: ty.const_op(),
                    args: [Value(0); 3],
                    imm: bits,
                },
                &[ty],
            )
            .first;
        if matches!(ty, Type::I32 | Type::I64) {
            self.abs[v.index()] = Abs::constant(bits as u64);
        }
        v
    }

    /// Address of the current instruction.
    pub fn set_pc(&mut self, pc: u64) {
        self.pc = pc;
    }

    /// The entry sp plus a constant.
    pub fn frame_address(&mut self, offset: i32) -> Value {
        if let Some(&v) = self.frame.get(&offset) {
            return v;
        }
        let Some(&sp) = self.frame.get(&0) else {
            // sp is not a parameter: nobody uses it for real.
            return self.constant(Type::I64, 0);
        };
        let (block, pc) = (std::mem::replace(&mut self.block, Block(0)), self.pc);
        self.pc = 0;
        let k = self.constant(Type::I64, u128::from(i64::from(offset) as u64));
        let v = self
            .push(
                InstKind::Op {
                    op: Opcode::I64Add,
                    args: [sp, k, Value(0)],
                    imm: 0,
                },
                &[Type::I64],
            )
            .first;
        (self.block, self.pc) = (block, pc);
        self.abs[v.index()] = Abs::Sp(offset);
        self.frame.insert(offset, v);
        v
    }

    /// What is known of a value.
    pub fn abs(&self, v: Value) -> Abs {
        self.abs[v.index()]
    }

    /// The value that a register had at entry, if the function has it (or a marker of it).
    pub fn entry_value(&self, r: Reg) -> Option<Value> {
        self.entry_values[usize::from(r.0)]
    }

    /// The current value of a register if this function has it: it is not just a marker, nor still in the state block.
    pub fn available(&self, r: Reg) -> Option<Value> {
        self.map.get(r).filter(|&v| !self.is_marker(v))
    }

    fn is_marker(&self, v: Value) -> bool {
        match self.abs(v) {
            Abs::Entry(r) => self.markers.contains(r) && self.entry_value(r) == Some(v),
            _ => false,
        }
    }

    /// Type of a value.
    pub fn ty(&self, v: Value) -> Type {
        self.f.values[v.index()].ty
    }

    /// The register's value as `ty`; zero if it isn't known (nobody depends on it then).
    pub fn value_as(&mut self, r: Reg, ty: Type) -> Value {
        match self.map.get(r) {
            Some(v) => match self.abs(v) {
                Abs::Entry(q) if self.in_state.contains(q) && self.is_marker(v) => {
                    let v = self.state_load(self.ty(v), register_offset(q));
                    self.abs[v.index()] = Abs::Entry(q);
                    self.convert(v, ty)
                }
                _ => self.convert(v, ty),
            },
            None => self.constant(ty, 0),
        }
    }

    /// The low part of a vector value, or the value zero-extended.
    pub fn convert(&mut self, v: Value, to: Type) -> Value {
        let from = self.ty(v);
        if from == to {
            return v;
        }
        let zero = Value(0);
        let converted = match (from, to) {
            (Type::V128, Type::F64) => self.op(Opcode::F64x2ExtractLane, [v, zero, zero], 0),
            (Type::V128, Type::F32) => self.op(Opcode::F32x4ExtractLane, [v, zero, zero], 0),
            (Type::F64, Type::V128) => {
                let z = self.constant(Type::V128, 0);
                self.op(Opcode::F64x2ReplaceLane, [z, v, zero], 0)
            }
            (Type::F32, Type::V128) => {
                let z = self.constant(Type::V128, 0);
                self.op(Opcode::F32x4ReplaceLane, [z, v, zero], 0)
            }
            (Type::F64, Type::F32) => {
                let bits = self.op(Opcode::I64ReinterpretF64, [v, zero, zero], 0);
                let low = self.op(Opcode::I32WrapI64, [bits, zero, zero], 0);
                self.op(Opcode::F32ReinterpretI32, [low, zero, zero], 0)
            }
            (Type::F32, Type::F64) => {
                let bits = self.op(Opcode::I32ReinterpretF32, [v, zero, zero], 0);
                let wide = self.op(Opcode::I64ExtendI32U, [bits, zero, zero], 0);
                self.op(Opcode::F64ReinterpretI64, [wide, zero, zero], 0)
            }
            (from, to) => unreachable!("registers are not {from} and {to} at once"),
        };
        self.abs[converted.index()] = if to == Type::F64 {
            self.abs(v)
        } else {
            Abs::Top
        };
        converted
    }

    /// The constant that a value is, if it is one.
    pub fn const_of(&self, v: Value) -> Option<Const> {
        let data = self.f.values[v.index()];
        let ValueDef::Inst(i, _) = data.def else {
            return None;
        };
        match self.f.insts[i.index()].kind {
            InstKind::Op { op, imm, .. } if op.is_const() && !self.is_marker(v) => Some(Const {
                ty: data.ty,
                bits: imm,
            }),
            _ => None,
        }
    }

    /// Append a pure opcode, folding constants and frame addresses; flushing, if that is the mode.
    pub fn op(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        if self.fpcr & FZ != 0
            && let Some(value) = self.flushing(op, args, imm)
        {
            return value;
        }
        self.fold(op, args, imm)
    }

    /// Append a pure opcode as it is, folding constants and frame addresses.
    fn fold(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        let n = op.args().len();
        let result = op.result().expect("pure opcodes have a result");
        if op.is_const() {
            return self.constant(result, imm);
        }
        let mut consts = [None; 3];
        for (c, &a) in consts.iter_mut().zip(&args[..n]) {
            *c = self.const_of(a);
        }
        if let Some(all) = consts[..n].iter().copied().collect::<Option<Vec<Const>>>()
            && let Some(c) = eval::fold_known(op, &all, imm)
        {
            return self.constant(result, c.bits);
        }
        let abs = match op {
            Opcode::I64Add => self.abs(args[0]).plus(self.abs(args[1])),
            Opcode::I64Sub => self.abs(args[0]).minus(self.abs(args[1])),
            Opcode::I64Or | Opcode::I64Xor if consts[1].is_some_and(|c| c.bits == 0) => {
                return args[0];
            }
            Opcode::I64Or if consts[0].is_some_and(|c| c.bits == 0) => return args[1],
            _ => Abs::Top,
        };
        match abs {
            Abs::Sp(k) => return self.frame_address(k),
            Abs::Entry(_) if consts[1].is_some() => return args[0],
            Abs::Entry(_) if consts[0].is_some() => return args[1],
            _ => {}
        }
        self.push(InstKind::Op { op, args, imm }, &[result]).first
    }

    fn frame_offset(&self, addr: Value, offset: i64) -> Option<i32> {
        match self.abs(addr) {
            Abs::Sp(k) => i32::try_from(i64::from(k) + offset).ok(),
            _ => None,
        }
    }

    fn load(&mut self, op: Opcode, addr: Value, offset: i64) -> Value {
        if matches!(op, Opcode::I64Load | Opcode::F64Load)
            && let Some(k) = self.frame_offset(addr, offset)
            && let Some(r) = self.slots.slot(k)
            && let Some(v) = self.entry_value(r)
            && Some(self.ty(v)) == op.result()
        {
            return v;
        }
        let ty = op.result().expect("loads have a result");
        let (addr, offset) = self.address(addr, offset);
        self.push(
            InstKind::Op {
                op,
                args: [addr, Value(0), Value(0)],
                imm: u128::from(offset as u64),
            },
            &[ty],
        )
        .first
    }

    /// Frame addresses with an offset become frame addresses if the offset is negative, so that offsets of accesses are small and positive.
    fn address(&mut self, addr: Value, offset: i64) -> (Value, i64) {
        match self.frame_offset(addr, offset) {
            Some(k) if offset < 0 => (self.frame_address(k), 0),
            _ => (addr, offset),
        }
    }

    fn store(&mut self, op: Opcode, addr: Value, offset: i64, value: Value) {
        if let Some(k) = self.frame_offset(addr, offset) {
            match (op, self.abs(value)) {
                // As in the summary: what lies above the function's own frame is for others.
                (Opcode::I64Store | Opcode::F64Store, Abs::Entry(r))
                    if k < 0 && self.elided.contains(r) =>
                {
                    self.slots.save(k, r);
                    return;
                }
                _ => self.slots.overwrite(k, op.access_size()),
            }
        }
        let (addr, offset) = self.address(addr, offset);
        self.push(
            InstKind::Op {
                op,
                args: [addr, value, Value(0)],
                imm: u128::from(offset as u64),
            },
            &[],
        );
    }

    /// What the kernel knows and no register holds.
    fn ask(&mut self, function: KernelFn) -> Value {
        let call = elfconv_ir::Call {
            callee: Callee::Kernel(function),
            args: Vec::new(),
            expect: None,
            frame: None,
            result_regs: Vec::new(),
        };
        self.push_call(call, &[Type::I64]).first
    }

    /// Read the state block.
    pub fn state_load(&mut self, ty: Type, offset: usize) -> Value {
        let op = match ty {
            Type::I32 => Opcode::StateLoadI32,
            Type::I64 => Opcode::StateLoadI64,
            Type::F32 => Opcode::StateLoadF32,
            Type::F64 => Opcode::StateLoadF64,
            Type::V128 => Opcode::StateLoadV128,
        };
        self.push(
            InstKind::Op {
                op,
                args: [Value(0); 3],
                imm: offset as u128,
            },
            &[ty],
        )
        .first
    }

    /// Write the state block.
    pub fn state_store(&mut self, offset: usize, value: Value) {
        let op = match self.ty(value) {
            Type::I32 => Opcode::StateStoreI32,
            Type::I64 => Opcode::StateStoreI64,
            Type::F32 => Opcode::StateStoreF32,
            Type::F64 => Opcode::StateStoreF64,
            Type::V128 => Opcode::StateStoreV128,
        };
        self.push(
            InstKind::Op {
                op,
                args: [value, Value(0), Value(0)],
                imm: offset as u128,
            },
            &[],
        );
    }
}

/// Where a register lives in the state block.
pub fn register_offset(r: Reg) -> usize {
    match r.0 {
        n @ 0..=30 => std::mem::offset_of!(CpuState, x) + 8 * usize::from(n),
        31 => std::mem::offset_of!(CpuState, sp),
        32 => std::mem::offset_of!(CpuState, nzcv),
        n => std::mem::offset_of!(CpuState, v) + 16 * usize::from(n - 64),
    }
}

/// Where a register of the state block lives, and its type.
fn sys_location(r: SysReg) -> Option<(usize, Type)> {
    Some(match r {
        SysReg::Tpidr => (std::mem::offset_of!(CpuState, tpidr_el0), Type::I64),
        SysReg::Fpcr => (std::mem::offset_of!(CpuState, fpcr), Type::I32),
        SysReg::Fpsr => (std::mem::offset_of!(CpuState, fpsr), Type::I32),
        SysReg::ExclusiveAddr => (std::mem::offset_of!(CpuState, exclusive_addr), Type::I64),
        SysReg::ExclusiveLow => (std::mem::offset_of!(CpuState, exclusive_value), Type::I64),
        SysReg::ExclusiveHigh => (
            std::mem::offset_of!(CpuState, exclusive_value) + 8,
            Type::I64,
        ),
        SysReg::FpObserved => (std::mem::offset_of!(CpuState, fp_observed), Type::I32),
        SysReg::CodeChanged => (std::mem::offset_of!(CpuState, code_changed), Type::I64),
        SysReg::Pstate => (std::mem::offset_of!(CpuState, pstate), Type::I32),
        SysReg::Counter | SysReg::Random => return None,
    })
}
