//! Taking the guest state out of frames that are thrown away: "Unwinding" and "Elided saves" of ARCHITECTURE.md.
//!
//! Frames report from the innermost outwards. The first frame that reports a register owns its value, and it goes to the state block. A frame's
//! elided slots are addresses where the *caller's* value of a register belongs; they stay pending until the next frame outwards that reports that
//! register, or the end, where the dispatcher's copy from before compiled code was entered is what the outermost frame was called with.

use alloc::vec::Vec;

use elfconv_a64::state::CpuState;
use elfconv_abi::frame::{self, Item, Place};

/// Registers that elided slots may name: x19–x28 and d8–d15.
#[derive(Clone, Copy, Default)]
pub struct CalleeSaved {
    x: [u64; 10],
    d: [u64; 8],
}

impl CalleeSaved {
    /// Copies them from the state block.
    pub fn save(&mut self, state: &CpuState) {
        self.x.copy_from_slice(&state.x[19..29]);
        for (d, v) in self.d.iter_mut().zip(&state.v[8..16]) {
            *d = v[0];
        }
    }

    fn get(&self, reg: u8) -> Option<u64> {
        match reg {
            19..=28 => Some(self.x[usize::from(reg - 19)]),
            72..=79 => Some(self.d[usize::from(reg - 72)]),
            _ => None,
        }
    }
}

/// What has been reported since compiled code was entered.
#[derive(Default)]
pub struct Unwinding {
    /// Register numbers (`ir::Reg`).
    claimed: Registers,
    /// Slots to fill: register and guest address.
    pending: Vec<(u8, u64)>,
    /// The registers that slots are of.
    awaited: Registers,
    /// General registers that the next frame does not have, whatever it reports.
    absent: u32,
}

/// A set of register numbers below 128.
#[derive(Clone, Copy, Default)]
struct Registers([u64; 2]);

impl Registers {
    #[inline]
    fn contains(&self, reg: u8) -> bool {
        self.0[usize::from(reg >> 6 & 1)] >> (reg & 63) & 1 != 0
    }

    /// Whether it was not there.
    #[inline]
    fn insert(&mut self, reg: u8) -> bool {
        let (word, bit) = (&mut self.0[usize::from(reg >> 6 & 1)], 1 << (reg & 63));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}

/// A frame descriptor and its values; see [`elfconv_abi::frame`].
pub struct FrameReport<'a> {
    /// What the values are.
    pub descriptor: &'a [u8],
    /// The scratch buffer.
    pub cells: &'a [[u64; 2]],
}

impl FrameReport<'_> {
    fn cell(&self, cell: u8) -> [u64; 2] {
        self.cells.get(usize::from(cell)).copied().unwrap_or([0; 2])
    }

    fn sum(&self, cell: u8, offset: i32) -> u64 {
        self.cell(cell)[0].wrapping_add_signed(offset.into())
    }

    fn value(&self, place: Place) -> [u64; 2] {
        match place {
            Place::Cell { cell, ty } => {
                let value = self.cell(cell);
                match ty {
                    1 | 2 => [value[0] & 0xffff_ffff, 0],
                    0 | 3 => [value[0], 0],
                    _ => value,
                }
            }
            Place::Sum { cell, offset } => [self.sum(cell, offset), 0],
            Place::Constant(value) => [value, 0],
        }
    }
}

impl Unwinding {
    /// The register is in the state block already, and what frames report of it does not count.
    pub fn claim(&mut self, reg: u8) {
        self.claimed.insert(reg);
    }

    /// An indirect jump to `target` has met no compiled code; its report follows. The uniform signature has all argument registers, but the function that jumped may not have had them
    /// all ([`CpuState::absent`], which may also be of an earlier jump, to another target).
    pub fn jumped(&mut self, state: &mut CpuState, target: u64) {
        let absent = core::mem::take(&mut state.absent);
        if (absent >> 32) as u32 == target as u32 {
            self.absent = absent as u32;
        }
    }

