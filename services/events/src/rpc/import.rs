//! Bringing in a record of another calendar. A record is known by its content, not by its number, because numbers
//! shift when a calendar puts a record between others.
use contracts::events::v1 as pb;
use contracts::events::v1::import_gathering_response::Outcome;
use kit::db::Tx;
use prost::Message;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tonic::{Request, Status};
use uuid::Uuid;

use super::EventsRpc;
use crate::error::Error;
use crate::external::{self, Record, key};
use crate::gathering::{Gathering, State};
use crate::store::sources::{NewRecord, SourceRecord};
use crate::{merge, published, store};

pub(super) async fn import(
    rpc: &EventsRpc,
    request: Request<pb::ImportGatheringRequest>,
) -> Result<pb::ImportGatheringResponse, Status> {
    if !rpc
        .region
        .gathering_formats
        .iter()
        .any(|f| *f.key == *rpc.import_format)
    {
        return Err(Error::NoImportFormat(rpc.import_format.to_string()).into());
    }
    let record = external::read(request.into_inner())?;
    let remarks = record.remarks.clone();
    let rpc = rpc.clone();
    let db = rpc.db.clone();
    let (gathering_id, outcome, reason) = db
        .write(move |tx| Box::pin(async move { bring_in(&rpc, tx, record).await }))
        .await?;
    Ok(pb::ImportGatheringResponse {
        gathering_id: gathering_id.to_string(),
        outcome: outcome.into(),
        reason,
        remarks,
    })
}

async fn bring_in(
    rpc: &EventsRpc,
    tx: &mut Tx,
    record: Record,
) -> Result<(Uuid, Outcome, String), Error> {
    let request = &record.request;
    let fingerprint = fingerprint(request);
    let day = stored_day(&record);
    store::sources::lock_place(tx, record.country, &record.city_key, day).await?;
    let now = rpc.clock.now();
    if let Some(known) = store::sources::same_content(tx, &request.source, &fingerprint).await? {
        store::sources::seen(tx, known.id, request.record, now).await?;
        let reason = if known.record == request.record {
            String::new()
        } else {
            format!("the same content as {}", name(&known))
        };
        return Ok((known.gathering_id, Outcome::Unchanged, reason));
    }
    let numbered = store::sources::numbered(tx, &request.source, request.record).await?;
    let found = recognise(tx, &record, day).await?;
    let payload = request.encode_to_vec();
    let new = |gathering_id| NewRecord {
        source: &request.source,
        record: request.record,
        fingerprint: &fingerprint,
        gathering_id,
        country: record.country,
        city_key: &record.city_key,
        day,
        payload: &payload,
        seen_at: now,
    };
    if let Some((known, sign)) = found {
        let its_own = numbered.filter(|n| n.gathering_id == known.gathering_id);
        let gathering = lock(tx, known.gathering_id).await?;
        let before = read_all(&store::sources::of_gathering(tx, gathering.id).await?)?;
        let outcome = match &its_own {
            Some(own) => {
                store::sources::replace(tx, own.id, &new(gathering.id)).await?;
                Outcome::Updated
            }
            None => {
                store::sources::insert(tx, &new(gathering.id)).await?;
                Outcome::Merged
            }
        };
        let id = gathering.id;
        rebuild(rpc, tx, gathering, &before, now).await?;
        return Ok((id, outcome, format!("{sign}: {}", name(&known))));
    }
    if let Some(moved) = moved(tx, numbered, &record).await? {
        let gathering = lock(tx, moved.gathering_id).await?;
        let before = read_all(std::slice::from_ref(&moved))?;
        store::sources::replace(tx, moved.id, &new(gathering.id)).await?;
        let id = gathering.id;
        rebuild(rpc, tx, gathering, &before, now).await?;
        return Ok((
            id,
            Outcome::Updated,
            "the same name under the same number: its day or city changed".to_owned(),
        ));
    }
    let gathering = add(rpc, tx, &record, now).await?;
    store::sources::insert(tx, &new(gathering)).await?;
    Ok((gathering, Outcome::Imported, String::new()))
}

