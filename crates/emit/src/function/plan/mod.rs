//! Which values are locals and which are expressions.
//!
//! A value that is used once, in the block that defines it, is computed where it is used, if no instruction in between writes what its
//! computation reads: so the wasm operand stack holds what it can, and the code is trees. Constants are written anew at each use if they are
//! short. Everything else is in a local: block parameters, results of calls, values with several uses or used in another block or by a frame.
//! Values that no effect needs are not computed, neither are parameters that only feed themselves.
//!
//! The choice is made going backward through each block ([`walk`]). An instruction's *position* is twice its index, plus 2; values computed in place have the position
//! of the instruction in whose tree they are, so the uses of locals in a tree are at the tree's position. Uses by a frame are at the odd position after a call. The
//! lists of uses and definitions by position are what `locals` works on.
//!
//! Linear in the size of the function but for sorting each block's list. The depth of trees is limited, so that recursion over them is safe.

mod addresses;
mod uses;
mod walk;

use elfconv_ir::{Function, Inst, Type, Value};

use super::{
    cfg::{NONE, Order},
    frames::Reports,
};

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Nowhere: nothing needs it.
    Dead,
    /// A constant, written at each use.
    Constant(Inst),
    /// Computed at its only use.
    Tree(Inst),
    /// In a local.
    Local,
    /// Only its address is, in a local ([`Plan::address`]).
    Address,
}

/// What happens to a local at a position; in this order at the same one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum EventKind {
    /// Defined before the tree's last operand is read.
    EarlyDef,
    /// Read.
    Use,
    /// Defined after everything is read.
    Def,
}

/// A definition or use of a local.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Event {
    pub pos: u32,
    pub kind: EventKind,
    pub value: u32,
}

/// The choices for a function. Values beyond those of the function are addresses.
pub(crate) struct Plan {
    /// What each value stands for.
    pub resolved: Vec<Value>,
    /// What frames report.
    pub reports: Reports,
    pub place: Vec<Place>,
    pub live: Vec<bool>,
    /// The block of each value that is in a local.
    pub home: Vec<u32>,
    /// Events of each block, sorted.
    pub events: Vec<Vec<Event>>,
    /// The value that is the shared address of a base, or [`NONE`].
    pub address: Vec<u32>,
    /// Per block: bases of which the address is computed by code of its own, and the (odd) position before which that stands.
    pub hooks: Vec<Vec<(u32, Value)>>,
    /// Values that are no null pointers, so that accesses need no guard.
    pub never_null: Vec<bool>,
    /// The block parameter that a value is passed to, if any.
    pub passed_to: Vec<u32>,
    /// Number of values with the addresses.
    pub count: usize,
    /// Reachable blocks in reverse postorder.
    pub blocks: Vec<u32>,
    /// Their numbers, [`NONE`] for others.
    pub number: Vec<u32>,
}

/// The position of a block's instruction, or of its terminator.
pub(crate) fn position(index: usize) -> u32 {
    2 * index as u32 + 2
}

impl Plan {
    /// Makes the choices. `guard`: accesses have null guards, but those relative to `sp`.
    pub fn new(function: &Function, order: &Order, guard: bool, sp: Option<Value>) -> Plan {
        let is_block = |n: &u32| (*n as usize) < function.blocks.len();
        let blocks: Vec<u32> = order.nodes.iter().copied().filter(is_block).collect();
        let resolved = uses::resolve_all(function);
        let reports = Reports::new(function, &resolved, &blocks);
        let (needed, live) = uses::mark(function, &resolved, &reports, &blocks);
        let counts = uses::count_uses(function, &resolved, &reports, &blocks, &needed, &live);
        let never_null = match guard {
            true => addresses::never_null(function, &resolved, &blocks, sp),
            false => vec![true; function.values.len()],
        };
        let count = function.values.len();
        let mut plan = Plan {
            resolved,
            reports,
            place: vec![Place::Dead; count],
            live,
            home: vec![NONE; count],
            events: vec![Vec::new(); function.blocks.len()],
            address: vec![NONE; count],
            hooks: vec![Vec::new(); function.blocks.len()],
            never_null,
            passed_to: vec![NONE; count],
            count,
            blocks: Vec::new(),
            number: order.number.clone(),
        };
        uses::place_constants(function, &blocks, &counts.all, &mut plan);
        for &b in &blocks {
            for &param in &function.blocks[b as usize].params {
                if needed[param.index()] {
                    plan.place[param.index()] = Place::Local;
                    plan.home[param.index()] = b;
                }
            }
        }
        let mut walk = walk::Walk::new(function, plan, counts);
        blocks.iter().for_each(|b| walk.block(*b));
        let mut plan = walk.plan;
        walk.addresses.share(function, &mut plan, order);
        plan.blocks = blocks;
        plan
    }
}

/// The type of a value of the plan.
pub(crate) fn type_of(function: &Function, value: u32) -> Type {
    function
        .values
        .get(value as usize)
        .map_or(Type::I32, |v| v.ty)
}
