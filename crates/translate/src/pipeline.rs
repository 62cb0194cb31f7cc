//! The stages, in order, each parallel over functions where that pays.

use std::fmt::Write;

use elfconv_a64::state::FZ;
use elfconv_discover::FunctionCfg;
use elfconv_emit::{Body, Features, FunctionInfo, Linker, Module, Program, Segment};
use elfconv_image::GuestImage;
use elfconv_ir::{FuncId, Function};
use elfconv_opt::OptLevel;
use rayon::prelude::*;

use crate::{
    Error, Options, Progress, Translation,
    analysis::{Analysis, analyze},
    clock::Clock,
    convention::signature,
    fast,
    regs::RegSet,
    resume, ssa,
};

/// The kernel's wasm, built by `cargo xtask kernel`.
pub(crate) static KERNEL: &[u8] = include_bytes!("../../kernel/kernel.wasm");

/// Translate an ELF executable to a wasm module. `name` is used in messages.
///
/// # Errors
/// If the input is not a static AArch64 Linux executable, or does not leave room for the kernel in 4 GiB.
pub fn translate(
    elf: &[u8],
    name: &str,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Translation, Error> {
    let mut clock = Clock {
        timings: Vec::new(),
        progress,
        running: None,
    };
    clock.stage("load", 0);
    let image = GuestImage::parse(elf, name)?;
    let code_bytes = image.code.iter().map(|r| r.end - r.start).sum();
    let analysis = if options.interpret {
        None
    } else {
        Some(analyze(&image, &mut clock, options))
    };
    clock.stage(
        "lift, optimise, emit",
        analysis.as_ref().map_or(0, |a| a.functions.len()),
    );
    let module = module(&image, analysis.as_ref(), options);
    let linker = Linker::new(&module)?;
    let bodies: Vec<Option<Body>> = match &analysis {
        None => Vec::new(),
        Some(a) => (0..a.functions.len())
            .into_par_iter()
            .map(|i| {
                let f = lift(a, &image, i, options.opt);
                let body = linker.compile(0, FuncId(i as u32), &f);
                progress.advance(1);
                Some(body)
            })
            .collect(),
    };
    clock.stage("link", 0);
    let functions = bodies.len();
    let wasm = linker.finish(bodies)?;
    clock.stop();
    Ok(Translation {
        wasm,
        timings: clock.timings,
        functions,
        code_bytes,
    })
}

/// The IR of all functions, or of those whose name or address is `only`, as text.
///
/// # Errors
/// As [`translate`].
pub fn emit_ir(elf: &[u8], name: &str, options: &Options) -> Result<String, Error> {
    let mut clock = Clock {
        timings: Vec::new(),
        progress: &(),
        running: None,
    };
    let image = GuestImage::parse(elf, name)?;
    let a = analyze(&image, &mut clock, options);
    let texts: Vec<String> = (0..a.functions.len())
        .into_par_iter()
        .map(|i| {
            let c = &a.conventions.functions[i];
            let f = lift(&a, &image, i, options.opt);
            format!(
                "; takes {:?}, returns {:?}, changes {:?}, elides {:?}{}\n{f}\n",
                c.params(),
                c.results,
                c.modified,
                a.summaries[i].elided,
                if c.plain { ", plain" } else { "" },
            )
        })
        .collect();
    Ok(texts.concat())
}

/// The functions and blocks that were found, as text.
///
/// # Errors
/// As [`translate`].
pub fn emit_cfg(elf: &[u8], name: &str, _options: &Options) -> Result<String, Error> {
    let image = GuestImage::parse(elf, name)?;
    let discovery = elfconv_discover::discover(&image);
    let mut text = String::new();
    let _ = write!(text, "{discovery}");
    Ok(text)
}

/// One function's IR, optimised.
pub(crate) fn lift(a: &Analysis, image: &GuestImage, i: usize, opt: OptLevel) -> Function {
    let mut f = build(a, image, i);
    if opt >= OptLevel::O2 {
        let id = FuncId(i as u32);
        if a.calls_itself(id) {
            elfconv_opt::optimize(&mut f, opt);
            elfconv_opt::unroll_recursion(&mut f, id, &fast::decided);
            #[cfg(debug_assertions)]
            verify(&f);
        }
        let fast = |callee: FuncId| {
            a.fast.of(callee, || {
                let mut f = build(a, image, callee.index());
                elfconv_opt::optimize(&mut f, opt);
                f
            })
        };
        elfconv_opt::inline(&mut f, &fast);
        #[cfg(debug_assertions)]
        verify(&f);
    }
    elfconv_opt::optimize(&mut f, opt);
    f
}

/// One function's IR.
fn build(a: &Analysis, image: &GuestImage, i: usize) -> Function {
    let word = |pc| image.read_u32(pc);
    let ctx = ssa::Context {
        conventions: &a.conventions.functions,
        exotic: a.conventions.exotic,
        starts: &a.starts,
        checks: a.checks,
        fpcr: a.fpcr & FZ,
        word: &word,
    };
    let name = function_name(&a.functions[i]);
    let f = ssa::build(
        &ctx,
        FuncId(i as u32),
        &name,
        &a.cfgs[i],
        &a.summaries[i],
        &a.conventions.liveness[i],
    );
    #[cfg(debug_assertions)]
    verify(&f);
    f
}

#[cfg(debug_assertions)]
fn verify(f: &Function) {
    if let Err(e) = elfconv_ir::verify(f) {
        panic!("lifted {}: {e}\n{f}", f.name);
    }
}

/// One bit for each register number.
fn mask(set: RegSet) -> u128 {
    set.iter().fold(0, |all, (reg, _)| all | 1 << reg.0)
}

fn function_name(f: &FunctionCfg) -> String {
    f.name
        .clone()
        .unwrap_or_else(|| format!("fn_{:x}", f.start))
}

fn module<'a>(image: &'a GuestImage, analysis: Option<&Analysis>, options: &Options) -> Module<'a> {
    let segments = image
        .segments
        .iter()
        .map(|s| Segment {
            addr: s.vaddr as u32,
            memsz: s.memsz as u32,
            data: &s.data,
            prot: u8::from(s.read) | u8::from(s.write) << 1 | u8::from(s.exec) << 2,
        })
        .collect();
    let functions = analysis.map_or_else(Vec::new, infos);
    Module {
        kernel: KERNEL,
        segments,
        programs: vec![program(image, analysis, 0, functions.len())],
        functions,
        tree: None,
        room: ROOM,
        entry: image.entry as u32,
        phdr: image.phdr as u32,
        phnum: image.phnum.into(),
        exe_path: options.exe_path.clone(),
        features: features(options),
    }
}

