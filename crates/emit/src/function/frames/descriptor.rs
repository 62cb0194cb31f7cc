//! Frame descriptors ([`elfconv_abi::frame`]) of reports.

use elfconv_ir::Type;

use super::{At, Entry, Group};
use crate::{body::Descriptor, thunks::type_code};

/// The descriptor of a frame, and the values of its cells in order.
pub(crate) fn encode<S: Copy + PartialEq>(
    entries: &[Entry<S>],
    groups: &[Group<S>],
) -> (Descriptor, Vec<S>) {
    let mut cells: Vec<S> = Vec::new();
    // Registers come in order, so those whose values are new are in the first cells.
    let mut registers = 0u32;
    for entry in entries {
        if entry.ty == Type::I64
            && entry.reg < 32
            && let At::Value(value, 0) = entry.at
            && !cells.contains(&value)
        {
            registers |= 1 << entry.reg;
            cells.push(value);
        }
    }
    let mut bytes = vec![0, 0];
    bytes.extend(registers.to_le_bytes());
    let rest = entries
        .iter()
        .filter(|e| e.reg >= 32 || registers >> e.reg & 1 == 0);
    bytes.push(rest.clone().count() as u8);
    let cell = |cells: &mut Vec<S>, value: S| match cells.iter().position(|v| *v == value) {
        Some(i) => i as u8,
        None => {
            cells.push(value);
            (cells.len() - 1) as u8
        }
    };
    for entry in rest {
        bytes.push(entry.reg);
        match entry.at {
            At::Constant(c) => match u32::try_from(c) {
                Ok(c) => bytes.extend([&[7], &c.to_le_bytes()[..]].concat()),
                Err(_) => bytes.extend([&[6], &c.to_le_bytes()[..]].concat()),
            },
            At::Value(value, 0) => {
                bytes.extend([type_code(entry.ty), cell(&mut cells, value)]);
            }
            At::Value(value, offset) => {
                let cell = cell(&mut cells, value);
                match i8::try_from(offset) {
                    Ok(offset) => bytes.extend([8, cell, offset as u8]),
                    Err(_) => bytes.extend([&[5, cell], &offset.to_le_bytes()[..]].concat()),
                }
            }
        }
    }
    bytes.push(groups.len() as u8);
    let mut lists = Vec::new();
    for group in groups {
        bytes.push(cell(&mut cells, group.base));
        bytes.extend(group.offset.to_le_bytes());
        let mut list = vec![(group.slots.len() / 2) as u8];
        list.extend(&group.slots);
        lists.push((bytes.len(), list));
        bytes.extend([0; 4]);
    }
    // Descriptors that are too long, or have too many cells, are refused by the emitter.
    let len = u16::try_from(bytes.len()).unwrap_or(0);
    bytes[..2].copy_from_slice(&len.to_le_bytes());
    (Descriptor { bytes, lists }, cells)
}
