//! Properties of the row table as a whole.

use std::collections::BTreeSet;

use elfconv_a64::{decode, rows};

#[test]
fn names_are_unique() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert!(seen.insert(row.name), "two rows are called {}", row.name);
    }
}

#[test]
fn overs_exist() {
    let names: BTreeSet<_> = rows().iter().map(|r| r.name).collect();
    for row in rows() {
        for over in row.over {
            assert!(
                names.contains(over),
                "{} is over {over}, which is no row",
                row.name
            );
        }
    }
}

#[test]
fn disassembles() {
    let text = |word| decode(word).map(|insn| insn.disasm(0x1000).to_string());
    assert_eq!(
        text(0x9140_0420).as_deref(),
        Some("add x0, x1, #1, lsl #12")
    );
    assert_eq!(text(0x9100_03e0).as_deref(), Some("mov x0, sp"));
    assert_eq!(text(0x17ff_ffff).as_deref(), Some("b 0xffc"));
    assert_eq!(text(0), None);
}
