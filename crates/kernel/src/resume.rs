//! Safepoints: when compiled loops have to leave, and how the dispatcher enters them again.

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use elfconv_a64::state::{CpuState, StateBlock};
use elfconv_abi::boot::Tables;
use elfconv_abi::resume::{Check, POINT_SHIFT, Recipe, ResumeRecord, Source};

use crate::host::Clock;
use crate::kernel::Kernel;
use crate::mm::memory::Memory;

/// Size of a [`ResumeRecord`].
const RECORD: u64 = size_of::<ResumeRecord>() as u64;
/// What the time between two polls is steered to, nanoseconds; each costs leaving and going on.
const POLL_EVERY: u64 = 2_000_000;
/// Where compiled code leaves at every safepoint, others get turns after so many.
const ALWAYS_POLLS: i32 = 64;
/// The least that the counter is at where a loop is entered: at less, it would leave before it has done anything.
pub(crate) const LEAST: i32 = 2;

/// The addresses at which compiled functions can be entered in the middle.
pub struct ResumeTable {
    memory: Memory,
    tables: Tables,
    /// One bit for each word of code.
    bits: Rc<EntryBits>,
    /// What was last looked up, by some bits of the address; made at the first look.
    recent: RefCell<Vec<Option<Rc<Point>>>>,
}

/// A place where a function can be entered in the middle.
struct Point {
    pc: u64,
    /// The number of the function.
    entry: u32,
    /// What [`CpuState::resume`] is to be.
    resume: u32,
    recipe: Recipe,
}

/// How many points are remembered.
const RECENT: usize = 64;

/// A set of addresses in a range of code.
pub struct EntryBits {
    /// The value of FPCR that the code is for.
    pub fpcr: u32,
    start: u64,
    bits: Vec<u32>,
}

impl EntryBits {
    /// Whether the address is in the set.
    #[inline]
    pub fn contains(&self, pc: u64) -> bool {
        let word = pc.wrapping_sub(self.start) / 4;
        let bits = usize::try_from(word / 32)
            .ok()
            .and_then(|i| self.bits.get(i));
        bits.is_some_and(|b| b >> (word % 32) & 1 != 0)
    }
}

impl ResumeTable {
    /// Of the program that has these tables.
    pub fn new(memory: Memory, tables: Tables) -> Self {
        let mut bits = vec![0; tables.code_words.div_ceil(32) as usize];
        let records = memory.bytes(
            tables.resumes.into(),
            RECORD * u64::from(tables.resume_count),
        );
        for record in records.chunks_exact(RECORD as usize) {
            let pc = u32::from_le_bytes([record[0], record[1], record[2], record[3]]);
            let word = pc.wrapping_sub(tables.code_lo) / 4;
            if let Some(b) = bits.get_mut(word as usize / 32) {
                *b |= 1 << (word % 32);
            }
        }
        let bits = Rc::new(EntryBits {
            fpcr: tables.fpcr,
            start: tables.code_lo.into(),
            bits,
        });
        Self {
            memory,
            tables,
            bits,
            recent: RefCell::default(),
        }
    }

    /// The set of addresses.
    pub fn bits(&self) -> Rc<EntryBits> {
        Rc::clone(&self.bits)
    }

    /// Whether there are no such addresses.
    pub fn is_empty(&self) -> bool {
        self.tables.resume_count == 0
    }

    fn record(&self, i: u32) -> ResumeRecord {
        let bytes = self.memory.bytes(
            u64::from(self.tables.resumes) + RECORD * u64::from(i),
            RECORD,
        );
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        ResumeRecord {
            pc: word(0),
            entry: word(4),
            recipe: word(8),
        }
    }

