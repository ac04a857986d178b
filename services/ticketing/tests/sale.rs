//! From held seats to tickets, and every way in which that is refused.
mod common;

use std::collections::HashMap;

use common::*;
use contracts::notify::v1::{SendRequest, send_request};
use contracts::ticketing::v1::*;
use prost::Message;
use testkit::{bad_fields, eventually};
use ticketing::Settings;
use tonic::Code;
use tonic_types::StatusExt;

#[tokio::test]
async fn a_visitor_holds_seats_pays_and_gets_tickets() {
    let world = World::new().await;
    let performance = world.numbered(2, 5).await;
    let mut visitor = world.visitor();
    let mut request = wants_seats(&performance.id, &[7, 2]);
    request.seats[1].ticket_type = "reduced".to_owned();

    let held = hold(&mut visitor, request).await.expect("both are free");
    assert_eq!(held.state(), order::State::Held);
    let lines: Vec<_> = held
        .lines
        .iter()
        .map(|l| {
            (
                l.seat.clone().expect("numbered").row,
                l.vat_permille,
                l.price.clone(),
                l.vat.clone(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("2".to_owned(), 60, sek(25_000), sek(1_415)),
            ("1".to_owned(), 60, sek(12_500), sek(708))
        ]
    );
    assert_eq!(
        (held.total.clone(), held.vat.clone()),
        (sek(37_500), sek(2_123))
    );
    assert!(held.tickets.is_empty());
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 8, 2, 0)]
    );

    let paid = pay(&mut visitor, &held).await.expect("in time");
    assert_eq!(
        (paid.state(), paid.tickets.len(), paid.order_token.as_str()),
        (order::State::Paid, 2, "")
    );
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 8, 0, 2)]
    );

    let token = held.order_token.clone();
    let request = GetTicketRequest {
        ticket_id: paid.tickets[0].id.clone(),
        order_token: token.clone(),
    };
    let ticket = visitor
        .get_ticket(request)
        .await
        .expect("with the token")
        .into_inner();
    assert_eq!(
        (ticket.code.as_str(), ticket.seat.map(|s| s.seat_id)),
        (paid.tickets[0].code.as_str(), Some(7))
    );
    assert!(ticket.qr_svg.contains("<svg") && ticket.house_name == "Scalateatern");
    let request = GetOrderRequest {
        order_id: held.id.clone(),
        order_token: token,
    };
    assert_eq!(
        visitor
            .get_order(request)
            .await
            .expect("with the token")
            .into_inner(),
        paid
    );
}

#[tokio::test]
async fn what_happens_to_an_order_is_told_in_order_and_without_the_buyer() {
    let world = World::new().await;
    let performance = world.free(10).await;
    let paid = buy(
        &mut world.visitor(),
        wants_places(&performance.id, "floor", 3),
    )
    .await;
    let order = paid.id.parse().expect("an id");
    world.stack.fact("ticketing", "OrderPaid", order).await;
    let facts = world.stack.facts("ticketing").await;
    let of_order: Vec<_> = facts
        .iter()
        .filter(|f| f.subject_id == order)
        .map(|f| (f.kind.as_str(), f.revision))
        .collect();
    assert_eq!(
        of_order,
        [
            ("kulturtorg.ticketing.v1.SeatsHeld", 1),
            ("kulturtorg.ticketing.v1.OrderPaid", 2)
        ]
    );
    let last = facts
        .iter()
        .find(|f| f.kind.ends_with("OrderPaid"))
        .expect("it was there");
    let told = OrderPaid::decode(&last.payload[..]).expect("as the contract says");
    assert_eq!(
        (told.seats, told.total, told.vat),
        (3, sek(31_800), sek(1_800))
    );
    for fact in &facts {
        let text = String::from_utf8_lossy(&fact.payload);
        assert!(
            !text.contains("asa.oberg") && !text.contains("Öberg"),
            "{} names the buyer",
            fact.kind
        );
    }
}

