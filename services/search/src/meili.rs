//! The engine for many readers: a Meilisearch index, fed from the table ([`feed`]) and asked for keys alone
//! ([`query`]). What is shown is read from the table, so that nothing hidden appears while the index is late.
//! While it is away, late for the first time or being made anew, PostgreSQL answers.
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use kit::Db;
use meilisearch_sdk::client::Client;
use meilisearch_sdk::errors::{Error, ErrorCode};
use meilisearch_sdk::settings::Settings;
use region::Region;
use time::OffsetDateTime;

use crate::query::{Found, Place, Wanted};

pub(crate) mod feed;
mod index;
mod query;

/// After a failure it is left alone for so long.
const REST: Duration = Duration::from_secs(2);

/// A Meilisearch index.
pub(crate) struct Engine {
    client: Client,
    name: String,
    settings: Settings,
    /// Synonyms with letters that Meilisearch's list of synonyms has without their diacritics.
    folded: HashSet<String>,
    patience: Duration,
    /// The index holds what the table holds.
    whole: AtomicBool,
    resting_until: Mutex<Option<Instant>>,
}

impl Engine {
    /// `None` if none is configured. Nothing is sent yet.
    pub(crate) fn open(settings: &crate::Meili, region: &Region) -> anyhow::Result<Option<Self>> {
        if settings.url.is_empty() {
            return Ok(None);
        }
        // Not built with TLS: the index stands in the same network.
        anyhow::ensure!(
            settings.url.starts_with("http://"),
            "search.meilisearch.url must begin with http://"
        );
        let key = settings.key.expose();
        let key = (!key.is_empty()).then_some(key);
        let client = Client::new(settings.url.trim_end_matches('/'), key)
            .context("search.meilisearch.key cannot be sent as a header")?;
        Ok(Some(Self {
            client,
            name: settings.index.clone(),
            settings: index::settings(region),
            folded: index::folded_synonyms(region),
            patience: Duration::from_millis(settings.timeout_ms),
            whole: AtomicBool::new(false),
            resting_until: Mutex::default(),
        }))
    }

    /// What it finds; `None` if another engine must answer.
    pub(crate) async fn search(&self, db: &Db, wanted: &Wanted) -> sqlx::Result<Option<Found>> {
        // A list that PostgreSQL began goes on there.
        let begun_elsewhere = matches!(wanted.place, Some(Place::After { .. }));
        if begun_elsewhere || !self.is_whole() || self.rests() {
            return Ok(None);
        }
        let words = query::telling(db, wanted, &self.folded).await?;
        let asked = query::ask(self, &words, wanted);
        match tokio::time::timeout(self.patience, asked).await {
            Ok(Ok(answer)) => query::found(db, wanted, answer).await.map(Some),
            Ok(Err(error)) => {
                if is_missing(&error) {
                    self.set_whole(false);
                }
                self.rest(&error.to_string());
                Ok(None)
            }
            Err(_) => {
                self.rest("no answer in time");
                Ok(None)
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.whole.load(Ordering::Relaxed)
    }

    fn set_whole(&self, whole: bool) {
        self.whole.store(whole, Ordering::Relaxed);
    }

    fn rests(&self) -> bool {
        let until = *self.resting();
        until.is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self, why: &str) {
        tracing::warn!("PostgreSQL answers, because Meilisearch does not: {why}");
        *self.resting() = Some(Instant::now() + REST);
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.resting_until
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A time as the index compares it: milliseconds since 1970.
fn millis(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1000 + i64::from(at.millisecond())
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Meilisearch(e) if e.error_code == ErrorCode::IndexNotFound)
}
