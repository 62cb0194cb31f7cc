//! Advanced SIMD modified immediate, C4.1.96: constants moved to, or combined with, all lanes.

use super::{
    lane::{self, Lane},
    shape::set,
};
use crate::{
    builder::Builder,
    operands::{Imm, ImmHigh, Q, Vreg, expand_immediate},
    row::instructions,
};

instructions! {
    class "Advanced SIMD modified immediate";
    modified_immediate "0 Q op 0111100000 abc:3 cmode:4 0 1 defgh:5 Rd:5" "fmov {Rd:.2d}, {abc:f}" (Q, op, abc, cmode, defgh, Rd) if (allocated) over (sshr_imm_v, ssra_imm_v, srshr_imm_v, srsra_imm_v, ushr_imm_v, usra_imm_v, urshr_imm_v, ursra_imm_v, sri_imm_v, shl_imm_v, sli_imm_v, sqshlu_imm_v, sqshl_imm_v, uqshl_imm_v, shrn_v, sqshrun_v, sqshrn_v, uqshrn_v, sshll_v, ushll_v, scvtf_fixed_v, ucvtf_fixed_v) feature (AdvSimd)
        { "movi {Rd:As}, {abc:i}" if (movi_s), "orr {Rd:As}, {abc:i}" if (orr_s), "movi {Rd:Ah}, {abc:i}" if (movi_h), "orr {Rd:Ah}, {abc:i}" if (orr_h), "movi {Rd:As}, {abc:msl}" if (movi_msl), "movi {Rd:Ab}, {abc:i}" if (movi_b), "fmov {Rd:As}, {abc:f}" if (fmov_s), "mvni {Rd:As}, {abc:i}" if (mvni_s), "bic {Rd:As}, {abc:i}" if (bic_s), "mvni {Rd:Ah}, {abc:i}" if (mvni_h), "bic {Rd:Ah}, {abc:i}" if (bic_h), "mvni {Rd:As}, {abc:msl}" if (mvni_msl), "movi {Rd:d}, {abc:x64}" if (movi_d), "movi {Rd:.2d}, {abc:x64}" if (movi_2d) };
}

/// `op:cmode`.
fn form(word: u32) -> u32 {
    (word >> 29 & 1) << 4 | word >> 12 & 15
}

fn movi_s(word: u32) -> bool {
    form(word) & 0b11001 == 0b00000
}

fn orr_s(word: u32) -> bool {
    form(word) & 0b11001 == 0b00001
}

fn movi_h(word: u32) -> bool {
    form(word) & 0b11101 == 0b01000
}

fn orr_h(word: u32) -> bool {
    form(word) & 0b11101 == 0b01001
}

fn movi_msl(word: u32) -> bool {
    form(word) & 0b11110 == 0b01100
}

fn movi_b(word: u32) -> bool {
    form(word) & 0b11111 == 0b01110
}

fn fmov_s(word: u32) -> bool {
    form(word) & 0b11111 == 0b01111
}

fn mvni_s(word: u32) -> bool {
    form(word) & 0b11001 == 0b10000
}

fn bic_s(word: u32) -> bool {
    form(word) & 0b11001 == 0b10001
}

fn mvni_h(word: u32) -> bool {
    form(word) & 0b11101 == 0b11000
}

fn bic_h(word: u32) -> bool {
    form(word) & 0b11101 == 0b11001
}

fn mvni_msl(word: u32) -> bool {
    form(word) & 0b11110 == 0b11100
}

fn movi_d(word: u32) -> bool {
    form(word) == 0b11110 && word >> 30 & 1 == 0
}

fn movi_2d(word: u32) -> bool {
    form(word) == 0b11110 && word >> 30 & 1 == 1
}

/// One double-precision lane is not.
fn allocated(word: u32) -> bool {
    form(word) != 0b11111 || word >> 30 & 1 == 1
}

/// MOVI, MVNI, FMOV: the immediate (MVNI's is inverted). ORR, BIC: combined with the old value.
fn modified_immediate<B: Builder>(b: &mut B, q: Q, op: Imm<1>, abc: ImmHigh, cmode: Imm<4>, defgh: Imm<5>, rd: Vreg) {
    let invert = op.0 == 1;
    let value = expand_immediate(op.0, cmode.0, abc.0 << 5 | defgh.0);
    // Odd cmode below 12 combines.
    if cmode.0 < 12 && cmode.0 & 1 == 1 {
        let constant = lane::constant(b, Lane::D, value);
        let old = b.v(rd.0);
        let result = if invert { b.v128_andnot(old, constant) } else { b.v128_or(old, constant) };
        return set(b, q, rd, result);
    }
    let value = if invert && cmode.0 < 14 { !value } else { value };
    if q.0 {
        let constant = lane::constant(b, Lane::D, value);
        b.set_v(rd.0, constant);
    } else {
        // The usual way to load a zero or a small double: keep it a scalar.
        let constant = b.f64_const(value);
        b.set_d(rd.0, constant);
    }
}
