//! Disassembly and the set of accepted words against GNU objdump on real libraries.
//!
//! Texts are compared after writing all numbers in decimal and leaving out symbols and comments. `A64_ELF` names other files, separated by colons.

use std::{collections::BTreeMap, path::Path, process::Command};

use elfconv_a64::decode;

const OBJDUMP: &str = "aarch64-linux-gnu-objdump";
const LIBRARIES: &str = "/usr/aarch64-linux-gnu/lib/libc.so.6:/usr/aarch64-linux-gnu/lib/libm.so.6:/usr/aarch64-linux-gnu/lib/libstdc++.so.6";

/// Lower case, single spaces, numbers in decimal.
fn normal(text: &str) -> String {
    let text = text.split("//").next().unwrap_or(text);
    let text = text
        .split(" <")
        .next()
        .unwrap_or(text)
        .trim()
        .to_lowercase();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix("0x") {
            let len = hex
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(hex.len());
            match u64::from_str_radix(&hex[..len], 16) {
                Ok(n) => out += &(n as i64).to_string(),
                Err(_) => out += &hex[..len],
            }
            rest = &hex[len..];
        } else if c.is_whitespace() {
            out.push(' ');
            rest = rest.trim_start();
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out.replace(", ", ",").replace("#", "")
}

/// Branch targets and literal addresses, which objdump prints bare.
fn theirs(mnemonic: &str, operands: &str) -> String {
    let target = ["b", "bl", "cbz", "cbnz", "tbz", "tbnz", "adr", "adrp"].contains(&mnemonic)
        || mnemonic.starts_with("b.");
    let literal = (mnemonic.starts_with("ldr") || mnemonic == "prfm") && !operands.contains('[');
    if !(target || literal) {
        return normal(&format!("{mnemonic} {operands}"));
    }
    let operands = operands.split(" <").next().unwrap_or(operands).trim();
    let (head, last) = operands
        .rsplit_once(", ")
        .map_or(("", operands), |(h, l)| (h, l));
    let comma = if head.is_empty() { "" } else { ", " };
    let last = last.trim_start_matches("0x");
    normal(&format!("{mnemonic} {head}{comma}0x{last}"))
}

#[test]
fn disassembly_agrees_with_objdump() {
    let files = std::env::var("A64_ELF").unwrap_or_else(|_| LIBRARIES.into());
    let (mut words, mut same, mut unknown) = (0u32, 0u32, 0u32);
    let mut differ: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for file in files.split(':').filter(|f| Path::new(f).exists()) {
        let Ok(output) = Command::new(OBJDUMP).args(["-d", "-z", file]).output() else {
            println!("skipped: {OBJDUMP} is not installed");
            return;
        };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let mut columns = line.split('\t');
            let (Some(address), Some(word), Some(mnemonic)) =
                (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            let address = address.trim().trim_end_matches(':');
            let (Ok(pc), Ok(word)) = (
                u64::from_str_radix(address, 16),
                u32::from_str_radix(word.trim(), 16),
            ) else {
                continue;
            };
            let text = theirs(mnemonic, columns.next().unwrap_or(""));
            if mnemonic.starts_with('.') {
                continue;
            }
            words += 1;
            match decode(word) {
                None => {
                    unknown += 1;
                    let entry = differ
                        .entry(format!("not decoded: {mnemonic}"))
                        .or_default();
                    entry.0 += 1;
                    entry.1 = format!("{word:08x} {text}");
                }
                Some(insn) => {
                    let ours = normal(&insn.disasm(pc).to_string());
                    if ours == text {
                        same += 1;
                    } else {
                        let entry = differ
                            .entry(format!("{mnemonic} by {}", insn.name()))
                            .or_default();
                        entry.0 += 1;
                        entry.1 = format!("{word:08x} ours `{ours}`, objdump `{text}`");
                    }
                }
            }
        }
    }
    println!("{words} words, {same} same, {unknown} not decoded");
    for (what, (count, example)) in &differ {
        println!("{what}: {count}, as {example}");
    }
    assert!(
        u64::from(same) * 1000 >= u64::from(words) * 999,
        "more than one in a thousand differs"
    );
}

/// Words of every row that objdump takes for no instruction.
#[test]
fn accepted_words_are_instructions() {
    let mut seed = 0x1234_5678_9abc_def1u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as u32
    };
    let mut words = Vec::new();
    for row in elfconv_a64::rows() {
        for _ in 0..200 {
            let word = row.bits.value | random() & !row.bits.mask;
            if decode(word).is_some_and(|insn| insn.name() == row.name) {
                words.push(word);
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("words");
    std::fs::write(
        &file,
        words
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .collect::<Vec<_>>(),
    )
    .unwrap();
    let Ok(output) = Command::new(OBJDUMP)
        .args(["-D", "-z", "-b", "binary", "-m", "aarch64"])
        .arg(&file)
        .output()
    else {
        println!("skipped: {OBJDUMP} is not installed");
        return;
    };
    let mut wrong: BTreeMap<&str, (u32, String)> = BTreeMap::new();
    let mut differ: BTreeMap<&str, (u32, String)> = BTreeMap::new();
    let mut checked = 0;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [address, word, mnemonic, operands @ ..] = columns.as_slice() else {
            continue;
        };
        let pc = u64::from_str_radix(address.trim().trim_end_matches(':'), 16).unwrap();
        let word = u32::from_str_radix(word.trim(), 16).unwrap();
        let insn = decode(word).unwrap();
        checked += 1;
        let ours = normal(&insn.disasm(pc).to_string());
        let text = theirs(mnemonic, operands.first().unwrap_or(&""));
        let list = if mnemonic.starts_with('.') {
            &mut wrong
        } else if text != ours {
            &mut differ
        } else {
            continue;
        };
        let entry = list.entry(insn.name()).or_default();
        entry.0 += 1;
        entry.1 = format!("{word:08x} ours `{ours}`, objdump `{text}`");
    }
    println!("{checked} words checked");
    for (name, (count, example)) in &differ {
        println!("{name} is written otherwise: {count}, as {example}");
    }
    for (name, (count, example)) in &wrong {
        println!("{name} is no instruction: {count}, as {example}");
    }
    // objdump knows newer hints and other names of registers that read as zero; it refuses fields that "should be one" and loads of one register
    // twice, where the manual leaves the behaviour open and the oracle executes them. Some rows stand for a class of instructions that the machine does not have.
    let open = |name: &str| {
        [
            "ldar",
            "ldpsw",
            "hint",
            "mrs_id",
            "msr_dit_imm",
            "msr_ssbs_imm",
            "msr_tco_imm",
        ]
        .iter()
        .any(|known| name.starts_with(known))
    };
    let class = |name: &str| ["sve", "sme", "mops_copy", "mops_set", "ldra"].contains(&name);
    assert!(
        wrong
            .keys()
            .chain(differ.keys())
            .all(|name| open(name) || class(name))
    );
}
