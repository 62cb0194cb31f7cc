//! Functions, blocks, values and instructions.
//!
//! SSA with block parameters. Everything is an index into a vector of its [`Function`], so a function is cheap to build, to walk and to drop, and passes
//! need no pointers. Block 0 is the entry; its parameters are the function's parameters. Instructions keep the guest address they came from.

use alloc::{boxed::Box, string::String, vec::Vec};

use crate::{Opcode, Type};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);
        impl $name {
            /// The index as `usize`.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    };
}

index!(/** An SSA value. */ Value, "v");
index!(/** A basic block. */ Block, "block");
index!(/** An instruction in [`Function::insts`]. */ Inst, "i");
index!(/** A guest function of the module, in order of address. */ FuncId, "fn");

/// A guest register as frame states name it: 0–30 are x0–x30, 31 is sp, 32 is nzcv, 64–95 are v0–v31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reg(pub u8);

impl Reg {
    /// The stack pointer.
    pub const SP: Reg = Reg(31);
    /// The condition flags.
    pub const NZCV: Reg = Reg(32);
    /// General register `n`, 0–30.
    pub fn x(n: u8) -> Reg {
        debug_assert!(n < 31);
        Reg(n)
    }
    /// Vector register `n`, 0–31.
    pub fn v(n: u8) -> Reg {
        debug_assert!(n < 32);
        Reg(64 + n)
    }
}

/// One function of the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Symbol or generated name, for the wasm name section.
    pub name: String,
    /// Guest address of its first instruction.
    pub addr: u64,
    /// Types of all wasm results. Unless [`Function::plain`], the first is the `i32` next guest PC.
    pub results: Vec<Type>,
    /// Returns are evident and nothing unwinds: no status result.
    pub plain: bool,
    /// Blocks; index 0 is the entry.
    pub blocks: Vec<BlockData>,
    /// All instructions, in no particular order; blocks list the live ones.
    pub insts: Vec<InstData>,
    /// All values.
    pub values: Vec<ValueData>,
}

/// Where a value comes from, and its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueData {
    /// Its type.
    pub ty: Type,
    /// Its definition.
    pub def: ValueDef,
}

/// The definition of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueDef {
    /// Result number `.1` of instruction `.0`.
    Inst(Inst, u32),
    /// Parameter number `.1` of block `.0`.
    Param(Block, u32),
    /// Replaced by another value; passes resolve these before they end.
    Alias(Value),
}

/// A basic block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockData {
    /// Parameters, all defined by [`ValueDef::Param`].
    pub params: Vec<Value>,
    /// Instructions in order.
    pub insts: Vec<Inst>,
    /// How control leaves.
    pub term: Terminator,
    /// Guest address of the block's first instruction.
    pub addr: u64,
}

/// An instruction: what it does, what it defines, where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct InstData {
    /// What it does.
    pub kind: InstKind,
    /// The values it defines.
    pub results: Results,
    /// Guest address, 0 if none. Guest addresses are below 4 GiB.
    pub addr: u32,
}

/// The results of an instruction: consecutive values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Results {
    /// The first one.
    pub first: Value,
    /// How many.
    pub len: u32,
}

impl Results {
    /// All result values.
    pub fn iter(self) -> impl Iterator<Item = Value> {
        (self.first.0..self.first.0 + self.len).map(Value)
    }
}

/// What an instruction does.
#[derive(Clone, Debug, PartialEq)]
pub enum InstKind {
    /// An opcode applied to as many of `args` as its row says. `imm` is its immediate: a constant's bits, a
    /// lane, a memory or state offset (as the row says), shuffle lanes little-endian, or 0.
    Op {
        op: Opcode,
        args: [Value; 3],
        imm: u128,
    },
    /// A call.
    Call(Box<Call>),
}

/// A call of guest or kernel code.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Whom.
    pub callee: Callee,
    /// Wasm arguments, in the order of the callee's signature.
    pub args: Vec<Value>,
    /// The address behind the call, if the callee may unwind: its status is then not an IR value: `emit` tests it, and unwinds with `frame`. For a system
    /// call, the address to continue at. `None` if the callee is plain or another kernel function; and where a guest function that is
    /// not plain is called in tail position: its status is then the first IR result (i32), which this function returns in turn.
    pub expect: Option<u32>,
    /// What this frame reports when the callee unwinds, or a system call asks for suspension.
    pub frame: Option<Frame>,
    /// The registers that the callee's results (in order) are.
    pub result_regs: Vec<Reg>,
}

