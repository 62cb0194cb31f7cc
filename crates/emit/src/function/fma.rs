//! Fused multiply-add: relaxed SIMD's instruction where the host fuses, else the kernel's routine.
//!
//! Whether the host fuses is known when the module starts, and a function with multiply-adds exists twice. But where all its loops that call nothing do without them,
//! it exists once, and each multiply-add asks: engines allot registers worse the longer a function is, which is felt in such loops.

use elfconv_ir::{InstKind, Opcode, Type, Value};
use wasm_encoder::BlockType;

use super::emitter::Emitter;
use crate::types::val_type;

/// Whether the host fuses multiply-add, where code is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fused {
    Yes,
    No,
    /// To be asked when the module runs.
    Unknown,
}

fn is_fma(op: Opcode) -> bool {
    use Opcode as O;
    matches!(
        op,
        O::F32Fma
            | O::F64Fma
            | O::F32x4Fma
            | O::F64x2Fma
            | O::F32FmaFlush
            | O::F64FmaFlush
            | O::F32x4FmaFlush
            | O::F64x2FmaFlush
    )
}

impl Emitter<'_> {
    /// Whether there are multiply-adds whose code depends on the host; and if, whether the function is to exist twice.
    pub fn multiply_adds(&self) -> Option<bool> {
        let function = self.function;
        let has = |b: u32| {
            let insts = &function.blocks[b as usize].insts;
            insts.iter().any(|i| match function.insts[i.index()].kind {
                InstKind::Op { op, .. } => is_fma(op),
                InstKind::Call(_) => false,
            })
        };
        let blocks = &self.plan.blocks;
        if !self.context.features.relaxed_simd || !blocks.iter().any(|b| has(*b)) {
            return None;
        }
        let tight = self.tight_loops();
        let loops = || blocks.iter().filter(|b| tight[**b as usize]);
        Some(loops().next().is_none() || loops().any(|b| has(*b)))
    }

    /// A multiply-add.
    pub fn fma(&mut self, op: Opcode, args: [Value; 3]) {
        use Opcode as O;
        match self.fused {
            Fused::Yes => {
                self.relaxed_fma(op, args);
                match op {
                    O::F32Fma => drop(self.sink().f32x4_extract_lane(0)),
                    O::F64Fma => drop(self.sink().f64x2_extract_lane(0)),
                    _ => {}
                }
            }
            Fused::No if matches!(op, O::F32Fma | O::F64Fma) => {
                args.iter().for_each(|a| self.push(*a));
                self.soft(op);
            }
            Fused::No | Fused::Unknown => {
                let locals = self.spread(args);
                self.fma_locals(op, locals);
            }
        }
    }

    /// The same of locals.
    pub fn fma_locals(&mut self, op: Opcode, locals: [u32; 3]) {
        match self.fused {
            Fused::Yes => self.relaxed_fma_locals(op, locals),
            Fused::No => self.soft_fma(op, locals),
            Fused::Unknown => {
                let ty = match op {
                    Opcode::F32Fma => Type::F32,
                    Opcode::F64Fma => Type::F64,
                    _ => Type::V128,
                };
                let fused = self.context.fused;
                let result = BlockType::Result(val_type(ty));
                self.sink().global_get(fused).if_(result);
                self.relaxed_fma_locals(op, locals);
                self.sink().else_();
                self.soft_fma(op, locals);
                self.sink().end();
            }
        }
    }

    fn relaxed_fma_locals(&mut self, op: Opcode, locals: [u32; 3]) {
        use Opcode as O;
        for local in locals {
            self.sink().local_get(local);
            match op {
                O::F32Fma => drop(self.sink().f32x4_splat()),
                O::F64Fma => drop(self.sink().f64x2_splat()),
                _ => {}
            }
        }
        match op {
            O::F32Fma => self.sink().f32x4_relaxed_madd().f32x4_extract_lane(0),
            O::F64Fma => self.sink().f64x2_relaxed_madd().f64x2_extract_lane(0),
            O::F32x4Fma => self.sink().f32x4_relaxed_madd(),
            _ => self.sink().f64x2_relaxed_madd(),
        };
    }

    /// Leaves a vector, of which only the lowest lane counts if the operation is scalar.
    fn relaxed_fma(&mut self, op: Opcode, args: [Value; 3]) {
        use Opcode as O;
        let negated = match op {
            O::F32Fma => O::F32Neg,
            O::F64Fma => O::F64Neg,
            O::F32x4Fma => O::F32x4Neg,
            _ => O::F64x2Neg,
        };
        let (factor, negate) = match self.tree(args[0]) {
            Some((inner, [value, ..], ..)) if inner == negated => (value, true),
            _ => (args[0], false),
        };
        for value in [factor, args[1], args[2]] {
            match (op, self.tree(value)) {
                // What a scalar operation leaves in a vector need not go through a scalar.
                (O::F32Fma | O::F64Fma, Some((inner, args, ..))) if inner == op => {
                    self.relaxed_fma(op, args);
                }
                _ => {
                    self.push(value);
                    match op {
                        O::F32Fma => drop(self.sink().f32x4_splat()),
                        O::F64Fma => drop(self.sink().f64x2_splat()),
                        _ => {}
                    }
                }
            }
        }
        let mut sink = self.sink();
        match (op, negate) {
            (O::F32Fma | O::F32x4Fma, false) => sink.f32x4_relaxed_madd(),
            (O::F32Fma | O::F32x4Fma, true) => sink.f32x4_relaxed_nmadd(),
            (_, false) => sink.f64x2_relaxed_madd(),
            (_, true) => sink.f64x2_relaxed_nmadd(),
        };
    }

    /// The same without relaxed SIMD: lane by lane by the kernel's routine.
    fn soft_fma(&mut self, op: Opcode, temps: [u32; 3]) {
        use Opcode as O;
        match op {
            O::F32x4Fma => {
                for lane in 0..4 {
                    for temp in temps {
                        self.sink().local_get(temp).f32x4_extract_lane(lane);
                    }
                    self.soft(O::F32Fma);
                    match lane {
                        0 => self.sink().f32x4_splat(),
                        _ => self.sink().f32x4_replace_lane(lane),
                    };
                }
            }
            O::F64x2Fma => {
                for lane in 0..2 {
                    for temp in temps {
                        self.sink().local_get(temp).f64x2_extract_lane(lane);
                    }
                    self.soft(O::F64Fma);
                    match lane {
                        0 => self.sink().f64x2_splat(),
                        _ => self.sink().f64x2_replace_lane(lane),
                    };
                }
            }
            _ => {
                for temp in temps {
                    self.sink().local_get(temp);
                }
                self.soft(op);
            }
        }
    }
}
