//! Every row, by the interpreter in this process (as it runs in modules, and by the rows' own functions) and under the oracle: random words, registers and memory, compared in all registers, flags, FPSR and memory. Half of the cases
//! are in another mode of FPCR than the default.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Seek, SeekFrom},
    path::Path,
    process::{Command, Stdio},
};

use elfconv_a64::{Feature, RowId, decode, fpu, rows};

use crate::{
    case::{self, Rng, is_untestable},
    engine::QEMU,
    runner::{self, RECORD_LEN, Record, SLOT},
};

/// A row, which of its cases, and the section and reason.
type Disagreement = (&'static str, fn(&Record) -> bool, &'static str);

/// Cases of a row in which the oracle (QEMU 7.2) and the manual (DDI 0487) disagree: the manual wins.
const DISAGREEMENTS: &[Disagreement] = &[
    (
        "fjcvtzs",
        |before| {
            let x = before.v[(before.words[0] >> 5 & 31) as usize] as u64;
            let subnormal = x << 1 >> 53 == 0 && x << 1 != 0;
            subnormal && before.fpcr & 1 << 24 != 0
        },
        "FPToFixedJS: a positive subnormal that is flushed was not zero, so Z is 0",
    ),
    (
        "fcvtzs_fixed_e",
        |before| before.words[0] >> 21 & 3 == 0,
        "FCVTZS (vector, fixed-point), C7.2.112: of a register with one half all above is zero, also if the half is negative",
    ),
];

/// Whether the oracle and the manual disagree in some cases of the row with this name.
pub fn is_disputed(name: &str) -> bool {
    DISAGREEMENTS.iter().any(|d| d.0 == name)
}

/// Runs the cases. One result for each: `Err` says how the oracle died at it.
fn oracle(dir: &Path, cases: &[(Record, Record)]) -> Vec<Result<Record, String>> {
    let program = dir.join("runner");
    let input = dir.join("input");
    fs::write(&program, runner::elf()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let bytes: Vec<u8> = cases
        .iter()
        .flat_map(|(before, _)| before.to_bytes())
        .collect();
    fs::write(&input, bytes).unwrap();
    let mut results = Vec::new();
    while results.len() < cases.len() {
        let mut stdin = fs::File::open(&input).unwrap();
        stdin
            .seek(SeekFrom::Start((results.len() * RECORD_LEN) as u64))
            .unwrap();
        let output = Command::new(QEMU)
            // Without pointer authentication its hints do nothing, as here.
            .args(["-cpu", "max,pauth=off"])
            .arg(&program)
            .stdin(Stdio::from(stdin))
            .stderr(Stdio::null())
            .output()
            .unwrap();
        results.extend(
            output
                .stdout
                .chunks_exact(RECORD_LEN)
                .map(|r| Ok(Record::from_bytes(r))),
        );
        if results.len() < cases.len() {
            results.push(Err(output.status.to_string()));
        }
    }
    results
}

/// What differs, in words; empty if nothing does.
fn differences(ours: &Record, theirs: &Record) -> String {
    let mut text = String::new();
    for (i, (a, b)) in ours.x.iter().zip(&theirs.x).enumerate() {
        if a != b {
            let _ = write!(text, " x{i}: ours {a:#x}, oracle {b:#x};");
        }
    }
    for (name, a, b) in [
        ("sp", ours.sp, theirs.sp),
        ("nzcv", ours.nzcv.into(), theirs.nzcv.into()),
        // The oracle keeps the vector length and stride of AArch32 besides, and the exception flags of AArch32 in FPSR.
        (
            "fpcr",
            ours.fpcr.into(),
            (theirs.fpcr & fpu::FPCR_BITS).into(),
        ),
        // The oracle's has flags of AArch32, too.
        (
            "fpsr",
            ours.fpsr.into(),
            (theirs.fpsr & fpu::FPSR_BITS).into(),
        ),
        ("taken", ours.taken.into(), theirs.taken.into()),
    ] {
        if a != b {
            let _ = write!(text, " {name}: ours {a:#x}, oracle {b:#x};");
        }
    }
    for (i, (&a, &b)) in ours.v.iter().zip(&theirs.v).enumerate() {
        if a != b {
            let _ = write!(text, " v{i}: ours {a:#034x}, oracle {b:#034x};");
        }
    }
    if let Some(at) = (0..ours.memory.len()).find(|&i| ours.memory[i] != theirs.memory[i]) {
        let end = (at + 16).min(ours.memory.len());
        let _ = write!(
            text,
            " memory +{at}: ours {:02x?}, oracle {:02x?};",
            &ours.memory[at..end],
            &theirs.memory[at..end]
        );
    }
    text
}

/// The registers that a case's word names, for the report.
fn inputs(before: &Record) -> String {
    let insn = decode(before.words[0]).unwrap();
    let mut text = format!(
        "nzcv={:x} fpcr={:x} fpsr={:x}",
        before.nzcv, before.fpcr, before.fpsr
    );
    for name in ["Rn", "Rm", "Ra", "Rs", "Rt", "Rt2", "Rd"] {
        if let Some(r) = insn.field(name) {
            let r = r as usize;
            let x = if r == 31 { before.sp } else { before.x[r] };
            let _ = write!(text, " {name}: x{r}={x:#x}");
            if insn.row.row().feature != Feature::Base {
                let _ = write!(text, " v{r}={:#034x}", before.v[r]);
            }
        }
    }
    text
}

/// What a comparison has found.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases that were run.
    pub cases: usize,
    /// Rows that have cases.
    pub rows: usize,
    /// Rows for which no case can be made.
    pub untested: Vec<&'static str>,
    /// Cases in which the oracle and the manual disagree.
    pub disagreements: usize,
    /// What differs, by row.
    pub failures: BTreeMap<&'static str, Vec<String>>,
}

