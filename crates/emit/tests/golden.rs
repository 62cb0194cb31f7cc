//! `tests/emit`: the wat of functions in IR text. The functions are linked with the test kernel, and the module is validated with the features that every host has.
//!
//! `test emit` shows all functions; `test emit no-guard` without null guards, `test emit relaxed` with relaxed SIMD.

use std::{path::Path, process::ExitCode};

use elfconv_emit::{Features, Linker, Module, Program, Segment};
use elfconv_filetest::functions;
use elfconv_ir::FuncId;
use wasmparser::{Validator, WasmFeatures};

mod common;
#[path = "common/infos.rs"]
mod infos;

fn emit(args: &[&str], input: &str) -> Result<String, String> {
    let functions = functions::parse(input)?;
    functions::check_runs(&functions, input)?;
    let features = Features {
        null_guard: !args.contains(&"no-guard"),
        relaxed_simd: args.contains(&"relaxed"),
        ..Features::default()
    };
    let kernel = common::kernel();
    let module = Module {
        kernel: &kernel,
        segments: vec![Segment {
            addr: 0x10000,
            memsz: 0x1000,
            data: &[1, 2, 3],
            prot: 5,
        }],
        programs: vec![Program {
            functions: 0..functions.len(),
            code: (0, 0x1000),
            state_arguments: 0xff << 64,
            ..Program::default()
        }],
        functions: infos::infos(&functions),
        tree: None,
        entry: 0x10000,
        phdr: 0,
        phnum: 0,
        room: 0,
        exe_path: "/bin/test".into(),
        features,
    };
    let linker = Linker::new(&module).map_err(|e| e.to_string())?;
    let bodies = (0..)
        .zip(&functions)
        .map(|(i, f)| Some(linker.compile(0, FuncId(i), f)))
        .collect();
    let wasm = linker.finish(bodies).map_err(|e| e.to_string())?;
    let wat = wasmprinter::print_bytes(&wasm).map_err(|e| e.to_string())?;
    let baseline = WasmFeatures::WASM2 | WasmFeatures::TAIL_CALL;
    let allowed = if features.relaxed_simd {
        baseline | WasmFeatures::RELAXED_SIMD
    } else {
        baseline
    };
    Validator::new_with_features(allowed)
        .validate_all(&wasm)
        .map_err(|e| format!("{e}\n{wat}"))?;
    // Each function begins with its name, at the second level, and ends before the next line at that level.
    let mut out = String::new();
    for f in &functions {
        let head = format!("  (func ${} ", f.name);
        let mut lines = wat.lines().skip_while(|line| !line.starts_with(&head));
        let first = lines.next().ok_or("function not found")?;
        let body = lines.take_while(|line| line.starts_with("    ") || *line == "  )");
        for line in std::iter::once(first).chain(body) {
            out += line.strip_prefix("  ").unwrap_or(line);
            out.push('\n');
        }
    }
    Ok(out)
}

fn main() -> ExitCode {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/emit"));
    elfconv_filetest::main(dir, &[("emit", emit)])
}
