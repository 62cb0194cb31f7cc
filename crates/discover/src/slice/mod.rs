//! Backward slicing: where the value of a register at some point comes from, as an expression.
//!
//! Values are hash-consed, so equal values have equal numbers. A value is followed backwards through its block, then to all
//! writes that reach the block; where these disagree it is opaque ([`Expr::Entry`]). Stack slots addressed by `sp` or `x29` are followed through plain stores, as unoptimised code needs it. Calls are taken
//! to preserve x19–x29 and sp. A budget bounds the work; running out of it makes values opaque.

mod define;
mod fold;

use std::collections::{BTreeSet, HashMap};

use crate::frame::Frame;
use crate::shape::{Shape, SlotWrite, shape};
use crate::words::{Class, Code};

/// A block as slicing sees it: word indices, and the numbers of its predecessors.
pub(crate) struct Node {
    pub first: usize,
    pub end: usize,
    pub preds: Vec<u32>,
    /// Entered from elsewhere, too.
    pub open: bool,
    /// The block where plain flow goes on, for knowing which way a conditional branch went.
    pub next: Option<u32>,
    /// Where the branch goes.
    pub taken: Option<u32>,
}

/// Number of an expression.
pub(crate) type Id = u32;

/// A place that holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A register, 31 for sp.
    Reg(u8),
    /// Bytes of the frame, by distance from the sp at entry, that only stores through sp and x29 write.
    Frame { offset: i64, size: u8 },
    /// Bytes at a register plus an offset.
    Slot { base: u8, offset: i64, size: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Expr {
    Const(u64),
    /// Written by the instruction with this word index, which is not understood further.
    Def(usize, Place),
    /// The value at the start of a block.
    Entry(u32, Place),
    /// Loaded by the instruction with this word index; zero-extended.
    Load {
        index: usize,
        size: u8,
        addr: Id,
    },
    Add(Id, Id),
    Sub(Id, Id),
    Shl(Id, u8),
    Shr(Id, u8),
    And(Id, u64),
    /// The low bits, zero-extended.
    Zext(Id, u8),
    /// The low bits, sign-extended to 64.
    Sext(Id, u8),
}

/// Most nested steps of one query.
const DEPTH: u32 = 64;

/// More writes that reach one point are not compared.
const MAX_WRITES: usize = 16;

/// Where a place was written last in a block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scan {
    /// By this word, in a way that can be followed.
    Written(usize),
    /// By this word, somehow.
    Opaque(usize),
    /// Not in this block.
    Through,
}

pub(crate) struct Slicer<'a> {
    pub code: &'a Code,
    pub nodes: &'a [Node],
    exprs: Vec<Expr>,
    numbers: HashMap<Expr, Id>,
    at_entry: HashMap<(u32, Place), Id>,
    frame: Option<Frame>,
    start: u32,
    /// Steps left.
    pub budget: &'a mut u64,
}

