//! Data processing, register: conditional compare and select, one, two and three sources (C4.1.95).

use crate::{
    builder::Builder,
    int::Int,
    operands::{Cond, Gpr, Imm, Width},
    row::instructions,
};

instructions! {
    class "Data processing, register";

    ccmn_reg "sf 0 1 11010010 Rm:5 cond:4 00 Rn:5 0 nzcv:4" "ccmn {Rn}, {Rm}, #{nzcv}, {cond}" (sf, Rm, cond, Rn, nzcv);
    ccmn_imm "sf 0 1 11010010 imm5:5 cond:4 10 Rn:5 0 nzcv:4" "ccmn {Rn}, #{imm5}, #{nzcv}, {cond}" (sf, imm5, cond, Rn, nzcv);
    ccmp_reg "sf 1 1 11010010 Rm:5 cond:4 00 Rn:5 0 nzcv:4" "ccmp {Rn}, {Rm}, #{nzcv}, {cond}" (sf, Rm, cond, Rn, nzcv);
    ccmp_imm "sf 1 1 11010010 imm5:5 cond:4 10 Rn:5 0 nzcv:4" "ccmp {Rn}, #{imm5}, #{nzcv}, {cond}" (sf, imm5, cond, Rn, nzcv);

    csel "sf 0 0 11010100 Rm:5 cond:4 00 Rn:5 Rd:5" "csel {Rd}, {Rn}, {Rm}, {cond}" (sf, Rm, cond, Rn, Rd);
    csinc "sf 0 0 11010100 Rm:5 cond:4 01 Rn:5 Rd:5" "csinc {Rd}, {Rn}, {Rm}, {cond}" (sf, Rm, cond, Rn, Rd) {
        "cset {Rd}, {cond:inv}" if (|w| cond_inverts(w) && rn(w) == 31 && rm(w) == 31),
        "cinc {Rd}, {Rn}, {cond:inv}" if (|w| cond_inverts(w) && rn(w) == rm(w) && rn(w) != 31),
    };
    csinv "sf 1 0 11010100 Rm:5 cond:4 00 Rn:5 Rd:5" "csinv {Rd}, {Rn}, {Rm}, {cond}" (sf, Rm, cond, Rn, Rd) {
        "csetm {Rd}, {cond:inv}" if (|w| cond_inverts(w) && rn(w) == 31 && rm(w) == 31),
        "cinv {Rd}, {Rn}, {cond:inv}" if (|w| cond_inverts(w) && rn(w) == rm(w) && rn(w) != 31),
    };
    csneg "sf 1 0 11010100 Rm:5 cond:4 01 Rn:5 Rd:5" "csneg {Rd}, {Rn}, {Rm}, {cond}" (sf, Rm, cond, Rn, Rd)
        { "cneg {Rd}, {Rn}, {cond:inv}" if (|w| cond_inverts(w) && rn(w) == rm(w)) };

    udiv "sf 0 0 11010110 Rm:5 000010 Rn:5 Rd:5" "udiv {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);
    sdiv "sf 0 0 11010110 Rm:5 000011 Rn:5 Rd:5" "sdiv {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);
    lslv "sf 0 0 11010110 Rm:5 001000 Rn:5 Rd:5" "lsl {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);
    lsrv "sf 0 0 11010110 Rm:5 001001 Rn:5 Rd:5" "lsr {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);
    asrv "sf 0 0 11010110 Rm:5 001010 Rn:5 Rd:5" "asr {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);
    rorv "sf 0 0 11010110 Rm:5 001011 Rn:5 Rd:5" "ror {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);

    crc32b "0 0 0 11010110 Rm:5 010000 Rn:5 Rd:5" "crc32b {Rd:w}, {Rn:w}, {Rm:w}" (Rm, Rn, Rd) => crc<8, 0xedb8_8320> feature (Crc32);
    crc32h "0 0 0 11010110 Rm:5 010001 Rn:5 Rd:5" "crc32h {Rd:w}, {Rn:w}, {Rm:w}" (Rm, Rn, Rd) => crc<16, 0xedb8_8320> feature (Crc32);
    crc32w "0 0 0 11010110 Rm:5 010010 Rn:5 Rd:5" "crc32w {Rd:w}, {Rn:w}, {Rm:w}" (Rm, Rn, Rd) => crc<32, 0xedb8_8320> feature (Crc32);
    crc32x "1 0 0 11010110 Rm:5 010011 Rn:5 Rd:5" "crc32x {Rd:w}, {Rn:w}, {Rm:x}" (Rm, Rn, Rd) => crc<64, 0xedb8_8320> feature (Crc32);
    crc32cb "0 0 0 11010110 Rm:5 010100 Rn:5 Rd:5" "crc32cb {Rd:w}, {Rn:w}, {Rm:w}" (Rm, Rn, Rd) => crc<8, 0x82f6_3b78> feature (Crc32);
    crc32ch "0 0 0 11010110 Rm:5 010101 Rn:5 Rd:5" "crc32ch {Rd:w}, {Rn:w}, {Rm:w}" (Rm, Rn, Rd) => crc<16, 0x82f6_3b78> feature (Crc32);
    crc32cw "0 0 0 11010110 Rm:5 010110 Rn:5 Rd:5" "crc32cw {Rd:w}, {Rn:w}, {Rm:w}" (Rm, Rn, Rd) => crc<32, 0x82f6_3b78> feature (Crc32);
    crc32cx "1 0 0 11010110 Rm:5 010111 Rn:5 Rd:5" "crc32cx {Rd:w}, {Rn:w}, {Rm:x}" (Rm, Rn, Rd) => crc<64, 0x82f6_3b78> feature (Crc32);

    rbit "sf 1 0 11010110 00000 000000 Rn:5 Rd:5" "rbit {Rd}, {Rn}" (sf, Rn, Rd);
    rev16 "sf 1 0 11010110 00000 000001 Rn:5 Rd:5" "rev16 {Rd}, {Rn}" (sf, Rn, Rd);
    rev_w "0 1 0 11010110 00000 000010 Rn:5 Rd:5" "rev {Rd:w}, {Rn:w}" (Rn, Rd);
    rev32 "1 1 0 11010110 00000 000010 Rn:5 Rd:5" "rev32 {Rd}, {Rn}" (Rn, Rd);
    rev_x "1 1 0 11010110 00000 000011 Rn:5 Rd:5" "rev {Rd}, {Rn}" (Rn, Rd);
    clz "sf 1 0 11010110 00000 000100 Rn:5 Rd:5" "clz {Rd}, {Rn}" (sf, Rn, Rd);
    cls "sf 1 0 11010110 00000 000101 Rn:5 Rd:5" "cls {Rd}, {Rn}" (sf, Rn, Rd);

    madd "sf 00 11011 000 Rm:5 0 Ra:5 Rn:5 Rd:5" "madd {Rd}, {Rn}, {Rm}, {Ra}" (sf, Rm, Ra, Rn, Rd) { "mul {Rd}, {Rn}, {Rm}" if (ra_is_31) };
    msub "sf 00 11011 000 Rm:5 1 Ra:5 Rn:5 Rd:5" "msub {Rd}, {Rn}, {Rm}, {Ra}" (sf, Rm, Ra, Rn, Rd) { "mneg {Rd}, {Rn}, {Rm}" if (ra_is_31) };
    smaddl "1 00 11011 001 Rm:5 0 Ra:5 Rn:5 Rd:5" "smaddl {Rd}, {Rn:w}, {Rm:w}, {Ra}" (Rm, Ra, Rn, Rd) => multiply_long<true, false>
        { "smull {Rd}, {Rn:w}, {Rm:w}" if (ra_is_31) };
    smsubl "1 00 11011 001 Rm:5 1 Ra:5 Rn:5 Rd:5" "smsubl {Rd}, {Rn:w}, {Rm:w}, {Ra}" (Rm, Ra, Rn, Rd) => multiply_long<true, true>
        { "smnegl {Rd}, {Rn:w}, {Rm:w}" if (ra_is_31) };
    umaddl "1 00 11011 101 Rm:5 0 Ra:5 Rn:5 Rd:5" "umaddl {Rd}, {Rn:w}, {Rm:w}, {Ra}" (Rm, Ra, Rn, Rd) => multiply_long<false, false>
        { "umull {Rd}, {Rn:w}, {Rm:w}" if (ra_is_31) };
    umsubl "1 00 11011 101 Rm:5 1 Ra:5 Rn:5 Rd:5" "umsubl {Rd}, {Rn:w}, {Rm:w}, {Ra}" (Rm, Ra, Rn, Rd) => multiply_long<false, true>
        { "umnegl {Rd}, {Rn:w}, {Rm:w}" if (ra_is_31) };
    smulh "1 00 11011 010 Rm:5 0 ----- Rn:5 Rd:5" "smulh {Rd}, {Rn}, {Rm}" (Rm, Rn, Rd);
    umulh "1 00 11011 110 Rm:5 0 ----- Rn:5 Rd:5" "umulh {Rd}, {Rn}, {Rm}" (Rm, Rn, Rd);
}

