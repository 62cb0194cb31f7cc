//! What is in memory when the module starts: the guest's segments, the kernel's data, and what the linker tells the kernel.

use elfconv_abi::{boot, packed::Range, resume::ResumeRecord};

use crate::{
    Module,
    data::Image,
    kernel::Kernel,
    layout::{Layout, PAGE},
    link::MAX_PAGES,
};

/// Smaller images are not packed: unpacking would take a noticeable part of their start.
const PACKED_MIN: usize = 1 << 20;
/// `PROT_EXEC`.
const EXEC: u8 = 4;

/// What the linker has found out about the module.
pub(crate) struct Contents<'a> {
    /// Address of the boot block.
    pub boot: u32,
    pub descriptors: &'a [u8],
    /// In the module's order.
    pub programs: Vec<Tables>,
    /// Table slot of the function that reads the file tree.
    pub read_tree: u32,
    pub brk_start: u32,
}

/// A program's tables.
pub(crate) struct Tables {
    pub entries: Vec<boot::EntryRecord>,
    /// Table slot of the first one's function.
    pub entry_functions: u32,
    pub resumes: Vec<ResumeRecord>,
}

fn words(words: impl IntoIterator<Item = u32>) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// The initial contents of memory.
pub(crate) fn image(
    module: &Module<'_>,
    kernel: &Kernel,
    layout: &Layout,
    contents: &Contents<'_>,
) -> Image {
    let mut image = Image::default();
    for segment in &module.segments {
        image.write(segment.addr, segment.data);
    }
    let mut all = Vec::with_capacity(contents.programs.len());
    for ((program, at), tables) in module
        .programs
        .iter()
        .zip(&layout.tables)
        .zip(&contents.programs)
    {
        let entries = tables.entries.iter().flat_map(|e| [e.addr, e.thunk]);
        image.write(at.entries, &words(entries));
        let resumes = tables.resumes.iter();
        image.write(
            at.resumes,
            &words(resumes.flat_map(|r| [r.pc, r.entry, r.recipe])),
        );
        all.push(boot::Tables {
            entries: at.entries,
            entry_count: tables.entries.len() as u32,
            entry_functions: tables.entry_functions,
            resumes: at.resumes,
            resume_count: tables.resumes.len() as u32,
            code_lo: program.code.0,
            code_words: at.code_words,
            dense: at.dense,
            fpcr: program.fpcr,
        });
    }
    let segments = module.segments.iter().flat_map(|s| {
        let end = |len| s.addr.wrapping_add(len);
        [
            s.addr,
            end(s.memsz),
            s.prot.into(),
            end(s.data.len() as u32),
        ]
    });
    image.write(layout.segments, &words(segments));
    image.write(layout.exe_path, module.exe_path.as_bytes());
    if let Some(tree) = module.tree {
        image.write(layout.tree, tree.nodes);
        let records = module.programs.iter().zip(&all).flat_map(|(p, tables)| {
            [p.offset, p.base]
                .into_iter()
                .chain(tables_words(tables))
                .collect::<Vec<u32>>()
        });
        image.write(layout.programs, &words(records));
    }
    image.write(layout.descriptors, contents.descriptors);
    let (mut image, packed) = pack(module, image, contents.brk_start.max(layout.image.1));
    for data in &kernel.data {
        image.write(data.at, &data.bytes);
    }
    let boot = boot::Boot {
        entry: module.entry,
        phdr: module.phdr,
        phnum: module.phnum,
        image_lo: layout.image.0,
        image_hi: layout.image.1,
        kernel: layout.kernel,
        brk_start: contents.brk_start,
        tables: match module.tree {
            None => all.first().copied().unwrap_or_default(),
            Some(_) => boot::Tables::default(),
        },
        segments: layout.segments,
        segment_count: module.segments.len() as u32,
        exe_path: layout.exe_path,
        exe_path_len: module.exe_path.len() as u32,
        packed: packed.0,
        packed_len: packed.1,
        tree: module.tree.map_or(0, |_| layout.tree),
        tree_len: module.tree.map_or(0, |t| t.nodes.len() as u32),
        read_tree: contents.read_tree,
        programs: layout.programs,
        program_count: module.tree.map_or(0, |_| all.len() as u32),
    };
    image.write(contents.boot, &words(boot_words(&boot)));
    image
}

/// Packs the guest's segments and the linker's own data, where that pays and there is room for the area behind everything else, at `start`: what memory holds then, and the area.
fn pack(module: &Module<'_>, image: Image, start: u32) -> (Image, (u32, u32)) {
    let low = module.segments.iter().any(|s| s.addr < PAGE as u32);
    if !module.features.packed || image.len() < PACKED_MIN || low {
        return (image, (0, 0));
    }
    let code: Vec<Range> = module
        .segments
        .iter()
        .filter(|s| s.prot & EXEC != 0)
        .map(|s| {
            let start = s.addr.next_multiple_of(4);
            Range {
                start,
                words: (s.data.len() as u32).saturating_sub(start - s.addr) / 4,
            }
        })
        .collect();
    let area = image.pack(&code);
    if u64::from(start) + area.len() as u64 > MAX_PAGES * PAGE - PAGE {
        return (image, (0, 0));
    }
    let mut packed = Image::default();
    packed.write(start, &area);
    (packed, (start, area.len() as u32))
}

/// The tables as they are in memory: all fields are words.
fn tables_words(tables: &boot::Tables) -> [u32; 9] {
    let boot::Tables {
        entries,
        entry_count,
        entry_functions,
        resumes,
        resume_count,
        code_lo,
        code_words,
        dense,
        fpcr,
    } = *tables;
    const _: () = assert!(size_of::<boot::Tables>() == 4 * 9);
    const _: () = assert!(size_of::<boot::ProgramRecord>() == 4 * 11);
    [
        entries,
        entry_count,
        entry_functions,
        resumes,
        resume_count,
        code_lo,
        code_words,
        dense,
        fpcr,
    ]
}

/// The block as it is in memory.
fn boot_words(boot: &boot::Boot) -> Vec<u32> {
    let boot::Boot {
        entry,
        phdr,
        phnum,
        image_lo,
        image_hi,
        kernel,
        brk_start,
        tables,
        segments,
        segment_count,
        exe_path,
        exe_path_len,
        packed,
        packed_len,
        tree,
        tree_len,
        read_tree,
        programs,
        program_count,
    } = *boot;
    const _: () = assert!(size_of::<boot::Boot>() == 4 * 27);
    let mut words = vec![entry, phdr, phnum, image_lo, image_hi, kernel, brk_start];
    words.extend(tables_words(&tables));
    words.extend([
        segments,
        segment_count,
        exe_path,
        exe_path_len,
        packed,
        packed_len,
        tree,
        tree_len,
        read_tree,
        programs,
        program_count,
    ]);
    words
}
