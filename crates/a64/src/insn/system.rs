//! System instructions: hints, barriers, registers, cache maintenance, flags; exceptions; the reserved encodings (C4.1.94).

use elfconv_ir::FaultKind;

use crate::{
    builder::Builder,
    features,
    fpu::{FPCR_BITS, FPSR_BITS},
    operands::{Barrier, Gpr, IdRegister, Imm},
    row::instructions,
    state::{COUNTER_HZ, SysReg},
};

instructions! {
    class "System";

    udf "0000000000000000 imm16:16" "udf #{imm16}" (imm16);
    svc "11010100 000 imm16:16 000 01" "svc #{imm16:x}" (imm16);
    brk "11010100 001 imm16:16 000 00" "brk #{imm16:x}" (imm16);
    hlt "11010100 010 imm16:16 000 00" "hlt #{imm16:x}" (imm16);

    // Hints, those of pointer authentication included, do nothing.
    hint "1101010100 0 00 011 0010 imm7:7 11111" "hint #{imm7:x}" (imm7) {
        "nop" if (|w| hint_is(w, 0)),
        "yield" if (|w| hint_is(w, 1)),
        "wfe" if (|w| hint_is(w, 2)),
        "wfi" if (|w| hint_is(w, 3)),
        "sev" if (|w| hint_is(w, 4)),
        "sevl" if (|w| hint_is(w, 5)),
        "dgh" if (|w| hint_is(w, 6)),
        "xpaclri" if (|w| hint_is(w, 7)),
        "pacia1716" if (|w| hint_is(w, 8)),
        "pacib1716" if (|w| hint_is(w, 10)),
        "autia1716" if (|w| hint_is(w, 12)),
        "autib1716" if (|w| hint_is(w, 14)),
        "esb" if (|w| hint_is(w, 16)),
        "psb csync" if (|w| hint_is(w, 17)),
        "tsb csync" if (|w| hint_is(w, 18)),
        "csdb" if (|w| hint_is(w, 20)),
        "paciaz" if (|w| hint_is(w, 24)),
        "paciasp" if (|w| hint_is(w, 25)),
        "pacibz" if (|w| hint_is(w, 26)),
        "pacibsp" if (|w| hint_is(w, 27)),
        "autiaz" if (|w| hint_is(w, 28)),
        "autiasp" if (|w| hint_is(w, 29)),
        "autibz" if (|w| hint_is(w, 30)),
        "autibsp" if (|w| hint_is(w, 31)),
        "bti" if (|w| hint_is(w, 32)),
        "bti c" if (|w| hint_is(w, 34)),
        "bti j" if (|w| hint_is(w, 36)),
        "bti jc" if (|w| hint_is(w, 38)),
    };
    dsb "1101010100 0 00 011 0011 CRm:4 100 11111" "dsb {CRm}" (CRm) => barrier {
        "ssbb" if (|w| w >> 8 & 15 == 0),
        "pssbb" if (|w| w >> 8 & 15 == 4),
    };
    dmb "1101010100 0 00 011 0011 CRm:4 101 11111" "dmb {CRm}" (CRm) => barrier;
    isb "1101010100 0 00 011 0011 CRm:4 110 11111" "isb {CRm}" (CRm) => barrier { "isb" if (|w| w >> 8 & 15 == 15) };
    sb "1101010100 0 00 011 0011 0000 111 11111" "sb" () => nothing;

    cfinv "1101010100 0 00 000 0100 0000 000 11111" "cfinv" () feature (FlagM);
    xaflag "1101010100 0 00 000 0100 0000 001 11111" "xaflag" () feature (FlagM2);
    axflag "1101010100 0 00 000 0100 0000 010 11111" "axflag" () feature (FlagM2);

    ic_ivau "1101010100 0 01 011 0111 0101 001 Rt:5" "ic ivau, {Rt}" (Rt);
    dc_zva "1101010100 0 01 011 0111 0100 001 Rt:5" "dc zva, {Rt}" (Rt);
    dc_cvac "1101010100 0 01 011 0111 1010 001 Rt:5" "dc cvac, {Rt}" (Rt) => maintain;
    dc_cvau "1101010100 0 01 011 0111 1011 001 Rt:5" "dc cvau, {Rt}" (Rt) => maintain;
    dc_cvap "1101010100 0 01 011 0111 1100 001 Rt:5" "dc cvap, {Rt}" (Rt) => maintain;
    dc_cvadp "1101010100 0 01 011 0111 1101 001 Rt:5" "dc cvadp, {Rt}" (Rt) => maintain;
    dc_civac "1101010100 0 01 011 0111 1110 001 Rt:5" "dc civac, {Rt}" (Rt) => maintain;

    msr_nzcv "1101010100 0 11 011 0100 0010 000 Rt:5" "msr nzcv, {Rt}" (Rt);
    mrs_nzcv "1101010100 1 11 011 0100 0010 000 Rt:5" "mrs {Rt}, nzcv" (Rt);
    msr_fpcr "1101010100 0 11 011 0100 0100 000 Rt:5" "msr fpcr, {Rt}" (Rt);
    mrs_fpcr "1101010100 1 11 011 0100 0100 000 Rt:5" "mrs {Rt}, fpcr" (Rt);
    msr_fpsr "1101010100 0 11 011 0100 0100 001 Rt:5" "msr fpsr, {Rt}" (Rt);
    mrs_fpsr "1101010100 1 11 011 0100 0100 001 Rt:5" "mrs {Rt}, fpsr" (Rt);
    msr_dit "1101010100 0 11 011 0100 0010 101 Rt:5" "msr dit, {Rt}" (Rt) => msr_pstate<24> feature (Dit);
    mrs_dit "1101010100 1 11 011 0100 0010 101 Rt:5" "mrs {Rt}, dit" (Rt) => mrs_pstate<24> feature (Dit);
    msr_dit_imm "1101010100 0 00 011 0100 CRm:4 010 11111" "msr dit, #{CRm}" (CRm) => msr_pstate_imm<24> feature (Dit);
    msr_ssbs "1101010100 0 11 011 0100 0010 110 Rt:5" "msr ssbs, {Rt}" (Rt) => msr_pstate<12> feature (Ssbs);
    mrs_ssbs "1101010100 1 11 011 0100 0010 110 Rt:5" "mrs {Rt}, ssbs" (Rt) => mrs_pstate<12> feature (Ssbs);
    msr_ssbs_imm "1101010100 0 00 011 0100 CRm:4 001 11111" "msr ssbs, #{CRm}" (CRm) => msr_pstate_imm<12> feature (Ssbs);
    mrs_rndr "1101010100 1 11 011 0010 0100 000 Rt:5" "mrs {Rt}, rndr" (Rt) => random feature (Rng);
    mrs_rndrrs "1101010100 1 11 011 0010 0100 001 Rt:5" "mrs {Rt}, rndrrs" (Rt) => random feature (Rng);
    msr_tpidr "1101010100 0 11 011 1101 0000 010 Rt:5" "msr tpidr_el0, {Rt}" (Rt);
    mrs_tpidr "1101010100 1 11 011 1101 0000 010 Rt:5" "mrs {Rt}, tpidr_el0" (Rt);
    mrs_tpidrro "1101010100 1 11 011 1101 0000 011 Rt:5" "mrs {Rt}, tpidrro_el0" (Rt);
    mrs_ctr "1101010100 1 11 011 0000 0000 001 Rt:5" "mrs {Rt}, ctr_el0" (Rt);
    mrs_dczid "1101010100 1 11 011 0000 0000 111 Rt:5" "mrs {Rt}, dczid_el0" (Rt);
    mrs_cntfrq "1101010100 1 11 011 1110 0000 000 Rt:5" "mrs {Rt}, cntfrq_el0" (Rt);
    mrs_cntvct "1101010100 1 11 011 1110 0000 010 Rt:5" "mrs {Rt}, cntvct_el0" (Rt);
    // The registers that Linux lets user mode read.
    mrs_id "1101010100 1 11 000 0000 id:7 Rt:5" "mrs {Rt}, {id}" (id, Rt) if (is_id_register);
}

