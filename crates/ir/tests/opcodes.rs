//! Opcode rows: names, folding, both kinds of builder, and arithmetic against the host's.

use elfconv_ir::{Const, Effect, Eval, Opcode, Ops, Type, Value, eval, impl_recording_ops};
use proptest::prelude::*;

#[derive(Default)]
struct Recorder<'a> {
    ops: Vec<(Opcode, [Value; 3], u128)>,
    name: &'a str,
}

impl Recorder<'_> {
    fn push(&mut self, op: Opcode, args: [Value; 3], imm: u128) -> Value {
        self.ops.push((op, args, imm));
        Value(100 + self.ops.len() as u32)
    }
}

impl_recording_ops!(impl['a] Recorder<'a>, push);

fn negated_sum<B: Ops>(b: &mut B, x: B::I64, y: B::I64) -> B::I64 {
    let sum = b.i64_add(x, y);
    let minus_one = b.i64_const(u64::MAX);
    b.i64_mul(sum, minus_one)
}

#[test]
fn one_semantics_records_and_executes() {
    assert_eq!(negated_sum(&mut Eval, 3, 4), (-7i64) as u64);
    let mut r = Recorder {
        name: "r",
        ..Recorder::default()
    };
    assert_eq!(negated_sum(&mut r, Value(1), Value(2)), Value(103));
    assert_eq!(r.name, "r");
    assert_eq!(
        r.ops,
        [
            (Opcode::I64Add, [Value(1), Value(2), Value(0)], 0),
            (Opcode::I64Const, [Value(0); 3], u64::MAX.into()),
            (Opcode::I64Mul, [Value(101), Value(102), Value(0)], 0),
        ]
    );
}

#[test]
fn names_are_unique_and_every_pure_opcode_folds() {
    let mut names: Vec<_> = Opcode::ALL.iter().map(|op| op.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Opcode::ALL.len());
    for (number, &op) in Opcode::ALL.iter().enumerate() {
        assert_eq!(op as usize, number);
        let args: Vec<_> = op.args().iter().map(|&ty| Const { ty, bits: 1 }).collect();
        match eval::fold(op, &args, 1) {
            Some(result) => assert_eq!(Some(result.ty), op.result()),
            None => assert_ne!(op.effect(), Effect::Pure, "{op}"),
        }
        if !args.is_empty() {
            assert_eq!(eval::fold(op, &args[1..], 0), None);
        }
    }
    assert_eq!(
        eval::fold(
            Opcode::I32Add,
            &[
                Const {
                    ty: Type::I64,
                    bits: 1
                },
                1u32.into()
            ],
            0
        ),
        None
    );
}

#[test]
fn lanes_are_little_endian() {
    let bytes = u128::from_le_bytes(std::array::from_fn(|i| i as u8));
    assert_eq!(eval::i8x16_extract_lane_u(bytes, 3), 3);
    assert_eq!(eval::i32x4_extract_lane(bytes, 1), 0x0706_0504);
    assert_eq!(
        eval::i8x16_shuffle(bytes, !bytes, std::array::from_fn(|i| 31 - i as u8)),
        (!bytes).swap_bytes()
    );
    assert_eq!(
        eval::i16x8_extadd_pairwise_i8x16_u(bytes),
        u128::from_le_bytes([1, 0, 5, 0, 9, 0, 13, 0, 17, 0, 21, 0, 25, 0, 29, 0])
    );
    assert_eq!(eval::i8x16_narrow_i16x8_u(0xffff_0100_0080, 0), 0x00_ff80);
    assert_eq!(eval::i8x16_narrow_i16x8_s(0xffff_0100_0080, 0), 0xff_7f7f);
    assert_eq!(
        eval::i32x4_dot_i16x8_s(0x8000_8000, 0x8000_8000),
        0x8000_0000
    );
    assert_eq!(
        eval::i64x2_extmul_high_i32x4_s(0xffff_ffff << 64, 2 << 64),
        u128::from(u64::MAX - 1)
    );
    assert_eq!(eval::i8x16_bitmask(0x80 << 120 | 0x80), 0x8001);
    assert_eq!(
        eval::f64x2_extract_lane(eval::f64x2_replace_lane(0, 1.5, 1), 1),
        1.5
    );
    assert_eq!(eval::i16x8_q15mulr_sat_s(0x8000, 0x8000), 0x7fff);
    assert_eq!(eval::i16x8_avgr_u(1, 2), 2);
}

fn same_f64(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn same_f32(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn fma_rounds_once(a: u64, b: u64, c: u64, near in 0u64..120, e in 1u32..4000) {
        // Random bits, and sums that nearly cancel.
        let (x, y, z) = (f64::from_bits(a), f64::from_bits(b), f64::from_bits(c));
        prop_assert!(same_f64(eval::f64_fma(x, y, z), x.mul_add(y, z)));
        let (x, y) = (f64::from_bits(a >> 12 | 0x3ff << 52), f64::from_bits(b >> 12 | 0x3ff << 52));
        let z = f64::from_bits((-(x * y)).to_bits() ^ near);
        prop_assert!(same_f64(eval::f64_fma(x, y, z), x.mul_add(y, z)));
        let tiny = f64::from_bits(a >> 12 | u64::from(e % 60) << 52);
        prop_assert!(same_f64(eval::f64_fma(tiny, y * 0.25, z), tiny.mul_add(y * 0.25, z)));
        prop_assert!(same_f64(eval::f64_fma(tiny, y * 0.25, -tiny), tiny.mul_add(y * 0.25, -tiny)));
    }

    #[test]
    fn fmaf_rounds_once(a: u32, b: u32, c: u32, near in 0u32..120) {
        let (x, y, z) = (f32::from_bits(a), f32::from_bits(b), f32::from_bits(c));
        prop_assert!(same_f32(eval::f32_fma(x, y, z), x.mul_add(y, z)));
        let (x, y) = (f32::from_bits(a >> 9 | 0x7f << 23), f32::from_bits(b >> 9 | 0x7f << 23));
        let z = f32::from_bits((-(x * y)).to_bits() ^ near);
        prop_assert!(same_f32(eval::f32_fma(x, y, z), x.mul_add(y, z)));
        // The exact sum lies just beside the middle of two singles.
        let z = f32::from_bits((x * y).to_bits() - (near << 23).min((x * y).to_bits()));
        prop_assert!(same_f32(eval::f32_fma(x, y, z), x.mul_add(y, z)));
    }

    #[test]
    fn rounding_and_roots(a: u64, b: u32) {
        let (x, y) = (f64::from_bits(a), f32::from_bits(b));
        prop_assert!(same_f64(eval::f64_sqrt(x), x.sqrt()) && same_f32(eval::f32_sqrt(y), y.sqrt()));
        prop_assert!(same_f64(eval::f64_nearest(x), x.round_ties_even()) && same_f32(eval::f32_nearest(y), y.round_ties_even()));
        prop_assert!(same_f64(eval::f64_floor(x), x.floor()) && same_f32(eval::f32_floor(y), y.floor()));
        prop_assert!(same_f64(eval::f64_ceil(x), x.ceil()) && same_f32(eval::f32_ceil(y), y.ceil()));
        prop_assert!(same_f64(eval::f64_trunc(x), x.trunc()) && same_f32(eval::f32_trunc(y), y.trunc()));
    }

    #[test]
    fn division_is_total(a: u64, b in prop_oneof![any::<u64>(), 0u64..3, Just(u64::MAX)]) {
        prop_assert_eq!(eval::i64_div_u(a, b), a.checked_div(b).unwrap_or(0));
        prop_assert_eq!(eval::i64_div_u(a, 0), 0);
        prop_assert_eq!(eval::i64_div_s(i64::MIN as u64, u64::MAX), i64::MIN as u64);
        prop_assert_eq!(eval::i32_div_s(a as u32, 0), 0);
        let wide = u128::from(a) * u128::from(b);
        prop_assert_eq!(eval::i64_mulhi_u(a, b), (wide >> 64) as u64);
        prop_assert_eq!(eval::i64_rotl(a, b), a.rotate_left((b & 63) as u32));
    }
}
