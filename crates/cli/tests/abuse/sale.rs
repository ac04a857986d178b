//! A house with something to sell, and buyers who remember what they were told.
use contracts::common::v1::{LocalText, Money};
use contracts::ticketing::v1::pay_order_request::Provider;
use contracts::ticketing::v1::{
    CreateHallRequest, CreateHouseRequest, CreatePerformanceRequest, CreateProductionRequest, Hall,
    HoldSeatsRequest, Mode, OpenPerformanceRequest, Order, PayOrderRequest, Performance,
    PlaceChoice, PriceCategory, Production, Row, Seat, SeatChoice, Section, order,
};
use kulturtorg::grpcweb::Client;
use time::{Duration, OffsetDateTime};
use tonic::{Code, Status};
use uuid::Uuid;

const TICKETING: &str = "kulturtorg.ticketing.v1.TicketingService";

/// A house with a performance on sale in each of its halls.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) id: String,
    /// The hall with numbered seats.
    pub(crate) hall: String,
    free_hall: String,
    pub(crate) production: String,
    /// A performance with numbered seats, from 1 to `seats`.
    pub(crate) numbered: String,
    /// A performance with as many places of free seating.
    pub(crate) free: String,
    pub(crate) seats: i32,
}

impl House {
    pub(crate) async fn open(staff: &Client, rows: i32, seats_in_row: i32) -> Self {
        let request = CreateHouseRequest {
            name: "Huset".to_owned(),
            municipality: "1780".to_owned(),
            request_id: id(),
            ..Default::default()
        };
        let house: contracts::ticketing::v1::House = must(staff, "CreateHouse", &request).await;
        let row = |r: i32| Row {
            label: r.to_string(),
            category: "a".to_owned(),
            seats: (1..=seats_in_row)
                .map(|s| Seat {
                    number: s.to_string(),
                    ..Default::default()
                })
                .collect(),
        };
        let seats = rows * seats_in_row;
        let hall = CreateHallRequest {
            house_id: house.id.clone(),
            name: "Salongen".to_owned(),
            ..Default::default()
        };
        let sections = vec![Section {
            name: "Parkett".to_owned(),
            rows: (1..=rows).map(row).collect(),
        }];
        let numbered = CreateHallRequest {
            sections,
            request_id: id(),
            ..hall.clone()
        };
        let free = CreateHallRequest {
            free_places: seats,
            request_id: id(),
            ..hall
        };
        let request = CreateProductionRequest {
            house_id: house.id.clone(),
            titles: text("Pjäsen"),
            genre: "theatre".to_owned(),
            minutes: 60,
            request_id: id(),
            ..Default::default()
        };
        let production: Production = must(staff, "CreateProduction", &request).await;
        let numbered: Hall = must(staff, "CreateHall", &numbered).await;
        let free: Hall = must(staff, "CreateHall", &free).await;
        let mut made = Self {
            id: house.id,
            hall: numbered.id,
            free_hall: free.id,
            production: production.id,
            numbered: String::new(),
            free: String::new(),
            seats,
        };
        made.open_performances(staff).await;
        made
    }

    /// New performances in both halls, with everything free.
    pub(crate) async fn open_performances(&mut self, staff: &Client) {
        self.numbered = self.performance(staff, &self.hall, 0).await;
        self.free = self.performance(staff, &self.free_hall, self.seats).await;
    }

    async fn performance(&self, staff: &Client, hall: &str, places: i32) -> String {
        let starts = kit::Clock::system().now() + Duration::days(30);
        let starts = OffsetDateTime::from_unix_timestamp(starts.unix_timestamp()).expect("a time");
        let request = CreatePerformanceRequest {
            production_id: self.production.clone(),
            hall_id: hall.to_owned(),
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
                places,
                ..Default::default()
            }],
            request_id: id(),
            ..Default::default()
        };
        let made: Performance = must(staff, "CreatePerformance", &request).await;
        let opened: Performance = must(
            staff,
            "OpenPerformance",
            &OpenPerformanceRequest {
                performance_id: made.id,
            },
        )
        .await;
        opened.id
    }
}

/// One purchase: what was asked, and what was acknowledged.
#[derive(Clone)]
pub(crate) struct Purchase {
    hold: HoldSeatsRequest,
    pub(crate) held: Option<Order>,
    pay: Option<PayOrderRequest>,
    pub(crate) paid: Option<Order>,
}

impl Purchase {
    /// Wants some seats, or places, of a house.
    pub(crate) fn new(house: &House, dice: &mut Dice) -> Self {
        let count = 1 + i32::try_from(dice.below(3)).expect("small");
        let mut hold = HoldSeatsRequest {
            request_id: id(),
            ..Default::default()
        };
        if dice.below(2) == 0 {
            hold.performance_id.clone_from(&house.free);
            hold.places = vec![PlaceChoice {
                category: "a".to_owned(),
                count,
                ..Default::default()
            }];
        } else {
            hold.performance_id.clone_from(&house.numbered);
            let seats = u64::try_from(house.seats - count).expect("a hall has seats");
            let first = 1 + i32::try_from(dice.below(seats)).expect("small");
            hold.seats = (first..first + count)
                .map(|seat_id| SeatChoice {
                    seat_id,
                    ..Default::default()
                })
                .collect();
        }
        Self {
            hold,
            held: None,
            pay: None,
            paid: None,
        }
    }

