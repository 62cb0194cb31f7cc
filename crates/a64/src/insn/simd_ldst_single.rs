//! Loads and stores of a single structure, C4.1.94: one lane of one to four registers, or all lanes the same.

use super::lane::{self, Lane};
use crate::{
    builder::Builder,
    operands::{GprSp, I, Imm, LaneField, PostIndex, Q, VList},
    row::instructions,
};

instructions! {
    class "SIMD loads and stores, single structure";
    ld1_b_lane "0 Q 0011010 1 0 00000 000 S z:2 Rn:5 Rt:5" "ld1 {Rt:1@b}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_b<1> feature (AdvSimd);
    ld1_b_lane_post "0 Q 0011011 1 0 Rm:5 000 S z:2 Rn:5 Rt:5" "ld1 {Rt:1@b}, [{Rn}], {Rm:1}" (Q, S, z, Rm, Rn, Rt) => load_lane_b_post<1> feature (AdvSimd);
    ld1_h_lane "0 Q 0011010 1 0 00000 010 S z 0 Rn:5 Rt:5" "ld1 {Rt:1@h}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_h<1> feature (AdvSimd);
    ld1_h_lane_post "0 Q 0011011 1 0 Rm:5 010 S z 0 Rn:5 Rt:5" "ld1 {Rt:1@h}, [{Rn}], {Rm:2}" (Q, S, z, Rm, Rn, Rt) => load_lane_h_post<1> feature (AdvSimd);
    ld1_s_lane "0 Q 0011010 1 0 00000 100 S 00 Rn:5 Rt:5" "ld1 {Rt:1@s}, [{Rn}]" (Q, S, Rn, Rt) => load_lane_s<1> feature (AdvSimd);
    ld1_s_lane_post "0 Q 0011011 1 0 Rm:5 100 S 00 Rn:5 Rt:5" "ld1 {Rt:1@s}, [{Rn}], {Rm:4}" (Q, S, Rm, Rn, Rt) => load_lane_s_post<1> feature (AdvSimd);
    ld1_d_lane "0 Q 0011010 1 0 00000 100 001 Rn:5 Rt:5" "ld1 {Rt:1@d}, [{Rn}]" (Q, Rn, Rt) => load_lane_d<1> feature (AdvSimd);
    ld1_d_lane_post "0 Q 0011011 1 0 Rm:5 100 001 Rn:5 Rt:5" "ld1 {Rt:1@d}, [{Rn}], {Rm:8}" (Q, Rm, Rn, Rt) => load_lane_d_post<1> feature (AdvSimd);
    ld1r "0 Q 0011010 1 0 00000 110 0 size:2 Rn:5 Rt:5" "ld1r {Rt:1T}, [{Rn}]" (Q, size, Rn, Rt) => replicate<1> feature (AdvSimd);
    ld1r_post "0 Q 0011011 1 0 Rm:5 110 0 size:2 Rn:5 Rt:5" "ld1r {Rt:1T}, [{Rn}], {Rm:r1}" (Q, Rm, size, Rn, Rt) => replicate_post<1> feature (AdvSimd);
    ld2_b_lane "0 Q 0011010 1 1 00000 000 S z:2 Rn:5 Rt:5" "ld2 {Rt:2@b}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_b<2> feature (AdvSimd);
    ld2_b_lane_post "0 Q 0011011 1 1 Rm:5 000 S z:2 Rn:5 Rt:5" "ld2 {Rt:2@b}, [{Rn}], {Rm:2}" (Q, S, z, Rm, Rn, Rt) => load_lane_b_post<2> feature (AdvSimd);
    ld2_h_lane "0 Q 0011010 1 1 00000 010 S z 0 Rn:5 Rt:5" "ld2 {Rt:2@h}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_h<2> feature (AdvSimd);
    ld2_h_lane_post "0 Q 0011011 1 1 Rm:5 010 S z 0 Rn:5 Rt:5" "ld2 {Rt:2@h}, [{Rn}], {Rm:4}" (Q, S, z, Rm, Rn, Rt) => load_lane_h_post<2> feature (AdvSimd);
    ld2_s_lane "0 Q 0011010 1 1 00000 100 S 00 Rn:5 Rt:5" "ld2 {Rt:2@s}, [{Rn}]" (Q, S, Rn, Rt) => load_lane_s<2> feature (AdvSimd);
    ld2_s_lane_post "0 Q 0011011 1 1 Rm:5 100 S 00 Rn:5 Rt:5" "ld2 {Rt:2@s}, [{Rn}], {Rm:8}" (Q, S, Rm, Rn, Rt) => load_lane_s_post<2> feature (AdvSimd);
    ld2_d_lane "0 Q 0011010 1 1 00000 100 001 Rn:5 Rt:5" "ld2 {Rt:2@d}, [{Rn}]" (Q, Rn, Rt) => load_lane_d<2> feature (AdvSimd);
    ld2_d_lane_post "0 Q 0011011 1 1 Rm:5 100 001 Rn:5 Rt:5" "ld2 {Rt:2@d}, [{Rn}], {Rm:16}" (Q, Rm, Rn, Rt) => load_lane_d_post<2> feature (AdvSimd);
    ld2r "0 Q 0011010 1 1 00000 110 0 size:2 Rn:5 Rt:5" "ld2r {Rt:2T}, [{Rn}]" (Q, size, Rn, Rt) => replicate<2> feature (AdvSimd);
    ld2r_post "0 Q 0011011 1 1 Rm:5 110 0 size:2 Rn:5 Rt:5" "ld2r {Rt:2T}, [{Rn}], {Rm:r2}" (Q, Rm, size, Rn, Rt) => replicate_post<2> feature (AdvSimd);
    ld3_b_lane "0 Q 0011010 1 0 00000 001 S z:2 Rn:5 Rt:5" "ld3 {Rt:3@b}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_b<3> feature (AdvSimd);
    ld3_b_lane_post "0 Q 0011011 1 0 Rm:5 001 S z:2 Rn:5 Rt:5" "ld3 {Rt:3@b}, [{Rn}], {Rm:3}" (Q, S, z, Rm, Rn, Rt) => load_lane_b_post<3> feature (AdvSimd);
    ld3_h_lane "0 Q 0011010 1 0 00000 011 S z 0 Rn:5 Rt:5" "ld3 {Rt:3@h}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_h<3> feature (AdvSimd);
    ld3_h_lane_post "0 Q 0011011 1 0 Rm:5 011 S z 0 Rn:5 Rt:5" "ld3 {Rt:3@h}, [{Rn}], {Rm:6}" (Q, S, z, Rm, Rn, Rt) => load_lane_h_post<3> feature (AdvSimd);
    ld3_s_lane "0 Q 0011010 1 0 00000 101 S 00 Rn:5 Rt:5" "ld3 {Rt:3@s}, [{Rn}]" (Q, S, Rn, Rt) => load_lane_s<3> feature (AdvSimd);
    ld3_s_lane_post "0 Q 0011011 1 0 Rm:5 101 S 00 Rn:5 Rt:5" "ld3 {Rt:3@s}, [{Rn}], {Rm:12}" (Q, S, Rm, Rn, Rt) => load_lane_s_post<3> feature (AdvSimd);
    ld3_d_lane "0 Q 0011010 1 0 00000 101 001 Rn:5 Rt:5" "ld3 {Rt:3@d}, [{Rn}]" (Q, Rn, Rt) => load_lane_d<3> feature (AdvSimd);
    ld3_d_lane_post "0 Q 0011011 1 0 Rm:5 101 001 Rn:5 Rt:5" "ld3 {Rt:3@d}, [{Rn}], {Rm:24}" (Q, Rm, Rn, Rt) => load_lane_d_post<3> feature (AdvSimd);
    ld3r "0 Q 0011010 1 0 00000 111 0 size:2 Rn:5 Rt:5" "ld3r {Rt:3T}, [{Rn}]" (Q, size, Rn, Rt) => replicate<3> feature (AdvSimd);
    ld3r_post "0 Q 0011011 1 0 Rm:5 111 0 size:2 Rn:5 Rt:5" "ld3r {Rt:3T}, [{Rn}], {Rm:r3}" (Q, Rm, size, Rn, Rt) => replicate_post<3> feature (AdvSimd);
    ld4_b_lane "0 Q 0011010 1 1 00000 001 S z:2 Rn:5 Rt:5" "ld4 {Rt:4@b}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_b<4> feature (AdvSimd);
    ld4_b_lane_post "0 Q 0011011 1 1 Rm:5 001 S z:2 Rn:5 Rt:5" "ld4 {Rt:4@b}, [{Rn}], {Rm:4}" (Q, S, z, Rm, Rn, Rt) => load_lane_b_post<4> feature (AdvSimd);
    ld4_h_lane "0 Q 0011010 1 1 00000 011 S z 0 Rn:5 Rt:5" "ld4 {Rt:4@h}, [{Rn}]" (Q, S, z, Rn, Rt) => load_lane_h<4> feature (AdvSimd);
    ld4_h_lane_post "0 Q 0011011 1 1 Rm:5 011 S z 0 Rn:5 Rt:5" "ld4 {Rt:4@h}, [{Rn}], {Rm:8}" (Q, S, z, Rm, Rn, Rt) => load_lane_h_post<4> feature (AdvSimd);
    ld4_s_lane "0 Q 0011010 1 1 00000 101 S 00 Rn:5 Rt:5" "ld4 {Rt:4@s}, [{Rn}]" (Q, S, Rn, Rt) => load_lane_s<4> feature (AdvSimd);
    ld4_s_lane_post "0 Q 0011011 1 1 Rm:5 101 S 00 Rn:5 Rt:5" "ld4 {Rt:4@s}, [{Rn}], {Rm:16}" (Q, S, Rm, Rn, Rt) => load_lane_s_post<4> feature (AdvSimd);
    ld4_d_lane "0 Q 0011010 1 1 00000 101 001 Rn:5 Rt:5" "ld4 {Rt:4@d}, [{Rn}]" (Q, Rn, Rt) => load_lane_d<4> feature (AdvSimd);
    ld4_d_lane_post "0 Q 0011011 1 1 Rm:5 101 001 Rn:5 Rt:5" "ld4 {Rt:4@d}, [{Rn}], {Rm:32}" (Q, Rm, Rn, Rt) => load_lane_d_post<4> feature (AdvSimd);
    ld4r "0 Q 0011010 1 1 00000 111 0 size:2 Rn:5 Rt:5" "ld4r {Rt:4T}, [{Rn}]" (Q, size, Rn, Rt) => replicate<4> feature (AdvSimd);
    ld4r_post "0 Q 0011011 1 1 Rm:5 111 0 size:2 Rn:5 Rt:5" "ld4r {Rt:4T}, [{Rn}], {Rm:r4}" (Q, Rm, size, Rn, Rt) => replicate_post<4> feature (AdvSimd);
    st1_b_lane "0 Q 0011010 0 0 00000 000 S z:2 Rn:5 Rt:5" "st1 {Rt:1@b}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_b<1> feature (AdvSimd);
    st1_b_lane_post "0 Q 0011011 0 0 Rm:5 000 S z:2 Rn:5 Rt:5" "st1 {Rt:1@b}, [{Rn}], {Rm:1}" (Q, S, z, Rm, Rn, Rt) => store_lane_b_post<1> feature (AdvSimd);
    st1_h_lane "0 Q 0011010 0 0 00000 010 S z 0 Rn:5 Rt:5" "st1 {Rt:1@h}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_h<1> feature (AdvSimd);
    st1_h_lane_post "0 Q 0011011 0 0 Rm:5 010 S z 0 Rn:5 Rt:5" "st1 {Rt:1@h}, [{Rn}], {Rm:2}" (Q, S, z, Rm, Rn, Rt) => store_lane_h_post<1> feature (AdvSimd);
    st1_s_lane "0 Q 0011010 0 0 00000 100 S 00 Rn:5 Rt:5" "st1 {Rt:1@s}, [{Rn}]" (Q, S, Rn, Rt) => store_lane_s<1> feature (AdvSimd);
    st1_s_lane_post "0 Q 0011011 0 0 Rm:5 100 S 00 Rn:5 Rt:5" "st1 {Rt:1@s}, [{Rn}], {Rm:4}" (Q, S, Rm, Rn, Rt) => store_lane_s_post<1> feature (AdvSimd);
    st1_d_lane "0 Q 0011010 0 0 00000 100 001 Rn:5 Rt:5" "st1 {Rt:1@d}, [{Rn}]" (Q, Rn, Rt) => store_lane_d<1> feature (AdvSimd);
    st1_d_lane_post "0 Q 0011011 0 0 Rm:5 100 001 Rn:5 Rt:5" "st1 {Rt:1@d}, [{Rn}], {Rm:8}" (Q, Rm, Rn, Rt) => store_lane_d_post<1> feature (AdvSimd);
    st2_b_lane "0 Q 0011010 0 1 00000 000 S z:2 Rn:5 Rt:5" "st2 {Rt:2@b}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_b<2> feature (AdvSimd);
    st2_b_lane_post "0 Q 0011011 0 1 Rm:5 000 S z:2 Rn:5 Rt:5" "st2 {Rt:2@b}, [{Rn}], {Rm:2}" (Q, S, z, Rm, Rn, Rt) => store_lane_b_post<2> feature (AdvSimd);
    st2_h_lane "0 Q 0011010 0 1 00000 010 S z 0 Rn:5 Rt:5" "st2 {Rt:2@h}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_h<2> feature (AdvSimd);
    st2_h_lane_post "0 Q 0011011 0 1 Rm:5 010 S z 0 Rn:5 Rt:5" "st2 {Rt:2@h}, [{Rn}], {Rm:4}" (Q, S, z, Rm, Rn, Rt) => store_lane_h_post<2> feature (AdvSimd);
    st2_s_lane "0 Q 0011010 0 1 00000 100 S 00 Rn:5 Rt:5" "st2 {Rt:2@s}, [{Rn}]" (Q, S, Rn, Rt) => store_lane_s<2> feature (AdvSimd);
    st2_s_lane_post "0 Q 0011011 0 1 Rm:5 100 S 00 Rn:5 Rt:5" "st2 {Rt:2@s}, [{Rn}], {Rm:8}" (Q, S, Rm, Rn, Rt) => store_lane_s_post<2> feature (AdvSimd);
    st2_d_lane "0 Q 0011010 0 1 00000 100 001 Rn:5 Rt:5" "st2 {Rt:2@d}, [{Rn}]" (Q, Rn, Rt) => store_lane_d<2> feature (AdvSimd);
    st2_d_lane_post "0 Q 0011011 0 1 Rm:5 100 001 Rn:5 Rt:5" "st2 {Rt:2@d}, [{Rn}], {Rm:16}" (Q, Rm, Rn, Rt) => store_lane_d_post<2> feature (AdvSimd);
    st3_b_lane "0 Q 0011010 0 0 00000 001 S z:2 Rn:5 Rt:5" "st3 {Rt:3@b}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_b<3> feature (AdvSimd);
    st3_b_lane_post "0 Q 0011011 0 0 Rm:5 001 S z:2 Rn:5 Rt:5" "st3 {Rt:3@b}, [{Rn}], {Rm:3}" (Q, S, z, Rm, Rn, Rt) => store_lane_b_post<3> feature (AdvSimd);
    st3_h_lane "0 Q 0011010 0 0 00000 011 S z 0 Rn:5 Rt:5" "st3 {Rt:3@h}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_h<3> feature (AdvSimd);
    st3_h_lane_post "0 Q 0011011 0 0 Rm:5 011 S z 0 Rn:5 Rt:5" "st3 {Rt:3@h}, [{Rn}], {Rm:6}" (Q, S, z, Rm, Rn, Rt) => store_lane_h_post<3> feature (AdvSimd);
    st3_s_lane "0 Q 0011010 0 0 00000 101 S 00 Rn:5 Rt:5" "st3 {Rt:3@s}, [{Rn}]" (Q, S, Rn, Rt) => store_lane_s<3> feature (AdvSimd);
    st3_s_lane_post "0 Q 0011011 0 0 Rm:5 101 S 00 Rn:5 Rt:5" "st3 {Rt:3@s}, [{Rn}], {Rm:12}" (Q, S, Rm, Rn, Rt) => store_lane_s_post<3> feature (AdvSimd);
    st3_d_lane "0 Q 0011010 0 0 00000 101 001 Rn:5 Rt:5" "st3 {Rt:3@d}, [{Rn}]" (Q, Rn, Rt) => store_lane_d<3> feature (AdvSimd);
    st3_d_lane_post "0 Q 0011011 0 0 Rm:5 101 001 Rn:5 Rt:5" "st3 {Rt:3@d}, [{Rn}], {Rm:24}" (Q, Rm, Rn, Rt) => store_lane_d_post<3> feature (AdvSimd);
    st4_b_lane "0 Q 0011010 0 1 00000 001 S z:2 Rn:5 Rt:5" "st4 {Rt:4@b}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_b<4> feature (AdvSimd);
    st4_b_lane_post "0 Q 0011011 0 1 Rm:5 001 S z:2 Rn:5 Rt:5" "st4 {Rt:4@b}, [{Rn}], {Rm:4}" (Q, S, z, Rm, Rn, Rt) => store_lane_b_post<4> feature (AdvSimd);
    st4_h_lane "0 Q 0011010 0 1 00000 011 S z 0 Rn:5 Rt:5" "st4 {Rt:4@h}, [{Rn}]" (Q, S, z, Rn, Rt) => store_lane_h<4> feature (AdvSimd);
    st4_h_lane_post "0 Q 0011011 0 1 Rm:5 011 S z 0 Rn:5 Rt:5" "st4 {Rt:4@h}, [{Rn}], {Rm:8}" (Q, S, z, Rm, Rn, Rt) => store_lane_h_post<4> feature (AdvSimd);
    st4_s_lane "0 Q 0011010 0 1 00000 101 S 00 Rn:5 Rt:5" "st4 {Rt:4@s}, [{Rn}]" (Q, S, Rn, Rt) => store_lane_s<4> feature (AdvSimd);
    st4_s_lane_post "0 Q 0011011 0 1 Rm:5 101 S 00 Rn:5 Rt:5" "st4 {Rt:4@s}, [{Rn}], {Rm:16}" (Q, S, Rm, Rn, Rt) => store_lane_s_post<4> feature (AdvSimd);
    st4_d_lane "0 Q 0011010 0 1 00000 101 001 Rn:5 Rt:5" "st4 {Rt:4@d}, [{Rn}]" (Q, Rn, Rt) => store_lane_d<4> feature (AdvSimd);
    st4_d_lane_post "0 Q 0011011 0 1 Rm:5 101 001 Rn:5 Rt:5" "st4 {Rt:4@d}, [{Rn}], {Rm:32}" (Q, Rm, Rn, Rt) => store_lane_d_post<4> feature (AdvSimd);
}

