//! FEAT_SM3 and FEAT_SM4: rounds of the hash and of the cipher, on 32-bit words.

use super::{
    crypto_sha::{choose, majority, parity, rotl, set_words, words},
    scalar::c32,
};
use crate::{
    builder::Builder,
    operands::{Imm, Vreg},
    row::instructions,
};

instructions! {
    class "Cryptographic SM3 and SM4";
    sm3ss1 "11001110 010 Rm:5 0 Ra:5 Rn:5 Rd:5" "sm3ss1 {Rd:.4s}, {Rn:.4s}, {Rm:.4s}, {Ra:.4s}" (Rm, Ra, Rn, Rd) feature (Sm3);
    sm3tt1a "11001110 010 Rm:5 10 imm2:2 00 Rn:5 Rd:5" "sm3tt1a {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{imm2}]" (Rm, imm2, Rn, Rd) => round1<false> feature (Sm3);
    sm3tt1b "11001110 010 Rm:5 10 imm2:2 01 Rn:5 Rd:5" "sm3tt1b {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{imm2}]" (Rm, imm2, Rn, Rd) => round1<true> feature (Sm3);
    sm3tt2a "11001110 010 Rm:5 10 imm2:2 10 Rn:5 Rd:5" "sm3tt2a {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{imm2}]" (Rm, imm2, Rn, Rd) => round2<false> feature (Sm3);
    sm3tt2b "11001110 010 Rm:5 10 imm2:2 11 Rn:5 Rd:5" "sm3tt2b {Rd:.4s}, {Rn:.4s}, {Rm:.s}[{imm2}]" (Rm, imm2, Rn, Rd) => round2<true> feature (Sm3);
    sm3partw1 "11001110 011 Rm:5 1 1 00 00 Rn:5 Rd:5" "sm3partw1 {Rd:.4s}, {Rn:.4s}, {Rm:.4s}" (Rm, Rn, Rd) feature (Sm3);
    sm3partw2 "11001110 011 Rm:5 1 1 00 01 Rn:5 Rd:5" "sm3partw2 {Rd:.4s}, {Rn:.4s}, {Rm:.4s}" (Rm, Rn, Rd) feature (Sm3);
    sm4e "11001110 110 00000 1000 01 Rn:5 Rd:5" "sm4e {Rd:.4s}, {Rn:.4s}" (Rn, Rd) feature (Sm4);
    sm4ekey "11001110 011 Rm:5 1 1 00 10 Rn:5 Rd:5" "sm4ekey {Rd:.4s}, {Rn:.4s}, {Rm:.4s}" (Rm, Rn, Rd) feature (Sm4);
}

/// SM3SS1.
fn sm3ss1<B: Builder>(b: &mut B, rm: Vreg, ra: Vreg, rn: Vreg, rd: Vreg) {
    let n = words(b, rn)[3];
    let m = words(b, rm)[3];
    let a = words(b, ra)[3];
    let n = rotl(b, n, 12);
    let sum = b.i32_add(n, m);
    let sum = b.i32_add(sum, a);
    let result = rotl(b, sum, 7);
    let zero = c32(b, 0);
    set_words(b, rd, [zero, zero, zero, result]);
}

/// SM3TT1A, SM3TT1B (`LATE`: rounds from 16 on).
fn round1<B: Builder, const LATE: bool>(b: &mut B, rm: Vreg, imm2: Imm<2>, rn: Vreg, rd: Vreg) {
    let w = words(b, rm)[imm2.0 as usize];
    let n = words(b, rn)[3];
    let d = words(b, rd);
    let turned = rotl(b, d[3], 12);
    let second = b.i32_xor(n, turned);
    let mixed = if LATE { majority(b, d[1], d[2], d[3]) } else { parity(b, d[1], d[2], d[3]) };
    let sum = b.i32_add(mixed, d[0]);
    let sum = b.i32_add(sum, second);
    let sum = b.i32_add(sum, w);
    let turned = rotl(b, d[2], 9);
    set_words(b, rd, [d[1], turned, d[3], sum]);
}

/// SM3TT2A, SM3TT2B.
fn round2<B: Builder, const LATE: bool>(b: &mut B, rm: Vreg, imm2: Imm<2>, rn: Vreg, rd: Vreg) {
    let w = words(b, rm)[imm2.0 as usize];
    let n = words(b, rn)[3];
    let d = words(b, rd);
    let mixed = if LATE { choose(b, d[3], d[2], d[1]) } else { parity(b, d[1], d[2], d[3]) };
    let sum = b.i32_add(mixed, d[0]);
    let sum = b.i32_add(sum, n);
    let sum = b.i32_add(sum, w);
    let last = permute(b, sum, 9, 17);
    let turned = rotl(b, d[2], 19);
    set_words(b, rd, [d[1], turned, d[3], last]);
}

/// `x ^ x <<< p ^ x <<< q`.
fn permute<B: Builder>(b: &mut B, x: B::I32, p: u32, q: u32) -> B::I32 {
    let first = rotl(b, x, p);
    let second = rotl(b, x, q);
    parity(b, x, first, second)
}

/// SM3PARTW1.
fn sm3partw1<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let d = words(b, rd);
    let n = words(b, rn);
    let m = words(b, rm);
    let mut result = d;
    for i in 0..4 {
        let sum = b.i32_xor(d[i], n[i]);
        let from = if i < 3 { m[i + 1] } else { result[0] };
        let turned = rotl(b, from, 15);
        let x = b.i32_xor(sum, turned);
        result[i] = permute(b, x, 15, 23);
    }
    set_words(b, rd, result);
}

/// SM3PARTW2.
fn sm3partw2<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let d = words(b, rd);
    let n = words(b, rn);
    let m = words(b, rm);
    let part: [B::I32; 4] = core::array::from_fn(|i| {
        let turned = rotl(b, m[i], 7);
        b.i32_xor(n[i], turned)
    });
    let mut result = core::array::from_fn(|i| b.i32_xor(d[i], part[i]));
    let first = rotl(b, part[0], 15);
    let last = permute(b, first, 15, 23);
    result[3] = b.i32_xor(result[3], last);
    set_words(b, rd, result);
}

/// Four rounds: `x` with each key, mixed by `linear`.
fn rounds<B: Builder>(b: &mut B, mut x: [B::I32; 4], keys: [B::I32; 4], linear: fn(&mut B, B::I32) -> B::I32) -> [B::I32; 4] {
    for key in keys {
        let sum = parity(b, x[1], x[2], x[3]);
        let sum = b.i32_xor(sum, key);
        let bytes = b.i32x4_splat(sum);
        let bytes = b.i8x16_sm4_sub(bytes);
        let bytes = b.i32x4_extract_lane(bytes, 0);
        let mixed = linear(b, bytes);
        let next = b.i32_xor(x[0], mixed);
        x = [x[1], x[2], x[3], next];
    }
    x
}

/// SM4E.
fn sm4e<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = words(b, rd);
    let keys = words(b, rn);
    let result = rounds(b, x, keys, |b, x| {
        let near = permute(b, x, 2, 10);
        let (p, q) = (rotl(b, x, 18), rotl(b, x, 24));
        parity(b, near, p, q)
    });
    set_words(b, rd, result);
}

/// SM4EKEY.
fn sm4ekey<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let x = words(b, rn);
    let keys = words(b, rm);
    let result = rounds(b, x, keys, |b, x| permute(b, x, 13, 23));
    set_words(b, rd, result);
}
