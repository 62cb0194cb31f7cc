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
struct Candidate {
    start: u64,
    found: Found,
    name: Option<String>,
    /// From symbols or unwind tables, or given by what found it; empty if unknown.
    known: Vec<(u64, u64)>,
    /// Others do not run into it.
    cuts: bool,
    /// Now part of another function.
    absorbed: bool,
    dirty: bool,
    no_return: bool,
    /// Addresses in data that lie in it, where it has indirect jumps.
    gotos: Vec<u64>,
    built: Built,
}

/// No function.
const NONE: u32 = u32::MAX;

struct Rounds<'a> {
    image: &'a GuestImage,
    code: Code,
    pointers: Pointers,
    functions: Vec<Candidate>,
    /// Function that starts at a word.
    at: Vec<u32>,
    /// Some function that contains a word.
    owner: Vec<u32>,
    marks: Vec<Mark>,
    /// Known extents, sorted.
    extents: Vec<(u64, u64)>,
    /// Strictly inside a known extent.
    within: Vec<bool>,
    stamps: Stamps,
    /// Traversed words that may still be shared between functions.
    sharing: u64,
    /// Sweeps that may still be made.
    sweeps: u32,
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
        for function in &image.go_functions {
            known.entry(function.addr).or_insert((
                Found::Pclntab,
                Some(function.name.clone()),
                function.addr,
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
    fn add(
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
            gotos: Vec::new(),
            built: Built::default(),
        });
        true
    }

    /// Adds a start that code refers to: inside a known extent it shares code with the function around it, else it cuts.
    fn add_target(&mut self, start: u64, found: Found, may_cut: bool) -> bool {
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
    fn cut(&mut self, first_new: usize) {
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

    /// Callees become functions.
    fn calls(&mut self) -> bool {
        let mut targets = Vec::new();
        for function in &self.functions {
            targets.extend(
                function
                    .built
                    .calls
                    .iter()
                    .map(|&target| (target, function.found == Found::Sweep)),
            );
        }
        targets.sort_unstable();
        targets.dedup_by_key(|t| t.0);
        let first_new = self.functions.len();
        for (target, weak) in targets {
            self.add_target(target, Found::CallTarget, !weak);
        }
        self.cut(first_new);
        self.functions.len() > first_new
    }

    /// Functions of which no path leads out do not return: code behind their calls is not reached.
    fn no_return(&mut self) -> bool {
        let mut callers: Vec<(u64, u32)> = Vec::new();
        for (id, function) in self.functions.iter().enumerate() {
            let leads = function
                .built
                .calls
                .iter()
                .chain(&function.built.outs)
                .chain(&function.built.falls);
            callers.extend(leads.map(|&target| (target, id as u32)));
        }
        callers.sort_unstable();
        // All blocks of a traversed function are reachable, so one with a return needs no look until a callee changes.
        let open = |f: &Candidate| !f.no_return && !f.built.returns && !f.built.indirect;
        let numbered = (0..).zip(&self.functions);
        let mut questions: Vec<u32> = numbered
            .filter(|(_, f)| open(f))
            .map(|(id, _)| id)
            .collect();
        let mut changed = false;
        while !questions.is_empty() {
            let mut again = Vec::new();
            for id in questions {
                let function = &self.functions[id as usize];
                if function.no_return
                    || function.built.blocks.is_empty()
                    || self.may_return(function)
                {
                    continue;
                }
                changed = true;
                let start = function.start;
                self.functions[id as usize].no_return = true;
                let index = self.code.index(start).expect("functions start in code");
                self.marks[index].no_return = true;
                let first = callers.partition_point(|c| c.0 < start);
                again.extend(
                    callers[first..]
                        .iter()
                        .take_while(|c| c.0 == start)
                        .map(|c| c.1),
                );
            }
            for &caller in &again {
                self.functions[caller as usize].dirty = true;
            }
            again.sort_unstable();
            again.dedup();
            questions = again;
        }
        changed
    }

    fn no_return_at(&self, addr: u64) -> bool {
        self.code
            .index(addr)
            .is_some_and(|i| self.marks[i].no_return)
    }

    /// Whether some path from the start leads out of a function, as far as is known now.
    fn may_return(&self, function: &Candidate) -> bool {
        let blocks = &function.built.blocks;
        let number = |addr: u64| blocks.binary_search_by_key(&addr, |b| b.start).ok();
        let mut seen = vec![false; blocks.len()];
        let mut work: Vec<usize> = number(function.start).into_iter().collect();
        while let Some(block) = work.pop() {
            if core::mem::replace(&mut seen[block], true) {
                continue;
            }
            let (callee_returns, is_call) = match &blocks[block].term {
                Term::Return | Term::IndirectJump => return true,
                Term::Call { target, .. } => (!self.no_return_at(*target), true),
                Term::CallIndirect { .. } => (true, true),
                _ => (true, false),
            };
            if !callee_returns {
                continue;
            }
            for to in blocks[block].term.successors() {
                match number(to) {
                    Some(next) => work.push(next),
                    // A call at the end of a known extent does not return, or the extent is wrong.
                    None if is_call && !function.known.is_empty() => {}
                    None if self.no_return_at(to) => {}
                    None => return true,
                }
            }
        }
        false
    }

    /// A function that only one other jumps to, and that jumps back into its middle, is a part of it that the compiler moved away.
    fn absorb(&mut self) -> bool {
        // Who jumps to each function, if only one does.
        const MANY: u32 = NONE - 1;
        let mut jumped_by = vec![NONE; self.functions.len()];
        let mut jumps_into: Vec<(u32, Vec<u64>)> = Vec::new();
        for (id, function) in self.functions.iter().enumerate() {
            let id = id as u32;
            for callee in function
                .built
                .calls
                .iter()
                .filter_map(|&t| self.function_at(t))
            {
                jumped_by[callee as usize] = MANY;
            }
            let mut into = Vec::new();
            for &to in function.built.outs.iter().chain(&function.built.falls) {
                match self.function_at(to) {
                    Some(callee) if callee != id => {
                        let by = &mut jumped_by[callee as usize];
                        *by = if *by == NONE || *by == id { id } else { MANY };
                    }
                    Some(_) => {}
                    None => into.push(to),
                }
            }
            if !into.is_empty() {
                jumps_into.push((id, into));
            }
        }
        let mut changed = false;
        for (id, targets) in jumps_into {
            let parent = jumped_by[id as usize];
            if parent >= MANY {
                continue;
            }
            let (part, whole) = (
                &self.functions[id as usize],
                &self.functions[parent as usize],
            );
            let back = targets
                .iter()
                .any(|&t| whole.start != t && whole.known.iter().any(|e| e.0 <= t && t < e.1));
            let credible =
                matches!(part.found, Found::Symbol | Found::EhFrame) && !part.known.is_empty();
            if !back || !credible || whole.absorbed || part.absorbed || self.pointed_at(part.start)
            {
                continue;
            }
            let (start, extent) = (part.start, part.known.clone());
            self.functions[parent as usize].known.extend(extent);
            self.functions[parent as usize].dirty = true;
            self.functions[id as usize].absorbed = true;
            self.functions[id as usize].dirty = true;
            let index = self.code.index(start).expect("functions start in code");
            self.marks[index].cuts = false;
            changed = true;
        }
        changed
    }

    /// The function (not absorbed) that starts at an address.
    fn function_at(&self, addr: u64) -> Option<u32> {
        let id = self.at[self.code.index(addr)?];
        (id != NONE && !self.functions[id as usize].absorbed).then_some(id)
    }

    fn pointed_at(&self, addr: u64) -> bool {
        let pointers = &self.pointers;
        [&pointers.relocated, &pointers.data]
            .iter()
            .any(|list| list.binary_search(&addr).is_ok())
            || pointers.code.binary_search_by_key(&addr, |p| p.0).is_ok()
    }

    /// Targets of jumps out of functions become functions.
    fn jumps(&mut self) -> bool {
        // Plain flow out of a function, or behind a call, is no evidence.
        let mut targets: Vec<u64> = Vec::new();
        for function in self.functions.iter().filter(|f| f.found != Found::Sweep) {
            targets.extend(&function.built.outs);
        }
        targets.sort_unstable();
        targets.dedup();
        let first_new = self.functions.len();
        for target in targets {
            self.add_target(target, Found::TailTarget, false);
        }
        self.cut(first_new);
        self.functions.len() > first_new
    }

    /// Pointers to code that no function runs through become functions, or targets of the indirect jumps of the function around them.
    fn pointed(&mut self) -> bool {
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
    fn sweep(&mut self) -> bool {
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
