//! Frame descriptors ([`elfconv_abi::frame`]) of reports.

use elfconv_abi::frame::{FAR_CELL, SAVED};
use elfconv_ir::Type;

use super::{At, Entry, Slot};
use crate::{
    body::{Descriptor, sleb, uleb},
    thunks::type_code,
};

/// The values of a descriptor's cells.
struct Cells<S>(Vec<S>);

impl<S: PartialEq> Cells<S> {
    fn of(&mut self, value: S) -> u64 {
        match self.0.iter().position(|v| *v == value) {
            Some(i) => i as u64,
            None => {
                self.0.push(value);
                self.0.len() as u64 - 1
            }
        }
    }
}

/// The descriptor of a frame, and the values of its cells in order. There is no descriptor that cannot be written, or is too long.
pub(crate) fn encode<S: Copy + PartialEq>(
    entries: &[Entry<S>],
    slots: &[Slot<S>],
) -> (Option<Descriptor>, Vec<S>) {
    let mut cells = Cells(Vec::new());
    // Registers come in order, so those whose values are new are in the first cells.
    let mut registers = 0u32;
    for entry in entries {
        if entry.ty == Type::I64
            && entry.reg < 32
            && let At::Value(value, 0) = entry.at
            && !cells.0.contains(&value)
        {
            registers |= 1 << entry.reg;
            cells.0.push(value);
        }
    }
    let mut rest = Vec::new();
    uleb(&mut rest, registers.rotate_right(SAVED[0].into()).into());
    let others = entries
        .iter()
        .filter(|e| e.reg >= 32 || registers >> e.reg & 1 == 0);
    uleb(&mut rest, others.clone().count() as u64);
    for entry in others {
        rest.push(entry.reg);
        let (kind, value) = match entry.at {
            At::Constant(c) => {
                rest.push(6 << 5);
                uleb(&mut rest, c);
                continue;
            }
            At::Value(value, 0) => (type_code(entry.ty), value),
            At::Value(value, _) => (5, value),
        };
        let cell = cells.of(value) as u8;
        rest.push(kind << 5 | cell.min(FAR_CELL));
        if cell >= FAR_CELL {
            rest.push(cell);
        }
        if let (5, At::Value(_, offset)) = (kind, entry.at) {
            sleb(&mut rest, offset.into());
        }
    }
    let written = groups(&mut rest, slots, &mut cells);
    let mut bytes = Vec::with_capacity(rest.len() + 2);
    uleb(&mut bytes, rest.len() as u64);
    let fits = written && rest.len() < 1 << 14;
    bytes.extend(rest);
    (fits.then_some(Descriptor { bytes }), cells.0)
}

/// Writes slots in as few groups as possible; false if some cannot be written.
fn groups<S: Copy + PartialEq>(out: &mut Vec<u8>, slots: &[Slot<S>], cells: &mut Cells<S>) -> bool {
    let bit = |slot: &Slot<S>| SAVED.iter().position(|r| *r == slot.reg);
    let mut slots = slots;
    while let Some(first) = slots.first() {
        let Some(mut last) = bit(first) else {
            return false;
        };
        let mut registers = 1u64 << last;
        let (mut len, mut reversed) = (1, false);
        while let Some(next) = slots.get(len)
            && next.base == first.base
            && next.offset == first.offset.wrapping_add(8 * len as i32)
            && let Some(n) = bit(next)
            && (len == 1 || (n < last) == reversed)
            && n != last
        {
            reversed = n < last;
            registers |= 1 << n;
            (last, len) = (n, len + 1);
        }
        uleb(out, cells.of(first.base));
        sleb(out, first.offset.into());
        uleb(out, registers << 1 | u64::from(reversed));
        slots = &slots[len..];
    }
    true
}

#[cfg(test)]
mod tests {
    use elfconv_abi::frame::{self, Item, Place};

    use super::*;

    #[test]
    fn round_trip() {
        let entry = |reg, ty, at| Entry { reg, ty, at };
        let slot = |reg, offset| Slot {
            reg,
            base: 'p',
            offset,
        };
        let entries = [
            entry(0, Type::I64, At::Constant(!0)),
            entry(19, Type::I64, At::Value('a', 0)),
            entry(20, Type::I64, At::Value('a', 0)),
            entry(29, Type::I64, At::Value('p', -3200)),
            entry(31, Type::I64, At::Value('p', 0)),
            entry(33, Type::I64, At::Constant(0x400080)),
            entry(72, Type::F64, At::Value('d', 0)),
        ];
        let slots = [
            slot(19, -16),
            slot(20, -8),
            slot(22, 0),
            slot(21, 16),
            slot(20, 24),
            slot(72, 32),
        ];
        let (descriptor, cells) = encode(&entries, &slots);
        let bytes = descriptor.unwrap().bytes;
        assert_eq!(frame::descriptor_len([bytes[0], bytes[1]]), bytes.len());
        assert_eq!(cells, ['a', 'p', 'd']);
        let cell = |cell, ty| Place::Cell { cell, ty };
        let mut expected = vec![
            (19, cell(0, 0)),
            (31, cell(1, 0)),
            (0, Place::Constant(!0)),
            (20, cell(0, 0)),
            (
                29,
                Place::Sum {
                    cell: 1,
                    offset: -3200,
                },
            ),
            (33, Place::Constant(0x400080)),
            (72, cell(2, 3)),
        ]
        .into_iter()
        .map(|(reg, place)| Item::Register { reg, place })
        .collect::<Vec<_>>();
        expected.extend(slots.iter().map(|s| Item::Slot {
            reg: s.reg,
            cell: 1,
            offset: s.offset,
        }));
        assert_eq!(frame::items(&bytes).collect::<Vec<_>>(), expected);
        for len in 0..bytes.len() {
            frame::items(&bytes[..len]).for_each(drop);
        }
    }

    #[test]
    fn many_cells() {
        let entries: Vec<_> = (64..96)
            .map(|reg| Entry {
                reg,
                ty: Type::V128,
                at: At::Value(reg, 0),
            })
            .collect();
        let (descriptor, cells) = encode(&entries, &[]);
        let bytes = descriptor.unwrap().bytes;
        assert_eq!(cells, (64..96).collect::<Vec<_>>());
        for (i, item) in frame::items(&bytes).enumerate() {
            let place = Place::Cell {
                cell: i as u8,
                ty: 4,
            };
            let reg = 64 + i as u8;
            assert_eq!(item, Item::Register { reg, place });
        }
    }
}
