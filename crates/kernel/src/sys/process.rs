//! The process: identity, groups and sessions, limits, `prctl`, exit.

use elfconv_abi::Errno;
use elfconv_abi::process::*;

use super::SysResult;
use super::args::{Addr, Flags, Out, User, UserMut, read_string};
use crate::kernel::Kernel;
use crate::task::AfterCall;

pub fn exit(k: &mut Kernel, code: i32) -> SysResult {
    if k.process.threads.len() <= 1 {
        return exit_group(k, code);
    }
    k.later(AfterCall::ExitThread((code as u32 & 0xff) << 8));
    Ok(0)
}

pub fn exit_group(k: &mut Kernel, code: i32) -> SysResult {
    if k.is_alone() && k.first_status.is_none() {
        k.exit(code as u32);
    }
    k.later(AfterCall::ExitProcess((code as u32 & 0xff) << 8));
    Ok(0)
}

pub fn getpid(k: &mut Kernel) -> SysResult {
    Ok(k.process.pid.into())
}

pub fn gettid(k: &mut Kernel) -> SysResult {
    Ok(k.thread.tid.into())
}

pub fn getppid(k: &mut Kernel) -> SysResult {
    Ok(k.process.parent.into())
}

/// The process that a number means; 0 is the current one.
fn process(k: &Kernel, pid: i32) -> Result<u32, Errno> {
    match pid {
        0 => Ok(k.process.pid),
        pid => k.process(pid as u32).map(|p| p.pid).ok_or(Errno::ESRCH),
    }
}

pub fn getpgid(k: &mut Kernel, pid: i32) -> SysResult {
    let pid = process(k, pid)?;
    k.process(pid)
        .map(|p| p.process_group.into())
        .ok_or(Errno::ESRCH)
}

pub fn getsid(k: &mut Kernel, pid: i32) -> SysResult {
    let pid = process(k, pid)?;
    k.process(pid).map(|p| p.session.into()).ok_or(Errno::ESRCH)
}

pub fn setpgid(k: &mut Kernel, pid: i32, group: i32) -> SysResult {
    if group < 0 {
        return Err(Errno::EINVAL);
    }
    let pid = process(k, pid)?;
    let (own, session) = (k.process.pid, k.process.session);
    let group = if group == 0 { pid } else { group as u32 };
    let exists = group == pid
        || k.others
            .values()
            .chain([&k.process])
            .any(|p| p.process_group == group && p.session == session);
    let Some(target) = k.process_mut(pid) else {
        return Err(Errno::ESRCH);
    };
    if pid != own && target.parent != own {
        return Err(Errno::ESRCH);
    }
    if pid != own && target.executed {
        return Err(Errno::EACCES);
    }
    // A session leader stays where it is, and nobody leaves the session.
    if target.session != session || target.session == pid || !exists {
        return Err(Errno::EPERM);
    }
    target.process_group = group;
    Ok(0)
}

pub fn setsid(k: &mut Kernel) -> SysResult {
    let pid = k.process.pid;
    let leads = k
        .others
        .values()
        .chain([&k.process])
        .any(|p| p.process_group == pid);
    if leads {
        return Err(Errno::EPERM);
    }
    k.process.session = pid;
    k.process.process_group = pid;
    Ok(pid.into())
}

macro_rules! identities {
    ($($name:ident $field:ident;)*) => {$(
        pub fn $name(k: &mut Kernel) -> SysResult {
            Ok(k.cred.$field.into())
        }
    )*};
}
identities! {
    getuid uid;
    geteuid euid;
    getgid gid;
    getegid egid;
}

pub fn getresuid(
    k: &mut Kernel,
    ruid: UserMut<u32>,
    euid: UserMut<u32>,
    suid: UserMut<u32>,
) -> SysResult {
    ruid.write(k, &k.cred.uid)?;
    euid.write(k, &k.cred.euid)?;
    suid.write(k, &k.cred.suid)?;
    Ok(0)
}

pub fn getresgid(
    k: &mut Kernel,
    rgid: UserMut<u32>,
    egid: UserMut<u32>,
    sgid: UserMut<u32>,
) -> SysResult {
    rgid.write(k, &k.cred.gid)?;
    egid.write(k, &k.cred.egid)?;
    sgid.write(k, &k.cred.sgid)?;
    Ok(0)
}

/// Real, effective and saved ids after setting some of them (-1 leaves one alone); without privilege each must be one of the present ones.
fn set_ids(old: [u32; 3], new: [i32; 3], privileged: bool) -> Result<[u32; 3], Errno> {
    let mut ids = old;
    for (id, &new) in ids.iter_mut().zip(&new) {
        if new != -1 {
            if !privileged && !old.contains(&(new as u32)) {
                return Err(Errno::EPERM);
            }
            *id = new as u32;
        }
    }
    Ok(ids)
}

