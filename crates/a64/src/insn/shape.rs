//! How Advanced SIMD instructions read and write their registers, given what they do to lanes.
//!
//! An operation is a type that implements [`Unary`], [`Binary`] or [`Ternary`]; a shape is a function generic over it, which rows name as their
//! semantics: `=> same<Add, I>`. So an operation is written once for its vector, scalar, by-element and long forms.

use elfconv_ir::Ops;

use super::lane::{self, Lane};
use crate::{
    builder::Builder,
    operands::{Gpr, LaneField, Q, Vreg},
};

/// An operation on the lanes of one vector.
pub trait Unary {
    /// The lanes of the result.
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128) -> B::V128;
}

/// An operation on the lanes of two vectors: Rn and Rm, or Rd and Rn if it accumulates.
pub trait Binary {
    /// The lanes of the result.
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128) -> B::V128;
}

/// An operation on Rn, Rm and the old Rd.
pub trait Ternary {
    /// The lanes of the result.
    fn apply<B: Builder>(b: &mut B, lane: Lane, x: B::V128, y: B::V128, d: B::V128) -> B::V128;
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident($b:ident, $l:ident, $x:ident) $body:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl $crate::insn::shape::Unary for $name {
            fn apply<B: $crate::builder::Builder>($b: &mut B, $l: $crate::insn::lane::Lane, $x: B::V128) -> B::V128 {
                $body
            }
        }
    )*};
}
pub(super) use unary;

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident($b:ident, $l:ident, $x:ident, $y:ident) $body:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl $crate::insn::shape::Binary for $name {
            fn apply<B: $crate::builder::Builder>($b: &mut B, $l: $crate::insn::lane::Lane, $x: B::V128, $y: B::V128) -> B::V128 {
                $body
            }
        }
    )*};
}
pub(super) use binary;

macro_rules! ternary {
    ($($(#[$doc:meta])* $name:ident($b:ident, $l:ident, $x:ident, $y:ident, $d:ident) $body:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl $crate::insn::shape::Ternary for $name {
            fn apply<B: $crate::builder::Builder>($b: &mut B, $l: $crate::insn::lane::Lane, $x: B::V128, $y: B::V128, $d: B::V128) -> B::V128 {
                $body
            }
        }
    )*};
}
pub(super) use ternary;

/// How many lanes take part.
pub fn count(q: Q, lane: Lane) -> usize {
    if q.0 { lane.count() } else { lane.count() / 2 }
}

/// Write a vector of 64 or 128 bits.
pub fn set<B: Builder>(b: &mut B, q: Q, rd: Vreg, value: B::V128) {
    let value = if q.0 { value } else { lane::low_half(b, value) };
    b.set_v(rd.0, value);
}

/// Write lane 0, zero above.
pub fn set_scalar<B: Builder>(b: &mut B, lane: Lane, rd: Vreg, value: B::V128) {
    match lane {
        Lane::D => {
            let x = b.f64x2_extract_lane(value, 0);
            b.set_d(rd.0, x);
        }
        Lane::S => {
            let x = b.f32x4_extract_lane(value, 0);
            b.set_s(rd.0, x);
        }
        Lane::H => {
            let x = b.i16x8_extract_lane_u(value, 0);
            let x = b.f32_reinterpret_i32(x);
            b.set_s(rd.0, x);
        }
        Lane::B => {
            let x = b.i8x16_extract_lane_u(value, 0);
            let x = b.f32_reinterpret_i32(x);
            b.set_s(rd.0, x);
        }
    }
}

/// Write the low half, or the high half and keep the low one, as narrowing instructions do.
pub fn set_half<B: Builder>(b: &mut B, q: Q, rd: Vreg, value: B::V128) {
    if q.0 {
        let old = b.v(rd.0);
        let joined = lane::join_low(b, old, value);
        b.set_v(rd.0, joined);
    } else {
        let low = lane::low_half(b, value);
        b.set_v(rd.0, low);
    }
}

/// `Vd = f(Vn, Vm)`.
pub fn same<B: Builder, Op: Binary, L: LaneField>(
    b: &mut B,
    q: Q,
    size: L,
    rm: Vreg,
    rn: Vreg,
    rd: Vreg,
) {
    b.set_lanes(count(q, size.lane()));
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = Op::apply(b, size.lane(), x, y);
    set(b, q, rd, result);
}