    /// Takes one frame's report. `store` writes eight bytes of guest memory.
    pub fn frame(
        &mut self,
        state: &mut CpuState,
        report: &FrameReport<'_>,
        mut store: impl FnMut(u64, u64),
    ) {
        let absent = core::mem::take(&mut self.absent);
        let (mut registers, rest) = frame::split(report.descriptor);
        // Most frames have only general registers, and of these only what inner ones have reported already.
        let known = absent | self.claimed.0[0] as u32;
        if registers & (!known | self.awaited.0[0] as u32) != 0 {
            for cell in 0.. {
                if registers == 0 {
                    break;
                }
                let reg = registers.trailing_zeros() as u8;
                registers &= registers - 1;
                if absent >> reg & 1 == 0 {
                    let value = report.cell(cell)[0];
                    self.register(state, reg, [value, 0], &mut store);
                }
            }
        }
        for item in rest {
            match item {
                Item::Register {
                    reg: reg @ 0..32, ..
                } if absent >> reg & 1 != 0 => {}
                Item::Register { reg, place } => {
                    self.register(state, reg, report.value(place), &mut store);
                }
                Item::Slot { reg, cell, offset } => {
                    self.pending.push((reg, report.sum(cell, offset)));
                    self.awaited.insert(reg);
                }
            }
        }
    }

    /// A frame has this register: slots inside wait for it, and it is what the state has if no frame inside has said so.
    #[inline]
    fn register(
        &mut self,
        state: &mut CpuState,
        reg: u8,
        value: [u64; 2],
        store: &mut impl FnMut(u64, u64),
    ) {
        if self.awaited.contains(reg) {
            self.awaited.0[usize::from(reg >> 6 & 1)] &= !(1 << (reg & 63));
            self.pending.retain(|&(pending, addr)| {
                if pending == reg {
                    store(addr, value[0]);
                }
                pending != reg
            });
        }
        if self.claimed.insert(reg) {
            set(state, reg, value);
        }
    }

    /// Ends unwinding in the dispatcher: fills what is left from its own copy.
    pub fn finish(&mut self, saved: &CalleeSaved, mut store: impl FnMut(u64, u64)) {
        (self.claimed, self.awaited) = (Registers::default(), Registers::default());
        for (reg, addr) in self.pending.drain(..) {
            if let Some(value) = saved.get(reg) {
                store(addr, value);
            }
        }
    }
}

