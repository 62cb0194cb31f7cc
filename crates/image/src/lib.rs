#![forbid(unsafe_code)]
//! ELF bytes → [`GuestImage`]: what the guest will see in memory, and every hint about where its functions are.
//!
//! Accepted: 64-bit little-endian AArch64 executables for Linux that need no dynamic linker: `ET_EXEC`, and `ET_DYN` without
//! `PT_INTERP` and `DT_NEEDED` (static-PIE), which is placed at [`PIE_BASE`] and relocates itself when it starts. No start-up code is
//! assumed; execution begins at `e_entry`.
//!
//! Only what the kernel's loader would need (file header, program headers) may be wrong enough for an error. Everything else (section
//! headers, symbols, unwind tables, notes, Go's function table) is a hint: a damaged hint is ignored, because a wrong or missing function
//! start costs speed and never correctness. Work and memory are linear in the size of the file, whatever it claims: the
//! memory size of a segment is a number here and never an allocation.

mod dynamic;
mod elf;
mod error;
mod gopclntab;
mod lsda;
mod origin;
mod sections;
mod segments;
mod symbols;
mod unwind;

pub use dynamic::Relocation;
pub use error::{ErrorKind, ImageError};
pub use gopclntab::GoFunction;
pub use segments::{Segment, Tls};
pub use symbols::{Mapping, Symbol, SymbolKind};
pub use unwind::Fde;

use core::ops::Range;

/// Where a position-independent executable is placed: added to all addresses in the file. A multiple of 64 KiB.
pub const PIE_BASE: u64 = 0x40_0000;
/// Addresses below are never mapped, so that a null dereference faults.
pub const LOWEST_ADDRESS: u64 = 0x1_0000;
/// One past the highest address: guest addresses are offsets in a wasm32 memory.
pub const ADDRESS_LIMIT: u64 = 1 << 32;

/// A loaded executable. All addresses are guest addresses (the base of a static-PIE is already added).
#[derive(Clone, Debug)]
pub struct GuestImage {
    /// The file's name as given, for messages.
    pub name: String,
    /// Static-PIE?
    pub pie: bool,
    /// Added to the file's addresses: [`PIE_BASE`] if nothing else was asked for, 0 if it is not position-independent.
    pub base: u64,
    /// Address of the first instruction.
    pub entry: u64,
    /// Address of the program headers in memory (`AT_PHDR`), 0 if no segment contains them.
    pub phdr: u64,
    /// Number of program headers.
    pub phnum: u16,
    /// Loadable segments, sorted by address, not overlapping, between [`LOWEST_ADDRESS`] and [`ADDRESS_LIMIT`].
    pub segments: Vec<Segment>,
    /// Where instructions are: executable sections, or executable segments if the file has no section headers. Sorted, 4-byte aligned, not overlapping,
    /// each inside the file bytes of one segment.
    pub code: Vec<Range<u64>>,
    /// The thread-local storage template.
    pub tls: Option<Tls>,
    /// Stack size wished by `PT_GNU_STACK`, 0 if none.
    pub stack_size: u64,
    /// Whether `PT_GNU_STACK` wants an executable stack.
    pub executable_stack: bool,
    /// Made read-only after relocation (`PT_GNU_RELRO`).
    pub relro: Option<Range<u64>>,
    /// Symbols that name code, sorted by address, then name.
    pub symbols: Vec<Symbol>,
    /// Mapping symbols, sorted: from each address to the next, code or data.
    pub mapping: Vec<Mapping>,
    /// `.eh_frame`'s function ranges, sorted by start.
    pub fdes: Vec<Fde>,
    /// Functions of Go's own table, sorted by start.
    pub go_functions: Vec<GoFunction>,
    /// Functions that run before and after `main`, from the init and fini arrays, sorted.
    pub init_functions: Vec<u64>,
    /// Relocations that the start-up code will apply, sorted by place.
    pub relocations: Vec<Relocation>,
    /// What it seems to be made of ("glibc 2.36", "Go 1.19.8", "GCC 12.2.0"): for people, never for decisions.
    pub origin: Vec<String>,
    /// The build id note.
    pub build_id: Option<Vec<u8>>,
}

impl GuestImage {
    /// Reads an executable. `name` is used in messages only.
    pub fn parse(bytes: &[u8], name: &str) -> Result<GuestImage, ImageError> {
        Self::parse_at(bytes, name, PIE_BASE)
    }

    /// The same, with another place for a position-independent executable than [`PIE_BASE`]: a multiple of 64 KiB.
    pub fn parse_at(bytes: &[u8], name: &str, pie_base: u64) -> Result<GuestImage, ImageError> {
        let at = |(offset, kind)| ImageError {
            file: name.to_owned(),
            offset,
            kind,
        };
        let file = elf::File::parse(bytes).map_err(at)?;
        let layout = segments::load(&file, pie_base).map_err(at)?;
        let sections = sections::Sections::read(&file, layout.base);
        let code = sections.code(&layout.segments);
        let mut image = GuestImage {
            name: name.to_owned(),
            pie: file.pie,
            base: layout.base,
            entry: layout.entry,
            phdr: layout.phdr,
            phnum: file.program_headers.len() as u16,
            segments: layout.segments,
            code,
            tls: layout.tls,
            stack_size: layout.stack_size,
            executable_stack: layout.executable_stack,
            relro: layout.relro,
            symbols: Vec::new(),
            mapping: Vec::new(),
            fdes: Vec::new(),
            go_functions: Vec::new(),
            init_functions: Vec::new(),
            relocations: Vec::new(),
            origin: origin::guess(bytes, &sections),
            build_id: origin::build_id(&file),
        };
        if !image.is_code(image.entry) {
            // The section headers leave out the very first instruction: they are wrong.
            image.code = sections::executable_segments(&image.segments);
        }
        let table = dynamic::Dynamic::read(&file, &image).map_err(at)?;
        image.relocations = table.relocations(&image);
        image.init_functions = table.init_functions(&image, &sections);
        (image.symbols, image.mapping) = symbols::read(&file, &sections, &image);
        image.fdes = unwind::read(&sections, layout.eh_frame_hdr, &image);
        image.go_functions = gopclntab::read(&sections, &image);
        Ok(image)
    }