/// Room for programs that appear when the module runs: executables that cannot be moved begin at 0x400000, and few reach further than this.
pub(crate) const ROOM: u32 = 64 << 20;

pub(crate) fn features(options: &Options) -> Features {
    Features {
        relaxed_simd: options.relaxed_simd,
        layout: options.layout,
        ..Features::default()
    }
}

/// A program whose functions are `count` from `first` on.
pub(crate) fn program(
    image: &GuestImage,
    analysis: Option<&Analysis>,
    first: usize,
    count: usize,
) -> Program {
    let code = image.code.iter().fold((u64::MAX, 0), |(lo, hi), r| {
        (lo.min(r.start), hi.max(r.end))
    });
    Program {
        functions: first..first + count,
        code: (code.0 as u32, code.1 as u32),
        state_arguments: analysis.map_or(0, |a| mask(a.standard.memory_arguments)),
        fpcr: analysis.map_or(0, |a| a.fpcr),
        state_arguments_kept: analysis.is_some_and(|a| a.standard.is_caller_saves()),
        offset: 0,
        base: image.base as u32,
    }
}

/// What the linker has to know of a program's functions.
pub(crate) fn infos(a: &Analysis) -> Vec<FunctionInfo> {
    a.functions
        .iter()
        .zip(&a.conventions.functions)
        .zip(a.cfgs.iter().zip(&a.summaries))
        .zip(&a.conventions.liveness)
        .map(|(((f, c), (cfg, summary)), live)| FunctionInfo {
            name: function_name(f),
            addr: f.start as u32,
            params: signature(c.params()),
            in_state: c
                .in_state()
                .iter()
                .map(|r| r.0)
                .filter(|r| r.0 < 32)
                .collect(),
            results: signature(c.results),
            plain: c.plain,
            computes: summary.computes,
            uniform: f.address_taken,
            resumes: resume::points(cfg, summary, c, live),
        })
        .collect()
}
