//! Loads and stores of multiple structures, C4.1.94: LD1–LD4, ST1–ST4.
//!
//! Structures are moved by whole vectors and interleaved by shuffles; nothing is written to registers before all of memory has been read.

use elfconv_ir::Ops;

use super::lane::{self, Lane};
use crate::{
    builder::Builder,
    operands::{GprSp, I, LaneField, PostIndex, Q, VList},
    row::instructions,
};

instructions! {
    class "SIMD loads and stores, multiple structures";
    ld4_multiple "0 Q 0011000 1 000000 0000 size:2 Rn:5 Rt:5" "ld4 {Rt:4T}, [{Rn}]" (Q, size, Rn, Rt) => load_interleaved<4> if (not_1d_structure) feature (AdvSimd);
    ld4_multiple_post "0 Q 0011001 1 0 Rm:5 0000 size:2 Rn:5 Rt:5" "ld4 {Rt:4T}, [{Rn}], {Rm:m4}" (Q, Rm, size, Rn, Rt) => load_interleaved_post<4> if (not_1d_structure) feature (AdvSimd);
    ld1x4_multiple "0 Q 0011000 1 000000 0010 size:2 Rn:5 Rt:5" "ld1 {Rt:4T}, [{Rn}]" (Q, size, Rn, Rt) => load_consecutive<4> feature (AdvSimd);
    ld1x4_multiple_post "0 Q 0011001 1 0 Rm:5 0010 size:2 Rn:5 Rt:5" "ld1 {Rt:4T}, [{Rn}], {Rm:m4}" (Q, Rm, size, Rn, Rt) => load_consecutive_post<4> feature (AdvSimd);
    ld3_multiple "0 Q 0011000 1 000000 0100 size:2 Rn:5 Rt:5" "ld3 {Rt:3T}, [{Rn}]" (Q, size, Rn, Rt) => load_interleaved<3> if (not_1d_structure) feature (AdvSimd);
    ld3_multiple_post "0 Q 0011001 1 0 Rm:5 0100 size:2 Rn:5 Rt:5" "ld3 {Rt:3T}, [{Rn}], {Rm:m3}" (Q, Rm, size, Rn, Rt) => load_interleaved_post<3> if (not_1d_structure) feature (AdvSimd);
    ld1x3_multiple "0 Q 0011000 1 000000 0110 size:2 Rn:5 Rt:5" "ld1 {Rt:3T}, [{Rn}]" (Q, size, Rn, Rt) => load_consecutive<3> feature (AdvSimd);
    ld1x3_multiple_post "0 Q 0011001 1 0 Rm:5 0110 size:2 Rn:5 Rt:5" "ld1 {Rt:3T}, [{Rn}], {Rm:m3}" (Q, Rm, size, Rn, Rt) => load_consecutive_post<3> feature (AdvSimd);
    ld1x1_multiple "0 Q 0011000 1 000000 0111 size:2 Rn:5 Rt:5" "ld1 {Rt:1T}, [{Rn}]" (Q, size, Rn, Rt) => load_consecutive<1> feature (AdvSimd);
    ld1x1_multiple_post "0 Q 0011001 1 0 Rm:5 0111 size:2 Rn:5 Rt:5" "ld1 {Rt:1T}, [{Rn}], {Rm:m1}" (Q, Rm, size, Rn, Rt) => load_consecutive_post<1> feature (AdvSimd);
    ld2_multiple "0 Q 0011000 1 000000 1000 size:2 Rn:5 Rt:5" "ld2 {Rt:2T}, [{Rn}]" (Q, size, Rn, Rt) => load_interleaved<2> if (not_1d_structure) feature (AdvSimd);
    ld2_multiple_post "0 Q 0011001 1 0 Rm:5 1000 size:2 Rn:5 Rt:5" "ld2 {Rt:2T}, [{Rn}], {Rm:m2}" (Q, Rm, size, Rn, Rt) => load_interleaved_post<2> if (not_1d_structure) feature (AdvSimd);
    ld1x2_multiple "0 Q 0011000 1 000000 1010 size:2 Rn:5 Rt:5" "ld1 {Rt:2T}, [{Rn}]" (Q, size, Rn, Rt) => load_consecutive<2> feature (AdvSimd);
    ld1x2_multiple_post "0 Q 0011001 1 0 Rm:5 1010 size:2 Rn:5 Rt:5" "ld1 {Rt:2T}, [{Rn}], {Rm:m2}" (Q, Rm, size, Rn, Rt) => load_consecutive_post<2> feature (AdvSimd);
    st4_multiple "0 Q 0011000 0 000000 0000 size:2 Rn:5 Rt:5" "st4 {Rt:4T}, [{Rn}]" (Q, size, Rn, Rt) => store_interleaved<4> if (not_1d_structure) feature (AdvSimd);
    st4_multiple_post "0 Q 0011001 0 0 Rm:5 0000 size:2 Rn:5 Rt:5" "st4 {Rt:4T}, [{Rn}], {Rm:m4}" (Q, Rm, size, Rn, Rt) => store_interleaved_post<4> if (not_1d_structure) feature (AdvSimd);
    st1x4_multiple "0 Q 0011000 0 000000 0010 size:2 Rn:5 Rt:5" "st1 {Rt:4T}, [{Rn}]" (Q, size, Rn, Rt) => store_consecutive<4> feature (AdvSimd);
    st1x4_multiple_post "0 Q 0011001 0 0 Rm:5 0010 size:2 Rn:5 Rt:5" "st1 {Rt:4T}, [{Rn}], {Rm:m4}" (Q, Rm, size, Rn, Rt) => store_consecutive_post<4> feature (AdvSimd);
    st3_multiple "0 Q 0011000 0 000000 0100 size:2 Rn:5 Rt:5" "st3 {Rt:3T}, [{Rn}]" (Q, size, Rn, Rt) => store_interleaved<3> if (not_1d_structure) feature (AdvSimd);
    st3_multiple_post "0 Q 0011001 0 0 Rm:5 0100 size:2 Rn:5 Rt:5" "st3 {Rt:3T}, [{Rn}], {Rm:m3}" (Q, Rm, size, Rn, Rt) => store_interleaved_post<3> if (not_1d_structure) feature (AdvSimd);
    st1x3_multiple "0 Q 0011000 0 000000 0110 size:2 Rn:5 Rt:5" "st1 {Rt:3T}, [{Rn}]" (Q, size, Rn, Rt) => store_consecutive<3> feature (AdvSimd);
    st1x3_multiple_post "0 Q 0011001 0 0 Rm:5 0110 size:2 Rn:5 Rt:5" "st1 {Rt:3T}, [{Rn}], {Rm:m3}" (Q, Rm, size, Rn, Rt) => store_consecutive_post<3> feature (AdvSimd);
    st1x1_multiple "0 Q 0011000 0 000000 0111 size:2 Rn:5 Rt:5" "st1 {Rt:1T}, [{Rn}]" (Q, size, Rn, Rt) => store_consecutive<1> feature (AdvSimd);
    st1x1_multiple_post "0 Q 0011001 0 0 Rm:5 0111 size:2 Rn:5 Rt:5" "st1 {Rt:1T}, [{Rn}], {Rm:m1}" (Q, Rm, size, Rn, Rt) => store_consecutive_post<1> feature (AdvSimd);
    st2_multiple "0 Q 0011000 0 000000 1000 size:2 Rn:5 Rt:5" "st2 {Rt:2T}, [{Rn}]" (Q, size, Rn, Rt) => store_interleaved<2> if (not_1d_structure) feature (AdvSimd);
    st2_multiple_post "0 Q 0011001 0 0 Rm:5 1000 size:2 Rn:5 Rt:5" "st2 {Rt:2T}, [{Rn}], {Rm:m2}" (Q, Rm, size, Rn, Rt) => store_interleaved_post<2> if (not_1d_structure) feature (AdvSimd);
    st1x2_multiple "0 Q 0011000 0 000000 1010 size:2 Rn:5 Rt:5" "st1 {Rt:2T}, [{Rn}]" (Q, size, Rn, Rt) => store_consecutive<2> feature (AdvSimd);
    st1x2_multiple_post "0 Q 0011001 0 0 Rm:5 1010 size:2 Rn:5 Rt:5" "st1 {Rt:2T}, [{Rn}], {Rm:m2}" (Q, Rm, size, Rn, Rt) => store_consecutive_post<2> feature (AdvSimd);
}

