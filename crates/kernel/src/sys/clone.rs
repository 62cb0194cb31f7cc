//! Making threads and processes: `clone`, `clone3`. See clone(2), vfork(2).

use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::process::*;

use super::SysResult;
use super::args::{Addr, Flags, User, UserMut};
use crate::host::Clock;
use crate::kernel::Kernel;
use crate::task::{AfterCall, Thread, no_alt_stack};

/// What a call asks for.
pub struct Request {
    flags: u64,
    /// Where the new task's stack starts; 0 for where it is.
    stack: u64,
    parent_tid: u64,
    tls: u64,
    child_tid: u64,
    exit_signal: u32,
    /// The new number.
    tid: u32,
}

const ALL: u64 = CLONE_VM
    | CLONE_FS
    | CLONE_FILES
    | CLONE_SIGHAND
    | CLONE_VFORK
    | CLONE_PARENT
    | CLONE_THREAD
    | CLONE_SYSVSEM
    | CLONE_SETTLS
    | CLONE_PARENT_SETTID
    | CLONE_CHILD_CLEARTID
    | CLONE_DETACHED
    | CLONE_CHILD_SETTID
    | CLONE_CLEAR_SIGHAND
    | CLONE_IO;

/// Threads that may be there at once.
const MOST_THREADS: usize = 4096;

fn clone_with(k: &mut Kernel, mut request: Request) -> SysResult {
    let has = |flag: u64| request.flags & flag != 0;
    if has(CLONE_SIGHAND) && !has(CLONE_VM) || has(CLONE_THREAD) && !has(CLONE_SIGHAND) {
        return Err(Errno::EINVAL);
    }
    // Namespaces, and memory that is shared without waiting and without being a thread.
    if request.flags & !ALL != 0 || has(CLONE_VM) && !has(CLONE_THREAD) && !has(CLONE_VFORK) {
        return Err(Errno::EINVAL);
    }
    if request.exit_signal > 64 {
        return Err(Errno::EINVAL);
    }
    if k.threads.len() >= MOST_THREADS {
        return Err(Errno::EAGAIN);
    }
    request.tid = k.new_pid();
    let tid = request.tid;
    k.later(AfterCall::Clone(request));
    Ok(tid.into())
}

pub fn clone(
    k: &mut Kernel,
    flags: u64,
    stack: Addr,
    parent_tid: Addr,
    tls: Addr,
    child_tid: Addr,
) -> SysResult {
    let request = Request {
        flags: flags & 0xffff_ff00,
        exit_signal: flags as u32 & 0xff,
        stack: stack.0,
        parent_tid: parent_tid.0,
        tls: tls.0,
        child_tid: child_tid.0,
        tid: 0,
    };
    clone_with(k, request)
}

pub fn clone3(k: &mut Kernel, args: User<CloneArgs>, size: usize) -> SysResult {
    if size < 64 {
        return Err(Errno::EINVAL);
    }
    if size > 4096 {
        return Err(Errno::E2BIG);
    }
    let args = args.read(k)?;
    // Neither descriptors of processes nor numbers of the caller's choice.
    if args.flags & (CLONE_PIDFD | 0xff) != 0 || size > 88 {
        return Err(Errno::EINVAL);
    }
    if args.stack == 0 && args.stack_size != 0 || args.stack != 0 && args.stack_size == 0 {
        return Err(Errno::EINVAL);
    }
    let request = Request {
        flags: args.flags,
        exit_signal: u32::try_from(args.exit_signal).map_err(|_| Errno::EINVAL)?,
        stack: args.stack.wrapping_add(args.stack_size),
        parent_tid: args.parent_tid,
        tls: args.tls,
        child_tid: args.child_tid,
        tid: 0,
    };
    clone_with(k, request)
}

impl Kernel {
    /// Makes the task. A thread goes to the end of the queue; a process runs first, in place, so that only its parent's memory is copied, and not even that if it
    /// shares it until it calls `execve`.
    pub(crate) fn clone_task(&mut self, state: &mut CpuState, request: &Request) {
        let has = |flag: u64| request.flags & flag != 0;
        let tid = request.tid;
        let pid = if has(CLONE_THREAD) {
            self.process.pid
        } else {
            tid
        };
        let mut thread = Thread::new(tid, pid);
        thread.comm = self.thread.comm;
        thread.blocked = self.thread.blocked;
        thread.alt_stack = if has(CLONE_VM) && !has(CLONE_VFORK) {
            no_alt_stack()
        } else {
            self.thread.alt_stack
        };
        if has(CLONE_CHILD_CLEARTID) {
            thread.clear_child_tid = request.child_tid;
        }
        thread.cpu = state.clone();
        thread.cpu.x[0] = 0;
        thread.cpu.exclusive_addr = u64::MAX;
        if request.stack != 0 {
            thread.cpu.sp = request.stack;
        }
        if has(CLONE_SETTLS) {
            thread.cpu.tpidr_el0 = request.tls;
        }
        let write = |k: &Kernel, flag: u64, addr: u64| {
            if request.flags & flag != 0 {
                let _ = UserMut::<u32>::at(addr).write(k, &tid);
            }
        };
        write(self, CLONE_PARENT_SETTID, request.parent_tid);
        if has(CLONE_THREAD) {
            write(self, CLONE_CHILD_SETTID, request.child_tid);
            self.process.threads.push(tid);
            self.add_thread(thread);
            return;
        }
        let parent = self.process.pid;
        let mm = if has(CLONE_VM) {
            let empty = self.process.mm.sibling();
            self.process.lent = true;
            core::mem::replace(&mut self.process.mm, empty)
        } else {
            let mut pointers = self.stack_pointers(parent);
            pointers.push(state.sp);
            let mm = self.process.mm.fork(&pointers);
            self.resident = mm.id();
            mm
        };
        let now = (self.host.now(Clock::Realtime), self.monotonic());
        let mut child = self.process.child(tid, mm, now);
        child.exit_signal = request.exit_signal;
        child.threads.push(tid);
        if has(CLONE_PARENT) {
            child.parent = self.process.parent;
        }
        if has(CLONE_VM) {
            child.vfork = Some(parent);
        }
        if has(CLONE_CLEAR_SIGHAND) {
            child.actions.reset();
        }
        // The child goes on at once.
        self.charge();
        let caller = core::mem::replace(&mut self.thread, thread);
        let mut caller = caller;
        caller.cpu = state.clone();
        caller.cpu.exclusive_addr = u64::MAX;
        self.add_thread(caller);
        state.clone_from(&self.thread.cpu);
        let last = core::mem::replace(&mut self.process, child);
        self.others.insert(parent, last);
        write(self, CLONE_CHILD_SETTID, request.child_tid);
    }
}

/// `vfork` is only a flag of `clone` on this architecture.
pub fn unshare(_: &mut Kernel, flags: Flags) -> SysResult {
    // What is not shared with anybody anyway.
    if u64::from(flags.0) & !(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM) == 0 {
        Ok(0)
    } else {
        Err(Errno::EPERM)
    }
}