fn rn(word: u32) -> u32 {
    word >> 5 & 31
}

fn rm(word: u32) -> u32 {
    word >> 16 & 31
}

fn ra_is_31(word: u32) -> bool {
    word >> 10 & 31 == 31
}

/// `al` and `nv` have no inverse, so the aliases with inverted conditions do not apply.
fn cond_inverts(word: u32) -> bool {
    word >> 13 & 7 != 7
}

/// The flags that a conditional comparison leaves.
#[inline(always)]
fn compare_if<B: Builder>(b: &mut B, cond: Cond, compared: B::I32, nzcv: Imm<4>) {
    let old = b.nzcv();
    let holds = b.cond(old, cond.0);
    let otherwise = b.i32_const(nzcv.0);
    let flags = b.select_i32(holds, compared, otherwise);
    b.set_nzcv(flags);
}

fn ccmn_reg<B: Builder>(b: &mut B, sf: Width, rm: Gpr, cond: Cond, rn: Gpr, nzcv: Imm<4>) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    let compared = n.nzcv_add(b, m);
    compare_if(b, cond, compared, nzcv);
}

fn ccmn_imm<B: Builder>(b: &mut B, sf: Width, imm5: Imm<5>, cond: Cond, rn: Gpr, nzcv: Imm<4>) {
    let n = rn.get(b, sf);
    let m = n.like(b, imm5.0.into());
    let compared = n.nzcv_add(b, m);
    compare_if(b, cond, compared, nzcv);
}

