//! Reads the kernel: a final wasm32 link that kept its relocations (`--emit-relocs`), and moves its data.
//!
//! Only what rust-lld makes of a Rust program is understood: function imports, one memory, one table with active element segments, active
//! data segments. The linking section's symbols say where functions and data are, the reloc sections where their addresses are used. Moving the
//! data by a delta is adding it at each `R_WASM_MEMORY_ADDR_*`, to the data segments' addresses and to the initial stack pointer. Functions, types, globals and
//! table slots keep their indices, so nothing else changes. See the tool conventions' Linking.md.

use std::{collections::BTreeMap, ops::Range};

use wasmparser::{
    BinaryReader, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType,
    KnownCustom, Linking, Operator, Parser, Payload, RelocationEntry, RelocationType, SymbolFlags,
    SymbolInfo, TypeRef, ValType,
};

use crate::LinkError;

/// Section numbers.
const CODE: u8 = 10;
const DATA: u8 = 11;

/// The kernel's module, taken apart.
pub(crate) struct Kernel {
    pub types: Vec<FuncType>,
    pub imports: Vec<Import>,
    /// Types of the defined functions.
    pub functions: Vec<u32>,
    /// Number of table slots; 0 without a table.
    pub table_min: u32,
    pub memory_pages: u32,
    pub globals: Vec<Global>,
    pub elements: Vec<Elements>,
    /// Function bodies without their size prefixes.
    pub bodies: Vec<Vec<u8>>,
    pub data: Vec<Data>,
    pub start: Option<u32>,
    /// Function names from the name section.
    pub names: BTreeMap<u32, String>,
    function_symbols: BTreeMap<String, u32>,
    data_symbols: BTreeMap<String, u32>,
}

/// An imported function.
pub(crate) struct Import {
    pub module: String,
    pub name: String,
    pub ty: u32,
}

/// A global with a constant initial value.
pub(crate) struct Global {
    pub ty: ValType,
    pub mutable: bool,
    pub init: i64,
}

/// A run of table slots.
pub(crate) struct Elements {
    pub at: u32,
    pub functions: Vec<u32>,
}

/// A data segment.
pub(crate) struct Data {
    pub at: u32,
    pub bytes: Vec<u8>,
}

/// A symbol, as far as relocation needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Symbol {
    /// Data that moves, with its address.
    Data(u32),
    /// Data without a place (weak and undefined) or with a fixed one.
    Fixed,
    /// Something else.
    Other,
}

fn unsupported<T>(what: impl Into<String>) -> Result<T, LinkError> {
    Err(LinkError::Kernel(what.into()))
}

/// The value of a constant expression that is one constant.
fn constant(expr: &ConstExpr<'_>) -> Result<i64, LinkError> {
    let mut reader = expr.get_operators_reader();
    match reader.read()? {
        Operator::I32Const { value } => Ok(value.into()),
        Operator::I64Const { value } => Ok(value),
        Operator::F32Const { value } => Ok(value.bits().into()),
        Operator::F64Const { value } => Ok(value.bits() as i64),
        _ => unsupported("has an initial value that is not a constant"),
    }
}

/// Sections as they are met, before they are put together.
#[derive(Default)]
struct Sections<'a> {
    /// Kind and place of each section's contents in the file, by section index; relocations name sections so.
    places: Vec<(u8, Range<usize>)>,
    bodies: Vec<Range<usize>>,
    data: Vec<(u32, Range<usize>)>,
    symbols: Vec<SymbolInfo<'a>>,
    relocations: Vec<(u32, RelocationEntry)>,
    exports: Vec<(&'a str, ExternalKind, u32)>,
}

