//! Registering, and what a registration's holder does with it.
use contracts::events::v1 as pb;
use kit::auth::Caller;
use kit::db::Tx;
use kit::idempotency::Key;
use kit::{fault, idempotency};
use time::OffsetDateTime;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{EventsRpc, page, promote};
use crate::error::Error;
use crate::gathering::State as GatheringState;
use crate::mail::About;
use crate::registration::{Registration, State, email_key};
use crate::{content, published, store, view};

pub(super) async fn register(
    rpc: &EventsRpc,
    request: Request<pb::RegisterRequest>,
) -> Result<pb::RegisterResponse, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let gathering_id = fault::id("gathering_id", &request.gathering_id)?;
    let key = super::key(&caller, "Register", &request.request_id)?;
    let language = content::person(&rpc.region, &request)?;
    let now = rpc.clock.now();
    let registration = Registration {
        id: Uuid::now_v7(),
        gathering_id,
        seq: 0,
        state: State::Waiting,
        account: caller.maybe_account(),
        name: request.name.trim().to_owned(),
        email: request.email.clone(),
        email_key: email_key(&request.email),
        organisation: request.organisation.trim().to_owned(),
        role_text: request.role_text.trim().to_owned(),
        municipality: request.municipality.clone(),
        listed: request.listed,
        language,
        reminded_at: None,
        revision: 0,
        created_at: now,
    };
    let address = registration.email_key.clone();
    let made = rpc.db.write({
        let (rpc, caller) = (rpc.clone(), caller.clone());
        move |tx| {
            Box::pin(
                async move { take_place(&rpc, tx, &caller, &key, &request, registration).await },
            )
        }
    });
    match made.await {
        Err(Error::AlreadyRegistered) => {
            // The refusal undid its transaction; the reminder needs one of its own.
            remind(rpc, gathering_id, address).await?;
            Err(Error::AlreadyRegistered.into())
        }
        made => Ok(made?),
    }
}

async fn take_place(
    rpc: &EventsRpc,
    tx: &mut Tx,
    caller: &Caller,
    key: &Key,
    request: &pb::RegisterRequest,
    mut registration: Registration,
) -> Result<pb::RegisterResponse, Error> {
    if let Some(answer) = idempotency::begin(tx, key, request).await? {
        return Ok(answer);
    }
    let gathering = store::gatherings::lock(tx, registration.gathering_id).await?;
    let mut gathering = gathering
        .filter(|g| rpc.sees(caller, g))
        .ok_or(Error::NotFound("gathering"))?;
    gathering.check_open(rpc.clock.now())?;
    if store::registrations::of_address(tx, gathering.id, &registration.email_key)
        .await?
        .is_some()
    {
        return Err(Error::AlreadyRegistered);
    }
    let mut places = gathering.places();
    registration.state = places.take();
    gathering.set_places(places);
    gathering.last_seq += 1;
    registration.seq = gathering.last_seq;
    published::registration_made(tx, &mut registration).await?;
    store::gatherings::save(tx, &gathering).await?;
    store::registrations::insert(tx, &registration).await?;
    let position = store::registrations::position(tx, &registration).await?;
    let about = if registration.state == State::Confirmed {
        About::Confirmed
    } else {
        About::Waiting(position)
    };
    rpc.mailer
        .send(tx, &gathering, &registration, about)
        .await?;
    let answer = pb::RegisterResponse {
        registration: Some(view::registration(&registration, position, &gathering)),
        token: rpc.tokens.make(registration.id),
    };
    idempotency::finish(tx, key, &answer).await?;
    Ok(answer)
}

/// Sends the link to a registration again to its holder, who alone learns that there is one.
async fn remind(rpc: &EventsRpc, gathering_id: Uuid, address: String) -> Result<(), Error> {
    let (mailer, now) = (rpc.mailer.clone(), rpc.clock.now());
    let reminded = rpc.db.write(move |tx| {
        Box::pin(async move {
            let gathering = store::gatherings::lock(tx, gathering_id).await?;
            let registration = store::registrations::of_address(tx, gathering_id, &address).await?;
            if let (Some(gathering), Some(mut registration)) = (gathering, registration)
                && registration.may_remind(now)
            {
                registration.reminded_at = Some(now);
                store::registrations::save(tx, &registration).await?;
                mailer
                    .send(tx, &gathering, &registration, About::Again)
                    .await?;
            }
            Ok::<_, Error>(())
        })
    });
    reminded.await
}

