//! Operations on open descriptors.

use std::{
    io::{IoSlice, IsTerminal, Seek, SeekFrom},
    os::unix::fs::{FileExt, MetadataExt},
};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::{
    Wasi,
    abi::{Errno, GuestMemory, Result, fdflags, filetype_of, filetype_of_mode, rights},
    descriptor::Entry,
    paths::timestamps,
};

impl Wasi {
    /// Advice may be ignored.
    pub(super) fn fd_advise(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        _offset: u64,
        _len: u64,
        _advice: u32,
    ) -> Result {
        self.descriptors.get(fd).map(drop)
    }

    /// Make a file at least as long as `offset + len`.
    pub(super) fn fd_allocate(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        offset: u64,
        len: u64,
    ) -> Result {
        let file = &self.descriptors.get(fd)?.file;
        let end = offset.checked_add(len).ok_or(Errno::FBIG)?;
        if len == 0 {
            return Err(Errno::INVAL);
        }
        if file.metadata()?.len() < end {
            file.set_len(end)?;
        }
        Ok(())
    }

    pub(super) fn fd_close(&mut self, _: &mut GuestMemory, fd: u32) -> Result {
        self.descriptors.remove(fd).map(drop)
    }

    pub(super) fn fd_datasync(&mut self, _: &mut GuestMemory, fd: u32) -> Result {
        Ok(self.descriptors.get(fd)?.file.sync_data()?)
    }

    pub(super) fn fd_sync(&mut self, _: &mut GuestMemory, fd: u32) -> Result {
        Ok(self.descriptors.get(fd)?.file.sync_all()?)
    }

    pub(super) fn fd_fdstat_get(&mut self, memory: &mut GuestMemory, fd: u32, out: u32) -> Result {
        let descriptor = self.descriptors.get(fd)?;
        let open = fcntl_getfl(&descriptor.file)?;
        let mut flags = 0;
        for (bit, flag) in FLAGS {
            if open.contains(*flag) {
                flags |= bit;
            }
        }
        let mut base = descriptor.rights;
        if descriptor.file.is_terminal() {
            // This is how libraries tell a terminal from other descriptors.
            base &= !(rights::FD_SEEK | rights::FD_TELL);
        }
        let mut bytes = [0; 24];
        bytes[0] = descriptor.filetype;
        bytes[2..4].copy_from_slice(&(flags as u16).to_le_bytes());
        bytes[8..16].copy_from_slice(&base.to_le_bytes());
        bytes[16..24].copy_from_slice(&rights::ALL.to_le_bytes());
        memory.write(out, &bytes)
    }

    pub(super) fn fd_fdstat_set_flags(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        flags: u32,
    ) -> Result {
        let file = &self.descriptors.get(fd)?.file;
        let mut open = fcntl_getfl(file)?;
        // The others cannot be changed after opening.
        open.set(OFlags::APPEND, flags & fdflags::APPEND != 0);
        open.set(OFlags::NONBLOCK, flags & fdflags::NONBLOCK != 0);
        Ok(fcntl_setfl(file, open)?)
    }

    /// Rights are what the file was opened with; giving some up has no effect.
    pub(super) fn fd_fdstat_set_rights(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        base: u64,
        _inheriting: u64,
    ) -> Result {
        let descriptor = self.descriptors.get_mut(fd)?;
        if base & !descriptor.rights != 0 {
            return Err(Errno::NOTCAPABLE);
        }
        descriptor.rights = base;
        Ok(())
    }

    pub(super) fn fd_filestat_get(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        out: u32,
    ) -> Result {
        let metadata = self.descriptors.get(fd)?.file.metadata()?;
        let stat = Filestat {
            dev: metadata.dev(),
            ino: metadata.ino(),
            filetype: filetype_of_mode(metadata.mode()),
            nlink: metadata.nlink(),
            size: metadata.len(),
            accessed: timestamp(metadata.atime(), metadata.atime_nsec()),
            modified: timestamp(metadata.mtime(), metadata.mtime_nsec()),
            changed: timestamp(metadata.ctime(), metadata.ctime_nsec()),
        };
        stat.write(memory, out)
    }

    pub(super) fn fd_filestat_set_size(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        size: u64,
    ) -> Result {
        Ok(self.descriptors.get(fd)?.file.set_len(size)?)
    }

