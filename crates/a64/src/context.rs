//! Code that saves and restores whole contexts.

/// `mrs xN, fpsr` and `msr fpsr, xN` (Arm ARM C6.2.228, C6.2.230), without the register.
const READ_STATUS: u32 = 0xd53b_4420;
const WRITE_STATUS: u32 = 0xd51b_4420;
/// `mrs xN, nzcv` and `msr nzcv, xN`.
const READ_FLAGS: u32 = 0xd53b_4200;
const WRITE_FLAGS: u32 = 0xd51b_4200;
/// How many instructions away the flags are looked for.
const NEAR: u64 = 4;

/// Whether the instruction at `pc` reads or writes FPSR to save it in a frame or restore it from there, as code does that may be entered at any point of other code (Go's preemption): NZCV, which
/// no compiler saves, then goes the same way beside it. Nobody looks at what is in FPSR, so its flags need not be kept for that.
pub fn saves_status(word: &dyn Fn(u64) -> Option<u32>, pc: u64) -> bool {
    const REGISTER: u32 = 31;
    let Some(insn) = word(pc) else {
        return false;
    };
    // `str xN, [sp, #imm]` behind it, or `ldr xN, [sp, #imm]` before it (C6.2.388, C6.2.212).
    let (flags, at, access) = match insn & !REGISTER {
        READ_STATUS => (READ_FLAGS, pc.wrapping_add(4), 0xf900_03e0),
        WRITE_STATUS => (WRITE_FLAGS, pc.wrapping_sub(4), 0xf940_03e0),
        _ => return false,
    };
    let in_frame = word(at).is_some_and(|w| w & 0xffc0_03ff == access | insn & REGISTER);
    let first = pc.wrapping_sub(4 * NEAR);
    let mut near = (0..=2 * NEAR).map(|i| first.wrapping_add(4 * i));
    in_frame && near.any(|at| word(at).is_some_and(|w| w & !REGISTER == flags))
}

#[cfg(test)]
mod tests {
    use super::saves_status;

    fn at(words: &[u32], index: u64) -> bool {
        let word = |pc: u64| words.get(pc.wrapping_sub(0x1000) as usize / 4).copied();
        saves_status(&word, 0x1000 + 4 * index)
    }

    #[test]
    fn contexts_are_known_by_their_flags() {
        // mrs x0, nzcv; str x0, [sp, #480]; mrs x0, fpsr; str x0, [sp, #488]
        let save = [0xd53b_4200, 0xf900_f3e0, 0xd53b_4420, 0xf900_f7e0];
        assert!(at(&save, 2));
        // ldr x0, [sp, #488]; msr fpsr, x0; ldr x0, [sp, #480]; msr nzcv, x0
        let restore = [0xf940_f7e0, 0xd51b_4420, 0xf940_f3e0, 0xd51b_4200];
        assert!(at(&restore, 1));
        assert!(!at(&restore, 3));
    }

    #[test]
    fn others_look() {
        // Without the flags; to another register; the flags the other way.
        assert!(!at(&[0xd53b_4420, 0xf900_f7e0], 0));
        assert!(!at(&[0xd53b_4200, 0xd53b_4420, 0xf900_f7e1], 1));
        assert!(!at(&[0xd51b_4200, 0xd53b_4420, 0xf900_f7e0], 1));
    }
}
