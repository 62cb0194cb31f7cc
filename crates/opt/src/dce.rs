//! Dead code: instructions whose results nobody needs, and block parameters likewise.
//!
//! Mark and sweep. What is needed for its own sake are stores, calls (whatever they report in their frames included) and the operands of terminators. A parameter
//! is needed only if some instruction needs it, so values that merely go round a loop disappear too. Loads are
//! removed when unused, although they might have faulted.

use elfconv_ir::{Block, Cfg, Effect, Function, InstKind, Value, ValueDef};

/// Removes dead instructions and dead parameters of all blocks but the entry.
pub fn remove_dead(f: &mut Function) {
    let cfg = Cfg::new(f);
    let mut marker = Marker {
        live: vec![false; f.values.len()],
        work: Vec::new(),
    };
    for &block in &cfg.rpo {
        let data = &f.blocks[block.index()];
        for &inst in &data.insts {
            let kind = &f.insts[inst.index()].kind;
            if has_effect(kind) {
                kind.visit(|value| marker.mark(f, value));
            }
        }
        data.term.visit_operands(|value| marker.mark(f, value));
    }
    while let Some(value) = marker.work.pop() {
        match f.values[value.index()].def {
            ValueDef::Inst(inst, _) => f.insts[inst.index()].kind.visit(|arg| marker.mark(f, arg)),
            ValueDef::Param(block, number) => {
                for (pred, number_of_edge) in cfg.in_edges(block) {
                    if let Some(edge) = f.blocks[pred.index()].term.edge(number_of_edge) {
                        marker.mark(f, edge.args[number as usize]);
                    }
                }
            }
            ValueDef::Alias(_) => {}
        }
    }

    let live = marker.live;
    let mut keep: Vec<bool> = Vec::new();
    for &block in &cfg.rpo {
        let mut insts = std::mem::take(&mut f.blocks[block.index()].insts);
        insts.retain(|inst| {
            let data = &f.insts[inst.index()];
            has_effect(&data.kind) || data.results.iter().any(|result| live[result.index()])
        });
        f.blocks[block.index()].insts = insts;

        let mut term = std::mem::replace(
            &mut f.blocks[block.index()].term,
            elfconv_ir::Terminator::Unreachable,
        );
        for edge in term.edges_mut().filter(|edge| edge.block != Block(0)) {
            // The target's parameter list is still complete: lists are cut after all edges.
            keep.clear();
            keep.extend(
                f.blocks[edge.block.index()]
                    .params
                    .iter()
                    .map(|param| live[param.index()]),
            );
            let mut flags = keep.iter();
            edge.args.retain(|_| flags.next() == Some(&true));
        }
        f.blocks[block.index()].term = term;
    }
    for &block in cfg.rpo.iter().filter(|&&block| block != Block(0)) {
        let mut params = std::mem::take(&mut f.blocks[block.index()].params);
        params.retain(|param| live[param.index()]);
        for (number, param) in params.iter().enumerate() {
            f.values[param.index()].def = ValueDef::Param(block, number as u32);
        }
        f.blocks[block.index()].params = params;
    }
    // Edges of unreachable blocks would no longer fit.
    crate::branches::clear_unreachable(f, &cfg);
}

fn has_effect(kind: &InstKind) -> bool {
    match kind {
        InstKind::Op { op, .. } => matches!(op.effect(), Effect::Store | Effect::StateStore),
        InstKind::Call(_) => true,
    }
}

struct Marker {
    live: Vec<bool>,
    work: Vec<Value>,
}

impl Marker {
    fn mark(&mut self, f: &Function, value: Value) {
        let value = f.resolve(value);
        if !std::mem::replace(&mut self.live[value.index()], true) {
            self.work.push(value);
        }
    }
}
