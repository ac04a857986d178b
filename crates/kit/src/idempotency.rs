//! A call that creates or pays may be sent again with the same `request_id`: it takes effect once and gets the
//! same answer. The answer is kept in the transaction of the effect.
use prost::Message;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::Tx;

/// Why a repeated call gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The id belongs to another request.
    #[error("this request_id was used for another request; make a new one")]
    Reused,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Which call this is.
#[derive(Debug, Clone)]
pub struct Key {
    /// [`crate::auth::Caller::key`].
    pub caller: String,
    /// The method's name.
    pub method: &'static str,
    /// The client's id.
    pub request_id: Uuid,
}

/// Begins a call: `None` if it is new, else the answer that it had. Call it first in the transaction; a second
/// call with the same key waits here until the first is done.
pub async fn begin<Q: Message, A: Message + Default>(
    tx: &mut Tx,
    key: &Key,
    request: &Q,
) -> Result<Option<A>, Refused> {
    let fingerprint = Sha256::digest(request.encode_to_vec()).to_vec();
    let new = sqlx::query(
        "insert into request (caller, method, request_id, fingerprint) values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(&key.caller)
    .bind(key.method)
    .bind(key.request_id)
    .bind(&fingerprint)
    .execute(&mut **tx)
    .await?;
    if new.rows_affected() == 1 {
        return Ok(None);
    }
    let (had, answer): (Vec<u8>, Option<Vec<u8>>) =
        sqlx::query_as("select fingerprint, answer from request where caller = $1 and method = $2 and request_id = $3")
            .bind(&key.caller)
            .bind(key.method)
            .bind(key.request_id)
            .fetch_one(&mut **tx)
            .await?;
    if had != fingerprint {
        return Err(Refused::Reused);
    }
    let answer = answer.and_then(|a| A::decode(&a[..]).ok());
    // Effect and answer are committed together, so a kept call without a readable answer is a broken row.
    answer
        .map(Some)
        .ok_or_else(|| sqlx::Error::RowNotFound.into())
}

/// Ends a call: keeps its answer.
pub async fn finish<A: Message>(tx: &mut Tx, key: &Key, answer: &A) -> sqlx::Result<()> {
    sqlx::query(
        "update request set answer = $4 where caller = $1 and method = $2 and request_id = $3",
    )
    .bind(&key.caller)
    .bind(key.method)
    .bind(key.request_id)
    .bind(answer.encode_to_vec())
    .execute(&mut **tx)
    .await
    .map(drop)
}
