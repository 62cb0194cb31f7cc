//! Loads and stores of floating-point and vector registers, C4.1.94: all addressing modes, pairs, literal.

use crate::{
    builder::Builder,
    operands::{Gpr, GprSp, IndexSign, Imm, SImm, Vreg},
    row::instructions,
};

instructions! {
    class "SIMD and floating-point loads and stores";
    ldr_b_imm "00 1111 01 01 imm12:12 Rn:5 Rt:5" "ldr {Rt:b}, [{Rn}, #{imm12:*1}]" (imm12, Rn, Rt) => load_unsigned<Byte> feature (Fp)
        { "ldr {Rt:b}, [{Rn}]" if (no_offset) };
    ldur_b "00 1111 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldur {Rt:b}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => load_unscaled<Byte> feature (Fp)
        { "ldur {Rt:b}, [{Rn}]" if (no_unscaled) };
    ldr_b_post "00 1111 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldr {Rt:b}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<Byte> feature (Fp);
    ldr_b_pre "00 1111 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldr {Rt:b}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<Byte> feature (Fp);
    ldr_b_w "00 1111 00 01 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "ldr {Rt:b}, [{Rn}, {Rm:w}{sx:w0}]" (Rm, sx, S, Rn, Rt) => load_register<Byte, false> feature (Fp);
    ldr_b_x "00 1111 00 01 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "ldr {Rt:b}, [{Rn}, {Rm:x}{sx:x0}]" (Rm, sx, S, Rn, Rt) => load_register<Byte, true> feature (Fp);
    ldr_h_imm "01 1111 01 01 imm12:12 Rn:5 Rt:5" "ldr {Rt:h}, [{Rn}, #{imm12:*2}]" (imm12, Rn, Rt) => load_unsigned<Half> feature (Fp)
        { "ldr {Rt:h}, [{Rn}]" if (no_offset) };
    ldur_h "01 1111 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldur {Rt:h}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => load_unscaled<Half> feature (Fp)
        { "ldur {Rt:h}, [{Rn}]" if (no_unscaled) };
    ldr_h_post "01 1111 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldr {Rt:h}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<Half> feature (Fp);
    ldr_h_pre "01 1111 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldr {Rt:h}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<Half> feature (Fp);
    ldr_h_w "01 1111 00 01 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "ldr {Rt:h}, [{Rn}, {Rm:w}{sx:w1}]" (Rm, sx, S, Rn, Rt) => load_register<Half, false> feature (Fp);
    ldr_h_x "01 1111 00 01 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "ldr {Rt:h}, [{Rn}, {Rm:x}{sx:x1}]" (Rm, sx, S, Rn, Rt) => load_register<Half, true> feature (Fp);
    ldr_s_imm "10 1111 01 01 imm12:12 Rn:5 Rt:5" "ldr {Rt:s}, [{Rn}, #{imm12:*4}]" (imm12, Rn, Rt) => load_unsigned<Single> feature (Fp)
        { "ldr {Rt:s}, [{Rn}]" if (no_offset) };
    ldur_s "10 1111 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldur {Rt:s}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => load_unscaled<Single> feature (Fp)
        { "ldur {Rt:s}, [{Rn}]" if (no_unscaled) };
    ldr_s_post "10 1111 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldr {Rt:s}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<Single> feature (Fp);
    ldr_s_pre "10 1111 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldr {Rt:s}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<Single> feature (Fp);
    ldr_s_w "10 1111 00 01 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "ldr {Rt:s}, [{Rn}, {Rm:w}{sx:w2}]" (Rm, sx, S, Rn, Rt) => load_register<Single, false> feature (Fp);
    ldr_s_x "10 1111 00 01 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "ldr {Rt:s}, [{Rn}, {Rm:x}{sx:x2}]" (Rm, sx, S, Rn, Rt) => load_register<Single, true> feature (Fp);
    ldr_d_imm "11 1111 01 01 imm12:12 Rn:5 Rt:5" "ldr {Rt:d}, [{Rn}, #{imm12:*8}]" (imm12, Rn, Rt) => load_unsigned<Double> feature (Fp)
        { "ldr {Rt:d}, [{Rn}]" if (no_offset) };
    ldur_d "11 1111 00 01 0 imm9:9 00 Rn:5 Rt:5" "ldur {Rt:d}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => load_unscaled<Double> feature (Fp)
        { "ldur {Rt:d}, [{Rn}]" if (no_unscaled) };
    ldr_d_post "11 1111 00 01 0 imm9:9 01 Rn:5 Rt:5" "ldr {Rt:d}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<Double> feature (Fp);
    ldr_d_pre "11 1111 00 01 0 imm9:9 11 Rn:5 Rt:5" "ldr {Rt:d}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<Double> feature (Fp);
    ldr_d_w "11 1111 00 01 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "ldr {Rt:d}, [{Rn}, {Rm:w}{sx:w3}]" (Rm, sx, S, Rn, Rt) => load_register<Double, false> feature (Fp);
    ldr_d_x "11 1111 00 01 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "ldr {Rt:d}, [{Rn}, {Rm:x}{sx:x3}]" (Rm, sx, S, Rn, Rt) => load_register<Double, true> feature (Fp);
    ldr_q_imm "00 1111 01 11 imm12:12 Rn:5 Rt:5" "ldr {Rt:q}, [{Rn}, #{imm12:*16}]" (imm12, Rn, Rt) => load_unsigned<Quad> feature (Fp)
        { "ldr {Rt:q}, [{Rn}]" if (no_offset) };
    ldur_q "00 1111 00 11 0 imm9:9 00 Rn:5 Rt:5" "ldur {Rt:q}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => load_unscaled<Quad> feature (Fp)
        { "ldur {Rt:q}, [{Rn}]" if (no_unscaled) };
    ldr_q_post "00 1111 00 11 0 imm9:9 01 Rn:5 Rt:5" "ldr {Rt:q}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => load_post<Quad> feature (Fp);
    ldr_q_pre "00 1111 00 11 0 imm9:9 11 Rn:5 Rt:5" "ldr {Rt:q}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => load_pre<Quad> feature (Fp);
    ldr_q_w "00 1111 00 11 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "ldr {Rt:q}, [{Rn}, {Rm:w}{sx:w4}]" (Rm, sx, S, Rn, Rt) => load_register<Quad, false> feature (Fp);
    ldr_q_x "00 1111 00 11 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "ldr {Rt:q}, [{Rn}, {Rm:x}{sx:x4}]" (Rm, sx, S, Rn, Rt) => load_register<Quad, true> feature (Fp);
    str_b_imm "00 1111 01 00 imm12:12 Rn:5 Rt:5" "str {Rt:b}, [{Rn}, #{imm12:*1}]" (imm12, Rn, Rt) => store_unsigned<Byte> feature (Fp)
        { "str {Rt:b}, [{Rn}]" if (no_offset) };
    stur_b "00 1111 00 00 0 imm9:9 00 Rn:5 Rt:5" "stur {Rt:b}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => store_unscaled<Byte> feature (Fp)
        { "stur {Rt:b}, [{Rn}]" if (no_unscaled) };
    str_b_post "00 1111 00 00 0 imm9:9 01 Rn:5 Rt:5" "str {Rt:b}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<Byte> feature (Fp);
    str_b_pre "00 1111 00 00 0 imm9:9 11 Rn:5 Rt:5" "str {Rt:b}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<Byte> feature (Fp);
    str_b_w "00 1111 00 00 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "str {Rt:b}, [{Rn}, {Rm:w}{sx:w0}]" (Rm, sx, S, Rn, Rt) => store_register<Byte, false> feature (Fp);
    str_b_x "00 1111 00 00 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "str {Rt:b}, [{Rn}, {Rm:x}{sx:x0}]" (Rm, sx, S, Rn, Rt) => store_register<Byte, true> feature (Fp);
    str_h_imm "01 1111 01 00 imm12:12 Rn:5 Rt:5" "str {Rt:h}, [{Rn}, #{imm12:*2}]" (imm12, Rn, Rt) => store_unsigned<Half> feature (Fp)
        { "str {Rt:h}, [{Rn}]" if (no_offset) };
    stur_h "01 1111 00 00 0 imm9:9 00 Rn:5 Rt:5" "stur {Rt:h}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => store_unscaled<Half> feature (Fp)
        { "stur {Rt:h}, [{Rn}]" if (no_unscaled) };
    str_h_post "01 1111 00 00 0 imm9:9 01 Rn:5 Rt:5" "str {Rt:h}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<Half> feature (Fp);
    str_h_pre "01 1111 00 00 0 imm9:9 11 Rn:5 Rt:5" "str {Rt:h}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<Half> feature (Fp);
    str_h_w "01 1111 00 00 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "str {Rt:h}, [{Rn}, {Rm:w}{sx:w1}]" (Rm, sx, S, Rn, Rt) => store_register<Half, false> feature (Fp);
    str_h_x "01 1111 00 00 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "str {Rt:h}, [{Rn}, {Rm:x}{sx:x1}]" (Rm, sx, S, Rn, Rt) => store_register<Half, true> feature (Fp);
    str_s_imm "10 1111 01 00 imm12:12 Rn:5 Rt:5" "str {Rt:s}, [{Rn}, #{imm12:*4}]" (imm12, Rn, Rt) => store_unsigned<Single> feature (Fp)
        { "str {Rt:s}, [{Rn}]" if (no_offset) };
    stur_s "10 1111 00 00 0 imm9:9 00 Rn:5 Rt:5" "stur {Rt:s}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => store_unscaled<Single> feature (Fp)
        { "stur {Rt:s}, [{Rn}]" if (no_unscaled) };
    str_s_post "10 1111 00 00 0 imm9:9 01 Rn:5 Rt:5" "str {Rt:s}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<Single> feature (Fp);
    str_s_pre "10 1111 00 00 0 imm9:9 11 Rn:5 Rt:5" "str {Rt:s}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<Single> feature (Fp);
    str_s_w "10 1111 00 00 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "str {Rt:s}, [{Rn}, {Rm:w}{sx:w2}]" (Rm, sx, S, Rn, Rt) => store_register<Single, false> feature (Fp);
    str_s_x "10 1111 00 00 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "str {Rt:s}, [{Rn}, {Rm:x}{sx:x2}]" (Rm, sx, S, Rn, Rt) => store_register<Single, true> feature (Fp);
    str_d_imm "11 1111 01 00 imm12:12 Rn:5 Rt:5" "str {Rt:d}, [{Rn}, #{imm12:*8}]" (imm12, Rn, Rt) => store_unsigned<Double> feature (Fp)
        { "str {Rt:d}, [{Rn}]" if (no_offset) };
    stur_d "11 1111 00 00 0 imm9:9 00 Rn:5 Rt:5" "stur {Rt:d}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => store_unscaled<Double> feature (Fp)
        { "stur {Rt:d}, [{Rn}]" if (no_unscaled) };
    str_d_post "11 1111 00 00 0 imm9:9 01 Rn:5 Rt:5" "str {Rt:d}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<Double> feature (Fp);
    str_d_pre "11 1111 00 00 0 imm9:9 11 Rn:5 Rt:5" "str {Rt:d}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<Double> feature (Fp);
    str_d_w "11 1111 00 00 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "str {Rt:d}, [{Rn}, {Rm:w}{sx:w3}]" (Rm, sx, S, Rn, Rt) => store_register<Double, false> feature (Fp);
    str_d_x "11 1111 00 00 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "str {Rt:d}, [{Rn}, {Rm:x}{sx:x3}]" (Rm, sx, S, Rn, Rt) => store_register<Double, true> feature (Fp);
    str_q_imm "00 1111 01 10 imm12:12 Rn:5 Rt:5" "str {Rt:q}, [{Rn}, #{imm12:*16}]" (imm12, Rn, Rt) => store_unsigned<Quad> feature (Fp)
        { "str {Rt:q}, [{Rn}]" if (no_offset) };
    stur_q "00 1111 00 10 0 imm9:9 00 Rn:5 Rt:5" "stur {Rt:q}, [{Rn}, #{imm9}]" (imm9, Rn, Rt) => store_unscaled<Quad> feature (Fp)
        { "stur {Rt:q}, [{Rn}]" if (no_unscaled) };
    str_q_post "00 1111 00 10 0 imm9:9 01 Rn:5 Rt:5" "str {Rt:q}, [{Rn}], #{imm9}" (imm9, Rn, Rt) => store_post<Quad> feature (Fp);
    str_q_pre "00 1111 00 10 0 imm9:9 11 Rn:5 Rt:5" "str {Rt:q}, [{Rn}, #{imm9}]!" (imm9, Rn, Rt) => store_pre<Quad> feature (Fp);
    str_q_w "00 1111 00 10 1 Rm:5 sx 1 0 S 10 Rn:5 Rt:5" "str {Rt:q}, [{Rn}, {Rm:w}{sx:w4}]" (Rm, sx, S, Rn, Rt) => store_register<Quad, false> feature (Fp);
    str_q_x "00 1111 00 10 1 Rm:5 sx 1 1 S 10 Rn:5 Rt:5" "str {Rt:q}, [{Rn}, {Rm:x}{sx:x4}]" (Rm, sx, S, Rn, Rt) => store_register<Quad, true> feature (Fp);
    ldr_s_literal "00 011 1 00 imm19:19 Rt:5" "ldr {Rt:s}, {imm19:label}" (imm19, Rt) => load_literal<Single> feature (Fp);
    ldr_d_literal "01 011 1 00 imm19:19 Rt:5" "ldr {Rt:d}, {imm19:label}" (imm19, Rt) => load_literal<Double> feature (Fp);
    ldr_q_literal "10 011 1 00 imm19:19 Rt:5" "ldr {Rt:q}, {imm19:label}" (imm19, Rt) => load_literal<Quad> feature (Fp);
    ldp_s "00 101 1 010 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:s}, {Rt2:s}, [{Rn}, #{imm7:*4}]" (imm7, Rt2, Rn, Rt) => load_pair<Single> feature (Fp)
        { "ldp {Rt:s}, {Rt2:s}, [{Rn}]" if (no_pair_offset) };
    ldnp_s "00 101 1 000 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldnp {Rt:s}, {Rt2:s}, [{Rn}, #{imm7:*4}]" (imm7, Rt2, Rn, Rt) => load_pair<Single> feature (Fp)
        { "ldnp {Rt:s}, {Rt2:s}, [{Rn}]" if (no_pair_offset) };
    ldp_s_post "00 101 1 001 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:s}, {Rt2:s}, [{Rn}], #{imm7:*4}" (imm7, Rt2, Rn, Rt) => load_pair_post<Single> feature (Fp);
    ldp_s_pre "00 101 1 011 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:s}, {Rt2:s}, [{Rn}, #{imm7:*4}]!" (imm7, Rt2, Rn, Rt) => load_pair_pre<Single> feature (Fp);
    ldp_d "01 101 1 010 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:d}, {Rt2:d}, [{Rn}, #{imm7:*8}]" (imm7, Rt2, Rn, Rt) => load_pair<Double> feature (Fp)
        { "ldp {Rt:d}, {Rt2:d}, [{Rn}]" if (no_pair_offset) };
    ldnp_d "01 101 1 000 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldnp {Rt:d}, {Rt2:d}, [{Rn}, #{imm7:*8}]" (imm7, Rt2, Rn, Rt) => load_pair<Double> feature (Fp)
        { "ldnp {Rt:d}, {Rt2:d}, [{Rn}]" if (no_pair_offset) };
    ldp_d_post "01 101 1 001 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:d}, {Rt2:d}, [{Rn}], #{imm7:*8}" (imm7, Rt2, Rn, Rt) => load_pair_post<Double> feature (Fp);
    ldp_d_pre "01 101 1 011 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:d}, {Rt2:d}, [{Rn}, #{imm7:*8}]!" (imm7, Rt2, Rn, Rt) => load_pair_pre<Double> feature (Fp);
    ldp_q "10 101 1 010 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:q}, {Rt2:q}, [{Rn}, #{imm7:*16}]" (imm7, Rt2, Rn, Rt) => load_pair<Quad> feature (Fp)
        { "ldp {Rt:q}, {Rt2:q}, [{Rn}]" if (no_pair_offset) };
    ldnp_q "10 101 1 000 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldnp {Rt:q}, {Rt2:q}, [{Rn}, #{imm7:*16}]" (imm7, Rt2, Rn, Rt) => load_pair<Quad> feature (Fp)
        { "ldnp {Rt:q}, {Rt2:q}, [{Rn}]" if (no_pair_offset) };
    ldp_q_post "10 101 1 001 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:q}, {Rt2:q}, [{Rn}], #{imm7:*16}" (imm7, Rt2, Rn, Rt) => load_pair_post<Quad> feature (Fp);
    ldp_q_pre "10 101 1 011 1 imm7:7 Rt2:5 Rn:5 Rt:5" "ldp {Rt:q}, {Rt2:q}, [{Rn}, #{imm7:*16}]!" (imm7, Rt2, Rn, Rt) => load_pair_pre<Quad> feature (Fp);
    stp_s "00 101 1 010 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:s}, {Rt2:s}, [{Rn}, #{imm7:*4}]" (imm7, Rt2, Rn, Rt) => store_pair<Single> feature (Fp)
        { "stp {Rt:s}, {Rt2:s}, [{Rn}]" if (no_pair_offset) };
    stnp_s "00 101 1 000 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stnp {Rt:s}, {Rt2:s}, [{Rn}, #{imm7:*4}]" (imm7, Rt2, Rn, Rt) => store_pair<Single> feature (Fp)
        { "stnp {Rt:s}, {Rt2:s}, [{Rn}]" if (no_pair_offset) };
    stp_s_post "00 101 1 001 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:s}, {Rt2:s}, [{Rn}], #{imm7:*4}" (imm7, Rt2, Rn, Rt) => store_pair_post<Single> feature (Fp);
    stp_s_pre "00 101 1 011 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:s}, {Rt2:s}, [{Rn}, #{imm7:*4}]!" (imm7, Rt2, Rn, Rt) => store_pair_pre<Single> feature (Fp);
    stp_d "01 101 1 010 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:d}, {Rt2:d}, [{Rn}, #{imm7:*8}]" (imm7, Rt2, Rn, Rt) => store_pair<Double> feature (Fp)
        { "stp {Rt:d}, {Rt2:d}, [{Rn}]" if (no_pair_offset) };
    stnp_d "01 101 1 000 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stnp {Rt:d}, {Rt2:d}, [{Rn}, #{imm7:*8}]" (imm7, Rt2, Rn, Rt) => store_pair<Double> feature (Fp)
        { "stnp {Rt:d}, {Rt2:d}, [{Rn}]" if (no_pair_offset) };
    stp_d_post "01 101 1 001 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:d}, {Rt2:d}, [{Rn}], #{imm7:*8}" (imm7, Rt2, Rn, Rt) => store_pair_post<Double> feature (Fp);
    stp_d_pre "01 101 1 011 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:d}, {Rt2:d}, [{Rn}, #{imm7:*8}]!" (imm7, Rt2, Rn, Rt) => store_pair_pre<Double> feature (Fp);
    stp_q "10 101 1 010 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:q}, {Rt2:q}, [{Rn}, #{imm7:*16}]" (imm7, Rt2, Rn, Rt) => store_pair<Quad> feature (Fp)
        { "stp {Rt:q}, {Rt2:q}, [{Rn}]" if (no_pair_offset) };
    stnp_q "10 101 1 000 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stnp {Rt:q}, {Rt2:q}, [{Rn}, #{imm7:*16}]" (imm7, Rt2, Rn, Rt) => store_pair<Quad> feature (Fp)
        { "stnp {Rt:q}, {Rt2:q}, [{Rn}]" if (no_pair_offset) };
    stp_q_post "10 101 1 001 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:q}, {Rt2:q}, [{Rn}], #{imm7:*16}" (imm7, Rt2, Rn, Rt) => store_pair_post<Quad> feature (Fp);
    stp_q_pre "10 101 1 011 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stp {Rt:q}, {Rt2:q}, [{Rn}, #{imm7:*16}]!" (imm7, Rt2, Rn, Rt) => store_pair_pre<Quad> feature (Fp);
}

