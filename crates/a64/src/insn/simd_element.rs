//! Advanced SIMD vector and scalar by element, C4.1.96.

use super::{
    lane::Lane,
    long::{Double, DoubleAdd, DoubleSub, Product, ProductAcc, SMul, SMulAdd, SMulSub, UMul, UMulAdd, UMulSub},
    scalar::{F32, F64, Precision},
    shape::{Binary, Ternary, broadcast_register, count, set, set_scalar},
    simd_same::{Mla, Mls, Mul, Sqdmulh, Sqrdmulh},
    simd_same_fp::{Fmla, Fmls, Mul as Fmul, MulX as Fmulx},
};
use crate::{
    builder::Builder,
    operands::{Element, Imm, Q, Vreg},
    row::instructions,
};

instructions! {
    class "Advanced SIMD by element";
    mul_el_h "0 Q 0 01111 01 m:6 1000 H 0 Rn:5 Rd:5" "mul {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element<Mul, 1> feature (AdvSimd);
    mul_el_s "0 Q 0 01111 10 m:6 1000 H 0 Rn:5 Rd:5" "mul {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element<Mul, 2> feature (AdvSimd);
    mla_el_h "0 Q 1 01111 01 m:6 0000 H 0 Rn:5 Rd:5" "mla {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_acc<Mla, 1> feature (AdvSimd);
    mla_el_s "0 Q 1 01111 10 m:6 0000 H 0 Rn:5 Rd:5" "mla {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_acc<Mla, 2> feature (AdvSimd);
    mls_el_h "0 Q 1 01111 01 m:6 0100 H 0 Rn:5 Rd:5" "mls {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_acc<Mls, 1> feature (AdvSimd);
    mls_el_s "0 Q 1 01111 10 m:6 0100 H 0 Rn:5 Rd:5" "mls {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_acc<Mls, 2> feature (AdvSimd);
    sqdmulh_el_h "0 Q 0 01111 01 m:6 1100 H 0 Rn:5 Rd:5" "sqdmulh {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element<Sqdmulh, 1> feature (AdvSimd);
    sqdmulh_el_s "0 Q 0 01111 10 m:6 1100 H 0 Rn:5 Rd:5" "sqdmulh {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element<Sqdmulh, 2> feature (AdvSimd);
    sqrdmulh_el_h "0 Q 0 01111 01 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmulh {Rd:Ah}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element<Sqrdmulh, 1> feature (AdvSimd);
    sqrdmulh_el_s "0 Q 0 01111 10 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmulh {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element<Sqrdmulh, 2> feature (AdvSimd);
    smull_el_h "0 Q 0 01111 01 m:6 1010 H 0 Rn:5 Rd:5" "smull{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long<SMul, 1> feature (AdvSimd);
    smull_el_s "0 Q 0 01111 10 m:6 1010 H 0 Rn:5 Rd:5" "smull{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long<SMul, 2> feature (AdvSimd);
    smlal_el_h "0 Q 0 01111 01 m:6 0010 H 0 Rn:5 Rd:5" "smlal{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<SMulAdd, 1> feature (AdvSimd);
    smlal_el_s "0 Q 0 01111 10 m:6 0010 H 0 Rn:5 Rd:5" "smlal{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<SMulAdd, 2> feature (AdvSimd);
    smlsl_el_h "0 Q 0 01111 01 m:6 0110 H 0 Rn:5 Rd:5" "smlsl{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<SMulSub, 1> feature (AdvSimd);
    smlsl_el_s "0 Q 0 01111 10 m:6 0110 H 0 Rn:5 Rd:5" "smlsl{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<SMulSub, 2> feature (AdvSimd);
    umull_el_h "0 Q 1 01111 01 m:6 1010 H 0 Rn:5 Rd:5" "umull{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long<UMul, 1> feature (AdvSimd);
    umull_el_s "0 Q 1 01111 10 m:6 1010 H 0 Rn:5 Rd:5" "umull{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long<UMul, 2> feature (AdvSimd);
    umlal_el_h "0 Q 1 01111 01 m:6 0010 H 0 Rn:5 Rd:5" "umlal{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<UMulAdd, 1> feature (AdvSimd);
    umlal_el_s "0 Q 1 01111 10 m:6 0010 H 0 Rn:5 Rd:5" "umlal{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<UMulAdd, 2> feature (AdvSimd);
    umlsl_el_h "0 Q 1 01111 01 m:6 0110 H 0 Rn:5 Rd:5" "umlsl{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<UMulSub, 1> feature (AdvSimd);
    umlsl_el_s "0 Q 1 01111 10 m:6 0110 H 0 Rn:5 Rd:5" "umlsl{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<UMulSub, 2> feature (AdvSimd);
    sqdmull_el_h "0 Q 0 01111 01 m:6 1011 H 0 Rn:5 Rd:5" "sqdmull{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long<Double, 1> feature (AdvSimd);
    sqdmull_el_s "0 Q 0 01111 10 m:6 1011 H 0 Rn:5 Rd:5" "sqdmull{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long<Double, 2> feature (AdvSimd);
    sqdmlal_el_h "0 Q 0 01111 01 m:6 0011 H 0 Rn:5 Rd:5" "sqdmlal{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<DoubleAdd, 1> feature (AdvSimd);
    sqdmlal_el_s "0 Q 0 01111 10 m:6 0011 H 0 Rn:5 Rd:5" "sqdmlal{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<DoubleAdd, 2> feature (AdvSimd);
    sqdmlsl_el_h "0 Q 0 01111 01 m:6 0111 H 0 Rn:5 Rd:5" "sqdmlsl{Q} {Rd:Wh}, {Rn:Ah}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<DoubleSub, 1> feature (AdvSimd);
    sqdmlsl_el_s "0 Q 0 01111 10 m:6 0111 H 0 Rn:5 Rd:5" "sqdmlsl{Q} {Rd:Ws}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_long_acc<DoubleSub, 2> feature (AdvSimd);
    fmul_el_s "0 Q 0 01111 10 m:6 1001 H 0 Rn:5 Rd:5" "fmul {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element<Fmul, 2> feature (AdvSimd);
    fmul_el_d "0 Q 0 01111 11 m:6 1001 H 0 Rn:5 Rd:5" "fmul {Rd:Ad}, {Rn:Ad}, {m}" (Q, m, H, Rn, Rd) => element<Fmul, 3> if (d_element) feature (AdvSimd);
    fmulx_el_s "0 Q 1 01111 10 m:6 1001 H 0 Rn:5 Rd:5" "fmulx {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element<Fmulx, 2> feature (AdvSimd);
    fmulx_el_d "0 Q 1 01111 11 m:6 1001 H 0 Rn:5 Rd:5" "fmulx {Rd:Ad}, {Rn:Ad}, {m}" (Q, m, H, Rn, Rd) => element<Fmulx, 3> if (d_element) feature (AdvSimd);
    fmla_el_s "0 Q 0 01111 10 m:6 0001 H 0 Rn:5 Rd:5" "fmla {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_acc<Fmla, 2> feature (AdvSimd);
    fmla_el_d "0 Q 0 01111 11 m:6 0001 H 0 Rn:5 Rd:5" "fmla {Rd:Ad}, {Rn:Ad}, {m}" (Q, m, H, Rn, Rd) => element_acc<Fmla, 3> if (d_element) feature (AdvSimd);
    fmls_el_s "0 Q 0 01111 10 m:6 0101 H 0 Rn:5 Rd:5" "fmls {Rd:As}, {Rn:As}, {m}" (Q, m, H, Rn, Rd) => element_acc<Fmls, 2> feature (AdvSimd);
    fmls_el_d "0 Q 0 01111 11 m:6 0101 H 0 Rn:5 Rd:5" "fmls {Rd:Ad}, {Rn:Ad}, {m}" (Q, m, H, Rn, Rd) => element_acc<Fmls, 3> if (d_element) feature (AdvSimd);

    // Scalar.
    sqdmulh_el_scalar_h "01 0 11111 01 m:6 1100 H 0 Rn:5 Rd:5" "sqdmulh {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element<Sqdmulh, 1> feature (AdvSimd);
    sqdmulh_el_scalar_s "01 0 11111 10 m:6 1100 H 0 Rn:5 Rd:5" "sqdmulh {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element<Sqdmulh, 2> feature (AdvSimd);
    sqrdmulh_el_scalar_h "01 0 11111 01 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmulh {Rd:h}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element<Sqrdmulh, 1> feature (AdvSimd);
    sqrdmulh_el_scalar_s "01 0 11111 10 m:6 1101 H 0 Rn:5 Rd:5" "sqrdmulh {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element<Sqrdmulh, 2> feature (AdvSimd);
    sqdmull_el_scalar_h "01 0 11111 01 m:6 1011 H 0 Rn:5 Rd:5" "sqdmull {Rd:s}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element_long<Double, 1> feature (AdvSimd);
    sqdmull_el_scalar_s "01 0 11111 10 m:6 1011 H 0 Rn:5 Rd:5" "sqdmull {Rd:d}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element_long<Double, 2> feature (AdvSimd);
    sqdmlal_el_scalar_h "01 0 11111 01 m:6 0011 H 0 Rn:5 Rd:5" "sqdmlal {Rd:s}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element_long_acc<DoubleAdd, 1> feature (AdvSimd);
    sqdmlal_el_scalar_s "01 0 11111 10 m:6 0011 H 0 Rn:5 Rd:5" "sqdmlal {Rd:d}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element_long_acc<DoubleAdd, 2> feature (AdvSimd);
    sqdmlsl_el_scalar_h "01 0 11111 01 m:6 0111 H 0 Rn:5 Rd:5" "sqdmlsl {Rd:s}, {Rn:h}, {m}" (m, H, Rn, Rd) => scalar_element_long_acc<DoubleSub, 1> feature (AdvSimd);
    sqdmlsl_el_scalar_s "01 0 11111 10 m:6 0111 H 0 Rn:5 Rd:5" "sqdmlsl {Rd:d}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element_long_acc<DoubleSub, 2> feature (AdvSimd);
    fmul_el_scalar_s "01 0 11111 10 m:6 1001 H 0 Rn:5 Rd:5" "fmul {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => multiply_scalar<F32, 2> feature (AdvSimd);
    fmul_el_scalar_d "01 0 11111 11 m:6 1001 H 0 Rn:5 Rd:5" "fmul {Rd:d}, {Rn:d}, {m}" (m, H, Rn, Rd) => multiply_scalar<F64, 3> if (no_l) feature (AdvSimd);
    fmulx_el_scalar_s "01 1 11111 10 m:6 1001 H 0 Rn:5 Rd:5" "fmulx {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => scalar_element<Fmulx, 2> feature (AdvSimd);
    fmulx_el_scalar_d "01 1 11111 11 m:6 1001 H 0 Rn:5 Rd:5" "fmulx {Rd:d}, {Rn:d}, {m}" (m, H, Rn, Rd) => scalar_element<Fmulx, 3> if (no_l) feature (AdvSimd);
    fmla_el_scalar_s "01 0 11111 10 m:6 0001 H 0 Rn:5 Rd:5" "fmla {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => fused_scalar<F32, false, 2> feature (AdvSimd);
    fmla_el_scalar_d "01 0 11111 11 m:6 0001 H 0 Rn:5 Rd:5" "fmla {Rd:d}, {Rn:d}, {m}" (m, H, Rn, Rd) => fused_scalar<F64, false, 3> if (no_l) feature (AdvSimd);
    fmls_el_scalar_s "01 0 11111 10 m:6 0101 H 0 Rn:5 Rd:5" "fmls {Rd:s}, {Rn:s}, {m}" (m, H, Rn, Rd) => fused_scalar<F32, true, 2> feature (AdvSimd);
    fmls_el_scalar_d "01 0 11111 11 m:6 0101 H 0 Rn:5 Rd:5" "fmls {Rd:d}, {Rn:d}, {m}" (m, H, Rn, Rd) => fused_scalar<F64, true, 3> if (no_l) feature (AdvSimd);
}

