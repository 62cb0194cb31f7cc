//! Advanced SIMD and floating-point loads and stores.

use crate::{
    builder::Builder,
    operands::{GprSp, Imm, Vreg},
    row::instructions,
};

instructions! {
    class "Loads and stores, SIMD and FP";

    ldr_q_unsigned "0011110111 imm12:12 Rn:5 Rt:5" "ldr {Rt:q}, [{Rn}, #{imm12:*16}]" (imm12, Rn, Rt) feature (Fp);
}

fn ldr_q_unsigned<B: Builder>(b: &mut B, imm12: Imm<12>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    let value = b.v128_load(base, i64::from(imm12.0) * 16);
    b.set_v(rt.0, value);
}
