//! Locals for values.
//!
//! Liveness is found by walking from each use in another block backward to the definition (Boissinot et al., "Computing Liveness Sets for SSA-Form
//! Programs", 2011). Then locals are handed out along the reverse postorder, in which definitions come before the blocks they dominate: at each definition a local is taken that no
//! live value has. For SSA that needs as few locals as possible, and no interference graph. A parameter prefers the local of an argument, an argument that of its
//! parameter: where that is free the copy on the edge disappears.
//!
//! The work is the sum of the blocks' live-in sets. If that is out of proportion, each value gets a local of its own.

use elfconv_ir::{Function, Terminator, Type};

use super::{
    cfg::{NONE, for_each_edge},
    plan::{EventKind, Place, Plan, type_of},
};

/// Above this sum of live-in sets locals are not shared.
const MAX_LIVE: usize = 8_000_000;

/// The local of each value.
pub(crate) struct Locals {
    /// Index of the wasm local, by value; [`NONE`] for values that have none.
    pub local: Vec<u32>,
    /// Types of the locals that are not parameters of the wasm function.
    pub declared: Vec<Type>,
    live_in: Option<LiveIn>,
}

/// Above this number of locals their indices take two bytes.
const MAX_SHORT: u32 = 100;

/// Sets of values by block, in one vector.
struct LiveIn {
    start: Vec<u32>,
    values: Vec<u32>,
}

impl LiveIn {
    fn of(&self, block: u32) -> &[u32] {
        let range = self.start[block as usize] as usize..self.start[block as usize + 1] as usize;
        &self.values[range]
    }
}

/// Predecessors of each block.
fn predecessors(function: &Function, plan: &Plan) -> Vec<Vec<u32>> {
    let mut preds = vec![Vec::new(); function.blocks.len()];
    for &b in &plan.blocks {
        for_each_edge(&function.blocks[b as usize].term, |edge| {
            let list: &mut Vec<u32> = &mut preds[edge.block.index()];
            if list.last() != Some(&b) {
                list.push(b);
            }
        });
    }
    preds
}

fn liveness(function: &Function, plan: &Plan, preds: &[Vec<u32>]) -> Option<LiveIn> {
    // Uses outside the home block, by value.
    let mut uses: Vec<(u32, u32)> = Vec::new();
    for &b in &plan.blocks {
        for event in &plan.events[b as usize] {
            if event.kind == EventKind::Use && plan.home[event.value as usize] != b {
                uses.push((event.value, b));
            }
        }
    }
    uses.sort_unstable();
    uses.dedup();
    // The value for which a block was last found live-in; values come one after another.
    let mut seen = vec![NONE; function.blocks.len()];
    let mut found: Vec<(u32, u32)> = Vec::new();
    let mut work = Vec::new();
    for &(value, b) in &uses {
        work.push(b);
        while let Some(b) = work.pop() {
            if b == plan.home[value as usize] || seen[b as usize] == value {
                continue;
            }
            seen[b as usize] = value;
            found.push((b, value));
            work.extend_from_slice(&preds[b as usize]);
        }
        if found.len() > MAX_LIVE {
            return None;
        }
    }
    let mut start = vec![0u32; function.blocks.len() + 1];
    for (b, _) in &found {
        start[*b as usize + 1] += 1;
    }
    for i in 0..function.blocks.len() {
        start[i + 1] += start[i];
    }
    let mut next = start.clone();
    let mut values = vec![0; found.len()];
    for (b, value) in found {
        values[next[b as usize] as usize] = value;
        next[b as usize] += 1;
    }
    Some(LiveIn { start, values })
}

/// The locals of one type.
#[derive(Default)]
struct Pool {
    /// Wasm index of each colour.
    locals: Vec<u32>,
    /// Colours in use, a bit each.
    used: Vec<u64>,
}

impl Pool {
    fn is_used(&self, colour: u32) -> bool {
        self.used
            .get(colour as usize / 64)
            .is_some_and(|w| w >> (colour % 64) & 1 == 1)
    }

    fn set(&mut self, colour: u32, used: bool) {
        let word = colour as usize / 64;
        if word >= self.used.len() {
            self.used.resize(word + 1, 0);
        }
        let bit = 1 << (colour % 64);
        if used {
            self.used[word] |= bit;
        } else {
            self.used[word] &= !bit;
        }
    }

