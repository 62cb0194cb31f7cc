//! FEAT_RDM: rounding doubling multiply and accumulate, high half.

use super::{
    lane::{self, Lane, Saturation},
    shape::{Ternary, hs, same_acc, set_scalar, ternary},
    simd_element::{element_acc, splat},
};
use crate::{
    builder::Builder,
    operands::{Element, I, Imm, LaneField, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD rounding doubling multiply-accumulate";
    sqrdmlah_v "0 Q 1 01110 size:2 0 Rm:5 10000 1 Rn:5 Rd:5" "sqrdmlah {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same_acc<Sqrdmlah, I> if (hs) feature (Rdm);
    sqrdmlah_e "01 1 11110 size:2 0 Rm:5 10000 1 Rn:5 Rd:5" "sqrdmlah {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_acc<Sqrdmlah> if (hs) feature (Rdm);
    sqrdmlah_el_h "0 Q 1 01111 01 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmlah {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_acc<Sqrdmlah, 1> feature (Rdm);
    sqrdmlah_el_scalar_h "01 1 11111 01 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmlah {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element_acc<Sqrdmlah, 1> feature (Rdm);
    sqrdmlah_el_s "0 Q 1 01111 10 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmlah {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_acc<Sqrdmlah, 2> feature (Rdm);
    sqrdmlah_el_scalar_s "01 1 11111 10 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmlah {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element_acc<Sqrdmlah, 2> feature (Rdm);
    sqrdmlsh_v "0 Q 1 01110 size:2 0 Rm:5 10001 1 Rn:5 Rd:5" "sqrdmlsh {Rd:T}, {Rn:T}, {Rm:T}" (Q, size, Rm, Rn, Rd) => same_acc<Sqrdmlsh, I> if (hs) feature (Rdm);
    sqrdmlsh_e "01 1 11110 size:2 0 Rm:5 10001 1 Rn:5 Rd:5" "sqrdmlsh {Rd:e}, {Rn:e}, {Rm:e}" (size, Rm, Rn, Rd) => scalar_acc<Sqrdmlsh> if (hs) feature (Rdm);
    sqrdmlsh_el_h "0 Q 1 01111 01 m:6 1111 H 0 Rn:5 Rd:5" "sqrdmlsh {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_acc<Sqrdmlsh, 1> feature (Rdm);
    sqrdmlsh_el_scalar_h "01 1 11111 01 m:6 1111 H 0 Rn:5 Rd:5" "sqrdmlsh {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element_acc<Sqrdmlsh, 1> feature (Rdm);
    sqrdmlsh_el_s "0 Q 1 01111 10 m:6 1111 H 0 Rn:5 Rd:5" "sqrdmlsh {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_acc<Sqrdmlsh, 2> feature (Rdm);
    sqrdmlsh_el_scalar_s "01 1 11111 10 m:6 1111 H 0 Rn:5 Rd:5" "sqrdmlsh {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element_acc<Sqrdmlsh, 2> feature (Rdm);
}

ternary! {
    Sqrdmlah(b, l, x, y, d) rounding_high(b, l, false, x, y, d);
    Sqrdmlsh(b, l, x, y, d) rounding_high(b, l, true, x, y, d);
}

/// `(d << w) ± 2 * x * y`, rounded, its high half saturated. All of it halved fits lanes of twice the width.
fn rounding_high<B: Builder>(b: &mut B, lane: Lane, subtract: bool, x: B::V128, y: B::V128, d: B::V128) -> B::V128 {
    let wide = lane.wide();
    let n = lane.bits() - 1;
    let [low, high] = [false, true].map(|high| {
        let product = lane::extmul(b, lane, true, high, x, y);
        let start = lane::extend(b, lane, true, high, d);
        let start = lane::shl(b, wide, start, n);
        let round = lane::constant(b, wide, 1 << (n - 1));
        let start = lane::add(b, wide, start, round);
        let sum = if subtract { lane::sub(b, wide, start, product) } else { lane::add(b, wide, start, product) };
        lane::shr(b, wide, true, sum, n)
    });
    if lane == Lane::H && !b.exact() {
        return b.i16x8_narrow_i32x4_s(low, high);
    }
    let lanes = b.lanes();
    let low = lane::narrow_sat(b, wide, Saturation::Signed, low);
    b.set_lanes(lanes.saturating_sub(wide.count()));
    let high = lane::narrow_sat(b, wide, Saturation::Signed, high);
    b.set_lanes(lanes);
    lane::join_low(b, low, high)
}

/// Scalar.
fn scalar_acc<B: Builder, Op: Ternary>(b: &mut B, size: I, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let d = b.v(rd.0);
    let result = Op::apply(b, size.lane(), x, y, d);
    set_scalar(b, size.lane(), rd, result);
}

/// Scalar by element.
fn scalar_element_acc<B: Builder, Op: Ternary, const LOG: u32>(b: &mut B, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let d = b.v(rd.0);
    let result = Op::apply(b, Lane::new(LOG), x, y, d);
    set_scalar(b, Lane::new(LOG), rd, result);
}
