//! Deletes what has expired.
use std::time::Duration;

use kit::db::Tx;
use kit::{Clock, Db};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(600);

/// Runs now and every ten minutes until told to stop. A failure is told and made good the next time.
pub(crate) async fn run(db: Db, clock: Clock, stop: CancellationToken) -> anyhow::Result<()> {
    while !stop.is_cancelled() {
        let now = clock.now();
        if let Err(error) = db.write(move |tx| Box::pin(clean(tx, now))).await {
            tracing::warn!("what has expired could not be deleted: {error}");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    Ok(())
}

async fn clean(tx: &mut Tx, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from identity.registration where expires_at < $1",
        now
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "delete from identity.password_reset where expires_at < $1",
        now
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from identity.session where expires_at < $1", now)
        .execute(&mut **tx)
        .await?;
    // A token that is shown again after a week is refused as unknown; within it, its session is ended.
    sqlx::query!(
        "delete from identity.refresh_token where used_at < $1::timestamptz - interval '7 days'",
        now
    )
    .execute(&mut **tx)
    .await?;
    // By then every limit is whole again.
    sqlx::query!(
        "delete from identity.throttle where at < $1::timestamptz - interval '1 day'",
        now
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}
