//! The values that instructions write, as expressions of what they read.

use super::{DEPTH, Expr, Id, Place, Slicer};
use crate::frame::Frame;
use crate::shape::{Extend, Operand, Shape, SlotWrite, Value, shape, writeback};

impl Slicer<'_> {
    /// The value that a word writes to a place.
    pub(super) fn written(&mut self, node: u32, index: usize, place: Place, depth: u32) -> Id {
        let shape = shape(self.code.words[index], self.code.addr(index));
        match (place, shape) {
            (Place::Reg(r), _) => self.define(node, index, r, shape, depth),
            (Place::Frame { offset, size }, _) => {
                let stores = self.frame.as_ref().map_or(&[][..], |f| &f.stores);
                let first = stores.partition_point(|s| s.index < index);
                let mut here = stores[first..].iter().take_while(|s| s.index == index);
                let same = here.find(|s| s.offset == offset && s.size == size);
                match same.and_then(|s| s.rt) {
                    Some(rt) => self.register(node, index, rt, false, depth),
                    None => self.number(Expr::Def(index, place)),
                }
            }
            (Place::Slot { base, offset, size }, shape) => {
                let SlotWrite::Register(rt) = shape.slot_write(base, offset, size) else {
                    return self.number(Expr::Def(index, place));
                };
                let value = self.register(node, index, rt, false, depth);
                self.extend(
                    value,
                    Extend {
                        bits: size * 8,
                        signed: false,
                    },
                )
            }
        }
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
                            (_, Expr::Const(b)) => {
                                let negative = self.number(Expr::Const(b.wrapping_neg()));
                                self.add(a, negative)
                            }
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
                    return self.reload(node, index, slot, signed, wide, depth);
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
            Shape::LoadPair {
                rt,
                size,
                signed,
                base: base @ (29 | 31),
                offset,
            } => {
                let second = if rt[0] == r { 0 } else { i64::from(size) };
                let slot = Place::Slot {
                    base,
                    offset: offset + second,
                    size,
                };
                self.reload(node, index, slot, signed, true, depth)
            }
            Shape::Other { .. } => match writeback(self.code.words[index]) {
                Some((base, bump, _)) if base == r => {
                    let old = self.value(node, index, Place::Reg(r), depth);
                    let bump = self.number(Expr::Const(bump as u64));
                    self.add(old, bump)
                }
                _ => self.number(Expr::Def(index, Place::Reg(r))),
            },
            Shape::LoadPair { .. } | Shape::Store { .. } => {
                self.number(Expr::Def(index, Place::Reg(r)))
            }
        }
    }

    /// The value loaded from a stack slot by a word.
    fn reload(
        &mut self,
        node: u32,
        index: usize,
        slot: Place,
        signed: bool,
        wide: bool,
        depth: u32,
    ) -> Id {
        let Place::Slot { size, .. } = slot else {
            unreachable!("registers are not loaded")
        };
        let mut value = self.value(node, index, slot, depth);
        if matches!(self.expr(value), Expr::Def(..) | Expr::Entry(..)) {
            value = self.spilled(node, index, slot, depth).unwrap_or(value);
        }
        let value = self.extend(
            value,
            Extend {
                bits: size * 8,
                signed,
            },
        );
        if wide || !signed {
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

    /// A constant that all stores to a stack slot which reach a point store: a spilled register. What stores through other pointers and
    /// callees do is ignored, as compilers do not let the address of such a slot escape.
    fn spilled(&mut self, node: u32, index: usize, slot: Place, depth: u32) -> Option<Id> {
        let Place::Slot { base, offset, size } = slot else {
            return None;
        };
        if self.frame.is_none() {
            self.frame = Some(Frame::new(self.code, self.nodes, self.start));
        }
        let frame = self.frame.as_ref()?;
        let from = frame.base(self.code, self.nodes, node, index, base)?;
        let place = Place::Frame {
            offset: from.wrapping_add(offset),
            size,
        };
        let value = self.value(node, index, place, depth);
        matches!(self.expr(value), Expr::Const(_)).then_some(value)
    }
}
