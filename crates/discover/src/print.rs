//! The text form of a control-flow graph, for `--emit cfg` and golden files.

use core::fmt;

use crate::{CfgBlock, Discovery, Found, FunctionCfg, JumpTable, Term};

impl fmt::Display for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for function in &self.functions {
            writeln!(f, "{function}")?;
        }
        writeln!(
            f,
            "; {} functions, {} of {} bytes covered, {} padding, {} jump tables",
            self.functions.len(),
            self.covered_bytes,
            self.code_bytes,
            self.padding_bytes,
            self.jump_tables
        )?;
        for addr in &self.unresolved {
            writeln!(f, "; unresolved jump at {addr:x}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FunctionCfg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "function {:x}", self.start)?;
        if let Some(name) = &self.name {
            write!(f, " {name}")?;
        }
        write!(
            f,
            " by {} in {:x}..{:x}",
            self.found, self.extent.0, self.extent.1
        )?;
        if self.address_taken {
            f.write_str(" address-taken")?;
        }
        if self.no_return {
            f.write_str(" no-return")?;
        }
        writeln!(f, " {{")?;
        if !self.goto_targets.is_empty() {
            write!(f, "  goto")?;
            for target in &self.goto_targets {
                write!(f, " {target:x}")?;
            }
            writeln!(f)?;
        }
        for block in &self.blocks {
            writeln!(f, "  {block}")?;
        }
        f.write_str("}")
    }
}

impl fmt::Display for CfgBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}..{:x} {}", self.start, self.end, self.term)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Fall(next) => write!(f, "fall {next:x}"),
            Term::Jump(target) => write!(f, "jump {target:x}"),
            Term::Cond { taken, next } => write!(f, "if {taken:x} else {next:x}"),
            Term::Call { target, next } => write!(f, "call {target:x} then {next:x}"),
            Term::CallIndirect { next } => write!(f, "call-indirect then {next:x}"),
            Term::Switch(table) => write!(f, "switch {table}"),
            Term::TailCall(target) => write!(f, "tail-call {target:x}"),
            Term::IndirectJump => f.write_str("jump-indirect"),
            Term::Return => f.write_str("return"),
            Term::Syscall { next } => write!(f, "syscall then {next:x}"),
            Term::Mode { next } => write!(f, "mode then {next:x}"),
            Term::Fault => f.write_str("fault"),
        }
    }
}

impl fmt::Display for JumpTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = if self.index_is_w { 'w' } else { 'x' };
        write!(
            f,
            "{width}{} at {:x}, table {:x} of {}",
            self.index_reg, self.load_pc, self.table, self.entry_size
        )?;
        f.write_str(if self.bounded { ":" } else { " open:" })?;
        for target in &self.targets {
            write!(f, " {target:x}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Found::Entry => "entry",
            Found::Symbol => "symbol",
            Found::EhFrame => "unwind table",
            Found::Pclntab => "Go's table",
            Found::InitArray => "init array",
            Found::CallTarget => "call",
            Found::TailTarget => "jump",
            Found::Relocation => "relocation",
            Found::DataPointer => "data",
            Found::CodePointer => "code address",
            Found::Sweep => "sweep",
        })
    }
}
