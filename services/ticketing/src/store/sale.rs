//! What can be sold: numbered seats, and counters of free seating. Every change is a conditional update, so that of
//! two who want the same seat the database lets one through.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::performance::Performance;
use crate::seat_plan::Seat;

/// A numbered seat at one performance.
#[derive(Debug)]
pub struct SeatForSale {
    /// The seat.
    pub seat: Seat,
    /// `free`, `held` or `sold`; a hold whose time is up counts as free.
    pub state: String,
}

/// Free seating of one category.
#[derive(Debug)]
pub struct Places {
    /// Key of the category.
    pub category: String,
    /// How many in all.
    pub capacity: i32,
    /// How many are neither held nor sold.
    pub remaining: i32,
}

/// A category of a performance whose places do not add up.
#[derive(Debug)]
pub struct Imbalance {
    /// The performance.
    pub performance_id: Uuid,
    /// Key of the category.
    pub category: String,
}

/// Makes what a performance sells: its hall's seats, or its categories' places.
pub async fn open(db: &mut PgConnection, performance: &Performance) -> sqlx::Result<()> {
    if performance.numbered {
        sqlx::query!(
            "insert into ticketing.seat_sale (performance_id, seat_id)
             select $1, seat_id from ticketing.seat where hall_id = $2",
            performance.id,
            performance.hall_id
        )
        .execute(db)
        .await?;
        return Ok(());
    }
    let categories: Vec<String> = performance
        .plan
        .prices
        .iter()
        .map(|c| c.key.clone())
        .collect();
    let places: Vec<i32> = performance.plan.prices.iter().map(|c| c.places).collect();
    sqlx::query!(
        "insert into ticketing.stock (performance_id, category, capacity, remaining)
         select $1, category, places, places from unnest($2::text[], $3::int[]) as x (category, places)",
        performance.id,
        &categories,
        &places
    )
    .execute(db)
    .await
    .map(drop)
}

/// Holds those of these seats that are free or whose hold ran out; tells which. Seats are locked in the order of
/// their ids, so that two orders for overlapping seats queue up instead of blocking each other.
pub async fn hold_seats(
    db: &mut PgConnection,
    performance: Uuid,
    seats: &[i32],
    order: Uuid,
    until: OffsetDateTime,
) -> sqlx::Result<Vec<i32>> {
    sqlx::query_scalar!(
        "with wanted as materialized (
             select seat_id from ticketing.seat_sale
             where performance_id = $1 and seat_id = any($2)
               and (state = 'free' or (state = 'held' and held_until <= now()))
             order by seat_id for update
         )
         update ticketing.seat_sale s set state = 'held', order_id = $3, held_until = $4
         from wanted w where s.performance_id = $1 and s.seat_id = w.seat_id
         returning s.seat_id",
        performance,
        seats,
        order,
        until
    )
    .fetch_all(db)
    .await
}

/// Keeps the seats that the order still holds until a later time; tells how many those are.
pub async fn keep_seats(
    db: &mut PgConnection,
    performance: Uuid,
    seats: &[i32],
    order: Uuid,
    until: OffsetDateTime,
) -> sqlx::Result<u64> {
    let kept = sqlx::query!(
        "with mine as materialized (
             select seat_id from ticketing.seat_sale
             where performance_id = $1 and seat_id = any($2) and order_id = $3 and state = 'held'
             order by seat_id for update
         )
         update ticketing.seat_sale s set held_until = $4
         from mine m where s.performance_id = $1 and s.seat_id = m.seat_id",
        performance,
        seats,
        order,
        until
    )
    .execute(db)
    .await?;
    Ok(kept.rows_affected())
}

/// Sells the seats that the order still holds; tells how many those were.
pub async fn sell_seats(
    db: &mut PgConnection,
    performance: Uuid,
    seats: &[i32],
    order: Uuid,
) -> sqlx::Result<u64> {
    let sold = sqlx::query!(
        "with mine as materialized (
             select seat_id from ticketing.seat_sale
             where performance_id = $1 and seat_id = any($2) and order_id = $3 and state = 'held'
             order by seat_id for update
         )
         update ticketing.seat_sale s set state = 'sold', held_until = null
         from mine m where s.performance_id = $1 and s.seat_id = m.seat_id",
        performance,
        seats,
        order
    )
    .execute(db)
    .await?;
    Ok(sold.rows_affected())
}

/// Takes places of free seating if so many are left; true if they were. All buyers of a hot performance meet in
/// this one row: make it the last statement, so that the next one waits for a commit and nothing else.
pub async fn take_places(
    db: &mut PgConnection,
    performance: Uuid,
    category: &str,
    count: i32,
) -> sqlx::Result<bool> {
    let taken = sqlx::query!(
        "update ticketing.stock set remaining = remaining - $3
         where performance_id = $1 and category = $2 and remaining >= $3",
        performance,
        category,
        count
    )
    .execute(db)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Gives back what these orders, which this transaction has set to lapsed, still hold.
pub async fn give_back(db: &mut PgConnection, orders: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "with mine as materialized (
             select s.performance_id, s.seat_id
             from ticketing.orders o
             join ticketing.order_line l on l.order_id = o.id
             join ticketing.seat_sale s
               on s.performance_id = o.performance_id and s.seat_id = l.seat_id and s.order_id = o.id
             where o.id = any($1) and s.state = 'held'
             order by s.performance_id, s.seat_id for update of s
         )
         update ticketing.seat_sale s set state = 'free', order_id = null, held_until = null
         from mine m where s.performance_id = m.performance_id and s.seat_id = m.seat_id",
        orders
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "with back as materialized (
             select o.performance_id, l.category, count(*)::int as places
             from ticketing.orders o join ticketing.order_line l on l.order_id = o.id
             where o.id = any($1) and l.seat_id is null
             group by o.performance_id, l.category
         ), counter as materialized (
             select s.performance_id, s.category, b.places
             from ticketing.stock s join back b on b.performance_id = s.performance_id and b.category = s.category
             order by s.performance_id, s.category for update of s
         )
         update ticketing.stock s set remaining = s.remaining + c.places
         from counter c where s.performance_id = c.performance_id and s.category = c.category",
        orders
    )
    .execute(db)
    .await
    .map(drop)
}