/// `Vd = f(Vn, Vm, Vd)`.
pub fn same_acc<B: Builder, Op: Ternary, L: LaneField>(
    b: &mut B,
    q: Q,
    size: L,
    rm: Vreg,
    rn: Vreg,
    rd: Vreg,
) {
    b.set_lanes(count(q, size.lane()));
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let d = b.v(rd.0);
    let result = Op::apply(b, size.lane(), x, y, d);
    set(b, q, rd, result);
}

/// `f` on neighbours of Vn, then of Vm.
pub fn pairwise<B: Builder, Op: Binary, L: LaneField>(
    b: &mut B,
    q: Q,
    size: L,
    rm: Vreg,
    rn: Vreg,
    rd: Vreg,
) {
    b.set_lanes(count(q, size.lane()));
    let lane = size.lane();
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let n = count(q, lane);
    let even = lane::unzip(b, lane, n, x, y, 0);
    let odd = lane::unzip(b, lane, n, x, y, 1);
    let result = Op::apply(b, lane, even, odd);
    set(b, q, rd, result);
}

/// Bitwise `Vd = f(Vn, Vm)`.
pub fn bitwise<B: Builder, Op: Binary>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = Op::apply(b, Lane::B, x, y);
    set(b, q, rd, result);
}

/// Bitwise `Vd = f(Vn, Vm, Vd)`.
pub fn bitwise_acc<B: Builder, Op: Ternary>(b: &mut B, q: Q, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let d = b.v(rd.0);
    let result = Op::apply(b, Lane::B, x, y, d);
    set(b, q, rd, result);
}

/// Scalar `f(Vn, Vm)` of any size.
pub fn scalar_same<B: Builder, Op: Binary, L: LaneField>(
    b: &mut B,
    size: L,
    rm: Vreg,
    rn: Vreg,
    rd: Vreg,
) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = Op::apply(b, size.lane(), x, y);
    set_scalar(b, size.lane(), rd, result);
}

/// Scalar `f(Vn, Vm)` of 64 bits.
pub fn scalar_same_d<B: Builder, Op: Binary>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let y = b.v(rm.0);
    let result = Op::apply(b, Lane::D, x, y);
    set_scalar(b, Lane::D, rd, result);
}

/// Scalar `f(Vn[0], Vn[1])`.
pub fn scalar_pair<B: Builder, Op: Binary, L: LaneField>(b: &mut B, size: L, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let lane = size.lane();
    let x = b.v(rn.0);
    let y = lane::broadcast(b, lane, x, 1);
    let result = Op::apply(b, lane, x, y);
    set_scalar(b, lane, rd, result);
}

/// `Vd = f(Vn)`.
pub fn misc<B: Builder, Op: Unary, L: LaneField>(b: &mut B, q: Q, size: L, rn: Vreg, rd: Vreg) {
    b.set_lanes(count(q, size.lane()));
    let x = b.v(rn.0);
    let result = Op::apply(b, size.lane(), x);
    set(b, q, rd, result);
}

/// Bitwise or of bytes only: `Vd = f(Vn)`.
pub fn misc_bytes<B: Builder, Op: Unary>(b: &mut B, q: Q, rn: Vreg, rd: Vreg) {
    let x = b.v(rn.0);
    let result = Op::apply(b, Lane::B, x);
    set(b, q, rd, result);
}

/// `Vd = f(Vd, Vn)`.
pub fn misc_acc<B: Builder, Op: Binary, L: LaneField>(
    b: &mut B,
    q: Q,
    size: L,
    rn: Vreg,
    rd: Vreg,
) {
    b.set_lanes(count(q, size.lane()));
    let d = b.v(rd.0);
    let x = b.v(rn.0);
    let result = Op::apply(b, size.lane(), d, x);
    set(b, q, rd, result);
}

/// Scalar `f(Vn)` of any size.
pub fn scalar_misc<B: Builder, Op: Unary, L: LaneField>(b: &mut B, size: L, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = Op::apply(b, size.lane(), x);
    set_scalar(b, size.lane(), rd, result);
}

