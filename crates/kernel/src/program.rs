//! Programs: the one that was translated into the module, and ELF files that are loaded from the file system. Those of the module's file tree run compiled, others are interpreted. See execve(2), elf(5).

use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;

use elfconv_a64::state::CpuState;
use elfconv_abi::Errno;
use elfconv_abi::boot::Boot;
use elfconv_abi::mm::{MAP_FIXED, PAGE_SIZE, PROT_EXEC, PROT_READ, PROT_WRITE};

use crate::kernel::Kernel;
use crate::mm::memory::{LOWEST, Memory};
use crate::mm::{Kind, Mm};
use crate::start::{Entry, Segment};
use crate::vfs::OpenFile;

/// What a process executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The program of the module, by its compiled functions.
    Module,
    /// A program of the module's file tree, by its compiled functions.
    Compiled(u32),
    /// A file that is not in the module, by the interpreter.
    Loaded,
}

/// The module's program: where it is, and what is needed to start it anew.
#[derive(Default)]
pub struct Module {
    pub boot: Boot,
    pub segments: Vec<Segment>,
    /// End of the memory that the kernel takes at the start.
    pub heap_end: u64,
    pub stack_size: u64,
    pub path: Vec<u8>,
    /// Initial contents of the segments that can be written.
    data: Vec<(u64, Vec<u8>)>,
    /// Files that were compared with it: device, inode, size, time of change, and the result.
    compared: Vec<([u64; 4], bool)>,
}

impl Module {
    /// The module as it is before anything has run.
    pub fn new(memory: Memory, boot: &Boot, heap_end: u64, stack_size: u64) -> Self {
        let segments = crate::start::segments(memory, boot);
        let data = segments
            .iter()
            .filter(|s| s.prot & PROT_WRITE != 0)
            .map(|s| {
                (
                    s.start,
                    memory.bytes(s.start, s.file_end - s.start).to_vec(),
                )
            })
            .collect();
        Self {
            boot: *boot,
            segments,
            heap_end,
            stack_size,
            data,
            ..Self::default()
        }
    }

    /// Its pages: start, end, and the rights of the segments that are there (two may share a page).
    fn pages(&self) -> Vec<(u64, u64, u32)> {
        let mut all: Vec<(u64, u64, u32)> = Vec::new();
        for s in &self.segments {
            let (mut lo, hi) = (
                s.start & !(PAGE_SIZE - 1),
                s.end.next_multiple_of(PAGE_SIZE),
            );
            if let Some(last) = all.last_mut()
                && last.1 > lo
            {
                let shared = (lo, last.1, last.2 | s.prot);
                last.1 = lo;
                lo = shared.1;
                all.push(shared);
            }
            all.push((lo, hi.max(lo), s.prot));
        }
        all.retain(|(lo, hi, _)| lo < hi);
        all
    }

    /// The initial bytes at an address, as many as are known there: whether `bytes` begin with them, and how many there are.
    fn compare(&self, mm: &Mm, addr: u64, bytes: &[u8]) -> Option<usize> {
        for (start, data) in &self.data {
            let known = addr
                .checked_sub(*start)
                .and_then(|at| data.get(at as usize..));
            if let Some(known) = known.filter(|k| !k.is_empty()) {
                let len = known.len().min(bytes.len());
                return (known[..len] == bytes[..len]).then_some(len);
            }
        }
        let mut text = vec![0; bytes.len()];
        let len = mm.read_text(addr, &mut text);
        (len > 0 && text[..len] == bytes[..len]).then_some(len)
    }
}

/// What `execve` is to start.
pub struct Exec {
    pub args: Vec<Vec<u8>>,
    pub environ: Vec<Vec<u8>>,
    /// Absolute path of what is executed.
    pub path: Vec<u8>,
    /// The name that `AT_EXECFN` shows.
    pub name: Vec<u8>,
    /// The short name.
    pub comm: Vec<u8>,
    /// The file, unless it is the module's program.
    pub elf: Option<Elf>,
    /// The file that its `PT_INTERP` names.
    pub interpreter: Option<Elf>,
}

/// An ELF file as far as loading needs it.
pub struct Elf {
    file: Rc<OpenFile>,
    segments: Vec<Load>,
    entry: u64,
    phdr: u64,
    phnum: u64,
    relocatable: bool,
    /// Where it is in the contents of the module's file tree.
    packed: Option<u64>,
    /// `PT_INTERP`.
    pub interpreter: Option<Vec<u8>>,
}

struct Load {
    offset: u64,
    vaddr: u64,
    filesz: u64,
    memsz: u64,
    prot: u32,
}

