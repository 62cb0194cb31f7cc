//! Random cases: a word of a row, registers and memory with values that provoke, and what our semantics make of it.

use elfconv_a64::{
    Flow, Insn, RowId, decode,
    exec::{DecodeCache, Event, Exec, Memory, Outcome, Refused, run as interpret},
    execute, fpu, rows,
    state::CpuState,
};

use crate::runner::{BUFFER, BUFFER_LEN, Record, SLOT, TAKEN, WORDS};

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    /// The next number.
    #[expect(
        clippy::should_implement_trait,
        reason = "the sequence has no end, so there is no Option"
    )]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// An integer that is often at an edge.
    pub fn integer(&mut self) -> u64 {
        let r = self.next();
        match self.below(12) {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << self.below(64),
            3 => (1u64 << self.below(64)).wrapping_sub(1),
            4 => (r as i8) as u64,
            5 => (r as i32) as u64,
            6 => u64::from(r as u32),
            7 => [
                0x8000_0000,
                0x7fff_ffff,
                0x8000_0000_0000_0000,
                0x7fff_ffff_ffff_ffff,
                0xffff_ffff,
                0xffff_ffff_8000_0000,
            ][self.below(6) as usize],
            8 => r & self.next() & self.next(),
            9 => self.below(256),
            _ => r,
        }
    }

    /// A vector of lanes of some size, integers or floating-point numbers of any kind.
    fn vector(&mut self) -> u128 {
        const F16: [u16; 17] = [
            0x7e00, 0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e01, 0x0001, 0x03ff, 0x7bff,
            0x3e00, 0x4100, 0x7c01, 0xfd55, 0xfe12, 0x83aa,
        ];
        const F32: [u32; 23] = [
            0x7fc0_0000,
            0x7f80_0001,
            0xffa1_2345,
            0xffc5_4321,
            0x8012_3456,
            0x0080_0000,
            0x3f80_0001,
            0x477f_f000,
            0x387f_e000,
            0,
            0x8000_0000,
            0x3f80_0000,
            0xbf80_0000,
            0x7f80_0000,
            0xff80_0000,
            0x7fc0_0001,
            1,
            0x007f_ffff,
            0x7f7f_ffff,
            0x3fc0_0000,
            0x4020_0000,
            0x4f00_0000,
            0xcf00_0000,
        ];
        const F64: [u64; 23] = [
            0x7ff8_0000_0000_0000,
            0x7ff0_0000_0000_0001,
            0xfff4_5678_9abc_def0,
            0xfff8_1234_5678_9abc,
            0x8001_2345_6789_abcd,
            0x0010_0000_0000_0000,
            0x3ff0_0000_0000_0001,
            0x47ef_ffff_f000_0000,
            0x3810_0000_0000_0000,
            0x380f_ffff_ffff_ffff,
            0,
            1 << 63,
            0x3ff0_0000_0000_0000,
            0xbff0_0000_0000_0000,
            0x7ff0_0000_0000_0000,
            0xfff0_0000_0000_0000,
            0x7ff8_0000_0000_0001,
            1,
            0x000f_ffff_ffff_ffff,
            0x7fef_ffff_ffff_ffff,
            0x3ff8_0000_0000_0000,
            0x4004_0000_0000_0000,
            0x43e0_0000_0000_0000,
        ];
        let (kind, plain) = (self.below(8), self.below(3) == 0);
        let lanes = |rng: &mut Self, bits: u32, lane: &dyn Fn(&mut Self) -> u64| {
            (0..128 / bits).fold(0u128, |all, i| all | u128::from(lane(rng)) << (i * bits))
        };
        match kind {
            0 => lanes(self, 64, &|r| r.next()),
            1 => lanes(self, 64, &|r| r.integer()),
            2 => lanes(self, 32, &|r| (r.integer() as u32).into()),
            3 => lanes(self, 16, &|r| (r.integer() as u16).into()),
            4 => lanes(self, 8, &|r| (r.integer() as u8).into()),
            5 => lanes(self, 16, &|r| F16[r.below(17) as usize].into()),
            6 => lanes(self, 32, &|r| match (plain, r.below(3)) {
                (false, 0) => F32[r.below(23) as usize].into(),
                _ => ((r.next() as i32 as f32) / (1u64 << r.below(40)) as f32)
                    .to_bits()
                    .into(),
            }),
            _ => lanes(self, 64, &|r| match (plain, r.below(3)) {
                (false, 0) => F64[r.below(23) as usize],
                _ => ((r.next() as i64 as f64) / (1u128 << r.below(80)) as f64).to_bits(),
            }),
        }
    }

    /// All registers and the buffer.
    pub fn record(&mut self) -> Record {
        const NOP: u32 = 0xd503_201f;
        Record {
            x: std::array::from_fn(|_| self.integer()),
            sp: self.integer(),
            nzcv: self.below(16) as u32,
            fpcr: match self.below(2) {
                0 => 0,
                _ => self.next() as u32 & fpu::FPCR_BITS,
            },
            fpsr: match self.below(4) {
                0 => self.next() as u32 & fpu::FPSR_BITS,
                _ => 0,
            },
            taken: false,
            words: [NOP; WORDS],
            v: std::array::from_fn(|_| self.vector()),
            memory: (0..BUFFER_LEN / 16)
                .flat_map(|_| self.vector().to_le_bytes())
                .collect(),
        }
    }
}

