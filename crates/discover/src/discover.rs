//! The rounds of discovery.
//!
//! Each round traverses the functions that are new or changed, and then asks one question after the other, going on to the next round at the first that
//! finds something new: which functions are called; which never return; which are fragments (cold parts) of another; where do jumps
//! lead; where do pointers lead; what remains (the sweep). Credible evidence thus comes first, and weak evidence only starts functions where no credible
//! one runs through. Work is bounded by a budget in proportion to the code; without budget left, what is not found is left to the interpreter.

use std::collections::BTreeMap;

use elfconv_image::{GuestImage, SymbolKind};

use crate::function::{Builder, Built, Mark, Request, Stamps};
use crate::pointers::{self, Pointers};
use crate::sweep;
use crate::words::{Class, Code};
use crate::{Discovery, Found, FunctionCfg, Term};

/// A function while it is worked on.
pub(crate) struct Candidate {
    pub start: u64,
    pub found: Found,
    pub name: Option<String>,
    /// From symbols or unwind tables, or given by what found it; empty if unknown.
    pub known: Vec<(u64, u64)>,
    /// Others do not run into it.
    pub cuts: bool,
    /// Now part of another function.
    pub absorbed: bool,
    pub dirty: bool,
    pub no_return: bool,
    /// Control may go on in it behind a call that does not return: the call may throw.
    pub catches: bool,
    /// Addresses in data that lie in it, where it has indirect jumps.
    pub gotos: Vec<u64>,
    pub built: Built,
}

/// No function.
pub(crate) const NONE: u32 = u32::MAX;

pub(crate) struct Rounds<'a> {
    pub image: &'a GuestImage,
    pub code: Code,
    pub pointers: Pointers,
    pub functions: Vec<Candidate>,
    /// Function that starts at a word.
    pub at: Vec<u32>,
    /// Some function that contains a word.
    pub owner: Vec<u32>,
    pub marks: Vec<Mark>,
    /// Known extents, sorted.
    pub extents: Vec<(u64, u64)>,
    /// Strictly inside a known extent.
    pub within: Vec<bool>,
    pub stamps: Stamps,
    /// Traversed words that may still be shared between functions.
    pub sharing: u64,
    /// Sweeps that may still be made.
    pub sweeps: u32,
}

/// Finds all functions of an image.
pub fn discover(image: &GuestImage) -> Discovery {
    let code = Code::new(image);
    let words = code.words.len();
    let pointers = pointers::find(image, &code);
    let mut rounds = Rounds {
        image,
        pointers,
        functions: Vec::new(),
        at: vec![NONE; words],
        owner: vec![NONE; words],
        marks: vec![Mark::default(); words],
        extents: Vec::new(),
        within: vec![false; words],
        stamps: Stamps::new(words),
        sharing: 4 * words as u64 + (1 << 16),
        sweeps: 8,
        code,
    };
    rounds.roots();
    // Each round costs about one step for each function.
    let mut work = 64 * words as u64 + (1 << 20);
    loop {
        rounds.build();
        let changed = rounds.calls()
            || rounds.no_return()
            || rounds.absorb()
            || rounds.jumps()
            || rounds.pointed()
            || rounds.sweep();
        let spent = rounds.functions.len() as u64 + 1;
        if !changed || work < spent {
            break;
        }
        work -= spent;
    }
    rounds.build();
    rounds.finish()
}

