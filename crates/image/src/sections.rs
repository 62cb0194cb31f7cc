//! Section headers. They are hints: whatever is wrong with them is ignored.

use core::ops::Range;

use object::LittleEndian as Le;
use object::elf::{self, SectionFlags, SectionHeader64, SectionType};
use object::read::ReadRef;

use crate::elf::File;
use crate::segments::Segment;

/// Most sections an executable is believed to have.
const MAX_SECTIONS: usize = 4096;

/// A section with its name, contents and address.
pub(crate) struct Section<'a> {
    pub name: &'a [u8],
    pub kind: SectionType,
    /// Guest address (base added), 0 if it is not in memory.
    pub addr: u64,
    pub size: u64,
    pub link: u32,
    /// Whether it is in memory.
    pub allocated: bool,
    pub exec: bool,
    /// Bytes in the file; empty for bss and for damaged headers.
    pub data: &'a [u8],
}

/// All sections; empty if the file has none.
pub(crate) struct Sections<'a>(pub Vec<Section<'a>>);

impl<'a> Sections<'a> {
    pub fn read(file: &File<'a>, base: u64) -> Sections<'a> {
        let count = usize::from(file.shnum).min(MAX_SECTIONS);
        if file.shoff == 0 || usize::from(file.shentsize) != size_of::<SectionHeader64<Le>>() {
            return Sections(Vec::new());
        }
        let Ok(headers) = file
            .bytes
            .read_slice_at::<SectionHeader64<Le>>(file.shoff, count)
        else {
            return Sections(Vec::new());
        };
        let data = |header: &SectionHeader64<Le>| {
            if header.sh_type.get(Le) == elf::SHT_NOBITS {
                return &[][..];
            }
            file.bytes
                .read_bytes_at(header.sh_offset.get(Le), header.sh_size.get(Le))
                .unwrap_or_default()
        };
        let names = headers
            .get(usize::from(file.shstrndx.0))
            .map(data)
            .unwrap_or_default();
        let sections = headers.iter().map(|header| {
            let flags = header.sh_flags.get(Le);
            let allocated = flags & elf::SHF_ALLOC != SectionFlags(0);
            Section {
                name: string_at(names, header.sh_name.get(Le)),
                kind: header.sh_type.get(Le),
                addr: if allocated {
                    header.sh_addr.get(Le).wrapping_add(base)
                } else {
                    0
                },
                size: header.sh_size.get(Le),
                link: header.sh_link.get(Le),
                allocated,
                exec: allocated && flags & elf::SHF_EXECINSTR != SectionFlags(0),
                data: data(header),
            }
        });
        Sections(sections.collect())
    }

    /// The first section of a name.
    pub fn named(&self, name: &str) -> Option<&Section<'a>> {
        self.0.iter().find(|s| s.name == name.as_bytes())
    }

    /// Where instructions are, see `GuestImage::code`.
    pub fn code(&self, segments: &[Segment]) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        let mut wanted: Vec<_> = self
            .0
            .iter()
            .filter(|s| s.exec && s.kind == elf::SHT_PROGBITS)
            .map(|s| (s.addr, s.size))
            .collect();
        wanted.sort_unstable();
        for (addr, size) in wanted {
            let Some(segment) = segments
                .iter()
                .find(|s| s.exec && s.vaddr <= addr && addr < s.end())
            else {
                continue;
            };
            let bytes_end = segment.vaddr + segment.data.len() as u64;
            let start = addr
                .next_multiple_of(4)
                .max(ranges.last().map_or(0, |r| r.end));
            let end = addr.saturating_add(size).min(bytes_end) & !3;
            if start < end {
                ranges.push(start..end);
            }
        }
        if ranges.is_empty() {
            executable_segments(segments)
        } else {
            ranges
        }
    }
}

/// The executable segments' file bytes.
pub(crate) fn executable_segments(segments: &[Segment]) -> Vec<Range<u64>> {
    let ranges = segments
        .iter()
        .filter(|s| s.exec)
        .map(|s| s.vaddr.next_multiple_of(4)..(s.vaddr + s.data.len() as u64) & !3);
    ranges.filter(|r| r.start < r.end).collect()
}

/// The NUL-terminated string at an offset of a string table, or what there is of it.
pub(crate) fn string_at(table: &[u8], offset: u32) -> &[u8] {
    let tail = table.get(offset as usize..).unwrap_or_default();
    let tail = &tail[..tail.len().min(MAX_NAME)];
    tail.split(|&b| b == 0).next().unwrap_or_default()
}

/// Longer names are cut, so that a table without NUL bytes is not copied for each symbol.
const MAX_NAME: usize = 4096;