    pub(super) fn fd_filestat_set_times(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        accessed: u64,
        modified: u64,
        flags: u32,
    ) -> Result {
        let times = timestamps(accessed, modified, flags)?;
        Ok(rustix::fs::futimens(
            &self.descriptors.get(fd)?.file,
            &times,
        )?)
    }

    pub(super) fn fd_pread(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        iovs: u32,
        count: u32,
        offset: u64,
        out: u32,
    ) -> Result {
        let file = &self.descriptors.get(fd)?.file;
        let mut total = 0;
        for i in 0..count {
            let (pointer, len) = memory.buffer(iovs, i)?;
            let read = file.read_at(
                memory.bytes_mut(pointer, len)?,
                offset.wrapping_add(u64::from(total)),
            )?;
            total += read as u32;
            if read < len as usize {
                break;
            }
        }
        memory.write_u32(out, total)
    }

    pub(super) fn fd_pwrite(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        iovs: u32,
        count: u32,
        offset: u64,
        out: u32,
    ) -> Result {
        let file = &self.descriptors.get(fd)?.file;
        let mut total = 0;
        for i in 0..count {
            let (pointer, len) = memory.buffer(iovs, i)?;
            let written = file.write_at(
                memory.bytes(pointer, len)?,
                offset.wrapping_add(u64::from(total)),
            )?;
            total += written as u32;
            if written < len as usize {
                break;
            }
        }
        memory.write_u32(out, total)
    }

    /// Buffers after the first are filled only where that cannot wait.
    pub(super) fn fd_read(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        iovs: u32,
        count: u32,
        out: u32,
    ) -> Result {
        let descriptor = self.descriptors.get(fd)?;
        let mut total = 0u32;
        for i in 0..count {
            let (pointer, len) = memory.buffer(iovs, i)?;
            if len == 0 && i + 1 < count {
                continue;
            }
            let bytes = memory.bytes_mut(pointer, len)?;
            let read =
                rustix::io::retry_on_intr(|| rustix::io::read(&descriptor.file, &mut *bytes))?;
            total += read as u32;
            if read < len as usize || !descriptor.is_regular() {
                break;
            }
        }
        memory.write_u32(out, total)
    }

    pub(super) fn fd_write(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        iovs: u32,
        count: u32,
        out: u32,
    ) -> Result {
        let file = &self.descriptors.get(fd)?.file;
        let written = if count == 1 {
            let (pointer, len) = memory.buffer(iovs, 0)?;
            let bytes = memory.bytes(pointer, len)?;
            rustix::io::retry_on_intr(|| rustix::io::write(file, bytes))?
        } else {
            // One call, so that writes to a pipe stay whole. Hosts take up to 1024 buffers; the rest is a short write.
            let mut slices = Vec::new();
            for i in 0..count.min(1024) {
                let (pointer, len) = memory.buffer(iovs, i)?;
                slices.push(IoSlice::new(memory.bytes(pointer, len)?));
            }
            rustix::io::retry_on_intr(|| rustix::io::writev(file, &slices))?
        };
        memory.write_u32(out, written as u32)
    }

