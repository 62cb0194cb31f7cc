//! `/proc`: the processes, and the few facts of the machine that programs look up.
//!
//! Contents are made when a file is opened, and stay as they were then.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::*;
use elfconv_abi::mm::{PROT_EXEC, PROT_READ, PROT_WRITE};

use super::{Attr, DirEntry, File, FileSystem, Open, OpenFile, Readiness, SetAttr};
use crate::Kernel;
use crate::mm::Kind;
use crate::sys::system::{RELEASE, VERSION};
use crate::task::{Life, Process};

type Make = fn(&Kernel) -> Vec<u8>;
/// What is made for a process; the number is that of the thread whose directory it is in, of the first one for the process's own.
type MakeOf = fn(&Kernel, &Process, u32) -> Vec<u8>;

/// What a path is.
enum Node {
    /// A directory with these names.
    Dir(Vec<DirEntry>),
    File(Vec<u8>),
    Link(Vec<u8>),
    /// `/proc/self/fd/N`: a name for an open file.
    Fd(Rc<OpenFile>),
}

static TOP: [(&str, Make); 11] = [
    ("cmdline", |_| b"elfconv\n".to_vec()),
    ("cpuinfo", cpuinfo),
    ("filesystems", |_| {
        b"nodev\tproc\nnodev\ttmpfs\n\text4\n".to_vec()
    }),
    ("loadavg", |k| {
        format!("0.00 0.00 0.00 1/1 {}\n", k.process.pid).into_bytes()
    }),
    ("meminfo", meminfo),
    ("mounts", mounts),
    ("stat", system_stat),
    ("swaps", |_| {
        b"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n".to_vec()
    }),
    ("uptime", |k| {
        format!(
            "{0}.{1:02} {0}.{1:02}\n",
            k.uptime() / 1_000_000_000,
            k.uptime() / 10_000_000 % 100
        )
        .into_bytes()
    }),
    ("version", |_| {
        format!("Linux version {RELEASE} ({VERSION})\n").into_bytes()
    }),
    ("vmstat", |_| b"nr_free_pages 0\n".to_vec()),
];

static PROCESS: [(&str, MakeOf); 13] = [
    ("auxv", |_, p, _| {
        p.auxv.iter().flat_map(|w| w.to_le_bytes()).collect()
    }),
    ("cgroup", |_, _, _| b"0::/\n".to_vec()),
    ("cmdline", |_, p, _| {
        if p.is_dead() {
            Vec::new()
        } else {
            strings(&p.args)
        }
    }),
    ("comm", |k, _, tid| [name(k, tid), b"\n"].concat()),
    ("environ", |_, p, _| strings(&p.environ)),
    ("limits", limits),
    ("maps", maps),
    ("mountinfo", |k, _, _| mountinfo(k)),
    ("mounts", |k, _, _| mounts(k)),
    ("oom_score_adj", |_, _, _| b"0\n".to_vec()),
    ("stat", stat),
    ("statm", statm),
    ("status", status),
];

/// The short name of a thread.
fn name(k: &Kernel, tid: u32) -> &[u8] {
    k.thread(tid).map_or(b"?", |t| t.name())
}

/// The letter of a thread's state, and what goes with it.
fn state(k: &Kernel, p: &Process, tid: u32) -> (char, &'static str) {
    match p.life {
        Life::Zombie(_) => ('Z', "zombie"),
        Life::Stopped(_) => ('T', "stopped"),
        Life::Running if k.thread(tid).is_some_and(|t| t.wait.is_none()) => ('R', "running"),
        Life::Running => ('S', "sleeping"),
    }
}

