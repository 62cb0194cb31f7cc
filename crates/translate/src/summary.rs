//! What each block of a function does to registers, by running the instructions' semantics over an abstract domain.
//!
//! A forward fixpoint over [`State`]s; the last visit of each block yields its uses and definitions. The saves of callee-saved registers are recognised here: a store of
//! a register's entry value to a fixed slot of the frame is not a use if the register is written in between and restored before every exit
//! (ARCHITECTURE.md, "Elided saves").

use elfconv_a64::{builder::Builder, state::SysReg};
use elfconv_ir::{FaultKind, FuncId, Opcode, Reg, Type, Value, impl_recording_ops};

use crate::{
    abs::{Abs, State},
    cfg::{Cfg, End},
    convention::{ARGUMENTS, ELIDABLE, SAVED, SYSCALL_ARGUMENTS, VECTOR_ARGUMENTS},
    regs::{LR, RegSet},
};

/// How a block's exit behaves towards the convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// To successors within the function.
    None,
    /// Direct call.
    Call { callee: FuncId },
    /// Indirect call.
    CallUnknown,
    /// System call.
    Syscall,
    /// Return; whether all callee-saved registers and sp are evidently those of the entry.
    Return { saved_ok: bool, sp_ok: bool },
    /// Jump to a function; `ok` if it may be a wasm tail call.
    Tail { callee: FuncId, ok: bool },
    /// Indirect jump, or one to an address of which nothing is known.
    TailUnknown { ok: bool },
    /// Fault.
    Fault,
}

/// One block.
#[derive(Clone, Debug)]
pub struct BlockSummary {
    /// Registers read before written in the block.
    pub uses: RegSet,
    /// Argument registers that the block only stores in the frame as they came, as functions with variable arguments do: the caller need not have set them.
    pub weak_uses: RegSet,
    /// Registers written in the block.
    pub defs: RegSet,
    /// Its exit.
    pub exit: Exit,
    /// Where it ends a function: x30, or the target of a return, is what x30 was at the entry, unless something else writes into the frame.
    pub link_evident: bool,
    /// Its call may be left for a landing pad.
    pub has_pad: bool,
    /// Successors.
    pub succs: Vec<u32>,
    /// What is known at its start; `None` if it is not reachable.
    pub state: Option<Box<State>>,
}

impl BlockSummary {
    /// Argument registers that the block may pass on, or not need: they are parameters if they are live at entry.
    fn takes(&self) -> RegSet {
        match self.exit {
            Exit::Syscall => self.weak_uses.or(SYSCALL_ARGUMENTS),
            // Mostly a stub that only forwards.
            Exit::TailUnknown { ok: true } => self.weak_uses.or(ARGUMENTS),
            _ => self.weak_uses,
        }
    }
}

/// One function.
#[derive(Clone, Debug)]
pub struct FunctionSummary {
    /// By block index of the [`Cfg`].
    pub blocks: Vec<BlockSummary>,
    /// Index of the entry block.
    pub entry: usize,
    /// Reachable blocks in post-order.
    pub postorder: Vec<u32>,
    /// Argument registers that it stores in its frame as they came ([`BlockSummary::weak_uses`]), or may pass to the kernel.
    pub homed: RegSet,
    /// Blocks from which control leaves otherwise than by a fault or a call that does not return.
    pub returning: Vec<bool>,
    /// Callee-saved registers whose saves are elided.
    pub elided: RegSet,
    /// Nothing in its own code unwinds.
    pub may_be_plain: bool,
    /// Its address is taken: indirect calls may reach it.
    pub address_taken: bool,
    /// Some function calls it directly.
    pub called: bool,
}

impl FunctionSummary {
    /// Direct callees, with repetitions.
    pub fn callees(&self) -> impl Iterator<Item = FuncId> {
        self.blocks.iter().filter_map(|b| match b.exit {
            Exit::Call { callee } | Exit::Tail { callee, .. } => Some(callee),
            _ => None,
        })
    }

    /// Blocks after which the function may yet return.
    pub fn returning_blocks(&self) -> impl Iterator<Item = &BlockSummary> {
        self.blocks
            .iter()
            .zip(&self.returning)
            .filter(|b| *b.1)
            .map(|b| b.0)
    }
}

