//! A house with staff, halls and performances, and what visitors do.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of what they share"
)]

use contracts::common::v1::{LocalText, Money};
use contracts::options::v1::Role;
use contracts::ticketing::v1::ticketing_service_client::TicketingServiceClient;
use contracts::ticketing::v1::*;
use prost_types::Timestamp;
use testkit::{Client, Stack};
use ticketing::Settings;
use tonic::Status;
use uuid::Uuid;

pub type Api = TicketingServiceClient<Client>;

/// 2026-12-10 18:00 UTC, some weeks after the tests' clock.
pub const START: i64 = 1_796_925_600;

pub struct World {
    pub stack: Stack,
    pub house: Uuid,
    pub production: String,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    /// A world in which unpaid seats are held for so many seconds.
    pub async fn holding_for(seconds: u32) -> Self {
        Self::with(Settings {
            hold_seconds: Some(seconds),
            ..Settings::default()
        })
        .await
    }

    pub async fn with(settings: Settings) -> Self {
        let mut stack = Stack::new().await;
        stack
            .start("ticketing", |start, region, listener| {
                ticketing::serve(start, region, settings, listener)
            })
            .await;
        let mut world = Self {
            stack,
            house: Uuid::nil(),
            production: String::new(),
        };
        world.house = world.new_house("Scalateatern").await;
        world.production = world.new_production(world.house, "concert").await.id;
        world
    }

    pub fn api(&self, roles: &[(Role, Option<Uuid>)]) -> Api {
        Api::new(self.stack.person("ticketing", Uuid::now_v7(), roles))
    }

    pub fn administrator(&self) -> Api {
        self.api(&[(Role::Administrator, None)])
    }

    pub fn staff(&self) -> Api {
        self.staff_of(self.house)
    }

    pub fn staff_of(&self, house: Uuid) -> Api {
        self.api(&[(Role::House, Some(house))])
    }

    pub fn door(&self) -> Api {
        self.api(&[(Role::Door, Some(self.house))])
    }

    pub fn visitor(&self) -> Api {
        Api::new(self.stack.anonymous("ticketing"))
    }

    pub fn search(&self) -> Api {
        Api::new(self.stack.service("ticketing", "search"))
    }

    pub async fn new_house(&self, name: &str) -> Uuid {
        let request = CreateHouseRequest {
            name: name.to_owned(),
            municipality: "1780".to_owned(),
            texts: texts("Ett hus"),
            request_id: id(),
        };
        let house = self
            .administrator()
            .create_house(request)
            .await
            .expect("an administrator adds a house");
        house.into_inner().id.parse().expect("ids are UUIDs")
    }

    pub async fn new_production(&self, house: Uuid, genre: &str) -> Production {
        let request = CreateProductionRequest {
            house_id: house.to_string(),
            titles: texts("Kvällskonsert"),
            texts: texts("Folkmusik från Värmland"),
            genre: genre.to_owned(),
            minutes: 90,
            age_from: 7,
            request_id: id(),
        };
        self.staff_of(house)
            .create_production(request)
            .await
            .expect("staff adds a production")
            .into_inner()
    }

    pub async fn numbered_hall(&self, rows: usize, seats: usize) -> Hall {
        let row = |r: usize| Row {
            label: r.to_string(),
            category: "a".to_owned(),
            seats: (1..=seats)
                .map(|n| Seat {
                    number: n.to_string(),
                    accessible: n == 1,
                    ..Seat::default()
                })
                .collect(),
        };
        let section = Section {
            name: "Parkett".to_owned(),
            rows: (1..=rows).map(row).collect(),
        };
        self.hall(vec![section], 0).await
    }

    pub async fn hall(&self, sections: Vec<Section>, free_places: i32) -> Hall {
        let request = CreateHallRequest {
            house_id: self.house.to_string(),
            name: "Stora salen".to_owned(),
            sections,
            free_places,
            request_id: id(),
        };
        self.staff()
            .create_hall(request)
            .await
            .expect("staff adds a hall")
            .into_inner()
    }

    pub fn plan(&self, hall: &Hall, prices: Vec<PriceCategory>) -> CreatePerformanceRequest {
        CreatePerformanceRequest {
            production_id: self.production.clone(),
            hall_id: hall.id.clone(),
            start_time: at(START),
            time_zone: "Europe/Stockholm".to_owned(),
            mode: Mode::Venue.into(),
            prices,
            sale_from_time: None,
            sale_until_time: None,
            request_id: id(),
        }
    }

    pub async fn draft(&self, request: CreatePerformanceRequest) -> Performance {
        self.staff()
            .create_performance(request)
            .await
            .expect("staff plans a performance")
            .into_inner()
    }

    pub async fn open(&self, performance: &Performance) -> Performance {
        let request = OpenPerformanceRequest {
            performance_id: performance.id.clone(),
        };
        self.staff()
            .open_performance(request)
            .await
            .expect("a draft goes on sale")
            .into_inner()
    }

    /// A performance on sale with numbered seats at 250 kronor.
    pub async fn numbered(&self, rows: usize, seats: usize) -> Performance {
        let hall = self.numbered_hall(rows, seats).await;
        let draft = self
            .draft(self.plan(&hall, vec![price("a", 25_000, 0)]))
            .await;
        self.open(&draft).await
    }