impl Rounds<'_> {
    /// Starts that the file names.
    fn roots(&mut self) {
        let image = self.image;
        let mut known: BTreeMap<u64, (Found, Option<String>, u64)> = BTreeMap::new();
        let mut labels = Vec::new();
        for symbol in &image.symbols {
            if symbol.kind == SymbolKind::Label && symbol.size == 0 {
                labels.push(symbol);
                continue;
            }
            let entry = known
                .entry(symbol.addr)
                .or_insert((Found::Symbol, None, symbol.addr));
            entry.1.get_or_insert_with(|| symbol.name.clone());
            entry.2 = entry.2.max(symbol.addr.saturating_add(symbol.size));
        }
        for fde in &image.fdes {
            if fde.start.is_multiple_of(4) {
                let entry = known
                    .entry(fde.start)
                    .or_insert((Found::EhFrame, None, fde.start));
                entry.2 = entry.2.max(fde.end);
            }
        }
        // Each ends where the next one starts; where the last one ends is not known.
        let ends = image.go_functions.iter().skip(1).map(|f| Some(f.addr));
        for (function, end) in image.go_functions.iter().zip(ends.chain([None])) {
            known.entry(function.addr).or_insert((
                Found::Pclntab,
                Some(function.name.clone()),
                end.unwrap_or(function.addr),
            ));
        }
        // The difference of starts and ends of extents over each word.
        let mut depth = vec![0i32; self.code.words.len() + 1];
        for (&start, (_, _, end)) in &known {
            if let (Some(first), Some(last)) = (
                self.code.index(start),
                self.code.index(end.saturating_sub(4) & !3),
            ) && last > first
            {
                self.extents.push((start, *end));
                depth[first + 1] += 1;
                depth[last + 1] -= 1;
            }
        }
        let mut sum = 0;
        for (within, change) in self.within.iter_mut().zip(depth) {
            sum += change;
            *within = sum > 0;
        }
        for (start, (found, name, end)) in known {
            let extent = if end > start {
                vec![(start, end)]
            } else {
                Vec::new()
            };
            self.add(start, found, name, extent, true);
        }
        self.add(image.entry, Found::Entry, None, Vec::new(), true);
        for &addr in &image.init_functions {
            self.add(addr, Found::InitArray, None, Vec::new(), true);
        }
        // A label without type and size may name a place in the middle of a function.
        for label in labels {
            if let Some(index) = self.code.index(label.addr) {
                if !self.within[index] && self.code.class[index] != Class::Fault {
                    self.add(label.addr, Found::Symbol, None, Vec::new(), true);
                }
                if let Some(function) = self.functions.get_mut(self.at[index] as usize) {
                    function.name.get_or_insert_with(|| label.name.clone());
                }
            }
        }
        if let Some(entry) = self.code.index(image.entry) {
            let function = &mut self.functions[self.at[entry] as usize];
            function.found = Found::Entry;
        }
    }

    /// Adds a function unless one starts there. Those it cuts are done again.
    pub(crate) fn add(
        &mut self,
        start: u64,
        found: Found,
        name: Option<String>,
        known: Vec<(u64, u64)>,
        cuts: bool,
    ) -> bool {
        let Some(index) = self.code.index(start) else {
            return false;
        };
        if self.at[index] != NONE {
            return false;
        }
        self.at[index] = self.functions.len() as u32;
        self.marks[index].cuts |= cuts;
        self.functions.push(Candidate {
            start,
            found,
            name,
            known,
            cuts,
            absorbed: false,
            dirty: true,
            no_return: false,
            catches: image_catches(self.image, start),
            gotos: Vec::new(),
            built: Built::default(),
        });
        true
    }

    /// Adds a start that code refers to: inside a known extent it shares code with the function around it, else it cuts.
    pub(crate) fn add_target(&mut self, start: u64, found: Found, may_cut: bool) -> bool {
        let Some(index) = self.code.index(start) else {
            return false;
        };
        if self.code.class[index] == Class::Fault || self.at[index] != NONE {
            return false;
        }
        if self.within[index] {
            let known = self.extent_around(start);
            return self.add(start, found, None, known, false);
        }
        if self.marks[index].covered && !may_cut {
            let owner = &self.functions[self.owner[index] as usize];
            let known = if owner.known.is_empty() {
                vec![self.open_extent(owner.start)]
            } else {
                owner.known.clone()
            };
            return self.add(start, found, None, known, false);
        }
        self.add(start, found, None, Vec::new(), true)
    }

    /// The known extents of the function around an address.
    fn extent_around(&self, addr: u64) -> Vec<(u64, u64)> {
        let after = self.extents.partition_point(|e| e.0 < addr);
        let Some(&(lo, hi)) = self.extents[..after]
            .iter()
            .rev()
            .take(16)
            .find(|e| addr < e.1)
        else {
            return Vec::new();
        };
        let around = self
            .code
            .index(lo)
            .and_then(|i| self.functions.get(self.at[i] as usize));
        around.map_or(vec![(lo, hi)], |f| f.known.clone())
    }

    /// The extent of a function of which nothing is known: up to the next one.
    fn open_extent(&self, start: u64) -> (u64, u64) {
        let next = self.starts_after(start);
        (start, next)
    }

    fn starts_after(&self, start: u64) -> u64 {
        let Some(index) = self.code.index(start) else {
            return start;
        };
        let next = (index + 1..self.marks.len()).find(|&i| self.marks[i].cuts);
        next.map_or(u64::MAX, |i| self.code.addr(i).max(start + 4))
    }

    /// Traverses all dirty functions.
    fn build(&mut self) {
        let ends = self.open_ends();
        for id in 0..self.functions.len() {
            if !self.functions[id].dirty {
                continue;
            }
            self.forget(id);
            let function = &self.functions[id];
            if function.absorbed {
                continue;
            }
            let open;
            let extent = if function.known.is_empty() {
                open = [(
                    function.start,
                    ends.get(&(id as u32)).copied().unwrap_or(u64::MAX),
                )];
                &open[..]
            } else {
                &function.known[..]
            };
            let mut builder = Builder {
                image: self.image,
                code: &self.code,
                marks: &self.marks,
                made: &self.pointers.made,
                stamps: &mut self.stamps,
                owner: &self.owner,
                only: (self.sharing == 0).then_some(id as u32),
            };
            let built = builder.build(Request {
                start: function.start,
                extent,
                gotos: &function.gotos,
            });
            self.record(id, &built);
            self.functions[id].built = built;
        }
    }

    /// For each dirty function without a known extent, where the next function starts.
    fn open_ends(&self) -> BTreeMap<u32, u64> {
        let mut ends = BTreeMap::new();
        if self.functions.iter().any(|f| f.dirty && f.known.is_empty()) {
            let mut next = u64::MAX;
            for index in (0..self.marks.len()).rev() {
                let function = self.at[index];
                if function != NONE && self.functions[function as usize].dirty {
                    ends.insert(function, next);
                }
                if self.marks[index].cuts {
                    next = self.code.addr(index);
                }
            }
        }
        ends
    }

    /// Forgets what a function covered.
    fn forget(&mut self, id: usize) {
        let function = &mut self.functions[id];
        function.dirty = false;
        for block in core::mem::take(&mut function.built).blocks {
            let Some(first) = self.code.index(block.start) else {
                continue;
            };
            for index in first..first + ((block.end - block.start) / 4) as usize {
                if self.owner[index] == id as u32 {
                    self.marks[index].covered = false;
                    self.owner[index] = NONE;
                }
            }
        }
    }

    /// Notes what a function covers and where it jumps.
    fn record(&mut self, id: usize, built: &Built) {
        for block in &built.blocks {
            let Some(first) = self.code.index(block.start) else {
                continue;
            };
            for index in first..first + ((block.end - block.start) / 4) as usize {
                let shared = self.marks[index].covered && self.owner[index] != id as u32;
                self.sharing = self.sharing.saturating_sub(u64::from(shared));
                self.marks[index].covered = true;
                self.owner[index] = id as u32;
            }
            match &block.term {
                Term::Jump(to) | Term::TailCall(to) | Term::Cond { taken: to, .. }
                    if *to != block.end =>
                {
                    if let Some(to) = self.code.index(*to) {
                        self.marks[to].jumped = true;
                    }
                }
                Term::Switch(table) => {
                    for to in table.targets.iter().filter_map(|&t| self.code.index(t)) {
                        self.marks[to].jumped = true;
                    }
                }
                _ => {}
            }
        }
    }

    /// Marks functions dirty that run through new cuts.
    pub(crate) fn cut(&mut self, first_new: usize) {
        let mut starts: Vec<u64> = self.functions[first_new..]
            .iter()
            .filter(|f| f.cuts)
            .map(|f| f.start)
            .collect();
        starts.sort_unstable();
        for function in &mut self.functions[..first_new] {
            let blocks = &function.built.blocks;
            let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
                continue;
            };
            let after = starts.partition_point(|&s| s < first.start);
            let inside = starts[after..].iter().take_while(|&&s| s < last.end);
            // Blocks may be spread widely; looking closely at a few starts is worth it.
            function.dirty |= inside.enumerate().any(|(i, &s)| {
                let block = blocks.partition_point(|b| b.start <= s);
                i >= 64 || block > 0 && s < blocks[block - 1].end
            });
        }
    }

    /// The function (not absorbed) that starts at an address.
    pub(crate) fn function_at(&self, addr: u64) -> Option<u32> {
        let id = self.at[self.code.index(addr)?];
        (id != NONE && !self.functions[id as usize].absorbed).then_some(id)
    }

    pub(crate) fn pointed_at(&self, addr: u64) -> bool {
        let pointers = &self.pointers;
        [&pointers.relocated, &pointers.data]
            .iter()
            .any(|list| list.binary_search(&addr).is_ok())
            || pointers.code.binary_search_by_key(&addr, |p| p.0).is_ok()
    }

    fn finish(mut self) -> Discovery {
        let mut discovery = Discovery {
            code_bytes: 4 * self.code.words.len() as u64,
            ..Discovery::default()
        };
        self.functions.sort_unstable_by_key(|f| f.start);
        let starts: Vec<u64> = self
            .functions
            .iter()
            .filter(|f| f.cuts && !f.absorbed)
            .map(|f| f.start)
            .collect();
        let mut covered = vec![false; self.code.words.len()];
        for function in core::mem::take(&mut self.functions) {
            if function.absorbed || function.built.blocks.is_empty() {
                continue;
            }
            for block in &function.built.blocks {
                if let Some(first) = self.code.index(block.start) {
                    covered[first..first + ((block.end - block.start) / 4) as usize].fill(true);
                }
                discovery.jump_tables += usize::from(matches!(block.term, Term::Switch(_)));
            }
            let extent = function.known.first().copied().unwrap_or_else(|| {
                let next = starts.partition_point(|&s| s <= function.start);
                let last = function
                    .built
                    .blocks
                    .last()
                    .map_or(function.start, |b| b.end);
                (function.start, starts.get(next).copied().unwrap_or(last))
            });
            if function.gotos.is_empty() {
                discovery.unresolved.extend(&function.built.suspects);
            }
            discovery.functions.push(FunctionCfg {
                start: function.start,
                name: function.name,
                found: function.found,
                address_taken: self.pointed_at(function.start),
                no_return: function.no_return,
                extent,
                blocks: function.built.blocks,
                goto_targets: function.gotos,
            });
        }
        for (index, covered) in covered.iter().enumerate() {
            if *covered {
                discovery.covered_bytes += 4;
            } else if sweep::is_padding(&self.code, index) {
                discovery.padding_bytes += 4;
            }
        }
        discovery.unresolved.sort_unstable();
        discovery.unresolved.dedup();
        discovery
    }
}

/// Whether the unwind tables know of a handler in the function that begins there.
fn image_catches(image: &GuestImage, start: u64) -> bool {
    let at = image.fdes.binary_search_by_key(&start, |fde| fde.start);
    at.is_ok_and(|i| image.fdes[i].catches)
}
