//! What is shown of performances: one, many, their seats.
use std::collections::HashMap;

use contracts::options::v1::Role;
use contracts::ticketing::v1::performance::Availability;
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::clock::from_proto;
use kit::{fault, page};
use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, convert, cut, none_of, works_for};
use crate::error::Error;
use crate::performance::{MOST_FEW, Room, State};
use crate::store as sql;
use crate::store::performances::{self as store, Part};

/// True if the caller sees drafts of this house.
fn sees_all(caller: &Caller, house: Uuid) -> bool {
    works_for(caller, house) || caller.holds_in(Role::Door.as_str_name(), house)
}

pub(super) async fn get(
    rpc: &TicketingRpc,
    caller: Caller,
    request: GetPerformanceRequest,
) -> Result<Performance, Status> {
    let id = fault::id("performance_id", &request.performance_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let shown = store::show(&mut db, id).await.map_err(Error::from)?;
    let shown = shown.filter(|s| {
        s.performance.state != State::Draft || sees_all(&caller, s.performance.house_id)
    });
    Ok(convert::performance(
        &shown.ok_or(Error::NotFound("performance"))?,
        &rpc.region.currency,
    ))
}

pub(super) async fn list(
    rpc: &TicketingRpc,
    caller: Caller,
    request: ListPerformancesRequest,
) -> Result<ListPerformancesResponse, Status> {
    let house = fault::optional_id("house_id", &request.house_id)?;
    let (size, now) = (page::size(request.page_size), rpc.clock.now());
    let own = house.filter(|h| sees_all(&caller, *h));
    let from = request.from_time.as_ref().and_then(from_proto);
    let to = request.to_time.as_ref().and_then(from_proto);
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        let what = "must be after from_time";
        none_of(vec![("to_time".to_owned(), what.to_owned())])?;
    }
    let span = [from, to].map(|t| t.map(OffsetDateTime::unix_timestamp));
    let query = ("performances", house, own.is_some(), span);
    let first = (OffsetDateTime::UNIX_EPOCH.unix_timestamp(), Uuid::nil());
    let (second, id) = rpc
        .pager
        .place(&query, &request.page_token)?
        .unwrap_or(first);
    let after = (
        OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        id,
    );
    // Before the site's launch the public finds nothing.
    if own.is_none() && !caller.is_staff() && !rpc.region.launched(now) {
        return Ok(ListPerformancesResponse::default());
    }
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    if let Some(house) = house {
        super::halls::existing_house(&mut db, house).await?;
    }
    let part = Part {
        from,
        to,
        after,
        limit: size + 1,
    };
    let rows = match own {
        Some(house) => store::list_of_house(&mut db, house, part).await,
        None => store::list_on_sale(&mut db, house, now, part).await,
    };
    let mut rows = rows.map_err(Error::from)?;
    let next = cut(&mut rows, size).map(|last| {
        rpc.pager.token(
            &query,
            &(
                last.performance.plan.starts_at.unix_timestamp(),
                last.performance.id,
            ),
        )
    });
    let on_sale = rows.iter().map(|row| &row.performance);
    let on_sale: Vec<Uuid> = on_sale
        .filter(|p| p.state == State::OnSale)
        .map(|p| p.id)
        .collect();
    let free = sql::sale::free(&mut db, &on_sale, MOST_FEW + 1).await;
    let free: HashMap<_, _> = free.map_err(Error::from)?.into_iter().collect();
    let performances = rows.iter().map(|row| Performance {
        availability: availability(free.get(&row.performance.id)).into(),
        ..convert::performance(row, &rpc.region.currency)
    });
    Ok(ListPerformancesResponse {
        performances: performances.collect(),
        next_page_token: next.unwrap_or_default(),
    })
}

fn availability(free: Option<&i64>) -> Availability {
    match free.map(|free| Room::of(*free)) {
        None => Availability::Unspecified,
        Some(Room::Places) => Availability::Places,
        Some(Room::Few) => Availability::Few,
        Some(Room::None) => Availability::None,
    }
}

pub(super) async fn seats(
    rpc: &TicketingRpc,
    caller: Caller,
    request: GetSeatsRequest,
) -> Result<Seats, Status> {
    let id = fault::id("performance_id", &request.performance_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let shown = store::find(&mut db, id).await.map_err(Error::from)?;
    let shown = shown.filter(|s| {
        s.performance.state != State::Draft || sees_all(&caller, s.performance.house_id)
    });
    let performance = shown.ok_or(Error::NotFound("performance"))?.performance;
    let mut seats = Seats {
        performance_id: id.to_string(),
        ..Seats::default()
    };
    if performance.numbered {
        let rows = sql::sale::seats(&mut db, id).await.map_err(Error::from)?;
        seats.seats = rows.into_iter().map(seat).collect();
    } else {
        let rows = sql::sale::places(&mut db, id).await.map_err(Error::from)?;
        let places = rows.into_iter().map(|p| PlacesForSale {
            category: p.category,
            capacity: p.capacity,
            free: p.remaining,
        });
        seats.places = places.collect();
    }
    Ok(seats)
}

fn seat(row: sql::sale::SeatForSale) -> SeatForSale {
    let state = match row.state.as_str() {
        "free" => seat_for_sale::State::Free,
        "held" => seat_for_sale::State::Held,
        _ => seat_for_sale::State::Sold,
    };
    SeatForSale {
        seat_id: row.seat.id,
        section: row.seat.section,
        row: row.seat.row,
        number: row.seat.number,
        category: row.seat.category,
        accessible: row.seat.accessible,
        state: state.into(),
    }
}
