//! Whole guest programs on the kernel and the interpreter, natively, against `qemu-aarch64`, which passes their system calls to Linux.
//!
//! Each C file of `tests/guests` prints what its system calls did. It needs `aarch64-linux-gnu-gcc` and `qemu-aarch64-static`, which `cargo xtask setup` installs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use elfconv_a64::state::CpuState;
use elfconv_abi::boot::Boot;
use elfconv_image::GuestImage;
use elfconv_kernel::Kernel;
use elfconv_kernel::compiled::Programs;
use elfconv_kernel::dispatch::{Compiled, run};
use elfconv_kernel::host::native::{Exit, Native};
use elfconv_kernel::mm::memory::Memory;

/// Nothing is compiled: everything is interpreted.
struct NoCode;

impl Compiled for NoCode {
    fn resume(&self, _: u32, _: bool) -> Option<u32> {
        None
    }

    fn entry(&self, _: u32, _: u64, _: bool) -> Option<u32> {
        None
    }
    fn fpcr(&self, _: u32) -> u32 {
        0
    }
    fn call(&self, _: u32, _: u32) {
        unreachable!("there are no entries")
    }
}

/// What a program did.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u32,
    stdout: String,
}

/// Runs an executable on the kernel, in the directory `dir`.
fn on_kernel(elf: &Path, args: &[&str], env: &[&str], dir: &Path) -> Outcome {
    let memory = Memory::for_tests(1 << 30);
    let image = GuestImage::parse(&std::fs::read(elf).unwrap(), "guest").unwrap();
    let mut list = Vec::new();
    for s in &image.segments {
        memory
            .bytes(s.vaddr, s.data.len() as u64)
            .copy_from_slice(&s.data);
        let prot = u32::from(s.read) | u32::from(s.write) << 1 | u32::from(s.exec) << 2;
        let file_end = (s.vaddr + s.data.len() as u64) as u32;
        list.extend([s.vaddr as u32, s.end() as u32, prot, file_end].map(u32::to_le_bytes));
    }
    let end = image.span().end.next_multiple_of(65536);
    memory
        .bytes(end, 4 * list.len() as u64)
        .copy_from_slice(list.as_flattened());
    let boot = Boot {
        entry: image.entry as u32,
        phdr: image.phdr as u32,
        phnum: image.phnum.into(),
        image_lo: image.span().start as u32,
        image_hi: image.span().end as u32,
        kernel: end as u32,
        brk_start: end as u32 + 65536,
        segments: end as u32,
        segment_count: image.segments.len() as u32,
        ..Boot::default()
    };
    let host = Rc::new(Native::new(args, env, &[(dir, ".")]));
    let streams = host.streams.clone();
    let kernel = Box::leak(Box::new(Kernel::new(
        host,
        memory,
        Programs::new(memory, &Boot::default()),
    )));
    let state = Box::leak(Box::new(CpuState::new()));
    elfconv_kernel::start::start(kernel, state, &boot, boot.brk_start.into()).unwrap();
    let (kernel, state) = (&raw mut *kernel, &raw mut *state);
    // SAFETY: leaked above; the dispatcher lets go of them before it asks again.
    let end = catch_unwind(AssertUnwindSafe(|| {
        run(|| unsafe { (&mut *kernel, &mut *state) }, &NoCode)
    }));
    let status = match end
        .expect_err("the dispatcher never returns")
        .downcast::<Exit>()
    {
        Ok(exit) => exit.0,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    let streams = streams.borrow();
    eprint!("{}", String::from_utf8_lossy(&streams.errors));
    Outcome {
        status,
        stdout: String::from_utf8_lossy(&streams.output).into_owned(),
    }
}

/// Runs an executable on Linux.
fn on_linux(elf: &Path, args: &[&str], dir: &Path) -> Outcome {
    use std::os::unix::process::ExitStatusExt;
    let output = Command::new("qemu-aarch64-static")
        .args(["-0", args[0], "-E", "VISIBLE=1"])
        .arg(elf)
        .args(&args[1..])
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .expect("qemu-aarch64-static (cargo xtask setup)");
    let status = output
        .status
        .code()
        .unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
    Outcome {
        status: status as u32,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
    }
}

fn compare(name: &str) {
    let work = std::env::temp_dir().join(format!("elfconv-kernel-{name}-{}", std::process::id()));
    let dirs: [PathBuf; 2] = ["kernel", "linux"].map(|d| work.join(d));
    dirs.iter()
        .for_each(|d| std::fs::create_dir_all(d).unwrap());
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/guests")
        .join(format!("{name}.c"));
    let elf = work.join(name);
    let compiled = Command::new("aarch64-linux-gnu-gcc")
        .args(["-O1", "-static", "-w", "-o"])
        .args([&elf, &source])
        .status();
    assert!(
        compiled
            .expect("aarch64-linux-gnu-gcc (cargo xtask setup)")
            .success()
    );
    let args = [name, "one", "two words"];
    let expected = on_linux(&elf, &args, &dirs[1]);
    let ours = on_kernel(
        &elf,
        &args,
        &["VISIBLE=1", "ELFCONV_STACK=1000000"],
        &dirs[0],
    );
    std::fs::remove_dir_all(&work).unwrap();
    for (n, (a, b)) in ours.stdout.lines().zip(expected.stdout.lines()).enumerate() {
        assert_eq!(a, b, "line {n} of {name} (ours, then Linux)");
    }
    assert_eq!(ours, expected);
}

#[test]
fn files() {
    compare("files");
}

#[test]
fn process() {
    compare("process");
}
