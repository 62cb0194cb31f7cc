//! Path resolution that cannot leave a granted directory.
//!
//! The result is the directory that holds the last component, open, and that component's name, so that every operation can be done by the
//! `*at` call of the same name without following anything else. On Linux one `openat2` finds the directory; elsewhere, and where that
//! call is missing, the path is walked component by component, opening each without following links and expanding links by hand. A race
//! with somebody who swaps a directory for a link makes the operation fail, it does not make it escape.

use std::{
    ffi::OsStr,
    fs::File,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
};

use rustix::fs::{Mode, OFlags, openat, readlinkat};

use super::abi::{Errno, Result};

/// As Linux counts.
const MAX_LINKS: usize = 40;

#[cfg(any(target_os = "linux", target_os = "android"))]
const SEARCH: OFlags = OFlags::PATH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SEARCH: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Where a path leads.
pub struct Place<'a> {
    parent: Parent<'a>,
    /// The last component; `.` if the path ends in the directory itself. Never empty, never `..`, and without slashes.
    pub name: Vec<u8>,
    /// The path ended in a slash: what it names must be a directory.
    pub must_be_directory: bool,
}

enum Parent<'a> {
    Granted(&'a File),
    Below(OwnedFd),
}

impl Place<'_> {
    /// The directory that holds it.
    pub fn parent(&self) -> BorrowedFd<'_> {
        match &self.parent {
            Parent::Granted(file) => file.as_fd(),
            Parent::Below(fd) => fd.as_fd(),
        }
    }

    /// The last component as the host's calls want it.
    pub fn name(&self) -> &OsStr {
        OsStr::from_bytes(&self.name)
    }
}

