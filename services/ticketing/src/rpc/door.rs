//! Tickets and the door.
use contracts::options::v1::Role;
use contracts::ticketing::v1::check_in_request::Ticket as Shown;
use contracts::ticketing::v1::*;
use kit::auth::Caller;
use kit::clock::to_proto;
use kit::{fault, idempotency};
use tonic::Status;
use uuid::Uuid;

use super::{TicketingRpc, call_key, convert, none_of};
use crate::error::Error;
use crate::order::{Line, State};
use crate::performance;
use crate::store::{orders, performances, sale};
use crate::{published, ticket as codes};

pub(super) async fn ticket(
    rpc: &TicketingRpc,
    _: Caller,
    request: GetTicketRequest,
) -> Result<Ticket, Status> {
    let id = fault::id("ticket_id", &request.ticket_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let found = orders::ticket(&mut db, id).await.map_err(Error::from)?;
    let found = found.filter(|t| {
        t.order.state == State::Paid && rpc.signer.is_order_token(t.order.id, &request.order_token)
    });
    let found = found.ok_or(Error::NotFound("ticket"))?;
    let shown = performances::find(&mut db, found.order.performance_id)
        .await
        .map_err(Error::from)?;
    let shown = shown.ok_or(Error::NotFound("ticket"))?;
    let ticket = convert::ticket(
        &found.order,
        &found.line,
        shown.performance.doors_close(),
        &rpc.signer,
    );
    Ok(Ticket {
        qr_svg: codes::qr_svg(&ticket.code),
        start_time: Some(to_proto(shown.performance.plan.starts_at)),
        time_zone: shown.performance.plan.time_zone,
        titles: convert::local_texts(&shown.titles),
        house_name: shown.house_name,
        ..ticket
    })
}

pub(super) async fn keys(
    rpc: &TicketingRpc,
    _: Caller,
    _: GetDoorKeysRequest,
) -> Result<DoorKeys, Status> {
    let key = DoorKey {
        key_id: rpc.signer.key_id().into(),
        public_key: rpc.signer.public_key(),
    };
    Ok(DoorKeys { keys: vec![key] })
}

pub(super) async fn check_in(
    rpc: &TicketingRpc,
    caller: Caller,
    request: CheckInRequest,
) -> Result<CheckInResponse, Status> {
    let performance = fault::id("performance_id", &request.performance_id)?;
    let key = call_key(&caller, "CheckIn", &request.request_id)?;
    let (ticket, generation) = shown_ticket(rpc, &request, performance)?;
    let now = rpc.clock.now();
    let answer = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(done) = idempotency::begin(tx, &key, &request).await? {
                return Ok(done);
            }
            let at_door = performances::find(tx, performance)
                .await?
                .map(|s| s.performance);
            at_door
                .filter(|p| admits(p, &caller, now))
                .ok_or(Error::TicketNotValid)?;
            let Some(line) = orders::check_in(tx, ticket, performance, generation).await? else {
                return Err(why_not(tx, ticket, performance, generation).await?);
            };
            published::ticket_checked_in(tx, ticket, performance).await?;
            let answer = let_in(&line);
            idempotency::finish(tx, &key, &answer).await?;
            Ok::<_, Error>(answer)
        })
    });
    Ok(answer.await?)
}

/// The ticket that was shown, and which of its codes, if it was a code. A code of another performance, or one that
/// we did not sign, goes no further.
fn shown_ticket(
    rpc: &TicketingRpc,
    request: &CheckInRequest,
    performance: Uuid,
) -> Result<(Uuid, Option<u16>), Status> {
    match &request.ticket {
        Some(Shown::Code(code)) => {
            let claims = rpc
                .signer
                .verify(code)
                .filter(|c| c.performance_id == performance);
            let claims = claims.ok_or(Error::TicketNotValid)?;
            Ok((claims.ticket_id, Some(claims.generation)))
        }
        Some(Shown::TicketId(id)) if !id.is_empty() => Ok((fault::id("ticket_id", id)?, None)),
        _ => {
            none_of(vec![(
                "code".to_owned(),
                "must be given, or else ticket_id".to_owned(),
            )])?;
            Err(Error::TicketNotValid.into())
        }
    }
}

pub(super) async fn attendance(
    rpc: &TicketingRpc,
    caller: Caller,
    request: GetAttendanceRequest,
) -> Result<Attendance, Status> {
    let id = fault::id("performance_id", &request.performance_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let shown = performances::find(&mut db, id).await.map_err(Error::from)?;
    let shown = shown.map(|s| s.performance);
    shown
        .filter(|p| works_at_door(&caller, p.house_id) && p.was_on_sale())
        .ok_or(Error::NotFound("performance"))?;
    let (sold, checked_in) = sale::attendance(&mut db, id).await.map_err(Error::from)?;
    // A performance has at most some thousand places.
    let count = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    Ok(Attendance {
        performance_id: id.to_string(),
        sold: count(sold),
        checked_in: count(checked_in),
    })
}

fn works_at_door(caller: &Caller, house: Uuid) -> bool {
    [Role::Door, Role::House]
        .iter()
        .any(|role| caller.holds_in(role.as_str_name(), house))
}

/// True if this caller stands at the performance's door and it is open.
fn admits(
    performance: &performance::Performance,
    caller: &Caller,
    now: time::OffsetDateTime,
) -> bool {
    let staff = works_at_door(caller, performance.house_id);
    staff && performance.state == performance::State::OnSale && now <= performance.doors_close()
}

/// Why a ticket was not let in: it was before, or it does not admit here.
async fn why_not(
    tx: &mut kit::db::Tx,
    ticket: Uuid,
    performance: Uuid,
    generation: Option<u16>,
) -> Result<Error, Error> {
    let found = orders::ticket(tx, ticket).await?;
    let found = found.filter(|t| {
        let this_door = t.order.performance_id == performance && t.order.state == State::Paid;
        this_door && generation.is_none_or(|g| g == t.line.generation)
    });
    Ok(found
        .and_then(|t| t.line.checked_in_at)
        .map_or(Error::TicketNotValid, Error::AlreadyCheckedIn))
}

fn let_in(line: &Line) -> CheckInResponse {
    CheckInResponse {
        ticket_id: line.id.to_string(),
        category: line.category.clone(),
        ticket_type: line.ticket_type.clone(),
        seat: line.seat.as_ref().map(convert::label),
        check_in_time: line.checked_in_at.map(to_proto),
    }
}
