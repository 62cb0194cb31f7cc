//! Mounts: which file system a path belongs to.
//!
//! The root is a file system in memory unless the host gives `/`. A preopen is mounted under its guest name; a relative name is below the working directory, and `.` is the
//! working directory itself ([`DEFAULT_CWD`] when nothing names it). A root in memory knows the guest's user by name. `/proc` and `/dev` are always ours, unless the host gives exactly them; `/tmp` is in memory unless the host gives it or `/`.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::devfs::DevFs;
use super::hostfs::HostFs;
use super::overlay::Overlay;
use super::procfs::ProcFs;
use super::tmpfs::TmpFs;
use super::{FileSystem, join};
use crate::host::Host;

/// Where the preopen `.` is mounted when neither `ELFCONV_CWD` nor `PWD` says.
const DEFAULT_CWD: &[u8] = b"/cwd";

/// Files of a root in memory: programs show users by name.
const ROOT_FILES: [(&[u8], &[u8]); 2] = [
    (
        b"/etc/passwd",
        b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    ),
    (b"/etc/group", b"root:x:0:\nnogroup:x:65534:\n"),
];

/// All mounts by absolute path without a trailing slash (so the root is the empty path).
pub struct Namespace {
    mounts: BTreeMap<Vec<u8>, Rc<dyn FileSystem>>,
    /// `/tmp` is in memory.
    tmp_is_ours: bool,
    /// Attributes that the guest has set on host files.
    pub overlay: Overlay,
}

/// An absolute path without `.`, `..`, empty components and trailing slash; `..` is taken by the letter.
pub fn normalize(path: &[u8]) -> Vec<u8> {
    let mut clean: Vec<u8> = Vec::new();
    for part in path.split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => clean.truncate(clean.iter().rposition(|&b| b == b'/').unwrap_or(0)),
            part => {
                clean.push(b'/');
                clean.extend_from_slice(part);
            }
        }
    }
    clean
}

impl Namespace {
    /// Mounts the host's preopens and our own file systems. `cwd` is the wanted working directory; returns the actual one.
    pub fn new(host: &Rc<dyn Host>, cwd: Option<&[u8]>) -> (Self, Vec<u8>) {
        let overlay = Overlay::default();
        let preopens = host.preopens();
        let has_dot = preopens
            .iter()
            .any(|(_, name)| normalize(name).is_empty() && !name.starts_with(b"/"));
        let cwd = match cwd {
            Some(path) if path.starts_with(b"/") => normalize(path),
            _ if has_dot => DEFAULT_CWD.to_vec(),
            _ => Vec::new(),
        };
        let mut mounts: BTreeMap<Vec<u8>, Rc<dyn FileSystem>> = BTreeMap::new();
        for (fd, name) in preopens {
            let at = if name.starts_with(b"/") {
                normalize(&name)
            } else {
                normalize(&join(&join(&cwd, b"/"), &name))
            };
            mounts
                .entry(at)
                .or_insert_with(|| Rc::new(HostFs::new(host.clone(), fd, overlay.clone())));
        }
        let has_root = mounts.contains_key(&b""[..]);
        let tmp_is_ours = !has_root && !mounts.contains_key(&b"/tmp"[..]);
        mounts
            .entry(b"/proc".to_vec())
            .or_insert_with(|| Rc::new(ProcFs));
        mounts
            .entry(b"/dev".to_vec())
            .or_insert_with(|| Rc::new(DevFs));
        if !has_root {
            mounts
                .entry(b"/tmp".to_vec())
                .or_insert_with(|| Rc::new(TmpFs::new(host, 0x21, 0o1777)));
            let root = TmpFs::new(host, 0x20, 0o755);
            mounts
                .keys()
                .chain([&cwd])
                .for_each(|path| root.make_dirs(path));
            for (path, contents) in ROOT_FILES {
                root.add_file(path, contents);
            }
            mounts.insert(Vec::new(), Rc::new(root));
        }
        let ns = Self {
            mounts,
            tmp_is_ours,
            overlay,
        };
        (ns, cwd)
    }

    /// Makes the module's file tree the root, in place of the one in memory; what the host gives stays mounted, except for a root of its own.
    pub fn mount_tree(&mut self, tree: TmpFs, cwd: &[u8]) {
        self.mounts.remove(&b""[..]);
        if self.tmp_is_ours {
            self.mounts.remove(&b"/tmp"[..]);
        }
        self.mounts
            .keys()
            .map(|path| &path[..])
            .chain([cwd, b"/tmp"])
            .for_each(|path| tree.make_dirs(path));
        for (path, contents) in ROOT_FILES {
            if !tree.has(path) {
                tree.add_file(path, contents);
            }
        }
        self.mounts.insert(Vec::new(), Rc::new(tree));
    }

    /// The file system of an absolute path (without trailing slash), its mount point, and the rest of the path.
    pub fn find<'p>(&self, path: &'p [u8]) -> (&Rc<dyn FileSystem>, &'p [u8], &'p [u8]) {
        let mut end = path.len();
        loop {
            if let Some(fs) = self.mounts.get(&path[..end]) {
                let rest = &path[end..];
                return (fs, &path[..end], rest.strip_prefix(b"/").unwrap_or(rest));
            }
            // The root is always mounted, so this ends there at the latest.
            end = path[..end].iter().rposition(|&b| b == b'/').unwrap_or(0);
        }
    }

    /// Whether something is mounted exactly here.
    pub fn is_mount_point(&self, path: &[u8]) -> bool {
        self.mounts.contains_key(path)
    }

    /// Names of mount points, or of directories that lead to some, directly below `path`.
    pub fn below(&self, path: &[u8]) -> Vec<&[u8]> {
        let prefix = join(path, b"");
        let mut names: Vec<&[u8]> = Vec::new();
        for mount in self.mounts.keys() {
            let Some(rest) = mount
                .strip_prefix(&prefix[..])
                .and_then(|rest| rest.strip_prefix(b"/"))
            else {
                continue;
            };
            let name = rest.split(|&b| b == b'/').next().unwrap_or(rest);
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
        names
    }

    /// All mount points, for `/proc/mounts`.
    pub fn mount_points(&self) -> impl Iterator<Item = (&[u8], Box<str>)> {
        self.mounts.iter().map(|(path, fs)| {
            let kind = match fs.statfs().f_type {
                elfconv_abi::fs::TMPFS_MAGIC => "tmpfs",
                elfconv_abi::fs::PROC_SUPER_MAGIC => "proc",
                _ => "ext4",
            };
            (&path[..], kind.into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_by_the_letter() {
        for (path, expected) in [
            ("/", ""),
            (".", ""),
            ("a//b/./c/", "/a/b/c"),
            ("/a/../../b", "/b"),
            ("/..", ""),
        ] {
            assert_eq!(normalize(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }
}
