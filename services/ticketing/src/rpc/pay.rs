//! Paying: the one place where money and seats change hands.
use contracts::notify::v1::{Address, Param, SendRequest, send_request};
use contracts::ticketing::v1::{Order, PayOrderRequest, order};
use kit::auth::Caller;
use kit::db::Tx;
use kit::{errand, idempotency};
use region::Region;
use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, call_key, convert, sale};
use crate::error::Error;
use crate::order::Order as Rules;
use crate::payment::{self, Means, Payment, Provider};
use crate::performance::State;
use crate::published;
use crate::store::orders::{self as store, Buyer};
use crate::store::performances::{self, Shown};
use crate::store::sale as seats;

/// What a call found or did.
enum Done {
    /// The same call was made before, and this is how it ended.
    Before(Box<Order>),
    /// The order as it stands now, still held if the payment was declined, and until when its tickets admit.
    Now(Box<Rules>, OffsetDateTime),
}

pub(super) async fn pay(
    rpc: &TicketingRpc,
    caller: Caller,
    request: PayOrderRequest,
) -> Result<Order, Status> {
    let id = sale::own_order(rpc, &request.order_id, &request.order_token)?;
    let key = call_key(&caller, "PayOrder", &request.request_id)?;
    let means = means(&request, &rpc.region)?;
    let buyer = buyer(&request, &rpc.region);
    let link = format!("{}/tickets/{id}#{}", rpc.site, request.order_token);
    let (region, request_id, hold) = (rpc.region.clone(), key.request_id, rpc.hold);
    let done = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(before) = idempotency::begin(tx, &key, &request).await? {
                return Ok(Done::Before(Box::new(before)));
            }
            let (order, now) = store::lock(tx, id).await?.ok_or(Error::NotFound("order"))?;
            let shown = performances::find(tx, order.performance_id)
                .await?
                .ok_or(Error::NotFound("order"))?;
            let payment =
                Payment::authorise(Uuid::now_v7(), request_id, Provider::Sandbox, means, &order);
            let order = settle(tx, order, payment, now, &shown, &buyer).await?;
            if order.paid_at.is_some() {
                let mail = mail(&order, &shown, &buyer, &link, &region);
                errand::leave(
                    tx,
                    "notify",
                    "/kulturtorg.notify.v1.NotifyService/Send",
                    &mail,
                )
                .await?;
            }
            idempotency::finish(tx, &key, &convert::order(&order, hold)).await?;
            Ok::<_, Error>(Done::Now(Box::new(order), shown.performance.doors_close()))
        })
    });
    match done.await {
        Ok(Done::Before(order)) if order.state() == order::State::Paid => sale::find(rpc, id).await,
        Ok(Done::Before(_)) => Err(Error::PaymentDeclined.into()),
        Ok(Done::Now(order, _)) if order.paid_at.is_none() => Err(Error::PaymentDeclined.into()),
        Ok(Done::Now(..)) if means == Means::AnswerLost => Err(Error::PaymentUnknown.into()),
        Ok(Done::Now(order, doors_close)) => Ok(sale::with_tickets(rpc, &order, doors_close)),
        Err(Error::HoldLapsed) => {
            void(rpc, id, request_id, means).await?;
            Err(Error::HoldLapsed.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// What the buyer pays with; or every mistake that the contract's rules could not find.
fn means(request: &PayOrderRequest, region: &Region) -> Result<Means, Error> {
    let mut mistakes = Vec::new();
    let means = Means::parse(&request.payment_token);
    if means.is_none() {
        mistakes.push((
            "payment_token".to_owned(),
            "must be sandbox-ok, sandbox-declined or sandbox-lost".to_owned(),
        ));
    }
    if !request.language.is_empty() && !region.languages.contains(&request.language) {
        mistakes.push((
            "language".to_owned(),
            format!("must be one of {}", region.languages.join(", ")),
        ));
    }
    match means {
        Some(means) if mistakes.is_empty() => Ok(means),
        _ => Err(Error::Fields(mistakes)),
    }
}

fn buyer(request: &PayOrderRequest, region: &Region) -> Buyer {
    let language = if request.language.is_empty() {
        region.main_language()
    } else {
        &request.language
    };
    Buyer {
        name: request.buyer_name.clone(),
        email: request.buyer_email.clone(),
        language: language.to_owned(),
    }
}

/// Captures the payment together with the order, or notes that it was declined and leaves the hold as it is.
async fn settle(
    tx: &mut Tx,
    held: Rules,
    payment: Payment,
    now: OffsetDateTime,
    shown: &Shown,
    buyer: &Buyer,
) -> Result<Rules, Error> {
    let paid = held.clone().pay(now)?;
    if shown.performance.state != State::OnSale {
        return Err(Error::NotOnSale);
    }
    if payment.state == payment::State::Declined {
        store::insert_payment(tx, &payment).await?;
        return Ok(held);
    }
    let ids = paid.seat_ids();
    // A seat that somebody took after our hold ran out is no longer ours to sell.
    if !ids.is_empty()
        && seats::sell_seats(tx, paid.performance_id, &ids, paid.id).await? != ids.len() as u64
    {
        return Err(Error::HoldLapsed);
    }
    store::save_paid(tx, &paid, buyer).await?;
    store::insert_payment(tx, &payment.capture()?).await?;
    published::order_paid(tx, &paid).await?;
    Ok(paid)
}

/// Lifts what was reserved for an order whose hold ran out, and notes it.
async fn void(
    rpc: &TicketingRpc,
    order: Uuid,
    request_id: Uuid,
    means: Means,
) -> Result<(), Error> {
    rpc.db
        .write(move |tx| {
            Box::pin(async move {
                let order = store::find(tx, order)
                    .await?
                    .ok_or(Error::NotFound("order"))?;
                let payment = Payment::authorise(
                    Uuid::now_v7(),
                    request_id,
                    Provider::Sandbox,
                    means,
                    &order,
                );
                if payment.state == payment::State::Authorised {
                    store::insert_payment(tx, &payment.void()?).await?;
                }
                Ok(())
            })
        })
        .await
}

/// The mail with the tickets' link.
fn mail(order: &Rules, shown: &Shown, buyer: &Buyer, link: &str, region: &Region) -> SendRequest {
    let param = |key: &str, value: String| Param {
        key: key.to_owned(),
        value,
    };
    let address = Address {
        email: buyer.email.clone(),
        name: buyer.name.clone(),
        language: buyer.language.clone(),
    };
    SendRequest {
        // One mail for each order: its own id will do.
        request_id: order.id.to_string(),
        recipient: Some(send_request::Recipient::Address(address)),
        template: "ticketing.tickets".to_owned(),
        params: vec![
            param(
                "title",
                region::name(&shown.titles, &buyer.language, region.main_language()).to_owned(),
            ),
            param("house", shown.house_name.clone()),
            param(
                "start",
                shown.performance.plan.local_start().unwrap_or_default(),
            ),
            param("seats", order.seats().to_string()),
            param("link", link.to_owned()),
        ],
    }
}
