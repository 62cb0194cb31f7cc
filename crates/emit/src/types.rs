//! Function types, each once.

use std::collections::BTreeMap;

use elfconv_ir::Type;
use wasm_encoder::ValType;
use wasmparser::FuncType;

use crate::LinkError;

/// Parameters and results.
pub(crate) type Signature = (Vec<Type>, Vec<Type>);

/// The wasm type of an IR type.
pub(crate) fn val_type(ty: Type) -> ValType {
    match ty {
        Type::I32 => ValType::I32,
        Type::I64 => ValType::I64,
        Type::F32 => ValType::F32,
        Type::F64 => ValType::F64,
        Type::V128 => ValType::V128,
    }
}

fn ir_type(ty: wasmparser::ValType) -> Result<Type, LinkError> {
    Ok(match ty {
        wasmparser::ValType::I32 => Type::I32,
        wasmparser::ValType::I64 => Type::I64,
        wasmparser::ValType::F32 => Type::F32,
        wasmparser::ValType::F64 => Type::F64,
        wasmparser::ValType::V128 => Type::V128,
        wasmparser::ValType::Ref(_) => {
            return Err(LinkError::Kernel("has a function of references".into()));
        }
    })
}

/// The type section: the kernel's types at their places, then whatever else is needed.
#[derive(Default)]
pub(crate) struct Types {
    list: Vec<Signature>,
    index: BTreeMap<Signature, u32>,
}

impl Types {
    /// Begins with the kernel's types.
    pub fn of_kernel(types: &[FuncType]) -> Result<Types, LinkError> {
        let mut all = Types::default();
        for ty in types {
            let params = ty
                .params()
                .iter()
                .map(|t| ir_type(*t))
                .collect::<Result<Vec<_>, _>>()?;
            let results = ty
                .results()
                .iter()
                .map(|t| ir_type(*t))
                .collect::<Result<Vec<_>, _>>()?;
            let next = all.list.len() as u32;
            all.index
                .entry((params.clone(), results.clone()))
                .or_insert(next);
            all.list.push((params, results));
        }
        Ok(all)
    }

    /// The index of a type, which is added if it is new.
    pub fn intern(&mut self, params: Vec<Type>, results: Vec<Type>) -> u32 {
        let signature = (params, results);
        if let Some(index) = self.index.get(&signature) {
            return *index;
        }
        let next = self.list.len() as u32;
        self.index.insert(signature.clone(), next);
        self.list.push(signature);
        next
    }

    /// Encodes them.
    pub fn section(&self) -> wasm_encoder::TypeSection {
        let mut section = wasm_encoder::TypeSection::new();
        for (params, results) in &self.list {
            section.ty().function(
                params.iter().copied().map(val_type),
                results.iter().copied().map(val_type),
            );
        }
        section
    }
}
