//! Step 8: from a house's first hall to a ticket that the door lets in once.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::common::v1::Money;
use contracts::options::v1::Role;
use contracts::ticketing::v1::check_in_request::Ticket as Shown;
use contracts::ticketing::v1::pay_order_request::Provider;
use contracts::ticketing::v1::seat_for_sale::State as SeatState;
use contracts::ticketing::v1::{
    CheckInRequest, CheckInResponse, CreateHallRequest, CreateHouseRequest,
    CreatePerformanceRequest, CreateProductionRequest, DoorKeys, GetDoorKeysRequest,
    GetSeatsRequest, GetTicketRequest, Hall, HoldSeatsRequest, House, Mode, OpenPerformanceRequest,
    Order, PayOrderRequest, Performance, PriceCategory, Production, ReleaseHoldRequest, Row, Seat,
    SeatChoice, Seats, Section, Ticket, order, performance,
};
use ed25519_dalek::{Signature, VerifyingKey};
use testkit::{eventually, reason};
use tonic::Code;
use uuid::Uuid;

use crate::harness::{Launch, Person, Town, call, id, in_days, refused, texts};

/// A house with staff, a hall of two rows of four, and a performance on sale.
pub(crate) struct Theatre {
    pub(crate) staff: Person,
    pub(crate) door: Person,
    pub(crate) performance: String,
    pub(crate) seats: Vec<i32>,
}

impl Theatre {
    pub(crate) async fn open(town: &Town) -> Self {
        let request = CreateHouseRequest {
            name: "Hyttans scen".to_owned(),
            municipality: "1782".to_owned(),
            texts: texts("Scen i en gammal hytta.", "A stage in an old furnace."),
            request_id: id(),
        };
        let house: House = call(
            &town.administrator.client,
            "ticketing/CreateHouse",
            &request,
        )
        .await;
        let mut staff = town.join("hyttan@prov.example", "Hjördis Husmor").await;
        town.appoint(&mut staff, Role::House, &house.id, &[]).await;
        let mut door = town.join("dorren@prov.example", "Dag Dörrvakt").await;
        town.appoint(&mut door, Role::Door, &house.id, &[]).await;
        let hall = hall(&staff, &house.id).await;
        let performance = performance(&staff, &house.id, &hall).await;
        let request = GetSeatsRequest {
            performance_id: performance.clone(),
        };
        let seats: Seats = call(&town.anybody, "ticketing/GetSeats", &request).await;
        assert_eq!(seats.seats.len(), 8);
        Self {
            staff,
            door,
            performance,
            seats: seats.seats.iter().map(|s| s.seat_id).collect(),
        }
    }

    fn hold(&self, seats: &[i32]) -> HoldSeatsRequest {
        let choose = |seat_id: &i32| SeatChoice {
            seat_id: *seat_id,
            ticket_type: String::new(),
        };
        HoldSeatsRequest {
            performance_id: self.performance.clone(),
            seats: seats.iter().map(choose).collect(),
            places: Vec::new(),
            request_id: id(),
        }
    }

    async fn state(&self, town: &Town, seat: i32) -> SeatState {
        let request = GetSeatsRequest {
            performance_id: self.performance.clone(),
        };
        let seats: Seats = call(&town.anybody, "ticketing/GetSeats", &request).await;
        seats
            .seats
            .iter()
            .find(|s| s.seat_id == seat)
            .expect("the seat exists")
            .state()
    }
}

async fn hall(staff: &Person, house: &str) -> String {
    let seat = |number: i32| Seat {
        number: number.to_string(),
        ..Default::default()
    };
    let row = |label: &str| Row {
        label: label.to_owned(),
        category: "parkett".to_owned(),
        seats: (1..=4).map(seat).collect(),
    };
    let request = CreateHallRequest {
        house_id: house.to_owned(),
        name: "Stora hyttan".to_owned(),
        sections: vec![Section {
            name: "Parkett".to_owned(),
            rows: vec![row("1"), row("2")],
        }],
        free_places: 0,
        request_id: id(),
    };
    let made: Hall = call(&staff.client, "ticketing/CreateHall", &request).await;
    assert_eq!(made.capacity, 8);
    made.id
}

