//! Extensions that the machine does not have (`features::ABSENT`), and reports so: SVE, SME, MTE, MOPS, pointer authentication beyond hints. Their encodings are undefined here (C4.1), but
//! have names.
//!
//! Where an extension has a space of its own (SVE, SME, MOPS), one row stands for all of it.

use elfconv_ir::FaultKind;

use crate::{
    builder::Builder,
    operands::{Gpr, GprSp, Imm, SImm},
    row::instructions,
};

instructions! {
    class "Extensions that the machine does not have";

    // C4.1.
    sve "--- 0010 - -------- -------- --------" ".inst {word:x}  // SVE" (word) => undefined feature (Sve);
    sme "1-- 0000 - -------- -------- --------" ".inst {word:x}  // SME" (word) => undefined feature (Sme);
    smstart "1101010100 0 00 011 0100 0 za sm 1 011 11111" "smstart" (za, sm, word) => bits_undefined if (some_of_sme) feature (Sme) {
        "smstart sm" if (|w| w >> 9 & 3 == 1),
        "smstart za" if (|w| w >> 9 & 3 == 2),
    };
    smstop "1101010100 0 00 011 0100 0 za sm 0 011 11111" "smstop" (za, sm, word) => bits_undefined if (some_of_sme) feature (Sme) {
        "smstop sm" if (|w| w >> 9 & 3 == 1),
        "smstop za" if (|w| w >> 9 & 3 == 2),
    };
    msr_svcr "1101010100 0 11 011 0100 0010 010 Rt:5" "msr svcr, {Rt}" (Rt, word) => register_undefined feature (Sme);
    mrs_svcr "1101010100 1 11 011 0100 0010 010 Rt:5" "mrs {Rt}, svcr" (Rt, word) => register_undefined feature (Sme);
    msr_tpidr2 "1101010100 0 11 011 1101 0000 101 Rt:5" "msr tpidr2_el0, {Rt}" (Rt, word) => register_undefined feature (Sme);
    mrs_tpidr2 "1101010100 1 11 011 1101 0000 101 Rt:5" "mrs {Rt}, tpidr2_el0" (Rt, word) => register_undefined feature (Sme);

    // Memory copy and memory set, C4.1.94.
    mops_copy "00 011 - 01 -- 0 ----- ---- 01 ----- -----" ".inst {word:x}  // MOPS, copy" (word) => undefined if (|w| w >> 22 & 3 != 3) feature (Mops);
    mops_set "00 011 - 01 11 0 ----- ---- 01 ----- -----" ".inst {word:x}  // MOPS, set" (word) => undefined if (|w| w >> 14 & 3 != 3) over (mops_copy) feature (Mops);

    // Memory tagging: arithmetic on tags, C4.1.92 and C4.1.95.
    addg "1 0 0 100011 0 uimm6:6 00 uimm4:4 Rn:5 Rd:5" "addg {Rd}, {Rn}, #{uimm6:*16}, #{uimm4}" (uimm6, uimm4, Rn, Rd, word) => tag_add_undefined feature (Mte);
    subg "1 1 0 100011 0 uimm6:6 00 uimm4:4 Rn:5 Rd:5" "subg {Rd}, {Rn}, #{uimm6:*16}, #{uimm4}" (uimm6, uimm4, Rn, Rd, word) => tag_add_undefined feature (Mte);
    subp "1 0 0 11010110 Rm:5 000000 Rn:5 Rd:5" "subp {Rd}, {Rn}, {Rm}" (Rm, Rn, Rd, word) => subtract_undefined feature (Mte);
    subps "1 0 1 11010110 Rm:5 000000 Rn:5 Rd:5" "subps {Rd}, {Rn}, {Rm}" (Rm, Rn, Rd, word) => subtract_undefined feature (Mte) { "cmpp {Rn}, {Rm}" if (|w| w & 31 == 31) };
    irg "1 0 0 11010110 Rm:5 000100 Rn:5 Rd:5" "irg {Rd}, {Rn}, {Rm}" (Rm, Rn, Rd, word) => insert_undefined feature (Mte) { "irg {Rd}, {Rn}" if (|w| w >> 16 & 31 == 31) };
    gmi "1 0 0 11010110 Rm:5 000101 Rn:5 Rd:5" "gmi {Rd}, {Rn}, {Rm}" (Rm, Rn, Rd, word) => mask_undefined feature (Mte);

    // Loads and stores of tags, C4.1.94.
    stg_post "11011001 00 1 imm9:9 01 Rn:5 Rt:5" "stg {Rt}, [{Rn}], #{imm9:*16}" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stg "11011001 00 1 imm9:9 10 Rn:5 Rt:5" "stg {Rt}, [{Rn}{imm9:,*16}]" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stg_pre "11011001 00 1 imm9:9 11 Rn:5 Rt:5" "stg {Rt}, [{Rn}, #{imm9:*16}]!" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stzg_post "11011001 01 1 imm9:9 01 Rn:5 Rt:5" "stzg {Rt}, [{Rn}], #{imm9:*16}" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stzg "11011001 01 1 imm9:9 10 Rn:5 Rt:5" "stzg {Rt}, [{Rn}{imm9:,*16}]" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stzg_pre "11011001 01 1 imm9:9 11 Rn:5 Rt:5" "stzg {Rt}, [{Rn}, #{imm9:*16}]!" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    st2g_post "11011001 10 1 imm9:9 01 Rn:5 Rt:5" "st2g {Rt}, [{Rn}], #{imm9:*16}" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    st2g "11011001 10 1 imm9:9 10 Rn:5 Rt:5" "st2g {Rt}, [{Rn}{imm9:,*16}]" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    st2g_pre "11011001 10 1 imm9:9 11 Rn:5 Rt:5" "st2g {Rt}, [{Rn}, #{imm9:*16}]!" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stz2g_post "11011001 11 1 imm9:9 01 Rn:5 Rt:5" "stz2g {Rt}, [{Rn}], #{imm9:*16}" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stz2g "11011001 11 1 imm9:9 10 Rn:5 Rt:5" "stz2g {Rt}, [{Rn}{imm9:,*16}]" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    stz2g_pre "11011001 11 1 imm9:9 11 Rn:5 Rt:5" "stz2g {Rt}, [{Rn}, #{imm9:*16}]!" (imm9, Rn, Rt, word) => tag_store_undefined feature (Mte);
    ldg "11011001 01 1 imm9:9 00 Rn:5 Rt:5" "ldg {Rt}, [{Rn}{imm9:,*16}]" (imm9, Rn, Rt, word) => tag_load_undefined feature (Mte);
    stzgm "11011001 00 1 000000000 00 Rn:5 Rt:5" "stzgm {Rt}, [{Rn}]" (Rn, Rt, word) => one_source_undefined feature (Mte);
    stgm "11011001 10 1 000000000 00 Rn:5 Rt:5" "stgm {Rt}, [{Rn}]" (Rn, Rt, word) => one_source_undefined feature (Mte);
    ldgm "11011001 11 1 000000000 00 Rn:5 Rt:5" "ldgm {Rt}, [{Rn}]" (Rn, Rt, word) => one_source_undefined feature (Mte);
    stgp_post "01 101 0 001 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stgp {Rt:x}, {Rt2:x}, [{Rn}], #{imm7:*16}" (imm7, Rt2, Rn, Rt, word) => pair_undefined feature (Mte);
    stgp "01 101 0 010 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stgp {Rt:x}, {Rt2:x}, [{Rn}{imm7:,*16}]" (imm7, Rt2, Rn, Rt, word) => pair_undefined feature (Mte);
    stgp_pre "01 101 0 011 0 imm7:7 Rt2:5 Rn:5 Rt:5" "stgp {Rt:x}, {Rt2:x}, [{Rn}, #{imm7:*16}]!" (imm7, Rt2, Rn, Rt, word) => pair_undefined feature (Mte);

    // Memory tagging: the register and the cache, C4.1.94.
    msr_tco "1101010100 0 11 011 0100 0010 111 Rt:5" "msr tco, {Rt}" (Rt, word) => register_undefined feature (Mte);
    mrs_tco "1101010100 1 11 011 0100 0010 111 Rt:5" "mrs {Rt}, tco" (Rt, word) => register_undefined feature (Mte);
    msr_tco_imm "1101010100 0 00 011 0100 CRm:4 100 11111" "msr tco, #{CRm}" (CRm, word) => immediate_undefined feature (Mte);
    dc_gva "1101010100 0 01 011 0111 0100 011 Rt:5" "dc gva, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_gzva "1101010100 0 01 011 0111 0100 100 Rt:5" "dc gzva, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cgvac "1101010100 0 01 011 0111 1010 011 Rt:5" "dc cgvac, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cgdvac "1101010100 0 01 011 0111 1010 101 Rt:5" "dc cgdvac, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cgvap "1101010100 0 01 011 0111 1100 011 Rt:5" "dc cgvap, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cgdvap "1101010100 0 01 011 0111 1100 101 Rt:5" "dc cgdvap, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cgvadp "1101010100 0 01 011 0111 1101 011 Rt:5" "dc cgvadp, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cgdvadp "1101010100 0 01 011 0111 1101 101 Rt:5" "dc cgdvadp, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cigvac "1101010100 0 01 011 0111 1110 011 Rt:5" "dc cigvac, {Rt}" (Rt, word) => register_undefined feature (Mte);
    dc_cigdvac "1101010100 0 01 011 0111 1110 101 Rt:5" "dc cigdvac, {Rt}" (Rt, word) => register_undefined feature (Mte);

    // Pointer authentication: data processing, C4.1.95.
    pacia "1 1 0 11010110 00001 000000 Rn:5 Rd:5" "pacia {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    pacib "1 1 0 11010110 00001 000001 Rn:5 Rd:5" "pacib {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    pacda "1 1 0 11010110 00001 000010 Rn:5 Rd:5" "pacda {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    pacdb "1 1 0 11010110 00001 000011 Rn:5 Rd:5" "pacdb {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    autia "1 1 0 11010110 00001 000100 Rn:5 Rd:5" "autia {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    autib "1 1 0 11010110 00001 000101 Rn:5 Rd:5" "autib {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    autda "1 1 0 11010110 00001 000110 Rn:5 Rd:5" "autda {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    autdb "1 1 0 11010110 00001 000111 Rn:5 Rd:5" "autdb {Rd}, {Rn}" (Rn, Rd, word) => one_source_undefined feature (PAuth);
    paciza "1 1 0 11010110 00001 001000 11111 Rd:5" "paciza {Rd}" (Rd, word) => register_undefined feature (PAuth);
    pacizb "1 1 0 11010110 00001 001001 11111 Rd:5" "pacizb {Rd}" (Rd, word) => register_undefined feature (PAuth);
    pacdza "1 1 0 11010110 00001 001010 11111 Rd:5" "pacdza {Rd}" (Rd, word) => register_undefined feature (PAuth);
    pacdzb "1 1 0 11010110 00001 001011 11111 Rd:5" "pacdzb {Rd}" (Rd, word) => register_undefined feature (PAuth);
    autiza "1 1 0 11010110 00001 001100 11111 Rd:5" "autiza {Rd}" (Rd, word) => register_undefined feature (PAuth);
    autizb "1 1 0 11010110 00001 001101 11111 Rd:5" "autizb {Rd}" (Rd, word) => register_undefined feature (PAuth);
    autdza "1 1 0 11010110 00001 001110 11111 Rd:5" "autdza {Rd}" (Rd, word) => register_undefined feature (PAuth);
    autdzb "1 1 0 11010110 00001 001111 11111 Rd:5" "autdzb {Rd}" (Rd, word) => register_undefined feature (PAuth);
    xpaci "1 1 0 11010110 00001 010000 11111 Rd:5" "xpaci {Rd}" (Rd, word) => register_undefined feature (PAuth);
    xpacd "1 1 0 11010110 00001 010001 11111 Rd:5" "xpacd {Rd}" (Rd, word) => register_undefined feature (PAuth);
    pacga "1 0 0 11010110 Rm:5 001100 Rn:5 Rd:5" "pacga {Rd}, {Rn}, {Rm}" (Rm, Rn, Rd, word) => two_sources_undefined feature (PAuth);

    // Pointer authentication: branches and loads, C4.1.93 and C4.1.94.
    braa "1101011 1 0 00 11111 0000 1 0 Rn:5 Rm:5" "braa {Rn}, {Rm}" (Rn, Rm, word) => branch_undefined feature (PAuth);
    brab "1101011 1 0 00 11111 0000 1 1 Rn:5 Rm:5" "brab {Rn}, {Rm}" (Rn, Rm, word) => branch_undefined feature (PAuth);
    blraa "1101011 1 0 01 11111 0000 1 0 Rn:5 Rm:5" "blraa {Rn}, {Rm}" (Rn, Rm, word) => branch_undefined feature (PAuth);
    blrab "1101011 1 0 01 11111 0000 1 1 Rn:5 Rm:5" "blrab {Rn}, {Rm}" (Rn, Rm, word) => branch_undefined feature (PAuth);
    braaz "1101011 0 0 00 11111 0000 1 0 Rn:5 11111" "braaz {Rn}" (Rn, word) => register_undefined feature (PAuth);
    brabz "1101011 0 0 00 11111 0000 1 1 Rn:5 11111" "brabz {Rn}" (Rn, word) => register_undefined feature (PAuth);
    blraaz "1101011 0 0 01 11111 0000 1 0 Rn:5 11111" "blraaz {Rn}" (Rn, word) => register_undefined feature (PAuth);
    blrabz "1101011 0 0 01 11111 0000 1 1 Rn:5 11111" "blrabz {Rn}" (Rn, word) => register_undefined feature (PAuth);
    retaa "1101011 0 0 10 11111 0000 1 0 11111 11111" "retaa" (word) => undefined feature (PAuth);
    retab "1101011 0 0 10 11111 0000 1 1 11111 11111" "retab" (word) => undefined feature (PAuth);
    ldra "11 111 0 00 - - 1 --------- - 1 ----- -----" ".inst {word:x}  // ldraa" (word) => undefined feature (PAuth) { ".inst {word:x}  // ldrab" if (|w| w >> 23 & 1 == 1) };
}

fn some_of_sme(word: u32) -> bool {
    word >> 9 & 3 != 0
}

/// Functions of rows with these operands: all of them raise SIGILL, and the information is the word.
macro_rules! undefined {
    ($($name:ident($($ty:ty),*);)*) => {$(
        fn $name<B: Builder>(b: &mut B, $(_: $ty,)* word: Imm<32>) {
            b.fault(FaultKind::Illegal, word.0.into());
        }
    )*};
}

undefined! {
    undefined();
    bits_undefined(Imm<1>, Imm<1>);
    immediate_undefined(Imm<4>);
    register_undefined(Gpr);
    one_source_undefined(GprSp, Gpr);
    two_sources_undefined(GprSp, Gpr, Gpr);
    branch_undefined(Gpr, GprSp);
    subtract_undefined(GprSp, GprSp, Gpr);
    insert_undefined(Gpr, GprSp, GprSp);
    mask_undefined(Gpr, GprSp, Gpr);
    tag_add_undefined(Imm<6>, Imm<4>, GprSp, GprSp);
    tag_store_undefined(SImm<9>, GprSp, GprSp);
    tag_load_undefined(SImm<9>, GprSp, Gpr);
    pair_undefined(SImm<7>, Gpr, GprSp, Gpr);
}