/// Blocks from which a way out can be reached.
fn returning(blocks: &[BlockSummary]) -> Vec<bool> {
    let mut preds = vec![Vec::new(); blocks.len()];
    let mut stack = Vec::new();
    let mut returning = vec![false; blocks.len()];
    for (i, b) in blocks.iter().enumerate() {
        for &t in &b.succs {
            preds[t as usize].push(i);
        }
        if b.state.is_some()
            && matches!(
                b.exit,
                Exit::Return { .. } | Exit::Tail { .. } | Exit::TailUnknown { .. }
            )
        {
            returning[i] = true;
            stack.push(i);
        }
    }
    while let Some(i) = stack.pop() {
        for &p in &preds[i] {
            if !std::mem::replace(&mut returning[p], true) {
                stack.push(p);
            }
        }
    }
    returning
}

/// Summarise one function. `word` reads an instruction of the image.
pub fn summarize(cfg: &Cfg, word: &dyn Fn(u64) -> Option<u32>) -> FunctionSummary {
    let n = cfg.blocks.len();
    let mut states: Vec<Option<Box<State>>> = vec![None; n];
    let mut scans: Vec<Scanned> = vec![Scanned::default(); n];
    states[cfg.entry] = Some(Box::new(State::entry()));
    let mut dirty = vec![false; n];
    dirty[cfg.entry] = true;
    let mut any = true;
    let mut scan = Scan::new();
    while any {
        any = false;
        for &b in cfg.postorder.iter().rev() {
            let b = b as usize;
            if !std::mem::take(&mut dirty[b]) {
                continue;
            }
            let block = &cfg.blocks[b];
            let state = states[b]
                .as_deref()
                .expect("dirty blocks have a state")
                .clone();
            scans[b] = scan.block(block.start, block.end, block.exit, state, word);
            for &t in &block.succs {
                let changed = match &mut states[t as usize] {
                    Some(s) => s.join(&scan.state),
                    none => {
                        *none = Some(Box::new(scan.state.clone()));
                        true
                    }
                };
                dirty[t as usize] |= changed;
                any |= changed;
            }
        }
    }
    finish(cfg, states, &scans)
}

fn finish(cfg: &Cfg, states: Vec<Option<Box<State>>>, scans: &[Scanned]) -> FunctionSummary {
    let (mut written, mut saved) = (RegSet::EMPTY, RegSet::EMPTY);
    let (mut leaves, mut plain) = (false, true);
    for ((s, b), state) in scans.iter().zip(&cfg.blocks).zip(&states) {
        let Some(state) = state else { continue };
        plain &= stays(cfg, b) && !reads_callers_registers(s.uses, state);
        written = written.or(s.written);
        saved = saved.or(s.save_uses);
        match s.exit {
            Exit::Return { saved_ok, sp_ok } => {
                leaves |= !saved_ok || !sp_ok;
                plain &= saved_ok && sp_ok && s.lr_evident;
            }
            Exit::Tail { .. } => {
                leaves |= !s.frame_known;
                plain = false;
            }
            Exit::TailUnknown { .. } => {
                leaves |= !s.frame_known;
                plain = false;
            }
            Exit::CallUnknown => {
                plain = false;
            }
            Exit::Syscall => plain = false,
            Exit::None | Exit::Call { .. } | Exit::Fault => {}
        }
    }
    // Where control leaves with an sp or registers that are not evidently those of the entry, slots may have been changed on purpose (unwinders): no elision.
    let elided = if leaves {
        RegSet::EMPTY
    } else {
        let unwritten = saved.minus(written);
        // Clang saves a register that it never writes, as a spare one. Code that saves many captures the state.
        let spare = unwritten.x.count_ones() <= 2 && unwritten == RegSet::of_x(unwritten.x);
        if spare {
            ELIDABLE.meet(saved)
        } else {
            ELIDABLE.meet(written).meet(saved)
        }
    };
    // Callers may not have what it saves for others to see.
    plain &= saved.minus(elided).is_empty();
    let blocks: Vec<BlockSummary> = states
        .into_iter()
        .zip(scans)
        .zip(&cfg.blocks)
        .map(|((state, s), b)| BlockSummary {
            uses: s.uses.or(s.save_uses.minus(elided)),
            weak_uses: s.weak_uses,
            defs: s.defs,
            exit: if s.visited { s.exit } else { Exit::None },
            link_evident: s.lr_evident,
            has_pad: b.has_pad,
            succs: b.succs.clone(),
            state,
        })
        .collect();
    FunctionSummary {
        homed: blocks
            .iter()
            .fold(RegSet::EMPTY, |all, b| all.or(b.takes())),
        returning: returning(&blocks),
        blocks,
        entry: cfg.entry,
        postorder: cfg.postorder.clone(),
        elided,
        may_be_plain: plain,
        address_taken: false,
        called: false,
    }
}

