//! Arithmetic while FPCR.FZ is set: a comparison and a branch, behind which it is decided what is zero, as [`elfconv_ir::eval::flush`] explains. Nothing is called there, or engines would save
//! vector registers for it; but for the routine for fused multiply-add, where the host does not fuse.

use elfconv_ir::{Opcode, Type, Value, eval::flush};
use wasm_encoder::{BlockType, InstructionSink};

use super::emitter::Emitter;

const SIGN64: u64 = 1 << 63;
const SIGN32: u32 = 1 << 31;

/// What the numbers of an operation are.
#[derive(Clone, Copy)]
struct Numbers {
    double: bool,
    vector: bool,
}

/// A vector whose lanes are all the same.
fn lanes(double: bool, wide: u64, narrow: u32) -> i128 {
    let narrow = u64::from(narrow);
    let lane = if double { wide } else { narrow << 32 | narrow };
    (u128::from(lane) << 64 | u128::from(lane)) as i128
}

macro_rules! forms {
    ($($name:ident $f64x2:ident $f32x4:ident $f64:ident $f32:ident;)*) => {$(
        fn $name(self, sink: &mut InstructionSink) {
            match (self.vector, self.double) {
                (true, true) => sink.$f64x2(),
                (true, false) => sink.$f32x4(),
                (false, true) => sink.$f64(),
                (false, false) => sink.$f32(),
            };
        }
    )*};
}

impl Numbers {
    fn of(op: Opcode) -> Numbers {
        let name = op.name();
        Numbers {
            double: name.starts_with("f64"),
            vector: name.contains('x'),
        }
    }

    fn ty(self) -> Type {
        match (self.vector, self.double) {
            (true, _) => Type::V128,
            (_, true) => Type::F64,
            (_, false) => Type::F32,
        }
    }

    forms! {
        abs f64x2_abs f32x4_abs f64_abs f32_abs;
        lt f64x2_lt f32x4_lt f64_lt f32_lt;
        eq f64x2_eq f32x4_eq f64_eq f32_eq;
        mul f64x2_mul f32x4_mul f64_mul f32_mul;
        div f64x2_div f32x4_div f64_div f32_div;
        sub f64x2_sub f32x4_sub f64_sub f32_sub;
        int_mul i64x2_mul i32x4_mul i64_mul i32_mul;
        int_sub i64x2_sub i32x4_sub i64_sub i32_sub;
        int_lt i64x2_lt_s i32x4_lt_s i64_lt_s i32_lt_s;
        and v128_and v128_and i64_and i32_and;
        or v128_or v128_or i64_or i32_or;
        cond_and v128_and v128_and i32_and i32_and;
        cond_or v128_or v128_or i32_or i32_or;
    }

    fn number(self, sink: &mut InstructionSink, wide: f64, narrow: f32) {
        match (self.vector, self.double) {
            (true, _) => sink.v128_const(lanes(self.double, wide.to_bits(), narrow.to_bits())),
            (_, true) => sink.f64_const(wide.into()),
            (_, false) => sink.f32_const(narrow.into()),
        };
    }

    fn integer(self, sink: &mut InstructionSink, wide: u64, narrow: u32) {
        match (self.vector, self.double) {
            (true, _) => sink.v128_const(lanes(self.double, wide, narrow)),
            (_, true) => sink.i64_const(wide as i64),
            (_, false) => sink.i32_const(narrow as i32),
        };
    }

    /// A local's bits as integers.
    fn bits(self, sink: &mut InstructionSink, local: u32) {
        sink.local_get(local);
        match (self.vector, self.double) {
            (true, _) => {}
            (_, true) => drop(sink.i64_reinterpret_f64()),
            (_, false) => drop(sink.i32_reinterpret_f32()),
        }
    }

    /// The magnitude's bits.
    fn magnitude(self, sink: &mut InstructionSink, local: u32) {
        self.bits(sink, local);
        self.integer(sink, !SIGN64, !SIGN32);
        self.and(sink);
    }

    fn significand(self, sink: &mut InstructionSink, local: u32) {
        self.bits(sink, local);
        self.integer(sink, (1 << 52) - 1, (1 << 23) - 1);
        self.and(sink);
        self.integer(sink, 1 << 52, 1 << 23);
        self.or(sink);
    }

    /// Whether these bits of a local's exponent are zero, in any lane. Cheaper than a comparison of numbers, which has constants.
    fn is_small(self, sink: &mut InstructionSink, local: u32, exponent: u64) {
        sink.local_get(local);
        match (self.vector, self.double) {
            (true, double) => {
                let mask = lanes(
                    double,
                    (0x7ff & exponent) << 52,
                    (0xff & exponent as u32) << 23,
                );
                sink.v128_const(mask).v128_and();
                match double {
                    true => sink.i64x2_all_true(),
                    false => sink.i32x4_all_true(),
                };
            }
            (false, true) => {
                sink.i64_reinterpret_f64().i64_const(52).i64_shr_u();
                sink.i32_wrap_i64();
                sink.i32_const((0x7ff & exponent) as i32).i32_and();
            }
            (false, false) => {
                sink.i32_reinterpret_f32();
                sink.i32_const(((0xff & exponent) << 23) as i32).i32_and();
            }
        }
        sink.i32_eqz();
    }