    fn find(&self, pc: u64) -> Option<ResumeRecord> {
        let (mut low, mut high) = (0, self.tables.resume_count);
        while low < high {
            let middle = low.midpoint(high);
            let record = self.record(middle);
            match u64::from(record.pc).cmp(&pc) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Equal => return Some(record),
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The point at an address: most are met again and again.
    fn point(&self, pc: u64) -> Option<Rc<Point>> {
        let mut recent = self.recent.borrow_mut();
        if recent.is_empty() {
            recent.resize(RECENT, None);
        }
        let cell = &mut recent[pc as usize / 4 % RECENT];
        if let Some(point) = cell
            && point.pc == pc
        {
            return Some(Rc::clone(point));
        }
        let record = self.find(pc)?;
        let point = Rc::new(Point {
            pc,
            entry: record.entry & ((1 << POINT_SHIFT) - 1),
            resume: 1 + (record.entry >> POINT_SHIFT),
            recipe: Recipe::decode(self.memory.bytes(record.recipe.into(), 256))?,
        });
        *cell = Some(Rc::clone(&point));
        Some(point)
    }

    /// Makes the state at a safepoint into the one in which its function was called, with the rest in [`StateBlock::resumed`]; gives the number of the entry to call.
    /// `None`, and nothing is changed, if the address is no safepoint, its frame is not in memory, a register has what the function does not expect, or the function may compute with floating-point numbers and that has to be `exact`.
    pub fn prepare(&self, block: &mut StateBlock, exact: bool) -> Option<u32> {
        if !self.bits.contains(block.state.pc) {
            return None;
        }
        let point = self.point(block.state.pc)?;
        let (entry, recipe) = (point.entry, &point.recipe);
        if exact && crate::dispatch::computes(self.memory, &self.tables, entry) {
            return None;
        }
        let now = &block.state;
        let mut small = recipe.small;
        while small != 0 {
            if now.x[small.trailing_zeros() as usize] >> 32 != 0 {
                return None;
            }
            small &= small - 1;
        }
        let sp = general(now, recipe.sp.0).wrapping_sub_signed(recipe.sp.1.into());
        let slot = |offset: i32| {
            let addr = sp.wrapping_add_signed(offset.into());
            let bytes = (self.memory.backs(addr, 8)).then(|| self.memory.bytes(addr, 8))?;
            bytes.first_chunk().map(|b| u64::from_le_bytes(*b))
        };
        for &(reg, check) in &recipe.checks {
            let expected = match check {
                Check::Constant(c) => i64::from(c) as u64,
                Check::Frame(k) => sp.wrapping_add_signed(k.into()),
                Check::Slot(k) => slot(k)?,
            };
            if general(now, reg) != expected {
                return None;
            }
        }
        // In place: the state is large, and this is how loops go on.
        let StateBlock { state, resumed, .. } = block;
        resumed.clone_from(state);
        let now = &*resumed;
        state.sp = sp;
        for &(reg, source) in &recipe.registers {
            let value = match source {
                Source::Register(from) => Some(general(now, from)),
                Source::Slot(offset) => slot(offset),
            };
            let Some(value) = value else {
                state.clone_from(now);
                return None;
            };
            match reg {
                0..=30 => state.x[usize::from(reg)] = value,
                64..=95 => state.v[usize::from(reg - 64)][0] = value,
                _ => {}
            }
        }
        state.resume = point.resume;
        state.poll = state.poll.max(LEAST);
        Some(entry)
    }
}

fn general(state: &CpuState, reg: u8) -> u64 {
    match reg {
        0..=30 => state.x[usize::from(reg)],
        _ => state.sp,
    }
}

impl Pace {
    /// As the environment says.
    pub fn new(always: bool) -> Self {
        Self {
            always,
            ..Self::default()
        }
    }
}

/// How safepoints are paced.
#[derive(Default)]
pub struct Pace {
    /// Leave at every safepoint and system call: for tests.
    pub always: bool,
    interval: i32,
    polled: u64,
}

impl Kernel {
    /// Compiled code has left because a safepoint's counter ran out. (It also leaves for an engine that has compiled it better in the meantime, but cannot replace what runs.)
    pub fn safepoint(&mut self, state: &mut CpuState) {
        if self.pace.always {
            (state.poll, state.polls) = (1, LEAST);
            self.pace.interval += 1;
            if self.pace.interval >= ALWAYS_POLLS {
                self.pace.interval = 0;
                self.poll(state);
            }
            return;
        }
        self.poll(state);
        let interval = match self.sched.interval() {
            // What happens must not depend on the time.
            Some(interval) => interval,
            None => {
                let now = self.host.now(Clock::Monotonic);
                let pace = &mut self.pace;
                let since = now.saturating_sub(pace.polled);
                pace.polled = now;
                pace.interval = match since {
                    0..POLL_EVERY => pace.interval.max(256).saturating_mul(2).min(1 << 22),
                    _ if since > 4 * POLL_EVERY => (pace.interval / 2).max(256),
                    _ => pace.interval.max(256),
                };
                pace.interval
            }
        };
        (state.poll, state.polls) = (interval, interval.max(LEAST));
    }
}
