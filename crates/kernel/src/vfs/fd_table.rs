//! File descriptors.

use alloc::rc::Rc;
use alloc::vec::Vec;

use elfconv_abi::Errno;

use super::OpenFile;

#[derive(Clone)]
struct Entry {
    file: Rc<OpenFile>,
    cloexec: bool,
}

/// The descriptors of a process.
#[derive(Clone, Default)]
pub struct FdTable {
    entries: Vec<Option<Entry>>,
}

impl FdTable {
    /// What a descriptor refers to.
    pub fn get(&self, fd: i32) -> Result<&Rc<OpenFile>, Errno> {
        Ok(&self.entry(fd)?.file)
    }

    fn entry(&self, fd: i32) -> Result<&Entry, Errno> {
        usize::try_from(fd)
            .ok()
            .and_then(|fd| self.entries.get(fd))
            .and_then(Option::as_ref)
            .ok_or(Errno::EBADF)
    }

    /// Enters a file at the lowest free descriptor from `least` on.
    pub fn add(
        &mut self,
        file: Rc<OpenFile>,
        least: usize,
        cloexec: bool,
        limit: u64,
    ) -> Result<u64, Errno> {
        let free = self
            .entries
            .iter()
            .enumerate()
            .skip(least)
            .find(|(_, e)| e.is_none())
            .map(|(fd, _)| fd);
        let fd = free.unwrap_or(self.entries.len().max(least));
        if fd as u64 >= limit {
            return Err(Errno::EMFILE);
        }
        self.set(fd, file, cloexec);
        Ok(fd as u64)
    }

    /// Enters a file at a certain descriptor, and closes what was there.
    pub fn set(&mut self, fd: usize, file: Rc<OpenFile>, cloexec: bool) {
        if self.entries.len() <= fd {
            self.entries.resize_with(fd + 1, || None);
        }
        self.entries[fd] = Some(Entry { file, cloexec });
    }

    /// Removes a descriptor.
    pub fn close(&mut self, fd: i32) -> Result<Rc<OpenFile>, Errno> {
        self.entry(fd)?;
        self.entries[fd as usize]
            .take()
            .map(|e| e.file)
            .ok_or(Errno::EBADF)
    }

    /// The close-on-exec flag.
    pub fn cloexec(&self, fd: i32) -> Result<bool, Errno> {
        Ok(self.entry(fd)?.cloexec)
    }

    /// Sets the close-on-exec flag.
    pub fn set_cloexec(&mut self, fd: i32, cloexec: bool) -> Result<(), Errno> {
        self.entry(fd)?;
        if let Some(Some(entry)) = self.entries.get_mut(fd as usize) {
            entry.cloexec = cloexec;
        }
        Ok(())
    }

    /// Descriptors that `execve` closes.
    pub fn closing(&self) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter().enumerate();
        entries.filter_map(|(fd, e)| e.as_ref().is_some_and(|e| e.cloexec).then_some(fd))
    }

    /// All open descriptors.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Rc<OpenFile>)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(|(fd, e)| e.as_ref().map(|e| (fd, &e.file)))
    }
}
