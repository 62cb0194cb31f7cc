//! The guest's register state in memory, as the kernel, the interpreter and emitted code share it.

/// The state of one guest thread. Emitted code addresses its fields by [`core::mem::offset_of!`].
#[repr(C, align(16))]
#[derive(Clone, Debug)]
pub struct CpuState {
    /// x0–x30.
    pub x: [u64; 31],
    /// The stack pointer.
    pub sp: u64,
    /// Where to go on.
    pub pc: u64,
    /// Depth limit: functions unwind on entry when `sp` is below. Raised while a function is entered in order to go on at one of its loops.
    pub sp_limit: u64,
    /// Thread pointer.
    pub tpidr_el0: u64,
    /// Exclusive monitor: address, or `u64::MAX` when open.
    pub exclusive_addr: u64,
    /// Exclusive monitor: the value loaded (two words for pairs).
    pub exclusive_value: [u64; 2],
    /// v0–v31, low half first.
    pub v: [[u64; 2]; 32],
    /// N = 8, Z = 4, C = 2, V = 1.
    pub nzcv: u32,
    /// Floating-point control.
    pub fpcr: u32,
    /// Floating-point status.
    pub fpsr: u32,
    /// Non-zero once the guest looks at FPSR: from then on its flags are kept.
    pub fp_observed: u32,
    /// Non-zero after a system call that wants the caller to unwind to the dispatcher.
    pub suspend: u32,
    /// PSTATE's DIT and SSBS, where `msr` and `mrs` have them.
    pub pstate: u32,
    /// Non-zero after `ic ivau`: some address of a line of code that was changed. The interpreter resets it when it has
    /// forgotten what it decoded.
    pub code_changed: u64,
    /// Counts down at the safepoints of compiled loops; at zero they leave.
    pub poll: i32,
    /// What `poll` begins with where a function that is entered for a safepoint has got there.
    pub polls: i32,
    /// Non-zero while a function is entered in order to go on at one of its loops: the number of the safepoint, from 1.
    pub resume: u32,
    /// The depth limit even while `sp_limit` is raised.
    pub stack_limit: u64,
    /// How far below the depth limit's beginning the limit is: bytes of guest stack. Calls on another stack get a part of it.
    pub depth: u64,
    /// After an indirect jump: which argument registers (the bits of its lower half) the function that jumped did not have, and the lower half of its target. The registers are those
    /// of a caller, if of anybody.
    pub absent: u64,
}

/// What the kernel and emitted code share: the state, and the registers with which a loop goes on.
#[repr(C, align(16))]
#[derive(Clone, Debug, Default)]
pub struct StateBlock {
    /// Of the running thread.
    pub state: CpuState,
    /// While [`CpuState::resume`] is not zero: the registers at the safepoint. (Those of `state` are then what the function was called with.)
    pub resumed: CpuState,
}

impl StateBlock {
    /// Both as [`CpuState::new`].
    pub const fn new() -> Self {
        StateBlock {
            state: CpuState::new(),
            resumed: CpuState::new(),
        }
    }
}

/// Registers that always live in [`CpuState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SysReg {
    /// TPIDR_EL0.
    Tpidr,
    /// FPCR.
    Fpcr,
    /// FPSR.
    Fpsr,
    /// [`CpuState::exclusive_addr`].
    ExclusiveAddr,
    /// [`CpuState::exclusive_value`], first word.
    ExclusiveLow,
    /// [`CpuState::exclusive_value`], second word.
    ExclusiveHigh,
    /// CNTVCT_EL0, the virtual counter; it is no field of the state, but asked for when read. Writes are ignored.
    Counter,
    /// RNDR: a random number, or zero if there is none. As [`SysReg::Counter`] it is no field of the state.
    Random,
    /// [`CpuState::pstate`].
    Pstate,
    /// [`CpuState::code_changed`].
    CodeChanged,
    /// [`CpuState::fp_observed`].
    FpObserved,
}

impl CpuState {
    /// All registers zero, the exclusive monitor open.
    pub const fn new() -> Self {
        CpuState {
            x: [0; 31],
            sp: 0,
            pc: 0,
            sp_limit: 0,
            tpidr_el0: 0,
            exclusive_addr: u64::MAX,
            exclusive_value: [0; 2],
            v: [[0; 2]; 32],
            nzcv: 0,
            fpcr: 0,
            fpsr: 0,
            fp_observed: 0,
            suspend: 0,
            pstate: 0,
            code_changed: 0,
            poll: 1,
            polls: 1,
            resume: 0,
            stack_limit: 0,
            depth: 0,
            absent: 0,
        }
    }
}

impl CpuState {
    /// Whether the host's floating-point operations are not enough.
    #[inline(always)]
    pub fn fp_exact(&self) -> bool {
        self.fpcr | self.fp_observed != 0
    }
}

impl Default for CpuState {
    fn default() -> Self {
        Self::new()
    }
}

/// The bits of [`CpuState::pstate`]: DIT and SSBS (Arm ARM C5.2.20, SPSR).
pub const PSTATE_BITS: u32 = 1 << 24 | 1 << 12;

/// FPCR.FZ.
pub const FZ: u32 = 1 << 24;

/// Frequency of the virtual counter, as `cntfrq_el0` says.
pub const COUNTER_HZ: u64 = 1_000_000_000;
