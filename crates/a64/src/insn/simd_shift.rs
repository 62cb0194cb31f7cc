//! Advanced SIMD shifts by immediate, and fixed-point conversions, C4.1.96; scalar forms.

use super::{
    lane::{self, Lane, Saturation},
    scalar::Fixed,
    shape::{count, set, set_half, set_scalar},
    vfloat,
};
use crate::{
    builder::Builder,
    fpu::Rounding,
    operands::{Q, ShiftImm, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD shift by immediate";
    sshr_imm_v "0 Q 0 011110 shift:7 00000 1 Rn:5 Rd:5" "sshr {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<true, false, false> if (not_1d_shift) feature (AdvSimd);
    ssra_imm_v "0 Q 0 011110 shift:7 00010 1 Rn:5 Rd:5" "ssra {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<true, false, true> if (not_1d_shift) feature (AdvSimd);
    srshr_imm_v "0 Q 0 011110 shift:7 00100 1 Rn:5 Rd:5" "srshr {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<true, true, false> if (not_1d_shift) feature (AdvSimd);
    srsra_imm_v "0 Q 0 011110 shift:7 00110 1 Rn:5 Rd:5" "srsra {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<true, true, true> if (not_1d_shift) feature (AdvSimd);
    ushr_imm_v "0 Q 1 011110 shift:7 00000 1 Rn:5 Rd:5" "ushr {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<false, false, false> if (not_1d_shift) feature (AdvSimd);
    usra_imm_v "0 Q 1 011110 shift:7 00010 1 Rn:5 Rd:5" "usra {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<false, false, true> if (not_1d_shift) feature (AdvSimd);
    urshr_imm_v "0 Q 1 011110 shift:7 00100 1 Rn:5 Rd:5" "urshr {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<false, true, false> if (not_1d_shift) feature (AdvSimd);
    ursra_imm_v "0 Q 1 011110 shift:7 00110 1 Rn:5 Rd:5" "ursra {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right<false, true, true> if (not_1d_shift) feature (AdvSimd);
    sri_imm_v "0 Q 1 011110 shift:7 01000 1 Rn:5 Rd:5" "sri {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => shift_right_insert if (not_1d_shift) feature (AdvSimd);
    shl_imm_v "0 Q 0 011110 shift:7 01010 1 Rn:5 Rd:5" "shl {Rd:T}, {Rn:T}, #{shift:l}" (Q, shift, Rn, Rd) => shift_left<Shl> if (not_1d_shift) feature (AdvSimd);
    sli_imm_v "0 Q 1 011110 shift:7 01010 1 Rn:5 Rd:5" "sli {Rd:T}, {Rn:T}, #{shift:l}" (Q, shift, Rn, Rd) => shift_left_insert if (not_1d_shift) feature (AdvSimd);
    sqshlu_imm_v "0 Q 1 011110 shift:7 01100 1 Rn:5 Rd:5" "sqshlu {Rd:T}, {Rn:T}, #{shift:l}" (Q, shift, Rn, Rd) => shift_left<Sqshlu> if (not_1d_shift) feature (AdvSimd);
    sqshl_imm_v "0 Q 0 011110 shift:7 01110 1 Rn:5 Rd:5" "sqshl {Rd:T}, {Rn:T}, #{shift:l}" (Q, shift, Rn, Rd) => shift_left<Sqshl> if (not_1d_shift) feature (AdvSimd);
    uqshl_imm_v "0 Q 1 011110 shift:7 01110 1 Rn:5 Rd:5" "uqshl {Rd:T}, {Rn:T}, #{shift:l}" (Q, shift, Rn, Rd) => shift_left<Uqshl> if (not_1d_shift) feature (AdvSimd);
    shrn_v "0 Q 0 011110 shift:7 10000 1 Rn:5 Rd:5" "shrn{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<Truncate, false> if (bhs_shift) feature (AdvSimd);
    rshrn_v "0 Q 0 011110 shift:7 10001 1 Rn:5 Rd:5" "rshrn{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<Truncate, true> if (bhs_shift) feature (AdvSimd);
    sqshrun_v "0 Q 1 011110 shift:7 10000 1 Rn:5 Rd:5" "sqshrun{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<SignedToUnsigned, false> if (bhs_shift) feature (AdvSimd);
    sqrshrun_v "0 Q 1 011110 shift:7 10001 1 Rn:5 Rd:5" "sqrshrun{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<SignedToUnsigned, true> if (bhs_shift) feature (AdvSimd);
    sqshrn_v "0 Q 0 011110 shift:7 10010 1 Rn:5 Rd:5" "sqshrn{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<Signed, false> if (bhs_shift) feature (AdvSimd);
    sqrshrn_v "0 Q 0 011110 shift:7 10011 1 Rn:5 Rd:5" "sqrshrn{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<Signed, true> if (bhs_shift) feature (AdvSimd);
    uqshrn_v "0 Q 1 011110 shift:7 10010 1 Rn:5 Rd:5" "uqshrn{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<Unsigned, false> if (bhs_shift) feature (AdvSimd);
    uqrshrn_v "0 Q 1 011110 shift:7 10011 1 Rn:5 Rd:5" "uqrshrn{Q} {Rd:T}, {Rn:W}, #{shift:r}" (Q, shift, Rn, Rd) => shift_narrow<Unsigned, true> if (bhs_shift) feature (AdvSimd);
    sshll_v "0 Q 0 011110 shift:7 10100 1 Rn:5 Rd:5" "sshll{Q} {Rd:W}, {Rn:T}, #{shift:l}" (Q, shift, Rn, Rd) => shift_long<true> if (bhs_shift) feature (AdvSimd)
        { "sxtl{Q} {Rd:W}, {Rn:T}" if (unshifted) };
    ushll_v "0 Q 1 011110 shift:7 10100 1 Rn:5 Rd:5" "ushll{Q} {Rd:W}, {Rn:T}, #{shift:l}" (Q, shift, Rn, Rd) => shift_long<false> if (bhs_shift) feature (AdvSimd)
        { "uxtl{Q} {Rd:W}, {Rn:T}" if (unshifted) };
    scvtf_fixed_v "0 Q 0 011110 shift:7 11100 1 Rn:5 Rd:5" "scvtf {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => from_fixed<true> if (fp_shift) feature (AdvSimd);
    ucvtf_fixed_v "0 Q 1 011110 shift:7 11100 1 Rn:5 Rd:5" "ucvtf {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => from_fixed<false> if (fp_shift) feature (AdvSimd);
    fcvtzs_fixed_v "0 Q 0 011110 shift:7 11111 1 Rn:5 Rd:5" "fcvtzs {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => to_fixed<true> if (fp_shift) feature (AdvSimd);
    fcvtzu_fixed_v "0 Q 1 011110 shift:7 11111 1 Rn:5 Rd:5" "fcvtzu {Rd:T}, {Rn:T}, #{shift:r}" (Q, shift, Rn, Rd) => to_fixed<false> if (fp_shift) feature (AdvSimd);

    // Scalar.
    sshr_imm_d "01 0 111110 shift:7 00000 1 Rn:5 Rd:5" "sshr {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<true, false, false> if (d_shift) feature (AdvSimd);
    ssra_imm_d "01 0 111110 shift:7 00010 1 Rn:5 Rd:5" "ssra {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<true, false, true> if (d_shift) feature (AdvSimd);
    srshr_imm_d "01 0 111110 shift:7 00100 1 Rn:5 Rd:5" "srshr {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<true, true, false> if (d_shift) feature (AdvSimd);
    srsra_imm_d "01 0 111110 shift:7 00110 1 Rn:5 Rd:5" "srsra {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<true, true, true> if (d_shift) feature (AdvSimd);
    ushr_imm_d "01 1 111110 shift:7 00000 1 Rn:5 Rd:5" "ushr {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<false, false, false> if (d_shift) feature (AdvSimd);
    usra_imm_d "01 1 111110 shift:7 00010 1 Rn:5 Rd:5" "usra {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<false, false, true> if (d_shift) feature (AdvSimd);
    urshr_imm_d "01 1 111110 shift:7 00100 1 Rn:5 Rd:5" "urshr {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<false, true, false> if (d_shift) feature (AdvSimd);
    ursra_imm_d "01 1 111110 shift:7 00110 1 Rn:5 Rd:5" "ursra {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right<false, true, true> if (d_shift) feature (AdvSimd);
    sri_imm_d "01 1 111110 shift:7 01000 1 Rn:5 Rd:5" "sri {Rd:d}, {Rn:d}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_right_insert if (d_shift) feature (AdvSimd);
    shl_imm_d "01 0 111110 shift:7 01010 1 Rn:5 Rd:5" "shl {Rd:d}, {Rn:d}, #{shift:l}" (shift, Rn, Rd) => scalar_shift_left<Shl> if (d_shift) feature (AdvSimd);
    sli_imm_d "01 1 111110 shift:7 01010 1 Rn:5 Rd:5" "sli {Rd:d}, {Rn:d}, #{shift:l}" (shift, Rn, Rd) => scalar_shift_left_insert if (d_shift) feature (AdvSimd);
    sqshlu_imm_e "01 1 111110 shift:7 01100 1 Rn:5 Rd:5" "sqshlu {Rd:e}, {Rn:e}, #{shift:l}" (shift, Rn, Rd) => scalar_shift_left<Sqshlu> if (any_shift) feature (AdvSimd);
    sqshl_imm_e "01 0 111110 shift:7 01110 1 Rn:5 Rd:5" "sqshl {Rd:e}, {Rn:e}, #{shift:l}" (shift, Rn, Rd) => scalar_shift_left<Sqshl> if (any_shift) feature (AdvSimd);
    uqshl_imm_e "01 1 111110 shift:7 01110 1 Rn:5 Rd:5" "uqshl {Rd:e}, {Rn:e}, #{shift:l}" (shift, Rn, Rd) => scalar_shift_left<Uqshl> if (any_shift) feature (AdvSimd);
    sqshrun_e "01 1 111110 shift:7 10000 1 Rn:5 Rd:5" "sqshrun {Rd:e}, {Rn:ew}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_narrow<SignedToUnsigned, false> if (bhs_shift) feature (AdvSimd);
    sqrshrun_e "01 1 111110 shift:7 10001 1 Rn:5 Rd:5" "sqrshrun {Rd:e}, {Rn:ew}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_narrow<SignedToUnsigned, true> if (bhs_shift) feature (AdvSimd);
    sqshrn_e "01 0 111110 shift:7 10010 1 Rn:5 Rd:5" "sqshrn {Rd:e}, {Rn:ew}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_narrow<Signed, false> if (bhs_shift) feature (AdvSimd);
    sqrshrn_e "01 0 111110 shift:7 10011 1 Rn:5 Rd:5" "sqrshrn {Rd:e}, {Rn:ew}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_narrow<Signed, true> if (bhs_shift) feature (AdvSimd);
    uqshrn_e "01 1 111110 shift:7 10010 1 Rn:5 Rd:5" "uqshrn {Rd:e}, {Rn:ew}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_narrow<Unsigned, false> if (bhs_shift) feature (AdvSimd);
    uqrshrn_e "01 1 111110 shift:7 10011 1 Rn:5 Rd:5" "uqrshrn {Rd:e}, {Rn:ew}, #{shift:r}" (shift, Rn, Rd) => scalar_shift_narrow<Unsigned, true> if (bhs_shift) feature (AdvSimd);
    scvtf_fixed_e "01 0 111110 shift:7 11100 1 Rn:5 Rd:5" "scvtf {Rd:e}, {Rn:e}, #{shift:r}" (shift, Rn, Rd) => scalar_from_fixed<true> if (fp_scalar_shift) feature (AdvSimd);
    ucvtf_fixed_e "01 1 111110 shift:7 11100 1 Rn:5 Rd:5" "ucvtf {Rd:e}, {Rn:e}, #{shift:r}" (shift, Rn, Rd) => scalar_from_fixed<false> if (fp_scalar_shift) feature (AdvSimd);
    fcvtzs_fixed_e "01 0 111110 shift:7 11111 1 Rn:5 Rd:5" "fcvtzs {Rd:e}, {Rn:e}, #{shift:r}" (shift, Rn, Rd) => scalar_to_fixed<true> if (fp_scalar_shift) feature (AdvSimd);
    fcvtzu_fixed_e "01 1 111110 shift:7 11111 1 Rn:5 Rd:5" "fcvtzu {Rd:e}, {Rn:e}, #{shift:r}" (shift, Rn, Rd) => scalar_to_fixed<false> if (fp_scalar_shift) feature (AdvSimd);
}

/// The part of `shift` that says the lane size.
fn immh(word: u32) -> u32 {
    word >> 19 & 15
}

fn any_shift(word: u32) -> bool {
    immh(word) != 0
}

/// Not one 64-bit lane.
fn not_1d_shift(word: u32) -> bool {
    immh(word) != 0 && (immh(word) < 8 || word >> 30 & 1 == 1)
}

/// The narrow lanes have at most 32 bits.
fn bhs_shift(word: u32) -> bool {
    matches!(immh(word), 1..=7)
}

fn d_shift(word: u32) -> bool {
    immh(word) >= 8
}

/// Half, single or double precision, but not one double.
fn fp_shift(word: u32) -> bool {
    matches!(immh(word), 2..=7) || (immh(word) >= 8 && word >> 30 & 1 == 1)
}

fn fp_scalar_shift(word: u32) -> bool {
    immh(word) >= 2
}

fn unshifted(word: u32) -> bool {
    word >> 16 & 7 == 0 && immh(word).is_power_of_two()
}

/// A right shift, and what is done with it.
fn right<B: Builder, const SIGNED: bool, const ROUND: bool, const ACCUMULATE: bool>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) -> B::V128 {
    let lane = shift.lane();
    let x = b.v(rn.0);
    let shifted =
        if ROUND { lane::rounding_shr(b, lane, SIGNED, x, shift.right()) } else { lane::shr(b, lane, SIGNED, x, shift.right()) };
    if !ACCUMULATE {
        return shifted;
    }
    let d = b.v(rd.0);
    lane::add(b, lane, d, shifted)
}

