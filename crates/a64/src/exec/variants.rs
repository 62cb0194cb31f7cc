//! Semantic functions of their own for what programs execute most.
//!
//! A row's function asks the word for everything that its fields say: the width, the kind of a shift, whether there is a shift at all, the condition. Here it is compiled once more for
//! some values of some bits: the bits are set before it is called, the compiler inlines the call, and what they decide is decided at compile time. The semantics stay those of the
//! row. Each variant costs 50 to 300 bytes of every module, so there are few.

use crate::{
    builder::Builder,
    decode::{Insn, ROW_COUNT},
    insn,
};

/// The number of the row with this name.
const fn row(name: &str) -> usize {
    let mut i = 0;
    while !crate::pattern::same(insn::ROWS[i].name, name) {
        i += 1;
    }
    i
}

macro_rules! variants {
    ($($variant:ident $row:ident $mask:literal $bits:literal;)*) => {
        enum Variant { $($variant),* }

        #[allow(non_upper_case_globals)]
        mod numbers {
            use super::{ROW_COUNT, Variant};
            $(pub const $variant: usize = ROW_COUNT + Variant::$variant as usize;)*
        }

        /// Row, mask and bits of each variant.
        const VARIANTS: &[(usize, u32, u32)] = &[$((row(stringify!($row)), $mask, $bits)),*];

        /// Executes an instruction with the function of this [`number`]; false if there is none. The variants are part of the caller, so that nothing is called for them.
        #[inline(always)]
        pub(super) fn execute<B: Builder>(b: &mut B, number: usize, word: u32) -> bool {
            match number {
                $(numbers::$variant => {
                    let function = const { insn::Functions::<B>::ALL[row(stringify!($row))] };
                    function(b, word & !$mask | $bits);
                })*
                _ => match insn::Functions::<B>::ALL.get(number) {
                    Some(function) => function(b, word),
                    None => return false,
                },
            }
            true
        }
    };
}

