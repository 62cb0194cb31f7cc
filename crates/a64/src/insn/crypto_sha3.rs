//! FEAT_SHA512 and FEAT_SHA3: hash rounds on 64-bit words, and three-operand logic.

use elfconv_ir::Ops;

use super::{
    lane::{self, Lane},
    scalar::c64,
};
use crate::{
    builder::Builder,
    operands::{Imm, Vreg},
    row::instructions,
};

instructions! {
    class "Cryptographic SHA-512 and SHA-3";
    sha512h "11001110 011 Rm:5 1 0 00 00 Rn:5 Rd:5" "sha512h {Rd:q}, {Rn:q}, {Rm:.2d}" (Rm, Rn, Rd) feature (Sha512);
    sha512h2 "11001110 011 Rm:5 1 0 00 01 Rn:5 Rd:5" "sha512h2 {Rd:q}, {Rn:q}, {Rm:.2d}" (Rm, Rn, Rd) feature (Sha512);
    sha512su1 "11001110 011 Rm:5 1 0 00 10 Rn:5 Rd:5" "sha512su1 {Rd:.2d}, {Rn:.2d}, {Rm:.2d}" (Rm, Rn, Rd) feature (Sha512);
    sha512su0 "11001110 110 00000 1000 00 Rn:5 Rd:5" "sha512su0 {Rd:.2d}, {Rn:.2d}" (Rn, Rd) feature (Sha512);
    rax1 "11001110 011 Rm:5 1 0 00 11 Rn:5 Rd:5" "rax1 {Rd:.2d}, {Rn:.2d}, {Rm:.2d}" (Rm, Rn, Rd) feature (Sha3);
    eor3 "11001110 000 Rm:5 0 Ra:5 Rn:5 Rd:5" "eor3 {Rd:.16b}, {Rn:.16b}, {Rm:.16b}, {Ra:.16b}" (Rm, Ra, Rn, Rd) feature (Sha3);
    bcax "11001110 001 Rm:5 0 Ra:5 Rn:5 Rd:5" "bcax {Rd:.16b}, {Rn:.16b}, {Rm:.16b}, {Ra:.16b}" (Rm, Ra, Rn, Rd) feature (Sha3);
    xar "11001110 100 Rm:5 imm6:6 Rn:5 Rd:5" "xar {Rd:.2d}, {Rn:.2d}, {Rm:.2d}, #{imm6}" (Rm, imm6, Rn, Rd) feature (Sha3);
}

fn words<B: Builder>(b: &mut B, r: Vreg) -> [B::I64; 2] {
    let v = b.v(r.0);
    [b.i64x2_extract_lane(v, 0), b.i64x2_extract_lane(v, 1)]
}

fn set_words<B: Builder>(b: &mut B, r: Vreg, words: [B::I64; 2]) {
    let v = b.i64x2_splat(words[0]);
    let v = b.i64x2_replace_lane(v, words[1], 1);
    b.set_v(r.0, v);
}

/// Exclusive or of x rotated right by each amount.
fn rotations<B: Builder>(b: &mut B, x: B::I64, by: [u64; 3]) -> B::I64 {
    let [p, q, r] = by.map(|n| {
        let n = c64(b, n);
        b.i64_rotr(x, n)
    });
    let pq = b.i64_xor(p, q);
    b.i64_xor(pq, r)
}

/// The same, but the last is a shift.
fn schedule<B: Builder>(b: &mut B, x: B::I64, by: [u64; 2], shift: u64) -> B::I64 {
    let [p, q] = by.map(|n| {
        let n = c64(b, n);
        b.i64_rotr(x, n)
    });
    let n = c64(b, shift);
    let r = b.i64_shr_u(x, n);
    let pq = b.i64_xor(p, q);
    b.i64_xor(pq, r)
}

/// `x ? y : z` by bits.
fn choose<B: Builder>(b: &mut B, x: B::I64, y: B::I64, z: B::I64) -> B::I64 {
    let unlike = b.i64_xor(y, z);
    let chosen = b.i64_and(unlike, x);
    b.i64_xor(chosen, z)
}

