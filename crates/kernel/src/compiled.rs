//! The compiled programs of the module, and the file tree that they come from.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::OnceCell;

use elfconv_abi::boot::{Boot, ProgramRecord, Tables};

use crate::dispatch::DenseTable;
use crate::mm::memory::Memory;
use crate::resume::{EntryBits, ResumeTable};

/// Copies bytes from the contents of the file tree: where they begin there, and where they go.
pub type ReadTree = fn(u32, &mut [u8]);

/// The contents of the file tree. They are not in memory.
#[derive(Clone, Copy)]
pub struct TreeContents(ReadTree);

impl TreeContents {
    /// What this function reads.
    pub fn new(read: ReadTree) -> Self {
        Self(read)
    }

    /// Copies bytes from `offset` on.
    pub fn read(self, offset: u32, to: &mut [u8]) {
        if !to.is_empty() {
            (self.0)(offset, to);
        }
    }
}

struct Compiled {
    record: ProgramRecord,
    /// Made when the program is first executed.
    tables: OnceCell<(DenseTable, ResumeTable)>,
}

/// All compiled programs.
pub struct Programs {
    memory: Memory,
    all: Vec<Compiled>,
}

/// Fields of a [`ProgramRecord`].
const WORDS: usize = size_of::<ProgramRecord>() / 4;

impl Programs {
    /// Those that the boot block describes.
    pub fn new(memory: Memory, boot: &Boot) -> Rc<Programs> {
        let own = ProgramRecord {
            tables: boot.tables,
            ..ProgramRecord::default()
        };
        let records = if boot.tree == 0 {
            alloc::vec![own]
        } else {
            let count = u64::from(boot.program_count);
            let bytes = memory.bytes(boot.programs.into(), 4 * WORDS as u64 * count);
            bytes.chunks_exact(4 * WORDS).map(record).collect()
        };
        let all = records.into_iter().map(|record| Compiled {
            record,
            tables: OnceCell::new(),
        });
        Rc::new(Programs {
            memory,
            all: all.collect(),
        })
    }

    /// The program whose file begins at this offset in the tree's contents, and what is added to its addresses.
    pub fn find(&self, offset: u32) -> Option<(u32, u64)> {
        let i = self
            .all
            .binary_search_by_key(&offset, |p| p.record.offset)
            .ok()?;
        Some((i as u32, self.all[i].record.base.into()))
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.all.len() as u32
    }

    /// A program's tables.
    #[inline]
    pub fn tables(&self, program: u32) -> Option<&(DenseTable, ResumeTable)> {
        let program = self.all.get(program as usize)?;
        Some(program.tables.get_or_init(|| {
            let tables = program.record.tables;
            (
                DenseTable::new(self.memory, tables),
                ResumeTable::new(self.memory, tables),
            )
        }))
    }

    /// Where the interpreter meets a program's compiled code, if there are such places.
    pub fn bits(&self, program: u32) -> Option<Rc<EntryBits>> {
        let (_, resumes) = self.tables(program)?;
        (!resumes.is_empty()).then(|| resumes.bits())
    }
}

fn record(bytes: &[u8]) -> ProgramRecord {
    let word = |i: usize| {
        bytes[4 * i..]
            .first_chunk()
            .map_or(0, |b| u32::from_le_bytes(*b))
    };
    ProgramRecord {
        offset: word(0),
        base: word(1),
        tables: Tables {
            entries: word(2),
            entry_count: word(3),
            entry_functions: word(4),
            resumes: word(5),
            resume_count: word(6),
            code_lo: word(7),
            code_words: word(8),
            dense: word(9),
            fpcr: word(10),
        },
    }
}
