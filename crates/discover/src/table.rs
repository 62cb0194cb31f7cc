//! Jump tables: what a `br` computes, matched against the ways in which compilers index tables.
//!
//! The target is an expression over one load from read-only memory: `load(table + (index << k))` for tables of addresses, and
//! `anchor + (extend(load(table + (index << k))) << s)` for tables of distances, whatever instructions computed it. The number of entries comes
//! from what is known of the index: a compare on every path to the `br`, a mask, or the width of the load it comes from. Without a
//! bound a table of addresses (computed `goto`) is read as far as its entries lead into the function.

use elfconv_image::GuestImage;

use crate::JumpTable;
use crate::compare::{Compare, Flags, flags, holds};
use crate::shape::{Extend, Operand, Shape, shape};
use crate::slice::{Expr, Id, Place, Slicer};
use crate::words::Class;

/// More entries are not believed.
const MAX_ENTRIES: u64 = 1 << 16;
/// Most entries of a table without a bound.
const MAX_UNBOUNDED: u64 = 4096;

/// What resolving a `br` gave.
pub(crate) enum Outcome {
    Table(JumpTable),
    /// A read-only table seems to be involved, but it is not understood.
    Suspect,
    /// Something else: a function pointer.
    Opaque,
}

/// What surrounds the function.
pub(crate) struct Context<'a> {
    pub image: &'a GuestImage,
    /// All addresses that code makes, sorted: a table without a bound ends before the next one.
    pub made: &'a [u64],
    /// Whether an address may be a target in this function.
    pub inside: &'a dyn Fn(u64) -> bool,
}

/// What a table's entries are relative to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchor {
    /// Nothing: they are addresses.
    None,
    /// One address.
    At(u64),
    /// Their own address.
    Entry,
}

/// The shape of a table access.
struct Access {
    /// Word index of the load.
    load: usize,
    size: u8,
    table: u64,
    index: Id,
    /// Added to each entry.
    anchor: Anchor,
    signed: bool,
    shift: u8,
}

/// Resolves the `br` at the end of a block.
pub(crate) fn resolve(slicer: &mut Slicer<'_>, context: &Context<'_>, node: u32) -> Outcome {
    let br = slicer.nodes[node as usize].end - 1;
    let register = (slicer.code.words[br] >> 5 & 31) as u8;
    if matches!(register, 16 | 17) {
        // Indirect tail calls and stubs use these, so that the target may begin with `bti c`; jump tables never do.
        return Outcome::Opaque;
    }
    let target = slicer.before(node, br, Place::Reg(register));
    let Some(access) = access(slicer, target) else {
        return if involves_table(slicer, context, target, 12) {
            Outcome::Suspect
        } else {
            Outcome::Opaque
        };
    };
    if !context
        .image
        .is_read_only(access.table, u64::from(access.size))
    {
        return Outcome::Opaque;
    }
    let Some((load_pc, index_reg, index_is_w)) = index_register(slicer, node, &access) else {
        return Outcome::Suspect;
    };
    let bound = Bounds { slicer, steps: 256 }
        .bound(access.index, node, 0)
        .filter(|&last| last < MAX_ENTRIES);
    let next = context.made.partition_point(|&a| a <= access.table);
    let gap = context
        .made
        .get(next)
        .map_or(u64::MAX, |&a| a - access.table);
    let room = (gap / u64::from(access.size)).min(MAX_UNBOUNDED);
    // What a byte or halfword could be at most says little about the length of the table.
    let compared = bound.is_some_and(|last| last != 0xff && last != 0xffff);
    let limit = match bound {
        Some(last) if compared => last + 1,
        Some(last) => room.min(last + 1),
        None => room,
    };
    let mut targets = Vec::new();
    let mut good = 0;
    for i in 0..limit {
        let entry = entry(context.image, &access, i);
        match entry {
            // An index that never occurs may have any entry.
            Some(target) if compared => {
                good += u64::from(slicer.code.index(target).is_some());
                targets.push(target);
            }
            Some(target) if (context.inside)(target) => targets.push(target),
            _ if compared => return Outcome::Suspect,
            _ => break,
        }
    }
    let bounded = bound.is_some_and(|last| targets.len() as u64 == last + 1);
    if compared && good * 4 < limit * 3 {
        return Outcome::Suspect;
    }
    if targets.is_empty() || (!bounded && targets.len() < 2) {
        // A table of functions is no jump table.
        return if access.anchor == Anchor::None {
            Outcome::Opaque
        } else {
            Outcome::Suspect
        };
    }
    Outcome::Table(JumpTable {
        table: access.table,
        entry_size: access.size,
        targets,
        load_pc,
        index_reg,
        index_is_w,
        bounded,
    })
}

