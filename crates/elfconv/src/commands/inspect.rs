//! `elfconv inspect`: what an executable is, and how well it can be translated.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use elfconv_a64::{decode, features};
use elfconv_discover::{Discovery, Found, FunctionCfg, Term, discover};
use elfconv_kernel::sys::{Support, TABLE};
use elfconv_translate::GuestImage;

use crate::{
    cli::InspectArgs,
    commands::{load_image, symbolic},
    failure::Failure,
    output::print,
};

/// Examples of addresses that are shown.
const EXAMPLES: usize = 3;
/// Kinds of instructions that are not implemented that are shown.
const KINDS: usize = 12;
/// How far back from a system call its number is looked for, in instructions.
const WINDOW: u64 = 32;

/// Run the command; its exit status.
pub fn run(args: &InspectArgs) -> Result<u8, Failure> {
    inspect(args).map_err(Failure::into_own)
}

fn inspect(args: &InspectArgs) -> Result<u8, Failure> {
    let image = load_image(&args.elf)?;
    let discovery = discover(&image);
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = describe_image(&image, &mut text);
    let _ = describe_code(&image, &discovery, &mut text);
    if args.functions {
        text.push('\n');
        for function in &discovery.functions {
            let _ = describe_function(function, &mut text);
        }
    }
    print(&text)?;
    Ok(0)
}

fn describe_image(image: &GuestImage, out: &mut String) -> std::fmt::Result {
    let kind = match image.pie {
        true => format!("static-PIE executable, placed at {:#x}", image.base),
        false => "static executable".to_owned(),
    };
    writeln!(out, "kind          {kind}")?;
    let origin = match image.origin.as_slice() {
        [] => "not evident".to_owned(),
        origin => origin.join(", "),
    };
    writeln!(out, "made of       {origin}")?;
    write!(out, "entry         {:#x}", image.entry)?;
    match symbolic(image, image.entry) {
        Some(name) => writeln!(out, " ({name})")?,
        None => writeln!(out)?,
    }
    for (i, segment) in image.segments.iter().enumerate() {
        let heading = if i == 0 { "segments" } else { "" };
        let flag = |set, c| if set { c } else { '-' };
        writeln!(
            out,
            "{heading:<13} {:#010x}..{:#010x} {}{}{} {:>10} bytes, {:>10} of them in the file",
            segment.vaddr,
            segment.end(),
            flag(segment.read, 'r'),
            flag(segment.write, 'w'),
            flag(segment.exec, 'x'),
            segment.memsz,
            segment.data.len(),
        )?;
    }
    if let Some(tls) = &image.tls {
        let (size, at) = (tls.memsz, tls.vaddr);
        writeln!(
            out,
            "thread-local  {size} bytes for each thread, from {at:#x}"
        )?;
    }
    writeln!(out, "symbols       {}", image.symbols.len())?;
    writeln!(out, "unwind table  {} functions", image.fdes.len())
}

/// How each kind of discovery is called.
const FOUND: [(Found, &str); 11] = [
    (Found::Entry, "entry point"),
    (Found::Symbol, "symbols"),
    (Found::EhFrame, "unwind table"),
    (Found::Pclntab, "Go's function table"),
    (Found::InitArray, "init and fini arrays"),
    (Found::CallTarget, "calls"),
    (Found::TailTarget, "jumps out of functions"),
    (Found::Relocation, "relocations"),
    (Found::DataPointer, "pointers in data"),
    (Found::CodePointer, "addresses made by code"),
    (Found::Sweep, "sweep of what remained"),
];

fn describe_code(image: &GuestImage, discovery: &Discovery, out: &mut String) -> std::fmt::Result {
    let taken = discovery.functions.iter().filter(|f| f.address_taken);
    writeln!(
        out,
        "functions     {}, {} of them with their address taken",
        discovery.functions.len(),
        taken.count()
    )?;
    for (found, name) in FOUND {
        match discovery.count(found) {
            0 => {}
            n => writeln!(out, "{:14}{n:>8} by {name}", "")?,
        }
    }
    let share = |part: u64| 100.0 * part as f64 / discovery.code_bytes.max(1) as f64;
    writeln!(
        out,
        "code          {} bytes: {:.2} % in functions, {:.2} % padding or data, {:.2} % left to the interpreter",
        discovery.code_bytes,
        share(discovery.covered_bytes),
        share(discovery.padding_bytes),
        share(
            discovery
                .code_bytes
                .saturating_sub(discovery.covered_bytes)
                .saturating_sub(discovery.padding_bytes)
        ),
    )?;
    write!(out, "jump tables   {}", discovery.jump_tables)?;
    match discovery.unresolved.as_slice() {
        [] => writeln!(out)?,
        unresolved => writeln!(
            out,
            "; {} more not resolved ({})",
            unresolved.len(),
            examples(image, unresolved.iter().copied())
        )?,
    }
    describe_unimplemented(image, discovery, out)?;
    describe_system_calls(image, discovery, out)
}

