//! The stages, in order, each parallel over functions where that pays.

use std::{fmt::Write, time::Instant};

use elfconv_a64::state::FZ;
use elfconv_abi::boot::FZ_IGNORED;
use elfconv_discover::{Discovery, Found, FunctionCfg};
use elfconv_emit::{Body, Features, FunctionInfo, Linker, Module, Program, Segment, Tree};
use elfconv_image::GuestImage;
use elfconv_ir::{FuncId, Function};
use elfconv_opt::OptLevel;
use rayon::prelude::*;

use crate::{
    Error, FileTree, Flush, Options, Progress, Timings, Translation, TreeTranslation,
    cfg::Cfg,
    convention::{self, Conventions, signature},
    fast::{self, FastPaths},
    flush, noreturn,
    regs::RegSet,
    resume,
    ssa::{self, faults::Checks},
    standard::{self, Standard},
    summary::{self, FunctionSummary},
};

/// The kernel's wasm, built by `cargo xtask kernel`.
static KERNEL: &[u8] = include_bytes!("../../kernel/kernel.wasm");

/// Programs of a file tree that can be moved are placed side by side below this address.
const MOST_SPREAD: u64 = 256 << 20;

/// Collects how long stages take.
struct Clock<'a> {
    timings: Timings,
    progress: &'a dyn Progress,
    running: Option<(&'static str, Instant)>,
}

impl Clock<'_> {
    fn stage(&mut self, name: &'static str, total: usize) {
        self.stop();
        self.progress.stage(name, total);
        self.running = Some((name, Instant::now()));
    }

    fn stop(&mut self) {
        if let Some((name, start)) = self.running.take() {
            self.timings.push((name, start.elapsed()));
        }
    }
}

/// What is known of the program's functions before any IR is made.
struct Analysis {
    checks: Checks,
    /// The value of FPCR that code is made for.
    fpcr: u32,
    standard: &'static Standard,
    functions: Vec<FunctionCfg>,
    starts: Vec<u64>,
    cfgs: Vec<Cfg>,
    summaries: Vec<FunctionSummary>,
    conventions: Conventions,
    fast: FastPaths,
}

/// A function that calls itself is looked at twice if it has no more instructions.
const SMALL: u64 = 64;

impl Analysis {
    /// Whether a function is small and calls itself.
    fn calls_itself(&self, id: FuncId) -> bool {
        let blocks = self.cfgs[id.index()].blocks.iter();
        blocks.map(|b| (b.end - b.start) / 4).sum::<u64>() <= SMALL
            && self.summaries[id.index()]
                .callees()
                .any(|callee| callee == id)
    }
}

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

