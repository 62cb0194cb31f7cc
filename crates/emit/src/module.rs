//! What the linker is given: the guest's image, its functions' signatures, the kernel.

use core::ops::Range;

use elfconv_abi::resume::Recipe;
use elfconv_ir::{Reg, Type};

/// Everything about the module but the functions' bodies.
#[derive(Clone, Debug)]
pub struct Module<'a> {
    /// The kernel: a wasm32 module linked with `--emit-relocs`.
    pub kernel: &'a [u8],
    /// What the guest sees in memory; disjoint, in order of address.
    pub segments: Vec<Segment<'a>>,
    /// The translated functions of all programs, program by program. None makes a module that interprets.
    pub functions: Vec<FunctionInfo>,
    /// The programs: one, which the segments are of, or those of the file tree.
    pub programs: Vec<Program>,
    /// A file tree instead of one program. Then there are no segments, and the fields that describe the program mean nothing.
    pub tree: Option<Tree<'a>>,
    /// The kernel does not begin below this address: programs that are loaded when the module runs, from its file tree or because they appear only then, need room.
    pub room: u32,
    /// Address of the program's first instruction.
    pub entry: u32,
    /// Address of the program headers in guest memory, 0 if they are not there.
    pub phdr: u32,
    /// Number of program headers.
    pub phnum: u32,
    /// Path of the executable, as the guest shall see it; with a file tree, what is executed if nothing is asked for.
    pub exe_path: String,
    /// What the output may use.
    pub features: Features,
}

/// A program's compiled code.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Its functions in [`Module::functions`], in order of [`FuncId`](elfconv_ir::FuncId), which is the order of their addresses.
    pub functions: Range<usize>,
    /// Addresses that hold code, for the dense table of indirect calls: first, and one past the last.
    pub code: (u32, u32),
    /// Registers that its indirect calls pass in the state block; one bit for each register number.
    pub state_arguments: u128,
    /// Frames further out may report those as well, with other values.
    pub state_arguments_kept: bool,
    /// The value of FPCR that its code is for.
    pub fpcr: u32,
    /// In a file tree: where its file begins in the contents.
    pub offset: u32,
    /// In a file tree: what is added to the addresses in its file.
    pub base: u32,
}

impl Program {
    /// Its functions.
    pub(crate) fn all<'m>(&self, functions: &'m [FunctionInfo]) -> &'m [FunctionInfo] {
        functions.get(self.functions.clone()).unwrap_or(&[])
    }
}

/// A file tree that the module brings with it.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// Names and attributes, as in [`elfconv_abi::root`].
    pub nodes: &'a [u8],
    /// The contents of the files.
    pub contents: &'a [u8],
}

/// A segment of the guest's image.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// First address.
    pub addr: u32,
    /// Size in memory.
    pub memsz: u32,
    /// The bytes at its beginning; the rest is zero.
    pub data: &'a [u8],
    /// Protection, as the bits of `PROT_READ`, `PROT_WRITE` and `PROT_EXEC`.
    pub prot: u8,
}

/// The signature of a translated function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Symbol or generated name.
    pub name: String,
    /// Address of its first instruction.
    pub addr: u32,
    /// Its parameters: guest registers, and the type in which each is passed.
    pub params: Vec<(Reg, Type)>,
    /// General registers that it, or what it calls, may read from the state block instead.
    pub in_state: Vec<Reg>,
    /// Its results, without the status that precedes them unless [`Self::plain`].
    pub results: Vec<(Reg, Type)>,
    /// It never unwinds, and has no status result.
    pub plain: bool,
    /// It, or what it calls, may compute with floating-point numbers: it is not entered while that has to be exact.
    pub computes: bool,
    /// It may be called indirectly: it wants a thunk of the uniform signature.
    pub uniform: bool,
    /// The safepoints at which it can be entered.
    pub resumes: Vec<Resume>,
}

/// A safepoint at which a function can be entered ([`elfconv_abi::resume`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Guest address of the loop's header.
    pub pc: u32,
    /// Its number in the function, below [`MAX_POINTS`](elfconv_abi::resume::MAX_POINTS).
    pub point: u32,
    /// How the state at the call is made.
    pub recipe: Recipe,
}

/// What the output may use and shall contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Use relaxed SIMD, for fused multiply-add.
    pub relaxed_simd: bool,
    /// So many stores that mean nothing, fewer than 64, are at the beginning of each function, so that everything is elsewhere: to measure.
    pub layout: u8,
    /// Make accesses below 64 KiB trap.
    pub null_guard: bool,
    /// Write the name section.
    pub names: bool,
    /// Pack the contents of memory, if there are many.
    pub packed: bool,
    /// Write the map from code offsets to guest addresses ([`pcmap`](crate::pcmap)).
    pub pcmap: bool,
}

impl Default for Features {
    fn default() -> Self {
        Features {
            relaxed_simd: false,
            layout: 0,
            null_guard: true,
            names: true,
            packed: true,
            pcmap: true,
        }
    }
}

/// Why a module cannot be linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The kernel is not a wasm module that can be read.
    #[error("the kernel is not a valid wasm module: {0}")]
    Wasm(#[from] wasmparser::Error),
    /// The kernel uses something that linking does not know.
    #[error("the kernel {0}")]
    Kernel(String),
    /// The kernel lacks a symbol.
    #[error("the kernel has no symbol `{0}`")]
    Symbol(&'static str),
    /// Image and kernel do not fit into the address space.
    #[error(
        "the image occupies {lo:#x} to {hi:#x} and leaves no room for {size:#x} bytes of kernel"
    )]
    NoRoom {
        /// Lowest address of the image.
        lo: u64,
        /// One past its highest address.
        hi: u64,
        /// What was needed.
        size: u64,
    },
    /// The segments are not in order or overlap, or their data exceed them.
    #[error("segment at {0:#x} overlaps its neighbour or is out of order")]
    Segment(u32),
    /// The functions are not in order of address.
    #[error("function at {0:#x} is out of order")]
    Order(u32),
}
