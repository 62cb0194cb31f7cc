//! A case: a program, the files around it, and the command lines that are run one after the other.

use crate::engine::{Engine, Limits, Mode};
use crate::known::Known;
use crate::outcome::{Outcome, Tree, difference};
use anyhow::{Context, Result, bail};
use libtest_mimic::{Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One command line with its input.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The arguments after the program's name.
    pub arguments: Vec<String>,
    /// Bytes of standard input; without them it is `/dev/null`.
    pub stdin: Option<Vec<u8>>,
    /// The exit status that the oracle must give (128+n for signal n), where it is known beforehand.
    pub exit: Option<i32>,
}

/// What is run, apart from the program itself.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Files set up in the fresh directory: path and bytes. A path that ends in `/` is a directory.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The name under which the executable itself is in the directory.
    pub itself: Option<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// The command lines.
    pub steps: Vec<Step>,
    /// Options for the translation.
    pub options: Vec<String>,
    /// Files that must be made, but whose contents may differ (they hold random numbers or times).
    pub uncompared: BTreeSet<String>,
    /// More time than usual, in seconds.
    pub seconds: Option<u64>,
}

/// How many orders of the threads are tried, if the variable `SEEDS` does not say.
const SEEDS: u32 = 4;

/// The executables of a case.
#[derive(Debug)]
pub struct Programs {
    /// For AArch64.
    pub guest: PathBuf,
    /// The same for this machine, where that is the oracle.
    pub native: Option<PathBuf>,
}

impl From<PathBuf> for Programs {
    fn from(guest: PathBuf) -> Self {
        Self {
            guest,
            native: None,
        }
    }
}

impl Case {
    /// Makes the test `name/mode`; `program` is called when it runs, to build or find the executable. A test that is `known` to fail must do so.
    pub fn trial(
        self: &Arc<Self>,
        name: &str,
        mode: Mode,
        known: &Known,
        program: impl FnOnce() -> Result<Programs> + Send + 'static,
    ) -> Trial {
        let case = Arc::clone(self);
        let name = format!("{name}/{mode}");
        let known = known.reason(&name).map(str::to_owned);
        Trial::test(name, move || {
            let program = program().map_err(|error| Failed::from(format!("{error:#}")))?;
            match (case.check(&program, mode), known) {
                (Ok(()), None) => Ok(()),
                (Ok(()), Some(reason)) => Err(Failed::from(format!(
                    "it passes, but known_failures.txt says that it fails: {reason}"
                ))),
                (Err(_), Some(_)) => Ok(()),
                (Err(error), None) => Err(Failed::from(format!("{error:#}"))),
            }
        })
    }

    /// Runs the oracle and `mode`, and compares.
    fn check(&self, programs: &Programs, mode: Mode) -> Result<()> {
        let expected = match &programs.native {
            None => self
                .run(&programs.guest, Mode::Qemu, None)
                .context("under qemu-aarch64-static")?,
            Some(native) => self
                .run(native, Mode::Native, None)
                .context("built for this machine")?,
        };
        for (step, outcome) in self.steps.iter().zip(&expected.outcomes) {
            if outcome.timed_out {
                bail!("the oracle itself hangs: {outcome:#?}");
            }
            if let Some(exit) = step.exit
                && exit != outcome.status
            {
                bail!(
                    "the oracle's exit status is {}, not {exit}:\n{outcome:#?}",
                    outcome.status
                );
            }
        }
        if mode != Mode::Seeds {
            return self.compare(&expected, &programs.guest, mode, None);
        }
        let count = std::env::var("SEEDS").map_or(Ok(SEEDS), |text| text.parse())?;
        for seed in 1..=count {
            self.compare(&expected, &programs.guest, mode, Some(seed))
                .with_context(|| format!("with seed {seed}"))?;
        }
        Ok(())
    }

    /// Runs `mode` and compares.
    fn compare(&self, expected: &Run, program: &Path, mode: Mode, seed: Option<u32>) -> Result<()> {
        let actual = self.run(program, mode, seed)?;
        let mut report = String::new();
        for ((step, want), got) in self
            .steps
            .iter()
            .zip(&expected.outcomes)
            .zip(&actual.outcomes)
        {
            let found = want.difference(got);
            if !found.is_empty() {
                let engine = Engine::new(mode, program, &self.options)?.with_seed(seed);
                let command = engine.shown(&step.arguments, &self.environment);
                report.push_str(&format!("{command}\n{found}"));
                if got.timed_out {
                    break;
                }
            }
        }
        report.push_str(&difference(
            "files",
            &expected.files.to_string(),
            &actual.files.to_string(),
        ));
        if report.is_empty() {
            return Ok(());
        }
        if !self.files.is_empty() {
            let names: Vec<&str> = self.files.keys().map(String::as_str).collect();
            report.push_str(&format!("(in a directory with {})\n", names.join(", ")));
        }
        bail!("{report}");
    }

    fn run(&self, program: &Path, mode: Mode, seed: Option<u32>) -> Result<Run> {
        let engine = Engine::new(mode, program, &self.options)?.with_seed(seed);
        let directory = tempfile::tempdir()?;
        // `/tmp` may be a link; the guest sees the resolved name.
        let place = directory.path().canonicalize()?;
        for (path, bytes) in &self.files {
            let full = place.join(path);
            if path.ends_with('/') {
                std::fs::create_dir_all(&full)?;
            } else {
                std::fs::create_dir_all(full.parent().context("a file has a parent")?)?;
                std::fs::write(&full, bytes)?;
            }
        }
        if let Some(name) = &self.itself {
            std::fs::copy(program, place.join(name))?;
        }
        crate::outcome::set_times(&place)?;
        let limits = Limits {
            seconds: self.seconds.unwrap_or(120) * if mode.is_slow() { 4 } else { 1 },
        };
        let mut outcomes = Vec::new();
        for step in &self.steps {
            let outcome = engine.run(
                &place,
                &step.arguments,
                &self.environment,
                step.stdin.as_deref(),
                limits,
            )?;
            let stop = outcome.timed_out;
            outcomes.push(outcome);
            if stop {
                break;
            }
        }
        Ok(Run {
            outcomes,
            files: Tree::of(&place, &self.uncompared)?,
        })
    }
}

struct Run {
    outcomes: Vec<Outcome>,
    files: Tree,
}
