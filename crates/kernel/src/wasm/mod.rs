//! The surface of the linked module: the `static`s and functions that `emit` finds by name (see `abi::boot`), and `_start`.

pub mod heap;

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::ptr::{addr_of, addr_of_mut};

use elfconv_a64::state::{CpuState, StateBlock};
use elfconv_abi::boot::{Boot, SCRATCH_LEN, Tables, Waiting, WaitingFor};
use elfconv_ir::FaultKind;

use crate::compiled::{Programs, TreeContents};
use crate::dispatch::{self, Compiled};
use crate::host::Event;
use crate::host::wasi::Wasi;
use crate::kernel::Kernel;
use crate::mm::memory::Memory;
use crate::unwind::FrameReport;

/// What `emit` tells us.
#[unsafe(no_mangle)]
pub static mut EC_BOOT: Boot = Boot {
    entry: 0,
    phdr: 0,
    phnum: 0,
    image_lo: 0,
    image_hi: 0,
    kernel: 0,
    brk_start: 0,
    tables: Tables {
        entries: 0,
        entry_count: 0,
        entry_functions: 0,
        resumes: 0,
        resume_count: 0,
        code_lo: 0,
        code_words: 0,
        dense: 0,
        fpcr: 0,
    },
    segments: 0,
    segment_count: 0,
    exe_path: 0,
    exe_path_len: 0,
    packed: 0,
    packed_len: 0,
    tree: 0,
    tree_len: 0,
    read_tree: 0,
    programs: 0,
    program_count: 0,
};

/// The running thread's registers.
#[unsafe(no_mangle)]
pub static mut EC_STATE: StateBlock = StateBlock::new();

#[repr(align(16))]
pub struct Scratch([u8; SCRATCH_LEN]);

/// Where compiled frames put the values that they report.
#[unsafe(no_mangle)]
pub static mut EC_SCRATCH: Scratch = Scratch([0; SCRATCH_LEN]);

static mut KERNEL: Option<&'static mut Kernel> = None;

/// The kernel and the registers.
///
/// # Safety
/// Nothing else may hold them: callers are entered from compiled code or from the dispatcher between its own borrows.
unsafe fn current() -> (&'static mut Kernel, &'static mut CpuState) {
    // SAFETY: one thread, and the caller's promise.
    unsafe {
        match &mut *addr_of_mut!(KERNEL) {
            Some(k) => (k, &mut *addr_of_mut!(EC_STATE.state)),
            None => core::arch::wasm32::unreachable(),
        }
    }
}

struct Thunks(Rc<Programs>);

impl Compiled for Thunks {
    #[inline]
    fn entry(&self, program: u32, pc: u64, exact: bool) -> Option<u32> {
        let dense = &self.0.tables(program)?.0;
        let entry = dense.entry(pc)?;
        (!exact || !dense.computes(entry)).then_some(entry)
    }

    fn fpcr(&self, program: u32) -> u32 {
        self.0.tables(program).map_or(0, |(dense, _)| dense.fpcr())
    }

    fn resume(&self, program: u32, exact: bool) -> Option<u32> {
        // SAFETY: the dispatcher holds nothing when it asks.
        let block = unsafe { &mut *addr_of_mut!(EC_STATE) };
        self.0.tables(program)?.1.prepare(block, exact)
    }

    #[inline]
    fn call(&self, program: u32, entry: u32) {
        let Some((dense, _)) = self.0.tables(program) else {
            return;
        };
        let (thunk, function) = dense.thunk(entry);
        // SAFETY: on wasm32 a function pointer is a table index, and `emit` has put functions of this type there.
        let thunk: extern "C" fn(u32) = unsafe { core::mem::transmute(thunk as usize) };
        thunk(function);
    }
}

/// Reads from the contents of the file tree.
fn read_tree(offset: u32, to: &mut [u8]) {
    // SAFETY: `emit` has written the block; with a file tree, there is a function of this type in the table.
    let read: extern "C" fn(u32, u32, u32) = unsafe {
        let boot = addr_of!(EC_BOOT).read_volatile();
        core::mem::transmute(boot.read_tree as usize)
    };
    read(
        to.as_mut_ptr().expose_provenance() as u32,
        offset,
        to.len() as u32,
    );
}

