//! What follows an instruction's name: arguments, immediates, callees, frames, edges; and terminators.

use alloc::{boxed::Box, vec::Vec};

use super::{Parsed, Parser};
use crate::{
    Block, Call, Callee, Edge, Frame, FuncId, Function, ImmKind, InstKind, Opcode, Reg, Slot,
    Terminator,
    print::{CONDITIONS, FAULTS, KERNEL_FNS},
};

impl<'a> Parser<'a> {
    pub(super) fn operation(&mut self, f: &mut Function, op: Opcode) -> Parsed<InstKind> {
        let mut args = Vec::new();
        let mut imm = 0;
        for i in 0..op.args().len() {
            if i > 0 {
                self.expect(",")?;
            }
            args.push(self.value(f)?);
            if op.imm() == ImmKind::Offset
                && matches!(self.rest().as_bytes().first(), Some(b'+' | b'-'))
            {
                self.eat("+");
                imm = self.integer(64)?;
            }
        }
        if !matches!(op.imm(), ImmKind::None | ImmKind::Offset) {
            if !args.is_empty() {
                self.expect(",")?;
            }
            imm = self.immediate(op)?;
            if !op.imm().admits(imm) {
                return self.fail("an immediate in range before this");
            }
        }
        Ok(InstKind::op(op, &args, imm))
    }

    pub(super) fn immediate(&mut self, op: Opcode) -> Parsed<u128> {
        match op.imm() {
            ImmKind::Cond => self.word_as("a condition", |word| {
                CONDITIONS
                    .iter()
                    .position(|&name| name == word)
                    .map(|i| i as u128)
            }),
            ImmKind::Shuffle => {
                self.expect("[")?;
                let mut lanes = [0; 16];
                for lane in &mut lanes {
                    *lane = self.integer(8)? as u8;
                }
                self.expect("]")?;
                Ok(u128::from_le_bytes(lanes))
            }
            _ if matches!(op, Opcode::F32Const | Opcode::F64Const) => {
                self.float(op == Opcode::F64Const)
            }
            ImmKind::Bits64 => self.integer(64),
            ImmKind::Bits128 => self.integer(128),
            _ => self.integer(32),
        }
    }

    pub(super) fn float(&mut self, double: bool) -> Parsed<u128> {
        self.skip_space();
        if self.rest().starts_with("0x") {
            return self.integer(if double { 64 } else { 32 });
        }
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+')))
            .unwrap_or(rest.len());
        let bits = match double {
            true => rest[..end].parse::<f64>().ok().map(|x| x.to_bits().into()),
            false => rest[..end].parse::<f32>().ok().map(|x| x.to_bits().into()),
        };
        match bits {
            Some(bits) => {
                self.at += end;
                Ok(bits)
            }
            None => self.fail("a number"),
        }
    }

    pub(super) fn reg(&mut self) -> Parsed<Reg> {
        self.word_as("a register", |word| match word {
            "sp" => Some(Reg::SP),
            "nzcv" => Some(Reg::NZCV),
            _ => {
                let (kind, number) = word.split_at_checked(1)?;
                match (kind, number.parse().ok()?) {
                    ("x", n @ 0..=30) => Some(Reg::x(n)),
                    ("v", n @ 0..=31) => Some(Reg::v(n)),
                    _ => None,
                }
            }
        })
    }

    pub(super) fn callee(&mut self, f: &mut Function) -> Parsed<Callee> {
        if self.eat("*") {
            return Ok(Callee::Indirect(self.value(f)?));
        }
        if self.eat_word("kernel") {
            self.expect(".")?;
            return self.word_as("a kernel function", |word| {
                KERNEL_FNS
                    .iter()
                    .find(|(_, n)| *n == word)
                    .map(|&(k, _)| Callee::Kernel(k))
            });
        }
        Ok(Callee::Function(FuncId(self.numbered("fn", "a callee")?)))
    }