/// [SU][R]SHR, [SU][R]SRA.
fn shift_right<B: Builder, const SIGNED: bool, const ROUND: bool, const ACCUMULATE: bool>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    let result = right::<B, SIGNED, ROUND, ACCUMULATE>(b, shift, rn, rd);
    set(b, q, rd, result);
}

/// [SU][R]SHR, [SU][R]SRA (scalar).
fn scalar_shift_right<B: Builder, const SIGNED: bool, const ROUND: bool, const ACCUMULATE: bool>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    let result = right::<B, SIGNED, ROUND, ACCUMULATE>(b, shift, rn, rd);
    set_scalar(b, shift.lane(), rd, result);
}

/// `shifted` where bits come from it, else the old Rd.
fn insert<B: Builder>(b: &mut B, lane: Lane, bits: u64, shifted: B::V128, rd: Vreg) -> B::V128 {
    let d = b.v(rd.0);
    let mask = lane::constant(b, lane, bits);
    b.v128_bitselect(shifted, d, mask)
}

fn right_insert<B: Builder>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) -> B::V128 {
    let lane = shift.lane();
    let x = b.v(rn.0);
    let shifted = lane::shr(b, lane, false, x, shift.right());
    let bits = lane.mask().checked_shr(shift.right()).unwrap_or(0);
    insert(b, lane, bits, shifted, rd)
}

