//! Floating-point comparison and selection, C4.1.96. The signalling forms differ in FPSR only: quiet NaNs are invalid, too.

use super::{
    half::F16,
    scalar::{self, F32, F64, Precision, c32},
};
use crate::{
    builder::Builder,
    operands::{Cond, Imm, Vreg},
    row::instructions,
};

instructions! {
    class "Floating-point compare and select";
    fcmp_s "00011110 00 1 Rm:5 001000 Rn:5 00000" "fcmp {Rn:s}, {Rm:s}" (Rm, Rn) => compare<F32, false> feature (Fp);
    fcmp_d "00011110 01 1 Rm:5 001000 Rn:5 00000" "fcmp {Rn:d}, {Rm:d}" (Rm, Rn) => compare<F64, false> feature (Fp);
    fcmp_zero_s "00011110 00 1 ----- 001000 Rn:5 01000" "fcmp {Rn:s}, #0.0" (Rn) => compare_zero<F32, false> feature (Fp);
    fcmp_zero_d "00011110 01 1 ----- 001000 Rn:5 01000" "fcmp {Rn:d}, #0.0" (Rn) => compare_zero<F64, false> feature (Fp);
    fcmpe_s "00011110 00 1 Rm:5 001000 Rn:5 10000" "fcmpe {Rn:s}, {Rm:s}" (Rm, Rn) => compare<F32, true> feature (Fp);
    fcmpe_d "00011110 01 1 Rm:5 001000 Rn:5 10000" "fcmpe {Rn:d}, {Rm:d}" (Rm, Rn) => compare<F64, true> feature (Fp);
    fcmpe_zero_s "00011110 00 1 ----- 001000 Rn:5 11000" "fcmpe {Rn:s}, #0.0" (Rn) => compare_zero<F32, true> feature (Fp);
    fcmpe_zero_d "00011110 01 1 ----- 001000 Rn:5 11000" "fcmpe {Rn:d}, #0.0" (Rn) => compare_zero<F64, true> feature (Fp);
    fccmp_s "00011110 00 1 Rm:5 cond:4 01 Rn:5 0 nzcv:4" "fccmp {Rn:s}, {Rm:s}, #{nzcv:x}, {cond}" (Rm, cond, Rn, nzcv) => conditional_compare<F32, false> feature (Fp);
    fccmp_d "00011110 01 1 Rm:5 cond:4 01 Rn:5 0 nzcv:4" "fccmp {Rn:d}, {Rm:d}, #{nzcv:x}, {cond}" (Rm, cond, Rn, nzcv) => conditional_compare<F64, false> feature (Fp);
    fccmpe_s "00011110 00 1 Rm:5 cond:4 01 Rn:5 1 nzcv:4" "fccmpe {Rn:s}, {Rm:s}, #{nzcv:x}, {cond}" (Rm, cond, Rn, nzcv) => conditional_compare<F32, true> feature (Fp);
    fccmpe_d "00011110 01 1 Rm:5 cond:4 01 Rn:5 1 nzcv:4" "fccmpe {Rn:d}, {Rm:d}, #{nzcv:x}, {cond}" (Rm, cond, Rn, nzcv) => conditional_compare<F64, true> feature (Fp);
    fcsel_s "00011110 00 1 Rm:5 cond:4 11 Rn:5 Rd:5" "fcsel {Rd:s}, {Rn:s}, {Rm:s}, {cond}" (Rm, cond, Rn, Rd) => select<F32> feature (Fp);
    fcsel_d "00011110 01 1 Rm:5 cond:4 11 Rn:5 Rd:5" "fcsel {Rd:d}, {Rn:d}, {Rm:d}, {cond}" (Rm, cond, Rn, Rd) => select<F64> feature (Fp);
    fcmp_h "00011110 11 1 Rm:5 001000 Rn:5 00000" "fcmp {Rn:h}, {Rm:h}" (Rm, Rn) => compare<F16, false> feature (Fp16);
    fcmp_zero_h "00011110 11 1 ----- 001000 Rn:5 01000" "fcmp {Rn:h}, #0.0" (Rn) => compare_zero<F16, false> feature (Fp16);
    fcmpe_h "00011110 11 1 Rm:5 001000 Rn:5 10000" "fcmpe {Rn:h}, {Rm:h}" (Rm, Rn) => compare<F16, true> feature (Fp16);
    fcmpe_zero_h "00011110 11 1 ----- 001000 Rn:5 11000" "fcmpe {Rn:h}, #0.0" (Rn) => compare_zero<F16, true> feature (Fp16);
    fccmp_h "00011110 11 1 Rm:5 cond:4 01 Rn:5 0 nzcv:4" "fccmp {Rn:h}, {Rm:h}, #{nzcv:x}, {cond}" (Rm, cond, Rn, nzcv) => conditional_compare<F16, false> feature (Fp16);
    fccmpe_h "00011110 11 1 Rm:5 cond:4 01 Rn:5 1 nzcv:4" "fccmpe {Rn:h}, {Rm:h}, #{nzcv:x}, {cond}" (Rm, cond, Rn, nzcv) => conditional_compare<F16, true> feature (Fp16);
    fcsel_h "00011110 11 1 Rm:5 cond:4 11 Rn:5 Rd:5" "fcsel {Rd:h}, {Rn:h}, {Rm:h}, {cond}" (Rm, cond, Rn, Rd) => select<F16> feature (Fp16);
}

/// FCMP, FCMPE.
fn compare<B: Builder, P: Precision<B>, const SIGNALS: bool>(b: &mut B, rm: Vreg, rn: Vreg) {
    let x = P::read(b, rn.0);
    let y = P::read(b, rm.0);
    let flags = scalar::compare::<P, B>(b, SIGNALS, x, y);
    b.set_nzcv(flags);
}

/// FCMP, FCMPE with zero.
fn compare_zero<B: Builder, P: Precision<B>, const SIGNALS: bool>(b: &mut B, rn: Vreg) {
    let x = P::read(b, rn.0);
    let zero = P::number(b, 0.0);
    let flags = scalar::compare::<P, B>(b, SIGNALS, x, zero);
    b.set_nzcv(flags);
}

/// FCCMP, FCCMPE.
fn conditional_compare<B: Builder, P: Precision<B>, const SIGNALS: bool>(b: &mut B, rm: Vreg, cond: Cond, rn: Vreg, nzcv: Imm<4>) {
    let mut x = P::read(b, rn.0);
    let mut y = P::read(b, rm.0);
    let flags = b.nzcv();
    let holds = b.cond(flags, cond.0);
    if b.exact() {
        // Nothing is raised unless it compares.
        let zero = P::number(b, 0.0);
        x = P::select(b, holds, x, zero);
        y = P::select(b, holds, y, zero);
    }
    let compared = scalar::compare::<P, B>(b, SIGNALS, x, y);
    let otherwise = c32(b, nzcv.0);
    let flags = b.select_i32(holds, compared, otherwise);
    b.set_nzcv(flags);
}

/// FCSEL.
fn select<B: Builder, P: Precision<B>>(b: &mut B, rm: Vreg, cond: Cond, rn: Vreg, rd: Vreg) {
    let flags = b.nzcv();
    let holds = b.cond(flags, cond.0);
    let x = P::read(b, rn.0);
    let y = P::read(b, rm.0);
    let result = P::select(b, holds, x, y);
    P::write(b, rd.0, result);
}
