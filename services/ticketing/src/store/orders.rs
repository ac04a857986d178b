//! Orders, their lines, payments, and the door.
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::order::{Label, Line, Order, State};
use crate::payment::Payment;

/// An order that ran out of time.
#[derive(Debug)]
pub struct Lapsed {
    /// The order.
    pub id: Uuid,
    /// The performance.
    pub performance_id: Uuid,
    /// How many seats it held.
    pub seats: i64,
    /// Facts published, this one included.
    pub revision: i64,
}

/// A ticket with the order that it belongs to.
#[derive(Debug)]
pub struct Ticket {
    /// The order.
    pub order: Order,
    /// Its line.
    pub line: Line,
}

/// An order beside one of its lines.
struct OrderRow {
    order_id: Uuid,
    performance_id: Uuid,
    state: String,
    held_at: OffsetDateTime,
    held_until: OffsetDateTime,
    currency: String,
    paid_at: Option<OffsetDateTime>,
    revision: i64,
    now: OffsetDateTime,
    id: Uuid,
    category: String,
    ticket_type: String,
    seat_id: Option<i32>,
    section: String,
    row: String,
    number: String,
    price: i64,
    vat_permille: i32,
    vat: i64,
    generation: i32,
    checked_in_at: Option<OffsetDateTime>,
}

impl From<OrderRow> for Line {
    fn from(r: OrderRow) -> Self {
        Self {
            id: r.id,
            category: r.category,
            ticket_type: r.ticket_type,
            seat: r.seat_id.map(|seat_id| Label {
                seat_id,
                section: r.section,
                row: r.row,
                number: r.number,
            }),
            price: r.price,
            // The table's check keeps rates to 0–1000.
            vat_permille: u16::try_from(r.vat_permille).unwrap_or(u16::MAX),
            vat: r.vat,
            generation: u16::try_from(r.generation).unwrap_or(u16::MAX),
            checked_in_at: r.checked_in_at,
        }
    }
}

/// Adds an order that is held for so many seconds from now, by the database's clock; tells until when.
pub async fn insert(
    db: &mut PgConnection,
    id: Uuid,
    performance: Uuid,
    currency: &str,
    lines: &[Line],
    seconds: f64,
) -> sqlx::Result<OffsetDateTime> {
    let text = |f: fn(&Line) -> String| lines.iter().map(f).collect::<Vec<_>>();
    let label = |f: fn(&Label) -> String| {
        lines
            .iter()
            .map(|l| l.seat.as_ref().map(f).unwrap_or_default())
            .collect::<Vec<_>>()
    };
    let seats: Vec<Option<i32>> = lines
        .iter()
        .map(|l| l.seat.as_ref().map(|s| s.seat_id))
        .collect();
    sqlx::query_scalar!(
        "with held as (
             insert into ticketing.orders (id, performance_id, state, held_until, currency)
             values ($1, $2, 'held', now() + make_interval(secs => $3), $4) returning held_until
         ), lines as (
             insert into ticketing.order_line (order_id, position, id, category, ticket_type, seat_id, section, row, number,
                                               price, vat_permille, vat)
             select $1, x.position, x.id, x.category, x.ticket_type, x.seat_id, x.section, x.row, x.number,
                    x.price, x.vat_permille, x.vat
             from unnest($5::uuid[], $6::text[], $7::text[], $8::int[], $9::text[], $10::text[], $11::text[],
                         $12::bigint[], $13::int[], $14::bigint[])
                  with ordinality
                  as x (id, category, ticket_type, seat_id, section, row, number, price, vat_permille, vat, position)
         )
         select held_until from held",
        id,
        performance,
        seconds,
        currency,
        &lines.iter().map(|l| l.id).collect::<Vec<_>>(),
        &text(|l| l.category.clone()),
        &text(|l| l.ticket_type.clone()),
        &seats as &[Option<i32>],
        &label(|s| s.section.clone()),
        &label(|s| s.row.clone()),
        &label(|s| s.number.clone()),
        &lines.iter().map(|l| l.price).collect::<Vec<_>>(),
        &lines.iter().map(|l| i32::from(l.vat_permille)).collect::<Vec<_>>(),
        &lines.iter().map(|l| l.vat).collect::<Vec<_>>()
    )
    .fetch_one(db)
    .await
}

/// Rows of one order, the first line first; `$which` ends the query.
macro_rules! order_rows {
    ($which:literal, $id:expr) => {
        sqlx::query_as!(
            OrderRow,
            r#"select o.id as order_id, o.performance_id, o.state, o.created_at as held_at, o.held_until, o.currency, o.paid_at, o.revision,
                      now() as "now!", l.id, l.category, l.ticket_type, l.seat_id, l.section, l.row, l.number, l.price,
                      l.vat_permille, l.vat, l.generation, l.checked_in_at
               from ticketing.orders o join ticketing.order_line l on l.order_id = o.id "#
                + $which,
            $id
        )
    };
}