#[inline(always)]
fn ccmp_reg<B: Builder>(b: &mut B, sf: Width, rm: Gpr, cond: Cond, rn: Gpr, nzcv: Imm<4>) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    let compared = n.nzcv_sub(b, m);
    compare_if(b, cond, compared, nzcv);
}

#[inline(always)]
fn ccmp_imm<B: Builder>(b: &mut B, sf: Width, imm5: Imm<5>, cond: Cond, rn: Gpr, nzcv: Imm<4>) {
    let n = rn.get(b, sf);
    let m = n.like(b, imm5.0.into());
    let compared = n.nzcv_sub(b, m);
    compare_if(b, cond, compared, nzcv);
}

/// `n` if the condition holds, else `m`.
#[inline(always)]
fn select<B: Builder>(b: &mut B, cond: Cond, n: Int<B>, m: Int<B>, rd: Gpr) {
    let flags = b.nzcv();
    let holds = b.cond(flags, cond.0);
    let result = n.or_unless(b, holds, m);
    rd.set(b, result);
}

#[inline(always)]
fn csel<B: Builder>(b: &mut B, sf: Width, rm: Gpr, cond: Cond, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    select(b, cond, n, m, rd);
}

#[inline(always)]
fn csinc<B: Builder>(b: &mut B, sf: Width, rm: Gpr, cond: Cond, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    if rm.0 == 31 && rn.0 == 31 && cond.0 < 14 {
        // `cset`: the inverted condition itself.
        let flags = b.nzcv();
        let holds = b.cond(flags, cond.0 ^ 1);
        let result = Int::from_bit(b, sf, holds);
        return rd.set(b, result);
    }
    let one = m.like(b, 1);
    let m = m.add(b, one);
    select(b, cond, n, m, rd);
}

fn csinv<B: Builder>(b: &mut B, sf: Width, rm: Gpr, cond: Cond, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    let m = m.not(b);
    select(b, cond, n, m, rd);
}

fn csneg<B: Builder>(b: &mut B, sf: Width, rm: Gpr, cond: Cond, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    let zero = m.like(b, 0);
    let m = zero.sub(b, m);
    select(b, cond, n, m, rd);
}

macro_rules! two_sources {
    ($($name:ident $op:ident;)*) => {
        $(#[inline(always)]
        fn $name<B: Builder>(b: &mut B, sf: Width, rm: Gpr, rn: Gpr, rd: Gpr) {
            let (n, m) = (rn.get(b, sf), rm.get(b, sf));
            let result = n.$op(b, m);
            rd.set(b, result);
        })*
    };
}
two_sources! {
    udiv div_u;
    sdiv div_s;
    lslv shl;
    lsrv shr_u;
    asrv shr_s;
    rorv rotr;
}