    /// The segment that contains an address.
    pub fn segment(&self, addr: u64) -> Option<&Segment> {
        let after = self.segments.partition_point(|s| s.vaddr <= addr);
        let segment = &self.segments[after.checked_sub(1)?];
        (addr - segment.vaddr < segment.memsz).then_some(segment)
    }

    /// `len` bytes of the file at a guest address; `None` if they are not all in one segment's file bytes.
    pub fn bytes(&self, addr: u64, len: u64) -> Option<&[u8]> {
        let segment = self.segment(addr)?;
        let start = usize::try_from(addr - segment.vaddr).ok()?;
        segment
            .data
            .get(start..start.checked_add(usize::try_from(len).ok()?)?)
    }

    /// File bytes from an address to the end of its segment's file bytes.
    pub fn bytes_from(&self, addr: u64) -> Option<&[u8]> {
        let segment = self.segment(addr)?;
        segment
            .data
            .get(usize::try_from(addr - segment.vaddr).ok()?..)
    }

    /// The initial byte at an address (0 in bss), `None` where nothing is mapped.
    pub fn read_u8(&self, addr: u64) -> Option<u8> {
        self.read::<1>(addr).map(|[byte]| byte)
    }

    /// The initial little-endian halfword at an address.
    pub fn read_u16(&self, addr: u64) -> Option<u16> {
        self.read(addr).map(u16::from_le_bytes)
    }

    /// The initial little-endian word at an address.
    pub fn read_u32(&self, addr: u64) -> Option<u32> {
        self.read(addr).map(u32::from_le_bytes)
    }

    /// The initial little-endian doubleword at an address.
    pub fn read_u64(&self, addr: u64) -> Option<u64> {
        self.read(addr).map(u64::from_le_bytes)
    }

    fn read<const N: usize>(&self, addr: u64) -> Option<[u8; N]> {
        let segment = self.segment(addr)?;
        let start = addr - segment.vaddr;
        if segment.memsz - start < N as u64 {
            return None;
        }
        let mut out = [0; N];
        let tail = segment.data.get(start as usize..).unwrap_or_default();
        let n = tail.len().min(N);
        out[..n].copy_from_slice(&tail[..n]);
        Some(out)
    }

    /// The doubleword at an address after start-up: the value of the relocation for it if there is one, else [`Self::read_u64`].
    pub fn pointer_at(&self, addr: u64) -> Option<u64> {
        match self.relocations.binary_search_by_key(&addr, |r| r.place) {
            Ok(i) if !self.relocations[i].indirect => Some(self.relocations[i].value),
            Ok(_) => None,
            Err(_) => self.read_u64(addr),
        }
    }

    /// Whether an address is in [`GuestImage::code`].
    pub fn is_code(&self, addr: u64) -> bool {
        in_ranges(&self.code, addr)
    }

    /// Whether the bytes are never written once the program runs: in a read-only segment, or in the part that becomes read-only after relocation.
    pub fn is_read_only(&self, addr: u64, len: u64) -> bool {
        let Some(end) = addr.checked_add(len) else {
            return false;
        };
        let Some(segment) = self.segment(addr) else {
            return false;
        };
        end <= segment.end()
            && (!segment.write
                || self
                    .relro
                    .as_ref()
                    .is_some_and(|r| r.start <= addr && end <= r.end))
    }

    /// Lowest address, and one past the highest, of all segments.
    pub fn span(&self) -> Range<u64> {
        let start = self.segments.first().map_or(0, |s| s.vaddr);
        start..self.segments.last().map_or(start, Segment::end)
    }

    /// The symbol (preferring functions with a size) at or before an address whose extent contains it, for messages.
    pub fn symbol_at(&self, addr: u64) -> Option<&Symbol> {
        let after = self.symbols.partition_point(|s| s.addr <= addr);
        let last = &self.symbols[after.checked_sub(1)?];
        let first = self.symbols.partition_point(|s| s.addr < last.addr);
        let same = &self.symbols[first..after];
        let best = same
            .iter()
            .find(|s| s.kind != SymbolKind::Label)
            .unwrap_or(last);
        (addr - best.addr < best.size || best.size == 0 || addr == best.addr).then_some(best)
    }
}

/// Whether `addr` is in one of sorted, disjoint ranges.
pub(crate) fn in_ranges(ranges: &[Range<u64>], addr: u64) -> bool {
    let after = ranges.partition_point(|r| r.start <= addr);
    after > 0 && addr < ranges[after - 1].end
}