fn hint_is(word: u32, number: u32) -> bool {
    word >> 5 & 127 == number
}

/// S3_0_C0_C0_{0,5,6} and S3_0_C0_C1_0 to S3_0_C0_C7_7.
fn is_id_register(word: u32) -> bool {
    matches!((word >> 8 & 15, word >> 5 & 7), (0, 0 | 5 | 6) | (1..=7, _))
}

fn udf<B: Builder>(b: &mut B, imm16: Imm<16>) {
    b.fault(FaultKind::Illegal, imm16.0.into());
}

fn svc<B: Builder>(b: &mut B, imm16: Imm<16>) {
    b.syscall(imm16.0 as u16);
}

fn brk<B: Builder>(b: &mut B, imm16: Imm<16>) {
    b.fault(FaultKind::Breakpoint, imm16.0.into());
}

/// Without a debugger that handles it, undefined; the information is the word.
fn hlt<B: Builder>(b: &mut B, imm16: Imm<16>) {
    b.fault(FaultKind::Illegal, (0xd440_0000 | imm16.0 << 5).into());
}

fn hint<B: Builder>(_: &mut B, _imm7: Imm<7>) {}

fn barrier<B: Builder>(_: &mut B, _crm: Barrier) {}

fn nothing<B: Builder>(_: &mut B) {}