/// The buffer, at its address, and the words of the case. While `probing`, every access succeeds, and only the first address is of interest.
pub struct Buffer {
    /// Its contents.
    pub bytes: Vec<u8>,
    words: [u32; WORDS],
    probing: bool,
    first: Option<u64>,
}

impl Buffer {
    /// With these contents.
    pub fn new(bytes: Vec<u8>) -> Buffer {
        Buffer {
            bytes,
            words: [0; WORDS],
            probing: false,
            first: None,
        }
    }
    /// Only to see where accesses go.
    pub fn probe() -> Buffer {
        Buffer {
            probing: true,
            ..Buffer::new(Vec::new())
        }
    }
    /// The first address that was accessed.
    pub fn first(&self) -> Option<u64> {
        self.first
    }
    fn range(&mut self, addr: u64, len: usize) -> Result<Option<usize>, Refused> {
        self.first.get_or_insert(addr);
        if self.probing {
            return Ok(None);
        }
        let at = addr.wrapping_sub(BUFFER);
        if at > (BUFFER_LEN - len) as u64 {
            Err(Refused)
        } else {
            Ok(Some(at as usize))
        }
    }
}

macro_rules! accesses {
    ($($load:ident $store:ident $ty:ty;)*) => {
        impl Memory for Buffer {
            $(
                fn $load(&mut self, addr: u64) -> Result<$ty, Refused> {
                    const LEN: usize = size_of::<$ty>();
                    Ok(match self.range(addr, LEN)? {
                        Some(at) => <$ty>::from_le_bytes(self.bytes[at..at + LEN].try_into().unwrap()),
                        None => 0,
                    })
                }
                fn $store(&mut self, addr: u64, value: $ty) -> Result<(), Refused> {
                    const LEN: usize = size_of::<$ty>();
                    if let Some(at) = self.range(addr, LEN)? {
                        self.bytes[at..at + LEN].copy_from_slice(&value.to_le_bytes());
                    }
                    Ok(())
                }
            )*
            fn fetch(&mut self, addr: u64) -> Result<u32, Refused> {
                let at = addr.wrapping_sub(SLOT) as usize / 4;
                self.words.get(at).copied().ok_or(Refused)
            }
        }
    };
}
accesses! {
    load8 store8 u8;
    load16 store16 u16;
    load32 store32 u32;
    load64 store64 u64;
    load128 store128 u128;
}

/// How a case is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// The interpreter as it is in every module: its loop, its cache, the variants of frequent rows.
    Interpreter,
    /// The rows' own functions, of which compiled code is made.
    Rows,
}

