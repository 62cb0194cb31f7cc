//! Data processing, register: logical, addition and subtraction, with carry, flag manipulation (C4.1.95). The rest of the class is in `dp_reg_more.rs`.

use crate::{
    builder::Builder,
    int::Int,
    operands::{ExtendKind, Gpr, GprSp, Imm, ShiftKind, Width},
    row::instructions,
};

instructions! {
    class "Data processing, register";

    and_shifted "sf 00 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "and {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits);
    bic_shifted "sf 00 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5" "bic {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits);
    orr_shifted "sf 01 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "orr {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits)
        { "mov {Rd}, {Rm}" if (|w| rn_is_31(w) && w >> 10 & 63 == 0 && w >> 22 & 3 == 0) };
    orn_shifted "sf 01 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5" "orn {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits)
        { "mvn {Rd}, {Rm}{shift}" if (rn_is_31) };
    eor_shifted "sf 10 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "eor {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits);
    eon_shifted "sf 10 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5" "eon {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits);
    ands_shifted "sf 11 01010 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "ands {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits)
        { "tst {Rn}, {Rm}{shift}" if (rd_is_31) };
    bics_shifted "sf 11 01010 shift:2 1 Rm:5 imm6:6 Rn:5 Rd:5" "bics {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (amount_fits);

    add_shifted "sf 0 0 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "add {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (arithmetic_shift_fits);
    adds_shifted "sf 0 1 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "adds {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (arithmetic_shift_fits)
        { "cmn {Rn}, {Rm}{shift}" if (rd_is_31) };
    sub_shifted "sf 1 0 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "sub {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (arithmetic_shift_fits)
        { "neg {Rd}, {Rm}{shift}" if (rn_is_31) };
    subs_shifted "sf 1 1 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5" "subs {Rd}, {Rn}, {Rm}{shift}" (sf, shift, Rm, imm6, Rn, Rd) if (arithmetic_shift_fits) {
        "cmp {Rn}, {Rm}{shift}" if (rd_is_31),
        "negs {Rd}, {Rm}{shift}" if (rn_is_31),
    };

    add_extended "sf 0 0 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5" "add {Rd}, {Rn}, {Rm:ext}{option:sp}" (sf, Rm, option, imm3, Rn, Rd) if (extended_fits);
    adds_extended "sf 0 1 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5" "adds {Rd}, {Rn}, {Rm:ext}{option}" (sf, Rm, option, imm3, Rn, Rd) if (extended_fits)
        { "cmn {Rn}, {Rm:ext}{option}" if (rd_is_31) };
    sub_extended "sf 1 0 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5" "sub {Rd}, {Rn}, {Rm:ext}{option:sp}" (sf, Rm, option, imm3, Rn, Rd) if (extended_fits);
    subs_extended "sf 1 1 01011 001 Rm:5 option:3 imm3:3 Rn:5 Rd:5" "subs {Rd}, {Rn}, {Rm:ext}{option}" (sf, Rm, option, imm3, Rn, Rd) if (extended_fits)
        { "cmp {Rn}, {Rm:ext}{option}" if (rd_is_31) };

    adc "sf 0 0 11010000 Rm:5 000000 Rn:5 Rd:5" "adc {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);
    adcs "sf 0 1 11010000 Rm:5 000000 Rn:5 Rd:5" "adcs {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd);
    sbc "sf 1 0 11010000 Rm:5 000000 Rn:5 Rd:5" "sbc {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd) { "ngc {Rd}, {Rm}" if (rn_is_31) };
    sbcs "sf 1 1 11010000 Rm:5 000000 Rn:5 Rd:5" "sbcs {Rd}, {Rn}, {Rm}" (sf, Rm, Rn, Rd) { "ngcs {Rd}, {Rm}" if (rn_is_31) };

    rmif "101 11010000 imm6:6 00001 Rn:5 0 mask:4" "rmif {Rn}, #{imm6}, #{mask}" (imm6, Rn, mask) feature (FlagM);
    setf8 "001 11010000 000000 0 0010 Rn:5 01101" "setf8 {Rn:w}" (Rn) => setf<8> feature (FlagM);
    setf16 "001 11010000 000000 1 0010 Rn:5 01101" "setf16 {Rn:w}" (Rn) => setf<16> feature (FlagM);
}

fn rd_is_31(word: u32) -> bool {
    word & 31 == 31
}

fn rn_is_31(word: u32) -> bool {
    word >> 5 & 31 == 31
}

/// At 32 bits, shift amounts are below 32.
fn amount_fits(word: u32) -> bool {
    word >> 31 == 1 || word >> 15 & 1 == 0
}

/// Additions have no rotation besides.
fn arithmetic_shift_fits(word: u32) -> bool {
    amount_fits(word) && word >> 22 & 3 != 3
}

/// The extension is followed by a left shift of at most 4.
fn extended_fits(word: u32) -> bool {
    word >> 10 & 7 <= 4
}

/// A register, shifted by a constant.
#[inline(always)]
fn shifted<B: Builder>(b: &mut B, sf: Width, shift: ShiftKind, rm: Gpr, amount: Imm<6>) -> Int<B> {
    let m = rm.get(b, sf);
    if amount.0 == 0 {
        return m;
    }
    let k = m.like(b, amount.0.into());
    match shift {
        ShiftKind::Lsl => m.shl(b, k),
        ShiftKind::Lsr => m.shr_u(b, k),
        ShiftKind::Asr => m.shr_s(b, k),
        ShiftKind::Ror => m.rotr(b, k),
    }
}

macro_rules! logical {
    ($($name:ident |$b:ident, $rn:ident, $n:ident, $m:ident| $result:expr;)*) => {
        $(#[inline(always)]
        fn $name<B: Builder>($b: &mut B, sf: Width, shift: ShiftKind, rm: Gpr, imm6: Imm<6>, $rn: Gpr, rd: Gpr) {
            let ($n, $m) = ($rn.get($b, sf), shifted($b, sf, shift, rm, imm6));
            let result = $result;
            rd.set($b, result);
        })*
    };
}
logical! {
    and_shifted |b, rn, n, m| n.and(b, m);
    bic_shifted |b, rn, n, m| { let m = m.not(b); n.and(b, m) };
    orr_shifted |b, rn, n, m| if rn.0 == 31 { m } else { n.or(b, m) };
    orn_shifted |b, rn, n, m| { let m = m.not(b); if rn.0 == 31 { m } else { n.or(b, m) } };
    eor_shifted |b, rn, n, m| n.xor(b, m);
    eon_shifted |b, rn, n, m| { let m = m.not(b); n.xor(b, m) };
    ands_shifted |b, rn, n, m| {
        let result = n.and(b, m);
        let flags = result.nzcv_logic(b);
        b.set_nzcv(flags);
        result
    };
    bics_shifted |b, rn, n, m| {
        let m = m.not(b);
        let result = n.and(b, m);
        let flags = result.nzcv_logic(b);
        b.set_nzcv(flags);
        result
    };
    add_shifted |b, rn, n, m| n.add(b, m);
    adds_shifted |b, rn, n, m| {
        let flags = n.nzcv_add(b, m);
        b.set_nzcv(flags);
        n.add(b, m)
    };
    sub_shifted |b, rn, n, m| n.sub(b, m);
    subs_shifted |b, rn, n, m| {
        let flags = n.nzcv_sub(b, m);
        b.set_nzcv(flags);
        n.sub(b, m)
    };
}

impl ExtendKind {
    /// The register, extended and shifted left, as 64 bits.
    #[inline(always)]
    pub fn apply<B: Builder>(self, b: &mut B, rm: Gpr, amount: u32) -> B::I64 {
        let x = rm.x(b);
        let mask = |b: &mut B, ones: u64| {
            let mask = b.i64_const(ones);
            b.i64_and(x, mask)
        };
        let extended = match self.0 & 7 {
            0 => mask(b, 0xff),
            1 => mask(b, 0xffff),
            2 => {
                let w = b.i32_wrap_i64(x);
                b.i64_extend_i32_u(w)
            }
            4 => b.i64_extend8_s(x),
            5 => b.i64_extend16_s(x),
            6 => {
                let w = b.i32_wrap_i64(x);
                b.i64_extend_i32_s(w)
            }
            _ => x,
        };
        if amount == 0 {
            return extended;
        }
        let k = b.i64_const(amount.into());
        b.i64_shl(extended, k)
    }
}

/// The extended register operand at the operation's width.
#[inline(always)]
fn extended<B: Builder>(b: &mut B, sf: Width, rm: Gpr, option: ExtendKind, imm3: Imm<3>) -> Int<B> {
    let x = option.apply(b, rm, imm3.0);
    match sf {
        Width::W => Int::W(b.i32_wrap_i64(x)),
        Width::X => Int::X(x),
    }
}

#[inline(always)]
fn add_extended<B: Builder>(b: &mut B, sf: Width, rm: Gpr, option: ExtendKind, imm3: Imm<3>, rn: GprSp, rd: GprSp) {
    let (n, m) = (rn.get(b, sf), extended(b, sf, rm, option, imm3));
    let sum = n.add(b, m);
    rd.set(b, sum);
}

fn adds_extended<B: Builder>(b: &mut B, sf: Width, rm: Gpr, option: ExtendKind, imm3: Imm<3>, rn: GprSp, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), extended(b, sf, rm, option, imm3));
    let flags = n.nzcv_add(b, m);
    let sum = n.add(b, m);
    b.set_nzcv(flags);
    rd.set(b, sum);
}

fn sub_extended<B: Builder>(b: &mut B, sf: Width, rm: Gpr, option: ExtendKind, imm3: Imm<3>, rn: GprSp, rd: GprSp) {
    let (n, m) = (rn.get(b, sf), extended(b, sf, rm, option, imm3));
    let difference = n.sub(b, m);
    rd.set(b, difference);
}

fn subs_extended<B: Builder>(b: &mut B, sf: Width, rm: Gpr, option: ExtendKind, imm3: Imm<3>, rn: GprSp, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), extended(b, sf, rm, option, imm3));
    let flags = n.nzcv_sub(b, m);
    let difference = n.sub(b, m);
    b.set_nzcv(flags);
    rd.set(b, difference);
}

