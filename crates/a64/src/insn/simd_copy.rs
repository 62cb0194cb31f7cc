//! Advanced SIMD copy, C4.1.96: lanes duplicated, inserted, and moved to general registers.
//!
//! The lowest 32 or 64 bits of a register may be held as a scalar, and are read as such.

use super::{
    lane::{self, Bytes, Doubles, Halves, Lane, Singles, Size},
    shape::{broadcast_register, extract, replace, set, set_scalar, splat_general},
};
use crate::{
    builder::Builder,
    operands::{Gpr, Imm, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD copy";
    dup_elem_b "0 Q 0 01110000 index:4 1 0 0000 1 Rn:5 Rd:5" "dup {Rd:Ab}, {Rn:.b}[{index}]" (Q, index, Rn, Rd) => dup_element<Bytes, 4> feature (AdvSimd);
    dup_gen_b "0 Q 0 01110000 ----1 0 0001 1 Rn:5 Rd:5" "dup {Rd:Ab}, {Rn:w}" (Q, Rn, Rd) => dup_general<Bytes> feature (AdvSimd);
    smov_w_b "0 0 0 01110000 index:4 1 0 0101 1 Rn:5 Rd:5" "smov {Rd:w}, {Rn:.b}[{index}]" (index, Rn, Rd) => move_signed<Bytes, false, 4> feature (AdvSimd);
    smov_x_b "0 1 0 01110000 index:4 1 0 0101 1 Rn:5 Rd:5" "smov {Rd:x}, {Rn:.b}[{index}]" (index, Rn, Rd) => move_signed<Bytes, true, 4> feature (AdvSimd);
    umov_b "0 0 0 01110000 index:4 1 0 0111 1 Rn:5 Rd:5" "umov {Rd:w}, {Rn:.b}[{index}]" (index, Rn, Rd) => move_unsigned<Bytes, 4> feature (AdvSimd);
    ins_gen_b "0 1 0 01110000 index:4 1 0 0011 1 Rn:5 Rd:5" "mov {Rd:.b}[{index}], {Rn:w}" (index, Rn, Rd) => insert_general<Bytes, 4> feature (AdvSimd);
    ins_elem_b "0 1 1 01110000 index:4 1 0 from:4  1 Rn:5 Rd:5" "mov {Rd:.b}[{index}], {Rn:.b}[{from}]" (index, from, Rn, Rd) => insert_element<Bytes, 4> feature (AdvSimd);
    dup_scalar_b "01 0 11110000 index:4 1 0 0000 1 Rn:5 Rd:5" "mov {Rd:b}, {Rn:.b}[{index}]" (index, Rn, Rd) => dup_scalar<Bytes, 4> feature (AdvSimd);
    dup_elem_h "0 Q 0 01110000 index:3 10 0 0000 1 Rn:5 Rd:5" "dup {Rd:Ah}, {Rn:.h}[{index}]" (Q, index, Rn, Rd) => dup_element<Halves, 3> feature (AdvSimd);
    dup_gen_h "0 Q 0 01110000 ---10 0 0001 1 Rn:5 Rd:5" "dup {Rd:Ah}, {Rn:w}" (Q, Rn, Rd) => dup_general<Halves> feature (AdvSimd);
    smov_w_h "0 0 0 01110000 index:3 10 0 0101 1 Rn:5 Rd:5" "smov {Rd:w}, {Rn:.h}[{index}]" (index, Rn, Rd) => move_signed<Halves, false, 3> feature (AdvSimd);
    smov_x_h "0 1 0 01110000 index:3 10 0 0101 1 Rn:5 Rd:5" "smov {Rd:x}, {Rn:.h}[{index}]" (index, Rn, Rd) => move_signed<Halves, true, 3> feature (AdvSimd);
    umov_h "0 0 0 01110000 index:3 10 0 0111 1 Rn:5 Rd:5" "umov {Rd:w}, {Rn:.h}[{index}]" (index, Rn, Rd) => move_unsigned<Halves, 3> feature (AdvSimd);
    ins_gen_h "0 1 0 01110000 index:3 10 0 0011 1 Rn:5 Rd:5" "mov {Rd:.h}[{index}], {Rn:w}" (index, Rn, Rd) => insert_general<Halves, 3> feature (AdvSimd);
    ins_elem_h "0 1 1 01110000 index:3 10 0 from:3 - 1 Rn:5 Rd:5" "mov {Rd:.h}[{index}], {Rn:.h}[{from}]" (index, from, Rn, Rd) => insert_element<Halves, 3> feature (AdvSimd);
    dup_scalar_h "01 0 11110000 index:3 10 0 0000 1 Rn:5 Rd:5" "mov {Rd:h}, {Rn:.h}[{index}]" (index, Rn, Rd) => dup_scalar<Halves, 3> feature (AdvSimd);
    dup_elem_s "0 Q 0 01110000 index:2 100 0 0000 1 Rn:5 Rd:5" "dup {Rd:As}, {Rn:.s}[{index}]" (Q, index, Rn, Rd) => dup_element<Singles, 2> feature (AdvSimd);
    dup_gen_s "0 Q 0 01110000 --100 0 0001 1 Rn:5 Rd:5" "dup {Rd:As}, {Rn:w}" (Q, Rn, Rd) => dup_general<Singles> feature (AdvSimd);
    smov_x_s "0 1 0 01110000 index:2 100 0 0101 1 Rn:5 Rd:5" "smov {Rd:x}, {Rn:.s}[{index}]" (index, Rn, Rd) => move_signed<Singles, true, 2> feature (AdvSimd);
    umov_s "0 0 0 01110000 index:2 100 0 0111 1 Rn:5 Rd:5" "mov {Rd:w}, {Rn:.s}[{index}]" (index, Rn, Rd) => move_unsigned<Singles, 2> feature (AdvSimd);
    ins_gen_s "0 1 0 01110000 index:2 100 0 0011 1 Rn:5 Rd:5" "mov {Rd:.s}[{index}], {Rn:w}" (index, Rn, Rd) => insert_general<Singles, 2> feature (AdvSimd);
    ins_elem_s "0 1 1 01110000 index:2 100 0 from:2 -- 1 Rn:5 Rd:5" "mov {Rd:.s}[{index}], {Rn:.s}[{from}]" (index, from, Rn, Rd) => insert_element<Singles, 2> feature (AdvSimd);
    dup_scalar_s "01 0 11110000 index:2 100 0 0000 1 Rn:5 Rd:5" "mov {Rd:s}, {Rn:.s}[{index}]" (index, Rn, Rd) => dup_scalar<Singles, 2> feature (AdvSimd);
    dup_elem_d "0 Q 0 01110000 index:1 1000 0 0000 1 Rn:5 Rd:5" "dup {Rd:Ad}, {Rn:.d}[{index}]" (Q, index, Rn, Rd) => dup_element<Doubles, 1> if (full) feature (AdvSimd);
    dup_gen_d "0 Q 0 01110000 -1000 0 0001 1 Rn:5 Rd:5" "dup {Rd:Ad}, {Rn:x}" (Q, Rn, Rd) => dup_general<Doubles> if (full) feature (AdvSimd);
    umov_d "0 1 0 01110000 index:1 1000 0 0111 1 Rn:5 Rd:5" "mov {Rd:x}, {Rn:.d}[{index}]" (index, Rn, Rd) => move_unsigned<Doubles, 1> feature (AdvSimd);
    ins_gen_d "0 1 0 01110000 index:1 1000 0 0011 1 Rn:5 Rd:5" "mov {Rd:.d}[{index}], {Rn:x}" (index, Rn, Rd) => insert_general<Doubles, 1> feature (AdvSimd);
    ins_elem_d "0 1 1 01110000 index:1 1000 0 from:1 --- 1 Rn:5 Rd:5" "mov {Rd:.d}[{index}], {Rn:.d}[{from}]" (index, from, Rn, Rd) => insert_element<Doubles, 1> feature (AdvSimd);
    dup_scalar_d "01 0 11110000 index:1 1000 0 0000 1 Rn:5 Rd:5" "mov {Rd:d}, {Rn:.d}[{index}]" (index, Rn, Rd) => dup_scalar<Doubles, 1> feature (AdvSimd);
}

/// Not one 64-bit lane.
fn full(word: u32) -> bool {
    word >> 30 & 1 == 1
}

/// DUP (element).
fn dup_element<B: Builder, L: Size, const W: u32>(b: &mut B, q: Q, index: Imm<W>, rn: Vreg, rd: Vreg) {
    let result = broadcast_register(b, L::LANE, rn.0, index.0 as usize);
    set(b, q, rd, result);
}

/// DUP (element), scalar.
fn dup_scalar<B: Builder, L: Size, const W: u32>(b: &mut B, index: Imm<W>, rn: Vreg, rd: Vreg) {
    match (L::LANE, index.0) {
        (Lane::D, 0) => {
            let x = b.d(rn.0);
            b.set_d(rd.0, x);
        }
        (Lane::S, 0) => {
            let x = b.s(rn.0);
            b.set_s(rd.0, x);
        }
        (_, index) => {
            let x = b.v(rn.0);
            let result = if index == 0 { x } else { lane::broadcast(b, L::LANE, x, index as usize) };
            set_scalar(b, L::LANE, rd, result);
        }
    }
}

/// DUP (general).
fn dup_general<B: Builder, L: Size>(b: &mut B, q: Q, rn: Gpr, rd: Vreg) {
    let result = splat_general(b, L::LANE, rn);
    set(b, q, rd, result);
}

/// SMOV.
fn move_signed<B: Builder, L: Size, const X: bool, const W: u32>(b: &mut B, index: Imm<W>, rn: Vreg, rd: Gpr) {
    let x = b.v(rn.0);
    let value = extract(b, L::LANE, true, x, index.0 as usize);
    if X {
        rd.set_x(b, value);
    } else {
        let value = b.i32_wrap_i64(value);
        rd.set_w(b, value);
    }
}

/// UMOV.
fn move_unsigned<B: Builder, L: Size, const W: u32>(b: &mut B, index: Imm<W>, rn: Vreg, rd: Gpr) {
    match (L::LANE, index.0) {
        (Lane::D, 0) => {
            let x = b.d(rn.0);
            let bits = b.i64_reinterpret_f64(x);
            rd.set_x(b, bits);
        }
        (Lane::S, 0) => {
            let x = b.s(rn.0);
            let bits = b.i32_reinterpret_f32(x);
            rd.set_w(b, bits);
        }
        (_, index) => {
            let x = b.v(rn.0);
            let value = extract(b, L::LANE, false, x, index as usize);
            rd.set_x(b, value);
        }
    }
}

/// INS (general).
fn insert_general<B: Builder, L: Size, const W: u32>(b: &mut B, index: Imm<W>, rn: Gpr, rd: Vreg) {
    let d = b.v(rd.0);
    let value = rn.x(b);
    let result = replace(b, L::LANE, d, index.0 as usize, value);
    b.set_v(rd.0, result);
}

/// INS (element).
fn insert_element<B: Builder, L: Size, const W: u32>(b: &mut B, index: Imm<W>, from: Imm<W>, rn: Vreg, rd: Vreg) {
    let d = b.v(rd.0);
    let to = index.0 as usize;
    let result = match (L::LANE, from.0) {
        (Lane::D, 0) => {
            let x = b.d(rn.0);
            b.f64x2_replace_lane(d, x, to as u8)
        }
        (Lane::S, 0) => {
            let x = b.s(rn.0);
            b.f32x4_replace_lane(d, x, to as u8)
        }
        (lane, from) => {
            let x = b.v(rn.0);
            lane::shuffle(b, lane, d, x, |i| if i == to { lane.count() + from as usize } else { i })
        }
    };
    b.set_v(rd.0, result);
}
