//! What can be wrong with a file: what, where in it, and what to do.

/// Why a file cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: at file offset {offset:#x}: {kind}")]
pub struct ImageError {
    /// The file's name as given.
    pub file: String,
    /// Where in the file the offending bytes are.
    pub offset: u64,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// No ELF magic number.
    #[error("not an ELF file but {what}; give an AArch64 Linux executable")]
    NotElf {
        /// What it looks like.
        what: String,
    },
    /// A structure ends after the end of the file.
    #[error(
        "the file ends inside the {what} ({needed} bytes expected, {available} there); it is truncated or damaged: copy or download it again"
    )]
    Truncated {
        /// Which structure.
        what: &'static str,
        /// Its size.
        needed: u64,
        /// What is left of the file.
        available: u64,
    },
    /// 32-bit, or an invalid class.
    #[error(
        "ELF class {0} (1 is 32-bit, 2 is 64-bit); only 64-bit programs can be translated: use an arm64 build"
    )]
    Class(u8),
    /// Big-endian, or invalid.
    #[error(
        "ELF data encoding {0} (2 is big-endian); only little-endian programs can be translated"
    )]
    Endianness(u8),
    /// An unknown ELF version.
    #[error("ELF version {0} is unknown; only version 1 exists")]
    Version(u8),
    /// Not Linux.
    #[error(
        "made for the operating system with ELF OSABI number {0}; only Linux programs (0 or 3) can be translated"
    )]
    OsAbi(u8),
    /// Another processor.
    #[error(
        "made for {name} (ELF machine {machine}); use a build for AArch64 (arm64, machine 183)"
    )]
    Machine {
        /// `e_machine`.
        machine: u16,
        /// Its name, as far as known.
        name: &'static str,
    },
    /// Object files, core dumps, …
    #[error("this is {0}, not an executable; link it into an executable first")]
    NotExecutable(&'static str),
    /// `e_phentsize` or `e_phnum` make no sense.
    #[error(
        "program headers of {size} bytes each, {count} of them; an executable has at least one, of 56 bytes: the file is damaged"
    )]
    ProgramHeaders {
        /// `e_phentsize`.
        size: u16,
        /// `e_phnum`.
        count: u16,
    },
    /// A dynamic executable.
    #[error(
        "dynamically linked: it needs the interpreter {interpreter}; link it statically (gcc -static or -static-pie) or use the -static build of it"
    )]
    Dynamic {
        /// `PT_INTERP`'s path.
        interpreter: String,
    },
    /// A shared library, or a dynamic executable without an interpreter.
    #[error("needs the shared library {library}; link it statically (gcc -static or -static-pie)")]
    Needed {
        /// The first `DT_NEEDED`.
        library: String,
    },
    /// No `PT_LOAD` that maps something.
    #[error("no segment to load; this is not a program, or it is damaged")]
    NoSegments,
    /// `p_filesz` exceeds `p_memsz`.
    #[error(
        "segment {index} has {filesz:#x} bytes in the file but only {memsz:#x} in memory; the file is damaged"
    )]
    SegmentSizes {
        /// Program header number.
        index: usize,
        /// `p_filesz`.
        filesz: u64,
        /// `p_memsz`.
        memsz: u64,
    },
    /// A segment outside the guest's address space.
    #[error(
        "segment {index} at {vaddr:#x}, {memsz:#x} bytes long, is not between 0x10000 and 0x100000000; relink it at an address below 4 GiB (the linker's default is fine)"
    )]
    SegmentAddress {
        /// Program header number.
        index: usize,
        /// Its address.
        vaddr: u64,
        /// Its size in memory.
        memsz: u64,
    },
    /// Two segments want the same addresses.
    #[error(
        "segment {index} at {vaddr:#x} overlaps the segment that ends at {end:#x}; the file is damaged or was linked with a faulty script"
    )]
    Overlap {
        /// Program header number.
        index: usize,
        /// Its address.
        vaddr: u64,
        /// End of the segment before it in memory.
        end: u64,
    },
    /// Segments that together hold much more than the file.
    #[error(
        "the segments together want {total:#x} bytes of a file of {size:#x} bytes: they map the same bytes many times; the file is damaged"
    )]
    Repeated {
        /// Sum of `p_filesz`.
        total: u64,
        /// Size of the file.
        size: u64,
    },
    /// The entry point is not code.
    #[error(
        "the entry point {entry:#x} {why}; the file is damaged, or a library that is not meant to be run"
    )]
    Entry {
        /// Its address.
        entry: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}
