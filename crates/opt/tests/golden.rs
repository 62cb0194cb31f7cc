//! Golden files of the passes: `test opt PASS…` and `test optimize O0|O1|O2`.

use std::{path::Path, process::ExitCode};

use elfconv_filetest::functions;
use elfconv_ir::Function;
use elfconv_opt::{OptLevel, PASSES, optimize};

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

fn main() -> ExitCode {
    elfconv_filetest::main(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/opt")),
        &[
            ("opt", passes),
            ("optimize", level),
            ("run", functions::run),
        ],
    )
}
