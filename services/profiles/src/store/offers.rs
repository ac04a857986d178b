//! Offers in the database. They change only while their profile is locked.
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::offer::Offer;

pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Offer>> {
    sqlx::query_as!(Offer, "select * from profiles.offer where id = $1", id)
        .fetch_optional(db)
        .await
}

/// The offers of these profiles, oldest first, withdrawn ones too.
pub(crate) async fn of_profiles(
    db: &mut PgConnection,
    profiles: &[Uuid],
) -> sqlx::Result<Vec<Offer>> {
    sqlx::query_as!(
        Offer,
        "select * from profiles.offer where profile_id = any($1) order by created_at, id",
        profiles
    )
    .fetch_all(db)
    .await
}

pub(crate) async fn count_open(db: &mut PgConnection, profile: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from profiles.offer where profile_id = $1 and not withdrawn"#,
        profile
    )
    .fetch_one(db)
    .await
}

/// Writes an offer, new or changed.
pub(crate) async fn save(db: &mut PgConnection, o: &Offer) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into profiles.offer
             (id, profile_id, kind, audiences, titles, texts, minutes, price, group_size_max, needs,
              travels_everywhere, travels_to, withdrawn, version, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (id) do update set
             kind = excluded.kind, audiences = excluded.audiences, titles = excluded.titles, texts = excluded.texts,
             minutes = excluded.minutes, price = excluded.price, group_size_max = excluded.group_size_max,
             needs = excluded.needs, travels_everywhere = excluded.travels_everywhere,
             travels_to = excluded.travels_to, withdrawn = excluded.withdrawn, version = excluded.version",
        o.id,
        o.profile_id,
        o.kind,
        &o.audiences,
        Json(&o.titles) as _,
        Json(&o.texts) as _,
        o.minutes,
        o.price,
        o.group_size_max,
        Json(&o.needs) as _,
        o.travels_everywhere,
        &o.travels_to,
        o.withdrawn,
        o.version,
        o.created_at
    )
    .execute(db)
    .await
    .map(drop)
}
