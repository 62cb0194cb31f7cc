//! Advanced SIMD permutation, extraction and table look-up, C4.1.96.

use super::{
    lane::{self, Lane},
    shape::{count, not_1d, set},
};
use crate::{
    builder::Builder,
    operands::{I, Imm, LaneField, Q, VList, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD permute, extract, table";
    uzp1_v "0 Q 001110 size:2 0 Rm:5 0 001 10 Rn:5 Rd:5" "uzp1 {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => unzip<0> if (not_1d) feature (AdvSimd);
    trn1_v "0 Q 001110 size:2 0 Rm:5 0 010 10 Rn:5 Rd:5" "trn1 {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => transpose<0> if (not_1d) feature (AdvSimd);
    zip1_v "0 Q 001110 size:2 0 Rm:5 0 011 10 Rn:5 Rd:5" "zip1 {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => zip<0> if (not_1d) feature (AdvSimd);
    uzp2_v "0 Q 001110 size:2 0 Rm:5 0 101 10 Rn:5 Rd:5" "uzp2 {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => unzip<1> if (not_1d) feature (AdvSimd);
    trn2_v "0 Q 001110 size:2 0 Rm:5 0 110 10 Rn:5 Rd:5" "trn2 {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => transpose<1> if (not_1d) feature (AdvSimd);
    zip2_v "0 Q 001110 size:2 0 Rm:5 0 111 10 Rn:5 Rd:5" "zip2 {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => zip<1> if (not_1d) feature (AdvSimd);
    ext_16b "0 1 101110 00 0 Rm:5 0 imm4:4 0 Rn:5 Rd:5" "ext {Rd:.16b}, {Rn:.16b}, {Rm:.16b}, #{imm4}" (Rm, imm4, Rn, Rd) feature (AdvSimd);
    ext_8b "0 0 101110 00 0 Rm:5 0 0 imm3:3 0 Rn:5 Rd:5" "ext {Rd:.8b}, {Rn:.8b}, {Rm:.8b}, #{imm3}" (Rm, imm3, Rn, Rd) feature (AdvSimd);
    tbl_1 "0 Q 001110 00 0 Rm:5 0 00 0 00 Rn:5 Rd:5" "tbl {Rd:T}, {Rn:1.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<1, false> feature (AdvSimd);
    tbl_2 "0 Q 001110 00 0 Rm:5 0 01 0 00 Rn:5 Rd:5" "tbl {Rd:T}, {Rn:2.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<2, false> feature (AdvSimd);
    tbl_3 "0 Q 001110 00 0 Rm:5 0 10 0 00 Rn:5 Rd:5" "tbl {Rd:T}, {Rn:3.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<3, false> feature (AdvSimd);
    tbl_4 "0 Q 001110 00 0 Rm:5 0 11 0 00 Rn:5 Rd:5" "tbl {Rd:T}, {Rn:4.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<4, false> feature (AdvSimd);
    tbx_1 "0 Q 001110 00 0 Rm:5 0 00 1 00 Rn:5 Rd:5" "tbx {Rd:T}, {Rn:1.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<1, true> feature (AdvSimd);
    tbx_2 "0 Q 001110 00 0 Rm:5 0 01 1 00 Rn:5 Rd:5" "tbx {Rd:T}, {Rn:2.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<2, true> feature (AdvSimd);
    tbx_3 "0 Q 001110 00 0 Rm:5 0 10 1 00 Rn:5 Rd:5" "tbx {Rd:T}, {Rn:3.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<3, true> feature (AdvSimd);
    tbx_4 "0 Q 001110 00 0 Rm:5 0 11 1 00 Rn:5 Rd:5" "tbx {Rd:T}, {Rn:4.16b}, {Rm:T}" (Q, Rm, Rn, Rd) => table<4, true> feature (AdvSimd);
}

/// UZP1, UZP2.
fn unzip<B: Builder, const PART: usize>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = lane::unzip(b, size.lane(), count(q, size.lane()), x, y, PART);
    set(b, q, rd, result);
}

/// TRN1, TRN2.
fn transpose<B: Builder, const PART: usize>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let n = size.lane().count();
    let result = lane::shuffle(b, size.lane(), x, y, |i| (i & !1) + PART + if i % 2 == 1 { n } else { 0 });
    set(b, q, rd, result);
}

/// ZIP1, ZIP2.
fn zip<B: Builder, const PART: usize>(b: &mut B, q: Q, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let n = size.lane().count();
    let from = PART * count(q, size.lane()) / 2;
    let result = lane::shuffle(b, size.lane(), x, y, |i| (from + i / 2) % n + if i % 2 == 1 { n } else { 0 });
    set(b, q, rd, result);
}

/// EXT, 128 bits.
fn ext_16b<B: Builder>(b: &mut B, rm: Vreg, imm4: Imm<4>, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = lane::shuffle(b, Lane::B, x, y, |i| i + imm4.0 as usize);
    b.set_v(rd.0, result);
}

/// EXT, 64 bits.
fn ext_8b<B: Builder>(b: &mut B, rm: Vreg, imm3: Imm<3>, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = lane::shuffle(b, Lane::B, x, y, |i| {
        let from = i % 8 + imm3.0 as usize;
        if from < 8 { from } else { from + 8 }
    });
    set(b, Q(false), rd, result);
}

/// TBL, and with `KEEP` TBX, which leaves the bytes whose index is outside.
fn table<B: Builder, const N: u8, const KEEP: bool>(b: &mut B, q: Q, rm: Vreg, rn: VList, rd: Vreg) {
    let index = b.v(rm.0);
    // A swizzle gives zero for an index outside its register; indices are moved down for the next ones, and wrap to above 15 when they are below.
    let table = b.v(rn.reg(0));
    let mut result = b.i8x16_swizzle(table, index);
    for i in 1..N {
        let table = b.v(rn.reg(i));
        let first = lane::constant(b, Lane::B, u64::from(i) * 16);
        let index = b.i8x16_sub(index, first);
        let found = b.i8x16_swizzle(table, index);
        result = b.v128_or(result, found);
    }
    if KEEP {
        let last = lane::constant(b, Lane::B, u64::from(N) * 16 - 1);
        let outside = b.i8x16_gt_u(index, last);
        let old = b.v(rd.0);
        result = b.v128_bitselect(old, result, outside);
    }
    set(b, q, rd, result);
}
