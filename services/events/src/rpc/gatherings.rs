//! Writing, publishing and finding gatherings.
use contracts::events::v1 as pb;
use kit::auth::Caller;
use kit::clock::from_proto;
use kit::{fault, idempotency};
use time::OffsetDateTime;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{EventsRpc, page, promote};
use crate::error::Error;
use crate::gathering::{self, Gathering, State};
use crate::mail::About;
use crate::{content, published, store, view};

pub(super) async fn create(
    rpc: &EventsRpc,
    request: Request<pb::CreateGatheringRequest>,
) -> Result<pb::Gathering, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let key = super::key(&caller, "CreateGathering", &request.request_id)?;
    let now = rpc.clock.now();
    let content = request.content.clone().unwrap_or_default();
    let mut gathering = Gathering::draft(Uuid::now_v7(), now);
    gathering.capacity = content.capacity;
    content::apply(&rpc.region, content, &mut gathering)?;
    let answer = rpc.db.write(move |tx| {
        Box::pin(async move {
            if let Some(answer) = idempotency::begin(tx, &key, &request).await? {
                return Ok::<pb::Gathering, Error>(answer);
            }
            store::gatherings::insert(tx, &gathering).await?;
            let answer = view::gathering(&gathering, now, true);
            idempotency::finish(tx, &key, &answer).await?;
            Ok(answer)
        })
    });
    Ok(answer.await?)
}

pub(super) async fn update(
    rpc: &EventsRpc,
    request: Request<pb::UpdateGatheringRequest>,
) -> Result<pb::Gathering, Status> {
    let request = request.into_inner();
    let id = fault::id("gathering_id", &request.gathering_id)?;
    let now = rpc.clock.now();
    let (region, mailer) = (rpc.region.clone(), rpc.mailer.clone());
    let answer = rpc.db.write(move |tx| {
        Box::pin(async move {
            let mut gathering = store::gatherings::lock(tx, id)
                .await?
                .ok_or(Error::NotFound("gathering"))?;
            gathering.check_change(&request.etag)?;
            let content = request.content.unwrap_or_default();
            let mut places = gathering.places();
            places.resize(content.capacity)?;
            let moved = places.move_up();
            let before = gathering.clone();
            content::apply(&region, content, &mut gathering)?;
            gathering.set_places(places);
            gathering.version += 1;
            gathering.updated_at = now;
            if gathering.state == State::Published {
                published::gathering_changed(tx, &mut gathering).await?;
            }
            store::gatherings::save(tx, &gathering).await?;
            promote(tx, &mailer, &gathering, moved).await?;
            if meets_elsewhere(&before, &gathering) {
                for registration in store::registrations::standing(tx, id).await? {
                    mailer
                        .send(tx, &gathering, &registration, About::Changed)
                        .await?;
                }
            }
            Ok::<_, Error>(view::gathering(&gathering, now, true))
        })
    });
    Ok(answer.await?)
}

/// True if those who come have to know: another time or place.
fn meets_elsewhere(before: &Gathering, after: &Gathering) -> bool {
    (
        before.start_at,
        before.end_at,
        &before.place,
        &before.online_url,
    ) != (
        after.start_at,
        after.end_at,
        &after.place,
        &after.online_url,
    )
}

pub(super) async fn publish(
    rpc: &EventsRpc,
    request: Request<pb::PublishGatheringRequest>,
) -> Result<pb::Gathering, Status> {
    let id = fault::id("gathering_id", &request.into_inner().gathering_id)?;
    let now = rpc.clock.now();
    let answer = rpc.db.write(move |tx| {
        Box::pin(async move {
            let mut gathering = store::gatherings::lock(tx, id)
                .await?
                .ok_or(Error::NotFound("gathering"))?;
            match gathering.state {
                State::Cancelled => return Err(Error::GatheringCancelled),
                State::Published => return Ok(view::gathering(&gathering, now, true)),
                State::Draft => {}
            }
            gathering.state = State::Published;
            gathering.published_at = Some(now);
            gathering.updated_at = now;
            published::gathering_published(tx, &mut gathering).await?;
            store::gatherings::save(tx, &gathering).await?;
            Ok(view::gathering(&gathering, now, true))
        })
    });
    Ok(answer.await?)
}

