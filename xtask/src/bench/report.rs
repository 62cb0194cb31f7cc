//! The document.

use super::mechanisms::Mechanisms;
use super::speed::{Speed, Way};
use super::translation::Translation;
use crate::command::output;
use anyhow::Result;
use std::fmt::Write;
use std::process::Command;

/// Writes everything as Markdown.
pub fn write(
    speed: &Speed,
    mechanisms: &Mechanisms,
    translation: &[Translation],
    rounds: usize,
) -> Result<String> {
    let date = output(Command::new("date").args(["-u", "+%Y-%m-%d"]))?;
    let mut text = format!(
        "# Performance\n\nMade by `cargo xtask bench {rounds}` on {} ({}, {} cores); do not edit. Ratios hold within one run only: \
         every figure is the median of {rounds} interleaved rounds.\n\n",
        date.trim(),
        processor(),
        std::thread::available_parallelism()?
    );
    text.push_str(
        "## Speed\n\nSeconds. *elfconv*: the AArch64 program (gcc -O3, static) translated with `--relaxed-simd`; *source*: the same C source compiled by \
         clang-19 `-O3 -msimd128` to WASI; both in the embedded Wasmtime and in node 24.\n\n\
         | program | native | QEMU | Wasmtime: elfconv | source | node: elfconv | source |\n|---|---|---|---|---|---|---|\n",
    );
    for (name, times) in speed {
        let _ = write!(text, "| {name}");
        for way in [
            Way::Native,
            Way::Qemu,
            Way::Wasmtime,
            Way::WasmtimeReference,
            Way::Node,
            Way::NodeReference,
        ] {
            let _ = write!(text, " | {:.3}", times[&way]);
        }
        text.push_str(" |\n");
    }
    text.push_str(
        "\nHow many times as fast as the other (more is better):\n\n\
         | program | source, Wasmtime | source, node | QEMU (by Wasmtime) | QEMU (by node) | native (by Wasmtime) |\n|---|---|---|---|---|---|\n",
    );
    let pairs = [
        (Way::WasmtimeReference, Way::Wasmtime),
        (Way::NodeReference, Way::Node),
        (Way::Qemu, Way::Wasmtime),
        (Way::Qemu, Way::Node),
        (Way::Native, Way::Wasmtime),
    ];
    for (name, times) in speed {
        let _ = write!(text, "| {name}");
        for (other, ours) in pairs {
            let _ = write!(text, " | {:.2}", times[&other] / times[&ours]);
        }
        text.push_str(" |\n");
    }
    text.push_str("| **geometric mean**");
    for (other, ours) in pairs {
        let logarithms: f64 = speed
            .values()
            .map(|times| (times[&other] / times[&ours]).ln())
            .sum();
        let _ = write!(
            text,
            " | **{:.2}**",
            (logarithms / speed.len() as f64).exp()
        );
    }
    text.push_str(" |\n\n");
    cost_of_safepoints(&mut text, speed);
    text.push_str(
        "## Mechanisms\n\nMicroseconds of one operation (`tests/bench/mechanisms`), in QEMU and in a module with a file tree in the embedded Wasmtime; and how many times as \
         fast as QEMU.\n\n| mechanism | QEMU | elfconv | times as fast |\n|---|---|---|---|\n",
    );
    for (name, [qemu, ours]) in mechanisms {
        let _ = writeln!(
            text,
            "| {name} | {:.1} | {:.1} | {:.2} |",
            qemu * 1e6,
            ours * 1e6,
            qemu / ours
        );
    }
    text.push_str("\n## Translation\n\n`elfconv build` as a whole process, without a cache.\n\n");
    text.push_str(
        "| program | code | seconds | code per second | peak memory | module | module / code |\n|---|---|---|---|---|---|---|\n",
    );
    for row in translation {
        let _ = writeln!(
            text,
            "| {} | {} KB | {:.2} | {:.2} MB | {} MB | {} KB | {:.2} |",
            row.name,
            row.code / 1000,
            row.seconds,
            row.code as f64 / 1e6 / row.seconds,
            row.memory / 1_000_000,
            row.module / 1000,
            row.module as f64 / row.code as f64
        );
    }
    Ok(text)
}

/// What it costs that guest state is recoverable.
fn cost_of_safepoints(text: &mut String, speed: &Speed) {
    text.push_str(
        "What it costs that loops can be left, that recursion is checked for its depth, and that callers ask whether callees have unwound: \
         time in Wasmtime against a translation with `--no-safepoints`, the shortest of alternating runs each. Where an engine puts a loop makes more difference by chance (a third in `lu`), so these are runs in sixteen layouts (`--layout`).\n\n\
         | program | cost of safepoints |\n|---|---|\n",
    );
    for (name, times) in speed {
        let cost = times[&Way::Wasmtime] / times[&Way::Bare] - 1.0;
        let _ = writeln!(text, "| {name} | {:+.1} % |", 100.0 * cost);
    }
    text.push('\n');
}

fn processor() -> String {
    let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model
        .map_or("unknown processor", |(_, name)| name)
        .to_owned()
}
