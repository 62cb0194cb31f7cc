//! Waiting for children: `wait4`, `waitid`. See wait(2).

use elfconv_abi::Errno;
use elfconv_abi::process::*;
use elfconv_abi::signal::{
    CLD_CONTINUED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SIGCHLD, SIGCONT, Siginfo,
};

use super::SysResult;
use super::args::{Flags, UserMut};
use super::time::timeval;
use crate::kernel::Kernel;
use crate::task::{Life, Process, Wait};

/// Which children are meant.
#[derive(Clone, Copy)]
enum Which {
    All,
    Pid(u32),
    Group(u32),
}

/// What is found of a child.
struct Found {
    pid: u32,
    uid: u32,
    /// As `wait(2)` has it.
    status: u32,
    time: u64,
}

impl Which {
    fn has(self, p: &Process) -> bool {
        match self {
            Which::All => true,
            Which::Pid(pid) => p.pid == pid,
            Which::Group(group) => p.process_group == group,
        }
    }
}

/// Looks for a child with news; `Ok(None)` if there are children, but no news. Takes the news away unless `peek`.
fn find(k: &mut Kernel, which: Which, options: u32, peek: bool) -> Result<Option<Found>, Errno> {
    let parent = k.process.pid;
    let mut any = false;
    let mut found = None;
    for p in k.others.values_mut() {
        if p.parent != parent || !which.has(p) {
            continue;
        }
        let is_clone = p.exit_signal != SIGCHLD;
        if options & WALL == 0 && is_clone != (options & WCLONE != 0) {
            continue;
        }
        any = true;
        let status = match (p.life, p.news) {
            (Life::Zombie(status), _) if options & WEXITED != 0 => Some(status),
            (Life::Stopped(signal), Some(_)) if options & WSTOPPED != 0 => Some(signal << 8 | 0x7f),
            (Life::Running, Some(SIGCONT)) if options & WCONTINUED != 0 => Some(0xffff),
            _ => None,
        };
        if let Some(status) = status {
            if !peek {
                p.news = None;
            }
            found = Some(Found {
                pid: p.pid,
                uid: p.cred.uid,
                status,
                time: p.cpu_time,
            });
            break;
        }
    }
    match found {
        Some(found) => {
            let dead = k.others.get(&found.pid).is_some_and(|p| p.is_dead());
            if dead
                && !peek
                && let Some(child) = k.others.remove(&found.pid)
            {
                k.process.children_time += child.cpu_time + child.children_time;
            }
            Ok(Some(found))
        }
        None if any => Ok(None),
        None => Err(Errno::ECHILD),
    }
}

fn usage(found: &Found) -> Rusage {
    Rusage {
        ru_utime: timeval(found.time),
        ..Rusage::default()
    }
}

pub fn wait4(
    k: &mut Kernel,
    pid: i32,
    status: UserMut<u32>,
    options: Flags,
    rusage: UserMut<Rusage>,
) -> SysResult {
    if options.0 & !(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WCLONE | WALL) != 0 {
        return Err(Errno::EINVAL);
    }
    let which = match pid {
        -1 => Which::All,
        0 => Which::Group(k.process.process_group),
        i32::MIN => return Err(Errno::ESRCH),
        pid if pid < 0 => Which::Group(pid.unsigned_abs()),
        pid => Which::Pid(pid as u32),
    };
    match find(k, which, options.0 | WEXITED, false)? {
        Some(found) => {
            status.write_opt(k, &found.status)?;
            rusage.write_opt(k, &usage(&found))?;
            Ok(found.pid.into())
        }
        None if options.0 & WNOHANG != 0 => Ok(0),
        None => Err(k.block(Wait::Event, true)),
    }
}

pub fn waitid(
    k: &mut Kernel,
    kind: u32,
    id: u32,
    info: UserMut<Siginfo>,
    options: Flags,
    rusage: UserMut<Rusage>,
) -> SysResult {
    const ALLOWED: u32 =
        WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | WNOTHREAD | WCLONE | WALL;
    if options.0 & !ALLOWED != 0 || options.0 & (WEXITED | WSTOPPED | WCONTINUED) == 0 {
        return Err(Errno::EINVAL);
    }
    let which = match kind {
        P_ALL => Which::All,
        P_PID if id as i32 > 0 => Which::Pid(id),
        P_PGID if id == 0 => Which::Group(k.process.process_group),
        P_PGID if id as i32 > 0 => Which::Group(id),
        _ => return Err(Errno::EINVAL),
    };
    let Some(found) = find(k, which, options.0, options.0 & WNOWAIT != 0)? else {
        if options.0 & WNOHANG != 0 {
            info.write_opt(k, &crate::signals::info(0, 0, 0))?;
            return Ok(0);
        }
        return Err(k.block(Wait::Event, true));
    };
    let (code, value) = match found.status {
        0xffff => (CLD_CONTINUED, SIGCONT),
        status if status & 0xff == 0x7f => (CLD_STOPPED, status >> 8),
        status if status & 0x7f == 0 => (CLD_EXITED, status >> 8),
        status => (CLD_KILLED, status & 0x7f),
    };
    let mut filled = crate::signals::info(
        SIGCHLD,
        code,
        u64::from(found.pid) | u64::from(found.uid) << 32,
    );
    filled.rest[0] = value.into();
    info.write_opt(k, &filled)?;
    rusage.write_opt(k, &usage(&found))?;
    Ok(0)
}