pub(super) async fn cancel(
    rpc: &EventsRpc,
    request: Request<pb::CancelGatheringRequest>,
) -> Result<pb::Gathering, Status> {
    let request = request.into_inner();
    let id = fault::id("gathering_id", &request.gathering_id)?;
    let now = rpc.clock.now();
    let mailer = rpc.mailer.clone();
    let answer = rpc.db.write(move |tx| {
        Box::pin(async move {
            let mut gathering = store::gatherings::lock(tx, id)
                .await?
                .ok_or(Error::NotFound("gathering"))?;
            if gathering.state == State::Cancelled {
                return Ok::<_, Error>(view::gathering(&gathering, now, true));
            }
            let was_published = gathering.state == State::Published;
            gathering.state = State::Cancelled;
            gathering.updated_at = now;
            if was_published {
                published::gathering_cancelled(tx, &mut gathering).await?;
            }
            store::gatherings::save(tx, &gathering).await?;
            for registration in store::registrations::standing(tx, id).await? {
                mailer
                    .send(
                        tx,
                        &gathering,
                        &registration,
                        About::GatheringCancelled(&request.text),
                    )
                    .await?;
            }
            Ok(view::gathering(&gathering, now, true))
        })
    });
    Ok(answer.await?)
}

pub(super) async fn get(
    rpc: &EventsRpc,
    request: Request<pb::GetGatheringRequest>,
) -> Result<pb::Gathering, Status> {
    let caller = Caller::of(&request);
    let id = fault::id("gathering_id", &request.into_inner().gathering_id)?;
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let gathering = rpc.visible(&mut db, &caller, id).await?;
    let mut online = gathering::is_staff(&caller);
    if let Some(account) = caller.maybe_account().filter(|_| !online) {
        online = store::registrations::has_place(&mut db, id, account)
            .await
            .map_err(Error::from)?;
    }
    Ok(view::gathering(&gathering, rpc.clock.now(), online))
}

pub(super) async fn list(
    rpc: &EventsRpc,
    request: Request<pb::ListGatheringsRequest>,
) -> Result<pb::ListGatheringsResponse, Status> {
    let staff = gathering::is_staff(&Caller::of(&request));
    let request = request.into_inner();
    let now = rpc.clock.now();
    if !staff && !rpc.region.launched(now) {
        return Ok(pb::ListGatheringsResponse::default());
    }
    let time = |at: Option<prost_types::Timestamp>| at.as_ref().and_then(from_proto);
    let (from, to) = (time(request.from_time), time(request.to_time));
    let unix = |at: Option<OffsetDateTime>| at.map(OffsetDateTime::unix_timestamp);
    let query = (
        &request.format,
        &request.municipality,
        unix(from),
        unix(to),
        request.state,
        request.own_only,
        staff,
    );
    let after: Option<(i64, i64, Uuid)> = rpc.pager.place(&query, &request.page_token)?;
    let after = after.and_then(|(seconds, nanos, id)| {
        Some((
            OffsetDateTime::from_unix_timestamp(seconds).ok()? + time::Duration::nanoseconds(nanos),
            id,
        ))
    });
    let size = kit::page::size(request.page_size);
    let wanted = store::gatherings::Wanted {
        states: states(request.state(), staff)
            .iter()
            .map(|s| (*s).to_owned())
            .collect(),
        seen: !staff,
        own_only: request.own_only,
        format: request.format.clone(),
        municipality: request.municipality.clone(),
        ends_after: from.unwrap_or(now),
        starts_before: to,
        after,
        limit: size + 1,
    };
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let rows = store::gatherings::list(&mut db, &wanted)
        .await
        .map_err(Error::from)?;
    let (rows, more) = page(rows, size);
    let next = rows.last().filter(|_| more).map(|g| {
        rpc.pager.token(
            &query,
            &(
                g.start_at.unix_timestamp(),
                i64::from(g.start_at.nanosecond()),
                g.id,
            ),
        )
    });
    Ok(pb::ListGatheringsResponse {
        gatherings: rows
            .iter()
            .map(|g| view::gathering(g, now, false))
            .collect(),
        next_page_token: next.unwrap_or_default(),
    })
}

/// The states that a caller who asks for this one may find.
fn states(asked: pb::gathering::State, staff: bool) -> &'static [&'static str] {
    use pb::gathering::State as Pb;
    match (asked, staff) {
        (Pb::Unspecified, true) => &["draft", "published"],
        (Pb::Draft, true) => &["draft"],
        (Pb::Draft, false) => &[],
        (Pb::Unspecified, false) | (Pb::Published, _) => &["published"],
        (Pb::Cancelled, _) => &["cancelled"],
    }
}
