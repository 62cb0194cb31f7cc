//! Properties of the row table as a whole.

use std::collections::BTreeSet;

use elfconv_a64::{
    Flow, decode,
    exec::{Event, Exec, Memory, NoMemory, Refused},
    execute, features,
    operands::Gpr,
    rows,
    state::CpuState,
};
use elfconv_ir::FaultKind;

macro_rules! refuse {
    ($($load:ident $store:ident $ty:ty)*) => {$(
        fn $load(&mut self, _: u64) -> Result<$ty, Refused> {
            Err(Refused)
        }
        fn $store(&mut self, _: u64, _: $ty) -> Result<(), Refused> {
            Err(Refused)
        }
    )*};
}

#[test]
fn names_are_unique() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert!(seen.insert(row.name), "two rows are called {}", row.name);
    }
}

#[test]
fn overs_exist() {
    let names: BTreeSet<_> = rows().iter().map(|r| r.name).collect();
    for row in rows() {
        for over in row.over {
            assert!(
                names.contains(over),
                "{} is over {over}, which is no row",
                row.name
            );
        }
    }
}

#[test]
fn disassembles() {
    let text = |word| decode(word).map(|insn| insn.disasm(0x1000).to_string());
    assert_eq!(
        text(0x9140_0420).as_deref(),
        Some("add x0, x1, #1, lsl #12")
    );
    assert_eq!(text(0x9100_03e0).as_deref(), Some("mov x0, sp"));
    assert_eq!(text(0x17ff_ffff).as_deref(), Some("b 0xffc"));
    assert_eq!(text(0).as_deref(), Some("udf #0"));
}

#[test]
fn control_flow() {
    let flow = |word| decode(word).unwrap().flow(0x1000);
    assert_eq!(flow(0x1400_0008), Flow::Jump(0x1020));
    assert_eq!(flow(0x9400_0008), Flow::Call(0x1020));
    assert_eq!(flow(0x5400_0100), Flow::CondJump(0x1020)); // b.eq
    assert_eq!(flow(0x5400_010e), Flow::Jump(0x1020)); // b.al
    assert_eq!(flow(0xb4ff_ffe0), Flow::CondJump(0xffc)); // cbz
    assert_eq!(flow(0x3600_0080), Flow::CondJump(0x1010)); // tbz
    assert_eq!(flow(0xd61f_00a0), Flow::JumpIndirect(Gpr(5)));
    assert_eq!(flow(0xd63f_03c0), Flow::CallIndirect(Gpr(30)));
    assert_eq!(flow(0xd65f_03c0), Flow::Ret(Gpr(30)));
    assert_eq!(flow(0xd65f_03e0), Flow::Ret(Gpr(31)));
    assert_eq!(flow(0xd400_0001), Flow::Syscall);
    assert_eq!(flow(0xd420_0020), Flow::Fault(FaultKind::Breakpoint));
    assert_eq!(flow(0x0000_0007), Flow::Fault(FaultKind::Illegal));
    assert_eq!(flow(0xd50b_7420), Flow::Next); // dc zva
    assert_eq!(flow(0xf940_0000), Flow::Next); // ldr x0, [x0]
}

/// Only the classes of branches and system instructions redirect control, so that `flow` need not execute the others.
#[test]
fn only_branches_branch() {
    for row in rows() {
        let insn = (0..64).find_map(|i: u32| {
            decode(row.bits.value | (i.wrapping_mul(0x9e37_79b9) & !row.bits.mask))
                .filter(|insn| insn.name() == row.name)
        });
        let insn = insn.filter(|_| !features::absent(row.feature));
        if let Some(insn) = insn.filter(|insn| insn.flow(0x1000) != Flow::Next) {
            assert!(
                ["Branches", "System"].contains(&row.class),
                "{} redirects control",
                insn.name()
            );
        }
    }
}

#[test]
fn reported_features_have_rows() {
    for feature in features::REPORTED {
        assert!(
            rows().iter().any(|row| row.feature == *feature),
            "{feature:?} is reported without rows"
        );
    }
    for row in rows() {
        let lists = [features::REPORTED, features::WITHHELD, features::ABSENT];
        let count = lists.iter().filter(|l| l.contains(&row.feature)).count();
        assert!(count == 1, "{} is in {count} lists of features", row.name);
    }
}

/// Every encoding of an extension that is not there is undefined, and says which word it is.
#[test]
fn absent_extensions_are_undefined() {
    let mut count = 0;
    for row in rows().iter().filter(|row| features::absent(row.feature)) {
        for i in 0..64u32 {
            let word = row.bits.value | (i.wrapping_mul(0x9e37_79b9) & !row.bits.mask);
            let Some(insn) = decode(word).filter(|insn| insn.name() == row.name) else {
                continue;
            };
            count += 1;
            assert_eq!(insn.flow(0x1000), Flow::Fault(FaultKind::Illegal));
            let (mut state, mut memory) = (CpuState::new(), NoMemory);
            let mut exec = Exec::new(&mut state, &mut memory);
            execute(&mut exec, insn);
            assert_eq!(exec.event, Event::Fault(FaultKind::Illegal), "{}", row.name);
            assert_eq!(exec.target, word.into(), "{}", row.name);
        }
    }
    assert!(count > 1000);
}

/// A machine whose random numbers are these.
struct Dice(u64);

impl Memory for Dice {
    refuse! { load8 store8 u8 load16 store16 u16 load32 store32 u32 load64 store64 u64 load128 store128 u128 }
    fn random(&mut self) -> u64 {
        self.0
    }
}

#[test]
fn random_numbers() {
    for (word, random, nzcv) in [
        (0xd53b_2405, 0x1234_5678_9abc_def0, 0),
        (0xd53b_2425, 7, 0),
        (0xd53b_2405, 0, 4),
    ] {
        let (mut state, mut memory) = (CpuState::new(), Dice(random));
        state.nzcv = 15;
        state.x[5] = 1;
        execute(
            &mut Exec::new(&mut state, &mut memory),
            decode(word).unwrap(),
        );
        assert_eq!((state.x[5], state.nzcv), (random, nzcv));
    }
}

#[test]
fn unknown_words_are_refused() {
    for word in [
        0xffff_ffff,
        0x1b20_0000,
        0x8bc0_0000,
        0x1280_0000 | 1 << 22,
        0xd503_33ff | 1 << 8,
    ] {
        assert_eq!(decode(word).map(|insn| insn.name()), None, "{word:08x}");
    }
}