fn no_offset(word: u32) -> bool {
    word >> 10 & 0xfff == 0
}

fn no_unscaled(word: u32) -> bool {
    word >> 12 & 0x1ff == 0
}

fn no_pair_offset(word: u32) -> bool {
    word >> 15 & 0x7f == 0
}

/// What moves between a vector register and memory. Single and double precision stay scalar floats.
trait Transfer<B: Builder> {
    type Value: Copy;
    const LOG: u32;
    fn load(b: &mut B, addr: B::I64, offset: i64) -> Self::Value;
    fn store(b: &mut B, addr: B::I64, offset: i64, value: Self::Value);
    fn read(b: &mut B, r: Vreg) -> Self::Value;
    fn write(b: &mut B, r: Vreg, value: Self::Value);
}

macro_rules! transfers {
    ($($(#[$doc:meta])* $name:ident $value:ident $log:literal $load:ident $store:ident $read:ident $write:ident;)*) => {$(
        $(#[$doc])*
        struct $name;
        impl<B: Builder> Transfer<B> for $name {
            type Value = B::$value;
            const LOG: u32 = $log;
            fn load(b: &mut B, addr: B::I64, offset: i64) -> B::$value {
                b.$load(addr, offset)
            }
            fn store(b: &mut B, addr: B::I64, offset: i64, value: B::$value) {
                b.$store(addr, offset, value);
            }
            fn read(b: &mut B, r: Vreg) -> B::$value {
                transfers!(@read b, r, $read)
            }
            fn write(b: &mut B, r: Vreg, value: B::$value) {
                transfers!(@write b, r, value, $write)
            }
        }
    )*};
    (@read $b:ident, $r:ident, bits) => {{
        let x = $b.s($r.0);
        $b.i32_reinterpret_f32(x)
    }};
    (@read $b:ident, $r:ident, $read:ident) => { $b.$read($r.0) };
    (@write $b:ident, $r:ident, $value:ident, bits) => {{
        let x = $b.f32_reinterpret_i32($value);
        $b.set_s($r.0, x);
    }};
    (@write $b:ident, $r:ident, $value:ident, $write:ident) => { $b.$write($r.0, $value) };
}

transfers! {
    /// `b`.
    Byte I32 0 i32_load8_u i32_store8 bits bits;
    /// `h`.
    Half I32 1 i32_load16_u i32_store16 bits bits;
    /// `s`.
    Single F32 2 f32_load f32_store s set_s;
    /// `d`.
    Double F64 3 f64_load f64_store d set_d;
    /// `q`.
    Quad V128 4 v128_load v128_store v set_v;
}

/// Load from `addr + offset` into `rt`.
fn load<B: Builder, T: Transfer<B>>(b: &mut B, addr: B::I64, offset: i64, rt: Vreg) {
    let value = T::load(b, addr, offset);
    T::write(b, rt, value);
}

/// Store `rt` at `addr + offset`.
fn store<B: Builder, T: Transfer<B>>(b: &mut B, addr: B::I64, offset: i64, rt: Vreg) {
    let value = T::read(b, rt);
    T::store(b, addr, offset, value);
}

/// `addr + offset`.
fn advance<B: Builder>(b: &mut B, addr: B::I64, offset: i64) -> B::I64 {
    let offset = b.i64_const(offset as u64);
    b.i64_add(addr, offset)
}

/// Base plus extended and scaled index.
fn indexed<B: Builder, const X: bool>(b: &mut B, log: u32, rm: Gpr, sign: IndexSign, scaled: Imm<1>, rn: GprSp) -> B::I64 {
    let base = rn.x(b);
    let index = match (X, sign.0) {
        (true, _) => rm.x(b),
        (false, true) => {
            let w = rm.w(b);
            b.i64_extend_i32_s(w)
        }
        (false, false) => {
            let w = rm.w(b);
            b.i64_extend_i32_u(w)
        }
    };
    let index = if scaled.0 == 1 && log > 0 {
        let by = b.i64_const(log.into());
        b.i64_shl(index, by)
    } else {
        index
    };
    b.i64_add(base, index)
}

/// Scaled unsigned offset.
fn load_unsigned<B: Builder, T: Transfer<B>>(b: &mut B, imm12: Imm<12>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    load::<B, T>(b, base, i64::from(imm12.0) << T::LOG, rt);
}

/// Unscaled signed offset.
fn load_unscaled<B: Builder, T: Transfer<B>>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    load::<B, T>(b, base, imm9.0.into(), rt);
}

/// Post-index.
fn load_post<B: Builder, T: Transfer<B>>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    load::<B, T>(b, base, 0, rt);
    let base = advance(b, base, imm9.0.into());
    rn.set_x(b, base);
}