impl<'a> Slicer<'a> {
    /// `start` is the number of the function's first block.
    pub fn new(code: &'a Code, nodes: &'a [Node], start: u32, budget: &'a mut u64) -> Slicer<'a> {
        Slicer {
            code,
            nodes,
            exprs: Vec::new(),
            numbers: HashMap::new(),
            at_entry: HashMap::new(),
            frame: None,
            start,
            budget,
        }
    }

    /// The expression with a number.
    pub fn expr(&self, id: Id) -> Expr {
        self.exprs[id as usize]
    }

    fn number(&mut self, expr: Expr) -> Id {
        let exprs = &mut self.exprs;
        *self.numbers.entry(expr).or_insert_with(|| {
            exprs.push(expr);
            exprs.len() as Id - 1
        })
    }

    /// The block that contains a word.
    pub fn node_of(&self, index: usize) -> Option<u32> {
        let after = self.nodes.partition_point(|n| n.first <= index);
        let node = after.checked_sub(1)?;
        (index < self.nodes[node].end).then_some(node as u32)
    }

    /// The value of a place before a word of a block.
    pub fn before(&mut self, node: u32, index: usize, place: Place) -> Id {
        self.value(node, index, place, DEPTH)
    }

    /// The value of a place at the end of a block.
    pub fn at_end(&mut self, node: u32, place: Place) -> Id {
        self.value(node, self.nodes[node as usize].end, place, DEPTH)
    }

    fn value(&mut self, node: u32, index: usize, place: Place, depth: u32) -> Id {
        if depth == 0 {
            return self.number(Expr::Def(index, place));
        }
        match self.scan(node, index, place) {
            Scan::Written(index) => self.written(node, index, place, depth - 1),
            Scan::Opaque(index) => self.number(Expr::Def(index, place)),
            Scan::Through => self.entry(node, place, depth - 1),
        }
    }

    /// Looks for the last write of a place before a word of a block.
    fn scan(&mut self, node: u32, mut index: usize, place: Place) -> Scan {
        if let Place::Frame { offset, size } = place {
            return self.scan_frame(node, index, offset, size);
        }
        let first = self.nodes[node as usize].first;
        while index > first {
            index -= 1;
            if *self.budget == 0 {
                return Scan::Opaque(index);
            }
            *self.budget -= 1;
            let preserved = match (place, self.code.class[index]) {
                // The callee, or the kernel, comes between.
                (Place::Reg(r), Class::Call | Class::CallIndirect) => {
                    (19..=29).contains(&r) || r == 31
                }
                (Place::Reg(r), Class::Syscall) => r != 0,
                (Place::Slot { .. }, Class::Call | Class::CallIndirect | Class::Syscall) => false,
                _ => true,
            };
            if !preserved {
                return Scan::Opaque(index);
            }
            let shape = shape(self.code.words[index], self.code.addr(index));
            match place {
                Place::Reg(r) if shape.defs() >> r & 1 != 0 => return Scan::Written(index),
                Place::Reg(_) | Place::Frame { .. } => {}
                Place::Slot { base, offset, size } => {
                    match shape.slot_write(base, offset, size) {
                        SlotWrite::Register(_) => return Scan::Written(index),
                        SlotWrite::Something => return Scan::Opaque(index),
                        SlotWrite::None => {}
                    }
                    // Other pointers may point anywhere.
                    let elsewhere = matches!(shape, Shape::Other { stores: true, .. })
                        || matches!(shape, Shape::Store { base: b, .. } if b != base);
                    if elsewhere || shape.defs() >> base & 1 != 0 {
                        return Scan::Opaque(index);
                    }
                }
            }
        }
        Scan::Through
    }

    /// The value of a place at the start of a block: that of the writes that reach it, if all of them write the same.
    fn entry(&mut self, node: u32, place: Place, depth: u32) -> Id {
        if let Some(&known) = self.at_entry.get(&(node, place)) {
            return known;
        }
        let opaque = self.number(Expr::Entry(node, place));
        self.at_entry.insert((node, place), opaque);
        let nodes = self.nodes;
        let (mut work, mut seen) = (vec![node], BTreeSet::from([node]));
        let mut writes = Vec::new();
        while let Some(block) = work.pop() {
            if nodes[block as usize].open || nodes[block as usize].preds.is_empty() {
                // Callers or unknown jumps enter here.
                writes.push((block, Scan::Through));
                continue;
            }
            for &pred in &nodes[block as usize].preds {
                match self.scan(pred, nodes[pred as usize].end, place) {
                    Scan::Through if seen.insert(pred) => work.push(pred),
                    Scan::Through => {}
                    write => writes.push((pred, write)),
                }
            }
            if writes.len() > MAX_WRITES || *self.budget == 0 {
                return opaque;
            }
        }
        writes.sort_unstable();
        writes.dedup();
        let mut common = None;
        for (block, write) in writes {
            let value = match write {
                _ if depth == 0 => return opaque,
                Scan::Written(index) => self.written(block, index, place, depth - 1),
                Scan::Opaque(index) => self.number(Expr::Def(index, place)),
                Scan::Through => self.number(Expr::Entry(block, place)),
            };
            if common.is_some_and(|c| c != value) {
                return opaque;
            }
            common = Some(value);
        }
        let value = common.unwrap_or(opaque);
        self.at_entry.insert((node, place), value);
        value
    }

    /// Looks for the last write to a part of the frame before a word of a block.
    fn scan_frame(&mut self, node: u32, index: usize, offset: i64, size: u8) -> Scan {
        let Some(frame) = &self.frame else {
            return Scan::Opaque(index);
        };
        let first = self.nodes[node as usize].first;
        let stores = &frame.stores;
        let range = stores.partition_point(|s| s.index < first)
            ..stores.partition_point(|s| s.index < index);
        for store in stores[range].iter().rev() {
            *self.budget = self.budget.saturating_sub(1);
            if *self.budget == 0 {
                return Scan::Opaque(store.index);
            }
            let end = store.offset.saturating_add(i64::from(store.size));
            if store.offset < offset.saturating_add(i64::from(size)) && offset < end {
                let same = store.offset == offset && store.size == size && store.rt.is_some();
                return if same {
                    Scan::Written(store.index)
                } else {
                    Scan::Opaque(store.index)
                };
            }
        }
        Scan::Through
    }
}