/// Executes the words of `before`, with FPSR observed or not; `None` if something was refused. The second part is the first address accessed.
pub fn run(
    before: &Record,
    through: Through,
    observed: bool,
    probing: bool,
) -> (Option<Record>, Option<u64>) {
    let mut state = CpuState::new();
    state.x = before.x;
    state.sp = before.sp;
    state.nzcv = before.nzcv;
    state.fpcr = before.fpcr;
    state.fpsr = before.fpsr;
    state.fp_observed = observed.into();
    state.v = before.v.map(|v| [v as u64, (v >> 64) as u64]);
    state.pc = SLOT;
    let mut memory = Buffer {
        words: before.words,
        probing,
        ..Buffer::new(before.memory.clone())
    };
    let taken = match through {
        Through::Interpreter => by_interpreter(&mut state, &mut memory),
        Through::Rows => by_rows(&mut state, &mut memory),
    };
    let after = taken.map(|taken| Record {
        x: state.x,
        sp: state.sp,
        nzcv: state.nzcv,
        fpcr: state.fpcr,
        fpsr: state.fpsr,
        taken,
        words: before.words,
        v: state
            .v
            .map(|[low, high]| u128::from(low) | u128::from(high) << 64),
        memory: memory.bytes,
    });
    (after, memory.first)
}

/// One past the last word of a case.
const END: u64 = SLOT + 4 * WORDS as u64;

/// Whether the last word went to [`TAKEN`]; `None` if it went elsewhere, or nowhere.
fn by_interpreter(state: &mut CpuState, memory: &mut Buffer) -> Option<bool> {
    let mut cache = DecodeCache::new(4);
    while state.pc != END {
        let left = (END - state.pc) / 4;
        match interpret(state, memory, &mut cache, left) {
            Outcome::Syscall => return None,
            Outcome::Fault { .. } if state.pc != TAKEN => return None,
            _ if state.pc == TAKEN => return Some(true),
            _ if !(SLOT..=END).contains(&state.pc) => return None,
            _ => {}
        }
    }
    Some(false)
}

/// As [`by_interpreter`].
fn by_rows(state: &mut CpuState, memory: &mut Buffer) -> Option<bool> {
    for word in memory.words {
        let insn = decode(word).expect("cases are made of words that decode");
        let mut exec = Exec::new(state, memory);
        execute(&mut exec, insn);
        match exec.event {
            Event::Next | Event::NotTaken | Event::Mode => state.pc += 4,
            Event::Fault(_) | Event::Syscall => return None,
            _ => return (exec.target == TAKEN).then_some(true),
        }
    }
    Some(false)
}

/// Rows whose result is a property of the machine rather than of the inputs, or that would disturb the runner; by how their names begin.
const UNTESTABLE: &[(&str, &str)] = &[
    ("mrs_tpidr", "the runner uses the register"),
    ("msr_tpidr", "the runner uses the register"),
    ("mrs_cntvct", "time"),
    ("mrs_cntfrq", "the oracle has another frequency"),
    ("mrs_ctr", "the oracle has other caches"),
    ("mrs_dczid", "the oracle has another block size"),
    ("mrs_id", "the oracle has other features"),
    ("mrs_rndr", "chance"),
    ("mrs_dit", "a case before has left it"),
    ("mrs_ssbs", "a case before has left it"),
    ("dc_zva", "the oracle has another block size"),
    ("dc_cvap", "the oracle has it only with a kernel"),
    ("dc_cvadp", "the oracle has it only with a kernel"),
    ("dc_c", "needs an address that is mapped"),
];

/// Whether a row cannot be compared with the oracle.
pub fn is_untestable(name: &str) -> bool {
    UNTESTABLE.iter().any(|(start, _)| name.starts_with(start))
}

/// A random word that decodes to `row`.
pub fn word_of(rng: &mut Rng, row: RowId) -> Option<Insn> {
    let bits = &row.row().bits;
    (0..4000).find_map(|_| {
        let word = bits.value | (rng.next() as u32 & !bits.mask);
        decode(word).filter(|insn| insn.row == row)
    })
}

