//! The guest's calls that change its address space: `brk`, `mmap`, `munmap`, `mprotect`, `mremap` and `madvise`.

use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::mm::{
    MAP_FIXED, MAP_FIXED_NOREPLACE, PAGE_SIZE, PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE,
};

use super::memory::{HIGHEST, LOWEST};
use super::{Kind, Mm, page_up};

fn page_down(n: u64) -> u64 {
    n & !(PAGE_SIZE - 1)
}

impl Mm {
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
}
