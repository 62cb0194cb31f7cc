//! The table of system calls.
//!
//! A row is the number, the name of the handler, its typed arguments, and how far it goes. Dispatch, the log and the documentation are made from it.

use alloc::string::String;

use elfconv_abi::Errno;

use super::args::*;
use super::{SysResult, handlers};
use crate::kernel::Kernel;
use elfconv_abi::{fs, poll, process, signal, time};

/// How far a system call is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// As on Linux.
    Full,
    /// With limits, which the note tells.
    Partial(&'static str),
    /// Always fails with this error.
    Fails(Errno),
}

/// How an argument is shown.
type Show = fn(&Kernel, &Shown<'_>, usize, &mut String);

/// A row of the table.
pub struct Row {
    pub nr: u64,
    pub name: &'static str,
    /// Names of the arguments, and how they are shown.
    pub args: &'static [(&'static str, Show)],
    pub support: Support,
}

macro_rules! support {
    (Full) => {
        Support::Full
    };
    (Partial($note:literal)) => {
        Support::Partial($note)
    };
    (Fails($errno:ident)) => {
        Support::Fails(Errno::$errno)
    };
}

macro_rules! run {
    (Fails($errno:ident) $k:ident $args:ident $name:ident()) => { Err(Errno::$errno) };
    ($kind:ident $(($note:literal))? $k:ident $args:ident $name:ident($($ty:ty),*)) => {{
        #[allow(unused_mut, unused_variables)]
        let mut args = $args.into_iter();
        // Arguments are evaluated from left to right.
        handlers::$name($k $(, <$ty as Arg>::from_raw(args.next().unwrap_or(0)))*)
    }};
}

macro_rules! syscalls {
    ($($nr:literal $name:ident($($arg:ident: $ty:ty),*) $kind:ident $(($note:tt))?;)*) => {
        /// All system calls that are known, by number.
        pub static TABLE: &[Row] = &[$(Row {
            nr: $nr,
            name: stringify!($name),
            args: &[$((stringify!($arg), <$ty as Arg>::show)),*],
            support: support!($kind $(($note))?),
        }),*];

        /// Calls the handler of `nr`.
        pub fn call(k: &mut Kernel, nr: u64, args: [u64; 6]) -> SysResult {
            match nr {
                $($nr => run!($kind $(($note))? k args $name($($ty),*)),)*
                _ => Err(Errno::ENOSYS),
            }
        }
    };
}

