//! Cases in programs that elfconv translates: single instructions, and blocks.

use std::path::Path;

use anyhow::Result;
use elfconv_a64::{Feature, Flow, RowId, decode, rows as all_rows};

use crate::{
    blocks,
    case::{self, Rng, is_untestable},
    engine::{self, Engine, Host, Nans},
    guest::{ALL, Case},
    rows::{is_disputed, stream},
    runner::{Record, WORDS},
};

/// A case that an execution got wrong.
#[derive(Debug)]
pub struct Failure {
    /// Which execution.
    pub engine: Engine,
    /// The case, as small as it gets.
    pub case: Case,
    /// What came out.
    pub ours: Record,
    /// What the oracle says.
    pub theirs: Record,
}

/// Runs cases under the oracle and everything else. At most one failure for each execution is given, shrunk.
///
/// # Errors
/// If a program does not end as it should.
pub fn compare(host: Host, dir: &Path, cases: &[Case]) -> Result<Vec<Failure>> {
    let run = |engine| move || engine::run(engine, host, dir, cases);
    let (theirs, ours) = std::thread::scope(|scope| {
        let theirs = scope.spawn(run(Engine::Oracle));
        let ours = Engine::OURS.map(|engine| (engine, scope.spawn(run(engine))));
        (theirs.join(), ours.map(|(e, thread)| (e, thread.join())))
    });
    let theirs = theirs.expect("no panic")?;
    let mut failures = Vec::new();
    for (engine, ours) in ours {
        let ours = ours.expect("no panic")?;
        let wrong = (0..cases.len()).find(|&i| !same(&cases[i], &ours[i], &theirs[i]));
        if let Some(i) = wrong {
            let failure = Failure {
                engine,
                case: cases[i].clone(),
                ours: ours[i].clone(),
                theirs: theirs[i].clone(),
            };
            failures.push(shrink(host, dir, failure)?);
        }
    }
    Ok(failures)
}

/// Compiled code leaves NaNs to the engine: one instruction's may differ in payload. Blocks make none.
fn same(case: &Case, ours: &Record, theirs: &Record) -> bool {
    let single = case.words.iter().filter(|w| **w != NOP).count() <= 2;
    let row = decode(case.words[0]).map(|insn| insn.row.row());
    let nans = match row.filter(|row| single && row.feature != Feature::Base) {
        Some(row) if row.name.starts_with("fnmul") => Nans::PassedOnNegated,
        Some(_) => Nans::PassedOn,
        None => Nans::Exact,
    };
    engine::same(ours, theirs, nans)
}

const NOP: u32 = 0xd503_201f;

/// Leaves out one word after the other, as long as it still fails.
fn shrink(host: Host, dir: &Path, mut failure: Failure) -> Result<Failure> {
    loop {
        let smaller: Vec<Case> = (0..failure.case.words.len())
            // A loop that does not count does not end.
            .filter(|&i| !matches!(failure.case.words[i], NOP | blocks::COUNT_DOWN))
            .map(|i| {
                let mut case = failure.case.clone();
                case.words[i] = NOP;
                case
            })
            .filter(|case| case.words.len() <= WORDS || blocks::runs(case))
            .collect();
        if smaller.len() < 2 {
            return Ok(failure);
        }
        // What was left out may have kept a loop or an access in bounds, or numbers from being NaNs: then it is not smaller, but another.
        let (Ok(theirs), Ok(ours)) = (
            engine::run(Engine::Oracle, host, dir, &smaller),
            engine::run(failure.engine, host, dir, &smaller),
        ) else {
            return Ok(failure);
        };
        let Some(i) = (0..smaller.len()).find(|&i| !same(&smaller[i], &ours[i], &theirs[i])) else {
            return Ok(failure);
        };
        failure.case = smaller[i].clone();
        failure.ours = ours[i].clone();
        failure.theirs = theirs[i].clone();
    }
}

