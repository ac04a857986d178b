//! Purchases on one hot performance: hold, pay, fetch the ticket; beside a bare SQL transaction that sells from a
//! counter on the same server.
use std::time::{Duration, Instant};

use anyhow::Context;
use contracts::common::v1::{LocalText, Money};
use contracts::ticketing::v1::pay_order_request::Provider;
use contracts::ticketing::v1::{
    CreateHallRequest, CreatePerformanceRequest, CreateProductionRequest, GetSeatsRequest,
    GetTicketRequest, Hall, HoldSeatsRequest, ListHousesRequest, ListHousesResponse, Mode,
    OpenPerformanceRequest, Order, PayOrderRequest, Performance, PlaceChoice, PriceCategory,
    Production, Seats, Ticket,
};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use time::OffsetDateTime;
use uuid::Uuid;

use super::report::{Line, Report};
use super::stack::Stack;
use super::{Bench, demo_staff};
use crate::call::told;
use crate::grpcweb::Client;

const TICKETING: &str = "kulturtorg.ticketing.v1.TicketingService";
const PLACES: i32 = 5_000;

/// A house that can open performances.
pub(super) struct House {
    staff: Client,
    production: String,
    hall: String,
    raw: PgPool,
}

impl House {
    pub(super) async fn open(stack: &Stack) -> anyhow::Result<Self> {
        let staff = stack.as_person(demo_staff::HOUSE).await?;
        let houses: ListHousesResponse =
            ask(&staff, "ListHouses", &ListHousesRequest::default()).await?;
        let house = houses
            .houses
            .iter()
            .find(|h| h.name == demo_staff::HOUSE_NAME)
            .context("the house is gone")?;
        let request = CreateHallRequest {
            house_id: house.id.clone(),
            name: "Bench".to_owned(),
            free_places: PLACES,
            request_id: id(),
            ..Default::default()
        };
        let hall: Hall = ask(&staff, "CreateHall", &request).await?;
        let request = CreateProductionRequest {
            house_id: house.id.clone(),
            titles: text("Bench"),
            genre: "concert".to_owned(),
            minutes: 60,
            request_id: id(),
            ..Default::default()
        };
        let production: Production = ask(&staff, "CreateProduction", &request).await?;
        let raw = PgPoolOptions::new()
            .max_connections(32)
            .connect(&stack.postgres.url("kulturtorg"))
            .await?;
        sqlx::raw_sql(
            "create schema bench_raw;
             create table bench_raw.stock (id int primary key, remaining int not null check (remaining >= 0));
             create table bench_raw.sale (id uuid primary key, stock int not null, at timestamptz not null default now())",
        )
        .execute(&raw)
        .await?;
        Ok(Self {
            staff,
            production: production.id,
            hall: hall.id,
            raw,
        })
    }

    async fn performance(&self) -> anyhow::Result<String> {
        let starts = kit::Clock::system().now() + time::Duration::days(30);
        let starts = OffsetDateTime::from_unix_timestamp(starts.unix_timestamp())?;
        let request = CreatePerformanceRequest {
            production_id: self.production.clone(),
            hall_id: self.hall.clone(),
            start_time: Some(kit::clock::to_proto(starts)),
            time_zone: "Europe/Stockholm".to_owned(),
            mode: Mode::Venue.into(),
            prices: vec![PriceCategory {
                key: "a".to_owned(),
                names: text("Plats"),
                price: Some(Money {
                    currency: "SEK".to_owned(),
                    minor_units: 20_000,
                }),
                places: PLACES,
                ..Default::default()
            }],
            request_id: id(),
            ..Default::default()
        };
        let made: Performance = ask(&self.staff, "CreatePerformance", &request).await?;
        let open = OpenPerformanceRequest {
            performance_id: made.id,
        };
        let opened: Performance = ask(&self.staff, "OpenPerformance", &open).await?;
        Ok(opened.id)
    }
}