    /// Compares the magnitude of a local with a number.
    fn compare(
        self,
        sink: &mut InstructionSink,
        local: u32,
        how: fn(Self, &mut InstructionSink),
        (wide, narrow): (f64, f32),
    ) {
        sink.local_get(local);
        self.abs(sink);
        self.number(sink, wide, narrow);
        how(self, sink);
    }

    /// Makes a local zero, with its sign, where `tiny` holds.
    fn zero_if(
        self,
        sink: &mut InstructionSink,
        local: u32,
        tiny: impl FnOnce(&mut InstructionSink),
    ) {
        match (self.vector, self.double) {
            (true, _) => sink.local_get(local),
            (_, true) => {
                let sink = sink.f64_const(0.0.into()).local_get(local);
                sink.f64_copysign().local_get(local)
            }
            (_, false) => {
                let sink = sink.f32_const(0.0.into()).local_get(local);
                sink.f32_copysign().local_get(local)
            }
        };
        tiny(sink);
        if self.vector {
            self.integer(sink, !SIGN64, !SIGN32);
            sink.v128_and().v128_andnot();
        } else {
            sink.select();
        }
        sink.local_set(local);
    }

    /// Whether the exact product is less than the least normal number, which the rounded one is.
    fn short_product(self, sink: &mut InstructionSink, [a, b]: [u32; 2]) {
        self.significand(sink, a);
        self.significand(sink, b);
        self.int_mul(sink);
        self.integer(sink, 0, 0);
        self.int_lt(sink);
    }

    /// The same of a quotient.
    fn short_quotient(self, sink: &mut InstructionSink, [a, b]: [u32; 2]) {
        self.magnitude(sink, a);
        self.magnitude(sink, b);
        self.int_sub(sink);
        self.integer(sink, -(1022i64 << 52) as u64, -(126i32 << 23) as u32);
        self.int_lt(sink);
    }
}

const LEAST: (f64, f32) = (flush::LEAST64, flush::LEAST32);

