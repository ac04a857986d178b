//! Reads streams and acknowledges what took effect or was put aside.
//!
//! A fact that must wait stays in hand, with later ones of its thing behind it: when its turn comes they follow
//! at once. Handing them back to the broker instead would bring them out of order, each after a pause of its own.
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::{self, AckKind, stream};
use futures::{FutureExt, StreamExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::apply::{Obstacle, apply, park};
use super::received::Received;
use super::waiting::{Fact, Put, Thing, Waiting};
use super::{Failure, Handler, Patience, Subscription};
use crate::Db;
use crate::bus::Bus;

/// Facts fetched ahead. After a crash these wait until their time to be acknowledged is over.
const AHEAD: usize = 32;
const ACK_WAIT: Duration = Duration::from_secs(10);
/// How often we confirm that waiting facts are still in hand.
const KEEP: Duration = Duration::from_secs(3);
/// Facts that the broker may have given out and not heard of yet, in hand or handed back.
const UNDER_WAY: i64 = 10_000;
/// Longest pause before we look whether the missing fact took effect in another replica.
const LONGEST_GAP: Duration = Duration::from_secs(1);
/// When the broker is to offer a fact again for which there is no room in hand.
const HAND_BACK: Duration = Duration::from_secs(5);
/// The broker must give a sign of life so often while there is nothing to read.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// After such a silence we ask anew, in case the broker has forgotten us.
const SILENCE: Duration = Duration::from_secs(60);

/// Gives facts their effect until told to stop. Waits for streams that do not exist yet, and outlives the broker
/// and the database; so this ends with `Ok` only.
pub async fn consume(
    db: Db,
    bus: Bus,
    subscription: Subscription,
    handler: Handler,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    consume_with(db, bus, subscription, handler, stop, Patience::default()).await
}

/// As [`consume`], with another patience.
pub async fn consume_with(
    db: Db,
    bus: Bus,
    subscription: Subscription,
    handler: Handler,
    stop: CancellationToken,
    patience: Patience,
) -> anyhow::Result<()> {
    let mut nouns: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for (role, noun) in subscription.from {
        nouns.entry(role).or_default().push(noun);
    }
    // Readers end with this task, however it ends.
    let mut readers = JoinSet::new();
    for (role, mut nouns) in nouns {
        if nouns.contains(&"*") {
            // The broker refuses filters that overlap.
            nouns = vec!["*"];
        }
        let reader = Reader {
            db: db.clone(),
            bus: bus.clone(),
            name: subscription.name,
            role,
            nouns,
            handler: handler.clone(),
            patience,
            stop: stop.clone(),
            waiting: Waiting::default(),
        };
        readers.spawn(reader.run());
    }
    while let Some(ended) = readers.join_next().await {
        ended.context("a reader of facts stopped")?;
    }
    Ok(())
}

/// Reads one role's stream.
struct Reader {
    db: Db,
    bus: Bus,
    name: &'static str,
    role: &'static str,
    nouns: Vec<&'static str>,
    handler: Handler,
    patience: Patience,
    stop: CancellationToken,
    waiting: Waiting,
}

impl Reader {
    async fn run(mut self) {
        let mut told = false;
        while !self.stop.is_cancelled() {
            match self.read(&mut told).await {
                Ok(()) => {}
                Err(error) if told => {
                    tracing::debug!(
                        consumer = self.name,
                        from = self.role,
                        error = format!("{error:#}"),
                        "reads anew"
                    );
                }
                Err(error) => {
                    told = true;
                    let error = format!("{error:#}");
                    tracing::info!(
                        consumer = self.name,
                        from = self.role,
                        error,
                        "waits for the stream"
                    );
                }
            }
            tokio::select! {
                () = sleep(Duration::from_millis(500)) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    /// Reads until told to stop, or until it is time to ask anew.
    async fn read(&mut self, told: &mut bool) -> anyhow::Result<()> {
        self.bus.ensure_connected()?;
        let consumer = self.consumer().await?;
        let mut messages = consumer
            .stream()
            .max_messages_per_batch(AHEAD)
            .heartbeat(HEARTBEAT)
            .expires(HEARTBEAT * 10)
            .messages()
            .await?;
        *told = false;
        let mut heard = Instant::now();
        let mut keep = interval(KEEP);
        while !self.stop.is_cancelled() {
            let due = self.waiting.next_due();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                _ = keep.tick() => self.keep_waiting().await,
                thing = at(due) => self.work(&thing).await,
                next = timeout_at(heard + SILENCE, messages.next()) => match next {
                    Ok(Some(Ok(message))) => {
                        heard = Instant::now();
                        self.take(message).await;
                    }
                    Ok(Some(Err(error))) => {
                        tracing::debug!(consumer = self.name, from = self.role, %error, "the subscription broke");
                        return Ok(());
                    }
                    Ok(None) | Err(_) => return Ok(()),
                },
            }
        }
        // Another replica, or we after a restart, need not wait until their time is over. They come back when
        // we have let go of the subscription, else they might be delivered to it.
        let mut ahead = Vec::new();
        while let Some(Some(Ok(message))) = messages.next().now_or_never() {
            ahead.push(message);
        }
        drop(messages);
        for message in self.waiting.messages().chain(&ahead) {
            acknowledge(message, AckKind::Nak(Some(Duration::from_millis(200)))).await;
        }
        // The process may end next.
        let _ = timeout(Duration::from_secs(1), self.bus.client.flush()).await;
        Ok(())
    }

    /// The durable consumer. One that reads too few nouns is replaced, so that the new nouns are read from
    /// their beginning; what took effect before is passed over. One that reads more belongs to a newer version
    /// of this role that is being rolled out.
    async fn consumer(&self) -> anyhow::Result<PullConsumer> {
        let stream: stream::Stream = self.bus.js.get_stream(self.bus.stream(self.role)).await?;
        let wanted: Vec<String> = self.nouns.iter().map(|noun| self.filter(noun)).collect();
        match stream.consumer_info(self.name).await {
            Ok(stored) => {
                let mut filters = stored.config.filter_subjects;
                filters.extend(Some(stored.config.filter_subject).filter(|one| !one.is_empty()));
                if wanted.iter().all(|w| filters.contains(w)) {
                    let stored = stream.get_consumer(self.name).await;
                    return stored.map_err(|e| anyhow::anyhow!(e));
                }
                tracing::info!(
                    consumer = self.name,
                    from = self.role,
                    "reads more nouns now, so starts over"
                );
                stream.delete_consumer(self.name).await?;
            }
            Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let config = pull::Config {
            durable_name: Some(self.name.to_owned()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: UNDER_WAY,
            filter_subjects: wanted,
            ..pull::Config::default()
        };
        Ok(stream.create_consumer(config).await?)
    }

    fn filter(&self, noun: &str) -> String {
        match noun {
            "*" => format!("kt.{}.{}.>", self.bus.region(), self.role),
            noun => format!("kt.{}.{}.{noun}.>", self.bus.region(), self.role),
        }
    }

    /// Takes a message in hand, and works on its thing unless that waits for an earlier fact.
    async fn take(&mut self, message: jetstream::Message) {
        let (tries, place) = match message.info() {
            Ok(info) => (info.delivered, info.stream_sequence),
            Err(error) => {
                tracing::error!(consumer = self.name, %error, "a message without a place in the stream");
                return;
            }
        };
        let received = Received::new(&message, place);
        if !self.is_ours(&message) {
            // Read for a newer version of this role. When no such version comes, the noun was given up.
            let pause = self.patience.pause(tries);
            let verdict = if tries < self.patience.tries {
                AckKind::Nak(Some(pause))
            } else {
                AckKind::Ack
            };
            return acknowledge(&message, verdict).await;
        }
        let (event, damage) = match received.event() {
            Ok(event) => (event, None),
            Err(damage) => (received.stand_in(), Some(damage.to_string())),
        };
        let fact = Fact {
            message: message.clone(),
            received,
            event,
            damage,
            delivered: tries,
        };
        let thing = fact.thing();
        match self.waiting.put(fact) {
            Put::First => self.work(&thing).await,
            Put::Behind => {}
            Put::Full => acknowledge(&message, AckKind::Nak(Some(HAND_BACK))).await,
        }
    }

    /// Works on a thing's facts in hand until none is left or one must wait.
    async fn work(&mut self, thing: &Thing) {
        while let Some((fact, used)) = self.waiting.first(thing) {
            let tries = fact.delivered.max(used.failures + 1);
            let span = fact.span(self.name, tries);
            match self
                .attempt(fact.clone(), tries, used.since)
                .instrument(span)
                .await
            {
                Attempt::Settled => {
                    acknowledge(&fact.message, AckKind::Ack).await;
                    self.waiting.settled(thing);
                }
                Attempt::Gap => {
                    let pause = self.patience.pause(used.gaps + 1).min(LONGEST_GAP);
                    return self.waiting.gap(thing, pause);
                }
                Attempt::Later => return self.waiting.failed(thing, self.patience.pause(tries)),
                Attempt::Outage => {
                    self.wait_for_database().await;
                    if self.stop.is_cancelled() {
                        return;
                    }
                }
            }
        }
    }

    async fn attempt(&self, fact: Fact, tries: i64, since: Instant) -> Attempt {
        let limit = self.patience.tries;
        let error = if let Some(damage) = &fact.damage {
            damage.clone()
        } else if fact.delivered > limit {
            // Deliveries count before the work, so a fact that ends the process is put aside too.
            format!("was given up after {} tries", fact.delivered - 1)
        } else {
            let (event, received) = (fact.event.clone(), fact.received.clone());
            match apply(&self.db, self.name, &self.handler, event, received).await {
                Ok(()) => return Attempt::Settled,
                Err(Obstacle::Gap) if since.elapsed() < self.patience.total() => {
                    return Attempt::Gap;
                }
                Err(Obstacle::Gap) => "an earlier fact of the thing is missing".to_owned(),
                Err(Obstacle::Failed(Failure::Poison(error))) => error,
                // An outage of our own database is not the fact's fault and uses up no tries.
                Err(Obstacle::Failed(Failure::Later(_))) if !self.database_answers().await => {
                    return Attempt::Outage;
                }
                Err(Obstacle::Failed(Failure::Later(error))) if tries < limit => {
                    tracing::debug!(error, "the fact is tried again later");
                    return Attempt::Later;
                }
                Err(Obstacle::Failed(Failure::Later(error))) => error,
            }
        };
        tracing::error!(error, "a fact was put aside and its thing parked");
        match park(&self.db, self.name, fact.event, fact.received, error, tries).await {
            Ok(()) => Attempt::Settled,
            Err(error) => {
                tracing::warn!(%error, "a fact could not be put aside; it is tried again");
                Attempt::Later
            }
        }
    }

    fn is_ours(&self, message: &jetstream::Message) -> bool {
        let noun = message.subject.split('.').nth(3).unwrap_or_default();
        self.nouns.iter().any(|ours| *ours == "*" || *ours == noun)
    }

    /// Tells the broker that we still have these in hand, so that it does not deliver them again.
    async fn keep_waiting(&self) {
        for message in self.waiting.messages() {
            acknowledge(message, AckKind::Progress).await;
        }
    }

    async fn database_answers(&self) -> bool {
        sqlx::query("select 1")
            .execute(self.db.pool())
            .await
            .is_ok()
    }

    async fn wait_for_database(&self) {
        tracing::warn!(
            consumer = self.name,
            "the database does not answer; facts wait"
        );
        let mut kept = Instant::now();
        while !self.database_answers().await {
            tokio::select! {
                () = sleep(Duration::from_secs(1)) => {}
                () = self.stop.cancelled() => return,
            }
            if kept.elapsed() > KEEP {
                self.keep_waiting().await;
                kept = Instant::now();
            }
        }
        tracing::info!(consumer = self.name, "the database answers again");
    }
}

/// What became of one try.
enum Attempt {
    /// It can be acknowledged.
    Settled,
    Gap,
    Later,
    Outage,
}

async fn at(due: Option<(Instant, Thing)>) -> Thing {
    match due {
        Some((at, thing)) => {
            sleep_until(at).await;
            thing
        }
        None => std::future::pending().await,
    }
}

/// An acknowledgement that gets lost only leads to another delivery, which has no effect.
async fn acknowledge(message: &jetstream::Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        tracing::debug!(%error, "an acknowledgement was not sent");
    }
}
