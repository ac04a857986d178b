//! Whom one will meet, and who comes to the door.
use contracts::events::v1 as pb;
use kit::auth::Caller;
use kit::fault;
use sqlx::PgConnection;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{EventsRpc, page};
use crate::error::Error;
use crate::gathering::{self, Gathering, Visibility};
use crate::registration::State;
use crate::{store, view};

pub(super) async fn list(
    rpc: &EventsRpc,
    request: Request<pb::ListAttendeesRequest>,
) -> Result<pb::ListAttendeesResponse, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let id = fault::id("gathering_id", &request.gathering_id)?;
    let query = ("attendees", id);
    let after: Option<i32> = rpc.pager.place(&query, &request.page_token)?;
    let size = kit::page::size(request.page_size);
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let gathering = rpc.visible(&mut db, &caller, id).await?;
    let staff = gathering::is_staff(&caller);
    if !staff && !may_see(rpc, &mut db, &gathering, &caller, &request.token).await? {
        return Err(Error::ListHidden.into());
    }
    let rows = store::registrations::listed(&mut db, id, after.unwrap_or(0), size + 1)
        .await
        .map_err(Error::from)?;
    let unlisted = if staff {
        store::registrations::unlisted(&mut db, id)
            .await
            .map_err(Error::from)?
    } else {
        0
    };
    let (rows, more) = page(rows, size);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|r| rpc.pager.token(&query, &r.seq));
    Ok(pb::ListAttendeesResponse {
        attendees: rows.into_iter().map(view::attendee).collect(),
        unlisted: i32::try_from(unlisted).unwrap_or(i32::MAX),
        next_page_token: next.unwrap_or_default(),
    })
}

/// Whether somebody who is not staff sees the list. A registration opens only its own gathering's.
async fn may_see(
    rpc: &EventsRpc,
    db: &mut PgConnection,
    gathering: &Gathering,
    caller: &Caller,
    token: &str,
) -> Result<bool, Error> {
    match gathering.visible_to {
        Visibility::Nobody => Ok(false),
        Visibility::Everybody => Ok(true),
        Visibility::Attendees => {
            if let Some(id) = rpc.tokens.read(token) {
                let registration = store::registrations::find(db, id).await?;
                if registration
                    .is_some_and(|r| r.gathering_id == gathering.id && r.state == State::Confirmed)
                {
                    return Ok(true);
                }
            }
            match caller.maybe_account() {
                Some(account) => {
                    Ok(store::registrations::has_place(db, gathering.id, account).await?)
                }
                None => Ok(false),
            }
        }
    }
}

pub(super) async fn list_registrations(
    rpc: &EventsRpc,
    request: Request<pb::ListRegistrationsRequest>,
) -> Result<pb::ListRegistrationsResponse, Status> {
    use pb::registration::State as Pb;
    let request = request.into_inner();
    let id = fault::id("gathering_id", &request.gathering_id)?;
    let states: &[&str] = match request.state() {
        Pb::Unspecified => &["confirmed", "waiting", "cancelled"],
        Pb::Confirmed => &["confirmed"],
        Pb::Waiting => &["waiting"],
        Pb::Cancelled => &["cancelled"],
    };
    let states: Vec<String> = states.iter().map(|s| (*s).to_owned()).collect();
    let query = ("registrations", id, request.state);
    let after: Option<(i32, i32)> = rpc.pager.place(&query, &request.page_token)?;
    let size = kit::page::size(request.page_size);
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let gathering = find(&mut db, id).await?;
    let rows =
        store::registrations::of_gathering(&mut db, id, &states, after.unwrap_or((0, 0)), size + 1);
    let (rows, more) = page(rows.await.map_err(Error::from)?, size);
    let next = rows.last().filter(|_| more).map(|r| {
        rpc.pager
            .token(&query, &(rank(r.registration.state), r.registration.seq))
    });
    Ok(pb::ListRegistrationsResponse {
        registrations: rows
            .iter()
            .map(|r| view::registration(&r.registration, r.position, &gathering))
            .collect(),
        next_page_token: next.unwrap_or_default(),
    })
}

/// The order in which the door reads the list, as the store has it.
fn rank(state: State) -> i32 {
    match state {
        State::Confirmed => 1,
        State::Waiting => 2,
        State::Cancelled => 3,
    }
}

async fn find(db: &mut PgConnection, id: Uuid) -> Result<Gathering, Error> {
    store::gatherings::find(db, id)
        .await?
        .ok_or(Error::NotFound("gathering"))
}