fn analyze(image: &GuestImage, clock: &mut Clock, options: &Options) -> Analysis {
    let safepoints = options.safepoints;
    clock.stage("discover", 0);
    let Discovery { functions, .. } = elfconv_discover::discover(image);
    let starts: Vec<u64> = functions.iter().map(|f| f.start).collect();
    clock.stage("summarise", functions.len());
    let word = |pc| image.read_u32(pc);
    let has_pads = |pc| {
        let after = image.fdes.partition_point(|fde| fde.start <= pc);
        image.fdes[..after]
            .last()
            .is_some_and(|fde| pc < fde.end && fde.lsda.is_some())
    };
    let catches = |start: u64| {
        let at = image.fdes.binary_search_by_key(&start, |fde| fde.start);
        at.is_ok_and(|i| image.fdes[i].catches)
    };
    // Code that nothing else leads to, behind an instruction that is there to raise a signal. (Behind others that are not implemented, code is for other processors.)
    let resumes = |pc: u64| {
        let faults = word(pc.wrapping_sub(4)).is_some_and(is_brk_or_udf);
        let at = functions.binary_search_by_key(&pc, |f| f.start);
        faults && at.is_ok_and(|i| functions[i].found == Found::Sweep)
    };
    let mut cfgs: Vec<Cfg> = functions
        .par_iter()
        .map(|f| Cfg::new(f, &starts, &has_pads, &resumes, catches(f.start)))
        .collect();
    let swept: Vec<bool> = functions.iter().map(|f| f.found == Found::Sweep).collect();
    noreturn::prune(&mut cfgs, &swept);
    let summarize = |standard| -> Vec<FunctionSummary> {
        let cfgs = cfgs.par_iter();
        cfgs.map(|cfg| summary::summarize(cfg, standard, &word, safepoints))
            .collect()
    };
    let mut summaries = summarize(&standard::AAPCS64);
    let standard = standard::of(&summaries);
    if standard.is_caller_saves() {
        summaries = summarize(standard);
    }
    let checks = match options.catch_faults {
        true => Checks::Range,
        false => ssa::faults::expected(&summaries),
    };
    for (s, f) in summaries.iter_mut().zip(&functions) {
        s.may_be_plain &= checks == Checks::None;
        s.address_taken = f.address_taken;
    }
    if safepoints {
        summary::add_entries(&cfgs, &mut summaries, &word);
    }
    let mut calls = vec![false; summaries.len()];
    let mut tails = vec![false; summaries.len()];
    for block in summaries.iter().flat_map(|s| &s.blocks) {
        match block.exit {
            summary::Exit::Call { callee } => calls[callee.index()] = true,
            summary::Exit::Tail { callee, .. } => tails[callee.index()] = true,
            _ => {}
        }
    }
    for (s, (call, tail)) in summaries.iter_mut().zip(calls.into_iter().zip(tails)) {
        s.called = call || tail;
        s.jumped_to = tail;
        if (s.address_taken || !s.called || tail) && !s.may_be_plain {
            s.passes = convention::RETURNED_X;
            s.homed = s.homed.or(s.passes);
        }
        // Callers that call have nothing for it in other registers.
        if call {
            for block in &mut s.blocks {
                block.changed = block.changed.meet(s.standard.saved);
            }
        }
    }
    spread_computes(&mut summaries);
    clock.stage("conventions", 0);
    let conventions = convention::solve(&summaries, safepoints);
    let fpcr = match options.flush {
        Flush::Never => FZ_IGNORED,
        Flush::Always => FZ,
        Flush::Auto if flush::is_selected_at_start(&cfgs, &summaries, &word) => FZ,
        Flush::Auto => 0,
    };
    Analysis {
        fast: FastPaths::new(&cfgs),
        checks,
        fpcr,
        standard,
        functions,
        starts,
        cfgs,
        summaries,
        conventions,
    }
}

/// Functions compute if what they call does. Of indirect calls and jumps that is not known.
fn spread_computes(summaries: &mut [FunctionSummary]) {
    let mut callers: Vec<Vec<u32>> = vec![Vec::new(); summaries.len()];
    let mut work = Vec::new();
    for (i, s) in (0..).zip(summaries.iter_mut()) {
        for callee in s.callees() {
            callers[callee.index()].push(i);
        }
        s.computes |= s.blocks.iter().any(|b| {
            matches!(
                b.exit,
                summary::Exit::CallUnknown | summary::Exit::TailUnknown { .. }
            )
        });
        if s.computes {
            work.push(i);
        }
    }
    while let Some(i) = work.pop() {
        for &c in &callers[i as usize] {
            if !std::mem::replace(&mut summaries[c as usize].computes, true) {
                work.push(c);
            }
        }
    }
}

