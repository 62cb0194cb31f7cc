//! Reads the kernel: a final wasm32 link that kept its relocations (`--emit-relocs`), and moves its data.
//!
//! Only what rust-lld makes of a Rust program is understood: function imports, one memory, one table with active element segments, active
//! data segments. The linking section's symbols say where functions and data are, the reloc sections where their addresses are used. Moving the
//! data by a delta is adding it at each `R_WASM_MEMORY_ADDR_*`, to the data segments' addresses and to the initial stack pointer. Single data can be moved elsewhere.
//! Functions, types, globals and table slots keep their indices, so nothing else changes. See the tool conventions' Linking.md.

mod relocate;

use std::{collections::BTreeMap, ops::Range};

use wasmparser::{
    ConstExpr, DataKind, DefinedDataSymbol, ElementItems, ElementKind, ExternalKind, FuncType,
    KnownCustom, Linking, Operator, Parser, Payload, RelocationEntry, SymbolFlags, SymbolInfo,
    TypeRef, ValType,
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
    /// Data, and how far they move.
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
    relocations: Vec<(u32, Vec<RelocationEntry>)>,
    exports: Vec<(&'a str, ExternalKind, u32)>,
}

/// Where data go.
struct Places<'a> {
    delta: u32,
    apart: &'a [&'a str],
    /// The next address for data that are placed apart.
    next: Option<u32>,
    /// Data placed apart: segment, range in it, new address.
    moved: Vec<(usize, Range<usize>, u32)>,
}

impl Places<'_> {
    /// The new address of a datum.
    fn of(&mut self, name: &str, address: u32, place: DefinedDataSymbol) -> u32 {
        match self.next.filter(|_| self.apart.contains(&name)) {
            Some(to) => {
                self.next = Some((to + place.size).next_multiple_of(16));
                let start = place.offset as usize;
                let range = start..start + place.size as usize;
                self.moved.push((place.index as usize, range, to));
                to
            }
            None => address.wrapping_add(self.delta),
        }
    }
}

fn place(range: Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}

impl Kernel {
    /// Reads `wasm` and moves its data up by `delta(memory pages)` bytes, but the data named in `apart` from the address that `delta` returns with it, if any.
    pub fn read(
        wasm: &[u8],
        apart: &[&str],
        delta: impl FnOnce(u32) -> Result<(u32, Option<u32>), LinkError>,
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
            function_symbols: BTreeMap::new(),
            data_symbols: BTreeMap::new(),
        };
        let mut sections = Sections::default();
        let mut parser = Parser::new(0);
        parser.set_features(wasmparser::WasmFeatures::all());
        for payload in parser.parse_all(wasm) {
            kernel.payload(payload?, &mut sections)?;
        }
        let (delta, low) = delta(kernel.memory_pages)?;
        let mut places = Places {
            delta,
            apart,
            next: low,
            moved: Vec::new(),
        };
        kernel.assemble(wasm, &sections, &mut places)?;
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
                    let entries = relocations
                        .entries()
                        .into_iter()
                        .collect::<Result<_, _>>()?;
                    sections
                        .relocations
                        .push((relocations.section_index(), entries));
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
        places: &mut Places<'_>,
    ) -> Result<(), LinkError> {
        if sections.symbols.is_empty() {
            return unsupported("has no linking section: it was not linked with --emit-relocs");
        }
        let mut image = wasm.to_vec();
        let symbols = self.read_symbols(sections, places)?;
        let mut in_code = Vec::new();
        let mut code = 0..0;
        for (section, entries) in &sections.relocations {
            match sections.places.get(*section as usize) {
                Some((CODE, at)) => {
                    code = at.clone();
                    in_code.extend_from_slice(entries);
                }
                Some((DATA, at)) => relocate::data(&mut image, at, entries, &symbols)?,
                Some(_) => {}
                None => return unsupported("has relocations of a section that does not exist"),
            }
        }
        self.bodies = relocate::code(wasm, &code, &sections.bodies, &mut in_code, &symbols)?;
        for (segment, range, to) in places.moved.drain(..) {
            let Some((_, bytes)) = sections.data.get(segment) else {
                continue;
            };
            if let Some(bytes) = image[bytes.clone()].get_mut(range) {
                self.data.push(Data {
                    at: to,
                    bytes: bytes.to_vec(),
                });
                bytes.fill(0);
            }
        }
        self.data
            .extend(sections.data.iter().map(|(at, bytes)| Data {
                at: at.wrapping_add(places.delta),
                bytes: image[bytes.clone()].to_vec(),
            }));
        Ok(())
    }

    fn read_symbols(
        &mut self,
        sections: &Sections<'_>,
        places: &mut Places<'_>,
    ) -> Result<Vec<Symbol>, LinkError> {
        let delta = places.delta;
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
                        let to = places.of(name, address, place);
                        self.data_symbols.insert(name.to_owned(), to);
                        Symbol::Data(to.wrapping_sub(address))
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
