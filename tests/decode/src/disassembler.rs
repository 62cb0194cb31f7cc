//! The other disassemblers.

use std::borrow::Cow;

use fARM64::{
    Decoder, DecoderOptions, Feature, FeatureSet,
    format::{BufSink, FmtFormatter, Formatter},
};

/// Where every word is said to be: far enough from both ends that no branch leaves the address space.
pub const PC: u64 = 0x40_0000_0000;

/// Features that `fARM64` is asked for besides the base (in which it counts what has no name of its own there, such as dot products and complex numbers).
const FEATURES: [Feature; 7] = [
    Feature::Fp16,
    Feature::Bf16,
    Feature::Lse,
    Feature::Crypto,
    Feature::Frintts,
    Feature::I8mm,
    // A hint: without it these words are prefetches that do nothing.
    Feature::Rprfm,
];

/// A disassembler that ours is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disassembler {
    /// `exarmo-aarch64`, which is generated from Arm's machine-readable specification. It knows all extensions and cannot be restricted.
    Exarmo,
    /// `fARM64`, which is written by hand, and restricted to [`FEATURES`].
    Farm64,
}

/// What a disassembler makes of a word.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// Of `exarmo-aarch64`.
    Exarmo(exarmo_aarch64::Instruction),
    /// Of `fARM64`.
    Farm64(fARM64::Instruction),
}

impl Disassembler {
    /// All.
    pub const ALL: [Disassembler; 2] = [Disassembler::Exarmo, Disassembler::Farm64];

    /// Its name in the list of differences.
    pub fn name(self) -> &'static str {
        match self {
            Disassembler::Exarmo => "exarmo",
            Disassembler::Farm64 => "farm64",
        }
    }

    /// A word at [`PC`]; `None` if it is no instruction.
    pub fn read(self, word: u32) -> Option<Reading> {
        match self {
            Disassembler::Exarmo => exarmo_aarch64::decode_word(word).ok().map(Reading::Exarmo),
            Disassembler::Farm64 => {
                let features = FEATURES
                    .iter()
                    .fold(FeatureSet::BASE, |all, feature| all.with(*feature));
                let bytes = word.to_le_bytes();
                let read = Decoder::new(&bytes, PC, DecoderOptions { features }).decode();
                (!read.is_invalid()).then_some(Reading::Farm64(read))
            }
        }
    }
}

impl Reading {
    /// What the disassembler calls the encoding.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Reading::Exarmo(read) => read.encoding().name().into(),
            Reading::Farm64(read) => format!("{:?}", read.code()).into(),
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        match self {
            Reading::Exarmo(read) => read.at(PC).to_string(),
            Reading::Farm64(read) => {
                let mut text = [0; 256];
                let mut sink = BufSink::new(&mut text);
                FmtFormatter::new().format(read, &mut sink);
                sink.as_str().to_owned()
            }
        }
    }
}
