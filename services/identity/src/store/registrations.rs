//! Registrations that wait for their token.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::account::{CONFIRM_WITHIN, Registration};

/// A registration whose token was shown.
pub(crate) struct Waiting {
    pub(crate) id: Uuid,
    pub(crate) email_key: String,
    pub(crate) registration: Registration,
    /// The account that it became already.
    pub(crate) account_id: Option<Uuid>,
}

/// Stores a registration under its token.
pub(crate) async fn insert(
    db: &mut PgConnection,
    token_hash: &[u8],
    email_key: &str,
    new: &Registration,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity.registration (id, token_hash, email, email_key, name, language, password_hash, at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Uuid::now_v7(),
        token_hash,
        new.email,
        email_key,
        new.name,
        new.language,
        new.password_hash,
        now,
        now + CONFIRM_WITHIN
    )
    .execute(db)
    .await
    .map(drop)
}

/// The newest registration of an address that still waits.
pub(crate) async fn newest(
    db: &mut PgConnection,
    email_key: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Registration>> {
    sqlx::query_as!(
        Registration,
        "select email, name, language, password_hash from identity.registration
         where email_key = $1 and account_id is null and expires_at > $2 order by at desc, id desc limit 1",
        email_key,
        now
    )
    .fetch_optional(db)
    .await
}

/// The registration with this token. It and all others of its address are locked, always in the same order, so that
/// two tokens of one address are taken one after the other.
pub(crate) async fn lock(
    db: &mut PgConnection,
    token_hash: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<Option<Waiting>> {
    sqlx::query!(
        "select id from identity.registration
         where email_key = (select email_key from identity.registration where token_hash = $1) order by id for update",
        token_hash
    )
    .fetch_all(&mut *db)
    .await?;
    let row = sqlx::query!(
        "select id, email, email_key, name, language, password_hash, account_id from identity.registration
         where token_hash = $1 and expires_at > $2",
        token_hash,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| Waiting {
        id: r.id,
        email_key: r.email_key,
        registration: Registration {
            email: r.email,
            name: r.name,
            language: r.language,
            password_hash: r.password_hash,
        },
        account_id: r.account_id,
    }))
}

/// Empties a registration that became an account, and deletes the others of its address.
pub(crate) async fn close(
    db: &mut PgConnection,
    waiting: &Waiting,
    account_id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from identity.registration where email_key = $1 and id <> $2 and account_id is null",
        waiting.email_key,
        waiting.id
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update identity.registration set account_id = $2, email = '', email_key = '', name = '', password_hash = '' where id = $1",
        waiting.id,
        account_id
    )
    .execute(db)
    .await
    .map(drop)
}