    /// Goes on from where it stands; what was asked before is asked again in the same words. `Ok(false)`: the seats
    /// are gone. An error: nobody knows what came of it.
    pub(crate) async fn go_on(&mut self, client: &Client, lost: bool) -> Result<bool, Status> {
        if self.held.is_none() {
            match ask::<_, Order>(client, "HoldSeats", &self.hold).await {
                Ok(order) => self.held = Some(order),
                Err(status) if status.code() == Code::FailedPrecondition => return Ok(false),
                Err(status) => return Err(status),
            }
        }
        let held = self.held.as_ref().expect("just held");
        let pay = self.pay.get_or_insert_with(|| PayOrderRequest {
            order_id: held.id.clone(),
            order_token: held.order_token.clone(),
            buyer_name: "Köparen".to_owned(),
            buyer_email: "buyer@example.org".to_owned(),
            language: "sv".to_owned(),
            provider: Provider::Sandbox.into(),
            payment_token: if lost { "sandbox-lost" } else { "sandbox-ok" }.to_owned(),
            request_id: id(),
        });
        let paid: Order = ask(client, "PayOrder", pay).await?;
        self.paid = Some(paid);
        Ok(true)
    }

    /// Asks once more for all that was asked, which must give the same order with the same tickets.
    pub(crate) async fn repeat(&self, client: &Client) -> Result<(), String> {
        let held: Order = patiently(client, "HoldSeats", &self.hold)
            .await
            .map_err(|s| format!("the hold was not repeated: {s:?}"))?;
        let paid: Order = patiently(client, "PayOrder", self.pay.as_ref().expect("it was paid"))
            .await
            .map_err(|s| format!("the payment was not repeated: {s:?}"))?;
        let before = self.paid.as_ref().expect("it was paid");
        if held.id != before.id || paid.id != before.id || tickets(&paid) != tickets(before) {
            return Err(format!(
                "a repeated purchase of order {} gave another: {} {}",
                before.id, held.id, paid.id
            ));
        }
        Ok(())
    }

    /// Looks whether what was acknowledged still stands.
    pub(crate) async fn check(&self, client: &Client) -> Result<(), String> {
        let (Some(held), Some(paid)) = (&self.held, &self.paid) else {
            return Ok(());
        };
        let request = contracts::ticketing::v1::GetOrderRequest {
            order_id: paid.id.clone(),
            order_token: held.order_token.clone(),
        };
        let order: Order = patiently(client, "GetOrder", &request)
            .await
            .map_err(|s| format!("paid order {} is gone: {s:?}", paid.id))?;
        let wanted = self.hold.seats.len()
            + self
                .hold
                .places
                .iter()
                .map(|p| p.count as usize)
                .sum::<usize>();
        if order.state() != order::State::Paid
            || tickets(&order) != tickets(paid)
            || order.tickets.len() != wanted
        {
            return Err(format!(
                "paid order {} is {:?} with {} tickets of {wanted}",
                paid.id,
                order.state(),
                order.tickets.len()
            ));
        }
        Ok(())
    }

    /// The numbered seats that were sold, each with its performance.
    pub(crate) fn seats(&self) -> impl Iterator<Item = (String, i32)> + '_ {
        let sold = self.paid.is_some();
        self.hold
            .seats
            .iter()
            .filter(move |_| sold)
            .map(|s| (self.hold.performance_id.clone(), s.seat_id))
    }
}

fn tickets(order: &Order) -> Vec<&str> {
    let mut ids: Vec<_> = order.tickets.iter().map(|t| t.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

/// Buys a numbered seat.
pub(crate) async fn bought(client: &Client, performance: &str, seat_id: i32) -> Purchase {
    let seat = SeatChoice {
        seat_id,
        ..Default::default()
    };
    let hold = HoldSeatsRequest {
        performance_id: performance.to_owned(),
        seats: vec![seat],
        request_id: id(),
        ..Default::default()
    };
    let mut purchase = Purchase {
        hold,
        held: None,
        pay: None,
        paid: None,
    };
    assert!(
        purchase.go_on(client, false).await.expect("sold"),
        "the seat is free"
    );
    purchase
}

/// Chance that can be repeated: the same seed gives the same numbers.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number from 0 up to this one, which is left out.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

async fn ask<Q: prost::Message, A: prost::Message + Default>(
    client: &Client,
    method: &str,
    request: &Q,
) -> Result<A, Status> {
    client
        .unary(&format!("{TICKETING}/{method}"), request)
        .await
}

/// Asks again while a busy or restarting role says that this may help.
async fn patiently<Q: prost::Message, A: prost::Message + Default>(
    client: &Client,
    method: &str,
    request: &Q,
) -> Result<A, Status> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(15);
    loop {
        match ask(client, method, request).await {
            Err(status)
                if status.code() == Code::Unavailable && std::time::Instant::now() < deadline => {}
            other => return other,
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

async fn must<Q: prost::Message, A: prost::Message + Default>(
    client: &Client,
    method: &str,
    request: &Q,
) -> A {
    ask(client, method, request)
        .await
        .unwrap_or_else(|status| panic!("{method}: {status:?}"))
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
