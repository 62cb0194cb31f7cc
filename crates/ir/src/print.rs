//! The text form.
//!
//! ```text
//! function %f @400580 (i64, i64) -> (i32, i64) {
//! block0(v0: i64, v1: i64) @400580:
//!   @400580  v2 = i64_add v0, v1
//!            v3 = i64_load v2+16
//!   @400584  v4 = i64_const -1
//!            i64_store v0, v4
//!            v5 = cond v6, ge
//!            v7 = i8x16_extract_lane_u v8, 3
//!   @400588  v9: i64, v10: f64 = call fn12(v3) expect 40058c results [x0, v0] frame [x19: v0, sp: v1] slots [x20 at v1-16]
//!            branch v5, block1(v2), block2
//! ```
//!
//! A guest address stands before an instruction where it changes; each block starts without one. `; ` begins a comment. Memory offsets are part of the address operand, `CpuState` offsets and
//! bits come last. Values keep their numbers: [`Function::canonical`] first gives the canonical text.

use alloc::string::String;
use core::fmt::{self, Display, Formatter, Write as _};

use crate::{
    Call, Callee, Edge, FaultKind, Frame, Function, ImmKind, InstData, InstKind, KernelFn, Opcode,
    Reg, Terminator, Value,
};

/// Names of A64's condition codes.
pub(crate) const CONDITIONS: [&str; 16] = [
    "eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv",
];

/// Names of fault kinds.
pub(crate) const FAULTS: [(FaultKind, &str); 4] = [
    (FaultKind::Illegal, "illegal"),
    (FaultKind::Breakpoint, "breakpoint"),
    (FaultKind::Bus, "bus"),
    (FaultKind::Segv, "segv"),
];

/// Names of kernel functions.
pub(crate) const KERNEL_FNS: [(KernelFn, &str); 4] = [
    (KernelFn::Syscall, "syscall"),
    (KernelFn::Counter, "counter"),
    (KernelFn::Random, "random"),
    (KernelFn::Resumed, "resumed"),
];

impl Function {
    /// A copy with values, instructions and blocks numbered in order, unreachable blocks gone: equal functions print alike.
    pub fn canonical(&self) -> Function {
        let mut copy = self.clone();
        copy.compact();
        copy
    }
}

/// Whether a name with this character needs no quotes.
pub(crate) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | '@')
}

/// A name as it stands after `%`: quoted unless it is plain.
pub(crate) fn write_name(f: &mut impl fmt::Write, name: &str) -> fmt::Result {
    if !name.is_empty() && name.chars().all(is_plain) {
        return f.write_str(name);
    }
    f.write_char('"')?;
    for c in name.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\{{{:x}}}", c as u32)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Display for Reg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            31 => f.write_str("sp"),
            32 => f.write_str("nzcv"),
            n @ 64.. => write!(f, "v{}", n - 64),
            n => write!(f, "x{n}"),
        }
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("function %")?;
        write_name(f, &self.name)?;
        write!(f, " @{:x} (", self.addr)?;
        if let Some(entry) = self.blocks.first() {
            for (i, &param) in entry.params.iter().enumerate() {
                write!(f, "{}{}", if i == 0 { "" } else { ", " }, self.ty(param))?;
            }
        }
        writeln!(
            f,
            ") -> ({}){} {{",
            List(&self.results),
            if self.plain { " plain" } else { "" }
        )?;
        for (index, data) in self.blocks.iter().enumerate() {
            write!(f, "block{index}")?;
            if !data.params.is_empty() {
                f.write_char('(')?;
                for (i, &param) in data.params.iter().enumerate() {
                    write!(
                        f,
                        "{}{param}: {}",
                        if i == 0 { "" } else { ", " },
                        self.ty(param)
                    )?;
                }
                f.write_char(')')?;
            }
            if data.addr != 0 {
                write!(f, " @{:x}", data.addr)?;
            }
            f.write_str(":\n")?;
            let mut addr = 0;
            for &inst in &data.insts {
                let inst = &self.insts[inst.index()];
                if inst.addr == addr {
                    f.write_str("           ")?;
                } else {
                    let mut text = String::new();
                    write!(text, "@{:x}", inst.addr)?;
                    write!(f, "  {text:<7}  ")?;
                    addr = inst.addr;
                }
                self.write_inst(f, inst)?;
                f.write_char('\n')?;
            }
            writeln!(f, "           {}", data.term)?;
        }
        f.write_str("}\n")
    }
}

impl Function {
    fn write_inst(&self, f: &mut Formatter<'_>, inst: &InstData) -> fmt::Result {
        match &inst.kind {
            InstKind::Op { op, args, imm } => {
                if inst.results.len > 0 {
                    write!(f, "{} = ", inst.results.first)?;
                }
                write_op(f, *op, &args[..op.args().len()], *imm)
            }
            InstKind::Call(call) => {
                for (i, result) in inst.results.iter().enumerate() {
                    write!(
                        f,
                        "{}{result}: {}",
                        if i == 0 { "" } else { ", " },
                        self.ty(result)
                    )?;
                }
                write!(f, "{}{call}", if inst.results.len > 0 { " = " } else { "" })
            }
        }
    }
}

