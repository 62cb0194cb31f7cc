//! Operands of system instructions.

use core::fmt;

use super::{Field, Operands};

/// What a barrier orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Barrier(pub u8);

impl Field for Barrier {
    const BITS: u32 = 4;
    fn from_bits(bits: u32) -> Self {
        Barrier(bits as u8)
    }
    fn show(self, cx: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 16] = [
            "", "oshld", "oshst", "osh", "", "nshld", "nshst", "nsh", "", "ishld", "ishst", "ish",
            "", "ld", "st", "sy",
        ];
        match NAMES[usize::from(self.0 & 15)] {
            "" => write!(f, "#{:#04x}", self.0),
            _ if cx.row.name == "isb" => write!(f, "#{:#x}", self.0),
            name => f.write_str(name),
        }
    }
}

/// An ID register S3_0_C0_Cm_op2: `CRm:op2`, 7 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRegister(pub u32);

impl IdRegister {
    /// The m of Cm.
    pub const fn crm(self) -> u32 {
        self.0 >> 3
    }
    /// The last number of its name.
    pub const fn op2(self) -> u32 {
        self.0 & 7
    }
}

impl Field for IdRegister {
    const BITS: u32 = 7;
    fn from_bits(bits: u32) -> Self {
        IdRegister(bits)
    }
    fn show(self, _: &Operands<'_>, _: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match (self.crm(), self.op2()) {
            (0, 0) => "midr_el1",
            (0, 5) => "mpidr_el1",
            (0, 6) => "revidr_el1",
            (4, 0) => "id_aa64pfr0_el1",
            (4, 1) => "id_aa64pfr1_el1",
            (4, 4) => "id_aa64zfr0_el1",
            (5, 0) => "id_aa64dfr0_el1",
            (5, 1) => "id_aa64dfr1_el1",
            (6, 0) => "id_aa64isar0_el1",
            (6, 1) => "id_aa64isar1_el1",
            (6, 2) => "id_aa64isar2_el1",
            (7, 0) => "id_aa64mmfr0_el1",
            (7, 1) => "id_aa64mmfr1_el1",
            (7, 2) => "id_aa64mmfr2_el1",
            (crm, op2) => return write!(f, "s3_0_c0_c{crm}_{op2}"),
        };
        f.write_str(name)
    }
}
