//! Which functions code tells of: callees, targets of jumps, fragments of other functions; and which never return.

use crate::Found;
use crate::Term;
use crate::discover::{Candidate, NONE, Rounds};

impl Rounds<'_> {
    /// Callees become functions.
    pub(crate) fn calls(&mut self) -> bool {
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
    pub(crate) fn no_return(&mut self) -> bool {
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

    pub(crate) fn no_return_at(&self, addr: u64) -> bool {
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
                if function.catches {
                    return true;
                }
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
    pub(crate) fn absorb(&mut self) -> bool {
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

    /// Targets of jumps out of functions become functions.
    pub(crate) fn jumps(&mut self) -> bool {
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
}
