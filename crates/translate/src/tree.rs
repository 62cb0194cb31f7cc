//! The translation of file trees: all their executables become one module.

use elfconv_emit::{Body, Linker, Module, Program, Tree};
use elfconv_image::GuestImage;
use elfconv_ir::FuncId;
use rayon::prelude::*;

use crate::{
    Error, FileTree, Options, Progress, Translation, TreeTranslation,
    analysis::{Analysis, analyze},
    clock::Clock,
    pipeline::{KERNEL, ROOM, features, infos, lift, program},
};

/// Programs of a file tree that can be moved are placed side by side below this address.
const MOST_SPREAD: u64 = 256 << 20;

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