/// Whether the block certainly goes on within the function: not through the dispatcher, after a call that should not have returned or a jump table index out of range.
fn stays(cfg: &Cfg, b: &crate::cfg::Block) -> bool {
    match b.exit {
        End::Call(_) => !b.succs.is_empty(),
        End::Switch(i) => {
            let table = &cfg.tables[i as usize].0;
            table.bounded && (b.start..b.end).contains(&table.load_pc)
        }
        _ => true,
    }
}

/// Whether the block reads a callee-saved register that the function has not written: its callers may not have it at hand either.
fn reads_callers_registers(uses: RegSet, state: &State) -> bool {
    uses.meet(ELIDABLE).iter().any(|(r, _)| match r.0 {
        n @ 0..=30 => state.x[usize::from(n)] == Abs::Entry(r),
        n => state.v_entry >> (n - 64) & 1 != 0,
    })
}

#[derive(Clone)]
struct Scanned {
    visited: bool,
    uses: RegSet,
    save_uses: RegSet,
    weak_uses: RegSet,
    defs: RegSet,
    written: RegSet,
    exit: Exit,
    lr_evident: bool,
    /// sp is the entry's plus a constant.
    frame_known: bool,
}

impl Default for Scanned {
    fn default() -> Self {
        Scanned {
            visited: false,
            uses: RegSet::EMPTY,
            save_uses: RegSet::EMPTY,
            weak_uses: RegSet::EMPTY,
            defs: RegSet::EMPTY,
            written: RegSet::EMPTY,
            exit: Exit::None,
            lr_evident: false,
            frame_known: true,
        }
    }
}

/// The builder: values are indices into `values`, 0 is [`Abs::Top`].
struct Scan {
    pc: u64,
    values: Vec<Abs>,
    state: State,
    /// Registers that the current instruction reads and the block has not written before.
    reads: Vec<(Reg, Type)>,
    out: Scanned,
}

impl Scan {
    fn new() -> Scan {
        Scan {
            pc: 0,
            values: vec![Abs::Top],
            state: State::entry(),
            reads: Vec::new(),
            out: Scanned::default(),
        }
    }

    fn block(
        &mut self,
        start: u64,
        end: u64,
        exit: End,
        state: State,
        word: &dyn Fn(u64) -> Option<u32>,
    ) -> Scanned {
        self.out = Scanned {
            visited: true,
            ..Scanned::default()
        };
        self.state = state;
        for pc in (start..end).step_by(4) {
            self.pc = pc;
            self.values.truncate(1);
            if let Some(insn) = word(pc).and_then(elfconv_a64::decode) {
                elfconv_a64::execute(self, insn);
            }
            for (r, ty) in self.reads.drain(..) {
                self.out.uses.insert(r, ty);
            }
        }
        let saved_ok = (19..30).all(|n| self.state.x[n] == Abs::Entry(Reg(n as u8)))
            && self.state.v_entry & SAVED.v64 == SAVED.v64;
        let sp_ok = self.state.x[31] == Abs::Sp(0);
        let ok = saved_ok && sp_ok;
        self.out.frame_known = matches!(self.state.x[31], Abs::Sp(_));
        self.out.exit = match exit {
            End::Jump | End::Cond | End::Switch(_) => Exit::None,
            End::Call(callee) => Exit::Call { callee },
            End::CallUnknown => Exit::CallUnknown,
            End::Syscall => Exit::Syscall,
            End::Return => Exit::Return { saved_ok, sp_ok },
            End::Tail(callee) => Exit::Tail { callee, ok },
            // Nothing is known at that address: the dispatcher takes over with everything.
            End::CallAddress(_) | End::Escape(_) => Exit::TailUnknown { ok: false },
            End::TailUnknown => Exit::TailUnknown { ok },
            End::Fault => Exit::Fault,
        };
        if matches!(exit, End::Tail(_) | End::TailUnknown) {
            self.out.lr_evident = self.state.x[30] == Abs::Entry(Reg(30));
        }
        match exit {
            End::Call(_) | End::CallAddress(_) | End::CallUnknown => self.state.after_call(),
            End::Syscall => self.state.x[0] = Abs::Top,
            _ => {}
        }
        self.out.clone()
    }

