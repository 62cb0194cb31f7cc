//! Frame descriptors: what a compiled frame consists of when it is thrown away.
//!
//! The values themselves are in the cells of the scratch buffer; a descriptor, which is data, says which register each belongs to:
//!
//! ```text
//! descriptor := length:u16 registers:u32 entries:u8 entry* groups:u8 group*
//! entry      := reg:u8 kind:u8 operand
//!   kind 0–4   cell:u8               the value is in a cell: i64, i32, f32, f64, v128
//!   kind 5     cell:u8 offset:i32    the i64 in a cell plus an offset
//!   kind 6     value:u64             a constant
//!   kind 7     value:u32             a constant
//!   kind 8     cell:u8 offset:i8     as 5
//! group      := cell:u8 offset:i32 list:u32
//! list       := slots:u8 (reg:u8 words:i8)*
//! ```
//!
//! `registers` is a set: the values of these registers are i64 in the first cells, in order. A group is of elided slots (ARCHITECTURE.md, "Elided saves"): it names the
//! address of a list, which many descriptors share; each slot is at the cell's i64 plus the offset plus 8 times `words`. Numbers are little-endian and
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
    /// The caller's values of registers belong in memory: [`slots`] of a list, at the i64 in a cell plus an offset.
    Slots {
        /// Index of the cell.
        cell: u8,
        /// What is added.
        offset: i32,
        /// Address of the list.
        list: u32,
    },
}

/// The slots of a list: register and offset in bytes.
pub fn slots(list: &[u8]) -> impl Iterator<Item = (u8, i32)> {
    let pairs = list.get(1..).unwrap_or_default().chunks_exact(2);
    pairs.map(|slot| (slot[0], 8 * i32::from(slot[1] as i8)))
}

/// Length in bytes of the list that starts with this.
pub fn list_len(start: u8) -> usize {
    1 + 2 * usize::from(start)
}

/// Length in bytes of the descriptor that starts with these two.
pub fn descriptor_len(start: [u8; 2]) -> usize {
    u16::from_le_bytes(start).into()
}

/// The items of a descriptor: registers, then groups of slots. Ends early where the descriptor is too short.
pub fn items(descriptor: &[u8]) -> impl Iterator<Item = Item> {
    let mut reader = Reader {
        rest: descriptor.get(2..).unwrap_or_default(),
    };
    let mut registers = reader.bytes().map_or(0, u32::from_le_bytes);
    let mut cell = 0;
    let mut entries = reader.byte().unwrap_or(0);
    let mut groups = None;
    core::iter::from_fn(move || {
        if registers != 0 {
            let reg = registers.trailing_zeros() as u8;
            registers &= registers - 1;
            cell += 1;
            let place = Place::Cell {
                cell: cell - 1,
                ty: 0,
            };
            return Some(Item::Register { reg, place });
        }
        if entries > 0 {
            entries -= 1;
            return reader.entry();
        }
        let left = match &mut groups {
            Some(left) => left,
            none => none.insert(reader.byte()?),
        };
        *left = left.checked_sub(1)?;
        Some(Item::Slots {
            cell: reader.byte()?,
            offset: reader.offset()?,
            list: reader.bytes().map(u32::from_le_bytes)?,
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
            7 => Place::Constant(u32::from_le_bytes(self.bytes()?).into()),
            8 => Place::Sum {
                cell: self.byte()?,
                offset: i32::from(self.byte()? as i8),
            },
            ty => Place::Cell {
                cell: self.byte()?,
                ty,
            },
        };
        Some(Item::Register { reg, place })
    }
}
