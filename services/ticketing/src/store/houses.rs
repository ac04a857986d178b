//! Houses, halls and productions.
use region::Names;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::seat_plan::Seat;

/// A house.
#[derive(Debug, Clone)]
pub struct House {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Key of its municipality.
    pub municipality: String,
    /// What it says of itself.
    pub texts: Json<Names>,
    /// Changes with each edit.
    pub version: i64,
}

/// A hall without its seats.
#[derive(Debug, Clone)]
pub struct Hall {
    /// Its id.
    pub id: Uuid,
    /// The house.
    pub house_id: Uuid,
    /// What it is called.
    pub name: String,
    /// True if its seats are numbered.
    pub numbered: bool,
    /// How many people it takes.
    pub capacity: i32,
    /// Changes with each edit.
    pub version: i64,
}

/// What is shown.
#[derive(Debug, Clone)]
pub struct Production {
    /// Its id.
    pub id: Uuid,
    /// The house.
    pub house_id: Uuid,
    /// Titles.
    pub titles: Json<Names>,
    /// Descriptions.
    pub texts: Json<Names>,
    /// Key of the genre.
    pub genre: String,
    /// Length in minutes.
    pub minutes: i32,
    /// From which age it is meant.
    pub age_from: i32,
    /// Changes with each edit.
    pub version: i64,
}

/// Adds a house.
pub async fn insert_house(db: &mut PgConnection, house: &House) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into ticketing.house (id, name, municipality, texts, version) values ($1, $2, $3, $4, $5)",
        house.id,
        house.name,
        house.municipality,
        Json(&house.texts.0) as _,
        house.version
    )
    .execute(db)
    .await
    .map(drop)
}

/// The house.
pub async fn house(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<House>> {
    sqlx::query_as!(
        House,
        r#"select id, name, municipality, texts as "texts: Json<Names>", version from ticketing.house where id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Houses after `after`, oldest first.
pub async fn list_houses(
    db: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<House>> {
    sqlx::query_as!(
        House,
        r#"select id, name, municipality, texts as "texts: Json<Names>", version
           from ticketing.house where id > $1 order by id limit $2"#,
        after,
        limit
    )
    .fetch_all(db)
    .await
}

/// Saves a changed house if nobody has changed it since `version`; true if it was saved.
pub async fn save_house(db: &mut PgConnection, house: &House, version: i64) -> sqlx::Result<bool> {
    let saved = sqlx::query!(
        "update ticketing.house set name = $3, municipality = $4, texts = $5, version = $6 where id = $1 and version = $2",
        house.id,
        version,
        house.name,
        house.municipality,
        Json(&house.texts.0) as _,
        house.version
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() == 1)
}

/// Adds a hall with its numbered seats, if it has any.
pub async fn insert_hall(db: &mut PgConnection, hall: &Hall, seats: &[Seat]) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into ticketing.hall (id, house_id, name, numbered, capacity, version) values ($1, $2, $3, $4, $5, $6)",
        hall.id,
        hall.house_id,
        hall.name,
        hall.numbered,
        hall.capacity,
        hall.version
    )
    .execute(&mut *db)
    .await?;
    let column = |f: fn(&Seat) -> String| seats.iter().map(f).collect::<Vec<_>>();
    sqlx::query!(
        "insert into ticketing.seat (hall_id, seat_id, section, row, number, category, accessible)
         select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[])",
        hall.id,
        &seats.iter().map(|s| s.id).collect::<Vec<_>>(),
        &column(|s| s.section.clone()),
        &column(|s| s.row.clone()),
        &column(|s| s.number.clone()),
        &column(|s| s.category.clone()),
        &seats.iter().map(|s| s.accessible).collect::<Vec<_>>()
    )
    .execute(db)
    .await
    .map(drop)
}

/// The hall.
pub async fn hall(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Hall>> {
    sqlx::query_as!(
        Hall,
        "select id, house_id, name, numbered, capacity, version from ticketing.hall where id = $1",
        id
    )
    .fetch_optional(db)
    .await
}

/// The house's halls after `after`, oldest first.
pub async fn list_halls(
    db: &mut PgConnection,
    house_id: Uuid,
    after: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<Hall>> {
    sqlx::query_as!(
        Hall,
        "select id, house_id, name, numbered, capacity, version from ticketing.hall
         where house_id = $1 and id > $2 order by id limit $3",
        house_id,
        after,
        limit
    )
    .fetch_all(db)
    .await
}

/// Saves a hall's new name if nobody has changed it since `version`; true if it was saved.
pub async fn save_hall(db: &mut PgConnection, hall: &Hall, version: i64) -> sqlx::Result<bool> {
    let saved = sqlx::query!(
        "update ticketing.hall set name = $3, version = $4 where id = $1 and version = $2",
        hall.id,
        version,
        hall.name,
        hall.version
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() == 1)
}

/// All numbered seats of a hall, in the order of the plan.
pub async fn seats(db: &mut PgConnection, hall_id: Uuid) -> sqlx::Result<Vec<Seat>> {
    sqlx::query_as!(
        Seat,
        "select seat_id as id, section, row, number, category, accessible
         from ticketing.seat where hall_id = $1 order by seat_id",
        hall_id
    )
    .fetch_all(db)
    .await
}

/// Those of these seats that the hall has.
pub async fn some_seats(
    db: &mut PgConnection,
    hall_id: Uuid,
    ids: &[i32],
) -> sqlx::Result<Vec<Seat>> {
    sqlx::query_as!(
        Seat,
        "select seat_id as id, section, row, number, category, accessible
         from ticketing.seat where hall_id = $1 and seat_id = any($2)",
        hall_id,
        ids
    )
    .fetch_all(db)
    .await
}

/// Adds a production.
pub async fn insert_production(db: &mut PgConnection, production: &Production) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into ticketing.production (id, house_id, titles, texts, genre, minutes, age_from, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        production.id,
        production.house_id,
        Json(&production.titles.0) as _,
        Json(&production.texts.0) as _,
        production.genre,
        production.minutes,
        production.age_from,
        production.version
    )
    .execute(db)
    .await
    .map(drop)
}

/// Saves a changed production if nobody has changed it since `version`; true if it was saved.
pub async fn save_production(
    db: &mut PgConnection,
    production: &Production,
    version: i64,
) -> sqlx::Result<bool> {
    let saved = sqlx::query!(
        "update ticketing.production set titles = $3, texts = $4, genre = $5, minutes = $6, age_from = $7, version = $8
         where id = $1 and version = $2",
        production.id,
        version,
        Json(&production.titles.0) as _,
        Json(&production.texts.0) as _,
        production.genre,
        production.minutes,
        production.age_from,
        production.version
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() == 1)
}

/// The production.
pub async fn production(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Production>> {
    sqlx::query_as!(
        Production,
        r#"select id, house_id, titles as "titles: Json<Names>", texts as "texts: Json<Names>", genre, minutes, age_from, version
           from ticketing.production where id = $1"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// The house's productions before `before`, newest first.
pub async fn list_productions(
    db: &mut PgConnection,
    house_id: Uuid,
    before: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<Production>> {
    sqlx::query_as!(
        Production,
        r#"select id, house_id, titles as "titles: Json<Names>", texts as "texts: Json<Names>", genre, minutes, age_from, version
           from ticketing.production where house_id = $1 and id < $2 order by id desc limit $3"#,
        house_id,
        before,
        limit
    )
    .fetch_all(db)
    .await
}
