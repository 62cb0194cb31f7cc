//! Makes the graph reducible.
//!
//! Loops are found from the outside in: the strongly connected components of a region, without the edges to the region's header, are its loops. A
//! loop that is entered at several nodes gets a dispatch node, to which all edges to these nodes go instead; each sets the label variable to the node's number, and
//! the dispatch jumps by it. The dispatch is then the only entry, hence the header, and the search goes on inside. So the smallest region pays, and no code
//! is copied. The price is one jump through a table for each turn of such a loop; compilers make them rarely.
//!
//! The work is the size of the region for each level of nesting, and is done only if there is an irreducible loop.

use elfconv_ir::Function;

use super::cfg::{Arc, Cfg, NONE, Node, Order};

/// Returns the graph's order, which is `order` so far, after making it reducible.
pub(crate) fn make_reducible(function: &Function, cfg: &mut Cfg, order: Order) -> Order {
    let retreats_outside = cfg.arcs.iter().any(|arc| {
        let (from, to) = (
            order.number[arc.from as usize],
            order.number[arc.to as usize],
        );
        from != NONE && to <= from && !order.dominates(to, from)
    });
    if !retreats_outside {
        return order;
    }
    Reducer { function, cfg }.run(order.nodes);
    cfg.index();
    let order = Order::new(cfg);
    debug_assert!(cfg.arcs.iter().all(|arc| {
        let (from, to) = (
            order.number[arc.from as usize],
            order.number[arc.to as usize],
        );
        from == NONE || to > from || order.dominates(to, from)
    }));
    order
}

struct Reducer<'a> {
    function: &'a Function,
    cfg: &'a mut Cfg,
}

impl Reducer<'_> {
    fn run(&mut self, nodes: Vec<u32>) {
        let mut out: Vec<Vec<u32>> = (0..self.cfg.nodes.len() as u32)
            .map(|n| self.cfg.out(n).to_vec())
            .collect();
        // Regions to look into: their nodes, and the header.
        let mut regions = vec![(nodes, 0)];
        let mut component = vec![NONE; self.cfg.nodes.len()];
        while let Some((region, header)) = regions.pop() {
            let loops = components(self.cfg, &out, &region, header, &mut component);
            for (id, members) in (0..).zip(&loops) {
                for &n in members {
                    component[n as usize] = id;
                }
            }
            let mut entries: Vec<Vec<u32>> = vec![Vec::new(); loops.len()];
            for &node in &region {
                for &arc in &out[node as usize] {
                    let to = self.cfg.arcs[arc as usize].to;
                    let id = component[to as usize];
                    if id != NONE && component[node as usize] != id {
                        entries[id as usize].push(to);
                    }
                }
            }
            for entry in &mut entries {
                entry.sort_unstable();
                entry.dedup();
            }
            let mut dispatches = vec![NONE; loops.len()];
            let mut added: Vec<Vec<u32>> = vec![Vec::new(); loops.len()];
            for (id, entry) in entries.iter().enumerate().filter(|e| e.1.len() > 1) {
                let dispatch = self.add_node(Node::Dispatch, &mut out, &mut component);
                dispatches[id] = dispatch;
                added[id].push(dispatch);
                for &to in entry {
                    self.add_arc(
                        Arc {
                            from: dispatch,
                            to,
                            copies: None,
                            label: None,
                        },
                        &mut out,
                    );
                }
            }
            for &node in &region {
                for i in 0..out[node as usize].len() {
                    let arc = out[node as usize][i];
                    let to = self.cfg.arcs[arc as usize].to;
                    let id = component[to as usize];
                    if id == NONE || dispatches[id as usize] == NONE {
                        continue;
                    }
                    let Ok(label) = entries[id as usize].binary_search(&to) else {
                        continue;
                    };
                    let split = self.redirect(
                        arc,
                        dispatches[id as usize],
                        label as u32,
                        &mut out,
                        &mut component,
                    );
                    if let (Some(split), true) = (split, component[node as usize] == id) {
                        added[id as usize].push(split);
                    }
                }
            }
            for &n in loops.iter().flatten() {
                component[n as usize] = NONE;
            }
            for (id, mut members) in loops.into_iter().enumerate() {
                let header = match dispatches[id] {
                    NONE => entries[id][0],
                    dispatch => dispatch,
                };
                members.append(&mut added[id]);
                regions.push((members, header));
            }
        }
    }

    fn add_node(&mut self, node: Node, out: &mut Vec<Vec<u32>>, component: &mut Vec<u32>) -> u32 {
        self.cfg.nodes.push(node);
        out.push(Vec::new());
        component.push(NONE);
        self.cfg.nodes.len() as u32 - 1
    }

    fn add_arc(&mut self, arc: Arc, out: &mut [Vec<u32>]) {
        out[arc.from as usize].push(self.cfg.arcs.len() as u32);
        self.cfg.arcs.push(arc);
    }

    /// Lets an arc go to a dispatch. Out of a table it needs a node for setting the label, which is returned.
    fn redirect(
        &mut self,
        arc: u32,
        dispatch: u32,
        label: u32,
        out: &mut Vec<Vec<u32>>,
        component: &mut Vec<u32>,
    ) -> Option<u32> {
        let from = self.cfg.arcs[arc as usize].from;
        if !self.cfg.is_table(self.function, from) {
            let arc = &mut self.cfg.arcs[arc as usize];
            (arc.to, arc.label) = (dispatch, Some(label));
            return None;
        }
        let split = self.add_node(Node::Split, out, component);
        let old = &mut self.cfg.arcs[arc as usize];
        let copies = old.copies.take();
        old.to = split;
        self.add_arc(
            Arc {
                from: split,
                to: dispatch,
                copies,
                label: Some(label),
            },
            out,
        );
        Some(split)
    }
}

