//! The table of open descriptors.

use std::{
    fs::File,
    io,
    os::{fd::AsFd, unix::fs::MetadataExt},
};

use super::{
    Grant,
    abi::{Errno, Result, filetype, filetype_of_mode},
};

/// One open file.
pub struct Descriptor {
    /// The host's file.
    pub file: File,
    /// Its type, which does not change.
    pub filetype: u8,
    /// The guest's name for it if it was granted.
    pub preopen: Option<String>,
    /// The entries of a directory, read when it was last read from its beginning.
    pub entries: Vec<Entry>,
    /// The rights asked for, which tell a library whether it may write.
    pub rights: u64,
}

/// An entry of a directory.
pub struct Entry {
    /// Its inode.
    pub ino: u64,
    /// Its file type.
    pub filetype: u8,
    /// Its name.
    pub name: Vec<u8>,
}

impl Descriptor {
    /// A descriptor for an open file.
    pub fn new(file: File, rights: u64) -> io::Result<Descriptor> {
        let filetype = filetype_of_mode(file.metadata()?.mode());
        Ok(Descriptor {
            file,
            filetype,
            preopen: None,
            entries: Vec::new(),
            rights,
        })
    }

    /// Whether the descriptor has a position: reads may then be split without the risk of waiting.
    pub fn is_regular(&self) -> bool {
        self.filetype == filetype::REGULAR_FILE
    }
}

/// Descriptors by number; new ones get the lowest free number.
pub struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptors {
    /// The standard streams as 0 to 2, then the granted directories.
    pub fn new(grants: Vec<Grant>) -> io::Result<Descriptors> {
        use super::abi::rights;
        let duplicate = |fd: std::os::fd::BorrowedFd<'_>, rights| {
            Descriptor::new(File::from(fd.try_clone_to_owned()?), rights).map(Some)
        };
        let all = rights::ALL;
        let mut table = vec![
            duplicate(io::stdin().as_fd(), all & !rights::FD_WRITE)?,
            duplicate(io::stdout().as_fd(), all & !rights::FD_READ)?,
            duplicate(io::stderr().as_fd(), all & !rights::FD_READ)?,
        ];
        for grant in grants {
            table.push(Some(Descriptor {
                preopen: Some(grant.guest_path),
                ..Descriptor::new(grant.directory, all)?
            }));
        }
        Ok(Descriptors(table))
    }

    /// The descriptor of this number.
    pub fn get(&self, fd: u32) -> Result<&Descriptor> {
        self.0
            .get(fd as usize)
            .and_then(Option::as_ref)
            .ok_or(Errno::BADF)
    }

    /// The descriptor of this number.
    pub fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor> {
        self.0
            .get_mut(fd as usize)
            .and_then(Option::as_mut)
            .ok_or(Errno::BADF)
    }

    /// A directory.
    pub fn directory(&self, fd: u32) -> Result<&File> {
        let descriptor = self.get(fd)?;
        match descriptor.filetype {
            filetype::DIRECTORY => Ok(&descriptor.file),
            _ => Err(Errno::NOTDIR),
        }
    }

    /// Add a descriptor.
    pub fn insert(&mut self, descriptor: Descriptor) -> Result<u32> {
        let free = self.0.iter().position(Option::is_none);
        let index = free.unwrap_or(self.0.len());
        let fd = u32::try_from(index).map_err(|_| Errno::MFILE)?;
        match free {
            Some(index) => self.0[index] = Some(descriptor),
            None => self.0.push(Some(descriptor)),
        }
        Ok(fd)
    }

    /// Remove a descriptor, which closes it.
    pub fn remove(&mut self, fd: u32) -> Result<Descriptor> {
        self.0
            .get_mut(fd as usize)
            .and_then(Option::take)
            .ok_or(Errno::BADF)
    }

    /// Replace the descriptor `to`, which must be open, by `from`.
    pub fn renumber(&mut self, from: u32, to: u32) -> Result {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            self.0[to as usize] = self.0[from as usize].take();
        }
        Ok(())
    }
}