    pub(super) fn call(&mut self, f: &mut Function) -> Parsed<Call> {
        let callee = self.callee(f)?;
        self.expect("(")?;
        let args = self.values(f, ")")?;
        let mut call = Call {
            callee,
            args,
            expect: None,
            frame: None,
            result_regs: Vec::new(),
        };
        if self.eat_word("expect") {
            call.expect = Some(self.word_as("an address below 4 GiB", |word| {
                u32::from_str_radix(word, 16).ok()
            })?);
        }
        if self.eat_word("results") {
            self.expect("[")?;
            call.result_regs = self.list("]", Self::reg)?;
        }
        if self.eat_word("frame") {
            call.frame = Some(self.frame(f)?);
        }
        Ok(call)
    }

    /// What follows `frame`.
    pub(super) fn frame(&mut self, f: &mut Function) -> Parsed<Frame> {
        self.expect("[")?;
        let live = self.list("]", |p| {
            let reg = p.reg()?;
            p.expect(":")?;
            Ok((reg, p.value(f)?))
        })?;
        let mut slots = Vec::new();
        if self.eat_word("slots") {
            self.expect("[")?;
            slots = self.list("]", |p| {
                let reg = p.reg()?;
                if !p.eat_word("at") {
                    return p.fail("`at`");
                }
                let base = p.value(f)?;
                p.eat("+");
                Ok(Slot {
                    reg,
                    base,
                    offset: p.integer(32)? as u32 as i32,
                })
            })?;
        }
        let mut spare = Vec::new();
        if self.eat_word("spare") {
            self.expect("[")?;
            spare = self.list("]", Self::reg)?;
        }
        let mut outer = None;
        if self.eat_word("in") {
            if !self.eat_word("frame") {
                return self.fail("`frame`");
            }
            outer = Some(Box::new(self.frame(f)?));
        }
        Ok(Frame {
            live,
            slots,
            spare,
            outer,
        })
    }

    pub(super) fn edge(&mut self, f: &mut Function) -> Parsed<Edge> {
        let block = Block(self.numbered("block", "a block")?);
        let args = if self.eat("(") {
            self.values(f, ")")?
        } else {
            Vec::new()
        };
        Ok(Edge { block, args })
    }

    pub(super) fn terminator(&mut self, f: &mut Function) -> Parsed<Option<Terminator>> {
        let start = self.at;
        let term = match self.word() {
            "jump" => Terminator::Jump(self.edge(f)?),
            "branch" => {
                let cond = self.value(f)?;
                self.expect(",")?;
                let then = self.edge(f)?;
                self.expect(",")?;
                Terminator::Branch {
                    cond,
                    then,
                    otherwise: self.edge(f)?,
                }
            }
            "switch" => {
                let index = self.value(f)?;
                self.expect(",")?;
                self.expect("[")?;
                let targets = self.list("]", |p| p.edge(f))?;
                self.expect(",")?;
                Terminator::Switch {
                    index,
                    targets,
                    default: self.edge(f)?,
                }
            }
            "return" => {
                let mut values = Vec::new();
                // A value, not the next block's `block0` nor `}`.
                while self.peek_word().starts_with('v') {
                    values.push(self.value(f)?);
                    if !self.eat(",") {
                        break;
                    }
                }
                Terminator::Return(values)
            }
            "tail_call" => {
                let callee = self.callee(f)?;
                self.expect("(")?;
                Terminator::TailCall {
                    callee,
                    args: self.values(f, ")")?,
                }
            }
            "leave" => {
                let pc = self.value(f)?;
                if !self.eat_word("frame") {
                    return self.fail("`frame`");
                }
                Terminator::Leave {
                    pc,
                    frame: self.frame(f)?,
                }
            }
            "fault" => {
                let kind = self.word_as("a kind of fault", |word| {
                    FAULTS
                        .iter()
                        .find(|(_, name)| *name == word)
                        .map(|&(kind, _)| kind)
                })?;
                self.expect("@")?;
                let pc = self.hex()?;
                self.expect(",")?;
                Terminator::Fault {
                    kind,
                    pc,
                    info: self.value(f)?,
                }
            }
            "unreachable" => Terminator::Unreachable,
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        Ok(Some(term))
    }
}
