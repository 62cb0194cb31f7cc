//! One block, run over the abstract state: the builder whose values are [`Abs`].

use elfconv_a64::{builder::Builder, state::SysReg};
use elfconv_ir::{Const, FaultKind, Opcode, Reg, Type, Value, eval, impl_recording_ops};

use super::Exit;
use crate::{
    abs::{Abs, FLAGS, State},
    cfg::End,
    regs::RegSet,
    standard::{ARGUMENTS, Standard},
    syscalls,
};

#[derive(Clone)]
pub(super) struct Scanned {
    pub visited: bool,
    pub uses: RegSet,
    pub save_uses: RegSet,
    pub weak_uses: RegSet,
    pub defs: RegSet,
    pub written: RegSet,
    pub exit: Exit,
    pub lr_evident: bool,
    /// An instruction asks whether it has to be exact.
    pub computes: bool,
    /// sp is the entry's plus a constant.
    pub frame_known: bool,
    /// There is a load whose result is overwritten before anybody has read it.
    pub probes: bool,
    /// General registers that are at its end what they were at the function's entry.
    pub kept: u64,
    /// [`State::written`] at its end.
    pub changed: RegSet,
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
            computes: false,
            frame_known: true,
            probes: false,
            kept: 0,
            changed: RegSet::EMPTY,
        }
    }
}

/// A value within a block.
#[derive(Clone, Copy)]
struct Local {
    abs: Abs,
    /// If it is a constant, which may be wider than one that is known between blocks.
    bits: Option<u64>,
}

/// The builder: values are indices into `values`, 0 is [`Abs::Top`].
pub(super) struct Scan {
    standard: &'static Standard,
    /// Registers whose saves may be elided in this function.
    elidable: RegSet,
    pc: u64,
    values: Vec<Local>,
    pub state: State,
    /// The current instruction has loaded; and general registers that hold what was loaded, and have not been read since.
    loads: bool,
    unread: u32,
    /// Registers that the current instruction reads and the block has not written before.
    reads: Vec<(Reg, Type)>,
    out: Scanned,
}

impl Scan {
    pub fn new(standard: &'static Standard, elidable: RegSet) -> Scan {
        Scan {
            standard,
            elidable,
            pc: 0,
            values: vec![Local {
                abs: Abs::Top,
                bits: None,
            }],
            state: State::entry(),
            loads: false,
            unread: 0,
            reads: Vec::new(),
            out: Scanned::default(),
        }
    }

    pub fn block(
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
        self.unread = 0;
        let executed = match exit {
            // Not by this function.
            End::Fault => end.max(start + 4) - 4,
            _ => end,
        };
        for pc in (start..executed).step_by(4) {
            self.pc = pc;
            self.values.truncate(1);
            self.loads = false;
            if let Some(insn) = word(pc).and_then(elfconv_a64::decode) {
                elfconv_a64::execute(self, insn);
            }
            for (r, ty) in self.reads.drain(..) {
                self.out.uses.insert(r, ty);
            }
        }
        let saved = self.standard.saved;
        let saved_ok = (0..31)
            .filter(|n| saved.x >> n & 1 != 0)
            .all(|n| self.state.x[n] == Abs::Entry(Reg(n as u8)))
            && self.state.v_entry & saved.v64 == saved.v64;
        let sp_ok = self.state.x[31] == Abs::Sp(0);
        let ok = saved_ok && sp_ok;
        self.out.kept = (0..31u8)
            .filter(|&n| self.state.x[usize::from(n)] == Abs::Entry(Reg(n)))
            .fold(0, |all, n| all | 1 << n);
        self.out.changed = self.state.written();
        self.out.frame_known = matches!(self.state.x[31], Abs::Sp(_));
        self.out.exit = match exit {
            End::Jump | End::Cond | End::Switch(_) => Exit::None,
            End::Call(callee) => Exit::Call { callee },
            End::CallUnknown => Exit::CallUnknown,
            End::Syscall => Exit::Syscall(syscalls::reads(match self.state.x[8] {
                Abs::Const(n) => u64::try_from(n).ok(),
                _ => None,
            })),
            End::Mode => Exit::Mode,
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
            End::Call(_) | End::CallAddress(_) | End::CallUnknown => self.state.after_call(saved),
            End::Syscall => self.state.x[0] = Abs::Top,
            _ => {}
        }
        self.out.clone()
    }

    fn value(&mut self, abs: Abs) -> Value {
        let bits = match abs {
            Abs::Top => return Value(0),
            Abs::Const(c) => Some(i64::from(c) as u64),
            _ => None,
        };
        self.values.push(Local { abs, bits });
        Value(self.values.len() as u32 - 1)
    }

    fn abs(&self, v: Value) -> Abs {
        self.values[v.index()].abs
    }

