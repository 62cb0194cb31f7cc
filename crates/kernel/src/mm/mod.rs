//! The guest's address space: a map of areas (`Vma`) with first fit above [`Mm::mmap_base`].
//!
//! Wasm memory cannot be unmapped and grows only at its end, so: unmapped pages that were accessible before are remembered and zeroed when they
//! are mapped again (they are *residue*, see [`swap`]); areas without access are only reserved, and memory grows when access is given. Protection is kept for `/proc/self/maps`,
//! for checking system call arguments and for the interpreter's map of executable memory; compiled code does not check it.

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
use elfconv_abi::mm::{
    MAP_FIXED, MAP_FIXED_NOREPLACE, PAGE_SIZE, PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE,
};

use crate::vfs::OpenFile;
use memory::{HIGHEST, LOWEST, Memory};
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

fn page_down(n: u64) -> u64 {
    n & !(PAGE_SIZE - 1)
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

    /// Lowest address of the executable.
    pub fn image_start(&self) -> u64 {
        self.vmas
            .iter()
            .find(|(_, vma)| matches!(vma.kind, Kind::Image | Kind::Text { .. }))
            .map_or(0, |(&start, _)| start)
    }

    /// All areas in order of address.
    pub fn areas(&self) -> impl Iterator<Item = (u64, &Vma)> {
        self.vmas.iter().map(|(&start, vma)| (start, vma))
    }

    /// The area that contains `addr`.
    pub fn find(&self, addr: u64) -> Option<(u64, &Vma)> {
        self.vmas
            .range(..=addr)
            .next_back()
            .filter(|(_, vma)| addr < vma.end)
            .map(|(&start, vma)| (start, vma))
    }

    /// Whether the guest may access all of `[addr, addr + len)`.
    pub fn check(&self, addr: u64, len: u64, prot: u32) -> Result<(), Errno> {
        if len == 0 {
            return Ok(());
        }
        let end = addr
            .checked_add(len)
            .filter(|&end| end <= HIGHEST)
            .ok_or(Errno::EFAULT)?;
        let mut at = addr;
        while at < end {
            match self.find(at) {
                Some((_, vma)) if vma.prot & prot == prot && !matches!(vma.kind, Kind::Kernel) => {
                    at = vma.end
                }
                _ => return Err(Errno::EFAULT),
            }
        }
        Ok(())
    }

    /// How many bytes from `addr` on, at most `len`, are readable.
    pub fn readable(&self, addr: u64, len: u64) -> u64 {
        let mut at = addr;
        while at < addr.saturating_add(len) {
            match self.find(at) {
                Some((_, vma))
                    if vma.prot & PROT_READ != 0 && !matches!(vma.kind, Kind::Kernel) =>
                {
                    at = vma.end
                }
                _ => break,
            }
        }
        at.saturating_sub(addr).min(len)
    }

    /// `brk`: moves the break if it can, and returns where it is.
    pub fn set_brk(&mut self, to: u64) -> u64 {
        self.take_claims();
        let (Some(old_end), Some(new_end)) = (page_up(self.brk), page_up(to)) else {
            return self.brk;
        };
        if to < self.brk_start || new_end > HIGHEST {
            return self.brk;
        }
        if new_end > old_end {
            let free = self
                .vmas
                .range(old_end..)
                .next()
                .is_none_or(|(&start, _)| start >= new_end);
            if !free
                || self
                    .place(old_end, new_end, PROT_READ | PROT_WRITE, Kind::Heap)
                    .is_err()
            {
                return self.brk;
            }
        } else if new_end < old_end {
            self.remove(new_end, old_end);
        }
        self.brk = to;
        to
    }

    /// `mmap` without contents: an area of zeroes, or a reservation.
    pub fn map(
        &mut self,
        hint: u64,
        len: u64,
        prot: u32,
        flags: u32,
        kind: Kind,
    ) -> Result<u64, Errno> {
        self.take_claims();
        let len = page_up(len).filter(|&len| len > 0).ok_or(if len == 0 {
            Errno::EINVAL
        } else {
            Errno::ENOMEM
        })?;
        if len > HIGHEST {
            return Err(Errno::ENOMEM);
        }
        let fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) != 0;
        let start = if fixed {
            if !hint.is_multiple_of(PAGE_SIZE) {
                return Err(Errno::EINVAL);
            }
            let end = hint
                .checked_add(len)
                .filter(|&end| end <= HIGHEST && hint >= LOWEST)
                .ok_or(Errno::ENOMEM)?;
            if flags & MAP_FIXED_NOREPLACE != 0 && !self.is_free(hint, end) {
                return Err(Errno::EEXIST);
            }
            if self.overlaps_kernel(hint, end) {
                return Err(Errno::ENOMEM);
            }
            self.remove(hint, end);
            hint
        } else {
            let hint = page_down(hint);
            match hint.checked_add(len) {
                Some(end) if self.takes_hint(hint, end) => hint,
                _ => self.find_hole(len)?,
            }
        };
        self.place(start, start + len, prot, kind)?;
        Ok(start)
    }

    /// `munmap`.
    pub fn unmap(&mut self, start: u64, len: u64) -> Result<(), Errno> {
        self.take_claims();
        let len = page_up(len).filter(|&len| len > 0).ok_or(Errno::EINVAL)?;
        if !start.is_multiple_of(PAGE_SIZE) {
            return Err(Errno::EINVAL);
        }
        let end = start.checked_add(len).ok_or(Errno::EINVAL)?;
        if self.overlaps_kernel(start, end) {
            return Err(Errno::EINVAL);
        }
        self.remove(start, end);
        Ok(())
    }

    /// `mprotect`.
    pub fn protect(&mut self, start: u64, len: u64, prot: u32) -> Result<(), Errno> {
        self.take_claims();
        if !start.is_multiple_of(PAGE_SIZE) {
            return Err(Errno::EINVAL);
        }
        let end = page_up(len)
            .and_then(|len| start.checked_add(len))
            .ok_or(Errno::ENOMEM)?;
        if start == end {
            return Ok(());
        }
        self.require_mapped(start, end)?;
        if prot & (PROT_READ | PROT_WRITE | PROT_EXEC) != 0 && !self.memory.grow_to(end) {
            return Err(Errno::ENOMEM);
        }
        self.split(start);
        self.split(end);
        for (&from, vma) in self.vmas.range_mut(start..end) {
            if !vma.touched && prot != PROT_NONE {
                // Somebody else may have used the memory since it was reserved.
                self.texts.forget(self.memory, from, vma.end);
                for (from, to) in self.residue.borrow_mut().take(from, vma.end) {
                    self.memory.zero(from, to - from);
                }
            }
            if prot & PROT_WRITE != 0 && matches!(vma.kind, Kind::Text { .. }) {
                // It is the process's own from now on.
                vma.kind = Kind::Image;
                self.texts.forget(self.memory, from, vma.end);
                self.residue.borrow_mut().take(from, vma.end);
            }
            vma.prot = prot;
            vma.touched |= prot != PROT_NONE;
            vma.dirty |= prot & PROT_WRITE != 0;
        }
        self.merge_around(start, end);
        Ok(())
    }

    /// Zeroes private anonymous memory (`MADV_DONTNEED`). Areas of files are left as they are: their contents would be the same.
    pub fn discard(&mut self, start: u64, len: u64) -> Result<(), Errno> {
        let end = page_up(len)
            .and_then(|len| start.checked_add(len))
            .ok_or(Errno::EINVAL)?;
        self.require_mapped(start, end)?;
        let areas: Vec<(u64, u64)> = self
            .vmas
            .range(..end)
            .filter(|(_, vma)| {
                vma.end > start
                    && vma.touched
                    && matches!(vma.kind, Kind::Anonymous | Kind::Heap | Kind::Stack)
            })
            .map(|(&s, vma)| (s.max(start), vma.end.min(end)))
            .collect();
        for (from, to) in areas {
            self.memory.zero(from, to - from);
        }
        Ok(())
    }

    /// [`Self::discard`], but what lies in the area of the stack pointer and not far below it is left: code may not rely on anything below its stack pointer, since handlers of
    /// signals run there. A thread of glibc gives the rest of its stack back when it ends, and to zero these 8 MiB would be most of what a thread costs.
    pub fn discard_below(&mut self, sp: u64, start: u64, end: u64) {
        /// What a stack that is given back keeps, PTHREAD_STACK_MIN and a frame.
        const KEPT: u64 = 256 << 10;
        let end = match self.find(end - 1) {
            Some((from, area)) if sp >= end && sp < area.end && sp - end <= KEPT => from,
            _ => end,
        };
        if end > start {
            // It was found to be mapped.
            let _ = self.discard(start, end - start);
        }
    }

    /// `mremap` of one area; `to` is the fixed new address.
    pub fn remap(
        &mut self,
        start: u64,
        old_len: u64,
        new_len: u64,
        may_move: bool,
        to: Option<u64>,
    ) -> Result<u64, Errno> {
        self.take_claims();
        let old_len = page_up(old_len).ok_or(Errno::EINVAL)?;
        let new_len = page_up(new_len)
            .filter(|&len| len > 0)
            .ok_or(Errno::EINVAL)?;
        if !start.is_multiple_of(PAGE_SIZE) || old_len == 0 {
            return Err(Errno::EINVAL);
        }
        let end = start.checked_add(old_len).ok_or(Errno::EFAULT)?;
        let mut area = self
            .find(start)
            .filter(|(_, vma)| vma.end >= end)
            .ok_or(Errno::EFAULT)?
            .1
            .clone();
        if matches!(area.kind, Kind::Text { .. }) {
            area.kind = Kind::Image;
        }
        if matches!(area.kind, Kind::Kernel) {
            return Err(Errno::EFAULT);
        }
        let target = match to {
            Some(to) => {
                let to_end = to
                    .checked_add(new_len)
                    .filter(|&end| end <= HIGHEST)
                    .ok_or(Errno::EINVAL)?;
                if !to.is_multiple_of(PAGE_SIZE)
                    || to < LOWEST
                    || (to < end && start < to_end)
                    || self.overlaps_kernel(to, to_end)
                {
                    return Err(Errno::EINVAL);
                }
                self.remove(to, to_end);
                to
            }
            None if new_len <= old_len => {
                self.remove(start + new_len, end);
                return Ok(start);
            }
            None if start + new_len <= HIGHEST && self.is_free(end, start + new_len) => {
                self.place(end, start + new_len, area.prot, area.kind)?;
                return Ok(start);
            }
            None if !may_move => return Err(Errno::ENOMEM),
            None => self.find_hole(new_len)?,
        };
        self.place(target, target + new_len, area.prot, area.kind)?;
        if area.touched {
            let copied = old_len
                .min(new_len)
                .min(self.memory.size().saturating_sub(start));
            if !self.memory.grow_to(target + copied) {
                return Err(Errno::ENOMEM);
            }
            self.memory.copy(start, target, copied);
        }
        self.remove(start, end);
        Ok(target)
    }

    /// Whether an area may go where a program would like it: a JIT wants its code near the functions that it calls. The stack's guard and the space of the program break are kept.
    fn takes_hint(&self, start: u64, end: u64) -> bool {
        let above = start >= self.mmap_base && end <= HIGHEST;
        let below = start >= LOWEST && end <= self.laid_out;
        (above || below) && self.is_free(start, end)
    }

    /// Whether code may have been executed in a range.
    pub fn has_code(&self, start: u64, len: u64) -> bool {
        let end = start.saturating_add(len);
        let areas = self.vmas.range(..end).rev();
        let mut areas = areas.take_while(|(_, vma)| vma.end > start);
        areas.any(|(_, vma)| vma.prot & PROT_EXEC != 0)
    }

    /// Whether nothing is mapped in a range.
    pub fn is_free(&self, start: u64, end: u64) -> bool {
        self.vmas
            .range(..end)
            .next_back()
            .is_none_or(|(_, vma)| vma.end <= start)
    }

    /// `ENOMEM` unless every page of the range is mapped.
    pub fn require_mapped(&self, start: u64, end: u64) -> Result<(), Errno> {
        let mut at = start;
        while at < end {
            at = self
                .find(at)
                .filter(|(_, vma)| !matches!(vma.kind, Kind::Kernel))
                .ok_or(Errno::ENOMEM)?
                .1
                .end;
        }
        Ok(())
    }

    /// Shared file areas that overlap a range, for write-back.
    pub fn shared_files(&self, start: u64, end: u64) -> Vec<(u64, u64, Rc<OpenFile>, u64)> {
        let overlapping = self
            .vmas
            .range(..end)
            .filter(|(_, vma)| vma.end > start && vma.prot & PROT_WRITE != 0);
        overlapping
            .filter_map(|(&s, vma)| match &vma.kind {
                Kind::File {
                    file,
                    offset,
                    shared: true,
                } => {
                    let from = s.max(start);
                    Some((from, vma.end.min(end), file.clone(), offset + (from - s)))
                }
                _ => None,
            })
            .collect()
    }

    /// Bytes mapped by the guest (all, and those with access).
    pub fn usage(&self) -> (u64, u64) {
        let guest = self
            .vmas
            .iter()
            .filter(|(_, vma)| !matches!(vma.kind, Kind::Kernel));
        guest.fold((0, 0), |(all, resident), (start, vma)| {
            let len = vma.end - start;
            (
                all + len,
                resident + if vma.prot == PROT_NONE { 0 } else { len },
            )
        })
    }

    fn overlaps_kernel(&self, start: u64, end: u64) -> bool {
        self.vmas
            .range(..end)
            .rev()
            .take_while(|(_, vma)| vma.end > start)
            .any(|(_, vma)| matches!(vma.kind, Kind::Kernel))
    }

    fn find_hole(&mut self, len: u64) -> Result<u64, Errno> {
        let mut at = self.first_hole;
        if let Some((_, vma)) = self.find(at) {
            at = vma.end;
        }
        self.first_hole = at;
        for (&start, vma) in self.vmas.range(at..) {
            if start - at >= len {
                return Ok(at);
            }
            at = vma.end;
        }
        if at + len <= HIGHEST {
            Ok(at)
        } else {
            Err(Errno::ENOMEM)
        }
    }

    /// Enters an area into free space and makes its pages zero.
    fn place(&mut self, start: u64, end: u64, prot: u32, kind: Kind) -> Result<(), Errno> {
        let accessible = prot != PROT_NONE;
        // Before anything allocates: the kernel's heap grows above the top.
        self.announce_top(end);
        if accessible && !self.memory.grow_to(end) {
            return Err(Errno::ENOMEM);
        }
        if accessible {
            let dirty = self.take_residue(start, end);
            for (from, to) in dirty {
                self.memory.zero(from, to - from);
            }
        }
        self.vmas.insert(
            start,
            Vma {
                end,
                prot,
                kind,
                touched: accessible,
                dirty: true,
            },
        );
        self.merge_around(start, end);
        Ok(())
    }

    /// Unmaps whatever the guest has in a range.
    fn remove(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        self.split(start);
        self.split(end);
        let keys: Vec<u64> = self.vmas.range(start..end).map(|(&s, _)| s).collect();
        for s in keys {
            if let Some(vma) = self.vmas.remove(&s)
                && vma.touched
            {
                self.leave_shared(s, vma.end, &vma.kind);
                self.residue.borrow_mut().insert(s, vma.end);
            }
        }
        if start >= self.mmap_base {
            self.first_hole = self.first_hole.min(start);
        }
    }

    /// Makes `at` a boundary between areas.
    fn split(&mut self, at: u64) {
        let Some((start, vma)) = self.find(at).filter(|&(start, _)| start < at) else {
            return;
        };
        let mut upper = vma.clone();
        if let Kind::File { offset, .. }
        | Kind::Shared { offset, .. }
        | Kind::Text { contents: offset } = &mut upper.kind
        {
            *offset += at - start;
        }
        if let Some(lower) = self.vmas.get_mut(&start) {
            lower.end = at;
        }
        self.vmas.insert(at, upper);
    }

    /// Joins like anonymous neighbours, so that the map stays small.
    fn merge_around(&mut self, start: u64, end: u64) {
        let mut at = match self.vmas.range(..start).next_back() {
            Some((&s, vma)) if vma.end == start => s,
            _ => start,
        };
        while at < end {
            let Some(vma) = self.vmas.get(&at) else {
                return;
            };
            let boundary = vma.end;
            let Some(next) = self.vmas.get(&boundary) else {
                match self.vmas.range(boundary..).next() {
                    Some((&s, _)) if s <= end => at = s,
                    _ => return,
                }
                continue;
            };
            let alike = vma.prot == next.prot
                && vma.touched == next.touched
                && vma.dirty == next.dirty
                && matches!(
                    (&vma.kind, &next.kind),
                    (Kind::Anonymous, Kind::Anonymous)
                        | (Kind::Heap, Kind::Heap)
                        | (Kind::Kernel, Kind::Kernel)
                );
            if alike {
                let far = next.end;
                self.vmas.remove(&boundary);
                if let Some(vma) = self.vmas.get_mut(&at) {
                    vma.end = far;
                }
            } else {
                at = boundary;
            }
        }
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
