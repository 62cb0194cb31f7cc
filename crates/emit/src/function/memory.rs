//! Accesses to guest memory.
//!
//! The wasm address is the guest address modulo 2³². With the null guard, 8192 is subtracted from the base and added to the static offset, which
//! wasm adds without wrapping: a base below 8192 becomes one beyond 4 GiB, and traps. That is for static offsets, from 0 to 65535 (a base that is itself below 8192 is a null
//! pointer for this purpose, wherever the offset leads). Other offsets are added to the base first, modulo 2³². Constant addresses in the first 64 KiB trap, too.

use elfconv_ir::{Effect, Opcode, Value};
use wasm_encoder::{InstructionSink, MemArg};

use super::{cfg::NONE, emitter::Emitter};
use crate::{context::Context, layout::PAGE, state};

/// What the null guard subtracts: the greatest number of which the constant and sums with most offsets are two bytes long.
const GUARD: i64 = 8192;

/// Offsets below are static.
const MAX_OFFSET: i64 = 65536;

/// The wasm instruction of an opcode that accesses guest memory.
macro_rules! access {
    ([$op:ident $sink:ident $arg:ident] pure { $($pure:tt)* } memory {
        $($(#[$doc:meta])* $Op:ident $name:ident ($($args:ident: $ty:ident),* $(; $imm:ident: $kind:ident)?) $(-> $ret:ident)? [$low:ident $effect:ident $size:literal])*
    }) => {
        match $op { $(Opcode::$Op => access!(@ $low $name $sink $arg),)* _ => {} }
    };
    (@ mem $name:ident $sink:ident $arg:ident) => { { $sink.$name($arg); } };
    (@ own $name:ident $sink:ident $arg:ident) => { {} };
}

fn access(op: Opcode, sink: &mut InstructionSink<'_>, arg: MemArg) {
    elfconv_ir::for_each_opcode!(access, op sink arg)
}

/// The load of the low 32 bits of what a 64-bit load loads.
fn low_load(op: Opcode) -> Option<Opcode> {
    Some(match op {
        Opcode::I64Load8U => Opcode::I32Load8U,
        Opcode::I64Load8S => Opcode::I32Load8S,
        Opcode::I64Load16U => Opcode::I32Load16U,
        Opcode::I64Load16S => Opcode::I32Load16S,
        Opcode::I64Load32U | Opcode::I64Load32S | Opcode::I64Load => Opcode::I32Load,
        _ => return None,
    })
}

/// The 32-bit opcode that computes the low half of a 64-bit one from the low halves of its operands.
fn low_op(op: Opcode) -> Option<Opcode> {
    Some(match op {
        Opcode::I64Add => Opcode::I32Add,
        Opcode::I64Sub => Opcode::I32Sub,
        Opcode::I64Mul => Opcode::I32Mul,
        Opcode::I64And => Opcode::I32And,
        Opcode::I64Or => Opcode::I32Or,
        Opcode::I64Xor => Opcode::I32Xor,
        _ => return None,
    })
}

impl Emitter<'_> {
    /// A load or store.
    pub fn access(&mut self, op: Opcode, args: [Value; 3], imm: u128, addr: u32) {
        let offset = self.address(args[0], imm as u64 as i64);
        if op.effect() == Effect::Store {
            self.push(args[1]);
        }
        let align = op.access_size().trailing_zeros();
        self.mark(addr);
        access(op, &mut self.sink(), state::memory(offset, align));
    }

    /// What is subtracted from a base, and added to the static offset instead.
    pub fn guard(&self, base: Value) -> i64 {
        match self.plan.never_null[self.resolve(base).index()] {
            true => 0,
            false => GUARD,
        }
    }

    /// Pushes the address operand of an access; returns the static offset.
    fn address(&mut self, base: Value, offset: i64) -> u32 {
        if let Some(base) = self.constant(base) {
            let address = (base as u64).wrapping_add(offset as u64) as u32;
            if self.context.features.null_guard && u64::from(address) < PAGE {
                self.sink()
                    .i32_const(address.wrapping_sub(PAGE as u32) as i32);
                return PAGE as u32;
            }
            self.sink().i32_const(0);
            return address;
        }
        let guard = self.guard(base);
        let is_static = (0..MAX_OFFSET).contains(&offset);
        let (by, offset) = match is_static {
            true => (0, offset),
            false => (offset, 0),
        };
        if self.push_address(base) {
            self.add_constant(by);
        } else {
            self.push_low_plus(base, by.wrapping_sub(guard));
        }
        (guard + offset) as u32
    }

    fn add_constant(&mut self, by: i64) {
        if by as i32 != 0 {
            self.sink().i32_const(by as i32).i32_add();
        }
    }

    /// Pushes the low 32 bits of the sum of an `i64` and a constant.
    pub fn push_low_plus(&mut self, value: Value, by: i64) {
        match self.tree(value) {
            Some((op, args, imm, addr)) => self.push_low_of(op, args, imm, addr, by),
            None => {
                self.push_low(value);
                self.add_constant(by);
            }
        }
    }

    /// Evaluates an instruction and pushes the low 32 bits of the sum of its result and a constant.
    pub fn push_low_of(&mut self, op: Opcode, args: [Value; 3], imm: u128, addr: u32, by: i64) {
        let constant = |arg: usize| self.constant(args[arg]).map(|c| c as i64);
        let (x, by) = match (op, constant(0), constant(1)) {
            (Opcode::I64Add, _, Some(c)) => (args[0], by.wrapping_add(c)),
            (Opcode::I64Add, Some(c), _) => (args[1], by.wrapping_add(c)),
            (Opcode::I64Sub, _, Some(c)) => (args[0], by.wrapping_sub(c)),
            // The constant goes with the operand that has been there longer: in a loop that is the same each time, and engines move the sum out of it.
            (Opcode::I64Add, ..) if by as i32 != 0 => {
                let first = usize::from(self.age(args[1]) < self.age(args[0]));
                self.push_low_plus(args[first], by);
                self.push_low(args[1 - first]);
                self.simple(Opcode::I32Add);
                return;
            }
            _ => {
                self.low_of(op, args, imm, addr);
                return self.add_constant(by);
            }
        };
        self.push_low_plus(x, by);
    }

    /// Where in the reverse postorder of blocks a value in a local is defined.
    fn age(&self, value: Value) -> u32 {
        match self.plan.home[self.resolve(value).index()] {
            NONE => NONE,
            home => self.plan.number[home as usize],
        }
    }

    /// Whether the low half of a 64-bit value is cheaper than the whole.
    fn has_cheap_low(&self, value: Value) -> bool {
        self.tree(value)
            .is_some_and(|(op, args, ..)| self.is_cheap_low(op, args))
    }

    fn is_cheap_low(&self, op: Opcode, args: [Value; 3]) -> bool {
        match op {
            Opcode::I64ExtendI32U | Opcode::I64ExtendI32S => true,
            Opcode::I64Extend32S => true,
            Opcode::I64Shl => {
                self.constant(args[1]).is_some_and(|n| n & 63 < 32) && self.has_cheap_low(args[0])
            }
            _ if low_load(op).is_some() => true,
            _ if low_op(op).is_some() => self.has_cheap_low(args[0]) || self.has_cheap_low(args[1]),
            _ => false,
        }
    }

    /// Pushes the low 32 bits of an `i64`.
    pub fn push_low(&mut self, value: Value) {
        if let Some((op, args, imm, addr)) = self.tree(value) {
            return self.low_of(op, args, imm, addr);
        }
        if let (None, Some(bits)) = (self.local(value), self.constant(value)) {
            self.sink().i32_const(bits as i32);
            return;
        }
        self.push(value);
        self.sink().i32_wrap_i64();
    }

    fn low_of(&mut self, op: Opcode, args: [Value; 3], imm: u128, addr: u32) {
        if !self.is_cheap_low(op, args) {
            self.evaluate(op, args, imm, addr);
            self.sink().i32_wrap_i64();
            return;
        }
        match op {
            Opcode::I64ExtendI32U | Opcode::I64ExtendI32S => return self.push(args[0]),
            Opcode::I64Extend32S => return self.push_low(args[0]),
            Opcode::I64Shl => {
                self.push_low(args[0]);
                let by = self.constant(args[1]).unwrap_or(0) & 63;
                self.sink().i32_const(by as i32).i32_shl();
                return;
            }
            _ => {}
        }
        if let Some(load) = low_load(op) {
            return self.access(load, args, imm, addr);
        }
        if let Some(op) = low_op(op) {
            self.push_low(args[0]);
            self.push_low(args[1]);
            self.simple(op);
        }
    }

    /// A store under a condition. `args` are the condition, the address and the value.
    pub fn store_if(&mut self, op: Opcode, args: [Value; 3], imm: u128, addr: u32) {
        let op = match op {
            Opcode::I64Store8If => Opcode::I64Store8,
            Opcode::I64Store16If => Opcode::I64Store16,
            Opcode::I64Store32If => Opcode::I64Store32,
            _ => Opcode::I64Store,
        };
        self.push(args[0]);
        self.sink().if_(wasm_encoder::BlockType::Empty);
        self.access(op, [args[1], args[2], args[2]], imm, addr);
        self.sink().end();
    }
}

/// Loads of the state that opcodes name by type.
pub(crate) fn state_address(context: &Context<'_>, imm: u128) -> u32 {
    context.state.wrapping_add(imm as u32)
}
