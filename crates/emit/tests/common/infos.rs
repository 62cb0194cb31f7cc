//! Registers for the parameters and results of functions in tests: i64 are x0, x1, …, i32 the flags, the others v0, v1, ….

use elfconv_emit::FunctionInfo;
use elfconv_ir::{Function, Reg, Type};

fn registers(types: impl Iterator<Item = Type>) -> Vec<(Reg, Type)> {
    let (mut x, mut v) = (0, 0);
    types
        .map(|ty| match ty {
            Type::I64 => {
                x += 1;
                (Reg::x(x - 1), ty)
            }
            Type::I32 => (Reg::NZCV, ty),
            _ => {
                v += 1;
                (Reg::v(v - 1), ty)
            }
        })
        .collect()
}

/// The signatures of functions.
pub fn infos(functions: &[Function]) -> Vec<FunctionInfo> {
    functions
        .iter()
        .map(|f| FunctionInfo {
            name: f.name.clone(),
            addr: f.addr as u32,
            params: registers(f.params().iter().map(|p| f.ty(*p))),
            in_state: Vec::new(),
            results: registers(f.results[usize::from(!f.plain)..].iter().copied()),
            plain: f.plain,
            computes: false,
            uniform: true,
            resumes: Vec::new(),
        })
        .collect()
}
