//! Constant folding: arithmetic on expressions, whose results are constants or simpler expressions where that is known.

use super::{Expr, Id, Slicer};
use crate::shape::Extend;

impl Slicer<'_> {
    pub(super) fn add(&mut self, a: Id, b: Id) -> Id {
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

    pub(super) fn shl(&mut self, a: Id, shift: u8) -> Id {
        match self.expr(a) {
            _ if shift == 0 => a,
            Expr::Const(value) => self.number(Expr::Const(value << shift)),
            _ => self.number(Expr::Shl(a, shift)),
        }
    }

    pub(super) fn and(&mut self, a: Id, mask: u64) -> Id {
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
