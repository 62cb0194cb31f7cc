//! What compiling a function needs to know of the module.

use elfconv_ir::{Opcode, Type};

use crate::{Features, FunctionInfo};

/// Cells of the kernel's scratch buffer, 16 bytes each, that hold a frame's values; the last one hands the target of an indirect call to `unknown`.
pub(crate) const CELLS: usize = elfconv_abi::boot::SCRATCH_LEN / 16 - 1;

/// The functions that store `n` values in the first cells and report them with a descriptor, of which they get the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spill {
    /// `(i64 × n, descriptor: i32)`.
    Usual,
    /// `(descriptor: i32, i32 × PADS, i64 × n)`: no value is in a register that a calling convention names, as what engines allot would otherwise
    /// be drawn to it all the way back: Wasmtime 48 kept a value of a hot loop in memory to have it in the right register where the loop is left.
    Apart,
}

/// Parameters that keep the values of [`Spill::Apart`] off the registers: with the descriptor and the two parameters that Wasmtime adds those that AAPCS64 has, and more than System V's for x86-64.
pub(crate) const PADS: usize = 5;

/// General registers that `refill` can give.
pub(crate) const REFILLS: usize = 32;

/// Indices and addresses, for the functions of one program.
#[derive(Clone)]
pub(crate) struct Context<'m> {
    /// The program's functions.
    pub functions: &'m [FunctionInfo],
    pub features: Features,
    /// Address of the frame descriptors.
    pub descriptors: u32,
    /// Address of the dense table, and the number of words of code that it covers.
    pub dense: (u32, u32),
    /// Address of `CpuState`.
    pub state: u32,
    /// Address of the scratch buffer.
    pub scratch: u32,
    pub syscall: u32,
    pub fault: u32,
    pub unwind_frame: u32,
    /// `ec_counter`, if the kernel has it.
    pub counter: Option<u32>,
    /// `ec_random`, if the kernel has it.
    pub random: Option<u32>,
    /// `ec_resumed`, if the kernel has it.
    pub resumed: Option<u32>,
    /// `ec_jumped`, if the kernel has it.
    pub jumped: Option<u32>,
    /// Soft routines of opcodes, in order of [`SOFT`].
    pub soft: [Option<u32>; SOFT.len()],
    /// Function index of the first support function.
    pub support: u32,
    /// Function index of the program's first function.
    pub guest: u32,
    /// Global: whether relaxed multiply-add fuses.
    pub fused: u32,
    /// Type index of the uniform signature.
    pub uniform_type: u32,
    /// Table slot of `unknown`; the thunk of entry `i` is at `+ 1 + i`.
    pub uniform_slots: u32,
    /// First address of code.
    pub code_lo: u32,
    /// Registers that indirect calls pass in the state block; one bit for each register number.
    pub state_arguments: u128,
    /// Frames further out may report those as well, with other values.
    pub state_arguments_kept: bool,
}

/// The support functions, which are emitted once, in order of their indices after the `spill`s.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(crate) enum Support {
    /// `(offset of the descriptor: i32)`: reports the values in the scratch buffer.
    Report,
    /// The uniform thunk of what has none.
    Unknown,
    /// The same in programs where it has to report registers that are passed in the state block.
    UnknownMore,
    /// Reverses 32 bits.
    Bitrev32,
    /// Reverses 64 bits.
    Bitrev64,
    /// The low half of a carry-less product.
    ClmulLow,
    /// AES's S-box.
    AesSub,
    /// Its inverse.
    AesSubInv,
    /// SM4's S-box.
    Sm4Sub,
    /// Sets the `fused` global.
    Start,
}

/// All of them.
pub(crate) const SUPPORT: [Support; 10] = [
    Support::Report,
    Support::Unknown,
    Support::UnknownMore,
    Support::Bitrev32,
    Support::Bitrev64,
    Support::ClmulLow,
    Support::AesSub,
    Support::AesSubInv,
    Support::Sm4Sub,
    Support::Start,
];

/// Number of the functions that are in front of the guest's: those of [`Spill`], `refill`, and [`SUPPORT`].
pub(crate) const SUPPORT_FUNCTIONS: u32 = (2 * (CELLS + 1) + REFILLS + 1 + SUPPORT.len()) as u32;

/// Opcodes that call a routine of the kernel.
pub(crate) const SOFT: [Opcode; 7] = [
    Opcode::F32Fma,
    Opcode::F64Fma,
    Opcode::BfDotAdd,
    Opcode::F32FromF16,
    Opcode::F64FromF16,
    Opcode::F16FromF32,
    Opcode::F16FromF64,
];

impl Context<'_> {
    /// Function index of a [`Spill`] for `n` values.
    pub fn spill(&self, spill: Spill, n: usize) -> u32 {
        debug_assert!(n <= CELLS);
        self.support + (spill as usize * (CELLS + 1) + n) as u32
    }

    /// Function index of `refill` for `n` values: `(registers: i32) -> (i64 × n)` gives the registers of a set at the safepoint that a function is entered at.
    pub fn refill(&self, n: usize) -> u32 {
        debug_assert!(n <= REFILLS);
        self.spill(Spill::Apart, CELLS) + 1 + n as u32
    }

    /// Function index of a support function.
    pub fn support(&self, function: Support) -> u32 {
        self.refill(REFILLS) + 1 + function as u32
    }

    /// Function index of a soft routine.
    pub fn soft(&self, op: Opcode) -> Option<u32> {
        SOFT.iter()
            .position(|o| *o == op)
            .and_then(|i| self.soft[i])
    }

    /// The uniform thunk of what has none.
    pub fn unknown(&self) -> Support {
        match self.state_arguments_kept {
            false => Support::Unknown,
            true => Support::UnknownMore,
        }
    }

    /// Address of a cell.
    pub fn cell(&self, n: usize) -> u32 {
        self.scratch + 16 * n as u32
    }
}

/// The registers of the uniform signature, in order: sp, x29, x30, x0–x8.
pub(crate) const UNIFORM_PARAMS: [u8; 12] = [31, 29, 30, 0, 1, 2, 3, 4, 5, 6, 7, 8];

/// Types of the uniform signature.
pub(crate) fn uniform_signature() -> (Vec<Type>, Vec<Type>) {
    (
        vec![Type::I64; UNIFORM_PARAMS.len()],
        vec![Type::I32, Type::I64, Type::I64],
    )
}

/// Types of a function's wasm signature.
pub(crate) fn signature(info: &FunctionInfo) -> (Vec<Type>, Vec<Type>) {
    let status = (!info.plain).then_some(Type::I32);
    (
        info.params.iter().map(|p| p.1).collect(),
        status
            .into_iter()
            .chain(info.results.iter().map(|r| r.1))
            .collect(),
    )
}
