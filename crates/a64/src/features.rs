//! What the machine reports about itself: `HWCAP`, `HWCAP2` and the ID registers, all from one list of implemented features.

use crate::row::Feature;

/// The features all of whose rows exist, and which programs are therefore told of.
pub const REPORTED: &[Feature] = &[
    Feature::Base,
    Feature::Fp,
    Feature::AdvSimd,
    Feature::Lse,
    Feature::Lrcpc,
    Feature::Lrcpc2,
    Feature::FlagM,
    Feature::FlagM2,
    Feature::Rdm,
    Feature::FrintTs,
    Feature::JsCvt,
    Feature::FCma,
    Feature::DotProd,
    Feature::I8mm,
    Feature::Sha1,
    Feature::Sha256,
    Feature::Rng,
];

/// Features whose rows exist, but which programs are not told of: where they are not reported, libraries have code that is faster here. (`docs/rationale.md`, "Features that are withheld".)
pub const WITHHELD: &[Feature] = &[
    // Bit by bit, where tables take eight bytes with eight loads.
    Feature::Crc32,
    // S-boxes and carry-less products are functions on vectors, where tables are loads of words.
    Feature::Aes,
    Feature::Pmull,
    Feature::Sm4,
    // Vectors of two words are taken apart and put together for each pair of rounds, which C has in locals.
    Feature::Sha512,
    Feature::Sm3,
    // A rotation is three operations on two lanes, of which one hash uses one; in C it is one operation.
    Feature::Sha3,
    // Each lane is converted to single or double precision and back by a function.
    Feature::Fp16,
    Feature::Fhm,
    // Each sum that is rounded to odd is a function.
    Feature::Bf16,
    // Engines promise nothing about timing and speculation.
    Feature::Dit,
    Feature::Ssbs,
];

/// Features that the machine does not have. Rows of theirs only give names to their encodings, which are undefined.
pub const ABSENT: &[Feature] = &[
    Feature::Sve,
    Feature::Sme,
    Feature::Mte,
    Feature::Mops,
    Feature::PAuth,
];

/// Whether instructions of a feature are undefined.
pub fn absent(feature: Feature) -> bool {
    ABSENT.contains(&feature)
}

/// Whether programs are told of a feature.
pub const fn reported(feature: Feature) -> bool {
    let mut i = 0;
    while i < REPORTED.len() {
        if REPORTED[i] as u8 == feature as u8 {
            return true;
        }
        i += 1;
    }
    false
}

/// Bits of those of `table` that are reported.
const fn bits(table: &[(Feature, u32)]) -> u64 {
    let (mut all, mut i) = (0, 0);
    while i < table.len() {
        if reported(table[i].0) {
            all |= 1 << table[i].1;
        }
        i += 1;
    }
    all
}

/// `HWCAP_CPUID`: the ID registers can be read.
const CPUID: u64 = 1 << 11;
/// `HWCAP_DCPOP`: `dc cvap` exists.
const DCPOP: u64 = 1 << 16;
/// `HWCAP_USCAT`: atomics need no alignment within 16 bytes.
const USCAT: u64 = 1 << 25;
/// `HWCAP_SB`: the speculation barrier exists.
const SB: u64 = 1 << 29;

/// `AT_HWCAP`.
pub const HWCAP: u64 = CPUID
    | DCPOP
    | USCAT
    | SB
    | bits(&[
        (Feature::Fp, 0),
        (Feature::AdvSimd, 1),
        (Feature::Aes, 3),
        (Feature::Pmull, 4),
        (Feature::Sha1, 5),
        (Feature::Sha256, 6),
        (Feature::Crc32, 7),
        (Feature::Lse, 8),
        (Feature::Fp16, 9),
        (Feature::Fp16, 10),
        (Feature::Rdm, 12),
        (Feature::JsCvt, 13),
        (Feature::FCma, 14),
        (Feature::Lrcpc, 15),
        (Feature::Sha3, 17),
        (Feature::Sm3, 18),
        (Feature::Sm4, 19),
        (Feature::DotProd, 20),
        (Feature::Sha512, 21),
        (Feature::Fhm, 23),
        (Feature::Dit, 24),
        (Feature::Lrcpc2, 26),
        (Feature::FlagM, 27),
        (Feature::Ssbs, 28),
    ]);