/// One function's IR, optimised.
fn lift(a: &Analysis, image: &GuestImage, i: usize, opt: OptLevel) -> Function {
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

/// `BRK` or `UDF` (Arm ARM C6.2.45, C6.2.446).
fn is_brk_or_udf(word: u32) -> bool {
    word & 0xffe0_001f == 0xd420_0000 || word >> 16 == 0
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
const ROOM: u32 = 64 << 20;

fn features(options: &Options) -> Features {
    Features {
        relaxed_simd: options.relaxed_simd,
        layout: options.layout,
        ..Features::default()
    }
}

/// A program whose functions are `count` from `first` on.
fn program(image: &GuestImage, analysis: Option<&Analysis>, first: usize, count: usize) -> Program {
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
fn infos(a: &Analysis) -> Vec<FunctionInfo> {
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

/// Translate all executables of a file tree, each once, to one module that has the tree with it. Executables that cannot be translated are files like others:
/// the module interprets them.
///
/// # Errors
/// If the programs do not leave room for the kernel in 4 GiB.
pub fn translate_tree(
    tree: &FileTree,
    options: &Options,
    progress: &dyn Progress,
) -> Result<TreeTranslation, Error> {
    let mut clock = Clock {
        timings: Vec::new(),
        progress,
        running: None,
    };
    clock.stage("load", 0);
    let (images, refused) = load_all(tree);
    let code_bytes = images.iter().flat_map(|i| &i.1.code);
    let code_bytes = code_bytes.map(|r| r.end - r.start).sum();
    clock.stage("analyse", images.len());
    let analyses: Vec<Analysis> = if options.interpret {
        Vec::new()
    } else {
        images
            .par_iter()
            .map(|(_, image)| {
                let mut clock = Clock {
                    timings: Vec::new(),
                    progress: &(),
                    running: None,
                };
                let analysis = analyze(image, &mut clock, options);
                progress.advance(1);
                analysis
            })
            .collect()
    };
    let mut functions = Vec::new();
    let mut programs = Vec::new();
    let mut jobs = Vec::new();
    for (p, (a, (offset, image))) in analyses.iter().zip(&images).enumerate() {
        programs.push(Program {
            offset: *offset,
            ..program(image, Some(a), functions.len(), a.functions.len())
        });
        functions.extend(infos(a));
        jobs.extend((0..a.functions.len()).map(|i| (p, i)));
    }
    clock.stage("lift, optimise, emit", jobs.len());
    let end = images.iter().map(|i| i.1.span().end).max().unwrap_or(0);
    let module = Module {
        kernel: KERNEL,
        segments: Vec::new(),
        functions,
        programs,
        tree: Some(Tree {
            nodes: &tree.nodes,
            contents: &tree.contents,
        }),
        room: ROOM.max(end as u32),
        entry: 0,
        phdr: 0,
        phnum: 0,
        exe_path: tree.init.clone(),
        features: features(options),
    };
    let linker = Linker::new(&module)?;
    let bodies: Vec<Option<Body>> = jobs
        .par_iter()
        .map(|&(p, i)| {
            let f = lift(&analyses[p], &images[p].1, i, options.opt);
            let body = linker.compile(p, FuncId(i as u32), &f);
            progress.advance(1);
            Some(body)
        })
        .collect();
    clock.stage("link", 0);
    let functions = bodies.len();
    let wasm = linker.finish(bodies)?;
    clock.stop();
    Ok(TreeTranslation {
        translation: Translation {
            wasm,
            timings: clock.timings,
            functions,
            code_bytes,
        },
        programs: images.len(),
        refused,
    })
}

/// An executable's name, and why it is not translated.
type Refused = (String, Error);

/// The executables of a tree, by their offsets in the contents, and what cannot be translated. Those that can be moved get places of their own, as far as that is cheap: processes whose
/// programs do not overlap leave each other's text alone.
fn load_all(tree: &FileTree) -> (Vec<(u32, GuestImage)>, Vec<Refused>) {
    let (mut images, mut refused) = (Vec::new(), Vec::new());
    let mut place = elfconv_image::PIE_BASE;
    let mut movable = Vec::new();
    for file in &tree.executables {
        let bytes = tree.contents.get(file.contents.clone()).unwrap_or(&[]);
        match GuestImage::parse(bytes, &file.name) {
            Ok(image) if image.pie => movable.push((file, image)),
            Ok(image) => {
                place = place.max(image.span().end);
                images.push((file.contents.start as u32, image));
            }
            Err(e) => refused.push((file.name.clone(), e.into())),
        }
    }
    for (file, image) in movable {
        let at = place.next_multiple_of(0x1_0000);
        let len = image.span().end - image.span().start;
        let bytes = tree.contents.get(file.contents.clone()).unwrap_or(&[]);
        let moved = (at + len <= MOST_SPREAD)
            .then(|| GuestImage::parse_at(bytes, &file.name, at).ok())
            .flatten();
        if moved.is_some() {
            place = at + len;
        }
        images.push((file.contents.start as u32, moved.unwrap_or(image)));
    }
    images.sort_by_key(|i| i.0);
    (images, refused)
}