    /// A performance on sale with free seating at 106 kronor.
    pub async fn free(&self, places: i32) -> Performance {
        let hall = self.hall(Vec::new(), places).await;
        let draft = self
            .draft(self.plan(&hall, vec![price("floor", 10_600, places)]))
            .await;
        self.open(&draft).await
    }

    pub async fn cancel(&self, performance: &Performance) -> Performance {
        let request = CancelPerformanceRequest {
            performance_id: performance.id.clone(),
        };
        self.staff()
            .cancel_performance(request)
            .await
            .expect("staff cancels")
            .into_inner()
    }

    /// Free, held and sold of each category, after checking that they add up and that every seat is in the right hands.
    pub async fn balance(&self, performance: &str) -> Vec<(String, i64, i64, i64)> {
        let id: Uuid = performance.parse().expect("ids are UUIDs");
        let mut db = self.stack.database.connect().await;
        let rows: Vec<(String, i64, i64, i64, i64)> =
            sqlx::query_as("select category, capacity, free, held, sold from ticketing.balance($1) order by category")
                .bind(id)
                .fetch_all(&mut db)
                .await
                .expect("the function counts");
        let misplaced: Vec<(i32,)> =
            sqlx::query_as("select seat_id from ticketing.misplaced_seats($1)")
                .bind(id)
                .fetch_all(&mut db)
                .await
                .expect("the function looks");
        assert_eq!(
            misplaced,
            [],
            "each seat belongs to the order that it names"
        );
        assert!(!rows.is_empty(), "there is something to sell");
        for (category, capacity, free, held, sold) in &rows {
            assert_eq!(
                *capacity,
                free + held + sold,
                "{category}: {free} free, {held} held, {sold} sold"
            );
        }
        rows.into_iter()
            .map(|(category, _, free, held, sold)| (category, free, held, sold))
            .collect()
    }

    /// One number from the service's tables.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut db = self.stack.database.connect().await;
        sqlx::query_scalar(sql)
            .fetch_one(&mut db)
            .await
            .expect("the query is right")
    }
}

pub fn id() -> String {
    Uuid::now_v7().to_string()
}

pub fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

pub fn texts(swedish: &str) -> Vec<LocalText> {
    vec![LocalText {
        language: "sv".to_owned(),
        text: swedish.to_owned(),
    }]
}

pub fn sek(minor_units: i64) -> Option<Money> {
    Some(Money {
        currency: "SEK".to_owned(),
        minor_units,
    })
}

pub fn price(key: &str, full: i64, places: i32) -> PriceCategory {
    let reduced = TicketType {
        key: "reduced".to_owned(),
        names: texts("Nedsatt"),
        price: sek(full / 2),
    };
    PriceCategory {
        key: key.to_owned(),
        names: texts("Plats"),
        price: sek(full),
        places,
        ticket_types: vec![reduced],
    }
}

pub fn wants_seats(performance: &str, seats: &[i32]) -> HoldSeatsRequest {
    let choice = |seat_id: &i32| SeatChoice {
        seat_id: *seat_id,
        ticket_type: String::new(),
    };
    HoldSeatsRequest {
        performance_id: performance.to_owned(),
        seats: seats.iter().map(choice).collect(),
        places: Vec::new(),
        request_id: id(),
    }
}

pub fn wants_places(performance: &str, category: &str, count: i32) -> HoldSeatsRequest {
    let choice = PlaceChoice {
        category: category.to_owned(),
        ticket_type: String::new(),
        count,
    };
    HoldSeatsRequest {
        performance_id: performance.to_owned(),
        seats: Vec::new(),
        places: vec![choice],
        request_id: id(),
    }
}

pub async fn hold(api: &mut Api, request: HoldSeatsRequest) -> Result<Order, Status> {
    api.hold_seats(request)
        .await
        .map(tonic::Response::into_inner)
}

pub fn payment(order: &Order, payment_token: &str) -> PayOrderRequest {
    PayOrderRequest {
        order_id: order.id.clone(),
        order_token: order.order_token.clone(),
        buyer_name: "Åsa Öberg".to_owned(),
        buyer_email: "asa.oberg@example.org".to_owned(),
        language: String::new(),
        provider: pay_order_request::Provider::Sandbox.into(),
        payment_token: payment_token.to_owned(),
        request_id: id(),
    }
}

pub async fn pay(api: &mut Api, order: &Order) -> Result<Order, Status> {
    api.pay_order(payment(order, "sandbox-ok"))
        .await
        .map(tonic::Response::into_inner)
}

pub async fn buy(api: &mut Api, request: HoldSeatsRequest) -> Order {
    let held = hold(api, request).await.expect("seats are free");
    let paid = pay(api, &held).await.expect("the sandbox pays");
    Order {
        order_token: held.order_token,
        ..paid
    }
}

pub fn scan(performance: &str, code: &str) -> CheckInRequest {
    CheckInRequest {
        performance_id: performance.to_owned(),
        ticket: Some(check_in_request::Ticket::Code(code.to_owned())),
        request_id: id(),
    }
}

/// Code and reason of a refusal.
pub fn refusal(status: &Status) -> (tonic::Code, String) {
    (status.code(), testkit::reason(status))
}

/// A seeded source of numbers, so that a failing run can be repeated.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}
