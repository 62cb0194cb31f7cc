//! Data processing, immediate (C4.1.93).

use crate::{
    builder::Builder,
    operands::{Amount, GprSp, Imm, Width},
    row::instructions,
};

instructions! {
    class "Data processing, immediate";

    add_imm "sf 0 0 100010 sh imm12:12 Rn:5 Rd:5" "add {Rd}, {Rn}, #{imm12}{sh}" (sf, sh, imm12, Rn, Rd)
        { "mov {Rd}, {Rn}" if (is_mov_sp) };
}

/// `add` with zero to or from the stack pointer is a move.
fn is_mov_sp(word: u32) -> bool {
    word >> 10 & 0x1fff == 0 && (word & 31 == 31 || word >> 5 & 31 == 31)
}

fn add_imm<B: Builder>(b: &mut B, sf: Width, sh: Amount<1, 12>, imm12: Imm<12>, rn: GprSp, rd: GprSp) {
    let imm = imm12.0 << sh.bits();
    match sf {
        Width::X => {
            let (n, k) = (rn.x(b), b.i64_const(imm.into()));
            let sum = b.i64_add(n, k);
            rd.set_x(b, sum);
        }
        Width::W => {
            let (n, k) = (rn.w(b), b.i32_const(imm));
            let sum = b.i32_add(n, k);
            rd.set_w(b, sum);
        }
    }
}
