//! `elfconv disasm`: the machine code with symbols, cut into functions as the translator sees them.

use std::{fmt::Write, ops::Range};

use elfconv_a64::{Flow, decode};
use elfconv_discover::{Discovery, FunctionCfg, discover};
use elfconv_translate::GuestImage;

use crate::{
    cli::DisasmArgs,
    commands::{load_image, symbolic},
    failure::Failure,
    output::print,
};

/// Run the command; its exit status.
pub fn run(args: &DisasmArgs) -> Result<u8, Failure> {
    disasm(args).map_err(Failure::into_own)
}

fn disasm(args: &DisasmArgs) -> Result<u8, Failure> {
    let image = load_image(&args.elf)?;
    let discovery = discover(&image);
    let listing = Listing {
        image: &image,
        discovery: &discovery,
    };
    let mut text = String::new();
    match &args.function {
        None => {
            for range in &image.code {
                listing.range(range.clone(), &mut text);
            }
        }
        Some(wanted) => {
            let function = find(&image, &discovery, wanted).ok_or_else(|| {
                Failure::about(&args.elf, format!("has no function {wanted}")).help(
                    "give a name or an address (0x…); `elfconv inspect --functions` lists them",
                )
            })?;
            listing.function(function, &mut text);
        }
    }
    print(&text)?;
    Ok(0)
}

/// The function of this name, or the one at or around this address.
fn find<'a>(image: &GuestImage, discovery: &'a Discovery, wanted: &str) -> Option<&'a FunctionCfg> {
    let functions = &discovery.functions;
    let named = || {
        let symbol = image.symbols.iter().find(|s| s.name == wanted)?;
        discovery.function_at(symbol.addr)
    };
    if let Some(function) = functions
        .iter()
        .find(|f| f.name.as_deref() == Some(wanted))
        .or_else(named)
    {
        return Some(function);
    }
    let digits = wanted.strip_prefix("0x").unwrap_or(wanted);
    let addr = u64::from_str_radix(digits, 16).ok()?;
    discovery.function_at(addr).or_else(|| {
        // Functions may share code; the nearest start is the likeliest.
        let before = functions.partition_point(|f| f.start <= addr);
        let contains = |f: &&FunctionCfg| f.blocks.iter().any(|b| (b.start..b.end).contains(&addr));
        functions[..before]
            .iter()
            .rev()
            .find(contains)
            .or_else(|| functions.iter().find(contains))
    })
}

struct Listing<'a> {
    image: &'a GuestImage,
    discovery: &'a Discovery,
}

impl Listing<'_> {
    /// Everything in a range of addresses.
    fn range(&self, range: Range<u64>, out: &mut String) {
        for addr in range.step_by(4) {
            self.line(addr, out);
        }
    }

    /// The blocks of one function.
    fn function(&self, function: &FunctionCfg, out: &mut String) {
        let mut end = None;
        for block in &function.blocks {
            if end.is_some_and(|end| end != block.start) {
                out.push_str("        ...\n");
            }
            self.range(block.start..block.end, out);
            end = Some(block.end);
        }
    }

    /// One word, after the label of what starts there.
    fn line(&self, addr: u64, out: &mut String) {
        if let Some(label) = self.label(addr) {
            let separator = if out.is_empty() { "" } else { "\n" };
            // Writing to a string does not fail.
            let _ = writeln!(out, "{separator}{addr:08x} <{label}>:");
        }
        let Some(word) = self.image.read_u32(addr) else {
            return;
        };
        let _ = write!(out, "{addr:8x}: {word:08x}  ");
        let is_code = self.mapped_as_code(addr);
        match decode(word).filter(|_| is_code) {
            Some(insn) => {
                let _ = write!(out, "{}", insn.disasm(addr));
                if let Flow::Jump(to) | Flow::CondJump(to) | Flow::Call(to) = insn.flow(addr)
                    && let Some(name) = symbolic(self.image, to)
                {
                    let _ = write!(out, " <{name}>");
                }
            }
            None if is_code => {
                let _ = write!(out, ".inst {word:#010x}  // not implemented");
            }
            None => {
                let _ = write!(out, ".word {word:#010x}");
            }
        }
        out.push('\n');
    }

    /// The name of what starts at an address.
    fn label(&self, addr: u64) -> Option<String> {
        let function = self.discovery.function_at(addr);
        let symbol = self.image.symbol_at(addr).filter(|s| s.addr == addr);
        match (symbol, function) {
            (Some(symbol), _) => Some(symbol.name.clone()),
            (None, Some(function)) => {
                let generated = || format!("fn_{addr:x}");
                Some(function.name.clone().unwrap_or_else(generated))
            }
            (None, None) => None,
        }
    }

    /// Whether the mapping symbols, if there are any, say that there are instructions.
    fn mapped_as_code(&self, addr: u64) -> bool {
        let mapping = &self.image.mapping;
        let after = mapping.partition_point(|m| m.addr <= addr);
        after == 0 || mapping[after - 1].code
    }
}