pub(super) async fn get(
    rpc: &EventsRpc,
    request: Request<pb::GetRegistrationRequest>,
) -> Result<pb::Registration, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let registration = rpc
        .reach(&mut db, &caller, &request.token, &request.registration_id)
        .await?;
    let gathering = store::gatherings::find(&mut db, registration.gathering_id)
        .await
        .map_err(Error::from)?;
    let gathering = gathering.ok_or(Error::NotFound("gathering"))?;
    let position = store::registrations::position(&mut db, &registration)
        .await
        .map_err(Error::from)?;
    Ok(view::registration(&registration, position, &gathering))
}

pub(super) async fn list_mine(
    rpc: &EventsRpc,
    request: Request<pb::ListMyRegistrationsRequest>,
) -> Result<pb::ListMyRegistrationsResponse, Status> {
    let account = Caller::of(&request).account()?;
    let request = request.into_inner();
    let query = ("mine", account);
    let before: Option<(i128, Uuid)> = rpc.pager.place(&query, &request.page_token)?;
    let before = before
        .and_then(|(nanos, id)| Some((OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?, id)));
    let size = kit::page::size(request.page_size);
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let rows = store::registrations::of_account(&mut db, account, before, size + 1)
        .await
        .map_err(Error::from)?;
    let (rows, more) = page(rows, size);
    let mut registrations = Vec::with_capacity(rows.len());
    for row in &rows {
        let gathering = store::gatherings::find(&mut db, row.registration.gathering_id)
            .await
            .map_err(Error::from)?;
        let gathering = gathering.ok_or(Error::NotFound("gathering"))?;
        registrations.push(view::registration(
            &row.registration,
            row.position,
            &gathering,
        ));
    }
    let next = rows.last().filter(|_| more).map(|r| {
        rpc.pager.token(
            &query,
            &(
                r.registration.created_at.unix_timestamp_nanos(),
                r.registration.id,
            ),
        )
    });
    Ok(pb::ListMyRegistrationsResponse {
        registrations,
        next_page_token: next.unwrap_or_default(),
    })
}

pub(super) async fn update_consent(
    rpc: &EventsRpc,
    request: Request<pb::UpdateConsentRequest>,
) -> Result<pb::Registration, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let rpc = rpc.clone();
    let db = rpc.db.clone();
    let answer = db.write(move |tx| {
        Box::pin(async move {
            let found = rpc
                .reach(tx, &caller, &request.token, &request.registration_id)
                .await?;
            let gathering = store::gatherings::lock(tx, found.gathering_id)
                .await?
                .ok_or(Error::NotFound("gathering"))?;
            // Read again: it may have changed until the gathering was locked.
            let mut registration = store::registrations::find(tx, found.id)
                .await?
                .ok_or(Error::NotFound("registration"))?;
            if registration.state == State::Cancelled {
                return Err(Error::RegistrationCancelled);
            }
            registration.listed = request.listed;
            store::registrations::save(tx, &registration).await?;
            let position = store::registrations::position(tx, &registration).await?;
            Ok(view::registration(&registration, position, &gathering))
        })
    });
    Ok(answer.await?)
}

pub(super) async fn cancel(
    rpc: &EventsRpc,
    request: Request<pb::CancelRegistrationRequest>,
) -> Result<pb::Registration, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let rpc = rpc.clone();
    let db = rpc.db.clone();
    let answer = db.write(move |tx| {
        Box::pin(async move {
            let found = rpc
                .reach(tx, &caller, &request.token, &request.registration_id)
                .await?;
            let mut gathering = store::gatherings::lock(tx, found.gathering_id)
                .await?
                .ok_or(Error::NotFound("gathering"))?;
            let mut registration = store::registrations::find(tx, found.id)
                .await?
                .ok_or(Error::NotFound("registration"))?;
            if registration.state == State::Cancelled {
                return Ok(view::registration(&registration, 0, &gathering));
            }
            if gathering.state == GatheringState::Cancelled {
                return Err(Error::GatheringCancelled);
            }
            if gathering.start_at <= rpc.clock.now() {
                return Err(Error::GatheringStarted);
            }
            let mut places = gathering.places();
            places.give_back(registration.state);
            let moved = places.move_up();
            gathering.set_places(places);
            registration.state = State::Cancelled;
            published::registration_cancelled(tx, &mut registration).await?;
            store::registrations::save(tx, &registration).await?;
            store::gatherings::save(tx, &gathering).await?;
            promote(tx, &rpc.mailer, &gathering, moved).await?;
            rpc.mailer
                .send(tx, &gathering, &registration, About::RegistrationCancelled)
                .await?;
            Ok(view::registration(&registration, 0, &gathering))
        })
    });
    Ok(answer.await?)
}
