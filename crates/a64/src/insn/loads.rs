//! Loads and stores of one general register (C4.1.94): unsigned offset, unscaled, unprivileged (which user mode does not distinguish),
//! pre- and post-indexed, register offset, literal, prefetch.

use super::access::{self, Load, S8W, S8X, S16W, S16X, S32X, Store, U8, U16, U32, U64};
use crate::{
    builder::Builder,
    operands::{Gpr, GprSp, Imm, IndexExtend, PrefetchKind, SImm},
    row::instructions,
};

instructions! {
    class "Loads and stores";

    // Loads.
    ldrb_unsigned "00 111 0 01 01 imm12:12 Rn:5 Rt:5" "ldrb {Rt:w}, [{Rn}{imm12:,*1}]" (imm12, Rn, Rt) => load_unsigned<U8>;
    ldurb "00 111 0 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldurb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U8>;
    ldrb_post "00 111 0 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldrb {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<U8>;
    ldtrb "00 111 0 00 01 0 imm9:9 10 Rn:5 Rt:5" "ldtrb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U8>;
    ldrb_pre "00 111 0 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldrb {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<U8>;
    ldrb_register "00 111 0 00 01 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldrb {Rt:w}, [{Rn}, {Rm:index}{option:0}]" (Rm, option, S, Rn, Rt) => load_register<U8> if (index_is_wide);
    ldrsb_x_unsigned "00 111 0 01 10 imm12:12 Rn:5 Rt:5" "ldrsb {Rt:x}, [{Rn}{imm12:,*1}]" (imm12, Rn, Rt) => load_unsigned<S8X>;
    ldursb_x "00 111 0 00 10 0 imm9:9 00 Rn:5 Rt:5" "ldursb {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S8X>;
    ldrsb_x_post "00 111 0 00 10 0 imm9:9 01 Rn:5 Rt:5" "ldrsb {Rt:x}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<S8X>;
    ldtrsb_x "00 111 0 00 10 0 imm9:9 10 Rn:5 Rt:5" "ldtrsb {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S8X>;
    ldrsb_x_pre "00 111 0 00 10 0 imm9:9 11 Rn:5 Rt:5" "ldrsb {Rt:x}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<S8X>;
    ldrsb_x_register "00 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldrsb {Rt:x}, [{Rn}, {Rm:index}{option:0}]" (Rm, option, S, Rn, Rt) => load_register<S8X> if (index_is_wide);
    ldrsb_w_unsigned "00 111 0 01 11 imm12:12 Rn:5 Rt:5" "ldrsb {Rt:w}, [{Rn}{imm12:,*1}]" (imm12, Rn, Rt) => load_unsigned<S8W>;
    ldursb_w "00 111 0 00 11 0 imm9:9 00 Rn:5 Rt:5" "ldursb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S8W>;
    ldrsb_w_post "00 111 0 00 11 0 imm9:9 01 Rn:5 Rt:5" "ldrsb {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<S8W>;
    ldtrsb_w "00 111 0 00 11 0 imm9:9 10 Rn:5 Rt:5" "ldtrsb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S8W>;
    ldrsb_w_pre "00 111 0 00 11 0 imm9:9 11 Rn:5 Rt:5" "ldrsb {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<S8W>;
    ldrsb_w_register "00 111 0 00 11 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldrsb {Rt:w}, [{Rn}, {Rm:index}{option:0}]" (Rm, option, S, Rn, Rt) => load_register<S8W> if (index_is_wide);
    ldrh_unsigned "01 111 0 01 01 imm12:12 Rn:5 Rt:5" "ldrh {Rt:w}, [{Rn}{imm12:,*2}]" (imm12, Rn, Rt) => load_unsigned<U16>;
    ldurh "01 111 0 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldurh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U16>;
    ldrh_post "01 111 0 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldrh {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<U16>;
    ldtrh "01 111 0 00 01 0 imm9:9 10 Rn:5 Rt:5" "ldtrh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U16>;
    ldrh_pre "01 111 0 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldrh {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<U16>;
    ldrh_register "01 111 0 00 01 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldrh {Rt:w}, [{Rn}, {Rm:index}{option:1}]" (Rm, option, S, Rn, Rt) => load_register<U16> if (index_is_wide);
    ldrsh_x_unsigned "01 111 0 01 10 imm12:12 Rn:5 Rt:5" "ldrsh {Rt:x}, [{Rn}{imm12:,*2}]" (imm12, Rn, Rt) => load_unsigned<S16X>;
    ldursh_x "01 111 0 00 10 0 imm9:9 00 Rn:5 Rt:5" "ldursh {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S16X>;
    ldrsh_x_post "01 111 0 00 10 0 imm9:9 01 Rn:5 Rt:5" "ldrsh {Rt:x}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<S16X>;
    ldtrsh_x "01 111 0 00 10 0 imm9:9 10 Rn:5 Rt:5" "ldtrsh {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S16X>;
    ldrsh_x_pre "01 111 0 00 10 0 imm9:9 11 Rn:5 Rt:5" "ldrsh {Rt:x}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<S16X>;
    ldrsh_x_register "01 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldrsh {Rt:x}, [{Rn}, {Rm:index}{option:1}]" (Rm, option, S, Rn, Rt) => load_register<S16X> if (index_is_wide);
    ldrsh_w_unsigned "01 111 0 01 11 imm12:12 Rn:5 Rt:5" "ldrsh {Rt:w}, [{Rn}{imm12:,*2}]" (imm12, Rn, Rt) => load_unsigned<S16W>;
    ldursh_w "01 111 0 00 11 0 imm9:9 00 Rn:5 Rt:5" "ldursh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S16W>;
    ldrsh_w_post "01 111 0 00 11 0 imm9:9 01 Rn:5 Rt:5" "ldrsh {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<S16W>;
    ldtrsh_w "01 111 0 00 11 0 imm9:9 10 Rn:5 Rt:5" "ldtrsh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S16W>;
    ldrsh_w_pre "01 111 0 00 11 0 imm9:9 11 Rn:5 Rt:5" "ldrsh {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<S16W>;
    ldrsh_w_register "01 111 0 00 11 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldrsh {Rt:w}, [{Rn}, {Rm:index}{option:1}]" (Rm, option, S, Rn, Rt) => load_register<S16W> if (index_is_wide);
    ldr_w_unsigned "10 111 0 01 01 imm12:12 Rn:5 Rt:5" "ldr {Rt:w}, [{Rn}{imm12:,*4}]" (imm12, Rn, Rt) => load_unsigned<U32>;
    ldur_w "10 111 0 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldur {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U32>;
    ldr_w_post "10 111 0 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldr {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<U32>;
    ldtr_w "10 111 0 00 01 0 imm9:9 10 Rn:5 Rt:5" "ldtr {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U32>;
    ldr_w_pre "10 111 0 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldr {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<U32>;
    ldr_w_register "10 111 0 00 01 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldr {Rt:w}, [{Rn}, {Rm:index}{option:2}]" (Rm, option, S, Rn, Rt) => load_register<U32> if (index_is_wide);
    ldrsw_unsigned "10 111 0 01 10 imm12:12 Rn:5 Rt:5" "ldrsw {Rt:x}, [{Rn}{imm12:,*4}]" (imm12, Rn, Rt) => load_unsigned<S32X>;
    ldursw "10 111 0 00 10 0 imm9:9 00 Rn:5 Rt:5" "ldursw {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S32X>;
    ldrsw_post "10 111 0 00 10 0 imm9:9 01 Rn:5 Rt:5" "ldrsw {Rt:x}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<S32X>;
    ldtrsw "10 111 0 00 10 0 imm9:9 10 Rn:5 Rt:5" "ldtrsw {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S32X>;
    ldrsw_pre "10 111 0 00 10 0 imm9:9 11 Rn:5 Rt:5" "ldrsw {Rt:x}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<S32X>;
    ldrsw_register "10 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldrsw {Rt:x}, [{Rn}, {Rm:index}{option:2}]" (Rm, option, S, Rn, Rt) => load_register<S32X> if (index_is_wide);
    ldr_x_unsigned "11 111 0 01 01 imm12:12 Rn:5 Rt:5" "ldr {Rt:x}, [{Rn}{imm12:,*8}]" (imm12, Rn, Rt) => load_unsigned<U64>;
    ldur_x "11 111 0 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldur {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U64>;
    ldr_x_post "11 111 0 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldr {Rt:x}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<U64>;
    ldtr_x "11 111 0 00 01 0 imm9:9 10 Rn:5 Rt:5" "ldtr {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U64>;
    ldr_x_pre "11 111 0 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldr {Rt:x}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<U64>;
    ldr_x_register "11 111 0 00 01 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "ldr {Rt:x}, [{Rn}, {Rm:index}{option:3}]" (Rm, option, S, Rn, Rt) => load_register<U64> if (index_is_wide);

    // Stores.
    strb_unsigned "00 111 0 01 00 imm12:12 Rn:5 Rt:5" "strb {Rt:w}, [{Rn}{imm12:,*1}]" (imm12, Rn, Rt) => store_unsigned<U8>;
    sturb "00 111 0 00 00 0 imm9:9 00 Rn:5 Rt:5" "sturb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U8>;
    strb_post "00 111 0 00 00 0 imm9:9 01 Rn:5 Rt:5" "strb {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<U8>;
    sttrb "00 111 0 00 00 0 imm9:9 10 Rn:5 Rt:5" "sttrb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U8>;
    strb_pre "00 111 0 00 00 0 imm9:9 11 Rn:5 Rt:5" "strb {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<U8>;
    strb_register "00 111 0 00 00 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "strb {Rt:w}, [{Rn}, {Rm:index}{option:0}]" (Rm, option, S, Rn, Rt) => store_register<U8> if (index_is_wide);
    strh_unsigned "01 111 0 01 00 imm12:12 Rn:5 Rt:5" "strh {Rt:w}, [{Rn}{imm12:,*2}]" (imm12, Rn, Rt) => store_unsigned<U16>;
    sturh "01 111 0 00 00 0 imm9:9 00 Rn:5 Rt:5" "sturh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U16>;
    strh_post "01 111 0 00 00 0 imm9:9 01 Rn:5 Rt:5" "strh {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<U16>;
    sttrh "01 111 0 00 00 0 imm9:9 10 Rn:5 Rt:5" "sttrh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U16>;
    strh_pre "01 111 0 00 00 0 imm9:9 11 Rn:5 Rt:5" "strh {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<U16>;
    strh_register "01 111 0 00 00 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "strh {Rt:w}, [{Rn}, {Rm:index}{option:1}]" (Rm, option, S, Rn, Rt) => store_register<U16> if (index_is_wide);
    str_w_unsigned "10 111 0 01 00 imm12:12 Rn:5 Rt:5" "str {Rt:w}, [{Rn}{imm12:,*4}]" (imm12, Rn, Rt) => store_unsigned<U32>;
    stur_w "10 111 0 00 00 0 imm9:9 00 Rn:5 Rt:5" "stur {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U32>;
    str_w_post "10 111 0 00 00 0 imm9:9 01 Rn:5 Rt:5" "str {Rt:w}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<U32>;
    sttr_w "10 111 0 00 00 0 imm9:9 10 Rn:5 Rt:5" "sttr {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U32>;
    str_w_pre "10 111 0 00 00 0 imm9:9 11 Rn:5 Rt:5" "str {Rt:w}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<U32>;
    str_w_register "10 111 0 00 00 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "str {Rt:w}, [{Rn}, {Rm:index}{option:2}]" (Rm, option, S, Rn, Rt) => store_register<U32> if (index_is_wide);
    str_x_unsigned "11 111 0 01 00 imm12:12 Rn:5 Rt:5" "str {Rt:x}, [{Rn}{imm12:,*8}]" (imm12, Rn, Rt) => store_unsigned<U64>;
    stur_x "11 111 0 00 00 0 imm9:9 00 Rn:5 Rt:5" "stur {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U64>;
    str_x_post "11 111 0 00 00 0 imm9:9 01 Rn:5 Rt:5" "str {Rt:x}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<U64>;
    sttr_x "11 111 0 00 00 0 imm9:9 10 Rn:5 Rt:5" "sttr {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U64>;
    str_x_pre "11 111 0 00 00 0 imm9:9 11 Rn:5 Rt:5" "str {Rt:x}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<U64>;
    str_x_register "11 111 0 00 00 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "str {Rt:x}, [{Rn}, {Rm:index}{option:3}]" (Rm, option, S, Rn, Rt) => store_register<U64> if (index_is_wide);

    // Literals.
    ldr_w_literal "00 011 000 imm19:19 Rt:5" "ldr {Rt:w}, {imm19:label}" (imm19, Rt) => load_literal<U32>;
    ldr_x_literal "01 011 000 imm19:19 Rt:5" "ldr {Rt:x}, {imm19:label}" (imm19, Rt) => load_literal<U64>;
    ldrsw_literal "10 011 000 imm19:19 Rt:5" "ldrsw {Rt:x}, {imm19:label}" (imm19, Rt) => load_literal<S32X>;

    // Prefetches.
    prfm_unsigned "11 111 0 01 10 imm12:12 Rn:5 Rt:5" "prfm {Rt}, [{Rn}{imm12:,*8}]" (imm12, Rn, Rt);
    prfum "11 111 0 00 10 0 imm9:9 00 Rn:5 Rt:5" "prfum {Rt}, [{Rn}{imm9:,}]" (imm9, Rn, Rt);
    prfm_register "11 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 Rt:5" "prfm {Rt}, [{Rn}, {Rm:index}{option:3}]" (Rm, option, S, Rn, Rt) if (index_is_wide);
    prfm_literal "11 011 000 imm19:19 Rt:5" "prfm {Rt}, {imm19:label}" (imm19, Rt);
}

