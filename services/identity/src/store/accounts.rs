//! Accounts.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::account::{Account, Registration};

/// The account with this id.
pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        "select id, email, name, language, password_hash, confirmed_at from identity.account where id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

/// The account of this address, by its key.
pub(crate) async fn by_email(
    db: &mut PgConnection,
    email_key: &str,
) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        "select id, email, name, language, password_hash, confirmed_at from identity.account where email_key = $1",
        email_key
    )
    .fetch_optional(db)
    .await
}

/// The account, locked until the end of the transaction. Whatever changes an account begins here.
pub(crate) async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Account>> {
    sqlx::query_as!(
        Account,
        "select id, email, name, language, password_hash, confirmed_at from identity.account where id = $1 for update",
        id
    )
    .fetch_optional(db)
    .await
}

/// Makes an account; false if another one has the address.
pub(crate) async fn insert(
    db: &mut PgConnection,
    id: Uuid,
    from: &Registration,
    email_key: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let made = sqlx::query!(
        "insert into identity.account (id, email, email_key, name, language, password_hash, confirmed_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict on constraint account_email_key do nothing",
        id,
        from.email,
        email_key,
        from.name,
        from.language,
        from.password_hash,
        now
    )
    .execute(db)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// Changes the password.
pub(crate) async fn set_password(
    db: &mut PgConnection,
    id: Uuid,
    password_hash: &str,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update identity.account set password_hash = $2 where id = $1",
        id,
        password_hash
    )
    .execute(db)
    .await
    .map(drop)
}

/// The revision of the next fact about the account.
pub(crate) async fn next_revision(db: &mut PgConnection, id: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "update identity.account set revision = revision + 1 where id = $1 returning revision",
        id
    )
    .fetch_one(db)
    .await
}