#[tokio::test]
async fn the_link_to_the_tickets_is_mailed_once_in_the_buyers_language() {
    let world = World::with(Settings {
        site: "https://biljett.example.org/".to_owned(),
        ..Settings::default()
    })
    .await;
    let performance = world.free(10).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_places(&performance.id, "floor", 2))
        .await
        .expect("free");
    let request = PayOrderRequest {
        language: "en".to_owned(),
        ..payment(&held, "sandbox-ok")
    };
    visitor.pay_order(request.clone()).await.expect("paid");
    visitor.pay_order(request).await.expect("repeated");

    let mut db = world.stack.database.connect().await;
    let errands: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select path, payload from ticketing.errand")
            .fetch_all(&mut db)
            .await
            .expect("the table is there");
    assert_eq!(errands.len(), 1);
    let mail = SendRequest::decode(&errands[0].1[..]).expect("as the contract says");
    let Some(send_request::Recipient::Address(to)) = &mail.recipient else {
        panic!("a buyer has no account")
    };
    assert_eq!(
        (to.email.as_str(), to.language.as_str()),
        ("asa.oberg@example.org", "en")
    );
    let params: HashMap<&str, &str> = mail
        .params
        .iter()
        .map(|p| (p.key.as_str(), p.value.as_str()))
        .collect();
    assert_eq!(
        params["link"],
        format!(
            "https://biljett.example.org/tickets/{}#{}",
            held.id, held.order_token
        )
    );
    assert_eq!(
        (params["title"], params["start"], params["seats"]),
        ("Kvällskonsert", "2026-12-10 19:00", "2")
    );
    for template in [
        include_str!("../../notify/templates/ticketing.tickets.sv.txt"),
        include_str!("../../notify/templates/ticketing.tickets.en.txt"),
    ] {
        for used in template
            .split('{')
            .skip(1)
            .filter_map(|t| t.split_once('}'))
            .map(|(name, _)| name)
        {
            assert!(
                params.contains_key(used) || ["recipient", "region"].contains(&used),
                "{used} is not sent"
            );
        }
    }
}

#[tokio::test]
async fn seats_that_somebody_has_are_named_and_the_others_stay_free() {
    let world = World::new().await;
    let performance = world.numbered(1, 5).await;
    let mut visitor = world.visitor();
    hold(&mut visitor, wants_seats(&performance.id, &[2]))
        .await
        .expect("free");
    buy(&mut visitor, wants_seats(&performance.id, &[4])).await;
    let refused = hold(&mut visitor, wants_seats(&performance.id, &[5, 4, 3, 2]))
        .await
        .expect_err("two are taken");
    assert_eq!(
        refusal(&refused),
        (Code::FailedPrecondition, "SEATS_TAKEN".to_owned())
    );
    assert_eq!(
        refused.get_details_error_info().expect("details").metadata["seats"],
        "2,4"
    );
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 3, 1, 1)]
    );
}

#[tokio::test]
async fn anybody_sees_which_seats_are_free_and_nobody_who_has_the_others() {
    let world = World::new().await;
    let performance = world.numbered(1, 4).await;
    let mut visitor = world.visitor();
    hold(&mut visitor, wants_seats(&performance.id, &[2]))
        .await
        .expect("free");
    buy(&mut visitor, wants_seats(&performance.id, &[3])).await;
    let request = GetSeatsRequest {
        performance_id: performance.id.clone(),
    };
    let seats = visitor
        .get_seats(request)
        .await
        .expect("public")
        .into_inner()
        .seats;
    let states: Vec<_> = seats
        .iter()
        .map(|s| (s.seat_id, s.number.as_str(), s.accessible, s.state()))
        .collect();
    use seat_for_sale::State::{Free, Held, Sold};
    assert_eq!(
        states,
        [
            (1, "1", true, Free),
            (2, "2", false, Held),
            (3, "3", false, Sold),
            (4, "4", false, Free)
        ]
    );

    let floor = world.free(20).await;
    buy(&mut visitor, wants_places(&floor.id, "floor", 3)).await;
    let seats = visitor
        .get_seats(GetSeatsRequest {
            performance_id: floor.id,
        })
        .await
        .expect("public")
        .into_inner();
    assert_eq!(
        seats.places,
        [PlacesForSale {
            category: "floor".to_owned(),
            capacity: 20,
            free: 17
        }]
    );
}

