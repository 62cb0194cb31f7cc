//! Sections of the module: imports, globals, elements and names.

use wasm_encoder::{
    ConstExpr, ElementSection, Elements, EntityType, GlobalSection, GlobalType, ImportSection,
    NameMap, NameSection, ValType,
};

use super::Linker;
use crate::context::{CELLS, SUPPORT, Spill};

impl Linker<'_> {
    pub(super) fn imports(&self) -> ImportSection {
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

    pub(super) fn globals(&self) -> GlobalSection {
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

    pub(super) fn elements(
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
    pub(super) fn names(&self) -> NameSection {
        let mut map = NameMap::new();
        for (spill, name) in [(Spill::Usual, "spill"), (Spill::Apart, "spill_apart")] {
            let called = self.spills[spill as usize];
            for n in (0..=CELLS).filter(|n| called >> n & 1 == 1) {
                map.append(self.context().spill(spill, n), &format!("{name}_{n}"));
            }
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
