//! The custom section `elfconv.pcmap`: from places in the code to guest addresses, for faults and backtraces.
//!
//! ```text
//! section  := first:ULEB count:ULEB function×count stream×count
//! function := address:ULEB length:ULEB
//! ```
//!
//! `first` is the index in the code section of the first translated function; they follow one another in order of their addresses, of which the differences are given, in units of 4 bytes.
//! `length` is that of the function's stream in bytes. A stream has a number for each *site* of the function, in order: each load, store and call. The number is the difference
//! between the site's guest address and that of the site before (the function's at first), in units of 4 bytes. Where sites are is not written, as the code says it. What
//! is between a site and the one before it has the address of the site before. Most numbers are small, or 0 where the site is none of the guest's, so they are written in bits:
//!
//! ```text
//! 0               0
//! 10 + 2 bits     1 … 4
//! 110 + 3 bits    5 … 12
//! 1110 + 4 bits   -16 … -1
//! 11110 + 8 bits  13 … 268
//! 111110 + 16     -32768 … 32767
//! 111111 + 32     any, modulo 2³²
//! ```
//!
//! The lowest bit of each byte comes first.

use std::ops::Range;

use wasmparser::{BinaryReader, OperatorsReader, Parser, Payload};

use crate::body::uleb;

/// Name of the section.
pub const SECTION: &str = "elfconv.pcmap";

/// The classes of numbers: least value, and how many bits tell the difference from it. The prefix of class `n` is `n` ones and, but for the last, a zero.
const CLASSES: [(i32, u32); 7] = [
    (0, 0),
    (1, 2),
    (5, 3),
    (-16, 4),
    (13, 8),
    (-32768, 16),
    (i32::MIN, 32),
];

/// Writes bits.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Bits that do not make up a byte yet, and their number.
    rest: (u64, u32),
}

impl Bits {
    fn push(&mut self, bits: u64, count: u32) {
        self.rest.0 |= bits << self.rest.1;
        self.rest.1 += count;
        while self.rest.1 >= 8 {
            self.bytes.push(self.rest.0 as u8);
            self.rest = (self.rest.0 >> 8, self.rest.1 - 8);
        }
    }

    fn number(&mut self, n: i32) {
        for (class, (least, bits)) in (0..).zip(CLASSES) {
            let above = n.wrapping_sub(least) as u32;
            if n >= least && u64::from(above) < 1 << bits {
                let last = CLASSES.len() as u32 - 1;
                self.push((1 << class) - 1, (class + 1).min(last));
                return self.push(above.into(), bits);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.push(0, 7);
        self.bytes
    }
}

/// Reads bits; zeros behind the end.
struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitReader<'_> {
    fn bits(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |all, i| {
            let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
            let bit = byte >> (self.at % 8) & 1;
            self.at += 1;
            all | u32::from(bit) << i
        })
    }

    fn number(&mut self) -> i32 {
        let mut class = 0;
        while class + 1 < CLASSES.len() && self.bits(1) == 1 {
            class += 1;
        }
        let (least, bits) = CLASSES[class];
        least.wrapping_add(self.bits(bits) as i32)
    }
}

/// Calls `f` with the offset of each site in a function's instructions. Code that cannot be read ends there.
fn for_each_site(code: &[u8], mut f: impl FnMut(u32)) {
    let mut reader = OperatorsReader::new(BinaryReader::new(code, 0));
    while !reader.eof() {
        let at = reader.original_position() as usize;
        if reader.read().is_err() {
            return;
        }
        let is_site = match code[at] {
            // Calls; loads and stores.
            0x10..=0x13 | 0x28..=0x3e => true,
            // Those of vectors and of lanes.
            0xfd => matches!(code.get(at + 1), Some(0..=11 | 84..=93)),
            _ => false,
        };
        if is_site {
            f(at as u32);
        }
    }
}

/// The stream of a function at `addr`, of which some instructions have these offsets and guest addresses.
pub(crate) fn stream(code: &[u8], addr: u32, marks: &[(u32, u32)]) -> Vec<u8> {
    let mut bits = Bits::default();
    let mut marks = marks.iter().peekable();
    let mut last = addr;
    for_each_site(code, |at| {
        let mut pc = last;
        while let Some(mark) = marks.next_if(|m| m.0 <= at) {
            if mark.0 == at {
                pc = mark.1;
            }
        }
        bits.number((pc.wrapping_sub(last) as i32) / 4);
        last = pc;
    });
    bits.finish()
}

/// Encodes the section of functions with these addresses and streams.
pub(crate) fn encode<'a>(
    first: u32,
    functions: impl ExactSizeIterator<Item = (u32, &'a [u8])> + Clone,
) -> Vec<u8> {
    let mut out = Vec::new();
    uleb(&mut out, first.into());
    uleb(&mut out, functions.len() as u64);
    let mut last = 0;
    for (addr, stream) in functions.clone() {
        uleb(&mut out, u64::from(addr.wrapping_sub(last) / 4));
        uleb(&mut out, stream.len() as u64);
        last = addr;
    }
    functions.for_each(|(_, stream)| out.extend_from_slice(stream));
    out
}

