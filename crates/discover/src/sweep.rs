//! Functions in code that nothing leads to: a linear sweep over what remains.
//!
//! Words have a fixed width, so decoding cannot get out of step; only the cuts are guesses. A piece begins after padding and ends where straight-line
//! flow ends and no earlier branch of the piece leads further. A piece that runs into something that is not an instruction is data.

use crate::function::Mark;
use crate::words::{Class, Code, NOP};

/// A piece of code: first word and the one after the last.
pub(crate) type Piece = (usize, usize);

/// All pieces between the covered words.
pub(crate) fn pieces(code: &Code, marks: &[Mark]) -> Vec<Piece> {
    let mut called = vec![false; code.words.len()];
    for (index, _) in marks
        .iter()
        .enumerate()
        .filter(|(index, mark)| !mark.covered && code.class[*index] == Class::Call)
    {
        if let Some(callee) = code.index(code.target(index, code.addr(index))) {
            called[callee] = true;
        }
    }
    let mut found = Vec::new();
    for region in code.regions() {
        let mut index = region.start;
        while index < region.end {
            if marks[index].covered || is_padding(code, index) {
                index += 1;
                continue;
            }
            let (end, good) = piece(code, marks, &called, index, region.end);
            if good {
                found.push((index, end));
            }
            index = end;
        }
    }
    found
}

/// Whether a word is nothing by itself: padding or data.
pub(crate) fn is_padding(code: &Code, index: usize) -> bool {
    code.words[index] == NOP || code.class[index] == Class::Fault
}

/// The end of the piece that begins at a word, and whether it is code.
fn piece(
    code: &Code,
    marks: &[Mark],
    called: &[bool],
    first: usize,
    limit: usize,
) -> (usize, bool) {
    let mut furthest = first;
    let mut pc = code.addr(first);
    for index in first..limit {
        if marks[index].covered || (index > first && called[index]) {
            return (index, true);
        }
        let class = code.class[index];
        match class {
            Class::Fault => {
                // brk and udf end a path (traps of compilers); anything else is no instruction.
                let trap = code.words[index] >> 21 == 0x6a1 || code.words[index] >> 16 == 0;
                if !(trap && index > first) || code.data[index] {
                    return (index + 1, false);
                }
                if index >= furthest {
                    return (index + 1, true);
                }
            }
            Class::Jump | Class::Cond => {
                let target = code.target(index, pc);
                if let Some(target) = code
                    .index(target)
                    .filter(|&t| t > index && t < limit && !marks[t].covered)
                {
                    // A branch far ahead is a call of another function more often than a loop's exit.
                    if class == Class::Cond || target - index < FAR {
                        furthest = furthest.max(target);
                    }
                }
            }
            _ => {}
        }
        if matches!(class, Class::Jump | Class::Return | Class::JumpIndirect) && index >= furthest {
            return (index + 1, true);
        }
        pc += 4;
    }
    (limit, false)
}

/// Words over which an unconditional branch is taken to stay in its function.
const FAR: usize = 1024;
