//! A gathering as a file for one's own calendar.
use contracts::events::v1 as pb;
use jiff::tz::TimeZone;
use kit::auth::Caller;
use kit::fault;
use tonic::{Request, Status};

use super::EventsRpc;
use crate::calendar::{Entry, Status as Takes, When, day, file};
use crate::error::Error;
use crate::gathering::{Gathering, State};
use crate::registration::{self, Registration};
use crate::store;

pub(super) async fn get(
    rpc: &EventsRpc,
    request: Request<pb::GetCalendarRequest>,
) -> Result<pb::GetCalendarResponse, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let mut db = rpc.db.read().await.map_err(Error::from)?;
    let (gathering, registration) =
        match (request.gathering_id.is_empty(), request.token.is_empty()) {
            (false, true) => {
                let id = fault::id("gathering_id", &request.gathering_id)?;
                (rpc.visible(&mut db, &caller, id).await?, None)
            }
            (true, false) => {
                let registration = rpc.reach(&mut db, &caller, &request.token, "").await?;
                let gathering = store::gatherings::find(&mut db, registration.gathering_id)
                    .await
                    .map_err(Error::from)?;
                (
                    gathering.ok_or(Error::NotFound("gathering"))?,
                    Some(registration),
                )
            }
            _ => {
                return Err(
                    Error::field("gathering_id", "must be given, or token; not both").into(),
                );
            }
        };
    let language = registration
        .as_ref()
        .map_or(rpc.region.main_language(), |r| r.language.as_str());
    let title = gathering.title(language, rpc.region.main_language());
    let zone = TimeZone::get(&gathering.time_zone).unwrap_or(TimeZone::UTC);
    let entry = Entry {
        uid: format!("{}@{}.kulturtorg", gathering.id, rpc.region.key),
        sequence: gathering.revision,
        stamp: gathering.updated_at,
        status: status(&gathering, registration.as_ref()),
        when: when(&gathering, &zone),
        title,
        text: region::name(&gathering.texts, language, rpc.region.main_language()),
        place: &gathering.place,
        url: &link(rpc, &gathering, registration.as_ref()),
        organiser: &gathering.organiser,
    };
    let file_name = format!("{}-{}.ics", slug(title), day(gathering.start_at, &zone));
    Ok(pb::GetCalendarResponse {
        calendar: file(&entry),
        file_name,
    })
}

fn status(gathering: &Gathering, registration: Option<&Registration>) -> Takes {
    match (gathering.state, registration.map(|r| r.state)) {
        (State::Cancelled, _) | (_, Some(registration::State::Cancelled)) => Takes::Cancelled,
        (State::Draft, _) | (_, Some(registration::State::Waiting)) => Takes::Tentative,
        (State::Published, _) => Takes::Confirmed,
    }
}

fn when(gathering: &Gathering, zone: &TimeZone) -> When {
    if gathering.external.as_ref().is_some_and(|e| e.all_day) {
        // Whole days end at the midnight after the last one.
        let last = day(gathering.end_at - time::Duration::minutes(1), zone);
        When::Days(day(gathering.start_at, zone), last)
    } else {
        When::Times(gathering.start_at, gathering.end_at)
    }
}

/// The online meeting for one who has a place; else the page of whoever arranges it, else ours.
fn link(rpc: &EventsRpc, gathering: &Gathering, registration: Option<&Registration>) -> String {
    let has_place = registration.is_some_and(|r| r.state == registration::State::Confirmed);
    if has_place && !gathering.online_url.is_empty() {
        return gathering.online_url.clone();
    }
    let theirs = gathering
        .external
        .as_ref()
        .and_then(|e| e.links.first().cloned());
    theirs.unwrap_or_else(|| format!("{}/gatherings/{}", rpc.mailer.site, gathering.id))
}

/// A title as part of a file's name.
fn slug(title: &str) -> String {
    let words = title
        .split(|c: char| !c.is_alphanumeric())
        .map(crate::external::key);
    let slug = words
        .filter(|w| !w.is_empty() && w.is_ascii())
        .take(8)
        .collect::<Vec<_>>()
        .join("-");
    if slug.is_empty() {
        "gathering".to_owned()
    } else {
        slug
    }
}