/// Unpacks the image and makes the kernel, with the program at its first instruction.
fn boot(host_waits: bool) {
    // SAFETY: `emit` has written the block before anything runs. Volatile: the compiler sees only zeroes.
    let boot = unsafe { addr_of!(EC_BOOT).read_volatile() };
    let memory = Memory::linear();
    // Before anything takes memory: the area is where the heap comes.
    if boot.packed_len != 0 {
        crate::packed::unpack_area(memory, boot.packed, boot.packed_len);
    }
    heap::raise_top(boot.brk_start.into());
    let programs = Programs::new(memory, &boot);
    let mut kernel = Box::new(Kernel::new(Rc::new(Wasi), memory, programs));
    kernel.host_waits = host_waits;
    if boot.tree != 0 {
        let nodes = memory.bytes(boot.tree.into(), boot.tree_len.into());
        kernel.mount_tree(nodes, TreeContents::new(read_tree));
    }
    let k = Box::leak(kernel);
    // SAFETY: the only thread.
    unsafe { KERNEL = Some(k) };
    // SAFETY: nothing holds them yet.
    let (k, state) = unsafe { current() };
    if let Err(e) = crate::start::start(k, state, &boot, heap::top()) {
        k.message(&format!("elfconv: cannot start the program: {e:?}\n"));
        k.exit(127);
    }
}

/// Runs the program until it ends, or, if the host waits, until everybody waits.
fn run() {
    // SAFETY: the dispatcher asks again after each entry into compiled code.
    let thunks = Thunks(unsafe { current() }.0.programs.clone());
    dispatch::run(|| unsafe { current() }, &thunks);
}

/// The program.
#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    boot(false);
    run();
}

/// The program, or its next part, up to where it waits: the export `resume` ([`Waiting`]).
#[unsafe(no_mangle)]
pub extern "C" fn ec_resume() -> *const Waiting {
    static mut FILES: Vec<WaitingFor> = Vec::new();
    static mut WAITING: Waiting = Waiting {
        deadline: 0,
        files: 0,
        count: 0,
    };
    // SAFETY: the only thread.
    if unsafe { (*addr_of!(KERNEL)).is_none() } {
        boot(true);
    }
    run();
    // SAFETY: the dispatcher has returned, and nobody else holds them; the host reads the records before it calls again.
    unsafe {
        let (events, deadline) = current().0.waits();
        let (files, waiting) = (&mut *addr_of_mut!(FILES), &mut *addr_of_mut!(WAITING));
        *files = events
            .into_iter()
            .map(|event| match event {
                Event::Readable(fd) => WaitingFor { fd, event: 1 },
                Event::Writable(fd) => WaitingFor { fd, event: 2 },
            })
            .collect();
        *waiting = Waiting {
            deadline: deadline.unwrap_or(u64::MAX),
            files: files.as_ptr().expose_provenance() as u32,
            count: files.len() as u32,
        };
        waiting
    }
}

/// A system call from compiled code.
#[unsafe(no_mangle)]
pub extern "C" fn ec_syscall(nr: u64, x0: u64, x1: u64, x2: u64, x3: u64, x4: u64, x5: u64) -> u64 {
    // SAFETY: the dispatcher holds nothing while compiled code runs.
    let (k, state) = unsafe { current() };
    let value = k.syscall(state, nr, [x0, x1, x2, x3, x4, x5]);
    if k.pace.always {
        state.suspend = 1;
    }
    if state.suspend != 0 {
        state.x[0] = value;
        k.unwinding.claim(0);
    }
    value
}

/// A fault in compiled code.
#[unsafe(no_mangle)]
pub extern "C" fn ec_fault(kind: u32, pc: u64, info: u64) -> ! {
    // SAFETY: as in `ec_syscall`.
    let (k, _) = unsafe { current() };
    let kind = match kind {
        5 => FaultKind::Breakpoint,
        7 => FaultKind::Bus,
        11 => FaultKind::Segv,
        _ => FaultKind::Illegal,
    };
    k.fault(kind, pc, info)
}