/// The carry flag, 0 or 1.
fn carry<B: Builder>(b: &mut B) -> B::I32 {
    const CS: u8 = 2;
    let flags = b.nzcv();
    b.cond(flags, CS)
}

/// `n + m + carry`, and its flags if wanted.
fn add_with_carry<B: Builder, const FLAGS: bool>(b: &mut B, n: Int<B>, m: Int<B>, rd: Gpr) {
    let c = carry(b);
    if FLAGS {
        let flags = n.nzcv_adc(b, m, c);
        b.set_nzcv(flags);
    }
    let sum = n.add(b, m);
    let c = Int::from_bit(b, n.width(), c);
    let sum = sum.add(b, c);
    rd.set(b, sum);
}

fn adc<B: Builder>(b: &mut B, sf: Width, rm: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    add_with_carry::<B, false>(b, n, m, rd);
}

fn adcs<B: Builder>(b: &mut B, sf: Width, rm: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    add_with_carry::<B, true>(b, n, m, rd);
}

fn sbc<B: Builder>(b: &mut B, sf: Width, rm: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    let m = m.not(b);
    add_with_carry::<B, false>(b, n, m, rd);
}

fn sbcs<B: Builder>(b: &mut B, sf: Width, rm: Gpr, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    let m = m.not(b);
    add_with_carry::<B, true>(b, n, m, rd);
}