/// An index register is extended from 32 bits or is 64 bits wide.
fn index_is_wide(word: u32) -> bool {
    word >> 14 & 1 == 1
}

#[inline(always)]
fn load_unsigned<B: Builder, T: Load>(b: &mut B, imm12: Imm<12>, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let value = T::load(b, base, i64::from(imm12.0) << T::SCALE);
    rt.set(b, value);
}

fn load_unscaled<B: Builder, T: Load>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let value = T::load(b, base, imm9.0.into());
    rt.set(b, value);
}

/// Where Rt is Rn, the base address written back wins, one of the behaviours that the manual allows.
#[inline(always)]
fn load_post<B: Builder, T: Load>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let value = T::load(b, base, 0);
    let next = access::displaced(b, base, imm9.0.into());
    rt.set(b, value);
    rn.set_x(b, next);
}

/// As [`load_post`] for Rt = Rn.
fn load_pre<B: Builder, T: Load>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let addr = access::displaced(b, base, imm9.0.into());
    let value = T::load(b, addr, 0);
    rt.set(b, value);
    rn.set_x(b, addr);
}

#[inline(always)]
fn load_register<B: Builder, T: Load>(b: &mut B, rm: Gpr, option: IndexExtend, s: Imm<1>, rn: GprSp, rt: Gpr) {
    let addr = access::indexed(b, rn, rm, option, s.0 * T::SCALE);
    let value = T::load(b, addr, 0);
    rt.set(b, value);
}

