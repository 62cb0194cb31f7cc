//! The files that each process and each thread has in `/proc`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use elfconv_abi::mm::{PROT_EXEC, PROT_READ, PROT_WRITE};

use super::system::{mountinfo, mounts};
use crate::Kernel;
use crate::mm::Kind;
use crate::task::{Life, Process};

/// What is made for a process; the number is that of the thread whose directory it is in, of the first one for the process's own.
type MakeOf = fn(&Kernel, &Process, u32) -> Vec<u8>;

pub(super) static PROCESS: [(&str, MakeOf); 13] = [
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

fn strings(all: &[Vec<u8>]) -> Vec<u8> {
    all.iter()
        .flat_map(|s| s.iter().copied().chain([0]))
        .collect()
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
