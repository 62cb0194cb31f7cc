//! `execve`: finds out what is to be executed, and why it cannot be. See execve(2).

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::SysResult;
use super::args::{Addr, DirFd, Flags, Path, User, read_string};
use super::attributes::{granted, stat_at};
use super::files::open;
use crate::kernel::Kernel;
use crate::program::{Elf, Exec};
use crate::task::AfterCall;

/// `#!` may lead to another script, so often.
const MOST_SCRIPTS: usize = 4;
/// Bytes of a script's first line that are looked at (`BINPRM_BUF_SIZE`).
const FIRST_LINE: usize = 256;
/// Bytes of one argument, and of all of them with the environment.
const MOST_OF_ONE: usize = 128 << 10;
const MOST_OF_ALL: usize = 2 << 20;

pub fn execve(k: &mut Kernel, path: Path, argv: Addr, envp: Addr) -> SysResult {
    execveat(k, DirFd(AT_FDCWD), path, argv, envp, Flags(0))
}

/// A list of strings that ends with NULL.
fn strings(k: &Kernel, list: Addr, room: &mut usize) -> Result<Vec<Vec<u8>>, Errno> {
    let mut all = Vec::new();
    if list.0 == 0 {
        return Ok(all);
    }
    loop {
        let at = User::<u64>::at(list.0).nth(all.len()).read(k)?;
        if at == 0 {
            return Ok(all);
        }
        let text = match read_string(k, at, MOST_OF_ONE) {
            Err(Errno::ENAMETOOLONG) => return Err(Errno::E2BIG),
            other => other?,
        };
        *room = room.checked_sub(text.len() + 9).ok_or(Errno::E2BIG)?;
        all.push(text);
    }
}

pub fn execveat(
    k: &mut Kernel,
    dir: DirFd,
    path: Path,
    argv: Addr,
    envp: Addr,
    flags: Flags,
) -> SysResult {
    if flags.0 & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    let name = path.read(k)?;
    let attr = stat_at(k, dir, path, flags);
    let mut room = MOST_OF_ALL;
    let mut args = strings(k, argv, &mut room)?;
    let environ = strings(k, envp, &mut room)?;
    if args.is_empty() {
        // As Linux does since 5.18.
        args.push(Vec::new());
    }
    let own = is_own(k, dir, &name);
    let attr = match attr {
        // The module has its program with it: it may not be in the file tree at all.
        Err(_) if own => return run_module(k, args, environ, name),
        other => other?,
    };
    match attr.kind() {
        S_IFLNK => return Err(Errno::ELOOP),
        S_IFREG if granted(k, &attr, Flags(AT_EACCESS)) & X_OK != 0 => {}
        _ => return Err(Errno::EACCES),
    }
    let (at, name) = if name.is_empty() {
        (AT_FDCWD, k.fds.get(dir.0)?.path.clone())
    } else {
        (dir.0, name)
    };
    let exec = prepare(k, at, name, args, environ)?;
    k.later(AfterCall::Exec(Box::new(exec)));
    Ok(0)
}

/// Finds out what the execution of a file, which may be executed, comes to: a script's interpreter is executed instead of it.
pub(crate) fn prepare(
    k: &mut Kernel,
    mut at: i32,
    mut name: Vec<u8>,
    mut args: Vec<Vec<u8>>,
    environ: Vec<Vec<u8>>,
) -> Result<Exec, Errno> {
    let base = comm(&name);
    for _ in 0..=MOST_SCRIPTS {
        let file = open(k, at, &name, O_RDONLY, 0)?;
        let path = file.path.clone();
        let mut start = [0; FIRST_LINE];
        let n = file.file.read(k, &mut [&mut start], 0)?;
        if let Some(line) = start[..n].strip_prefix(b"#!") {
            let (interpreter, argument) = script(line)?;
            let mut new = vec![interpreter.clone()];
            new.extend(argument);
            new.push(name);
            new.extend(args.drain(1..));
            args = new;
            name = interpreter;
            at = AT_FDCWD;
            check_executable(k, &name)?;
            continue;
        }
        let elf = Elf::read(k, file)?;
        let mut exec = Exec {
            args,
            environ,
            path,
            name,
            comm: base,
            elf: None,
            interpreter: None,
        };
        if k.is_module(&elf) {
            return Ok(exec);
        }
        k.check_room(&elf)?;
        if let Some(path) = &elf.interpreter {
            let file = open(k, AT_FDCWD, path, O_RDONLY, 0)?;
            let interpreter = Elf::read(k, file)?;
            k.check_room(&interpreter)?;
            exec.interpreter = Some(interpreter);
        }
        exec.elf = Some(elf);
        return Ok(exec);
    }
    Err(Errno::ELOOP)
}

/// `EACCES` unless a path is that of a file that may be executed.
pub(crate) fn check_executable(k: &mut Kernel, path: &[u8]) -> Result<(), Errno> {
    let attr = k.at(AT_FDCWD, path, crate::vfs::Follow::Yes, |k, place| {
        place.stat(k)
    })?;
    if attr.kind() != S_IFREG || granted(k, &attr, Flags(AT_EACCESS)) & X_OK == 0 {
        return Err(Errno::EACCES);
    }
    Ok(())
}

/// The last component.
fn comm(path: &[u8]) -> Vec<u8> {
    path.rsplit(|&b| b == b'/').next().unwrap_or(b"").to_vec()
}

/// Whether a path is that of the running program, which need not exist.
fn is_own(k: &Kernel, dir: DirFd, name: &[u8]) -> bool {
    if k.process.program != crate::program::Program::Module {
        return false;
    }
    let own = alloc::format!("/proc/{}/exe", k.process.pid);
    name == b"/proc/self/exe"
        || name == own.as_bytes()
        || dir.0 == AT_FDCWD && !name.is_empty() && name == k.module.path
}

fn run_module(
    k: &mut Kernel,
    args: Vec<Vec<u8>>,
    environ: Vec<Vec<u8>>,
    name: Vec<u8>,
) -> SysResult {
    let exec = Exec {
        args,
        environ,
        path: k.module.path.clone(),
        comm: comm(&name),
        name,
        elf: None,
        interpreter: None,
    };
    k.later(AfterCall::Exec(Box::new(exec)));
    Ok(0)
}

/// The interpreter of a script, and its argument: all of the rest of the line.
fn script(line: &[u8]) -> Result<(Vec<u8>, Option<Vec<u8>>), Errno> {
    let end = line.iter().position(|&b| b == b'\n');
    let line = line[..end.unwrap_or(line.len())].trim_ascii();
    let name_end = line
        .iter()
        .position(|b| b.is_ascii_whitespace())
        .unwrap_or(line.len());
    if name_end == 0 || end.is_none() && name_end == line.len() && line.len() + 2 >= FIRST_LINE {
        return Err(Errno::ENOEXEC);
    }
    let argument = line[name_end..].trim_ascii();
    Ok((
        line[..name_end].to_vec(),
        (!argument.is_empty()).then(|| argument.to_vec()),
    ))
}