    fn value(&mut self, a: Abs) -> Value {
        if a == Abs::Top {
            return Value(0);
        }
        self.values.push(a);
        Value(self.values.len() as u32 - 1)
    }

    fn abs(&self, v: Value) -> Abs {
        self.values[v.index()]
    }

    fn read(&mut self, r: Reg, ty: Type) {
        if !self.out.defs.contains(r) {
            self.reads.push((r, ty));
        }
    }

    fn op(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        let (a, b) = (self.abs(args[0]), self.abs(args[1]));
        let r = match op {
            Opcode::I64Const | Opcode::I32Const => Abs::constant(imm as u64),
            Opcode::I64Add => a.plus(b),
            Opcode::I64Sub => a.minus(b),
            Opcode::I64Or | Opcode::I64Xor if b == Abs::Const(0) => a,
            Opcode::I64Or if a == Abs::Const(0) => b,
            Opcode::I64ExtendI32U => match a {
                Abs::Const(c) if c >= 0 => a,
                _ => Abs::Top,
            },
            Opcode::I64Shl | Opcode::I32Shl => match (a, b) {
                (Abs::Const(a), Abs::Const(b)) if (0..32).contains(&b) => {
                    Abs::constant((i64::from(a) << b) as u64)
                }
                _ => Abs::Top,
            },
            _ => Abs::Top,
        };
        self.value(r)
    }

    fn define(&mut self, r: Reg, ty: Type, restored: bool) {
        self.out.defs.insert(r, ty);
        if !restored {
            self.out.written.insert(r, ty);
        }
    }

    fn set_general(&mut self, n: u8, v: Value) {
        let a = self.abs(v);
        self.state.x[usize::from(n)] = a;
        self.define(Reg(n), Type::I64, a == Abs::Entry(Reg(n)));
    }

    fn set_vector(&mut self, n: u8, ty: Type, v: Value) {
        let restored = ty == Type::F64 && self.abs(v) == Abs::Entry(Reg::v(n));
        if restored {
            self.state.v_entry |= 1 << n;
        } else {
            self.state.v_entry &= !(1 << n);
        }
        self.define(Reg::v(n), ty, restored);
    }

    fn vector(&mut self, n: u8, ty: Type) -> Value {
        self.read(Reg::v(n), ty);
        if ty != Type::F32 && self.state.v_entry >> n & 1 != 0 {
            self.value(Abs::Entry(Reg::v(n)))
        } else {
            Value(0)
        }
    }

    fn frame_offset(&self, addr: Value, offset: i64) -> Option<i32> {
        match self.abs(addr) {
            Abs::Sp(k) => i32::try_from(i64::from(k) + offset).ok(),
            _ => None,
        }
    }

    fn load(&mut self, addr: Value, offset: i64, vector: bool) -> Value {
        match self
            .frame_offset(addr, offset)
            .and_then(|k| self.state.slot(k))
        {
            Some(r) if (r.0 >= 64) == vector => self.value(Abs::Entry(r)),
            _ => Value(0),
        }
    }

    fn store(&mut self, addr: Value, offset: i64, size: u32, value: Value, ty: Type) {
        let Some(k) = self.frame_offset(addr, offset) else {
            return;
        };
        let saved = match (self.abs(value), ty) {
            (Abs::Entry(r), _) if self.is_homing(r, ty, size) => {
                self.unread(r, ty, |out| &mut out.weak_uses);
                None
            }
            (Abs::Entry(r), Type::I64) if size == 8 && r.0 < 31 => Some(r),
            (Abs::Entry(r), Type::F64) if r.0 >= 64 => Some(r),
            _ => None,
        };
        let Some(r) = saved else {
            return self.state.overwrite(k, size);
        };
        self.state.save(k, r);
        if ELIDABLE.contains(r) {
            self.unread(r, ty, |out| &mut out.save_uses);
        }
    }

    /// Whether storing the entry value of `r` in the frame is what functions with variable arguments do with all argument registers.
    fn is_homing(&self, r: Reg, ty: Type, size: u32) -> bool {
        match ty {
            Type::I64 => size == 8 && ARGUMENTS.contains(r),
            Type::V128 => VECTOR_ARGUMENTS.contains(r),
            _ => false,
        }
    }

