//! From words to instructions.
//!
//! All rows of all classes form one space of [`RowId`]s. A table made at compile time maps the upper eleven bits of a word to the few rows that can match it, in order
//! of priority; decoding compares masks along that list.

use core::fmt;

use crate::{
    builder::Builder,
    flow::Flow,
    insn,
    operands::{Disassembly, Operands},
    row::{Guard, Row},
};

/// The number of a row among all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u16);

impl RowId {
    /// The row.
    pub fn row(self) -> &'static Row {
        &ROWS[usize::from(self.0)]
    }
}

/// A decoded instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Insn {
    /// Which row.
    pub row: RowId,
    /// The word.
    pub word: u32,
}

impl Insn {
    /// The row's name, as in the sources and documentation.
    pub fn name(self) -> &'static str {
        self.row.row().name
    }

    /// The assembler text, at address `pc`.
    pub fn disasm(self, pc: u64) -> impl fmt::Display {
        Disassembly(Operands {
            row: self.row.row(),
            word: self.word,
            pc,
        })
    }

    /// The bits of the field `name`, if the row has it.
    pub fn field(self, name: &str) -> Option<u32> {
        self.row
            .row()
            .bits
            .find(name)
            .map(|slot| slot.of(self.word))
    }

    /// Where control goes after it, at address `pc`.
    pub fn flow(self, pc: u64) -> Flow {
        crate::flow::flow(self, pc)
    }
}

/// How many rows there are.
pub const ROW_COUNT: usize = insn::ROW_COUNT;

/// All rows; the index is the [`RowId`].
static ROWS: [Row; ROW_COUNT] = insn::ROWS;

/// All rows; the index is the [`RowId`].
pub fn rows() -> &'static [Row] {
    &ROWS
}

/// The table of semantic functions for one builder, by [`RowId`].
pub fn functions<'a, B: Builder + 'a>() -> &'a [fn(&mut B, u32); ROW_COUNT] {
    &insn::Functions::<B>::ALL
}

/// Runs the semantics of `insn`.
#[inline]
pub fn execute<B: Builder>(b: &mut B, insn: Insn) {
    functions::<B>()[usize::from(insn.row.0)](b, insn.word);
}

/// Words are looked up by their upper bits.
const KEY_SHIFT: u32 = 21;
const BUCKETS: usize = 1 << (32 - KEY_SHIFT);

/// How many list entries all buckets need together.
const ENTRIES: usize = {
    let mut n = 0;
    let mut r = 0;
    while r < ROW_COUNT {
        n += 1 << (!insn::ROWS[r].bits.mask >> KEY_SHIFT).count_ones();
        r += 1;
    }
    n
};

struct Buckets {
    /// The list of bucket `k` is `list[start[k]..start[k + 1]]`.
    start: [u16; BUCKETS + 1],
    list: [u16; ENTRIES],
}

/// The mask and value of each row, close together.
static MATCH: [(u32, u32); ROW_COUNT] = {
    let mut all = [(0, 0); ROW_COUNT];
    let mut r = 0;
    while r < ROW_COUNT {
        all[r] = (insn::ROWS[r].bits.mask, insn::ROWS[r].bits.value);
        r += 1;
    }
    all
};

/// The guard of each row. [`decode`] uses these copies, so that the kernel, which only executes, is linked without the rows' texts.
static GUARDS: [Option<Guard>; ROW_COUNT] = {
    let mut all = [None; ROW_COUNT];
    let mut r = 0;
    while r < ROW_COUNT {
        all[r] = insn::ROWS[r].guard;
        r += 1;
    }
    all
};

