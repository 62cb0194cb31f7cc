//! Frame descriptors: what a compiled frame consists of when it is thrown away.
//!
//! The values themselves are in the cells of the scratch buffer; a descriptor, which is data, says which register each belongs to:
//!
//! ```text
//! descriptor := length registers entries entry* group*
//! entry      := reg:u8 what:u8 operand
//!   what 0 + cell … 128 + cell   the value is in a cell: i64, i32, f32, f64, v128
//!   what 160 + cell  offset      the i64 in a cell plus an offset
//!   what 192         value       a constant
//! group      := cell offset slots
//! ```
//!
//! Numbers without a type are LEB128; offsets are signed. `length` is that of what follows it. `registers` is a set, x19 the lowest bit, x18 the highest: the values of these
//! registers are i64 in the first cells, in order of their numbers. Cells of entries are below 31; 31 says that the cell's number follows.
//!
//! A group is of elided slots (ARCHITECTURE.md, "Elided saves"), from the cell's i64 plus the offset on. `slots` is twice a set of registers, of which the bits are [`SAVED`];
//! each has the next eight bytes, in this order or, if `slots` is odd, the other way round. Registers are numbered as in `ir::Reg`; [`PC`] is the address to go on at.

/// The register number of the guest's PC in a descriptor.
pub const PC: u8 = 33;

/// The registers that slots may be of: x19–x28 and d8–d15.
pub const SAVED: [u8; 18] = [
    19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 72, 73, 74, 75, 76, 77, 78, 79,
];

/// The cell number of entries that says that another follows.
pub const FAR_CELL: u8 = 31;

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
    /// The caller's value of a register belongs in memory, at the i64 in a cell plus an offset.
    Slot {
        /// Which.
        reg: u8,
        /// Index of the cell.
        cell: u8,
        /// What is added.
        offset: i32,
    },
}

/// Length in bytes of the descriptor that starts with these two.
pub fn descriptor_len(start: [u8; 2]) -> usize {
    let [low, high] = start.map(usize::from);
    match low {
        0..128 => 1 + low,
        _ => 2 + (low - 128) + 128 * high,
    }
}

/// The items of a descriptor: registers, then slots. Ends early where the descriptor is too short.
pub fn items(descriptor: &[u8]) -> impl Iterator<Item = Item> {
    let (mut registers, mut rest) = split(descriptor);
    let mut cell = 0;
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
        rest.next()
    })
}

/// The set of general registers whose values are in the first cells, in order of their numbers, and all other items.
#[inline]
pub fn split(descriptor: &[u8]) -> (u32, Rest<'_>) {
    let mut reader = Reader { rest: descriptor };
    reader.unsigned();
    let registers = (reader.unsigned().unwrap_or(0) as u32).rotate_left(SAVED[0].into());
    let rest = Rest {
        entries: reader.unsigned().unwrap_or(0),
        reader,
        group: Group::default(),
    };
    (registers, rest)
}

/// What is behind the first registers of a descriptor.
pub struct Rest<'a> {
    reader: Reader<'a>,
    entries: u64,
    group: Group,
}

impl Iterator for Rest<'_> {
    type Item = Item;

    #[inline]
    fn next(&mut self) -> Option<Item> {
        if self.entries > 0 {
            self.entries -= 1;
            return self.reader.entry();
        }
        if self.group.registers == 0 {
            self.group = self.reader.group()?;
        }
        self.group.next()
    }
}

/// Slots that are left.
#[derive(Default)]
struct Group {
    cell: u8,
    offset: i32,
    registers: u32,
    reversed: bool,
}

impl Group {
    fn next(&mut self) -> Option<Item> {
        let bit = match self.reversed {
            true => self.registers.checked_ilog2()?,
            false => self.registers.trailing_zeros(),
        };
        let reg = *SAVED.get(bit as usize)?;
        self.registers &= !(1 << bit);
        let offset = self.offset;
        self.offset = offset.wrapping_add(8);
        Some(Item::Slot {
            reg,
            cell: self.cell,
            offset,
        })
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// A number, and how many bits were given.
    #[inline]
    fn number(&mut self) -> Option<(u64, u32)> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some((first.into(), 7));
        }
        let (mut value, mut bits) = (u64::from(first & 0x7f), 7);
        loop {
            let byte = self.byte()?;
            if bits < 64 {
                value |= u64::from(byte & 0x7f) << bits;
            }
            bits += 7;
            if byte < 0x80 {
                return Some((value, bits));
            }
        }
    }

    fn unsigned(&mut self) -> Option<u64> {
        self.number().map(|n| n.0)
    }

    fn offset(&mut self) -> Option<i32> {
        let (value, bits) = self.number()?;
        let above = 64u32.saturating_sub(bits);
        Some(((value << above) as i64 >> above) as i32)
    }

    fn entry(&mut self) -> Option<Item> {
        let (reg, what) = (self.byte()?, self.byte()?);
        let mut cell = what & FAR_CELL;
        if cell == FAR_CELL {
            cell = self.byte()?;
        }
        let place = match what >> 5 {
            5 => Place::Sum {
                cell,
                offset: self.offset()?,
            },
            6 => Place::Constant(self.unsigned()?),
            ty => Place::Cell { cell, ty },
        };
        Some(Item::Register { reg, place })
    }

    fn group(&mut self) -> Option<Group> {
        let (cell, offset) = (self.unsigned()? as u8, self.offset()?);
        let slots = self.unsigned()?;
        Some(Group {
            cell,
            offset,
            registers: (slots >> 1) as u32,
            reversed: slots & 1 == 1,
        })
    }
}