    /// What integers that are all known make.
    fn folded(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Option<Value> {
        let is_integer = |ty| matches!(ty, Type::I32 | Type::I64);
        if !op.is_pure() || !op.result().is_some_and(is_integer) {
            return None;
        }
        let mut known = [Const {
            ty: Type::I32,
            bits: 0,
        }; 3];
        let types = op.args();
        for ((known, arg), &ty) in known.iter_mut().zip(args).zip(types) {
            let bits = self.values[arg.index()].bits.filter(|_| is_integer(ty))?;
            *known = Const {
                ty,
                bits: bits.into(),
            };
        }
        let bits = match op.is_const() {
            true => imm as u64,
            false => eval::fold(op, &known[..types.len()], imm)?.bits as u64,
        };
        self.values.push(Local {
            abs: Abs::constant(bits),
            bits: Some(bits),
        });
        Some(Value(self.values.len() as u32 - 1))
    }

    fn read(&mut self, r: Reg, ty: Type) {
        if !self.out.defs.contains(r) {
            self.reads.push((r, ty));
        }
    }

    fn op(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        if let Some(value) = self.folded(op, args, imm) {
            return value;
        }
        let (a, b) = (self.abs(args[0]), self.abs(args[1]));
        let r = match op {
            Opcode::I64Add => a.plus(b),
            Opcode::I64Sub => a.minus(b),
            Opcode::I64Or | Opcode::I64Xor if b == Abs::Const(0) => a,
            Opcode::I64Or if a == Abs::Const(0) => b,
            Opcode::I64ExtendI32U => a.low_half(),
            Opcode::I64And if a.is_small() || b.is_small() => Abs::Small,
            Opcode::I64Or | Opcode::I64Xor if a.is_small() && b.is_small() => Abs::Small,
            Opcode::I64ShrU if matches!(b, Abs::Const(32..64)) => Abs::Small,
            Opcode::SelectI64 => b.join(self.abs(args[2])),
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
        self.out.probes |= self.unread >> n & 1 != 0;
        self.unread &= !(1 << n);
        self.unread |= u32::from(self.loads) << n;
        let restored = a == Abs::Entry(Reg(n));
        // sp is evident, or always passed.
        if Reg(n) != Reg::SP {
            self.state.write(n, restored);
        }
        self.define(Reg(n), Type::I64, restored);
    }

    fn set_vector(&mut self, n: u8, ty: Type, v: Value) {
        // Whose upper half callers want, too, is cleared and not given back by `fmov d1, d1`.
        let restored = ty == Type::F64
            && self.abs(v) == Abs::Entry(Reg::v(n))
            && self.standard.saved.v64 >> n & 1 != 0;
        if restored {
            self.state.v_entry |= 1 << n;
        } else {
            self.state.v_entry &= !(1 << n);
        }
        self.state.write(32 + n, restored);
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
            // Above its frame a function writes for others to read, as an interpreter its registers.
            (Abs::Entry(r), _) if k >= 0 && self.elidable.contains(r) => None,
            // An argument that becomes a variable in memory may be changed there by others.
            (Abs::Entry(r), _)
                if self.standard.is_caller_saves()
                    && !self.elidable.contains(r)
                    && !matches!(r.0, 29 | 30) =>
            {
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
        if self.elidable.contains(r) {
            self.unread(r, ty, |out| &mut out.save_uses);
        }
    }

    /// Whether storing the entry value of `r` in the frame is what functions with variable arguments do with all argument registers.
    fn is_homing(&self, r: Reg, ty: Type, size: u32) -> bool {
        match ty {
            _ if self.standard.is_caller_saves() => false,
            Type::I64 => size == 8 && ARGUMENTS.contains(r),
            Type::V128 => self.standard.memory_arguments.contains(r),
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
    ($($name:ident)*) => { $(fn $name(&mut self, _: Value, _: i64) -> Value { self.loads = true; Value(0) })* };
}
macro_rules! small_loads {
    ($($name:ident)*) => { $(fn $name(&mut self, _: Value, _: i64) -> Value {
        self.loads = true;
        self.value(Abs::Small)
    })* };
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
        self.unread &= !(1 << r);
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
        self.state.write(FLAGS, false);
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

    loads! { i32_load8_u i32_load8_s i32_load16_u i32_load16_s i32_load i64_load8_s i64_load16_s i64_load32_s f32_load v128_load }
    small_loads! { i64_load8_u i64_load16_u i64_load32_u }
    stores! { i32_store8 1 i32_store16 2 i32_store 4 i64_store8 1 i64_store16 2 i64_store32 4 f32_store 4 }
    fn v128_store(&mut self, addr: Value, offset: i64, value: Value) {
        self.store(addr, offset, 16, value, Type::V128);
    }
    fn i64_load(&mut self, addr: Value, offset: i64) -> Value {
        self.loads = true;
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
    fn leave_if(&mut self, _: Value) {}
    fn exact(&mut self) -> bool {
        self.out.computes = true;
        false
    }
    fn syscall(&mut self, _: u16) {}
    fn fault(&mut self, _: FaultKind, _: u64) {}
}
