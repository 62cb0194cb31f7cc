//! Damaged files through the whole of `build`: each gives an error, or a module that the validator accepts; never a panic, a hang, or more memory than
//! is reasonable.
//!
//! A file is made from a seed alone: one of the fixtures, changed in a few of the ways in [`mutate`]. Files are translated in child
//! processes with limits on memory and time, so that whatever happens the seed is known. `ELFCONV_BAD_INPUTS=10000` sets how many files are tried (`cargo xtask fuzz`),
//! `ELFCONV_BAD_INPUT_SEED=N` tries that one alone and keeps it as `bad-input-N.elf` in the directory for temporary files.

#[allow(dead_code, reason = "some fixtures are for the transcripts only")]
mod fixtures;

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStderr, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use elfconv_translate::{OptLevel, Options, translate};
use fixtures::Elf;

/// Files in an ordinary run of the tests.
const DEFAULT_COUNT: u64 = 300;
/// Files that one child translates.
const BATCH: u64 = 100;
/// Longest time for one file. The slowest take milliseconds; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Address space of a child.
const MEMORY: u64 = 2 << 30;

/// xorshift64*: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        // Neighbouring seeds must not give neighbouring numbers; zero is no state.
        let mut random = Random((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..4 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 11) as usize % n.max(1)
    }

    /// A number of the kind that breaks arithmetic, or one near `n`.
    fn awkward(&mut self, n: u64) -> u64 {
        let base = match self.below(12) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => u64::from(u32::MAX),
            4 => 1 << 32,
            5 => 1 << 31,
            6 => 1 << 63,
            7 => 0x1_0000,
            8 => 0x40_0000,
            9 => 0xffff_0000,
            10 => n,
            _ => self.next() >> self.below(64),
        };
        match self.below(4) {
            0 => base.wrapping_add(self.below(17) as u64).wrapping_sub(8),
            _ => base,
        }
    }
}

/// The file of a seed.
fn file(seed: u64) -> Vec<u8> {
    let random = &mut Random::new(seed);
    let code: Vec<u32> = (0..random.below(64))
        .map(|_| random.next() as u32)
        .collect();
    let mut bytes = match random.below(8) {
        0 => Elf::new(&code).bytes(),
        1 => Elf {
            kind: 3,
            ..Elf::new(&code)
        }
        .bytes(),
        2 => (0..random.below(4096))
            .map(|_| random.next() as u8)
            .collect(),
        3..=5 => include_bytes!("fixtures/small.elf").to_vec(),
        _ => include_bytes!("fixtures/small-pie.elf").to_vec(),
    };
    for _ in 0..1 + random.below(4) {
        mutate(&mut bytes, random);
    }
    bytes
}

/// Damage a file.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.len() < 256 {
        bytes.resize(256, 0);
    }
    let len = bytes.len();
    // Places in the file as its headers tell them; they may be damaged already.
    let long = |bytes: &[u8], at: usize| {
        bytes
            .get(at..at.saturating_add(8))
            .map_or(0, |b| u64::from_le_bytes(b.try_into().unwrap_or_default()))
    };
    let section_headers = long(bytes, 0x28) as usize;
    let mut set = |at: usize, size: usize, value: u64| {
        if let Some(cell) = at.checked_add(size).and_then(|end| bytes.get_mut(at..end)) {
            cell.copy_from_slice(&value.to_le_bytes()[..size]);
        }
    };
    let file_len = len as u64;
    match random.below(14) {
        // The file ends somewhere.
        0 => bytes.truncate(random.below(len)),
        // A field of the file header.
        1 => {
            const FIELDS: [(usize, usize); 14] = [
                (4, 1),
                (5, 1),
                (7, 1),
                (16, 2),
                (18, 2),
                (20, 4),
                (24, 8),
                (32, 8),
                (40, 8),
                (52, 2),
                (54, 2),
                (56, 2),
                (58, 2),
                (60, 2),
            ];
            let (at, size) = FIELDS[random.below(FIELDS.len())];
            set(at, size, random.awkward(file_len));
        }
        // A field of a program header: type, flags, or one of the numbers.
        2..=4 => {
            let header = 64 + 56 * random.below(8);
            match random.below(8) {
                0 => set(header, 4, random.below(8) as u64),
                1 => set(header + 4, 4, random.next()),
                n => set(header + 8 * (n - 1), 8, random.awkward(file_len)),
            }
        }
        // One program header over another: overlapping segments.
        5 => {
            let (from, to) = (64 + 56 * random.below(6), 64 + 56 * random.below(6));
            if from + 56 <= len && to + 56 <= len {
                bytes.copy_within(from..from + 56, to);
            }
        }
        // No sections.
        6 => {
            set(0x28, 8, 0);
            set(0x3c, 4, 0);
        }
        // A field of a section header.
        7 | 8 => {
            let header = section_headers.wrapping_add(64 * random.below(24));
            match random.below(3) {
                0 => set(header.wrapping_add(4), 4, random.below(20) as u64),
                _ => {
                    let field = [8, 16, 24, 32, 40, 48, 56][random.below(7)];
                    set(header.wrapping_add(field), 8, random.awkward(file_len));
                }
            }
        }
        // The entry point.
        9 => set(24, 8, random.awkward(file_len)),
        // Any bytes.
        10 => {
            for _ in 0..1 + random.below(32) {
                let at = random.below(len);
                bytes[at] = random.next() as u8;
            }
        }
        // Random words, which may be instructions, tables, symbols.
        11 => {
            let at = random.below(len) & !3;
            for i in 0..random.below(64) {
                set(at + 4 * i, 4, random.next());
            }
        }
        // A part of the file over another.
        12 => {
            let n = random.below(len / 2);
            let (from, to) = (random.below(len - n), random.below(len - n));
            bytes.copy_within(from..from + n, to);
        }
        // An awkward number anywhere.
        _ => {
            let at = random.below(len) & !7;
            set(at, 8, random.awkward(file_len));
        }
    }
}