/// CRC32 and CRC32C, C6.2.73: polynomial division of the reflected value, bit by bit. `POLY` is the reflected polynomial.
///
/// A step shifts right and subtracts the polynomial if the bit that fell out was set.
fn crc<B: Builder, const BITS: u32, const POLY: u32>(b: &mut B, rm: Gpr, rn: Gpr, rd: Gpr) {
    let mut acc = rn.w(b);
    let one = b.i32_const(1);
    let zero = b.i32_const(0);
    let poly = b.i32_const(POLY);
    let value = rm.x(b);
    for part in 0..BITS.div_ceil(32) {
        let at = b.i64_const(u64::from(part) * 32);
        let word = b.i64_shr_u(value, at);
        let mut word = b.i32_wrap_i64(word);
        if BITS < 32 {
            let mask = b.i32_const((1 << BITS) - 1);
            word = b.i32_and(word, mask);
        }
        acc = b.i32_xor(acc, word);
        for _ in 0..BITS.min(32) {
            let bit = b.i32_and(acc, one);
            let all = b.i32_sub(zero, bit);
            let subtrahend = b.i32_and(all, poly);
            let shifted = b.i32_shr_u(acc, one);
            acc = b.i32_xor(shifted, subtrahend);
        }
    }
    rd.set_w(b, acc);
}

fn rbit<B: Builder>(b: &mut B, sf: Width, rn: Gpr, rd: Gpr) {
    let n = rn.get(b, sf);
    let result = n.bitrev(b);
    rd.set(b, result);
}

/// Swaps the bytes of each half word.
fn rev16<B: Builder>(b: &mut B, sf: Width, rn: Gpr, rd: Gpr) {
    let n = rn.get(b, sf);
    let mask = n.like(b, 0x00ff_00ff_00ff_00ff);
    let eight = n.like(b, 8);
    let down = n.shr_u(b, eight);
    let down = down.and(b, mask);
    let up = n.and(b, mask);
    let up = up.shl(b, eight);
    let result = up.or(b, down);
    rd.set(b, result);
}

fn rev_w<B: Builder>(b: &mut B, rn: Gpr, rd: Gpr) {
    let n = rn.w(b);
    let result = b.i32_bswap(n);
    rd.set_w(b, result);
}

fn rev_x<B: Builder>(b: &mut B, rn: Gpr, rd: Gpr) {
    let n = rn.x(b);
    let result = b.i64_bswap(n);
    rd.set_x(b, result);
}

/// All bytes in reverse order, then the words back in place.
fn rev32<B: Builder>(b: &mut B, rn: Gpr, rd: Gpr) {
    let n = rn.x(b);
    let swapped = b.i64_bswap(n);
    let half = b.i64_const(32);
    let result = b.i64_rotl(swapped, half);
    rd.set_x(b, result);
}

fn clz<B: Builder>(b: &mut B, sf: Width, rn: Gpr, rd: Gpr) {
    let n = rn.get(b, sf);
    let result = n.clz(b);
    rd.set(b, result);
}

/// Leading bits equal to the sign, without it: the leading zeros of `((n ^ (n >> 1)) << 1) | 1`.
fn cls<B: Builder>(b: &mut B, sf: Width, rn: Gpr, rd: Gpr) {
    let n = rn.get(b, sf);
    let one = n.like(b, 1);
    let next = n.shr_s(b, one);
    let changes = n.xor(b, next);
    let changes = changes.shl(b, one);
    let changes = changes.or(b, one);
    let result = changes.clz(b);
    rd.set(b, result);
}

#[inline(always)]
fn madd<B: Builder>(b: &mut B, sf: Width, rm: Gpr, ra: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m, a) = (rn.get(b, sf), rm.get(b, sf), ra.get(b, sf));
    let product = n.mul(b, m);
    let result = if ra.0 == 31 { product } else { a.add(b, product) };
    rd.set(b, result);
}

fn msub<B: Builder>(b: &mut B, sf: Width, rm: Gpr, ra: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m, a) = (rn.get(b, sf), rm.get(b, sf), ra.get(b, sf));
    let product = n.mul(b, m);
    let result = a.sub(b, product);
    rd.set(b, result);
}

/// SMADDL and its kin: 32 by 32 bits to 64, added to or subtracted from `ra`.
fn multiply_long<B: Builder, const SIGNED: bool, const SUBTRACT: bool>(b: &mut B, rm: Gpr, ra: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.w(b), rm.w(b));
    let (n, m) = if SIGNED {
        (b.i64_extend_i32_s(n), b.i64_extend_i32_s(m))
    } else {
        (b.i64_extend_i32_u(n), b.i64_extend_i32_u(m))
    };
    let product = b.i64_mul(n, m);
    let a = ra.x(b);
    let result = if SUBTRACT {
        b.i64_sub(a, product)
    } else if ra.0 == 31 {
        product
    } else {
        b.i64_add(a, product)
    };
    rd.set_x(b, result);
}

fn smulh<B: Builder>(b: &mut B, rm: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.x(b), rm.x(b));
    let result = b.i64_mulhi_s(n, m);
    rd.set_x(b, result);
}

fn umulh<B: Builder>(b: &mut B, rm: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.x(b), rm.x(b));
    let result = b.i64_mulhi_u(n, m);
    rd.set_x(b, result);
}