pub(super) async fn round(
    stack: &Stack,
    house: &House,
    bench: &Bench,
    report: &mut Report,
) -> anyhow::Result<()> {
    let performance = house.performance().await?;
    let until = Instant::now() + Duration::from_secs(bench.seconds);
    let began = Instant::now();
    let buyers = (0..bench.callers).map(|_| {
        let (client, performance) = (stack.client.clone(), performance.clone());
        tokio::spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < until {
                let one = Instant::now();
                buy(&client, &performance).await?;
                took.push(one.elapsed());
            }
            anyhow::Ok(took)
        })
    });
    let mut took = Vec::new();
    for buyer in futures::future::join_all(buyers).await {
        took.extend(buyer??);
    }
    report.add(
        Line::PurchaseRate,
        took.len() as f64 / began.elapsed().as_secs_f64(),
    );
    report.add_percentile(Line::PurchaseP50, 50, &mut took);
    report.add_percentile(Line::PurchaseP99, 99, &mut took);
    count(stack, &performance, took.len()).await?;
    report.sold += took.len() as u64;
    report.add(Line::RawSaleRate, raw(&house.raw, bench).await?);
    Ok(())
}

/// What a visitor's app does for one place.
async fn buy(client: &Client, performance: &str) -> anyhow::Result<()> {
    let request = HoldSeatsRequest {
        performance_id: performance.to_owned(),
        places: vec![PlaceChoice {
            category: "a".to_owned(),
            count: 1,
            ..Default::default()
        }],
        request_id: id(),
        ..Default::default()
    };
    let held: Order = ask(client, "HoldSeats", &request).await?;
    let request = PayOrderRequest {
        order_id: held.id,
        order_token: held.order_token.clone(),
        buyer_name: "Bench".to_owned(),
        buyer_email: "bench@example.org".to_owned(),
        language: "sv".to_owned(),
        provider: Provider::Sandbox.into(),
        payment_token: "sandbox-ok".to_owned(),
        request_id: id(),
    };
    let paid: Order = ask(client, "PayOrder", &request).await?;
    let ticket = paid.tickets.first().context("a paid order has a ticket")?;
    let request = GetTicketRequest {
        ticket_id: ticket.id.clone(),
        order_token: held.order_token,
    };
    let ticket: Ticket = ask(client, "GetTicket", &request).await?;
    anyhow::ensure!(!ticket.code.is_empty(), "a ticket carries a code");
    Ok(())
}

/// What was sold must be what is missing.
async fn count(stack: &Stack, performance: &str, sold: usize) -> anyhow::Result<()> {
    let request = GetSeatsRequest {
        performance_id: performance.to_owned(),
    };
    let seats: Seats = ask(&stack.client, "GetSeats", &request).await?;
    let free: i32 = seats.places.iter().map(|p| p.free).sum();
    let missing = usize::try_from(PLACES - free)?;
    anyhow::ensure!(
        missing == sold,
        "{sold} places were sold, but {missing} are missing"
    );
    Ok(())
}

/// Sells from a counter with nothing around it: the limit that this server sets.
async fn raw(pool: &PgPool, bench: &Bench) -> anyhow::Result<f64> {
    sqlx::query("insert into bench_raw.stock values (1, 100000000) on conflict (id) do nothing")
        .execute(pool)
        .await?;
    let began = Instant::now();
    let until = began + Duration::from_secs(bench.seconds);
    let sellers = (0..bench.callers).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut sold = 0_u32;
            while Instant::now() < until {
                let mut tx = pool.begin().await?;
                sqlx::query("insert into bench_raw.sale (id, stock) values ($1, 1)")
                    .bind(Uuid::now_v7())
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("update bench_raw.stock set remaining = remaining - 1 where id = 1 and remaining > 0")
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await?;
                sold += 1;
            }
            anyhow::Ok(sold)
        })
    });
    let mut sold = 0;
    for seller in futures::future::join_all(sellers).await {
        sold += seller??;
    }
    Ok(f64::from(sold) / began.elapsed().as_secs_f64())
}

async fn ask<Q: prost::Message, A: prost::Message + Default>(
    client: &Client,
    method: &str,
    request: &Q,
) -> anyhow::Result<A> {
    client
        .unary(&format!("{TICKETING}/{method}"), request)
        .await
        .map_err(told)
        .with_context(|| method.to_owned())
}

fn text(text: &str) -> Vec<LocalText> {
    vec![LocalText {
        language: "sv".to_owned(),
        text: text.to_owned(),
    }]
}

fn id() -> String {
    Uuid::now_v7().to_string()
}
