//! Atomic memory operations (FEAT_LSE, C4.1.94). One thread runs at a time: an operation is a load and a store.

use super::access::{Load, Store, U8, U16, U32, U64};
use crate::{
    builder::Builder,
    int::Int,
    operands::{Gpr, GprSp, Letter, Width},
    row::instructions,
};

instructions! {
    class "Atomic memory operations";

    ldaddb "00 111 0 00 A R 1 Rs:5 0 000 00 Rn:5 Rt:5" "ldadd{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, Add> feature (Lse)
        { "stadd{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldclrb "00 111 0 00 A R 1 Rs:5 0 001 00 Rn:5 Rt:5" "ldclr{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, Clear> feature (Lse)
        { "stclr{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldeorb "00 111 0 00 A R 1 Rs:5 0 010 00 Rn:5 Rt:5" "ldeor{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, Xor> feature (Lse)
        { "steor{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldsetb "00 111 0 00 A R 1 Rs:5 0 011 00 Rn:5 Rt:5" "ldset{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, Set> feature (Lse)
        { "stset{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldsmaxb "00 111 0 00 A R 1 Rs:5 0 100 00 Rn:5 Rt:5" "ldsmax{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, SMax> feature (Lse)
        { "stsmax{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldsminb "00 111 0 00 A R 1 Rs:5 0 101 00 Rn:5 Rt:5" "ldsmin{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, SMin> feature (Lse)
        { "stsmin{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldumaxb "00 111 0 00 A R 1 Rs:5 0 110 00 Rn:5 Rt:5" "ldumax{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, UMax> feature (Lse)
        { "stumax{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    lduminb "00 111 0 00 A R 1 Rs:5 0 111 00 Rn:5 Rt:5" "ldumin{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, UMin> feature (Lse)
        { "stumin{R}b {Rs:w}, [{Rn}]" if (result_is_unused) };
    swpb "00 111 0 00 A R 1 Rs:5 1 000 00 Rn:5 Rt:5" "swp{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U8, Swap> feature (Lse);
    ldaddh "01 111 0 00 A R 1 Rs:5 0 000 00 Rn:5 Rt:5" "ldadd{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, Add> feature (Lse)
        { "stadd{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldclrh "01 111 0 00 A R 1 Rs:5 0 001 00 Rn:5 Rt:5" "ldclr{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, Clear> feature (Lse)
        { "stclr{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldeorh "01 111 0 00 A R 1 Rs:5 0 010 00 Rn:5 Rt:5" "ldeor{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, Xor> feature (Lse)
        { "steor{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldseth "01 111 0 00 A R 1 Rs:5 0 011 00 Rn:5 Rt:5" "ldset{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, Set> feature (Lse)
        { "stset{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldsmaxh "01 111 0 00 A R 1 Rs:5 0 100 00 Rn:5 Rt:5" "ldsmax{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, SMax> feature (Lse)
        { "stsmax{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldsminh "01 111 0 00 A R 1 Rs:5 0 101 00 Rn:5 Rt:5" "ldsmin{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, SMin> feature (Lse)
        { "stsmin{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldumaxh "01 111 0 00 A R 1 Rs:5 0 110 00 Rn:5 Rt:5" "ldumax{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, UMax> feature (Lse)
        { "stumax{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    lduminh "01 111 0 00 A R 1 Rs:5 0 111 00 Rn:5 Rt:5" "ldumin{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, UMin> feature (Lse)
        { "stumin{R}h {Rs:w}, [{Rn}]" if (result_is_unused) };
    swph "01 111 0 00 A R 1 Rs:5 1 000 00 Rn:5 Rt:5" "swp{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U16, Swap> feature (Lse);
    ldadd_w "10 111 0 00 A R 1 Rs:5 0 000 00 Rn:5 Rt:5" "ldadd{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, Add> feature (Lse)
        { "stadd{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldclr_w "10 111 0 00 A R 1 Rs:5 0 001 00 Rn:5 Rt:5" "ldclr{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, Clear> feature (Lse)
        { "stclr{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldeor_w "10 111 0 00 A R 1 Rs:5 0 010 00 Rn:5 Rt:5" "ldeor{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, Xor> feature (Lse)
        { "steor{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldset_w "10 111 0 00 A R 1 Rs:5 0 011 00 Rn:5 Rt:5" "ldset{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, Set> feature (Lse)
        { "stset{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldsmax_w "10 111 0 00 A R 1 Rs:5 0 100 00 Rn:5 Rt:5" "ldsmax{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, SMax> feature (Lse)
        { "stsmax{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldsmin_w "10 111 0 00 A R 1 Rs:5 0 101 00 Rn:5 Rt:5" "ldsmin{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, SMin> feature (Lse)
        { "stsmin{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldumax_w "10 111 0 00 A R 1 Rs:5 0 110 00 Rn:5 Rt:5" "ldumax{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, UMax> feature (Lse)
        { "stumax{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    ldumin_w "10 111 0 00 A R 1 Rs:5 0 111 00 Rn:5 Rt:5" "ldumin{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, UMin> feature (Lse)
        { "stumin{R} {Rs:w}, [{Rn}]" if (result_is_unused) };
    swp_w "10 111 0 00 A R 1 Rs:5 1 000 00 Rn:5 Rt:5" "swp{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U32, Swap> feature (Lse);
    ldadd_x "11 111 0 00 A R 1 Rs:5 0 000 00 Rn:5 Rt:5" "ldadd{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, Add> feature (Lse)
        { "stadd{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    ldclr_x "11 111 0 00 A R 1 Rs:5 0 001 00 Rn:5 Rt:5" "ldclr{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, Clear> feature (Lse)
        { "stclr{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    ldeor_x "11 111 0 00 A R 1 Rs:5 0 010 00 Rn:5 Rt:5" "ldeor{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, Xor> feature (Lse)
        { "steor{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    ldset_x "11 111 0 00 A R 1 Rs:5 0 011 00 Rn:5 Rt:5" "ldset{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, Set> feature (Lse)
        { "stset{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    ldsmax_x "11 111 0 00 A R 1 Rs:5 0 100 00 Rn:5 Rt:5" "ldsmax{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, SMax> feature (Lse)
        { "stsmax{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    ldsmin_x "11 111 0 00 A R 1 Rs:5 0 101 00 Rn:5 Rt:5" "ldsmin{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, SMin> feature (Lse)
        { "stsmin{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    ldumax_x "11 111 0 00 A R 1 Rs:5 0 110 00 Rn:5 Rt:5" "ldumax{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, UMax> feature (Lse)
        { "stumax{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    ldumin_x "11 111 0 00 A R 1 Rs:5 0 111 00 Rn:5 Rt:5" "ldumin{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, UMin> feature (Lse)
        { "stumin{R} {Rs:x}, [{Rn}]" if (result_is_unused) };
    swp_x "11 111 0 00 A R 1 Rs:5 1 000 00 Rn:5 Rt:5" "swp{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, R, Rs, Rn, Rt) => modify<U64, Swap> feature (Lse);

    casb "00 001000 1 A 1 Rs:5 R 11111 Rn:5 Rt:5" "cas{A}{R}b {Rs:w}, {Rt:w}, [{Rn}]" (A, Rs, R, Rn, Rt) => compare_and_swap<U8> feature (Lse);
    cash "01 001000 1 A 1 Rs:5 R 11111 Rn:5 Rt:5" "cas{A}{R}h {Rs:w}, {Rt:w}, [{Rn}]" (A, Rs, R, Rn, Rt) => compare_and_swap<U16> feature (Lse);
    cas_w "10 001000 1 A 1 Rs:5 R 11111 Rn:5 Rt:5" "cas{A}{R} {Rs:w}, {Rt:w}, [{Rn}]" (A, Rs, R, Rn, Rt) => compare_and_swap<U32> feature (Lse);
    cas_x "11 001000 1 A 1 Rs:5 R 11111 Rn:5 Rt:5" "cas{A}{R} {Rs:x}, {Rt:x}, [{Rn}]" (A, Rs, R, Rn, Rt) => compare_and_swap<U64> feature (Lse);
    casp "0 sf 001000 0 A 1 Rs:5 R 11111 Rn:5 Rt:5" "casp{A}{R} {Rs}, {Rs:+1}, {Rt}, {Rt:+1}, [{Rn:x}]" (sf, A, Rs, R, Rn, Rt) if (pairs_are_even) feature (Lse);
}

/// Without acquire and with the zero register as result it is written as a store.
fn result_is_unused(word: u32) -> bool {
    word & 31 == 31 && word >> 23 & 1 == 0
}

fn pairs_are_even(word: u32) -> bool {
    word & 1 == 0 && word >> 16 & 1 == 0
}

/// What an atomic operation makes of the old value and its operand, on 64 bits: the old value is zero-extended, and only the low `8 << SCALE` bits of the
/// result are stored.
pub trait Operation {
    /// The new value.
    fn apply<B: Builder, T: Load>(b: &mut B, old: B::I64, operand: B::I64) -> B::I64;
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident |$b:ident, $t:ident, $old:ident, $operand:ident| $new:expr;)*) => {
        $($(#[$doc])*
        pub struct $name;
        impl Operation for $name {
            #[inline(always)]
            fn apply<B: Builder, $t: Load>($b: &mut B, $old: B::I64, $operand: B::I64) -> B::I64 {
                $new
            }
        })*
    };
}
operations! {
    /// Sum.
    Add |b, T, old, operand| b.i64_add(old, operand);
    /// Old bits that the operand does not have.
    Clear |b, T, old, operand| {
        let ones = b.i64_const(u64::MAX);
        let kept = b.i64_xor(operand, ones);
        b.i64_and(old, kept)
    };
    /// Exclusive or.
    Xor |b, T, old, operand| b.i64_xor(old, operand);
    /// Inclusive or.
    Set |b, T, old, operand| b.i64_or(old, operand);
    /// Signed maximum.
    SMax |b, T, old, operand| {
        let (x, y) = (at_top::<B, T>(b, old), at_top::<B, T>(b, operand));
        let keep = b.i64_gt_s(x, y);
        b.select_i64(keep, old, operand)
    };
    /// Signed minimum.
    SMin |b, T, old, operand| {
        let (x, y) = (at_top::<B, T>(b, old), at_top::<B, T>(b, operand));
        let keep = b.i64_lt_s(x, y);
        b.select_i64(keep, old, operand)
    };
    /// Unsigned maximum.
    UMax |b, T, old, operand| {
        let (x, y) = (at_top::<B, T>(b, old), at_top::<B, T>(b, operand));
        let keep = b.i64_gt_u(x, y);
        b.select_i64(keep, old, operand)
    };
    /// Unsigned minimum.
    UMin |b, T, old, operand| {
        let (x, y) = (at_top::<B, T>(b, old), at_top::<B, T>(b, operand));
        let keep = b.i64_lt_u(x, y);
        b.select_i64(keep, old, operand)
    };
    /// The operand.
    Swap |_b, T, _old, operand| operand;
}

/// The value's significant bits moved to the top, where 64-bit comparisons order them.
fn at_top<B: Builder, T: Load>(b: &mut B, value: B::I64) -> B::I64 {
    let bits = 8 << T::SCALE;
    if bits == 64 {
        return value;
    }
    let up = b.i64_const(64 - bits);
    b.i64_shl(value, up)
}

/// An unsigned access as 64 bits.
fn load<B: Builder, T: Load>(b: &mut B, addr: B::I64) -> B::I64 {
    match T::load(b, addr, 0) {
        Int::X(x) => x,
        Int::W(w) => b.i64_extend_i32_u(w),
    }
}

fn modify<B: Builder, T: Store, O: Operation>(b: &mut B, _a: Letter<'a'>, _r: Letter<'l'>, rs: Gpr, rn: GprSp, rt: Gpr) {
    let (addr, operand) = (rn.x(b), rs.x(b));
    let old = load::<B, T>(b, addr);
    let new = O::apply::<B, T>(b, old, operand);
    T::store(b, addr, 0, new);
    rt.set_x(b, old);
}

/// CAS, C6.2.44. The store is made only on success, so that a read-only page is no fault otherwise.
fn compare_and_swap<B: Builder, T: Store>(b: &mut B, _a: Letter<'a'>, rs: Gpr, _r: Letter<'l'>, rn: GprSp, rt: Gpr) {
    let (addr, expected, new) = (rn.x(b), rs.x(b), rt.x(b));
    let old = load::<B, T>(b, addr);
    let bits = 8 << T::SCALE;
    let expected = if bits == 64 {
        expected
    } else {
        let mask = b.i64_const((1 << bits) - 1);
        b.i64_and(expected, mask)
    };
    let same = b.i64_eq(old, expected);
    T::store_if(b, same, addr, new);
    rs.set_x(b, old);
}

/// CASP, C6.2.47: the registers of a pair are consecutive, the second of x30's is the zero register.
fn casp<B: Builder>(b: &mut B, sf: Width, _a: Letter<'a'>, rs: Gpr, _r: Letter<'l'>, rn: GprSp, rt: Gpr) {
    let (rs2, rt2) = (Gpr(rs.0 + 1), Gpr(rt.0 + 1));
    let addr = rn.x(b);
    match sf {
        Width::X => {
            let (expected_low, expected_high) = (rs.x(b), rs2.x(b));
            let (new_low, new_high) = (rt.x(b), rt2.x(b));
            let low = b.i64_load(addr, 0);
            let high = b.i64_load(addr, 8);
            let same_low = b.i64_eq(low, expected_low);
            let same_high = b.i64_eq(high, expected_high);
            let same = b.i32_and(same_low, same_high);
            b.store_if(same, addr, new_low, 8);
            let eight = b.i64_const(8);
            let upper = b.i64_add(addr, eight);
            b.store_if(same, upper, new_high, 8);
            rs.set_x(b, low);
            rs2.set_x(b, high);
        }
        Width::W => {
            let half = b.i64_const(32);
            let join = |b: &mut B, low: Gpr, high: Gpr| {
                let low = low.w(b);
                let low = b.i64_extend_i32_u(low);
                let high = high.x(b);
                let high = b.i64_shl(high, half);
                b.i64_or(low, high)
            };
            let (expected, new) = (join(b, rs, rs2), join(b, rt, rt2));
            let old = b.i64_load(addr, 0);
            let same = b.i64_eq(old, expected);
            b.store_if(same, addr, new, 8);
            let low = b.i32_wrap_i64(old);
            let high = b.i64_shr_u(old, half);
            rs.set_w(b, low);
            rs2.set_x(b, high);
        }
    }
}
