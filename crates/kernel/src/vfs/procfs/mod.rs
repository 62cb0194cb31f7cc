//! `/proc`: the processes, and the few facts of the machine that programs look up.
//!
//! Contents are made when a file is opened, and stay as they were then.

mod files;
mod process;
mod system;

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::*;

use super::{Attr, DirEntry, File, FileSystem, Open, OpenFile};
use crate::Kernel;
use files::{ProcDir, Shared, Snapshot, fd_name};
use process::PROCESS;
use system::{SYS, TOP};

/// What a path is.
enum Node {
    /// A directory with these names.
    Dir(Vec<DirEntry>),
    File(Vec<u8>),
    Link(Vec<u8>),
    /// `/proc/self/fd/N`: a name for an open file.
    Fd(Rc<OpenFile>),
}

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
