//! Time of the passes on synthetic functions: `cargo run --release -p elfconv-opt --example passes_speed`.
//!
//! The functions imitate compiled code: per block a few loads and stores relative to a frame, w-register arithmetic, flags that mostly die, all live registers
//! as block parameters, loops, and calls with frames. Times are the process's own on the processor, where Linux tells them.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use elfconv_filetest::random::Rng;
use elfconv_ir::{
    Block, Call, Callee, Edge, Frame, FuncId, Function, FunctionBuilder, Opcode, Ops, Reg,
    Terminator, Type, Value,
};
use elfconv_opt::{OptLevel, PASSES, optimize};

const REGISTERS: usize = 12;

fn function(rng: &mut Rng, blocks: usize) -> Function {
    let mut types = vec![Type::I64; REGISTERS];
    types.push(Type::I32);
    let mut b = FunctionBuilder::new("f", 0x1000, &types, vec![Type::I32, Type::I64], false);
    for i in 1..blocks {
        b.create_block(0x1000 + 40 * i as u64, &types);
    }
    for i in 0..blocks {
        let block = Block(i as u32);
        b.switch_to(block);
        let mut regs: Vec<Value> = b.params(block).to_vec();
        for step in 0..8u64 {
            b.set_addr(0x1000 + 40 * i as u64 + 4 * step);
            let (d, n, m) = (
                1 + rng.below(REGISTERS - 1),
                rng.below(REGISTERS),
                rng.below(REGISTERS),
            );
            match rng.below(8) {
                0 => {
                    let wide = b.op(Opcode::I64Load, &[regs[0]], 8 * rng.below(32) as u128);
                    regs[d] = wide;
                }
                1 => b.effect(
                    Opcode::I64Store,
                    &[regs[0], regs[n]],
                    8 * rng.below(32) as u128,
                ),
                2 => {
                    let c = b.i64_const(rng.below(256) as u64);
                    regs[d] = b.i64_add(regs[n], c);
                }
                3 | 4 => {
                    let (x, y) = (b.i32_wrap_i64(regs[n]), b.i32_wrap_i64(regs[m]));
                    let sum = b.i32_add(x, y);
                    regs[REGISTERS] = b.nzcv_add32(x, y);
                    regs[d] = b.i64_extend_i32_u(sum);
                }
                5 => {
                    let two = b.i64_const(3);
                    let shifted = b.i64_shl(regs[m], two);
                    let addr = b.i64_add(regs[n], shifted);
                    regs[d] = b.op(Opcode::I64Load32U, &[addr], 0);
                }
                6 => {
                    let c = b.i64_const(10);
                    regs[REGISTERS] = b.nzcv_sub64(regs[n], c);
                    let p = b.cond(regs[REGISTERS], rng.below(14) as u8);
                    regs[d] = b.select_i64(p, regs[n], regs[m]);
                }
                _ => {
                    let live = (0..8).map(|r| (Reg::x(19 + r as u8), regs[r])).collect();
                    let call = Call {
                        callee: Callee::Function(FuncId(0)),
                        args: regs[..4].to_vec(),
                        expect: Some(0x1000),
                        frame: Some(Frame {
                            live,
                            ..Frame::default()
                        }),
                        result_regs: vec![Reg::x(0)],
                    };
                    let results: Vec<_> = b.call(call, &[Type::I64]).collect();
                    regs[d] = results[0];
                }
            }
        }
        let next = Edge {
            block: Block(i as u32 + 1),
            args: regs.clone(),
        };
        if i + 1 == blocks {
            let pc = b.i32_const(0x4000);
            b.terminate(Terminator::Return(vec![pc, regs[1]]));
        } else if rng.one_in(3) {
            b.terminate(Terminator::Jump(next));
        } else {
            let cmp = b.nzcv_sub64(regs[1], regs[2]);
            let cond = b.cond(cmp, rng.below(14) as u8);
            let target = if rng.one_in(5) {
                1 + rng.below(i + 1)
            } else {
                i + 1 + rng.below(4)
            };
            let then = Edge {
                block: Block(target.min(blocks - 1) as u32),
                args: regs,
            };
            b.terminate(Terminator::Branch {
                cond,
                then,
                otherwise: next,
            });
        }
    }
    b.finish()
}

/// Time on the processor, or else since the first call.
fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let schedstat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let on_processor = schedstat.split(' ').next().and_then(|ns| ns.parse().ok());
    on_processor.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn main() {
    for blocks in [8, 50, 400, 5000, 40_000] {
        let mut rng = Rng(blocks as u64);
        let count = 40_000 / blocks;
        let functions: Vec<_> = (0..count).map(|_| function(&mut rng, blocks)).collect();
        let insts: usize = functions.iter().map(|f| f.insts.len()).sum();
        println!("{count} functions of {blocks} blocks, {insts} instructions");
        for level in [OptLevel::O0, OptLevel::O1, OptLevel::O2] {
            let mut copies = functions.clone();
            let start = now();
            copies.iter_mut().for_each(|f| optimize(f, level));
            let time = now() - start;
            let left: usize = copies.iter().map(|f| f.insts.len()).sum();
            println!(
                "  {level:?}: {time:.2?}, {:.0} ns an instruction, {left} left",
                time.as_nanos() as f64 / insts as f64
            );
        }
        let mut times = vec![Duration::ZERO; PASSES.len()];
        for f in &functions {
            for (&(_, pass), time) in PASSES.iter().zip(&mut times) {
                let mut copy = f.clone();
                let start = now();
                pass(&mut copy);
                *time += now() - start;
            }
        }
        for ((name, _), time) in PASSES.iter().zip(times) {
            println!("    {name}: {time:.2?}");
        }
    }
}
