//! Golden files of the passes: `test opt PASS…`, `test inline`, `test unroll` and `test optimize O0|O1|O2`.

use std::{path::Path, process::ExitCode};

use elfconv_filetest::functions;
use elfconv_ir::{FuncId, Function};
use elfconv_opt::{FastPath, OptLevel, PASSES, fast_path, inline, optimize, unroll_recursion};

fn passes(args: &[&str], input: &str) -> Result<String, String> {
    let passes = args
        .iter()
        .map(|name| {
            PASSES
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, pass)| *pass)
                .ok_or(format!("no pass `{name}`"))
        })
        .collect::<Result<Vec<fn(&mut Function)>, _>>()?;
    functions::transform(input, |f| {
        for pass in &passes {
            pass(f);
            f.compact();
        }
    })
}

fn level(args: &[&str], input: &str) -> Result<String, String> {
    let level = match args {
        ["O0"] => OptLevel::O0,
        ["O1"] => OptLevel::O1,
        ["O2"] => OptLevel::O2,
        _ => return Err("a level: O0, O1 or O2".into()),
    };
    functions::transform(input, |f| optimize(f, level))
}

/// Every function gets the fast paths of all, its own included.
fn inlined(_args: &[&str], input: &str) -> Result<String, String> {
    functions::transform_all(input, |functions| {
        let fast: Vec<Option<FastPath>> = functions
            .iter()
            .map(|f| fast_path(f, &|_, _| None))
            .collect();
        for f in functions {
            inline(f, &|id| fast[id.index()].as_ref());
            f.compact();
        }
    })
}

/// Every function that calls itself is unrolled.
fn unrolled(_args: &[&str], input: &str) -> Result<String, String> {
    functions::transform_all(input, |functions| {
        for (i, f) in functions.iter_mut().enumerate() {
            unroll_recursion(f, FuncId(i as u32), &|_, _| None);
            f.compact();
        }
    })
}

fn main() -> ExitCode {
    elfconv_filetest::main(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/opt")),
        &[
            ("opt", passes),
            ("inline", inlined),
            ("unroll", unrolled),
            ("optimize", level),
            ("run", functions::run),
        ],
    )
}