/// Find where `path` leads below `root`. A link at its end is followed only on request.
pub fn resolve<'a>(root: &'a File, path: &[u8], follow: bool) -> Result<Place<'a>> {
    if path.is_empty() {
        return Err(Errno::NOENT);
    }
    if path[0] == b'/' {
        return Err(Errno::NOTCAPABLE);
    }
    if path.contains(&0) {
        return Err(Errno::ILSEQ);
    }
    let mut walk = Walk {
        root,
        below: Vec::new(),
    };
    // What is still to be done, last component first. A component of the original path or of a link's contents.
    let mut rest = Vec::new();
    let mut must_be_directory = push_components(&mut rest, path);
    let mut links = 0;
    if !follow && rest.len() > 2 {
        // Most paths are plain: one call opens everything but the last component.
        if let Some(parent) = open_beneath(root, path, &rest[0])? {
            walk.below.push(parent);
            rest.truncate(1);
        }
    }
    while let Some(name) = rest.pop() {
        let last = rest.is_empty();
        if name == b"." {
            continue;
        }
        if name == b".." {
            if walk.below.pop().is_none() {
                return Err(Errno::NOTCAPABLE);
            }
            continue;
        }
        if !last {
            match openat(
                walk.current(),
                OsStr::from_bytes(&name),
                SEARCH,
                Mode::empty(),
            ) {
                Ok(directory) => {
                    walk.below.push(directory);
                    continue;
                }
                // Which of the two a link gives depends on the host.
                Err(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        if !last || follow || must_be_directory {
            match readlinkat(walk.current(), OsStr::from_bytes(&name), Vec::new()) {
                Ok(target) => {
                    links += 1;
                    let target = target.into_bytes();
                    if links > MAX_LINKS {
                        return Err(Errno::LOOP);
                    }
                    if target.starts_with(b"/") {
                        return Err(Errno::NOTCAPABLE);
                    }
                    let slash = push_components(&mut rest, &target);
                    if last {
                        must_be_directory |= slash;
                    }
                    continue;
                }
                // Not a link: an error only where a directory must be.
                Err(rustix::io::Errno::INVAL) if last => {}
                Err(rustix::io::Errno::INVAL) => return Err(Errno::NOTDIR),
                Err(rustix::io::Errno::NOENT) if last => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        return Ok(walk.place(name, must_be_directory));
    }
    Ok(walk.place(b".".to_vec(), must_be_directory))
}

/// The directories entered so far. `..` goes back the way it came, which is where it leads as links are expanded.
struct Walk<'a> {
    root: &'a File,
    below: Vec<OwnedFd>,
}

impl<'a> Walk<'a> {
    fn current(&self) -> BorrowedFd<'_> {
        self.below.last().map_or(self.root.as_fd(), OwnedFd::as_fd)
    }

    fn place(mut self, name: Vec<u8>, must_be_directory: bool) -> Place<'a> {
        let parent = match self.below.pop() {
            Some(directory) => Parent::Below(directory),
            None => Parent::Granted(self.root),
        };
        Place {
            parent,
            name,
            must_be_directory,
        }
    }
}

/// Put the components of `path` on the stack, the first on top; whether it ends in a slash.
fn push_components(stack: &mut Vec<Vec<u8>>, path: &[u8]) -> bool {
    let components = path.split(|&b| b == b'/').filter(|c| !c.is_empty());
    stack.extend(components.rev().map(<[u8]>::to_vec));
    path.ends_with(b"/")
}

/// Open the directory that holds the last component of `path`, in one call, if the host can and the path is plain: no `..` (which
/// the walk must be able to take back) anywhere.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn open_beneath(root: &File, path: &[u8], last: &[u8]) -> Result<Option<OwnedFd>> {
    use rustix::fs::{ResolveFlags, openat2};
    if last == b"." || path.split(|&b| b == b'/').any(|c| c == b"..") {
        return Ok(None);
    }
    let trimmed = path.len() - path.iter().rev().take_while(|&&b| b == b'/').count();
    let directory = &path[..trimmed - last.len()];
    match openat2(
        root,
        OsStr::from_bytes(directory),
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS,
    ) {
        Ok(directory) => Ok(Some(directory)),
        Err(rustix::io::Errno::NOENT) => Err(Errno::NOENT),
        Err(rustix::io::Errno::NOTDIR) => Err(Errno::NOTDIR),
        // Missing call, a race, or a link that leads outside: the walk tells them apart.
        Err(_) => Ok(None),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn open_beneath(_root: &File, _path: &[u8], _last: &[u8]) -> Result<Option<OwnedFd>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    /// A directory with files and links of every kind.
    fn tree(name: &str) -> (std::path::PathBuf, File) {
        let path = std::env::temp_dir().join(format!("elfconv-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("root/a/b")).unwrap();
        fs::write(path.join("root/a/b/file"), "x").unwrap();
        fs::write(path.join("secret"), "x").unwrap();
        symlink("a/b", path.join("root/to-b")).unwrap();
        symlink("../secret", path.join("root/out")).unwrap();
        symlink("..", path.join("root/a/up")).unwrap();
        symlink("/etc", path.join("root/etc")).unwrap();
        symlink("loop", path.join("root/loop")).unwrap();
        symlink("to-b/file", path.join("root/to-file")).unwrap();
        let root = File::open(path.join("root")).unwrap();
        (path, root)
    }

    fn outcome(root: &File, path: &str, follow: bool) -> std::result::Result<String, Errno> {
        let place = resolve(root, path.as_bytes(), follow)?;
        let stat = rustix::fs::statat(
            place.parent(),
            place.name(),
            rustix::fs::AtFlags::SYMLINK_NOFOLLOW,
        );
        let kind = stat.map(|s| rustix::fs::FileType::from_raw_mode(s.st_mode))?;
        Ok(format!(
            "{} {kind:?}",
            String::from_utf8(place.name).unwrap()
        ))
    }

    #[test]
    fn stays_below() {
        let (path, root) = tree("resolve");
        let ok = |s: &str| Ok(s.to_owned());
        for (path, follow, expected) in [
            ("a", false, ok("a Directory")),
            ("a/", false, ok("a Directory")),
            (".", true, ok(". Directory")),
            ("a/b/file", false, ok("file RegularFile")),
            ("a/b/../b/file", false, ok("file RegularFile")),
            ("to-b/file", false, ok("file RegularFile")),
            ("to-b", false, ok("to-b Symlink")),
            ("to-b/", false, ok("b Directory")),
            ("to-b", true, ok("b Directory")),
            ("to-file", true, ok("file RegularFile")),
            ("a/up/a/b/file", false, ok("file RegularFile")),
            ("a/up/..", false, Err(Errno::NOTCAPABLE)),
            ("..", true, Err(Errno::NOTCAPABLE)),
            ("../root/a", true, Err(Errno::NOTCAPABLE)),
            ("/etc/passwd", true, Err(Errno::NOTCAPABLE)),
            ("out", false, ok("out Symlink")),
            ("out", true, Err(Errno::NOTCAPABLE)),
            ("etc", true, Err(Errno::NOTCAPABLE)),
            ("etc/passwd", false, Err(Errno::NOTCAPABLE)),
            ("a/../etc/passwd", false, Err(Errno::NOTCAPABLE)),
            ("loop", true, Err(Errno::LOOP)),
            ("loop/x", false, Err(Errno::LOOP)),
            ("a/b/file/x", false, Err(Errno::NOTDIR)),
            ("a/c/x", false, Err(Errno::NOENT)),
            ("", false, Err(Errno::NOENT)),
        ] {
            assert_eq!(outcome(&root, path, follow), expected, "{path:?} {follow}");
        }
        fs::remove_dir_all(path).unwrap();
    }
}
