//! Sessions and their refresh tokens.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::session::{LONGEST, Session, Shown};

/// Begins a session.
pub(crate) async fn insert(
    db: &mut PgConnection,
    id: Uuid,
    account_id: Uuid,
    agent: &str,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity.session (id, account_id, agent, began_at, used_at, expires_at) values ($1, $2, $3, $4, $4, $5)",
        id,
        account_id,
        agent,
        now,
        now + LONGEST
    )
    .execute(db)
    .await
    .map(drop)
}

/// The live sessions of an account, newest first, from after the place on.
pub(crate) async fn live(
    db: &mut PgConnection,
    account_id: Uuid,
    now: OffsetDateTime,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Session>> {
    let (at, id) = after.unzip();
    sqlx::query_as!(
        Session,
        "select id, agent, began_at, used_at, expires_at from identity.session
         where account_id = $1 and ended_at is null and expires_at > $2
           and ($3::timestamptz is null or (began_at, id) < ($3, $4))
         order by began_at desc, id desc limit $5",
        account_id,
        now,
        at,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// Ends a live session of the account; false if there is none with this id.
pub(crate) async fn end(
    db: &mut PgConnection,
    account_id: Uuid,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let ended = sqlx::query!(
        "update identity.session set ended_at = $3 where id = $1 and account_id = $2 and ended_at is null and expires_at > $3",
        id,
        account_id,
        now
    )
    .execute(db)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends every live session of the account and tells which.
pub(crate) async fn end_all(
    db: &mut PgConnection,
    account_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "update identity.session set ended_at = $2 where account_id = $1 and ended_at is null and expires_at > $2 returning id",
        account_id,
        now
    )
    .fetch_all(db)
    .await
}

/// Whose refresh token this is.
pub(crate) async fn owner(db: &mut PgConnection, hash: &[u8]) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select s.account_id from identity.refresh_token t join identity.session s on s.id = t.session_id where t.hash = $1",
        hash
    )
    .fetch_optional(db)
    .await
}

/// The refresh token with what is known of it. The account is locked, so nothing of it changes meanwhile.
pub(crate) async fn shown(
    db: &mut PgConnection,
    hash: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<Option<Shown>> {
    sqlx::query_as!(
        Shown,
        r#"select t.session_id, (s.ended_at is not null or s.expires_at <= $2) as "session_over!",
                  t.used_at, t.retried, t.successor, (n.used_at is not null) as "successor_used!"
           from identity.refresh_token t
           join identity.session s on s.id = t.session_id
           left join identity.refresh_token n on n.hash = t.successor
           where t.hash = $1"#,
        hash,
        now
    )
    .fetch_optional(db)
    .await
}

/// Adds a refresh token to a session.
pub(crate) async fn add_token(
    db: &mut PgConnection,
    hash: &[u8],
    session_id: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity.refresh_token (hash, session_id) values ($1, $2)",
        hash,
        session_id
    )
    .execute(db)
    .await
    .map(drop)
}

/// Notes that a token was exchanged for another.
pub(crate) async fn rotate(
    db: &mut PgConnection,
    hash: &[u8],
    successor: &[u8],
    session_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    add_token(&mut *db, successor, session_id).await?;
    sqlx::query!(
        "update identity.refresh_token set used_at = $3, successor = $2 where hash = $1",
        hash,
        successor,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update identity.session set used_at = $2 where id = $1",
        session_id,
        now
    )
    .execute(db)
    .await
    .map(drop)
}

/// Notes that a used token was exchanged once more. The token that got lost counts as used, so that whoever shows it
/// after all ends the session.
pub(crate) async fn retry(
    db: &mut PgConnection,
    hash: &[u8],
    successor: &[u8],
    session_id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    add_token(&mut *db, successor, session_id).await?;
    sqlx::query!(
        "update identity.refresh_token set used_at = $2 where hash = (select successor from identity.refresh_token where hash = $1)",
        hash,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update identity.refresh_token set retried = true, successor = $2 where hash = $1",
        hash,
        successor
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update identity.session set used_at = $2 where id = $1",
        session_id,
        now
    )
    .execute(db)
    .await
    .map(drop)
}
