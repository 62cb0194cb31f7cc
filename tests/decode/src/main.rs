//! `cargo xtask oracle`: the full comparison of the decoder.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use elfconv_decode::{
    compare::Report,
    sample::{corpus, of_programs, of_rows},
};

const HELP: &str = "\
elfconv-decode [--seed N] [--words N]

  --seed N       what the random words follow from [1]
  --words N      uniformly random words; half as many are made of rows [50000000]";

fn main() -> Result<()> {
    let (mut seed, mut words) = (1, 50_000_000);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let option = match name.as_str() {
            "--seed" => &mut seed,
            "--words" => &mut words,
            _ => bail!("{HELP}"),
        };
        let value = arguments.next();
        *option = value
            .with_context(|| format!("{name} wants a value\n{HELP}"))?
            .parse()?;
    }
    println!("seed {seed}");
    let mut report = Report::new()?;
    let mut before = 0;
    let mut step = |report: &mut Report, what: &str, run: &dyn Fn(&mut Report) -> Result<()>| {
        let start = Instant::now();
        run(report)?;
        println!(
            "{} {what} in {:.0} s",
            report.words - before,
            start.elapsed().as_secs_f64()
        );
        before = report.words;
        anyhow::Ok(())
    };
    step(&mut report, "random words", &|report| {
        report.random(seed, words, |random| random.next() as u32);
        Ok(())
    })?;
    step(&mut report, "words of rows and beside them", &|report| {
        report.random(!seed, words / 2, of_rows);
        Ok(())
    })?;
    step(&mut report, "different words of programs", &|report| {
        let (words, all) = of_programs(&corpus()).context("run `cargo xtask setup`")?;
        println!("the programs have {all} words of code");
        report.listed(&words);
        Ok(())
    })?;
    println!("{} of {} words are accepted", report.accepted, report.words);
    for (line, count) in report.lines() {
        println!("{count:>9}  {line}");
    }
    let mut failures = report.failures();
    let unused = report.unused();
    failures.extend(
        unused
            .iter()
            .map(|line| format!("explains nothing: {line}")),
    );
    for failure in &failures {
        println!("{failure}");
    }
    if !failures.is_empty() {
        bail!("{} failures", failures.len());
    }
    Ok(())
}
