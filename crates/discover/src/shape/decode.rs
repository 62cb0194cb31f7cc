//! Words to shapes, by the classes of the Arm ARM (C4.1).

use super::{Extend, Operand, Shape, Value};

pub(crate) fn field(word: u32, lsb: u32, width: u32) -> u32 {
    word >> lsb & ((1 << width) - 1)
}

pub(crate) fn reg(word: u32, lsb: u32) -> u8 {
    field(word, lsb, 5) as u8
}

/// The bit of a register that is not 31.
pub(super) fn bit(r: u8) -> u32 {
    if r == 31 { 0 } else { 1 << r }
}

pub(crate) const PLAIN: Extend = Extend {
    bits: 64,
    signed: false,
};

/// Extension by the `option` field.
fn extend(option: u32) -> Extend {
    Extend {
        bits: 8 << (option & 3),
        signed: option & 4 != 0,
    }
}

/// An instruction's shape at `pc`.
pub(crate) fn shape(word: u32, pc: u64) -> Shape {
    match field(word, 25, 4) {
        0b1000 | 0b1001 => immediate(word, pc),
        0b1010 | 0b1011 => branch_or_system(word),
        0b0101 | 0b1101 => register(word),
        0b0111 | 0b1111 => vector(word),
        n if n & 0b0101 == 0b0100 => memory(word),
        _ => Shape::Other {
            defs: !0,
            stores: true,
        },
    }
}

fn immediate(word: u32, pc: u64) -> Shape {
    let wide = word >> 31 != 0;
    let (rd, rn) = (reg(word, 0), reg(word, 5));
    let set = |sp, value| Shape::Set {
        rd,
        sp,
        wide,
        value,
    };
    match field(word, 23, 3) {
        0b000 | 0b001 => {
            let imm = i64::from((field(word, 5, 19) << 2 | field(word, 29, 2)) as i32) << 43 >> 43;
            let value = if wide {
                (pc & !0xfff).wrapping_add_signed(imm << 12)
            } else {
                pc.wrapping_add_signed(imm)
            };
            Shape::Set {
                rd,
                sp: false,
                wide: true,
                value: Value::Const(value),
            }
        }
        0b010 => {
            let operand = Operand::Imm(u64::from(field(word, 10, 12)) << (field(word, 22, 1) * 12));
            let flags = field(word, 29, 1) != 0;
            if field(word, 30, 1) == 0 {
                set(
                    !flags,
                    Value::Add {
                        rn,
                        sp: true,
                        operand,
                    },
                )
            } else {
                set(
                    !flags,
                    Value::Sub {
                        rn,
                        sp: true,
                        operand,
                    },
                )
            }
        }
        0b100 => match (field(word, 29, 2), bit_mask(word)) {
            (0b00 | 0b11, Some(mask)) => set(field(word, 29, 2) == 0, Value::And { rn, mask }),
            (0b01, Some(mask)) if rn == 31 => set(true, Value::Const(mask)),
            _ => Shape::Other {
                defs: 1 << rd,
                stores: false,
            },
        },
        0b101 => {
            let (shift, bits) = (field(word, 21, 2) as u8 * 16, field(word, 5, 16) as u16);
            let placed = u64::from(bits) << shift;
            match field(word, 29, 2) {
                0b00 => set(
                    false,
                    Value::Const(if wide {
                        !placed
                    } else {
                        u64::from(!placed as u32)
                    }),
                ),
                0b10 => set(false, Value::Const(placed)),
                0b11 => set(false, Value::Insert { shift, bits }),
                _ => Shape::Other {
                    defs: bit(rd),
                    stores: false,
                },
            }
        }
        0b110 => {
            let (immr, imms) = (field(word, 16, 6) as u8, field(word, 10, 6) as u8);
            let size = if wide { 64 } else { 32 };
            let signed = field(word, 29, 2) == 0b00;
            if field(word, 29, 2) & 1 != 0 || immr >= size || imms >= size {
                return Shape::Other {
                    defs: bit(rd),
                    stores: false,
                };
            }
            let value = if imms >= immr {
                Value::Field {
                    rn,
                    lsb: immr,
                    width: imms - immr + 1,
                    signed,
                    shift: 0,
                }
            } else {
                Value::Field {
                    rn,
                    lsb: 0,
                    width: imms + 1,
                    signed,
                    shift: size - immr,
                }
            };
            set(false, value)
        }
        _ => Shape::Other {
            defs: bit(rd),
            stores: false,
        },
    }
}

