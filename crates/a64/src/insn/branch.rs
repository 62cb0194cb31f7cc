//! Branches.

use crate::{builder::Builder, operands::*, row::instructions};

instructions! {
    class "Branches";

    b "000101 imm26:26" "b {imm26:label}" (imm26);
}

fn b<B: Builder>(b: &mut B, imm26: SImm<26>) {
    let target = b.pc().wrapping_add_signed(i64::from(imm26.0) * 4);
    b.jump(target);
}
