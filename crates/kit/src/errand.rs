//! Errands: calls to another role that must happen once a transaction is committed, such as sending a mail. They
//! go straight to that role and are then forgotten, so unlike facts they may hold personal data.
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use futures::{FutureExt, future};
use http::uri::PathAndQuery;
use prost::Message;
use sqlx::FromRow;
use tokio_util::sync::CancellationToken;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Request, Status};
use tracing::Instrument;
use uuid::Uuid;

use crate::peers::Peers;
use crate::{Db, db, telemetry};

/// How long the other role may take to answer.
const DEADLINE: Duration = Duration::from_secs(5);
/// Errands under way at once.
const AT_ONCE: i64 = 16;
/// An answer that will not change is asked for so often.
const TRIES: i32 = 5;

/// Leaves a unary call for after the commit: `path` is `/package.Service/Method`. It is made at least once, so
/// the method must take a repeated one; errands of one transaction may arrive in any order.
pub async fn leave<M: Message>(
    tx: &mut db::Tx,
    peer: &'static str,
    path: &'static str,
    message: &M,
) -> sqlx::Result<()> {
    if PathAndQuery::from_maybe_shared(path).is_err() || !path.starts_with('/') {
        return Err(sqlx::Error::Encode(
            format!("{path} is no path of a method").into(),
        ));
    }
    sqlx::query(
        "insert into errand (id, peer, path, payload, traceparent) values ($1, $2, $3, $4, $5)",
    )
    .bind(Uuid::now_v7())
    .bind(peer)
    .bind(path)
    .bind(message.encode_to_vec())
    .bind(telemetry::traceparent())
    .execute(&mut **tx)
    .await?;
    tx.has_errands = true;
    Ok(())
}

/// Makes the calls that were left, until told to stop. Whatever fails is tried again, so this ends with `Ok` only.
pub async fn run(db: Db, peers: Peers, stop: CancellationToken) -> anyhow::Result<()> {
    let mut told = false;
    while !stop.is_cancelled() {
        // Registered before the look, so that no commit falls between look and wait. It may be over at once, and
        // must then not be polled again.
        let mut left = std::pin::pin!(db.left_errand().fuse());
        let _ = futures::poll!(left.as_mut());
        match round(&db, &peers).await {
            Ok(made) if made > 0 => {
                told = false;
                continue;
            }
            Ok(_) => told = false,
            Err(error) if told => tracing::debug!(%error, "errands still wait"),
            Err(error) => {
                told = true;
                tracing::warn!(%error, "errands wait for the database");
            }
        }
        tokio::select! {
            () = left => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct Errand {
    id: Uuid,
    peer: String,
    path: String,
    payload: Vec<u8>,
    traceparent: Option<String>,
    tries: i32,
}

/// Makes the calls that are due; tells how many there were.
async fn round(db: &Db, peers: &Peers) -> sqlx::Result<usize> {
    let errands = claim(db).await?;
    let made = errands.len();
    future::try_join_all(errands.into_iter().map(|errand| async move {
        let span = tracing::info_span!(
            "errand",
            otel.kind = "client",
            peer = errand.peer,
            path = errand.path
        );
        if let Some(parent) = errand.traceparent.as_deref().and_then(|t| t.parse().ok()) {
            let headers = http::HeaderMap::from_iter([(
                http::HeaderName::from_static("traceparent"),
                parent,
            )]);
            telemetry::continue_trace(&span, &headers);
        }
        make(db, peers, errand).instrument(span).await
    }))
    .await?;
    Ok(made)
}

/// Takes errands that are due. The try counts and the next one is set before the call, so one that ends the
/// process is not made again at once, and no transaction stays open meanwhile.
async fn claim(db: &Db) -> sqlx::Result<Vec<Errand>> {
    sqlx::query_as(
        "update errand set tries = tries + 1, due_at = clock_timestamp() + interval '30 s'
         where id in (select id from errand where due_at <= clock_timestamp()
                      order by due_at limit $1 for update skip locked)
         returning id, peer, path, payload, traceparent, tries",
    )
    .bind(AT_ONCE)
    .fetch_all(db.pool())
    .await
}

async fn make(db: &Db, peers: &Peers, errand: Errand) -> sqlx::Result<()> {
    let Err(status) = call(peers, &errand).await else {
        sqlx::query("delete from errand where id = $1")
            .bind(errand.id)
            .execute(db.pool())
            .await?;
        return Ok(());
    };
    let error = format!("{:?}: {}", status.code(), status.message());
    let pause = next_try(status.code(), errand.tries);
    if pause.is_some() {
        tracing::warn!(
            peer = errand.peer,
            path = errand.path,
            tries = errand.tries,
            error,
            "an errand is tried again"
        );
    } else {
        tracing::error!(errand = %errand.id, peer = errand.peer, path = errand.path, error, "an errand was given up");
    }
    sqlx::query(
        "update errand set error = $2, due_at = coalesce(clock_timestamp() + make_interval(secs => $3), 'infinity')
         where id = $1",
    )
    .bind(errand.id)
    .bind(error)
    .bind(pause.map(|p| p.as_secs_f64()))
    .execute(db.pool())
    .await?;
    Ok(())
}

/// 1 s, doubling to 5 minutes; `None` when the answer will not change.
fn next_try(code: Code, tries: i32) -> Option<Duration> {
    let final_answer = matches!(
        code,
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::PermissionDenied
            | Code::Unimplemented
            | Code::DataLoss
    );
    let doublings = u32::try_from((tries - 1).clamp(0, 9)).unwrap_or(9);
    let pause = Duration::from_secs(2u64.pow(doublings)).min(Duration::from_secs(300));
    (!final_answer || tries < TRIES).then_some(pause)
}

async fn call(peers: &Peers, errand: &Errand) -> Result<(), Status> {
    let path = PathAndQuery::from_maybe_shared(errand.path.clone())
        .map_err(|e| Status::invalid_argument(format!("the path: {e}")))?;
    let mut client = tonic::client::Grpc::new(peers.as_service(&errand.peer)?);
    let mut request = Request::new(Bytes::from(errand.payload.clone()));
    request.set_timeout(DEADLINE);
    let call = async {
        client
            .ready()
            .await
            .map_err(|e| Status::unavailable(e.to_string()))?;
        client.unary(request, path, Raw).await
    };
    let answered = tokio::time::timeout(DEADLINE + Duration::from_secs(1), call).await;
    answered.map_err(|_| Status::deadline_exceeded("no answer"))??;
    Ok(())
}

/// Takes messages as the bytes they already are, and passes over the answer.
#[derive(Debug, Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, target: &mut EncodeBuf<'_>) -> Result<(), Status> {
        target.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        source.advance(source.remaining());
        Ok(Some(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_outlasted_and_a_final_answer_is_not_asked_for_forever() {
        let pauses: Vec<u64> = (1..=10)
            .filter_map(|t| next_try(Code::Unavailable, t))
            .map(|p| p.as_secs())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(
            next_try(Code::Unavailable, 1000),
            Some(Duration::from_secs(300))
        );
        assert_eq!(
            next_try(Code::InvalidArgument, 4),
            Some(Duration::from_secs(8))
        );
        assert_eq!(next_try(Code::InvalidArgument, 5), None);
    }
}