/// The content of a record, whatever its number.
fn fingerprint(request: &pb::ImportGatheringRequest) -> Vec<u8> {
    let content = pb::ImportGatheringRequest {
        record: 0,
        ..request.clone()
    };
    Sha256::digest(content.encode_to_vec()).to_vec()
}

fn name(record: &SourceRecord) -> String {
    format!("{}#{}", record.source, record.record)
}

fn stored_day(record: &Record) -> time::Date {
    let day = record.day;
    let month = u8::try_from(day.month())
        .ok()
        .and_then(|m| time::Month::try_from(m).ok());
    let dom = u8::try_from(day.day()).unwrap_or(1);
    month
        .and_then(|m| time::Date::from_calendar_date(day.year().into(), m, dom).ok())
        .unwrap_or(time::Date::MIN)
}

/// A record of the same gathering, and by which sign it is that.
async fn recognise(
    tx: &mut Tx,
    record: &Record,
    day: time::Date,
) -> Result<Option<(SourceRecord, &'static str)>, Error> {
    for known in store::sources::of_place(tx, record.country, &record.city_key, day).await? {
        if let Some(sign) = external::same(&read(&known)?, record) {
            return Ok(Some((known, sign)));
        }
    }
    Ok(None)
}

/// The record that had this number, if this is what became of it and nothing else stands for its gathering.
async fn moved(
    tx: &mut Tx,
    numbered: Option<SourceRecord>,
    record: &Record,
) -> Result<Option<SourceRecord>, Error> {
    let Some(old) = numbered else {
        return Ok(None);
    };
    let alone = store::sources::of_gathering(tx, old.gathering_id)
        .await?
        .len()
        == 1;
    let same_name = key(&read(&old)?.request.name) == key(&record.request.name);
    Ok((alone && same_name).then_some(old))
}

fn read(known: &SourceRecord) -> Result<Record, Error> {
    let mut request = pb::ImportGatheringRequest::decode(&known.payload[..])?;
    request.record = known.record;
    external::read(request)
}

fn read_all(known: &[SourceRecord]) -> Result<Vec<Record>, Error> {
    known.iter().map(read).collect()
}

async fn lock(tx: &mut Tx, id: Uuid) -> Result<Gathering, Error> {
    store::gatherings::lock(tx, id)
        .await?
        .ok_or(Error::NotFound("gathering"))
}

/// A new gathering of one record, published at once.
async fn add(
    rpc: &EventsRpc,
    tx: &mut Tx,
    record: &Record,
    now: OffsetDateTime,
) -> Result<Uuid, Error> {
    let mut gathering = Gathering::draft(Uuid::now_v7(), now);
    merge::apply(
        &rpc.region,
        &rpc.import_format,
        std::slice::from_ref(record),
        &mut gathering,
    );
    gathering.state = State::Published;
    gathering.published_at = Some(now);
    published::gathering_published(tx, &mut gathering).await?;
    if record.request.cancelled {
        gathering.state = State::Cancelled;
        published::gathering_cancelled(tx, &mut gathering).await?;
    }
    store::gatherings::insert(tx, &gathering).await?;
    Ok(gathering.id)
}

/// Makes a locked gathering say what its records say now, and tells what changed. What staff cancelled stays so.
async fn rebuild(
    rpc: &EventsRpc,
    tx: &mut Tx,
    mut gathering: Gathering,
    before: &[Record],
    now: OffsetDateTime,
) -> Result<(), Error> {
    let records = read_all(&store::sources::of_gathering(tx, gathering.id).await?)?;
    let changed = merge::apply(&rpc.region, &rpc.import_format, &records, &mut gathering);
    let (was, is) = (merge::cancelled(before), merge::cancelled(&records));
    if changed {
        gathering.version += 1;
        gathering.updated_at = now;
    }
    match (gathering.state, was, is) {
        (State::Published, _, true) => {
            gathering.state = State::Cancelled;
            published::gathering_cancelled(tx, &mut gathering).await?;
        }
        (State::Cancelled, true, false) => {
            gathering.state = State::Published;
            published::gathering_published(tx, &mut gathering).await?;
        }
        (State::Published, ..) if changed => {
            published::gathering_changed(tx, &mut gathering).await?
        }
        _ => {}
    }
    store::gatherings::save(tx, &gathering).await?;
    Ok(())
}