/// Lanes of 64 bits need 128-bit vectors.
fn not_1d_structure(word: u32) -> bool {
    word >> 10 & 3 != 3 || word >> 30 & 1 == 1
}

/// Moves the base after an access of `bytes`.
fn advance<B: Builder>(b: &mut B, rn: GprSp, rm: PostIndex, bytes: u64) {
    let base = rn.x(b);
    let step = rm.step(b, bytes);
    let base = b.i64_add(base, step);
    rn.set_x(b, base);
}

fn bytes(q: Q, n: usize) -> u64 {
    n as u64 * if q.0 { 16 } else { 8 }
}

/// LD1 of `N` registers.
fn load_consecutive<B: Builder, const N: usize>(b: &mut B, q: Q, _size: I, rn: GprSp, rt: VList) {
    let base = rn.x(b);
    if q.0 {
        let values: [B::V128; N] = core::array::from_fn(|i| b.v128_load(base, 16 * i as i64));
        for (i, value) in (0..).zip(values) {
            b.set_v(rt.reg(i), value);
        }
    } else {
        let values: [B::F64; N] = core::array::from_fn(|i| b.f64_load(base, 8 * i as i64));
        for (i, value) in (0..).zip(values) {
            b.set_d(rt.reg(i), value);
        }
    }
}