static SYS: [(&str, Make); 11] = [
    ("sys/fs/file-max", |_| b"1048576\n".to_vec()),
    ("sys/kernel/cap_last_cap", |_| b"40\n".to_vec()),
    ("sys/kernel/hostname", |k| [&k.hostname[..], b"\n"].concat()),
    ("sys/kernel/ngroups_max", |_| b"65536\n".to_vec()),
    ("sys/kernel/osrelease", |_| {
        format!("{RELEASE}\n").into_bytes()
    }),
    ("sys/kernel/ostype", |_| b"Linux\n".to_vec()),
    ("sys/kernel/pid_max", |_| b"32768\n".to_vec()),
    ("sys/kernel/threads-max", |_| b"1024\n".to_vec()),
    ("sys/kernel/version", |_| {
        format!("{VERSION}\n").into_bytes()
    }),
    ("sys/vm/max_map_count", |_| b"65530\n".to_vec()),
    ("sys/vm/overcommit_memory", |_| b"0\n".to_vec()),
];

/// The file system of `/proc`.
pub struct ProcFs;

fn find(k: &Kernel, path: &[u8]) -> Result<Node, Errno> {
    let path = core::str::from_utf8(path).map_err(|_| Errno::ENOENT)?;
    let pid = format!("{}", k.process.pid);
    let fixed = |name: &str, kind| DirEntry {
        name: name.as_bytes().to_vec(),
        ino: ino(name.as_bytes()),
        kind,
    };
    if path.is_empty() {
        let mut names = alloc::vec![
            fixed(&pid, DT_DIR),
            fixed("self", DT_LNK),
            fixed("sys", DT_DIR),
            fixed("thread-self", DT_LNK)
        ];
        names.extend(TOP.iter().map(|(name, _)| fixed(name, DT_REG)));
        for other in k.others.keys() {
            names.push(fixed(&format!("{other}"), DT_DIR));
        }
        return Ok(Node::Dir(names));
    }
    if let Some((_, make)) = TOP.iter().chain(&SYS).find(|(name, _)| *name == path) {
        return Ok(Node::File(make(k)));
    }
    match path {
        "self" => return Ok(Node::Link(pid.into_bytes())),
        "thread-self" => {
            return Ok(Node::Link(
                format!("{pid}/task/{}", k.thread.tid).into_bytes(),
            ));
        }
        _ => {}
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts[0] == "sys" {
        let prefix = format!("{path}/");
        let mut names: Vec<DirEntry> = Vec::new();
        for rest in SYS
            .iter()
            .filter_map(|(name, _)| name.strip_prefix(&prefix[..]))
        {
            let (name, kind) = rest
                .split_once('/')
                .map_or((rest, DT_REG), |(dir, _)| (dir, DT_DIR));
            if names.last().is_none_or(|last| last.name != name.as_bytes()) {
                names.push(fixed(name, kind));
            }
        }
        return if names.is_empty() {
            Err(Errno::ENOENT)
        } else {
            Ok(Node::Dir(names))
        };
    }
    let process = parts[0]
        .parse()
        .ok()
        .and_then(|pid| k.process(pid))
        .ok_or(Errno::ENOENT)?;
    // A thread's directory has the same names as the process's.
    let in_task = parts.len() > 2 && parts[1] == "task";
    let mut tid = process.pid;
    if in_task {
        let number = parts[2].parse().map_err(|_| Errno::ENOENT)?;
        if !process.threads.contains(&number) {
            return Err(Errno::ENOENT);
        }
        tid = number;
        parts.drain(1..3);
    }
    match parts[1..] {
        [] => {
            let mut names: Vec<DirEntry> = PROCESS
                .iter()
                .map(|(name, _)| fixed(name, DT_REG))
                .collect();
            names.extend(["cwd", "exe", "root"].map(|name| fixed(name, DT_LNK)));
            names.push(fixed("fd", DT_DIR));
            if !in_task {
                names.push(fixed("task", DT_DIR));
            }
            Ok(Node::Dir(names))
        }
        ["task"] => Ok(Node::Dir(
            process
                .threads
                .iter()
                .map(|t| fixed(&format!("{t}"), DT_DIR))
                .collect(),
        )),
        ["cwd"] if process.cwd.is_empty() => Ok(Node::Link(b"/".to_vec())),
        ["cwd"] => Ok(Node::Link(process.cwd.clone())),
        ["root"] => Ok(Node::Link(b"/".to_vec())),
        ["exe"] => Ok(Node::Link(process.exe.clone())),
        ["fd"] => Ok(Node::Dir(
            process
                .fds
                .iter()
                .map(|(fd, _)| fixed(&format!("{fd}"), DT_LNK))
                .collect(),
        )),
        ["fd", n] => Ok(Node::Fd(
            n.parse()
                .ok()
                .and_then(|n| process.fds.get(n).ok())
                .ok_or(Errno::ENOENT)?
                .clone(),
        )),
        [name] => PROCESS
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, make)| Node::File(make(k, process, tid)))
            .ok_or(Errno::ENOENT),
        _ => Err(Errno::ENOENT),
    }
}

