//! The file tree that the module brings with it: a file system in memory whose files are left in the module until somebody writes to them.

use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::fs::{S_IFDIR, S_IFIFO, S_IFMT};
use elfconv_abi::root::{Contents, Node, Object};

use super::Pipe;
use super::tmpfs::{self, Data, TmpFs};
use crate::compiled::TreeContents;
use crate::host::Host;

/// The tree's file system; `nodes` is as in [`elfconv_abi::root`]. What is damaged is left out.
pub fn file_system(host: &Rc<dyn Host>, mut nodes: &[u8], tree: TreeContents) -> TmpFs {
    let fs = TmpFs::new(host, 0x22, 0o755);
    let mut all: Vec<Rc<tmpfs::Node>> = Vec::new();
    while let Some(node) = Node::decode(&mut nodes) {
        let parent = all.get(node.parent as usize).cloned();
        let is_root = all.is_empty();
        let inode = match node.object {
            Object::Same(index) => {
                let Some(inode) = all.get(index as usize).cloned() else {
                    return fs;
                };
                inode.update(|a| a.nlink += 1);
                inode
            }
            Object::New {
                mode,
                uid,
                gid,
                mtime,
                contents,
            } => {
                let device = match contents {
                    Contents::Device(device) => device,
                    _ => 0,
                };
                let data = match contents {
                    Contents::Directory => Data::Dir(BTreeMap::new()),
                    Contents::File { offset, size } => Data::Packed { tree, offset, size },
                    Contents::Link(target) => Data::Link(target.to_vec()),
                    Contents::Device(_) if mode & S_IFMT == S_IFIFO => Data::Fifo(Rc::default()),
                    Contents::Device(_) => Data::Special,
                };
                let inode = if is_root {
                    fs.root()
                } else {
                    fs.node(mode, (uid, gid), data)
                };
                inode.update(|a| {
                    (a.mode, a.uid, a.gid, a.rdev) = (mode, uid, gid, device);
                    (a.atime, a.mtime, a.ctime) = (mtime, mtime, mtime);
                });
                if mode & S_IFMT == S_IFIFO {
                    inode.make_fifo(Pipe::fifo);
                }
                inode
            }
        };
        if !is_root && let Some(parent) = parent {
            let is_dir = inode.attr().mode & S_IFMT == S_IFDIR;
            let added = parent.entries(|e| e.insert(node.name.to_vec(), inode.clone()));
            if added.is_ok() && is_dir {
                parent.update(|a| a.nlink += 1);
            }
        }
        all.push(inode);
    }
    fs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kernel;
    use crate::compiled::Programs;
    use crate::host::native::Native;
    use crate::mm::memory::Memory;
    use crate::vfs::{FileSystem, Open};
    use elfconv_abi::boot::Boot;
    use elfconv_abi::fs::{O_RDWR, S_IFLNK, S_IFREG};

    const CONTENTS: &[u8] = b"..first file...";

    fn contents() -> TreeContents {
        TreeContents::new(|offset, to| {
            let start = offset as usize;
            to.copy_from_slice(&CONTENTS[start..start + to.len()]);
        })
    }

    fn nodes() -> Vec<u8> {
        let new = |mode, contents| Object::New {
            mode,
            uid: 7,
            gid: 8,
            mtime: 1_000_000_007,
            contents,
        };
        let file = Contents::File {
            offset: 2,
            size: 10,
        };
        let nodes = [
            (0, "", new(S_IFDIR | 0o711, Contents::Directory)),
            (0, "bin", new(S_IFDIR | 0o755, Contents::Directory)),
            (1, "a", new(S_IFREG | 0o4755, file)),
            (1, "b", Object::Same(2)),
            (0, "l", new(S_IFLNK | 0o777, Contents::Link(b"bin/a"))),
        ];
        let mut bytes = Vec::new();
        for (parent, name, object) in nodes {
            Node {
                parent,
                name: name.as_bytes(),
                object,
            }
            .encode(&mut bytes);
        }
        bytes
    }

    #[test]
    fn files_are_the_modules_until_they_are_written() {
        let host: Rc<dyn Host> = Rc::new(Native::new(&["x"], &[], &[]));
        let memory = Memory::for_tests(1 << 20);
        let programs = Programs::new(memory, &Boot::default());
        let k = Kernel::new(host.clone(), memory, programs);
        let fs = file_system(&host, &nodes(), contents());
        let attr = fs.stat(&k, b"bin/a", false).unwrap();
        assert_eq!((attr.mode, attr.uid, attr.gid), (S_IFREG | 0o4755, 7, 8));
        assert_eq!((attr.size, attr.nlink), (10, 2));
        assert_eq!(attr.mtime, 1_000_000_007);
        assert_eq!(fs.stat(&k, b"", false).unwrap().mode, S_IFDIR | 0o711);
        assert_eq!(fs.stat(&k, b"", false).unwrap().nlink, 3);
        assert_eq!(fs.readlink(&k, b"l").unwrap(), b"bin/a");

        let how = Open {
            flags: O_RDWR,
            mode: 0,
        };
        let (a, b) = (
            fs.open(&k, b"bin/a", how, false).unwrap(),
            fs.open(&k, b"bin/b", how, false).unwrap(),
        );
        let read = |at| {
            let mut buf = [0; 64];
            let n = a.read(&k, &mut [&mut buf], at).unwrap();
            buf[..n].to_vec()
        };
        assert_eq!(a.packed(), Some(2));
        assert_eq!(read(0), b"first file");
        assert_eq!(read(6), b"file");
        assert_eq!(read(10), b"");
        assert_eq!(read(1 << 40), b"");
        b.write(&k, &[b"L", b"A"], 0).unwrap();
        assert_eq!(read(0), b"LArst file");
        assert_eq!(a.packed(), None);
        b.truncate(3).unwrap();
        assert_eq!(read(0), b"LAr");
    }

    #[test]
    fn damaged_trees_end_early() {
        let host: Rc<dyn Host> = Rc::new(Native::new(&["x"], &[], &[]));
        let nodes = nodes();
        for len in 0..nodes.len() {
            file_system(&host, &nodes[..len], contents());
        }
    }
}
