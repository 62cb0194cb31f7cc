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