/// ST1 of `N` registers.
fn store_consecutive<B: Builder, const N: usize>(b: &mut B, q: Q, _size: I, rn: GprSp, rt: VList) {
    let base = rn.x(b);
    for i in 0..N as u8 {
        if q.0 {
            let value = b.v(rt.reg(i));
            b.v128_store(base, 16 * i64::from(i), value);
        } else {
            let value = b.d(rt.reg(i));
            b.f64_store(base, 8 * i64::from(i), value);
        }
    }
}

/// Lane `i` of a result comes from lane `pick(i)` of three vectors in a row.
fn shuffle3<O: Ops>(b: &mut O, lane: Lane, [x, y, z]: [O::V128; 3], pick: impl Fn(usize) -> usize) -> O::V128 {
    let n = lane.count();
    let first = lane::shuffle(b, lane, x, y, |i| if pick(i) < 2 * n { pick(i) } else { 0 });
    lane::shuffle(b, lane, first, z, |i| if pick(i) < 2 * n { i } else { pick(i) - n })
}

/// The even or the odd lanes.
fn part<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128, odd: usize) -> O::V128 {
    lane::unzip(b, lane, lane.count(), x, y, odd)
}

/// Lanes of x and y by turns, from the low or the high halves.
fn turns<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128, high: usize) -> O::V128 {
    let n = lane.count();
    lane::shuffle(b, lane, x, y, |i| high * n / 2 + i / 2 + if i % 2 == 1 { n } else { 0 })
}