impl Failure {
    /// The words as text, what they are given, and what differs. One instruction is shown as `tests/insn` has it.
    pub fn print(&self) {
        println!("{:?}:", self.engine);
        let shown: Vec<u32> = self
            .case
            .words
            .iter()
            .copied()
            .filter(|w| *w != NOP)
            .collect();
        for word in &shown {
            match decode(*word) {
                Some(insn) => println!("    {word:08x}  {}", insn.disasm(0x1000)),
                None => println!("    {word:08x}"),
            }
        }
        let (before, ours, theirs) = (&self.case.before, &self.ours, &self.theirs);
        let mut given = format!("nzcv={:04b}", before.nzcv);
        let mut expected = format!("nzcv={:04b}", theirs.nzcv);
        for i in 0..31 {
            let named = shown.iter().any(|w| names(*w, i as u32));
            if named {
                given += &format!(" x{i}={:#x}", before.x[i]);
            }
            if theirs.x[i] != before.x[i] {
                expected += &format!(" x{i}={:#x}", theirs.x[i]);
            }
            if ours.x[i] != theirs.x[i] {
                println!("    x{i}: ours {:#x}, oracle {:#x}", ours.x[i], theirs.x[i]);
            }
        }
        for i in 0..32 {
            if shown.iter().any(|w| names(*w, i as u32)) {
                given += &format!(" v{i}={:#x}", before.v[i]);
            }
            if theirs.v[i] != before.v[i] {
                expected += &format!(" v{i}={:#x}", theirs.v[i]);
            }
            if ours.v[i] != theirs.v[i] {
                println!(
                    "    v{i}: ours {:#034x}, oracle {:#034x}",
                    ours.v[i], theirs.v[i]
                );
            }
        }
        if ours.nzcv != theirs.nzcv {
            println!(
                "    nzcv: ours {:04b}, oracle {:04b}",
                ours.nzcv, theirs.nzcv
            );
        }
        if ours.sp != theirs.sp || ours.taken != theirs.taken || ours.memory != theirs.memory {
            println!("    sp, memory or the branch differ");
        }
        println!("    | {given} => {expected}");
    }
}

/// Whether a register field of a word names a register.
fn names(word: u32, register: u32) -> bool {
    let Some(insn) = decode(word) else {
        return false;
    };
    ["Rd", "Rn", "Rm", "Ra", "Rs", "Rt", "Rt2"]
        .iter()
        .any(|f| insn.field(f) == Some(register))
}

/// Whether no single instructions of the row with this name are compared in the three executions.
pub fn is_skipped(name: &str) -> bool {
    is_untestable(name)
        || is_disputed(name)
        || name == "blr"
        || name.ends_with("_fpcr")
        || name.ends_with("_fpsr")
}

/// Whether [`singles`] has cases of a row: not of literals, whose addresses differ, either.
pub fn has_cases(id: RowId) -> bool {
    let row = id.row();
    let literal = |before: Record| {
        decode(before.words[0])
            .is_some_and(|insn| insn.flow(0) == Flow::Next && insn.field("imm19").is_some())
    };
    !is_skipped(row.name)
        && case::make(&mut stream(1, row.name), id).is_some_and(|case| !literal(case.0))
}

/// `per_row` cases of single instructions of each row that has `filter` in its name or class.
///
/// Compiled code is in FPCR's default mode, or in that of FZ, as `fpcr` says; what changes it, or looks at FPSR, is left to the interpreter. Literal loads have their literals elsewhere here. What `blr` calls gets only what the
/// procedure call standard passes (ARCHITECTURE.md, "Indirect calls"), and here that is code that stores all registers.
pub fn singles(seed: u64, per_row: u64, filter: &str, fpcr: u32) -> impl Iterator<Item = Case> {
    let rows = (0..).zip(all_rows()).filter(move |(_, row)| {
        !is_skipped(row.name) && (row.name.contains(filter) || row.class.contains(filter))
    });
    rows.flat_map(move |(i, row)| {
        let mut rng = stream(seed, row.name);
        let made =
            (0..per_row).map_while(move |n| Some((case::make(&mut rng, RowId(i))?, n % ALL == 0)));
        made.filter_map(move |((mut before, _), all)| {
            let insn = decode(before.words[0])?;
            if insn.flow(0) == Flow::Next && insn.field("imm19").is_some() {
                return None;
            }
            (before.fpcr, before.fpsr) = (fpcr, 0);
            let words = before.words.to_vec();
            Some(Case { before, words, all })
        })
    })
}

/// Random blocks, with this value of FPCR.
pub fn random_blocks(seed: u64, count: u64, fpcr: u32) -> Vec<Case> {
    let usable = blocks::usable();
    let mut rng = Rng(seed);
    let mut cases = Vec::new();
    while (cases.len() as u64) < count {
        cases.extend(blocks::make(&mut rng, &usable, fpcr));
    }
    cases
}