fn place(range: Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

impl Kernel {
    /// Reads `wasm` and moves its data up by `delta(memory pages)` bytes.
    pub fn read(
        wasm: &[u8],
        delta: impl FnOnce(u32) -> Result<u32, LinkError>,
    ) -> Result<Kernel, LinkError> {
        let mut kernel = Kernel {
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            table_min: 0,
            memory_pages: 0,
            globals: Vec::new(),
            elements: Vec::new(),
            bodies: Vec::new(),
            data: Vec::new(),
            start: None,
            names: BTreeMap::new(),
            function_symbols: BTreeMap::new(),
            data_symbols: BTreeMap::new(),
        };
        let mut sections = Sections::default();
        let mut parser = Parser::new(0);
        parser.set_features(wasmparser::WasmFeatures::all());
        for payload in parser.parse_all(wasm) {
            kernel.payload(payload?, &mut sections)?;
        }
        let delta = delta(kernel.memory_pages)?;
        kernel.assemble(wasm, &sections, delta)?;
        Ok(kernel)
    }

    fn payload<'a>(
        &mut self,
        payload: Payload<'a>,
        sections: &mut Sections<'a>,
    ) -> Result<(), LinkError> {
        if let Some((id, range)) = payload.as_section() {
            // The parser reports a code section's place at its start, and once more for each body.
            if !matches!(payload, Payload::CodeSectionEntry(_)) {
                sections.places.push((id, place(range)));
            }
        }
        match payload {
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let TypeRef::Func(ty) = import.ty else {
                        return unsupported(format!(
                            "imports `{}.{}`, which is not a function",
                            import.module, import.name
                        ));
                    };
                    self.imports.push(Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                        ty,
                    });
                }
            }
            Payload::FunctionSection(functions) => {
                self.functions = functions.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::TableSection(tables) => {
                if tables.count() > 1 {
                    return unsupported("has more than one table");
                }
                for table in tables {
                    self.table_min = table?.ty.initial as u32;
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory?;
                    if memory.memory64 || memory.shared {
                        return unsupported("has a memory that is shared or of 64 bits");
                    }
                    self.memory_pages = memory.initial as u32;
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global?;
                    self.globals.push(Global {
                        ty: global.ty.content_type,
                        mutable: global.ty.mutable,
                        init: constant(&global.init_expr)?,
                    });
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    sections
                        .exports
                        .push((export.name, export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    let ElementKind::Active { offset_expr, .. } = element.kind else {
                        return unsupported("has an element segment that is not active");
                    };
                    let ElementItems::Functions(functions) = element.items else {
                        return unsupported("has an element segment of expressions");
                    };
                    self.elements.push(Elements {
                        at: constant(&offset_expr)? as u32,
                        functions: functions.into_iter().collect::<Result<_, _>>()?,
                    });
                }
            }
            Payload::DataSection(data) => {
                for segment in data {
                    let segment = segment?;
                    let DataKind::Active { offset_expr, .. } = segment.kind else {
                        return unsupported("has a data segment that is not active");
                    };
                    let range = place(segment.range);
                    // The range covers the segment's header too; its data are at the end.
                    sections.data.push((
                        constant(&offset_expr)? as u32,
                        range.end - segment.data.len()..range.end,
                    ));
                }
            }
            Payload::CodeSectionEntry(body) => sections.bodies.push(place(body.range())),
            Payload::CustomSection(custom) => match custom.as_known() {
                KnownCustom::Linking(linking) => {
                    for part in linking.subsections() {
                        if let Linking::SymbolTable(symbols) = part? {
                            sections.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                        }
                    }
                }
                KnownCustom::Reloc(relocations) => {
                    let section = relocations.section_index();
                    for entry in relocations.entries() {
                        sections.relocations.push((section, entry?));
                    }
                }
                KnownCustom::Name(names) => {
                    for part in names {
                        if let Ok(wasmparser::Name::Function(map)) = part {
                            for naming in map.into_iter().flatten() {
                                self.names.insert(naming.index, naming.name.to_owned());
                            }
                        }
                    }
                }
                _ => {}
            },
            Payload::TagSection(_) => return unsupported("uses exceptions"),
            _ => {}
        }
        Ok(())
    }

    fn assemble(
        &mut self,
        wasm: &[u8],
        sections: &Sections<'_>,
        delta: u32,
    ) -> Result<(), LinkError> {
        if sections.symbols.is_empty() {
            return unsupported("has no linking section: it was not linked with --emit-relocs");
        }
        let mut image = wasm.to_vec();
        let symbols = self.read_symbols(sections, delta)?;
        for (section, entry) in &sections.relocations {
            let Some((id, place)) = sections.places.get(*section as usize) else {
                return unsupported("has relocations of a section that does not exist");
            };
            if [CODE, DATA].contains(id) {
                relocate(&mut image, place, entry, &symbols, delta)?;
            }
        }
        self.bodies = sections
            .bodies
            .iter()
            .map(|b| image[b.clone()].to_vec())
            .collect();
        self.data = sections
            .data
            .iter()
            .map(|(at, bytes)| Data {
                at: at.wrapping_add(delta),
                bytes: image[bytes.clone()].to_vec(),
            })
            .collect();
        Ok(())
    }

    fn read_symbols(
        &mut self,
        sections: &Sections<'_>,
        delta: u32,
    ) -> Result<Vec<Symbol>, LinkError> {
        let mut symbols = Vec::with_capacity(sections.symbols.len());
        let mut stack_pointer = None;
        for symbol in &sections.symbols {
            symbols.push(match *symbol {
                SymbolInfo::Data {
                    flags,
                    name,
                    symbol,
                } => match symbol {
                    Some(place) if !flags.contains(SymbolFlags::ABSOLUTE) => {
                        let Some((base, _)) = sections.data.get(place.index as usize) else {
                            return unsupported(format!(
                                "defines `{name}` in a segment that does not exist"
                            ));
                        };
                        let address = base.wrapping_add(place.offset);
                        self.data_symbols
                            .insert(name.to_owned(), address.wrapping_add(delta));
                        Symbol::Data(address)
                    }
                    _ => Symbol::Fixed,
                },
                SymbolInfo::Func { index, name, .. } => {
                    if let Some(name) = name {
                        self.function_symbols.insert(name.to_owned(), index);
                    }
                    Symbol::Other
                }
                SymbolInfo::Global { index, name, .. } => {
                    if name == Some("__stack_pointer") {
                        stack_pointer = Some(index);
                    }
                    Symbol::Other
                }
                _ => Symbol::Other,
            });
        }
        // An export may have another name than its symbol. Exported data are globals that hold an address.
        for &(name, kind, index) in &sections.exports {
            match kind {
                ExternalKind::Func => {
                    self.function_symbols.insert(name.to_owned(), index);
                }
                ExternalKind::Global => {
                    if let Some(global) = self.globals.get(index as usize)
                        && !global.mutable
                    {
                        let address = (global.init as u32).wrapping_add(delta);
                        self.data_symbols.entry(name.to_owned()).or_insert(address);
                    }
                }
                _ => {}
            }
        }
        // Code without a stack has no symbol for it; the linker puts the stack pointer first.
        let stack_pointer = stack_pointer.or_else(|| {
            self.globals
                .first()
                .filter(|g| g.mutable && g.ty == ValType::I32)
                .map(|_| 0)
        });
        if let Some(global) = stack_pointer.and_then(|i| self.globals.get_mut(i as usize)) {
            global.init = (global.init as u32).wrapping_add(delta) as i32 as i64;
        }
        Ok(symbols)
    }

    /// Index of the function of that name.
    pub fn function(&self, name: &str) -> Option<u32> {
        self.function_symbols.get(name).copied()
    }

    /// Address of the datum of that name, after moving.
    pub fn datum(&self, name: &str) -> Option<u32> {
        self.data_symbols.get(name).copied()
    }
}

