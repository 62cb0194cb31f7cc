//! Where things are in the linear memory.
//!
//! The guest's image keeps its addresses. The first 64 KiB are never the guest's: what compiled code accesses by constant addresses, the state block above all, is there, so
//! that these are short. Behind it, and behind the room for other programs, 64 KiB aligned, come the kernel's stack and data (moved as one), then what the linker adds: the
//! dense table of indirect calls, the entry records, the resume records (of each program), the segment list, the executable's path, the file tree and its programs' records, and last,
//! because only the compiled functions tell its size, the frame descriptors. The program break starts at the next 64 KiB boundary. If the image lies so high that nothing fits behind it, all this goes below it.

use elfconv_abi::{boot, resume::ResumeRecord};

use crate::{LinkError, Module, Segment};

/// The size of a wasm page, by which the kernel is aligned; the first page is never mapped.
pub(crate) const PAGE: u64 = 65536;

/// The lowest address that is used: not 0, which is no address of anything in Rust.
const LOW: u32 = 16;

/// What must stay free behind the image for a heap, or else the kernel goes below the image.
const HEAP_ROOM: u64 = 64 << 20;

/// Addresses of what the linker places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// The lowest and one past the highest address of the image.
    pub image: (u32, u32),
    /// What is added to the kernel's addresses.
    pub kernel: u32,
    /// Where the kernel's data go that compiled code accesses, unless the image is in the way.
    pub low: Option<u32>,
    /// Tables of each program.
    pub tables: Vec<TablesLayout>,
    /// Segment list.
    pub segments: u32,
    /// Executable path.
    pub exe_path: u32,
    /// Names and attributes of the file tree.
    pub tree: u32,
    /// The records of its programs.
    pub programs: u32,
    /// Frame descriptors.
    pub descriptors: u32,
    /// One past the last address that the descriptors may occupy.
    pub limit: u64,
}

/// Addresses of a program's tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TablesLayout {
    /// The dense table: one word for each word of code, and one more that stays 0.
    pub dense: u32,
    /// Number of words of code.
    pub code_words: u32,
    /// Entry records.
    pub entries: u32,
    /// Resume records.
    pub resumes: u32,
}

fn align(address: u64, to: u64) -> u64 {
    address.next_multiple_of(to)
}

fn extent(segments: &[Segment<'_>]) -> Result<(u64, u64), LinkError> {
    let mut end = 0;
    for segment in segments {
        let next = u64::from(segment.addr) + u64::from(segment.memsz);
        if u64::from(segment.addr) < end
            || segment.data.len() > segment.memsz as usize
            || next > 1 << 32
        {
            return Err(LinkError::Segment(segment.addr));
        }
        end = next;
    }
    Ok((segments.first().map_or(PAGE, |s| s.addr.into()), end))
}

impl Layout {
    /// Places a kernel of `pages` wasm pages and the linker's own data.
    pub fn new(module: &Module<'_>, pages: u32) -> Result<Layout, LinkError> {
        let (lo, hi) = match &module.tree {
            None => extent(&module.segments)?,
            Some(_) => (PAGE, module.room.into()),
        };
        let kernel = u64::from(pages) * PAGE;
        let mut end = kernel;
        let mut tables = Vec::with_capacity(module.programs.len());
        for program in &module.programs {
            let functions = program.all(&module.functions);
            let code_words = program.code.1.saturating_sub(program.code.0).div_ceil(4);
            let dense = end;
            let entries = dense + 4 * (u64::from(code_words) + 1);
            let resumes = entries + (size_of::<boot::EntryRecord>() * functions.len()) as u64;
            let points: usize = functions.iter().map(|f| f.resumes.len()).sum();
            end = resumes + (size_of::<ResumeRecord>() * points) as u64;
            tables.push([dense, code_words.into(), entries, resumes]);
        }
        let segments = end;
        let exe_path = segments + 16 * module.segments.len() as u64;
        let tree = exe_path + module.exe_path.len() as u64;
        let nodes = module.tree.map_or(0, |t| t.nodes.len() as u64);
        let programs = align(tree + nodes, 16);
        let records = match module.tree {
            Some(_) => size_of::<boot::ProgramRecord>() * module.programs.len(),
            None => 0,
        };
        let descriptors = align(programs + records as u64, 16);
        let behind = align(hi.max(module.room.into()).max(PAGE), PAGE);
        let (base, limit) = if behind + descriptors + HEAP_ROOM <= 1 << 32 {
            (behind, 1 << 32)
        } else if PAGE + descriptors + HEAP_ROOM <= lo {
            (PAGE, lo)
        } else {
            return Err(LinkError::NoRoom {
                lo,
                hi,
                size: descriptors + HEAP_ROOM,
            });
        };
        let at = |offset: u64| (base + offset) as u32;
        Ok(Layout {
            image: (lo as u32, hi.min(u32::MAX.into()) as u32),
            kernel: base as u32,
            low: (lo >= PAGE).then_some(LOW),
            tables: tables
                .into_iter()
                .map(|[dense, code_words, entries, resumes]| TablesLayout {
                    dense: at(dense),
                    code_words: code_words as u32,
                    entries: at(entries),
                    resumes: at(resumes),
                })
                .collect(),
            segments: at(segments),
            exe_path: at(exe_path),
            tree: at(tree),
            programs: at(programs),
            descriptors: at(descriptors),
            limit,
        })
    }

    /// The program break: the first 64 KiB boundary behind `descriptors` bytes of descriptors.
    pub fn brk_start(&self, descriptors: usize) -> Result<u64, LinkError> {
        let end = align(u64::from(self.descriptors) + descriptors as u64, PAGE);
        if end > self.limit.min((1 << 32) - PAGE) {
            return Err(LinkError::NoRoom {
                lo: self.image.0.into(),
                hi: self.image.1.into(),
                size: descriptors as u64,
            });
        }
        Ok(end)
    }
}
