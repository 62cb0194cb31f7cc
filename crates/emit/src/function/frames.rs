//! Reporting frames when they are thrown away (ARCHITECTURE.md, "Unwinding").
//!
//! What a report consists of is a descriptor, which is data, and the values, which go to the cells of the scratch buffer. A descriptor here has two parts: the results of the callee, if it
//! returned to a place where it was not expected, then the frame. In the usual case all values are pushed as `i64` and `spill n` stores and reports them, so that a call
//! site costs two bytes for each value and few more. Frames with whole vectors store their values one by one.

use elfconv_ir::{Frame, Reg, Type, Value};

use super::emitter::Emitter;
use crate::{
    context::{CELLS, Support},
    state::store,
    thunks::{NO_RESULTS, type_code},
};

/// Where the PC comes from that a report stores as `State.pc`.
#[derive(Clone, Copy)]
pub(crate) enum Pc {
    /// It has been stored.
    Stored,
    /// This address.
    Constant(u32),
    /// A call's result: 0 if the callee has unwound, and then its results are none.
    Local(u32),
}

/// The two parts of a descriptor and the values they speak of.
struct Report {
    descriptor: Vec<u8>,
    results: Vec<Value>,
    frame: Vec<Value>,
}

impl Emitter<'_> {
    fn frame_part(&self, frame: &Frame, out: &mut Vec<u8>) -> Vec<Value> {
        let mut values: Vec<Value> = frame.live.iter().map(|(_, v)| self.resolve(*v)).collect();
        out.extend([frame.live.len() as u8, frame.slots.len() as u8]);
        for (reg, value) in &frame.live {
            out.extend([reg.0, type_code(self.ty(self.resolve(*value)))]);
        }
        for slot in &frame.slots {
            let base = self.resolve(slot.base);
            let index = values.iter().position(|v| *v == base).unwrap_or_else(|| {
                values.push(base);
                values.len() - 1
            });
            out.extend([slot.reg.0, index as u8]);
            out.extend(slot.offset.to_le_bytes());
        }
        values
    }

    fn describe(&self, results: &[(Reg, Value)], frame: Option<&Frame>) -> Report {
        let mut descriptor = Vec::new();
        if results.is_empty() {
            descriptor.extend(NO_RESULTS);
        } else {
            descriptor.extend([results.len() as u8, 0]);
            for (reg, value) in results {
                descriptor.extend([reg.0, type_code(self.ty(*value))]);
            }
        }
        let frame = match frame {
            Some(frame) => self.frame_part(frame, &mut descriptor),
            None => {
                descriptor.extend(NO_RESULTS);
                Vec::new()
            }
        };
        Report {
            descriptor,
            results: results.iter().map(|r| r.1).collect(),
            frame,
        }
    }

    /// Reports the callee's results (unless `pc` says that it has none) and this frame. Call sites' cold path, and `Leave`.
    pub fn report(&mut self, results: &[(Reg, Value)], frame: Option<&Frame>, pc: Pc) {
        if frame.is_some_and(|f| f.live.len().max(f.slots.len()) > 255) || results.len() > CELLS {
            return self.fail();
        }
        let report = self.describe(results, frame);
        let mut values = report.results.clone();
        values.extend_from_slice(&report.frame);
        if values.len() > CELLS {
            if results.is_empty() {
                return self.fail();
            }
            // They do not fit together: one after the other.
            self.report(results, None, pc);
            return self.report(&[], frame, Pc::Stored);
        }
        if values.iter().any(|v| self.ty(*v) == Type::V128) {
            for (i, value) in values.iter().enumerate() {
                self.sink().i32_const(0);
                self.push(*value);
                let (ty, cell) = (self.ty(*value), self.context.cell(i));
                store(&mut self.sink(), ty, cell);
            }
            self.push_pc(pc);
            self.push_descriptor(report.descriptor);
            let function = self.context.support(Support::Report);
            self.sink().call(function);
            return;
        }
        for value in &values {
            self.push_as_i64(*value);
        }
        self.push_pc(pc);
        self.push_descriptor(report.descriptor);
        self.note_spill(values.len());
        let function = self.context.spill(values.len());
        self.sink().call(function);
    }

    fn push_pc(&mut self, pc: Pc) {
        match pc {
            Pc::Stored => drop(self.sink().i32_const(0)),
            Pc::Constant(pc) => drop(self.sink().i32_const(pc as i32)),
            Pc::Local(local) => self.get(local),
        }
    }

    fn push_as_i64(&mut self, value: Value) {
        self.push(value);
        match self.ty(value) {
            Type::I32 => drop(self.sink().i64_extend_i32_u()),
            Type::F32 => drop(self.sink().i32_reinterpret_f32().i64_extend_i32_u()),
            Type::F64 => drop(self.sink().i64_reinterpret_f64()),
            Type::I64 | Type::V128 => {}
        }
    }
}