/// The number that a row's cases are made from: each row has its own stream, so that a new row changes no other row's cases.
pub fn stream(seed: u64, name: &str) -> Rng {
    Rng(name.bytes().fold(seed, |h, c| {
        (h ^ u64::from(c)).wrapping_mul(0x100_0000_01b3)
    }))
}

/// Whether random cases of a row can be made.
pub fn has_cases(id: RowId) -> bool {
    let name = id.row().name;
    !is_untestable(name) && case::make(&mut stream(1, name), id).is_some()
}

/// So many cases go to the oracle at once: some hundred megabytes.
const BATCH: usize = 100_000;

/// `per_row` cases of each row that has `filter` in its name or class.
pub fn compare(seed: u64, per_row: u64, filter: &str) -> Report {
    let mut report = Report::default();
    let mut cases = Vec::new();
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    for (i, row) in (0..).zip(rows()) {
        if is_untestable(row.name) || !(row.name.contains(filter) || row.class.contains(filter)) {
            continue;
        }
        let mut rng = stream(seed, row.name);
        let before = cases.len();
        cases.extend((0..per_row).map_while(|_| case::make(&mut rng, RowId(i))));
        if cases.len() == before {
            report.untested.push(row.name);
        } else {
            report.rows += 1;
        }
        if cases.len() >= BATCH {
            report.add(dir.path(), &cases);
            cases.clear();
        }
    }
    report.add(dir.path(), &cases);
    report
}

impl Report {
    /// Runs cases under the oracle and compares.
    fn add(&mut self, dir: &Path, cases: &[(Record, Record)]) {
        self.cases += cases.len();
        for ((before, ours), theirs) in cases.iter().zip(&oracle(dir, cases)) {
            let insn = decode(before.words[0]).expect("cases are made of words that decode");
            let row = insn.row.row();
            let disagrees = |d: &Disagreement| d.0 == row.name && d.1(before);
            let text = match theirs {
                Ok(_) if DISAGREEMENTS.iter().any(disagrees) => {
                    self.disagreements += 1;
                    continue;
                }
                Err(death) => format!(" the oracle died: {death}"),
                Ok(theirs) => differences(ours, theirs),
            };
            if !text.is_empty() {
                let line = format!(
                    "{:08x}  {}  | {} =>{text}",
                    insn.word,
                    insn.disasm(SLOT),
                    inputs(before)
                );
                self.failures.entry(row.name).or_default().push(line);
            }
        }
    }

    /// Prints it.
    pub fn print(&self) {
        println!(
            "{} cases of {} rows, of which {} where the oracle and the manual disagree; not testable this way: {:?}",
            self.cases, self.rows, self.disagreements, self.untested
        );
        for (row, lines) in &self.failures {
            println!("{row}: {} differ", lines.len());
            for line in lines.iter().take(3) {
                println!("    {line}");
            }
        }
    }
}
