//! Running functions on concrete arguments, for tests: what a function means, before and after a pass.
//!
//! Arithmetic makes A64's default NaN. Guest memory is a flat array from address 0; an access outside it ends the run like a fault. Direct calls run the callee; calls
//! of the kernel and by address do not exist here.

use alloc::{vec, vec::Vec};
use core::fmt;

use crate::{
    Call, Callee, Const, Edge, Effect, FaultKind, Frame, FuncId, Function, InstKind, Opcode, Reg,
    Slot, Terminator, Type, Value, eval,
};

/// Memory and state that functions run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Guest memory.
    pub memory: Vec<u8>,
    /// `CpuState`.
    pub state: Vec<u8>,
    /// How many more instructions and terminators may run.
    pub fuel: u64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// By a return.
    Return(Vec<Const>),
    /// By unwinding to a guest address.
    Leave {
        /// Where to go on.
        pc: u64,
        /// What the frames report, innermost first.
        frames: Vec<Left>,
    },
    /// By a fault.
    Fault(FaultKind, u64, u64),
    /// An access outside memory, at this address.
    BadAccess(u64),
}

/// What a frame reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Registers with their values.
    pub live: Vec<(Reg, Const)>,
    /// Elided slots: register and address.
    pub slots: Vec<(Reg, u64)>,
}

/// Why a run could not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunError {
    /// Out of fuel.
    Fuel,
    /// The function or its arguments are malformed; `verify` says more.
    Malformed,
    /// Something that only a whole program has.
    Unsupported,
    /// [`Terminator::Unreachable`] was reached.
    Unreachable,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RunError::Fuel => "out of fuel",
            RunError::Malformed => "malformed function or arguments",
            RunError::Unsupported => "the interpreter of single functions does not support this",
            RunError::Unreachable => "`unreachable` was reached",
        })
    }
}

impl core::error::Error for RunError {}

/// The result with A64's default NaN for those that arithmetic makes: which they are on this machine, and whether they have been settled (`F32DefaultNan` and its like), is then no difference.
fn settled(op: Opcode, result: Const) -> Const {
    const ARITHMETIC: [&str; 8] = ["add", "sub", "mul", "div", "sqrt", "fma", "min", "max"];
    let (shape, verb) = op.name().split_once('_').unwrap_or_default();
    let settle = match shape {
        "f32" => Opcode::F32DefaultNan,
        "f64" => Opcode::F64DefaultNan,
        "f32x4" => Opcode::F32x4DefaultNan,
        "f64x2" => Opcode::F64x2DefaultNan,
        _ => return result,
    };
    if !ARITHMETIC.contains(&verb.trim_end_matches("_flush")) {
        return result;
    }
    eval::fold(settle, &[result], 0).unwrap_or(result)
}

impl Machine {
    /// Zeroed memory and state of these sizes, and fuel for a million steps.
    pub fn new(memory: usize, state: usize) -> Machine {
        Machine {
            memory: vec![0; memory],
            state: vec![0; state],
            fuel: 1_000_000,
        }
    }

    /// Runs function `id` of `module`.
    pub fn run(
        &mut self,
        module: &[Function],
        id: FuncId,
        args: &[Const],
    ) -> Result<Outcome, RunError> {
        let f = module.get(id.index()).ok_or(RunError::Malformed)?;
        let mut frame = Activation {
            f,
            values: vec![None; f.values.len()],
        };
        frame.bind(f.params(), args.iter().copied())?;
        let mut block = f.blocks.first().ok_or(RunError::Malformed)?;
        loop {
            for &inst in &block.insts {
                self.burn()?;
                let data = &f.insts[inst.index()];
                match &data.kind {
                    InstKind::Op { op, args, imm } => {
                        let args = args[..op.args().len()]
                            .iter()
                            .map(|&v| frame.get(v))
                            .collect::<Result<Vec<_>, _>>()?;
                        let result = match self.operation(*op, &args, *imm) {
                            Ok(result) => result,
                            Err(Stop::Error(error)) => return Err(error),
                            Err(Stop::BadAccess(addr)) => return Ok(Outcome::BadAccess(addr)),
                        };
                        if let Some(result) = result {
                            frame.values[data.results.first.index()] = Some(result);
                        }
                    }
                    InstKind::Call(call) => match self.call(module, &frame, call)? {
                        Ok(results) => {
                            let targets: Vec<_> = data.results.iter().collect();
                            frame.bind(&targets, results.into_iter())?;
                        }
                        Err(outcome) => return Ok(outcome),
                    },
                }
            }
            self.burn()?;
            let edge = match &block.term {
                Terminator::Jump(edge) => edge,
                Terminator::Branch {
                    cond,
                    then,
                    otherwise,
                } => {
                    if frame.number(*cond)? != 0 {
                        then
                    } else {
                        otherwise
                    }
                }
                Terminator::Switch {
                    index,
                    targets,
                    default,
                } => targets
                    .get(frame.number(*index)? as usize)
                    .unwrap_or(default),
                Terminator::Return(values) => {
                    return Ok(Outcome::Return(
                        values
                            .iter()
                            .map(|&v| frame.get(v))
                            .collect::<Result<_, _>>()?,
                    ));
                }
                Terminator::TailCall {
                    callee: Callee::Function(id),
                    args,
                } => {
                    let args = args
                        .iter()
                        .map(|&v| frame.get(v))
                        .collect::<Result<Vec<_>, _>>()?;
                    return self.run(module, *id, &args);
                }
                Terminator::TailCall { .. } => return Err(RunError::Unsupported),
                Terminator::Leave { pc, frame: report } => {
                    return Ok(Outcome::Leave {
                        pc: frame.number(*pc)?,
                        frames: frame.left(report)?,
                    });
                }
                Terminator::Fault { kind, pc, info } => {
                    return Ok(Outcome::Fault(*kind, *pc, frame.number(*info)?));
                }
                Terminator::Unreachable => return Err(RunError::Unreachable),
            };
            block = frame.follow(edge)?;
        }
    }