/// Where entry `i` leads.
fn entry(image: &GuestImage, access: &Access, i: u64) -> Option<u64> {
    let addr = access.table.checked_add(i * u64::from(access.size))?;
    if !image.is_read_only(addr, u64::from(access.size)) {
        return None;
    }
    let raw = match access.size {
        1 => u64::from(image.read_u8(addr)?),
        2 => u64::from(image.read_u16(addr)?),
        4 => u64::from(image.read_u32(addr)?),
        _ => image.pointer_at(addr)?,
    };
    let anchor = match access.anchor {
        Anchor::None => return Some(raw),
        Anchor::At(anchor) => anchor,
        Anchor::Entry => addr,
    };
    let bits = 64 - u32::from(access.size) * 8;
    let value = if access.signed {
        ((raw << bits) as i64 >> bits) as u64
    } else {
        raw
    };
    Some(anchor.wrapping_add(value << access.shift))
}

/// Matches a target expression.
fn access(slicer: &Slicer<'_>, target: Id) -> Option<Access> {
    if let Expr::Load {
        index,
        size: 8,
        addr,
    } = slicer.expr(target)
    {
        let (table, index_value) = table_index(slicer, addr, 8)?;
        return Some(Access {
            load: index,
            size: 8,
            table,
            index: index_value,
            anchor: Anchor::None,
            signed: false,
            shift: 0,
        });
    }
    let Expr::Add(a, b) = slicer.expr(target) else {
        return None;
    };
    let (term, anchor) = match (slicer.expr(a), slicer.expr(b)) {
        (_, Expr::Const(anchor)) => (a, Some(anchor)),
        (Expr::Const(anchor), _) => (b, Some(anchor)),
        _ if loads_from(slicer, b, a) => (b, None),
        _ if loads_from(slicer, a, b) => (a, None),
        _ => return None,
    };
    let (term, shift) = match slicer.expr(term) {
        Expr::Shl(inner, shift) => (inner, shift),
        _ => (term, 0),
    };
    let (term, extension) = match slicer.expr(term) {
        Expr::Sext(inner, bits) => (inner, Some((bits, true))),
        Expr::Zext(inner, bits) => (inner, Some((bits, false))),
        _ => (term, None),
    };
    let Expr::Load { index, size, addr } = slicer.expr(term) else {
        return None;
    };
    if size == 8 && extension.is_some() {
        return None;
    }
    let signed = matches!(extension, Some((bits, true)) if bits <= size * 8);
    let (table, index_value) = table_index(slicer, addr, size)?;
    Some(Access {
        load: index,
        size,
        table,
        index: index_value,
        anchor: anchor.map_or(Anchor::Entry, Anchor::At),
        signed,
        shift,
    })
}

/// Whether a value is loaded from an address, and extended.
fn loads_from(slicer: &Slicer<'_>, value: Id, from: Id) -> bool {
    match slicer.expr(value) {
        Expr::Load { addr, .. } => addr == from,
        Expr::Sext(inner, _) | Expr::Zext(inner, _) => loads_from(slicer, inner, from),
        _ => false,
    }
}

/// Splits an entry's address into the table and the index.
fn table_index(slicer: &Slicer<'_>, addr: Id, size: u8) -> Option<(u64, Id)> {
    let Expr::Add(a, b) = slicer.expr(addr) else {
        return None;
    };
    let (scaled, table) = match (slicer.expr(a), slicer.expr(b)) {
        (_, Expr::Const(table)) => (a, table),
        (Expr::Const(table), _) => (b, table),
        _ => return None,
    };
    match slicer.expr(scaled) {
        Expr::Shl(index, shift) if 1 << shift == size => Some((table, index)),
        _ if size == 1 => Some((table, scaled)),
        _ => None,
    }
}