/// Whom a call calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Callee {
    /// A guest function, by its own signature.
    Function(FuncId),
    /// The guest function at an address (i64), by the uniform signature.
    Indirect(Value),
    /// A function of the kernel, by its own signature.
    Kernel(KernelFn),
}

/// Functions of the kernel that compiled code calls. The wasm symbol is `ec_` + name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KernelFn {
    /// `ec_syscall(nr, x0, x1, x2, x3, x4, x5: i64) -> i64`: the new x0. If `State.suspend` is non-zero afterwards, the caller unwinds with
    /// `pc` = the instruction after `svc` (the kernel has then stored x0 itself).
    Syscall,
    /// `ec_counter() -> i64`: the virtual counter, CNTVCT_EL0.
    Counter,
    /// `ec_random() -> i64`: a random number, or zero if there is none.
    Random,
    /// The registers at the safepoint that the function is entered at, as i64: those of `result_regs`, which are x registers and sp, in order.
    Resumed,
}

/// What a frame reports when it is thrown away. See ARCHITECTURE.md, "Unwinding".
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Frame {
    /// Registers that this frame owns and that are live at the continuation, with their values, in order of register. v registers may be f32, f64 or v128 here.
    pub live: Vec<(Reg, Value)>,
    /// Elided slots: the caller's register belongs at address `base + offset`.
    pub slots: Vec<Slot>,
    /// Registers, not in `live`, that may be reported with any value: this frame restores them from where it saved them before anybody reads them.
    pub spare: Vec<Reg>,
    /// If this is the frame of a function whose body is in the place of a call: what the frame of the caller reports, after this one.
    pub outer: Option<Box<Frame>>,
}

impl Frame {
    /// This frame and those around it, innermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Frame> {
        core::iter::successors(Some(self), |frame| frame.outer.as_deref())
    }

    /// Puts this frame and those around it into another one.
    pub fn put_in(&mut self, outer: Frame) {
        let mut last = self;
        while let Some(ref mut next) = last.outer {
            last = next;
        }
        last.outer = Some(Box::new(outer));
    }
}

/// An elided save slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// The caller's register that belongs there; 8 bytes (x or d).
    pub reg: Reg,
    /// An i64 value.
    pub base: Value,
    /// Byte offset from `base`.
    pub offset: i32,
}

/// A control-flow edge with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Target.
    pub block: Block,
    /// One argument for each parameter of the target.
    pub args: Vec<Value>,
}

/// How control leaves a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Terminator {
    /// To one successor.
    Jump(Edge),
    /// `cond` is i32, taken when non-zero.
    Branch {
        cond: Value,
        then: Edge,
        otherwise: Edge,
    },
    /// `index` is i32; beyond the targets it goes to `default`.
    Switch {
        index: Value,
        targets: Vec<Edge>,
        default: Edge,
    },
    /// Return all results (the first is the i32 status, 0, unless the function is plain).
    Return(Vec<Value>),
    /// A tail call by the callee's signature; its results are this function's results.
    TailCall { callee: Callee, args: Vec<Value> },
    /// Unwind: the dispatcher continues at guest address `pc` (i64).
    Leave { pc: Value, frame: Frame },
    /// A guest fault at guest address `pc`; never returns. `info` is i64: an address or the instruction's bytes.
    Fault {
        kind: FaultKind,
        pc: u64,
        info: Value,
    },
    /// Never reached.
    Unreachable,
}

/// What kind of fault an instruction raises, with the Linux signal it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum FaultKind {
    /// Undefined or unimplemented instruction: SIGILL.
    Illegal = 4,
    /// `brk`: SIGTRAP.
    Breakpoint = 5,
    /// Misaligned PC or access where the architecture demands alignment: SIGBUS.
    Bus = 7,
    /// Bad address: SIGSEGV.
    Segv = 11,
}