/// A number that stays the same for a path (FNV-1a).
fn ino(path: &[u8]) -> u64 {
    path.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &b| {
        (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    }) >> 24
}

fn attr(k: &Kernel, path: &[u8], node: &Node) -> Attr {
    let (mode, nlink) = match node {
        Node::Dir(_) => (S_IFDIR | 0o555, 2),
        Node::File(_) => (S_IFREG | 0o444, 1),
        Node::Link(_) => (S_IFLNK | 0o777, 1),
        Node::Fd(_) => (S_IFLNK | 0o700, 1),
    };
    let time = k.process.started;
    Attr {
        dev: 0x15,
        ino: ino(path),
        mode,
        nlink,
        atime: time,
        mtime: time,
        ctime: time,
        ..Attr::default()
    }
}

/// What `/proc/self/fd/N` points to.
fn fd_name(file: &OpenFile) -> Vec<u8> {
    if !file.path.is_empty() {
        return file.path.clone();
    }
    file.file.anonymous_name().unwrap_or_else(|| b"/".to_vec())
}

impl FileSystem for ProcFs {
    fn stat(&self, k: &Kernel, path: &[u8], follow: bool) -> Result<Attr, Errno> {
        match find(k, path)? {
            Node::Fd(file) if follow => file.file.stat(k),
            node => Ok(attr(k, path, &node)),
        }
    }

    fn readlink(&self, k: &Kernel, path: &[u8]) -> Result<Vec<u8>, Errno> {
        match find(k, path)? {
            Node::Link(target) => Ok(target),
            Node::Fd(file) => Ok(fd_name(&file)),
            _ => Err(Errno::EINVAL),
        }
    }

    fn is_magic_link(&self, path: &[u8]) -> bool {
        path.split(|&b| b == b'/').rev().nth(1) == Some(b"fd")
    }

    fn open(&self, k: &Kernel, path: &[u8], how: Open, _: bool) -> Result<Box<dyn File>, Errno> {
        let node = match find(k, path) {
            Err(Errno::ENOENT) if how.has(O_CREAT) => return Err(Errno::EACCES),
            other => other?,
        };
        let attr = attr(k, path, &node);
        match node {
            Node::Dir(_) if how.writes() => Err(Errno::EISDIR),
            Node::Dir(names) => Ok(Box::new(ProcDir { attr, names })),
            _ if how.has(O_DIRECTORY) => Err(Errno::ENOTDIR),
            Node::File(_) if how.writes() => Err(Errno::EACCES),
            Node::File(bytes) => Ok(Box::new(Snapshot { attr, bytes })),
            Node::Link(_) => Err(Errno::ELOOP),
            // A file with a path is opened again by it; anything else is shared.
            Node::Fd(file) if file.path.is_empty() || file.file.is_pipe() => {
                Ok(Box::new(Shared(file)))
            }
            Node::Fd(file) => {
                let place = k.resolve(AT_FDCWD, &file.path, super::Follow::Yes, false)?;
                place.fs.open(k, &place.rest, how, place.follow)
            }
        }
    }

    fn statfs(&self) -> Statfs {
        Statfs {
            f_type: PROC_SUPER_MAGIC,
            f_bsize: 4096,
            f_frsize: 4096,
            f_namelen: NAME_MAX as i64,
            ..Statfs::default()
        }
    }
}

