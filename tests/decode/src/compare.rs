//! The comparison: each word is decoded here and there, and what differs is looked up in the list.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::Result;
use elfconv_a64::{Flow, Insn, decode};
use elfconv_ir::FaultKind;
use elfconv_oracle::case::Rng;

use crate::{
    disassembler::{Disassembler, PC},
    list::{self, Kind, Line},
    sample::stream,
    text::normal,
};

/// Words are handed out to threads in parts of so many; each part of random words has its own stream of numbers.
const PART: u64 = 1 << 16;

/// Differences of one kind: how many, and the first.
#[derive(Clone, Debug)]
pub struct Found {
    /// How many words.
    pub count: u64,
    /// One of them with both texts.
    pub example: String,
}

/// What a comparison has found.
#[derive(Debug)]
pub struct Report {
    lines: Vec<Line>,
    /// How many words each line explains.
    used: Vec<u64>,
    /// Lines of whose words we accept some as others do, with one.
    broad: BTreeMap<usize, u32>,
    /// Differences that no line explains, by disassembler, kind and name.
    pub unexplained: BTreeMap<(Disassembler, Kind, String), Found>,
    /// How many words were compared.
    pub words: u64,
    /// How many we accept.
    pub accepted: u64,
}

impl Report {
    /// Without any word.
    ///
    /// # Errors
    /// If the list is malformed.
    pub fn new() -> Result<Report> {
        Ok(Report::explained_by(list::differences()?))
    }

    /// With an empty list: every difference is unexplained.
    pub fn without_list() -> Report {
        Report::explained_by(Vec::new())
    }

    fn explained_by(lines: Vec<Line>) -> Report {
        Report {
            used: vec![0; lines.len()],
            lines,
            broad: BTreeMap::new(),
            unexplained: BTreeMap::new(),
            words: 0,
            accepted: 0,
        }
    }

    /// Compares one word.
    pub fn word(&mut self, word: u32) {
        self.words += 1;
        let ours = decode(word).filter(|insn| is_defined(*insn));
        self.accepted += u64::from(ours.is_some());
        let mut our_text = None;
        for whose in Disassembler::ALL {
            match (ours, whose.read(word)) {
                (None, None) => {}
                (None, Some(theirs)) => {
                    let name = theirs.name();
                    self.differs(whose, Kind::More, word, &name, || {
                        (name.clone().into(), theirs.text())
                    });
                }
                (Some(insn), None) => self.differs(whose, Kind::Less, word, "", || {
                    (insn.name().to_owned(), text(insn))
                }),
                (Some(insn), Some(theirs)) => {
                    let name = theirs.name();
                    self.agrees(whose, word, &name);
                    let theirs = normal(&theirs.text());
                    let ours = our_text.get_or_insert_with(|| normal(&text(insn)));
                    if *ours != theirs {
                        self.differs(whose, Kind::Text, word, &name, || {
                            let what = format!("{} is {name}", insn.name());
                            (what, format!("ours `{ours}`, theirs `{theirs}`"))
                        });
                    }
                }
            }
        }
    }

    /// Looks for a line; else `describe` makes the group and the example.
    fn differs(
        &mut self,
        whose: Disassembler,
        kind: Kind,
        word: u32,
        name: &str,
        describe: impl FnOnce() -> (String, String),
    ) {
        let line = self
            .lines
            .iter()
            .position(|line| line.is_about(whose, kind, word, name));
        if let Some(line) = line {
            self.used[line] += 1;
            return;
        }
        let (group, text) = describe();
        self.unexplained
            .entry((whose, kind, group))
            .or_insert_with(|| Found {
                count: 0,
                example: format!("{word:08x} {text}"),
            })
            .count += 1;
    }

    /// Notes lines that explain more than there is.
    fn agrees(&mut self, whose: Disassembler, word: u32, name: &str) {
        for (i, line) in self.lines.iter().enumerate() {
            let explains = |kind| line.is_about(whose, kind, word, name);
            if !line.some && (explains(Kind::More) || explains(Kind::Less)) {
                self.broad.entry(i).or_insert(word);
            }
        }
    }

    /// Compares `count` words that `make` makes of streams of numbers that follow from a seed, on all processors.
    pub fn random(&mut self, seed: u64, count: u64, make: fn(&mut Rng) -> u32) {
        self.parallel(count.div_ceil(PART) as usize, |report, part| {
            let mut random = stream(seed, part as u64);
            let part = PART * part as u64;
            for _ in part..count.min(part + PART) {
                report.word(make(&mut random));
            }
        });
    }

    /// Compares these words, on all processors.
    pub fn listed(&mut self, words: &[u32]) {
        let parts: Vec<&[u32]> = words.chunks(PART as usize).collect();
        self.parallel(parts.len(), |report, part| {
            for word in parts[part] {
                report.word(*word);
            }
        });
    }

    fn parallel(&mut self, parts: usize, run: impl Fn(&mut Report, usize) + Sync) {
        let next = AtomicUsize::new(0);
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let lines = &self.lines;
        let reports: Vec<Report> = thread::scope(|scope| {
            let work = || {
                let mut report = Report::explained_by(lines.clone());
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    if part >= parts {
                        return report;
                    }
                    run(&mut report, part);
                }
            };
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            running
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        });
        for report in reports {
            self.add(report);
        }
    }

    fn add(&mut self, other: Report) {
        self.words += other.words;
        self.accepted += other.accepted;
        for (used, more) in self.used.iter_mut().zip(other.used) {
            *used += more;
        }
        for (line, word) in other.broad {
            self.broad.entry(line).or_insert(word);
        }
        for (what, found) in other.unexplained {
            match self.unexplained.get_mut(&what) {
                Some(known) => known.count += found.count,
                None => {
                    self.unexplained.insert(what, found);
                }
            }
        }
    }

    /// What is wrong with the list for these words: differences without a line, and lines that are too broad.
    pub fn failures(&self) -> Vec<String> {
        let unexplained = self
            .unexplained
            .iter()
            .map(|((whose, kind, group), found)| {
                format!(
                    "unexplained: {} {} {group}: {} words, as {}",
                    whose.name(),
                    kind.name(),
                    found.count,
                    found.example
                )
            });
        let broad = self.broad.iter().map(|(line, word)| {
            format!(
                "too broad, for {word:08x} is accepted: {}",
                self.lines[*line].text
            )
        });
        unexplained.chain(broad).collect()
    }

    /// Lines that explain nothing, which only a large sample can say.
    pub fn unused(&self) -> Vec<&str> {
        self.lines
            .iter()
            .zip(&self.used)
            .filter(|(_, used)| **used == 0)
            .map(|(line, _)| line.text.as_str())
            .collect()
    }

    /// How many words each line explains.
    pub fn lines(&self) -> impl Iterator<Item = (&str, u64)> {
        self.lines
            .iter()
            .map(|line| line.text.as_str())
            .zip(self.used.iter().copied())
    }
}

/// Rows of extensions that the machine does not have are there for their names only. (`udf` is undefined by definition, `hlt` without a debugger.)
fn is_defined(insn: Insn) -> bool {
    ["udf", "hlt"].contains(&insn.name()) || insn.flow(PC) != Flow::Fault(FaultKind::Illegal)
}

fn text(insn: Insn) -> String {
    insn.disasm(PC).to_string()
}