pub fn setresuid(k: &mut Kernel, ruid: i32, euid: i32, suid: i32) -> SysResult {
    let c = &mut k.process.cred;
    [c.uid, c.euid, c.suid] = set_ids([c.uid, c.euid, c.suid], [ruid, euid, suid], c.euid == 0)?;
    Ok(0)
}

pub fn setresgid(k: &mut Kernel, rgid: i32, egid: i32, sgid: i32) -> SysResult {
    let c = &mut k.process.cred;
    [c.gid, c.egid, c.sgid] = set_ids([c.gid, c.egid, c.sgid], [rgid, egid, sgid], c.euid == 0)?;
    Ok(0)
}

pub fn setreuid(k: &mut Kernel, ruid: i32, euid: i32) -> SysResult {
    // The saved id follows when the real one is set, or the effective one to something else than the real one.
    let saved = if ruid != -1 || (euid != -1 && euid as u32 != k.cred.uid) {
        if euid == -1 { k.cred.euid as i32 } else { euid }
    } else {
        -1
    };
    setresuid(k, ruid, euid, saved)
}

pub fn setregid(k: &mut Kernel, rgid: i32, egid: i32) -> SysResult {
    let saved = if rgid != -1 || (egid != -1 && egid as u32 != k.cred.gid) {
        if egid == -1 { k.cred.egid as i32 } else { egid }
    } else {
        -1
    };
    setresgid(k, rgid, egid, saved)
}

pub fn setuid(k: &mut Kernel, uid: u32) -> SysResult {
    let all = if k.cred.euid == 0 { uid as i32 } else { -1 };
    setresuid(k, all, uid as i32, all)
}

pub fn setgid(k: &mut Kernel, gid: u32) -> SysResult {
    let all = if k.cred.euid == 0 { gid as i32 } else { -1 };
    setresgid(k, all, gid as i32, all)
}

pub fn setfsuid(k: &mut Kernel, _: i32) -> SysResult {
    Ok(k.cred.euid.into())
}

pub fn setfsgid(k: &mut Kernel, _: i32) -> SysResult {
    Ok(k.cred.egid.into())
}

pub fn getgroups(k: &mut Kernel, size: i32, list: UserMut<u32>) -> SysResult {
    let size = usize::try_from(size).map_err(|_| Errno::EINVAL)?;
    let groups = &k.cred.groups;
    if size != 0 {
        if size < groups.len() {
            return Err(Errno::EINVAL);
        }
        for (n, group) in groups.iter().enumerate() {
            list.nth(n).write(k, group)?;
        }
    }
    Ok(groups.len() as u64)
}

pub fn setgroups(k: &mut Kernel, size: i32, list: User<u32>) -> SysResult {
    if k.cred.euid != 0 {
        return Err(Errno::EPERM);
    }
    let size = usize::try_from(size)
        .ok()
        .filter(|&n| n <= 65536)
        .ok_or(Errno::EINVAL)?;
    k.cred.groups = (0..size)
        .map(|n| list.nth(n).read(k))
        .collect::<Result<_, _>>()?;
    Ok(0)
}

pub fn capget(k: &mut Kernel, header: UserMut<CapHeader>, data: UserMut<CapData>) -> SysResult {
    let Some(words) = cap_words(k, header)? else {
        return if data.is_null() {
            Ok(0)
        } else {
            Err(Errno::EINVAL)
        };
    };
    if data.is_null() {
        return Ok(0);
    }
    // The superuser has all 41 capabilities.
    let all = if k.cred.euid == 0 {
        (1u64 << 41) - 1
    } else {
        0
    };
    for (n, word) in [all as u32, (all >> 32) as u32]
        .into_iter()
        .enumerate()
        .take(words)
    {
        data.nth(n).write(
            k,
            &CapData {
                effective: word,
                permitted: word,
                inheritable: 0,
            },
        )?;
    }
    Ok(0)
}

/// How many words of each set a version has; an unknown version is answered with ours.
fn cap_words(k: &Kernel, header: UserMut<CapHeader>) -> Result<Option<usize>, Errno> {
    let value = header.read(k)?;
    match value.version {
        LINUX_CAPABILITY_VERSION_1 => Ok(Some(1)),
        0x2007_1026 | LINUX_CAPABILITY_VERSION_3 => Ok(Some(2)),
        _ => {
            header.write(
                k,
                &CapHeader {
                    version: LINUX_CAPABILITY_VERSION_3,
                    ..value
                },
            )?;
            Ok(None)
        }
    }
}

pub fn capset(k: &mut Kernel, header: UserMut<CapHeader>, data: User<CapData>) -> SysResult {
    cap_words(k, header)?.ok_or(Errno::EINVAL)?;
    data.read(k)?;
    Ok(0)
}

pub fn getrlimit(k: &mut Kernel, resource: usize, limit: UserMut<Rlimit>) -> SysResult {
    let value = k.limits.get(resource).copied().ok_or(Errno::EINVAL)?;
    limit.write(k, &value)?;
    Ok(0)
}

