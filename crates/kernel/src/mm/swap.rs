//! Several address spaces in one memory.
//!
//! Guest addresses are linear addresses, so only one process's memory can be in place. When another one is to run, what the present one has of its own is copied out
//! and the other's copied in. Pages of zeroes are not kept, so the cost is that of touched memory. What is left behind in memory by one who went is *residue*
//! (shared by all spaces): whoever maps such a page next gets it zeroed.
//!
//! Shared memory stays where it is as long as processes that have it there follow one another; for a process that does not, it is moved out to its object.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use elfconv_abi::mm::PAGE_SIZE;

use super::{Kind, Mm};

/// Memory that several processes may share, while it is out of place.
#[derive(Default)]
pub struct SharedMemory(RefCell<Vec<u8>>);

impl SharedMemory {
    fn put(&self, offset: u64, bytes: &[u8]) {
        let mut store = self.0.borrow_mut();
        let end = offset as usize + bytes.len();
        if store.len() < end {
            store.resize(end, 0);
        }
        store[offset as usize..end].copy_from_slice(bytes);
    }

    fn get(&self, offset: u64, to: &mut [u8]) {
        let store = self.0.borrow();
        let rest = store.get(offset as usize..).unwrap_or(&[]);
        let n = rest.len().min(to.len());
        to[..n].copy_from_slice(&rest[..n]);
        to[n..].fill(0);
    }
}

/// The contents of an address space that is out of place: runs of pages that are not zero, by address.
#[derive(Default)]
pub struct Contents {
    runs: Vec<(u64, Vec<u8>)>,
    /// Where the live part of the initial stack starts.
    stack: u64,
}

/// So many pages of zeroes below the stack pointer are taken as the end of what was used.
const UNUSED_PAGES: u64 = 16;

fn is_zero(bytes: &[u8]) -> bool {
    let (start, words, end) = {
        // SAFETY: any bytes are words.
        unsafe { bytes.align_to::<u64>() }
    };
    start.iter().chain(end).all(|&b| b == 0) && words.iter().all(|&w| w == 0)
}

impl Mm {
    /// Accessible memory of the process's own, as far as it may not be as the module brought it; of the initial stack only from `stack` on.
    fn private(&self, stack: u64) -> Vec<(u64, u64)> {
        let mut all: Vec<(u64, u64)> = Vec::new();
        for (start, vma) in self.areas() {
            let own = vma.touched
                && match vma.kind {
                    Kind::Kernel | Kind::Shared { .. } | Kind::Text { .. } => false,
                    _ => vma.dirty,
                };
            let from = if matches!(vma.kind, Kind::Stack) {
                start.max(stack)
            } else {
                start
            };
            let end = vma.end.min(self.memory().size());
            if !own || from >= end {
                continue;
            }
            match all.last_mut() {
                Some(last) if last.1 == from => last.1 = end,
                _ => all.push((from, end)),
            }
        }
        all
    }

    /// Where the used part of the initial stack starts, given the threads' stack pointers.
    fn stack_bottom(&self, pointers: &[u64]) -> u64 {
        let lowest = pointers
            .iter()
            .filter(|&&sp| {
                self.find(sp)
                    .is_some_and(|(_, vma)| matches!(vma.kind, Kind::Stack))
            })
            .min();
        let Some(&sp) = lowest else { return 0 };
        let mut at = sp & !(PAGE_SIZE - 1);
        let mut unused = 0;
        let start = self.find(sp).map_or(0, |(start, _)| start);
        while at > start && unused < UNUSED_PAGES {
            at -= PAGE_SIZE;
            if is_zero(self.memory().bytes(at, PAGE_SIZE)) {
                unused += 1;
            } else {
                unused = 0;
            }
        }
        at
    }

    /// A copy of the contents.
    pub fn save(&self, stack_pointers: &[u64]) -> Contents {
        let stack = self.stack_bottom(stack_pointers);
        let mut runs = Vec::new();
        for (start, end) in self.private(stack) {
            let mut at = start;
            while at < end {
                let page = PAGE_SIZE.min(end - at);
                if is_zero(self.memory().bytes(at, page)) {
                    at += page;
                    continue;
                }
                let from = at;
                at += page;
                while at < end && !is_zero(self.memory().bytes(at, PAGE_SIZE.min(end - at))) {
                    at += PAGE_SIZE.min(end - at);
                }
                runs.push((from, self.memory().bytes(from, at - from).to_vec()));
            }
        }
        Contents { runs, stack }
    }

