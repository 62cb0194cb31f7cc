//! `cargo xtask oracle`: the full run.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use elfconv_oracle::{FULL, compiled, rows};

const HELP: &str = "\
cargo xtask oracle [--decode N] [--seed N] [--rows TEXT] [--cases N] [--compiled N] [--blocks N] [--batch N]

  --decode N     random words that are first decoded by other disassemblers, too [50000000; without it none if --rows is given]
  --seed N       what everything follows from [1]
  --rows TEXT    only rows with this in their name or class
  --cases N      cases of each row in the interpreter [2000]
  --compiled N   cases of each row in the three executions [2000]
  --blocks N     random blocks in the three executions [1000000]
  --batch N      cases in one program [2000]";

fn main() -> Result<()> {
    let mut options = [
        ("--seed", 1u64),
        ("--cases", FULL.interpreted),
        ("--compiled", FULL.compiled),
        ("--blocks", FULL.blocks),
        ("--batch", 2000),
    ];
    let mut filter = String::new();
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
        } else {
            let option = options.iter_mut().find(|o| o.0 == name);
            option
                .with_context(|| format!("there is no option {name}\n{HELP}"))?
                .1 = value.parse()?;
        }
    }
    let [seed, cases, singles, blocks, batch] = options.map(|o| o.1);
    println!("seed {seed}");
    let start = Instant::now();
    let report = rows::compare(seed, cases, &filter);
    report.print();
    println!("{:.0} s", start.elapsed().as_secs_f64());
    let mut failed = report.failures.len();

    let dir = tempfile::tempdir()?;
    let run = |what: &str, all: Vec<elfconv_oracle::guest::Case>| -> Result<usize> {
        let start = Instant::now();
        let mut failed = 0;
        for part in all.chunks(batch as usize) {
            for failure in compiled::compare(dir.path(), part)? {
                failure.print();
                failed += 1;
            }
        }
        println!(
            "{} {what} in three executions, {:.0} s",
            all.len(),
            start.elapsed().as_secs_f64()
        );
        Ok(failed)
    };
    failed += run(
        "single instructions",
        compiled::singles(seed, singles, &filter),
    )?;
    let mut done = 0;
    while done < blocks {
        let count = batch.min(blocks - done);
        failed += run(
            "blocks",
            compiled::random_blocks(seed.wrapping_add(done), count),
        )?;
        done += count;
    }
    if failed != 0 {
        bail!("{failed} differences");
    }
    Ok(())
}
