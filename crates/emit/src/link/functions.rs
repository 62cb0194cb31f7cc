//! The functions of the module, in the order of their index space.

use std::collections::BTreeMap;

use elfconv_ir::{Type, eval::sbox};

use super::{Linker, Output};
use crate::{
    Body,
    body::Descriptors,
    context::{CELLS, REFILLS, SUPPORT, Spill, Support, signature, uniform_signature},
    thunks,
};

impl Linker<'_> {
    pub(super) fn kernel_functions(&self, output: &mut Output) {
        for (ty, body) in self.kernel.functions.iter().zip(&self.kernel.bodies) {
            output.add(*ty, body);
        }
    }

    pub(super) fn support_functions(
        &mut self,
        output: &mut Output,
        bodies: &[Option<Body>],
        descriptors: &mut Descriptors,
    ) {
        if !self.module.functions.is_empty() {
            let bodies = bodies.iter().flatten();
            let unknown = self.contexts.iter();
            let unknown = unknown.fold(0, |all, c| all | 1 << thunks::unknown_spills(c));
            self.spills = bodies.fold([unknown, 0], |all, b| {
                [all[0] | b.spills[0], all[1] | b.spills[1]]
            });
        }
        let unused = [0, 0, 0x0b];
        for spill in [Spill::Usual, Spill::Apart] {
            for n in 0..=CELLS {
                if self.spills[spill as usize] >> n & 1 == 1 {
                    let (params, body) = thunks::spill(self.context(), spill, n);
                    let ty = self.types.intern(params, vec![]);
                    output.add(ty, &body);
                } else {
                    let ty = self.types.intern(vec![], vec![]);
                    output.add(ty, &unused);
                }
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

    pub(super) fn guest_functions(
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
    pub(super) fn uniform_thunks(
        &self,
        output: &mut Output,
        translated: &[u32],
    ) -> Vec<(u32, Option<u32>)> {
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
    pub(super) fn entry_thunks(
        &mut self,
        output: &mut Output,
        translated: &[u32],
    ) -> (Vec<u32>, Vec<u32>) {
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
    pub(super) fn read_tree(&mut self, output: &mut Output) -> Vec<u32> {
        if self.module.tree.is_none() {
            return Vec::new();
        }
        let ty = self.types.intern(vec![Type::I32; 3], vec![]);
        let index = self.kernel.imports.len() as u32 + output.code.count;
        output.add(ty, &thunks::read_tree());
        vec![index]
    }
}
