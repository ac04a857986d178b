//! Profiles in the database.
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::profile::{Hider, Profile};

pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as!(Profile, "select * from profiles.profile where id = $1", id)
        .fetch_optional(db)
        .await
}

/// Reads a profile and keeps others from changing it until the transaction ends.
pub(crate) async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Profile>> {
    sqlx::query_as!(
        Profile,
        "select * from profiles.profile where id = $1 for update",
        id
    )
    .fetch_optional(db)
    .await
}

pub(crate) async fn of_owner(db: &mut PgConnection, owner: Uuid) -> sqlx::Result<Vec<Profile>> {
    sqlx::query_as!(
        Profile,
        "select * from profiles.profile where owner = $1 order by created_at, id",
        owner
    )
    .fetch_all(db)
    .await
}

pub(crate) async fn of_ids(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Profile>> {
    sqlx::query_as!(
        Profile,
        "select * from profiles.profile where id = any($1)",
        ids
    )
    .fetch_all(db)
    .await
}

/// Counts an account's profiles; a second count of the same account waits until this transaction ends.
pub(crate) async fn count_of_owner(db: &mut PgConnection, owner: Uuid) -> sqlx::Result<i64> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1, 2))",
        owner.to_string()
    )
    .execute(&mut *db)
    .await?;
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from profiles.profile where owner = $1"#,
        owner
    )
    .fetch_one(db)
    .await
}

/// What the catalogue may show, in the order of ids.
pub(crate) async fn shown(
    db: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Profile>> {
    sqlx::query_as!(
        Profile,
        "select * from profiles.profile
         where approved_at is not null and hidden_by is null and not protected and ($1::uuid is null or id > $1)
         order by id limit $2",
        after,
        limit
    )
    .fetch_all(db)
    .await
}

pub(crate) async fn insert(db: &mut PgConnection, p: &Profile) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into profiles.profile
             (id, owner, name, art_fields, municipality, texts, links, contact, revision, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        p.id,
        p.owner,
        p.name,
        &p.art_fields,
        p.municipality,
        Json(&p.texts) as _,
        Json(&p.links) as _,
        Json(&p.contact) as _,
        p.revision,
        p.created_at,
        p.updated_at
    )
    .execute(db)
    .await
    .map(drop)
}

/// Writes a locked profile back.
pub(crate) async fn save(db: &mut PgConnection, p: &Profile) -> sqlx::Result<()> {
    sqlx::query!(
        "update profiles.profile set
             name = $2, art_fields = $3, municipality = $4, texts = $5, links = $6, contact = $7, image_id = $8,
             image_alt = $9, approved_at = $10, hidden_by = $11, protected = $12, version = $13, revision = $14,
             updated_at = $15
         where id = $1",
        p.id,
        p.name,
        &p.art_fields,
        p.municipality,
        Json(&p.texts) as _,
        Json(&p.links) as _,
        Json(&p.contact) as _,
        p.image_id,
        Json(&p.image_alt) as _,
        p.approved_at,
        p.hidden_by as Option<Hider>,
        p.protected,
        p.version,
        p.revision,
        p.updated_at
    )
    .execute(db)
    .await
    .map(drop)
}