/// RMIF, C6.2.246: the low four bits of the rotated register go to the flags that `mask` selects.
fn rmif<B: Builder>(b: &mut B, imm6: Imm<6>, rn: Gpr, mask: Imm<4>) {
    let (n, k) = (rn.x(b), b.i64_const(imm6.0.into()));
    let rotated = b.i64_rotr(n, k);
    let rotated = b.i32_wrap_i64(rotated);
    let (taken, kept) = (b.i32_const(mask.0), b.i32_const(!mask.0 & 15));
    let new = b.i32_and(rotated, taken);
    let old = b.nzcv();
    let old = b.i32_and(old, kept);
    let flags = b.i32_or(old, new);
    b.set_nzcv(flags);
}

/// SETF8 and SETF16, C6.2.269: N and Z of the low bits, V where the bit above differs from the sign; C stays.
fn setf<B: Builder, const BITS: u32>(b: &mut B, rn: Gpr) {
    let n = rn.w(b);
    let up = b.i32_const(32 - BITS);
    let one = b.i32_const(1);
    // The value at the top of a word gives N and Z.
    let top = b.i32_shl(n, up);
    let nz = b.nzcv_logic32(top);
    // Bit BITS exclusive-or bit BITS - 1.
    let shifted = b.i32_shl(n, one);
    let differs = b.i32_xor(n, shifted);
    let at = b.i32_const(BITS);
    let v = b.i32_shr_u(differs, at);
    let v = b.i32_and(v, one);
    let c_mask = b.i32_const(2);
    let old = b.nzcv();
    let c = b.i32_and(old, c_mask);
    let flags = b.i32_or(nz, v);
    let flags = b.i32_or(flags, c);
    b.set_nzcv(flags);
}
