//! Calls, and the ways out of a function.
//!
//! A function that may unwind returns a status first: 0 if it returned to its link register, 1 if it has unwound. After a call, and after a system call that
//! asks for suspension, a branch leads to the report of this frame ([`super::frames`]), and then to the exit, one for each function, which returns status 1.

use elfconv_ir::{Call, Callee, FuncId, Inst, KernelFn, Reg, Results, Type, Value};

use super::emitter::Emitter;
use crate::{
    FunctionInfo,
    context::{CELLS, signature, uniform_signature},
    state::{self, absolute},
};

impl Emitter<'_> {
    /// A call, with what follows it. Its results end up in their locals.
    pub fn call(&mut self, inst: Inst, call: &Call) {
        let data = &self.function.insts[inst.index()];
        call.args.iter().for_each(|a| self.push(*a));
        match call.callee {
            Callee::Function(id) => {
                self.mark(data.addr);
                let index = self.context.guest + id.0;
                self.sink().call(index);
            }
            Callee::Indirect(target) => {
                self.push_slot(target);
                self.mark(data.addr);
                let ty = self.context.uniform_type;
                self.sink().call_indirect(0, ty);
            }
            Callee::Kernel(function) => {
                return self.kernel_call(inst, function, &call.result_regs);
            }
        }
        self.set_results(data.results);
        if call.expect.is_some() {
            self.report_if(inst);
        }
    }

    /// Pops a call's results.
    fn set_results(&mut self, results: Results) {
        for i in (results.first.0..results.first.0 + results.len).rev() {
            match self.local(Value(i)) {
                Some(local) => self.set(local),
                None => drop(self.sink().drop()),
            }
        }
    }

    fn kernel_call(&mut self, inst: Inst, function: KernelFn, regs: &[Reg]) {
        let data = &self.function.insts[inst.index()];
        let index = match function {
            KernelFn::Resumed => {
                let mask = regs.iter().fold(0, |all, r| all | 1u32 << (r.0 & 31));
                let refill = self.context.refill(regs.len());
                self.note_refill(regs.len());
                self.sink().i32_const(mask as i32);
                Some(refill)
            }
            KernelFn::Syscall => Some(self.context.syscall),
            KernelFn::Counter => self.context.counter,
            KernelFn::Random => self.context.random,
        };
        self.mark(data.addr);
        match index {
            Some(index) => drop(self.sink().call(index)),
            None => {
                self.fail();
                self.sink().unreachable();
            }
        }
        self.set_results(data.results);
        if !self.plan.reports.after(inst).is_empty() {
            let suspend = self.context.state + state::SUSPEND;
            self.sink().i32_const(0).i32_load(absolute(suspend));
            self.report_if(inst);
        }
    }

    /// Pushes the table slot of the uniform thunk for a guest address, and hands the address to `unknown`.
    ///
    /// Rotating the offset into the code by two bits makes what is misaligned or outside a large number; the word behind the dense table is 0, which is `unknown`.
    fn push_slot(&mut self, target: Value) {
        let cell = self.context.cell(CELLS);
        let local = match self.local(target) {
            Some(local) => local,
            None => {
                let temp = self.temp(Type::I64, 0);
                self.push(target);
                self.set(temp);
                temp
            }
        };
        let index = self.temp(Type::I32, 0);
        let (dense, words) = self.context.dense;
        let (lo, slots) = (
            self.context.code_lo as i32,
            self.context.uniform_slots as i32,
        );
        let words = words as i32;
        self.sink().i32_const(0);
        self.get(local);
        let mut sink = self.sink();
        sink.i64_store(absolute(cell));
        sink.local_get(local)
            .i32_wrap_i64()
            .i32_const(lo)
            .i32_sub()
            .i32_const(2)
            .i32_rotr();
        sink.local_tee(index).i32_const(words);
        sink.local_get(index).i32_const(words).i32_lt_u().select();
        sink.i32_const(2)
            .i32_shl()
            .i32_load(state::memory(dense, 2));
        sink.i32_const(slots).i32_add();
    }

    /// A tail call. Its results are this function's: if the types are the same it is one; else it is a call, and results are matched by their registers.
    pub fn tail_call(&mut self, callee: Callee, args: &[Value]) {
        args.iter().for_each(|a| self.push(*a));
        let uniform = uniform_info();
        let (theirs, is_indirect) = match callee {
            Callee::Function(FuncId(id)) => match self.context.functions.get(id as usize) {
                Some(info) => (info, false),
                None => return self.fail(),
            },
            Callee::Indirect(target) => {
                self.push_slot(target);
                (&uniform, true)
            }
            Callee::Kernel(_) => return self.fail(),
        };
        let (index, ty) = match callee {
            Callee::Function(id) => (self.context.guest + id.0, 0),
            _ => (0, self.context.uniform_type),
        };
        let same = theirs.plain == self.info.plain && theirs.results == self.info.results;
        match (same, is_indirect) {
            (true, true) => drop(self.sink().return_call_indirect(0, ty)),
            (true, false) => drop(self.sink().return_call(index)),
            (false, true) => drop(self.sink().call_indirect(0, ty)),
            (false, false) => drop(self.sink().call(index)),
        }
        if !same {
            self.convert_results(theirs);
        }
    }

    /// Makes this function's results of another's. Vector results that an indirect callee leaves in the state are loaded from there. Anything else that the callee
    /// does not return is a value that only the caller of this has, so there must be none.
    fn convert_results(&mut self, theirs: &FunctionInfo) {
        let types = signature(theirs).1;
        let mut used = [0; 5];
        let temps: Vec<u32> = types
            .iter()
            .map(|ty| {
                let n = used[*ty as usize];
                used[*ty as usize] += 1;
                self.temp(*ty, n)
            })
            .collect();
        for temp in temps.iter().rev() {
            self.set(*temp);
        }
        let first = usize::from(!theirs.plain);
        let info = self.info;
        if !info.plain {
            match theirs.plain {
                true => drop(self.sink().i32_const(0)),
                false => self.get(temps[0]),
            }
        }
        for (reg, ty) in &info.results {
            match theirs.results.iter().position(|r| r == &(*reg, *ty)) {
                Some(i) => self.get(temps[first + i]),
                None if (64..72).contains(&reg.0) => {
                    let at = self.context.state + state::register(*reg);
                    self.sink().i32_const(0);
                    state::load(&mut self.sink(), *ty, at);
                }
                None => return self.fail(),
            }
        }
        self.sink().return_();
    }
}

/// The uniform signature as a function's.
fn uniform_info() -> FunctionInfo {
    FunctionInfo {
        name: String::new(),
        addr: 0,
        params: Vec::new(),
        in_state: Vec::new(),
        results: [0, 1]
            .into_iter()
            .zip(uniform_signature().1.into_iter().skip(1))
            .map(|(r, ty)| (elfconv_ir::Reg::x(r), ty))
            .collect(),
        plain: false,
        computes: false,
        uniform: true,
        resumes: Vec::new(),
    }
}
