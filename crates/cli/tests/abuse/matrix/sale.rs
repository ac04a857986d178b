//! Rows 51–56: calls that are repeated, sales that are over, tickets that are forged or shown twice.
use std::collections::BTreeSet;

use contracts::options::v1::Role;
use contracts::ticketing::v1::pay_order_request::Provider;
use contracts::ticketing::v1::{
    CheckInRequest, CreateHouseRequest, HoldSeatsRequest, Order, PayOrderRequest, PlaceChoice,
    SeatChoice, check_in_request,
};
use futures::FutureExt;
use tonic::Code;

use super::stage::{hold, id};
use super::trial::{Expect, Holds, Row, Trial};
use super::wire::{Told, Wire};

#[rustfmt::skip]
pub(crate) const ROWS: [Row; 6] = [
    Row { number: 51, input: "a request_id used again for something else, of 10 KiB, or missing", holds: Holds::NoTrace(|t| request_ids(t).boxed_local()) },
    Row { number: 52, input: "buying before the sale, after it, what others hold, or too late", holds: Holds::Trace("the note that a payment was lifted again", |t| too_late(t).boxed_local()) },
    Row { number: 53, input: "a seat twice, more seats than an order may have", holds: Holds::NoTrace(|t| too_many(t).boxed_local()) },
    Row { number: 54, input: "a voucher used fifty times at once, or guessed", holds: Holds::NoSuchThing("there are no vouchers") },
    Row { number: 55, input: "ticket codes that are altered, old, of another performance, of 4 KiB", holds: Holds::NoTrace(|t| forged_codes(t).boxed_local()) },
    Row { number: 56, input: "one ticket at two gates at once", holds: Holds::Trace("one admission", |t| two_gates(t).boxed_local()) },
];

const HOLD: &str = "ticketing/HoldSeats";
const CHECK_IN: &str = "ticketing/CheckIn";

async fn request_ids(t: &Trial<'_>) {
    let (staff, method) = (&t.stage.staff, "ticketing/CreateHouse");
    let created = &t.stage.created;
    let same = t
        .call("the same again", staff, method, created, Expect::Fine)
        .await;
    let again = t
        .call("and again", staff, method, created, Expect::Fine)
        .await;
    t.holds(
        "the same call has the same answer",
        same == again && !same.is_empty(),
    );
    let other = CreateHouseRequest {
        name: t.mark.clone(),
        ..created.clone()
    };
    let reused = Expect::Status(Code::AlreadyExists, "REQUEST_ID_REUSED");
    t.call("another body", staff, method, &other, reused).await;
    for request_id in [
        "",
        "1",
        &t.mark,
        &t.mark.repeat(10 * 1024 / t.mark.len()),
        &uuid::Uuid::nil().to_string(),
    ] {
        let request = CreateHouseRequest {
            request_id: request_id.to_owned(),
            ..other.clone()
        };
        let what: String = request_id.chars().take(40).collect();
        t.call(&what, staff, method, &request, Expect::Field("request_id"))
            .await;
    }
}

async fn too_late(t: &Trial<'_>) {
    let refused = |reason| Expect::Status(Code::FailedPrecondition, reason);
    let stage = t.stage;
    let before = sold(t).await;
    for (performance, seat, reason) in [
        (&stage.not_yet.numbered, 1, "SALE_NOT_OPEN"),
        (&stage.over.numbered, 1, "SALE_CLOSED"),
        (&stage.house.numbered, 1, "SEATS_TAKEN"),
        (&stage.house.numbered, 4, "SEATS_TAKEN"),
    ] {
        t.call(reason, "", HOLD, &hold(performance, seat), refused(reason))
            .await;
    }
    let unknown = hold(&id(), 1);
    t.call(
        "no performance",
        "",
        HOLD,
        &unknown,
        Expect::Code(Code::NotFound),
    )
    .await;
    let paid = stage.bought.held.as_ref().expect("held");
    for (order, reason) in [(&stage.lapsed, "HOLD_LAPSED"), (paid, "ALREADY_PAID")] {
        t.call(
            reason,
            "",
            "ticketing/PayOrder",
            &pay(t, order),
            refused(reason),
        )
        .await;
    }
    let declined = PayOrderRequest {
        payment_token: "sandbox-declined".to_owned(),
        order_token: t.mark.clone(),
        ..pay(t, &stage.held)
    };
    let expect = Expect::Code(Code::NotFound);
    t.call(
        "another's secret",
        "",
        "ticketing/PayOrder",
        &declined,
        expect,
    )
    .await;
    t.holds("nothing was sold", sold(t).await == before);
}

/// Orders with their states, seats that are not free, and mails.
async fn sold(t: &Trial<'_>) -> [i64; 4] {
    [
        t.stage.count("ticketing.orders").await,
        t.stage.count("ticketing.orders where state = 'paid'").await,
        t.stage
            .count("ticketing.seat_sale where state <> 'free'")
            .await,
        t.stage.count("notify.mail").await,
    ]
}

fn pay(t: &Trial<'_>, order: &Order) -> PayOrderRequest {
    PayOrderRequest {
        order_id: order.id.clone(),
        order_token: order.order_token.clone(),
        buyer_name: t.mark.clone(),
        buyer_email: format!("{}@example.org", t.mark),
        language: "sv".to_owned(),
        provider: Provider::Sandbox.into(),
        payment_token: "sandbox-ok".to_owned(),
        request_id: id(),
    }
}

