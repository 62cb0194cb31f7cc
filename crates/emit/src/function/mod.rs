//! Compiles one function.
//!
//! 1. [`plan`]: which values are locals, expression trees, constants, or nothing;
//! 2. [`locals`]: which local holds which values;
//! 3. [`cfg`], [`reduce`]: the graph, its dominators, made reducible;
//! 4. [`structure`]: `block`, `loop` and `if` for it, and in them the blocks' code by [`emitter`], [`lower`], [`flags`], [`memory`] and [`calls`].

mod calls;
mod cfg;
mod emitter;
mod flags;
mod flush;
mod fma;
pub(crate) mod frames;
mod locals;
mod lower;
mod memory;
mod nan;
mod plan;
mod reduce;
mod structure;

use elfconv_ir::{FuncId, Function, Reg};

use crate::{Body, context::Context};

/// Compiles a function.
pub(crate) fn compile(context: &Context<'_>, id: FuncId, function: &Function) -> Body {
    let Some(info) = context
        .functions
        .get(id.index())
        .filter(|_| !function.blocks.is_empty())
    else {
        return Body {
            failed: true,
            ..Body::default()
        };
    };
    let mut graph = cfg::Cfg::new(function);
    let order = cfg::Order::new(&graph);
    let sp = info.params.iter().position(|p| p.0 == Reg::SP);
    let sp = sp.and_then(|i| function.blocks[0].params.get(i).copied());
    let plan = plan::Plan::new(function, &order, context.features.null_guard, sp);
    let params: Vec<_> = info.params.iter().map(|p| p.1).collect();
    let locals = locals::Locals::new(function, &plan, &params);
    let order = reduce::make_reducible(function, &mut graph, order);
    let emitter = emitter::Emitter::new(context, info, function, &plan, &locals);
    structure::structure(emitter, &graph, &order)
}
