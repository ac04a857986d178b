//! Facts leave a role with its transaction: [`publish`] writes them beside the change they tell of, [`relay`]
//! brings them to the broker afterwards, each once and a thing's facts in order.
mod relay;

use prost::{Message, Name};
use uuid::Uuid;

use crate::bus::is_token;
use crate::{db, telemetry};

pub use relay::relay;

/// Largest payload of a fact. The broker refuses a message above 1 MiB, which would block all later ones.
pub const LARGEST: usize = 512 * 1024;

/// Puts a fact into the outbox of this transaction. Lock or version the thing's row first, so that nobody else
/// can publish a fact of the same thing at the same time.
///
/// `revision` is 1 for the first fact of a thing (`noun` and `id`) and one more for each fact after it. A gap is
/// refused, because a consumer that meets one waits for the missing fact forever: count what you publish, not
/// what you store. `noun` and `verb` become parts of the subject: small letters, digits, `-` and `_`.
pub async fn publish<M: Message + Name>(
    tx: &mut db::Tx,
    noun: &str,
    verb: &str,
    id: Uuid,
    revision: i64,
    message: &M,
) -> sqlx::Result<()> {
    if !is_token(noun) || !is_token(verb) {
        return Err(refused(format!(
            "{noun}.{verb} cannot be part of a subject"
        )));
    }
    let payload = message.encode_to_vec();
    if payload.len() > LARGEST {
        return Err(refused(format!(
            "a fact {noun}.{verb} of {} bytes is too large",
            payload.len()
        )));
    }
    let put = sqlx::query(
        "insert into outbox (id, noun, verb, subject_id, revision, type, payload, traceparent)
         select $1, $2, $3, $4, $5, $6, $7, $8
         where $5 = 1 or exists (select 1 from outbox where noun = $2 and subject_id = $4 and revision = $5 - 1)",
    )
    .bind(Uuid::now_v7())
    .bind(noun)
    .bind(verb)
    .bind(id)
    .bind(revision)
    .bind(M::full_name())
    .bind(payload)
    .bind(telemetry::traceparent())
    .execute(&mut **tx)
    .await?;
    if put.rows_affected() == 0 {
        return Err(refused(format!(
            "revision {revision} of {noun} {id} does not follow the last published one"
        )));
    }
    tx.has_facts = true;
    Ok(())
}

fn refused(why: String) -> sqlx::Error {
    sqlx::Error::Encode(why.into())
}
