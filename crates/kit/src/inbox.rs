//! Facts of other roles take effect here: each once, a thing's facts in order. [`consume`] reads the streams;
//! what a fact means is the service's [`Handler`], which gets the transaction in which the fact is also noted.
//!
//! A fact whose handler fails is tried again; later facts of the same thing wait for it, others go on. What is
//! hopeless is put aside in `dead_letter` and its thing parked, until [`release`] or [`skip`].
mod apply;
mod parked;
mod reader;
mod received;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use prost::{Message, Name};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tonic::Code;
use uuid::Uuid;

use crate::db;

pub use parked::{Parked, parked, release, skip};
pub use reader::{consume, consume_with};

/// What a consumer reads.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Name of the durable consumer, `search-index`. It stands for how far we have read: a new name reads all
    /// facts from the beginning.
    pub name: &'static str,
    /// Role and noun of the facts; `*` means all nouns of the role.
    pub from: &'static [(&'static str, &'static str)],
}

/// Gives a fact its effect within a transaction. Facts that it does not care for it passes over with `Ok`.
///
/// `Arc::new(|tx, event| Box::pin(async move { … }))`
pub type Handler =
    Arc<dyn for<'t> Fn(&'t mut db::Tx, Event) -> BoxFuture<'t, Result<(), Failure>> + Send + Sync>;

/// A fact as another role published it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The fact's own id.
    pub id: Uuid,
    /// Full name of its message, `kulturtorg.review.v1.ReviewApproved`.
    pub kind: String,
    /// The role that published it.
    pub source_role: String,
    /// What kind of thing it is about.
    pub noun: String,
    /// What happened to the thing.
    pub verb: String,
    /// The thing.
    pub subject_id: Uuid,
    /// 1 for the thing's first fact, then counting on.
    pub revision: i64,
    /// When it was published.
    pub time: OffsetDateTime,
    /// The message.
    pub payload: Bytes,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
}

impl Event {
    /// The message, if it is an `M`; `None` when it is of another type, [`Failure::Poison`] when it is damaged.
    pub fn read<M: Message + Default + Name>(&self) -> Result<Option<M>, Failure> {
        if self.kind != M::full_name() {
            return Ok(None);
        }
        let read = M::decode(self.payload.clone());
        read.map(Some)
            .map_err(|e| Failure::Poison(format!("{} cannot be decoded: {e}", self.kind)))
    }

    /// Whose revisions count together: `role.noun`.
    fn source(&self) -> String {
        format!("{}.{}", self.source_role, self.noun)
    }

    /// Reads subject and headers; an error says what is wrong with them.
    fn parse<'h>(
        subject: &str,
        header: impl Fn(&str) -> Option<&'h str>,
        payload: Bytes,
    ) -> Result<Self, String> {
        let parts: Vec<&str> = subject.split('.').collect();
        let ["kt", _, role, noun, verb, id] = parts[..] else {
            return Err(format!("the subject {subject} has another form"));
        };
        let need = |name: &str| header(name).ok_or_else(|| format!("the header {name} is missing"));
        // A later version of CloudEvents may mean other things by the same headers.
        if !need("ce-specversion")?.starts_with("1.") {
            return Err("ce-specversion is no version that is read here".to_owned());
        }
        let revision = need("ce-sequence")?.parse().ok().filter(|r| *r > 0);
        Ok(Self {
            id: uuid("ce-id", need("ce-id")?)?,
            kind: need("ce-type")?.to_owned(),
            source_role: role.to_owned(),
            noun: noun.to_owned(),
            verb: verb.to_owned(),
            subject_id: uuid("the subject's id", id)?,
            revision: revision.ok_or("the header ce-sequence is no number above 0")?,
            time: OffsetDateTime::parse(need("ce-time")?, &Rfc3339)
                .map_err(|e| format!("ce-time: {e}"))?,
            payload,
            traceparent: header("traceparent").map(str::to_owned),
        })
    }
}

/// The error does not repeat the text, which may be anything and comes into the log.
fn uuid(what: &str, text: &str) -> Result<Uuid, String> {
    Uuid::parse_str(text).map_err(|_| format!("{what} is no UUID"))
}