#[tokio::test]
async fn a_request_for_seats_with_mistakes_names_them_all() {
    let world = World::new().await;
    let performance = world.numbered(5, 10).await;
    let mut visitor = world.visitor();
    let twice = hold(&mut visitor, wants_seats(&performance.id, &[1, 1, 51]))
        .await
        .expect_err("twice, and no seat");
    assert_eq!(bad_fields(&twice), ["seats[1].seat_id", "seats[2].seat_id"]);
    let many: Vec<i32> = (1..=21).collect();
    assert_eq!(
        bad_fields(
            &hold(&mut visitor, wants_seats(&performance.id, &many))
                .await
                .expect_err("20 at most")
        ),
        ["seats"]
    );
    let none = HoldSeatsRequest {
        request_id: String::new(),
        performance_id: "x".to_owned(),
        ..wants_seats("", &[0])
    };
    assert_eq!(
        bad_fields(&hold(&mut visitor, none).await.expect_err("no ids")),
        ["performance_id", "request_id", "seats[0].seat_id"]
    );
    let places = wants_places(&performance.id, "a", 1);
    assert_eq!(
        bad_fields(&hold(&mut visitor, places).await.expect_err("numbered")),
        ["places", "seats"]
    );
    for count in [0, -1, 256, i32::MAX] {
        let request = wants_places(&performance.id, "a", count);
        assert_eq!(
            bad_fields(&hold(&mut visitor, request).await.expect_err("out of range")),
            ["places[0].count"]
        );
    }
    let unknown = hold(&mut visitor, wants_seats(&id(), &[1]))
        .await
        .expect_err("no such performance");
    assert_eq!(unknown.code(), Code::NotFound);
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 50, 0, 0)]
    );
}

#[tokio::test]
async fn the_same_request_id_gets_the_same_order_and_another_request_is_refused() {
    let world = World::new().await;
    let performance = world.numbered(1, 5).await;
    let mut visitor = world.visitor();
    let request = wants_seats(&performance.id, &[1]);
    let first = hold(&mut visitor, request.clone()).await.expect("free");
    assert_eq!(
        hold(&mut visitor, request.clone()).await.expect("repeated"),
        first
    );
    let other = HoldSeatsRequest {
        request_id: request.request_id,
        ..wants_seats(&performance.id, &[2])
    };
    assert_eq!(
        hold(&mut visitor, other).await.expect_err("reused").code(),
        Code::AlreadyExists
    );
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 4, 1, 0)]
    );
}