/// Whether an expression loads from an address that has a constant read-only part.
fn involves_table(slicer: &Slicer<'_>, context: &Context<'_>, id: Id, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    let any = |id| involves_table(slicer, context, id, depth - 1);
    match slicer.expr(id) {
        Expr::Load { addr, size, .. } => match slicer.expr(addr) {
            Expr::Add(a, b) => [a, b].iter().any(|&part| match slicer.expr(part) {
                // A table of functions, or of records with functions, is no jump table.
                Expr::Const(c) if size == 8 => (0..8).any(|i| {
                    context
                        .image
                        .pointer_at(c + 8 * i)
                        .is_some_and(context.inside)
                }),
                Expr::Const(c) => context.image.is_read_only(c, 1),
                _ => any(part),
            }),
            _ => false,
        },
        Expr::Add(a, b) | Expr::Sub(a, b) => any(a) || any(b),
        Expr::Shl(a, _)
        | Expr::Shr(a, _)
        | Expr::And(a, _)
        | Expr::Zext(a, _)
        | Expr::Sext(a, _) => any(a),
        Expr::Const(_) | Expr::Def(..) | Expr::Entry(..) => false,
    }
}

/// A point in the `br`'s block, and the register that holds the index there.
fn index_register(slicer: &mut Slicer<'_>, node: u32, access: &Access) -> Option<(u64, u8, bool)> {
    let (first, end) = (
        slicer.nodes[node as usize].first,
        slicer.nodes[node as usize].end,
    );
    let matches = |slicer: &mut Slicer<'_>, at: usize, r: u8| {
        let value = slicer.before(node, at, Place::Reg(r));
        if value == access.index {
            return Some(false);
        }
        let low = slicer.extend(
            value,
            Extend {
                bits: 32,
                signed: false,
            },
        );
        (low == access.index).then_some(true)
    };
    if (first..end).contains(&access.load) {
        // Usually the load names it.
        if let Shape::Load {
            operand: Operand::Reg { rm, extend, .. },
            ..
        } = shape(slicer.code.words[access.load], 0)
        {
            let known = if rm == 31 {
                None
            } else {
                matches(slicer, access.load, rm)
            };
            // A sign-extended w index is the same number when it is bounded, and no index at all when it is negative.
            let signed = rm != 31 && extend.bits == 32 && extend.signed;
            if known.is_some() || signed {
                return Some((slicer.code.addr(access.load), rm, known.unwrap_or(true)));
            }
        }
    }
    let last = access.load.clamp(first, end - 1);
    for at in [last, first] {
        for r in 0..31 {
            if let Some(w) = matches(slicer, at, r) {
                return Some((slicer.code.addr(at), r, w));
            }
        }
    }
    None
}

/// Finds upper bounds of values.
struct Bounds<'s, 'a> {
    slicer: &'s mut Slicer<'a>,
    steps: u32,
}

impl Bounds<'_, '_> {
    /// The largest number that `value` can be in a block, if known.
    fn bound(&mut self, value: Id, node: u32, depth: u32) -> Option<u64> {
        self.steps = self.steps.checked_sub(1)?;
        let own = self.intrinsic(value, 8);
        // Above its definition a value means nothing, or that of the last iteration.
        if self.defined_in(value, node, 8) {
            return own;
        }
        let Some(on_paths) = self.on_paths(value, node, depth) else {
            return own;
        };
        Some(own.map_or(on_paths, |own| own.min(on_paths)))
    }

    /// What an expression says by itself.
    fn intrinsic(&self, value: Id, depth: u32) -> Option<u64> {
        if depth == 0 {
            return None;
        }
        match self.slicer.expr(value) {
            Expr::Const(value) => Some(value),
            Expr::Load { size, .. } if size < 4 => Some((1 << (size * 8)) - 1),
            Expr::And(_, mask) => Some(mask),
            Expr::Zext(inner, bits) if bits < 32 => {
                let own = (1u64 << bits) - 1;
                Some(self.intrinsic(inner, depth - 1).map_or(own, |b| b.min(own)))
            }
            Expr::Zext(inner, 32) => self.intrinsic(inner, depth - 1).filter(|&b| b < 1 << 32),
            Expr::Shr(inner, shift) => match self.slicer.expr(inner) {
                Expr::Zext(_, bits) => Some(((1u64 << bits) - 1) >> shift),
                _ => Some(u64::MAX >> shift),
            },
            _ => None,
        }
    }