async fn performance(staff: &Person, house: &str, hall: &str) -> String {
    let request = CreateProductionRequest {
        house_id: house.to_owned(),
        titles: texts("Masugnens sista natt", "The furnace's last night"),
        texts: texts("En pjäs om glöd.", "A play about embers."),
        genre: "theatre".to_owned(),
        minutes: 90,
        age_from: 12,
        request_id: id(),
    };
    let production: Production = call(&staff.client, "ticketing/CreateProduction", &request).await;
    let price = PriceCategory {
        key: "parkett".to_owned(),
        names: texts("Parkett", "Stalls"),
        price: Some(kronor(250)),
        places: 0,
        ticket_types: Vec::new(),
    };
    let request = CreatePerformanceRequest {
        production_id: production.id,
        hall_id: hall.to_owned(),
        start_time: in_days(5),
        time_zone: "Europe/Stockholm".to_owned(),
        mode: Mode::Venue.into(),
        prices: vec![price],
        sale_from_time: None,
        sale_until_time: None,
        request_id: id(),
    };
    let made: Performance = call(&staff.client, "ticketing/CreatePerformance", &request).await;
    let request = OpenPerformanceRequest {
        performance_id: made.id,
    };
    let opened: Performance = call(&staff.client, "ticketing/OpenPerformance", &request).await;
    assert_eq!(opened.state(), performance::State::OnSale);
    opened.id
}

fn kronor(amount: i64) -> Money {
    Money {
        currency: "SEK".to_owned(),
        minor_units: amount * 100,
    }
}

fn pay(town: &Town, order: &Order, token: &str) -> PayOrderRequest {
    PayOrderRequest {
        order_id: order.id.clone(),
        order_token: order.order_token.clone(),
        buyer_name: town.private("Teodor Biljettköpare"),
        buyer_email: town.private("teodor@prov.example"),
        language: "sv".to_owned(),
        provider: Provider::Sandbox.into(),
        payment_token: token.to_owned(),
        request_id: id(),
    }
}

/// Two seats are held, paid and used, a third is held and given back.
pub(crate) async fn walk(town: &Town, theatre: &Theatre) {
    let held: Order = call(
        &town.anybody,
        "ticketing/HoldSeats",
        &theatre.hold(&theatre.seats[..2]),
    )
    .await;
    assert_eq!(
        (held.state(), held.total.clone()),
        (order::State::Held, Some(kronor(500)))
    );
    // 6 percent of VAT lie in the price of a play in a house.
    assert_eq!(held.vat.as_ref().map(|v| v.minor_units), Some(2830));
    let status = refused(
        &town.anybody,
        "ticketing/HoldSeats",
        &theatre.hold(&theatre.seats[1..3]),
    )
    .await;
    assert_eq!(reason(&status), "SEATS_TAKEN");
    let status = refused(
        &town.anybody,
        "ticketing/PayOrder",
        &pay(town, &held, "sandbox-declined"),
    )
    .await;
    assert_eq!(reason(&status), "PAYMENT_DECLINED");

    let request = pay(town, &held, "sandbox-ok");
    let paid: Order = call(&town.anybody, "ticketing/PayOrder", &request).await;
    assert_eq!((paid.state(), paid.tickets.len()), (order::State::Paid, 2));
    let again: Order = call(&town.anybody, "ticketing/PayOrder", &request).await;
    assert_eq!(
        again.tickets[0].id, paid.tickets[0].id,
        "paid twice by accident, bought once"
    );
    assert_eq!(theatre.state(town, theatre.seats[0]).await, SeatState::Sold);
    let mail = town.mail("teodor@prov.example", "ticketing.tickets").await;
    assert!(mail.text.contains("Masugnens sista natt"), "{}", mail.text);

    let request = GetTicketRequest {
        ticket_id: paid.tickets[0].id.clone(),
        order_token: held.order_token,
    };
    let ticket: Ticket = call(&town.anybody, "ticketing/GetTicket", &request).await;
    assert!(ticket.qr_svg.contains("<svg"), "{}", ticket.qr_svg);
    is_signed(theatre, &ticket).await;
    check_in(theatre, &ticket).await;

    let held: Order = call(
        &town.anybody,
        "ticketing/HoldSeats",
        &theatre.hold(&theatre.seats[5..6]),
    )
    .await;
    let request = ReleaseHoldRequest {
        order_id: held.id,
        order_token: held.order_token,
    };
    let given_back: Order = call(&town.anybody, "ticketing/ReleaseHold", &request).await;
    assert_eq!(given_back.state(), order::State::Lapsed);
    assert_eq!(theatre.state(town, theatre.seats[5]).await, SeatState::Free);
}