syscalls! {
    5 setxattr() Fails(EOPNOTSUPP);
    6 lsetxattr() Fails(EOPNOTSUPP);
    7 fsetxattr() Fails(EOPNOTSUPP);
    8 getxattr() Fails(EOPNOTSUPP);
    9 lgetxattr() Fails(EOPNOTSUPP);
    10 fgetxattr() Fails(EOPNOTSUPP);
    11 listxattr() Fails(EOPNOTSUPP);
    12 llistxattr() Fails(EOPNOTSUPP);
    13 flistxattr() Fails(EOPNOTSUPP);
    14 removexattr() Fails(EOPNOTSUPP);
    15 lremovexattr() Fails(EOPNOTSUPP);
    16 fremovexattr() Fails(EOPNOTSUPP);
    17 getcwd(buf: Out, size: usize) Full;
    19 eventfd2(count: u32, flags: Flags) Full;
    20 epoll_create1(flags: Flags) Full;
    21 epoll_ctl(epoll: Fd, op: u32, fd: Fd, event: User<poll::EpollEvent>) Full;
    22 epoll_pwait(fd: Fd, events: UserMut<poll::EpollEvent>, most: i32, timeout: i32, mask: User<u64>) Partial("EPOLLET is as without it for the host's streams");
    23 dup(fd: Fd) Full;
    24 dup3(old: Fd, new: Fd, flags: Flags) Full;
    25 fcntl(fd: Fd, cmd: u32, arg: u64) Partial("no leases, no signals; locks always succeed, also between processes");
    26 inotify_init1() Fails(ENOSYS);
    29 ioctl(fd: Fd, request: Flags, arg: UserMut<u8>) Partial("terminals, FIONREAD, FIONBIO, FIOCLEX");
    32 flock(fd: Fd, operation: Flags) Partial("always succeeds, also between processes");
    33 mknodat(dir: DirFd, path: Path, mode: Mode, dev: u64) Partial("on host directories regular files only; devices cannot be opened");
    34 mkdirat(dir: DirFd, path: Path, mode: Mode) Full;
    35 unlinkat(dir: DirFd, path: Path, flags: Flags) Full;
    36 symlinkat(target: Path, dir: DirFd, path: Path) Partial("some hosts refuse absolute targets");
    37 linkat(old_dir: DirFd, old: Path, new_dir: DirFd, new: Path, flags: Flags) Full;
    38 renameat(old_dir: DirFd, old: Path, new_dir: DirFd, new: Path) Full;
    39 umount2() Fails(EPERM);
    40 mount() Fails(EPERM);
    43 statfs(path: Path, buf: UserMut<fs::Statfs>) Partial("sizes are made up");
    44 fstatfs(fd: Fd, buf: UserMut<fs::Statfs>) Partial("sizes are made up");
    45 truncate(path: Path, len: i64) Full;
    46 ftruncate(fd: Fd, len: i64) Full;
    47 fallocate(fd: Fd, mode: Flags, offset: i64, len: i64) Partial("extends the size; KEEP_SIZE does nothing; holes are written as zeroes");
    48 faccessat(dir: DirFd, path: Path, mode: u32) Full;
    49 chdir(path: Path) Full;
    50 fchdir(fd: Fd) Full;
    51 chroot() Fails(EPERM);
    52 fchmod(fd: Fd, mode: Mode) Partial("on host files remembered for the run only");
    53 fchmodat(dir: DirFd, path: Path, mode: Mode) Partial("on host files remembered for the run only");
    54 fchownat(dir: DirFd, path: Path, uid: i32, gid: i32, flags: Flags) Partial("on host files remembered for the run only");
    55 fchown(fd: Fd, uid: i32, gid: i32) Partial("on host files remembered for the run only");
    56 openat(dir: DirFd, path: Path, flags: Mode, mode: Mode) Full;
    57 close(fd: Fd) Full;
    58 vhangup() Fails(EPERM);
    59 pipe2(fds: UserMut<[i32; 2]>, flags: Flags) Partial("no packets (O_DIRECT)");
    61 getdents64(fd: Fd, buf: UserMut<u8>, size: usize) Full;
    62 lseek(fd: Fd, offset: i64, whence: u32) Full;
    63 read(fd: Fd, buf: Out, count: usize) Full;
    64 write(fd: Fd, buf: In, count: usize) Full;
    65 readv(fd: Fd, iov: User<fs::Iovec>, count: usize) Full;
    66 writev(fd: Fd, iov: User<fs::Iovec>, count: usize) Full;
    67 pread64(fd: Fd, buf: Out, count: usize, offset: i64) Full;
    68 pwrite64(fd: Fd, buf: In, count: usize, offset: i64) Full;
    69 preadv(fd: Fd, iov: User<fs::Iovec>, count: usize, offset: i64) Full;
    70 pwritev(fd: Fd, iov: User<fs::Iovec>, count: usize, offset: i64) Full;
    71 sendfile(to: Fd, from: Fd, offset: UserMut<i64>, count: usize) Full;
    72 pselect6(n: i32, read: UserMut<u64>, write: UserMut<u64>, except: UserMut<u64>, timeout: User<time::Timespec>, mask: User<u64>) Full;
    73 ppoll(fds: UserMut<poll::Pollfd>, count: usize, timeout: User<time::Timespec>, mask: User<u64>) Full;
    74 signalfd4(fd: Fd, mask: User<u64>, size: usize, flags: Flags) Partial("for the process that made it");
    76 splice() Fails(ENOSYS);
    77 tee() Fails(ENOSYS);
    78 readlinkat(dir: DirFd, path: Path, buf: Out, size: usize) Full;
    79 newfstatat(dir: DirFd, path: Path, stat: UserMut<fs::Stat>, flags: Flags) Partial("host files have no true owner and permissions");
    80 fstat(fd: Fd, stat: UserMut<fs::Stat>) Partial("host files have no true owner and permissions");
    81 sync() Full;
    82 fsync(fd: Fd) Full;
    83 fdatasync(fd: Fd) Full;
    84 sync_file_range(fd: Fd) Full;
    85 timerfd_create(clock: i32, flags: Flags) Full;
    86 timerfd_settime(fd: Fd, flags: Flags, value: User<time::Itimerspec>, old: UserMut<time::Itimerspec>) Full;
    87 timerfd_gettime(fd: Fd, value: UserMut<time::Itimerspec>) Full;
    88 utimensat(dir: DirFd, path: Path, times: User<time::Timespec>, flags: Flags) Full;
    90 capget(header: UserMut<process::CapHeader>, data: UserMut<process::CapData>) Full;
    91 capset(header: UserMut<process::CapHeader>, data: User<process::CapData>) Partial("accepted and ignored");
    92 personality(persona: Flags) Partial("PER_LINUX only");
    93 exit(code: i32) Full;
    94 exit_group(code: i32) Full;
    95 waitid(kind: u32, id: u32, info: UserMut<signal::Siginfo>, options: Flags, usage: UserMut<process::Rusage>) Partial("no process descriptors; the usage is zero");
    96 set_tid_address(tid: Addr) Full;
    97 unshare(flags: Flags) Partial("no namespaces");
    98 futex(addr: UserMut<u32>, op: Flags, value: u32, timeout: User<time::Timespec>, addr2: UserMut<u32>, value3: u32) Partial("all priorities are equal, so there is none to inherit; no requeueing to such locks");
    99 set_robust_list(head: Addr, len: u64) Full;
    100 get_robust_list(pid: i32, head: UserMut<u64>, len: UserMut<u64>) Full;
    101 nanosleep(time: User<time::Timespec>, remaining: UserMut<time::Timespec>) Full;
    102 getitimer(which: u32, value: UserMut<time::Itimerval>) Partial("all processor time is user time, so virtual timers count what profiling ones do");
    103 setitimer(which: u32, value: User<time::Itimerval>, old: UserMut<time::Itimerval>) Partial("all processor time is user time, so virtual timers count what profiling ones do");
    107 timer_create(clock: i32, event: User<signal::Sigevent>, id: UserMut<i32>) Full;
    108 timer_gettime(id: i32, value: UserMut<time::Itimerspec>) Full;
    109 timer_getoverrun(id: i32) Full;
    110 timer_settime(id: i32, flags: Flags, value: User<time::Itimerspec>, old: UserMut<time::Itimerspec>) Full;
    111 timer_delete(id: i32) Full;
    113 clock_gettime(clock: i32, time: UserMut<time::Timespec>) Partial("processor time is wall-clock time");
    114 clock_getres(clock: i32, time: UserMut<time::Timespec>) Full;
    115 clock_nanosleep(clock: i32, flags: Flags, time: User<time::Timespec>, remaining: UserMut<time::Timespec>) Full;
    116 syslog() Fails(EPERM);
    118 sched_setparam(pid: i32) Partial("accepted and ignored");
    119 sched_setscheduler(pid: i32) Partial("accepted and ignored");
    120 sched_getscheduler(pid: i32) Full;
    121 sched_getparam(pid: i32, param: UserMut<i32>) Full;
    122 sched_setaffinity(pid: i32) Partial("accepted and ignored");
    123 sched_getaffinity(pid: i32, len: usize, mask: UserMut<u64>) Full;
    124 sched_yield() Full;
    125 sched_get_priority_max(policy: u32) Full;
    126 sched_get_priority_min(policy: u32) Full;
    129 kill(pid: i32, signal: Signal) Full;
    130 tkill(tid: i32, signal: Signal) Full;
    131 tgkill(pid: i32, tid: i32, signal: Signal) Full;
    132 sigaltstack(new: User<signal::SigAltStack>, old: UserMut<signal::SigAltStack>) Full;
    133 rt_sigsuspend(mask: User<u64>, size: usize) Full;
    134 rt_sigaction(signal: Signal, new: User<signal::Sigaction>, old: UserMut<signal::Sigaction>, size: usize) Full;
    135 rt_sigprocmask(how: u32, set: User<u64>, old: UserMut<u64>, size: usize) Full;
    136 rt_sigpending(set: UserMut<u64>, size: usize) Full;
    137 rt_sigtimedwait(set: User<u64>, info: UserMut<signal::Siginfo>, timeout: User<time::Timespec>, size: usize) Full;
    138 rt_sigqueueinfo(pid: i32, signal: Signal, info: User<signal::Siginfo>) Full;
    139 rt_sigreturn() Full;
    140 setpriority(which: u32, who: u32, priority: i32) Partial("accepted and ignored");
    141 getpriority(which: u32, who: u32) Full;
    143 setregid(rgid: i32, egid: i32) Full;
    144 setgid(gid: u32) Full;
    145 setreuid(ruid: i32, euid: i32) Full;
    146 setuid(uid: u32) Full;
    147 setresuid(ruid: i32, euid: i32, suid: i32) Full;
    148 getresuid(ruid: UserMut<u32>, euid: UserMut<u32>, suid: UserMut<u32>) Full;
    149 setresgid(rgid: i32, egid: i32, sgid: i32) Full;
    150 getresgid(rgid: UserMut<u32>, egid: UserMut<u32>, sgid: UserMut<u32>) Full;
    151 setfsuid(uid: i32) Full;
    152 setfsgid(gid: i32) Full;
    153 times(buf: UserMut<time::Tms>) Partial("processor time is wall-clock time");
    154 setpgid(pid: i32, group: i32) Full;
    155 getpgid(pid: i32) Full;
    156 getsid(pid: i32) Full;
    157 setsid() Full;
    158 getgroups(size: i32, list: UserMut<u32>) Full;
    159 setgroups(size: i32, list: User<u32>) Full;
    160 uname(buf: UserMut<process::Utsname>) Full;
    161 sethostname(name: In, len: usize) Full;
    163 getrlimit(resource: usize, limit: UserMut<process::Rlimit>) Full;
    164 setrlimit(resource: usize, limit: User<process::Rlimit>) Partial("only the number of descriptors is enforced");
    165 getrusage(who: i32, usage: UserMut<process::Rusage>) Partial("times only, and they are wall-clock time");
    166 umask(mask: Mode) Full;
    167 prctl(option: u32, arg2: u64, arg3: u64, arg4: u64, arg5: u64) Partial("names and flags");
    168 getcpu(cpu: UserMut<u32>, node: UserMut<u32>) Full;
    169 gettimeofday(time: UserMut<time::Timeval>, zone: UserMut<time::Timezone>) Full;
    170 settimeofday() Fails(EPERM);
    172 getpid() Full;
    173 getppid() Full;
    174 getuid() Full;
    175 geteuid() Full;
    176 getgid() Full;
    177 getegid() Full;
    178 gettid() Full;
    179 sysinfo(info: UserMut<process::Sysinfo>) Full;
    198 socket() Fails(ENOSYS);
    199 socketpair(domain: i32, kind: u32, protocol: i32, fds: UserMut<[i32; 2]>) Full;
    200 bind() Fails(ENOTSOCK);
    201 listen() Fails(ENOTSOCK);
    202 accept() Fails(ENOTSOCK);
    203 connect() Fails(ENOTSOCK);
    204 getsockname(fd: Fd, addr: UserMut<u8>, len: UserMut<u32>) Partial("pairs only, which have no name");
    205 getpeername(fd: Fd, addr: UserMut<u8>, len: UserMut<u32>) Partial("pairs only, which have no name");
    206 sendto(fd: Fd, buf: In, len: usize, flags: Flags, addr: Addr, addr_len: u32) Partial("pairs only");
    207 recvfrom(fd: Fd, buf: Out, len: usize, flags: Flags, addr: Addr, addr_len: UserMut<u32>) Partial("pairs only");
    208 setsockopt() Fails(ENOTSOCK);
    209 getsockopt(fd: Fd, level: u32, option: u32, value: UserMut<u32>, len: UserMut<u32>) Partial("a few");
    210 shutdown(fd: Fd, how: u32) Partial("pairs only");
    213 readahead(fd: Fd) Full;
    214 brk(addr: Addr) Full;
    215 munmap(addr: Addr, len: u64) Full;
    216 mremap(addr: Addr, old_len: u64, new_len: u64, flags: Flags, new_addr: Addr) Full;
    220 clone(flags: u64, stack: Addr, parent_tid: Addr, tls: Addr, child_tid: Addr) Partial("threads, fork and vfork; no namespaces, and no memory that is shared by processes that both run; files and directories are not shared with processes");
    221 execve(path: Path, argv: Addr, envp: Addr) Partial("what is not in the module is interpreted");
    222 mmap(addr: Addr, len: u64, prot: u32, flags: Flags, fd: Fd, offset: u64) Partial("files are copied in; shared mappings are written back by msync, munmap and at exit");
    223 fadvise64(fd: Fd) Full;
    226 mprotect(addr: Addr, len: u64, prot: u32) Partial("compiled code does not check protection");
    227 msync(addr: Addr, len: u64, flags: Flags) Full;
    228 mlock(addr: Addr, len: u64) Full;
    229 munlock(addr: Addr, len: u64) Full;
    230 mlockall(flags: Flags) Full;
    231 munlockall() Full;
    232 mincore(addr: Addr, len: u64, out: UserMut<u8>) Partial("everything mapped is resident");
    233 madvise(addr: Addr, len: u64, advice: u32) Full;
    240 rt_tgsigqueueinfo(pid: i32, tid: i32, signal: Signal, info: User<signal::Siginfo>) Full;
    260 wait4(pid: i32, status: UserMut<u32>, options: Flags, usage: UserMut<process::Rusage>) Partial("the usage is zero");
    261 prlimit64(pid: i32, resource: usize, new: User<process::Rlimit>, old: UserMut<process::Rlimit>) Partial("only the number of descriptors is enforced");
    267 syncfs(fd: Fd) Full;
    276 renameat2(old_dir: DirFd, old: Path, new_dir: DirFd, new: Path, flags: Flags) Partial("no RENAME_EXCHANGE");
    278 getrandom(buf: Out, len: usize, flags: Flags) Full;
    279 memfd_create(name: Path, flags: Flags) Full;
    281 execveat(dir: DirFd, path: Path, argv: Addr, envp: Addr, flags: Flags) Partial("as execve");
    283 membarrier(command: u32, flags: Flags) Full;
    284 mlock2(addr: Addr, len: u64) Full;
    285 copy_file_range(from: Fd, from_offset: UserMut<i64>, to: Fd, to_offset: UserMut<i64>, len: usize, flags: Flags) Full;
    286 preadv2(fd: Fd, iov: User<fs::Iovec>, count: usize, offset: i64, high: u64, flags: Flags) Partial("no flags");
    287 pwritev2(fd: Fd, iov: User<fs::Iovec>, count: usize, offset: i64, high: u64, flags: Flags) Partial("no flags");
    291 statx(dir: DirFd, path: Path, flags: Flags, mask: Flags, buf: UserMut<fs::Statx>) Partial("host files have no true owner and permissions");
    293 rseq() Fails(ENOSYS);
    424 pidfd_send_signal() Fails(ENOSYS);
    425 io_uring_setup() Fails(ENOSYS);
    434 pidfd_open() Fails(ENOSYS);
    435 clone3(args: User<process::CloneArgs>, size: usize) Partial("as clone; no process descriptors, no set_tid");
    436 close_range(first: u32, last: u32, flags: Flags) Full;
    437 openat2() Fails(ENOSYS);
    439 faccessat2(dir: DirFd, path: Path, mode: u32, flags: Flags) Full;
    441 epoll_pwait2(fd: Fd, events: UserMut<poll::EpollEvent>, most: i32, timeout: User<time::Timespec>, mask: User<u64>) Partial("EPOLLET is as without it for the host's streams");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend() {
        assert!(TABLE.is_sorted_by(|a, b| a.nr < b.nr));
    }
}