    /// What the branches on the way to the block say: the largest of all ways.
    fn on_paths(&mut self, value: Id, node: u32, depth: u32) -> Option<u64> {
        if depth > 24 {
            return None;
        }
        let nodes = self.slicer.nodes;
        let preds = &nodes[node as usize].preds;
        if nodes[node as usize].open || preds.is_empty() || preds.len() > 16 {
            return None;
        }
        let mut largest = None;
        for &pred in preds {
            // A value that begins here is that of the predecessor's end there.
            let there = match self.slicer.expr(value) {
                Expr::Entry(n, place) if n == node => self.slicer.at_end(pred, place),
                Expr::Zext(inner, bits) => match self.slicer.expr(inner) {
                    Expr::Entry(n, place) if n == node => {
                        let inner = self.slicer.at_end(pred, place);
                        self.slicer.extend(
                            inner,
                            Extend {
                                bits,
                                signed: false,
                            },
                        )
                    }
                    _ => value,
                },
                _ => value,
            };
            let by_edge = self.edge(there, pred, node);
            let further = if by_edge.is_some() {
                None
            } else {
                self.bound(there, pred, depth + 1)
            };
            let bound = match (by_edge, further) {
                (Some(a), Some(b)) => a.min(b),
                (a, b) => a.or(b)?,
            };
            largest = Some(largest.map_or(bound, |l: u64| l.max(bound)));
        }
        largest
    }

    /// Whether an opaque part of a value is defined in a block.
    fn defined_in(&self, value: Id, node: u32, depth: u32) -> bool {
        if depth == 0 {
            return true;
        }
        match self.slicer.expr(value) {
            Expr::Def(index, _) | Expr::Load { index, .. } => {
                self.slicer.node_of(index) == Some(node)
            }
            Expr::Zext(a, _)
            | Expr::Sext(a, _)
            | Expr::And(a, _)
            | Expr::Shl(a, _)
            | Expr::Shr(a, _) => self.defined_in(a, node, depth - 1),
            Expr::Add(a, b) | Expr::Sub(a, b) => {
                self.defined_in(a, node, depth - 1) || self.defined_in(b, node, depth - 1)
            }
            Expr::Entry(..) | Expr::Const(_) => false,
        }
    }

    /// The bound that holds on the edge from `pred` to `node`.
    fn edge(&mut self, value: Id, pred: u32, node: u32) -> Option<u64> {
        let slicer = &mut *self.slicer;
        let from = &slicer.nodes[pred as usize];
        let branch = from.end - 1;
        let word = slicer.code.words[branch];
        if slicer.code.class[branch] != Class::Cond || word >> 24 != 0x54 || from.taken == from.next
        {
            return None;
        }
        // The condition that holds on this edge.
        let cond = (word & 0xf) as u8 ^ u8::from(from.taken != Some(node));
        let (at, compare) = last_compare(slicer, pred, branch)?;
        if compare.1.is_some_and(|nzcv| holds(cond, nzcv)) {
            return None;
        }
        let compare = compare.0;
        let left = slicer.operand_before(
            at.0,
            at.1,
            Operand::Reg {
                rm: compare.rn,
                extend: Extend {
                    bits: 64,
                    signed: false,
                },
                shift: 0,
            },
            compare.wide,
        );
        let right = slicer.operand_before(at.0, at.1, compare.operand, compare.wide);
        let Expr::Const(limit) = slicer.expr(right) else {
            return None;
        };
        let low = slicer.extend(
            left,
            Extend {
                bits: 32,
                signed: false,
            },
        );
        if left != value && low != value {
            return None;
        }
        let small = self.intrinsic(left, 8).is_some_and(|b| b < 1 << 31);
        match cond {
            // ls, eq; le when both are not negative.
            9 | 0 => Some(limit),
            13 if small && limit < 1 << 31 => Some(limit),
            // lo; lt.
            3 => limit.checked_sub(1),
            11 if small && limit < 1 << 31 => limit.checked_sub(1),
            _ => None,
        }
    }
}

type At = (u32, usize);

/// The compare whose flags a branch tests: in its block, or above through only predecessors.
fn last_compare(
    slicer: &mut Slicer<'_>,
    mut node: u32,
    branch: usize,
) -> Option<(At, (Compare, Option<u8>))> {
    let mut index = branch;
    for _ in 0..8 {
        let first = slicer.nodes[node as usize].first;
        while index > first {
            index -= 1;
            *slicer.budget = slicer.budget.checked_sub(1)?;
            if matches!(
                slicer.code.class[index],
                Class::Call | Class::CallIndirect | Class::Syscall
            ) {
                return None;
            }
            match flags(slicer.code.words[index]) {
                Flags::Kept => {}
                Flags::Compared(compare) if compare.sp && compare.rn == 31 => return None,
                Flags::Compared(compare) => {
                    return Some(((node, index), (compare, compare.otherwise)));
                }
                Flags::Changed => return None,
            }
        }
        let ([pred], false) = (
            &slicer.nodes[node as usize].preds[..],
            slicer.nodes[node as usize].open,
        ) else {
            return None;
        };
        let pred = *pred;
        node = pred;
        index = slicer.nodes[node as usize].end;
    }
    None
}
