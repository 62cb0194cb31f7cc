//! Runs translated functions in Wasmtime under the test kernel.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use elfconv_abi::frame::{self, Item, Place};
use elfconv_emit::{Features, FunctionInfo, Linker, Module, Program, Segment};
use elfconv_ir::{FuncId, Function, Type};
use wasmtime::{Caller, Config, Engine, Extern, Func, FuncType, Instance, Store, Val, ValType};

/// What the host saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// The frames reported, each as registers with values and slots with addresses.
    pub frames: Vec<Frame>,
    pub fault: Option<(u32, u64, u64)>,
    pub syscalls: Vec<[u64; 7]>,
    state: usize,
    init: Vec<u8>,
    /// What the pointer in the kernel's data points at.
    text: Vec<u8>,
    /// What a system call sets `State.suspend` to.
    pub suspend: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The PC that it says, or 0.
    pub pc: u64,
    pub live: Vec<(u8, u128)>,
    pub slots: Vec<(u8, u64)>,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub log: Log,
    pub state: Vec<u8>,
    pub memory: Vec<u8>,
    pub trap: Option<String>,
}

fn read_frame(memory: &[u8], descriptor: usize, values: usize) -> Frame {
    let cell = |i: usize| {
        u128::from_le_bytes(
            memory[values + 16 * i..values + 16 * i + 16]
                .try_into()
                .unwrap(),
        )
    };
    let len = frame::descriptor_len([memory[descriptor], memory[descriptor + 1]]);
    let sum = |cell_at: u8, offset: i32| {
        (cell(usize::from(cell_at)) as u64).wrapping_add_signed(offset.into())
    };
    let mut found = Frame::default();
    for item in frame::items(&memory[descriptor..descriptor + len]) {
        match item {
            Item::Register { reg, place } => {
                let bits = match place {
                    Place::Cell { cell: at, ty } => {
                        let bits = [64, 32, 32, 64, 128][usize::from(ty)];
                        cell(usize::from(at)) & (u128::MAX >> (128 - bits))
                    }
                    Place::Sum { cell, offset } => sum(cell, offset).into(),
                    Place::Constant(value) => value.into(),
                };
                match reg {
                    frame::PC => found.pc = bits as u64,
                    reg => found.live.push((reg, bits)),
                }
            }
            Item::Slot { reg, cell, offset } => found.slots.push((reg, sum(cell, offset))),
        }
    }
    found.live.sort_unstable();
    found
}

fn val_type(ty: wasm_encoder::ValType) -> ValType {
    match ty {
        wasm_encoder::ValType::I32 => ValType::I32,
        wasm_encoder::ValType::I64 => ValType::I64,
        wasm_encoder::ValType::F32 => ValType::F32,
        _ => ValType::F64,
    }
}

fn memory_of(caller: &mut Caller<'_, Log>) -> Vec<u8> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        panic!("no memory")
    };
    memory.data(&caller).to_vec()
}

fn host(store: &mut Store<Log>, name: &'static str, ty: FuncType) -> Func {
    Func::new(store, ty, move |mut caller, args, results| {
        let int = |i: usize| match args[i] {
            Val::I32(v) => u64::from(v as u32),
            Val::I64(v) => v as u64,
            _ => 0,
        };
        let ir = |op, ty, bits: u128| {
            elfconv_ir::eval::fold(op, &[elfconv_ir::eval::Const { ty, bits }], 0)
                .unwrap()
                .bits
        };
        use elfconv_ir::Opcode as O;
        match name {
            "start" => {
                let memory = memory_of(&mut caller);
                let log = caller.data_mut();
                log.state = int(0) as usize;
                log.text = memory[int(2) as usize..int(2) as usize + 5].to_vec();
                assert_eq!(int(2) as u32 & 15, 0);
                let init = log.init.clone();
                let at = log.state;
                let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
                    panic!()
                };
                memory.write(&mut caller, at, &init)?;
            }
            "ec_unwind_frame" => {
                let memory = memory_of(&mut caller);
                let frame = read_frame(&memory, int(0) as usize, int(1) as usize);
                caller.data_mut().frames.push(frame);
            }
            "ec_fault" => {
                caller.data_mut().fault = Some((int(0) as u32, int(1), int(2)));
                return Err(wasmtime::Error::msg("fault"));
            }
            "ec_syscall" => {
                caller.data_mut().syscalls.push(core::array::from_fn(int));
                let (at, suspend) = (caller.data().state, caller.data().suspend);
                let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
                    panic!()
                };
                memory.write(
                    &mut caller,
                    at + core::mem::offset_of!(elfconv_a64::state::CpuState, suspend),
                    &suspend.to_le_bytes(),
                )?;
                results[0] = Val::I64((int(0) + int(1)) as i64);
            }
            "ec_f32_fma" => {
                let a: Vec<f32> = args.iter().map(|a| a.unwrap_f32()).collect();
                results[0] = Val::F32(elfconv_ir::eval::f32_fma(a[0], a[1], a[2]).to_bits());
            }
            "ec_f64_fma" => {
                let a: Vec<f64> = args.iter().map(|a| a.unwrap_f64()).collect();
                results[0] = Val::F64(elfconv_ir::eval::f64_fma(a[0], a[1], a[2]).to_bits());
            }
            "ec_bf_dot_add" => {
                let [a, b, c] = core::array::from_fn(|i| int(i) as u32);
                results[0] = Val::I32(elfconv_ir::eval::bf_dot_add(a, b, c) as i32);
            }
            "ec_f32_from_f16" => {
                results[0] = Val::F32(ir(O::F32FromF16, Type::I32, int(0).into()) as u32)
            }
            "ec_f64_from_f16" => {
                results[0] = Val::F64(ir(O::F64FromF16, Type::I32, int(0).into()) as u64)
            }
            "ec_f16_from_f32" => {
                let bits = args[0].unwrap_f32().to_bits().into();
                results[0] = Val::I32(ir(O::F16FromF32, Type::F32, bits) as i32);
            }
            "ec_f16_from_f64" => {
                let bits = args[0].unwrap_f64().to_bits().into();
                results[0] = Val::I32(ir(O::F16FromF64, Type::F64, bits) as i32);
            }
            _ => results[0] = Val::I64(42),
        }
        Ok(())
    })
}

