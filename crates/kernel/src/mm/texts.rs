//! Text that processes share: which contents are in place.
//!
//! Programs of the file tree are linked at the same addresses, so the read-only parts of one may lie where another one's are. They are not copied at a switch like private memory, but read again from the
//! module, and only where something else has been put over them. The text of the program of a module without a file tree is nowhere but in memory: it is copied when something is first put over a part of it.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::memory::Memory;

/// Which text is in place.
#[derive(Default)]
pub struct Texts {
    /// Start, end and owner, disjoint and sorted.
    pieces: RefCell<Vec<(u64, u64, u64)>>,
    /// Whether what is claimed first was in place before, and is nowhere else.
    only_here: Cell<bool>,
    /// Its pieces, once something has been put over one.
    copies: RefCell<Vec<(u64, Vec<u8>)>>,
}

impl Texts {
    /// Enters pieces that are in place, and nowhere else. Their contents begin at their addresses.
    pub fn found(&self, pieces: impl Iterator<Item = (u64, u64)>) {
        self.only_here.set(true);
        let all = pieces.map(|(start, end)| (start, end, Self::owner(start, start)));
        self.pieces.borrow_mut().extend(all);
    }

    /// Reads what was [`found`](Self::found), by address; returns how many bytes of it there are, at most as many as asked for.
    pub fn read(&self, memory: Memory, addr: u64, to: &mut [u8]) -> usize {
        let copies = self.copies.borrow();
        if copies.is_empty() {
            let pieces = self.pieces.borrow();
            let piece = pieces.iter().find(|p| (p.0..p.1).contains(&addr));
            let len = piece.map_or(0, |p| p.1 - addr).min(to.len() as u64);
            to[..len as usize].copy_from_slice(memory.bytes(addr, len));
            return len as usize;
        }
        for (start, bytes) in &*copies {
            let rest = addr
                .checked_sub(*start)
                .and_then(|at| bytes.get(at as usize..))
                .unwrap_or_default();
            if !rest.is_empty() {
                let len = rest.len().min(to.len());
                to[..len].copy_from_slice(&rest[..len]);
                return len;
            }
        }
        0
    }

    /// What tells the owner of bytes: the difference between where they are in the module and in memory.
    pub fn owner(contents: u64, addr: u64) -> u64 {
        contents.wrapping_sub(addr)
    }

    /// Something else is about to be put into a range.
    pub fn forget(&self, memory: Memory, start: u64, end: u64) {
        let mut pieces = self.pieces.borrow_mut();
        if !pieces.iter().any(|p| p.0 < end && p.1 > start) {
            return;
        }
        if self.only_here.get() && self.copies.borrow().is_empty() {
            // The first time: all of them are whole.
            let copies = pieces
                .iter()
                .map(|p| (p.0, memory.bytes(p.0, p.1 - p.0).to_vec()));
            self.copies.borrow_mut().extend(copies);
        }
        let rest = pieces.drain(..).flat_map(|(s, e, owner)| {
            [
                (s, e.min(start), owner),
                (s.max(end).min(e.max(end)), e, owner),
            ]
            .into_iter()
            .filter(|(s, e, _)| s < e)
        });
        let rest: Vec<_> = rest.collect();
        *pieces = rest;
    }

    /// Enters an owner's bytes, and tells which parts of the range have to be read.
    pub fn claim(&self, memory: Memory, start: u64, end: u64, owner: u64) -> Vec<(u64, u64)> {
        let mut missing = Vec::new();
        let mut at = start;
        for &(s, e, o) in &*self.pieces.borrow() {
            if o == owner && s < end && e > at {
                if s > at {
                    missing.push((at, s));
                }
                at = e.min(end);
            }
        }
        if at < end {
            missing.push((at, end));
        }
        if !missing.is_empty() {
            self.forget(memory, start, end);
            let mut pieces = self.pieces.borrow_mut();
            let place = pieces.partition_point(|p| p.0 < start);
            pieces.insert(place, (start, end, owner));
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn only_what_was_overwritten_is_missing() {
        let texts = Texts::default();
        let memory = Memory::for_tests(0);
        assert_eq!(texts.claim(memory, 10, 50, 1), vec![(10, 50)]);
        assert_eq!(texts.claim(memory, 10, 50, 1), vec![]);
        texts.forget(memory, 20, 30);
        texts.forget(memory, 60, 70);
        assert_eq!(texts.claim(memory, 10, 60, 1), vec![(20, 30), (50, 60)]);
        assert_eq!(texts.claim(memory, 40, 45, 2), vec![(40, 45)]);
        assert_eq!(texts.claim(memory, 10, 50, 1), vec![(40, 45)]);
        assert_eq!(texts.claim(memory, 0, 100, 3), vec![(0, 100)]);
        assert_eq!(texts.claim(memory, 10, 50, 1), vec![(10, 50)]);
        assert_eq!(texts.claim(memory, 0, 100, 3), vec![(10, 50)]);
    }

    #[test]
    fn what_is_only_here_is_copied_before_it_is_lost() {
        let texts = Texts::default();
        let memory = Memory::for_tests(1 << 20);
        let start = 0x20000;
        memory.bytes(start, 100).fill(5);
        texts.found([(start, start + 100)].into_iter());
        let mut bytes = [0; 200];
        assert_eq!(texts.read(memory, start + 10, &mut bytes), 90);
        assert_eq!(bytes[..91], [[5; 90].as_slice(), &[0]].concat());
        texts.forget(memory, start + 50, start + 60);
        memory.bytes(start, 100).fill(0);
        assert_eq!(texts.read(memory, start + 10, &mut bytes[..20]), 20);
        assert_eq!(texts.read(memory, start + 100, &mut bytes), 0);
        let owner = Texts::owner(start, start);
        assert_eq!(
            texts.claim(memory, start, start + 100, owner),
            [(start + 50, start + 60)]
        );
    }
}
