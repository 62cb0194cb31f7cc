//! Loads and stores with acquire and release, and exclusives (C4.1.94).
//!
//! One thread runs at a time and the memory is sequentially consistent, so acquire and release mean nothing here. The exclusive monitor is the address
//! and the value that the load-exclusive saw, both in the state; a store-exclusive succeeds if the address is the same and memory holds that value still.

use super::access::{Load, S8W, S8X, S16W, S16X, S32X, Store, U8, U16, U32, U64};
use crate::{
    builder::Builder,
    int::Int,
    operands::{Gpr, GprSp, Imm, Letter, SImm, Width},
    row::instructions,
    state::SysReg,
};

instructions! {
    class "Loads and stores, ordered and exclusive";

    ldarb "00 001000 1 1 0 ----- 1 ----- Rn:5 Rt:5" "ldarb {Rt:w}, [{Rn}]" (Rn, Rt) => load<U8>;
    ldlarb "00 001000 1 1 0 ----- 0 ----- Rn:5 Rt:5" "ldlarb {Rt:w}, [{Rn}]" (Rn, Rt) => load<U8>;
    stlrb "00 001000 1 0 0 ----- 1 ----- Rn:5 Rt:5" "stlrb {Rt:w}, [{Rn}]" (Rn, Rt) => store<U8>;
    stllrb "00 001000 1 0 0 ----- 0 ----- Rn:5 Rt:5" "stllrb {Rt:w}, [{Rn}]" (Rn, Rt) => store<U8>;
    ldaprb "00 111 0 00 1 0 1 11111 1 100 00 Rn:5 Rt:5" "ldaprb {Rt:w}, [{Rn}]" (Rn, Rt) => load<U8> feature (Lrcpc);
    ldarh "01 001000 1 1 0 ----- 1 ----- Rn:5 Rt:5" "ldarh {Rt:w}, [{Rn}]" (Rn, Rt) => load<U16>;
    ldlarh "01 001000 1 1 0 ----- 0 ----- Rn:5 Rt:5" "ldlarh {Rt:w}, [{Rn}]" (Rn, Rt) => load<U16>;
    stlrh "01 001000 1 0 0 ----- 1 ----- Rn:5 Rt:5" "stlrh {Rt:w}, [{Rn}]" (Rn, Rt) => store<U16>;
    stllrh "01 001000 1 0 0 ----- 0 ----- Rn:5 Rt:5" "stllrh {Rt:w}, [{Rn}]" (Rn, Rt) => store<U16>;
    ldaprh "01 111 0 00 1 0 1 11111 1 100 00 Rn:5 Rt:5" "ldaprh {Rt:w}, [{Rn}]" (Rn, Rt) => load<U16> feature (Lrcpc);
    ldar_w "10 001000 1 1 0 ----- 1 ----- Rn:5 Rt:5" "ldar {Rt:w}, [{Rn}]" (Rn, Rt) => load<U32>;
    ldlar_w "10 001000 1 1 0 ----- 0 ----- Rn:5 Rt:5" "ldlar {Rt:w}, [{Rn}]" (Rn, Rt) => load<U32>;
    stlr_w "10 001000 1 0 0 ----- 1 ----- Rn:5 Rt:5" "stlr {Rt:w}, [{Rn}]" (Rn, Rt) => store<U32>;
    stllr_w "10 001000 1 0 0 ----- 0 ----- Rn:5 Rt:5" "stllr {Rt:w}, [{Rn}]" (Rn, Rt) => store<U32>;
    ldapr_w "10 111 0 00 1 0 1 11111 1 100 00 Rn:5 Rt:5" "ldapr {Rt:w}, [{Rn}]" (Rn, Rt) => load<U32> feature (Lrcpc);
    ldar_x "11 001000 1 1 0 ----- 1 ----- Rn:5 Rt:5" "ldar {Rt:x}, [{Rn}]" (Rn, Rt) => load<U64>;
    ldlar_x "11 001000 1 1 0 ----- 0 ----- Rn:5 Rt:5" "ldlar {Rt:x}, [{Rn}]" (Rn, Rt) => load<U64>;
    stlr_x "11 001000 1 0 0 ----- 1 ----- Rn:5 Rt:5" "stlr {Rt:x}, [{Rn}]" (Rn, Rt) => store<U64>;
    stllr_x "11 001000 1 0 0 ----- 0 ----- Rn:5 Rt:5" "stllr {Rt:x}, [{Rn}]" (Rn, Rt) => store<U64>;
    ldapr_x "11 111 0 00 1 0 1 11111 1 100 00 Rn:5 Rt:5" "ldapr {Rt:x}, [{Rn}]" (Rn, Rt) => load<U64> feature (Lrcpc);

    ldapurb "00 011001 01 0 imm9:9 00 Rn:5 Rt:5" "ldapurb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U8> feature (Lrcpc2);
    ldapursb_x "00 011001 10 0 imm9:9 00 Rn:5 Rt:5" "ldapursb {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S8X> feature (Lrcpc2);
    ldapursb_w "00 011001 11 0 imm9:9 00 Rn:5 Rt:5" "ldapursb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S8W> feature (Lrcpc2);
    ldapurh "01 011001 01 0 imm9:9 00 Rn:5 Rt:5" "ldapurh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U16> feature (Lrcpc2);
    ldapursh_x "01 011001 10 0 imm9:9 00 Rn:5 Rt:5" "ldapursh {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S16X> feature (Lrcpc2);
    ldapursh_w "01 011001 11 0 imm9:9 00 Rn:5 Rt:5" "ldapursh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S16W> feature (Lrcpc2);
    ldapur_w "10 011001 01 0 imm9:9 00 Rn:5 Rt:5" "ldapur {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U32> feature (Lrcpc2);
    ldapursw "10 011001 10 0 imm9:9 00 Rn:5 Rt:5" "ldapursw {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<S32X> feature (Lrcpc2);
    ldapur_x "11 011001 01 0 imm9:9 00 Rn:5 Rt:5" "ldapur {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => load_unscaled<U64> feature (Lrcpc2);
    stlurb "00 011001 00 0 imm9:9 00 Rn:5 Rt:5" "stlurb {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U8> feature (Lrcpc2);
    stlurh "01 011001 00 0 imm9:9 00 Rn:5 Rt:5" "stlurh {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U16> feature (Lrcpc2);
    stlur_w "10 011001 00 0 imm9:9 00 Rn:5 Rt:5" "stlur {Rt:w}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U32> feature (Lrcpc2);
    stlur_x "11 011001 00 0 imm9:9 00 Rn:5 Rt:5" "stlur {Rt:x}, [{Rn}{imm9:,}]" (imm9, Rn, Rt) => store_unscaled<U64> feature (Lrcpc2);

    ldxrb "00 001000 0 1 0 ----- A ----- Rn:5 Rt:5" "ld{A}xrb {Rt:w}, [{Rn}]" (A, Rn, Rt) => load_exclusive<U8>;
    stxrb "00 001000 0 0 0 Rs:5 L ----- Rn:5 Rt:5" "st{L}xrb {Rs:w}, {Rt:w}, [{Rn}]" (Rs, L, Rn, Rt) => store_exclusive<U8>;
    ldxrh "01 001000 0 1 0 ----- A ----- Rn:5 Rt:5" "ld{A}xrh {Rt:w}, [{Rn}]" (A, Rn, Rt) => load_exclusive<U16>;
    stxrh "01 001000 0 0 0 Rs:5 L ----- Rn:5 Rt:5" "st{L}xrh {Rs:w}, {Rt:w}, [{Rn}]" (Rs, L, Rn, Rt) => store_exclusive<U16>;
    ldxr_w "10 001000 0 1 0 ----- A ----- Rn:5 Rt:5" "ld{A}xr {Rt:w}, [{Rn}]" (A, Rn, Rt) => load_exclusive<U32>;
    stxr_w "10 001000 0 0 0 Rs:5 L ----- Rn:5 Rt:5" "st{L}xr {Rs:w}, {Rt:w}, [{Rn}]" (Rs, L, Rn, Rt) => store_exclusive<U32>;
    ldxr_x "11 001000 0 1 0 ----- A ----- Rn:5 Rt:5" "ld{A}xr {Rt:x}, [{Rn}]" (A, Rn, Rt) => load_exclusive<U64>;
    stxr_x "11 001000 0 0 0 Rs:5 L ----- Rn:5 Rt:5" "st{L}xr {Rs:w}, {Rt:x}, [{Rn}]" (Rs, L, Rn, Rt) => store_exclusive<U64>;
    ldxp "1 sf 001000 0 1 1 ----- A Rt2:5 Rn:5 Rt:5" "ld{A}xp {Rt}, {Rt2}, [{Rn:x}]" (sf, A, Rt2, Rn, Rt);
    stxp "1 sf 001000 0 0 1 Rs:5 L Rt2:5 Rn:5 Rt:5" "st{L}xp {Rs:w}, {Rt}, {Rt2}, [{Rn:x}]" (sf, Rs, L, Rt2, Rn, Rt);
    clrex "11010101000000110011 CRm:4 010 11111" "clrex" (CRm) { "clrex #{CRm:x}" if (|w| w >> 8 & 15 != 15) };
}

