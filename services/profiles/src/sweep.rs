//! Deletes enquiries whose buyer never confirmed the address: nobody may keep what nobody stands behind.
use std::time::Duration;

use kit::{Clock, Db};
use tokio_util::sync::CancellationToken;

use crate::enquiry::CONFIRM_WITHIN;
use crate::store::enquiries;

/// Looks every hour until told to stop.
pub(crate) async fn run(db: Db, clock: Clock, stop: CancellationToken) -> anyhow::Result<()> {
    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = hourly.tick() => {}
        }
        let before = clock.now() - CONFIRM_WITHIN;
        let deleted = db
            .write(move |tx| {
                Box::pin(async move { enquiries::delete_unconfirmed(tx, before).await })
            })
            .await;
        match deleted {
            Ok(0) => {}
            Ok(enquiries) => {
                tracing::info!(enquiries, "deleted enquiries that were never confirmed")
            }
            Err(error) => {
                tracing::warn!(%error, "unconfirmed enquiries were not deleted; trying again in an hour")
            }
        }
    }
}