/// `HWCAP2_DCPODP`: `dc cvadp` exists.
const DCPODP: u64 = 1 << 0;

/// `AT_HWCAP2`.
pub const HWCAP2: u64 = DCPODP
    | bits(&[
        (Feature::FlagM2, 7),
        (Feature::FrintTs, 8),
        (Feature::I8mm, 13),
        (Feature::Bf16, 14),
        (Feature::Rng, 16),
    ]);

/// `value` in the four-bit field at bit `at` if the feature is reported.
const fn field(feature: Feature, at: u32, value: u64) -> u64 {
    if reported(feature) { value << at } else { 0 }
}

/// ID_AA64ISAR0_EL1.
const ISAR0: u64 = field(Feature::Aes, 4, 1)
    + field(Feature::Pmull, 4, 1)
    + field(Feature::Sha1, 8, 1)
    + field(Feature::Sha256, 12, 1)
    + field(Feature::Sha512, 12, 1)
    + field(Feature::Crc32, 16, 1)
    + field(Feature::Lse, 20, 2)
    + field(Feature::Rdm, 28, 1)
    + field(Feature::Sha3, 32, 1)
    + field(Feature::Sm3, 36, 1)
    + field(Feature::Sm4, 40, 1)
    + field(Feature::DotProd, 44, 1)
    + field(Feature::Fhm, 48, 1)
    + field(Feature::FlagM, 52, 1)
    + field(Feature::FlagM2, 52, 1)
    + field(Feature::Rng, 60, 1);

/// ID_AA64ISAR1_EL1: DPB, JSCVT, FCMA, LRCPC, FRINTTS, SB, BF16, I8MM.
const ISAR1: u64 = 2
    + field(Feature::JsCvt, 12, 1)
    + field(Feature::FCma, 16, 1)
    + field(Feature::Lrcpc, 20, 1)
    + field(Feature::Lrcpc2, 20, 1)
    + field(Feature::FrintTs, 32, 1)
    + (1 << 36)
    + field(Feature::Bf16, 44, 1)
    + field(Feature::I8mm, 52, 1);

/// ID_AA64PFR0_EL1: EL0 to EL3 in AArch64 only as Linux shows them, FP and AdvSIMD with or without half precision, DIT.
const PFR0: u64 =
    0x11 + field(Feature::Fp16, 16, 1) + field(Feature::Fp16, 20, 1) + field(Feature::Dit, 48, 1);

/// ID_AA64PFR1_EL1: SSBS with its register. No BTI, of which only the hints exist, and no MTE.
const PFR1: u64 = field(Feature::Ssbs, 4, 2);

/// ID_AA64MMFR2_EL1: AT, unaligned atomics.
const MMFR2: u64 = 1 << 32;

/// An ID register, by the `CRm` and `op2` of its name, as Linux emulates reads of S3_0_C0_Cm_op2. Unknown ones read as zero.
pub const fn id_register(crm: u32, op2: u32) -> u64 {
    match (crm, op2) {
        // MIDR: an implementer that no library knows, and "see the ID registers" as architecture.
        (0, 0) => 0xf << 16,
        // MPIDR: bit 31 is always one.
        (0, 5) => 1 << 31,
        (4, 0) => PFR0,
        (4, 1) => PFR1,
        (6, 0) => ISAR0,
        (6, 1) => ISAR1,
        (7, 2) => MMFR2,
        _ => 0,
    }
}

/// CTR_EL0: lines of 64 bytes; `ic ivau` is needed for code that was written.
pub const CTR_EL0: u64 = 1 << 31 | 4 << 24 | 4 << 20 | 4 << 16 | 3 << 14 | 4;

/// Log2 of the words that `dc zva` clears.
pub const DCZID_EL0: u64 = 4;
