//! Links the kernel, the guest's image and its compiled functions into one module.
//!
//! Index spaces: the kernel keeps its types, functions, globals and table slots. Then come, as functions, the support functions, the guest's functions, their
//! uniform thunks and the entry thunks; in the table, for each program `unknown` and a slot for each entry's uniform thunk, then the entries' functions, and the entry thunks. So all
//! indices that a body needs are known before any is compiled.
//!
//! A module with a file tree has several programs. They share the kernel, the support functions, the frame descriptors and the entry thunks; each has its own functions, uniform thunks and
//! tables. The contents of the tree are a passive data segment, which costs no memory: programs are loaded from it like files.

use std::collections::BTreeMap;

use elfconv_abi::{
    boot,
    resume::{POINT_SHIFT, ResumeRecord},
};
use elfconv_ir::{FuncId, Function, Opcode, Type, eval::sbox};
use wasm_encoder::{
    ConstExpr, CustomSection, DataCountSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection,
    MemoryType, NameMap, NameSection, RawSection, RefType, SectionId, StartSection, TableSection,
    TableType, ValType,
};

use crate::{
    Body, LinkError, Module,
    body::{Code, Descriptors, uleb},
    context::{CELLS, Context, REFILLS, SOFT, SUPPORT, Support, signature, uniform_signature},
    kernel::Kernel,
    layout::{Layout, PAGE},
    memory::{self, Contents, Tables},
    pcmap, thunks,
    types::Types,
};

/// Links one module.
pub struct Linker<'m> {
    module: &'m Module<'m>,
    kernel: Kernel,
    types: Types,
    layout: Layout,
    /// What the functions of each program are compiled with; there is at least one.
    contexts: Vec<Context<'m>>,
    boot: u32,
    start: u32,
    /// Bit `n` says that `spill n` is called.
    spills: u128,
}

/// Most pages that a memory can have.
pub(crate) const MAX_PAGES: u64 = 65536;
/// Memory behind the image that is there from the beginning: the guest's stack (8 MiB) and some heap. It costs nothing until it is touched; growing does, and
/// node 20 dies of an exception (as its `proc_exit` throws) after a garbage collection in a module that has grown its memory.
const SPARE_PAGES: u64 = 512;

fn soft_routine(kernel: &Kernel, op: Opcode) -> Option<u32> {
    kernel.function(&format!("ec_{}", op.name()))
}