#[tokio::test]
async fn a_payment_whose_answer_was_lost_is_told_when_it_is_repeated_and_charged_once() {
    let world = World::new().await;
    let performance = world.numbered(1, 5).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_seats(&performance.id, &[1]))
        .await
        .expect("free");
    let request = payment(&held, "sandbox-lost");
    let lost = visitor
        .pay_order(request.clone())
        .await
        .expect_err("the answer is lost");
    assert_eq!(
        refusal(&lost),
        (Code::Unavailable, "PAYMENT_UNKNOWN".to_owned())
    );
    let paid = visitor
        .pay_order(request.clone())
        .await
        .expect("repeated")
        .into_inner();
    assert_eq!((paid.state(), paid.tickets.len()), (order::State::Paid, 1));
    assert_eq!(
        visitor
            .pay_order(request.clone())
            .await
            .expect("again")
            .into_inner(),
        paid
    );
    let other = PayOrderRequest {
        buyer_name: "Bo Ek".to_owned(),
        ..request
    };
    assert_eq!(
        visitor.pay_order(other).await.expect_err("reused").code(),
        Code::AlreadyExists
    );
    let second = pay(&mut visitor, &held).await.expect_err("paid already");
    assert_eq!(
        refusal(&second),
        (Code::FailedPrecondition, "ALREADY_PAID".to_owned())
    );
    assert_eq!(
        world
            .count("select count(*) from ticketing.payment where state = 'captured'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_declined_payment_charges_nothing_and_leaves_the_seats_held() {
    let world = World::new().await;
    let performance = world.numbered(1, 5).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_seats(&performance.id, &[1]))
        .await
        .expect("free");
    let request = payment(&held, "sandbox-declined");
    for _ in 0..2 {
        let declined = visitor
            .pay_order(request.clone())
            .await
            .expect_err("declined");
        assert_eq!(
            refusal(&declined),
            (Code::FailedPrecondition, "PAYMENT_DECLINED".to_owned())
        );
    }
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 4, 1, 0)]
    );
    assert_eq!(
        world
            .count("select count(*) from ticketing.payment where state = 'declined'")
            .await,
        1
    );
    assert_eq!(
        world.count("select count(*) from ticketing.errand").await,
        0
    );
    pay(&mut visitor, &held).await.expect("another card");
    let wrong = PayOrderRequest {
        language: "nl".to_owned(),
        ..payment(&held, "free, please")
    };
    assert_eq!(
        bad_fields(&visitor.pay_order(wrong).await.expect_err("two mistakes")),
        ["language", "payment_token"]
    );
    let blank = PayOrderRequest {
        buyer_email: "asa".to_owned(),
        buyer_name: " ".to_owned(),
        provider: 0,
        ..payment(&held, "")
    };
    let named = bad_fields(&visitor.pay_order(blank).await.expect_err("four mistakes"));
    assert_eq!(
        named,
        ["buyer_email", "buyer_name", "payment_token", "provider"]
    );
}

#[tokio::test]
async fn a_hold_lapses_by_the_databases_clock_and_nothing_is_charged_afterwards() {
    let world = World::holding_for(1).await;
    let performance = world.numbered(1, 5).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_seats(&performance.id, &[1, 2]))
        .await
        .expect("free");
    // The service's own clock stands still; only the database's moves.
    world
        .stack
        .fact("ticketing", "HoldLapsed", held.id.parse().expect("an id"))
        .await;
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 5, 0, 0)]
    );
    let late = pay(&mut visitor, &held).await.expect_err("too late");
    assert_eq!(
        refusal(&late),
        (Code::FailedPrecondition, "HOLD_LAPSED".to_owned())
    );
    assert_eq!(
        world
            .count("select count(*) from ticketing.payment where state = 'captured'")
            .await,
        0
    );
    assert_eq!(
        world
            .count("select count(*) from ticketing.payment where state = 'voided'")
            .await,
        1
    );
    let request = GetOrderRequest {
        order_id: held.id,
        order_token: held.order_token,
    };
    assert_eq!(
        visitor
            .get_order(request)
            .await
            .expect("with the token")
            .into_inner()
            .state(),
        order::State::Lapsed
    );
}

#[tokio::test]
async fn a_lapsed_seat_or_place_is_taken_by_the_next_buyer_without_waiting_for_the_sweep() {
    let world = World::holding_for(1).await;
    let (seats, floor) = (world.numbered(1, 1).await, world.free(2).await);
    let mut visitor = world.visitor();
    for request in [
        wants_seats(&seats.id, &[1]),
        wants_places(&floor.id, "floor", 2),
    ] {
        let first = hold(&mut visitor, request.clone()).await.expect("free");
        let again = || HoldSeatsRequest {
            request_id: id(),
            ..request.clone()
        };
        hold(&mut visitor, again()).await.expect_err("held");
        let second = eventually("the hold to lapse", async || {
            hold(&mut world.visitor(), again()).await.ok()
        })
        .await;
        assert!(second.expire_time.expect("set").seconds > first.expire_time.expect("set").seconds);
        let late = pay(&mut visitor, &first)
            .await
            .expect_err("somebody else has them");
        assert_eq!(testkit::reason(&late), "HOLD_LAPSED");
        pay(&mut visitor, &second).await.expect("in time");
        world.balance(&request.performance_id).await;
    }
}

