//! Facts in hand, by thing: the first in order is worked on, later ones wait behind it.
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use async_nats::jetstream;
use tokio::time::Instant;
use tracing::Span;
use uuid::Uuid;

use super::Event;
use super::received::Received;
use crate::telemetry;

/// Most facts in hand behind others; more are handed back to the broker.
const MOST: usize = 1000;

/// Source and id.
pub(super) type Thing = (String, Uuid);

/// A fact with the message that brought it.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) message: jetstream::Message,
    pub(super) received: Received,
    pub(super) event: Event,
    /// Why the message is no fact.
    pub(super) damage: Option<String>,
    /// How often the broker has delivered it.
    pub(super) delivered: i64,
}

impl Fact {
    pub(super) fn thing(&self) -> Thing {
        (self.event.source(), self.event.subject_id)
    }

    /// A span under the trace that the fact belongs to.
    pub(super) fn span(&self, consumer: &'static str, tries: i64) -> Span {
        let subject = self.message.subject.as_str();
        let span = tracing::info_span!("consume", otel.kind = "consumer", consumer, subject, tries);
        telemetry::continue_from(&span, self.event.traceparent.as_deref());
        span
    }
}

/// What was tried with the first fact of a thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) failures: i64,
    pub(super) gaps: i64,
    pub(super) since: Instant,
}

impl Used {
    fn nothing() -> Self {
        Self {
            failures: 0,
            gaps: 0,
            since: Instant::now(),
        }
    }
}

struct Queue {
    facts: BTreeMap<i64, Fact>,
    used: Used,
    due: Instant,
}

/// Where a fact came to stand.
pub(super) enum Put {
    /// First of its thing: it can be worked on.
    First,
    /// Behind another of its thing.
    Behind,
    /// Nowhere; its message is to be handed back.
    Full,
}

/// The facts in hand.
#[derive(Default)]
pub(super) struct Waiting(HashMap<Thing, Queue>);

impl Waiting {
    pub(super) fn put(&mut self, fact: Fact) -> Put {
        let full = self.0.values().map(|q| q.facts.len()).sum::<usize>() >= MOST;
        let queue = self.0.entry(fact.thing()).or_insert_with(|| Queue {
            facts: BTreeMap::new(),
            used: Used::nothing(),
            due: Instant::now(),
        });
        let revision = fact.event.revision;
        let first = queue.facts.first_key_value().map(|(first, _)| *first);
        if full && first.is_some_and(|first| first < revision) {
            return Put::Full;
        }
        // Delivered again: the newer message is the one to acknowledge.
        queue.facts.insert(revision, fact);
        if first.is_some_and(|first| first <= revision) {
            return Put::Behind;
        }
        queue.used = Used::nothing();
        Put::First
    }

    /// The first fact of a thing and what was tried with it.
    pub(super) fn first(&self, thing: &Thing) -> Option<(Fact, Used)> {
        let queue = self.0.get(thing)?;
        let (_, fact) = queue.facts.first_key_value()?;
        Some((fact.clone(), queue.used))
    }

    /// The first fact of the thing needs nothing more.
    pub(super) fn settled(&mut self, thing: &Thing) {
        if let Some(queue) = self.0.get_mut(thing) {
            queue.facts.pop_first();
            queue.used = Used::nothing();
            if queue.facts.is_empty() {
                self.0.remove(thing);
            }
        }
    }

    /// The first fact of the thing failed and is due again after the pause.
    pub(super) fn failed(&mut self, thing: &Thing, pause: Duration) {
        if let Some(queue) = self.0.get_mut(thing) {
            queue.used.failures += 1;
            queue.due = Instant::now() + pause;
        }
    }

    /// The first fact of the thing waits for one that is not in hand; it is due again after the pause.
    pub(super) fn gap(&mut self, thing: &Thing, pause: Duration) {
        if let Some(queue) = self.0.get_mut(thing) {
            queue.used.gaps += 1;
            queue.due = Instant::now() + pause;
        }
    }

    /// The thing that is due next.
    pub(super) fn next_due(&self) -> Option<(Instant, Thing)> {
        let (thing, queue) = self.0.iter().min_by_key(|(_, queue)| queue.due)?;
        Some((queue.due, thing.clone()))
    }

    /// Every message in hand.
    pub(super) fn messages(&self) -> impl Iterator<Item = &jetstream::Message> {
        self.0
            .values()
            .flat_map(|queue| queue.facts.values())
            .map(|fact| &fact.message)
    }
}
