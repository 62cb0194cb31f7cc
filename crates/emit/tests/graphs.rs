//! Control flow alone: random graphs, most of them irreducible, long chains and deep nests.

mod common;
#[path = "common/infos.rs"]
mod infos;
#[path = "common/run.rs"]
mod run;

use elfconv_a64::state::CpuState;
use elfconv_emit::Features;
use elfconv_filetest::random::Rng;
use elfconv_ir::{
    Block, Const, Edge, FuncId, Function, FunctionBuilder, Opcode, Ops, Terminator, Type, Value,
    interpret::{Machine, Outcome},
};

const PARAMS: [Type; 3] = [Type::I64, Type::I64, Type::I64];

/// A function whose blocks mix two numbers and go wherever these say, until a count is 0.
fn graph(rng: &mut Rng, blocks: usize, near: bool) -> Function {
    let mut b = FunctionBuilder::new("graph", 0x1000, &PARAMS, vec![Type::I64, Type::I64], true);
    for i in 1..=blocks {
        b.create_block(
            0x1000 + 4 * i as u64,
            if i == blocks || rng.below(3) > 0 {
                &PARAMS
            } else {
                &[]
            },
        );
    }
    let exit = Block(blocks as u32);
    // Blocks without parameters have only the entry's values.
    let entry: Vec<Value> = b.params(Block(0)).to_vec();
    for i in 0..blocks {
        b.switch_to(Block(i as u32));
        let own = b.params(Block(i as u32)).to_vec();
        let values = if own.is_empty() { entry.clone() } else { own };
        let (x, y, less) = (values[0], values[1], values[2]);
        let salt = b.i64_const(rng.bits() | 1);
        let mixed = b.i64_mul(x, salt);
        let mixed = b.i64_add(mixed, y);
        let shift = b.i64_const(rng.below(60) as u64);
        let turned = b.i64_rotl(mixed, shift);
        // The count is in memory, so that every path takes part.
        let (zero, one) = (b.i64_const(0), b.i64_const(1));
        let count = b.op(Opcode::I64Load, &[zero], 16);
        let count = b.i64_sub(count, one);
        b.effect(Opcode::I64Store, &[zero, count], 16);
        let edge = |b: &FunctionBuilder, rng: &mut Rng| {
            let target = if near {
                (i + rng.below(5)).saturating_sub(2)
            } else {
                rng.below(blocks)
            };
            let block = Block(target.max(1).min(blocks) as u32);
            let args = match b.params(block).len() {
                0 => Vec::new(),
                _ if rng.one_in(2) => vec![y, turned, less],
                _ => vec![turned, mixed, less],
            };
            Edge { block, args }
        };
        let done = Edge {
            block: exit,
            args: vec![turned, mixed, less],
        };
        let low = b.i32_wrap_i64(turned);
        let ends = b.i64_le_s(count, zero);
        let switch = rng.one_in(5);
        let term = if switch {
            let mask = b.i32_const(7);
            let index = b.i32_and(low, mask);
            let stop = b.i32_const(100);
            let index = b.select_i32(ends, stop, index);
            Terminator::Switch {
                index,
                targets: (0..8).map(|_| edge(&b, rng)).collect(),
                default: done,
            }
        } else {
            let step = b.create_block(0x9000, &[]);
            let first = b.current();
            b.switch_to(step);
            let one = b.i32_const(1);
            let cond = b.i32_and(low, one);
            let (then, otherwise) = (edge(&b, rng), edge(&b, rng));
            b.terminate(Terminator::Branch {
                cond,
                then,
                otherwise,
            });
            b.switch_to(first);
            Terminator::Branch {
                cond: ends,
                then: done,
                otherwise: Edge {
                    block: step,
                    args: vec![],
                },
            }
        };
        b.terminate(term);
    }
    b.switch_to(exit);
    let params = b.params(exit).to_vec();
    b.terminate(Terminator::Return(vec![params[0], params[1]]));
    b.finish()
}

fn check(engine: &wasmtime::Engine, f: Function, what: &str) {
    let functions = [f];
    elfconv_ir::verify(&functions[0]).unwrap();
    let features = Features {
        null_guard: false,
        ..Features::default()
    };
    let args = [5u64, 77, 200].map(Const::from);
    let mut memory = [0; 64];
    memory[16] = 200;
    let mut machine = Machine::new(64, 0);
    machine.memory.copy_from_slice(&memory);
    let Ok(Outcome::Return(expected)) = machine.run(&functions, FuncId(0), &args) else {
        panic!("{what}: does not return")
    };
    let mut state = vec![0; size_of::<CpuState>()];
    for (i, arg) in args.iter().enumerate() {
        state[8 * i..8 * i + 8].copy_from_slice(&arg.bits.to_le_bytes()[..8]);
    }
    let wasm = run::link(&functions, infos::infos(&functions), features, 0, &memory);
    let found = run::run(engine, &wasm, &state, 0, 0, 64);
    assert_eq!(found.trap, None, "{what}");
    for (i, result) in expected.iter().enumerate() {
        assert_eq!(
            found.state[8 * i..8 * i + 8],
            result.bits.to_le_bytes()[..8],
            "{what}\n{}",
            functions[0]
        );
    }
}

#[test]
fn random_graphs() {
    let engine = run::engine();
    for seed in 0..400 {
        let mut rng = Rng(seed);
        let blocks = 2 + rng.below(if seed % 8 == 0 { 60 } else { 10 });
        let near = rng.one_in(2);
        check(
            &engine,
            graph(&mut rng, blocks, near),
            &format!("seed {seed}"),
        );
    }
}

/// Many blocks one after another, each with a way out, each inside the one before: neither the compiler's stack nor its time may suffer.
#[test]
fn long_chains() {
    const LEN: u32 = 20_000;
    for nested in [false, true] {
        let mut b =
            FunctionBuilder::new("chain", 0x1000, &PARAMS, vec![Type::I64, Type::I64], true);
        let (x, y) = (b.params(Block(0))[0], b.params(Block(0))[1]);
        for i in 1..=2 * LEN {
            b.create_block(0x1000 + u64::from(i), &[]);
        }
        for i in 0..LEN {
            b.switch_to(Block(i));
            let c = b.i64_const(i.into());
            let cond = b.i64_eq(x, c);
            let to = |n| Edge {
                block: Block(n),
                args: vec![],
            };
            // Ways out are merges in nested chains, where the next block is also reached from there.
            let (then, otherwise) = (to(LEN + i), to(i + 1));
            b.terminate(Terminator::Branch {
                cond,
                then,
                otherwise,
            });
            b.switch_to(Block(LEN + i));
            if nested && i > 0 {
                b.terminate(Terminator::Jump(to(LEN + i - 1)));
            } else {
                b.terminate(Terminator::Return(vec![c, y]));
            }
        }
        b.switch_to(Block(LEN));
        b.terminate(Terminator::Return(vec![x, y]));
        b.switch_to(Block(2 * LEN));
        b.terminate(Terminator::Return(vec![x, y]));
        let functions = [b.finish()];
        let features = Features::default();
        let started = std::time::Instant::now();
        let wasm = run::link(
            &functions,
            infos::infos(&functions),
            features,
            0x10000,
            &[0; 64],
        );
        wasmparser::Validator::new().validate_all(&wasm).unwrap();
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