#[tokio::test]
async fn held_seats_can_be_given_back_twice_but_paid_ones_cannot() {
    let world = World::new().await;
    let performance = world.free(10).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_places(&performance.id, "floor", 4))
        .await
        .expect("free");
    let release = |o: &Order| ReleaseHoldRequest {
        order_id: o.id.clone(),
        order_token: o.order_token.clone(),
    };
    for _ in 0..2 {
        let lapsed = visitor
            .release_hold(release(&held))
            .await
            .expect("held, then harmless")
            .into_inner();
        assert_eq!(lapsed.state(), order::State::Lapsed);
        assert_eq!(
            world.balance(&performance.id).await,
            [("floor".to_owned(), 10, 0, 0)]
        );
    }
    let paid = buy(&mut visitor, wants_places(&performance.id, "floor", 1)).await;
    let refused = visitor
        .release_hold(release(&paid))
        .await
        .expect_err("paid");
    assert_eq!(
        refusal(&refused),
        (Code::FailedPrecondition, "ALREADY_PAID".to_owned())
    );
}

#[tokio::test]
async fn without_its_token_an_order_does_not_exist() {
    let world = World::new().await;
    let performance = world.free(10).await;
    let mut visitor = world.visitor();
    let (mine, yours) = (
        buy(&mut visitor, wants_places(&performance.id, "floor", 1)).await,
        buy(&mut visitor, wants_places(&performance.id, "floor", 1)).await,
    );
    let mut refused = Vec::new();
    for (order_id, order_token) in [
        (&mine.id, &yours.order_token),
        (&id(), &mine.order_token),
        (&mine.id, &"A".repeat(43)),
    ] {
        let (order_id, order_token) = (order_id.clone(), order_token.clone());
        let swapped = Order {
            id: order_id.clone(),
            order_token: order_token.clone(),
            ..mine.clone()
        };
        refused.push(
            visitor
                .get_order(GetOrderRequest {
                    order_id: order_id.clone(),
                    order_token: order_token.clone(),
                })
                .await
                .expect_err("no"),
        );
        refused.push(
            visitor
                .release_hold(ReleaseHoldRequest {
                    order_id,
                    order_token,
                })
                .await
                .expect_err("no"),
        );
        refused.push(pay(&mut visitor, &swapped).await.expect_err("no"));
    }
    let request = GetTicketRequest {
        ticket_id: mine.tickets[0].id.clone(),
        order_token: yours.order_token.clone(),
    };
    refused.push(visitor.get_ticket(request).await.expect_err("no"));
    assert!(
        refused.iter().all(|s| s.code() == Code::NotFound),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nothing_is_sold_before_or_after_the_sale_nor_of_a_draft_or_a_cancelled_performance() {
    let world = World::new().await;
    let hall = world.hall(Vec::new(), 50).await;
    let now = world.stack.clock.now().unix_timestamp();
    let mut plan = world.plan(&hall, vec![price("floor", 10_600, 50)]);
    plan.sale_from_time = at(now + 60);
    plan.sale_until_time = at(now + 3600);
    let draft = world.draft(plan).await;
    let mut visitor = world.visitor();
    let wants = || wants_places(&draft.id, "floor", 1);
    assert_eq!(
        hold(&mut visitor, wants())
            .await
            .expect_err("a draft")
            .code(),
        Code::NotFound
    );
    world.open(&draft).await;
    assert_eq!(
        testkit::reason(&hold(&mut visitor, wants()).await.expect_err("early")),
        "SALE_NOT_OPEN"
    );
    world.stack.clock.advance(60);
    let held = hold(&mut visitor, wants()).await.expect("open");
    world.stack.clock.advance(3600);
    assert_eq!(
        testkit::reason(&hold(&mut visitor, wants()).await.expect_err("late")),
        "SALE_CLOSED"
    );
    world.cancel(&draft).await;
    assert_eq!(
        testkit::reason(&hold(&mut visitor, wants()).await.expect_err("cancelled")),
        "NOT_ON_SALE"
    );
    assert_eq!(
        testkit::reason(&pay(&mut visitor, &held).await.expect_err("cancelled")),
        "NOT_ON_SALE"
    );
    assert_eq!(
        world.count("select count(*) from ticketing.payment").await,
        0
    );
}
