//! A directory of the host as the file tree of a module: names, attributes, contents, and which files are executables.
//!
//! Equal contents are stored once, whether they are names of one file or copies; so each program is translated once.

use std::{
    collections::HashMap,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

use elfconv_translate::{
    Executable, FileTree,
    root::{Contents, Node, Object},
};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// What is executed if neither the command line nor the user says, in this order.
const INITS: [&str; 4] = ["sbin/init", "bin/bash", "bin/sh", "bin/busybox"];

/// `e_machine` of AArch64.
const EM_AARCH64: [u8; 2] = [183, 0];

/// Read a directory with everything below it. `init` is the program to execute if nothing else is asked for.
pub fn read(root: &Path, init: Option<&str>) -> Result<FileTree, Failure> {
    let metadata = fs::metadata(root).map_err(|e| Failure::io(root, "cannot open", &e))?;
    if !metadata.is_dir() {
        return Err(Failure::about(root, "is not a directory")
            .help("--root takes the directory that shall be the guest's `/`"));
    }
    let init = match init {
        Some(init) => init.to_owned(),
        None => INITS
            .iter()
            .find(|path| fs::symlink_metadata(root.join(path)).is_ok())
            .map(|path| format!("/{path}"))
            .unwrap_or_default(),
    };
    let mut reader = Reader {
        tree: FileTree {
            init,
            ..FileTree::default()
        },
        count: 0,
        inodes: HashMap::new(),
        known: HashMap::new(),
    };
    reader.add(root, b"", 0, &metadata)?;
    Ok(reader.tree)
}

struct Reader {
    tree: FileTree,
    count: u32,
    /// Nodes of files with several names, by device and inode.
    inodes: HashMap<(u64, u64), u32>,
    /// Contents by hash.
    known: HashMap<[u8; 32], (u32, u32)>,
}

impl Reader {
    fn add(
        &mut self,
        path: &Path,
        name: &[u8],
        parent: u32,
        metadata: &fs::Metadata,
    ) -> Result<(), Failure> {
        let index = self.count;
        let key = (metadata.dev(), metadata.ino());
        if metadata.nlink() > 1
            && !metadata.is_dir()
            && let Some(same) = self.inodes.get(&key)
        {
            self.push(parent, name, Object::Same(*same));
            return Ok(());
        }
        self.inodes.insert(key, index);
        let kind = metadata.file_type();
        let target: PathBuf;
        let contents = if kind.is_dir() {
            Contents::Directory
        } else if kind.is_symlink() {
            target = fs::read_link(path).map_err(|e| Failure::io(path, "cannot read", &e))?;
            Contents::Link(target.as_os_str().as_bytes())
        } else if kind.is_file() {
            let (offset, size) = self.store(path, metadata)?;
            Contents::File { offset, size }
        } else if kind.is_block_device() || kind.is_char_device() {
            Contents::Device(metadata.rdev())
        } else {
            Contents::Device(0)
        };
        let seconds = u64::try_from(metadata.mtime()).unwrap_or(0);
        let object = Object::New {
            mode: metadata.mode(),
            uid: metadata.uid(),
            gid: metadata.gid(),
            mtime: seconds
                .saturating_mul(1_000_000_000)
                .saturating_add(metadata.mtime_nsec() as u64),
            contents,
        };
        self.push(parent, name, object);
        if kind.is_dir() {
            let unreadable = |e| Failure::io(path, "cannot read", &e);
            let entries = fs::read_dir(path).map_err(unreadable)?;
            let mut names: Vec<_> = entries
                .map(|entry| Ok(entry?.file_name()))
                .collect::<std::io::Result<_>>()
                .map_err(unreadable)?;
            names.sort();
            for name in names {
                let path = path.join(&name);
                let metadata = fs::symlink_metadata(&path)
                    .map_err(|e| Failure::io(&path, "cannot open", &e))?;
                self.add(&path, name.as_bytes(), index, &metadata)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, parent: u32, name: &[u8], object: Object<'_>) {
        let node = Node {
            parent,
            name,
            object,
        };
        node.encode(&mut self.tree.nodes);
        self.count += 1;
    }

    /// Stores a file's contents: where they begin, and their size.
    fn store(&mut self, path: &Path, metadata: &fs::Metadata) -> Result<(u32, u32), Failure> {
        let bytes = fs::read(path).map_err(|e| Failure::io(path, "cannot read", &e))?;
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let is_program = metadata.mode() & 0o111 != 0 && is_executable(&bytes);
        let (offset, size) = match self.known.get(&hash) {
            Some(known) => *known,
            None => {
                let start = self.tree.contents.len();
                let end = u32::try_from(start + bytes.len()).map_err(|_| {
                    Failure::about(path, "does not fit any more: a tree has at most 4 GiB")
                })?;
                self.tree.contents.extend_from_slice(&bytes);
                let stored = (start as u32, end - start as u32);
                self.known.insert(hash, stored);
                stored
            }
        };
        let range = offset as usize..offset as usize + size as usize;
        let executables = &mut self.tree.executables;
        if is_program && !executables.iter().any(|e| e.contents == range) {
            executables.push(Executable {
                name: path.display().to_string(),
                contents: range,
            });
        }
        Ok((offset, size))
    }
}

/// Whether these bytes begin like an executable for AArch64.
fn is_executable(bytes: &[u8]) -> bool {
    // 64 bits, little endian; type EXEC or DYN.
    bytes.starts_with(b"\x7fELF\x02\x01")
        && bytes.get(18..20) == Some(&EM_AARCH64)
        && matches!(bytes.get(16..18), Some([2 | 3, 0]))
}