/// Cleaning a data cache changes nothing that a program can see.
fn maintain<B: Builder>(_: &mut B, _rt: Gpr) {}

/// Tells the kernel that code changed, so that decoded and translated instructions are looked at again.
fn ic_ivau<B: Builder>(b: &mut B, rt: Gpr) {
    let addr = rt.x(b);
    let one = b.i64_const(1);
    // Never zero, so that it is a flag too.
    let flag = b.i64_or(addr, one);
    b.set_sys(SysReg::CodeChanged, flag);
}

/// Clears the aligned block that contains the address.
fn dc_zva<B: Builder>(b: &mut B, rt: Gpr) {
    const BLOCK: u64 = 4 << features::DCZID_EL0;
    let addr = rt.x(b);
    let mask = b.i64_const(!(BLOCK - 1));
    let base = b.i64_and(addr, mask);
    let zero = b.v128_const(0);
    for offset in (0..BLOCK as i64).step_by(16) {
        b.v128_store(base, offset, zero);
    }
}

fn cfinv<B: Builder>(b: &mut B) {
    let flags = b.nzcv();
    let carry = b.i32_const(2);
    let flags = b.i32_xor(flags, carry);
    b.set_nzcv(flags);
}

/// One flag, 0 or 1.
fn flag<B: Builder>(b: &mut B, flags: B::I32, bit: u32) -> B::I32 {
    let (at, one) = (b.i32_const(bit), b.i32_const(1));
    let down = b.i32_shr_u(flags, at);
    b.i32_and(down, one)
}

/// Flags from their bits.
fn set_flags<B: Builder>(b: &mut B, nzcv: [B::I32; 4]) {
    let mut flags = b.i32_const(0);
    for (bit, value) in [3, 2, 1, 0].into_iter().zip(nzcv) {
        let at = b.i32_const(bit);
        let up = b.i32_shl(value, at);
        flags = b.i32_or(flags, up);
    }
    b.set_nzcv(flags);
}

/// AXFLAG, C6.2.24: from Arm's floating-point comparison to the other convention: Z = Z or V, C = C and not V, N = V = 0.
fn axflag<B: Builder>(b: &mut B) {
    let flags = b.nzcv();
    let (z, c, v) = (flag(b, flags, 2), flag(b, flags, 1), flag(b, flags, 0));
    let zero = b.i32_const(0);
    let ordered = b.i32_eqz(v);
    let z = b.i32_or(z, v);
    let c = b.i32_and(c, ordered);
    set_flags(b, [zero, z, c, zero]);
}

/// XAFLAG, C6.2.396: the way back. N = not C and not Z, Z = Z and C, C = C or Z, V = not C and Z.
fn xaflag<B: Builder>(b: &mut B) {
    let flags = b.nzcv();
    let (z, c) = (flag(b, flags, 2), flag(b, flags, 1));
    let (not_z, not_c) = (b.i32_eqz(z), b.i32_eqz(c));
    let n = b.i32_and(not_c, not_z);
    let v = b.i32_and(not_c, z);
    let both = b.i32_and(z, c);
    let either = b.i32_or(z, c);
    set_flags(b, [n, both, either, v]);
}

fn msr_nzcv<B: Builder>(b: &mut B, rt: Gpr) {
    let w = rt.w(b);
    let at = b.i32_const(28);
    let flags = b.i32_shr_u(w, at);
    b.set_nzcv(flags);
}

fn mrs_nzcv<B: Builder>(b: &mut B, rt: Gpr) {
    let flags = b.nzcv();
    let at = b.i32_const(28);
    let up = b.i32_shl(flags, at);
    rt.set_w(b, up);
}

/// Writes the bits of a system register that exist.
fn write<B: Builder>(b: &mut B, register: SysReg, bits: u32, rt: Gpr) -> B::I64 {
    let (x, mask) = (rt.x(b), b.i64_const(bits.into()));
    let value = b.i64_and(x, mask);
    b.set_sys(register, value);
    value
}

