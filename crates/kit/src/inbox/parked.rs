//! Things whose facts were put aside, and what an operator can do about them.
use bytes::Bytes;
use sqlx::FromRow;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::apply::Thing;
use super::received::{Envelope, Received};
use super::{Failure, Handler};
use crate::{Db, db};

/// A thing whose facts wait in `dead_letter`.
#[derive(Debug, Clone, FromRow)]
pub struct Parked {
    /// The consumer that could not go on.
    pub consumer: String,
    /// Role and noun, `events.event`.
    pub source: String,
    /// The thing.
    pub subject_id: Uuid,
    /// Facts that wait.
    pub waiting: i64,
    /// What went wrong with the first of them.
    pub error: String,
    /// How often the first was tried.
    pub tries: i32,
    /// Since when.
    pub since: OffsetDateTime,
}

/// Every parked thing of this role, longest first.
pub async fn parked(db: &Db) -> sqlx::Result<Vec<Parked>> {
    sqlx::query_as(
        "select consumer, source, subject_id, count(*) as waiting, min(at) as since,
                (array_agg(error order by revision))[1] as error, (array_agg(tries order by revision))[1] as tries
         from dead_letter
         group by consumer, source, subject_id
         order by since",
    )
    .fetch_all(db.pool())
    .await
}

/// Gives a thing's waiting facts their effect, in order, each in a transaction of its own; tells how many. Stops
/// at the first that fails again, which keeps it and all later ones. With the last, the thing is free.
pub async fn release(db: &Db, parked: &Parked, handler: &Handler) -> Result<u64, Failure> {
    let mut done = 0;
    loop {
        let (thing, handler) = (thing(parked), handler.clone());
        match db
            .write(move |tx| Box::pin(async move { release_first(tx, &thing, &handler).await }))
            .await
        {
            Ok(true) => done += 1,
            Ok(false) => return Ok(done),
            Err(failure) => {
                note_failure(db, parked, &failure).await?;
                return Err(failure);
            }
        }
    }
}

/// Drops a thing's first waiting fact as if it had taken effect, so that [`release`] can go on with the next.
/// Tells the id of the fact, or `None` when none waits.
pub async fn skip(db: &Db, parked: &Parked) -> Result<Option<Uuid>, Failure> {
    let thing = thing(parked);
    db.write(move |tx| {
        Box::pin(async move {
            thing.lock(tx).await?;
            let Some(first) = first(tx, &thing).await? else {
                return Ok(None);
            };
            if first.revision > thing.revision(tx).await? {
                thing.seen(tx, first.revision).await?;
            }
            delete(tx, first.seq).await?;
            Ok(Some(first.event_id))
        })
    })
    .await
}

fn thing(parked: &Parked) -> Thing {
    Thing {
        consumer: parked.consumer.clone(),
        source: parked.source.clone(),
        id: parked.subject_id,
    }
}

#[derive(FromRow)]
struct Letter {
    seq: i64,
    event_id: Uuid,
    revision: i64,
    payload: Vec<u8>,
    envelope: Json<Envelope>,
}

async fn first(tx: &mut db::Tx, thing: &Thing) -> sqlx::Result<Option<Letter>> {
    let first = sqlx::query_as(
        "select seq, event_id, revision, payload, envelope from dead_letter
         where consumer = $1 and source = $2 and subject_id = $3
         order by revision limit 1",
    );
    first
        .bind(&thing.consumer)
        .bind(&thing.source)
        .bind(thing.id)
        .fetch_optional(&mut **tx)
        .await
}

async fn delete(tx: &mut db::Tx, seq: i64) -> sqlx::Result<()> {
    sqlx::query("delete from dead_letter where seq = $1")
        .bind(seq)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// False when none waits.
async fn release_first(tx: &mut db::Tx, thing: &Thing, handler: &Handler) -> Result<bool, Failure> {
    thing.lock(tx).await?;
    let Some(letter) = first(tx, thing).await? else {
        return Ok(false);
    };
    let last = thing.revision(tx).await?;
    if letter.revision > last + 1 {
        return Err(Failure::Later(format!("revision {} is missing", last + 1)));
    }
    if letter.revision == last + 1 {
        let received = Received {
            envelope: letter.envelope.0,
            payload: Bytes::from(letter.payload),
        };
        handler(tx, received.event()?).await?;
        thing.seen(tx, letter.revision).await?;
    }
    delete(tx, letter.seq).await?;
    Ok(true)
}

async fn note_failure(db: &Db, parked: &Parked, failure: &Failure) -> Result<(), Failure> {
    let (thing, error) = (thing(parked), failure.to_string());
    db.write(move |tx| {
        Box::pin(async move {
            let Some(letter) = first(tx, &thing).await? else {
                return Ok(());
            };
            let note =
                sqlx::query("update dead_letter set error = $2, tries = tries + 1 where seq = $1");
            note.bind(letter.seq).bind(error).execute(&mut **tx).await?;
            Ok(())
        })
    })
    .await
}
