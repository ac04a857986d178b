//! How much goes on at once. Whoever comes when all places are taken is refused at once and told so,
//! instead of making those slower who came before.
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::Settings;
use crate::fault::later;
use crate::line::Line;
use crate::methods::Method;

/// When somebody who was refused may come again.
const AGAIN: Duration = Duration::from_millis(500);

/// The places for calls.
pub(crate) struct Places {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    accounts: PerKey<Uuid>,
}

/// A place that a call holds until its answer has left.
#[derive(Default)]
pub(crate) struct Place {
    permits: Vec<OwnedSemaphorePermit>,
    _line: Option<Arc<Line>>,
    account: Option<Held<Uuid>>,
}

impl Place {
    /// A place among the calls of its address. Whoever takes long to send holds this one alone.
    pub(crate) fn enter(line: &Arc<Line>) -> Result<Self, Status> {
        Ok(Self {
            permits: vec![line.call().ok_or_else(too_many)?],
            _line: Some(line.clone()),
            account: None,
        })
    }

    #[cfg(test)]
    pub(crate) fn of(permit: OwnedSemaphorePermit) -> Self {
        Self {
            permits: vec![permit],
            ..Self::default()
        }
    }
}

impl Places {
    pub(crate) fn new(settings: &Settings, max_calls: usize) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(max_calls)),
            streams: Arc::new(Semaphore::new(settings.max_streams)),
            accounts: PerKey::new(settings.calls_per_account),
        }
    }

    /// Adds a place among all calls, and among those of the method's service; `lasts`: for one that may stay for minutes.
    pub(crate) fn take(
        &self,
        place: &mut Place,
        method: &Method,
        lasts: bool,
    ) -> Result<(), Status> {
        let semaphores = [
            Some(&self.calls),
            lasts.then_some(&self.streams),
            method.places(),
        ];
        for semaphore in semaphores.into_iter().flatten() {
            let permit = semaphore.clone().try_acquire_owned();
            place.permits.push(permit.map_err(|_| overloaded())?);
        }
        Ok(())
    }

    /// Notes which account holds the place.
    pub(crate) fn note_account(&self, place: &mut Place, account: Uuid) -> Result<(), Status> {
        place.account = Some(self.accounts.take(account).ok_or_else(too_many)?);
        Ok(())
    }
}

/// Refused because too much goes on.
pub(crate) fn overloaded() -> Status {
    later(
        Code::ResourceExhausted,
        "OVERLOADED",
        "too much is going on just now; try again shortly",
        AGAIN,
    )
}

fn too_many() -> Status {
    later(
        Code::ResourceExhausted,
        "TOO_MANY_CALLS",
        "you have too many calls open; wait for some to end",
        AGAIN,
    )
}

/// Counts what each key holds, up to a limit.
pub(crate) struct PerKey<K>(Arc<Counts<K>>);

struct Counts<K> {
    most: usize,
    held: Mutex<HashMap<K, usize>>,
}

/// One of a key's places; given back when dropped.
pub(crate) struct Held<K: Hash + Eq> {
    counts: Arc<Counts<K>>,
    key: K,
}

impl<K: Hash + Eq + Clone> PerKey<K> {
    pub(crate) fn new(most: usize) -> Self {
        Self(Arc::new(Counts {
            most,
            held: Mutex::default(),
        }))
    }

    /// A place, unless the key holds as many as it may.
    pub(crate) fn take(&self, key: K) -> Option<Held<K>> {
        let mut held = self.0.lock();
        let count = held.entry(key.clone()).or_insert(0);
        if *count >= self.0.most {
            return None;
        }
        *count += 1;
        Some(Held {
            counts: self.0.clone(),
            key,
        })
    }
}

impl<K> Counts<K> {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, usize>> {
        self.held
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<K: Hash + Eq> Drop for Held<K> {
    fn drop(&mut self) {
        let mut held = self.counts.lock();
        if let Some(count) = held.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_holds_as_many_as_it_may_and_leaves_nothing_behind() {
        let counts = PerKey::new(2);
        let first = counts.take("a");
        let second = counts.take("a");
        assert!(first.is_some() && second.is_some());
        assert!(counts.take("a").is_none(), "a third");
        assert!(counts.take("b").is_some(), "another key");
        drop(first);
        assert!(counts.take("a").is_some(), "one was given back");
        drop(second);
        assert!(counts.0.lock().is_empty());
    }
}