/// Words in functions that do not decode, grouped by what is left of them without register and small immediate fields.
fn describe_unimplemented(
    image: &GuestImage,
    discovery: &Discovery,
    out: &mut String,
) -> std::fmt::Result {
    let mut groups: BTreeMap<u32, BTreeMap<u64, u32>> = BTreeMap::new();
    let mut words = BTreeSet::new();
    for block in discovery.functions.iter().flat_map(|f| &f.blocks) {
        for addr in (block.start..block.end).step_by(4) {
            let Some(word) = image.read_u32(addr) else {
                continue;
            };
            words.insert(addr);
            if decode(word).is_none_or(|insn| features::absent(insn.row.row().feature)) {
                let group = groups.entry(word & 0xffe0_fc00).or_default();
                group.insert(addr, word);
            }
        }
    }
    let count: usize = groups.values().map(BTreeMap::len).sum();
    if count == 0 {
        return writeln!(out, "instructions  {}, all implemented", words.len());
    }
    let all = words.len();
    writeln!(
        out,
        "instructions  {all}, {count} of them not implemented (SIGILL when executed)"
    )?;
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let more = groups.len().saturating_sub(KINDS);
    for group in groups.into_iter().take(KINDS) {
        let n = group.len();
        let word = group.values().next().copied().unwrap_or_default();
        let at = examples(image, group.keys().copied());
        writeln!(out, "{:14}{n:>8} like {word:08x} ({at})", "")?;
    }
    match more {
        0 => Ok(()),
        _ => writeln!(out, "{:14}and {more} other kinds", ""),
    }
}

/// The numbers of system calls that are constants near a `svc`.
fn describe_system_calls(
    image: &GuestImage,
    discovery: &Discovery,
    out: &mut String,
) -> std::fmt::Result {
    let mut numbers: BTreeMap<u16, usize> = BTreeMap::new();
    let mut computed = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for function in &discovery.functions {
        for block in &function.blocks {
            if !matches!(block.term, Term::Syscall { .. }) || !seen.insert(block.end) {
                continue;
            }
            let svc = block.end - 4;
            match system_call_number(image, function, svc) {
                Some(number) => *numbers.entry(number).or_default() += 1,
                None => {
                    computed.insert(svc);
                }
            }
        }
    }
    let names: Vec<String> = numbers.keys().map(|&n| system_call_name(n)).collect();
    let refused = names.iter().filter(|name| name.ends_with("(!)")).count();
    let places = seen.len();
    write!(out, "system calls  {} in {places} places", names.len())?;
    match refused {
        0 => writeln!(out)?,
        _ => writeln!(out, "; {refused} of them, marked (!), always fail")?,
    }
    for line in wrap(&names, 76) {
        writeln!(out, "{:14}{line}", "")?;
    }
    if !computed.is_empty() {
        let n = computed.len();
        let at = examples(image, computed.into_iter());
        writeln!(
            out,
            "{:14}and in {n} places a number from elsewhere ({at})",
            ""
        )?;
    }
    Ok(())
}

/// The name of a system call, with a mark if the kernel always refuses it.
fn system_call_name(number: u16) -> String {
    match TABLE.iter().find(|row| row.nr == u64::from(number)) {
        Some(row) if matches!(row.support, Support::Fails(_)) => format!("{}(!)", row.name),
        Some(row) => row.name.to_owned(),
        None => format!("number {number}(!)"),
    }
}

/// The constant that was last moved into register 8 before the `svc` at an address, in the same function.
fn system_call_number(image: &GuestImage, function: &FunctionCfg, svc: u64) -> Option<u16> {
    let first = function.extent.0.max(svc.saturating_sub(4 * WINDOW));
    let mut addr = svc;
    while addr > first {
        addr -= 4;
        let word = image.read_u32(addr)?;
        // movz w8 or x8, without shift
        if word & 0x7fff_ffff & !(0xffff << 5) == 0x5280_0008 {
            return Some((word >> 5) as u16);
        }
        let insn = decode(word)?;
        if insn.field("Rd") == Some(8) || insn.field("Rt") == Some(8) && is_load(insn.name()) {
            return None;
        }
    }
    None
}

/// Whether a row writes its `Rt`.
fn is_load(name: &str) -> bool {
    name.starts_with("ld") || name.starts_with("mrs")
}

fn describe_function(function: &FunctionCfg, out: &mut String) -> std::fmt::Result {
    let bytes: u64 = function.blocks.iter().map(|b| b.end - b.start).sum();
    let found = FOUND.iter().find(|(found, _)| *found == function.found);
    writeln!(
        out,
        "{:#010x} {bytes:>8} bytes {:>5} blocks  {:<22} {}{}",
        function.start,
        function.blocks.len(),
        found.map_or("", |(_, name)| name),
        function.name.as_deref().unwrap_or("(no name)"),
        if function.no_return {
            ", does not return"
        } else {
            ""
        },
    )
}

/// The first few addresses in words.
fn examples(image: &GuestImage, addresses: impl Iterator<Item = u64>) -> String {
    let mut texts: Vec<String> = addresses
        .take(EXAMPLES + 1)
        .map(|addr| match symbolic(image, addr) {
            Some(name) => format!("{addr:#x} {name}"),
            None => format!("{addr:#x}"),
        })
        .collect();
    if texts.len() > EXAMPLES {
        texts[EXAMPLES] = "…".to_owned();
    }
    texts.join(", ")
}

/// Words in lines of up to `width` columns.
fn wrap(words: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}
