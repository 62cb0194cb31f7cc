//! `elfconv run`: translate, compile, run; the compiled module is kept for the next time.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, File},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use elfconv_translate::{FileTree, Progress, pcmap, translate, translate_tree};
use wasmtime::{Engine, Module};

use crate::{
    cli::RunArgs,
    commands::{
        build::{file_name, report_refused},
        options, read_input, require_elf, untranslatable,
    },
    failure::{Failure, NOT_EXECUTABLE},
    progress::{Bar, Clock},
    runtime::{
        self,
        cache::{Entry, Key},
        engine::engine,
        fault::GuestMap,
        terminal::RawTerminal,
        wasi::{Grant, Wasi},
    },
    tree,
};

/// Run the command; the guest's exit status.
pub fn run(args: &RunArgs) -> Result<u8, Failure> {
    let program = match (&args.root, args.command.first()) {
        (Some(root), _) => root,
        (None, command) => Path::new(command.map_or(OsStr::new(""), |c| c)),
    };
    let mut clock = Clock::new();
    let tree;
    let bytes;
    let source = if let Some(root) = &args.root {
        tree = tree::read(root, None)?;
        Source::Tree(&tree)
    } else {
        bytes = read_input(program)?;
        if bytes.starts_with(b"\0asm") {
            Source::Module(&bytes)
        } else {
            require_elf(program, &bytes)?;
            Source::Elf(&bytes)
        }
    };
    clock.lap("read");
    let translated = match source {
        Source::Module(bytes) => is_translated(bytes),
        _ => true,
    };
    if !translated && (args.strace || args.interpret) {
        return Err(
            Failure::about(program, "is a module that elfconv has not made")
                .help("--strace and --interpret are for executables and their translations"),
        );
    }
    let (grants, cwd) = grants(&args.dirs, translated)?;
    let mut environment = environment(args, cwd.filter(|_| translated))?;
    let engine = engine()?;
    let loaded = load(args, program, source, &engine, &mut clock)?;
    if args.timings {
        clock.report();
    }

    // A tree's module has a name of its own before its command.
    let module_name = args.root.as_ref().map(|root| root.as_os_str());
    let arguments = module_name
        .into_iter()
        .chain(args.command.iter().map(|a| &a[..]))
        .map(|a| a.as_bytes().to_vec())
        .collect();
    let terminal = translated.then(RawTerminal::enter).flatten();
    if let Some(terminal) = &terminal {
        environment.push(b"ELFCONV_TTY=raw".to_vec());
        if let Some((rows, columns)) = terminal.size {
            environment.push(format!("ELFCONV_ROWS={rows}").into_bytes());
            environment.push(format!("ELFCONV_COLUMNS={columns}").into_bytes());
        }
    }
    let wasi = Wasi::new(arguments, environment, grants)
        .map_err(|e| Failure::new(format!("cannot set up the guest's descriptors: {e}")))?;
    let ending = runtime::execute(program, &engine, &loaded.module, wasi)?;
    drop(terminal);
    let backtrace = args.backtrace
        || env::var_os("ELFCONV_BACKTRACE").is_some_and(|v| !v.is_empty() && v != "0");
    if ending.is_fault() || backtrace && ending.is_signal() {
        let map = loaded.wasm().map(|wasm| GuestMap::new(&wasm));
        ending.report(&map.unwrap_or_default(), translated, backtrace);
    }
    Ok(ending.status())
}

/// Whether a module was made by `elfconv`: its kernel understands the control variables.
fn is_translated(wasm: &[u8]) -> bool {
    wasmparser::Parser::new(0)
        .parse_all(wasm)
        .map_while(Result::ok)
        .any(|payload| {
            matches!(payload, wasmparser::Payload::CustomSection(s) if s.name() == pcmap::SECTION)
        })
}

