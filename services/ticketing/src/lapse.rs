//! Unpaid holds end by themselves: swept in the background, and at once where somebody finds no room.
use std::time::Duration;

use kit::{Clock, Db};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{published, store};

/// Orders that one sweep takes at most, so that it never holds its locks for long.
const BATCH: i64 = 200;
const BETWEEN_SWEEPS: Duration = Duration::from_millis(500);
/// Every so many sweeps it is checked that no seat got lost.
const SWEEPS_PER_CHECK: u32 = 120;

/// Gives back the seats of orders whose time is up, of one performance or of all; tells how many orders those were.
pub async fn give_back(db: &Db, performance: Option<Uuid>) -> sqlx::Result<usize> {
    db.write(move |tx| {
        Box::pin(async move {
            let lapsed = store::orders::lapse(tx, performance, BATCH).await?;
            if lapsed.is_empty() {
                return Ok(0);
            }
            for order in &lapsed {
                let seats = i32::try_from(order.seats).unwrap_or(i32::MAX);
                published::hold_lapsed(tx, order.id, order.performance_id, seats, order.revision)
                    .await?;
            }
            let orders: Vec<Uuid> = lapsed.iter().map(|o| o.id).collect();
            store::sale::give_back(tx, &orders).await?;
            Ok(orders.len())
        })
    })
    .await
}

/// Sweeps until told to stop. A database that is away is waited for.
pub async fn sweep(db: Db, clock: Clock, stop: CancellationToken) -> anyhow::Result<()> {
    let mut sweeps = 0_u32;
    loop {
        match give_back(&db, None).await {
            Ok(orders) if orders >= BATCH as usize => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "holds cannot be swept now"),
        }
        sweeps = sweeps.wrapping_add(1);
        if sweeps.is_multiple_of(SWEEPS_PER_CHECK) {
            check(&db, &clock).await;
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(BETWEEN_SWEEPS) => {}
        }
    }
}

/// Says loudly if capacity is not free + held + sold anywhere.
async fn check(db: &Db, clock: &Clock) {
    let found = async { store::sale::imbalances(&mut *db.read().await?, clock.now()).await };
    match found.await {
        Ok(found) => {
            for wrong in found {
                let performance = wrong.performance_id;
                tracing::error!(%performance, category = wrong.category, "capacity is not free + held + sold; stop this sale");
            }
        }
        Err(error) => tracing::warn!(%error, "seats cannot be counted now"),
    }
}