fn read_at(k: &Kernel, file: &OpenFile, offset: u64, to: &mut [u8]) -> Result<(), Errno> {
    let mut done = 0;
    while done < to.len() {
        match file
            .file
            .read(k, &mut [&mut to[done..]], offset + done as u64)?
        {
            0 => return Err(Errno::ENOEXEC),
            n => done += n,
        }
    }
    Ok(())
}

fn half(bytes: &[u8], at: usize) -> u64 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]]).into()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |b| u32::from_le_bytes(*b))
}

fn long(bytes: &[u8], at: usize) -> u64 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |b| u64::from_le_bytes(*b))
}

impl Elf {
    /// Reads the headers; `ENOEXEC` for what is no executable for this machine.
    pub fn read(k: &Kernel, file: Rc<OpenFile>) -> Result<Elf, Errno> {
        const ET_EXEC: u64 = 2;
        const ET_DYN: u64 = 3;
        const EM_AARCH64: u64 = 183;
        const PT_LOAD: u32 = 1;
        const PT_INTERP: u32 = 3;
        let mut header = [0; 64];
        read_at(k, &file, 0, &mut header)?;
        let kind = half(&header, 16);
        let (phoff, phentsize, phnum) = (long(&header, 32), half(&header, 54), half(&header, 56));
        // 64 bits, little endian.
        if header[..6] != *b"\x7fELF\x02\x01"
            || !matches!(kind, ET_EXEC | ET_DYN)
            || half(&header, 18) != EM_AARCH64
            || phentsize != 56
            || phnum == 0
        {
            return Err(Errno::ENOEXEC);
        }
        let mut table = vec![0; 56 * phnum as usize];
        read_at(k, &file, phoff, &mut table)?;
        let packed = file.file.packed().map(u64::from);
        let mut elf = Elf {
            file,
            segments: Vec::new(),
            entry: long(&header, 24),
            phdr: 0,
            phnum,
            relocatable: kind == ET_DYN,
            packed,
            interpreter: None,
        };
        for p in table.chunks_exact(56) {
            let (offset, vaddr, filesz, memsz) =
                (long(p, 8), long(p, 16), long(p, 32), long(p, 40));
            match word(p, 0) {
                PT_LOAD if memsz > 0 => {
                    let flags = word(p, 4);
                    let fits = filesz <= memsz
                        && vaddr
                            .checked_add(memsz)
                            .is_some_and(|end| end <= crate::mm::memory::HIGHEST)
                        && vaddr % PAGE_SIZE == offset % PAGE_SIZE;
                    if !fits {
                        return Err(Errno::ENOEXEC);
                    }
                    if (offset..offset + filesz).contains(&phoff) {
                        elf.phdr = vaddr + (phoff - offset);
                    }
                    elf.segments.push(Load {
                        offset,
                        vaddr,
                        filesz,
                        memsz,
                        prot: flags >> 2 & PROT_READ
                            | flags & 2
                            | if flags & 1 != 0 { PROT_EXEC } else { 0 },
                    });
                }
                PT_INTERP if (2..4096).contains(&filesz) => {
                    let mut path = vec![0; filesz as usize];
                    read_at(k, &elf.file, offset, &mut path)?;
                    path.pop();
                    elf.interpreter = Some(path);
                }
                _ => {}
            }
        }
        if elf.segments.is_empty() {
            return Err(Errno::ENOEXEC);
        }
        Ok(elf)
    }

    /// Lowest and one past the highest address, in pages.
    fn span(&self) -> (u64, u64) {
        let start = self.segments.iter().map(|s| s.vaddr).min().unwrap_or(0);
        let end = self.segments.iter().map(|s| s.vaddr + s.memsz).max();
        (
            start & !(PAGE_SIZE - 1),
            end.unwrap_or(0).next_multiple_of(PAGE_SIZE),
        )
    }
}

impl Kernel {
    /// Whether a file is the module's program: whether its segments are what the module was made with.
    pub(crate) fn is_module(&mut self, elf: &Elf) -> bool {
        let Ok(attr) = elf.file.file.stat(self) else {
            return false;
        };
        let key = [attr.dev, attr.ino, attr.size, attr.mtime];
        if let Some((_, same)) = self.module.compared.iter().find(|(k, _)| *k == key) {
            return *same;
        }
        let same = self.compare_module(elf);
        self.module.compared.push((key, same));
        same
    }

