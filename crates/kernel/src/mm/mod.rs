//! The guest's address space: a map of areas (`Vma`) with first fit above [`Mm::mmap_base`].
//!
//! Wasm memory cannot be unmapped and grows only at its end, so: unmapped pages that were accessible before are remembered and zeroed when they
//! are mapped again (they are *residue*, see [`swap`]); areas without access are only reserved, and memory grows when access is given. Protection is kept for `/proc/self/maps`,
//! for checking system call arguments and for the interpreter's map of executable memory; compiled code does not check it.

mod areas;
mod lookup;
mod mapping;
pub mod memory;
mod ranges;
mod swap;
mod texts;

use core::cell::RefCell;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::mm::{PAGE_SIZE, PROT_READ, PROT_WRITE};

use crate::vfs::OpenFile;
use memory::{HIGHEST, Memory};
use ranges::RangeSet;
pub use swap::{Contents, SharedMemory};
use texts::Texts;

/// What an area is, for `/proc/self/maps` and for write-back.
#[derive(Clone)]
pub enum Kind {
    /// A segment of the executable.
    Image,
    /// A part of an executable of the file tree that is as it is there, from `contents` on, and never written; or of the module's program, where `contents` is its address.
    Text { contents: u64 },
    /// The program break.
    Heap,
    /// The initial stack.
    Stack,
    /// Anonymous memory.
    Anonymous,
    /// The kernel's own memory; the guest cannot touch or unmap it by system calls.
    Kernel,
    /// Memory without a file that is shared with children; `offset` bytes of the object are below it.
    Shared {
        object: Rc<SharedMemory>,
        offset: u64,
    },
    /// A copy of file contents from `offset` on. Shared writable mappings are written back by `msync`, `munmap` and at exit.
    File {
        file: Rc<OpenFile>,
        offset: u64,
        shared: bool,
    },
}

/// One mapped area; its start is the key in the map.
#[derive(Clone)]
pub struct Vma {
    /// One past its last byte.
    pub end: u64,
    /// `PROT_*` bits.
    pub prot: u32,
    /// What it is.
    pub kind: Kind,
    /// Whether it has been accessible, so that its pages may be non-zero.
    touched: bool,
    /// Whether it may differ from what the module brought.
    dirty: bool,
}

/// The address space.
pub struct Mm {
    /// Tells address spaces apart.
    id: u64,
    vmas: BTreeMap<u64, Vma>,
    /// Memory that is not zero and that nobody has mapped, or only processes whose memory is out of place.
    residue: Rc<RefCell<RangeSet>>,
    /// Which text is in place.
    texts: Rc<Texts>,
    /// The contents, while they are not in place.
    out: Option<Contents>,
    /// How many of the allocator's chunks it knows.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        expect(dead_code, reason = "natively the allocator is another one")
    )]
    claims: usize,
    memory: Memory,
    brk_start: u64,
    brk: u64,
    mmap_base: u64,
    /// What [`Mm::lay_out`] has placed begins here.
    laid_out: u64,
    /// No free address of at least a page is below this one (and at or above `mmap_base`).
    first_hole: u64,
}

/// Space kept free above the initial program break, so that `brk` can grow past the first `mmap`.
const BRK_SPACE: u64 = 256 << 20;
/// Unmapped space below the stack that a runaway recursion hits.
const STACK_GUARD: u64 = 1 << 20;

/// Rounds up to a page.
pub fn page_up(n: u64) -> Option<u64> {
    n.checked_add(PAGE_SIZE - 1).map(|n| n & !(PAGE_SIZE - 1))
}

fn next_id() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Relaxed) + 1
}

impl Mm {
    /// Another address space over the same memory, without anything.
    pub fn sibling(&self) -> Self {
        Self {
            residue: self.residue.clone(),
            texts: self.texts.clone(),
            ..Self::new(self.memory)
        }
    }

    /// The number of this address space.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// An address space without anything. Until [`Mm::lay_out`], only [`Mm::insert_existing`] is of use.
    pub fn new(memory: Memory) -> Self {
        let nowhere = HIGHEST;
        Self {
            id: next_id(),
            vmas: BTreeMap::new(),
            residue: Rc::default(),
            texts: Rc::default(),
            out: None,
            claims: 0,
            memory,
            brk_start: nowhere,
            brk: nowhere,
            mmap_base: nowhere,
            laid_out: 0,
            first_hole: nowhere,
        }
    }

