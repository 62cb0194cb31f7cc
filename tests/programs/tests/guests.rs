//! The programs in `guests/`, each in its builds.

use elfconv_programs::case::Programs;
use elfconv_programs::compile::native;
use elfconv_programs::engine::Mode;
use elfconv_programs::known::Known;
use elfconv_programs::{place, source};
use libtest_mimic::Arguments;
use std::sync::Arc;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::from_args();
    let known = Known::read()?;
    let mut trials = Vec::new();
    for source in source::read_all(&place::here().join("guests"))? {
        let case = Arc::new(source.case.clone());
        let source = Arc::new(source);
        for (index, build) in source.builds.iter().enumerate() {
            let mut modes = if index == 0 {
                Mode::ALL.to_vec()
            } else {
                Mode::ONE.to_vec()
            };
            if index == 0 && source.engines {
                modes.extend(Mode::ENGINES);
            }
            if source.seeds {
                modes.push(Mode::Seeds);
            }
            if source.native {
                modes.retain(|&mode| mode != Mode::Qemu);
            }
            for mode in Mode::wanted(modes) {
                let (source, build) = (Arc::clone(&source), build.clone());
                let name = format!("{}/{build}", source.name);
                trials.push(case.trial(&name, mode, &known, move || {
                    let native = source.native.then(|| native(&source)).transpose()?;
                    Ok(Programs {
                        guest: build.executable(&source)?,
                        native,
                    })
                }));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit()
}