/// The mask of a logical immediate (`DecodeBitMasks`).
fn bit_mask(word: u32) -> Option<u64> {
    let (n, immr, imms) = (field(word, 22, 1), field(word, 16, 6), field(word, 10, 6));
    let len = 31u32.checked_sub((n << 6 | (!imms & 0x3f)).leading_zeros())?;
    let size = 1u32 << len;
    let (ones, rotate) = ((imms & (size - 1)) + 1, immr & (size - 1));
    if len == 0 || ones == size || (word >> 31 == 0 && n != 0) {
        return None;
    }
    let element = (1u64 << ones) - 1;
    let element_mask = if size == 64 { !0 } else { (1u64 << size) - 1 };
    let rotated = if rotate == 0 {
        element
    } else {
        (element >> rotate | element << (size - rotate)) & element_mask
    };
    let mut mask = rotated;
    let mut at = size;
    while at < 64 {
        mask |= mask << at;
        at *= 2;
    }
    Some(if word >> 31 == 0 {
        mask & 0xffff_ffff
    } else {
        mask
    })
}

fn branch_or_system(word: u32) -> Shape {
    let defs = match word >> 20 {
        // mrs, sysl.
        0xd53 | 0xd52 => bit(reg(word, 0)),
        // Hints: some sign or strip x30 or x17.
        0xd50 if word != crate::words::NOP => 1 << 30 | 1 << 17,
        _ => 0,
    };
    Shape::Other {
        defs,
        stores: false,
    }
}

fn register(word: u32) -> Shape {
    let wide = word >> 31 != 0;
    let (rd, rn, rm) = (reg(word, 0), reg(word, 5), reg(word, 16));
    let other = Shape::Other {
        defs: bit(rd),
        stores: false,
    };
    let size = if wide { 64 } else { 32 };
    match field(word, 24, 5) {
        // orr rd, zr, rm, lsl #0 is mov.
        0b01010
            if field(word, 29, 2) == 0b01
                && field(word, 21, 3) == 0
                && rn == 31
                && field(word, 10, 6) < size =>
        {
            let operand = Operand::Reg {
                rm,
                extend: PLAIN,
                shift: field(word, 10, 6) as u8,
            };
            Shape::Set {
                rd,
                sp: false,
                wide,
                value: Value::Add {
                    rn: 31,
                    sp: false,
                    operand,
                },
            }
        }
        0b01011 => {
            let extended = field(word, 21, 1) != 0;
            let operand = if extended {
                let shift = field(word, 10, 3) as u8;
                if shift > 4 || field(word, 22, 2) != 0 {
                    return other;
                }
                Operand::Reg {
                    rm,
                    extend: extend(field(word, 13, 3)),
                    shift,
                }
            } else {
                if field(word, 22, 2) != 0 || field(word, 10, 6) >= size {
                    return other;
                }
                Operand::Reg {
                    rm,
                    extend: PLAIN,
                    shift: field(word, 10, 6) as u8,
                }
            };
            let sp = extended && field(word, 29, 1) == 0;
            let value = if field(word, 30, 1) == 0 {
                Value::Add {
                    rn,
                    sp: extended,
                    operand,
                }
            } else {
                Value::Sub {
                    rn,
                    sp: extended,
                    operand,
                }
            };
            Shape::Set {
                rd,
                sp,
                wide,
                value,
            }
        }
        // ccmp, ccmn write flags only.
        0b11010 if field(word, 21, 3) == 0b010 => Shape::Other {
            defs: 0,
            stores: false,
        },
        _ => other,
    }
}

fn vector(word: u32) -> Shape {
    // Conversions between general and vector registers (either way), fixed-point ones, and the group of umov and smov.
    let to_general = word & 0x5f20_fc00 == 0x1e20_0000
        || word & 0x5f20_0000 == 0x1e00_0000
        || word & 0x9fe0_8400 == 0x0e00_0400;
    Shape::Other {
        defs: if to_general { bit(reg(word, 0)) } else { 0 },
        stores: false,
    }
}

