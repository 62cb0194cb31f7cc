//! A set of addresses as disjoint, sorted ranges.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Disjoint half-open ranges: start → end.
#[derive(Default, Debug)]
pub struct RangeSet(BTreeMap<u64, u64>);

impl RangeSet {
    /// Adds a range and merges it with its neighbours.
    pub fn insert(&mut self, mut start: u64, mut end: u64) {
        if let Some((&s, &e)) = self.0.range(..=start).next_back()
            && e >= start
        {
            start = s;
            end = end.max(e);
        }
        while let Some((&s, &e)) = self.0.range(start..=end).next() {
            end = end.max(e);
            self.0.remove(&s);
        }
        self.0.insert(start, end);
    }

    /// Removes a range and returns the parts that were in the set.
    pub fn take(&mut self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let mut taken = Vec::new();
        let first = self
            .0
            .range(..start)
            .next_back()
            .filter(|&(_, &e)| e > start)
            .map(|(&s, _)| s);
        let keys: Vec<u64> = first
            .into_iter()
            .chain(self.0.range(start..end).map(|(&s, _)| s))
            .collect();
        for s in keys {
            let e = self.0.remove(&s).unwrap_or(s);
            if s < start {
                self.0.insert(s, start);
            }
            if e > end {
                self.0.insert(end, e);
            }
            taken.push((s.max(start), e.min(end)));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn merges_and_splits() {
        let mut set = RangeSet::default();
        set.insert(10, 20);
        set.insert(30, 40);
        set.insert(20, 30);
        assert_eq!(set.take(0, 100), vec![(10, 40)]);
        set.insert(10, 40);
        assert_eq!(set.take(15, 20), vec![(15, 20)]);
        assert_eq!(set.take(0, 100), vec![(10, 15), (20, 40)]);
        assert_eq!(set.take(0, 100), vec![]);
    }
}
