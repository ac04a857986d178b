//! Performances.
use region::Names;
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::performance::{self, Performance, State};
use crate::plan::{Plan, PriceCategory};

/// A performance with what is shown of its production and house.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The performance.
    pub performance: Performance,
    /// Titles of the production.
    pub titles: Names,
    /// Descriptions of the production; empty where they were not asked for.
    pub texts: Names,
    /// From which age it is meant.
    pub age_from: i32,
    /// Name of the house.
    pub house_name: String,
    /// Key of the municipality.
    pub municipality: String,
}

struct Row {
    id: Uuid,
    house_id: Uuid,
    production_id: Uuid,
    hall_id: Option<Uuid>,
    starts_at: OffsetDateTime,
    time_zone: String,
    mode: String,
    state: String,
    prices: Json<Vec<PriceCategory>>,
    sale_from: Option<OffsetDateTime>,
    sale_until: OffsetDateTime,
    numbered: bool,
    capacity: i32,
    version: i64,
    revision: i64,
    titles: Json<Names>,
    texts: Json<Names>,
    genre: String,
    minutes: i32,
    age_from: i32,
    house_name: String,
    municipality: String,
}

impl From<Row> for Shown {
    fn from(row: Row) -> Self {
        let plan = Plan {
            starts_at: row.starts_at,
            time_zone: row.time_zone,
            prices: row.prices.0,
            sale_from: row.sale_from,
            sale_until: row.sale_until,
        };
        Self {
            performance: Performance {
                id: row.id,
                house_id: row.house_id,
                production_id: row.production_id,
                hall_id: row.hall_id,
                mode: performance::stored_mode(&row.mode),
                state: State::stored(&row.state),
                plan,
                numbered: row.numbered,
                capacity: row.capacity,
                version: row.version,
                revision: row.revision,
                genre: row.genre,
                minutes: row.minutes,
            },
            titles: row.titles.0,
            texts: row.texts.0,
            age_from: row.age_from,
            house_name: row.house_name,
            municipality: row.municipality,
        }
    }
}

/// One select for every way to look performances up. The long texts are left behind where nobody reads them.
macro_rules! performances {
    ($texts:tt, $which:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select p.id, p.house_id, p.production_id, p.hall_id, p.starts_at, p.time_zone, p.mode, p.state,
                      p.prices as "prices: Json<Vec<PriceCategory>>", p.sale_from, p.sale_until, p.numbered,
                      p.capacity, p.version, p.revision, r.titles as "titles: Json<Names>","#
                + $texts
                + r#" as "texts!: Json<Names>", r.genre, r.minutes, r.age_from, h.name as house_name, h.municipality
               from ticketing.performance p
               join ticketing.production r on r.id = p.production_id
               join ticketing.house h on h.id = p.house_id "#
                + $which
            $(, $arg)*
        )
    };
}

/// The performance, without long texts.
pub async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Shown>> {
    let row = performances!("'{}'::jsonb", "where p.id = $1", id)
        .fetch_optional(db)
        .await?;
    Ok(row.map(Shown::from))
}

/// The performance with its texts.
pub async fn show(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Shown>> {
    let row = performances!("r.texts", "where p.id = $1", id)
        .fetch_optional(db)
        .await?;
    Ok(row.map(Shown::from))
}

/// The performance with its texts, locked until the transaction ends. Buying does not wait for it.
pub async fn lock(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Shown>> {
    let row = performances!("r.texts", "where p.id = $1 for no key update of p", id)
        .fetch_optional(db)
        .await?;
    Ok(row.map(Shown::from))
}

/// Which part of a list is wanted: what starts at `from` or later and before `to`, after the place `(starts_at, id)`.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Not before this; `None`: from the first.
    pub from: Option<OffsetDateTime>,
    /// Before this; `None`: without end.
    pub to: Option<OffsetDateTime>,
    /// The last one of the page before.
    pub after: (OffsetDateTime, Uuid),
    /// So many at most.
    pub limit: i64,
}

/// Performances on sale that start after `now`, of one house or of all.
pub async fn list_on_sale(
    db: &mut PgConnection,
    house: Option<Uuid>,
    now: OffsetDateTime,
    part: Part,
) -> sqlx::Result<Vec<Shown>> {
    let rows = performances!(
        "r.texts",
        "where p.state = 'on_sale' and p.starts_at > $1 and (p.starts_at, p.id) > ($2, $3)
           and ($4::uuid is null or p.house_id = $4)
           and ($5::timestamptz is null or p.starts_at >= $5) and ($6::timestamptz is null or p.starts_at < $6)
         order by p.starts_at, p.id limit $7",
        now,
        part.after.0,
        part.after.1,
        house,
        part.from,
        part.to,
        part.limit
    );
    Ok(rows
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Shown::from)
        .collect())
}

