//! `execve`: so far only why it fails.

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::SysResult;
use super::args::{Addr, DirFd, Flags, Path};
use super::attributes::{granted, stat_at};
use crate::kernel::Kernel;

pub fn execve(k: &mut Kernel, path: Path, argv: Addr, envp: Addr) -> SysResult {
    execveat(k, DirFd(AT_FDCWD), path, argv, envp, Flags(0))
}

pub fn execveat(
    k: &mut Kernel,
    dir: DirFd,
    path: Path,
    _argv: Addr,
    _envp: Addr,
    flags: Flags,
) -> SysResult {
    if flags.0 & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(Errno::EINVAL);
    }
    let attr = stat_at(k, dir, path, flags)?;
    match attr.kind() {
        S_IFLNK => return Err(Errno::ELOOP),
        S_IFREG if granted(k, &attr, Flags(AT_EACCESS)) & X_OK != 0 => {}
        _ => return Err(Errno::EACCES),
    }
    Err(Errno::ENOSYS)
}
