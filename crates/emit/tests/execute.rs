//! Random functions mean in Wasmtime what they mean to the IR's interpreter.

mod common;
#[path = "common/infos.rs"]
mod infos;
#[path = "common/run.rs"]
mod run;

use core::mem::offset_of;

use elfconv_a64::state::CpuState;
use elfconv_emit::Features;
use elfconv_filetest::random;
use elfconv_ir::{
    Const, Effect, FuncId, Function, InstKind, Opcode, Reg, Terminator, Type,
    interpret::{Machine, Outcome, RunError},
};

const LEN: usize = 8192;

fn register(reg: Reg) -> usize {
    match reg.0 {
        31 => offset_of!(CpuState, sp),
        32 => offset_of!(CpuState, nzcv),
        n @ 0..31 => 8 * usize::from(n),
        n => offset_of!(CpuState, v) + 16 * usize::from(n - 64),
    }
}

/// Moves all accesses up by adding to their addresses.
fn raise(f: &mut Function, by: u64) {
    for b in 0..f.blocks.len() {
        let mut insts = Vec::new();
        for inst in f.blocks[b].insts.clone() {
            if let InstKind::Op { op, args, .. } = f.insts[inst.index()].kind
                && matches!(op.effect(), Effect::Load | Effect::Store)
            {
                let at = usize::from(op.args()[0] == Type::I32);
                let c = f.add_inst(
                    InstKind::op(Opcode::I64Const, &[], by.into()),
                    &[Type::I64],
                    0,
                );
                let sum = f.add_inst(
                    InstKind::op(
                        Opcode::I64Add,
                        &[args[at], f.insts[c.index()].results.first],
                        0,
                    ),
                    &[Type::I64],
                    0,
                );
                let raised = f.insts[sum.index()].results.first;
                if let InstKind::Op { args, .. } = &mut f.insts[inst.index()].kind {
                    args[at] = raised;
                }
                insts.extend([c, sum]);
            }
            insts.push(inst);
        }
        f.blocks[b].insts = insts;
    }
}

/// Bits that are the same for all NaNs of a type.
fn canonical(c: Const) -> Const {
    let nan32 = |b: u128| f32::from_bits(b as u32).is_nan();
    let nan64 = |b: u128| f64::from_bits(b as u64).is_nan();
    match c.ty {
        Type::F32 if nan32(c.bits) => Const {
            bits: 0x7fc0_0000,
            ..c
        },
        Type::F64 if nan64(c.bits) => Const {
            bits: 0x7ff8 << 48,
            ..c
        },
        _ => c,
    }
}

/// The guest's functions in the text of a module.
fn text(wasm: &[u8]) -> String {
    let text = wasmprinter::print_bytes(wasm).unwrap();
    let start = text.find("(func $random").unwrap_or(0);
    text[start..].to_owned()
}

