//! Memory: `brk`, `mmap` and their kin.

use elfconv_abi::Errno;
use elfconv_abi::mm::*;

use super::SysResult;
use super::args::{Addr, Fd, Flags, Out, UserMut};
use crate::kernel::Kernel;
use crate::mm::{Kind, page_up};
use crate::task::AfterCall;
use crate::vfs::OpenFile;

pub fn brk(k: &mut Kernel, addr: Addr) -> SysResult {
    Ok(k.mm.set_brk(addr.0))
}

pub fn mmap(
    k: &mut Kernel,
    addr: Addr,
    len: u64,
    prot: u32,
    flags: Flags,
    fd: Fd,
    offset: u64,
) -> SysResult {
    let shared = match flags.0 & MAP_TYPE {
        MAP_PRIVATE => false,
        MAP_SHARED | MAP_SHARED_VALIDATE => true,
        _ => return Err(Errno::EINVAL),
    };
    if flags.0 & MAP_ANONYMOUS != 0 {
        let kind = if shared {
            Kind::Shared {
                object: alloc::rc::Rc::default(),
                offset: 0,
            }
        } else {
            Kind::Anonymous
        };
        let code = k.mm.has_code(addr.0, len);
        let at = k.mm.map(addr.0, len, prot, flags.0, kind)?;
        if code || prot & PROT_EXEC != 0 {
            k.forget_code(at, len);
        }
        return Ok(at);
    }
    if !offset.is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL);
    }
    let file = k.fds.get(fd.0)?.clone();
    file.check_readable().map_err(|_| Errno::EACCES)?;
    if shared && prot & PROT_WRITE != 0 {
        file.check_writable().map_err(|_| Errno::EACCES)?;
    }
    if file.file.is_dir() || file.file.is_pipe() || file.file.is_terminal() {
        return Err(Errno::ENODEV);
    }
    let at = k.mm.map(
        addr.0,
        len,
        prot,
        flags.0,
        Kind::File {
            file: file.clone(),
            offset,
            shared,
        },
    )?;
    if let Err(e) = fill(k, &file, at, len, offset) {
        k.mm.unmap(at, len)?;
        return Err(e);
    }
    k.forget_code(at, len);
    Ok(at)
}

/// Copies file contents to memory, up to the end of the file.
fn fill(k: &mut Kernel, file: &OpenFile, at: u64, len: u64, offset: u64) -> Result<(), Errno> {
    let available = file.file.stat(k)?.size.saturating_sub(offset).min(len);
    let memory = k.mm.memory();
    if !memory.grow_to(at + available) {
        return Err(Errno::ENOMEM);
    }
    let mut done = 0;
    while done < available {
        match file.file.read(
            k,
            &mut [memory.bytes(at + done, available - done)],
            offset + done,
        )? {
            0 => break,
            n => done += n as u64,
        }
    }
    Ok(())
}

impl Kernel {
    /// Code in a range may have changed.
    pub(crate) fn forget_code(&mut self, start: u64, len: u64) {
        self.cache.invalidate(start, start.saturating_add(len));
        // Processes that were forked from this one may have other code there now.
        if !self.others.is_empty()
            && self
                .mm
                .find(start)
                .is_some_and(|(_, vma)| vma.prot & PROT_EXEC != 0)
        {
            self.last_code += 1;
            self.cached = self.last_code;
            self.process.code = self.last_code;
        }
    }
}

pub fn munmap(k: &mut Kernel, addr: Addr, len: u64) -> SysResult {
    k.write_back(addr.0, addr.0.saturating_add(len));
    let code = k.mm.has_code(addr.0, len);
    k.mm.unmap(addr.0, len)?;
    if code {
        k.forget_code(addr.0, len);
    }
    Ok(0)
}

