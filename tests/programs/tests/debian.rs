//! Debian's programs, each with its list of command lines in `debian/`.

use elfconv_programs::engine::Mode;
use elfconv_programs::known::Known;
use elfconv_programs::{debian, place};
use libtest_mimic::Arguments;
use std::sync::Arc;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::from_args();
    let known = Known::read()?;
    let mut trials = Vec::new();
    for listed in debian::read_all(&place::here().join("debian"))? {
        for (name, (case, modes)) in listed.cases {
            let case = Arc::new(case);
            for mode in Mode::wanted(modes) {
                let program = listed.program.clone();
                trials.push(case.trial(
                    &format!("{}/{name}", listed.name),
                    mode,
                    &known,
                    move || {
                        anyhow::ensure!(
                            program.exists(),
                            "{} is missing: cargo xtask setup",
                            program.display()
                        );
                        Ok(program.into())
                    },
                ));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit()
}
