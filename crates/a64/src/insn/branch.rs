//! Branches (C4.1.94 of the branch class).

use crate::{
    builder::Builder,
    operands::{Cond, Gpr, Imm, SImm, Width},
    row::instructions,
};

instructions! {
    class "Branches";

    b "000101 imm26:26" "b {imm26:label}" (imm26);
    bl "100101 imm26:26" "bl {imm26:label}" (imm26);
    b_cond "0101010 0 imm19:19 0 cond:4" "b.{cond} {imm19:label}" (imm19, cond);
    cbz "sf 011010 0 imm19:19 Rt:5" "cbz {Rt}, {imm19:label}" (sf, imm19, Rt);
    cbnz "sf 011010 1 imm19:19 Rt:5" "cbnz {Rt}, {imm19:label}" (sf, imm19, Rt);
    tbz "b5 011011 0 b40:5 imm14:14 Rt:5" "tbz {Rt:b5}, #{b40:bit}, {imm14:label}" (b5, b40, imm14, Rt);
    tbnz "b5 011011 1 b40:5 imm14:14 Rt:5" "tbnz {Rt:b5}, #{b40:bit}, {imm14:label}" (b5, b40, imm14, Rt);
    br "1101011 0000 11111 000000 Rn:5 00000" "br {Rn}" (Rn);
    blr "1101011 0001 11111 000000 Rn:5 00000" "blr {Rn}" (Rn);
    ret "1101011 0010 11111 000000 Rn:5 00000" "ret {Rn}" (Rn) { "ret" if (|w| w >> 5 & 31 == 30) };
}

/// The address `words` instructions away.
#[inline(always)]
fn target<B: Builder>(b: &B, words: i32) -> u64 {
    b.pc().wrapping_add_signed(i64::from(words) * 4)
}

#[inline(always)]
fn b<B: Builder>(b: &mut B, imm26: SImm<26>) {
    let to = target(b, imm26.0);
    b.jump(to);
}

fn bl<B: Builder>(b: &mut B, imm26: SImm<26>) {
    let to = target(b, imm26.0);
    b.call(to);
}

/// B.cond, C6.2.26; `al` and `nv` are always taken.
#[inline(always)]
fn b_cond<B: Builder>(b: &mut B, imm19: SImm<19>, cond: Cond) {
    let to = target(b, imm19.0);
    if cond.0 >= 14 {
        return b.jump(to);
    }
    let flags = b.nzcv();
    let holds = b.cond(flags, cond.0);
    b.jump_if(holds, to);
}

#[inline(always)]
fn cbz<B: Builder>(b: &mut B, sf: Width, imm19: SImm<19>, rt: Gpr) {
    let to = target(b, imm19.0);
    let zero = rt.get(b, sf).is_zero(b);
    b.jump_if(zero, to);
}

#[inline(always)]
fn cbnz<B: Builder>(b: &mut B, sf: Width, imm19: SImm<19>, rt: Gpr) {
    let to = target(b, imm19.0);
    let zero = rt.get(b, sf).is_zero(b);
    let other = b.i32_eqz(zero);
    b.jump_if(other, to);
}

/// Bit `b5:b40` of a register, not shifted down if it is in the low word.
#[inline(always)]
fn tested<B: Builder>(b: &mut B, b5: Width, b40: Imm<5>, rt: Gpr) -> B::I32 {
    let word = match b5 {
        Width::W => rt.w(b),
        Width::X => {
            let (x, half) = (rt.x(b), b.i64_const(32));
            let high = b.i64_shr_u(x, half);
            b.i32_wrap_i64(high)
        }
    };
    let mask = b.i32_const(1 << b40.0);
    b.i32_and(word, mask)
}

#[inline(always)]
fn tbz<B: Builder>(b: &mut B, b5: Width, b40: Imm<5>, imm14: SImm<14>, rt: Gpr) {
    let to = target(b, imm14.0);
    let bit = tested(b, b5, b40, rt);
    let clear = b.i32_eqz(bit);
    b.jump_if(clear, to);
}

#[inline(always)]
fn tbnz<B: Builder>(b: &mut B, b5: Width, b40: Imm<5>, imm14: SImm<14>, rt: Gpr) {
    let to = target(b, imm14.0);
    let bit = tested(b, b5, b40, rt);
    b.jump_if(bit, to);
}

fn br<B: Builder>(b: &mut B, rn: Gpr) {
    let to = rn.x(b);
    b.jump_indirect(to);
}

fn blr<B: Builder>(b: &mut B, rn: Gpr) {
    let to = rn.x(b);
    b.call_indirect(to);
}

fn ret<B: Builder>(b: &mut B, rn: Gpr) {
    let to = rn.x(b);
    b.ret(to);
}