fn memory(word: u32) -> Shape {
    let (rt, base, size) = (reg(word, 0), reg(word, 5), field(word, 30, 2));
    let simd = field(word, 26, 1) != 0;
    let opc = field(word, 22, 2);
    let general = if simd { 0 } else { bit(rt) };
    match field(word, 27, 3) {
        // Exclusive, ordered, compare and swap; vector structures.
        0b001 => {
            let defs = if simd {
                1 << base
            } else {
                bit(rt) | bit(reg(word, 10)) | bit(reg(word, 16))
            };
            Shape::Other { defs, stores: true }
        }
        // Literals.
        0b011 if field(word, 24, 1) == 0 => Shape::Other {
            defs: general,
            stores: false,
        },
        // Ordered unscaled, memory copy and set.
        0b011 => Shape::Other {
            defs: general | 1 << base | bit(reg(word, 16)),
            stores: true,
        },
        // Pairs.
        0b101 => {
            let load = field(word, 22, 1) != 0;
            let rt2 = reg(word, 10);
            // opc is the size, and for general registers 1 is ldpsw (or stgp).
            let bytes = if simd {
                4 << size.min(2)
            } else {
                4 << (size >> 1)
            };
            let offset = (i64::from(field(word, 15, 7) as i32) << 57 >> 57) * i64::from(bytes);
            let written_back = if field(word, 23, 1) != 0 {
                1 << base
            } else {
                0
            };
            match (load, written_back) {
                (true, 0) if !simd => Shape::LoadPair {
                    rt: [rt, rt2],
                    size: bytes,
                    signed: size == 1,
                    base,
                    offset,
                },
                (false, 0) if simd || size != 1 => {
                    let general = |r| if simd { None } else { Some(r) };
                    Shape::Store {
                        rt: general(rt),
                        rt2: general(rt2),
                        pair: true,
                        size: bytes,
                        base,
                        offset,
                    }
                }
                _ => {
                    let loaded = if load && !simd { bit(rt) | bit(rt2) } else { 0 };
                    Shape::Other {
                        defs: loaded | written_back,
                        stores: !load,
                    }
                }
            }
        }
        _ => {
            // Vector registers of 16 bytes have size 0 and opc 2 or 3.
            let scale = if simd && opc & 2 != 0 { 4 } else { size };
            let bytes = 1u8 << scale;
            let offset = if field(word, 24, 1) != 0 {
                Some(Operand::Imm(u64::from(field(word, 10, 12)) << scale))
            } else if field(word, 21, 1) == 0 && field(word, 10, 2) == 0b00 {
                Some(Operand::Imm(
                    (i64::from(field(word, 12, 9) as i32) << 55 >> 55) as u64,
                ))
            } else if field(word, 21, 1) == 1 && field(word, 10, 2) == 0b10 {
                let shift = if field(word, 12, 1) != 0 {
                    size as u8
                } else {
                    0
                };
                Some(Operand::Reg {
                    rm: reg(word, 16),
                    extend: extend(field(word, 13, 3)),
                    shift,
                })
            } else {
                None
            };
            match (offset, opc) {
                (Some(Operand::Imm(offset)), 0 | 2) if opc == 0 || simd => Shape::Store {
                    rt: (!simd).then_some(rt),
                    rt2: None,
                    pair: false,
                    size: bytes,
                    base,
                    offset: offset as i64,
                },
                (Some(operand), 1..=3) if !(simd || size == 3 && opc > 1) => Shape::Load {
                    rt,
                    size: bytes,
                    signed: opc >= 2,
                    wide: opc == 2 || size == 3,
                    base,
                    operand,
                },
                // prfm.
                (Some(_), 2) if !simd && size == 3 => Shape::Other {
                    defs: 0,
                    stores: false,
                },
                (Some(_), _) => Shape::Other {
                    defs: 0,
                    stores: simd && opc & 1 == 0 || opc == 0,
                },
                // Writeback, unprivileged, atomics, authenticated loads.
                (None, _) => Shape::Other {
                    defs: general | 1 << base,
                    stores: true,
                },
            }
        }
    }
}

/// A load or store that writes its address back: the base register, what is added to it, and, if it is a store, where it stores relative to the
/// old base.
pub(crate) fn writeback(word: u32) -> Option<(u8, i64, Option<i64>)> {
    let base = reg(word, 5);
    let pair = word & 0x3a80_0000 == 0x2880_0000;
    let single = word & 0x3b20_0400 == 0x3800_0400;
    let (bump, pre, load) = if pair {
        let scale = if field(word, 26, 1) != 0 {
            2 + field(word, 30, 2).min(2)
        } else {
            2 + field(word, 31, 1)
        };
        let imm = i64::from(field(word, 15, 7) as i32) << 57 >> 57;
        (
            imm << scale,
            field(word, 24, 1) != 0,
            field(word, 22, 1) != 0,
        )
    } else if single {
        let opc = field(word, 22, 2);
        let load = if field(word, 26, 1) != 0 {
            opc & 1 != 0
        } else {
            opc != 0
        };
        (
            i64::from(field(word, 12, 9) as i32) << 55 >> 55,
            field(word, 11, 1) != 0,
            load,
        )
    } else {
        return None;
    };
    Some((base, bump, (!load).then_some(if pre { bump } else { 0 })))
}