/// SRI.
fn shift_right_insert<B: Builder>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    let result = right_insert(b, shift, rn, rd);
    set(b, q, rd, result);
}

/// SRI (scalar).
fn scalar_shift_right_insert<B: Builder>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    let result = right_insert(b, shift, rn, rd);
    set_scalar(b, shift.lane(), rd, result);
}

fn left_insert<B: Builder>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) -> B::V128 {
    let lane = shift.lane();
    let x = b.v(rn.0);
    let shifted = lane::shl(b, lane, x, shift.left());
    insert(b, lane, lane.mask() << shift.left() & lane.mask(), shifted, rd)
}

/// SLI.
fn shift_left_insert<B: Builder>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    let result = left_insert(b, shift, rn, rd);
    set(b, q, rd, result);
}

/// SLI (scalar).
fn scalar_shift_left_insert<B: Builder>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    let result = left_insert(b, shift, rn, rd);
    set_scalar(b, shift.lane(), rd, result);
}

/// A left shift by a constant.
trait Left {
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128, n: u32) -> B::V128;
}

/// SHL.
struct Shl;
/// SQSHL: the limit of x's sign where shifting back does not give x.
struct Sqshl;
/// UQSHL.
struct Uqshl;
/// SQSHLU: zero where x is negative, else as UQSHL.
struct Sqshlu;

