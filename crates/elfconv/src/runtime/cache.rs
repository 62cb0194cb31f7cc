//! Compiled modules, kept by content.
//!
//! An entry is two files in `$XDG_CACHE_HOME/elfconv` (or `~/.cache/elfconv`), named by a hash of everything that they depend on: `HASH.wasm`, the
//! translated module, and `HASH.cwasm`, the engine's code for it. Files appear whole by renaming. An entry that does not load is made again. When
//! the directory exceeds its limit, what was unused longest goes first. Without a usable directory everything works, uncached.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, Module};

use crate::output::replace_file;

/// Entries are removed beyond this many bytes.
const LIMIT: u64 = 1 << 30;

/// The name of an entry: a hash of what it depends on.
pub struct Key(Sha256);

impl Key {
    /// Start with the program that translates and the engine that compiles.
    pub fn new(engine: &Engine) -> Key {
        let mut key = Key(Sha256::new());
        key.add(env!("CARGO_PKG_VERSION").as_bytes());
        key.add(&identity_of_this_program());
        key.add(&engine_compatibility(engine));
        key
    }

    /// Add bytes; each addition is distinct from its neighbours.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn name(self) -> String {
        self.0
            .finalize()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }
}

/// A place in the cache, filled or not.
pub struct Entry {
    wasm: PathBuf,
    compiled: PathBuf,
}

impl Entry {
    /// The entry of this key, if there is a directory for it.
    pub fn new(key: Key) -> Option<Entry> {
        let directory = directory()?;
        fs::create_dir_all(&directory).ok()?;
        let name = key.name();
        Some(Entry {
            wasm: directory.join(format!("{name}.wasm")),
            compiled: directory.join(format!("{name}.cwasm")),
        })
    }

    /// The compiled module, if it is there and sound.
    pub fn load(&self, engine: &Engine) -> Option<Module> {
        // SAFETY: the file is in a directory that only this user writes to (`is_private`), was written by `store` under a name that is a hash of its
        // inputs, appears only complete, and the engine checks its own version and configuration in it.
        let module = unsafe { Module::deserialize_file(engine, &self.compiled) }.ok()?;
        // Used just now; that it cannot be noted is no reason to complain.
        for path in [&self.wasm, &self.compiled] {
            let _ = fs::File::open(path).and_then(|f| f.set_modified(SystemTime::now()));
        }
        Some(module)
    }

    /// The translated module, for what the compiled one does not hold.
    pub fn wasm(&self) -> Option<Vec<u8>> {
        fs::read(&self.wasm).ok()
    }

    /// Keep a module. A full disk or a read-only home only means that it is made again next time.
    pub fn store(&self, wasm: &[u8], module: &Module) {
        let Ok(compiled) = module.serialize() else {
            return;
        };
        let stored =
            replace_file(&self.wasm, wasm).and_then(|()| replace_file(&self.compiled, &compiled));
        if stored.is_ok()
            && let Some(directory) = self.wasm.parent()
        {
            prune(directory, LIMIT);
        }
    }
}

/// Remove what was unused longest until the rest fits.
fn prune(directory: &Path, limit: u64) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        })
        .collect();
    files.sort();
    let mut total: u64 = files.iter().map(|(_, len, _)| len).sum();
    for (_, len, path) in files {
        if total <= limit {
            break;
        }
        if fs::remove_file(path).is_ok() {
            total -= len;
        }
    }
}

/// The directory of the cache, if this user owns it alone.
fn directory() -> Option<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(path) if Path::new(&path).is_absolute() => PathBuf::from(path),
        _ => PathBuf::from(std::env::var_os("HOME")?).join(".cache"),
    };
    let directory = base.join("elfconv");
    fs::create_dir_all(&directory).ok()?;
    is_private(&directory).then_some(directory)
}

/// Code is loaded from there, so nobody else may write to it.
fn is_private(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(directory).is_ok_and(|metadata| {
        metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
    })
}

/// Another build of the same version may translate differently.
fn identity_of_this_program() -> Vec<u8> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::env::current_exe().and_then(fs::metadata);
    metadata.map_or(Vec::new(), |m| {
        [m.len() as i64, m.mtime(), m.mtime_nsec()]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect()
    })
}

/// The engine's version and configuration, and the host's processor.
fn engine_compatibility(engine: &Engine) -> [u8; 8] {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prunes_the_oldest() {
        let directory = std::env::temp_dir().join(format!("elfconv-prune-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        for (i, name) in ["old", "middle", "new"].iter().enumerate() {
            let path = directory.join(name);
            fs::write(&path, [0; 100]).unwrap();
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(i as u64);
            fs::File::open(&path).unwrap().set_modified(time).unwrap();
        }
        prune(&directory, 250);
        let mut left: Vec<_> = fs::read_dir(&directory)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["middle", "new"]);
        fs::remove_dir_all(directory).unwrap();
    }
}