/// The order.
pub async fn find(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Order>> {
    let rows = order_rows!("where o.id = $1 order by l.position", id);
    Ok(order(rows.fetch_all(db).await?).map(|(order, _)| order))
}

/// The order, locked until the transaction ends, and the database's time.
pub async fn lock(
    db: &mut PgConnection,
    id: Uuid,
) -> sqlx::Result<Option<(Order, OffsetDateTime)>> {
    let rows = order_rows!("where o.id = $1 order by l.position for update of o", id);
    Ok(order(rows.fetch_all(db).await?))
}

/// The order of these rows, and the database's time; an order has a line at least.
fn order(rows: Vec<OrderRow>) -> Option<(Order, OffsetDateTime)> {
    let mut found: Option<(Order, OffsetDateTime)> = None;
    for r in rows {
        let (order, _) = found.get_or_insert_with(|| {
            let order = Order {
                id: r.order_id,
                performance_id: r.performance_id,
                state: State::stored(&r.state),
                held_at: r.held_at,
                held_until: r.held_until,
                currency: r.currency.clone(),
                lines: Vec::new(),
                paid_at: r.paid_at,
                revision: r.revision,
            };
            (order, r.now)
        });
        order.lines.push(r.into());
    }
    found
}

/// Saves an order that this transaction has locked.
pub async fn save(db: &mut PgConnection, order: &Order) -> sqlx::Result<()> {
    sqlx::query!(
        "update ticketing.orders set state = $2, revision = $3 where id = $1",
        order.id,
        order.state.as_str(),
        order.revision
    )
    .execute(db)
    .await
    .map(drop)
}

/// Moves the end of a hold that this transaction has locked.
pub async fn keep(db: &mut PgConnection, id: Uuid, until: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query!(
        "update ticketing.orders set held_until = $2 where id = $1",
        id,
        until
    )
    .execute(db)
    .await
    .map(drop)
}

/// Who buys.
#[derive(Debug, Clone)]
pub struct Buyer {
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Language of mails.
    pub language: String,
}

/// Saves an order that this transaction has locked and that is paid now, with its buyer.
pub async fn save_paid(db: &mut PgConnection, order: &Order, buyer: &Buyer) -> sqlx::Result<()> {
    sqlx::query!(
        "update ticketing.orders
         set state = $2, revision = $3, paid_at = $4, buyer_name = $5, buyer_email = $6, language = $7 where id = $1",
        order.id,
        order.state.as_str(),
        order.revision,
        order.paid_at,
        buyer.name,
        buyer.email,
        buyer.language
    )
    .execute(db)
    .await
    .map(drop)
}

/// Notes how a try to pay ended. The same try, told again, is kept once.
pub async fn insert_payment(db: &mut PgConnection, payment: &Payment) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into ticketing.payment (id, order_id, request_id, provider, state, amount, currency)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (order_id, request_id) do nothing",
        payment.id,
        payment.order_id,
        payment.request_id,
        payment.provider.as_str(),
        payment.state.as_str(),
        payment.amount,
        payment.currency
    )
    .execute(db)
    .await
    .map(drop)
}

/// Sets orders whose time is up to lapsed, of one performance or of all, oldest first. Those that somebody is
/// paying at this moment are left alone.
pub async fn lapse(
    db: &mut PgConnection,
    performance: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Lapsed>> {
    sqlx::query_as!(
        Lapsed,
        r#"update ticketing.orders o set state = 'lapsed', revision = revision + 1
           where o.id in (select id from ticketing.orders
                          where state = 'held' and held_until <= now() and ($1::uuid is null or performance_id = $1)
                          order by held_until limit $2 for update skip locked)
           returning o.id, o.performance_id, o.revision,
                     (select count(*) from ticketing.order_line l where l.order_id = o.id) as "seats!""#,
        performance,
        limit
    )
    .fetch_all(db)
    .await
}

/// The ticket, or the line of an order that is not paid.
pub async fn ticket(db: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Ticket>> {
    let rows = order_rows!(
        "where o.id = (select order_id from ticketing.order_line where id = $1) order by l.position",
        id
    );
    Ok(order(rows.fetch_all(db).await?).and_then(|(order, _)| {
        let line = order.lines.iter().find(|l| l.id == id)?.clone();
        Some(Ticket { order, line })
    }))
}

/// Lets a paid ticket of this performance in if nobody was let in with it before. Of several doors one wins.
pub async fn check_in(
    db: &mut PgConnection,
    ticket: Uuid,
    performance: Uuid,
    generation: Option<u16>,
) -> sqlx::Result<Option<Line>> {
    let row = sqlx::query_as!(
        OrderRow,
        r#"update ticketing.order_line l set checked_in_at = clock_timestamp()
         from ticketing.orders o
         where l.id = $1 and l.checked_in_at is null and ($3::int is null or l.generation = $3)
           and o.id = l.order_id and o.performance_id = $2 and o.state = 'paid'
         returning o.id as order_id, o.performance_id, o.state, o.created_at as held_at, o.held_until, o.currency, o.paid_at, o.revision,
                   now() as "now!", l.id, l.category, l.ticket_type, l.seat_id, l.section, l.row, l.number, l.price,
                   l.vat_permille, l.vat, l.generation, l.checked_in_at"#,
        ticket,
        performance,
        generation.map(i32::from)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Line::from))
}
