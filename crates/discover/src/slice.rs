//! Backward slicing: where the value of a register at some point comes from, as an expression.
//!
//! Values are hash-consed, so equal values have equal numbers. A value is followed backwards through its block, then into the
//! predecessors; where they disagree it is opaque ([`Expr::Entry`]), and a loop that does not change it is seen through, like a trivial
//! φ. Stack slots addressed by `sp` or `x29` are followed through plain stores, as unoptimised code needs it. Calls are taken
//! to preserve x19–x29 and sp. A budget bounds the work; running out of it makes values opaque.

use std::collections::HashMap;

use crate::shape::{Extend, Operand, Shape, Value, shape};
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
const DEPTH: u32 = 96;

pub(crate) struct Slicer<'a> {
    pub code: &'a Code,
    pub nodes: &'a [Node],
    exprs: Vec<Expr>,
    numbers: HashMap<Expr, Id>,
    at_entry: HashMap<(u32, Place), Id>,
    /// Entries that turned out to be another value.
    same: HashMap<Id, Id>,
    /// Steps left.
    pub budget: &'a mut u64,
}

impl<'a> Slicer<'a> {
    pub fn new(code: &'a Code, nodes: &'a [Node], budget: &'a mut u64) -> Slicer<'a> {
        Slicer {
            code,
            nodes,
            exprs: Vec::new(),
            numbers: HashMap::new(),
            at_entry: HashMap::new(),
            same: HashMap::new(),
            budget,
        }
    }

    /// The expression with a number, seen through.
    pub fn expr(&self, id: Id) -> Expr {
        self.exprs[self.resolve(id) as usize]
    }

    /// The number of the same value that is known best.
    pub fn resolve(&self, mut id: Id) -> Id {
        while let Some(&better) = self.same.get(&id) {
            id = better;
        }
        id
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

    fn value(&mut self, node: u32, mut index: usize, place: Place, depth: u32) -> Id {
        let first = self.nodes[node as usize].first;
        while index > first {
            index -= 1;
            let out_of_budget = *self.budget == 0;
            *self.budget = self.budget.saturating_sub(1);
            if depth == 0 || out_of_budget {
                return self.number(Expr::Def(index, place));
            }
            let shape = shape(self.code.words[index], self.code.addr(index));
            match (place, self.code.class[index]) {
                // The callee, or the kernel, comes between.
                (Place::Reg(r), Class::Call | Class::CallIndirect)
                    if !(19..=29).contains(&r) && r != 31 =>
                {
                    return self.number(Expr::Def(index, place));
                }
                (Place::Reg(0), Class::Syscall) => return self.number(Expr::Def(index, place)),
                (Place::Slot { .. }, Class::Call | Class::CallIndirect | Class::Syscall) => {
                    return self.number(Expr::Def(index, place));
                }
                _ => {}
            }
            match place {
                Place::Reg(r) if shape.defs() >> r & 1 != 0 => {
                    return self.define(node, index, r, shape, depth - 1);
                }
                Place::Reg(_) => {}
                Place::Slot { base, offset, size } => {
                    let hit = match shape {
                        Shape::Store {
                            rt,
                            size: stored,
                            base: b,
                            offset: o,
                        } if b == base && o == offset && stored == size => {
                            let value = self.register(node, index, rt, false, depth - 1);
                            return self.extend(
                                value,
                                Extend {
                                    bits: size * 8,
                                    signed: false,
                                },
                            );
                        }
                        Shape::Store {
                            base: b,
                            offset: o,
                            size: stored,
                            ..
                        } if b == base => {
                            o < offset + i64::from(size) && offset < o + i64::from(stored)
                        }
                        Shape::Store { .. } | Shape::Other { stores: true, .. } => true,
                        _ => shape.defs() >> base & 1 != 0,
                    };
                    if hit {
                        return self.number(Expr::Def(index, place));
                    }
                }
            }
        }
        self.entry(node, place, depth)
    }

    /// The value of a place at the start of a block.
    fn entry(&mut self, node: u32, place: Place, depth: u32) -> Id {
        if let Some(&known) = self.at_entry.get(&(node, place)) {
            return self.resolve(known);
        }
        let opaque = self.number(Expr::Entry(node, place));
        self.at_entry.insert((node, place), opaque);
        if depth == 0 || self.nodes[node as usize].open {
            return opaque;
        }
        let mut common = None;
        let nodes = self.nodes;
        for &pred in &nodes[node as usize].preds {
            let value = self.value(pred, nodes[pred as usize].end, place, depth - 1);
            let value = self.resolve(value);
            if value == opaque {
                continue;
            }
            if common.is_some_and(|c| c != value) {
                return opaque;
            }
            common = Some(value);
        }
        let Some(value) = common else { return opaque };
        self.same.insert(opaque, value);
        self.at_entry.insert((node, place), value);
        value
    }

    /// A register operand: 31 is sp or zero.
    fn register(&mut self, node: u32, index: usize, r: u8, sp: bool, depth: u32) -> Id {
        if r == 31 && !sp {
            self.number(Expr::Const(0))
        } else {
            self.value(node, index, Place::Reg(r), depth)
        }
    }

    fn operand(&mut self, node: u32, index: usize, operand: Operand, depth: u32) -> Id {
        match operand {
            Operand::Imm(value) => self.number(Expr::Const(value)),
            Operand::Reg { rm, extend, shift } => {
                let value = self.register(node, index, rm, false, depth);
                let value = self.extend(value, extend);
                self.shl(value, shift)
            }
        }
    }

    /// The value of an operand of the instruction at `index`, as 32 bits unless `wide`.
    pub fn operand_before(&mut self, node: u32, index: usize, operand: Operand, wide: bool) -> Id {
        let value = self.operand(node, index, operand, DEPTH);
        if wide {
            value
        } else {
            self.extend(
                value,
                Extend {
                    bits: 32,
                    signed: false,
                },
            )
        }
    }

    fn define(&mut self, node: u32, index: usize, r: u8, shape: Shape, depth: u32) -> Id {
        match shape {
            Shape::Set { wide, value, .. } => {
                let id = match value {
                    Value::Const(value) => self.number(Expr::Const(value)),
                    Value::Insert { shift, bits } => {
                        let old = self.register(node, index, r, false, depth);
                        match self.expr(old) {
                            Expr::Const(old) => self.number(Expr::Const(
                                old & !(0xffff << shift) | u64::from(bits) << shift,
                            )),
                            _ => self.number(Expr::Def(index, Place::Reg(r))),
                        }
                    }
                    Value::Add { rn, sp, operand } => {
                        let a = self.register(node, index, rn, sp, depth);
                        let b = self.operand(node, index, operand, depth);
                        self.add(a, b)
                    }
                    Value::Sub { rn, sp, operand } => {
                        let a = self.register(node, index, rn, sp, depth);
                        let b = self.operand(node, index, operand, depth);
                        match (self.expr(a), self.expr(b)) {
                            (Expr::Const(a), Expr::Const(b)) => {
                                self.number(Expr::Const(a.wrapping_sub(b)))
                            }
                            (_, Expr::Const(0)) => a,
                            _ => self.number(Expr::Sub(a, b)),
                        }
                    }
                    Value::And { rn, mask } => {
                        let a = self.register(node, index, rn, false, depth);
                        self.and(a, mask)
                    }
                    Value::Field {
                        rn,
                        lsb,
                        width,
                        signed,
                        shift,
                    } => {
                        let a = self.register(node, index, rn, false, depth);
                        let a = if wide || lsb == 0 {
                            a
                        } else {
                            self.extend(
                                a,
                                Extend {
                                    bits: 32,
                                    signed: false,
                                },
                            )
                        };
                        let a = if lsb == 0 {
                            a
                        } else {
                            self.number(Expr::Shr(a, lsb))
                        };
                        let a = self.extend(
                            a,
                            Extend {
                                bits: width,
                                signed,
                            },
                        );
                        self.shl(a, shift)
                    }
                };
                if wide {
                    id
                } else {
                    self.extend(
                        id,
                        Extend {
                            bits: 32,
                            signed: false,
                        },
                    )
                }
            }
            Shape::Load {
                size,
                signed,
                wide,
                base,
                operand,
                ..
            } => {
                if let (29 | 31, Operand::Imm(offset)) = (base, operand) {
                    let slot = Place::Slot {
                        base,
                        offset: offset as i64,
                        size,
                    };
                    let value = self.value(node, index, slot, depth);
                    let value = self.extend(
                        value,
                        Extend {
                            bits: size * 8,
                            signed,
                        },
                    );
                    return if wide || !signed {
                        value
                    } else {
                        self.extend(
                            value,
                            Extend {
                                bits: 32,
                                signed: false,
                            },
                        )
                    };
                }
                let base = self.register(node, index, base, true, depth);
                let offset = self.operand(node, index, operand, depth);
                let addr = self.add(base, offset);
                let load = self.number(Expr::Load { index, size, addr });
                if !signed {
                    return load;
                }
                let value = self.extend(
                    load,
                    Extend {
                        bits: size * 8,
                        signed,
                    },
                );
                if wide {
                    value
                } else {
                    self.extend(
                        value,
                        Extend {
                            bits: 32,
                            signed: false,
                        },
                    )
                }
            }
            Shape::Store { .. } | Shape::Other { .. } => {
                self.number(Expr::Def(index, Place::Reg(r)))
            }
        }
    }

    fn add(&mut self, a: Id, b: Id) -> Id {
        match (self.expr(a), self.expr(b)) {
            (Expr::Const(x), Expr::Const(y)) => self.number(Expr::Const(x.wrapping_add(y))),
            (Expr::Const(0), _) => b,
            (_, Expr::Const(0)) => a,
            // Constants to the right, gathered.
            (Expr::Const(_), _) => self.add(b, a),
            (Expr::Add(x, c), Expr::Const(d)) => match self.expr(c) {
                Expr::Const(c) => {
                    let sum = self.number(Expr::Const(c.wrapping_add(d)));
                    self.number(Expr::Add(x, sum))
                }
                _ => self.number(Expr::Add(a, b)),
            },
            _ => self.number(Expr::Add(a, b)),
        }
    }

    fn shl(&mut self, a: Id, shift: u8) -> Id {
        match self.expr(a) {
            _ if shift == 0 => a,
            Expr::Const(value) => self.number(Expr::Const(value << shift)),
            _ => self.number(Expr::Shl(a, shift)),
        }
    }

    fn and(&mut self, a: Id, mask: u64) -> Id {
        match self.expr(a) {
            Expr::Const(value) => self.number(Expr::Const(value & mask)),
            _ if mask & mask.wrapping_add(1) == 0 => self.extend(
                a,
                Extend {
                    bits: mask.count_ones() as u8,
                    signed: false,
                },
            ),
            _ => self.number(Expr::And(a, mask)),
        }
    }

    /// Extends the low bits of a value.
    pub fn extend(&mut self, a: Id, extend: Extend) -> Id {
        let Extend { bits, signed } = extend;
        if bits >= 64 {
            return a;
        }
        let mask = (1u64 << bits) - 1;
        match self.expr(a) {
            Expr::Const(value) if signed => self.number(Expr::Const(
                ((value << (64 - bits)) as i64 >> (64 - bits)) as u64,
            )),
            Expr::Const(value) => self.number(Expr::Const(value & mask)),
            // A narrower extension decides; an extension of the same width is replaced.
            Expr::Zext(inner, n) if n >= bits => self.extend(inner, extend),
            Expr::Sext(inner, n) if n >= bits => self.extend(inner, extend),
            Expr::Zext(_, n) if n < bits => a,
            Expr::Sext(_, n) if n < bits && signed => a,
            Expr::Load { size, .. } if !signed && size * 8 <= bits => a,
            Expr::Load { size, .. } if signed && size * 8 < bits => a,
            Expr::And(_, m) if !signed && m <= mask => a,
            _ if signed => self.number(Expr::Sext(a, bits)),
            _ => self.number(Expr::Zext(a, bits)),
        }
    }
}