/// The bits that two of three have.
fn majority<B: Builder>(b: &mut B, x: B::I64, y: B::I64, z: B::I64) -> B::I64 {
    let both = b.i64_and(x, y);
    let any = b.i64_or(x, y);
    let third = b.i64_and(any, z);
    b.i64_or(both, third)
}

fn sum<B: Builder>(b: &mut B, x: B::I64, y: B::I64, z: B::I64) -> B::I64 {
    let xy = b.i64_add(x, y);
    b.i64_add(xy, z)
}

/// SHA512H.
fn sha512h<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = words(b, rn);
    let y = words(b, rm);
    let w = words(b, rd);
    let sigma = rotations(b, y[1], [14, 18, 41]);
    let chosen = choose(b, y[1], x[0], x[1]);
    let high = sum(b, chosen, sigma, w[1]);
    let t = b.i64_add(high, y[0]);
    let sigma = rotations(b, t, [14, 18, 41]);
    let chosen = choose(b, t, y[1], x[0]);
    let low = sum(b, chosen, sigma, w[0]);
    set_words(b, rd, [low, high]);
}

/// SHA512H2.
fn sha512h2<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = words(b, rn);
    let y = words(b, rm);
    let w = words(b, rd);
    let sigma = rotations(b, y[0], [28, 34, 39]);
    let most = majority(b, x[0], y[1], y[0]);
    let high = sum(b, most, sigma, w[1]);
    let sigma = rotations(b, high, [28, 34, 39]);
    let most = majority(b, high, y[0], y[1]);
    let low = sum(b, most, sigma, w[0]);
    set_words(b, rd, [low, high]);
}

/// SHA512SU0.
fn sha512su0<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let w = words(b, rd);
    let x = words(b, rn);
    let low = schedule(b, w[1], [1, 8], 7);
    let low = b.i64_add(w[0], low);
    let high = schedule(b, x[0], [1, 8], 7);
    let high = b.i64_add(w[1], high);
    set_words(b, rd, [low, high]);
}

/// SHA512SU1.
fn sha512su1<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let w = words(b, rd);
    let x = words(b, rn);
    let y = words(b, rm);
    let result = core::array::from_fn(|i| {
        let sigma = schedule(b, x[i], [19, 61], 6);
        sum(b, w[i], sigma, y[i])
    });
    set_words(b, rd, result);
}

/// Lanes of 64 bits rotated right.
fn rotate<O: Ops>(b: &mut O, x: O::V128, n: u32) -> O::V128 {
    if n == 0 {
        return x;
    }
    let right = lane::shr(b, Lane::D, false, x, n);
    let left = lane::shl(b, Lane::D, x, 64 - n);
    b.v128_or(right, left)
}

/// RAX1.
fn rax1<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let n = b.v(rn.0);
    let m = b.v(rm.0);
    let m = rotate(b, m, 63);
    let result = b.v128_xor(n, m);
    b.set_v(rd.0, result);
}

/// EOR3.
fn eor3<B: Builder>(b: &mut B, rm: Vreg, ra: Vreg, rn: Vreg, rd: Vreg) {
    let n = b.v(rn.0);
    let m = b.v(rm.0);
    let a = b.v(ra.0);
    let nm = b.v128_xor(n, m);
    let result = b.v128_xor(nm, a);
    b.set_v(rd.0, result);
}

/// BCAX.
fn bcax<B: Builder>(b: &mut B, rm: Vreg, ra: Vreg, rn: Vreg, rd: Vreg) {
    let n = b.v(rn.0);
    let m = b.v(rm.0);
    let a = b.v(ra.0);
    let clear = b.v128_andnot(m, a);
    let result = b.v128_xor(n, clear);
    b.set_v(rd.0, result);
}

/// XAR.
fn xar<B: Builder>(b: &mut B, rm: Vreg, imm6: Imm<6>, rn: Vreg, rd: Vreg) {
    let n = b.v(rn.0);
    let m = b.v(rm.0);
    let x = b.v128_xor(n, m);
    let result = rotate(b, x, imm6.0);
    b.set_v(rd.0, result);
}
