//! From the outbox to the role's stream.
//!
//! One relay per role leads, by an advisory lock of the connection with which it also reads and marks the
//! outbox: who loses the connection loses all three. Every append names the stream's end as we know it, so even
//! two leaders, or a message that arrives minutes late, cannot double or reorder anything. After any failure the
//! leader starts from the beginning: take the lock, compare the stream's end with the outbox, go on.
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, bail};
use async_nats::HeaderMap;
use futures::FutureExt;
use sqlx::postgres::PgConnection;
use sqlx::types::time::OffsetDateTime;
use sqlx::{Connection, FromRow};
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Db;
use crate::bus::{Bus, Log, Message};

/// Most facts in one batch, and about how many bytes. The broker takes 1000 messages.
const BATCH: i64 = 500;
const BATCH_BYTES: i64 = 4 << 20;
/// Between two looks at the outbox. A commit in this process wakes us at once; one in another waits for the look.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(250);
/// Between two looks at an idle stream, which might have been lost.
const CHECK: Duration = Duration::from_secs(10);

/// Brings the role's facts to its stream until told to stop; then what is waiting still goes out, if the broker
/// takes it. Whatever fails is tried again, so this ends with `Ok` only.
pub async fn relay(
    db: Db,
    bus: Bus,
    role: &'static str,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut trouble = Trouble { role, told: None };
    let mut pause = SHORTEST;
    while !stop.is_cancelled() {
        let Err(error) = lead(&db, &bus, role, &stop, &mut trouble).await else {
            break;
        };
        pause = if trouble.told.is_none() {
            SHORTEST
        } else {
            (pause * 2).min(Duration::from_secs(2))
        };
        trouble.tell(&error);
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

/// Leads until told to stop or until anything fails.
async fn lead(
    db: &Db,
    bus: &Bus,
    role: &str,
    stop: &CancellationToken,
    trouble: &mut Trouble,
) -> anyhow::Result<()> {
    let mut outbox = connect(db).await?;
    while !lock(&mut outbox).await? {
        tokio::select! {
            () = sleep(Duration::from_secs(1)) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
    let log = Log::open(bus, role).await?;
    let mut end = catch_up(&mut outbox, &log).await?;
    tracing::debug!(role, end, "this relay leads");
    let mut pause = SHORTEST;
    let mut checked = Instant::now();
    loop {
        // Registered before the look, so that no commit falls between look and wait. It may be over at once, and
        // must then not be polled again.
        let mut published = pin!(db.published().fuse());
        let _ = futures::poll!(published.as_mut());
        // A connection that hangs must not hold the lead in silence.
        let moved = timeout(
            Duration::from_secs(30),
            step(&mut outbox, &log, bus.region(), role, end),
        )
        .await;
        let moved = moved.context("publishing hangs")??;
        end += moved;
        trouble.over();
        if moved > 0 {
            pause = SHORTEST;
            continue;
        }
        if stop.is_cancelled() {
            outbox.close().await?;
            return Ok(());
        }
        if checked.elapsed() > CHECK {
            let found = log.end().await?;
            if found != end {
                bail!("the stream ends at {found} instead of {end}");
            }
            checked = Instant::now();
        }
        tokio::select! {
            () = &mut published => pause = SHORTEST,
            () = sleep(pause) => pause = (pause * 2).min(LONGEST),
            () = stop.cancelled() => {}
        }
    }
}

/// A connection outside the pool. The server drops it, and with it the lead, soon after our machine is gone.
async fn connect(db: &Db) -> anyhow::Result<PgConnection> {
    let options = db.pool().connect_options().as_ref().clone().options([
        ("statement_timeout", "60s"),
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "2"),
    ]);
    let connected = timeout(Duration::from_secs(5), PgConnection::connect_with(&options)).await;
    connected
        .context("the database does not answer")?
        .context("the database cannot be reached")
}

async fn lock(outbox: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select pg_try_advisory_lock(hashtextextended('relay of ' || current_schema(), 0))",
    )
    .fetch_one(outbox)
    .await
}

/// Makes the outbox's marks agree with the stream, and tells where the stream ends.
async fn catch_up(outbox: &mut PgConnection, log: &Log) -> anyhow::Result<u64> {
    // Marks first: the stream only grows, so an end that lies before them means that it has lost facts.
    let (marks, last): (i64, i64) =
        sqlx::query_as("select count(stream_seq), coalesce(max(stream_seq), 0) from outbox")
            .fetch_one(&mut *outbox)
            .await?;
    let end = log.end().await?;
    let mut known = u64::try_from(last)?.min(end);
    if marks != last || (known > 0 && log.id_at(known).await? != id_of(outbox, known).await?) {
        tracing::warn!("the stream holds other facts than the outbox says; comparing all of it");
        known = 0;
    } else if u64::try_from(last)? > known {
        tracing::warn!(
            from = last,
            to = known,
            "the stream has lost facts; they are published again"
        );
    }
    forget(outbox, known).await?;
    while known < end {
        let stored = log.ids(known + 1, end, 1000).await?;
        let Some((last, _)) = stored.last() else {
            break;
        };
        known = *last;
        let marked = mark_stored(outbox, &stored).await?;
        let foreign = stored.len() as u64 - marked;
        if foreign > 0 {
            tracing::error!(
                facts = foreign,
                "the stream holds facts that the outbox does not know; was the database restored to an earlier time?"
            );
        }
    }
    Ok(end)
}

async fn id_of(outbox: &mut PgConnection, entry: u64) -> anyhow::Result<Option<Uuid>> {
    let id = sqlx::query_scalar("select id from outbox where stream_seq = $1")
        .bind(i64::try_from(entry)?);
    Ok(id.fetch_optional(outbox).await?)
}

async fn forget(outbox: &mut PgConnection, from: u64) -> sqlx::Result<()> {
    let forget = "update outbox set published_at = null, stream_seq = null where stream_seq > $1";
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    sqlx::query(forget).bind(from).execute(outbox).await?;
    Ok(())
}

async fn mark_stored(
    outbox: &mut PgConnection,
    stored: &[(u64, Option<Uuid>)],
) -> anyhow::Result<u64> {
    let (entries, ids): (Vec<i64>, Vec<Uuid>) = stored
        .iter()
        .filter_map(|(entry, id)| Some((i64::try_from(*entry).ok()?, (*id)?)))
        .unzip();
    let mark = sqlx::query(
        "update outbox set published_at = clock_timestamp(), stream_seq = stored.entry
         from unnest($1::uuid[], $2::bigint[]) as stored (id, entry)
         where outbox.id = stored.id",
    );
    Ok(mark
        .bind(ids)
        .bind(entries)
        .execute(outbox)
        .await?
        .rows_affected())
}

/// Moves one batch behind the stream's end; tells how many.
async fn step(
    outbox: &mut PgConnection,
    log: &Log,
    region: &str,
    role: &str,
    end: u64,
) -> anyhow::Result<u64> {
    let waiting: Vec<Waiting> = sqlx::query_as(
        "select seq, id, noun, verb, subject_id, revision, type, payload, traceparent, at
         from (select *, sum(octet_length(payload)) over (order by seq) - octet_length(payload) as before
               from (select * from outbox where stream_seq is null order by seq limit $1) as first) as sized
         where before < $2
         order by seq",
    )
    .bind(BATCH)
    .bind(BATCH_BYTES)
    .fetch_all(&mut *outbox)
    .await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let seqs: Vec<i64> = waiting.iter().map(|w| w.seq).collect();
    let messages = waiting
        .into_iter()
        .map(|w| w.message(region, role))
        .collect::<Result<_, _>>()?;
    log.append(messages, end).await?;
    sqlx::query(
        "update outbox set published_at = clock_timestamp(), stream_seq = $2 + stored.place
         from unnest($1::bigint[]) with ordinality as stored (seq, place)
         where outbox.seq = stored.seq",
    )
    .bind(&seqs)
    .bind(i64::try_from(end)?)
    .execute(outbox)
    .await?;
    Ok(seqs.len() as u64)
}

#[derive(FromRow)]
struct Waiting {
    seq: i64,
    id: Uuid,
    noun: String,
    verb: String,
    subject_id: Uuid,
    revision: i64,
    r#type: String,
    payload: Vec<u8>,
    traceparent: Option<String>,
    at: OffsetDateTime,
}

impl Waiting {
    /// CloudEvents 1.0, binary mode.
    fn message(self, region: &str, role: &str) -> anyhow::Result<Message> {
        let id = self.id.to_string();
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", id.as_str());
        headers.insert("ce-specversion", "1.0");
        headers.insert("ce-id", id.as_str());
        headers.insert("ce-type", self.r#type.as_str());
        headers.insert("ce-source", format!("/kulturtorg/{region}/{role}").as_str());
        headers.insert("ce-subject", self.subject_id.to_string().as_str());
        headers.insert("ce-sequence", format!("{:020}", self.revision).as_str());
        headers.insert("ce-time", self.at.format(&Rfc3339)?.as_str());
        headers.insert("content-type", "application/protobuf");
        if let Some(traceparent) = &self.traceparent {
            headers.insert("traceparent", traceparent.as_str());
        }
        let subject = format!(
            "kt.{region}.{role}.{}.{}.{}",
            self.noun, self.verb, self.subject_id
        );
        Ok(Message {
            subject,
            headers,
            payload: self.payload.into(),
        })
    }
}

/// Logs a failure when it begins, changes and ends; repeats are for debugging.
struct Trouble {
    role: &'static str,
    told: Option<String>,
}

impl Trouble {
    fn tell(&mut self, error: &anyhow::Error) {
        let text = format!("{error:#}");
        if self.told.as_ref() == Some(&text) {
            tracing::debug!(role = self.role, error = text, "facts still wait");
        } else {
            tracing::warn!(
                role = self.role,
                error = text,
                "facts wait in the outbox; publishing is tried again"
            );
            self.told = Some(text);
        }
    }

    fn over(&mut self) {
        if self.told.take().is_some() {
            tracing::info!(role = self.role, "facts are published again");
        }
    }
}
