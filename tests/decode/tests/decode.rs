//! A sample of what `cargo xtask oracle` compares: some random words, and all code of Debian's programs.

use elfconv_decode::{
    compare::Report,
    disassembler::Disassembler,
    list::Kind,
    sample::{corpus, of_programs, of_rows},
};

fn check(report: &Report) {
    let failures = report.failures();
    for failure in &failures {
        println!("{failure}");
    }
    assert!(
        failures.is_empty(),
        "{} differences are not explained by differences.txt",
        failures.len()
    );
}

#[test]
fn random_words() {
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut report = Report::new().unwrap();
    report.random(seed, 500_000, |random| random.next() as u32);
    report.random(!seed, 500_000, of_rows);
    println!("{} of {} words are accepted", report.accepted, report.words);
    check(&report);
    assert!(report.accepted > report.words / 4);
}

#[test]
fn code_of_programs() {
    let (words, all) =
        of_programs(&corpus()).expect("the corpus is there, after `cargo xtask setup`");
    println!("{all} words of code, {} different ones", words.len());
    let mut report = Report::new().unwrap();
    report.listed(&words);
    check(&report);
    assert!(report.accepted > 300_000);
}

/// Differences that no line explains are found: one of each kind.
#[test]
fn differences_are_found() {
    let find = |word| {
        let mut report = Report::without_list();
        report.word(word);
        let found = report.unexplained.keys();
        found
            .map(|(whose, kind, _)| (*whose, *kind))
            .collect::<Vec<_>>()
    };
    // cpyfp: MOPS. eret: both. ldr: the same everywhere. hint #39.
    assert_eq!(find(0x1902_0420), [(Disassembler::Exarmo, Kind::More)]);
    assert_eq!(
        find(0xd69f_03e0),
        Disassembler::ALL.map(|whose| (whose, Kind::More))
    );
    assert_eq!(find(0xf940_0420), []);
    assert_eq!(find(0xd503_24ff), [(Disassembler::Exarmo, Kind::Text)]);
}
