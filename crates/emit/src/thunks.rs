//! The functions that stand between compiled code and everything else.
//!
//! - `spill n`, `spill_apart n` and `report` hand a frame's values to the kernel, from the cold path of a call;
//! - uniform thunks adapt the signature of indirect calls to a function's own;
//! - entry thunks are how the dispatcher enters a function: they load its parameters from `CpuState`, call it through the table and store its results, so functions
//!   of the same signature share one;
//! - stubs stand for functions that have no body.

use elfconv_abi::frame;
use elfconv_ir::{Reg, Type};
use wasm_encoder::{BlockType, Function, InstructionSink};

use crate::{
    FunctionInfo,
    body::Descriptor,
    context::{CELLS, Context, PADS, Spill, Support, UNIFORM_PARAMS, uniform_signature},
    function::frames::{self, At, Entry},
    state::{self, absolute, store, store_register},
    types::val_type,
};

/// How a descriptor names a type.
pub(crate) fn type_code(ty: Type) -> u8 {
    match ty {
        Type::I64 => 0,
        Type::I32 => 1,
        Type::F32 => 2,
        Type::F64 => 3,
        Type::V128 => 4,
    }
}

fn raw(function: Function) -> Vec<u8> {
    function.into_raw_body()
}

/// A [`Spill`] of `n` values: its parameters and its body.
pub(crate) fn spill(context: &Context<'_>, spill: Spill, n: usize) -> (Vec<Type>, Vec<u8>) {
    let (before, descriptor, after) = match spill {
        Spill::Usual => (0, n, 1),
        Spill::Apart => (1 + PADS, 0, 0),
    };
    let mut params = vec![Type::I32; before];
    params.extend(vec![Type::I64; n]);
    params.extend(vec![Type::I32; after]);
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    for i in 0..n {
        sink.i32_const(0)
            .local_get((before + i) as u32)
            .i64_store(absolute(context.cell(i)));
    }
    report_at(&mut sink, context, descriptor as u32);
    (params, raw(function))
}

/// `refill n`: the kernel puts the registers into the first cells.
pub(crate) fn refill(context: &Context<'_>, n: usize) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    match context.resumed {
        Some(resumed) => drop(sink.local_get(0).call(resumed)),
        None => drop(sink.unreachable()),
    }
    for i in 0..n {
        sink.i32_const(0).i64_load(absolute(context.cell(i)));
    }
    sink.end();
    raw(function)
}

/// `report`; see [`Support::Report`].
pub(crate) fn report(context: &Context<'_>) -> Vec<u8> {
    let mut function = Function::new([]);
    report_at(&mut function.instructions(), context, 0);
    raw(function)
}

/// Hands the descriptor, of which a local has the offset, to the kernel.
fn report_at(sink: &mut InstructionSink<'_>, context: &Context<'_>, local: u32) {
    sink.local_get(local)
        .i32_const(context.descriptors as i32)
        .i32_add()
        .i32_const(context.scratch as i32)
        .call(context.unwind_frame)
        .end();
}

/// A descriptor of registers in cells, in order.
fn descriptor(registers: impl Iterator<Item = (Reg, Type)>, pc: Option<u32>) -> Descriptor {
    let mut entries: Vec<Entry<u8>> = registers
        .map(|(reg, ty)| Entry {
            reg: reg.0,
            ty,
            at: At::Value(reg.0, 0),
        })
        .collect();
    if let Some(pc) = pc {
        entries.push(Entry {
            reg: frame::PC,
            ty: Type::I64,
            at: At::Constant(pc.into()),
        });
    }
    entries.sort_by_key(|e| e.reg);
    frames::encode(&entries, &[]).0.unwrap_or_default()
}

/// General registers that `unknown` takes from the state block: they are the callee's, and frames further out may report others.
fn unknown_in_state(context: &Context<'_>) -> impl Iterator<Item = u8> {
    let arguments = match context.state_arguments_kept {
        true => context.state_arguments,
        false => 0,
    };
    (0..32).filter(move |r| arguments >> r & 1 != 0)
}

/// Number of values that `unknown` spills: the registers, and the target.
pub(crate) fn unknown_spills(context: &Context<'_>) -> usize {
    UNIFORM_PARAMS.len() + 1 + unknown_in_state(context).count()
}