fn check(engine: &wasmtime::Engine, seed: u64, features: Features) -> bool {
    let mut functions = random::module(seed);
    let base = if features.null_guard { 0x10000 } else { 0 };
    if base != 0 {
        functions.iter_mut().for_each(|f| raise(f, base));
    }
    let base = base as usize;
    let infos = infos::infos(&functions);
    let mut rng = random::Rng(!seed);
    let mut state: Vec<u8> = vec![0; size_of::<CpuState>()];
    let args: Vec<Const> = infos[0]
        .params
        .iter()
        .map(|(reg, ty)| {
            let c = Const {
                ty: *ty,
                bits: random::constant(&mut rng, *ty),
            };
            let len = ty.bits() as usize / 8;
            state[register(*reg)..][..len].copy_from_slice(&c.bits.to_le_bytes()[..len]);
            c
        })
        .collect();
    let initial: Vec<u8> = (0..LEN)
        .map(|i| (i as u8).wrapping_mul(7).wrapping_add(1))
        .collect();
    let mut machine = Machine::new(base + LEN, 0);
    machine.memory[base..].copy_from_slice(&initial);
    machine.state = state.clone();
    machine.fuel = 20_000;
    let expected = match machine.run(&functions, FuncId(0), &args) {
        Ok(outcome) => outcome,
        Err(RunError::Fuel) => return false,
        Err(error) => panic!("seed {seed}: {error}"),
    };
    let wasm = run::link(&functions, infos.clone(), features, base as u32, &initial);
    let found = run::run(engine, &wasm, &state, 0, base, LEN);
    let context = || {
        format!(
            "seed {seed} {features:?}\n{}\n{}",
            functions[0],
            text(&wasm)
        )
    };
    let mut state = machine.state.clone();
    let put = |state: &mut Vec<u8>, at: usize, bytes: &[u8]| {
        state[at..at + bytes.len()].copy_from_slice(bytes)
    };
    match expected {
        Outcome::Return(values) => {
            let skip = usize::from(!infos[0].plain);
            if infos[0].plain || values[0].bits == 0 {
                let link = state[register(Reg::x(30))..][..8].to_vec();
                put(&mut state, offset_of!(CpuState, pc), &link);
                for ((reg, _), value) in infos[0].results.iter().zip(&values[skip..]) {
                    let value = canonical(*value);
                    put(
                        &mut state,
                        register(*reg),
                        &value.bits.to_le_bytes()[..value.ty.bits() as usize / 8],
                    );
                }
            }
        }
        Outcome::Leave { pc, frames } => {
            // Only the innermost has an address.
            let pcs = std::iter::once(pc).chain(std::iter::repeat(0));
            let frames: Vec<_> = (frames.iter().zip(pcs))
                .map(|(frame, pc)| run::Frame {
                    pc,
                    live: frame.live.iter().map(|(r, c)| (r.0, c.bits)).collect(),
                    slots: frame.slots.iter().map(|(r, a)| (r.0, *a)).collect(),
                })
                .collect();
            assert_eq!(found.log.frames, frames, "{}", context());
        }
        Outcome::Fault(kind, pc, info) => {
            assert_eq!(
                found.log.fault,
                Some((kind as u32, pc, info)),
                "{}",
                context()
            );
        }
        Outcome::BadAccess(_) => assert!(found.trap.is_some(), "{}", context()),
    }
    if !matches!(functions[0].blocks[0].term, Terminator::Unreachable)
        && found.trap.is_some()
        && found.log.fault.is_none()
    {
        panic!("{}\n{:?}", context(), found.trap);
    }
    if found.state != state || found.memory != machine.memory[base..] {
        let at = (0..state.len()).find(|i| found.state[*i] != state[*i]);
        let memory_at = (0..LEN).find(|i| found.memory[*i] != machine.memory[base + *i]);
        panic!(
            "state differs at {at:?}, memory at {memory_at:?}\n{}\nexpected {:x?}\nfound    {:x?}",
            context(),
            &state[..64],
            &found.state[..64]
        );
    }
    true
}

fn check_range(seeds: std::ops::Range<u64>, features: Features) {
    check_range_on(&run::engine(), seeds, features);
}

fn check_range_on(engine: &wasmtime::Engine, seeds: std::ops::Range<u64>, features: Features) {
    let seeds: Vec<u64> = match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => {
            let times = std::env::var("TIMES").map_or(1, |t| t.parse().unwrap());
            (seeds.start * times..seeds.end * times).collect()
        }
    };
    let ran = seeds
        .iter()
        .filter(|s| check(engine, **s, features))
        .count();
    assert!(ran * 2 >= seeds.len(), "only {ran} of {} ran", seeds.len());
}

#[test]
fn random_functions() {
    check_range(
        0..1000,
        Features {
            null_guard: false,
            ..Features::default()
        },
    );
}

#[test]
fn random_functions_with_null_guard() {
    check_range(1000..2000, Features::default());
}

#[test]
fn random_functions_with_relaxed_simd() {
    check_range(
        2000..2400,
        Features {
            null_guard: false,
            relaxed_simd: true,
            ..Features::default()
        },
    );
}

/// Functions with multiply-add have two versions; this is the one for machines that do not fuse.
#[test]
#[cfg(target_arch = "x86_64")]
fn random_functions_with_relaxed_simd_that_does_not_fuse() {
    let engine = run::engine_that_does_not_fuse();
    assert_eq!(run::relaxed_madd(&engine, f64::EPSILON), 0.0);
    check_range_on(
        &engine,
        2000..2400,
        Features {
            null_guard: false,
            relaxed_simd: true,
            ..Features::default()
        },
    );
}
