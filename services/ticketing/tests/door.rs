//! The door: each ticket lets one person in, once.
mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::*;
use contracts::options::v1::Role;
use contracts::ticketing::v1::*;
use testkit::bad_fields;
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

#[tokio::test]
async fn a_ticket_lets_in_once_and_tells_when_it_did() {
    let world = World::new().await;
    let performance = world.numbered(1, 5).await;
    let paid = buy(&mut world.visitor(), wants_seats(&performance.id, &[3])).await;
    let mut door = world.door();
    let first = door
        .check_in(scan(&performance.id, &paid.tickets[0].code))
        .await
        .expect("valid")
        .into_inner();
    assert_eq!(
        (first.seat.expect("numbered").number, first.ticket_type),
        ("3".to_owned(), "full".to_owned())
    );
    let again = door
        .check_in(scan(&performance.id, &paid.tickets[0].code))
        .await
        .expect_err("used");
    assert_eq!(
        refusal(&again),
        (Code::FailedPrecondition, "ALREADY_CHECKED_IN".to_owned())
    );
    let told = &again.get_details_error_info().expect("details").metadata["check_in_time"];
    let told = time::OffsetDateTime::parse(told, &time::format_description::well_known::Rfc3339)
        .expect("a time");
    assert_eq!(
        told.unix_timestamp(),
        first.check_in_time.expect("set").seconds
    );
    world
        .stack
        .fact(
            "ticketing",
            "TicketCheckedIn",
            paid.tickets[0].id.parse().expect("an id"),
        )
        .await;
}

#[tokio::test]
async fn a_check_in_whose_answer_was_lost_can_be_repeated() {
    let world = World::new().await;
    let performance = world.free(5).await;
    let paid = buy(
        &mut world.visitor(),
        wants_places(&performance.id, "floor", 1),
    )
    .await;
    let mut door = world.door();
    let typed = check_in_request::Ticket::TicketId(paid.tickets[0].id.clone());
    let request = CheckInRequest {
        ticket: Some(typed),
        ..scan(&performance.id, "")
    };
    let first = door
        .check_in(request.clone())
        .await
        .expect("valid")
        .into_inner();
    assert_eq!(
        door.check_in(request.clone())
            .await
            .expect("repeated")
            .into_inner(),
        first
    );
    let reused = CheckInRequest {
        request_id: request.request_id,
        ..scan(&performance.id, &paid.tickets[0].code)
    };
    assert_eq!(
        door.check_in(reused)
            .await
            .expect_err("another request")
            .code(),
        Code::AlreadyExists
    );
    let nothing = CheckInRequest {
        ticket: None,
        ..scan(&performance.id, "")
    };
    assert_eq!(
        bad_fields(
            &door
                .check_in(nothing)
                .await
                .expect_err("neither code nor id")
        ),
        ["code"]
    );
}

#[tokio::test]
async fn of_many_doors_at_the_same_moment_one_lets_in() {
    let world = World::new().await;
    let performance = world.free(50).await;
    let paid = buy(
        &mut world.visitor(),
        wants_places(&performance.id, "floor", 10),
    )
    .await;
    for ticket in &paid.tickets {
        let doors = (0..6).map(|_| {
            let (mut door, request) = (world.door(), scan(&performance.id, &ticket.code));
            async move { door.check_in(request).await }
        });
        let (let_in, refused): (Vec<_>, Vec<_>) = futures::future::join_all(doors)
            .await
            .into_iter()
            .partition(Result::is_ok);
        assert_eq!(let_in.len(), 1, "{}", ticket.id);
        assert!(
            refused.iter().all(|r| r
                .as_ref()
                .is_err_and(|s| testkit::reason(s) == "ALREADY_CHECKED_IN")),
            "{refused:?}"
        );
    }
    assert_eq!(
        world
            .count("select count(*) from ticketing.outbox where noun = 'ticket'")
            .await,
        10
    );
}