    /// Whether the contents are out of place.
    pub fn is_out(&self) -> bool {
        self.out.is_some()
    }

    /// Takes the contents out of place: they become residue.
    pub fn take_out(&mut self, stack_pointers: &[u64]) {
        let contents = self.save(stack_pointers);
        let mut residue = self.residue.borrow_mut();
        for (start, bytes) in &contents.runs {
            residue.insert(*start, start + bytes.len() as u64);
        }
        drop(residue);
        self.out = Some(contents);
    }

    /// Puts the contents in place.
    pub fn put_in(&mut self) {
        let contents = self.out.take().unwrap_or_default();
        let memory = self.memory();
        let mut runs = contents.runs.iter().peekable();
        for (start, end) in self.private(contents.stack) {
            let dirty = self.take_residue(start, end);
            for (mut at, to) in dirty {
                // What is not overwritten by a run must be zero.
                while at < to {
                    while runs
                        .peek()
                        .is_some_and(|(s, bytes)| s + bytes.len() as u64 <= at)
                    {
                        runs.next();
                    }
                    match runs.peek() {
                        Some((s, bytes)) if *s <= at => at = s + bytes.len() as u64,
                        Some((s, _)) => {
                            memory.zero(at, to.min(*s) - at);
                            at = to.min(*s);
                        }
                        None => {
                            memory.zero(at, to - at);
                            at = to;
                        }
                    }
                }
            }
        }
        for (start, bytes) in &contents.runs {
            memory
                .bytes(*start, bytes.len() as u64)
                .copy_from_slice(bytes);
        }
    }

    /// The process ends, or gets another image: nobody needs what is in place.
    pub fn abandon(&mut self, stack_pointers: &[u64]) {
        if self.out.take().is_none() {
            let ranges = self.private(self.stack_bottom(stack_pointers));
            let mut residue = self.residue.borrow_mut();
            for (start, end) in ranges {
                residue.insert(start, end);
            }
        }
    }

    /// An area of the same object that contains `[start, end)`.
    fn has_shared(&self, object: &Rc<SharedMemory>, base: u64, start: u64, end: u64) -> bool {
        self.find(start).is_some_and(|(s, vma)| {
            vma.end >= end
                && matches!(&vma.kind, Kind::Shared { object: o, offset } if Rc::ptr_eq(o, object) && s - offset == base)
        })
    }

    fn shared(&self) -> impl Iterator<Item = (u64, u64, &Rc<SharedMemory>, u64)> {
        self.areas().filter_map(|(start, vma)| match &vma.kind {
            Kind::Shared { object, offset } if vma.touched => {
                Some((start, vma.end, object, *offset))
            }
            _ => None,
        })
    }

    /// Moves shared memory out that `next` does not have in the same place.
    pub fn move_out_shared(&self, next: Option<&Mm>) {
        for (start, end, object, offset) in self.shared() {
            let stays = next.is_some_and(|n| n.has_shared(object, start - offset, start, end));
            if !stays {
                if Rc::strong_count(object) > 1 || next.is_some() {
                    object.put(offset, self.memory().bytes(start, end - start));
                }
                self.residue.borrow_mut().insert(start, end);
            }
        }
    }

    /// Moves shared memory in that `last` did not have in the same place.
    pub fn move_in_shared(&self, last: Option<&Mm>) {
        for (start, end, object, offset) in self.shared() {
            if !last.is_some_and(|l| l.has_shared(object, start - offset, start, end)) {
                self.take_residue(start, end);
                object.get(offset, self.memory().bytes(start, end - start));
            }
        }
    }

    /// A part of shared memory is unmapped here: others may still have it.
    pub(super) fn leave_shared(&self, start: u64, end: u64, kind: &Kind) {
        if let Kind::Shared { object, offset } = kind
            && Rc::strong_count(object) > 1
        {
            object.put(*offset, self.memory().bytes(start, end - start));
        }
    }

    /// What `fork` gives the child: it goes on in place, and this one is out of place from now on.
    pub fn fork(&mut self, stack_pointers: &[u64]) -> Mm {
        self.take_claims();
        self.out = Some(self.save(stack_pointers));
        Mm {
            id: super::next_id(),
            out: None,
            vmas: self.vmas.clone(),
            residue: self.residue.clone(),
            texts: self.texts.clone(),
            ..*self
        }
    }
}