    fn compare_module(&self, elf: &Elf) -> bool {
        let boot = &self.module.boot;
        let bias = u64::from(boot.image_lo)
            .wrapping_sub(elf.segments.iter().map(|s| s.vaddr).min().unwrap_or(0));
        if elf.entry.wrapping_add(bias) != boot.entry.into() || elf.phnum != boot.phnum.into() {
            return false;
        }
        let mut buf = vec![0; 65536];
        elf.segments.iter().all(|s| {
            let mut done = 0;
            while done < s.filesz {
                let n = (s.filesz - done).min(buf.len() as u64) as usize;
                if read_at(self, &elf.file, s.offset + done, &mut buf[..n]).is_err() {
                    return false;
                }
                let mut at = 0;
                while at < n {
                    let addr = s.vaddr.wrapping_add(bias + done + at as u64);
                    let mm = &self.process.mm;
                    match self.module.compare(mm, addr, &buf[at..n]) {
                        Some(len) => at += len,
                        None => return false,
                    }
                }
                done += n as u64;
            }
            true
        })
    }

    /// Whether a file that is not the module's can be loaded beside the kernel: programs that cannot be moved may be linked to where it is.
    pub(crate) fn check_room(&self, elf: &Elf) -> Result<(), Errno> {
        let (start, end) = elf.span();
        let module = &self.module;
        let kernel = module.kernel();
        let limit = if kernel.0 == LOWEST {
            module.boot.image_hi.into()
        } else {
            module.heap_end
        };
        let free = elf.relocatable
            || start >= LOWEST && end <= limit && (end <= kernel.0 || start >= kernel.1);
        if free { Ok(()) } else { Err(Errno::ENOMEM) }
    }

    /// `execve`, when nothing can fail any more that the caller would hear of.
    pub(crate) fn execute(&mut self, state: &mut CpuState, exec: Exec) {
        self.end_other_threads();
        self.leave_memory();
        let process = &mut *self.process;
        let compiled = exec.elf.as_ref().and_then(|elf| {
            let offset = u32::try_from(elf.packed?).ok()?;
            self.programs.find(offset)
        });
        process.executed = true;
        (process.program, process.code) = match (&exec.elf, compiled) {
            (None, _) => (Program::Module, 0),
            (Some(_), Some((program, _))) => (Program::Compiled(program), 1 + program),
            (Some(_), None) => {
                self.last_code += 1;
                (Program::Loaded, self.last_code)
            }
        };
        let closing: Vec<usize> = process.fds.closing().collect();
        for fd in closing {
            let _ = process.fds.close(fd as i32);
        }
        process.actions.reset();
        process.timers.reset();
        process.args = exec.args.clone();
        process.environ = exec.environ.clone();
        process.exe = exec.path.clone();
        process.parent_death_signal = 0;
        process.dumpable = 1;
        // The thread that calls becomes the first one.
        let (pid, tid) = (process.pid, self.thread.tid);
        if tid != pid {
            process.threads = vec![pid];
            self.thread.tid = pid;
        }
        self.thread.set_name(&exec.comm);
        self.thread.alt_stack = crate::task::no_alt_stack();
        self.thread.clear_child_tid = 0;
        self.thread.robust_list = 0;
        *state = CpuState::new();
        self.put_in_place();
        let entered = match &exec.elf {
            None => self.map_module(true),
            Some(elf) => self.load(elf, exec.interpreter.as_ref(), compiled.map(|c| c.1)),
        };
        self.put_text_in_place();
        let started = entered.and_then(|entry| self.enter(state, &entry, &exec.name));
        if started.is_err() {
            self.end_process(elfconv_abi::signal::SIGKILL);
        }
    }

    /// Enters the module's program into the current address space; `again` if it has run before.
    pub(crate) fn map_module(&mut self, again: bool) -> Result<Entry, Errno> {
        let (module, mm) = (&self.module, &mut self.process.mm);
        let boot = &module.boot;
        let mut text = Vec::new();
        for (start, end, prot) in module.pages() {
            if prot & PROT_WRITE != 0 {
                if again {
                    let rw = PROT_READ | PROT_WRITE;
                    mm.map(start, end - start, rw, MAP_FIXED, Kind::Image)?;
                    mm.protect(start, end - start, prot)?;
                } else {
                    mm.insert_existing(start, end, prot, Kind::Image);
                }
            } else if again {
                mm.map_text(start, end, prot, start)?;
            } else {
                text.push((start, end, prot));
            }
        }
        if again {
            for (start, bytes) in &module.data {
                let to = mm.memory().bytes(*start, bytes.len() as u64);
                to.copy_from_slice(bytes);
            }
        } else {
            mm.insert_text(&text);
        }
        if module.segments.is_empty() {
            mm.insert_existing(
                boot.image_lo.into(),
                boot.image_hi.into(),
                PROT_READ | PROT_WRITE | PROT_EXEC,
                Kind::Image,
            );
        }
        module.map_kernel(mm);
        self.process.stack = mm.lay_out(module.heap_end, module.stack_size)?;
        Ok(Entry {
            pc: boot.entry.into(),
            start: boot.entry.into(),
            phdr: boot.phdr.into(),
            phnum: boot.phnum.into(),
            base: 0,
        })
    }

