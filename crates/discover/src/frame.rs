//! Stack frames: where sp and x29 point, and all stores to the frame.
//!
//! One forward pass over the blocks gives the distance of sp and x29 from the sp at entry. Where two ways into a block disagree the first one met counts:
//! compilers do not let that happen.

use crate::shape::{Operand, Shape, Value, shape, writeback};
use crate::slice::Node;
use crate::words::Code;

/// What is known at a point.
#[derive(Clone, Copy, Default)]
struct Bases {
    /// Distances of x29 and sp from the sp at entry.
    distance: [Option<i64>; 2],
    /// The last scratch register set to a constant: large frames are made with one.
    constant: Option<(u8, u64)>,
}

/// A store to the frame.
pub(crate) struct FrameStore {
    /// Distance from the sp at entry.
    pub offset: i64,
    pub size: u8,
    /// The general register stored, if it is one.
    pub rt: Option<u8>,
    /// The word that stores.
    pub index: usize,
}

/// The frame of a function.
pub(crate) struct Frame {
    bases: Vec<Bases>,
    /// Sorted by word.
    pub stores: Vec<FrameStore>,
}

impl Frame {
    /// `start` is the first node's number.
    pub fn new(code: &Code, nodes: &[Node], start: u32) -> Frame {
        let mut successors = vec![Vec::new(); nodes.len()];
        for (n, node) in (0..).zip(nodes) {
            for &pred in &node.preds {
                successors[pred as usize].push(n);
            }
        }
        let mut frame = Frame {
            bases: vec![Bases::default(); nodes.len()],
            stores: Vec::new(),
        };
        let mut seen = vec![false; nodes.len()];
        let mut work = vec![(
            start,
            Bases {
                distance: [None, Some(0)],
                constant: None,
            },
        )];
        while let Some((n, mut bases)) = work.pop() {
            if core::mem::replace(&mut seen[n as usize], true) {
                continue;
            }
            frame.bases[n as usize] = bases;
            let node = &nodes[n as usize];
            for index in node.first..node.end {
                let word = code.words[index];
                frame.note(word, index, bases);
                step(word, &mut bases);
            }
            work.extend(successors[n as usize].iter().map(|&to| (to, bases)));
        }
        frame.stores.sort_by_key(|s| s.index);
        frame
    }

    /// The distance of a base register (29 or 31) before a word.
    pub fn base(
        &self,
        code: &Code,
        nodes: &[Node],
        node: u32,
        index: usize,
        base: u8,
    ) -> Option<i64> {
        let mut bases = self.bases[node as usize];
        for &word in &code.words[nodes[node as usize].first..index] {
            step(word, &mut bases);
        }
        bases.distance[usize::from(base == 31)]
    }

    fn note(&mut self, word: u32, index: usize, bases: Bases) {
        let mut add = |base: u8, offset: i64, size: u8, rt: Option<u8>| {
            if let (29 | 31, Some(from)) = (base, bases.distance[usize::from(base == 31)]) {
                self.stores.push(FrameStore {
                    offset: from.wrapping_add(offset),
                    size,
                    rt,
                    index,
                });
            }
        };
        if let Shape::Store {
            rt,
            rt2,
            pair,
            size,
            base,
            offset,
        } = shape(word, 0)
        {
            add(base, offset, size, rt);
            if pair {
                add(base, offset + i64::from(size), size, rt2);
            }
        } else if let Some((base, _, Some(offset))) = writeback(word) {
            // Saved registers: at most two of 16 bytes.
            add(base, offset, 32, None);
        }
    }
}

/// What a word does to the bases.
fn step(word: u32, bases: &mut Bases) {
    let shape = shape(word, 0);
    let defs = shape.defs();
    if let Shape::Set { rd, value, .. } = shape {
        match (value, bases.constant) {
            // Not the registers of arguments and saved values, which are set between.
            (Value::Const(value), _) if (9..=17).contains(&rd) && word >> 24 & 0x1f != 0x10 => {
                bases.constant = Some((rd, value));
            }
            (Value::Insert { shift, bits }, Some((r, old))) if r == rd => {
                bases.constant = Some((rd, old & !(0xffff << shift) | u64::from(bits) << shift));
            }
            _ => {}
        }
    }
    let frame = defs & (1 << 29 | 1 << 31) != 0;
    if !frame {
        return;
    }
    let Bases { distance, constant } = *bases;
    let of = |r: u8| match r {
        29 => distance[0],
        31 => distance[1],
        _ => None,
    };
    let amount = |operand| match operand {
        Operand::Imm(n) => Some(n as i64),
        Operand::Reg { rm, shift: 0, .. } => constant.filter(|c| c.0 == rm).map(|c| c.1 as i64),
        Operand::Reg { .. } => None,
    };
    let mut value = match shape {
        Shape::Set {
            value:
                Value::Add {
                    rn,
                    sp: true,
                    operand,
                },
            wide: true,
            ..
        } => of(rn).zip(amount(operand)).map(|(b, n)| b.wrapping_add(n)),
        Shape::Set {
            value:
                Value::Sub {
                    rn,
                    sp: true,
                    operand,
                },
            wide: true,
            ..
        } => of(rn).zip(amount(operand)).map(|(b, n)| b.wrapping_sub(n)),
        _ => None,
    };
    if let Some((31, bump, _)) = writeback(word) {
        value = distance[1].map(|b| b.wrapping_add(bump));
        if defs & (1 << 29) != 0 {
            bases.distance[0] = None;
        }
        bases.distance[1] = value;
        return;
    }
    for (place, r) in [(0, 29), (1, 31)] {
        if defs >> r & 1 != 0 {
            bases.distance[place] = value;
        }
    }
}
