//! What every function must satisfy between passes.

use alloc::{format, string::String, vec, vec::Vec};
use core::fmt;

use crate::{
    Block, Call, Callee, Cfg, Edge, Frame, Function, InstKind, KernelFn, Terminator, Type, Value,
    ValueDef,
};

/// Why a function is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The function's name.
    pub function: String,
    /// What is wrong, and where.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "function %{}: {}", self.function, self.message)
    }
}

impl core::error::Error for VerifyError {}

/// Checks that values are defined once and before each use (in unreachable blocks: at all), that types fit rows, edges and results, that
/// immediates are in range, and that calls and exits carry what the state contract demands.
pub fn verify(f: &Function) -> Result<(), VerifyError> {
    let result = Verifier {
        f,
        place: vec![None; f.values.len()],
    }
    .run();
    result.map_err(|message| VerifyError {
        function: f.name.clone(),
        message,
    })
}

/// Where a value is defined: block, and 0 for parameters or 1 + the instruction's position.
type Place = (Block, usize);

struct Verifier<'a> {
    f: &'a Function,
    place: Vec<Option<Place>>,
}

type Check = Result<(), String>;

impl Verifier<'_> {
    fn run(mut self) -> Check {
        if self.f.blocks.is_empty() {
            return Err("no entry block".into());
        }
        if !self.f.plain && self.f.results.first() != Some(&Type::I32) {
            return Err(
                "the first result of a function that is not plain is the i32 next PC".into(),
            );
        }
        self.definitions()?;
        for data in &self.f.blocks {
            if let Some(edge) = data
                .term
                .edges()
                .find(|edge| edge.block.index() >= self.f.blocks.len())
            {
                return Err(format!("edge to {}, which does not exist", edge.block));
            }
        }
        let cfg = Cfg::new(self.f);
        for index in 0..self.f.blocks.len() {
            self.block(&cfg, Block(index as u32))?;
        }
        Ok(())
    }

    fn definitions(&mut self) -> Check {
        for (index, data) in self.f.blocks.iter().enumerate() {
            let block = Block(index as u32);
            for (number, &param) in data.params.iter().enumerate() {
                self.define(param, ValueDef::Param(block, number as u32), (block, 0))?;
            }
            for (position, &inst) in data.insts.iter().enumerate() {
                let Some(inst_data) = self.f.insts.get(inst.index()) else {
                    return Err(format!("{block}: {inst} does not exist"));
                };
                for (number, result) in inst_data.results.iter().enumerate() {
                    self.define(
                        result,
                        ValueDef::Inst(inst, number as u32),
                        (block, position + 1),
                    )?;
                }
            }
        }
        Ok(())
    }

    fn define(&mut self, value: Value, def: ValueDef, place: Place) -> Check {
        let Some(data) = self.f.values.get(value.index()) else {
            return Err(format!(
                "{}: defines {value}, which does not exist",
                place.0
            ));
        };
        if self.place[value.index()].replace(place).is_some() {
            return Err(format!("{value} is defined twice"));
        }
        if data.def != def {
            return Err(format!(
                "{value} is defined by {def:?} but says {:?}",
                data.def
            ));
        }
        Ok(())
    }

    fn block(&self, cfg: &Cfg, block: Block) -> Check {
        let data = &self.f.blocks[block.index()];
        for (position, &inst) in data.insts.iter().enumerate() {
            let inst_data = &self.f.insts[inst.index()];
            let mut uses = Ok(());
            inst_data.kind.visit(|value| {
                if uses.is_ok() {
                    uses = self.available(cfg, value, (block, position));
                }
            });
            uses.and_then(|()| {
                self.inst(
                    &inst_data.kind,
                    inst_data.results.iter().map(|v| self.f.ty(v)),
                )
            })
            .map_err(|message| {
                format!(
                    "{block}, instruction {position} ({}): {message}",
                    Short(&inst_data.kind)
                )
            })?;
        }
        let mut uses = Ok(());
        data.term.visit(|value| {
            if uses.is_ok() {
                uses = self.available(cfg, value, (block, data.insts.len()));
            }
        });
        uses.and_then(|()| self.terminator(&data.term))
            .map_err(|message| format!("{block}, terminator: {message}"))
    }

    fn available(&self, cfg: &Cfg, value: Value, (block, position): Place) -> Check {
        let Some(Some((def_block, def_position))) = self.place.get(value.index()).copied() else {
            return Err(format!("{value} is used but not defined"));
        };
        let fine = if def_block == block {
            def_position <= position
        } else {
            !cfg.is_reachable(block)
                || (cfg.is_reachable(def_block) && cfg.dominates(def_block, block))
        };
        if fine {
            Ok(())
        } else {
            Err(format!(
                "{value} is used where its definition in {def_block} does not reach"
            ))
        }
    }

    fn inst(&self, kind: &InstKind, mut results: impl Iterator<Item = Type>) -> Check {
        match kind {
            InstKind::Op { op, args, imm } => {
                for (&arg, &ty) in args.iter().zip(op.args()) {
                    self.typed(arg, ty)?;
                }
                if !op.imm().admits(*imm) {
                    return Err(format!("immediate {imm:#x} is out of range"));
                }
                if results.next() != op.result() || results.next().is_some() {
                    return Err("wrong results".into());
                }
                Ok(())
            }
            InstKind::Call(call) => self.call(call, results.collect()),
        }
    }

    fn call(&self, call: &Call, results: Vec<Type>) -> Check {
        self.callee(call.callee, &call.args)?;
        let wanted: &[Type] = match call.callee {
            Callee::Function(_) => &results,
            Callee::Kernel(KernelFn::Syscall | KernelFn::Counter | KernelFn::Random) => {
                &[Type::I64]
            }
            Callee::Kernel(KernelFn::Resumed) => {
                let regs = &call.result_regs;
                if !regs.is_sorted_by(|a, b| a < b) || regs.iter().any(|r| r.0 > 31) {
                    return Err("resumed registers are x0 to sp, in order, each once".into());
                }
                &vec![Type::I64; regs.len()]
            }
            // In tail position the PC is a result too.
            Callee::Indirect(_) if call.expect.is_none() => &[Type::I32, Type::I64, Type::I64],
            Callee::Indirect(_) => &[Type::I64, Type::I64],
        };
        if results != wanted {
            return Err(format!("results {results:?} instead of {wanted:?}"));
        }
        if call.expect.is_some() && call.frame.is_none() {
            return Err("a call that may unwind has a frame".into());
        }
        let guest = !matches!(call.callee, Callee::Kernel(_));
        if guest && call.expect.is_some() && call.result_regs.len() != results.len() {
            return Err("each result is of a register".into());
        }
        call.frame
            .as_ref()
            .map_or(Ok(()), |frame| self.frames(frame))
    }

    fn callee(&self, callee: Callee, args: &[Value]) -> Check {
        let all_i64 = |count: usize| {
            if args.len() != count {
                return Err(format!("{} arguments instead of {count}", args.len()));
            }
            args.iter().try_for_each(|&arg| self.typed(arg, Type::I64))
        };
        match callee {
            Callee::Function(_) => Ok(()),
            Callee::Indirect(target) => self.typed(target, Type::I64).and_then(|()| all_i64(12)),
            Callee::Kernel(KernelFn::Syscall) => all_i64(7),
            Callee::Kernel(KernelFn::Counter | KernelFn::Random | KernelFn::Resumed) => all_i64(0),
        }
    }

    fn frames(&self, innermost: &Frame) -> Check {
        innermost.chain().try_for_each(|frame| self.frame(frame))
    }

    fn frame(&self, frame: &Frame) -> Check {
        if !frame.live.is_sorted_by(|a, b| a.0 < b.0) {
            return Err("a frame's registers are in order, each once".into());
        }
        for &(reg, value) in &frame.live {
            let ty = self.f.ty(value);
            let fits = match reg.0 {
                0..=31 => ty == Type::I64,
                32 => ty == Type::I32,
                64..=95 => matches!(ty, Type::F32 | Type::F64 | Type::V128),
                _ => false,
            };
            if !fits {
                return Err(format!("{value} of type {ty} cannot be {reg:?}"));
            }
        }
        frame
            .slots
            .iter()
            .try_for_each(|slot| self.typed(slot.base, Type::I64))
    }

    fn terminator(&self, term: &Terminator) -> Check {
        term.edges().try_for_each(|edge| self.edge(edge))?;
        match term {
            Terminator::Jump(_) | Terminator::Unreachable => Ok(()),
            Terminator::Branch { cond: value, .. } | Terminator::Switch { index: value, .. } => {
                self.typed(*value, Type::I32)
            }
            Terminator::Return(values) => {
                if values.len() != self.f.results.len() {
                    return Err(format!(
                        "{} results instead of {}",
                        values.len(),
                        self.f.results.len()
                    ));
                }
                values
                    .iter()
                    .zip(&self.f.results)
                    .try_for_each(|(&value, &ty)| self.typed(value, ty))
            }
            Terminator::TailCall { callee, args } => match callee {
                Callee::Kernel(_) => Err("the kernel is not called by a tail call".into()),
                _ => self.callee(*callee, args),
            },
            Terminator::Leave { .. } if self.f.plain => {
                Err("a plain function does not unwind".into())
            }
            Terminator::Leave { pc, frame } => {
                self.typed(*pc, Type::I64).and_then(|()| self.frames(frame))
            }
            Terminator::Fault { info, .. } => self.typed(*info, Type::I64),
        }
    }

    fn edge(&self, edge: &Edge) -> Check {
        let params = &self.f.blocks[edge.block.index()].params;
        if edge.args.len() != params.len() {
            return Err(format!(
                "{} arguments for the {} parameters of {}",
                edge.args.len(),
                params.len(),
                edge.block
            ));
        }
        edge.args
            .iter()
            .zip(params)
            .try_for_each(|(&arg, &param)| self.typed(arg, self.f.ty(param)))
    }

    fn typed(&self, value: Value, ty: Type) -> Check {
        match self.f.ty(value) {
            found if found == ty => Ok(()),
            found => Err(format!("{value} is {found} instead of {ty}")),
        }
    }
}

struct Short<'a>(&'a InstKind);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            InstKind::Op { op, .. } => op.fmt(f),
            InstKind::Call(_) => f.write_str("call"),
        }
    }
}