fn set(state: &mut CpuState, reg: u8, value: [u64; 2]) {
    match reg {
        0..=30 => state.x[usize::from(reg)] = value[0],
        31 => state.sp = value[0],
        32 => state.nzcv = value[0] as u32,
        frame::PC => state.pc = value[0],
        64..=95 => state.v[usize::from(reg - 64)] = value,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::vec;

    /// Slots, each alone in its group: register, cell, offset.
    type Slot = (u8, u8, i32);

    fn report<'a>(descriptor: &'a [u8], cells: &'a [[u64; 2]]) -> FrameReport<'a> {
        FrameReport { descriptor, cells }
    }

    /// Live values, as registers with type codes, are in cells in this order.
    fn descriptor(live: &[(u8, u8)], slots: &[Slot]) -> Vec<u8> {
        let mut bytes = vec![0, 0, live.len() as u8];
        for (cell, &(reg, ty)) in (0..).zip(live) {
            bytes.extend([reg, ty << 5 | cell]);
        }
        for (reg, cell, offset) in slots {
            let bit = frame::SAVED.iter().position(|r| r == reg).unwrap();
            let registers = 2u32 << bit;
            bytes.extend([*cell, *offset as u8 & 0x7f]);
            bytes.extend([0, 7].map(|shift| (registers >> shift) as u8 | 0x80));
            bytes.push((registers >> 14) as u8);
        }
        bytes[0] = bytes.len() as u8 - 1;
        bytes
    }

    #[test]
    fn values_may_be_sums_and_constants() {
        let (mut unwinding, mut state) = (Unwinding::default(), CpuState::new());
        // x19 and x20 are in the first cells; sp is the second one's less 3200, the PC and x21 are constants, x22 is the second one's less 8.
        let mut bytes = vec![19, 3, 4, 31, 0xa1, 0x80, 0x67];
        bytes.extend([frame::PC, 0xc0, 0x80, 0x81, 0x80, 2]);
        bytes.extend([21, 0xc0, 5, 22, 0xa1, 0x78, 0]);
        bytes[0] = bytes.len() as u8 - 1;
        let cells = [[7, 0], [0x1000, 0]];
        unwinding.frame(&mut state, &report(&bytes, &cells), |_, _| {
            panic!("there is no slot")
        });
        assert_eq!((state.sp, state.pc), (0x380, 0x40_0080));
        assert_eq!(state.x[19..23], [7, 0x1000, 5, 0xff8]);
    }

    #[test]
    fn the_innermost_frame_wins_and_slots_get_the_next_owner_outwards() {
        let (mut unwinding, mut state, mut memory) =
            (Unwinding::default(), CpuState::new(), BTreeMap::new());
        state.x[20] = 20;
        let mut saved = CalleeSaved::default();
        saved.save(&state);
        // Inner frame owns x19 = 1 and elided the saves of its caller's x19 and x20 at sp + 16 and sp + 24.
        let inner = descriptor(&[(19, 0), (31, 0)], &[(19, 2, 16), (20, 2, 24)]);
        let cells = [[1, 99], [0x1000, 0], [0x1000, 0]];
        unwinding.frame(&mut state, &report(&inner, &cells), |a, v| {
            _ = memory.insert(a, v)
        });
        assert!(memory.is_empty());
        // Middle frame says nothing of x19 but has elided it too: two slots wait for it.
        let middle = descriptor(&[(29, 0)], &[(19, 1, -8)]);
        unwinding.frame(
            &mut state,
            &report(&middle, &[[7, 0], [0x2000, 0]]),
            |a, v| _ = memory.insert(a, v),
        );
        // Outer frame owns x19 = 5.
        let outer = descriptor(&[(19, 0), (31, 0)], &[]);
        unwinding.frame(
            &mut state,
            &report(&outer, &[[5, 0], [0x3000, 0]]),
            |a, v| _ = memory.insert(a, v),
        );
        assert_eq!(memory, BTreeMap::from([(0x1010, 5), (0x1ff8, 5)]));
        unwinding.finish(&saved, |a, v| _ = memory.insert(a, v));
        assert_eq!(memory.get(&0x1018), Some(&20));
        assert_eq!(
            (state.x[19], state.x[20], state.x[29], state.sp),
            (1, 20, 7, 0x1000)
        );
        // Nothing of this is left for the next time.
        unwinding.frame(
            &mut state,
            &report(&outer, &[[6, 0], [0x4000, 0]]),
            |_, _| panic!("no slot is pending"),
        );
        assert_eq!((state.x[19], state.sp), (6, 0x4000));
    }

    #[test]
    fn what_a_jump_did_not_have_is_an_outer_frames() {
        let (mut unwinding, mut state) = (Unwinding::default(), CpuState::new());
        let frame = descriptor(&[(5, 0), (6, 0)], &[]);
        let report_both = |unwinding: &mut Unwinding, state: &mut CpuState, values: [u64; 2]| {
            let cells = values.map(|v| [v, 0]);
            unwinding.frame(state, &report(&frame, &cells), |_, _| panic!());
        };
        state.absent = 0x40_0100 << 32 | 1 << 6;
        unwinding.jumped(&mut state, 0x40_0100);
        report_both(&mut unwinding, &mut state, [1, 0]);
        report_both(&mut unwinding, &mut state, [2, 3]);
        assert_eq!(state.x[5..7], [1, 3]);
        unwinding.finish(&CalleeSaved::default(), |_, _| panic!());
        // Of a jump elsewhere, which found compiled code; and there is nothing left of it then.
        state.absent = 0x40_0100 << 32 | 1 << 6;
        unwinding.jumped(&mut state, 0x40_0200);
        report_both(&mut unwinding, &mut state, [4, 5]);
        assert_eq!(state.x[5..7], [4, 5]);
        assert_eq!(state.absent, 0);
    }

    #[test]
    fn values_are_as_wide_as_their_types() {
        let (mut unwinding, mut state) = (Unwinding::default(), CpuState::new());
        state.v[8] = [1, 2];
        state.v[9] = [3, 4];
        let mut saved = CalleeSaved::default();
        saved.save(&state);
        let frame = descriptor(
            &[(0, 1), (32, 1), (72, 2), (73, 3), (74, 4)],
            &[(75, 5, 0), (72, 5, 8)],
        );
        let cells = [
            [!0, !0],
            [0xf_0000_0008, 0],
            [!0, !0],
            [!0, !0],
            [!0, 5],
            [0x1000, 0],
        ];
        unwinding.frame(&mut state, &report(&frame, &cells), |_, _| panic!());
        assert_eq!((state.x[0], state.nzcv), (0xffff_ffff, 8));
        assert_eq!(
            [state.v[8], state.v[9], state.v[10]],
            [[0xffff_ffff, 0], [!0, 0], [!0, 5]]
        );
        let mut memory = BTreeMap::new();
        unwinding.finish(&saved, |a, v| _ = memory.insert(a, v));
        assert_eq!(memory, BTreeMap::from([(0x1000, 0), (0x1008, 1)]));
    }
}