pub fn setrlimit(k: &mut Kernel, resource: usize, limit: User<Rlimit>) -> SysResult {
    let new = limit.read(k)?;
    let privileged = k.cred.euid == 0;
    let old = k.process.limits.get_mut(resource).ok_or(Errno::EINVAL)?;
    if new.rlim_cur > new.rlim_max {
        return Err(Errno::EINVAL);
    }
    if new.rlim_max > old.rlim_max && !privileged {
        return Err(Errno::EPERM);
    }
    *old = new;
    Ok(0)
}

pub fn prlimit64(
    k: &mut Kernel,
    pid: i32,
    resource: usize,
    new: User<Rlimit>,
    old: UserMut<Rlimit>,
) -> SysResult {
    let pid = process(k, pid)?;
    if pid != k.process.pid {
        let other = k.process_mut(pid).ok_or(Errno::ESRCH)?;
        let limit = other.limits.get(resource).copied().ok_or(Errno::EINVAL)?;
        if let Some(new) = new.read_opt(k)?
            && let Some(other) = k.process_mut(pid)
        {
            other.limits[resource] = new;
        }
        old.write_opt(k, &limit)?;
        return Ok(0);
    }
    let value = k.limits.get(resource).copied().ok_or(Errno::EINVAL)?;
    if !new.is_null() {
        setrlimit(k, resource, new)?;
    }
    old.write_opt(k, &value)?;
    Ok(0)
}

pub fn personality(_: &mut Kernel, persona: Flags) -> SysResult {
    match persona.0 {
        0xffff_ffff | 0 => Ok(0),
        // ADDR_NO_RANDOMIZE: addresses are the same anyway.
        0x004_0000 => Ok(0),
        _ => Err(Errno::EINVAL),
    }
}

pub fn getpriority(_: &mut Kernel, which: u32, _who: u32) -> SysResult {
    // The system call returns 20 minus the nice value.
    if which > 2 {
        Err(Errno::EINVAL)
    } else {
        Ok(20)
    }
}

pub fn setpriority(_: &mut Kernel, which: u32, _who: u32, _priority: i32) -> SysResult {
    if which > 2 { Err(Errno::EINVAL) } else { Ok(0) }
}

pub fn prctl(
    k: &mut Kernel,
    option: u32,
    arg2: u64,
    _arg3: u64,
    _arg4: u64,
    _arg5: u64,
) -> SysResult {
    let flag = |value: u64| {
        if value <= 1 {
            Ok(value == 1)
        } else {
            Err(Errno::EINVAL)
        }
    };
    match option {
        PR_SET_NAME => {
            let name = match read_string(k, arg2, 16) {
                Ok(name) => name,
                Err(Errno::ENAMETOOLONG) => User::<u8>::at(arg2).prefix(k, 15)?,
                Err(e) => return Err(e),
            };
            k.thread.set_name(&name);
        }
        PR_GET_NAME => Out(arg2).bytes(k, 16)?.copy_from_slice(&k.thread.comm),
        PR_SET_PDEATHSIG => {
            k.process.parent_death_signal = u32::try_from(arg2)
                .ok()
                .filter(|&s| s <= 64)
                .ok_or(Errno::EINVAL)?
        }
        PR_GET_PDEATHSIG => UserMut::<u32>::at(arg2).write(k, &k.process.parent_death_signal)?,
        PR_GET_DUMPABLE => return Ok(k.process.dumpable.into()),
        PR_SET_DUMPABLE => k.process.dumpable = flag(arg2)?.into(),
        PR_GET_KEEPCAPS => return Ok(k.process.keep_caps.into()),
        PR_SET_KEEPCAPS => k.process.keep_caps = flag(arg2)?,
        PR_CAPBSET_READ => {
            return if arg2 <= 40 {
                Ok(1)
            } else {
                Err(Errno::EINVAL)
            };
        }
        PR_SET_TIMERSLACK => k.process.timer_slack = if arg2 == 0 { 50_000 } else { arg2 },
        PR_GET_TIMERSLACK => return Ok(k.process.timer_slack),
        PR_SET_CHILD_SUBREAPER => k.process.child_subreaper = arg2 != 0,
        PR_GET_CHILD_SUBREAPER => {
            UserMut::<u32>::at(arg2).write(k, &k.process.child_subreaper.into())?
        }
        PR_SET_NO_NEW_PRIVS if arg2 == 1 => k.process.no_new_privs = true,
        PR_GET_NO_NEW_PRIVS => return Ok(k.process.no_new_privs.into()),
        _ => return Err(Errno::EINVAL),
    }
    Ok(0)
}

pub fn set_tid_address(k: &mut Kernel, tid: Addr) -> SysResult {
    k.thread.clear_child_tid = tid.0;
    Ok(k.thread.tid.into())
}