/// 64-bit lanes: bit `L` is clear, and there are two lanes.
fn d_element(word: u32) -> bool {
    word >> 21 & 1 == 0 && word >> 30 & 1 == 1
}

/// 64-bit scalar: bit `L` is clear.
fn no_l(word: u32) -> bool {
    word >> 21 & 1 == 0
}

/// The element in all lanes.
pub(super) fn splat<B: Builder, const LOG: u32>(b: &mut B, m: Element<LOG>, h: Imm<1>) -> B::V128 {
    broadcast_register(b, Lane::new(LOG), m.reg(), m.index(h.0))
}

/// `Vd = f(Vn, Vm[i])`.
fn element<B: Builder, Op: Binary, const LOG: u32>(b: &mut B, q: Q, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::new(LOG)));
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let result = Op::apply(b, Lane::new(LOG), x, y);
    set(b, q, rd, result);
}

/// `Vd = f(Vn, Vm[i], Vd)`.
pub(super) fn element_acc<B: Builder, Op: Ternary, const LOG: u32>(b: &mut B, q: Q, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, Lane::new(LOG)));
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let d = b.v(rd.0);
    let result = Op::apply(b, Lane::new(LOG), x, y, d);
    set(b, q, rd, result);
}

/// Products of all bits.
fn element_long<B: Builder, P: Product, const LOG: u32>(b: &mut B, q: Q, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(Lane::new(LOG + 1).count());
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let result = P::apply(b, Lane::new(LOG), q.0, x, y);
    b.set_v(rd.0, result);
}