/// The frame descriptor of `unknown`.
pub(crate) fn unknown_descriptor(context: &Context<'_>) -> Descriptor {
    let registers = UNIFORM_PARAMS.iter().copied().chain([frame::PC]);
    let registers = registers.chain(unknown_in_state(context));
    descriptor(registers.map(|r| (Reg(r), Type::I64)), None)
}

/// `unknown`: the dispatcher shall go on at the target, with the registers as they were passed.
pub(crate) fn unknown(context: &Context<'_>, descriptor: u32) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    if let Some(jumped) = context.jumped {
        sink.i32_const(0)
            .i64_load(absolute(context.cell(CELLS)))
            .call(jumped);
    }
    // Cells are in order of their registers.
    let params = UNIFORM_PARAMS.iter().zip(0..).map(|(r, i)| (*r, Some(i)));
    let mut values: Vec<(u8, Option<u32>)> = params
        .chain(unknown_in_state(context).map(|r| (r, None)))
        .collect();
    values.sort_unstable();
    for (reg, local) in values {
        match local {
            Some(local) => sink.local_get(local),
            None => sink
                .i32_const(0)
                .i64_load(absolute(context.state + state::register(Reg(reg)))),
        };
    }
    sink.i32_const(0).i64_load(absolute(context.cell(CELLS)));
    sink.i32_const(descriptor as i32)
        .call(context.spill(Spill::Usual, unknown_spills(context)))
        .i32_const(1)
        .i64_const(0)
        .i64_const(0)
        .end();
    raw(function)
}

/// Reverses bits: those of each byte, then the bytes by a shuffle.
pub(crate) fn bitrev(bits: u32) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    for (shift, mask) in [(1, 0x55u8), (2, 0x33), (4, 0x0f)] {
        if bits == 32 {
            let mask = i32::from_ne_bytes([mask; 4]);
            sink.local_get(0)
                .i32_const(shift)
                .i32_shr_u()
                .i32_const(mask)
                .i32_and();
            sink.local_get(0)
                .i32_const(mask)
                .i32_and()
                .i32_const(shift)
                .i32_shl();
            sink.i32_or().local_set(0);
        } else {
            let mask = i64::from_ne_bytes([mask; 8]);
            sink.local_get(0)
                .i64_const(shift.into())
                .i64_shr_u()
                .i64_const(mask)
                .i64_and();
            sink.local_get(0)
                .i64_const(mask)
                .i64_and()
                .i64_const(shift.into())
                .i64_shl();
            sink.i64_or().local_set(0);
        }
    }
    let lanes = |n: u8| core::array::from_fn(|i| (n - 1).wrapping_sub(i as u8) & (n - 1));
    if bits == 32 {
        sink.local_get(0)
            .i32x4_splat()
            .v128_const(0)
            .i8x16_shuffle(lanes(4))
            .i32x4_extract_lane(0);
    } else {
        sink.local_get(0)
            .i64x2_splat()
            .v128_const(0)
            .i8x16_shuffle(lanes(8))
            .i64x2_extract_lane(0);
    }
    sink.end();
    raw(function)
}

/// Replaces each byte by a table's: one swizzle for each sixteen entries, of indices that are outside it for all but one.
pub(crate) fn substitute(table: &[u8; 256]) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    for (i, part) in (0u8..).zip(table.as_chunks().0) {
        sink.v128_const(i128::from_le_bytes(*part)).local_get(0);
        if i != 0 {
            sink.v128_const(i128::from_le_bytes([16 * i; 16]))
                .i8x16_sub();
        }
        sink.i8x16_swizzle();
        if i != 0 {
            sink.v128_or();
        }
    }
    sink.end();
    raw(function)
}