    fn burn(&mut self) -> Result<(), RunError> {
        self.fuel = self.fuel.checked_sub(1).ok_or(RunError::Fuel)?;
        Ok(())
    }

    /// The callee's results without the status, or how it ended otherwise.
    fn call(
        &mut self,
        module: &[Function],
        frame: &Activation<'_>,
        call: &Call,
    ) -> Result<Result<Vec<Const>, Outcome>, RunError> {
        let Callee::Function(id) = call.callee else {
            return Err(RunError::Unsupported);
        };
        let args = call
            .args
            .iter()
            .map(|&v| frame.get(v))
            .collect::<Result<Vec<_>, _>>()?;
        match self.run(module, id, &args)? {
            Outcome::Return(mut results) => {
                if call.expect.is_some() {
                    if results.is_empty() {
                        return Err(RunError::Malformed);
                    }
                    // Functions unwind by other outcomes.
                    if results.remove(0).bits != 0 {
                        return Err(RunError::Malformed);
                    }
                }
                Ok(Ok(results))
            }
            Outcome::Leave { pc, mut frames } => {
                if let Some(report) = &call.frame {
                    frames.extend(frame.left(report)?);
                }
                Ok(Err(Outcome::Leave { pc, frames }))
            }
            other => Ok(Err(other)),
        }
    }

    fn operation(&mut self, op: Opcode, args: &[Const], imm: u128) -> Result<Option<Const>, Stop> {
        if op.is_pure() {
            let result = eval::fold(op, args, imm).ok_or(Stop::Error(RunError::Malformed))?;
            return Ok(Some(settled(op, result)));
        }
        let size = op.access_size() as usize;
        let guest = matches!(op.effect(), Effect::Load | Effect::Store);
        let bytes = if guest {
            // The address is the first i64 argument; guest addresses wrap at 4 GiB.
            let addr = args
                .iter()
                .find(|arg| arg.ty == Type::I64)
                .ok_or(Stop::Error(RunError::Malformed))?;
            let addr = u64::from((addr.bits as u64).wrapping_add(imm as u64) as u32);
            self.memory
                .get_mut(addr as usize..)
                .and_then(|rest| rest.get_mut(..size))
                .ok_or(Stop::BadAccess(addr))?
        } else {
            self.state
                .get_mut(imm as usize..)
                .and_then(|rest| rest.get_mut(..size))
                .ok_or(Stop::Error(RunError::Malformed))?
        };
        let Some(ty) = op.result() else {
            let conditional = op.args().len() == 3;
            let value = args.last().ok_or(Stop::Error(RunError::Malformed))?;
            if !conditional || args[0].bits != 0 {
                bytes.copy_from_slice(&value.bits.to_le_bytes()[..size]);
            }
            return Ok(None);
        };
        let mut wide = [0; 16];
        wide[..size].copy_from_slice(bytes);
        let bits = u128::from_le_bytes(wide);
        let signed = op.name().ends_with("_s");
        let shift = 128 - 8 * size as u32;
        let bits = if signed {
            ((bits << shift) as i128 >> shift) as u128
        } else {
            bits
        };
        Ok(Some(Const {
            ty,
            bits: bits & (u128::MAX >> (128 - ty.bits())),
        }))
    }
}

enum Stop {
    Error(RunError),
    BadAccess(u64),
}

struct Activation<'a> {
    f: &'a Function,
    values: Vec<Option<Const>>,
}

impl<'a> Activation<'a> {
    fn get(&self, value: Value) -> Result<Const, RunError> {
        self.values
            .get(value.index())
            .copied()
            .flatten()
            .ok_or(RunError::Malformed)
    }

    fn number(&self, value: Value) -> Result<u64, RunError> {
        self.get(value).map(|c| c.bits as u64)
    }

    /// What a frame and those around it report, innermost first.
    fn left(&self, frame: &Frame) -> Result<Vec<Left>, RunError> {
        let live = |&(reg, v): &(Reg, Value)| Ok((reg, self.get(v)?));
        let slot = |slot: &Slot| {
            let base = self.number(slot.base)?;
            Ok((slot.reg, base.wrapping_add_signed(slot.offset.into())))
        };
        let left = |frame: &Frame| {
            Ok(Left {
                live: frame.live.iter().map(live).collect::<Result<_, _>>()?,
                slots: frame.slots.iter().map(slot).collect::<Result<_, _>>()?,
            })
        };
        frame.chain().map(left).collect()
    }

    fn bind(
        &mut self,
        targets: &[Value],
        values: impl ExactSizeIterator<Item = Const>,
    ) -> Result<(), RunError> {
        if targets.len() != values.len() {
            return Err(RunError::Malformed);
        }
        for (&target, value) in targets.iter().zip(values) {
            if self.f.ty(target) != value.ty {
                return Err(RunError::Malformed);
            }
            self.values[target.index()] = Some(value);
        }
        Ok(())
    }

    fn follow(&mut self, edge: &Edge) -> Result<&'a crate::BlockData, RunError> {
        let block = self
            .f
            .blocks
            .get(edge.block.index())
            .ok_or(RunError::Malformed)?;
        let args = edge
            .args
            .iter()
            .map(|&v| self.get(v))
            .collect::<Result<Vec<_>, _>>()?;
        self.bind(&block.params, args.into_iter())?;
        Ok(block)
    }
}
