//! Which blocks are in loops, reducible or not.
//!
//! Strongly connected components after Tarjan, "Depth-First Search and Linear Graph Algorithms" (1972), with a stack of its own: functions have chains of
//! thousands of blocks.

use alloc::{vec, vec::Vec};

use crate::{Block, Function};

/// A block that the search is in.
struct Visit {
    block: u32,
    /// Number of the edge that it looks at next.
    edge: usize,
}

impl Function {
    /// For each block whether control can get from it back to it, through such blocks only.
    pub fn in_cycles(&self, through: impl Fn(Block) -> bool) -> Vec<bool> {
        let count = self.blocks.len();
        let mut cycles = vec![false; count];
        // Numbers from 1 in the order in which blocks were found, `DONE` when their component is known; and the lowest number that each reaches.
        const DONE: u32 = u32::MAX;
        let (mut number, mut low) = (vec![0u32; count], vec![0u32; count]);
        let mut found = 0;
        let (mut path, mut component) = (Vec::new(), Vec::new());
        for root in 0..count as u32 {
            if number[root as usize] != 0 || !through(Block(root)) {
                continue;
            }
            let mut next = Some(root);
            loop {
                if let Some(block) = next.take() {
                    found += 1;
                    number[block as usize] = found;
                    low[block as usize] = found;
                    component.push(block);
                    path.push(Visit { block, edge: 0 });
                }
                let Some(visit) = path.last_mut() else { break };
                let at = visit.block as usize;
                if let Some(edge) = self.blocks[at].term.edge(visit.edge) {
                    visit.edge += 1;
                    let to = edge.block;
                    match number[to.index()] {
                        0 if through(to) => next = Some(to.0),
                        0 | DONE => {}
                        n => {
                            low[at] = low[at].min(n);
                            cycles[at] |= to.index() == at;
                        }
                    }
                    continue;
                }
                path.pop();
                if let Some(above) = path.last() {
                    let above = above.block as usize;
                    low[above] = low[above].min(low[at]);
                }
                if low[at] == number[at] {
                    let start = component.iter().rposition(|b| *b == at as u32);
                    let blocks = component.split_off(start.unwrap_or_default());
                    for &block in &blocks {
                        number[block as usize] = DONE;
                        cycles[block as usize] |= blocks.len() > 1;
                    }
                }
            }
        }
        cycles
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::{Block, parse_function};

    /// 1 and 2 with 3 inside, which goes to itself; 4 behind; 5 and 6 go to each other and are both entered.
    const LOOPS: &str = "function %f @1000 (i32) -> () {
block0(v0: i32):
  switch v0, [block1, block5], block6
block1:
  jump block2
block2:
  branch v0, block3, block1
block3:
  branch v0, block3, block2
block4:
  return
block5:
  branch v0, block6, block4
block6:
  branch v0, block5, block4
}
";

    #[test]
    fn cycles() {
        let f = parse_function(LOOPS).unwrap();
        let without = |not: u32| {
            let cycles = f.in_cycles(|b| b != Block(not));
            (0..cycles.len()).filter(|b| cycles[*b]).collect::<Vec<_>>()
        };
        assert_eq!(without(4), [1, 2, 3, 5, 6]);
        assert_eq!(without(1), [2, 3, 5, 6]);
        assert_eq!(without(2), [3, 5, 6]);
        assert_eq!(without(3), [1, 2, 5, 6]);
        assert_eq!(without(6), [1, 2, 3]);
    }
}
