//! One fact, one transaction.
use futures::future::BoxFuture;
use sqlx::types::Json;
use uuid::Uuid;

use super::received::Received;
use super::{Event, Failure, Handler};
use crate::{Db, db};

/// Why a fact had no effect.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// An earlier fact of the thing is missing.
    Gap,
    /// The handler or the database failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Obstacle {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Gives a fact its effect, unless it had it before. `Ok` means that it can be acknowledged.
pub(super) async fn apply(
    db: &Db,
    consumer: &'static str,
    handler: &Handler,
    event: Event,
    received: Received,
) -> Result<(), Obstacle> {
    let handler = handler.clone();
    db.write(move |tx| -> BoxFuture<'_, Result<(), Obstacle>> {
        Box::pin(async move {
            if !note(tx, consumer, event.id).await? {
                return Ok(());
            }
            let thing = Thing::of(consumer, &event);
            thing.lock(tx).await?;
            if thing.is_parked(tx).await? {
                let why = "waits behind an earlier fact";
                return Ok(put_aside(tx, &thing, &event, &received, why, 0).await?);
            }
            let revision = event.revision;
            match revision - thing.revision(tx).await? {
                ..1 => Ok(()),
                1 => {
                    handler(tx, event).await?;
                    Ok(thing.seen(tx, revision).await?)
                }
                _ => Err(Obstacle::Gap),
            }
        })
    })
    .await
}

/// Puts a fact aside, which parks its thing.
pub(super) async fn park(
    db: &Db,
    consumer: &'static str,
    event: Event,
    received: Received,
    error: String,
    tries: i64,
) -> sqlx::Result<()> {
    db.write(move |tx| {
        Box::pin(async move {
            note(tx, consumer, event.id).await?;
            let thing = Thing::of(consumer, &event);
            thing.lock(tx).await?;
            put_aside(tx, &thing, &event, &received, &error, tries).await
        })
    })
    .await
}

/// False when the fact was noted before.
async fn note(tx: &mut db::Tx, consumer: &str, event: Uuid) -> sqlx::Result<bool> {
    let note = sqlx::query(
        "insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing",
    );
    Ok(note
        .bind(consumer)
        .bind(event)
        .execute(&mut **tx)
        .await?
        .rows_affected()
        == 1)
}

async fn put_aside(
    tx: &mut db::Tx,
    thing: &Thing,
    event: &Event,
    received: &Received,
    error: &str,
    tries: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into dead_letter (consumer, source, subject_id, revision, event_id, type, payload, envelope, error, tries)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (consumer, event_id) do nothing",
    )
    .bind(&thing.consumer)
    .bind(&thing.source)
    .bind(thing.id)
    .bind(event.revision)
    .bind(event.id)
    .bind(&event.kind)
    .bind(&event.payload[..])
    .bind(Json(&received.envelope))
    .bind(error)
    .bind(i32::try_from(tries).unwrap_or(i32::MAX))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A thing as one consumer sees it.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) consumer: String,
    pub(super) source: String,
    pub(super) id: Uuid,
}

impl Thing {
    fn of(consumer: &str, event: &Event) -> Self {
        Self {
            consumer: consumer.to_owned(),
            source: event.source(),
            id: event.subject_id,
        }
    }

    /// Until the transaction ends, nobody else looks at or moves this thing's place.
    pub(super) async fn lock(&self, tx: &mut db::Tx) -> sqlx::Result<()> {
        let lock = "select pg_advisory_xact_lock(hashtextextended(concat_ws('/', current_schema(), $1, $2, $3), 0))";
        sqlx::query(lock)
            .bind(&self.consumer)
            .bind(&self.source)
            .bind(self.id)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    async fn is_parked(&self, tx: &mut db::Tx) -> sqlx::Result<bool> {
        let parked = "select exists (select from dead_letter where consumer = $1 and source = $2 and subject_id = $3)";
        sqlx::query_scalar(parked)
            .bind(&self.consumer)
            .bind(&self.source)
            .bind(self.id)
            .fetch_one(&mut **tx)
            .await
    }

    /// The last revision that took effect; 0 before the first.
    pub(super) async fn revision(&self, tx: &mut db::Tx) -> sqlx::Result<i64> {
        let last = "select revision from inbox_revision where consumer = $1 and source = $2 and subject_id = $3";
        let last = sqlx::query_scalar(last)
            .bind(&self.consumer)
            .bind(&self.source)
            .bind(self.id);
        Ok(last.fetch_optional(&mut **tx).await?.unwrap_or(0))
    }

    pub(super) async fn seen(&self, tx: &mut db::Tx, revision: i64) -> sqlx::Result<()> {
        sqlx::query(
            "insert into inbox_revision (consumer, source, subject_id, revision) values ($1, $2, $3, $4)
             on conflict (consumer, source, subject_id) do update set revision = excluded.revision",
        )
        .bind(&self.consumer)
        .bind(&self.source)
        .bind(self.id)
        .bind(revision)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