/// One frame that is thrown away.
#[unsafe(no_mangle)]
pub extern "C" fn ec_unwind_frame(descriptor: *const u8, values: *const [u64; 2]) {
    // SAFETY: as in `ec_syscall`.
    let (k, state) = unsafe { current() };
    // SAFETY: `emit` made the descriptor and a cell for each value; the scratch buffer bounds them.
    let report = unsafe {
        let len = elfconv_abi::frame::descriptor_len([*descriptor, *descriptor.add(1)]);
        FrameReport {
            descriptor: core::slice::from_raw_parts(descriptor, len),
            cells: core::slice::from_raw_parts(values, SCRATCH_LEN / 16),
        }
    };
    let memory = k.mm.memory();
    k.unwinding.frame(state, &report, |addr, value| {
        dispatch::store(memory, addr, value)
    });
}

/// An indirect call or jump has met no compiled code, and is going to report the uniform signature's registers.
#[unsafe(no_mangle)]
pub extern "C" fn ec_jumped(target: u64) {
    // SAFETY: as in `ec_syscall`.
    let (k, state) = unsafe { current() };
    k.unwinding.jumped(state, target);
}

/// The x registers of a set (31 is sp) at the safepoint that a function is entered at, into the first cells of the scratch buffer.
#[unsafe(no_mangle)]
pub extern "C" fn ec_resumed(registers: u32) {
    // SAFETY: the dispatcher holds nothing while compiled code runs.
    let (block, scratch) = unsafe { (&*addr_of!(EC_STATE), &mut *addr_of_mut!(EC_SCRATCH)) };
    let set = (0..32).filter(|n| registers >> n & 1 != 0);
    for (cell, reg) in scratch.0.chunks_exact_mut(16).zip(set) {
        let value = block.resumed.x.get(reg).unwrap_or(&block.resumed.sp);
        cell[..8].copy_from_slice(&value.to_le_bytes());
    }
}

/// The virtual counter.
#[unsafe(no_mangle)]
pub extern "C" fn ec_counter() -> u64 {
    // SAFETY: as in `ec_syscall`.
    let (k, _) = unsafe { current() };
    k.host.now(crate::host::Clock::Monotonic)
}

/// A random number, or zero if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn ec_random() -> u64 {
    // SAFETY: as in `ec_syscall`.
    let (k, _) = unsafe { current() };
    crate::interpreter::random(&*k.host)
}

/// Routines for opcodes that are no wasm instructions: `ec_` and the opcode's name.
macro_rules! soft {
    ($($symbol:ident $op:ident($($arg:ident: $ty:ty),*) -> $result:ty;)*) => {$(
        #[unsafe(no_mangle)]
        pub extern "C" fn $symbol($($arg: $ty),*) -> $result {
            elfconv_ir::eval::$op($($arg),*)
        }
    )*};
}
soft! {
    ec_f32_fma f32_fma(a: f32, b: f32, c: f32) -> f32;
    ec_f64_fma f64_fma(a: f64, b: f64, c: f64) -> f64;
    ec_bf_dot_add bf_dot_add(a: u32, b: u32, c: u32) -> u32;
    ec_f32_from_f16 f32_from_f16(a: u32) -> f32;
    ec_f64_from_f16 f64_from_f16(a: u32) -> f64;
    ec_f16_from_f32 f16_from_f32(a: f32) -> u32;
    ec_f16_from_f64 f16_from_f64(a: f64) -> u32;
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    use crate::host::Host;
    // Without the heap, which may be what failed.
    struct Stderr;
    impl core::fmt::Write for Stderr {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            Wasi.write(2, &[text.as_bytes()])
                .map(drop)
                .map_err(|_| core::fmt::Error)
        }
    }
    let _ = core::fmt::Write::write_fmt(
        &mut Stderr,
        format_args!("elfconv: internal error: {info}\n"),
    );
    core::arch::wasm32::unreachable()
}