    /// The current instruction's read of `r` is of a special kind.
    fn unread(&mut self, r: Reg, ty: Type, kind: impl FnOnce(&mut Scanned) -> &mut RegSet) {
        if let Some(i) = self.reads.iter().position(|&(x, t)| x == r && t == ty) {
            self.reads.swap_remove(i);
            kind(&mut self.out).insert(r, ty);
        }
    }
}

impl_recording_ops!(impl[] Scan, op);

macro_rules! loads {
    ($($name:ident)*) => { $(fn $name(&mut self, _: Value, _: i64) -> Value { Value(0) })* };
}
macro_rules! stores {
    ($($name:ident $size:literal)*) => { $(fn $name(&mut self, addr: Value, offset: i64, value: Value) {
        self.store(addr, offset, $size, value, Type::I32)
    })* };
}

impl Builder for Scan {
    fn pc(&self) -> u64 {
        self.pc
    }
    fn x(&mut self, r: u8) -> Value {
        self.read(Reg::x(r), Type::I64);
        self.value(self.state.x[usize::from(r)])
    }
    fn set_x(&mut self, r: u8, value: Value) {
        self.set_general(r, value);
    }
    fn sp(&mut self) -> Value {
        self.read(Reg::SP, Type::I64);
        self.value(self.state.x[31])
    }
    fn set_sp(&mut self, value: Value) {
        self.set_general(31, value);
    }
    fn nzcv(&mut self) -> Value {
        self.read(Reg::NZCV, Type::I32);
        Value(0)
    }
    fn set_nzcv(&mut self, _: Value) {
        self.define(Reg::NZCV, Type::I32, false);
    }
    fn v(&mut self, r: u8) -> Value {
        self.vector(r, Type::V128)
    }
    fn d(&mut self, r: u8) -> Value {
        self.vector(r, Type::F64)
    }
    fn s(&mut self, r: u8) -> Value {
        self.vector(r, Type::F32)
    }
    fn set_v(&mut self, r: u8, value: Value) {
        self.set_vector(r, Type::V128, value);
    }
    fn set_d(&mut self, r: u8, value: Value) {
        self.set_vector(r, Type::F64, value);
    }
    fn set_s(&mut self, r: u8, value: Value) {
        self.set_vector(r, Type::F32, value);
    }
    fn sys(&mut self, _: SysReg) -> Value {
        Value(0)
    }
    fn set_sys(&mut self, _: SysReg, _: Value) {}

    loads! { i32_load8_u i32_load8_s i32_load16_u i32_load16_s i32_load i64_load8_u i64_load8_s i64_load16_u i64_load16_s
    i64_load32_u i64_load32_s f32_load v128_load }
    stores! { i32_store8 1 i32_store16 2 i32_store 4 i64_store8 1 i64_store16 2 i64_store32 4 f32_store 4 }
    fn v128_store(&mut self, addr: Value, offset: i64, value: Value) {
        self.store(addr, offset, 16, value, Type::V128);
    }
    fn i64_load(&mut self, addr: Value, offset: i64) -> Value {
        self.load(addr, offset, false)
    }
    fn f64_load(&mut self, addr: Value, offset: i64) -> Value {
        self.load(addr, offset, true)
    }
    fn i64_store(&mut self, addr: Value, offset: i64, value: Value) {
        self.store(addr, offset, 8, value, Type::I64);
    }
    fn f64_store(&mut self, addr: Value, offset: i64, value: Value) {
        self.store(addr, offset, 8, value, Type::F64);
    }
    fn store_if(&mut self, _: Value, addr: Value, _: Value, size: u8) {
        self.store(addr, 0, size.into(), Value(0), Type::I64);
    }

    fn jump(&mut self, _: u64) {}
    fn jump_if(&mut self, _: Value, _: u64) {}
    fn call(&mut self, _: u64) {
        self.set_general(30, Value(0));
    }
    fn call_indirect(&mut self, _: Value) {
        self.set_general(30, Value(0));
    }
    fn jump_indirect(&mut self, _: Value) {}
    fn ret(&mut self, target: Value) {
        self.out.lr_evident = self.abs(target) == Abs::Entry(Reg(30));
        // Reading x30 to return is a use only where the PC is a result; `convention` adds it.
        if self.out.lr_evident
            && let Some(i) = self.reads.iter().position(|&(r, _)| r == Reg(30))
        {
            self.reads.swap_remove(i);
        }
    }
    fn syscall(&mut self, _: u16) {}
    fn fault(&mut self, _: FaultKind, _: u64) {}
}

const _: () = assert!(LR == 1 << 30);
