//! FEAT_DotProd and FEAT_I8MM: dot products of groups of bytes, and products of byte matrices.

use elfconv_ir::Ops;

use super::{
    lane::{self, Lane},
    shape::set,
    simd_element::splat,
};
use crate::{
    builder::Builder,
    operands::{Element, Imm, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD dot product";
    sdot_v "0 Q 0 01110 10 0 Rm:5 1001 01 Rn:5 Rd:5" "sdot {Rd:As}, {Rn:Ab}, {Rm:Ab}" (Q, Rm, Rn, Rd) => dot<SS> feature (DotProd);
    udot_v "0 Q 1 01110 10 0 Rm:5 1001 01 Rn:5 Rd:5" "udot {Rd:As}, {Rn:Ab}, {Rm:Ab}" (Q, Rm, Rn, Rd) => dot<UU> feature (DotProd);
    usdot_v "0 Q 0 01110 10 0 Rm:5 1001 11 Rn:5 Rd:5" "usdot {Rd:As}, {Rn:Ab}, {Rm:Ab}" (Q, Rm, Rn, Rd) => dot<US> feature (I8mm);
    sdot_el "0 Q 0 01111 10 m:6 1110 H 0 Rn:5 Rd:5" "sdot {Rd:As}, {Rn:Ab}, {m:4b}" (Q, m, H, Rn, Rd) => dot_element<SS> feature (DotProd);
    udot_el "0 Q 1 01111 10 m:6 1110 H 0 Rn:5 Rd:5" "udot {Rd:As}, {Rn:Ab}, {m:4b}" (Q, m, H, Rn, Rd) => dot_element<UU> feature (DotProd);
    usdot_el "0 Q 0 01111 10 m:6 1111 H 0 Rn:5 Rd:5" "usdot {Rd:As}, {Rn:Ab}, {m:4b}" (Q, m, H, Rn, Rd) => dot_element<US> feature (I8mm);
    sudot_el "0 Q 0 01111 00 m:6 1111 H 0 Rn:5 Rd:5" "sudot {Rd:As}, {Rn:Ab}, {m:4b}" (Q, m, H, Rn, Rd) => dot_element<SU> feature (I8mm);
    smmla "0 1 0 01110 10 0 Rm:5 1010 01 Rn:5 Rd:5" "smmla {Rd:.4s}, {Rn:.16b}, {Rm:.16b}" (Rm, Rn, Rd) => matrix<SS> feature (I8mm);
    ummla "0 1 1 01110 10 0 Rm:5 1010 01 Rn:5 Rd:5" "ummla {Rd:.4s}, {Rn:.16b}, {Rm:.16b}" (Rm, Rn, Rd) => matrix<UU> feature (I8mm);
    usmmla "0 1 0 01110 10 0 Rm:5 1010 11 Rn:5 Rd:5" "usmmla {Rd:.4s}, {Rn:.16b}, {Rm:.16b}" (Rm, Rn, Rd) => matrix<US> feature (I8mm);
}

/// Which operands are signed.
trait Signs {
    const X: bool;
    const Y: bool;
}

macro_rules! signs {
    ($($name:ident $x:literal $y:literal)*) => {$(
        struct $name;
        impl Signs for $name {
            const X: bool = $x;
            const Y: bool = $y;
        }
    )*};
}

signs! { SS true true UU false false US false true SU true false }

/// In each 32-bit lane, the sum of the products of two neighbouring bytes: of the low halves' eight bytes, or of the high ones'.
fn pairs<S: Signs, O: Ops>(b: &mut O, high: bool, x: O::V128, y: O::V128) -> O::V128 {
    if S::X == S::Y {
        let products = lane::extmul(b, Lane::B, S::X, high, x, y);
        lane::add_pairs_long(b, Lane::H, S::X, products)
    } else {
        let x = lane::extend(b, Lane::B, S::X, high, x);
        let y = lane::extend(b, Lane::B, S::Y, high, y);
        b.i32x4_dot_i16x8_s(x, y)
    }
}

/// In each 32-bit lane, the sum of four products.
fn quads<S: Signs, O: Ops>(b: &mut O, x: O::V128, y: O::V128) -> O::V128 {
    let low = pairs::<S, O>(b, false, x, y);
    let high = pairs::<S, O>(b, true, x, y);
    let even = lane::unzip(b, Lane::S, 4, low, high, 0);
    let odd = lane::unzip(b, Lane::S, 4, low, high, 1);
    b.i32x4_add(even, odd)
}

/// [SU]DOT, USDOT (vector).
fn dot<B: Builder, S: Signs>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let sums = quads::<S, B>(b, x, y);
    let d = b.v(rd.0);
    let result = b.i32x4_add(d, sums);
    set(b, q, rd, result);
}

/// [SU]DOT, USDOT, SUDOT (by element): four bytes of Vm for all lanes.
fn dot_element<B: Builder, S: Signs>(b: &mut B, q: Q, m: Element<2>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let sums = quads::<S, B>(b, x, y);
    let d = b.v(rd.0);
    let result = b.i32x4_add(d, sums);
    set(b, q, rd, result);
}

/// [SU]MMLA, USMMLA: rows of eight bytes of Vn by rows of Vm.
fn matrix<B: Builder, S: Signs>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let swapped = lane::shuffle(b, Lane::D, y, y, |i| 1 - i);
    let straight = quads::<S, B>(b, x, y); // rows 0·0, 0·0, 1·1, 1·1
    let crossed = quads::<S, B>(b, x, swapped); // rows 0·1, 0·1, 1·0, 1·0
    let even = lane::unzip(b, Lane::S, 4, straight, crossed, 0);
    let odd = lane::unzip(b, Lane::S, 4, straight, crossed, 1);
    let sums = b.i32x4_add(even, odd); // 0·0, 1·1, 0·1, 1·0
    let sums = lane::shuffle(b, Lane::S, sums, sums, |i| [0, 2, 3, 1][i]);
    let d = b.v(rd.0);
    let result = b.i32x4_add(d, sums);
    b.set_v(rd.0, result);
}