/// Pre-index.
fn load_pre<B: Builder, T: Transfer<B>>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    load::<B, T>(b, base, imm9.0.into(), rt);
    let base = advance(b, base, imm9.0.into());
    rn.set_x(b, base);
}

/// Register offset.
fn load_register<B: Builder, T: Transfer<B>, const X: bool>(b: &mut B, rm: Gpr, sx: IndexSign, s: Imm<1>, rn: GprSp, rt: Vreg) {
    let addr = indexed::<B, X>(b, T::LOG, rm, sx, s, rn);
    load::<B, T>(b, addr, 0, rt);
}

/// Scaled unsigned offset.
fn store_unsigned<B: Builder, T: Transfer<B>>(b: &mut B, imm12: Imm<12>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    store::<B, T>(b, base, i64::from(imm12.0) << T::LOG, rt);
}

/// Unscaled signed offset.
fn store_unscaled<B: Builder, T: Transfer<B>>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    store::<B, T>(b, base, imm9.0.into(), rt);
}

/// Post-index.
fn store_post<B: Builder, T: Transfer<B>>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    store::<B, T>(b, base, 0, rt);
    let base = advance(b, base, imm9.0.into());
    rn.set_x(b, base);
}

/// Pre-index.
fn store_pre<B: Builder, T: Transfer<B>>(b: &mut B, imm9: SImm<9>, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    store::<B, T>(b, base, imm9.0.into(), rt);
    let base = advance(b, base, imm9.0.into());
    rn.set_x(b, base);
}