/// Moves the base after an access of `bytes`.
fn advance<B: Builder>(b: &mut B, rn: GprSp, rm: PostIndex, bytes: usize) {
    let base = rn.x(b);
    let step = rm.step(b, bytes as u64);
    let base = b.i64_add(base, step);
    rn.set_x(b, base);
}

/// Load lane `index` of `N` registers; nothing is written before all is loaded.
fn load_lane<B: Builder, const N: usize>(b: &mut B, lane: Lane, index: u32, rn: GprSp, rt: VList) {
    let base = rn.x(b);
    let at = index as u8;
    let values: [B::V128; N] = core::array::from_fn(|i| {
        let offset = (i * lane.bytes()) as i64;
        let old = b.v(rt.reg(i as u8));
        match lane {
            Lane::B => {
                let x = b.i32_load8_u(base, offset);
                b.i8x16_replace_lane(old, x, at)
            }
            Lane::H => {
                let x = b.i32_load16_u(base, offset);
                b.i16x8_replace_lane(old, x, at)
            }
            Lane::S => {
                let x = b.f32_load(base, offset);
                b.f32x4_replace_lane(old, x, at)
            }
            Lane::D => {
                let x = b.f64_load(base, offset);
                b.f64x2_replace_lane(old, x, at)
            }
        }
    });
    for (i, value) in (0..).zip(values) {
        b.set_v(rt.reg(i), value);
    }
}