struct Snapshot {
    attr: Attr,
    bytes: Vec<u8>,
}

impl File for Snapshot {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(self.attr)
    }

    fn read(&self, _: &Kernel, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno> {
        let mut rest = usize::try_from(offset)
            .ok()
            .and_then(|at| self.bytes.get(at..))
            .unwrap_or(&[]);
        let mut done = 0;
        for buf in bufs {
            let n = buf.len().min(rest.len());
            buf[..n].copy_from_slice(&rest[..n]);
            rest = &rest[n..];
            done += n;
        }
        Ok(done)
    }
}

struct ProcDir {
    attr: Attr,
    names: Vec<DirEntry>,
}

impl File for ProcDir {
    fn stat(&self, _: &Kernel) -> Result<Attr, Errno> {
        Ok(self.attr)
    }

    fn list(&self, _: &Kernel) -> Result<Vec<DirEntry>, Errno> {
        Ok(self
            .names
            .iter()
            .map(|e| DirEntry {
                name: e.name.clone(),
                ino: e.ino,
                kind: e.kind,
            })
            .collect())
    }

    fn is_dir(&self) -> bool {
        true
    }
}

/// Another description of the same object, by way of `/proc/self/fd`.
struct Shared(Rc<OpenFile>);

impl File for Shared {
    fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        self.0.file.stat(k)
    }
    fn read(&self, k: &Kernel, bufs: &mut [&mut [u8]], offset: u64) -> Result<usize, Errno> {
        self.0.file.read(k, bufs, offset)
    }
    fn write(&self, k: &Kernel, bufs: &[&[u8]], offset: u64) -> Result<usize, Errno> {
        self.0.file.write(k, bufs, offset)
    }
    fn seekable(&self) -> bool {
        self.0.file.seekable()
    }
    fn host_seek(&self, offset: i64, whence: u32) -> Result<u64, Errno> {
        self.0.file.host_seek(offset, whence)
    }
    fn truncate(&self, len: u64) -> Result<(), Errno> {
        self.0.file.truncate(len)
    }
    fn set_attr(&self, k: &Kernel, set: SetAttr) -> Result<(), Errno> {
        self.0.file.set_attr(k, set)
    }
    fn is_terminal(&self) -> bool {
        self.0.file.is_terminal()
    }
    fn is_standard(&self) -> bool {
        self.0.file.is_standard()
    }
    fn readiness(&self, k: &Kernel) -> Readiness {
        self.0.file.readiness(k)
    }
    fn changes(&self) -> Option<u64> {
        self.0.file.changes()
    }
    fn deadline(&self) -> Option<u64> {
        self.0.file.deadline()
    }
    fn available(&self) -> Option<usize> {
        self.0.file.available()
    }
    fn anonymous_name(&self) -> Option<Vec<u8>> {
        Some(fd_name(&self.0))
    }
    fn is_pipe(&self) -> bool {
        self.0.file.is_pipe()
    }
}

fn strings(all: &[Vec<u8>]) -> Vec<u8> {
    all.iter()
        .flat_map(|s| s.iter().copied().chain([0]))
        .collect()
}

fn cpuinfo(_: &Kernel) -> Vec<u8> {
    let features = crate::start::hwcap_names();
    format!(
        "processor\t: 0\nBogoMIPS\t: 100.00\nFeatures\t: {features}\nCPU implementer\t: 0x00\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0x000\nCPU revision\t: 0\n\n"
    )
    .into_bytes()
}

