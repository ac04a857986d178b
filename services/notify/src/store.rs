//! The mails that are kept or wait.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A composed mail. Not `Debug`, so that none ends up in a log.
pub(crate) struct Mail {
    pub(crate) id: Uuid,
    pub(crate) template: String,
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) at: OffsetDateTime,
}

/// Stores a mail, to be kept or to be sent.
pub(crate) async fn insert(db: &mut PgConnection, mail: &Mail, kept: bool) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into notify.mail (id, template, address, name, subject, body, at, kept, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $7)",
        mail.id,
        mail.template,
        mail.address,
        mail.name,
        mail.subject,
        mail.body,
        mail.at,
        kept,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Kept mail, newest first, from after the place on; only to this address if one is given.
pub(crate) async fn kept(
    db: &mut PgConnection,
    address: Option<&str>,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> sqlx::Result<Vec<Mail>> {
    let (at, id) = after.unzip();
    sqlx::query_as!(
        Mail,
        "select id, template, address, name, subject, body, at from notify.mail
         where kept and ($1::text is null or lower(address) = lower($1))
           and ($2::timestamptz is null or (at, id) < ($2, $3))
         order by at desc, id desc limit $4",
        address,
        at,
        id,
        limit,
    )
    .fetch_all(db)
    .await
}

/// A mail that is due, and which try this is. It is due again at a later time unless it is deleted before, so a
/// sender that dies loses nothing.
pub(crate) async fn claim(
    db: &mut PgConnection,
    now: OffsetDateTime,
) -> sqlx::Result<Option<(Mail, i32)>> {
    let row = sqlx::query!(
        "update notify.mail
         set tries = tries + 1, due_at = $1 + least(60, 2 ^ least(tries, 6)) * interval '1 minute'
         where id = (select id from notify.mail where not kept and due_at <= $1
                     order by due_at limit 1 for update skip locked)
         returning id, template, address, name, subject, body, at, tries",
        now,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|r| {
        let mail = Mail {
            id: r.id,
            template: r.template,
            address: r.address,
            name: r.name,
            subject: r.subject,
            body: r.body,
            at: r.at,
        };
        (mail, r.tries)
    }))
}

/// Forgets a mail that was sent or given up.
pub(crate) async fn delete(db: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query!("delete from notify.mail where id = $1", id)
        .execute(db)
        .await
        .map(drop)
}