fn load<B: Builder, T: Load>(b: &mut B, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let value = T::load(b, base, 0);
    rt.set(b, value);
}

fn store<B: Builder, T: Store>(b: &mut B, rn: GprSp, rt: Gpr) {
    let (base, value) = (rn.x(b), rt.x(b));
    T::store(b, base, 0, value);
}

fn load_unscaled<B: Builder, T: Load>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let base = rn.x(b);
    let value = T::load(b, base, imm9.0.into());
    rt.set(b, value);
}

fn store_unscaled<B: Builder, T: Store>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Gpr) {
    let (base, value) = (rn.x(b), rt.x(b));
    T::store(b, base, imm9.0.into(), value);
}

/// An unsigned access as 64 bits.
fn load_x<B: Builder, T: Load>(b: &mut B, addr: B::I64, offset: i64) -> B::I64 {
    match T::load(b, addr, offset) {
        Int::X(x) => x,
        Int::W(w) => b.i64_extend_i32_u(w),
    }
}

fn load_exclusive<B: Builder, T: Load>(b: &mut B, _a: Letter<'a'>, rn: GprSp, rt: Gpr) {
    let addr = rn.x(b);
    let value = load_x::<B, T>(b, addr, 0);
    b.set_sys(SysReg::ExclusiveAddr, addr);
    b.set_sys(SysReg::ExclusiveLow, value);
    rt.set_x(b, value);
}

