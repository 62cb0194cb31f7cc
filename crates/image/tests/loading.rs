//! What is accepted, and what the errors say.

use elfconv_image::{ErrorKind, GuestImage, PIE_BASE};

/// A program header: type, flags, offset, address, size in file, size in memory.
type Header = (u32, u32, u64, u64, u64, u64);

const LOAD: u32 = 1;
const INTERP: u32 = 3;
const STACK: u32 = 0x6474_e551;
const R: u32 = 4;
const W: u32 = 2;
const X: u32 = 1;

/// An executable with these program headers and 4096 bytes in all.
fn elf(kind: u16, entry: u64, headers: &[Header]) -> Vec<u8> {
    let mut file = Vec::from(*b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    file.extend(kind.to_le_bytes());
    file.extend(183u16.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    for field in [entry, 64, 0] {
        file.extend(field.to_le_bytes());
    }
    file.extend(0u32.to_le_bytes());
    for field in [64, 56, headers.len() as u16, 64, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    for &(kind, flags, offset, addr, filesz, memsz) in headers {
        file.extend(kind.to_le_bytes());
        file.extend(flags.to_le_bytes());
        for field in [offset, addr, addr, filesz, memsz, 0x1000] {
            file.extend(field.to_le_bytes());
        }
    }
    file.resize(4096, 0);
    file
}

const TEXT: Header = (LOAD, R | X, 0, 0x40_0000, 4096, 4096);

fn plain() -> Vec<u8> {
    elf(2, 0x40_0200, &[TEXT])
}

fn kind(bytes: &[u8]) -> ErrorKind {
    GuestImage::parse(bytes, "guest")
        .expect_err("should be refused")
        .kind
}

fn message(bytes: &[u8]) -> String {
    GuestImage::parse(bytes, "guest")
        .expect_err("should be refused")
        .to_string()
}

#[test]
fn static_executable() {
    let bss = (LOAD, R | W, 0x100, 0x50_0100, 0x10, 2 << 30);
    let stack = (STACK, R | W, 0, 0, 0, 0x20_0000);
    let image = GuestImage::parse(&elf(2, 0x40_0200, &[bss, TEXT, stack]), "guest").unwrap();
    assert_eq!(
        (image.entry, image.phdr, image.phnum, image.base),
        (0x40_0200, 0x40_0040, 3, 0)
    );
    assert_eq!(
        image.segments.iter().map(|s| s.vaddr).collect::<Vec<_>>(),
        [0x40_0000, 0x50_0100]
    );
    assert_eq!(image.segments[1].data.len(), 0x10);
    assert_eq!(image.stack_size, 0x20_0000);
    assert!(!image.executable_stack);
    // The headers are mapped, bss is zero, and between segments there is nothing.
    assert_eq!(image.read_u32(0x40_0000), Some(0x464c_457f));
    assert_eq!(image.read_u64(0x50_0100 + (2 << 30) - 8), Some(0));
    assert_eq!(image.read_u64(0x50_0100 + (2 << 30) - 7), None);
    assert_eq!(image.read_u8(0x40_1000), None);
    assert_eq!(image.bytes(0x50_0100, 0x10).map(<[u8]>::len), Some(0x10));
    assert_eq!(image.bytes(0x50_0100, 0x11), None);
    assert!(image.is_code(0x40_0200) && !image.is_code(0x50_0100));
    assert!(image.is_read_only(0x40_0000, 4096) && !image.is_read_only(0x50_0100, 1));
    assert_eq!(image.span(), 0x40_0000..0x50_0100 + (2 << 30));
}

#[test]
fn static_pie() {
    let image =
        GuestImage::parse(&elf(3, 0x200, &[(LOAD, R | X, 0, 0, 4096, 4096)]), "guest").unwrap();
    assert!(image.pie);
    assert_eq!((image.base, image.entry), (PIE_BASE, PIE_BASE + 0x200));
}

#[test]
fn dynamic_executables_name_their_interpreter() {
    let mut file = elf(
        3,
        0x200,
        &[
            (LOAD, R | X, 0, 0, 4096, 4096),
            (INTERP, R, 0x300, 0x300, 19, 19),
        ],
    );
    file[0x300..0x313].copy_from_slice(b"/lib/ld-linux.so.1\0");
    assert_eq!(
        kind(&file),
        ErrorKind::Dynamic {
            interpreter: "/lib/ld-linux.so.1".into()
        }
    );
    let text = message(&file);
    assert!(
        text.starts_with("guest: at file offset 0x300: ") && text.contains("-static"),
        "{text}"
    );
}

#[test]
fn other_files_are_named() {
    let what = |bytes: &[u8]| match kind(bytes) {
        ErrorKind::NotElf { what } => what,
        other => panic!("{other}"),
    };
    assert_eq!(what(b""), "an empty file");
    assert_eq!(what(b"#!/bin/sh -e\nls\n"), "a script for /bin/sh -e");
    assert!(what(b"!<arch>\n").contains("archive"));
    assert!(what(b"\0asm\x01\0\0\0").contains("WebAssembly"));
    assert!(what(&[0x1f, 0x8b, 8, 0]).contains("compressed"));
    assert_eq!(what(b"hello"), "something else");
}

#[test]
fn wrong_machines_classes_and_types() {
    let with = |at: usize, value: u8| {
        let mut file = plain();
        file[at] = value;
        kind(&file)
    };
    assert_eq!(with(4, 1), ErrorKind::Class(1));
    assert_eq!(with(5, 2), ErrorKind::Endianness(2));
    assert_eq!(with(6, 9), ErrorKind::Version(9));
    assert_eq!(with(7, 9), ErrorKind::OsAbi(9));
    assert_eq!(
        with(18, 62),
        ErrorKind::Machine {
            machine: 62,
            name: "x86-64"
        }
    );
    assert!(matches!(with(16, 1), ErrorKind::NotExecutable(_)));
    assert!(matches!(with(16, 4), ErrorKind::NotExecutable(_)));
    assert_eq!(
        with(54, 32),
        ErrorKind::ProgramHeaders { size: 32, count: 1 }
    );
    assert_eq!(
        with(56, 0),
        ErrorKind::ProgramHeaders { size: 56, count: 0 }
    );
}

#[test]
fn truncated_everywhere() {
    let file = plain();
    for len in 0..file.len() {
        assert!(
            GuestImage::parse(&file[..len], "guest").is_err(),
            "{len} bytes"
        );
    }
    assert!(matches!(
        kind(&file[..63]),
        ErrorKind::Truncated {
            what: "file header",
            ..
        }
    ));
    assert!(matches!(
        kind(&file[..100]),
        ErrorKind::Truncated {
            what: "program headers",
            ..
        }
    ));
    assert!(matches!(
        kind(&file[..2000]),
        ErrorKind::Truncated {
            what: "segment",
            needed: 4096,
            available: 2000
        }
    ));
}

#[test]
fn hostile_segments() {
    let second = |header: Header| kind(&elf(2, 0x40_0200, &[TEXT, header]));
    assert!(matches!(
        second((LOAD, R, 0, 0x40_0fff, 0, 2)),
        ErrorKind::Overlap { index: 1, .. }
    ));
    assert!(matches!(
        second((LOAD, R, 0, 0x50_0000, 8, 4)),
        ErrorKind::SegmentSizes { index: 1, .. }
    ));
    for (addr, size) in [
        (0, 16),
        (0xffff, 16),
        (0xffff_fff8, 16),
        (1 << 40, 1),
        (u64::MAX - 7, 16),
        (0x50_0000, u64::MAX),
    ] {
        let kind = second((LOAD, R, 0, addr, 0, size));
        assert!(
            matches!(kind, ErrorKind::SegmentAddress { index: 1, .. }),
            "{addr:#x} {size:#x}"
        );
    }
    assert!(matches!(
        second((LOAD, R, u64::MAX - 3, 0x50_0000, 8, 8)),
        ErrorKind::Truncated { .. }
    ));
    assert_eq!(
        kind(&elf(2, 0x40_0200, &[(STACK, R, 0, 0, 0, 0)])),
        ErrorKind::NoSegments
    );
    // Many segments of the same bytes.
    let many: Vec<Header> = (0..40)
        .map(|i| (LOAD, R, 0, 0x40_0000 + i * 0x1000, 4096, 4096))
        .collect();
    assert!(matches!(
        kind(&elf(2, 0x40_0200, &many)),
        ErrorKind::Repeated { .. }
    ));
}

#[test]
fn entry_must_be_code() {
    let others = [
        TEXT,
        (LOAD, R | W, 0, 0x50_0000, 16, 64),
        (LOAD, R | X, 0, 0x60_0000, 16, 64),
    ];
    let why = |entry| match kind(&elf(2, entry, &others)) {
        ErrorKind::Entry { why, .. } => why,
        other => panic!("{other}"),
    };
    assert!(why(0x40_0202).contains("multiple of 4"));
    assert!(why(0x70_0000).contains("no segment"));
    assert!(why(0).contains("no segment"));
    assert!(why(0x50_0000).contains("not executable"));
    assert!(why(0x60_0010).contains("behind"));
}

#[test]
fn real_files() {
    let read = |name: &str| {
        let path = format!("{}/../../tests/discover/{name}", env!("CARGO_MANIFEST_DIR"));
        GuestImage::parse(&std::fs::read(path).unwrap(), name).unwrap()
    };
    let parts = read("parts.elf");
    let whole = parts.symbols.iter().find(|s| s.name == "whole").unwrap();
    assert_eq!(whole.size, 12);
    assert_eq!(
        parts.symbol_at(whole.addr + 4).map(|s| s.name.as_str()),
        Some("whole")
    );
    let pie = read("pie.elf");
    let [relocation] = pie.relocations[..] else {
        panic!("{:x?}", pie.relocations)
    };
    assert!(!relocation.indirect && pie.is_code(relocation.value));
    assert_eq!(pie.pointer_at(relocation.place), Some(relocation.value));
    assert!(pie.symbols.is_empty());
}