/// Links functions into a module. The guest's memory is at `base`.
pub fn link(
    functions: &[Function],
    infos: Vec<FunctionInfo>,
    features: Features,
    base: u32,
    memory: &[u8],
) -> Vec<u8> {
    let kernel = super::common::kernel();
    let code = infos
        .first()
        .map_or((0, 0), |f| (f.addr, infos.last().unwrap().addr + 64));
    let module = Module {
        kernel: &kernel,
        segments: vec![Segment {
            addr: base,
            memsz: memory.len() as u32,
            data: memory,
            prot: 7,
        }],
        programs: vec![Program {
            functions: 0..infos.len(),
            code,
            state_arguments: 0xff << 64,
            ..Program::default()
        }],
        functions: infos,
        tree: None,
        entry: base,
        phdr: 0,
        phnum: 0,
        room: 0,
        exe_path: "/bin/test".into(),
        features,
    };
    let linker = Linker::new(&module).unwrap();
    let bodies = (0..)
        .zip(functions)
        .map(|(i, f)| Some(linker.compile(0, FuncId(i), f)))
        .collect();
    linker.finish(bodies).unwrap()
}

/// An engine.
pub fn engine() -> Engine {
    let mut config = Config::new();
    config.wasm_relaxed_simd(true);
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    Engine::new(&config).unwrap()
}

/// An engine for the oldest x86-64 machines, whose relaxed multiply-add rounds twice.
#[cfg(target_arch = "x86_64")]
pub fn engine_that_does_not_fuse() -> Engine {
    let mut config = Config::new();
    config.wasm_relaxed_simd(true);
    config.cranelift_opt_level(wasmtime::OptLevel::None);
    // With a target that is named, nothing is assumed of the machine at hand.
    config.target("x86_64-unknown-linux-gnu").unwrap();
    Engine::new(&config).unwrap()
}

/// What the relaxed multiply-add of an engine makes of (1 + e)(1 + e) - (1 + 2e), which is 0 if the product is rounded first.
pub fn relaxed_madd(engine: &Engine, e: f64) -> f64 {
    use wasm_encoder as w;
    let mut types = w::TypeSection::new();
    types.ty().function([w::ValType::F64; 2], [w::ValType::F64]);
    let mut functions = w::FunctionSection::new();
    functions.function(0);
    let mut exports = w::ExportSection::new();
    exports.export("f", w::ExportKind::Func, 0);
    let mut body = w::Function::new([]);
    let mut sink = body.instructions();
    for local in [0, 0, 1] {
        sink.local_get(local).f64x2_splat();
    }
    sink.f64x2_relaxed_madd().f64x2_extract_lane(0).end();
    let mut codes = w::CodeSection::new();
    codes.function(&body);
    let mut module = w::Module::new();
    module.section(&types).section(&functions).section(&exports);
    module.section(&codes);
    let module = wasmtime::Module::new(engine, module.finish()).unwrap();
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let f = instance.get_typed_func::<(f64, f64), f64>(&mut store, "f");
    let arguments = (1.0 + e, -1.0 - 2.0 * e);
    f.unwrap().call(&mut store, arguments).unwrap()
}

/// Enters the first function with this state.
pub fn run(
    engine: &Engine,
    wasm: &[u8],
    init: &[u8],
    suspend: u32,
    base: usize,
    len: usize,
) -> Ended {
    let module = wasmtime::Module::new(engine, wasm).unwrap_or_else(|e| panic!("{e:?}"));
    let mut store = Store::new(
        engine,
        Log {
            init: init.to_vec(),
            suspend,
            ..Log::default()
        },
    );
    let hosts = super::common::host_functions();
    let mut imports = Vec::new();
    for import in module.imports() {
        let (name, params, results) = hosts.iter().find(|h| h.0 == import.name()).unwrap().clone();
        let ty = FuncType::new(
            engine,
            params.into_iter().map(val_type),
            results.into_iter().map(val_type),
        );
        imports.push(host(&mut store, name, ty).into());
    }
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    let start = instance
        .get_typed_func::<(), ()>(&mut store, "_start")
        .unwrap();
    let trap = start.call(&mut store, ()).err().map(|e| format!("{e:?}"));
    assert_eq!(store.data().text, b"hello");
    let memory = instance
        .get_memory(&mut store, "memory")
        .unwrap()
        .data(&store);
    let at = store.data().state;
    Ended {
        state: memory[at..at + init.len()].to_vec(),
        memory: memory[base..base + len].to_vec(),
        log: store.data().clone(),
        trap,
    }
}
