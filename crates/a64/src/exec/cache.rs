//! Decoded instructions by address, so that a loop is decoded once.

use alloc::{boxed::Box, vec};

use super::variants;
use crate::decode::decode;

/// What the cache says of an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct CacheEntry {
    /// Address of the word, or an odd number if the entry is empty.
    tag: u32,
    /// The word.
    pub word: u32,
    /// The number of the function that executes it, [`CacheEntry::UNKNOWN`] if no row matches.
    function: u16,
}

impl CacheEntry {
    const UNKNOWN: u16 = u16::MAX;
    const EMPTY: CacheEntry = CacheEntry {
        tag: 1,
        word: 0,
        function: 0,
    };

    /// The number of the function that executes it ([`variants::execute`]); beyond all if there is none.
    #[inline(always)]
    pub fn function(self) -> usize {
        self.function.into()
    }
}

/// A direct-mapped cache of decoded words, indexed by address. The kernel keeps one, and invalidates what the guest changes: by `mmap`, `munmap`, `mprotect`, or by
/// `ic ivau`, which sets `CpuState::code_changed`.
#[derive(Clone, Debug)]
pub struct DecodeCache {
    entries: Box<[CacheEntry]>,
}

impl DecodeCache {
    /// With `1 << log2` entries of 12 bytes.
    pub fn new(log2: u32) -> Self {
        DecodeCache {
            entries: vec![CacheEntry::EMPTY; 1 << log2].into_boxed_slice(),
        }
    }

    #[inline(always)]
    fn index(&self, pc: u64) -> usize {
        (pc as u32 >> 2) as usize & (self.entries.len() - 1)
    }

    /// The entry of `pc`, if it is there. Addresses are below 4 GiB.
    #[inline(always)]
    pub(super) fn get(&self, pc: u64) -> Option<CacheEntry> {
        let entry = self.entries[self.index(pc)];
        (u64::from(entry.tag) == pc).then_some(entry)
    }

    /// Decodes and keeps `word`.
    #[cold]
    #[inline(never)]
    pub(super) fn fill(&mut self, pc: u64, word: u32) -> CacheEntry {
        let function = decode(word).map_or(CacheEntry::UNKNOWN, variants::number);
        let entry = CacheEntry {
            tag: pc as u32,
            word,
            function,
        };
        // An address beyond 4 GiB is not kept: its tag would lie.
        if u64::from(entry.tag) == pc {
            let index = self.index(pc);
            self.entries[index] = entry;
        }
        entry
    }

    /// Forgets everything in `[from, to)`.
    pub fn invalidate(&mut self, from: u64, to: u64) {
        if to.saturating_sub(from) / 4 >= self.entries.len() as u64 {
            self.entries.fill(CacheEntry::EMPTY);
            return;
        }
        let mut pc = from & !3;
        while pc < to {
            let index = self.index(pc);
            self.entries[index] = CacheEntry::EMPTY;
            pc += 4;
        }
    }
}