/// Replaces the field `name` of a word.
fn with_field(word: u32, insn: Insn, name: &str, value: u32) -> u32 {
    let slot = insn.row.row().bits.slot(name);
    let mask = (u32::MAX >> (32 - slot.width)) << slot.low;
    word & !mask | (value << slot.low) & mask
}

/// A case whose first word belongs to `row`, with what we expect; `None` if the row cannot be tested so (system calls, faults), or no valid case was found.
pub fn make(rng: &mut Rng, row: RowId) -> Option<(Record, Record)> {
    let aligned = {
        let class = rows()[usize::from(row.0)].class;
        class.contains("exclusive") || class.contains("tomic")
    };
    for _ in 0..3000 {
        let insn = word_of(rng, row)?;
        let mut before = rng.record();
        before.words[0] = insn.word;
        match insn.flow(SLOT) {
            Flow::Syscall | Flow::Fault(_) => return None,
            // A literal load.
            Flow::Next if insn.field("imm19").is_some() => {
                let offset = BUFFER - SLOT + rng.below(BUFFER_LEN as u64 - 16);
                before.words[0] = with_field(insn.word, insn, "imm19", offset as u32 / 4);
            }
            Flow::Next | Flow::Mode => {}
            Flow::Jump(_) | Flow::CondJump(_) | Flow::Call(_) => {
                let field = ["imm26", "imm19", "imm14"]
                    .into_iter()
                    .find(|f| insn.field(f).is_some())?;
                before.words[0] = with_field(insn.word, insn, field, (TAKEN - SLOT) as u32 / 4);
            }
            Flow::CallIndirect(r) | Flow::JumpIndirect(r) | Flow::Ret(r) => {
                if r.0 == 31 {
                    continue;
                }
                before.x[usize::from(r.0)] = TAKEN;
            }
        }
        // A store-exclusive alone always fails: give most of them the load that belongs to them.
        if let Some(size) = insn.name().strip_prefix("stx")
            && rng.below(4) != 0
        {
            let name = format!("ldx{size}");
            let load = (0..)
                .zip(rows())
                .find(|(_, r)| r.name == name)
                .map(|(i, _)| RowId(i))?;
            let load = word_of(rng, load)?;
            let mut word = with_field(load.word, load, "Rn", insn.field("Rn")?);
            // Of another size, the store may fail or not.
            if let Some(sf) = insn.field("sf") {
                word = with_field(word, load, "sf", sf);
            }
            if decode(word)
                .is_none_or(|l| l.field("Rt") == l.field("Rn") || l.field("Rt2") == l.field("Rn"))
            {
                continue;
            }
            before.words[0] = word;
            before.words[2] = insn.word;
        }
        if let (_, Some(first)) = run(&before, Through::Rows, true, true) {
            // Move the base register so that the first access falls into the buffer.
            let mut want = BUFFER + 64 + rng.below(BUFFER_LEN as u64 - 192);
            if aligned {
                want &= !15;
            }
            let base = ["Rn", "Rt"].into_iter().find_map(|f| insn.field(f));
            match base {
                Some(31) => before.sp = before.sp.wrapping_add(want.wrapping_sub(first)),
                Some(n) => {
                    let x = &mut before.x[n as usize];
                    *x = x.wrapping_add(want.wrapping_sub(first));
                }
                None => {}
            }
        }
        if let (Some(after), _) = run(&before, Through::Interpreter, true, false) {
            let check = |what: &str, other: Record| {
                assert!(
                    other == after,
                    "{:08x} {} {what}, with FPCR {:#x}: {other:x?} and {after:x?}",
                    insn.word,
                    insn.disasm(SLOT),
                    before.fpcr,
                );
            };
            if let (Some(other), _) = run(&before, Through::Rows, true, false) {
                check("has a variant that is another instruction", other);
            }
            // Where FPSR is not observed, the rest must be the same.
            if let (Some(mut other), _) = run(&before, Through::Interpreter, false, false) {
                other.fpsr = after.fpsr;
                check("depends on whether FPSR is observed", other);
            }
            return Some((before, after));
        }
    }
    None
}