/// Why a fact could not take effect. Nothing of the handler's transaction remains.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Trying again cannot help: the fact is damaged, or contradicts what holds here.
    #[error("{0}")]
    Poison(String),
    /// Something is missing that will come: the database, another role, another fact.
    #[error("{0}")]
    Later(String),
}

impl From<sqlx::Error> for Failure {
    /// The database may be back, and a lock be free, the next time. What never heals is put aside when the tries
    /// are used up.
    fn from(error: sqlx::Error) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<tonic::Status> for Failure {
    /// An answer about the request itself will be the same next time. Others heal: outages, and also missing
    /// rights and methods, which a rollout brings.
    fn from(status: tonic::Status) -> Self {
        let text = format!("{:?}: {}", status.code(), status.message());
        match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::DataLoss => Self::Poison(text),
            _ => Self::Later(text),
        }
    }
}

/// How often and how long a fact is tried before it is put aside.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Most tries.
    pub tries: i64,
    /// Pause after the first try; it doubles with each.
    pub first: Duration,
    /// Longest pause.
    pub longest: Duration,
}

impl Default for Patience {
    /// 50 tries in about 20 minutes.
    fn default() -> Self {
        Self {
            tries: 50,
            first: Duration::from_millis(50),
            longest: Duration::from_secs(30),
        }
    }
}

impl Patience {
    fn pause(&self, tries: i64) -> Duration {
        let doublings = u32::try_from((tries - 1).clamp(0, 20)).unwrap_or(20);
        self.first
            .saturating_mul(2u32.pow(doublings))
            .min(self.longest)
    }

    /// How long a fact waits for a missing one.
    fn total(&self) -> Duration {
        let tries = u32::try_from(self.tries).unwrap_or(u32::MAX);
        self.longest.saturating_mul(tries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(subject: &str, left_out: &str) -> Result<Event, String> {
        let header = |name: &str| match name {
            _ if name == left_out => None,
            "ce-specversion" => Some("1.0"),
            "ce-id" => Some("0198f2a0-0000-7000-8000-000000000001"),
            "ce-type" => Some("google.protobuf.Duration"),
            "ce-sequence" => Some("00000000000000000012"),
            "ce-time" => Some("2026-11-21T05:00:00.123456Z"),
            "traceparent" => Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            _ => None,
        };
        Event::parse(subject, header, Bytes::from_static(b"\x08\x07"))
    }

    const SUBJECT: &str = "kt.varmland.events.event.published.0198f2a0-0000-7000-8000-000000000002";

    #[test]
    fn a_fact_is_read_from_subject_and_headers() {
        let event = parse(SUBJECT, "").expect("all is there");
        assert_eq!(
            (event.source().as_str(), event.verb.as_str(), event.revision),
            ("events.event", "published", 12)
        );
        let message = event.read::<prost_types::Duration>().expect("it decodes");
        assert_eq!(message.map(|m| m.seconds), Some(7));
        assert_eq!(event.read::<prost_types::Timestamp>(), Ok(None));
        assert!(event.traceparent.is_some_and(|t| t.starts_with("00-0af7")));
    }

    #[test]
    fn what_is_damaged_is_named() {
        for header in [
            "ce-specversion",
            "ce-id",
            "ce-type",
            "ce-sequence",
            "ce-time",
        ] {
            let error = parse(SUBJECT, header).expect_err("a header is missing");
            assert!(error.contains(header), "{error}");
        }
        assert!(parse("kt.varmland.events.event.published", "").is_err());
        assert!(parse("kt.varmland.events.event.published.seven", "").is_err());
        let mut event = parse(SUBJECT, "").expect("all is there");
        event.payload = Bytes::from_static(b"\xff");
        assert!(matches!(
            event.read::<prost_types::Duration>(),
            Err(Failure::Poison(_))
        ));
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_last_about_twenty_minutes() {
        let patience = Patience::default();
        let pauses: Vec<Duration> = (1..patience.tries).map(|t| patience.pause(t)).collect();
        assert_eq!(pauses[..3], [50, 100, 200].map(Duration::from_millis));
        assert!(pauses.iter().all(|p| *p <= patience.longest));
        let all: Duration = pauses.iter().sum();
        assert!((1100..1400).contains(&all.as_secs()), "{all:?}");
    }
}
