//! FEAT_SHA1 and FEAT_SHA256: hash rounds and message schedules, on 32-bit words.

use super::{
    lane::{self, Lane},
    scalar::c32,
};
use crate::{builder::Builder, operands::Vreg, row::instructions};

instructions! {
    class "Cryptographic SHA-1 and SHA-256";
    sha1c "01011110 000 Rm:5 0 000 00 Rn:5 Rd:5" "sha1c {Rd:q}, {Rn:s}, {Rm:.4s}" (Rm, Rn, Rd) => sha1_rounds<Choose> feature (Sha1);
    sha1p "01011110 000 Rm:5 0 001 00 Rn:5 Rd:5" "sha1p {Rd:q}, {Rn:s}, {Rm:.4s}" (Rm, Rn, Rd) => sha1_rounds<Parity> feature (Sha1);
    sha1m "01011110 000 Rm:5 0 010 00 Rn:5 Rd:5" "sha1m {Rd:q}, {Rn:s}, {Rm:.4s}" (Rm, Rn, Rd) => sha1_rounds<Majority> feature (Sha1);
    sha1su0 "01011110 000 Rm:5 0 011 00 Rn:5 Rd:5" "sha1su0 {Rd:.4s}, {Rn:.4s}, {Rm:.4s}" (Rm, Rn, Rd) feature (Sha1);
    sha256h "01011110 000 Rm:5 0 100 00 Rn:5 Rd:5" "sha256h {Rd:q}, {Rn:q}, {Rm:.4s}" (Rm, Rn, Rd) feature (Sha256);
    sha256h2 "01011110 000 Rm:5 0 101 00 Rn:5 Rd:5" "sha256h2 {Rd:q}, {Rn:q}, {Rm:.4s}" (Rm, Rn, Rd) feature (Sha256);
    sha256su1 "01011110 000 Rm:5 0 110 00 Rn:5 Rd:5" "sha256su1 {Rd:.4s}, {Rn:.4s}, {Rm:.4s}" (Rm, Rn, Rd) feature (Sha256);
    sha1h "01011110 00 10100 00000 10 Rn:5 Rd:5" "sha1h {Rd:s}, {Rn:s}" (Rn, Rd) feature (Sha1);
    sha1su1 "01011110 00 10100 00001 10 Rn:5 Rd:5" "sha1su1 {Rd:.4s}, {Rn:.4s}" (Rn, Rd) feature (Sha1);
    sha256su0 "01011110 00 10100 00010 10 Rn:5 Rd:5" "sha256su0 {Rd:.4s}, {Rn:.4s}" (Rn, Rd) feature (Sha256);
}

/// The four words of a register.
pub(super) fn words<B: Builder>(b: &mut B, r: Vreg) -> [B::I32; 4] {
    let v = b.v(r.0);
    core::array::from_fn(|i| b.i32x4_extract_lane(v, i as u8))
}

/// A vector of four words.
pub(super) fn set_words<B: Builder>(b: &mut B, r: Vreg, words: [B::I32; 4]) {
    let mut v = b.i32x4_splat(words[0]);
    for (i, word) in (0..4).zip(words).skip(1) {
        v = b.i32x4_replace_lane(v, word, i);
    }
    b.set_v(r.0, v);
}

/// Rotate left.
pub(super) fn rotl<B: Builder>(b: &mut B, x: B::I32, n: u32) -> B::I32 {
    let n = c32(b, n);
    b.i32_rotl(x, n)
}

/// Exclusive or of x rotated right by each amount.
fn rotations<B: Builder>(b: &mut B, x: B::I32, by: [u32; 3]) -> B::I32 {
    let [p, q, r] = by.map(|n| rotl(b, x, 32 - n));
    let pq = b.i32_xor(p, q);
    b.i32_xor(pq, r)
}

/// The same, but the last is a shift.
fn schedule<B: Builder>(b: &mut B, x: B::I32, by: [u32; 2], shift: u32) -> B::I32 {
    let [p, q] = by.map(|n| rotl(b, x, 32 - n));
    let n = c32(b, shift);
    let r = b.i32_shr_u(x, n);
    let pq = b.i32_xor(p, q);
    b.i32_xor(pq, r)
}

/// `x ? y : z` by bits, as ((y ^ z) & x) ^ z.
pub(super) fn choose<B: Builder>(b: &mut B, x: B::I32, y: B::I32, z: B::I32) -> B::I32 {
    let unlike = b.i32_xor(y, z);
    let chosen = b.i32_and(unlike, x);
    b.i32_xor(chosen, z)
}

/// The bits that two of three have, as (x & y) | ((x | y) & z).
pub(super) fn majority<B: Builder>(b: &mut B, x: B::I32, y: B::I32, z: B::I32) -> B::I32 {
    let both = b.i32_and(x, y);
    let any = b.i32_or(x, y);
    let third = b.i32_and(any, z);
    b.i32_or(both, third)
}

/// Exclusive or.
pub(super) fn parity<B: Builder>(b: &mut B, x: B::I32, y: B::I32, z: B::I32) -> B::I32 {
    let xy = b.i32_xor(x, y);
    b.i32_xor(xy, z)
}

