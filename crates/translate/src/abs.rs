//! What is known of register values at a point: the abstract domain of [`crate::summary`] and of the SSA construction.
//!
//! It answers three questions: is this address the entry sp plus a constant; is this register still what it was at entry; which stack slots
//! hold a register of the caller. Stores through other pointers are assumed not to hit the slots in which a function saved its caller's registers;
//! code that changes them on purpose (unwinders) leaves in ways that do not rely on it.

use elfconv_ir::Reg;

use crate::regs::RegSet;

/// An abstract value of a general or vector register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Abs {
    /// Anything.
    #[default]
    Top,
    /// Anything below 2^32.
    Small,
    /// A small constant.
    Const(i32),
    /// sp at entry plus a constant.
    Sp(i32),
    /// What the register held at entry.
    Entry(Reg),
}

impl Abs {
    /// What holds for both.
    pub fn join(self, o: Abs) -> Abs {
        match self == o {
            true => self,
            false if self.is_small() && o.is_small() => Abs::Small,
            false => Abs::Top,
        }
    }

    /// Whether the upper half is evidently zero.
    pub fn is_small(self) -> bool {
        matches!(self, Abs::Small | Abs::Const(0..))
    }

    /// What is known of it if its upper half is zero.
    pub fn low_half(self) -> Abs {
        match self.is_small() {
            true => self,
            false => Abs::Small,
        }
    }

    /// A constant, if it is small.
    pub fn constant(v: u64) -> Abs {
        i32::try_from(v as i64).map_or(Abs::Top, Abs::Const)
    }

    /// Sum.
    pub fn plus(self, o: Abs) -> Abs {
        match (self, o) {
            (v, Abs::Const(0)) | (Abs::Const(0), v) => v,
            (Abs::Const(a), Abs::Const(b)) => a.checked_add(b).map_or(Abs::Top, Abs::Const),
            (Abs::Sp(a), Abs::Const(b)) | (Abs::Const(b), Abs::Sp(a)) => {
                a.checked_add(b).map_or(Abs::Top, Abs::Sp)
            }
            _ => Abs::Top,
        }
    }

    /// Difference.
    pub fn minus(self, o: Abs) -> Abs {
        match (self, o) {
            (v, Abs::Const(0)) => v,
            (v, Abs::Const(b)) => b.checked_neg().map_or(Abs::Top, |n| v.plus(Abs::Const(n))),
            _ => Abs::Top,
        }
    }
}

/// The place of NZCV in [`State::written`].
pub const FLAGS: u8 = 31;

/// The abstract state at a point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// x0–x30 and sp.
    pub x: [Abs; 32],
    /// Vector registers whose low 64 bits are what they were at entry.
    pub v_entry: u32,
    /// General (low half; the flags at sp's place) and vector registers that the function has written on some way to here, and neither given back to its caller nor lost in a call since.
    pub written: u64,
    /// Slots (offset from the entry sp, sorted) that hold 8 bytes of a register as it was at entry.
    pub slots: Vec<(i32, Reg)>,
}

impl State {
    /// The state at a function's entry.
    pub fn entry() -> State {
        let mut x: [Abs; 32] = std::array::from_fn(|n| Abs::Entry(Reg(n as u8)));
        x[31] = Abs::Sp(0);
        State {
            x,
            v_entry: !0,
            written: 0,
            slots: Vec::new(),
        }
    }

    /// Keep what both agree on; whether anything changed.
    pub fn join(&mut self, o: &State) -> bool {
        let mut changed = false;
        for (a, b) in self.x.iter_mut().zip(&o.x) {
            let j = a.join(*b);
            changed |= j != *a;
            *a = j;
        }
        let v = self.v_entry & o.v_entry;
        changed |= v != self.v_entry;
        self.v_entry = v;
        changed |= o.written & !self.written != 0;
        self.written |= o.written;
        let before = self.slots.len();
        self.slots.retain(|s| o.slots.binary_search(s).is_ok());
        changed | (self.slots.len() != before)
    }

    /// The register whose entry value is at `offset`.
    pub fn slot(&self, offset: i32) -> Option<Reg> {
        self.slots
            .binary_search_by_key(&offset, |s| s.0)
            .ok()
            .map(|i| self.slots[i].1)
    }

    /// `len` bytes at `offset` are overwritten.
    pub fn overwrite(&mut self, offset: i32, len: u32) {
        let end = offset.saturating_add(len as i32);
        self.slots
            .retain(|&(o, _)| o.saturating_add(8) <= offset || o >= end);
    }

    /// The entry value of `r` is stored at `offset`.
    pub fn save(&mut self, offset: i32, r: Reg) {
        self.overwrite(offset, 8);
        let at = self.slots.partition_point(|s| s.0 < offset);
        self.slots.insert(at, (offset, r));
    }

    /// A call has happened: everything that is not callee-saved is unknown.
    pub fn after_call(&mut self, saved: RegSet) {
        for (n, value) in self.x.iter_mut().enumerate() {
            if saved.x >> n & 1 == 0 {
                *value = Abs::Top;
            }
        }
        self.v_entry &= saved.v64;
        self.written &= saved.x & 0x7fff_ffff | u64::from(saved.v64) << 32;
    }

    /// Register `n` of [`State::written`] is written, or `restored` to what it was at entry.
    pub fn write(&mut self, n: u8, restored: bool) {
        self.written = self.written & !(1 << n) | u64::from(!restored) << n;
    }

    /// [`State::written`], the vectors in full.
    pub fn written(&self) -> RegSet {
        let vectors = (self.written >> 32) as u32;
        RegSet {
            v32: vectors,
            v64: vectors,
            v128: vectors,
            ..RegSet::of_x(self.written & 0x7fff_ffff | (self.written >> FLAGS & 1) << 32)
        }
    }
}
