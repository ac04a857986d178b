//! What a house has sold.
use contracts::ticketing::v1::{GetSalesRequest, Sales, SalesLine};
use kit::auth::Caller;
use kit::fault;
use time::Duration;
use tonic::Status;

use super::{TicketingRpc, convert, works_for};
use crate::error::Error;
use crate::performance::State;
use crate::store::{performances, sale};

/// How long a performance that is over stays in the overview.
const SHOWN_AFTER: Duration = Duration::days(30);
const MOST_LINES: i64 = 2_000;

pub(super) async fn get(
    rpc: &TicketingRpc,
    caller: Caller,
    request: GetSalesRequest,
) -> Result<Sales, Status> {
    let house = fault::id("house_id", &request.house_id)?;
    if !works_for(&caller, house) {
        return Err(Error::OtherHouse.into());
    }
    let performance = fault::optional_id("performance_id", &request.performance_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    if let Some(id) = performance {
        let shown = performances::find(&mut db, id).await.map_err(Error::from)?;
        shown
            .filter(|s| s.performance.house_id == house && s.performance.state != State::Draft)
            .ok_or(Error::NotFound("performance"))?;
    }
    let from = rpc.clock.now() - SHOWN_AFTER;
    let sold = sale::sold(&mut db, house, performance, from, MOST_LINES)
        .await
        .map_err(Error::from)?;
    let currency = &rpc.region.currency;
    Ok(Sales {
        lines: sold.into_iter().map(|s| line(s, currency)).collect(),
    })
}

fn line(sold: sale::Sold, currency: &str) -> SalesLine {
    // A performance has at most some thousand places.
    let count = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    SalesLine {
        performance_id: sold.performance_id.to_string(),
        category: sold.category,
        capacity: count(sold.capacity),
        free: count(sold.free),
        held: count(sold.held),
        sold: count(sold.sold),
        checked_in: count(sold.checked_in),
        gross: convert::money(currency, sold.gross),
        vat: convert::money(currency, sold.vat),
    }
}
