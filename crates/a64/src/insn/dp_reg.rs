//! Data processing, register.

use crate::{builder::Builder, operands::*, row::instructions};

instructions! {
    class "Data processing, register";

    add_shifted "sf 0 0 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "add {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (|w| w >> 22 & 3 != 3);
}

fn add_shifted<B: Builder>(b: &mut B, _sf: Width, _shift: ShiftKind, _rm: Gpr, _imm6: Imm<6>, _rn: Gpr, _rd: Gpr) {let _ = b.pc();}
