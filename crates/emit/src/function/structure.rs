//! Structured control flow, after Norman Ramsey, "Beyond Relooper: Recursive Translation of Unstructured Control Flow to Structured Control Flow" (ICFP 2022).
//!
//! The code of a node contains the code of the nodes it dominates immediately. A node with several forward edges into it, or a target of a table, is placed behind a
//! `block` from which it is reached by `br`; these blocks nest, the last in reverse postorder outermost. A loop header's code is a `loop`. Other nodes stand
//! where their only predecessor jumps to them.
//!
//! ```text
//!       A            block            ; for D
//!      / \             A's code, condition
//!     B   C            if             ; the lighter arm is inside
//!      \ /               B's code  br 1
//!       D              end
//!                      C's code       ; falls through
//!                    end
//!                    D's code
//! ```
//!
//! So that nesting stays shallow (logarithmic but for blocks and loops), the arm with the larger dominator subtree is not put into the `if` but behind it. The recursion is a list of tasks.

use elfconv_ir::{Block, Edge, Terminator, Type};
use wasm_encoder::BlockType;

use super::{
    cfg::{Cfg, NONE, Node, Order, nth_edge},
    emitter::Emitter,
    fma::Fused,
};
use crate::{Body, state::store, thunks::zero};

/// What remains to be emitted, the next one last.
#[derive(Clone, Copy)]
enum Task {
    /// A node and what it dominates. When its code ends, control falls to `fall`.
    Node {
        at: u32,
        fall: u32,
    },
    /// The `end` of the block before a node.
    EndBlock(u32),
    EndLoop(u32),
    EndIf,
    /// Take an arc.
    Goto {
        arc: u32,
        fall: u32,
    },
}

struct Structure<'a> {
    emitter: Emitter<'a>,
    cfg: &'a Cfg,
    order: &'a Order,
    /// Whether a position (in reverse postorder) is behind a block, and whether it is a loop header.
    merges: Vec<bool>,
    loops: Vec<bool>,
    /// Positions behind blocks that each position immediately dominates, ascending.
    children: Vec<Vec<u32>>,
    /// Size of each position's dominator subtree.
    weight: Vec<u32>,
    /// Depth of the label of each position's block, and of its loop.
    block_label: Vec<u32>,
    loop_label: Vec<u32>,
    tasks: Vec<Task>,
    /// The last instruction leaves the function's results on the stack.
    falls_out: bool,
}

/// Emits the function.
pub(crate) fn structure(emitter: Emitter<'_>, cfg: &Cfg, order: &Order) -> Body {
    let count = order.nodes.len();
    let mut forward = vec![0u32; count];
    let mut merges = vec![false; count];
    let mut loops = vec![false; count];
    for arc in &cfg.arcs {
        let (from, to) = (
            order.number[arc.from as usize],
            order.number[arc.to as usize],
        );
        if from == NONE {
            continue;
        }
        if to <= from {
            loops[to as usize] = true;
        } else {
            forward[to as usize] += 1;
            merges[to as usize] |= cfg.is_table(emitter.function, arc.from);
        }
    }
    let mut weight = vec![1u32; count];
    let mut children = vec![Vec::new(); count];
    for n in (1..count).rev() {
        weight[order.idom[n] as usize] += weight[n];
    }
    for n in 1..count {
        merges[n] |= forward[n] > 1;
        if merges[n] {
            children[order.idom[n] as usize].push(n as u32);
        }
    }
    let mut structure = Structure {
        emitter,
        cfg,
        order,
        merges,
        loops,
        children,
        weight,
        block_label: vec![NONE; count],
        loop_label: vec![NONE; count],
        tasks: Vec::new(),
        falls_out: false,
    };
    structure.emitter.collect_cold();
    let multiply_adds = structure.emitter.multiply_adds();
    if multiply_adds == Some(false) {
        structure.emitter.fused = Fused::Unknown;
    }
    if multiply_adds == Some(true) {
        // Twice: for hosts that fuse multiply-add, and for the others.
        let fused = structure.emitter.context.fused;
        structure.emitter.sink().global_get(fused);
        structure.open(|s| _ = s.if_(BlockType::Empty));
        structure.emitter.fused = Fused::Yes;
        let children = structure.children.clone();
        structure.version();
        structure.close();
        structure.emitter.fused = Fused::No;
        structure.children = children;
    }
    structure.version();
    structure.emitter.sink().end();
    structure.emitter.finish()
}

