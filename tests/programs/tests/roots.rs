//! Shell scripts, and dialogs on a terminal, in a module with a file tree and several programs; see `elfconv_programs::roots`.

use elfconv_programs::engine::Mode;
use elfconv_programs::known::Known;
use elfconv_programs::place::here;
use elfconv_programs::roots::{SHELLS, Script, check, converse};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::from_args();
    let known = Known::read()?;
    // The other shells run in the other engines only if they are to: it takes a quarter of an hour.
    let every = std::env::var_os("ENGINES").is_some_and(|all| all == "all");
    let mut trials = Vec::new();
    for script in Script::all()? {
        for (i, (name, shell)) in SHELLS.iter().enumerate() {
            if !script.is_for(name) {
                continue;
            }
            let mut modes = vec![Mode::Run];
            if i == 0 || every {
                modes.extend(Mode::ENGINES);
            }
            for mode in Mode::wanted(modes) {
                let script = script.clone();
                let test = format!("roots/{}-{name}/{mode}", script.name);
                let reason = known.reason(&test).map(str::to_owned);
                trials.push(Trial::test(test, move || {
                    judge(check(&script, shell, mode), reason)
                }));
            }
        }
    }
    for entry in std::fs::read_dir(here().join("terminal"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        // Dialogs say themselves what must come, so the oracle is one of those who hold them.
        for mode in Mode::wanted(vec![Mode::Qemu, Mode::Run]) {
            let path = path.clone();
            let test = format!("terminal/{name}/{mode}");
            let reason = known.reason(&test).map(str::to_owned);
            trials.push(Trial::test(test, move || {
                judge(converse(&path, mode), reason)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit()
}

/// What a result means where a failure may be known.
fn judge(result: anyhow::Result<()>, reason: Option<String>) -> Result<(), Failed> {
    match (result, reason) {
        (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
        (Err(e), None) => Err(format!("{e:#}").into()),
        (Ok(()), Some(reason)) => {
            Err(format!("passes, but known_failures.txt says: {reason}").into())
        }
    }
}
