//! A compiled function before it is linked.
//!
//! Functions are compiled in parallel, so where a frame descriptor will be is not known yet. A body keeps its descriptors and the places where their offsets go;
//! the linker merges the descriptors of all bodies and then copies the code, with the constants filled in at their shortest.

use std::collections::BTreeMap;

/// A compiled function.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Locals and instructions, without the constants of `fixups`.
    pub(crate) code: Vec<u8>,
    /// Where an `i32.const` (of which the opcode is not in `code` either) with a descriptor's offset belongs, in order.
    pub(crate) fixups: Vec<Fixup>,
    /// Frame descriptors of this function.
    pub(crate) descriptors: Vec<Descriptor>,
    /// Guest addresses, as [`pcmap`](crate::pcmap) has them.
    pub(crate) pcs: Vec<u8>,
    /// Bit `n` says that the code calls `spill n`, and `spill_apart n`.
    pub(crate) spills: [u128; 2],
    /// Bit `n` says that the code calls `refill n`.
    pub(crate) refills: u64,
    /// It cannot be encoded; the linker puts a stub there that lets the interpreter do it.
    pub(crate) failed: bool,
}

/// A frame descriptor ([`elfconv_abi::frame`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Descriptor {
    pub bytes: Vec<u8>,
}

/// A place for a constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixup {
    /// Offset in the code.
    pub at: u32,
    /// Index in the body's descriptors.
    pub descriptor: u32,
}

impl Body {
    /// Size of the code in bytes, nearly.
    pub fn len(&self) -> usize {
        self.code.len() + 4 * self.fixups.len()
    }

    /// Whether there is no code.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }
}

/// The frame descriptors of all functions, each once. Code has their offsets, as those are shorter than addresses.
#[derive(Default)]
pub(crate) struct Descriptors {
    bytes: Vec<u8>,
    offsets: BTreeMap<Vec<u8>, u32>,
}

impl Descriptors {
    /// Those of these bodies, the most used first.
    pub fn new<'a>(bodies: impl Iterator<Item = &'a Body>) -> Descriptors {
        let mut uses = BTreeMap::<&[u8], usize>::new();
        for body in bodies {
            for fixup in &body.fixups {
                let descriptor = &body.descriptors[fixup.descriptor as usize];
                *uses.entry(&descriptor.bytes).or_default() += 1;
            }
        }
        let mut uses: Vec<_> = uses.into_iter().collect();
        uses.sort_by_key(|u| std::cmp::Reverse(u.1));
        let mut all = Descriptors::default();
        for (bytes, _) in uses {
            all.place(bytes);
        }
        all
    }

    /// The offset of a descriptor.
    pub fn offset(&mut self, descriptor: &Descriptor) -> u32 {
        self.place(&descriptor.bytes)
    }

    /// The offset of these bytes; equal ones share theirs.
    pub fn place(&mut self, bytes: &[u8]) -> u32 {
        if let Some(at) = self.offsets.get(bytes) {
            return *at;
        }
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.offsets.insert(bytes.to_vec(), at);
        at
    }

    /// All of them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Appends an unsigned LEB128 number.
pub(crate) fn uleb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed LEB128 number.
pub(crate) fn sleb(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// The code section under construction.
#[derive(Default)]
pub(crate) struct Code {
    /// Contents of the section without the count.
    pub bytes: Vec<u8>,
    /// Number of bodies.
    pub count: u32,
    scratch: Vec<u8>,
}

impl Code {
    /// Appends a finished body.
    pub fn raw(&mut self, body: &[u8]) {
        self.count += 1;
        uleb(&mut self.bytes, body.len() as u64);
        self.bytes.extend_from_slice(body);
    }

    /// Appends the body of a guest function and fills in its constants.
    pub fn body(&mut self, body: &Body, descriptors: &mut Descriptors) {
        let offsets: Vec<u32> = body
            .descriptors
            .iter()
            .map(|d| descriptors.offset(d))
            .collect();
        let mut out = std::mem::take(&mut self.scratch);
        out.clear();
        let mut copied = 0;
        let mut fixups = body.fixups.iter().peekable();
        loop {
            let end = fixups.peek().map_or(body.code.len(), |f| f.at as usize);
            out.extend_from_slice(&body.code[copied..end]);
            copied = end;
            let Some(fixup) = fixups.next() else { break };
            out.push(0x41);
            sleb(&mut out, offsets[fixup.descriptor as usize] as i32 as i64);
        }
        self.count += 1;
        uleb(&mut self.bytes, out.len() as u64);
        self.bytes.extend_from_slice(&out);
        self.scratch = out;
    }
}
