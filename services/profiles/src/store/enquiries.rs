//! Enquiries in the database.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::enquiry::{Enquiry, Message, Side, State};

pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Enquiry>> {
    sqlx::query_as!(Enquiry, "select * from profiles.enquiry where id = $1", id)
        .fetch_optional(db)
        .await
}

/// Reads an enquiry and keeps others from changing it until the transaction ends.
pub(crate) async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Enquiry>> {
    sqlx::query_as!(
        Enquiry,
        "select * from profiles.enquiry where id = $1 for update",
        id
    )
    .fetch_optional(db)
    .await
}

/// Which enquiries to list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose {
    /// Those to a profile, confirmed ones alone.
    To(Uuid),
    /// Those that an account sent.
    SentBy(Uuid),
}

/// Newest first; ids rise with time.
pub(crate) async fn list(
    db: &mut PgConnection,
    whose: Whose,
    state: Option<State>,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Enquiry>> {
    let state = state as Option<State>;
    match whose {
        Whose::To(profile) => {
            sqlx::query_as!(
                Enquiry,
                "select * from profiles.enquiry
                 where profile_id = $1 and state <> 'unconfirmed'
                   and ($2::text is null or state = $2) and ($3::uuid is null or id < $3)
                 order by id desc limit $4",
                profile,
                state as _,
                before,
                limit
            )
            .fetch_all(db)
            .await
        }
        Whose::SentBy(account) => {
            sqlx::query_as!(
                Enquiry,
                "select * from profiles.enquiry
                 where buyer_account = $1 and ($2::text is null or state = $2) and ($3::uuid is null or id < $3)
                 order by id desc limit $4",
                account,
                state as _,
                before,
                limit
            )
            .fetch_all(db)
            .await
        }
    }
}

/// The messages of these enquiries, oldest first.
pub(crate) async fn messages(
    db: &mut PgConnection,
    enquiries: &[Uuid],
) -> sqlx::Result<Vec<Message>> {
    sqlx::query_as!(
        Message,
        "select enquiry_id, side, text, at from profiles.enquiry_message where enquiry_id = any($1) order by enquiry_id, seq",
        enquiries
    )
    .fetch_all(db)
    .await
}

/// How many enquiries an address was used for since then, or an account sent. A second count of the same address
/// or account waits for this one.
pub(crate) async fn count_from(
    db: &mut PgConnection,
    email: &str,
    account: Option<Uuid>,
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    let email = email.to_lowercase();
    for (kind, key) in [
        (3, Some(email.clone())),
        (4, account.map(|a| a.to_string())),
    ] {
        sqlx::query!(
            "select pg_advisory_xact_lock(hashtextextended($1, $2))",
            key,
            kind
        )
        .execute(&mut *db)
        .await?;
    }
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from profiles.enquiry
           where (lower(buyer_email) = $1 or buyer_account = $2) and created_at > $3"#,
        email,
        account,
        since
    )
    .fetch_one(db)
    .await
}

/// How many enquiries a locked profile got since then.
pub(crate) async fn count_to(
    db: &mut PgConnection,
    profile: Uuid,
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from profiles.enquiry where profile_id = $1 and sent_at > $2"#,
        profile,
        since
    )
    .fetch_one(db)
    .await
}

pub(crate) async fn insert(db: &mut PgConnection, e: &Enquiry) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into profiles.enquiry
             (id, profile_id, offer_id, buyer_account, buyer_kind, buyer_name, buyer_email, language, state, revision,
              created_at, sent_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        e.id,
        e.profile_id,
        e.offer_id,
        e.buyer_account,
        e.buyer_kind,
        e.buyer_name,
        e.buyer_email,
        e.language,
        e.state as _,
        e.revision,
        e.created_at,
        e.sent_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Writes a locked enquiry's state back.
pub(crate) async fn save(db: &mut PgConnection, e: &Enquiry) -> sqlx::Result<()> {
    sqlx::query!(
        "update profiles.enquiry set state = $2, revision = $3, sent_at = $4 where id = $1",
        e.id,
        e.state as _,
        e.revision,
        e.sent_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Adds the next message to a locked enquiry.
pub(crate) async fn add_message(
    db: &mut PgConnection,
    enquiry: Uuid,
    side: Side,
    text: &str,
    at: OffsetDateTime,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into profiles.enquiry_message (enquiry_id, seq, side, text, at)
         select $1, coalesce(max(seq) + 1, 0), $2, $3, $4 from profiles.enquiry_message where enquiry_id = $1",
        enquiry,
        side as _,
        text,
        at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Deletes enquiries that nobody confirmed, with what was written; tells how many.
pub(crate) async fn delete_unconfirmed(
    db: &mut PgConnection,
    before: OffsetDateTime,
) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "delete from profiles.enquiry where state = 'unconfirmed' and created_at < $1",
        before
    );
    deleted.execute(db).await.map(|done| done.rows_affected())
}
