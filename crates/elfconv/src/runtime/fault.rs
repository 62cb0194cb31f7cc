//! How a guest ended, and where.
//!
//! A guest that exits, or that its own kernel kills, calls `proc_exit`. What the kernel does not see are the traps of the
//! engine: an access outside of memory, and the end of the engine's stack. They are the guest's SIGSEGV. Any other trap is a defect of `elfconv`.

use elfconv_translate::pcmap::PcMap;
use wasmtime::{FrameInfo, Trap, WasmBacktrace};

use super::wasi::Exit;
use crate::failure;

/// As a shell reports SIGSEGV.
const SEGV_STATUS: u8 = 128 + 11;

/// How a guest ended.
#[derive(Debug)]
pub struct Ending {
    cause: Cause,
    frames: Vec<Frame>,
}

#[derive(Debug)]
enum Cause {
    Exit(u8),
    /// An access to a bad address, if it is known.
    Segv(Option<u32>),
    /// The engine's stack was exhausted.
    StackOverflow,
    /// A trap that no guest can cause.
    Internal(String),
}

/// A frame of the engine's stack, innermost first.
#[derive(Debug)]
pub struct Frame {
    /// The function's index in the module.
    pub function: u32,
    /// Its name in the name section.
    pub name: Option<String>,
    /// The instruction's offset in the module.
    pub offset: Option<u64>,
    /// The offset of its function's first instruction.
    pub start: Option<u64>,
}

impl Ending {
    /// The guest exited.
    pub fn exited(status: u8) -> Ending {
        Ending {
            cause: Cause::Exit(status),
            frames: Vec::new(),
        }
    }

    /// The engine returned an error.
    pub fn of(error: wasmtime::Error) -> Ending {
        let frames = error.downcast_ref::<WasmBacktrace>();
        let frames = frames.map_or(Vec::new(), |backtrace| {
            let frame = |f: &FrameInfo| Frame {
                function: f.func_index(),
                name: f.func_name().map(str::to_owned),
                offset: f.module_offset().map(|o| o as u64),
                start: f
                    .module_offset()
                    .zip(f.func_offset())
                    .and_then(|(module, function)| module.checked_sub(function))
                    .map(|start| start as u64),
            };
            backtrace.frames().iter().map(frame).collect()
        });
        let cause = match (error.downcast_ref::<Exit>(), error.downcast_ref::<Trap>()) {
            // The kernel sees only the low 8 bits.
            (Some(Exit(status)), _) => Cause::Exit(*status as u8),
            (None, Some(Trap::MemoryOutOfBounds | Trap::HeapMisaligned)) => {
                Cause::Segv(fault_address(&error))
            }
            (None, Some(Trap::StackOverflow)) => Cause::StackOverflow,
            (None, Some(trap)) => Cause::Internal(trap.to_string()),
            (None, None) => Cause::Internal(format!("{error:#}")),
        };
        Ending { cause, frames }
    }

    /// The exit status to pass on.
    pub fn status(&self) -> u8 {
        match self.cause {
            Cause::Exit(status) => status,
            Cause::Segv(_) | Cause::StackOverflow => SEGV_STATUS,
            Cause::Internal(_) => failure::INTERNAL,
        }
    }

    /// Whether there is anything to tell beyond the exit status.
    pub fn is_fault(&self) -> bool {
        !matches!(self.cause, Cause::Exit(_))
    }

    /// Whether a signal killed the guest, as far as its exit status tells.
    pub fn is_signal(&self) -> bool {
        self.status() > 128
    }

    /// Print the line that says what killed the guest, if the guest's kernel has not done that; and its call stack on request. In a module that was not
    /// made by `elfconv`, a trap is the module's own.
    pub fn report(&self, map: &GuestMap, translated: bool, backtrace: bool) {
        let at = match self.frames.first() {
            Some(frame) => map.place(frame),
            None => "in an unknown place".into(),
        };
        match &self.cause {
            Cause::Exit(_) => {}
            Cause::Segv(Some(address)) => {
                eprintln!("elfconv: SIGSEGV {at}, address {address:#x}");
            }
            Cause::Segv(None) => eprintln!("elfconv: SIGSEGV {at}"),
            Cause::StackOverflow => eprintln!("elfconv: SIGSEGV {at}, stack overflow"),
            Cause::Internal(what) if !translated => eprintln!("elfconv: trap {at}: {what}"),
            Cause::Internal(what) => {
                eprintln!("elfconv: internal error {at}: {what}");
                eprintln!(
                    "  help: this is a defect of elfconv; please report it with the program that shows it"
                );
            }
        }
        if backtrace && (self.is_fault() || self.is_signal()) {
            self.print_backtrace(map);
        }
    }

    /// The guest's frames; all of the engine's where none of them is the guest's, or where the kernel's are to blame.
    fn print_backtrace(&self, map: &GuestMap) {
        let all = matches!(self.cause, Cause::Internal(_))
            || self.frames.iter().all(|f| map.pc(f).is_none());
        let shown = self.frames.iter().filter(|f| all || map.pc(f).is_some());
        for (i, frame) in shown.enumerate() {
            eprintln!("{i:>4}: {}", map.place(frame));
        }
    }
}

/// The guest address of a bad access.
///
/// The engine says it only in words. Compiled code reaches the first 64 KiB, which are never mapped, by addresses 4 GiB higher, where the
/// engine has its guard; so the low 32 bits are the guest's address.
fn fault_address(error: &wasmtime::Error) -> Option<u32> {
    error.chain().find_map(|cause| {
        let text = cause.to_string();
        let (_, rest) = text.split_once("memory fault at wasm address 0x")?;
        let digits = rest.split(|c: char| !c.is_ascii_hexdigit()).next()?;
        u64::from_str_radix(digits, 16).ok().map(|a| a as u32)
    })
}

/// From places in the module to places in the guest.
#[derive(Default)]
pub struct GuestMap(PcMap);

impl GuestMap {
    /// The map in a translated module; modules of others have none.
    pub fn new(wasm: &[u8]) -> GuestMap {
        GuestMap(PcMap::of_module(wasm))
    }

    /// The guest address that a frame is at.
    fn pc(&self, frame: &Frame) -> Option<u32> {
        self.0.lookup(frame.offset?)
    }

    /// A frame's place in words: its guest address and function, or only the latter.
    fn place(&self, frame: &Frame) -> String {
        let start = frame.start.and_then(|start| self.0.lookup(start));
        let name = match (&frame.name, start) {
            (Some(name), _) => name.clone(),
            (None, Some(start)) => format!("fn_{start:x}"),
            (None, None) => format!("function {}", frame.function),
        };
        let Some(pc) = self.pc(frame) else {
            return format!("in {name}");
        };
        match start.and_then(|start| pc.checked_sub(start)) {
            Some(offset) => format!("at pc {pc:#x} ({name}+{offset:#x})"),
            None => format!("at pc {pc:#x} ({name})"),
        }
    }
}
