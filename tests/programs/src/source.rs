//! The comments at the top of a guest's source:
//!
//! ```text
//! // build: gcc-O2, zig-O3-pie-strip     how it is built (see `compile`); the first one runs in every mode
//! // flags: -lm                          more compiler flags; {corpus} is where Debian's arm64 packages are
//! // run: ARG…                           a command line; several run one after the other; none means one without arguments
//! // stdin: "text\n"                     input of the `run` above, or of the only one
//! // exit: 3                             its exit status, if not 0
//! // env: NAME=VALUE
//! // elfconv: --catch-faults             options of `elfconv build` and `run`
//! // file: NAME "contents"               a file in the directory; a name that ends in / is a directory
//! // itself: NAME                        the executable itself as a file in the directory
//! // oracle: native                      what is right is said by a build for this machine, not by QEMU: for what QEMU does otherwise than Linux
//! // seeds                               run every build with several orders of its threads (`ELFCONV_SCHED_SEED`); as many as the variable SEEDS says
//! // engines                             run the first build in the other WASI engines, too
//! // seconds: 200                        time allowed, if more than the usual
//! ```
//!
//! In assembly files the comments begin with `//` as well.

use crate::case::{Case, Step};
use crate::compile::Build;
use crate::place::target;
use crate::words::split;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// A guest program of our own.
#[derive(Debug)]
pub struct Source {
    /// The source file.
    pub path: PathBuf,
    /// Its name without extension.
    pub name: String,
    /// The builds that are tested.
    pub builds: Vec<Build>,
    /// More compiler flags.
    pub flags: Vec<String>,
    /// Whether other WASI engines run it.
    pub engines: bool,
    /// Whether the oracle is a build for this machine.
    pub native: bool,
    /// Whether it is run in several orders of its threads.
    pub seeds: bool,
    /// What is run.
    pub case: Case,
}

/// Reads all of a directory's sources, sorted by name.
pub fn read_all(directory: &Path) -> Result<Vec<Source>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| !path.is_dir());
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source::read(&path).with_context(|| path.display().to_string()))
        .collect()
}

impl Source {
    /// Reads one source's comments.
    pub fn read(path: &Path) -> Result<Source> {
        let text = fs::read_to_string(path)?;
        let name = path
            .file_stem()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        let mut source = Source {
            path: path.to_owned(),
            name,
            builds: Vec::new(),
            flags: Vec::new(),
            engines: false,
            native: false,
            seeds: false,
            case: Case::default(),
        };
        for line in text.lines().map_while(|line| line.strip_prefix("//")) {
            source
                .read_comment(line.trim())
                .with_context(|| format!("in `//{line}`"))?;
        }
        if source.builds.is_empty() {
            bail!("a guest needs a line `// build: …`");
        }
        if source.case.steps.is_empty() {
            source.case.steps.push(Step {
                exit: Some(0),
                ..Step::default()
            });
        }
        Ok(source)
    }

    fn read_comment(&mut self, line: &str) -> Result<()> {
        match line {
            "engines" => self.engines = true,
            "oracle: native" => self.native = true,
            "seeds" => self.seeds = true,
            _ => {}
        }
        // Other comments may stand here as well: prose has no key of these.
        let Some((key, value)) = line.split_once(':') else {
            return Ok(());
        };
        let value = value.trim();
        match key {
            "build" => {
                for build in value.split(',') {
                    self.builds.push(build.trim().parse()?);
                }
            }
            "flags" => {
                let corpus = target("corpus/root");
                let value = value.replace("{corpus}", &corpus.display().to_string());
                self.flags.extend(split(&value)?);
            }
            "run" => self.case.steps.push(Step {
                arguments: split(value)?,
                exit: Some(0),
                stdin: None,
            }),
            "stdin" => self.last_step().stdin = Some(split(value)?.concat().into_bytes()),
            "exit" => self.last_step().exit = Some(value.parse()?),
            "env" => {
                let (name, value) = value.split_once('=').context("NAME=VALUE is needed")?;
                self.case
                    .environment
                    .insert(name.to_owned(), value.to_owned());
            }
            "file" => {
                let words = split(value)?;
                let (name, contents) = words.split_first().context("a name is needed")?;
                self.case
                    .files
                    .insert(name.clone(), contents.concat().into_bytes());
            }
            "itself" => self.case.itself = Some(value.to_owned()),
            "elfconv" => self.case.options.extend(split(value)?),
            "seconds" => self.case.seconds = Some(value.parse()?),
            _ => {}
        }
        Ok(())
    }

    fn last_step(&mut self) -> &mut Step {
        if self.case.steps.is_empty() {
            self.case.steps.push(Step {
                exit: Some(0),
                ..Step::default()
            });
        }
        let last = self.case.steps.len() - 1;
        &mut self.case.steps[last]
    }
}
