//! The file header and the program headers.

use object::LittleEndian as Le;
use object::elf::{self, FileHeader64, Machine, ProgramHeader64, SymbolSection};
use object::read::ReadRef;

use crate::ErrorKind;

/// An error and its file offset.
pub(crate) type Fallible<T> = Result<T, (u64, ErrorKind)>;

/// The headers, checked.
pub(crate) struct File<'a> {
    pub bytes: &'a [u8],
    pub pie: bool,
    /// `e_entry`, without a base.
    pub entry: u64,
    /// File offset of the program headers.
    pub phoff: u64,
    pub program_headers: &'a [ProgramHeader64<Le>],
    pub shoff: u64,
    pub shentsize: u16,
    pub shnum: u16,
    pub shstrndx: SymbolSection,
}

impl<'a> File<'a> {
    pub fn parse(bytes: &'a [u8]) -> Fallible<File<'a>> {
        if !bytes.starts_with(&elf::ELFMAG) {
            return Err((
                0,
                ErrorKind::NotElf {
                    what: describe(bytes),
                },
            ));
        }
        // Class and encoding first, so that a 32-bit file is not called truncated.
        match bytes.get(4) {
            Some(2) | None => {}
            Some(&class) => return Err((4, ErrorKind::Class(class))),
        }
        match bytes.get(5) {
            Some(1) | None => {}
            Some(&data) => return Err((5, ErrorKind::Endianness(data))),
        }
        let header: &FileHeader64<Le> = bytes
            .read_at(0)
            .map_err(|()| (0, truncated("file header", 0, 64, bytes)))?;
        if header.e_ident.version != elf::EV_CURRENT {
            return Err((6, ErrorKind::Version(header.e_ident.version.0)));
        }
        if !matches!(
            header.e_ident.os_abi,
            elf::ELFOSABI_SYSV | elf::ELFOSABI_GNU
        ) {
            return Err((7, ErrorKind::OsAbi(header.e_ident.os_abi.0)));
        }
        let machine = header.e_machine.get(Le);
        if machine != elf::EM_AARCH64 {
            return Err((
                18,
                ErrorKind::Machine {
                    machine: machine.0,
                    name: machine_name(machine),
                },
            ));
        }
        let pie = match header.e_type.get(Le) {
            elf::ET_EXEC => false,
            elf::ET_DYN => true,
            elf::ET_REL => return Err((16, ErrorKind::NotExecutable("a relocatable object file"))),
            elf::ET_CORE => return Err((16, ErrorKind::NotExecutable("a core dump"))),
            _ => return Err((16, ErrorKind::NotExecutable("an ELF file of unknown type"))),
        };
        let (size, count) = (header.e_phentsize.get(Le), header.e_phnum.get(Le));
        if usize::from(size) != size_of::<ProgramHeader64<Le>>()
            || count == 0
            || count == elf::PN_XNUM
        {
            return Err((54, ErrorKind::ProgramHeaders { size, count }));
        }
        let phoff = header.e_phoff.get(Le);
        let program_headers = bytes
            .read_slice_at(phoff, usize::from(count))
            .map_err(|()| {
                (
                    32,
                    truncated("program headers", phoff, u64::from(count) * 56, bytes),
                )
            })?;
        Ok(File {
            bytes,
            pie,
            entry: header.e_entry.get(Le),
            phoff,
            program_headers,
            shoff: header.e_shoff.get(Le),
            shentsize: header.e_shentsize.get(Le),
            shnum: header.e_shnum.get(Le),
            shstrndx: header.e_shstrndx.get(Le),
        })
    }

    /// File offset of a program header.
    pub fn header_offset(&self, index: usize) -> u64 {
        self.phoff + index as u64 * 56
    }

    /// The bytes of the file that a program header maps.
    pub fn contents(&self, index: usize, what: &'static str) -> Fallible<&'a [u8]> {
        let header = &self.program_headers[index];
        let (offset, size) = (header.p_offset.get(Le), header.p_filesz.get(Le));
        self.bytes.read_bytes_at(offset, size).map_err(|()| {
            (
                self.header_offset(index) + 8,
                truncated(what, offset, size, self.bytes),
            )
        })
    }
}

fn truncated(what: &'static str, offset: u64, needed: u64, bytes: &[u8]) -> ErrorKind {
    ErrorKind::Truncated {
        what,
        needed,
        available: (bytes.len() as u64).saturating_sub(offset),
    }
}

/// What a file that is not ELF looks like.
fn describe(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        "an empty file".to_owned()
    } else if let Some(rest) = bytes.strip_prefix(b"#!") {
        let line = rest.split(|&b| b == b'\n').next().unwrap_or_default();
        format!(
            "a script for {}",
            String::from_utf8_lossy(&line[..line.len().min(80)]).trim()
        )
    } else if bytes.starts_with(b"!<arch>\n") || bytes.starts_with(b"!<thin>\n") {
        "an archive of object files (or a Debian package)".to_owned()
    } else if bytes.starts_with(b"\0asm") {
        "a WebAssembly module".to_owned()
    } else if bytes.starts_with(b"MZ") {
        "a Windows executable".to_owned()
    } else if bytes.starts_with(&[0xcf, 0xfa, 0xed, 0xfe])
        || bytes.starts_with(&[0xca, 0xfe, 0xba, 0xbe])
    {
        "a macOS executable".to_owned()
    } else if bytes.starts_with(&[0x1f, 0x8b])
        || bytes.starts_with(b"\xfd7zXZ")
        || bytes.starts_with(b"BZh")
        || bytes.starts_with(b"PK\x03\x04")
    {
        "a compressed file".to_owned()
    } else {
        "something else".to_owned()
    }
}

fn machine_name(machine: Machine) -> &'static str {
    match machine {
        elf::EM_386 => "32-bit x86",
        elf::EM_X86_64 => "x86-64",
        elf::EM_ARM => "32-bit ARM",
        elf::EM_RISCV => "RISC-V",
        elf::EM_PPC64 => "64-bit PowerPC",
        elf::EM_S390 => "S/390",
        elf::EM_MIPS => "MIPS",
        _ => "another processor",
    }
}
