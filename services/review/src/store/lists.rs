//! The SQL of lists: the applicant's, the reviewer's queue, the administrator's.
use std::collections::HashMap;

use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::{Application, Route, State};
use crate::content::Content;

/// Where a list goes on: after this application.
pub(crate) type Place = (OffsetDateTime, Uuid);

/// How far a panel is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    /// Members of the panel.
    pub(crate) members: i64,
    /// Those of them who have voted.
    pub(crate) voters: Vec<Uuid>,
}

/// The applications of an applicant, newest first.
pub(crate) async fn mine(
    db: &mut PgConnection,
    applicant: Uuid,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Application>> {
    let (at, id) = after.unzip();
    applications!(
        "where applicant = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
         order by created_at desc, id desc limit $4",
        applicant,
        at,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// The applications in whose panel a reviewer sits, oldest hand-in first.
pub(crate) async fn queue(
    db: &mut PgConnection,
    reviewer: Uuid,
    closed_too: bool,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Application>> {
    let (at, id) = after.unzip();
    applications!(
        "where id in (select s.application_id from review.seat s where s.account_id = $1 and s.left_at is null)
           and ($2 or closed_at is null) and submitted_at is not null
           and ($3::timestamptz is null or (submitted_at, id) > ($3, $4::uuid))
         order by submitted_at, id limit $5",
        reviewer,
        closed_too,
        at,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// Everything that was handed in, oldest first. With `stuck`: the undecided ones whose panel is incomplete or split.
pub(crate) async fn handed_in(
    db: &mut PgConnection,
    state: Option<State>,
    stuck: bool,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Application>> {
    let (at, id) = after.unzip();
    applications!(
        "where submitted_at is not null and ($1::review.state is null or state = $1)
           and (not $2 or closed_at is null and (
                  seats > (select count(*) from review.seat s where s.application_id = application.id and s.left_at is null)
                  or not exists (select 1 from review.seat s where s.application_id = application.id and s.left_at is null
                                 and not exists (select 1 from review.vote v where v.application_id = application.id
                                                                              and v.account_id = s.account_id))))
           and ($3::timestamptz is null or (submitted_at, id) > ($3, $4::uuid))
         order by submitted_at, id limit $5",
        state as Option<State>,
        stuck,
        at,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// How far the panels of these applications are.
pub(crate) async fn progress(
    db: &mut PgConnection,
    applications: &[Application],
) -> sqlx::Result<HashMap<Uuid, Progress>> {
    let ids: Vec<Uuid> = applications.iter().map(|a| a.id).collect();
    let rows = sqlx::query!(
        r#"select s.application_id, count(*) as "members!",
                  coalesce(array_agg(v.account_id) filter (where v.account_id is not null), '{}') as "voters!"
           from review.seat s
           left join review.vote v on v.application_id = s.application_id and v.account_id = s.account_id
           where s.application_id = any($1) and s.left_at is null
           group by s.application_id"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            (
                r.application_id,
                Progress {
                    members: r.members,
                    voters: r.voters,
                },
            )
        })
        .collect())
}

/// How many applications are in each state, drafts left out.
pub(crate) async fn counts(db: &mut PgConnection) -> sqlx::Result<Vec<(State, i64)>> {
    let rows = sqlx::query!(
        r#"select state as "state: State", count(*) as "count!" from review.application
           where submitted_at is not null group by state order by state"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.state, r.count)).collect())
}

/// The whole days of the longest-waiting undecided application, pauses left out.
pub(crate) async fn longest_days(db: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        r#"select coalesce(floor(max(extract(epoch from $1 - submitted_at) - paused_seconds
                                     - coalesce(extract(epoch from $1 - paused_at), 0)) / 86400), 0)::int as "days!"
           from review.application where submitted_at is not null and closed_at is null"#,
        now
    )
    .fetch_one(db)
    .await
}

/// The median of the days that decided applications took.
pub(crate) async fn median_days(db: &mut PgConnection) -> sqlx::Result<i32> {
    sqlx::query_scalar!(
        r#"select coalesce(percentile_disc(0.5) within group (order by days), 0) as "days!" from review.decision"#
    )
    .fetch_one(db)
    .await
}
