//! Frame descriptors: what a compiled frame consists of when it is thrown away.
//!
//! The values themselves are in the cells of the scratch buffer; a descriptor, which is data, says which register each belongs to:
//!
//! ```text
//! descriptor := length:u16 entries:u8 entry* groups:u8 group*
//! entry      := reg:u8 kind:u8 operand
//!   kind 0–4   cell:u8               the value is in a cell: i64, i32, f32, f64, v128
//!   kind 5     cell:u8 offset:i32    that i64 plus an offset
//!   kind 6     value:u64             a constant
//! group      := cell:u8 offset:i32 slots:u8 (reg:u8 words:i8)*
//! ```
//!
//! A group lists elided slots (ARCHITECTURE.md, "Elided saves"): each is at the cell's i64 plus the offset plus 8 times `words`. Numbers are little-endian and
//! unaligned. Registers are numbered as in `ir::Reg`; [`PC`] is the address to go on at.

/// The register number of the guest's PC in a descriptor.
pub const PC: u8 = 33;

/// Where a register's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a cell, of a type: 0 i64, 1 i32, 2 f32, 3 f64, 4 v128.
    Cell {
        /// Index of the cell.
        cell: u8,
        /// Code of the type.
        ty: u8,
    },
    /// The i64 in a cell plus an offset.
    Sum {
        /// Index of the cell.
        cell: u8,
        /// What is added.
        offset: i32,
    },
    /// This number.
    Constant(u64),
}

/// The contents of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A register's value.
    Register {
        /// Which.
        reg: u8,
        /// Its value.
        place: Place,
    },
    /// The caller's value of a register belongs in memory.
    Slot {
        /// Which.
        reg: u8,
        /// The address is the i64 in this cell
        cell: u8,
        /// plus this.
        offset: i32,
    },
}

/// Length in bytes of the descriptor that starts with these two.
pub fn descriptor_len(start: [u8; 2]) -> usize {
    u16::from_le_bytes(start).into()
}

/// The items of a descriptor: registers, then slots. Ends early where the descriptor is too short.
pub fn items(descriptor: &[u8]) -> impl Iterator<Item = Item> {
    let mut reader = Reader {
        rest: descriptor.get(2..).unwrap_or_default(),
    };
    let mut entries = None;
    let mut groups = None;
    let mut group = (0, 0, 0u8);
    core::iter::from_fn(move || {
        if entries.is_none() {
            entries = Some(reader.byte()?);
        }
        let left = entries.as_mut()?;
        if *left > 0 {
            *left -= 1;
            return reader.entry();
        }
        if groups.is_none() {
            groups = Some(reader.byte()?);
        }
        while group.2 == 0 {
            let left = groups.as_mut()?;
            *left = left.checked_sub(1)?;
            group = (reader.byte()?, reader.offset()?, reader.byte()?);
        }
        group.2 -= 1;
        let (reg, words) = (reader.byte()?, reader.byte()? as i8);
        Some(Item::Slot {
            reg,
            cell: group.0,
            offset: group.1.wrapping_add(8 * i32::from(words)),
        })
    })
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*first)
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes().map(|[b]| b)
    }

    fn offset(&mut self) -> Option<i32> {
        self.bytes().map(i32::from_le_bytes)
    }

    fn entry(&mut self) -> Option<Item> {
        let (reg, kind) = (self.byte()?, self.byte()?);
        let place = match kind {
            5 => Place::Sum {
                cell: self.byte()?,
                offset: self.offset()?,
            },
            6 => Place::Constant(u64::from_le_bytes(self.bytes()?)),
            ty => Place::Cell {
                cell: self.byte()?,
                ty,
            },
        };
        Some(Item::Register { reg, place })
    }
}
