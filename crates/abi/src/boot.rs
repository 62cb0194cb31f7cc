//! What `emit` tells the kernel about the program it is linked with, and the names by which they find each other.
//!
//! `kernel` defines the symbols below (`#[unsafe(no_mangle)]`), `emit` finds them in the kernel's linking section, relocates the kernel's
//! data, and writes a [`Boot`] over [`BOOT_SYMBOL`].

/// The kernel's `static` of type [`Boot`].
pub const BOOT_SYMBOL: &str = "EC_BOOT";
/// The kernel's `static` of type `a64::state::CpuState`, of the running thread.
pub const STATE_SYMBOL: &str = "EC_STATE";
/// The kernel's `static` buffer of [`SCRATCH_LEN`] bytes in which compiled frames hand their values to `ec_unwind_frame`.
pub const SCRATCH_SYMBOL: &str = "EC_SCRATCH";
/// Size of the scratch buffer: 16 bytes for each value of a frame.
pub const SCRATCH_LEN: usize = 16 * 80;

/// `ec_syscall(nr, x0, …, x5: i64) -> i64`.
pub const SYSCALL: &str = "ec_syscall";
/// `ec_fault(kind: i32, pc: i64, info: i64)`, never returns.
pub const FAULT: &str = "ec_fault";
/// `ec_unwind_frame(descriptor: i32, values: i32)`: reports one frame. `values` points at cells of 16 bytes; `descriptor` is as in [`frame`](crate::frame).
pub const UNWIND_FRAME: &str = "ec_unwind_frame";

/// `ec_resume() -> i32`: the module's export `resume`; see [`Waiting`].
pub const RESUME: &str = "ec_resume";

/// One translated function, in order of address.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EntryRecord {
    /// Guest address of its first instruction.
    pub addr: u32,
    /// Wasm table index of its entry thunk, `(function: i32) -> ()`, which it shares with the functions of the same signature; and [`COMPUTES`].
    pub thunk: u32,
}

/// Of an [`EntryRecord`]: the function, or what it calls, may compute with floating-point numbers as FPCR says, or set flags in FPSR. Compiled code does so
/// only in the default mode and without flags.
pub const COMPUTES: u32 = 1 << 31;

/// What the dispatcher has to know of one program's compiled code.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Tables {
    /// [`EntryRecord`]s of all translated functions, sorted; their number.
    pub entries: u32,
    /// See `entries`.
    pub entry_count: u32,
    /// Wasm table index of the first entry's function, for its thunk; that of entry `i` is at `+ i`.
    pub entry_functions: u32,
    /// [`ResumeRecord`](crate::resume::ResumeRecord)s, sorted by address; their number.
    pub resumes: u32,
    /// See `resumes`.
    pub resume_count: u32,
    /// Code range that the dense table covers: lowest address, and number of 4-byte words.
    pub code_lo: u32,
    /// See `code_lo`.
    pub code_words: u32,
    /// The dense table: a zeroed array of `code_words` u32, filled by the kernel at start with `1 + i` at each entry's word.
    pub dense: u32,
    /// The value of FPCR with which compiled code is right: 0, or FZ, with which subnormal numbers are flushed to zero; or [`FZ_IGNORED`].
    pub fpcr: u32,
}

/// Code for 0 is used with FPCR.FZ, too. (A bit that FPCR does not have.)
pub const FZ_IGNORED: u32 = 1;

/// One of the programs of a module with a file tree, in order of their offsets.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgramRecord {
    /// Where its file begins in the contents of the tree.
    pub offset: u32,
    /// Added to the addresses in its file.
    pub base: u32,
    /// Its compiled code.
    pub tables: Tables,
}

/// The boot block. All addresses are linear addresses; the guest's equal them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Boot {
    /// First instruction of the program.
    pub entry: u32,
    /// Program headers in guest memory (AT_PHDR), 0 if they are not mapped.
    pub phdr: u32,
    /// Their number (AT_PHNUM).
    pub phnum: u32,
    /// Lowest and one past the highest guest address of the image's segments.
    pub image_lo: u32,
    /// See `image_lo`.
    pub image_hi: u32,
    /// Where the kernel's own memory begins.
    pub kernel: u32,
    /// First address after the kernel's own data and tables, 64 KiB aligned: the program break starts there.
    pub brk_start: u32,
    /// The program's own tables; of no use if there is a file tree.
    pub tables: Tables,
    /// The image's segments: `[lo, hi, prot, end of what the file brings]` u32 each; their number.
    pub segments: u32,
    /// See `segments`.
    pub segment_count: u32,
    /// Path of the executable as given at translation (for AT_EXECFN, /proc/self/exe): address and length of UTF-8 bytes. With a file tree, the program that is
    /// executed in it if none is asked for.
    pub exe_path: u32,
    /// See `exe_path`.
    pub exe_path_len: u32,
    /// Packed contents of memory ([`packed`](crate::packed)), to be unpacked first of all, and their length; 0 if nothing is packed. The addresses above are of what is unpacked.
    pub packed: u32,
    /// See `packed`.
    pub packed_len: u32,
    /// The [file tree](crate::root): address and length; 0 if there is none.
    pub tree: u32,
    /// See `tree`.
    pub tree_len: u32,
    /// Wasm table index of `(to: i32, offset: i32, len: i32)`, which copies from the tree's contents.
    pub read_tree: u32,
    /// [`ProgramRecord`]s of the tree's translated programs; their number.
    pub programs: u32,
    /// See `programs`.
    pub program_count: u32,
}

/// What `resume() -> i32`, an export of every module besides `_start`, returns the address of: what the program waits for. A host that must not be blocked, such as the event loop of a browser, calls it
/// instead of `_start`, and again whenever some of this has happened, or at any time. The program's end is a call of `proc_exit`, as under `_start`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    /// When a wait is over, in nanoseconds of the monotonic clock (`clock_time_get` 1); all ones if none ends by itself.
    pub deadline: u64,
    /// Address of [`WaitingFor`] records.
    pub files: u32,
    /// Their number.
    pub count: u32,
}

/// A file that is waited for.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct WaitingFor {
    /// The host's descriptor.
    pub fd: u32,
    /// 1 to read from it, 2 to write to it.
    pub event: u32,
}