fn load_literal<B: Builder, T: Load>(b: &mut B, imm19: SImm<19>, rt: Gpr) {
    let addr = b.i64_const(b.pc().wrapping_add_signed(i64::from(imm19.0) * 4));
    let value = T::load(b, addr, 0);
    rt.set(b, value);
}

#[inline(always)]
fn store_unsigned<B: Builder, T: Store>(b: &mut B, imm12: Imm<12>, rn: GprSp, rt: Gpr) {
    let (base, value) = (rn.x(b), rt.x(b));
    T::store(b, base, i64::from(imm12.0) << T::SCALE, value);
}

fn store_unscaled<B: Builder, T: Store>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let (base, value) = (rn.x(b), rt.x(b));
    T::store(b, base, imm9.0.into(), value);
}

fn store_post<B: Builder, T: Store>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let (base, value) = (rn.x(b), rt.x(b));
    T::store(b, base, 0, value);
    let next = access::displaced(b, base, imm9.0.into());
    rn.set_x(b, next);
}

fn store_pre<B: Builder, T: Store>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let (base, value) = (rn.x(b), rt.x(b));
    let addr = access::displaced(b, base, imm9.0.into());
    T::store(b, addr, 0, value);
    rn.set_x(b, addr);
}

#[inline(always)]
fn store_register<B: Builder, T: Store>(b: &mut B, rm: Gpr, option: IndexExtend, s: Imm<1>, rn: GprSp, rt: Gpr) {
    let addr = access::indexed(b, rn, rm, option, s.0 * T::SCALE);
    let value = rt.x(b);
    T::store(b, addr, 0, value);
}

fn prfm_unsigned<B: Builder>(_: &mut B, _imm12: Imm<12>, _rn: GprSp, _rt: PrefetchKind) {}

fn prfum<B: Builder>(_: &mut B, _imm9: SImm<9>, _rn: GprSp, _rt: PrefetchKind) {}

fn prfm_register<B: Builder>(_: &mut B, _rm: Gpr, _option: IndexExtend, _s: Imm<1>, _rn: GprSp, _rt: PrefetchKind) {}

fn prfm_literal<B: Builder>(_: &mut B, _imm19: SImm<19>, _rt: PrefetchKind) {}
