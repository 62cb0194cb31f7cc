//! Whether a program selects that subnormal numbers are flushed to zero (FPCR.FZ) before it does anything, and for all it does: then its code is made for that mode.
//!
//! `-Ofast` links a function for it among the initialisers, which sets the bit and returns. So that is what is looked for: a function that nobody calls by its name, that calls nobody, and that sets the bit, by `orr` or a
//! constant, wherever it writes FPCR. Functions that set and restore it are not meant, nor those that are called, perhaps around something: code for FZ is of no use to what runs without it.

use elfconv_a64::{Insn, decode, operands::BitmaskImm, state::FZ};

use crate::{
    cfg::{Block, Cfg},
    summary::{Exit, FunctionSummary},
};

/// How many `orr` back a register is followed.
const DEPTH: u32 = 4;

/// Whether the program has such a function.
pub fn is_selected_at_start(
    cfgs: &[Cfg],
    summaries: &[FunctionSummary],
    word: &dyn Fn(u64) -> Option<u32>,
) -> bool {
    let all = cfgs.iter().zip(summaries);
    let mut candidates = all.filter(|(_, s)| {
        !s.called
            && s.blocks.iter().any(|b| b.exit == Exit::Mode)
            && s.callees().next().is_none()
            && !s.blocks.iter().any(|b| {
                matches!(
                    b.exit,
                    Exit::CallUnknown | Exit::TailUnknown { .. } | Exit::Call { .. }
                )
            })
    });
    candidates.any(|(cfg, _)| sets(cfg, word))
}

/// Whether all writes of FPCR set the bit, and there is one.
fn sets(cfg: &Cfg, word: &dyn Fn(u64) -> Option<u32>) -> bool {
    let mut writes = 0;
    for block in &cfg.blocks {
        for pc in (block.start..block.end).step_by(4) {
            let Some(insn) = word(pc).and_then(decode) else {
                return false;
            };
            if insn.name() == "msr_fpcr" {
                let rt = insn.field("Rt").unwrap_or(31);
                if ones(block, pc, rt, word, DEPTH) & u64::from(FZ) == 0 {
                    return false;
                }
                writes += 1;
            }
        }
    }
    writes > 0
}

/// Bits of a register that are certainly set before the instruction at `pc`.
fn ones(
    block: &Block,
    pc: u64,
    register: u32,
    word: &dyn Fn(u64) -> Option<u32>,
    depth: u32,
) -> u64 {
    let before = (block.start..pc).step_by(4);
    let writers = before.filter_map(|pc| {
        let insn = word(pc).and_then(decode)?;
        (insn.field("Rd").or(insn.field("Rt")) == Some(register)).then_some((pc, insn))
    });
    let writer = writers.last();
    let Some((pc, insn)) = writer.filter(|_| depth > 0 && register != 31) else {
        return 0;
    };
    let before = |field| match insn.field(field) {
        Some(register) => ones(block, pc, register, word, depth - 1),
        None => 0,
    };
    match insn.name() {
        "orr_imm" => immediate(insn) | before("Rn"),
        "orr_shifted" => {
            let unshifted = insn.field("imm6") == Some(0);
            before("Rn") | if unshifted { before("Rm") } else { 0 }
        }
        "movz" => {
            let value = u64::from(insn.field("imm16").unwrap_or(0));
            value << (16 * insn.field("hw").unwrap_or(0))
        }
        _ => 0,
    }
}

fn immediate(insn: Insn) -> u64 {
    let imm = insn.field("imm").map(BitmaskImm);
    imm.and_then(BitmaskImm::value).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cfg::End;

    /// The bits that are certainly set in x0 behind these words.
    fn ones_of(words: &[u32]) -> u64 {
        let end = 4 * words.len() as u64;
        let block = Block {
            start: 0,
            end,
            exit: End::Return,
            succs: Vec::new(),
            has_pad: false,
        };
        let word = |pc: u64| words.get(pc as usize / 4).copied();
        ones(&block, end, 0, &word, DEPTH)
    }

    #[test]
    fn bits_that_are_set() {
        const MRS: u32 = 0xd53b_4400; // mrs x0, fpcr
        const ORR: u32 = 0xb268_0000; // orr x0, x0, #0x1000000
        const MOV_W0: u32 = 0x52a0_2000; // mov w0, #0x1000000
        const MOV_W1: u32 = 0x52a0_2001; // mov w1, #0x1000000
        const ORR_X1: u32 = 0xaa01_0000; // orr x0, x0, x1
        const AND: u32 = 0x9267_f800; // and x0, x0, #~0x1000000
        let fz = u64::from(FZ);
        assert_eq!(ones_of(&[MRS]) & fz, 0);
        assert_eq!(ones_of(&[MRS, ORR]) & fz, fz);
        assert_eq!(ones_of(&[MOV_W0]), fz);
        assert_eq!(ones_of(&[MRS, MOV_W1, ORR_X1]) & fz, fz);
        // What clears it, or might, comes last.
        assert_eq!(ones_of(&[MRS, ORR, AND]) & fz, 0);
        assert_eq!(ones_of(&[MOV_W0, MRS]) & fz, 0);
    }
}
