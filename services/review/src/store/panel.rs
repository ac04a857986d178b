//! The SQL of reviewers, seats, votes and decisions.
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::Seat;
use crate::eligibility::Finding;
use crate::panel::Reviewer;
use crate::vote::{Assessment, Verdict, Vote};

/// A decision, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    /// Which way.
    pub(crate) verdict: Verdict,
    /// Why.
    pub(crate) reasons: String,
    /// The votes that it rests on.
    pub(crate) votes: Json<Vec<Vote>>,
    /// What the numbers said.
    pub(crate) findings: Json<Vec<Finding>>,
    /// The administrator who broke a tie.
    pub(crate) tie_broken_by: Option<Uuid>,
    /// When.
    pub(crate) decided_at: OffsetDateTime,
    /// Days of handling.
    pub(crate) days: i32,
}

/// Notes that somebody is a reviewer in these fields.
pub(crate) async fn appoint(
    db: &mut PgConnection,
    account: Uuid,
    art_fields: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review.reviewer (account_id, art_fields) values ($1, $2)
         on conflict (account_id) do update set art_fields = excluded.art_fields",
        account,
        art_fields
    )
    .execute(db)
    .await
    .map(drop)
}

/// Notes that somebody is a reviewer no longer.
pub(crate) async fn dismiss(db: &mut PgConnection, account: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from review.reviewer where account_id = $1", account)
        .execute(db)
        .await
        .map(drop)
}

/// Everybody who may be drawn, with how much they have to do.
pub(crate) async fn reviewers(db: &mut PgConnection) -> sqlx::Result<Vec<Reviewer>> {
    sqlx::query_as!(
        Reviewer,
        r#"select r.account_id, r.art_fields,
                  (select count(*) from review.seat s join review.application a on a.id = s.application_id
                   where s.account_id = r.account_id and s.left_at is null
                     and a.state in ('submitted', 'in_review', 'more_asked')) as "open_cases!"
           from review.reviewer r"#
    )
    .fetch_all(db)
    .await
}

/// Everybody who sits or sat in a panel, in the order in which they came.
pub(crate) async fn seats(db: &mut PgConnection, application: Uuid) -> sqlx::Result<Vec<Seat>> {
    sqlx::query_as!(
        Seat,
        r#"select account_id, conflict, left_at is not null as "left!" from review.seat
           where application_id = $1 order by seated_at, account_id"#,
        application
    )
    .fetch_all(db)
    .await
}

/// Gives somebody a seat.
pub(crate) async fn seat(
    db: &mut PgConnection,
    application: Uuid,
    account: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review.seat (application_id, account_id, seated_at) values ($1, $2, $3)",
        application,
        account,
        now
    )
    .execute(db)
    .await
    .map(drop)
}

/// Somebody leaves a panel for a conflict. Their vote is struck.
pub(crate) async fn leave_for_conflict(
    db: &mut PgConnection,
    application: Uuid,
    account: Uuid,
    reason: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from review.vote where application_id = $1 and account_id = $2",
        application,
        account
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update review.seat set left_at = coalesce(left_at, $4), conflict = $3 where application_id = $1 and account_id = $2",
        application,
        account,
        reason,
        now
    )
    .execute(db)
    .await
    .map(drop)
}

/// Who is a reviewer no longer leaves the panel, unless they have voted.
pub(crate) async fn vacate_dismissed(
    db: &mut PgConnection,
    application: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update review.seat s set left_at = $2
         where application_id = $1 and left_at is null
           and not exists (select 1 from review.reviewer r where r.account_id = s.account_id)
           and not exists (select 1 from review.vote v where v.application_id = $1 and v.account_id = s.account_id)",
        application,
        now
    )
    .execute(db)
    .await
    .map(drop)
}

/// Undecided applications whose panel lacks somebody, is all voted, or holds somebody who is a reviewer no longer.
pub(crate) async fn to_look_at(db: &mut PgConnection) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select a.id from review.application a
         where a.state in ('submitted', 'in_review', 'more_asked')
           and (a.seats > (select count(*) from review.seat s where s.application_id = a.id and s.left_at is null)
                or not exists (select 1 from review.seat s where s.application_id = a.id and s.left_at is null
                               and not exists (select 1 from review.vote v
                                               where v.application_id = a.id and v.account_id = s.account_id))
                or exists (select 1 from review.seat s where s.application_id = a.id and s.left_at is null
                           and not exists (select 1 from review.reviewer r where r.account_id = s.account_id)
                           and not exists (select 1 from review.vote v
                                           where v.application_id = a.id and v.account_id = s.account_id)))
         order by a.submitted_at, a.id"
    )
    .fetch_all(db)
    .await
}

/// The votes, in the order in which they were cast.
pub(crate) async fn votes(db: &mut PgConnection, application: Uuid) -> sqlx::Result<Vec<Vote>> {
    let rows = sqlx::query!(
        r#"select account_id, verdict as "verdict: Verdict", assessments as "assessments: Json<Vec<Assessment>>",
                  reasons, cast_at
           from review.vote where application_id = $1 order by cast_at, account_id"#,
        application
    )
    .fetch_all(db)
    .await?;
    let vote = rows.into_iter().map(|r| Vote {
        account_id: r.account_id,
        verdict: r.verdict,
        assessments: r.assessments.0,
        reasons: r.reasons,
        cast_at: r.cast_at,
    });
    Ok(vote.collect())
}

/// Casts a vote, in the place of an earlier one of the same member.
pub(crate) async fn cast(db: &mut PgConnection, application: Uuid, v: &Vote) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review.vote (application_id, account_id, verdict, assessments, reasons, cast_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (application_id, account_id) do update
         set verdict = excluded.verdict, assessments = excluded.assessments, reasons = excluded.reasons,
             cast_at = excluded.cast_at",
        application,
        v.account_id,
        v.verdict as Verdict,
        Json(&v.assessments) as _,
        v.reasons,
        v.cast_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Writes a decision down. There is no way to change it.
pub(crate) async fn decide(
    db: &mut PgConnection,
    application: Uuid,
    d: &Decision,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review.decision (application_id, verdict, reasons, votes, findings, tie_broken_by, decided_at, days)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        application,
        d.verdict as Verdict,
        d.reasons,
        &d.votes as &Json<Vec<Vote>>,
        &d.findings as &Json<Vec<Finding>>,
        d.tie_broken_by,
        d.decided_at,
        d.days
    )
    .execute(db)
    .await
    .map(drop)
}

/// The decision, if there is one.
pub(crate) async fn decision(
    db: &mut PgConnection,
    application: Uuid,
) -> sqlx::Result<Option<Decision>> {
    sqlx::query_as!(
        Decision,
        r#"select verdict as "verdict: Verdict", reasons, votes as "votes: Json<Vec<Vote>>",
                  findings as "findings: Json<Vec<Finding>>", tie_broken_by, decided_at, days
           from review.decision where application_id = $1"#,
        application
    )
    .fetch_optional(db)
    .await
}