/// Products of all bits, accumulated.
fn element_long_acc<B: Builder, P: ProductAcc, const LOG: u32>(b: &mut B, q: Q, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(Lane::new(LOG + 1).count());
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let d = b.v(rd.0);
    let result = P::apply(b, Lane::new(LOG), q.0, x, y, d);
    b.set_v(rd.0, result);
}

/// Scalar `f(Vn, Vm[i])`.
fn scalar_element<B: Builder, Op: Binary, const LOG: u32>(b: &mut B, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let result = Op::apply(b, Lane::new(LOG), x, y);
    set_scalar(b, Lane::new(LOG), rd, result);
}

/// SQDMULL (scalar).
fn scalar_element_long<B: Builder, P: Product, const LOG: u32>(b: &mut B, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let result = P::apply(b, Lane::new(LOG), false, x, y);
    set_scalar(b, Lane::new(LOG + 1), rd, result);
}

/// SQDMLAL, SQDMLSL (scalar).
fn scalar_element_long_acc<B: Builder, P: ProductAcc, const LOG: u32>(b: &mut B, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = splat(b, m, h);
    let d = b.v(rd.0);
    let result = P::apply(b, Lane::new(LOG), false, x, y, d);
    set_scalar(b, Lane::new(LOG + 1), rd, result);
}

/// FMUL (scalar): only one product is computed.
fn multiply_scalar<B: Builder, P: Precision<B>, const LOG: u32>(b: &mut B, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    let x = P::read(b, rn.0);
    let y = P::read_lane(b, m.reg(), m.index(h.0));
    let result = P::mul(b, x, y);
    P::write(b, rd.0, result);
}

/// FMLA, FMLS (scalar).
fn fused_scalar<B: Builder, P: Precision<B>, const NEGATE: bool, const LOG: u32>(b: &mut B, m: Element<LOG>, h: Imm<1>, rn: Vreg, rd: Vreg) {
    let mut x = P::read(b, rn.0);
    if NEGATE {
        x = P::neg(b, x);
    }
    let y = P::read_lane(b, m.reg(), m.index(h.0));
    let d = P::read(b, rd.0);
    let result = P::fma(b, x, y, d);
    P::write(b, rd.0, result);
}
