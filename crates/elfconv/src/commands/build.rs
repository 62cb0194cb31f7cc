//! `elfconv build`: an executable or a file tree to a module, or to one of the forms in between.

use std::path::{Path, PathBuf};

use elfconv_translate::{emit_cfg, emit_ir, translate, translate_tree};

use crate::{
    cli::{BuildArgs, Emit},
    commands::{options, read_input, require_elf, untranslatable},
    failure::Failure,
    output::Output,
    progress::{Bar, Clock},
    tree,
};

/// Run the command; its exit status.
pub fn run(args: &BuildArgs) -> Result<u8, Failure> {
    build(args).map_err(Failure::into_own)
}

fn build(args: &BuildArgs) -> Result<u8, Failure> {
    if let Some(root) = &args.root {
        return build_tree(args, root);
    }
    let input = &args.elf.clone().unwrap_or_default();
    let output = Output::new(&destination(args, input), args.emit == Emit::Wasm)?;
    let mut clock = Clock::new();
    let elf = read_input(input)?;
    require_elf(input, &elf)?;
    clock.lap("read");

    // The path is part of the output; only the part that the user wrote, so that equal commands give equal bytes.
    let options = options(&args.translate, false, input.display().to_string());
    let name = file_name(input);
    let text;
    let translation;
    let bytes = match args.emit {
        Emit::Ir => {
            text = emit_ir(&elf, &name, &options).map_err(|e| untranslatable(input, &e))?;
            clock.lap("translate");
            text.as_bytes()
        }
        Emit::Cfg => {
            text = emit_cfg(&elf, &name, &options).map_err(|e| untranslatable(input, &e))?;
            clock.lap("discover");
            text.as_bytes()
        }
        Emit::Wasm | Emit::Wat => {
            let bar = Bar::new(&name);
            translation =
                translate(&elf, &name, &options, &bar).map_err(|e| untranslatable(input, &e))?;
            bar.finish();
            clock.stages(&translation.timings);
            if args.emit == Emit::Wasm {
                &translation.wasm[..]
            } else {
                text = wasmprinter::print_bytes(&translation.wasm)
                    .map_err(|e| Failure::about(input, format!("cannot print the module: {e}")))?;
                clock.lap("print");
                text.as_bytes()
            }
        }
    };
    output.write(bytes)?;
    clock.lap("write");
    if args.timings {
        clock.report();
    }
    Ok(0)
}

/// A directory with all executables in it, to one module.
fn build_tree(args: &BuildArgs, root: &Path) -> Result<u8, Failure> {
    if !matches!(args.emit, Emit::Wasm | Emit::Wat) {
        return Err(Failure::new(
            "--emit ir and --emit cfg are for one executable",
        ));
    }
    let output = Output::new(&destination(args, root), args.emit == Emit::Wasm)?;
    let mut clock = Clock::new();
    let tree = tree::read(root, args.init.as_deref())?;
    clock.lap("read");
    let bar = Bar::new(&file_name(root));
    let options = options(&args.translate, false, String::new());
    let made = translate_tree(&tree, &options, &bar).map_err(|e| untranslatable(root, &e))?;
    bar.finish();
    clock.stages(&made.translation.timings);
    report_refused(&made.refused);
    let text;
    let bytes = if args.emit == Emit::Wasm {
        &made.translation.wasm[..]
    } else {
        text = wasmprinter::print_bytes(&made.translation.wasm)
            .map_err(|e| Failure::about(root, format!("cannot print the module: {e}")))?;
        text.as_bytes()
    };
    output.write(bytes)?;
    clock.lap("write");
    if args.timings {
        clock.report();
    }
    Ok(0)
}

/// Says which executables the module will interpret.
pub fn report_refused(refused: &[(String, elfconv_translate::Error)]) {
    for (name, error) in refused {
        let text = error.to_string();
        let what = text.split("; ").next().unwrap_or_default();
        anstream::eprintln!("{name}: will be interpreted: {what}");
    }
}

/// Where the output goes: as asked, else modules beside and text to standard output.
fn destination(args: &BuildArgs, input: &Path) -> PathBuf {
    match (&args.output, args.emit) {
        (Some(path), _) => path.clone(),
        (None, Emit::Wasm) => {
            let mut name = input.file_name().unwrap_or_default().to_os_string();
            name.push(".wasm");
            PathBuf::from(name)
        }
        (None, Emit::Wat | Emit::Ir | Emit::Cfg) => PathBuf::from("-"),
    }
}

/// The last component, for messages and the module's name.
pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
