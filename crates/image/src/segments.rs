//! Program headers → segments and where everything lies.

use core::ops::Range;

use object::LittleEndian as Le;
use object::elf::{self, ProgramFlags};

use crate::elf::{Fallible, File};
use crate::{ADDRESS_LIMIT, ErrorKind, LOWEST_ADDRESS};

/// A loadable segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its address.
    pub vaddr: u64,
    /// Its size in memory; what lies behind `data` is zero.
    pub memsz: u64,
    /// Its bytes in the file, at most `memsz`.
    pub data: Vec<u8>,
    /// Readable.
    pub read: bool,
    /// Writable.
    pub write: bool,
    /// Executable.
    pub exec: bool,
}

impl Segment {
    /// One past its last address.
    pub fn end(&self) -> u64 {
        self.vaddr + self.memsz
    }
}

/// The thread-local storage template (`PT_TLS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Address of the initial bytes.
    pub vaddr: u64,
    /// How many of them are given; zeros follow.
    pub filesz: u64,
    /// Size of a thread's copy.
    pub memsz: u64,
    /// Its alignment.
    pub align: u64,
}

/// The memory layout.
pub(crate) struct Layout {
    pub base: u64,
    pub entry: u64,
    pub phdr: u64,
    pub segments: Vec<Segment>,
    pub tls: Option<Tls>,
    pub stack_size: u64,
    pub executable_stack: bool,
    pub relro: Option<Range<u64>>,
    pub eh_frame_hdr: Option<u64>,
}

/// `pie_base` is where a position-independent executable goes.
pub(crate) fn load(file: &File<'_>, pie_base: u64) -> Fallible<Layout> {
    let base = if file.pie { pie_base } else { 0 };
    let mut layout = Layout {
        base,
        entry: file.entry.wrapping_add(base),
        phdr: 0,
        segments: Vec::new(),
        tls: None,
        stack_size: 0,
        executable_stack: false,
        relro: None,
        eh_frame_hdr: None,
    };
    let mut loads = Vec::new();
    let mut total = 0u64;
    for (index, header) in file.program_headers.iter().enumerate() {
        let vaddr = header.p_vaddr.get(Le).wrapping_add(base);
        let (filesz, memsz) = (header.p_filesz.get(Le), header.p_memsz.get(Le));
        match header.p_type.get(Le) {
            elf::PT_LOAD if memsz != 0 || filesz != 0 => {
                check_load(file, index, vaddr)?;
                total = total.saturating_add(filesz);
                loads.push((vaddr, index));
            }
            elf::PT_INTERP => {
                let path = file.contents(index, "interpreter's path")?;
                let path = path.split(|&b| b == 0).next().unwrap_or_default();
                let interpreter =
                    String::from_utf8_lossy(&path[..path.len().min(4096)]).into_owned();
                return Err((header.p_offset.get(Le), ErrorKind::Dynamic { interpreter }));
            }
            elf::PT_TLS => {
                layout.tls = Some(Tls {
                    vaddr,
                    filesz,
                    memsz,
                    align: header.p_align.get(Le).max(1),
                })
            }
            elf::PT_GNU_STACK => {
                layout.stack_size = memsz;
                layout.executable_stack = header.p_flags.get(Le) & elf::PF_X != ProgramFlags(0);
            }
            elf::PT_GNU_RELRO => layout.relro = vaddr.checked_add(memsz).map(|end| vaddr..end),
            elf::PT_GNU_EH_FRAME => layout.eh_frame_hdr = Some(vaddr),
            _ => {}
        }
    }
    if loads.is_empty() {
        return Err((file.phoff, ErrorKind::NoSegments));
    }
    let size = file.bytes.len() as u64;
    if total > size.saturating_mul(2).saturating_add(0x1_0000) {
        return Err((file.phoff, ErrorKind::Repeated { total, size }));
    }
    loads.sort_unstable();
    let mut end = 0;
    for (vaddr, index) in loads {
        let header = &file.program_headers[index];
        if vaddr < end {
            return Err((
                file.header_offset(index) + 16,
                ErrorKind::Overlap { index, vaddr, end },
            ));
        }
        end = vaddr + header.p_memsz.get(Le);
        let data = file.contents(index, "segment")?;
        let offset = header.p_offset.get(Le);
        let headers_end = file.program_headers.len() as u64 * 56;
        if file.phoff >= offset && file.phoff - offset + headers_end <= data.len() as u64 {
            layout.phdr = vaddr + (file.phoff - offset);
        }
        let flags = header.p_flags.get(Le);
        layout.segments.push(Segment {
            vaddr,
            memsz: header.p_memsz.get(Le),
            data: data.to_vec(),
            read: flags & elf::PF_R != ProgramFlags(0),
            write: flags & elf::PF_W != ProgramFlags(0),
            exec: flags & elf::PF_X != ProgramFlags(0),
        });
    }
    check_entry(&layout)?;
    Ok(layout)
}

fn check_load(file: &File<'_>, index: usize, vaddr: u64) -> Fallible<()> {
    let header = &file.program_headers[index];
    let (filesz, memsz) = (header.p_filesz.get(Le), header.p_memsz.get(Le));
    if filesz > memsz {
        return Err((
            file.header_offset(index) + 32,
            ErrorKind::SegmentSizes {
                index,
                filesz,
                memsz,
            },
        ));
    }
    let inside = vaddr
        .checked_add(memsz)
        .is_some_and(|end| end <= ADDRESS_LIMIT)
        && vaddr >= LOWEST_ADDRESS;
    if !inside {
        return Err((
            file.header_offset(index) + 16,
            ErrorKind::SegmentAddress {
                index,
                vaddr,
                memsz,
            },
        ));
    }
    Ok(())
}

fn check_entry(layout: &Layout) -> Fallible<()> {
    let entry = layout.entry;
    let why = match layout
        .segments
        .iter()
        .find(|s| s.vaddr <= entry && entry < s.end())
    {
        _ if !entry.is_multiple_of(4) => "is not a multiple of 4",
        None => "is in no segment",
        Some(segment) if !segment.exec => "is in a segment that is not executable",
        Some(segment) if entry - segment.vaddr + 4 > segment.data.len() as u64 => {
            "lies behind its segment's bytes"
        }
        Some(_) => return Ok(()),
    };
    Err((24, ErrorKind::Entry { entry, why }))
}
