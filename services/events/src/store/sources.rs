//! Records of other calendars.
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A record as it last came.
#[derive(Debug, Clone)]
pub(crate) struct SourceRecord {
    pub id: i64,
    pub source: String,
    pub record: i32,
    pub gathering_id: Uuid,
    pub payload: Vec<u8>,
}

/// What a new or changed record is stored with.
pub(crate) struct NewRecord<'a> {
    pub source: &'a str,
    pub record: i32,
    pub fingerprint: &'a [u8],
    pub gathering_id: Uuid,
    pub country: &'a str,
    pub city_key: &'a str,
    pub day: Date,
    pub payload: &'a [u8],
    pub seen_at: OffsetDateTime,
}

/// Keeps other records of this city and day out until the transaction ends, so that two that are one gathering
/// cannot both be new.
pub(crate) async fn lock_place(
    db: &mut PgConnection,
    country: &str,
    city_key: &str,
    day: Date,
) -> sqlx::Result<()> {
    let place = format!("import {country} {city_key} {day}");
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 0)) is null as locked",
        place
    )
    .fetch_one(db)
    .await
    .map(drop)
}

/// The same content from the same calendar.
pub(crate) async fn same_content(
    db: &mut PgConnection,
    source: &str,
    fingerprint: &[u8],
) -> sqlx::Result<Option<SourceRecord>> {
    sqlx::query_as!(
        SourceRecord,
        "select id, source, record, gathering_id, payload from events.source_record
         where source = $1 and fingerprint = $2",
        source,
        fingerprint
    )
    .fetch_optional(db)
    .await
}

/// What the calendar last had under this number.
pub(crate) async fn numbered(
    db: &mut PgConnection,
    source: &str,
    record: i32,
) -> sqlx::Result<Option<SourceRecord>> {
    sqlx::query_as!(
        SourceRecord,
        "select id, source, record, gathering_id, payload from events.source_record
         where source = $1 and record = $2 order by seen_at desc, id desc limit 1",
        source,
        record
    )
    .fetch_optional(db)
    .await
}

/// Every record of this city and day, oldest first.
pub(crate) async fn of_place(
    db: &mut PgConnection,
    country: &str,
    city_key: &str,
    day: Date,
) -> sqlx::Result<Vec<SourceRecord>> {
    sqlx::query_as!(
        SourceRecord,
        "select id, source, record, gathering_id, payload from events.source_record
         where country = $1 and city_key = $2 and day = $3 order by id",
        country,
        city_key,
        day
    )
    .fetch_all(db)
    .await
}

/// Every record that a gathering stands for, oldest first.
pub(crate) async fn of_gathering(
    db: &mut PgConnection,
    gathering: Uuid,
) -> sqlx::Result<Vec<SourceRecord>> {
    sqlx::query_as!(
        SourceRecord,
        "select id, source, record, gathering_id, payload from events.source_record
         where gathering_id = $1 order by id",
        gathering
    )
    .fetch_all(db)
    .await
}

pub(crate) async fn insert(db: &mut PgConnection, new: &NewRecord<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into events.source_record
            (source, record, fingerprint, gathering_id, country, city_key, day, payload, seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.source,
        new.record,
        new.fingerprint,
        new.gathering_id,
        new.country,
        new.city_key,
        new.day,
        new.payload,
        new.seen_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Puts a changed record in the place of the one that it was.
pub(crate) async fn replace(
    db: &mut PgConnection,
    id: i64,
    new: &NewRecord<'_>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update events.source_record set
            record = $2, fingerprint = $3, country = $4, city_key = $5, day = $6, payload = $7, seen_at = $8
         where id = $1",
        id,
        new.record,
        new.fingerprint,
        new.country,
        new.city_key,
        new.day,
        new.payload,
        new.seen_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Notes that a record came again, and under which number.
pub(crate) async fn seen(
    db: &mut PgConnection,
    id: i64,
    record: i32,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update events.source_record set record = $2, seen_at = $3 where id = $1",
        id,
        record,
        now
    )
    .execute(db)
    .await
    .map(drop)
}
