//! Data processing, immediate (C4.1.93).

use crate::{
    builder::Builder,
    int::Int,
    operands::{Amount, BitfieldImm, BitmaskImm, Gpr, GprSp, HalfWord, Imm, SImm, Width},
    row::instructions,
};

instructions! {
    class "Data processing, immediate";

    adr "0 immlo:2 10000 immhi:19 Rd:5" "adr {Rd}, {immhi:adr}" (immlo, immhi, Rd);
    adrp "1 immlo:2 10000 immhi:19 Rd:5" "adrp {Rd}, {immhi:page}" (immlo, immhi, Rd);

    add_imm "sf 0 0 100010 sh imm12:12 Rn:5 Rd:5" "add {Rd}, {Rn}, #{imm12}{sh}" (sf, sh, imm12, Rn, Rd)
        { "mov {Rd}, {Rn}" if (is_mov_sp) };
    adds_imm "sf 0 1 100010 sh imm12:12 Rn:5 Rd:5" "adds {Rd}, {Rn}, #{imm12}{sh}" (sf, sh, imm12, Rn, Rd)
        { "cmn {Rn}, #{imm12}{sh}" if (rd_is_31) };
    sub_imm "sf 1 0 100010 sh imm12:12 Rn:5 Rd:5" "sub {Rd}, {Rn}, #{imm12}{sh}" (sf, sh, imm12, Rn, Rd);
    subs_imm "sf 1 1 100010 sh imm12:12 Rn:5 Rd:5" "subs {Rd}, {Rn}, #{imm12}{sh}" (sf, sh, imm12, Rn, Rd)
        { "cmp {Rn}, #{imm12}{sh}" if (rd_is_31) };

    and_imm "sf 00 100100 imm:13 Rn:5 Rd:5" "and {Rd}, {Rn}, {imm}" (sf, imm, Rn, Rd) if (is_bitmask);
    orr_imm "sf 01 100100 imm:13 Rn:5 Rd:5" "orr {Rd}, {Rn}, {imm}" (sf, imm, Rn, Rd) if (is_bitmask)
        { "mov {Rd}, {imm}" if (is_mov_bitmask) };
    eor_imm "sf 10 100100 imm:13 Rn:5 Rd:5" "eor {Rd}, {Rn}, {imm}" (sf, imm, Rn, Rd) if (is_bitmask);
    ands_imm "sf 11 100100 imm:13 Rn:5 Rd:5" "ands {Rd}, {Rn}, {imm}" (sf, imm, Rn, Rd) if (is_bitmask)
        { "tst {Rn}, {imm}" if (rd_is_31) };

    movn "sf 00 100101 hw:2 imm16:16 Rd:5" "movn {Rd}, #{imm16:x}{hw}" (sf, hw, imm16, Rd) if (hw_fits)
        { "mov {Rd}, {hw:not}" if (is_mov_inverted) };
    movz "sf 10 100101 hw:2 imm16:16 Rd:5" "movz {Rd}, #{imm16:x}{hw}" (sf, hw, imm16, Rd) if (hw_fits)
        { "mov {Rd}, {hw:value}" if (is_mov_wide) };
    movk "sf 11 100101 hw:2 imm16:16 Rd:5" "movk {Rd}, #{imm16:x}{hw}" (sf, hw, imm16, Rd) if (hw_fits);

    sbfm "sf 00 100110 N immr:6 imms:6 Rn:5 Rd:5" "sbfm {Rd}, {Rn}, #{immr}, #{imms}" (sf, N, immr, imms, Rn, Rd) if (bitfield_fits) {
        "asr {Rd}, {Rn}, #{immr}" if (|w| imms(w) == size(w) - 1),
        "sbfiz {Rd}, {Rn}, #{immr:lsb}, #{imms:width}" if (|w| imms(w) < immr(w)),
        "sxtb {Rd}, {Rn:w}" if (|w| immr(w) == 0 && imms(w) == 7),
        "sxth {Rd}, {Rn:w}" if (|w| immr(w) == 0 && imms(w) == 15),
        "sxtw {Rd}, {Rn:w}" if (|w| immr(w) == 0 && imms(w) == 31),
        "sbfx {Rd}, {Rn}, #{immr}, #{imms:span}" if (|_| true),
    };
    bfm "sf 01 100110 N immr:6 imms:6 Rn:5 Rd:5" "bfm {Rd}, {Rn}, #{immr}, #{imms}" (sf, N, immr, imms, Rn, Rd) if (bitfield_fits) {
        "bfc {Rd}, #{immr:lsb}, #{imms:width}" if (|w| imms(w) < immr(w) && w >> 5 & 31 == 31),
        "bfi {Rd}, {Rn}, #{immr:lsb}, #{imms:width}" if (|w| imms(w) < immr(w)),
        "bfxil {Rd}, {Rn}, #{immr}, #{imms:span}" if (|_| true),
    };
    ubfm "sf 10 100110 N immr:6 imms:6 Rn:5 Rd:5" "ubfm {Rd}, {Rn}, #{immr}, #{imms}" (sf, N, immr, imms, Rn, Rd) if (bitfield_fits) {
        "lsr {Rd}, {Rn}, #{immr}" if (|w| imms(w) == size(w) - 1),
        "lsl {Rd}, {Rn}, #{imms:left}" if (|w| imms(w) + 1 == immr(w)),
        "ubfiz {Rd}, {Rn}, #{immr:lsb}, #{imms:width}" if (|w| imms(w) < immr(w)),
        "uxtb {Rd}, {Rn}" if (|w| w >> 31 == 0 && immr(w) == 0 && imms(w) == 7),
        "uxth {Rd}, {Rn}" if (|w| w >> 31 == 0 && immr(w) == 0 && imms(w) == 15),
        "ubfx {Rd}, {Rn}, #{immr}, #{imms:span}" if (|_| true),
    };

    extr "sf 00 100111 N 0 Rm:5 imms:6 Rn:5 Rd:5" "extr {Rd}, {Rn}, {Rm}, #{imms}" (sf, N, Rm, imms, Rn, Rd) if (bitfield_fits)
        { "ror {Rd}, {Rn}, #{imms}" if (|w| w >> 16 & 31 == w >> 5 & 31) };
}