/// What is to be run.
#[derive(Clone, Copy)]
enum Source<'a> {
    Elf(&'a [u8]),
    Module(&'a [u8]),
    Tree(&'a FileTree),
}

/// A module ready to run, and where its translation can be had.
struct Loaded {
    module: Module,
    wasm: Option<Vec<u8>>,
    entry: Option<Entry>,
}

impl Loaded {
    fn wasm(&self) -> Option<Vec<u8>> {
        self.wasm
            .clone()
            .or_else(|| self.entry.as_ref().and_then(Entry::wasm))
    }
}

/// Find the program in the cache, or translate and compile it.
fn load(
    args: &RunArgs,
    program: &Path,
    source: Source<'_>,
    engine: &Engine,
    clock: &mut Clock,
) -> Result<Loaded, Failure> {
    let is_module = matches!(source, Source::Module(_));
    let exe_path = fs::canonicalize(program).unwrap_or_else(|_| program.to_path_buf());
    let mut options = options(&args.translate, true, exe_path.display().to_string());
    options.interpret = args.interpret;
    let entry = if args.no_cache {
        None
    } else {
        let mut key = Key::new(engine);
        match source {
            Source::Elf(bytes) | Source::Module(bytes) => key.add(bytes),
            Source::Tree(tree) => {
                key.add(&tree.nodes);
                key.add(&tree.contents);
                key.add(tree.init.as_bytes());
            }
        }
        if !is_module {
            key.add(format!("{options:?}").as_bytes());
        }
        Entry::new(key)
    };
    clock.lap("look up");
    if let Some(module) = entry.as_ref().and_then(|e| e.load(engine)) {
        clock.lap("load");
        return Ok(Loaded {
            module,
            wasm: None,
            entry,
        });
    }

    let name = file_name(program);
    let bar = Bar::new(&name);
    let translation = match source {
        Source::Module(_) => None,
        Source::Elf(bytes) => Some(translate(bytes, &name, &options, &bar)),
        Source::Tree(tree) => Some(translate_tree(tree, &options, &bar).map(|made| {
            report_refused(&made.refused);
            made.translation
        })),
    };
    let wasm = match (source, translation) {
        (Source::Module(bytes), _) => bytes.to_vec(),
        (_, Some(translation)) => {
            let translation = translation.map_err(|e| untranslatable(program, &e))?;
            clock.stages(&translation.timings);
            translation.wasm
        }
        (_, None) => Vec::new(),
    };
    bar.stage("compiling", 0);
    let module = Module::new(engine, &wasm).map_err(|e| {
        let failure = Failure::about(program, format!("the engine refuses the module: {e:#}"));
        if is_module {
            failure.with_status(NOT_EXECUTABLE)
        } else {
            failure
                .help(
                    "this is a defect of elfconv; please report it with the program that shows it",
                )
                .with_status(crate::failure::INTERNAL)
        }
    })?;
    clock.lap("compile");
    if let Some(entry) = &entry {
        entry.store(&wasm, &module);
        clock.lap("store");
    }
    bar.finish();
    Ok(Loaded {
        module,
        wasm: Some(wasm),
        entry,
    })
}

/// Open the granted directories, and tell where the guest starts: in this process's directory, by the guest's name for it, if it is granted.
///
/// Modules of others know no current directory; their libraries take relative paths from a directory of the name `.`.
fn grants(dirs: &[OsString], translated: bool) -> Result<(Vec<Grant>, Option<String>), Failure> {
    let here = env::current_dir().ok();
    let mut grants = Vec::new();
    let mut cwd: Option<(usize, String)> = None;
    for dir in dirs {
        let (host, guest) = split_grant(dir);
        let refuse = |e: std::io::Error| {
            Failure::io(&host, "cannot grant this directory", &e)
                .help("--dir takes HOST or HOST::GUEST, where HOST is a directory")
                .with_status(crate::failure::OWN)
        };
        // Without links, so that it can be compared with the current directory; the name that the guest sees is as it was given.
        let real = fs::canonicalize(&host).map_err(refuse)?;
        if !real.is_dir() {
            return Err(refuse(std::io::Error::from(
                std::io::ErrorKind::NotADirectory,
            )));
        }
        let guest_path = match guest {
            Some(path) if path.is_absolute() => path,
            Some(path) => Path::new("/").join(path),
            None if host.is_absolute() || !translated => host.clone(),
            None => real.clone(),
        };
        let guest_path = guest_path.to_str().ok_or_else(|| {
            Failure::about(&guest_path, "a guest's path must be UTF-8")
                .help("give it another name: --dir HOST::GUEST")
        })?;
        if let Some(below) = here.as_ref().and_then(|h| h.strip_prefix(&real).ok())
            && let Some(below) = below.to_str()
        {
            // The nearest one, if several contain it.
            let depth = real.components().count();
            if cwd.as_ref().is_none_or(|(d, _)| depth > *d) {
                let joined = Path::new(guest_path).join(below);
                let text = joined.display().to_string();
                let text = text.strip_suffix('/').filter(|t| !t.is_empty());
                cwd = Some((
                    depth,
                    text.map_or(joined.display().to_string(), str::to_owned),
                ));
            }
        }
        grants.push(Grant {
            directory: File::open(&real).map_err(refuse)?,
            guest_path: guest_path.to_owned(),
        });
    }
    Ok((grants, cwd.map(|(_, path)| path)))
}

/// `HOST` or `HOST::GUEST`.
fn split_grant(text: &OsStr) -> (PathBuf, Option<PathBuf>) {
    let bytes = text.as_bytes();
    let path = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
    match bytes.windows(2).position(|w| w == b"::") {
        Some(at) => (path(&bytes[..at]), Some(path(&bytes[at + 2..]))),
        None => (path(bytes), None),
    }
}

/// The guest's environment, and the variables by which its kernel is told what to do and which the guest does not see.
fn environment(args: &RunArgs, cwd: Option<String>) -> Result<Vec<Vec<u8>>, Failure> {
    let mut variables = Vec::new();
    for given in &args.env {
        let (name, value) = match given.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (given.as_str(), env::var_os(given)),
        };
        if name.is_empty() {
            return Err(
                Failure::new(format!("--env {given}: a variable needs a name"))
                    .help("--env takes K=V, or K to pass the value that it has here"),
            );
        }
        // A variable that is not set here is not set there.
        if let Some(value) = value {
            variables.push([name.as_bytes(), b"=", value.as_bytes()].concat());
        }
    }
    let mut control =
        |name: &str, value: &str| variables.push(format!("{name}={value}").into_bytes());
    if let Some(cwd) = cwd {
        control("ELFCONV_CWD", &cwd);
    }
    if args.strace {
        control("ELFCONV_STRACE", "1");
    }
    if args.interpret {
        control("ELFCONV_INTERPRET", "1");
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_split_at_the_first_pair_of_colons() {
        let split = |s: &str| {
            let (host, guest) = split_grant(OsStr::new(s));
            (
                host.display().to_string(),
                guest.map(|g| g.display().to_string()),
            )
        };
        assert_eq!(split("a"), ("a".into(), None));
        assert_eq!(split("a::/b"), ("a".into(), Some("/b".into())));
        assert_eq!(split("a:b::c::d"), ("a:b".into(), Some("c::d".into())));
    }
}
