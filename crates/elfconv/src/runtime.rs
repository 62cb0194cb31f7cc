//! The embedded engine: compiles a module, gives it a system interface, runs it, and tells how it ended.

pub mod cache;
pub mod engine;
pub mod fault;
pub mod terminal;
#[allow(
    clippy::too_many_arguments,
    reason = "the functions are those of the specification"
)]
pub mod wasi;

use std::{path::Path, thread};

use wasmtime::{Engine, InstancePre, Linker, Module, Store};

use crate::failure::Failure;
use fault::Ending;
use wasi::{Exit, Wasi};

/// The engine's stack. The guest's kernel bounds the depth of compiled frames by the guest's own stack, far below this.
pub const WASM_STACK: usize = 64 << 20;
/// What the host's functions may use on top of it.
const HOST_STACK: usize = 2 << 20;

/// Run `_start` until it ends.
pub fn execute(
    path: &Path,
    engine: &Engine,
    module: &Module,
    wasi: Wasi,
) -> Result<Ending, Failure> {
    let unusable = |error: wasmtime::Error| {
        Failure::about(path, format!("cannot run this module: {error}"))
            .help("`elfconv run` takes ELF executables and WASI preview 1 commands")
            .with_status(crate::failure::NOT_EXECUTABLE)
    };
    let mut linker = Linker::new(engine);
    wasi::define(&mut linker).map_err(unusable)?;
    let instance = linker.instantiate_pre(module).map_err(unusable)?;
    let mut store = Store::new(engine, wasi);
    let run = move || start(&mut store, &instance);
    // A thread of its own, as the main thread's stack is as large as the user's limit happens to be.
    let guest = thread::Builder::new()
        .name("guest".into())
        .stack_size(WASM_STACK + HOST_STACK)
        .spawn(run)
        .map_err(|e| Failure::new(format!("cannot start a thread: {e}")))?;
    match guest.join() {
        Ok(Ok(ending)) => Ok(ending),
        Ok(Err(error)) => Err(unusable(error)),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn start(store: &mut Store<Wasi>, instance: &InstancePre<Wasi>) -> wasmtime::Result<Ending> {
    let instance = match instance.instantiate(&mut *store) {
        Ok(instance) => instance,
        // A start function may have run, and ended the program.
        Err(error) if error.is::<Exit>() || error.is::<wasmtime::Trap>() => {
            return Ok(Ending::of(error));
        }
        Err(error) => return Err(error),
    };
    let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
    Ok(match start.call(&mut *store, ()) {
        Ok(()) => Ending::exited(0),
        Err(error) => Ending::of(error),
    })
}
