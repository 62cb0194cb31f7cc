//! Which functions may be on the stack more than once.

use super::Convention;
use crate::summary::FunctionSummary;

/// Functions on a cycle of direct calls, and those that an indirect call may reach (any cycle through an indirect call passes one of them). Tarjan's algorithm, iterative.
pub(super) fn mark(summaries: &[FunctionSummary], conv: &mut [Convention]) {
    let n = summaries.len();
    let callees: Vec<Vec<u32>> = summaries
        .iter()
        .map(|s| s.callees().map(|c| c.0).collect())
        .collect();
    let (mut index, mut low) = (vec![0u32; n], vec![0u32; n]);
    let mut on_stack = vec![false; n];
    let (mut stack, mut frames, mut next) = (Vec::new(), Vec::<(u32, usize)>::new(), 1u32);
    for root in 0..n as u32 {
        if index[root as usize] != 0 {
            continue;
        }
        frames.push((root, 0));
        while let Some((v, edge)) = frames.last_mut() {
            let v = *v as usize;
            if *edge == 0 {
                index[v] = next;
                low[v] = next;
                next += 1;
                stack.push(v as u32);
                on_stack[v] = true;
            }
            if let Some(&w) = callees[v].get(*edge) {
                *edge += 1;
                if index[w as usize] == 0 {
                    frames.push((w, 0));
                } else if on_stack[w as usize] {
                    low[v] = low[v].min(index[w as usize]);
                }
                continue;
            }
            frames.pop();
            if let Some((parent, _)) = frames.last() {
                let p = *parent as usize;
                low[p] = low[p].min(low[v]);
            }
            if low[v] == index[v] {
                let at = stack
                    .iter()
                    .rposition(|&w| w as usize == v)
                    .expect("own root is on the stack");
                let cyclic = stack.len() - at > 1 || callees[v].contains(&(v as u32));
                for w in stack.drain(at..) {
                    on_stack[w as usize] = false;
                    conv[w as usize].recursive |= cyclic;
                }
            }
        }
    }
    for (c, s) in conv.iter_mut().zip(summaries) {
        c.recursive = !c.plain && (c.recursive || s.address_taken);
    }
}