/// A function of three words.
trait Mix {
    fn apply<B: Builder>(b: &mut B, x: B::I32, y: B::I32, z: B::I32) -> B::I32;
}

macro_rules! mixes {
    ($($name:ident $function:ident)*) => {$(
        struct $name;
        impl Mix for $name {
            fn apply<B: Builder>(b: &mut B, x: B::I32, y: B::I32, z: B::I32) -> B::I32 {
                $function(b, x, y, z)
            }
        }
    )*};
}

mixes! { Choose choose Parity parity Majority majority }

/// SHA1C, SHA1P, SHA1M: four rounds.
fn sha1_rounds<B: Builder, F: Mix>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let [mut p, mut q, mut r, mut s] = words(b, rd);
    let t = b.s(rn.0);
    let mut t = b.i32_reinterpret_f32(t);
    for w in words(b, rm) {
        let turned = rotl(b, p, 5);
        let mixed = F::apply(b, q, r, s);
        t = b.i32_add(t, turned);
        t = b.i32_add(t, mixed);
        t = b.i32_add(t, w);
        let next = rotl(b, q, 30);
        (p, q, r, s, t) = (t, p, next, r, s);
    }
    set_words(b, rd, [p, q, r, s]);
}

/// SHA1H.
fn sha1h<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let x = b.s(rn.0);
    let x = b.i32_reinterpret_f32(x);
    let x = rotl(b, x, 30);
    let x = b.f32_reinterpret_i32(x);
    b.set_s(rd.0, x);
}

/// SHA1SU0.
fn sha1su0<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let d = b.v(rd.0);
    let n = b.v(rn.0);
    let m = b.v(rm.0);
    let middle = lane::shuffle(b, Lane::D, d, n, |i| i + 1);
    let sum = b.v128_xor(middle, d);
    let result = b.v128_xor(sum, m);
    b.set_v(rd.0, result);
}

/// SHA1SU1.
fn sha1su1<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let d = b.v(rd.0);
    let n = b.v(rn.0);
    let zero = lane::zero(b);
    let down = lane::shuffle(b, Lane::S, n, zero, |i| i + 1);
    let t = b.v128_xor(d, down);
    let up = lane::shl(b, Lane::S, t, 1);
    let carry = lane::shr(b, Lane::S, false, t, 31);
    let turned = b.v128_or(up, carry);
    // The last word takes the first one, turned once more.
    let up = lane::shl(b, Lane::S, turned, 1);
    let carry = lane::shr(b, Lane::S, false, turned, 31);
    let again = b.v128_or(up, carry);
    let last = lane::shuffle(b, Lane::S, zero, again, |i| if i == 3 { 4 } else { i });
    let result = b.v128_xor(turned, last);
    b.set_v(rd.0, result);
}

/// Four rounds of SHA-256; both halves of the state.
fn sha256_rounds<B: Builder>(b: &mut B, x: Vreg, y: Vreg, w: Vreg) -> ([B::I32; 4], [B::I32; 4]) {
    let mut x = words(b, x);
    let mut y = words(b, y);
    for w in words(b, w) {
        let chosen = choose(b, y[0], y[1], y[2]);
        let most = majority(b, x[0], x[1], x[2]);
        let sigma = rotations(b, y[0], [6, 11, 25]);
        let mut t = b.i32_add(y[3], sigma);
        t = b.i32_add(t, chosen);
        t = b.i32_add(t, w);
        let next = b.i32_add(t, x[3]);
        let sigma = rotations(b, x[0], [2, 13, 22]);
        t = b.i32_add(t, sigma);
        t = b.i32_add(t, most);
        x = [t, x[0], x[1], x[2]];
        y = [next, y[0], y[1], y[2]];
    }
    (x, y)
}

/// SHA256H.
fn sha256h<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (x, _) = sha256_rounds(b, rd, rn, rm);
    set_words(b, rd, x);
}

/// SHA256H2.
fn sha256h2<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (_, y) = sha256_rounds(b, rn, rd, rm);
    set_words(b, rd, y);
}

/// SHA256SU0.
fn sha256su0<B: Builder>(b: &mut B, rn: Vreg, rd: Vreg) {
    let d = words(b, rd);
    let n = words(b, rn);
    let result = core::array::from_fn(|i| {
        let next = if i < 3 { d[i + 1] } else { n[0] };
        let sigma = schedule(b, next, [7, 18], 3);
        b.i32_add(d[i], sigma)
    });
    set_words(b, rd, result);
}

/// SHA256SU1.
fn sha256su1<B: Builder>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let d = words(b, rd);
    let n = words(b, rn);
    let m = words(b, rm);
    let mut result = d;
    for i in 0..4 {
        let from = if i < 2 { m[i + 2] } else { result[i - 2] };
        let sigma = schedule(b, from, [17, 19], 10);
        let before = if i < 3 { n[i + 1] } else { m[0] };
        let sum = b.i32_add(d[i], before);
        result[i] = b.i32_add(sum, sigma);
    }
    set_words(b, rd, result);
}
