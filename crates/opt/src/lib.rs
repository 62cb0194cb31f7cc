//! IR → IR, one file per pass.
//!
//! [`optimize`] runs the passes in the order that [`OptLevel`] says. Each pass takes time about linear in the function and leaves it valid, apart from aliases
//! ([`ValueDef::Alias`](elfconv_ir::ValueDef::Alias)), which [`Function::compact`] resolves at the end.

#![forbid(unsafe_code)]

mod branches;
mod dce;
mod inline;
mod nans;
mod narrow;
mod params;
mod recursion;
mod resumed;
mod simplify;
mod sink;
mod splice;
mod users;

pub use branches::simplify_branches;
pub use dce::remove_dead;
pub use inline::{FastPath, fast_path, inline};
pub use nans::settle_nans;
pub use narrow::narrow;
pub use params::remove_trivial_params;
pub use recursion::unroll_recursion;
pub use resumed::split_resumed;
pub use simplify::simplify;
pub use sink::sink;

use elfconv_ir::{Function, Value};

/// How much to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum OptLevel {
    /// Only what SSA construction leaves over: dead code, most of all dead flags; and what has to be, [`settle_nans`].
    O0,
    /// One round of simplification.
    O1,
    /// Narrowing and a second round.
    #[default]
    O2,
}

/// Tells conditions that are known where a function is called by compiled code.
pub type Decided<'a> = &'a dyn Fn(&Function, Value) -> Option<bool>;

/// A pass.
pub type Pass = fn(&mut Function);

/// The passes by name, as tests call them.
pub const PASSES: &[(&str, Pass)] = &[
    ("branches", simplify_branches),
    ("dce", remove_dead),
    ("nans", settle_nans),
    ("narrow", narrow),
    ("params", remove_trivial_params),
    ("resumed", split_resumed),
    ("simplify", simplify),
    ("sink", sink),
];

/// Optimises one function and numbers its values in order.
pub fn optimize(f: &mut Function, level: OptLevel) {
    remove_trivial_params(f);
    if level >= OptLevel::O1 {
        simplify(f);
        remove_dead(f);
        simplify_branches(f);
    }
    if level >= OptLevel::O2 {
        split_resumed(f);
        remove_trivial_params(f);
        narrow(f);
        simplify(f);
    }
    remove_dead(f);
    settle_nans(f);
    if level >= OptLevel::O1 {
        simplify_branches(f);
        sink(f);
    }
    f.compact();
}
