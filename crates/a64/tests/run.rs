//! The interpreter's loop: where it stops, faults, and code that changes.

use elfconv_a64::{
    exec::{DecodeCache, Memory, Outcome, Refused, run},
    state::CpuState,
};
use elfconv_ir::FaultKind;

/// Flat memory from address 0.
struct Flat(Vec<u8>);

macro_rules! accesses {
    ($($load:ident $store:ident $ty:ty;)*) => {
        impl Memory for Flat {
            $(
                fn $load(&mut self, addr: u64) -> Result<$ty, Refused> {
                    let at = usize::try_from(addr).map_err(|_| Refused)?;
                    let end = at.checked_add(size_of::<$ty>()).ok_or(Refused)?;
                    let bytes = self.0.get(at..end).ok_or(Refused)?;
                    Ok(<$ty>::from_le_bytes(bytes.try_into().unwrap()))
                }
                fn $store(&mut self, addr: u64, value: $ty) -> Result<(), Refused> {
                    let at = usize::try_from(addr).map_err(|_| Refused)?;
                    let end = at.checked_add(size_of::<$ty>()).ok_or(Refused)?;
                    self.0.get_mut(at..end).ok_or(Refused)?.copy_from_slice(&value.to_le_bytes());
                    Ok(())
                }
            )*
        }
    };
}
accesses! {
    load8 store8 u8;
    load16 store16 u16;
    load32 store32 u32;
    load64 store64 u64;
    load128 store128 u128;
}

const RET: u32 = 0xd65f_03c0;

struct Machine {
    state: CpuState,
    memory: Flat,
    cache: DecodeCache,
}

impl Machine {
    /// With `code` at 0x1000, where it starts.
    fn new(code: &[u32]) -> Machine {
        let mut memory = Flat(vec![0; 0x4000]);
        for (i, word) in code.iter().enumerate() {
            memory.0[0x1000 + 4 * i..][..4].copy_from_slice(&word.to_le_bytes());
        }
        let mut state = CpuState::new();
        state.pc = 0x1000;
        Machine {
            state,
            memory,
            cache: DecodeCache::new(4),
        }
    }
    fn run(&mut self, limit: u64) -> Outcome {
        run(&mut self.state, &mut self.memory, &mut self.cache, limit)
    }
}

#[test]
fn a_loop_in_a_cache_that_is_too_small() {
    // 100 additions, then subs x1, x1, #1; b.ne the first; ret
    let mut code = vec![0x9100_0400; 100]; // add x0, x0, #1
    code.extend([
        0xf100_0421,
        0x5400_0001 | (0u32.wrapping_sub(101) & 0x7_ffff) << 5,
        RET,
    ]);
    let mut m = Machine::new(&code);
    m.state.x[1] = 1000;
    m.state.x[30] = 0x3000;
    assert_eq!(m.run(u64::MAX), Outcome::Return);
    assert_eq!((m.state.x[0], m.state.pc), (100_000, 0x3000));
}

#[test]
fn limits() {
    let mut m = Machine::new(&[0x9100_0400, 0x9100_0400, 0x9100_0400, RET]);
    assert_eq!(m.run(2), Outcome::Next);
    assert_eq!((m.state.x[0], m.state.pc), (2, 0x1008));
    assert_eq!(m.run(0), Outcome::Next);
    assert_eq!(m.run(2), Outcome::Return);
    assert_eq!(m.state.x[0], 3);
}

#[test]
fn calls_and_system_calls() {
    // svc #0; bl +8; (not executed); blr x5; br x6
    let mut m = Machine::new(&[0xd400_0001, 0x9400_0002, 0, 0xd63f_00a0, 0xd61f_00c0]);
    m.state.x[5] = 0x1010;
    m.state.x[6] = 0x3000;
    assert_eq!(m.run(100), Outcome::Syscall);
    assert_eq!(m.state.pc, 0x1004);
    assert_eq!(m.run(100), Outcome::Call);
    assert_eq!((m.state.pc, m.state.x[30]), (0x100c, 0x1008));
    assert_eq!(m.run(100), Outcome::Call);
    assert_eq!((m.state.pc, m.state.x[30]), (0x1010, 0x1010));
    assert_eq!(m.run(100), Outcome::IndirectJump);
    assert_eq!(m.state.pc, 0x3000);
}

#[test]
fn faults_leave_the_registers() {
    // add x0, x0, #1; ldr x0, [x1], #8
    let mut m = Machine::new(&[0x9100_0400, 0xf840_8420]);
    m.state.x[1] = 1 << 40;
    let fault = |kind, info| Outcome::Fault { kind, info };
    assert_eq!(m.run(100), fault(FaultKind::Segv, 1 << 40));
    assert_eq!(
        (m.state.pc, m.state.x[0], m.state.x[1]),
        (0x1004, 1, 1 << 40)
    );
    // It goes on when the address is good.
    m.state.x[1] = 0x2000;
    assert_eq!(m.run(1), Outcome::Next);
    assert_eq!(
        (m.state.pc, m.state.x[0], m.state.x[1]),
        (0x1008, 0, 0x2008)
    );
    // udf; then no memory; then a misaligned address.
    assert_eq!(m.run(1), fault(FaultKind::Illegal, 0));
    m.state.pc = 0x10_0000;
    assert_eq!(m.run(1), fault(FaultKind::Segv, 0x10_0000));
    m.state.pc = 0x1002;
    assert_eq!(m.run(1), fault(FaultKind::Bus, 0x1002));
    // An address whose low half is that of cached code.
    m.state.pc = 0x1_0000_1000;
    assert_eq!(m.run(1), fault(FaultKind::Segv, 0x1_0000_1000));
}

#[test]
fn changed_code_is_seen_after_cache_maintenance() {
    // str w0, [x1]; ic ivau, x1; br x1
    let mut m = Machine::new(&[0xb900_0020, 0xd50b_7521, 0xd61f_0020]);
    m.cache = DecodeCache::new(12);
    m.state.x[1] = 0x2000;
    for (word, value) in [(0xd280_0022u32, 1), (0xd280_0042, 2)] {
        // movz x2, #value; ret
        m.memory.store32(0x2004, RET).unwrap();
        m.state.pc = 0x1000;
        m.state.x[0] = word.into();
        assert_eq!(m.run(100), Outcome::IndirectJump);
        assert_eq!(m.run(100), Outcome::Return);
        assert_eq!(m.state.x[2], value);
    }
}
