//! Whether a loop may go on for long, or wait for somebody else: only then it needs a safepoint.
//!
//! A loop evidently ends if it counts or walks. Sought is a register that each turn changes by a constant, or by registers that the loop does not write, that nothing else changes, and on which the loop depends: it is compared with
//! something, or memory is accessed through it. That is no proof (a counter may be compared for inequality with a number it never meets), but a loop
//! that waits for others to change memory does not look like this, unless it gives up after a number of attempts.
//!
//! A loop can only wait if it loads from an address that stays the same, or calls, or if no turn can differ from the one before in whether it is the last one: such a loop ends by a signal.

use elfconv_a64::{builder::Builder, state::SysReg};
use elfconv_ir::{FaultKind, Opcode, Value, impl_recording_ops};

use super::{Dominators, Loop};
use crate::cfg::{Cfg, End};

/// Registers that a call may change.
const CALL: u32 = 0x4007_ffff;

/// Whether the loop, which has no loops inside, may wait, or calls and does not evidently end. `word` reads an instruction.
pub fn may_take_long(
    cfg: &Cfg,
    dominators: &Dominators,
    l: &Loop,
    word: &dyn Fn(u64) -> Option<u32>,
) -> bool {
    let mut trace = Trace::default();
    // What decides at the exits.
    let mut exits: Vec<u32> = Vec::new();
    for &b in &l.blocks {
        let block = &cfg.blocks[b as usize];
        trace.condition = 0;
        trace.every_turn = l
            .latches
            .iter()
            .all(|&latch| dominators.dominates(b, latch));
        for pc in (block.start..block.end).step_by(4) {
            trace.pc = pc;
            trace.values.clear();
            trace.values.push(Known::default());
            match word(pc).and_then(elfconv_a64::decode) {
                Some(insn) => elfconv_a64::execute(&mut trace, insn),
                None => return true,
            }
        }
        match block.exit {
            End::Call(_) | End::CallAddress(_) | End::CallUnknown => trace.written |= CALL,
            End::Syscall => trace.written |= 1,
            _ => {}
        }
        if block.succs.is_empty() || block.succs.iter().any(|s| !l.blocks.contains(s)) {
            exits.push(trace.condition);
        }
    }
    let changed = trace.written | trace.steps;
    let mut certain = trace.steps & !trace.written & trace.decisive;
    for &(bit, by) in &trace.by {
        if by & changed != 0 {
            certain &= !bit;
        }
    }
    // A condition that is made of no register is one of the flags.
    let flags_vary = trace
        .flags
        .iter()
        .any(|&from| from == 0 || from & changed != 0);
    let ends = exits.iter().any(|&from| match from {
        0 => flags_vary,
        from => from & changed != 0,
    });
    let waits = trace.exclusive || !ends || trace.loads.iter().any(|from| from & changed == 0);
    certain == 0 && (waits || l.calls)
}

/// What is known of a value within one instruction.
#[derive(Clone, Copy, Default)]
struct Known {
    /// General registers (and, as bit 31, sp) that it was computed from.
    from: u32,
    sum: Option<Sum>,
    constant: Option<u64>,
}

/// A sum of registers, each at most once, and a constant.
#[derive(Clone, Copy)]
struct Sum {
    /// The registers that are added.
    added: u32,
    /// Those that are subtracted.
    subtracted: u32,
    /// Whether the constant is other than zero.
    constant: bool,
}

impl Known {
    fn plus(self, other: Known, minus: bool) -> Option<Sum> {
        let as_sum = |known: Known| {
            let constant = known.constant.map(|c| Sum {
                added: 0,
                subtracted: 0,
                constant: c != 0,
            });
            known.sum.or(constant)
        };
        let (a, mut b) = (as_sum(self)?, as_sum(other)?);
        if minus {
            (b.added, b.subtracted) = (b.subtracted, b.added);
        }
        let twice = (a.added | a.subtracted) & (b.added | b.subtracted);
        (twice == 0).then_some(Sum {
            added: a.added | b.added,
            subtracted: a.subtracted | b.subtracted,
            constant: a.constant || b.constant,
        })
    }
}

/// A builder that looks at one instruction at a time.
#[derive(Default)]
struct Trace {
    pc: u64,
    /// The block is on every way round the loop.
    every_turn: bool,
    values: Vec<Known>,
    /// Registers changed in steps on every turn.
    steps: u32,
    /// Of these the ones that are changed by registers, and by which.
    by: Vec<(u32, u32)>,
    /// Registers written in other ways, or changed twice.
    written: u32,
    /// For each load the registers that its address is made of.
    loads: Vec<u32>,
    /// There is a load-exclusive or a store-exclusive.
    exclusive: bool,
    /// Registers that are compared, or through which memory is accessed.
    decisive: u32,
    /// What the flags are made of, each time that they are set; 0 if that is not known.
    flags: Vec<u32>,
    /// What the last branch's condition is made of; 0 for flags.
    condition: u32,
}