fn meminfo(k: &Kernel) -> Vec<u8> {
    let (total, free) = k.memory_sizes();
    let (total, free) = (total >> 10, free >> 10);
    let mut text = String::new();
    let rows = [
        ("MemTotal", total),
        ("MemFree", free),
        ("MemAvailable", free),
        ("Buffers", 0),
        ("Cached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
    ];
    for (name, kb) in rows {
        text += &format!("{:<15} {kb:>8} kB\n", format!("{name}:"));
    }
    text.into_bytes()
}

fn system_stat(k: &Kernel) -> Vec<u8> {
    let ticks = k.uptime() / 10_000_000;
    let booted = k.process.started / 1_000_000_000;
    format!("cpu  {ticks} 0 0 0 0 0 0 0 0 0\ncpu0 {ticks} 0 0 0 0 0 0 0 0 0\nbtime {booted}\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n").into_bytes()
}

fn mounts(k: &Kernel) -> Vec<u8> {
    let mut text = Vec::new();
    for (path, kind) in k.ns.mount_points() {
        let path = if path.is_empty() { b"/" } else { path };
        text.extend_from_slice(kind.as_bytes());
        text.push(b' ');
        text.extend_from_slice(path);
        text.extend_from_slice(format!(" {kind} rw 0 0\n").as_bytes());
    }
    text
}

fn mountinfo(k: &Kernel) -> Vec<u8> {
    let mut text = Vec::new();
    for (i, (path, kind)) in k.ns.mount_points().enumerate() {
        text.extend_from_slice(format!("{} 1 0:{} / ", i + 2, i + 20).as_bytes());
        text.extend_from_slice(if path.is_empty() { b"/" } else { path });
        text.extend_from_slice(format!(" rw - {kind} {kind} rw\n").as_bytes());
    }
    text
}

fn maps(_: &Kernel, p: &Process, _: u32) -> Vec<u8> {
    let mut text = Vec::new();
    for (start, vma) in p.mm.areas() {
        let bit = |bit, letter| if vma.prot & bit != 0 { letter } else { '-' };
        let (name, offset, shared, ino) = match &vma.kind {
            Kind::Kernel => continue,
            Kind::Image | Kind::Text { .. } => (&p.exe[..], start - p.mm.image_start(), false, 1),
            Kind::Heap => (&b"[heap]"[..], 0, false, 0),
            Kind::Stack => (&b"[stack]"[..], 0, false, 0),
            Kind::Shared { offset, .. } => (&b"/dev/zero (deleted)"[..], *offset, true, 1),
            Kind::Anonymous => (&b""[..], 0, false, 0),
            Kind::File {
                file,
                offset,
                shared,
            } => (&file.path[..], *offset, *shared, 2),
        };
        let line = format!(
            "{start:08x}-{:08x} {}{}{}{} {offset:08x} 00:{:02x} {ino} ",
            vma.end,
            bit(PROT_READ, 'r'),
            bit(PROT_WRITE, 'w'),
            bit(PROT_EXEC, 'x'),
            if shared { 's' } else { 'p' },
            if ino == 0 { 0 } else { 1 },
        );
        text.extend_from_slice(line.as_bytes());
        if !name.is_empty() {
            // Linux pads names to column 73.
            text.resize(text.len() + 73usize.saturating_sub(line.len()), b' ');
            text.extend_from_slice(name);
        }
        text.push(b'\n');
    }
    text
}

fn limits(_: &Kernel, p: &Process, _: u32) -> Vec<u8> {
    use elfconv_abi::process::*;
    let rows = [
        ("Max cpu time", RLIMIT_CPU, "seconds"),
        ("Max file size", RLIMIT_FSIZE, "bytes"),
        ("Max data size", RLIMIT_DATA, "bytes"),
        ("Max stack size", RLIMIT_STACK, "bytes"),
        ("Max core file size", RLIMIT_CORE, "bytes"),
        ("Max resident set", RLIMIT_RSS, "bytes"),
        ("Max processes", RLIMIT_NPROC, "processes"),
        ("Max open files", RLIMIT_NOFILE, "files"),
        ("Max locked memory", RLIMIT_MEMLOCK, "bytes"),
        ("Max address space", RLIMIT_AS, "bytes"),
        ("Max file locks", RLIMIT_LOCKS, "locks"),
        ("Max pending signals", RLIMIT_SIGPENDING, "signals"),
        ("Max msgqueue size", RLIMIT_MSGQUEUE, "bytes"),
        ("Max nice priority", RLIMIT_NICE, ""),
        ("Max realtime priority", RLIMIT_RTPRIO, ""),
        ("Max realtime timeout", RLIMIT_RTTIME, "us"),
    ];
    let show = |n| {
        if n == RLIM_INFINITY {
            String::from("unlimited")
        } else {
            format!("{n}")
        }
    };
    let mut text = format!(
        "{:<25} {:<20} {:<20} {:<10}\n",
        "Limit", "Soft Limit", "Hard Limit", "Units"
    );
    for (name, at, unit) in rows {
        let limit = p.limits[at];
        text += &format!(
            "{name:<25} {:<20} {:<20} {unit:<10}\n",
            show(limit.rlim_cur),
            show(limit.rlim_max)
        );
    }
    text.into_bytes()
}

fn stat(k: &Kernel, p: &Process, tid: u32) -> Vec<u8> {
    let (size, resident) = p.mm.usage();
    let ticks = k.monotonic().saturating_sub(p.started_monotonic) / 10_000_000;
    let started = p
        .started_monotonic
        .saturating_sub(k.process.started_monotonic)
        / 10_000_000;
    let (group, session) = (p.process_group, p.session);
    let mut text = format!("{tid} (").into_bytes();
    text.extend_from_slice(name(k, tid));
    let terminal = if k.terminal.session == session {
        34816
    } else {
        0
    };
    text.extend_from_slice(
        format!(
            ") {} {} {group} {session} {terminal} {} 4194304 0 0 0 0 {ticks} 0 0 0 20 0 {} 0 {started} {size} {} 18446744073709551615 0 0 {} 0 0 {} 0 {} {} 0 0 0 {} 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            state(k, p, tid).0,
            p.parent,
            k.terminal.foreground,
            p.threads.len(),
            resident >> 12,
            p.stack_top,
            p.pending.set,
            p.actions.ignored(),
            p.actions.caught(),
            p.exit_signal,
        )
        .as_bytes(),
    );
    text
}

fn statm(_: &Kernel, p: &Process, _: u32) -> Vec<u8> {
    let (size, resident) = p.mm.usage();
    format!(
        "{} {} 0 0 0 {} 0\n",
        size >> 12,
        resident >> 12,
        resident >> 12
    )
    .into_bytes()
}

fn status(k: &Kernel, p: &Process, tid: u32) -> Vec<u8> {
    let (size, resident) = p.mm.usage();
    let pid = p.pid;
    let c = &p.cred;
    let (letter, word) = state(k, p, tid);
    let first = k.thread(tid);
    let mut text = b"Name:\t".to_vec();
    text.extend_from_slice(name(k, tid));
    text.extend_from_slice(
        format!(
            "\nUmask:\t{:04o}\nState:\t{letter} ({word})\nTgid:\t{pid}\nNgid:\t0\nPid:\t{tid}\nPPid:\t{}\nTracerPid:\t0\nUid:\t{}\t{}\t{}\t{}\nGid:\t{}\t{}\t{}\t{}\n\
             FDSize:\t64\nGroups:\t\nVmPeak:\t{:8} kB\nVmSize:\t{:8} kB\nVmRSS:\t{:8} kB\nThreads:\t{}\nSigPnd:\t{:016x}\nShdPnd:\t{:016x}\nSigBlk:\t{:016x}\nSigIgn:\t{:016x}\nSigCgt:\t{:016x}\n\
             Cpus_allowed:\t1\nCpus_allowed_list:\t0\n",
            p.umask, p.parent, c.uid, c.euid, c.suid, c.euid, c.gid, c.egid, c.sgid, c.egid,
            size >> 10, size >> 10, resident >> 10, p.threads.len(),
            first.map_or(0, |t| t.pending.set), p.pending.set,
            first.map_or(0, |t| t.blocked), p.actions.ignored(), p.actions.caught(),
        )
        .as_bytes(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_so_that_directories_are_contiguous() {
        assert!(TOP.is_sorted_by_key(|(name, _)| *name));
        assert!(PROCESS.is_sorted_by_key(|(name, _)| *name));
        assert!(SYS.is_sorted_by_key(|(name, _)| *name));
    }
}
