//! The keys of a stack that `up` runs: made once, kept in a file that its owner alone can read.
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kit::Secret;
use kit::auth::Signer;
use rand_core::{OsRng, RngCore};
use serde::{Deserialize, Serialize};

use crate::settings::Settings;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seeds {
    /// Signs people's access tokens.
    issuer: String,
    /// Signs the roles' own tokens.
    service: String,
    /// Signs tickets.
    ticket: String,
}

/// Fills in every key that is not configured with the ones kept in `file`, which is made if missing.
pub fn fill_in(settings: &mut Settings, file: &Path) -> anyhow::Result<()> {
    let seeds = if file.exists() {
        read(file)?
    } else {
        make(file)?
    };
    if settings.identity.issuer_seed.is_empty() {
        settings.identity.issuer_seed = Secret::new(&seeds.issuer);
    }
    if settings.auth.issuer_public_key.is_empty() {
        settings.auth.issuer_public_key =
            Signer::people(&settings.identity.issuer_seed)?.public_key();
    }
    if settings.auth.service_seed.is_empty() {
        settings.auth.service_seed = Secret::new(&seeds.service);
    }
    if settings.ticketing.ticket_seed.is_empty() {
        settings.ticketing.ticket_seed = Secret::new(&seeds.ticket);
    }
    Ok(())
}

/// Prints new keys as the environment variables that every role of a stack reads.
pub fn print() -> anyhow::Result<()> {
    for (name, key) in new_keys()? {
        println!("KT_{}={key}", name.replace('.', "__").to_uppercase());
    }
    Ok(())
}

/// Writes new keys into `dir`, each into a file of its own that its owner alone can read: `issuer_seed` and so on.
pub fn write(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    let files =
        new_keys()?.map(|(name, key)| (dir.join(name.rsplit('.').next().unwrap_or(name)), key));
    for (file, _) in &files {
        anyhow::ensure!(
            !file.exists(),
            "{} is there already and is left as it is; choose another folder, for new keys make tickets and sign-ins of the old ones void",
            file.display()
        );
    }
    for (file, key) in &files {
        let written = private(file)
            .and_then(|mut out| out.write_all(key.as_bytes()).and_then(|()| out.sync_all()));
        written.with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// The settings' names and new values.
fn new_keys() -> anyhow::Result<[(&'static str, String); 4]> {
    let issuer = seed();
    let public = Signer::people(&Secret::new(&issuer))?.public_key();
    Ok([
        ("auth.issuer_public_key", public),
        ("identity.issuer_seed", issuer),
        ("auth.service_seed", seed()),
        ("ticketing.ticket_seed", seed()),
    ])
}

/// A new file for its owner alone.
fn private(file: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
}

fn read(file: &Path) -> anyhow::Result<Seeds> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    toml::from_str(&text).with_context(|| {
        format!("{} is damaged; restore it from a backup, for tickets signed with its keys would be lost", file.display())
    })
}

fn make(file: &Path) -> anyhow::Result<Seeds> {
    let seeds = Seeds {
        issuer: seed(),
        service: seed(),
        ticket: seed(),
    };
    // Written beside and renamed, so that a half-written file never looks like keys.
    let half = file.with_extension("half");
    let _ = std::fs::remove_file(&half);
    let mut out = private(&half)?;
    out.write_all(toml::to_string(&seeds)?.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&half, file)?;
    Ok(seeds)
}

fn seed() -> String {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_kept_for_their_owner_alone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("keys.toml");
        let mut first = Settings::default();
        fill_in(&mut first, &file).expect("made");
        let mut second = Settings::default();
        fill_in(&mut second, &file).expect("read");
        assert_eq!(first.auth.issuer_public_key, second.auth.issuer_public_key);
        assert_eq!(first.ticketing.ticket_seed, second.ticketing.ticket_seed);
        let mode = std::fs::metadata(&file)
            .expect("it exists")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn keys_in_files_fit_each_other_are_their_owners_alone_and_never_overwritten() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let dir = dir.path().join("new");
        write(&dir).expect("written");
        let read = |name: &str| std::fs::read_to_string(dir.join(name)).expect("it is there");
        let issuer = Signer::people(&Secret::new(read("issuer_seed"))).expect("a seed");
        assert_eq!(issuer.public_key(), read("issuer_public_key"));
        assert_ne!(read("service_seed"), read("ticket_seed"));
        for entry in std::fs::read_dir(&dir).expect("a folder") {
            let mode = entry
                .expect("an entry")
                .metadata()
                .expect("a file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }

        let before = read("service_seed");
        std::fs::remove_file(dir.join("issuer_seed")).expect("removed");
        let error = write(&dir).expect_err("some are there").to_string();
        assert!(error.contains("is there already"), "{error}");
        assert_eq!(read("service_seed"), before);
        assert!(!dir.join("issuer_seed").exists());
    }

    #[test]
    fn a_damaged_file_is_told_and_left_as_it_is() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("keys.toml");
        std::fs::write(&file, "issuer = \"").expect("written");
        let error = fill_in(&mut Settings::default(), &file)
            .expect_err("damaged")
            .to_string();
        assert!(error.contains("damaged"), "{error}");
        assert_eq!(
            std::fs::read_to_string(&file).expect("still there"),
            "issuer = \""
        );
    }
}
