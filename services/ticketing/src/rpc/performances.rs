//! Performances: planned, put on sale, moved, cancelled.
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::clock::from_proto;
use kit::{fault, idempotency};
use prost_types::Timestamp;
use region::Region;
use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, call_key, convert, none_of, works_for};
use crate::error::Error;
use crate::performance::{Performance as Rules, State};
use crate::plan::Plan;
use crate::store::houses::Production as ProductionRow;
use crate::store::performances::{self as store, Shown};
use crate::{published, store as sql};

pub(super) async fn create(
    rpc: &TicketingRpc,
    caller: Caller,
    request: CreatePerformanceRequest,
) -> Result<Performance, Status> {
    let production = fault::id("production_id", &request.production_id)?;
    let hall = fault::optional_id("hall_id", &request.hall_id)?;
    let key = call_key(&caller, "CreatePerformance", &request.request_id)?;
    let (region, id) = (rpc.region.clone(), Uuid::now_v7());
    let performance = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(done) = idempotency::begin(tx, &key, &request).await? {
                return Ok(done);
            }
            let production = sql::houses::production(tx, production).await?;
            let production = production
                .filter(|p| works_for(&caller, p.house_id))
                .ok_or(Error::NotFound("production"))?;
            let hall = match hall {
                Some(id) => sql::houses::hall(tx, id).await?,
                None => None,
            };
            let draft = draft(id, &request, &production, hall, &region)?;
            store::insert(tx, &draft).await?;
            let shown = store::show(tx, id).await?.ok_or(sqlx::Error::RowNotFound)?;
            let performance = convert::performance(&shown, &region.currency);
            idempotency::finish(tx, &key, &performance).await?;
            Ok::<_, Error>(performance)
        })
    });
    Ok(performance.await?)
}

/// A new draft, or every mistake in the request.
fn draft(
    id: Uuid,
    request: &CreatePerformanceRequest,
    production: &ProductionRow,
    hall: Option<sql::houses::Hall>,
    region: &Region,
) -> Result<Rules, Error> {
    let mut mistakes = Vec::new();
    let mode = if request.mode() == Mode::Online {
        region::Mode::Online
    } else {
        region::Mode::Venue
    };
    let hall = hall.filter(|h| h.house_id == production.house_id);
    match mode {
        region::Mode::Venue if hall.is_none() => mistakes.push((
            "hall_id".to_owned(),
            "must be a hall of this house".to_owned(),
        )),
        region::Mode::Online if !request.hall_id.is_empty() => {
            mistakes.push((
                "hall_id".to_owned(),
                "must be left out for an online performance".to_owned(),
            ));
        }
        _ => {}
    }
    let numbered = hall.as_ref().is_some_and(|h| h.numbered);
    // What is sent over the net has room for as many as its prices say.
    let free_places = if numbered {
        None
    } else {
        Some(hall.as_ref().map_or(i32::MAX, |h| h.capacity))
    };
    let parts = Parts {
        start: request.start_time.as_ref(),
        time_zone: &request.time_zone,
        prices: &request.prices,
        sale_from: request.sale_from_time.as_ref(),
        sale_until: request.sale_until_time.as_ref(),
    };
    let plan = parts.plan(region, free_places, mistakes)?;
    Ok(Rules {
        id,
        house_id: production.house_id,
        production_id: production.id,
        hall_id: hall.map(|h| h.id),
        mode,
        state: State::Draft,
        plan,
        numbered,
        capacity: 0,
        version: 1,
        revision: 0,
        genre: production.genre.clone(),
        minutes: production.minutes,
    })
}

/// The editable parts, as requests to create and to update both hold them.
struct Parts<'a> {
    start: Option<&'a Timestamp>,
    time_zone: &'a str,
    prices: &'a [PriceCategory],
    sale_from: Option<&'a Timestamp>,
    sale_until: Option<&'a Timestamp>,
}