/// Store lane `index` of `N` registers.
fn store_lane<B: Builder, const N: usize>(b: &mut B, lane: Lane, index: u32, rn: GprSp, rt: VList) {
    let base = rn.x(b);
    let at = index as u8;
    for i in 0..N {
        let offset = (i * lane.bytes()) as i64;
        let r = rt.reg(i as u8);
        // The lowest lane may be held as a scalar.
        match (lane, at) {
            (Lane::S, 0) => {
                let x = b.s(r);
                b.f32_store(base, offset, x);
                continue;
            }
            (Lane::D, 0) => {
                let x = b.d(r);
                b.f64_store(base, offset, x);
                continue;
            }
            _ => {}
        }
        let v = b.v(r);
        match lane {
            Lane::B => {
                let x = b.i8x16_extract_lane_u(v, at);
                b.i32_store8(base, offset, x);
            }
            Lane::H => {
                let x = b.i16x8_extract_lane_u(v, at);
                b.i32_store16(base, offset, x);
            }
            Lane::S => {
                let x = b.f32x4_extract_lane(v, at);
                b.f32_store(base, offset, x);
            }
            Lane::D => {
                let x = b.f64x2_extract_lane(v, at);
                b.f64_store(base, offset, x);
            }
        }
    }
}

macro_rules! lanes {
    ($($access:ident $plain:ident $post:ident $lane:ident ($($field:ident: $ty:ty),*) $index:expr;)*) => {$(
        fn $plain<B: Builder, const N: usize>(b: &mut B, $($field: $ty,)* rn: GprSp, rt: VList) {
            $access::<B, N>(b, Lane::$lane, $index, rn, rt);
        }
        fn $post<B: Builder, const N: usize>(b: &mut B, $($field: $ty,)* rm: PostIndex, rn: GprSp, rt: VList) {
            $access::<B, N>(b, Lane::$lane, $index, rn, rt);
            advance(b, rn, rm, N * Lane::$lane.bytes());
        }
    )*};
}