/// Register offset.
fn store_register<B: Builder, T: Transfer<B>, const X: bool>(b: &mut B, rm: Gpr, sx: IndexSign, s: Imm<1>, rn: GprSp, rt: Vreg) {
    let addr = indexed::<B, X>(b, T::LOG, rm, sx, s, rn);
    store::<B, T>(b, addr, 0, rt);
}

/// Literal: an address relative to this instruction.
fn load_literal<B: Builder, T: Transfer<B>>(b: &mut B, imm19: SImm<19>, rt: Vreg) {
    let addr = b.pc().wrapping_add_signed(i64::from(imm19.0) * 4);
    let addr = b.i64_const(addr);
    load::<B, T>(b, addr, 0, rt);
}

/// Both halves of a pair at `addr + offset`; nothing is written unless both loads succeed.
fn load_both<B: Builder, T: Transfer<B>>(b: &mut B, addr: B::I64, offset: i64, rt: Vreg, rt2: Vreg) {
    let first = T::load(b, addr, offset);
    let second = T::load(b, addr, offset + (1 << T::LOG));
    T::write(b, rt, first);
    T::write(b, rt2, second);
}

/// Both halves of a pair to `addr + offset`.
fn store_both<B: Builder, T: Transfer<B>>(b: &mut B, addr: B::I64, offset: i64, rt: Vreg, rt2: Vreg) {
    let first = T::read(b, rt);
    let second = T::read(b, rt2);
    T::store(b, addr, offset, first);
    T::store(b, addr, offset + (1 << T::LOG), second);
}

