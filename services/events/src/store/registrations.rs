//! Registrations. Whoever changes one has locked its gathering.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::registration::{Registration, State};

pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Registration>> {
    sqlx::query_as!(
        Registration,
        "select * from events.registration where id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

/// The registration of an address that was not cancelled.
pub(crate) async fn of_address(
    db: &mut PgConnection,
    gathering: Uuid,
    email_key: &str,
) -> sqlx::Result<Option<Registration>> {
    sqlx::query_as!(
        Registration,
        "select * from events.registration where gathering_id = $1 and email_key = $2 and state <> 'cancelled'",
        gathering,
        email_key
    )
    .fetch_optional(db)
    .await
}

/// Whether an account has a place.
pub(crate) async fn has_place(
    db: &mut PgConnection,
    gathering: Uuid,
    account: Uuid,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from events.registration
                          where gathering_id = $1 and account = $2 and state = 'confirmed') as "exists!""#,
        gathering,
        account
    )
    .fetch_one(db)
    .await
}

pub(crate) async fn insert(db: &mut PgConnection, r: &Registration) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into events.registration
            (id, gathering_id, seq, state, account, name, email, email_key, organisation, role_text, municipality,
             listed, language, reminded_at, revision, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        r.id,
        r.gathering_id,
        r.seq,
        r.state as State,
        r.account,
        r.name,
        r.email,
        r.email_key,
        r.organisation,
        r.role_text,
        r.municipality,
        r.listed,
        r.language,
        r.reminded_at,
        r.revision,
        r.created_at,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Writes what can change of a registration.
pub(crate) async fn save(db: &mut PgConnection, r: &Registration) -> sqlx::Result<()> {
    sqlx::query!(
        "update events.registration set state = $2, listed = $3, reminded_at = $4, revision = $5 where id = $1",
        r.id,
        r.state as State,
        r.listed,
        r.reminded_at,
        r.revision
    )
    .execute(db)
    .await
    .map(drop)
}

/// Gives the first who wait a place, each with the next revision; in their order.
pub(crate) async fn promote(
    db: &mut PgConnection,
    gathering: Uuid,
    how_many: i32,
) -> sqlx::Result<Vec<Registration>> {
    let mut promoted = sqlx::query_as!(
        Registration,
        "update events.registration set state = 'confirmed', revision = revision + 1
         where id in (select id from events.registration where gathering_id = $1 and state = 'waiting'
                      order by seq limit $2)
         returning *",
        gathering,
        i64::from(how_many)
    )
    .fetch_all(db)
    .await?;
    promoted.sort_by_key(|r| r.seq);
    Ok(promoted)
}

/// Place in the queue, from 1; 0 for one that does not wait.
pub(crate) async fn position(db: &mut PgConnection, r: &Registration) -> sqlx::Result<i64> {
    if r.state != State::Waiting {
        return Ok(0);
    }
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from events.registration
           where gathering_id = $1 and state = 'waiting' and seq <= $2"#,
        r.gathering_id,
        r.seq
    )
    .fetch_one(db)
    .await
}

/// Everybody who comes or waits, in the order of registering.
pub(crate) async fn standing(
    db: &mut PgConnection,
    gathering: Uuid,
) -> sqlx::Result<Vec<Registration>> {
    sqlx::query_as!(
        Registration,
        "select * from events.registration where gathering_id = $1 and state <> 'cancelled' order by seq",
        gathering
    )
    .fetch_all(db)
    .await
}

/// Those with a place who consented to be listed, behind `after`.
pub(crate) async fn listed(
    db: &mut PgConnection,
    gathering: Uuid,
    after: i32,
    limit: i64,
) -> sqlx::Result<Vec<Registration>> {
    sqlx::query_as!(
        Registration,
        "select * from events.registration
         where gathering_id = $1 and state = 'confirmed' and listed and seq > $2 order by seq limit $3",
        gathering,
        after,
        limit
    )
    .fetch_all(db)
    .await
}

/// How many have a place and are not listed.
pub(crate) async fn unlisted(db: &mut PgConnection, gathering: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from events.registration
           where gathering_id = $1 and state = 'confirmed' and not listed"#,
        gathering
    )
    .fetch_one(db)
    .await
}

/// A registration with its place in the queue.
pub(crate) struct Row {
    pub registration: Registration,
    pub position: i64,
}

/// Those of a gathering: first those with a place, then those who wait, then those who cancelled; behind `after`, a
/// rank and a number of the order of registering.
pub(crate) async fn of_gathering(
    db: &mut PgConnection,
    gathering: Uuid,
    states: &[String],
    after: (i32, i32),
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let rows = sqlx::query_as!(
        Registration,
        "select * from events.registration
         where gathering_id = $1 and state = any($2)
           and (array_position(array['confirmed', 'waiting', 'cancelled'], state), seq) > ($3, $4)
         order by array_position(array['confirmed', 'waiting', 'cancelled'], state), seq limit $5",
        gathering,
        states,
        after.0,
        after.1,
        limit
    )
    .fetch_all(&mut *db)
    .await?;
    with_positions(db, rows).await
}

/// Those that an account made, newest first, before `before`.
pub(crate) async fn of_account(
    db: &mut PgConnection,
    account: Uuid,
    before: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let (before_at, before_id) = before.unzip();
    let rows = sqlx::query_as!(
        Registration,
        "select * from events.registration
         where account = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3))
         order by created_at desc, id desc limit $4",
        account,
        before_at,
        before_id,
        limit
    )
    .fetch_all(&mut *db)
    .await?;
    with_positions(db, rows).await
}

async fn with_positions(
    db: &mut PgConnection,
    registrations: Vec<Registration>,
) -> sqlx::Result<Vec<Row>> {
    let mut rows = Vec::with_capacity(registrations.len());
    for registration in registrations {
        let position = position(db, &registration).await?;
        rows.push(Row {
            registration,
            position,
        });
    }
    Ok(rows)
}