impl Left for Shl {
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128, n: u32) -> B::V128 {
        lane::shl(b, lane, x, n)
    }
}

impl Left for Sqshl {
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128, n: u32) -> B::V128 {
        let shifted = lane::shl(b, lane, x, n);
        let back = lane::shr(b, lane, true, shifted, n);
        let same = lane::eq(b, lane, back, x);
        let limit = lane::limit_of_sign(b, lane, x);
        if b.exact() {
            lane::saturated_unless_same(b, lane, back, x);
        }
        b.v128_bitselect(shifted, limit, same)
    }
}

impl Left for Uqshl {
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128, n: u32) -> B::V128 {
        let shifted = lane::shl(b, lane, x, n);
        let back = lane::shr(b, lane, false, shifted, n);
        let lost = lane::ne(b, lane, back, x);
        if b.exact() {
            lane::saturated(b, lane, lost);
        }
        b.v128_or(shifted, lost)
    }
}

impl Left for Sqshlu {
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128, n: u32) -> B::V128 {
        let shifted = Uqshl::apply(b, lane, x, n);
        let negative = lane::sign_mask(b, lane, x);
        if b.exact() {
            lane::saturated(b, lane, negative);
        }
        b.v128_andnot(shifted, negative)
    }
}

/// SHL, SQSHL, UQSHL, SQSHLU.
fn shift_left<B: Builder, Op: Left>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, shift.lane()));
    let x = b.v(rn.0);
    let result = Op::apply(b, shift.lane(), x, shift.left());
    set(b, q, rd, result);
}