// Name, row, mask and bits. Bit 31 is the width, 22 and 23 are the kind of a shift; shifts by nothing have no kind. What is only to be inlined has no bits.
variants! {
    AddImmX add_imm 0x8040_0000 0x8000_0000;
    AddImmW add_imm 0x8040_0000 0;
    SubImmX sub_imm 0x8040_0000 0x8000_0000;
    SubImmW sub_imm 0x8040_0000 0;
    SubsImmX subs_imm 0x8040_0000 0x8000_0000;
    SubsImmW subs_imm 0x8040_0000 0;
    AndImmX and_imm 0x8000_0000 0x8000_0000;
    AndImmW and_imm 0x8000_0000 0;
    AndsImmX ands_imm 0x8000_0000 0x8000_0000;
    AndsImmW ands_imm 0x8000_0000 0;
    OrrImmX orr_imm 0x8000_0000 0x8000_0000;
    OrrImmW orr_imm 0x8000_0000 0;
    MovzX movz 0x8000_0000 0x8000_0000;
    MovzW movz 0x8000_0000 0;
    MovkX movk 0x8000_0000 0x8000_0000;
    MovkW movk 0x8000_0000 0;
    UbfmX ubfm 0x8000_0000 0x8000_0000;
    UbfmW ubfm 0x8000_0000 0;
    SbfmX sbfm 0x8000_0000 0x8000_0000;
    SbfmW sbfm 0x8000_0000 0;
    BfmX bfm 0x8000_0000 0x8000_0000;
    BfmW bfm 0x8000_0000 0;
    ExtrX extr 0x8000_0000 0x8000_0000;
    ExtrW extr 0x8000_0000 0;
    AddX add_shifted 0x80c0_fc00 0x8000_0000;
    AddW add_shifted 0x80c0_fc00 0;
    SubX sub_shifted 0x80c0_fc00 0x8000_0000;
    SubW sub_shifted 0x80c0_fc00 0;
    SubsX subs_shifted 0x80c0_fc00 0x8000_0000;
    SubsW subs_shifted 0x80c0_fc00 0;
    AndX and_shifted 0x80c0_fc00 0x8000_0000;
    AndW and_shifted 0x80c0_fc00 0;
    AndsX ands_shifted 0x80c0_fc00 0x8000_0000;
    AndsW ands_shifted 0x80c0_fc00 0;
    BicX bic_shifted 0x80c0_fc00 0x8000_0000;
    BicW bic_shifted 0x80c0_fc00 0;
    OrrX orr_shifted 0x80c0_fc00 0x8000_0000;
    OrrW orr_shifted 0x80c0_fc00 0;
    EorX eor_shifted 0x80c0_fc00 0x8000_0000;
    EorW eor_shifted 0x80c0_fc00 0;
    AddLslX add_shifted 0x80c0_0000 0x8000_0000;
    AddLsrX add_shifted 0x80c0_0000 0x8040_0000;
    AddLslW add_shifted 0x80c0_0000 0;
    AddLsrW add_shifted 0x80c0_0000 0x40_0000;
    SubLslX sub_shifted 0x80c0_0000 0x8000_0000;
    SubLslW sub_shifted 0x80c0_0000 0;
    OrrLslX orr_shifted 0x80c0_0000 0x8000_0000;
    OrrLsrX orr_shifted 0x80c0_0000 0x8040_0000;
    OrrLslW orr_shifted 0x80c0_0000 0;
    OrrLsrW orr_shifted 0x80c0_0000 0x40_0000;
    EorLslX eor_shifted 0x80c0_0000 0x8000_0000;
    EorLsrX eor_shifted 0x80c0_0000 0x8040_0000;
    EorRorX eor_shifted 0x80c0_0000 0x80c0_0000;
    EorLslW eor_shifted 0x80c0_0000 0;
    EorLsrW eor_shifted 0x80c0_0000 0x40_0000;
    EorRorW eor_shifted 0x80c0_0000 0xc0_0000;
    AddUxtwX add_extended 0x8000_e000 0x8000_4000;
    AddUxtxX add_extended 0x8000_e000 0x8000_6000;
    AddSxtwX add_extended 0x8000_e000 0x8000_c000;
    MaddX madd 0x8000_0000 0x8000_0000;
    MaddW madd 0x8000_0000 0;
    LslvX lslv 0x8000_0000 0x8000_0000;
    LslvW lslv 0x8000_0000 0;
    LsrvX lsrv 0x8000_0000 0x8000_0000;
    LsrvW lsrv 0x8000_0000 0;
    CselX csel 0x8000_0000 0x8000_0000;
    CselW csel 0x8000_0000 0;
    CsincX csinc 0x8000_0000 0x8000_0000;
    CsincW csinc 0x8000_0000 0;
    CcmpImmX ccmp_imm 0x8000_0000 0x8000_0000;
    CcmpImmW ccmp_imm 0x8000_0000 0;
    CcmpRegX ccmp_reg 0x8000_0000 0x8000_0000;
    CcmpRegW ccmp_reg 0x8000_0000 0;
    BEq b_cond 0xf 0;
    BNe b_cond 0xf 1;
    BCs b_cond 0xf 2;
    BCc b_cond 0xf 3;
    BMi b_cond 0xf 4;
    BPl b_cond 0xf 5;
    BHi b_cond 0xf 8;
    BLs b_cond 0xf 9;
    BGe b_cond 0xf 10;
    BLt b_cond 0xf 11;
    BGt b_cond 0xf 12;
    BLe b_cond 0xf 13;
    CbzX cbz 0x8000_0000 0x8000_0000;
    CbzW cbz 0x8000_0000 0;
    CbnzX cbnz 0x8000_0000 0x8000_0000;
    CbnzW cbnz 0x8000_0000 0;
    LdrX ldr_x_unsigned 0 0;
    LdrW ldr_w_unsigned 0 0;
    Ldrb ldrb_unsigned 0 0;
    LdrbPost ldrb_post 0 0;
    StrX str_x_unsigned 0 0;
    StrW str_w_unsigned 0 0;
    Strb strb_unsigned 0 0;
    B b 0 0;
    Tbz tbz 0 0;
    Tbnz tbnz 0 0;
    Adrp adrp 0 0;
    LdrbRegister ldrb_register 0xf000 0x6000;
    StrbRegister strb_register 0xf000 0x6000;
    LdrWRegisterScaled ldr_w_register 0xf000 0x7000;
    LdrXRegister ldr_x_register 0xf000 0x6000;
    LdrXRegisterScaled ldr_x_register 0xf000 0x7000;
    StrWRegisterScaled str_w_register 0xf000 0x7000;
    StrXRegister str_x_register 0xf000 0x6000;
    StrXRegisterScaled str_x_register 0xf000 0x7000;
}

/// The first variant of each row, among [`ORDER`], and the end.
const FIRST: [u8; ROW_COUNT + 1] = {
    assert!(VARIANTS.len() < 256);
    let mut first = [0; ROW_COUNT + 1];
    let mut count = 0;
    let mut r = 0;
    while r < ROW_COUNT {
        first[r] = count;
        let mut v = 0;
        while v < VARIANTS.len() {
            if VARIANTS[v].0 == r {
                count += 1;
            }
            v += 1;
        }
        r += 1;
    }
    first[ROW_COUNT] = count;
    first
};

/// Mask, bits and number of each variant, by rows; those of one row in the order of their declaration, which is that of their precedence.
const ORDER: [(u32, u32, u16); VARIANTS.len()] = {
    let mut order = [(0, 0, 0); VARIANTS.len()];
    let mut filled = FIRST;
    let mut v = 0;
    while v < VARIANTS.len() {
        let (row, mask, bits) = VARIANTS[v];
        order[filled[row] as usize] = (mask, bits, v as u16);
        filled[row] += 1;
        v += 1;
    }
    order
};

static BY_ROW: ([u8; ROW_COUNT + 1], [(u32, u32, u16); VARIANTS.len()]) = (FIRST, ORDER);

/// The number of the function that executes an instruction.
pub(super) fn number(insn: Insn) -> u16 {
    let row = usize::from(insn.row.0);
    let (first, order) = &BY_ROW;
    order[first[row].into()..first[row + 1].into()]
        .iter()
        .find(|(mask, bits, _)| insn.word & mask == *bits)
        .map_or(insn.row.0, |v| ROW_COUNT as u16 + v.2)
}