/// LD2, LD3, LD4.
fn load_interleaved<B: Builder, const N: usize>(b: &mut B, q: Q, size: I, rn: GprSp, rt: VList) {
    let lane = size.lane();
    let base = rn.x(b);
    let zero = lane::zero(b);
    // All of memory, in order; vectors beyond it are zero, and so is the upper half of a half-filled one.
    let total = bytes(q, N) as usize;
    let memory: [B::V128; 4] = core::array::from_fn(|i| match total.saturating_sub(16 * i) {
        0 => zero,
        8 => {
            let half = b.f64_load(base, 16 * i as i64);
            b.f64x2_replace_lane(zero, half, 0)
        }
        _ => b.v128_load(base, 16 * i as i64),
    });
    let [x, y, z, w] = memory;
    let n = lane.count();
    let results: [B::V128; N] = match (N, q.0) {
        (2, true) => core::array::from_fn(|i| part(b, lane, x, y, i)),
        (3, true) => core::array::from_fn(|i| shuffle3(b, lane, [x, y, z], |j| 3 * j + i)),
        (_, true) => {
            let halves = [
                (part(b, lane, x, y, 0), part(b, lane, z, w, 0)),
                (part(b, lane, x, y, 1), part(b, lane, z, w, 1)),
            ];
            core::array::from_fn(|i| part(b, lane, halves[i % 2].0, halves[i % 2].1, i / 2))
        }
        // Half as many lanes: beyond them, take a lane of what is zero.
        (2, false) => core::array::from_fn(|i| lane::shuffle(b, lane, x, zero, |j| if j < n / 2 { 2 * j + i } else { n })),
        (3, false) => core::array::from_fn(|i| lane::shuffle(b, lane, x, y, |j| if j < n / 2 { 3 * j + i } else { 2 * n - 1 })),
        _ => core::array::from_fn(|i| {
            let picked = lane::shuffle(b, lane, x, y, |j| 4 * (j % (n / 2)) + i);
            lane::low_half(b, picked)
        }),
    };
    for (i, value) in (0..).zip(results) {
        b.set_v(rt.reg(i), value);
    }
}

/// ST2, ST3, ST4.
fn store_interleaved<B: Builder, const N: usize>(b: &mut B, q: Q, size: I, rn: GprSp, rt: VList) {
    let lane = size.lane();
    let base = rn.x(b);
    let r: [B::V128; N] = core::array::from_fn(|i| b.v(rt.reg(i as u8)));
    let n = lane.count();
    // Lane `i` of memory is lane `i / N` of register `i % N`; without `q` two register halves make a vector.
    let from = |i: usize| (i % N, i / N);
    let total = bytes(q, N) as usize;
    for k in 0..total.div_ceil(16) {
        let first = k * n;
        let vector = match (N, q.0) {
            (2, _) => turns(b, lane, r[0], r[1], k),
            (3, _) => shuffle3(b, lane, [r[0], r[1], r[2]], |j| {
                let (register, index) = from(first + j);
                // A half-filled vector needs no lanes beyond.
                if index < n { register * n + index } else { 0 }
            }),
            _ => {
                let even = turns(b, lane, r[0], r[2 % N], k / 2);
                let odd = turns(b, lane, r[1], r[3 % N], k / 2);
                turns(b, lane, even, odd, k % 2)
            }
        };
        if total - 16 * k >= 16 {
            b.v128_store(base, 16 * k as i64, vector);
        } else {
            let half = b.f64x2_extract_lane(vector, 0);
            b.f64_store(base, 16 * k as i64, half);
        }
    }
}

/// [`load_consecutive`], post-index.
fn load_consecutive_post<B: Builder, const N: usize>(b: &mut B, q: Q, rm: PostIndex, size: I, rn: GprSp, rt: VList) {
    load_consecutive::<B, N>(b, q, size, rn, rt);
    advance(b, rn, rm, bytes(q, N));
}

/// [`store_consecutive`], post-index.
fn store_consecutive_post<B: Builder, const N: usize>(b: &mut B, q: Q, rm: PostIndex, size: I, rn: GprSp, rt: VList) {
    store_consecutive::<B, N>(b, q, size, rn, rt);
    advance(b, rn, rm, bytes(q, N));
}

/// [`load_interleaved`], post-index.
fn load_interleaved_post<B: Builder, const N: usize>(b: &mut B, q: Q, rm: PostIndex, size: I, rn: GprSp, rt: VList) {
    load_interleaved::<B, N>(b, q, size, rn, rt);
    advance(b, rn, rm, bytes(q, N));
}

/// [`store_interleaved`], post-index.
fn store_interleaved_post<B: Builder, const N: usize>(b: &mut B, q: Q, rm: PostIndex, size: I, rn: GprSp, rt: VList) {
    store_interleaved::<B, N>(b, q, size, rn, rt);
    advance(b, rn, rm, bytes(q, N));
}