/// Scalar `f(Vn)` of 64 bits.
pub fn scalar_misc_d<B: Builder, Op: Unary>(b: &mut B, rn: Vreg, rd: Vreg) {
    b.set_lanes(1);
    let x = b.v(rn.0);
    let result = Op::apply(b, Lane::D, x);
    set_scalar(b, Lane::D, rd, result);
}

/// Scalar `f(Vd, Vn)` of any size.
pub fn scalar_misc_acc<B: Builder, Op: Binary, L: LaneField>(
    b: &mut B,
    size: L,
    rn: Vreg,
    rd: Vreg,
) {
    b.set_lanes(1);
    let d = b.v(rd.0);
    let x = b.v(rn.0);
    let result = Op::apply(b, size.lane(), d, x);
    set_scalar(b, size.lane(), rd, result);
}

/// A lane of a register in all lanes. The lowest one may be a scalar, which is then splat as such.
pub fn broadcast_register<B: Builder>(b: &mut B, lane: Lane, r: u8, index: usize) -> B::V128 {
    match (lane, index) {
        (Lane::D, 0) => {
            let x = b.d(r);
            b.f64x2_splat(x)
        }
        (Lane::S, 0) => {
            let x = b.s(r);
            b.f32x4_splat(x)
        }
        _ => {
            let x = b.v(r);
            lane::broadcast(b, lane, x, index)
        }
    }
}

/// One lane as a 64-bit integer.
pub fn extract<O: Ops>(b: &mut O, lane: Lane, signed: bool, x: O::V128, index: usize) -> O::I64 {
    let i = index as u8;
    let narrow = match (lane, signed) {
        (Lane::B, true) => b.i8x16_extract_lane_s(x, i),
        (Lane::B, false) => b.i8x16_extract_lane_u(x, i),
        (Lane::H, true) => b.i16x8_extract_lane_s(x, i),
        (Lane::H, false) => b.i16x8_extract_lane_u(x, i),
        (Lane::S, _) => b.i32x4_extract_lane(x, i),
        (Lane::D, _) => return b.i64x2_extract_lane(x, i),
    };
    if signed {
        b.i64_extend_i32_s(narrow)
    } else {
        b.i64_extend_i32_u(narrow)
    }
}

/// Replace one lane by the low bits of an integer.
pub fn replace<O: Ops>(b: &mut O, lane: Lane, x: O::V128, index: usize, value: O::I64) -> O::V128 {
    let i = index as u8;
    if lane == Lane::D {
        return b.i64x2_replace_lane(x, value, i);
    }
    let value = b.i32_wrap_i64(value);
    match lane {
        Lane::B => b.i8x16_replace_lane(x, value, i),
        Lane::H => b.i16x8_replace_lane(x, value, i),
        _ => b.i32x4_replace_lane(x, value, i),
    }
}

/// The low bits of a general register in every lane.
pub fn splat_general<B: Builder>(b: &mut B, lane: Lane, rn: Gpr) -> B::V128 {
    match lane {
        Lane::D => {
            let x = rn.x(b);
            b.i64x2_splat(x)
        }
        Lane::S => {
            let x = rn.w(b);
            b.i32x4_splat(x)
        }
        Lane::H => {
            let x = rn.w(b);
            b.i16x8_splat(x)
        }
        Lane::B => {
            let x = rn.w(b);
            b.i8x16_splat(x)
        }
    }
}

// Which sizes an encoding allows. Words that fail these are unallocated.

/// Not one 64-bit lane.
pub fn not_1d(word: u32) -> bool {
    word >> 22 & 3 != 3 || word >> 30 & 1 == 1
}

/// Not one 64-bit floating-point lane.
pub fn not_1d_fp(word: u32) -> bool {
    word >> 22 & 1 == 0 || word >> 30 & 1 == 1
}

/// Lanes of 8, 16 or 32 bits.
pub fn bhs(word: u32) -> bool {
    word >> 22 & 3 != 3
}

/// Lanes of 16 or 32 bits.
pub fn hs(word: u32) -> bool {
    matches!(word >> 22 & 3, 1 | 2)
}

/// Lanes of 8 or 16 bits.
pub fn bh(word: u32) -> bool {
    word >> 23 & 1 == 0
}