lanes! {
    load_lane load_lane_b load_lane_b_post B (q: Q, s: Imm<1>, z: Imm<2>) u32::from(q.0) << 3 | s.0 << 2 | z.0;
    load_lane load_lane_h load_lane_h_post H (q: Q, s: Imm<1>, z: Imm<1>) u32::from(q.0) << 2 | s.0 << 1 | z.0;
    load_lane load_lane_s load_lane_s_post S (q: Q, s: Imm<1>) u32::from(q.0) << 1 | s.0;
    load_lane load_lane_d load_lane_d_post D (q: Q) u32::from(q.0);
    store_lane store_lane_b store_lane_b_post B (q: Q, s: Imm<1>, z: Imm<2>) u32::from(q.0) << 3 | s.0 << 2 | z.0;
    store_lane store_lane_h store_lane_h_post H (q: Q, s: Imm<1>, z: Imm<1>) u32::from(q.0) << 2 | s.0 << 1 | z.0;
    store_lane store_lane_s store_lane_s_post S (q: Q, s: Imm<1>) u32::from(q.0) << 1 | s.0;
    store_lane store_lane_d store_lane_d_post D (q: Q) u32::from(q.0);
}

/// LD1R–LD4R.
fn replicate<B: Builder, const N: usize>(b: &mut B, q: Q, size: I, rn: GprSp, rt: VList) {
    let lane = size.lane();
    let base = rn.x(b);
    let values: [B::V128; N] = core::array::from_fn(|i| {
        let offset = (i * lane.bytes()) as i64;
        match lane {
            Lane::B => {
                let x = b.i32_load8_u(base, offset);
                b.i8x16_splat(x)
            }
            Lane::H => {
                let x = b.i32_load16_u(base, offset);
                b.i16x8_splat(x)
            }
            Lane::S => {
                let x = b.f32_load(base, offset);
                b.f32x4_splat(x)
            }
            Lane::D => {
                let x = b.f64_load(base, offset);
                b.f64x2_splat(x)
            }
        }
    });
    for (i, value) in (0..).zip(values) {
        let value = if q.0 { value } else { lane::low_half(b, value) };
        b.set_v(rt.reg(i), value);
    }
}

/// LD1R–LD4R, post-index.
fn replicate_post<B: Builder, const N: usize>(b: &mut B, q: Q, rm: PostIndex, size: I, rn: GprSp, rt: VList) {
    replicate::<B, N>(b, q, size, rn, rt);
    advance(b, rn, rm, N * size.lane().bytes());
}
