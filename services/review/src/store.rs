//! The SQL of applications, their questions and lists. Panels, votes and files have files of their own.
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::{Application, Route, State};
use crate::content::Content;
use crate::error::Error;

/// `applications!("where …", arguments…)`: applications with all their columns.
macro_rules! applications {
    ($tail:literal, $($argument:expr),*) => {
        sqlx::query_as!(
            Application,
            r#"select id, profile_id, applicant, route as "route: Route", art_fields, municipality,
                      content as "content: Json<Content>", state as "state: State", version, revision, seats, created_at,
                      submitted_at, paused_at, paused_seconds, answered_at, decision_due_at, closed_at, evidence_until
               from review.application "# + $tail,
            $($argument),*
        )
    };
}

pub(crate) mod evidence;
pub(crate) mod lists;
pub(crate) mod panel;

/// A question of the panel.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// Its id.
    pub(crate) id: Uuid,
    /// What is asked.
    pub(crate) text: String,
    /// When.
    pub(crate) asked_at: OffsetDateTime,
    /// By when the answer is due.
    pub(crate) answer_due_at: OffsetDateTime,
    /// The answer.
    pub(crate) answer: Option<String>,
    /// When it was answered or lapsed.
    pub(crate) closed_at: Option<OffsetDateTime>,
}

/// Reads an application.
pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Application>> {
    applications!("where id = $1", id).fetch_optional(db).await
}

/// Reads an application and keeps others from changing it until the transaction ends. Everything that changes it,
/// its panel, votes or files takes this lock first.
pub(crate) async fn lock(db: &mut PgConnection, id: Uuid) -> Result<Application, Error> {
    applications!("where id = $1 for update", id)
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound("application"))
}

/// Adds an application.
pub(crate) async fn insert(db: &mut PgConnection, a: &Application) -> Result<(), Error> {
    let inserted = sqlx::query!(
        "insert into review.application
             (id, profile_id, applicant, route, art_fields, municipality, content, state, version, revision, seats,
              created_at, paused_seconds)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        a.id,
        a.profile_id,
        a.applicant,
        a.route as Route,
        &a.art_fields,
        a.municipality,
        &a.content as &Json<Content>,
        a.state as State,
        a.version,
        a.revision,
        a.seats,
        a.created_at,
        a.paused_seconds,
    )
    .execute(db)
    .await;
    match inserted {
        Err(e) if kit::fault::constraint(&e) == Some("application_one_per_profile") => {
            Err(Error::ProfileHasApplication)
        }
        other => Ok(other.map(drop)?),
    }
}

/// Saves a locked application and counts the change.
pub(crate) async fn save(db: &mut PgConnection, a: &mut Application) -> sqlx::Result<()> {
    a.version += 1;
    sqlx::query!(
        "update review.application
         set art_fields = $2, municipality = $3, content = $4, state = $5, version = $6, revision = $7, seats = $8,
             submitted_at = $9, paused_at = $10, paused_seconds = $11, answered_at = $12, decision_due_at = $13,
             closed_at = $14, evidence_until = $15
         where id = $1",
        a.id,
        &a.art_fields,
        a.municipality,
        &a.content as &Json<Content>,
        a.state as State,
        a.version,
        a.revision,
        a.seats,
        a.submitted_at,
        a.paused_at,
        a.paused_seconds,
        a.answered_at,
        a.decision_due_at,
        a.closed_at,
        a.evidence_until,
    )
    .execute(db)
    .await
    .map(drop)
}

/// The panel's questions, oldest first.
pub(crate) async fn questions(
    db: &mut PgConnection,
    application: Uuid,
) -> sqlx::Result<Vec<Question>> {
    sqlx::query_as!(
        Question,
        "select id, text, asked_at, answer_due_at, answer, closed_at from review.question
         where application_id = $1 order by asked_at, id",
        application
    )
    .fetch_all(db)
    .await
}

/// Adds a question.
pub(crate) async fn insert_question(
    db: &mut PgConnection,
    application: Uuid,
    asked_by: Uuid,
    q: &Question,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review.question (id, application_id, asked_by, text, asked_at, answer_due_at)
         values ($1, $2, $3, $4, $5, $6)",
        q.id,
        application,
        asked_by,
        q.text,
        q.asked_at,
        q.answer_due_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Closes the open question, with its answer if there is one.
pub(crate) async fn close_question(
    db: &mut PgConnection,
    application: Uuid,
    answer: Option<&str>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update review.question set answer = $2, closed_at = $3 where application_id = $1 and closed_at is null",
        application,
        answer,
        now
    )
    .execute(db)
    .await
    .map(drop)
}

/// Applications whose question was to be answered by now.
pub(crate) async fn unanswered(
    db: &mut PgConnection,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select application_id from review.question where closed_at is null and answer_due_at <= $1",
        now
    )
    .fetch_all(db)
    .await
}
