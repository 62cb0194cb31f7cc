//! The machine: `uname`, `sysinfo`, random numbers, scheduling.

use elfconv_abi::Errno;
use elfconv_abi::fs::{GRND_NONBLOCK, GRND_RANDOM};
use elfconv_abi::process::{Sysinfo, Utsname};

use super::SysResult;
use super::args::{Flags, In, Out, UserMut};
use crate::kernel::Kernel;

/// What `uname -r`, `-v` and `-m` print. The release is that of a Linux whose system calls these are.
pub const RELEASE: &str = "6.1.0-elfconv";
/// See [`RELEASE`].
pub const VERSION: &str = "#1 elfconv";
/// See [`RELEASE`].
pub const MACHINE: &str = "aarch64";

pub fn uname(k: &mut Kernel, buf: UserMut<Utsname>) -> SysResult {
    let field = |text: &[u8]| {
        let mut field = [0; 65];
        field[..text.len()].copy_from_slice(text);
        field
    };
    let name = Utsname {
        sysname: field(b"Linux"),
        nodename: field(&k.hostname),
        release: field(RELEASE.as_bytes()),
        version: field(VERSION.as_bytes()),
        machine: field(MACHINE.as_bytes()),
        domainname: field(b"(none)"),
    };
    buf.write(k, &name)?;
    Ok(0)
}

pub fn sethostname(k: &mut Kernel, name: In, len: usize) -> SysResult {
    if k.cred.euid != 0 {
        return Err(Errno::EPERM);
    }
    if len > 64 {
        return Err(Errno::EINVAL);
    }
    k.hostname = name.bytes(k, len)?.to_vec();
    Ok(0)
}

pub fn sysinfo(k: &mut Kernel, info: UserMut<Sysinfo>) -> SysResult {
    let (total, free) = k.memory_sizes();
    let value = Sysinfo {
        uptime: (k.uptime() / 1_000_000_000) as i64,
        totalram: total,
        freeram: free,
        procs: 1,
        mem_unit: 1,
        ..Sysinfo::default()
    };
    info.write(k, &value)?;
    Ok(0)
}

pub fn getrandom(k: &mut Kernel, buf: Out, len: usize, flags: Flags) -> SysResult {
    if flags.0 & !(GRND_NONBLOCK | GRND_RANDOM | 4) != 0 {
        return Err(Errno::EINVAL);
    }
    let bytes = buf.bytes(k, len)?;
    k.host.random(bytes)?;
    Ok(bytes.len() as u64)
}

pub fn sched_yield(k: &mut Kernel) -> SysResult {
    if !k.is_alone() {
        k.later(crate::task::AfterCall::Yield);
    }
    Ok(0)
}

fn own(k: &Kernel, pid: i32) -> Result<(), Errno> {
    match pid {
        0 => Ok(()),
        pid if pid < 0 => Err(Errno::EINVAL),
        pid if k.thread(pid as u32).is_some() || k.process(pid as u32).is_some() => Ok(()),
        _ => Err(Errno::ESRCH),
    }
}

pub fn sched_getaffinity(k: &mut Kernel, pid: i32, len: usize, mask: UserMut<u64>) -> SysResult {
    own(k, pid)?;
    if len < 8 || !len.is_multiple_of(8) {
        return Err(Errno::EINVAL);
    }
    mask.write(k, &1)?;
    Ok(8)
}

pub fn sched_setaffinity(k: &mut Kernel, pid: i32) -> SysResult {
    own(k, pid).map(|()| 0)
}

pub fn sched_setparam(k: &mut Kernel, pid: i32) -> SysResult {
    own(k, pid).map(|()| 0)
}

pub fn sched_setscheduler(k: &mut Kernel, pid: i32) -> SysResult {
    own(k, pid).map(|()| 0)
}

pub fn sched_getscheduler(k: &mut Kernel, pid: i32) -> SysResult {
    own(k, pid).map(|()| 0)
}

pub fn sched_getparam(k: &mut Kernel, pid: i32, param: UserMut<i32>) -> SysResult {
    own(k, pid)?;
    param.write(k, &0)?;
    Ok(0)
}

/// Real-time policies have priorities 1 to 99.
fn priority(policy: u32, real_time: u64) -> SysResult {
    match policy {
        1 | 2 => Ok(real_time),
        0 | 3 | 5 | 6 => Ok(0),
        _ => Err(Errno::EINVAL),
    }
}

pub fn sched_get_priority_max(_: &mut Kernel, policy: u32) -> SysResult {
    priority(policy, 99)
}

pub fn sched_get_priority_min(_: &mut Kernel, policy: u32) -> SysResult {
    priority(policy, 1)
}

pub fn getcpu(k: &mut Kernel, cpu: UserMut<u32>, node: UserMut<u32>) -> SysResult {
    cpu.write_opt(k, &0)?;
    node.write_opt(k, &0)?;
    Ok(0)
}

pub fn membarrier(_: &mut Kernel, command: u32, flags: Flags) -> SysResult {
    match command {
        _ if flags.0 != 0 => Err(Errno::EINVAL),
        // Global, private expedited and its registration: with one thread there is nothing to do.
        0 => Ok(1 | 8 | 16),
        1 | 8 | 16 => Ok(0),
        _ => Err(Errno::EINVAL),
    }
}
