//! Code that saves and restores whole contexts.
//!
//! Code that may be entered at any point of other code (Go's preemption, signal trampolines of runtimes) saves all registers in its frame and restores them at its end: NZCV, which no compiler
//! saves, and beside it FPSR. Nobody looks at what was in FPSR then, so its flags need not be kept for that. Such code is known by its form: FPSR goes into a slot above `sp` from which the same code, at most
//! [`FAR`] instructions away, loads it again; and NZCV goes the same way beside it.

/// `mrs xN, fpsr` and `msr fpsr, xN` (Arm ARM C6.2, "MRS" and "MSR (register)"; C5.2, "FPSR"), without the register.
const READ_STATUS: u32 = 0xd53b_4420;
const WRITE_STATUS: u32 = 0xd51b_4420;
/// `mrs xN, nzcv` and `msr nzcv, xN`.
const READ_FLAGS: u32 = 0xd53b_4200;
const WRITE_FLAGS: u32 = 0xd51b_4200;
const REGISTER: u32 = 31;
/// How many instructions away the flags are looked for, and the access to the slot.
const NEAR: u64 = 4;
/// How many instructions away the counterpart is looked for. (35 in Go 1.19; all registers are 32 pairs at most, and as many single ones.)
const FAR: u64 = 128;

/// Reads the instruction at an address.
type Word<'a> = &'a dyn Fn(u64) -> Option<u32>;

/// Whether the instruction at `pc` reads FPSR to save it in a frame that it is restored from, or restores it from there.
pub fn saves_status(word: Word<'_>, pc: u64) -> bool {
    let Some((reads, slot)) = slot(word, pc) else {
        return false;
    };
    let flags = if reads { READ_FLAGS } else { WRITE_FLAGS };
    let first = pc.wrapping_sub(4 * NEAR);
    let near = (0..=2 * NEAR).map(|i| first.wrapping_add(4 * i));
    let mut far = (1..=FAR).map(|i| match reads {
        true => pc.wrapping_add(4 * i),
        false => pc.wrapping_sub(4 * i),
    });
    let is_flags = |at| word(at).is_some_and(|w| w & !REGISTER == flags);
    { near }.any(is_flags) && far.any(|at| self::slot(word, at) == Some((!reads, slot)))
}

/// Of an instruction that reads FPSR and stores it in a slot, or loads it from there and writes it: whether it reads, and the slot's offset from `sp`.
fn slot(word: Word<'_>, pc: u64) -> Option<(bool, u32)> {
    let insn = word(pc)?;
    let register = insn & REGISTER;
    let reads = match insn & !REGISTER {
        READ_STATUS => true,
        WRITE_STATUS => false,
        _ => return None,
    };
    for i in 1..=NEAR {
        let at = match reads {
            true => pc.wrapping_add(4 * i),
            false => pc.wrapping_sub(4 * i),
        };
        let insn = word(at)?;
        if let Some(offset) = accessed(insn, register, !reads) {
            return Some((reads, offset));
        }
        // Between them only the same is done with other registers.
        let moves = match reads {
            true => insn >> 20 == READ_STATUS >> 20 || is_frame_access(insn, false),
            false => insn >> 20 == WRITE_STATUS >> 20 || is_frame_access(insn, true),
        };
        if !moves || insn & REGISTER == register {
            return None;
        }
    }
    None
}

/// `str` or `ldr` of an x register at an unsigned offset, `stp` or `ldp` of two at a signed one, from `sp` (Arm ARM C6.2, "STR (immediate)", "LDR (immediate)", "STP", "LDP").
fn is_frame_access(insn: u32, load: bool) -> bool {
    const SP: u32 = 31 << 5;
    let load = u32::from(load) << 22;
    let base = insn & (31 << 5) == SP;
    base && (insn & 0xffc0_0000 == 0xf900_0000 | load || insn & 0xffc0_0000 == 0xa900_0000 | load)
}

/// The offset at which such an instruction accesses a register.
fn accessed(insn: u32, register: u32, load: bool) -> Option<u32> {
    if !is_frame_access(insn, load) {
        return None;
    }
    let first = insn & REGISTER == register;
    if insn >> 30 == 3 {
        return first.then_some((insn >> 10 & 0xfff) * 8);
    }
    let second = insn >> 10 & REGISTER == register;
    let offset = (((insn << 10) as i32 >> 25) * 8) as u32;
    match (first, second) {
        (true, false) => Some(offset),
        (false, true) => Some(offset.wrapping_add(8)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::saves_status;

    /// Go's: `mrs x0, nzcv; str x0, [sp, #480]; mrs x0, fpsr; str x0, [sp, #488]`, a call, and the other way round.
    const SINGLE: [u32; 9] = [
        0xd53b_4200,
        0xf900_f3e0,
        0xd53b_4420,
        0xf900_f7e0,
        0x9400_0000,
        0xf940_f7e0,
        0xd51b_4420,
        0xf940_f3e0,
        0xd51b_4200,
    ];
    /// `mrs x2, nzcv; mrs x3, fpsr; stp x2, x3, [sp, #-16]`, a call, `ldp x2, x3, [sp, #-16]; msr nzcv, x2; msr fpsr, x3`.
    const PAIRS: [u32; 7] = [
        0xd53b_4202,
        0xd53b_4423,
        0xa93f_0fe2,
        0x9400_0000,
        0xa97f_0fe2,
        0xd51b_4202,
        0xd51b_4423,
    ];

    fn at(words: &[u32], index: u64) -> bool {
        let word = |pc: u64| words.get(pc.wrapping_sub(0x1000) as usize / 4).copied();
        saves_status(&word, 0x1000 + 4 * index)
    }

    #[test]
    fn contexts_are_known_by_their_flags() {
        assert!(at(&SINGLE, 2) && at(&SINGLE, 6));
        assert!(!at(&SINGLE, 0) && !at(&SINGLE, 8));
        assert!(at(&PAIRS, 1) && at(&PAIRS, 6));
    }

    #[test]
    fn others_look() {
        // Never restored; never saved.
        assert!(!at(&SINGLE[..5], 2));
        assert!(!at(&SINGLE[5..], 1));
        let changed = |words: &[u32], index: usize, word| {
            let mut words = words.to_vec();
            words[index] = word;
            words
        };
        // From another slot; another register is stored; without the flags.
        assert!(!at(&changed(&SINGLE, 5, 0xf940_fbe0), 2));
        assert!(!at(&changed(&SINGLE, 3, 0xf900_f7e1), 2));
        assert!(!at(&changed(&SINGLE, 0, 0xd503_201f), 2));
        // The other slot of the pair; something is done with it in between.
        assert!(!at(&changed(&PAIRS, 4, 0xa97f_0be3), 1));
        assert!(!at(&changed(&PAIRS, 5, 0x9100_0463), 6));
    }
}
