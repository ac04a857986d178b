//! Tokens that set a new password.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::account::RESET_WITHIN;

/// Stores a token of an account.
pub(crate) async fn insert(
    db: &mut PgConnection,
    token_hash: &[u8],
    account_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity.password_reset (token_hash, account_id, expires_at) values ($1, $2, $3)",
        token_hash,
        account_id,
        now + RESET_WITHIN
    )
    .execute(db)
    .await
    .map(drop)
}

/// Whose token this is, if it is good.
pub(crate) async fn owner(
    db: &mut PgConnection,
    token_hash: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select account_id from identity.password_reset where token_hash = $1 and expires_at > $2",
        token_hash,
        now
    )
    .fetch_optional(db)
    .await
}

/// Takes back every token of an account.
pub(crate) async fn clear(db: &mut PgConnection, account_id: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from identity.password_reset where account_id = $1",
        account_id
    )
    .execute(db)
    .await
    .map(drop)
}