/// Translate the file of a seed, and check what comes out; whether it was a module.
fn check(seed: u64) -> bool {
    let bytes = file(seed);
    if env::var_os("ELFCONV_BAD_INPUT_SEED").is_some() {
        let path = env::temp_dir().join(format!("bad-input-{seed}.elf"));
        fs::write(&path, &bytes).unwrap();
        eprintln!("kept as {}", path.display());
    }
    let options = Options {
        opt: [OptLevel::O0, OptLevel::O1, OptLevel::O2][seed as usize % 3],
        interpret: seed.is_multiple_of(16),
        relaxed_simd: seed.is_multiple_of(2),
        ..Options::default()
    };
    match translate(&bytes, "bad-input", &options, &()) {
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
        Ok(translation) => {
            wasmparser::Validator::new()
                .validate_all(&translation.wasm)
                .expect("the module is not valid");
            true
        }
    }
}

/// What the parent runs in child processes: seeds from an environment variable, each announced before it is tried.
#[test]
#[ignore = "is run by damaged_files"]
fn child() {
    let Ok(range) = env::var("ELFCONV_BAD_INPUT_RANGE") else {
        return;
    };
    let (first, last) = range.split_once("..").unwrap();
    let limit = rustix::process::Rlimit {
        current: Some(MEMORY),
        maximum: Some(MEMORY),
    };
    rustix::process::setrlimit(rustix::process::Resource::As, limit).unwrap();
    let mut modules = 0;
    for seed in first.parse().unwrap()..last.parse().unwrap() {
        eprintln!("seed {seed}");
        modules += u64::from(check(seed));
    }
    eprintln!("modules {modules}");
}

#[test]
fn damaged_files() {
    let number = |name| env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    if let Some(seed) = number("ELFCONV_BAD_INPUT_SEED") {
        check(seed);
        return;
    }
    let count = number("ELFCONV_BAD_INPUTS").unwrap_or(DEFAULT_COUNT);
    let mut failures = Vec::new();
    let mut modules = 0;
    let mut next = 0;
    while next < count && failures.len() < 20 {
        let end = (next + BATCH).min(count);
        let batch = run_child(next, end);
        modules += batch.modules;
        next = match batch.failure {
            None => end,
            Some((seed, how)) => {
                failures.push(format!("ELFCONV_BAD_INPUT_SEED={seed}: {how}"));
                seed + 1
            }
        };
    }
    println!("{next} files, {modules} of them gave a module");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    // Damage that is always found at once would test nothing behind the loader.
    assert!(
        modules * 10 > next,
        "only {modules} of {next} files gave a module"
    );
}

struct Batch {
    modules: u64,
    failure: Option<(u64, String)>,
}

/// Translate the files of some seeds in another process.
fn run_child(first: u64, end: u64) -> Batch {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("ELFCONV_BAD_INPUT_RANGE", format!("{first}..{end}"))
        // Address space is limited; threads' stacks and arenas count.
        .env("RAYON_NUM_THREADS", "2")
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = lines_of(child.stderr.take().unwrap());
    let (mut seed, mut modules, mut last_words) = (first, None, Vec::new());
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                if let Some(n) = line.strip_prefix("seed ") {
                    seed = n.parse().unwrap_or(seed);
                    last_words.clear();
                } else if let Some(n) = line.strip_prefix("modules ") {
                    modules = n.parse().ok();
                } else if !line.is_empty() {
                    last_words.push(line);
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                stop(&mut child);
                return failed(seed, format!("no result after {PATIENCE:?}"));
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait().unwrap();
    match modules {
        Some(modules) if status.success() => Batch {
            modules,
            failure: None,
        },
        _ => failed(seed, format!("{status}: {}", last_words.join(" / "))),
    }
}

fn failed(seed: u64, how: String) -> Batch {
    Batch {
        modules: 0,
        failure: Some((seed, how)),
    }
}

fn stop(child: &mut Child) {
    // It may have ended by itself in between.
    let _ = child.kill();
    let _ = child.wait();
}

fn lines_of(stream: ChildStderr) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
        let _ = std::io::stderr().flush();
    });
    receiver
}