    /// Decides where things are, from `start` (a page) on: guard, stack of `stack_size` bytes, program break with its space, `mmap`. Returns the stack's limits.
    pub fn lay_out(&mut self, start: u64, stack_size: u64) -> Result<(u64, u64), Errno> {
        let start = page_up(start).ok_or(Errno::ENOMEM)?;
        let low = start + STACK_GUARD;
        let high = page_up(stack_size)
            .and_then(|size| low.checked_add(size))
            .filter(|&end| end < HIGHEST)
            .ok_or(Errno::ENOMEM)?;
        self.laid_out = start;
        self.brk_start = high;
        self.brk = high;
        self.mmap_base = (high + BRK_SPACE).min(HIGHEST);
        self.first_hole = self.mmap_base;
        // The kernel's memory must not get in the way of the break.
        self.announce_top(self.mmap_base);
        self.take_claims();
        self.place(low, high, PROT_READ | PROT_WRITE, Kind::Stack)?;
        Ok((low, high))
    }

    /// The memory behind it.
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Enters an area that exists already (image, kernel).
    pub fn insert_existing(&mut self, start: u64, end: u64, prot: u32, kind: Kind) {
        if start < end {
            self.vmas.insert(
                start,
                Vma {
                    end,
                    prot,
                    kind,
                    touched: true,
                    dirty: prot & PROT_WRITE != 0,
                },
            );
        }
    }

    /// Enters text of an executable into free space. It is read by [`Mm::missing_text`].
    pub fn map_text(
        &mut self,
        start: u64,
        end: u64,
        prot: u32,
        contents: u64,
    ) -> Result<(), Errno> {
        if end > HIGHEST || self.overlaps_kernel(start, end) {
            return Err(Errno::ENOMEM);
        }
        self.remove(start, end);
        self.announce_top(end);
        if !self.memory.grow_to(end) {
            return Err(Errno::ENOMEM);
        }
        let vma = Vma {
            end,
            prot,
            kind: Kind::Text { contents },
            touched: true,
            dirty: false,
        };
        self.vmas.insert(start, vma);
        Ok(())
    }

    /// Enters text of the module's program, which is in place.
    pub fn insert_text(&mut self, pieces: &[(u64, u64, u32)]) {
        for &(start, end, prot) in pieces {
            self.insert_existing(start, end, prot, Kind::Text { contents: start });
            // Nobody's own.
            self.residue.borrow_mut().insert(start, end);
        }
        self.texts
            .found(pieces.iter().map(|&(start, end, _)| (start, end)));
    }

    /// Reads text of the module's program by address, whether it is in place or not; returns how many bytes of it there are, at most as many as asked for.
    pub fn read_text(&self, addr: u64, to: &mut [u8]) -> usize {
        self.texts.read(self.memory, addr, to)
    }

    /// The text that is not in place, which is entered as if it were: start, end, and where in its contents it is.
    pub fn missing_text(&mut self) -> Vec<(u64, u64, u64)> {
        let mut missing = Vec::new();
        for (&start, vma) in &self.vmas {
            let Kind::Text { contents } = vma.kind else {
                continue;
            };
            let owner = Texts::owner(contents, start);
            for (from, to) in self.texts.claim(self.memory, start, vma.end, owner) {
                // Nobody's own.
                self.residue.borrow_mut().insert(from, to);
                missing.push((from, to, contents + (from - start)));
            }
        }
        missing
    }

    /// Takes what may be not zero in a range, which is to be private memory.
    fn take_residue(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        self.texts.forget(self.memory, start, end);
        self.residue.borrow_mut().take(start, end)
    }

    /// Tells the kernel's allocator that everything below `end` may be taken.
    fn announce_top(&mut self, end: u64) {
        #[cfg(target_arch = "wasm32")]
        crate::wasm::heap::raise_top(end);
        #[cfg(not(target_arch = "wasm32"))]
        let _ = end;
    }

    /// Enters what the kernel's allocator has taken since the last look.
    fn take_claims(&mut self) {
        #[cfg(target_arch = "wasm32")]
        while let Some((start, end)) = crate::wasm::heap::claim(self.claims) {
            self.claims += 1;
            self.insert_existing(start, end, PROT_READ | PROT_WRITE, Kind::Kernel);
        }
    }
}

#[cfg(test)]
mod tests;
