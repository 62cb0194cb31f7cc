//! Text that processes share: which contents are in place.
//!
//! Programs of the file tree are linked at the same addresses, so the read-only parts of one may lie where another one's are. They are not copied at a switch like private memory, but read again from the
//! module, and only where something else has been put over them.

use alloc::vec::Vec;
use core::cell::RefCell;

/// Pieces of text in place: start, end and owner, disjoint and sorted.
#[derive(Default)]
pub struct Texts(RefCell<Vec<(u64, u64, u64)>>);

impl Texts {
    /// What tells the owner of bytes: the difference between where they are in the module and in memory.
    pub fn owner(contents: u64, addr: u64) -> u64 {
        contents.wrapping_sub(addr)
    }

    /// Something else is put into a range.
    pub fn forget(&self, start: u64, end: u64) {
        let mut pieces = self.0.borrow_mut();
        if !pieces.iter().any(|p| p.0 < end && p.1 > start) {
            return;
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
    pub fn claim(&self, start: u64, end: u64, owner: u64) -> Vec<(u64, u64)> {
        let mut missing = Vec::new();
        let mut at = start;
        for &(s, e, o) in &*self.0.borrow() {
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
            self.forget(start, end);
            let mut pieces = self.0.borrow_mut();
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
        assert_eq!(texts.claim(10, 50, 1), vec![(10, 50)]);
        assert_eq!(texts.claim(10, 50, 1), vec![]);
        texts.forget(20, 30);
        texts.forget(60, 70);
        assert_eq!(texts.claim(10, 60, 1), vec![(20, 30), (50, 60)]);
        assert_eq!(texts.claim(40, 45, 2), vec![(40, 45)]);
        assert_eq!(texts.claim(10, 50, 1), vec![(40, 45)]);
        assert_eq!(texts.claim(0, 100, 3), vec![(0, 100)]);
        assert_eq!(texts.claim(10, 50, 1), vec![(10, 50)]);
        assert_eq!(texts.claim(0, 100, 3), vec![(10, 50)]);
    }
}