    /// The lowest free colour, but rather one that is not `reserved`, if that is not much higher.
    fn lowest_free(&self, reserved: &[u32]) -> u32 {
        let free = |from: u32| (from..).find(|c| !self.is_used(*c)).unwrap_or(NONE);
        let lowest = free(0);
        let mut colour = lowest;
        while reserved.contains(&colour) {
            colour = free(colour + 1);
        }
        if colour < MAX_SHORT { colour } else { lowest }
    }
}

struct Colouring<'a> {
    function: &'a Function,
    plan: &'a Plan,
    pools: [Pool; 5],
    colour: Vec<u32>,
    /// Colour of some argument of each parameter.
    argument: Vec<u32>,
    /// The register as which frames report each value, or [`NONE`].
    register: Vec<u32>,
    /// The colour that values of each register had first: where they all have the same, reports of frames are the same.
    usual: [u32; 32],
}

impl Colouring<'_> {
    fn pool(&mut self, value: u32) -> &mut Pool {
        &mut self.pools[type_of(self.function, value) as usize]
    }

    fn release(&mut self, value: u32) {
        let colour = self.colour[value as usize];
        if colour != NONE {
            self.pool(value).set(colour, false);
        }
    }

    /// Colours a value that is being defined. `also` are colours that it would like.
    fn assign(&mut self, value: u32, also: &[u32]) {
        if self.colour[value as usize] != NONE {
            let colour = self.colour[value as usize];
            self.pool(value).set(colour, true);
            return;
        }
        let mut wanted = also.to_vec();
        // The parameter it is passed to, and the one that this is passed to.
        let mut param = self
            .plan
            .passed_to
            .get(value as usize)
            .copied()
            .unwrap_or(NONE);
        for _ in 0..4 {
            if param == NONE {
                break;
            }
            wanted.push(self.colour[param as usize]);
            wanted.push(self.argument[param as usize]);
            param = self.plan.passed_to[param as usize];
        }
        let register = self.register.get(value as usize).copied().unwrap_or(NONE) as usize;
        wanted.extend(self.usual.get(register));
        let usual = self.usual;
        let pool = self.pool(value);
        let free = wanted.into_iter().find(|c| *c != NONE && !pool.is_used(*c));
        let colour = free.unwrap_or_else(|| pool.lowest_free(&usual));
        pool.set(colour, true);
        if let Some(usual @ &mut NONE) = self.usual.get_mut(register) {
            *usual = colour;
        }
        self.colour[value as usize] = colour;
        let param = self
            .plan
            .passed_to
            .get(value as usize)
            .copied()
            .unwrap_or(NONE);
        if param != NONE && self.argument[param as usize] == NONE {
            self.argument[param as usize] = colour;
        }
    }

    fn block(&mut self, b: u32, live_in: &LiveIn, preds: &[Vec<u32>], scratch: &mut Scratch) {
        for pool in &mut self.pools {
            pool.used.fill(0);
        }
        for &value in live_in.of(b) {
            let colour = self.colour[value as usize];
            if colour != NONE {
                self.pool(value).set(colour, true);
            }
        }
        let events = &self.plan.events[b as usize];
        scratch.mark_last_uses(self, b, live_in);
        for (i, &param) in self.function.blocks[b as usize].params.iter().enumerate() {
            if self.plan.place[param.index()] == Place::Local {
                let arguments = self.arguments(b, i, preds);
                self.assign(param.0, &arguments);
            }
        }
        for &param in &self.function.blocks[b as usize].params {
            if self.plan.place[param.index()] == Place::Local && !scratch.is_live(param.0, b) {
                self.release(param.0);
            }
        }
        let mut from = 0;
        while from < events.len() {
            let pos = events[from].pos;
            let len = events[from..].iter().take_while(|e| e.pos == pos).count();
            let group = &events[from..from + len];
            for event in group.iter().filter(|e| e.kind == EventKind::EarlyDef) {
                self.assign(event.value, &[]);
            }
            for (event, last) in group.iter().zip(&scratch.last[from..from + len]) {
                if event.kind == EventKind::Use && *last {
                    self.release(event.value);
                }
            }
            for event in group.iter().filter(|e| e.kind == EventKind::Def) {
                self.assign(event.value, &[]);
            }
            for event in group.iter().filter(|e| e.kind == EventKind::Def) {
                if !scratch.is_live(event.value, b) {
                    self.release(event.value);
                }
            }
            from += len;
        }
    }

    /// Colours of the arguments of parameter `i` of block `b`, as far as they have some.
    fn arguments(&self, b: u32, i: usize, preds: &[Vec<u32>]) -> Vec<u32> {
        let mut colours = Vec::new();
        for &pred in preds[b as usize].iter().take(8) {
            let term = &self.function.blocks[pred as usize].term;
            if matches!(term, Terminator::Switch { .. }) {
                continue;
            }
            for_each_edge(term, |edge| {
                if edge.block.0 == b
                    && colours.len() < 8
                    && let Some(arg) = edge.args.get(i)
                {
                    let arg = self.plan.resolved[arg.index()];
                    if self.colour[arg.index()] != NONE {
                        colours.push(self.colour[arg.index()]);
                    }
                }
            });
        }
        colours
    }
}

