//! The file tree that a module brings with it: its names and attributes, as `emit` writes and `kernel` reads them. Contents are apart, in one run of bytes.
//!
//! ```text
//! tree := node*                        directories before what is in them; the first is the root
//! node := mode parent name uid gid seconds nanoseconds what
//! what :=                              a directory
//!       | offset size                  a regular file
//!       | target                       a symbolic link
//!       | device                       anything else
//! node := 0 parent name index          another name of an earlier node that is none of a directory
//! ```
//!
//! Numbers are LEB128; directories and nodes are named by their index; names and targets are preceded by their lengths.

use alloc::vec::Vec;

use crate::fs::{S_IFDIR, S_IFLNK, S_IFMT, S_IFREG};

/// One name in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'a> {
    /// Index of its directory; of the root, 0.
    pub parent: u32,
    /// Its name there; the root has none.
    pub name: &'a [u8],
    /// What it names.
    pub object: Object<'a>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object<'a> {
    /// The same as another name.
    Same(u32),
    /// A file of its own.
    New {
        /// Type and permissions.
        mode: u32,
        uid: u32,
        gid: u32,
        /// Time of the last change, nanoseconds since 1970.
        mtime: u64,
        contents: Contents<'a>,
    },
}

/// Contents, by the type of file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents<'a> {
    Directory,
    /// Bytes of the module's.
    File {
        offset: u32,
        size: u32,
    },
    Link(&'a [u8]),
    /// A device's number; 0 for FIFOs and sockets.
    Device(u64),
}

const SECOND: u64 = 1_000_000_000;

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn take_number(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take_word(from: &mut &[u8]) -> Option<u32> {
    take_number(from)?.try_into().ok()
}

fn take_text<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = usize::try_from(take_number(from)?).ok()?;
    let (text, rest) = from.split_at_checked(len)?;
    *from = rest;
    Some(text)
}

impl<'a> Node<'a> {
    /// Appends the node.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mode = match self.object {
            Object::Same(_) => 0,
            Object::New { mode, .. } => mode,
        };
        number(out, mode.into());
        number(out, self.parent.into());
        text(out, self.name);
        match &self.object {
            Object::Same(index) => number(out, (*index).into()),
            Object::New {
                uid,
                gid,
                mtime,
                contents,
                ..
            } => {
                number(out, (*uid).into());
                number(out, (*gid).into());
                number(out, mtime / SECOND);
                number(out, mtime % SECOND);
                match contents {
                    Contents::Directory => {}
                    Contents::File { offset, size } => {
                        number(out, (*offset).into());
                        number(out, (*size).into());
                    }
                    Contents::Link(target) => text(out, target),
                    Contents::Device(device) => number(out, *device),
                }
            }
        }
    }

    /// Takes the first node of the rest of a tree.
    pub fn decode(from: &mut &'a [u8]) -> Option<Node<'a>> {
        let mode = take_word(from)?;
        let parent = take_word(from)?;
        let name = take_text(from)?;
        let object = if mode == 0 {
            Object::Same(take_word(from)?)
        } else {
            let (uid, gid) = (take_word(from)?, take_word(from)?);
            let mtime = take_number(from)?
                .checked_mul(SECOND)?
                .checked_add(take_number(from)?)?;
            let contents = match mode & S_IFMT {
                S_IFDIR => Contents::Directory,
                S_IFREG => Contents::File {
                    offset: take_word(from)?,
                    size: take_word(from)?,
                },
                S_IFLNK => Contents::Link(take_text(from)?),
                _ => Contents::Device(take_number(from)?),
            };
            Object::New {
                mode,
                uid,
                gid,
                mtime,
                contents,
            }
        };
        Some(Node {
            parent,
            name,
            object,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new<'a>(mode: u32, contents: Contents<'a>) -> Object<'a> {
        Object::New {
            mode,
            uid: 1000,
            gid: 0,
            mtime: 1_700_000_000_123_456_789,
            contents,
        }
    }

    #[test]
    fn round_trip() {
        let file = Contents::File {
            offset: 70_000,
            size: u32::MAX,
        };
        let nodes = [
            (0, &b""[..], new(S_IFDIR | 0o755, Contents::Directory)),
            (0, b"a file", new(S_IFREG | 0o4755, file)),
            (0, b"link", new(S_IFLNK | 0o777, Contents::Link(b"../x"))),
            (0, b"null", new(0o020_666, Contents::Device(0x103))),
            (0, b"again", Object::Same(1)),
        ]
        .map(|(parent, name, object)| Node {
            parent,
            name,
            object,
        });
        let mut bytes = Vec::new();
        nodes.iter().for_each(|n| n.encode(&mut bytes));
        let mut rest = &bytes[..];
        for node in &nodes {
            assert_eq!(Node::decode(&mut rest).as_ref(), Some(node));
        }
        assert!(rest.is_empty());
        for len in 0..bytes.len() {
            let mut cut = &bytes[..len];
            while Node::decode(&mut cut).is_some() {}
        }
    }
}