fn rd_is_31(word: u32) -> bool {
    word & 31 == 31
}

/// `add` with zero to or from the stack pointer is a move.
fn is_mov_sp(word: u32) -> bool {
    word >> 10 & 0x1fff == 0 && (word & 31 == 31 || word >> 5 & 31 == 31)
}

/// The immediate is allocated, and `N` is clear at 32 bits.
fn is_bitmask(word: u32) -> bool {
    let imm = word >> 10 & 0x1fff;
    (word >> 31 == 1 || imm >> 12 == 0) && BitmaskImm(imm).value().is_some()
}

/// `orr` with the zero register is a move unless `movz` or `movn` can make the value (the manual's `MoveWidePreferred`).
fn is_mov_bitmask(word: u32) -> bool {
    let is_64 = word >> 31 == 1;
    let all = if is_64 { u64::MAX } else { u32::MAX.into() };
    let value = BitmaskImm(word >> 10 & 0x1fff).value().unwrap_or(0) & all;
    let wide = |v: u64| (0..4).any(|hw| v & !(0xffff << (16 * hw)) == 0);
    word >> 5 & 31 == 31 && !wide(value) && !wide(!value & all)
}

/// At 32 bits only the lower two half words exist.
fn hw_fits(word: u32) -> bool {
    word >> 31 == 1 || word >> 22 & 1 == 0
}

/// `movz` of zero is a move only unshifted.
fn is_mov_wide(word: u32) -> bool {
    word >> 5 & 0xffff != 0 || word >> 21 & 3 == 0
}

/// As [`is_mov_wide`]; and at 32 bits `movn` of all ones gives a value that `movz` makes.
fn is_mov_inverted(word: u32) -> bool {
    is_mov_wide(word) && (word >> 31 == 1 || word >> 5 & 0xffff != 0xffff)
}

fn size(word: u32) -> u32 {
    32 << (word >> 31)
}

fn immr(word: u32) -> u32 {
    word >> 16 & 63
}

fn imms(word: u32) -> u32 {
    word >> 10 & 63
}

/// `N` equals `sf`, and at 32 bits both immediates are below 32 (bit 21, in `extr`, is a fixed zero).
fn bitfield_fits(word: u32) -> bool {
    let n = word >> 22 & 1;
    n == word >> 31 && (n == 1 || (imms(word) < 32 && (word >> 23 & 3 == 3 || immr(word) < 32)))
}

fn adr<B: Builder>(b: &mut B, immlo: Imm<2>, immhi: SImm<19>, rd: Gpr) {
    let offset = i64::from(immhi.0) << 2 | i64::from(immlo.0);
    let target = b.i64_const(b.pc().wrapping_add_signed(offset));
    rd.set_x(b, target);
}

