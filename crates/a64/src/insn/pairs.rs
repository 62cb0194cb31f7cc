//! Loads and stores of pairs of general registers (C4.1.94): offset, pre- and post-indexed, non-temporal.
//!
//! Where a loaded register is the base too, the base address written back wins; where both loaded registers are the same, the first
//! word does. The manual allows it.

use super::access::{self, Load, S32X, Store, U32, U64};
use crate::{
    builder::Builder,
    operands::{Gpr, GprSp, SImm},
    row::instructions,
};

instructions! {
    class "Loads and stores, pairs";

    ldp_w "00 101 0 010 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:w}, {Rt2:w}, [{Rn}{imm7:,*4}]" (imm7, Rt2, Rn, Rt) => load_pair<U32>;
    ldp_w_post "00 101 0 001 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:w}, {Rt2:w}, [{Rn}], #{imm7:*4}" (imm7, Rt2, Rn, Rt) => load_pair_post<U32>;
    ldp_w_pre "00 101 0 011 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:w}, {Rt2:w}, [{Rn}, #{imm7:*4}]!" (imm7, Rt2, Rn, Rt) => load_pair_pre<U32>;
    ldnp_w "00 101 0 000 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldnp {Rt:w}, {Rt2:w}, [{Rn}{imm7:,*4}]" (imm7, Rt2, Rn, Rt) => load_pair<U32>;
    stp_w "00 101 0 010 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:w}, {Rt2:w}, [{Rn}{imm7:,*4}]" (imm7, Rt2, Rn, Rt) => store_pair<U32>;
    stp_w_post "00 101 0 001 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:w}, {Rt2:w}, [{Rn}], #{imm7:*4}" (imm7, Rt2, Rn, Rt) => store_pair_post<U32>;
    stp_w_pre "00 101 0 011 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:w}, {Rt2:w}, [{Rn}, #{imm7:*4}]!" (imm7, Rt2, Rn, Rt) => store_pair_pre<U32>;
    stnp_w "00 101 0 000 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stnp {Rt:w}, {Rt2:w}, [{Rn}{imm7:,*4}]" (imm7, Rt2, Rn, Rt) => store_pair<U32>;
    ldp_x "10 101 0 010 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:x}, {Rt2:x}, [{Rn}{imm7:,*8}]" (imm7, Rt2, Rn, Rt) => load_pair<U64>;
    ldp_x_post "10 101 0 001 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:x}, {Rt2:x}, [{Rn}], #{imm7:*8}" (imm7, Rt2, Rn, Rt) => load_pair_post<U64>;
    ldp_x_pre "10 101 0 011 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:x}, {Rt2:x}, [{Rn}, #{imm7:*8}]!" (imm7, Rt2, Rn, Rt) => load_pair_pre<U64>;
    ldnp_x "10 101 0 000 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldnp {Rt:x}, {Rt2:x}, [{Rn}{imm7:,*8}]" (imm7, Rt2, Rn, Rt) => load_pair<U64>;
    stp_x "10 101 0 010 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:x}, {Rt2:x}, [{Rn}{imm7:,*8}]" (imm7, Rt2, Rn, Rt) => store_pair<U64>;
    stp_x_post "10 101 0 001 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:x}, {Rt2:x}, [{Rn}], #{imm7:*8}" (imm7, Rt2, Rn, Rt) => store_pair_post<U64>;
    stp_x_pre "10 101 0 011 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:x}, {Rt2:x}, [{Rn}, #{imm7:*8}]!" (imm7, Rt2, Rn, Rt) => store_pair_pre<U64>;
    stnp_x "10 101 0 000 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stnp {Rt:x}, {Rt2:x}, [{Rn}{imm7:,*8}]" (imm7, Rt2, Rn, Rt) => store_pair<U64>;
    ldpsw "01 101 0 010 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldpsw {Rt:x}, {Rt2:x}, [{Rn}{imm7:,*4}]" (imm7, Rt2, Rn, Rt) => load_pair<S32X>;
    ldpsw_post "01 101 0 001 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldpsw {Rt:x}, {Rt2:x}, [{Rn}], #{imm7:*4}" (imm7, Rt2, Rn, Rt) => load_pair_post<S32X>;
    ldpsw_pre "01 101 0 011 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldpsw {Rt:x}, {Rt2:x}, [{Rn}, #{imm7:*4}]!" (imm7, Rt2, Rn, Rt) => load_pair_pre<S32X>;
}

/// Loads both registers from `addr + offset`, and writes them.
fn load<B: Builder, T: Load>(b: &mut B, addr: B::I64, offset: i64, rt2: Gpr, rt: Gpr) {
    let first = T::load(b, addr, offset);
    let second = T::load(b, addr, offset + (1 << T::SCALE));
    rt2.set(b, second);
    rt.set(b, first);
}

/// Stores both registers to `addr + offset`.
fn store<B: Builder, T: Store>(b: &mut B, addr: B::I64, offset: i64, rt2: Gpr, rt: Gpr) {
    let (first, second) = (rt.x(b), rt2.x(b));
    T::store(b, addr, offset, first);
    T::store(b, addr, offset + (1 << T::SCALE), second);
}

fn load_pair<B: Builder, T: Load>(b: &mut B, imm7: SImm<7>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    load::<B, T>(b, base, i64::from(imm7.0) << T::SCALE, rt2, rt);
}

fn load_pair_post<B: Builder, T: Load>(b: &mut B, imm7: SImm<7>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    load::<B, T>(b, base, 0, rt2, rt);
    let next = access::displaced(b, base, i64::from(imm7.0) << T::SCALE);
    rn.set_x(b, next);
}

fn load_pair_pre<B: Builder, T: Load>(b: &mut B, imm7: SImm<7>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let addr = access::displaced(b, base, i64::from(imm7.0) << T::SCALE);
    load::<B, T>(b, addr, 0, rt2, rt);
    rn.set_x(b, addr);
}

fn store_pair<B: Builder, T: Store>(b: &mut B, imm7: SImm<7>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    store::<B, T>(b, base, i64::from(imm7.0) << T::SCALE, rt2, rt);
}

fn store_pair_post<B: Builder, T: Store>(b: &mut B, imm7: SImm<7>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    store::<B, T>(b, base, 0, rt2, rt);
    let next = access::displaced(b, base, i64::from(imm7.0) << T::SCALE);
    rn.set_x(b, next);
}

fn store_pair_pre<B: Builder, T: Store>(b: &mut B, imm7: SImm<7>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let addr = access::displaced(b, base, i64::from(imm7.0) << T::SCALE);
    store::<B, T>(b, addr, 0, rt2, rt);
    rn.set_x(b, addr);
}
