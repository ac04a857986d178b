//! The facts that this service publishes. It consumes none.
use contracts::common::v1::Money;
use contracts::ticketing::v1 as proto;
use kit::clock::to_proto;
use kit::db::Tx;
use kit::outbox::publish;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::order::Order;
use crate::performance::Performance;
use crate::store::performances::Touched;

/// A house joined.
pub async fn house_opened(tx: &mut Tx, house: Uuid, municipality: &str) -> sqlx::Result<()> {
    let fact = proto::HouseOpened {
        house_id: house.to_string(),
        municipality: municipality.to_owned(),
    };
    publish(tx, "house", "opened", house, 1, &fact).await
}

/// A performance went on sale.
pub async fn performance_opened(tx: &mut Tx, performance: &Performance) -> sqlx::Result<()> {
    let fact = proto::PerformanceOpened {
        performance_id: performance.id.to_string(),
        house_id: performance.house_id.to_string(),
        genre: performance.genre.clone(),
        start_time: Some(to_proto(performance.plan.starts_at)),
        capacity: performance.capacity,
    };
    publish(
        tx,
        "performance",
        "opened",
        performance.id,
        performance.revision,
        &fact,
    )
    .await
}

/// A performance on sale changed.
pub async fn performance_changed(
    tx: &mut Tx,
    id: Uuid,
    starts_at: OffsetDateTime,
    revision: i64,
) -> sqlx::Result<()> {
    let fact = proto::PerformanceChanged {
        performance_id: id.to_string(),
        start_time: Some(to_proto(starts_at)),
    };
    publish(tx, "performance", "changed", id, revision, &fact).await
}

/// Performances on sale changed, because something did that is shown with them.
pub async fn performances_changed(tx: &mut Tx, touched: &[Touched]) -> sqlx::Result<()> {
    for p in touched {
        performance_changed(tx, p.id, p.starts_at, p.revision).await?;
    }
    Ok(())
}

/// A performance that had been on sale was cancelled.
pub async fn performance_cancelled(tx: &mut Tx, performance: &Performance) -> sqlx::Result<()> {
    let fact = proto::PerformanceCancelled {
        performance_id: performance.id.to_string(),
    };
    publish(
        tx,
        "performance",
        "cancelled",
        performance.id,
        performance.revision,
        &fact,
    )
    .await
}

/// Seats were held.
pub async fn seats_held(tx: &mut Tx, order: &Order) -> sqlx::Result<()> {
    let fact = proto::SeatsHeld {
        order_id: order.id.to_string(),
        performance_id: order.performance_id.to_string(),
        seats: order.seats(),
    };
    publish(tx, "order", "held", order.id, order.revision, &fact).await
}

/// An order was paid.
pub async fn order_paid(tx: &mut Tx, order: &Order) -> sqlx::Result<()> {
    let money = |minor_units| {
        Some(Money {
            currency: order.currency.clone(),
            minor_units,
        })
    };
    let fact = proto::OrderPaid {
        order_id: order.id.to_string(),
        performance_id: order.performance_id.to_string(),
        seats: order.seats(),
        total: money(order.total()),
        vat: money(order.vat()),
    };
    publish(tx, "order", "paid", order.id, order.revision, &fact).await
}

/// A hold ran out or was given back.
pub async fn hold_lapsed(
    tx: &mut Tx,
    order: Uuid,
    performance: Uuid,
    seats: i32,
    revision: i64,
) -> sqlx::Result<()> {
    let fact = proto::HoldLapsed {
        order_id: order.to_string(),
        performance_id: performance.to_string(),
        seats,
    };
    publish(tx, "order", "lapsed", order, revision, &fact).await
}

/// A ticket was checked in, which happens once.
pub async fn ticket_checked_in(tx: &mut Tx, ticket: Uuid, performance: Uuid) -> sqlx::Result<()> {
    let fact = proto::TicketCheckedIn {
        ticket_id: ticket.to_string(),
        performance_id: performance.to_string(),
    };
    publish(tx, "ticket", "checked-in", ticket, 1, &fact).await
}
