//! Seats are held, and given back.
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::db::Tx;
use kit::{fault, idempotency};
use region::Region;
use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, call_key, convert};
use crate::error::Error;
use crate::order::{Order as Rules, State};
use crate::store::{houses, orders as store, performances, sale};
use crate::{lapse, pricing, published};

pub(super) async fn hold(
    rpc: &TicketingRpc,
    caller: Caller,
    request: HoldSeatsRequest,
) -> Result<Order, Status> {
    let performance = fault::id("performance_id", &request.performance_id)?;
    let key = call_key(&caller, "HoldSeats", &request.request_id)?;
    let mut held = try_hold(rpc, performance, key.clone(), request.clone()).await;
    // Holds of free seating go back to the counter when they are swept. Whoever finds no room does not wait for that.
    if let Err(Error::SoldOut(_)) = held
        && lapse::give_back(&rpc.db, Some(performance))
            .await
            .map_err(Error::from)?
            > 0
    {
        held = try_hold(rpc, performance, key, request).await;
    }
    let mut order = held?;
    order.order_token = rpc.signer.order_token(fault::id("id", &order.id)?);
    Ok(order)
}

async fn try_hold(
    rpc: &TicketingRpc,
    performance: Uuid,
    key: idempotency::Key,
    request: HoldSeatsRequest,
) -> Result<Order, Error> {
    let (region, now, hold) = (rpc.region.clone(), rpc.clock.now(), rpc.hold);
    rpc.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(done) = idempotency::begin(tx, &key, &request).await? {
                    return Ok(done);
                }
                let mut order = wanted(tx, performance, &request, &region, now).await?;
                order.held_until = store::insert(
                    tx,
                    order.id,
                    performance,
                    &order.currency,
                    &order.lines,
                    hold.as_seconds_f64(),
                )
                .await?;
                order.held_at = order.held_until - hold;
                published::seats_held(tx, &order).await?;
                let answer = convert::order(&order, hold);
                idempotency::finish(tx, &key, &answer).await?;
                // Last, because this is where buyers meet: the next one waits for nothing but our commit.
                take(tx, &order).await?;
                Ok(answer)
            })
        })
        .await
}

/// The order that a request asks for, priced, if the performance is sold now.
async fn wanted(
    tx: &mut Tx,
    performance: Uuid,
    request: &HoldSeatsRequest,
    region: &Region,
    now: OffsetDateTime,
) -> Result<Rules, Error> {
    let shown = performances::find(tx, performance)
        .await?
        .ok_or(Error::NotFound("performance"))?;
    let performance = shown.performance;
    performance.sells(now)?;
    let ids: Vec<i32> = request.seats.iter().map(|s| s.seat_id).collect();
    let seats = match performance.hall_id {
        Some(hall) if performance.numbered => houses::some_seats(tx, hall, &ids).await?,
        _ => Vec::new(),
    };
    let permille = performance.vat_permille(region)?;
    let lines = pricing::lines(
        request,
        &performance,
        permille,
        &seats,
        region.ticketing.seats_per_order,
        Uuid::now_v7,
    )?;
    Ok(Rules {
        id: Uuid::now_v7(),
        performance_id: performance.id,
        state: State::Held,
        held_at: now,
        held_until: now,
        currency: region.currency.clone(),
        lines,
        paid_at: None,
        revision: 1,
    })
}

/// Takes what the order is for, or nothing.
async fn take(tx: &mut Tx, order: &Rules) -> Result<(), Error> {
    let seats = order.seat_ids();
    if !seats.is_empty() {
        let got =
            sale::hold_seats(tx, order.performance_id, &seats, order.id, order.held_until).await?;
        let taken: Vec<i32> = seats.into_iter().filter(|s| !got.contains(s)).collect();
        return if taken.is_empty() {
            Ok(())
        } else {
            Err(Error::SeatsTaken(taken))
        };
    }
    for (category, places) in order.places() {
        if !sale::take_places(tx, order.performance_id, &category, places).await? {
            return Err(Error::SoldOut(category));
        }
    }
    Ok(())
}

pub(super) async fn extend(
    rpc: &TicketingRpc,
    _: Caller,
    request: ExtendHoldRequest,
) -> Result<Order, Status> {
    let id = own_order(rpc, &request.order_id, &request.order_token)?;
    let hold = rpc.hold;
    let order = rpc.db.write(move |tx| {
        Box::pin(async move {
            let (order, now) = store::lock(tx, id).await?.ok_or(Error::NotFound("order"))?;
            let kept = order.extend(now, hold)?;
            // A seat that somebody took after our hold ran out is no longer ours to keep.
            let seats = kept.seat_ids();
            if sale::keep_seats(tx, kept.performance_id, &seats, id, kept.held_until).await?
                != seats.len() as u64
            {
                return Err(Error::HoldLapsed);
            }
            store::keep(tx, id, kept.held_until).await?;
            Ok::<_, Error>(convert::order(&kept, hold))
        })
    });
    Ok(order.await?)
}

pub(super) async fn release(
    rpc: &TicketingRpc,
    _: Caller,
    request: ReleaseHoldRequest,
) -> Result<Order, Status> {
    let id = own_order(rpc, &request.order_id, &request.order_token)?;
    let hold = rpc.hold;
    let order = rpc.db.write(move |tx| {
        Box::pin(async move {
            let (order, _) = store::lock(tx, id).await?.ok_or(Error::NotFound("order"))?;
            let lapsed = order.clone().give_back()?;
            if lapsed.revision > order.revision {
                store::save(tx, &lapsed).await?;
                published::hold_lapsed(
                    tx,
                    id,
                    lapsed.performance_id,
                    lapsed.seats(),
                    lapsed.revision,
                )
                .await?;
                sale::give_back(tx, &[id]).await?;
            }
            Ok::<_, Error>(convert::order(&lapsed, hold))
        })
    });
    Ok(order.await?)
}

pub(super) async fn get(
    rpc: &TicketingRpc,
    _: Caller,
    request: GetOrderRequest,
) -> Result<Order, Status> {
    let id = own_order(rpc, &request.order_id, &request.order_token)?;
    find(rpc, id).await
}

/// The order that a request names, if it knows its secret.
pub(super) fn own_order(rpc: &TicketingRpc, order_id: &str, token: &str) -> Result<Uuid, Status> {
    let id = fault::id("order_id", order_id)?;
    if rpc.signer.is_order_token(id, token) {
        Ok(id)
    } else {
        Err(Error::NotFound("order").into())
    }
}

/// The order with its tickets.
pub(super) async fn find(rpc: &TicketingRpc, id: Uuid) -> Result<Order, Status> {
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let order = store::find(&mut db, id)
        .await
        .map_err(Error::from)?
        .ok_or(Error::NotFound("order"))?;
    let shown = performances::find(&mut db, order.performance_id)
        .await
        .map_err(Error::from)?;
    let doors_close = shown
        .ok_or(Error::NotFound("order"))?
        .performance
        .doors_close();
    Ok(with_tickets(rpc, &order, doors_close))
}

/// An order and, if it is paid, its tickets. Signing takes time, so it happens outside of transactions.
pub(super) fn with_tickets(
    rpc: &TicketingRpc,
    order: &Rules,
    doors_close: OffsetDateTime,
) -> Order {
    let paid = order.state == State::Paid;
    let lines = order.lines.iter().filter(|_| paid);
    let tickets = lines
        .map(|l| convert::ticket(order, l, doors_close, &rpc.signer))
        .collect();
    Order {
        tickets,
        ..convert::order(order, rpc.hold)
    }
}