/// Pair with signed offset.
fn load_pair<B: Builder, T: Transfer<B>>(b: &mut B, imm7: SImm<7>, rt2: Vreg, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    load_both::<B, T>(b, base, i64::from(imm7.0) << T::LOG, rt, rt2);
}

/// Pair, post-index.
fn load_pair_post<B: Builder, T: Transfer<B>>(b: &mut B, imm7: SImm<7>, rt2: Vreg, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    load_both::<B, T>(b, base, 0, rt, rt2);
    let base = advance(b, base, i64::from(imm7.0) << T::LOG);
    rn.set_x(b, base);
}

/// Pair, pre-index.
fn load_pair_pre<B: Builder, T: Transfer<B>>(b: &mut B, imm7: SImm<7>, rt2: Vreg, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    let offset = i64::from(imm7.0) << T::LOG;
    load_both::<B, T>(b, base, offset, rt, rt2);
    let base = advance(b, base, offset);
    rn.set_x(b, base);
}

/// Pair with signed offset.
fn store_pair<B: Builder, T: Transfer<B>>(b: &mut B, imm7: SImm<7>, rt2: Vreg, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    store_both::<B, T>(b, base, i64::from(imm7.0) << T::LOG, rt, rt2);
}

/// Pair, post-index.
fn store_pair_post<B: Builder, T: Transfer<B>>(b: &mut B, imm7: SImm<7>, rt2: Vreg, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    store_both::<B, T>(b, base, 0, rt, rt2);
    let base = advance(b, base, i64::from(imm7.0) << T::LOG);
    rn.set_x(b, base);
}

/// Pair, pre-index.
fn store_pair_pre<B: Builder, T: Transfer<B>>(b: &mut B, imm7: SImm<7>, rt2: Vreg, rn: GprSp, rt: Vreg) {
    let base = rn.x(b);
    let offset = i64::from(imm7.0) << T::LOG;
    store_both::<B, T>(b, base, offset, rt, rt2);
    let base = advance(b, base, offset);
    rn.set_x(b, base);
}