async fn too_many(t: &Trial<'_>) {
    let seats = |ids: Vec<i32>| HoldSeatsRequest {
        seats: ids
            .into_iter()
            .map(|seat_id| SeatChoice {
                seat_id,
                ..Default::default()
            })
            .collect(),
        ..hold(&t.stage.house.numbered, 1)
    };
    let places = |counts: &[i32]| HoldSeatsRequest {
        places: counts
            .iter()
            .map(|count| PlaceChoice {
                category: "a".to_owned(),
                count: *count,
                ..Default::default()
            })
            .collect(),
        seats: Vec::new(),
        ..hold(&t.stage.house.free, 1)
    };
    let both = HoldSeatsRequest {
        places: places(&[1]).places,
        ..seats(vec![7])
    };
    let mut unknown = seats(vec![7]);
    unknown.seats[0].ticket_type.clone_from(&t.mark);
    let cases = [
        ("a seat twice", seats(vec![7, 7]), "seats[1].seat_id"),
        ("21 seats", seats((8..29).collect()), "seats"),
        ("256 seats", seats((1..257).collect()), "seats"),
        ("a seat that is none", seats(vec![5000]), "seats[0].seat_id"),
        ("an unknown ticket type", unknown, "seats[0].ticket_type"),
        ("21 places", places(&[21]), "places"),
        ("21 places in pieces", places(&[10, 11]), "places"),
        ("places that are numbered", both, "places"),
        ("nothing", seats(vec![]), "seats"),
    ];
    for (what, request, field) in cases {
        t.call(what, "", HOLD, &request, Expect::Field(field)).await;
    }
}

fn shown(performance: &str, code: &str) -> CheckInRequest {
    CheckInRequest {
        performance_id: performance.to_owned(),
        ticket: Some(check_in_request::Ticket::Code(code.to_owned())),
        request_id: id(),
    }
}

/// Whoever has a bad ticket learns nothing of why: every answer is the same to the letter.
async fn forged_codes(t: &Trial<'_>) {
    let performance = &t.stage.house.numbered;
    let code = |bought: &crate::sale::Purchase| {
        bought.paid.as_ref().expect("paid").tickets[0].code.clone()
    };
    let good = code(&t.stage.bought);
    let mut forged: Vec<(String, String)> = (0..good.len())
        .map(|at| {
            let other = if &good[at..=at] == "A" { "B" } else { "A" };
            (
                format!("character {at}"),
                format!("{}{other}{}", &good[..at], &good[at + 1..]),
            )
        })
        .collect();
    let others = [
        ("another performance's", code(&t.stage.elsewhere)),
        ("an older one", code(&t.stage.reissued)),
        ("cut", good[..good.len() - 1].to_owned()),
        ("longer", format!("{good}A")),
        ("in small letters", good.to_lowercase()),
        ("twice", good.repeat(2)),
        ("a text", t.mark.clone()),
    ];
    forged.extend(others.map(|(what, code)| (what.to_owned(), code)));
    let mut told = BTreeSet::new();
    for (what, code) in forged {
        let answer = check_in(t, &what, &shown(performance, &code)).await;
        let status = answer.and_then(|a| a.status);
        told.extend(status.map(|s| (s.message().to_owned(), s.details().to_vec())));
    }
    // At the wrong door a good one is as good as forged.
    check_in(t, "at another door", &shown(&t.stage.other.numbered, &good)).await;
    check_in(t, "at no door", &shown(&id(), &good)).await;
    let typed = CheckInRequest {
        ticket: Some(check_in_request::Ticket::TicketId(id())),
        ..shown(performance, "")
    };
    check_in(t, "an unknown id", &typed).await;
    t.holds(&format!("one answer for all: {told:?}"), told.len() == 1);
    let long = shown(performance, &t.mark.repeat(4096 / t.mark.len()));
    t.call(
        "4 KiB",
        &t.stage.staff,
        CHECK_IN,
        &long,
        Expect::Field("code"),
    )
    .await;
    check_in(t, "an empty one", &shown(performance, "")).await;
    let nothing = CheckInRequest {
        ticket: None,
        ..shown(performance, "")
    };
    let none = Expect::Field("code");
    t.call("none", &t.stage.staff, CHECK_IN, &nothing, none)
        .await;
}

async fn check_in(t: &Trial<'_>, what: &str, request: &CheckInRequest) -> Option<Told> {
    let refused = Expect::Status(Code::FailedPrecondition, "TICKET_NOT_VALID");
    let asking = Wire::Web.call(CHECK_IN, request).by(&t.stage.staff);
    t.told(what, asking, refused).await
}

async fn two_gates(t: &Trial<'_>) {
    let performance = &t.stage.house.numbered;
    let code = &t.stage.twice.paid.as_ref().expect("paid").tickets[0].code;
    let house = t.stage.house.id.parse().ok();
    let gate = || async {
        let door = t.stage.region.person(&[(Role::Door, house)]);
        let asking = Wire::Web
            .call(CHECK_IN, &shown(performance, code))
            .by(&door);
        let told = asking.send(&t.stage.address).await;
        told.map_or_else(
            |e| e,
            |told| match told.status.as_ref().map(tonic::Status::code) {
                Some(Code::Ok) => "in".to_owned(),
                _ => told.reason(),
            },
        )
    };
    let (one, other) = tokio::join!(gate(), gate());
    let mut answers = [one, other];
    answers.sort();
    t.holds(
        &format!("one is let in: {answers:?}"),
        answers == ["ALREADY_CHECKED_IN", "in"],
    );
    t.holds("later neither", gate().await == "ALREADY_CHECKED_IN");
    let admitted = format!(
        "ticketing.order_line where checked_in_at is not null and id = '{}'",
        t.stage.twice.paid.as_ref().expect("paid").tickets[0].id
    );
    t.holds("it is let in once", t.stage.count(&admitted).await == 1);
    let facts = "ticketing.outbox where verb = 'checked_in' or type like '%TicketCheckedIn'";
    t.holds("and told once", t.stage.count(facts).await == 1);
}
