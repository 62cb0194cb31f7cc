//! Damaged and hostile code: discovery keeps its promises, in time.

use std::time::{Duration, Instant};

use elfconv_discover::{Discovery, discover};
use elfconv_image::GuestImage;
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

fn check(image: &GuestImage) -> Discovery {
    let discovery = discover(image);
    let mut last = None;
    for function in &discovery.functions {
        assert!(last < Some(function.start), "functions are sorted");
        last = Some(function.start);
        assert!(
            function.block_at(function.start).is_some(),
            "a block starts at the start"
        );
        let mut end = 0;
        for block in &function.blocks {
            assert!(
                block.start >= end && block.start < block.end,
                "blocks do not overlap"
            );
            assert!(
                block.start % 4 == 0 && image.is_code(block.start) && image.is_code(block.end - 4)
            );
            end = block.end;
        }
    }
    assert!(discovery.covered_bytes + discovery.padding_bytes <= discovery.code_bytes);
    discovery
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_changed(file in 0usize..6, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = samples().swap_remove(file);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Ok(image) = GuestImage::parse(&bytes, "mutated") {
            check(&image);
        }
    }
}

/// An image of nothing but these words.
fn image_of(words: impl Iterator<Item = u32>) -> GuestImage {
    let mut image = GuestImage::parse(&samples()[0], "hostile").unwrap();
    image.symbols.clear();
    image.fdes.clear();
    image.relocations.clear();
    image.init_functions.clear();
    image.segments.truncate(1);
    let segment = &mut image.segments[0];
    segment.data = words.flat_map(u32::to_le_bytes).collect();
    segment.memsz = segment.data.len() as u64;
    image.entry = segment.vaddr;
    image.code = std::iter::once(segment.vaddr..segment.end()).collect();
    image
}

/// Each word branches or calls somewhere else: no step may be quadratic.
#[test]
fn only_branches() {
    const WORDS: u32 = 1 << 17;
    let mut state = 1u32;
    let mut random = move || {
        state = state.wrapping_mul(0x915f_77f5).wrapping_add(0x2545_f491);
        state >> 8
    };
    // A direct branch from word `i` to word `to`.
    let branch = |opcode: u32, i: u32, to: u32| opcode | (to.wrapping_sub(i) & 0x03ff_ffff);
    let conditional = |i: u32, to: u32| 0x5400_0000 | (to.wrapping_sub(i) & 0x7_ffff) << 5;
    type Change = Box<dyn FnMut(u32) -> u32>;
    let cases: [(&str, Change); 6] = [
        (
            "calls anywhere",
            Box::new(move |i| branch(0x9400_0000, i, random() % WORDS)),
        ),
        (
            "jumps anywhere",
            Box::new(move |i| branch(0x1400_0000, i, random() % WORDS)),
        ),
        (
            "conditional branches anywhere",
            Box::new(move |i| conditional(i, random() % WORDS)),
        ),
        (
            "each calls the one before",
            Box::new(move |i| branch(0x9400_0000, i, i.wrapping_sub(1) % WORDS)),
        ),
        (
            "each jumps two ahead",
            Box::new(move |i| branch(0x1400_0000, i, (i + 2) % WORDS)),
        ),
        (
            "indirect jumps through loads",
            Box::new(|i| [0xf860_7820, 0xd61f_0000][i as usize % 2]),
        ),
    ];
    for (name, word) in cases {
        let start = Instant::now();
        let discovery = check(&image_of((0..WORDS).map(word)));
        let blocks: usize = discovery.functions.iter().map(|f| f.blocks.len()).sum();
        assert!(blocks <= 8 * WORDS as usize, "{name}: {blocks} blocks");
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{name}: {:?}",
            start.elapsed()
        );
    }
}