    pub(super) fn fd_seek(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        offset: i64,
        whence: u32,
        out: u32,
    ) -> Result {
        let mut file = &self.descriptors.get(fd)?.file;
        let position = file.seek(match whence {
            0 => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::INVAL)?),
            1 => SeekFrom::Current(offset),
            2 => SeekFrom::End(offset),
            _ => return Err(Errno::INVAL),
        })?;
        memory.write_u64(out, position)
    }

    pub(super) fn fd_tell(&mut self, memory: &mut GuestMemory, fd: u32, out: u32) -> Result {
        let mut file = &self.descriptors.get(fd)?.file;
        let position = file.stream_position()?;
        memory.write_u64(out, position)
    }

    pub(super) fn fd_renumber(&mut self, _: &mut GuestMemory, from: u32, to: u32) -> Result {
        self.descriptors.renumber(from, to)
    }

    pub(super) fn fd_prestat_get(&mut self, memory: &mut GuestMemory, fd: u32, out: u32) -> Result {
        let descriptor = self.descriptors.get(fd)?;
        let path = descriptor.preopen.as_ref().ok_or(Errno::BADF)?;
        memory.write_u32(out, 0)?;
        memory.write_u32(out.wrapping_add(4), path.len() as u32)
    }

    pub(super) fn fd_prestat_dir_name(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        at: u32,
        len: u32,
    ) -> Result {
        let descriptor = self.descriptors.get(fd)?;
        let path = descriptor.preopen.as_ref().ok_or(Errno::BADF)?;
        if (len as usize) < path.len() {
            return Err(Errno::NAMETOOLONG);
        }
        memory.write(at, path.as_bytes())
    }

    /// Cookies are places in the list of entries, which is read when the cookie is 0. The last entry may be cut off, as the specification asks.
    pub(super) fn fd_readdir(
        &mut self,
        memory: &mut GuestMemory,
        fd: u32,
        buffer: u32,
        len: u32,
        cookie: u64,
        out: u32,
    ) -> Result {
        self.descriptors.directory(fd)?;
        let descriptor = self.descriptors.get_mut(fd)?;
        if cookie == 0 || descriptor.entries.is_empty() {
            descriptor.entries = read_entries(&descriptor.file)?;
        }
        let mut rest = memory.bytes_mut(buffer, len)?;
        let first = usize::try_from(cookie).map_err(|_| Errno::INVAL)?;
        for (i, entry) in descriptor.entries.iter().enumerate().skip(first) {
            let mut head = [0; 24];
            head[0..8].copy_from_slice(&(i as u64 + 1).to_le_bytes());
            head[8..16].copy_from_slice(&entry.ino.to_le_bytes());
            head[16..20].copy_from_slice(&(entry.name.len() as u32).to_le_bytes());
            head[20] = entry.filetype;
            for part in [&head[..], &entry.name] {
                let n = part.len().min(rest.len());
                rest[..n].copy_from_slice(&part[..n]);
                rest = &mut rest[n..];
            }
            if rest.is_empty() {
                break;
            }
        }
        let used = len - rest.len() as u32;
        memory.write_u32(out, used)
    }

    pub(super) fn sock_accept(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        _flags: u32,
        _out: u32,
    ) -> Result {
        self.not_a_socket(fd)
    }

    pub(super) fn sock_recv(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        _iovs: u32,
        _count: u32,
        _flags: u32,
        _size: u32,
        _out: u32,
    ) -> Result {
        self.not_a_socket(fd)
    }

    pub(super) fn sock_send(
        &mut self,
        _: &mut GuestMemory,
        fd: u32,
        _iovs: u32,
        _count: u32,
        _flags: u32,
        _size: u32,
    ) -> Result {
        self.not_a_socket(fd)
    }

    pub(super) fn sock_shutdown(&mut self, _: &mut GuestMemory, fd: u32, _how: u32) -> Result {
        self.not_a_socket(fd)
    }

    fn not_a_socket(&self, fd: u32) -> Result {
        self.descriptors.get(fd)?;
        Err(Errno::NOTSOCK)
    }
}

/// Descriptor flags and the host's.
const FLAGS: &[(u32, OFlags)] = &[
    (fdflags::APPEND, OFlags::APPEND),
    (fdflags::DSYNC, OFlags::DSYNC),
    (fdflags::NONBLOCK, OFlags::NONBLOCK),
    (fdflags::RSYNC, OFlags::SYNC),
    (fdflags::SYNC, OFlags::SYNC),
];

/// All entries of a directory, `.` and `..` included.
fn read_entries(directory: &std::fs::File) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        entries.push(Entry {
            ino: entry.ino(),
            filetype: filetype_of(entry.file_type()),
            name: entry.file_name().to_bytes().to_vec(),
        });
    }
    Ok(entries)
}

/// The `filestat` structure.
pub struct Filestat {
    pub dev: u64,
    pub ino: u64,
    pub filetype: u8,
    pub nlink: u64,
    pub size: u64,
    pub accessed: u64,
    pub modified: u64,
    pub changed: u64,
}

impl Filestat {
    /// Write its 64 bytes.
    pub fn write(&self, memory: &mut GuestMemory, at: u32) -> Result {
        let words = [
            self.dev,
            self.ino,
            u64::from(self.filetype),
            self.nlink,
            self.size,
            self.accessed,
            self.modified,
            self.changed,
        ];
        let mut bytes = [0; 64];
        for (cell, word) in bytes.chunks_exact_mut(8).zip(words) {
            cell.copy_from_slice(&word.to_le_bytes());
        }
        memory.write(at, &bytes)
    }
}

/// Nanoseconds since 1970; earlier times are 0.
pub fn timestamp(seconds: i64, nanoseconds: i64) -> u64 {
    let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    total.clamp(0, i128::from(u64::MAX)) as u64
}