impl Emitter<'_> {
    /// The opcodes of `flush`.
    pub fn flushing(&mut self, op: Opcode, args: [Value; 3]) {
        use Opcode as O;
        let numbers = Numbers::of(op);
        let result = self.temp(numbers.ty(), 3);
        match op {
            O::F32MulFlush | O::F64MulFlush | O::F32x4MulFlush | O::F64x2MulFlush => {
                let locals = self.spread([args[0], args[1]]);
                self.two(numbers, locals, Numbers::mul, Numbers::short_product);
            }
            O::F32DivFlush | O::F64DivFlush | O::F32x4DivFlush | O::F64x2DivFlush => {
                let locals = self.spread([args[0], args[1]]);
                self.two(numbers, locals, Numbers::div, Numbers::short_quotient);
            }
            O::F32FmaFlush | O::F64FmaFlush | O::F32x4FmaFlush | O::F64x2FmaFlush => {
                let locals = self.spread(args);
                self.three(numbers, locals);
            }
            _ => {
                let least = match op {
                    O::F64FlushSingle | O::F64x2FlushSingle => (f64::from(flush::LEAST32), 0.0),
                    _ => LEAST,
                };
                self.push(args[0]);
                self.set(result);
                self.flush(numbers, result, least);
            }
        }
        self.get(result);
    }

    /// A local's subnormal numbers become zeros.
    fn flush(&mut self, numbers: Numbers, local: u32, least: (f64, f32)) {
        let sink = &mut self.sink();
        let tiny = |sink: &mut InstructionSink| numbers.compare(sink, local, Numbers::lt, least);
        if numbers.vector {
            return numbers.zero_if(sink, local, tiny);
        }
        if least.0 == LEAST.0 {
            numbers.is_small(sink, local, !0);
        } else {
            tiny(sink);
        }
        sink.if_(BlockType::Empty);
        numbers.zero_if(sink, local, |sink| {
            sink.i32_const(1);
        });
        sink.end();
    }

    /// An operation on two numbers.
    fn two(
        &mut self,
        numbers: Numbers,
        locals: [u32; 2],
        operation: fn(Numbers, &mut InstructionSink),
        short: fn(Numbers, &mut InstructionSink, [u32; 2]),
    ) {
        let result = self.temp(numbers.ty(), 3);
        let sink = &mut self.sink();
        sink.local_get(locals[0]).local_get(locals[1]);
        operation(numbers, sink);
        sink.local_set(result);
        self.flush_result(numbers, result, |e| short(numbers, &mut e.sink(), locals));
    }

    /// Makes a result zero that is, or would be, less than the least normal number. `short` tells it of one that was rounded to that number.
    fn flush_result(&mut self, numbers: Numbers, result: u32, short: impl FnOnce(&mut Self)) {
        let sink = &mut self.sink();
        numbers.is_small(sink, result, !1);
        sink.if_(BlockType::Empty);
        // What is short, for lanes that are it or not.
        let tiny = match numbers.vector {
            true => self.temp(Type::V128, 7),
            false => self.temp(Type::I32, 0),
        };
        short(self);
        let sink = &mut self.sink();
        numbers.compare(sink, result, Numbers::eq, LEAST);
        numbers.cond_and(sink);
        numbers.compare(sink, result, Numbers::lt, LEAST);
        numbers.cond_or(sink);
        sink.local_set(tiny);
        numbers.zero_if(sink, result, |sink| {
            sink.local_get(tiny);
        });
        sink.end();
    }

    /// Fused multiply-add.
    fn three(&mut self, numbers: Numbers, locals: [u32; 3]) {
        use Opcode as O;
        let result = self.temp(numbers.ty(), 3);
        let op = match (numbers.vector, numbers.double) {
            (true, true) => O::F64x2Fma,
            (true, false) => O::F32x4Fma,
            (false, true) => O::F64Fma,
            (false, false) => O::F32Fma,
        };
        self.fma_locals(op, locals);
        self.sink().local_set(result);
        let scaled = [4, 5, 6].map(|n| self.temp(numbers.ty(), n));
        self.flush_result(numbers, result, |e| {
            match (numbers.vector, numbers.double) {
                (_, true) => e.short_sum(numbers, op, locals, result, scaled),
                (false, false) => short_sum_single(&mut e.sink(), locals, result),
                (true, false) => short_sums_single(&mut e.sink(), locals, result),
            }
            let (sink, exact) = (&mut e.sink(), (flush::EXACT64, flush::EXACT32));
            numbers.compare(sink, locals[2], Numbers::lt, exact);
            numbers.cond_and(sink);
        });
    }

    /// Whether `a * b + (c - r)`, scaled, has another sign than r.
    fn short_sum(
        &mut self,
        numbers: Numbers,
        op: Opcode,
        [a, b, c]: [u32; 3],
        result: u32,
        scaled: [u32; 3],
    ) {
        let sink = &mut self.sink();
        let scale = |sink: &mut InstructionSink| {
            numbers.number(sink, flush::SCALE, 0.0);
            numbers.mul(sink);
        };
        for (from, to) in [(a, scaled[0]), (b, scaled[1])] {
            sink.local_get(from);
            scale(sink);
            sink.local_set(to);
        }
        sink.local_get(c).local_get(result);
        numbers.sub(sink);
        scale(sink);
        scale(sink);
        sink.local_set(scaled[2]);
        self.fma_locals(op, scaled);
        let sink = &mut self.sink();
        if numbers.vector {
            sink.local_get(result);
            sink.v128_const(lanes(true, SIGN64, 0)).v128_and();
            sink.v128_xor();
        } else {
            sink.f64_const(1.0.into()).local_get(result);
            sink.f64_copysign().f64_mul();
        }
        numbers.number(sink, 0.0, 0.0);
        numbers.lt(sink);
    }
}

/// The same in single precision, of which double precision holds all.
fn short_sum_single(sink: &mut InstructionSink, [a, b, c]: [u32; 3], result: u32) {
    sink.local_get(a).f64_promote_f32();
    sink.local_get(b).f64_promote_f32().f64_mul();
    sink.local_get(c).f64_promote_f32();
    sink.local_get(result).f64_promote_f32().f64_sub();
    sink.f64_add();
    sink.f64_const(1.0.into());
    sink.local_get(result).f64_promote_f32();
    sink.f64_copysign().f64_mul();
    sink.f64_const(0.0.into()).f64_lt();
}

/// The same for four lanes, two by two.
fn short_sums_single(sink: &mut InstructionSink, [a, b, c]: [u32; 3], result: u32) {
    for from in [0, 8] {
        let two = |sink: &mut InstructionSink, local: u32| {
            sink.local_get(local);
            if from != 0 {
                let halves = core::array::from_fn(|i| (i as u8 + from) % 16);
                sink.local_get(local).i8x16_shuffle(halves);
            }
            sink.f64x2_promote_low_f32x4();
        };
        two(sink, a);
        two(sink, b);
        sink.f64x2_mul();
        two(sink, c);
        two(sink, result);
        sink.f64x2_sub().f64x2_add();
        two(sink, result);
        sink.v128_const(lanes(true, SIGN64, 0)).v128_and();
        sink.v128_xor();
        sink.v128_const(0).f64x2_lt();
    }
    // The lower halves of all four masks.
    sink.i8x16_shuffle(core::array::from_fn(|i| (i / 4 * 8 + i % 4) as u8));
}
