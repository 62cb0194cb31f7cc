//! Process start: the address space as `emit` laid it out, and the initial stack.

use alloc::string::String;
use alloc::vec::Vec;

use elfconv_a64::features::{HWCAP, HWCAP2};
use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::boot::Boot;
use elfconv_abi::fs::AT_FDCWD;
use elfconv_abi::mm::PAGE_SIZE;
use elfconv_abi::process::*;
use elfconv_abi::time::USER_HZ;

use crate::compiled::TreeContents;
use crate::kernel::Kernel;
use crate::mm::memory::Memory;
use crate::program::Module;
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

/// A segment of the module's program.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub start: u64,
    /// End of what the file brings; the rest is zero.
    pub file_end: u64,
    pub end: u64,
    pub prot: u32,
}

/// The list in the boot block.
pub(crate) fn segments(memory: Memory, boot: &Boot) -> Vec<Segment> {
    let list = memory.bytes(boot.segments.into(), 16 * u64::from(boot.segment_count));
    let word = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    list.chunks_exact(16)
        .map(|b| Segment {
            start: word(b).into(),
            end: word(&b[4..]).into(),
            prot: word(&b[8..]),
            file_end: word(&b[12..]).into(),
        })
        .collect()
}

/// Where a program starts, and what its auxiliary vector says of it.
pub(crate) struct Entry {
    /// First instruction: the program's, or its interpreter's.
    pub pc: u64,
    /// AT_ENTRY.
    pub start: u64,
    pub phdr: u64,
    pub phnum: u64,
    /// AT_BASE.
    pub base: u64,
}

/// Enters the image into the address space, lays it out behind `heap_end`, builds the stack, and sets `sp` and `pc`.
pub fn start(
    k: &mut Kernel,
    state: &mut CpuState,
    boot: &Boot,
    heap_end: u64,
) -> Result<(), Errno> {
    let memory = k.mm.memory();
    let stack_size = k.limits[RLIMIT_STACK].rlim_cur;
    k.module = Module::new(memory, boot, heap_end, stack_size);
    if k.tree.is_some() {
        let init = memory.bytes(boot.exe_path.into(), boot.exe_path_len.into());
        return start_command(k, state, init);
    }
    k.entries = k.programs.bits(0).filter(|_| !k.interpret);
    let path = memory.bytes(boot.exe_path.into(), boot.exe_path_len.into());
    k.process.exe = executable_path(k, path);
    k.module.path = k.process.exe.clone();
    if k.process.args.is_empty() {
        let exe = k.process.exe.clone();
        k.process.args.push(exe);
    }
    let exe = k.process.exe.clone();
    k.thread
        .set_name(exe.rsplit(|&b| b == b'/').next().unwrap_or(b""));
    let entry = k.map_module(false)?;
    k.enter(state, &entry, &exe)
}

/// Where commands are looked for if the environment does not say, and what it says to programs of a file tree then.
const DEFAULT_PATH: &[u8] = b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Executes a program of the module's file tree: what the module's arguments name, or, without any or if the first one is an option, `init`. As of a container, whose image names a
/// program and whose user may name another.
fn start_command(k: &mut Kernel, state: &mut CpuState, init: &[u8]) -> Result<(), Errno> {
    let mut args = core::mem::take(&mut k.process.args);
    if args.get(1).is_none_or(|first| first.starts_with(b"-")) {
        match args.first_mut() {
            Some(name) => *name = init.to_vec(),
            None => args.push(init.to_vec()),
        }
    } else {
        args.remove(0);
    }
    let mut environ = core::mem::take(&mut k.process.environ);
    for (name, value) in [(&b"PATH="[..], DEFAULT_PATH), (b"HOME=", b"/root")] {
        if !environ.iter().any(|e| e.starts_with(name)) {
            environ.push([name, value].concat());
        }
    }
    let path = environ.iter().rev().find_map(|e| e.strip_prefix(b"PATH="));
    let name = find_command(k, &args[0], path.unwrap_or(DEFAULT_PATH))?;
    let exec = crate::sys::exec::prepare(k, AT_FDCWD, name, args, environ)?;
    k.execute(state, exec);
    Ok(())
}

/// The path of a command as a shell finds it.
fn find_command(k: &mut Kernel, name: &[u8], path: &[u8]) -> Result<Vec<u8>, Errno> {
    use crate::sys::exec::check_executable;
    if name.contains(&b'/') {
        return check_executable(k, name).map(|()| name.to_vec());
    }
    let mut error = Errno::ENOENT;
    for dir in path.split(|&b| b == b':') {
        let candidate = crate::vfs::join(if dir.is_empty() { b"." } else { dir }, name);
        match check_executable(k, &candidate) {
            Ok(()) => return Ok(candidate),
            Err(Errno::EACCES) => error = Errno::EACCES,
            Err(_) => {}
        }
    }
    Err(error)
}

impl Kernel {
    /// Mounts the file tree of the module.
    pub fn mount_tree(&mut self, nodes: &[u8], contents: TreeContents) {
        let tree = crate::vfs::tree::file_system(&self.host, nodes, contents);
        self.tree = Some(contents);
        if !self
            .host
            .environ()
            .iter()
            .any(|e| e.starts_with(b"ELFCONV_CWD="))
        {
            // Where containers start.
            self.process.cwd = Vec::new();
        }
        let cwd = self.process.cwd.clone();
        self.ns.mount_tree(tree, &cwd);
    }

    /// Builds the stack, and sets `sp` and `pc`.
    pub(crate) fn enter(
        &mut self,
        state: &mut CpuState,
        entry: &Entry,
        name: &[u8],
    ) -> Result<(), Errno> {
        state.sp = build_stack(self, entry, name)?;
        state.pc = entry.pc;
        Ok(())
    }
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
fn build_stack(k: &mut Kernel, entry: &Entry, name: &[u8]) -> Result<u64, Errno> {
    let memory = k.mm.memory();
    let (low, high) = k.stack;
    // At the very top, code for signal handlers that have no restorer to return to.
    let trampoline = high - 16;
    k.sigreturn_trampoline = trampoline;
    let code = memory.bytes(trampoline, 8);
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
    let exec_fn = push(name)?;
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
        (AT_PHDR, entry.phdr),
        (AT_PHENT, ELF64_PHENT),
        (AT_PHNUM, entry.phnum),
        (AT_BASE, entry.base),
        (AT_FLAGS, 0),
        (AT_ENTRY, entry.start),
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