/// Whether row `a` declares that it wins over row `b`.
const fn wins(a: usize, b: usize) -> bool {
    let over = insn::ROWS[a].over;
    let mut i = 0;
    while i < over.len() {
        if crate::pattern::same(over[i], insn::ROWS[b].name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Panics with both names, at compile time.
const fn refuse(a: usize, b: usize, what: &str) -> ! {
    const fn append(text: &mut [u8; 200], mut at: usize, s: &str) -> usize {
        let mut i = 0;
        while i < s.len() && at < text.len() {
            text[at] = s.as_bytes()[i];
            at += 1;
            i += 1;
        }
        at
    }
    let mut text = [b' '; 200];
    let mut at = append(&mut text, 0, insn::ROWS[a].name);
    at = append(&mut text, at, " and ");
    at = append(&mut text, at, insn::ROWS[b].name);
    append(&mut text, at, what);
    match core::str::from_utf8(&text) {
        Ok(s) => panic!("{}", s),
        Err(_) => panic!("rows overlap"),
    }
}

/// Fills the buckets. Within one, a row that wins comes before those it wins over; rows that overlap otherwise do not compile.
#[allow(long_running_const_eval)]
static TABLE: Buckets = {
    let mut t = Buckets {
        start: [0; BUCKETS + 1],
        list: [0; ENTRIES],
    };
    let key_mask = BUCKETS as u32 - 1;
    // Sizes, then starts, then the lists.
    let mut r = 0;
    while r < ROW_COUNT {
        let (free, value) = (
            !insn::ROWS[r].bits.mask >> KEY_SHIFT,
            insn::ROWS[r].bits.value >> KEY_SHIFT,
        );
        let mut sub = free & key_mask;
        loop {
            t.start[(value | sub) as usize + 1] += 1;
            if sub == 0 {
                break;
            }
            sub = (sub - 1) & free;
        }
        r += 1;
    }
    let mut k = 0;
    while k < BUCKETS {
        t.start[k + 1] += t.start[k];
        k += 1;
    }
    let mut filled = [0u16; BUCKETS];
    let mut r = 0;
    while r < ROW_COUNT {
        let (free, value) = (
            !insn::ROWS[r].bits.mask >> KEY_SHIFT,
            insn::ROWS[r].bits.value >> KEY_SHIFT,
        );
        let mut sub = free & key_mask;
        loop {
            let key = (value | sub) as usize;
            let from = t.start[key] as usize;
            let len = filled[key] as usize;
            // The first entry that `r` wins over; everything that wins over `r` must be before it.
            let mut at = len;
            let mut i = len;
            while i > 0 {
                i -= 1;
                let other = t.list[from + i] as usize;
                if MATCH_BITS[r].0 & MATCH_BITS[other].0 & (MATCH_BITS[r].1 ^ MATCH_BITS[other].1)
                    == 0
                {
                    match (wins(r, other), wins(other, r)) {
                        (true, false) => at = i,
                        (false, true) => {
                            if at < len {
                                refuse(r, other, ": priorities of overlapping rows cross")
                            }
                        }
                        (true, true) => refuse(r, other, " win over each other"),
                        (false, false) => {
                            refuse(r, other, " overlap, and neither wins `over` the other")
                        }
                    }
                }
            }
            let mut i = len;
            while i > at {
                t.list[from + i] = t.list[from + i - 1];
                i -= 1;
            }
            t.list[from + at] = r as u16;
            filled[key] += 1;
            if sub == 0 {
                break;
            }
            sub = (sub - 1) & free;
        }
        r += 1;
    }
    t
};

/// [`MATCH`] as a constant, for the compile-time checks.
const MATCH_BITS: [(u32, u32); ROW_COUNT] = MATCH;

/// Decodes a word; `None` if it is unallocated or not implemented.
#[inline]
pub fn decode(word: u32) -> Option<Insn> {
    let key = (word >> KEY_SHIFT) as usize;
    for &row in &TABLE.list[usize::from(TABLE.start[key])..usize::from(TABLE.start[key + 1])] {
        let (mask, value) = MATCH[usize::from(row)];
        if word & mask == value && GUARDS[usize::from(row)].is_none_or(|guard| guard(word)) {
            return Some(Insn {
                row: RowId(row),
                word,
            });
        }
    }
    None
}