#[tokio::test]
async fn whatever_is_wrong_with_a_ticket_the_door_is_told_the_same() {
    let world = World::new().await;
    let (tonight, tomorrow) = (world.free(50).await, world.free(50).await);
    let mut visitor = world.visitor();
    let good = buy(&mut visitor, wants_places(&tonight.id, "floor", 1)).await;
    let other = buy(&mut visitor, wants_places(&tomorrow.id, "floor", 1)).await;
    let unpaid = hold(&mut visitor, wants_places(&tonight.id, "floor", 1))
        .await
        .expect("free");
    let mut db = world.stack.database.connect().await;
    let unpaid: Uuid =
        sqlx::query_scalar("select id from ticketing.order_line where order_id = $1::uuid")
            .bind(&unpaid.id)
            .fetch_one(&mut db)
            .await
            .expect("a line");
    let by_id = |ticket: String| CheckInRequest {
        ticket: Some(check_in_request::Ticket::TicketId(ticket)),
        ..scan(&tonight.id, "")
    };

    let (mut door, mut refused) = (world.door(), Vec::new());
    refused.push(
        door.check_in(scan(&tonight.id, &other.tickets[0].code))
            .await,
    );
    refused.push(door.check_in(by_id(other.tickets[0].id.clone())).await);
    refused.push(door.check_in(by_id(unpaid.to_string())).await);
    refused.push(door.check_in(by_id(id())).await);
    refused.push(door.check_in(scan(&id(), &good.tickets[0].code)).await);
    refused.push(door.check_in(scan(&tonight.id, "hello")).await);
    let other_house = world.new_house("Folkets hus").await;
    let mut their_door = world.api(&[(Role::Door, Some(other_house))]);
    refused.push(
        their_door
            .check_in(scan(&tonight.id, &good.tickets[0].code))
            .await,
    );
    sqlx::query("update ticketing.order_line set generation = 2 where id = $1::uuid")
        .bind(&good.tickets[0].id)
        .execute(&mut db)
        .await
        .expect("updated");
    refused.push(
        door.check_in(scan(&tonight.id, &good.tickets[0].code))
            .await,
    );
    world.cancel(&tomorrow).await;
    refused.push(
        door.check_in(scan(&tomorrow.id, &other.tickets[0].code))
            .await,
    );
    let told: Vec<_> = refused
        .into_iter()
        .map(|r| r.expect_err("not valid"))
        .map(|s| (refusal(&s), s.message().to_owned()))
        .collect();
    let same = (
        (Code::FailedPrecondition, "TICKET_NOT_VALID".to_owned()),
        "this ticket does not admit here; send the visitor to the box office".to_owned(),
    );
    assert!(told.iter().all(|t| *t == same), "{told:#?}");
}

#[tokio::test]
async fn no_altered_code_is_let_in() {
    let world = World::new().await;
    let performance = world.free(5).await;
    let paid = buy(
        &mut world.visitor(),
        wants_places(&performance.id, "floor", 1),
    )
    .await;
    let code = &paid.tickets[0].code;
    let mut door = world.door();
    for at in 0..code.len() {
        let mut altered = code.clone().into_bytes();
        // The neighbour in the alphabet: still a well-formed code, but another one.
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).expect("letters");
        let refused = door
            .check_in(scan(&performance.id, &altered))
            .await
            .expect_err("altered");
        assert_eq!(
            testkit::reason(&refused),
            "TICKET_NOT_VALID",
            "character {at}"
        );
    }
    door.check_in(scan(&performance.id, code))
        .await
        .expect("unaltered");
}

#[tokio::test]
async fn a_ticket_admits_to_a_moved_performance_and_not_after_its_end() {
    let world = World::new().await;
    let performance = world.free(5).await;
    let paid = buy(
        &mut world.visitor(),
        wants_places(&performance.id, "floor", 2),
    )
    .await;
    let month = 30 * 24 * 3600;
    let moved = UpdatePerformanceRequest {
        performance_id: performance.id.clone(),
        start_time: at(START + month),
        time_zone: performance.time_zone.clone(),
        prices: performance.prices.clone(),
        sale_from_time: None,
        sale_until_time: None,
        etag: performance.etag.clone(),
    };
    world
        .staff()
        .update_performance(moved)
        .await
        .expect("staff moves it");
    world
        .stack
        .clock
        .advance(START + month - world.stack.clock.now().unix_timestamp());
    world
        .door()
        .check_in(scan(&performance.id, &paid.tickets[0].code))
        .await
        .expect("the old printed code still counts");
    world.stack.clock.advance(14 * 3600);
    let late = world
        .door()
        .check_in(scan(&performance.id, &paid.tickets[1].code))
        .await
        .expect_err("it is over");
    assert_eq!(testkit::reason(&late), "TICKET_NOT_VALID");
}

