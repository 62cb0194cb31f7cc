//! What instructions do to the condition flags.

use crate::shape::{Operand, PLAIN, Shape, Value, field, reg, shape};

/// A comparison that sets the flags: `rn` against an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compare {
    pub rn: u8,
    /// `rn` 31 is sp.
    pub sp: bool,
    pub wide: bool,
    pub operand: Operand,
    /// For `ccmp`: the flags if the condition does not hold.
    pub otherwise: Option<u8>,
}

/// What an instruction does to the flags.
pub(crate) enum Flags {
    Kept,
    Compared(Compare),
    Changed,
}

/// How a word changes the flags.
pub(crate) fn flags(word: u32) -> Flags {
    let wide = word >> 31 != 0;
    match field(word, 25, 4) {
        // subs; adds and ands.
        0b1000 if field(word, 23, 3) == 0b010 && field(word, 29, 2) == 0b11 => match shape(word, 0)
        {
            Shape::Set {
                value: Value::Sub { rn, sp, operand },
                ..
            } => Flags::Compared(Compare {
                rn,
                sp,
                wide,
                operand,
                otherwise: None,
            }),
            _ => Flags::Changed,
        },
        0b1000 if field(word, 23, 3) == 0b010 && field(word, 29, 1) == 1 => Flags::Changed,
        0b1001 if field(word, 23, 3) == 0b100 && field(word, 29, 2) == 0b11 => Flags::Changed,
        0b0101 | 0b1101 => register_flags(word, wide),
        // fcmp, fccmp; anything else leaves them.
        0b1111 if word & 0xff20_0c00 == 0x1e20_0400 || word & 0xff20_fc00 == 0x1e20_2000 => {
            Flags::Changed
        }
        // msr, cfinv, axflag, …: system instructions that are not hints or barriers.
        0b1010 | 0b1011
            if word >> 20 == 0xd51
                || (word >> 20 == 0xd50
                    && word & 0xff000 != 0x32000
                    && word & 0xff000 != 0x33000) =>
        {
            Flags::Changed
        }
        _ => Flags::Kept,
    }
}

fn register_flags(word: u32, wide: bool) -> Flags {
    match field(word, 24, 5) {
        0b01010 if field(word, 29, 2) == 0b11 => Flags::Changed,
        0b01011 if field(word, 29, 2) == 0b11 => match shape(word, 0) {
            Shape::Set {
                value: Value::Sub { rn, sp, operand },
                ..
            } => Flags::Compared(Compare {
                rn,
                sp,
                wide,
                operand,
                otherwise: None,
            }),
            _ => Flags::Changed,
        },
        0b01011 if field(word, 29, 1) == 1 => Flags::Changed,
        0b11010 => match field(word, 21, 3) {
            0b010 if field(word, 30, 1) == 1 => {
                let rm = reg(word, 16);
                let operand = if field(word, 11, 1) != 0 {
                    Operand::Imm(u64::from(rm))
                } else {
                    Operand::Reg {
                        rm,
                        extend: PLAIN,
                        shift: 0,
                    }
                };
                Flags::Compared(Compare {
                    rn: reg(word, 5),
                    sp: false,
                    wide,
                    operand,
                    otherwise: Some(field(word, 0, 4) as u8),
                })
            }
            0b010 => Flags::Changed,
            // adcs, sbcs, rmif, setf; subps.
            0b000 | 0b110 if field(word, 29, 1) == 1 => Flags::Changed,
            _ => Flags::Kept,
        },
        _ => Flags::Kept,
    }
}

/// Whether a condition holds for flags N = 8, Z = 4, C = 2, V = 1.
pub(crate) fn holds(cond: u8, nzcv: u8) -> bool {
    let (n, z, c, v) = (nzcv & 8 != 0, nzcv & 4 != 0, nzcv & 2 != 0, nzcv & 1 != 0);
    let base = match cond >> 1 {
        0 => z,
        1 => c,
        2 => n,
        3 => v,
        4 => c && !z,
        5 => n == v,
        6 => n == v && !z,
        _ => return true,
    };
    base != (cond & 1 != 0)
}