#[inline(always)]
fn adrp<B: Builder>(b: &mut B, immlo: Imm<2>, immhi: SImm<19>, rd: Gpr) {
    let pages = i64::from(immhi.0) << 2 | i64::from(immlo.0);
    let target = b.i64_const((b.pc() & !0xfff).wrapping_add_signed(pages << 12));
    rd.set_x(b, target);
}

/// ADD (immediate), C6.2.4.
#[inline(always)]
fn add_imm<B: Builder>(b: &mut B, sf: Width, sh: Amount<1, 12>, imm12: Imm<12>, rn: GprSp, rd: GprSp) {
    let n = rn.get(b, sf);
    let k = n.like(b, u64::from(imm12.0) << sh.bits());
    let sum = n.add(b, k);
    rd.set(b, sum);
}

fn adds_imm<B: Builder>(b: &mut B, sf: Width, sh: Amount<1, 12>, imm12: Imm<12>, rn: GprSp, rd: Gpr) {
    let n = rn.get(b, sf);
    let k = n.like(b, u64::from(imm12.0) << sh.bits());
    let flags = n.nzcv_add(b, k);
    let sum = n.add(b, k);
    b.set_nzcv(flags);
    rd.set(b, sum);
}

#[inline(always)]
fn sub_imm<B: Builder>(b: &mut B, sf: Width, sh: Amount<1, 12>, imm12: Imm<12>, rn: GprSp, rd: GprSp) {
    let n = rn.get(b, sf);
    let k = n.like(b, u64::from(imm12.0) << sh.bits());
    let difference = n.sub(b, k);
    rd.set(b, difference);
}

#[inline(always)]
fn subs_imm<B: Builder>(b: &mut B, sf: Width, sh: Amount<1, 12>, imm12: Imm<12>, rn: GprSp, rd: Gpr) {
    let n = rn.get(b, sf);
    let k = n.like(b, u64::from(imm12.0) << sh.bits());
    let flags = n.nzcv_sub(b, k);
    let difference = n.sub(b, k);
    b.set_nzcv(flags);
    rd.set(b, difference);
}

/// The operands of a logical instruction with immediate. The row's guard has refused reserved immediates.
#[inline(always)]
fn logical<B: Builder>(b: &mut B, sf: Width, imm: BitmaskImm, rn: Gpr) -> (Int<B>, Int<B>) {
    let n = rn.get(b, sf);
    (n, n.like(b, imm.value().unwrap_or(0)))
}

#[inline(always)]
fn and_imm<B: Builder>(b: &mut B, sf: Width, imm: BitmaskImm, rn: Gpr, rd: GprSp) {
    let (n, k) = logical(b, sf, imm, rn);
    let result = n.and(b, k);
    rd.set(b, result);
}

#[inline(always)]
fn orr_imm<B: Builder>(b: &mut B, sf: Width, imm: BitmaskImm, rn: Gpr, rd: GprSp) {
    let (n, k) = logical(b, sf, imm, rn);
    let result = if rn.0 == 31 { k } else { n.or(b, k) };
    rd.set(b, result);
}

fn eor_imm<B: Builder>(b: &mut B, sf: Width, imm: BitmaskImm, rn: Gpr, rd: GprSp) {
    let (n, k) = logical(b, sf, imm, rn);
    let result = n.xor(b, k);
    rd.set(b, result);
}

#[inline(always)]
fn ands_imm<B: Builder>(b: &mut B, sf: Width, imm: BitmaskImm, rn: Gpr, rd: Gpr) {
    let (n, k) = logical(b, sf, imm, rn);
    let result = n.and(b, k);
    let flags = result.nzcv_logic(b);
    b.set_nzcv(flags);
    rd.set(b, result);
}

fn movn<B: Builder>(b: &mut B, sf: Width, hw: HalfWord, imm16: Imm<16>, rd: Gpr) {
    let value = Int::constant(b, sf, !(u64::from(imm16.0) << hw.bits()));
    rd.set(b, value);
}

#[inline(always)]
fn movz<B: Builder>(b: &mut B, sf: Width, hw: HalfWord, imm16: Imm<16>, rd: Gpr) {
    let value = Int::constant(b, sf, u64::from(imm16.0) << hw.bits());
    rd.set(b, value);
}

