//! Directories for throw-away servers.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, place, sys};

const PREFIX: &str = "kulturtorg-scratch-";

/// A temporary directory that servers started by root can use too. Dropping it removes it; a directory left
/// behind by a killed process is removed by the next one that needs a directory.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Tells the others that the owner lives.
    _lock: File,
}

impl Scratch {
    /// Makes a directory under the system's temporary one.
    pub fn new() -> Result<Scratch, Error> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let path = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&parent)
            .and_then(|dir| {
                fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).map(|()| dir.keep())
            })
            .map_err(Error::io("make a directory in", &parent))?;
        let lock = place::lock(&path)?;
        Ok(Scratch { path, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort: what stays is swept later.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes our directories whose owner is gone.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry
                .metadata()
                .is_ok_and(|meta| meta.is_dir() && meta.uid() == sys::user_id() && is_old(&meta));
        if ours && place::lock(&entry.path()).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A directory made this instant may not have its lock yet, and servers may still be ending in it.
fn is_old(meta: &fs::Metadata) -> bool {
    let age = meta.modified().ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_secs(30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_the_dead_are_swept_and_those_of_the_living_are_kept() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str, age: u64| {
            let dir = parent.path().join(name);
            fs::create_dir(&dir).unwrap();
            let lock = place::lock(&dir).unwrap();
            let then = std::time::SystemTime::now() - Duration::from_secs(age);
            File::open(&dir).unwrap().set_modified(then).unwrap();
            (dir, lock)
        };
        let (living, _held) = make("kulturtorg-scratch-living", 100);
        let (dead, lock) = make("kulturtorg-scratch-dead", 100);
        drop(lock);
        let (fresh, lock) = make("kulturtorg-scratch-fresh", 0);
        drop(lock);
        let (foreign, lock) = make("something-else", 100);
        drop(lock);

        sweep(parent.path());
        assert!(living.exists() && fresh.exists() && foreign.exists());
        assert!(!dead.exists());
    }
}