/// Whether the monitor is set for `addr`.
fn monitored<B: Builder>(b: &mut B, addr: B::I64) -> B::I32 {
    let monitor = b.sys(SysReg::ExclusiveAddr);
    b.i64_eq(monitor, addr)
}

/// Opens the monitor, and writes the status of a store-exclusive: 0 for success.
fn finish<B: Builder>(b: &mut B, success: B::I32, rs: Gpr) {
    let open = b.i64_const(u64::MAX);
    b.set_sys(SysReg::ExclusiveAddr, open);
    let status = b.i32_eqz(success);
    rs.set_w(b, status);
}

fn store_exclusive<B: Builder, T: Store>(b: &mut B, rs: Gpr, _l: Letter<'l'>, rn: GprSp, rt: Gpr) {
    let (addr, value) = (rn.x(b), rt.x(b));
    let now = load_x::<B, T>(b, addr, 0);
    let seen = b.sys(SysReg::ExclusiveLow);
    let same = b.i64_eq(now, seen);
    let here = monitored(b, addr);
    let success = b.i32_and(same, here);
    T::store_if(b, success, addr, value);
    finish(b, success, rs);
}

/// LDXP, C6.2.200. A pair of words is one double word.
fn ldxp<B: Builder>(b: &mut B, sf: Width, _a: Letter<'a'>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let addr = rn.x(b);
    let low = b.i64_load(addr, 0);
    match sf {
        Width::X => {
            let high = b.i64_load(addr, 8);
            b.set_sys(SysReg::ExclusiveHigh, high);
            rt.set_x(b, low);
            rt2.set_x(b, high);
        }
        Width::W => {
            let first = b.i32_wrap_i64(low);
            let half = b.i64_const(32);
            let second = b.i64_shr_u(low, half);
            rt.set_w(b, first);
            rt2.set_x(b, second);
        }
    }
    b.set_sys(SysReg::ExclusiveAddr, addr);
    b.set_sys(SysReg::ExclusiveLow, low);
}

/// STXP, C6.2.367.
fn stxp<B: Builder>(b: &mut B, sf: Width, rs: Gpr, _l: Letter<'l'>, rt2: Gpr, rn: GprSp, rt: Gpr) {
    let addr = rn.x(b);
    let (first, second) = (rt.x(b), rt2.x(b));
    let now = b.i64_load(addr, 0);
    let seen = b.sys(SysReg::ExclusiveLow);
    let same = b.i64_eq(now, seen);
    let here = monitored(b, addr);
    let mut success = b.i32_and(same, here);
    match sf {
        Width::X => {
            let now = b.i64_load(addr, 8);
            let seen = b.sys(SysReg::ExclusiveHigh);
            let same = b.i64_eq(now, seen);
            success = b.i32_and(success, same);
            b.store_if(success, addr, first, 8);
            let eight = b.i64_const(8);
            let upper = b.i64_add(addr, eight);
            b.store_if(success, upper, second, 8);
        }
        Width::W => {
            let first = b.i32_wrap_i64(first);
            let first = b.i64_extend_i32_u(first);
            let half = b.i64_const(32);
            let second = b.i64_shl(second, half);
            let both = b.i64_or(first, second);
            b.store_if(success, addr, both, 8);
        }
    }
    finish(b, success, rs);
}

fn clrex<B: Builder>(b: &mut B, _crm: Imm<4>) {
    let open = b.i64_const(u64::MAX);
    b.set_sys(SysReg::ExclusiveAddr, open);
}
