//! The files of `/proc` that tell about the machine and the system, `/proc/sys` among them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Kernel;
use crate::sys::system::{RELEASE, VERSION};

type Make = fn(&Kernel) -> Vec<u8>;

pub(super) static TOP: [(&str, Make); 11] = [
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

pub(super) static SYS: [(&str, Make); 11] = [
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

pub(super) fn mounts(k: &Kernel) -> Vec<u8> {
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

pub(super) fn mountinfo(k: &Kernel) -> Vec<u8> {
    let mut text = Vec::new();
    for (i, (path, kind)) in k.ns.mount_points().enumerate() {
        text.extend_from_slice(format!("{} 1 0:{} / ", i + 2, i + 20).as_bytes());
        text.extend_from_slice(if path.is_empty() { b"/" } else { path });
        text.extend_from_slice(format!(" rw - {kind} {kind} rw\n").as_bytes());
    }
    text
}
