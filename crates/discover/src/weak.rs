//! Weak evidence of functions: pointers to code, and code that nothing leads to. It counts only where no function runs through.

use crate::Found;
use crate::discover::{NONE, Rounds};
use crate::sweep;
use crate::words::Class;

impl Rounds<'_> {
    /// Pointers to code that no function runs through become functions, or targets of the indirect jumps of the function around them.
    pub(crate) fn pointed(&mut self) -> bool {
        // Pointers in data to what looks like a function first: others may point into functions that are found thereby.
        let relocated = core::mem::take(&mut self.pointers.relocated);
        let data = core::mem::take(&mut self.pointers.data);
        let code = core::mem::take(&mut self.pointers.code);
        let mut changed = false;
        for prologue in [true, false] {
            for (list, found) in [(&relocated, Found::Relocation), (&data, Found::DataPointer)] {
                changed |= !changed && self.point(list, found, prologue);
            }
        }
        if !changed {
            // Of code that is not known to be code nothing is believed.
            let covered = code
                .iter()
                .filter(|(_, by)| self.marks[*by as usize].covered);
            let mut values: Vec<u64> = covered.map(|&(value, _)| value).collect();
            values.dedup();
            changed = self.point(&values, Found::CodePointer, false);
        }
        (
            self.pointers.relocated,
            self.pointers.data,
            self.pointers.code,
        ) = (relocated, data, code);
        changed
    }

    /// Follows a sorted list of pointers.
    fn point(&mut self, list: &[u64], found: Found, prologue: bool) -> bool {
        let first_new = self.functions.len();
        let mut changed = false;
        for &target in list {
            let Some(index) = self.code.index(target) else {
                continue;
            };
            let mark = self.marks[index];
            if self.at[index] != NONE
                || (prologue && !self.prologue(index))
                || !self.plausible(index)
            {
                continue;
            }
            if let Some(around) = self.function_around(index, target) {
                let function = &mut self.functions[around as usize];
                if function.built.indirect {
                    if let Err(place) = function.gotos.binary_search(&target)
                        && found != Found::CodePointer
                    {
                        function.gotos.insert(place, target);
                        function.dirty = true;
                        changed = true;
                    }
                    continue;
                }
            }
            // Run into only behind a call: the callee did not return after all.
            let behind_call = !mark.jumped
                && !self.within[index]
                && index > 0
                && matches!(
                    self.code.class[index - 1],
                    Class::Call | Class::CallIndirect
                );
            if !mark.covered || behind_call {
                changed |= self.add_target(target, found, true);
            }
        }
        self.cut(first_new);
        changed
    }

    /// The function in whose extent an address is.
    fn function_around(&self, index: usize, addr: u64) -> Option<u32> {
        if self.marks[index].covered {
            return Some(self.owner[index]);
        }
        if !self.within[index] {
            return None;
        }
        let after = self.extents.partition_point(|e| e.0 < addr);
        let &(lo, _) = self.extents[..after]
            .iter()
            .rev()
            .take(16)
            .find(|e| addr < e.1)?;
        self.function_at(lo)
    }

    /// Whether a function seems to begin at a word: it makes a stack frame soon, or the word before ends one.
    fn prologue(&self, first: usize) -> bool {
        self.code.words[first..].iter().take(4).any(|&word| {
            // stp …, [sp, #-n]!; sub sp, sp, #n; str x, [sp, #-n]!; paciasp; bti c.
            word & 0xffc0_03e0 == 0xa980_03e0
                || word & 0xff00_03ff == 0xd100_03ff
                || word & 0xffe0_0fe0 == 0xf800_0fe0
                || matches!(word, 0xd503_233f | 0xd503_245f)
        })
    }

    /// Whether what begins at a word looks like code for a while.
    fn plausible(&self, first: usize) -> bool {
        for index in first..(first + 64).min(self.code.words.len()) {
            match self.code.class[index] {
                Class::Fault => return false,
                Class::Jump | Class::Return | Class::JumpIndirect => return true,
                _ => {}
            }
        }
        true
    }

    /// What remains is swept. A piece may cover less of it than it spans, so it is done again.
    pub(crate) fn sweep(&mut self) -> bool {
        if self.sweeps == 0 {
            return false;
        }
        self.sweeps -= 1;
        let first_new = self.functions.len();
        for (first, end) in sweep::pieces(&self.code, &self.marks) {
            let start = self.code.addr(first);
            let extent = vec![(start, start + 4 * (end - first) as u64)];
            let cuts = !self.within[first];
            self.add(start, Found::Sweep, None, extent, cuts);
        }
        self.functions.len() > first_new
    }
}
