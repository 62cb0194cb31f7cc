//! Symbols that name code, and mapping symbols.

use object::LittleEndian as Le;
use object::elf::{self, Sym64};
use object::read::ReadRef;

use crate::GuestImage;
use crate::elf::File;
use crate::sections::{Sections, string_at};

/// What a symbol says about its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymbolKind {
    /// A function.
    Function,
    /// A function that chooses an implementation at start-up (`STT_GNU_IFUNC`): the address is the chooser's.
    IndirectFunction,
    /// A global name without a type, as assembly often has. It may be a function.
    Label,
}

/// A symbol in code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    /// Its address.
    pub addr: u64,
    /// What it says.
    pub kind: SymbolKind,
    /// Its name, as in the file (mangled).
    pub name: String,
    /// Its size, 0 if unknown.
    pub size: u64,
}

/// From here to the next mapping there is code, or data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mapping {
    /// First address.
    pub addr: u64,
    /// `$x` rather than `$d`.
    pub code: bool,
}

/// The symbols of `.symtab` and `.dynsym`.
pub(crate) fn read(
    file: &File<'_>,
    sections: &Sections<'_>,
    image: &GuestImage,
) -> (Vec<Symbol>, Vec<Mapping>) {
    let (mut symbols, mut mapping) = (Vec::new(), Vec::new());
    // Many symbols may share one long name: bound what is copied.
    let mut name_bytes = file.bytes.len().saturating_mul(4).saturating_add(1 << 20);
    // A symbol table cannot be larger than the file; overlapping tables cannot multiply the work.
    let mut left = file.bytes.len() / size_of::<Sym64<Le>>();
    for section in sections
        .0
        .iter()
        .filter(|s| matches!(s.kind, elf::SHT_SYMTAB | elf::SHT_DYNSYM))
    {
        let strings = sections
            .0
            .get(section.link as usize)
            .map_or(&[][..], |s| s.data);
        let count = (section.data.len() / size_of::<Sym64<Le>>()).min(left);
        left -= count;
        let Ok(table) = section.data.read_slice_at::<Sym64<Le>>(0, count) else {
            continue;
        };
        for symbol in table {
            let addr = symbol.st_value.get(Le).wrapping_add(image.base);
            let index = symbol.st_shndx.get(Le);
            let defined = !matches!(index, elf::SHN_UNDEF | elf::SHN_ABS | elf::SHN_COMMON);
            // Symbols of debug sections have offsets for values; in a PIE these look like addresses.
            let in_memory = sections
                .0
                .get(usize::from(index.0))
                .is_none_or(|s| s.allocated);
            if !in_memory || !defined || !image.is_code(addr) {
                continue;
            }
            let name = string_at(strings, symbol.st_name.get(Le));
            let local = symbol.st_bind() == elf::STB_LOCAL;
            let kind = match symbol.st_type() {
                elf::STT_FUNC => SymbolKind::Function,
                elf::STT_GNU_IFUNC => SymbolKind::IndirectFunction,
                elf::STT_NOTYPE if local => {
                    if let [b'$', tag @ (b'x' | b'd')] | [b'$', tag @ (b'x' | b'd'), b'.', ..] =
                        name
                    {
                        mapping.push(Mapping {
                            addr,
                            code: *tag == b'x',
                        });
                    }
                    continue;
                }
                elf::STT_NOTYPE => SymbolKind::Label,
                _ => continue,
            };
            if addr % 4 != 0 || name.len() > name_bytes {
                continue;
            }
            name_bytes -= name.len();
            symbols.push(Symbol {
                addr,
                kind,
                name: String::from_utf8_lossy(name).into_owned(),
                size: symbol.st_size.get(Le),
            });
        }
    }
    symbols.sort_unstable();
    symbols.dedup();
    mapping.sort_unstable();
    // Of several at one address the last in order is code: an empty data range before it says nothing.
    mapping.dedup_by(|later, earlier| {
        let same = later.addr == earlier.addr;
        earlier.code |= same && later.code;
        same
    });
    (symbols, mapping)
}
