//! Damaged files give an error or an image that keeps its promises; never a panic, and never more memory than the file justifies.

use elfconv_image::{ADDRESS_LIMIT, GuestImage, LOWEST_ADDRESS};
use proptest::prelude::*;

fn samples() -> Vec<Vec<u8>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/discover");
    let entries = std::fs::read_dir(directory).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "elf"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(image) = GuestImage::parse(bytes, "mutated") else {
        return Ok(());
    };
    let mut end = LOWEST_ADDRESS;
    let mut total = 0;
    for segment in &image.segments {
        prop_assert!(segment.vaddr >= end && segment.end() <= ADDRESS_LIMIT);
        prop_assert!(segment.data.len() as u64 <= segment.memsz);
        end = segment.end();
        total += segment.data.len();
    }
    prop_assert!(total <= 2 * bytes.len() + 0x1_0000);
    let mut end = 0;
    for range in &image.code {
        prop_assert!(range.start >= end && range.start < range.end && range.start % 4 == 0);
        prop_assert!(image.bytes(range.start, range.end - range.start).is_some());
        end = range.end;
    }
    prop_assert!(image.is_code(image.entry) && image.read_u32(image.entry).is_some());
    prop_assert!(image.symbols.is_sorted() && image.symbols.iter().all(|s| image.is_code(s.addr)));
    prop_assert!(image.fdes.is_sorted() && image.fdes.iter().all(|f| image.is_code(f.start)));
    prop_assert!(image.relocations.is_sorted_by_key(|r| r.place));
    for addr in [0, image.entry, image.span().end - 1, u64::MAX] {
        let _ = (
            image.read_u64(addr),
            image.pointer_at(addr),
            image.symbol_at(addr),
            image.is_read_only(addr, 8),
        );
    }
    Ok(())
}

/// Values that hurt.
fn value() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0u64),
        Just(1),
        Just(u64::MAX),
        Just(1 << 63),
        Just(1 << 32),
        Just(0xffff_ffff),
        0u64..0x2000,
        0x40_0000u64..0x40_2000,
        any::<u64>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_changed(file in 0usize..6, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = samples().swap_remove(file);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        check(&bytes)?;
    }

    /// Headers are where damage hurts: whole fields of the file header, program headers and section headers.
    #[test]
    fn fields_changed(
        file in 0usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), value()), 1..6),
    ) {
        let mut bytes = samples().swap_remove(file);
        let sections = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
        for (place, in_sections, value) in changes {
            let area = if in_sections { &mut bytes[sections..] } else { &mut bytes[16..400] };
            let place = place.index(area.len() / 8 - 1) * 8;
            area[place..place + 8].copy_from_slice(&value.to_le_bytes());
        }
        check(&bytes)?;
    }

    #[test]
    fn truncated(file in 0usize..6, len in any::<prop::sample::Index>()) {
        let bytes = samples().swap_remove(file);
        check(&bytes[..len.index(bytes.len())])?;
    }

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes)?;
        let mut file = samples().swap_remove(0);
        let n = bytes.len().min(file.len() - 64);
        file[64..64 + n].copy_from_slice(&bytes[..n]);
        check(&file)?;
    }
}
