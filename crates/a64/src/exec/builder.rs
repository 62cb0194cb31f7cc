//! [`Builder`] on a [`CpuState`] and a [`Memory`].

use alloc::boxed::Box;

use elfconv_ir::{Concrete, FaultKind};

use super::memory::{Memory, Refused};
use crate::{
    builder::Builder,
    fpu::{self, Format, Op},
    state::{CpuState, SysReg},
};

/// How control leaves an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// To the next one.
    Next,
    /// A direct jump.
    Jump,
    /// A conditional jump, taken.
    Taken,
    /// A conditional jump, not taken.
    NotTaken,
    /// A direct call.
    Call,
    /// An indirect call.
    CallIndirect,
    /// An indirect jump.
    JumpIndirect,
    /// A return.
    Return,
    /// A system call.
    Syscall,
    /// To the next one, which may have to run in another way.
    Mode,
    /// A fault.
    Fault(FaultKind),
}

/// Executes instructions.
///
/// Faults are precise for registers: when an access is refused, the registers are as before the instruction once [`Exec::undo`] ran, which
/// [`step`](super::step) and [`run`](super::run) see to. That costs nothing while nothing faults: the first refusal copies the registers, so semantics
/// must do their first access of memory before they write registers.
pub struct Exec<'a, M> {
    /// The registers.
    pub state: &'a mut CpuState,
    /// The memory.
    pub memory: &'a mut M,
    /// Address of the current instruction.
    pub pc: u64,
    /// How control leaves the current instruction.
    pub event: Event,
    /// The target of a jump, call or return, or a fault's address or information.
    pub target: u64,
    /// How many lanes of the current instruction take part.
    lanes: usize,
    /// The registers when the first access was refused.
    undo: Option<Box<CpuState>>,
}

impl<'a, M: Memory> Exec<'a, M> {
    /// At `state.pc`.
    pub fn new(state: &'a mut CpuState, memory: &'a mut M) -> Self {
        let pc = state.pc;
        Exec {
            state,
            memory,
            pc,
            event: Event::Next,
            target: 0,
            lanes: 16,
            undo: None,
        }
    }

    /// Takes back what a faulting instruction did to the registers.
    pub fn undo(&mut self) {
        if let Some(saved) = self.undo.take() {
            *self.state = *saved;
        }
    }

    #[cold]
    #[inline(never)]
    fn refused(&mut self, addr: u64) {
        if !matches!(self.event, Event::Fault(_)) {
            self.event = Event::Fault(FaultKind::Segv);
            self.target = addr;
            self.undo = Some(Box::new(self.state.clone()));
        }
    }

    #[inline(always)]
    fn loaded<T: Default>(&mut self, addr: u64, value: Result<T, Refused>) -> T {
        match value {
            Ok(value) => value,
            Err(Refused) => {
                self.refused(addr);
                T::default()
            }
        }
    }

    #[inline(always)]
    fn stored(&mut self, addr: u64, done: Result<(), Refused>) {
        if let Err(Refused) = done {
            self.refused(addr);
        }
    }

    /// After a fault nothing else redirects control.
    #[inline(always)]
    fn leave(&mut self, event: Event, target: u64) {
        if !matches!(self.event, Event::Fault(_)) {
            self.event = event;
            self.target = target;
        }
    }
}

impl<M> Concrete for Exec<'_, M> {}

macro_rules! loads {
    ($($method:ident $load:ident $ty:ty, |$value:ident| $convert:expr;)*) => {
        $(#[inline(always)]
        fn $method(&mut self, addr: u64, offset: i64) -> $ty {
            let addr = addr.wrapping_add_signed(offset);
            let value = self.memory.$load(addr);
            let $value = self.loaded(addr, value);
            $convert
        })*
    };
}

macro_rules! stores {
    ($($method:ident $store:ident $ty:ty, |$value:ident| $convert:expr;)*) => {
        $(#[inline(always)]
        fn $method(&mut self, addr: u64, offset: i64, $value: $ty) {
            let addr = addr.wrapping_add_signed(offset);
            let done = self.memory.$store(addr, $convert);
            self.stored(addr, done);
        })*
    };
}

