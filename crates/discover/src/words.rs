//! The instruction words of an image, side by side, and what each does to control flow.
//!
//! Regions of code are laid end to end, so that everything that is known of a word is in arrays under its *index*. Indices of one region are contiguous: index + 1 is the
//! next instruction unless a region ends there.

use elfconv_a64::Flow;
use elfconv_image::{GuestImage, SymbolKind};
use rayon::prelude::*;

/// What a word does to control flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Goes on behind it.
    Plain,
    /// `b`.
    Jump,
    /// `b.cond`, `cbz`, `tbz`, ….
    Cond,
    /// `bl`.
    Call,
    /// `blr`.
    CallIndirect,
    /// `br`.
    JumpIndirect,
    /// `ret`.
    Return,
    /// `svc`.
    Syscall,
    /// `msr fpcr`, `msr fpsr`.
    Mode,
    /// `udf`, `brk`, not an instruction, or data.
    Fault,
}

/// A contiguous region of code.
#[derive(Clone, Copy, Debug)]
struct Region {
    start: u64,
    end: u64,
    /// Index of its first word.
    first: usize,
}

/// All instruction words of an image.
pub(crate) struct Code {
    regions: Vec<Region>,
    pub words: Vec<u32>,
    pub class: Vec<Class>,
    /// Marked as data by a mapping symbol.
    pub data: Vec<bool>,
}

/// `nop`.
pub(crate) const NOP: u32 = 0xd503_201f;

impl Code {
    pub fn new(image: &GuestImage) -> Code {
        let (mut regions, mut words) = (Vec::new(), Vec::new());
        for range in &image.code {
            let Some(bytes) = image.bytes(range.start, range.end - range.start) else {
                continue;
            };
            regions.push(Region {
                start: range.start,
                end: range.end,
                first: words.len(),
            });
            words.extend(
                bytes
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|b| u32::from_le_bytes(*b)),
            );
        }
        let mut code = Code {
            regions,
            words,
            class: Vec::new(),
            data: Vec::new(),
        };
        code.class = code
            .words
            .par_iter()
            .with_min_len(4096)
            .map(|&word| classify(word))
            .collect();
        code.data = vec![false; code.words.len()];
        for (i, mapping) in image.mapping.iter().enumerate() {
            if mapping.code {
                continue;
            }
            let end = image.mapping.get(i + 1).map_or(u64::MAX, |next| next.addr);
            // Code that was written as numbers (the interpreters of LuaJIT) is marked as data, but has functions.
            let symbols =
                &image.symbols[image.symbols.partition_point(|s| s.addr < mapping.addr)..];
            let mut inside = symbols.iter().take_while(|s| s.addr < end);
            if inside.any(|s| s.kind == SymbolKind::Function) {
                continue;
            }
            let Some(region) = code.region(mapping.addr) else {
                continue;
            };
            let first = code.index(mapping.addr & !3).unwrap_or(region.first);
            let last = region.first + ((end.min(region.end) - region.start) / 4) as usize;
            code.data[first..last].fill(true);
            code.class[first..last].fill(Class::Fault);
        }
        code
    }

    fn region(&self, addr: u64) -> Option<Region> {
        let after = self.regions.partition_point(|r| r.start <= addr);
        let region = *self.regions.get(after.checked_sub(1)?)?;
        (addr < region.end).then_some(region)
    }

    /// The index of the word at an address; `None` if it is not code or not aligned.
    pub fn index(&self, addr: u64) -> Option<usize> {
        let region = self.region(addr)?;
        addr.is_multiple_of(4)
            .then(|| region.first + ((addr - region.start) / 4) as usize)
    }

    /// The address of a word.
    pub fn addr(&self, index: usize) -> u64 {
        let after = self.regions.partition_point(|r| r.first <= index);
        let region = &self.regions[after - 1];
        region.start + 4 * (index - region.first) as u64
    }

    /// One past the last index of the region of a word.
    pub fn region_end(&self, index: usize) -> usize {
        let after = self.regions.partition_point(|r| r.first <= index);
        self.regions
            .get(after)
            .map_or(self.words.len(), |r| r.first)
    }

    /// Index ranges of the regions.
    pub fn regions(&self) -> impl Iterator<Item = core::ops::Range<usize>> + '_ {
        self.regions
            .iter()
            .map(|r| r.first..r.first + ((r.end - r.start) / 4) as usize)
    }

    /// Target of a direct branch or call at an address.
    pub fn target(&self, index: usize, pc: u64) -> u64 {
        let word = self.words[index];
        let (shift, bits) = match word >> 24 {
            0x54 | 0x34 | 0x35 | 0xb4 | 0xb5 => (5, 19),
            0x36 | 0x37 | 0xb6 | 0xb7 => (5, 14),
            _ => (0, 26),
        };
        let offset = i64::from((word << (32 - bits - shift)) as i32 >> (32 - bits)) * 4;
        pc.wrapping_add_signed(offset)
    }
}

/// What a word does, after its semantics. A word that is not implemented faults.
fn classify(word: u32) -> Class {
    let Some(insn) = elfconv_a64::decode(word) else {
        return Class::Fault;
    };
    match insn.flow(0) {
        Flow::Next => Class::Plain,
        Flow::Jump(_) => Class::Jump,
        Flow::CondJump(_) => Class::Cond,
        Flow::Call(_) => Class::Call,
        Flow::CallIndirect(_) => Class::CallIndirect,
        Flow::JumpIndirect(_) => Class::JumpIndirect,
        Flow::Ret(_) => Class::Return,
        Flow::Syscall => Class::Syscall,
        Flow::Mode => Class::Mode,
        Flow::Fault(_) => Class::Fault,
    }
}
