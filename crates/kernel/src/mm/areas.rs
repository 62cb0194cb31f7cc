//! Changes to the map of areas: areas are entered, removed, split and joined, and free space is found for new ones.

use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::mm::PROT_NONE;

use super::memory::HIGHEST;
use super::{Kind, Mm, Vma};

impl Mm {
    pub(super) fn find_hole(&mut self, len: u64) -> Result<u64, Errno> {
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
    pub(super) fn place(
        &mut self,
        start: u64,
        end: u64,
        prot: u32,
        kind: Kind,
    ) -> Result<(), Errno> {
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
    pub(super) fn remove(&mut self, start: u64, end: u64) {
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
    pub(super) fn split(&mut self, at: u64) {
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
    pub(super) fn merge_around(&mut self, start: u64, end: u64) {
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
}