impl<M: Memory> Builder for Exec<'_, M> {
    const HOST_HALF: bool = false;

    #[inline(always)]
    fn pc(&self) -> u64 {
        self.pc
    }

    #[inline(always)]
    fn x(&mut self, r: u8) -> u64 {
        self.state.x[usize::from(r)]
    }
    #[inline(always)]
    fn set_x(&mut self, r: u8, value: u64) {
        self.state.x[usize::from(r)] = value;
    }
    #[inline(always)]
    fn sp(&mut self) -> u64 {
        self.state.sp
    }
    #[inline(always)]
    fn set_sp(&mut self, value: u64) {
        self.state.sp = value;
    }
    #[inline(always)]
    fn nzcv(&mut self) -> u32 {
        self.state.nzcv
    }
    #[inline(always)]
    fn set_nzcv(&mut self, value: u32) {
        self.state.nzcv = value;
    }
    #[inline(always)]
    fn v(&mut self, r: u8) -> u128 {
        let [low, high] = self.state.v[usize::from(r)];
        u128::from(low) | u128::from(high) << 64
    }
    #[inline(always)]
    fn d(&mut self, r: u8) -> f64 {
        f64::from_bits(self.state.v[usize::from(r)][0])
    }
    #[inline(always)]
    fn s(&mut self, r: u8) -> f32 {
        f32::from_bits(self.state.v[usize::from(r)][0] as u32)
    }
    #[inline(always)]
    fn set_v(&mut self, r: u8, value: u128) {
        self.state.v[usize::from(r)] = [value as u64, (value >> 64) as u64];
    }
    #[inline(always)]
    fn set_d(&mut self, r: u8, value: f64) {
        self.state.v[usize::from(r)] = [value.to_bits(), 0];
    }
    #[inline(always)]
    fn set_s(&mut self, r: u8, value: f32) {
        self.state.v[usize::from(r)] = [value.to_bits().into(), 0];
    }
    #[inline]
    fn sys(&mut self, r: SysReg) -> u64 {
        match r {
            SysReg::Tpidr => self.state.tpidr_el0,
            SysReg::Fpcr => self.state.fpcr.into(),
            SysReg::Fpsr => self.state.fpsr.into(),
            SysReg::ExclusiveAddr => self.state.exclusive_addr,
            SysReg::ExclusiveLow => self.state.exclusive_value[0],
            SysReg::ExclusiveHigh => self.state.exclusive_value[1],
            SysReg::Counter => self.memory.counter(),
            SysReg::Random => self.memory.random(),
            SysReg::Pstate => self.state.pstate.into(),
            SysReg::CodeChanged => self.state.code_changed,
            SysReg::FpObserved => self.state.fp_observed.into(),
        }
    }
    #[inline]
    fn set_sys(&mut self, r: SysReg, value: u64) {
        match r {
            SysReg::Tpidr => self.state.tpidr_el0 = value,
            SysReg::Fpcr => self.state.fpcr = value as u32,
            SysReg::Fpsr => self.state.fpsr = value as u32,
            SysReg::ExclusiveAddr => self.state.exclusive_addr = value,
            SysReg::ExclusiveLow => self.state.exclusive_value[0] = value,
            SysReg::ExclusiveHigh => self.state.exclusive_value[1] = value,
            SysReg::Counter | SysReg::Random => {}
            SysReg::Pstate => self.state.pstate = value as u32,
            SysReg::CodeChanged => self.state.code_changed = value,
            SysReg::FpObserved => self.state.fp_observed = value as u32,
        }
    }

    #[inline(always)]
    fn exact(&mut self) -> bool {
        self.state.fp_exact()
    }
    #[inline(always)]
    fn redo_s(&mut self, host: f32) -> bool {
        self.exact() || host.is_nan()
    }
    #[inline(always)]
    fn redo_d(&mut self, host: f64) -> bool {
        self.exact() || host.is_nan()
    }
    #[inline]
    fn redo_v(&mut self, format: Format, host: u128) -> bool {
        let any = |bits: u32| {
            (0..128).step_by(bits as usize).any(|at| match bits {
                64 => f64::from_bits((host >> at) as u64).is_nan(),
                _ => f32::from_bits((host >> at) as u32).is_nan(),
            })
        };
        self.exact() || any(format.bits())
    }
    #[inline]
    fn fp(&mut self, op: Op, format: Format, operands: [u64; 3]) -> u64 {
        let (result, raised) = fpu::operate(self.state.fpcr, op, format, operands);
        self.state.fpsr |= raised;
        result
    }
    #[inline]
    fn saturated_if(&mut self, cond: u32) {
        if cond != 0 {
            self.state.fpsr |= fpu::QC;
        }
    }
    #[inline(always)]
    fn set_lanes(&mut self, count: usize) {
        self.lanes = count;
    }
    #[inline(always)]
    fn lanes(&self) -> usize {
        self.lanes
    }

    loads! {
        i32_load8_u load8 u32, |v| v.into();
        i32_load8_s load8 u32, |v| v as i8 as u32;
        i32_load16_u load16 u32, |v| v.into();
        i32_load16_s load16 u32, |v| v as i16 as u32;
        i32_load load32 u32, |v| v;
        i64_load8_u load8 u64, |v| v.into();
        i64_load8_s load8 u64, |v| v as i8 as u64;
        i64_load16_u load16 u64, |v| v.into();
        i64_load16_s load16 u64, |v| v as i16 as u64;
        i64_load32_u load32 u64, |v| v.into();
        i64_load32_s load32 u64, |v| v as i32 as u64;
        i64_load load64 u64, |v| v;
        f32_load load32 f32, |v| f32::from_bits(v);
        f64_load load64 f64, |v| f64::from_bits(v);
        v128_load load128 u128, |v| v;
    }
    stores! {
        i32_store8 store8 u32, |v| v as u8;
        i32_store16 store16 u32, |v| v as u16;
        i32_store store32 u32, |v| v;
        i64_store8 store8 u64, |v| v as u8;
        i64_store16 store16 u64, |v| v as u16;
        i64_store32 store32 u64, |v| v as u32;
        i64_store store64 u64, |v| v;
        f32_store store32 f32, |v| v.to_bits();
        f64_store store64 f64, |v| v.to_bits();
        v128_store store128 u128, |v| v;
    }

    #[inline]
    fn store_if(&mut self, cond: u32, addr: u64, value: u64, size: u8) {
        if cond == 0 {
            return;
        }
        let done = match size {
            1 => self.memory.store8(addr, value as u8),
            2 => self.memory.store16(addr, value as u16),
            4 => self.memory.store32(addr, value as u32),
            _ => self.memory.store64(addr, value),
        };
        self.stored(addr, done);
    }

    #[inline(always)]
    fn jump(&mut self, target: u64) {
        self.leave(Event::Jump, target);
    }
    #[inline(always)]
    fn jump_if(&mut self, cond: u32, target: u64) {
        self.leave(
            if cond != 0 {
                Event::Taken
            } else {
                Event::NotTaken
            },
            target,
        );
    }
    #[inline(always)]
    fn call(&mut self, target: u64) {
        self.state.x[30] = self.pc.wrapping_add(4);
        self.leave(Event::Call, target);
    }
    #[inline(always)]
    fn call_indirect(&mut self, target: u64) {
        self.state.x[30] = self.pc.wrapping_add(4);
        self.leave(Event::CallIndirect, target);
    }
    #[inline(always)]
    fn jump_indirect(&mut self, target: u64) {
        self.leave(Event::JumpIndirect, target);
    }
    #[inline(always)]
    fn ret(&mut self, target: u64) {
        self.leave(Event::Return, target);
    }
    #[inline(always)]
    fn leave_if(&mut self, _cond: u32) {
        self.leave(Event::Mode, 0);
    }
    #[inline(always)]
    fn syscall(&mut self, imm: u16) {
        self.leave(Event::Syscall, imm.into());
    }
    #[inline]
    fn fault(&mut self, kind: FaultKind, info: u64) {
        self.leave(Event::Fault(kind), info);
    }
}