/// For one block: which uses are the last.
struct Scratch {
    last: Vec<bool>,
    /// The block in which a value was found live-out or used.
    seen: Vec<u32>,
}

impl Scratch {
    fn mark_last_uses(&mut self, colouring: &Colouring<'_>, b: u32, live_in: &LiveIn) {
        let (function, plan) = (colouring.function, colouring.plan);
        for_each_edge(&function.blocks[b as usize].term, |edge| {
            for &value in live_in.of(edge.block.0) {
                self.seen[value as usize] = b;
            }
        });
        let events = &plan.events[b as usize];
        self.last.clear();
        self.last.resize(events.len(), false);
        for (i, event) in events.iter().enumerate().rev() {
            if event.kind == EventKind::Use && self.seen[event.value as usize] != b {
                self.seen[event.value as usize] = b;
                self.last[i] = true;
            }
        }
    }

    /// Whether a value of block `b` is used there or lives on.
    fn is_live(&self, value: u32, b: u32) -> bool {
        self.seen[value as usize] == b
    }
}

impl Locals {
    /// Hands out locals. `params` are the types of the wasm function's parameters, which are the entry block's.
    pub fn new(function: &Function, plan: &Plan, params: &[Type]) -> Locals {
        let preds = predecessors(function, plan);
        let mut pools: [Pool; 5] = Default::default();
        for (i, ty) in (0..).zip(params) {
            pools[*ty as usize].locals.push(i);
        }
        let mut colouring = Colouring {
            function,
            plan,
            pools,
            colour: vec![NONE; plan.count],
            argument: vec![NONE; plan.count],
            register: plan.reports.registers(plan.count),
            usual: [NONE; 32],
        };
        let mut next = [0; 5];
        for &param in &function.blocks[0].params {
            let ty = type_of(function, param.0) as usize;
            colouring.colour[param.index()] = next[ty];
            next[ty] += 1;
        }
        let live_in = liveness(function, plan, &preds);
        match &live_in {
            Some(live_in) => {
                let mut scratch = Scratch {
                    last: Vec::new(),
                    seen: vec![NONE; plan.count],
                };
                for &b in &plan.blocks {
                    colouring.block(b, live_in, &preds, &mut scratch);
                }
            }
            None => {
                for value in 0..plan.count as u32 {
                    let has_local = plan
                        .place
                        .get(value as usize)
                        .is_none_or(|p| *p == Place::Local);
                    if has_local && colouring.colour[value as usize] == NONE {
                        let ty = type_of(function, value) as usize;
                        colouring.colour[value as usize] = next[ty];
                        next[ty] += 1;
                    }
                }
            }
        }
        Locals {
            live_in,
            ..colouring.number(params)
        }
    }

    /// Whether a local is needed at the start of a block, its parameters apart.
    pub fn is_needed_at(&self, block: u32, local: u32) -> bool {
        self.live_in.as_ref().is_none_or(|live_in| {
            let mut values = live_in.of(block).iter();
            values.any(|value| self.local[*value as usize] == local)
        })
    }
}

impl Colouring<'_> {
    /// Makes wasm locals of the colours: the parameters are there, the others are declared, type by type.
    fn number(mut self, params: &[Type]) -> Locals {
        let mut colours = [0u32; 5];
        for (value, &colour) in (0..).zip(&self.colour) {
            if colour != NONE {
                let count = &mut colours[type_of(self.function, value) as usize];
                *count = (*count).max(colour + 1);
            }
        }
        let mut declared = Vec::new();
        for ty in [Type::I64, Type::I32, Type::F64, Type::F32, Type::V128] {
            let pool = &mut self.pools[ty as usize];
            while (pool.locals.len() as u32) < colours[ty as usize] {
                pool.locals.push((params.len() + declared.len()) as u32);
                declared.push(ty);
            }
        }
        let local = (0..)
            .zip(&self.colour)
            .map(|(value, &colour)| match colour {
                NONE => NONE,
                _ => self.pools[type_of(self.function, value) as usize].locals[colour as usize],
            })
            .collect();
        Locals {
            local,
            declared,
            live_in: None,
        }
    }
}