fn write_op(f: &mut Formatter<'_>, op: Opcode, args: &[Value], imm: u128) -> fmt::Result {
    f.write_str(op.name())?;
    if op.imm() == ImmKind::Offset {
        // The address is the first i64: only conditional stores have something before it.
        let address = op
            .args()
            .iter()
            .position(|&ty| ty == crate::Type::I64)
            .unwrap_or(0);
        for (i, arg) in args.iter().enumerate() {
            write!(f, "{}{arg}", if i == 0 { " " } else { ", " })?;
            match imm as u64 as i64 {
                offset if i == address && offset != 0 => write!(f, "{offset:+}")?,
                _ => {}
            }
        }
        return Ok(());
    }
    if !args.is_empty() {
        write!(f, " {}", List(args))?;
    }
    if op.imm() == ImmKind::None {
        return Ok(());
    }
    f.write_str(if args.is_empty() { " " } else { ", " })?;
    match (op, op.imm()) {
        (Opcode::I32Const, _) => write!(f, "{}", imm as u32 as i32),
        (Opcode::I64Const, _) => match imm as u64 as i64 {
            small @ -65536..=65536 => write!(f, "{small}"),
            large => write!(f, "{large:#x}"),
        },
        (Opcode::F32Const, _) if f32::from_bits(imm as u32).is_finite() => {
            write!(f, "{:?}", f32::from_bits(imm as u32))
        }
        (Opcode::F64Const, _) if f64::from_bits(imm as u64).is_finite() => {
            write!(f, "{:?}", f64::from_bits(imm as u64))
        }
        (_, ImmKind::Bits32 | ImmKind::Bits64 | ImmKind::Bits128) => write!(f, "{imm:#x}"),
        (_, ImmKind::Shuffle) => {
            f.write_char('[')?;
            for (i, lane) in imm.to_le_bytes().into_iter().enumerate() {
                write!(f, "{}{lane}", if i == 0 { "" } else { " " })?;
            }
            f.write_char(']')
        }
        (_, ImmKind::Cond) => f.write_str(CONDITIONS[imm as usize & 15]),
        _ => write!(f, "{imm}"),
    }
}

impl Display for Callee {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Callee::Function(id) => id.fmt(f),
            Callee::Indirect(target) => write!(f, "*{target}"),
            Callee::Kernel(function) => {
                let name = KERNEL_FNS
                    .iter()
                    .find(|(known, _)| known == function)
                    .map_or("?", |(_, name)| name);
                write!(f, "kernel.{name}")
            }
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "call {}({})", self.callee, List(&self.args))?;
        if let Some(expect) = self.expect {
            write!(f, " expect {expect:x}")?;
        }
        if !self.result_regs.is_empty() {
            write!(f, " results [{}]", List(&self.result_regs))?;
        }
        if let Some(frame) = &self.frame {
            write!(f, " {frame}")?;
        }
        Ok(())
    }
}

impl Display for Frame {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("frame [")?;
        for (i, (reg, value)) in self.live.iter().enumerate() {
            write!(f, "{}{reg}: {value}", if i == 0 { "" } else { ", " })?;
        }
        f.write_char(']')?;
        if !self.slots.is_empty() {
            f.write_str(" slots [")?;
            for (i, slot) in self.slots.iter().enumerate() {
                write!(
                    f,
                    "{}{} at {}{:+}",
                    if i == 0 { "" } else { ", " },
                    slot.reg,
                    slot.base,
                    slot.offset
                )?;
            }
            f.write_char(']')?;
        }
        for (i, reg) in self.spare.iter().enumerate() {
            write!(f, "{}{reg}", if i == 0 { " spare [" } else { ", " })?;
        }
        if !self.spare.is_empty() {
            f.write_char(']')?;
        }
        match &self.outer {
            Some(outer) => write!(f, " in {outer}"),
            None => Ok(()),
        }
    }
}

impl Display for Edge {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.args.is_empty() {
            true => self.block.fmt(f),
            false => write!(f, "{}({})", self.block, List(&self.args)),
        }
    }
}

impl Display for Terminator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Terminator::Jump(edge) => write!(f, "jump {edge}"),
            Terminator::Branch {
                cond,
                then,
                otherwise,
            } => write!(f, "branch {cond}, {then}, {otherwise}"),
            Terminator::Switch {
                index,
                targets,
                default,
            } => write!(f, "switch {index}, [{}], {default}", List(targets)),
            Terminator::Return(values) if values.is_empty() => f.write_str("return"),
            Terminator::Return(values) => write!(f, "return {}", List(values)),
            Terminator::TailCall { callee, args } => {
                write!(f, "tail_call {callee}({})", List(args))
            }
            Terminator::Leave { pc, frame } => write!(f, "leave {pc} {frame}"),
            Terminator::Fault { kind, pc, info } => {
                let name = FAULTS
                    .iter()
                    .find(|(known, _)| known == kind)
                    .map_or("?", |(_, name)| name);
                write!(f, "fault {name} @{pc:x}, {info}")
            }
            Terminator::Unreachable => f.write_str("unreachable"),
        }
    }
}
