//! What visitors find on the programme: what is left, when, and in which house.
mod common;

use common::*;
use contracts::ticketing::v1::performance::Availability;
use contracts::ticketing::v1::*;
use testkit::bad_fields;
use tonic::Code;

const DAY: i64 = 24 * 3600;

async fn list(api: &mut Api, request: ListPerformancesRequest) -> Vec<Performance> {
    let listed = api.list_performances(request).await.expect("public");
    listed.into_inner().performances
}

async fn left(world: &World, performance: &Performance) -> Availability {
    let all = list(&mut world.visitor(), ListPerformancesRequest::default()).await;
    let found = all.iter().find(|p| p.id == performance.id);
    found.expect("on sale").availability()
}

#[tokio::test]
async fn the_programme_tells_whether_there_are_places_few_or_none() {
    let world = World::new().await;
    let (seats, floor) = (world.numbered(1, 12).await, world.free(12).await);
    assert_eq!(left(&world, &seats).await, Availability::Places);
    assert_eq!(left(&world, &floor).await, Availability::Places);

    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_seats(&seats.id, &[1, 2])).await;
    let held = held.expect("free");
    buy(&mut visitor, wants_places(&floor.id, "floor", 2)).await;
    assert_eq!(left(&world, &seats).await, Availability::Few);
    assert_eq!(left(&world, &floor).await, Availability::Few);

    let others: Vec<i32> = (3..=12).collect();
    buy(&mut visitor, wants_seats(&seats.id, &others)).await;
    buy(&mut visitor, wants_places(&floor.id, "floor", 10)).await;
    assert_eq!(left(&world, &seats).await, Availability::None);
    assert_eq!(left(&world, &floor).await, Availability::None);

    let back = ReleaseHoldRequest {
        order_id: held.id,
        order_token: held.order_token,
    };
    visitor.release_hold(back).await.expect("its own");
    assert_eq!(left(&world, &seats).await, Availability::Few);
}

#[tokio::test]
async fn a_hold_whose_time_is_up_counts_as_free() {
    let world = World::holding_for(1).await;
    let seats = world.numbered(1, 2).await;
    let held = hold(&mut world.visitor(), wants_seats(&seats.id, &[1, 2])).await;
    held.expect("free");
    testkit::eventually("the seats are free again", async || {
        (left(&world, &seats).await == Availability::Few).then_some(())
    })
    .await;
}

#[tokio::test]
async fn of_what_is_not_on_sale_nothing_is_said_to_be_left() {
    let world = World::new().await;
    let hall = world.hall(Vec::new(), 20).await;
    world
        .draft(world.plan(&hall, vec![price("floor", 100, 20)]))
        .await;
    world.cancel(&world.free(20).await).await;
    let own = ListPerformancesRequest {
        house_id: world.house.to_string(),
        ..ListPerformancesRequest::default()
    };
    let all = list(&mut world.staff(), own).await;
    assert_eq!(all.len(), 2);
    for p in all {
        assert_eq!(p.availability(), Availability::Unspecified);
    }
}

#[tokio::test]
async fn the_programme_can_be_cut_to_days_and_pages_keep_to_them() {
    let world = World::new().await;
    let hall = world.hall(Vec::new(), 20).await;
    let mut ids = Vec::new();
    for day in 0..5 {
        let plan = CreatePerformanceRequest {
            start_time: at(START + day * DAY),
            ..world.plan(&hall, vec![price("floor", 100, 20)])
        };
        ids.push(world.open(&world.draft(plan).await).await.id);
    }
    let span = |from, to| ListPerformancesRequest {
        from_time: from,
        to_time: to,
        ..ListPerformancesRequest::default()
    };
    let own = |request| ListPerformancesRequest {
        house_id: world.house.to_string(),
        ..request
    };
    for (request, expected) in [
        (span(at(START + DAY), at(START + 3 * DAY)), &ids[1..3]),
        (span(at(START + 3 * DAY), None), &ids[3..]),
        (span(None, at(START + DAY)), &ids[..1]),
        (span(at(0), None), &ids[..]),
    ] {
        for mut api in [world.visitor(), world.staff()] {
            for request in [request.clone(), own(request.clone())] {
                let found = list(&mut api, request).await;
                let found: Vec<_> = found.into_iter().map(|p| p.id).collect();
                assert_eq!(found, expected);
            }
        }
    }

    let two = ListPerformancesRequest {
        page_size: 2,
        ..span(at(START + DAY), at(START + 4 * DAY))
    };
    let mut visitor = world.visitor();
    let first = visitor.list_performances(two.clone()).await;
    let page_token = first.expect("public").into_inner().next_page_token;
    let next = ListPerformancesRequest {
        page_token: page_token.clone(),
        ..two.clone()
    };
    let second = list(&mut visitor, next).await;
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].id, ids[3]);
    let other_days = ListPerformancesRequest {
        page_token,
        to_time: None,
        ..two
    };
    let refused = visitor.list_performances(other_days).await;
    assert_eq!(
        refused.expect_err("a page of another list").code(),
        Code::InvalidArgument
    );

    let backwards = span(at(START), at(START));
    let refused = visitor.list_performances(backwards).await;
    assert_eq!(bad_fields(&refused.expect_err("no span")), ["to_time"]);
}