pub fn mremap(
    k: &mut Kernel,
    addr: Addr,
    old_len: u64,
    new_len: u64,
    flags: Flags,
    new_addr: Addr,
) -> SysResult {
    let may_move = flags.0 & MREMAP_MAYMOVE != 0;
    let fixed = flags.0 & MREMAP_FIXED != 0;
    if flags.0 & !(MREMAP_MAYMOVE | MREMAP_FIXED) != 0 || (fixed && !may_move) {
        return Err(Errno::EINVAL);
    }
    k.mm.remap(
        addr.0,
        old_len,
        new_len,
        may_move,
        fixed.then_some(new_addr.0),
    )
}

pub fn mprotect(k: &mut Kernel, addr: Addr, len: u64, prot: u32) -> SysResult {
    if prot & !(PROT_READ | PROT_WRITE | PROT_EXEC) != 0 {
        return Err(Errno::EINVAL);
    }
    k.mm.protect(addr.0, len, prot)?;
    if prot & PROT_EXEC != 0 {
        k.forget_code(addr.0, len);
    }
    Ok(0)
}

fn range(addr: Addr, len: u64) -> Result<(u64, u64), Errno> {
    if !addr.0.is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL);
    }
    let end = page_up(len)
        .and_then(|len| addr.0.checked_add(len))
        .ok_or(Errno::ENOMEM)?;
    Ok((addr.0, end))
}

pub fn msync(k: &mut Kernel, addr: Addr, len: u64, flags: Flags) -> SysResult {
    if flags.0 & !(MS_ASYNC | MS_INVALIDATE | MS_SYNC) != 0
        || flags.0 & (MS_ASYNC | MS_SYNC) == MS_ASYNC | MS_SYNC
    {
        return Err(Errno::EINVAL);
    }
    let (start, end) = range(addr, len)?;
    k.mm.require_mapped(start, end)?;
    k.write_back(start, end);
    Ok(0)
}

pub fn mlock(k: &mut Kernel, addr: Addr, len: u64) -> SysResult {
    let start = addr.0 & !(PAGE_SIZE - 1);
    let end = page_up(addr.0.checked_add(len).ok_or(Errno::EINVAL)?).ok_or(Errno::EINVAL)?;
    k.mm.require_mapped(start, end)?;
    Ok(0)
}

pub fn mlock2(k: &mut Kernel, addr: Addr, len: u64) -> SysResult {
    mlock(k, addr, len)
}

pub fn munlock(k: &mut Kernel, addr: Addr, len: u64) -> SysResult {
    mlock(k, addr, len)
}

pub fn mlockall(_: &mut Kernel, flags: Flags) -> SysResult {
    if flags.0 == 0 || flags.0 & !7 != 0 {
        Err(Errno::EINVAL)
    } else {
        Ok(0)
    }
}

pub fn munlockall(_: &mut Kernel) -> SysResult {
    Ok(0)
}

pub fn mincore(k: &mut Kernel, addr: Addr, len: u64, out: UserMut<u8>) -> SysResult {
    let (start, end) = range(addr, len)?;
    k.mm.require_mapped(start, end)?;
    Out(out.0)
        .bytes(k, ((end - start) / PAGE_SIZE) as usize)?
        .fill(1);
    Ok(0)
}

pub fn madvise(k: &mut Kernel, addr: Addr, len: u64, advice: u32) -> SysResult {
    let (start, end) = range(addr, len).map_err(|_| Errno::EINVAL)?;
    match advice {
        MADV_DONTNEED if start == end => Ok(0),
        MADV_DONTNEED => {
            k.mm.require_mapped(start, end)?;
            // The rest of the caller's own stack, perhaps: that is seen when the stack pointer is known.
            let (from, area) = k.mm.find(end - 1).ok_or(Errno::ENOMEM)?;
            if start <= from && end < area.end {
                k.later(AfterCall::Discard(start, end));
            } else {
                k.mm.discard(start, end - start)?;
            }
            Ok(0)
        }
        MADV_NORMAL..=MADV_WILLNEED | MADV_FREE | MADV_DONTFORK..=MADV_COLLAPSE => {
            k.mm.require_mapped(start, end)?;
            Ok(0)
        }
        _ => Err(Errno::EINVAL),
    }
}