impl Parts<'_> {
    fn plan(
        &self,
        region: &Region,
        free_places: Option<i32>,
        mut mistakes: Vec<(String, String)>,
    ) -> Result<Plan, Error> {
        // A missing or impossible time was refused before a handler ran.
        let starts_at = self
            .start
            .and_then(from_proto)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let plan = Plan {
            starts_at,
            time_zone: self.time_zone.to_owned(),
            prices: convert::prices(self.prices, region, &mut mistakes),
            sale_from: self.sale_from.and_then(from_proto),
            sale_until: self.sale_until.and_then(from_proto).unwrap_or(starts_at),
        };
        mistakes.extend(plan.mistakes(free_places));
        none_of(mistakes)?;
        Ok(plan)
    }
}

pub(super) async fn update(
    rpc: &TicketingRpc,
    caller: Caller,
    request: UpdatePerformanceRequest,
) -> Result<Performance, Status> {
    let id = fault::id("performance_id", &request.performance_id)?;
    let region = rpc.region.clone();
    let performance = rpc.db.write(move |tx| {
        Box::pin(async move {
            let shown = lock_own(tx, id, &caller).await?;
            if request.etag != shown.performance.version.to_string() {
                return Err(Error::Stale);
            }
            let room = match (shown.performance.numbered, shown.performance.hall_id) {
                (true, _) => None,
                (false, Some(hall)) => sql::houses::hall(tx, hall).await?.map(|h| h.capacity),
                (false, None) => Some(i32::MAX),
            };
            let parts = Parts {
                start: request.start_time.as_ref(),
                time_zone: &request.time_zone,
                prices: &request.prices,
                sale_from: request.sale_from_time.as_ref(),
                sale_until: request.sale_until_time.as_ref(),
            };
            let edited =
                shown
                    .performance
                    .clone()
                    .edit(parts.plan(&region, room, Vec::new())?)?;
            store::save(tx, &edited).await?;
            if edited.revision > shown.performance.revision {
                published::performance_changed(tx, id, edited.plan.starts_at, edited.revision)
                    .await?;
            }
            Ok(convert::performance(
                &Shown {
                    performance: edited,
                    ..shown
                },
                &region.currency,
            ))
        })
    });
    Ok(performance.await?)
}

pub(super) async fn open(
    rpc: &TicketingRpc,
    caller: Caller,
    request: OpenPerformanceRequest,
) -> Result<Performance, Status> {
    let id = fault::id("performance_id", &request.performance_id)?;
    let (region, now) = (rpc.region.clone(), rpc.clock.now());
    let performance = rpc.db.write(move |tx| {
        Box::pin(async move {
            let shown = lock_own(tx, id, &caller).await?;
            let seats = match shown.performance.hall_id {
                Some(hall) => sql::houses::seats(tx, hall)
                    .await?
                    .into_iter()
                    .map(|s| s.category)
                    .collect(),
                None => Vec::new(),
            };
            let opened = shown.performance.clone().open(&seats, &region, now)?;
            store::save(tx, &opened).await?;
            sql::sale::open(tx, &opened).await?;
            published::performance_opened(tx, &opened).await?;
            Ok::<_, Error>(convert::performance(
                &Shown {
                    performance: opened,
                    ..shown
                },
                &region.currency,
            ))
        })
    });
    Ok(performance.await?)
}

pub(super) async fn cancel(
    rpc: &TicketingRpc,
    caller: Caller,
    request: CancelPerformanceRequest,
) -> Result<Performance, Status> {
    let id = fault::id("performance_id", &request.performance_id)?;
    let currency = rpc.region.currency.clone();
    let performance = rpc.db.write(move |tx| {
        Box::pin(async move {
            let shown = lock_own(tx, id, &caller).await?;
            let cancelled = shown.performance.clone().cancel();
            store::save(tx, &cancelled).await?;
            // Held orders need not be touched: they cannot be paid from now on, and lapse by themselves.
            if cancelled.revision > shown.performance.revision {
                published::performance_cancelled(tx, &cancelled).await?;
            }
            Ok::<_, Error>(convert::performance(
                &Shown {
                    performance: cancelled,
                    ..shown
                },
                &currency,
            ))
        })
    });
    Ok(performance.await?)
}

async fn lock_own(tx: &mut kit::db::Tx, id: Uuid, caller: &Caller) -> Result<Shown, Error> {
    let shown = store::lock(tx, id).await?;
    shown
        .filter(|s| works_for(caller, s.performance.house_id))
        .ok_or(Error::NotFound("performance"))
}