/// The low 64 bits of a carry-less product. The operands are cut into four by bit position modulo four; then integer products carry only into positions that are masked
/// off, as at most sixteen terms meet (the topmost carry leaves the word).
pub(crate) fn clmul_low() -> Vec<u8> {
    let mask = |i: u32| 0x1111_1111_1111_1111 << i;
    let part = |operand: u32, i: u32| 2 + 4 * operand + i;
    let mut function = Function::new([(8, wasm_encoder::ValType::I64)]);
    let mut sink = function.instructions();
    for operand in 0..2 {
        for i in 0..4 {
            sink.local_get(operand).i64_const(mask(i)).i64_and();
            sink.local_set(part(operand, i));
        }
    }
    for k in 0..4 {
        for i in 0..4 {
            sink.local_get(part(0, i))
                .local_get(part(1, (k + 4 - i) % 4));
            sink.i64_mul();
            if i != 0 {
                sink.i64_xor();
            }
        }
        sink.i64_const(mask(k)).i64_and();
        if k != 0 {
            sink.i64_or();
        }
    }
    sink.end();
    raw(function)
}

/// The module's start function: tests whether multiply-add fuses, then starts the kernel. The operands come from the global, so that no compiler computes it.
pub(crate) fn start(context: &Context<'_>, kernel_start: Option<u32>) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    if context.features.relaxed_simd {
        // (1 + e)² - 1 - 2e = e² for e = 2^-27 (+ 0 from memory), but 0 when the product is rounded first.
        let e = f64::from_bits((1023 - 27) << 52);
        let zero = |sink: &mut InstructionSink<'_>| {
            sink.global_get(context.fused).f64_convert_i32_u();
        };
        sink.f64_const((1.0 + e).into());
        zero(&mut sink);
        sink.f64_add().f64x2_splat();
        sink.f64_const((1.0 + e).into());
        zero(&mut sink);
        sink.f64_sub().f64x2_splat();
        sink.f64_const((-1.0 - 2.0 * e).into()).f64x2_splat();
        sink.f64x2_relaxed_madd().f64x2_extract_lane(0);
        sink.f64_const((e * e).into())
            .f64_eq()
            .global_set(context.fused);
    }
    if let Some(kernel_start) = kernel_start {
        sink.call(kernel_start);
    }
    sink.end();
    raw(function)
}

/// The thunk by which the dispatcher enters functions of this signature, of which `ty` is the wasm type: `(function's table index: i32) -> ()`.
pub(crate) fn entry(context: &Context<'_>, info: &FunctionInfo, ty: u32) -> Vec<u8> {
    let status = (!info.plain).then_some(Type::I32);
    let results = status.into_iter().chain(info.results.iter().map(|r| r.1));
    // The address to return to, then the results.
    let (slot, link, first) = (0, 1, 2);
    let locals = std::iter::once(Type::I64).chain(results.clone());
    let count = results.count() as u32;
    let mut function = Function::new_with_locals_types(locals.map(val_type));
    let mut sink = function.instructions();
    sink.i32_const(0)
        .i64_load(absolute(context.state + state::register(Reg::x(30))))
        .local_set(link);
    for (reg, ty) in &info.params {
        sink.i32_const(0);
        state::load(&mut sink, *ty, context.state + state::register(*reg));
    }
    sink.local_get(slot).call_indirect(0, ty);
    for local in (first..first + count).rev() {
        sink.local_set(local);
    }
    let mut results = first;
    if !info.plain {
        sink.local_get(first).i32_eqz().if_(BlockType::Empty);
        results += 1;
    }
    sink.i32_const(0).local_get(link);
    sink.i64_store(absolute(context.state + state::PC));
    for (i, (reg, ty)) in info.results.iter().enumerate() {
        store_register(&mut sink, context.state, *reg, *ty, |sink| {
            sink.local_get(results + i as u32);
        });
    }
    if !info.plain {
        sink.end();
    }
    sink.end();
    raw(function)
}