/// SHL, SQSHL, UQSHL, SQSHLU (scalar).
fn scalar_shift_left<B: Builder, Op: Left>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = Op::apply(b, shift.lane(), x, shift.left());
    set_scalar(b, shift.lane(), rd, result);
}

/// How a narrowing shift fits its results into the lanes.
trait Fit {
    const SIGNED: bool;
    const SATURATION: Option<Saturation>;
}

macro_rules! fits {
    ($($(#[$doc:meta])* $name:ident $signed:literal $saturation:expr;)*) => {$(
        $(#[$doc])*
        struct $name;
        impl Fit for $name {
            const SIGNED: bool = $signed;
            const SATURATION: Option<Saturation> = $saturation;
        }
    )*};
}

fits! {
    /// Without saturation.
    Truncate false None;
    /// Signed to signed.
    Signed true Some(Saturation::Signed);
    /// Signed to unsigned.
    SignedToUnsigned true Some(Saturation::SignedToUnsigned);
    /// Unsigned to unsigned.
    Unsigned false Some(Saturation::Unsigned);
}

fn narrow<B: Builder, F: Fit, const ROUND: bool>(b: &mut B, shift: ShiftImm, rn: Vreg) -> B::V128 {
    let lane = shift.lane().wide();
    let n = shift.right();
    let x = b.v(rn.0);
    let shifted = if ROUND { lane::rounding_shr(b, lane, F::SIGNED, x, n) } else { lane::shr(b, lane, F::SIGNED, x, n) };
    match F::SATURATION {
        Some(how) => lane::narrow_sat(b, lane, how, shifted),
        None => lane::truncate(b, lane, shifted, shifted),
    }
}

/// [SU][Q][R]SHRN, SQ[R]SHRUN.
fn shift_narrow<B: Builder, F: Fit, const ROUND: bool>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(shift.lane().wide().count());
    let result = narrow::<B, F, ROUND>(b, shift, rn);
    set_half(b, q, rd, result);
}

/// [SU]Q[R]SHRN, SQ[R]SHRUN (scalar).
fn scalar_shift_narrow<B: Builder, F: Fit, const ROUND: bool>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let result = narrow::<B, F, ROUND>(b, shift, rn);
    set_scalar(b, shift.lane(), rd, result);
}

/// [SU]SHLL.
fn shift_long<B: Builder, const SIGNED: bool>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    let lane = shift.lane();
    let x = b.v(rn.0);
    let wide = lane::extend(b, lane, SIGNED, q.0, x);
    let result = lane::shl(b, lane.wide(), wide, shift.left());
    b.set_v(rd.0, result);
}

/// The fixed-point number that the shift says.
fn fixed<const SIGNED: bool>(shift: ShiftImm) -> Fixed {
    Fixed { signed: SIGNED, fraction: shift.right() }
}

/// [SU]CVTF from fixed point.
fn from_fixed<B: Builder, const SIGNED: bool>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, shift.lane()));
    let x = b.v(rn.0);
    let result = vfloat::from_int(b, shift.lane(), fixed::<SIGNED>(shift), x);
    set(b, q, rd, result);
}

/// FCVTZ[SU] to fixed point.
fn to_fixed<B: Builder, const SIGNED: bool>(b: &mut B, q: Q, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, shift.lane()));
    let x = b.v(rn.0);
    let result = vfloat::to_int(b, shift.lane(), Rounding::Zero, fixed::<SIGNED>(shift), x);
    set(b, q, rd, result);
}

/// [SU]CVTF from fixed point (scalar).
fn scalar_from_fixed<B: Builder, const SIGNED: bool>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = vfloat::from_int(b, shift.lane(), fixed::<SIGNED>(shift), x);
    set_scalar(b, shift.lane(), rd, result);
}

/// FCVTZ[SU] to fixed point (scalar).
fn scalar_to_fixed<B: Builder, const SIGNED: bool>(b: &mut B, shift: ShiftImm, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = vfloat::to_int(b, shift.lane(), Rounding::Zero, fixed::<SIGNED>(shift), x);
    set_scalar(b, shift.lane(), rd, result);
}