    /// Reads text of the current process that is not where it should be.
    pub(crate) fn put_text_in_place(&mut self) {
        let memory = self.process.mm.memory();
        for (start, end, contents) in self.process.mm.missing_text() {
            let to = memory.bytes(start, end - start);
            match self.tree {
                Some(tree) => tree.read(contents as u32, to),
                None => {
                    self.process.mm.read_text(contents, to);
                }
            }
        }
    }

    /// Loads a file into the current address space, which is empty. `base` is where it must go.
    fn load(
        &mut self,
        elf: &Elf,
        interpreter: Option<&Elf>,
        base: Option<u64>,
    ) -> Result<Entry, Errno> {
        self.module.map_kernel(&mut self.process.mm);
        self.process.stack = self
            .process
            .mm
            .lay_out(self.module.heap_end, self.module.stack_size)?;
        let bias = self.load_segments(elf, base)?;
        let entry = elf.entry.wrapping_add(bias);
        let (pc, base) = match interpreter {
            Some(interpreter) => {
                let base = self.load_segments(interpreter, None)?;
                (interpreter.entry.wrapping_add(base), base)
            }
            None => (entry, 0),
        };
        Ok(Entry {
            pc,
            start: entry,
            phdr: elf.phdr.wrapping_add(bias),
            phnum: elf.phnum,
            base,
        })
    }

    /// Maps and reads the segments; what is added to their addresses. Text that is in the module's file tree is shared by all processes.
    fn load_segments(&mut self, elf: &Elf, base: Option<u64>) -> Result<u64, Errno> {
        let (start, end) = elf.span();
        let memory = self.process.mm.memory();
        let mut mm = &mut self.process.mm;
        let bias = match base {
            Some(base) if elf.relocatable => base,
            _ if elf.relocatable => {
                // A place for all of it, and nothing between the segments.
                let at = mm.map(start, end - start, 0, 0, Kind::Image)?;
                at.wrapping_sub(start)
            }
            _ => 0,
        };
        let mut mapped = 0;
        for (i, s) in elf.segments.iter().enumerate() {
            let (from, to) = s.pages(bias);
            let alone = |t: &Load| t.pages(bias).1 <= from || t.pages(bias).0 >= to;
            let others = elf.segments.iter().enumerate().filter(|(j, _)| *j != i);
            let text = elf.packed.filter(|_| {
                s.prot & PROT_WRITE == 0 && s.filesz == s.memsz && others.map(|o| o.1).all(alone)
            });
            if let Some(packed) = text {
                mm.map_text(from, to, s.prot, packed + (s.offset & !(PAGE_SIZE - 1)))?;
                continue;
            }
            let new = from.max(mapped);
            if new < to {
                let rw = PROT_READ | PROT_WRITE;
                mm.map(new, to - new, rw, MAP_FIXED, Kind::Image)?;
                mapped = to;
            }
            let bytes = memory.bytes(s.vaddr.wrapping_add(bias), s.filesz);
            read_at(self, &elf.file, s.offset, bytes)?;
            mm = &mut self.process.mm;
        }
        for s in &elf.segments {
            let (from, to) = s.pages(bias);
            self.process.mm.protect(from, to - from, s.prot)?;
        }
        Ok(bias)
    }
}

impl Load {
    /// The pages that it is in, when it is moved by `bias`.
    fn pages(&self, bias: u64) -> (u64, u64) {
        let start = self.vaddr.wrapping_add(bias);
        let end = start.wrapping_add(self.memsz);
        (start & !(PAGE_SIZE - 1), end.next_multiple_of(PAGE_SIZE))
    }
}

impl Module {
    /// The kernel's own memory.
    fn kernel(&self) -> (u64, u64) {
        if self.boot.brk_start <= self.boot.image_lo {
            // There was no room behind the image.
            (LOWEST, self.boot.brk_start.into())
        } else {
            (self.boot.kernel.into(), self.heap_end)
        }
    }

    fn map_kernel(&self, mm: &mut Mm) {
        let (start, end) = self.kernel();
        let prot = if start == LOWEST { 0 } else { PROT_EXEC };
        mm.insert_existing(start, end, PROT_READ | prot, Kind::Kernel);
        if start == LOWEST {
            mm.insert_existing(
                u64::from(self.boot.image_hi).next_multiple_of(PAGE_SIZE),
                self.heap_end,
                PROT_READ | PROT_EXEC,
                Kind::Kernel,
            );
        }
    }
}