/// All performances of a house.
pub async fn list_of_house(
    db: &mut PgConnection,
    house: Uuid,
    part: Part,
) -> sqlx::Result<Vec<Shown>> {
    let rows = performances!(
        "r.texts",
        "where p.house_id = $1 and (p.starts_at, p.id) > ($2, $3)
           and ($4::timestamptz is null or p.starts_at >= $4) and ($5::timestamptz is null or p.starts_at < $5)
         order by p.starts_at, p.id limit $6",
        house,
        part.after.0,
        part.after.1,
        part.from,
        part.to,
        part.limit
    );
    Ok(rows
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Shown::from)
        .collect())
}

/// Performances on sale after `after`, by id.
pub async fn catalogue(db: &mut PgConnection, after: Uuid, limit: i64) -> sqlx::Result<Vec<Shown>> {
    let rows = performances!(
        "r.texts",
        "where p.state = 'on_sale' and p.id > $1 order by p.id limit $2",
        after,
        limit
    );
    Ok(rows
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Shown::from)
        .collect())
}

/// The production's performances on sale that start after `now`, without long texts.
pub async fn on_sale_of(
    db: &mut PgConnection,
    production: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Shown>> {
    let rows = performances!(
        "'{}'::jsonb",
        "where p.production_id = $1 and p.state = 'on_sale' and p.starts_at > $2",
        production,
        now
    );
    Ok(rows
        .fetch_all(db)
        .await?
        .into_iter()
        .map(Shown::from)
        .collect())
}

/// Adds a performance.
pub async fn insert(db: &mut PgConnection, p: &Performance) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into ticketing.performance (id, house_id, production_id, hall_id, starts_at, time_zone, mode, state,
                                            prices, sale_from, sale_until, numbered, capacity, version, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        p.id,
        p.house_id,
        p.production_id,
        p.hall_id,
        p.plan.starts_at,
        p.plan.time_zone,
        performance::mode_str(p.mode),
        p.state.as_str(),
        Json(&p.plan.prices) as _,
        p.plan.sale_from,
        p.plan.sale_until,
        p.numbered,
        p.capacity,
        p.version,
        p.revision
    )
    .execute(db)
    .await
    .map(drop)
}

/// Saves a performance that this transaction has locked.
pub async fn save(db: &mut PgConnection, p: &Performance) -> sqlx::Result<()> {
    sqlx::query!(
        "update ticketing.performance
         set starts_at = $2, time_zone = $3, state = $4, prices = $5, sale_from = $6, sale_until = $7,
             capacity = $8, version = $9, revision = $10
         where id = $1",
        p.id,
        p.plan.starts_at,
        p.plan.time_zone,
        p.state.as_str(),
        Json(&p.plan.prices) as _,
        p.plan.sale_from,
        p.plan.sale_until,
        p.capacity,
        p.version,
        p.revision
    )
    .execute(db)
    .await
    .map(drop)
}

/// A performance that one more fact is told of.
#[derive(Debug)]
pub struct Touched {
    /// The performance.
    pub id: Uuid,
    /// When it starts.
    pub starts_at: OffsetDateTime,
    /// Facts published, this one included.
    pub revision: i64,
}

/// Counts one more fact for each performance that a house has on sale and that starts after `now`; of one production or
/// of all. Drafts are locked too: one that goes on sale meanwhile must not be told with what was true before.
pub async fn touch_on_sale(
    db: &mut PgConnection,
    house: Uuid,
    production: Option<Uuid>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Touched>> {
    sqlx::query_as!(
        Touched,
        "with shown as materialized (
             select id, state from ticketing.performance
             where house_id = $1 and state <> 'cancelled' and starts_at > $2
               and ($3::uuid is null or production_id = $3)
             order by id for no key update
         )
         update ticketing.performance p set revision = p.revision + 1
         from shown s where p.id = s.id and s.state = 'on_sale'
         returning p.id, p.starts_at, p.revision",
        house,
        now,
        production
    )
    .fetch_all(db)
    .await
}