/// Every numbered seat of a performance, in the order of the plan.
pub async fn seats(db: &mut PgConnection, performance: Uuid) -> sqlx::Result<Vec<SeatForSale>> {
    let rows = sqlx::query!(
        r#"select s.seat_id, s.section, s.row, s.number, s.category, s.accessible,
                  case when x.held_until <= now() then 'free' else x.state end as "state!"
           from ticketing.seat_sale x
           join ticketing.performance p on p.id = x.performance_id
           join ticketing.seat s on s.hall_id = p.hall_id and s.seat_id = x.seat_id
           where x.performance_id = $1 order by s.seat_id"#,
        performance
    )
    .fetch_all(db)
    .await?;
    let shown = rows.into_iter().map(|r| SeatForSale {
        seat: Seat {
            id: r.seat_id,
            section: r.section,
            row: r.row,
            number: r.number,
            category: r.category,
            accessible: r.accessible,
        },
        state: r.state,
    });
    Ok(shown.collect())
}

/// Free seating of a performance, by category.
pub async fn places(db: &mut PgConnection, performance: Uuid) -> sqlx::Result<Vec<Places>> {
    sqlx::query_as!(
        Places,
        "select category, capacity, remaining from ticketing.stock where performance_id = $1 order by category",
        performance
    )
    .fetch_all(db)
    .await
}

/// How many places each of these performances has free; counting ends at `most` where seats are numbered.
pub async fn free(
    db: &mut PgConnection,
    performances: &[Uuid],
    most: i64,
) -> sqlx::Result<Vec<(Uuid, i64)>> {
    let rows = sqlx::query!(
        r#"select p.id, case when p.numbered then (
                   select count(*) from (
                       select 1 from ticketing.seat_sale x
                       where x.performance_id = p.id and (x.state = 'free' or x.held_until <= now()) limit $2
                   ) seats
               ) else (
                   select coalesce(sum(s.remaining), 0) from ticketing.stock s where s.performance_id = p.id
               ) end as "free!"
           from ticketing.performance p where p.id = any($1)"#,
        performances,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.id, r.free)).collect())
}

/// How many tickets of a performance were sold, and how many of them let in.
pub async fn attendance(db: &mut PgConnection, performance: Uuid) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"select count(*) as "sold!", count(l.checked_in_at) as "checked_in!"
           from ticketing.orders o join ticketing.order_line l on l.order_id = o.id
           where o.performance_id = $1 and o.state = 'paid'"#,
        performance
    )
    .fetch_one(db)
    .await?;
    Ok((row.sold, row.checked_in))
}

/// What a category of a performance has sold.
#[derive(Debug)]
pub struct Sold {
    /// The performance.
    pub performance_id: Uuid,
    /// The category.
    pub category: String,
    /// How many there are in all.
    pub capacity: i64,
    /// Neither held nor sold.
    pub free: i64,
    /// Held.
    pub held: i64,
    /// Sold.
    pub sold: i64,
    /// Let in.
    pub checked_in: i64,
    /// Paid for them, VAT included.
    pub gross: i64,
    /// The VAT in it.
    pub vat: i64,
}

/// What a house has sold: of one performance, or of those that start after some time.
pub async fn sold(
    db: &mut PgConnection,
    house: Uuid,
    performance: Option<Uuid>,
    from: OffsetDateTime,
    limit: i64,
) -> sqlx::Result<Vec<Sold>> {
    sqlx::query_as!(
        Sold,
        r#"select p.id as "performance_id!", b.category as "category!", b.capacity as "capacity!", b.free as "free!",
                  b.held as "held!", b.sold as "sold!", m.checked_in as "checked_in!", m.gross as "gross!", m.vat as "vat!"
           from ticketing.performance p
           cross join lateral ticketing.balance(p.id) b
           cross join lateral (
               select count(l.checked_in_at) as checked_in, coalesce(sum(l.price), 0)::bigint as gross,
                      coalesce(sum(l.vat), 0)::bigint as vat
               from ticketing.orders o join ticketing.order_line l on l.order_id = o.id
               where o.performance_id = p.id and o.state = 'paid' and l.category = b.category
           ) m
           where p.house_id = $1 and p.state <> 'draft'
             and (p.id = $2 or ($2::uuid is null and p.starts_at >= $3))
           order by p.starts_at, p.id, b.category
           limit $4"#,
        house,
        performance,
        from,
        limit
    )
    .fetch_all(db)
    .await
}

/// Performances on sale that start after `now` and in which capacity is not free + held + sold, or a seat is in the
/// wrong hands. Always empty, unless there is a mistake in this service.
pub async fn imbalances(
    db: &mut PgConnection,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Imbalance>> {
    sqlx::query_as!(
        Imbalance,
        r#"select p.id as "performance_id!", b.category as "category!"
           from ticketing.performance p, ticketing.balance(p.id) b
           where p.state = 'on_sale' and p.starts_at > $1 and b.capacity <> b.free + b.held + b.sold
           union all
           select p.id, 'seat ' || m.seat_id
           from ticketing.performance p, ticketing.misplaced_seats(p.id) m
           where p.state = 'on_sale' and p.starts_at > $1"#,
        now
    )
    .fetch_all(db)
    .await
}
