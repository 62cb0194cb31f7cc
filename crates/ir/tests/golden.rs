//! Golden files of the text form, the verifier and the interpreter.

use std::{path::Path, process::ExitCode};

use elfconv_filetest::functions;

fn main() -> ExitCode {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/ir"));
    elfconv_filetest::main(
        dir,
        &[
            ("print", functions::print),
            ("run", functions::run),
            ("invalid", functions::invalid),
            ("syntax-error", functions::syntax_error),
        ],
    )
}
