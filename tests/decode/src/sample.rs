//! Which words are compared.
//!
//! Three kinds: uniformly random words; words made of the rows' patterns with random fields, half of them with one of the fixed bits inverted, because most rows are
//! so narrow that random words never meet them nor the reserved words beside them; and the code of real programs. The first two follow from a seed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use elfconv_a64::rows;
use elfconv_oracle::case::Rng;
use object::{Object, ObjectSection, SectionFlags};

/// The stream of numbers with number `stream` of a seed.
pub fn stream(seed: u64, stream: u64) -> Rng {
    let mut mixed = Rng(seed ^ stream.wrapping_mul(0xd134_2543_de82_ef95));
    Rng(mixed.next())
}

/// A word of a row, or one next to it.
pub fn of_rows(random: &mut Rng) -> u32 {
    let row = &rows()[random.next() as usize % rows().len()].bits;
    let fields = random.next() as u32;
    let word = row.value | fields & !row.mask;
    match random.next() {
        odd if odd & 1 == 1 => {
            let at = (odd >> 1) as u32 % row.mask.count_ones();
            let bit = (0..32)
                .filter(|i| row.mask >> i & 1 == 1)
                .nth(at as usize)
                .unwrap_or(0);
            word ^ 1 << bit
        }
        _ => word,
    }
}

/// The repository's `target/corpus/root`, where `cargo xtask setup` unpacks Debian's arm64 programs.
pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/corpus/root")
}

/// The different words in executable sections of all AArch64 ELF files below a directory, and how many words those sections have. Data that lies between functions is
/// among them.
///
/// # Errors
/// If a file or directory cannot be read.
pub fn of_programs(directory: &Path) -> Result<(Vec<u32>, usize)> {
    let (mut words, mut all) = (BTreeSet::new(), 0);
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                directories.push(entry.path());
            } else if entry.file_type()?.is_file() {
                let bytes = fs::read(entry.path())?;
                for word in code(&bytes) {
                    words.insert(word);
                    all += 1;
                }
            }
        }
    }
    Ok((words.into_iter().collect(), all))
}

/// The words of a file's executable sections; none if it is no ELF file for AArch64.
fn code(bytes: &[u8]) -> Vec<u32> {
    let Ok(file) = object::File::parse(bytes) else {
        return Vec::new();
    };
    if file.architecture() != object::Architecture::Aarch64 {
        return Vec::new();
    }
    file.sections()
        .filter(|section| {
            matches!(section.flags(), SectionFlags::Elf { sh_flags, .. } if sh_flags.contains(object::elf::SHF_EXECINSTR))
        })
        .filter_map(|section| section.data().ok())
        .flat_map(|data| data.as_chunks().0)
        .map(|word| u32::from_le_bytes(*word))
        .collect()
}
