//! Gatherings.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::content::Texts;
use crate::gathering::{External, Gathering, ProgrammeItem, State, Visibility};

type Json<T> = sqlx::types::Json<T>;

/// What a list is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub states: Vec<String>,
    /// Only those that were published at some time.
    pub seen: bool,
    pub own_only: bool,
    /// Empty: all.
    pub format: String,
    /// Empty: all.
    pub municipality: String,
    pub ends_after: OffsetDateTime,
    pub starts_before: Option<OffsetDateTime>,
    /// Behind this place.
    pub after: Option<(OffsetDateTime, Uuid)>,
    pub limit: i64,
}

pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Gathering>> {
    sqlx::query_as!(
        Gathering,
        "select * from events.gathering where id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

pub(crate) async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Gathering>> {
    sqlx::query_as!(
        Gathering,
        "select * from events.gathering where id = $1 for update",
        id
    )
    .fetch_optional(db)
    .await
}

pub(crate) async fn insert(db: &mut PgConnection, g: &Gathering) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into events.gathering
            (id, state, titles, texts, format, start_at, end_at, time_zone, place, municipality, online_url, capacity,
             visible_to, programme, closes_at, organiser, external, confirmed, waiting, last_seq, version, revision,
             published_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25)",
        g.id,
        g.state as State,
        &g.titles as &Json<Texts>,
        &g.texts as &Json<Texts>,
        g.format,
        g.start_at,
        g.end_at,
        g.time_zone,
        g.place,
        g.municipality,
        g.online_url,
        g.capacity,
        g.visible_to as Visibility,
        &g.programme as &Json<Vec<ProgrammeItem>>,
        g.closes_at,
        g.organiser,
        g.external.as_ref() as Option<&Json<External>>,
        g.confirmed,
        g.waiting,
        g.last_seq,
        g.version,
        g.revision,
        g.published_at,
        g.created_at,
        g.updated_at,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Writes a locked gathering.
pub(crate) async fn save(db: &mut PgConnection, g: &Gathering) -> sqlx::Result<()> {
    sqlx::query!(
        "update events.gathering set
            state = $2, titles = $3, texts = $4, format = $5, start_at = $6, end_at = $7, time_zone = $8, place = $9,
            municipality = $10, online_url = $11, capacity = $12, visible_to = $13, programme = $14, closes_at = $15,
            organiser = $16, external = $17, confirmed = $18, waiting = $19, last_seq = $20, version = $21,
            revision = $22, published_at = $23, updated_at = $24
         where id = $1",
        g.id,
        g.state as State,
        &g.titles as &Json<Texts>,
        &g.texts as &Json<Texts>,
        g.format,
        g.start_at,
        g.end_at,
        g.time_zone,
        g.place,
        g.municipality,
        g.online_url,
        g.capacity,
        g.visible_to as Visibility,
        &g.programme as &Json<Vec<ProgrammeItem>>,
        g.closes_at,
        g.organiser,
        g.external.as_ref() as Option<&Json<External>>,
        g.confirmed,
        g.waiting,
        g.last_seq,
        g.version,
        g.revision,
        g.published_at,
        g.updated_at,
    )
    .execute(db)
    .await
    .map(drop)
}

/// In the order of start, then id.
pub(crate) async fn list(db: &mut PgConnection, wanted: &Wanted) -> sqlx::Result<Vec<Gathering>> {
    let (after_start, after_id) = wanted.after.unzip();
    sqlx::query_as!(
        Gathering,
        "select * from events.gathering
         where state = any($1) and (not $2 or published_at is not null) and (not $3 or external is null)
           and ($4 = '' or format = $4) and ($5 = '' or municipality = $5)
           and end_at > $6 and ($7::timestamptz is null or start_at < $7)
           and ($8::timestamptz is null or (start_at, id) > ($8, $9))
         order by start_at, id limit $10",
        &wanted.states,
        wanted.seen,
        wanted.own_only,
        wanted.format,
        wanted.municipality,
        wanted.ends_after,
        wanted.starts_before,
        after_start,
        after_id,
        wanted.limit,
    )
    .fetch_all(db)
    .await
}

/// What the catalogue may show, in the order of ids.
pub(crate) async fn shown(
    db: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<Gathering>> {
    sqlx::query_as!(
        Gathering,
        "select * from events.gathering where state = 'published' and id > $1 order by id limit $2",
        after,
        limit
    )
    .fetch_all(db)
    .await
}
