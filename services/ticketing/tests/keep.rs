//! Who needs more time keeps the seats longer, and nobody keeps them for ever.
mod common;

use common::*;
use contracts::ticketing::v1::*;
use testkit::reason;

fn longer(order: &Order) -> ExtendHoldRequest {
    ExtendHoldRequest {
        order_id: order.id.clone(),
        order_token: order.order_token.clone(),
    }
}

async fn keep(api: &mut Api, order: &Order) -> Result<Order, tonic::Status> {
    api.extend_hold(longer(order))
        .await
        .map(tonic::Response::into_inner)
}

fn ends(order: &Order) -> i64 {
    order.expire_time.expect("a hold ends").seconds
}

/// As if the hold had begun so many seconds earlier.
async fn age(world: &World, seconds: i32) {
    let mut db = world.stack.database.connect().await;
    sqlx::query(
        "update ticketing.orders set created_at = created_at - make_interval(secs => $1),
                                     held_until = held_until - make_interval(secs => $1)",
    )
    .bind(f64::from(seconds))
    .execute(&mut db)
    .await
    .expect("orders");
    sqlx::query(
        "update ticketing.seat_sale set held_until = held_until - make_interval(secs => $1) where state = 'held'",
    )
    .bind(f64::from(seconds))
    .execute(&mut db)
    .await
    .expect("seats");
}

#[tokio::test]
async fn a_hold_that_is_kept_outlives_its_first_end_with_its_seats() {
    let world = World::holding_for(600).await;
    let performance = world.numbered(1, 3).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_seats(&performance.id, &[1, 2]))
        .await
        .expect("free");
    let latest = held.latest_expire_time.expect("told from the start");
    assert_eq!(latest.seconds - ends(&held), 3_000, "six times ten minutes");
    age(&world, 500).await;
    let kept = keep(&mut visitor, &held).await.expect("still held");
    assert!(ends(&kept) >= ends(&held) - 1, "ten minutes from now");
    age(&world, 300).await;
    assert_eq!(
        world.balance(&performance.id).await,
        [("a".to_owned(), 1, 2, 0)]
    );
    let rival = hold(&mut world.visitor(), wants_seats(&performance.id, &[1])).await;
    assert_eq!(reason(&rival.expect_err("kept")), "SEATS_TAKEN");
    pay(&mut visitor, &held).await.expect("800 seconds later");
}

#[tokio::test]
async fn a_hold_is_kept_up_to_its_latest_end_only() {
    let world = World::holding_for(600).await;
    let performance = world.free(5).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_places(&performance.id, "floor", 2))
        .await
        .expect("free");
    let mut last = held.clone();
    for _ in 0..6 {
        age(&world, 550).await;
        last = keep(&mut visitor, &held).await.expect("time is left");
    }
    assert_eq!(last.expire_time, last.latest_expire_time);
    let refused = keep(&mut visitor, &held).await.expect_err("an hour is all");
    assert_eq!(reason(&refused), "HOLD_CANNOT_GROW");
    pay(&mut visitor, &held).await.expect("still held");
    let paid = keep(&mut visitor, &held).await.expect_err("it has tickets");
    assert_eq!(reason(&paid), "ALREADY_PAID");
}

#[tokio::test]
async fn a_hold_that_is_over_is_not_revived_and_a_stranger_keeps_nothing() {
    let world = World::holding_for(600).await;
    let performance = world.numbered(1, 1).await;
    let mut visitor = world.visitor();
    let held = hold(&mut visitor, wants_seats(&performance.id, &[1]))
        .await
        .expect("free");
    let stranger = ExtendHoldRequest {
        order_token: "x".repeat(43),
        ..longer(&held)
    };
    let refused = visitor.extend_hold(stranger).await.expect_err("no token");
    assert_eq!(refused.code(), tonic::Code::NotFound);
    age(&world, 601).await;
    let refused = keep(&mut visitor, &held).await.expect_err("over");
    assert_eq!(reason(&refused), "HOLD_LAPSED");
    hold(&mut world.visitor(), wants_seats(&performance.id, &[1]))
        .await
        .expect("the next one takes it");
}