/// Adds `delta` where `entry` says, if it is the address of something that moves.
fn relocate(
    image: &mut [u8],
    section: &Range<usize>,
    entry: &RelocationEntry,
    symbols: &[Symbol],
    delta: u32,
) -> Result<(), LinkError> {
    use RelocationType as R;
    let moves = match symbols.get(entry.index as usize) {
        _ if !matches!(
            entry.ty,
            R::MemoryAddrLeb
                | R::MemoryAddrSleb
                | R::MemoryAddrI32
                | R::MemoryAddrRelSleb
                | R::MemoryAddrLeb64
                | R::MemoryAddrSleb64
                | R::MemoryAddrI64
        ) =>
        {
            false
        }
        Some(Symbol::Data(_)) => true,
        Some(_) => false,
        None => return unsupported("has a relocation against a symbol that does not exist"),
    };
    if !moves {
        return Ok(());
    }
    let start = section.start + entry.offset as usize;
    let field = image
        .get_mut(start..start + entry.ty.extent())
        .ok_or_else(|| LinkError::Kernel("has a relocation outside its section".into()))?;
    match entry.ty {
        R::MemoryAddrI32 => {
            let value = u32::from_le_bytes([field[0], field[1], field[2], field[3]]);
            field.copy_from_slice(&value.wrapping_add(delta).to_le_bytes());
        }
        R::MemoryAddrLeb => {
            let value = BinaryReader::new(field, 0)
                .read_var_u32()?
                .wrapping_add(delta);
            write_padded_leb(field, value.into(), false);
        }
        R::MemoryAddrSleb => {
            let value = (BinaryReader::new(field, 0).read_var_i32()? as u32).wrapping_add(delta);
            write_padded_leb(field, value as i32 as i64, true);
        }
        _ => return unsupported("is position-independent or of 64 bits"),
    }
    Ok(())
}

/// Writes a number over the whole of `field`, in as many bytes as it has.
fn write_padded_leb(field: &mut [u8], value: i64, signed: bool) {
    let mut rest = value;
    let last = field.len() - 1;
    for (i, byte) in field.iter_mut().enumerate() {
        let low = (rest & 0x7f) as u8;
        rest = if signed {
            rest >> 7
        } else {
            ((rest as u64) >> 7) as i64
        };
        *byte = if i == last { low } else { low | 0x80 };
    }
}
