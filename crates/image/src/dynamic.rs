//! `PT_DYNAMIC`: the relocations and function arrays of a static-PIE, and a refusal of what needs shared libraries.

use object::LittleEndian as Le;
use object::elf::{self, Dyn64, DynamicTag, Rela64, RelocationType};
use object::read::ReadRef;

use crate::elf::{Fallible, File};
use crate::sections::{Sections, string_at};
use crate::{ErrorKind, GuestImage};

/// A doubleword that the start-up code will write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relocation {
    /// Its address.
    pub place: u64,
    /// The value (base added).
    pub value: u64,
    /// `value` is a function whose *result* is written (`R_AARCH64_IRELATIVE`).
    pub indirect: bool,
}

/// The entries that matter, as in the file (base not added).
#[derive(Default)]
pub(crate) struct Dynamic {
    rela: Option<(u64, u64)>,
    relr: Option<(u64, u64)>,
    init: Option<u64>,
    fini: Option<u64>,
    arrays: Vec<(u64, u64)>,
}

impl Dynamic {
    pub fn read(file: &File<'_>, image: &GuestImage) -> Fallible<Dynamic> {
        let Some(index) = file
            .program_headers
            .iter()
            .position(|h| h.p_type.get(Le) == elf::PT_DYNAMIC)
        else {
            return Ok(Dynamic::default());
        };
        let offset = file.program_headers[index].p_offset.get(Le);
        let bytes = file.contents(index, "dynamic section")?;
        let table: &[Dyn64<Le>] = bytes
            .read_slice_at(0, bytes.len() / size_of::<Dyn64<Le>>())
            .unwrap_or_default();
        let entries = || {
            table
                .iter()
                .map(|e| (e.d_tag.get(Le), e.d_val.get(Le)))
                .take_while(|&(tag, _)| tag != elf::DT_NULL)
        };
        let find = |tag: DynamicTag| entries().find(|&(t, _)| t == tag).map(|(_, value)| value);
        if let Some(position) = entries().position(|(tag, _)| tag == elf::DT_NEEDED) {
            let strings = find(elf::DT_STRTAB)
                .and_then(|a| image.bytes_from(a.wrapping_add(image.base)))
                .unwrap_or_default();
            let name = string_at(
                strings,
                u32::try_from(table[position].d_val.get(Le)).unwrap_or(u32::MAX),
            );
            let library = String::from_utf8_lossy(name).into_owned();
            return Err((offset + position as u64 * 16, ErrorKind::Needed { library }));
        }
        let pair = |start, size| Some((find(start)?, find(size)?));
        let arrays = [
            pair(elf::DT_PREINIT_ARRAY, elf::DT_PREINIT_ARRAYSZ),
            pair(elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ),
            pair(elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ),
        ];
        Ok(Dynamic {
            rela: pair(elf::DT_RELA, elf::DT_RELASZ),
            relr: pair(elf::DT_RELR, elf::DT_RELRSZ),
            init: find(elf::DT_INIT),
            fini: find(elf::DT_FINI),
            arrays: arrays.into_iter().flatten().collect(),
        })
    }

    /// All relative relocations, sorted by place.
    pub fn relocations(&self, image: &GuestImage) -> Vec<Relocation> {
        let mut found = Vec::new();
        let table = |(addr, size): (u64, u64)| {
            let bytes = image
                .bytes_from(addr.wrapping_add(image.base))
                .unwrap_or_default();
            &bytes[..bytes.len().min(usize::try_from(size).unwrap_or(usize::MAX))]
        };
        let rela = self.rela.map(table).unwrap_or_default();
        for entry in rela.as_chunks::<24>().0 {
            let Ok(entry) = entry.read_at::<Rela64<Le>>(0) else {
                continue;
            };
            let kind = RelocationType(entry.r_info.get(Le) as u32);
            if matches!(kind, elf::R_AARCH64_RELATIVE | elf::R_AARCH64_IRELATIVE) {
                let place = entry.r_offset.get(Le).wrapping_add(image.base);
                let value = (entry.r_addend.get(Le) as u64).wrapping_add(image.base);
                found.push(Relocation {
                    place,
                    value,
                    indirect: kind == elf::R_AARCH64_IRELATIVE,
                });
            }
        }
        // RELR: an even word is a place; an odd word is a bitmap of the 63 doublewords that follow the last place.
        let mut next = 0u64;
        let relative = |place: u64| {
            Some(Relocation {
                place,
                value: image.read_u64(place)?.wrapping_add(image.base),
                indirect: false,
            })
        };
        for word in self.relr.map(table).unwrap_or_default().as_chunks::<8>().0 {
            let word = u64::from_le_bytes(*word);
            if word & 1 == 0 {
                next = word.wrapping_add(image.base);
                found.extend(relative(next));
                next = next.wrapping_add(8);
            } else {
                found.extend(
                    (1..64)
                        .filter(|bit| word >> bit & 1 != 0)
                        .filter_map(|bit| relative(next.wrapping_add((bit - 1) * 8))),
                );
                next = next.wrapping_add(63 * 8);
            }
        }
        found.sort_unstable();
        found.dedup_by_key(|r| r.place);
        found
    }

    /// Functions that run at start and exit, in code, sorted.
    pub fn init_functions(&self, image: &GuestImage, sections: &Sections<'_>) -> Vec<u64> {
        let mut found: Vec<u64> = self
            .init
            .iter()
            .chain(&self.fini)
            .map(|a| a.wrapping_add(image.base))
            .collect();
        let mut arrays: Vec<(u64, u64)> = self
            .arrays
            .iter()
            .map(|&(addr, size)| (addr.wrapping_add(image.base), size))
            .collect();
        for section in &sections.0 {
            if matches!(
                section.kind,
                elf::SHT_INIT_ARRAY | elf::SHT_FINI_ARRAY | elf::SHT_PREINIT_ARRAY
            ) {
                arrays.push((section.addr, section.size));
            }
            if section.exec && matches!(section.name, b".init" | b".fini") {
                found.push(section.addr);
            }
        }
        arrays.sort_unstable();
        arrays.dedup_by_key(|a| a.0);
        for (addr, size) in arrays {
            let count = image
                .bytes_from(addr)
                .map_or(0, |b| (b.len() as u64).min(size) / 8);
            // Arrays lie one behind the other; one that runs into the next only repeats it, so stop at half a million.
            found.extend((0..count.min(1 << 19)).filter_map(|i| image.pointer_at(addr + i * 8)));
        }
        found.retain(|&a| a % 4 == 0 && image.is_code(a));
        found.sort_unstable();
        found.dedup();
        found
    }
}
