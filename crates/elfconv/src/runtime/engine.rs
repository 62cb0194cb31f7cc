//! How the engine is set up.

use wasmtime::{Config, Engine, OptLevel, RegallocAlgorithm};

use super::WASM_STACK;
use crate::failure::Failure;

/// Frames of a backtrace that are kept.
const MAX_FRAMES: usize = 1000;

/// The engine for guests.
///
/// Memory is a reservation of all 4 GiB with a guard behind, so that neither bounds checks nor moves are ever needed, and every bad
/// access becomes a trap with its address.
pub fn engine() -> Result<Engine, Failure> {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .parallel_compilation(true)
        .memory_reservation(4 << 30)
        .memory_guard_size(32 << 20)
        .memory_may_move(false)
        .wasm_simd(true)
        .wasm_relaxed_simd(true)
        .relaxed_simd_deterministic(false)
        .wasm_bulk_memory(true)
        .wasm_multi_value(true)
        .wasm_tail_call(true)
        // Nothing here is asynchronous; the engine insists that this limit is not the smaller one.
        .async_stack_size(WASM_STACK)
        .max_wasm_stack(WASM_STACK)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(MAX_FRAMES));
    // For the oracle, whose programs run for less time than they are compiled: our code is what it tests, not the engine's.
    if std::env::var_os("ELFCONV_QUICK").is_some() {
        config
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    // For `perf` (CONTRIBUTING.md).
    if std::env::var_os("ELFCONV_PERFMAP").is_some() {
        config.profiler(wasmtime::ProfilingStrategy::PerfMap);
    }
    Engine::new(&config).map_err(|e| Failure::new(format!("cannot set up the engine: {e}")))
}
