//! Process start: the address space as `emit` laid it out, and the initial stack.

use alloc::string::String;
use alloc::vec::Vec;

use elfconv_a64::features::{HWCAP, HWCAP2};
use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::boot::Boot;
use elfconv_abi::mm::{PAGE_SIZE, PROT_EXEC, PROT_READ, PROT_WRITE};
use elfconv_abi::process::*;
use elfconv_abi::time::USER_HZ;

use crate::kernel::Kernel;
use crate::mm::Kind;
use crate::mm::memory::LOWEST;
use crate::vfs::namespace::normalize;

/// The features line of `/proc/cpuinfo`.
pub fn hwcap_names() -> String {
    let bits = |set: u64, names: &'static [&'static str]| {
        (0..)
            .zip(names)
            .filter(move |&(bit, _)| set >> bit & 1 != 0)
            .map(|(_, name)| *name)
    };
    let names: Vec<&str> = bits(HWCAP, HWCAP_NAMES)
        .chain(bits(HWCAP2, HWCAP2_NAMES))
        .collect();
    names.join(" ")
}

/// `mov x8, #139; svc #0`: `rt_sigreturn`.
const TRAMPOLINE: [u32; 2] = [0xd280_1168, 0xd400_0001];

/// Enters the image into the address space, lays it out behind `heap_end`, builds the stack, and sets `sp` and `pc`.
pub fn start(
    k: &mut Kernel,
    state: &mut CpuState,
    boot: &Boot,
    heap_end: u64,
) -> Result<(), Errno> {
    let memory = k.mm.memory();
    let word = |addr: u32| {
        let b = memory.bytes(addr.into(), 4);
        u32::from_le_bytes([b[0], b[1], b[2], b[3]])
    };
    for i in 0..boot.segment_count {
        let at = boot.segments + 12 * i;
        let (lo, hi, prot) = (u64::from(word(at)), u64::from(word(at + 4)), word(at + 8));
        let (lo, hi) = (lo & !(PAGE_SIZE - 1), hi.next_multiple_of(PAGE_SIZE));
        // Two segments may share a page: it belongs to the second, with the rights of both.
        let shared = k.mm.find(hi - 1).map(|(_, vma)| vma.prot);
        let free_lo =
            k.mm.areas()
                .filter(|&(start, vma)| start < hi && vma.end > lo)
                .map(|(_, vma)| vma.end)
                .max()
                .unwrap_or(lo);
        k.mm.insert_existing(free_lo.max(lo), hi, prot | shared.unwrap_or(0), Kind::Image);
    }
    if boot.segment_count == 0 {
        k.mm.insert_existing(
            boot.image_lo.into(),
            boot.image_hi.into(),
            PROT_READ | PROT_WRITE | PROT_EXEC,
            Kind::Image,
        );
    }
    if boot.brk_start <= boot.image_lo {
        // There was no room behind the image.
        k.mm.insert_existing(LOWEST, boot.brk_start.into(), PROT_READ, Kind::Kernel);
    }
    k.mm.insert_existing(
        u64::from(boot.image_hi).next_multiple_of(PAGE_SIZE),
        heap_end,
        PROT_READ | PROT_EXEC,
        Kind::Kernel,
    );
    let stack_size = k.limits[RLIMIT_STACK].rlim_cur;
    k.stack = k.mm.lay_out(heap_end, stack_size)?;
    k.process.exe = executable_path(
        k,
        memory.bytes(boot.exe_path.into(), boot.exe_path_len.into()),
    );
    if k.process.args.is_empty() {
        k.process.args.push(k.process.exe.clone());
    }
    let base = k.process.exe.rsplit(|&b| b == b'/').next().unwrap_or(b"");
    let len = base.len().min(15);
    k.process.comm[..len].copy_from_slice(&base[..len]);
    state.sp = build_stack(k, boot)?;
    state.pc = boot.entry.into();
    Ok(())
}

/// An absolute path for `/proc/self/exe`.
fn executable_path(k: &Kernel, given: &[u8]) -> Vec<u8> {
    if given.starts_with(b"/") {
        normalize(given)
    } else {
        normalize(&crate::vfs::join(
            &crate::vfs::join(k.cwd_path(), b"/"),
            given,
        ))
    }
}

/// The stack as the System V ABI and Linux have it: from `sp` upwards argc, argv, envp, auxv, then the strings.
fn build_stack(k: &mut Kernel, boot: &Boot) -> Result<u64, Errno> {
    let memory = k.mm.memory();
    let (low, high) = k.stack;
    // At the very top, code for signal handlers that have no restorer to return to.
    k.sigreturn_trampoline = high - 16;
    let code = memory.bytes(k.sigreturn_trampoline, 8);
    for (word, to) in TRAMPOLINE.iter().zip(code.chunks_exact_mut(4)) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    let mut at = high - 16;
    let mut push = |bytes: &[u8]| -> Result<u64, Errno> {
        at = at
            .checked_sub(bytes.len() as u64 + 1)
            .filter(|&at| at > low + 4096)
            .ok_or(Errno::E2BIG)?;
        let to = memory.bytes(at, bytes.len() as u64 + 1);
        to[..bytes.len()].copy_from_slice(bytes);
        to[bytes.len()] = 0;
        Ok(at)
    };
    let exec_fn = push(&k.process.exe)?;
    let environ = k
        .process
        .environ
        .iter()
        .rev()
        .map(|s| push(s))
        .collect::<Result<Vec<_>, _>>()?;
    let args = k
        .process
        .args
        .iter()
        .rev()
        .map(|s| push(s))
        .collect::<Result<Vec<_>, _>>()?;
    let platform = push(b"aarch64")?;
    let mut seed = [0; 16];
    k.host.random(&mut seed)?;
    let random = push(&seed)?;
    let c = &k.cred;
    let auxv = [
        (AT_HWCAP, HWCAP),
        (AT_PAGESZ, PAGE_SIZE),
        (AT_CLKTCK, USER_HZ),
        (AT_PHDR, boot.phdr.into()),
        (AT_PHENT, ELF64_PHENT),
        (AT_PHNUM, boot.phnum.into()),
        (AT_BASE, 0),
        (AT_FLAGS, 0),
        (AT_ENTRY, boot.entry.into()),
        (AT_UID, c.uid.into()),
        (AT_EUID, c.euid.into()),
        (AT_GID, c.gid.into()),
        (AT_EGID, c.egid.into()),
        (AT_SECURE, 0),
        (AT_RANDOM, random),
        (AT_HWCAP2, HWCAP2),
        (AT_MINSIGSTKSZ, elfconv_abi::signal::MINSIGSTKSZ),
        (AT_EXECFN, exec_fn),
        (AT_PLATFORM, platform),
        (AT_NULL, 0),
    ];
    k.process.auxv = auxv.iter().flat_map(|&(tag, value)| [tag, value]).collect();
    let mut words = Vec::with_capacity(args.len() + environ.len() + 48);
    words.push(args.len() as u64);
    words.extend(args.iter().rev());
    words.push(0);
    words.extend(environ.iter().rev());
    words.push(0);
    words.extend(&k.process.auxv);
    let sp = (random & !15)
        .checked_sub(8 * words.len() as u64)
        .filter(|&sp| sp > low + 4096)
        .ok_or(Errno::E2BIG)?
        & !15;
    for (word, to) in words
        .iter()
        .zip(memory.bytes(sp, 8 * words.len() as u64).chunks_exact_mut(8))
    {
        to.copy_from_slice(&word.to_le_bytes());
    }
    k.process.stack_top = sp;
    Ok(sp)
}
