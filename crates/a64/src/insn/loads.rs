//! Loads and stores.

use crate::{builder::Builder, operands::*, row::instructions};

instructions! {
    class "Loads and stores";

    ldr_x_unsigned "1111100101 imm12:12 Rn:5 Rt:5" "ldr {Rt}, [{Rn}, #{imm12:*8}]" (imm12, Rn, Rt);
}

fn ldr_x_unsigned<B: Builder>(b: &mut B, imm12: Imm<12>, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let value = b.i64_load(base, i64::from(imm12.0) * 8);
    rt.set_x(b, value);
}