#[tokio::test]
async fn only_doors_and_houses_get_the_keys_and_check_in() {
    let world = World::new().await;
    let performance = world.free(5).await;
    let paid = buy(
        &mut world.visitor(),
        wants_places(&performance.id, "floor", 1),
    )
    .await;
    let keys = world
        .door()
        .get_door_keys(GetDoorKeysRequest {})
        .await
        .expect("a door")
        .into_inner()
        .keys;
    assert_eq!(
        (
            keys.len(),
            STANDARD.decode(&keys[0].public_key).expect("base64").len()
        ),
        (1, 32)
    );
    let request = || scan(&performance.id, &paid.tickets[0].code);
    assert_eq!(
        world
            .visitor()
            .check_in(request())
            .await
            .expect_err("no account")
            .code(),
        Code::Unauthenticated
    );
    let mut reviewer = world.api(&[(Role::Reviewer, None)]);
    assert_eq!(
        reviewer
            .check_in(request())
            .await
            .expect_err("another role")
            .code(),
        Code::PermissionDenied
    );
    assert_eq!(
        reviewer
            .get_door_keys(GetDoorKeysRequest {})
            .await
            .expect_err("another role")
            .code(),
        Code::PermissionDenied
    );
    world
        .staff()
        .check_in(request())
        .await
        .expect("the house's own staff");
}

#[tokio::test]
async fn the_door_sees_how_many_of_how_many_are_in_and_no_money() {
    let world = World::new().await;
    let (performance, other) = (world.numbered(1, 9).await, world.free(5).await);
    let mut visitor = world.visitor();
    let paid = buy(&mut visitor, wants_seats(&performance.id, &[1, 2, 3])).await;
    buy(&mut visitor, wants_places(&other.id, "floor", 2)).await;
    hold(&mut visitor, wants_seats(&performance.id, &[4]))
        .await
        .expect("free");
    let asked = |of: &Performance| GetAttendanceRequest {
        performance_id: of.id.clone(),
    };
    let seen = |of: &Performance, sold, checked_in| Attendance {
        performance_id: of.id.clone(),
        sold,
        checked_in,
    };
    for checked_in in 0..2 {
        for mut api in [world.door(), world.staff()] {
            let got = api.get_attendance(asked(&performance)).await;
            assert_eq!(
                got.expect("its own").into_inner(),
                seen(&performance, 3, checked_in)
            );
        }
        let code = &paid.tickets[checked_in as usize].code;
        let scanned = world.door().check_in(scan(&performance.id, code)).await;
        scanned.expect("valid");
    }
    let got = world.door().get_attendance(asked(&other)).await;
    assert_eq!(got.expect("its own").into_inner(), seen(&other, 2, 0));
    world.cancel(&other).await;
    let got = world.door().get_attendance(asked(&other)).await;
    assert_eq!(
        got.expect("people come all the same").into_inner(),
        seen(&other, 2, 0)
    );

    let hall = world.hall(Vec::new(), 5).await;
    let draft = world.plan(&hall, vec![price("floor", 100, 5)]);
    let draft = world.draft(draft).await;
    let refused = world.door().get_attendance(asked(&draft)).await;
    assert_eq!(refused.expect_err("never on sale").code(), Code::NotFound);
    let elsewhere = [(Role::Door, Some(Uuid::now_v7()))];
    for (mut api, code) in [
        (world.api(&elsewhere), Code::NotFound),
        (world.administrator(), Code::PermissionDenied),
        (world.visitor(), Code::Unauthenticated),
    ] {
        let refused = api.get_attendance(asked(&performance)).await;
        assert_eq!(refused.expect_err("another's").code(), code);
    }
}