impl Trace {
    fn value(&mut self, known: Known) -> Value {
        self.values.push(known);
        Value(self.values.len() as u32 - 1)
    }

    fn read(&mut self, r: u8) -> Value {
        self.value(Known {
            from: 1 << r,
            sum: Some(Sum {
                added: 1 << r,
                subtracted: 0,
                constant: false,
            }),
            constant: None,
        })
    }

    fn write(&mut self, r: u8, v: Value) {
        let bit = 1 << r;
        match self.values[v.index()].sum {
            Some(sum) if sum.added & bit != 0 => {
                let by = (sum.added | sum.subtracted) & !bit;
                if by == 0 && !sum.constant {
                    return; // it has not changed at all
                }
                if !self.every_turn || self.steps & bit != 0 {
                    self.written |= bit;
                }
                self.steps |= bit;
                if by != 0 {
                    self.by.push((bit, by));
                }
            }
            _ => self.written |= bit,
        }
    }

    fn op(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        if op.is_const() {
            return self.value(Known {
                constant: Some(imm as u64),
                ..Known::default()
            });
        }
        let args = args.map(|v| self.values[v.index()]);
        let count = op.args().len();
        let from = args[..count].iter().fold(0, |all, a| all | a.from);
        let sum = match op {
            // A 32-bit register counts as well.
            Opcode::I32WrapI64 | Opcode::I64ExtendI32U => args[0].sum,
            Opcode::I64Add | Opcode::I32Add => args[0].plus(args[1], false),
            Opcode::I64Sub | Opcode::I32Sub => args[0].plus(args[1], true),
            _ => None,
        };
        self.value(Known {
            from,
            sum,
            constant: None,
        })
    }

    fn access(&mut self, addr: Value) -> Value {
        self.decisive |= self.values[addr.index()].from;
        Value(0)
    }

    fn compare(&mut self, v: Value) {
        self.decisive |= self.values[v.index()].from;
    }
}

impl_recording_ops!(impl[] Trace, op);

macro_rules! loads {
    ($($name:ident)*) => { $(fn $name(&mut self, addr: Value, _: i64) -> Value {
        self.loads.push(self.values[addr.index()].from);
        self.access(addr)
    })* };
}
macro_rules! stores {
    ($($name:ident)*) => { $(fn $name(&mut self, addr: Value, _: i64, _: Value) { self.access(addr); })* };
}

impl Builder for Trace {
    fn pc(&self) -> u64 {
        self.pc
    }
    fn x(&mut self, r: u8) -> Value {
        self.read(r)
    }
    fn set_x(&mut self, r: u8, value: Value) {
        self.write(r, value);
    }
    fn sp(&mut self) -> Value {
        self.read(31)
    }
    fn set_sp(&mut self, value: Value) {
        self.write(31, value);
    }
    fn nzcv(&mut self) -> Value {
        Value(0)
    }
    fn set_nzcv(&mut self, value: Value) {
        self.flags.push(self.values[value.index()].from);
        self.compare(value);
    }
    fn v(&mut self, _: u8) -> Value {
        Value(0)
    }
    fn d(&mut self, _: u8) -> Value {
        Value(0)
    }
    fn s(&mut self, _: u8) -> Value {
        Value(0)
    }
    fn set_v(&mut self, _: u8, _: Value) {}
    fn set_d(&mut self, _: u8, _: Value) {}
    fn set_s(&mut self, _: u8, _: Value) {}
    fn sys(&mut self, _: SysReg) -> Value {
        Value(0)
    }
    fn set_sys(&mut self, _: SysReg, _: Value) {
        self.exclusive = true;
    }

    loads! { i32_load8_u i32_load8_s i32_load16_u i32_load16_s i32_load i64_load8_u i64_load8_s i64_load16_u i64_load16_s
    i64_load32_u i64_load32_s i64_load f32_load f64_load v128_load }
    stores! { i32_store8 i32_store16 i32_store i64_store8 i64_store16 i64_store32 i64_store f32_store f64_store v128_store }
    fn store_if(&mut self, _: Value, addr: Value, _: Value, _: u8) {
        self.access(addr);
    }

    fn jump(&mut self, _: u64) {}
    fn jump_if(&mut self, cond: Value, _: u64) {
        self.condition = self.values[cond.index()].from;
        self.compare(cond);
    }
    fn call(&mut self, _: u64) {}
    fn call_indirect(&mut self, _: Value) {}
    fn jump_indirect(&mut self, _: Value) {}
    fn ret(&mut self, _: Value) {}
    fn leave_if(&mut self, _: Value) {}
    fn syscall(&mut self, _: u16) {}
    fn fault(&mut self, _: FaultKind, _: u64) {}
}