/// The thunk by which a function, of which `index` is the function index, is called indirectly; `None` if its parameters cannot be had there, or if it changes registers that a caller expects to keep.
pub(crate) fn uniform(context: &Context<'_>, info: &FunctionInfo, index: u32) -> Option<Vec<u8>> {
    let position = |reg: Reg| {
        UNIFORM_PARAMS
            .iter()
            .position(|r| Reg(*r) == reg)
            .map(|i| i as u32)
    };
    let preserved = |reg: Reg| matches!(reg.0, 19..=29 | 31 | 72..=79);
    if info.results.iter().any(|(reg, _)| preserved(*reg)) {
        return None;
    }
    let first_local = UNIFORM_PARAMS.len() as u32;
    let pc = (!info.plain).then_some(Type::I32);
    let results: Vec<Type> = pc
        .into_iter()
        .chain(info.results.iter().map(|r| r.1))
        .collect();
    let can_tail_call = results == uniform_signature().1
        && info.results.iter().map(|r| r.0).eq([Reg::x(0), Reg::x(1)]);
    let locals = if can_tail_call { &[][..] } else { &results[..] };
    let mut function = Function::new_with_locals_types(locals.iter().copied().map(val_type));
    let mut sink = function.instructions();
    for reg in &info.in_state {
        if let Some(local) = position(*reg) {
            store_register(&mut sink, context.state, *reg, Type::I64, |sink| {
                sink.local_get(local);
            });
        }
    }
    for (reg, ty) in &info.params {
        match position(*reg) {
            Some(local) => {
                sink.local_get(local);
            }
            // The caller has stored the registers that may be arguments.
            None if context.state_arguments >> reg.0 & 1 != 0 => {
                sink.i32_const(0);
                state::load(&mut sink, *ty, context.state + state::register(*reg));
            }
            None => return None,
        }
    }
    if can_tail_call {
        sink.return_call(index).end();
        return Some(raw(function));
    }
    sink.call(index);
    for i in (0..results.len() as u32).rev() {
        sink.local_set(first_local + i);
    }
    let first = first_local + u32::from(!info.plain);
    let stored = |reg: Reg| (64..72).contains(&reg.0);
    let stores_any = info.results.iter().any(|(r, _)| stored(*r));
    if stores_any {
        // After an unwinding the results mean nothing, and the state belongs to the kernel.
        if !info.plain {
            sink.local_get(first_local).i32_eqz().if_(BlockType::Empty);
        }
        for (i, (reg, ty)) in info.results.iter().enumerate().filter(|r| stored(r.1.0)) {
            store_register(&mut sink, context.state, *reg, *ty, |sink| {
                sink.local_get(first + i as u32);
            });
        }
        if !info.plain {
            sink.end();
        }
    }
    match info.plain {
        true => sink.i32_const(0),
        false => sink.local_get(first_local),
    };
    for reg in [Reg::x(0), Reg::x(1)] {
        match info.results.iter().position(|r| r.0 == reg) {
            Some(i) => sink.local_get(first + i as u32),
            None => sink.local_get(position(reg)?),
        };
    }
    sink.end();
    Some(raw(function))
}

/// The descriptor of a stub's frame: its parameters, to go on at its start.
pub(crate) fn stub_descriptor(info: &FunctionInfo) -> Descriptor {
    descriptor(info.params.iter().copied(), Some(info.addr))
}

/// What stands for a function without a body: the dispatcher shall interpret it. A plain function cannot say so.
pub(crate) fn stub(context: &Context<'_>, info: &FunctionInfo, descriptor: u32) -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    if info.plain || info.params.len() > CELLS {
        sink.unreachable().end();
        return raw(function);
    }
    for (i, (_, ty)) in info.params.iter().enumerate() {
        sink.i32_const(0).local_get(i as u32);
        store(&mut sink, *ty, context.cell(i));
    }
    sink.i32_const(descriptor as i32)
        .call(context.support(Support::Report))
        .i32_const(1);
    for (_, ty) in &info.results {
        zero(&mut sink, *ty);
    }
    sink.end();
    raw(function)
}

/// Pushes a zero of a type.
pub(crate) fn zero(sink: &mut InstructionSink<'_>, ty: Type) {
    match ty {
        Type::I32 => sink.i32_const(0),
        Type::I64 => sink.i64_const(0),
        Type::F32 => sink.f32_const(0.0.into()),
        Type::F64 => sink.f64_const(0.0.into()),
        Type::V128 => sink.v128_const(0),
    };
}

/// `(to, offset, len)`: copies from the contents of the file tree, which are the first data segment.
pub(crate) fn read_tree() -> Vec<u8> {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    sink.local_get(0)
        .local_get(1)
        .local_get(2)
        .memory_init(0, 0)
        .end();
    raw(function)
}