#[inline(always)]
fn movk<B: Builder>(b: &mut B, sf: Width, hw: HalfWord, imm16: Imm<16>, rd: Gpr) {
    let d = rd.get(b, sf);
    let keep = d.like(b, !(0xffff << hw.bits()));
    let part = d.like(b, u64::from(imm16.0) << hw.bits());
    let kept = d.and(b, keep);
    let result = kept.or(b, part);
    rd.set(b, result);
}

/// SBFM, C6.2.266: a shift left puts the field's top bit at the top, an arithmetic shift right brings the field to its place.
#[inline(always)]
fn sbfm<B: Builder>(b: &mut B, sf: Width, _n: Imm<1>, immr: BitfieldImm, imms: BitfieldImm, rn: Gpr, rd: Gpr) {
    let n = rn.get(b, sf);
    let up = sf.bits() - 1 - imms.0;
    // Extraction leaves `immr` at bit 0, insertion puts bit 0 at `bits - immr`.
    let down = if imms.0 >= immr.0 { up + immr.0 } else { up - (sf.bits() - immr.0) };
    let result = match (sf, imms.0, immr.0) {
        (Width::X, 31, 0) => {
            let w = rn.w(b);
            Int::X(b.i64_extend_i32_s(w))
        }
        _ => {
            let up = n.like(b, up.into());
            let down = n.like(b, down.into());
            let top = n.shl(b, up);
            top.shr_s(b, down)
        }
    };
    rd.set(b, result);
}

/// Ones at the place where a bitfield move puts the field.
#[inline(always)]
fn field_mask(sf: Width, immr: BitfieldImm, imms: BitfieldImm) -> u64 {
    let ones = |n: u32| u64::MAX >> (64 - n);
    if imms.0 >= immr.0 { ones(imms.0 - immr.0 + 1) } else { ones(imms.0 + 1) << (sf.bits() - immr.0) }
}

/// The field at its place, with other bits around it.
#[inline(always)]
fn moved_field<B: Builder>(b: &mut B, sf: Width, immr: BitfieldImm, imms: BitfieldImm, rn: Gpr) -> Int<B> {
    let n = rn.get(b, sf);
    if immr.0 == 0 {
        n
    } else if imms.0 >= immr.0 {
        let k = n.like(b, immr.0.into());
        n.shr_u(b, k)
    } else {
        let k = n.like(b, (sf.bits() - immr.0).into());
        n.shl(b, k)
    }
}

/// BFM, C6.2.30.
#[inline(always)]
fn bfm<B: Builder>(b: &mut B, sf: Width, _n: Imm<1>, immr: BitfieldImm, imms: BitfieldImm, rn: Gpr, rd: Gpr) {
    let mask = field_mask(sf, immr, imms);
    let field = moved_field(b, sf, immr, imms, rn);
    let mask_in = field.like(b, mask);
    let mask_out = field.like(b, !mask);
    let field = field.and(b, mask_in);
    let d = rd.get(b, sf);
    let kept = d.and(b, mask_out);
    let result = kept.or(b, field);
    rd.set(b, result);
}

/// UBFM, C6.2.380. Shifts need no mask.
#[inline(always)]
fn ubfm<B: Builder>(b: &mut B, sf: Width, _n: Imm<1>, immr: BitfieldImm, imms: BitfieldImm, rn: Gpr, rd: Gpr) {
    let mask = field_mask(sf, immr, imms);
    let field = moved_field(b, sf, immr, imms, rn);
    let is_shift = imms.0 == sf.bits() - 1 || imms.0 + 1 == immr.0;
    let result = if is_shift {
        field
    } else {
        let mask = field.like(b, mask);
        field.and(b, mask)
    };
    rd.set(b, result);
}

/// EXTR, C6.2.105.
#[inline(always)]
fn extr<B: Builder>(b: &mut B, sf: Width, _n: Imm<1>, rm: Gpr, imms: BitfieldImm, rn: Gpr, rd: Gpr) {
    let (n, m) = (rn.get(b, sf), rm.get(b, sf));
    let low = m.like(b, imms.0.into());
    let result = if imms.0 == 0 {
        m
    } else if rn == rm {
        n.rotr(b, low)
    } else {
        let high = m.like(b, (sf.bits() - imms.0).into());
        let upper = n.shl(b, high);
        let lower = m.shr_u(b, low);
        upper.or(b, lower)
    };
    rd.set(b, result);
}
