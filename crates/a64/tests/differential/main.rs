//! Every row against the oracle: random words, registers and memory, on our executing builder and on `qemu-aarch64-static`, compared in
//! all registers, flags and memory.
//!
//! `A64_SEED`, `A64_CASES` (per row) and `A64_ROWS` (part of a row's name or class) choose what runs. Half of the cases are in another mode of FPCR than the default.

mod case;
mod runner;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Seek, SeekFrom},
    path::Path,
    process::{Command, Stdio},
};

use case::Rng;
use elfconv_a64::{Feature, RowId, decode, fpu, rows};
use runner::{RECORD_LEN, Record, SLOT};

const QEMU: &str = "qemu-aarch64-static";

/// Rows whose result is a property of the machine rather than of the inputs, or that would disturb the runner.
const UNTESTABLE: &[(&str, &str)] = &[
    ("mrs_tpidr", "the runner uses the register"),
    ("msr_tpidr", "the runner uses the register"),
    ("mrs_cntvct", "time"),
    ("mrs_cntfrq", "the oracle has another frequency"),
    ("mrs_ctr", "the oracle has other caches"),
    ("mrs_dczid", "the oracle has another block size"),
    ("mrs_id", "the oracle has other features"),
    ("dc_zva", "the oracle has another block size"),
    ("dc_cvap", "the oracle has it only with a kernel"),
    ("dc_cvadp", "the oracle has it only with a kernel"),
    ("dc_c", "needs an address that is mapped"),
];

/// Cases of a row in which the oracle (QEMU 7.2) and the manual (DDI 0487) disagree: the manual wins.
const DISAGREEMENTS: &[(&str, fn(&Record) -> bool, &str)] = &[(
    "fjcvtzs",
    |before| {
        let x = before.v[(before.words[0] >> 5 & 31) as usize] as u64;
        let subnormal = x << 1 >> 53 == 0 && x << 1 != 0;
        subnormal && before.fpcr & 1 << 24 != 0
    },
    "FPToFixedJS: a positive subnormal that is flushed was not zero, so Z is 0",
)];

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
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
        ("fpcr", ours.fpcr.into(), (theirs.fpcr & fpu::FPCR_BITS).into()),
        // The oracle's has flags of AArch32, too.
        ("fpsr", ours.fpsr.into(), (theirs.fpsr & fpu::FPSR_BITS).into()),
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

#[test]
fn rows_agree_with_the_oracle() {
    if Command::new(QEMU).arg("--version").output().is_err() {
        println!("skipped: {QEMU} is not installed");
        return;
    }
    let (seed, per_row) = (env("A64_SEED", 1), env("A64_CASES", 40));
    let filter = std::env::var("A64_ROWS").unwrap_or_default();
    println!("A64_SEED={seed} A64_CASES={per_row} A64_ROWS={filter}");
    let mut cases = Vec::new();
    let mut untested = Vec::new();
    let mut tested = 0;
    for (i, row) in (0..).zip(rows()) {
        let skip = UNTESTABLE
            .iter()
            .any(|(name, _)| row.name.starts_with(name));
        if skip || !(row.name.contains(&filter) || row.class.contains(&filter)) {
            continue;
        }
        // Each row has its own stream, so that a new row changes no other row's cases.
        let stream = row.name.bytes().fold(seed, |h, c| {
            (h ^ u64::from(c)).wrapping_mul(0x100_0000_01b3)
        });
        let mut rng = Rng(stream);
        let before = cases.len();
        cases.extend((0..per_row).map_while(|_| case::make(&mut rng, RowId(i))));
        if cases.len() == before {
            untested.push(row.name)
        } else {
            tested += 1
        }
    }
    let dir = tempfile::tempdir().unwrap();
    println!("{} cases", cases.len());
    let results = oracle(dir.path(), &cases);
    let mut disagreements = 0;
    let mut failures: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((before, ours), theirs) in cases.iter().zip(&results) {
        let insn = decode(before.words[0]).unwrap();
        let row = insn.row.row();
        let disagrees =
            |&&(name, which, _): &&(&str, fn(&Record) -> bool, &str)| name == row.name && which(before);
        let text = match theirs {
            Ok(_) if DISAGREEMENTS.iter().any(|d| disagrees(&d)) => {
                disagreements += 1;
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
            failures.entry(row.name).or_default().push(line);
        }
    }
    println!(
        "{} cases of {tested} rows, of which {disagreements} where the oracle and the manual disagree; not testable this way: {untested:?}",
        cases.len()
    );
    for (row, lines) in &failures {
        println!("{row}: {} differ", lines.len());
        for line in lines.iter().take(3) {
            println!("    {line}");
        }
    }
    assert!(
        failures.is_empty(),
        "{} rows differ from the oracle",
        failures.len()
    );
}
