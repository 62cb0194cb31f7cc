//! A kernel for tests, all of whose functions are the host's: `_start` shows the host where state, boot block and data are, and enters the first translated function.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use core::mem::offset_of;

use elfconv_abi::boot::{Boot, EntryRecord};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    MemorySection, MemoryType, Module, RefType, TableSection, TableType, TypeSection, ValType,
};

/// Where the kernel's data are before it is moved.
const STATE: u32 = 0x1000;
const SCRATCH: u32 = 0x2000;
const BOOT: u32 = 0x3000;
/// A word that points at `TEXT`.
const POINTER: u32 = 0x4000;
const TEXT: u32 = 0x4010;

fn uleb(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn string(out: &mut Vec<u8>, s: &str) {
    uleb(out, s.len() as u32);
    out.extend_from_slice(s.as_bytes());
}

/// The host's functions: name, parameters, results.
pub fn host_functions() -> Vec<(&'static str, Vec<ValType>, Vec<ValType>)> {
    use ValType::{F32, F64, I32, I64};
    vec![
        ("start", vec![I32, I32, I32], vec![]),
        ("ec_syscall", vec![I64; 7], vec![I64]),
        ("ec_fault", vec![I32, I64, I64], vec![]),
        ("ec_unwind_frame", vec![I32, I32], vec![]),
        ("ec_f32_fma", vec![F32; 3], vec![F32]),
        ("ec_f64_fma", vec![F64; 3], vec![F64]),
        ("ec_bf_dot_add", vec![I32; 3], vec![I32]),
        ("ec_f32_from_f16", vec![I32], vec![F32]),
        ("ec_f64_from_f16", vec![I32], vec![F64]),
        ("ec_f16_from_f32", vec![F32], vec![I32]),
        ("ec_f16_from_f64", vec![F64], vec![I32]),
        ("ec_counter", vec![], vec![I64]),
        ("ec_random", vec![], vec![I64]),
        ("ec_poll", vec![I64], vec![I32]),
        ("ec_enter", vec![I64], vec![I32]),
        ("ec_resumed", vec![I32], vec![]),
    ]
}

/// The kernel's module.
pub fn kernel() -> Vec<u8> {
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut exports = ExportSection::new();
    let hosts = host_functions();
    types.ty().function([], []);
    for (i, (name, params, results)) in hosts.iter().enumerate() {
        types.ty().function(params.clone(), results.clone());
        imports.import("host", name, EntityType::Function(i as u32 + 1));
        exports.export(name, ExportKind::Func, i as u32);
    }
    types.ty().function([ValType::I32], []);
    let thunk_type = hosts.len() as u8 + 1;
    let start = hosts.len() as u32;
    exports.export("_start", ExportKind::Func, start);
    exports.export("memory", ExportKind::Memory, 0);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 2,
        maximum: None,
        shared: false,
    });
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut globals = GlobalSection::new();
    let i32_global = |mutable| GlobalType {
        val_type: ValType::I32,
        mutable,
        shared: false,
    };
    globals.global(i32_global(true), &ConstExpr::i32_const(0x1000));
    globals.global(i32_global(false), &ConstExpr::i32_const(SCRATCH as i32));
    exports.export("EC_SCRATCH", ExportKind::Global, 1);
    let mut elements = ElementSection::new();
    elements.active(
        None,
        &ConstExpr::i32_const(1),
        wasm_encoder::Elements::Functions(vec![start].into()),
    );

    // start(STATE, BOOT, *POINTER); (BOOT.entries[0].thunk)(BOOT.entry_functions)
    let mut code = Vec::new();
    let mut relocations: Vec<(u8, u32, u32)> = Vec::new();
    let mut address = |code: &mut Vec<u8>, opcode: &[u8], kind: u8, symbol: u32, value: u32| {
        code.extend_from_slice(opcode);
        relocations.push((kind, code.len() as u32, symbol));
        for i in 0..5 {
            let low = (value >> (7 * i)) as u8 & 0x7f;
            code.push(if i == 4 { low } else { low | 0x80 });
        }
    };
    address(&mut code, &[0x41], 4, 0, STATE);
    address(&mut code, &[0x41], 4, 1, BOOT);
    address(&mut code, &[0x41, 0, 0x28, 2], 3, 2, POINTER);
    code.extend([0x10, 0]);
    address(&mut code, &[0x41], 4, 1, BOOT);
    let field = |offset: usize| [0x28, 2, offset as u8];
    code.extend(field(offset_of!(Boot, tables.entry_functions)));
    address(&mut code, &[0x41], 4, 1, BOOT);
    code.extend(field(offset_of!(Boot, tables.entries)));
    code.extend(field(offset_of!(EntryRecord, thunk)));
    code.extend([0x11, thunk_type, 0, 0x0b]);
    let mut function = Function::new([]);
    function.raw(code);
    let mut codes = CodeSection::new();
    codes.function(&function);
    // Before the instructions: the count of bodies, the body's size, the count of its locals.
    let code_start = 3;

    let mut data = DataSection::new();
    for (at, len) in [(STATE, 1024), (BOOT, 64), (SCRATCH, 1280)] {
        data.active(0, &ConstExpr::i32_const(at as i32), vec![0; len]);
    }
    let mut bytes = TEXT.to_le_bytes().to_vec();
    bytes.extend([0; 12]);
    bytes.extend(b"hello");
    data.active(0, &ConstExpr::i32_const(POINTER as i32), bytes);

    let mut linking = vec![2, 8];
    let mut symbols = vec![4];
    for (name, segment, offset, size) in [
        ("EC_STATE", 0, 0, 1024),
        ("EC_BOOT", 1, 0, 64),
        ("POINTER", 3, 0, 4),
        ("TEXT", 3, 16, 5),
    ] {
        symbols.extend([1, 0]);
        string(&mut symbols, name);
        uleb(&mut symbols, segment);
        uleb(&mut symbols, offset);
        uleb(&mut symbols, size);
    }
    uleb(&mut linking, symbols.len() as u32);
    linking.extend(symbols);

    let reloc = |section: u32, entries: &[(u8, u32, u32)]| {
        let mut out = Vec::new();
        uleb(&mut out, section);
        uleb(&mut out, entries.len() as u32);
        for (kind, offset, symbol) in entries {
            out.push(*kind);
            uleb(&mut out, *offset);
            uleb(&mut out, *symbol);
            out.push(0);
        }
        out
    };
    let relocations: Vec<_> = relocations
        .iter()
        .map(|(k, o, s)| (*k, o + code_start, *s))
        .collect();
    // The pointer is at the end of the data section's contents but for what follows it in its segment.
    let data_len = {
        use wasm_encoder::Encode;
        let mut bytes = Vec::new();
        data.encode(&mut bytes);
        let size_len = bytes.iter().position(|b| b & 0x80 == 0).unwrap() + 1;
        bytes.len() - size_len
    };
    let pointer_offset = data_len as u32 - 21;

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&tables)
        .section(&memories);
    module
        .section(&globals)
        .section(&exports)
        .section(&elements)
        .section(&codes)
        .section(&data);
    module.section(&CustomSection {
        name: "linking".into(),
        data: linking.into(),
    });
    module.section(&CustomSection {
        name: "reloc.CODE".into(),
        data: reloc(8, &relocations).into(),
    });
    module.section(&CustomSection {
        name: "reloc.DATA".into(),
        data: reloc(9, &[(5, pointer_offset, 3)]).into(),
    });
    module.finish()
}