impl<'m> Linker<'m> {
    /// Reads the kernel and decides where everything goes.
    pub fn new(module: &'m Module<'m>) -> Result<Linker<'m>, LinkError> {
        for program in &module.programs {
            for pair in program.all(&module.functions).windows(2) {
                if pair[0].addr >= pair[1].addr {
                    return Err(LinkError::Order(pair[1].addr));
                }
            }
        }
        let mut layout = Layout::default();
        let apart = [boot::STATE_SYMBOL, boot::SCRATCH_SYMBOL];
        let kernel = Kernel::read(module.kernel, &apart, |pages| {
            layout = Layout::new(module, pages)?;
            Ok((layout.kernel, layout.low))
        })?;
        let function = |name| kernel.function(name).ok_or(LinkError::Symbol(name));
        let datum = |name| kernel.datum(name).ok_or(LinkError::Symbol(name));
        let mut types = Types::of_kernel(&kernel.types)?;
        let (params, results) = uniform_signature();
        let support = (kernel.imports.len() + kernel.functions.len()) as u32;
        let mut context = Context {
            functions: &[],
            features: module.features,
            descriptors: layout.descriptors,
            dense: (0, 0),
            state: datum(boot::STATE_SYMBOL)?,
            scratch: datum(boot::SCRATCH_SYMBOL)?,
            syscall: function(boot::SYSCALL)?,
            fault: function(boot::FAULT)?,
            unwind_frame: function(boot::UNWIND_FRAME)?,
            counter: kernel.function("ec_counter"),
            random: kernel.function("ec_random"),
            resumed: kernel.function("ec_resumed"),
            jumped: kernel.function("ec_jumped"),
            soft: SOFT.map(|op| soft_routine(&kernel, op)),
            support,
            guest: support + (CELLS + 1 + REFILLS + 1 + SUPPORT.len()) as u32,
            fused: kernel.globals.len() as u32,
            uniform_type: types.intern(params, results),
            uniform_slots: kernel.table_min,
            code_lo: 0,
            state_arguments: 0,
            state_arguments_kept: false,
        };
        let guest = context.guest;
        let mut contexts = Vec::with_capacity(module.programs.len());
        for (program, tables) in module.programs.iter().zip(&layout.tables) {
            context.functions = program.all(&module.functions);
            context.dense = (tables.dense, tables.code_words);
            context.code_lo = program.code.0;
            context.state_arguments = program.state_arguments;
            context.state_arguments_kept = program.state_arguments_kept;
            context.guest = guest + program.functions.start as u32;
            contexts.push(context.clone());
            context.uniform_slots += 1 + program.functions.len() as u32;
        }
        if contexts.is_empty() {
            contexts.push(context);
        }
        let (boot, start) = (datum(boot::BOOT_SYMBOL)?, function("_start")?);
        Ok(Linker {
            module,
            kernel,
            types,
            layout,
            contexts,
            boot,
            start,
            spills: 0,
        })
    }

    /// Compiles a function of a program. May be called in parallel.
    ///
    /// # Panics
    /// If there is no such program.
    pub fn compile(&self, program: usize, id: FuncId, function: &Function) -> Body {
        crate::function::compile(&self.contexts[program], id, function)
    }

    /// What does not depend on a program.
    fn context(&self) -> &Context<'m> {
        &self.contexts[0]
    }

    /// Makes the module of the bodies of all functions, in the module's order. A function without a body is left to the interpreter (which a plain function's callers do not survive).
    pub fn finish(mut self, bodies: Vec<Option<Body>>) -> Result<Vec<u8>, LinkError> {
        let mut output = Output::default();
        let translated: Vec<u32> = (0..self.module.functions.len() as u32)
            .filter(|i| matches!(bodies.get(*i as usize), Some(Some(b)) if !b.failed))
            .collect();
        let whole = bodies.iter().flatten().filter(|b| !b.failed);
        let mut descriptors = Descriptors::new(whole);
        self.kernel_functions(&mut output);
        self.support_functions(&mut output, &bodies, &mut descriptors);
        self.guest_functions(&mut output, &bodies, &mut descriptors);
        let uniform = self.uniform_thunks(&mut output, &translated);
        let entry_slots = self.uniform_end();
        let thunk_slots = entry_slots + translated.len() as u32;
        let (entry_thunks, thunk_of) = self.entry_thunks(&mut output, &translated);
        let read_tree = self.read_tree(&mut output);

        let mut programs = Vec::with_capacity(self.module.programs.len());
        let mut first = 0;
        for program in &self.module.programs {
            let count = translated[first..]
                .iter()
                .take_while(|i| (**i as usize) < program.functions.end)
                .count();
            let own = first..first + count;
            programs.push(Tables {
                entries: translated[own.clone()]
                    .iter()
                    .zip(&thunk_of[own.clone()])
                    .map(|(i, thunk)| {
                        let info = &self.module.functions[*i as usize];
                        let computes = if info.computes { boot::COMPUTES } else { 0 };
                        boot::EntryRecord {
                            addr: info.addr,
                            thunk: (thunk_slots + thunk) | computes,
                        }
                    })
                    .collect(),
                entry_functions: entry_slots + first as u32,
                resumes: self.resumes(&translated[own], &mut descriptors),
            });
            first += count;
        }
        let brk_start = self.layout.brk_start(descriptors.bytes().len())?;
        let read_slot = thunk_slots + entry_thunks.len() as u32;
        let image = memory::image(
            self.module,
            &self.kernel,
            &self.layout,
            &Contents {
                boot: self.boot,
                descriptors: descriptors.bytes(),
                programs,
                read_tree: read_slot,
                brk_start: brk_start as u32,
            },
        );
        let table_size = read_slot + read_tree.len() as u32;
        let pages = brk_start
            .max(u64::from(self.layout.image.1))
            .div_ceil(PAGE)
            .saturating_add(SPARE_PAGES)
            .max(image.end().div_ceil(PAGE))
            .min(MAX_PAGES);

        let mut module = wasm_encoder::Module::new();
        module.section(&self.types.section());
        module.section(&self.imports());
        module.section(&output.functions);
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: table_size.into(),
            maximum: None,
            shared: false,
        });
        module.section(&tables);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: pages,
            maximum: Some(MAX_PAGES),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        module.section(&memories);
        module.section(&self.globals());
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("_start", ExportKind::Func, self.start);
        if let Some(resume) = self.kernel.function(boot::RESUME) {
            exports.export("resume", ExportKind::Func, resume);
        }
        module.section(&exports);
        if self.context().features.relaxed_simd || self.kernel.start.is_some() {
            module.section(&StartSection {
                function_index: self.context().support(Support::Start),
            });
        }
        let guest = self.guest();
        let functions: Vec<u32> = translated.iter().map(|i| guest + i).collect();
        module.section(&self.elements(
            &uniform,
            &[
                (entry_slots, &functions),
                (thunk_slots, &entry_thunks),
                (read_slot, &read_tree),
            ],
        ));
        let tree = self.module.tree.map(|t| t.contents);
        let data = image.section(tree);
        if tree.is_some() {
            // Wanted by `memory.init`, before the code.
            module.section(&DataCountSection { count: data.len() });
        }
        let mut code = Vec::with_capacity(output.code.bytes.len() + 5);
        uleb(&mut code, output.code.count.into());
        code.extend_from_slice(&output.code.bytes);
        module.section(&RawSection {
            id: SectionId::Code as u8,
            data: &code,
        });
        module.section(&data);
        if self.context().features.names {
            module.section(&self.names());
        }
        if self.context().features.pcmap && !translated.is_empty() {
            let functions = self.module.functions.iter().enumerate().map(|(i, info)| {
                let body = bodies.get(i).and_then(|b| b.as_ref());
                let pcs = body.filter(|b| !b.failed).map_or(&[][..], |b| &b.pcs);
                (info.addr, pcs)
            });
            let imports = self.kernel.imports.len() as u32;
            let data = pcmap::encode(guest - imports, functions);
            module.section(&CustomSection {
                name: pcmap::SECTION.into(),
                data: data.into(),
            });
        }
        Ok(module.finish())
    }

    fn kernel_functions(&self, output: &mut Output) {
        for (ty, body) in self.kernel.functions.iter().zip(&self.kernel.bodies) {
            output.add(*ty, body);
        }
    }

    fn support_functions(
        &mut self,
        output: &mut Output,
        bodies: &[Option<Body>],
        descriptors: &mut Descriptors,
    ) {
        if !self.module.functions.is_empty() {
            let bodies = bodies.iter().flatten();
            let unknown = self.contexts.iter();
            let unknown = unknown.fold(0, |all, c| all | 1 << thunks::unknown_spills(c));
            self.spills = bodies.fold(unknown, |all, b| all | b.spills);
        }
        let unused = [0, 0, 0x0b];
        for n in 0..=CELLS {
            let mut params = vec![Type::I64; n];
            params.push(Type::I32);
            if self.spills >> n & 1 == 1 {
                let ty = self.types.intern(params, vec![]);
                output.add(ty, &thunks::spill(self.context(), n));
            } else {
                let ty = self.types.intern(vec![], vec![]);
                output.add(ty, &unused);
            }
        }
        let refills = bodies.iter().flatten().fold(0, |all, b| all | b.refills);
        for n in 0..=REFILLS {
            if refills >> n & 1 == 1 {
                let ty = self.types.intern(vec![Type::I32], vec![Type::I64; n]);
                output.add(ty, &thunks::refill(self.context(), n));
            } else {
                let ty = self.types.intern(vec![], vec![]);
                output.add(ty, &unused);
            }
        }
        for function in SUPPORT {
            let (i32, i64, v128) = (Type::I32, Type::I64, Type::V128);
            let substitute = |table| (vec![v128], vec![v128], thunks::substitute(table));
            let (params, results, body) = match function {
                Support::Report => (vec![i32], vec![], thunks::report(self.context())),
                Support::Unknown | Support::UnknownMore => {
                    let contexts = self.contexts.iter();
                    match contexts.clone().find(|c| c.unknown() == function) {
                        Some(context) if !self.module.functions.is_empty() => {
                            let (params, results) = uniform_signature();
                            let unknown = descriptors.offset(&thunks::unknown_descriptor(context));
                            (params, results, thunks::unknown(context, unknown))
                        }
                        _ => (vec![], vec![], unused.to_vec()),
                    }
                }
                Support::Bitrev32 => (vec![i32], vec![i32], thunks::bitrev(32)),
                Support::Bitrev64 => (vec![i64], vec![i64], thunks::bitrev(64)),
                Support::ClmulLow => (vec![i64, i64], vec![i64], thunks::clmul_low()),
                Support::AesSub => substitute(sbox::AES_FORWARD),
                Support::AesSubInv => substitute(sbox::AES_BACKWARD),
                Support::Sm4Sub => substitute(&sbox::SM4),
                Support::Start => (
                    vec![],
                    vec![],
                    thunks::start(self.context(), self.kernel.start),
                ),
            };
            let ty = self.types.intern(params, results);
            output.add(ty, &body);
        }
    }

    fn guest_functions(
        &mut self,
        output: &mut Output,
        bodies: &[Option<Body>],
        descriptors: &mut Descriptors,
    ) {
        for (i, info) in self.module.functions.iter().enumerate() {
            let (params, results) = signature(info);
            let ty = self.types.intern(params, results);
            output.functions.function(ty);
            match bodies.get(i) {
                Some(Some(body)) if !body.failed => output.code.body(body, descriptors),
                _ => {
                    let descriptor = descriptors.offset(&thunks::stub_descriptor(info));
                    output
                        .code
                        .raw(&thunks::stub(self.context(), info, descriptor));
                }
            }
        }
    }

    /// Adds the uniform thunks; for each entry its function and its thunk's function index.
    fn uniform_thunks(&self, output: &mut Output, translated: &[u32]) -> Vec<(u32, Option<u32>)> {
        let (mut next, guest) = (self.guest(), self.guest());
        next += self.module.functions.len() as u32;
        let mut indices = Vec::with_capacity(translated.len());
        let mut programs = self.contexts.iter().zip(self.programs()).peekable();
        for &i in translated {
            while programs.next_if(|(_, end)| *end <= i as usize).is_some() {}
            let context = programs.peek().map_or(self.context(), |p| p.0);
            let info = &self.module.functions[i as usize];
            let thunk = info
                .uniform
                .then(|| thunks::uniform(context, info, guest + i))
                .flatten();
            let thunk = thunk.map(|body| {
                output.add(self.context().uniform_type, &body);
                next += 1;
                next - 1
            });
            indices.push((i, thunk));
        }
        indices
    }

    /// Adds the entry thunks, one for each signature: their function indices, and each entry's thunk.
    fn entry_thunks(&mut self, output: &mut Output, translated: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let ty = self.types.intern(vec![Type::I32], vec![]);
        let mut indices = Vec::new();
        let mut known = BTreeMap::new();
        let mut thunk_of = Vec::with_capacity(translated.len());
        for &i in translated {
            let info = &self.module.functions[i as usize];
            let key = (&info.params, &info.results, info.plain);
            thunk_of.push(*known.entry(key).or_insert_with(|| {
                let (params, results) = signature(info);
                let callee = self.types.intern(params, results);
                indices.push(self.kernel.imports.len() as u32 + output.code.count);
                output.add(ty, &thunks::entry(self.context(), info, callee));
                indices.len() as u32 - 1
            }));
        }
        (indices, thunk_of)
    }

    /// With a file tree, the function that reads its contents.
    fn read_tree(&mut self, output: &mut Output) -> Vec<u32> {
        if self.module.tree.is_none() {
            return Vec::new();
        }
        let ty = self.types.intern(vec![Type::I32; 3], vec![]);
        let index = self.kernel.imports.len() as u32 + output.code.count;
        output.add(ty, &thunks::read_tree());
        vec![index]
    }

    /// Function index of the first guest function.
    fn guest(&self) -> u32 {
        self.context().guest
    }

    /// One past the last function of each program.
    fn programs(&self) -> impl Iterator<Item = usize> {
        let ends = self.module.programs.iter().map(|p| p.functions.end);
        ends.chain(self.module.programs.is_empty().then_some(0))
    }

    /// The first table slot behind those of uniform thunks.
    fn uniform_end(&self) -> u32 {
        let programs = self.module.programs.len().max(1) as u32;
        self.kernel.table_min + programs + self.module.functions.len() as u32
    }

    /// The resume records of a program, sorted, their recipes placed among the descriptors.
    fn resumes(&self, translated: &[u32], descriptors: &mut Descriptors) -> Vec<ResumeRecord> {
        let mut records = Vec::new();
        for (entry, &i) in (0..1 << POINT_SHIFT).zip(translated) {
            for resume in &self.module.functions[i as usize].resumes {
                if let Some(recipe) = resume.recipe.encode() {
                    records.push(ResumeRecord {
                        pc: resume.pc,
                        entry: entry | resume.point << POINT_SHIFT,
                        recipe: self
                            .layout
                            .descriptors
                            .wrapping_add(descriptors.place(&recipe)),
                    });
                }
            }
        }
        // Functions may share code; the first will do.
        records.sort_by_key(|r| (r.pc, r.entry));
        records.dedup_by_key(|r| r.pc);
        records
    }

    fn imports(&self) -> ImportSection {
        let mut imports = ImportSection::new();
        for import in &self.kernel.imports {
            imports.import(
                &import.module,
                &import.name,
                EntityType::Function(import.ty),
            );
        }
        imports
    }

    fn globals(&self) -> GlobalSection {
        let mut globals = GlobalSection::new();
        for global in &self.kernel.globals {
            let (val_type, init) = match global.ty {
                wasmparser::ValType::I64 => (ValType::I64, ConstExpr::i64_const(global.init)),
                wasmparser::ValType::F32 => (
                    ValType::F32,
                    ConstExpr::f32_const(f32::from_bits(global.init as u32).into()),
                ),
                wasmparser::ValType::F64 => (
                    ValType::F64,
                    ConstExpr::f64_const(f64::from_bits(global.init as u64).into()),
                ),
                _ => (ValType::I32, ConstExpr::i32_const(global.init as i32)),
            };
            globals.global(
                GlobalType {
                    val_type,
                    mutable: global.mutable,
                    shared: false,
                },
                &init,
            );
        }
        let flag = GlobalType {
            val_type: ValType::I32,
            mutable: true,
            shared: false,
        };
        globals.global(flag, &ConstExpr::i32_const(0));
        globals
    }

    fn elements(
        &self,
        uniform: &[(u32, Option<u32>)],
        entries: &[(u32, &[u32])],
    ) -> ElementSection {
        let mut elements = ElementSection::new();
        let mut slots = |at: u32, functions: &[u32]| {
            if !functions.is_empty() {
                elements.active(
                    None,
                    &ConstExpr::i32_const(at as i32),
                    Elements::Functions(functions.into()),
                );
            }
        };
        for run in &self.kernel.elements {
            slots(run.at, &run.functions);
        }
        let mut uniform = uniform.iter().peekable();
        for (context, program) in self.contexts.iter().zip(self.programs()) {
            let unknown = context.support(context.unknown());
            let own = std::iter::from_fn(|| uniform.next_if(|(i, _)| (*i as usize) < program));
            let thunks: Vec<u32> = std::iter::once(unknown)
                .chain(own.map(|(_, t)| t.unwrap_or(unknown)))
                .collect();
            slots(context.uniform_slots, &thunks);
        }
        for (at, functions) in entries {
            slots(*at, functions);
        }
        elements
    }

    /// Names of the guest's functions and of those that these call; the kernel's are long and of use to nobody who looks at a guest.
    fn names(&self) -> NameSection {
        let mut map = NameMap::new();
        for n in (0..=CELLS).filter(|n| self.spills >> n & 1 == 1) {
            map.append(self.context().spill(n), &format!("spill_{n}"));
        }
        for function in SUPPORT {
            map.append(
                self.context().support(function),
                &format!("{function:?}").to_lowercase(),
            );
        }
        for (i, info) in self.module.functions.iter().enumerate() {
            // Names that only say the address are left out: the pcmap has it.
            if info.name != format!("fn_{:x}", info.addr) {
                map.append(self.guest() + i as u32, &info.name);
            }
        }
        let mut names = NameSection::new();
        names.functions(&map);
        names
    }
}

/// Functions and their code.
#[derive(Default)]
struct Output {
    functions: FunctionSection,
    code: Code,
}

impl Output {
    fn add(&mut self, ty: u32, body: &[u8]) {
        self.functions.function(ty);
        self.code.raw(body);
    }
}
