//! Questions about the map of areas: which area an address is in, what the guest may access, and what is free.

use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::mm::{PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE};

use super::memory::HIGHEST;
use super::{Kind, Mm, Vma};
use crate::vfs::OpenFile;

impl Mm {
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

    pub(super) fn overlaps_kernel(&self, start: u64, end: u64) -> bool {
        self.vmas
            .range(..end)
            .rev()
            .take_while(|(_, vma)| vma.end > start)
            .any(|(_, vma)| matches!(vma.kind, Kind::Kernel))
    }
}