impl Structure<'_> {
    /// Emits the function once, at the current depth.
    fn version(&mut self) {
        self.emitter.begin();
        for n in 0..self.emitter.context.features.layout {
            self.emitter.sink().i32_const(0).i32_const(n.into());
            // Another cell each, as engines leave out a store that the next one overwrites.
            let cell = self.emitter.context.cell(n.into());
            store(&mut self.emitter.sink(), Type::I32, cell);
        }
        self.emitter.exit_label = self.emitter.depth;
        let is_last = self.emitter.depth == 0;
        let has_exit = self.emitter.plan.reports.any();
        if has_exit {
            self.open(|s| _ = s.block(BlockType::Empty));
        }
        let cold = self.emitter.cold_count();
        self.emitter.cold.labels.clear();
        for _ in 0..cold {
            let label = self.open(|s| _ = s.block(BlockType::Empty));
            self.emitter.cold.labels.push(label);
        }
        self.tasks.push(Task::Node { at: 0, fall: NONE });
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Node { at, fall } => self.node(at, fall),
                Task::EndBlock(at) => {
                    self.close();
                    self.block_label[at as usize] = NONE;
                }
                Task::EndLoop(at) => {
                    self.close();
                    self.loop_label[at as usize] = NONE;
                }
                Task::EndIf => self.close(),
                Task::Goto { arc, fall } => self.goto(arc, fall),
            }
        }
        // Nothing falls out of the code so far: it ends in branches.
        if has_exit {
            for n in (0..cold).rev() {
                self.close();
                self.emitter.cold_report(n);
                if n > 0 {
                    self.emitter.exit();
                }
            }
            self.close();
            self.emitter.sink().i32_const(1);
            for ty in self.emitter.results().into_iter().skip(1) {
                zero(&mut self.emitter.sink(), ty);
            }
            if !is_last {
                self.emitter.sink().return_();
            }
        } else if !self.falls_out {
            self.emitter.sink().unreachable();
        }
    }

    fn open(&mut self, instruction: impl FnOnce(&mut wasm_encoder::InstructionSink<'_>)) -> u32 {
        instruction(&mut self.emitter.sink());
        self.emitter.depth += 1;
        self.emitter.depth - 1
    }

    fn close(&mut self) {
        self.emitter.sink().end();
        self.emitter.depth -= 1;
    }

    fn node(&mut self, at: u32, fall: u32) {
        if self.loops[at as usize] {
            self.loop_label[at as usize] = self.open(|s| _ = s.loop_(BlockType::Empty));
            self.tasks.push(Task::EndLoop(at));
        }
        // Blocks open from the outside in, the last child first; code then runs from the inside out.
        let children = std::mem::take(&mut self.children[at as usize]);
        let mut falls_to = fall;
        for &child in children.iter().rev() {
            self.tasks.push(Task::Node {
                at: child,
                fall: falls_to,
            });
            self.tasks.push(Task::EndBlock(child));
            self.block_label[child as usize] = self.open(|s| _ = s.block(BlockType::Empty));
            falls_to = child;
        }
        let node = self.order.nodes[at as usize];
        match self.cfg.nodes[node as usize] {
            Node::Block(b) => {
                self.emitter.block(b.0);
                self.terminator(b, node, falls_to);
            }
            Node::Split => {
                let arc = self.cfg.out(node)[0];
                self.goto(arc, falls_to);
            }
            Node::Dispatch => {
                let label = self.emitter.label_local();
                self.emitter.get(label);
                self.table(node);
            }
        }
    }

    fn terminator(&mut self, b: Block, node: u32, fall: u32) {
        let function = self.emitter.function;
        let out = self.cfg.out(node);
        match &function.blocks[b.index()].term {
            Terminator::Jump(_) => self.goto(out[0], fall),
            Terminator::Branch { cond, .. } => self.branch(*cond, out[0], out[1], fall),
            Terminator::Switch { index, .. } => {
                self.emitter.push(*index);
                self.table(node);
            }
            Terminator::Return(values) => {
                values.iter().for_each(|v| self.emitter.push(*v));
                if self.emitter.depth == 0 && self.tasks.is_empty() {
                    self.falls_out = true;
                } else {
                    self.emitter.sink().return_();
                }
            }
            Terminator::TailCall { callee, args } => self.emitter.tail_call(*callee, args),
            Terminator::Leave { .. } => {
                let depth = self.emitter.leave_depth(b.0);
                self.emitter.sink().br(depth);
            }
            Terminator::Fault { kind, pc, info } => {
                self.emitter
                    .sink()
                    .i32_const(*kind as i32)
                    .i64_const(*pc as i64);
                self.emitter.push(*info);
                let fault = self.emitter.context.fault;
                self.emitter.mark(*pc as u32);
                self.emitter.sink().call(fault).unreachable();
            }
            Terminator::Unreachable => {
                self.emitter.sink().unreachable();
            }
        }
    }

    /// `br_table` over a node's arcs, the last of which is the default.
    fn table(&mut self, node: u32) {
        let out = self.cfg.out(node);
        let depths: Vec<u32> = out
            .iter()
            .map(|arc| self.depth_of(self.target(*arc), node))
            .collect();
        let Some((default, targets)) = depths.split_last() else {
            return;
        };
        self.emitter
            .sink()
            .br_table(targets.iter().copied(), *default);
    }

    fn target(&self, arc: u32) -> u32 {
        self.order.number[self.cfg.arcs[arc as usize].to as usize]
    }

    /// The relative depth of the label by which a node branches to a position.
    fn depth_of(&self, target: u32, from: u32) -> u32 {
        let is_backward = target <= self.order.number[from as usize];
        let label = if is_backward {
            self.loop_label[target as usize]
        } else {
            self.block_label[target as usize]
        };
        debug_assert!(label != NONE, "no label for position {target}");
        self.emitter.depth.wrapping_sub(1).wrapping_sub(label)
    }

    fn edge(&self, arc: u32) -> Option<&Edge> {
        let (block, number) = self.cfg.arcs[arc as usize].copies?;
        nth_edge(&self.emitter.function.blocks[block.index()].term, number)
    }

    /// Whether taking an arc needs code but for the branch.
    fn needs_code(&self, arc: u32) -> bool {
        self.cfg.arcs[arc as usize].label.is_some()
            || self.edge(arc).is_some_and(|e| self.emitter.has_copies(e))
    }

    /// Whether an arc is a branch to a label, rather than a node in place.
    fn is_branch(&self, arc: u32) -> bool {
        let target = self.target(arc);
        target <= self.order.number[self.cfg.arcs[arc as usize].from as usize]
            || self.merges[target as usize]
    }

    /// Whether an arc can be a conditional branch.
    fn is_plain_branch(&self, arc: u32) -> bool {
        self.is_branch(arc) && !self.needs_code(arc)
    }

    /// Takes an arc: copies, then a branch unless control falls there, or the target itself.
    fn goto(&mut self, arc: u32, fall: u32) {
        let data = self.cfg.arcs[arc as usize];
        let function = self.emitter.function;
        if let Some((block, number)) = data.copies {
            let term = &function.blocks[block.index()].term;
            if let Some(edge) = nth_edge(term, number) {
                self.emitter.copies(edge);
            }
        }
        if let Some(label) = data.label {
            let local = self.emitter.label_local();
            self.emitter.sink().i32_const(label as i32);
            self.emitter.set(local);
        }
        let target = self.target(arc);
        if !self.is_branch(arc) {
            self.tasks.push(Task::Node { at: target, fall });
        } else if target != fall || self.is_backward(arc) {
            let depth = self.depth_of(target, data.from);
            self.emitter.sink().br(depth);
        }
    }

    fn is_backward(&self, arc: u32) -> bool {
        self.target(arc) <= self.order.number[self.cfg.arcs[arc as usize].from as usize]
    }

    /// Whether an arc needs nothing at all where control falls to `fall`.
    fn is_nothing(&self, arc: u32, fall: u32) -> bool {
        self.is_plain_branch(arc) && !self.is_backward(arc) && self.target(arc) == fall
    }

    /// Whether an arc leads to a block of the function, not to a dispatch.
    fn is_plain_block(&self, arc: u32) -> bool {
        let data = self.cfg.arcs[arc as usize];
        data.label.is_none() && matches!(self.cfg.nodes[data.to as usize], Node::Block(_))
    }

    /// The block that an arc leads to, if that does nothing but leave.
    fn only_leaves(&self, arc: u32) -> Option<u32> {
        let Node::Block(b) = self.cfg.nodes[self.cfg.arcs[arc as usize].to as usize] else {
            return None;
        };
        let (function, plan) = (self.emitter.function, self.emitter.plan);
        let block = &function.blocks[b.index()];
        let is_empty = plan.hooks[b.index()].is_empty()
            && block
                .insts
                .iter()
                .all(|inst| self.emitter.is_nothing(*inst));
        (matches!(block.term, Terminator::Leave { .. })
            && is_empty
            && !self.needs_code(arc)
            && !self.loops[self.target(arc) as usize])
            .then_some(b.0)
    }

    fn branch(&mut self, cond: elfconv_ir::Value, then: u32, otherwise: u32, fall: u32) {
        let from = self.cfg.arcs[then as usize].from;
        let same = self.target(then) == self.target(otherwise)
            && self.is_plain_branch(then)
            && self.is_plain_branch(otherwise);
        if same {
            return self.goto(otherwise, fall);
        }
        // One arm only leaves: so does a conditional branch.
        for (arm, other, opposite) in [(then, otherwise, false), (otherwise, then, true)] {
            if let Some(b) = self.only_leaves(arm) {
                self.emitter.condition(cond, opposite);
                let depth = self.emitter.leave_depth(b);
                self.emitter.sink().br_if(depth);
                return self.goto(other, fall);
            }
        }
        // One arm is nothing but a branch: a conditional one, and the other arm follows.
        for (arm, other, opposite) in [(then, otherwise, false), (otherwise, then, true)] {
            if self.is_plain_branch(arm) && !self.is_nothing(arm, fall) {
                self.emitter.condition(cond, opposite);
                let depth = self.depth_of(self.target(arm), from);
                self.emitter.sink().br_if(depth);
                return self.goto(other, fall);
            }
        }
        // One arm goes round a loop. If nothing else needs what the values that it passes overwrite, they are passed before a conditional branch; else that branch leads out. (Cranelift places the
        // inside of an `if` far away, and reloads there what it has put on the stack.)
        for (arm, other, opposite) in [(then, otherwise, false), (otherwise, then, true)] {
            if !self.is_backward(arm) {
                continue;
            }
            if let Some((edge, other_edge)) = self.edge(arm).zip(self.edge(other))
                && self.is_plain_block(other)
                && self.cfg.arcs[arm as usize].label.is_none()
                && self.emitter.may_copy_before(edge, other_edge)
            {
                let edge = edge.clone();
                self.emitter.condition(cond, opposite);
                self.emitter.copies(&edge);
                let depth = self.depth_of(self.target(arm), from);
                self.emitter.sink().br_if(depth);
                return self.goto(other, fall);
            }
            self.open(|s| _ = s.block(BlockType::Empty));
            self.emitter.condition(cond, !opposite);
            self.emitter.sink().br_if(0);
            self.goto(arm, NONE);
            self.close();
            return self.goto(other, fall);
        }
        // One arm falls through: the other is all there is.
        for (arm, other, opposite) in [(otherwise, then, false), (then, otherwise, true)] {
            if self.is_nothing(arm, fall) {
                self.emitter.condition(cond, opposite);
                self.open(|s| _ = s.if_(BlockType::Empty));
                self.tasks.push(Task::EndIf);
                return self.goto(other, fall);
            }
        }
        // The lighter arm goes inside and must branch out; the other follows.
        let weight = |arc| {
            if self.is_branch(arc) {
                0
            } else {
                self.weight[self.target(arc) as usize]
            }
        };
        let (inside, behind, opposite) = match weight(then) <= weight(otherwise) {
            true => (then, otherwise, false),
            false => (otherwise, then, true),
        };
        self.emitter.condition(cond, opposite);
        self.open(|s| _ = s.if_(BlockType::Empty));
        self.tasks.push(Task::Goto { arc: behind, fall });
        self.tasks.push(Task::EndIf);
        self.goto(inside, NONE);
    }
}
