//! `cargo xtask oracle`: the full run.

use std::{path::Path, time::Instant};

use anyhow::{Context, Result, bail};
use elfconv_a64::state::FZ;
use elfconv_oracle::{FULL, compiled, engine::Host, guest::Case, rows};

const HELP: &str = "\
cargo xtask oracle [--decode N] [--seed N] [--rows TEXT] [--cases N] [--compiled N] [--blocks N] [--batch N] [--flush 1] [--host NAME]

  --decode N     random words that are first decoded by other disassemblers, too [50000000; without it none if --rows is given]
  --seed N       what everything follows from [1]
  --rows TEXT    only rows with this in their name or class
  --cases N      cases of each row in the interpreter [2000]
  --compiled N   cases of each row in the three executions [2000]
  --blocks N     random blocks in the three executions [1000000; none if --rows is given]
  --batch N      cases in one program [2000]
  --flush 1      all that is compiled is compiled for FPCR.FZ, and executed with it [0]
  --host NAME    what executes compiled code: node, whose compiler is ten times as fast, or embedded, the engine of `elfconv run` [node]";

/// Of the options with numbers, `--blocks`.
const BLOCKS: usize = 3;

fn main() -> Result<()> {
    let mut options = [
        ("--seed", 1u64),
        ("--cases", FULL.interpreted),
        ("--compiled", FULL.compiled),
        ("--blocks", FULL.blocks),
        ("--batch", 2000),
        ("--flush", 0),
    ];
    let (mut filter, mut host) = (String::new(), Host::Node);
    let mut all_blocks = true;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        if name == "--help" {
            println!("{HELP}");
            return Ok(());
        }
        let value = arguments
            .next()
            .with_context(|| format!("{name} wants a value\n{HELP}"))?;
        if name == "--rows" {
            filter = value;
        } else if name == "--host" {
            host = match &*value {
                "node" => Host::Node,
                "embedded" => Host::Embedded,
                _ => bail!("there is no host {value}\n{HELP}"),
            };
        } else {
            let option = options.iter_mut().find(|o| o.0 == name);
            option
                .with_context(|| format!("there is no option {name}\n{HELP}"))?
                .1 = value.parse()?;
            all_blocks &= name != "--blocks";
        }
    }
    if all_blocks && !filter.is_empty() {
        options[BLOCKS].1 = 0;
    }
    let [seed, cases, singles, blocks, batch, flush] = options.map(|o| o.1);
    let fpcr = if flush == 0 { 0 } else { FZ };
    println!("seed {seed}");
    let start = Instant::now();
    let mut failed = 0;
    if cases != 0 {
        let report = rows::compare(seed, cases, &filter);
        report.print();
        println!("{:.0} s", start.elapsed().as_secs_f64());
        failed = report.failures.len();
    }

    let dir = tempfile::tempdir()?;
    let mut singles = compiled::singles(seed, singles, &filter, fpcr);
    failed += run("single instructions", host, dir.path(), || {
        singles.by_ref().take(batch as usize).collect()
    })?;
    let mut done = 0;
    failed += run("blocks", host, dir.path(), || {
        let count = batch.min(blocks - done);
        let made = compiled::random_blocks(seed.wrapping_add(done), count, fpcr);
        done += count;
        made
    })?;
    if failed != 0 {
        bail!("{failed} differences");
    }
    Ok(())
}

/// Compares one batch of cases after the other until there are none; says from time to time how far it is. How many differ.
fn run(what: &str, host: Host, dir: &Path, mut next: impl FnMut() -> Vec<Case>) -> Result<usize> {
    let (start, mut said) = (Instant::now(), Instant::now());
    let (mut done, mut failed) = (0, 0);
    let say = |done: usize, failed: usize| {
        let seconds = start.elapsed().as_secs_f64();
        println!("{done} {what} in three executions, {failed} differ, {seconds:.0} s");
    };
    loop {
        let cases = next();
        if cases.is_empty() {
            break;
        }
        done += cases.len();
        let failures = compiled::compare(host, dir, &cases).with_context(|| {
            format!("in the {} before number {done} of the {what}", cases.len())
        })?;
        for failure in failures {
            failure.print();
            failed += 1;
        }
        if said.elapsed().as_secs() >= 60 {
            said = Instant::now();
            say(done, failed);
        }
    }
    say(done, failed);
    Ok(failed)
}
