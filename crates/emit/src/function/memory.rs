//! Accesses to guest memory.
//!
//! The wasm address is the guest address modulo 2³². With the null guard, 65536 is subtracted from the base and added to the static offset, which
//! wasm adds without wrapping: an address below 65536 becomes one beyond 4 GiB, and traps. That is right for offsets from 0 to 65535 (a base that is itself below 65536 is a null pointer
//! for this purpose, wherever the offset leads). Other offsets are added to the base first, modulo 2³².

use elfconv_ir::{Effect, Opcode, Value};
use wasm_encoder::{InstructionSink, MemArg};

use super::emitter::Emitter;
use crate::{context::Context, state};

/// What the null guard subtracts.
const GUARD: i64 = 65536;

/// Whether an access with this offset can share its base's adjusted address.
pub(crate) fn shares(offset: i64) -> bool {
    (0..GUARD).contains(&offset)
}

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
        Opcode::I64Load32U | Opcode::I64Load32S => Opcode::I32Load,
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

    /// Pushes the address operand of an access; returns the static offset.
    fn address(&mut self, base: Value, offset: i64) -> u32 {
        if let Some(base) = self.constant(base) {
            let address = (base as u64).wrapping_add(offset as u64) as u32;
            if self.context.features.null_guard && i64::from(address) < GUARD {
                self.sink()
                    .i32_const(address.wrapping_sub(GUARD as u32) as i32);
                return GUARD as u32;
            }
            self.sink().i32_const(0);
            return address;
        }
        if !self.context.features.null_guard {
            self.push_low(base);
            if shares(offset) {
                return offset as u32;
            }
            self.sink().i32_const(offset as i32).i32_add();
            return 0;
        }
        if !shares(offset) {
            self.push_low(base);
            self.sink()
                .i32_const(offset.wrapping_sub(GUARD) as i32)
                .i32_add();
            return GUARD as u32;
        }
        match self.shared_address(base) {
            Some((local, false)) => self.get(local),
            Some((local, true)) => {
                self.adjusted(base);
                self.sink().local_tee(local);
            }
            None => self.adjusted(base),
        }
        (GUARD + offset) as u32
    }

    fn adjusted(&mut self, base: Value) {
        self.push_low(base);
        self.sink().i32_const(GUARD as i32).i32_sub();
    }

    /// Whether the low half of a 64-bit value is cheaper than the whole.
    fn has_cheap_low(&self, value: Value) -> bool {
        let Some((op, args, ..)) = self.tree(value) else {
            return false;
        };
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
        if let Some((op, args, imm, addr)) = self.tree(value).filter(|_| self.has_cheap_low(value))
        {
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
                return;
            }
        }
        if let (None, Some(bits)) = (self.local(value), self.constant(value)) {
            self.sink().i32_const(bits as i32);
            return;
        }
        self.push(value);
        self.sink().i32_wrap_i64();
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
        let outer = std::mem::replace(&mut self.conditional, true);
        self.access(op, [args[1], args[2], args[2]], imm, addr);
        self.conditional = outer;
        self.sink().end();
    }
}

/// Loads of the state that opcodes name by type.
pub(crate) fn state_address(context: &Context<'_>, imm: u128) -> u32 {
    context.state.wrapping_add(imm as u32)
}