fn read<B: Builder>(b: &mut B, register: SysReg, rt: Gpr) {
    let value = b.sys(register);
    rt.set_x(b, value);
}

fn msr_fpcr<B: Builder>(b: &mut B, rt: Gpr) {
    let mode = write(b, SysReg::Fpcr, FPCR_BITS, rt);
    let compiled = b.i64_const(b.fpcr().into());
    let other = b.i64_ne(mode, compiled);
    b.leave_if(other);
}

fn mrs_fpcr<B: Builder>(b: &mut B, rt: Gpr) {
    read(b, SysReg::Fpcr, rt);
}

/// From now on the flags are kept.
fn observe<B: Builder>(b: &mut B) {
    let one = b.i64_const(1);
    b.set_sys(SysReg::FpObserved, one);
    let always = b.i32_const(1);
    b.leave_if(always);
}

/// Who writes the flags, to clear them mostly, means to read them later.
fn msr_fpsr<B: Builder>(b: &mut B, rt: Gpr) {
    write(b, SysReg::Fpsr, FPSR_BITS, rt);
    observe(b);
}

/// Who reads them does so again: `feclearexcept` writes them only if any is set.
fn mrs_fpsr<B: Builder>(b: &mut B, rt: Gpr) {
    read(b, SysReg::Fpsr, rt);
    observe(b);
}

/// Sets one bit of PSTATE to that of `value`.
fn set_pstate<B: Builder>(b: &mut B, bit: u32, value: B::I64) {
    let mask = 1 << bit;
    let (others, mask) = (b.i64_const(!mask), b.i64_const(mask));
    let old = b.sys(SysReg::Pstate);
    let kept = b.i64_and(old, others);
    let new = b.i64_and(value, mask);
    let pstate = b.i64_or(kept, new);
    b.set_sys(SysReg::Pstate, pstate);
}

/// MSR (register) of DIT and SSBS, C5.2: kept, and without effect.
fn msr_pstate<B: Builder, const BIT: u32>(b: &mut B, rt: Gpr) {
    let value = rt.x(b);
    set_pstate(b, BIT, value);
}

/// MSR (immediate): the low bit counts.
fn msr_pstate_imm<B: Builder, const BIT: u32>(b: &mut B, crm: Imm<4>) {
    let value = b.i64_const(u64::from(crm.0 & 1) << BIT);
    set_pstate(b, BIT, value);
}

fn mrs_pstate<B: Builder, const BIT: u32>(b: &mut B, rt: Gpr) {
    let pstate = b.sys(SysReg::Pstate);
    let mask = b.i64_const(1 << BIT);
    let value = b.i64_and(pstate, mask);
    rt.set_x(b, value);
}

/// RNDR and RNDRRS, D17.2: a random number and no flags, or zero and Z. (Zero, too, counts as none.)
fn random<B: Builder>(b: &mut B, rt: Gpr) {
    let value = b.sys(SysReg::Random);
    let none = b.i64_eqz(value);
    let z = b.i32_const(2);
    let flags = b.i32_shl(none, z);
    b.set_nzcv(flags);
    rt.set_x(b, value);
}

fn msr_tpidr<B: Builder>(b: &mut B, rt: Gpr) {
    let x = rt.x(b);
    b.set_sys(SysReg::Tpidr, x);
}

fn mrs_tpidr<B: Builder>(b: &mut B, rt: Gpr) {
    read(b, SysReg::Tpidr, rt);
}

/// Linux keeps it zero.
fn mrs_tpidrro<B: Builder>(b: &mut B, rt: Gpr) {
    constant(b, 0, rt);
}

fn constant<B: Builder>(b: &mut B, value: u64, rt: Gpr) {
    let value = b.i64_const(value);
    rt.set_x(b, value);
}

fn mrs_ctr<B: Builder>(b: &mut B, rt: Gpr) {
    constant(b, features::CTR_EL0, rt);
}

fn mrs_dczid<B: Builder>(b: &mut B, rt: Gpr) {
    constant(b, features::DCZID_EL0, rt);
}

fn mrs_cntfrq<B: Builder>(b: &mut B, rt: Gpr) {
    constant(b, COUNTER_HZ, rt);
}

fn mrs_cntvct<B: Builder>(b: &mut B, rt: Gpr) {
    read(b, SysReg::Counter, rt);
}

fn mrs_id<B: Builder>(b: &mut B, id: IdRegister, rt: Gpr) {
    constant(b, features::id_register(id.crm(), id.op2()), rt);
}
