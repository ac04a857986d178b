//! Passwords: Argon2id, few at a time, because each takes 19 MiB and a core for some ten milliseconds.
use std::sync::Arc;

use argon2::password_hash::{self, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::OsRng;
use tokio::sync::Semaphore;

use crate::error::Error;

/// Hashes that are computed at once.
const AT_ONCE: usize = 2;
/// Calls that may wait for their turn; more are refused.
const WAITING: usize = 32;

/// Computes hashes away from the threads that serve calls.
#[derive(Clone)]
pub(crate) struct Hasher {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// The hash of a password that nobody knows, for addresses without an account.
    nobody: Arc<str>,
}

impl Hasher {
    /// A hasher for this machine.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let nobody = hash(&crate::token::new().0)
            .map_err(|e| anyhow::anyhow!("passwords cannot be hashed: {e}"))?;
        Ok(Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            admitted: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            nobody: nobody.into(),
        })
    }

    /// The hash to store for a password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Error> {
        self.run(move || hash(&password)).await
    }

    /// Whether this is the password. Without a hash to compare with it takes as long and says no.
    pub(crate) async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let same = self.run(move || verify(&password, &stored)).await?;
        Ok(known && same)
    }

    async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> password_hash::Result<T> + Send + 'static,
    {
        let admitted = self
            .admitted
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::Busy)?;
        let running = self
            .running
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Busy)?;
        let work = move || {
            // Held by the work itself: a caller who goes away does not free a core that is still busy.
            let _held = (admitted, running);
            work()
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|e| Error::Hashing(e.to_string()))?
            .map_err(|e| Error::Hashing(e.to_string()))
    }
}

fn argon2() -> password_hash::Result<Argon2<'static>> {
    Ok(Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(19_456, 2, 1, None)?,
    ))
}

fn hash(password: &str) -> password_hash::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    Ok(argon2()?
        .hash_password(password.as_bytes(), &salt)?
        .to_string())
}

fn verify(password: &str, stored: &str) -> password_hash::Result<bool> {
    match argon2()?.verify_password(password.as_bytes(), &PasswordHash::new(stored)?) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::Password) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_exactly() {
        let hasher = Hasher::new().expect("it hashes");
        let stored = hasher.hash(" lösen ord ".to_owned()).await.expect("hashed");
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        let verify = async |password: &str, stored: &str| {
            hasher
                .verify(password.to_owned(), Some(stored.to_owned()))
                .await
                .expect("compared")
        };
        assert!(verify(" lösen ord ", &stored).await);
        for other in ["lösen ord", " Lösen ord ", " lo\u{308}sen ord ", ""] {
            assert!(!verify(other, &stored).await, "{other:?}");
        }
        assert!(!hasher.verify("x".to_owned(), None).await.expect("compared"));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = Hasher::new().expect("it hashes");
        let held = hasher
            .admitted
            .clone()
            .try_acquire_many_owned((AT_ONCE + WAITING) as u32)
            .expect("free");
        assert!(matches!(
            hasher.hash("x".to_owned()).await,
            Err(Error::Busy)
        ));
        drop(held);
        assert!(hasher.hash("x".to_owned()).await.is_ok());
    }
}
