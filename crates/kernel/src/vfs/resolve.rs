//! From a path to a file system and a path in it.
//!
//! Component by component, with symbolic links. A host directory resolves links by itself, so the rest of a path is left to it in one call when nothing is mounted below
//! it and no `..` is in the way; if it then refuses because a link leaves the directory (an absolute link, say), the path is walked again in full by us.

use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;
use elfconv_abi::fs::{AT_FDCWD, NAME_MAX, PATH_MAX};

use super::{Attr, FileSystem};
use crate::Kernel;

/// Whether a symbolic link in the last component is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follow {
    No,
    Yes,
}

/// Where a path leads.
#[derive(Clone)]
pub struct Place {
    pub fs: Rc<dyn FileSystem>,
    /// Absolute path.
    pub path: Vec<u8>,
    /// Path in the file system.
    pub rest: Vec<u8>,
    /// Whether the file system still has to follow a link in the last component.
    pub follow: bool,
    /// The path ended in a slash.
    pub must_be_dir: bool,
    /// Links may be left for the file system to resolve.
    pub unresolved: bool,
}

impl Place {
    /// Attributes of what is there.
    pub fn stat(&self, k: &Kernel) -> Result<Attr, Errno> {
        let attr = self.fs.stat(k, &self.rest, self.follow)?;
        if self.must_be_dir && !attr.is_dir() {
            Err(Errno::ENOTDIR)
        } else {
            Ok(attr)
        }
    }
}

const MAX_LINKS: usize = 40;

impl Kernel {
    /// The absolute path of a directory descriptor, or of the working directory.
    pub fn base(&self, dirfd: i32) -> Result<&[u8], Errno> {
        if dirfd == AT_FDCWD {
            return Ok(&self.cwd);
        }
        let file = self.fds.get(dirfd)?;
        if !file.file.is_dir() {
            return Err(Errno::ENOTDIR);
        }
        Ok(&file.path)
    }

    /// Does `op` where `path` leads.
    pub fn at<R>(
        &mut self,
        dirfd: i32,
        path: &[u8],
        follow: Follow,
        mut op: impl FnMut(&mut Kernel, &Place) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let place = self.resolve(dirfd, path, follow, false)?;
        let unresolved = place.unresolved;
        match op(self, &place) {
            Err(Errno::EPERM | Errno::ELOOP | Errno::EACCES) if unresolved => {
                let place = self.resolve(dirfd, path, follow, true)?;
                op(self, &place)
            }
            other => other,
        }
    }

    /// Where `path` leads. With `full`, no link is left to a file system.
    pub fn resolve(
        &self,
        dirfd: i32,
        path: &[u8],
        follow: Follow,
        full: bool,
    ) -> Result<Place, Errno> {
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        if path.len() >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        let mut at = if path[0] == b'/' {
            Vec::new()
        } else {
            self.base(dirfd)?.to_vec()
        };
        let mut links = 0;
        // Components still to go, the next one last.
        let mut todo: Vec<Vec<u8>> = Vec::new();
        push(&mut todo, path)?;
        let must_be_dir =
            path.ends_with(b"/") || matches!(todo.first().map(|c| &c[..]), Some(b"." | b".."));
        let follow_last = follow == Follow::Yes || must_be_dir;
        let mut ups = todo.iter().filter(|c| *c == b"..").count();
        while let Some(name) = todo.pop() {
            if name == b"." {
                continue;
            }
            if name == b".." {
                ups -= 1;
                at.truncate(at.iter().rposition(|&b| b == b'/').unwrap_or(0));
                continue;
            }
            if !full && ups == 0 && self.ns.find(&at).0.follows() && self.ns.below(&at).is_empty() {
                at.push(b'/');
                at.extend_from_slice(&name);
                for name in todo.iter().rev().filter(|name| *name != b".") {
                    at.push(b'/');
                    at.extend_from_slice(name);
                }
                return Ok(self.place(at, follow_last, must_be_dir, true));
            }
            let parent = at.len();
            at.push(b'/');
            at.extend_from_slice(&name);
            if self.ns.is_mount_point(&at) {
                continue;
            }
            let last = todo.is_empty();
            let (fs, _, rest) = self.ns.find(&at);
            if last && (!follow_last || fs.is_magic_link(rest)) {
                break;
            }
            match fs.readlink(self, rest) {
                Ok(target) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Errno::ELOOP);
                    }
                    at.truncate(if target.starts_with(b"/") { 0 } else { parent });
                    let before = todo.len();
                    push(&mut todo, &target)?;
                    ups += todo[before..].iter().filter(|c| *c == b"..").count();
                }
                Err(Errno::EINVAL) => {
                    if todo.last().is_some_and(|next| next == b"..")
                        && !fs.stat(self, rest, false)?.is_dir()
                    {
                        return Err(Errno::ENOTDIR);
                    }
                }
                Err(Errno::ENOENT) if last => {}
                Err(e) => return Err(e),
            }
        }
        Ok(self.place(at, false, must_be_dir, false))
    }

    fn place(&self, path: Vec<u8>, follow: bool, must_be_dir: bool, unresolved: bool) -> Place {
        let (fs, _, rest) = self.ns.find(&path);
        Place {
            fs: fs.clone(),
            rest: rest.to_vec(),
            path,
            follow,
            must_be_dir,
            unresolved,
        }
    }
}

/// Puts the components of a path on top of those to go.
fn push(todo: &mut Vec<Vec<u8>>, path: &[u8]) -> Result<(), Errno> {
    for name in path
        .split(|&b| b == b'/')
        .rev()
        .filter(|name| !name.is_empty())
    {
        if name.len() > NAME_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        todo.push(name.to_vec());
    }
    Ok(())
}
