//! Scalar floating point.

use crate::{builder::Builder, operands::Vreg, row::instructions};

instructions! {
    class "Scalar floating point";

    fadd_d "00011110011 Rm:5 001010 Rn:5 Rd:5" "fadd {Rd:d}, {Rn:d}, {Rm:d}" (Rm, Rn, Rd) feature (Fp);
}

fn fadd_d<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (n, m) = (b.d(rn.0), b.d(rm.0));
    let sum = b.f64_add(n, m);
    b.set_d(rd.0, sum);
}