/// The strongly connected components of a region without the edges to its header, but for single nodes that are no loops. Tarjan's algorithm with a stack of its own.
fn components(
    cfg: &Cfg,
    out: &[Vec<u32>],
    region: &[u32],
    header: u32,
    scratch: &mut [u32],
) -> Vec<Vec<u32>> {
    // Positions in the region, by node; `scratch` is NONE everywhere before and after.
    for (i, &node) in (0..).zip(region) {
        scratch[node as usize] = i;
    }
    let successor = |arc: u32| {
        let to = cfg.arcs[arc as usize].to;
        let i = scratch[to as usize];
        (to != header && i != NONE).then_some(i as usize)
    };
    let count = region.len();
    let (mut index, mut low) = (vec![NONE; count], vec![0u32; count]);
    let mut on_stack = vec![false; count];
    let (mut stack, mut work) = (Vec::new(), Vec::new());
    let mut next_index = 0;
    let mut all = Vec::new();
    for root in 0..count {
        if index[root] != NONE {
            continue;
        }
        work.push((root, 0));
        while let Some((node, next)) = work.last_mut() {
            let (n, i) = (*node, *next);
            if i == 0 {
                (index[n], low[n]) = (next_index, next_index);
                next_index += 1;
                stack.push(n);
                on_stack[n] = true;
            }
            let arcs = &out[region[n] as usize];
            if let Some(&arc) = arcs.get(i) {
                *next += 1;
                if let Some(to) = successor(arc) {
                    if index[to] == NONE {
                        work.push((to, 0));
                    } else if on_stack[to] {
                        low[n] = low[n].min(index[to]);
                    }
                }
                continue;
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[n]);
            }
            if low[n] == index[n] {
                let mut members = Vec::new();
                while let Some(m) = stack.pop() {
                    on_stack[m] = false;
                    members.push(region[m]);
                    if m == n {
                        break;
                    }
                }
                let is_loop = members.len() > 1 || arcs.iter().any(|a| successor(*a) == Some(n));
                if is_loop {
                    members.sort_unstable();
                    all.push(members);
                }
            }
        }
    }
    for &node in region {
        scratch[node as usize] = NONE;
    }
    all
}
