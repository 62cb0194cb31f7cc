//! Checks of bases, in programs that expect faults.
//!
//! A bad access in compiled code is a trap, which a module cannot catch. So before an access through a register that is below the first page, compiled code leaves, and the interpreter raises the
//! fault with the whole state; on request also through one above 4 GiB. A value is checked once on a path of blocks with one predecessor each. Addresses between the end of memory and 4 GiB, and pages without access, are
//! not seen here.

use elfconv_ir::{Opcode, Reg, Terminator, Type, Value};

use super::{Build, edge_to};
use crate::{abs::Abs, summary::FunctionSummary};

/// Bases below are bad; nothing is ever mapped there. Compilers that rely on faults check by themselves where an offset may lead farther.
const LIMIT: u64 = 4096;

/// Functions with a load whose result nobody reads. Go's compiler checks a pointer in this way before it computes with it, in one function of twenty; elsewhere only code that reads tables to have them in
/// the cache does so, or memory of devices, in one of two hundred at most (libgcrypt). So a program expects faults if it has so many such functions,
const LEAST: usize = 16;
/// and one in so many.
const ONE_IN: usize = 50;

/// What is checked of a base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Checks {
    /// Nothing.
    None,
    /// It is not below [`LIMIT`].
    Null,
    /// Nor above 4 GiB.
    Range,
}

/// What a program expects.
pub fn expected(summaries: &[FunctionSummary]) -> Checks {
    let probing = summaries.iter().filter(|s| s.probes).count();
    match probing >= LEAST && probing * ONE_IN >= summaries.len() {
        true => Checks::Null,
        false => Checks::None,
    }
}

/// The register, other than sp, that a load or store takes its address from.
pub(super) fn base(word: u32) -> Option<Reg> {
    let accesses = word >> 25 & 0b0101 == 0b0100;
    let literal = word & 0x3b00_0000 == 0x1800_0000;
    let base = (word >> 5 & 31) as u8;
    (accesses && !literal && base != 31).then_some(Reg::x(base))
}

impl Build<'_> {
    /// Before the access at `pc` through `base`: leave if it will fault.
    pub(super) fn check(&mut self, base: Reg, pc: u64) {
        let value = self.r.value_as(base, Type::I64);
        let known = match self.r.abs(value) {
            Abs::Sp(_) => true,
            Abs::Const(c) => c as u64 >= LIMIT,
            _ => false,
        };
        if known || !self.checks.insert(value) {
            return;
        }
        let limit = self.r.constant(Type::I64, LIMIT.into());
        let bad = match self.ctx.checks {
            Checks::Range => {
                let above = self.r.op(Opcode::I64Sub, [value, limit, Value(0)], 0);
                let span = self.r.constant(Type::I64, ((1 << 32) - LIMIT).into());
                self.r.op(Opcode::I64GeU, [above, span, Value(0)], 0)
            }
            _ => self.r.op(Opcode::I64LtU, [value, limit, Value(0)], 0),
        };
        let (leaves, goes_on) = (self.extra_block(), self.extra_block());
        self.terminate(Terminator::Branch {
            cond: bad,
            then: edge_to(leaves),
            otherwise: edge_to(goes_on),
        });
        let here = self.r.map.clone();
        self.r.block = leaves;
        self.leave_to(pc);
        self.r.map = here;
        self.r.block = goes_on;
    }
}