/// The decoded section of a module.
#[derive(Clone, Debug, Default)]
pub struct PcMap {
    /// Offset in the module and guest address, in order of offset; address 0 is none.
    entries: Vec<(u64, u32)>,
}

impl PcMap {
    /// Reads the map of a module; empty if the module has none or it cannot be read.
    pub fn of_module(wasm: &[u8]) -> PcMap {
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload {
                Ok(Payload::CodeSectionEntry(body)) => {
                    let code = body.get_operators_reader().map(|r| r.original_position());
                    let range = body.range();
                    bodies.push((code.unwrap_or(range.end) as usize, range));
                }
                Ok(Payload::CustomSection(custom)) if custom.name() == SECTION => {
                    return Self::decode(custom.data(), wasm, &bodies).unwrap_or_default();
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        PcMap::default()
    }

    /// `bodies`: where the instructions of each function begin, and its body.
    fn decode(data: &[u8], wasm: &[u8], bodies: &[(usize, Range<u64>)]) -> Option<PcMap> {
        let mut reader = BinaryReader::new(data, 0);
        let first = reader.read_var_u32().ok()? as usize;
        let count = reader.read_var_u32().ok()? as usize;
        let bodies = bodies.get(first..first.checked_add(count)?)?;
        let mut functions = Vec::with_capacity(count);
        let mut addr = 0u32;
        for _ in 0..count {
            addr = addr.wrapping_add(reader.read_var_u32().ok()?.wrapping_mul(4));
            functions.push((addr, reader.read_var_u32().ok()?));
        }
        let mut entries = Vec::new();
        for ((addr, len), (code, body)) in functions.into_iter().zip(bodies) {
            let bytes = reader.read_bytes(len as usize).ok()?;
            let mut stream = BitReader { bytes, at: 0 };
            let mut pc = addr;
            entries.push((body.start, pc));
            for_each_site(wasm.get(*code..body.end as usize)?, |at| {
                pc = pc.wrapping_add_signed(stream.number().wrapping_mul(4));
                entries.push((*code as u64 + u64::from(at), pc));
            });
        }
        let end = bodies.last().map_or(0, |b| b.1.end);
        entries.push((end, 0));
        Some(PcMap { entries })
    }

    /// The guest address from which the instruction at this offset of the module comes.
    pub fn lookup(&self, module_offset: u64) -> Option<u32> {
        let after = self.entries.partition_point(|e| e.0 <= module_offset);
        let (_, pc) = self.entries.get(after.checked_sub(1)?)?;
        (*pc != 0).then_some(*pc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let numbers = [
            0,
            1,
            4,
            5,
            12,
            13,
            268,
            269,
            -1,
            -16,
            -17,
            32767,
            -32768,
            32768,
            i32::MAX,
            i32::MIN,
            0,
        ];
        let mut bits = Bits::default();
        numbers.iter().for_each(|n| bits.number(*n));
        let bytes = bits.finish();
        let mut reader = BitReader {
            bytes: &bytes,
            at: 0,
        };
        numbers
            .iter()
            .for_each(|n| assert_eq!(reader.number(), *n, "{n}"));
    }

    /// A module of two functions, the second of which is translated.
    fn module() -> (Vec<u8>, usize) {
        use wasm_encoder as w;
        let mut types = w::TypeSection::new();
        types.ty().function([], []);
        let mut functions = w::FunctionSection::new();
        functions.function(0).function(0);
        let mut other = w::Function::new([]);
        other.instructions().call(1).end();
        let mut body = w::Function::new([]);
        body.instructions()
            .call(0)
            .nop()
            .call(0)
            .i32_const(0)
            .call(0)
            .end();
        let mut codes = w::CodeSection::new();
        codes.function(&other).function(&body);
        let code = [0x10, 0, 1, 0x10, 0, 0x41, 0, 0x10, 0, 0x0b];
        let stream = stream(&code, 0x400000, &[(0, 0x400008), (7, 0x3ffffc)]);
        let section = encode(1, [(0x400000, &stream[..])].into_iter());
        let mut module = w::Module::new();
        module.section(&types).section(&functions).section(&codes);
        let start = module.as_slice().len() - code.len();
        module.section(&w::CustomSection {
            name: SECTION.into(),
            data: section.into(),
        });
        (module.finish(), start)
    }

    #[test]
    fn round_trip() {
        let (wasm, start) = module();
        let map = PcMap::of_module(&wasm);
        let lookup = |at: usize| map.lookup((start + at) as u64);
        assert_eq!(map.lookup(start as u64 - 3), None);
        assert_eq!(map.lookup(start as u64 - 1), Some(0x400000));
        assert_eq!(lookup(0), Some(0x400008));
        assert_eq!(lookup(3), Some(0x400008));
        assert_eq!(lookup(7), Some(0x3ffffc));
        assert_eq!(lookup(9), Some(0x3ffffc));
        assert_eq!(lookup(10), None);
    }

    #[test]
    fn damaged() {
        assert!(PcMap::decode(&[5, 1], &[], &[]).is_none());
        assert!(PcMap::decode(&[], &[], &[]).is_none());
        assert!(PcMap::of_module(b"not wasm").entries.is_empty());
        let (wasm, _) = module();
        for len in 0..wasm.len() {
            let _ = PcMap::of_module(&wasm[..len]);
        }
    }
}
