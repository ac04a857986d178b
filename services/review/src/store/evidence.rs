//! The SQL of evidence: what files there are, who opened them, when they are deleted. The bytes are kit's uploads.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A file of evidence.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    /// Its id, that of its upload.
    pub(crate) id: Uuid,
    /// The application.
    pub(crate) application_id: Uuid,
    /// File name.
    pub(crate) name: String,
    /// What it shows.
    pub(crate) description: String,
    /// MIME type.
    pub(crate) media_type: String,
    /// Size in bytes.
    pub(crate) size: i64,
    /// When it was added.
    pub(crate) added_at: OffsetDateTime,
}

/// The files of an application, oldest first.
pub(crate) async fn list(db: &mut PgConnection, application: Uuid) -> sqlx::Result<Vec<Evidence>> {
    sqlx::query_as!(
        Evidence,
        "select id, application_id, name, description, media_type, size, added_at from review.evidence
         where application_id = $1 order by added_at, id",
        application
    )
    .fetch_all(db)
    .await
}

/// One file.
pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Evidence>> {
    sqlx::query_as!(
        Evidence,
        "select id, application_id, name, description, media_type, size, added_at from review.evidence where id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

/// Adds a file.
pub(crate) async fn insert(db: &mut PgConnection, e: &Evidence) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review.evidence (id, application_id, name, description, media_type, size, added_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        e.id,
        e.application_id,
        e.name,
        e.description,
        e.media_type,
        e.size,
        e.added_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Deletes a file with its bytes.
pub(crate) async fn delete(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from review.evidence where id = $1", id)
        .execute(&mut *db)
        .await?;
    kit::upload::delete(db, id).await
}

/// Writes down that somebody opens a file.
pub(crate) async fn opened(
    db: &mut PgConnection,
    e: &Evidence,
    account: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into review.evidence_opened (evidence_id, application_id, account_id, opened_at) values ($1, $2, $3, $4)",
        e.id,
        e.application_id,
        account,
        now
    )
    .execute(db)
    .await
    .map(drop)
}

/// Applications whose evidence is to be deleted by now.
pub(crate) async fn due(db: &mut PgConnection, now: OffsetDateTime) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select id from review.application where evidence_until <= $1 order by id limit 100",
        now
    )
    .fetch_all(db)
    .await
}

/// Notes that an application's evidence is gone.
pub(crate) async fn gone(db: &mut PgConnection, application: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "update review.application set evidence_until = null where id = $1",
        application
    )
    .execute(db)
    .await
    .map(drop)
}
