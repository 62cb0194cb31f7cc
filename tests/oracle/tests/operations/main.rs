//! `tests/operations.txt`: how many operations of WebAssembly each form of each row becomes, so that a worse lowering shows.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

mod forms;

const BLESS: &str = "BLESS=1 cargo test --release -p elfconv-oracle --test operations";
const HEAD: &str = "\
# How many operations of WebAssembly each form of each row becomes at -O2, without relaxed SIMD (tests/oracle/tests/operations/forms.rs says what is counted).
# Written by: BLESS=1 cargo test --release -p elfconv-oracle --test operations
";

#[test]
fn forms_become_as_many_operations_as_before() {
    let all = forms::all();
    let counts = forms::operations(&all).unwrap();
    let mut now = String::from(HEAD);
    for (insn, count) in all.iter().zip(&counts) {
        let text = insn.disasm(0x1000).to_string();
        writeln!(now, "{count:>4}  {}: {text}", insn.name()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../operations.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, now).unwrap();
        return;
    }
    let golden = fs::read_to_string(path).unwrap_or_default();
    if golden == now {
        return;
    }
    let (then, now) = (by_form(&golden), by_form(&now));
    for (form, count) in &now {
        match then.get(form) {
            Some(before) if before == count => {}
            Some(before) => println!("{form}: {before} before, {count} now"),
            None => println!("{form}: new, {count}"),
        }
    }
    for form in then.keys().filter(|form| !now.contains_key(*form)) {
        println!("{form}: no longer there");
    }
    panic!("tests/operations.txt is out of date. If what is printed is meant: {BLESS}");
}

/// The count of each form.
fn by_form(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(count, form)| (form, count))
        .collect()
}