/// The code can be checked by anybody who has the door's public keys.
async fn is_signed(theatre: &Theatre, ticket: &Ticket) {
    let keys: DoorKeys = call(
        &theatre.door.client,
        "ticketing/GetDoorKeys",
        &GetDoorKeysRequest {},
    )
    .await;
    let code = from_base32(&ticket.code);
    let (signed, signature) = code.split_at(45);
    let key_id = i32::from(u16::from_be_bytes([signed[1], signed[2]]));
    let key = keys
        .keys
        .iter()
        .find(|k| k.key_id == key_id)
        .expect("the door knows the key");
    let key: [u8; 32] = STANDARD
        .decode(&key.public_key)
        .expect("base64")
        .try_into()
        .expect("32 bytes");
    let key = VerifyingKey::from_bytes(&key).expect("a public key");
    let signature = Signature::from_slice(signature).expect("64 bytes");
    key.verify_strict(signed, &signature)
        .expect("the code is signed");
    let mut forged = signed.to_vec();
    forged[20] ^= 1;
    assert!(
        key.verify_strict(&forged, &signature).is_err(),
        "an altered code is not"
    );
    assert_eq!(
        Uuid::from_slice(&signed[3..19]).expect("an id").to_string(),
        theatre.performance
    );
    assert_eq!(
        Uuid::from_slice(&signed[19..35])
            .expect("an id")
            .to_string(),
        ticket.id
    );
}

fn from_base32(code: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in code.bytes() {
        let at = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
            .iter()
            .position(|b| *b == letter)
            .expect("a letter of base32");
        bits = (bits << 5 | at as u32) & 0xFFFF;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

async fn check_in(theatre: &Theatre, ticket: &Ticket) {
    let request = |code: &str| CheckInRequest {
        performance_id: theatre.performance.clone(),
        ticket: Some(Shown::Code(code.to_owned())),
        request_id: id(),
    };
    let first = request(&ticket.code);
    let welcome: CheckInResponse = call(&theatre.door.client, "ticketing/CheckIn", &first).await;
    assert_eq!(
        (welcome.ticket_id.as_str(), welcome.category.as_str()),
        (ticket.id.as_str(), "parkett")
    );
    let repeated: CheckInResponse = call(&theatre.door.client, "ticketing/CheckIn", &first).await;
    assert_eq!(repeated, welcome, "the same request is the same visit");
    let status = refused(
        &theatre.door.client,
        "ticketing/CheckIn",
        &request(&ticket.code),
    )
    .await;
    assert_eq!(reason(&status), "ALREADY_CHECKED_IN");
    let altered = format!(
        "{}{}",
        &ticket.code[..174],
        if ticket.code.ends_with('A') { "B" } else { "A" }
    );
    let altered = altered.replacen('A', "B", 1);
    let status = refused(
        &theatre.door.client,
        "ticketing/CheckIn",
        &request(&altered),
    )
    .await;
    assert_eq!(reason(&status), "TICKET_NOT_VALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_sells_a_seat_and_its_door_lets_the_ticket_in_once() {
    let town = Town::start().await;
    let theatre = Theatre::open(&town).await;
    walk(&town, &theatre).await;
    town.searchable("masugnen", &theatre.performance).await;
    let request = CreateHallRequest {
        house_id: id(),
        name: "Annan".to_owned(),
        free_places: 9,
        request_id: id(),
        ..Default::default()
    };
    let status = refused(&theatre.staff.client, "ticketing/CreateHall", &request).await;
    assert!(
        matches!(status.code(), Code::PermissionDenied | Code::NotFound),
        "{status:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_lapses_frees_its_seats_and_can_no_longer_be_paid() {
    let town = Town::start_with(&Launch::past(), |s| s.ticketing.hold_seconds = Some(1)).await;
    let theatre = Theatre::open(&town).await;
    let seat = theatre.seats[0];
    let held: Order = call(&town.anybody, "ticketing/HoldSeats", &theatre.hold(&[seat])).await;
    eventually("the seat is free again", async || {
        (theatre.state(&town, seat).await == SeatState::Free).then_some(())
    })
    .await;
    let status = refused(
        &town.anybody,
        "ticketing/PayOrder",
        &pay(&town, &held, "sandbox-ok"),
    )
    .await;
    assert_eq!(reason(&status), "HOLD_LAPSED");
    let next: Order = call(&town.anybody, "ticketing/HoldSeats", &theatre.hold(&[seat])).await;
    assert_ne!(next.id, held.id);
}
