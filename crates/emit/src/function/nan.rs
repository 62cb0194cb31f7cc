//! The default NaN: a comparison and a branch, which engines predict; what happens if it is taken calls nobody, or they would save vector registers for it.

use elfconv_ir::{Opcode, Type, Value};
use wasm_encoder::BlockType;

use super::emitter::Emitter;

/// The NaN that x86 makes, as bits.
const X86_32: u32 = 0xffc0_0000;
const X86_64: u64 = 0xfff8_0000_0000_0000;

impl Emitter<'_> {
    /// A64's default NaN for x86's, else the number.
    pub fn default_nan(&mut self, op: Opcode, arg: Value) {
        let wide = op == Opcode::F64DefaultNan;
        let number = self.temp(if wide { Type::F64 } else { Type::F32 }, 0);
        self.push(arg);
        let mut sink = self.sink();
        sink.local_tee(number).local_get(number);
        if wide {
            sink.f64_ne().if_(BlockType::Empty);
            sink.f64_const(f64::from_bits(X86_64 & i64::MAX as u64).into());
            sink.local_get(number).local_get(number);
            sink.i64_reinterpret_f64().i64_const(X86_64 as i64).i64_eq();
        } else {
            sink.f32_ne().if_(BlockType::Empty);
            sink.f32_const(f32::from_bits(X86_32 & i32::MAX as u32).into());
            sink.local_get(number).local_get(number);
            sink.i32_reinterpret_f32().i32_const(X86_32 as i32).i32_eq();
        }
        sink.select().local_set(number).end().local_get(number);
    }

    /// The same for each lane.
    pub fn default_nan_vector(&mut self, op: Opcode, arg: Value) {
        let wide = op == Opcode::F64x2DefaultNan;
        let vector = self.temp(Type::V128, 0);
        self.push(arg);
        let mut sink = self.sink();
        sink.local_tee(vector).local_get(vector);
        match wide {
            true => sink.f64x2_ne(),
            false => sink.f32x4_ne(),
        };
        sink.v128_any_true().if_(BlockType::Empty);
        sink.local_get(vector).local_get(vector);
        // All ones where it is x86's; shifted, the sign there.
        match wide {
            true => sink
                .i64_const(X86_64 as i64)
                .i64x2_splat()
                .i64x2_eq()
                .i32_const(63)
                .i64x2_shl(),
            false => sink
                .i32_const(X86_32 as i32)
                .i32x4_splat()
                .i32x4_eq()
                .i32_const(31)
                .i32x4_shl(),
        };
        sink.v128_xor().local_set(vector).end().local_get(vector);
    }
}
