//! Links the kernel, the guest's image and its compiled functions into one module.
//!
//! Index spaces: the kernel keeps its types, functions, globals and table slots. Then come, as functions, the support functions, the guest's functions, their
//! uniform thunks and the entry thunks; in the table, for each program `unknown` and a slot for each entry's uniform thunk, then the entries' functions, and the entry thunks. So all
//! indices that a body needs are known before any is compiled.
//!
//! A module with a file tree has several programs. They share the kernel, the support functions, the frame descriptors and the entry thunks; each has its own functions, uniform thunks and
//! tables. The contents of the tree are a passive data segment, which costs no memory: programs are loaded from it like files.

mod functions;
mod sections;

use elfconv_abi::{
    boot,
    resume::{POINT_SHIFT, ResumeRecord},
};
use elfconv_ir::{FuncId, Function, Opcode};
use wasm_encoder::{
    CustomSection, DataCountSection, ExportKind, ExportSection, FunctionSection, MemorySection,
    MemoryType, RawSection, RefType, SectionId, StartSection, TableSection, TableType,
};

use crate::{
    Body, LinkError, Module,
    body::{Code, Descriptors, uleb},
    context::{Context, SOFT, SUPPORT_FUNCTIONS, Support, uniform_signature},
    kernel::Kernel,
    layout::{Layout, PAGE},
    memory::{self, Contents, Tables},
    pcmap,
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
    /// Bit `n` says that `spill n` is called, and `spill_apart n`.
    spills: [u128; 2],
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
            guest: support + SUPPORT_FUNCTIONS,
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
            spills: [0; 2],
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
