//! Block parameters that are no choice at all.
//!
//! A parameter whose arguments are all the same value, or the parameter itself, is that value. In reducible control flow, removing such parameters until
//! none is left gives minimal SSA form (Braun et al., "Simple and Efficient Construction of Static Single Assignment Form", CC 2013).
//! Equal constants count as the same value.

use elfconv_ir::{Block, Cfg, Function, InstKind, Opcode, Value, ValueDef};

use crate::users::Users;

/// Removes trivial parameters of all blocks but the entry.
pub fn remove_trivial_params(f: &mut Function) {
    let cfg = Cfg::new(f);
    // Who must be looked at again when a parameter turns out to be another value.
    let mut users = Users::new(f.values.len());
    for &block in &cfg.rpo {
        for edge in f.blocks[block.index()]
            .term
            .edges()
            .filter(|edge| edge.block != Block(0))
        {
            for (&arg, &param) in edge.args.iter().zip(&f.blocks[edge.block.index()].params) {
                let arg = f.resolve(arg);
                if matches!(f.values[arg.index()].def, ValueDef::Param(..)) {
                    users.add(arg, param);
                }
            }
        }
    }
    // A stack: the blocks that come first are popped first, so that what follows them sees their result.
    let mut work: Vec<Value> = Vec::new();
    for &block in cfg.rpo.iter().rev().filter(|&&block| block != Block(0)) {
        work.extend_from_slice(&f.blocks[block.index()].params);
    }

    let mut changed = false;
    while let Some(param) = work.pop() {
        let ValueDef::Param(block, number) = f.values[param.index()].def else {
            continue;
        };
        let value = match only_argument(f, &cfg, param, block, number as usize) {
            Some(Only::Value(value)) => value,
            Some(Only::Constant(op, bits)) => {
                let inst = f.add_inst(InstKind::op(op, &[], bits), &[f.ty(param)], 0);
                f.blocks[block.index()].insts.insert(0, inst);
                f.insts[inst.index()].results.first
            }
            None => continue,
        };
        changed = true;
        f.values[param.index()].def = ValueDef::Alias(value);
        work.extend(users.of(param));
        // From now on its users use what it stands for.
        if matches!(f.values[value.index()].def, ValueDef::Param(..)) {
            users.append(value, param);
        }
    }
    if changed {
        drop_aliases(f, &cfg);
    }
}

enum Only {
    Value(Value),
    Constant(Opcode, u128),
}

/// What all arguments of a parameter are, if they are the same.
fn only_argument(
    f: &Function,
    cfg: &Cfg,
    param: Value,
    block: Block,
    number: usize,
) -> Option<Only> {
    let mut found: Option<Value> = None;
    let mut same_value = true;
    for (pred, edge) in cfg.in_edges(block) {
        let arg = f.resolve(*f.blocks[pred.index()].term.edge(edge)?.args.get(number)?);
        match found {
            _ if arg == param => {}
            None => found = Some(arg),
            Some(first) if first == arg => {}
            // The constant that a trivial parameter became stands for itself; it must not make another one of each round.
            Some(first) if f.const_of(first).is_some() && f.const_of(first) == f.const_of(arg) => {
                same_value = false
            }
            Some(_) => return None,
        }
    }
    let value = found?;
    if same_value {
        return Some(Only::Value(value));
    }
    f.op_of(value).map(|(op, _, bits)| Only::Constant(op, bits))
}

/// Takes parameters that have become aliases out of their blocks, and their arguments out of the edges.
pub(crate) fn drop_aliases(f: &mut Function, cfg: &Cfg) {
    let is_alias =
        |f: &Function, value: Value| matches!(f.values[value.index()].def, ValueDef::Alias(_));
    for index in 0..f.blocks.len() {
        let mut term = std::mem::replace(
            &mut f.blocks[index].term,
            elfconv_ir::Terminator::Unreachable,
        );
        for edge in term.edges_mut() {
            let mut params = f.blocks[edge.block.index()].params.iter();
            edge.args
                .retain(|_| params.next().is_some_and(|&param| !is_alias(f, param)));
        }
        f.blocks[index].term = term;
    }
    for &block in &cfg.rpo {
        let mut params = std::mem::take(&mut f.blocks[block.index()].params);
        params.retain(|&param| !is_alias(f, param));
        for (number, param) in params.iter().enumerate() {
            f.values[param.index()].def = ValueDef::Param(block, number as u32);
        }
        f.blocks[block.index()].params = params;
    }
}
