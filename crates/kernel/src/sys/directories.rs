//! Directories: the working directory and reading entries.

use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::{AT_FDCWD, DIRENT64_NAME, DT_DIR};

use super::SysResult;
use super::args::{Fd, Out, Path, UserMut};
use crate::kernel::Kernel;
use crate::vfs::{DirEntry, Follow, split_last};

pub fn getcwd(k: &mut Kernel, buf: Out, size: usize) -> SysResult {
    let path = k.cwd_path();
    if path.len() + 1 > size {
        return Err(Errno::ERANGE);
    }
    let to = buf.bytes(k, path.len() + 1)?;
    to[..path.len()].copy_from_slice(path);
    to[path.len()] = 0;
    Ok(path.len() as u64 + 1)
}

fn change(k: &mut Kernel, dir: i32, path: &[u8]) -> SysResult {
    // In full, so that `getcwd` has no links in it.
    let place = k.resolve(dir, path, Follow::Yes, true)?;
    if !place.stat(k)?.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    k.cwd = place.path;
    Ok(0)
}

pub fn chdir(k: &mut Kernel, path: Path) -> SysResult {
    let path = path.read(k)?;
    change(k, AT_FDCWD, &path)
}

pub fn fchdir(k: &mut Kernel, fd: Fd) -> SysResult {
    k.base(fd.0)?;
    change(k, fd.0, b".")
}

pub fn getdents64(k: &mut Kernel, fd: Fd, buf: UserMut<u8>, size: usize) -> SysResult {
    let file = k.fds.get(fd.0)?.clone();
    if !file.file.is_dir() {
        return Err(Errno::ENOTDIR);
    }
    if file.entries.borrow().is_none() || file.pos.get() == 0 {
        file.entries.replace(Some(entries(k, &file)?));
    }
    let entries = file.entries.borrow();
    let Some(entries) = &*entries else {
        return Ok(0);
    };
    let mut record = Vec::with_capacity(DIRENT64_NAME + 256);
    let mut done = 0;
    let mut at = file.pos.get();
    for entry in entries.get(at as usize..).unwrap_or(&[]) {
        let len = (DIRENT64_NAME + entry.name.len() + 1).next_multiple_of(8);
        if done + len > size {
            break;
        }
        at += 1;
        record.clear();
        record.extend_from_slice(&entry.ino.to_le_bytes());
        record.extend_from_slice(&at.to_le_bytes());
        record.extend_from_slice(&(len as u16).to_le_bytes());
        record.push(entry.kind);
        record.extend_from_slice(&entry.name);
        record.resize(len, 0);
        Out(buf.0.wrapping_add(done as u64))
            .bytes(k, len)?
            .copy_from_slice(&record);
        done += len;
    }
    if done == 0 && (at as usize) < entries.len() {
        return Err(Errno::EINVAL);
    }
    file.pos.set(at);
    Ok(done as u64)
}

/// `.`, `..`, what the file system lists, and mount points below.
fn entries(k: &Kernel, file: &crate::vfs::OpenFile) -> Result<Vec<DirEntry>, Errno> {
    let ino = |path: &[u8]| {
        k.resolve(
            AT_FDCWD,
            if path.is_empty() { b"/" } else { path },
            Follow::Yes,
            false,
        )
        .and_then(|place| place.stat(k))
        .map_or(1, |a| a.ino)
    };
    let own = file.file.stat(k)?.ino;
    let parent = ino(split_last(&file.path).0);
    let mut all = alloc::vec![
        DirEntry {
            name: b".".to_vec(),
            ino: own,
            kind: DT_DIR
        },
        DirEntry {
            name: b"..".to_vec(),
            ino: parent,
            kind: DT_DIR
        }
    ];
    let listed = file.file.list(k)?;
    let mounts = k.ns.below(&file.path);
    let missing: Vec<&[u8]> = mounts
        .into_iter()
        .filter(|name| listed.iter().all(|e| e.name != *name))
        .collect();
    all.extend(listed);
    all.extend(missing.into_iter().map(|name| DirEntry {
        name: name.to_vec(),
        ino: ino(&crate::vfs::join(&crate::vfs::join(&file.path, b"/"), name)),
        kind: DT_DIR,
    }));
    Ok(all)
}
